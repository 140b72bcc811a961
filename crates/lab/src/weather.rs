//! Latency and loss at the lab's sockets.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What the network between is like.
#[derive(Debug, Default)]
pub(crate) struct Weather {
    delay_ms: AtomicU64,
    /// Of so many datagrams one is lost; 0 for none.
    lost: AtomicU64,
    count: AtomicU64,
}

impl Weather {
    pub(crate) fn set(&self, delay: Duration, lost: u64) {
        self.delay_ms.store(u64::try_from(delay.as_millis()).unwrap_or(0), Ordering::Relaxed);
        self.lost.store(lost, Ordering::Relaxed);
    }
    /// One way there and back.
    pub(crate) async fn delay(&self) {
        let ms = self.delay_ms.load(Ordering::Relaxed);
        if ms > 0 {
            tokio::time::sleep(Duration::from_millis(ms)).await;
        }
    }
    /// Whether this datagram is lost: one in so many by count, so that a run can be repeated.
    pub(crate) fn loses(&self) -> bool {
        let lost = self.lost.load(Ordering::Relaxed);
        lost > 0 && self.count.fetch_add(1, Ordering::Relaxed) % lost == lost - 1
    }
}

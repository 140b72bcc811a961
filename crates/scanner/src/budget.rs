//! How much a scan may ask of one host, in one place: every request, sample and handshake takes a
//! place here first.

use net::sync::lock;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Requests to one host in a scan.
pub const MAX_REQUESTS: usize = 120;
/// Leftover files beside those, asked of one host only with consent; they are no ordinary visit.
pub const MAX_FILES: usize = 60;
/// TLS handshakes with one host beside those of requests; they carry no request.
pub const MAX_HANDSHAKES: usize = 48;
/// Beyond the first burst, four a second.
const PACE: Duration = Duration::from_millis(250);

/// What is asked of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ask {
    /// An HTTP request.
    Request,
    /// A request for a leftover file.
    File,
    /// A handshake that ends there.
    Handshake,
}

/// The budget of one scan.
pub struct Budget {
    used: Mutex<HashMap<(String, Ask), usize>>,
    /// Requests of every kind share their places; handshakes have their own.
    places: Mutex<HashMap<(String, bool), Arc<Semaphore>>>,
    at_once: usize,
    burst: usize,
}

impl Budget {
    /// A preview, which anybody may start, asks less at once.
    pub fn new(preview: bool) -> Self {
        Self {
            used: Mutex::default(),
            places: Mutex::default(),
            at_once: if preview { 4 } else { 8 },
            burst: if preview { 40 } else { 100 },
        }
    }

    /// Requests that this host may still get without being spaced out.
    pub fn left(&self, host: &str) -> usize {
        let used = lock(&self.used).get(&(host.to_owned(), Ask::Request)).copied().unwrap_or(0);
        self.burst.saturating_sub(used)
    }

    /// Waits for a place at this host.
    ///
    /// # Errors
    /// When the host has had enough, as a sentence.
    pub async fn place(&self, host: &str, what: Ask) -> Result<OwnedSemaphorePermit, String> {
        let (limit, burst) = match what {
            Ask::Request => (MAX_REQUESTS, self.burst),
            Ask::File => (MAX_FILES, MAX_FILES),
            Ask::Handshake => (MAX_HANDSHAKES, MAX_HANDSHAKES),
        };
        let over = {
            let mut all = lock(&self.used);
            let used = all.entry((host.to_owned(), what)).or_default();
            if *used >= limit {
                return Err(format!("{limit} requests to {host} are enough for one visit"));
            }
            *used += 1;
            used.saturating_sub(burst)
        };
        if over > 0 {
            tokio::time::sleep(PACE * u32::try_from(over).unwrap_or(u32::MAX).min(40)).await;
        }
        let place = (host.to_owned(), what == Ask::Handshake);
        let semaphore = lock(&self.places).entry(place).or_insert_with(|| Arc::new(Semaphore::new(self.at_once))).clone();
        semaphore.acquire_owned().await.map_err(|e| e.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_host_gets_a_burst_then_a_pace_then_no_more() {
        let b = Budget::new(false);
        let begun = tokio::time::Instant::now();
        for _ in 0..100 {
            drop(b.place("a.test", Ask::Request).await.unwrap());
        }
        assert_eq!((begun.elapsed().as_millis(), b.left("a.test"), b.left("b.test")), (0, 0, 100));
        drop(b.place("a.test", Ask::Request).await.unwrap());
        assert!(begun.elapsed() >= PACE);
        for _ in 101..MAX_REQUESTS {
            drop(b.place("a.test", Ask::Request).await.unwrap());
        }
        assert!(b.place("a.test", Ask::Request).await.is_err());
        for _ in 0..MAX_FILES {
            drop(b.place("a.test", Ask::File).await.unwrap());
        }
        assert!(b.place("a.test", Ask::File).await.is_err());
        assert!(b.place("a.test", Ask::Handshake).await.is_ok() && b.place("b.test", Ask::Request).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn only_so_many_at_once() {
        let b = Budget::new(true);
        let mut held = vec![];
        for what in [Ask::Request, Ask::File, Ask::Request, Ask::File] {
            held.push(b.place("a.test", what).await.unwrap());
        }
        assert!(tokio::time::timeout(Duration::from_secs(1), b.place("a.test", Ask::Request)).await.is_err());
        held.pop();
        assert!(tokio::time::timeout(Duration::from_secs(1), b.place("a.test", Ask::Request)).await.is_ok());
    }
}

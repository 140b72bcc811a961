//! Scans of silent workers, and scans that wait unheard.

use super::upkeep::Upkeep;
use crate::platform::clock::now;
use crate::workers::scan_queue::drain;
use std::sync::atomic::Ordering;

/// Unanswered rings after which one worker goes to look by itself.
const UNHEARD: u32 = 2;

/// Frees scans whose lease ran out, and rings for those that wait.
///
/// # Errors
/// The database's.
pub async fn run(upkeep: &Upkeep) -> Result<(), store::StoreError> {
    let cx = &upkeep.context;
    let waiting = cx.store.reconcile(now()).await?;
    if waiting == 0 {
        upkeep.unheard.store(0, Ordering::Relaxed);
        return Ok(());
    }
    for _ in 0..usize::try_from(waiting).unwrap_or(1).min(cx.settings.workers) {
        cx.wake_up.ring().await;
    }
    // A queue that has stalled must not hold up scans.
    if upkeep.unheard.fetch_add(1, Ordering::Relaxed) + 1 > UNHEARD {
        upkeep.unheard.store(0, Ordering::Relaxed);
        tokio::spawn(drain(cx.clone(), upkeep.stop.clone(), format!("{}-upkeep", upkeep.worker)));
    }
    Ok(())
}

//! Scans that wait: taken one after another until none is left.

use super::context::Context;
use super::scan;
use crate::platform::clock::{millis, now};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Takes scans until none waits.
pub async fn drain(cx: Context, stop: CancellationToken, worker: String) {
    while !stop.is_cancelled() {
        match cx.store.claim(&worker, millis(cx.settings.lease), now()).await {
            Ok(Some(claim)) => scan::scan(&cx, claim, &stop).await,
            Ok(None) => return,
            Err(e) => {
                tracing::warn!(error = %e, "no scan could be claimed");
                tokio::time::sleep(Duration::from_millis(500)).await;
                return;
            }
        }
    }
}

//! What jobs of upkeep share.

use crate::workers::context::Context;
use std::sync::atomic::AtomicU32;
use tokio_util::sync::CancellationToken;

/// The upkeep of one process.
#[derive(Debug)]
pub struct Upkeep {
    /// What its jobs need.
    pub context: Context,
    /// When it ends.
    pub stop: CancellationToken,
    /// What it is called in the queue.
    pub worker: String,
    /// Times in a row that it rang for scans which still waited.
    pub unheard: AtomicU32,
}

//! Moves results of former builds into the ledger's tables, some at a time.

use crate::workers::context::Context;
use store::StoreError;

/// Results that are moved at one tick: a fraction of a second.
const AT_ONCE: i64 = 20;

pub async fn run(cx: &Context) -> Result<(), StoreError> {
    let moved = cx.store.move_results(AT_ONCE).await?;
    if moved > 0 {
        let left = cx.store.results_to_move().await?;
        tracing::info!(moved, left, "results of a former build were moved");
    }
    Ok(())
}

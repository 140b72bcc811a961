//! Results that have become stale: answers and accepted risks that ended, evidence that is too old.

use crate::platform::clock::now;
use crate::workers::assessment;
use crate::workers::context::Context;

/// Judges again what has become stale.
///
/// # Errors
/// The database's.
pub async fn run(cx: &Context) -> Result<(), store::StoreError> {
    while cx.store.judge_stale(100, |e, before| assessment::again(&cx.site, e, before), now()).await? == 100 {}
    Ok(())
}

//! Judges projects for which several pieces of evidence came within a second.

use crate::platform::clock::now;
use crate::workers::assessment;
use crate::workers::context::Context;
use store::StoreError;

pub async fn run(cx: &Context) -> Result<(), StoreError> {
    while cx.store.judge_due(100, |ledger, before| assessment::pushed(&cx.site, ledger, before), now()).await? == 100 {}
    Ok(())
}

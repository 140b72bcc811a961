//! Schedules: asks for the scans that are due.

use crate::platform::clock::now;
use crate::platform::recurrence::Rhythm;
use crate::workers::context::Context;
use readiness::time::DAY_MS;

/// Schedules that are fired at one time.
const BATCH: i64 = 500;

/// Asks for the scans that are due.
///
/// # Errors
/// The database's.
pub async fn run(cx: &Context) -> Result<(), store::StoreError> {
    for s in cx.store.due_schedules(now(), BATCH).await? {
        let next = Rhythm::parse(&s.rhythm).ok().and_then(|r| r.next(now(), &s.zone, s.project.as_str()));
        // A rhythm that this version cannot follow rests for a day rather than for ever.
        cx.store.fire(&s, next.unwrap_or(now() + DAY_MS), now()).await?;
    }
    Ok(())
}

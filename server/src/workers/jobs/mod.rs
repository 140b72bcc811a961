//! Jobs that run again and again: each in a file of its own, registered in one table with its interval.

mod fire_schedules;
pub mod forget;
mod judge_due;
mod judge_stale;
mod move_results;
mod reconcile;
mod send_digests;
pub mod upkeep;
mod watch_expiry;

use futures::future::BoxFuture;
use std::time::{Duration, Instant};
use store::StoreError;
use upkeep::Upkeep;

/// How often jobs are looked over; less where a lease is short.
const TICK: Duration = Duration::from_secs(2);
const ALWAYS: Duration = Duration::ZERO;
const MINUTE: Duration = Duration::from_secs(60);

/// A job.
struct Job {
    /// For the log.
    name: &'static str,
    /// It runs at the first tick after so long.
    every: Duration,
    /// Whether it runs at the first tick of a process too.
    at_start: bool,
    run: for<'a> fn(&'a Upkeep) -> BoxFuture<'a, Result<(), StoreError>>,
}

/// Every job, in the order in which they run at a tick: one after another, so that none runs twice at once.
const JOBS: [Job; 8] = [
    Job { name: "fire_schedules", every: ALWAYS, at_start: true, run: |u| Box::pin(fire_schedules::run(&u.context)) },
    Job { name: "judge_due", every: ALWAYS, at_start: true, run: |u| Box::pin(judge_due::run(&u.context)) },
    Job { name: "move_results", every: ALWAYS, at_start: true, run: |u| Box::pin(move_results::run(&u.context)) },
    Job { name: "judge_stale", every: MINUTE, at_start: true, run: |u| Box::pin(judge_stale::run(&u.context)) },
    Job { name: "send_digests", every: MINUTE, at_start: true, run: |u| Box::pin(send_digests::run(&u.context)) },
    Job { name: "watch_expiry", every: Duration::from_secs(3600), at_start: true, run: |u| Box::pin(watch_expiry::run(&u.context)) },
    Job { name: "reconcile", every: ALWAYS, at_start: true, run: |u| Box::pin(reconcile::run(u)) },
    Job { name: "forget", every: Duration::from_secs(600), at_start: false, run: |u| Box::pin(forget::run(&u.context)) },
];

/// Runs the jobs until told to stop. One that fails runs again after its interval.
pub async fn run(upkeep: Upkeep) {
    let begun = Instant::now();
    let mut jobs = JOBS.map(|job| (if job.at_start { None } else { Some(begun) }, job));
    loop {
        tokio::select! {
            () = upkeep.stop.cancelled() => return,
            () = tokio::time::sleep(TICK.min(upkeep.context.settings.lease / 2)) => {}
        }
        for (last, job) in &mut jobs {
            if last.is_some_and(|at: Instant| at.elapsed() <= job.every) {
                continue;
            }
            *last = Some(Instant::now());
            if let Err(e) = (job.run)(&upkeep).await {
                tracing::warn!(job = job.name, error = %e, "a job failed and runs again later");
            }
        }
    }
}

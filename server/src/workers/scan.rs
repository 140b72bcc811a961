//! One claimed scan, from evidence to result.

use super::assessment;
use super::context::Context;
use crate::platform::clock::{millis, now};
use crate::platform::version::TOOL;
use futures::FutureExt;
use readiness::evidence::Collector;
use readiness::{Assessment, Ledger, Outcome, Outside, assess};
use scanner::{Event, Options};
use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::sync::Mutex;
use std::time::Duration;
use store::{Before, Claim, EventKind, PREVIEW, Progress};
use tokio_util::sync::CancellationToken;

/// How often what is known is written down while a scan runs.
const TELL: Duration = Duration::from_millis(250);

/// Between two samples of the response time of a project, whose scan nobody has to watch.
const SAMPLE_GAP: Duration = Duration::from_millis(400);

/// Runs a scan under its lease. Whatever happens, the row ends in a state that is true.
pub async fn scan(cx: &Context, claim: Claim, stop: &CancellationToken) {
    let Claim { lease, workspace, scan } = claim;
    let id = lease.scan.clone();
    let preview = workspace == *PREVIEW;
    let sample_gap = if preview { cx.options.sample_gap } else { SAMPLE_GAP };
    let options = Options { preview, sample_gap, ..Options::clone(&cx.options) };
    let progress = Mutex::new(Progress::default());
    let on = |event: Event| {
        let Event::Finished(collector, evidence) = event;
        if let Ok(mut p) = progress.lock() {
            p.done.push(collector);
            p.findings = known(&p.done, &assess(&readiness::Ledger::of_scan(evidence.as_ref().clone()), now()));
        }
    };
    let collecting = AssertUnwindSafe(scanner::collect(&scan.target, &options, &Collector::ALL, &on)).catch_unwind();
    let telling = async {
        loop {
            tokio::time::sleep(TELL).await;
            let p = progress.lock().map(|p| p.clone()).unwrap_or_default();
            match cx.store.renew(&lease, millis(cx.settings.lease), &p, now()).await {
                Ok(true) => {}
                Ok(false) => return,
                // The database may be back before the lease runs out.
                Err(e) => tracing::warn!(scan = %id, error = %e, "the lease could not be renewed"),
            }
        }
    };
    let outcome = tokio::select! {
        done = collecting => done,
        () = telling => {
            tracing::info!(scan = %id, "called off, or taken over by another worker");
            return;
        }
        () = stop.cancelled() => {
            let _ = cx.store.put_back(&lease).await;
            return;
        }
    };
    let result = match outcome {
        Ok(evidence) if evidence.learned_anything() => save(cx, &lease, &evidence).await,
        Ok(_) => fail(cx, &lease, &scan, "Nothing was learned: no name server and no web server answered.").await,
        Err(_) => fail(cx, &lease, &scan, "The scanner stumbled over something at this site. We have been told.").await,
    };
    match result {
        Ok(true) => metrics::counter!("launch_ready_scans_total").increment(1),
        Ok(false) => tracing::info!(scan = %id, "the result came too late and was dropped"),
        // The lease runs out and another worker tries again.
        Err(e) => tracing::error!(scan = %id, error = %e, "the result could not be saved"),
    }
}

/// Saves a result, trying again while the database is away and the lease may still hold.
async fn save(cx: &Context, lease: &store::Lease, evidence: &Outside) -> store::Result<bool> {
    let mut tries = 0;
    loop {
        let judge = |ledger: &Ledger, before: &Before| assessment::fresh(&cx.site, lease.scan.as_str(), ledger, before);
        match cx.store.finish(lease, evidence, TOOL, judge, now()).await {
            Err(_) if tries < 5 => {
                tries += 1;
                tokio::time::sleep(Duration::from_millis(200 << tries)).await;
            }
            other => {
                cx.mail.ring();
                return other;
            }
        }
    }
}

/// Gives a scan up, and tells the channels of its project.
async fn fail(cx: &Context, lease: &store::Lease, scan: &store::Scan, why: &str) -> store::Result<bool> {
    let domain = scan.target.domain.to_string();
    let event = scan.project.as_ref().map(|p| {
        let text = format!("A scan of {domain} came to no result. {why}");
        assessment::notice(&cx.site, p, format!("failed-{}", scan.id), EventKind::Failed, &domain, &text)
    });
    cx.store.fail(lease, why, event.as_slice(), now()).await
}

/// Findings whose collectors have all finished, worst first.
fn known(done: &[Collector], a: &Assessment) -> Vec<(String, String, Outcome, String)> {
    let done: BTreeSet<Collector> = done.iter().copied().collect();
    let mut list: Vec<_> = a
        .findings
        .iter()
        .filter(|f| readiness::catalogue::entry(&f.id).and_then(|e| e.check).is_some_and(|c| c.needs.iter().all(|n| done.contains(n))))
        .filter(|f| f.outcome != Outcome::Na)
        .map(|f| (f.id.clone(), f.title.clone(), f.outcome, f.summary.clone()))
        .collect();
    list.sort_by_key(|(_, _, o, _)| match o {
        Outcome::Fail => 0,
        Outcome::Warn => 1,
        Outcome::Pass => 3,
        _ => 2,
    });
    list
}

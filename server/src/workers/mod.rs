//! Workers: they claim scans from the database, run them, and save the results. The scan row is
//! the truth; apalis only rings, and a reconciler rings again for whatever was missed.

pub mod assessment;
mod mail_delivery;
mod notification_delivery;
mod scan;
mod scheduler;
mod wake_up;

pub use notification_delivery::{Address, Kind as ChannelKind, purpose as channel_purpose};
pub use wake_up::WakeUp;

use crate::app::{App, millis, now};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often the reconciler looks.
const RECONCILE: Duration = Duration::from_secs(2);
/// How often old things are forgotten.
const SWEEP: Duration = Duration::from_secs(600);
/// Before another worker takes over.
const AGAIN: Duration = Duration::from_secs(1);
/// That a mail was sent is known for so long; its text is forgotten at once.
const MAIL_LIFE_MS: i64 = 90 * 86_400_000;
/// What was delivered is shown for so long.
const DELIVERY_LIFE_MS: i64 = 30 * 86_400_000;
/// How often digests and stale results are looked for.
const MINUTE: Duration = Duration::from_secs(60);
/// How often the clock looks over what ends.
const WATCH: Duration = Duration::from_secs(3600);
/// Results whose evidence is forgotten at one time.
const EVIDENCE: i64 = 200;
/// A file without a row is left alone for so long.
const FILE_AGE: Duration = Duration::from_secs(3600);
/// Previews are forgotten after this.
const PREVIEW_LIFE_MS: i64 = 7 * 86_400_000;

/// Runs workers until told to stop. A queue's worker that ends by itself, as when the database
/// goes away, is followed by another under a fresh name: apalis hands a dead worker's jobs to no
/// other of the same name.
pub async fn serve(app: App, stop: CancellationToken) -> Result<(), String> {
    let host = std::env::var("HOSTNAME").unwrap_or_else(|_| "host".into());
    let name = || format!("{host}-{}-{}", std::process::id(), uuid::Uuid::now_v7());
    let upkeep = tokio::spawn(upkeep(app.clone(), stop.clone(), name()));
    let post = tokio::spawn(mail_delivery::deliver(app.clone(), stop.clone()));
    let channels = tokio::spawn(notification_delivery::deliver(app.clone(), stop.clone()));
    while !stop.is_cancelled() {
        let name = name();
        let answer = {
            let (app, stop, name) = (app.clone(), stop.clone(), name.clone());
            move || drain(app.clone(), stop.clone(), name.clone())
        };
        let result = app.wake_up.clone().listen(&name, app.settings.workers, stop.clone(), answer).await;
        if !stop.is_cancelled() {
            tracing::error!(error = result.err(), "the queue's worker ended by itself; another one takes over");
            tokio::time::sleep(AGAIN).await;
        }
    }
    post.await.map_err(|e| e.to_string())?;
    channels.await.map_err(|e| e.to_string())?;
    upkeep.await.map_err(|e| e.to_string())
}

/// Takes scans until none waits.
async fn drain(app: App, stop: CancellationToken, worker: String) {
    while !stop.is_cancelled() {
        match app.store.claim(&worker, millis(app.settings.lease), now()).await {
            Ok(Some(claim)) => scan::scan(&app, claim, &stop).await,
            Ok(None) => return,
            Err(e) => {
                tracing::warn!(error = %e, "no scan could be claimed");
                tokio::time::sleep(Duration::from_millis(500)).await;
                return;
            }
        }
    }
}

/// Forgets what is old.
///
/// # Errors
/// The database's.
pub async fn forget(app: &App) -> Result<(), store::StoreError> {
    app.store.sweep(now()).await?;
    app.store.forget_mail(now() - MAIL_LIFE_MS).await?;
    app.store.forget_deliveries(now() - DELIVERY_LIFE_MS).await?;
    app.store.forget_once(now() - 86_400_000).await?;
    app.store.delete_due_accounts(app.mailer.mails(), now()).await?;
    app.store.forget_previews(now() - PREVIEW_LIFE_MS).await?;
    while app.store.forget_evidence(now(), EVIDENCE).await? > 0 {}
    forget_files(app).await
}

/// Removes files and packs whose project is gone. A file is written before its row, so the newest are left.
async fn forget_files(app: &App) -> Result<(), store::StoreError> {
    let Ok(mut folder) = tokio::fs::read_dir(app.settings.data_dir.join("files")).await else { return Ok(()) };
    let mut old = vec![];
    while let Ok(Some(entry)) = folder.next_entry().await {
        let age = entry.metadata().await.ok().and_then(|m| m.modified().ok()).and_then(|t| t.elapsed().ok());
        if age.is_some_and(|a| a > FILE_AGE) {
            old.extend(entry.file_name().into_string());
        }
    }
    for id in app.store.orphans(&old).await? {
        let _ = tokio::fs::remove_file(app.settings.data_dir.join("files").join(id)).await;
    }
    Ok(())
}

/// Frees scans of silent workers, rings for those that wait, and forgets what is old.
async fn upkeep(app: App, stop: CancellationToken, worker: String) {
    let mut swept = std::time::Instant::now();
    let (mut minute, mut watched) = (None::<std::time::Instant>, None::<std::time::Instant>);
    let mut unheard = 0;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(RECONCILE.min(app.settings.lease / 2)) => {}
        }
        if let Err(e) = scheduler::fire(&app).await {
            tracing::warn!(error = %e, "scheduled scans could not be asked for");
        }
        if minute.is_none_or(|t| t.elapsed() > MINUTE) {
            minute = Some(std::time::Instant::now());
            if let Err(e) = scheduler::judge_stale(&app).await.and(scheduler::send_digests(&app).await) {
                tracing::warn!(error = %e, "digests or stale results have to wait");
            }
        }
        if watched.is_none_or(|t| t.elapsed() > WATCH) {
            watched = Some(std::time::Instant::now());
            if let Err(e) = scheduler::watch(&app).await {
                tracing::warn!(error = %e, "what ends could not be looked over");
            }
        }
        match app.store.reconcile(now()).await {
            Ok(0) => unheard = 0,
            Ok(n) => {
                for _ in 0..usize::try_from(n).unwrap_or(1).min(app.settings.workers) {
                    app.wake_up.ring().await;
                }
                // A queue that has stalled must not hold up scans: after some unanswered rings one
                // worker goes to look by itself.
                unheard += 1;
                if unheard > 2 {
                    unheard = 0;
                    tokio::spawn(drain(app.clone(), stop.clone(), format!("{worker}-upkeep")));
                }
            }
            Err(e) => tracing::warn!(error = %e, "reconciling failed"),
        }
        if swept.elapsed() > SWEEP {
            swept = std::time::Instant::now();
            if let Err(e) = forget(&app).await {
                tracing::warn!(error = %e, "sweeping failed");
            }
            app.wake_up.forget().await;
        }
    }
}

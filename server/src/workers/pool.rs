//! The workers of a process.

use super::context::Context;
use super::jobs::{self, upkeep::Upkeep};
use super::scan_queue::drain;
use super::{mail_delivery, notification_delivery};
use std::sync::atomic::AtomicU32;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Before another worker takes over.
const AGAIN: Duration = Duration::from_secs(1);

/// Runs workers until told to stop. A queue's worker that ends by itself, as when the database
/// goes away, is followed by another under a fresh name: apalis hands a dead worker's jobs to no
/// other of the same name.
///
/// # Errors
/// If a part of them ended by a panic.
pub async fn serve(cx: Context, stop: CancellationToken) -> Result<(), String> {
    let host = std::env::var("HOSTNAME").unwrap_or_else(|_| "host".into());
    let name = || format!("{host}-{}-{}", std::process::id(), uuid::Uuid::now_v7());
    let upkeep = Upkeep { context: cx.clone(), stop: stop.clone(), worker: name(), unheard: AtomicU32::new(0) };
    let upkeep = tokio::spawn(jobs::run(upkeep));
    let mail = tokio::spawn(mail_delivery::deliver(cx.clone(), stop.clone()));
    let notifications = tokio::spawn(notification_delivery::deliver(cx.clone(), stop.clone()));
    while !stop.is_cancelled() {
        let name = name();
        let answer = {
            let (cx, stop, name) = (cx.clone(), stop.clone(), name.clone());
            move || drain(cx.clone(), stop.clone(), name.clone())
        };
        let result = cx.wake_up.clone().listen(&name, cx.settings.workers, stop.clone(), answer).await;
        if !stop.is_cancelled() {
            tracing::error!(error = result.err(), "the queue's worker ended by itself; another one takes over");
            tokio::time::sleep(AGAIN).await;
        }
    }
    mail.await.map_err(|e| e.to_string())?;
    notifications.await.map_err(|e| e.to_string())?;
    upkeep.await.map_err(|e| e.to_string())
}

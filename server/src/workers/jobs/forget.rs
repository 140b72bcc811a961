//! What is forgotten after its time.

use crate::platform::clock::now;
use crate::workers::context::Context;
use std::time::Duration;

/// That a mail was sent is known for so long; its text is forgotten at once.
const MAIL_LIFE_MS: i64 = 90 * 86_400_000;
/// What was delivered is shown for so long.
const DELIVERY_LIFE_MS: i64 = 30 * 86_400_000;
/// Results whose evidence is forgotten at one time.
const EVIDENCE: i64 = 200;
/// A file without a row is left alone for so long.
const FILE_AGE: Duration = Duration::from_secs(3600);
/// Previews are forgotten after this.
const PREVIEW_LIFE_MS: i64 = 7 * 86_400_000;

/// Forgets what is old, and rings that were heard.
///
/// # Errors
/// The database's.
pub async fn run(cx: &Context) -> Result<(), store::StoreError> {
    let done = forget(cx).await;
    cx.wake_up.forget().await;
    done
}

/// Forgets what is old.
///
/// # Errors
/// The database's.
pub async fn forget(cx: &Context) -> Result<(), store::StoreError> {
    cx.store.sweep(now()).await?;
    cx.store.forget_mail(now() - MAIL_LIFE_MS).await?;
    cx.store.forget_deliveries(now() - DELIVERY_LIFE_MS).await?;
    cx.store.forget_once(now() - 86_400_000).await?;
    cx.store.delete_due_accounts(cx.mail.mails(), now()).await?;
    cx.store.forget_previews(now() - PREVIEW_LIFE_MS).await?;
    while cx.store.forget_evidence(now(), EVIDENCE).await? > 0 {}
    while cx.store.forget_pushed(now(), EVIDENCE).await? > 0 {}
    forget_files(cx).await
}

/// Removes files and packs whose project is gone. A file is written before its row, so the newest are left.
async fn forget_files(cx: &Context) -> Result<(), store::StoreError> {
    let Ok(mut folder) = tokio::fs::read_dir(cx.settings.data_dir.join("files")).await else { return Ok(()) };
    let mut old = vec![];
    while let Ok(Some(entry)) = folder.next_entry().await {
        let age = entry.metadata().await.ok().and_then(|m| m.modified().ok()).and_then(|t| t.elapsed().ok());
        if age.is_some_and(|a| a > FILE_AGE) {
            old.extend(entry.file_name().into_string());
        }
    }
    for id in cx.store.orphans(&old).await? {
        let _ = tokio::fs::remove_file(cx.settings.data_dir.join("files").join(id)).await;
    }
    Ok(())
}

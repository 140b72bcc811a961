//! Hands mail over from the outbox, one after another.

use super::context::Context;
use crate::platform::clock::now;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often the outbox is looked at without being rung for.
const LOOK: Duration = Duration::from_secs(5);
/// A mail whose worker died is tried again after this.
const AGAIN_MS: i64 = 5 * 60_000;
/// Tries before a mail is put aside for the administrator.
const TRIES: i64 = 12;
const MINUTE_MS: i64 = 60_000;

/// Delivers until told to stop.
pub async fn deliver(cx: Context, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match cx.store.claim_mail(now(), now() + AGAIN_MS).await {
            Ok(Some(mail)) => one(&cx, &mail).await,
            Ok(None) => {
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = cx.mail.rung() => {}
                    () = tokio::time::sleep(LOOK) => {}
                }
            }
            Err(e) => {
                tracing::warn!(error = %e, "the outbox could not be read");
                tokio::time::sleep(LOOK).await;
            }
        }
    }
}

/// After 1, 2, 4 … minutes, six hours at most.
fn again(attempts: i64) -> Option<i64> {
    let minutes = 1_i64 << (attempts - 1).clamp(0, 9);
    (attempts < TRIES).then(|| minutes.min(360) * MINUTE_MS)
}

async fn one(cx: &Context, mail: &store::Mail) {
    let result = match cx.mail.send(mail).await {
        Ok(()) => {
            tracing::info!(mail = %mail.id, cause = mail.mail.cause, "mail handed over");
            cx.store.mail_sent(&mail.id, now()).await
        }
        Err(failure) => {
            tracing::warn!(mail = %mail.id, cause = mail.mail.cause, why = failure.why, "mail not taken");
            let next = if failure.permanent { None } else { again(mail.attempts) };
            cx.store.mail_failed(&mail.id, &failure.why, next.map(|ms| now() + ms)).await
        }
    };
    if let Err(e) = result {
        tracing::error!(mail = %mail.id, error = %e, "what became of a mail could not be written down");
    }
}

#[test]
fn a_mail_is_given_up_in_the_end() {
    assert_eq!([again(1), again(2), again(9)], [Some(MINUTE_MS), Some(2 * MINUTE_MS), Some(256 * MINUTE_MS)]);
    assert_eq!((again(11), again(TRIES)), (Some(360 * MINUTE_MS), None));
}

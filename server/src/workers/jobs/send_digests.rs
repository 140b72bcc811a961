//! Digests and monthly reports that are due.

use crate::mail;
use crate::platform::clock::now;
use crate::platform::recurrence::digests;
use crate::workers::context::Context;
use store::Mode;

/// Digests and monthly reports.
///
/// # Errors
/// The database's.
pub async fn run(cx: &Context) -> Result<(), store::StoreError> {
    for mode in [Mode::Weekly, Mode::Monthly] {
        for digest in cx.store.due_digests(mode, now(), 50).await? {
            let (weekly, monthly) = digests(now(), &digest.reader.zone);
            let mail = mail::digest(&cx.site, &digest, now());
            cx.store.send_digest(&digest, mail.as_ref(), if mode == Mode::Weekly { weekly } else { monthly }, now()).await?;
            cx.mail.ring();
        }
    }
    Ok(())
}

//! What ends soon, and domains that have been silent too long.

use crate::mail::{self, Letter};
use crate::platform::clock::now;
use crate::workers::assessment;
use crate::workers::context::Context;
use readiness::Brief;
use readiness::summary::Ends;
use readiness::time::{DAY_MS, human};
use store::{Event, EventKind, Mode, Schedule};

/// A domain that answers nothing for so long is left alone.
const SILENT_MS: i64 = 14 * DAY_MS;
/// What ends within this is told.
const SOON_MS: i64 = 14 * DAY_MS;

/// Tells of what ends soon, and lets schedules rest whose domain has been silent too long.
///
/// # Errors
/// The database's.
pub async fn run(cx: &Context) -> Result<(), store::StoreError> {
    for (schedule, workspace_project, domain, brief) in cx.store.watched().await? {
        let soon: Vec<Event> = brief
            .ends
            .iter()
            .filter(|x| (now()..now() + SOON_MS).contains(&x.at))
            .map(|x| {
                let what = match x.kind {
                    Ends::Certificate => format!("The certificate of {}", x.name),
                    Ends::Domain => format!("The registration of {}", x.name),
                    Ends::Answer => format!("The answer to {}", x.name),
                    Ends::Exemption => format!("The excuse of {}", x.name),
                };
                let id = format!("expiry-{workspace_project}-{}-{}-{}", x.kind.label(), x.name, x.at);
                assessment::notice(&cx.site, &workspace_project, id, EventKind::Expiry, &domain, &format!("{what} ends {}.", human(x.at)))
            })
            .collect();
        cx.store.notice(&workspace_project, &soon, now()).await?;
        if let Some(s) = schedule.filter(|_| brief.silent_since > 0 && now() - brief.silent_since > SILENT_MS) {
            rest(cx, &s, &domain, &brief).await?;
        }
    }
    Ok(())
}

async fn rest(cx: &Context, s: &Schedule, domain: &str, brief: &Brief) -> Result<(), store::StoreError> {
    let since = human(brief.silent_since);
    let letter = Letter::silent(&format!("{}/projects/{}", cx.site.url, s.project), domain, &since);
    let to = |r: &store::Recipient| {
        (r.mode != Mode::Off).then(|| store::NewMail {
            cause: format!("silent-{}-{}-{}", s.project, r.account, brief.silent_since),
            ..mail::to(&r.email, "silent", &r.account, &letter)
        })
    };
    cx.store.pause(s, &format!("Nothing has answered since {since}."), to, now()).await?;
    cx.mail.ring();
    Ok(())
}

//! What the clock does: scheduled scans, digests, what has ended or is about to.

use super::assessment;
use crate::app::{App, now};
use crate::mail::{self, Letter};
use crate::recurrence::{Rhythm, digests};
use readiness::Brief;
use readiness::summary::Ends;
use readiness::time::{DAY_MS, human};
use store::{Event, EventKind, Mode, Schedule};

/// Schedules that are fired at one time, and other work of one round.
const BATCH: i64 = 500;
/// A domain that answers nothing for so long is left alone.
const SILENT_MS: i64 = 14 * DAY_MS;
/// What ends within this is told.
const SOON_MS: i64 = 14 * DAY_MS;

/// Asks for the scans that are due, and returns how many.
///
/// # Errors
/// The database's.
pub async fn fire(app: &App) -> Result<usize, store::StoreError> {
    let mut asked = 0;
    for s in app.store.due_schedules(now(), BATCH).await? {
        let next = Rhythm::parse(&s.rhythm).ok().and_then(|r| r.next(now(), &s.zone, s.project.as_str()));
        // A rhythm that this version cannot follow rests for a day rather than for ever.
        asked += usize::from(app.store.fire(&s, next.unwrap_or(now() + DAY_MS), now()).await?);
    }
    Ok(asked)
}

/// Digests and monthly reports.
///
/// # Errors
/// The database's.
pub async fn send_digests(app: &App) -> Result<(), store::StoreError> {
    for mode in [Mode::Weekly, Mode::Monthly] {
        for digest in app.store.due_digests(mode, now(), 50).await? {
            let (weekly, monthly) = digests(now(), &digest.reader.zone);
            let mail = mail::digest(app, &digest, now());
            app.store.send_digest(&digest, mail.as_ref(), if mode == Mode::Weekly { weekly } else { monthly }, now()).await?;
            mail::ring(app);
        }
    }
    Ok(())
}

/// Judges again what has become stale.
///
/// # Errors
/// The database's.
pub async fn judge_stale(app: &App) -> Result<(), store::StoreError> {
    while app.store.judge_stale(100, |e, before| assessment::again(app, e, before), now()).await? == 100 {}
    Ok(())
}

/// Tells of what ends soon, and lets schedules rest whose domain has been silent too long.
///
/// # Errors
/// The database's.
pub async fn watch(app: &App) -> Result<(), store::StoreError> {
    for (schedule, workspace_project, domain, brief) in app.store.watched().await? {
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
                assessment::notice(app, &workspace_project, id, EventKind::Expiry, &domain, &format!("{what} ends {}.", human(x.at)))
            })
            .collect();
        app.store.notice(&workspace_project, &soon, now()).await?;
        if let Some(s) = schedule.filter(|_| brief.silent_since > 0 && now() - brief.silent_since > SILENT_MS) {
            rest(app, &s, &domain, &brief).await?;
        }
    }
    Ok(())
}

async fn rest(app: &App, s: &Schedule, domain: &str, brief: &Brief) -> Result<(), store::StoreError> {
    let since = human(brief.silent_since);
    let letter = Letter::silent(&format!("{}/projects/{}", app.settings.public_url, s.project), domain, &since);
    let to = |r: &store::Recipient| {
        (r.mode != Mode::Off).then(|| store::NewMail {
            cause: format!("silent-{}-{}-{}", s.project, r.account, brief.silent_since),
            ..mail::to(&r.email, "silent", &r.account, &letter)
        })
    };
    app.store.pause(s, &format!("Nothing has answered since {since}."), to, now()).await?;
    mail::ring(app);
    Ok(())
}

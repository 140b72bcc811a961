//! Comments on findings, who sees to them, and the list of one's own.

use super::finding;
use super::guard::visitor;
use super::projects::frame;
use super::scan_access::{Ids, Place};
use super::session::{Caller, Visitor};
use super::{AppError, render};
use crate::app::App;
use crate::mail::{self, Letter};
use crate::platform::clock::now;
use app::pages::assigned::{self, Task};
use axum::Form;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use readiness::{catalogue, time};
use serde::Deserialize;
use std::collections::HashMap;
use std::net::SocketAddr;
use store::{Account, AccountId, By, NewMail};

/// Characters of a comment.
const LONG: usize = 4000;
/// Comments of one account in an hour.
const LIMIT: i64 = 100;

#[derive(Debug, Default, Deserialize)]
pub struct Typed {
    #[serde(default)]
    text: String,
    #[serde(default)]
    account: String,
    #[serde(default)]
    due: String,
}

/// What is wrong with a comment, if something is.
pub fn wrong(text: &str) -> Option<String> {
    match text.trim().chars().count() {
        0 => Some("Type what you want to say.".into()),
        1..=LONG => None,
        n => Some(format!("{n} characters are too many; {LONG} fit.")),
    }
}

/// What stands behind an @ in a comment, in lower case.
fn named(text: &str) -> Vec<String> {
    let bare = |w: &str| w.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    text.split_whitespace().filter_map(|w| w.trim_start_matches(['(', '"', '„', '“']).strip_prefix('@')).map(bare).collect()
}

/// Whether somebody is named: by their address, or by what stands before its @.
fn is_named(names: &[String], email: &str) -> bool {
    let email = email.to_lowercase();
    let short = email.split('@').next().unwrap_or_default();
    names.iter().any(|n| *n == email || n == short)
}

/// Says something about a finding, and mails those who are named with @ and their address, once each.
pub async fn say(app: &App, place: &Place, check: &str, account: &Account, by: &By, text: &str) -> Result<store::Comment, AppError> {
    let proof = place.comment().ok_or(AppError::Role)?;
    let project = place.project.as_ref().ok_or(AppError::NotFound)?;
    let key = format!("comment:{}", account.id);
    if app.store.count_attempt(&key, now() - 3_600_000, now()).await? > LIMIT {
        return Err(AppError::TooMany(format!("{LIMIT} comments an hour are enough.")));
    }
    let link = format!("{}{}/findings/{check}#talk", app.settings.public_url, place.base);
    let names = named(text);
    let mut mails: Vec<NewMail> = vec![];
    for (id, email) in app.store.audience(&place.read, &project.id).await? {
        // An account that has not proved its own address mails nobody.
        if id != account.id && account.is_verified() && is_named(&names, &email) {
            let letter = Letter::mention(&link, &account.email, &place.domain(), check, text.trim());
            mails.push(mail::to(&email, "mention", &id, &letter));
        }
    }
    let said = app.store.add_comment(proof, check, text.trim(), &mails, by, now()).await?;
    app.mail.ring();
    Ok(said)
}

async fn who(app: &App, who: Visitor, headers: &HeaderMap, connection: &ConnectInfo<SocketAddr>) -> Result<(Account, By), AppError> {
    let account = who.account.ok_or_else(|| AppError::SignIn("/projects".into()))?;
    let by = By { actor: account.email.clone(), from: visitor(&app.settings, headers, connection) };
    Ok((account, by))
}

/// The form of a comment.
pub async fn comment(
    State(app): State<App>,
    visitor: Visitor,
    connection: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Path(ids): Path<Ids>,
    Form(typed): Form<Typed>,
) -> Result<Response, AppError> {
    let place = Place::find(&app.store, &visitor, &ids).await?;
    let entry = catalogue::entry(ids.check.as_deref().unwrap_or("")).ok_or(AppError::NotFound)?;
    if let Some(error) = wrong(&typed.text) {
        return finding::page(
            &app,
            &visitor,
            &place,
            entry.id,
            StatusCode::UNPROCESSABLE_ENTITY,
            finding::Say { comment: (typed.text, Some(error)), ..finding::Say::default() },
        )
        .await;
    }
    let (account, by) = who(&app, visitor, &headers, &connection).await?;
    say(&app, &place, entry.id, &account, &by, &typed.text).await?;
    Ok(Redirect::to(&format!("{}/findings/{}#talk", place.base, entry.id)).into_response())
}

/// Has somebody see to a finding.
pub async fn give(
    app: &App,
    place: &Place,
    check: &str,
    to: Option<(&AccountId, &str)>,
    account: &Account,
    by: &By,
) -> Result<(), AppError> {
    let proof = place.work()?;
    let project = place.project.as_ref().ok_or(AppError::NotFound)?;
    let audience = app.store.audience(&place.read, &project.id).await?;
    let mail = match to {
        Some((id, due)) if *id != account.id && account.is_verified() => {
            let (_, email) = audience.iter().find(|(a, _)| a == id).ok_or(AppError::NotFound)?;
            if super::account::letters_by(app, account).await? > super::account::LETTERS_BY {
                return Err(AppError::TooMany("That were many letters for one day. Assign the rest tomorrow.".into()));
            }
            let link = format!("{}{}/findings/{check}#talk", app.settings.public_url, place.base);
            Some(mail::to(email, "assigned", id, &Letter::assigned(&link, &account.email, &place.domain(), check, due)))
        }
        _ => None,
    };
    if !app.store.assign(proof, check, to, mail.as_ref(), by, now()).await? {
        return Err(AppError::NotFound);
    }
    app.mail.ring();
    Ok(())
}

/// Whether this is a date, or nothing.
pub fn is_date(text: &str) -> bool {
    text.is_empty() || text.len() == 10 && time::parse_rfc3339(&format!("{text}T00:00:00Z")).is_some()
}

/// The form that assigns.
pub async fn assign(
    State(app): State<App>,
    visitor: Visitor,
    connection: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Path(ids): Path<Ids>,
    Form(typed): Form<Typed>,
) -> Result<Redirect, AppError> {
    let place = Place::find(&app.store, &visitor, &ids).await?;
    let entry = catalogue::entry(ids.check.as_deref().unwrap_or("")).ok_or(AppError::NotFound)?;
    let (account, by) = who(&app, visitor, &headers, &connection).await?;
    place.work()?;
    let to = if typed.account.is_empty() { None } else { Some(AccountId::parse(&typed.account).ok_or(AppError::NotFound)?) };
    // The browser's field sends a date; anything else comes from no form of ours.
    let due = if is_date(&typed.due) { typed.due.as_str() } else { "" };
    give(&app, &place, entry.id, to.as_ref().map(|id| (id, due)), &account, &by).await?;
    Ok(Redirect::to(&format!("{}/findings/{}#talk", place.base, entry.id)))
}

/// The day that it is in a zone.
fn today(zone: &str) -> String {
    let at = jiff::Timestamp::from_millisecond(now()).unwrap_or_default();
    at.in_tz(zone).map_or_else(|_| time::date(now()), |z| z.date().to_string())
}

/// What the caller sees to, over all their workspaces.
pub async fn mine(State(app): State<App>, caller: Caller) -> Result<Response, AppError> {
    let mut tasks = vec![];
    for place in &caller.places {
        let Some(read) = place.read() else { continue };
        let list = app.store.assignments(&read, None, Some(&caller.account.id)).await?;
        if list.is_empty() {
            continue;
        }
        let today = today(place.zone());
        let rows: HashMap<_, _> = app.store.projects(&read, false).await?.into_iter().map(|r| (r.project.id.clone(), r)).collect();
        for a in list {
            // Archived projects wait.
            let (Some(row), Some(entry)) = (rows.get(&a.project), catalogue::entry(&a.check)) else { continue };
            let newest = row.newest.as_ref();
            let outcome = match newest {
                Some(s) => app.store.judged(&read, &s.id).await?.and_then(|x| x.finding(&a.check).map(|f| f.outcome)),
                None => None,
            };
            tasks.push(Task {
                id: a.check,
                title: entry.title.to_owned(),
                domain: row.project.draft.domain.unicode(),
                href: newest.map(|s| format!("/projects/{}/scans/{}/findings/{}", a.project, s.id, entry.id)),
                outcome,
                over: !a.due.is_empty() && a.due < today,
                due: a.due,
            });
        }
    }
    Ok(render::page(StatusCode::OK, frame("Assigned to me".into(), "Projects", &caller.account), || assigned::page(&tasks)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_named_by_address_or_by_its_beginning() {
        for (text, email, want) in [
            ("@ada@acme.com look", "ada@acme.com", true),
            ("please, @Ada: look", "ada@acme.com", true),
            ("(@ada)", "Ada@acme.com", true),
            ("write to ada@acme.com", "ada@acme.com", false),
            ("@adam look", "ada@acme.com", false),
            ("@ada@other.com look", "ada@acme.com", false),
            ("", "ada@acme.com", false),
        ] {
            assert_eq!(is_named(&named(text), email), want, "{text}");
        }
    }

    #[test]
    fn days() {
        assert!(is_date("") && is_date("2026-12-01"));
        for bad in ["tomorrow", "2026-13-01", "2026-12-1", "01.12.2026"] {
            assert!(!is_date(bad), "{bad}");
        }
    }
}

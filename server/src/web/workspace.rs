//! The workspace looked at: members, invitations, name, log; and going from one to another.

mod invitation;

pub use invitation::{accept, again, ask, asked, invite, revoke};

use super::projects::frame;
use super::session::{self, Caller};
use super::{AppError, render};
use crate::app::App;
use crate::platform::clock::now;
use app::pages::workspace::{self, Shown};
use axum::Form;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use readiness::time;
use serde::Deserialize;
use store::{AccountId, AuditRow, Changed, Look, ProjectId, Role};
use tower_sessions::Session;

/// Workspaces of one account.
pub const MAX_WORKSPACES: usize = 50;
/// Lines of the log on the page, and in the file.
const LINES: i64 = 50;
const ALL_LINES: i64 = 100_000;

/// Fields of a form, some of them several times.
pub type Fields = Vec<(String, String)>;

pub fn value<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.as_str())
}

/// The projects that were ticked, all of this workspace; none means all.
pub(super) async fn ticked(app: &App, caller: &Caller, fields: &Fields) -> Result<Option<Vec<ProjectId>>, AppError> {
    let mut list = vec![];
    for (_, typed) in fields.iter().filter(|(n, _)| n == "project") {
        let id = ProjectId::parse(typed).ok_or(AppError::NotFound)?;
        app.store.project(&caller.read()?, &id).await?.ok_or(AppError::NotFound)?;
        list.push(id);
    }
    Ok((!list.is_empty()).then_some(list))
}

pub(super) async fn page(app: &App, caller: &Caller, status: StatusCode, mut shown: Shown) -> Result<Response, AppError> {
    let read = caller.read()?;
    shown.members = app.store.members(&read).await?;
    let letterhead = app.store.letterhead(&read).await?;
    (shown.report_words, shown.logo) = (letterhead.words, !letterhead.logo.1.is_empty());
    if let Ok(manage) = caller.manage() {
        for archived in [false, true] {
            shown
                .projects
                .extend(app.store.projects(&read, archived).await?.into_iter().map(|r| (r.project.id, r.project.draft.domain.unicode())));
        }
        shown.invitations = app.store.invitations(&manage, now()).await?;
        shown.log = app.store.audit(&manage, &shown.words, LINES).await?;
    }
    Ok(render::page(status, frame("Workspace".into(), "Projects", &caller.account), || workspace::page(shown, &caller.member)))
}

pub(super) async fn noted(app: &App, caller: &Caller, note: impl Into<String>) -> Result<Response, AppError> {
    page(app, caller, StatusCode::OK, Shown { note: Some(note.into()), ..Shown::default() }).await
}

pub(super) async fn refused(app: &App, caller: &Caller, why: &str) -> Result<Response, AppError> {
    page(app, caller, StatusCode::UNPROCESSABLE_ENTITY, Shown { note: Some(why.to_owned()), ..Shown::default() }).await
}

#[derive(Debug, Default, Deserialize)]
pub struct Words {
    #[serde(default)]
    q: String,
}

/// The page.
pub async fn show(State(app): State<App>, caller: Caller, Query(words): Query<Words>) -> Result<Response, AppError> {
    page(&app, &caller, StatusCode::OK, Shown { words: words.q, ..Shown::default() }).await
}

#[derive(Debug, Deserialize)]
pub struct Chosen {
    #[serde(default)]
    workspace: String,
}

/// Looks at another workspace from now on.
pub async fn switch(caller: Caller, session: Session, Form(chosen): Form<Chosen>) -> Result<Redirect, AppError> {
    let place = caller.places.iter().find(|p| p.workspace().as_str() == chosen.workspace).ok_or(AppError::NotFound)?;
    session::look_at(&session, place.workspace()).await?;
    Ok(Redirect::to("/projects"))
}

fn name_error(name: &str) -> Option<String> {
    match name.chars().count() {
        0 => Some("Type a name.".into()),
        1..=60 if !name.chars().any(char::is_control) => None,
        1..=60 => Some("A name has no line breaks.".into()),
        _ => Some("60 characters are enough for a name.".into()),
    }
}

/// Gives the workspace another name.
pub async fn rename(State(app): State<App>, caller: Caller, Form(fields): Form<Fields>) -> Result<Response, AppError> {
    let manage = caller.manage()?;
    let name = value(&fields, "name").trim();
    if let Some(error) = name_error(name) {
        return page(&app, &caller, StatusCode::UNPROCESSABLE_ENTITY, Shown { name_error: Some(error), ..Shown::default() }).await;
    }
    let zone = match value(&fields, "zone").trim() {
        "" => caller.member.zone(),
        typed => typed,
    };
    if jiff::tz::TimeZone::get(zone).is_err() {
        let error = format!("“{zone}” is no time zone. They are called Europe/Berlin, America/New_York or UTC.");
        let shown = Shown { zone: Some(zone.to_owned()), zone_error: Some(error), ..Shown::default() };
        return page(&app, &caller, StatusCode::UNPROCESSABLE_ENTITY, shown).await;
    }
    let days = value(&fields, "keep_days").parse::<i64>().ok().filter(|d| workspace::DAYS.iter().any(|(n, _)| n == d));
    let days = days.unwrap_or(caller.member.keep_days());
    let last = i64::try_from(workspace::COLOURS.len()).unwrap_or(1) - 1;
    let colour = value(&fields, "colour").parse::<i64>().unwrap_or(caller.member.colour()).clamp(0, last);
    let words: String = value(&fields, "words").trim().chars().take(600).collect();
    app.store.set_report_words(&manage, &words).await?;
    app.store.change_workspace(&manage, &Look { name, colour, zone, keep_days: days }, &caller.by, now()).await?;
    Ok(Redirect::to("/workspace").into_response())
}

/// Makes another workspace, and looks at it.
pub async fn create(State(app): State<App>, caller: Caller, session: Session, Form(fields): Form<Fields>) -> Result<Response, AppError> {
    let name = value(&fields, "new_name").trim();
    let full = (caller.places.len() >= MAX_WORKSPACES).then(|| format!("{MAX_WORKSPACES} workspaces are enough for one account."));
    if let Some(error) = name_error(name).or(full) {
        return page(&app, &caller, StatusCode::UNPROCESSABLE_ENTITY, Shown { new_name_error: Some(error), ..Shown::default() }).await;
    }
    let made = app.store.create_workspace(&caller.account.id, name, &caller.by, now()).await?;
    session::look_at(&session, &made).await?;
    Ok(Redirect::to("/projects").into_response())
}

const LAST_OWNER: &str = "A workspace needs an owner. Make somebody else an owner first.";

/// Gives a member another role or other limits.
pub async fn set_role(State(app): State<App>, caller: Caller, Form(fields): Form<Fields>) -> Result<Response, AppError> {
    let manage = caller.manage()?;
    let who = AccountId::parse(value(&fields, "account")).ok_or(AppError::NotFound)?;
    let role = Role::from_word(value(&fields, "role")).ok_or(AppError::NotFound)?;
    let only = ticked(&app, &caller, &fields).await?;
    match app.store.set_role(&manage, &who, role, only.as_deref(), &caller.by, now()).await? {
        Changed::Done => Ok(Redirect::to("/workspace").into_response()),
        Changed::Missing => Err(AppError::NotFound),
        Changed::LastOwner => refused(&app, &caller, LAST_OWNER).await,
    }
}

/// Takes a member out.
pub async fn remove(State(app): State<App>, caller: Caller, Form(fields): Form<Fields>) -> Result<Response, AppError> {
    let manage = caller.manage()?;
    let who = AccountId::parse(value(&fields, "account")).ok_or(AppError::NotFound)?;
    match app.store.remove_member(&manage, &who, &caller.by, now()).await? {
        Changed::Done => Ok(Redirect::to("/workspace").into_response()),
        Changed::Missing => Err(AppError::NotFound),
        Changed::LastOwner => refused(&app, &caller, LAST_OWNER).await,
    }
}

/// Leaves the workspace.
pub async fn leave(State(app): State<App>, caller: Caller) -> Result<Response, AppError> {
    match app.store.leave(&caller.member, &caller.by, now()).await? {
        Changed::LastOwner => refused(&app, &caller, LAST_OWNER).await,
        Changed::Done | Changed::Missing => Ok(Redirect::to("/projects").into_response()),
    }
}

fn csv(log: &[AuditRow]) -> String {
    let mut out = "when,who,from,what,subject,detail\r\n".to_owned();
    for l in log {
        let row = [&time::rfc3339(l.at), &l.actor, &l.origin, &l.deed, &l.subject, &l.detail].map(|t| readiness::report::escape::csv(t));
        out.push_str(&row.join(","));
        out.push_str("\r\n");
    }
    out
}

/// The whole log as a file.
pub async fn log(State(app): State<App>, caller: Caller) -> Result<Response, AppError> {
    let log = app.store.audit(&caller.manage()?, "", ALL_LINES).await?;
    let name = format!("attachment; filename=\"log-{}.csv\"", time::date(now()));
    let head = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((head, csv(&log)).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_for_spreadsheets_runs_nothing() {
        let l = AuditRow {
            at: 0,
            actor: "a\"b".into(),
            origin: "::1".into(),
            deed: "renamed".into(),
            subject: "=1+1".into(),
            detail: "a,b".into(),
        };
        assert!(csv(&[l]).ends_with("\"a\"\"b\",\"::1\",\"renamed\",\"'=1+1\",\"a,b\"\r\n"));
    }

    #[test]
    fn names() {
        assert!(name_error("").is_some() && name_error(&"x".repeat(61)).is_some() && name_error("a\nb").is_some());
        assert!(name_error("Büro & Söhne").is_none());
    }
}

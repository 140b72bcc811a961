//! The page of the workspace, which most of its forms lead back to.

use crate::app::App;
use crate::platform::clock::now;
use crate::web::projects::frame;
use crate::web::session::Caller;
use crate::web::{AppError, render};
use app::pages::workspace::{self, Shown};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use store::ProjectId;

/// Lines of the log on the page.
const LINES: i64 = 50;

/// Fields of a form, some of them several times.
pub type Fields = Vec<(String, String)>;

/// The first field of this name; empty without one.
pub fn value<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.as_str())
}

/// The projects that were ticked, all of this workspace; none means all.
pub async fn ticked(app: &App, caller: &Caller, fields: &Fields) -> Result<Option<Vec<ProjectId>>, AppError> {
    let mut list = vec![];
    for (_, typed) in fields.iter().filter(|(n, _)| n == "project") {
        let id = ProjectId::parse(typed).ok_or(AppError::NotFound)?;
        app.store.project(&caller.read()?, &id).await?.ok_or(AppError::NotFound)?;
        list.push(id);
    }
    Ok((!list.is_empty()).then_some(list))
}

pub async fn page(app: &App, caller: &Caller, status: StatusCode, mut shown: Shown) -> Result<Response, AppError> {
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

pub async fn noted(app: &App, caller: &Caller, note: impl Into<String>) -> Result<Response, AppError> {
    page(app, caller, StatusCode::OK, Shown { note: Some(note.into()), ..Shown::default() }).await
}

pub async fn refused(app: &App, caller: &Caller, why: &str) -> Result<Response, AppError> {
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

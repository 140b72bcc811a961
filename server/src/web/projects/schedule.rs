//! When a project is scanned, what it is filed under, and what the reader is told about it.

use super::{find, find_work, frame};
use crate::app::App;
use crate::platform::clock::now;
use crate::platform::recurrence::{Rhythm, digests};
use crate::web::portfolio::{CLIENT, parse_tags};
use crate::web::session::Caller;
use crate::web::{AppError, render};
use app::pages::schedule::{self, View};
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use store::{AccountId, Filed, Mode};

/// What was just done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Flash {
    did: String,
}

/// The page.
pub async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Query(flash): Query<Flash>,
) -> Result<Response, AppError> {
    let said = match flash.did.as_str() {
        "schedule" => Some("The schedule is saved."),
        "file" => Some("Filed."),
        "reports" => Some("Your choice is saved."),
        _ => None,
    };
    page(&app, &caller, &id, said, None).await
}

async fn page(
    app: &App,
    caller: &Caller,
    id: &str,
    said: Option<&'static str>,
    wrong: Option<(Scheduled, String)>,
) -> Result<Response, AppError> {
    let (member, read, project) = find(&app.store, caller, id).await?;
    let schedule = app.store.schedule(&read, &project.id).await?;
    let choices = app.store.choices(member.workspace(), &caller.account.id).await?.ok_or(AppError::Role)?;
    let may_work = member.work(&project.id).is_some();
    let (typed, error) = wrong.map_or((None, None), |(t, e)| (Some(t), Some(e)));
    let zone = typed.as_ref().map(|t| t.zone.clone()).or_else(|| schedule.as_ref().map(|s| s.zone.clone()));
    let view = View {
        domain: project.draft.domain.unicode(),
        project: format!("/projects/{}", project.id),
        rhythm: typed.as_ref().map(|t| t.text().to_owned()).or_else(|| schedule.as_ref().map(|s| s.rhythm.clone())).unwrap_or_default(),
        zone: zone.unwrap_or_else(|| member.zone().to_owned()),
        filed: app.store.filed(&read, &project.id).await?,
        people: if may_work { app.store.audience(&read, &project.id).await? } else { vec![] },
        mode: choices.projects.iter().find(|(p, _)| *p == project.id).map(|(_, m)| *m),
        usual: choices.usual,
        schedule,
        error,
        may_work,
        said,
    };
    let status = if view.error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(render::page(status, frame(format!("Arrange {}", view.domain), "Projects", &caller.account), || schedule::page(&view)))
}

/// A schedule as it is typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Scheduled {
    rhythm: String,
    cron: String,
    zone: String,
}

impl Scheduled {
    fn text(&self) -> &str {
        if self.rhythm == "own" { &self.cron } else { &self.rhythm }
    }
}

/// Sets the schedule.
pub async fn schedule(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Form(typed): Form<Scheduled>,
) -> Result<Response, AppError> {
    let (work, project) = find_work(&app.store, &caller, &id).await?;
    let done = Redirect::to(&format!("/projects/{}/arrange?did=schedule", project.id)).into_response();
    if typed.rhythm.is_empty() {
        app.store.set_schedule(&work, None, &caller.by, now()).await?;
        return Ok(done);
    }
    let zone = typed.zone.trim().to_owned();
    let next = Rhythm::parse(typed.text()).and_then(|r| {
        let next =
            r.next(now(), &zone, project.id.as_str()).ok_or_else(|| format!("“{zone}” is no time zone. They look like Europe/Berlin."))?;
        Ok((r.word().to_owned(), next))
    });
    match next {
        Ok((word, next)) => app.store.set_schedule(&work, Some((&word, &zone, next)), &caller.by, now()).await?,
        Err(error) => return page(&app, &caller, &id, None, Some((typed, error))).await,
    }
    Ok(done)
}

/// What it is filed under, as it is typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    client: String,
    tags: String,
    owner: String,
}

/// Files the project.
pub async fn file(State(app): State<App>, caller: Caller, Path(id): Path<String>, Form(typed): Form<Typed>) -> Result<Redirect, AppError> {
    let (work, project) = find_work(&app.store, &caller, &id).await?;
    let filed = Filed {
        client: typed.client.trim().chars().take(CLIENT).collect(),
        tags: parse_tags(&typed.tags),
        owner: AccountId::parse(&typed.owner),
    };
    app.store.file(&work, &filed, &caller.by, now()).await?;
    Ok(Redirect::to(&format!("/projects/{}/arrange?did=file", project.id)))
}

/// A choice as it is sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Chosen {
    mode: String,
}

/// What the reader is told about this project.
pub async fn reports(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Form(chosen): Form<Chosen>,
) -> Result<Redirect, AppError> {
    let (member, _, project) = find(&app.store, &caller, &id).await?;
    let due = digests(now(), member.zone());
    app.store.choose(member.workspace(), &caller.account.id, Some(&project.id), Mode::from_word(&chosen.mode), due).await?;
    Ok(Redirect::to(&format!("/projects/{}/arrange?did=reports", project.id)))
}

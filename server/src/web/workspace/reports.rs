//! What a member is told by mail: on their page, and by the signed address below each such mail, where a
//! mail program may end it with one click (RFC 8058).

use crate::app::App;
use crate::mail::Preference;
use crate::platform::clock::now;
use crate::platform::recurrence::digests;
use crate::web::projects::frame;
use crate::web::session::{Caller, Visitor};
use crate::web::{AppError, render};
use app::pages::mail;
use app::shell::Frame;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use store::{AccountId, Mode, ProjectId, WorkspaceId};

/// A choice as it is sent; `list_unsubscribe` is what a mail program sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Chosen {
    mode: String,
    from: String,
    to: String,
    #[serde(rename = "List-Unsubscribe")]
    list_unsubscribe: String,
}

/// What was just done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Flash {
    did: String,
}

const SAVED: &str = "Your choice is saved.";

async fn keep(
    app: &App,
    workspace: &WorkspaceId,
    account: &AccountId,
    project: Option<&ProjectId>,
    chosen: &Chosen,
) -> Result<(), AppError> {
    let choices = app.store.choices(workspace, account).await?.ok_or(AppError::NotFound)?;
    let due = digests(now(), &choices.zone);
    let mode = Mode::from_word(&chosen.mode);
    // For all projects there is nothing to follow.
    if mode.is_some() || project.is_some() {
        app.store.choose(workspace, account, project, mode, due).await?;
    }
    let hour = |t: &str| t.parse::<u8>().ok().filter(|h| *h < 24);
    let quiet = match (hour(&chosen.from), hour(&chosen.to)) {
        (Some(a), Some(b)) if a != b => format!("{a}-{b}"),
        _ => String::new(),
    };
    app.store.set_quiet(workspace, account, &quiet).await?;
    Ok(())
}

/// The page of somebody who is signed in.
pub async fn show(State(app): State<App>, caller: Caller, Query(flash): Query<Flash>) -> Result<Response, AppError> {
    let choices = app.store.choices(caller.member.workspace(), &caller.account.id).await?.ok_or(AppError::Role)?;
    let said = (flash.did == "save").then_some(SAVED);
    Ok(render::page(StatusCode::OK, frame("Reports by mail".into(), "Projects", &caller.account), || {
        mail::page("/workspace/reports", &choices, None, said, None)
    }))
}

/// Their choice.
pub async fn save(State(app): State<App>, caller: Caller, Form(chosen): Form<Chosen>) -> Result<Redirect, AppError> {
    keep(&app, caller.member.workspace(), &caller.account.id, None, &chosen).await?;
    Ok(Redirect::to("/workspace/reports?did=save"))
}

/// The page of a signed address.
pub async fn signed(State(app): State<App>, who: Visitor, Path(token): Path<String>) -> Result<Response, AppError> {
    signed_page(&app, &who, &token, None).await
}

async fn signed_page(app: &App, who: &Visitor, token: &str, said: Option<&'static str>) -> Result<Response, AppError> {
    let p = Preference::parse(&app.site.key, token).ok_or(AppError::NotFound)?;
    let choices = app.store.choices(&p.workspace, &p.account).await?.ok_or(AppError::NotFound)?;
    let project = match &p.project {
        Some(id) => {
            let member = app.store.member_for(&p.account, id).await?.ok_or(AppError::NotFound)?;
            let project = app.store.project(&member.read().ok_or(AppError::NotFound)?, id).await?.ok_or(AppError::NotFound)?;
            Some((project.draft.domain.unicode(), choices.projects.iter().find(|(x, _)| x == id).map(|(_, m)| *m)))
        }
        None => None,
    };
    let frame = Frame { title: "Reports by mail · Launch Ready".into(), email: who.email(), private: true, ..Frame::default() };
    Ok(render::page(StatusCode::OK, frame, || mail::page(&format!("/mail/{token}"), &choices, project, said, None)))
}

/// The choice of a signed address; one click of a mail program ends such mail.
pub async fn signed_save(
    State(app): State<App>,
    who: Visitor,
    Path(token): Path<String>,
    Form(chosen): Form<Chosen>,
) -> Result<Response, AppError> {
    let p = Preference::parse(&app.site.key, &token).ok_or(AppError::NotFound)?;
    if chosen.list_unsubscribe == "One-Click" {
        app.store.choose(&p.workspace, &p.account, p.project.as_ref(), Some(Mode::Off), (0, 0)).await?;
        return Ok("You will get no more of these.\n".into_response());
    }
    keep(&app, &p.workspace, &p.account, p.project.as_ref(), &chosen).await?;
    signed_page(&app, &who, &token, Some(SAVED)).await
}

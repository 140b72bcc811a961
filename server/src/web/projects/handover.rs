//! Handing a project over to somebody else's workspace.

use super::share as sharing;
use crate::app::App;
use crate::mail::{self, Letter};
use crate::platform::clock::now;
use crate::platform::secret::{self, Secret};
use crate::web::account::{LETTERS, LETTERS_BY, email_error, frame, letters, letters_by, proved};
use crate::web::projects::find;
use crate::web::session::{self, Caller, Visitor};
use crate::web::{AppError, render};
use app::pages::account;
use app::pages::share::{self, Shown};
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use readiness::time::DAY_MS;
use serde::Deserialize;
use store::{Member, Moved, Offer, Project};
use tower_sessions::Session;

const TITLE: &str = "A project for you";
/// An offer waits for so long.
const WAITS_MS: i64 = 7 * DAY_MS;

#[derive(Debug, Default, Deserialize)]
pub struct Typed {
    #[serde(default)]
    email: String,
    #[serde(default)]
    stays: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    second: String,
    #[serde(default)]
    link: String,
    #[serde(default)]
    workspace: String,
}

async fn owned(app: &App, caller: &Caller, id: &str) -> Result<(Member, store::CanManage, Project), AppError> {
    let (member, _, project) = find(&app.store, caller, id).await?;
    let manage = member.manage().ok_or(AppError::Role)?;
    Ok((member, manage, project))
}

/// Offers the project.
pub async fn offer(
    State(app): State<App>,
    caller: Caller,
    session: Session,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, AppError> {
    let (member, manage, project) = owned(&app, &caller, &id).await?;
    let email = typed.email.trim().to_owned();
    let mut shown = Shown { email: email.clone(), email_error: email_error(&email), ..Shown::default() };
    if shown.email_error.is_none() && !caller.account.is_verified() {
        shown.email_error = Some("Confirm your own address first: a letter is in your mailbox.".into());
    }
    shown.password_error = proved(&app, &session, &caller.account, typed.password, &typed.second).await?;
    if shown.email_error.is_none()
        && shown.password_error.is_none()
        && (letters(&app, &email).await? > LETTERS || letters_by(&app, &caller.account).await? > LETTERS_BY)
    {
        shown.email_error = Some("This address has had several letters of ours. Wait a quarter of an hour and try again.".into());
    }
    if shown.email_error.is_some() || shown.password_error.is_some() {
        return sharing::page(&app, &caller, &session, &member, &project, StatusCode::UNPROCESSABLE_ENTITY, shown).await;
    }
    let secret = Secret::new();
    let domain = project.draft.domain.unicode();
    let letter = Letter::handover(&app.settings.public_url, &secret.text, &caller.account.email, &domain);
    let mail = mail::to(&email, "handover", &caller.account.id, &letter);
    let offer = Offer {
        project: project.id.clone(),
        domain,
        from: member.name().to_owned(),
        email: email.clone(),
        stays: typed.stays == "yes",
        expires_at: now() + WAITS_MS,
    };
    if !app.store.offer_project(&manage, &caller.account.id, &offer, &secret.hash, &mail, &caller.by, now()).await? {
        return Err(AppError::NotFound);
    }
    app.mail.ring();
    let shown = Shown { note: Some(format!("A letter is on its way to {email}.")), ..Shown::default() };
    sharing::page(&app, &caller, &session, &member, &project, StatusCode::OK, shown).await
}

/// Takes the offer back.
pub async fn withdraw(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Redirect, AppError> {
    let (_, manage, project) = owned(&app, &caller, &id).await?;
    app.store.withdraw_offer(&manage, &project.id, &caller.by, now()).await?;
    Ok(Redirect::to(&format!("/projects/{}/share", project.id)))
}

fn gone(who: &Visitor) -> Response {
    render::page(StatusCode::GONE, frame(TITLE, who), || {
        account::gone("It was used already, taken back, or it is older than seven days. Ask whoever offered the project.".into())
    })
}

/// Asks whether to take it over.
pub async fn offered(State(app): State<App>, who: Visitor, Query(link): Query<Typed>) -> Result<Response, AppError> {
    let Some(offer) = app.store.offer(&secret::hash(&link.link), now()).await? else { return Ok(gone(&who)) };
    let places = match &who.account {
        Some(a) => app.store.memberships(&a.id).await?,
        None => vec![],
    };
    let own: Vec<_> = places.iter().filter(|p| p.manage().is_some()).map(|p| (p.workspace().to_string(), p.name().to_owned())).collect();
    Ok(render::page(StatusCode::OK, frame(TITLE, &who), || share::offered(link.link, &offer, who.email(), &own)))
}

/// Takes it over.
pub async fn accept(State(app): State<App>, caller: Caller, session: Session, Form(typed): Form<Typed>) -> Result<Response, AppError> {
    let hash = secret::hash(&typed.link);
    let who = || Visitor { account: Some(caller.account.clone()), ..Visitor::default() };
    let Some(offer) = app.store.offer(&hash, now()).await? else { return Ok(gone(&who())) };
    let place = caller.places.iter().find(|p| p.workspace().as_str() == typed.workspace).ok_or(AppError::NotFound)?;
    let manage = place.manage().ok_or(AppError::Role)?;
    match app.store.accept_offer(&manage, &caller.account.email, &hash, &caller.by, now()).await? {
        Moved::Done => {}
        Moved::Same => return Ok(Redirect::to(&format!("/projects/{}", offer.project)).into_response()),
        Moved::Gone => return Ok(gone(&who())),
    }
    session::look_at(&session, place.workspace()).await?;
    Ok(Redirect::to(&format!("/projects/{}", offer.project)).into_response())
}

//! Inviting somebody, and answering an invitation.

use super::page::{Fields, noted, page, ticked, value};
use crate::app::App;
use crate::mail::{self, Letter};
use crate::platform::clock::now;
use crate::platform::secret::{self, Secret};
use crate::web::account::{email_error, frame};
use crate::web::session::{self, Caller, Visitor};
use crate::web::{AppError, render};
use app::pages::account;
use app::pages::workspace::{self, Shown};
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use readiness::time::DAY_MS;
use serde::Deserialize;
use store::{CanManage, Invitation, ProjectId, Role};
use tower_sessions::Session;

const TITLE: &str = "Invitation";
/// An invitation waits for so long.
const WAITS_MS: i64 = 7 * DAY_MS;
/// Letters of one workspace in a day.
const LETTERS: i64 = 30;

async fn send(app: &App, caller: &Caller, manage: &CanManage, invitation: &Invitation) -> Result<(), AppError> {
    let secret = Secret::new();
    let letter = Letter::invitation(
        &app.settings.public_url,
        &secret.text,
        &caller.account.email,
        caller.member.name(),
        workspace::role_text(invitation.role),
    );
    let mail = mail::to(&invitation.email, "invitation", &caller.account.id, &letter);
    app.store.invite(manage, invitation, &secret.hash, &mail, &caller.by, now()).await?;
    app.mail.ring();
    Ok(())
}

/// Why no letter may go out now.
async fn held_back(app: &App, caller: &Caller) -> Result<Option<String>, AppError> {
    if !caller.account.is_verified() {
        return Ok(Some("Confirm your own address first: a letter is in your mailbox.".into()));
    }
    let key = format!("invite:{}", caller.member.workspace());
    let many = app.store.count_attempt(&key, now() - DAY_MS, now()).await? > LETTERS;
    Ok(many.then(|| format!("{LETTERS} letters a day are enough for one workspace. Try again tomorrow.")))
}

/// Invites somebody; what is wrong with the address otherwise.
pub async fn ask(
    app: &App,
    caller: &Caller,
    email: &str,
    role: Role,
    only: Option<Vec<ProjectId>>,
) -> Result<Result<Invitation, String>, AppError> {
    let manage = caller.manage()?;
    if let Some(error) = email_error(email) {
        return Ok(Err(error));
    }
    let read = caller.read()?;
    if app.store.members(&read).await?.iter().any(|m| m.email.eq_ignore_ascii_case(email)) {
        return Ok(Err(format!("{email} belongs to this workspace already. Change the role in the list of members.")));
    }
    if let Some(why) = held_back(app, caller).await? {
        return Ok(Err(why));
    }
    let (id, at) = (uuid::Uuid::now_v7().to_string(), now());
    let invitation = Invitation { id, email: email.to_owned(), role, only, created_at: at, expires_at: at + WAITS_MS };
    match send(app, caller, &manage, &invitation).await {
        Ok(()) => Ok(Ok(invitation)),
        Err(AppError::TooMany(full)) => Ok(Err(full)),
        Err(e) => Err(e),
    }
}

/// The form that invites.
pub async fn invite(State(app): State<App>, caller: Caller, Form(fields): Form<Fields>) -> Result<Response, AppError> {
    caller.manage()?;
    let email = value(&fields, "email").trim().to_owned();
    let role = Role::from_word(value(&fields, "role")).unwrap_or(Role::Viewer);
    let only = ticked(&app, &caller, &fields).await?;
    match ask(&app, &caller, &email, role, only.clone()).await? {
        Ok(_) => noted(&app, &caller, format!("A letter is on its way to {email}.")).await,
        Err(error) => {
            let shown = Shown { email, email_error: Some(error), role: Some(role), only: only.unwrap_or_default(), ..Shown::default() };
            page(&app, &caller, StatusCode::UNPROCESSABLE_ENTITY, shown).await
        }
    }
}

/// The invitation of a form.
async fn named(app: &App, manage: &CanManage, fields: &Fields) -> Result<Invitation, AppError> {
    let id = value(fields, "invitation");
    app.store.invitations(manage, now()).await?.into_iter().find(|i| i.id == id).ok_or(AppError::NotFound)
}

/// Sends the letter again, with a new link; the old one works no longer.
pub async fn again(State(app): State<App>, caller: Caller, Form(fields): Form<Fields>) -> Result<Response, AppError> {
    let manage = caller.manage()?;
    let mut invitation = named(&app, &manage, &fields).await?;
    if let Some(why) = held_back(&app, &caller).await? {
        return noted(&app, &caller, why).await;
    }
    invitation.expires_at = now() + WAITS_MS;
    send(&app, &caller, &manage, &invitation).await?;
    noted(&app, &caller, format!("A new letter is on its way to {}. The link in the old one works no longer.", invitation.email)).await
}

/// Takes an invitation back.
pub async fn revoke(State(app): State<App>, caller: Caller, Form(fields): Form<Fields>) -> Result<Response, AppError> {
    let manage = caller.manage()?;
    if !app.store.revoke_invitation(&manage, value(&fields, "invitation"), &caller.by, now()).await? {
        return Err(AppError::NotFound);
    }
    Ok(Redirect::to("/workspace").into_response())
}

#[derive(Debug, Default, Deserialize)]
pub struct Link {
    #[serde(default)]
    link: String,
}

fn gone(who: &Visitor) -> Response {
    render::page(StatusCode::GONE, frame(TITLE, who), || {
        account::gone("It was used already, taken back, or it is older than seven days. Ask whoever invited you for another one.".into())
    })
}

/// Asks whether to join.
pub async fn asked(State(app): State<App>, who: Visitor, Query(link): Query<Link>) -> Result<Response, AppError> {
    let Some((invitation, name)) = app.store.invitation(&secret::hash(&link.link), now()).await? else { return Ok(gone(&who)) };
    let asked = workspace::Asked { link: link.link, email: invitation.email, name, role: invitation.role, who: who.email() };
    Ok(render::page(StatusCode::OK, frame(TITLE, &who), || workspace::asked(asked)))
}

/// Joins, and looks at that workspace.
pub async fn accept(State(app): State<App>, caller: Caller, session: Session, Form(link): Form<Link>) -> Result<Response, AppError> {
    let Some(joined) = app.store.accept(&secret::hash(&link.link), &caller.account, &caller.by, now()).await? else {
        return Ok(gone(&Visitor { account: Some(caller.account), ..Visitor::default() }));
    };
    session::look_at(&session, &joined).await?;
    Ok(Redirect::to("/projects").into_response())
}

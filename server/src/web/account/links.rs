//! What comes by mail: confirming an address, and a new password. A link shows a page with a button,
//! since mail scanners open links by themselves.

use super::{CONFIRM_HOURS, PER_ADDRESS, WINDOW_MS, email_error, greet, too_many};
use crate::app::{App, now};
use crate::mail::{self, Letter, Secret};
use crate::password;
use crate::web::guard::visitor;
use crate::web::session::{self, Visitor};
use crate::web::{AppError, render};
use app::pages::account::{self, AccountForm};
use app::shell::Frame;
use axum::Form;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use std::net::SocketAddr;
use store::{LinkKind, Verified};
use tower_sessions::Session;

/// A link for a new password works for so long.
const RESET_HOURS: i64 = 1;
/// Letters that one address gets in a quarter of an hour on the wish of strangers.
const LETTERS: i64 = 3;

#[derive(Debug, Default, Deserialize)]
pub struct Link {
    #[serde(default)]
    link: String,
    #[serde(default)]
    password: String,
}

/// The frame of what a link from a mail leads to.
pub fn frame(title: &str, who: &Visitor) -> Frame {
    Frame { title: format!("{title} · Launch Ready"), email: who.email(), admin: who.admin(), private: true, ..Frame::default() }
}

fn gone(who: &Visitor, text: &str) -> Response {
    render::page(StatusCode::GONE, frame("This link is used up", who), || account::gone(text.to_owned()))
}

const ASK_AGAIN: &str = "It was used already, or it is too old. Sign in, and have a new one sent from your account's page.";

/// The button that confirms an address.
pub async fn confirm_form(State(app): State<App>, who: Visitor, Query(link): Query<Link>) -> Result<Response, AppError> {
    if app.store.link(&mail::hash(&link.link), LinkKind::Verify, now()).await?.is_none() {
        return Ok(gone(&who, ASK_AGAIN));
    }
    Ok(render::page(StatusCode::OK, frame("Confirm your address", &who), || {
        account::press("Confirm your address", "/confirm", link.link, "Confirm the address")
    }))
}

/// Confirms it. Who has no session signs in afterwards.
pub async fn confirm(State(app): State<App>, who: Visitor, Form(link): Form<Link>) -> Result<Response, AppError> {
    Ok(match app.store.verify_address(&mail::hash(&link.link), now()).await? {
        None => gone(&who, ASK_AGAIN),
        Some(Verified::Account(_)) if who.account.is_some() => Redirect::to("/account").into_response(),
        Some(_) => Redirect::to("/sign-in").into_response(),
    })
}

/// The button that confirms a changed address.
pub async fn confirm_email_form(State(app): State<App>, who: Visitor, Query(link): Query<Link>) -> Result<Response, AppError> {
    if app.store.link(&mail::hash(&link.link), LinkKind::Email, now()).await?.is_none() {
        return Ok(gone(&who, ASK_AGAIN));
    }
    Ok(render::page(StatusCode::OK, frame("Confirm your new address", &who), || {
        account::press("Confirm your new address", "/confirm-email", link.link, "Confirm the address")
    }))
}

/// Confirms it.
pub async fn confirm_email(State(app): State<App>, who: Visitor, Form(link): Form<Link>) -> Result<Response, AppError> {
    Ok(match app.store.change_email(&mail::hash(&link.link), now()).await? {
        None => gone(&who, "It was used already, it is too old, or the address belongs to another account."),
        Some(_) => Redirect::to(if who.account.is_some() { "/account" } else { "/sign-in" }).into_response(),
    })
}

fn ask(status: StatusCode, form: AccountForm) -> Response {
    render::page(status, frame("Forgot the password", &Visitor::default()), || account::forgot(form))
}

/// The form for a new password's letter.
pub async fn forgot_form() -> Response {
    ask(StatusCode::OK, AccountForm::default())
}

/// Sends the letter if there is an account. The answer is the same at once, whether or not there is.
pub async fn forgot(
    State(app): State<App>,
    connection: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(typed): Form<super::Typed>,
) -> Result<Response, AppError> {
    let mut form = AccountForm { email: typed.email.clone(), email_error: email_error(&typed.email), ..AccountForm::default() };
    if form.email_error.is_some() {
        return Ok(ask(StatusCode::UNPROCESSABLE_ENTITY, form));
    }
    let from = format!("forgot-from:{}", app.address_key(&visitor(&app, &headers, &connection)));
    if app.store.count_attempt(&from, now() - WINDOW_MS, now()).await? > PER_ADDRESS {
        form.error = Some(too_many());
        return Ok(ask(StatusCode::TOO_MANY_REQUESTS, form));
    }
    // Out of the way of the answer, whose time would tell.
    tokio::spawn(async move {
        if let Err(e) = send_reset(&app, &typed.email).await {
            tracing::error!(error = %e, "a letter for a new password was not written");
        }
    });
    Ok(render::page(StatusCode::OK, frame("Look into your mailbox", &Visitor::default()), || account::sent(form.email)))
}

async fn send_reset(app: &App, email: &str) -> Result<(), AppError> {
    let Some(account) = app.store.account_by_email(email).await? else { return Ok(()) };
    let to = format!("forgot:{}", app.address_key(&email.trim().to_lowercase()));
    if app.store.count_attempt(&to, now() - WINDOW_MS, now()).await? > LETTERS {
        return Ok(());
    }
    let secret = Secret::new();
    let letter = mail::to(&account.email, "reset", &account.id, &Letter::reset(&app.settings.public_url, &secret.text));
    app.store.send_link(&account.id, &secret.link(LinkKind::Reset, "", RESET_HOURS), &[letter], now()).await?;
    mail::ring(app);
    Ok(())
}

/// The form for the new password.
pub async fn reset_form(State(app): State<App>, Query(link): Query<Link>) -> Result<Response, AppError> {
    if app.store.link(&mail::hash(&link.link), LinkKind::Reset, now()).await?.is_none() {
        return Ok(gone(&Visitor::default(), "It was used already, or it is older than an hour. Ask for another one on the sign-in page."));
    }
    Ok(render::page(StatusCode::OK, frame("Choose a new password", &Visitor::default()), || account::reset(link.link, None)))
}

/// Sets it, ends every session, and signs in.
pub async fn reset(State(app): State<App>, session: Session, headers: HeaderMap, Form(link): Form<Link>) -> Result<Response, AppError> {
    let nobody = Visitor::default();
    let hash = mail::hash(&link.link);
    let used_up = "It was used already, or it is older than an hour. Ask for another one on the sign-in page.";
    let Some((id, _)) = app.store.link(&hash, LinkKind::Reset, now()).await? else { return Ok(gone(&nobody, used_up)) };
    let Some(account) = app.store.account(&id).await? else { return Ok(gone(&nobody, used_up)) };
    if let Some(weak) = password::refused(&app, &link.password, &account.email).await {
        return Ok(render::page(StatusCode::UNPROCESSABLE_ENTITY, frame("Choose a new password", &nobody), || {
            account::reset(link.link, Some(weak))
        }));
    }
    let new = password::hash(&app, link.password).await?;
    let letter = mail::to(&account.email, "password", &id, &Letter::password_changed(&app.settings.public_url));
    if app.store.reset_password(&hash, &new, &letter, now()).await?.is_none() {
        return Ok(gone(&nobody, used_up));
    }
    mail::ring(&app);
    session::begin(&session, &id, &headers).await?;
    greet(&app, &account, &headers, Redirect::to("/projects").into_response()).await
}

/// A fresh link that proves the address of an account.
pub(super) async fn send_confirm(app: &App, account: &store::Account) -> Result<(), AppError> {
    let secret = Secret::new();
    let letter = mail::to(&account.email, "confirm", &account.id, &Letter::confirm(&app.settings.public_url, &secret.text));
    app.store.send_link(&account.id, &secret.link(LinkKind::Verify, "", CONFIRM_HOURS), &[letter], now()).await?;
    mail::ring(app);
    Ok(())
}

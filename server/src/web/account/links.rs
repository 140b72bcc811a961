//! What comes by mail: confirming an address, and a new password. A link shows a page with a button,
//! since mail scanners open links by themselves.

use super::attempts::{CONFIRM_HOURS, LETTERS, PER_ACCOUNT, PER_ADDRESS, WINDOW_MS, mailbox, sign_ups_of, too_many};
use super::devices::greet;
use super::email_address::email_error;
use super::form::Typed;
use super::security_log::note;
use crate::app::App;
use crate::mail::{self, Letter};
use crate::platform::clock::now;
use crate::platform::networks;
use crate::platform::password::Who;
use crate::platform::secret::{self, Secret};
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
use store::{AccountId, Deed, LinkKind, Verified, Whence};
use tower_sessions::Session;

/// A link for a new password works for so long.
const RESET_HOURS: i64 = 1;

#[derive(Debug, Default, Deserialize)]
pub struct Link {
    #[serde(default)]
    link: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    programs: String,
}

/// The frame of what a link from a mail leads to.
pub fn frame(title: &str, who: &Visitor) -> Frame {
    Frame { title: format!("{title} · Launch Ready"), email: who.email(), admin: who.admin(), private: true, ..Frame::default() }
}

fn gone(who: &Visitor, text: &str) -> Response {
    render::page(StatusCode::GONE, frame("This link is used up", who), || account::gone(text.to_owned()))
}

const ASK_AGAIN: &str = "It was used already, or it is too old. Sign in, and have a new one sent from your account's page.";

/// Confirms an address, or says what would move into an account that has it already.
async fn confirming(
    app: &App,
    who: &Visitor,
    link: String,
    account: &store::Account,
    status: StatusCode,
    error: Option<String>,
) -> Result<Response, AppError> {
    let password = who.account.as_ref().is_none_or(|a| a.id != account.id);
    let moves = app.store.would_move(&account.id, &account.email).await?;
    let email = account.email.clone();
    Ok(render::page(status, frame("Confirm your address", who), || account::confirm("/confirm", link, email, password, error, moves)))
}

/// The button that confirms an address.
pub async fn confirm_form(State(app): State<App>, who: Visitor, Query(link): Query<Link>) -> Result<Response, AppError> {
    let Some((id, _)) = app.store.link(&secret::hash(&link.link), LinkKind::Verify, now()).await? else { return Ok(gone(&who, ASK_AGAIN)) };
    let account = app.store.account(&id).await?.ok_or(AppError::NotFound)?;
    confirming(&app, &who, link.link, &account, StatusCode::OK, None).await
}

/// Whether a link was pressed by whom it is for: the key of the account's session that pressed it, or an empty one
/// where the account's password was typed; else what is wrong.
async fn pressed_by(
    app: &App,
    who: &Visitor,
    session: &Session,
    account: &store::Account,
    password: String,
) -> Result<(String, Option<String>), AppError> {
    if who.account.as_ref().is_some_and(|a| a.id == account.id) {
        return Ok((session::key(session), None));
    }
    let key = format!("confirm:{}", account.id);
    let wrong = if app.store.count_attempt(&key, now() - WINDOW_MS, now()).await? > PER_ACCOUNT {
        Some(too_many())
    } else if app.sign_in.passwords.verify(Who::Stranger, password, Some(account.password_hash.clone())).await? {
        None
    } else {
        Some("This is not the password of the account.".to_owned())
    };
    Ok((String::new(), wrong))
}

/// Confirms it. A mailbox alone is not enough: whoever signed up with somebody else's address must not
/// get it confirmed by the owner's press of a button. So it takes the session that signed up, or its
/// password; the owner of the mailbox sets a new password instead, after which nothing of before stays.
pub async fn confirm(
    State(app): State<App>,
    who: Visitor,
    session: Session,
    connection: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(link): Form<Link>,
) -> Result<Response, AppError> {
    let hash = secret::hash(&link.link);
    let Some((id, _)) = app.store.link(&hash, LinkKind::Verify, now()).await? else { return Ok(gone(&who, ASK_AGAIN)) };
    let account = app.store.account(&id).await?.ok_or(AppError::NotFound)?;
    let (keep, wrong) = pressed_by(&app, &who, &session, &account, link.password).await?;
    if wrong.is_some() {
        return confirming(&app, &who, link.link, &account, StatusCode::UNPROCESSABLE_ENTITY, wrong).await;
    }
    Ok(match app.store.verify_address(&hash, &keep, now()).await? {
        None => gone(&who, ASK_AGAIN),
        Some(Verified::Account(_)) => {
            // Else the count would tell others that somebody signed up with the address just now.
            app.store.forget_attempts(&sign_ups_of(&app, &account.email)).await?;
            note(&app, &account, Deed::Confirmed, &headers, &connection).await?;
            Redirect::to(if keep.is_empty() { "/sign-in" } else { "/account" }).into_response()
        }
        Some(Verified::Merged(_)) => Redirect::to("/sign-in").into_response(),
    })
}

/// Asks to confirm the address that an account changes to.
fn changing(who: &Visitor, link: String, id: &AccountId, to: String, status: StatusCode, error: Option<String>) -> Response {
    let password = who.account.as_ref().is_none_or(|a| a.id != *id);
    render::page(status, frame("Confirm your new address", who), || account::confirm("/confirm-email", link, to, password, error, vec![]))
}

/// The button that confirms a changed address.
pub async fn confirm_email_form(State(app): State<App>, who: Visitor, Query(link): Query<Link>) -> Result<Response, AppError> {
    let Some((id, to)) = app.store.link(&secret::hash(&link.link), LinkKind::Email, now()).await? else { return Ok(gone(&who, ASK_AGAIN)) };
    Ok(changing(&who, link.link, &id, to, StatusCode::OK, None))
}

/// Confirms it, as [`confirm`] does: the mailbox alone does not give a stranger's account its address.
pub async fn confirm_email(
    State(app): State<App>,
    who: Visitor,
    session: Session,
    connection: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(link): Form<Link>,
) -> Result<Response, AppError> {
    let used_up = "It was used already, it is too old, or the address belongs to another account.";
    let hash = secret::hash(&link.link);
    let Some((id, to)) = app.store.link(&hash, LinkKind::Email, now()).await? else { return Ok(gone(&who, used_up)) };
    let account = app.store.account(&id).await?.ok_or(AppError::NotFound)?;
    let (keep, wrong) = pressed_by(&app, &who, &session, &account, link.password).await?;
    if wrong.is_some() {
        return Ok(changing(&who, link.link, &id, to, StatusCode::UNPROCESSABLE_ENTITY, wrong));
    }
    if app.store.change_email(&hash, &keep, now()).await?.is_none() {
        return Ok(gone(&who, used_up));
    }
    note(&app, &account, Deed::Address, &headers, &connection).await?;
    Ok(Redirect::to(if keep.is_empty() { "/sign-in" } else { "/account" }).into_response())
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
    Form(typed): Form<Typed>,
) -> Result<Response, AppError> {
    let mut form = AccountForm { email: typed.email.clone(), email_error: email_error(&typed.email), ..AccountForm::default() };
    if form.email_error.is_some() {
        return Ok(ask(StatusCode::UNPROCESSABLE_ENTITY, form));
    }
    let from = visitor(&app.settings, &headers, &connection);
    if app.limiter.too_many("forgot-from", &from, PER_ADDRESS, WINDOW_MS).await? {
        form.error = Some(too_many());
        return Ok(ask(StatusCode::TOO_MANY_REQUESTS, form));
    }
    // Out of the way of the answer, whose time would tell.
    let whence = Whence { place: networks::place(&from), device: session::device(&headers) };
    tokio::spawn(async move {
        if let Err(e) = send_reset(&app, &typed.email, &whence).await {
            tracing::error!(error = %e, "a letter for a new password was not written");
        }
    });
    Ok(render::page(StatusCode::OK, frame("Look into your mailbox", &Visitor::default()), || account::sent(form.email)))
}

async fn send_reset(app: &App, email: &str, whence: &Whence) -> Result<(), AppError> {
    let Some(account) = app.store.account_by_email(email).await? else { return Ok(()) };
    // Counted apart from other letters: a stranger's sign-ups with the address do not hold up its owner.
    let to = format!("forgot:{}", mailbox(app, email));
    if app.store.count_attempt(&to, now() - WINDOW_MS, now()).await? > LETTERS {
        return Ok(());
    }
    app.store.note_security(&account.id, Deed::ResetAsked, whence, now()).await?;
    let secret = Secret::new();
    let letter = mail::to(&account.email, "reset", &account.id, &Letter::reset(&app.settings.public_url, &secret.text));
    app.store.send_link(&account.id, &secret.link(LinkKind::Reset, "", RESET_HOURS), &[letter], now()).await?;
    app.mail.ring();
    Ok(())
}

const USED_UP: &str = "It was used already, or it is older than an hour. Ask for another one on the sign-in page.";

/// Asks for the new password, and what shall happen to tokens and feeds. What an unconfirmed account
/// has goes in any case.
async fn ask_new(
    app: &App,
    link: String,
    account: &store::Account,
    status: StatusCode,
    weak: Option<String>,
) -> Result<Response, AppError> {
    let second = account.is_verified() && app.store.factors(&account.id).await?.any();
    let programs = account.is_verified() && app.store.has_programs(&account.id, now()).await?;
    let frame = frame("Choose a new password", &Visitor::default());
    Ok(render::page(status, frame, || account::reset(link, weak, second, programs)))
}

async fn reset_account(app: &App, hash: &str) -> Result<Option<store::Account>, AppError> {
    Ok(match app.store.link(hash, LinkKind::Reset, now()).await? {
        Some((id, _)) => app.store.account(&id).await?,
        None => None,
    })
}

/// The form for the new password.
pub async fn reset_form(State(app): State<App>, Query(link): Query<Link>) -> Result<Response, AppError> {
    let Some(account) = reset_account(&app, &secret::hash(&link.link)).await? else { return Ok(gone(&Visitor::default(), USED_UP)) };
    ask_new(&app, link.link, &account, StatusCode::OK, None).await
}

/// Sets it, ends every session, and signs in, or asks for the second factor first where there is one.
pub async fn reset(
    State(app): State<App>,
    session: Session,
    connection: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(link): Form<Link>,
) -> Result<Response, AppError> {
    let nobody = Visitor::default();
    let hash = secret::hash(&link.link);
    let Some(account) = reset_account(&app, &hash).await? else { return Ok(gone(&nobody, USED_UP)) };
    if let Some(weak) = app.sign_in.passwords.refused(&link.password, &account.email).await {
        return ask_new(&app, link.link, &account, StatusCode::UNPROCESSABLE_ENTITY, Some(weak)).await;
    }
    let new = app.sign_in.passwords.hash(Who::Stranger, link.password).await?;
    let letter = mail::to(&account.email, "password", &account.id, &Letter::password_changed(&app.settings.public_url));
    let Some(id) = app.store.reset_password(&hash, &new, link.programs == "end", &letter, now()).await? else {
        return Ok(gone(&nobody, USED_UP));
    };
    note(&app, &account, Deed::Reset, &headers, &connection).await?;
    app.mail.ring();
    if account.disabled_at > 0 {
        return Ok(Redirect::to("/sign-in").into_response());
    }
    if app.store.factors(&id).await?.any() {
        session::begin_half(&session, &id, "/projects").await?;
        return Ok(Redirect::to("/sign-in/second").into_response());
    }
    session::begin(&session, &id, &headers).await?;
    greet(&app, &account, &headers, Redirect::to("/projects").into_response()).await
}

/// A fresh link that proves the address of an account.
pub(super) async fn send_confirm(app: &App, account: &store::Account) -> Result<(), AppError> {
    let secret = Secret::new();
    let base = &app.settings.public_url;
    let known = app.store.account_by_email(&account.email).await?.is_some_and(|a| a.id != account.id && a.is_verified());
    let letter = if known {
        Letter::again(base, &secret.text, &app.store.would_move(&account.id, &account.email).await?)
    } else {
        Letter::confirm(base, &secret.text)
    };
    let letter = mail::to(&account.email, "confirm", &account.id, &letter);
    app.store.send_link(&account.id, &secret.link(LinkKind::Verify, "", CONFIRM_HOURS), &[letter], now()).await?;
    app.mail.ring();
    Ok(())
}

//! Signing up.

use super::attempts::{CONFIRM_HOURS, LETTERS, PER_ACCOUNT, PER_ADDRESS, WINDOW_MS, letters, sign_ups_of, too_many};
use super::devices::greet;
use super::email_address::email_error;
use super::form::{Asked, Typed};
use super::security_log::note;
use crate::app::App;
use crate::mail::{self, Letter};
use crate::platform::clock::now;
use crate::platform::password::{self, Who};
use crate::platform::secret::{self, Secret};
use crate::platform::settings::Signup;
use crate::web::guard::visitor;
use crate::web::local_path::LocalPath;
use crate::web::session::{self, Visitor};
use crate::web::{AppError, projects, render};
use app::pages::account::{self, AccountForm};
use app::shell::Frame;
use axum::Form;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use std::net::SocketAddr;
use store::{Account, By, CanRead, Deed, LinkKind, ScanId};
use tower_sessions::Session;

/// Why this address may not sign up here, if it may not.
pub async fn turned_away(app: &App, email: &str, next: &str, setup: &str) -> Result<Option<&'static str>, AppError> {
    if app.settings.signup == Signup::Open || is_setup(app, setup).await? {
        return Ok(None);
    }
    if app.settings.signup == Signup::Closed {
        return Ok(Some("New accounts are not made here. Ask whoever runs this instance."));
    }
    let link = next.strip_prefix("/invitation?link=").unwrap_or("");
    let invited = app.store.invitation(&secret::hash(link), now()).await?;
    Ok(match invited {
        Some((i, _)) if email.is_empty() || i.email.eq_ignore_ascii_case(email.trim()) => None,
        Some(_) => Some("The invitation is for another address. Sign up with the one that the letter came to."),
        None => Some("New accounts are made by invitation. Open the link in the letter that invited you, or ask for one."),
    })
}

/// Whether this is the link for the first administrator; it ends with the first one.
async fn is_setup(app: &App, setup: &str) -> Result<bool, AppError> {
    Ok(app.sign_in.setup.is(&app.store, setup).await?)
}

fn up(status: StatusCode, form: AccountForm) -> Response {
    render::page(status, Frame { title: "Sign up · Launch Ready".into(), ..Frame::default() }, || account::sign_up(form))
}

/// The form.
pub async fn sign_up_form(State(app): State<App>, who: Visitor, Query(asked): Query<Asked>) -> Result<Response, AppError> {
    if who.account.is_some() {
        return Ok(Redirect::to("/projects").into_response());
    }
    let error = turned_away(&app, "", &asked.next, &asked.setup).await?.map(str::to_owned);
    Ok(up(StatusCode::OK, AccountForm { keep: asked.keep, next: asked.next, setup: asked.setup, error, ..AccountForm::default() }))
}

/// Creates the account, signs in, and keeps the preview if one was brought along.
pub async fn sign_up(
    State(app): State<App>,
    session: Session,
    connection: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Result<Response, AppError> {
    let mut form = AccountForm {
        email: typed.email.clone(),
        keep: typed.keep.clone(),
        next: typed.next.clone(),
        setup: typed.setup.clone(),
        ..AccountForm::default()
    };
    form.error = turned_away(&app, &typed.email, &typed.next, &typed.setup).await?.map(str::to_owned);
    if form.error.is_some() {
        return Ok(up(StatusCode::FORBIDDEN, form));
    }
    form.email_error = email_error(&typed.email);
    form.password_error = password::weakness(&typed.password, &typed.email);
    if form.email_error.is_some() || form.password_error.is_some() {
        return Ok(up(StatusCode::UNPROCESSABLE_ENTITY, form));
    }
    let from = visitor(&app.settings, &headers, &connection);
    if app.limiter.too_many("sign-up", &from, PER_ADDRESS, WINDOW_MS).await? {
        form.error = Some(too_many());
        return Ok(up(StatusCode::TOO_MANY_REQUESTS, form));
    }
    form.password_error = app.sign_in.passwords.refused(&typed.password, &typed.email).await;
    if form.password_error.is_some() {
        return Ok(up(StatusCode::UNPROCESSABLE_ENTITY, form));
    }
    // An address does not make rows without end: the same whether or not it has an account.
    if app.store.count_attempt(&sign_ups_of(&app, &typed.email), now() - WINDOW_MS, now()).await? > PER_ACCOUNT {
        form.error =
            Some("This address was signed up with several times just now. Look into its mailbox, or wait a quarter of an hour.".into());
        return Ok(up(StatusCode::TOO_MANY_REQUESTS, form));
    }
    let hash = app.sign_in.passwords.hash(Who::Stranger, typed.password).await?;
    // Whether the address has an account is told to its mailbox alone: here both look the same.
    let known = app.store.account_by_email(&typed.email).await?.is_some_and(|a| a.is_verified());
    let made = Account::new(&typed.email, &hash);
    let secret = Secret::new();
    let base = &app.settings.public_url;
    // What was brought along from the front page is all that there is to move yet.
    let brought = match ScanId::parse(&typed.keep) {
        Some(scan) if known => app.store.scan(&CanRead::preview(), &scan).await?.map(|s| s.target.domain.unicode()),
        _ => None,
    };
    let letter = if known { Letter::again(base, &secret.text, brought.as_slice()) } else { Letter::confirm(base, &secret.text) };
    let (link, letter) = (secret.link(LinkKind::Verify, "", CONFIRM_HOURS), mail::to(&made.email, "confirm", &made.id, &letter));
    // One mailbox is not flooded by whoever types its address; the answer is the same.
    let letter = (letters(&app, &made.email).await? <= LETTERS).then_some(letter);
    app.store.create_account(&made, &link, letter.as_ref(), app.mail.mails(), now()).await?;
    let by = By { actor: made.email.clone(), from };
    if is_setup(&app, &typed.setup).await? && app.store.first_admin(&made.id, &by, now()).await? {
        tracing::info!(account = %made.id, "the first administrator");
    }
    app.mail.ring();
    session::begin(&session, &made.id, &headers).await?;
    note(&app, &made, Deed::SignIn, &headers, &connection).await?;
    let next = match ScanId::parse(&typed.keep) {
        Some(scan) => {
            let member = app.store.memberships(&made.id).await?.into_iter().next().ok_or(AppError::NotFound)?;
            projects::keep_preview(&app, &member, &by, &scan).await?
        }
        None => LocalPath::parse(&typed.next).into(),
    };
    greet(&app, &made, &headers, Redirect::to(&next).into_response()).await
}

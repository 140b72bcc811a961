//! Signing in by another site, and binding one's account to it.

use super::attempts::{PER_ADDRESS, WINDOW_MS, too_many};
use super::devices::greet;
use super::email_address::email_error;
use super::own::{Chosen, page as own_page, step_up};
use super::security_log::note;
use super::sign_in::{keep, sign};
use super::sign_up::turned_away;
use crate::app::App;
use crate::mail::{self, Letter};
use crate::platform::clock::now;
use crate::platform::in_turn::stand_back;
use crate::platform::oidc::Away;
use crate::web::guard::visitor;
use crate::web::local_path::LocalPath;
use crate::web::session::{self, Caller, Visitor};
use crate::web::{AppError, render};
use app::pages::account::{self, AccountForm, OwnPage};
use app::shell::Frame;
use axum::Form;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use std::net::SocketAddr;
use store::{Account, Deed};
use tower_sessions::Session;

#[derive(Debug, Default, Deserialize)]
pub struct Next {
    #[serde(default)]
    next: String,
}

fn refused(app: &App, why: impl Into<String>) -> Response {
    sign(app, StatusCode::FORBIDDEN, AccountForm { error: Some(why.into()), ..AccountForm::default() })
}

/// Sends somebody to the other site.
pub async fn oidc(
    State(app): State<App>,
    session: Session,
    connection: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Query(next): Query<Next>,
) -> Result<Response, AppError> {
    // Each beginning keeps a session for a while.
    if app.limiter.too_many("oidc", &visitor(&app.settings, &headers, &connection), PER_ADDRESS, WINDOW_MS).await? {
        return Err(AppError::TooMany(too_many()));
    }
    go(&app, &session, &next.next, false).await
}

async fn go(app: &App, session: &Session, next: &str, bind: bool) -> Result<Response, AppError> {
    let provider = app.sign_in.oidc.as_ref().ok_or(AppError::NotFound)?;
    stand_back();
    match provider.begin(next, bind).await {
        Ok((url, away)) => {
            session::put(session, "away", &away).await?;
            if bind {
                // A form may lead nowhere else by our policy, not even by a redirect; a link may.
                let frame = Frame { title: format!("{} · Launch Ready", provider.name), private: true, ..Frame::default() };
                return Ok(render::page(StatusCode::OK, frame, || account::connect(provider.name.clone(), url)));
            }
            Ok(Redirect::to(&url).into_response())
        }
        Err(why) => {
            tracing::warn!(why, "the sign-in provider does not answer");
            Ok(refused(app, format!("{} does not answer. Try again in a moment, or sign in with your password.", provider.name)))
        }
    }
}

#[derive(Debug, Default, Deserialize)]
pub struct Back {
    #[serde(default)]
    code: String,
    #[serde(default)]
    state: String,
}

/// Where the other site sends somebody back to.
pub async fn oidc_back(
    State(app): State<App>,
    who: Visitor,
    session: Session,
    connection: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Query(back): Query<Back>,
) -> Result<Response, AppError> {
    let provider = app.sign_in.oidc.as_ref().ok_or(AppError::NotFound)?;
    let Some(away) = session::take::<Away>(&session, "away").await? else {
        return Ok(refused(&app, "That took too long, or it was begun in another window. Try again."));
    };
    stand_back();
    let person = match provider.finish(&away, &back.state, &back.code).await {
        Ok(person) => person,
        Err(why) => {
            tracing::warn!(why, "a sign-in by the provider failed");
            return Ok(refused(&app, format!("{} did not let you in. Try again, or sign in with your password.", provider.name)));
        }
    };
    if away.bind {
        // Begun from the account's page, after its password.
        let account = who.account.ok_or_else(|| AppError::SignIn("/account".into()))?;
        let letter = letter(&app, &account, &format!("Signing in by {} was switched on", provider.name));
        if !app.store.bind_identity(&account.id, &provider.issuer, &person.subject, &session::key(&session), &letter, now()).await? {
            let own = OwnPage {
                oidc_error: Some(format!("This account of {} signs in to another account here.", provider.name)),
                ..OwnPage::default()
            };
            return own_page(&app, &account, &session, StatusCode::CONFLICT, own).await;
        }
        note(&app, &account, Deed::FactorAdded, &headers, &connection).await?;
        app.mail.ring();
        session::renew(&session).await?;
        return Ok(Redirect::to("/account").into_response());
    }
    let account = match app.store.account_by_identity(&provider.issuer, &person.subject).await? {
        Some(known) if known.disabled_at > 0 => {
            return Ok(refused(&app, "This account was switched off by whoever runs this instance. Ask them."));
        }
        Some(known) => known,
        None => {
            let Some(email) = person.email.filter(|e| email_error(e).is_none()) else {
                return Ok(refused(
                    &app,
                    format!("{} tells no confirmed address for you. Sign up with an address and a password.", provider.name),
                ));
            };
            if let Some(why) = turned_away(&app, &email, &away.next, "").await? {
                return Ok(refused(&app, why));
            }
            let made = Account::new(&email, "");
            if !app.store.create_by_identity(&made, &provider.issuer, &person.subject, now()).await? {
                return Ok(refused(
                    &app,
                    format!(
                        "{email} has an account here already. Sign in with its password, then connect {} on your account's page.",
                        provider.name
                    ),
                ));
            }
            made
        }
    };
    if app.store.factors(&account.id).await?.any() {
        // What the other site asked for is not known here.
        session::begin_half(&session, &account.id, &away.next).await?;
        return Ok(Redirect::to("/sign-in/second").into_response());
    }
    keep(&app, &account).await?;
    session::begin(&session, &account.id, &headers).await?;
    note(&app, &account, Deed::SignIn, &headers, &connection).await?;
    greet(&app, &account, &headers, LocalPath::parse(&away.next).go()).await
}

fn letter(app: &App, account: &Account, what: &str) -> store::NewMail {
    mail::to(&account.email, "oidc", &account.id, &Letter::factor(&app.settings.public_url, what))
}

/// Begins to bind one's account, after the password.
pub async fn oidc_bind(State(app): State<App>, caller: Caller, session: Session, Form(typed): Form<Chosen>) -> Result<Response, AppError> {
    caller.confirmed()?;
    let beside = |e| OwnPage { oidc_error: Some(e), ..OwnPage::default() };
    if let Some(refused) = step_up(&app, &caller.account, &session, typed.password, &typed.second, beside).await? {
        return Ok(refused);
    }
    go(&app, &session, "/account", true).await
}

/// Unbinds it.
pub async fn oidc_unbind(
    State(app): State<App>,
    caller: Caller,
    session: Session,
    connection: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(typed): Form<Chosen>,
) -> Result<Response, AppError> {
    let beside = |e| OwnPage { oidc_error: Some(e), ..OwnPage::default() };
    if let Some(refused) = step_up(&app, &caller.account, &session, typed.password, &typed.second, beside).await? {
        return Ok(refused);
    }
    let provider = app.sign_in.oidc.as_ref().ok_or(AppError::NotFound)?;
    let letter = letter(&app, &caller.account, &format!("Signing in by {} was switched off", provider.name));
    app.store.unbind_identity(&caller.account.id, &provider.issuer, &session::key(&session), &letter, now()).await?;
    note(&app, &caller.account, Deed::FactorRemoved, &headers, &connection).await?;
    app.mail.ring();
    Ok(Redirect::to("/account").into_response())
}

//! Signing up, in and out.

use super::guard::visitor;
use super::session::{self, Visitor};
use super::{AppError, projects, render};
use crate::app::{App, now};
use crate::{mail, password};
use app::pages::account::{self, AccountForm};
use app::shell::Frame;
use axum::Form;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use std::net::SocketAddr;
use store::{NewAccountError, ScanId};
use tower_sessions::Session;

/// Attempts are counted over this long.
const WINDOW_MS: i64 = 15 * 60_000;
/// For one account and for one address.
const PER_ACCOUNT: i64 = 10;
const PER_ADDRESS: i64 = 40;

#[derive(Debug, Default, Deserialize)]
pub struct Typed {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    keep: String,
    #[serde(default)]
    next: String,
}

#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    keep: String,
    #[serde(default)]
    next: String,
}

fn up(status: StatusCode, form: AccountForm) -> Response {
    render::page(status, Frame { title: "Sign up · Launch Ready".into(), ..Frame::default() }, || account::sign_up(form))
}

fn sign(status: StatusCode, form: AccountForm) -> Response {
    render::page(status, Frame { title: "Sign in · Launch Ready".into(), ..Frame::default() }, || account::sign_in(form))
}

/// The form.
pub async fn sign_up_form(who: Visitor, Query(asked): Query<Asked>) -> Response {
    if who.0.is_some() {
        return Redirect::to("/projects").into_response();
    }
    up(StatusCode::OK, AccountForm { keep: asked.keep, ..AccountForm::default() })
}

/// Creates the account, signs in, and keeps the preview if one was brought along.
pub async fn sign_up(
    State(app): State<App>,
    session: Session,
    connection: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Result<Response, AppError> {
    let mut form = AccountForm { email: typed.email.clone(), keep: typed.keep.clone(), ..AccountForm::default() };
    form.email_error = email_error(&typed.email);
    form.password_error = password::weakness(&typed.password, &typed.email);
    if form.email_error.is_some() || form.password_error.is_some() {
        return Ok(up(StatusCode::UNPROCESSABLE_ENTITY, form));
    }
    let address = format!("sign-up:{}", app.address_key(&visitor(&app, &headers, &connection)));
    if app.store.count_attempt(&address, now() - WINDOW_MS, now()).await? > PER_ADDRESS {
        form.error = Some(too_many());
        return Ok(up(StatusCode::TOO_MANY_REQUESTS, form));
    }
    let hash = password::hash(&app, typed.password).await?;
    let made = match app.store.create_account(&typed.email, &hash, now()).await {
        Ok(account) => account,
        Err(NewAccountError::Taken) => {
            form.email_error = Some("There is an account with this address already. Sign in instead.".into());
            return Ok(up(StatusCode::CONFLICT, form));
        }
        Err(NewAccountError::Store(e)) => return Err(e.into()),
    };
    session::begin(&session, &made.id).await?;
    mail::welcome(&app, &made);
    let next = match ScanId::parse(&typed.keep) {
        Some(scan) => projects::keep_preview(&app, &made, &scan).await?,
        None => "/projects".to_owned(),
    };
    Ok(Redirect::to(&next).into_response())
}

/// The form.
pub async fn sign_in_form(who: Visitor, Query(asked): Query<Asked>) -> Response {
    if who.0.is_some() {
        return Redirect::to("/projects").into_response();
    }
    sign(StatusCode::OK, AccountForm { next: asked.next, ..AccountForm::default() })
}

/// Signs in. An unknown address gets the same answer in the same time as a wrong password.
pub async fn sign_in(
    State(app): State<App>,
    session: Session,
    connection: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Result<Response, AppError> {
    let mut form = AccountForm { email: typed.email.clone(), next: typed.next.clone(), ..AccountForm::default() };
    let account_key = format!("sign-in:{}", app.address_key(&typed.email.trim().to_lowercase()));
    let address_key = format!("sign-in-from:{}", app.address_key(&visitor(&app, &headers, &connection)));
    let by_account = app.store.count_attempt(&account_key, now() - WINDOW_MS, now()).await?;
    let by_address = app.store.count_attempt(&address_key, now() - WINDOW_MS, now()).await?;
    if by_account > PER_ACCOUNT || by_address > PER_ADDRESS {
        form.error = Some(too_many());
        return Ok(sign(StatusCode::TOO_MANY_REQUESTS, form));
    }
    let account = app.store.account_by_email(&typed.email).await?;
    let right = password::verify(&app, typed.password, account.as_ref().map(|a| a.password_hash.clone())).await?;
    match account {
        Some(account) if right => {
            app.store.forget_attempts(&account_key).await?;
            session::begin(&session, &account.id).await?;
            Ok(Redirect::to(local(&typed.next)).into_response())
        }
        _ => {
            form.error = Some("Address and password do not belong together. Check both and try again.".into());
            Ok(sign(StatusCode::UNPROCESSABLE_ENTITY, form))
        }
    }
}

/// Signs out.
pub async fn sign_out(session: Session) -> Result<Redirect, AppError> {
    session::end(&session).await?;
    Ok(Redirect::to("/"))
}

fn too_many() -> String {
    "Too many attempts. Wait a quarter of an hour and try again.".into()
}

/// Only addresses of our own; anything else leads to the projects.
fn local(next: &str) -> &str {
    if next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\n', '\r']) { next } else { "/projects" }
}

fn email_error(email: &str) -> Option<String> {
    let email = email.trim();
    let good = email.len() <= 254
        && email.split_once('@').is_some_and(|(name, host)| {
            !name.is_empty()
                && name.len() <= 64
                && !name.contains(char::is_whitespace)
                && !host.contains('@')
                && readiness::Domain::parse(host).is_ok()
                && !host.contains(['/', ':', ' '])
        });
    if email.is_empty() {
        Some("Type your e-mail address.".into())
    } else if good {
        None
    } else {
        Some(format!("“{email}” is not an e-mail address. It looks like ada@acme.com."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for good in ["ada@acme.com", " ada+x@app.acme.co.uk ", "a.b@bücher.example"] {
            assert_eq!(email_error(good), None, "{good}");
        }
        for bad in ["", "ada", "ada@", "@acme.com", "a b@acme.com", "ada@acme", "a@b@acme.com", "ada@acme.com/x"] {
            assert!(email_error(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn nobody_is_sent_elsewhere() {
        for (next, want) in [
            ("/projects/1", "/projects/1"),
            ("//evil.com", "/projects"),
            ("https://evil.com", "/projects"),
            ("/\\evil.com", "/projects"),
            ("", "/projects"),
        ] {
            assert_eq!(local(next), want);
        }
    }
}

//! Signing up, in and out.

mod export;
mod links;
mod own;

pub use export::export;
pub use links::{confirm, confirm_email, confirm_email_form, confirm_form, forgot, forgot_form, reset, reset_form};
pub use own::{delete, end_device, end_others, send_again, set_email, set_password, show};

use super::guard::visitor;
use super::session::{self, Visitor};
use super::{AppError, projects, render};
use crate::app::{App, now};
use crate::mail::{self, Letter, Secret};
use crate::password;
use app::pages::account::{self, AccountForm};
use app::shell::Frame;
use axum::Form;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use readiness::when;
use serde::Deserialize;
use std::net::SocketAddr;
use store::{Account, By, LinkKind, ScanId};
use tower_sessions::Session;

/// Attempts are counted over this long.
const WINDOW_MS: i64 = 15 * 60_000;
/// For one account and for one address.
const PER_ACCOUNT: i64 = 10;
const PER_ADDRESS: i64 = 40;
/// A link that proves an address works for so long.
const CONFIRM_HOURS: i64 = 72;

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
    up(StatusCode::OK, AccountForm { keep: asked.keep, next: asked.next, ..AccountForm::default() })
}

/// Creates the account, signs in, and keeps the preview if one was brought along.
pub async fn sign_up(
    State(app): State<App>,
    session: Session,
    connection: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Result<Response, AppError> {
    let mut form = AccountForm { email: typed.email.clone(), keep: typed.keep.clone(), next: typed.next.clone(), ..AccountForm::default() };
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
    // Whether the address has an account is told to its mailbox alone: here both look the same.
    let known = app.store.account_by_email(&typed.email).await?.is_some_and(|a| a.is_verified());
    let made = Account::new(&typed.email, &hash);
    let secret = Secret::new();
    let base = &app.settings.public_url;
    let letter = if known { Letter::again(base, &secret.text) } else { Letter::confirm(base, &secret.text) };
    let (link, letter) = (secret.link(LinkKind::Verify, "", CONFIRM_HOURS), mail::to(&made.email, "confirm", &made.id, &letter));
    app.store.create_account(&made, &link, &letter, now()).await?;
    mail::ring(&app);
    session::begin(&session, &made.id, &headers).await?;
    let next = match ScanId::parse(&typed.keep) {
        Some(scan) => {
            let member = app.store.memberships(&made.id).await?.into_iter().next().ok_or(AppError::NotFound)?;
            let by = By { actor: made.email.clone(), from: visitor(&app, &headers, &connection) };
            projects::keep_preview(&app, &member, &by, &scan).await?
        }
        None => local(&typed.next).to_owned(),
    };
    greet(&app, &made, &headers, Redirect::to(&next).into_response()).await
}

/// Remembers the device by a cookie of its own, and mails if the account knows others but not it.
async fn greet(app: &App, account: &Account, headers: &HeaderMap, mut response: Response) -> Result<Response, AppError> {
    let secure = app.settings.public_url.starts_with("https://");
    let name = if secure { "__Host-lr-device" } else { "lr-device" };
    let sent = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(';'))
        .filter_map(|c| c.trim().split_once('='))
        .find(|(n, v)| *n == name && v.len() == 64 && v.bytes().all(|b| b.is_ascii_hexdigit()))
        .map(|(_, v)| v.to_owned());
    let device = sent.unwrap_or_else(|| Secret::new().text);
    let letter = Letter::new_device(&app.settings.public_url, &session::device(headers), &when::human(now()));
    let letter = mail::to(&account.email, "device", &account.id, &letter);
    if app.store.remember_device(&account.id, &mail::hash(&device), &letter, now()).await? {
        mail::ring(app);
    }
    let cookie = format!("{name}={device}; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000{}", if secure { "; Secure" } else { "" });
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    Ok(response)
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
            if account.delete_at > 0 {
                app.store.keep_account(&account.id).await?;
            }
            session::begin(&session, &account.id, &headers).await?;
            greet(&app, &account, &headers, Redirect::to(local(&typed.next)).into_response()).await
        }
        _ => {
            form.error = Some("Address and password do not belong together. Check both and try again.".into());
            Ok(sign(StatusCode::UNPROCESSABLE_ENTITY, form))
        }
    }
}

/// Signs out, and has the browser forget what it kept of us.
pub async fn sign_out(session: Session) -> Result<Response, AppError> {
    session::end(&session).await?;
    Ok(([("clear-site-data", "\"cache\", \"storage\"")], Redirect::to("/")).into_response())
}

fn too_many() -> String {
    "Too many attempts. Wait a quarter of an hour and try again.".into()
}

/// Only addresses of our own; anything else leads to the projects.
fn local(next: &str) -> &str {
    if next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\n', '\r']) { next } else { "/projects" }
}

/// What is wrong with an address, if something is.
pub fn email_error(email: &str) -> Option<String> {
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

//! Signing in and out.

use super::attempts::{PER_ACCOUNT, PER_ADDRESS, WINDOW_MS, too_many};
use super::devices::{greet, own_device};
use super::form::{Asked, Typed};
use super::security_log::note;
use crate::app::App;
use crate::platform::clock::now;
use crate::platform::networks;
use crate::platform::password::{self, Who};
use crate::web::guard::visitor;
use crate::web::local_path::LocalPath;
use crate::web::session::{self, Visitor};
use crate::web::{AppError, render};
use app::pages::account::{self, AccountForm};
use app::shell::Frame;
use axum::Form;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use std::net::SocketAddr;
use store::{Account, Deed};
use tower_sessions::Session;

/// The page with the form.
pub fn sign(app: &App, status: StatusCode, form: AccountForm) -> Response {
    let form = AccountForm { passkeys: app.sign_in.passkeys.is_some(), oidc: app.sign_in.oidc.as_ref().map(|p| p.name.clone()), ..form };
    render::page(status, Frame { title: "Sign in · Launch Ready".into(), ..Frame::default() }, || account::sign_in(form))
}

/// The form.
pub async fn sign_in_form(State(app): State<App>, who: Visitor, Query(asked): Query<Asked>) -> Response {
    if who.account.is_some() {
        return Redirect::to("/projects").into_response();
    }
    sign(&app, StatusCode::OK, AccountForm { next: asked.next, ..AccountForm::default() })
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
    let account = app.store.account_by_email(&typed.email).await?;
    let from = visitor(&app.settings, &headers, &connection);
    // Counted apart for each address, and for a device that the account knows: a stranger who
    // guesses cannot keep the owner out.
    let device = match &account {
        Some(a) => own_device(&app, a, &headers).await?.unwrap_or_default(),
        None => String::new(),
    };
    let network = networks::network(&from, 64);
    let account_key = format!("sign-in:{}", app.site.key.address_key(&format!("{} {network} {device}", typed.email.trim().to_lowercase())));
    let by_account = app.store.count_attempt(&account_key, now() - WINDOW_MS, now()).await?;
    let by_address = match device.as_str() {
        "" => app.limiter.too_many("sign-in-from", &from, PER_ADDRESS, WINDOW_MS).await?,
        known => app.store.count_attempt(&format!("sign-in-with:{known}"), now() - WINDOW_MS, now()).await? > PER_ADDRESS,
    };
    if by_account > PER_ACCOUNT || by_address {
        form.error = Some(too_many());
        return Ok(sign(&app, StatusCode::TOO_MANY_REQUESTS, form));
    }
    let asker = if device.is_empty() { Who::Stranger } else { Who::Known };
    let right = app.sign_in.passwords.verify(asker, typed.password.clone(), account.as_ref().map(|a| a.password_hash.clone())).await?;
    match account {
        Some(account) if right && account.disabled_at > 0 => {
            form.error = Some("This account was switched off by whoever runs this instance. Ask them.".into());
            Ok(sign(&app, StatusCode::FORBIDDEN, form))
        }
        Some(account) if right => {
            app.store.forget_attempts(&account_key).await?;
            if password::outdated(&account.password_hash) {
                let new = app.sign_in.passwords.hash(asker, typed.password.clone()).await?;
                app.store.rehash(&account.id, &account.password_hash, &new).await?;
            }
            if app.store.factors(&account.id).await?.any() {
                session::begin_half(&session, &account.id, &typed.next).await?;
                return Ok(Redirect::to("/sign-in/second").into_response());
            }
            keep(&app, &account).await?;
            session::begin(&session, &account.id, &headers).await?;
            note(&app, &account, Deed::SignIn, &headers, &connection).await?;
            greet(&app, &account, &headers, LocalPath::parse(&typed.next).go()).await
        }
        other => {
            if let Some(account) = other {
                // After the answer, whose time would tell that there is an account.
                let app = app.clone();
                tokio::spawn(async move {
                    if let Err(e) = note(&app, &account, Deed::WrongPassword, &headers, &connection).await {
                        tracing::error!(error = %e, "a wrong password was not written down");
                    }
                });
            }
            form.error = Some("Address and password do not belong together. Check both and try again.".into());
            Ok(sign(&app, StatusCode::UNPROCESSABLE_ENTITY, form))
        }
    }
}

/// Whoever signs in keeps an account that was to be deleted.
pub async fn keep(app: &App, account: &Account) -> Result<(), AppError> {
    if account.delete_at > 0 {
        app.store.keep_account(&account.id).await?;
    }
    Ok(())
}

/// Signs out, and has the browser forget what it kept of us.
pub async fn sign_out(session: Session) -> Result<Response, AppError> {
    session::end(&session).await?;
    Ok(([("clear-site-data", "\"cache\", \"storage\"")], Redirect::to("/")).into_response())
}

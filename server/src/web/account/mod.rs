//! Signing up, in and out.

mod export;
mod factors;
mod links;
mod oidc;
mod own;

pub use export::export;
pub use factors::{
    new_codes, passkey_ask, passkey_form, passkey_in, passkey_off, passkey_on, second_form, second_step, totp_form, totp_off, totp_on,
};
pub use links::{confirm, confirm_email, confirm_email_form, confirm_form, forgot, forgot_form, frame, reset, reset_form};
pub use oidc::{oidc, oidc_back, oidc_bind, oidc_unbind};
pub use own::{delete, end_device, end_others, proved, send_again, set_email, set_password, show};

use super::guard::visitor;
use super::local_path::LocalPath;
use super::session::{self, Visitor};
use super::{AppError, projects, render};
use crate::app::App;
use crate::mail::{self, Letter};
use crate::platform::clock::now;
use crate::platform::networks;
use crate::platform::password::{self, Who};
use crate::platform::secret::{self, Secret};
use crate::platform::settings::Signup;
use app::pages::account::{self, AccountForm};
use app::shell::Frame;
use axum::Form;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use readiness::time;
use serde::Deserialize;
use std::net::SocketAddr;
use store::{Account, By, CanRead, Deed, LinkKind, ScanId, Whence};
use tower_sessions::Session;

/// Attempts are counted over this long.
const WINDOW_MS: i64 = 15 * 60_000;
/// For one account and for one address.
const PER_ACCOUNT: i64 = 10;
const PER_ADDRESS: i64 = 40;
/// Letters that one mailbox gets in a quarter of an hour on the wish of whoever types its address.
pub(super) const LETTERS: i64 = 3;
/// Letters that one account causes to addresses that it names, in a day.
pub(super) const LETTERS_BY: i64 = 100;
/// A link that proves an address works for so long, and an account that nobody confirms.
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
    #[serde(default)]
    setup: String,
}

#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    keep: String,
    #[serde(default)]
    next: String,
    #[serde(default)]
    setup: String,
}

/// Why this address may not sign up here, if it may not.
async fn turned_away(app: &App, email: &str, next: &str, setup: &str) -> Result<Option<&'static str>, AppError> {
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

fn sign(app: &App, status: StatusCode, form: AccountForm) -> Response {
    let form = AccountForm { passkeys: app.sign_in.passkeys.is_some(), oidc: app.sign_in.oidc.as_ref().map(|p| p.name.clone()), ..form };
    render::page(status, Frame { title: "Sign in · Launch Ready".into(), ..Frame::default() }, || account::sign_in(form))
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

fn device_cookie(app: &App) -> &'static str {
    if app.settings.public_url.starts_with("https://") { "__Host-lr-device" } else { "lr-device" }
}

/// The device's cookie, if it was here before.
fn known_device(app: &App, headers: &HeaderMap) -> Option<String> {
    let name = device_cookie(app);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(';'))
        .filter_map(|c| c.trim().split_once('='))
        .find(|(n, v)| *n == name && v.len() == 64 && v.bytes().all(|b| b.is_ascii_hexdigit()))
        .map(|(_, v)| v.to_owned())
}

/// The device's hash, if the account was signed in to from it before.
async fn own_device(app: &App, account: &Account, headers: &HeaderMap) -> Result<Option<String>, AppError> {
    let Some(hash) = known_device(app, headers).map(|d| secret::hash(&d)) else { return Ok(None) };
    Ok(app.store.knows_device(&account.id, &hash).await?.then_some(hash))
}

/// Remembers the device by a cookie of its own, and mails if the account knows others but not it.
async fn greet(app: &App, account: &Account, headers: &HeaderMap, mut response: Response) -> Result<Response, AppError> {
    let (secure, name) = (app.settings.public_url.starts_with("https://"), device_cookie(app));
    let device = known_device(app, headers).unwrap_or_else(|| Secret::new().text);
    let letter = Letter::new_device(&app.settings.public_url, &session::device(headers), &time::human(now()));
    let letter = mail::to(&account.email, "device", &account.id, &letter);
    if app.store.remember_device(&account.id, &secret::hash(&device), &letter, now()).await? {
        app.mail.ring();
    }
    let cookie = format!("{name}={device}; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000{}", if secure { "; Secure" } else { "" });
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    Ok(response)
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
async fn keep(app: &App, account: &Account) -> Result<(), AppError> {
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

/// A key for a mailbox, whatever the case of its address, that does not tell it.
fn mailbox(app: &App, email: &str) -> String {
    app.site.key.address_key(&email.trim().to_lowercase())
}

/// Where sign-ups with an address are counted, until it is confirmed.
fn sign_ups_of(app: &App, email: &str) -> String {
    format!("sign-up-of:{}", mailbox(app, email))
}

/// How many letters a mailbox got on somebody's wish in the last quarter of an hour, this one included.
pub(super) async fn letters(app: &App, email: &str) -> Result<i64, AppError> {
    let to = format!("letters:{}", mailbox(app, email));
    Ok(app.store.count_attempt(&to, now() - WINDOW_MS, now()).await?)
}

/// How many letters an account caused to addresses that it named in the last day, this one included.
pub(super) async fn letters_by(app: &App, account: &Account) -> Result<i64, AppError> {
    Ok(app.store.count_attempt(&format!("letters-by:{}", account.id), now() - time::DAY_MS, now()).await?)
}

/// Writes down what happened at an account's door, for its owner; how often it did.
pub(super) async fn note(
    app: &App,
    account: &Account,
    deed: Deed,
    headers: &HeaderMap,
    connection: &ConnectInfo<SocketAddr>,
) -> Result<i64, AppError> {
    let whence = Whence { place: networks::place(&visitor(&app.settings, headers, connection)), device: session::device(headers) };
    Ok(app.store.note_security(&account.id, deed, &whence, now()).await?)
}

fn too_many() -> String {
    "Too many attempts. Wait a quarter of an hour and try again.".into()
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
}

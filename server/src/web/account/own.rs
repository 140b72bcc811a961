//! The page of one's own account: address, password, devices, deletion.

use super::attempts::{LETTERS, LETTERS_BY, PER_ACCOUNT, WINDOW_MS, letters, letters_by, too_many};
use super::email_address::email_error;
use super::factors::codes;
use super::links;
use super::security_log::note;
use crate::app::App;
use crate::mail::{self, Letter};
use crate::platform::clock::now;
use crate::platform::networks;
use crate::platform::password::{self, Who};
use crate::platform::request_context::asking;
use crate::platform::secret::Secret;
use crate::web::session::{self, Caller};
use crate::web::{AppError, render};
use app::pages::account::{self, OwnPage};
use app::shell::Frame;
use axum::Form;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use readiness::time;
use serde::Deserialize;
use std::net::SocketAddr;
use store::{Account, Deed, LinkKind, Whence};
use tower_sessions::Session;

/// An account that is to be deleted stays for so long.
const GRACE_MS: i64 = 14 * time::DAY_MS;
/// Rows of the account's log that its page shows.
const LOG_ROWS: i64 = 30;
/// A link that proves a new address works for so long.
const EMAIL_HOURS: i64 = 24;

#[derive(Debug, Default, Deserialize)]
pub struct Typed {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    new_password: String,
    #[serde(default)]
    email_password: String,
    #[serde(default)]
    delete_password: String,
    #[serde(default)]
    device: String,
    #[serde(default)]
    second: String,
    #[serde(default)]
    programs: String,
}

pub(super) async fn page(app: &App, account: &Account, session: &Session, status: StatusCode, own: OwnPage) -> Result<Response, AppError> {
    let devices = app.store.devices(&account.id, now()).await?;
    let this = session::key(session);
    let frame = Frame {
        title: "Account · Launch Ready".into(),
        email: Some(account.email.clone()),
        admin: account.admin,
        current: "Account",
        private: true,
        ..Frame::default()
    };
    let factors = app.store.factors(&account.id).await?;
    let oidc = match &app.sign_in.oidc {
        Some(p) => Some((p.name.clone(), app.store.has_identity(&account.id, &p.issuer).await?)),
        None => None,
    };
    let own = OwnPage {
        email: account.email.clone(),
        confirmed: account.is_verified(),
        second: session::asks_second(&app.store, session, account).await?,
        factors,
        passkeys: app.sign_in.passkeys.is_some(),
        oidc,
        programs: app.store.has_programs(&account.id, now()).await?,
        log: app.store.security_log(&account.id, LOG_ROWS).await?,
        ..own
    };
    Ok(render::page(status, frame, || account::own(own, &devices, &this)))
}

/// What the forms of second factors send.
#[derive(Debug, Default, Deserialize)]
pub struct Chosen {
    #[serde(default)]
    pub password: String,
    #[serde(default)]
    pub code: String,
    /// A code beside the password, where there is a second factor.
    #[serde(default)]
    pub second: String,
    #[serde(default)]
    pub passkey: String,
}

/// The page.
pub async fn show(State(app): State<App>, Caller { account, .. }: Caller, session: Session) -> Result<Response, AppError> {
    page(&app, &account, &session, StatusCode::OK, OwnPage::default()).await
}

/// Sends the letter that confirms the address again.
pub async fn send_again(State(app): State<App>, Caller { account, .. }: Caller, session: Session) -> Result<Response, AppError> {
    if account.is_verified() || letters(&app, &account.email).await? > LETTERS {
        let note = if account.is_verified() { "Your address is confirmed.".to_owned() } else { too_many() };
        return page(&app, &account, &session, StatusCode::OK, OwnPage { note: Some(note), ..OwnPage::default() }).await;
    }
    links::send_confirm(&app, &account).await?;
    let note = Some(format!("Sent to {}. Look into the spam folder too.", account.email));
    page(&app, &account, &session, StatusCode::OK, OwnPage { note, ..OwnPage::default() }).await
}

/// Whether the password is right, and where there is a second factor, whether it was shown in this
/// session a short while ago or `second` is a code of it; otherwise what to show. Guesses are counted.
pub async fn proved(app: &App, session: &Session, account: &Account, password: String, second: &str) -> Result<Option<String>, AppError> {
    if account.password_hash.is_empty() {
        return Ok(Some("Your account has no password yet. Sign out, and set one with “Forgot the password” on the sign-in page.".into()));
    }
    // By session: who holds another one cannot use up this one's tries.
    let key = format!("step-up:{}:{}", account.id, session::key(session));
    if app.store.count_attempt(&key, now() - WINDOW_MS, now()).await? > PER_ACCOUNT {
        return Ok(Some(too_many()));
    }
    if !app.sign_in.passwords.verify(Who::Known, password, Some(account.password_hash.clone())).await? {
        return Ok(Some("This is not your password.".into()));
    }
    if session::asks_second(&app.store, session, account).await? {
        if second.trim().is_empty() {
            return Ok(Some("Type the password and a code of your second factor.".into()));
        }
        if codes::many_wrong(app, account).await? {
            return Ok(Some(too_many()));
        }
        if !codes::code_right(app, account, second).await? {
            let whence = Whence { place: networks::place(&asking()), device: String::new() };
            app.store.note_security(&account.id, Deed::WrongCode, &whence, now()).await?;
            codes::wrong_code(app, account, "the account’s page").await?;
            return Ok(Some("The password is right, the code is not, or it was used already.".into()));
        }
        session::factor_shown(session).await?;
    }
    app.store.forget_attempts(&key).await?;
    Ok(None)
}

/// Asks for the password, and a second factor if there is one, before a dangerous deed: the page with
/// what is wrong beside its field, or nothing if all is right.
pub(super) async fn step_up(
    app: &App,
    account: &Account,
    session: &Session,
    password: String,
    second: &str,
    beside: fn(String) -> OwnPage,
) -> Result<Option<Response>, AppError> {
    match proved(app, session, account, password, second).await? {
        Some(error) => page(app, account, session, StatusCode::UNPROCESSABLE_ENTITY, beside(error)).await.map(Some),
        None => Ok(None),
    }
}

/// Sets a new password and signs out every other device.
pub async fn set_password(
    State(app): State<App>,
    Caller { account, .. }: Caller,
    session: Session,
    connection: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Result<Response, AppError> {
    let mut own = OwnPage { new_password_error: password::weakness(&typed.new_password, &account.email), ..OwnPage::default() };
    own.password_error = proved(&app, &session, &account, typed.password, &typed.second).await?;
    if own.new_password_error.is_none() && own.password_error.is_none() {
        own.new_password_error = app.sign_in.passwords.refused(&typed.new_password, &account.email).await;
    }
    if own.new_password_error.is_some() || own.password_error.is_some() {
        return page(&app, &account, &session, StatusCode::UNPROCESSABLE_ENTITY, own).await;
    }
    let hash = app.sign_in.passwords.hash(Who::Known, typed.new_password).await?;
    let letter = mail::to(&account.email, "password", &account.id, &Letter::password_changed(&app.settings.public_url));
    let programs = typed.programs == "end";
    app.store.set_password(&account.id, &hash, &session::key(&session), programs, &letter, now()).await?;
    note(&app, &account, Deed::Password, &headers, &connection).await?;
    app.mail.ring();
    let note = Some("The password is changed, and every other device is signed out.".to_owned());
    page(&app, &account, &session, StatusCode::OK, OwnPage { note, ..OwnPage::default() }).await
}

/// Asks a new address for its proof, and tells the old one.
pub async fn set_email(
    State(app): State<App>,
    Caller { account, .. }: Caller,
    session: Session,
    connection: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Result<Response, AppError> {
    let mut own = OwnPage { new_email: typed.email.clone(), new_email_error: email_error(&typed.email), ..OwnPage::default() };
    own.email_password_error = proved(&app, &session, &account, typed.email_password, &typed.second).await?;
    if own.new_email_error.is_none()
        && own.email_password_error.is_none()
        && (letters(&app, &typed.email).await? > LETTERS || letters_by(&app, &account).await? > LETTERS_BY)
    {
        own.new_email_error = Some("This address has had several letters of ours. Wait a quarter of an hour and try again.".into());
    }
    if own.new_email_error.is_some() || own.email_password_error.is_some() {
        return page(&app, &account, &session, StatusCode::UNPROCESSABLE_ENTITY, own).await;
    }
    let (base, new) = (&app.settings.public_url, typed.email.trim());
    let secret = Secret::new();
    let mails = [
        mail::to(new, "email", &account.id, &Letter::new_address(base, &secret.text)),
        mail::to(&account.email, "email-asked", &account.id, &Letter::address_asked(base, new)),
    ];
    app.store.send_link(&account.id, &secret.link(LinkKind::Email, new, EMAIL_HOURS), &mails, now()).await?;
    note(&app, &account, Deed::AddressAsked, &headers, &connection).await?;
    app.mail.ring();
    let note = Some(format!("A letter is on its way to {new}. The address changes when it is confirmed there."));
    page(&app, &account, &session, StatusCode::OK, OwnPage { note, ..OwnPage::default() }).await
}

/// Signs one device out.
pub async fn end_device(State(app): State<App>, Caller { account, .. }: Caller, Form(typed): Form<Typed>) -> Result<Redirect, AppError> {
    app.store.end_session(&account.id, &typed.device).await?;
    Ok(Redirect::to("/account"))
}

/// Signs every other device out.
pub async fn end_others(State(app): State<App>, Caller { account, .. }: Caller, session: Session) -> Result<Redirect, AppError> {
    app.store.end_other_sessions(&account.id, &session::key(&session)).await?;
    Ok(Redirect::to("/account"))
}

/// Has the account deleted after a time of grace, and signs out everywhere.
pub async fn delete(
    State(app): State<App>,
    Caller { account, .. }: Caller,
    session: Session,
    connection: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Result<Response, AppError> {
    let beside = |e| OwnPage { delete_error: Some(e), ..OwnPage::default() };
    if let Some(refused) = step_up(&app, &account, &session, typed.delete_password, &typed.second, beside).await? {
        return Ok(refused);
    }
    if let Some(name) = app.store.left_without_owner(&account.id).await? {
        let error = format!("You are the only owner of “{name}”, and it has other members. Make one of them an owner first.");
        let own = OwnPage { delete_error: Some(error), ..OwnPage::default() };
        return page(&app, &account, &session, StatusCode::UNPROCESSABLE_ENTITY, own).await;
    }
    let at = now() + GRACE_MS;
    let letter = mail::to(&account.email, "farewell", &account.id, &Letter::farewell(&app.settings.public_url, &time::date(at)));
    app.store.schedule_deletion(&account.id, at, &letter, now()).await?;
    note(&app, &account, Deed::Deletion, &headers, &connection).await?;
    app.mail.ring();
    session::end(&session).await?;
    let frame = Frame { title: "Goodbye · Launch Ready".into(), private: true, ..Frame::default() };
    Ok(render::page(StatusCode::OK, frame, || account::goodbye(time::date(at))).into_response())
}

//! An app that shows codes (TOTP), and recovery codes.

use super::codes::{digits, seconds, totp};
use super::shared::{codes, first_codes, frame, letter};
use crate::app::App;
use crate::platform::clock::now;
use crate::platform::encryption::totp_of;
use crate::web::account::own::{Chosen, proved, step_up};
use crate::web::account::security_log::note;
use crate::web::session::{self, Caller};
use crate::web::{AppError, render};
use app::pages::account::OwnPage;
use app::pages::factors;
use axum::Form;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use std::net::SocketAddr;
use store::{Account, Deed};
use totp_rs::Secret as Seed;
use tower_sessions::Session;

/// Offers a fresh seed, which is kept in the session until a code proves that the app has it.
pub async fn totp_form(State(app): State<App>, caller: Caller, session: Session) -> Result<Response, AppError> {
    let seed: [u8; 20] = rand::random();
    caller.confirmed()?;
    // Sealed there too: sessions are in the database.
    let sealed = app.keys.seal(&seed, &totp_of(&caller.account.id)).ok_or_else(|| AppError::Internal("sealing".into()))?;
    session::put(&session, "seed", &sealed).await?;
    shown(&app, &session, &caller.account, &seed, StatusCode::OK, [None, None]).await
}

async fn shown(
    app: &App,
    session: &Session,
    account: &Account,
    seed: &[u8],
    status: StatusCode,
    errors: [Option<String>; 2],
) -> Result<Response, AppError> {
    let second = session::asks_second(&app.store, session, account).await?;
    let url = totp(seed, &account.email)?.to_url().map_err(|e| AppError::Internal(format!("totp: {e}")))?;
    let picture = qrcode::QrCode::new(url.as_bytes())
        .map_err(|e| AppError::Internal(format!("qr: {e}")))?
        .render::<qrcode::render::svg::Color>()
        .min_dimensions(200, 200)
        .build();
    let secret = Seed::from(seed.to_vec()).to_base32();
    let svg = picture.split_once("?>").map_or(picture.clone(), |(_, rest)| rest.to_owned());
    Ok(render::page(status, frame("An app for codes", Some(account)), || factors::totp(svg, &secret, errors, second)))
}

/// Takes the seed for good, once a code of it was typed.
pub async fn totp_on(
    State(app): State<App>,
    caller: Caller,
    session: Session,
    connection: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(typed): Form<Chosen>,
) -> Result<Response, AppError> {
    caller.confirmed()?;
    let account = &caller.account;
    let Some(sealed) = session::take::<String>(&session, "seed").await? else { return Ok(Redirect::to("/account/totp").into_response()) };
    let seed = app.keys.open_sealed(&sealed, &totp_of(&account.id)).ok_or(AppError::NotFound)?;
    let step = totp(&seed, &account.email)?.check(&digits(&typed.code), seconds());
    let code_error = step.is_none().then(|| "This is not the code that the app shows now. Check the clock of the device.".to_owned());
    let password_error = proved(&app, &session, account, typed.password, &typed.second).await?;
    if code_error.is_some() || password_error.is_some() {
        session::put(&session, "seed", &sealed).await?;
        return shown(&app, &session, account, &seed, StatusCode::UNPROCESSABLE_ENTITY, [code_error, password_error]).await;
    }
    app.store.set_totp(&account.id, &sealed, &session::key(&session), &letter(&app, account, "An app for codes was added"), now()).await?;
    app.store.use_totp_step(&account.id, i64::try_from(step.unwrap_or(0)).unwrap_or(0)).await?;
    session::factor_shown(&session).await?;
    note(&app, account, Deed::FactorAdded, &headers, &connection).await?;
    app.mail.ring();
    session::renew(&session).await?;
    let shown = first_codes(&app, &account.id).await?;
    Ok(render::page(StatusCode::OK, frame("Recovery codes", Some(account)), || factors::codes(&shown)))
}

/// Takes the app away.
pub async fn totp_off(
    State(app): State<App>,
    caller: Caller,
    session: Session,
    connection: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(typed): Form<Chosen>,
) -> Result<Response, AppError> {
    let account = &caller.account;
    let beside = |e| OwnPage { factor_error: Some(e), ..OwnPage::default() };
    if let Some(refused) = step_up(&app, account, &session, typed.password, &typed.second, beside).await? {
        return Ok(refused);
    }
    app.store.set_totp(&account.id, "", &session::key(&session), &letter(&app, account, "The app for codes was removed"), now()).await?;
    note(&app, account, Deed::FactorRemoved, &headers, &connection).await?;
    app.mail.ring();
    session::renew(&session).await?;
    Ok(Redirect::to("/account").into_response())
}

/// Fresh recovery codes in place of the old ones.
pub async fn new_codes(
    State(app): State<App>,
    caller: Caller,
    session: Session,
    connection: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(typed): Form<Chosen>,
) -> Result<Response, AppError> {
    caller.confirmed()?;
    let account = &caller.account;
    let beside = |e| OwnPage { factor_error: Some(e), ..OwnPage::default() };
    if let Some(refused) = step_up(&app, account, &session, typed.password, &typed.second, beside).await? {
        return Ok(refused);
    }
    let (shown, hashes) = codes();
    app.store.set_codes(&account.id, &hashes).await?;
    note(&app, account, Deed::FactorAdded, &headers, &connection).await?;
    Ok(render::page(StatusCode::OK, frame("Recovery codes", Some(account)), || factors::codes(&shown)))
}

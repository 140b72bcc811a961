//! Passkeys: adding, removing, and signing in with one.

use super::shared::{first_codes, frame, letter};
use crate::app::App;
use crate::platform::clock::now;
use crate::web::account::attempts::{PER_ADDRESS, WINDOW_MS, too_many};
use crate::web::account::devices::greet;
use crate::web::account::own::{Chosen, page as own_page, proved, step_up};
use crate::web::account::security_log::note;
use crate::web::account::sign_in::keep;
use crate::web::guard::visitor;
use crate::web::local_path::LocalPath;
use crate::web::session::{self, Caller};
use crate::web::{AppError, render};
use app::pages::account::OwnPage;
use app::pages::factors;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Form, Json};
use serde_json::{Value, json};
use std::net::SocketAddr;
use store::{AccountId, Deed, PasskeyRow};
use tower_sessions::Session;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, DiscoverableKey, Passkey, PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential, Uuid,
};

/// Passkeys of one account.
const MAX_KEYS: usize = 20;

fn broken(e: impl std::fmt::Display) -> AppError {
    AppError::Internal(format!("passkey: {e}"))
}

/// Begins a passkey, after the password: a page whose button talks to the device.
pub async fn passkey_form(
    State(app): State<App>,
    caller: Caller,
    session: Session,
    Form(typed): Form<Chosen>,
) -> Result<Response, AppError> {
    caller.confirmed()?;
    let account = &caller.account;
    let webauthn = app.sign_in.passkeys.as_ref().ok_or(AppError::NotFound)?;
    let have = app.store.factors(&account.id).await?.passkeys;
    let mut error = proved(&app, &session, account, typed.password, &typed.second).await?;
    if have.len() >= MAX_KEYS {
        error = Some(format!("{MAX_KEYS} passkeys are enough. Remove one first."));
    }
    if let Some(error) = error {
        let own = OwnPage { passkey_error: Some(error), ..OwnPage::default() };
        return own_page(&app, account, &session, StatusCode::UNPROCESSABLE_ENTITY, own).await;
    }
    let keys: Vec<Passkey> = have.iter().filter_map(|k| serde_json::from_str(&k.data).ok()).collect();
    let known = keys.iter().map(|k| k.cred_id().clone()).collect();
    let id = Uuid::parse_str(account.id.as_str()).map_err(broken)?;
    let (options, state) = webauthn.start_passkey_registration(id, &account.email, &account.email, Some(known)).map_err(broken)?;
    session::put(&session, "passkey", &state).await?;
    let mut options = serde_json::to_value(options).map_err(broken)?;
    // Kept by the device under the site's name, so that it works without typing an address.
    if let Some(wish) = options.pointer_mut("/publicKey/authenticatorSelection").and_then(Value::as_object_mut) {
        wish.insert("residentKey".into(), "required".into());
        wish.insert("requireResidentKey".into(), true.into());
    }
    Ok(render::page(StatusCode::OK, frame("A passkey", Some(account)), || factors::passkey(options.to_string())))
}

/// Ends it with what the device answered.
pub async fn passkey_on(
    State(app): State<App>,
    caller: Caller,
    session: Session,
    connection: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Json(answer): Json<RegisterPublicKeyCredential>,
) -> Result<Json<Value>, AppError> {
    caller.confirmed()?;
    let account = &caller.account;
    let webauthn = app.sign_in.passkeys.as_ref().ok_or(AppError::NotFound)?;
    let state: PasskeyRegistration = session::take(&session, "passkey").await?.ok_or(AppError::NotFound)?;
    let refused = |why: &str| Ok(Json(json!({"said": why})));
    let Ok(key) = webauthn.finish_passkey_registration(&answer, &state) else {
        return refused("The device's answer does not hold. Go back and try again.");
    };
    let row = PasskeyRow {
        id: answer.id.clone(),
        name: session::device(&headers),
        data: serde_json::to_string(&key).map_err(broken)?,
        created_at: now(),
        used_at: 0,
    };
    if !app.store.add_passkey(&account.id, &row, &session::key(&session), &letter(&app, account, "A passkey was added"), now()).await? {
        return refused("This passkey is known already.");
    }
    session::factor_shown(&session).await?;
    note(&app, account, Deed::FactorAdded, &headers, &connection).await?;
    app.mail.ring();
    session::renew(&session).await?;
    let codes = first_codes(&app, &account.id).await?;
    Ok(Json(json!({"to": "/account", "codes": codes})))
}

/// Takes a passkey away.
pub async fn passkey_off(
    State(app): State<App>,
    caller: Caller,
    session: Session,
    connection: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(typed): Form<Chosen>,
) -> Result<Response, AppError> {
    let account = &caller.account;
    let beside = |e| OwnPage { passkey_error: Some(e), ..OwnPage::default() };
    if let Some(refused) = step_up(&app, account, &session, typed.password, &typed.second, beside).await? {
        return Ok(refused);
    }
    let letter = letter(&app, account, "A passkey was removed");
    if !app.store.remove_passkey(&account.id, &typed.passkey, &session::key(&session), &letter, now()).await? {
        return Err(AppError::NotFound);
    }
    note(&app, account, Deed::FactorRemoved, &headers, &connection).await?;
    app.mail.ring();
    Ok(Redirect::to("/account").into_response())
}

/// What the device is asked at a sign-in.
pub async fn passkey_ask(
    State(app): State<App>,
    session: Session,
    connection: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Result<Json<Value>, AppError> {
    // Each asking keeps a session for a while.
    if app.limiter.too_many("passkey", &visitor(&app.settings, &headers, &connection), PER_ADDRESS, WINDOW_MS).await? {
        return Err(AppError::TooMany(too_many()));
    }
    let webauthn = app.sign_in.passkeys.as_ref().ok_or(AppError::NotFound)?;
    let (options, state) = webauthn.start_discoverable_authentication().map_err(broken)?;
    session::put(&session, "ask", &state).await?;
    let mut options = serde_json::to_value(options).map_err(broken)?;
    if let Some(map) = options.as_object_mut() {
        map.remove("mediation");
    }
    Ok(Json(options))
}

#[derive(Debug, serde::Deserialize)]
pub struct Next {
    #[serde(default)]
    next: String,
}

/// Signs in with what it answered: possession of the device and its PIN, finger or face are two factors.
pub async fn passkey_in(
    State(app): State<App>,
    session: Session,
    connection: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Query(next): Query<Next>,
    Json(answer): Json<PublicKeyCredential>,
) -> Result<Response, AppError> {
    let webauthn = app.sign_in.passkeys.as_ref().ok_or(AppError::NotFound)?;
    let state: DiscoverableAuthentication = session::take(&session, "ask").await?.ok_or(AppError::NotFound)?;
    let refused = || Ok(Json(json!({"said": "No account here has this passkey. Sign in with the password."})).into_response());
    let Ok((id, _)) = webauthn.identify_discoverable_authentication(&answer) else { return refused() };
    let Some(id) = AccountId::parse(&id.to_string()) else { return refused() };
    let Some(account) = app.store.account(&id).await?.filter(|a| a.disabled_at == 0) else { return refused() };
    let rows = app.store.factors(&id).await?.passkeys;
    let Some(row) = rows.into_iter().find(|k| k.id == answer.id) else { return refused() };
    let mut key: Passkey = serde_json::from_str(&row.data).map_err(broken)?;
    let Ok(result) = webauthn.finish_discoverable_authentication_v2(&answer, state, DiscoverableKey::from(&key)) else { return refused() };
    if !result.user_verified() {
        return refused();
    }
    key.update_credential(&result);
    app.store.passkey_used(&id, &row.id, &serde_json::to_string(&key).map_err(broken)?, now()).await?;
    keep(&app, &account).await?;
    session::begin(&session, &id, &headers).await?;
    session::factor_shown(&session).await?;
    note(&app, &account, Deed::SignIn, &headers, &connection).await?;
    greet(&app, &account, &headers, Json(json!({"to": LocalPath::parse(&next.next).as_str()})).into_response()).await
}

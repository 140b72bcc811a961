//! Second factors: an app that shows codes, recovery codes, passkeys; and signing in with them.

use super::own::{Chosen, page as own_page, proved, step_up};
use super::{PER_ACCOUNT, PER_ADDRESS, WINDOW_MS, greet, note, own_device, too_many};
use crate::app::App;
use crate::mail::{self, Letter};
use crate::platform::bytes::hex;
use crate::platform::clock::now;
use crate::platform::encryption::totp_of;
use crate::platform::secret;
use crate::web::guard::visitor;
use crate::web::local_path::LocalPath;
use crate::web::session::{self, Caller, Half};
use crate::web::{AppError, render};
use app::pages::account::OwnPage;
use app::pages::factors;
use app::shell::Frame;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Form, Json};
use readiness::time::{self, DAY_MS};
use serde_json::{Value, json};
use std::net::SocketAddr;
use store::{Account, AccountId, Deed, PasskeyRow};
use totp_rs::{Builder, Secret as Seed, Totp};
use tower_sessions::Session;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, DiscoverableKey, Passkey, PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential, Uuid,
};

/// Recovery codes that an account gets.
const CODES: usize = 10;
/// Passkeys of one account.
const MAX_KEYS: usize = 20;

fn totp(seed: &[u8], email: &str) -> Result<Totp, AppError> {
    // A colon would end the issuer in the label.
    let name = email.replace(':', "_");
    let builder = Builder::new().with_secret(Seed::from(seed.to_vec())).with_account_name(name).with_issuer(Some("Launch Ready"));
    builder.build().map_err(|e| AppError::Internal(format!("totp: {e}")))
}

fn frame(title: &str, account: Option<&Account>) -> Frame {
    Frame {
        title: format!("{title} · Launch Ready"),
        email: account.map(|a| a.email.clone()),
        admin: account.is_some_and(|a| a.admin),
        current: "Account",
        private: true,
        ..Frame::default()
    }
}

/// Ten codes to keep, as shown and as stored.
fn codes() -> (Vec<String>, Vec<String>) {
    let one = || {
        let bytes: [u8; 8] = rand::random();
        let text = hex(&bytes);
        text.as_bytes().chunks(4).map(|c| String::from_utf8_lossy(c).into_owned()).collect::<Vec<_>>().join("-")
    };
    let shown: Vec<String> = (0..CODES).map(|_| one()).collect();
    let hashes = shown.iter().map(|c| secret::hash(c)).collect();
    (shown, hashes)
}

/// Recovery codes for an account that has none.
async fn first_codes(app: &App, id: &AccountId) -> Result<Vec<String>, AppError> {
    if app.store.factors(id).await?.codes > 0 {
        return Ok(vec![]);
    }
    let (shown, hashes) = codes();
    app.store.set_codes(id, &hashes).await?;
    Ok(shown)
}

fn letter(app: &App, account: &Account, what: &'static str) -> store::NewMail {
    mail::to(&account.email, "factor", &account.id, &Letter::factor(&app.settings.public_url, what))
}

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
    let second = session::asks_second(app, session, account).await?;
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
    super::keep(&app, &account).await?;
    session::begin(&session, &id, &headers).await?;
    session::factor_shown(&session).await?;
    note(&app, &account, Deed::SignIn, &headers, &connection).await?;
    greet(&app, &account, &headers, Json(json!({"to": LocalPath::parse(&next.next).as_str()})).into_response()).await
}

fn seconds() -> u64 {
    u64::try_from(now() / 1000).unwrap_or(0)
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).take(10).collect()
}

/// Asks for the second factor of somebody whose password was right.
pub async fn second_form(State(app): State<App>, session: Session) -> Result<Response, AppError> {
    let Some(half) = session::half(&session).await? else { return Ok(Redirect::to("/sign-in").into_response()) };
    second(&app, &half, StatusCode::OK, None).await
}

async fn second(app: &App, half: &Half, status: StatusCode, error: Option<String>) -> Result<Response, AppError> {
    let have = app.store.factors(&half.account).await?;
    let (app_codes, keys) = (!have.totp.is_empty(), !have.passkeys.is_empty() && app.sign_in.passkeys.is_some());
    let next = half.next.clone();
    Ok(render::page(status, frame("The second step", None), || factors::second(app_codes, keys, next, error)))
}

/// Whether this is a code of the account's app, or a recovery code; it is used up.
pub(super) async fn code_right(app: &App, account: &Account, typed: &str) -> Result<bool, AppError> {
    let have = app.store.factors(&account.id).await?;
    let step = match app.keys.open_sealed(&have.totp, &totp_of(&account.id)) {
        Some(seed) => totp(&seed, &account.email)?.check(&digits(typed), seconds()).and_then(|s| i64::try_from(s).ok()),
        None => None,
    };
    Ok(match step {
        Some(step) => app.store.use_totp_step(&account.id, step).await?,
        None => app.store.take_code(&account.id, &secret::hash(&typed.trim().to_lowercase())).await?,
    })
}

/// Wrong codes after which the owner is told that somebody has the password.
const TELL: i64 = 3;
/// Wrong codes of one account in a day from devices that it does not know: a guess in 300,000 is right.
const WRONG_A_DAY: i64 = 100;

fn wrong_codes(account: &Account) -> String {
    format!("second-wrong:{}", account.id)
}

/// Whether there were too many wrong codes in the last day.
pub(super) async fn many_wrong(app: &App, account: &Account) -> Result<bool, AppError> {
    Ok(app.store.attempts(&wrong_codes(account), now() - DAY_MS).await? >= WRONG_A_DAY)
}

/// Counts a wrong code after a right password, and tells the owner of the third.
pub(super) async fn wrong_code(app: &App, account: &Account, device: &str) -> Result<(), AppError> {
    let wrong = app.store.count_attempt(&wrong_codes(account), now() - WINDOW_MS, now()).await?;
    if wrong == TELL {
        let letter = Letter::wrong_codes(&app.settings.public_url, device, &time::human(now()));
        app.store.send(&mail::to(&account.email, "codes", &account.id, &letter), now()).await?;
        app.mail.ring();
    }
    Ok(())
}

/// Signs in with a code of the app, or with a recovery code.
pub async fn second_step(
    State(app): State<App>,
    session: Session,
    connection: ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(typed): Form<Chosen>,
) -> Result<Response, AppError> {
    let Some(half) = session::half(&session).await? else { return Ok(Redirect::to("/sign-in").into_response()) };
    let Some(account) = app.store.account(&half.account).await?.filter(|a| a.disabled_at == 0) else {
        return Ok(Redirect::to("/sign-in").into_response());
    };
    // Counted by device, or by network where the device is not known: who has the password alone uses up
    // their own tries, not the owner's. Devices that it does not know have a bound together, so that many do not guess.
    let from = visitor(&app.settings, &headers, &connection);
    let known = own_device(&app, &account, &headers).await?;
    let unknown = known.is_none();
    let key = format!("second:{}:{}", account.id, known.unwrap_or_else(|| app.limiter.key(&from)));
    let mine = app.store.count_attempt(&key, now() - WINDOW_MS, now()).await?;
    if mine > PER_ACCOUNT || unknown && many_wrong(&app, &account).await? {
        return second(&app, &half, StatusCode::TOO_MANY_REQUESTS, Some(too_many())).await;
    }
    if !code_right(&app, &account, &typed.code).await? {
        note(&app, &account, Deed::WrongCode, &headers, &connection).await?;
        wrong_code(&app, &account, &session::device(&headers)).await?;
        let said = "This code is not right, or it was used already. A new one comes every half minute.".to_owned();
        return second(&app, &half, StatusCode::UNPROCESSABLE_ENTITY, Some(said)).await;
    }
    app.store.forget_attempts(&key).await?;
    super::keep(&app, &account).await?;
    session::begin(&session, &account.id, &headers).await?;
    session::factor_shown(&session).await?;
    note(&app, &account, Deed::SignIn, &headers, &connection).await?;
    greet(&app, &account, &headers, LocalPath::parse(&half.next).go()).await
}

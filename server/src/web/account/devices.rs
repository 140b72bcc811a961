//! Devices that an account knows, by a cookie of their own.

use crate::app::App;
use crate::mail::{self, Letter};
use crate::platform::clock::now;
use crate::platform::secret::{self, Secret};
use crate::web::AppError;
use crate::web::session;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use readiness::time;
use store::Account;

fn device_cookie(app: &App) -> &'static str {
    if app.settings.is_https() { "__Host-lr-device" } else { "lr-device" }
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
pub async fn own_device(app: &App, account: &Account, headers: &HeaderMap) -> Result<Option<String>, AppError> {
    let Some(hash) = known_device(app, headers).map(|d| secret::hash(&d)) else { return Ok(None) };
    Ok(app.store.knows_device(&account.id, &hash).await?.then_some(hash))
}

/// Remembers the device by a cookie of its own, and mails if the account knows others but not it.
pub async fn greet(app: &App, account: &Account, headers: &HeaderMap, mut response: Response) -> Result<Response, AppError> {
    let (secure, name) = (app.settings.is_https(), device_cookie(app));
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

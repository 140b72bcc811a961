//! What a session knows: who signed in, what they have shown, what they look at.

use super::device::device;
use super::keys::{ACCOUNT, DEVICE, FACTOR, OPENED, SEEN, WORKSPACE};
use crate::platform::clock::now;
use crate::platform::secret;
use crate::web::error::AppError;
use axum::http::HeaderMap;
use store::{Account, AccountId, Store, WorkspaceId};
use tower_sessions::Session;

/// A second factor that was shown counts for so long.
const FACTOR_MS: i64 = 15 * 60_000;

/// A session that cannot be read or written.
pub fn broken(e: &tower_sessions::session::Error) -> AppError {
    AppError::Internal(format!("session: {e}"))
}

/// Signs somebody in under a new session id.
pub async fn begin(session: &Session, account: &AccountId, headers: &HeaderMap) -> std::result::Result<(), AppError> {
    session.cycle_id().await.map_err(|e| broken(&e))?;
    session.remove_value("half").await.map_err(|e| broken(&e))?;
    session.remove_value(FACTOR).await.map_err(|e| broken(&e))?;
    session.insert(DEVICE, device(headers)).await.map_err(|e| broken(&e))?;
    session.insert(SEEN, now()).await.map_err(|e| broken(&e))?;
    session.insert(ACCOUNT, account).await.map_err(|e| broken(&e))?;
    session.save().await.map_err(|e| broken(&e))
}

/// Remembers that a second factor was shown.
pub async fn factor_shown(session: &Session) -> std::result::Result<(), AppError> {
    session.insert(FACTOR, now()).await.map_err(|e| broken(&e))
}

/// Whether a second factor was shown a short while ago.
pub async fn factor_fresh(session: &Session) -> std::result::Result<bool, AppError> {
    let at: Option<i64> = session.get(FACTOR).await.map_err(|e| broken(&e))?;
    Ok(at.is_some_and(|at| now() - at < FACTOR_MS))
}

/// Whether an account has a second factor that has to be shown again before a dangerous deed.
pub async fn asks_second(store: &Store, session: &Session, account: &Account) -> std::result::Result<bool, AppError> {
    Ok(store.factors(&account.id).await?.any() && !factor_fresh(session).await?)
}

/// The key of the session in the list of devices.
pub fn key(session: &Session) -> String {
    session.id().map(|id| secret::hash(&id.to_string())).unwrap_or_default()
}

/// Looks at another workspace from now on.
pub async fn look_at(session: &Session, workspace: &WorkspaceId) -> std::result::Result<(), AppError> {
    session.insert(WORKSPACE, workspace).await.map_err(|e| broken(&e))
}

/// Somebody whose password was right and whose second factor is still to come.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Half {
    /// Who.
    pub account: AccountId,
    /// Where to go afterwards.
    pub next: String,
    /// Since when, epoch milliseconds.
    at: i64,
}

/// The second factor may be shown for so long.
const HALF_MS: i64 = 10 * 60_000;

/// Remembers that a password was right.
pub async fn begin_half(session: &Session, account: &AccountId, next: &str) -> std::result::Result<(), AppError> {
    session.cycle_id().await.map_err(|e| broken(&e))?;
    put(session, "half", &Half { account: account.clone(), next: next.to_owned(), at: now() }).await
}

/// Whose password was right a moment ago.
pub async fn half(session: &Session) -> std::result::Result<Option<Half>, AppError> {
    let half: Option<Half> = session.get("half").await.map_err(|e| broken(&e))?;
    Ok(half.filter(|h| now() - h.at < HALF_MS))
}

/// Keeps something between two requests.
pub async fn put(session: &Session, key: &str, value: &impl serde::Serialize) -> std::result::Result<(), AppError> {
    session.insert(key, value).await.map_err(|e| broken(&e))
}

/// Takes it out again.
pub async fn take<T: serde::de::DeserializeOwned>(session: &Session, key: &str) -> std::result::Result<Option<T>, AppError> {
    session.remove(key).await.map_err(|e| broken(&e))
}

/// The same session under a new id, as after every change of what somebody may do.
pub async fn renew(session: &Session) -> std::result::Result<(), AppError> {
    session.cycle_id().await.map_err(|e| broken(&e))
}

/// Remembers that the password of a shared link was typed.
pub async fn open_share(session: &Session, share: &str) -> std::result::Result<(), AppError> {
    let mut opened: Vec<String> = session.get(OPENED).await.map_err(|e| broken(&e))?.unwrap_or_default();
    opened.push(share.to_owned());
    session.insert(OPENED, opened).await.map_err(|e| broken(&e))
}

/// Ends the session.
pub async fn end(session: &Session) -> std::result::Result<(), AppError> {
    session.flush().await.map_err(|e| broken(&e))
}

//! Browser sessions over our own store, and who is calling.

use super::AppError;
use crate::app::{App, now};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use std::collections::HashMap;
use store::{Account, AccountId, Store};
use time::{Duration, OffsetDateTime};
use tower_sessions::cookie::SameSite;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};
use tower_sessions::{Expiry, Session, SessionManagerLayer, SessionStore};

const ACCOUNT: &str = "account";
/// A session ends after this long without a visit.
const IDLE: Duration = Duration::days(14);

/// The database as a session store.
#[derive(Clone, Debug)]
pub struct Sessions(Store);

/// The layer that reads and writes the cookie; `__Host-` where the site is on HTTPS.
pub fn layer(app: &App) -> SessionManagerLayer<Sessions> {
    let secure = app.settings.public_url.starts_with("https://");
    SessionManagerLayer::new(Sessions(app.store.clone()))
        .with_name(if secure { "__Host-lr" } else { "lr" })
        .with_secure(secure)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(IDLE))
}

fn failed(e: &store::StoreError) -> Error {
    Error::Backend(e.to_string())
}

fn encode(record: &Record) -> Result<String> {
    serde_json::to_string(&(&record.data, record.expiry_date.unix_timestamp())).map_err(|e| Error::Encode(e.to_string()))
}

fn millis(t: OffsetDateTime) -> i64 {
    i64::try_from(t.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

#[async_trait::async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        loop {
            let data = encode(record)?;
            if self.0.create_session(&record.id.to_string(), &data, millis(record.expiry_date)).await.map_err(|e| failed(&e))? {
                return Ok(());
            }
            record.id = Id::default();
        }
    }
    async fn save(&self, record: &Record) -> Result<()> {
        let data = serde_json::to_string(&(&record.data, record.expiry_date.unix_timestamp())).map_err(|e| Error::Encode(e.to_string()))?;
        self.0.save_session(&record.id.to_string(), &data, millis(record.expiry_date)).await.map_err(|e| failed(&e))
    }
    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let Some(text) = self.0.load_session(&id.to_string(), now()).await.map_err(|e| failed(&e))? else { return Ok(None) };
        let (data, expiry): (HashMap<String, serde_json::Value>, i64) =
            serde_json::from_str(&text).map_err(|e| Error::Decode(e.to_string()))?;
        let expiry_date = OffsetDateTime::from_unix_timestamp(expiry).map_err(|e| Error::Decode(e.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }
    async fn delete(&self, id: &Id) -> Result<()> {
        self.0.delete_session(&id.to_string()).await.map_err(|e| failed(&e))
    }
}

fn broken(e: &tower_sessions::session::Error) -> AppError {
    AppError::Internal(format!("session: {e}"))
}

/// Signs somebody in under a new session id.
pub async fn begin(session: &Session, account: &AccountId) -> std::result::Result<(), AppError> {
    session.cycle_id().await.map_err(|e| broken(&e))?;
    session.insert(ACCOUNT, account).await.map_err(|e| broken(&e))
}

/// Ends the session.
pub async fn end(session: &Session) -> std::result::Result<(), AppError> {
    session.flush().await.map_err(|e| broken(&e))
}

/// Who is calling, if anybody has signed in.
#[derive(Clone, Debug)]
pub struct Visitor(pub Option<Account>);

/// Who is calling; others are sent to sign in.
#[derive(Clone, Debug)]
pub struct Caller(pub Account);

impl Visitor {
    /// Their address, for the frame of a page.
    pub fn email(&self) -> Option<String> {
        self.0.as_ref().map(|a| a.email.clone())
    }
}

impl FromRequestParts<App> for Visitor {
    type Rejection = AppError;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> std::result::Result<Self, AppError> {
        let session = Session::from_request_parts(parts, app).await.map_err(|(_, e)| AppError::Internal(e.to_owned()))?;
        let Some(id) = session.get::<AccountId>(ACCOUNT).await.map_err(|e| broken(&e))? else { return Ok(Visitor(None)) };
        Ok(Visitor(app.store.account(&id).await?))
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = AppError;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> std::result::Result<Self, AppError> {
        let back = if parts.method == axum::http::Method::GET { parts.uri.path().to_owned() } else { "/projects".to_owned() };
        Visitor::from_request_parts(parts, app).await?.0.map(Caller).ok_or(AppError::SignIn(back))
    }
}

//! Browser sessions over our own store.

use super::keys::{ACCOUNT, DEVICE};
use crate::platform::clock::now;
use crate::platform::secret;
use std::collections::HashMap;
use store::{SessionRow, Store};
use time::{Duration, OffsetDateTime};
use tower_sessions::cookie::SameSite;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};
use tower_sessions::{Expiry, SessionManagerLayer, SessionStore};

/// A session ends after this long without a visit.
const IDLE: Duration = Duration::days(14);

/// The database as a session store.
#[derive(Clone, Debug)]
pub struct Sessions(Store);

/// The layer that reads and writes the cookie; `__Host-` where the site is on HTTPS.
pub fn layer(store: Store, secure: bool) -> SessionManagerLayer<Sessions> {
    SessionManagerLayer::new(Sessions(store))
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

/// What a record is in the database. The id itself stands in the cookie alone.
struct Stored {
    key: String,
    account: String,
    device: String,
    data: String,
    expires_at: i64,
}

impl Stored {
    fn of(record: &Record) -> Result<Self> {
        let text = |name: &str| record.data.get(name).and_then(|v| v.as_str()).unwrap_or("").to_owned();
        Ok(Self {
            key: secret::hash(&record.id.to_string()),
            account: text(ACCOUNT),
            device: text(DEVICE),
            data: serde_json::to_string(&(&record.data, record.expiry_date.unix_timestamp())).map_err(|e| Error::Encode(e.to_string()))?,
            expires_at: i64::try_from(record.expiry_date.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX),
        })
    }
    fn row(&self) -> SessionRow<'_> {
        SessionRow { key: &self.key, account: &self.account, device: &self.device, data: &self.data, expires_at: self.expires_at }
    }
}

#[async_trait::async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        loop {
            if self.0.create_session(Stored::of(record)?.row(), now()).await.map_err(|e| failed(&e))? {
                return Ok(());
            }
            record.id = Id::default();
        }
    }
    async fn save(&self, record: &Record) -> Result<()> {
        self.0.save_session(Stored::of(record)?.row(), now()).await.map_err(|e| failed(&e))
    }
    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let Some(text) = self.0.load_session(&secret::hash(&id.to_string()), now()).await.map_err(|e| failed(&e))? else { return Ok(None) };
        let (data, expiry): (HashMap<String, serde_json::Value>, i64) =
            serde_json::from_str(&text).map_err(|e| Error::Decode(e.to_string()))?;
        let expiry_date = OffsetDateTime::from_unix_timestamp(expiry).map_err(|e| Error::Decode(e.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }
    async fn delete(&self, id: &Id) -> Result<()> {
        self.0.delete_session(&secret::hash(&id.to_string())).await.map_err(|e| failed(&e))
    }
}

/// The cookie of somebody who signed in, for tests.
#[cfg(test)]
pub async fn cookie(store: &Store, account: &store::AccountId, at: &store::WorkspaceId, expires: OffsetDateTime) -> String {
    use super::keys::{SEEN, WORKSPACE};
    let data = HashMap::from([
        (ACCOUNT.to_owned(), serde_json::json!(account)),
        (WORKSPACE.to_owned(), serde_json::json!(at)),
        (SEEN.to_owned(), serde_json::json!(now())),
    ]);
    let mut record = Record { id: Id::default(), data, expiry_date: expires };
    Sessions(store.clone()).create(&mut record).await.unwrap();
    format!("lr={}", record.id)
}

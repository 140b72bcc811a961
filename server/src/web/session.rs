//! Browser sessions over our own store, and who is calling.

use super::AppError;
use super::guard::visitor;
use crate::app::App;
use crate::platform::clock::now;
use crate::platform::secret;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use std::collections::HashMap;
use std::net::SocketAddr;
use store::{Account, AccountId, By, CanCreate, CanManage, CanRead, Member, SessionRow, Store, WorkspaceId};
use time::{Duration, OffsetDateTime};
use tower_sessions::cookie::SameSite;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};
use tower_sessions::{Expiry, Session, SessionManagerLayer, SessionStore};

const ACCOUNT: &str = "account";
const DEVICE: &str = "device";
const SEEN: &str = "seen";
const OPENED: &str = "opened";
const WORKSPACE: &str = "workspace";
const FACTOR: &str = "factor";
/// A visit is written down this often at most.
const TOUCH_MS: i64 = 10 * 60_000;
/// A second factor that was shown counts for so long.
const FACTOR_MS: i64 = 15 * 60_000;
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

fn broken(e: &tower_sessions::session::Error) -> AppError {
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
pub async fn asks_second(app: &App, session: &Session, account: &Account) -> std::result::Result<bool, AppError> {
    Ok(app.store.factors(&account.id).await?.any() && !factor_fresh(session).await?)
}

/// The cookie of somebody who signed in, for tests.
#[cfg(test)]
pub async fn cookie(app: &App, account: &AccountId, at: &WorkspaceId, expires: OffsetDateTime) -> String {
    let data = HashMap::from([
        (ACCOUNT.to_owned(), serde_json::json!(account)),
        (WORKSPACE.to_owned(), serde_json::json!(at)),
        (SEEN.to_owned(), serde_json::json!(now())),
    ]);
    let mut record = Record { id: Id::default(), data, expiry_date: expires };
    Sessions(app.store.clone()).create(&mut record).await.unwrap();
    format!("lr={}", record.id)
}

/// The key of the session in the list of devices.
pub fn key(session: &Session) -> String {
    session.id().map(|id| secret::hash(&id.to_string())).unwrap_or_default()
}

/// Browser and system by the user agent, for a person to recognise.
pub fn device(headers: &HeaderMap) -> String {
    let agent = headers.get("user-agent").and_then(|v| v.to_str().ok()).unwrap_or("");
    let first = |list: &[(&str, &'static str)]| list.iter().find(|(sign, _)| agent.contains(sign)).map(|(_, name)| *name);
    // Order matters: Edge and Opera call themselves Chrome too, and Chrome calls itself Safari.
    let browser = first(&[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("FxiOS", "Firefox"),
        ("Chrome/", "Chrome"),
        ("CriOS", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ]);
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(b), Some(s)) => format!("{b} on {s}"),
        (Some(x), None) | (None, Some(x)) => x.to_owned(),
        (None, None) => "An unknown device".to_owned(),
    }
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

/// Who is calling, if anybody has signed in.
#[derive(Clone, Debug, Default)]
pub struct Visitor {
    /// Who.
    pub account: Option<Account>,
    /// Shared links whose password they have typed.
    pub opened: Vec<String>,
}

/// Who is calling and in which workspace; others are sent to sign in.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who.
    pub account: Account,
    /// Their place in the workspace that they look at.
    pub member: Member,
    /// All their places.
    pub places: Vec<Member>,
    /// For the log.
    pub by: By,
    /// Whether they use a token, whose place is then the only one.
    pub token: bool,
}

impl Caller {
    /// Proof that the workspace may be read.
    pub fn read(&self) -> std::result::Result<CanRead, AppError> {
        self.member.read().ok_or(AppError::Role)
    }
    /// Proof that projects may be made in it.
    pub fn create(&self) -> std::result::Result<CanCreate, AppError> {
        self.member.create().ok_or(AppError::Role)
    }
    /// What reaches others or lets programs in waits until the address is confirmed.
    pub const fn confirmed(&self) -> std::result::Result<(), AppError> {
        if self.account.is_verified() { Ok(()) } else { Err(AppError::Unconfirmed) }
    }
    /// Proof that its members may be changed.
    pub fn manage(&self) -> std::result::Result<CanManage, AppError> {
        self.member.manage().ok_or(AppError::Role)
    }
}

impl Visitor {
    /// Their address, for the frame of a page.
    pub fn email(&self) -> Option<String> {
        self.account.as_ref().map(|a| a.email.clone())
    }
    /// Whether they run the instance.
    pub fn admin(&self) -> bool {
        self.account.as_ref().is_some_and(|a| a.admin)
    }
}

impl FromRequestParts<App> for Visitor {
    type Rejection = AppError;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> std::result::Result<Self, AppError> {
        let session = Session::from_request_parts(parts, app).await.map_err(|(_, e)| AppError::Internal(e.to_owned()))?;
        let opened: Vec<String> = session.get(OPENED).await.map_err(|e| broken(&e))?.unwrap_or_default();
        let Some(id) = session.get::<AccountId>(ACCOUNT).await.map_err(|e| broken(&e))? else {
            return Ok(Visitor { account: None, opened });
        };
        // A visit keeps the session alive: what is changed is saved, and the cookie sent anew.
        if session.get::<i64>(SEEN).await.map_err(|e| broken(&e))?.is_none_or(|at| now() - at > TOUCH_MS) {
            session.insert(SEEN, now()).await.map_err(|e| broken(&e))?;
        }
        let account = app.store.account(&id).await?.filter(|a| a.disabled_at == 0);
        Ok(Visitor { account, opened })
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = AppError;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> std::result::Result<Self, AppError> {
        let back = if parts.method == axum::http::Method::GET { parts.uri.path().to_owned() } else { "/projects".to_owned() };
        let account = Visitor::from_request_parts(parts, app).await?.account.ok_or(AppError::SignIn(back))?;
        let session = Session::from_request_parts(parts, app).await.map_err(|(_, e)| AppError::Internal(e.to_owned()))?;
        let chosen: Option<WorkspaceId> = session.get(WORKSPACE).await.map_err(|e| broken(&e))?;
        let from = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|c| visitor(&app.settings, &parts.headers, c)).unwrap_or_default();
        let by = By { actor: account.email.clone(), from };
        let mut places = app.store.memberships(&account.id).await?;
        if places.is_empty() {
            // Who left or lost their last workspace begins another.
            app.store.create_workspace(&account.id, store::first_name(&account.email), &by, now()).await?;
            places = app.store.memberships(&account.id).await?;
        }
        let at = places.iter().find(|m| Some(m.workspace()) == chosen.as_ref()).or_else(|| places.first());
        let member = at.cloned().ok_or(AppError::NotFound)?;
        Ok(Self { account, member, places, by, token: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_told_apart() {
        for (agent, want) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36 Edg/142.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 (KHTML, like Gecko) Version/18.0 Mobile Safari/604.1",
                "Safari on iPhone",
            ),
            ("curl/8.5.0", "curl"),
            ("", "An unknown device"),
        ] {
            let mut h = HeaderMap::new();
            h.insert("user-agent", agent.parse().unwrap());
            assert_eq!(device(&h), want);
        }
    }
}

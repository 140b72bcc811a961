//! What every request and worker shares.

use crate::encryption::Ring;
use crate::language::Languages;
use crate::mail::{self, Mailer};
use crate::oidc::Provider;
use crate::settings::Settings;
use crate::turns::{Seats, Turns};
use crate::workers::WakeUp;
use axum::body::Bytes;
use hmac::{Hmac, Mac};
use net::roots;
use readiness::{Assessment, Domain, Ledger, Target, assess};
use scanner::Options;
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, SystemTime};
use store::Store;
use tokio::sync::Notify;
use webauthn_rs::{Webauthn, WebauthnBuilder};

/// Name and version, as reports carry them.
pub const TOOL: &str = concat!("launch-ready ", env!("CARGO_PKG_VERSION"));

/// The shared state; cheap to clone.
#[derive(Clone, Debug)]
pub struct App(Arc<Inner>);

/// What is in it.
#[derive(Debug)]
pub struct Inner {
    /// The settings.
    pub settings: Settings,
    /// The database.
    pub store: Store,
    /// Rings for workers.
    pub wake_up: WakeUp,
    /// How to scan.
    pub options: Options,
    /// Kept in the data folder; for hashing visitors' addresses.
    secret: [u8; 32],
    /// The roadmap of nothing yet, for the front page.
    pub empty: Assessment,
    /// Hands mail over.
    pub mailer: Mailer,
    /// Rings for the worker that does.
    pub post: Notify,
    /// Turns for answering a request.
    pub answers: Arc<Turns>,
    /// Turns for hashing a password.
    pub hashing: Arc<Turns>,
    /// Turns for setting a PDF, and those set last.
    pub papers: Arc<Turns>,
    /// Turns for what takes long: the export of an account, handover packs, a workspace as code, lists of domains,
    /// files that are read.
    pub archives: Arc<Turns>,
    /// PDFs by the SHA-256 of what they were set from, the newest last.
    pub set: Mutex<VecDeque<(String, Bytes)>>,
    /// Turns for re-checks and inspectors in this process.
    pub rechecks: Arc<Turns>,
    /// Open event streams.
    pub streams: Arc<Seats>,
    /// Files that are being received; each is held in memory.
    pub uploads: Arc<Seats>,
    /// What the database would keep of the secret that makes the first account the administrator,
    /// if the instance had none at its start.
    pub setup: OnceLock<String>,
    /// Seals what is secret in the database.
    pub ring: Ring,
    /// Passkeys; none where the site's address is a number, which they do not allow.
    pub webauthn: Option<Webauthn>,
    /// Fonts of PDF reports.
    pub fonts: pdf::Fonts,
    /// Translations of pages.
    pub languages: Languages,
    /// A site to sign in by.
    pub oidc: Option<Provider>,
    /// Requests of tokens.
    pub api_limit: crate::web::Limiter,
    /// Since when this process runs, epoch milliseconds.
    pub since: i64,
}

impl std::ops::Deref for App {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl App {
    /// Opens the data folder and the database, migrates, and connects the queue.
    ///
    /// # Errors
    /// A sentence that says what could not be opened.
    pub async fn open(settings: Settings) -> Result<Self, String> {
        std::fs::create_dir_all(&settings.data_dir)
            .map_err(|e| format!("The data folder {} cannot be made: {e}.", settings.data_dir.display()))?;
        if let Some(warning) = loose(&settings.data_dir) {
            tracing::warn!("{warning}");
        }
        let secret = secret(&settings.data_dir)?;
        let ring = Ring::open(&settings.data_dir)?;
        let webauthn = passkeys(&settings.public_url);
        let oidc = Provider::new(&settings)?;
        let mailer = mail::mailer(&settings)?;
        let fonts = pdf::Fonts::load(settings.report_fonts.as_deref()).map_err(|e| format!("{e}."))?;
        let languages = Languages::load(settings.languages.as_deref())?;
        let store =
            Store::connect(settings.database_url.expose_secret()).await.map_err(|e| format!("The database cannot be opened: {e}."))?;
        store.migrate().await.map_err(|e| format!("The database cannot be brought up to date: {e}."))?;
        let wake_up = WakeUp::connect(&store, &settings.data_dir).await.map_err(|e| format!("The queue cannot be opened: {e}."))?;
        let options = Options {
            resolvers: settings.resolvers.clone(),
            allow: settings.allow_net.clone(),
            deny: settings.deny_net.clone(),
            timeout: settings.scan_timeout,
            sources: settings.sources()?,
            ..Options::new(roots::load(settings.ca_file.as_deref()).map_err(|e| e.to_string())?)
        };
        let sqlite = store.engine() == store::Engine::Sqlite;
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        let domain = Domain::parse("acme.com").map_err(|e| e.to_string())?;
        let empty = assess(&Ledger::empty(Target::preview(domain)), 0);
        Ok(Self(Arc::new(Inner {
            settings,
            store,
            wake_up,
            options,
            secret,
            empty,
            mailer,
            post: Notify::new(),
            // SQLite answers within the process, Postgres is waited for.
            answers: Turns::new(if sqlite { cores.max(2) } else { cores.max(2) * 4 }, 512, 4096),
            // One core stays for everybody else while many sign in.
            hashing: Turns::new(cores - 1, 128, 512),
            papers: Turns::new(1, 64, 256),
            archives: Turns::new(1, 32, 128),
            set: Mutex::default(),
            rechecks: Turns::new(4, 16, 64),
            streams: Seats::new(64, 2000),
            uploads: Seats::new(8, 32),
            setup: OnceLock::new(),
            ring,
            webauthn,
            fonts,
            languages,
            oidc,
            api_limit: crate::web::limiter(),
            since: now(),
        })))
    }

    /// The address of the page where the first administrator signs up, while there is none.
    ///
    /// # Errors
    /// The database's.
    pub async fn setup_link(&self) -> Result<Option<String>, store::StoreError> {
        if !self.store.has_no_admin().await? {
            return Ok(None);
        }
        let secret = mail::Secret::new();
        let _ = self.setup.set(secret.hash);
        Ok(Some(format!("{}/sign-up?setup={}", self.settings.public_url, secret.text)))
    }

    /// A key for a visitor's address that does not tell the address.
    #[must_use]
    pub fn address_key(&self, address: &str) -> String {
        let mut hash = Sha256::new();
        hash.update(self.secret);
        hash.update(address);
        hex(hash.finalize().get(..16).unwrap_or_default())
    }
}

impl App {
    /// Signs what nobody but this instance may write, under the secret of the data folder.
    #[must_use]
    pub fn mac(&self) -> Hmac<Sha256> {
        let mut key = hmac::digest::Key::<Hmac<Sha256>>::default();
        key.iter_mut().zip(self.secret).for_each(|(k, s)| *k = s);
        Hmac::new(&key)
    }
}

/// Bytes as lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Epoch milliseconds.
#[must_use]
pub fn now() -> i64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX))
}

/// Milliseconds as the database counts them.
#[must_use]
pub fn millis(d: Duration) -> i64 {
    i64::try_from(d.as_millis()).unwrap_or(i64::MAX)
}

/// On loopback a site is `localhost` to passkeys, whatever number it listens on.
fn passkeys(public_url: &str) -> Option<Webauthn> {
    let mut origin = url::Url::parse(public_url).ok()?;
    if matches!(origin.host_str(), Some("127.0.0.1" | "[::1]")) {
        origin.set_host(Some("localhost")).ok()?;
    }
    let name = origin.domain()?.to_owned();
    WebauthnBuilder::new(&name, &origin).ok()?.rp_name("Launch Ready").build().ok()
}

/// Writes a file that its owner alone may read: beside its place first, so that a full disk or a kill
/// leaves what was there. Unless it replaces, of two processes that start at once the first one's stays.
///
/// # Errors
/// The file system's.
pub fn keep(path: &Path, bytes: &[u8], replace: bool) -> std::io::Result<()> {
    let beside = path.with_extension(format!("{}.tmp", std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let _ = std::fs::remove_file(&beside);
    let mut file = options.open(&beside)?;
    file.write_all(bytes).and_then(|()| file.sync_all())?;
    if replace {
        return std::fs::rename(&beside, path);
    }
    let _ = std::fs::hard_link(&beside, path);
    let _ = std::fs::remove_file(&beside);
    Ok(())
}

/// Whether others on this machine can read what is in the data folder, and what to do then.
#[cfg(unix)]
fn loose(folder: &Path) -> Option<String> {
    use std::os::unix::fs::PermissionsExt;
    let open = |p: &Path| std::fs::metadata(p).is_ok_and(|m| m.permissions().mode() & 0o077 != 0);
    // A folder that is closed closes all that is in it.
    open(folder).then(|| {
        let inside = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path());
        let files: Vec<_> =
            inside.filter(|p| open(p)).filter_map(|p| Some(p.file_name()?.to_string_lossy().into_owned())).take(5).collect();
        let folder = folder.display();
        let what = if files.is_empty() { String::new() } else { format!(" ({})", files.join(", ")) };
        format!("Other users of this machine can read {folder}{what}. Close it: chmod -R go= {folder}")
    })
}

#[cfg(not(unix))]
fn loose(_: &Path) -> Option<String> {
    None
}

/// The secret key: made once, readable by its owner only.
fn secret(folder: &Path) -> Result<[u8; 32], String> {
    let path = folder.join("secret.key");
    let wrong = |e: std::io::Error| format!("The secret key {} cannot be kept: {e}.", path.display());
    if !path.exists() {
        let fresh: [u8; 32] = rand::random();
        keep(&path, &fresh, false).map_err(wrong)?;
    }
    let bytes = std::fs::read(&path).map_err(wrong)?;
    bytes.try_into().map_err(|_| format!("The secret key {} is damaged: it must be 32 bytes long.", path.display()))
}

#[cfg(test)]
mod tests {
    #[test]
    #[cfg(unix)]
    fn the_secret_is_made_once_and_private() {
        use std::os::unix::fs::PermissionsExt;
        let folder = std::env::temp_dir().join(format!("lr-secret-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let first = super::secret(&folder).unwrap();
        assert_eq!(super::secret(&folder).unwrap(), first);
        assert_eq!(std::fs::metadata(folder.join("secret.key")).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

//! The services of an instance, put together in one place. What is below (`platform`, `mail`, `workers`) never takes
//! this whole; handlers may, or take a part by `State<Part>`.

use crate::platform::clock::now;
use crate::platform::encryption::KeyRing;
use crate::platform::in_turn::Queues;
use crate::platform::instance_key::InstanceKey;
use crate::platform::language::Languages;
use crate::platform::limiter::Limiter;
use crate::platform::mailer::Mailer;
use crate::platform::oidc::Provider;
use crate::platform::passkeys;
use crate::platform::password::Passwords;
use crate::platform::pdf::PdfRenderer;
use crate::platform::private_files::loose_permissions;
use crate::platform::settings::Settings;
use crate::platform::setup::Setup;
use crate::platform::site::Site;
use crate::platform::wake_up::WakeUp;
use crate::workers;
use axum::extract::FromRef;
use net::roots;
use scanner::Options;
use secrecy::ExposeSecret;
use std::sync::Arc;
use store::Store;
use webauthn_rs::Webauthn;

/// The shared state; cheap to clone.
#[derive(Clone, Debug)]
pub struct App(Arc<Inner>);

/// What is in it.
#[derive(Debug)]
pub struct Inner {
    /// The settings.
    pub settings: Arc<Settings>,
    /// The database.
    pub store: Store,
    /// The instance as mail and events name it, and its key.
    pub site: Site,
    /// Seals what is secret in the database.
    pub keys: Arc<KeyRing>,
    /// Hands mail over.
    pub mail: Arc<Mailer>,
    /// Tells workers that a scan waits.
    pub wake_up: WakeUp,
    /// How to scan.
    pub options: Arc<Options>,
    /// Counts what strangers and tokens ask.
    pub limiter: Limiter,
    /// Turns for answering, and for each kind of slow work.
    pub turns: Queues,
    /// Sets PDFs.
    pub pdf: PdfRenderer,
    /// Ways to sign in.
    pub sign_in: SignIn,
    /// Translations of pages.
    pub languages: Arc<Languages>,
    /// Since when this process runs, epoch milliseconds.
    pub since: i64,
}

/// Ways to sign in, and to become the first administrator.
#[derive(Debug)]
pub struct SignIn {
    /// Hashes and compares passwords.
    pub passwords: Passwords,
    /// Passkeys; none where the site's address is a number, which they do not allow.
    pub passkeys: Option<Webauthn>,
    /// A site to sign in by.
    pub oidc: Option<Provider>,
    /// The link of the first administrator.
    pub setup: Setup,
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
        if let Some(warning) = loose_permissions(&settings.data_dir) {
            tracing::warn!("{warning}");
        }
        let site = Site { url: settings.public_url.clone(), key: InstanceKey::open(&settings.data_dir)? };
        let keys = KeyRing::open(&settings.data_dir)?;
        let oidc = Provider::new(&settings)?;
        let mail = Mailer::new(&settings)?;
        let pdf = PdfRenderer::load(settings.report_fonts.as_deref())?;
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
        let turns = Queues::new(store.engine() == store::Engine::Sqlite);
        let sign_in = SignIn {
            passwords: Passwords::new(turns.hashing.clone(), settings.breach_url.clone()),
            passkeys: passkeys::relying_party(&settings.public_url),
            oidc,
            setup: Setup::default(),
        };
        Ok(Self(Arc::new(Inner {
            limiter: Limiter::new(store.clone(), site.key.clone()),
            settings: Arc::new(settings),
            store,
            site,
            keys: Arc::new(keys),
            mail: Arc::new(mail),
            wake_up,
            options: Arc::new(options),
            turns,
            pdf,
            sign_in,
            languages: Arc::new(languages),
            since: now(),
        })))
    }
}

/// Parts for `State<Part>`.
macro_rules! part {
    ($($type:ty = $field:ident),+ $(,)?) => {
        $(impl FromRef<App> for $type {
            fn from_ref(app: &App) -> Self {
                app.$field.clone()
            }
        })+
    };
}

part! {
    Arc<Settings> = settings,
    Store = store,
    WakeUp = wake_up,
    Limiter = limiter,
    Queues = turns,
    Arc<Languages> = languages,
}

impl FromRef<App> for workers::Context {
    fn from_ref(app: &App) -> Self {
        Self {
            settings: app.settings.clone(),
            store: app.store.clone(),
            wake_up: app.wake_up.clone(),
            options: app.options.clone(),
            mail: app.mail.clone(),
            keys: app.keys.clone(),
            site: app.site.clone(),
        }
    }
}

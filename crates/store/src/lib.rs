//! The database: one text for every query over SQLite and Postgres, through `sqlx::Any`.
//!
//! Whatever belongs to a tenant is only reachable through functions that take a proof of [`access`];
//! there is no query by bare id. No rules of the domain live here.

pub mod access;
mod accounts;
mod attestations;
mod audit;
mod branding;
mod channels;
pub mod codec;
mod comments;
mod credentials;
mod documents;
mod factors;
mod handover;
mod identities;
mod ids;
pub mod instance;
mod invitations;
mod judging;
mod launch;
mod limits;
mod links;
mod moving;
mod outbox;
mod pieces;
mod portfolio;
mod projects;
mod pushes;
mod queue;
mod results;
mod retention;
mod scans;
mod schedules;
mod security;
mod sessions;
mod shares;
mod sprints;
mod subscriptions;
mod tokens;
mod workspaces;

pub use access::{Action, CanComment, CanCreate, CanManage, CanPush, CanRead, CanScan, CanWork, Member, Resource, Role, Scope};
pub use accounts::{Account, Verified};
pub use attestations::{Ask, ChangeRow};
pub use audit::{AuditRow, By};
pub use branding::Letterhead;
pub use channels::{Channel, Delivery, Event, EventKind};
pub use comments::{Assignment, Comment};
pub use credentials::{Change, Ends};
pub use documents::{FILES, FileRow, Kept, Pack};
pub use factors::{Factors, PasskeyRow};
pub use handover::{Moved, Offer};
pub use ids::{AccountId, PREVIEW, ProjectId, ScanId, WorkspaceId};
pub use instance::{CanOperate, Health, Quota, Quotas, UserRow, WorkspaceRow};
pub use invitations::Invitation;
pub use judging::{Before, Judged};
pub use links::{LinkKind, NewLink};
pub use outbox::{Mail, MailRow, NewMail};
pub use pieces::PieceRow;
pub use portfolio::{Filed, Line, View};
pub use projects::{Entitlement, Project, ProjectDraft, ProjectRow};
pub use pushes::{Pushed, StoredPiece};
pub use queue::{Claim, Lease, MAX_ATTEMPTS};
pub use scans::{Progress, Scan, ScanStatus, Started, Summary};
pub use schedules::Schedule;
pub use security::{Deed, SecurityRow, Whence};
pub use sessions::{ABSOLUTE_MS, Device, SessionRow};
pub use shares::Share;
pub use subscriptions::{Choices, Digest, Mode, Recipient};
pub use tokens::Token;
pub use workspaces::{Changed, Look, MemberRow, first_name};

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::{Migration, Migrator};
use sqlx::{Any, AnyPool, AssertSqlSafe, SqlSafeStr, Transaction};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

/// Which engine runs below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// A file.
    Sqlite,
    /// A server.
    Postgres,
}

/// The database could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The engine's error.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// The migrations failed.
    #[error("migration: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// A stored text could not be read.
    #[error(transparent)]
    Codec(#[from] codec::CodecError),
    /// A stored structure could not be read.
    #[error("stored data: {0}")]
    Data(#[from] serde_json::Error),
    /// A workspace has enough of something.
    #[error("{1} {words} are enough for one workspace. The administrator of this instance can allow more.", words = .0.words())]
    Full(Quota, i64),
    /// A file beside the database.
    #[error("{0}: {1}")]
    File(PathBuf, std::io::Error),
}

/// A result of the store.
pub type Result<T> = std::result::Result<T, StoreError>;

/// The database.
#[derive(Clone, Debug)]
pub struct Store {
    pool: AnyPool,
    engine: Engine,
    url: String,
}

static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations");

impl Store {
    /// Connects, and creates a SQLite file that is not there yet.
    ///
    /// # Errors
    /// If the database cannot be reached.
    pub async fn connect(url: &str) -> Result<Self> {
        sqlx::any::install_default_drivers();
        let engine = if url.starts_with("sqlite:") { Engine::Sqlite } else { Engine::Postgres };
        let url = match engine {
            Engine::Sqlite if !url.contains('?') => format!("{url}?mode=rwc"),
            _ => url.to_owned(),
        };
        if let Some(folder) = sqlite_path(&url).and_then(|p| p.parent().map(Path::to_owned)).filter(|f| !f.as_os_str().is_empty()) {
            std::fs::create_dir_all(&folder).map_err(|e| StoreError::File(folder, e))?;
        }
        let options = AnyConnectOptions::from_str(&url)?;
        let pool = AnyPoolOptions::new()
            .max_connections(if engine == Engine::Sqlite { 8 } else { 16 })
            .acquire_timeout(Duration::from_secs(10))
            .after_connect(move |c, _| {
                Box::pin(async move {
                    if engine == Engine::Sqlite {
                        for pragma in [
                            "PRAGMA journal_mode = WAL",
                            "PRAGMA busy_timeout = 10000",
                            "PRAGMA foreign_keys = ON",
                            "PRAGMA synchronous = NORMAL",
                        ] {
                            sqlx::query(pragma).execute(&mut *c).await?;
                        }
                    }
                    Ok(())
                })
            })
            .connect_with(options)
            .await?;
        Ok(Self { pool, engine, url })
    }

    /// Brings the schema up to date, one process at a time. Forward only.
    ///
    /// # Errors
    /// If a migration fails.
    pub async fn migrate(&self) -> Result<()> {
        // Postgres locks by itself; beside a SQLite file stands a lock file.
        let lock = match sqlite_path(&self.url) {
            Some(path) => {
                let path = path.with_extension("migrate.lock");
                let shown = path.clone();
                // Waiting for another process must not hold up the runtime.
                let file = tokio::task::spawn_blocking(move || std::fs::File::create(&path).and_then(|f| f.lock().map(|()| f)))
                    .await
                    .map_err(std::io::Error::other)
                    .flatten();
                Some(file.map_err(|e| StoreError::File(shown, e))?)
            }
            None => None,
        };
        let mut migrator = Migrator { ..Migrator::DEFAULT };
        migrator.migrations = match self.engine {
            Engine::Sqlite => MIGRATIONS.migrations.clone(),
            Engine::Postgres => MIGRATIONS.iter().map(for_postgres).collect(),
        };
        migrator.dangerous_set_table_name("app_migrations");
        migrator.run(&self.pool).await?;
        self.move_answers().await?;
        drop(lock);
        Ok(())
    }

    /// Which engine runs below.
    #[must_use]
    pub const fn engine(&self) -> Engine {
        self.engine
    }
    /// The URL with which it was opened, for the queue's own pool.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
    /// Whether the database answers.
    ///
    /// # Errors
    /// If it does not.
    pub async fn ping(&self) -> Result<()> {
        sqlx::query("SELECT 1").execute(&self.pool).await?;
        Ok(())
    }
    /// Closes all connections.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// A transaction that means to write: on SQLite it takes the write lock at once, or a later
    /// write could find the database locked.
    async fn begin_write(&self) -> Result<Transaction<'static, Any>> {
        self.begin(if self.engine == Engine::Sqlite { "BEGIN IMMEDIATE" } else { "BEGIN" }).await
    }

    /// A transaction, begun in a task of its own. sqlx-postgres 0.9.0 leaves the connection within a transaction
    /// that nobody ends when the caller is dropped during `BEGIN`, as when a browser goes away
    /// (<https://github.com/transact-rs/sqlx/issues/4393>).
    async fn begin(&self, how: &'static str) -> Result<Transaction<'static, Any>> {
        let pool = self.pool.clone();
        let begun = tokio::spawn(async move { pool.begin_with(how).await });
        Ok(begun.await.map_err(|e| sqlx::Error::Io(std::io::Error::other(e)))??)
    }
}

/// The one word in which the engines' types differ.
fn for_postgres(m: &Migration) -> Migration {
    let sql = m.sql.as_str();
    if sql.contains(" BLOB") {
        Migration { sql: AssertSqlSafe(sql.replace(" BLOB", " BYTEA")).into_sql_str(), ..m.clone() }
    } else {
        m.clone()
    }
}

fn sqlite_path(url: &str) -> Option<PathBuf> {
    let rest = url.strip_prefix("sqlite:")?;
    let path = rest.split('?').next().unwrap_or(rest).trim_start_matches("//");
    (path != ":memory:").then(|| PathBuf::from(path))
}

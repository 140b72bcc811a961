//! The connection: either engine through `sqlx::Any`, and transactions.

use crate::error::{Result, StoreError};
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{Any, AnyPool, Transaction};
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

/// The database.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) pool: AnyPool,
    pub(crate) engine: Engine,
    pub(crate) url: String,
}

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
    pub(crate) async fn begin_write(&self) -> Result<Transaction<'static, Any>> {
        self.begin(if self.engine == Engine::Sqlite { "BEGIN IMMEDIATE" } else { "BEGIN" }).await
    }

    /// A transaction, begun in a task of its own. sqlx-postgres 0.9.0 leaves the connection within a transaction
    /// that nobody ends when the caller is dropped during `BEGIN`, as when a browser goes away
    /// (<https://github.com/transact-rs/sqlx/issues/4393>).
    pub(crate) async fn begin(&self, how: &'static str) -> Result<Transaction<'static, Any>> {
        let pool = self.pool.clone();
        let begun = tokio::spawn(async move { pool.begin_with(how).await });
        Ok(begun.await.map_err(|e| sqlx::Error::Io(std::io::Error::other(e)))??)
    }
}

/// The file of a SQLite database; none for one in memory and for Postgres.
pub(crate) fn sqlite_path(url: &str) -> Option<PathBuf> {
    let rest = url.strip_prefix("sqlite:")?;
    let path = rest.split('?').next().unwrap_or(rest).trim_start_matches("//");
    (path != ":memory:").then(|| PathBuf::from(path))
}

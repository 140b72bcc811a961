//! The queue, apalis over the engine that the database runs on. A job says only "look": which scan
//! is next, the database decides.

use apalis::prelude::*;
use apalis_postgres::PostgresStorage;
use apalis_sqlite::SqliteStorage;
use serde::{Deserialize, Serialize};
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use std::future::Future;
use std::path::Path;
use std::time::Duration;
use store::{Engine, Store};
use tokio_util::sync::CancellationToken;

/// A ring.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Ring;

const QUEUE: &str = "scans";
/// How often an idle worker looks at its queue.
const POLL: Duration = Duration::from_millis(250);
const HEARTBEAT: Duration = Duration::from_secs(1);
const MISSED: usize = 30;

/// The queue, by engine.
#[derive(Clone)]
pub enum WakeUp {
    /// A file of its own in the data folder, so that its migrations and ours stay apart.
    Sqlite(SqliteStorage<Ring>),
    /// Tables of its own beside ours.
    Postgres(PostgresStorage<Ring>),
}

impl std::fmt::Debug for WakeUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WakeUp")
    }
}

impl WakeUp {
    /// Connects and migrates the queue's own tables.
    ///
    /// # Errors
    /// If that fails.
    pub async fn connect(store: &Store, data_dir: &Path) -> Result<Self, sqlx::Error> {
        match store.engine() {
            Engine::Sqlite => {
                let options = SqliteConnectOptions::new()
                    .filename(data_dir.join("queue.db"))
                    .create_if_missing(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Normal)
                    .busy_timeout(Duration::from_secs(10));
                let pool = SqlitePoolOptions::new().max_connections(4).connect_with(options).await?;
                SqliteStorage::<()>::migrations().run(&pool).await?;
                Ok(WakeUp::Sqlite(
                    SqliteStorage::new(&pool)
                        .with_config(apalis_sqlite::Config::default().queue(QUEUE).heartbeat_interval(HEARTBEAT).missed_heartbeats(MISSED)),
                ))
            }
            Engine::Postgres => {
                let pool = PgPoolOptions::new().max_connections(4).connect(store.url()).await?;
                PostgresStorage::<()>::migrations().run(&pool).await?;
                Ok(WakeUp::Postgres(
                    PostgresStorage::new(&pool).with_config(
                        apalis_postgres::Config::default().queue(QUEUE).heartbeat_interval(HEARTBEAT).missed_heartbeats(MISSED),
                    ),
                ))
            }
        }
    }

    /// Rings. A ring that fails is no loss: the reconciler rings again.
    pub async fn ring(&self) {
        let result = match self {
            WakeUp::Sqlite(s) => s.clone().push(Ring).await.map_err(|e| e.to_string()),
            WakeUp::Postgres(s) => s.clone().push(Ring).await.map_err(|e| e.to_string()),
        };
        if let Err(error) = result {
            tracing::warn!(error, "the wake-up signal could not be sent");
        }
    }

    /// Whether the queue answers.
    pub async fn answers(&self) -> bool {
        match self {
            WakeUp::Sqlite(s) => sqlx::query("SELECT 1").execute(s.pool()).await.is_ok(),
            WakeUp::Postgres(s) => sqlx::query("SELECT 1").execute(s.pool()).await.is_ok(),
        }
    }

    /// Forgets rings that were heard.
    pub async fn forget(&self) {
        let result = match self {
            WakeUp::Sqlite(s) => {
                sqlx::query("DELETE FROM Jobs WHERE status IN ('Done', 'Killed', 'Failed')").execute(s.pool()).await.map(|_| ())
            }
            WakeUp::Postgres(s) => {
                sqlx::query("DELETE FROM apalis.jobs WHERE status IN ('Done', 'Killed', 'Failed')").execute(s.pool()).await.map(|_| ())
            }
        };
        if let Err(error) = result {
            tracing::warn!(%error, "old rings were not forgotten");
        }
    }

    /// Answers rings, several at once, until told to stop.
    ///
    /// # Errors
    /// If the worker ended by itself.
    pub async fn listen<F, Fut>(self, name: &str, at_once: usize, stop: CancellationToken, answer: F) -> Result<(), String>
    where
        F: Fn() -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let handler = move |_: Ring| {
            let answer = answer.clone();
            async move {
                answer().await;
                Ok::<(), std::io::Error>(())
            }
        };
        let signal = async move {
            stop.cancelled().await;
            Ok::<(), std::io::Error>(())
        };
        let strategy = Strategy::new().interval(POLL);
        match self {
            WakeUp::Sqlite(s) => WorkerBuilder::new(name)
                .backend(s.poll_with_strategy(strategy))
                .concurrency(at_once)
                .build(handler)
                .run_until(signal)
                .await
                .map_err(|e| e.to_string()),
            WakeUp::Postgres(s) => WorkerBuilder::new(name)
                .backend(s.poll_with_strategy(strategy))
                .concurrency(at_once)
                .build(handler)
                .run_until(signal)
                .await
                .map_err(|e| e.to_string()),
        }
    }
}

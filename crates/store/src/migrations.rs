//! Bringing the schema up to date.

use crate::database::{Engine, Store, sqlite_path};
use crate::error::{Result, StoreError};
use sqlx::migrate::{Migration, Migrator};
use sqlx::{AssertSqlSafe, SqlSafeStr};

static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations");

impl Store {
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

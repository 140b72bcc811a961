//! Attempts that are counted, so that guessing is slow; they survive a restart.

use crate::database::{Engine, Store};
use crate::error::Result;
use sqlx::Row;

impl Store {
    /// Counts an attempt by a subject (an account's or an address's key) and returns how many
    /// there have been since then, this one included. Of many at once each gets its own number.
    ///
    /// # Errors
    /// The database's.
    pub async fn count_attempt(&self, subject: &str, since: i64, now: i64) -> Result<i64> {
        let mut tx = self.begin_write().await?;
        if self.engine == Engine::Postgres {
            // One after another for a subject, so that each of forty at once sees those before it and none after.
            sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))").bind(subject).execute(&mut *tx).await?;
        }
        sqlx::query("INSERT INTO attempts (id, subject, at) VALUES ($1, $2, $3)")
            .bind(uuid::Uuid::now_v7().to_string())
            .bind(subject)
            .bind(now)
            .execute(&mut *tx)
            .await?;
        let row = sqlx::query("SELECT COUNT(*) AS n FROM attempts WHERE subject = $1 AND at > $2")
            .bind(subject)
            .bind(since)
            .fetch_one(&mut *tx)
            .await?;
        let n = row.try_get("n")?;
        tx.commit().await?;
        Ok(n)
    }

    /// How many attempts there have been since then.
    ///
    /// # Errors
    /// The database's.
    pub async fn attempts(&self, subject: &str, since: i64) -> Result<i64> {
        let row = sqlx::query("SELECT COUNT(*) AS n FROM attempts WHERE subject = $1 AND at > $2")
            .bind(subject)
            .bind(since)
            .fetch_one(&self.pool)
            .await?;
        Ok(row.try_get("n")?)
    }

    /// Forgets a subject's attempts, as after a right password.
    ///
    /// # Errors
    /// The database's.
    pub async fn forget_attempts(&self, subject: &str) -> Result<()> {
        sqlx::query("DELETE FROM attempts WHERE subject = $1").bind(subject).execute(&self.pool).await?;
        Ok(())
    }
}

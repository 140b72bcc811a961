//! Attempts that are counted, so that guessing is slow; they survive a restart.

use crate::{Result, Store};
use sqlx::Row;

impl Store {
    /// Counts an attempt by a subject (an account's or an address's key) and returns how many
    /// there have been since then, this one included.
    ///
    /// # Errors
    /// The database's.
    pub async fn count_attempt(&self, subject: &str, since: i64, now: i64) -> Result<i64> {
        sqlx::query("INSERT INTO attempts (id, subject, at) VALUES ($1, $2, $3)")
            .bind(uuid::Uuid::now_v7().to_string())
            .bind(subject)
            .bind(now)
            .execute(&self.pool)
            .await?;
        self.attempts(subject, since).await
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

//! Attempts that are counted, so that guessing is slow; they survive a restart.

use crate::{Result, Store};
use sqlx::Row;

impl Store {
    /// Counts an attempt by a subject (an account's or an address's key) and returns how many
    /// there have been since then, this one included. Of many at once each gets its own number.
    ///
    /// # Errors
    /// The database's.
    pub async fn count_attempt(&self, subject: &str, since: i64, now: i64) -> Result<i64> {
        let id = uuid::Uuid::now_v7().to_string();
        sqlx::query("INSERT INTO attempts (id, subject, at) VALUES ($1, $2, $3)")
            .bind(&id)
            .bind(subject)
            .bind(now)
            .execute(&self.pool)
            .await?;
        // Those that came after do not count: else of forty at once all would be too many.
        let row = sqlx::query("SELECT COUNT(*) AS n FROM attempts WHERE subject = $1 AND at > $2 AND id <= $3")
            .bind(subject)
            .bind(since)
            .bind(&id)
            .fetch_one(&self.pool)
            .await?;
        Ok(row.try_get("n")?)
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

//! Rows of browser sessions; what is in them is the server's business.

use crate::{Result, Store};
use sqlx::Row;

impl Store {
    /// Creates a session; `false` if the id is taken.
    ///
    /// # Errors
    /// The database's.
    pub async fn create_session(&self, id: &str, data: &str, expires_at: i64) -> Result<bool> {
        let done = sqlx::query("INSERT INTO sessions (id, data, expires_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING")
            .bind(id)
            .bind(data)
            .bind(expires_at)
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() == 1)
    }
    /// Saves a session.
    ///
    /// # Errors
    /// The database's.
    pub async fn save_session(&self, id: &str, data: &str, expires_at: i64) -> Result<()> {
        sqlx::query("INSERT INTO sessions (id, data, expires_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at").bind(id).bind(data).bind(expires_at).execute(&self.pool).await?;
        Ok(())
    }
    /// A session that has not expired.
    ///
    /// # Errors
    /// The database's.
    pub async fn load_session(&self, id: &str, now: i64) -> Result<Option<String>> {
        let row = sqlx::query("SELECT data FROM sessions WHERE id = $1 AND expires_at > $2")
            .bind(id)
            .bind(now)
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.map(|r| r.try_get("data")).transpose()?)
    }
    /// Ends a session.
    ///
    /// # Errors
    /// The database's.
    pub async fn delete_session(&self, id: &str) -> Result<()> {
        sqlx::query("DELETE FROM sessions WHERE id = $1").bind(id).execute(&self.pool).await?;
        Ok(())
    }
    /// Forgets expired sessions and old attempts.
    ///
    /// # Errors
    /// The database's.
    pub async fn sweep(&self, now: i64) -> Result<()> {
        sqlx::query("DELETE FROM sessions WHERE expires_at <= $1").bind(now).execute(&self.pool).await?;
        sqlx::query("DELETE FROM attempts WHERE at < $1").bind(now - 86_400_000).execute(&self.pool).await?;
        Ok(())
    }
}

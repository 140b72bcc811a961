//! Rows of browser sessions, by the SHA-256 of their id; what is in them is the server's business.

use crate::database::Store;
use crate::error::Result;
use crate::ids::AccountId;
use sqlx::{Any, Row, Transaction};

/// A session is over after this, however often it is used: 90 days.
pub const ABSOLUTE_MS: i64 = 90 * 86_400_000;

/// A session to be saved.
#[derive(Clone, Copy, Debug)]
pub struct SessionRow<'a> {
    /// SHA-256 of the id in the cookie, hexadecimal.
    pub key: &'a str,
    /// Whose; empty before anybody signs in.
    pub account: &'a str,
    /// Browser and system, for a person.
    pub device: &'a str,
    /// What is in it.
    pub data: &'a str,
    /// Epoch milliseconds.
    pub expires_at: i64,
}

/// A session in the list of somebody's devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// SHA-256 of the id, which is no secret.
    pub key: String,
    /// Browser and system.
    pub device: String,
    /// Epoch milliseconds.
    pub created_at: i64,
    /// Epoch milliseconds.
    pub seen_at: i64,
}

/// Ends the sessions of an account, except one.
pub(crate) async fn end_sessions(tx: &mut Transaction<'_, Any>, account: &AccountId, except: &str) -> Result<()> {
    sqlx::query("DELETE FROM sessions WHERE account_id = $1 AND id <> $2").bind(account.as_str()).bind(except).execute(&mut **tx).await?;
    Ok(())
}

impl Store {
    /// Creates a session; `false` if the id is taken.
    ///
    /// # Errors
    /// The database's.
    pub async fn create_session(&self, s: SessionRow<'_>, now: i64) -> Result<bool> {
        let done = sqlx::query("INSERT INTO sessions (id, data, expires_at, account_id, device, created_at, seen_at) VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT (id) DO NOTHING")
            .bind(s.key)
            .bind(s.data)
            .bind(s.expires_at)
            .bind(s.account)
            .bind(s.device)
            .bind(now)
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() == 1)
    }
    /// Saves a session that is there; one that was ended meanwhile stays ended.
    ///
    /// # Errors
    /// The database's.
    pub async fn save_session(&self, s: SessionRow<'_>, now: i64) -> Result<()> {
        sqlx::query("UPDATE sessions SET data = $2, expires_at = $3, account_id = $4, device = $5, seen_at = $6 WHERE id = $1")
            .bind(s.key)
            .bind(s.data)
            .bind(s.expires_at)
            .bind(s.account)
            .bind(s.device)
            .bind(now)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
    /// What is in a session that is neither idle for too long nor too old.
    ///
    /// # Errors
    /// The database's.
    pub async fn load_session(&self, key: &str, now: i64) -> Result<Option<String>> {
        let row = sqlx::query("SELECT data FROM sessions WHERE id = $1 AND expires_at > $2 AND created_at > $3")
            .bind(key)
            .bind(now)
            .bind(now - ABSOLUTE_MS)
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.map(|r| r.try_get("data")).transpose()?)
    }
    /// Ends a session.
    ///
    /// # Errors
    /// The database's.
    pub async fn delete_session(&self, key: &str) -> Result<()> {
        sqlx::query("DELETE FROM sessions WHERE id = $1").bind(key).execute(&self.pool).await?;
        Ok(())
    }
    /// Where an account is signed in, the latest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn devices(&self, account: &AccountId, now: i64) -> Result<Vec<Device>> {
        let rows = sqlx::query("SELECT id, device, created_at, seen_at FROM sessions WHERE account_id = $1 AND expires_at > $2 AND created_at > $3 ORDER BY seen_at DESC, id")
            .bind(account.as_str())
            .bind(now)
            .bind(now - ABSOLUTE_MS)
            .fetch_all(&self.pool)
            .await?;
        rows.iter()
            .map(|r| {
                Ok(Device {
                    key: r.try_get("id")?,
                    device: r.try_get("device")?,
                    created_at: r.try_get("created_at")?,
                    seen_at: r.try_get("seen_at")?,
                })
            })
            .collect()
    }
    /// Ends one session of an account; `false` if it has no such.
    ///
    /// # Errors
    /// The database's.
    pub async fn end_session(&self, account: &AccountId, key: &str) -> Result<bool> {
        let done = sqlx::query("DELETE FROM sessions WHERE account_id = $1 AND id = $2")
            .bind(account.as_str())
            .bind(key)
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() == 1)
    }
    /// Ends all sessions of an account but one.
    ///
    /// # Errors
    /// The database's.
    pub async fn end_other_sessions(&self, account: &AccountId, except: &str) -> Result<()> {
        let mut tx = self.begin_write().await?;
        end_sessions(&mut tx, account, except).await?;
        tx.commit().await?;
        Ok(())
    }
    /// Forgets expired sessions and links, and old attempts.
    ///
    /// # Errors
    /// The database's.
    pub async fn sweep(&self, now: i64) -> Result<()> {
        sqlx::query("DELETE FROM sessions WHERE expires_at <= $1 OR created_at <= $2")
            .bind(now)
            .bind(now - ABSOLUTE_MS)
            .execute(&self.pool)
            .await?;
        sqlx::query("DELETE FROM links WHERE expires_at <= $1").bind(now).execute(&self.pool).await?;
        sqlx::query("DELETE FROM attempts WHERE at < $1").bind(now - 86_400_000).execute(&self.pool).await?;
        self.forget_security(now).await
    }
}

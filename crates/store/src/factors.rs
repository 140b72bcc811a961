//! Second factors: codes of an app, recovery codes, passkeys.

use crate::access::CanOperate;
use crate::audit::{By, instance, log};
use crate::credentials::{Change, credentials_changed};
use crate::database::Store;
use crate::error::Result;
use crate::ids::AccountId;
use crate::outbox::{NewMail, enqueue};
use sqlx::Row;

/// A passkey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasskeyRow {
    /// Id of the credential, in base64url.
    pub id: String,
    /// As its owner calls it.
    pub name: String,
    /// What the library keeps of it, as JSON; nothing in it is secret.
    pub data: String,
    /// Epoch milliseconds.
    pub created_at: i64,
    /// Epoch milliseconds; 0 for never.
    pub used_at: i64,
}

/// What an account has besides its password.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Factors {
    /// The sealed seed of its app, or empty.
    pub totp: String,
    /// The last step of it that was used.
    pub totp_step: i64,
    /// Passkeys, the oldest first.
    pub passkeys: Vec<PasskeyRow>,
    /// Recovery codes that are left.
    pub codes: i64,
}

impl Factors {
    /// Whether a password alone is not enough.
    #[must_use]
    pub const fn any(&self) -> bool {
        !self.totp.is_empty() || !self.passkeys.is_empty()
    }
}

impl Store {
    /// What an account has besides its password.
    ///
    /// # Errors
    /// The database's.
    pub async fn factors(&self, id: &AccountId) -> Result<Factors> {
        let row = sqlx::query(
            "SELECT totp, totp_step, (SELECT COUNT(*) FROM recovery_codes c WHERE c.account_id = a.id) AS n FROM accounts a WHERE id = $1",
        )
        .bind(id.as_str())
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(Factors::default()) };
        let keys = sqlx::query("SELECT id, name, data, created_at, used_at FROM passkeys WHERE account_id = $1 ORDER BY created_at, id")
            .bind(id.as_str())
            .fetch_all(&self.pool)
            .await?;
        let key = |r: &sqlx::any::AnyRow| -> Result<PasskeyRow> {
            Ok(PasskeyRow {
                id: r.try_get("id")?,
                name: r.try_get("name")?,
                data: r.try_get("data")?,
                created_at: r.try_get("created_at")?,
                used_at: r.try_get("used_at")?,
            })
        };
        Ok(Factors {
            totp: row.try_get("totp")?,
            totp_step: row.try_get("totp_step")?,
            codes: row.try_get("n")?,
            passkeys: keys.iter().map(key).collect::<Result<_>>()?,
        })
    }

    /// Sets the sealed seed of an app, or takes it away with an empty one, and mails. `keep` is the session
    /// that does it.
    ///
    /// # Errors
    /// The database's.
    pub async fn set_totp(&self, id: &AccountId, sealed: &str, keep: &str, mail: &NewMail, now: i64) -> Result<()> {
        let mut tx = self.begin_write().await?;
        sqlx::query("UPDATE accounts SET totp = $2, totp_step = 0 WHERE id = $1").bind(id.as_str()).bind(sealed).execute(&mut *tx).await?;
        credentials_changed(&mut tx, id, Change::Factor, keep, false).await?;
        enqueue(&mut tx, mail, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Uses a step up; `false` if it or a later one was used before (RFC 6238 section 5.2).
    ///
    /// # Errors
    /// The database's.
    pub async fn use_totp_step(&self, id: &AccountId, step: i64) -> Result<bool> {
        let done = sqlx::query("UPDATE accounts SET totp_step = $2 WHERE id = $1 AND totp_step < $2")
            .bind(id.as_str())
            .bind(step)
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Gives an account fresh recovery codes in place of all it had.
    ///
    /// # Errors
    /// The database's.
    pub async fn set_codes(&self, id: &AccountId, hashes: &[String]) -> Result<()> {
        let mut tx = self.begin_write().await?;
        sqlx::query("DELETE FROM recovery_codes WHERE account_id = $1").bind(id.as_str()).execute(&mut *tx).await?;
        for hash in hashes {
            sqlx::query("INSERT INTO recovery_codes (account_id, hash) VALUES ($1, $2)")
                .bind(id.as_str())
                .bind(hash)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Uses a recovery code up.
    ///
    /// # Errors
    /// The database's.
    pub async fn take_code(&self, id: &AccountId, hash: &str) -> Result<bool> {
        let done = sqlx::query("DELETE FROM recovery_codes WHERE account_id = $1 AND hash = $2")
            .bind(id.as_str())
            .bind(hash)
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Adds a passkey, and mails; `false` if there is one of this id already. `keep` is the session that
    /// does it.
    ///
    /// # Errors
    /// The database's.
    pub async fn add_passkey(&self, id: &AccountId, key: &PasskeyRow, keep: &str, mail: &NewMail, now: i64) -> Result<bool> {
        let mut tx = self.begin_write().await?;
        let made =
            sqlx::query("INSERT INTO passkeys (id, account_id, name, data, created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING")
                .bind(&key.id)
                .bind(id.as_str())
                .bind(&key.name)
                .bind(&key.data)
                .bind(now)
                .execute(&mut *tx)
                .await?;
        if made.rows_affected() == 0 {
            return Ok(false);
        }
        credentials_changed(&mut tx, id, Change::Factor, keep, false).await?;
        enqueue(&mut tx, mail, now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Writes down that a passkey was used, with what the library keeps of it now.
    ///
    /// # Errors
    /// The database's.
    pub async fn passkey_used(&self, id: &AccountId, key: &str, data: &str, now: i64) -> Result<()> {
        sqlx::query("UPDATE passkeys SET data = $3, used_at = $4 WHERE account_id = $1 AND id = $2")
            .bind(id.as_str())
            .bind(key)
            .bind(data)
            .bind(now)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Takes a passkey away, and mails. `keep` is the session that does it.
    ///
    /// # Errors
    /// The database's.
    pub async fn remove_passkey(&self, id: &AccountId, key: &str, keep: &str, mail: &NewMail, now: i64) -> Result<bool> {
        let mut tx = self.begin_write().await?;
        let done =
            sqlx::query("DELETE FROM passkeys WHERE account_id = $1 AND id = $2").bind(id.as_str()).bind(key).execute(&mut *tx).await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        credentials_changed(&mut tx, id, Change::Factor, keep, false).await?;
        enqueue(&mut tx, mail, now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Takes every second factor of an account away, for somebody who has lost them.
    ///
    /// # Errors
    /// The database's.
    pub async fn reset_factors(&self, _: &CanOperate, id: &AccountId, by: &By, now: i64) -> Result<()> {
        let mut tx = self.begin_write().await?;
        for sql in [
            "UPDATE accounts SET totp = '', totp_step = 0 WHERE id = $1",
            "DELETE FROM passkeys WHERE account_id = $1",
            "DELETE FROM recovery_codes WHERE account_id = $1",
        ] {
            sqlx::query(sql).bind(id.as_str()).execute(&mut *tx).await?;
        }
        credentials_changed(&mut tx, id, Change::Factor, "", false).await?;
        log(&mut tx, instance(), by, "second factors taken away", id.as_str(), "", now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Every sealed value, for sealing it anew: account and seed.
    ///
    /// # Errors
    /// The database's.
    pub async fn sealed(&self, _: &CanOperate) -> Result<Vec<(AccountId, String)>> {
        let rows = sqlx::query("SELECT id, totp FROM accounts WHERE totp <> ''").fetch_all(&self.pool).await?;
        rows.iter().map(|r| Ok((AccountId::stored(r.try_get("id")?), r.try_get("totp")?))).collect()
    }

    /// Puts a value that was sealed anew in place of the one it was made from.
    ///
    /// # Errors
    /// The database's.
    pub async fn reseal(&self, _: &CanOperate, id: &AccountId, old: &str, new: &str) -> Result<bool> {
        let done = sqlx::query("UPDATE accounts SET totp = $3 WHERE id = $1 AND totp = $2")
            .bind(id.as_str())
            .bind(old)
            .bind(new)
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() == 1)
    }
}

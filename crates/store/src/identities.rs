//! Accounts that are signed in to by another site (OpenID Connect).

use crate::account::Account;
use crate::accounts::settle;
use crate::credentials::{Change, credentials_changed};
use crate::database::Store;
use crate::error::Result;
use crate::ids::AccountId;
use crate::outbox::{NewMail, enqueue};
use crate::workspaces::{first_name, found};
use sqlx::Row;

impl Store {
    /// The account of a person at another site.
    ///
    /// # Errors
    /// The database's.
    pub async fn account_by_identity(&self, issuer: &str, subject: &str) -> Result<Option<Account>> {
        let row = sqlx::query("SELECT account_id FROM identities WHERE issuer = $1 AND subject = $2")
            .bind(issuer)
            .bind(subject)
            .fetch_optional(&self.pool)
            .await?;
        match row {
            Some(r) => self.account(&AccountId::stored(r.try_get("account_id")?)).await,
            None => Ok(None),
        }
    }

    /// Whether an account is bound to somebody at this site.
    ///
    /// # Errors
    /// The database's.
    pub async fn has_identity(&self, id: &AccountId, issuer: &str) -> Result<bool> {
        let row = sqlx::query("SELECT 1 AS one FROM identities WHERE account_id = $1 AND issuer = $2")
            .bind(id.as_str())
            .bind(issuer)
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.is_some())
    }

    /// Makes an account of a person whose address another site has proved, with a workspace of its
    /// own and no password; `false` if the address has an account already, whose owner has to bind
    /// it themselves.
    ///
    /// # Errors
    /// The database's.
    pub async fn create_by_identity(&self, account: &Account, issuer: &str, subject: &str, now: i64) -> Result<bool> {
        let mut tx = self.begin_write().await?;
        sqlx::query("INSERT INTO accounts (id, email, email_key, password_hash, created_at) VALUES ($1, $2, $1, '', $3)")
            .bind(account.id.as_str())
            .bind(&account.email)
            .bind(now)
            .execute(&mut *tx)
            .await?;
        if settle(&mut tx, &account.id, &account.email, now).await?.is_some() {
            return Ok(false);
        }
        found(&mut tx, &account.id, first_name(&account.email), now).await?;
        insert(&mut tx, &account.id, issuer, subject, now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Binds an account to a person at another site, and mails; `false` if that person has another
    /// account here. `keep` is the session that does it.
    ///
    /// # Errors
    /// The database's.
    pub async fn bind_identity(&self, id: &AccountId, issuer: &str, subject: &str, keep: &str, mail: &NewMail, now: i64) -> Result<bool> {
        let mut tx = self.begin_write().await?;
        if !insert(&mut tx, id, issuer, subject, now).await? {
            return Ok(false);
        }
        credentials_changed(&mut tx, id, Change::Factor, keep, false).await?;
        enqueue(&mut tx, mail, now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Unbinds an account from a site, and mails. `keep` is the session that does it.
    ///
    /// # Errors
    /// The database's.
    pub async fn unbind_identity(&self, id: &AccountId, issuer: &str, keep: &str, mail: &NewMail, now: i64) -> Result<()> {
        let mut tx = self.begin_write().await?;
        sqlx::query("DELETE FROM identities WHERE account_id = $1 AND issuer = $2")
            .bind(id.as_str())
            .bind(issuer)
            .execute(&mut *tx)
            .await?;
        credentials_changed(&mut tx, id, Change::Factor, keep, false).await?;
        enqueue(&mut tx, mail, now).await?;
        tx.commit().await?;
        Ok(())
    }
}

async fn insert(tx: &mut sqlx::Transaction<'_, sqlx::Any>, id: &AccountId, issuer: &str, subject: &str, now: i64) -> Result<bool> {
    let made =
        sqlx::query("INSERT INTO identities (issuer, subject, account_id, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING")
            .bind(issuer)
            .bind(subject)
            .bind(id.as_str())
            .bind(now)
            .execute(&mut **tx)
            .await?;
    Ok(made.rows_affected() == 1)
}

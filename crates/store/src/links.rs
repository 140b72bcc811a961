//! Links that work once. The secret stands in the mail alone; the database knows its SHA-256.

use crate::database::Store;
use crate::error::Result;
use crate::ids::AccountId;
use sqlx::{Any, Row, Transaction};

/// What a link does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkKind {
    /// Proves the address of a new account.
    Verify,
    /// Sets a new password.
    Reset,
    /// Proves the address that an account wants to change to.
    Email,
}

impl LinkKind {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Verify => "verify",
            Self::Reset => "reset",
            Self::Email => "email",
        }
    }
}

/// A link to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLink {
    /// SHA-256 of its secret, hexadecimal.
    pub hash: String,
    /// What it does.
    pub kind: LinkKind,
    /// The new address, for [`LinkKind::Email`].
    pub detail: String,
    /// Epoch milliseconds.
    pub expires_at: i64,
}

pub(crate) async fn insert_link(tx: &mut Transaction<'_, Any>, account: &AccountId, link: &NewLink) -> Result<()> {
    sqlx::query("INSERT INTO links (hash, kind, account_id, detail, expires_at) VALUES ($1, $2, $3, $4, $5)")
        .bind(&link.hash)
        .bind(link.kind.word())
        .bind(account.as_str())
        .bind(&link.detail)
        .bind(link.expires_at)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Uses a link up.
pub(crate) async fn take_link(tx: &mut Transaction<'_, Any>, hash: &str, kind: LinkKind, now: i64) -> Result<Option<(AccountId, String)>> {
    let row = sqlx::query("DELETE FROM links WHERE hash = $1 AND kind = $2 AND expires_at > $3 RETURNING account_id, detail")
        .bind(hash)
        .bind(kind.word())
        .bind(now)
        .fetch_optional(&mut **tx)
        .await?;
    row.map(|r| Ok((AccountId::stored(r.try_get("account_id")?), r.try_get("detail")?))).transpose()
}

impl Store {
    /// Whose link this is, if it still works; it is not used up.
    ///
    /// # Errors
    /// The database's.
    pub async fn link(&self, hash: &str, kind: LinkKind, now: i64) -> Result<Option<(AccountId, String)>> {
        let row = sqlx::query("SELECT account_id, detail FROM links WHERE hash = $1 AND kind = $2 AND expires_at > $3")
            .bind(hash)
            .bind(kind.word())
            .bind(now)
            .fetch_optional(&self.pool)
            .await?;
        row.map(|r| Ok((AccountId::stored(r.try_get("account_id")?), r.try_get("detail")?))).transpose()
    }
}

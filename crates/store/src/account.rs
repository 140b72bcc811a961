//! A person's account.

use crate::error::Result;
use crate::ids::AccountId;
use sqlx::Row;

/// A person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Id.
    pub id: AccountId,
    /// As they wrote it.
    pub email: String,
    /// When they proved that the address is theirs, epoch milliseconds; 0 for not yet.
    pub verified_at: i64,
    /// argon2id, PHC string.
    pub password_hash: String,
    /// When it will be deleted, epoch milliseconds; 0 for never.
    pub delete_at: i64,
    /// Whether they run the instance.
    pub admin: bool,
    /// Since when they may sign in no longer, epoch milliseconds; 0 if they may.
    pub disabled_at: i64,
}

impl Account {
    /// A new one, not stored yet.
    #[must_use]
    pub fn new(email: &str, password_hash: &str) -> Self {
        Self {
            id: AccountId::new(),
            email: email.trim().to_owned(),
            verified_at: 0,
            password_hash: password_hash.to_owned(),
            delete_at: 0,
            admin: false,
            disabled_at: 0,
        }
    }
    /// Whether the address is proved.
    #[must_use]
    pub const fn is_verified(&self) -> bool {
        self.verified_at > 0
    }
}

pub(crate) const SELECT: &str = "SELECT a.id, a.email, a.verified_at, a.password_hash, a.delete_at, a.admin, a.disabled_at FROM accounts a";

pub(crate) fn account(row: sqlx::any::AnyRow) -> Result<Account> {
    Ok(Account {
        id: AccountId::stored(row.try_get("id")?),
        email: row.try_get("email")?,
        verified_at: row.try_get("verified_at")?,
        password_hash: row.try_get("password_hash")?,
        delete_at: row.try_get("delete_at")?,
        admin: row.try_get::<i64, _>("admin")? > 0,
        disabled_at: row.try_get("disabled_at")?,
    })
}

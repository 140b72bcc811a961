//! People, their workspaces, and what binds them.

use crate::{AccountId, Result, Store, StoreError, WorkspaceId};
use sqlx::Row;

/// A person with the workspace they work in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Id.
    pub id: AccountId,
    /// As they wrote it.
    pub email: String,
    /// argon2id, PHC string.
    pub password_hash: String,
    /// Their workspace.
    pub workspace: WorkspaceId,
}

/// Why an account was not created.
#[derive(Debug, thiserror::Error)]
pub enum NewAccountError {
    /// There is one with this address.
    #[error("the address is taken")]
    Taken,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Addresses are the same whatever their case.
fn email_key(email: &str) -> String {
    email.trim().to_lowercase()
}

impl Store {
    /// Creates an account with a workspace of its own.
    ///
    /// # Errors
    /// [`NewAccountError::Taken`], or the database's.
    pub async fn create_account(&self, email: &str, password_hash: &str, now: i64) -> std::result::Result<Account, NewAccountError> {
        let account = Account {
            id: AccountId::new(),
            email: email.trim().to_owned(),
            password_hash: password_hash.to_owned(),
            workspace: WorkspaceId::new(),
        };
        let mut tx = self.begin_write().await?;
        let made = sqlx::query("INSERT INTO accounts (id, email, email_key, password_hash, created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (email_key) DO NOTHING")
            .bind(account.id.as_str())
            .bind(&account.email)
            .bind(email_key(email))
            .bind(password_hash)
            .bind(now)
            .execute(&mut *tx)
            .await
            .map_err(StoreError::from)?;
        if made.rows_affected() == 0 {
            return Err(NewAccountError::Taken);
        }
        let name = account.email.split('@').next().unwrap_or("").to_owned();
        sqlx::query("INSERT INTO workspaces (id, name, created_at) VALUES ($1, $2, $3)")
            .bind(account.workspace.as_str())
            .bind(name)
            .bind(now)
            .execute(&mut *tx)
            .await
            .map_err(StoreError::from)?;
        sqlx::query("INSERT INTO members (workspace_id, account_id, role, created_at) VALUES ($1, $2, 'owner', $3)")
            .bind(account.workspace.as_str())
            .bind(account.id.as_str())
            .bind(now)
            .execute(&mut *tx)
            .await
            .map_err(StoreError::from)?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(account)
    }

    /// The account with this address.
    ///
    /// # Errors
    /// The database's.
    pub async fn account_by_email(&self, email: &str) -> Result<Option<Account>> {
        let row = sqlx::query("SELECT a.id, a.email, a.password_hash, m.workspace_id FROM accounts a JOIN members m ON m.account_id = a.id WHERE a.email_key = $1 ORDER BY m.created_at LIMIT 1").bind(email_key(email)).fetch_optional(&self.pool).await?;
        row.map(account).transpose()
    }

    /// The account of a session.
    ///
    /// # Errors
    /// The database's.
    pub async fn account(&self, id: &AccountId) -> Result<Option<Account>> {
        let row = sqlx::query("SELECT a.id, a.email, a.password_hash, m.workspace_id FROM accounts a JOIN members m ON m.account_id = a.id WHERE a.id = $1 ORDER BY m.created_at LIMIT 1").bind(id.as_str()).fetch_optional(&self.pool).await?;
        row.map(account).transpose()
    }
}

fn account(row: sqlx::any::AnyRow) -> Result<Account> {
    Ok(Account {
        id: AccountId::stored(row.try_get("id")?),
        email: row.try_get("email")?,
        password_hash: row.try_get("password_hash")?,
        workspace: WorkspaceId::stored(row.try_get("workspace_id")?),
    })
}

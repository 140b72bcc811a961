//! Secrets of programs.

use crate::access::{Member, Scope};
use crate::account::Account;
use crate::audit::{By, log};
use crate::database::Store;
use crate::error::Result;
use crate::ids::{AccountId, ProjectId};
use crate::project::find_project;
use crate::quota::Quota;
use crate::quotas::within;
use sqlx::Row;

/// A token, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Id.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// Its beginning, to recognise it by.
    pub shown: String,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// The one project that it is for, if it is.
    pub project: Option<ProjectId>,
    /// Whose it is.
    pub account: AccountId,
    /// Epoch milliseconds.
    pub created_at: i64,
    /// Epoch milliseconds; 0 for never.
    pub expires_at: i64,
    /// When it was last used, epoch milliseconds, to ten minutes; 0 for never.
    pub used_at: i64,
}

/// The last use is written down this often at most.
const TOUCH_MS: i64 = 10 * 60_000;
const COLUMNS: &str = "id, name, shown, scopes, project_id, account_id, created_at, expires_at, used_at";

fn token(r: &sqlx::any::AnyRow) -> Result<Token> {
    let text = |name: &str| r.try_get::<String, _>(name);
    let project = text("project_id")?;
    Ok(Token {
        id: text("id")?,
        name: text("name")?,
        shown: text("shown")?,
        scopes: text("scopes")?.split(' ').filter_map(Scope::from_word).collect(),
        project: (!project.is_empty()).then(|| ProjectId::stored(project)),
        account: AccountId::stored(text("account_id")?),
        created_at: r.try_get("created_at")?,
        expires_at: r.try_get("expires_at")?,
        used_at: r.try_get("used_at")?,
    })
}

impl Store {
    /// Makes a token of a member for their own place, and for a project that they see there. A token cannot make another.
    ///
    /// # Errors
    /// The database's, too many tokens, and a project that is not theirs.
    pub async fn create_token(&self, member: &Member, token: &Token, hash: &str, by: &By, now: i64) -> Result<()> {
        let mut tx = self.begin_write().await?;
        let workspace = member.workspace().as_str();
        within(&mut tx, workspace, Quota::Tokens, now).await?;
        if let Some(id) = &token.project {
            let seen = member.only().is_none_or(|list| list.contains(id));
            if !seen || find_project(&mut tx, workspace, id.as_str()).await?.is_none() {
                return Err(sqlx::Error::RowNotFound.into());
            }
        }
        let scopes = token.scopes.iter().map(|s| s.word()).collect::<Vec<_>>().join(" ");
        sqlx::query("INSERT INTO tokens (id, workspace_id, project_id, account_id, name, shown, hash, scopes, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)")
            .bind(&token.id)
            .bind(workspace)
            .bind(token.project.as_ref().map_or("", ProjectId::as_str))
            .bind(member.account().as_str())
            .bind(&token.name)
            .bind(&token.shown)
            .bind(hash)
            .bind(&scopes)
            .bind(now)
            .bind(token.expires_at)
            .execute(&mut *tx)
            .await?;
        log(&mut tx, workspace, by, "token made", &token.name, &scopes, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The tokens of a place: one's own, and for an owner everybody's.
    ///
    /// # Errors
    /// The database's.
    pub async fn tokens(&self, member: &Member) -> Result<Vec<Token>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM tokens WHERE workspace_id = $1 AND ($2 = '' OR account_id = $2) ORDER BY created_at DESC, id DESC"
        );
        let whose = if member.manage().is_some() { "" } else { member.account().as_str() };
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(member.workspace().as_str()).bind(whose).fetch_all(&self.pool).await?;
        rows.iter().map(token).collect()
    }

    /// Ends a token of the place; `false` if it is not there.
    ///
    /// # Errors
    /// The database's.
    pub async fn revoke_token(&self, member: &Member, id: &str, by: &By, now: i64) -> Result<bool> {
        let whose = if member.manage().is_some() { "" } else { member.account().as_str() };
        let mut tx = self.begin_write().await?;
        let row = sqlx::query("DELETE FROM tokens WHERE workspace_id = $1 AND id = $2 AND ($3 = '' OR account_id = $3) RETURNING name")
            .bind(member.workspace().as_str())
            .bind(id)
            .bind(whose)
            .fetch_optional(&mut *tx)
            .await?;
        let Some(row) = row else { return Ok(false) };
        log(&mut tx, member.workspace().as_str(), by, "token ended", &row.try_get::<String, _>("name")?, "", now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Who uses a token, and their place as the token sees it: what the token allows, and no more
    /// than its owner may at this moment.
    ///
    /// # Errors
    /// The database's.
    pub async fn token_place(&self, hash: &str, now: i64) -> Result<Option<(Account, Member, Token)>> {
        let sql = format!("SELECT {COLUMNS}, workspace_id FROM tokens WHERE hash = $1 AND (expires_at = 0 OR expires_at > $2)");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(hash).bind(now).fetch_optional(&self.pool).await?;
        let Some(row) = row else { return Ok(None) };
        let (found, workspace): (Token, String) = (token(&row)?, row.try_get("workspace_id")?);
        let Some(account) = self.account(&found.account).await?.filter(|a| a.disabled_at == 0) else { return Ok(None) };
        let place = self.memberships(&account.id).await?.into_iter().find(|m| m.workspace().as_str() == workspace);
        let Some(place) = place else { return Ok(None) };
        if now - found.used_at > TOUCH_MS {
            sqlx::query("UPDATE tokens SET used_at = $2 WHERE id = $1").bind(&found.id).bind(now).execute(&self.pool).await?;
        }
        Ok(Some((account, place.narrowed(found.scopes.clone(), found.project.clone()), found)))
    }

    /// Begins a creation that carries a key: `None` if it is new, else how the first one ended
    /// (status 0 while it is under way) and whether it was the same request.
    ///
    /// # Errors
    /// The database's.
    pub async fn begin_once(&self, key: &str, request: &str, now: i64) -> Result<Option<(i64, String, bool)>> {
        let made = sqlx::query("INSERT INTO idempotency (key, request, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
            .bind(key)
            .bind(request)
            .bind(now)
            .execute(&self.pool)
            .await?;
        if made.rows_affected() == 1 {
            return Ok(None);
        }
        let row = sqlx::query("SELECT status, body, request FROM idempotency WHERE key = $1").bind(key).fetch_optional(&self.pool).await?;
        row.map(|r| Ok((r.try_get("status")?, r.try_get("body")?, r.try_get::<String, _>("request")? == request))).transpose()
    }

    /// Keeps how a creation ended. One that failed on our side may be tried again, and so may one that was
    /// refused: the right to it, or the time for it, may come.
    ///
    /// # Errors
    /// The database's.
    pub async fn end_once(&self, key: &str, status: i64, body: &str) -> Result<()> {
        let query = if status >= 500 || matches!(status, 401 | 403 | 404 | 429) {
            sqlx::query("DELETE FROM idempotency WHERE key = $1").bind(key)
        } else {
            sqlx::query("UPDATE idempotency SET status = $2, body = $3 WHERE key = $1").bind(key).bind(status).bind(body)
        };
        query.execute(&self.pool).await?;
        Ok(())
    }

    /// Forgets the keys of creations.
    ///
    /// # Errors
    /// The database's.
    pub async fn forget_once(&self, before: i64) -> Result<()> {
        sqlx::query("DELETE FROM idempotency WHERE created_at < $1").bind(before).execute(&self.pool).await?;
        Ok(())
    }
}

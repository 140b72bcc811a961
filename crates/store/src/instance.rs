//! What the administrator of an instance sees and does. Nothing here is bound to a workspace, so
//! each of these demands the proof that somebody runs the instance.

use crate::access::CanOperate;
use crate::accounts::settle;
use crate::audit::{By, instance, log};
use crate::columns::{Number, Text};
use crate::database::{Engine, Store};
use crate::error::Result;
use crate::ids::AccountId;
use crate::quota::Quotas;
use crate::sessions::end_sessions;
use sqlx::Row;

/// In the log once somebody runs the instance: the link that makes the first administrator ends then.
const FIRST_ADMIN: &str = "first administrator";

/// An account in the administrator's list.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct UserRow {
    /// Id.
    pub id: AccountId,
    /// Address.
    pub email: String,
    /// Whether it is proved.
    #[sqlx(try_from = "Number", rename = "verified_at")]
    pub verified: bool,
    /// Whether they run the instance.
    #[sqlx(try_from = "Number")]
    pub admin: bool,
    /// Whether they may sign in no longer.
    #[sqlx(try_from = "Number", rename = "disabled_at")]
    pub disabled: bool,
    /// Workspaces.
    pub workspaces: i64,
    /// Epoch milliseconds.
    pub created_at: i64,
}

/// A workspace in the administrator's list.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct WorkspaceRow {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Members.
    pub members: i64,
    /// Projects.
    pub projects: i64,
    /// What it may hold.
    #[sqlx(try_from = "Text")]
    pub quotas: Quotas,
}

/// How the instance is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Accounts.
    pub accounts: i64,
    /// Workspaces.
    pub workspaces: i64,
    /// Projects.
    pub projects: i64,
    /// Scans that wait.
    pub waiting: i64,
    /// Since when the oldest of them waits, epoch milliseconds; 0 for none.
    pub oldest: i64,
    /// Scans that run.
    pub running: i64,
    /// Mail to be sent.
    pub mail: i64,
    /// Mail that was given up.
    pub dead_mail: i64,
    /// Results of a former build that are still to be moved.
    pub to_move: i64,
    /// Bytes of the database.
    pub bytes: i64,
}

impl Store {
    /// Whether nobody runs the instance yet.
    ///
    /// # Errors
    /// The database's.
    pub async fn has_no_admin(&self) -> Result<bool> {
        let row = sqlx::query("SELECT 1 AS one WHERE EXISTS (SELECT 1 FROM accounts WHERE admin = 1) OR EXISTS (SELECT 1 FROM audit WHERE workspace_id = $1 AND deed = $2)")
            .bind(instance())
            .bind(FIRST_ADMIN)
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.is_none())
    }

    /// Makes an account the administrator of an instance that never had one; whether it was the first. Who
    /// has the link has the instance's console, so the address counts as confirmed.
    ///
    /// # Errors
    /// The database's.
    pub async fn first_admin(&self, id: &AccountId, by: &By, now: i64) -> Result<bool> {
        let mut tx = self.begin_write().await?;
        let done = sqlx::query("UPDATE accounts SET admin = 1 WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM accounts WHERE admin = 1) AND NOT EXISTS (SELECT 1 FROM audit WHERE workspace_id = $2 AND deed = $3)")
            .bind(id.as_str())
            .bind(instance())
            .bind(FIRST_ADMIN)
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        let email: String =
            sqlx::query("SELECT email FROM accounts WHERE id = $1").bind(id.as_str()).fetch_one(&mut *tx).await?.try_get("email")?;
        if settle(&mut tx, id, &email, now).await?.is_some() {
            // Somebody has proved this address before; they are made administrator at the console.
            return Ok(false);
        }
        log(&mut tx, instance(), by, FIRST_ADMIN, id.as_str(), "", now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Makes somebody an administrator, or not any more.
    ///
    /// # Errors
    /// The database's.
    pub async fn set_admin(&self, _: &CanOperate, id: &AccountId, admin: bool, by: &By, now: i64) -> Result<()> {
        let mut tx = self.begin_write().await?;
        sqlx::query("UPDATE accounts SET admin = $2 WHERE id = $1").bind(id.as_str()).bind(i64::from(admin)).execute(&mut *tx).await?;
        let deed = if admin { "administrator made" } else { "administrator no more" };
        log(&mut tx, instance(), by, deed, id.as_str(), "", now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Lets somebody sign in no longer, ending every session; or lets them again with 0.
    ///
    /// # Errors
    /// The database's.
    pub async fn set_disabled(&self, _: &CanOperate, id: &AccountId, at: i64, by: &By, now: i64) -> Result<()> {
        let mut tx = self.begin_write().await?;
        sqlx::query("UPDATE accounts SET disabled_at = $2 WHERE id = $1").bind(id.as_str()).bind(at).execute(&mut *tx).await?;
        if at > 0 {
            end_sessions(&mut tx, id, "").await?;
        }
        log(&mut tx, instance(), by, if at > 0 { "account switched off" } else { "account switched on" }, id.as_str(), "", now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Accounts whose address holds some words, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn users(&self, _: &CanOperate, words: &str, limit: i64) -> Result<Vec<UserRow>> {
        Ok(sqlx::query_as(
            "SELECT a.id, a.email, a.verified_at, a.admin, a.disabled_at, a.created_at, (SELECT COUNT(*) FROM members m WHERE m.account_id = a.id) AS workspaces
             FROM accounts a WHERE LOWER(a.email) LIKE '%' || LOWER($1) || '%' ORDER BY a.created_at DESC, a.id LIMIT $2",
        )
        .bind(words)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?)
    }

    /// Every workspace, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn workspaces(&self, _: &CanOperate, limit: i64) -> Result<Vec<WorkspaceRow>> {
        Ok(sqlx::query_as(
            "SELECT w.id, w.name, w.quotas, (SELECT COUNT(*) FROM members m WHERE m.workspace_id = w.id) AS members,
                    (SELECT COUNT(*) FROM projects p WHERE p.workspace_id = w.id) AS projects
             FROM workspaces w WHERE w.id <> 'preview' ORDER BY w.created_at DESC, w.id LIMIT $1",
        )
        .bind(limit)
        .fetch_all(&self.pool)
        .await?)
    }

    /// Sets what a workspace may hold; whether it exists.
    ///
    /// # Errors
    /// The database's.
    pub async fn set_quotas(&self, _: &CanOperate, workspace: &str, quotas: &Quotas, by: &By, now: i64) -> Result<bool> {
        let text = serde_json::to_string(quotas)?;
        let mut tx = self.begin_write().await?;
        let done = sqlx::query("UPDATE workspaces SET quotas = $2 WHERE id = $1").bind(workspace).bind(&text).execute(&mut *tx).await?;
        log(&mut tx, instance(), by, "quotas set", workspace, &text, now).await?;
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// How the instance is doing.
    ///
    /// # Errors
    /// The database's.
    pub async fn instance_health(&self, _: &CanOperate) -> Result<Health> {
        let size = match self.engine {
            Engine::Sqlite => "SELECT (SELECT page_count FROM pragma_page_count()) * (SELECT page_size FROM pragma_page_size()) AS n",
            Engine::Postgres => "SELECT pg_database_size(current_database()) AS n",
        };
        let n = async |sql: &'static str| -> Result<i64> { Ok(sqlx::query(sql).fetch_one(&self.pool).await?.try_get("n")?) };
        Ok(Health {
            accounts: n("SELECT COUNT(*) AS n FROM accounts").await?,
            workspaces: n("SELECT COUNT(*) AS n FROM workspaces WHERE id <> 'preview'").await?,
            projects: n("SELECT COUNT(*) AS n FROM projects").await?,
            waiting: n("SELECT COUNT(*) AS n FROM scans WHERE status = 'queued'").await?,
            oldest: n("SELECT COALESCE(MIN(queued_at), 0) AS n FROM scans WHERE status = 'queued'").await?,
            running: n("SELECT COUNT(*) AS n FROM scans WHERE status = 'running'").await?,
            mail: n("SELECT COUNT(*) AS n FROM outbox WHERE status = 'waiting'").await?,
            dead_mail: n("SELECT COUNT(*) AS n FROM outbox WHERE status = 'dead'").await?,
            to_move: n("SELECT COUNT(*) AS n FROM results").await?,
            bytes: n(size).await?,
        })
    }

    /// Has mail that was given up tried once more; `true` if it was there.
    ///
    /// # Errors
    /// The database's.
    pub async fn retry_mail(&self, _: &CanOperate, id: &str, by: &By, now: i64) -> Result<bool> {
        let mut tx = self.begin_write().await?;
        let done = sqlx::query("UPDATE outbox SET status = 'waiting', attempts = 0, due_at = $2 WHERE id = $1 AND status = 'dead'")
            .bind(id)
            .bind(now)
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 1 {
            log(&mut tx, instance(), by, "mail tried again", id, "", now).await?;
            tx.commit().await?;
        }
        Ok(done.rows_affected() == 1)
    }

    /// What is wrong inside the database, a sentence each: the engine's own check, and rows that
    /// belong to nothing.
    ///
    /// # Errors
    /// The database's.
    pub async fn examine(&self, _: &CanOperate) -> Result<Vec<String>> {
        let mut wrong = vec![];
        if self.engine == Engine::Sqlite {
            for row in sqlx::query("PRAGMA integrity_check").fetch_all(&self.pool).await? {
                let said: String = row.try_get(0)?;
                if said != "ok" {
                    wrong.push(format!("SQLite's integrity check says: {said}."));
                }
            }
            // Ours has neither: one that has runs what somebody else wrote whenever rows change.
            let alive = "SELECT type, name FROM sqlite_master WHERE type IN ('trigger', 'view') ORDER BY name";
            for row in sqlx::query(alive).fetch_all(&self.pool).await? {
                let (kind, name): (String, String) = (row.try_get("type")?, row.try_get("name")?);
                wrong.push(format!("It holds a {kind} of its own, {name:?}, that Launch Ready did not make."));
            }
        }
        for (what, sql) in [
            (
                "projects without a workspace",
                "SELECT COUNT(*) AS n FROM projects p WHERE NOT EXISTS (SELECT 1 FROM workspaces w WHERE w.id = p.workspace_id)",
            ),
            (
                "scans of projects that are gone",
                "SELECT COUNT(*) AS n FROM scans s WHERE s.project_id <> '' AND NOT EXISTS (SELECT 1 FROM projects p WHERE p.id = s.project_id AND p.workspace_id = s.workspace_id)",
            ),
            (
                "results without a scan",
                "SELECT COUNT(*) AS n FROM assessments r WHERE NOT EXISTS (SELECT 1 FROM scans s WHERE s.id = r.scan_id AND s.workspace_id = r.workspace_id)",
            ),
            (
                "finished scans without a result",
                "SELECT COUNT(*) AS n FROM scans s WHERE s.status = 'finished' AND NOT EXISTS (SELECT 1 FROM assessments r WHERE r.scan_id = s.id) AND NOT EXISTS (SELECT 1 FROM results r WHERE r.scan_id = s.id)",
            ),
            (
                "pieces of evidence whose base is gone",
                "SELECT COUNT(*) AS n FROM pieces p WHERE p.base <> '' AND NOT EXISTS (SELECT 1 FROM pieces b WHERE b.id = p.base AND b.base = '')",
            ),
            (
                "results whose base is gone",
                "SELECT COUNT(*) AS n FROM assessments a WHERE a.base <> '' AND NOT EXISTS (SELECT 1 FROM assessments b WHERE b.id = a.base AND b.base = '')",
            ),
            (
                "members who have no account",
                "SELECT COUNT(*) AS n FROM members m WHERE NOT EXISTS (SELECT 1 FROM accounts a WHERE a.id = m.account_id)",
            ),
            (
                "workspaces without an owner",
                "SELECT COUNT(*) AS n FROM workspaces w WHERE w.id <> 'preview' AND NOT EXISTS (SELECT 1 FROM members m WHERE m.workspace_id = w.id AND m.role = 'owner')",
            ),
            ("mails that were given up", "SELECT COUNT(*) AS n FROM outbox WHERE status = 'dead'"),
        ] {
            let n: i64 = sqlx::query(sql).fetch_one(&self.pool).await?.try_get("n")?;
            if n > 0 {
                wrong.push(format!("{n} {what}."));
            }
        }
        Ok(wrong)
    }

    /// Copies a SQLite database while it is in use; `false` for Postgres, which has its own tools.
    ///
    /// # Errors
    /// The database's, also if the file exists.
    pub async fn backup(&self, _: &CanOperate, to: &str) -> Result<bool> {
        if self.engine == Engine::Postgres {
            return Ok(false);
        }
        sqlx::query("VACUUM INTO $1").bind(to).execute(&self.pool).await?;
        Ok(true)
    }
}

//! The log of a workspace: who did what, when, from where. It is written in the transaction of the
//! deed, and only ever grows.

use crate::access::{CanManage, CanOperate};
use crate::database::Store;
use crate::error::Result;
use crate::ids::PREVIEW;
use sqlx::{Any, Row, Transaction};

/// Who does something, and from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct By {
    /// Their address, as it is now.
    pub actor: String,
    /// Network address.
    pub from: String,
}

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// Epoch milliseconds.
    pub at: i64,
    /// Who.
    pub actor: String,
    /// From which network address.
    pub origin: String,
    /// What.
    pub deed: String,
    /// To what or whom.
    pub subject: String,
    /// Before and after, in short.
    pub detail: String,
}

pub(crate) async fn log(
    tx: &mut Transaction<'_, Any>,
    workspace: &str,
    by: &By,
    deed: &str,
    subject: &str,
    detail: &str,
    now: i64,
) -> Result<()> {
    sqlx::query("INSERT INTO audit (id, workspace_id, at, actor, origin, deed, subject, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)")
        .bind(uuid::Uuid::now_v7().to_string())
        .bind(workspace)
        .bind(now)
        .bind(&by.actor)
        .bind(&by.from)
        .bind(deed)
        .bind(subject)
        .bind(detail)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The same about a project, which is named by its domain.
pub(crate) async fn log_project(
    tx: &mut Transaction<'_, Any>,
    workspace: &str,
    by: &By,
    deed: &str,
    project: &str,
    detail: &str,
    now: i64,
) -> Result<()> {
    let row = sqlx::query("SELECT domain FROM projects WHERE id = $1").bind(project).fetch_optional(&mut **tx).await?;
    let domain: String = row.map(|r| r.try_get("domain")).transpose()?.unwrap_or_default();
    log(tx, workspace, by, deed, &domain, detail, now).await
}

/// The log of the instance stands under the workspace that has no members.
pub(crate) fn instance() -> &'static str {
    PREVIEW.as_str()
}

impl Store {
    /// The newest lines of a workspace's log that hold some words; empty for all.
    ///
    /// # Errors
    /// The database's.
    pub async fn audit(&self, proof: &CanManage, words: &str, limit: i64) -> Result<Vec<AuditRow>> {
        self.lines(proof.workspace(), words, limit).await
    }

    /// The newest lines of the instance's log: what its administrators did.
    ///
    /// # Errors
    /// The database's.
    pub async fn instance_log(&self, _: &CanOperate, limit: i64) -> Result<Vec<AuditRow>> {
        self.lines(instance(), "", limit).await
    }

    async fn lines(&self, workspace: &str, words: &str, limit: i64) -> Result<Vec<AuditRow>> {
        let rows = sqlx::query(
            "SELECT at, actor, origin, deed, subject, detail FROM audit WHERE workspace_id = $1
               AND ($2 = '' OR LOWER(actor || ' ' || deed || ' ' || subject || ' ' || detail || ' ' || origin) LIKE '%' || LOWER($2) || '%')
             ORDER BY at DESC, id DESC LIMIT $3",
        )
        .bind(workspace)
        .bind(words)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|r| {
                Ok(AuditRow {
                    at: r.try_get("at")?,
                    actor: r.try_get("actor")?,
                    origin: r.try_get("origin")?,
                    deed: r.try_get("deed")?,
                    subject: r.try_get("subject")?,
                    detail: r.try_get("detail")?,
                })
            })
            .collect()
    }
}

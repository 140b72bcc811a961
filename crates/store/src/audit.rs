//! The log of a workspace: who did what, when, from where. It is written in the transaction of the
//! deed, and only ever grows.

use crate::access::CanManage;
use crate::{Result, Store};
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

impl Store {
    /// The newest lines of a workspace's log.
    ///
    /// # Errors
    /// The database's.
    pub async fn audit(&self, proof: &CanManage, limit: i64) -> Result<Vec<AuditRow>> {
        let rows = sqlx::query(
            "SELECT at, actor, origin, deed, subject, detail FROM audit WHERE workspace_id = $1 ORDER BY at DESC, id DESC LIMIT $2",
        )
        .bind(proof.workspace())
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

//! Links that show a project or one scan to whoever has them, and badges.

use crate::access::{CanRead, CanWork};
use crate::audit::{By, log_project};
use crate::database::Store;
use crate::error::Result;
use crate::ids::{ProjectId, ScanId, WorkspaceId};
use crate::scan::summary;
use readiness::Verdict;
use sqlx::Row;
use sqlx::any::AnyRow;

/// A shared link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// Id; the secret is in the link alone.
    pub id: String,
    /// Of which project.
    pub project: ProjectId,
    /// Of one scan; none for whatever is newest.
    pub scan: Option<ScanId>,
    /// What it is for.
    pub label: String,
    /// argon2id; empty for none.
    pub password_hash: String,
    /// Epoch milliseconds.
    pub created_at: i64,
    /// Epoch milliseconds; 0 for never.
    pub expires_at: i64,
    /// How often it was opened.
    pub views: i64,
}

const COLUMNS: &str = "id, project_id, scan_id, label, password_hash, created_at, expires_at, views";

fn share(r: &AnyRow) -> Result<Share> {
    let text = |name: &str| r.try_get::<String, _>(name);
    let scan = text("scan_id")?;
    Ok(Share {
        id: text("id")?,
        project: ProjectId::stored(text("project_id")?),
        scan: (!scan.is_empty()).then(|| ScanId::stored(scan)),
        label: text("label")?,
        password_hash: text("password_hash")?,
        created_at: r.try_get("created_at")?,
        expires_at: r.try_get("expires_at")?,
        views: r.try_get("views")?,
    })
}

impl Store {
    /// Makes a link, found by the SHA-256 of its secret.
    ///
    /// # Errors
    /// The database's, a project of another workspace, and a scan of another project.
    pub async fn create_share(&self, proof: &CanWork, new: &Share, hash: &str, by: &By, now: i64) -> Result<()> {
        let mut tx = self.begin_write().await?;
        let done = sqlx::query("INSERT INTO shares (id, workspace_id, project_id, scan_id, label, hash, password_hash, created_by, created_at, expires_at) SELECT $1, workspace_id, id, $4, $5, $6, $7, $8, $9, $10 FROM projects p
             WHERE workspace_id = $2 AND id = $3 AND ($4 = '' OR EXISTS (SELECT 1 FROM scans s WHERE s.id = $4 AND s.workspace_id = $2 AND s.project_id = $3))")
            .bind(&new.id)
            .bind(proof.workspace())
            .bind(proof.project())
            .bind(new.scan.as_ref().map_or("", ScanId::as_str))
            .bind(&new.label)
            .bind(hash)
            .bind(&new.password_hash)
            .bind(&by.actor)
            .bind(now)
            .bind(new.expires_at)
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            return Err(sqlx::Error::RowNotFound.into());
        }
        log_project(&mut tx, proof.workspace(), by, "link shared", proof.project(), &new.label, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The links of a project, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn shares(&self, proof: &CanWork) -> Result<Vec<Share>> {
        let sql = format!("SELECT {COLUMNS} FROM shares WHERE workspace_id = $1 AND project_id = $2 ORDER BY created_at DESC, id DESC");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(proof.workspace()).bind(proof.project()).fetch_all(&self.pool).await?;
        rows.iter().map(share).collect()
    }

    /// Ends a link; `false` if there was none.
    ///
    /// # Errors
    /// The database's.
    pub async fn revoke_share(&self, proof: &CanWork, id: &str, by: &By, now: i64) -> Result<bool> {
        let mut tx = self.begin_write().await?;
        let row = sqlx::query("DELETE FROM shares WHERE workspace_id = $1 AND project_id = $2 AND id = $3 RETURNING label")
            .bind(proof.workspace())
            .bind(proof.project())
            .bind(id)
            .fetch_optional(&mut *tx)
            .await?;
        let Some(row) = row else { return Ok(false) };
        let label: String = row.try_get("label")?;
        log_project(&mut tx, proof.workspace(), by, "shared link ended", proof.project(), &label, now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// The link of a secret, with the proof that it gives: its one project may be read.
    ///
    /// # Errors
    /// The database's.
    pub async fn share(&self, hash: &str, now: i64) -> Result<Option<(Share, CanRead)>> {
        let sql = format!("SELECT {COLUMNS}, workspace_id FROM shares WHERE hash = $1 AND (expires_at = 0 OR expires_at > $2)");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(hash).bind(now).fetch_optional(&self.pool).await?;
        row.map(|r| {
            let found = share(&r)?;
            let read = CanRead::shared(WorkspaceId::stored(r.try_get("workspace_id")?), found.project.clone());
            Ok((found, read))
        })
        .transpose()
    }

    /// Counts that a link was opened.
    ///
    /// # Errors
    /// The database's.
    pub async fn count_view(&self, hash: &str) -> Result<()> {
        sqlx::query("UPDATE shares SET views = views + 1 WHERE hash = $1").bind(hash).execute(&self.pool).await?;
        Ok(())
    }

    /// The public id of the project's badge; empty while it has none.
    ///
    /// # Errors
    /// The database's.
    pub async fn badge_id(&self, proof: &CanWork) -> Result<String> {
        let row = sqlx::query("SELECT badge FROM projects WHERE workspace_id = $1 AND id = $2")
            .bind(proof.workspace())
            .bind(proof.project())
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.map(|r| r.try_get("badge")).transpose()?.unwrap_or_default())
    }

    /// Gives the project a badge with this public id, or takes it away with an empty one.
    ///
    /// # Errors
    /// The database's.
    pub async fn set_badge(&self, proof: &CanWork, id: &str, by: &By, now: i64) -> Result<()> {
        let mut tx = self.begin_write().await?;
        let done = sqlx::query("UPDATE projects SET badge = $3 WHERE workspace_id = $1 AND id = $2")
            .bind(proof.workspace())
            .bind(proof.project())
            .bind(id)
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            return Ok(());
        }
        log_project(&mut tx, proof.workspace(), by, if id.is_empty() { "badge off" } else { "badge on" }, proof.project(), "", now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Verdict and score of a badge's project; the inner `None` before its first scan.
    ///
    /// # Errors
    /// The database's.
    #[allow(clippy::type_complexity, reason = "a pair that may be missing")]
    pub async fn badge(&self, id: &str) -> Result<Option<Option<(Verdict, f64)>>> {
        if id.is_empty() {
            return Ok(None);
        }
        let row = sqlx::query("SELECT id FROM projects WHERE badge = $1").bind(id).fetch_optional(&self.pool).await?;
        let Some(row) = row else { return Ok(None) };
        let scan = sqlx::query("SELECT id, status, queued_at, finished_at, verdict, score, coverage, blockers, low, high FROM scans WHERE project_id = $1 AND status = 'finished' ORDER BY finished_at DESC, id DESC LIMIT 1")
            .bind(row.try_get::<String, _>("id")?)
            .fetch_optional(&self.pool)
            .await?;
        let newest = scan.map(|r| summary(&r)).transpose()?;
        Ok(Some(newest.and_then(|s| s.verdict.zip(s.score))))
    }
}

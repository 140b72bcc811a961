//! The workers' side of scans: claiming, leases, finishing. Not bound to a caller's workspace,
//! since a worker serves all of them; nothing here is reachable from a request.

use crate::channels::{Event, announce};
use crate::database::Store;
use crate::error::Result;
use crate::ids::{ScanId, WorkspaceId};
use crate::judging::{Before, Judged, judge_scan};
use crate::pieces::{At, moment, put};
use crate::scan::{Progress, SCAN, Scan};
use readiness::{Ledger, Outside, Piece, Source};
use sqlx::{FromRow, Row};

/// Tries after which a scan is given up.
pub const MAX_ATTEMPTS: i64 = 15;

/// A worker's hold on a scan, which it must renew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The scan.
    pub scan: ScanId,
    /// A name that no other worker has, new for each claim.
    pub owner: String,
}

/// A claimed scan.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The hold on it.
    pub lease: Lease,
    /// Whose it is.
    pub workspace: WorkspaceId,
    /// What to do.
    pub scan: Scan,
}

impl Store {
    /// Claims the next scan, fairly: of the workspace that was served longest ago, its oldest.
    ///
    /// # Errors
    /// The database's.
    pub async fn claim(&self, worker: &str, lease_ms: i64, now: i64) -> Result<Option<Claim>> {
        for _ in 0..20 {
            let next = sqlx::query("SELECT s.id, s.workspace_id FROM scans s JOIN workspaces w ON w.id = s.workspace_id WHERE s.status = 'queued' ORDER BY w.served_at, s.queued_at, s.id LIMIT 1").fetch_optional(&self.pool).await?;
            let Some(next) = next else { return Ok(None) };
            let id: ScanId = next.try_get("id")?;
            let workspace: WorkspaceId = next.try_get("workspace_id")?;
            let owner = format!("{worker}-{}", uuid::Uuid::now_v7());
            let mut tx = self.begin_write().await?;
            let sql = format!(
                "UPDATE scans SET status = 'running', lease_owner = $2, lease_until = $3, attempts = attempts + 1, started_at = $4, progress = '{{}}' WHERE id = $1 AND status = 'queued'
                 RETURNING {SCAN}"
            );
            let row = sqlx::query(sqlx::AssertSqlSafe(sql))
                .bind(id.as_str())
                .bind(&owner)
                .bind(now + lease_ms)
                .bind(now)
                .fetch_optional(&mut *tx)
                .await?;
            let Some(row) = row else { continue };
            sqlx::query("UPDATE workspaces SET served_at = CASE WHEN served_at >= $2 THEN served_at + 1 ELSE $2 END WHERE id = $1")
                .bind(workspace.as_str())
                .bind(now)
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
            // After the commit: a scan that cannot be read counts as tried, and holds up no others.
            let scan = Scan::from_row(&row)?;
            return Ok(Some(Claim { lease: Lease { scan: id, owner }, workspace, scan }));
        }
        Ok(None)
    }

    /// Renews a lease and tells what is known; `false` once it is lost or the scan was called off.
    ///
    /// # Errors
    /// The database's.
    pub async fn renew(&self, lease: &Lease, lease_ms: i64, progress: &Progress, now: i64) -> Result<bool> {
        let done =
            sqlx::query("UPDATE scans SET lease_until = $3, progress = $4 WHERE id = $1 AND lease_owner = $2 AND status = 'running'")
                .bind(lease.scan.as_str())
                .bind(&lease.owner)
                .bind(now + lease_ms)
                .bind(serde_json::to_string(progress)?)
                .execute(&self.pool)
                .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Keeps what a scan saw, judges the project, and saves the result, once; `false` if the lease was lost, and then
    /// nothing is saved and nobody is told. `tool` is the name and version of what scanned.
    ///
    /// # Errors
    /// The database's.
    pub async fn finish(
        &self,
        lease: &Lease,
        seen: &Outside,
        tool: &str,
        judge: impl FnOnce(&Ledger, &Before) -> Judged,
        now: i64,
    ) -> Result<bool> {
        let mut tx = self.begin_write().await?;
        let done = sqlx::query("UPDATE scans SET status = 'finished', finished_at = $3, lease_owner = '', progress = '{}' WHERE id = $1 AND lease_owner = $2 AND status = 'running' RETURNING workspace_id, project_id")
            .bind(lease.scan.as_str())
            .bind(&lease.owner)
            .bind(now)
            .fetch_optional(&mut *tx)
            .await?;
        let Some(row) = done else { return Ok(false) };
        let (workspace, project): (String, String) = (row.try_get("workspace_id")?, row.try_get("project_id")?);
        let moment = moment(&mut tx, &project, now).await?;
        let at = At { workspace: &workspace, project: &project, scan: lease.scan.as_str(), moment };
        put(&mut tx, at, &Piece::of_scan(seen.clone(), tool), "").await?;
        judge_scan(&mut tx, &lease.scan, Source::Outside, judge, now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Gives a scan up, with the reason, and tells the channels of its project.
    ///
    /// # Errors
    /// The database's.
    pub async fn fail(&self, lease: &Lease, why: &str, events: &[Event], now: i64) -> Result<bool> {
        let mut tx = self.begin_write().await?;
        let done = sqlx::query("UPDATE scans SET status = 'failed', finished_at = $3, lease_owner = '', error = $4 WHERE id = $1 AND lease_owner = $2 AND status = 'running' RETURNING project_id").bind(lease.scan.as_str()).bind(&lease.owner).bind(now).bind(why).fetch_optional(&mut *tx).await?;
        let Some(row) = done else { return Ok(false) };
        announce(&mut tx, &row.try_get::<String, _>("project_id")?, events, now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Puts a scan back, as a worker does that shuts down.
    ///
    /// # Errors
    /// The database's.
    pub async fn put_back(&self, lease: &Lease) -> Result<bool> {
        let done = sqlx::query("UPDATE scans SET status = 'queued', lease_owner = '', attempts = attempts - 1 WHERE id = $1 AND lease_owner = $2 AND status = 'running'").bind(lease.scan.as_str()).bind(&lease.owner).execute(&self.pool).await?;
        Ok(done.rows_affected() == 1)
    }

    /// Frees scans whose worker fell silent, gives up those that killed many, and returns how many
    /// wait, so that the doorbell can be rung for them.
    ///
    /// # Errors
    /// The database's.
    pub async fn reconcile(&self, now: i64) -> Result<i64> {
        sqlx::query("UPDATE scans SET status = 'failed', finished_at = $1, lease_owner = '', error = 'It was tried many times and never came to an end.' WHERE status = 'running' AND lease_until < $1 AND attempts >= $2").bind(now).bind(MAX_ATTEMPTS).execute(&self.pool).await?;
        sqlx::query("UPDATE scans SET status = 'queued', lease_owner = '' WHERE status = 'running' AND lease_until < $1")
            .bind(now)
            .execute(&self.pool)
            .await?;
        self.waiting().await
    }

    /// Scans that wait.
    ///
    /// # Errors
    /// The database's.
    pub async fn waiting(&self) -> Result<i64> {
        Ok(sqlx::query("SELECT COUNT(*) AS n FROM scans WHERE status = 'queued'").fetch_one(&self.pool).await?.try_get("n")?)
    }

    /// Forgets previews older than this, with their results.
    ///
    /// # Errors
    /// The database's.
    pub async fn forget_previews(&self, before: i64) -> Result<u64> {
        let mut tx = self.begin_write().await?;
        for table in ["results", "pieces", "assessments"] {
            let sql = format!(
                "DELETE FROM {table} WHERE scan_id IN (SELECT id FROM scans WHERE workspace_id = 'preview' AND queued_at < $1 AND status NOT IN ('queued', 'running'))"
            );
            sqlx::query(sqlx::AssertSqlSafe(sql)).bind(before).execute(&mut *tx).await?;
        }
        let done =
            sqlx::query("DELETE FROM scans WHERE workspace_id = 'preview' AND queued_at < $1 AND status NOT IN ('queued', 'running')")
                .bind(before)
                .execute(&mut *tx)
                .await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }
}

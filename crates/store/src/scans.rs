//! Scans: asking for them, following them, reading their results. The row is the truth; the queue
//! only rings.

use crate::access::{CanRead, CanScan, CanWork};
use crate::columns::Text;
use crate::database::{Engine, Store};
use crate::error::Result;
use crate::ids::{PREVIEW, ProjectId, ScanId};
use crate::judging::{Before, Judged, judge_scan};
use crate::moving::move_scan;
use crate::pieces::{At, insert, moment, of_scan, put};
use crate::project::Project;
use crate::quota::Quota;
use crate::quotas::within;
use crate::results::{DETAILS, FROM_RESULTS, JUDGED, NEWEST_FIRST, RESULT, fill, judged, whole};
use crate::scan::{SCAN, SUMMARY, Scan, Summary};
use readiness::{Assessment, Ledger, Outside, Piece, Source, Target};
use sqlx::any::AnyRow;
use sqlx::{Any, Row, Transaction};

/// What asking for a scan led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Started {
    /// A new scan waits.
    New(ScanId),
    /// One was under way already.
    Already(ScanId),
}

impl Started {
    /// Its id.
    #[must_use]
    pub const fn id(&self) -> &ScanId {
        let (Started::New(id) | Started::Already(id)) = self;
        id
    }
}

impl Store {
    /// Asks for a preview; one of the same domain that is younger than `reuse_ms` is used again.
    ///
    /// # Errors
    /// The database's.
    pub async fn start_preview(&self, target: &Target, asked_from: &str, limit: i64, reuse_ms: i64, now: i64) -> Result<Option<Started>> {
        let mut tx = self.begin_write().await?;
        if self.engine == Engine::Postgres {
            // One at a time, so that many at once are counted too.
            sqlx::query("SELECT pg_advisory_xact_lock(7265)").execute(&mut *tx).await?;
        }
        let known = sqlx::query("SELECT id FROM scans WHERE workspace_id = $1 AND domain = $2 AND queued_at > $3 AND status IN ('queued', 'running', 'finished') ORDER BY queued_at DESC LIMIT 1").bind(PREVIEW.as_str()).bind(target.domain.as_str()).bind(now - reuse_ms).fetch_optional(&mut *tx).await?;
        if let Some(row) = known {
            return Ok(Some(Started::Already(row.try_get("id")?)));
        }
        let asked = sqlx::query("SELECT COUNT(*) AS n FROM scans WHERE workspace_id = $1 AND asked_from = $2 AND queued_at > $3")
            .bind(PREVIEW.as_str())
            .bind(asked_from)
            .bind(now - reuse_ms)
            .fetch_one(&mut *tx)
            .await?;
        if asked.try_get::<i64, _>("n")? >= limit {
            return Ok(None);
        }
        let id = ScanId::new();
        sqlx::query(
            "INSERT INTO scans (id, workspace_id, domain, target, status, queued_at, asked_from) VALUES ($1, $2, $3, $4, 'queued', $5, $6)",
        )
        .bind(id.as_str())
        .bind(PREVIEW.as_str())
        .bind(target.domain.as_str())
        .bind(serde_json::to_string(target)?)
        .bind(now)
        .bind(asked_from)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(Some(Started::New(id)))
    }

    /// Asks for a scan of a project; one at a time.
    ///
    /// # Errors
    /// The database's.
    pub async fn start_scan(&self, proof: &CanScan, project: &Project, now: i64) -> Result<Started> {
        let active = "SELECT id FROM scans WHERE workspace_id = $1 AND project_id = $2 AND status IN ('queued', 'running')";
        let mut tx = self.begin_write().await?;
        // Locks the workspace, so that one project is scanned once at a time.
        let room = within(&mut tx, proof.workspace(), Quota::Scans, now).await;
        let row = sqlx::query(active).bind(proof.workspace()).bind(proof.project()).fetch_optional(&mut *tx).await?;
        if let Some(row) = row {
            return Ok(Started::Already(row.try_get("id")?));
        }
        room?;
        let (id, target) = (ScanId::new(), project.target());
        sqlx::query(
            "INSERT INTO scans (id, workspace_id, project_id, domain, target, status, queued_at) VALUES ($1, $2, $3, $4, $5, 'queued', $6)",
        )
        .bind(id.as_str())
        .bind(proof.workspace())
        .bind(proof.project())
        .bind(target.domain.as_str())
        .bind(serde_json::to_string(&target)?)
        .bind(now)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(Started::New(id))
    }

    /// A scan of the workspace.
    ///
    /// # Errors
    /// The database's.
    pub async fn scan(&self, proof: &CanRead, id: &ScanId) -> Result<Option<Scan>> {
        let sql = format!("SELECT {SCAN} FROM scans WHERE workspace_id = $1 AND id = $2");
        let query = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(proof.workspace()).bind(id.as_str());
        let found: Option<Scan> = query.fetch_optional(&self.pool).await?;
        Ok(found.filter(|s| s.project.as_ref().is_none_or(|p| proof.sees(p))))
    }

    /// Calls a scan off; `false` if there was nothing to call off.
    ///
    /// # Errors
    /// The database's.
    pub async fn cancel_scan(&self, proof: &CanScan, id: &ScanId, now: i64) -> Result<bool> {
        let done = sqlx::query("UPDATE scans SET status = 'cancelled', finished_at = $3, lease_owner = '' WHERE workspace_id = $1 AND id = $2 AND project_id = $4 AND status IN ('queued', 'running')").bind(proof.workspace()).bind(id.as_str()).bind(now).bind(proof.project()).execute(&self.pool).await?;
        Ok(done.rows_affected() == 1)
    }

    /// The result of a scan of the workspace: what it saw, and what was judged of the project with it.
    ///
    /// # Errors
    /// The database's.
    pub async fn result(&self, proof: &CanRead, id: &ScanId) -> Result<Option<(Outside, Assessment)>> {
        let mut tx = self.begin("BEGIN").await?;
        let Some(row) = result_row(&mut tx, proof, id, RESULT).await? else { return old_result(&mut tx, proof, id).await };
        let Some(seen) = of_scan(&mut tx, id).await?.and_then(|p| p.body.get::<Outside>().cloned()) else { return Ok(None) };
        Ok(Some((seen, whole(&row)?)))
    }

    /// What was judged with a scan, without the evidence.
    ///
    /// # Errors
    /// The database's.
    pub async fn assessment(&self, proof: &CanRead, id: &ScanId) -> Result<Option<Assessment>> {
        let mut tx = self.begin("BEGIN").await?;
        match result_row(&mut tx, proof, id, RESULT).await? {
            Some(row) => Ok(Some(whole(&row)?)),
            None => Ok(old_result(&mut tx, proof, id).await?.map(|(_, a)| a)),
        }
    }

    /// What was judged with a scan, without what its findings rest on: outcomes, sentences, points, the order of fixes.
    ///
    /// # Errors
    /// The database's.
    pub async fn judged(&self, proof: &CanRead, id: &ScanId) -> Result<Option<Assessment>> {
        let mut tx = self.begin("BEGIN").await?;
        match result_row(&mut tx, proof, id, JUDGED).await? {
            Some(row) => Ok(Some(judged(&row)?)),
            None => Ok(old_result(&mut tx, proof, id).await?.map(|(_, a)| a)),
        }
    }

    /// Fills in what these findings of a judgement rest on, and their fixes.
    ///
    /// # Errors
    /// The database's.
    pub async fn fill(&self, proof: &CanRead, id: &ScanId, assessment: &mut Assessment, wanted: &[String]) -> Result<()> {
        let mut tx = self.begin("BEGIN").await?;
        match result_row(&mut tx, proof, id, DETAILS).await? {
            Some(row) => fill(&row, assessment, |check| wanted.iter().any(|w| w == check)),
            // A former build kept all in one.
            None => Ok(()),
        }
    }

    /// A project's scans, newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn history(&self, proof: &CanRead, project: &ProjectId, limit: i64) -> Result<Vec<Summary>> {
        if !proof.sees(project) {
            return Ok(vec![]);
        }
        let sql =
            format!("SELECT {SUMMARY} FROM scans WHERE workspace_id = $1 AND project_id = $2 ORDER BY queued_at DESC, id DESC LIMIT $3");
        let query = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(proof.workspace()).bind(project.as_str()).bind(limit);
        Ok(query.fetch_all(&self.pool).await?)
    }

    /// A project's newest finished scan.
    ///
    /// # Errors
    /// The database's.
    pub async fn newest(&self, proof: &CanRead, project: &ProjectId) -> Result<Option<Summary>> {
        if !proof.sees(project) {
            return Ok(None);
        }
        let sql = format!(
            "SELECT {SUMMARY} FROM scans WHERE workspace_id = $1 AND project_id = $2 AND status = 'finished' ORDER BY queued_at DESC, id DESC LIMIT 1"
        );
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(proof.workspace()).bind(project.as_str()).fetch_optional(&self.pool).await?)
    }

    /// One scan of a project in short.
    ///
    /// # Errors
    /// The database's.
    pub async fn summary(&self, proof: &CanRead, project: &ProjectId, id: &ScanId) -> Result<Option<Summary>> {
        if !proof.sees(project) {
            return Ok(None);
        }
        let sql = format!("SELECT {SUMMARY} FROM scans WHERE workspace_id = $1 AND project_id = $2 AND id = $3");
        let query = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(proof.workspace()).bind(project.as_str()).bind(id.as_str());
        Ok(query.fetch_optional(&self.pool).await?)
    }

    /// Keeps a finished preview as the first scan of a project.
    ///
    /// # Errors
    /// The database's.
    pub async fn keep_preview(
        &self,
        proof: &CanWork,
        preview: &ScanId,
        judge: impl FnOnce(&Ledger, &Before) -> Judged,
        now: i64,
    ) -> Result<Option<ScanId>> {
        let id = ScanId::new();
        let mut tx = self.begin_write().await?;
        let made = sqlx::query(
            "INSERT INTO scans (id, workspace_id, project_id, domain, target, status, queued_at, started_at, finished_at, progress, verdict, score, coverage, blockers, low, high)
             SELECT $1, $2, $3, domain, target, status, queued_at, started_at, finished_at, progress, verdict, score, coverage, blockers, low, high FROM scans WHERE workspace_id = $4 AND id = $5 AND status = 'finished'",
        )
        .bind(id.as_str())
        .bind(proof.workspace())
        .bind(proof.project())
        .bind(PREVIEW.as_str())
        .bind(preview.as_str())
        .execute(&mut *tx)
        .await?;
        if made.rows_affected() == 0 {
            return Ok(None);
        }
        move_scan(&mut tx, preview).await?;
        let Some(seen) = of_scan(&mut tx, preview).await? else { return Ok(None) };
        let moment = moment(&mut tx, proof.project(), now).await?;
        let at = At { workspace: proof.workspace(), project: proof.project(), scan: id.as_str(), moment };
        put(&mut tx, at, &seen, "").await?;
        judge_scan(&mut tx, &id, Source::Outside, judge, now).await?;
        tx.commit().await?;
        Ok(Some(id))
    }

    /// Takes up what a re-check saw: `merge` gets what the scan saw, and returns it with the newer in its place; then the
    /// project is judged again. Two re-checks at once do not lose each other's part. The former piece and result stay.
    ///
    /// # Errors
    /// The database's.
    pub async fn recheck(
        &self,
        proof: &CanScan,
        id: &ScanId,
        (tool, by): (&str, &str),
        merge: impl FnOnce(Outside) -> Outside,
        judge: impl FnOnce(&Ledger, &Before) -> Judged,
        now: i64,
    ) -> Result<Option<Assessment>> {
        let mut tx = self.begin_write().await?;
        let here = "SELECT project_id FROM scans WHERE workspace_id = $1 AND id = $2 AND project_id = $3";
        let sql = match self.engine() {
            Engine::Sqlite => here.to_owned(),
            Engine::Postgres => format!("{here} FOR UPDATE"),
        };
        let row = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(proof.workspace())
            .bind(id.as_str())
            .bind(proof.project())
            .fetch_optional(&mut *tx)
            .await?;
        if row.is_none() {
            return Ok(None);
        }
        move_scan(&mut tx, id).await?;
        let moment = moment(&mut tx, proof.project(), now).await?;
        let Some(old) = of_scan(&mut tx, id).await? else { return Ok(None) };
        let Some(seen) = old.body.get::<Outside>().cloned() else { return Ok(None) };
        let merged = Piece::of_scan(merge(seen), tool);
        let at = At { workspace: proof.workspace(), project: proof.project(), scan: id.as_str(), moment };
        let newest =
            sqlx::query("SELECT 1 AS n FROM pieces WHERE id = $1 AND superseded_at = 0").bind(&old.id).fetch_optional(&mut *tx).await?;
        if newest.is_some() {
            put(&mut tx, at, &merged, by).await?;
        } else {
            // An older scan's: a newer one stands in the ledger already.
            insert(&mut tx, at, &merged, by, moment).await?;
        }
        let assessment = judge_scan(&mut tx, id, Source::Outside, judge, now).await?;
        tx.commit().await?;
        Ok(assessment)
    }
}

/// Whether the caller may see a scan.
/// Whether the scan of a row may be read, whose project is in it.
fn visible(row: &AnyRow, proof: &CanRead) -> Result<bool> {
    let project: Option<ProjectId> = row.try_get::<Text, _>("project_id")?.into();
    Ok(project.is_none_or(|p| proof.sees(&p)))
}

async fn result_row(tx: &mut Transaction<'_, Any>, proof: &CanRead, id: &ScanId, columns: &'static str) -> Result<Option<AnyRow>> {
    let sql = format!("SELECT a.project_id, {columns} {FROM_RESULTS} WHERE a.workspace_id = $1 AND a.scan_id = $2 {NEWEST_FIRST}");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(proof.workspace()).bind(id.as_str()).fetch_optional(&mut **tx).await?;
    Ok(match row {
        Some(row) if visible(&row, proof)? => Some(row),
        _ => None,
    })
}

/// A result as a former build wrote it, while it waits to be moved.
async fn old_result(tx: &mut Transaction<'_, Any>, proof: &CanRead, id: &ScanId) -> Result<Option<(Outside, Assessment)>> {
    let sql = "SELECT s.project_id, r.evidence, r.assessment FROM results r JOIN scans s ON s.id = r.scan_id WHERE r.workspace_id = $1 AND r.scan_id = $2";
    let row = sqlx::query(sql).bind(proof.workspace()).bind(id.as_str()).fetch_optional(&mut **tx).await?;
    let Some(row) = row else { return Ok(None) };
    if !visible(&row, proof)? {
        return Ok(None);
    }
    let text = |name: &str| row.try_get::<String, _>(name);
    Ok(Some((serde_json::from_str(&text("evidence")?)?, serde_json::from_str(&text("assessment")?)?)))
}

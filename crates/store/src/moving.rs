//! Moves what former builds wrote into the ledger: answers when the database is opened, results in the background or when
//! they are needed. Each scan is moved in one transaction, so it may be stopped and begun again at any time.

use crate::database::Store;
use crate::error::Result;
use crate::ids::ScanId;
use crate::pieces::{At, insert};
use crate::results;
use readiness::{Assessment, Attestation, Outside, Piece, Source};
use sqlx::{Any, Row, Transaction};

/// Answers that are moved in one transaction.
const ANSWERS: i64 = 500;

/// Moves the result of a scan, if a former build wrote it.
pub(crate) async fn move_scan(tx: &mut Transaction<'_, Any>, scan: &ScanId) -> Result<bool> {
    let row = sqlx::query(
        "SELECT s.workspace_id, s.project_id, s.queued_at, s.finished_at, r.evidence, r.assessment, r.forgotten FROM results r JOIN scans s ON s.id = r.scan_id WHERE r.scan_id = $1",
    )
    .bind(scan.as_str())
    .fetch_optional(&mut **tx)
    .await?;
    let Some(row) = row else { return Ok(false) };
    let (workspace, project): (String, String) = (row.try_get("workspace_id")?, row.try_get("project_id")?);
    let seen: Outside = serde_json::from_str(&row.try_get::<String, _>("evidence")?)?;
    let assessment: Assessment = serde_json::from_str(&row.try_get::<String, _>("assessment")?)?;
    // The scan after it took its place.
    let next = sqlx::query(
        "SELECT COALESCE(MIN(finished_at), 0) AS at FROM scans WHERE project_id = $1 AND project_id <> '' AND status = 'finished' AND (queued_at > $2 OR (queued_at = $2 AND id > $3))",
    )
    .bind(&project)
    .bind(row.try_get::<i64, _>("queued_at")?)
    .bind(scan.as_str())
    .fetch_one(&mut **tx)
    .await?;
    let moment: i64 = row.try_get("finished_at")?;
    let at = At { workspace: &workspace, project: &project, scan: scan.as_str(), moment };
    let zero = seen.started_at;
    let id = insert(tx, at, &Piece::of_scan(seen, ""), "", next.try_get("at")?).await?;
    if row.try_get::<i64, _>("forgotten")? > 0 {
        sqlx::query("UPDATE pieces SET forgotten = 1 WHERE id = $1").bind(id).execute(&mut **tx).await?;
    }
    results::insert(tx, at, zero, Source::Outside, &assessment).await?;
    sqlx::query("DELETE FROM results WHERE scan_id = $1").bind(scan.as_str()).execute(&mut **tx).await?;
    Ok(true)
}

impl Store {
    /// Moves answers of former builds; they are few and small.
    pub(crate) async fn move_answers(&self) -> Result<()> {
        loop {
            let mut tx = self.begin_write().await?;
            let rows = sqlx::query("SELECT workspace_id, project_id, check_id, body, settled FROM attestations LIMIT $1")
                .bind(ANSWERS)
                .fetch_all(&mut *tx)
                .await?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in &rows {
                let text = |name: &str| row.try_get::<String, _>(name);
                let (workspace, project, check) = (text("workspace_id")?, text("project_id")?, text("check_id")?);
                let said: Attestation = serde_json::from_str(&text("body")?)?;
                let at = At { workspace: &workspace, project: &project, scan: "", moment: said.at };
                let id = insert(&mut tx, at, &Piece::of_answer(said.clone()), &said.by, 0).await?;
                sqlx::query("UPDATE pieces SET settled = $2 WHERE id = $1")
                    .bind(id)
                    .bind(row.try_get::<i64, _>("settled")?)
                    .execute(&mut *tx)
                    .await?;
                sqlx::query("DELETE FROM attestations WHERE project_id = $1 AND check_id = $2")
                    .bind(&project)
                    .bind(&check)
                    .execute(&mut *tx)
                    .await?;
            }
            tx.commit().await?;
        }
    }

    /// Moves results of former builds, the newest first, `limit` at most. Returns how many there were.
    ///
    /// # Errors
    /// The database's.
    pub async fn move_results(&self, limit: i64) -> Result<usize> {
        let rows = sqlx::query("SELECT scan_id FROM results ORDER BY scan_id DESC LIMIT $1").bind(limit).fetch_all(&self.pool).await?;
        for row in &rows {
            let mut tx = self.begin_write().await?;
            move_scan(&mut tx, &row.try_get("scan_id")?).await?;
            tx.commit().await?;
        }
        Ok(rows.len())
    }

    /// Results of former builds that are still to be moved.
    ///
    /// # Errors
    /// The database's.
    pub async fn results_to_move(&self) -> Result<i64> {
        Ok(sqlx::query("SELECT COUNT(*) AS n FROM results").fetch_one(&self.pool).await?.try_get("n")?)
    }
}

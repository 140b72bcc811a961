//! Evidence that programs bring, and the ledger as it is read.

use crate::access::{CanPush, CanRead};
use crate::audit::{By, log_project};
use crate::database::Store;
use crate::error::Result;
use crate::ids::{ProjectId, ScanId};
use crate::judging::{Before, Judged, again, judge_scan, newest_scan};
use crate::moving::move_scan;
use crate::pieces::{At, FROM_PIECES, PIECE, PieceRow, insert, ledger, moment, piece as read_piece, put};
use crate::project::{Project, brief, find_project};
use crate::quota::Quota;
use crate::quotas::within;
use readiness::{Ledger, Outside, Piece, Source, Verdict};
use sqlx::{Any, Row, Transaction};

/// A project is judged for what is pushed this often at most, in milliseconds; what comes in between is judged together.
const TOGETHER_MS: i64 = 1000;
/// Keys of one source that stand in a ledger at once.
const KEYS: i64 = 100;

/// A piece that was brought.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredPiece {
    /// Its id.
    pub id: String,
    /// Whether it was stored now, and not by an earlier push of the same.
    pub new: bool,
    /// Whether the project was judged with it; if not, it will be within seconds, or with its first scan.
    pub judged: bool,
    /// The decision now; none before the first result.
    pub verdict: Option<Verdict>,
    /// The score now.
    pub score: Option<f64>,
}

/// What became of a push.
#[derive(Clone, Debug, PartialEq)]
pub enum Pushed {
    /// It is stored.
    Stored(StoredPiece),
    /// The project is not there.
    Gone,
    /// The source has as many keys as a ledger holds.
    Keys(i64),
}

impl Store {
    /// Stores a piece that a program brings, and judges the project again in the same transaction, unless it was judged for
    /// a push within the last second: then it is judged with what comes until that second is over. The same piece again
    /// changes nothing. A piece older than the one of its source and key is kept, and does not count.
    ///
    /// # Errors
    /// The database's, and too many scans in a day.
    pub async fn put_piece(
        &self,
        proof: &CanPush,
        piece: &Piece,
        judge: impl FnOnce(&Ledger, &Before) -> Judged,
        by: &By,
        now: i64,
    ) -> Result<Pushed> {
        let (workspace, project) = (proof.workspace(), proof.project());
        let mut tx = self.begin_write().await?;
        let Some(of) = find_project(&mut tx, workspace, project).await? else { return Ok(Pushed::Gone) };
        // Locks the row: of two that bring the same at once, the second finds it.
        let moment = moment(&mut tx, project, now).await?;
        if let Some(id) = same(&mut tx, project, piece).await? {
            return Ok(Pushed::Stored(told(&mut tx, project, id, false, false).await?));
        }
        let (keys, newer) = beside(&mut tx, project, piece).await?;
        if keys >= KEYS {
            return Ok(Pushed::Keys(KEYS));
        }
        let at = At { workspace, project, scan: "", moment };
        let mut judged = false;
        let id = if newer {
            insert(&mut tx, at, piece, &by.actor, moment).await?
        } else if let Some(seen) = piece.body.get::<Outside>() {
            within(&mut tx, workspace, Quota::Scans, now).await?;
            let scan = brought_scan(&mut tx, at, &of, seen).await?;
            let id = put(&mut tx, At { scan: scan.as_str(), ..at }, piece, &by.actor).await?;
            judged = judge_scan(&mut tx, &scan, Source::Outside, judge, now).await?.is_some();
            id
        } else {
            let id = put(&mut tx, at, piece, &by.actor).await?;
            judged = judge_or_wait(&mut tx, project, piece.source, judge, now).await?;
            id
        };
        let detail = if piece.key.is_empty() { piece.source.word().to_owned() } else { format!("{} {}", piece.source, piece.key) };
        log_project(&mut tx, workspace, by, "evidence pushed", project, &detail, now).await?;
        let stored = told(&mut tx, project, id, true, judged).await?;
        tx.commit().await?;
        Ok(Pushed::Stored(stored))
    }

    /// A project's ledger now, with what its newest finished scan saw; none if it is gone or not to be read.
    ///
    /// # Errors
    /// The database's.
    pub async fn ledger(&self, proof: &CanRead, project: &ProjectId) -> Result<Option<(Project, Ledger)>> {
        if !proof.sees(project) {
            return Ok(None);
        }
        let mut tx = self.begin("BEGIN").await?;
        let scan = newest_scan(&mut tx, project.as_str()).await?;
        let found = ledger(&mut tx, proof.workspace(), project.as_str(), scan.as_ref()).await?;
        let (Some((_, l)), Some(scan)) = (&found, &scan) else { return Ok(found) };
        if l.outside().is_some() {
            return Ok(found);
        }
        drop(tx);
        // A former build wrote it.
        let mut tx = self.begin_write().await?;
        move_scan(&mut tx, scan).await?;
        let found = ledger(&mut tx, proof.workspace(), project.as_str(), Some(scan)).await?;
        tx.commit().await?;
        Ok(found)
    }

    /// The pieces of a project's ledger without their bodies, by source and key.
    ///
    /// # Errors
    /// The database's.
    pub async fn pieces(&self, proof: &CanRead, project: &ProjectId) -> Result<Vec<PieceRow>> {
        if !proof.sees(project) {
            return Ok(vec![]);
        }
        Ok(sqlx::query_as(
            "SELECT id, source, slot, taken_at, expires_at, format, tool, brought_by, size FROM pieces
             WHERE workspace_id = $1 AND project_id = $2 AND superseded_at = 0 ORDER BY source, slot",
        )
        .bind(proof.workspace())
        .bind(project.as_str())
        .fetch_all(&self.pool)
        .await?)
    }
}

/// The stored piece of the same source, key, moment and body.
async fn same(tx: &mut Transaction<'_, Any>, project: &str, new: &Piece) -> Result<Option<String>> {
    let sql = format!(
        "SELECT {PIECE} {FROM_PIECES} WHERE p.project_id = $1 AND p.source = $2 AND p.slot = $3 AND p.taken_at = $4 AND p.forgotten = 0"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(project)
        .bind(new.source.word())
        .bind(&new.key)
        .bind(new.taken_at)
        .fetch_all(&mut **tx)
        .await?;
    for row in &rows {
        let old = read_piece(row)?;
        if old.body == new.body {
            return Ok(Some(old.id));
        }
    }
    Ok(None)
}

/// How many other keys of its source stand in the ledger, and whether a newer piece of its own does.
async fn beside(tx: &mut Transaction<'_, Any>, project: &str, new: &Piece) -> Result<(i64, bool)> {
    let row = sqlx::query(
        "SELECT CAST(COALESCE(SUM(CASE WHEN slot <> $3 THEN 1 ELSE 0 END), 0) AS BIGINT) AS keys,
                CAST(COALESCE(SUM(CASE WHEN slot = $3 AND taken_at > $4 THEN 1 ELSE 0 END), 0) AS BIGINT) AS newer
         FROM pieces WHERE project_id = $1 AND source = $2 AND superseded_at = 0",
    )
    .bind(project)
    .bind(new.source.word())
    .bind(&new.key)
    .bind(new.taken_at)
    .fetch_one(&mut **tx)
    .await?;
    Ok((row.try_get("keys")?, row.try_get::<i64, _>("newer")? > 0))
}

/// The row of a scan that was made elsewhere.
async fn brought_scan(tx: &mut Transaction<'_, Any>, at: At<'_>, of: &Project, seen: &Outside) -> Result<ScanId> {
    let (id, target) = (ScanId::new(), of.target());
    sqlx::query(
        "INSERT INTO scans (id, workspace_id, project_id, domain, target, status, queued_at, started_at, finished_at) VALUES ($1, $2, $3, $4, $5, 'finished', $6, $6, $7)",
    )
    .bind(id.as_str())
    .bind(at.workspace)
    .bind(at.project)
    .bind(target.domain.as_str())
    .bind(serde_json::to_string(&target)?)
    .bind(seen.started_at)
    .bind(seen.finished_at.max(seen.started_at))
    .execute(&mut **tx)
    .await?;
    Ok(id)
}

/// Judges the project for a push, or has it judged once the second since the last time is over.
async fn judge_or_wait(
    tx: &mut Transaction<'_, Any>,
    project: &str,
    cause: Source,
    judge: impl FnOnce(&Ledger, &Before) -> Judged,
    now: i64,
) -> Result<bool> {
    let scan = newest_scan(tx, project).await?;
    if scan.is_none() {
        return Ok(false);
    }
    let last =
        sqlx::query("SELECT COALESCE(MAX(at), 0) AS at FROM assessments WHERE project_id = $1 AND cause NOT IN ('outside', 'person')")
            .bind(project)
            .fetch_one(&mut **tx)
            .await?
            .try_get::<i64, _>("at")?;
    if now - last >= TOGETHER_MS {
        again(tx, project, cause, judge, now).await?;
        return Ok(true);
    }
    sqlx::query("UPDATE projects SET judge_due = $2 WHERE id = $1 AND judge_due = 0")
        .bind(project)
        .bind(last.min(now) + TOGETHER_MS)
        .execute(&mut **tx)
        .await?;
    Ok(false)
}

async fn told(tx: &mut Transaction<'_, Any>, project: &str, id: String, new: bool, judged: bool) -> Result<StoredPiece> {
    let row = sqlx::query("SELECT brief FROM projects WHERE id = $1").bind(project).fetch_optional(&mut **tx).await?;
    let line = row.as_ref().map(brief).transpose()?.flatten();
    Ok(StoredPiece { id, new, judged, verdict: line.as_ref().map(|b| b.verdict), score: line.as_ref().map(|b| b.score) })
}

//! Scans: asking for them, following them, reading their results. The row is the truth; the queue
//! only rings.

use crate::access::{CanRead, CanScan, CanWork};
use crate::instance::{Quota, within};
use crate::judging::{Before, Judged, again, before, settle};
use crate::{Engine, PREVIEW, Project, ProjectId, Result, ScanId, Store};
use readiness::evidence::Collector;
use readiness::{Assessment, Outcome, Outside, Target, Verdict};
use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::any::AnyRow;

/// Where a scan is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScanStatus {
    /// Waits for a worker.
    Queued,
    /// A worker has it.
    Running,
    /// Has a result.
    Finished,
    /// Gave up.
    Failed,
    /// Called off.
    Cancelled,
}

impl ScanStatus {
    /// The stored word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            ScanStatus::Queued => "queued",
            ScanStatus::Running => "running",
            ScanStatus::Finished => "finished",
            ScanStatus::Failed => "failed",
            ScanStatus::Cancelled => "cancelled",
        }
    }
    fn parse(word: &str) -> Self {
        match word {
            "queued" => ScanStatus::Queued,
            "running" => ScanStatus::Running,
            "finished" => ScanStatus::Finished,
            "cancelled" => ScanStatus::Cancelled,
            _ => ScanStatus::Failed,
        }
    }
    /// Whether nothing more will happen.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, ScanStatus::Finished | ScanStatus::Failed | ScanStatus::Cancelled)
    }
}

/// What is known while a scan runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Collectors that have finished.
    #[serde(default)]
    pub done: Vec<Collector>,
    /// Findings known so far: id, title, outcome, summary.
    #[serde(default)]
    pub findings: Vec<(String, String, Outcome, String)>,
}

/// A scan.
#[derive(Clone, Debug, PartialEq)]
pub struct Scan {
    /// Id.
    pub id: ScanId,
    /// Its project; none for a preview.
    pub project: Option<ProjectId>,
    /// What is scanned.
    pub target: Target,
    /// Where it is.
    pub status: ScanStatus,
    /// Epoch milliseconds.
    pub queued_at: i64,
    /// Epoch milliseconds; 0 before.
    pub started_at: i64,
    /// Epoch milliseconds; 0 before.
    pub finished_at: i64,
    /// What is known while it runs.
    pub progress: Progress,
    /// Why it failed.
    pub error: String,
    /// Who asked for a preview: a keyed hash of their address.
    pub asked_from: String,
}

/// A finished scan in short.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// Id.
    pub id: ScanId,
    /// Where it is.
    pub status: ScanStatus,
    /// Epoch milliseconds.
    pub queued_at: i64,
    /// Epoch milliseconds.
    pub finished_at: i64,
    /// The decision; none before the end.
    pub verdict: Option<Verdict>,
    /// 0 to 100; none before the end.
    pub score: Option<f64>,
    /// Unknown counted as failing … as passing.
    pub interval: Option<(f64, f64)>,
    /// 0 to 1.
    pub coverage: f64,
    /// Critical failures.
    pub blockers: i64,
}

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

const SCAN: &str = "id, project_id, domain, target, status, queued_at, started_at, finished_at, progress, error, asked_from";
const SUMMARY: &str = "id, status, queued_at, finished_at, verdict, score, coverage, blockers, low, high";

impl Store {
    /// Asks for a preview; one of the same domain that is younger than `reuse_ms` is used again.
    ///
    /// # Errors
    /// The database's.
    pub async fn start_preview(&self, target: &Target, asked_from: &str, limit: i64, reuse_ms: i64, now: i64) -> Result<Option<Started>> {
        let mut tx = self.begin_write().await?;
        if self.engine == crate::Engine::Postgres {
            // One at a time, so that many at once are counted too.
            sqlx::query("SELECT pg_advisory_xact_lock(7265)").execute(&mut *tx).await?;
        }
        let known = sqlx::query("SELECT id FROM scans WHERE workspace_id = $1 AND domain = $2 AND queued_at > $3 AND status IN ('queued', 'running', 'finished') ORDER BY queued_at DESC LIMIT 1").bind(PREVIEW.as_str()).bind(target.domain.as_str()).bind(now - reuse_ms).fetch_optional(&mut *tx).await?;
        if let Some(row) = known {
            return Ok(Some(Started::Already(ScanId::stored(row.try_get("id")?))));
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
            return Ok(Started::Already(ScanId::stored(row.try_get("id")?)));
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
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(proof.workspace()).bind(id.as_str()).fetch_optional(&self.pool).await?;
        let found = row.map(|r| scan(&r)).transpose()?;
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

    /// The result of a scan of the workspace.
    ///
    /// # Errors
    /// The database's.
    pub async fn result(&self, proof: &CanRead, id: &ScanId) -> Result<Option<(Outside, Assessment)>> {
        let Some(row) = self.result_row(proof, id, "r.evidence, r.assessment").await? else { return Ok(None) };
        Ok(Some((
            serde_json::from_str(&row.try_get::<String, _>("evidence")?)?,
            serde_json::from_str(&row.try_get::<String, _>("assessment")?)?,
        )))
    }

    /// What a scan's evidence was judged to be, without the evidence.
    ///
    /// # Errors
    /// The database's.
    pub async fn assessment(&self, proof: &CanRead, id: &ScanId) -> Result<Option<Assessment>> {
        let Some(row) = self.result_row(proof, id, "r.assessment").await? else { return Ok(None) };
        Ok(Some(serde_json::from_str(&row.try_get::<String, _>("assessment")?)?))
    }

    /// Columns of a result, if the caller may see it.
    async fn result_row(&self, proof: &CanRead, id: &ScanId, columns: &'static str) -> Result<Option<AnyRow>> {
        let sql = format!(
            "SELECT s.project_id, {columns} FROM results r JOIN scans s ON s.id = r.scan_id WHERE r.workspace_id = $1 AND r.scan_id = $2"
        );
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(proof.workspace()).bind(id.as_str()).fetch_optional(&self.pool).await?;
        let Some(row) = row else { return Ok(None) };
        let project: String = row.try_get("project_id")?;
        Ok((project.is_empty() || proof.sees(&ProjectId::stored(project))).then_some(row))
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
        let rows =
            sqlx::query(sqlx::AssertSqlSafe(sql)).bind(proof.workspace()).bind(project.as_str()).bind(limit).fetch_all(&self.pool).await?;
        rows.iter().map(summary).collect()
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
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(proof.workspace()).bind(project.as_str()).fetch_optional(&self.pool).await?;
        row.as_ref().map(summary).transpose()
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
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(proof.workspace()).bind(project.as_str()).bind(id.as_str());
        query.fetch_optional(&self.pool).await?.as_ref().map(summary).transpose()
    }

    /// Keeps a finished preview as the first scan of a project.
    ///
    /// # Errors
    /// The database's.
    pub async fn keep_preview(
        &self,
        proof: &CanWork,
        preview: &ScanId,
        judge: impl FnOnce(&Outside, &Before) -> Judged,
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
        sqlx::query("INSERT INTO results (scan_id, workspace_id, evidence, assessment) SELECT $1, $2, evidence, assessment FROM results WHERE workspace_id = $3 AND scan_id = $4").bind(id.as_str()).bind(proof.workspace()).bind(PREVIEW.as_str()).bind(preview.as_str()).execute(&mut *tx).await?;
        again(&mut tx, self.engine, proof.project(), judge, now).await?;
        tx.commit().await?;
        Ok(Some(id))
    }

    /// Changes the result of a scan, as a re-check does: `change` gets the evidence as it is now, with
    /// what stands around it, and returns what it has become. Two re-checks at once do not lose each
    /// other's part.
    ///
    /// # Errors
    /// The database's.
    pub async fn update_result(
        &self,
        proof: &CanScan,
        id: &ScanId,
        change: impl FnOnce(Outside, &Before) -> (Outside, Judged),
        now: i64,
    ) -> Result<Option<Assessment>> {
        let mut tx = self.begin_write().await?;
        let sql = match self.engine() {
            Engine::Sqlite => {
                "SELECT r.evidence FROM results r JOIN scans s ON s.id = r.scan_id WHERE r.workspace_id = $1 AND r.scan_id = $2 AND s.project_id = $3"
            }
            Engine::Postgres => {
                "SELECT r.evidence FROM results r JOIN scans s ON s.id = r.scan_id WHERE r.workspace_id = $1 AND r.scan_id = $2 AND s.project_id = $3 FOR UPDATE OF r"
            }
        };
        let Some(row) = sqlx::query(sql).bind(proof.workspace()).bind(id.as_str()).bind(proof.project()).fetch_optional(&mut *tx).await?
        else {
            return Ok(None);
        };
        let before = before(&mut tx, self.engine, id).await?;
        let (evidence, judged) = change(serde_json::from_str(&row.try_get::<String, _>("evidence")?)?, &before);
        sqlx::query("UPDATE results SET evidence = $3, assessment = $4 WHERE workspace_id = $1 AND scan_id = $2")
            .bind(proof.workspace())
            .bind(id.as_str())
            .bind(serde_json::to_string(&evidence)?)
            .bind(serde_json::to_string(&judged.assessment)?)
            .execute(&mut *tx)
            .await?;
        settle(&mut tx, id, proof.project(), &judged, now).await?;
        tx.commit().await?;
        Ok(Some(judged.assessment))
    }
}

/// A score as it is stored.
#[allow(clippy::cast_possible_truncation, reason = "0 to 1000")]
pub(crate) fn tenths(x: f64) -> i64 {
    (x * 10.0).round() as i64
}

/// The judgement in short: verdict, tenths of the score, thousandths of coverage, blockers.
#[allow(clippy::cast_possible_truncation, reason = "all far within i64")]
pub(crate) fn short(a: &Assessment) -> (&'static str, i64, i64, i64) {
    (a.verdict.word(), tenths(a.score.score), (a.score.coverage * 1000.0).round() as i64, i64::try_from(a.blockers().count()).unwrap_or(0))
}

pub(crate) fn scan(row: &AnyRow) -> Result<Scan> {
    let text = |name: &str| row.try_get::<String, _>(name);
    let project = text("project_id")?;
    Ok(Scan {
        id: ScanId::stored(text("id")?),
        project: if project.is_empty() { None } else { Some(ProjectId::stored(project)) },
        target: serde_json::from_str(&text("target")?)?,
        status: ScanStatus::parse(&text("status")?),
        queued_at: row.try_get("queued_at")?,
        started_at: row.try_get("started_at")?,
        finished_at: row.try_get("finished_at")?,
        progress: serde_json::from_str(&text("progress")?)?,
        error: text("error")?,
        asked_from: text("asked_from")?,
    })
}

#[allow(clippy::cast_precision_loss, reason = "small numbers")]
pub(crate) fn summary(row: &AnyRow) -> Result<Summary> {
    let score: i64 = row.try_get("score")?;
    let coverage: i64 = row.try_get("coverage")?;
    let (low, high): (i64, i64) = (row.try_get("low")?, row.try_get("high")?);
    Ok(Summary {
        id: ScanId::stored(row.try_get("id")?),
        status: ScanStatus::parse(&row.try_get::<String, _>("status")?),
        queued_at: row.try_get("queued_at")?,
        finished_at: row.try_get("finished_at")?,
        verdict: Verdict::from_word(&row.try_get::<String, _>("verdict")?),
        score: (score >= 0).then_some(score as f64 / 10.0),
        interval: (low >= 0).then_some((low as f64 / 10.0, high as f64 / 10.0)),
        coverage: coverage as f64 / 1000.0,
        blockers: row.try_get("blockers")?,
    })
}

//! A scan as a row, whole and in short.

use crate::error::Result;
use crate::ids::{ProjectId, ScanId};
use readiness::evidence::Collector;
use readiness::{Assessment, Outcome, Target, Verdict};
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

pub(crate) const SCAN: &str = "id, project_id, domain, target, status, queued_at, started_at, finished_at, progress, error, asked_from";
pub(crate) const SUMMARY: &str = "id, status, queued_at, finished_at, verdict, score, coverage, blockers, low, high";

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

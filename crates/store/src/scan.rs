//! A scan as a row, whole and in short.

use crate::columns::{Text, read_as_json};
use crate::ids::{ProjectId, ScanId};
use readiness::evidence::Collector;
use readiness::{Assessment, Outcome, Target, Verdict};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{FromRow, Row};

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
    /// Whether nothing more will happen.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, ScanStatus::Finished | ScanStatus::Failed | ScanStatus::Cancelled)
    }
}

impl From<Text> for ScanStatus {
    fn from(text: Text) -> Self {
        match text.0.as_str() {
            "queued" => Self::Queued,
            "running" => Self::Running,
            "finished" => Self::Finished,
            "cancelled" => Self::Cancelled,
            _ => Self::Failed,
        }
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
#[derive(Clone, Debug, PartialEq, sqlx::FromRow)]
pub struct Scan {
    /// Id.
    pub id: ScanId,
    /// Its project; none for a preview.
    #[sqlx(try_from = "Text", rename = "project_id")]
    pub project: Option<ProjectId>,
    /// What is scanned.
    #[sqlx(try_from = "Text")]
    pub target: Target,
    /// Where it is.
    #[sqlx(try_from = "Text")]
    pub status: ScanStatus,
    /// Epoch milliseconds.
    pub queued_at: i64,
    /// Epoch milliseconds; 0 before.
    pub started_at: i64,
    /// Epoch milliseconds; 0 before.
    pub finished_at: i64,
    /// What is known while it runs.
    #[sqlx(try_from = "Text")]
    pub progress: Progress,
    /// Why it failed.
    pub error: String,
    /// Who asked for a preview: a keyed hash of their address.
    pub asked_from: String,
}

pub(crate) const SCAN: &str = "id, project_id, target, status, queued_at, started_at, finished_at, progress, error, asked_from";

read_as_json!(Target, Progress);

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

pub(crate) const SUMMARY: &str = "id, status, queued_at, finished_at, verdict, score, coverage, blockers, low, high";

impl FromRow<'_, AnyRow> for Summary {
    #[allow(clippy::cast_precision_loss, reason = "small numbers")]
    fn from_row(row: &AnyRow) -> sqlx::Result<Self> {
        let (score, coverage): (i64, i64) = (row.try_get("score")?, row.try_get("coverage")?);
        let (low, high): (i64, i64) = (row.try_get("low")?, row.try_get("high")?);
        Ok(Self {
            id: row.try_get("id")?,
            status: row.try_get::<Text, _>("status")?.into(),
            queued_at: row.try_get("queued_at")?,
            finished_at: row.try_get("finished_at")?,
            verdict: Verdict::from_word(row.try_get("verdict")?),
            score: (score >= 0).then_some(score as f64 / 10.0),
            interval: (low >= 0).then_some((low as f64 / 10.0, high as f64 / 10.0)),
            coverage: coverage as f64 / 1000.0,
            blockers: row.try_get("blockers")?,
        })
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

//! Judging a result within the transaction that saves it: what people say, what was before, and who is
//! told are read and written together, so nothing of it is lost or told twice.

use crate::channels::{self, Event};
use crate::outbox::{NewMail, enqueue};
use crate::projects::brief;
use crate::scans::{short, tenths};
use crate::subscriptions::{Recipient, readers};
use crate::{Engine, ProjectId, Result, ScanId, Store, WorkspaceId};
use readiness::{Assessment, Brief, Claims, Ledger, Outside, Settings};
use serde::de::DeserializeOwned;
use sqlx::{Any, Row, Transaction};

/// What a judgement may look at beside the evidence.
#[derive(Clone, Debug, Default)]
pub struct Before {
    /// What people say.
    pub claims: Claims,
    /// What the owner says about the product.
    pub settings: Settings,
    /// The project's line, as it was.
    pub brief: Option<Brief>,
    /// The finished result before the one that is judged.
    pub previous: Option<Assessment>,
    /// This result as it was judged until now, if it was.
    pub present: Option<Assessment>,
    /// Its project; none for a preview.
    pub project: Option<ProjectId>,
    /// Whether the clock asked for the scan.
    pub scheduled: bool,
    /// Members who may read it, with what each wants to be told.
    pub readers: Vec<Recipient>,
}

impl Before {
    /// What a scan saw, with what else is known of its project.
    #[must_use]
    pub fn ledger(&self, scan: &Outside) -> Ledger {
        let mut ledger = Ledger::of_scan(scan.clone()).with(&self.claims);
        ledger.profile.clone_from(&self.settings.profile);
        ledger.launch.clone_from(&self.settings.launch);
        ledger
    }
}

/// A judgement, and what it sets off.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The judgement.
    pub assessment: Assessment,
    /// The project's line from now on.
    pub brief: Option<Brief>,
    /// Lines of the change log: kind and text.
    pub changes: Vec<(&'static str, String)>,
    /// Reports by mail.
    pub mails: Vec<NewMail>,
    /// For channels.
    pub events: Vec<Event>,
}

impl From<Assessment> for Judged {
    fn from(assessment: Assessment) -> Self {
        Self { assessment, brief: None, changes: vec![], mails: vec![], events: vec![] }
    }
}

/// A kind of claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Table {
    Attestations,
    Excuses,
}

impl Table {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Attestations => "attestations",
            Self::Excuses => "excuses",
        }
    }
}

async fn bodies<T: DeserializeOwned>(tx: &mut Transaction<'_, Any>, table: Table, project: &str) -> Result<Vec<T>> {
    let sql = format!("SELECT body FROM {} WHERE project_id = $1 ORDER BY check_id", table.name());
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(project).fetch_all(&mut **tx).await?;
    rows.iter().map(|r| Ok(serde_json::from_str(&r.try_get::<String, _>("body")?)?)).collect()
}

/// What people say about a project.
pub(crate) async fn claims(tx: &mut Transaction<'_, Any>, project: &str) -> Result<Claims> {
    Ok(Claims { attestations: bodies(tx, Table::Attestations, project).await?, excuses: bodies(tx, Table::Excuses, project).await? })
}

/// What stands around a scan, with its project locked; nothing for a preview.
pub(crate) async fn before(tx: &mut Transaction<'_, Any>, engine: Engine, scan: &ScanId) -> Result<Before> {
    let row = sqlx::query("SELECT workspace_id, project_id, scheduled, queued_at FROM scans WHERE id = $1")
        .bind(scan.as_str())
        .fetch_optional(&mut **tx)
        .await?;
    let Some(row) = row else { return Ok(Before::default()) };
    let (workspace, project): (String, String) = (row.try_get("workspace_id")?, row.try_get("project_id")?);
    if project.is_empty() {
        return Ok(Before::default());
    }
    let sql = match engine {
        Engine::Sqlite => "SELECT brief, settings FROM projects WHERE id = $1",
        Engine::Postgres => "SELECT brief, settings FROM projects WHERE id = $1 FOR UPDATE",
    };
    let line = sqlx::query(sql).bind(&project).fetch_optional(&mut **tx).await?;
    let Some(line) = line else { return Ok(Before::default()) };
    let read = |r: Option<sqlx::any::AnyRow>| -> Result<Option<Assessment>> {
        r.map(|r| Ok(serde_json::from_str(&r.try_get::<String, _>("assessment")?)?)).transpose()
    };
    let previous = sqlx::query("SELECT r.assessment FROM scans s JOIN results r ON r.scan_id = s.id WHERE s.workspace_id = $1 AND s.project_id = $2 AND s.status = 'finished' AND s.id <> $3 AND s.queued_at <= $4 ORDER BY s.queued_at DESC, s.id DESC LIMIT 1")
        .bind(&workspace)
        .bind(&project)
        .bind(scan.as_str())
        .bind(row.try_get::<i64, _>("queued_at")?)
        .fetch_optional(&mut **tx)
        .await?;
    let present = sqlx::query("SELECT assessment FROM results WHERE scan_id = $1").bind(scan.as_str()).fetch_optional(&mut **tx).await?;
    let scheduled = row.try_get::<i64, _>("scheduled")? > 0;
    let id = ProjectId::stored(project);
    Ok(Before {
        claims: claims(tx, id.as_str()).await?,
        brief: brief(&line)?,
        settings: serde_json::from_str(&line.try_get::<String, _>("settings")?)?,
        previous: read(previous)?,
        present: read(present)?,
        scheduled,
        readers: if scheduled { readers(tx, &WorkspaceId::stored(workspace), &id).await? } else { vec![] },
        project: Some(id),
    })
}

/// Writes down what a judgement sets off, beside the result itself.
pub(crate) async fn settle(tx: &mut Transaction<'_, Any>, scan: &ScanId, project: &str, judged: &Judged, now: i64) -> Result<()> {
    let (verdict, score, coverage, blockers) = short(&judged.assessment);
    sqlx::query("UPDATE scans SET verdict = $2, score = $3, coverage = $4, blockers = $5, low = $6, high = $7 WHERE id = $1")
        .bind(scan.as_str())
        .bind(verdict)
        .bind(score)
        .bind(coverage)
        .bind(blockers)
        .bind(tenths(judged.assessment.score.interval.0))
        .bind(tenths(judged.assessment.score.interval.1))
        .execute(&mut **tx)
        .await?;
    let Some(brief) = judged.brief.as_ref().filter(|_| !project.is_empty()) else { return Ok(()) };
    sqlx::query("UPDATE projects SET brief = $2 WHERE id = $1")
        .bind(project)
        .bind(serde_json::to_string(brief)?)
        .execute(&mut **tx)
        .await?;
    for (kind, text) in &judged.changes {
        write_change(tx, project, kind, text, scan.as_str(), now).await?;
    }
    for mail in &judged.mails {
        enqueue(tx, mail, now).await?;
    }
    channels::announce(tx, project, &judged.events, now).await
}

/// A line of the change log.
pub(crate) async fn write_change(
    tx: &mut Transaction<'_, Any>,
    project: &str,
    kind: &str,
    text: &str,
    source: &str,
    now: i64,
) -> Result<()> {
    sqlx::query("INSERT INTO changes (id, workspace_id, project_id, kind, text, source, at) SELECT $1, workspace_id, id, $3, $4, $5, $6 FROM projects WHERE id = $2")
        .bind(uuid::Uuid::now_v7().to_string())
        .bind(project)
        .bind(kind)
        .bind(text)
        .bind(source)
        .bind(now)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Judges the newest result of a project again, after something that people say has changed.
pub(crate) async fn again(
    tx: &mut Transaction<'_, Any>,
    engine: Engine,
    project: &str,
    judge: impl FnOnce(&Outside, &Before) -> Judged,
    now: i64,
) -> Result<()> {
    let row = sqlx::query("SELECT s.id, r.evidence FROM scans s JOIN results r ON r.scan_id = s.id WHERE s.project_id = $1 AND s.status = 'finished' AND r.forgotten = 0 ORDER BY s.queued_at DESC, s.id DESC LIMIT 1")
        .bind(project)
        .fetch_optional(&mut **tx)
        .await?;
    let Some(row) = row else { return Ok(()) };
    let scan = ScanId::stored(row.try_get("id")?);
    let evidence: Outside = serde_json::from_str(&row.try_get::<String, _>("evidence")?)?;
    let before = before(tx, engine, &scan).await?;
    let judged = judge(&evidence, &before);
    sqlx::query("UPDATE results SET assessment = $2 WHERE scan_id = $1")
        .bind(scan.as_str())
        .bind(serde_json::to_string(&judged.assessment)?)
        .execute(&mut **tx)
        .await?;
    settle(tx, &scan, project, &judged, now).await
}

impl Store {
    /// Judges again what has become stale: projects whose answers or excuses have ended since, and those
    /// that have a result and no line yet. Returns how many there were, `limit` at most.
    ///
    /// # Errors
    /// The database's.
    pub async fn judge_stale(&self, limit: i64, judge: impl Fn(&Outside, &Before) -> Judged, now: i64) -> Result<usize> {
        let rows = sqlx::query(
            "SELECT project_id AS id FROM attestations WHERE settled = 0 AND expires_at <= $1
             UNION SELECT project_id FROM excuses WHERE settled = 0 AND expires_at <= $1
             UNION SELECT p.id FROM projects p WHERE p.brief = '' AND EXISTS (SELECT 1 FROM scans s JOIN results r ON r.scan_id = s.id WHERE s.project_id = p.id AND s.workspace_id = p.workspace_id AND s.status = 'finished' AND r.forgotten = 0)
             LIMIT $2",
        )
        .bind(now)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        for row in &rows {
            let project: String = row.try_get("id")?;
            let mut tx = self.begin_write().await?;
            again(&mut tx, self.engine, &project, &judge, now).await?;
            for table in [Table::Attestations, Table::Excuses] {
                let sql = format!("UPDATE {} SET settled = 1 WHERE project_id = $1 AND settled = 0 AND expires_at <= $2", table.name());
                sqlx::query(sqlx::AssertSqlSafe(sql)).bind(&project).bind(now).execute(&mut *tx).await?;
            }
            tx.commit().await?;
        }
        Ok(rows.len())
    }
}

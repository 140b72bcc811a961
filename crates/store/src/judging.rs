//! Judging a result within the transaction that saves it: what people say, what was before, and who is
//! told are read and written together, so nothing of it is lost or told twice.

use crate::changes::write_change;
use crate::channels::{self, Event};
use crate::columns::{Number, Text};
use crate::database::Store;
use crate::error::Result;
use crate::ids::{ProjectId, ScanId, WorkspaceId};
use crate::moving::move_scan;
use crate::outbox::{NewMail, enqueue};
use crate::pieces::{At, ledger, ledger_of_preview, moment};
use crate::project::brief;
use crate::results::{self, judged_of_scan};
use crate::scan::{short, tenths};
use crate::subscriptions::{Recipient, readers};
use readiness::{Assessment, Brief, Ledger, Source, Target};
use sqlx::{Any, Row, Transaction};

/// What stands around a judgement, beside the ledger that it judges.
#[derive(Clone, Debug, Default)]
pub struct Before {
    /// The project's line, as it was.
    pub brief: Option<Brief>,
    /// The finished result before the one that is judged, without what its findings rest on.
    pub previous: Option<Assessment>,
    /// This result as it was judged until now, if it was; without what its findings rest on.
    pub present: Option<Assessment>,
    /// Its project; none for a preview.
    pub project: Option<ProjectId>,
    /// The scan whose evidence is part of the ledger.
    pub scan: Option<ScanId>,
    /// Whether the clock asked for the scan.
    pub scheduled: bool,
    /// Members who may read it, with what each wants to be told.
    pub readers: Vec<Recipient>,
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

/// Whose scan it is.
#[derive(sqlx::FromRow)]
struct Owner {
    #[sqlx(rename = "workspace_id")]
    workspace: String,
    /// Empty for a preview.
    #[sqlx(rename = "project_id")]
    project: String,
    #[sqlx(try_from = "Number")]
    scheduled: bool,
    queued_at: i64,
    #[sqlx(try_from = "Text")]
    target: Target,
}

async fn owner(tx: &mut Transaction<'_, Any>, scan: &ScanId) -> Result<Option<Owner>> {
    Ok(sqlx::query_as("SELECT workspace_id, project_id, scheduled, queued_at, target FROM scans WHERE id = $1")
        .bind(scan.as_str())
        .fetch_optional(&mut **tx)
        .await?)
}

/// What stands around a scan.
async fn before(tx: &mut Transaction<'_, Any>, scan: &ScanId, of: &Owner) -> Result<Before> {
    let present = judged_of_scan(tx, scan).await?;
    if of.project.is_empty() {
        return Ok(Before { present, scan: Some(scan.clone()), ..Before::default() });
    }
    let line = sqlx::query("SELECT brief FROM projects WHERE id = $1").bind(&of.project).fetch_optional(&mut **tx).await?;
    let previous = sqlx::query("SELECT s.id FROM scans s WHERE s.workspace_id = $1 AND s.project_id = $2 AND s.status = 'finished' AND s.id <> $3 AND s.queued_at <= $4 ORDER BY s.queued_at DESC, s.id DESC LIMIT 1")
        .bind(&of.workspace)
        .bind(&of.project)
        .bind(scan.as_str())
        .bind(of.queued_at)
        .fetch_optional(&mut **tx)
        .await?;
    let previous = match previous {
        Some(row) => {
            let id: ScanId = row.try_get("id")?;
            move_scan(tx, &id).await?;
            judged_of_scan(tx, &id).await?
        }
        None => None,
    };
    let id = ProjectId::stored(of.project.clone());
    Ok(Before {
        brief: line.as_ref().map(brief).transpose()?.flatten(),
        previous,
        present,
        scheduled: of.scheduled,
        readers: if of.scheduled { readers(tx, &WorkspaceId::stored(of.workspace.clone()), &id).await? } else { vec![] },
        project: Some(id),
        scan: Some(scan.clone()),
    })
}

/// Judges the ledger of a scan's project anew, with what that scan saw, and writes down the result and all that it sets off.
/// `cause` is the source whose piece asked for it. The judgement; none where there is nothing to judge.
pub(crate) async fn judge_scan(
    tx: &mut Transaction<'_, Any>,
    scan: &ScanId,
    cause: Source,
    judge: impl FnOnce(&Ledger, &Before) -> Judged,
    now: i64,
) -> Result<Option<Assessment>> {
    let Some(of) = owner(tx, scan).await? else { return Ok(None) };
    let moment = moment(tx, &of.project, now).await?;
    move_scan(tx, scan).await?;
    let ledger = if of.project.is_empty() {
        ledger_of_preview(tx, scan, of.target.clone()).await?
    } else {
        match ledger(tx, &of.workspace, &of.project, Some(scan)).await? {
            Some((_, ledger)) => ledger,
            None => return Ok(None),
        }
    };
    let Some(zero) = ledger.outside().map(|e| e.started_at) else { return Ok(None) };
    let before = before(tx, scan, &of).await?;
    let judged = judge(&ledger, &before);
    let at = At { workspace: &of.workspace, project: &of.project, scan: scan.as_str(), moment };
    results::insert(tx, at, zero, cause, &judged.assessment).await?;
    settle(tx, scan, &of.project, &judged, now).await?;
    Ok(Some(judged.assessment))
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

/// Judges a project again, after a piece of this source came or what people decide has changed.
pub(crate) async fn again(
    tx: &mut Transaction<'_, Any>,
    project: &str,
    cause: Source,
    judge: impl FnOnce(&Ledger, &Before) -> Judged,
    now: i64,
) -> Result<()> {
    let scan = newest_scan(tx, project).await?;
    sqlx::query("UPDATE projects SET judge_due = 0 WHERE id = $1 AND judge_due > 0").bind(project).execute(&mut **tx).await?;
    let Some(scan) = scan else { return Ok(()) };
    judge_scan(tx, &scan, cause, judge, now).await?;
    Ok(())
}

/// A project's newest finished scan.
pub(crate) async fn newest_scan(tx: &mut Transaction<'_, Any>, project: &str) -> Result<Option<ScanId>> {
    let row = sqlx::query("SELECT id FROM scans WHERE project_id = $1 AND status = 'finished' ORDER BY queued_at DESC, id DESC LIMIT 1")
        .bind(project)
        .fetch_optional(&mut **tx)
        .await?;
    Ok(row.map(|r| r.try_get("id")).transpose()?)
}

/// The source of what a program brought last.
async fn newest_pushed(tx: &mut Transaction<'_, Any>, project: &str) -> Result<Source> {
    let row = sqlx::query(
        "SELECT source FROM pieces WHERE project_id = $1 AND scan_id = '' AND source <> 'person' ORDER BY stored_at DESC, id DESC LIMIT 1",
    )
    .bind(project)
    .fetch_optional(&mut **tx)
    .await?;
    let word: Option<String> = row.map(|r| r.try_get("source")).transpose()?;
    Ok(word.and_then(|w| Source::from_word(&w)).unwrap_or(Source::Person))
}

impl Store {
    /// Judges again what has become stale: projects whose pieces or exemptions have ended since, and those
    /// that have a result and no line yet. Returns how many there were,
    /// `limit` at most.
    ///
    /// # Errors
    /// The database's.
    pub async fn judge_stale(&self, limit: i64, judge: impl Fn(&Ledger, &Before) -> Judged, now: i64) -> Result<usize> {
        let rows = sqlx::query(
            "SELECT project_id AS id FROM pieces WHERE settled = 0 AND superseded_at = 0 AND expires_at <= $1 AND project_id <> ''
             UNION SELECT project_id FROM excuses WHERE settled = 0 AND expires_at <= $1
             UNION SELECT p.id FROM projects p WHERE p.brief = '' AND EXISTS (SELECT 1 FROM scans s WHERE s.project_id = p.id AND s.workspace_id = p.workspace_id AND s.status = 'finished')
             LIMIT $2",
        )
        .bind(now)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        for row in &rows {
            let project: String = row.try_get("id")?;
            let mut tx = self.begin_write().await?;
            again(&mut tx, &project, Source::Person, &judge, now).await?;
            for sql in [
                "UPDATE pieces SET settled = 1 WHERE project_id = $1 AND settled = 0 AND superseded_at = 0 AND expires_at <= $2",
                "UPDATE excuses SET settled = 1 WHERE project_id = $1 AND settled = 0 AND expires_at <= $2",
            ] {
                sqlx::query(sql).bind(&project).bind(now).execute(&mut *tx).await?;
            }
            tx.commit().await?;
        }
        Ok(rows.len())
    }

    /// Judges what waits to be judged together with other pieces. Returns how many projects there were, `limit` at most.
    ///
    /// # Errors
    /// The database's.
    pub async fn judge_due(&self, limit: i64, judge: impl Fn(&Ledger, &Before) -> Judged, now: i64) -> Result<usize> {
        let rows = sqlx::query("SELECT id FROM projects WHERE judge_due > 0 AND judge_due <= $1 LIMIT $2")
            .bind(now)
            .bind(limit)
            .fetch_all(&self.pool)
            .await?;
        for row in &rows {
            let project: String = row.try_get("id")?;
            let mut tx = self.begin_write().await?;
            let cause = newest_pushed(&mut tx, &project).await?;
            again(&mut tx, &project, cause, &judge, now).await?;
            tx.commit().await?;
        }
        Ok(rows.len())
    }
}

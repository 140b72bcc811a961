//! Scans by the clock.

use crate::access::{CanRead, CanWork};
use crate::audit::{By, log_project};
use crate::database::Store;
use crate::error::Result;
use crate::ids::{ProjectId, ScanId, WorkspaceId};
use crate::outbox::{NewMail, enqueue};
use crate::project::{Project, brief, find_project};
use crate::subscriptions::{Recipient, readers};
use sqlx::Row;
use sqlx::any::AnyRow;

/// When a project is scanned by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Which.
    pub project: ProjectId,
    /// Whose.
    pub workspace: WorkspaceId,
    /// `daily`, `weekly`, `monthly`, or five fields of cron.
    pub rhythm: String,
    /// IANA.
    pub zone: String,
    /// Epoch milliseconds.
    pub next_at: i64,
    /// Why it rests; empty while it does not.
    pub paused: String,
}

const COLUMNS: &str = "s.project_id, s.workspace_id, s.rhythm, s.zone, s.next_at, s.paused";

fn schedule(r: &AnyRow) -> Result<Schedule> {
    Ok(Schedule {
        project: ProjectId::stored(r.try_get("project_id")?),
        workspace: WorkspaceId::stored(r.try_get("workspace_id")?),
        rhythm: r.try_get("rhythm")?,
        zone: r.try_get("zone")?,
        next_at: r.try_get("next_at")?,
        paused: r.try_get("paused")?,
    })
}

impl Store {
    /// A project's schedule.
    ///
    /// # Errors
    /// The database's.
    pub async fn schedule(&self, proof: &CanRead, project: &ProjectId) -> Result<Option<Schedule>> {
        Ok(self.schedules(proof).await?.into_iter().find(|s| s.project == *project))
    }

    /// The schedules of the projects that may be read.
    ///
    /// # Errors
    /// The database's.
    pub async fn schedules(&self, proof: &CanRead) -> Result<Vec<Schedule>> {
        let sql = format!("SELECT {COLUMNS} FROM schedules s WHERE s.workspace_id = $1 ORDER BY s.next_at, s.project_id");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(proof.workspace()).fetch_all(&self.pool).await?;
        let mut list: Vec<Schedule> = rows.iter().map(schedule).collect::<Result<_>>()?;
        list.retain(|s| proof.sees(&s.project));
        Ok(list)
    }

    /// Sets a project's schedule, which ends a pause; or ends it with `None`.
    ///
    /// # Errors
    /// The database's.
    pub async fn set_schedule(&self, proof: &CanWork, to: Option<(&str, &str, i64)>, by: &By, now: i64) -> Result<()> {
        let mut tx = self.begin_write().await?;
        sqlx::query("DELETE FROM schedules WHERE workspace_id = $1 AND project_id = $2")
            .bind(proof.workspace())
            .bind(proof.project())
            .execute(&mut *tx)
            .await?;
        let mut told = "never".to_owned();
        if let Some((rhythm, zone, next)) = to {
            sqlx::query("INSERT INTO schedules (project_id, workspace_id, rhythm, zone, next_at) SELECT id, workspace_id, $3, $4, $5 FROM projects WHERE workspace_id = $1 AND id = $2")
                .bind(proof.workspace())
                .bind(proof.project())
                .bind(rhythm)
                .bind(zone)
                .bind(next)
                .execute(&mut *tx)
                .await?;
            told = format!("{rhythm} ({zone})");
        }
        log_project(&mut tx, proof.workspace(), by, "schedule set", proof.project(), &told, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The schedules that are due, the longest waiting first. Archived projects rest.
    ///
    /// # Errors
    /// The database's.
    pub async fn due_schedules(&self, now: i64, limit: i64) -> Result<Vec<Schedule>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM schedules s JOIN projects p ON p.id = s.project_id WHERE s.paused = '' AND s.next_at <= $1 AND p.archived_at = 0 ORDER BY s.next_at LIMIT $2"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(now).bind(limit).fetch_all(&self.pool).await?;
        rows.iter().map(schedule).collect()
    }

    /// Asks for the scan of a schedule and moves it on, in one: of several workers one does it, and
    /// however many turns were missed, one scan makes up for them. A project that is being scanned
    /// already is not scanned twice. Returns whether a scan was asked for.
    ///
    /// # Errors
    /// The database's.
    pub async fn fire(&self, s: &Schedule, next: i64, now: i64) -> Result<bool> {
        let mut tx = self.begin_write().await?;
        let done =
            sqlx::query("UPDATE schedules SET next_at = $4 WHERE project_id = $1 AND workspace_id = $2 AND next_at = $3 AND paused = ''")
                .bind(s.project.as_str())
                .bind(s.workspace.as_str())
                .bind(s.next_at)
                .bind(next)
                .execute(&mut *tx)
                .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        let Some(project) = find_project(&mut tx, s.workspace.as_str(), s.project.as_str()).await? else { return Ok(false) };
        let target = Project::target(&project);
        let made = sqlx::query(
            "INSERT INTO scans (id, workspace_id, project_id, domain, target, status, queued_at, scheduled) VALUES ($1, $2, $3, $4, $5, 'queued', $6, 1) ON CONFLICT DO NOTHING",
        )
        .bind(ScanId::new().as_str())
        .bind(s.workspace.as_str())
        .bind(s.project.as_str())
        .bind(target.domain.as_str())
        .bind(serde_json::to_string(&target)?)
        .bind(now)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(made.rows_affected() == 1)
    }

    /// Lets a schedule rest, and tells those who see to the project, once; `false` if it rested already.
    ///
    /// # Errors
    /// The database's.
    pub async fn pause(&self, s: &Schedule, why: &str, letter: impl Fn(&Recipient) -> Option<NewMail>, now: i64) -> Result<bool> {
        let mut tx = self.begin_write().await?;
        let done = sqlx::query("UPDATE schedules SET paused = $3 WHERE project_id = $1 AND workspace_id = $2 AND paused = ''")
            .bind(s.project.as_str())
            .bind(s.workspace.as_str())
            .bind(why)
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        for mail in readers(&mut tx, &s.workspace, &s.project).await?.iter().filter_map(letter) {
            enqueue(&mut tx, &mail, now).await?;
        }
        tx.commit().await?;
        Ok(true)
    }
}

impl Store {
    /// Every active project that has a line, with its schedule if that does not rest: what the clock looks
    /// over once an hour.
    ///
    /// # Errors
    /// The database's.
    pub async fn watched(&self) -> Result<Vec<(Option<Schedule>, ProjectId, String, readiness::Brief)>> {
        let rows = sqlx::query(
            "SELECT p.id, p.domain, p.workspace_id AS home, p.brief, COALESCE(s.rhythm, '') AS rhythm, COALESCE(s.zone, '') AS zone, COALESCE(s.next_at, 0) AS next_at
             FROM projects p LEFT JOIN schedules s ON s.project_id = p.id AND s.paused = '' WHERE p.brief <> '' AND p.archived_at = 0",
        )
        .fetch_all(&self.pool)
        .await?;
        let mut out = vec![];
        for r in &rows {
            let id = ProjectId::stored(r.try_get("id")?);
            let Some(brief) = brief(r)? else { continue };
            let rhythm: String = r.try_get("rhythm")?;
            let schedule = (!rhythm.is_empty()).then_some(rhythm).map(|rhythm| -> Result<Schedule> {
                Ok(Schedule {
                    project: id.clone(),
                    workspace: WorkspaceId::stored(r.try_get("home")?),
                    rhythm,
                    zone: r.try_get("zone")?,
                    next_at: r.try_get("next_at")?,
                    paused: String::new(),
                })
            });
            out.push((schedule.transpose()?, id, r.try_get("domain")?, brief));
        }
        Ok(out)
    }
}

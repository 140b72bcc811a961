//! Sprints of projects, one open at a time.

use crate::access::{CanManage, CanRead, CanWork};
use crate::audit::{By, log, log_project};
use crate::changes::write_change;
use crate::database::Store;
use crate::error::Result;
use crate::ids::ProjectId;
use readiness::sprint::{Sprint, Template};
use sqlx::Row;

impl Store {
    /// How sprints of the workspace may begin.
    ///
    /// # Errors
    /// The database's.
    pub async fn templates(&self, proof: &CanRead) -> Result<Vec<Template>> {
        let row = sqlx::query("SELECT templates FROM workspaces WHERE id = $1").bind(proof.workspace()).fetch_optional(&self.pool).await?;
        row.map_or_else(|| Ok(vec![]), |r| Ok(serde_json::from_str(&r.try_get::<String, _>("templates")?)?))
    }

    /// Changes the templates as a whole.
    ///
    /// # Errors
    /// The database's.
    pub async fn change_templates(&self, proof: &CanManage, change: impl FnOnce(&mut Vec<Template>), by: &By, now: i64) -> Result<()> {
        let mut tx = self.begin_write().await?;
        let row = sqlx::query("SELECT templates FROM workspaces WHERE id = $1").bind(proof.workspace()).fetch_one(&mut *tx).await?;
        let mut list: Vec<Template> = serde_json::from_str(&row.try_get::<String, _>("templates")?)?;
        change(&mut list);
        sqlx::query("UPDATE workspaces SET templates = $2 WHERE id = $1")
            .bind(proof.workspace())
            .bind(serde_json::to_string(&list)?)
            .execute(&mut *tx)
            .await?;
        let names: Vec<&str> = list.iter().map(|t| t.name.as_str()).collect();
        log(&mut tx, proof.workspace(), by, "sprint templates changed", "", &names.join(", "), now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The sprints of a project, the newest first, each with its id.
    ///
    /// # Errors
    /// The database's.
    pub async fn sprints(&self, proof: &CanRead, project: &ProjectId) -> Result<Vec<(String, Sprint)>> {
        if !proof.sees(project) {
            return Ok(vec![]);
        }
        let rows = sqlx::query("SELECT id, body FROM sprints WHERE workspace_id = $1 AND project_id = $2 ORDER BY id DESC LIMIT 50")
            .bind(proof.workspace())
            .bind(project.as_str())
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(|r| Ok((r.try_get("id")?, serde_json::from_str(&r.try_get::<String, _>("body")?)?))).collect()
    }

    /// Begins a sprint; `false` if one is open, or the project is not in the workspace.
    ///
    /// # Errors
    /// The database's.
    pub async fn begin_sprint(&self, proof: &CanWork, s: &Sprint, by: &By, now: i64) -> Result<bool> {
        let mut tx = self.begin_write().await?;
        let done = sqlx::query(
            "INSERT INTO sprints (id, workspace_id, project_id, body) SELECT $3, workspace_id, id, $4 FROM projects WHERE workspace_id = $1 AND id = $2 ON CONFLICT DO NOTHING",
        )
        .bind(proof.workspace())
        .bind(proof.project())
        .bind(uuid::Uuid::now_v7().to_string())
        .bind(serde_json::to_string(s)?)
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        let what = s.packages.join(", ");
        log_project(&mut tx, proof.workspace(), by, "sprint begun", proof.project(), &what, now).await?;
        write_change(&mut tx, proof.project(), "note", &format!("A sprint began: {what}."), &by.actor, now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Changes the open sprint as a whole, or closes it; `false` if none is open.
    ///
    /// # Errors
    /// The database's.
    pub async fn change_sprint(&self, proof: &CanWork, change: impl FnOnce(&mut Sprint), by: &By, now: i64) -> Result<bool> {
        let mut tx = self.begin_write().await?;
        let row = sqlx::query("SELECT id, body FROM sprints WHERE workspace_id = $1 AND project_id = $2 AND closed_at = 0")
            .bind(proof.workspace())
            .bind(proof.project())
            .fetch_optional(&mut *tx)
            .await?;
        let Some(row) = row else { return Ok(false) };
        let mut s: Sprint = serde_json::from_str(&row.try_get::<String, _>("body")?)?;
        change(&mut s);
        sqlx::query("UPDATE sprints SET body = $3, closed_at = $4 WHERE workspace_id = $1 AND id = $2")
            .bind(proof.workspace())
            .bind(row.try_get::<String, _>("id")?)
            .bind(serde_json::to_string(&s)?)
            .bind(s.closed_at)
            .execute(&mut *tx)
            .await?;
        if s.closed_at > 0 {
            log_project(&mut tx, proof.workspace(), by, "sprint closed", proof.project(), "", now).await?;
            write_change(&mut tx, proof.project(), "note", "The sprint was closed.", &by.actor, now).await?;
        }
        tx.commit().await?;
        Ok(true)
    }
}

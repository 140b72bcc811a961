//! The change log of a project: what got better or worse, and what people note.

use crate::access::{CanRead, CanWork};
use crate::audit::By;
use crate::database::Store;
use crate::error::Result;
use crate::ids::ProjectId;
use crate::project::find_project;
use sqlx::{Any, Row, Transaction};

/// A line of the change log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeRow {
    /// Id, later ones sorting after earlier ones.
    pub id: String,
    /// `fixed`, `worse`, `note` …
    pub kind: String,
    /// What.
    pub text: String,
    /// A scan's id, or a person's address.
    pub source: String,
    /// Epoch milliseconds.
    pub at: i64,
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

impl Store {
    /// The newest lines of a project's change log.
    ///
    /// # Errors
    /// The database's.
    pub async fn change_log(&self, proof: &CanRead, project: &ProjectId, limit: i64) -> Result<Vec<ChangeRow>> {
        if !proof.sees(project) {
            return Ok(vec![]);
        }
        let rows = sqlx::query(
            "SELECT id, kind, text, source, at FROM changes WHERE workspace_id = $1 AND project_id = $2 ORDER BY at DESC, id DESC LIMIT $3",
        )
        .bind(proof.workspace())
        .bind(project.as_str())
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|r| {
                Ok(ChangeRow {
                    id: r.try_get("id")?,
                    kind: r.try_get("kind")?,
                    text: r.try_get("text")?,
                    source: r.try_get("source")?,
                    at: r.try_get("at")?,
                })
            })
            .collect()
    }

    /// Adds a line to the change log by hand.
    ///
    /// # Errors
    /// The database's.
    pub async fn note_change(&self, proof: &CanWork, text: &str, by: &By, now: i64) -> Result<()> {
        let mut tx = self.begin_write().await?;
        if find_project(&mut tx, proof.workspace(), proof.project()).await?.is_none() {
            return Ok(());
        }
        write_change(&mut tx, proof.project(), "note", text, &by.actor, now).await?;
        tx.commit().await?;
        Ok(())
    }
}

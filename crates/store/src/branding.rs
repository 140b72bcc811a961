//! What stands on every report of a workspace: its name, its words, its logo.

use crate::access::{CanManage, CanRead};
use crate::audit::{By, log};
use crate::database::Store;
use crate::error::Result;
use sqlx::Row;

/// What stands on every report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Letterhead {
    /// The workspace's name.
    pub name: String,
    /// What its owners say, 600 characters at most.
    pub words: String,
    /// Kind and base64 of the logo; empty where there is none.
    pub logo: (String, String),
}

impl Store {
    /// The letterhead of the workspace.
    ///
    /// # Errors
    /// The database's.
    pub async fn letterhead(&self, proof: &CanRead) -> Result<Letterhead> {
        let row = sqlx::query(
            "SELECT w.name, w.words, COALESCE(l.kind, '') AS kind, COALESCE(l.body, '') AS body FROM workspaces w LEFT JOIN logos l ON l.workspace_id = w.id WHERE w.id = $1",
        )
        .bind(proof.workspace())
        .fetch_optional(&self.pool)
        .await?;
        let Some(r) = row else { return Ok(Letterhead::default()) };
        Ok(Letterhead { name: r.try_get("name")?, words: r.try_get("words")?, logo: (r.try_get("kind")?, r.try_get("body")?) })
    }

    /// Sets the words.
    ///
    /// # Errors
    /// The database's.
    pub async fn set_report_words(&self, proof: &CanManage, words: &str) -> Result<()> {
        sqlx::query("UPDATE workspaces SET words = $2 WHERE id = $1").bind(proof.workspace()).bind(words).execute(&self.pool).await?;
        Ok(())
    }

    /// Sets the logo, or takes it away where `body` is empty.
    ///
    /// # Errors
    /// The database's.
    pub async fn set_logo(&self, proof: &CanManage, kind: &str, body: &str, by: &By, now: i64) -> Result<()> {
        let mut tx = self.begin_write().await?;
        sqlx::query("DELETE FROM logos WHERE workspace_id = $1").bind(proof.workspace()).execute(&mut *tx).await?;
        if !body.is_empty() {
            sqlx::query("INSERT INTO logos (workspace_id, kind, body) VALUES ($1, $2, $3)")
                .bind(proof.workspace())
                .bind(kind)
                .bind(body)
                .execute(&mut *tx)
                .await?;
        }
        log(&mut tx, proof.workspace(), by, "logo changed", "", "", now).await?;
        tx.commit().await?;
        Ok(())
    }
}

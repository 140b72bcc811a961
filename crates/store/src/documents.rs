//! Tables that people keep, files that show something, and frozen packs.

use crate::access::{CanComment, CanRead, CanWork};
use crate::audit::{By, log_project};
use crate::changes::write_change;
use crate::database::Store;
use crate::error::Result;
use crate::ids::ProjectId;
use crate::project::find_project;
use crate::quota::Quota;
use crate::quotas::within;
use sqlx::Row;
use sqlx::any::AnyRow;

/// A table that people keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Which: `access`, `recovery` …
    pub word: String,
    /// Its rows.
    pub rows: Vec<Vec<String>>,
    /// Who changed it last.
    pub author: String,
    /// Epoch milliseconds.
    pub at: i64,
    /// Counts changes.
    pub version: i64,
}

/// A file that shows something. Its bytes lie in the data folder under its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRow {
    /// Id.
    pub id: String,
    /// For which check.
    pub check: String,
    /// As it was called.
    pub name: String,
    /// What its first bytes say that it is, as a media type.
    pub kind: String,
    /// Bytes.
    pub size: i64,
    /// Of its bytes, in hexadecimal.
    pub sha256: String,
    /// Who gave it.
    pub author: String,
    /// Epoch milliseconds.
    pub at: i64,
}

/// A frozen pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pack {
    /// Id; the ZIP lies in the data folder under it.
    pub id: String,
    /// Of which scan.
    pub scan: String,
    /// Bytes.
    pub size: i64,
    /// Of the ZIP, in hexadecimal.
    pub sha256: String,
    /// Who made it.
    pub author: String,
    /// Epoch milliseconds.
    pub at: i64,
    /// Name of who signed it; empty before.
    pub signed_name: String,
    /// Their address.
    pub signed_by: String,
    /// Epoch milliseconds; 0 before.
    pub signed_at: i64,
}

/// Files of one project.
pub const FILES: i64 = 200;

const FILE: &str = "id, check_id, name, kind, size, sha256, author, at";
const PACK: &str = "id, scan_id, size, sha256, author, at, signed_name, signed_by, signed_at";

fn file(r: &AnyRow) -> Result<FileRow> {
    let text = |name: &str| r.try_get::<String, _>(name);
    Ok(FileRow {
        id: text("id")?,
        check: text("check_id")?,
        name: text("name")?,
        kind: text("kind")?,
        size: r.try_get("size")?,
        sha256: text("sha256")?,
        author: text("author")?,
        at: r.try_get("at")?,
    })
}

fn pack(r: &AnyRow) -> Result<Pack> {
    let text = |name: &str| r.try_get::<String, _>(name);
    Ok(Pack {
        id: text("id")?,
        scan: text("scan_id")?,
        size: r.try_get("size")?,
        sha256: text("sha256")?,
        author: text("author")?,
        at: r.try_get("at")?,
        signed_name: text("signed_name")?,
        signed_by: text("signed_by")?,
        signed_at: r.try_get("signed_at")?,
    })
}

impl Store {
    /// The tables of a project.
    ///
    /// # Errors
    /// The database's.
    pub async fn documents(&self, proof: &CanRead, project: &ProjectId) -> Result<Vec<Kept>> {
        if !proof.sees(project) {
            return Ok(vec![]);
        }
        let rows = sqlx::query(
            "SELECT word, rows_json, author, at, version FROM documents WHERE workspace_id = $1 AND project_id = $2 ORDER BY word",
        )
        .bind(proof.workspace())
        .bind(project.as_str())
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|r| {
                Ok(Kept {
                    word: r.try_get("word")?,
                    rows: serde_json::from_str(&r.try_get::<String, _>("rows_json")?)?,
                    author: r.try_get("author")?,
                    at: r.try_get("at")?,
                    version: r.try_get("version")?,
                })
            })
            .collect()
    }

    /// Keeps a table in place of the version that was seen (0 for none yet); `false` if somebody else
    /// was faster.
    ///
    /// # Errors
    /// The database's.
    pub async fn keep_document(&self, proof: &CanWork, word: &str, rows: &[Vec<String>], seen: i64, by: &By, now: i64) -> Result<bool> {
        let mut tx = self.begin_write().await?;
        let text = serde_json::to_string(rows)?;
        let done = if seen == 0 {
            sqlx::query("INSERT INTO documents (workspace_id, project_id, word, rows_json, author, at, version) SELECT workspace_id, id, $3, $4, $5, $6, 1 FROM projects WHERE workspace_id = $1 AND id = $2 ON CONFLICT DO NOTHING")
                .bind(proof.workspace())
                .bind(proof.project())
                .bind(word)
                .bind(text)
                .bind(&by.actor)
                .bind(now)
                .execute(&mut *tx)
                .await?
        } else {
            sqlx::query("UPDATE documents SET rows_json = $4, author = $5, at = $6, version = version + 1 WHERE workspace_id = $1 AND project_id = $2 AND word = $3 AND version = $7")
                .bind(proof.workspace())
                .bind(proof.project())
                .bind(word)
                .bind(text)
                .bind(&by.actor)
                .bind(now)
                .bind(seen)
                .execute(&mut *tx)
                .await?
        };
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        log_project(&mut tx, proof.workspace(), by, "document changed", proof.project(), word, now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// The files of a project.
    ///
    /// # Errors
    /// The database's.
    pub async fn files(&self, proof: &CanRead, project: &ProjectId) -> Result<Vec<FileRow>> {
        if !proof.sees(project) {
            return Ok(vec![]);
        }
        let sql = format!("SELECT {FILE} FROM files WHERE workspace_id = $1 AND project_id = $2 ORDER BY at, id");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(proof.workspace()).bind(project.as_str()).fetch_all(&self.pool).await?;
        rows.iter().map(file).collect()
    }

    /// Notes a file whose bytes are in place; `false` if the project has enough of them.
    ///
    /// # Errors
    /// The database's; if the workspace has enough of them.
    pub async fn add_file(&self, proof: &CanComment, f: &FileRow, by: &By) -> Result<bool> {
        let mut tx = self.begin_write().await?;
        within(&mut tx, proof.workspace(), Quota::Megabytes, f.at).await?;
        let done = sqlx::query(
            "INSERT INTO files (id, workspace_id, project_id, check_id, name, kind, size, sha256, author, at) SELECT $3, workspace_id, id, $4, $5, $6, $7, $8, $9, $10 FROM projects
             WHERE workspace_id = $1 AND id = $2 AND (SELECT COUNT(*) FROM files x WHERE x.project_id = $2) < $11",
        )
        .bind(proof.workspace())
        .bind(proof.project())
        .bind(&f.id)
        .bind(&f.check)
        .bind(&f.name)
        .bind(&f.kind)
        .bind(f.size)
        .bind(&f.sha256)
        .bind(&f.author)
        .bind(f.at)
        .bind(FILES)
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        log_project(&mut tx, proof.workspace(), by, "file added", proof.project(), &format!("{}: {}", f.check, f.name), f.at).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Forgets a file; its bytes are the caller's to remove.
    ///
    /// # Errors
    /// The database's.
    pub async fn remove_file(&self, proof: &CanWork, id: &str, by: &By, now: i64) -> Result<bool> {
        let mut tx = self.begin_write().await?;
        let row = sqlx::query("DELETE FROM files WHERE workspace_id = $1 AND project_id = $2 AND id = $3 RETURNING name")
            .bind(proof.workspace())
            .bind(proof.project())
            .bind(id)
            .fetch_optional(&mut *tx)
            .await?;
        let Some(row) = row else { return Ok(false) };
        log_project(&mut tx, proof.workspace(), by, "file removed", proof.project(), &row.try_get::<String, _>("name")?, now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Of these ids, those that no row knows: files whose project is gone.
    ///
    /// # Errors
    /// The database's.
    pub async fn orphans(&self, ids: &[String]) -> Result<Vec<String>> {
        let mut out = vec![];
        for id in ids {
            let row = sqlx::query("SELECT id FROM files WHERE id = $1 UNION SELECT id FROM packs WHERE id = $1")
                .bind(id)
                .fetch_optional(&self.pool)
                .await?;
            if row.is_none() {
                out.push(id.clone());
            }
        }
        Ok(out)
    }

    /// The packs of a project, newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn packs(&self, proof: &CanRead, project: &ProjectId) -> Result<Vec<Pack>> {
        if !proof.sees(project) {
            return Ok(vec![]);
        }
        let sql = format!("SELECT {PACK} FROM packs WHERE workspace_id = $1 AND project_id = $2 ORDER BY at DESC, id DESC");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(proof.workspace()).bind(project.as_str()).fetch_all(&self.pool).await?;
        rows.iter().map(pack).collect()
    }

    /// Notes a pack whose bytes are in place.
    ///
    /// # Errors
    /// The database's; if the workspace has enough of them.
    pub async fn add_pack(&self, proof: &CanWork, p: &Pack, by: &By) -> Result<()> {
        let mut tx = self.begin_write().await?;
        if find_project(&mut tx, proof.workspace(), proof.project()).await?.is_none() {
            return Ok(());
        }
        within(&mut tx, proof.workspace(), Quota::Megabytes, p.at).await?;
        sqlx::query(
            "INSERT INTO packs (id, workspace_id, project_id, scan_id, size, sha256, author, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(&p.id)
        .bind(proof.workspace())
        .bind(proof.project())
        .bind(&p.scan)
        .bind(p.size)
        .bind(&p.sha256)
        .bind(&p.author)
        .bind(p.at)
        .execute(&mut *tx)
        .await?;
        log_project(&mut tx, proof.workspace(), by, "handover pack made", proof.project(), &p.sha256, p.at).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Signs a pack, once; `false` if it is signed already.
    ///
    /// # Errors
    /// The database's.
    pub async fn sign_pack(&self, proof: &CanComment, id: &str, name: &str, by: &By, now: i64) -> Result<bool> {
        let mut tx = self.begin_write().await?;
        let done = sqlx::query("UPDATE packs SET signed_name = $4, signed_by = $5, signed_at = $6 WHERE workspace_id = $1 AND project_id = $2 AND id = $3 AND signed_at = 0")
            .bind(proof.workspace())
            .bind(proof.project())
            .bind(id)
            .bind(name)
            .bind(&by.actor)
            .bind(now)
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        log_project(&mut tx, proof.workspace(), by, "handover pack signed", proof.project(), name, now).await?;
        write_change(&mut tx, proof.project(), "note", &format!("{name} signed the handover pack."), &by.actor, now).await?;
        tx.commit().await?;
        Ok(true)
    }
}

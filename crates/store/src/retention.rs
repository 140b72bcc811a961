//! What is forgotten: the evidence of old scans, each workspace after its own number of days. Results stay.

use crate::codec::Shape;
use crate::database::Store;
use crate::error::Result;
use crate::moving::move_scan;
use crate::pieces::{Base, FROM_PIECES, PIECE, pack, piece, unpack};
use readiness::Outside;
use sqlx::{Any, Row, Transaction};

impl Store {
    /// Forgets the bodies of old scans' evidence. The newest finished scan of a project stays whole. Returns how many were
    /// forgotten.
    ///
    /// # Errors
    /// The database's.
    pub async fn forget_evidence(&self, now: i64, limit: i64) -> Result<u64> {
        let old = "s.project_id <> '' AND s.finished_at < $1 - w.keep_days * 86400000
               AND EXISTS (SELECT 1 FROM scans n WHERE n.project_id = s.project_id AND n.status = 'finished' AND n.finished_at > s.finished_at)
             LIMIT $2";
        let sql = format!(
            "SELECT r.scan_id FROM results r JOIN scans s ON s.id = r.scan_id JOIN workspaces w ON w.id = s.workspace_id WHERE r.forgotten = 0 AND {old}"
        );
        for row in sqlx::query(sqlx::AssertSqlSafe(sql)).bind(now).bind(limit).fetch_all(&self.pool).await? {
            let mut tx = self.begin_write().await?;
            move_scan(&mut tx, &row.try_get("scan_id")?).await?;
            tx.commit().await?;
        }
        let sql = format!(
            "SELECT p.id FROM pieces p JOIN scans s ON s.id = p.scan_id JOIN workspaces w ON w.id = s.workspace_id WHERE p.forgotten = 0 AND p.source = 'outside' AND {old}"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(now).bind(limit).fetch_all(&self.pool).await?;
        for row in &rows {
            let mut tx = self.begin_write().await?;
            forget(&mut tx, &row.try_get::<String, _>("id")?).await?;
            tx.commit().await?;
        }
        Ok(rows.len() as u64)
    }

    /// Forgets what programs brought and others of the same source and key have long taken the place of, each workspace
    /// after its own number of days; results stay. Returns how many there were, `limit` at most.
    ///
    /// # Errors
    /// The database's.
    pub async fn forget_pushed(&self, now: i64, limit: i64) -> Result<u64> {
        let rows = sqlx::query(
            "SELECT p.id FROM pieces p JOIN workspaces w ON w.id = p.workspace_id
             WHERE p.scan_id = '' AND p.project_id <> '' AND p.source <> 'person' AND p.superseded_at > 0
               AND p.superseded_at < $1 - w.keep_days * 86400000
             LIMIT $2",
        )
        .bind(now)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        for row in &rows {
            let id: String = row.try_get("id")?;
            let mut tx = self.begin_write().await?;
            stand_alone(&mut tx, &id).await?;
            sqlx::query("DELETE FROM pieces WHERE id = $1").bind(&id).execute(&mut *tx).await?;
            tx.commit().await?;
        }
        Ok(rows.len() as u64)
    }
}

/// Forgets a body: what is left says only when it was seen, and of what.
async fn forget(tx: &mut Transaction<'_, Any>, id: &str) -> Result<()> {
    let sql = format!("SELECT {PIECE} {FROM_PIECES} WHERE p.id = $1 AND p.forgotten = 0");
    let Some(row) = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(&mut **tx).await? else { return Ok(()) };
    let old = piece(&row)?;
    let Some(seen) = old.body.get::<Outside>() else { return Ok(()) };
    stand_alone(tx, id).await?;
    let mut bare = Outside::empty(seen.target.clone(), seen.started_at);
    bare.finished_at = seen.finished_at;
    let json = serde_json::to_string(&bare)?;
    let packed = pack(&Shape::of(&json, old.taken_at), None)?;
    sqlx::query("UPDATE pieces SET body = $2, base = '', size = $3, forgotten = 1 WHERE id = $1")
        .bind(id)
        .bind(packed.data)
        .bind(i64::try_from(json.len()).unwrap_or(i64::MAX))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Gives those that stand on a piece another base: the newest of them stands alone from now on, the others on it.
async fn stand_alone(tx: &mut Transaction<'_, Any>, base: &str) -> Result<()> {
    let rows = sqlx::query(
        "SELECT p.id, p.body, b.body AS base_body FROM pieces p JOIN pieces b ON b.id = p.base WHERE p.base = $1 ORDER BY p.stored_at DESC, p.id DESC",
    )
    .bind(base)
    .fetch_all(&mut **tx)
    .await?;
    let mut first: Option<Base> = None;
    for row in &rows {
        let id: String = row.try_get("id")?;
        let shape = unpack(&row.try_get::<Vec<u8>, _>("body")?, &row.try_get::<Vec<u8>, _>("base_body")?)?;
        let packed = pack(&shape, first.as_ref())?;
        let takes = packed.data.len();
        sqlx::query("UPDATE pieces SET body = $2, base = $3 WHERE id = $1")
            .bind(&id)
            .bind(packed.data)
            .bind(packed.base)
            .execute(&mut **tx)
            .await?;
        first = first.or(Some(Base { id, shape, takes }));
    }
    Ok(())
}

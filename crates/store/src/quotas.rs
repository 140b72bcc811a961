//! Whether a workspace has room for more.

use crate::error::{Result, StoreError};
use crate::quota::{Quota, Quotas};
use sqlx::{Any, Row, Transaction};

pub(crate) fn quotas(text: &str) -> Result<Quotas> {
    Ok(if text.is_empty() { Quotas::default() } else { serde_json::from_str(text)? })
}

/// What a workspace may still take on; more is refused with a sentence.
pub(crate) async fn within(tx: &mut Transaction<'_, Any>, workspace: &str, quota: Quota, now: i64) -> Result<()> {
    // The row is locked, so that two requests at once cannot both be the last.
    let row =
        sqlx::query("UPDATE workspaces SET name = name WHERE id = $1 RETURNING quotas").bind(workspace).fetch_optional(&mut **tx).await?;
    let limit = quota.of(&quotas(&row.map(|r| r.try_get::<String, _>("quotas")).transpose()?.unwrap_or_default())?);
    let sql = match quota {
        Quota::Projects => "SELECT COUNT(*) AS n FROM projects WHERE workspace_id = $1 AND created_at <= $2",
        Quota::Scans => "SELECT COUNT(*) AS n FROM scans WHERE workspace_id = $1 AND queued_at > $2 - 86400000",
        Quota::Members => {
            "SELECT (SELECT COUNT(*) FROM members WHERE workspace_id = $1) + (SELECT COUNT(*) FROM invitations WHERE workspace_id = $1 AND expires_at > $2) AS n"
        }
        Quota::Tokens => "SELECT COUNT(*) AS n FROM tokens WHERE workspace_id = $1 AND (expires_at = 0 OR expires_at > $2)",
        Quota::Megabytes => {
            "SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) / 1000000 AS n FROM (SELECT size, at FROM files WHERE workspace_id = $1 UNION ALL SELECT size, at FROM packs WHERE workspace_id = $1) kept WHERE at <= $2"
        }
    };
    let held: i64 = sqlx::query(sql).bind(workspace).bind(now).fetch_one(&mut **tx).await?.try_get("n")?;
    if held >= limit { Err(StoreError::Full(quota, limit)) } else { Ok(()) }
}

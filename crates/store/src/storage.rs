//! What takes the room in the database.

use crate::access::CanOperate;
use crate::database::Store;
use crate::error::Result;
use sqlx::Row;

/// What one kind of thing takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// What.
    pub what: String,
    /// Rows.
    pub rows: i64,
    /// Bytes of what was written, without indexes and the engine's own.
    pub bytes: i64,
}

/// What is counted: a name, the table, and the columns that grow.
const TABLES: [(&str, &str, &str); 8] = [
    ("results", "assessments", "LENGTH(judged) + LENGTH(details)"),
    ("results of a former build", "results", "LENGTH(evidence) + LENGTH(assessment)"),
    ("scans", "scans", "LENGTH(target) + LENGTH(progress)"),
    ("projects", "projects", "LENGTH(settings) + LENGTH(brief) + LENGTH(dns_map)"),
    ("change log", "changes", "LENGTH(text)"),
    ("documents", "documents", "LENGTH(rows_json)"),
    ("mail", "outbox", "LENGTH(text) + LENGTH(html)"),
    ("deliveries to channels", "deliveries", "LENGTH(body)"),
];

impl Store {
    /// What takes the room, the largest first; evidence by its source. Files and packs lie in the data folder and count by
    /// their size there.
    ///
    /// # Errors
    /// The database's.
    pub async fn storage(&self, _: &CanOperate) -> Result<Vec<Room>> {
        let mut out = vec![];
        let rows = sqlx::query("SELECT source, COUNT(*) AS n, CAST(SUM(LENGTH(body)) AS BIGINT) AS bytes FROM pieces GROUP BY source")
            .fetch_all(&self.pool)
            .await?;
        for r in &rows {
            let source: String = r.try_get("source")?;
            out.push(Room { what: format!("evidence: {source}"), rows: r.try_get("n")?, bytes: r.try_get("bytes")? });
        }
        for (what, table, size) in TABLES {
            let sql = format!("SELECT COUNT(*) AS n, CAST(COALESCE(SUM({size}), 0) AS BIGINT) AS bytes FROM {table}");
            let r = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_one(&self.pool).await?;
            out.push(Room { what: what.to_owned(), rows: r.try_get("n")?, bytes: r.try_get("bytes")? });
        }
        for (what, table) in [("files", "files"), ("handover packs", "packs")] {
            let sql = format!("SELECT COUNT(*) AS n, CAST(COALESCE(SUM(size), 0) AS BIGINT) AS bytes FROM {table}");
            let r = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_one(&self.pool).await?;
            out.push(Room { what: what.to_owned(), rows: r.try_get("n")?, bytes: r.try_get("bytes")? });
        }
        out.retain(|r| r.rows > 0);
        out.sort_by_key(|r| std::cmp::Reverse(r.bytes));
        Ok(out)
    }
}

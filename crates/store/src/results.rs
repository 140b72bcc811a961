//! Results: what was judged, each time anew, and how it is kept.

use crate::codec::Shape;
use crate::error::Result;
use crate::ids::ScanId;
use crate::pieces::{At, Base, pack, unpack};
use readiness::{Assessment, Source, stored};
use sqlx::any::AnyRow;
use sqlx::{Any, Row, Transaction};

/// Columns of a result with the data of its base; an empty base is its own.
pub(crate) const RESULT: &str =
    "a.zero, a.judged, a.details, COALESCE(b.judged, a.judged) AS base_judged, COALESCE(b.details, a.details) AS base_details";
pub(crate) const DETAILS: &str = "a.zero, a.details, COALESCE(b.details, a.details) AS base_details";
pub(crate) const JUDGED: &str = "a.zero, a.judged, COALESCE(b.judged, a.judged) AS base_judged";
pub(crate) const FROM_RESULTS: &str = "FROM assessments a LEFT JOIN assessments b ON b.id = a.base";
pub(crate) const NEWEST_FIRST: &str = "ORDER BY a.at DESC, a.id DESC LIMIT 1";

/// Keeps a result. `zero` is when its evidence was taken.
pub(crate) async fn insert(tx: &mut Transaction<'_, Any>, at: At<'_>, zero: i64, cause: Source, a: &Assessment) -> Result<()> {
    let texts = stored::split(a)?;
    let (judged, details) = (Shape::of(&texts.judged, zero), Shape::of(&texts.details, zero));
    let base = sqlx::query(
        "SELECT id, judged, details FROM assessments WHERE project_id = $1 AND base = '' AND $1 <> '' ORDER BY at DESC, id DESC LIMIT 1",
    )
    .bind(at.project)
    .fetch_optional(&mut **tx)
    .await?;
    let base = match base {
        Some(r) => {
            let read = |name| Base::read(&r.try_get::<String, _>("id")?, &r.try_get::<Vec<u8>, _>(name)?);
            Some((read("judged")?, read("details")?))
        }
        None => None,
    };
    let both = |base: Option<&(Base, Base)>| -> Result<_> { Ok((pack(&judged, base.map(|b| &b.0))?, pack(&details, base.map(|b| &b.1))?)) };
    let mut packed = both(base.as_ref())?;
    // Both stand on the base, or none does.
    if packed.0.base.is_empty() || packed.1.base.is_empty() {
        packed = both(None)?;
    }
    sqlx::query(
        "INSERT INTO assessments (id, workspace_id, project_id, scan_id, at, zero, cause, base, judged, details) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(uuid::Uuid::now_v7().to_string())
    .bind(at.workspace)
    .bind(at.project)
    .bind(at.scan)
    .bind(at.moment)
    .bind(zero)
    .bind(cause.word())
    .bind(packed.0.base)
    .bind(packed.0.data)
    .bind(packed.1.data)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn text(row: &AnyRow, name: &str, base: &str) -> Result<String> {
    let shape = unpack(&row.try_get::<Vec<u8>, _>(name)?, &row.try_get::<Vec<u8>, _>(base)?)?;
    Ok(shape.json(row.try_get("zero")?)?)
}

/// A result without what its findings rest on.
pub(crate) fn judged(row: &AnyRow) -> Result<Assessment> {
    Ok(stored::read(&text(row, "judged", "base_judged")?)?)
}

/// Fills in what the findings with a wanted id rest on.
pub(crate) fn fill(row: &AnyRow, assessment: &mut Assessment, wanted: impl Fn(&str) -> bool) -> Result<()> {
    Ok(stored::fill(assessment, &text(row, "details", "base_details")?, wanted)?)
}

/// A whole result.
pub(crate) fn whole(row: &AnyRow) -> Result<Assessment> {
    let mut assessment = judged(row)?;
    fill(row, &mut assessment, |_| true)?;
    Ok(assessment)
}

/// The newest result of a scan, without what its findings rest on.
pub(crate) async fn judged_of_scan(tx: &mut Transaction<'_, Any>, scan: &ScanId) -> Result<Option<Assessment>> {
    let sql = format!("SELECT {JUDGED} {FROM_RESULTS} WHERE a.scan_id = $1 {NEWEST_FIRST}");
    sqlx::query(sqlx::AssertSqlSafe(sql)).bind(scan.as_str()).fetch_optional(&mut **tx).await?.as_ref().map(judged).transpose()
}

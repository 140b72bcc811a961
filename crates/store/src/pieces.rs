//! Pieces of evidence: what each source brought, and the ledger that they make.

use crate::codec::{CodecError, Shape};
use crate::columns::{Number, Text};
use crate::error::Result;
use crate::ids::ScanId;
use crate::project::{Project, find_project};
use readiness::evidence::{Claims, Exemption};
use readiness::{Attestation, Ledger, Piece, Source, Target};
use sqlx::any::AnyRow;
use sqlx::{Any, FromRow, Row, Transaction};

/// A delta that takes more than this share of what its base takes, in tenths, is not worth it.
const WORTH: usize = 6;

/// Where a piece belongs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At<'a> {
    pub workspace: &'a str,
    /// Empty for a preview.
    pub project: &'a str,
    /// The scan that brings it, or empty.
    pub scan: &'a str,
    /// The project's moment.
    pub moment: i64,
}

/// A piece without its body, for lists.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct PieceRow {
    /// Id.
    pub id: String,
    /// Where it comes from.
    #[sqlx(try_from = "Text")]
    pub source: Source,
    /// Which repository, monitor, account or question.
    #[sqlx(rename = "slot")]
    pub key: String,
    /// Epoch milliseconds.
    pub taken_at: i64,
    /// Epoch milliseconds.
    pub expires_at: i64,
    /// Version of the body's format.
    #[sqlx(try_from = "Number")]
    pub format: u32,
    /// What brought it.
    pub tool: String,
    /// Who.
    #[sqlx(rename = "brought_by")]
    pub by: String,
    /// Bytes of the body as JSON.
    pub size: i64,
}

/// Columns of a piece with the data of its base; an empty base is its own.
pub(crate) const PIECE: &str = "p.id, p.source, p.slot, p.taken_at, p.expires_at, p.format, p.tool, p.brought_by, p.size, p.body, COALESCE(b.body, p.body) AS base_body";
pub(crate) const FROM_PIECES: &str = "FROM pieces p LEFT JOIN pieces b ON b.id = p.base";

impl TryFrom<Text> for Source {
    type Error = CodecError;
    fn try_from(text: Text) -> std::result::Result<Self, CodecError> {
        Self::from_word(&text.0).ok_or(CodecError::Malformed)
    }
}

/// The next moment of a project: now, or just after the last. Locks its row.
pub(crate) async fn moment(tx: &mut Transaction<'_, Any>, project: &str, now: i64) -> Result<i64> {
    let sql = "UPDATE projects SET moment = CASE WHEN moment >= $2 THEN moment + 1 ELSE $2 END WHERE id = $1 RETURNING moment";
    let row = sqlx::query(sql).bind(project).bind(now).fetch_optional(&mut **tx).await?;
    Ok(row.map(|r| r.try_get("moment")).transpose()?.unwrap_or(now))
}

/// A text as it is stored: compressed against the text of `earlier` where that saves enough. `earlier` is a row that
/// stands on no base itself, so that reading takes two rows at most.
pub(crate) struct Packed {
    pub base: String,
    pub data: Vec<u8>,
}

/// A stored text that stands on no other, so that another can stand on it.
pub(crate) struct Base {
    pub id: String,
    pub shape: Shape,
    /// Bytes that it takes.
    pub takes: usize,
}

impl Base {
    /// A row's column.
    pub fn read(id: &str, data: &[u8]) -> Result<Self> {
        Ok(Self { id: id.to_owned(), shape: Shape::unpack(data, None)?, takes: data.len() })
    }
}

/// Packs a text. The same text again is nothing but a reference.
pub(crate) fn pack(shape: &Shape, earlier: Option<&Base>) -> Result<Packed> {
    if let Some(base) = earlier {
        let data = if base.shape == *shape { vec![] } else { shape.pack(Some(&base.shape))? };
        if data.len() * 10 < base.takes * WORTH {
            return Ok(Packed { base: base.id.clone(), data });
        }
    }
    Ok(Packed { base: String::new(), data: shape.pack(None)? })
}

/// Reads what [`pack`] wrote, beside the data of its base.
pub(crate) fn unpack(data: &[u8], base: &[u8]) -> Result<Shape> {
    if data.is_empty() {
        return Ok(Shape::unpack(base, None)?);
    }
    let earlier = if Shape::needs_earlier(data) { Some(Shape::unpack(base, None)?) } else { None };
    Ok(Shape::unpack(data, earlier.as_ref())?)
}

/// Keeps a piece in the place of the newest of its source and key; its id.
pub(crate) async fn put(tx: &mut Transaction<'_, Any>, at: At<'_>, piece: &Piece, by: &str) -> Result<String> {
    let same =
        if at.project.is_empty() { "scan_id = $1 AND source = $2 AND slot = $3" } else { "project_id = $1 AND source = $2 AND slot = $3" };
    let owner = if at.project.is_empty() { at.scan } else { at.project };
    let sql = format!("UPDATE pieces SET superseded_at = $4 WHERE superseded_at = 0 AND {same}");
    sqlx::query(sqlx::AssertSqlSafe(sql)).bind(owner).bind(piece.source.word()).bind(&piece.key).bind(at.moment).execute(&mut **tx).await?;
    insert(tx, at, piece, by, 0).await
}

/// Keeps a piece; `superseded` is the moment at which another took its place, 0 if none did.
pub(crate) async fn insert(tx: &mut Transaction<'_, Any>, at: At<'_>, piece: &Piece, by: &str, superseded: i64) -> Result<String> {
    let json = serde_json::to_string(&piece.body)?;
    let shape = Shape::of(&json, piece.taken_at);
    // The newest that stands alone, of the same source and key. Answers are too short to gain by it.
    let base = sqlx::query(
        "SELECT id, body FROM pieces WHERE project_id = $1 AND source = $2 AND slot = $3 AND base = '' AND forgotten = 0 AND $1 <> '' AND $2 <> 'person' ORDER BY stored_at DESC, id DESC LIMIT 1",
    )
    .bind(at.project)
    .bind(piece.source.word())
    .bind(&piece.key)
    .fetch_optional(&mut **tx)
    .await?;
    let base = base.map(|r| Base::read(&r.try_get::<String, _>("id")?, &r.try_get::<Vec<u8>, _>("body")?)).transpose()?;
    let packed = pack(&shape, base.as_ref())?;
    let id = uuid::Uuid::now_v7().to_string();
    sqlx::query(
        "INSERT INTO pieces (id, workspace_id, project_id, scan_id, source, slot, taken_at, expires_at, stored_at, superseded_at, format, tool, brought_by, base, body, size)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
    )
    .bind(&id)
    .bind(at.workspace)
    .bind(at.project)
    .bind(at.scan)
    .bind(piece.source.word())
    .bind(&piece.key)
    .bind(piece.taken_at)
    .bind(piece.expires_at)
    .bind(at.moment)
    .bind(superseded)
    .bind(i64::from(piece.format))
    .bind(&piece.tool)
    .bind(by)
    .bind(packed.base)
    .bind(packed.data)
    .bind(i64::try_from(json.len()).unwrap_or(i64::MAX))
    .execute(&mut **tx)
    .await?;
    Ok(id)
}

pub(crate) fn piece(row: &AnyRow) -> Result<Piece> {
    let head = PieceRow::from_row(row)?;
    let shape = unpack(&row.try_get::<Vec<u8>, _>("body")?, &row.try_get::<Vec<u8>, _>("base_body")?)?;
    let body = head.source.read(&shape.json(head.taken_at)?)?;
    Ok(Piece {
        id: head.id,
        source: head.source,
        key: head.key,
        taken_at: head.taken_at,
        expires_at: head.expires_at,
        format: head.format,
        tool: head.tool,
        body,
    })
}

/// What a scan saw, as it is now after re-checks.
pub(crate) async fn of_scan(tx: &mut Transaction<'_, Any>, scan: &ScanId) -> Result<Option<Piece>> {
    let sql = format!(
        "SELECT {PIECE} {FROM_PIECES} WHERE p.scan_id = $1 AND p.source = 'outside' ORDER BY CASE WHEN p.superseded_at = 0 THEN 0 ELSE 1 END, p.stored_at DESC, p.id DESC LIMIT 1"
    );
    sqlx::query(sqlx::AssertSqlSafe(sql)).bind(scan.as_str()).fetch_optional(&mut **tx).await?.as_ref().map(piece).transpose()
}

/// The open findings that somebody answers for.
pub(crate) async fn exemptions(tx: &mut Transaction<'_, Any>, project: &str) -> Result<Vec<Exemption>> {
    let rows = sqlx::query("SELECT body FROM excuses WHERE project_id = $1 ORDER BY check_id").bind(project).fetch_all(&mut **tx).await?;
    rows.iter().map(|r| Ok(serde_json::from_str(&r.try_get::<String, _>("body")?)?)).collect()
}

/// What people answered, without reading the rest of the ledger.
pub(crate) async fn claims(tx: &mut Transaction<'_, Any>, project: &str) -> Result<Claims> {
    let sql =
        format!("SELECT {PIECE} {FROM_PIECES} WHERE p.project_id = $1 AND p.superseded_at = 0 AND p.source = 'person' ORDER BY p.slot");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(project).fetch_all(&mut **tx).await?;
    let mut attestations: Vec<Attestation> = vec![];
    for row in &rows {
        attestations.extend(piece(row)?.body.get::<Attestation>().cloned());
    }
    Ok(Claims { attestations, excuses: exemptions(tx, project).await? })
}

/// The ledger of a project now; with `scan`, what that one saw stands in it for *outside*. None if the project is gone.
pub(crate) async fn ledger(
    tx: &mut Transaction<'_, Any>,
    workspace: &str,
    project: &str,
    scan: Option<&ScanId>,
) -> Result<Option<(Project, Ledger)>> {
    let Some(found) = find_project(tx, workspace, project).await? else { return Ok(None) };
    // The one scan is read by itself, so that no other is unpacked for nothing.
    let but = if scan.is_some() { "AND p.source <> 'outside'" } else { "" };
    let sql = format!("SELECT {PIECE} {FROM_PIECES} WHERE p.project_id = $1 AND p.superseded_at = 0 {but} ORDER BY p.source, p.slot");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(project).fetch_all(&mut **tx).await?;
    let mut ledger = Ledger::empty(found.target());
    ledger.profile.clone_from(&found.draft.settings.profile);
    ledger.launch.clone_from(&found.draft.settings.launch);
    ledger.exemptions = exemptions(tx, project).await?;
    ledger.pieces = rows.iter().map(piece).collect::<Result<_>>()?;
    if let Some(scan) = scan {
        ledger.pieces.extend(of_scan(tx, scan).await?);
    }
    Ok(Some((found, ledger)))
}

/// The ledger of a preview: one scan.
pub(crate) async fn ledger_of_preview(tx: &mut Transaction<'_, Any>, scan: &ScanId, target: Target) -> Result<Ledger> {
    let mut ledger = Ledger::empty(target);
    ledger.pieces.extend(of_scan(tx, scan).await?);
    Ok(ledger)
}

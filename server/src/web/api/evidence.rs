//! Evidence that programs bring, and the ledger that it makes.

mod piece;

use self::piece::{PieceIn, piece};
use super::caller::{ApiCaller, Large};
use super::problem::{Problem, Result};
use crate::app::App;
use crate::platform::bytes::hex;
use crate::platform::clock::now;
use crate::web::AppError;
use crate::web::projects::find;
use crate::workers::assessment;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use readiness::Source;
use readiness::time::rfc3339;
use serde::Serialize;
use sha2::{Digest, Sha256};
use store::{ProjectId, Pushed, ScanId, StoreError};
use utoipa::ToSchema;

/// What became of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct PieceOut {
    /// Id.
    pub id: String,
    /// As sent.
    pub source: String,
    /// As sent.
    pub key: String,
    /// RFC 3339.
    pub taken_at: String,
    /// From when on it is too old to rely on, RFC 3339.
    pub expires_at: String,
    /// Whether the project was judged with it; if not, it will be within seconds, or with its first scan.
    pub judged: bool,
    /// The decision now: `READY`, `UNPROVEN` …; absent before the first result.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub verdict: Option<readiness::Verdict>,
    /// 0 to 100; absent before the first result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
}

/// Brings a piece of evidence, and judges the project again with it. The same piece again is answered with 200 and changes nothing; of several within a second the project is judged once.
#[utoipa::path(post, path = "/api/v1/projects/{project}/evidence", tag = "Evidence", request_body = PieceIn, params(("project" = String, Path), ("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = PieceOut), (status = 200, body = PieceOut), (status = "4XX", body = Problem)))]
pub async fn push(State(app): State<App>, caller: ApiCaller, Path(id): Path<String>, Large(bytes): Large) -> Result<Response> {
    let id = ProjectId::parse(&id).ok_or(AppError::NotFound)?;
    // A token that may only push cannot read.
    let member = &caller.0.member;
    let project = app.store.scannable(member, &id).await?.ok_or(AppError::NotFound)?;
    let proof = member.push(&id).ok_or(AppError::Role)?;
    let piece = piece(&project, &bytes, now())?;
    let outside = piece.source == Source::Outside;
    let pushed = app
        .store
        .put_piece(
            &proof,
            &piece,
            |ledger, before| {
                if outside {
                    assessment::fresh(&app.site, before.scan.as_ref().map_or("", ScanId::as_str), ledger, before)
                } else {
                    assessment::pushed(&app.site, ledger, before)
                }
            },
            &caller.0.by,
            now(),
        )
        .await;
    let stored = match pushed {
        Ok(Pushed::Stored(stored)) => stored,
        Ok(Pushed::Gone) => return Err(AppError::NotFound.into()),
        Ok(Pushed::Keys(most)) => {
            return Err(Problem::field("key", format!("{most} keys of one source are enough. Use one of them again.")));
        }
        Err(full @ StoreError::Full(..)) => return Err(Problem::new(StatusCode::CONFLICT, "The workspace is full", full.to_string())),
        Err(e) => return Err(e.into()),
    };
    if stored.judged {
        app.mail.ring();
    }
    let out = PieceOut {
        id: stored.id,
        source: piece.source.word().to_owned(),
        key: piece.key,
        taken_at: rfc3339(piece.taken_at),
        expires_at: rfc3339(piece.expires_at),
        judged: stored.judged,
        verdict: stored.verdict,
        score: stored.score,
    };
    Ok((if stored.new { StatusCode::CREATED } else { StatusCode::OK }, axum::Json(out)).into_response())
}

/// The project's ledger: the newest piece of each source and key, and what its owner decided; what `launch-ready replay` reads.
#[utoipa::path(get, path = "/api/v1/projects/{project}/ledger", tag = "Evidence", params(("project" = String, Path), ("If-None-Match" = Option<String>, Header)), responses((status = 200, body = Object), (status = 304), (status = "4XX", body = Problem)))]
pub async fn ledger(State(app): State<App>, caller: ApiCaller, Path(id): Path<String>, headers: HeaderMap) -> Result<Response> {
    let (_, read, project) = find(&app.store, &caller.0, &id).await?;
    let (_, ledger) = app.store.ledger(&read, &project.id).await?.ok_or(AppError::NotFound)?;
    let text = serde_json::to_string(&ledger).map_err(|e| AppError::Internal(e.to_string()))?;
    let tag = format!("\"{}\"", hex(Sha256::digest(&text).get(..16).unwrap_or_default()));
    let known = headers.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok()).unwrap_or("");
    if known.split(',').any(|t| matches!(t.trim().trim_start_matches("W/"), t if t == tag || t == "*")) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    Ok(([(header::ETAG, tag), (header::CONTENT_TYPE, "application/json".to_owned())], text).into_response())
}

//! A result as PDF.

use super::files::download;
use crate::app::App;
use crate::platform::clock::now;
use crate::platform::in_turn::turn;
use crate::platform::pdf::PdfRenderer;
use crate::platform::request_context::asking;
use crate::platform::version::TOOL;
use crate::web::AppError;
use crate::web::scan_access::{Ids as ScanIds, Place};
use crate::web::session::Visitor;
use crate::web::workspace::branding::logo;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use pdf::Logo;
use readiness::report::pdf::{Audience, Frame};
use readiness::report::{self, Report};
use readiness::{Assessment, Outside};
use serde::Deserialize;

/// PDFs set for one network in a minute, those not counted that were kept.
const A_MINUTE: i64 = 30;

/// For whom a PDF is.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct For {
    r#for: String,
}

/// A result as PDF: two pages for a founder, everything for a developer.
pub async fn pdf(State(app): State<App>, who: Visitor, Path(ids): Path<ScanIds>, Query(q): Query<For>) -> Result<Response, AppError> {
    let place = Place::find(&app.store, &who, &ids).await?;
    // Before the result is read: many who ask at once wait without costing anything.
    let _turn = turn(&app.turns.pdf).await?;
    let (evidence, assessment) = app.store.result(&place.read, &place.scan.id).await?.ok_or(AppError::NotFound)?;
    let audience = if q.r#for == "founder" { Audience::Founder } else { Audience::Developer };
    let head = app.store.letterhead(&place.read).await?;
    let claims = match &place.project {
        Some(p) => Some(app.store.claims(&place.read, &p.id).await?),
        None => None,
    };
    let frame = Frame {
        workspace: if place.project.is_some() { &head.name } else { "Launch Ready" },
        words: &head.words,
        claims: claims.as_ref(),
        ..Frame::default()
    };
    let bytes = set(&app, &evidence, &assessment, audience, frame, logo(&head)).await?;
    let kind = if audience == Audience::Founder { "founder" } else { "developer" };
    let name = format!("{}-{}-{kind}.pdf", evidence.target.domain, readiness::time::date(evidence.started_at));
    Ok(download(&name, "application/pdf", bytes))
}

/// Sets a report away from the threads that answer; whoever calls has a turn.
pub(super) async fn set(
    app: &App,
    e: &Outside,
    a: &Assessment,
    audience: Audience,
    frame: Frame<'_>,
    logo: Option<Logo>,
) -> Result<Bytes, AppError> {
    let help = format!("{}/checks/", app.settings.public_url);
    let frame = Frame { fonts: app.pdf.fonts.names(), ..frame };
    let data = report::pdf(&Report { evidence: e, assessment: a, tool: TOOL, help: &help }, audience, &frame, now());
    // The same result is set once and given to everybody who asks for it.
    let key = PdfRenderer::key(&data, logo.as_ref());
    if let Some(known) = app.pdf.kept(&key) {
        return Ok(Bytes::from_owner(known));
    }
    if app.limiter.too_many("pdf", &asking(), A_MINUTE, 60_000).await? {
        return Err(AppError::TooMany(format!("{A_MINUTE} reports a minute are enough. Wait a moment.")));
    }
    Ok(Bytes::from_owner(app.pdf.set(key, data, logo).await?))
}

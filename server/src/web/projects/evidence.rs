//! The evidence of a project, and what is missing.

use super::{find, frame};
use crate::app::App;
use crate::platform::clock::now;
use crate::web::session::Caller;
use crate::web::{AppError, render};
use app::pages::evidence::{self, Piece, View};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use readiness::missing::missing;
use readiness::{Assessment, Finding, Ledger, Outcome, Source, assess};
use store::PieceRow;

/// The page.
pub async fn show(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Response, AppError> {
    let (member, read, project) = find(&app.store, &caller, &id).await?;
    let (_, ledger) = app.store.ledger(&read, &project.id).await?.ok_or(AppError::NotFound)?;
    let rows = app.store.pieces(&read, &project.id).await?;
    let newest = match app.store.newest(&read, &project.id).await? {
        Some(s) => app.store.judged(&read, &s.id).await?,
        None => None,
    };
    let judged = newest.is_some();
    // Before the first result, what is missing is told from what there is.
    let assessment = newest.unwrap_or_else(|| assess(&ledger, now()));
    let view = View {
        domain: project.draft.domain.unicode(),
        project: format!("/projects/{}", project.id),
        id: project.id.to_string(),
        site: app.settings.public_url.clone(),
        pieces: groups(&rows, &ledger, &assessment),
        missing: missing(&assessment),
        coverage: judged.then_some(assessment.score.coverage),
        may_scan: member.scan(&project.id).is_some(),
        now: now(),
    };
    Ok(render::page(StatusCode::OK, frame(format!("Evidence of {}", view.domain), "Projects", &caller.account), || evidence::page(&view)))
}

/// Pieces by source, each with what it evidences.
fn groups(rows: &[PieceRow], ledger: &Ledger, a: &Assessment) -> Vec<(Source, Vec<Piece>)> {
    let of = |source: Source| rows.iter().filter(|r| r.source == source).map(|r| piece(r, ledger, a)).collect::<Vec<_>>();
    Source::ALL.iter().map(|s| (*s, of(*s))).filter(|(_, list)| !list.is_empty()).collect()
}

fn piece(r: &PieceRow, ledger: &Ledger, a: &Assessment) -> Piece {
    let body = ledger.pieces.iter().find(|p| p.id == r.id).map(|p| &p.body);
    let tells = |f: &&Finding| {
        f.source == Some(r.source)
            && match r.source {
                Source::Outside => true,
                Source::Person => f.id == r.key,
                _ => body.is_some_and(|b| b.observations().iter().any(|o| o.id == f.id)),
            }
    };
    let found: Vec<&Finding> = a.findings.iter().filter(tells).collect();
    let are = |outcome: Outcome| found.iter().filter(|f| f.outcome == outcome).count();
    Piece {
        key: r.key.clone(),
        origin: body.map(readiness::evidence::PieceBody::origin).unwrap_or_default(),
        tool: r.tool.clone(),
        by: r.by.clone(),
        taken_at: r.taken_at,
        expires_at: r.expires_at,
        evidences: (found.len(), are(Outcome::Fail), are(Outcome::Warn)),
    }
}

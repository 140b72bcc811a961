//! Scans: asking for one, following it, its report and its plan.

use super::caller::ApiCaller;
use super::list::{Page, Part, part};
use super::problem::{Problem, Result};
use crate::app::App;
use crate::platform::clock::now;
use crate::platform::in_turn::seat;
use crate::web::AppError;
use crate::web::projects::find;
use crate::web::scan::{follow, report_of};
use crate::web::scan_access::Place;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use readiness::{report, time};
use serde::{Deserialize, Serialize};
use store::{ProjectId, ScanId, Started, Summary};
use utoipa::{IntoParams, ToSchema};

/// Scans of one project that are listed.
const ALL: i64 = 10_000;

/// A scan in short.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScanOut {
    /// Id.
    pub id: String,
    /// `queued`, `running`, `finished`, `cancelled` or `failed`.
    pub status: &'static str,
    /// RFC 3339.
    pub queued_at: String,
    /// RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<String>,
    /// `ready`, `unproven` …; absent until it is finished.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub verdict: Option<readiness::Verdict>,
    /// 0 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// Part of the catalogue that there is evidence for, 0 to 1.
    pub coverage: f64,
    /// Findings that block a launch.
    pub blockers: i64,
}

impl ScanOut {
    /// Of a summary.
    pub fn of(s: &Summary) -> Self {
        Self {
            id: s.id.to_string(),
            status: s.status.word(),
            queued_at: time::rfc3339(s.queued_at),
            finished_at: (s.finished_at > 0).then(|| time::rfc3339(s.finished_at)),
            verdict: s.verdict,
            score: s.score,
            coverage: s.coverage,
            blockers: s.blockers,
        }
    }
}

/// The scan of a path.
pub async fn place(app: &App, caller: &ApiCaller, project: &str, scan: &str) -> Result<Place> {
    let project = ProjectId::parse(project).ok_or(AppError::NotFound)?;
    let scan = ScanId::parse(scan).ok_or(AppError::NotFound)?;
    Ok(Place::of(&app.store, &caller.0.member, &project, &scan).await?)
}

async fn summary(app: &App, place: &Place) -> Result<ScanOut> {
    let project = place.project.as_ref().ok_or(AppError::NotFound)?;
    let found = app.store.summary(&place.read, &project.id, &place.scan.id).await?;
    Ok(found.as_ref().map(ScanOut::of).ok_or(AppError::NotFound)?)
}

/// The scans of a project, the newest first.
#[utoipa::path(get, path = "/api/v1/projects/{project}/scans", tag = "Scans", params(("project" = String, Path), Part), responses((status = 200, body = Page<ScanOut>), (status = "4XX", body = Problem)))]
pub async fn list(
    State(app): State<App>,
    caller: ApiCaller,
    Path(id): Path<String>,
    Query(at): Query<Part>,
) -> Result<axum::Json<Page<ScanOut>>> {
    let (_, read, p) = find(&app.store, &caller.0, &id).await?;
    let items = app.store.history(&read, &p.id, ALL).await?.iter().map(ScanOut::of).collect();
    Ok(axum::Json(part(items, &at, |s: &ScanOut| format!("{} {}", s.queued_at, s.id), true)?))
}

/// Asks for a scan. One that is under way is answered instead of a second one.
#[utoipa::path(post, path = "/api/v1/projects/{project}/scans", tag = "Scans", params(("project" = String, Path), ("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = ScanOut), (status = 200, body = ScanOut), (status = "4XX", body = Problem)))]
pub async fn start(State(app): State<App>, caller: ApiCaller, Path(id): Path<String>) -> Result<Response> {
    let id = ProjectId::parse(&id).ok_or(AppError::NotFound)?;
    // A token that may only scan cannot read; what it starts is told all the same.
    let member = &caller.0.member;
    let seen = app.store.scannable(member, &id).await?.ok_or(AppError::NotFound)?;
    let proof = member.scan(&id).ok_or(AppError::Role)?;
    let started = app.store.start_scan(&proof, &seen, now()).await?;
    let status = if matches!(started, Started::New(_)) { StatusCode::CREATED } else { StatusCode::OK };
    app.wake_up.ring().await;
    let out = ScanOut {
        id: started.id().to_string(),
        status: "queued",
        queued_at: time::rfc3339(now()),
        finished_at: None,
        verdict: None,
        score: None,
        coverage: 0.0,
        blockers: 0,
    };
    Ok((status, [(header::LOCATION, format!("/api/v1/projects/{id}/scans/{}", out.id))], axum::Json(out)).into_response())
}

/// A scan in short.
#[utoipa::path(get, path = "/api/v1/projects/{project}/scans/{scan}", tag = "Scans", params(("project" = String, Path), ("scan" = String, Path)), responses((status = 200, body = ScanOut), (status = "4XX", body = Problem)))]
pub async fn show(State(app): State<App>, caller: ApiCaller, Path((project, scan)): Path<(String, String)>) -> Result<axum::Json<ScanOut>> {
    let place = place(&app, &caller, &project, &scan).await?;
    Ok(axum::Json(summary(&app, &place).await?))
}

/// Calls a scan off.
#[utoipa::path(post, path = "/api/v1/projects/{project}/scans/{scan}/cancel", tag = "Scans", params(("project" = String, Path), ("scan" = String, Path)), responses((status = 200, body = ScanOut), (status = "4XX", body = Problem)))]
pub async fn cancel(
    State(app): State<App>,
    caller: ApiCaller,
    Path((project, scan)): Path<(String, String)>,
) -> Result<axum::Json<ScanOut>> {
    let place = place(&app, &caller, &project, &scan).await?;
    app.store.cancel_scan(place.scan_proof()?, &place.scan.id, now()).await?;
    Ok(axum::Json(summary(&app, &place).await?))
}

/// A scan while it runs, as server-sent events: each holds its state, the last one its end.
#[utoipa::path(get, path = "/api/v1/projects/{project}/scans/{scan}/events", tag = "Scans", params(("project" = String, Path), ("scan" = String, Path)), responses((status = 200, content_type = "text/event-stream", body = String), (status = "4XX", body = Problem)))]
pub async fn events(State(app): State<App>, caller: ApiCaller, Path((project, scan)): Path<(String, String)>) -> Result<Response> {
    place(&app, &caller, &project, &scan).await?;
    let stream = follow(app.turns.answers.clone(), seat(&app.turns.streams)?, move || {
        let (app, caller, project, scan) = (app.clone(), caller.clone(), project.clone(), scan.clone());
        async move {
            // The token is looked up anew: with it, or with the right to see the project, the stream ends.
            let caller = caller.anew(&app).await?;
            Some(place(&app, &caller, &project, &scan).await.ok()?.scan)
        }
    });
    Ok(stream.into_response())
}

/// The whole result, as docs/report.schema.json, SARIF 2.1.0 or Markdown.
#[utoipa::path(get, path = "/api/v1/projects/{project}/scans/{scan}/report.{format}", tag = "Scans", params(("project" = String, Path), ("scan" = String, Path), ("format" = String, Path, description = "json, sarif or md")), responses((status = 200, body = Object), (status = "4XX", body = Problem)))]
pub async fn report(
    State(app): State<App>,
    caller: ApiCaller,
    Path((project, scan, format)): Path<(String, String, String)>,
) -> Result<Response> {
    let place = place(&app, &caller, &project, &scan).await?;
    Ok(report_of(&app, &place, &format).await?)
}

/// How the plan is to be written.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PlanForm {
    /// `md` for Markdown issues; JSON if not said.
    #[serde(default)]
    pub format: String,
}

/// The fix plan: steps in a safe order, with what each waits for.
#[utoipa::path(get, path = "/api/v1/projects/{project}/scans/{scan}/plan", tag = "Scans", params(("project" = String, Path), ("scan" = String, Path), PlanForm), responses((status = 200, body = Object), (status = "4XX", body = Problem)))]
pub async fn plan(
    State(app): State<App>,
    caller: ApiCaller,
    Path((project, scan)): Path<(String, String)>,
    Query(form): Query<PlanForm>,
) -> Result<Response> {
    let place = place(&app, &caller, &project, &scan).await?;
    let (evidence, assessment) = app.store.result(&place.read, &place.scan.id).await?.ok_or(AppError::NotFound)?;
    if form.format == "md" {
        return Ok(
            ([(header::CONTENT_TYPE, "text/markdown; charset=utf-8")], report::plan_markdown(&evidence, &assessment)).into_response()
        );
    }
    Ok(axum::Json(serde_json::json!({ "steps": assessment.fix_order })).into_response())
}

//! Findings of a scan: reading, checking again, comments, who sees to them.

use super::caller::{ApiCaller, Json};
use super::list::{Page, Part, part};
use super::problem::{Problem, Result};
use super::scans::place;
use crate::app::App;
use crate::web::AppError;
use crate::web::comments;
use crate::web::finding::again;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use readiness::{catalogue, time};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::AccountId;
use utoipa::{IntoParams, ToSchema};

/// Which findings.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Only this outcome: `pass`, `fail`, `warn`, `unknown`, `na` …
    #[serde(default)]
    pub outcome: String,
    /// Only this impact: `critical`, `high`, `medium`, `low`, `info`.
    #[serde(default)]
    pub impact: String,
    /// Only what has a rule: `yes` for these.
    #[serde(default)]
    pub implemented: String,
}

/// The findings of a finished scan; each as in docs/report.schema.json.
#[utoipa::path(get, path = "/api/v1/projects/{project}/scans/{scan}/findings", tag = "Findings", params(("project" = String, Path), ("scan" = String, Path), Filter, Part), responses((status = 200, body = Page<Object>), (status = "4XX", body = Problem)))]
pub async fn list(
    State(app): State<App>,
    caller: ApiCaller,
    Path((project, scan)): Path<(String, String)>,
    Query(filter): Query<Filter>,
    Query(at): Query<Part>,
) -> Result<Response> {
    let place = place(&app, &caller, &project, &scan).await?;
    let assessment = app.store.assessment(&place.read, &place.scan.id).await?.ok_or(AppError::NotFound)?;
    let is = |wanted: &str, word: &str| wanted.is_empty() || wanted == word;
    let found = assessment.findings.into_iter().filter(|f| {
        is(&filter.outcome, f.outcome.word()) && is(&filter.impact, f.impact.word()) && (filter.implemented != "yes" || f.implemented)
    });
    let page = part(found.collect(), &at, |f| f.id.clone(), false)?;
    Ok(axum::Json(page).into_response())
}

async fn one(app: &App, caller: &ApiCaller, project: &str, scan: &str, check: &str) -> Result<Value> {
    let place = place(app, caller, project, scan).await?;
    let assessment = app.store.assessment(&place.read, &place.scan.id).await?.ok_or(AppError::NotFound)?;
    let found = assessment.finding(check).ok_or(AppError::NotFound)?;
    let mut out = serde_json::to_value(found).map_err(|e| AppError::Internal(e.to_string()))?;
    let project = place.project.as_ref().ok_or(AppError::NotFound)?;
    let assigned = app.store.assignments(&place.read, Some(&project.id), None).await?.into_iter().find(|a| a.check == check);
    if let (Some(map), Some(a)) = (out.as_object_mut(), assigned) {
        map.insert("assigned".into(), serde_json::json!({"account": a.account, "email": a.email, "due": a.due}));
    }
    Ok(out)
}

/// One finding, with who sees to it.
#[utoipa::path(get, path = "/api/v1/projects/{project}/scans/{scan}/findings/{check}", tag = "Findings", params(("project" = String, Path), ("scan" = String, Path), ("check" = String, Path)), responses((status = 200, body = Object), (status = "4XX", body = Problem)))]
pub async fn show(
    State(app): State<App>,
    caller: ApiCaller,
    Path((project, scan, check)): Path<(String, String, String)>,
) -> Result<axum::Json<Value>> {
    Ok(axum::Json(one(&app, &caller, &project, &scan, &check).await?))
}

/// Looks again at what one check needs, in the newest result of a project.
#[utoipa::path(post, path = "/api/v1/projects/{project}/scans/{scan}/findings/{check}/recheck", tag = "Findings", params(("project" = String, Path), ("scan" = String, Path), ("check" = String, Path)), responses((status = 200, body = Object), (status = "4XX", body = Problem)))]
pub async fn recheck(
    State(app): State<App>,
    caller: ApiCaller,
    Path((project, scan, check)): Path<(String, String, String)>,
) -> Result<axum::Json<Value>> {
    let place = place(&app, &caller, &project, &scan).await?;
    let rule = catalogue::entry(&check).and_then(|e| e.check).ok_or(AppError::NotFound)?;
    again(&app, &place, rule, (&caller.0.by.actor, &caller.0.by.from)).await?;
    Ok(axum::Json(one(&app, &caller, &project, &scan, &check).await?))
}

/// Something said about a finding.
#[derive(Debug, Serialize, ToSchema)]
pub struct CommentOut {
    /// Id.
    pub id: String,
    /// Address of who said it.
    pub author: String,
    /// Plain text.
    pub text: String,
    /// RFC 3339.
    pub at: String,
}

impl From<store::Comment> for CommentOut {
    fn from(c: store::Comment) -> Self {
        Self { id: c.id, author: c.author, text: c.text, at: time::rfc3339(c.at) }
    }
}

/// Something to be said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CommentIn {
    /// Plain text, 4000 characters at most. With @ and a member's address, the member gets a mail.
    pub text: String,
}

/// What was said about a finding, the oldest first.
#[utoipa::path(get, path = "/api/v1/projects/{project}/scans/{scan}/findings/{check}/comments", tag = "Findings", params(("project" = String, Path), ("scan" = String, Path), ("check" = String, Path), Part), responses((status = 200, body = Page<CommentOut>), (status = "4XX", body = Problem)))]
pub async fn comments(
    State(app): State<App>,
    caller: ApiCaller,
    Path((project, scan, check)): Path<(String, String, String)>,
    Query(at): Query<Part>,
) -> Result<axum::Json<Page<CommentOut>>> {
    let place = place(&app, &caller, &project, &scan).await?;
    let project = place.project.as_ref().ok_or(AppError::NotFound)?;
    let list = app.store.comments(&place.read, &project.id, &check).await?.into_iter().map(CommentOut::from).collect();
    Ok(axum::Json(part(list, &at, |c: &CommentOut| c.id.clone(), false)?))
}

/// Says something about a finding.
#[utoipa::path(post, path = "/api/v1/projects/{project}/scans/{scan}/findings/{check}/comments", tag = "Findings", request_body = CommentIn, params(("project" = String, Path), ("scan" = String, Path), ("check" = String, Path), ("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = CommentOut), (status = "4XX", body = Problem)))]
pub async fn comment(
    State(app): State<App>,
    caller: ApiCaller,
    Path((project, scan, check)): Path<(String, String, String)>,
    Json(input): Json<CommentIn>,
) -> Result<Response> {
    let place = place(&app, &caller, &project, &scan).await?;
    let entry = catalogue::entry(&check).ok_or(AppError::NotFound)?;
    place.comment().ok_or(AppError::Role)?;
    if let Some(error) = comments::wrong(&input.text) {
        return Err(Problem::field("text", error));
    }
    let said = comments::say(&app, &place, entry.id, &caller.0.account, &caller.0.by, &input.text).await?;
    Ok((StatusCode::CREATED, axum::Json(CommentOut::from(said))).into_response())
}

/// Who is to see to a finding.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignIn {
    /// Id of a member who can see the project; absent for nobody.
    #[serde(default)]
    pub account: Option<String>,
    /// `YYYY-MM-DD`.
    #[serde(default)]
    pub due: String,
}

/// Says who sees to a finding, and by when.
#[utoipa::path(put, path = "/api/v1/projects/{project}/scans/{scan}/findings/{check}/assignment", tag = "Findings", request_body = AssignIn, params(("project" = String, Path), ("scan" = String, Path), ("check" = String, Path)), responses((status = 200, body = Object), (status = "4XX", body = Problem)))]
pub async fn assign(
    State(app): State<App>,
    caller: ApiCaller,
    Path((project, scan, check)): Path<(String, String, String)>,
    Json(input): Json<AssignIn>,
) -> Result<axum::Json<Value>> {
    let found = place(&app, &caller, &project, &scan).await?;
    let entry = catalogue::entry(&check).ok_or(AppError::NotFound)?;
    found.work()?;
    if !comments::is_date(&input.due) {
        return Err(Problem::field("due", "It is a date such as 2026-12-01."));
    }
    let nobody = || Problem::field("account", "No member who can see the project has this id.");
    let account = match &input.account {
        Some(id) => Some(AccountId::parse(id).ok_or_else(nobody)?),
        None => None,
    };
    match comments::give(&app, &found, entry.id, account.as_ref().map(|a| (a, input.due.as_str())), &caller.0.account, &caller.0.by).await {
        Err(AppError::NotFound) => return Err(nobody()),
        other => other?,
    }
    Ok(axum::Json(one(&app, &caller, &project, &scan, &check).await?))
}

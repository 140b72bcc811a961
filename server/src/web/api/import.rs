//! Many projects at once, from a list, a CSV or a zone file: told line by line, added together or not at all.

use super::caller::{ApiCaller, Json};
use super::problem::{Problem, Result};
use crate::app::App;
use crate::platform::clock::now;
use crate::platform::in_turn::turn;
use crate::web::projects::import::{drafts, read};
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// What is imported.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportIn {
    /// A domain a line; or `domain,client,tags` as CSV; or a zone file. A thousand lines at most.
    pub text: String,
}

/// How to carry it out.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Try {
    /// `yes` to see the lines alone.
    #[serde(default)]
    pub dry_run: String,
}

/// A line of it.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LineOut {
    /// Its number, from 1.
    pub line: usize,
    /// As it stands there.
    pub domain: String,
    /// Why it is left out; empty where it becomes a project.
    pub error: String,
}

/// What would be added, or was.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Imported {
    /// Whether it was carried out.
    pub done: bool,
    /// How many projects.
    pub added: usize,
    /// Every line.
    pub lines: Vec<LineOut>,
}

/// Adds every new domain of a list at once.
#[utoipa::path(post, path = "/api/v1/import", tag = "Code", request_body = ImportIn, params(Try), responses((status = 200, body = Imported), (status = "4XX", body = Problem)))]
pub async fn import(
    State(app): State<App>,
    caller: ApiCaller,
    Query(how): Query<Try>,
    Json(wanted): Json<ImportIn>,
) -> Result<axum::Json<Imported>> {
    let proof = caller.0.create()?;
    let _turn = turn(&app.turns.long_work).await?;
    let have = app.store.portfolio(&caller.0.read()?, false).await?.into_iter().map(|l| l.domain).collect();
    let rows = read(&wanted.text, &have);
    let new = drafts(&rows);
    if new.is_empty() && rows.is_empty() {
        return Err(Problem::field("text", "There is no domain in it."));
    }
    let done = how.dry_run != "yes";
    if done && !new.is_empty() {
        app.store.create_projects(&proof, &new, &caller.0.by, now()).await?;
    }
    let lines = rows.into_iter().map(|r| LineOut { line: r.line, domain: r.typed, error: r.said }).collect();
    Ok(axum::Json(Imported { done, added: new.len(), lines }))
}

//! `/api/v1`: what the pages can do, for programs. The same functions decide and act below.

pub mod caller;
pub mod code;
mod docs;
pub mod findings;
pub mod import;
mod list;
pub mod members;
mod problem;
pub mod projects;
pub mod scans;

use super::AppError;
use axum::response::{IntoResponse, Response};

pub use docs::{openapi, page, schema};

/// A refusal before a handler: as a problem for the API, else as a page.
pub fn refused(path: &str, why: AppError) -> Response {
    if path.starts_with("/api/v1") { problem::Problem::from(why).into_response() } else { why.into_response() }
}

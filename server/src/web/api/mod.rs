//! `/api/v1`: what the pages can do, for programs. The same functions decide and act below.

pub mod caller;
pub mod code;
mod docs;
pub mod evidence;
pub mod findings;
pub mod import;
mod list;
pub mod members;
pub mod operations;
pub mod problem;
pub mod projects;
pub mod scans;

pub use docs::{openapi, page, schema};

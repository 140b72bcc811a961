//! An assessment written down: for machines (JSON, SARIF) and for people (text, Markdown).

mod difference;
pub mod escape;
mod fix;
mod json;
mod markdown;
pub mod pdf;
mod plan;
mod sarif;
mod summary;
mod text;
mod trace;

pub use difference::difference_markdown;
pub use json::json;
pub use markdown::{catalogue_markdown, checks_markdown, markdown};
pub use pdf::pdf;
pub use plan::{plan_line, plan_markdown, plan_text};
pub use sarif::sarif;
pub use summary::{HELP, Report, causes, score_line};
pub use text::{Style, text};
pub use trace::trace;

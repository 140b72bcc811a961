//! `launch-ready diff BEFORE AFTER`: what changed between two saved scans.

use super::common::print;
use clap::{Args, ValueEnum};
use readiness::{Cause, Outside, assess, difference, report};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// Anything that got worse
    Worse,
    /// A blocker that was none
    Blocker,
}

#[derive(Debug, Args)]
pub struct DiffArgs {
    /// Evidence of the earlier scan (`scan --save FILE`)
    before: PathBuf,
    /// Evidence of the later one
    after: PathBuf,
    /// End with 1 if this happened
    #[arg(long, value_enum, value_name = "WHAT")]
    fail_on: Option<FailOn>,
}

fn read(path: &Path) -> Result<Outside, String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{} cannot be read: {e}.", path.display()))?;
    serde_json::from_str(&text).map_err(|e| format!("{} is no evidence of a scan: {e}.", path.display()))
}

/// Judges both by the rules of this version, so that only the sites differ, and prints Markdown.
pub fn diff(args: &DiffArgs) -> Result<ExitCode, String> {
    let (old, new) = (read(&args.before)?, read(&args.after)?);
    let (before, after) = (
        assess(&readiness::Ledger::of_scan(old.clone()), old.started_at),
        assess(&readiness::Ledger::of_scan(new.clone()), new.started_at),
    );
    let d = difference(&before, &after);
    print(&report::difference_markdown(&new.target.domain.unicode(), &before, &after, &d));
    let failed = match args.fail_on {
        Some(FailOn::Worse) => d.count(Cause::Regressed) > 0,
        Some(FailOn::Blocker) => d.changes.iter().any(|c| c.blocker && c.from != c.to),
        None => false,
    };
    Ok(if failed { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

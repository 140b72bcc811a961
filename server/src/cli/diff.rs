//! `launch-ready diff BEFORE AFTER`: what changed between two saved scans or ledgers.

use super::common::print;
use super::scan::{kept, moment};
use clap::{Args, ValueEnum};
use readiness::{Cause, assess, difference, report};
use std::path::PathBuf;
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
    /// Evidence of the earlier scan (`scan --save FILE`), or a ledger
    before: PathBuf,
    /// Evidence of the later one
    after: PathBuf,
    /// End with 1 if this happened
    #[arg(long, value_enum, value_name = "WHAT")]
    fail_on: Option<FailOn>,
}

/// Judges both by the rules of this version, so that only the sites differ, and prints Markdown.
pub fn diff(args: &DiffArgs) -> Result<ExitCode, String> {
    let (old, new) = (kept(&args.before)?, kept(&args.after)?);
    let (before, after) = (assess(&old, moment(&old)), assess(&new, moment(&new)));
    let d = difference(&before, &after);
    print(&report::difference_markdown(&new.target.domain.unicode(), &before, &after, &d));
    let failed = match args.fail_on {
        Some(FailOn::Worse) => d.count(Cause::Regressed) > 0,
        Some(FailOn::Blocker) => d.changes.iter().any(|c| c.blocker && c.from != c.to),
        None => false,
    };
    Ok(if failed { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

//! `launch-ready plan`: a scan, and what to do about it in a safe order.

use super::common::print;
use super::remote;
use super::scan::{ScanArgs, look};
use clap::{Args, ValueEnum};
use readiness::{assess, report};
use std::process::ExitCode;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    #[default]
    Text,
    Markdown,
}

#[derive(Debug, Args)]
pub struct PlanArgs {
    #[command(flatten)]
    scan: ScanArgs,
    /// How to write the plan; Markdown has one issue a step, for a developer
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub fn plan(args: &PlanArgs) -> Result<ExitCode, String> {
    if let Some(project) = &args.scan.project {
        return remote::plan(project);
    }
    let evidence = look(&args.scan)?;
    let assessment = assess(&readiness::Ledger::of_scan(evidence.clone()), evidence.started_at);
    print(&match args.format {
        Format::Text => report::plan_text(&evidence, &assessment),
        Format::Markdown => report::plan_markdown(&evidence, &assessment),
    });
    Ok(ExitCode::SUCCESS)
}

//! The command line.

mod admin;
mod checks;
mod code;
mod common;
mod diff;
mod health;
mod import;
mod plan;
mod push;
mod remote;
mod scan;
mod sealed;
mod serve;
mod verify;

use clap::{Parser, Subcommand};
use common::{Common, print, private_files};
use std::process::ExitCode;

/// Is your product ready for its first customers?
#[derive(Debug, Parser)]
#[command(name = "launch-ready", version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Scan a domain from here and print what blocks a launch, and how to fix it
    Scan(Box<scan::ScanCommand>),
    /// Scan a domain from here and print what to do, in an order that breaks nothing
    Plan(Box<plan::PlanArgs>),
    /// Judge saved evidence again, without any network
    Replay(scan::ReplayArgs),
    /// Run the web server, with workers inside
    Serve(serve::ServeArgs),
    /// Run workers alone, on the same database as a web server
    Worker(serve::WorkerArgs),
    /// Ask a running server whether it lives; for containers
    Health(health::HealthArgs),
    /// List the catalogue of checks
    Checks(checks::ChecksArgs),
    /// Keep a token for a server, read from the terminal or from standard input
    Login(remote::LoginArgs),
    /// List the projects on the server
    Projects(remote::ProjectsArgs),
    /// Print the workspace on the server as one YAML file
    Export(code::ExportArgs),
    /// Make the workspace on the server what a YAML file says
    Apply(code::ApplyArgs),
    /// Bring evidence to a project on the server: from a repository, CI, monitoring, a provider or a probe
    Push(push::PushArgs),
    /// Add many projects on the server from a list, a CSV or a zone file
    Import(import::ImportArgs),
    /// Run an instance: accounts, quotas, backup, repair
    Admin(admin::AdminArgs),
    /// Compare two saved scans, as Markdown for a comment
    Diff(diff::DiffArgs),
    /// Check that a handover pack is as it was made
    Verify(verify::VerifyArgs),
    /// Show every setting, where it comes from, and its value
    Config(Common),
}

/// Parses the arguments and runs the command.
pub fn run() -> ExitCode {
    let command = Cli::parse().command;
    if matches!(command, Command::Serve(_) | Command::Worker(_) | Command::Admin(_)) {
        private_files();
    }
    let result = match command {
        Command::Scan(args) => scan::scan(&args),
        Command::Plan(args) => plan::plan(&args),
        Command::Replay(args) => scan::replay(&args),
        Command::Serve(args) => serve::serve(&args),
        Command::Worker(args) => serve::worker(&args),
        Command::Health(args) => health::health(&args),
        Command::Checks(args) => checks::checks(&args),
        Command::Login(args) => remote::login(&args),
        Command::Projects(args) => remote::projects(&args),
        Command::Export(args) => code::export(&args),
        Command::Apply(args) => code::apply(&args),
        Command::Push(args) => push::push(&args),
        Command::Import(args) => import::import(&args),
        Command::Admin(args) => admin::admin(&args),
        Command::Diff(args) => diff::diff(&args),
        Command::Verify(args) => verify::verify(&args),
        Command::Config(common) => config(&common),
    };
    result.unwrap_or_else(|why| {
        eprintln!("launch-ready: {why}");
        ExitCode::from(2)
    })
}

fn config(common: &Common) -> Result<ExitCode, String> {
    let raw = common.raw(&[])?;
    let mut out = String::new();
    for (name, value, source, about) in raw.lines() {
        out.push_str(&format!("{name:<16} {:<28} {source:<24} {about}\n", if value.is_empty() { "–" } else { &value }));
    }
    print(&out);
    raw.settings().map_err(|e| e.to_string())?;
    Ok(ExitCode::SUCCESS)
}

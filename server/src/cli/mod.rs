//! The command line.

mod admin;
mod checks;
mod code;
mod diff;
mod health;
mod import;
mod plan;
mod remote;
mod scan;
mod sealed;
mod serve;
mod verify;

use crate::platform::settings::{Raw, Settings};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
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

#[derive(Debug, Default, Args)]
struct Common {
    /// Settings file (TOML) [default: launch-ready.toml, if it exists]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folder of the database, the secret key and the outbox
    #[arg(long, value_name = "DIR")]
    data_dir: Option<String>,
    /// sqlite:… or postgres://…
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
}

impl Common {
    fn raw(&self, more: &[(&'static str, Option<String>)]) -> Result<Raw, String> {
        let mut flags = vec![("data_dir", self.data_dir.clone()), ("database_url", self.database_url.clone())];
        flags.extend_from_slice(more);
        // Names that are not text are not ours.
        let env = std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)));
        Raw::gather(&flags, self.config.as_deref(), env).map_err(|e| e.to_string())
    }
    fn settings(&self, more: &[(&'static str, Option<String>)]) -> Result<Settings, String> {
        self.raw(more)?.settings().map_err(|e| e.to_string())
    }
}

/// What an instance writes (database, queue, outbox, files, copies) is its owner's alone, from the first byte.
fn private_files() {
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
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

/// Prints to stdout; a reader that has gone away is no error.
fn print(text: &str) {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}

fn runtime() -> Result<tokio::runtime::Runtime, String> {
    tokio::runtime::Builder::new_multi_thread()
        .thread_stack_size(4 * 1024 * 1024)
        .enable_all()
        .build()
        .map_err(|e| format!("The runtime cannot start: {e}."))
}

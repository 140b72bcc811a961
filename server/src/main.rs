//! `launch-ready`: the web server, its workers and the command line, in one binary.

mod app;
mod cli;
mod mail;
mod platform;
mod web;
mod workers;

use std::process::ExitCode;

fn main() -> ExitCode {
    // rustls comes with one provider here; installing it first keeps every user of it in agreement.
    let _ = rustls::crypto::ring::default_provider().install_default();
    cli::run()
}

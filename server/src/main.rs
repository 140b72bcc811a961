//! `launch-ready`: the web server, its workers and the command line, in one binary.

mod app;
mod cli;
mod mail;
mod platform;
mod web;
mod workers;

use mimalloc::MiMalloc;
use std::process::ExitCode;

/// Pages are made of many small texts: with the system's allocator a fifth of their time goes there.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    // rustls comes with one provider here; installing it first keeps every user of it in agreement.
    let _ = rustls::crypto::ring::default_provider().install_default();
    cli::run()
}

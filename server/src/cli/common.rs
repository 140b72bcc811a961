//! What commands share: flags, printing, the runtime.

use crate::platform::settings::{Raw, Settings};
use clap::Args;
use std::path::PathBuf;

/// Flags of every command that opens an instance.
#[derive(Debug, Default, Args)]
pub struct Common {
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
    /// Every setting with its source; `more` are further flags.
    pub fn raw(&self, more: &[(&'static str, Option<String>)]) -> Result<Raw, String> {
        let mut flags = vec![("data_dir", self.data_dir.clone()), ("database_url", self.database_url.clone())];
        flags.extend_from_slice(more);
        // Names that are not text are not ours.
        let env = std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)));
        Raw::gather(&flags, self.config.as_deref(), env).map_err(|e| e.to_string())
    }
    /// The settings, parsed.
    pub fn settings(&self, more: &[(&'static str, Option<String>)]) -> Result<Settings, String> {
        self.raw(more)?.settings().map_err(|e| e.to_string())
    }
}

/// What an instance writes (database, queue, outbox, files, copies) is its owner's alone, from the first byte.
pub fn private_files() {
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
}

/// Prints to stdout; a reader that has gone away is no error.
pub fn print(text: &str) {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes());
    let _ = out.flush();
}

/// Runs futures of a command; deep parsers need a deep stack.
pub fn runtime() -> Result<tokio::runtime::Runtime, String> {
    tokio::runtime::Builder::new_multi_thread()
        .thread_stack_size(4 * 1024 * 1024)
        .enable_all()
        .build()
        .map_err(|e| format!("The runtime cannot start: {e}."))
}

//! Steps: one line each, with its time.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// What went wrong, as a sentence.
pub type Result<T> = std::result::Result<T, String>;

/// The workspace's folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(|| PathBuf::from("."), Path::to_owned)
}

/// The Rust files below a folder, in order.
pub fn sources(folder: &Path) -> Result<Vec<PathBuf>> {
    files(folder, "rs")
}

/// The files below a folder whose names end so, in order.
pub fn files(folder: &Path, ending: &str) -> Result<Vec<PathBuf>> {
    let mut out = vec![];
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?.filter_map(|e| Some(e.ok()?.path())).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            out.extend(files(&path, ending)?);
        } else if path.extension().is_some_and(|e| e == ending) {
            out.push(path);
        }
    }
    Ok(out)
}

/// Does a step and says how long it took.
pub fn step<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let begun = Instant::now();
    let result = work();
    println!("{:>7.1} s  {name}{}", begun.elapsed().as_secs_f64(), if result.is_ok() { "" } else { ": failed" });
    result
}

/// `cargo` in the workspace.
pub fn cargo(args: &[&str]) -> Command {
    let mut c = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // Set by the cargo that runs xtask; it must not leak into the builds.
    c.current_dir(root()).args(args).env_remove("CARGO_MANIFEST_DIR").env_remove("RUST_RECURSION_COUNT");
    c
}

/// Runs a command; whether it succeeded.
pub fn run(name: &str, command: &mut Command) -> Result<bool> {
    command.status().map(|s| s.success()).map_err(|e| format!("{name} cannot be started: {e}"))
}

/// Runs a command that must succeed, showing its output only if it does not.
pub fn must(name: &str, command: &mut Command) -> Result<()> {
    let output = command.stdin(Stdio::null()).output().map_err(|e| format!("{name} cannot be started: {e}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{name} failed:\n{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)))
}

/// Whether a program is on the PATH.
pub fn has(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|p| std::env::split_paths(&p).any(|d| d.join(program).is_file()))
}

/// Whether we run as root and may install packages.
pub fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|o| o.stdout.starts_with(b"0\n"))
}

/// Installs Debian packages where we may, else says what to install.
pub fn install(packages: &[&str], for_what: &str) -> Result<()> {
    if !is_root() || !has("apt-get") {
        return Err(format!("{for_what} needs {}; install it with your package manager and start again.", packages.join(" and ")));
    }
    step(&format!("installing {}", packages.join(", ")), || {
        must("apt-get update", Command::new("apt-get").args(["update", "-qq"]))?;
        must(
            "apt-get install",
            Command::new("apt-get")
                .args(["install", "-y", "-qq", "--no-install-recommends"])
                .args(packages)
                .env("DEBIAN_FRONTEND", "noninteractive"),
        )
    })
}

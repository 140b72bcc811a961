//! What browser tests and scans of real software need: our programs, a browser, and what drives it.

use crate::step::{Result, cargo, has, install, must, root, step};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Server and lab as the Rust tests build them, so that after these nothing is left to compile.
pub fn binaries() -> Result<()> {
    step("server and lab", || {
        must("the build", &mut cargo(&["build", "--quiet", "--workspace", "--exclude", "frontend", "--bins", "--tests"]))
    })
}

/// Sets up the browser and what drives it; returns its folder.
pub fn node() -> Result<PathBuf> {
    if !Path::new("/usr/bin/chromium").exists() {
        install(&["chromium"], "The browser tests")?;
    }
    if !has("npm") {
        install(&["nodejs", "npm"], "The browser tests")?;
    }
    let folder = root().join("end2end");
    step("node packages", || {
        if folder.join("node_modules/.package-lock.json").exists() {
            return Ok(());
        }
        must(
            "npm ci",
            Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder).env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"),
        )
    })?;
    Ok(folder)
}

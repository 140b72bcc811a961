//! Building and running the product.

use crate::front;
use crate::step::{Result, cargo, must, root, run, step};
use std::path::PathBuf;
use std::process::Command;

/// Builds front end and server; the binary's path.
pub fn build(release: bool) -> Result<PathBuf> {
    front::build(release)?;
    let profile = if release { "release" } else { "dev" };
    step("server", || must("the server's build", &mut cargo(&["build", "--quiet", "-p", "server", "--profile", profile])))?;
    Ok(root().join("target").join(if release { "release" } else { "debug" }).join("launch-ready"))
}

/// Builds and runs; arguments after `--` go to `launch-ready serve`.
pub fn serve(args: &[String]) -> Result<bool> {
    let release = args.iter().any(|a| a == "--release");
    let binary = build(release)?;
    let more: Vec<&String> = args.iter().filter(|a| *a != "--release" && *a != "--").collect();
    run("launch-ready", Command::new(binary).current_dir(root()).arg("serve").args(more))
}

/// Writes the generated pages below `docs/` again.
pub fn docs() -> Result<bool> {
    run("the generator", cargo(&["test", "--quiet", "-p", "readiness", "--lib", "the_docs_page_is_current"]).env("UPDATE_DOCS", "1"))
}

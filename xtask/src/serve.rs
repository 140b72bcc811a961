//! Building and running the product.

use crate::front;
use crate::process::Running;
use crate::step::{Result, cargo, must, root, run, step};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Builds front end and server at once; the binary's path. The debug build has no typesetter, see [`typesetter`].
pub fn build(release: bool) -> Result<PathBuf> {
    std::thread::scope(|scope| {
        let front = scope.spawn(|| front::build(release));
        let server = step("server", || {
            let profile = if release { "release" } else { "dev" };
            let mut command = cargo(&["build", "--quiet", "-p", "server", "--profile", profile]);
            if !release {
                command.arg("--no-default-features");
            }
            must("the server's build", &mut command)
        });
        front.join().map_err(|_| "the front end's build ended early".to_owned())??;
        server
    })?;
    Ok(root().join("target").join(if release { "release" } else { "debug" }).join("launch-ready"))
}

/// Begins to build what sets PDFs for a debug build. It is a quarter of what there is to compile, and nobody waits for it before the first page.
fn typesetter() -> Option<Running> {
    let mut command = cargo(&["build", "--quiet", "-p", "pdf", "--bin", "launch-ready-pdf"]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok().map(Running)
}

/// Builds and runs; arguments after `--` go to `launch-ready serve`.
pub fn serve(args: &[String]) -> Result<bool> {
    let release = args.iter().any(|a| a == "--release");
    let binary = build(release)?;
    let more: Vec<&String> = args.iter().filter(|a| *a != "--release" && *a != "--").collect();
    let _building = if release { None } else { typesetter() };
    run("launch-ready", Command::new(binary).current_dir(root()).arg("serve").args(more))
}

/// Writes the generated pages below `docs/` again.
pub fn docs() -> Result<bool> {
    run("the generator", cargo(&["test", "--quiet", "-p", "readiness", "--lib", "the_docs_page_is_current"]).env("UPDATE_DOCS", "1"))
}

//! The front end: wasm, its bindings, style sheet and font, all in `target/site`.

use crate::step::{Result, cargo, must, root, step};
use crate::style;
use std::process::Command;
use wasm_bindgen_cli_support::Bindgen;

const WASM: &str = "wasm32-unknown-unknown";

/// Builds everything that a browser loads.
pub fn build(release: bool) -> Result<()> {
    step("wasm target", || {
        let listed = Command::new("rustup").args(["target", "list", "--installed"]).output();
        match listed {
            Ok(o) if !String::from_utf8_lossy(&o.stdout).contains(WASM) => {
                must("rustup target add", Command::new("rustup").args(["target", "add", WASM]))
            }
            // Without rustup the compiler may still have the target; the build will tell.
            _ => Ok(()),
        }
    })?;
    let site = root().join("target/site");
    std::fs::create_dir_all(&site).map_err(|e| e.to_string())?;
    // A folder of its own, or the server's build and this one would evict each other.
    let target = root().join("target/front");
    let (profile, folder) = if release { ("wasm-release", "wasm-release") } else { ("dev", "debug") };
    step("front end (wasm)", || {
        must(
            "the front end's build",
            cargo(&["build", "--quiet", "-p", "frontend", "--lib", "--target", WASM, "--profile", profile])
                .arg("--target-dir")
                .arg(&target),
        )
    })?;
    step("bindings", || {
        let input = target.join(WASM).join(folder).join("frontend.wasm");
        Bindgen::new()
            .input_path(input)
            .out_name("launch-ready")
            .web(true)
            .map_err(|e| e.to_string())?
            .typescript(false)
            .remove_name_section(release)
            .remove_producers_section(release)
            .generate(&site)
            .map_err(|e| e.to_string())?;
        // The page asks for the file without the suffix.
        std::fs::rename(site.join("launch-ready_bg.wasm"), site.join("launch-ready.wasm")).map_err(|e| e.to_string())?;
        std::fs::copy(root().join("frontend/start.js"), site.join("start.js")).map(drop).map_err(|e| e.to_string())
    })?;
    step("styles", || {
        std::fs::copy(root().join("style/fonts/instrument-sans.woff2"), site.join("instrument-sans.woff2")).map_err(|e| e.to_string())?;
        style::write(&site)
    })
}

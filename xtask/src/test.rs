//! Every test, with all that they need.

use crate::front;
use crate::postgres::Postgres;
use crate::setup::{binaries, node};
use crate::step::{Result, cargo, has, install, is_root, must, root, run, step};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

const PARTS: [&str; 10] = ["fmt", "lint", "deny", "unit", "store", "front", "e2e", "attack", "zoo", "doc"];

/// Runs the parts named, or all; whether all passed.
pub fn test(parts: &[String]) -> Result<bool> {
    if let Some(wrong) = parts.iter().find(|p| !PARTS.contains(&p.as_str())) {
        return Err(format!("“{wrong}” is no part of the tests; parts are {}.", PARTS.join(", ")));
    }
    let wants = |part: &str| parts.is_empty() || parts.iter().any(|p| p == part);
    let begun = Instant::now();
    let mut summary: Vec<(&str, bool, f64)> = vec![];
    let mut part = |name: &'static str, work: &dyn Fn() -> Result<bool>| {
        if wants(name) {
            println!("\n── {name}");
            let begun = Instant::now();
            let passed = work().unwrap_or_else(|why| {
                eprintln!("{why}");
                false
            });
            summary.push((name, passed, begun.elapsed().as_secs_f64()));
        }
    };
    part("fmt", &|| run("cargo fmt", &mut cargo(&["fmt", "--all", "--check"])));
    part("lint", &|| {
        run(
            "cargo clippy",
            &mut cargo(&["clippy", "--quiet", "--workspace", "--exclude", "frontend", "--all-targets", "--", "-D", "warnings"]),
        )
    });
    part("deny", &deny);
    part("front", &|| front::build(false).map(|()| true));
    part("unit", &|| rust_tests(&["--workspace", "--exclude", "frontend"]));
    // Part of the above; alone where only this is asked for.
    if parts.iter().any(|p| p == "store") {
        part("store", &|| {
            rust_tests(&[
                "-p",
                "store",
                "-p",
                "server",
                "--test",
                "store",
                "--test",
                "accounts",
                "--test",
                "workspaces",
                "--test",
                "sharing",
                "--test",
                "doors",
                "--test",
                "kill",
                "--bin",
                "launch-ready",
            ])
        });
    }
    part("e2e", &e2e);
    part("attack", &attack);
    part("zoo", &|| crate::zoo::zoo(&["short".to_owned()]));
    part("doc", &|| {
        run("cargo doc", cargo(&["doc", "--quiet", "--no-deps", "--workspace", "--exclude", "frontend"]).env("RUSTDOCFLAGS", "-D warnings"))
    });
    println!("\n── summary");
    for (name, passed, seconds) in &summary {
        println!("{:>7.1} s  {name}: {}", seconds, if *passed { "passed" } else { "FAILED" });
    }
    let failed = summary.iter().filter(|s| !s.1).count();
    println!("{:>7.1} s  in all", begun.elapsed().as_secs_f64());
    println!("{} passed, {failed} failed", summary.len() - failed);
    Ok(failed == 0)
}

/// Licences, sources and duplicates of what is linked; and known advisories, where their database can
/// be reached. What is let through stands in deny.toml with its reason and date.
fn deny() -> Result<bool> {
    if !has("cargo-deny") {
        // Unoptimised: it runs for seconds, and compiles in half the time.
        step("cargo-deny", || {
            must("the installation of cargo-deny", &mut cargo(&["install", "--quiet", "--locked", "--debug", "cargo-deny"]))
        })?;
    }
    let kept = run("cargo deny", &mut cargo(&["deny", "--log-level", "error", "check", "bans", "licenses", "sources"]))?;
    let reached = Command::new("cargo").args(["deny", "--log-level", "off", "fetch", "db"]).output().is_ok_and(|o| o.status.success());
    if !reached {
        println!("The database of advisories cannot be reached from here: known weaknesses are not looked up this time.");
        return Ok(kept);
    }
    Ok(run("cargo deny, advisories", &mut cargo(&["deny", "--offline", "--log-level", "error", "check", "advisories"]))? && kept)
}

/// Rust tests, with a Postgres of our own beside them.
fn rust_tests(which: &[&str]) -> Result<bool> {
    servers()?;
    let postgres = step("a Postgres of our own", Postgres::start)?;
    let mut command = if has("cargo-nextest") {
        cargo(&["nextest", "run", "--no-fail-fast", "--status-level", "fail", "--final-status-level", "fail"])
    } else {
        cargo(&["test", "--quiet", "--no-fail-fast"])
    };
    run("the tests", command.args(which).env("TEST_POSTGRES_URL", &postgres.url))
}

/// The real servers of the round trip of fixes, which the tests start by themselves.
fn servers() -> Result<()> {
    let there = |program: &str| has(program) || Path::new("/usr/sbin").join(program).exists();
    let needed = [("nginx", "nginx"), ("apache2", "apache2"), ("caddy", "caddy"), ("nsd", "nsd"), ("named", "bind9"), ("npm", "npm")];
    let missing: Vec<&str> = needed.iter().filter(|(program, _)| !there(program)).map(|(_, package)| *package).collect();
    if !missing.is_empty() {
        // Debian starts what it installs, unless this says no (invoke-rc.d(8)).
        let policy = Path::new("/usr/sbin/policy-rc.d");
        let own = is_root() && !policy.exists();
        if own {
            std::fs::write(policy, "#!/bin/sh\nexit 101\n").map_err(|e| e.to_string())?;
            must("chmod", Command::new("chmod").arg("755").arg(policy))?;
        }
        let installed = install(&missing, "The round trip of fixes");
        if own {
            std::fs::remove_file(policy).map_err(|e| e.to_string())?;
        }
        installed?;
    }
    let folder = root().join("crates/scanner/tests/trip/conf");
    if folder.join("node_modules/.package-lock.json").exists() {
        return Ok(());
    }
    step("Express", || must("npm ci", Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder)))
}

/// The browser tests against the real server and the lab.
fn e2e() -> Result<bool> {
    browser(&["playwright", "test"])
}

/// The attacks of a stranger on the server, those that take seconds.
fn attack() -> Result<bool> {
    front::build(false)?;
    binaries()?;
    crate::attack::attack(true, &root().join("target/debug/launch-ready"), None)
}

/// Takes the pictures of the README.
pub fn shots() -> Result<bool> {
    browser(&["playwright", "test", "--config", "shots.config.ts"])
}

/// Sets up browser and server, and runs Playwright.
fn browser(arguments: &[&str]) -> Result<bool> {
    let folder = node()?;
    front::build(false)?;
    binaries()?;
    run("playwright", Command::new("npx").args(arguments).current_dir(&folder))
}

//! The attacks of a stranger on the product as it is built, a line each: held or not.

use crate::postgres::Postgres;
use crate::serve;
use crate::step::{Result, has, install, root, run};
use std::path::Path;
use std::process::Command;

/// `cargo xtask attack [short]`: builds the release and attacks it, on SQLite and on Postgres.
pub fn command(args: &[String]) -> Result<bool> {
    if let Some(wrong) = args.iter().find(|a| *a != "short") {
        return Err(format!("“{wrong}” is not understood; it is attack [short]."));
    }
    let (short, binary) = (!args.is_empty(), serve::build(true)?);
    let sqlite = attack(short, &binary, None)?;
    Ok(attack(short, &binary, Some(&Postgres::start()?))? && sqlite)
}

/// Attacks a binary that is built; `short` leaves out what takes long. Whether all held.
pub fn attack(short: bool, binary: &Path, postgres: Option<&Postgres>) -> Result<bool> {
    if !has("node") {
        install(&["nodejs"], "The attacks")?;
    }
    let mut node = Command::new("node");
    node.arg(root().join("end2end/attack.mjs")).arg(binary);
    if short {
        node.arg("--short");
    }
    if let Some(p) = postgres {
        node.env("ATTACK_POSTGRES", p.url.trim_end_matches("postgres")).env("PSQL", p.program("psql"));
    }
    run(if postgres.is_some() { "the attacks on Postgres" } else { "the attacks on SQLite" }, &mut node)
}

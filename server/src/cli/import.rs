//! `launch-ready import`: many projects from a list, a CSV or a zone file.

use super::common::{print, runtime};
use super::remote::Remote;
use clap::Args;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub struct ImportArgs {
    /// A domain a line; or domain,client,tags as CSV; or a zone file
    file: PathBuf,
    /// Show what each line would become, and add nothing
    #[arg(long)]
    dry_run: bool,
}

fn told(answer: &Value) -> String {
    let text = |l: &Value, key: &str| l.get(key).and_then(Value::as_str).unwrap_or("").to_owned();
    let mut out = String::new();
    for l in answer.get("lines").and_then(Value::as_array).into_iter().flatten() {
        let error = text(l, "error");
        let said = if error.is_empty() { "new".to_owned() } else { format!("left out: {error}") };
        let _ = writeln!(out, "{:>5}  {}  {said}", l.get("line").and_then(Value::as_u64).unwrap_or(0), text(l, "domain"));
    }
    let added = answer.get("added").and_then(Value::as_u64).unwrap_or(0);
    let verb = if answer.get("done").and_then(Value::as_bool).unwrap_or(false) { "added" } else { "would be added" };
    let _ = writeln!(out, "{added} {verb}.");
    out
}

/// Tells each line, and adds the new ones together or not at all.
pub fn import(args: &ImportArgs) -> Result<ExitCode, String> {
    let text = std::fs::read_to_string(&args.file).map_err(|e| format!("{} cannot be read: {e}.", args.file.display()))?;
    runtime()?.block_on(async {
        let dry = if args.dry_run { "yes" } else { "no" };
        let answer = Remote::known()?.send(&format!("/import?dry_run={dry}"), &json!({ "text": text })).await?;
        print(&told(&answer));
        Ok(ExitCode::SUCCESS)
    })
}

#[test]
fn every_line_is_told() {
    let answer = json!({"done": false, "added": 1, "lines": [{"line": 1, "domain": "acme.com", "error": ""}, {"line": 12, "domain": "x", "error": "“x” has no ending."}]});
    assert_eq!(told(&answer), "    1  acme.com  new\n   12  x  left out: “x” has no ending.\n1 would be added.\n");
}

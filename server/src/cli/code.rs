//! `launch-ready export` and `apply`: a workspace as one YAML file.

use super::common::{print, runtime};
use super::remote::Remote;
use clap::Args;
use reqwest::Method;
use serde_json::Value;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub struct ExportArgs {}

#[derive(Debug, Args)]
pub struct ApplyArgs {
    /// The YAML file; addresses of channels may name variables as ${NAME}
    file: PathBuf,
    /// Show what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Delete what the file does not name: projects go to the archive, channels, schedules, excuses and answers end
    #[arg(long)]
    prune: bool,
}

/// Prints the workspace as YAML.
pub fn export(_: &ExportArgs) -> Result<ExitCode, String> {
    runtime()?.block_on(async {
        let remote = Remote::known()?;
        let code = remote.json(Method::GET, "/export").await?;
        let yaml = serde_saphyr::to_string(&code).map_err(|e| e.to_string())?;
        print(&format!("# yaml-language-server: $schema={}/api/workspace.schema.json\n{yaml}", remote.server()));
        Ok(ExitCode::SUCCESS)
    })
}

/// `${NAME}` in the addresses of channels, from the environment, so that no secret stands in the file.
fn filled(mut code: Value, variable: impl Fn(&str) -> Option<String>) -> Result<Value, String> {
    for channel in code.get_mut("channels").and_then(Value::as_array_mut).into_iter().flatten() {
        let Some(url) = channel.get_mut("url") else { continue };
        let name = url.as_str().and_then(|u| u.strip_prefix("${")?.strip_suffix('}')).map(str::to_owned);
        if let Some(name) = name {
            *url = Value::String(variable(&name).ok_or_else(|| format!("The variable {name} is not set; a channel needs it."))?);
        }
    }
    Ok(code)
}

fn told(plan: &Value) -> String {
    let text = |s: &Value, key: &str| s.get(key).and_then(Value::as_str).unwrap_or("").to_owned();
    let steps = plan.get("steps").and_then(Value::as_array).cloned().unwrap_or_default();
    if steps.is_empty() {
        return "Nothing differs.\n".to_owned();
    }
    steps.iter().map(|s| format!("{:<7} {}  {}\n", text(s, "deed"), text(s, "what"), text(s, "detail")).replace("  \n", "\n")).collect()
}

/// Shows the plan, and carries it out unless that is not wanted.
pub fn apply(args: &ApplyArgs) -> Result<ExitCode, String> {
    let text = std::fs::read_to_string(&args.file).map_err(|e| format!("{} cannot be read: {e}.", args.file.display()))?;
    let code: Value = serde_saphyr::from_str(&text).map_err(|e| format!("{} is not right: {e}", args.file.display()))?;
    let code = filled(code, |name| std::env::var(name).ok())?;
    runtime()?.block_on(async {
        let remote = Remote::known()?;
        let prune = if args.prune { "&prune=yes" } else { "" };
        let plan = remote.send(&format!("/apply?dry_run=yes{prune}"), &code).await?;
        print(&told(&plan));
        let steps = plan
            .get("steps")
            .and_then(Value::as_array)
            .map_or(0, |s| s.iter().filter(|s| s.get("deed").is_none_or(|d| d != "keep")).count());
        if !args.dry_run && steps > 0 {
            remote.send(&format!("/apply?dry_run=no{prune}"), &code).await?;
            print("Done.\n");
        }
        Ok(ExitCode::SUCCESS)
    })
}

#[test]
fn variables_fill_addresses_alone() {
    let code =
        serde_json::json!({"channels": [{"name": "${X}", "url": "${X}"}, {"name": "n", "url": "https://x.example/$"}, {"name": "m"}]});
    let got = filled(code.clone(), |n| (n == "X").then(|| "https://hooks.example/1".to_owned())).unwrap();
    assert_eq!((got["channels"][0]["url"].as_str(), got["channels"][0]["name"].as_str()), (Some("https://hooks.example/1"), Some("${X}")));
    assert!(filled(code, |_| None).unwrap_err().contains("The variable X is not set"));
}

//! `launch-ready push FILE`: brings evidence to a project on the server.

use super::common::{print, runtime};
use super::remote::Remote;
use clap::Args;
use reqwest::Method;
use serde_json::{Value, json};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, Args)]
pub struct PushArgs {
    /// A piece of evidence as JSON, a list of them, or a scan that was kept with `scan --save`; - for standard input
    file: PathBuf,
    /// Domain or id of the project; an id alone works with a token that may only push
    #[arg(long, value_name = "NAME")]
    project: Option<String>,
}

fn read(path: &Path) -> Result<String, String> {
    if path.as_os_str() == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map_err(|e| format!("Standard input cannot be read: {e}."))?;
        return Ok(text);
    }
    std::fs::read_to_string(path).map_err(|e| format!("{} cannot be read: {e}.", path.display()))
}

/// The pieces of a file, as the server takes them.
fn pieces(text: &str) -> Result<Vec<Value>, String> {
    let list = match serde_json::from_str(text).map_err(|e| format!("It is no JSON: {e}."))? {
        Value::Array(list) => list,
        one => vec![one],
    };
    if list.is_empty() {
        return Err("There is no piece in it.".into());
    }
    let piece = |(n, v): (usize, Value)| match &v {
        Value::Object(o) if o.contains_key("source") => Ok(v),
        Value::Object(o) if o.contains_key("ledger") => {
            Err("It is a ledger. Push its pieces, each as {source, key, taken_at, body}.".to_owned())
        }
        // What `scan --save` keeps.
        Value::Object(o) if o.contains_key("target") && o.contains_key("started_at") => {
            Ok(json!({"source": "outside", "tool": crate::platform::version::TOOL, "body": v}))
        }
        _ => Err(format!("Piece {} has no source.", n + 1)),
    };
    list.into_iter().enumerate().map(piece).collect()
}

fn told(answer: &Value) -> String {
    let text = |key: &str| answer.get(key).and_then(Value::as_str).unwrap_or("");
    let name = if text("key").is_empty() { text("source").to_owned() } else { format!("{} {}", text("source"), text("key")) };
    let judged = match (answer.get("judged").and_then(Value::as_bool), answer.get("score").and_then(Value::as_f64)) {
        (Some(true), Some(score)) => format!("judged: {}, {score:.0}", text("verdict")),
        (_, Some(score)) => format!("kept; the project stands at {}, {score:.0}", text("verdict")),
        _ => "kept; it is judged with the first scan".to_owned(),
    };
    format!("{name:<32} {judged}  (counts until {})\n", text("expires_at"))
}

/// Sends each piece, and prints what became of it.
pub fn push(args: &PushArgs) -> Result<ExitCode, String> {
    let list = pieces(&read(&args.file)?)?;
    runtime()?.block_on(async {
        let remote = Remote::known()?;
        let id = match &args.project {
            Some(name) if store::ProjectId::parse(name).is_some() => name.clone(),
            Some(name) => remote.project(name).await?.get("id").and_then(Value::as_str).unwrap_or("").to_owned(),
            None => only(&remote).await?,
        };
        for (n, piece) in list.iter().enumerate() {
            let answer = remote.send(&format!("/projects/{id}/evidence"), piece).await;
            print(&told(&answer.map_err(|e| if list.len() > 1 { format!("Piece {}: {e}", n + 1) } else { e })?));
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// The one project that the token sees.
async fn only(remote: &Remote) -> Result<String, String> {
    let page = remote.json(Method::GET, "/projects?limit=2").await?;
    match page.get("items").and_then(Value::as_array).map(Vec::as_slice) {
        Some([one]) => Ok(one.get("id").and_then(Value::as_str).unwrap_or("").to_owned()),
        Some([]) | None => Err("The token sees no project.".into()),
        Some(_) => Err("The token sees several projects. Say which one: --project NAME.".into()),
    }
}

#[test]
fn a_file_holds_one_piece_or_several_or_a_scan() {
    let piece = r#"{"source":"monitor","body":{"findings":[]}}"#;
    let scan = r#"{"version":1,"target":{"domain":"acme.com"},"started_at":1}"#;
    for (text, sources, why) in [
        (piece.to_owned(), vec!["monitor"], ""),
        (format!("[{piece},{piece}]"), vec!["monitor", "monitor"], ""),
        (scan.to_owned(), vec!["outside"], ""),
        (format!("[{scan}]"), vec!["outside"], ""),
        ("[]".into(), vec![], "no piece"),
        ("{".into(), vec![], "no JSON"),
        (r#"[{"body":{}}]"#.into(), vec![], "Piece 1 has no source"),
        (r#"{"ledger":2,"pieces":[]}"#.into(), vec![], "It is a ledger"),
    ] {
        match pieces(&text) {
            Ok(list) => assert_eq!(list.iter().map(|p| p["source"].as_str().unwrap()).collect::<Vec<_>>(), sources, "{text}"),
            Err(e) => assert!(!why.is_empty() && e.contains(why), "{text}: {e}"),
        }
    }
}

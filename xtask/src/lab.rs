//! The lab as a program of its own, and our scans of what it serves.

use crate::process::Running;
use crate::step::{Result, root};
use serde_json::Value;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Starts the lab, as it was built last, with its control at this port; also gives the line in which it describes itself.
pub fn start(port: &str) -> Result<(Running, String)> {
    let mut lab = Command::new(root().join("target/debug/lab"))
        .arg(port)
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|e| format!("the lab cannot be started: {e}"))?;
    let line = first_line(&mut lab);
    Ok((Running(lab), line?))
}

fn first_line(child: &mut Child) -> Result<String> {
    use std::io::BufRead;
    let mut line = String::new();
    let out = child.stdout.take().ok_or("the lab has no output")?;
    std::io::BufReader::new(out).read_line(&mut line).map_err(|e| e.to_string())?;
    Ok(line)
}

/// Our scan of a lab site, as a command.
pub fn scan(binary: &Path, lab: &Value, site: &str, also: &[String]) -> Command {
    let field = |name: &str| lab[name].as_str().unwrap_or("").to_owned();
    let mut c = Command::new(binary);
    c.args(["scan", site, "--dkim-selector", "s1", "--sender", "resend", "--entitled", "--allow-net", "127.0.0.0/8"]);
    c.args([
        "--resolver",
        &field("dns"),
        "--ca-file",
        &field("ca_file"),
        "--ct-url",
        &field("ct_url"),
        "--rdap-bootstrap",
        &field("rdap_file"),
    ]);
    for host in also {
        c.args(["--also", host]);
    }
    c
}

//! A server to measure, what is asked of it, and figures from lists of times.

use crate::process::Running;
use crate::step::Result;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Where the server under measurement listens.
pub const AT: &str = "127.0.0.1:3398";

/// Starts the server on a fresh folder; milliseconds until `/` answers.
pub fn start(binary: &Path, data: &PathBuf, env: &[(&str, &str)]) -> Result<(f64, Running)> {
    let _ = std::fs::remove_dir_all(data);
    let begun = Instant::now();
    let child = Command::new(binary)
        .args(["serve", "--listen", AT, "--workers", "4"])
        .env("LAUNCH_READY_DATA_DIR", data)
        .envs(env.iter().copied())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|e| e.to_string())?;
    let running = Running(child);
    while !answers() {
        if begun.elapsed() > Duration::from_secs(20) {
            return Err("the server does not answer".into());
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    Ok((begun.elapsed().as_secs_f64() * 1000.0, running))
}

fn answers() -> bool {
    use std::io::{Read, Write};
    let Ok(mut s) = std::net::TcpStream::connect(AT) else { return false };
    let mut buffer = [0; 15];
    s.write_all(format!("GET / HTTP/1.1\r\nhost: {AT}\r\nconnection: close\r\n\r\n").as_bytes()).is_ok()
        && s.read_exact(&mut buffer).is_ok()
        && buffer.ends_with(b"200 OK")
}

/// What curl says to these arguments.
pub fn curl(args: &[&str]) -> Result<String> {
    let o = Command::new("curl").args(["-s", "-S"]).args(args).output().map_err(|e| format!("curl is needed: {e}"))?;
    if o.status.success() {
        Ok(String::from_utf8_lossy(&o.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&o.stderr).into_owned())
    }
}

/// Resident memory of a process in megabytes.
pub fn memory(pid: u32) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).map_err(|e| e.to_string())?;
    let kb = status
        .lines()
        .find_map(|l| l.strip_prefix("VmRSS:"))
        .and_then(|v| v.split_whitespace().next()?.parse::<f64>().ok())
        .ok_or("no VmRSS")?;
    Ok(kb / 1000.0)
}

/// The value that this share of the list does not exceed.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a few hundred samples")]
pub fn percentile(list: &[f64], p: f64) -> f64 {
    let mut sorted = list.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(((sorted.len() as f64 * p).ceil() as usize).saturating_sub(1)).copied().unwrap_or(0.0)
}

/// The median.
pub fn middle(list: &[f64]) -> f64 {
    percentile(list, 0.5)
}

/// The largest.
pub fn worst(list: &[f64]) -> f64 {
    percentile(list, 1.0)
}

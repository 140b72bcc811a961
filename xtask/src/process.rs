//! Programs that run beside us, and what they say.

use crate::step::Result;
use serde_json::Value;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

/// A program that ends with this.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a program says as JSON, and in how many milliseconds.
pub fn output(name: &str, command: &mut Command) -> Result<(Value, f64)> {
    let begun = Instant::now();
    let out = command.stdin(Stdio::null()).stderr(Stdio::null()).output().map_err(|e| format!("{name} cannot be started: {e}"))?;
    let ms = begun.elapsed().as_secs_f64() * 1000.0;
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    let json = text.find('{').and_then(|i| serde_json::from_str(text.get(i..).unwrap_or("")).ok());
    Ok((json.unwrap_or(Value::Null), ms))
}

//! `launch-ready health`: asks a running server, for containers without a shell.

use super::common::Common;
use clap::Args;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

#[derive(Debug, Args)]
pub struct HealthArgs {
    #[command(flatten)]
    common: Common,
}

/// Exit code 0 if `/health` answers 200 at the configured address.
pub fn health(args: &HealthArgs) -> Result<ExitCode, String> {
    let mut at = args.common.settings(&[])?.listen;
    if at.ip().is_unspecified() {
        at = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), at.port());
    }
    let limit = Duration::from_secs(2);
    let mut stream = TcpStream::connect_timeout(&at, limit).map_err(|e| format!("Nothing answers at {at}: {e}."))?;
    let mut answer = String::new();
    let asked = stream
        .set_read_timeout(Some(limit))
        .and_then(|()| stream.write_all(format!("GET /health HTTP/1.1\r\nhost: {at}\r\nconnection: close\r\n\r\n").as_bytes()))
        .and_then(|()| stream.read_to_string(&mut answer));
    asked.map_err(|e| format!("The server at {at} does not answer: {e}."))?;
    Ok(if answer.starts_with("HTTP/1.1 200") { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

//! Values as people write them.

use ipnet::IpNet;
use std::net::SocketAddr;
use std::time::Duration;

/// `30s`, `500ms`, `2m`, or a number of seconds; not below a number of milliseconds.
///
/// # Errors
/// What is wrong with it.
pub fn duration(v: &str, least_ms: u64) -> Result<Duration, String> {
    let d = match v.trim().parse::<u64>() {
        Ok(n) => Duration::from_secs(n),
        Err(_) => humantime::parse_duration(v).map_err(|e| e.to_string())?,
    };
    if d < Duration::from_millis(least_ms) || d > Duration::from_secs(3600) {
        Err("it must lie between a moment and an hour".into())
    } else {
        Ok(d)
    }
}

/// A network, or one address.
///
/// # Errors
/// What is wrong with it.
pub fn network(v: &str) -> Result<IpNet, ipnet::AddrParseError> {
    v.parse::<IpNet>().or_else(|e| v.parse::<std::net::IpAddr>().map(IpNet::from).map_err(|_| e))
}

/// `IP:PORT`, or an IP with port 53.
///
/// # Errors
/// What is wrong with it.
pub fn resolver(v: &str) -> Result<SocketAddr, String> {
    v.parse::<SocketAddr>()
        .or_else(|_| v.parse::<std::net::IpAddr>().map(|ip| SocketAddr::new(ip, 53)))
        .map_err(|_| format!("“{v}” is not an address and port such as 127.0.0.1:53"))
}

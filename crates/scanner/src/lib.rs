//! Turns a [`Target`](readiness::Target) into [`Outside`](readiness::Outside): one collector a
//! protocol, side by side, each within the scan's deadline. No database, no rules.
//!
//! Every connection goes through [`egress`]: it decides which addresses may be entered at all.

mod budget;
mod bundles;
pub mod collect;
mod discovery;
pub mod dns;
mod dns_transport;
pub mod egress;
mod failure;
#[cfg(test)]
mod fuzz;
mod http;
mod latency;
mod mail;
mod mask;
mod ocsp;
mod page;
pub mod post;
mod registry;
mod revocation;
pub mod roots;
mod script;
mod search;
mod smtp;
mod tls;
mod tls_handshakes;
mod web;
mod zone;

pub use collect::{Event, Options, Sources, collect};
pub use search::looks_secret;
pub use search::search;

/// The scanner's name in `User-Agent`.
pub const USER_AGENT: &str = concat!("LaunchReady/", env!("CARGO_PKG_VERSION"), " (+https://github.com/launch-ready/launch-ready)");

/// Epoch milliseconds.
pub(crate) fn now() -> i64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX))
}

/// Locks; what a panicking thread left behind is still whole, since nothing panics while holding.
pub(crate) fn lock<T>(m: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    m.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Hexadecimal SHA-256.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

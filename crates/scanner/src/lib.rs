//! Turns a [`Target`](readiness::Target) into [`Outside`](readiness::Outside): one collector a
//! protocol, side by side, each within the scan's deadline. No database, no rules.
//!
//! Every connection goes through the guard of [`net`]: it decides which addresses may be entered at all.

mod budget;
mod bundles;
mod certificate;
mod collect;
mod decompress;
mod discovery;
mod dns;
#[cfg(test)]
mod fuzz;
mod http;
mod latency;
mod mail;
mod ocsp;
mod options;
mod page;
mod registry;
mod revocation;
mod secrets;
mod smtp;
mod tls;
mod tls_handshakes;
mod util;
mod web;
mod zone;

pub use collect::{Event, collect};
pub use options::{Options, Sources};
pub use secrets::detect::{looks_secret, search};

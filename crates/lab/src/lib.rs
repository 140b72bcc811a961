//! Real servers on loopback for tests: a DNS server, and a web server on ports 80 and 443 with
//! certificates made on the fly. Everything can be changed while it runs, so that a test can fix
//! a site as its owner would.
//!
//! Each lab takes an address of its own in 127.0.0.0/8. Ports 80 and 443 need root, or
//! `sysctl net.ipv4.ip_unprivileged_port_start=80`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test tool that stops on any surprise")]

mod certs;
mod dns;
mod lab;
mod name;
pub mod presets;
mod signing;
pub mod sites;
mod smtp;
mod weather;
mod web;

pub use certs::{CertKind, OcspAnswer};
pub use dns::Trouble;
pub use lab::{CT_URL, Lab};
pub use signing::Signing;
pub use web::{Page, Reply, Site};

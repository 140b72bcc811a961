//! Who answers DNS questions.

use std::net::{Ipv4Addr, SocketAddr};

/// Resolvers that many people use, asked beside the system's own.
pub const PUBLIC: [Ipv4Addr; 3] = [Ipv4Addr::new(1, 1, 1, 1), Ipv4Addr::new(8, 8, 8, 8), Ipv4Addr::new(9, 9, 9, 9)];

/// Which resolvers to use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Resolvers {
    /// The system's, the public ones, and the zone's own servers.
    #[default]
    System,
    /// Only these, for every question; they may be authoritative without recursion.
    Only(Vec<SocketAddr>),
}

impl Resolvers {
    /// Those to ask, in this order: the ones named, or two at most of the system's.
    #[must_use]
    pub fn addresses(&self) -> Vec<SocketAddr> {
        match self {
            Self::Only(list) => list.clone(),
            Self::System => system(),
        }
    }
}

/// From `/etc/resolv.conf`; a public one where that names none.
fn system() -> Vec<SocketAddr> {
    let text = std::fs::read("/etc/resolv.conf").unwrap_or_default();
    let config = resolv_conf::Config::parse(&text).unwrap_or_default();
    let mut list: Vec<SocketAddr> = config.nameservers.iter().map(|ns| SocketAddr::new(ns.into(), 53)).take(2).collect();
    if list.is_empty() {
        list.push(SocketAddr::new(PUBLIC[0].into(), 53));
    }
    list
}

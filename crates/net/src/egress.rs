//! The egress guard. We fetch what strangers type, so this module decides where we may go: only public
//! addresses, only ports 80 and 443 (and 53 for DNS), only http and https.
//!
//! A name is resolved once, its addresses are judged, and the connection goes to a judged address;
//! no second look-up can swap it. A self-hoster opens networks with `--allow-net` and closes
//! them with `--deny-net`.

use crate::special_networks::{closed, embedded};
use crate::sync::lock;
use ipnet::IpNet;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;
use url::{Host, Url};

/// Why the guard refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// The address is not a public one.
    #[error("{0} is {1}, which the scanner does not enter")]
    Address(IpAddr, &'static str),
    /// Neither http nor https.
    #[error("the scheme {0} is not http or https")]
    Scheme(String),
    /// Neither 80 nor 443.
    #[error("port {0} is not 80 or 443")]
    Port(u16),
    /// `user:password@` in a URL.
    #[error("the URL carries a user name")]
    UserInfo,
    /// A name for machines, or none at all.
    #[error("“{0}” is not a public host name")]
    Name(String),
}

/// The guard: the rules of the public internet, the networks opened and closed by the operator, and the addresses
/// already judged in this scan.
#[derive(Debug, Default)]
pub struct Egress {
    allow: Vec<IpNet>,
    deny: Vec<IpNet>,
    pinned: Mutex<HashMap<String, Vec<IpAddr>>>,
}

impl Egress {
    /// A guard that also enters these networks.
    #[must_use]
    pub fn new(allow: Vec<IpNet>) -> Self {
        Self { allow, ..Self::default() }
    }

    /// The same, never entering these, even where they are public or opened: what only the operator knows of, such as
    /// their own public addresses that trust whoever comes from inside, or a NAT64 prefix of their own.
    #[must_use]
    pub fn denying(self, deny: Vec<IpNet>) -> Self {
        Self { deny, ..self }
    }

    /// Whether the operator opened this address.
    #[must_use]
    pub fn opens(&self, ip: IpAddr) -> bool {
        within(&self.allow, ip) && !within(&self.deny, ip)
    }

    /// Whether an address may be connected to.
    ///
    /// # Errors
    /// [`Denied::Address`].
    pub fn permits(&self, ip: IpAddr) -> Result<(), Denied> {
        let inner = if let IpAddr::V6(v6) = ip { embedded(v6).map(IpAddr::from) } else { None };
        let either = |nets: &[IpNet]| within(nets, ip) || inner.is_some_and(|i| within(nets, i));
        if either(&self.deny) {
            return Err(Denied::Address(ip, "an address that the operator closed"));
        }
        if either(&self.allow) {
            return Ok(());
        }
        let why = closed(ip).or_else(|| match (ip, inner) {
            (_, Some(inner)) => closed(inner),
            // Of the rest only 2000::/3 is given out (IANA, Internet Protocol Version 6 Address Space).
            (IpAddr::V6(v6), None) if v6.segments()[0] & 0xe000 != 0x2000 => Some("an address that nobody was given"),
            _ => None,
        });
        why.map_or(Ok(()), |why| Err(Denied::Address(ip, why)))
    }

    /// Whether a URL may be requested at all; its host's addresses are judged when connecting.
    ///
    /// # Errors
    /// [`Denied`].
    pub fn permits_url(&self, url: &Url) -> Result<(), Denied> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Denied::Scheme(url.scheme().to_owned()));
        }
        if !matches!(url.port_or_known_default(), Some(80 | 443)) {
            return Err(Denied::Port(url.port_or_known_default().unwrap_or(0)));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Denied::UserInfo);
        }
        match url.host() {
            Some(Host::Ipv4(ip)) => self.permits(ip.into()),
            Some(Host::Ipv6(ip)) => self.permits(ip.into()),
            Some(Host::Domain(name)) => self.permits_name(name),
            None => Err(Denied::Name(String::new())),
        }
    }

    /// Whether a name may be looked up for a connection.
    fn permits_name(&self, name: &str) -> Result<(), Denied> {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let machine = name.is_empty()
            || !name.contains('.')
            || [".localhost", ".local", ".internal", ".lan", ".home.arpa", ".onion"].iter().any(|s| name.ends_with(s));
        // Something that a C library reads as an address, which url has not.
        let numeric =
            name.rsplit('.').next().is_some_and(|l| !l.is_empty() && (l.bytes().all(|b| b.is_ascii_digit()) || l.starts_with("0x")));
        if machine || numeric { Err(Denied::Name(name)) } else { Ok(()) }
    }

    /// Keeps a name's permitted addresses for the rest of the scan and returns them. What was kept
    /// first stays, whatever a later answer says.
    ///
    /// # Errors
    /// [`Denied`] if none of the addresses may be entered.
    pub fn pin(&self, name: &str, addresses: &[IpAddr]) -> Result<Vec<IpAddr>, Denied> {
        let key = name.trim_end_matches('.').to_ascii_lowercase();
        let mut pinned = lock(&self.pinned);
        if let Some(kept) = pinned.get(&key) {
            return Ok(kept.clone());
        }
        let mut refused = None;
        let mut good = vec![];
        // A name may have thousands of addresses; a browser tries a few.
        for ip in addresses.iter().take(16) {
            match self.permits(*ip) {
                Ok(()) => good.push(*ip),
                Err(why) => refused = Some(why),
            }
        }
        match refused {
            Some(why) if good.is_empty() => Err(why),
            _ => {
                pinned.insert(key, good.clone());
                Ok(good)
            }
        }
    }

    /// The addresses kept for a name.
    pub(crate) fn pinned(&self, name: &str) -> Vec<IpAddr> {
        let key = name.trim_end_matches('.').to_ascii_lowercase();
        lock(&self.pinned).get(&key).cloned().unwrap_or_default()
    }
}

fn within(nets: &[IpNet], ip: IpAddr) -> bool {
    nets.iter().any(|n| n.contains(&ip))
}

#[cfg(test)]
#[path = "egress_tests.rs"]
mod tests;

//! Networks of visitors: what their addresses count as.

use std::net::IpAddr;

/// The network that an address counts as: an IPv4 address itself, an IPv6 address as its prefix.
pub fn network(address: &str, bits: u8) -> String {
    match address.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
        Ok(IpAddr::V6(v6)) => match ipnet::Ipv6Net::new(v6, bits) {
            Ok(net) => net.trunc().to_string(),
            Err(_) => v6.to_string(),
        },
        Ok(v4) => v4.to_string(),
        Err(_) => address.to_owned(),
    }
}

/// The network for a person to read: never a whole address.
pub fn place(address: &str) -> String {
    match address.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
        Ok(IpAddr::V4(v4)) => ipnet::Ipv4Net::new(v4, 24).map(|n| n.trunc().to_string()).unwrap_or_default(),
        Ok(_) => network(address, 48),
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_count_as_networks() {
        for (address, near, wide, shown) in [
            ("203.0.113.9", "203.0.113.9", "203.0.113.9", "203.0.113.0/24"),
            ("::ffff:203.0.113.9", "203.0.113.9", "203.0.113.9", "203.0.113.0/24"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48", "2001:db8:1::/48"),
            ("", "", "", ""),
        ] {
            assert_eq!((network(address, 64), network(address, 48), place(address)), (near.into(), wide.into(), shown.into()));
        }
    }
}

//! Which addresses lead somewhere on the public internet.

use std::net::IpAddr;

/// What an address is, if a visitor from the internet cannot reach it (RFC 1918, RFC 4193, RFC 6598, RFC 6890).
#[must_use]
pub fn private(address: &str) -> Option<&'static str> {
    match address.parse::<IpAddr>().ok()? {
        IpAddr::V4(ip) => {
            let [a, b, ..] = ip.octets();
            match (a, b) {
                (10, _) | (192, 168) => Some("an address of a private network"),
                (172, 16..=31) => Some("an address of a private network"),
                (127, _) => Some("the visitor's own machine"),
                (169, 254) => Some("an address of the local link"),
                (100, 64..=127) => Some("an inner address of a carrier"),
                (0, _) => Some("no address at all"),
                (224..=255, _) => Some("a multicast or reserved address"),
                _ => None,
            }
        }
        IpAddr::V6(ip) => {
            let first = ip.segments()[0];
            if ip.is_loopback() {
                Some("the visitor's own machine")
            } else if ip.is_unspecified() {
                Some("no address at all")
            } else if first & 0xfe00 == 0xfc00 {
                Some("an address of a private network")
            } else if first & 0xffc0 == 0xfe80 {
                Some("an address of the local link")
            } else {
                ip.to_ipv4_mapped().and_then(|v4| private(&v4.to_string()))
            }
        }
    }
}

#[test]
fn public_and_private() {
    for a in [
        "10.1.2.3",
        "172.31.0.1",
        "192.168.1.1",
        "127.0.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "fd00::1",
        "fe80::1",
        "::1",
        "::ffff:10.0.0.1",
        "0.0.0.0",
    ] {
        assert!(private(a).is_some(), "{a}");
    }
    for a in ["1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1", "192.0.2.10", "not an address"] {
        assert!(private(a).is_none(), "{a}");
    }
}

//! Which addresses lead somewhere on the public internet.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What an address is, if a visitor from the internet cannot reach it (RFC 1918, RFC 4193, RFC 6598, RFC 6890; of IPv6 also
/// those for manuals, RFC 3849 and RFC 9637).
#[must_use]
pub fn private(address: &str) -> Option<&'static str> {
    match address.parse::<IpAddr>().ok()? {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            match (a, b) {
                (10, _) | (192, 168) => Some("an address of a private network"),
                (172, 16..=31) => Some("an address of a private network"),
                (127, _) => Some("the visitor's own machine"),
                (169, 254) => Some("an address of the local link"),
                (100, 64..=127) => Some("an inner address of a carrier"),
                (0, _) => Some("no address at all"),
                (198, 18 | 19) => Some("an address for measuring machines"),
                (192, 0) if c == 0 => Some("an address that protocols keep for themselves"),
                (224..=255, _) => Some("a multicast or reserved address"),
                _ => None,
            }
        }
        IpAddr::V6(ip) => {
            let [first, second, ..] = ip.segments();
            if ip.is_loopback() {
                Some("the visitor's own machine")
            } else if ip.is_unspecified() {
                Some("no address at all")
            } else if first & 0xfe00 == 0xfc00 {
                Some("an address of a private network")
            } else if first & 0xffc0 == 0xfe80 {
                Some("an address of the local link")
            } else if first & 0xffc0 == 0xfec0 {
                Some("an address of a site, which no longer exists")
            } else if first >> 8 == 0xff {
                Some("a multicast address")
            } else if (first, second) == (0x2001, 0xdb8) || (first == 0x3fff && second < 0x1000) {
                Some("an address of a manual, which nobody has")
            } else if first == 0x100 && ip.segments()[1..4] == [0, 0, 0] {
                Some("an address that swallows everything")
            } else {
                inner(&ip).and_then(|v4| private(&v4.to_string()))
            }
        }
    }
}

/// The IPv4 address inside a mapped, NAT64 (RFC 6052) or 6to4 (RFC 3056) one.
fn inner(ip: &Ipv6Addr) -> Option<Ipv4Addr> {
    let from = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match ip.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => Some(from(high, low)),
        _ => ip.to_ipv4_mapped(),
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
        "198.18.0.1",
        "192.0.0.8",
        "64:ff9b::10.0.0.1",
        "2002:a00:1::1",
        "ff02::1",
        "fec0::1",
        "100::1",
        "2001:db8::1",
        "3fff:fff::1",
    ] {
        assert!(private(a).is_some(), "{a}");
    }
    for a in [
        "1.1.1.1",
        "172.32.0.1",
        "198.20.0.1",
        "64:ff9b::1.1.1.1",
        "2002:101:101::1",
        "100.128.0.1",
        "2606:4700::1",
        "3fff:1000::1",
        "192.0.2.10",
        "not an address",
    ] {
        assert!(private(a).is_none(), "{a}");
    }
}

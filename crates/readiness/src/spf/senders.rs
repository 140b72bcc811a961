//! Addresses that an SPF record names.

use super::syntax::{Kind, Spf, is_spf};
use std::net::Ipv4Addr;

/// IPv4 addresses that the SPF records among these texts name one by one: hosts that are somebody's own.
#[must_use]
pub fn single_addresses(texts: &[impl AsRef<str>]) -> Vec<Ipv4Addr> {
    let terms = texts.iter().map(AsRef::as_ref).filter(|t| is_spf(t)).flat_map(|t| Spf::parse(t).terms);
    terms
        .filter(|t| t.kind == Kind::Ip)
        .filter_map(|t| {
            let text = t.text.trim_start_matches(['+', '-', '~', '?']);
            let value = text.get(..4).filter(|k| k.eq_ignore_ascii_case("ip4:")).and_then(|_| text.get(4..))?;
            value.strip_suffix("/32").unwrap_or(value).parse().ok()
        })
        .collect()
}

#[test]
fn networks_are_not_single_hosts() {
    let found = single_addresses(&["v=spf1 ip4:192.0.2.1 ip4:192.0.2.0/24 +IP4:198.51.100.7/32 ip6:2001:db8::1 -all", "other"]);
    assert_eq!(found, [Ipv4Addr::new(192, 0, 2, 1), Ipv4Addr::new(198, 51, 100, 7)]);
}

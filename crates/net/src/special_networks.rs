//! Addresses that are not of the public internet, and IPv4 addresses inside IPv6 ones. Pure.

use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

/// Networks that are not the public internet: those of IANA's special-purpose registries (as of 2024-10-22 and later
/// RFCs), and public-looking addresses behind which a cloud keeps its own services.
const CLOSED: &[(&str, &str)] = &[
    ("0.0.0.0/8", "this network"),                          // RFC 791 section 3.2
    ("10.0.0.0/8", "a private address"),                    // RFC 1918
    ("100.64.0.0/10", "a carrier's inner address"),         // RFC 6598; metadata of Alibaba (100.100.100.200) and Tencent
    ("127.0.0.0/8", "a loopback address"),                  // RFC 1122 section 3.2.1.3
    ("169.254.0.0/16", "a link-local or metadata address"), // RFC 3927; metadata of nearly every cloud
    ("172.16.0.0/12", "a private address"),                 // RFC 1918
    ("192.0.0.0/24", "a protocol address"),                 // RFC 6890; metadata of Oracle's older cloud (192.0.0.192)
    ("192.0.2.0/24", "a documentation address"),            // RFC 5737
    ("192.31.196.0/24", "an address of AS112"),             // RFC 7535: answers for private names, often from inside
    ("192.52.193.0/24", "a multicast relay address"),       // RFC 7450: the nearest relay, often inside
    ("192.88.99.0/24", "a 6to4 relay address"),             // RFC 7526
    ("192.168.0.0/16", "a private address"),                // RFC 1918
    ("192.175.48.0/24", "an address of AS112"),             // RFC 7534
    ("198.18.0.0/15", "a benchmarking address"),            // RFC 2544
    ("198.51.100.0/24", "a documentation address"),         // RFC 5737
    ("203.0.113.0/24", "a documentation address"),          // RFC 5737
    ("224.0.0.0/4", "a multicast address"),                 // RFC 5771
    ("240.0.0.0/4", "a reserved address"),                  // RFC 1112 section 4
    ("::/128", "an unspecified address"),                   // RFC 4291 section 2.5.2
    ("::1/128", "a loopback address"),                      // RFC 4291 section 2.5.3
    ("::/96", "an IPv4-compatible address"),                // RFC 4291 section 2.5.5.1, deprecated
    ("::ffff:0:0:0/96", "an IPv4-translated address"),      // RFC 2765 section 2.1, obsolete
    ("64:ff9b:1::/48", "a local NAT64 address"),            // RFC 8215
    ("100::/64", "a discard address"),                      // RFC 6666
    ("100:0:0:1::/64", "a dummy address"),                  // RFC 9780
    // RFC 2928, with all its parts: Teredo (RFC 4380), PCP, TURN and SRP anycast (RFC 7723, 8155, 9665), benchmarking
    // (RFC 5180), AMT (RFC 7450), AS112 (RFC 7535), ORCHID (RFC 4843, 7343), drones (RFC 9374). No site lives there.
    ("2001::/23", "a protocol address"),
    ("2001:db8::/32", "a documentation address"), // RFC 3849
    ("2620:4f:8000::/48", "an address of AS112"), // RFC 7534
    ("3fff::/20", "a documentation address"),     // RFC 9637
    ("5f00::/16", "a segment routing address"),   // RFC 9602
    ("fc00::/7", "a private address"),            // RFC 4193; metadata of AWS (fd00:ec2::254), Google (fd20:ce::254)
    ("fe80::/10", "a link-local address"),        // RFC 4291 section 2.5.6
    ("fec0::/10", "a site-local address"),        // RFC 3879
    ("ff00::/8", "a multicast address"),          // RFC 4291 section 2.7
    // Azure's WireServer: https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
    ("168.63.129.16/32", "a cloud's control address"),
    // IBM's inner service networks: https://cloud.ibm.com/docs/vpc?topic=vpc-service-endpoints-for-vpc
    ("161.26.0.0/16", "a cloud's control address"),
    ("166.8.0.0/14", "a cloud's control address"),
    // What metadata.packet.net of Equinix Metal, formerly Packet, always resolved to.
    ("192.80.8.124/32", "a cloud's metadata address"),
    // private. and restricted.googleapis.com: https://cloud.google.com/vpc/docs/configure-private-google-access
    ("199.36.153.4/30", "a cloud's control address"),
    ("199.36.153.8/30", "a cloud's control address"),
    ("2600:2d00:2:1000::/64", "a cloud's control address"),
    ("2600:2d00:2:2000::/64", "a cloud's control address"),
];

/// The table above, parsed once.
static NETWORKS: LazyLock<Vec<(IpNet, &str)>> =
    LazyLock::new(|| CLOSED.iter().filter_map(|(net, why)| Some((net.parse().ok()?, *why))).collect());

/// Why an address is not one of the public internet, by the table.
pub(crate) fn closed(ip: IpAddr) -> Option<&'static str> {
    NETWORKS.iter().find(|(net, _)| net.contains(&ip)).map(|(_, why)| *why)
}

/// The IPv4 address inside an IPv6 one, for the forms that lead to it: mapped and compatible
/// (RFC 4291 section 2.5.5), translated (RFC 2765), NAT64 (RFC 6052), 6to4 (RFC 3056), Teredo (RFC 4380). A NAT64
/// prefix of a network's own cannot be known here; the operator denies it.
pub(crate) fn embedded(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let s = ip.segments();
    let join = |a: u16, b: u16| Ipv4Addr::from((u32::from(a) << 16) | u32::from(b));
    match s {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => None,
        [0, 0, 0, 0, 0, 0xffff | 0, a, b] => Some(join(a, b)),
        [0, 0, 0, 0, 0xffff, 0, a, b] => Some(join(a, b)),
        [0x64, 0xff9b, 0, 0, 0, 0, a, b] => Some(join(a, b)),
        [0x2002, a, b, ..] => Some(join(a, b)),
        [0x2001, 0, _, _, _, _, a, b] => Some(join(!a, !b)),
        _ => None,
    }
}

#[test]
fn every_closed_network_is_readable() {
    assert_eq!(NETWORKS.len(), CLOSED.len());
}

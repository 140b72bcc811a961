//! The egress guard. The scanner fetches what strangers type, so this module decides where it may
//! go: only public addresses, only ports 80 and 443 (and 53 for DNS), only http and https.
//!
//! A name is resolved once, its addresses are judged, and the connection goes to a judged address;
//! no second look-up can swap it. A self-hoster opens networks with `--allow-net` and closes
//! them with `--deny-net`.

use crate::lock;
use ipnet::IpNet;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;
use tokio::net::TcpStream;
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

/// The guard: the rules above, the networks opened and closed by the operator, and the addresses
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
    fn pinned(&self, name: &str) -> Vec<IpAddr> {
        let key = name.trim_end_matches('.').to_ascii_lowercase();
        lock(&self.pinned).get(&key).cloned().unwrap_or_default()
    }

    /// Connects to the first of these addresses that answers, each judged again.
    ///
    /// # Errors
    /// The guard's refusal, or the last connection's error.
    pub async fn connect(&self, addresses: &[IpAddr], port: u16, limit: Duration) -> Result<(TcpStream, IpAddr), ConnectError> {
        let mut last = ConnectError::Unresolved;
        for ip in addresses.iter().take(4) {
            if let Err(why) = self.permits(*ip) {
                last = ConnectError::Denied(why);
                continue;
            }
            match tokio::time::timeout(limit, TcpStream::connect(SocketAddr::new(*ip, port))).await {
                Ok(Ok(stream)) => return Ok((stream, *ip)),
                Ok(Err(e)) => last = ConnectError::Io(e),
                Err(_) => last = ConnectError::Timeout,
            }
        }
        Err(last)
    }
}

/// Why no connection came about.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// There is no address.
    #[error("no address")]
    Unresolved,
    /// The guard refused.
    #[error("{0}")]
    Denied(#[from] Denied),
    /// The system refused.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// Nothing answered.
    #[error("no answer in time")]
    Timeout,
}

/// Gives reqwest the kept addresses and nothing else; a name that was not judged does not resolve.
#[derive(Clone, Debug)]
pub struct PinnedResolver(pub Arc<Egress>);

impl reqwest::dns::Resolve for PinnedResolver {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let addresses: Vec<SocketAddr> =
            self.0.pinned(name.as_str()).into_iter().filter(|ip| self.0.permits(*ip).is_ok()).map(|ip| SocketAddr::new(ip, 0)).collect();
        Box::pin(async move {
            if addresses.is_empty() {
                return Err("no permitted address".into());
            }
            Ok(Box::new(addresses.into_iter()) as reqwest::dns::Addrs)
        })
    }
}

/// The table above, parsed once.
static NETWORKS: LazyLock<Vec<(IpNet, &str)>> =
    LazyLock::new(|| CLOSED.iter().filter_map(|(net, why)| Some((net.parse().ok()?, *why))).collect());

fn within(nets: &[IpNet], ip: IpAddr) -> bool {
    nets.iter().any(|n| n.contains(&ip))
}

fn closed(ip: IpAddr) -> Option<&'static str> {
    NETWORKS.iter().find(|(net, _)| net.contains(&ip)).map(|(_, why)| *why)
}

/// The IPv4 address inside an IPv6 one, for the forms that lead to it: mapped and compatible
/// (RFC 4291 section 2.5.5), translated (RFC 2765), NAT64 (RFC 6052), 6to4 (RFC 3056), Teredo (RFC 4380). A NAT64
/// prefix of a network's own cannot be known here; the operator denies it.
fn embedded(ip: Ipv6Addr) -> Option<Ipv4Addr> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn url_denied(guard: &Egress, text: &str) -> bool {
        Url::parse(text).map_or(true, |u| guard.permits_url(&u).is_err())
    }

    #[test]
    fn tricks_in_urls() {
        let guard = Egress::default();
        for url in [
            "http://127.0.0.1/",
            "http://127.1/",
            "http://127.0.1/",
            "http://2130706433/",
            "http://0x7f000001/",
            "http://0x7f.0.0.1/",
            "http://0177.0.0.1/",
            "http://0177.0.0.01/",
            "http://017700000001/",
            "http://127.0.0.1./",
            "http://0/",
            "http://0.0.0.0/",
            "http://10.0.0.1/",
            "http://10.1/",
            "http://172.16.0.1/",
            "http://172.31.255.255/",
            "http://192.168.1.1/",
            "http://3232235777/",
            "http://169.254.169.254/",
            "http://0xa9fea9fe/",
            "http://2852039166/",
            "http://0251.0376.0251.0376/",
            "http://169.254.169.254/latest/meta-data/",
            "http://100.64.0.1/",
            "http://100.100.100.200/",
            "http://192.0.0.192/",
            "http://168.63.129.16/",
            "http://2822734096/",
            "http://161.26.0.7/",
            "http://166.11.255.254/",
            "http://192.80.8.124/",
            "http://199.36.153.7/",
            "http://199.36.153.11/",
            "http://192.31.196.1/",
            "http://192.52.193.1/",
            "http://192.175.48.1/",
            "http://198.18.0.1/",
            "http://224.0.0.1/",
            "http://240.0.0.1/",
            "http://255.255.255.255/",
            "http://192.0.2.1/",
            "http://203.0.113.9/",
            "http://[::1]/",
            "http://[::]/",
            "http://[0:0:0:0:0:0:0:1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:7f00:1]/",
            "http://[::ffff:a9fe:a9fe]/",
            "http://[::127.0.0.1]/",
            "http://[::ffff:0:127.0.0.1]/",
            "http://[64:ff9b::7f00:1]/",
            "http://[64:ff9b::10.0.0.1]/",
            "http://[64:ff9b:1::1]/",
            "http://[2002:7f00:1::]/",
            "http://[2002:a00:1::1]/",
            "http://[2001:0:0:0:0:0:80ff:fffe]/",
            "http://[fe80::1]/",
            "http://[fc00::1]/",
            "http://[fd00:ec2::254]/",
            "http://[fd20:ce::254]/",
            "http://[fd00:42::42]/",
            "http://[::ffff:168.63.129.16]/",
            "http://[64:ff9b::168.63.129.16]/",
            "http://[2002:a83f:8110::1]/",
            "http://[::8.8.8.8]/",
            "http://[::ffff:0:8.8.8.8]/",
            "http://[2001:0:808:808::]/",
            "http://[2001:1::1]/",
            "http://[2001:3::1]/",
            "http://[2001:4:112::1]/",
            "http://[2001:20::1]/",
            "http://[2001:30::1]/",
            "http://[2620:4f:8000::1]/",
            "http://[2600:2d00:2:1000::1]/",
            "http://[100:0:0:1::1]/",
            "http://[4000::1]/",
            "http://[fe00::1]/",
            "http://[200::1]/",
            "http://[ff02::1]/",
            "http://[fec0::1]/",
            "http://[2001:db8::1]/",
            "http://[100::1]/",
            "http://localhost/",
            "http://localhost./",
            "http://LOCALHOST/",
            "http://foo.localhost/",
            "http://metadata.google.internal/",
            "http://printer.local/",
            "http://intranet/",
            "http://nas.lan/",
            "http://user@acme.com/",
            "http://user:pw@acme.com/",
            "http://acme.com@127.0.0.1/",
            "http://acme.com:22/",
            "http://acme.com:8080/",
            "https://acme.com:6379/",
            "ftp://acme.com/",
            "file:///etc/passwd",
            "gopher://acme.com/",
            "dict://acme.com/",
            "data:text/html,x",
            "javascript:alert(1)",
            "http://①②⑦.⓪.⓪.①/",
            "http://127。0。0。1/",
            "http://%31%32%37.0.0.1/",
            "http://127.0.0.1%00.acme.com/",
            "http://1.2.3.4.5.6.7/",
        ] {
            assert!(url_denied(&guard, url), "{url} went through");
        }
    }

    /// Every address that must stay closed, in every way in which it can be written.
    #[test]
    fn closed_addresses_in_every_spelling() {
        let guard = Egress::default();
        let mut tried = 0;
        for ip in [
            "127.0.0.1",
            "127.255.255.254",
            "10.0.0.1",
            "10.255.255.255",
            "172.16.0.1",
            "172.31.255.254",
            "192.168.0.1",
            "192.168.255.1",
            "169.254.169.254",
            "100.64.0.1",
            "100.127.255.255",
            "0.0.0.0",
            "198.18.0.1",
            "224.0.0.251",
            "255.255.255.255",
            "168.63.129.16",
            "192.0.0.192",
            "100.100.100.200",
            "192.80.8.124",
            "161.26.0.10",
            "166.9.48.1",
        ] {
            let v4: Ipv4Addr = ip.parse().unwrap();
            let [a, b, c, d] = v4.octets();
            let (n, low) = (u32::from(v4), (u32::from(b) << 16) | (u32::from(c) << 8) | u32::from(d));
            let hex = |x: u8, y: u8| format!("{x:x}{y:02x}");
            let spellings = [
                ip.to_owned(),
                format!("{ip}."),
                n.to_string(),
                format!("0x{n:x}"),
                format!("0X{n:X}"),
                format!("0{n:o}"),
                format!("{a}.{low}"),
                format!("0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}"),
                format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
                format!("{a}.{b}.{}", (u32::from(c) << 8) | u32::from(d)),
                format!("[::ffff:{ip}]"),
                format!("[::ffff:{}:{}]", hex(a, b), hex(c, d)),
                format!("[0:0:0:0:0:ffff:{ip}]"),
                format!("[::{ip}]"),
                format!("[::ffff:0:{ip}]"),
                format!("[64:ff9b::{ip}]"),
                format!("[2002:{}:{}::1]", hex(a, b), hex(c, d)),
                format!("[2001:0:0:0:0:0:{}:{}]", hex(!a, !b), hex(!c, !d)),
            ];
            for host in spellings {
                for url in [format!("http://{host}/"), format!("https://{host}:443/x?y"), format!("http://{host}:80/%2e%2e/")] {
                    assert!(url_denied(&guard, &url), "{url} went through");
                    tried += 1;
                }
            }
        }
        assert!(tried >= 600, "{tried}");
    }

    proptest::proptest! {
        /// Whatever is let through is a public address by the standard library's own view too.
        #[test]
        fn nothing_inside_is_ever_let_through(bits: u128, v4: u32) {
            let guard = Egress::default();
            let v4 = Ipv4Addr::from(v4);
            if guard.permits(v4.into()).is_ok() {
                proptest::prop_assert!(!v4.is_private() && !v4.is_loopback() && !v4.is_link_local() && !v4.is_broadcast() && !v4.is_documentation() && !v4.is_multicast() && !v4.is_unspecified());
            }
            let v6 = Ipv6Addr::from(bits);
            if guard.permits(v6.into()).is_ok() {
                proptest::prop_assert!(!v6.is_loopback() && !v6.is_multicast() && !v6.is_unspecified() && v6.to_ipv4_mapped().is_none_or(|m| guard.permits(m.into()).is_ok()));
            }
        }
        #[test]
        fn any_text_is_judged_without_panic(text in ".{0,80}") {
            let _ = url_denied(&Egress::default(), &format!("http://{text}/"));
        }
    }

    #[test]
    fn every_closed_network_is_readable() {
        assert_eq!(NETWORKS.len(), CLOSED.len());
    }

    #[test]
    fn ordinary_places_are_open() {
        let guard = Egress::default();
        for url in [
            "http://acme.com/",
            "https://acme.com:443/x",
            "http://acme.com:80/",
            "https://xn--bcher-kva.example/",
            "http://93.184.215.14/",
            "http://[2606:4700::1111]/",
            "http://100.63.255.255/",
            "http://172.32.0.1/",
            "http://168.63.129.15/",
            "http://168.63.129.17/",
            "http://192.80.8.125/",
            "http://166.12.0.1/",
            "http://199.36.153.12/",
            "http://[2001:200::1]/",
            "http://[2001:4860:4860::8888]/",
            "http://[2002:808:808::1]/",
            "http://[::ffff:8.8.8.8]/",
        ] {
            assert!(!url_denied(&guard, url), "{url} was refused");
        }
        assert!(guard.permits("64:ff9b::808:808".parse().unwrap()).is_ok());
    }

    #[test]
    fn an_opened_network_is_open_and_its_neighbour_is_not() {
        let guard = Egress::new(vec!["127.0.0.0/8".parse().unwrap()]);
        assert!(guard.permits("127.3.4.5".parse().unwrap()).is_ok());
        assert!(guard.permits("10.0.0.1".parse().unwrap()).is_err());
        assert!(guard.permits("::ffff:127.0.0.1".parse().unwrap()).is_ok());
    }

    #[test]
    fn what_the_operator_closes_stays_closed_whatever_is_open() {
        let nets = |list: &[&str]| list.iter().map(|n| n.parse().unwrap()).collect::<Vec<IpNet>>();
        let guard = Egress::new(nets(&["10.0.0.0/8", "64:ff9b::/96"])).denying(nets(&["10.1.0.0/16", "93.184.215.0/24", "2606:4700::/32"]));
        let permits = |ip: &str| guard.permits(ip.parse().unwrap()).is_ok();
        for ip in [
            "10.1.2.3",
            "93.184.215.14",
            "2606:4700::1111",
            "::ffff:10.1.2.3",
            "64:ff9b::10.1.2.3",
            "64:ff9b::93.184.215.14",
            "2002:5db8:d70e::1",
        ] {
            assert!(!permits(ip), "{ip} is open");
        }
        assert!(permits("10.2.0.1") && permits("93.184.216.1") && permits("64:ff9b::10.2.0.1") && !permits("192.168.0.1"));
        let at = |ip: &str| guard.opens(ip.parse().unwrap());
        assert!(at("10.2.0.1") && !at("10.1.2.3") && !at("8.8.8.8"));
        assert!(url_denied(&guard, "https://93.184.215.14/") && guard.pin("acme.com", &["93.184.215.14".parse().unwrap()]).is_err());
    }

    #[test]
    fn the_first_answer_stays() {
        let guard = Egress::default();
        let (good, bad): (IpAddr, IpAddr) = ("93.184.215.14".parse().unwrap(), "127.0.0.1".parse().unwrap());
        assert_eq!(guard.pin("acme.com", &[good, bad]), Ok(vec![good]));
        assert_eq!(guard.pin("ACME.com.", &[bad]), Ok(vec![good]));
        assert!(guard.pin("evil.com", &[bad]).is_err());
        assert!(guard.pinned("evil.com").is_empty());
        let many: Vec<IpAddr> = (0..10_000u32).map(|i| Ipv4Addr::from(0x0808_0000 + i).into()).collect();
        assert_eq!(guard.pin("many.com", &many).unwrap().len(), 16);
    }

    #[tokio::test]
    async fn a_closed_address_is_never_dialled() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let refused = Egress::default().connect(&["127.0.0.1".parse().unwrap()], port, Duration::from_secs(1)).await;
        assert!(matches!(refused, Err(ConnectError::Denied(_))));
        assert!(tokio::time::timeout(Duration::from_millis(50), listener.accept()).await.is_err());
    }
}

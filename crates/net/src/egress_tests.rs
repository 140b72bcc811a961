use super::*;
use std::net::{Ipv4Addr, Ipv6Addr};

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

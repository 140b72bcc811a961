//! A running lab: starts its servers, and changes what they say.

use crate::certs::{self, CertKind, OcspAnswer};
use crate::dns::{self, Trouble};
use crate::signing::{self, Signing};
use crate::web::{self, Page, Reply, Site};
use crate::{smtp, weather};
use std::collections::{HashMap, HashSet};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};

/// A running lab; its servers end with the runtime.
#[derive(Clone)]
pub struct Lab {
    /// The address of the web servers and the DNS server.
    pub ip: Ipv4Addr,
    /// Where DNS questions go.
    pub dns: SocketAddr,
    /// A PEM file with the root that signs good certificates.
    pub ca_file: PathBuf,
    /// A second address, for a second name server.
    pub second: Ipv4Addr,
    /// An RDAP bootstrap registry in IANA's form, for `.test`.
    pub rdap_file: PathBuf,
    zone: Arc<Mutex<dns::Zone>>,
    sites: Arc<Mutex<HashMap<String, Site>>>,
    certs: Arc<certs::Certs>,
    plain_mail: Arc<Mutex<HashSet<String>>>,
    weather: Arc<weather::Weather>,
}

/// Where the lab's certificate log is searched.
pub const CT_URL: &str = "https://ct.nic.test/{domain}";

static NEXT: AtomicU8 = AtomicU8::new(1);

impl Lab {
    /// Starts the servers.
    ///
    /// # Panics
    /// If ports 53, 80 or 443 cannot be bound on loopback.
    pub async fn start() -> Self {
        let pid = std::process::id();
        let ip = loop {
            let n = NEXT.fetch_add(1, Ordering::Relaxed);
            let ip = Ipv4Addr::new(127, 1 + u8::try_from(pid / 256 % 200).unwrap_or(1), u8::try_from(pid % 256).unwrap_or(1), n);
            // Another lab may hold it.
            if tokio::net::TcpListener::bind((ip, 80)).await.is_ok() {
                break ip;
            }
            assert!(n < 110, "ports 80 and 443 cannot be bound on loopback: run as root, or sysctl net.ipv4.ip_unprivileged_port_start=80");
        };
        let certs = Arc::new(certs::Certs::new());
        let ca_file = std::env::temp_dir().join(format!("lab-{ip}.pem"));
        std::fs::write(&ca_file, certs.root_pem()).expect("the temporary folder can be written");
        let [a, b, c, d] = ip.octets();
        let second = Ipv4Addr::new(a, b, c, d + 120);
        let rdap_file = std::env::temp_dir().join(format!("lab-{ip}-rdap.json"));
        std::fs::write(&rdap_file, r#"{"services":[[["test"],["https://rdap.nic.test/"]]]}"#).expect("the temporary folder can be written");
        let lab = Lab {
            ip,
            dns: SocketAddr::new(ip.into(), 53),
            ca_file,
            second,
            rdap_file,
            zone: Arc::default(),
            sites: Arc::default(),
            certs,
            plain_mail: Arc::default(),
            weather: Arc::default(),
        };
        dns::serve(lab.dns, lab.zone.clone(), lab.weather.clone()).await;
        dns::serve(SocketAddr::new(second.into(), 53), lab.zone.clone(), lab.weather.clone()).await;
        smtp::serve(SocketAddr::new(ip.into(), 25), lab.certs.clone(), lab.plain_mail.clone()).await;
        registry(&lab);
        web::serve_http(SocketAddr::new(ip.into(), 80), lab.sites.clone(), lab.weather.clone()).await;
        web::serve_https(SocketAddr::new(ip.into(), 443), lab.sites.clone(), lab.certs.clone(), lab.weather.clone()).await;
        lab
    }

    /// Sets a record set; an empty one exists without records.
    pub fn record(&self, name: &str, rtype: &str, values: &[&str]) -> &Self {
        self.zone.lock().unwrap().set(name, rtype, values);
        self
    }
    /// Points a host at the lab.
    pub fn host(&self, name: &str) -> &Self {
        self.record(name, "A", &[&self.ip.to_string()])
    }
    /// Removes a name altogether.
    pub fn forget(&self, name: &str) -> &Self {
        self.zone.lock().unwrap().forget(name);
        self
    }
    /// Makes questions about a name go wrong.
    pub fn trouble(&self, name: &str, trouble: Trouble) -> &Self {
        self.zone.lock().unwrap().trouble(name, trouble);
        self
    }
    /// Serves a site at a host over http and https; `*` is every host that has none of its own.
    pub fn site(&self, host: &str, site: Site) -> &Self {
        self.sites.lock().unwrap().insert(host.to_owned(), site);
        self
    }
    /// Changes what a host serves.
    pub fn change(&self, host: &str, change: impl FnOnce(&mut Site)) -> &Self {
        change(self.sites.lock().unwrap().entry(host.to_owned()).or_default());
        self
    }
    /// Signs a zone with DNSSEC and returns the lines of its trust anchor.
    pub fn sign(&self, zone: &str, signing: Signing) -> String {
        let keys = signing::Keys::new(zone, signing);
        let anchor = keys.anchor(zone);
        self.zone.lock().unwrap().sign(zone, keys);
        anchor
    }
    /// Adds latency to every answer, and loses one datagram of DNS in so many (0 for none).
    pub fn weather(&self, delay: std::time::Duration, lost: u64) -> &Self {
        self.weather.set(delay, lost);
        self
    }
    /// Whether mail servers offer STARTTLS.
    pub fn starttls(&self, offered: bool) -> &Self {
        let mut plain = self.plain_mail.lock().unwrap();
        plain.clear();
        if !offered {
            plain.insert("*".into());
        }
        drop(plain);
        self
    }
    /// The revocation list of the lab's authority.
    #[must_use]
    pub fn crl(&self) -> Vec<u8> {
        self.certs.crl()
    }
    /// Lets the responder say this of a host's certificate, whatever it is asked.
    pub fn ocsp(&self, host: &str, answer: OcspAnswer) -> &Self {
        let answer = Page { status: 200, headers: vec![], reply: Reply::Bytes(self.certs.ocsp(host, answer)) };
        self.site("ocsp.nic.test", Site { other: Some(answer), ..Site::default() })
    }
    /// A certificate chain and its key as PEM, for a real server beside the lab.
    #[must_use]
    pub fn issue(&self, hosts: Vec<String>, kind: &CertKind) -> (String, String) {
        self.certs.issue(hosts, kind)
    }
    /// Gives a host a certificate of this kind.
    pub fn cert(&self, host: &str, kind: CertKind) -> &Self {
        self.certs.set(host, kind);
        self
    }
    /// A host's certificate with its chain, and its key, as PEM: for a server that is not the lab's.
    #[must_use]
    pub fn certificate(&self, host: &str) -> (String, String) {
        self.certs.pem(host)
    }
    /// Lets another server answer for a zone, as its parent's delegation would.
    pub fn delegate(&self, zone: &str, server: SocketAddr) -> &Self {
        self.zone.lock().unwrap().delegate(zone, server);
        self
    }
}

/// The registry, the certificate log and the authority's list, which every lab has.
fn registry(lab: &Lab) {
    lab.record("test", "NS", &["a.nic.test"]).record("test", "SOA", &["a.nic.test hostmaster.nic.test"]);
    for host in ["a.nic.test", "rdap.nic.test", "ct.nic.test", "pki.nic.test", "ocsp.nic.test"] {
        lab.host(host);
    }
    let list = Page { status: 200, headers: vec![("content-type".into(), "application/pkix-crl".into())], reply: Reply::Bytes(lab.crl()) };
    lab.site("pki.nic.test", Site::default().page("/ca.crl", list));
    lab.site("rdap.nic.test", Site::default())
        .site("ct.nic.test", Site { other: Some(Page::ok("application/json", "[]")), ..Site::default() });
}

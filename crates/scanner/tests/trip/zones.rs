//! Real name servers: a zone as a file, what a paste does to its lines, and how the server starts again.

use lab::{Lab, presets};
use readiness::check::{Fix, Line, Paste};
use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Software {
    Nsd,
    Bind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub name: String,
    pub ttl: u32,
    pub rtype: String,
    /// As people enter it: a text without its quotes, names without their last dot.
    pub value: String,
}

/// A zone, and the server that answers for it.
pub struct Zone {
    pub software: Software,
    pub name: String,
    pub records: Vec<Record>,
    /// The TTL of what does not exist.
    pub minimum: u32,
    ips: [Ipv4Addr; 2],
    folder: PathBuf,
    serial: u32,
    child: Option<Child>,
}

impl Zone {
    /// A right zone, not yet started.
    pub fn new(lab: &Lab, software: Software) -> Self {
        let [.., c, d] = lab.ip.octets();
        let n = 220 + 2 * software as u8;
        let ips = [Ipv4Addr::new(127, n, c, d), Ipv4Addr::new(127, n + 1, c, d)];
        let name = format!("{software:?}.test").to_ascii_lowercase();
        let folder = std::env::temp_dir().join(format!("trip-{}", ips[0]));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let mut zone = Self { software, name, records: vec![], minimum: 300, ips, folder, serial: 1, child: None };
        zone.set_up(lab);
        zone
    }

    /// Puts everything right: the records, and what the lab serves at them.
    pub fn set_up(&mut self, lab: &Lab) {
        let name = self.name.clone();
        presets::good(lab, &name);
        lab.delegate(&name, SocketAddr::new(self.ips[0].into(), 53));
        self.minimum = 300;
        self.records.clear();
        let (at, [one, two]) = (lab.ip.to_string(), self.ips.map(|ip| ip.to_string()));
        let dkim = presets::DKIM;
        for (below, rtype, value) in [
            ("", "NS", format!("ns1.{name}").as_str()),
            ("", "NS", &format!("ns2.{name}")),
            ("ns1.", "A", &one),
            ("ns2.", "A", &two),
            ("", "A", &at),
            ("www.", "A", &at),
            ("app.", "A", &at),
            ("mx.", "A", &at),
            ("", "MX", &format!("10 mx.{name}")),
            ("", "TXT", "v=spf1 mx ~all"),
            ("_dmarc.", "TXT", &format!("v=DMARC1; p=quarantine; rua=mailto:dmarc@{name}")),
            ("s1._domainkey.", "TXT", dkim),
            ("send.", "MX", "10 feedback-smtp.eu-west-1.amazonses.com"),
            ("send.", "TXT", "v=spf1 include:amazonses.com ~all"),
        ] {
            self.add(below, rtype, value);
        }
        lab.record("amazonses.com", "TXT", &["v=spf1 ip4:192.0.2.0/24 -all"]).record(
            "feedback-smtp.eu-west-1.amazonses.com",
            "A",
            &[&lab.ip.to_string()],
        );
    }

    pub fn add(&mut self, below: &str, rtype: &str, value: &str) {
        let name = format!("{below}{}", self.name);
        self.records.push(Record { name, ttl: 300, rtype: rtype.into(), value: value.into() });
    }

    pub fn drop(&mut self, below: &str, rtype: &str) {
        let name = format!("{below}{}", self.name);
        let before = self.records.len();
        self.records.retain(|r| !(r.name == name && r.rtype == rtype));
        assert!(self.records.len() < before, "there is no {rtype} at {name}");
    }

    /// Puts the pastes of a fix into the zone.
    pub fn paste(&mut self, fix: &Fix) -> Result<(), String> {
        for p in &fix.paste {
            self.one(p)?;
        }
        Ok(())
    }

    fn one(&mut self, p: &Paste) -> Result<(), String> {
        let mut parts = p.place.split(" · ");
        let (Some(rtype), Some(name)) = (parts.next(), parts.next()) else { return Err(format!("no record: {}", p.place)) };
        if p.place.ends_with("only if it shall receive no mail") {
            return Ok(());
        }
        if p.place.ends_with(" · minimum") {
            self.minimum = p.value().parse().map_err(|e| format!("{}: {e}", p.value()))?;
            return Ok(());
        }
        let ttl = parts.next().and_then(|t| t.strip_prefix("TTL ")).map_or(Ok(300), str::parse).map_err(|e| format!("{}: {e}", p.place))?;
        let same = |r: &Record, value: &str| r.name == name && r.rtype == rtype && r.value == bare(rtype, value);
        for line in &p.lines {
            match line {
                Line::Keep(_) => {}
                Line::Remove(v) => {
                    let before = self.records.len();
                    self.records.retain(|r| !same(r, v));
                    if self.records.len() == before {
                        return Err(format!("{} does not stand in the zone: {v}", p.place));
                    }
                }
                Line::Add(v) if v.contains("public address") || v.contains('<') => return Err(format!("a person has to fill in {v}")),
                Line::Add(v) => {
                    self.records.retain(|r| !same(r, v));
                    self.records.push(Record { name: name.into(), ttl, rtype: rtype.into(), value: bare(rtype, v) });
                }
            }
        }
        Ok(())
    }

    fn text(&self) -> String {
        let name = &self.name;
        let mut out = format!("$TTL 300\n{name}. IN SOA ns1.{name}. hostmaster.{name}. {} 3600 600 86400 {}\n", self.serial, self.minimum);
        for r in &self.records {
            let value = match r.rtype.as_str() {
                // Strings of 255, as a zone file wants long texts.
                "TXT" => {
                    let strings =
                        r.value.as_bytes().chunks(255).map(|c| String::from_utf8_lossy(c).replace('\\', "\\\\").replace('"', "\\\""));
                    strings.map(|s| format!("\"{s}\"")).collect::<Vec<_>>().join(" ")
                }
                "NS" | "CNAME" | "MX" if !r.value.ends_with('.') => format!("{}.", r.value),
                _ => r.value.clone(),
            };
            let _ = writeln!(out, "{}. {} IN {} {value}", r.name, r.ttl, r.rtype);
        }
        out
    }

    /// Starts the server with the zone as it is now; where it ran, it ends first.
    pub fn start(&mut self) -> Result<(), String> {
        self.stop();
        self.serial += 1;
        let (folder, zone, [one, two]) = (self.folder.display(), &self.name, self.ips);
        let (program, arguments, config) = match self.software {
            Software::Nsd => (
                "nsd",
                ["-d", "-c"],
                format!(
                    "server:\n ip-address: {one}\n ip-address: {two}\n zonesdir: \"{folder}\"\n database: \"\"\n pidfile: \"{folder}/pid\"\n xfrdfile: \"{folder}/xfrd\"\n xfrdir: \"{folder}\"\n zonelistfile: \"{folder}/list\"\n username: \"\"\n server-count: 1\nremote-control:\n control-enable: no\nzone:\n name: {zone}\n zonefile: zone\n"
                ),
            ),
            Software::Bind => (
                "named",
                ["-g", "-c"],
                format!(
                    "options {{ directory \"{folder}\"; pid-file \"{folder}/pid\"; session-keyfile \"{folder}/key\"; listen-on {{ {one}; {two}; }}; listen-on-v6 {{ none; }}; recursion no; dnssec-validation no; }};\ncontrols {{ }};\nzone \"{zone}\" {{ type primary; file \"zone\"; }};\n"
                ),
            ),
        };
        std::fs::write(self.folder.join("zone"), self.text()).unwrap();
        std::fs::write(self.folder.join("conf"), config).unwrap();
        let log = std::fs::File::create(self.folder.join("log")).unwrap();
        let mut command = Command::new(program);
        command.env("PATH", format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default()));
        command.args(arguments).arg(self.folder.join("conf")).stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        if self.software == Software::Bind {
            // BIND listens only at addresses that an interface has by name.
            for ip in self.ips {
                let _ = Command::new("ip").args(["address", "add", &format!("{ip}/32"), "dev", "lo"]).stderr(Stdio::null()).status();
            }
        }
        let mut child = command.spawn().unwrap_or_else(|e| panic!("{program}: {e}; `cargo xtask test` installs it"));
        let begun = Instant::now();
        for ip in self.ips {
            while TcpStream::connect_timeout(&SocketAddr::new(ip.into(), 53), Duration::from_millis(200)).is_err() {
                if child.try_wait().unwrap().is_some() || begun.elapsed() > Duration::from_secs(15) {
                    let _ = child.kill();
                    let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                    return Err(format!("{program} did not start:\n{log}\n{}", self.text()));
                }
                std::thread::sleep(Duration::from_millis(10));
            }
        }
        // BIND listens before it has read the zone, and fails for it until then.
        let read = || std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        while self.software == Software::Bind && !read().contains("all zones loaded") && begun.elapsed() < Duration::from_secs(15) {
            std::thread::sleep(Duration::from_millis(10));
        }
        self.child = Some(child);
        Ok(())
    }

    fn stop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        let _ = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
        child.wait().unwrap();
    }
}

/// A value as the records here hold it.
fn bare(rtype: &str, value: &str) -> String {
    if matches!(rtype, "NS" | "CNAME" | "MX") && value != "0 ." { value.trim_end_matches('.').to_owned() } else { value.to_owned() }
}

impl Drop for Zone {
    fn drop(&mut self) {
        self.stop();
        if self.software == Software::Bind {
            for ip in self.ips {
                let _ = Command::new("ip").args(["address", "del", &format!("{ip}/32"), "dev", "lo"]).stderr(Stdio::null()).status();
            }
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

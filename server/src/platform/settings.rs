//! Settings: flags before environment before the TOML file before defaults. An unknown key or a
//! bad value stops the start with the setting's name and what would be right.

use ipnet::IpNet;
use scanner::Sources;
use scanner::dns::Resolvers;
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A setting as it may be written.
#[derive(Debug)]
pub struct Key {
    /// The key in the TOML file, and with `LAUNCH_READY_` before it in capitals the variable.
    pub name: &'static str,
    /// What it does, for `launch-ready config`.
    pub about: &'static str,
    /// What holds without it.
    pub default: &'static str,
    /// Whether its value is masked.
    pub secret: bool,
}

macro_rules! keys {
    ($($name:literal = $default:literal $(($secret:ident))? : $about:literal),+ $(,)?) => {
        /// Every setting.
        pub const KEYS: &[Key] = &[$(Key { name: $name, about: $about, default: $default, secret: keys!(@ $($secret)?) }),+];
    };
    (@ secret) => { true };
    (@) => { false };
}

keys! {
    "listen" = "127.0.0.1:3000": "address and port of the web server",
    "public_url" = "": "the address that people type, https://… behind a proxy; made of `listen` if empty",
    "data_dir" = "data": "folder of the database, the secret key and the outbox",
    "database_url" = "" (secret): "sqlite:… or postgres://…; a SQLite file in the data folder if empty (variable: DATABASE_URL)",
    "workers" = "4": "scans at once in this process; 0 for none",
    "scan_timeout" = "30s": "a scan ends by then with what is known",
    "lease" = "30s": "how long a worker may be silent before its scan is given to another",
    "resolvers" = "": "name servers for all DNS questions, IP:PORT separated by commas; the system's if empty",
    "ca_file" = "": "PEM file with roots to trust besides Mozilla's",
    "allow_net" = "": "networks that the scanner may enter besides the public internet, separated by commas",
    "deny_net" = "": "networks that the scanner never enters, even where they are public or in allow_net, separated by commas",
    "ct_url" = "https://crt.sh/?q={domain}&output=json": "where certificate logs are searched, {domain} for the domain, answers in crt.sh's JSON form; no search if empty",
    "rdap_bootstrap" = "": "IANA's RDAP bootstrap registry (dns.json) in place of the bundled one",
    "report_fonts" = "": "a folder with further fonts (TTF, OTF) for PDF reports, such as Noto Sans CJK",
    "languages" = "": "a folder with translations of the pages, such as de.tsv; cargo xtask messages writes one to fill in",
    "trust_anchor" = "": "file of DNSKEY records to validate DNSSEC from, in place of the root's",
    "smtp_url" = "" (secret): "mail server: smtps://user:password@host, or smtp://user:password@host:587?tls=required; mail is written to files in the data folder if empty",
    "security_contact" = "": "where weaknesses of this instance are told, such as mailto:security@acme.com or https://acme.com/security; the address of `mail_from` if empty",
    "mail_from" = "": "who mail comes from, such as Launch Ready <noreply@acme.com>; made of `public_url` if empty",
    "breach_url" = "": "where new passwords are looked up by the first five letters of their SHA-1, such as https://api.pwnedpasswords.com/range/{prefix}; off if empty",
    "oidc_issuer" = "": "a site to sign in by (OpenID Connect), such as https://login.acme.com; off if empty",
    "oidc_client_id" = "": "our name there",
    "oidc_client_secret" = "" (secret): "our secret there, if it gave one",
    "oidc_name" = "your company": "what people call that site",
    "metrics_listen" = "": "address and port of /metrics for Prometheus; off if empty",
    "trusted_proxies" = "": "networks of proxies before us, separated by commas; only their X-Forwarded-For is believed",
    "signup" = "open": "who may sign up: open for everybody, invitation for who is invited to a workspace, closed for nobody",
    "log_format" = "text": "text or json",
    "preview_limit" = "10": "previews that one address may start in ten minutes",
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A command-line flag.
    Flag,
    /// An environment variable.
    Variable(String),
    /// The TOML file.
    File(PathBuf),
    /// Nobody said.
    Default,
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Source::Flag => f.write_str("flag"),
            Source::Variable(name) => f.write_str(name),
            Source::File(path) => write!(f, "{}", path.display()),
            Source::Default => f.write_str("default"),
        }
    }
}

/// What is wrong with the settings, as a sentence.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SettingsError(String);

/// Every setting's text and source.
#[derive(Clone, Debug)]
pub struct Raw(BTreeMap<&'static str, (String, Source)>);

/// Who may sign up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signup {
    /// Everybody.
    Open,
    /// Who is invited to a workspace.
    Invitation,
    /// Nobody.
    Closed,
}

/// The settings, parsed.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Web server.
    pub listen: SocketAddr,
    /// Without a slash at the end.
    pub public_url: String,
    /// Folder of everything kept.
    pub data_dir: PathBuf,
    /// sqlx URL.
    pub database_url: SecretString,
    /// Scans at once.
    pub workers: usize,
    /// Bound of a scan.
    pub scan_timeout: Duration,
    /// Bound of a worker's silence.
    pub lease: Duration,
    /// Name servers.
    pub resolvers: Resolvers,
    /// Further roots.
    pub ca_file: Option<PathBuf>,
    /// Opened networks.
    pub allow_net: Vec<IpNet>,
    /// Closed networks, which come before the opened ones.
    pub deny_net: Vec<IpNet>,
    /// Certificate logs.
    pub ct_url: Option<String>,
    /// RDAP servers, if not the bundled ones.
    pub rdap_bootstrap: Option<PathBuf>,
    /// Further fonts for PDF reports.
    pub report_fonts: Option<PathBuf>,
    /// Translations of the pages.
    pub languages: Option<PathBuf>,
    /// DNSSEC anchors, if not the root's.
    pub trust_anchor: Option<PathBuf>,
    /// Mail server; empty for files.
    pub smtp_url: SecretString,
    /// Sender of mail.
    pub mail_from: String,
    /// Whom to tell of a weakness, as a URI; empty for the address of `mail_from`.
    pub security_contact: String,
    /// Look-up of breached passwords; empty for none.
    pub breach_url: String,
    /// Site to sign in by; empty for none.
    pub oidc_issuer: String,
    /// Our name there.
    pub oidc_client_id: String,
    /// Our secret there.
    pub oidc_client_secret: SecretString,
    /// What people call it.
    pub oidc_name: String,
    /// Metrics, if on.
    pub metrics_listen: Option<SocketAddr>,
    /// Proxies before us.
    pub trusted_proxies: Vec<IpNet>,
    /// Who may sign up.
    pub signup: Signup,
    /// JSON logs.
    pub log_json: bool,
    /// Previews an address in ten minutes.
    pub preview_limit: usize,
}

impl Settings {
    /// Whether people reach the site by HTTPS, whatever a proxy speaks with us.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// Where registries and logs are asked.
    ///
    /// # Errors
    /// A file that cannot be read, as a sentence.
    pub fn sources(&self) -> Result<Sources, String> {
        let mut sources = Sources { ct_url: self.ct_url.clone(), ..Sources::default() };
        if let Some(path) = &self.rdap_bootstrap {
            sources.rdap_from(path)?;
        }
        if let Some(path) = &self.trust_anchor {
            sources.anchors_from(path)?;
        }
        Ok(sources)
    }
}

impl Raw {
    /// Gathers the settings from flags, the environment and a file.
    ///
    /// # Errors
    /// An unknown key, or a file that cannot be read.
    pub fn gather(
        flags: &[(&'static str, Option<String>)],
        file: Option<&Path>,
        env: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, SettingsError> {
        let mut values: BTreeMap<&'static str, (String, Source)> =
            KEYS.iter().map(|k| (k.name, (k.default.to_owned(), Source::Default))).collect();
        let standard = Path::new("launch-ready.toml");
        let path = file.or_else(|| standard.exists().then_some(standard));
        if let Some(path) = path {
            let text = std::fs::read_to_string(path)
                .map_err(|e| SettingsError(format!("The settings file {} cannot be read: {e}.", path.display())))?;
            let table: toml::Table =
                text.parse().map_err(|e| SettingsError(format!("The settings file {} is not TOML: {e}", path.display())))?;
            for (key, value) in table {
                let known = find(&key).ok_or_else(|| unknown(&key, &path.display().to_string()))?;
                let text = match value {
                    toml::Value::String(s) => s,
                    toml::Value::Array(a) => {
                        a.iter().map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).collect::<Vec<_>>().join(",")
                    }
                    other => other.to_string(),
                };
                values.insert(known.name, (text, Source::File(path.to_owned())));
            }
        }
        for (name, value) in env {
            if name == "DATABASE_URL" {
                values.insert("database_url", (value, Source::Variable(name)));
            } else if let Some(key) = name.strip_prefix("LAUNCH_READY_") {
                let known = find(&key.to_ascii_lowercase()).ok_or_else(|| unknown(&name, "the environment"))?;
                values.insert(known.name, (value, Source::Variable(name)));
            }
        }
        for (name, value) in flags {
            if let (Some(known), Some(value)) = (find(name), value) {
                values.insert(known.name, (value.clone(), Source::Flag));
            }
        }
        Ok(Self(values))
    }

    fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |(v, _)| v.trim())
    }

    fn parse<T, E: std::fmt::Display>(&self, name: &str, right: &str, parse: impl Fn(&str) -> Result<T, E>) -> Result<T, SettingsError> {
        let (value, source) = self.0.get(name).map_or(("", Source::Default), |(v, s)| (v.trim(), s.clone()));
        parse(value).map_err(|e| {
            SettingsError(format!("The setting {name} (from {source}) is “{value}”, which is not right: {e}. Right would be {right}."))
        })
    }

    /// The settings, each parsed.
    ///
    /// # Errors
    /// The first value that is not right.
    pub fn settings(&self) -> Result<Settings, SettingsError> {
        let list = |text: &str| -> Vec<String> { text.split(',').map(str::trim).filter(|s| !s.is_empty()).map(str::to_owned).collect() };
        let listen: SocketAddr = self.parse("listen", "an address and port such as 127.0.0.1:3000", str::parse)?;
        let data_dir = PathBuf::from(self.text("data_dir"));
        let database_url = self.parse("database_url", "sqlite:path/to/file.db or postgres://user:password@host/database", |v| match v {
            "" => Ok(format!("sqlite:{}", data_dir.join("launch-ready.db").display())),
            v if ["sqlite:", "postgres:", "postgresql:"].iter().any(|s| v.starts_with(s)) => Ok(v.to_owned()),
            _ => Err("it begins with neither sqlite: nor postgres:"),
        })?;
        let public_url = self.parse("public_url", "an address such as https://ready.acme.com", |v| match v {
            "" => Ok(format!("http://{listen}")),
            v => url::Url::parse(v).map_err(|e| e.to_string()).and_then(|u| {
                if matches!(u.scheme(), "http" | "https") {
                    Ok(v.trim_end_matches('/').to_owned())
                } else {
                    Err("it is neither http nor https".into())
                }
            }),
        })?;
        let resolvers: Vec<SocketAddr> = self.parse("resolvers", "addresses and ports such as 127.0.0.1:53", |v| {
            list(v).iter().map(|s| resolver(s)).collect::<Result<_, _>>()
        })?;
        let host = url::Url::parse(&public_url).ok().and_then(|u| u.domain().map(str::to_owned)).unwrap_or_else(|| "localhost".into());
        let mail_from = match self.text("mail_from") {
            "" => format!("Launch Ready <noreply@{host}>"),
            from => from.to_owned(),
        };
        Ok(Settings {
            smtp_url: self.text("smtp_url").into(),
            mail_from,
            security_contact: self.parse("security_contact", "a mailto: or https: address", |v| {
                let fits = v.is_empty() || url::Url::parse(v).is_ok_and(|u| matches!(u.scheme(), "mailto" | "https" | "tel"));
                if fits && !v.contains(char::is_whitespace) {
                    Ok(v.to_owned())
                } else {
                    Err(String::from("it is neither mailto:, https: nor tel:"))
                }
            })?,
            listen,
            public_url,
            data_dir,
            database_url: database_url.into(),
            workers: self.parse("workers", "a number from 0 to 64", |v| {
                v.parse::<usize>().map_err(|e| e.to_string()).and_then(|n| if n <= 64 { Ok(n) } else { Err("it is above 64".into()) })
            })?,
            scan_timeout: self.parse("scan_timeout", "a time such as 30s", |v| duration(v, 1))?,
            lease: self.parse("lease", "a time such as 30s", |v| duration(v, 1))?,
            resolvers: if resolvers.is_empty() { Resolvers::System } else { Resolvers::Only(resolvers) },
            ca_file: Some(self.text("ca_file")).filter(|s| !s.is_empty()).map(PathBuf::from),
            allow_net: self.parse("allow_net", "networks such as 10.0.0.0/8", |v| {
                list(v).iter().map(|s| s.parse::<IpNet>()).collect::<Result<_, _>>()
            })?,
            // A single address too: what is to be closed must not be left open over a missing /32.
            deny_net: self.parse("deny_net", "networks such as 203.0.113.0/24, or addresses", |v| {
                list(v).iter().map(|s| network(s)).collect::<Result<_, _>>()
            })?,
            ct_url: Some(self.text("ct_url")).filter(|s| !s.is_empty()).map(str::to_owned),
            report_fonts: Some(self.text("report_fonts")).filter(|s| !s.is_empty()).map(PathBuf::from),
            languages: Some(self.text("languages")).filter(|s| !s.is_empty()).map(PathBuf::from),
            rdap_bootstrap: Some(self.text("rdap_bootstrap")).filter(|s| !s.is_empty()).map(PathBuf::from),
            trust_anchor: Some(self.text("trust_anchor")).filter(|s| !s.is_empty()).map(PathBuf::from),
            breach_url: self.text("breach_url").to_owned(),
            oidc_issuer: self.text("oidc_issuer").to_owned(),
            oidc_client_id: self.text("oidc_client_id").to_owned(),
            oidc_client_secret: self.text("oidc_client_secret").into(),
            oidc_name: self.text("oidc_name").to_owned(),
            metrics_listen: self.parse("metrics_listen", "an address and port such as 127.0.0.1:9100, or nothing", |v| {
                if v.is_empty() { Ok(None) } else { v.parse().map(Some) }
            })?,
            trusted_proxies: self.parse("trusted_proxies", "networks such as 10.0.0.0/8, or addresses", |v| {
                list(v).iter().map(|s| network(s)).collect::<Result<_, _>>()
            })?,
            signup: self.parse("signup", "open, invitation or closed", |v| match v {
                "open" => Ok(Signup::Open),
                "invitation" => Ok(Signup::Invitation),
                "closed" => Ok(Signup::Closed),
                _ => Err("it is none of them"),
            })?,
            log_json: self.parse("log_format", "text or json", |v| match v {
                "text" => Ok(false),
                "json" => Ok(true),
                _ => Err("it is neither"),
            })?,
            preview_limit: self.parse("preview_limit", "a number", str::parse::<usize>)?,
        })
    }

    /// Lines for `launch-ready config`: name, value with secrets masked, source, what it does.
    pub fn lines(&self) -> impl Iterator<Item = (&'static str, String, String, &'static str)> {
        KEYS.iter().map(|k| {
            let (value, source) = self.0.get(k.name).cloned().unwrap_or((String::new(), Source::Default));
            let shown = if k.secret && !value.is_empty() { mask_url(&value) } else { value };
            (k.name, shown, source.to_string(), k.about)
        })
    }
}

/// A URL with its password masked; anything else that is secret goes whole.
fn mask_url(value: &str) -> String {
    match url::Url::parse(value) {
        Ok(mut u) if u.password().is_some() => {
            let _ = u.set_password(Some("***"));
            u.to_string()
        }
        Ok(u) if u.scheme() == "sqlite" => value.to_owned(),
        Ok(u) => format!("{}:***", u.scheme()),
        Err(_) => "***".to_owned(),
    }
}

fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|k| k.name == name)
}

fn unknown(key: &str, place: &str) -> SettingsError {
    let names: Vec<&str> = KEYS.iter().map(|k| k.name).collect();
    SettingsError(format!("“{key}” in {place} is not a setting. Settings are: {}.", names.join(", ")))
}

/// `30s`, `500ms`, `2m`, or a number of seconds; not below a number of milliseconds.
///
/// # Errors
/// What is wrong with it.
pub fn duration(v: &str, least_ms: u64) -> Result<Duration, String> {
    let d = match v.trim().parse::<u64>() {
        Ok(n) => Duration::from_secs(n),
        Err(_) => humantime::parse_duration(v).map_err(|e| e.to_string())?,
    };
    if d < Duration::from_millis(least_ms) || d > Duration::from_secs(3600) {
        Err("it must lie between a moment and an hour".into())
    } else {
        Ok(d)
    }
}

/// A network, or one address.
///
/// # Errors
/// What is wrong with it.
pub fn network(v: &str) -> Result<IpNet, ipnet::AddrParseError> {
    v.parse::<IpNet>().or_else(|e| v.parse::<std::net::IpAddr>().map(IpNet::from).map_err(|_| e))
}

/// `IP:PORT`, or an IP with port 53.
///
/// # Errors
/// What is wrong with it.
pub fn resolver(v: &str) -> Result<SocketAddr, String> {
    v.parse::<SocketAddr>()
        .or_else(|_| v.parse::<std::net::IpAddr>().map(|ip| SocketAddr::new(ip, 53)))
        .map_err(|_| format!("“{v}” is not an address and port such as 127.0.0.1:53"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> std::vec::IntoIter<(String, String)> {
        pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<Vec<_>>().into_iter()
    }

    #[test]
    fn flags_come_before_environment_before_file() {
        let dir = std::env::temp_dir().join(format!("lr-settings-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let file = dir.join("a.toml");
        std::fs::write(&file, "workers = 7\nlisten = \"127.0.0.1:1\"\nallow_net = [\"10.0.0.0/8\", \"127.0.0.0/8\"]\n").unwrap();
        let raw = Raw::gather(
            &[("listen", Some("127.0.0.1:3".into())), ("workers", None)],
            Some(&file),
            env(&[("LAUNCH_READY_LISTEN", "127.0.0.1:2"), ("LAUNCH_READY_LEASE", "2s")]),
        )
        .unwrap();
        let s = raw.settings().unwrap();
        assert_eq!((s.listen.port(), s.workers, s.lease, s.allow_net.len()), (3, 7, Duration::from_secs(2), 2));
        assert_eq!(raw.0["listen"].1, Source::Flag);
        assert!(secrecy::ExposeSecret::expose_secret(&s.database_url).ends_with("data/launch-ready.db"));
    }

    #[test]
    fn mistakes_are_named_with_what_would_be_right() {
        for (pairs, want) in [
            (&[("LAUNCH_READY_LISTN", "x")] as &[_], "LAUNCH_READY_LISTN"),
            (&[("LAUNCH_READY_LISTEN", "here")], "127.0.0.1:3000"),
            (&[("LAUNCH_READY_WORKERS", "100")], "from 0 to 64"),
            (&[("DATABASE_URL", "mysql://x")], "neither sqlite: nor postgres:"),
            (&[("LAUNCH_READY_ALLOW_NET", "10.0.0.0/33")], "10.0.0.0/8"),
            (&[("LAUNCH_READY_DENY_NET", "10.0.0.0/33")], "203.0.113.0/24"),
            (&[("LAUNCH_READY_SCAN_TIMEOUT", "soon")], "30s"),
            (&[("LAUNCH_READY_TRUSTED_PROXIES", "maybe")], "10.0.0.0/8"),
        ] {
            let said = Raw::gather(&[], None, env(pairs)).and_then(|r| r.settings()).unwrap_err().to_string();
            assert!(said.contains(want), "{said}");
        }
    }

    #[test]
    fn a_closed_network_may_be_one_address() {
        let raw = Raw::gather(&[], None, env(&[("LAUNCH_READY_DENY_NET", "10.0.0.0/8, 192.0.2.7,2001:db8::/32")])).unwrap();
        let shown: Vec<String> = raw.settings().unwrap().deny_net.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["10.0.0.0/8", "192.0.2.7/32", "2001:db8::/32"]);
    }

    #[test]
    fn secrets_are_masked() {
        let raw = Raw::gather(&[], None, env(&[("DATABASE_URL", "postgres://u:hunter2@h/d")])).unwrap();
        let line = raw.lines().find(|l| l.0 == "database_url").unwrap();
        assert!(!line.1.contains("hunter2") && line.1.contains("***") && line.2 == "DATABASE_URL");
    }
}

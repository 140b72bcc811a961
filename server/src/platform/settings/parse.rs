//! The settings out of what was written.

use super::parsed::{Settings, Signup};
use super::sources::{Raw, SettingsError};
use super::values::{duration, network, resolver};
use ipnet::IpNet;
use net::Resolvers;
use std::net::SocketAddr;
use std::path::PathBuf;

impl Raw {
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
}

#[cfg(test)]
mod tests {
    use super::super::sources::Source;
    use super::*;
    use std::time::Duration;

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
        assert_eq!(*raw.source("listen").unwrap(), Source::Flag);
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

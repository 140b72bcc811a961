//! The settings, parsed.

use ipnet::IpNet;
use net::Resolvers;
use scanner::Sources;
use secrecy::SecretString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

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

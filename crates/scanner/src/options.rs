//! How a scan is done: what may be entered, who is asked, and for how long.

use crate::registry;
use hickory_proto::dnssec::TrustAnchors;
use ipnet::IpNet;
use net::{Egress, Resolvers};
use readiness::RDAP_BOOTSTRAP;
use rustls::RootCertStore;
use std::sync::Arc;
use std::time::Duration;

/// How to scan.
#[derive(Clone, Debug)]
pub struct Options {
    /// Who answers DNS questions.
    pub resolvers: Resolvers,
    /// Networks that the egress guard opens.
    pub allow: Vec<IpNet>,
    /// Networks that it closes, whatever else holds.
    pub deny: Vec<IpNet>,
    /// Roots to trust, from [`net::roots::load`].
    pub roots: Arc<RootCertStore>,
    /// The whole scan ends by then, with whatever is known.
    pub timeout: Duration,
    /// Whether nobody has an account for it: a smaller budget.
    pub preview: bool,
    /// Where registries and logs are asked.
    pub sources: Sources,
    /// Between two samples of the response time.
    pub sample_gap: Duration,
}

impl Options {
    /// As people use it: the system's resolvers, nothing opened, half a minute.
    #[must_use]
    pub fn new(roots: Arc<RootCertStore>) -> Self {
        Self {
            resolvers: Resolvers::System,
            allow: vec![],
            deny: vec![],
            roots,
            timeout: Duration::from_secs(30),
            preview: false,
            sources: Sources::default(),
            sample_gap: Duration::from_millis(25),
        }
    }

    /// A guard by these rules, for one scan or one delivery.
    #[must_use]
    pub fn guard(&self) -> Egress {
        Egress::new(self.allow.clone()).denying(self.deny.clone())
    }
}

/// Public registries and logs, and the keys from which DNSSEC is validated.
#[derive(Clone)]
pub struct Sources {
    /// Lines of an RDAP server, a tab, and its endings.
    pub rdap: Arc<str>,
    /// Address of a search in the certificate logs, `{domain}` for the domain; none for no search.
    pub ct_url: Option<String>,
    /// DNSSEC trust anchors.
    pub anchors: Arc<TrustAnchors>,
}

impl Default for Sources {
    fn default() -> Self {
        Self {
            rdap: RDAP_BOOTSTRAP.into(),
            ct_url: Some("https://crt.sh/?q={domain}&output=json".into()),
            anchors: Arc::new(TrustAnchors::default()),
        }
    }
}

impl Sources {
    /// Reads IANA's bootstrap registry in its own format in place of the bundled one.
    ///
    /// # Errors
    /// If the file cannot be read, as a sentence.
    pub fn rdap_from(&mut self, path: &std::path::Path) -> Result<(), String> {
        let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
        self.rdap = registry::bootstrap_lines(&text).map_err(|e| format!("{}: {e}", path.display()))?.into();
        Ok(())
    }
    /// Reads DNSKEY records in place of the root's.
    ///
    /// # Errors
    /// If the file cannot be read, as a sentence.
    pub fn anchors_from(&mut self, path: &std::path::Path) -> Result<(), String> {
        self.anchors = Arc::new(TrustAnchors::from_file(path).map_err(|e| format!("{}: {e}", path.display()))?);
        Ok(())
    }
}

impl std::fmt::Debug for Sources {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sources").field("ct_url", &self.ct_url).finish_non_exhaustive()
    }
}

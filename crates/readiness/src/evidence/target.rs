//! What is looked at, as its owner declares it.

use crate::domain::{Domain, Selector};
use crate::taxonomy::{ProductKind, Trait};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is scanned, as its owner declared it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The primary domain.
    pub domain: Domain,
    /// Further hosts that belong to the product.
    #[serde(default)]
    pub hosts: Vec<Domain>,
    /// Whether the domain sends mail; `None` when nobody said.
    #[serde(default)]
    pub sends_mail: Option<bool>,
    /// Declared DKIM selectors.
    #[serde(default)]
    pub dkim_selectors: Vec<Selector>,
    /// Whether somebody declared to be entitled to test the site.
    #[serde(default)]
    pub entitled: bool,
    /// Mail services that send for the product: ids of [`crate::providers`], or domains of others.
    #[serde(default)]
    pub senders: Vec<String>,
    /// Links in ads, bios and mails, absolute.
    #[serde(default)]
    pub links: Vec<String>,
    /// Paths of health endpoints.
    #[serde(default)]
    pub health: Vec<String>,
    /// Whether `www.` is left out on purpose.
    #[serde(default)]
    pub no_www: bool,
    /// Whether the product is an internal one that search engines should not find.
    #[serde(default)]
    pub internal: bool,
    /// Stack overrides of the owner: layer and name of the provider.
    #[serde(default)]
    pub stack: Vec<(String, String)>,
    /// The DNS map that the owner approved.
    #[serde(default)]
    pub map: Option<ApprovedMap>,
}

/// What an owner may say about a product beside its names, for the settings of a project.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// See [`Target::senders`].
    pub senders: Vec<String>,
    /// See [`Target::links`].
    pub links: Vec<String>,
    /// See [`Target::health`].
    pub health: Vec<String>,
    /// See [`Target::no_www`].
    pub no_www: bool,
    /// See [`Target::internal`].
    pub internal: bool,
    /// See [`Target::stack`].
    pub stack: Vec<(String, String)>,
    /// Which checks apply.
    #[serde(skip_serializing_if = "ProfileChoice::is_empty")]
    pub profile: ProfileChoice,
    /// Since when it is launched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub launch: Option<Launch>,
}

/// What the owner says about the kind of product; what is not said is detected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProfileChoice {
    /// The kind.
    pub kind: Option<ProductKind>,
    /// What it has, or has not.
    pub has: BTreeMap<Trait, bool>,
}

impl ProfileChoice {
    /// Whether nothing was said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kind.is_none() && self.has.is_empty()
    }
}

/// That the owner said *launched*.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Launch {
    /// Epoch milliseconds.
    pub at: i64,
    /// Who said so.
    pub by: String,
}

impl Target {
    /// With an owner's settings.
    #[must_use]
    pub fn with(mut self, s: &Settings) -> Self {
        self.senders.clone_from(&s.senders);
        self.links.clone_from(&s.links);
        self.health.clone_from(&s.health);
        self.stack.clone_from(&s.stack);
        (self.no_www, self.internal) = (s.no_www, s.internal);
        self
    }
    /// A target of which only the domain is known: a preview.
    #[must_use]
    pub fn preview(domain: Domain) -> Self {
        Self {
            domain,
            hosts: vec![],
            sends_mail: None,
            dkim_selectors: vec![],
            entitled: false,
            senders: vec![],
            links: vec![],
            health: vec![],
            no_www: false,
            internal: false,
            stack: vec![],
            map: None,
        }
    }
    /// Hosts that must work: the domain and the declared ones, without the optional `www.`.
    #[must_use]
    pub fn required_hosts(&self) -> Vec<String> {
        let mut hosts = vec![self.domain.to_string()];
        for host in &self.hosts {
            if !hosts.contains(&host.to_string()) {
                hosts.push(host.to_string());
            }
        }
        hosts
    }
    /// `www.` of the domain, where one is expected and not already declared.
    #[must_use]
    pub fn www(&self) -> Option<String> {
        (self.domain.is_registrable() && !self.no_www).then(|| self.domain.www())
    }
    /// The domain in the From of the product's mail: the scanned one, unless that is a subdomain
    /// of which nobody said that it sends. `app.acme.com` writes as `acme.com`.
    #[must_use]
    pub fn mail_domain(&self) -> &str {
        if self.sends_mail == Some(true) { self.domain.as_str() } else { self.domain.registrable() }
    }
}

/// One record with its purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MapRecord {
    /// Owner name.
    pub name: String,
    /// Type.
    pub rtype: String,
    /// Data.
    pub value: String,
    /// Seconds.
    pub ttl: u32,
    /// What it is for, inferred or as the owner wrote.
    pub purpose: String,
    /// Who runs what it points to, as far as known.
    #[serde(default)]
    pub owner: String,
    /// Whether an edge answers in the place of the origin.
    #[serde(default)]
    pub proxied: bool,
}

impl MapRecord {
    /// What makes it the same record, whatever the TTL.
    #[must_use]
    pub fn key(&self) -> (&str, &str, &str) {
        (&self.name, &self.rtype, &self.value)
    }
}

/// A map that somebody approved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovedMap {
    /// Who.
    pub by: String,
    /// Epoch milliseconds.
    pub at: i64,
    /// The records.
    pub records: Vec<MapRecord>,
}

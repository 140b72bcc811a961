//! A policy for a site, from what its pages load and its scripts call.

use super::policy::serves_anybody;
use crate::evidence::{Outside, RefKind, Reference, host_of};
use crate::providers::ends_in;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

struct Service {
    ending: &'static str,
    more: Vec<(&'static str, &'static str)>,
}

static SERVICES: LazyLock<Vec<Service>> = LazyLock::new(|| {
    include_str!("../../data/connects.tsv")
        .lines()
        .filter(|l| !l.starts_with('#'))
        .filter_map(|l| {
            let cells: Vec<&'static str> = l.split('\t').collect();
            let &[ending, more, _, _] = cells.as_slice() else { return None };
            Some(Service { ending, more: more.split("; ").filter_map(|m| m.split_once(' ')).collect() })
        })
        .collect()
});

/// A policy, and addresses that scripts carry without showing whether they are called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The value of the header.
    pub policy: String,
    /// Origins to look at.
    pub unclear: Vec<String>,
}

/// What every policy begins with: nothing of others, no plugins, no foreign frame around the site.
const BEGINNING: [(&str, &[&str]); 12] = [
    ("default-src", &["'self'"]),
    ("script-src", &["'self'"]),
    ("style-src", &["'self'", "'unsafe-inline'"]),
    ("img-src", &["'self'", "data:", "blob:", "https:"]),
    ("font-src", &["'self'", "data:"]),
    ("media-src", &["'self'", "blob:", "https:"]),
    ("connect-src", &["'self'"]),
    ("frame-src", &["'self'"]),
    ("form-action", &["'self'"]),
    ("object-src", &["'none'"]),
    ("base-uri", &["'self'"]),
    ("frame-ancestors", &["'self'"]),
];

/// The policy that lets in all that was seen.
#[must_use]
pub fn plan(e: &Outside) -> Plan {
    let mut extra: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let mut unclear = BTreeSet::new();
    let mut let_in = |directive: &'static str, source: String| {
        extra.entry(directive).or_default().insert(source);
    };
    for p in &e.pages {
        for r in p.refs.iter().filter(|r| host_of(&r.url) != host_of(&p.url)) {
            let directive = match r.kind {
                RefKind::Script => "script-src",
                RefKind::Style | RefKind::Import => "style-src",
                RefKind::Font => "font-src",
                RefKind::Frame => "frame-src",
                RefKind::Form => "form-action",
                RefKind::Media | RefKind::ImageSet | RefKind::Css | RefKind::Other | RefKind::Link => continue,
            };
            let_in(directive, source(r));
            // Google's styles name fonts at another host.
            if host_of(&r.url) == "fonts.googleapis.com" {
                let_in("font-src", "https://fonts.gstatic.com".into());
            }
            if r.kind == RefKind::Script {
                services(host_of(&r.url), &mut let_in);
            }
        }
    }
    let front = e.front().and_then(|f| f.last()).map_or("", |(u, _)| host_of(u));
    for origin in e.bundles.iter().flat_map(|b| &b.searched).flat_map(|s| &s.origins) {
        let host = host_of(origin);
        let known = services(host, &mut let_in);
        if known || (ends_in(host, &[e.target.domain.registrable()]) && host != front) {
            let_in("connect-src", origin.clone());
        } else if host != front {
            unclear.insert(origin.clone());
        }
    }
    for host in e.target.hosts.iter().filter(|h| h.as_str() != front) {
        let_in("connect-src", format!("https://{host}"));
    }
    let directive = |(name, words): &(&str, &[&str])| {
        let more = extra.get(name).into_iter().flatten().map(String::as_str);
        format!("{name} {}", words.iter().copied().chain(more).collect::<Vec<_>>().join(" "))
    };
    Plan { policy: BEGINNING.iter().map(directive).collect::<Vec<_>>().join("; "), unclear: unclear.into_iter().collect() }
}

/// Lets in what a known service needs besides; whether the host is one's.
fn services(host: &str, let_in: &mut impl FnMut(&'static str, String)) -> bool {
    let Some(s) = SERVICES.iter().find(|s| ends_in(host, &[s.ending])) else { return false };
    for (directive, source) in &s.more {
        let_in(directive, source.replace("{host}", host));
    }
    true
}

/// The origin of a file; the whole address at a host that serves anybody's (CSP §6.7.2.8 matches paths).
fn source(r: &Reference) -> String {
    let host = host_of(&r.url);
    if r.kind == RefKind::Script && serves_anybody(host) {
        return r.url.split(['?', '#', ';', ',']).next().unwrap_or("").replacen("http://", "https://", 1);
    }
    format!("https://{host}")
}

#[test]
fn a_policy_lets_in_what_the_site_uses() {
    let mut f = crate::fixture::Fixture::good();
    let refs = &mut f.evidence.pages[0].refs;
    for (kind, url) in [
        (RefKind::Script, "https://cdn.jsdelivr.net/npm/vue@3.4.1/dist/vue.js"),
        (RefKind::Script, "https://js.stripe.com/v3/"),
        (RefKind::Style, "https://fonts.googleapis.com/css2?family=Inter"),
    ] {
        refs.push(Reference { kind, url: url.into(), integrity: None });
    }
    f.evidence.bundles.as_mut().unwrap().searched[1].origins =
        ["https://abc.supabase.co", "https://api.acme.example", "https://reactjs.org", "https://o1.ingest.sentry.io"]
            .map(Into::into)
            .to_vec();
    let Plan { policy, unclear } = plan(&f.evidence);
    let has = |directive: &str, source: &str| super::parse(&policy)[0].get(directive).unwrap().iter().any(|s| s == source);
    for (directive, source) in [
        ("connect-src", "https://abc.supabase.co"),
        ("connect-src", "wss://abc.supabase.co"),
        ("connect-src", "https://api.acme.example"),
        ("connect-src", "https://app.acme.example"),
        ("connect-src", "https://o1.ingest.sentry.io"),
        ("connect-src", "https://api.stripe.com"),
        ("frame-src", "https://js.stripe.com"),
        ("script-src", "https://cdn.jsdelivr.net/npm/vue@3.4.1/dist/vue.js"),
        ("style-src", "https://fonts.googleapis.com"),
        ("font-src", "https://fonts.gstatic.com"),
    ] {
        assert!(has(directive, source), "{directive} {source}: {policy}");
    }
    assert_eq!(unclear, ["https://reactjs.org"]);
    assert_eq!(super::weakness(&super::parse(&policy)), None, "the paste closes its own check");
}

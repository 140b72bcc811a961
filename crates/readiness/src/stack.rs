//! What a product stands on, told from what it shows: DNS host, registrar, edge, hosting,
//! framework, mail, analytics, error tracker; each with the reason, and overridable by the owner.

use crate::evidence::{Evidence, RdapOutcome, RefKind, Response, host_of};
use crate::providers;
use std::sync::LazyLock;

/// A layer of the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layer {
    /// Who answers DNS.
    Dns,
    /// Where the domain is registered.
    Registrar,
    /// The edge in front.
    Cdn,
    /// Where the application runs.
    Hosting,
    /// What it is built with.
    Framework,
    /// Who sends and receives mail.
    Mail,
    /// Who counts visitors.
    Analytics,
    /// Who collects errors.
    Errors,
}

impl Layer {
    /// All layers.
    pub const ALL: [Layer; 8] =
        [Layer::Dns, Layer::Registrar, Layer::Cdn, Layer::Hosting, Layer::Framework, Layer::Mail, Layer::Analytics, Layer::Errors];
    /// In data and settings.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Layer::Dns => "dns",
            Layer::Registrar => "registrar",
            Layer::Cdn => "cdn",
            Layer::Hosting => "hosting",
            Layer::Framework => "framework",
            Layer::Mail => "mail",
            Layer::Analytics => "analytics",
            Layer::Errors => "errors",
        }
    }
    /// On the page.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Layer::Dns => "DNS",
            Layer::Registrar => "Registrar",
            Layer::Cdn => "Edge",
            Layer::Hosting => "Hosting",
            Layer::Framework => "Framework",
            Layer::Mail => "Mail",
            Layer::Analytics => "Analytics",
            Layer::Errors => "Error tracker",
        }
    }
}

/// One part of the stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The layer.
    pub layer: Layer,
    /// `Cloudflare`.
    pub name: String,
    /// What showed it.
    pub because: String,
}

struct Sign {
    layer: &'static str,
    name: &'static str,
    kind: &'static str,
    pattern: &'static str,
}

static SIGNS: LazyLock<Vec<Sign>> = LazyLock::new(|| {
    include_str!("../data/stack.tsv")
        .lines()
        .filter(|l| !l.starts_with('#'))
        .filter_map(|l| {
            let cells: Vec<&'static str> = l.split('\t').collect();
            if let &[layer, name, kind, pattern] = cells.as_slice() { Some(Sign { layer, name, kind, pattern }) } else { None }
        })
        .collect()
});

/// Who runs a name server of this name.
#[must_use]
pub fn dns_host(ns: &str) -> Option<&'static str> {
    SIGNS
        .iter()
        .find(|s| {
            s.kind == "ns"
                && (providers::ends_in(ns, &[s.pattern]) || (s.pattern.ends_with('*') && ns.contains(s.pattern.trim_end_matches('*'))))
        })
        .map(|s| s.name)
}

/// Who hosts what an alias of this target leads to.
#[must_use]
pub fn hosting_of_target(target: &str) -> Option<&'static str> {
    SIGNS.iter().find(|s| s.kind == "cname" && providers::ends_in(target, &[s.pattern])).map(|s| s.name)
}

fn header_sign(layer: &str, r: &Response) -> Option<(&'static str, String)> {
    SIGNS.iter().filter(|s| s.layer == layer && s.kind == "header").find_map(|s| {
        let (name, part) = s.pattern.split_once('=').map_or((s.pattern, None), |(n, p)| (n, Some(p)));
        r.all(name)
            .find(|v| part.is_none_or(|p| v.to_ascii_lowercase().contains(p)))
            .map(|v| (s.name, format!("header {name}: {}", v.chars().take(60).collect::<String>())))
    })
}

/// The edge that answers for a host, if its responses show one.
#[must_use]
pub fn edge_of(e: &Evidence, host: &str) -> Option<&'static str> {
    e.fetches
        .iter()
        .flat_map(|f| &f.hops)
        .filter(|h| host_of(&h.url) == host)
        .find_map(|h| if let crate::evidence::Answer::Response(r) = &h.answer { header_sign("cdn", r).map(|(n, _)| n) } else { None })
}

/// The whole stack; what the owner said comes first and silences what was detected on that layer.
#[must_use]
pub fn detect(e: &Evidence) -> Vec<Part> {
    let mut parts: Vec<Part> = vec![];
    for (layer, name) in &e.target.stack {
        if let Some(layer) = Layer::ALL.into_iter().find(|l| l.word() == layer) {
            parts.push(Part { layer, name: name.clone(), because: "as you said".into() });
        }
    }
    let said: Vec<Layer> = parts.iter().map(|p| p.layer).collect();
    let mut add = |layer: Layer, name: &str, because: String| {
        if !said.contains(&layer) && !parts.iter().any(|p| p.layer == layer && p.name == name) {
            parts.push(Part { layer, name: name.to_owned(), because });
        }
    };
    let zone = e.target.domain.registrable();
    for ns in e.lookup(zone, "NS").values() {
        if let Some(name) = dns_host(ns) {
            add(Layer::Dns, name, format!("name server {ns}"));
        }
    }
    if let Some(RdapOutcome::Found(r)) = e.registration.as_ref().map(|r| &r.outcome)
        && let Some(registrar) = &r.registrar
    {
        let lower = registrar.to_ascii_lowercase();
        let known = SIGNS.iter().find(|s| s.kind == "registrar" && lower.contains(s.pattern)).map(|s| s.name);
        add(Layer::Registrar, known.unwrap_or(registrar), format!("RDAP names {registrar}"));
    }
    let mut hosts = e.target.required_hosts();
    hosts.extend(e.target.www());
    for host in &hosts {
        for target in &e.resolve(host).chain {
            if let Some(name) = hosting_of_target(target) {
                add(Layer::Hosting, name, format!("{host} is an alias of {target}"));
            }
        }
        let response = e.fetches.iter().find_map(|f| f.last().filter(|(u, _)| host_of(u) == host).map(|(_, r)| r));
        let Some(r) = response else { continue };
        for (layer, word) in [(Layer::Cdn, "cdn"), (Layer::Hosting, "hosting"), (Layer::Framework, "framework")] {
            if let Some((name, why)) = header_sign(word, r) {
                add(layer, name, format!("{host}: {why}"));
            }
        }
        for cookie in r.all("set-cookie") {
            let name = cookie.split('=').next().unwrap_or("");
            if let Some(s) = SIGNS.iter().find(|s| s.kind == "cookie" && name.starts_with(s.pattern)) {
                add(Layer::Framework, s.name, format!("{host} sets the cookie {name}"));
            }
        }
    }
    for page in &e.pages {
        let generator = page.meta("generator").unwrap_or("").to_ascii_lowercase();
        for s in SIGNS.iter().filter(|s| s.kind == "meta" && !generator.is_empty() && generator.contains(s.pattern)) {
            add(Layer::Framework, s.name, format!("generator “{generator}” on {}", page.url));
        }
        for r in page.refs.iter().filter(|r| matches!(r.kind, RefKind::Script | RefKind::Style)) {
            for s in SIGNS.iter().filter(|s| matches!(s.kind, "html" | "script") && r.url.contains(s.pattern)) {
                let layer = match s.layer {
                    "analytics" => Layer::Analytics,
                    "errors" => Layer::Errors,
                    _ => Layer::Framework,
                };
                add(layer, s.name, format!("{} loads {}", page.url, r.url));
            }
        }
    }
    for hit in e.bundles.iter().flat_map(|b| &b.searched).flat_map(|s| s.hits.iter().map(move |h| (s, h))) {
        if let Some(name) = crate::rules::error_tracker(&hit.1.rule) {
            add(Layer::Errors, name, format!("{} names it in line {}", hit.0.url, hit.1.line));
        }
    }
    for i in providers::infer(e) {
        if let Some(s) = i.sender {
            add(Layer::Mail, s.name, i.because.join(", "));
        }
    }
    parts.sort_by_key(|p| p.layer as u8);
    parts
}

/// The names on one layer.
#[must_use]
pub fn on(parts: &[Part], layer: Layer) -> Vec<&str> {
    parts.iter().filter(|p| p.layer == layer).map(|p| p.name.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, set};

    #[test]
    fn layers_show_with_their_reason_and_the_owner_has_the_last_word() {
        let mut f = Fixture::good();
        f.dns("acme.example", "NS", &["ada.ns.cloudflare.com"]).cname("www.acme.example", "cname.vercel-dns.com");
        f.page("https://acme.example/", |r| set(r, "server", "nginx/1.25"));
        let parts = detect(&f.evidence);
        assert_eq!(on(&parts, Layer::Dns), ["Cloudflare"]);
        assert!(on(&parts, Layer::Hosting).contains(&"Vercel"), "{parts:?}");
        assert!(parts.iter().all(|p| !p.because.is_empty()));
        f.evidence.target.stack = vec![("dns".into(), "Hetzner".into())];
        assert_eq!(on(&detect(&f.evidence), Layer::Dns), ["Hetzner"]);
        assert_eq!(dns_host("ns-12.awsdns-34.com"), Some("Route 53"));
        assert_eq!(dns_host("evil-ns.cloudflare.com.evil.example"), None);
    }
}

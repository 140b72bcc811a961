//! What a product stands on, told from what it shows: DNS host, registrar, edge, hosting,
//! framework, mail, analytics, error tracker; each with the reason, and overridable by the owner.

use crate::evidence::{Outside, PageFacts, RdapOutcome, RefKind, Response, host_of};
use crate::providers;
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// A layer of the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
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
    /// The hosts at which it showed; none where it stands for the whole zone, or the owner said so.
    pub hosts: Vec<String>,
    /// An edge that the hosting brings along, so that the owner has no settings there.
    pub brought: bool,
}

impl Part {
    /// Whether it answers for one of these hosts.
    #[must_use]
    pub fn is_at_one_of(&self, hosts: &[String]) -> bool {
        self.hosts.is_empty() || self.hosts.iter().any(|h| hosts.contains(h))
    }
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
pub fn edge_of(e: &Outside, host: &str) -> Option<&'static str> {
    e.fetches
        .iter()
        .flat_map(|f| &f.hops)
        .filter(|h| host_of(&h.url) == host)
        .find_map(|h| if let crate::evidence::Answer::Response(r) = &h.answer { header_sign("cdn", r).map(|(n, _)| n) } else { None })
}

/// Who hosts a name, and what showed it: where its alias or address leads and what its answers say. A bare web server
/// counts only where none of this shows, since platforms run on them too; what the pages were made with comes last,
/// since they can be carried elsewhere.
fn hosting(e: &Outside, host: &str) -> Vec<(&'static str, String)> {
    let resolved = e.resolve(host);
    let mut out: Vec<(&'static str, String)> = vec![];
    let mut add = |name: &'static str, because: String| {
        if !out.iter().any(|(n, _)| *n == name) {
            out.push((name, because));
        }
    };
    for target in &resolved.chain {
        if let Some(name) = hosting_of_target(target) {
            add(name, format!("{host} is an alias of {target}"));
        }
    }
    for address in &resolved.addresses {
        if let Some(s) = SIGNS
            .iter()
            .find(|s| s.kind == "address" && (address == s.pattern || s.pattern.ends_with('.') && address.starts_with(s.pattern)))
        {
            add(s.name, format!("{host} has the address {address}"));
        }
    }
    let response = answered(e, host);
    if let Some((name, why)) = response.and_then(|r| header_sign("hosting", r)) {
        add(name, format!("{host}: {why}"));
    }
    if !out.is_empty() {
        return out;
    }
    let server = response.and_then(|r| r.header("server")).unwrap_or("").to_ascii_lowercase();
    if let Some(s) = SIGNS.iter().find(|s| s.kind == "server" && server.starts_with(s.pattern)) {
        return vec![(s.name, format!("{host}: header server: {}", server.chars().take(60).collect::<String>()))];
    }
    let pages = e.pages.iter().filter(|p| host_of(&p.url) == host).flat_map(page_signs);
    pages.filter(|(s, _)| s.layer == "hosting").take(1).map(|(s, why)| (s.name, why)).collect()
}

/// An answer of a host: one that ends there, or else one that leads on, which shows its server as well.
fn answered<'a>(e: &'a Outside, host: &str) -> Option<&'a Response> {
    let ends = e.fetches.iter().find_map(|f| f.last().filter(|(u, _)| host_of(u) == host).map(|(_, r)| r));
    ends.or_else(|| {
        let mut hops = e.fetches.iter().flat_map(|f| &f.hops).filter(|h| host_of(&h.url) == host);
        hops.find_map(|h| if let crate::evidence::Answer::Response(r) = &h.answer { Some(r) } else { None })
    })
}

/// What a page's generator and its files say.
fn page_signs(page: &PageFacts) -> Vec<(&'static Sign, String)> {
    let generator = page.meta("generator").unwrap_or("").to_ascii_lowercase();
    let made = SIGNS.iter().filter(|s| s.kind == "meta" && generator.contains(s.pattern));
    let mut out: Vec<_> = made.map(|s| (s, format!("generator “{generator}” on {}", page.url))).collect();
    for r in page.refs.iter().filter(|r| matches!(r.kind, RefKind::Script | RefKind::Style)) {
        let loaded = SIGNS.iter().filter(|s| matches!(s.kind, "html" | "script") && r.url.contains(s.pattern));
        out.extend(loaded.map(|s| (s, format!("{} loads {}", page.url, r.url))));
    }
    out
}

/// Parts as they are found: what the owner said comes first and silences what was detected on that layer.
struct Parts {
    said: Vec<Layer>,
    list: Vec<Part>,
}

impl Parts {
    fn add(&mut self, layer: Layer, name: &str, because: String, host: Option<&str>) {
        if self.said.contains(&layer) {
            return;
        }
        let at = self.list.iter().position(|p| p.layer == layer && p.name == name);
        let hosts: Vec<String> = host.map(str::to_owned).into_iter().collect();
        match at.and_then(|i| self.list.get_mut(i)) {
            Some(part) => part.hosts.extend(hosts.into_iter().filter(|h| !part.hosts.contains(h)).collect::<Vec<_>>()),
            None => self.list.push(Part { layer, name: name.to_owned(), because, hosts, brought: false }),
        }
    }
}

/// The whole stack; what the owner said comes first and silences what was detected on that layer.
#[must_use]
pub fn detect(e: &Outside) -> Vec<Part> {
    let mut parts = Parts { said: vec![], list: vec![] };
    for (layer, name) in &e.target.stack {
        if let Some(layer) = Layer::ALL.into_iter().find(|l| l.word() == layer) {
            parts.add(layer, name, "as you said".into(), None);
        }
    }
    parts.said = parts.list.iter().map(|p| p.layer).collect();
    let zone = e.target.domain.registrable();
    for ns in e.lookup(zone, "NS").values() {
        if let Some(name) = dns_host(ns) {
            parts.add(Layer::Dns, name, format!("name server {ns}"), None);
        }
    }
    if let Some(RdapOutcome::Found(r)) = e.registration.as_ref().map(|r| &r.outcome)
        && let Some(registrar) = &r.registrar
    {
        let lower = registrar.to_ascii_lowercase();
        let known = SIGNS.iter().find(|s| s.kind == "registrar" && lower.contains(s.pattern)).map(|s| s.name);
        parts.add(Layer::Registrar, known.unwrap_or(registrar), format!("RDAP names {registrar}"), None);
    }
    let mut hosts = e.target.required_hosts();
    hosts.extend(e.target.www());
    for host in &hosts {
        on_host(e, host, &mut parts);
    }
    for (page, s, why) in e.pages.iter().flat_map(|p| page_signs(p).into_iter().map(move |(s, why)| (p, s, why))) {
        match s.layer {
            "analytics" => parts.add(Layer::Analytics, s.name, why, None),
            "errors" => parts.add(Layer::Errors, s.name, why, None),
            "framework" => parts.add(Layer::Framework, s.name, why, Some(host_of(&page.url))),
            _ => {}
        }
    }
    for hit in e.bundles.iter().flat_map(|b| &b.searched).flat_map(|s| s.hits.iter().map(move |h| (s, h))) {
        if let Some(name) = crate::rules::error_tracker(&hit.1.rule) {
            parts.add(Layer::Errors, name, format!("{} names it in line {}", hit.0.url, hit.1.line), None);
        }
    }
    for i in providers::infer(e) {
        if let Some(s) = i.sender {
            parts.add(Layer::Mail, s.name, i.because.join(", "), None);
        }
    }
    let mut list = parts.list;
    let platforms: Vec<Part> = list.iter().filter(|p| p.layer == Layer::Hosting).cloned().collect();
    for edge in list.iter_mut().filter(|p| p.layer == Layer::Cdn) {
        let behind = |p: &Part| SIGNS.iter().any(|s| s.kind == "behind" && s.name == edge.name && s.pattern == p.name);
        edge.brought = !edge.hosts.is_empty() && edge.hosts.iter().all(|h| platforms.iter().any(|p| p.hosts.contains(h) && behind(p)));
    }
    list.sort_by_key(|p| p.layer as u8);
    list
}

/// What stands at one host: hosting, edge, framework.
fn on_host(e: &Outside, host: &str, parts: &mut Parts) {
    for (name, why) in hosting(e, host) {
        parts.add(Layer::Hosting, name, why, Some(host));
    }
    let Some(r) = answered(e, host) else { return };
    for (layer, word) in [(Layer::Cdn, "cdn"), (Layer::Framework, "framework")] {
        if let Some((name, why)) = header_sign(word, r) {
            parts.add(layer, name, format!("{host}: {why}"), Some(host));
        }
    }
    for cookie in r.all("set-cookie") {
        let name = cookie.split('=').next().unwrap_or("");
        if let Some(s) = SIGNS.iter().find(|s| s.kind == "cookie" && name.starts_with(s.pattern)) {
            parts.add(Layer::Framework, s.name, format!("{host} sets the cookie {name}"), Some(host));
        }
    }
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

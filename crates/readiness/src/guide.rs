//! A fix told for a provider: where to click and what to paste, as data, with the values that the
//! check computed.

use crate::check::{Fix, Line};
use crate::domain::Domain;
use crate::evidence::Evidence;
use crate::stack::{self, Layer};
use std::sync::LazyLock;

/// What a provider has to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A DNS record.
    Record,
    /// A response header.
    Header,
    /// A redirect to the one address.
    Redirect,
    /// How long static files are kept.
    Cache,
    /// Compression.
    Compress,
    /// Protocol versions and suites.
    Tls,
    /// That a mail service may send.
    Sender,
}

impl Kind {
    fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "record" => Kind::Record,
            "header" => Kind::Header,
            "redirect" => Kind::Redirect,
            "cache" => Kind::Cache,
            "compress" => Kind::Compress,
            "tls" => Kind::Tls,
            "sender" => Kind::Sender,
            _ => return None,
        })
    }
}

/// Checks whose fixes are told per provider, beside those that paste a DNS record or a header.
const KINDS: &[(&str, Kind)] = &[
    ("RED-01", Kind::Redirect),
    ("RED-02", Kind::Redirect),
    ("RED-03", Kind::Redirect),
    ("RED-04", Kind::Redirect),
    ("RED-05", Kind::Redirect),
    ("PERF-08", Kind::Cache),
    ("PERF-10", Kind::Cache),
    ("PERF-11", Kind::Cache),
    ("PERF-12", Kind::Compress),
    ("TLS-05", Kind::Tls),
    ("TLS-06", Kind::Tls),
    ("MAIL-05", Kind::Sender),
    ("MAIL-07", Kind::Sender),
    ("MAIL-12", Kind::Sender),
    ("DNS-01", Kind::Record),
    ("DNS-02", Kind::Record),
    ("DNS-03", Kind::Record),
    ("DNS-06", Kind::Record),
    ("DNS-07", Kind::Record),
    ("DNS-08", Kind::Record),
    ("DNS-09", Kind::Record),
    ("DNS-10", Kind::Record),
    ("DNS-12", Kind::Record),
    ("DNS-15", Kind::Record),
    ("MAIL-01", Kind::Record),
    ("MAIL-02", Kind::Record),
    ("MAIL-03", Kind::Record),
    ("MAIL-04", Kind::Record),
    ("MAIL-05", Kind::Record),
    ("MAIL-06", Kind::Record),
    ("MAIL-07", Kind::Record),
    ("MAIL-09", Kind::Record),
    ("MAIL-10", Kind::Record),
    ("MAIL-11", Kind::Record),
    ("MAIL-12", Kind::Record),
    ("MAIL-17", Kind::Record),
    ("TLS-08", Kind::Header),
    ("SEC-10", Kind::Header),
    ("SEC-11", Kind::Header),
    ("SEC-12", Kind::Header),
    ("SEC-13", Kind::Header),
    ("PERF-18", Kind::Header),
];

/// A block of the data.
struct Template {
    provider: &'static str,
    layer: Layer,
    kind: Kind,
    steps: Vec<&'static str>,
    place: Option<&'static str>,
    snippet: Vec<&'static str>,
    undo: &'static str,
    risk: Option<&'static str>,
    minutes: u16,
}

static TEMPLATES: LazyLock<Vec<Template>> =
    LazyLock::new(|| include_str!("../data/guides.txt").split("\n== ").skip(1).filter_map(parse).collect());

fn parse(block: &'static str) -> Option<Template> {
    let mut lines = block.lines();
    let mut head = lines.next()?.split(" | ");
    let (provider, layer, kind) = (head.next()?, head.next()?, Kind::from_word(head.next()?)?);
    let layer = Layer::ALL.into_iter().find(|l| l.word() == layer)?;
    let mut t = Template { provider, layer, kind, steps: vec![], place: None, snippet: vec![], undo: "", risk: None, minutes: 10 };
    for line in lines.filter(|l| !l.is_empty()) {
        match (line.get(..1), line.get(2..).unwrap_or("")) {
            (Some("@"), rest) => t.place = Some(rest),
            (Some("|"), rest) => t.snippet.push(rest),
            (Some("<"), rest) => t.undo = rest,
            (Some("!"), rest) => t.risk = Some(rest),
            (Some("#"), rest) => t.minutes = rest.parse().ok()?,
            _ => t.steps.push(line),
        }
    }
    Some(t)
}

/// A fix for one provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guide {
    /// `Cloudflare`.
    pub provider: String,
    /// Where it stands in the stack.
    pub layer: Layer,
    /// Whether the scan or the owner says that the product uses it.
    pub used: bool,
    /// In order.
    pub steps: Vec<String>,
    /// What to paste, and where.
    pub paste: Vec<(String, String)>,
    /// How to take it back.
    pub undo: String,
    /// What can go wrong.
    pub risk: Option<String>,
    /// Estimated minutes.
    pub minutes: u16,
}

/// A value that a fix wants to see somewhere.
enum Want {
    Record { rtype: String, name: String, value: String },
    Header { name: String, value: String },
    Plain,
}

/// Types of records that a place may name.
const TYPES: [&str; 8] = ["A", "AAAA", "CNAME", "MX", "TXT", "CAA", "NS", "ALIAS or A"];

fn wants(fix: &Fix) -> Vec<Want> {
    let mut out = vec![];
    for p in &fix.paste {
        let new: Vec<&str> = p.lines.iter().filter_map(|l| if let Line::Add(t) = l { Some(t.as_str()) } else { None }).collect();
        let mut parts = p.place.split(" · ");
        if let (Some(rtype), Some(name)) = (parts.next().filter(|t| TYPES.contains(t)), parts.next()) {
            // What stays counts too: a set that loses one of its records is not deleted.
            let value = Some(p.value()).filter(|v| !v.is_empty()).unwrap_or_else(|| "nothing: delete the record".to_owned());
            out.push(Want::Record { rtype: rtype.to_owned(), name: name.to_owned(), value });
            continue;
        }
        if p.place.contains("header") {
            out.extend(
                new.iter().filter_map(|l| l.split_once(": ")).map(|(n, v)| Want::Header { name: n.to_owned(), value: v.to_owned() }),
            );
        }
    }
    out
}

/// The kinds of guide that a finding's fix needs.
fn kinds(id: &str, wants: &[Want]) -> Vec<Kind> {
    let mut out: Vec<Kind> = KINDS.iter().filter(|(c, _)| *c == id).map(|(_, k)| *k).collect();
    if wants.iter().any(|w| matches!(w, Want::Record { .. })) && !out.contains(&Kind::Record) {
        out.push(Kind::Record);
    }
    if wants.iter().any(|w| matches!(w, Want::Header { .. })) && !out.contains(&Kind::Header) {
        out.push(Kind::Header);
    }
    out
}

/// The fix of a check for every provider that the data knows, those in use first.
#[must_use]
pub fn guides(e: &Evidence, id: &str, fix: &Fix) -> Vec<Guide> {
    let parts = stack::detect(e);
    let wants = wants(fix);
    let mut kinds = kinds(id, &wants);
    // Where a fix names no exact record or header, there is nothing to tell a provider's form.
    kinds.retain(|k| match k {
        Kind::Record => wants.iter().any(|w| matches!(w, Want::Record { .. })),
        Kind::Header => wants.iter().any(|w| matches!(w, Want::Header { .. })),
        _ => true,
    });
    let mut out: Vec<Guide> = TEMPLATES
        .iter()
        .filter(|t| kinds.contains(&t.kind))
        .map(|t| {
            let used = parts.iter().any(|p| (p.layer == t.layer || t.layer == Layer::Mail) && alike(&p.name, t.provider));
            render(t, &e.target.domain, &wants, used)
        })
        .collect();
    out.sort_by_key(|g| !g.used);
    out
}

/// How a check's fix is told at each provider, with placeholders where a scan has values; for the
/// check's own page.
#[must_use]
pub fn generic(id: &str) -> Vec<Guide> {
    let Ok(domain) = Domain::parse("acme.com") else { return vec![] };
    let kinds = kinds(id, &[]);
    let word = |s: &str| s.to_owned();
    let wants = [
        Want::Record { rtype: word("TYPE"), name: word("NAME.acme.com"), value: word("the value that the scan computes") },
        Want::Header { name: word("Header"), value: word("the value that the scan computes") },
    ];
    TEMPLATES.iter().filter(|t| kinds.contains(&t.kind)).map(|t| render(t, &domain, &wants, false)).collect()
}

/// Whether a detected name means this provider (`Amazon SES` is `SES`).
fn alike(detected: &str, provider: &str) -> bool {
    detected.eq_ignore_ascii_case(provider) || detected.strip_prefix("Amazon ").is_some_and(|d| d == provider)
}

fn render(t: &Template, domain: &Domain, wants: &[Want], used: bool) -> Guide {
    let zone = domain.registrable();
    let relative = |name: &str| {
        if name == zone { "@".to_owned() } else { name.strip_suffix(&format!(".{zone}")).unwrap_or(name).to_owned() }
    };
    let base = |text: &str| text.replace("{zone}", zone).replace("{domain}", domain.as_str()).replace("{host}", domain.as_str());
    let of = |text: &str, w: &Want| match w {
        Want::Record { rtype, name, .. } => {
            base(text).replace("{type}", rtype).replace("{name}", name).replace("{relative}", &relative(name))
        }
        Want::Header { name, value } => base(text).replace("{header_value}", value).replace("{header}", name),
        Want::Plain => base(text),
    };
    let fitting: Vec<&Want> =
        wants.iter().filter(|w| matches!((t.kind, w), (Kind::Record, Want::Record { .. }) | (Kind::Header, Want::Header { .. }))).collect();
    let fitting = if fitting.is_empty() { vec![&Want::Plain] } else { fitting };
    let mut steps: Vec<String> = vec![];
    let mut paste = vec![];
    for w in &fitting {
        for s in &t.steps {
            let step = of(s, w);
            if !steps.contains(&step) {
                steps.push(step);
            }
        }
        if let Want::Record { rtype, name, value } = w {
            paste.push((format!("{rtype} · {}", relative(name)), value.clone()));
        }
        if !t.snippet.is_empty() {
            let place = of(t.place.unwrap_or(t.provider), w);
            paste.push((place, t.snippet.iter().map(|l| of(l, w)).collect::<Vec<_>>().join("\n")));
        }
    }
    Guide {
        provider: t.provider.to_owned(),
        layer: t.layer,
        used,
        steps,
        paste,
        undo: of(t.undo, fitting.first().copied().unwrap_or(&Want::Plain)),
        risk: t.risk.map(|r| of(r, fitting.first().copied().unwrap_or(&Want::Plain))),
        minutes: t.minutes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Fixture, set};

    #[test]
    fn the_data_is_whole_and_covers_what_it_should() {
        let blocks = include_str!("../data/guides.txt").matches("\n== ").count();
        assert_eq!(blocks, TEMPLATES.len(), "a block cannot be read");
        let has = |p: &str, k: Kind| TEMPLATES.iter().any(|t| t.provider == p && t.kind == k);
        for p in ["Cloudflare", "Route 53", "Namecheap", "GoDaddy", "Porkbun", "Hetzner", "Google", "Squarespace"] {
            assert!(has(p, Kind::Record), "{p}");
        }
        for p in [
            "Vercel",
            "Netlify",
            "Fly",
            "Render",
            "Heroku",
            "Cloudflare Pages",
            "nginx",
            "Caddy",
            "Apache",
            "Express",
            "Next",
            "Rails",
            "Django",
            "Laravel",
            "axum",
        ] {
            assert!(has(p, Kind::Header) && has(p, Kind::Redirect), "{p}");
        }
        for p in ["Resend", "Postmark", "SES", "SendGrid", "Mailgun", "Google Workspace", "Microsoft 365"] {
            assert!(has(p, Kind::Sender), "{p}");
        }
        for t in TEMPLATES.iter() {
            assert!(!t.steps.is_empty() && !t.undo.is_empty() && t.minutes > 0, "{} {:?}", t.provider, t.kind);
        }
    }

    /// A site with many mistakes, so that many fixes are there to be told.
    fn bad() -> Fixture {
        let mut f = Fixture::good();
        f.txt("acme.example", &["v=spf1 a -all", "v=spf1 mx +all"]).txt("_dmarc.acme.example", &[]);
        f.dns("acme.example", "CAA", &["0 issue \"other.example\""]).dns("app.acme.example", "A", &["10.0.0.1"]);
        f.evidence.target.senders = vec!["postmark".into()];
        f.txt("send.acme.example", &[]);
        for url in ["https://acme.example/", "https://app.acme.example/", "https://acme.example/login"] {
            f.page(url, |r| {
                for h in ["strict-transport-security", "x-content-type-options", "content-security-policy"] {
                    set(r, h, "");
                }
                set(r, "referrer-policy", "unsafe-url");
            });
        }
        f.chain(crate::evidence::Purpose::Start, &["http://acme.example/"]);
        for h in &mut f.evidence.handshakes {
            h.versions[1].accepted = Some(true);
            h.versions[3].suites.push("RSA_WITH_3DES_EDE_CBC_SHA".into());
        }
        f.asset("https://acme.example/assets/app.3f9c1b2a.js", &[("content-type", "text/javascript"), ("cache-control", "no-store")]);
        f
    }

    #[test]
    fn every_template_renders_for_every_check_that_it_claims() {
        let f = bad();
        let a = f.assess();
        let mut told = std::collections::HashSet::new();
        for finding in a.findings.iter().filter(|f| f.outcome.is_open()) {
            let fix = finding.fix.as_ref().unwrap();
            for g in guides(&f.evidence, &finding.id, fix) {
                let whole = format!("{:?}{:?}{}{:?}", g.steps, g.paste, g.undo, g.risk);
                for word in ["{zone}", "{domain}", "{host}", "{type}", "{name}", "{relative}", "{value}", "{header}", "{header_value}"] {
                    assert!(!whole.contains(word), "{} {}: {word} in {whole}", finding.id, g.provider);
                }
                told.insert((g.provider.clone(), finding.id.clone()));
            }
        }
        // Each provider of the data is told for at least one of the open checks.
        for t in TEMPLATES.iter() {
            assert!(told.iter().any(|(p, _)| p == t.provider), "{} is never told", t.provider);
        }
        assert!(told.len() > 150, "{}", told.len());
    }

    #[test]
    fn the_exact_value_is_told_to_the_provider_in_use() {
        let mut f = bad();
        f.dns("acme.example", "NS", &["ada.ns.cloudflare.com"]);
        let a = f.assess();
        let of = |id: &str| guides(&f.evidence, id, a.finding(id).unwrap().fix.as_ref().unwrap());
        let first = of("MAIL-09").into_iter().next().unwrap();
        assert_eq!((first.provider.as_str(), first.used), ("Cloudflare", true));
        assert_eq!(first.paste[0].0, "TXT · _dmarc");
        assert!(first.paste[0].1.starts_with("v=DMARC1"));
        let nginx = of("TLS-08").into_iter().find(|g| g.provider == "nginx").unwrap();
        assert_eq!(nginx.paste[0].1, "add_header Strict-Transport-Security \"max-age=31536000\" always;");
        assert!(of("MAIL-05").iter().any(|g| g.provider == "Postmark"));
    }
}

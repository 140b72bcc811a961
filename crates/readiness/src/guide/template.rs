//! The data of the guides, and how a block of it is filled in.

use super::kind::{Kind, Want};
use super::model::Guide;
use crate::stack::Layer;
use std::sync::LazyLock;

/// The files, each told in its own first lines.
pub(super) const FILES: [&str; 8] = [
    include_str!("../../data/guides/records.txt"),
    include_str!("../../data/guides/headers.txt"),
    include_str!("../../data/guides/redirects.txt"),
    include_str!("../../data/guides/files.txt"),
    include_str!("../../data/guides/tls.txt"),
    include_str!("../../data/guides/cookies.txt"),
    include_str!("../../data/guides/exposure.txt"),
    include_str!("../../data/guides/mail.txt"),
];

/// When a line of a block is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct When {
    /// For each header.
    each: bool,
    /// Only for the whole site, or only for a path.
    scoped: Option<bool>,
    /// Only with this header.
    header: Option<&'static str>,
}

#[derive(Clone, Copy, Debug)]
struct Told {
    when: When,
    text: &'static str,
}

/// A block of the data, for one provider and kind.
#[derive(Clone, Debug)]
pub(super) struct Template {
    pub provider: &'static str,
    pub layer: Layer,
    pub kind: Kind,
    steps: Vec<Told>,
    places: Vec<Told>,
    snippet: Vec<Told>,
    /// Where a tag in the head of a page goes, for what may stand there instead of a header.
    head: Option<&'static str>,
    undo: &'static str,
    risk: Option<&'static str>,
    minutes: u16,
}

pub(super) static TEMPLATES: LazyLock<Vec<Template>> =
    LazyLock::new(|| FILES.into_iter().flat_map(|f| f.split("\n== ").skip(1)).flat_map(|b| parse(b).unwrap_or_default()).collect());

/// The providers × kinds of a block, or nothing where it cannot be read.
pub(super) fn parse(block: &'static str) -> Option<Vec<Template>> {
    let mut lines = block.lines();
    let mut head = lines.next()?.split(" | ");
    let (providers, layer, kinds) = (head.next()?, head.next()?, head.next()?);
    let layer = Layer::ALL.into_iter().find(|l| l.word() == layer)?;
    let mut t = Template {
        provider: "",
        layer,
        kind: Kind::Record,
        steps: vec![],
        places: vec![],
        snippet: vec![],
        head: None,
        undo: "",
        risk: None,
        minutes: 10,
    };
    for line in lines.filter(|l| !l.is_empty()) {
        let (mark, text) = line.split_once(' ').unwrap_or((line, ""));
        let scoped = if mark.contains('/') { Some(true) } else { mark.contains('.').then_some(false) };
        let told = Told { when: When { each: mark.contains('+'), scoped, header: None }, text };
        match mark {
            "@" | "@/" | "@." => t.places.push(told),
            "|" | "|+" | "|/" | "|." | "|+/" | "|+." => t.snippet.push(told),
            "^" => t.head = Some(text),
            "<" => t.undo = text,
            "!" => t.risk = Some(text),
            "#" => t.minutes = text.parse().ok()?,
            "/" => t.steps.push(told),
            "?" => {
                let (header, text) = text.split_once(": ")?;
                t.steps.push(Told { when: When { header: Some(header), ..When::default() }, text });
            }
            _ => t.steps.push(Told { when: When::default(), text: line }),
        }
    }
    let kinds: Vec<Kind> = kinds.split(", ").map(Kind::from_word).collect::<Option<_>>()?;
    Some(
        providers
            .split(", ")
            .flat_map(|provider| kinds.iter().map(move |kind| (provider, *kind)))
            .map(|(provider, kind)| Template { provider, kind, ..t.clone() })
            .collect(),
    )
}

/// What is known of the site, for every template.
#[derive(Clone, Debug)]
pub(super) struct Site {
    pub zone: String,
    pub domain: String,
    /// The host that the guide is about.
    pub host: String,
    /// Where every way in should end, and the other name.
    pub to: String,
    pub from: String,
    /// Below which path static files with hashed names lie, and below which the API; both end in a slash.
    pub assets: String,
    pub api: String,
}

/// What stands for `{name}` in a text.
struct Values<'a> {
    site: &'a Site,
    provider: &'a str,
    want: &'a Want,
    path: &'a str,
    header: Option<(&'a str, &'a str)>,
    /// Whether more headers follow.
    more: bool,
}

/// A value between double quotes: as JSON, TOML, YAML, JavaScript, nginx, Apache and Caddy read them alike.
fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

impl Values<'_> {
    fn get(&self, name: &str) -> Option<String> {
        let site = self.site;
        let relative = |name: &str| {
            if name == site.zone { "@" } else { name.strip_suffix(&site.zone).map_or(name, |r| r.trim_end_matches('.')) }.to_owned()
        };
        Some(match (name, self.want) {
            ("provider", _) => self.provider.to_owned(),
            ("zone", _) => site.zone.clone(),
            ("domain", _) => site.domain.clone(),
            ("host", _) => site.host.clone(),
            ("to", _) => site.to.clone(),
            ("from", _) => site.from.clone(),
            ("to_pattern", _) => site.to.replace('.', "\\."),
            ("from_pattern", _) => site.from.replace('.', "\\."),
            ("direction", _) => if site.to.starts_with("www.") { "root to WWW" } else { "WWW to root" }.to_owned(),
            ("path", _) => self.path.to_owned(),
            ("stem", _) => self.path.trim_end_matches('/').to_owned(),
            ("type", Want::Record { rtype, .. }) => rtype.clone(),
            ("name", Want::Record { name, .. }) => name.clone(),
            ("relative", Want::Record { name, .. }) => relative(name),
            ("cookie", Want::Cookie(name)) => name.clone(),
            ("cookie", _) => "session".to_owned(),
            ("names", Want::Hosts(hosts)) => hosts.join(" "),
            ("names", _) => site.host.clone(),
            ("paths_pattern", Want::Paths(paths)) => {
                paths.iter().map(|p| p.replace('.', "\\.").replace('+', "\\+")).collect::<Vec<_>>().join("|")
            }
            ("paths_pattern", _) => "/backup\\.zip".to_owned(),
            ("options", Want::Hosts(hosts)) => hosts.iter().map(|h| format!("-d {h}")).collect::<Vec<_>>().join(" "),
            ("options", _) => format!("-d {}", site.host),
            ("header", _) => self.header?.0.to_owned(),
            ("header_lower", _) => self.header?.0.to_ascii_lowercase(),
            ("header_value", _) => self.header?.1.to_owned(),
            ("quoted", _) => quoted(self.header?.1),
            ("escaped", _) => quoted(self.header?.1).trim_matches('"').to_owned(),
            (",", _) => if self.more { "," } else { "" }.to_owned(),
            _ => return None,
        })
    }
    /// One pass, so that what was filled in is never read as a name again.
    fn fill(&self, text: &str) -> String {
        let (mut out, mut rest) = (String::new(), text);
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            match after.split_once('}').and_then(|(name, tail)| Some((self.get(name)?, tail))) {
                Some((value, tail)) => {
                    out.push_str(&value);
                    rest = tail;
                }
                None => {
                    out.push('{');
                    rest = after;
                }
            }
        }
        out + rest
    }
}

/// A tag for the head of a page that says what these headers would, as far as a page may say it: a policy without
/// what browsers ignore there (CSP level 3 section 3.3), and the referrer's policy (HTML section 4.2.5.1). Nothing else may.
fn in_head(headers: &[(String, String)]) -> Vec<String> {
    let attribute = |v: &str| v.replace('&', "&amp;").replace('"', "&quot;");
    let tag = |(name, value): &(String, String)| match name.to_ascii_lowercase().as_str() {
        "content-security-policy" => {
            let ignored = ["frame-ancestors", "report-uri", "sandbox"];
            let kept: Vec<&str> = value
                .split(';')
                .map(str::trim)
                .filter(|d| {
                    !d.is_empty() && !ignored.iter().any(|i| d.split_ascii_whitespace().next().is_some_and(|n| n.eq_ignore_ascii_case(i)))
                })
                .collect();
            (!kept.is_empty()).then(|| format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">", attribute(&kept.join("; "))))
        }
        "referrer-policy" => Some(format!("<meta name=\"referrer\" content=\"{}\">", attribute(value))),
        _ => None,
    };
    headers.iter().filter_map(tag).collect()
}

/// The lines of a block that are told here, each for every header where it says so.
fn lines(told: &[Told], v: &Values, headers: &[(String, String)]) -> Vec<String> {
    let scoped = v.path != "/";
    let mut out = vec![];
    let mut rest = told;
    while let Some(first) = rest.first() {
        let group = rest.iter().take_while(|t| t.when.each == first.when.each).count();
        let (these, later) = rest.split_at(group);
        rest = later;
        let shown = these.iter().filter(|t| {
            t.when.scoped.is_none_or(|s| s == scoped)
                && t.when.header.is_none_or(|h| headers.iter().any(|(n, _)| n.eq_ignore_ascii_case(h)))
        });
        let one = headers.first().map(|(n, x)| (n.as_str(), x.as_str()));
        if first.when.each {
            for (i, (name, value)) in headers.iter().enumerate() {
                let v = Values { header: Some((name, value)), more: i + 1 < headers.len(), ..*v };
                out.extend(shown.clone().map(|t| v.fill(t.text)));
            }
        } else {
            let v = Values { header: one, ..*v };
            out.extend(shown.map(|t| v.fill(t.text)));
        }
    }
    out
}

/// The block with what was computed.
pub(super) fn render(t: &Template, site: &Site, wants: &[Want], used: bool) -> Guide {
    let fitting: Vec<&Want> = wants.iter().filter(|w| w.fits(t.kind)).collect();
    let fitting = if fitting.is_empty() { vec![&Want::Plain] } else { fitting };
    let mut guide = Guide {
        provider: t.provider.to_owned(),
        layer: t.layer,
        used,
        steps: vec![],
        paste: vec![],
        undo: String::new(),
        risk: None,
        minutes: t.minutes,
    };
    for want in fitting {
        let (label, headers) = match want {
            Want::Headers { label, headers, .. } => (label.as_deref(), headers.as_slice()),
            _ => (None, [].as_slice()),
        };
        let path = match want {
            _ if t.kind == Kind::Cache => &site.assets,
            Want::Headers { api: true, .. } => &site.api,
            _ => "/",
        };
        let v = Values { site, provider: t.provider, want, path, header: None, more: false };
        for step in lines(&t.steps, &v, headers) {
            if !guide.steps.contains(&step) {
                guide.steps.push(step);
            }
        }
        if let Want::Record { rtype, value, .. } = want {
            guide.paste.push((v.fill(&format!("{rtype} · {{relative}}")), value.clone()));
        }
        let snippet = lines(&t.snippet, &v, headers);
        if !snippet.is_empty() {
            let place = lines(&t.places, &v, headers).into_iter().next().unwrap_or_else(|| t.provider.to_owned());
            let place = label.map_or_else(|| place.clone(), |l| format!("{place} ({l})"));
            let paste = (place, snippet.join("\n"));
            if !guide.paste.contains(&paste) {
                guide.paste.push(paste);
            }
        }
        if let Some(head) = t.head {
            let tags = in_head(headers);
            if !tags.is_empty() {
                guide.paste.push((format!("instead, in the page itself: {}", v.fill(head)), tags.join("\n")));
            }
        }
        let first = Values { header: headers.first().map(|(n, x)| (n.as_str(), x.as_str())), ..v };
        guide.undo = first.fill(t.undo);
        guide.risk = t.risk.map(|r| first.fill(r));
    }
    guide
}

//! What shows that a response is not the product: challenges, providers' pages for unknown names, parking, default pages,
//! locks and errors. Signatures are data (`data/dead_ends.tsv`); each row names its source.

use crate::evidence::outside::http::Response;
use std::sync::LazyLock;

/// What a page is instead of the product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeadEnd {
    /// A bot challenge or a firewall's refusal of our scanner.
    Challenge,
    /// A provider's page for a name that it does not know.
    Unclaimed,
    /// Parking of a registrar or a dealer's offer.
    Parked,
    /// The page that a server shows before anything is set up.
    Default,
    /// A sign-in before the whole site.
    Locked,
    /// A provider's error page.
    Error,
    /// A service where people sign in.
    SignIn,
}

/// One signature; every condition that it names must hold.
#[derive(Debug)]
pub struct Signature {
    /// What it shows.
    pub kind: DeadEnd,
    /// Whose page it is; for errors with what it means after a colon.
    pub who: &'static str,
    /// Statuses, or none for any; `5xx` is 500.
    statuses: Vec<u16>,
    /// End of the host at which a visitor arrives.
    host: Option<&'static str>,
    /// Name and part of the value, in lower case.
    header: Option<(&'static str, String)>,
    /// What the page says.
    texts: Vec<Text>,
    /// Most bytes that the page may have: real pages mention or load the same things.
    most: Option<u64>,
}

/// One condition on what a page says; texts are in lower case. An article quotes what it likes, and so most signs
/// need a place that an article does not give them.
#[derive(Debug)]
enum Text {
    /// Anywhere.
    Has(String),
    /// Nowhere.
    Lacks(String),
    /// The whole title.
    Title(String),
    /// The whole first heading.
    Heading(String),
    /// All the words between two tags.
    Line(String),
    /// The whole body.
    Body(String),
    /// The page asks for nothing but the test.
    Wall,
}

fn text(cell: &str) -> Text {
    let cell = cell.to_lowercase();
    if cell == "{wall}" {
        return Text::Wall;
    }
    if let Some(t) = cell.strip_prefix('!') {
        return Text::Lacks(t.to_owned());
    }
    match cell.split_once(": ") {
        Some(("title", t)) => Text::Title(t.to_owned()),
        Some(("h1", t)) => Text::Heading(t.to_owned()),
        Some(("line", t)) => Text::Line(t.to_owned()),
        Some(("body", t)) => Text::Body(t.to_owned()),
        _ => Text::Has(cell),
    }
}

/// Whether a whole text is of this form: `*` stands for anything, `#` for a version.
fn like(form: &str, text: &str) -> bool {
    let mut rest = form.chars();
    match rest.next() {
        None => text.is_empty(),
        Some('*') => rest.as_str().is_empty() || text.char_indices().any(|(i, _)| text.get(i..).is_some_and(|t| like(rest.as_str(), t))),
        Some('#') => {
            let version = text.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
            text.starts_with(|c: char| c.is_ascii_digit()) && like(rest.as_str(), version)
        }
        Some(c) => text.strip_prefix(c).is_some_and(|t| like(rest.as_str(), t)),
    }
}

/// A page in lower case, with entities read that providers write where others write signs. Tags stay tags.
fn readable(html: &str) -> String {
    let html = html.to_lowercase().replace('\u{2019}', "'");
    let mut out = String::with_capacity(html.len());
    let mut rest = html.as_str();
    while let Some(at) = rest.find('&') {
        let (before, tail) = rest.split_at(at);
        out.push_str(before);
        let name = tail.get(1..).and_then(|t| t.split_once(';')).map_or("", |(n, _)| n);
        let sign = match name {
            "amp" => Some('&'),
            "quot" => Some('"'),
            "apos" | "rsquo" | "lsquo" => Some('\''),
            "nbsp" => Some(' '),
            _ => name
                .strip_prefix('#')
                .filter(|n| n.len() < 8)
                .and_then(|n| n.strip_prefix('x').map_or_else(|| n.parse().ok(), |hex| u32::from_str_radix(hex, 16).ok()))
                .and_then(char::from_u32)
                .map(|c| if c == '\u{2019}' { '\'' } else { c })
                .filter(|c| !matches!(c, '<' | '>')),
        };
        out.extend(sign.or(Some('&')));
        rest = tail.get(sign.map_or(1, |_| name.len() + 2)..).unwrap_or("");
    }
    out + rest
}

/// The words of a text with tags, with single spaces.
fn words(html: &str) -> String {
    let text: Vec<&str> =
        html.split('<').enumerate().map(|(i, t)| if i == 0 { t } else { t.split_once('>').map_or("", |(_, t)| t) }).collect();
    text.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The words of the first element of this name.
fn element(html: &str, name: &str) -> String {
    let open = format!("<{name}");
    let begins = html.match_indices(&open).find(|(i, _)| html.get(i + open.len()..).is_some_and(|t| t.starts_with(['>', ' ', '\n', '\t'])));
    let inner = begins.and_then(|(i, _)| html.get(i..)?.split_once('>')).map_or("", |(_, t)| t);
    words(inner.split(&format!("</{name}")).next().unwrap_or(""))
}

/// Words of a page that tests its visitor.
const TESTS: &[&str] = &[
    "a robot",
    "a bot",
    "a human",
    "are human",
    "you human",
    "captcha",
    "verify",
    "verification",
    "checking your browser",
    "security check",
    "challenge",
    "just a moment",
    "one moment",
];

/// Whether a page is the test itself, and not the page of an application that only loads a CAPTCHA for its forms.
fn wall(html: &str) -> bool {
    let (title, heading) = (element(html, "title"), element(html, "h1"));
    let widget = ["g-recaptcha", "h-captcha", "cf-turnstile"].iter().any(|w| html.contains(w));
    let bare = !["<h1", "<h2", "<nav", "<header", "<footer"].iter().any(|t| html.contains(t));
    TESTS.iter().any(|w| title.contains(w) || heading.contains(w)) || widget && bare
}

static SIGNATURES: LazyLock<Vec<Signature>> =
    LazyLock::new(|| include_str!("../data/dead_ends.tsv").lines().filter(|l| !l.starts_with('#')).filter_map(signature).collect());

fn signature(line: &'static str) -> Option<Signature> {
    let cells: Vec<&'static str> = line.split('\t').collect();
    let &[kind, who, statuses, host, header, texts, most, _source] = cells.as_slice() else { return None };
    let some = |cell: &'static str| (cell != "-").then_some(cell);
    let kind = match kind {
        "challenge" => DeadEnd::Challenge,
        "unclaimed" => DeadEnd::Unclaimed,
        "parked" | "dealer" => DeadEnd::Parked,
        "default" => DeadEnd::Default,
        "locked" => DeadEnd::Locked,
        "signin" => DeadEnd::SignIn,
        _ => DeadEnd::Error,
    };
    Some(Signature {
        kind,
        who,
        statuses: some(statuses).map(|s| s.split(',').filter_map(|n| n.replace("xx", "00").parse().ok()).collect()).unwrap_or_default(),
        host: some(host),
        header: some(header).map(|h| h.split_once(": ").map_or((h, String::new()), |(n, v)| (n, v.to_ascii_lowercase()))),
        texts: some(texts).map(|t| t.split(" && ").map(text).collect()).unwrap_or_default(),
        most: some(most).and_then(|m| m.parse().ok()),
    })
}

fn within(host: &str, end: &str) -> bool {
    host.strip_suffix(end).is_some_and(|h| h.is_empty() || h.ends_with('.'))
}

impl Signature {
    fn fits(&self, host: &str, r: &Response, page: &str) -> bool {
        let status = |s: &u16| *s == r.status || (*s == 500 && r.status >= 500);
        (self.statuses.is_empty() || self.statuses.iter().any(status))
            && self.host.is_none_or(|end| within(host, end))
            && self.header.as_ref().is_none_or(|(name, part)| r.all(name).any(|v| v.to_ascii_lowercase().contains(part)))
            && self.most.is_none_or(|most| r.body.as_ref().is_some_and(|b| b.size <= most))
            && self.texts.iter().all(|t| t.fits(host, page))
    }
}

impl Text {
    fn fits(&self, host: &str, page: &str) -> bool {
        // Where the host is not known, a text that names it is not there.
        let own = if host.is_empty() { "{host}" } else { host.strip_prefix("www.").unwrap_or(host) };
        let form = |t: &str| t.replace("{host}", own);
        match self {
            Text::Has(t) => page.contains(&form(t)),
            Text::Lacks(t) => !page.contains(t),
            Text::Title(t) => like(&form(t), &element(page, "title")),
            Text::Heading(t) => like(&form(t), &element(page, "h1")),
            Text::Line(t) => {
                let t = form(t);
                page.split('<').any(|part| like(&t, words(&format!("<{part}")).trim_end_matches(['.', '!', ' '])))
            }
            Text::Body(t) => like(&form(t), page.trim()),
            Text::Wall => wall(page),
        }
    }
}

/// The first signature that fits a response of this host; challenges come first.
#[must_use]
pub fn recognise(host: &str, r: &Response) -> Option<&'static Signature> {
    let page = r.body.as_ref().map_or(String::new(), |b| readable(&b.extract));
    SIGNATURES.iter().find(|s| s.fits(host, r, &page))
}

/// Whether a response is a bot challenge or a firewall's refusal of our scanner, at whatever status. A bare 401, 403, 429
/// or 5xx is none: the page is locked, refused or down.
#[must_use]
pub fn is_challenge(r: &Response) -> bool {
    let page = r.body.as_ref().map_or(String::new(), |b| readable(&b.extract));
    SIGNATURES.iter().filter(|s| s.kind == DeadEnd::Challenge).any(|s| s.fits("", r, &page))
}

/// A dealer or parking service at whose host a visitor ends.
#[must_use]
pub fn dealer(host: &str) -> Option<&'static str> {
    SIGNATURES.iter().find(|s| s.kind == DeadEnd::Parked && s.host.is_some_and(|end| within(host, end))).map(|s| s.who)
}

#[cfg(test)]
#[path = "dead_ends_tests.rs"]
mod tests;

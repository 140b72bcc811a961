//! What search engines are told: robots.txt (RFC 9309) and the directives of `X-Robots-Tag` and
//! `<meta name="robots">`.

use crate::cookie::date;
use crate::time::parse_rfc3339;

/// A rule of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    allow: bool,
    pattern: Vec<u8>,
}

/// The groups of a robots.txt: agents in lower case, and their rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Robots(Vec<(Vec<String>, Vec<Rule>)>);

impl Robots {
    /// Parses a file (§2.2): keys in any case, comments and unknown lines ignored, agents that follow
    /// one another share the rules below them.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut groups: Vec<(Vec<String>, Vec<Rule>)> = vec![];
        let mut in_rules = true;
        for line in text.trim_start_matches('\u{feff}').split(['\n', '\r']) {
            let line = line.split('#').next().unwrap_or("");
            let Some((key, value)) = line.split_once(':').map(|(k, v)| (k.trim().to_ascii_lowercase(), v.trim())) else { continue };
            match key.as_str() {
                "user-agent" => {
                    if in_rules {
                        groups.push((vec![], vec![]));
                        in_rules = false;
                    }
                    if let Some((agents, _)) = groups.last_mut() {
                        agents.push(product(value));
                    }
                }
                "allow" | "disallow" => {
                    in_rules = true;
                    // Rules before any agent belong to nobody; an empty path matches nothing.
                    if let Some((_, rules)) = groups.last_mut().filter(|_| value.starts_with(['/', '*'])) {
                        rules.push(Rule { allow: key == "allow", pattern: normal(value.as_bytes()) });
                    }
                }
                _ => {}
            }
        }
        Self(groups)
    }

    /// Whether a crawler of this name may fetch a path (§2.2.1, §2.2.2): the groups of its name, or
    /// those of `*`; of the rules that match, the longest; of two as long, the one that allows.
    #[must_use]
    pub fn allows(&self, crawler: &str, path: &str) -> bool {
        let crawler = crawler.to_ascii_lowercase();
        let of = |name: &str| self.0.iter().filter(|(agents, _)| agents.iter().any(|a| a == name)).collect::<Vec<_>>();
        let named = of(&crawler);
        let groups = if named.is_empty() { of("*") } else { named };
        let path = normal(path.as_bytes());
        groups
            .iter()
            .flat_map(|(_, rules)| rules)
            .filter(|r| matches(&r.pattern, &path))
            .max_by_key(|r| (r.pattern.len(), r.allow))
            .is_none_or(|r| r.allow)
    }
}

/// The product token: letters, minus and underline; what follows, such as a version, is ignored.
fn product(agent: &str) -> String {
    if agent.starts_with('*') {
        return "*".into();
    }
    agent.chars().take_while(|c| c.is_ascii_alphabetic() || matches!(c, '-' | '_')).collect::<String>().to_ascii_lowercase()
}

/// Percent-encoding in capitals, and what lies outside of ASCII encoded (§2.2.2).
fn normal(path: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(path.len());
    let mut i = 0;
    while let Some(&b) = path.get(i) {
        match path.get(i..i + 3) {
            Some([b'%', x, y]) if x.is_ascii_hexdigit() && y.is_ascii_hexdigit() => {
                out.extend([b'%', x.to_ascii_uppercase(), y.to_ascii_uppercase()]);
                i += 3;
                continue;
            }
            _ if !b.is_ascii() => out.extend(format!("%{b:02X}").bytes()),
            _ => out.push(b),
        }
        i += 1;
    }
    out
}

/// §2.2.3: `*` is any run of characters, a `$` at the end is the end; otherwise a beginning matches.
fn matches(pattern: &[u8], path: &[u8]) -> bool {
    let (pattern, to_end) = pattern.strip_suffix(b"$").map_or((pattern, false), |p| (p, true));
    let mut pieces = pattern.split(|b| *b == b'*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = path.strip_prefix(first) else { return false };
    let pieces: Vec<&[u8]> = pieces.collect();
    let Some((last, middle)) = pieces.split_last() else { return !to_end || rest.is_empty() };
    for piece in middle {
        let Some(at) = find(rest, piece) else { return false };
        rest = rest.get(at + piece.len()..).unwrap_or_default();
    }
    if to_end { rest.ends_with(last) } else { find(rest, last).is_some() }
}

fn find(text: &[u8], piece: &[u8]) -> Option<usize> {
    if piece.is_empty() { Some(0) } else { text.windows(piece.len()).position(|w| w == piece) }
}

/// Directives that carry a value, so that what stands before the colon is no crawler.
const VALUED: [&str; 4] = ["max-snippet", "max-image-preview", "max-video-preview", "unavailable_after"];

/// Whether a list of directives keeps a page out of an engine's results: `noindex`, or `none`, said to
/// everybody or to this crawler. In a header a crawler's name and a colon speak to that one, until
/// the next name (Google: robots meta tag specifications).
#[must_use]
pub fn hides(directives: &str, crawler: &str) -> bool {
    let mut meant = true;
    directives.split(',').any(|part| {
        let mut part = part.trim().to_ascii_lowercase();
        if let Some((name, rest)) = part.clone().split_once(':') {
            if VALUED.contains(&name.trim()) {
                return false;
            }
            meant = matches!(name.trim(), "*" | "robots") || name.trim() == crawler;
            part = rest.trim().to_owned();
        }
        meant && part.split_whitespace().any(|word| matches!(word, "noindex" | "none"))
    })
}

/// Whether a list of directives named a time after which everybody, or this crawler, shows the page no more
/// (`unavailable_after`), and that time has come. Google reads RFC 822, RFC 850 and ISO 8601.
#[must_use]
pub fn ended(directives: &str, crawler: &str, now: i64) -> bool {
    let lower = directives.to_ascii_lowercase();
    let Some((before, after)) = lower.split_once("unavailable_after") else { return false };
    let before = before.trim();
    let meant = before.is_empty()
        || before.ends_with(',')
        || [crawler, "robots", "*"].iter().any(|n| before.strip_suffix(':').is_some_and(|b| b.trim_end().ends_with(n)));
    let when = after.trim_start().trim_start_matches(':').trim();
    let day = || when.get(..10).and_then(parse_rfc3339);
    let end = date(when).or_else(|| date(&format!("{when} 00:00:00"))).or_else(|| parse_rfc3339(when)).or_else(day);
    meant && end.is_some_and(|end| end <= now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_fetch_what() {
        for (text, crawler, path, allowed) in [
            ("User-agent: *\nDisallow: /admin", "googlebot", "/", true),
            ("User-agent: *\nDisallow: /admin", "googlebot", "/admin/x", false),
            ("User-agent: *\nDisallow: /", "googlebot", "/", false),
            ("\u{feff}User-agent: *\rDisallow: /", "googlebot", "/", false),
            ("User-agent: *\nDisallow: /\nAllow: /en", "googlebot", "/en/", true),
            ("User-agent: *\nDisallow: /\n\nUser-agent: Googlebot\nDisallow:", "googlebot", "/", true),
            ("User-agent: *\nDisallow: /\n\nUser-agent: Googlebot\nDisallow:", "bingbot", "/", false),
            ("User-agent: Googlebot-News\nDisallow: /", "googlebot", "/", true),
            ("User-agent: Googlebot/2.1\nDisallow: /", "googlebot", "/", false),
            ("User-agent: googlebot\nDisallow: /a\n\nUser-agent: GoogleBot\nDisallow: /b", "googlebot", "/b", false),
            ("User-agent: a\nSitemap: /x\nUser-agent: *\nCrawl-delay: 3\nDisallow: /", "googlebot", "/", false),
            ("Disallow: /", "googlebot", "/", true),
            ("User-agent: *\nDisallow: /*.gif$", "googlebot", "/a.gif", false),
            ("User-agent: *\nDisallow: /*.gif$", "googlebot", "/a.gif?x", true),
            ("User-agent: *\nDisallow: /a*b*c", "googlebot", "/axxbyyczz", false),
            ("User-agent: *\nDisallow: /foo%2fbar", "googlebot", "/foo%2Fbar", false),
            ("User-agent: *\nDisallow: /ä", "googlebot", "/%C3%A4", false),
            ("User-agent: *\nAllow: /p\nDisallow: /", "googlebot", "/page", true),
            ("User-agent: *\nDisallow: /page\nAllow: /page", "googlebot", "/page", true),
            ("User-agent: *\nDisallow:", "googlebot", "/", true),
            ("User-agent: *\nDisallow: /$", "googlebot", "/x", true),
            ("<html>User-agent: *</html>", "googlebot", "/", true),
        ] {
            assert_eq!(Robots::parse(text).allows(crawler, path), allowed, "{text:?} {crawler} {path}");
        }
    }

    #[test]
    fn what_hides_a_page() {
        for (value, hidden) in [
            ("noindex", true),
            ("NOINDEX, nofollow", true),
            ("none", true),
            ("noindex nofollow", true),
            ("max-image-preview:none", false),
            ("max-image-preview: none, max-snippet:-1", false),
            ("index, follow, max-image-preview:large", false),
            ("googlebot: noindex", true),
            ("otherbot: noindex, nofollow", false),
            ("otherbot: noindex, googlebot: nofollow", false),
            ("otherbot: noindex, googlebot: noindex", true),
            ("unavailable_after: 25 Jun 2030 15:00:00 PST", false),
            ("nofollow, noarchive, nosnippet", false),
            ("noindexed", false),
            ("", false),
        ] {
            assert_eq!(hides(value, "googlebot"), hidden, "{value}");
        }
        for (value, past) in [
            ("unavailable_after: 25 Jun 2020 15:00:00 PST", true),
            ("noarchive, unavailable_after: Thursday, 25-Jun-20 15:00:00 EST", true),
            ("googlebot: unavailable_after: 25 Jun 2020", true),
            ("otherbot: unavailable_after: 25 Jun 2020", false),
            ("unavailable_after: 2020-06-25", true),
            ("unavailable_after: 2020-06-25T15:00:00+01:00", true),
            ("unavailable_after: 25 Jun 2050 15:00:00 PST", false),
            ("unavailable_after: 2050-06-25", false),
            ("unavailable_after: soon", false),
            ("noindex", false),
        ] {
            assert_eq!(ended(value, "googlebot", crate::fixture::NOW), past, "{value}");
        }
    }
}

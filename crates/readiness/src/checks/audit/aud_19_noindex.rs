//! AUD-19: search engines may show the site.

use crate::check::{Check, Context, Fix, Found, Paste, Reference};
use crate::checks::help::{front_page, headers_seen, note};
use crate::evidence::{Collector, Purpose};
use crate::words::{Area, Class, Impact, Stage};

/// AUD-19.
pub static CHECK: Check = Check {
    id: "AUD-19",
    name: "production-accidentally-noindex",
    title: "Production accidentally noindex",
    stage: Stage::Audit,
    area: Area::Dns,
    class: Class::Outside,
    impact: Impact::Medium,
    resting_impact: Impact::Medium,
    needs: &[Collector::Http],
    why: "Nobody finds the product by searching for its name, for as long as this stays.",
    criterion: "Fails when the front page says noindex by header or meta, or robots.txt shuts everybody out; does not apply to internal products.",
    minutes: 5,
    references: &[
        Reference { title: "RFC 9309", url: "https://www.rfc-editor.org/rfc/rfc9309" },
        Reference { title: "Google: noindex", url: "https://developers.google.com/search/docs/crawling-indexing/block-indexing" },
    ],
    rule,
};

/// Whether robots.txt keeps every crawler away from `/` (RFC 9309 section 2.2): the group of `*`,
/// the longest rule that fits, and of two as long the one that allows.
pub(crate) fn shuts_out(robots: &str) -> bool {
    let mut agents: Vec<String> = vec![];
    let mut in_rules = false;
    let (mut allow, mut disallow) = (0usize, 0usize);
    let mut seen_any = false;
    for line in robots.lines() {
        let line = line.split('#').next().unwrap_or("").trim();
        let Some((key, value)) = line.split_once(':') else { continue };
        let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
        match key.as_str() {
            "user-agent" => {
                if in_rules {
                    agents.clear();
                    in_rules = false;
                }
                agents.push(value.to_ascii_lowercase());
            }
            "allow" | "disallow" => {
                in_rules = true;
                if agents.iter().any(|a| a == "*") && matches!(value, "/" | "/*" | "*" | "/$") {
                    seen_any = true;
                    let length = value.trim_end_matches(['*', '$']).len().max(1) + usize::from(value.ends_with('$'));
                    if key == "allow" { allow = allow.max(length) } else { disallow = disallow.max(length) }
                }
            }
            _ => {}
        }
    }
    seen_any && disallow > allow
}

fn rule(c: &Context) -> Found {
    let e = c.evidence;
    if e.target.internal {
        return Found::na("The product is an internal one that search engines should not show.");
    }
    let (f, url, r) = match front_page(e) {
        Ok(x) => x,
        Err(found) => return found,
    };
    let facts = e.pages.iter().find(|p| p.url == url);
    let says = |v: &str| v.to_ascii_lowercase().split([',', ' ', ':']).any(|w| matches!(w.trim(), "noindex" | "none"));
    let header = r.all("x-robots-tag").find(|v| {
        // “otherbot: noindex” speaks to that one only.
        let agent = v.split_once(':').map(|(a, _)| a.trim().to_ascii_lowercase());
        agent.is_none_or(|a| a == "googlebot" || a.contains("noindex") || a.contains(',')) && says(v)
    });
    let meta = facts.and_then(|p| ["robots", "googlebot"].iter().find_map(|n| p.meta(n).filter(|v| says(v))));
    let robots = e
        .fetches_for(Purpose::Robots)
        .find_map(|f| f.last().filter(|(_, r)| r.status == 200 && r.media_type() != "text/html").map(|(u, r)| (f, u, r)));
    let file = robots.as_ref().and_then(|(_, _, r)| r.body.as_ref()).map_or("", |b| b.extract.as_str());
    let fix = |place: &str, wrong: &str| {
        Fix::new("Let search engines in", CHECK.minutes)
            .step("Remove what keeps them out. It usually comes from a setting for previews that reached production: look for an environment variable or a plugin's switch.")
            .paste(Paste { place: place.to_owned(), lines: vec![crate::check::Line::Remove(wrong.to_owned())] })
            .undo("Put it back.")
            .risk("Make sure first that previews and the application's inner pages keep theirs.")
    };
    if let Some(v) = header {
        return Found::fail(format!("{url} tells search engines to leave it out (X-Robots-Tag: {v})."))
            .seen([headers_seen(f, r, &["x-robots-tag"])])
            .fix(fix("response header", &format!("X-Robots-Tag: {v}")));
    }
    if let Some(v) = meta {
        return Found::fail(format!("{url} tells search engines to leave it out (meta robots: {v})."))
            .seen([note(url, format!("<meta name=\"robots\" content=\"{v}\">"), f.at())])
            .fix(fix("head of the page", &format!("<meta name=\"robots\" content=\"{v}\">")));
    }
    if shuts_out(file) {
        let (f, u, _) = robots.map_or((f, url, r), |x| x);
        return Found::fail("robots.txt shuts every search engine out of the whole site.")
            .seen([note(u, file.chars().take(600).collect::<String>(), f.at())])
            .fix(fix("robots.txt", "Disallow: /"));
    }
    Found::pass("Search engines may show the front page.").seen([headers_seen(f, r, &["x-robots-tag"])])
}

#[test]
fn table() {
    use crate::fixture::{Fixture, set};
    use crate::words::Outcome;
    const P: &str = "https://acme.example/";
    fn robots(f: &mut Fixture, text: &str) {
        let hop = f.answer("https://acme.example/robots.txt", 200, &[("content-type", "text/plain")], text);
        f.fetch(Purpose::Robots, vec![hop]);
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("nothing in the way", |_| {}, Outcome::Pass),
            (
                "X-Robots-Tag",
                |f| {
                    f.page(P, |r| set(r, "x-robots-tag", "noindex, nofollow"));
                },
                Outcome::Fail,
            ),
            (
                "none means noindex",
                |f| {
                    f.page(P, |r| set(r, "x-robots-tag", "none"));
                },
                Outcome::Fail,
            ),
            (
                "for another crawler only",
                |f| {
                    f.page(P, |r| set(r, "x-robots-tag", "otherbot: noindex"));
                },
                Outcome::Pass,
            ),
            ("meta", |f| f.evidence.pages[0].metas.push(("robots".into(), "NOINDEX".into())), Outcome::Fail),
            ("nofollow alone", |f| f.evidence.pages[0].metas.push(("robots".into(), "nofollow".into())), Outcome::Pass),
            ("Disallow: / for all (RFC 9309 §2.2.2)", |f| robots(f, "User-agent: *\nDisallow: /\n"), Outcome::Fail),
            ("for one crawler", |f| robots(f, "User-agent: GPTBot\nDisallow: /\n\nUser-agent: *\nDisallow: /admin\n"), Outcome::Pass),
            ("several agents share a group (§2.2.1)", |f| robots(f, "User-agent: GPTBot\nUser-agent: *\nDisallow: /\n"), Outcome::Fail),
            ("Allow as long as Disallow wins (§2.2.2)", |f| robots(f, "User-agent: *\nDisallow: /\nAllow: /\n"), Outcome::Pass),
            ("the front page alone is allowed", |f| robots(f, "User-agent: *\nDisallow: /\nAllow: /$\n"), Outcome::Pass),
            ("an empty Disallow allows", |f| robots(f, "User-agent: *\nDisallow:\n"), Outcome::Pass),
            (
                "the app's page in place of robots.txt",
                |f| {
                    let hop =
                        f.answer("https://acme.example/robots.txt", 200, &[("content-type", "text/html")], "User-agent: *\nDisallow: /");
                    f.fetch(Purpose::Robots, vec![hop]);
                },
                Outcome::Pass,
            ),
            (
                "an internal product",
                |f| {
                    f.evidence.target.internal = true;
                    f.page(P, |r| set(r, "x-robots-tag", "noindex"));
                },
                Outcome::Na,
            ),
            ("no page", |f| f.evidence.fetches.clear(), Outcome::Unknown),
        ],
    );
}

//! TLS-10: pages over HTTPS load nothing over HTTP.

use crate::check::{Check, Context, Fix, Found, Line, Part, Paste, Reference, Seen, join};
use crate::checks::help::{front_page, note};
use crate::csp;
use crate::evidence::{Collector, Fetch, Outside, PageFacts, RefKind, Reference as Ref, Source, host_of};
use crate::taxonomy::{Area, Impact, Outcome, Stage};

/// TLS-10.
pub static CHECK: Check = Check {
    id: "TLS-10",
    name: "no-mixed-content",
    title: "No mixed content",
    stage: Stage::Edge,
    area: Area::Ssl,
    reads: &[Source::Outside],
    impact: Impact::High,
    resting_impact: Impact::High,
    needs: &[Collector::Http],
    why: "Browsers block the script or the form, so a button does nothing; or they show your checkout as not secure.",
    criterion: "HTML and CSS of the pages seen: fails on what browsers block over http:// (scripts, styles, fonts, frames, srcset) and on forms, warns on images, audio and video that they upgrade; upgrade-insecure-requests counts.",
    minutes: 15,
    references: &[Reference { title: "W3C Mixed Content", url: "https://www.w3.org/TR/mixed-content/" }],
    rule,
};

fn upgrades(e: &Outside, p: &PageFacts) -> bool {
    let header = e.fetches.iter().filter_map(|f| f.last()).find(|(u, _)| *u == p.url).is_some_and(|(_, r)| {
        r.all("content-security-policy").any(|v| csp::parse(v).iter().any(|policy| policy.has("upgrade-insecure-requests")))
    });
    header
        || p.metas
            .iter()
            .any(|(n, v)| n == "content-security-policy" && csp::parse(v).iter().any(|policy| policy.has("upgrade-insecure-requests")))
}

fn plain(r: &Ref) -> bool {
    // A page on one's own machine is trustworthy to browsers.
    let host = host_of(&r.url);
    let here = host == "localhost" || host.ends_with(".localhost") || host.starts_with("127.") || host == "[::1]";
    (r.url.starts_with("http://") || r.url.starts_with("ws://")) && !here
}

/// Whether browsers ask by HTTPS instead (Mixed Content §3.1): an image, audio or video that the page
/// names itself. What they choose from `srcset` or a `picture`, and what stands at a bare address, is
/// blocked with all the rest (§3.2).
fn upgradeable(r: &Ref) -> bool {
    let host = host_of(&r.url);
    let bare = host.starts_with('[') || host.parse::<std::net::Ipv4Addr>().is_ok();
    matches!(r.kind, RefKind::Media | RefKind::Css) && !bare
}

fn rule(c: &Context) -> Found {
    let e = c.outside();
    let pages: Vec<&PageFacts> = e.pages.iter().filter(|p| p.url.starts_with("https://")).collect();
    if pages.is_empty() {
        return match front_page(e) {
            Err(found) => found,
            Ok(_) => Found::na("No HTML page was seen over HTTPS."),
        };
    }
    let mut parts = vec![];
    let mut seen: Vec<Seen> = vec![];
    let mut lines = vec![];
    for p in pages {
        let bad: Vec<&Ref> = p.refs.iter().filter(|r| plain(r) && r.kind != RefKind::Link).collect();
        let active = bad.iter().find(|r| !upgradeable(r));
        if bad.is_empty() || upgrades(e, p) {
            parts.push(Part::new(&p.url, Outcome::Pass, ""));
            continue;
        }
        parts.push(match active {
            Some(r) if r.kind == RefKind::Form => {
                Part::new(&p.url, Outcome::Fail, format!("{} sends a form to {} without encryption.", p.url, r.url))
            }
            Some(r) => Part::new(&p.url, Outcome::Fail, format!("{} loads {} over HTTP, which browsers block.", p.url, r.url)),
            None => {
                let first = bad.first().map_or("", |r| r.url.as_str());
                let text = format!("{} names {first}; browsers ask for it by https:// instead, and show nothing if that fails.", p.url);
                Part::new(&p.url, Outcome::Warn, text)
            }
        });
        seen.push(note(p.url.clone(), bad.iter().take(12).map(|r| format!("{:?} {}", r.kind, r.url)).collect::<Vec<_>>().join("\n"), p.at));
        for r in bad.iter().take(8) {
            let secure = r.url.replacen("http://", "https://", 1).replacen("ws://", "wss://", 1);
            lines.extend([Line::Remove(r.url.clone()), Line::Add(secure)]);
        }
    }
    let found = join(CHECK.impact, &parts, "Everything on the pages seen is loaded over HTTPS.").seen(seen);
    if !found.outcome.is_open() {
        return found;
    }
    // A page has one policy to keep: the directive comes to it, not in its place.
    let open = parts.iter().find(|p| p.outcome.is_open()).map_or("", |p| p.target.as_str());
    let policy = e.fetches.iter().filter_map(Fetch::last).find(|(u, _)| *u == open).and_then(|(_, r)| r.header("content-security-policy"));
    let added = policy.map_or_else(String::new, |p| format!("{}; ", p.trim().trim_end_matches(';'))) + "upgrade-insecure-requests";
    let header = policy
        .map(|p| Line::Remove(format!("Content-Security-Policy: {p}")))
        .into_iter()
        .chain([Line::Add(format!("Content-Security-Policy: {added}"))])
        .collect();
    found.fix(
        Fix::new("Load everything over HTTPS", CHECK.minutes)
            .step("Change the addresses in your templates and styles.")
            .step("For what others wrote, such as old posts, send the header below: browsers then ask for https:// by themselves.")
            .paste(Paste { place: "templates and styles".into(), lines })
            .paste(Paste { place: "response header".into(), lines: header })
            .undo("Put the former addresses back, and remove the header.")
            .risk("A host that has no HTTPS stays broken; copy the file to your own site then."),
    )
}

#[test]
fn table() {
    use crate::fixture::{Fixture, set};
    fn add(f: &mut Fixture, kind: RefKind, url: &str) {
        f.evidence.pages[0].refs.push(Ref { kind, url: url.into(), integrity: None });
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("everything over HTTPS", |_| {}, Outcome::Pass),
            ("a script (W3C Mixed Content §3.2 blockable)", |f| add(f, RefKind::Script, "http://cdn.example/x.js"), Outcome::Fail),
            ("a style", |f| add(f, RefKind::Style, "http://cdn.example/x.css"), Outcome::Fail),
            ("a frame", |f| add(f, RefKind::Frame, "http://v.example/"), Outcome::Fail),
            ("a form", |f| add(f, RefKind::Form, "http://acme.example/in"), Outcome::Fail),
            ("an image (§3.1 upgradeable)", |f| add(f, RefKind::Media, "http://i.example/x.png"), Outcome::Warn),
            ("an image of a srcset (§3.2, initiator imageset)", |f| add(f, RefKind::ImageSet, "http://i.example/x.png"), Outcome::Fail),
            ("an image at a bare address", |f| add(f, RefKind::Media, "http://192.0.2.7/x.png"), Outcome::Fail),
            ("a font", |f| add(f, RefKind::Font, "http://i.example/x.woff2"), Outcome::Fail),
            ("a text track", |f| add(f, RefKind::Other, "http://i.example/x.vtt"), Outcome::Fail),
            ("a background in CSS", |f| add(f, RefKind::Css, "http://i.example/x.png"), Outcome::Warn),
            ("a link to read is no content", |f| add(f, RefKind::Link, "http://example.org/"), Outcome::Pass),
            (
                "upgrade-insecure-requests",
                |f| {
                    add(f, RefKind::Script, "http://cdn.example/x.js");
                    f.page("https://acme.example/", |r| set(r, "content-security-policy", "default-src 'self'; upgrade-insecure-requests"));
                },
                Outcome::Pass,
            ),
            (
                "the same by meta",
                |f| {
                    add(f, RefKind::Script, "http://cdn.example/x.js");
                    f.evidence.pages[0].metas.push(("content-security-policy".into(), "upgrade-insecure-requests".into()));
                },
                Outcome::Pass,
            ),
            (
                "report-only upgrades nothing",
                |f| {
                    add(f, RefKind::Script, "http://cdn.example/x.js");
                    f.page("https://acme.example/", |r| set(r, "content-security-policy-report-only", "upgrade-insecure-requests"));
                },
                Outcome::Fail,
            ),
            (
                "no page",
                |f| {
                    f.evidence.pages.clear();
                    f.evidence.fetches.clear();
                },
                Outcome::Unknown,
            ),
        ],
    );
}

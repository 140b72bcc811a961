//! SEC-14: scripts of others are the ones that were chosen.

use crate::check::{Check, Context, Fix, Found, Part, Paste, Reference, Seen, join};
use crate::checks::help::{front_page, note};
use crate::evidence::{Collector, RefKind, Source, host_of};
use crate::providers::ends_in;
use crate::taxonomy::{Area, Impact, Outcome, Stage};

/// SEC-14.
pub static CHECK: Check = Check {
    id: "SEC-14",
    name: "third-party-scripts-integrity",
    title: "Third-party scripts integrity",
    stage: Stage::Security,
    area: Area::Security,
    reads: &[Source::Outside],
    impact: Impact::Medium,
    resting_impact: Impact::Medium,
    needs: &[Collector::Http],
    why: "Whoever takes over the file at the other host runs code in your customers' browsers, on your checkout.",
    criterion: "Scripts and styles of other hosts: fails over plain HTTP or from a host known to have been taken over, warns when a file of a fixed version has no integrity hash.",
    minutes: 15,
    references: &[
        Reference { title: "W3C Subresource Integrity", url: "https://www.w3.org/TR/SRI/" },
        Reference { title: "MDN HTTP Observatory", url: "https://developer.mozilla.org/en-US/observatory/docs/tests_and_scoring" },
    ],
    rule,
};

/// Hosts that served malicious code after they changed hands (the polyfill.io case, June 2024).
const TAKEN_OVER: [&str; 9] = [
    "polyfill.io",
    "polyfill.com",
    "bootcss.com",
    "bootcdn.net",
    "staticfile.org",
    "staticfile.net",
    "unionadjs.com",
    "xhsbpza.com",
    "macoms.la",
];

/// Hosts that serve files of fixed versions, which a hash can pin.
const STATIC: [&str; 9] = [
    "cdn.jsdelivr.net",
    "cdnjs.cloudflare.com",
    "unpkg.com",
    "code.jquery.com",
    "maxcdn.bootstrapcdn.com",
    "stackpath.bootstrapcdn.com",
    "ajax.googleapis.com",
    "ajax.aspnetcdn.com",
    "esm.sh",
];

/// Whether the address names a version, so that the file does not change.
fn fixed(url: &str) -> bool {
    let path = url.split("://").nth(1).and_then(|r| r.split_once('/')).map_or("", |(_, p)| p);
    path.split(['/', '@', '-']).any(|part| {
        let numbers: Vec<&str> = part
            .trim_end_matches(".min.js")
            .trim_end_matches(".js")
            .trim_end_matches(".min.css")
            .trim_end_matches(".css")
            .split('.')
            .collect();
        numbers.len() >= 3 && numbers.iter().take(3).all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
    })
}

fn rule(c: &Context) -> Found {
    let e = c.outside();
    if e.pages.is_empty() {
        return match front_page(e) {
            Err(found) => found,
            Ok(_) => Found::na("No HTML page was seen."),
        };
    }
    let mut parts: Vec<Part> = vec![];
    let mut seen: Vec<Seen> = vec![];
    let mut tags = vec![];
    for p in &e.pages {
        for r in p.refs.iter().filter(|r| matches!(r.kind, RefKind::Script | RefKind::Style)) {
            let host = host_of(&r.url);
            if e.target.domain.covers(host) || host == e.target.domain.registrable() || parts.iter().any(|x| x.target == r.url) {
                continue;
            }
            let part = if ends_in(host, &TAKEN_OVER) {
                Part::new(&r.url, Outcome::Fail, format!("{} comes from {host}, which has served malicious code.", r.url))
            } else if r.url.starts_with("http://") && r.kind == RefKind::Script {
                Part::new(&r.url, Outcome::Fail, format!("{} is loaded without encryption.", r.url))
            } else if ends_in(host, &STATIC) && fixed(&r.url) && r.integrity.as_deref().is_none_or(|i| !i.contains("sha")) {
                let hash = "integrity=\"sha384-…\" crossorigin=\"anonymous\"";
                tags.push(match r.kind {
                    RefKind::Style => format!("<link rel=\"stylesheet\" href=\"{}\" {hash}>", r.url),
                    _ => format!("<script src=\"{}\" {hash}></script>", r.url),
                });
                Part::new(&r.url, Outcome::Warn, format!("{} has no integrity hash.", r.url))
            } else {
                Part::new(&r.url, Outcome::Pass, "")
            };
            if part.outcome.is_open() {
                seen.push(note(
                    p.url.clone(),
                    format!("{}{}", r.url, r.integrity.as_ref().map(|i| format!(" integrity={i}")).unwrap_or_default()),
                    p.at,
                ));
            }
            parts.push(part);
        }
    }
    if parts.is_empty() {
        return Found::pass("The pages load no script of another host.");
    }
    let found = join(CHECK.impact, &parts, format!("{} files of other hosts are loaded, safely.", parts.len())).seen(seen);
    if !found.outcome.is_open() {
        return found;
    }
    let mut fix = Fix::new("Pin or copy the files of other hosts", CHECK.minutes)
        .step("Best: copy the file to your own site, or install the package and let your build include it.")
        .step("Remove every file of a host that was taken over today; look what it was for, and use the original package.");
    if !tags.is_empty() {
        fix = fix
            .step("Where it stays, add its hash; srihash.org or the CDN's own page gives it.")
            .paste(Paste::add("tags with their hash", tags));
    }
    found
        .fix(fix.undo("Put the former tag back.").risk("With a hash, a changed file does not load at all; use it for fixed versions only."))
}

#[test]
fn table() {
    use crate::evidence::Reference as Ref;
    use crate::fixture::Fixture;
    fn script(f: &mut Fixture, url: &str, integrity: Option<&str>) {
        f.evidence.pages[0].refs.push(Ref { kind: RefKind::Script, url: url.into(), integrity: integrity.map(Into::into) });
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("own scripts", |_| {}, Outcome::Pass),
            (
                "a fixed version without a hash (Observatory −5)",
                |f| script(f, "https://cdn.jsdelivr.net/npm/vue@3.4.1/dist/vue.js", None),
                Outcome::Warn,
            ),
            ("with its hash", |f| script(f, "https://cdn.jsdelivr.net/npm/vue@3.4.1/dist/vue.js", Some("sha384-abc")), Outcome::Pass),
            ("a version that moves cannot be pinned", |f| script(f, "https://cdn.jsdelivr.net/npm/vue@3/dist/vue.js", None), Outcome::Pass),
            ("Stripe's script changes and must not be pinned", |f| script(f, "https://js.stripe.com/v3/", None), Outcome::Pass),
            ("plain HTTP (Observatory −50)", |f| script(f, "http://cdn.example.net/x.js", None), Outcome::Fail),
            ("polyfill.io (ZAP PolyfillCdnScript)", |f| script(f, "https://cdn.polyfill.io/v3/polyfill.min.js", None), Outcome::Fail),
            ("a name that only looks like it", |f| script(f, "https://notpolyfill.io/x.js", None), Outcome::Pass),
            ("a host of one's own domain", |f| script(f, "https://static.acme.example/1.2.3/x.js", None), Outcome::Pass),
            ("an empty hash protects nothing", |f| script(f, "https://code.jquery.com/jquery-3.7.1.min.js", Some("")), Outcome::Warn),
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
    let mut f = Fixture::good();
    let url = "https://cdn.jsdelivr.net/npm/bootstrap@5.3.3/dist/css/bootstrap.min.css";
    f.evidence.pages[0].refs.push(Ref { kind: RefKind::Style, url: url.into(), integrity: None });
    let paste = rule(&Context::of(&f.evidence, f.now)).fix.unwrap().paste.remove(0).value();
    assert!(paste.starts_with("<link rel=\"stylesheet\"") && !paste.contains("<script"), "{paste}");
    assert!(
        fixed("https://code.jquery.com/jquery-3.7.1.min.js")
            && !fixed("https://js.stripe.com/v3/")
            && fixed("https://cdnjs.cloudflare.com/ajax/libs/x/1.2.3/x.js")
    );
}

//! SEC-13: addresses with secrets in them are not told to other sites.

use crate::check::{Check, Context, Fix, Found, Part, Paste, Reference, Seen, join};
use crate::checks::help::{all_challenged, headers_seen, no_pages, pages};
use crate::dead_ends::is_challenge;
use crate::evidence::{Collector, Source};
use crate::taxonomy::{Area, Impact, Outcome, Stage};

/// SEC-13.
pub static CHECK: Check = Check {
    id: "SEC-13",
    name: "referrer-policy",
    title: "Referrer-Policy",
    stage: Stage::Security,
    area: Area::Security,
    reads: &[Source::Outside],
    impact: Impact::Low,
    resting_impact: Impact::Low,
    needs: &[Collector::Http],
    why: "The address of a reset page carries its token; with the wrong policy your analytics and every linked site get it too.",
    criterion: "Header and meta as browsers read them, the last known word counts: warns on unsafe-url and its like; without a policy browsers send only the origin to others, which passes.",
    minutes: 5,
    references: &[
        Reference { title: "W3C Referrer Policy", url: "https://www.w3.org/TR/referrer-policy/" },
        Reference { title: "MDN HTTP Observatory", url: "https://developer.mozilla.org/en-US/observatory/docs/tests_and_scoring" },
    ],
    rule,
};

const KNOWN: [&str; 8] = [
    "no-referrer",
    "no-referrer-when-downgrade",
    "same-origin",
    "origin",
    "strict-origin",
    "origin-when-cross-origin",
    "strict-origin-when-cross-origin",
    "unsafe-url",
];
/// Policies that tell another site more than the origin over HTTPS, or anything over HTTP.
const LOOSE: [&str; 4] = ["no-referrer-when-downgrade", "origin", "origin-when-cross-origin", "unsafe-url"];
/// Parts of an address whose pages carry tokens.
const TOKEN_PAGES: [&str; 6] = ["reset", "invite", "verify", "magic", "confirm", "token"];

fn rule(c: &Context) -> Found {
    let e = c.outside();
    let pages = pages(e);
    if pages.is_empty() {
        return Found::unknown(no_pages(e));
    }
    if all_challenged(&pages) {
        return Found::blocked();
    }
    let mut parts = vec![];
    let mut seen: Vec<Seen> = vec![];
    for (f, r) in pages.iter().filter(|(_, r)| !is_challenge(r)) {
        let Some((url, _)) = f.last() else { continue };
        // Unknown words are skipped, so that a list can end with a new one (§8.1). A meta comes after the header; it
        // holds one word, and older ones as well (HTML Standard §4.2.5.1).
        let words = r.all("referrer-policy").flat_map(|v| v.split(',')).map(|w| w.trim().to_ascii_lowercase());
        let metas = e.pages.iter().filter(|p| p.url == url).flat_map(|p| &p.metas).filter(|(n, _)| n == "referrer");
        let policy = words.chain(metas.map(|(_, v)| modern(v))).filter(|w| KNOWN.contains(&w.as_str())).last();
        seen.push(headers_seen(f, r, &["referrer-policy"]));
        let token = TOKEN_PAGES.iter().any(|t| url.split("://").nth(1).and_then(|p| p.split_once('/')).is_some_and(|(_, p)| p.contains(t)));
        parts.push(match policy.as_deref() {
            Some(p) if LOOSE.contains(&p) => {
                Part::new(url, Outcome::Warn, format!("{url} tells other sites more than it should (Referrer-Policy: {p})."))
            }
            Some("no-referrer" | "same-origin") => Part::new(url, Outcome::Pass, ""),
            _ if token => Part::new(url, Outcome::Warn, format!("{url} may carry a token; such pages should send no-referrer.")),
            _ => Part::new(url, Outcome::Pass, ""),
        });
    }
    let found = join(CHECK.impact, &parts, "Other sites learn your origin at most.").seen(seen);
    if !found.outcome.is_open() {
        return found;
    }
    found.fix(
        Fix::new("Tell other sites your origin at most", CHECK.minutes)
            .step("Send the first line on every page, and the second on pages whose address carries a token: reset, invitation, confirmation.")
            .paste(Paste::add("response header", ["Referrer-Policy: strict-origin-when-cross-origin"]))
            .paste(Paste::add("response header of token pages", ["Referrer-Policy: no-referrer"]))
            .undo("Remove the header.")
            .risk("An affiliate programme that reads the whole address of your pages sees the origin only."),
    )
}

/// The word of a meta, those of before written as today.
fn modern(word: &str) -> String {
    let word = word.trim().to_ascii_lowercase();
    match word.as_str() {
        "never" => "no-referrer",
        "default" => "strict-origin-when-cross-origin",
        "always" => "unsafe-url",
        "origin-when-crossorigin" => "origin-when-cross-origin",
        other => other,
    }
    .to_owned()
}

#[test]
fn table() {
    use crate::fixture::{Fixture, set};
    const P: &str = "https://acme.example/";
    fn header(f: &mut Fixture, change: fn(&mut crate::evidence::Response)) {
        f.page(P, change);
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("strict-origin-when-cross-origin", |_| {}, Outcome::Pass),
            ("none: browsers' default is strict", |f| header(f, |r| set(r, "referrer-policy", "")), Outcome::Pass),
            ("unsafe-url (Observatory −5)", |f| header(f, |r| set(r, "referrer-policy", "unsafe-url")), Outcome::Warn),
            (
                "no-referrer-when-downgrade (Observatory −5)",
                |f| header(f, |r| set(r, "referrer-policy", "no-referrer-when-downgrade")),
                Outcome::Warn,
            ),
            ("the last known word counts (§8.1)", |f| header(f, |r| set(r, "referrer-policy", "unsafe-url, no-referrer")), Outcome::Pass),
            (
                "an unknown word at the end is skipped",
                |f| header(f, |r| set(r, "referrer-policy", "no-referrer, newest-policy")),
                Outcome::Pass,
            ),
            ("in capitals", |f| header(f, |r| set(r, "referrer-policy", "UNSAFE-URL")), Outcome::Warn),
            ("a meta overrides the header", |f| f.evidence.pages[0].metas.push(("referrer".into(), "unsafe-url".into())), Outcome::Warn),
            ("always, an old word", |f| f.evidence.pages[0].metas.push(("referrer".into(), "always".into())), Outcome::Warn),
            (
                "never, an old word, over a loose header",
                |f| {
                    header(f, |r| set(r, "referrer-policy", "unsafe-url"));
                    f.evidence.pages[0].metas.push(("referrer".into(), "never".into()));
                },
                Outcome::Pass,
            ),
            (
                "a list in a meta is none",
                |f| f.evidence.pages[0].metas.push(("referrer".into(), "origin, unsafe-url".into())),
                Outcome::Pass,
            ),
            ("no page", |f| f.evidence.fetches.clear(), Outcome::Unknown),
        ],
    );
}

//! RED-05: redirects that stay are told as permanent.

use crate::check::{Check, Context, Fix, Found, Line, Part, Paste, Reference, join};
use crate::checks::help::{fetch_seen, no_pages, told_starts};
use crate::dead_ends::is_challenge;
use crate::evidence::{Answer, Collector, Purpose, Source, host_of};
use crate::taxonomy::{Area, Impact, Outcome, Stage};

/// RED-05.
pub static CHECK: Check = Check {
    id: "RED-05",
    name: "permanent-redirects-permanent",
    title: "Permanent redirects permanent",
    stage: Stage::Edge,
    area: Area::Dns,
    reads: &[Source::Outside],
    impact: Impact::Low,
    resting_impact: Impact::Low,
    needs: &[Collector::Dns, Collector::Http],
    why: "A temporary redirect tells search engines to keep the old address, and browsers to ask again at every visit.",
    criterion: "Redirects to another scheme or host of yours: passes on 301 and 308, warns on 302, 303 and 307.",
    minutes: 5,
    references: &[Reference { title: "RFC 9110 §15.4", url: "https://www.rfc-editor.org/rfc/rfc9110#section-15.4" }],
    rule,
};

fn rule(c: &Context) -> Found {
    let starts = told_starts(c.outside(), Purpose::Start);
    if starts.is_empty() {
        return Found::unknown(no_pages(c.outside()));
    }
    if starts.iter().all(|f| f.last().is_some_and(|(_, r)| is_challenge(r))) {
        return Found::blocked();
    }
    let mut parts = vec![];
    let mut seen = vec![];
    let mut lines = vec![];
    for f in starts {
        for pair in f.hops.windows(2) {
            let [from, to] = pair else { continue };
            let Answer::Response(r) = &from.answer else { continue };
            let moves = host_of(&from.url) != host_of(&to.url) || from.url.split(':').next() != to.url.split(':').next();
            // Leaving the own domain (a sign-in service) is not canonicalisation.
            if !moves || !c.outside().target.domain.covers(host_of(&to.url)) {
                continue;
            }
            if matches!(r.status, 301 | 308) {
                parts.push(Part::new(&from.url, Outcome::Pass, ""));
            } else if !parts.iter().any(|p: &Part| p.target == from.url) {
                parts.push(Part::new(
                    &from.url,
                    Outcome::Warn,
                    format!("{} redirects to {} with {}, which means “for now”.", from.url, to.url, r.status),
                ));
                seen.push(fetch_seen(f));
                lines.extend([
                    Line::Remove(format!("{} {} → {}", from.url, r.status, to.url)),
                    Line::Add(format!("{} 301 → {}", from.url, to.url)),
                ]);
            }
        }
    }
    if parts.is_empty() {
        return if c.outside().fetches_for(Purpose::Start).any(|f| f.last().is_some()) {
            Found::na("No address of the site redirects to another.")
        } else {
            Found::unknown(no_pages(c.outside()))
        };
    }
    let found = join(CHECK.impact, &parts, "Addresses that moved for good say so.").seen(seen);
    if !found.outcome.is_open() {
        return found;
    }
    found.fix(
        Fix::new("Answer 301 in place of 302", CHECK.minutes)
            .step("Set the status 301 (or 308) in the rule that redirects; some call it permanent.")
            .paste(Paste { place: "redirects".into(), lines })
            .undo("Answer 302 again; browsers that saw the 301 remember it until their cache ends.")
            .risk("Browsers remember a 301. Be sure of the target first."),
    )
}

#[test]
fn table() {
    fn status(f: &mut crate::fixture::Fixture, url: &str, status: u16) {
        for h in f.evidence.fetches.iter_mut().flat_map(|f| &mut f.hops).filter(|h| h.url == url) {
            if let Answer::Response(r) = &mut h.answer {
                r.status = status;
            }
        }
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("301", |_| {}, Outcome::Pass),
            ("308", |f| status(f, "http://acme.example/", 308), Outcome::Pass),
            ("302", |f| status(f, "http://acme.example/", 302), Outcome::Warn),
            ("307, as HSTS looks in a browser", |f| status(f, "https://www.acme.example/", 307), Outcome::Warn),
            (
                "302 to a path of the same host is the app's own matter",
                |f| {
                    f.chain(Purpose::Start, &["https://acme.example/", "https://acme.example/home"]);
                    status(f, "https://acme.example/", 302);
                },
                Outcome::Pass,
            ),
            (
                "302 to somebody else's sign-in",
                |f| {
                    f.evidence.fetches.retain(|x| x.purpose != Purpose::Start);
                    f.chain(Purpose::Start, &["https://acme.example/", "https://login.vendor.test/"]);
                    status(f, "https://acme.example/", 302);
                },
                Outcome::Na,
            ),
            ("no page", |f| f.evidence.fetches.clear(), Outcome::Unknown),
        ],
    );
}

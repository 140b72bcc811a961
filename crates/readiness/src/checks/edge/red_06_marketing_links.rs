//! RED-06: the links in ads, profiles and mails lead where they should.

use crate::check::{Check, Context, Fix, Found, Part, Paste, Reference, join};
use crate::checks::help::{fetch_seen, is_absent, list};
use crate::dead_ends::is_challenge;
use crate::evidence::{Collector, FailKind, Fetch, Purpose, Source, host_of};
use crate::taxonomy::{Area, Impact, Outcome, Stage};

/// RED-06.
pub static CHECK: Check = Check {
    id: "RED-06",
    name: "declared-marketing-links-consistent",
    title: "Declared marketing links consistent",
    stage: Stage::Edge,
    area: Area::Dns,
    reads: &[Source::Outside],
    impact: Impact::Medium,
    resting_impact: Impact::Medium,
    needs: &[Collector::Http],
    why: "You pay for the click and the customer lands on “not found”.",
    criterion: "Each declared link: fails when it ends on an error or on another's host, warns beyond two redirects.",
    minutes: 10,
    references: &[Reference { title: "RFC 9110 §15", url: "https://www.rfc-editor.org/rfc/rfc9110#section-15" }],
    rule,
};

fn part(c: &Context, f: &Fetch) -> Part {
    let start = f.start.as_str();
    let Some((url, r)) = f.last() else {
        return match f.failure() {
            Some((FailKind::Timeout | FailKind::Budget | FailKind::Denied, why)) => {
                Part::new(start, Outcome::Unknown, format!("{start} was not followed to its end ({why})."))
            }
            // A name that was not looked up is not a name that does not exist.
            Some((FailKind::Unresolved, why)) if !f.hops.last().is_some_and(|h| is_absent(c.outside(), host_of(&h.url))) => {
                Part::new(start, Outcome::Unknown, format!("{start} was not followed to its end ({why})."))
            }
            Some((_, why)) => Part::new(start, Outcome::Fail, format!("{start} does not answer ({why}).")),
            None => Part::new(start, Outcome::Fail, format!("{start} redirects in a circle.")),
        };
    };
    let hops = f.hops.len() - 1;
    if is_challenge(r) {
        Part::new(start, Outcome::Blocked, "")
    } else if r.status >= 400 {
        Part::new(start, Outcome::Fail, format!("{start} ends at {url} with {}.", r.status))
    } else if !c.outside().target.domain.covers(host_of(url)) && host_of(url) != c.outside().target.domain.registrable() {
        Part::new(start, Outcome::Fail, format!("{start} ends on another's host, {}.", host_of(url)))
    } else if hops > 2 {
        Part::new(start, Outcome::Warn, format!("{start} takes {hops} redirects to {url}."))
    } else {
        Part::new(start, Outcome::Pass, "")
    }
}

fn rule(c: &Context) -> Found {
    if c.outside().target.links.is_empty() {
        return Found::na("No marketing links are declared. Add those of your ads, profiles and mails in the settings.");
    }
    let fetches: Vec<&Fetch> = c.outside().fetches_for(Purpose::MarketingLink).collect();
    if fetches.is_empty() {
        return Found::unknown("The declared links were not followed in time.");
    }
    let parts: Vec<Part> = fetches.iter().map(|f| part(c, f)).collect();
    let bad: Vec<&str> = parts.iter().filter(|p| p.outcome.is_open()).map(|p| p.target.as_str()).collect();
    let found = join(CHECK.impact, &parts, format!("All {} links end on your own site.", parts.len()))
        .seen(fetches.iter().filter(|f| bad.contains(&f.start.as_str())).map(|f| fetch_seen(f)));
    if !found.outcome.is_open() {
        return found;
    }
    found.fix(
        Fix::new(format!("Mend {}", list(&bad)), CHECK.minutes)
            .step("Change the link where it stands, or redirect the old path to the page that replaces it.")
            .paste(Paste::add(
                "redirects, one a link",
                bad.iter().map(|b| {
                    format!(
                        "{} 301 → the page that replaces it",
                        b.split("://").nth(1).and_then(|r| r.find('/').and_then(|i| r.get(i..))).unwrap_or("/")
                    )
                }),
            ))
            .undo("Remove the redirect."),
    )
}

#[test]
fn table() {
    const L: &str = "https://acme.example/spring";
    fn link(f: &mut crate::fixture::Fixture) {
        f.evidence.target.links = vec![L.into()];
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            (
                "none declared",
                |f| {
                    f.evidence.target.links.clear();
                    f.evidence.fetches.retain(|x| x.purpose != Purpose::MarketingLink);
                },
                Outcome::Na,
            ),
            (
                "it answers",
                |f| {
                    link(f);
                    f.chain(Purpose::MarketingLink, &[L]);
                },
                Outcome::Pass,
            ),
            (
                "404",
                |f| {
                    link(f);
                    let hop = f.answer(L, 404, &[], "x");
                    f.fetch(Purpose::MarketingLink, vec![hop]);
                },
                Outcome::Fail,
            ),
            (
                "a shortener that ends on the own site",
                |f| {
                    f.evidence.target.links = vec!["https://go.test/x".into()];
                    f.chain(Purpose::MarketingLink, &["https://go.test/x", "https://acme.example/"]);
                },
                Outcome::Pass,
            ),
            (
                "somebody else's site",
                |f| {
                    link(f);
                    f.chain(Purpose::MarketingLink, &[L, "https://parked.test/"]);
                },
                Outcome::Fail,
            ),
            (
                "three redirects",
                |f| {
                    link(f);
                    f.chain(Purpose::MarketingLink, &[L, "https://acme.example/a", "https://acme.example/b", "https://acme.example/c"]);
                },
                Outcome::Warn,
            ),
            (
                "a time-out says nothing",
                |f| {
                    link(f);
                    f.failed(Purpose::MarketingLink, L, FailKind::Timeout);
                },
                Outcome::Unknown,
            ),
        ],
    );
}

//! AUD-20: stagings and previews are not open to everybody.

use crate::check::{Check, Context, Fix, Found, Part, Paste, Reference, Seen, join};
use crate::checks::help::{declared_hosts, fetch_seen, found_hosts, host_visit, is_only_wildcard};
use crate::evidence::{Collector, FailKind, Fetch, Outside, Purpose, Source, host_of};
use crate::robots::hides;
use crate::taxonomy::{Area, Impact, Outcome, Stage};

/// AUD-20.
pub static CHECK: Check = Check {
    id: "AUD-20",
    name: "staging-preview-publicly-open",
    title: "Staging/preview publicly open",
    stage: Stage::Audit,
    area: Area::Security,
    reads: &[Source::Outside],
    impact: Impact::Medium,
    resting_impact: Impact::Medium,
    needs: &[Collector::Registry],
    why: "Customers find the half-finished copy by searching for you, sign up there, and their data lands in the test database.",
    criterion: "Hosts named like a staging, by guess or from the logs: fails when one is open to everybody and to search engines, warns when it is open with noindex.",
    minutes: 15,
    references: &[Reference { title: "OWASP ASVS 13.4", url: "https://owasp.org/www-project-application-security-verification-standard/" }],
    rule,
};

/// What people call a copy for themselves. A demo, a beta, a sandbox or a playground is one for customers.
const LABELS: [&str; 11] = ["staging", "stage", "stg", "dev", "develop", "preview", "test", "testing", "qa", "uat", "preprod"];

fn staging(host: &str) -> bool {
    host.split('.').next().is_some_and(|l| {
        LABELS.iter().any(|s| {
            l == *s || l.strip_prefix(s).is_some_and(|r| r.starts_with('-')) || l.strip_suffix(s).is_some_and(|r| r.ends_with('-'))
        })
    })
}

/// What was asked of a host, whether it answered or not.
fn visits<'a>(e: &'a Outside, host: &'a str) -> impl Iterator<Item = &'a Fetch> {
    e.fetches.iter().filter(move |f| matches!(f.purpose, Purpose::Host | Purpose::Start) && host_of(&f.start) == host)
}

fn rule(c: &Context) -> Found {
    let e = c.outside();
    if e.guessed_hosts.is_empty() && e.ct.is_none() {
        return Found::unknown("Hosts named like a staging were not looked up in time.");
    }
    let declared = declared_hosts(e);
    let mut hosts: Vec<String> = found_hosts(e).into_iter().filter(|h| staging(h)).collect();
    hosts.extend(e.target.hosts.iter().map(ToString::to_string).filter(|h| staging(h)));
    let wild: Option<&str> =
        e.random_names.iter().find_map(|n| host_visit(e, n)).and_then(|(.., r)| r.body.as_ref()).map(|b| b.sha256.as_str());
    let front: Option<&str> = e.front().and_then(|f| f.last()).and_then(|(_, r)| r.body.as_ref()).map(|b| b.sha256.as_str());
    let mut parts = vec![];
    let mut seen: Vec<Seen> = vec![];
    for h in hosts {
        match e.resolve(&h).learned() {
            Err(why) => {
                parts.push(Part::new(&h, Outcome::Unknown, format!("Whether {h} exists was not learned: {why}.")));
                continue;
            }
            // Nothing there, or only what a wildcard gives to every name.
            Ok([]) => continue,
            Ok(_) if is_only_wildcard(e, &h) => continue,
            Ok(_) => {}
        }
        let Some((f, u, r)) = host_visit(e, &h) else {
            let closed = visits(e, &h).all(|f| matches!(f.failure(), Some((FailKind::Refused, _)))) && visits(e, &h).next().is_some();
            parts.push(if closed {
                Part::new(&h, Outcome::Pass, "")
            } else {
                Part::new(&h, Outcome::Unknown, format!("{h} exists, and its page was not seen."))
            });
            continue;
        };
        let hash = r.body.as_ref().map(|b| b.sha256.as_str());
        let elsewhere = host_of(u) != h && (declared.iter().any(|d| d == host_of(u)) || !e.target.domain.covers(host_of(u)));
        let text = r.body.as_ref().map_or(String::new(), |b| b.extract.to_ascii_lowercase());
        if r.status != 200 || elsewhere || (hash.is_some() && (hash == wild || hash == front)) || text.contains("type=\"password\"") {
            parts.push(Part::new(&h, Outcome::Pass, ""));
            continue;
        }
        let hidden = r.all("x-robots-tag").any(|v| hides(v, "googlebot")) || (text.contains("noindex") && text.contains("robots"));
        seen.push(fetch_seen(f));
        parts.push(if hidden {
            Part::new(&h, Outcome::Warn, format!("{h} is open to everybody who knows its name."))
        } else {
            Part::new(&h, Outcome::Fail, format!("{h} is open to everybody, and to search engines."))
        });
    }
    if parts.is_empty() {
        return Found::pass("No staging or preview answers under a usual name.");
    }
    let open: Vec<String> = parts.iter().filter(|p| p.outcome.is_open()).map(|p| p.target.clone()).collect();
    let found = join(CHECK.impact, &parts, "Stagings ask for a password, or show nothing of their own.").seen(seen);
    if !found.outcome.is_open() {
        return found;
    }
    found.fix(
        Fix::new("Put a password before the staging", CHECK.minutes)
            .step("Hosts have a protection of previews for it; a server of your own has basic authentication.")
            .step("Until then send X-Robots-Tag: noindex from it.")
            .paste(Paste::add(format!("response header of {}", open.join(", ")), ["X-Robots-Tag: noindex"]))
            .undo("Remove the lines.")
            .risk("Webhooks that call the staging need a way around the password."),
    )
}

#[test]
fn table() {
    use crate::fixture::Fixture;
    const H: &str = "staging.acme.example";
    fn shows(f: &mut Fixture, status: u16, headers: &[(&str, &str)], body: &str) {
        f.dns(H, "A", &["192.0.2.40"]).dns(H, "AAAA", &[]);
        let hop = f.answer("https://staging.acme.example/", status, headers, body);
        f.fetch(Purpose::Host, vec![hop]);
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("none", |_| {}, Outcome::Pass),
            ("open and indexable", |f| shows(f, 200, &[], "<h1>Acme, next version</h1>"), Outcome::Fail),
            ("open with noindex", |f| shows(f, 200, &[("x-robots-tag", "noindex")], "<h1>Acme, next version</h1>"), Outcome::Warn),
            (
                "a demo for customers",
                |f| {
                    f.dns("demo.acme.example", "A", &["192.0.2.40"]).dns("demo.acme.example", "AAAA", &[]);
                    f.evidence.guessed_hosts.push("demo.acme.example".into());
                    let hop = f.answer("https://demo.acme.example/", 200, &[], "<h1>Try Acme</h1>");
                    f.fetch(Purpose::Host, vec![hop]);
                },
                Outcome::Pass,
            ),
            ("basic authentication", |f| shows(f, 401, &[], ""), Outcome::Pass),
            ("a sign-in", |f| shows(f, 200, &[], "<input type=\"password\">"), Outcome::Pass),
            (
                "a redirect to the site",
                |f| {
                    f.dns(H, "A", &["192.0.2.40"]).dns(H, "AAAA", &[]);
                    f.chain(Purpose::Host, &["https://staging.acme.example/", "https://acme.example/"]);
                },
                Outcome::Pass,
            ),
            (
                "the wildcard's page",
                |f| {
                    shows(f, 200, &[], "wild");
                    let hop = f.answer("https://lr-0123.acme.example/", 200, &[], "wild");
                    f.fetch(Purpose::Host, vec![hop]);
                },
                Outcome::Pass,
            ),
            (
                "a look-up that failed is no absence",
                |f| {
                    f.status(H, "A", crate::evidence::DnsStatus::ServFail).status(H, "AAAA", crate::evidence::DnsStatus::ServFail);
                },
                Outcome::Unknown,
            ),
            (
                "an address without a page that was seen",
                |f| {
                    f.dns(H, "A", &["192.0.2.40"]).dns(H, "AAAA", &[]);
                },
                Outcome::Unknown,
            ),
            (
                "every guess has the wildcard's address",
                |f| {
                    for h in [H, "dev.acme.example", "lr-0123.acme.example", "lr-4567.acme.example"] {
                        f.dns(h, "A", &["192.0.2.40"]).dns(h, "AAAA", &[]);
                    }
                },
                Outcome::Pass,
            ),
            (
                "not looked up",
                |f| {
                    f.evidence.guessed_hosts.clear();
                    f.evidence.ct = None;
                },
                Outcome::Unknown,
            ),
        ],
    );
    assert!(
        staging("dev-2.acme.example")
            && staging("app-staging.acme.example")
            && !staging("beta.acme.example")
            && staging("demo-staging.acme.example")
            && !staging("devices.acme.example")
            && !staging("attest.acme.example")
    );
}

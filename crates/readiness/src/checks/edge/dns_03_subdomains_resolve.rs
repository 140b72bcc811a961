//! DNS-03: every declared host resolves, and not to a provider's "nothing here" page.

use crate::check::{Check, Context, Fix, Found, Part, Paste, Reference, Seen, join};
use crate::checks::help::{dns_seen, fetch_seen};
use crate::dead_ends::{DeadEnd, recognise};
use crate::evidence::{Collector, FailKind, Outside, Purpose, ResolutionEnd, Response, Source, host_of};
use crate::taxonomy::{Area, Impact, Outcome, Stage};

/// DNS-03.
pub static CHECK: Check = Check {
    id: "DNS-03",
    name: "declared-subdomains-resolve-intentionally",
    title: "Declared subdomains resolve intentionally",
    stage: Stage::Edge,
    area: Area::Dns,
    reads: &[Source::Outside],
    impact: Impact::Critical,
    resting_impact: Impact::Critical,
    needs: &[Collector::Dns, Collector::Http],
    why: "Customers who follow a link to your app or API land on an error or on a stranger's page.",
    criterion: "Fails when a declared host does not resolve, or shows a parking page or a hosting provider's page for names that it does not know.",
    minutes: 15,
    references: &[Reference { title: "RFC 1034 §3.6", url: "https://www.rfc-editor.org/rfc/rfc1034#section-3.6" }],
    rule,
};

fn rule(c: &Context) -> Found {
    let e = c.outside();
    if e.target.hosts.is_empty() {
        return Found::na("No further hosts are declared for this product.");
    }
    let parts: Vec<Part> = e.target.hosts.iter().map(|h| part(e, h.as_str())).collect();
    let seen: Vec<Seen> =
        e.target.hosts.iter().flat_map(|h| dns_seen(e, h.as_str(), "A").into_iter().chain(starts(e, h.as_str()).map(fetch_seen))).collect();
    let found = join(CHECK.impact, &parts, format!("All {} declared hosts lead to something of yours.", parts.len())).seen(seen);
    let bad: Vec<&str> = parts.iter().filter(|p| p.outcome == Outcome::Fail).map(|p| p.target.as_str()).collect();
    if bad.is_empty() {
        return found;
    }
    found.fix(Fix {
        title: format!("Point {} at your product, or remove it", bad.join(", ")),
        steps: vec![
            "If the host is in use: add it to the custom domains of the provider that runs it, then set the record that the provider shows.".into(),
            "If it is not in use: delete its DNS record, and take it off the list of hosts of this project.".into(),
        ],
        paste: bad.iter().map(|h| Paste::add(format!("CNAME · {h} · TTL 300"), ["<the name that your hosting provider shows>"])).collect(),
        undo: "Put the former record back; it is shown above.".into(),
        risk: Some("A record that points at a provider where the name is not claimed can be claimed by somebody else.".into()),
        minutes: CHECK.minutes,
    })
}

fn starts<'a>(e: &'a Outside, host: &str) -> impl Iterator<Item = &'a crate::evidence::Fetch> {
    let urls = [format!("https://{host}/"), format!("http://{host}/")];
    e.fetches_for(Purpose::Start).filter(move |f| urls.contains(&f.start))
}

/// Whether every visit to a host was cut off, so that its page is not known. A closed port is known: there is none.
fn unseen(e: &Outside, host: &str) -> bool {
    let mut visits = starts(e, host).peekable();
    visits.peek().is_some()
        && visits.all(|f| matches!(f.failure(), Some((FailKind::Timeout | FailKind::Budget | FailKind::Denied | FailKind::Unresolved, _))))
}

fn part(e: &Outside, host: &str) -> Part {
    let r = e.resolve(host);
    match r.end {
        ResolutionEnd::Addresses => match starts(e, host).filter_map(|f| f.last()).find_map(|(url, r)| nothing_here(url, r)) {
            Some(who) => Part::new(host, Outcome::Fail, format!("{host} leads to {who}, which knows no site of that name.")),
            None if unseen(e, host) => {
                Part::new(host, Outcome::Unknown, format!("{host} resolves, and what it shows was not seen in time."))
            }
            None => Part::new(host, Outcome::Pass, format!("{host} resolves.")),
        },
        ResolutionEnd::NxDomain => Part::new(
            host,
            Outcome::Fail,
            match r.chain.last() {
                Some(t) => format!("{host} is an alias for {t}, which does not exist."),
                None => format!("{host} does not exist (NXDOMAIN)."),
            },
        ),
        ResolutionEnd::NoData => Part::new(host, Outcome::Fail, format!("{host} has no address.")),
        ResolutionEnd::Loop => Part::new(host, Outcome::Fail, format!("The aliases of {host} lead in a circle.")),
        ResolutionEnd::ServFail => Part::new(
            host,
            Outcome::Unknown,
            format!("The name servers fail for {host} (SERVFAIL), which does not say that it is missing."),
        ),
        ResolutionEnd::Unknown(why) => Part::new(host, Outcome::Unknown, format!("Whether {host} resolves was not learned: {why}.")),
    }
}

/// Whose page stands in place of a product, if it is one that is known.
fn nothing_here(url: &str, r: &Response) -> Option<&'static str> {
    let sign = recognise(host_of(url), r)?;
    matches!(sign.kind, DeadEnd::Unclaimed | DeadEnd::Parked | DeadEnd::Default).then_some(sign.who)
}

#[test]
fn table() {
    use crate::evidence::DnsStatus::{NxDomain, ServFail};
    fn shows(f: &mut crate::fixture::Fixture, status: u16, body: &str) {
        let hop = f.answer("https://app.acme.example/", status, &[("content-type", "text/html")], body);
        f.fetch(Purpose::Start, vec![hop]);
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("resolves and answers", |_| {}, Outcome::Pass),
            ("nothing declared", |f| f.evidence.target.hosts.clear(), Outcome::Na),
            (
                "NXDOMAIN",
                |f| {
                    f.status("app.acme.example", "A", NxDomain).status("app.acme.example", "AAAA", NxDomain);
                },
                Outcome::Fail,
            ),
            (
                "SERVFAIL is not absence",
                |f| {
                    f.status("app.acme.example", "A", ServFail).status("app.acme.example", "AAAA", ServFail);
                },
                Outcome::Unknown,
            ),
            (
                "a page that was not seen",
                |f| {
                    use crate::evidence::Answer;
                    for x in f.evidence.fetches.iter_mut().filter(|x| x.start.contains("//app.acme.example/")) {
                        x.hops.truncate(1);
                        x.hops[0].answer = Answer::Failed { kind: FailKind::Timeout, detail: "no answer in time".into() };
                    }
                },
                Outcome::Unknown,
            ),
            ("an unclaimed GitHub page", |f| shows(f, 404, "<p>There isn't a GitHub Pages site here.</p>"), Outcome::Fail),
            ("an API that answers 404 at its root is no parking page", |f| shows(f, 404, "{\"error\":\"not found\"}"), Outcome::Pass),
            ("a parking page with 200", |f| shows(f, 200, "<h1>This domain is parked</h1>"), Outcome::Fail),
        ],
    );
}

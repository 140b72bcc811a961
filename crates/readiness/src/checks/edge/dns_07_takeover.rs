//! DNS-07: no name leads to something that somebody else could claim.

use crate::check::{Check, Context, Fix, Found, Part, Paste, Reference, Seen, join};
use crate::checks::help::{declared_hosts, dns_seen, fetch_seen, found_hosts};
use crate::domain::Domain;
use crate::evidence::{Collector, Fetch, Outside, ResolutionEnd, Response, Source, host_of};
use crate::providers::ends_in;
use crate::taxonomy::{Area, Impact, Outcome, Stage};
use std::sync::LazyLock;

/// DNS-07.
pub static CHECK: Check = Check {
    id: "DNS-07",
    name: "dangling-cname-takeover",
    title: "Dangling CNAME / takeover",
    stage: Stage::Edge,
    area: Area::Security,
    reads: &[Source::Outside],
    impact: Impact::Critical,
    resting_impact: Impact::Critical,
    needs: &[Collector::Dns, Collector::Registry, Collector::Http],
    why: "Whoever registers the abandoned name at that service runs a page under your domain, with your name in the address bar and your cookies within reach.",
    criterion: "Fails when an alias leads to a service's unclaimed name; warns when a target does not exist, or looks unclaimed where the service checks ownership.",
    minutes: 5,
    references: &[
        Reference {
            title: "OWASP WSTG: subdomain takeover",
            url: "https://owasp.org/www-project-web-security-testing-guide/latest/4-Web_Application_Security_Testing/02-Configuration_and_Deployment_Management_Testing/10-Test_for_Subdomain_Takeover",
        },
        Reference { title: "can-i-take-over-xyz", url: "https://github.com/EdOverflow/can-i-take-over-xyz" },
    ],
    rule,
};

struct Service {
    name: &'static str,
    ends: Vec<&'static str>,
    sign: &'static str,
    certain: bool,
}

static SERVICES: LazyLock<Vec<Service>> = LazyLock::new(|| {
    include_str!("../../../data/takeover.tsv")
        .lines()
        .filter(|l| !l.starts_with('#'))
        .filter_map(|l| {
            let cells: Vec<&'static str> = l.split('\t').collect();
            let &[name, ends, sign, certain] = cells.as_slice() else { return None };
            Some(Service { name, ends: ends.split(' ').collect(), sign, certain: certain == "yes" })
        })
        .collect()
});

fn responses<'a>(e: &'a Outside, host: &'a str) -> impl Iterator<Item = (&'a Fetch, &'a Response)> {
    e.fetches.iter().filter_map(|f| f.last().map(|(u, r)| (f, u, r))).filter(move |(_, u, _)| host_of(u) == host).map(|(f, _, r)| (f, r))
}

fn part(e: &Outside, host: &str) -> Part {
    let way = e.resolve(host);
    let Some(target) = way.chain.last() else { return Part::new(host, Outcome::Pass, "") };
    let at = |s: &&Service| way.chain.iter().any(|t| ends_in(t, &s.ends));
    if way.end == ResolutionEnd::NxDomain {
        // Nobody else can register what lies below the domain itself; DNS-02 and DNS-03 tell that it is missing.
        if is_own(e, target) {
            return Part::new(host, Outcome::Pass, "");
        }
        return match SERVICES.iter().filter(|s| s.sign == "NXDOMAIN").find(at) {
            Some(s) if s.certain => {
                Part::new(host, Outcome::Fail, format!("{host} leads to {target}, which is free at {}: anybody can claim it.", s.name))
            }
            Some(s) => Part::new(host, Outcome::Warn, format!("{host} leads to {target} at {}, which does not exist.", s.name)),
            None => Part::new(host, Outcome::Warn, format!("{host} leads to {target}, which does not exist.")),
        };
    }
    let unclaimed = SERVICES.iter().filter(at).find(|s| {
        s.sign != "NXDOMAIN"
            && responses(e, host).any(|(_, r)| r.status >= 400 && r.body.as_ref().is_some_and(|b| b.extract.contains(s.sign)))
            || (s.name == "Vercel" && responses(e, host).any(|(_, r)| r.header("x-vercel-error").is_some_and(|v| v.contains(s.sign))))
    });
    // Only the page tells whether such a name is claimed; without it nothing is known.
    let shows = SERVICES.iter().filter(at).find(|s| s.sign != "NXDOMAIN" && s.certain);
    match unclaimed {
        Some(s) if s.certain => {
            Part::new(host, Outcome::Fail, format!("{host} leads to {}, which says that nobody claims it (“{}”).", s.name, s.sign))
        }
        Some(s) => Part::new(host, Outcome::Warn, format!("{host} leads to {}, where nothing answers for it (“{}”).", s.name, s.sign)),
        None => match shows.filter(|_| responses(e, host).next().is_none()) {
            Some(s) => {
                Part::new(host, Outcome::Unknown, format!("{host} leads to {}, and whether it is claimed there was not seen.", s.name))
            }
            None => Part::new(host, Outcome::Pass, ""),
        },
    }
}

/// Whether a name belongs to the domain that is looked at, so that nobody else can register it.
fn is_own(e: &Outside, name: &str) -> bool {
    ends_in(name, &[e.target.domain.registrable()])
}

fn rule(c: &Context) -> Found {
    let e = c.outside();
    let domain = e.target.domain.as_str();
    let www = e.target.www();
    let mut parts = vec![];
    let mut wild: Vec<String> = vec![];
    for h in declared_hosts(e).into_iter().chain(found_hosts(e)) {
        match e.resolve(&h).learned() {
            // A name that was only guessed or logged takes nothing away from the others.
            Err(why) if e.target.required_hosts().contains(&h) || www.as_ref() == Some(&h) => {
                parts.push(Part::new(&h, Outcome::Unknown, format!("Where {h} leads was not learned: {why}.")));
            }
            Err(_) => {}
            // What a wildcard gives is one record, however many names are asked.
            Ok(_) => match e.wildcard(&h, "A") {
                Some(w) if wild.contains(&w) => {}
                w => {
                    wild.extend(w);
                    parts.push(part(e, &h));
                }
            },
        }
    }
    // A mail or name server whose name is gone can be registered too.
    for (rtype, what) in [("MX", "mail server"), ("NS", "name server")] {
        let lookup = e.lookup(domain, rtype);
        if let Some(why) = lookup.not_learned().filter(|_| e.answers(domain, rtype).next().is_some()) {
            parts.push(Part::new(domain, Outcome::Unknown, format!("Where the {what}s of {domain} lead was not learned: {why}.")));
        }
        for v in lookup.values() {
            let host = v.split_whitespace().last().unwrap_or("");
            // Nobody else can register a name below the domain itself, or an address; MAIL-01 and DNS-04 tell those.
            // A name of the domain's own may lead to one that is not.
            let way = e.resolve(host);
            let end = way.chain.last().map_or(host, String::as_str);
            let foreign = !is_own(e, end) && Domain::parse(end).is_ok();
            let asked = ["A", "AAAA"].iter().any(|t| e.answers(host, t).next().is_some());
            match way.learned() {
                Ok(_) if foreign && way.end == ResolutionEnd::NxDomain => parts.push(Part::new(
                    host,
                    Outcome::Warn,
                    if end == host {
                        format!("The {what} {host} does not exist; if its domain is free, whoever registers that gets what is sent there.")
                    } else {
                        format!(
                            "The {what} {host} leads to {end}, which does not exist; if its domain is free, whoever registers that gets what is sent there."
                        )
                    },
                )),
                Err(why) if foreign && asked => {
                    parts.push(Part::new(host, Outcome::Unknown, format!("Whether the {what} {host} exists was not learned: {why}.")));
                }
                _ => {}
            }
        }
    }
    let open: Vec<&Part> = parts.iter().filter(|p| p.outcome.is_open()).collect();
    let seen: Vec<Seen> = open
        .iter()
        .flat_map(|p| dns_seen(e, &p.target, "A").into_iter().chain(responses(e, &p.target).map(|(f, _)| fetch_seen(f)).take(1)))
        .chain(open.iter().flat_map(|p| dns_seen(e, &p.target, "AAAA")).take(2))
        .collect();
    let found = join(CHECK.impact, &parts, format!("{} names were followed; none leads to something unclaimed.", parts.len())).seen(seen);
    if !found.outcome.is_open() {
        return found;
    }
    let mut fix = Fix::new("Remove the records that lead nowhere", CHECK.minutes)
        .step("Delete each record, unless you still use the service: then claim the name there first.");
    for p in &open {
        // A mail or name server is named by a record of the domain, not by one of its own.
        let named = ["MX", "NS"].into_iter().find_map(|t| {
            let value = e.lookup(domain, t).values().into_iter().find(|v| v.split_whitespace().last() == Some(&p.target))?;
            Some((t, value))
        });
        // Of several aliases the last of one's own is the one that anybody could take over.
        let chain = e.resolve(&p.target).chain;
        let owners = std::iter::once(p.target.as_str()).chain(chain.iter().map(String::as_str));
        let link = owners.zip(&chain).filter(|(owner, _)| is_own(e, owner)).last();
        let paste = match (named, link) {
            (_, Some((owner, target))) => {
                Paste::record("CNAME", &e.wildcard(owner, "A").unwrap_or_else(|| owner.to_owned()), &[target.as_str()], &[])
            }
            (Some((t, value)), None) => Paste::record(t, domain, &[value], &[]),
            (None, None) => continue,
        };
        fix = fix.paste(paste);
    }
    found.fix(
        fix.undo("Enter the record again, after the service shows the name as yours.")
            .risk("Links to the name stop working; they do not work now either."),
    )
}

#[test]
fn table() {
    use crate::evidence::DnsStatus::{NxDomain, Timeout};
    use crate::evidence::Purpose;
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("no alias leads astray", |_| {}, Outcome::Pass),
            (
                "an alias to a free Elastic Beanstalk name (can-i-take-over-xyz #194)",
                |f| {
                    f.cname("app.acme.example", "acme.us-east-1.elasticbeanstalk.com");
                    f.status("acme.us-east-1.elasticbeanstalk.com", "A", NxDomain).status(
                        "acme.us-east-1.elasticbeanstalk.com",
                        "AAAA",
                        NxDomain,
                    );
                },
                Outcome::Fail,
            ),
            (
                "another missing target",
                |f| {
                    f.cname("app.acme.example", "gone.vendor.example").status("gone.vendor.example", "A", NxDomain).status(
                        "gone.vendor.example",
                        "AAAA",
                        NxDomain,
                    );
                },
                Outcome::Warn,
            ),
            (
                "a name of the registrable domain that only ends alike",
                |f| {
                    f.cname("app.acme.example", "x.notelasticbeanstalk.com").status("x.notelasticbeanstalk.com", "A", NxDomain).status(
                        "x.notelasticbeanstalk.com",
                        "AAAA",
                        NxDomain,
                    );
                },
                Outcome::Warn,
            ),
            (
                "GitHub Pages without a site (can-i-take-over-xyz #37)",
                |f| {
                    f.cname("app.acme.example", "acme.github.io").dns("acme.github.io", "A", &["185.199.108.153"]).dns(
                        "acme.github.io",
                        "AAAA",
                        &[],
                    );
                    let hop = f.answer("https://app.acme.example/", 404, &[], "<p>There isn't a GitHub Pages site here.</p>");
                    f.fetch(Purpose::Start, vec![hop]);
                },
                Outcome::Fail,
            ),
            (
                "the same text on a site of one's own is a text",
                |f| {
                    let hop = f.answer("https://app.acme.example/", 404, &[], "<p>There isn't a GitHub Pages site here.</p>");
                    f.fetch(Purpose::Start, vec![hop]);
                },
                Outcome::Pass,
            ),
            (
                "Heroku checks ownership by now",
                |f| {
                    f.cname("app.acme.example", "x.herokudns.com").dns("x.herokudns.com", "A", &["192.0.2.3"]).dns(
                        "x.herokudns.com",
                        "AAAA",
                        &[],
                    );
                    let hop = f.answer("https://app.acme.example/", 404, &[], "No such app");
                    f.fetch(Purpose::Start, vec![hop]);
                },
                Outcome::Warn,
            ),
            (
                "a name from the logs counts too",
                |f| {
                    f.evidence.ct.as_mut().unwrap().certificates[0].names.push("old.acme.example".into());
                    f.cname("old.acme.example", "x.azurewebsites.net").status("x.azurewebsites.net", "A", NxDomain).status(
                        "x.azurewebsites.net",
                        "AAAA",
                        NxDomain,
                    );
                },
                Outcome::Fail,
            ),
            (
                "a mail server at a domain that is gone",
                |f| {
                    f.dns("acme.example", "MX", &["10 mx.gone.test"]);
                    f.status("mx.gone.test", "A", NxDomain).status("mx.gone.test", "AAAA", NxDomain);
                },
                Outcome::Warn,
            ),
            (
                "a mail server of one's own that is gone; nobody else can register that (MAIL-01 tells it)",
                |f| {
                    f.status("mx.acme.example", "A", NxDomain).status("mx.acme.example", "AAAA", NxDomain);
                },
                Outcome::Pass,
            ),
            (
                "the mail servers were not learned",
                |f| {
                    f.status("acme.example", "MX", Timeout);
                },
                Outcome::Unknown,
            ),
            (
                "SERVFAIL for somebody else's mail server",
                |f| {
                    use crate::evidence::DnsStatus::ServFail;
                    f.dns("acme.example", "MX", &["10 mx.host.test"]);
                    f.status("mx.host.test", "A", ServFail).status("mx.host.test", "AAAA", ServFail);
                },
                Outcome::Unknown,
            ),
            (
                "a bucket's website in a region (S3 names its regions in the host)",
                |f| {
                    const T: &str = "app.acme.example.s3-website-eu-west-1.amazonaws.com";
                    f.cname("app.acme.example", T).dns(T, "A", &["192.0.2.3"]).dns(T, "AAAA", &[]);
                    let hop = f.answer("https://app.acme.example/", 404, &[], "<Message>The specified bucket does not exist</Message>");
                    f.fetch(Purpose::Start, vec![hop]);
                },
                Outcome::Fail,
            ),
            (
                "Vercel's numbered hosts are a family",
                |f| {
                    const T: &str = "1f2e.vercel-dns-017.com";
                    f.cname("app.acme.example", T).dns(T, "A", &["192.0.2.3"]).dns(T, "AAAA", &[]);
                    let hop = f.answer("https://app.acme.example/", 404, &[("x-vercel-error", "DEPLOYMENT_NOT_FOUND")], "");
                    f.fetch(Purpose::Start, vec![hop]);
                },
                Outcome::Warn,
            ),
            (
                "a page that was not seen says nothing about its claim",
                |f| {
                    f.cname("old.acme.example", "acme.github.io").dns("acme.github.io", "A", &["185.199.108.153"]);
                    f.dns("acme.github.io", "AAAA", &[]).evidence.guessed_hosts.push("old.acme.example".into());
                },
                Outcome::Unknown,
            ),
            (
                "SERVFAIL is no claim either way",
                |f| {
                    f.status("app.acme.example", "A", crate::evidence::DnsStatus::ServFail);
                    f.status("app.acme.example", "AAAA", crate::evidence::DnsStatus::ServFail);
                },
                Outcome::Unknown,
            ),
            (
                "look-ups that timed out say nothing",
                |f| {
                    for h in ["acme.example", "www.acme.example", "app.acme.example"] {
                        f.status(h, "A", Timeout).status(h, "AAAA", Timeout);
                    }
                    f.evidence.ct = None;
                },
                Outcome::Unknown,
            ),
        ],
    );
    let lines = include_str!("../../../data/takeover.tsv").lines().filter(|l| !l.starts_with('#')).count();
    assert!(SERVICES.len() > 45 && SERVICES.len() == lines, "a row has too few or too many columns");
}

#[test]
fn a_wildcard_to_an_unclaimed_name_is_one_record() {
    use crate::evidence::DnsStatus::NxDomain;
    const T: &str = "gone.azurewebsites.net";
    let mut f = crate::fixture::Fixture::good();
    for h in ["lr-0123.acme.example", "lr-4567.acme.example", "staging.acme.example", "dev.acme.example"] {
        f.cname(h, T);
    }
    f.status(T, "A", NxDomain).status(T, "AAAA", NxDomain);
    let found = rule(&Context::of(&f.evidence, f.now));
    let places: Vec<_> = found.fix.unwrap().paste.into_iter().map(|p| p.place).collect();
    assert_eq!((found.outcome, places), (Outcome::Fail, vec!["CNAME · *.acme.example · TTL 300".to_owned()]));
}

#[test]
fn the_last_link_of_ones_own_is_taken_out() {
    use crate::evidence::DnsStatus::NxDomain;
    let mut f = crate::fixture::Fixture::good();
    f.cname("app.acme.example", "b.acme.example").cname("b.acme.example", "x.azurewebsites.net");
    for t in ["A", "AAAA"] {
        f.status("x.azurewebsites.net", t, NxDomain).status("mail.gone.test", t, NxDomain);
    }
    let found = |f: &crate::fixture::Fixture| rule(&Context::of(&f.evidence, f.now));
    assert!(found(&f).fix.unwrap().paste[0].place.starts_with("CNAME · b.acme.example "));
    f.dns("acme.example", "MX", &["10 old.acme.example"]).cname("old.acme.example", "mail.gone.test");
    let fix = found(&f).fix.unwrap();
    assert!(fix.paste.iter().any(|p| p.place.starts_with("CNAME · old.acme.example ")), "{:?}", fix.paste);
}

//! DNS-02: `www.` leads somewhere too.

use crate::check::{Check, Context, Fix, Found, Paste, Reference, Seen};
use crate::checks::help::dns_seen;
use crate::evidence::{Collector, ResolutionEnd, Source};
use crate::taxonomy::{Area, Impact, Stage};

/// DNS-02.
pub static CHECK: Check = Check {
    id: "DNS-02",
    name: "www-resolves",
    title: "www resolves",
    stage: Stage::Edge,
    area: Area::Dns,
    reads: &[Source::Outside],
    impact: Impact::Critical,
    resting_impact: Impact::Critical,
    needs: &[Collector::Dns],
    why: "People still type www, and old links use it; they see a browser error instead of your product.",
    criterion: "Fails when www does not resolve while the domain itself does; does not apply to a domain that is itself a subdomain.",
    minutes: 10,
    references: &[Reference { title: "RFC 1034 §3.6.2", url: "https://www.rfc-editor.org/rfc/rfc1034#section-3.6.2" }],
    rule,
};

fn rule(c: &Context) -> Found {
    let e = c.outside();
    let domain = &e.target.domain;
    let Some(www) = e.target.www() else {
        return Found::na(format!("{domain} is itself a subdomain; nobody expects a www before it."));
    };
    let apex = e.resolve(domain.as_str());
    let r = e.resolve(&www);
    let seen: Vec<Seen> = ["A", "AAAA"].iter().flat_map(|t| dns_seen(e, &www, t)).collect();
    let said = match r.end {
        ResolutionEnd::Addresses => {
            let via = r.chain.last().map(|t| format!(" through {t}")).unwrap_or_default();
            return Found::pass(format!("{www} leads to {}{via}.", r.addresses.join(", "))).seen(seen);
        }
        ResolutionEnd::Unknown(why) => return Found::unknown(format!("Whether {www} resolves was not learned: {why}.")).seen(seen),
        ResolutionEnd::ServFail => {
            return Found::unknown(format!("The name servers fail for {www} (SERVFAIL), which does not say that it is missing."))
                .seen(seen);
        }
        _ if apex.end != ResolutionEnd::Addresses => {
            return Found::na(format!("{domain} itself does not resolve yet; give it an address first.")).seen(seen);
        }
        ResolutionEnd::NxDomain => match r.chain.last() {
            Some(target) => format!("{www} is an alias for {target}, which does not exist."),
            None => format!("{www} does not exist, while {domain} does."),
        },
        ResolutionEnd::NoData => format!("{www} exists but has no address."),
        ResolutionEnd::Loop => format!("The aliases of {www} lead in a circle."),
    };
    Found::fail(said).seen(seen).fix(Fix {
        title: format!("Point {www} at your site"),
        steps: vec![
            "Add this record to the DNS zone, replacing whatever stands at www now.".into(),
            format!(
                "Add {www} to the custom domains of your hosting provider, so that it gets a certificate, and let it redirect to {domain}."
            ),
        ],
        paste: vec![Paste::add(format!("CNAME · {www} · TTL 300"), [domain.to_string()])],
        undo: format!("Delete the CNAME at {www}."),
        risk: Some("Until the provider has issued a certificate for www, browsers warn on https://www.".into()),
        minutes: CHECK.minutes,
    })
}

#[test]
fn table() {
    use crate::evidence::DnsStatus::{NxDomain, ServFail, Timeout};
    use crate::taxonomy::Outcome;
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("an address", |_| {}, Outcome::Pass),
            (
                "an alias of the apex",
                |f| {
                    f.cname("www.acme.example", "acme.example");
                },
                Outcome::Pass,
            ),
            (
                "NXDOMAIN",
                |f| {
                    f.status("www.acme.example", "A", NxDomain).status("www.acme.example", "AAAA", NxDomain);
                },
                Outcome::Fail,
            ),
            (
                "an alias for a name that is gone",
                |f| {
                    f.cname("www.acme.example", "old.host.example").status("old.host.example", "A", NxDomain).status(
                        "old.host.example",
                        "AAAA",
                        NxDomain,
                    );
                },
                Outcome::Fail,
            ),
            (
                "exists, without address",
                |f| {
                    f.dns("www.acme.example", "A", &[]);
                },
                Outcome::Fail,
            ),
            (
                "aliases in a circle",
                |f| {
                    f.cname("www.acme.example", "w2.acme.example").cname("w2.acme.example", "www.acme.example");
                },
                Outcome::Fail,
            ),
            (
                "SERVFAIL is not NXDOMAIN",
                |f| {
                    f.status("www.acme.example", "A", ServFail).status("www.acme.example", "AAAA", ServFail);
                },
                Outcome::Unknown,
            ),
            (
                "a time-out is not absence",
                |f| {
                    f.status("www.acme.example", "A", Timeout).status("www.acme.example", "AAAA", Timeout);
                },
                Outcome::Unknown,
            ),
            (
                "a www that only redirects resolves all the same",
                |f| {
                    f.dns("www.acme.example", "A", &["198.51.100.7"]);
                },
                Outcome::Pass,
            ),
            (
                "a subdomain as the product's domain",
                |f| {
                    f.evidence.target.domain = crate::Domain::parse("app.acme.example").unwrap();
                },
                Outcome::Na,
            ),
        ],
    );
}

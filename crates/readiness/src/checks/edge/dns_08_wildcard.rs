//! DNS-08: a name that nobody made does not answer with the product.

use crate::check::{Check, Context, Fix, Found, Paste, Reference};
use crate::checks::help::{dns_seen, fetch_seen, host_visit, is_absent};
use crate::evidence::{Collector, ResolutionEnd, Source, host_of};
use crate::taxonomy::{Area, Impact, Stage};

/// DNS-08.
pub static CHECK: Check = Check {
    id: "DNS-08",
    name: "wildcard-dns",
    title: "Wildcard DNS",
    stage: Stage::Edge,
    area: Area::Dns,
    reads: &[Source::Outside],
    impact: Impact::Low,
    resting_impact: Impact::Low,
    needs: &[Collector::Registry],
    why: "With a wildcard every mistyped or invented name shows your product or a certificate warning, and phishing under your own domain looks real.",
    criterion: "Two random names: warns when they answer with content or with a certificate that does not cover them; passes when they do not exist or only redirect.",
    minutes: 5,
    references: &[Reference { title: "RFC 4592", url: "https://www.rfc-editor.org/rfc/rfc4592" }],
    rule,
};

fn rule(c: &Context) -> Found {
    let e = c.outside();
    if e.random_names.is_empty() {
        return Found::unknown("Random names were not looked up in time.");
    }
    let seen: Vec<_> = e.random_names.iter().flat_map(|n| dns_seen(e, n, "A")).collect();
    let wild: Vec<&String> = e.random_names.iter().filter(|n| e.resolve(n).end == ResolutionEnd::Addresses).collect();
    if wild.is_empty() {
        if e.random_names.iter().any(|n| !e.resolve(n).chain.is_empty()) {
            return Found::pass(
                "A wildcard alias answers for every name and leads nowhere; whether somebody can claim its target is DNS-07's matter.",
            )
            .seen(seen);
        }
        return if e.random_names.iter().all(|n| is_absent(e, n)) {
            Found::pass("Names that nobody made do not exist.").seen(seen)
        } else {
            Found::unknown("Whether a wildcard answers was not learned.").seen(seen)
        };
    }
    let zone = e.target.domain.registrable();
    let content = wild.iter().find_map(|n| host_visit(e, n).filter(|(_, u, r)| r.status < 400 && host_of(u) == n.as_str()));
    let mismatch = wild.iter().find(|n| e.tls_of(n).and_then(|p| p.session()).is_some_and(|s| !s.name_matches));
    let what = match (content, mismatch) {
        (Some((_, u, r)), _) => format!("A wildcard answers for every name: the made-up {} shows a page ({}).", host_of(u), r.status),
        (None, Some(n)) => format!("A wildcard answers for every name, and visitors of the made-up {n} get a certificate warning."),
        (None, None) => return Found::pass("A wildcard answers for every name, without showing content of its own.").seen(seen),
    };
    // What was entered is an alias, or addresses of either family.
    let entered = ["CNAME", "A", "AAAA"].into_iter().find_map(|t| {
        let asked = if t == "AAAA" { "AAAA" } else { "A" };
        let answers = wild.iter().flat_map(|n| e.answers(n, asked).flat_map(|a| &a.records).filter(move |r| r.name == **n));
        let mut values: Vec<&str> = answers.filter(|r| r.rtype == t).map(|r| r.value.as_str()).collect();
        values.sort_unstable();
        values.dedup();
        (!values.is_empty()).then_some((t, values))
    });
    let (rtype, old) = entered.unwrap_or(("A", vec![]));
    Found::warn(what).seen(seen).seen(content.map(|(f, _, _)| fetch_seen(f))).fix(
        Fix::new("Remove the wildcard record, or let unknown names go nowhere", CHECK.minutes)
            .step("If each customer has a name of their own, keep the wildcard and answer 404 for names that no customer has.")
            .step("Else delete the record and enter the names that you use one by one.")
            .paste(Paste::record(rtype, &format!("*.{zone}"), &old, &[]))
            .undo("Enter the wildcard record again.")
            .risk("A name that only lived by the wildcard stops resolving; look through your links first."),
    )
}

#[test]
fn table() {
    use crate::evidence::DnsStatus::{NxDomain, Timeout};
    use crate::evidence::Purpose;
    use crate::taxonomy::Outcome;
    const R: &str = "lr-0123.acme.example";
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("no wildcard", |_| {}, Outcome::Pass),
            (
                "a wildcard with the product's page",
                |f| {
                    f.dns(R, "A", &["192.0.2.10"]).dns(R, "AAAA", &[]);
                    let hop = f.answer(&format!("https://{R}/"), 200, &[], "<title>Acme</title>");
                    f.fetch(Purpose::Host, vec![hop]);
                },
                Outcome::Warn,
            ),
            (
                "a wildcard whose certificate does not fit",
                |f| {
                    f.dns(R, "A", &["192.0.2.10"]).dns(R, "AAAA", &[]).cert(R, |s| s.name_matches = false);
                },
                Outcome::Warn,
            ),
            (
                "a wildcard that redirects to the site",
                |f| {
                    f.dns(R, "A", &["192.0.2.10"]).dns(R, "AAAA", &[]);
                    f.chain(Purpose::Host, &["https://lr-0123.acme.example/", "https://acme.example/"]);
                },
                Outcome::Pass,
            ),
            (
                "a wildcard that answers 404",
                |f| {
                    f.dns(R, "A", &["192.0.2.10"]).dns(R, "AAAA", &[]);
                    let hop = f.answer(&format!("https://{R}/"), 404, &[], "no such customer");
                    f.fetch(Purpose::Host, vec![hop]);
                },
                Outcome::Pass,
            ),
            ("not asked", |f| f.evidence.random_names.clear(), Outcome::Unknown),
            (
                "not answered",
                |f| {
                    f.status(R, "A", Timeout).status(R, "AAAA", NxDomain);
                    f.status("lr-4567.acme.example", "A", Timeout).status("lr-4567.acme.example", "AAAA", Timeout);
                },
                Outcome::Unknown,
            ),
        ],
    );
}

//! AUD-11: every host that ever got a certificate is a known one.

use crate::check::{Check, Context, Fix, Found, Part, Paste, Reference, Seen, join};
use crate::checks::help::{declared_hosts, dns_seen, fetch_seen, host_visit, is_only_wildcard};
use crate::dead_ends::is_challenge;
use crate::evidence::{Collector, Source, host_of};
use crate::taxonomy::{Area, Impact, Outcome, Stage};

/// AUD-11.
pub static CHECK: Check = Check {
    id: "AUD-11",
    name: "unknown-hosts-ct-logs",
    title: "Unknown hosts in CT logs",
    stage: Stage::Audit,
    area: Area::Dns,
    reads: &[Source::Outside],
    impact: Impact::Medium,
    resting_impact: Impact::Medium,
    needs: &[Collector::Registry],
    why: "Attackers read the same public logs first, and go for the forgotten admin panel and the old staging.",
    criterion: "Names of certificates of the last thirteen months: warns when a live host is not declared, fails when such a host shows an application or a sign-in.",
    minutes: 20,
    references: &[
        Reference { title: "RFC 6962", url: "https://www.rfc-editor.org/rfc/rfc6962" },
        Reference { title: "RFC 9162", url: "https://www.rfc-editor.org/rfc/rfc9162" },
    ],
    rule,
};

fn rule(c: &Context) -> Found {
    let e = c.outside();
    let Some(ct) = &e.ct else { return Found::unknown("The certificate logs were not searched.") };
    if let Some(why) = &ct.error {
        return Found::unknown(format!("The certificate logs could not be read: {why}."));
    }
    let declared = declared_hosts(e);
    let zone = e.target.domain.registrable();
    let hosts: Vec<String> = ct.hosts(zone).into_iter().filter(|h| !declared.contains(h) && h != zone).collect();
    let mut parts = vec![];
    let mut seen: Vec<Seen> = vec![];
    for h in &hosts {
        match e.resolve(h).learned() {
            Err(why) => {
                parts.push(Part::new(h, Outcome::Unknown, format!("Whether {h} is live was not learned: {why}.")));
                continue;
            }
            Ok(addresses) if addresses.is_empty() || is_only_wildcard(e, h) => {
                parts.push(Part::new(h, Outcome::Pass, ""));
                continue;
            }
            Ok(_) => {}
        }
        seen.extend(dns_seen(e, h, "A"));
        let part = match host_visit(e, h) {
            // A host that only leads to a declared one shows nothing of its own.
            Some((_, u, _)) if declared.iter().any(|d| d == host_of(u)) => Part::new(h, Outcome::Pass, ""),
            Some((f, u, r)) => {
                seen.push(fetch_seen(f));
                let text = r.body.as_ref().map_or(String::new(), |b| b.extract.to_ascii_lowercase());
                let signs_in = r.status == 401
                    || text.contains("type=\"password\"")
                    || text.contains("type=password")
                    || text.contains("sign in")
                    || text.contains("log in");
                let app = r.status == 200
                    && (text.contains("<div id=\"root\"") || text.contains("<div id=\"app\"") || text.contains("id=\"__next\""));
                if is_challenge(r) {
                    Part::new(h, Outcome::Warn, format!("{h} is live and not declared."))
                } else if signs_in || app {
                    Part::new(
                        h,
                        Outcome::Fail,
                        format!("{h} is not declared, and shows {} at {u}.", if signs_in { "a sign-in" } else { "an application" }),
                    )
                } else {
                    Part::new(h, Outcome::Warn, format!("{h} is live and not declared."))
                }
            }
            None => Part::new(h, Outcome::Warn, format!("{h} resolves and is not declared.")),
        };
        parts.push(part);
    }
    if parts.is_empty() {
        return Found::pass(format!("The logs name no host beside the declared ones ({} certificates).", ct.certificates.len()));
    }
    let live: Vec<String> = parts.iter().filter(|p| p.outcome.is_open()).map(|p| p.target.clone()).collect();
    let found = join(CHECK.impact, &parts, "None of the other names in the logs is live.").seen(seen);
    if !found.outcome.is_open() {
        return found;
    }
    found.fix(
        Fix::new("Declare the hosts that you use, and switch the others off", CHECK.minutes)
            .step("Add those that belong to the product to the project's hosts; they are scanned with it from then on.")
            .step("For the others: stop the service, then delete the DNS record, in this order.")
            .paste(Paste::add("further hosts of the project, or records to delete", live))
            .undo("Enter the record again."),
    )
}

#[test]
fn table() {
    use crate::evidence::DnsStatus::{NxDomain, Timeout};
    use crate::evidence::Purpose;
    use crate::fixture::Fixture;
    const H: &str = "admin.acme.example";
    fn logged(f: &mut Fixture) {
        f.evidence.ct.as_mut().unwrap().certificates[0].names.push(H.into());
        f.dns(H, "A", &["192.0.2.30"]).dns(H, "AAAA", &[]);
    }
    fn shows(f: &mut Fixture, status: u16, body: &str) {
        logged(f);
        let hop = f.answer("https://admin.acme.example/", status, &[], body);
        f.fetch(Purpose::Host, vec![hop]);
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("only declared hosts", |_| {}, Outcome::Pass),
            ("a live one", |f| shows(f, 200, "<p>hello"), Outcome::Warn),
            ("one that resolves and does not answer", logged, Outcome::Warn),
            ("a sign-in", |f| shows(f, 200, "<input type=\"password\">"), Outcome::Fail),
            ("401", |f| shows(f, 401, ""), Outcome::Fail),
            (
                "one that leads to the site",
                |f| {
                    logged(f);
                    f.chain(Purpose::Host, &["https://admin.acme.example/", "https://acme.example/"]);
                },
                Outcome::Pass,
            ),
            (
                "one that is gone",
                |f| {
                    logged(f);
                    f.status(H, "A", NxDomain).status(H, "AAAA", NxDomain);
                },
                Outcome::Pass,
            ),
            (
                "a name that has only the wildcard's address is no host",
                |f| {
                    logged(f);
                    for h in [H, "lr-0123.acme.example", "lr-4567.acme.example"] {
                        f.dns(h, "A", &["192.0.2.40"]).dns(h, "AAAA", &[]);
                    }
                },
                Outcome::Pass,
            ),
            (
                "a wildcard names no host",
                |f| f.evidence.ct.as_mut().unwrap().certificates[0].names.push("*.acme.example".into()),
                Outcome::Pass,
            ),
            (
                "a look-up that timed out",
                |f| {
                    logged(f);
                    f.status(H, "A", Timeout).status(H, "AAAA", Timeout);
                },
                Outcome::Unknown,
            ),
            ("the logs did not answer", |f| f.evidence.ct.as_mut().unwrap().error = Some("x".into()), Outcome::Unknown),
            ("not searched", |f| f.evidence.ct = None, Outcome::Unknown),
        ],
    );
}

//! DNS-11: signatures, where they are promised, hold.

use crate::check::{Check, Context, Fix, Found, Paste, Reference};
use crate::checks::help::note;
use crate::evidence::{Collector, DnsAnswer, DnsRole, DnsStatus, Dnssec, DnssecState, Outside, Source};
use crate::taxonomy::{Area, Impact, Stage};

/// DNS-11.
pub static CHECK: Check = Check {
    id: "DNS-11",
    name: "dnssec-not-bogus",
    title: "DNSSEC not bogus",
    stage: Stage::Edge,
    area: Area::Dns,
    reads: &[Source::Outside],
    impact: Impact::Critical,
    resting_impact: Impact::Info,
    needs: &[Collector::Dns],
    why: "When the signatures do not fit, a third of the internet's resolvers answer as if your domain did not exist: no site, no mail.",
    criterion: "Validates from the root: fails when bogus, warns when signatures are about to end; unsigned is information only.",
    minutes: 15,
    references: &[
        Reference { title: "RFC 4035 §5", url: "https://www.rfc-editor.org/rfc/rfc4035#section-5" },
        Reference { title: "RFC 9364", url: "https://www.rfc-editor.org/rfc/rfc9364" },
    ],
    rule,
};

/// Signers that sign at each answer give two days; below this nobody renews in time.
const SOON_MS: i64 = 6 * 3_600_000;

fn rule(c: &Context) -> Found {
    let Some(d) = &c.outside().dnssec else { return Found::unknown("DNSSEC was not looked at in time.") };
    let ds = if d.ds.is_empty() {
        "no DS at the parent".to_owned()
    } else {
        d.ds.iter().map(|x| format!("DS {x}")).collect::<Vec<_>>().join("\n")
    };
    let keys = match (d.keys.is_empty(), d.has_keys) {
        (false, _) => d.keys.iter().map(|k| format!("DNSKEY {k}")).collect::<Vec<_>>().join("\n"),
        (_, true) => "the zone serves DNSKEY records".to_owned(),
        _ => "no DNSKEY records were seen".to_owned(),
    };
    let seen = note(d.server.clone(), format!("{}: {ds}\n{keys}", d.zone), d.at);
    match &d.state {
        DnssecState::Secure => match (refused(c.outside()), d.signatures_end.filter(|end| end - c.now < SOON_MS)) {
            (Some((name, rtype)), _) => {
                bogus(d, &format!("{name} has {rtype} records, and a resolver that checks gives SERVFAIL for them")).seen([seen])
            }
            (None, Some(end)) => Found::warn(format!("The zone is signed, and a signature ends {}.", crate::time::human(end)))
                .impact(Impact::High)
                .seen([seen])
                .fix(
                    Fix::new("Have the zone signed again", CHECK.minutes)
                        .step("Look at your DNS host's signing: it should renew signatures days before they end. If you sign yourself, run the signer now and repair its schedule.")
                        .undo("Nothing to undo."),
                ),
            (None, None) => Found::pass("The zone is signed, and the signatures hold from the root down.").seen([seen]),
        },
        DnssecState::Insecure if d.has_keys => {
            Found::pass("The zone is signed, but the registry does not know it (no DS record), so nobody checks. That is safe; it is only unfinished.").seen([seen])
        }
        DnssecState::Insecure => Found::pass("The zone is not signed. That is allowed, and not needed for a launch.").seen([seen]),
        DnssecState::Indeterminate(why) => Found::unknown(format!("Whether the signatures hold was not learned: {why}.")).seen([seen]),
        DnssecState::Bogus(_) if d.signatures_end.is_some_and(|end| end < c.now) => {
            let end = d.signatures_end.map(crate::time::human).unwrap_or_default();
            Found::fail(format!("The zone's signatures ended {end}. Resolvers that check answer SERVFAIL."))
                .impact(Impact::Critical)
                .seen([seen])
                .fix(
                    Fix::new("Have the zone signed again", CHECK.minutes)
                        .step("Look at your DNS host's signing: it should renew signatures days before they end. If you sign yourself, run the signer now and repair its schedule.")
                        .step("If you cannot sign today, delete the DS record at your registrar; the domain works again, unsigned, once the parent's TTL has passed.")
                        .undo("Nothing to undo."),
                )
        }
        DnssecState::Bogus(_) if stranger(d).is_some() => {
            let (tag, served) = stranger(d).unwrap_or_default();
            bogus(d, &format!("the DS record names key {tag}, and the zone serves {served}")).seen([seen])
        }
        DnssecState::Bogus(why) => bogus(d, why).seen([seen]),
    }
}

/// A record set of the signed zone that its servers give and every resolver refuses: the signatures of the zone's SOA and
/// keys hold, and those of this set do not (RFC 4035 section 5.5).
fn refused(e: &Outside) -> Option<(&str, &str)> {
    let given = e.dns.iter().filter(|a| a.role == DnsRole::Authoritative && !a.records.is_empty() && a.end() == Some(&a.name));
    let mut refused = given.filter(|a| {
        let resolved: Vec<&DnsAnswer> =
            e.dns.iter().filter(|r| r.role == DnsRole::Resolver && r.name == a.name && r.rtype == a.rtype).collect();
        !resolved.is_empty() && resolved.iter().all(|r| r.status == DnsStatus::ServFail)
    });
    refused.next().map(|a| (a.name.as_str(), a.rtype.as_str()))
}

/// The key that the parent's first DS names and the keys that are served, where none of the parent's is among them.
fn stranger(d: &Dnssec) -> Option<(String, String)> {
    let tags: Vec<&str> = d.keys.iter().filter_map(|k| k.split("tag ").nth(1)).collect();
    let named: Vec<&str> = d.ds.iter().filter_map(|r| r.split(' ').next()).collect();
    let strange = !tags.is_empty() && !named.iter().any(|t| tags.contains(t));
    strange.then(|| (named.first().copied().unwrap_or_default().to_owned(), tags.join(", ")))
}

fn bogus(d: &Dnssec, why: &str) -> Found {
    Found::fail(format!("The registry promises signatures, and they do not hold ({why}). Resolvers that check answer SERVFAIL."))
            .impact(Impact::Critical)
            .fix(
                Fix::new("Take the DS record out at the registrar, then sign anew", CHECK.minutes)
                    .step("At your registrar, open DNSSEC and delete the DS record below. The domain works again once the parent's TTL has passed, an hour to a day.")
                    .step("This usually follows a move to another DNS host. Switch DNSSEC on there and enter its new DS record at the registrar only afterwards.")
                    .paste(Paste::record("DS", &d.zone, &d.ds.iter().map(String::as_str).collect::<Vec<_>>(), &[]))
                    .undo("Enter the DS record again, exactly as your DNS host shows it.")
                    .risk("Without DS the zone is unsigned, which is what most domains are."),
            )
}

#[test]
fn table() {
    use crate::taxonomy::Outcome;
    fn resolved(f: &mut crate::fixture::Fixture, status: DnsStatus) {
        let mut answer = f.evidence.dns.iter().find(|a| a.name == "acme.example" && a.rtype == "A").unwrap().clone();
        answer.role = DnsRole::Resolver;
        if status != DnsStatus::NoError {
            answer.records.clear();
        }
        answer.status = status;
        f.evidence.dns.push(answer);
    }
    fn state(f: &mut crate::fixture::Fixture, s: DnssecState) {
        f.evidence.dnssec.as_mut().unwrap().state = s;
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("unsigned (RFC 4035 §4.3 insecure; internet.nl WEB_DNSSEC)", |_| {}, Outcome::Pass),
            ("secure", |f| state(f, DnssecState::Secure), Outcome::Pass),
            (
                "one set with a signature that ended, which a resolver that checks refuses",
                |f| {
                    state(f, DnssecState::Secure);
                    resolved(f, DnsStatus::ServFail);
                },
                Outcome::Fail,
            ),
            (
                "a resolver that answers",
                |f| {
                    state(f, DnssecState::Secure);
                    resolved(f, DnsStatus::NoError);
                },
                Outcome::Pass,
            ),
            ("a resolver that fails on an unsigned zone", |f| resolved(f, DnsStatus::ServFail), Outcome::Pass),
            ("bogus", |f| state(f, DnssecState::Bogus("x".into())), Outcome::Fail),
            (
                "signatures that ended",
                |f| {
                    state(f, DnssecState::Bogus("x".into()));
                    f.evidence.dnssec.as_mut().unwrap().signatures_end = Some(f.now - 86_400_000);
                },
                Outcome::Fail,
            ),
            ("indeterminate is not bogus", |f| state(f, DnssecState::Indeterminate("no signatures came through".into())), Outcome::Unknown),
            ("keys without DS", |f| f.evidence.dnssec.as_mut().unwrap().has_keys = true, Outcome::Pass),
            (
                "a signature that ends in an hour",
                |f| {
                    state(f, DnssecState::Secure);
                    f.evidence.dnssec.as_mut().unwrap().signatures_end = Some(f.now + 3_600_000);
                },
                Outcome::Warn,
            ),
            (
                "a signature of two days, as signers at each answer give",
                |f| {
                    state(f, DnssecState::Secure);
                    f.evidence.dnssec.as_mut().unwrap().signatures_end = Some(f.now + 40 * 3_600_000);
                },
                Outcome::Pass,
            ),
            ("not looked at", |f| f.evidence.dnssec = None, Outcome::Unknown),
        ],
    );
}

#[test]
fn the_cause_is_named() {
    let mut f = crate::fixture::Fixture::good();
    let says = |f: &crate::fixture::Fixture| rule(&Context::of(&f.evidence, f.now)).summary;
    let d = f.evidence.dnssec.as_mut().unwrap();
    d.state = DnssecState::Bogus("x".into());
    d.ds = vec!["468 13 2 AB".into()];
    d.keys = vec!["257 3 13 tag 999".into()];
    assert!(says(&f).contains("names key 468, and the zone serves 999"), "{}", says(&f));
    f.evidence.dnssec.as_mut().unwrap().signatures_end = Some(f.now - 20 * 86_400_000);
    assert!(says(&f).starts_with("The zone's signatures ended "), "{}", says(&f));
}

//! TLS-09: HSTS over all subdomains breaks none of them.

use crate::check::{Check, Context, Fix, Found, Line, Paste, Reference, Seen};
use crate::checks::help::{declared_hosts, found_hosts, headers_seen, is_only_wildcard, list, no_pages, tls_seen};
use crate::dead_ends::is_challenge;
use crate::evidence::{Answer, Collector, Fetch, Purpose, ResolutionEnd, Response, Source, TlsFailure, TlsOutcome};
use crate::hsts::Hsts;
use crate::taxonomy::{Area, Impact, Stage};

/// TLS-09.
pub static CHECK: Check = Check {
    id: "TLS-09",
    name: "hsts-blast-radius-safe",
    title: "HSTS blast radius safe",
    stage: Stage::Edge,
    area: Area::Ssl,
    reads: &[Source::Outside],
    impact: Impact::High,
    resting_impact: Impact::High,
    needs: &[Collector::Dns, Collector::Tls, Collector::Http, Collector::Registry],
    why: "With includeSubDomains every host under the domain that lacks HTTPS becomes unreachable for returning visitors, for as long as max-age says.",
    criterion: "If the domain's own HSTS covers subdomains or asks for preloading, every known live host must have a certificate that browsers accept; fails otherwise, warns when preloading is asked for with less than a year.",
    minutes: 15,
    references: &[
        Reference { title: "RFC 6797 §11.4.2", url: "https://www.rfc-editor.org/rfc/rfc6797#section-11.4.2" },
        Reference { title: "hstspreload.org", url: "https://hstspreload.org/#submission-requirements" },
    ],
    rule,
};

const YEAR: u64 = 31_536_000;

fn rule(c: &Context) -> Found {
    let e = c.outside();
    let start = format!("https://{}/", e.target.domain);
    let first = e.fetches_for(Purpose::Start).find(|f| f.start == start).and_then(|f: &Fetch| match &f.hops.first()?.answer {
        Answer::Response(r) => Some((f, r as &Response)),
        Answer::Failed { .. } => None,
    });
    let Some((f, r)) = first else { return Found::unknown(no_pages(e)) };
    let Some(value) = r.header("strict-transport-security") else {
        return if is_challenge(r) { Found::blocked() } else { Found::pass("The domain sends no HSTS that could reach its subdomains.") };
    };
    let seen = headers_seen(f, r, &["strict-transport-security"]);
    let Some(Hsts { max_age: age, subdomains, preload }) = Hsts::parse(value).filter(|h| h.max_age > 0) else {
        return Found::pass("The HSTS header covers nothing; see TLS-08.").seen([seen]);
    };
    if !subdomains {
        return Found::pass("HSTS covers this host alone, so no other can break.").seen([seen]);
    }
    let mut hosts = declared_hosts(e);
    hosts.extend(found_hosts(e));
    hosts.retain(|h| e.target.domain.covers(h));
    let required = e.target.required_hosts();
    let (live, silent): (Vec<String>, Vec<String>) = hosts
        .into_iter()
        .filter(|h| e.resolve(h).learned().map_or(required.contains(h), |a| !a.is_empty()))
        // Of what a wildcard gives to every name, the random name alone was tried.
        .filter(|h| e.tls_of(h).is_some() || !is_only_wildcard(e, h))
        .partition(|h| e.resolve(h).end == ResolutionEnd::Addresses);
    let mut broken = vec![];
    let mut untried: Vec<&str> = silent.iter().map(String::as_str).collect();
    let mut rests: Vec<Seen> = vec![seen];
    for h in &live {
        match e.tls_of(h) {
            Some(_) if e.browser_accepts(h, c.now) => {}
            // A name for mail or the like opens neither port.
            Some(p) if matches!(p.outcome, TlsOutcome::Failed { kind: TlsFailure::Refused, .. }) && !serves_http(c, h) => {}
            Some(p)
                if matches!(
                    p.outcome,
                    TlsOutcome::Failed { kind: TlsFailure::Timeout | TlsFailure::Denied | TlsFailure::Unresolved, .. }
                ) =>
            {
                untried.push(h.as_str())
            }
            Some(p) => {
                broken.push(h.as_str());
                rests.push(tls_seen(p));
            }
            None => untried.push(h.as_str()),
        }
    }
    let narrower = |value: &str| {
        value
            .split(';')
            .map(str::trim)
            .filter(|d| !d.eq_ignore_ascii_case("includesubdomains") && !d.eq_ignore_ascii_case("preload"))
            .collect::<Vec<_>>()
            .join("; ")
    };
    if !broken.is_empty() {
        return Found::fail(format!(
            "HSTS covers all subdomains, and {} {} no certificate that browsers accept: visitors who were at {} cannot open {}.",
            list(&broken),
            if broken.len() == 1 { "has" } else { "have" },
            e.target.domain,
            if broken.len() == 1 { "it" } else { "them" }
        ))
        .seen(rests)
        .fix(
            Fix::new("Give every host HTTPS, or take includeSubDomains back", CHECK.minutes)
                .step(format!("Issue certificates for {}.", list(&broken)))
                .step("Until then, send the header below: it covers this host alone.")
                .paste(Paste {
                    place: format!("response header of https://{}/", e.target.domain),
                    lines: vec![
                        Line::Remove(format!("Strict-Transport-Security: {value}")),
                        Line::Add(format!("Strict-Transport-Security: {}", narrower(value))),
                    ],
                })
                .undo("Send the former header again.")
                .risk("Browsers keep the old promise until they visit again; preloaded domains stay in the list for months."),
        );
    }
    if !untried.is_empty() {
        return Found::unknown(format!("HSTS covers all subdomains; whether {} would break was not learned.", list(&untried))).seen(rests);
    }
    if preload && age < YEAR {
        return Found::warn("The header asks for preloading with less than a year, which the list refuses.").seen(rests).fix(
            Fix::new("Promise a year, or do not ask for preloading", CHECK.minutes)
                .step("Preloading binds you for months even if you change your mind. It is not needed for a launch.")
                .paste(Paste {
                    place: format!("response header of https://{}/", e.target.domain),
                    lines: vec![
                        Line::Remove(format!("Strict-Transport-Security: {value}")),
                        Line::Add("Strict-Transport-Security: max-age=31536000; includeSubDomains".into()),
                    ],
                })
                .undo("Send the former header again."),
        );
    }
    Found::pass(format!("HSTS covers all subdomains, and each of the {} live hosts that are known has HTTPS.", live.len())).seen(rests)
}

fn serves_http(c: &Context, host: &str) -> bool {
    c.outside().fetches.iter().any(|f| crate::evidence::host_of(&f.start) == host && f.last().is_some())
}

#[test]
fn table() {
    use crate::fixture::{Fixture, set};
    use crate::taxonomy::Outcome;
    fn header(f: &mut Fixture, value: &'static str) {
        for x in f.evidence.fetches.iter_mut().filter(|x| x.start == "https://acme.example/") {
            for h in &mut x.hops {
                if let Answer::Response(r) = &mut h.answer {
                    set(r, "strict-transport-security", value);
                }
            }
        }
    }
    fn old_host(f: &mut Fixture) {
        f.evidence.ct.as_mut().unwrap().certificates[0].names.push("old.acme.example".into());
        f.dns("old.acme.example", "A", &["192.0.2.20"]).dns("old.acme.example", "AAAA", &[]);
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("this host alone", |_| {}, Outcome::Pass),
            ("all subdomains have HTTPS", |f| header(f, "max-age=31536000; includeSubDomains"), Outcome::Pass),
            (
                "a host from the logs without a good certificate",
                |f| {
                    header(f, "max-age=31536000; includeSubDomains");
                    old_host(f);
                    f.cert("old.acme.example", |s| s.name_matches = false);
                },
                Outcome::Fail,
            ),
            (
                "the same without includeSubDomains",
                |f| {
                    old_host(f);
                    f.cert("old.acme.example", |s| s.name_matches = false);
                },
                Outcome::Pass,
            ),
            (
                "a host that was not tried",
                |f| {
                    header(f, "max-age=31536000; includeSubDomains");
                    old_host(f);
                },
                Outcome::Unknown,
            ),
            (
                "a host with neither port is no web host",
                |f| {
                    header(f, "max-age=31536000; includeSubDomains");
                    old_host(f);
                    f.no_tls("old.acme.example", TlsFailure::Refused);
                },
                Outcome::Pass,
            ),
            (
                "a host that serves plain HTTP only",
                |f| {
                    header(f, "max-age=31536000; includeSubDomains");
                    old_host(f);
                    f.no_tls("old.acme.example", TlsFailure::Refused);
                    let hop = f.answer("http://old.acme.example/", 200, &[], "x");
                    f.fetch(Purpose::Host, vec![hop]);
                },
                Outcome::Fail,
            ),
            ("preload with half a year (hstspreload.org)", |f| header(f, "max-age=15768000; includeSubDomains; preload"), Outcome::Warn),
            ("switched off covers nothing", |f| header(f, "max-age=0; includeSubDomains"), Outcome::Pass),
            ("no page", |f| f.evidence.fetches.clear(), Outcome::Unknown),
        ],
    );
}

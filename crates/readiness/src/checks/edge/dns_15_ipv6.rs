//! DNS-15: visitors with IPv6 see the same site.

use crate::check::{Check, Context, Fix, Found, Part, Paste, Reference, join};
use crate::checks::help::{is_absent, note, web_hosts};
use crate::evidence::{Collector, FamilyFetch, Source};
use crate::taxonomy::{Area, Impact, Outcome, Stage};

/// DNS-15.
pub static CHECK: Check = Check {
    id: "DNS-15",
    name: "ipv6-not-broken",
    title: "IPv6 not broken",
    stage: Stage::Edge,
    area: Area::Dns,
    reads: &[Source::Outside],
    impact: Impact::High,
    resting_impact: Impact::Info,
    needs: &[Collector::Dns, Collector::Tls],
    why: "Nearly half of all phones come by IPv6; with a dead or forgotten address they wait, or see an old server, and you never notice from your own line.",
    criterion: "Where AAAA records stand: fails when they do not answer or show something else than IPv4 does. Without AAAA it is information only.",
    minutes: 15,
    references: &[
        Reference { title: "RFC 8305", url: "https://www.rfc-editor.org/rfc/rfc8305" },
        Reference { title: "internet.nl: IPv6 and IPv4 websites the same", url: "https://internet.nl/faqs/report/" },
    ],
    rule,
};

/// Bits of 64 in which the simhashes of two renderings of one page differ at most.
const ALIKE: u32 = 26;

fn fetch_text(f: &FamilyFetch) -> String {
    match &f.status {
        Ok(s) => format!("{s}{}", f.location.as_ref().map(|l| format!(" → {l}")).unwrap_or_default()),
        Err(why) => why.clone(),
    }
}

fn rule(c: &Context) -> Found {
    let e = c.outside();
    let mut parts = vec![];
    let mut seen = vec![];
    let mut dead: Vec<(String, Vec<String>)> = vec![];
    for host in web_hosts(c) {
        let aaaa: Vec<String> = match e.lookup(&host, "AAAA").learned() {
            Ok(values) => values.into_iter().map(str::to_owned).collect(),
            Err(why) => {
                parts.push(Part::new(&host, Outcome::Unknown, format!("Whether {host} has IPv6 addresses was not learned: {why}.")));
                continue;
            }
        };
        if aaaa.is_empty() {
            continue;
        }
        let of = |v6: bool| e.families.iter().find(|f| f.host == host && f.address.contains(':') == v6);
        seen.extend(
            [of(false), of(true)].into_iter().flatten().map(|f| note(format!("https://{host}/ at {}", f.address), fetch_text(f), f.at)),
        );
        let part = match (of(false), of(true)) {
            (_, Some(six)) if six.no_route => {
                Part::new(&host, Outcome::Unknown, format!("{host} has IPv6 addresses, and this machine has no IPv6 to try them."))
            }
            (four, Some(six)) => match (four.map(|f| &f.status), &six.status) {
                (Some(Ok(_)), Err(why)) => Part::new(&host, Outcome::Fail, format!("{host} answers by IPv4, but not by IPv6 ({why}).")),
                (None, Err(why)) => {
                    Part::new(&host, Outcome::Unknown, format!("{host} was tried by IPv6 alone, and did not answer ({why})."))
                }
                (_, Err(_)) => Part::new(&host, Outcome::Unknown, format!("{host} answered neither by IPv4 nor by IPv6.")),
                (Some(Ok(a)), Ok(b)) if a / 100 != b / 100 => {
                    Part::new(&host, Outcome::Fail, format!("{host} answers {a} by IPv4 and {b} by IPv6."))
                }
                (Some(Ok(200)), Ok(200)) if four.is_some_and(|f| (f.simhash ^ six.simhash).count_ones() > ALIKE) => {
                    Part::new(&host, Outcome::Fail, format!("{host} shows another page by IPv6 than by IPv4."))
                }
                _ => Part::new(&host, Outcome::Pass, ""),
            },
            (_, None) => Part::new(&host, Outcome::Unknown, format!("{host} has IPv6 addresses that were not tried in time.")),
        };
        // What works by IPv6 alone is not taken away.
        let better = match (of(false).map(|f| &f.status), of(true).map(|f| &f.status)) {
            (Some(Ok(four)), Some(Ok(six))) => *four >= 400 && *six < 400,
            _ => false,
        };
        if part.outcome == Outcome::Fail && !better {
            dead.push((e.owner(&host, "AAAA"), aaaa));
        }
        parts.push(part);
    }
    if parts.is_empty() && e.target.required_hosts().iter().all(|h| is_absent(e, h)) {
        return Found::na("No host of the product has an address; see DNS-01.");
    }
    if parts.is_empty() {
        return Found::pass("There are no IPv6 addresses. Everybody still reaches the site by IPv4; it is not needed for a launch.");
    }
    let found = join(Impact::High, &parts, "The site is the same by IPv4 and IPv6.").seen(seen);
    if found.outcome != Outcome::Fail {
        return found;
    }
    if dead.is_empty() {
        return found.impact(Impact::High).fix(
            Fix::new("Let IPv4 answer as IPv6 does", CHECK.minutes)
                .step("By IPv6 the page comes, by IPv4 it does not: compare where the A and the AAAA records lead, and mend the server behind the A record.")
                .undo("Put the former A record back."),
        );
    }
    let mut fix = Fix::new("Mend the IPv6 addresses, or remove them", CHECK.minutes)
        .step("If your host gives you an IPv6 address, enter that one and let the web server listen on it (nginx: listen [::]:443 ssl;).")
        .step("If not, delete the AAAA records: IPv4 alone works everywhere.");
    let zone = e.target.domain.registrable();
    for (owner, addresses) in &dead {
        if crate::providers::ends_in(owner, &[zone]) {
            fix = fix.paste(Paste::record("AAAA", owner, &addresses.iter().map(String::as_str).collect::<Vec<_>>(), &[]));
        } else {
            fix = fix.step(format!("The addresses are those of {owner}, which somebody else runs: tell them."));
        }
    }
    found.impact(Impact::High).fix(fix.undo("Enter the AAAA records again."))
}

#[test]
fn table() {
    fn family(f: &mut crate::fixture::Fixture, address: &str, status: Result<u16, String>, simhash: u64) {
        let host = "acme.example".to_owned();
        f.evidence.families.push(FamilyFetch { host, address: address.into(), at: 0, status, no_route: false, simhash, location: None });
    }
    fn six(f: &mut crate::fixture::Fixture) {
        f.dns("acme.example", "AAAA", &["2606:4700::1"]);
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("no IPv6", |_| {}, Outcome::Pass),
            (
                "the same page",
                |f| {
                    six(f);
                    family(f, "192.0.2.10", Ok(200), 0xff00);
                    family(f, "2606:4700::1", Ok(200), 0xff03);
                },
                Outcome::Pass,
            ),
            (
                "IPv6 refuses",
                |f| {
                    six(f);
                    family(f, "192.0.2.10", Ok(200), 1);
                    family(f, "2606:4700::1", Err("connection refused".into()), 0);
                },
                Outcome::Fail,
            ),
            (
                "another page (internet.nl WEB_IPV6_WS_SIMHASH)",
                |f| {
                    six(f);
                    family(f, "192.0.2.10", Ok(200), 0);
                    family(f, "2606:4700::1", Ok(200), u64::MAX);
                },
                Outcome::Fail,
            ),
            (
                "404 by IPv6 only",
                |f| {
                    six(f);
                    family(f, "192.0.2.10", Ok(200), 0);
                    family(f, "2606:4700::1", Ok(404), 0);
                },
                Outcome::Fail,
            ),
            (
                "this machine has no IPv6",
                |f| {
                    six(f);
                    family(f, "192.0.2.10", Ok(200), 0);
                    family(f, "2606:4700::1", Err("no route".into()), 0);
                    f.evidence.families[1].no_route = true;
                },
                Outcome::Unknown,
            ),
            (
                "both dead is another check's matter",
                |f| {
                    six(f);
                    family(f, "192.0.2.10", Err("refused".into()), 0);
                    family(f, "2606:4700::1", Err("refused".into()), 0);
                },
                Outcome::Unknown,
            ),
            ("not tried", six, Outcome::Unknown),
            (
                "no address of either family is no site by IPv4",
                |f| {
                    for h in ["acme.example", "www.acme.example", "app.acme.example"] {
                        f.dns(h, "A", &[]);
                    }
                },
                Outcome::Na,
            ),
            (
                "whether there are any was not learned",
                |f| {
                    f.status("acme.example", "AAAA", crate::evidence::DnsStatus::ServFail);
                },
                Outcome::Unknown,
            ),
        ],
    );
}

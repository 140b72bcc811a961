//! TLS-05: today's protocol versions are spoken, broken ones are not.

use crate::check::{Check, Context, Fix, Found, Part, Paste, Reference, Seen, join};
use crate::checks::help::{list, note, web_hosts};
use crate::evidence::{Collector, Handshakes, Source};
use crate::taxonomy::{Area, Impact, Outcome, Stage};

/// TLS-05.
pub static CHECK: Check = Check {
    id: "TLS-05",
    name: "protocol-versions",
    title: "Protocol versions",
    stage: Stage::Edge,
    area: Area::Ssl,
    reads: &[Source::Outside],
    impact: Impact::Medium,
    resting_impact: Impact::Medium,
    needs: &[Collector::Dns, Collector::Tls],
    why: "Old versions can be broken on the way, and a bank's or an agency's network refuses to open a site that still offers them.",
    criterion: "Each version is offered alone: fails on SSL 3.0 or without TLS 1.2 and 1.3, warns on TLS 1.0 or 1.1, or without 1.3.",
    minutes: 15,
    references: &[
        Reference { title: "RFC 8996", url: "https://www.rfc-editor.org/rfc/rfc8996" },
        Reference { title: "RFC 9325 §3.1", url: "https://www.rfc-editor.org/rfc/rfc9325#section-3.1" },
    ],
    rule,
};

/// The probes of the hosts that a visitor may need, of those that answered TLS at all.
pub(crate) fn probed<'a>(c: &Context<'a>) -> Vec<&'a Handshakes> {
    let hosts = web_hosts(c);
    let e = c.outside();
    e.handshakes.iter().filter(|h| hosts.contains(&h.host) && e.tls_of(&h.host).is_some_and(|p| p.session().is_some())).collect()
}

/// What a probe saw, version by version.
pub(crate) fn handshakes_seen(h: &Handshakes) -> Seen {
    let lines: Vec<String> = h
        .versions
        .iter()
        .map(|v| match v.accepted {
            Some(true) if v.suites.is_empty() => format!("{}: accepted", v.version),
            Some(true) => format!("{}: {}", v.version, v.suites.join(", ")),
            Some(false) => format!("{}: declined", v.version),
            None => format!("{}: not learned", v.version),
        })
        .collect();
    note(format!("{}:443", h.host), lines.join("\n"), h.at)
}

fn part(h: &Handshakes) -> Part {
    let took = |v: &str| h.version(v).and_then(|p| p.accepted);
    let host = h.host.as_str();
    if took("SSL 3.0") == Some(true) {
        return Part::new(host, Outcome::Fail, format!("{host} still speaks SSL 3.0, which anybody on the way can read."));
    }
    match (took("TLS 1.2"), took("TLS 1.3")) {
        (Some(false), Some(false)) => {
            return Part::new(host, Outcome::Fail, format!("{host} speaks neither TLS 1.2 nor 1.3; today's browsers refuse it."));
        }
        (None, None) => return Part::new(host, Outcome::Unknown, format!("Which versions {host} speaks was not learned.")),
        _ => {}
    }
    let old: Vec<&str> = ["TLS 1.0", "TLS 1.1"].into_iter().filter(|v| took(v) == Some(true)).collect();
    if !old.is_empty() {
        return Part::new(host, Outcome::Warn, format!("{host} still offers {}, withdrawn in 2021.", list(&old)));
    }
    if took("TLS 1.3") == Some(false) {
        return Part::new(host, Outcome::Warn, format!("{host} does not offer TLS 1.3."));
    }
    if ["SSL 3.0", "TLS 1.0", "TLS 1.1", "TLS 1.3"].iter().any(|v| took(v).is_none()) {
        return Part::new(host, Outcome::Unknown, format!("Not every version could be tried at {host}."));
    }
    Part::new(host, Outcome::Pass, "")
}

fn rule(c: &Context) -> Found {
    let probes = probed(c);
    if probes.is_empty() {
        return Found::unknown("No host answered over HTTPS, or the versions were not tried in time.");
    }
    let parts: Vec<Part> = probes.iter().map(|h| part(h)).collect();
    let found =
        join(CHECK.impact, &parts, "TLS 1.2 and 1.3 are offered, and nothing older.").seen(probes.iter().map(|h| handshakes_seen(h)));
    if !found.outcome.is_open() {
        return found;
    }
    found.fix(
        Fix::new("Offer TLS 1.2 and 1.3 only", CHECK.minutes)
            .step("Set the versions below in what ends TLS, the edge or the web server; update the server if it does not know TLS 1.3.")
            .paste(Paste::add("versions that may be offered", ["TLSv1.2", "TLSv1.3"]))
            .undo("Add the older version to the list again.")
            .risk("Browsers from before 2014 and very old devices cannot connect any more."),
    )
}

#[test]
fn table() {
    fn set(f: &mut crate::fixture::Fixture, version: &str, accepted: Option<bool>) {
        for h in &mut f.evidence.handshakes {
            h.versions.iter_mut().find(|v| v.version == version).unwrap().accepted = accepted;
        }
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("1.2 and 1.3", |_| {}, Outcome::Pass),
            ("SSL 3.0 (testssl cap F, RFC 7568)", |f| set(f, "SSL 3.0", Some(true)), Outcome::Fail),
            ("TLS 1.0 (testssl cap B, RFC 8996)", |f| set(f, "TLS 1.0", Some(true)), Outcome::Warn),
            ("TLS 1.1", |f| set(f, "TLS 1.1", Some(true)), Outcome::Warn),
            ("no 1.3", |f| set(f, "TLS 1.3", Some(false)), Outcome::Warn),
            ("1.3 alone is fine", |f| set(f, "TLS 1.2", Some(false)), Outcome::Pass),
            (
                "neither 1.2 nor 1.3 (testssl cap C)",
                |f| {
                    set(f, "TLS 1.2", Some(false));
                    set(f, "TLS 1.3", Some(false));
                },
                Outcome::Fail,
            ),
            ("an old version that could not be tried", |f| set(f, "TLS 1.0", None), Outcome::Unknown),
            ("one host of three", |f| f.evidence.handshakes[0].versions[1].accepted = Some(true), Outcome::Warn),
            ("not tried", |f| f.evidence.handshakes.clear(), Outcome::Unknown),
        ],
    );
}

//! DNS-17: the records are those that somebody approved.

use crate::check::{Check, Context, Fix, Found, Line, Paste, Reference};
use crate::checks::help::note;
use crate::dns_map;
use crate::evidence::{Collector, MapRecord, Source};
use crate::taxonomy::{Area, Impact, Stage};
use crate::time;

/// DNS-17.
pub static CHECK: Check = Check {
    id: "DNS-17",
    name: "dns-drift-vs-approved-map",
    title: "DNS drift vs approved map",
    stage: Stage::Edge,
    area: Area::Dns,
    reads: &[Source::Outside],
    impact: Impact::High,
    resting_impact: Impact::High,
    needs: &[Collector::Dns, Collector::Mail],
    why: "A record that changes without anybody deciding it is how sites get hijacked, and how mail stops after somebody tidied up.",
    criterion: "Compares with the map that you approved: fails when an address, mail or name server became a stranger's, warns on any other change.",
    minutes: 10,
    references: &[Reference { title: "RFC 1034 §3.6", url: "https://www.rfc-editor.org/rfc/rfc1034#section-3.6" }],
    rule,
};

fn line(r: &MapRecord) -> String {
    format!("{} {} {}", r.name, r.rtype, r.value)
}

fn rule(c: &Context) -> Found {
    let e = c.outside();
    let Some(approved) = &e.target.map else {
        return Found::unknown(
            "No DNS map has been approved yet. Open the DNS map, look through it, and approve it; from then on every change is told.",
        );
    };
    if !e.dns.iter().any(|a| a.status.is_definitive()) {
        return Found::unknown("The zone could not be asked, so nothing can be compared.");
    }
    let drift = dns_map::drift(&approved.records, e);
    let seen = note(
        "the approved map",
        format!("{} records, approved by {} on {}", approved.records.len(), approved.by, time::date(approved.at)),
        approved.at,
    );
    if drift.added.is_empty() && drift.removed.is_empty() {
        let silent = approved.records.iter().filter(|r| {
            let asked = if r.rtype == "CNAME" { "A" } else { &r.rtype };
            e.answers(&r.name, asked).next().is_some() && !e.answers(&r.name, asked).any(|a| a.status.is_definitive())
        });
        let said = match (approved.records.len(), silent.count()) {
            (all, 0) => format!("All {all} records are as approved on {}.", time::date(approved.at)),
            (all, n) => {
                format!("{} of {all} records are as approved on {}; nothing was answered about {n}.", all - n, time::date(approved.at))
            }
        };
        return Found::pass(said).seen([seen]);
    }
    // A known name that leads to a place nobody knows is how a hijack looks.
    let stranger = drift.added.iter().find(|r| {
        matches!(r.rtype.as_str(), "A" | "AAAA" | "MX" | "NS" | "CNAME")
            && r.owner.is_empty()
            && drift.removed.iter().any(|a| {
                a.name == r.name && (a.rtype == r.rtype || matches!((a.rtype.as_str(), r.rtype.as_str()), ("A" | "CNAME", "CNAME" | "A")))
            })
    });
    let lines: Vec<Line> =
        drift.added.iter().map(|r| Line::Remove(line(r))).chain(drift.removed.iter().map(|r| Line::Add(line(r)))).take(40).collect();
    let changes = drift
        .added
        .iter()
        .map(|r| format!("+ {}", line(r)))
        .chain(drift.removed.iter().map(|r| format!("- {}", line(r))))
        .take(40)
        .collect::<Vec<_>>()
        .join("\n");
    let fix = Fix::new("Approve the change, or take it back", CHECK.minutes)
        .step("If you made the change: open the DNS map and approve it again.")
        .step("If nobody did: put the approved records back, then change the password of your DNS host and look at its activity log.")
        .paste(Paste { place: format!("records of {}", e.target.domain.registrable()), lines })
        .undo("Approve the map as it was.");
    let count = drift.added.len() + drift.removed.len();
    let found = match stranger {
        Some(r) => Found::fail(format!("{} {} now leads to {}, which is not known to this map.", r.name, r.rtype, r.value)),
        None => Found::warn(format!(
            "{count} {} since the map was approved.",
            if count == 1 { "record has changed" } else { "records have changed" }
        )),
    };
    found.seen([seen, note("now", changes, e.finished_at)]).fix(fix)
}

#[test]
fn table() {
    use crate::evidence::DnsStatus::{NxDomain, Timeout};
    use crate::taxonomy::Outcome;
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("as approved", |_| {}, Outcome::Pass),
            ("nothing approved", |f| f.evidence.target.map = None, Outcome::Unknown),
            (
                "another address",
                |f| {
                    f.dns("mx.acme.example", "A", &["203.0.113.66"]);
                },
                Outcome::Fail,
            ),
            (
                "another mail server",
                |f| {
                    f.dns("acme.example", "MX", &["10 mx.stranger.example"]);
                },
                Outcome::Fail,
            ),
            (
                "a mail server of a known service",
                |f| {
                    f.dns("acme.example", "MX", &["1 aspmx.l.google.com"]);
                },
                Outcome::Warn,
            ),
            (
                "a further TXT",
                |f| {
                    f.txt("acme.example", &["v=spf1 mx include:_spf.mail.example ~all", "site-verification=1", "new=1"]);
                },
                Outcome::Warn,
            ),
            (
                "a record that is gone",
                |f| {
                    f.status("app.acme.example", "A", NxDomain);
                },
                Outcome::Warn,
            ),
            (
                "a lower TTL is no change",
                |f| {
                    for r in f.evidence.dns.iter_mut().flat_map(|a| &mut a.records) {
                        r.ttl = 7;
                    }
                },
                Outcome::Pass,
            ),
            (
                "a question that was not answered is no change",
                |f| {
                    f.status("app.acme.example", "A", Timeout);
                },
                Outcome::Pass,
            ),
        ],
    );
}

//! MAIL-06: the SPF record fits into an answer.

use crate::check::{Check, Context, Fix, Found, Reference};
use crate::checks::help::{OneSpf, dns_seen, one_spf};
use crate::evidence::{Collector, Source};
use crate::taxonomy::{Area, Impact, Stage};

/// MAIL-06.
pub static CHECK: Check = Check {
    id: "MAIL-06",
    name: "spf-size",
    title: "SPF size",
    stage: Stage::Edge,
    area: Area::Email,
    reads: &[Source::Outside],
    impact: Impact::Low,
    resting_impact: Impact::Low,
    needs: &[Collector::Mail],
    why: "An answer that does not fit is cut, and some receivers then see no SPF record at all.",
    criterion: "Warns when the record is longer than 450 bytes; 512 is what fits into a plain answer with everything around it.",
    minutes: 15,
    references: &[Reference { title: "RFC 7208 §3.4", url: "https://www.rfc-editor.org/rfc/rfc7208#section-3.4" }],
    rule,
};

const COMFORTABLE: usize = 450;

fn rule(c: &Context) -> Found {
    let e = c.outside();
    let record = match one_spf(e) {
        OneSpf::One(r) => r,
        OneSpf::Not(why) => return Found::na(why),
        OneSpf::Unknown(why) => return Found::unknown(why),
    };
    let size = record.len();
    let seen = dns_seen(e, e.target.mail_domain(), "TXT");
    if size <= COMFORTABLE {
        return Found::pass(format!("The SPF record has {size} bytes.")).seen(seen);
    }
    Found::warn(format!("The SPF record has {size} bytes; {COMFORTABLE} fit comfortably.")).seen(seen).fix(
        Fix::new("Shorten the SPF record", CHECK.minutes)
            .step("Remove services that no longer send for you, and single addresses that a network covers.")
            .step("If it is still too long, move the addresses into a record of your own and include that: include:_spf.yourdomain.")
            .undo("Put the former record back."),
    )
}

#[test]
fn table() {
    use crate::evidence::DnsStatus::Timeout;
    use crate::taxonomy::Outcome;
    const D: &str = "acme.example";
    fn long(f: &mut crate::fixture::Fixture, n: usize) {
        let record = format!("v=spf1 {}~all", "ip4:192.0.2.10 ".repeat(n));
        f.txt(D, &[&record]);
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("short", |_| {}, Outcome::Pass),
            ("two strings that join to 300 bytes (RFC 7208 §3.3)", |f| long(f, 19), Outcome::Pass),
            ("460 bytes (checkdmarc's warning)", |f| long(f, 30), Outcome::Warn),
            ("900 bytes", |f| long(f, 60), Outcome::Warn),
            (
                "no record",
                |f| {
                    f.txt(D, &[]);
                },
                Outcome::Na,
            ),
            (
                "not learned",
                |f| {
                    f.status(D, "TXT", Timeout);
                },
                Outcome::Unknown,
            ),
        ],
    );
}

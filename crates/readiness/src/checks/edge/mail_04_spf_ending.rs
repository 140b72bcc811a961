//! MAIL-04: the SPF record ends by saying what happens to everybody else.

use crate::check::{Check, Context, Fix, Found, Paste, Reference};
use crate::checks::edge::mail_02_one_spf::first_record;
use crate::checks::help::{OneSpf, dns_seen, one_spf};
use crate::evidence::{Collector, Source};
use crate::spf::{self, Kind, Qualifier, Spf};
use crate::taxonomy::{Area, Impact, Stage};

/// MAIL-04.
pub static CHECK: Check = Check {
    id: "MAIL-04",
    name: "spf-terminal-qualifier",
    title: "SPF terminal qualifier",
    stage: Stage::Edge,
    area: Area::Email,
    reads: &[Source::Outside],
    impact: Impact::High,
    resting_impact: Impact::High,
    needs: &[Collector::Mail],
    why: "Anybody can write mail in your name that passes as yours, and your customers get it.",
    criterion: "Fails on +all, also in an include; warns on ?all or no ending; passes on ~all and -all, redirects followed.",
    minutes: 5,
    references: &[Reference { title: "RFC 7208 §5.1", url: "https://www.rfc-editor.org/rfc/rfc7208#section-5.1" }],
    rule,
};

fn rule(c: &Context) -> Found {
    let e = c.outside();
    let domain = e.target.mail_domain();
    let record = match one_spf(e) {
        OneSpf::One(r) => r,
        OneSpf::Not(why) => return Found::na(why),
        OneSpf::Unknown(why) => return Found::unknown(why),
    };
    let walk = spf::walk(domain, &record, &|name, rtype| e.lookup(name, rtype));
    let seen = dns_seen(e, domain, "TXT");
    let fix = || {
        let base = Fix::new("End the SPF record with ~all", CHECK.minutes)
            .undo("Put the former record back.")
            .risk("Mail of a service that is not listed becomes suspect; list every sender first.");
        let dropped = walk.open.iter().fold(base, |f, open| f.step(format!("Take out {open}: it matches every sender.")));
        let without: Vec<String> = walk.open.iter().cloned().collect();
        let lists = |r: &str| Spf::parse(r).evaluated().any(|t| t.qualifier == Qualifier::Pass && t.kind != Kind::Other);
        match (spf::with_ending(&record, "~all", &without), Spf::parse(&record).redirect()) {
            // A record that lists nobody would make all mail of one's own suspect.
            (Some(new), _) if !lists(&new) => dropped
                .step("Replace the record, with every service that sends for you in it. ~all asks receivers to treat everybody else with suspicion.")
                .paste(Paste::record("TXT", domain, &[&record], &[&first_record(e, domain)])),
            (Some(new), _) => dropped
                .step("Replace the record. ~all asks receivers to treat everybody who is not listed with suspicion.")
                .paste(Paste::record("TXT", domain, &[&record], &[&new])),
            (None, Some(to)) => dropped.step(format!(
                "The record hands over to {to}, so the ending stands there: let the record at {to} end with ~all. Do not add ~all beside the redirect, which would switch it off."
            )),
            (None, None) => dropped.step("Correct the record first (MAIL-03), then let it end with ~all."),
        }
    };
    if let Some(word) = spf::joined(&record) {
        return Found::na(format!("Where the record ends cannot be told before “{word}” is two terms; see MAIL-03.")).seen(seen);
    }
    if !walk.errors.is_empty() {
        return Found::na("Receivers cannot evaluate the SPF record, so its ending decides nothing; see MAIL-03.").seen(seen);
    }
    if let (Some(open), Some(sign)) = (&walk.open, walk.terminal) {
        return match sign {
            Qualifier::Pass => Found::fail(format!("“{open}” matches every sender: the whole internet may send as you.")),
            Qualifier::Neutral => Found::warn(format!("“{open}” matches every sender and says nothing about them, like ?all.")),
            Qualifier::SoftFail | Qualifier::Fail => {
                Found::warn(format!("“{open}” matches every sender, so that your own mail is refused or suspect as well."))
            }
        }
        .seen(seen)
        .fix(fix());
    }
    match walk.terminal {
        Some(Qualifier::Pass) => Found::fail("The SPF record ends with +all: the whole internet may send as you.").seen(seen).fix(fix()),
        Some(Qualifier::Neutral) => {
            Found::warn("The SPF record ends with ?all, which says nothing about everybody else.").seen(seen).fix(fix())
        }
        Some(Qualifier::SoftFail) => Found::pass("Everybody who is not listed is suspect (~all).").seen(seen),
        Some(Qualifier::Fail) => Found::pass("Everybody who is not listed is refused (-all).").seen(seen),
        None if Spf::parse(&record).redirect().is_some_and(spf::has_macro) => {
            Found::unknown("The record hands over to a name that depends on each message, so where it ends was not learned.").seen(seen)
        }
        None if !walk.unknown.is_empty() => {
            Found::unknown(format!("Where the redirect ends was not learned: {}.", walk.unknown.join("; "))).seen(seen)
        }
        None => {
            Found::warn("The SPF record has no ending, which is read as ?all: it says nothing about everybody else.").seen(seen).fix(fix())
        }
    }
}

#[test]
fn table() {
    use crate::evidence::DnsStatus::Timeout;
    use crate::taxonomy::Outcome;
    const D: &str = "acme.example";
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("~all", |_| {}, Outcome::Pass),
            (
                "-all",
                |f| {
                    f.txt(D, &["v=spf1 mx -all"]);
                },
                Outcome::Pass,
            ),
            (
                "+all",
                |f| {
                    f.txt(D, &["v=spf1 mx +all"]);
                },
                Outcome::Fail,
            ),
            (
                "all without a sign means +all",
                |f| {
                    f.txt(D, &["v=spf1 mx all"]);
                },
                Outcome::Fail,
            ),
            (
                "?all",
                |f| {
                    f.txt(D, &["v=spf1 mx ?all"]);
                },
                Outcome::Warn,
            ),
            (
                "no ending",
                |f| {
                    f.txt(D, &["v=spf1 mx"]);
                },
                Outcome::Warn,
            ),
            (
                "a redirect's ending counts",
                |f| {
                    f.txt(D, &["v=spf1 redirect=r.example"]).txt("r.example", &["v=spf1 ip4:192.0.2.1 -all"]);
                },
                Outcome::Pass,
            ),
            (
                "a redirect that timed out",
                |f| {
                    f.txt(D, &["v=spf1 redirect=r.example"]).status("r.example", "TXT", Timeout);
                },
                Outcome::Unknown,
            ),
            (
                "an include that allows everybody, behind a strict ending",
                |f| {
                    f.txt(D, &["v=spf1 include:o.example -all"]).txt("o.example", &["v=spf1 +all"]);
                },
                Outcome::Fail,
            ),
            (
                "no record",
                |f| {
                    f.txt(D, &[]);
                },
                Outcome::Na,
            ),
        ],
    );
}

//! MAIL-03: the SPF record can be evaluated: its syntax is right and it costs ten look-ups at most.

use crate::check::{Check, Context, Fix, Found, Paste, Reference, Seen};
use crate::checks::edge::mail_05_spf_sender;
use crate::checks::help::{OneSpf, dns_seen, one_spf};
use crate::evidence::{Collector, Outside, Source};
use crate::providers::{self, Authorised};
use crate::spf::{self, Dropped, MAX_LOOKUPS, MAX_VOID, Spf, Walk};
use crate::taxonomy::{Area, Impact, Stage};

/// MAIL-03.
pub static CHECK: Check = Check {
    id: "MAIL-03",
    name: "spf-syntax-dns-budget",
    title: "SPF syntax and DNS budget",
    stage: Stage::Edge,
    area: Area::Email,
    reads: &[Source::Outside],
    impact: Impact::Critical,
    resting_impact: Impact::Critical,
    needs: &[Collector::Mail],
    why: "Receivers stop at the eleventh look-up or the first mistake and treat all your mail as unauthenticated.",
    criterion: "Fails on a syntax error, more than 10 look-ups, more than 2 empty ones, or an include in a circle; warns from 9 look-ups.",
    minutes: 20,
    references: &[Reference { title: "RFC 7208 §4.6.4", url: "https://www.rfc-editor.org/rfc/rfc7208#section-4.6.4" }],
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
    let mut seen = dns_seen(e, domain, "TXT");
    seen.push(Seen { source: "the tree of includes".into(), text: tree(&walk), at: e.finished_at });
    let fix = |title: String, steps: Vec<String>| Fix {
        title,
        steps,
        paste: vec![Paste {
            place: format!("TXT · {domain} · the record as it stands"),
            lines: vec![crate::check::Line::Keep(record.clone())],
        }],
        undo: format!("Put the former record back: {record}"),
        risk: Some("Remove only the include of a service that no longer sends for you.".into()),
        minutes: CHECK.minutes,
    };
    if !walk.errors.is_empty() {
        return Found::fail(format!("Receivers cannot evaluate the SPF record: {}.", walk.errors.join("; "))).seen(seen).fix(mended(
            domain,
            &record,
            fix("Mend the SPF record".into(), walk.errors.iter().map(|x| format!("Correct this: {x}.")).collect()),
        ));
    }
    if walk.lookups > MAX_LOOKUPS {
        let heavy = walk
            .nodes
            .iter()
            .filter(|n| n.depth == 1)
            .max_by_key(|n| n.cost)
            .map(|n| format!("{} costs {} of them", n.via, n.cost))
            .unwrap_or_default();
        return Found::fail(format!("The SPF record costs {} DNS look-ups; receivers stop at {MAX_LOOKUPS}. {heavy}.", walk.lookups).replace(" .", ""))
            .seen(seen)
            .fix(shorter(e, domain, &record, fix(
                format!("Bring SPF down from {} look-ups to {MAX_LOOKUPS}", walk.lookups),
                vec![
                    "Remove the include of every service that no longer sends for you; each saves what the tree above shows.".into(),
                    "Services that send from a subdomain of their own (a custom return path such as send.acme.com) need no include here at all.".into(),
                ],
            )));
    }
    if walk.void > MAX_VOID {
        return Found::fail(format!("{} names in the SPF record do not exist; receivers stop after {MAX_VOID}.", walk.void))
            .seen(seen)
            .fix(fix(
                "Remove the dead names from SPF".into(),
                vec!["Remove each a, mx, exists or include whose name no longer has the record that it asks for.".into()],
            ));
    }
    if let Some(why) = walk.unknown.first() {
        return Found::unknown(format!("Part of the SPF tree was not learned: {why}.")).seen(seen);
    }
    if let Some(word) = spf::joined(&record) {
        return Found::warn(format!("“{word}” is one term for receivers, and says nothing; two terms without a space are meant."))
            .seen(seen)
            .fix(mended(domain, &record, fix("Part the terms of the SPF record".into(), vec![format!("Part “{word}” into its terms.")])));
    }
    let unread: Vec<String> = Spf::parse(&record).unread().map(|t| format!("“{}”", t.text)).collect();
    if !unread.is_empty() {
        let verb = if unread.len() == 1 { "stands behind all and is" } else { "stand behind all and are" };
        let base =
            fix("Move what stands behind all before it".into(), vec!["Let all be the last term: receivers stop reading there.".into()]);
        let new = spf::with_all_last(&record).filter(|n| !spf::walk(domain, n, &|name, rtype| e.lookup(name, rtype)).is_broken());
        let whole = match new {
            Some(new) => Fix { paste: vec![Paste::record("TXT", domain, &[&record], &[&new])], risk: None, ..base },
            None => base,
        };
        return Found::warn(format!("{} {verb} never read, so whoever is listed there is not authorised.", unread.join(", ")))
            .seen(seen)
            .fix(whole);
    }
    let note = walk.macros.first().map(|m| format!(" What “{m}” leads to depends on each message and is not counted.")).unwrap_or_default();
    if walk.lookups >= MAX_LOOKUPS - 1 {
        return Found::warn(format!(
            "The SPF record costs {} of {MAX_LOOKUPS} look-ups; one more service may break it.{note}",
            walk.lookups
        ))
        .seen(seen)
        .fix(shorter(
            e,
            domain,
            &record,
            fix(
                "Make room in the SPF record".into(),
                vec!["Remove the include of a service that you no longer use, before you add another.".into()],
            ),
        ));
    }
    Found::pass(format!("The SPF record is well formed and costs {} of {MAX_LOOKUPS} look-ups.{note}", walk.lookups)).seen(seen)
}

/// The fix with the record as it was meant, where that can be told.
fn mended(domain: &str, record: &str, fix: Fix) -> Fix {
    let Some(good) = spf::repair(record) else { return fix };
    let steps = vec![format!("Set the record as below. What was wrong: {}.", good.named.join("; "))];
    Fix { steps, paste: vec![Paste::record("TXT", domain, &[record], &[&good.record])], risk: None, ..fix }
}

/// Services whose include may go.
fn may_go(e: &Outside) -> Vec<Dropped> {
    let inferred = providers::infer(e);
    let returns = providers::return_paths(e);
    let mut out = vec![];
    for i in &inferred {
        let Some(s) = i.sender else { continue };
        for include in i.because.iter().filter_map(|b| b.strip_prefix("SPF include:")).filter(|b| !b.contains(' ')) {
            let by_path = s.authorised == Authorised::ReturnPath && returns.iter().any(|(_, t)| providers::ends_in(t, &s.return_ends));
            let declared = e.target.senders.iter().any(|d| d.eq_ignore_ascii_case(s.id));
            let elsewhere = i.because.iter().any(|b| !b.starts_with("SPF")) || mail_05_spf_sender::has_key(e, s);
            let step = if by_path {
                format!("Drop include:{include}: {} sends by a return-path of yours, which has a record of its own.", s.name)
            } else if !e.target.senders.is_empty() && !declared && !elsewhere {
                format!(
                    "Drop include:{include} if {} no longer sends for you: it is not among your mail services, and nothing else shows it.",
                    s.name
                )
            } else {
                continue;
            };
            out.push(Dropped { include: include.to_owned(), step, certain: by_path });
        }
    }
    out
}

/// The fix with a computed record, where one that is cheaper can be told.
fn shorter(e: &Outside, domain: &str, record: &str, fix: Fix) -> Fix {
    let Some(slim) = spf::slim(domain, record, &|name, rtype| e.lookup(name, rtype), &may_go(e)) else { return fix };
    let mut steps = slim.steps;
    steps.push(if slim.lookups <= MAX_LOOKUPS {
        format!("The record below costs {} look-ups.", slim.lookups)
    } else {
        format!("The record below still costs {} look-ups: move one service to a subdomain of its own, or drop the include of one that no longer sends.", slim.lookups)
    });
    if slim.lookups > MAX_LOOKUPS {
        steps.extend(fix.steps);
    }
    Fix { steps, paste: vec![Paste::record("TXT", domain, &[record], &[&slim.record])], ..fix }
}

fn tree(walk: &Walk) -> String {
    walk.nodes
        .iter()
        .map(|n| format!("{}{} ({} look-up{})", "  ".repeat(n.depth), n.via, n.cost, if n.cost == 1 { "" } else { "s" }))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn table() {
    use crate::evidence::DnsStatus::{NxDomain, Timeout};
    use crate::fixture::Fixture;
    use crate::taxonomy::Outcome;
    const D: &str = "acme.example";
    /// `n` includes of one look-up each.
    fn includes(f: &mut Fixture, n: usize) {
        let mut record = "v=spf1".to_owned();
        for i in 0..n {
            record.push_str(&format!(" include:i{i}.example"));
            f.txt(&format!("i{i}.example"), &["v=spf1 ip4:192.0.2.1 -all"]);
        }
        f.txt(D, &[&format!("{record} -all")]);
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("well within", |_| {}, Outcome::Pass),
            ("ten is allowed, but full", |f| includes(f, 10), Outcome::Warn),
            ("eleven", |f| includes(f, 11), Outcome::Fail),
            ("eight", |f| includes(f, 8), Outcome::Pass),
            (
                "a typing error",
                |f| {
                    f.txt(D, &["v=spf1 ipv4:192.0.2.1 -all"]);
                },
                Outcome::Fail,
            ),
            (
                "includes in a circle",
                |f| {
                    f.txt(D, &["v=spf1 include:a.example -all"]).txt("a.example", &["v=spf1 include:acme.example -all"]);
                },
                Outcome::Fail,
            ),
            (
                "an include without a record",
                |f| {
                    f.txt(D, &["v=spf1 include:a.example -all"]).txt("a.example", &["hello"]);
                },
                Outcome::Fail,
            ),
            (
                "three names that do not exist",
                |f| {
                    f.txt(D, &["v=spf1 a:x.example a:y.example a:z.example -all"]);
                    for n in ["x.example", "y.example", "z.example"] {
                        f.status(n, "A", NxDomain).status(n, "AAAA", NxDomain);
                    }
                },
                Outcome::Fail,
            ),
            (
                "redirect costs one, and its tree counts",
                |f| {
                    f.txt(D, &["v=spf1 redirect=r.example"]).txt("r.example", &["v=spf1 ip4:192.0.2.1 -all"]);
                },
                Outcome::Pass,
            ),
            (
                "terms after all are never evaluated",
                |f| {
                    f.txt(D, &["v=spf1 ip4:192.0.2.1 -all include:gone.example"]);
                },
                Outcome::Warn,
            ),
            (
                "two terms without a space are one",
                |f| {
                    f.txt(D, &["v=spf1 mxredirect=a.test"]);
                },
                Outcome::Warn,
            ),
            (
                "a macro is legal and costs one",
                |f| {
                    f.txt(D, &["v=spf1 exists:%{i}._spf.mta.example include:%{ir}.%{v}.x.example -all"]);
                },
                Outcome::Pass,
            ),
            (
                "an include that timed out is not a missing one",
                |f| {
                    f.txt(D, &["v=spf1 include:a.example -all"]).status("a.example", "TXT", Timeout);
                },
                Outcome::Unknown,
            ),
            (
                "no record at all",
                |f| {
                    f.txt(D, &[]);
                },
                Outcome::Na,
            ),
        ],
    );
}

#[test]
fn the_fix_holds_a_record_that_is_cheaper() {
    use crate::check::Line;
    let mut f = crate::fixture::Fixture::good();
    let mut record = "v=spf1 a mx include:spf.mtasv.net include:amazonses.com".to_owned();
    f.txt("amazonses.com", &["v=spf1 ip4:192.0.2.2 -all"]).txt("spf.mtasv.net", &["v=spf1 ip4:192.0.2.3 -all"]);
    for i in 0..7 {
        record.push_str(&format!(" include:i{i}.example"));
        f.txt(&format!("i{i}.example"), &["v=spf1 ip4:192.0.2.1 -all"]);
    }
    record.push_str(" ~all");
    f.txt("acme.example", &[&record]);
    let a = f.assess();
    let fix = a.finding("MAIL-03").unwrap().fix.clone().unwrap();
    let new = fix.paste[0].lines.iter().find_map(|l| if let Line::Add(t) = l { Some(t.as_str()) } else { None }).unwrap();
    // Resend's return-path makes its include needless; the domain's own host is written out.
    assert!(!new.contains("amazonses") && !new.contains(" a ") && new.contains("ip4:"), "{new}");
    assert!(fix.steps.iter().any(|s| s.contains("return-path")), "{:?}", fix.steps);
    f.txt("acme.example", &[new]);
    assert!(f.assess().finding("MAIL-03").unwrap().summary.contains("costs"), "{new}");
}

//! MAIL-09: one DMARC record, in the right place.

use super::dmarc_fix::{Place, change, effect, is_foreign, mailbox, place};
use crate::check::{Check, Context, Fix, Found as Result, Line, Paste, Reference, Seen};
use crate::checks::help::dns_seen;
use crate::dmarc::{self, Dmarc, Found, Policy};
use crate::evidence::{Collector, Outside, Source};
use crate::taxonomy::{Area, Impact, Stage};

/// MAIL-09.
pub static CHECK: Check = Check {
    id: "MAIL-09",
    name: "dmarc-record-present-single",
    title: "DMARC record present and single",
    stage: Stage::Edge,
    area: Area::Email,
    reads: &[Source::Outside],
    impact: Impact::Critical,
    resting_impact: Impact::Critical,
    needs: &[Collector::Mail],
    why: "Gmail, Yahoo and Microsoft ask for DMARC; without it your mail is trusted less and forgeries in your name pass.",
    criterion: "Fails when there is no DMARC record for the domain, several, one in the wrong place, or one that receivers cannot use; warns on slips that they skip.",
    minutes: 5,
    references: &[Reference { title: "RFC 9989 §4.10", url: "https://www.rfc-editor.org/rfc/rfc9989#section-4.10" }],
    rule,
};

fn rule(c: &Context) -> Result {
    let e = c.outside();
    let domain = e.target.mail_domain();
    let at = format!("_dmarc.{domain}");
    let seen: Vec<Seen> = dmarc::tree(domain).iter().flat_map(|n| dns_seen(e, &format!("_dmarc.{n}"), "TXT")).collect();
    match dmarc::find(e, domain) {
        Found::Unknown(_) if e.circle(&at, "TXT").is_some() && e.target.sends_mail != Some(false) => in_circle(e, domain, &at).seen(seen),
        Found::Unknown(why) => Result::unknown(format!("The DMARC record was not learned: {why}.")).seen(seen),
        Found::Many(name, records) if above(e, &name).is_some() => {
            let (policy, owner) = above(e, &name).unwrap_or((Policy::None, String::new()));
            let said = format!(
                "{} DMARC records stand at _dmarc.{name}; receivers discard them all, and that of {owner} applies (p={policy}).",
                records.len()
            );
            let old: Vec<&str> = records.iter().map(String::as_str).collect();
            let fix = Fix::new("Delete the DMARC records of the subdomain", CHECK.minutes)
                .step(format!("Delete all of them. Nothing changes for your mail: the policy of {owner} applies already."))
                .step(format!("Keep exactly one only if {name} shall have a policy of its own."))
                .paste(Paste::record("TXT", &format!("_dmarc.{name}"), &old, &[]))
                .undo(format!("Put them back: {}", records.join(" · ")));
            Result::fail(said).seen(seen).fix(fix)
        }
        Found::Many(name, records) => {
            Result::fail(format!("{} DMARC records stand at _dmarc.{name}; receivers then use none.", records.len()))
                .seen(seen)
                .fix(one_of(e, &name, &records))
        }
        Found::One(record, name) => {
            let parsed = Dmarc::parse(&record);
            let slips = slips(&parsed, &name);
            let own = !is_foreign(e, &name);
            if parsed.effective().is_none() {
                let why = slips.first().or(parsed.rua_errors.first()).cloned().unwrap_or_else(|| "it has no p= tag".into());
                return Result::fail(format!("The DMARC record says nothing that receivers can use: {why}.")).seen(seen).fix(mended(
                    e,
                    &name,
                    &[&record],
                    &record,
                ));
            }
            let from = if name == domain { String::new() } else { format!(" It stands at {name} and applies here too.") };
            if own && !slips.is_empty() {
                let p = parsed.effective().unwrap_or(Policy::None);
                return Result::warn(format!("The DMARC record is read as p={p}, but not as it is written: {}.{from}", slips.join("; ")))
                    .seen(seen)
                    .fix(mended(e, &name, &[&record], &record));
            }
            Result::pass(format!("One record: {record}.{from}")).seen(seen)
        }
        Found::None if e.target.sends_mail == Some(false) => Result::na(format!("{domain} is declared not to send mail.")).seen(seen),
        Found::None => absent(e, domain, &at).seen(seen),
    }
}

/// The policy in force above a name, and who publishes it.
fn above(e: &Outside, name: &str) -> Option<(Policy, String)> {
    let (_, parent) = name.split_once('.')?;
    let Found::One(record, owner) = dmarc::find(e, parent) else { return None };
    Dmarc::parse(&record).below(true).map(|p| (p, owner))
}

/// What receivers skip in a record, and `psd=y` where nobody registers names below.
pub fn slips(parsed: &Dmarc, name: &str) -> Vec<String> {
    let mut out = parsed.errors.clone();
    if parsed.psd == Some(true) && psl::domain_str(name) == Some(name) {
        out.push(format!("psd=y says that others register names below {name}"));
    }
    out
}

fn absent(e: &Outside, domain: &str, at: &str) -> Result {
    let lookup = e.lookup(at, "TXT");
    // What a wildcard gives to every name was not entered here, and stops as soon as something is.
    let there = if e.wildcard(at, "TXT").is_some() { vec![] } else { lookup.values() };
    let apex = e.lookup(domain, "TXT");
    let meant: Vec<&str> = there.iter().copied().filter(|v| dmarc::is_meant(v)).collect();
    if let Some(first) = meant.first() {
        let why = dmarc::repair(first).map_or_else(|| "it does not begin with v=DMARC1".into(), |r| r.named.join("; "));
        return Result::fail(format!("“{first}” is meant as DMARC, and receivers see no record in it: {why}."))
            .fix(mended(e, domain, &meant, first));
    }
    let said = if let Some(v) = there.iter().find(|v| crate::spf::is_spf(v)) {
        format!("At {at} stands an SPF record (“{v}”), which receivers pass over there, and no DMARC.")
    } else if let Place::Elsewhere(end) = place(e, at) {
        format!("{at} is an alias for {end}, where no DMARC record stands.")
    } else if let Some(v) = apex.values().into_iter().find(|v| dmarc::is_meant(v)) {
        return Result::fail(format!("The DMARC record stands at {domain} itself; receivers look only at {at}.")).fix(mended(
            e,
            domain,
            &[],
            v,
        ));
    } else {
        format!("There is no DMARC record for {domain}.")
    };
    let fix = match mailbox(e, domain) {
        Some(rua) => {
            let fix = change(e, at, &[], &format!("v=DMARC1; p=none; rua={rua}"), start());
            fix.step(format!(
                "Make sure that somebody reads {}, or put the address of a report service there.",
                rua.trim_start_matches("mailto:")
            ))
        }
        None => change(e, at, &[], "v=DMARC1; p=none", start())
            .step("Then register with a service that reads DMARC reports, and add the address that it shows as rua=mailto:…"),
    };
    Result::fail(said).fix(fix.undo(format!("Delete the TXT record at {at}.")))
}

/// The name is an alias, and its way ends nowhere.
fn in_circle(e: &Outside, domain: &str, at: &str) -> Result {
    let to = e.circle(at, "TXT").unwrap_or_default();
    let record = mailbox(e, domain).map_or("v=DMARC1; p=none".into(), |rua| format!("v=DMARC1; p=none; rua={rua}"));
    let fix = start()
        .step("A name with an alias can have no other record, so delete the alias first.")
        .paste(Paste::record("CNAME", at, &[to], &[]))
        .paste(Paste::record("TXT", at, &[], &[&record]))
        .undo(format!("Delete the TXT record, and put the alias of {at} to {to} back."));
    Result::fail(format!("{at} is an alias for {to}, and the aliases from there go in a circle: no DMARC record is ever found.")).fix(fix)
}

fn start() -> Fix {
    Fix::new("Publish a DMARC record", CHECK.minutes)
        .step("Set this record. p=none changes nothing for your mail; it only asks receivers to report what they see.")
}

/// A record as it was meant, by the grammar and by what it is for. Where it is in force, an alignment that receivers
/// could not read is left out, since relaxed is what they act on.
fn sound(text: &str, owner: &str) -> Option<dmarc::Repaired> {
    let mut good = dmarc::repair(text)?;
    let psd = slips(&Dmarc::parse(&good.record), owner);
    if !psd.is_empty() {
        good.record = dmarc::unset(&good.record, "psd");
        good.named.extend(psd);
    }
    let (was, now) = (Dmarc::parse(text), Dmarc::parse(&good.record));
    if dmarc::is_dmarc(text) && was.effective().is_some() {
        for (tag, w, n) in [("adkim", was.strict_dkim, now.strict_dkim), ("aspf", was.strict_spf, now.strict_spf)] {
            if n && !w {
                good.record = dmarc::unset(&good.record, tag);
                good.named.retain(|said| !said.ends_with(&format!("{tag}=s takes its place")));
                good.named
                    .push(format!("{tag}=s was not read, so {tag}=r is in force; it is left out, and stricter only if you set it anew"));
            }
        }
    }
    Some(good)
}

/// The record as it was meant, in place of these.
fn mended(e: &Outside, owner: &str, old: &[&str], text: &str) -> Fix {
    let at = format!("_dmarc.{owner}");
    let before = (!old.is_empty() && dmarc::is_dmarc(text)).then(|| Dmarc::parse(text));
    let undo = old.first().map_or_else(|| format!("Delete the TXT record at {at}."), |o| format!("Put the former record back: {o}"));
    let fix = Fix::new("Repair the DMARC record", CHECK.minutes);
    let Some(good) = sound(text, owner) else {
        return fix
            .step(format!("Write the record at {at} anew: v=DMARC1 first, then p=none, with a semicolon between all tags."))
            .undo(undo);
    };
    let (step, risk) = effect(before.as_ref(), &Dmarc::parse(&good.record));
    let named = if good.named.is_empty() { "Set the record at its place.".into() } else { format!("Repaired: {}.", good.named.join("; ")) };
    let fix = change(e, &at, old, &good.record, fix.step(named)).step(step).undo(undo);
    match risk {
        Some(risk) => fix.risk(risk),
        None => fix,
    }
}

/// One of several records: one that needs no repair before others, of these that with the softest policy, since none
/// was in force; with the softest `p` and the report addresses of all.
fn one_of(e: &Outside, owner: &str, records: &[String]) -> Fix {
    let at = format!("_dmarc.{owner}");
    let is_sound = |d: &Dmarc| slips(d, owner).is_empty() && d.rua_errors.is_empty() && d.effective().is_some();
    let meant: Vec<(bool, String)> = records
        .iter()
        .filter_map(|r| if is_sound(&Dmarc::parse(r)) { Some((false, r.clone())) } else { sound(r, owner).map(|g| (true, g.record)) })
        .collect();
    let order = |(repaired, r): &&(bool, String)| {
        let d = Dmarc::parse(r);
        (*repaired, d.effective(), d.below(true), d.below(false))
    };
    let mut whole = meant.iter().min_by_key(order).map_or("v=DMARC1; p=none".into(), |(_, r)| r.clone());
    let policies = || meant.iter().filter_map(|(_, r)| Dmarc::parse(r).effective());
    if let Some(softest) = policies().min().filter(|p| Some(*p) < Dmarc::parse(&whole).effective()) {
        whole = dmarc::set(&whole, "p", softest.word());
    }
    let (mut rua, had) = (Dmarc::parse(&whole).rua, Dmarc::parse(&whole).rua.len());
    for u in meant.iter().flat_map(|(_, r)| Dmarc::parse(r).rua) {
        if !rua.contains(&u) {
            rua.push(u);
        }
    }
    if rua.len() > had {
        whole = dmarc::set(&whole, "rua", &rua.join(","));
    }
    let old: Vec<&str> = records.iter().map(String::as_str).filter(|r| *r != whole).collect();
    let (step, risk) = effect(None, &Dmarc::parse(&whole));
    let mut fix = Fix::new("Keep one DMARC record", CHECK.minutes)
        .step("Leave only this one; it asks for reports to all addresses of the former ones.");
    fix = match place(e, &at) {
        Place::Here(name) => {
            let keeps = if records.contains(&whole) { Line::Keep(whole.clone()) } else { Line::Add(whole.clone()) };
            let lines = old.iter().map(|o| Line::Remove((*o).to_owned())).chain([keeps]).collect();
            fix.paste(Paste { place: format!("TXT · {name} · TTL 300"), lines })
        }
        Place::Elsewhere(_) => change(e, &at, &old, &whole, fix),
    };
    fix = fix.step(step).undo("Put the removed records back.");
    let stays = tags(&whole);
    let mut gone: Vec<String> = meant.iter().flat_map(|(_, r)| tags(r)).filter(|t| !stays.contains(t)).collect();
    gone.dedup();
    if !gone.is_empty() {
        fix = fix.step(format!("With the others these tags go: {}. Add again what you need.", gone.join(", ")));
    }
    if let Some(p) = policies().max().filter(|p| Some(*p) > Dmarc::parse(&whole).effective()) {
        fix = fix.step(format!("One of the others asked for p={p}, which was not in force. Go there when two weeks of reports are clean."));
    }
    match risk {
        Some(risk) => fix.risk(risk),
        None => fix,
    }
}

/// The tags of a record other than those of which [`one_of`] makes one.
fn tags(record: &str) -> Vec<String> {
    let pair = |t: &str| t.split_once('=').map(|(k, v)| (k.trim().to_ascii_lowercase(), v.trim().to_owned()));
    let own = |k: &str| ["v", "p", "rua"].contains(&k);
    record.split(';').filter_map(pair).filter(|(k, _)| !own(k)).map(|(k, v)| format!("{k}={v}")).collect()
}

#[test]
fn table() {
    use crate::evidence::DnsStatus::{NxDomain, ServFail};
    use crate::taxonomy::Outcome;
    const N: &str = "_dmarc.acme.example";
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("one", |_| {}, Outcome::Pass),
            (
                "none",
                |f| {
                    f.status(N, "TXT", NxDomain).status("_dmarc.example", "TXT", NxDomain);
                },
                Outcome::Fail,
            ),
            (
                "two",
                |f| {
                    f.txt(N, &["v=DMARC1; p=none", "v=DMARC1; p=reject"]);
                },
                Outcome::Fail,
            ),
            (
                "two of a subdomain, which are discarded for that above",
                |f| {
                    f.evidence.target.domain = crate::Domain::parse("app.acme.example").unwrap();
                    f.txt("_dmarc.app.acme.example", &["v=DMARC1; p=none", "v=DMARC1; p=quarantine"]);
                },
                Outcome::Fail,
            ),
            (
                "SPF in its place",
                |f| {
                    f.txt(N, &["v=spf1 -all"]);
                },
                Outcome::Fail,
            ),
            (
                "at the apex",
                |f| {
                    f.txt(N, &[]).txt("acme.example", &["v=spf1 -all", "v=DMARC1; p=none"]);
                },
                Outcome::Fail,
            ),
            (
                "an unreadable policy",
                |f| {
                    f.txt(N, &["v=DMARC1; p=blok"]);
                },
                Outcome::Fail,
            ),
            (
                "an unreadable policy, but reports are asked for: counts as p=none",
                |f| {
                    f.txt(N, &["v=DMARC1; p=blok; rua=mailto:a@acme.example"]);
                },
                Outcome::Warn,
            ),
            (
                "another TXT beside it does not make two",
                |f| {
                    f.txt(N, &["v=DMARC1; p=none", "site=1"]);
                },
                Outcome::Pass,
            ),
            (
                "a subdomain inherits its parent's",
                |f| {
                    f.evidence.target.domain = crate::Domain::parse("app.acme.example").unwrap();
                    f.status("_dmarc.app.acme.example", "TXT", NxDomain);
                },
                Outcome::Pass,
            ),
            (
                "a platform's policy is found, without a list of suffixes (RFC 9989 §4.10)",
                |f| {
                    f.evidence.target.domain = crate::Domain::parse("acme.github.io").unwrap();
                    f.status("_dmarc.acme.github.io", "TXT", NxDomain).txt("_dmarc.github.io", &["v=DMARC1; p=reject; psd=y"]);
                },
                Outcome::Pass,
            ),
            (
                "the policy of a top-level domain",
                |f| {
                    f.status(N, "TXT", NxDomain).txt("_dmarc.example", &["v=DMARC1; p=reject; psd=y"]);
                },
                Outcome::Pass,
            ),
            (
                "a tag that receivers skip",
                |f| {
                    f.txt(N, &["v=DMARC1; p=reject; adkm=s"]);
                },
                Outcome::Warn,
            ),
            (
                "a policy for subdomains that spoils the whole record",
                |f| {
                    f.txt(N, &["v=DMARC1; p=reject; sp=rejct"]);
                },
                Outcome::Fail,
            ),
            (
                "a tag twice (RFC 6376 §3.2)",
                |f| {
                    f.txt(N, &["v=DMARC1; p=reject; p=none"]);
                },
                Outcome::Fail,
            ),
            (
                "no semicolon between",
                |f| {
                    f.txt(N, &["v=DMARC1 p=none"]);
                },
                Outcome::Fail,
            ),
            (
                "quotes typed into the value",
                |f| {
                    f.txt(N, &["\"v=DMARC1; p=none\""]);
                },
                Outcome::Fail,
            ),
            (
                "a suffix flag where nobody registers",
                |f| {
                    f.txt(N, &["v=DMARC1; p=reject; psd=y"]);
                },
                Outcome::Warn,
            ),
            (
                "an alias to a service that keeps no record",
                |f| {
                    f.alias(N, "TXT", "acme.hosted.test").status("acme.hosted.test", "TXT", NxDomain);
                    f.status("_dmarc.example", "TXT", NxDomain);
                },
                Outcome::Fail,
            ),
            (
                "an address without mailto: is MAIL-11's matter",
                |f| {
                    f.txt(N, &["v=DMARC1; p=reject; rua=d@acme.example"]);
                },
                Outcome::Pass,
            ),
            (
                "two, of which one is unreadable",
                |f| {
                    f.txt(N, &["v=DMARC1; p=reject; adkim=s", "v=DMARC1; p=blok; rua=mailto:z@acme.example"]);
                },
                Outcome::Fail,
            ),
            (
                "aliases in a circle: that there is no record was learned",
                |f| {
                    f.alias(N, "TXT", "acme.hosted.test").alias("acme.hosted.test", "TXT", N);
                },
                Outcome::Fail,
            ),
            (
                "SERVFAIL is not absence",
                |f| {
                    f.status(N, "TXT", ServFail);
                },
                Outcome::Unknown,
            ),
            (
                "lower-case version",
                |f| {
                    f.txt(N, &["v=dmarc1; p=none"]);
                },
                Outcome::Fail,
            ),
        ],
    );
}

#[cfg(test)]
mod pastes {
    use super::*;
    use crate::fixture::Fixture;
    const N: &str = "_dmarc.acme.example";

    fn fix(records: &[&str], change: fn(&mut Fixture)) -> Fix {
        let mut f = Fixture::good();
        f.status("_dmarc.example", "TXT", crate::evidence::DnsStatus::NxDomain).txt(N, records);
        change(&mut f);
        rule(&Context::of(&f.evidence, f.now)).fix.unwrap()
    }

    #[test]
    fn the_record_that_stands_is_edited() {
        for (old, new) in [
            ("v=dmarc1; p=none; sp=reject; adkim=s; x-own=1", "v=DMARC1; p=none; sp=reject; adkim=s; x-own=1"),
            ("v=DMARC1; p=quarentine; aspf=s", "v=DMARC1; p=quarantine; aspf=s"),
            ("v=DMARC1; p=reject; psd=y; adkim=s", "v=DMARC1; p=reject; adkim=s"),
        ] {
            let fix = fix(&[old], |_| {});
            assert_eq!(fix.paste, [Paste::record("TXT", N, &[old], &[new])], "{:?}", fix.steps);
        }
        // An alignment that was not in force is not made stricter.
        for (old, new, left) in [
            ("v=DMARC1; p=reject; adkim=strict", "v=DMARC1; p=reject", "adkim=s was not read"),
            ("v=DMARC1; p=reject; aspf=s adkim=s", "v=DMARC1; p=reject", "aspf=s was not read"),
        ] {
            let fix = fix(&[old], |_| {});
            assert_eq!(fix.paste, [Paste::record("TXT", N, &[old], &[new])], "{:?}", fix.steps);
            assert!(fix.risk.is_none() && fix.steps.iter().any(|s| s.contains(left)), "{old}: {:?}", fix.steps);
            assert!(fix.steps.iter().any(|s| s.contains("stays as it is")), "{old}: {:?}", fix.steps);
        }
        // A policy for subdomains that comes into force is told.
        for old in ["v=DMARC1; p=none sp=reject; rua=mailto:a@acme.example", "v=DMARC1; p=none; sp=rejct; rua=mailto:a@acme.example"] {
            let fix = fix(&[old], |_| {});
            assert!(fix.risk.is_some() && fix.steps.iter().any(|s| s.contains("puts sp=reject into force")), "{old}: {:?}", fix.steps);
        }
        // A policy that was not in force is not told as no change.
        assert!(fix(&["v=dmarc1; p=reject"], |_| {}).risk.is_some());
        assert!(fix(&["v=dmarc1; p=none"], |_| {}).risk.is_none());
    }

    #[test]
    fn one_record_comes_of_two_and_none_of_an_alias() {
        let two = fix(&["v=DMARC1; p=reject; rua=mailto:b@acme.example", "v=DMARC1; p=none; sp=reject; rua=mailto:a@acme.example"], |_| {});
        assert_eq!(two.paste[0].value(), "v=DMARC1; p=none; sp=reject; rua=mailto:a@acme.example,mailto:b@acme.example");
        assert_eq!(two.paste[0].lines.iter().filter(|l| matches!(l, Line::Remove(_))).count(), 2);
        assert!(two.risk.is_some() && two.steps.iter().any(|s| s.contains("puts sp=reject")), "{:?}", two.steps);
        assert!(two.steps.iter().any(|s| s.contains("asked for p=reject")));
        for (a, b, new, said) in [
            (
                "v=DMARC1; p=quarantine; sp=reject; rua=mailto:a@acme.example",
                "v=DMARC1; p=quarantine; sp=none",
                "v=DMARC1; p=quarantine; sp=none; rua=mailto:a@acme.example",
                "these tags go: sp=reject",
            ),
            (
                "v=DMARC1; p=reject; adkim=s",
                "v=DMARC1; p=blok; rua=mailto:z@acme.example; fo=1",
                "v=DMARC1; p=none; adkim=s; rua=mailto:z@acme.example",
                "these tags go: fo=1",
            ),
        ] {
            let two = fix(&[a, b], |_| {});
            assert_eq!(two.paste[0].value(), new);
            assert!(two.steps.iter().any(|s| s.contains(said)), "{:?}", two.steps);
        }
        let hosted = fix(&[], |f| {
            f.alias(N, "TXT", "acme.hosted.test").txt("acme.hosted.test", &["v=DMARC1; p=blok"]);
        });
        assert!(hosted.paste.is_empty() && hosted.steps.iter().any(|s| s.contains("kept by that service")), "{:?}", hosted.steps);
    }

    #[test]
    fn what_a_wildcard_gives_is_not_removed_at_the_name() {
        for value in ["v=spf1 -all", "v=dmarc1; p=none", "v=DMARC1; p=none; adkim=x"] {
            let mut f = Fixture::good();
            f.evidence.random_mail_names = vec!["lr-1.acme.example".into()];
            f.txt(N, &[value]).txt("lr-1.acme.example", &[value]);
            let fix = rule(&Context::of(&f.evidence, f.now)).fix.unwrap();
            assert_eq!(fix.paste.len(), 1, "{value}: {:?}", fix.steps);
            assert!(fix.paste[0].lines.iter().all(|l| matches!(l, Line::Add(_))), "{value}");
        }
    }

    #[test]
    fn a_first_record_asks_for_reports_only_where_mail_arrives() {
        assert_eq!(fix(&[], |_| {}).paste[0].value(), "v=DMARC1; p=none; rua=mailto:dmarc@acme.example");
        let none = |f: &mut Fixture| {
            f.dns("acme.example", "MX", &["0 ."]);
        };
        assert_eq!(fix(&[], none).paste[0].value(), "v=DMARC1; p=none");
        // What else stands at the name, from a wildcard perhaps, is left alone.
        let beside = fix(&["v=spf1 -all"], |_| {});
        assert!(beside.paste[0].lines.iter().all(|l| matches!(l, Line::Add(_))));
    }
}

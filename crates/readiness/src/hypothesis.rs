//! A paste is a hypothesis: before it is shown it is applied to a copy of the evidence, and the rules judge again.

use crate::catalogue::Entry;
use crate::check::{Context, Fix, Found, Line, Paste};
use crate::evidence::{Answer, Body, DnsStatus, Evidence, Hop, Record, Response, host_of};
use crate::providers::ends_in;
use crate::taxonomy::Outcome;

/// How the place of a text file begins: `File · https://… `.
pub const FILE: &str = "File";
/// The place of a header that every answer of the site gets.
pub const HEADER: &str = "response header";
/// Types of records whose answer follows from the record alone. An alias or an address changes what is reached as well,
/// which no evidence of today tells.
const RECORDS: [&str; 3] = ["TXT", "MX", "CAA"];

/// Checks whose paste may be one step of several.
const IN_STEPS: [&str; 5] = ["MAIL-03", "MAIL-05", "MAIL-07", "MAIL-10", "MAIL-14"];

/// Takes back each paste that does not do what it says. A paste stands only if with it the check finds better, or is a step
/// further towards that, and no other check finds worse than before; otherwise the steps alone are told. Pastes that
/// no evidence can be changed by, such as a command for a shell, are left as they are.
pub(crate) fn test(c: &Context, judged: &mut [(&Entry, Found)]) {
    let before: Vec<(&Entry, Outcome)> = judged.iter().map(|(e, f)| (*e, f.outcome)).collect();
    for (entry, found) in judged.iter_mut().filter(|(_, f)| f.outcome.is_open()) {
        let Some(check) = entry.check else { continue };
        let (outcome, summary) = (found.outcome, found.summary.clone());
        let Some(fix) = found.fix.as_mut().filter(|f| is_testable(f)) else { continue };
        let holds = applied(c.evidence, &fix.paste).is_some_and(|after| {
            let then = Context { evidence: &after, now: c.now };
            let own = (check.rule)(&then);
            let further = IN_STEPS.contains(&entry.id) && rank(own.outcome) == rank(outcome) && own.summary != summary;
            (rank(own.outcome) < rank(outcome) || further) && before.iter().all(|(e, was)| unharmed(e, *was, &then, &fix.paste))
        });
        if !holds {
            fix.paste.clear();
            fix.steps.push("No exact value can be told from what was seen; change it by hand as the finding says.".into());
        }
    }
}

/// Whether all of a fix can be tried on evidence, and none of it waits for a value that only somebody else knows.
fn is_testable(fix: &Fix) -> bool {
    !fix.paste.is_empty()
        && fix.paste.iter().all(|p| {
            let mut place = p.place.split(" · ");
            let kind = place.next().unwrap_or("");
            (p.place == HEADER || kind == FILE || (RECORDS.contains(&kind) && place.next().is_some()))
                && !p.lines.iter().any(|l| matches!(l, Line::Add(t) if t.starts_with('<')))
        })
}

/// Checks that read what pastes change: mail records, policies and CAA; headers.
const OF_RECORDS: [&str; 2] = ["MAIL-", "DNS-12"];
const OF_HEADERS: [&str; 4] = ["SEC-", "TLS-08", "TLS-10", "AUD-19"];

/// Whether another check finds no worse once these pastes are made. What did not apply before has nothing to lose.
fn unharmed(entry: &Entry, was: Outcome, then: &Context, pastes: &[Paste]) -> bool {
    let readers = if pastes.iter().any(|p| p.place == HEADER) { &OF_HEADERS[..] } else { &OF_RECORDS };
    let Some(check) = entry.check.filter(|_| was != Outcome::Na && readers.iter().any(|r| entry.id.starts_with(r))) else { return true };
    rank((check.rule)(then).outcome) <= rank(was)
}

/// The evidence with a text file served at a URL.
fn served(mut e: Evidence, url: &str, text: &str) -> Evidence {
    for fetch in e.fetches.iter_mut().filter(|f| f.start == url) {
        let body = Some(Body { size: text.len() as u64, extract: text.to_owned(), ..Body::default() });
        let headers = vec![("content-type".to_owned(), "text/plain".to_owned())];
        let answer = Answer::Response(Response { status: 200, headers, body });
        fetch.hops = vec![Hop { url: url.to_owned(), at: fetch.at(), took_ms: 0, answer }];
        fetch.looped = false;
    }
    e
}

/// The evidence with headers of every answer of the site's own hosts changed.
fn with_headers(mut e: Evidence, lines: &[Line]) -> Evidence {
    let own = e.target.domain.registrable().to_owned();
    for hop in e.fetches.iter_mut().flat_map(|f| &mut f.hops).filter(|h| ends_in(host_of(&h.url), &[&own])) {
        let Answer::Response(r) = &mut hop.answer else { continue };
        for line in lines {
            let (Line::Remove(text) | Line::Add(text) | Line::Keep(text)) = line;
            let Some((name, value)) = text.split_once(": ") else { continue };
            match line {
                Line::Keep(_) => {}
                Line::Remove(_) => r.headers.retain(|(n, v)| !(n.eq_ignore_ascii_case(name) && v == value)),
                Line::Add(_) => {
                    r.headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
                    r.headers.push((name.to_ascii_lowercase(), value.to_owned()));
                }
            }
        }
    }
    e
}

/// Worse is more.
const fn rank(o: Outcome) -> u8 {
    match o {
        Outcome::Fail => 3,
        Outcome::Warn => 2,
        Outcome::Unknown | Outcome::Blocked => 1,
        Outcome::Accepted | Outcome::Pass | Outcome::Na => 0,
    }
}

/// The evidence as it would be with these pastes made, of DNS records, headers and text files; nothing where one cannot be made as it is written: its
/// record set was not seen, a line to remove does not stand there, or the name is an alias.
#[must_use]
pub fn applied(e: &Evidence, pastes: &[Paste]) -> Option<Evidence> {
    let mut after = e.clone();
    for paste in pastes {
        if paste.place == HEADER {
            after = with_headers(after, &paste.lines);
            continue;
        }
        let mut place = paste.place.split(" · ");
        let (rtype, name) = (place.next()?, place.next()?);
        if rtype == FILE {
            after = served(after, name, &paste.value());
            continue;
        }
        let mut gone: Vec<&String> = paste.lines.iter().filter_map(|l| if let Line::Remove(t) = l { Some(t) } else { None }).collect();
        let mut seen = false;
        let wild = rtype == "TXT" && e.wildcard(name, "TXT").is_some();
        // Answers to other names carry the record set too, where they reached it through an alias.
        let holds = |r: &Record| r.name == name && r.rtype == rtype;
        for a in after.dns.iter_mut().filter(|a| a.rtype == rtype && (a.name == name || a.records.iter().any(holds))) {
            if !a.status.is_definitive() {
                continue;
            }
            if a.records.iter().any(|r| r.rtype == "CNAME" && r.name == name) {
                return None;
            }
            seen = true;
            a.status = DnsStatus::NoError;
            if wild {
                // A record of its own hides what the wildcard gave.
                a.records.clear();
            }
            for line in &paste.lines {
                let stands = |t: &String| a.records.iter().position(|r| holds(r) && r.value == *t);
                match line {
                    Line::Remove(t) => {
                        if let Some(i) = stands(t) {
                            a.records.remove(i);
                            gone.retain(|g| *g != t);
                        }
                    }
                    Line::Add(t) if stands(t).is_none() => {
                        a.records.push(Record { name: name.into(), rtype: rtype.into(), ttl: 300, value: t.clone() });
                    }
                    Line::Add(_) | Line::Keep(_) => {}
                }
            }
        }
        if !seen || !gone.is_empty() {
            return None;
        }
    }
    Some(after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dmarc::{self, Dmarc};
    use crate::fixture::Fixture;

    /// Whoever pastes what is shown, again and again, comes to a record that is in force with reports that arrive:
    /// one record, no tag lost that was readable, and never stricter by more than a step that was told.
    #[test]
    fn pastes_lead_to_a_sound_record() {
        const N: &str = "_dmarc.acme.example";
        for records in [
            &[][..],
            &["v=spf1 -all"],
            &["v=DMARC1"],
            &["v=dmarc1; p=none; sp=reject; adkim=s; zz=1"],
            &["v=DMARC1 p=reject aspf=s rua=mailto:d@acme.example"],
            &["“v=DMARC1; p=none; rua=d@acme.example”"],
            &["v=DMARC1; p=none; rua=mailto:a@acme.example,b@acme.example; sp=none"],
            &["v=DMARC1; p=reject; t=y; adkim=s"],
            &["v=DMARC1; p=none; rua=mailto:a@acme.example; mailto:b@acme.example"],
            &["v=DMARC1; p=reject", "v=DMARC1; p=none; rua=mailto:a@acme.example; aspf=s"],
            &["v=DMARC1; p=reject; psd=y; np=none"],
            &["p=none; rua=d@acme.example", "junk"],
            &["v=DMARC1; p=none; rua=mailto:a@gone.test"],
        ] {
            let mut f = Fixture::good();
            f.txt(N, records).status("gone.test", "MX", DnsStatus::NxDomain);
            f.status("acme.example._report._dmarc.gone.test", "TXT", DnsStatus::NxDomain);
            let kept: Vec<&str> =
                ["sp=reject", "adkim=s", "aspf=s", "zz=1", "junk"].into_iter().filter(|t| records.concat().contains(t)).collect();
            for _ in 0..8 {
                let a = f.assess();
                let pastes = ["MAIL-09", "MAIL-11", "MAIL-10"].iter().find_map(|id| {
                    let fix = a.finding(id).filter(|x| x.outcome.is_open())?.fix.clone()?;
                    (!fix.paste.is_empty()).then_some(fix.paste)
                });
                let Some(pastes) = pastes else { break };
                let before = dmarc::in_force(&f.evidence, "acme.example").map(|(p, _)| p);
                f.evidence = applied(&f.evidence, &pastes).unwrap();
                let all = f.evidence.lookup(N, "TXT");
                let now: Vec<&str> = all.values().into_iter().filter(|v| dmarc::is_meant(v)).collect();
                assert_eq!(now.len(), 1, "{records:?}: {now:?}");
                let after = Dmarc::parse(now[0]).effective();
                assert!(
                    after.is_some() && (after < Some(dmarc::Policy::Reject) || before >= after || records.concat().contains("p=reject")),
                    "{now:?}"
                );
            }
            let whole = f.evidence.lookup(N, "TXT").values().join(" ");
            for id in ["MAIL-09", "MAIL-10", "MAIL-11"] {
                let a = f.assess();
                let finding = a.finding(id).unwrap();
                assert_eq!(finding.outcome, Outcome::Pass, "{records:?} → {whole}: {}", finding.summary);
            }
            assert!(kept.iter().all(|t| whole.contains(t)), "{records:?} → {whole}");
        }
    }

    #[test]
    fn a_paste_is_made_on_a_copy_or_not_at_all() {
        const N: &str = "_dmarc.acme.example";
        let mut f = Fixture::good();
        f.txt(N, &["v=DMARC1; p=none", "x"]);
        let swap = |old: &str| vec![Paste::record("TXT", N, &[old], &["v=DMARC1; p=reject"])];
        let after = applied(&f.evidence, &swap("v=DMARC1; p=none")).unwrap();
        assert_eq!(after.lookup(N, "TXT").values(), ["x", "v=DMARC1; p=reject"]);
        assert_eq!(f.evidence.lookup(N, "TXT").values(), ["v=DMARC1; p=none", "x"]);
        assert!(applied(&f.evidence, &swap("v=DMARC1; p=other")).is_none());
        f.status(N, "TXT", DnsStatus::NxDomain);
        assert_eq!(applied(&f.evidence, &[Paste::record("TXT", N, &[], &["a"])]).unwrap().lookup(N, "TXT").values(), ["a"]);
        f.alias(N, "TXT", "acme.hosted.example");
        assert!(applied(&f.evidence, &[Paste::record("TXT", N, &[], &["a"])]).is_none());
        f.status(N, "TXT", DnsStatus::Timeout);
        assert!(applied(&f.evidence, &[Paste::record("TXT", N, &[], &["a"])]).is_none());
    }
}

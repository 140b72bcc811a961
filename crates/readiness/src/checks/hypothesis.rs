//! A paste is a hypothesis: before it is shown it is applied to the evidence, and the rule judges again.

use crate::check::{Context, Found, Line, Paste};
use crate::evidence::{Answer, Body, DnsStatus, Evidence, Hop, Record, Response};
use crate::words::Outcome;

/// A rule.
pub type Judge = fn(&Context) -> Found;

/// Judges, and keeps the paste only if it does what it says: after it the finding is better (or, for a fix in
/// steps, no worse), and no other rule finds worse than before. Otherwise the steps alone are told.
pub fn tested(c: &Context, judge: Judge, others: &[Judge], in_steps: bool) -> Found {
    let mut found = judge(c);
    let outcome = found.outcome;
    let Some(fix) = found.fix.as_mut().filter(|f| !f.paste.is_empty() && !f.paste.iter().any(is_placeholder)) else { return found };
    let holds = applied(c.evidence, &fix.paste).is_some_and(|after| {
        let then = Context { evidence: &after, now: c.now };
        let own = rank(judge(&then).outcome);
        let better = own < rank(outcome) || (in_steps && own == rank(outcome));
        // What did not apply before has nothing to lose.
        better && others.iter().all(|o| matches!(o(c).outcome, Outcome::Na) || rank(o(&then).outcome) <= rank(o(c).outcome))
    });
    if !holds {
        fix.paste.clear();
        fix.steps.push("No exact value can be told from what was seen; change the record by hand as the finding says.".into());
    }
    found
}

/// How the place of a text file begins: `File · https://… `.
pub const FILE: &str = "File";

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

/// Worse is more.
const fn rank(o: Outcome) -> u8 {
    match o {
        Outcome::Fail => 3,
        Outcome::Warn => 2,
        Outcome::Unknown | Outcome::Blocked => 1,
        Outcome::Accepted | Outcome::Pass | Outcome::Na => 0,
    }
}

/// Whether a paste waits for a value that only somebody else knows.
fn is_placeholder(p: &Paste) -> bool {
    p.lines.iter().any(|l| matches!(l, Line::Add(t) if t.starts_with('<')))
}

/// The evidence as it would be with these pastes made, of DNS records and text files; nothing where one cannot be made as it is written: its
/// record set was not seen, a line to remove does not stand there, or the name is an alias.
#[must_use]
pub fn applied(e: &Evidence, pastes: &[Paste]) -> Option<Evidence> {
    let mut after = e.clone();
    for paste in pastes {
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

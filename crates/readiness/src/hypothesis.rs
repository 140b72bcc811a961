//! A paste is a hypothesis: before it is shown it is applied to a copy of the evidence, and the rules judge again.

use crate::catalogue::Entry;
use crate::check::{Context, Fix, Found, Line, Paste};
use crate::pasted::{FILE, HEADER, pasted};
use crate::taxonomy::Outcome;

/// Types of records whose answer follows from the record alone. An alias or an address changes what is reached as well,
/// which no evidence of today tells.
const RECORDS: [&str; 3] = ["TXT", "MX", "CAA"];

/// Checks whose paste may be one step of several.
const IN_STEPS: [&str; 5] = ["MAIL-03", "MAIL-05", "MAIL-07", "MAIL-10", "MAIL-14"];

/// Takes back each paste that does not do what it says. A paste stands only if with it the check finds better, or is a step
/// further towards that, and no other check finds worse than before; otherwise the steps alone are told. Pastes that
/// no evidence can be changed by, such as a command for a shell, are left as they are.
pub(crate) fn test(c: &Context, mut judged: Vec<(&Entry, &mut Found)>) {
    let before: Vec<(&Entry, Outcome)> = judged.iter().map(|(e, f)| (*e, f.outcome)).collect();
    for (entry, found) in judged.iter_mut().filter(|(_, f)| f.outcome.is_open()) {
        let Some(check) = entry.check else { continue };
        let (outcome, summary) = (found.outcome, found.summary.clone());
        let Some(fix) = found.fix.as_mut().filter(|f| is_testable(f)) else { continue };
        let holds = pasted(c.outside(), &fix.paste).is_some_and(|after| {
            let then = c.with(&after);
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

/// Worse is more.
const fn rank(o: Outcome) -> u8 {
    match o {
        Outcome::Fail => 3,
        Outcome::Warn => 2,
        Outcome::Unknown | Outcome::Blocked => 1,
        Outcome::Accepted | Outcome::Pass | Outcome::Na => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dmarc::{self, Dmarc};
    use crate::evidence::DnsStatus;
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
                f.evidence = pasted(&f.evidence, &pastes).unwrap();
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
}

//! What only people know, and what they accept: questions and their answers, accepted risks, false positives.

use crate::check::{Fix, Found, Seen};
use crate::evidence::{Attestation, Claims, Exemption};
use crate::score::PUBLIC_DATA;
use crate::taxonomy::{Answer, ExemptionKind, Impact};
use crate::time::{DAY_MS, date};

use std::sync::LazyLock;

/// A question that a person answers where no scan can.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Check id.
    pub id: &'static str,
    /// Days that an answer lives.
    pub days: i64,
    /// In plain words.
    pub question: &'static str,
    /// What *yes* means.
    pub yes: &'static str,
    /// What *partly* means, where it is offered.
    pub partly: Option<&'static str>,
    /// What *no* means.
    pub no: &'static str,
    /// Whether *no* only warns.
    pub no_warns: bool,
    /// What a *no* costs.
    pub why: &'static str,
    /// How to turn it into a *yes*.
    pub how: &'static str,
}

static QUESTIONS: LazyLock<Vec<Question>> = LazyLock::new(|| include_str!("../data/questions.tsv").lines().filter_map(parse).collect());

fn parse(line: &'static str) -> Option<Question> {
    let cells: Vec<&'static str> = line.split('\t').collect();
    let &[id, days, question, yes, partly, no, why, how] = cells.as_slice() else { return None };
    Some(Question {
        id,
        days: days.parse().ok()?,
        question,
        yes,
        partly: (partly != "-").then_some(partly),
        no: no.trim_start_matches('~'),
        no_warns: no.starts_with('~'),
        why,
        how,
    })
}

/// Every question, in the order of the table.
#[must_use]
pub fn questions() -> &'static [Question] {
    &QUESTIONS
}

/// The question of this check.
#[must_use]
pub fn question(id: &str) -> Option<&'static Question> {
    QUESTIONS.iter().find(|q| q.id == id)
}

impl Claims {
    /// What was answered for this check.
    #[must_use]
    pub fn attestation(&self, check: &str) -> Option<&Attestation> {
        self.attestations.iter().find(|a| a.check == check)
    }
    /// What excuses an open finding of this check and impact at `now`. An excuse that was given while the
    /// impact was lower ends as early as one of its present impact would.
    #[must_use]
    pub fn excuse(&self, check: &str, impact: Impact, now: i64) -> Option<&Exemption> {
        let e = self.excuses.iter().find(|e| e.check == check)?;
        let days = longest(e.kind, check, impact)?;
        (now < e.expires.min(e.at + days * DAY_MS)).then_some(e)
    }
}

/// The most days that an excuse may hold: 90, for a critical finding 14. `None` where nothing excuses
/// it: data or a live secret that anybody can read is no risk to take.
#[must_use]
pub fn longest(kind: ExemptionKind, check: &str, impact: Impact) -> Option<i64> {
    match (kind, impact) {
        (_, _) if check == "SEC-31" => None,
        (ExemptionKind::Risk, _) if PUBLIC_DATA.contains(&check) => None,
        (_, Impact::Critical) => Some(14),
        _ => Some(90),
    }
}

/// What an answer amounts to at `now`.
pub(crate) fn judge(a: &Attestation, q: &Question, now: i64) -> Found {
    let seen = Seen { source: format!("said by {}", a.by), text: text(a), at: a.at };
    let fix = || Fix::new(format!("Turn it into a yes: {}", q.yes), 30).step(q.how).step("Then answer the question again.");
    let found = if now >= a.expires {
        Found::unknown(format!("{} answered on {}. That is too long ago to rely on; answer again.", a.by, date(a.at)))
    } else {
        match a.answer {
            Answer::Yes => Found::pass(q.yes),
            Answer::Partly => Found::warn(q.partly.unwrap_or(q.no)).fix(fix()),
            Answer::No if q.no_warns => Found::warn(q.no).fix(fix()),
            Answer::No => Found::fail(q.no).fix(fix()),
            Answer::NotApplicable => Found::na(format!("{} says that it does not apply: {}", a.by, a.note)),
        }
    };
    found.seen([seen])
}

fn text(a: &Attestation) -> String {
    let mut out = format!("{}{}", a.answer.label(), if a.note.is_empty() { String::new() } else { format!(": {}", a.note) });
    for s in &a.shown {
        out.push('\n');
        out.push_str(s);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assess::assess;
    use crate::evidence::Ledger;
    use crate::fixture::Fixture;
    use crate::taxonomy::{Class, Outcome, Verdict};
    use crate::{Claims, catalogue};

    fn yes(check: &str, now: i64) -> Attestation {
        Attestation {
            check: check.into(),
            answer: Answer::Yes,
            note: String::new(),
            shown: vec![],
            by: "ada@acme.com".into(),
            at: now,
            expires: now + 90 * DAY_MS,
        }
    }

    #[test]
    fn every_class_a_entry_and_every_critical_one_without_a_rule_has_a_question() {
        for e in catalogue::entries().iter().filter(|e| e.check.is_none()) {
            let must = e.class == Class::Attested || e.resting_impact == Impact::Critical || e.id.starts_with("HND-");
            assert!(!must || question(e.id).is_some(), "{}", e.id);
        }
        for q in questions() {
            let e = catalogue::entry(q.id).unwrap_or_else(|| panic!("{} is no entry", q.id));
            assert!(e.check.is_none() && (14..=180).contains(&q.days), "{}", q.id);
            assert!(q.question.ends_with('?') && [q.yes, q.no, q.why, q.how].iter().all(|t| t.ends_with('.')), "{}", q.id);
        }
        assert_eq!(questions().len(), include_str!("../data/questions.tsv").lines().count() - 1);
    }

    #[test]
    fn answers_become_outcomes_and_grow_old() {
        let f = Fixture::good();
        let rows = [
            ("DEP-08", Answer::Yes, 0, Outcome::Pass),
            ("DEP-08", Answer::Partly, 0, Outcome::Warn),
            ("DEP-08", Answer::No, 0, Outcome::Fail),
            ("HND-09", Answer::No, 0, Outcome::Warn),
            ("AUD-06", Answer::NotApplicable, 0, Outcome::Na),
            ("DEP-08", Answer::Yes, 90, Outcome::Unknown),
            ("DEP-08", Answer::No, 90, Outcome::Unknown),
            // A person's word never overrules what was seen.
            ("MAIL-02", Answer::No, 0, Outcome::Pass),
        ];
        for (check, answer, days, want) in rows {
            let claims = Claims { attestations: vec![Attestation { answer, ..yes(check, f.now - days * DAY_MS) }], excuses: vec![] };
            let a = assess(&Ledger::of_scan(f.evidence.clone()).with(&claims), f.now);
            assert_eq!(a.finding(check).unwrap().outcome, want, "{check} {answer:?} {days}");
        }
    }

    #[test]
    fn a_founder_who_answers_everything_is_ready() {
        let f = Fixture::good();
        let claims = Claims { attestations: questions().iter().map(|q| yes(q.id, f.now)).collect(), excuses: vec![] };
        let a = assess(&Ledger::of_scan(f.evidence.clone()).with(&claims), f.now);
        assert_eq!((a.verdict, a.score.ceiling), (Verdict::Ready, None));
    }

    #[test]
    fn an_excuse_holds_within_its_limits() {
        let mut f = Fixture::good();
        f.txt("acme.example", &[]);
        let excuse = |kind, days: i64| Claims {
            attestations: vec![],
            excuses: vec![Exemption {
                check: "MAIL-02".into(),
                kind,
                reason: "no mail before June".into(),
                owner: "ada@acme.com".into(),
                disproof: String::new(),
                by: "ada@acme.com".into(),
                at: f.now - days * DAY_MS,
                expires: f.now + 30 * DAY_MS,
            }],
        };
        let rows = [
            (ExemptionKind::Risk, 0, Outcome::Accepted),
            (ExemptionKind::FalseAlarm, 0, Outcome::Accepted),
            // A critical one holds 14 days, whatever was asked for.
            (ExemptionKind::Risk, 14, Outcome::Fail),
            (ExemptionKind::Risk, 13, Outcome::Accepted),
        ];
        let open = f.assess();
        assert_eq!((open.finding("MAIL-02").unwrap().outcome, open.finding("MAIL-02").unwrap().impact), (Outcome::Fail, Impact::Critical));
        for (kind, days, want) in rows {
            let a = assess(&Ledger::of_scan(f.evidence.clone()).with(&excuse(kind, days)), f.now);
            let found = a.finding("MAIL-02").unwrap();
            assert_eq!((found.outcome, found.excuse.is_some()), (want, want == Outcome::Accepted), "{kind:?} {days}");
            assert!(a.score.uncapped >= open.score.uncapped && found.summary == open.finding("MAIL-02").unwrap().summary);
        }
        assert_eq!(longest(ExemptionKind::Risk, "AUD-04", Impact::Critical), None);
        assert_eq!(longest(ExemptionKind::FalseAlarm, "AUD-04", Impact::Critical), Some(14));
        assert_eq!(longest(ExemptionKind::FalseAlarm, "SEC-31", Impact::Critical), None);
        assert_eq!(longest(ExemptionKind::Risk, "TLS-08", Impact::High), Some(90));
    }
}

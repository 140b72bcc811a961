//! Silence is no answer: fed to every check, it may neither pass nor fail one, nor say that one does not apply.

use crate::check::Context;
use crate::checks;
use crate::evidence::{
    Answer, Collector, DnsStatus, FailKind, Outside, Purpose, RdapOutcome, RevocationState, SmtpOutcome, TlsFailure, TlsOutcome,
};
use crate::fixture::Fixture;
use crate::taxonomy::Outcome;

/// What may be said all the same, and why.
const EXCEPTIONS: &[(&str, Outcome, &str)] = &[
    (
        "DNS-01",
        Outcome::Fail,
        "SERVFAIL of every server for the domain itself is what visitors get too; it says that nobody gets through, not that the name is absent",
    ),
    ("MAIL-17", Outcome::Na, "rests on the owner's word that the domain sends mail, or on nobody's word, not on an answer"),
];

/// Every DNS answer becomes this one.
fn mute(e: &mut Outside, status: &DnsStatus) {
    for a in &mut e.dns {
        (a.status, a.records) = (status.clone(), vec![]);
    }
    e.servers.clear();
    (e.delegation, e.dnssec) = (None, None);
}

/// Everything was asked, and nothing answered.
fn nothing_answered(e: &mut Outside, status: &DnsStatus) {
    mute(e, status);
    let timed_out = *status == DnsStatus::Timeout;
    for p in &mut e.tls {
        let kind = if timed_out { TlsFailure::Timeout } else { TlsFailure::Unresolved };
        p.outcome = TlsOutcome::Failed { kind, detail: "nothing came".into() };
    }
    for hop in e.fetches.iter_mut().flat_map(|f| &mut f.hops) {
        let kind = if timed_out { FailKind::Timeout } else { FailKind::Unresolved };
        hop.answer = Answer::Failed { kind, detail: "nothing came".into() };
    }
    for f in &mut e.fetches {
        f.hops.truncate(1);
    }
    for p in &mut e.smtp {
        p.outcome = SmtpOutcome::Unreached("nothing came".into());
    }
    for s in &mut e.samples {
        (s.status, s.error) = (None, Some("nothing came".into()));
    }
    for r in &mut e.revocation {
        r.state = RevocationState::Unknown("nothing came".into());
    }
    for v in e.handshakes.iter_mut().flat_map(|h| &mut h.versions) {
        (v.accepted, v.suites) = (None, vec![]);
    }
    for h in &mut e.handshakes {
        (h.secure_renegotiation, h.compression, h.heartbeat) = (None, None, None);
        h.groups.clear();
    }
    if let Some(r) = &mut e.registration {
        r.outcome = RdapOutcome::Unknown("nothing came".into());
    }
    if let Some(ct) = &mut e.ct {
        ct.certificates.clear();
        ct.error = Some("nothing came".into());
    }
    e.pages.clear();
    e.bundles = None;
    e.families.clear();
}

/// The kinds of silence, each as evidence of a product of which everything is declared.
fn silences() -> Vec<(&'static str, Outside)> {
    let of = |change: &dyn Fn(&mut Outside)| {
        let mut e = Fixture::good().evidence;
        change(&mut e);
        e
    };
    vec![
        ("every server answers SERVFAIL", of(&|e| nothing_answered(e, &DnsStatus::ServFail))),
        ("every server refuses", of(&|e| nothing_answered(e, &DnsStatus::Refused))),
        ("everything times out", of(&|e| nothing_answered(e, &DnsStatus::Timeout))),
        ("nothing was asked", of(&|e| *e = Outside::empty(e.target.clone(), e.started_at))),
    ]
}

#[test]
fn no_check_takes_silence_for_an_answer() {
    let mut wrong = vec![];
    for (what, e) in silences() {
        for sends in [Some(true), None] {
            let mut e = e.clone();
            e.target.sends_mail = sends;
            for check in checks::ALL {
                let found = (check.rule)(&Context::of(&e, e.finished_at));
                let allowed = EXCEPTIONS.iter().any(|(id, outcome, _)| *id == check.id && *outcome == found.outcome);
                if found.outcome != Outcome::Unknown && !allowed {
                    wrong.push(format!("{} · {what}, sends mail {sends:?}: {}: {}", check.id, found.outcome, found.summary));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

/// The web answers, the DNS does not: what rests on the DNS alone stays unknown.
#[test]
fn a_silent_dns_is_no_answer_beside_a_good_site() {
    let mut wrong = vec![];
    for status in [DnsStatus::ServFail, DnsStatus::Timeout, DnsStatus::Refused] {
        let mut e = Fixture::good().evidence;
        mute(&mut e, &status);
        for check in checks::ALL.iter().filter(|c| c.needs.iter().all(|n| matches!(n, Collector::Dns))) {
            let found = (check.rule)(&Context::of(&e, e.finished_at));
            let allowed = EXCEPTIONS.iter().any(|(id, outcome, _)| *id == check.id && *outcome == found.outcome);
            if found.outcome != Outcome::Unknown && !allowed {
                wrong.push(format!("{} · {}: {}: {}", check.id, status.label(), found.outcome, found.summary));
            }
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

/// Checks of what is asked for beside the front page.
const BEYOND_THE_FRONT_PAGE: &[&str] =
    &["AUD-02", "AUD-04", "AUD-05", "DEP-14", "MON-04", "PERF-08", "PERF-10", "PERF-11", "PERF-18", "RED-04", "RED-06", "SEC-08", "SEC-33"];

/// The front page answers and nothing else does.
#[test]
fn a_front_page_speaks_for_itself_alone() {
    let mut e = Fixture::good().evidence;
    for f in e.fetches.iter_mut().filter(|f| f.purpose != Purpose::Start) {
        f.hops.truncate(1);
        for hop in &mut f.hops {
            hop.answer = Answer::Failed { kind: FailKind::Timeout, detail: "nothing came".into() };
        }
    }
    e.bundles = None;
    for id in BEYOND_THE_FRONT_PAGE {
        let check = checks::ALL.iter().find(|c| c.id == *id).unwrap();
        let found = (check.rule)(&Context::of(&e, e.finished_at));
        assert_eq!(found.outcome, Outcome::Unknown, "{id}: {}", found.summary);
    }
}

//! The seven stages in the product's own words, and where a project stands on them.

use crate::assess::Assessment;
use crate::finding::Finding;
use crate::taxonomy::{Impact, Outcome, Stage, Verdict};

/// What a stage is for.
#[derive(Clone, Copy, Debug)]
pub struct StageText {
    /// Its name on the page.
    pub name: &'static str,
    /// What is true at its end.
    pub goal: &'static str,
    /// What you hold in your hands at its end.
    pub deliverable: &'static str,
    /// How you notice that it was skipped.
    pub failure_signal: &'static str,
}

/// The text of a stage.
#[must_use]
pub const fn text(stage: Stage) -> StageText {
    match stage {
        Stage::Audit => StageText {
            name: "Quick audit",
            goal: "Know what would stop a launch before anything is touched.",
            deliverable: "A short list of risks by what they cost at launch, and an order of fixes that keeps production working.",
            failure_signal: "A deploy or a mail needs somebody to do something by hand, or nobody can say where the secrets are and who can read them.",
        },
        Stage::Edge => StageText {
            name: "DNS and edge",
            goal: "Every public name leads where it should, over HTTPS, and your mail is believed.",
            deliverable: "A map of your DNS in which each record has a purpose, and an edge with caching and basic protection switched on.",
            failure_signal: "Visitors meet certificate warnings, redirects in circles, or two versions of the same site.",
        },
        Stage::Deployment => StageText {
            name: "Deployment",
            goal: "A release is boring: the same steps every time, and a way back.",
            deliverable: "A deploy that is known to work, with its checklist, and a note that says where configuration is changed safely.",
            failure_signal: "Deploys live in one person's memory, and a bad one can take sign-in down with no quick way back.",
        },
        Stage::Performance => StageText {
            name: "Performance",
            goal: "The first customers do not wait.",
            deliverable: "The few queries and cached paths that matter, and a measured baseline to hold later releases against.",
            failure_signal: "A dashboard asks the database dozens of times for one page, or waiting times jump without more visitors.",
        },
        Stage::Security => StageText {
            name: "Security",
            goal: "Customers' data stays theirs, without slowing the launch.",
            deliverable: "A short checklist: who may do what, where requests are limited, what logs hold, who has access.",
            failure_signal: "Changing a number in an address shows somebody else's record, or logs hold tokens.",
        },
        Stage::Monitoring => StageText {
            name: "Monitoring",
            goal: "You hear of an outage before your customers tell you.",
            deliverable: "A simple dashboard, alerts that reach a person, and a written meaning of “broken”.",
            failure_signal: "Support finds the downtime, mail bounces in silence, jobs fail and nobody sees it.",
        },
        Stage::Handover => StageText {
            name: "Handover",
            goal: "The founder holds every key and knows how to turn it.",
            deliverable: "A handover checklist, an inventory of access, a change log, recovery notes and next steps.",
            failure_signal: "Nobody dares to change DNS, or a key cannot be rotated without the developer.",
        },
    }
}

/// Signs that a stage was skipped, each with the checks that would show it.
pub const SIGNALS: &[(Stage, &str, &[&str])] = &[
    (Stage::Audit, "A deploy or a mail needs somebody to do something by hand.", &["AUD-16", "DEP-06"]),
    (Stage::Audit, "Nobody can say where the secrets are and who can read them.", &["AUD-17", "HND-05"]),
    (Stage::Edge, "Visitors meet certificate warnings or parts of pages that do not load.", &["TLS-02", "TLS-03", "TLS-04", "TLS-10"]),
    (Stage::Edge, "Redirects lead in circles or through too many places.", &["RED-03"]),
    (Stage::Edge, "The same link shows two versions of the site.", &["RED-01", "RED-06"]),
    (Stage::Deployment, "Deploys live in one person's memory.", &["DEP-06", "DEP-18", "DEP-20"]),
    (Stage::Deployment, "A bad release takes sign-in or data down, with no quick way back.", &["DEP-07", "DEP-08", "DEP-09"]),
    (Stage::Performance, "Pages wait for one trip to the database after another.", &["PERF-13", "PERF-15", "AUD-15"]),
    (Stage::Performance, "Ordinary actions take more than half a second without many visitors.", &["PERF-01", "PERF-02", "PERF-04"]),
    (Stage::Security, "One customer sees another's data by changing an id.", &["SEC-05", "SEC-06"]),
    (Stage::Security, "Logs hold passwords, tokens or links to reset them.", &["SEC-24", "SEC-25"]),
    (Stage::Security, "Links to reset a password fail, or work twice.", &["SEC-20", "MAIL-16"]),
    (Stage::Monitoring, "Customers tell you about an outage before the monitor does.", &["MON-01", "MON-02", "MON-03", "MON-06"]),
    (Stage::Monitoring, "Mail bounces and nobody sees it.", &["MON-18"]),
    (Stage::Monitoring, "Background jobs stop without a sound.", &["MON-15", "MON-16"]),
    (Stage::Handover, "Nobody dares to change DNS.", &["HND-09", "DNS-18"]),
    (Stage::Handover, "A key cannot be replaced without the developer.", &["HND-06"]),
    (Stage::Handover, "Changes break what is live, because nothing is written down.", &["HND-10", "HND-12", "DEP-18"]),
];

/// A sign, and what the findings say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signal {
    /// In one sentence.
    pub text: &'static str,
    /// `Fail` where a finding shows it, `Pass` where all are against it, else `Unknown`.
    pub outcome: Outcome,
    /// The checks that show it, or that would.
    pub checks: Vec<&'static str>,
}

/// What the findings say about the signs of a stage.
#[must_use]
pub fn signals(a: &Assessment, stage: Stage) -> Vec<Signal> {
    let of = |id: &str| a.finding(id).map_or(Outcome::Unknown, |f| f.outcome);
    SIGNALS
        .iter()
        .filter(|(s, _, _)| *s == stage)
        .map(|(_, text, checks)| {
            let shown: Vec<&'static str> = checks.iter().copied().filter(|id| of(id).is_open()).collect();
            let quiet = checks.iter().all(|id| matches!(of(id), Outcome::Pass | Outcome::Na));
            match (shown.is_empty(), quiet) {
                (false, _) => Signal { text, outcome: Outcome::Fail, checks: shown },
                (true, true) => Signal { text, outcome: Outcome::Pass, checks: checks.to_vec() },
                (true, false) => Signal { text, outcome: Outcome::Unknown, checks: checks.to_vec() },
            }
        })
        .collect()
}

/// A stage as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageState {
    /// Which.
    pub stage: Stage,
    /// Checks that apply.
    pub applicable: usize,
    /// Those with evidence.
    pub evidenced: usize,
    /// Critical failures.
    pub blockers: usize,
    /// Other failures.
    pub fails: usize,
    /// Warnings.
    pub warns: usize,
    /// Whether the work stands here.
    pub here: bool,
}

impl StageState {
    /// One short phrase.
    #[must_use]
    pub fn phrase(&self) -> String {
        let mut said = vec![];
        for (n, one, many) in
            [(self.blockers, "blocker", "blockers"), (self.fails, "to fix", "to fix"), (self.warns, "warning", "warnings")]
        {
            if n > 0 {
                said.push(format!("{n} {}", if n == 1 { one } else { many }));
            }
        }
        if !said.is_empty() {
            said.join(", ")
        } else if self.evidenced == 0 {
            "not evidenced".into()
        } else if self.evidenced == self.applicable {
            "done".into()
        } else {
            format!("{} of {} evidenced", self.evidenced, self.applicable)
        }
    }
}

/// All seven, with "you are here" at the first stage that has the worst open thing.
#[must_use]
pub fn states(a: &Assessment) -> Vec<StageState> {
    let mut states: Vec<StageState> = Stage::ALL
        .iter()
        .map(|stage| {
            let of = |test: &dyn Fn(&Finding) -> bool| a.findings.iter().filter(|f| f.stage == *stage && test(f)).count();
            StageState {
                stage: *stage,
                applicable: of(&|f| f.outcome != Outcome::Na),
                evidenced: of(&|f| f.outcome.is_evidenced()),
                blockers: of(&Finding::is_blocker),
                fails: of(&|f| f.outcome == Outcome::Fail && !f.is_blocker()),
                warns: of(&|f| f.outcome == Outcome::Warn),
                here: false,
            }
        })
        .collect();
    let here = states
        .iter()
        .position(|s| s.blockers > 0)
        .or_else(|| states.iter().position(|s| s.fails > 0))
        .or_else(|| states.iter().position(|s| s.warns > 0))
        .or_else(|| states.iter().position(|s| s.evidenced < s.applicable));
    if let Some(s) = here.and_then(|i| states.get_mut(i)) {
        s.here = true;
    }
    states
}

/// The sentence below the verdict.
#[must_use]
pub fn sentence(a: &Assessment) -> String {
    let blockers: Vec<&Finding> = a.blockers().collect();
    let number = |n: usize| match n {
        1 => "One blocker".to_owned(),
        2 => "Two blockers".to_owned(),
        3 => "Three blockers".to_owned(),
        n => format!("{n} blockers"),
    };
    let front = a.finding("WEB-01");
    match a.verdict {
        Verdict::NotReady | Verdict::Regressed if front.is_some_and(Finding::is_blocker) => {
            format!("The site is dead: {} {} in all.", front.map_or("", |f| f.summary.as_str()), number(blockers.len()))
        }
        Verdict::NotReady | Verdict::Regressed => {
            let costs: Vec<&str> = a
                .fix_order
                .iter()
                .filter(|s| s.blocker)
                .filter_map(|s| a.finding(&s.id))
                .chain(blockers.iter().copied())
                .map(|f| f.why.as_str())
                .collect();
            let first = costs.first().copied().unwrap_or("");
            format!("{}. {first}", number(blockers.len()))
        }
        Verdict::Unproven if front.is_some_and(|f| f.outcome == Outcome::Unknown) => {
            format!("Whether the site works is not known. {}", front.map_or("", |f| f.summary.as_str()))
        }
        Verdict::Unproven => {
            let open = a.findings.iter().filter(|f| f.outcome == Outcome::Unknown && f.impact == Impact::Critical).count();
            format!(
                "Nothing that was seen would stop a launch. {open} critical {} no evidence yet, most of them because only you can give it.",
                if open == 1 { "question has" } else { "questions have" }
            )
        }
        Verdict::ReadyWithRisks => "Nothing blocks the launch. What is left are risks to take knowingly or to mend soon.".to_owned(),
        Verdict::Steady => "Nothing blocks since you launched.".to_owned(),
        Verdict::Ready => "You are done for launch. What remains is polish; your first customers matter more.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn signs_name_checks_and_are_recognised() {
        for (_, text, checks) in SIGNALS {
            assert!(text.ends_with('.') && checks.iter().all(|id| crate::catalogue::entry(id).is_some()), "{text}");
        }
        for stage in Stage::ALL {
            assert!(SIGNALS.iter().any(|(s, _, _)| s == stage), "{stage}");
        }
        let mut a = Fixture::good().assess();
        let of = |a: &Assessment| signals(a, Stage::Edge).into_iter().map(|s| s.outcome).collect::<Vec<_>>();
        assert_eq!(of(&a)[1], Outcome::Pass);
        a.findings.iter_mut().find(|f| f.id == "RED-03").unwrap().outcome = Outcome::Fail;
        assert_eq!(of(&a)[1], Outcome::Fail);
    }
}

//! The seven stages in the product's own words, and where a project stands on them.

use crate::assess::{Assessment, Finding};
use crate::words::{Impact, Outcome, Stage, Verdict};

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
pub(crate) fn sentence(a: &Assessment) -> String {
    let blockers: Vec<&Finding> = a.blockers().collect();
    let number = |n: usize| match n {
        1 => "One blocker".to_owned(),
        2 => "Two blockers".to_owned(),
        3 => "Three blockers".to_owned(),
        n => format!("{n} blockers"),
    };
    match a.verdict {
        Verdict::NotReady => {
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
        Verdict::Unproven => {
            let open = a.findings.iter().filter(|f| f.outcome == Outcome::Unknown && f.impact == Impact::Critical).count();
            format!(
                "Nothing that was seen would stop a launch. {open} critical {} no evidence yet, most of them because only you can give it.",
                if open == 1 { "question has" } else { "questions have" }
            )
        }
        Verdict::ReadyWithRisks => "Nothing blocks the launch. What is left are risks to take knowingly or to mend soon.".to_owned(),
        Verdict::Ready => "You are done for launch. What remains is polish; your first customers matter more.".to_owned(),
    }
}

//! The source *person*: an answer to a question, one piece a check; and the open findings that somebody answers for.

use super::body::{Info, SourceBody};
use crate::taxonomy::{Answer, ExemptionKind};
use serde::{Deserialize, Serialize};

/// A person's answer, with what there is to show for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attestation {
    /// Check id.
    pub check: String,
    /// What they say.
    pub answer: Answer,
    /// In their words, or where it can be seen.
    pub note: String,
    /// Addresses and names of files that show it.
    #[serde(default)]
    pub shown: Vec<String>,
    /// Who.
    pub by: String,
    /// Epoch milliseconds.
    pub at: i64,
    /// Epoch milliseconds.
    pub expires: i64,
}

/// An open finding that somebody answers for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exemption {
    /// Check id.
    pub check: String,
    /// Risk taken, or false alarm.
    pub kind: ExemptionKind,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// What would show that a false alarm is none.
    #[serde(default)]
    pub disproof: String,
    /// Who wrote it down.
    pub by: String,
    /// Epoch milliseconds.
    pub at: i64,
    /// Epoch milliseconds.
    pub expires: i64,
}

/// Everything that people say about one project.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Answers, at most one a check.
    #[serde(default)]
    pub attestations: Vec<Attestation>,
    /// Excuses, at most one a check.
    #[serde(default)]
    pub excuses: Vec<Exemption>,
}

impl SourceBody for Attestation {
    const INFO: Info = Info {
        label: "Answers",
        about: "What a person says, with something to show for it. What was seen always counts more.",
        days: 90,
        how: "answer one question",
        minutes: 2,
        format: 1,
        collected: true,
        pushed: false,
    };
    fn origin(&self) -> String {
        self.by.clone()
    }
}

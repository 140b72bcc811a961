//! The source *probe*: an active look, after the owner has proved control and consented.

use super::body::{Info, SourceBody};
use super::observation::Observation;
use serde::{Deserialize, Serialize};

/// What an active probe found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// What was probed: a URL or an address.
    pub subject: String,
    /// Who consented.
    #[serde(default)]
    pub consent: String,
    /// What was found.
    pub findings: Vec<Observation>,
}

impl SourceBody for Probe {
    const INFO: Info = Info {
        label: "Probe",
        about: "An active look with your consent: load, sign-in, mail by a real message, AI features.",
        days: 90,
        how: "push the result of a probe that you ran",
        minutes: 15,
        format: 1,
        collected: false,
        pushed: true,
    };
    fn observations(&self) -> &[Observation] {
        &self.findings
    }
    fn origin(&self) -> String {
        self.subject.clone()
    }
}

//! The source *connection*: a read-only look at a provider's own settings.

use super::body::{Info, SourceBody};
use super::observation::Observation;
use serde::{Deserialize, Serialize};

/// What a provider's settings show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connection {
    /// `Cloudflare`.
    pub provider: String,
    /// Which account or zone.
    #[serde(default)]
    pub account: String,
    /// What they show.
    pub findings: Vec<Observation>,
}

impl SourceBody for Connection {
    const INFO: Info = Info {
        label: "Connection",
        about: "A read-only look at the settings of a provider: DNS, hosting, mail, payments.",
        days: 7,
        how: "push evidence from the provider that holds the answer",
        minutes: 5,
        format: 1,
        collected: false,
        pushed: true,
    };
    fn observations(&self) -> &[Observation] {
        &self.findings
    }
    fn origin(&self) -> String {
        self.provider.clone()
    }
}

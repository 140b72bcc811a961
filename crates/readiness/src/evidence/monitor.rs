//! The source *monitor*: what watches over time, as a snapshot of its state.

use super::body::{Info, SourceBody};
use super::observation::Observation;
use serde::{Deserialize, Serialize};

/// A snapshot of monitors.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Monitor {
    /// Who watches: `Uptime Kuma`, `Better Stack`.
    #[serde(default)]
    pub service: String,
    /// What the snapshot shows.
    pub findings: Vec<Observation>,
}

impl SourceBody for Monitor {
    const INFO: Info = Info {
        label: "Monitoring",
        about: "What watches your site, jobs and mail over time, as a snapshot of its state.",
        days: 2,
        how: "push the state of your monitoring",
        minutes: 5,
        format: 1,
        collected: false,
        pushed: true,
    };
    fn observations(&self) -> &[Observation] {
        &self.findings
    }
    fn origin(&self) -> String {
        if self.service.is_empty() { "monitoring".to_owned() } else { self.service.clone() }
    }
}

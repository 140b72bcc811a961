//! The source *repository*: a command in the customer's checkout or CI. Nothing of the code is kept but paths, lines,
//! names and hashes.

use super::body::{Info, SourceBody};
use super::observation::Observation;
use serde::{Deserialize, Serialize};

/// What a command in a checkout found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repository {
    /// The commit that was looked at.
    pub commit: String,
    /// The branch or tag.
    #[serde(default)]
    pub r#ref: String,
    /// Whether the whole history was there: not a shallow or partial clone.
    #[serde(default)]
    pub complete: bool,
    /// What it found.
    pub findings: Vec<Observation>,
}

impl SourceBody for Repository {
    const INFO: Info = Info {
        label: "Repository",
        about: "A command that reads your code, its history and its deployment files where they are, and sends findings only.",
        days: 30,
        how: "push evidence from your repository or CI",
        minutes: 5,
        format: 1,
        collected: false,
        pushed: true,
    };
    fn observations(&self) -> &[Observation] {
        &self.findings
    }
    fn origin(&self) -> String {
        match self.commit.get(..7) {
            Some(short) => format!("commit {short}"),
            None => "no commit".to_owned(),
        }
    }
}

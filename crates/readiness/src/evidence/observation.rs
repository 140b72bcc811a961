//! What a source says about one check: an outcome with the places that show it. Never a value of a secret.

use crate::taxonomy::Outcome;
use serde::{Deserialize, Serialize};

/// The most observations of a piece.
const MOST: usize = 500;
/// The most places of an observation.
const PLACES: usize = 200;
/// The most characters of a text.
const TEXT: usize = 1000;

/// An outcome that a source can tell. What is excused or blocked, nobody outside the product can.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "as in `Outcome`")]
pub enum Observed {
    Pass,
    Warn,
    Fail,
    Unknown,
    Na,
}

impl From<Observed> for Outcome {
    fn from(o: Observed) -> Self {
        match o {
            Observed::Pass => Outcome::Pass,
            Observed::Warn => Outcome::Warn,
            Observed::Fail => Outcome::Fail,
            Observed::Unknown => Outcome::Unknown,
            Observed::Na => Outcome::Na,
        }
    }
}

/// A place that shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Location {
    /// A path from the repository's root, a name of a setting, a URL.
    pub path: String,
    /// Line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The commit, where it is not the newest one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub commit: String,
    /// The rule that matched.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub rule: String,
    /// The first characters of a SHA-256, to tell two of a kind apart.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub digest: String,
}

/// What a source says about one check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// Check id.
    pub id: String,
    /// What it saw.
    pub outcome: Observed,
    /// One sentence.
    #[serde(default)]
    pub summary: String,
    /// What shows it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub locations: Vec<Location>,
}

/// Why observations are refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ObservationError {
    /// Too many.
    #[error("A piece holds at most {MOST} findings; this one has {0}.")]
    Many(usize),
    /// Too many places.
    #[error("{0} has {1} locations; at most {PLACES} are kept. Keep the first ones.")]
    Places(String, usize),
    /// Too long a text.
    #[error("A text of {0} is longer than {TEXT} characters.")]
    Long(String),
    /// The same check twice.
    #[error("{0} stands there twice; join its locations in one finding.")]
    Twice(String),
}

/// Whether observations are within their bounds.
///
/// # Errors
/// The first that is not.
pub fn bounded(list: &[Observation]) -> Result<(), ObservationError> {
    if list.len() > MOST {
        return Err(ObservationError::Many(list.len()));
    }
    for (i, o) in list.iter().enumerate() {
        if list.iter().take(i).any(|other| other.id == o.id) {
            return Err(ObservationError::Twice(o.id.clone()));
        }
        if o.locations.len() > PLACES {
            return Err(ObservationError::Places(o.id.clone(), o.locations.len()));
        }
        let texts = o.locations.iter().flat_map(|l| [&l.path, &l.commit, &l.rule, &l.digest]).chain([&o.summary, &o.id]);
        if texts.into_iter().any(|t| t.chars().count() > TEXT) {
            return Err(ObservationError::Long(o.id.chars().take(20).collect()));
        }
    }
    Ok(())
}

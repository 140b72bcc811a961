//! How much a workspace may hold.

use serde::{Deserialize, Serialize};

/// What a workspace may hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Quotas {
    /// Projects, archived ones too.
    pub projects: i64,
    /// Scans in 24 hours.
    pub scans: i64,
    /// Members and open invitations.
    pub members: i64,
    /// API tokens.
    pub tokens: i64,
    /// Megabytes (10⁶ bytes) of files and handover packs.
    pub megabytes: i64,
}

impl Default for Quotas {
    fn default() -> Self {
        Self { projects: 500, scans: 1000, members: 100, tokens: 50, megabytes: 500 }
    }
}

/// What a workspace has enough of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quota {
    /// Projects.
    Projects,
    /// Scans in a day.
    Scans,
    /// Members.
    Members,
    /// Tokens.
    Tokens,
    /// Megabytes of files and handover packs.
    Megabytes,
}

impl Quota {
    pub(crate) const fn of(self, q: &Quotas) -> i64 {
        match self {
            Self::Projects => q.projects,
            Self::Scans => q.scans,
            Self::Members => q.members,
            Self::Tokens => q.tokens,
            Self::Megabytes => q.megabytes,
        }
    }
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Projects => "projects, archived ones too",
            Self::Scans => "scans in 24 hours",
            Self::Members => "members and invitations",
            Self::Tokens => "tokens",
            Self::Megabytes => "megabytes of files and handover packs",
        }
    }
}

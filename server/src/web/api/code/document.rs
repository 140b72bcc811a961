//! The document that a workspace is written as, and the plan of a change.

use readiness::Domain;
use readiness::evidence::ProfileChoice;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The version of the document's form.
pub const VERSION: u32 = 1;

/// A workspace as one document.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// 1.
    pub version: u32,
    /// Its projects, by domain.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub projects: Vec<ProjectCode>,
    /// Where events go, by name. Owners alone may change them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<ChannelCode>,
}

/// A project. What is left out is empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProjectCode {
    /// The domain that customers type: its name in this document.
    pub domain: String,
    /// Further hosts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// Whether mail is sent from the domain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sends_mail: Option<bool>,
    /// DKIM selectors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dkim_selectors: Vec<String>,
    /// Mail services.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub senders: Vec<String>,
    /// Links that must work.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<String>,
    /// Health paths.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub health: Vec<String>,
    /// Whether there is no www. on purpose.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_www: bool,
    /// Whether search engines should not find it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub internal: bool,
    /// Layers of the stack as `layer: name`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stack: Vec<String>,
    /// Which checks apply, where its owner says otherwise than what is detected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<ProfileCode>,
    /// Whose it is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub client: String,
    /// Words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// When it is scanned by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<ScheduleCode>,
    /// Open findings that somebody answers for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excuses: Vec<ExcuseCode>,
    /// What people say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<AnswerCode>,
}

/// What the owner says about the kind of product; what is left out is detected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileCode {
    /// `public-saas`, `internal-admin`, `api-only` or `marketing-app`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Whether it has `jobs` in the background, an `ai` feature, `supabase` or `firebase`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub has: BTreeMap<String, bool>,
}

impl ProfileCode {
    /// What was said, if anything was.
    pub fn of(said: &ProfileChoice) -> Option<Self> {
        let has = said.has.iter().map(|(t, yes)| (t.word().to_owned(), *yes)).collect();
        (!said.is_empty()).then(|| Self { kind: said.kind.map(|k| k.word().to_owned()), has })
    }
}

/// A schedule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleCode {
    /// `daily`, `weekly`, `monthly`, or five fields of cron.
    pub rhythm: String,
    /// IANA.
    #[serde(default = "utc")]
    pub zone: String,
}

fn utc() -> String {
    "UTC".into()
}

/// An excuse.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExcuseCode {
    /// Check id.
    pub check: String,
    /// `risk` or `false-alarm`.
    pub kind: String,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// What would show that a false alarm is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub disproof: String,
    /// `YYYY-MM-DD`.
    pub until: String,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerCode {
    /// Check id.
    pub check: String,
    /// `yes`, `partly`, `no` or `na`.
    pub answer: String,
    /// In words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Addresses that show it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shown: Vec<String>,
}

/// A channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChannelCode {
    /// Its name in this document.
    pub name: String,
    /// `webhook`, `slack` …
    pub kind: String,
    /// Its address; never written out. Left out, the one that is known stays.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub url: String,
    /// What it hears of.
    pub rules: Vec<String>,
    /// Domain of the one project that it hears of; left out for all.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub project: String,
}

/// A step of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct StepOut {
    /// `create`, `change`, `delete`, or `keep` for what stays and is not as the document has it.
    pub deed: &'static str,
    /// `project acme.com`.
    pub what: String,
    /// In short.
    pub detail: String,
}

/// What would be done, or was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Plan {
    /// Whether it was carried out.
    pub done: bool,
    /// In order; empty where nothing differs.
    pub steps: Vec<StepOut>,
}

/// Whether two texts name one domain, the first as it is kept.
pub(super) fn same(a: &str, b: &str) -> bool {
    Domain::parse(b).is_ok_and(|d| d.as_str() == a)
}

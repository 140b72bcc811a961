//! A project as a row.

use crate::error::Result;
use crate::ids::{AccountId, ProjectId};
use readiness::evidence::ApprovedMap;
use readiness::{Brief, Domain, Selector, Settings, Target};
use sqlx::any::AnyRow;
use sqlx::{Any, Row, Transaction};

/// Somebody's word that they may test the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entitlement {
    /// Who.
    pub by: AccountId,
    /// Epoch milliseconds.
    pub at: i64,
    /// From which address.
    pub from: String,
}

/// What a person fills in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectDraft {
    /// The primary domain.
    pub domain: Domain,
    /// Further hosts.
    pub hosts: Vec<Domain>,
    /// Whether it sends mail.
    pub sends_mail: Option<bool>,
    /// DKIM selectors.
    pub dkim_selectors: Vec<Selector>,
    /// The declaration, if it is made.
    pub entitlement: Option<Entitlement>,
    /// What else its owner says.
    pub settings: Settings,
}

/// A project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Id.
    pub id: ProjectId,
    /// What was filled in.
    pub draft: ProjectDraft,
    /// The DNS map that somebody approved.
    pub map: Option<ApprovedMap>,
    /// Epoch milliseconds; 0 while it is active.
    pub archived_at: i64,
    /// Epoch milliseconds.
    pub created_at: i64,
    /// Counts changes.
    pub version: i64,
}

impl Project {
    /// What to scan.
    #[must_use]
    pub fn target(&self) -> Target {
        let d = &self.draft;
        Target {
            domain: d.domain.clone(),
            hosts: d.hosts.clone(),
            sends_mail: d.sends_mail,
            dkim_selectors: d.dkim_selectors.clone(),
            entitled: d.entitlement.is_some(),
            map: self.map.clone(),
            ..Target::preview(d.domain.clone()).with(&d.settings)
        }
    }
}

/// What a project is filed under.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filed {
    /// Whose it is, or empty.
    pub client: String,
    /// Words, lower case, each once.
    pub tags: Vec<String>,
    /// Who sees to it.
    pub owner: Option<AccountId>,
}

pub(crate) const COLUMNS: &str = "id, domain, hosts, sends_mail, dkim_selectors, entitled_by, entitled_at, entitled_from, settings, dns_map, archived_at, created_at, version";

pub(crate) fn sends_mail(d: &ProjectDraft) -> &'static str {
    match d.sends_mail {
        Some(true) => "yes",
        Some(false) => "no",
        None => "",
    }
}

pub(crate) fn entitlement(d: &ProjectDraft) -> (&str, i64, &str) {
    d.entitlement.as_ref().map_or(("", 0, ""), |e| (e.by.as_str(), e.at, e.from.as_str()))
}

pub(crate) fn project(row: &AnyRow) -> Result<Project> {
    let text = |name: &str| row.try_get::<String, _>(name);
    let at: i64 = row.try_get("entitled_at")?;
    Ok(Project {
        id: ProjectId::stored(text("id")?),
        draft: ProjectDraft {
            domain: serde_json::from_value(serde_json::Value::String(text("domain")?))?,
            hosts: serde_json::from_str(&text("hosts")?)?,
            sends_mail: match text("sends_mail")?.as_str() {
                "yes" => Some(true),
                "no" => Some(false),
                _ => None,
            },
            dkim_selectors: serde_json::from_str(&text("dkim_selectors")?)?,
            entitlement: if at > 0 {
                Some(Entitlement { by: AccountId::stored(text("entitled_by")?), at, from: text("entitled_from")? })
            } else {
                None
            },
            settings: serde_json::from_str(&text("settings")?)?,
        },
        map: Some(text("dns_map")?).filter(|t| !t.is_empty()).map(|t| serde_json::from_str(&t)).transpose()?,
        archived_at: row.try_get("archived_at")?,
        created_at: row.try_get("created_at")?,
        version: row.try_get("version")?,
    })
}

/// A project within a transaction.
pub(crate) async fn find_project(tx: &mut Transaction<'_, Any>, workspace: &str, id: &str) -> Result<Option<Project>> {
    let sql = format!("SELECT {COLUMNS} FROM projects WHERE workspace_id = $1 AND id = $2");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(workspace).bind(id).fetch_optional(&mut **tx).await?;
    row.map(|r| project(&r)).transpose()
}

/// A project's line; none before its first result.
pub(crate) fn brief(row: &AnyRow) -> Result<Option<Brief>> {
    let text: String = row.try_get("brief")?;
    Ok(if text.is_empty() { None } else { Some(serde_json::from_str(&text)?) })
}

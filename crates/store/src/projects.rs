//! Projects of a workspace.

use crate::access::{CanCreate, CanRead, CanWork, Member};
use crate::audit::{By, log, log_project};
use crate::database::Store;
use crate::error::Result;
use crate::ids::ProjectId;
use crate::project::{COLUMNS, Filed, Project, ProjectDraft, entitlement, find_project, project, sends_mail};
use crate::quota::Quota;
use crate::quotas::within;
use crate::scan::{SUMMARY, Summary};
use readiness::evidence::ApprovedMap;
use sqlx::{Any, FromRow, Row, Transaction};

/// A project in a list.
#[derive(Clone, Debug)]
pub struct ProjectRow {
    /// The project.
    pub project: Project,
    /// Its newest finished scan.
    pub newest: Option<Summary>,
}

impl Store {
    /// Creates a project.
    ///
    /// # Errors
    /// The database's.
    pub async fn create_project(&self, proof: &CanCreate, draft: &ProjectDraft, by: &By, now: i64) -> Result<Project> {
        let mut tx = self.begin_write().await?;
        let project = create(&mut tx, proof.workspace(), draft, by, now).await?;
        tx.commit().await?;
        Ok(project)
    }

    /// Creates many projects, filed as they are given, all or none.
    ///
    /// # Errors
    /// The database's.
    pub async fn create_projects(&self, proof: &CanCreate, drafts: &[(ProjectDraft, Filed)], by: &By, now: i64) -> Result<usize> {
        let mut tx = self.begin_write().await?;
        for (draft, filed) in drafts {
            let project = create(&mut tx, proof.workspace(), draft, by, now).await?;
            sqlx::query("UPDATE projects SET client = $2, tags = $3 WHERE id = $1")
                .bind(project.id.as_str())
                .bind(&filed.client)
                .bind(serde_json::to_string(&filed.tags)?)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(drafts.len())
    }

    /// Changes a project; `false` if it is gone, or not at the version that was asked for.
    ///
    /// # Errors
    /// The database's.
    pub async fn update_project(&self, proof: &CanWork, draft: &ProjectDraft, version: Option<i64>, by: &By, now: i64) -> Result<bool> {
        let mut tx = self.begin_write().await?;
        let done = update(&mut tx, proof, draft, version, by, now).await?;
        if done.is_some() {
            tx.commit().await?;
        }
        Ok(done.is_some())
    }

    /// Keeps an approved DNS map, or forgets it.
    ///
    /// # Errors
    /// The database's.
    pub async fn approve_map(&self, proof: &CanWork, map: Option<&ApprovedMap>, by: &By, now: i64) -> Result<bool> {
        let text = map.map(serde_json::to_string).transpose()?.unwrap_or_default();
        let mut tx = self.begin_write().await?;
        let done = sqlx::query("UPDATE projects SET dns_map = $3 WHERE workspace_id = $1 AND id = $2")
            .bind(proof.workspace())
            .bind(proof.project())
            .bind(text)
            .execute(&mut *tx)
            .await?;
        log_project(&mut tx, proof.workspace(), by, "DNS map approved", proof.project(), "", now).await?;
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Archives a project, or brings it back with `at` 0.
    ///
    /// # Errors
    /// The database's.
    pub async fn archive_project(&self, proof: &CanWork, at: i64, by: &By, now: i64) -> Result<bool> {
        let mut tx = self.begin_write().await?;
        let done = sqlx::query("UPDATE projects SET archived_at = $3 WHERE workspace_id = $1 AND id = $2")
            .bind(proof.workspace())
            .bind(proof.project())
            .bind(at)
            .execute(&mut *tx)
            .await?;
        log_project(&mut tx, proof.workspace(), by, if at > 0 { "project archived" } else { "project restored" }, proof.project(), "", now)
            .await?;
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// A project of the workspace.
    ///
    /// # Errors
    /// The database's.
    pub async fn project(&self, proof: &CanRead, id: &ProjectId) -> Result<Option<Project>> {
        if !proof.sees(id) {
            return Ok(None);
        }
        let sql = format!("SELECT {COLUMNS} FROM projects WHERE workspace_id = $1 AND id = $2");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(proof.workspace()).bind(id.as_str()).fetch_optional(&self.pool).await?;
        row.map(|r| project(&r)).transpose()
    }

    /// A project that a member may scan or give others access to, for what must be known about it
    /// then: a token may be allowed that without being allowed to read.
    ///
    /// # Errors
    /// The database's.
    pub async fn scannable(&self, member: &Member, id: &ProjectId) -> Result<Option<Project>> {
        let sees = member.only().is_none_or(|list| list.contains(id));
        let sql = format!("SELECT {COLUMNS} FROM projects WHERE workspace_id = $1 AND id = $2");
        let row =
            sqlx::query(sqlx::AssertSqlSafe(sql)).bind(member.workspace().as_str()).bind(id.as_str()).fetch_optional(&self.pool).await?;
        row.filter(|_| sees).map(|r| project(&r)).transpose()
    }

    /// The projects that may be read, by domain, each with its newest result, in two queries whatever
    /// their number.
    ///
    /// # Errors
    /// The database's.
    pub async fn projects(&self, proof: &CanRead, archived: bool) -> Result<Vec<ProjectRow>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM projects WHERE workspace_id = $1 AND CASE WHEN archived_at > 0 THEN 1 ELSE 0 END = $2 ORDER BY domain, id"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(proof.workspace()).bind(i64::from(archived)).fetch_all(&self.pool).await?;
        let sql = format!(
            "SELECT {SUMMARY}, project_id FROM (
               SELECT s.*, ROW_NUMBER() OVER (PARTITION BY project_id ORDER BY queued_at DESC, id DESC) AS n FROM scans s
               WHERE workspace_id = $1 AND project_id <> '' AND status = 'finished') t
             WHERE n = 1"
        );
        let newest = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(proof.workspace()).fetch_all(&self.pool).await?;
        let mut by_project = std::collections::HashMap::new();
        for row in &newest {
            by_project.insert(row.try_get::<String, _>("project_id")?, Summary::from_row(row)?);
        }
        let mut list = vec![];
        for row in &rows {
            let project = project(row)?;
            if proof.sees(&project.id) {
                list.push(ProjectRow { newest: by_project.remove(project.id.as_str()), project });
            }
        }
        Ok(list)
    }
}

async fn create(tx: &mut Transaction<'_, Any>, workspace: &str, draft: &ProjectDraft, by: &By, now: i64) -> Result<Project> {
    let project = Project { id: ProjectId::new(), draft: draft.clone(), map: None, archived_at: 0, created_at: now, version: 1 };
    let (declared, at, from) = entitlement(draft);
    within(tx, workspace, Quota::Projects, now).await?;
    sqlx::query("INSERT INTO projects (id, workspace_id, domain, hosts, sends_mail, dkim_selectors, entitled_by, entitled_at, entitled_from, created_at, settings) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)")
        .bind(project.id.as_str())
        .bind(workspace)
        .bind(draft.domain.as_str())
        .bind(serde_json::to_string(&draft.hosts)?)
        .bind(sends_mail(draft))
        .bind(serde_json::to_string(&draft.dkim_selectors)?)
        .bind(declared)
        .bind(at)
        .bind(from)
        .bind(now)
        .bind(serde_json::to_string(&draft.settings)?)
        .execute(&mut **tx)
        .await?;
    log(tx, workspace, by, "project created", draft.domain.as_str(), "", now).await?;
    Ok(project)
}

/// Changes a project within a transaction; what it was, or none if it is gone or not at the version that was asked for.
pub(crate) async fn update(
    tx: &mut Transaction<'_, Any>,
    proof: &CanWork,
    draft: &ProjectDraft,
    version: Option<i64>,
    by: &By,
    now: i64,
) -> Result<Option<ProjectDraft>> {
    let (declared, at, from) = entitlement(draft);
    let Some(old) = find_project(tx, proof.workspace(), proof.project()).await? else { return Ok(None) };
    let done = sqlx::query("UPDATE projects SET version = version + 1, domain = $3, hosts = $4, sends_mail = $5, dkim_selectors = $6, entitled_by = $7, entitled_at = $8, entitled_from = $9, settings = $10, dns_map = CASE WHEN domain = $3 THEN dns_map ELSE '' END WHERE workspace_id = $1 AND id = $2 AND ($11 = 0 OR version = $11)")
        .bind(proof.workspace())
        .bind(proof.project())
        .bind(draft.domain.as_str())
        .bind(serde_json::to_string(&draft.hosts)?)
        .bind(sends_mail(draft))
        .bind(serde_json::to_string(&draft.dkim_selectors)?)
        .bind(declared)
        .bind(at)
        .bind(from)
        .bind(serde_json::to_string(&draft.settings)?)
        .bind(version.unwrap_or(0))
        .execute(&mut **tx)
        .await?;
    if done.rows_affected() == 0 {
        return Ok(None);
    }
    log(tx, proof.workspace(), by, "project changed", draft.domain.as_str(), &moved(&old.draft, draft)?, now).await?;
    Ok(Some(old.draft))
}

/// What a change did, in short: `hosts: [] → ["app.acme.com"]`.
fn moved(old: &ProjectDraft, new: &ProjectDraft) -> Result<String> {
    let fields = |d: &ProjectDraft| -> Result<serde_json::Map<String, serde_json::Value>> {
        let mut map = serde_json::Map::new();
        map.insert("domain".into(), serde_json::to_value(&d.domain)?);
        map.insert("hosts".into(), serde_json::to_value(&d.hosts)?);
        map.insert("sends_mail".into(), serde_json::to_value(d.sends_mail)?);
        map.insert("dkim_selectors".into(), serde_json::to_value(&d.dkim_selectors)?);
        map.insert("entitled".into(), serde_json::Value::Bool(d.entitlement.is_some()));
        if let serde_json::Value::Object(more) = serde_json::to_value(&d.settings)? {
            map.extend(more);
        }
        Ok(map)
    };
    let (old, new) = (fields(old)?, fields(new)?);
    let was = |k: &str| old.get(k).map_or_else(|| "–".to_owned(), ToString::to_string);
    let lines: Vec<_> = new.iter().filter(|(k, v)| old.get(*k) != Some(v)).map(|(k, v)| format!("{k}: {} → {v}", was(k))).collect();
    Ok(lines.join("; "))
}

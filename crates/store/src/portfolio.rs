//! All projects of a workspace on one page: a line each, filed under client and tags, and saved views.

use crate::access::{CanRead, CanWork, Member};
use crate::audit::{By, log_project};
use crate::database::Store;
use crate::error::Result;
use crate::ids::{AccountId, ProjectId};
use crate::project::{Filed, brief};
use crate::workspaces::only;
use readiness::Brief;
use sqlx::Row;

/// A project's line.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Which.
    pub id: ProjectId,
    /// Its domain, as stored.
    pub domain: String,
    /// What it is filed under.
    pub filed: Filed,
    /// The address of who sees to it, or empty.
    pub owner: String,
    /// Its newest result in short.
    pub brief: Option<Brief>,
    /// Whether a scan waits or runs.
    pub busy: bool,
    /// When it is scanned next by itself, epoch milliseconds; 0 for never.
    pub next_at: i64,
}

/// A list with its filters under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// Id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The filters, as they stand in the address.
    pub query: String,
}

/// ASCII's unit separator: between the fields of a line as the database puts them together.
const FIELD: char = '\u{1f}';
/// ASCII's record separator: between the lines.
const RECORD: char = '\u{1e}';

/// Views that one member may keep in one workspace.
const VIEWS: i64 = 30;

impl Store {
    /// The projects that may be read, by domain, in two queries whatever their number; neither reads a
    /// result. A thousand rows one by one take the driver five times as long as the same as one text.
    ///
    /// # Errors
    /// The database's.
    pub async fn portfolio(&self, proof: &CanRead, archived: bool) -> Result<Vec<Line>> {
        let row = sqlx::query(
            "SELECT COALESCE(string_agg(p.id || $3 || p.domain || $3 || REPLACE(REPLACE(p.client, $3, ' '), $4, ' ') || $3 || p.tags || $3 || p.owner || $3 ||
                 COALESCE(a.email, '') || $3 || CAST(COALESCE(s.next_at, 0) AS TEXT) || $3 || p.brief, $4), '') AS list
             FROM projects p LEFT JOIN accounts a ON a.id = p.owner LEFT JOIN schedules s ON s.project_id = p.id AND s.paused = ''
             WHERE p.workspace_id = $1 AND CASE WHEN p.archived_at > 0 THEN 1 ELSE 0 END = $2",
        )
        .bind(proof.workspace())
        .bind(i64::from(archived))
        .bind(FIELD.to_string())
        .bind(RECORD.to_string())
        .fetch_one(&self.pool)
        .await?;
        let busy =
            sqlx::query("SELECT project_id FROM scans WHERE status IN ('queued', 'running') AND workspace_id = $1 AND project_id <> ''")
                .bind(proof.workspace())
                .fetch_all(&self.pool)
                .await?;
        let busy: std::collections::HashSet<String> =
            busy.iter().map(|r| r.try_get("project_id")).collect::<std::result::Result<_, _>>()?;
        let text: String = row.try_get("list")?;
        let mut list = vec![];
        for record in text.split(RECORD).filter(|r| !r.is_empty()) {
            let mut fields = record.split(FIELD);
            let mut next = || fields.next().unwrap_or_default();
            let id = ProjectId::stored(next().to_owned());
            if !proof.sees(&id) {
                continue;
            }
            list.push(Line {
                domain: next().to_owned(),
                filed: Filed {
                    client: next().to_owned(),
                    tags: serde_json::from_str(next())?,
                    owner: Some(next()).filter(|o| !o.is_empty()).map(|o| AccountId::stored(o.to_owned())),
                },
                owner: next().to_owned(),
                next_at: next().parse().unwrap_or_default(),
                brief: Some(next()).filter(|b| !b.is_empty()).map(serde_json::from_str).transpose()?,
                busy: busy.contains(id.as_str()),
                id,
            });
        }
        list.sort_by(|a, b| a.domain.cmp(&b.domain).then_with(|| a.id.as_str().cmp(b.id.as_str())));
        Ok(list)
    }

    /// The line of one project.
    ///
    /// # Errors
    /// The database's.
    pub async fn brief(&self, proof: &CanRead, project: &ProjectId) -> Result<Option<Brief>> {
        let row = sqlx::query("SELECT brief FROM projects WHERE workspace_id = $1 AND id = $2")
            .bind(proof.workspace())
            .bind(project.as_str())
            .fetch_optional(&self.pool)
            .await?;
        row.filter(|_| proof.sees(project)).map_or(Ok(None), |r| brief(&r))
    }

    /// What a project is filed under.
    ///
    /// # Errors
    /// The database's.
    pub async fn filed(&self, proof: &CanRead, project: &ProjectId) -> Result<Filed> {
        let row = sqlx::query("SELECT client, tags, owner FROM projects WHERE workspace_id = $1 AND id = $2")
            .bind(proof.workspace())
            .bind(project.as_str())
            .fetch_optional(&self.pool)
            .await?;
        let Some(r) = row.filter(|_| proof.sees(project)) else { return Ok(Filed::default()) };
        let owner: String = r.try_get("owner")?;
        Ok(Filed {
            client: r.try_get("client")?,
            tags: serde_json::from_str(&r.try_get::<String, _>("tags")?)?,
            owner: (!owner.is_empty()).then(|| AccountId::stored(owner)),
        })
    }

    /// Files a project; an owner who is no member of the workspace, or does not see the project, is left out.
    ///
    /// # Errors
    /// The database's.
    pub async fn file(&self, proof: &CanWork, filed: &Filed, by: &By, now: i64) -> Result<()> {
        let mut tx = self.begin_write().await?;
        let mut owner = "";
        if let Some(id) = &filed.owner {
            let row = sqlx::query("SELECT projects FROM members WHERE workspace_id = $1 AND account_id = $2")
                .bind(proof.workspace())
                .bind(id.as_str())
                .fetch_optional(&mut *tx)
                .await?;
            if let Some(row) = row
                && only(&row.try_get::<String, _>("projects")?)?.is_none_or(|list| list.iter().any(|p| p.as_str() == proof.project()))
            {
                owner = id.as_str();
            }
        }
        let done = sqlx::query("UPDATE projects SET client = $3, tags = $4, owner = $5 WHERE workspace_id = $1 AND id = $2")
            .bind(proof.workspace())
            .bind(proof.project())
            .bind(&filed.client)
            .bind(serde_json::to_string(&filed.tags)?)
            .bind(owner)
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            return Ok(());
        }
        let told = format!("client: {}; tags: {}", filed.client, filed.tags.join(" "));
        log_project(&mut tx, proof.workspace(), by, "project filed", proof.project(), &told, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// A member's saved views, by name.
    ///
    /// # Errors
    /// The database's.
    pub async fn views(&self, member: &Member) -> Result<Vec<View>> {
        let rows = sqlx::query("SELECT id, name, query FROM views WHERE workspace_id = $1 AND account_id = $2 ORDER BY name, id")
            .bind(member.workspace().as_str())
            .bind(member.account().as_str())
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(|r| Ok(View { id: r.try_get("id")?, name: r.try_get("name")?, query: r.try_get("query")? })).collect()
    }

    /// Saves a view, in place of one of the same name; `false` if there are 30 already.
    ///
    /// # Errors
    /// The database's.
    pub async fn save_view(&self, member: &Member, name: &str, query: &str) -> Result<bool> {
        let (workspace, account) = (member.workspace().as_str(), member.account().as_str());
        let mut tx = self.begin_write().await?;
        sqlx::query("DELETE FROM views WHERE workspace_id = $1 AND account_id = $2 AND name = $3")
            .bind(workspace)
            .bind(account)
            .bind(name)
            .execute(&mut *tx)
            .await?;
        let n: i64 = sqlx::query("SELECT COUNT(*) AS n FROM views WHERE workspace_id = $1 AND account_id = $2")
            .bind(workspace)
            .bind(account)
            .fetch_one(&mut *tx)
            .await?
            .try_get("n")?;
        if n >= VIEWS {
            return Ok(false);
        }
        sqlx::query("INSERT INTO views (id, workspace_id, account_id, name, query) VALUES ($1, $2, $3, $4, $5)")
            .bind(uuid::Uuid::now_v7().to_string())
            .bind(workspace)
            .bind(account)
            .bind(name)
            .bind(query)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Forgets a member's view.
    ///
    /// # Errors
    /// The database's.
    pub async fn forget_view(&self, member: &Member, id: &str) -> Result<()> {
        sqlx::query("DELETE FROM views WHERE workspace_id = $1 AND account_id = $2 AND id = $3")
            .bind(member.workspace().as_str())
            .bind(member.account().as_str())
            .bind(id)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

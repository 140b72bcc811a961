//! What each member wants to be told, and when.

use crate::access::{CanRead, Member, Role};
use crate::database::Store;
use crate::error::Result;
use crate::ids::{AccountId, ProjectId, WorkspaceId};
use crate::outbox::{NewMail, enqueue};
use crate::workspaces::{only, role};
use readiness::Brief;
use sqlx::{Any, Row, Transaction};

/// How often a member is told about a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// When something changed.
    Change,
    /// In a digest on Mondays.
    Weekly,
    /// In a report on the first of the month.
    Monthly,
    /// Never.
    Off,
}

impl Mode {
    /// Every mode.
    pub const ALL: [Self; 4] = [Self::Change, Self::Weekly, Self::Monthly, Self::Off];
    /// As it is stored and sent.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Change => "change",
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
            Self::Off => "off",
        }
    }
    /// The mode of this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|m| m.word() == word)
    }
    /// What holds while nothing is said: whoever works is told of changes, whoever reads asks for it.
    #[must_use]
    pub const fn usual(role: Role) -> Self {
        match role {
            Role::Owner | Role::Consultant => Self::Change,
            Role::Viewer => Self::Off,
        }
    }
}

/// A member who may read a project, and what they want.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// Who.
    pub account: AccountId,
    /// Where.
    pub workspace: WorkspaceId,
    /// Their address, which is proved.
    pub email: String,
    /// How often.
    pub mode: Mode,
    /// From and to which hour nothing is mailed: `22-7`, or empty.
    pub quiet: String,
    /// In which zone (IANA).
    pub zone: String,
}

/// What a member chose in one workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choices {
    /// The name of the workspace.
    pub workspace: String,
    /// For every project without a choice of its own.
    pub usual: Mode,
    /// Of single projects.
    pub projects: Vec<(ProjectId, Mode)>,
    /// From and to which hour nothing is mailed: `22-7`, or empty.
    pub quiet: String,
    /// In which zone (IANA).
    pub zone: String,
}

/// A digest that is due.
#[derive(Clone, Debug, PartialEq)]
pub struct Digest {
    /// Who gets it; their mode is the digest's.
    pub reader: Recipient,
    /// The name of the workspace.
    pub workspace: String,
    /// When it was due, epoch milliseconds.
    pub due: i64,
    /// The projects that they want in it, by domain.
    pub projects: Vec<(ProjectId, String, Option<Brief>)>,
}

/// Members with a proved address who may read a project.
pub(crate) async fn readers(tx: &mut Transaction<'_, Any>, workspace: &WorkspaceId, project: &ProjectId) -> Result<Vec<Recipient>> {
    let rows = sqlx::query(
        "SELECT m.account_id, m.role, m.projects, m.quiet, a.email, w.zone,
                COALESCE((SELECT mode FROM subscriptions s WHERE s.workspace_id = m.workspace_id AND s.account_id = m.account_id AND s.project_id = $2),
                         (SELECT mode FROM subscriptions s WHERE s.workspace_id = m.workspace_id AND s.account_id = m.account_id AND s.project_id = ''), '') AS mode
         FROM members m JOIN accounts a ON a.id = m.account_id JOIN workspaces w ON w.id = m.workspace_id
         WHERE m.workspace_id = $1 AND a.verified_at > 0 AND a.disabled_at = 0",
    )
    .bind(workspace.as_str())
    .bind(project.as_str())
    .fetch_all(&mut **tx)
    .await?;
    let mut out = vec![];
    for r in &rows {
        let text = |name: &str| r.try_get::<String, _>(name);
        if only(&text("projects")?)?.is_none_or(|list| list.contains(project)) {
            out.push(Recipient {
                account: AccountId::stored(text("account_id")?),
                workspace: workspace.clone(),
                email: text("email")?,
                mode: Mode::from_word(&text("mode")?).unwrap_or_else(|| Mode::usual(role(&text("role").unwrap_or_default()))),
                quiet: text("quiet")?,
                zone: text("zone")?,
            });
        }
    }
    Ok(out)
}

impl Store {
    /// What a member chose. Whoever has their signed link may see it too.
    ///
    /// # Errors
    /// The database's.
    pub async fn choices(&self, workspace: &WorkspaceId, account: &AccountId) -> Result<Option<Choices>> {
        let row = sqlx::query("SELECT m.role, m.quiet, w.name, w.zone FROM members m JOIN workspaces w ON w.id = m.workspace_id WHERE m.workspace_id = $1 AND m.account_id = $2")
            .bind(workspace.as_str())
            .bind(account.as_str())
            .fetch_optional(&self.pool)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let rows =
            sqlx::query("SELECT project_id, mode FROM subscriptions WHERE workspace_id = $1 AND account_id = $2 ORDER BY project_id")
                .bind(workspace.as_str())
                .bind(account.as_str())
                .fetch_all(&self.pool)
                .await?;
        let mut out = Choices {
            workspace: row.try_get("name")?,
            usual: Mode::usual(role(&row.try_get::<String, _>("role")?)),
            projects: vec![],
            quiet: row.try_get("quiet")?,
            zone: row.try_get("zone")?,
        };
        for r in &rows {
            let Some(mode) = Mode::from_word(&r.try_get::<String, _>("mode")?) else { continue };
            match r.try_get::<String, _>("project_id")? {
                all if all.is_empty() => out.usual = mode,
                one => out.projects.push((ProjectId::stored(one), mode)),
            }
        }
        Ok(Some(out))
    }

    /// Chooses for one project, or with `None` for all others; with mode `None` the project follows the
    /// rest again. A project of another workspace is left out. Sets when the next digests are due.
    ///
    /// # Errors
    /// The database's.
    pub async fn choose(
        &self,
        workspace: &WorkspaceId,
        account: &AccountId,
        project: Option<&ProjectId>,
        mode: Option<Mode>,
        due: (i64, i64),
    ) -> Result<()> {
        let mut tx = self.begin_write().await?;
        sqlx::query("DELETE FROM subscriptions WHERE workspace_id = $1 AND account_id = $2 AND project_id = $3")
            .bind(workspace.as_str())
            .bind(account.as_str())
            .bind(project.map_or("", ProjectId::as_str))
            .execute(&mut *tx)
            .await?;
        if let Some(mode) = mode {
            sqlx::query("INSERT INTO subscriptions (workspace_id, account_id, project_id, mode) SELECT workspace_id, account_id, $3, $4 FROM members WHERE workspace_id = $1 AND account_id = $2 AND ($3 = '' OR EXISTS (SELECT 1 FROM projects p WHERE p.id = $3 AND p.workspace_id = $1))")
                .bind(workspace.as_str())
                .bind(account.as_str())
                .bind(project.map_or("", ProjectId::as_str))
                .bind(mode.word())
                .execute(&mut *tx)
                .await?;
        }
        for (column, mode, due) in [("weekly_due", Mode::Weekly, due.0), ("monthly_due", Mode::Monthly, due.1)] {
            let sql = format!(
                "UPDATE members SET {column} = CASE WHEN EXISTS (SELECT 1 FROM subscriptions s WHERE s.workspace_id = $1 AND s.account_id = $2 AND s.mode = $3) THEN $4 ELSE 0 END WHERE workspace_id = $1 AND account_id = $2"
            );
            sqlx::query(sqlx::AssertSqlSafe(sql))
                .bind(workspace.as_str())
                .bind(account.as_str())
                .bind(mode.word())
                .bind(due)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Sets the hours in which a member gets no mail: `22-7`, or empty.
    ///
    /// # Errors
    /// The database's.
    pub async fn set_quiet(&self, workspace: &WorkspaceId, account: &AccountId, hours: &str) -> Result<()> {
        sqlx::query("UPDATE members SET quiet = $3 WHERE workspace_id = $1 AND account_id = $2")
            .bind(workspace.as_str())
            .bind(account.as_str())
            .bind(hours)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The digests that are due, `limit` at most.
    ///
    /// # Errors
    /// The database's.
    pub async fn due_digests(&self, mode: Mode, now: i64, limit: i64) -> Result<Vec<Digest>> {
        let column = if mode == Mode::Monthly { "monthly_due" } else { "weekly_due" };
        let sql = format!(
            "SELECT m.workspace_id, m.account_id, m.{column} AS due FROM members m JOIN accounts a ON a.id = m.account_id
             WHERE m.{column} > 0 AND m.{column} <= $1 AND a.verified_at > 0 AND a.disabled_at = 0 ORDER BY m.{column} LIMIT $2"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(now).bind(limit).fetch_all(&self.pool).await?;
        let mut out = vec![];
        for r in &rows {
            let account = AccountId::stored(r.try_get("account_id")?);
            let workspace = WorkspaceId::stored(r.try_get("workspace_id")?);
            let Some(member) = self.memberships(&account).await?.into_iter().find(|m| *m.workspace() == workspace) else { continue };
            let Some(choices) = self.choices(&workspace, &account).await? else { continue };
            let Some(email) = self.account(&account).await?.map(|a| a.email) else { continue };
            let Some(read) = member.read() else { continue };
            let wants = |id: &ProjectId| choices.projects.iter().find(|(p, _)| p == id).map_or(choices.usual, |(_, m)| *m) == mode;
            let projects =
                self.portfolio(&read, false).await?.into_iter().filter(|p| wants(&p.id)).map(|p| (p.id, p.domain, p.brief)).collect();
            let reader = Recipient { account, workspace, email, mode, quiet: choices.quiet, zone: choices.zone };
            out.push(Digest { reader, workspace: choices.workspace, due: r.try_get("due")?, projects });
        }
        Ok(out)
    }

    /// Sends a digest and sets when the next one is due, once; `false` if another worker was faster.
    ///
    /// # Errors
    /// The database's.
    pub async fn send_digest(&self, digest: &Digest, mail: Option<&NewMail>, next: i64, now: i64) -> Result<bool> {
        let column = if digest.reader.mode == Mode::Monthly { "monthly_due" } else { "weekly_due" };
        let sql = format!("UPDATE members SET {column} = $4 WHERE workspace_id = $1 AND account_id = $2 AND {column} = $3");
        let mut tx = self.begin_write().await?;
        let done = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(digest.reader.workspace.as_str())
            .bind(digest.reader.account.as_str())
            .bind(digest.due)
            .bind(next)
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        if let Some(mail) = mail {
            enqueue(&mut tx, mail, now).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Gives a member a calendar's secret address, of which the SHA-256 is kept; with an empty one it ends.
    ///
    /// # Errors
    /// The database's.
    pub async fn set_calendar(&self, member: &Member, hash: &str) -> Result<()> {
        sqlx::query("UPDATE members SET calendar = $3 WHERE workspace_id = $1 AND account_id = $2")
            .bind(member.workspace().as_str())
            .bind(member.account().as_str())
            .bind(hash)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// What the owner of a calendar's secret may read, and the name of the workspace.
    ///
    /// # Errors
    /// The database's.
    pub async fn calendar(&self, hash: &str) -> Result<Option<(CanRead, String)>> {
        let row = sqlx::query("SELECT m.workspace_id, m.account_id FROM members m JOIN accounts a ON a.id = m.account_id WHERE m.calendar = $1 AND m.calendar <> '' AND a.disabled_at = 0")
            .bind(hash)
            .fetch_optional(&self.pool)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let workspace = WorkspaceId::stored(row.try_get("workspace_id")?);
        let places = self.memberships(&AccountId::stored(row.try_get("account_id")?)).await?;
        let member = places.into_iter().find(|m| *m.workspace() == workspace);
        Ok(member.and_then(|m| Some((m.read()?, m.name().to_owned()))))
    }

    /// Whether a member has a calendar's address.
    ///
    /// # Errors
    /// The database's.
    pub async fn has_calendar(&self, member: &Member) -> Result<bool> {
        let row = sqlx::query("SELECT calendar FROM members WHERE workspace_id = $1 AND account_id = $2")
            .bind(member.workspace().as_str())
            .bind(member.account().as_str())
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.map(|r| r.try_get::<String, _>("calendar")).transpose()?.is_some_and(|c| !c.is_empty()))
    }
}

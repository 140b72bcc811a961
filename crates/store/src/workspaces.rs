//! Workspaces, who belongs to them, and who is asked to.

use crate::access::{CanManage, CanRead, Member, Role};
use crate::audit::{By, log};
use crate::database::Store;
use crate::error::Result;
use crate::ids::{AccountId, ProjectId, WorkspaceId};
use sqlx::any::AnyRow;
use sqlx::{Any, Row, Transaction};

/// A member in the list of a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberRow {
    /// Who.
    pub account: AccountId,
    /// Their address.
    pub email: String,
    /// As what.
    pub role: Role,
    /// The projects that they are limited to.
    pub only: Option<Vec<ProjectId>>,
    /// Epoch milliseconds.
    pub since: i64,
}

/// What an owner may say about a workspace.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// Its name.
    pub name: &'a str,
    /// Which of the colours of the style sheet.
    pub colour: i64,
    /// In which zone its days begin (IANA).
    pub zone: &'a str,
    /// After how many days the evidence of older scans is forgotten.
    pub keep_days: i64,
}

/// What became of a change of members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// Done.
    Done,
    /// There is no such member.
    Missing,
    /// Nobody would be left who can manage the workspace.
    LastOwner,
}

pub(crate) fn limits(only: Option<&[ProjectId]>) -> Result<String> {
    Ok(only.map(serde_json::to_string).transpose()?.unwrap_or_default())
}

pub(crate) fn only(text: &str) -> Result<Option<Vec<ProjectId>>> {
    Ok(if text.is_empty() { None } else { Some(serde_json::from_str(text)?) })
}

/// A role that nobody knows may only read.
pub(crate) fn role(text: &str) -> Role {
    Role::from_word(text).unwrap_or(Role::Viewer)
}

fn member(row: &AnyRow) -> Result<Member> {
    let text = |name: &str| row.try_get::<String, _>(name);
    Ok(Member {
        account: AccountId::stored(text("account_id")?),
        workspace: WorkspaceId::stored(text("workspace_id")?),
        name: text("name")?,
        colour: row.try_get("colour")?,
        zone: text("zone")?,
        keep_days: row.try_get("keep_days")?,
        role: role(&text("role")?),
        only: only(&text("projects")?)?,
        scopes: None,
    })
}

const MEMBER: &str = "SELECT m.account_id, m.workspace_id, m.role, m.projects, w.name, w.colour, w.zone, w.keep_days FROM members m JOIN workspaces w ON w.id = m.workspace_id";

impl Store {
    /// Every workspace of an account, the oldest membership first.
    ///
    /// # Errors
    /// The database's.
    pub async fn memberships(&self, account: &AccountId) -> Result<Vec<Member>> {
        let sql = format!("{MEMBER} WHERE m.account_id = $1 ORDER BY m.created_at, m.workspace_id");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(account.as_str()).fetch_all(&self.pool).await?;
        rows.iter().map(member).collect()
    }

    /// The account's place in the workspace that a project belongs to, if it has one there.
    ///
    /// # Errors
    /// The database's.
    pub async fn member_for(&self, account: &AccountId, project: &ProjectId) -> Result<Option<Member>> {
        let sql = format!("{MEMBER} JOIN projects p ON p.workspace_id = m.workspace_id WHERE m.account_id = $1 AND p.id = $2");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(account.as_str()).bind(project.as_str()).fetch_optional(&self.pool).await?;
        row.as_ref().map(member).transpose()
    }

    /// The name of a workspace with other members that only this account can manage, if there is one.
    ///
    /// # Errors
    /// The database's.
    pub async fn left_without_owner(&self, account: &AccountId) -> Result<Option<String>> {
        let row = sqlx::query(
            "SELECT w.name FROM members m JOIN workspaces w ON w.id = m.workspace_id
             WHERE m.account_id = $1 AND m.role = 'owner'
               AND EXISTS (SELECT 1 FROM members o WHERE o.workspace_id = m.workspace_id AND o.account_id <> $1)
               AND NOT EXISTS (SELECT 1 FROM members o WHERE o.workspace_id = m.workspace_id AND o.account_id <> $1 AND o.role = 'owner')
             LIMIT 1",
        )
        .bind(account.as_str())
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|r| r.try_get("name")).transpose()?)
    }

    /// Makes a further workspace, which the account owns.
    ///
    /// # Errors
    /// The database's.
    pub async fn create_workspace(&self, account: &AccountId, name: &str, by: &By, now: i64) -> Result<WorkspaceId> {
        let mut tx = self.begin_write().await?;
        let id = found(&mut tx, account, name, now).await?;
        log(&mut tx, id.as_str(), by, "workspace created", name, "", now).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Gives the workspace another name, colour and zone.
    ///
    /// # Errors
    /// The database's.
    pub async fn change_workspace(&self, proof: &CanManage, to: &Look<'_>, by: &By, now: i64) -> Result<()> {
        let mut tx = self.begin_write().await?;
        sqlx::query("UPDATE workspaces SET name = $2, colour = $3, zone = $4, keep_days = $5 WHERE id = $1")
            .bind(proof.workspace())
            .bind(to.name)
            .bind(to.colour)
            .bind(to.zone)
            .bind(to.keep_days)
            .execute(&mut *tx)
            .await?;
        log(&mut tx, proof.workspace(), by, "workspace changed", to.name, to.zone, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Who belongs to the workspace. Who is limited to some projects is not told who else is: one
    /// client does not see the others.
    ///
    /// # Errors
    /// The database's.
    pub async fn members(&self, proof: &CanRead) -> Result<Vec<MemberRow>> {
        let rows = sqlx::query("SELECT m.account_id, a.email, m.role, m.projects, m.created_at FROM members m JOIN accounts a ON a.id = m.account_id WHERE m.workspace_id = $1 ORDER BY m.created_at, a.email")
            .bind(proof.workspace())
            .fetch_all(&self.pool)
            .await?;
        let all = rows
            .iter()
            .map(|r| {
                Ok(MemberRow {
                    account: AccountId::stored(r.try_get("account_id")?),
                    email: r.try_get("email")?,
                    role: role(&r.try_get::<String, _>("role")?),
                    only: only(&r.try_get::<String, _>("projects")?)?,
                    since: r.try_get("created_at")?,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(all.into_iter().filter(|m| proof.sees_all() || m.only.is_none()).collect())
    }

    /// Gives a member another role or other limits; an owner is never limited.
    ///
    /// # Errors
    /// The database's.
    pub async fn set_role(
        &self,
        proof: &CanManage,
        who: &AccountId,
        to: Role,
        only: Option<&[ProjectId]>,
        by: &By,
        now: i64,
    ) -> Result<Changed> {
        let mut tx = self.begin_write().await?;
        in_turn(&mut tx, proof.workspace()).await?;
        let Some((email, old)) = place(&mut tx, proof.workspace(), who).await? else { return Ok(Changed::Missing) };
        let limits = limits(only.filter(|_| to != Role::Owner))?;
        sqlx::query("UPDATE members SET role = $3, projects = $4 WHERE workspace_id = $1 AND account_id = $2")
            .bind(proof.workspace())
            .bind(who.as_str())
            .bind(to.word())
            .bind(limits)
            .execute(&mut *tx)
            .await?;
        if !has_owner(&mut tx, proof.workspace()).await? {
            return Ok(Changed::LastOwner);
        }
        log(&mut tx, proof.workspace(), by, "role changed", &email, &format!("{} → {}", old.word(), to.word()), now).await?;
        tx.commit().await?;
        Ok(Changed::Done)
    }

    /// Takes a member out.
    ///
    /// # Errors
    /// The database's.
    pub async fn remove_member(&self, proof: &CanManage, who: &AccountId, by: &By, now: i64) -> Result<Changed> {
        self.part(proof.workspace(), who, "member removed", by, now).await
    }

    /// Leaves a workspace on one's own will.
    ///
    /// # Errors
    /// The database's.
    pub async fn leave(&self, member: &Member, by: &By, now: i64) -> Result<Changed> {
        self.part(member.workspace.as_str(), &member.account, "member left", by, now).await
    }

    async fn part(&self, workspace: &str, who: &AccountId, deed: &str, by: &By, now: i64) -> Result<Changed> {
        let mut tx = self.begin_write().await?;
        in_turn(&mut tx, workspace).await?;
        let Some((email, old)) = place(&mut tx, workspace, who).await? else { return Ok(Changed::Missing) };
        sqlx::query("DELETE FROM members WHERE workspace_id = $1 AND account_id = $2")
            .bind(workspace)
            .bind(who.as_str())
            .execute(&mut *tx)
            .await?;
        if !has_owner(&mut tx, workspace).await? {
            return Ok(Changed::LastOwner);
        }
        log(&mut tx, workspace, by, deed, &email, old.word(), now).await?;
        tx.commit().await?;
        Ok(Changed::Done)
    }
}

/// What an account's own workspace is called until its owner says otherwise.
#[must_use]
pub fn first_name(email: &str) -> &str {
    email.split('@').next().unwrap_or_default()
}

/// A new workspace of this owner.
pub(crate) async fn found(tx: &mut Transaction<'_, Any>, owner: &AccountId, name: &str, now: i64) -> Result<WorkspaceId> {
    let id = WorkspaceId::new();
    sqlx::query("INSERT INTO workspaces (id, name, created_at) VALUES ($1, $2, $3)")
        .bind(id.as_str())
        .bind(name)
        .bind(now)
        .execute(&mut **tx)
        .await?;
    join(tx, id.as_str(), owner, Role::Owner, "", now).await?;
    Ok(id)
}

/// A second invitation does not take away what a member has: only a mightier role replaces one.
pub(crate) async fn join(
    tx: &mut Transaction<'_, Any>,
    workspace: &str,
    account: &AccountId,
    role: Role,
    projects: &str,
    now: i64,
) -> Result<()> {
    if place(tx, workspace, account).await?.is_some_and(|(_, has)| has <= role) {
        return Ok(());
    }
    sqlx::query("INSERT INTO members (workspace_id, account_id, role, projects, created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (workspace_id, account_id) DO UPDATE SET role = excluded.role, projects = excluded.projects")
        .bind(workspace)
        .bind(account.as_str())
        .bind(role.word())
        .bind(projects)
        .bind(now)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Lets somebody see one more project of a workspace; who sees all of it already loses nothing.
pub(crate) async fn join_for(
    tx: &mut Transaction<'_, Any>,
    workspace: &str,
    account: &AccountId,
    role: Role,
    project: &str,
    now: i64,
) -> Result<()> {
    let row = sqlx::query("SELECT projects FROM members WHERE workspace_id = $1 AND account_id = $2")
        .bind(workspace)
        .bind(account.as_str())
        .fetch_optional(&mut **tx)
        .await?;
    let Some(row) = row else {
        let list = serde_json::to_string(&[project])?;
        return join(tx, workspace, account, role, &list, now).await;
    };
    if let Some(mut list) = only(&row.try_get::<String, _>("projects")?)? {
        list.push(ProjectId::stored(project.to_owned()));
        sqlx::query("UPDATE members SET projects = $3 WHERE workspace_id = $1 AND account_id = $2")
            .bind(workspace)
            .bind(account.as_str())
            .bind(serde_json::to_string(&list)?)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

async fn place(tx: &mut Transaction<'_, Any>, workspace: &str, who: &AccountId) -> Result<Option<(String, Role)>> {
    let row = sqlx::query(
        "SELECT a.email, m.role FROM members m JOIN accounts a ON a.id = m.account_id WHERE m.workspace_id = $1 AND m.account_id = $2",
    )
    .bind(workspace)
    .bind(who.as_str())
    .fetch_optional(&mut **tx)
    .await?;
    row.map(|r| Ok((r.try_get("email")?, role(&r.try_get::<String, _>("role")?)))).transpose()
}

/// One change of members at a time, so that two owners cannot demote each other at once.
async fn in_turn(tx: &mut Transaction<'_, Any>, workspace: &str) -> Result<()> {
    sqlx::query("UPDATE workspaces SET name = name WHERE id = $1").bind(workspace).execute(&mut **tx).await?;
    Ok(())
}

async fn has_owner(tx: &mut Transaction<'_, Any>, workspace: &str) -> Result<bool> {
    let row = sqlx::query("SELECT 1 AS one FROM members WHERE workspace_id = $1 AND role = 'owner' LIMIT 1")
        .bind(workspace)
        .fetch_optional(&mut **tx)
        .await?;
    Ok(row.is_some())
}

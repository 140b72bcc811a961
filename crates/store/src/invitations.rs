//! Who is asked to join a workspace.

use crate::access::{CanManage, Role};
use crate::account::Account;
use crate::accounts::{merge, settle};
use crate::audit::{By, log};
use crate::database::Store;
use crate::error::Result;
use crate::ids::{ProjectId, WorkspaceId};
use crate::outbox::{NewMail, enqueue};
use crate::quota::Quota;
use crate::quotas::within;
use crate::workspaces::{join, limits, only, role};
use sqlx::Row;
use sqlx::any::AnyRow;

/// Who is asked to join, as what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Id.
    pub id: String,
    /// The address that the link is bound to.
    pub email: String,
    /// As what.
    pub role: Role,
    /// The projects that they will be limited to.
    pub only: Option<Vec<ProjectId>>,
    /// Epoch milliseconds.
    pub created_at: i64,
    /// Epoch milliseconds.
    pub expires_at: i64,
}

impl Store {
    /// Asks somebody to join, in place of an earlier invitation of the same address.
    ///
    /// # Errors
    /// The database's.
    #[allow(clippy::too_many_arguments, reason = "all of it is one row")]
    pub async fn invite(&self, proof: &CanManage, invitation: &Invitation, hash: &str, mail: &NewMail, by: &By, now: i64) -> Result<()> {
        let mut tx = self.begin_write().await?;
        sqlx::query("DELETE FROM invitations WHERE workspace_id = $1 AND LOWER(email) = LOWER($2)")
            .bind(proof.workspace())
            .bind(&invitation.email)
            .execute(&mut *tx)
            .await?;
        within(&mut tx, proof.workspace(), Quota::Members, now).await?;
        sqlx::query("INSERT INTO invitations (id, workspace_id, email, role, projects, hash, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)")
            .bind(&invitation.id)
            .bind(proof.workspace())
            .bind(&invitation.email)
            .bind(invitation.role.word())
            .bind(limits(invitation.only.as_deref().filter(|_| invitation.role != Role::Owner))?)
            .bind(hash)
            .bind(now)
            .bind(invitation.expires_at)
            .execute(&mut *tx)
            .await?;
        log(&mut tx, proof.workspace(), by, "invited", &invitation.email, invitation.role.word(), now).await?;
        enqueue(&mut tx, mail, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Invitations that wait for an answer.
    ///
    /// # Errors
    /// The database's.
    pub async fn invitations(&self, proof: &CanManage, now: i64) -> Result<Vec<Invitation>> {
        let rows = sqlx::query("SELECT id, email, role, projects, created_at, expires_at FROM invitations WHERE workspace_id = $1 AND expires_at > $2 ORDER BY created_at, id")
            .bind(proof.workspace())
            .bind(now)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(invitation).collect()
    }

    /// Takes an invitation back.
    ///
    /// # Errors
    /// The database's.
    pub async fn revoke_invitation(&self, proof: &CanManage, id: &str, by: &By, now: i64) -> Result<bool> {
        let mut tx = self.begin_write().await?;
        let row = sqlx::query("DELETE FROM invitations WHERE workspace_id = $1 AND id = $2 RETURNING email")
            .bind(proof.workspace())
            .bind(id)
            .fetch_optional(&mut *tx)
            .await?;
        let Some(row) = row else { return Ok(false) };
        let email: String = row.try_get("email")?;
        log(&mut tx, proof.workspace(), by, "invitation revoked", &email, "", now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// The invitation of a link, with the name of the workspace.
    ///
    /// # Errors
    /// The database's.
    pub async fn invitation(&self, hash: &str, now: i64) -> Result<Option<(Invitation, String)>> {
        let row = sqlx::query("SELECT i.id, i.email, i.role, i.projects, i.created_at, i.expires_at, w.name FROM invitations i JOIN workspaces w ON w.id = i.workspace_id WHERE i.hash = $1 AND i.expires_at > $2")
            .bind(hash)
            .bind(now)
            .fetch_optional(&self.pool)
            .await?;
        row.map(|r| Ok((invitation(&r)?, r.try_get("name")?))).transpose()
    }

    /// Uses an invitation up: the account, whose address must be the invited one, joins. It also
    /// proves the address, since the link came by mail.
    ///
    /// # Errors
    /// The database's.
    pub async fn accept(&self, hash: &str, account: &Account, by: &By, now: i64) -> Result<Option<WorkspaceId>> {
        let mut tx = self.begin_write().await?;
        let row = sqlx::query("DELETE FROM invitations WHERE hash = $1 AND expires_at > $2 AND LOWER(email) = LOWER($3) RETURNING workspace_id, role, projects")
            .bind(hash)
            .bind(now)
            .bind(&account.email)
            .fetch_optional(&mut *tx)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let text = |name: &str| row.try_get::<String, _>(name);
        let (workspace, as_what, projects) = (text("workspace_id")?, role(&text("role")?), text("projects")?);
        join(&mut tx, &workspace, &account.id, as_what, &projects, now).await?;
        // Who proved the address before is the same person: this account becomes theirs.
        if let Some(first) = settle(&mut tx, &account.id, &account.email, now).await? {
            merge(&mut tx, &account.id, &first).await?;
        }
        log(&mut tx, &workspace, by, "member joined", &account.email, as_what.word(), now).await?;
        tx.commit().await?;
        Ok(Some(WorkspaceId::stored(workspace)))
    }
}

fn invitation(r: &AnyRow) -> Result<Invitation> {
    Ok(Invitation {
        id: r.try_get("id")?,
        email: r.try_get("email")?,
        role: role(&r.try_get::<String, _>("role")?),
        only: only(&r.try_get::<String, _>("projects")?)?,
        created_at: r.try_get("created_at")?,
        expires_at: r.try_get("expires_at")?,
    })
}

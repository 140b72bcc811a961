//! Giving a project, with all its history, to somebody else's workspace: offered by mail, accepted
//! by an owner there, moved in one transaction.

use crate::access::{CanManage, Role};
use crate::audit::{By, log, log_project};
use crate::database::Store;
use crate::error::Result;
use crate::ids::{AccountId, ProjectId};
use crate::outbox::{NewMail, enqueue};
use crate::quota::Quota;
use crate::quotas::within;
use crate::workspaces::join_for;
use sqlx::{Any, Row, Transaction};

/// An offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// What is offered.
    pub project: ProjectId,
    /// Its domain.
    pub domain: String,
    /// The name of the workspace that it is in.
    pub from: String,
    /// To which address.
    pub email: String,
    /// Whether who offers it stays as a viewer of it.
    pub stays: bool,
    /// Epoch milliseconds.
    pub expires_at: i64,
}

/// What became of an acceptance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// It is theirs now.
    Done,
    /// The offer is used up, taken back, too old, or for another address.
    Gone,
    /// It is in that workspace already.
    Same,
}

const OFFER: &str = "SELECT h.project_id, p.domain, w.name, h.email, h.stays, h.expires_at FROM handovers h JOIN projects p ON p.id = h.project_id JOIN workspaces w ON w.id = h.workspace_id";

fn offer(r: &sqlx::any::AnyRow) -> Result<Offer> {
    Ok(Offer {
        project: ProjectId::stored(r.try_get("project_id")?),
        domain: r.try_get("domain")?,
        from: r.try_get("name")?,
        email: r.try_get("email")?,
        stays: r.try_get::<i64, _>("stays")? > 0,
        expires_at: r.try_get("expires_at")?,
    })
}

impl Store {
    /// Offers a project in place of an earlier offer of it; `false` if it is not in the workspace.
    ///
    /// # Errors
    /// The database's.
    #[allow(clippy::too_many_arguments, reason = "all of it is one row")]
    pub async fn offer_project(
        &self,
        proof: &CanManage,
        who: &AccountId,
        offer: &Offer,
        hash: &str,
        mail: &NewMail,
        by: &By,
        now: i64,
    ) -> Result<bool> {
        let mut tx = self.begin_write().await?;
        sqlx::query("DELETE FROM handovers WHERE project_id = $1 AND workspace_id = $2")
            .bind(offer.project.as_str())
            .bind(proof.workspace())
            .execute(&mut *tx)
            .await?;
        let made = sqlx::query("INSERT INTO handovers (project_id, workspace_id, email, hash, account_id, stays, created_at, expires_at) SELECT id, workspace_id, $3, $4, $5, $6, $7, $8 FROM projects WHERE id = $1 AND workspace_id = $2")
            .bind(offer.project.as_str())
            .bind(proof.workspace())
            .bind(&offer.email)
            .bind(hash)
            .bind(who.as_str())
            .bind(i64::from(offer.stays))
            .bind(now)
            .bind(offer.expires_at)
            .execute(&mut *tx)
            .await?;
        if made.rows_affected() == 0 {
            return Ok(false);
        }
        log(&mut tx, proof.workspace(), by, "project offered", &offer.domain, &offer.email, now).await?;
        enqueue(&mut tx, mail, now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// The offer of a project that is under way.
    ///
    /// # Errors
    /// The database's.
    pub async fn offer_of(&self, proof: &CanManage, project: &ProjectId, now: i64) -> Result<Option<Offer>> {
        let sql = format!("{OFFER} WHERE h.project_id = $1 AND h.workspace_id = $2 AND h.expires_at > $3");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(project.as_str())
            .bind(proof.workspace())
            .bind(now)
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(offer).transpose()
    }

    /// Takes an offer back.
    ///
    /// # Errors
    /// The database's.
    pub async fn withdraw_offer(&self, proof: &CanManage, project: &ProjectId, by: &By, now: i64) -> Result<bool> {
        let mut tx = self.begin_write().await?;
        let row = sqlx::query("DELETE FROM handovers WHERE project_id = $1 AND workspace_id = $2 RETURNING email")
            .bind(project.as_str())
            .bind(proof.workspace())
            .fetch_optional(&mut *tx)
            .await?;
        let Some(row) = row else { return Ok(false) };
        log_project(&mut tx, proof.workspace(), by, "offer withdrawn", project.as_str(), &row.try_get::<String, _>("email")?, now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// The offer of a link.
    ///
    /// # Errors
    /// The database's.
    pub async fn offer(&self, hash: &str, now: i64) -> Result<Option<Offer>> {
        let sql = format!("{OFFER} WHERE h.hash = $1 AND h.expires_at > $2");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(hash).bind(now).fetch_optional(&self.pool).await?;
        row.as_ref().map(offer).transpose()
    }

    /// Moves the offered project, with everything that belongs to it, into the workspace of the
    /// proof, whose owner has the address that it was offered to.
    ///
    /// # Errors
    /// The database's, and a full workspace.
    pub async fn accept_offer(&self, proof: &CanManage, email: &str, hash: &str, by: &By, now: i64) -> Result<Moved> {
        let mut tx = self.begin_write().await?;
        let row = sqlx::query("DELETE FROM handovers WHERE hash = $1 AND expires_at > $2 AND LOWER(email) = LOWER($3) RETURNING project_id, workspace_id, account_id, stays")
            .bind(hash)
            .bind(now)
            .bind(email)
            .fetch_optional(&mut *tx)
            .await?;
        let Some(row) = row else { return Ok(Moved::Gone) };
        let text = |name: &str| row.try_get::<String, _>(name);
        let (project, from, giver) = (text("project_id")?, text("workspace_id")?, AccountId::stored(text("account_id")?));
        let to = proof.workspace();
        if from == to {
            return Ok(Moved::Same);
        }
        within(&mut tx, to, Quota::Projects, now).await?;
        let Some(domain) = move_project(&mut tx, &project, &from, to).await? else { return Ok(Moved::Gone) };
        if row.try_get::<i64, _>("stays")? > 0 {
            join_for(&mut tx, to, &giver, Role::Viewer, &project, now).await?;
        }
        log(&mut tx, &from, by, "project handed over", &domain, &format!("to {email}"), now).await?;
        log(&mut tx, to, by, "project taken over", &domain, "", now).await?;
        tx.commit().await?;
        Ok(Moved::Done)
    }
}

/// Moves a project, with everything that belongs to it, to another workspace; its domain, or `None` if it
/// is not in the first. Links, tokens, channels and tasks were given by its old owners to people whom the
/// new ones do not know, and end.
pub(crate) async fn move_project(tx: &mut Transaction<'_, Any>, project: &str, from: &str, to: &str) -> Result<Option<String>> {
    let done = sqlx::query(
        "UPDATE projects SET workspace_id = $3, owner = '', client = '', version = version + 1 WHERE id = $1 AND workspace_id = $2 RETURNING domain",
    )
    .bind(project)
    .bind(from)
    .bind(to)
    .fetch_optional(&mut **tx)
    .await?;
    let Some(done) = done else { return Ok(None) };
    sqlx::query("UPDATE results SET workspace_id = $3 WHERE workspace_id = $2 AND scan_id IN (SELECT id FROM scans WHERE project_id = $1)")
        .bind(project)
        .bind(from)
        .bind(to)
        .execute(&mut **tx)
        .await?;
    for sql in [
        "UPDATE scans SET workspace_id = $3 WHERE project_id = $1 AND workspace_id = $2",
        "UPDATE comments SET workspace_id = $3 WHERE project_id = $1 AND workspace_id = $2",
        "UPDATE pieces SET workspace_id = $3 WHERE project_id = $1 AND workspace_id = $2",
        "UPDATE assessments SET workspace_id = $3 WHERE project_id = $1 AND workspace_id = $2",
        "UPDATE excuses SET workspace_id = $3 WHERE project_id = $1 AND workspace_id = $2",
        "UPDATE files SET workspace_id = $3 WHERE project_id = $1 AND workspace_id = $2",
        "UPDATE documents SET workspace_id = $3 WHERE project_id = $1 AND workspace_id = $2",
        "UPDATE sprints SET workspace_id = $3 WHERE project_id = $1 AND workspace_id = $2",
        "UPDATE packs SET workspace_id = $3 WHERE project_id = $1 AND workspace_id = $2",
        "UPDATE changes SET workspace_id = $3 WHERE project_id = $1 AND workspace_id = $2",
        "UPDATE schedules SET workspace_id = $3 WHERE project_id = $1 AND workspace_id = $2",
    ] {
        sqlx::query(sql).bind(project).bind(from).bind(to).execute(&mut **tx).await?;
    }
    for sql in [
        "DELETE FROM shares WHERE project_id = $1 AND workspace_id = $2",
        "DELETE FROM assignments WHERE project_id = $1 AND workspace_id = $2",
        "DELETE FROM tokens WHERE project_id = $1 AND workspace_id = $2",
        "DELETE FROM asks WHERE project_id = $1 AND workspace_id = $2",
        "DELETE FROM subscriptions WHERE project_id = $1 AND workspace_id = $2",
        "DELETE FROM channels WHERE project_id = $1 AND workspace_id = $2",
    ] {
        sqlx::query(sql).bind(project).bind(from).execute(&mut **tx).await?;
    }
    Ok(Some(done.try_get("domain")?))
}

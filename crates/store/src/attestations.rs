//! What people say about a project: answers, excuses, questions put by mail, the change log.

use crate::access::{CanComment, CanRead, CanWork};
use crate::audit::{By, log_project};
use crate::changes::write_change;
use crate::database::Store;
use crate::error::Result;
use crate::ids::ProjectId;
use crate::judging::{Before, Judged, again};
use crate::outbox::{NewMail, enqueue};
use crate::pieces::{At, claims, moment, put};
use crate::project::find_project;
use readiness::{Attestation, Claims, Exemption, Ledger, Piece, Source};
use sqlx::{Any, Row, Transaction};

/// A question that was put to somebody by mail.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Ask {
    /// Of which project.
    #[sqlx(rename = "project_id")]
    pub project: ProjectId,
    /// Its domain.
    pub domain: String,
    /// Which check.
    #[sqlx(rename = "check_id")]
    pub check: String,
    /// To whom.
    pub email: String,
    /// Who asks.
    #[sqlx(rename = "asked_by")]
    pub by: String,
    /// Epoch milliseconds.
    #[sqlx(rename = "created_at")]
    pub at: i64,
}

impl Store {
    /// What people say about a project.
    ///
    /// # Errors
    /// The database's.
    pub async fn claims(&self, proof: &CanRead, project: &ProjectId) -> Result<Claims> {
        let mut tx = self.begin("BEGIN").await?;
        let here = sqlx::query("SELECT 1 AS n FROM projects WHERE workspace_id = $1 AND id = $2")
            .bind(proof.workspace())
            .bind(project.as_str())
            .fetch_optional(&mut *tx)
            .await?;
        if here.is_none() || !proof.sees(project) {
            return Ok(Claims::default());
        }
        claims(&mut tx, project.as_str()).await
    }

    /// Keeps a person's answer, and judges the newest result again.
    ///
    /// # Errors
    /// The database's.
    pub async fn attest(
        &self,
        proof: &CanComment,
        said: &Attestation,
        judge: impl FnOnce(&Ledger, &Before) -> Judged,
        by: &By,
        now: i64,
    ) -> Result<()> {
        let mut tx = self.begin_write().await?;
        if !attest(&mut tx, proof.workspace(), proof.project(), said, by, now).await? {
            return Ok(());
        }
        again(&mut tx, proof.project(), Source::Person, judge, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Excuses an open finding, and judges the newest result again.
    ///
    /// # Errors
    /// The database's.
    pub async fn excuse(
        &self,
        proof: &CanWork,
        excuse: &Exemption,
        judge: impl FnOnce(&Ledger, &Before) -> Judged,
        by: &By,
        now: i64,
    ) -> Result<()> {
        let mut tx = self.begin_write().await?;
        let done = sqlx::query(
            "INSERT INTO excuses (workspace_id, project_id, check_id, body, expires_at) SELECT workspace_id, id, $3, $4, $5 FROM projects WHERE workspace_id = $1 AND id = $2
             ON CONFLICT (project_id, check_id) DO UPDATE SET body = $4, expires_at = $5, settled = 0",
        )
        .bind(proof.workspace())
        .bind(proof.project())
        .bind(&excuse.check)
        .bind(serde_json::to_string(excuse)?)
        .bind(excuse.expires)
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(());
        }
        let until = readiness::time::date(excuse.expires);
        let told = format!("{} until {until}, {} answers for it: {}", excuse.check, excuse.owner, excuse.reason);
        log_project(&mut tx, proof.workspace(), by, excuse.kind.label(), proof.project(), &told, now).await?;
        write_change(&mut tx, proof.project(), "excused", &format!("{}: {told}", excuse.kind.label()), &by.actor, now).await?;
        again(&mut tx, proof.project(), Source::Person, judge, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Ends an excuse before its time, or takes an answer back.
    ///
    /// # Errors
    /// The database's.
    pub async fn withdraw(
        &self,
        proof: &CanWork,
        check: &str,
        judge: impl FnOnce(&Ledger, &Before) -> Judged,
        by: &By,
        now: i64,
    ) -> Result<()> {
        let mut tx = self.begin_write().await?;
        if find_project(&mut tx, proof.workspace(), proof.project()).await?.is_none() {
            return Ok(());
        }
        let moment = moment(&mut tx, proof.project(), now).await?;
        let excuse = sqlx::query("DELETE FROM excuses WHERE workspace_id = $1 AND project_id = $2 AND check_id = $3")
            .bind(proof.workspace())
            .bind(proof.project())
            .bind(check)
            .execute(&mut *tx)
            .await?;
        let answer = sqlx::query(
            "UPDATE pieces SET superseded_at = $4 WHERE workspace_id = $1 AND project_id = $2 AND source = 'person' AND slot = $3 AND superseded_at = 0",
        )
        .bind(proof.workspace())
        .bind(proof.project())
        .bind(check)
        .bind(moment)
        .execute(&mut *tx)
        .await?;
        for (done, deed) in [(excuse, "excuse withdrawn"), (answer, "answer withdrawn")] {
            if done.rows_affected() > 0 {
                log_project(&mut tx, proof.workspace(), by, deed, proof.project(), check, now).await?;
            }
        }
        again(&mut tx, proof.project(), Source::Person, judge, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Puts a question to somebody by mail, who needs no account for the answer; the link is the SHA-256 of
    /// its secret and the end of its time.
    ///
    /// # Errors
    /// The database's.
    pub async fn ask(&self, proof: &CanWork, check: &str, (hash, until): (&str, i64), mail: &NewMail, by: &By, now: i64) -> Result<()> {
        let mut tx = self.begin_write().await?;
        let made = sqlx::query("INSERT INTO asks (hash, workspace_id, project_id, check_id, email, asked_by, created_at, expires_at) SELECT $1, workspace_id, id, $4, $5, $6, $7, $8 FROM projects WHERE workspace_id = $2 AND id = $3")
            .bind(hash)
            .bind(proof.workspace())
            .bind(proof.project())
            .bind(check)
            .bind(&mail.recipient)
            .bind(&by.actor)
            .bind(now)
            .bind(until)
            .execute(&mut *tx)
            .await?;
        if made.rows_affected() == 0 {
            return Ok(());
        }
        log_project(&mut tx, proof.workspace(), by, "question sent", proof.project(), &format!("{check} to {}", mail.recipient), now)
            .await?;
        enqueue(&mut tx, mail, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The question of a link, while it waits for its answer.
    ///
    /// # Errors
    /// The database's.
    pub async fn asked(&self, hash: &str, now: i64) -> Result<Option<Ask>> {
        Ok(sqlx::query_as("SELECT a.project_id, p.domain, a.check_id, a.email, a.asked_by, a.created_at FROM asks a JOIN projects p ON p.id = a.project_id AND p.workspace_id = a.workspace_id WHERE a.hash = $1 AND a.expires_at > $2")
            .bind(hash)
            .bind(now)
            .fetch_optional(&self.pool)
            .await?)
    }

    /// The questions that wait for an answer.
    ///
    /// # Errors
    /// The database's.
    pub async fn asks(&self, proof: &CanRead, project: &ProjectId, now: i64) -> Result<Vec<Ask>> {
        if !proof.sees(project) {
            return Ok(vec![]);
        }
        Ok(sqlx::query_as("SELECT a.project_id, p.domain, a.check_id, a.email, a.asked_by, a.created_at FROM asks a JOIN projects p ON p.id = a.project_id WHERE a.workspace_id = $1 AND a.project_id = $2 AND a.expires_at > $3 ORDER BY a.created_at, a.hash")
            .bind(proof.workspace())
            .bind(project.as_str())
            .bind(now)
            .fetch_all(&self.pool)
            .await?)
    }

    /// Takes the answer of whoever has the link, once; `false` if it has been used or taken back.
    ///
    /// # Errors
    /// The database's.
    pub async fn answer(
        &self,
        hash: &str,
        said: &Attestation,
        judge: impl FnOnce(&Ledger, &Before) -> Judged,
        by: &By,
        now: i64,
    ) -> Result<bool> {
        let mut tx = self.begin_write().await?;
        let row = sqlx::query("DELETE FROM asks WHERE hash = $1 AND check_id = $2 AND expires_at > $3 RETURNING workspace_id, project_id")
            .bind(hash)
            .bind(&said.check)
            .bind(now)
            .fetch_optional(&mut *tx)
            .await?;
        let Some(row) = row else { return Ok(false) };
        let (workspace, project): (String, String) = (row.try_get("workspace_id")?, row.try_get("project_id")?);
        // A project that has moved to another workspace is not answered for.
        if !attest(&mut tx, &workspace, &project, said, by, now).await? {
            return Ok(false);
        }
        again(&mut tx, &project, Source::Person, judge, now).await?;
        tx.commit().await?;
        Ok(true)
    }
}

async fn attest(tx: &mut Transaction<'_, Any>, workspace: &str, project: &str, said: &Attestation, by: &By, now: i64) -> Result<bool> {
    if find_project(tx, workspace, project).await?.is_none() {
        return Ok(false);
    }
    let moment = moment(tx, project, now).await?;
    put(tx, At { workspace, project, scan: "", moment }, &Piece::of_answer(said.clone()), &by.actor).await?;
    let told = format!("{}: {}", said.check, said.answer.label());
    log_project(tx, workspace, by, "question answered", project, &told, now).await?;
    Ok(true)
}

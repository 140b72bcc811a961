//! What people say about findings, and who sees to them.

use crate::access::{CanComment, CanRead, CanWork};
use crate::audit::{By, log_project};
use crate::database::Store;
use crate::error::Result;
use crate::ids::{AccountId, ProjectId};
use crate::outbox::{NewMail, enqueue};
use crate::project::find_project;
use crate::workspaces::only;
use sqlx::Row;

/// Something said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Id, later ones sorting after earlier ones.
    pub id: String,
    /// Address of who said it, as it was then.
    pub author: String,
    /// Plain text.
    pub text: String,
    /// Epoch milliseconds.
    pub at: i64,
}

/// Who sees to a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Of which project.
    pub project: ProjectId,
    /// Which check.
    pub check: String,
    /// Who.
    pub account: AccountId,
    /// Their address.
    pub email: String,
    /// `YYYY-MM-DD`, or empty.
    pub due: String,
}

impl Store {
    /// Says something, with mail for those who are named in it.
    ///
    /// # Errors
    /// The database's, and a project of another workspace.
    pub async fn add_comment(&self, proof: &CanComment, check: &str, text: &str, mails: &[NewMail], by: &By, now: i64) -> Result<Comment> {
        let comment = Comment { id: uuid::Uuid::now_v7().to_string(), author: by.actor.clone(), text: text.to_owned(), at: now };
        let mut tx = self.begin_write().await?;
        let done = sqlx::query("INSERT INTO comments (id, workspace_id, project_id, check_id, author, text, at) SELECT $1, workspace_id, id, $4, $5, $6, $7 FROM projects WHERE workspace_id = $2 AND id = $3")
            .bind(&comment.id)
            .bind(proof.workspace())
            .bind(proof.project())
            .bind(check)
            .bind(&comment.author)
            .bind(text)
            .bind(now)
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            return Err(sqlx::Error::RowNotFound.into());
        }
        for mail in mails {
            enqueue(&mut tx, mail, now).await?;
        }
        tx.commit().await?;
        Ok(comment)
    }

    /// What was said about a finding, the oldest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn comments(&self, proof: &CanRead, project: &ProjectId, check: &str) -> Result<Vec<Comment>> {
        if !proof.sees(project) {
            return Ok(vec![]);
        }
        let rows = sqlx::query(
            "SELECT id, author, text, at FROM comments WHERE workspace_id = $1 AND project_id = $2 AND check_id = $3 ORDER BY at, id LIMIT 500",
        )
        .bind(proof.workspace())
        .bind(project.as_str())
        .bind(check)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|r| Ok(Comment { id: r.try_get("id")?, author: r.try_get("author")?, text: r.try_get("text")?, at: r.try_get("at")? }))
            .collect()
    }

    /// Members who can see a project: who may be asked to see to something there.
    ///
    /// # Errors
    /// The database's.
    pub async fn audience(&self, proof: &CanRead, project: &ProjectId) -> Result<Vec<(AccountId, String)>> {
        if !proof.sees(project) {
            return Ok(vec![]);
        }
        let rows = sqlx::query(
            "SELECT m.account_id, a.email, m.projects FROM members m JOIN accounts a ON a.id = m.account_id WHERE m.workspace_id = $1 ORDER BY a.email",
        )
        .bind(proof.workspace())
        .fetch_all(&self.pool)
        .await?;
        let mut out = vec![];
        for r in &rows {
            let sees = only(&r.try_get::<String, _>("projects")?)?.is_none_or(|list| list.contains(project));
            if sees {
                out.push((AccountId::stored(r.try_get("account_id")?), r.try_get("email")?));
            }
        }
        Ok(out)
    }

    /// Has somebody see to a finding, or nobody with `None`; `false` if they cannot see the project, or it is of
    /// another workspace.
    ///
    /// # Errors
    /// The database's.
    pub async fn assign(
        &self,
        proof: &CanWork,
        check: &str,
        to: Option<(&AccountId, &str)>,
        mail: Option<&NewMail>,
        by: &By,
        now: i64,
    ) -> Result<bool> {
        let mut tx = self.begin_write().await?;
        if find_project(&mut tx, proof.workspace(), proof.project()).await?.is_none() {
            return Ok(false);
        }
        sqlx::query("DELETE FROM assignments WHERE workspace_id = $1 AND project_id = $2 AND check_id = $3")
            .bind(proof.workspace())
            .bind(proof.project())
            .bind(check)
            .execute(&mut *tx)
            .await?;
        let mut detail = "nobody".to_owned();
        if let Some((account, due)) = to {
            let row = sqlx::query("SELECT a.email, m.projects FROM members m JOIN accounts a ON a.id = m.account_id WHERE m.workspace_id = $1 AND m.account_id = $2")
                .bind(proof.workspace())
                .bind(account.as_str())
                .fetch_optional(&mut *tx)
                .await?;
            let Some(row) = row else { return Ok(false) };
            if !only(&row.try_get::<String, _>("projects")?)?.is_none_or(|list| list.iter().any(|p| p.as_str() == proof.project())) {
                return Ok(false);
            }
            sqlx::query("INSERT INTO assignments (workspace_id, project_id, check_id, account_id, due) VALUES ($1, $2, $3, $4, $5)")
                .bind(proof.workspace())
                .bind(proof.project())
                .bind(check)
                .bind(account.as_str())
                .bind(due)
                .execute(&mut *tx)
                .await?;
            detail = row.try_get("email")?;
        }
        log_project(&mut tx, proof.workspace(), by, "finding assigned", proof.project(), &format!("{check} → {detail}"), now).await?;
        if let Some(mail) = mail {
            enqueue(&mut tx, mail, now).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Who sees to the findings of the workspace, or of one project; those of one account alone if given.
    ///
    /// # Errors
    /// The database's.
    pub async fn assignments(&self, proof: &CanRead, project: Option<&ProjectId>, account: Option<&AccountId>) -> Result<Vec<Assignment>> {
        let rows = sqlx::query(
            "SELECT s.project_id, s.check_id, s.account_id, s.due, a.email FROM assignments s JOIN accounts a ON a.id = s.account_id
             WHERE s.workspace_id = $1 AND ($2 = '' OR s.project_id = $2) AND ($3 = '' OR s.account_id = $3) ORDER BY s.due, s.project_id, s.check_id",
        )
        .bind(proof.workspace())
        .bind(project.map_or("", ProjectId::as_str))
        .bind(account.map_or("", AccountId::as_str))
        .fetch_all(&self.pool)
        .await?;
        let mut out = vec![];
        for r in &rows {
            let project = ProjectId::stored(r.try_get("project_id")?);
            if proof.sees(&project) {
                out.push(Assignment {
                    project,
                    check: r.try_get("check_id")?,
                    account: AccountId::stored(r.try_get("account_id")?),
                    email: r.try_get("email")?,
                    due: r.try_get("due")?,
                });
            }
        }
        Ok(out)
    }
}

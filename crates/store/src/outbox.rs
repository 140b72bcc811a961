//! Mail that waits, was sent, or could not be sent.

use crate::database::Store;
use crate::error::Result;
use sqlx::any::AnyRow;
use sqlx::{Any, Row, Transaction};

/// A mail to be written down with what causes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMail {
    /// What it is sent for; a second mail of the same cause is not written.
    pub cause: String,
    /// Address.
    pub recipient: String,
    /// Subject.
    pub subject: String,
    /// As plain text.
    pub text: String,
    /// As HTML.
    pub html: String,
    /// The address that ends such mail at one click (RFC 8058), or empty.
    pub unsubscribe: String,
    /// Not before then, epoch milliseconds; 0 for at once.
    pub not_before: i64,
}

/// A mail that a worker has taken up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Row.
    pub id: String,
    /// What was written.
    pub mail: NewMail,
    /// Tries, this one included.
    pub attempts: i64,
}

/// A mail in a list for the administrator; never its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailRow {
    /// Row.
    pub id: String,
    /// What it was for.
    pub cause: String,
    /// `waiting`, `sent` or `dead`.
    pub status: String,
    /// Tries.
    pub attempts: i64,
    /// Epoch milliseconds.
    pub created_at: i64,
    /// The last error.
    pub error: String,
}

/// Writes a mail within a transaction; a cause that has its mail already is left alone.
pub(crate) async fn enqueue(tx: &mut Transaction<'_, Any>, mail: &NewMail, now: i64) -> Result<()> {
    sqlx::query(
        "INSERT INTO outbox (id, cause, recipient, subject, text, html, created_at, due_at, unsubscribe) VALUES ($1, $2, $3, $4, $5, $6, $7, CASE WHEN $8 > $7 THEN $8 ELSE $7 END, $9) ON CONFLICT (cause) DO NOTHING",
    )
    .bind(uuid::Uuid::now_v7().to_string())
    .bind(&mail.cause)
    .bind(&mail.recipient)
    .bind(&mail.subject)
    .bind(&mail.text)
    .bind(&mail.html)
    .bind(now)
    .bind(mail.not_before)
    .bind(&mail.unsubscribe)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

impl Store {
    /// Writes a mail that nothing else causes.
    ///
    /// # Errors
    /// The database's.
    pub async fn send(&self, mail: &NewMail, now: i64) -> Result<()> {
        let mut tx = self.begin_write().await?;
        enqueue(&mut tx, mail, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Takes up the mail that has waited longest. Nobody else gets it before `again` (epoch
    /// milliseconds), when it counts as not sent.
    ///
    /// # Errors
    /// The database's.
    pub async fn claim_mail(&self, now: i64, again: i64) -> Result<Option<Mail>> {
        let row = sqlx::query("SELECT id, cause, recipient, subject, text, html, unsubscribe, attempts FROM outbox WHERE status = 'waiting' AND due_at <= $1 ORDER BY due_at, id LIMIT 1")
            .bind(now)
            .fetch_optional(&self.pool)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let (id, attempts): (String, i64) = (row.try_get("id")?, row.try_get("attempts")?);
        // Whoever counts this try up first has it.
        let done = sqlx::query(
            "UPDATE outbox SET attempts = $3, due_at = $4 WHERE id = $1 AND attempts = $2 AND status = 'waiting' AND due_at <= $5",
        )
        .bind(&id)
        .bind(attempts)
        .bind(attempts + 1)
        .bind(again)
        .bind(now)
        .execute(&self.pool)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(None);
        }
        let text = |name: &str| row.try_get::<String, _>(name);
        let mail = NewMail {
            cause: text("cause")?,
            recipient: text("recipient")?,
            subject: text("subject")?,
            text: text("text")?,
            html: text("html")?,
            unsubscribe: text("unsubscribe")?,
            not_before: 0,
        };
        Ok(Some(Mail { id, mail, attempts: attempts + 1 }))
    }

    /// It was handed over: its text is forgotten.
    ///
    /// # Errors
    /// The database's.
    pub async fn mail_sent(&self, id: &str, now: i64) -> Result<()> {
        sqlx::query("UPDATE outbox SET status = 'sent', sent_at = $2, text = '', html = '', error = '' WHERE id = $1")
            .bind(id)
            .bind(now)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// It was not: tried again at `again`, or never with `None`.
    ///
    /// # Errors
    /// The database's.
    pub async fn mail_failed(&self, id: &str, error: &str, again: Option<i64>) -> Result<()> {
        sqlx::query("UPDATE outbox SET status = $2, due_at = $3, error = $4 WHERE id = $1 AND status = 'waiting'")
            .bind(id)
            .bind(if again.is_some() { "waiting" } else { "dead" })
            .bind(again.unwrap_or(0))
            .bind(error.chars().take(500).collect::<String>())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Mail that waits or could not be sent, newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn unsent_mail(&self, limit: i64) -> Result<Vec<MailRow>> {
        let rows = sqlx::query("SELECT id, cause, status, attempts, created_at, error FROM outbox WHERE status <> 'sent' ORDER BY created_at DESC, id DESC LIMIT $1")
            .bind(limit)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(line).collect()
    }

    /// Forgets sent mail older than this.
    ///
    /// # Errors
    /// The database's.
    pub async fn forget_mail(&self, before: i64) -> Result<()> {
        sqlx::query("DELETE FROM outbox WHERE status = 'sent' AND sent_at < $1").bind(before).execute(&self.pool).await?;
        Ok(())
    }
}

fn line(row: &AnyRow) -> Result<MailRow> {
    Ok(MailRow {
        id: row.try_get("id")?,
        cause: row.try_get("cause")?,
        status: row.try_get("status")?,
        attempts: row.try_get("attempts")?,
        created_at: row.try_get("created_at")?,
        error: row.try_get("error")?,
    })
}

//! People, their workspaces, and what binds them.

use crate::account::{Account, SELECT, account};
use crate::credentials::{Change, credentials_changed};
use crate::database::Store;
use crate::error::Result;
use crate::handover::move_project;
use crate::ids::AccountId;
use crate::links::{LinkKind, NewLink, insert_link, take_link};
use crate::outbox::{NewMail, enqueue};
use crate::sessions::end_sessions;
use crate::workspaces::{first_name, found};
use sqlx::{Any, Row, Transaction};

/// What became of a link that proves an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verified {
    /// The account has its address now.
    Account(AccountId),
    /// The address had an account already; the new one's projects went over to it.
    Merged(AccountId),
}

/// Addresses are the same whatever their case.
fn email_key(email: &str) -> String {
    email.trim().to_lowercase()
}

/// The workspaces that an account is the only member of.
const ALONE: &str = "SELECT workspace_id FROM members m WHERE account_id = $1 AND NOT EXISTS (SELECT 1 FROM members o WHERE o.workspace_id = m.workspace_id AND o.account_id <> $1)";

impl Store {
    /// Stores a new account with a workspace of its own, and the mail that proves its address. It
    /// is stored whether or not the address has an account already, so that nobody can learn which
    /// addresses have one; the address goes to whoever proves it first. It `ends` with its link, if nobody
    /// proves the address before and letters reach mailboxes. Without a mail, the recipient has had enough of them.
    ///
    /// # Errors
    /// The database's.
    pub async fn create_account(&self, account: &Account, link: &NewLink, mail: Option<&NewMail>, ends: bool, now: i64) -> Result<()> {
        let mut tx = self.begin_write().await?;
        let key = email_key(&account.email);
        let key = if holder(&mut tx, &key).await?.is_some() { format!("{key}#{}", account.id) } else { key };
        sqlx::query("INSERT INTO accounts (id, email, email_key, password_hash, created_at, confirm_by) VALUES ($1, $2, $3, $4, $5, $6)")
            .bind(account.id.as_str())
            .bind(&account.email)
            .bind(key)
            .bind(&account.password_hash)
            .bind(now)
            .bind(if ends { link.expires_at } else { 0 })
            .execute(&mut *tx)
            .await?;
        found(&mut tx, &account.id, first_name(&account.email), now).await?;
        insert_link(&mut tx, &account.id, link).await?;
        if let Some(mail) = mail {
            enqueue(&mut tx, mail, now).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// The account that signs in with this address.
    ///
    /// # Errors
    /// The database's.
    pub async fn account_by_email(&self, email: &str) -> Result<Option<Account>> {
        let sql = format!("{SELECT} WHERE a.email_key = $1");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(email_key(email)).fetch_optional(&self.pool).await?;
        row.map(account).transpose()
    }

    /// The account of a session.
    ///
    /// # Errors
    /// The database's.
    pub async fn account(&self, id: &AccountId) -> Result<Option<Account>> {
        let sql = format!("{SELECT} WHERE a.id = $1");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id.as_str()).fetch_optional(&self.pool).await?;
        row.map(account).transpose()
    }

    /// Gives an account a fresh link in place of earlier ones of its kind, and mails.
    ///
    /// # Errors
    /// The database's.
    pub async fn send_link(&self, account: &AccountId, link: &NewLink, mails: &[NewMail], now: i64) -> Result<()> {
        let mut tx = self.begin_write().await?;
        sqlx::query("DELETE FROM links WHERE account_id = $1 AND kind = $2")
            .bind(account.as_str())
            .bind(link.kind.word())
            .execute(&mut *tx)
            .await?;
        insert_link(&mut tx, account, link).await?;
        if link.kind == LinkKind::Verify {
            // An account ends with the last link that could confirm it.
            sqlx::query("UPDATE accounts SET confirm_by = $2 WHERE id = $1 AND confirm_by > 0")
                .bind(account.as_str())
                .bind(link.expires_at)
                .execute(&mut *tx)
                .await?;
        }
        for mail in mails {
            enqueue(&mut tx, mail, now).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Uses up a link of kind `verify`: the address is proved. `None` if there is no such link. `keep` is
    /// the session of the account that pressed it, or empty; whoever calls has made sure that it was
    /// pressed by who made the account, not only by who has the mailbox.
    ///
    /// # Errors
    /// The database's.
    pub async fn verify_address(&self, hash: &str, keep: &str, now: i64) -> Result<Option<Verified>> {
        let mut tx = self.begin_write().await?;
        let Some((id, _)) = take_link(&mut tx, hash, LinkKind::Verify, now).await? else { return Ok(None) };
        let row = sqlx::query("SELECT email, verified_at FROM accounts WHERE id = $1").bind(id.as_str()).fetch_one(&mut *tx).await?;
        let email: String = row.try_get("email")?;
        if row.try_get::<i64, _>("verified_at")? == 0 {
            credentials_changed(&mut tx, &id, Change::FirstProof, keep, true).await?;
        }
        let done = match settle(&mut tx, &id, &email, now).await? {
            Some(owner) => {
                merge(&mut tx, &id, &owner).await?;
                Verified::Merged(owner)
            }
            None => Verified::Account(id),
        };
        tx.commit().await?;
        Ok(Some(done))
    }

    /// Uses up a link of kind `reset`: sets the password and ends what [`Change::Reset`] ends. The link
    /// came by mail, so it proves the address; where nobody had proved it before, nothing stays of what
    /// was there. `programs` says whether tokens and feeds end too.
    ///
    /// # Errors
    /// The database's.
    pub async fn reset_password(
        &self,
        hash: &str,
        password_hash: &str,
        programs: bool,
        mail: &NewMail,
        now: i64,
    ) -> Result<Option<AccountId>> {
        let mut tx = self.begin_write().await?;
        let Some((id, _)) = take_link(&mut tx, hash, LinkKind::Reset, now).await? else { return Ok(None) };
        let row = sqlx::query("SELECT email, verified_at FROM accounts WHERE id = $1").bind(id.as_str()).fetch_one(&mut *tx).await?;
        let (email, first) = (row.try_get::<String, _>("email")?, row.try_get::<i64, _>("verified_at")? == 0);
        if first && settle(&mut tx, &id, &email, now).await?.is_some() {
            // Another account has the address by now.
            return Ok(None);
        }
        sqlx::query("UPDATE accounts SET password_hash = $2 WHERE id = $1").bind(id.as_str()).bind(password_hash).execute(&mut *tx).await?;
        credentials_changed(&mut tx, &id, if first { Change::FirstProof } else { Change::Reset }, "", programs).await?;
        enqueue(&mut tx, mail, now).await?;
        tx.commit().await?;
        Ok(Some(id))
    }

    /// Sets the password, and ends what [`Change::Password`] ends.
    ///
    /// # Errors
    /// The database's.
    pub async fn set_password(
        &self,
        id: &AccountId,
        password_hash: &str,
        keep: &str,
        programs: bool,
        mail: &NewMail,
        now: i64,
    ) -> Result<()> {
        let mut tx = self.begin_write().await?;
        sqlx::query("UPDATE accounts SET password_hash = $2 WHERE id = $1").bind(id.as_str()).bind(password_hash).execute(&mut *tx).await?;
        credentials_changed(&mut tx, id, Change::Password, keep, programs).await?;
        enqueue(&mut tx, mail, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Keeps a hash made with newer parameters from the password that was just verified.
    ///
    /// # Errors
    /// The database's.
    pub async fn rehash(&self, id: &AccountId, old: &str, new: &str) -> Result<()> {
        sqlx::query("UPDATE accounts SET password_hash = $3 WHERE id = $1 AND password_hash = $2")
            .bind(id.as_str())
            .bind(old)
            .bind(new)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Uses up a link of kind `email`: the account has the new address. `None` if there is no such
    /// link, or if the address belongs to somebody by now. `keep` is the session of the account that
    /// pressed it, or empty.
    ///
    /// # Errors
    /// The database's.
    pub async fn change_email(&self, hash: &str, keep: &str, now: i64) -> Result<Option<AccountId>> {
        let mut tx = self.begin_write().await?;
        let Some((id, email)) = take_link(&mut tx, hash, LinkKind::Email, now).await? else { return Ok(None) };
        if settle(&mut tx, &id, &email, now).await?.is_some() {
            return Ok(None);
        }
        sqlx::query("UPDATE accounts SET email = $2 WHERE id = $1").bind(id.as_str()).bind(&email).execute(&mut *tx).await?;
        credentials_changed(&mut tx, &id, Change::Address, keep, false).await?;
        tx.commit().await?;
        Ok(Some(id))
    }
}

impl Store {
    /// Has an account deleted at a time to come, signs it out everywhere, and mails that.
    ///
    /// # Errors
    /// The database's.
    pub async fn schedule_deletion(&self, id: &AccountId, at: i64, mail: &NewMail, now: i64) -> Result<()> {
        let mut tx = self.begin_write().await?;
        sqlx::query("UPDATE accounts SET delete_at = $2 WHERE id = $1").bind(id.as_str()).bind(at).execute(&mut *tx).await?;
        credentials_changed(&mut tx, id, Change::Deletion, "", true).await?;
        enqueue(&mut tx, mail, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Keeps an account that was to be deleted.
    ///
    /// # Errors
    /// The database's.
    pub async fn keep_account(&self, id: &AccountId) -> Result<()> {
        sqlx::query("UPDATE accounts SET delete_at = 0 WHERE id = $1").bind(id.as_str()).execute(&self.pool).await?;
        Ok(())
    }

    /// Deletes the accounts whose time has come, with the workspaces that have no other member: those
    /// that were given up, and, where letters are `mailed`, those whose address nobody confirmed in time.
    /// Whoever runs the instance stays, and so does who signed up before there was an end.
    ///
    /// # Errors
    /// The database's.
    pub async fn delete_due_accounts(&self, mailed: bool, now: i64) -> Result<u64> {
        let mut tx = self.begin_write().await?;
        let due = sqlx::query("SELECT id FROM accounts WHERE (delete_at > 0 AND delete_at <= $1) OR ($2 = 1 AND verified_at = 0 AND admin = 0 AND confirm_by > 0 AND confirm_by <= $1)")
            .bind(now)
            .bind(i64::from(mailed))
            .fetch_all(&mut *tx)
            .await?;
        for row in &due {
            let id = AccountId::stored(row.try_get("id")?);
            let alone = sqlx::query(ALONE).bind(id.as_str()).fetch_all(&mut *tx).await?;
            end_sessions(&mut tx, &id, "").await?;
            for sql in [
                "DELETE FROM members WHERE account_id = $1",
                "DELETE FROM links WHERE account_id = $1",
                "DELETE FROM known_devices WHERE account_id = $1",
                "DELETE FROM accounts WHERE id = $1",
            ] {
                sqlx::query(sql).bind(id.as_str()).execute(&mut *tx).await?;
            }
            for workspace in alone {
                let workspace: String = workspace.try_get("workspace_id")?;
                for sql in [
                    "DELETE FROM results WHERE workspace_id = $1",
                    "DELETE FROM assessments WHERE workspace_id = $1",
                    "DELETE FROM pieces WHERE workspace_id = $1",
                    "DELETE FROM scans WHERE workspace_id = $1",
                    "DELETE FROM projects WHERE workspace_id = $1",
                    "DELETE FROM workspaces WHERE id = $1",
                ] {
                    sqlx::query(sql).bind(&workspace).execute(&mut *tx).await?;
                }
            }
        }
        tx.commit().await?;
        Ok(due.len() as u64)
    }

    /// Whether an account was signed in to from this device before.
    ///
    /// # Errors
    /// The database's.
    pub async fn knows_device(&self, id: &AccountId, hash: &str) -> Result<bool> {
        let row = sqlx::query("SELECT 1 AS one FROM known_devices WHERE account_id = $1 AND hash = $2")
            .bind(id.as_str())
            .bind(hash)
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.is_some())
    }

    /// Remembers a device at a sign-in; `true` if the account had others and not this one, in
    /// which case the mail about it is written.
    ///
    /// # Errors
    /// The database's.
    pub async fn remember_device(&self, id: &AccountId, hash: &str, mail: &NewMail, now: i64) -> Result<bool> {
        let mut tx = self.begin_write().await?;
        let count = |row: sqlx::any::AnyRow| row.try_get::<i64, _>("n");
        let all = count(
            sqlx::query("SELECT COUNT(*) AS n FROM known_devices WHERE account_id = $1").bind(id.as_str()).fetch_one(&mut *tx).await?,
        )?;
        let done = sqlx::query("UPDATE known_devices SET seen_at = $3 WHERE account_id = $1 AND hash = $2")
            .bind(id.as_str())
            .bind(hash)
            .bind(now)
            .execute(&mut *tx)
            .await?;
        let fresh = done.rows_affected() == 0;
        if fresh {
            sqlx::query("INSERT INTO known_devices (account_id, hash, seen_at) VALUES ($1, $2, $3)")
                .bind(id.as_str())
                .bind(hash)
                .bind(now)
                .execute(&mut *tx)
                .await?;
        }
        let told = fresh && all > 0;
        if told {
            enqueue(&mut tx, mail, now).await?;
        }
        tx.commit().await?;
        Ok(told)
    }

    /// The domains of the projects that would move into the account that has proved this address, if
    /// another one has.
    ///
    /// # Errors
    /// The database's.
    pub async fn would_move(&self, id: &AccountId, email: &str) -> Result<Vec<String>> {
        if self.account_by_email(email).await?.is_none_or(|a| a.id == *id || !a.is_verified()) {
            return Ok(vec![]);
        }
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!("SELECT domain FROM projects WHERE workspace_id IN ({ALONE}) ORDER BY domain")))
            .bind(id.as_str())
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(|r| Ok(r.try_get("domain")?)).collect()
    }
}

/// Who holds an address, and whether they proved it.
async fn holder(tx: &mut Transaction<'_, Any>, key: &str) -> Result<Option<(AccountId, bool)>> {
    let row = sqlx::query("SELECT id, verified_at FROM accounts WHERE email_key = $1").bind(key).fetch_optional(&mut **tx).await?;
    row.map(|r| Ok((AccountId::stored(r.try_get("id")?), r.try_get::<i64, _>("verified_at")? > 0))).transpose()
}

/// Gives an address to the account that proved it; returns who else had proved it before, in which
/// case nothing changes. Who merely claimed it loses it.
pub(crate) async fn settle(tx: &mut Transaction<'_, Any>, id: &AccountId, email: &str, now: i64) -> Result<Option<AccountId>> {
    let key = email_key(email);
    match holder(tx, &key).await? {
        Some((other, true)) if other != *id => return Ok(Some(other)),
        Some((other, false)) if other != *id => {
            sqlx::query("UPDATE accounts SET email_key = $2 WHERE id = $1")
                .bind(other.as_str())
                .bind(format!("{key}#{other}"))
                .execute(&mut **tx)
                .await?;
        }
        _ => {}
    }
    sqlx::query("UPDATE accounts SET email_key = $2, verified_at = $3 WHERE id = $1")
        .bind(id.as_str())
        .bind(&key)
        .bind(now)
        .execute(&mut **tx)
        .await?;
    Ok(None)
}

/// Gives what a second account of the same person has to the first one, and ends the second: projects
/// of workspaces that nobody else is in move, other places are joined. Links, badges, tokens, feeds and
/// channels that the second account gave do not move.
pub(crate) async fn merge(tx: &mut Transaction<'_, Any>, from: &AccountId, to: &AccountId) -> Result<()> {
    let first = "SELECT workspace_id FROM members WHERE account_id = $1 AND role = 'owner' ORDER BY created_at, workspace_id LIMIT 1";
    let target = sqlx::query(first).bind(to.as_str()).fetch_optional(&mut **tx).await?;
    let target: Option<String> = target.map(|r| r.try_get("workspace_id")).transpose()?;
    if let Some(target) = target {
        for row in sqlx::query(ALONE).bind(from.as_str()).fetch_all(&mut **tx).await? {
            let old: String = row.try_get("workspace_id")?;
            sqlx::query("UPDATE projects SET badge = '' WHERE workspace_id = $1").bind(&old).execute(&mut **tx).await?;
            for project in sqlx::query("SELECT id FROM projects WHERE workspace_id = $1").bind(&old).fetch_all(&mut **tx).await? {
                move_project(tx, &project.try_get::<String, _>("id")?, &old, &target).await?;
            }
            sqlx::query("DELETE FROM members WHERE workspace_id = $1").bind(&old).execute(&mut **tx).await?;
            sqlx::query("DELETE FROM workspaces WHERE id = $1").bind(&old).execute(&mut **tx).await?;
        }
    }
    // Places with others, and everything where the first account has no workspace of its own.
    sqlx::query("INSERT INTO members (workspace_id, account_id, role, projects, created_at) SELECT workspace_id, $2, role, projects, created_at FROM members WHERE account_id = $1 ON CONFLICT DO NOTHING")
        .bind(from.as_str())
        .bind(to.as_str())
        .execute(&mut **tx)
        .await?;
    end_sessions(tx, from, "").await?;
    for sql in [
        "DELETE FROM members WHERE account_id = $1",
        "DELETE FROM links WHERE account_id = $1",
        "DELETE FROM known_devices WHERE account_id = $1",
        "DELETE FROM accounts WHERE id = $1",
    ] {
        sqlx::query(sql).bind(from.as_str()).execute(&mut **tx).await?;
    }
    Ok(())
}

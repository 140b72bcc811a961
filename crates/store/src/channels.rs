//! Where events go: webhooks and chats, and each delivery to them.

use crate::access::{CanManage, CanOperate};
use crate::audit::{By, log};
use crate::database::Store;
use crate::error::Result;
use crate::ids::ProjectId;
use crate::project::find_project;
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{Any, Row, Transaction};

/// What a channel may be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventKind {
    /// The verdict is worse than before.
    Worsened,
    /// A critical check fails that did not.
    Critical,
    /// No critical check fails any more.
    Recovered,
    /// A scan came to no result.
    Failed,
    /// Something ends within 14 days.
    Expiry,
}

impl EventKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Worsened, Self::Critical, Self::Recovered, Self::Failed, Self::Expiry];
    /// As it is stored and sent.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Worsened => "worsened",
            Self::Critical => "critical",
            Self::Recovered => "recovered",
            Self::Failed => "failed",
            Self::Expiry => "expiry",
        }
    }
    /// The kind of this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.word() == word)
    }
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What happened, and to what: two of the same id are one.
    pub id: String,
    /// Of which kind.
    pub kind: EventKind,
    /// What is sent, JSON.
    pub body: String,
}

/// Where events go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Id.
    pub id: String,
    /// The one project that it hears of; none for all.
    pub project: Option<ProjectId>,
    /// `webhook`, `slack` …
    pub kind: String,
    /// As its owners call it.
    pub name: String,
    /// Address and key, sealed.
    pub sealed: String,
    /// What it is told.
    pub rules: Vec<EventKind>,
    /// Why it was switched off; empty while it is on.
    pub off: String,
}

/// A delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Id; the other side knows it by this.
    pub id: String,
    /// Of which workspace.
    pub workspace: String,
    /// To which channel.
    pub channel: String,
    /// What happened.
    pub event: String,
    /// What is sent.
    pub body: String,
    /// `waiting`, `sent` or `dead`.
    pub status: String,
    /// Tries.
    pub attempts: i64,
    /// Epoch milliseconds.
    pub created_at: i64,
    /// Epoch milliseconds of the next try.
    pub due_at: i64,
    /// What the other side last said.
    pub answer: String,
    /// How long that took.
    pub took_ms: i64,
}

/// Writes a delivery for each channel that wants an event of a project.
pub(crate) async fn announce(tx: &mut Transaction<'_, Any>, project: &str, events: &[Event], now: i64) -> Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "SELECT {CHANNEL}, c.workspace_id FROM channels c JOIN projects p ON p.workspace_id = c.workspace_id WHERE p.id = $1 AND c.off = '' AND (c.project_id = '' OR c.project_id = $1)"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(project).fetch_all(&mut **tx).await?;
    for row in &rows {
        let (to, workspace) = (channel(row)?, row.try_get::<String, _>("workspace_id")?);
        for event in events.iter().filter(|e| to.rules.contains(&e.kind)) {
            write(tx, &workspace, &to.id, event, now).await?;
        }
    }
    Ok(())
}

async fn write(tx: &mut Transaction<'_, Any>, workspace: &str, channel: &str, event: &Event, now: i64) -> Result<()> {
    sqlx::query("INSERT INTO deliveries (id, channel_id, workspace_id, event, body, due_at, created_at) VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT DO NOTHING")
        .bind(uuid::Uuid::now_v7().to_string())
        .bind(channel)
        .bind(workspace)
        .bind(&event.id)
        .bind(&event.body)
        .bind(now)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

const CHANNEL: &str = "c.id, c.project_id, c.kind, c.name, c.sealed, c.rules, c.off";
const DELIVERY: &str =
    "d.id, d.workspace_id, d.channel_id, d.event, d.body, d.status, d.attempts, d.created_at, d.due_at, d.answer, d.took_ms";

fn channel(r: &AnyRow) -> Result<Channel> {
    let text = |name: &str| r.try_get::<String, _>(name);
    Ok(Channel {
        id: text("id")?,
        project: Some(text("project_id")?).filter(|p| !p.is_empty()).map(ProjectId::stored),
        kind: text("kind")?,
        name: text("name")?,
        sealed: text("sealed")?,
        rules: serde_json::from_str(&text("rules")?)?,
        off: text("off")?,
    })
}

fn delivery(r: &AnyRow) -> Result<Delivery> {
    let text = |name: &str| r.try_get::<String, _>(name);
    Ok(Delivery {
        id: text("id")?,
        workspace: text("workspace_id")?,
        channel: text("channel_id")?,
        event: text("event")?,
        body: text("body")?,
        status: text("status")?,
        attempts: r.try_get("attempts")?,
        created_at: r.try_get("created_at")?,
        due_at: r.try_get("due_at")?,
        answer: text("answer")?,
        took_ms: r.try_get("took_ms")?,
    })
}

impl Store {
    /// The channels of a workspace, by name.
    ///
    /// # Errors
    /// The database's.
    pub async fn channels(&self, proof: &CanManage) -> Result<Vec<Channel>> {
        let sql = format!("SELECT {CHANNEL} FROM channels c WHERE c.workspace_id = $1 ORDER BY c.name, c.id");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(proof.workspace()).fetch_all(&self.pool).await?;
        rows.iter().map(channel).collect()
    }

    /// Adds a channel, or changes the one with its id; `false` if its project is of another workspace.
    ///
    /// # Errors
    /// The database's.
    pub async fn keep_channel(&self, proof: &CanManage, c: &Channel, by: &By, now: i64) -> Result<bool> {
        let mut tx = self.begin_write().await?;
        if let Some(id) = &c.project
            && find_project(&mut tx, proof.workspace(), id.as_str()).await?.is_none()
        {
            return Ok(false);
        }
        let rules = serde_json::to_string(&c.rules)?;
        let changed = sqlx::query(
            "UPDATE channels SET name = $3, sealed = $4, rules = $5, off = $6, project_id = $7 WHERE workspace_id = $1 AND id = $2",
        )
        .bind(proof.workspace())
        .bind(&c.id)
        .bind(&c.name)
        .bind(&c.sealed)
        .bind(&rules)
        .bind(&c.off)
        .bind(c.project.as_ref().map_or("", ProjectId::as_str))
        .execute(&mut *tx)
        .await?;
        if changed.rows_affected() == 0 {
            sqlx::query("INSERT INTO channels (id, workspace_id, project_id, kind, name, sealed, rules, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)")
                .bind(&c.id)
                .bind(proof.workspace())
                .bind(c.project.as_ref().map_or("", ProjectId::as_str))
                .bind(&c.kind)
                .bind(&c.name)
                .bind(&c.sealed)
                .bind(&rules)
                .bind(now)
                .execute(&mut *tx)
                .await?;
        }
        let deed = if changed.rows_affected() == 0 { "channel added" } else { "channel changed" };
        log(&mut tx, proof.workspace(), by, deed, &c.name, &c.kind, now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Removes a channel, and what waits for it.
    ///
    /// # Errors
    /// The database's.
    pub async fn remove_channel(&self, proof: &CanManage, id: &str, by: &By, now: i64) -> Result<bool> {
        let mut tx = self.begin_write().await?;
        let row = sqlx::query("DELETE FROM channels WHERE workspace_id = $1 AND id = $2 RETURNING name")
            .bind(proof.workspace())
            .bind(id)
            .fetch_optional(&mut *tx)
            .await?;
        let Some(row) = row else { return Ok(false) };
        log(&mut tx, proof.workspace(), by, "channel removed", &row.try_get::<String, _>("name")?, "", now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Sends an event to one channel, whatever its rules: a test.
    ///
    /// # Errors
    /// The database's.
    pub async fn try_channel(&self, proof: &CanManage, id: &str, event: &Event, now: i64) -> Result<()> {
        let mut tx = self.begin_write().await?;
        let here = sqlx::query("SELECT 1 AS n FROM channels WHERE workspace_id = $1 AND id = $2")
            .bind(proof.workspace())
            .bind(id)
            .fetch_optional(&mut *tx)
            .await?;
        if here.is_some() {
            write(&mut tx, proof.workspace(), id, event, now).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// The newest deliveries of a workspace.
    ///
    /// # Errors
    /// The database's.
    pub async fn deliveries(&self, proof: &CanManage, limit: i64) -> Result<Vec<Delivery>> {
        let sql = format!("SELECT {DELIVERY} FROM deliveries d WHERE d.workspace_id = $1 ORDER BY d.created_at DESC, d.id DESC LIMIT $2");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(proof.workspace()).bind(limit).fetch_all(&self.pool).await?;
        rows.iter().map(delivery).collect()
    }

    /// Sends a delivery again, under the same id.
    ///
    /// # Errors
    /// The database's.
    pub async fn send_again(&self, proof: &CanManage, id: &str, now: i64) -> Result<bool> {
        let done = sqlx::query("UPDATE deliveries SET status = 'waiting', attempts = 0, due_at = $3 WHERE workspace_id = $1 AND id = $2 AND status <> 'waiting'")
            .bind(proof.workspace())
            .bind(id)
            .bind(now)
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Takes up the delivery that has waited longest, with its channel, but none of the workspaces that are `busy`.
    /// Nobody else gets it before `again` (epoch milliseconds), when it counts as not sent.
    ///
    /// # Errors
    /// The database's.
    pub async fn claim_delivery(&self, busy: &[String], now: i64, again: i64) -> Result<Option<(Delivery, Channel)>> {
        let others: String = (0..busy.len()).map(|i| format!(" AND d.workspace_id <> ${}", i + 2)).collect();
        let sql = format!(
            "SELECT {DELIVERY} FROM deliveries d WHERE d.status = 'waiting' AND d.due_at <= $1{others} ORDER BY d.due_at, d.id LIMIT 1"
        );
        let row = busy.iter().fold(sqlx::query(sqlx::AssertSqlSafe(sql)).bind(now), |q, w| q.bind(w)).fetch_optional(&self.pool).await?;
        let Some(mut found) = row.as_ref().map(delivery).transpose()? else { return Ok(None) };
        let done = sqlx::query("UPDATE deliveries SET attempts = attempts + 1, due_at = $3 WHERE id = $1 AND attempts = $2 AND status = 'waiting' AND due_at = $4")
            .bind(&found.id)
            .bind(found.attempts)
            .bind(again)
            .bind(found.due_at)
            .execute(&self.pool)
            .await?;
        if done.rows_affected() == 0 {
            return Ok(None);
        }
        found.attempts += 1;
        let sql = format!("SELECT {CHANNEL} FROM channels c WHERE c.id = $1");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(&found.channel).fetch_optional(&self.pool).await?;
        Ok(row.as_ref().map(channel).transpose()?.map(|c| (found, c)))
    }

    /// What became of a delivery: with `again` it is tried then, with `None` it was taken or is given up.
    ///
    /// # Errors
    /// The database's.
    pub async fn delivered(&self, id: &str, taken: bool, again: Option<i64>, answer: &str, took_ms: i64) -> Result<()> {
        let status = match (taken, again) {
            (true, _) => "sent",
            (false, Some(_)) => "waiting",
            (false, None) => "dead",
        };
        sqlx::query("UPDATE deliveries SET status = $2, due_at = $3, answer = $4, took_ms = $5 WHERE id = $1")
            .bind(id)
            .bind(status)
            .bind(again.unwrap_or(0))
            .bind(answer.chars().take(300).collect::<String>())
            .bind(took_ms)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Switches a channel off that says it is gone.
    ///
    /// # Errors
    /// The database's.
    pub async fn channel_gone(&self, id: &str, why: &str) -> Result<()> {
        sqlx::query("UPDATE channels SET off = $2 WHERE id = $1").bind(id).bind(why).execute(&self.pool).await?;
        Ok(())
    }

    /// Tells the channels of a project's workspace of something that the clock noticed.
    ///
    /// # Errors
    /// The database's.
    pub async fn notice(&self, project: &ProjectId, events: &[Event], now: i64) -> Result<()> {
        let mut tx = self.begin_write().await?;
        announce(&mut tx, project.as_str(), events, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Forgets deliveries older than this.
    ///
    /// # Errors
    /// The database's.
    pub async fn forget_deliveries(&self, before: i64) -> Result<()> {
        sqlx::query("DELETE FROM deliveries WHERE status <> 'waiting' AND created_at < $1").bind(before).execute(&self.pool).await?;
        Ok(())
    }

    /// Every sealed address with its id, for a change of keys; and puts one back.
    ///
    /// # Errors
    /// The database's.
    pub async fn sealed_channels(&self, _: &CanOperate) -> Result<Vec<(String, String)>> {
        let rows = sqlx::query("SELECT id, sealed FROM channels ORDER BY id").fetch_all(&self.pool).await?;
        rows.iter().map(|r| Ok((r.try_get("id")?, r.try_get("sealed")?))).collect()
    }

    /// Puts a newly sealed address in place of the old one.
    ///
    /// # Errors
    /// The database's.
    pub async fn reseal_channel(&self, _: &CanOperate, id: &str, old: &str, new: &str) -> Result<()> {
        sqlx::query("UPDATE channels SET sealed = $3 WHERE id = $1 AND sealed = $2")
            .bind(id)
            .bind(old)
            .bind(new)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

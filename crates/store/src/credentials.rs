//! What ends when what lets somebody in changes. One table, one function, called by every such change.

use crate::database::Store;
use crate::error::Result;
use crate::ids::AccountId;
use crate::links::LinkKind;
use crate::sessions::end_sessions;
use sqlx::{Any, Transaction};

/// A change of what lets somebody in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// A new password, set with the old one.
    Password,
    /// A new password, set through a letter.
    Reset,
    /// Somebody proved an address that nobody had proved before: what was there may be a stranger's.
    FirstProof,
    /// The account has another address.
    Address,
    /// A second factor or another site's sign-in came or went.
    Factor,
    /// The account is to be deleted.
    Deletion,
}

/// Which things end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "a row of a table")]
pub struct Ends {
    /// Sessions, except the one that made the change.
    pub sessions: bool,
    /// Open links for a password, and for another address.
    pub links: bool,
    /// Apps for codes, passkeys, recovery codes, other sites' identities; remembered devices too, unless
    /// one of the account's sessions made the change.
    pub factors: bool,
    /// Tokens of the API and calendar feeds.
    pub programs: bool,
    /// Shared links, badges, channels, invitations and offers of the account's own workspaces.
    pub given: bool,
    /// A deletion that was planned.
    pub deletion: bool,
}

impl Change {
    /// Every one.
    pub const ALL: [Self; 6] = [Self::Password, Self::Reset, Self::FirstProof, Self::Address, Self::Factor, Self::Deletion];

    /// What it ends. `programs` is what its owner said about tokens and feeds.
    #[must_use]
    pub const fn ends(self, programs: bool) -> Ends {
        let first = matches!(self, Self::FirstProof);
        Ends {
            sessions: true,
            links: true,
            factors: first,
            programs: first || matches!(self, Self::Deletion) || programs,
            given: first,
            deletion: first || matches!(self, Self::Reset),
        }
    }
}

/// Ends what a change ends, in the change's own transaction. `keep` is the session that made it, or empty.
pub(crate) async fn credentials_changed(
    tx: &mut Transaction<'_, Any>,
    id: &AccountId,
    change: Change,
    keep: &str,
    programs: bool,
) -> Result<()> {
    let ends = change.ends(programs);
    if ends.sessions {
        end_sessions(tx, id, keep).await?;
    }
    let mut run: Vec<&'static str> = vec![];
    if ends.factors {
        run.extend([
            "UPDATE accounts SET totp = '', totp_step = 0 WHERE id = $1",
            "DELETE FROM passkeys WHERE account_id = $1",
            "DELETE FROM recovery_codes WHERE account_id = $1",
            "DELETE FROM identities WHERE account_id = $1",
        ]);
        if keep.is_empty() {
            run.push("DELETE FROM known_devices WHERE account_id = $1");
        }
    }
    if ends.programs {
        run.extend(["DELETE FROM tokens WHERE account_id = $1", "UPDATE members SET calendar = '' WHERE account_id = $1"]);
    }
    if ends.given {
        run.extend([
            "DELETE FROM shares WHERE workspace_id IN (SELECT workspace_id FROM members WHERE account_id = $1 AND role = 'owner')",
            "DELETE FROM channels WHERE workspace_id IN (SELECT workspace_id FROM members WHERE account_id = $1 AND role = 'owner')",
            "DELETE FROM invitations WHERE workspace_id IN (SELECT workspace_id FROM members WHERE account_id = $1 AND role = 'owner')",
            "DELETE FROM handovers WHERE account_id = $1",
            "UPDATE projects SET badge = '' WHERE workspace_id IN (SELECT workspace_id FROM members WHERE account_id = $1 AND role = 'owner')",
        ]);
    }
    if ends.deletion {
        run.push("UPDATE accounts SET delete_at = 0 WHERE id = $1");
    }
    for sql in run {
        sqlx::query(sql).bind(id.as_str()).execute(&mut **tx).await?;
    }
    if ends.links {
        // A letter that confirms the present address stays good, unless it is another address now.
        let spared = if matches!(change, Change::Address | Change::FirstProof) { "" } else { LinkKind::Verify.word() };
        sqlx::query("DELETE FROM links WHERE account_id = $1 AND kind <> $2").bind(id.as_str()).bind(spared).execute(&mut **tx).await?;
    }
    Ok(())
}

impl Store {
    /// Whether an account has tokens or calendar feeds, which a new password could end.
    ///
    /// # Errors
    /// The database's.
    pub async fn has_programs(&self, id: &AccountId, now: i64) -> Result<bool> {
        let row = sqlx::query("SELECT 1 AS one WHERE EXISTS (SELECT 1 FROM tokens WHERE account_id = $1 AND (expires_at = 0 OR expires_at > $2)) OR EXISTS (SELECT 1 FROM members WHERE account_id = $1 AND calendar <> '')")
            .bind(id.as_str())
            .bind(now)
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.is_some())
    }
}

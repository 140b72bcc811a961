//! What happened at the door of an account, for its owner to read.

use crate::database::Store;
use crate::error::Result;
use crate::ids::AccountId;
use sqlx::Row;

/// The same thing from the same place is one row for so long.
const JOIN_MS: i64 = 15 * 60_000;
/// Rows are kept for so long, and of an account so many that anybody can cause, and so many others.
const KEEP_MS: i64 = 90 * 86_400_000;
const KEEP_ROWS: i64 = 100;

/// Something that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Signed in.
    SignIn,
    /// A wrong password.
    WrongPassword,
    /// A right password, and a wrong code.
    WrongCode,
    /// The address was confirmed.
    Confirmed,
    /// A letter for a new password was asked for.
    ResetAsked,
    /// A new password through a letter.
    Reset,
    /// A new password.
    Password,
    /// Another address was asked for.
    AddressAsked,
    /// Another address.
    Address,
    /// A second factor, recovery codes or another site came.
    FactorAdded,
    /// One of them went.
    FactorRemoved,
    /// A token was made.
    TokenMade,
    /// A token was ended.
    TokenEnded,
    /// The account is to be deleted.
    Deletion,
}

impl Deed {
    const ALL: [Self; 14] = [
        Self::SignIn,
        Self::WrongPassword,
        Self::WrongCode,
        Self::Confirmed,
        Self::ResetAsked,
        Self::Reset,
        Self::Password,
        Self::AddressAsked,
        Self::Address,
        Self::FactorAdded,
        Self::FactorRemoved,
        Self::TokenMade,
        Self::TokenEnded,
        Self::Deletion,
    ];
    /// Whether it takes no password.
    const fn by_anybody(self) -> bool {
        matches!(self, Self::WrongPassword | Self::ResetAsked)
    }
    const fn word(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::WrongPassword => "wrong-password",
            Self::WrongCode => "wrong-code",
            Self::Confirmed => "confirmed",
            Self::ResetAsked => "reset-asked",
            Self::Reset => "reset",
            Self::Password => "password",
            Self::AddressAsked => "address-asked",
            Self::Address => "address",
            Self::FactorAdded => "factor-added",
            Self::FactorRemoved => "factor-removed",
            Self::TokenMade => "token-made",
            Self::TokenEnded => "token-ended",
            Self::Deletion => "deletion",
        }
    }
    /// For its owner.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::SignIn => "Signed in",
            Self::WrongPassword => "Sign-in refused: wrong password",
            Self::WrongCode => "Right password, wrong code",
            Self::Confirmed => "Address confirmed",
            Self::ResetAsked => "Letter for a new password asked for",
            Self::Reset => "Password reset through a letter",
            Self::Password => "Password changed",
            Self::AddressAsked => "Change of address asked for",
            Self::Address => "Address changed",
            Self::FactorAdded => "Second factor, recovery codes or sign-in service added",
            Self::FactorRemoved => "Second factor or sign-in service removed",
            Self::TokenMade => "API token made",
            Self::TokenEnded => "API token ended",
            Self::Deletion => "Deletion of the account asked for",
        }
    }
}

/// From where: a network and a kind of browser, not an address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Whence {
    /// As `203.0.113.0/24` or `2001:db8:1::/48`.
    pub place: String,
    /// As `Firefox on Linux`.
    pub device: String,
}

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityRow {
    /// The last time, epoch milliseconds.
    pub at: i64,
    /// What.
    pub deed: Deed,
    /// From where.
    pub whence: Whence,
    /// How often within a quarter of an hour.
    pub times: i64,
}

impl Store {
    /// Writes down what happened at the door of an account; how often within a quarter of an hour.
    ///
    /// # Errors
    /// The database's.
    pub async fn note_security(&self, id: &AccountId, deed: Deed, whence: &Whence, now: i64) -> Result<i64> {
        let again = sqlx::query(
            "UPDATE security_log SET times = times + 1, at = $5 WHERE id = (SELECT id FROM security_log WHERE account_id = $1 AND deed = $2 AND place = $3 AND device = $4 AND at > $6 ORDER BY at DESC LIMIT 1) RETURNING times",
        )
        .bind(id.as_str())
        .bind(deed.word())
        .bind(&whence.place)
        .bind(&whence.device)
        .bind(now)
        .bind(now - JOIN_MS)
        .fetch_optional(&self.pool)
        .await?;
        if let Some(row) = again {
            return Ok(row.try_get("times")?);
        }
        sqlx::query("INSERT INTO security_log (id, account_id, at, deed, place, device) VALUES ($1, $2, $3, $4, $5, $6)")
            .bind(uuid::Uuid::now_v7().to_string())
            .bind(id.as_str())
            .bind(now)
            .bind(deed.word())
            .bind(&whence.place)
            .bind(&whence.device)
            .execute(&self.pool)
            .await?;
        // Strangers can cause rows too: they push out their like alone.
        let kind = if deed.by_anybody() { "IN" } else { "NOT IN" };
        let which = format!("account_id = $1 AND deed {kind} ('wrong-password', 'reset-asked')");
        let sql = format!(
            "DELETE FROM security_log WHERE {which} AND id NOT IN (SELECT id FROM security_log WHERE {which} ORDER BY at DESC, id DESC LIMIT $2)"
        );
        sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id.as_str()).bind(KEEP_ROWS).execute(&self.pool).await?;
        Ok(1)
    }

    /// The log of an account, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn security_log(&self, id: &AccountId, limit: i64) -> Result<Vec<SecurityRow>> {
        let rows =
            sqlx::query("SELECT at, deed, place, device, times FROM security_log WHERE account_id = $1 ORDER BY at DESC, id DESC LIMIT $2")
                .bind(id.as_str())
                .bind(limit)
                .fetch_all(&self.pool)
                .await?;
        let mut out = vec![];
        for r in rows {
            let word: String = r.try_get("deed")?;
            let Some(deed) = Deed::ALL.into_iter().find(|d| d.word() == word) else { continue };
            let whence = Whence { place: r.try_get("place")?, device: r.try_get("device")? };
            out.push(SecurityRow { at: r.try_get("at")?, deed, whence, times: r.try_get("times")? });
        }
        Ok(out)
    }

    /// Forgets what is older than ninety days.
    pub(crate) async fn forget_security(&self, now: i64) -> Result<()> {
        sqlx::query("DELETE FROM security_log WHERE at < $1").bind(now - KEEP_MS).execute(&self.pool).await?;
        Ok(())
    }
}

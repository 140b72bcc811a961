//! A piece of evidence: what one source brought at one time. It is never changed.

use super::outside::Outside;
use super::person::Attestation;
use super::source::{PieceBody, Source};
use serde::{Deserialize, Deserializer, Serialize};

/// A piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Piece {
    /// Id, later ones sorting after earlier ones; empty for one that is not stored.
    pub id: String,
    /// Where it comes from.
    pub source: Source,
    /// Which repository, monitor, account or question; a newer piece of the same key takes its place.
    pub key: String,
    /// When it was seen, epoch milliseconds.
    pub taken_at: i64,
    /// From when on it is too old to rely on, epoch milliseconds.
    pub expires_at: i64,
    /// Version of the body's format.
    pub format: u32,
    /// Name and version of the tool that brought it.
    pub tool: String,
    /// What it brought.
    pub body: PieceBody,
}

impl Piece {
    /// A piece that is as old as it says and lives as long as its source's do.
    #[must_use]
    pub fn new(key: &str, taken_at: i64, tool: &str, body: PieceBody) -> Self {
        let source = body.source();
        let info = source.info();
        Self {
            id: String::new(),
            source,
            key: key.to_owned(),
            taken_at,
            expires_at: taken_at + info.days * crate::time::DAY_MS,
            format: info.format,
            tool: tool.to_owned(),
            body,
        }
    }
    /// What a scan saw.
    #[must_use]
    pub fn of_scan(seen: Outside, tool: &str) -> Self {
        Self::new("", seen.started_at, tool, PieceBody::Outside(Box::new(seen)))
    }
    /// A person's answer, which lives as long as it says.
    #[must_use]
    pub fn of_answer(said: Attestation) -> Self {
        let (check, at, expires_at) = (said.check.clone(), said.at, said.expires);
        Self { expires_at, ..Self::new(&check, at, "", PieceBody::Person(Box::new(said))) }
    }
}

impl<'de> Deserialize<'de> for Piece {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Raw {
            #[serde(default)]
            id: String,
            source: Source,
            #[serde(default)]
            key: String,
            taken_at: i64,
            expires_at: i64,
            format: u32,
            #[serde(default)]
            tool: String,
            body: serde_json::Value,
        }
        let r = Raw::deserialize(d)?;
        let body = r.source.read(&r.body.to_string()).map_err(serde::de::Error::custom)?;
        Ok(Self {
            id: r.id,
            source: r.source,
            key: r.key,
            taken_at: r.taken_at,
            expires_at: r.expires_at,
            format: r.format,
            tool: r.tool,
            body,
        })
    }
}

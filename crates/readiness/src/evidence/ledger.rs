//! The ledger of a project at a moment: the newest piece of each source and key, and what its owner decided.

use super::body::SourceBody;
use super::outside::Outside;
use super::person::{Claims, Exemption};
use super::piece::Piece;
use super::source::Source;
use super::target::{Launch, ProfileChoice, Target};
use serde::{Deserialize, Serialize};

/// The version of ledger files that this build writes. A file of version 1 holds the evidence of one scan.
pub const LEDGER_VERSION: u32 = 2;

/// All that a judgement rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// [`LEDGER_VERSION`] of the build that wrote it.
    pub ledger: u32,
    /// What the owner declares the product to be.
    pub target: Target,
    /// What the owner says about its kind; the rest is detected.
    #[serde(default)]
    pub profile: ProfileChoice,
    /// Since when it is launched.
    #[serde(default)]
    pub launch: Option<Launch>,
    /// Open findings that somebody answers for.
    #[serde(default)]
    pub exemptions: Vec<Exemption>,
    /// The newest of each source and key.
    pub pieces: Vec<Piece>,
}

impl Ledger {
    /// A ledger without evidence.
    #[must_use]
    pub fn empty(target: Target) -> Self {
        Self { ledger: LEDGER_VERSION, target, profile: ProfileChoice::default(), launch: None, exemptions: vec![], pieces: vec![] }
    }
    /// What one scan saw, and nothing else.
    #[must_use]
    pub fn of_scan(scan: Outside) -> Self {
        let mut ledger = Self::empty(scan.target.clone());
        ledger.pieces.push(Piece::of_scan(scan, ""));
        ledger
    }
    /// With what people say.
    #[must_use]
    pub fn with(mut self, claims: &Claims) -> Self {
        self.pieces.extend(claims.attestations.iter().cloned().map(Piece::of_answer));
        self.exemptions.extend(claims.excuses.iter().cloned());
        self
    }
    /// Reads a ledger file, or the evidence of one scan as version 1 had it.
    ///
    /// # Errors
    /// What in the JSON is neither.
    pub fn read(json: &str) -> serde_json::Result<Self> {
        #[derive(Deserialize)]
        struct Head {
            #[serde(default)]
            ledger: Option<u32>,
        }
        match serde_json::from_str::<Head>(json)?.ledger {
            Some(_) => serde_json::from_str(json),
            None => serde_json::from_str(json).map(Self::of_scan),
        }
    }
    /// What the newest scan saw.
    #[must_use]
    pub fn outside(&self) -> Option<&Outside> {
        self.pieces.iter().find_map(|p| p.body.get())
    }
    /// The pieces of a source.
    pub fn of(&self, source: Source) -> impl Iterator<Item = &Piece> {
        self.pieces.iter().filter(move |p| p.source == source)
    }
    /// The bodies of a source by its type.
    pub fn bodies<T: SourceBody>(&self) -> impl Iterator<Item = &T> {
        self.pieces.iter().filter_map(|p| p.body.get())
    }
    /// What people say.
    #[must_use]
    pub fn claims(&self) -> Claims {
        Claims { attestations: self.bodies().cloned().collect(), excuses: self.exemptions.clone() }
    }
    /// Puts a piece in the place of the one of its source and key.
    pub fn put(&mut self, piece: Piece) {
        self.pieces.retain(|p| (p.source, &p.key) != (piece.source, &piece.key));
        self.pieces.push(piece);
    }
}

//! What every source's body has.

use super::observation::Observation;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What a source is.
#[derive(Clone, Copy, Debug)]
pub struct Info {
    /// In lists: `Repository`.
    pub label: &'static str,
    /// What it is, as a sentence.
    pub about: &'static str,
    /// Days after which a piece is too old to rely on.
    pub days: i64,
    /// What a founder does to have it, in the imperative and without a full stop: `connect Cloudflare`.
    pub how: &'static str,
    /// Minutes that this takes once.
    pub minutes: u16,
    /// Version of the body's format.
    pub format: u32,
    /// Whether this version collects it by itself; otherwise it comes by `launch-ready push` or the API.
    pub collected: bool,
    /// Whether a token may push it.
    pub pushed: bool,
}

/// The body of a piece of evidence.
pub trait SourceBody: Serialize + DeserializeOwned + 'static {
    /// What the source is.
    const INFO: Info;
    /// What it says about checks directly, beside what rules read.
    fn observations(&self) -> &[Observation] {
        &[]
    }
    /// Where it comes from, in short: `commit abc1234`, `scan`.
    fn origin(&self) -> String;
}

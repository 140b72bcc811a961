//! A fix, told for one provider.

use crate::stack::Layer;
use serde::{Deserialize, Serialize};

/// A fix for one provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guide {
    /// `Cloudflare`.
    pub provider: String,
    /// Where it stands in the stack.
    pub layer: Layer,
    /// Whether the scan or the owner says that the product uses it.
    pub used: bool,
    /// In order.
    pub steps: Vec<String>,
    /// Where to paste, and what.
    pub paste: Vec<(String, String)>,
    /// How to take it back.
    pub undo: String,
    /// What can go wrong.
    pub risk: Option<String>,
    /// Estimated minutes.
    pub minutes: u16,
}

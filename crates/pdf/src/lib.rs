//! Reports as PDF: tagged, bookmarked, set by typst from one template and data. No browser, no network, no
//! files but the fonts that are built in and those that the instance adds.
//!
//! With the feature `typst` the typesetter is part of the program. It takes as long to compile as everything else together, so
//! the debug build leaves it out and asks the program `launch-ready-pdf` beside it, which is built meanwhile.

pub mod process;
#[cfg(feature = "typst")]
mod typesetter;

#[cfg(not(feature = "typst"))]
pub use process::{Fonts, is_whole, pdf};
use serde::{Deserialize, Serialize};
#[cfg(feature = "typst")]
pub use typesetter::{Fonts, is_whole, pdf};

/// A report could not be set.
#[derive(Debug, thiserror::Error)]
pub enum PaperError {
    /// The typesetter's words.
    #[error("the report could not be set: {0}")]
    Typeset(String),
    /// A file of a font that the instance adds.
    #[error("{0} cannot be used as a font: {1}")]
    Font(String, String),
    /// The debug build has no typesetter of its own.
    #[error("the program that sets PDFs is still being built; try again in a few minutes ({0})")]
    Missing(String),
}

/// A picture at the head of a report.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Logo {
    /// PNG.
    Png(Vec<u8>),
    /// JPEG.
    Jpeg(Vec<u8>),
}

impl Logo {
    /// The picture in `bytes` of this media type, if it is one that can be set.
    #[must_use]
    pub fn new(kind: &str, bytes: Vec<u8>) -> Option<Self> {
        match kind {
            "image/png" => Some(Self::Png(bytes)),
            "image/jpeg" => Some(Self::Jpeg(bytes)),
            _ => None,
        }
    }
}

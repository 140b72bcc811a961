//! A picture at the head of a report.

use serde::{Deserialize, Serialize};

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

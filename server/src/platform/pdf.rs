//! PDFs: set away from the threads that answer, and those set last.

use super::bytes::hex;
use pdf::{Fonts, Logo};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// PDFs that are kept, of some 150 KB each.
const KEPT: usize = 64;

/// Why a PDF could not be set.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct PdfError(String);

/// A PDF with what it is kept under.
type Kept = (String, Arc<[u8]>);

/// Sets PDFs; cheap to clone.
#[derive(Clone, Debug)]
pub struct PdfRenderer {
    /// Fonts of reports.
    pub fonts: Fonts,
    /// PDFs by the SHA-256 of what they were set from, the newest last.
    kept: Arc<Mutex<VecDeque<Kept>>>,
}

impl PdfRenderer {
    /// With the fonts of a folder beside ours.
    ///
    /// # Errors
    /// A sentence that says what cannot be read.
    pub fn load(fonts: Option<&Path>) -> Result<Self, String> {
        Ok(Self { fonts: Fonts::load(fonts).map_err(|e| format!("{e}."))?, kept: Arc::default() })
    }

    /// What a PDF of these data is kept under.
    #[must_use]
    pub fn key(data: &Value, logo: Option<&Logo>) -> String {
        let mut hash = Sha256::new();
        hash.update(data.to_string());
        if let Some(Logo::Png(bytes) | Logo::Jpeg(bytes)) = logo {
            hash.update(bytes);
        }
        hex(&hash.finalize())
    }

    /// A PDF that was set before from the same: it is set once and given to everybody who asks for it.
    #[must_use]
    pub fn kept(&self, key: &str) -> Option<Arc<[u8]>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|(k, _)| k == key).map(|(_, bytes)| bytes.clone())
    }

    /// Sets one and keeps it. Whoever calls has a turn.
    ///
    /// # Errors
    /// If it cannot be set.
    pub async fn set(&self, key: String, data: Value, logo: Option<Logo>) -> Result<Arc<[u8]>, PdfError> {
        let fonts = self.fonts.clone();
        let done =
            tokio::task::spawn_blocking(move || pdf::pdf(&fonts, &data, logo.as_ref())).await.map_err(|e| PdfError(e.to_string()))?;
        let done: Arc<[u8]> = done.map_err(|e| PdfError(e.to_string()))?.into();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_back((key, done.clone()));
        if kept.len() > KEPT {
            kept.pop_front();
        }
        Ok(done)
    }
}

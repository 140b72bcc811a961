//! Setting by the program `launch-ready-pdf`: what it is asked on its standard input, and what it answers.

use crate::error::PaperError;
use crate::logo::Logo;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What the program is asked, as JSON.
#[derive(Debug, Serialize, Deserialize)]
pub struct Request {
    /// A folder of fonts beside the built-in ones.
    pub fonts: Option<PathBuf>,
    /// A picture.
    pub logo: Option<Logo>,
    /// For what.
    pub ask: Ask,
}

/// For what the program is asked.
#[derive(Debug, Serialize, Deserialize)]
pub enum Ask {
    /// Families that were added to the built-in fonts, as JSON.
    Names,
    /// Whether the picture can be decoded to the end: it fails if not.
    Whole,
    /// The PDF of these data.
    Pdf(Value),
}

/// Fonts to set with: those built in, and others for further scripts.
#[derive(Clone, Debug)]
pub struct Fonts {
    program: PathBuf,
    folder: Option<PathBuf>,
}

impl Fonts {
    /// With every TTF, OTF and TTC of a folder, set by the program beside this one.
    ///
    /// # Errors
    /// If it is not known where this program is.
    pub fn load(folder: Option<&Path>) -> Result<Self, PaperError> {
        let own = std::env::current_exe().map_err(|e| PaperError::Missing(e.to_string()))?;
        Ok(Self::of(own.with_file_name("launch-ready-pdf"), folder))
    }
    /// The same, set by this program.
    #[must_use]
    pub fn of(program: PathBuf, folder: Option<&Path>) -> Self {
        Self { program, folder: folder.map(Path::to_owned) }
    }
    /// Families that were added to the built-in ones.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        if self.folder.is_none() {
            return vec![];
        }
        self.ask(None, Ask::Names).ok().and_then(|said| serde_json::from_slice(&said).ok()).unwrap_or_default()
    }

    fn ask(&self, logo: Option<&Logo>, ask: Ask) -> Result<Vec<u8>, PaperError> {
        let failed = |why: String| PaperError::Typeset(why);
        let request = Request { fonts: self.folder.clone(), logo: logo.cloned(), ask };
        let request = serde_json::to_vec(&request).map_err(|e| failed(e.to_string()))?;
        let mut child = Command::new(&self.program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| PaperError::Missing(format!("{}: {e}", self.program.display())))?;
        // It reads to the end before it writes. If it ends early, its own words say more.
        let written = child.stdin.take().map(|mut pipe| pipe.write_all(&request));
        let done = child.wait_with_output().map_err(|e| failed(e.to_string()))?;
        if !done.status.success() {
            return Err(failed(String::from_utf8_lossy(&done.stderr).trim().to_owned()));
        }
        if let Some(Err(e)) = written {
            return Err(failed(e.to_string()));
        }
        Ok(done.stdout)
    }
}

/// Whether a picture can be decoded to the end.
#[must_use]
pub fn is_whole(fonts: &Fonts, logo: &Logo) -> bool {
    fonts.ask(Some(logo), Ask::Whole).is_ok()
}

/// Sets a report. The data's form is what `readiness::report::pdf` writes.
///
/// # Errors
/// If the data does not fit the template, or the program is not there.
pub fn pdf(fonts: &Fonts, data: &Value, logo: Option<&Logo>) -> Result<Vec<u8>, PaperError> {
    fonts.ask(logo, Ask::Pdf(data.clone()))
}

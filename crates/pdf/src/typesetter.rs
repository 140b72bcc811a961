//! Setting by typst within this process.

use crate::error::PaperError;
use crate::logo::Logo;
use std::path::Path;
use std::sync::LazyLock;
use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};
use typst_layout::PagedDocument;
use typst_pdf::PdfOptions;

/// Instrument Sans for Latin; DejaVu Sans for Greek, Cyrillic, Arabic, Hebrew, Armenian, Georgian and signs.
static BUILT_IN: LazyLock<Vec<Font>> = LazyLock::new(|| {
    [
        include_bytes!("../fonts/InstrumentSans-Regular.ttf").as_slice(),
        include_bytes!("../fonts/InstrumentSans-Bold.ttf"),
        include_bytes!("../fonts/DejaVuSans.ttf"),
        include_bytes!("../fonts/DejaVuSansMono.ttf"),
    ]
    .into_iter()
    .flat_map(|data| Font::iter(Bytes::new(data)))
    .collect()
});

static LIBRARY: LazyLock<LazyHash<Library>> = LazyLock::new(|| LazyHash::new(Library::default()));

const TEMPLATE: &str = include_str!("report.typ");

/// Fonts to set with: those built in, and others for further scripts.
#[derive(Clone, Debug)]
pub struct Fonts {
    fonts: Vec<Font>,
    book: LazyHash<FontBook>,
}

impl Fonts {
    /// With every TTF, OTF and TTC of a folder beside the built-in ones, such as Noto Sans CJK.
    ///
    /// # Errors
    /// If the folder cannot be read, or a file in it is no font.
    pub fn load(folder: Option<&Path>) -> Result<Self, PaperError> {
        let mut fonts = BUILT_IN.clone();
        if let Some(folder) = folder {
            let wrong = |path: &Path, why: String| PaperError::Font(path.display().to_string(), why);
            for entry in std::fs::read_dir(folder).map_err(|e| wrong(folder, e.to_string()))? {
                let path = entry.map_err(|e| wrong(folder, e.to_string()))?.path();
                let kind = path.extension().and_then(|e| e.to_str()).unwrap_or("").to_lowercase();
                if matches!(kind.as_str(), "ttf" | "otf" | "ttc") {
                    let data = std::fs::read(&path).map_err(|e| wrong(&path, e.to_string()))?;
                    let before = fonts.len();
                    fonts.extend(Font::iter(Bytes::new(data)));
                    if fonts.len() == before {
                        return Err(wrong(&path, "it holds no font".into()));
                    }
                }
            }
        }
        let book = LazyHash::new(FontBook::from_fonts(&fonts));
        Ok(Self { fonts, book })
    }

    /// Families that were added to the built-in ones.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let added = self.fonts.get(BUILT_IN.len()..).unwrap_or_default();
        let mut names: Vec<String> = added.iter().map(|f| f.info().family.to_lowercase()).collect();
        names.dedup();
        names
    }
}

/// What the typesetter may see: the template, the data, the fonts.
struct Desk<'a> {
    fonts: &'a Fonts,
    main: Source,
    /// The data and the logo.
    files: Vec<(FileId, Bytes)>,
    today: Option<Datetime>,
}

impl World for Desk<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &LIBRARY
    }
    fn book(&self) -> &LazyHash<FontBook> {
        &self.fonts.book
    }
    fn main(&self) -> FileId {
        self.main.id()
    }
    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.main.id() { Ok(self.main.clone()) } else { Err(FileError::AccessDenied) }
    }
    fn file(&self, id: FileId) -> FileResult<Bytes> {
        self.files.iter().find(|(known, _)| *known == id).map(|(_, bytes)| bytes.clone()).ok_or(FileError::AccessDenied)
    }
    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.fonts.get(index).cloned()
    }
    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        self.today
    }
}

fn id(name: &str) -> Result<FileId, PaperError> {
    let path = VirtualPath::new(name).map_err(|e| PaperError::Typeset(format!("{e:?}")))?;
    Ok(FileId::new(RootedPath::new(VirtualRoot::Project, path)))
}

fn said(list: &[SourceDiagnostic]) -> PaperError {
    PaperError::Typeset(list.iter().map(|d| d.message.to_string()).collect::<Vec<_>>().join("; "))
}

/// The name and the bytes of a picture.
fn file(logo: &Logo) -> (&'static str, &[u8]) {
    match logo {
        Logo::Png(b) => ("/logo.png", b),
        Logo::Jpeg(b) => ("/logo.jpg", b),
    }
}

/// Whether a picture can be decoded to the end.
#[must_use]
pub fn is_whole(fonts: &Fonts, logo: &Logo) -> bool {
    let (name, _) = file(logo);
    set(fonts, &format!("#image(\"{name}\", height: 12mm, alt: \"\")"), &serde_json::Value::Null, Some(logo)).is_ok()
}

/// Sets a report. The data's form is what `readiness::report::pdf` writes.
///
/// # Errors
/// If the data does not fit the template.
pub fn pdf(fonts: &Fonts, data: &serde_json::Value, logo: Option<&Logo>) -> Result<Vec<u8>, PaperError> {
    set(fonts, TEMPLATE, data, logo)
}

fn set(fonts: &Fonts, template: &str, data: &serde_json::Value, logo: Option<&Logo>) -> Result<Vec<u8>, PaperError> {
    let mut data = data.clone();
    let mut files = vec![];
    if let Some((name, bytes)) = logo.map(file) {
        data["logo"] = name.into();
        files.push((id(name)?, Bytes::new(bytes.to_vec())));
    }
    files.push((id("/data.json")?, Bytes::new(data.to_string().into_bytes())));
    let desk = Desk { fonts, main: Source::new(id("/report.typ")?, template.to_owned()), files, today: None };
    let document: PagedDocument = typst::compile(&desk).output.map_err(|e| said(&e))?;
    let options = PdfOptions { creator: Smart::Custom(Some("Launch Ready".into())), ..PdfOptions::default() };
    let bytes = typst_pdf::pdf(&document, &options).map_err(|e| said(&e))?;
    // What was laid out is not asked for again.
    typst::comemo::evict(0);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One grey pixel.
    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0\x3a\x7e\x9b\x55\0\0\0\nIDATx\x9cch\0\0\0\x82\0\x81\x77\xcd\x72\xb6\0\0\0\0IEND\xaeB\x60\x82";

    #[test]
    fn a_logo_is_whole_or_refused() {
        let fonts = Fonts::load(None).unwrap();
        assert!(is_whole(&fonts, &Logo::new("image/png", PNG.to_vec()).unwrap()));
        assert!(!is_whole(&fonts, &Logo::new("image/png", PNG[..40].to_vec()).unwrap()), "cut off");
        assert!(!is_whole(&fonts, &Logo::new("image/jpeg", PNG.to_vec()).unwrap()), "another kind");
        assert!(Logo::new("image/svg+xml", vec![]).is_none());
    }
}

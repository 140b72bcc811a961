//! Why a report could not be set.

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

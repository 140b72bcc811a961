//! Reports as PDF: tagged, bookmarked, set by typst from one template and data. No browser, no network, no
//! files but the fonts that are built in and those that the instance adds.
//!
//! With the feature `typst` the typesetter is part of the program. It is a quarter of what there is to compile, so what is
//! built for development leaves it out and asks the program `launch-ready-pdf` beside it, which is built meanwhile.

mod error;
mod logo;
pub mod process;
#[cfg(feature = "typst")]
mod typesetter;

pub use error::PaperError;
pub use logo::Logo;
#[cfg(not(feature = "typst"))]
pub use process::{Fonts, is_whole, pdf};
#[cfg(feature = "typst")]
pub use typesetter::{Fonts, is_whole, pdf};

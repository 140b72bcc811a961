//! A fix told for a provider: where to click and what to paste, as data, with the values that the
//! check computed. `tell` puts the guides of the providers in use beside the fix, once, when a scan is judged; every
//! report and page shows what stands there.

mod kind;
pub(crate) mod model;
mod tell;
mod template;

pub use kind::Kind;
pub(crate) use kind::{NAMES, PATHS};
pub use model::Guide;
pub(crate) use tell::tell;
pub use tell::{generic, guides};

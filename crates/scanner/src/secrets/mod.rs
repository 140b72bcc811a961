//! Secrets and leftovers in what a site serves: finding them, telling where in a script they stand, and masking what
//! evidence keeps. Pure; `bundles` brings the texts.

pub mod detect;
pub mod mask;
mod script_context;

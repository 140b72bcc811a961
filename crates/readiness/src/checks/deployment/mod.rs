//! Stage 3: what a deploy leaves to see.
pub mod dep_14_release;

//! Stage 1: what an audit finds first.
pub mod aud_04_exposed_files;

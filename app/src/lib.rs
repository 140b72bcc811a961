//! The pages of Launch Ready, rendered on the server and readable without JavaScript, and the few
//! islands that come alive in the browser. Pages take plain data and do no I/O; the server hands
//! it to them.
#![recursion_limit = "256"]

pub mod islands;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod parts;
#[cfg(feature = "ssr")]
pub mod shell;

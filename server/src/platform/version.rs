//! Which version this is.

/// Name and version, as reports carry them.
pub const TOOL: &str = concat!("launch-ready ", env!("CARGO_PKG_VERSION"));

//! Measurements.

use crate::step::Result;

/// Measures and writes `docs/benchmarks.md`.
pub fn bench() -> Result<bool> {
    Err("not yet".into())
}

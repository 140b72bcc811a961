//! Content-Security-Policy as browsers read it (W3C CSP Level 3): several policies at once, the
//! first directive of a name counts, fallbacks, and what nonces, hashes and `strict-dynamic` switch off.

mod plan;
mod policy;

pub use plan::{Plan, plan};
pub use policy::{Policy, anywhere, parse, serves_anybody, weakness};

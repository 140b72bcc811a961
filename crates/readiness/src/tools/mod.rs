//! Estimates that need no account: how much is at risk, what it costs to mend, which work to choose.
//! Each is a pure function of answers that stand in an address, with every assumption shown.

pub mod cost;
pub mod risk;
pub mod sprint;

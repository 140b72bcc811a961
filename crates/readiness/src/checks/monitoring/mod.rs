//! Stage 6: what notices that something broke.
pub mod mon_04_health;
pub mod mon_10_error_tracking;

//! Stage 5: what a browser is told to refuse.
pub mod sec_08_cors;
pub mod sec_09_session_cookies;
pub mod sec_11_clickjacking;
pub mod sec_12_nosniff;

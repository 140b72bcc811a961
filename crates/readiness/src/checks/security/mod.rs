//! Stage 5: what a browser is told to refuse.
pub mod sec_08_cors;
pub mod sec_09_session_cookies;
pub mod sec_10_csp;
pub mod sec_11_clickjacking;
pub mod sec_12_nosniff;
pub mod sec_13_referrer;
pub mod sec_14_third_party_scripts;
pub mod sec_15_fingerprints;
pub mod sec_33_security_txt;

//! What the forms of signing up and in send.

use serde::Deserialize;

/// A form.
#[derive(Debug, Default, Deserialize)]
pub struct Typed {
    #[serde(default)]
    pub email: String,
    #[serde(default)]
    pub password: String,
    #[serde(default)]
    pub keep: String,
    #[serde(default)]
    pub next: String,
    #[serde(default)]
    pub setup: String,
}

/// What came along in the address.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    pub keep: String,
    #[serde(default)]
    pub next: String,
    #[serde(default)]
    pub setup: String,
}

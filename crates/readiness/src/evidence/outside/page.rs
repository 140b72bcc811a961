//! What a page and its scripts hold: facts for rules, never the whole text.

use serde::{Deserialize, Serialize};

/// How a page refers to something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RefKind {
    /// `script[src]`, module preloads.
    Script,
    /// Style sheets.
    Style,
    /// Frames, objects, embeds.
    Frame,
    /// Where a form is sent.
    Form,
    /// Images, audio, video, icons.
    Media,
    /// Images that a browser chooses from: `srcset`, and all of a `picture`.
    #[serde(rename = "image-set")]
    ImageSet,
    /// Text tracks, manifests, preloads.
    Other,
    /// Images that CSS names; from earlier scans also fonts and `@import`.
    Css,
    /// `@font-face` in CSS.
    Font,
    /// A style sheet that another imports.
    Import,
    /// Links that a person may follow.
    Link,
}

/// One reference, absolute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// Its kind.
    pub kind: RefKind,
    /// Absolute URL.
    pub url: String,
    /// The `integrity` attribute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub integrity: Option<String>,
}

/// What a page says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageFacts {
    /// The page's address after redirects.
    pub url: String,
    /// Epoch milliseconds.
    pub at: i64,
    /// `title`.
    #[serde(default)]
    pub title: String,
    /// `meta` elements that matter, name or http-equiv in lower case and content.
    #[serde(default)]
    pub metas: Vec<(String, String)>,
    /// `link[rel=canonical]`, absolute.
    #[serde(default)]
    pub canonical: Option<String>,
    /// References, bounded at 300.
    #[serde(default)]
    pub refs: Vec<Reference>,
    /// Characters of text that a browser shows without running scripts; older evidence does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<u32>,
    /// Inline scripts without a nonce.
    #[serde(default)]
    pub inline_scripts: u32,
    /// Whether a password field is on it.
    #[serde(default)]
    pub password_field: bool,
    /// Fields and buttons of forms that show without scripts; 0 in older evidence.
    #[serde(default)]
    pub fields: u32,
    /// Scripts with `type=module`, absolute; none in older evidence.
    #[serde(default)]
    pub modules: Vec<String>,
    /// Scripts with `nomodule`, absolute, which browsers of today never run; none in older evidence.
    #[serde(default)]
    pub nomodule: Vec<String>,
    /// The icon's address, absolute.
    #[serde(default)]
    pub icon: Option<String>,
}

impl PageFacts {
    /// The content of the first `meta` of this name.
    #[must_use]
    pub fn meta(&self, name: &str) -> Option<&str> {
        self.metas.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// Where in a script a find stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// In the code itself, or that was not looked at.
    #[default]
    Bare,
    /// It begins a string.
    Whole,
    /// Within a longer string.
    Inside,
    /// In a comment or a regular expression.
    Comment,
}

/// The surroundings of a find, verbatim but for what looks like a key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Around {
    /// Where it stands.
    pub standing: Standing,
    /// At most 240 bytes before it.
    pub before: String,
    /// At most 160 bytes after it.
    pub after: String,
    /// Where the name that it is given to begins an address that is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<String>,
}

/// One thing found in a text by a rule of `data/secrets.tsv` or `data/leftovers.tsv`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// The rule.
    pub rule: String,
    /// The first four characters and `…` of a secret; a leftover verbatim, at most 80 characters.
    pub masked: String,
    /// Line, from 1.
    pub line: u32,
    /// Hexadecimal SHA-256 of the value, its first 12 digits: tells the same value again, not what it is.
    #[serde(default)]
    pub digest: String,
    /// The surroundings of an address or a test key in a script.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub around: Option<Around>,
}

/// A text that the site serves, looked through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Searched {
    /// Address.
    pub url: String,
    /// Epoch milliseconds.
    pub at: i64,
    /// Bytes looked at.
    pub size: u64,
    /// What was found.
    #[serde(default)]
    pub hits: Vec<Hit>,
    /// Origins that its strings begin with, https and wss, at most 60.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub origins: Vec<String>,
}

/// A source map of a script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceMap {
    /// The script.
    pub script: String,
    /// The map's address.
    pub url: String,
    /// Epoch milliseconds.
    pub at: i64,
    /// Status of the request for it; none if it could not be asked.
    pub status: Option<u16>,
    /// Whether it is a source map (JSON with `sources`).
    #[serde(default)]
    pub is_map: bool,
    /// Paths of sources, bounded at 200.
    #[serde(default)]
    pub sources: Vec<String>,
    /// Whether it carries the sources' text.
    #[serde(default)]
    pub has_content: bool,
    /// What was found in it.
    #[serde(default)]
    pub hits: Vec<Hit>,
}

/// What was searched through, and whether the bounds cut it short.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bundles {
    /// Pages and scripts.
    #[serde(default)]
    pub searched: Vec<Searched>,
    /// Source maps.
    #[serde(default)]
    pub maps: Vec<SourceMap>,
    /// Why not everything was searched.
    #[serde(default)]
    pub cut: Option<String>,
}

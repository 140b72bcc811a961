//! The sources. A seventh one is a file with its body, and a line here.

use super::body::{Info, SourceBody};
use super::observation::Observation;
use super::{connection, monitor, outside, person, probe, repository};
use serde::{Deserialize, Serialize};
use std::any::Any;
use std::fmt;

macro_rules! sources {
    ($($(#[$doc:meta])* $name:ident = $word:literal: $body:path),+ $(,)?) => {
        /// Where evidence comes from.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Source { $($(#[$doc])* #[serde(rename = $word)] $name),+ }

        /// What a source brought, as it brought it.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
        #[serde(untagged)]
        #[allow(missing_docs, reason = "they are the sources")]
        pub enum PieceBody { $($name(Box<$body>)),+ }

        impl Source {
            /// Every source.
            pub const ALL: &'static [Source] = &[$(Source::$name),+];
            /// The word that stands in JSON, URLs and the database.
            #[must_use]
            pub const fn word(self) -> &'static str { match self { $(Source::$name => $word),+ } }
            /// What it is.
            #[must_use]
            pub const fn info(self) -> Info { match self { $(Source::$name => <$body as SourceBody>::INFO),+ } }
            /// Reads a body of this source.
            ///
            /// # Errors
            /// What in the JSON is not as this source writes it.
            pub fn read(self, json: &str) -> serde_json::Result<PieceBody> {
                Ok(match self { $(Source::$name => PieceBody::$name(Box::new(serde_json::from_str(json)?))),+ })
            }
            /// Reads a body of this source that somebody else wrote.
            ///
            /// # Errors
            /// Where in it what is not as this source writes it.
            pub fn read_foreign(self, body: serde_json::Value) -> Result<PieceBody, BadBody> {
                Ok(match self { $(Source::$name => PieceBody::$name(Box::new(serde_path_to_error::deserialize(body).map_err(bad)?))),+ })
            }
        }

        impl PieceBody {
            /// Its source.
            #[must_use]
            pub const fn source(&self) -> Source { match self { $(PieceBody::$name(_) => Source::$name),+ } }
            /// What it says about checks directly.
            #[must_use]
            pub fn observations(&self) -> &[Observation] { match self { $(PieceBody::$name(b) => b.observations()),+ } }
            /// Where it comes from, in short.
            #[must_use]
            pub fn origin(&self) -> String { match self { $(PieceBody::$name(b) => b.origin()),+ } }
            fn any(&self) -> &dyn Any { match self { $(PieceBody::$name(b) => b.as_ref()),+ } }
        }
    };
}

sources! {
    /// A scan: what any visitor, resolver or mail server may see.
    Outside = "outside": outside::Outside,
    /// A command in the customer's repository or CI.
    Repository = "repository": repository::Repository,
    /// What watches over time.
    Monitor = "monitor": monitor::Monitor,
    /// A read-only look at a provider's own settings.
    Connection = "connection": connection::Connection,
    /// An active probe, after the owner has proved control and consented.
    Probe = "probe": probe::Probe,
    /// A person's word, with something to show for it and an expiry.
    Person = "person": person::Attestation,
}

/// What is wrong in a body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: {why}")]
pub struct BadBody {
    /// Where: a JSON pointer into the body (RFC 6901), empty for the whole.
    pub pointer: String,
    /// What.
    pub why: String,
}

fn bad(e: serde_path_to_error::Error<serde_json::Error>) -> BadBody {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in e.path() {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => pointer.push_str(&format!("/{}", key.replace('~', "~0").replace('/', "~1"))),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    BadBody { pointer, why: e.into_inner().to_string() }
}

impl Source {
    /// The source with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|s| s.word() == word)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl PieceBody {
    /// The body as the type of its source, or nothing if it is another's.
    #[must_use]
    pub fn get<T: SourceBody>(&self) -> Option<&T> {
        self.any().downcast_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_in_a_foreign_body_is_told_with_its_place() {
        for (body, pointer, why) in [
            (r#"{"commit":"a","findings":[]}"#, None, ""),
            (r#"{"findings":[]}"#, Some(""), "missing field `commit`"),
            (
                r#"{"commit":"a","findings":[{"id":"AUD-04","outcome":"pass"},{"id":"AUD-06","outcome":"maybe"}]}"#,
                Some("/findings/1/outcome"),
                "unknown variant `maybe`",
            ),
            (r#"{"commit":"a","findings":[],"extra":1}"#, Some("/extra"), "unknown field `extra`"),
            (
                r#"{"commit":"a","findings":[{"id":"AUD-04","outcome":"pass","locations":[{"path":"a","line":"x"}]}]}"#,
                Some("/findings/0/locations/0/line"),
                "invalid type",
            ),
        ] {
            let got = Source::Repository.read_foreign(serde_json::from_str(body).unwrap());
            match pointer {
                None => assert!(got.is_ok(), "{got:?}"),
                Some(pointer) => {
                    let e = got.unwrap_err();
                    assert_eq!(e.pointer, pointer, "{body}");
                    assert!(e.why.contains(why), "{}", e.why);
                }
            }
        }
    }
}

//! Where somebody is sent after a form: a path of this site, never another one.

use axum::response::{IntoResponse, Redirect, Response};
use url::Url;

/// A path of this site, as a browser reads it (WHATWG URL Standard): tabs and newlines that browsers
/// drop, backslashes that they take for slashes and dots that they resolve cannot lead elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalPath(String);

/// The longest that is followed.
const MAX: usize = 2000;

impl LocalPath {
    /// Reads what came along; anything but a path of ours leads to the projects.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self::read(text).unwrap_or_else(|| Self("/projects".to_owned()))
    }

    fn read(text: &str) -> Option<Self> {
        let base = Url::parse("http://here.invalid/").ok()?;
        if !text.starts_with('/') || text.len() > MAX {
            return None;
        }
        let url = base.join(text).ok().filter(|u| u.origin() == base.origin() && u.username().is_empty() && u.password().is_none())?;
        let path = url.as_str().strip_prefix("http://here.invalid")?;
        // Two slashes would begin another host's name when the path is read again alone.
        (path.starts_with('/') && !path.starts_with("//")).then(|| Self(path.to_owned()))
    }

    /// As text: ASCII, with everything else escaped.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Goes there.
    #[must_use]
    pub fn go(&self) -> Response {
        Redirect::to(&self.0).into_response()
    }
}

impl From<LocalPath> for String {
    fn from(path: LocalPath) -> Self {
        path.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nobody_is_sent_elsewhere() {
        for (next, want) in [
            ("/projects/1", "/projects/1"),
            ("/handover?link=a&b=c#d", "/handover?link=a&b=c#d"),
            ("//evil.example", "/projects"),
            ("https://evil.example", "/projects"),
            ("/\\evil.example", "/projects"),
            ("/\t/evil.example", "/projects"),
            ("/\n/evil.example", "/projects"),
            ("\t//evil.example", "/projects"),
            (" /projects/1", "/projects"),
            ("/.//evil.example", "/projects"),
            ("/a/..//evil.example", "/projects"),
            ("/a/../projects", "/projects"),
            ("/%2e//evil.example", "/projects"),
            ("/\u{b}x", "/%0Bx"),
            ("/\0x", "/%00x"),
            ("/ü", "/%C3%BC"),
            ("javascript:alert(1)", "/projects"),
            ("", "/projects"),
        ] {
            assert_eq!(LocalPath::parse(next).as_str(), want, "{next:?}");
        }
    }

    proptest! {
        #[test]
        fn what_a_browser_makes_of_it_is_here(text in "[/\\\\\t\n\r\u{0}\u{b} .%2eE:@?#a-c\u{fc}]{0,24}", rest in ".{0,24}") {
            for text in [text.clone(), format!("/{text}{rest}"), rest] {
                let path = LocalPath::parse(&text);
                let here = Url::parse("https://ready.example/sign-in").unwrap();
                let there = here.join(path.as_str()).unwrap();
                prop_assert_eq!(there.origin(), here.origin());
                prop_assert!(path.as_str().is_ascii() && !path.as_str().bytes().any(|b| b < 0x21 || b == 0x7f));
                // Read again it is the same: nothing is left that a browser would change.
                prop_assert_eq!(LocalPath::parse(path.as_str()), path);
            }
        }
    }
}

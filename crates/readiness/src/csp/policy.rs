//! One policy, as a browser reads it.

/// One policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    directives: Vec<(String, Vec<String>)>,
}

/// Parses a header's value: commas separate policies (§2.2), semicolons directives.
#[must_use]
pub fn parse(value: &str) -> Vec<Policy> {
    value
        .split(',')
        .map(|text| {
            let mut directives: Vec<(String, Vec<String>)> = vec![];
            for d in text.split(';') {
                let mut words = d.split_ascii_whitespace();
                let Some(name) = words.next().map(str::to_ascii_lowercase) else { continue };
                // A directive that comes again is ignored (§2.2.1).
                if !directives.iter().any(|(n, _)| *n == name) {
                    directives.push((name, words.map(str::to_owned).collect()));
                }
            }
            Policy { directives }
        })
        .filter(|p| !p.directives.is_empty())
        .collect()
}

/// Hosts from which anybody can get a script of their own choice (csp-evaluator's bypass list, in short).
const BYPASSES: [&str; 9] = [
    "ajax.googleapis.com",
    "cdn.jsdelivr.net",
    "cdnjs.cloudflare.com",
    "unpkg.com",
    "raw.githubusercontent.com",
    "*.googleapis.com",
    "*.cloudfront.net",
    "*.amazonaws.com",
    "www.gstatic.com",
];

/// Whether everybody may put a script of their own at this host.
#[must_use]
pub fn serves_anybody(host: &str) -> bool {
    BYPASSES.iter().any(|b| host.eq_ignore_ascii_case(b))
}

/// Whether a source is every site: `*` or a scheme of the web, with or without a port (§2.3.1).
#[must_use]
pub fn anywhere(source: &str) -> bool {
    let source = source.to_ascii_lowercase();
    let host = source.strip_prefix("https://").or_else(|| source.strip_prefix("http://")).unwrap_or(&source);
    matches!(source.as_str(), "http:" | "https:") || host.split(':').next() == Some("*")
}

/// Whether a nonce or hash says which scripts may run.
fn tied(sources: &[String]) -> bool {
    let signs = ["'nonce-", "'sha256-", "'sha384-", "'sha512-"];
    sources.iter().map(|s| s.to_ascii_lowercase()).any(|s| signs.iter().any(|p| s.starts_with(p)))
}

/// Whether any inline script may run: nonces, hashes and strict-dynamic switch unsafe-inline off (§6.7.3.2).
fn inline(sources: &[String]) -> bool {
    let has = |word: &str| sources.iter().any(|s| s.eq_ignore_ascii_case(word));
    has("'unsafe-inline'") && !tied(sources) && !has("'strict-dynamic'")
}

impl Policy {
    /// Whether the policy has this directive.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The words of a directive.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&[String]> {
        self.directives.iter().find(|(n, _)| n == name).map(|(_, w)| w.as_slice())
    }

    /// The sources that count for a kind of content: the first of these directives that stands there (§6.8.3).
    fn effective(&self, chain: &[&str]) -> Option<&[String]> {
        chain.iter().find_map(|n| self.get(n))
    }

    /// Why the policy does not stop injected scripts; none if it does.
    #[must_use]
    pub fn weakness(&self) -> Option<String> {
        let Some(scripts) = self.effective(&["script-src-elem", "script-src", "default-src"]) else {
            return Some("it says nothing about scripts (no script-src, no default-src)".into());
        };
        // Handlers in attributes have a directive of their own (§6.1.12).
        let Some(handlers) = self.effective(&["script-src-attr", "script-src", "default-src"]) else {
            return Some("it says nothing about scripts in attributes (no script-src, no default-src)".into());
        };
        let has = |word: &str| scripts.iter().any(|s| s.eq_ignore_ascii_case(word));
        let (tied, dynamic) = (tied(scripts), has("'strict-dynamic'"));
        if inline(scripts) {
            return Some("'unsafe-inline' lets any injected script run".into());
        }
        if inline(handlers) {
            return Some("'unsafe-inline' lets any injected event handler run".into());
        }
        // strict-dynamic switches hosts and schemes off (§8.2).
        if !dynamic {
            let open = scripts.iter().find(|s| anywhere(s) || matches!(s.to_ascii_lowercase().as_str(), "data:" | "blob:"));
            if let Some(open) = open {
                return Some(format!("{open} allows scripts from anywhere"));
            }
            let bypass = scripts.iter().find(|s| {
                let host = s.trim_start_matches("https://").trim_start_matches("http://");
                serves_anybody(host.trim_end_matches('/'))
            });
            if let Some(bypass) = bypass {
                return Some(format!("{bypass} serves anybody's scripts"));
            }
        }
        let objects = self.effective(&["object-src", "default-src"]);
        if objects.is_none_or(|o| o.iter().any(|s| anywhere(s))) {
            return Some("object-src is open".into());
        }
        // With nonces, an injected <base> redirects relative scripts that carry the nonce.
        if tied && !self.has("base-uri") {
            return Some("base-uri is missing beside a nonce or hash".into());
        }
        None
    }
}

/// Why none of the policies stops injected scripts; none if one does. All policies apply at once
/// (§4.1.2), so the strictest counts.
#[must_use]
pub fn weakness(policies: &[Policy]) -> Option<String> {
    let mut first = None;
    for p in policies {
        match p.weakness() {
            None => return None,
            Some(why) => first = first.or(Some(why)),
        }
    }
    Some(first.unwrap_or_else(|| "there is no policy".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows from W3C CSP Level 3, csp-evaluator's `checks/*_test.ts`, and MDN Observatory's `csp.js`.
    #[test]
    fn table() {
        for (value, good) in [
            ("default-src 'self'", true),
            ("default-src 'none'; script-src 'self'", true),
            ("script-src 'self'; object-src 'none'", true),
            ("script-src 'self'", false),
            ("frame-ancestors 'none'", false),
            ("upgrade-insecure-requests", false),
            ("default-src 'self' 'unsafe-inline'", false),
            ("script-src 'unsafe-inline' 'nonce-r4nd0m'; object-src 'none'; base-uri 'none'", true),
            ("script-src 'unsafe-inline' 'sha256-abc='; object-src 'none'; base-uri 'self'", true),
            ("script-src 'nonce-r4nd0m'; object-src 'none'", false),
            ("script-src 'strict-dynamic' 'nonce-r4nd0m' https: 'unsafe-inline'; object-src 'none'; base-uri 'none'", true),
            ("script-src https:; object-src 'none'", false),
            ("script-src *; object-src 'none'", false),
            ("script-src data: 'self'; object-src 'none'", false),
            ("default-src https:", false),
            ("script-src 'self' cdn.jsdelivr.net; object-src 'none'", false),
            ("script-src 'self' https://js.stripe.com; object-src 'none'", true),
            ("script-src 'strict-dynamic' 'nonce-x' cdn.jsdelivr.net; object-src 'none'; base-uri 'none'", true),
            ("default-src 'self'; object-src *", false),
            ("default-src 'self'; script-src-elem 'unsafe-inline'", false),
            ("default-src *; script-src 'self'; object-src 'none'", true),
            ("SCRIPT-SRC 'SELF'; OBJECT-SRC 'NONE'", true),
            ("script-src 'self'; script-src *; object-src 'none'", true),
            ("script-src *; script-src 'self'; object-src 'none'", false),
            ("default-src 'self', script-src *", true),
            ("script-src *, script-src 'unsafe-inline'", false),
            ("script-src 'nonce-x'; script-src-attr 'unsafe-inline'; object-src 'none'; base-uri 'none'", false),
            ("script-src 'self' 'unsafe-inline'; script-src-elem 'self'; object-src 'none'", false),
            ("script-src 'self' 'unsafe-inline'; script-src-elem 'self'; script-src-attr 'none'; object-src 'none'", true),
            ("script-src *:443; object-src 'none'", false),
            ("script-src *:*; object-src 'none'", false),
            ("script-src https://*:*; object-src 'none'", false),
            ("script-src *.acme.example:443; object-src 'none'", true),
            ("", false),
            (";;;", false),
            ("script-src 'self' 'unsafe-eval'; object-src 'none'", true),
            ("script-src 'wasm-unsafe-eval' 'self'; object-src 'none'", true),
        ] {
            assert_eq!(weakness(&parse(value)).is_none(), good, "{value}: {:?}", weakness(&parse(value)));
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(value in ".{0,200}") {
            let _ = weakness(&parse(&value));
        }
    }
}

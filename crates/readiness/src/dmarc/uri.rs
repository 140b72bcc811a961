//! Addresses for reports (RFC 9989 section 4.6, RFC 6068).

/// The mail address of a report URI, or nothing for a URI of another scheme, which receivers skip.
///
/// # Errors
/// What is wrong with it, a sentence without its full stop.
pub fn address(uri: &str) -> Result<Option<String>, String> {
    let wrong = |why: &str| Err(format!("“{uri}” {why}"));
    if let Some(c) = uri.chars().find(|c| !matches!(c, '!'..='~') || "<>\"\\^`{|}".contains(*c)) {
        return if c == ' ' && uri.matches('@').count() > 1 {
            wrong("holds two addresses without a comma between them")
        } else {
            wrong(&format!("holds “{c}”, which an address for reports cannot have"))
        };
    }
    let Some((scheme, rest)) = uri.split_once(':').filter(|(s, _)| is_scheme(s)) else {
        return wrong("lacks mailto: before the address");
    };
    if !scheme.eq_ignore_ascii_case("mailto") {
        return if rest.contains('@') && !rest.contains('/') { wrong("does not begin with mailto:") } else { Ok(None) };
    }
    // The obsolete size limit is skipped (RFC 9989 section 4.8).
    let (rest, size) = rest.split_once('!').map_or((rest, None), |(r, s)| (r, Some(s)));
    if size.is_some_and(|s| !is_size(s)) {
        return wrong("has a “!” that begins no size limit");
    }
    let mailbox = rest.split('?').next().unwrap_or("");
    if mailbox.matches('@').count() > 1 || mailbox.to_ascii_lowercase().contains("%2c") {
        return wrong("holds two addresses; each needs its own mailto:, with a comma between");
    }
    match mailbox.split_once('@') {
        Some((_, domain)) if domain.ends_with('.') => wrong("ends in a dot, which a mail address does not"),
        Some((local, domain)) if !local.is_empty() && !local.starts_with('/') && is_host(domain) => Ok(Some(mailbox.to_owned())),
        _ => wrong("is no mail address"),
    }
}

/// The domain of the mail address of a report URI, lower case.
#[must_use]
pub fn domain_of(uri: &str) -> Option<String> {
    let mailbox = address(uri).ok()??;
    mailbox.split_once('@').map(|(_, d)| d.to_ascii_lowercase())
}

/// `scheme` of RFC 3986 section 3.1.
fn is_scheme(s: &str) -> bool {
    s.starts_with(|c: char| c.is_ascii_alphabetic()) && s.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
}

/// `1*DIGIT [ "k" / "m" / "g" / "t" ]`
fn is_size(s: &str) -> bool {
    let digits = s.trim_end_matches(|c: char| "kmgtKMGT".contains(c));
    s.len() - digits.len() <= 1 && !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Labels of letters, digits and hyphens, two at least.
fn is_host(domain: &str) -> bool {
    let label = |l: &str| {
        !l.is_empty()
            && l.len() <= 63
            && !l.starts_with('-')
            && !l.ends_with('-')
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    domain.contains('.') && domain.len() <= 253 && domain.split('.').all(label)
}

/// The same address as a URI that receivers read, where it is plain what is meant.
pub(super) fn repaired(uri: &str) -> Option<String> {
    if address(uri).is_ok() {
        return Some(uri.to_owned());
    }
    let bare = uri.trim().trim_matches(|c| "<>\"'`“”‘’()[]{}\\".contains(c)).trim();
    let (text, size) = bare.split_once('!').map_or((bare, ""), |(t, s)| (t, s));
    let start = text.rfind([':', '/', '<', ' ', '=']).map_or(0, |i| i + 1);
    let mailbox = text.get(start..)?.trim_matches(|c| "<>\"'`“”‘’()[]{}\\.,".contains(c));
    let size = if is_size(size) { format!("!{size}") } else { String::new() };
    let whole = format!("mailto:{mailbox}{size}");
    address(&whole).is_ok().then_some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn report_uris() {
        for (uri, domain) in [
            ("mailto:a@acme.com", Some("acme.com")),
            ("MAILTO:a@ACME.com", Some("acme.com")),
            ("mailto:a@acme.com!10m", Some("acme.com")),
            ("mailto:a@acme.com!50000", Some("acme.com")),
            ("mailto:a+dmarc@rep.acme.com?subject=x", Some("rep.acme.com")),
            ("https://r.example/x", None),
        ] {
            assert!(address(uri).is_ok(), "{uri}");
            assert_eq!(domain_of(uri).as_deref(), domain, "{uri}");
        }
    }

    #[test]
    fn slips_and_their_repair() {
        for (uri, said, mended) in [
            ("a@acme.com", "lacks mailto:", Some("mailto:a@acme.com")),
            ("mailto://a@acme.com", "no mail address", Some("mailto:a@acme.com")),
            ("mailto: a@acme.com", "“ ”", Some("mailto:a@acme.com")),
            ("mail:a@acme.com", "does not begin with mailto:", Some("mailto:a@acme.com")),
            ("mailto:<a@acme.com>", "“<”", Some("mailto:a@acme.com")),
            ("mailto:a@acme.com.", "a dot", Some("mailto:a@acme.com")),
            ("mailto:a@acme.com!big", "no size limit", Some("mailto:a@acme.com")),
            ("mailto:a@x.com b@y.com", "two addresses", None),
            ("mailto:a@x.com%2Cb@y.com", "two addresses", None),
            ("mailto:a@localhost", "no mail address", None),
            ("mailto:acme.com", "no mail address", None),
            ("mailto:", "no mail address", None),
        ] {
            let why = address(uri).unwrap_err();
            assert!(why.contains(said), "{uri}: {why}");
            if mended.is_some() {
                assert_eq!(repaired(uri).as_deref(), mended, "{uri}");
            }
        }
    }
}

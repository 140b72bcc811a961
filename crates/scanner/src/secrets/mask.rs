//! Secrets are masked at the moment of capture; evidence never holds them.

/// Bytes of text that evidence keeps of a body.
const EXTRACT: usize = 2048;
/// Bytes of a page among which its text is looked for behind its styles and drawings.
const WITH_LOOKS: usize = 64 * 1024;
/// The same of a file that is read line by line to its end.
const DOCUMENT: usize = 16 * 1024;

/// `name=value; attributes` with the value masked.
pub fn cookie(header: &str) -> String {
    let (pair, attributes) = header.split_once(';').map_or((header, ""), |(p, a)| (p, a));
    let name = pair.split('=').next().unwrap_or("").trim();
    if attributes.is_empty() { format!("{name}=***") } else { format!("{name}=***;{attributes}") }
}

/// The beginning of a page, long opaque tokens masked. What stands in style and svg elements is left out: error pages,
/// lists of files and phpinfo begin with more of it than is kept, and say what they are only afterwards.
pub fn page(bytes: &[u8]) -> String {
    let text = without(&without(&cut(bytes, WITH_LOOKS), "style"), "svg");
    masked(text.get(..text.floor_char_boundary(EXTRACT)).unwrap_or(&text))
}

/// A text without the contents of elements that only look; one that does not end takes the rest with it.
fn without(text: &str, element: &str) -> String {
    let (begins, ends) = (format!("<{element}"), format!("</{element}"));
    let lower = text.to_ascii_lowercase();
    let (mut out, mut at) = (String::with_capacity(text.len().min(EXTRACT * 2)), 0);
    while let Some(begin) = lower.get(at..).and_then(|rest| rest.find(&begins)).map(|i| at + i) {
        let inside = lower.get(begin..).and_then(|rest| rest.find('>')).map_or(text.len(), |i| begin + i + 1);
        out.push_str(text.get(at..inside).unwrap_or_default());
        at = lower.get(inside..).and_then(|rest| rest.find(&ends)).map_or(text.len(), |i| inside + i);
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// The whole lines of a short file such as security.txt, long opaque tokens masked.
pub fn document(bytes: &[u8]) -> String {
    masked(&whole_lines(&cut(bytes, DOCUMENT), bytes.len() > DOCUMENT))
}

/// The whole lines of robots.txt. Of a long one only those stay that decide about a front page: the
/// agents, and rules without a name of their own (`/`, `/*`, `*$`).
pub fn robots(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    if bytes.len() <= DOCUMENT {
        return text.replace('\0', "");
    }
    let decides = |line: &&str| {
        let (key, value) = line.split('#').next().unwrap_or("").split_once(':').unwrap_or_default();
        match key.trim().to_ascii_lowercase().as_str() {
            "user-agent" => true,
            "allow" | "disallow" => value.trim().chars().all(|c| matches!(c, '/' | '*' | '$')),
            _ => false,
        }
    };
    text.split(['\n', '\r']).filter(decides).collect::<Vec<_>>().join("\n")
}

fn whole_lines(text: &str, more: bool) -> String {
    if more { text.rsplit_once('\n').map_or(text, |(whole, _)| whole).to_owned() } else { text.to_owned() }
}

fn masked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut token = String::new();
    let flush = |token: &mut String, out: &mut String| {
        let opaque = token.len() >= 24 && token.bytes().any(|b| b.is_ascii_digit()) && token.bytes().any(|b| b.is_ascii_alphabetic());
        if opaque {
            out.extend(token.chars().take(4));
            out.push('…');
        } else {
            out.push_str(token);
        }
        token.clear();
    };
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+') {
            token.push(c);
        } else {
            flush(&mut token, &mut out);
            out.push(c);
        }
    }
    flush(&mut token, &mut out);
    out
}

/// The beginning of a leftover file: what shows its kind stays, every value goes.
pub fn leftover(bytes: &[u8]) -> String {
    // What a server calls it is not to be relied on; a list of variables is not a page.
    if bytes.trim_ascii_start().starts_with(b"<") {
        return page(bytes).chars().take(400).collect();
    }
    let text = cut(bytes, 1024);
    if text.starts_with("ref: refs/") || (text.trim().len() == 40 && text.trim().bytes().all(|b| b.is_ascii_hexdigit())) {
        return text;
    }
    let mut in_key = false;
    let mut out = vec![];
    for line in text.lines().take(40) {
        let trimmed = line.trim();
        if trimmed.starts_with("-----") {
            in_key = trimmed.contains("BEGIN");
            out.push(trimmed.to_owned());
        } else if in_key {
            if out.last().is_some_and(|l: &String| l != "***") {
                out.push("***".to_owned());
            }
        } else {
            out.push(line_masked(line));
        }
    }
    out.join("\n")
}

fn line_masked(line: &str) -> String {
    if let Some((key, value)) = line.split_once('=') {
        return if value.trim().is_empty() { format!("{}=", quoted(key)) } else { format!("{}=***", quoted(key)) };
    }
    if let Some((key, value)) = line.split_once(':') {
        // The first character shows whether a hash follows (`$`, `{SHA}`).
        let value = value.trim();
        let head: String = if value.starts_with("{SHA}") { "{SHA}".into() } else { value.chars().take(1).collect() };
        return if value.is_empty() || matches!(value, "[" | "{") {
            line.to_owned()
        } else {
            format!("{}: {head}***", quoted(key)).replacen(": $", ":$", 1).replacen(": {SHA}", ":{SHA}", 1)
        };
    }
    quoted(line)
}

/// Quoted texts masked, unless they are the name of something (`'DB_PASSWORD'`, `"private_key"`).
fn quoted(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(['\'', '"']) {
        let (before, from) = rest.split_at(start);
        let quote = from.chars().next().unwrap_or('"');
        out.push_str(before);
        let inside = from.get(1..).unwrap_or("");
        let Some(end) = inside.find(quote) else {
            out.push(quote);
            out.push_str("***");
            return out;
        };
        let word = inside.get(..end).unwrap_or("");
        let name = !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_');
        let shouted = word.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
        out.push(quote);
        out.push_str(if name && (shouted || text.trim_start().starts_with(quote)) { word } else { "***" });
        out.push(quote);
        rest = inside.get(end + 1..).unwrap_or("");
    }
    out.push_str(rest);
    out
}

fn cut(bytes: &[u8], most: usize) -> String {
    let text = String::from_utf8_lossy(bytes.get(..bytes.len().min(most)).unwrap_or(bytes)).into_owned();
    text.chars().filter(|c| *c != '\0').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_kept_without_its_styles_and_drawings() {
        let style = "a{b:c}".repeat(3000);
        let html = format!("<html><style type=x>{style}</style><title>phpinfo()</title><STYLE>p{{}}</STYLE>é end<style>open");
        assert_eq!(page(html.as_bytes()), "<html><style type=x></style><title>phpinfo()</title><STYLE></STYLE>é end<style>");
        assert_eq!(page("é".repeat(3000).as_bytes()).len(), 2048);
        assert_eq!(page(b"<style"), "<style");
        assert_eq!(page(b"<svg><defs/></svg><b>5</b> files"), "<svg></svg><b>5</b> files");
    }

    #[test]
    fn no_secret_survives() {
        for (text, secret) in [
            ("APP_KEY=base64:s3cr3t\nDB=postgres://u:p4ss@h/d", "s3cr3t"),
            ("DB=postgres://u:p4ss@h/d", "p4ss"),
            ("define( 'DB_PASSWORD', 'hunter22' );", "hunter22"),
            ("-----BEGIN RSA PRIVATE KEY-----\nMIIEsecret\n-----END RSA PRIVATE KEY-----", "MIIEsecret"),
            ("admin:$apr1$x1$abcdef", "abcdef"),
            ("production:\n  password: topsecret", "topsecret"),
            ("INSERT INTO users VALUES ('a@b.com', 'bob')", "a@b.com"),
            ("\"private_key\": \"-----BEGIN\"", "BEGIN"),
            ("//registry.npmjs.org/:_authToken=npm_abc123", "npm_abc"),
        ] {
            let masked = leftover(text.as_bytes());
            assert!(!masked.contains(secret), "{masked}");
        }
        assert!(!page(b"<script>key='sk_live_51Habcdefghijklmnop1234'</script>").contains("abcdefgh"));
        assert_eq!(cookie("sid=abc; Secure; HttpOnly"), "sid=***; Secure; HttpOnly");
    }

    #[test]
    fn files_of_lines_are_kept_whole() {
        let long = format!("User-agent: *\n{}Disallow: /\n", "Disallow: /a/very/long/path/of/its/own\n".repeat(1000));
        let kept = robots(long.as_bytes());
        assert_eq!(kept, "User-agent: *\nDisallow: /");
        let short = "User-agent: *\nDisallow: /admin\nSitemap: https://a.test/s.xml";
        assert_eq!(robots(short.as_bytes()), short);
        let signed = format!("Contact: mailto:a@a.test\n{}Expires: 2030-01-01T00:00:00Z\n", "# comment\n".repeat(400));
        assert!(document(signed.as_bytes()).contains("Expires: 2030"));
    }

    #[test]
    fn what_shows_the_kind_stays() {
        assert_eq!(leftover(b"APP_KEY=x\n# note"), "APP_KEY=***\n# note");
        assert!(leftover(b"ref: refs/heads/main\n").starts_with("ref: refs/heads"));
        assert!(leftover(b"bob:$apr1$x").contains("bob:$"));
        assert!(leftover(b"define('DB_PASSWORD', 'x1');").contains("DB_PASSWORD"));
        assert!(leftover(b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA").contains("PRIVATE KEY-----"));
        assert!(leftover(b"services:\n  web:\n    image: x").contains("services:"));
    }
}

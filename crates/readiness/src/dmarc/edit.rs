//! The editor: changes the tags meant, and keeps the rest in order and in spelling.

/// The record with a tag set: in its place where it stands, else as the last.
#[must_use]
pub fn set(record: &str, key: &str, value: &str) -> String {
    let mut done = false;
    let parts: Vec<String> = record
        .split(';')
        .map(|part| match part.split_once('=') {
            Some((k, v)) if !done && k.trim().eq_ignore_ascii_case(key) => {
                done = true;
                let lead = v.len() - v.trim_start().len();
                let tail = v.len() - v.trim_end().len();
                let (lead, tail) =
                    (v.get(..lead).unwrap_or(""), if v.trim().is_empty() { "" } else { v.get(v.len() - tail..).unwrap_or("") });
                format!("{k}={lead}{value}{tail}")
            }
            _ => part.to_owned(),
        })
        .collect();
    if done {
        return parts.join(";");
    }
    let (text, end) = match record.trim_end().strip_suffix(';') {
        Some(text) => (text.trim_end(), ";"),
        None => (record.trim_end(), ""),
    };
    let space = if text.contains(';') && !text.contains("; ") { "" } else { " " };
    format!("{text};{space}{key}={value}{end}")
}

/// The record without a tag.
#[must_use]
pub fn unset(record: &str, key: &str) -> String {
    let is_it = |part: &str| part.split_once('=').is_some_and(|(k, _)| k.trim().eq_ignore_ascii_case(key));
    record.split(';').filter(|part| !is_it(part)).collect::<Vec<_>>().join(";")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_stays_as_it_is() {
        let r = "V=DMARC1;p = None ; sp=reject; adkim=s; x-note=1;rua=mailto:a@acme.com;";
        assert_eq!(set(r, "p", "quarantine"), "V=DMARC1;p = quarantine ; sp=reject; adkim=s; x-note=1;rua=mailto:a@acme.com;");
        assert_eq!(set(r, "t", "n"), "V=DMARC1;p = None ; sp=reject; adkim=s; x-note=1;rua=mailto:a@acme.com; t=n;");
        assert_eq!(set("v=DMARC1;p=none", "rua", "x"), "v=DMARC1;p=none;rua=x");
        assert_eq!(set("v=DMARC1", "p", "none"), "v=DMARC1; p=none");
        assert_eq!(set("v=DMARC1; rua=; p=none", "rua", "x"), "v=DMARC1; rua=x; p=none");
        assert_eq!(unset(r, "adkim"), "V=DMARC1;p = None ; sp=reject; x-note=1;rua=mailto:a@acme.com;");
    }
}

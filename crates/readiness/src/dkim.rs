//! DKIM key records by their grammar (RFC 6376 section 3.6.1, RFC 8301, RFC 8463).

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

/// Tags of a key record, the obsolete `g` of RFC 4871 included.
const TAGS: [&str; 8] = ["v", "h", "k", "n", "p", "s", "t", "g"];

/// What receivers make of a record. The sentences have no full stop.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Key {
    /// What kind of key it is: `an RSA key of 2048 bits`; nothing where none can be read.
    pub what: Option<String>,
    /// Why receivers cannot use it.
    pub bad: Vec<String>,
    /// What weakens it.
    pub weak: Vec<String>,
    /// An empty `p=`.
    pub revoked: bool,
    /// The same key in a record that is better, where editing is enough.
    pub repaired: Option<String>,
}

/// A tag; `text` is how it stood, as long as nothing of it is changed.
#[derive(Clone)]
struct Tag {
    key: String,
    value: String,
    text: Option<String>,
}

impl Tag {
    fn set(&mut self, value: impl Into<String>) {
        self.value = value.into();
        self.text = None;
    }
}

/// Whether a TXT value is meant as a DKIM key.
#[must_use]
pub fn is_meant(txt: &str) -> bool {
    let lower = txt.to_ascii_lowercase();
    if ["v=spf1", "v=dmarc1"].iter().any(|o| lower.trim_start_matches(['"', ' ']).starts_with(o)) {
        return false;
    }
    let plain: String = lower.chars().filter(char::is_ascii_alphanumeric).collect();
    plain.contains("dkim1") || split(&lower, &mut vec![]).iter().any(|t| t.key == "p" || (t.key == "v" && t.value.starts_with("dkim")))
}

/// Reads a record.
#[must_use]
pub fn read(txt: &str) -> Key {
    let (mut key, tags) = judge(txt);
    let text: String = tags.into_iter().map(|t| t.text.unwrap_or(format!("{}={}", t.key, t.value))).collect::<Vec<_>>().join("; ");
    if text != txt && !key.revoked {
        let (then, _) = judge(&text);
        let better = then.what.is_some() && then.bad.is_empty() && (!key.bad.is_empty() || then.weak.len() < key.weak.len());
        key.repaired = better.then_some(text);
    }
    key
}

/// What is wrong, and the tags as they should be.
fn judge(txt: &str) -> (Key, Vec<Tag>) {
    let mut out = Key::default();
    let plain = characters(txt, &mut out.bad);
    // One semicolon may end the list; an empty tag may not stand in it (RFC 6376 section 3.2).
    let list_of = plain.trim().strip_suffix(';').unwrap_or(plain.trim());
    if list_of.split(';').any(|t| t.trim().is_empty()) && list_of.contains(';') {
        out.weak.push("an empty tag (“;;”) stands in it, for which some receivers ignore the whole record".into());
    }
    let mut tags = split(&plain, &mut out.bad);
    names(&mut tags, &mut out.bad);
    version(&mut tags, &mut out.bad);
    for (i, tag) in tags.iter().enumerate() {
        if tags.iter().take(i).any(|t| t.key == tag.key) {
            out.bad.push(format!("{}= stands twice, which makes the whole record invalid", tag.key));
        }
    }
    let list = |v: &str| v.split(':').map(|w| w.trim().to_ascii_lowercase()).collect::<Vec<_>>();
    for tag in &mut tags {
        match tag.key.as_str() {
            "h" if !list(&tag.value).iter().any(|h| h == "sha256") => {
                out.bad.push(format!("h={} leaves no hash that receivers accept; SHA-1 is refused (RFC 8301)", tag.value));
                tag.set("sha256");
            }
            "s" if !list(&tag.value).iter().any(|s| s == "*" || s == "email") => {
                out.bad.push(format!("s={} keeps the key from being used for mail", tag.value));
                let kept = tag.value.trim_matches([':', ' ']);
                tag.set(if kept.is_empty() { "email".into() } else { format!("{kept}:email") });
            }
            // A flag has a case (section 3.2), and an unknown one is ignored.
            "t" if tag.value.split(':').any(|t| t.trim() == "y") => {
                out.weak.push("it is in test mode (t=y), which lets receivers treat the mail as unsigned".into());
                let left: Vec<&str> = tag.value.split(':').map(str::trim).filter(|t| *t != "y" && !t.is_empty()).collect();
                let left = left.join(":");
                tag.set(left);
            }
            "k" if matches!(tag.value.to_ascii_lowercase().as_str(), "rsa" | "ed25519") && tag.value != tag.value.to_ascii_lowercase() => {
                out.weak.push(format!("k={} belongs in lower case; some receivers know no such type", tag.value));
                let lower = tag.value.to_ascii_lowercase();
                tag.set(lower);
            }
            _ => {}
        }
    }
    tags.retain(|t| !(t.key == "t" && t.value.is_empty() && t.text.is_none()));
    material(&mut tags, &mut out);
    (out, tags)
}

/// Signs of forms and files that were pasted along.
fn characters(text: &str, bad: &mut Vec<String>) -> String {
    let mut name = |what: String| {
        if !bad.contains(&what) {
            bad.push(what);
        }
    };
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '“' | '”' | '„' | '«' | '»' => name("quotes are typed into the value".into()),
            '\\' => name("a backslash is typed into the value".into()),
            '–' | '—' | '−' => name(format!("a dash ({c}) is typed into the value")),
            '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' => name("an invisible character stands in it".into()),
            c if c.is_whitespace() => {
                if !c.is_ascii() {
                    name("a space of another kind (non-breaking) stands in it".into());
                }
                out.push(' ');
            }
            c => out.push(c),
        }
    }
    for pem in ["-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----", "-----BEGIN RSA PUBLIC KEY-----", "-----END RSA PUBLIC KEY-----"]
    {
        if out.contains(pem) {
            out = out.replace(pem, "");
            bad.push("a line of the key file (BEGIN or END PUBLIC KEY) stands in it".into());
        }
    }
    out
}

fn split(text: &str, bad: &mut Vec<String>) -> Vec<Tag> {
    let mut out: Vec<Tag> = vec![];
    for part in text.split(';').map(str::trim).filter(|p| !p.is_empty()) {
        let mut rest = part;
        loop {
            let cut = inner(rest).unwrap_or(rest.len());
            let (piece, more) = rest.split_at(cut);
            let piece = piece.trim_end_matches([' ', ',']);
            match piece.split_once('=') {
                Some((k, v)) => {
                    let key = k.trim().to_owned();
                    out.push(Tag { key, value: v.trim().to_owned(), text: Some(piece.to_owned()) });
                }
                None if piece.eq_ignore_ascii_case("dkim1") => {
                    bad.push("v= is missing before DKIM1".into());
                    out.push(Tag { key: "v".into(), value: "DKIM1".into(), text: None });
                }
                None => bad.push(format!("“{}” is not a tag", piece.chars().take(40).collect::<String>())),
            }
            if more.is_empty() {
                break;
            }
            bad.push(format!("a semicolon is missing before {}=", more.split('=').next().unwrap_or("").trim()));
            rest = more;
        }
    }
    out
}

/// Where a further tag begins inside a text: after white space or a comma, followed by `=` and a value.
fn inner(text: &str) -> Option<usize> {
    text.char_indices().map(|(i, _)| i).filter(|i| text.get(..*i).is_some_and(|b| b.ends_with([' ', ',']))).find(|i| {
        let (k, v) = text.get(*i..).and_then(|t| t.split_once('=')).unwrap_or(("", ""));
        TAGS.iter().any(|t| t.eq_ignore_ascii_case(k.trim_end())) && !v.trim_start().is_empty() && !v.starts_with('=')
    })
}

/// Names of tags have a case (RFC 6376 section 3.2): another spelling is an unknown tag, which receivers pass over.
/// The three that make the key come back in lower case; the others are as if they were not there.
fn names(tags: &mut [Tag], bad: &mut Vec<String>) {
    for key in ["v", "k", "p"] {
        if tags.iter().any(|t| t.key == key) {
            continue;
        }
        let Some(tag) = tags.iter_mut().find(|t| t.key.eq_ignore_ascii_case(key)) else { continue };
        let harmless = match key {
            "v" => true,
            "k" => tag.value.eq_ignore_ascii_case("rsa"),
            _ => false,
        };
        if !harmless {
            bad.push(format!("“{}=” is passed over, since names of tags have a case; {key}= is meant", tag.key));
        }
        tag.key = key.to_owned();
        let value = tag.value.clone();
        tag.set(value);
    }
}

/// `v=DKIM1` may be missing; where it stands it comes first and exact (RFC 6376 section 3.6.1).
fn version(tags: &mut Vec<Tag>, bad: &mut Vec<String>) {
    let Some(i) = tags.iter().position(|t| t.key == "v") else { return };
    let mut tag = tags.remove(i);
    if i > 0 {
        bad.push("v=DKIM1 must come first".into());
    }
    if tag.value != "DKIM1" {
        bad.push(format!("the version must be exactly DKIM1, not “{}”", tag.value));
        tag.set("DKIM1");
    }
    tags.insert(0, tag);
}

/// The key itself, and whether it is what `k` says.
fn material(tags: &mut Vec<Tag>, out: &mut Key) {
    let kind = tags.iter().find(|t| t.key == "k").map_or("rsa", |t| t.value.as_str()).to_owned();
    let Some(p) = tags.iter_mut().find(|t| t.key == "p") else {
        out.bad.push("it has no p=, which is the key itself".into());
        return;
    };
    let text: String = p.value.chars().filter(|c| !c.is_whitespace()).collect();
    if text.is_empty() {
        out.revoked = true;
        return;
    }
    let der = if let Ok(der) = STANDARD.decode(&text) {
        der
    } else if let Some(der) = STANDARD_NO_PAD.decode(text.trim_end_matches('=')).ok().filter(|d| d.len() == 32 || rsa_bits(d).is_some()) {
        out.weak.push("the “=” at the end of the key is lost, which some receivers do not forgive".into());
        p.set(STANDARD.encode(&der));
        der
    } else {
        let sign = text.chars().find(|c| !c.is_ascii_alphanumeric() && !"+/=".contains(*c));
        out.bad.push(match sign {
            Some(c) => format!("the key holds “{c}”, which base64 does not have"),
            None => "the key is cut off or mistyped; it is not valid base64".into(),
        });
        return;
    };
    // SubjectPublicKeyInfo of RFC 8410, where RFC 8463 wants the bare key.
    const WRAPPED: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
    let (bits, wrapped) = (rsa_bits(&der), der.strip_prefix(&WRAPPED).filter(|k| k.len() == 32));
    let mut becomes = None;
    match (kind.to_ascii_lowercase().as_str(), bits) {
        _ if is_private(&der) => {
            out.bad.push(
                "this is the private key: everybody can sign as you with it. Make a new pair at once, and publish its public half".into(),
            );
        }
        ("rsa", Some(bits)) => size(bits, out),
        ("ed25519", None) if der.len() == 32 => out.what = Some("an Ed25519 key".into()),
        ("ed25519", None) if wrapped.is_some() => {
            out.bad.push("the Ed25519 key is wrapped as in a key file; RFC 8463 wants its bare 32 bytes".into());
            p.set(STANDARD.encode(wrapped.unwrap_or_default()));
        }
        ("ed25519", None) => out.bad.push(format!("the Ed25519 key is {} bytes long and not 32", der.len())),
        (_, Some(bits)) => {
            out.bad.push(format!("k={kind} does not fit: the key is an RSA key of {bits} bits"));
            becomes = Some("rsa");
        }
        ("rsa", None) if der.len() == 32 || wrapped.is_some() => {
            out.bad.push("the key is an Ed25519 key, and k=ed25519 does not say so".into());
            p.set(STANDARD.encode(wrapped.unwrap_or(&der)));
            becomes = Some("ed25519");
        }
        ("rsa", None) => out.bad.push("the key is damaged; it is not an RSA public key".into()),
        _ => out.bad.push(format!("the key type “{kind}” is not one that receivers know")),
    }
    if let Some(kind) = becomes {
        match tags.iter_mut().find(|t| t.key == "k") {
            Some(k) => k.set(kind),
            None => {
                let at = tags.iter().position(|t| t.key == "p").unwrap_or(0);
                tags.insert(at, Tag { key: "k".into(), value: kind.into(), text: None });
            }
        }
    }
}

/// Receivers verify 1024 to 4096 bits (RFC 8301 section 3.2).
fn size(bits: usize, out: &mut Key) {
    let what = format!("an RSA key of {bits} bits");
    match bits {
        0..1024 => out.bad.push(format!("{what} is too short; receivers ignore it")),
        1024..2048 => out.weak.push(format!("{what} still counts, but 2048 bits are expected")),
        4097.. => out.weak.push(format!("{what} is longer than receivers must be able to check (4096)")),
        _ => {}
    }
    out.what = Some(what);
}

/// Bits of the modulus, from an X.509 SubjectPublicKeyInfo or a bare PKCS#1 key.
fn rsa_bits(der: &[u8]) -> Option<usize> {
    use pkcs1::der::Decode;
    let bits = |pkcs1: &[u8]| {
        let key = pkcs1::RsaPublicKey::from_der(pkcs1).ok()?;
        let bytes = key.modulus.as_bytes();
        Some(bytes.len() * 8 - bytes.first()?.leading_zeros() as usize)
    };
    match spki::SubjectPublicKeyInfoRef::try_from(der) {
        Ok(info) => bits(info.subject_public_key.as_bytes()?),
        Err(_) => bits(der),
    }
}

/// Whether the bytes are a private key: a sequence that begins with version 0 (PKCS#1, PKCS#8).
fn is_private(der: &[u8]) -> bool {
    let head = match der {
        [0x30, 0x82, _, _, rest @ ..] | [0x30, 0x81, _, rest @ ..] | [0x30, _, rest @ ..] => rest,
        _ => return false,
    };
    head.starts_with(&[0x02, 0x01, 0x00])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::rsa_key;

    fn p(bits: usize) -> String {
        rsa_key(bits).split("p=").nth(1).unwrap().to_owned()
    }
    const ED: &str = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

    #[test]
    fn sound_records() {
        let p = p(2048);
        let (a, b) = p.split_at(200);
        for record in [
            format!("v=DKIM1; k=rsa; p={p}"),
            format!("p={p}"),
            format!("v=DKIM1;p={p};"),
            format!("v=DKIM1; h=sha1:sha256; s=*; t=s; n=a note with p of its own; p={p}"),
            format!("v=DKIM1; h=SHA256; s=email:other; p={a} {b}"),
            format!("v=DKIM1; g=*; x=unknown; k=rsa; p={p}"),
            format!("v=DKIM1; k=ed25519; p={ED}"),
            format!("v=DKIM1; t=Y; p={p}"),
            format!("v=DKIM1; K=rsa; H=sha1; p={p}"),
        ] {
            let key = read(&record);
            assert!(is_meant(&record) && key.what.is_some() && key.repaired.is_none(), "{record}: {key:?}");
            assert_eq!([key.bad, key.weak].concat(), Vec::<String>::new(), "{record}");
        }
        for other in ["v=spf1 mx -all", "v=DMARC1; p=none", "google-site-verification=abc", "ZW5kIG9mIGEga2V5", ""] {
            assert!(!is_meant(other), "{other}");
        }
    }

    #[test]
    fn slips_are_named_and_repaired() {
        let p = p(2048);
        let wrapped = STANDARD.encode([&[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00][..], &[7; 32]].concat());
        let bare = STANDARD.encode([7; 32]);
        for (record, said, want) in [
            (format!("v=DKIM1; h=sha1; p={p}"), "h=sha1", format!("v=DKIM1; h=sha256; p={p}")),
            (format!("v=DKIM1; s=tlsrpt; p={p}"), "s=tlsrpt", format!("v=DKIM1; s=tlsrpt:email; p={p}")),
            (format!("v=DKIM1; t=y:s; p={p}"), "test mode", format!("v=DKIM1; t=s; p={p}")),
            (format!("v=DKIM1; t=y; p={p}"), "test mode", format!("v=DKIM1; p={p}")),
            (format!("v=DKIM1; K=rsa; P={p}"), "“P=” is passed over", format!("v=DKIM1; k=rsa; p={p}")),
            (format!("v=DKIM1; K=ed25519; p={ED}"), "“K=” is passed over", format!("v=DKIM1; k=ed25519; p={ED}")),
            (format!("v=DKIM1; p={p};;"), "an empty tag", format!("v=DKIM1; p={p}")),
            (format!("v=DKIM1;; p={p}"), "an empty tag", format!("v=DKIM1; p={p}")),
            (format!("v=dkim1; p={p}"), "exactly DKIM1", format!("v=DKIM1; p={p}")),
            (format!("k=rsa; v=DKIM1; p={p}"), "come first", format!("v=DKIM1; k=rsa; p={p}")),
            (format!("v=DKIM1 k=rsa p={p}"), "missing before k=", format!("v=DKIM1; k=rsa; p={p}")),
            (format!("\"v=DKIM1; p={p}\""), "quotes", format!("v=DKIM1; p={p}")),
            (format!("v=DKIM1\\; p={p}"), "backslash", format!("v=DKIM1; p={p}")),
            (format!("v=DKIM1; k=RSA; p={p}"), "lower case", format!("v=DKIM1; k=rsa; p={p}")),
            (format!("v=DKIM1; k=ed25519; p={p}"), "RSA key of 2048", format!("v=DKIM1; k=rsa; p={p}")),
            (format!("v=DKIM1; p={ED}"), "does not say so", format!("v=DKIM1; k=ed25519; p={ED}")),
            (format!("v=DKIM1; k=ed25519; p={wrapped}"), "wrapped", format!("v=DKIM1; k=ed25519; p={bare}")),
            (format!("v=DKIM1; p=-----BEGIN PUBLIC KEY-----{p}-----END PUBLIC KEY-----"), "key file", format!("v=DKIM1; p={p}")),
        ] {
            let key = read(&record);
            assert!(is_meant(&record), "{record}");
            assert!([key.bad, key.weak].concat().iter().any(|w| w.contains(said)), "{record}");
            assert_eq!(key.repaired.as_deref(), Some(want.as_str()), "{record}");
        }
    }

    #[test]
    fn what_no_edit_can_mend() {
        let private = STANDARD.encode([&[0x30, 0x82, 0x04, 0xbd, 0x02, 0x01, 0x00][..], &[1; 60]].concat());
        for (record, said) in [
            (rsa_key(512), "too short"),
            ("v=DKIM1; k=rsa; p=MIIBIjANBgkq".to_owned(), "damaged"),
            ("v=DKIM1; p=MIIB–Ij".to_owned(), "dash"),
            ("v=DKIM1; k=ed25519; p=AAAA".to_owned(), "3 bytes"),
            ("v=DKIM1; k=rsa".to_owned(), "no p="),
            (format!("v=DKIM1; p={private}"), "private key"),
            (format!("v=DKIM1; k=dsa; p={ED}"), "“dsa”"),
        ] {
            let key = read(&record);
            assert!(key.bad.iter().any(|b| b.contains(said)) && key.repaired.is_none(), "{record}: {key:?}");
        }
        assert!(read("v=DKIM1; p=").revoked && read("p=;").revoked);
        assert!(read(&rsa_key(1024)).weak.len() == 1 && read(&rsa_key(8192)).weak.len() == 1);
    }
}

//! How bodies of evidence and judgements are stored: JSON, its numbers and dates drawn out into a list of their own, and
//! both compressed by zstd, against an earlier text of the same project or against a dictionary that ships with the binary.
//! Two scans of one site differ in little but times; so the second costs a fraction of the first.

use readiness::time::{http_date, parse_http_date};
use std::fmt::Write;
use zstd::bulk::{Compressor, Decompressor};

/// Trained on the lab's sites by `examples/dictionary.rs`. A change of it makes stored texts unreadable, so another one
/// is another file with another number.
static DICTIONARY_1: &[u8] = include_bytes!("../dictionary/1.zstd");
/// The first byte of what is compressed against [`DICTIONARY_1`], and against an earlier text.
const BY_DICTIONARY: u8 = 1;
const BY_EARLIER: u8 = 2;
/// Beyond this a level costs more time than it saves room: at 12 a scan's evidence takes a few milliseconds.
const LEVEL: i32 = 12;
/// The most bytes of one text, against a damaged or hostile length.
const MOST: usize = 64 << 20;
/// Stands for a number or a date that was drawn out. JSON has no such character of its own.
const HOLE: char = '\u{1}';
/// Between the text and the list.
const LIST: char = '\u{2}';
/// Times this near to the text's own are kept as a difference to it.
const NEAR_MS: i64 = 400 * 86_400_000;

/// Why a stored text cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    /// zstd's own word.
    #[error("a stored text is damaged: {0}")]
    Damaged(#[from] std::io::Error),
    /// Not as we write it.
    #[error("a stored text is not as it was written")]
    Malformed,
}

/// A JSON text with its numbers and dates drawn out, as it is compressed and as a later one is compressed against it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape(String);

impl Shape {
    /// Of a JSON text from this moment, epoch milliseconds.
    #[must_use]
    pub fn of(json: &str, at: i64) -> Self {
        let mut text = String::with_capacity(json.len());
        let mut list = String::new();
        let mut rest = json;
        let mut inside = false;
        while let Some(c) = rest.chars().next() {
            if inside {
                if let Some(seconds) = date_here(rest) {
                    let _ = write!(list, "d{} ", seconds - at / 1000);
                    text.push(HOLE);
                    rest = rest.get(DATE..).unwrap_or("");
                    continue;
                }
                if c == '\\' {
                    let end = rest.char_indices().nth(2).map_or(rest.len(), |(i, _)| i);
                    text.push_str(rest.get(..end).unwrap_or(rest));
                    rest = rest.get(end..).unwrap_or("");
                    continue;
                }
            } else if c == '-' || c.is_ascii_digit() {
                let end = rest.find(|c: char| !matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E')).unwrap_or(rest.len());
                let number = rest.get(..end).unwrap_or(rest);
                match number.parse::<i64>() {
                    Ok(n) if number.len() > 2 && n.to_string() == number => {
                        let _ = match n.checked_sub(at).filter(|d| n > 1_000_000_000_000 && d.abs() < NEAR_MS) {
                            Some(d) => write!(list, "t{d} "),
                            None => match n.checked_sub(at / 1000).filter(|d| n > 1_000_000_000 && d.abs() < NEAR_MS / 1000) {
                                Some(d) => write!(list, "s{d} "),
                                None => write!(list, "{n} "),
                            },
                        };
                        text.push(HOLE);
                    }
                    _ => text.push_str(number),
                }
                rest = rest.get(end..).unwrap_or("");
                continue;
            }
            inside ^= c == '"';
            text.push(c);
            rest = rest.get(c.len_utf8()..).unwrap_or("");
        }
        text.push(LIST);
        text.push_str(&list);
        Self(text)
    }

    /// The JSON text that it was made of.
    ///
    /// # Errors
    /// If it is not one that [`Shape::of`] made.
    pub fn json(&self, at: i64) -> Result<String, CodecError> {
        let (text, list) = self.0.rsplit_once(LIST).ok_or(CodecError::Malformed)?;
        let mut list = list.split_ascii_whitespace();
        let mut out = String::with_capacity(text.len() + 1024);
        let mut parts = text.split(HOLE);
        out.push_str(parts.next().unwrap_or(""));
        for part in parts {
            let item = list.next().ok_or(CodecError::Malformed)?;
            let number = |s: &str| s.parse::<i64>().map_err(|_| CodecError::Malformed);
            match (item.strip_prefix('t'), item.strip_prefix('d')) {
                (Some(d), _) => drop(write!(out, "{}", at.saturating_add(number(d)?))),
                (_, Some(d)) => out.push_str(&http_date((at / 1000).saturating_add(number(d)?).saturating_mul(1000))),
                _ => match item.strip_prefix('s') {
                    Some(d) => drop(write!(out, "{}", (at / 1000).saturating_add(number(d)?))),
                    None => out.push_str(item),
                },
            }
            out.push_str(part);
        }
        Ok(out)
    }

    /// Compressed, against an earlier one where there is one.
    ///
    /// # Errors
    /// zstd's.
    pub fn pack(&self, earlier: Option<&Shape>) -> Result<Vec<u8>, CodecError> {
        let (kind, dictionary) = earlier.map_or((BY_DICTIONARY, DICTIONARY_1), |e| (BY_EARLIER, e.0.as_bytes()));
        let mut out = vec![kind];
        out.extend(u32::try_from(self.0.len()).map_err(|_| CodecError::Malformed)?.to_le_bytes());
        let mut zstd = Compressor::with_dictionary(LEVEL, dictionary)?;
        // The length stands before it already.
        zstd.include_contentsize(false)?;
        zstd.include_checksum(false)?;
        zstd.include_dictid(false)?;
        out.extend(zstd.compress(self.0.as_bytes())?);
        Ok(out)
    }

    /// What was compressed, with the same earlier one.
    ///
    /// # Errors
    /// If it is damaged, or the earlier one is missing.
    pub fn unpack(packed: &[u8], earlier: Option<&Shape>) -> Result<Self, CodecError> {
        let (kind, rest) = packed.split_first().ok_or(CodecError::Malformed)?;
        let (length, data) = rest.split_first_chunk::<4>().ok_or(CodecError::Malformed)?;
        let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| CodecError::Malformed)?;
        if length > MOST {
            return Err(CodecError::Malformed);
        }
        let dictionary = match (*kind, earlier) {
            (BY_DICTIONARY, _) => DICTIONARY_1,
            (BY_EARLIER, Some(e)) => e.0.as_bytes(),
            _ => return Err(CodecError::Malformed),
        };
        let bytes = Decompressor::with_dictionary(dictionary)?.decompress(data, length)?;
        if bytes.len() != length {
            return Err(CodecError::Malformed);
        }
        String::from_utf8(bytes).map(Self).map_err(|_| CodecError::Malformed)
    }

    /// Whether what is packed needs an earlier one.
    #[must_use]
    pub fn needs_earlier(packed: &[u8]) -> bool {
        packed.first() == Some(&BY_EARLIER)
    }

    /// Bytes of the text, which a dictionary is trained on.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// Characters of `Sat, 28 Nov 2026 15:23:33 GMT` (RFC 9110 section 5.6.7).
const DATE: usize = 29;

/// The seconds since the epoch of a date that stands here, if it is written exactly as we would write it again.
fn date_here(text: &str) -> Option<i64> {
    let date = text.get(..DATE).filter(|d| d.ends_with(" GMT") && d.get(3..5) == Some(", "))?;
    let ms = parse_http_date(date)?;
    (http_date(ms) == date).then_some(ms / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const AT: i64 = 1_795_570_647_123;

    fn round(json: &str) -> (usize, String) {
        let shape = Shape::of(json, AT);
        let packed = shape.pack(None).unwrap();
        let back = Shape::unpack(&packed, None).unwrap();
        assert_eq!(back, shape);
        (packed.len(), back.json(AT).unwrap())
    }

    #[test]
    fn texts_come_back_as_they_were() {
        for json in [
            "",
            "{}",
            r#"{"at":1795570647999,"took_ms":412,"ttl":300,"f":-0.25,"e":1e300,"n":-12345,"z":007,"big":99999999999999999999}"#,
            r#"["Sat, 28 Nov 2026 15:23:33 GMT","Sun, 28 Nov 2026 15:23:33 GMT","a \"Sat, 28 Nov 2026 15:23:33 GMT","\u0001 123 \\"]"#,
            r#"{"in text":"1795570647999 and 12345","ü":"…","end":"\\"}"#,
        ] {
            assert_eq!(round(json).1, json);
        }
    }

    #[test]
    fn a_second_look_costs_a_fraction() {
        let scan = |n: i64| {
            let answers: Vec<String> = (0..200)
                .map(|i| {
                    format!(
                        r#"{{"name":"host{i}.acme.example","at":{},"took_ms":{},"date":"{}"}}"#,
                        AT + n + i * 7,
                        100 + (i * 37 + n) % 900,
                        http_date(AT + n)
                    )
                })
                .collect();
            Shape::of(&format!("[{}]", answers.join(",")), AT + n)
        };
        let (first, second) = (scan(0), scan(86_400_000));
        let (whole, delta) = (first.pack(None).unwrap().len(), second.pack(Some(&first)).unwrap());
        assert!(delta.len() * 2 < whole, "{} of {whole}", delta.len());
        assert!(Shape::needs_earlier(&delta) && Shape::unpack(&delta, None).is_err());
        assert_eq!(Shape::unpack(&delta, Some(&first)).unwrap(), second);
    }

    #[test]
    fn damage_is_an_error() {
        let packed = Shape::of(r#"{"a":1795570647999}"#, AT).pack(None).unwrap();
        for cut in 0..packed.len() {
            assert!(Shape::unpack(packed.get(..cut).unwrap(), None).is_err(), "{cut}");
        }
        assert!(Shape("\u{1}".into()).json(AT).is_err() && Shape("\u{1}\u{2}x9".into()).json(AT).is_ok());
    }

    proptest! {
        #[test]
        fn any_json_comes_back(value in json()) {
            let text = value.to_string();
            prop_assert_eq!(Shape::of(&text, AT).json(AT).unwrap(), text);
        }
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            any::<i64>().prop_map(|n| serde_json::json!(n)),
            (AT - 1_000_000..AT + 1_000_000).prop_map(|n| serde_json::json!(n)),
            any::<f64>().prop_map(|n| serde_json::json!(n)),
            ".*".prop_map(|s| serde_json::json!(s)),
            (0..AT).prop_map(|n| serde_json::json!(format!("x{}", http_date(n)))),
        ];
        leaf.prop_recursive(3, 30, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(|v| serde_json::json!(v)),
                prop::collection::hash_map(".*", inner, 0..6).prop_map(|m| serde_json::json!(m)),
            ]
        })
    }
}

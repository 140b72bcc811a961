//! Reports are set, whatever the names and however long the texts.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]
#![recursion_limit = "256"]

use pdf::{Fonts, Logo, PaperError, pdf, process};
use serde_json::{Value, json};

/// One grey pixel.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0\x3a\x7e\x9b\x55\0\0\0\nIDATx\x9cch\0\0\0\x82\0\x81\x77\xcd\x72\xb6\0\0\0\0IEND\xaeB\x60\x82";

fn data(long: &str) -> Value {
    json!({
        "title": "t", "heading": "h", "kind": "k", "founder": false, "workspace": "Acme «Союз» אב", "words": long, "domain": "acme.example", "date": "2026-11-25", "tool": "x", "fonts": [],
        "verdict": {"label": "Not ready", "class": "fail"}, "sentence": "#let x = [*not markup*] $ \\", "score": "59", "why": "w", "evidenced": "e",
        "ruler": {"score": 59.0, "low": 20.0, "high": 90.0, "alt": "a"},
        "blockers": [{"title": long, "summary": long, "why": "w"}],
        "fixes": [], "more_fixes": 0, "bar": [{"area": "DNS", "state": "Met", "class": "pass", "because": long}], "questions": [], "more_questions": 0,
        "stages": [{"number": 1, "name": "n", "goal": "g", "phrase": "p", "later": 2, "findings": [{"id": "X-1", "title": "t", "outcome": "fail", "label": "Fails", "summary": "s", "why": "w", "excuse": "", "evidence": [{"source": "https://a.example", "at": "now", "text": long}],
            "fix": {"title": "f", "minutes": 5, "steps": ["one"], "undo": "u", "paste": [{"place": "p", "value": long}]}}]}],
        "documents": [{"title": "Access", "text": "", "columns": ["A", "B"], "rows": [[long, "y"], ["", "z"]]}],
        "changes": [{"at": "d", "kind": "k", "text": long}], "signed": "Ada"
    })
}

#[test]
fn long_words_and_other_scripts_are_set_tagged_and_bookmarked() {
    let fonts = Fonts::load(None).unwrap();
    let evil = "<script>alert(1)</script> [x](javascript:alert(1)) #read(\"/etc/passwd\") ] ``` \\ $ \r\nX: y #panic()";
    for long in
        ["", "a".repeat(3000).as_str(), "Ελληνικά Кириллица עברית العربية ქართული 日本語", "= no heading\n- no list\n#panic()", evil]
    {
        let bytes = pdf(&fonts, &data(long), None).unwrap();
        assert!(bytes.starts_with(b"%PDF-"), "{long:.20}");
        let text = String::from_utf8_lossy(&bytes);
        for needed in ["/StructTreeRoot", "/Outlines", "/Lang"] {
            assert!(text.contains(needed), "{needed}");
        }
    }
    assert!(pdf(&fonts, &json!({}), None).is_err());
}

#[test]
fn a_folder_of_fonts_is_used_or_refused() {
    let folder = std::env::temp_dir().join(format!("lr-fonts-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    assert!(Fonts::load(Some(&folder)).unwrap().names().is_empty());
    std::fs::copy("fonts/DejaVuSans.ttf", folder.join("own.ttf")).unwrap();
    assert_eq!(Fonts::load(Some(&folder)).unwrap().names(), ["dejavu sans"]);
    std::fs::write(folder.join("bad.otf"), "no font").unwrap();
    assert!(Fonts::load(Some(&folder)).is_err() && Fonts::load(Some(&folder.join("none"))).is_err());
}

#[test]
fn the_program_beside_sets_the_same() {
    let here = Fonts::load(None).unwrap();
    let fonts = process::Fonts::of(env!("CARGO_BIN_EXE_launch-ready-pdf").into(), None);
    let logo = |bytes: &[u8]| Logo::new("image/png", bytes.to_vec()).unwrap();
    assert!(process::is_whole(&fonts, &logo(PNG)) && !process::is_whole(&fonts, &logo(&PNG[..40])));
    let (ours, theirs) =
        (pdf(&here, &data("long"), Some(&logo(PNG))).unwrap(), process::pdf(&fonts, &data("long"), Some(&logo(PNG))).unwrap());
    assert!(theirs.starts_with(b"%PDF-") && ours.len().abs_diff(theirs.len()) < 100);
    assert!(matches!(process::pdf(&fonts, &Value::Null, None), Err(PaperError::Typeset(_))));
    let none = process::Fonts::of("/nowhere/launch-ready-pdf".into(), None);
    assert!(process::pdf(&none, &data(""), None).unwrap_err().to_string().contains("still being built"));
}

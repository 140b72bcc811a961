//! Reports are set, whatever the names and however long the texts.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]
#![recursion_limit = "256"]

use pdf::{Fonts, pdf};
use serde_json::{Value, json};

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

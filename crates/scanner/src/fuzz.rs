//! Any bytes from outside are read without panic, in bounded size.

use crate::secrets::{detect, mask};
use crate::{bundles, page, registry};
use proptest::prelude::*;

/// Pieces that a parser of pages, styles, scripts or answers reacts to, in any order.
fn soup() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "<script src=",
        "</script>",
        "<style>",
        "url(",
        "@import '",
        "')",
        "{",
        "}",
        "<base href=",
        "\"",
        "'",
        ">",
        "<!--",
        "-->",
        "&#x",
        ";",
        "\\",
        "/*",
        "<svg><style>",
        "sk_live_",
        "eyJ",
        ".",
        "://",
        "user:pw@",
        "-----BEGIN PRIVATE KEY-----",
        "AAAA",
        "=",
        "%00",
        "\u{0}",
        "\u{202e}",
        "é",
        "𝄞",
        "//# sourceMappingURL=",
        "data:application/json;base64,",
        ".js\"",
        "import(\"./",
    ]);
    prop::collection::vec(prop_oneof![piece.prop_map(str::to_owned), "[a-zA-Z0-9+/_.-]{0,40}", ".{0,6}"], 0..60).prop_map(|v| v.concat())
}

proptest! {
    #[test]
    fn texts(text in soup()) {
        let facts = page::facts(&text, "https://a.test/", 0);
        prop_assert!(facts.refs.len() <= 300 && facts.title.chars().count() <= 200);
        prop_assert!(page::css_urls(&text).len() <= 301);
        for hit in detect::search(text.as_bytes()) {
            prop_assert!(hit.masked.chars().count() <= 80 && !hit.masked.chars().any(char::is_control));
        }
        prop_assert!(mask::page(text.as_bytes()).len() <= 8 * 2048);
        let _ = (mask::leftover(text.as_bytes()), mask::cookie(&text), page::simhash(&text), bundles::named("https://a.test/x/y.js", text.as_bytes()));
    }

    #[test]
    fn bytes(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = (detect::search(&bytes), mask::page(&bytes), mask::leftover(&bytes), bundles::named("https://a.test/y.js", &bytes));
        let _ = page::facts(&String::from_utf8_lossy(&bytes), "https://a.test/", 0);
        let _ = hickory_proto::op::Message::from_vec(&bytes).map(|m| m.answers.iter().filter_map(net::dns_transport::record).count());
    }

    #[test]
    fn answers_of_registries(key in "[a-zA-Z]{0,12}", text in ".{0,60}", n: i64) {
        let json = serde_json::json!({
            "events": [{"eventAction": key, "eventDate": text}, {"eventAction": "expiration", "eventDate": text}, n],
            "status": [text, n, null], "entities": [{"roles": [key], "vcardArray": [text, [["fn", {}, "text", text], n]]}, n], "nameservers": [{"ldhName": text}, n],
        });
        let _ = registry::read(&json);
        let _ = registry::bootstrap_lines(&text);
    }
}

//! What a page loads: its scripts and styles.

use scraper::{Html, Selector};
use url::Url;

/// Scripts and styles that are fetched of one page.
const MAX_ASSETS: usize = 12;

/// Absolute URLs of a page's scripts, module preloads and styles, in order, each once.
pub fn assets(html: &str, base: &str) -> Vec<String> {
    let Ok(mut base) = Url::parse(base) else { return vec![] };
    let document = Html::parse_document(html);
    if let Some(href) = first(&document, "base[href]", "href").and_then(|h| base.join(&h).ok()) {
        base = href;
    }
    let mut found: Vec<String> = vec![];
    for (selector, attribute) in
        [("script[src]", "src"), ("link[rel~=stylesheet][href]", "href"), ("link[rel~=modulepreload][href]", "href")]
    {
        let Ok(selector) = Selector::parse(selector) else { continue };
        for element in document.select(&selector) {
            let url =
                element.value().attr(attribute).and_then(|v| base.join(v.trim()).ok()).filter(|u| matches!(u.scheme(), "http" | "https"));
            if let Some(mut url) = url {
                url.set_fragment(None);
                let text = url.to_string();
                if !found.contains(&text) && found.len() < MAX_ASSETS {
                    found.push(text);
                }
            }
        }
    }
    found
}

fn first(document: &Html, selector: &str, attribute: &str) -> Option<String> {
    document.select(&Selector::parse(selector).ok()?).next()?.value().attr(attribute).map(str::to_owned)
}

#[test]
fn finds_what_a_page_loads() {
    let html = r#"<base href="/app/"><script src="a.js"></script><link rel="preload stylesheet" href="/s.css#x"><link rel=icon href=i.ico><script src="data:text/js,1"></script><script src="a.js"></script><link rel=modulepreload href="https://cdn.example/m.js">"#;
    assert_eq!(
        assets(html, "https://acme.example/x"),
        ["https://acme.example/app/a.js", "https://acme.example/s.css", "https://cdn.example/m.js"]
    );
}

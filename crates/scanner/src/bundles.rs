//! The scripts of a site, those that they name, and their source maps: searched, not kept.

use crate::http::{Ask, Http, Loaded};
use crate::secrets::detect::search;
use crate::util::now;
use base64::Engine;
use futures::future::join_all;
use readiness::evidence::{Bundles, Hit, PageFacts, Purpose, RefKind, Searched, SourceMap, host_of};
use readiness::rules::{self, LeftoverGroup};
use readiness::{Domain, Target};
use regex::Regex;
use std::collections::HashSet;
use std::sync::LazyLock;
use url::Url;

/// Scripts that are searched, with those that scripts name.
const MAX_FILES: usize = 60;
/// Bytes that are searched.
const MAX_BYTES: u64 = 15 * 1024 * 1024;
/// Steps from a page's scripts to those that they name.
const DEPTH: usize = 2;
/// Source maps that are fetched.
const MAX_MAPS: usize = 10;
/// Origins kept of one text.
const MAX_ORIGINS: usize = 60;
/// Requests left over for what else a scan asks of the host.
const RESERVE: usize = 24;

/// Names of scripts in a script: `"./chunk-abc.js"`, `"assets/x.mjs"`. ASCII without a bound: a hundred copies of `\w`
/// take a tenth of a second to compile.
static CHUNKS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"["'`]((?:https?://|\.{0,2}/)?[0-9A-Za-z_@./~-]+\.m?js)["'`]"#).ok());
/// The comment that names a source map (ECMA-426), in a script or a style.
static MAP: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"//[#@] ?sourceMappingURL=([!#-&(-~]+)").ok());

/// Searches pages and scripts.
pub async fn collect(http: &Http, target: &Target, pages: &[(String, Vec<u8>)], facts: &[PageFacts], assets: &[Loaded]) -> Bundles {
    let mut out = Bundles::default();
    let mut bytes = 0;
    let mut known: HashSet<String> = HashSet::new();
    let mut maps: Vec<(String, String)> = vec![];
    let mut next: Vec<String> = vec![];
    for (url, text) in pages {
        bytes += text.len() as u64;
        add(&mut out, url, text).await;
    }
    for l in assets {
        known.insert(l.fetch.start.clone());
        if let Some((url, _)) = l.fetch.last().filter(|(u, r)| r.status == 200 && same_site(target, u)) {
            bytes += l.body.len() as u64;
            add(&mut out, url, &l.body).await;
            map_of(l, &mut maps);
            next.extend(named(url, &l.body));
        }
    }
    for f in facts {
        next.extend(f.refs.iter().filter(|r| r.kind == RefKind::Script).map(|r| r.url.clone()));
    }
    let mut fetched = assets.len();
    for _ in 0..DEPTH {
        let host = facts.first().map_or("", |f| host_of(&f.url));
        let room = MAX_FILES.saturating_sub(fetched).min(http.left(host).saturating_sub(RESERVE));
        let mut wanted: Vec<String> = vec![];
        for url in next.drain(..) {
            if same_site(target, &url) && known.insert(url.clone()) {
                wanted.push(url);
            }
        }
        if wanted.len() > room {
            let left = wanted.len() - room;
            let scripts = if left == 1 { "script was" } else { "scripts were" };
            out.cut = Some(format!("{left} {scripts} left out; one visit asks only for so many"));
            wanted.truncate(room);
        }
        if wanted.is_empty() {
            break;
        }
        fetched += wanted.len();
        for l in join_all(wanted.into_iter().map(|u| http.fetch(Ask::one(Purpose::Chunk, u)))).await {
            let Some((url, r)) = l.fetch.last().filter(|(_, r)| r.status == 200) else { continue };
            // A single-page app answers any path with its page.
            if r.media_type() == "text/html" {
                continue;
            }
            if bytes > MAX_BYTES {
                out.cut = Some("15 MB were searched, which is as much as one visit reads".into());
                break;
            }
            bytes += l.body.len() as u64;
            add(&mut out, url, &l.body).await;
            map_of(&l, &mut maps);
            next.extend(named(url, &l.body));
        }
    }
    maps.truncate(MAX_MAPS);
    out.maps = join_all(maps.into_iter().map(|(script, url)| map(http, script, url))).await;
    out.searched.sort_by(|a, b| a.url.cmp(&b.url));
    out
}

/// Searches a text beside the threads that wait for the network: a large one takes a while.
async fn add(out: &mut Bundles, url: &str, text: &[u8]) {
    let whole = text.to_vec();
    let found = tokio::task::spawn_blocking(move || (search(&whole), origins(&whole))).await;
    let (hits, origins) = found.unwrap_or_default();
    out.searched.push(Searched { url: url.to_owned(), at: now(), size: text.len() as u64, hits, origins });
}

/// Adds the error pages that a debugger or a development server wrote; others say nothing about the product.
pub fn add_errors(out: &mut Bundles, errors: &[(String, Vec<u8>)]) {
    for (url, text) in errors {
        let debug = |h: &Hit| matches!(rules::leftover_group(&h.rule), Some(LeftoverGroup::Debug | LeftoverGroup::Dev));
        let hits: Vec<Hit> = search(text).into_iter().filter(debug).collect();
        if !hits.is_empty() {
            out.searched.push(Searched { url: url.clone(), at: now(), size: text.len() as u64, hits, origins: vec![] });
        }
    }
    out.searched.sort_by(|a, b| a.url.cmp(&b.url));
}

/// Origins that strings of a script begin with: what it may call. A Sentry address carries a key.
fn origins(text: &[u8]) -> Vec<String> {
    static ORIGIN: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r#"["'`]((?:https|wss)://)(?:[0-9a-f]{16,64}@)?([a-z0-9-]+(?:\.[a-z0-9-]+)+(?::[0-9]{2,5})?)[/"'`?]"#).ok()
    });
    let mut out: Vec<String> = vec![];
    for c in ORIGIN
        .as_ref()
        .into_iter()
        .flat_map(|r| r.captures_iter(&String::from_utf8_lossy(text)).map(|c| format!("{}{}", &c[1], &c[2])).collect::<Vec<_>>())
    {
        if out.len() < MAX_ORIGINS && !out.contains(&c) {
            out.push(c);
        }
    }
    out
}

fn same_site(target: &Target, url: &str) -> bool {
    let host = host_of(url);
    host == target.domain.registrable() || Domain::parse(host).is_ok_and(|d| d.registrable() == target.domain.registrable())
}

/// Scripts that a script names. Vite's and webpack's names are relative to the root of the assets,
/// others to the script; both are tried where they differ, once.
pub(crate) fn named(url: &str, text: &[u8]) -> Vec<String> {
    let (Some(regex), Ok(base)) = (CHUNKS.as_ref(), Url::parse(url)) else { return vec![] };
    let text = String::from_utf8_lossy(text);
    let mut out = vec![];
    for c in regex.captures_iter(&text).take(400) {
        let Some(name) = c.get(1).map(|m| m.as_str()).filter(|n| n.len() <= 200) else { continue };
        let joined = if name.starts_with("static/") && url.contains("/_next/") {
            base.join(&format!("/_next/{name}"))
        } else if name.starts_with("assets/") {
            base.join(&format!("/{name}"))
        } else if name.starts_with(['.', '/']) || name.starts_with("http") {
            base.join(name)
        } else {
            continue;
        };
        if let Ok(u) = joined
            && !out.contains(&u.to_string())
        {
            out.push(u.to_string());
        }
    }
    out
}

/// The source map that a script names, by header or comment.
fn map_of(l: &Loaded, maps: &mut Vec<(String, String)>) {
    let Some((url, r)) = l.fetch.last() else { return };
    let text = String::from_utf8_lossy(l.body.get(l.body.len().saturating_sub(4096)..).unwrap_or_default());
    let comment = MAP.as_ref().and_then(|m| m.captures_iter(&text).last()?.get(1).map(|g| g.as_str().to_owned()));
    let whole = || {
        let text = String::from_utf8_lossy(&l.body);
        let at = text.rfind("sourceMappingURL=data:")?;
        text.get(at + "sourceMappingURL=".len()..)?.split_whitespace().next().map(str::to_owned)
    };
    let named = r.header("sourcemap").or_else(|| r.header("x-sourcemap")).map(str::to_owned).or(comment).or_else(whole);
    if let Some(named) = named {
        if named.starts_with("data:") {
            maps.push((url.to_owned(), named));
        } else if let Some(u) = Url::parse(url).ok().and_then(|b| b.join(&named).ok()).filter(|u| host_of(u.as_str()) == host_of(url)) {
            maps.push((url.to_owned(), u.to_string()));
        }
    }
}

async fn map(http: &Http, script: String, url: String) -> SourceMap {
    let at = now();
    let mut out =
        SourceMap { script, url: url.clone(), at, status: None, is_map: false, sources: vec![], has_content: false, hits: vec![] };
    let text: Vec<u8> = if let Some(data) = url.strip_prefix("data:") {
        out.url = "inside the script".into();
        out.status = Some(200);
        data.split_once("base64,").and_then(|(_, b)| base64::engine::general_purpose::STANDARD.decode(b).ok()).unwrap_or_default()
    } else {
        let l = http.fetch(Ask::one(Purpose::Chunk, url)).await;
        out.status = l.fetch.first().map(|r| r.status);
        l.body
    };
    let Ok(json) = serde_json::from_slice::<serde_json::Value>(&text) else { return out };
    let list = |key: &str| json.get(key).and_then(serde_json::Value::as_array);
    let Some(sources) = list("sources") else { return out };
    out.is_map = true;
    out.sources =
        sources.iter().filter_map(|s| s.as_str()).map(|s| s.chars().filter(|c| !c.is_control()).take(200).collect()).take(200).collect();
    let content: Vec<&str> = list("sourcesContent").map(|c| c.iter().filter_map(|s| s.as_str()).collect()).unwrap_or_default();
    out.has_content = content.iter().any(|c| !c.trim().is_empty());
    // Sources hold both the branch of development and that of production; only what is built tells which runs.
    out.hits = search(content.join("\n").as_bytes());
    out.hits.retain(|h| rules::leftover_group(&h.rule) != Some(LeftoverGroup::Dev));
    out
}

#[test]
fn scripts_name_others() {
    let names = named("https://a.test/assets/index-1.js", br#"import("./chunk-a.js");["assets/b-2.js","/c.mjs","../d.js","lodash.js"]"#);
    assert_eq!(names, ["https://a.test/assets/chunk-a.js", "https://a.test/assets/b-2.js", "https://a.test/c.mjs", "https://a.test/d.js"]);
    assert_eq!(
        named("https://a.test/_next/static/x/_buildManifest.js", br#"["static/chunks/p.js"]"#),
        ["https://a.test/_next/static/chunks/p.js"]
    );
}

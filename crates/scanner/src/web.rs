//! The web side: the ways in, the front page and what it loads, made-up paths, usual places,
//! foreign origins, and with the owner's consent the well-known leftovers.

use crate::bundles;
use crate::http::{Ask, Http, Loaded};
use crate::page;
use crate::util::now;
use futures::future::join_all;
use rand::Rng;
use readiness::Target;
use readiness::checks::LEFTOVER_PATHS;
use readiness::dead_ends::is_challenge;
use readiness::evidence::{Bundles, PageFacts, Purpose, Reference, host_of};

/// Usual places of a health endpoint.
const HEALTH: &[&str] = &["/health", "/healthz", "/api/health", "/up"];
/// Folders that a careless server lists.
const FOLDERS: &[&str] = &["/assets/", "/static/", "/uploads/", "/backup/"];
/// Marketing links that are followed.
const MAX_LINKS: usize = 20;

/// The front page that a visitor ends at, and the other pages that the ways in led to.
pub struct Front {
    /// Its origin, `https://acme.com`.
    pub origin: String,
    /// Address and text of each page.
    pages: Vec<(String, Vec<u8>)>,
    /// The same of error pages, which may be a debugger's.
    errors: Vec<(String, Vec<u8>)>,
}

/// Follows every way in and a made-up path on each.
pub async fn ways_in(http: &Http, target: &Target) -> Option<Front> {
    let domain = target.domain.as_str();
    let mut hosts = vec![domain.to_owned()];
    hosts.extend(target.www());
    let probe = format!("/lr-probe-{:08x}?utm_source=launchready", rand::rng().random::<u32>());
    let mut asks = vec![];
    for host in &hosts {
        for scheme in ["https", "http"] {
            asks.push(Ask::get(Purpose::Start, format!("{scheme}://{host}/")));
            asks.push(Ask::get(Purpose::Probe, format!("{scheme}://{host}{probe}")));
        }
    }
    for host in target.hosts.iter().map(ToString::to_string).filter(|h| !hosts.contains(h)) {
        asks.extend(["https", "http"].map(|scheme| Ask::get(Purpose::Start, format!("{scheme}://{host}/"))));
    }
    let loaded = join_all(asks.into_iter().map(|a| http.fetch(a))).await;
    let starts = || loaded.iter().filter(|l| l.fetch.purpose == Purpose::Start && l.fetch.last().is_some());
    let start = |url: String| starts().find(|l| l.fetch.start == url);
    let ways: Vec<_> =
        hosts.iter().map(|h| start(format!("https://{h}/"))).chain(hosts.iter().map(|h| start(format!("http://{h}/")))).flatten().collect();
    let good = ways.iter().find(|l| l.fetch.last().is_some_and(|(_, r)| r.status < 400 && !is_challenge(r))).or_else(|| ways.first())?;
    let (url, _) = good.fetch.last()?;
    let scheme = url.split("://").next().unwrap_or("https");
    let (mut pages, mut errors) = (vec![], vec![]);
    for l in std::iter::once(*good).chain(starts()) {
        keep_page(&mut pages, l);
        keep_error(&mut errors, l);
    }
    // A path that nobody made shows what the product answers when something is wrong.
    loaded.iter().filter(|l| l.fetch.purpose == Purpose::Probe).for_each(|l| keep_error(&mut errors, l));
    Some(Front { origin: format!("{scheme}://{}", host_of(url)), pages, errors })
}

fn keep_error(errors: &mut Vec<(String, Vec<u8>)>, l: &Loaded) {
    if let Some((url, _)) = l.fetch.last().filter(|(_, r)| r.status >= 400 && !is_challenge(r))
        && errors.len() < 6
        && !errors.iter().any(|(u, text)| u == url || *text == l.body)
    {
        errors.push((url.to_owned(), l.body.clone()));
    }
}

fn keep_page(pages: &mut Vec<(String, Vec<u8>)>, l: &Loaded) {
    if let Some((url, r)) = l.fetch.last().filter(|(_, r)| r.status < 400 && !is_challenge(r)) {
        let html = matches!(r.media_type().as_str(), "text/html" | "application/xhtml+xml" | "");
        if html && pages.len() < 12 && !pages.iter().any(|(u, _)| u == url) {
            pages.push((url.to_owned(), l.body.clone()));
        }
    }
}

/// Looks closer at the front page and the usual places.
pub async fn look(http: &Http, target: &Target, front: &Front) -> (Vec<PageFacts>, Bundles) {
    let origin = front.origin.as_str();
    let mut asks = random_paths(front);
    asks.push(Ask::get(Purpose::Robots, format!("{origin}/robots.txt")));
    asks.push(Ask::get(Purpose::SecurityTxt, format!("{origin}/.well-known/security.txt")));
    let mut health: Vec<String> = target
        .health
        .iter()
        .map(|h| if h.starts_with("http") { h.clone() } else { format!("{origin}/{}", h.trim_start_matches('/')) })
        .take(8)
        .collect();
    if health.is_empty() {
        health.extend(HEALTH.iter().map(|p| format!("{origin}{p}")));
        let api = target.hosts.iter().map(ToString::to_string).find(|h| h.starts_with("api."));
        health.extend(api.iter().flat_map(|h| HEALTH.iter().take(2).map(move |p| format!("https://{h}{p}"))));
    }
    asks.extend(health.into_iter().map(|u| Ask::one(Purpose::Health, u)));
    asks.push(Ask::one(Purpose::Api, format!("{origin}/api")));
    asks.extend(target.links.iter().take(MAX_LINKS).map(|l| Ask::get(Purpose::MarketingLink, l.clone())));
    let mut origins = vec![format!("{origin}/")];
    origins.extend(target.hosts.iter().map(|h| format!("https://{h}/")).filter(|u| !origins.contains(u)).take(3).collect::<Vec<_>>());
    for url in origins {
        for foreign in foreign_origins(target.domain.as_str()) {
            for purpose in [Purpose::Cors, Purpose::Preflight] {
                asks.push(Ask { origin: Some(foreign.clone()), ..Ask::one(purpose, url.clone()) });
            }
        }
    }
    let others = join_all(asks.into_iter().map(|a| http.fetch(a)));
    let inner = async {
        let (login, app) = tokio::join!(
            http.fetch(Ask::get(Purpose::Login, format!("{origin}/login"))),
            http.fetch(Ask::get(Purpose::App, format!("{origin}/app")))
        );
        let mut pages = front.pages.clone();
        keep_page(&mut pages, &login);
        keep_page(&mut pages, &app);
        // Reading a page of megabytes takes a while, and others wait for the network on this thread.
        let texts = pages.clone();
        let read = move || texts.iter().map(|(url, html)| page::facts(&String::from_utf8_lossy(html), url, now())).collect();
        let mut facts: Vec<PageFacts> = tokio::task::spawn_blocking(read).await.unwrap_or_default();
        let assets: Vec<String> = facts.first().map(page::assets).unwrap_or_default();
        let loaded = join_all(assets.iter().map(|url| http.fetch(Ask::get(Purpose::Asset, url.clone())))).await;
        for l in &loaded {
            styles(&mut facts, l);
        }
        let (mut bundles, ()) = tokio::join!(bundles::collect(http, target, &pages, &facts, &loaded), again(http, &loaded, front));
        bundles::add_errors(&mut bundles, &front.errors);
        (facts, bundles)
    };
    let (_, found) = tokio::join!(others, inner);
    found
}

/// Adds what a style sheet of the front page refers to.
fn styles(facts: &mut [PageFacts], l: &Loaded) {
    let Some((url, r)) = l.fetch.last() else { return };
    if r.media_type() != "text/css" {
        return;
    }
    let (Some(first), Ok(base)) = (facts.first_mut(), url::Url::parse(url)) else { return };
    for (kind, u) in page::css_urls(&String::from_utf8_lossy(&l.body)) {
        if let Some(u) = base.join(u.trim()).ok().filter(|u| matches!(u.scheme(), "http" | "https"))
            && first.refs.len() < 300
        {
            first.refs.push(Reference { kind, url: u.to_string().chars().take(500).collect(), integrity: None });
        }
    }
}

/// Asks for one asset again, as the next visitor would, and for it and the front page by validator.
async fn again(http: &Http, assets: &[Loaded], front: &Front) {
    let own = |l: &&Loaded| l.fetch.last().is_some_and(|(u, r)| r.status == 200 && host_of(u) == host_of(&front.origin));
    let mut asks = vec![];
    if let Some((url, r)) = assets.iter().find(own).and_then(|l| l.fetch.last()) {
        asks.push(Ask::one(Purpose::Again, url));
        let validator = r
            .header("etag")
            .map(|e| ("if-none-match", e.to_owned()))
            .or_else(|| r.header("last-modified").map(|m| ("if-modified-since", m.to_owned())));
        if let Some(header) = validator {
            asks.push(Ask { header: Some(header), ..Ask::one(Purpose::Conditional, url) });
        }
    }
    join_all(asks.into_iter().map(|a| http.fetch(a))).await;
}

/// Asks for files and folders that should not be open.
pub async fn leftovers(http: &Http, front: &Front) {
    let files = LEFTOVER_PATHS.iter().map(|(path, _)| (Purpose::Leftover, *path));
    let folders = FOLDERS.iter().map(|path| (Purpose::Listing, *path));
    join_all(files.chain(folders).map(|(purpose, path)| http.fetch(Ask::one(purpose, format!("{}{path}", front.origin))))).await;
}

fn random_paths(front: &Front) -> Vec<Ask> {
    let mut rng = rand::rng();
    ["", ".txt"]
        .iter()
        .map(|ending| Ask::one(Purpose::Random, format!("{}/lr-{:016x}{ending}", front.origin, rng.random::<u64>())))
        .collect()
}

/// Origins that no site should let in (MDN HTTP Observatory's, and two that naive comparisons miss).
fn foreign_origins(domain: &str) -> [String; 5] {
    [
        "https://evil.example".into(),
        "null".into(),
        format!("https://{domain}.evil.example"),
        format!("https://evil{domain}"),
        format!("http://{domain}"),
    ]
}

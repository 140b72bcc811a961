//! The web side: the ways in, the front page and what it loads, a made-up path, foreign origins,
//! and with the owner's consent the well-known leftovers.

use crate::http::{Ask, Http};
use crate::page;
use futures::future::join_all;
use rand::Rng;
use readiness::Target;
use readiness::checks::LEFTOVER_PATHS;
use readiness::evidence::{Purpose, host_of, is_challenge};

/// The front page that a visitor ends at.
pub struct Front {
    /// Its origin, `https://acme.com`.
    pub origin: String,
    url: String,
    html: Vec<u8>,
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
    let start = |url: String| loaded.iter().find(|l| l.fetch.purpose == Purpose::Start && l.fetch.start == url && l.fetch.last().is_some());
    let ways: Vec<_> =
        hosts.iter().map(|h| start(format!("https://{h}/"))).chain(hosts.iter().map(|h| start(format!("http://{h}/")))).flatten().collect();
    let good = ways.iter().find(|l| l.fetch.last().is_some_and(|(_, r)| r.status < 400 && !is_challenge(r))).or_else(|| ways.first())?;
    let (url, _) = good.fetch.last()?;
    let scheme = url.split("://").next().unwrap_or("https");
    Some(Front { origin: format!("{scheme}://{}", host_of(url)), url: url.to_owned(), html: good.body.clone() })
}

/// Looks closer at the front page.
pub async fn look(http: &Http, target: &Target, front: &Front) {
    let mut asks = random_paths(front);
    asks.push(Ask::get(Purpose::Login, format!("{}/login", front.origin)));
    let html = String::from_utf8_lossy(&front.html).into_owned();
    asks.extend(page::assets(&html, &front.url).into_iter().map(|url| Ask::get(Purpose::Asset, url)));
    let mut origins = vec![format!("{}/", front.origin)];
    origins.extend(target.hosts.iter().map(|h| format!("https://{h}/")).filter(|u| !origins.contains(u)).collect::<Vec<_>>());
    for url in origins {
        for origin in foreign_origins(target.domain.as_str()) {
            for purpose in [Purpose::Cors, Purpose::Preflight] {
                asks.push(Ask { purpose, url: url.clone(), origin: Some(origin.clone()), follow: false });
            }
        }
    }
    join_all(asks.into_iter().map(|a| http.fetch(a))).await;
}

/// Asks for files that should not be there.
pub async fn leftovers(http: &Http, front: &Front) {
    join_all(LEFTOVER_PATHS.iter().map(|(path, _)| {
        http.fetch(Ask { purpose: Purpose::Leftover, url: format!("{}{path}", front.origin), origin: None, follow: false })
    }))
    .await;
}

fn random_paths(front: &Front) -> Vec<Ask> {
    let mut rng = rand::rng();
    ["", ".txt"]
        .iter()
        .map(|ending| Ask {
            purpose: Purpose::Random,
            url: format!("{}/lr-{:016x}{ending}", front.origin, rng.random::<u64>()),
            origin: None,
            follow: false,
        })
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

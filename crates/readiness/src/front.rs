//! What a visitor of a host finds: the product, or something else in its place.

use crate::dead_ends::{self, DeadEnd};
use crate::domain::Domain;
use crate::evidence::{Answer, FailKind, Fetch, Outside, PageFacts, Purpose, RefKind, ResolutionEnd, Response, host_of};

/// What a visitor finds. Each text is a whole sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Visit {
    /// The product answers.
    Fine(String),
    /// Nothing usable comes back.
    Down(String),
    /// Somebody else's page: a provider's, a dealer's, another company's.
    NotYours(String),
    /// A page of another domain that may well be the same company's.
    Elsewhere(String),
    /// A sign-in stands before everything.
    Locked(String),
    /// The document arrives, and a browser has nothing to show.
    White(String),
    /// Our scanner was challenged.
    Blocked(String),
    /// Not learned.
    Unseen(String),
}

/// Subdomains whose root is not meant for browsers, so that a 4xx there is ordinary.
const MACHINES: &[&str] = &[
    "api",
    "cdn",
    "static",
    "assets",
    "img",
    "images",
    "media",
    "files",
    "uploads",
    "storage",
    "ws",
    "socket",
    "graphql",
    "hooks",
    "webhooks",
    "auth",
    "sso",
    "id",
    "mail",
    "smtp",
    "imap",
    "mta-sts",
    "autodiscover",
    "autoconfig",
    "s3",
    "gateway",
    "ingest",
    "collector",
    "events",
];

/// The visits of a host in the order in which browsers try: HTTPS, HTTP, and for the domain itself those of `www.`.
#[must_use]
pub fn visits<'a>(e: &'a Outside, host: &str) -> Vec<&'a Fetch> {
    let mut hosts = vec![host.to_owned()];
    if host == e.target.domain.as_str() {
        hosts.push(e.target.domain.www());
    }
    let starts = hosts.iter().flat_map(|h| [format!("https://{h}/"), format!("http://{h}/")]);
    starts.filter_map(|url| e.fetches_for(Purpose::Start).find(|f| f.start == url)).collect()
}

/// What a visitor of this declared host finds.
#[must_use]
pub fn visit(e: &Outside, host: &str) -> Visit {
    let visits = visits(e, host);
    match visits.iter().find_map(|f| f.last()) {
        Some((url, r)) => arrived(e, host, url, r),
        None => nowhere(e, host, &visits),
    }
}

/// No visit ended at a page.
fn nowhere(e: &Outside, host: &str, visits: &[&Fetch]) -> Visit {
    if let Some(f) = visits.iter().find(|f| f.looped) {
        return Visit::Down(format!("{} never arrives; its redirects go in a circle.", f.start));
    }
    let failures: Vec<(FailKind, &str)> = visits.iter().filter_map(|f| f.failure()).collect();
    if let Some(f) = visits.iter().find(|f| f.failure().is_none()) {
        return Visit::Down(format!("{} is answered with a redirect that leads nowhere.", f.start));
    }
    match e.resolve(host).end {
        ResolutionEnd::NxDomain => return Visit::Down(format!("{host} does not exist in DNS, so no page answers.")),
        ResolutionEnd::NoData => return Visit::Down(format!("{host} has no address, so no page answers.")),
        _ => {}
    }
    let own: Vec<FailKind> = visits.iter().filter(|f| host_of(&f.start) == host).filter_map(|f| f.failure()).map(|(k, _)| k).collect();
    let dead = |k: &FailKind| matches!(k, FailKind::Refused | FailKind::Tls | FailKind::Protocol);
    match failures.first() {
        Some((_, why)) if !own.is_empty() && own.iter().all(dead) => Visit::Down(format!("No page of {host} answers ({why}).")),
        Some((_, why)) => Visit::Unseen(format!("Nothing of {host} answered in time ({why}).")),
        None => Visit::Unseen(format!("No page of {host} was asked for.")),
    }
}

/// A visit ended at this response.
fn arrived(e: &Outside, host: &str, url: &str, r: &Response) -> Visit {
    let end = host_of(url);
    let sign = dead_ends::recognise(end, r);
    let machine = host != e.target.domain.as_str() && host.split('.').next().is_some_and(|label| MACHINES.contains(&label));
    let json = r.media_type().contains("json");
    if let Some(s) = sign {
        let who = s.who;
        match s.kind {
            DeadEnd::Challenge => return Visit::Blocked(format!("{url} answered with a challenge of {who} ({}).", r.status)),
            DeadEnd::Unclaimed => {
                return Visit::NotYours(format!("{url} leads to {who}, which knows no site of that name ({}).", r.status));
            }
            DeadEnd::Parked => return Visit::NotYours(format!("{url} shows a parking or sales page of {who}, not a product of yours.")),
            DeadEnd::Default => return Visit::NotYours(format!("{url} shows the default page of {who}, not your product.")),
            DeadEnd::Locked if machine => {}
            DeadEnd::Locked => {
                return Visit::Locked(format!("{url} asks every visitor to sign in first: {who} stands before it ({}).", r.status));
            }
            DeadEnd::Error => return Visit::Down(format!("{url} answers {} with an error page of {who}.", r.status)),
            DeadEnd::SignIn if host != e.target.domain.as_str() => return Visit::Fine(format!("{host} leads to the sign-in at {who}.")),
            DeadEnd::SignIn => return Visit::Locked(format!("{host} sends every visitor to the sign-in at {who}.")),
        }
    }
    match r.status {
        401 | 403 if host != e.target.domain.as_str() && !machine && !json => {
            Visit::Locked(format!("{url} answers {} to a visitor without an account.", r.status))
        }
        401 if !machine && !json => Visit::Locked(format!("{url} answers 401 to every visitor.")),
        400..=499 if host != e.target.domain.as_str() && (machine || json || r.status == 405) => {
            Visit::Fine(format!("{host} answers {} at its root, as an interface for programs does.", r.status))
        }
        200..=299 => shown(e, host, url, r, machine),
        status => Visit::Down(format!("{url} answers {status}{}.", reason(status))),
    }
}

/// A visit ended at a 2xx.
fn shown(e: &Outside, host: &str, url: &str, r: &Response, machine: bool) -> Visit {
    let html = matches!(r.media_type().as_str(), "text/html" | "application/xhtml+xml" | "");
    let blank = r.body.as_ref().is_some_and(|b| b.size == 0 || !b.truncated && b.size < 2048 && b.extract.trim().is_empty());
    if (r.status == 204 || blank) && !machine {
        return Visit::White(format!("{url} answers {} with an empty page.", r.status));
    }
    let source = r.body.as_ref().is_some_and(|b| {
        let begins = b.extract.trim_start();
        begins.starts_with("<?php") || begins.starts_with("<?=") || begins.starts_with("<%@ page")
    });
    if source {
        return Visit::Down(format!("{url} hands out the source of the program instead of running it."));
    }
    // A browser saves what it cannot show (HTML Standard, "navigation-params": such a response is a download).
    if !machine && matches!(r.media_type().as_str(), "application/octet-stream" | "application/x-download" | "application/force-download") {
        return Visit::White(format!("{url} answers with {}, which a browser saves to a file and does not show.", r.media_type()));
    }
    if html
        && !machine
        && let Some(p) = e.pages.iter().find(|p| p.url == url)
    {
        if let Some(v) = sent_on(e, host, r, p) {
            return v;
        }
        if let Some(why) = blank_page(e, p) {
            return Visit::White(why);
        }
    }
    elsewhere(e, host, url).unwrap_or_else(|| Visit::Fine(format!("{host} answers at {url}.")))
}

/// Whether a visit ends at a domain that nobody declared.
fn elsewhere(e: &Outside, host: &str, url: &str) -> Option<Visit> {
    let end = Domain::parse(host_of(url)).ok()?;
    let own = std::iter::once(&e.target.domain).chain(&e.target.hosts);
    if own.clone().any(|d| d.registrable() == end.registrable()) {
        return None;
    }
    let label = |d: &Domain| d.registrable().split('.').next().unwrap_or("").replace('-', "");
    let text = format!("{host} sends its visitors to {}, which is not among the hosts of this project.", end.as_str());
    let kin = own.map(label).any(|l| l.len() > 2 && (label(&end).contains(&l) || l.contains(&label(&end))));
    Some(if kin { Visit::Elsewhere(text) } else { Visit::NotYours(text) })
}

/// Where a page without text sends its visitors by itself, if that is not the product: to a dealer, or into a frame of
/// another site, as registrars forward ("masked").
fn sent_on(e: &Outside, host: &str, r: &Response, p: &PageFacts) -> Option<Visit> {
    if p.text? > 0 {
        return None;
    }
    let refresh = p.meta("refresh").and_then(|c| c.split_once('=')).map(|(_, to)| to.trim().trim_matches(['\'', '"']).to_owned());
    let script = r.body.as_ref().filter(|b| b.size < 4000).and_then(|b| location(&b.extract));
    for to in [refresh, script].into_iter().flatten().filter(|to| to.starts_with("http")) {
        if let Some(who) = dead_ends::dealer(host_of(&to)) {
            return Some(Visit::NotYours(format!("{} sends every visitor on to {who}, which sells or parks domains.", p.url)));
        }
    }
    let frames: Vec<&str> = p.refs.iter().filter(|r| r.kind == RefKind::Frame).map(|r| r.url.as_str()).collect();
    let scripts = p.inline_scripts > 0 || p.refs.iter().any(|r| r.kind == RefKind::Script);
    match frames.as_slice() {
        [frame] if !scripts => elsewhere(e, host, frame).map(|_| {
            Visit::Elsewhere(format!("{} is a frame of {}, which is not among the hosts of this project.", p.url, host_of(frame)))
        }),
        _ => None,
    }
}

/// The address to which a script sends the browser.
fn location(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("location")?;
    let rest = [".replace(", ".assign(", ".href", "="]
        .iter()
        .find_map(|way| rest.strip_prefix(way))
        .or_else(|| rest.trim_start().strip_prefix('='))?;
    let rest = rest.trim_start_matches([' ', '=']);
    let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    rest.get(1..)?.split(quote).next().map(str::to_owned)
}

/// Why a browser has nothing to show of a page: no text, and its scripts are missing.
fn blank_page(e: &Outside, p: &PageFacts) -> Option<String> {
    // Older evidence does not say how much text a page holds.
    let text = p.text?;
    let scripts: Vec<&str> = p.refs.iter().filter(|r| r.kind == RefKind::Script).map(|r| r.url.as_str()).collect();
    if text == 0
        && p.title.is_empty()
        && scripts.is_empty()
        && p.inline_scripts == 0
        && !p.refs.iter().any(|r| matches!(r.kind, RefKind::Media | RefKind::ImageSet | RefKind::Frame | RefKind::Other))
    {
        return Some(format!("{} is a page without anything to show.", p.url));
    }
    // A shell says little more than "Loading"; words and fields show without any script.
    if text > 30 || p.password_field || p.fields > 0 {
        return None;
    }
    let host = host_of(&p.url);
    let site = Domain::parse(host).map_or(host.to_owned(), |d| d.registrable().to_owned());
    let own: Vec<&str> = scripts
        .into_iter()
        .filter(|u| host_of(u) == site || host_of(u).ends_with(&format!(".{site}")))
        .filter(|u| !p.nomodule.iter().any(|n| n == u) && !measures(u))
        .collect();
    let module = |u: &str| p.modules.iter().any(|m| m == u);
    let missing: Vec<(&str, String)> = own.iter().filter_map(|u| Some((*u, missing_script(e, u, module(u))?))).collect();
    // Scripts beside the one that draws the page may be missing without harm.
    let main = |u: &str| entry(u) || module(u) && own.iter().filter(|o| module(o)).count() == 1;
    let (_, why) = missing.iter().find(|(u, _)| main(u)).or_else(|| missing.first().filter(|_| missing.len() == own.len()))?;
    Some(format!("{} shows a white page: its script is missing ({why}).", p.url))
}

/// Whether a script only measures or guards, and draws nothing.
fn measures(url: &str) -> bool {
    [
        "/_vercel/",
        "/cdn-cgi/",
        "/.netlify/",
        "/_incapsula_resource",
        "/akam/",
        "plausible",
        "umami",
        "matomo",
        "piwik",
        "analytics",
        "gtag",
        "gtm.js",
        "sentry",
    ]
    .iter()
    .any(|sign| url.to_ascii_lowercase().contains(sign))
}

/// Whether a script is named as bundlers name the one that draws the page.
fn entry(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or("");
    let name = path.rsplit('/').next().unwrap_or("").split(['.', '-', '_']).next().unwrap_or("");
    matches!(name, "main" | "index" | "app" | "bundle" | "entry" | "client" | "runtime" | "webpack")
}

/// How a script is missing, if it was asked for and is. A browser runs a module only with the type of a script.
fn missing_script(e: &Outside, url: &str, module: bool) -> Option<String> {
    let f = e.fetches.iter().find(|f| f.start == url && matches!(f.purpose, Purpose::Asset | Purpose::Chunk))?;
    match &f.hops.last()?.answer {
        // Our scanner was refused, not a visitor.
        Answer::Response(r) if r.status == 429 || dead_ends::is_challenge(r) => None,
        Answer::Response(r) if r.status >= 400 => Some(format!("{url} answers {}", r.status)),
        Answer::Response(r) if r.media_type() == "text/html" => Some(format!("{url} answers with a page in place of a script")),
        Answer::Response(r) if module && !r.media_type().is_empty() && !r.media_type().contains("script") => {
            Some(format!("{url} answers as {}, which browsers do not run as a module", r.media_type()))
        }
        Answer::Failed { kind: FailKind::Refused, detail } => Some(format!("{url}: {detail}")),
        _ => None,
    }
}

/// What a status says, in brackets.
const fn reason(status: u16) -> &'static str {
    match status {
        301..=308 => " (a redirect without a target)",
        403 => " (it refuses visitors)",
        404 => " (nothing stands there)",
        410 => " (it is gone)",
        429 => " (too many requests)",
        500 => " (the application failed)",
        502 => " (the server behind the proxy does not answer)",
        503 => " (the service is unavailable)",
        504 => " (the server behind the proxy does not answer in time)",
        _ => "",
    }
}

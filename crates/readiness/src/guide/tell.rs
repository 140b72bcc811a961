//! Chooses the guides of a fix and puts them beside it.

use super::kind::{Kind, Want, kinds, of_check, wants};
use super::model::Guide;
use super::template::{Site, TEMPLATES, render};
use crate::domain::Domain;
use crate::evidence::{Fetch, Outside, host_of};
use crate::finding::Finding;
use crate::stack::{self, Layer, Part};

/// The guides of a finding's fix for every provider that the data knows, those in use first.
#[must_use]
pub fn guides(e: &Outside, f: &Finding) -> Vec<Guide> {
    told(e, &stack::detect(e), f)
}

/// Puts the guides of the providers in use beside the finding's fix. Where none is known that answers for the site,
/// the fix says so in its last step, and its own neutral paste stands for all.
pub(crate) fn tell(e: &Outside, parts: &[Part], f: &mut Finding) {
    let guides: Vec<Guide> = told(e, parts, f).into_iter().filter(|g| g.used).collect();
    let Some(fix) = f.fix.as_ref() else { return };
    let of_the_site = kinds(&f.id, &wants(fix)).into_iter().any(Kind::is_of_the_site);
    let at_the_site = |g: &Guide| matches!(g.layer, Layer::Hosting | Layer::Framework | Layer::Cdn);
    let step = (of_the_site && !guides.iter().any(at_the_site)).then(|| unknown_place(&concerned(e, f), parts));
    if let (Some(fix), Some(step)) = (f.fix.as_mut(), step) {
        fix.steps.push(step);
    }
    f.guides = guides;
}

fn unknown_place(hosts: &[String], parts: &[Part]) -> String {
    let at: Vec<&str> = parts.iter().filter(|p| p.layer == Layer::Hosting && p.is_at_one_of(hosts)).map(|p| p.name.as_str()).collect();
    if at.is_empty() {
        "What the site runs on did not show. Do it wherever its answers are made: at the host, in the web server or in the application."
            .to_owned()
    } else {
        format!(
            "The site runs at {}, for which no steps are written here yet. Do it there, or in the application.",
            crate::checks::help::list(&at)
        )
    }
}

fn told(e: &Outside, parts: &[Part], f: &Finding) -> Vec<Guide> {
    let Some(fix) = &f.fix else { return vec![] };
    let wants = wants(fix);
    let mut kinds = kinds(&f.id, &wants);
    let assets = assets(e, f);
    if assets.is_none() {
        // A rule for the top folder would keep the pages themselves for a year.
        kinds.retain(|k| *k != Kind::Cache);
    }
    if kinds.is_empty() {
        return vec![];
    }
    let hosts = concerned(e, f);
    let site = Site { assets: assets.unwrap_or_default(), api: api(e, f), ..site(e) };
    let mut out: Vec<Guide> = TEMPLATES
        .iter()
        .filter(|t| kinds.contains(&t.kind))
        .map(|t| {
            let part = parts.iter().find(|p| {
                (p.layer == t.layer || t.layer == Layer::Mail) && alike(&p.name, t.provider) && p.is_at_one_of(&hosts) && !p.brought
            });
            let host = part.and_then(|p| p.hosts.iter().find(|h| hosts.contains(h))).unwrap_or(&site.host);
            render(t, &Site { host: host.clone(), ..site.clone() }, &wants, part.is_some())
        })
        .collect();
    out.sort_by_key(|g| (!g.used, g.layer != Layer::Hosting, g.layer != Layer::Framework));
    out
}

/// How a check's fix is told at each provider, with placeholders where a scan has values; for the
/// check's own page.
#[must_use]
pub fn generic(id: &str) -> Vec<Guide> {
    let kinds = of_check(id);
    let word = |s: &str| s.to_owned();
    let value = word("the value that the scan computes");
    let wants = [
        Want::Record { rtype: word("TYPE"), name: word("NAME.acme.com"), value: value.clone() },
        Want::Headers { label: None, api: false, headers: vec![(word("Header"), value)] },
    ];
    let site = Site {
        zone: word("acme.com"),
        domain: word("acme.com"),
        host: word("acme.com"),
        to: word("acme.com"),
        from: word("www.acme.com"),
        assets: word("/assets/"),
        api: word("/api/"),
    };
    TEMPLATES.iter().filter(|t| kinds.contains(&t.kind)).map(|t| render(t, &site, &wants, false)).collect()
}

/// Whether a detected or typed name means this provider (`Amazon SES` is `SES`, `Next.js` is `Next`).
fn alike(detected: &str, provider: &str) -> bool {
    let bare = |name: &str| {
        let lower = name.trim().to_ascii_lowercase();
        let lower = ["amazon ", "ruby on "].iter().find_map(|start| lower.strip_prefix(start)).unwrap_or(&lower);
        [".js", ".io", " hosting"].iter().find_map(|end| lower.strip_suffix(end)).unwrap_or(lower).to_owned()
    };
    bare(detected) == bare(provider)
}

fn site(e: &Outside) -> Site {
    let domain: &Domain = &e.target.domain;
    let (bare, www) = (domain.to_string(), domain.www());
    let end = e.front().and_then(Fetch::last).map_or("", |(u, _)| host_of(u));
    let (to, from) = if end == www { (www, bare.clone()) } else { (bare.clone(), www) };
    Site {
        zone: domain.registrable().to_owned(),
        domain: bare.clone(),
        host: bare,
        to,
        from,
        assets: "/assets/".to_owned(),
        api: "/api/".to_owned(),
    }
}

/// The declared hosts that the finding's sentence names; all of them where it names none.
fn concerned(e: &Outside, f: &Finding) -> Vec<String> {
    let mut hosts = e.target.required_hosts();
    hosts.extend(e.target.www());
    let of_a_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    let named = |host: &String| {
        f.summary.match_indices(host.as_str()).any(|(at, _)| {
            let (before, after) = (f.summary.get(..at).unwrap_or(""), f.summary.get(at + host.len()..).unwrap_or(""));
            let after = after.trim_start_matches('.');
            !before.ends_with(of_a_name) && !after.starts_with(of_a_name)
        })
    };
    let some: Vec<String> = hosts.iter().filter(|h| named(h)).cloned().collect();
    if some.is_empty() || f.summary.contains(" more like it.") { hosts } else { some }
}

/// The path of the address of the site's own that a finding rests on: one that its sentence names, or the first.
fn seen_path<'a>(e: &Outside, f: &'a Finding) -> Option<&'a str> {
    let own = f.evidence.iter().map(|s| s.source.as_str()).filter(|u| u.starts_with("http") && e.target.domain.covers(host_of(u)));
    let url = own.clone().find(|u| f.summary.contains(*u)).or_else(|| own.clone().next())?;
    url.splitn(4, '/').nth(3)?.split(['?', '#']).next()
}

/// Below which folder the static files lie that the finding rests on; none where they lie beside the pages.
fn assets(e: &Outside, f: &Finding) -> Option<String> {
    let Some(file) = seen_path(e, f) else { return Some("/assets/".to_owned()) };
    file.rsplit_once('/').map(|(folder, _)| format!("/{folder}/"))
}

/// Below which path the API lies that the finding rests on.
fn api(e: &Outside, f: &Finding) -> String {
    match seen_path(e, f).map(|p| p.trim_matches('/')) {
        Some(path) if !path.is_empty() && path.split('/').next() != Some("api") => format!("/{path}/"),
        _ => "/api/".to_owned(),
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;

//! RED-02: plain HTTP sends visitors on to HTTPS, on every host.

use crate::check::{Check, Context, Fix, Found, Part, Paste, Reference, Seen, join};
use crate::checks::help::{fetch_seen, is_absent, web_hosts};
use crate::dead_ends::is_challenge;
use crate::evidence::{Collector, FailKind, Fetch, Outside, Purpose, Source, host_of};
use crate::taxonomy::{Area, Impact, Outcome, Stage};

/// RED-02.
pub static CHECK: Check = Check {
    id: "RED-02",
    name: "http-upgrades-https-every-host",
    title: "HTTP upgrades to HTTPS on every host",
    stage: Stage::Edge,
    area: Area::Ssl,
    reads: &[Source::Outside],
    impact: Impact::Critical,
    resting_impact: Impact::Critical,
    needs: &[Collector::Dns, Collector::Http],
    why: "Whoever comes by a plain http link signs in unencrypted, and browsers call your site “Not secure”.",
    criterion: "Fails when http answers with a page or ends at http; warns when the first redirect stays on http or leaves the host; a closed port 80 is fine.",
    minutes: 10,
    references: &[Reference {
        title: "MDN HTTP Observatory: redirection",
        url: "https://developer.mozilla.org/en-US/observatory/docs/tests_and_scoring",
    }],
    rule,
};

fn rule(c: &Context) -> Found {
    let e = c.outside();
    // A host that leads nowhere has no redirects to judge; DNS-03 says so.
    let hosts: Vec<String> = web_hosts(c).into_iter().filter(|h| !is_absent(e, h)).collect();
    if hosts.is_empty() {
        return Found::unknown("No host leads anywhere yet, so plain HTTP could not be tried.");
    }
    let tried: Vec<(&String, Option<&Fetch>)> =
        hosts.iter().map(|h| (h, e.fetches_for(Purpose::Start).find(|f| f.start == format!("http://{h}/")))).collect();
    let parts: Vec<Part> = tried
        .iter()
        .map(|(h, f)| match f {
            None => Part::new(*h, Outcome::Unknown, format!("http://{h} was not tried.")),
            // A closed port 80 is fine where port 443 is open, and says nothing where both are closed.
            Some(f) if f.first().is_none() && !over_https(e, h) => {
                Part::new(*h, Outcome::Unknown, format!("{h} answers neither over HTTP nor over HTTPS."))
            }
            Some(f) => judge(h, f),
        })
        .collect();
    let seen: Vec<Seen> = tried.iter().filter_map(|(_, f)| f.map(fetch_seen)).collect();
    let found = join(CHECK.impact, &parts, "Plain HTTP leads to HTTPS on every host.").seen(seen);
    if !found.outcome.is_open() {
        return found;
    }
    let bad: Vec<&str> = parts.iter().filter(|p| p.outcome == found.outcome).map(|p| p.target.as_str()).collect();
    found.fix(Fix {
        title: format!("Redirect http to https on {}", bad.join(", ")),
        steps: vec![
            "Most hosts do it by themselves or have a switch for it, such as “Force HTTPS”; a server of your own needs a rule on port 80."
                .into(),
            "Redirect to the same host first; a second redirect may then change the host. Only so does HSTS reach it.".into(),
        ],
        paste: vec![Paste::add("redirects, with path and query", bad.iter().map(|h| format!("http://{h}/* 301 → https://{h}/*")))],
        undo: "Switch it off again, or restore the former block.".into(),
        risk: Some("Behind Cloudflare in “Flexible” mode this loops: set SSL to Full (strict) first.".into()),
        minutes: CHECK.minutes,
    })
}

fn over_https(e: &Outside, host: &str) -> bool {
    e.fetches_for(Purpose::Start).any(|f| f.start == format!("https://{host}/") && f.first().is_some())
}

fn judge(host: &str, f: &Fetch) -> Part {
    let Some(first) = f.first() else {
        return match f.failure() {
            Some((FailKind::Refused, _)) => Part::new(host, Outcome::Pass, ""),
            Some((FailKind::Unresolved, _)) => {
                Part::new(host, Outcome::Unknown, format!("{host} has no address, so plain HTTP could not be tried."))
            }
            Some((_, detail)) => Part::new(host, Outcome::Unknown, format!("http://{host} gave no answer: {detail}.")),
            None => Part::new(host, Outcome::Unknown, format!("http://{host} was not tried.")),
        };
    };
    let Some(second) = f.hops.get(1).map(|h| h.url.as_str()) else {
        if is_challenge(first) {
            return Part::new(host, Outcome::Blocked, "");
        }
        if f.looped {
            return Part::new(host, Outcome::Fail, format!("http://{host} redirects to itself and never reaches HTTPS."));
        }
        return Part::new(
            host,
            Outcome::Fail,
            format!("http://{host} answers {} without encryption instead of leading to HTTPS.", first.status),
        );
    };
    let last = f.hops.last().map_or("", |h| h.url.as_str());
    if !f.looped && last.starts_with("http://") {
        return Part::new(host, Outcome::Fail, format!("http://{host} ends at {last}, without encryption."));
    }
    if f.looped && !f.hops.iter().any(|h| h.url.starts_with("https://")) {
        return Part::new(host, Outcome::Fail, format!("http://{host} redirects in a circle and never reaches HTTPS."));
    }
    if second.starts_with("http://") {
        return Part::new(host, Outcome::Warn, format!("http://{host} first goes to {second}, still unencrypted."));
    }
    if host_of(second) != host {
        return Part::new(
            host,
            Outcome::Warn,
            format!("http://{host} leaves for {} at once, so browsers never learn that {host} itself wants HTTPS.", host_of(second)),
        );
    }
    Part::new(host, Outcome::Pass, "")
}

#[test]
fn table() {
    const H: &str = "http://acme.example/";
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("to https of the same host", |_| {}, Outcome::Pass),
            (
                "a page over http",
                |f| {
                    f.chain(Purpose::Start, &[H]);
                },
                Outcome::Fail,
            ),
            (
                "ends at http",
                |f| {
                    f.chain(Purpose::Start, &[H, "http://www.acme.example/"]);
                },
                Outcome::Fail,
            ),
            (
                "http to http to https",
                |f| {
                    f.chain(Purpose::Start, &[H, "http://www.acme.example/", "https://www.acme.example/"]);
                },
                Outcome::Warn,
            ),
            (
                "straight to another host",
                |f| {
                    f.chain(Purpose::Start, &[H, "https://www.acme.example/"]);
                },
                Outcome::Warn,
            ),
            (
                "port 80 closed",
                |f| {
                    f.failed(Purpose::Start, H, FailKind::Refused);
                },
                Outcome::Pass,
            ),
            (
                "both ports closed",
                |f| {
                    f.failed(Purpose::Start, H, FailKind::Refused).failed(Purpose::Start, "https://acme.example/", FailKind::Refused);
                },
                Outcome::Unknown,
            ),
            (
                "port 80 silent",
                |f| {
                    f.failed(Purpose::Start, H, FailKind::Timeout);
                },
                Outcome::Unknown,
            ),
            (
                "a declared host serves http, though the front page is right",
                |f| {
                    f.chain(Purpose::Start, &["http://app.acme.example/"]);
                },
                Outcome::Fail,
            ),
            (
                "the Flexible loop",
                |f| {
                    f.chain(Purpose::Start, &[H, H]);
                    f.evidence.fetches.last_mut().unwrap().looped = true;
                    f.evidence.fetches.last_mut().unwrap().hops.truncate(1);
                },
                Outcome::Fail,
            ),
        ],
    );
}

//! PERF-12: text is sent compressed.

use crate::check::{Check, Context, Fix, Found, Part, Paste, Reference, Seen, join};
use crate::checks::help::{headers_seen, no_pages};
use crate::dead_ends::is_challenge;
use crate::evidence::{Collector, Fetch, Purpose, Response, Source};
use crate::taxonomy::{Area, Impact, Outcome, Stage};

/// PERF-12.
pub static CHECK: Check = Check {
    id: "PERF-12",
    name: "compression",
    title: "Compression",
    stage: Stage::Performance,
    area: Area::Caching,
    reads: &[Source::Outside],
    impact: Impact::Low,
    resting_impact: Impact::Low,
    needs: &[Collector::Dns, Collector::Http],
    why: "Pages and scripts arrive three to five times larger than need be, which phones on mobile data feel.",
    criterion: "HTML, scripts, styles and JSON above 2 kB must arrive with gzip, br or zstd when the browser accepts them.",
    minutes: 10,
    references: &[Reference { title: "RFC 9110 §8.4", url: "https://www.rfc-editor.org/rfc/rfc9110#section-8.4" }],
    rule,
};

/// Below this, compression saves nothing worth a packet.
const WORTH_IT: u64 = 2000;

fn rule(c: &Context) -> Found {
    let e = c.outside();
    let Some(front) = e.front() else { return Found::unknown(no_pages(e)) };
    if front.last().is_some_and(|(_, r)| is_challenge(r)) {
        return Found::blocked();
    }
    let site = e.target.domain.registrable();
    let own = |u: &str| crate::evidence::host_of(u).ends_with(site);
    let texts: Vec<(&Fetch, &str, &Response)> = [front]
        .into_iter()
        .chain(e.fetches_for(Purpose::Asset))
        .filter_map(|f| f.last().map(|(u, r)| (f, u, r)))
        .filter(|(_, u, r)| own(u) && r.status == 200 && is_text(r) && r.body.as_ref().is_some_and(|b| b.size > WORTH_IT))
        .collect();
    if texts.is_empty() {
        return Found::na("Nothing that was loaded is text above 2 kB.");
    }
    let parts: Vec<Part> = texts
        .iter()
        .map(|(_, u, r)| match r.header("content-encoding") {
            Some(enc) if ["gzip", "br", "zstd", "deflate"].iter().any(|k| enc.to_ascii_lowercase().contains(k)) => {
                Part::new(*u, Outcome::Pass, "")
            }
            _ => Part::new(*u, Outcome::Warn, format!("{u} arrives uncompressed ({} kB).", r.body.as_ref().map_or(0, |b| b.size / 1000))),
        })
        .collect();
    let seen: Vec<Seen> = texts.iter().map(|(f, _, r)| headers_seen(f, r, &["content-type", "content-encoding", "vary"])).collect();
    let no_vary = texts.iter().any(|(_, _, r)| {
        r.header("content-encoding").is_some() && !r.all("vary").any(|v| v.to_ascii_lowercase().contains("accept-encoding"))
    });
    let good = if no_vary {
        "Text arrives compressed. Add Vary: Accept-Encoding, so that a shared cache never hands it to a client that cannot read it."
    } else {
        "Text arrives compressed."
    };
    let found = join(CHECK.impact, &parts, good).seen(seen);
    if !found.outcome.is_open() {
        return found;
    }
    found.fix(Fix {
        title: "Switch compression on for text".into(),
        steps: vec![
            "Switch it on for text of every kind in what answers: HTML, styles, scripts, JSON and SVG. Many servers compress HTML only by default.".into(),
            "A CDN such as Cloudflare does it by itself once the host goes through it.".into(),
        ],
        paste: vec![Paste::add(
            "answers with text, to a browser that takes it",
            ["Content-Encoding: gzip, br or zstd", "Vary: Accept-Encoding"],
        )],
        undo: "Remove the lines.".into(),
        risk: None,
        minutes: CHECK.minutes,
    })
}

fn is_text(r: &Response) -> bool {
    let t = r.media_type();
    t.starts_with("text/") || t.ends_with("+xml") || t.ends_with("json") || t.contains("javascript")
}

#[test]
fn table() {
    use crate::fixture::set;
    const URL: &str = "https://acme.example/";
    const A: &str = "https://acme.example/assets/app.3f9c1b2a.js";
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("compressed", |_| {}, Outcome::Pass),
            (
                "the page is not",
                |f| {
                    f.page(URL, |r| set(r, "content-encoding", ""));
                },
                Outcome::Warn,
            ),
            (
                "the script is not, since nginx compresses only HTML by default",
                |f| {
                    f.page(A, |r| set(r, "content-encoding", ""));
                },
                Outcome::Warn,
            ),
            (
                "too small to matter",
                |f| {
                    f.no_assets().page(URL, |r| {
                        set(r, "content-encoding", "");
                        r.body.as_mut().unwrap().size = 900;
                    });
                },
                Outcome::Na,
            ),
            (
                "a picture needs none",
                |f| {
                    f.no_assets().page(URL, |r| {
                        set(r, "content-encoding", "");
                        set(r, "content-type", "image/png");
                    });
                },
                Outcome::Na,
            ),
            (
                "identity is no compression",
                |f| {
                    f.page(URL, |r| set(r, "content-encoding", "identity"));
                },
                Outcome::Warn,
            ),
        ],
    );
}

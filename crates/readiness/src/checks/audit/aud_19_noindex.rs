//! AUD-19: search engines may show the site.

use crate::check::{Check, Context, Fix, Found, Paste, Reference};
use crate::checks::help::{front_page, headers_seen, note};
use crate::dead_ends::is_challenge;
use crate::evidence::{Collector, Purpose, Source};
use crate::robots::{Robots, ended, hides};
use crate::taxonomy::{Area, Impact, Stage};

/// AUD-19.
pub static CHECK: Check = Check {
    id: "AUD-19",
    name: "production-accidentally-noindex",
    title: "Production accidentally noindex",
    stage: Stage::Audit,
    area: Area::Dns,
    reads: &[Source::Outside],
    impact: Impact::Medium,
    resting_impact: Impact::Medium,
    needs: &[Collector::Http],
    why: "Nobody finds the product by searching for its name, for as long as this stays.",
    criterion: "Fails when the front page says noindex by header or meta, or robots.txt shuts Google out; warns when it shuts another engine out or answers with an error; does not apply to internal products.",
    minutes: 5,
    references: &[
        Reference { title: "RFC 9309", url: "https://www.rfc-editor.org/rfc/rfc9309" },
        Reference { title: "Google: noindex", url: "https://developers.google.com/search/docs/crawling-indexing/block-indexing" },
    ],
    rule,
};

/// Crawlers of the engines that most people use, and the engine.
const ENGINES: [(&str, &str); 2] = [("googlebot", "Google"), ("bingbot", "Bing")];
/// Redirects of robots.txt that a crawler follows at least (RFC 9309 section 2.3.1.2).
const REDIRECTS: usize = 5;

fn rule(c: &Context) -> Found {
    let e = c.outside();
    if e.target.internal {
        return Found::na("The product is an internal one that search engines should not show.");
    }
    let (f, url, r) = match front_page(e) {
        Ok(x) => x,
        Err(found) => return found,
    };
    let facts = e.pages.iter().find(|p| p.url == url);
    let hidden = |v: &str, crawler: &str| hides(v, crawler) || ended(v, crawler, c.now);
    let header = |crawler| r.all("x-robots-tag").find(|v| hidden(v, crawler));
    let meta = |crawler| {
        let metas = facts.into_iter().flat_map(|p| &p.metas);
        metas.filter(|(n, _)| n == "robots" || n == crawler).find(|(_, v)| hidden(v, crawler)).map(|(n, v)| (n, v.as_str()))
    };
    let fix = |place: &str, wrong: &str| {
        Fix::new("Let search engines in", CHECK.minutes)
            .step("Remove what keeps them out. It usually comes from a setting for previews that reached production: look for an environment variable or a plugin's switch.")
            .paste(Paste { place: place.to_owned(), lines: vec![crate::check::Line::Remove(wrong.to_owned())] })
            .undo("Put it back.")
            .risk("Make sure first that previews and the application's inner pages keep theirs.")
    };
    if let Some(v) = header("googlebot") {
        return Found::fail(format!("{url} tells search engines to leave it out (X-Robots-Tag: {v})."))
            .seen([headers_seen(f, r, &["x-robots-tag"])])
            .fix(fix("response header", &format!("X-Robots-Tag: {v}")));
    }
    let tag = |(name, v): (&String, &str)| format!("<meta name=\"{name}\" content=\"{v}\">");
    if let Some((name, v)) = meta("googlebot") {
        let tag = tag((name, v));
        return Found::fail(format!("{url} tells search engines to leave it out (meta {name}: {v})."))
            .seen([note(url, tag.clone(), f.at())])
            .fix(fix("head of the page", &tag));
    }
    // Said to the other engine alone.
    let other = || {
        let (place, line) = header("bingbot")
            .map(|v| ("response header", format!("X-Robots-Tag: {v}")))
            .or_else(|| meta("bingbot").map(|m| ("head of the page", tag(m))))?;
        let seen = note(url, line.clone(), f.at());
        Some(Found::warn(format!("{url} tells Bing to leave it out ({line}).")).seen([seen]).fix(fix(place, &line)))
    };
    let Some((robots, (at, answer))) = e.fetches_for(Purpose::Robots).find_map(|f| Some((f, f.last()?))) else {
        let unseen =
            || Found::unknown("The front page may be shown, but robots.txt was not seen.").seen([headers_seen(f, r, &["x-robots-tag"])]);
        return other().unwrap_or_else(unseen);
    };
    if is_challenge(answer) {
        return Found::blocked();
    }
    let file = answer.body.as_ref().map_or("", |b| b.extract.as_str());
    // A server that fails shuts crawlers out (section 2.3.1.4); a file that is not there, or behind too
    // many redirects, lets them in (2.3.1.3).
    // Google takes 429 for such a failure, too.
    if answer.status >= 500 || answer.status == 429 {
        return Found::warn(format!("robots.txt answers with {}, and crawlers stay away from a site as long as it does.", answer.status))
            .seen([note(at, robots.path(), robots.at())])
            .fix(
                Fix::new("Let robots.txt answer", CHECK.minutes)
                    .step("Serve a robots.txt, or let a missing one answer with 404: both let search engines in.")
                    .paste(Paste::add("robots.txt", ["User-agent: *", "Disallow:"]))
                    .undo("Remove the file."),
            );
    }
    // Crawlers read the file whatever its type says; a page in its place has tags.
    let page = answer.media_type() == "text/html" && file.contains('<');
    if answer.status == 200 && !page && robots.hops.len() <= REDIRECTS + 1 {
        let rules = Robots::parse(file);
        let path = url.splitn(4, '/').nth(3).map_or_else(|| "/".to_owned(), |p| format!("/{p}"));
        let out: Vec<&str> = ENGINES.iter().filter(|(crawler, _)| !rules.allows(crawler, &path)).map(|(_, name)| *name).collect();
        let shut = |whom: &str| format!("robots.txt shuts {whom} out of {url}.");
        let found = match out.as_slice() {
            [] => None,
            [_, _] => Some(Found::fail(shut("search engines"))),
            ["Google"] => Some(Found::fail(shut("Google"))),
            [other, ..] => Some(Found::warn(shut(other))),
        };
        if let Some(found) = found {
            return found.seen([note(at, file.chars().take(600).collect::<String>(), robots.at())]).fix(fix("robots.txt", "Disallow: /"));
        }
    }
    let shown = || Found::pass("Search engines may show the front page.").seen([headers_seen(f, r, &["x-robots-tag"])]);
    other().unwrap_or_else(shown)
}

#[test]
fn table() {
    use crate::fixture::{Fixture, set};
    use crate::taxonomy::Outcome;
    const P: &str = "https://acme.example/";
    fn robots(f: &mut Fixture, text: &str) {
        let hop = f.answer("https://acme.example/robots.txt", 200, &[("content-type", "text/plain")], text);
        f.fetch(Purpose::Robots, vec![hop]);
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("nothing in the way", |_| {}, Outcome::Pass),
            (
                "X-Robots-Tag",
                |f| {
                    f.page(P, |r| set(r, "x-robots-tag", "noindex, nofollow"));
                },
                Outcome::Fail,
            ),
            (
                "none means noindex",
                |f| {
                    f.page(P, |r| set(r, "x-robots-tag", "none"));
                },
                Outcome::Fail,
            ),
            (
                "for another crawler only",
                |f| {
                    f.page(P, |r| set(r, "x-robots-tag", "otherbot: noindex"));
                },
                Outcome::Pass,
            ),
            (
                "an end that has come",
                |f| {
                    f.page(P, |r| set(r, "x-robots-tag", "unavailable_after: 25 Jun 2020 15:00:00 PST"));
                },
                Outcome::Fail,
            ),
            (
                "for Bing alone by header",
                |f| {
                    f.page(P, |r| set(r, "x-robots-tag", "bingbot: noindex"));
                },
                Outcome::Warn,
            ),
            ("for Bing alone by meta", |f| f.evidence.pages[0].metas.push(("bingbot".into(), "noindex".into())), Outcome::Warn),
            (
                "a true robots.txt of the wrong type",
                |f| {
                    let hop =
                        f.answer("https://acme.example/robots.txt", 200, &[("content-type", "text/html")], "User-agent: *\nDisallow: /");
                    f.fetch(Purpose::Robots, vec![hop]);
                },
                Outcome::Fail,
            ),
            (
                "too many requests for Google",
                |f| {
                    let hop = f.answer("https://acme.example/robots.txt", 429, &[], "");
                    f.fetch(Purpose::Robots, vec![hop]);
                },
                Outcome::Warn,
            ),
            ("meta", |f| f.evidence.pages[0].metas.push(("robots".into(), "NOINDEX".into())), Outcome::Fail),
            ("nofollow alone", |f| f.evidence.pages[0].metas.push(("robots".into(), "nofollow".into())), Outcome::Pass),
            ("Disallow: / for all (RFC 9309 §2.2.2)", |f| robots(f, "User-agent: *\nDisallow: /\n"), Outcome::Fail),
            ("for one crawler", |f| robots(f, "User-agent: GPTBot\nDisallow: /\n\nUser-agent: *\nDisallow: /admin\n"), Outcome::Pass),
            ("Google alone", |f| robots(f, "User-agent: Googlebot\nDisallow: /\n"), Outcome::Fail),
            ("Bing alone", |f| robots(f, "User-agent: bingbot\nDisallow: /\n"), Outcome::Warn),
            ("a line that a naive reader cuts", |f| robots(f, "User-agent: *\nDisallow: /admin\n"), Outcome::Pass),
            (
                "max-image-preview:none is no noindex",
                |f| f.evidence.pages[0].metas.push(("robots".into(), "index, max-image-preview:none".into())),
                Outcome::Pass,
            ),
            (
                "through redirects (§2.3.1.2)",
                |f| {
                    f.chain(Purpose::Robots, &["https://acme.example/robots.txt", "https://www.acme.example/robots.txt"]);
                    let last = f.evidence.fetches.last_mut().unwrap().hops.last_mut().unwrap();
                    if let crate::evidence::Answer::Response(r) = &mut last.answer {
                        set(r, "content-type", "text/plain");
                        r.body.as_mut().unwrap().extract = "User-agent: *\nDisallow: /".into();
                    }
                },
                Outcome::Fail,
            ),
            (
                "the server fails (§2.3.1.4)",
                |f| {
                    let hop = f.answer("https://acme.example/robots.txt", 503, &[], "");
                    f.fetch(Purpose::Robots, vec![hop]);
                },
                Outcome::Warn,
            ),
            (
                "none (§2.3.1.3)",
                |f| {
                    let hop =
                        f.answer("https://acme.example/robots.txt", 404, &[("content-type", "text/plain")], "User-agent: *\nDisallow: /");
                    f.fetch(Purpose::Robots, vec![hop]);
                },
                Outcome::Pass,
            ),
            ("robots.txt not seen", |f| f.evidence.fetches.retain(|x| x.purpose != Purpose::Robots), Outcome::Unknown),
            ("several agents share a group (§2.2.1)", |f| robots(f, "User-agent: GPTBot\nUser-agent: *\nDisallow: /\n"), Outcome::Fail),
            ("Allow as long as Disallow wins (§2.2.2)", |f| robots(f, "User-agent: *\nDisallow: /\nAllow: /\n"), Outcome::Pass),
            ("the front page alone is allowed", |f| robots(f, "User-agent: *\nDisallow: /\nAllow: /$\n"), Outcome::Pass),
            ("an empty Disallow allows", |f| robots(f, "User-agent: *\nDisallow:\n"), Outcome::Pass),
            (
                "the app's page in place of robots.txt",
                |f| {
                    let hop = f.answer(
                        "https://acme.example/robots.txt",
                        200,
                        &[("content-type", "text/html")],
                        "<pre>User-agent: *\nDisallow: /",
                    );
                    f.fetch(Purpose::Robots, vec![hop]);
                },
                Outcome::Pass,
            ),
            (
                "an internal product",
                |f| {
                    f.evidence.target.internal = true;
                    f.page(P, |r| set(r, "x-robots-tag", "noindex"));
                },
                Outcome::Na,
            ),
            ("no page", |f| f.evidence.fetches.clear(), Outcome::Unknown),
        ],
    );
}

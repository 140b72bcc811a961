//! DEP-14: it can be told which release is online.

use crate::check::{Check, Context, Fix, Found, Paste, Reference};
use crate::checks::help::{front_page, headers_seen, is_fallback, note, unanswered};
use crate::evidence::{Collector, Fetch, Purpose, Source};
use crate::taxonomy::{Area, Impact, Stage};

/// DEP-14.
pub static CHECK: Check = Check {
    id: "DEP-14",
    name: "release-identity-visible",
    title: "Release identity visible",
    stage: Stage::Deployment,
    area: Area::Deployment,
    reads: &[Source::Outside],
    impact: Impact::Medium,
    resting_impact: Impact::Medium,
    needs: &[Collector::Http],
    why: "When something breaks, the first question is which release is online; without an answer an hour goes by before anybody rolls back.",
    criterion: "A header or the health endpoint names commit or version; warns when neither does. Whether it is the last deployment needs a look into your pipeline.",
    minutes: 20,
    references: &[Reference { title: "Sentry: releases", url: "https://docs.sentry.io/product/releases/" }],
    rule,
};

const HEADERS: [&str; 6] = ["x-version", "x-app-version", "x-release", "x-commit", "x-git-sha", "x-revision"];
const FIELDS: [&str; 9] =
    ["\"version\"", "\"commit\"", "\"sha\"", "\"git_sha\"", "\"gitsha\"", "\"release\"", "\"revision\"", "\"build\"", "\"releaseid\""];

fn rule(c: &Context) -> Found {
    let e = c.outside();
    let (f, _, r) = match front_page(e) {
        Ok(x) => x,
        Err(found) => return found,
    };
    let with_header = e
        .fetches
        .iter()
        .filter_map(|f: &Fetch| f.last().map(|(_, r)| (f, r)))
        .find(|(_, r)| HEADERS.iter().any(|h| r.header(h).is_some_and(|v| !v.trim().is_empty())));
    if let Some((f, r)) = with_header {
        return Found::pass("A header tells which release is online.").seen([headers_seen(f, r, &HEADERS)]);
    }
    let health = e.fetches_for(Purpose::Health).filter_map(|f| f.last().map(|(u, r)| (f, u, r))).find(|(_, _, r)| {
        let body = r.body.as_ref().map_or(String::new(), |b| b.extract.to_ascii_lowercase());
        r.media_type().ends_with("json") && !is_fallback(e, r) && FIELDS.iter().any(|k| body.contains(k))
    });
    if let Some((f, u, r)) = health {
        let body = r.body.as_ref().map_or("", |b| b.extract.as_str());
        return Found::pass(format!("{u} tells which release is online.")).seen([note(
            u,
            body.chars().take(400).collect::<String>(),
            f.at(),
        )]);
    }
    if let Some(why) = unanswered(e, Purpose::Health) {
        return Found::unknown(why);
    }
    Found::warn("Nothing tells which release is online.").seen([headers_seen(f, r, &HEADERS)]).fix(
        Fix::new("Show the commit in the health endpoint", CHECK.minutes)
            .step("Let the build write the commit into the environment, and the health endpoint answer with it: \"version\": the commit.")
            .step("Vercel has it as VERCEL_GIT_COMMIT_SHA, Netlify as COMMIT_REF, Render as RENDER_GIT_COMMIT, Fly as FLY_IMAGE_REF, GitHub Actions as GITHUB_SHA.")
            .paste(Paste::add("response header", ["X-Version: 3f9c1b2"]))
            .undo("Remove the field.")
            .risk("The commit of a private repository tells strangers nothing; versions of libraries would."),
    )
}

#[test]
fn table() {
    use crate::fixture::{Fixture, set};
    use crate::taxonomy::Outcome;
    fn health(f: &mut Fixture, kind: &str, body: &str) {
        f.evidence.fetches.retain(|x| x.purpose != Purpose::Health);
        let hop = f.answer("https://acme.example/health", 200, &[("content-type", kind)], body);
        f.fetch(Purpose::Health, vec![hop]);
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("the health endpoint names it", |_| {}, Outcome::Pass),
            ("nothing does", |f| health(f, "application/json", "{\"status\":\"ok\"}"), Outcome::Warn),
            (
                "a header",
                |f| {
                    health(f, "application/json", "{}");
                    f.page("https://acme.example/", |r| set(r, "x-git-sha", "3f9c1b2"));
                },
                Outcome::Pass,
            ),
            (
                "an empty header",
                |f| {
                    health(f, "application/json", "{}");
                    f.page("https://acme.example/", |r| set(r, "x-git-sha", " "));
                },
                Outcome::Warn,
            ),
            ("a page that writes about “version”", |f| health(f, "text/html", "\"version\""), Outcome::Warn),
            ("no page", |f| f.evidence.fetches.clear(), Outcome::Unknown),
        ],
    );
}

//! MON-04: the health endpoint tells the truth.

use crate::check::{Check, Context, Fix, Found, Paste, Reference, Seen};
use crate::checks::help::{front_page, headers_seen, is_fallback, note};
use crate::dead_ends::is_challenge;
use crate::evidence::{Answer, Collector, Fetch, Purpose, Response, Source};
use crate::taxonomy::{Area, Impact, Stage};

/// MON-04.
pub static CHECK: Check = Check {
    id: "MON-04",
    name: "health-endpoint-truthful",
    title: "Health endpoint is truthful",
    stage: Stage::Monitoring,
    area: Area::Monitoring,
    reads: &[Source::Outside],
    impact: Impact::High,
    resting_impact: Impact::High,
    needs: &[Collector::Http],
    why: "A monitor that watches a page which always answers 200 sleeps through the night in which nobody can sign in.",
    criterion: "Fails when the declared endpoint answers with the app's page or with an error, warns when it says nothing of its dependencies, may be cached, is slow or gives secrets away; passes on JSON with their state.",
    minutes: 30,
    references: &[Reference {
        title: "draft-inadarei-api-health-check",
        url: "https://datatracker.ietf.org/doc/html/draft-inadarei-api-health-check",
    }],
    rule,
};

/// Longest answer that a probe should wait for, in milliseconds.
const SLOW_MS: u64 = 1000;
/// Words that a dependency goes by.
const DEPENDENCIES: [&str; 14] = [
    "database",
    "\"db\"",
    "postgres",
    "mysql",
    "redis",
    "queue",
    "storage",
    "checks",
    "dependencies",
    "components",
    "services",
    "cache",
    "mail",
    "\"sqlite\"",
];

fn rule(c: &Context) -> Found {
    let e = c.outside();
    if let Err(found) = front_page(e) {
        return found;
    }
    let answers: Vec<(&Fetch, &str, &Response, u64)> = e
        .fetches_for(Purpose::Health)
        .filter_map(|f| {
            f.hops.last().and_then(|h| if let Answer::Response(r) = &h.answer { Some((f, h.url.as_str(), r, h.took_ms)) } else { None })
        })
        .collect();
    let fix = |title: &str| {
        Fix::new(title, CHECK.minutes)
            .step("Answer at one path with JSON: 200 while the database, the queue and the mail service can be reached, 503 when one cannot. Ask each with a short time limit.")
            .step("Keep it free of versions of libraries, addresses and keys; strangers read it too.")
            .paste(Paste::add(
                "GET /health",
                ["HTTP/1.1 200 OK", "Content-Type: application/json", "Cache-Control: no-store", "", "{\"status\":\"pass\",\"version\":\"3f9c1b2\",\"checks\":{\"database\":\"pass\",\"queue\":\"pass\",\"mail\":\"pass\"}}"],
            ))
            .undo("Point the monitor at the front page again.")
    };
    if !answers.is_empty() && answers.iter().all(|(_, _, r, _)| is_challenge(r)) {
        return Found::blocked();
    }
    let json = answers.iter().find(|(_, _, r, _)| r.media_type().ends_with("json") && r.status < 400 && !is_fallback(e, r));
    if let Some((f, url, r, took)) = json {
        let body = r.body.as_ref().map_or("", |b| b.extract.as_str()).to_ascii_lowercase();
        let seen: Vec<Seen> =
            vec![headers_seen(f, r, &["content-type", "cache-control"]), note(*url, body.chars().take(600).collect::<String>(), f.at())];
        let mut wrong = vec![];
        if ["password", "secret", "postgres://", "redis://", "api_key", "apikey"].iter().any(|w| body.contains(w)) {
            wrong.push("it seems to give secrets or addresses away".to_owned());
        }
        if !DEPENDENCIES.iter().any(|d| body.contains(d)) {
            wrong.push("it says nothing of the database and the other parts it needs".into());
        }
        if !r.header("cache-control").is_some_and(|v| v.contains("no-store") || v.contains("no-cache")) {
            wrong.push("a cache may keep it (no Cache-Control: no-store)".into());
        }
        if *took > SLOW_MS {
            wrong.push(format!("it took {took} ms"));
        }
        return if wrong.is_empty() {
            Found::pass(format!("{url} tells the state of what the product needs.")).seen(seen)
        } else {
            Found::warn(format!("{url} answers, but {}.", wrong.join("; ")))
                .seen(seen)
                .fix(fix("Let the health endpoint tell the state of what it needs"))
        };
    }
    // A guessed path that answers JSON about its parts is a health endpoint, and this is what it is for.
    let ill = answers.iter().find(|(_, _, r, _)| {
        let body = r.body.as_ref().map_or("", |b| b.extract.as_str()).to_ascii_lowercase();
        r.status >= 500 && r.media_type().ends_with("json") && body.contains("\"status\"") && DEPENDENCIES.iter().any(|d| body.contains(d))
    });
    if let Some((f, url, r, _)) = ill {
        return Found::fail(format!("{url} answers {}: it says that something the product needs is not there.", r.status))
            .seen([headers_seen(f, r, &["content-type"])])
            .fix(fix("Repair what the health endpoint names as failed"));
    }
    let told: Vec<Seen> =
        answers.iter().map(|(f, u, r, _)| Seen { source: (*u).to_owned(), ..headers_seen(f, r, &["content-type"]) }).collect();
    if e.target.health.is_empty() {
        // A path that we guessed proves nothing by being absent.
        return Found::unknown("No health endpoint answers at the usual paths (/health, /healthz, /api/health, /up). If there is one, declare its path in the settings.").seen(told);
    }
    let Some((_, url, r, _)) = answers.first() else { return Found::unknown("No health endpoint was asked in time.") };
    let what = if r.status >= 400 {
        format!("{url} answers {}.", r.status)
    } else if is_fallback(e, r) {
        format!("{url} answers with the app's page, as every path does: it is 200 even when the server behind is down.")
    } else {
        format!(
            "{url} answers with {} in place of JSON, so nobody can tell what it checked.",
            if r.media_type().is_empty() { "no type".to_owned() } else { r.media_type() }
        )
    };
    let found = if r.status >= 400 || is_fallback(e, r) || r.media_type() == "text/html" { Found::fail(what) } else { Found::warn(what) };
    found.seen(told).fix(fix("Give the product a health endpoint that tells the truth"))
}

#[test]
fn table() {
    use crate::fixture::Fixture;
    use crate::taxonomy::Outcome;
    const U: &str = "https://acme.example/health";
    fn health(f: &mut Fixture, declared: bool, status: u16, headers: &[(&str, &str)], body: &str) {
        f.evidence.target.health = if declared { vec!["/health".into()] } else { vec![] };
        f.evidence.fetches.retain(|x| x.purpose != Purpose::Health);
        let hop = f.answer(U, status, headers, body);
        f.fetch(Purpose::Health, vec![hop]);
    }
    const J: (&str, &str) = ("content-type", "application/json");
    const N: (&str, &str) = ("cache-control", "no-store");
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("the state of each part", |_| {}, Outcome::Pass),
            ("ok and nothing else", |f| health(f, false, 200, &[J, N], "{\"status\":\"ok\"}"), Outcome::Warn),
            ("may be cached", |f| health(f, false, 200, &[J], "{\"checks\":{\"database\":\"ok\"}}"), Outcome::Warn),
            ("gives an address away", |f| health(f, false, 200, &[J, N], "{\"database\":\"postgres://x\"}"), Outcome::Warn),
            (
                "application/health+json",
                |f| health(f, false, 200, &[("content-type", "application/health+json"), N], "{\"checks\":{}}"),
                Outcome::Pass,
            ),
            (
                "the app's page, declared",
                |f| {
                    health(f, true, 200, &[("content-type", "text/html")], "Not found");
                    for x in f.evidence.fetches.iter_mut().filter(|x| x.purpose == Purpose::Random) {
                        if let Answer::Response(r) = &mut x.hops[0].answer {
                            r.status = 200;
                        }
                    }
                },
                Outcome::Fail,
            ),
            ("404, declared", |f| health(f, true, 404, &[("content-type", "text/html")], "no"), Outcome::Fail),
            ("404, guessed", |f| health(f, false, 404, &[("content-type", "text/html")], "no"), Outcome::Unknown),
            ("plain OK, declared", |f| health(f, true, 200, &[("content-type", "text/plain")], "OK"), Outcome::Warn),
            (
                "503 while a part is down, declared",
                |f| health(f, true, 503, &[J, N], "{\"checks\":{\"database\":\"fail\"}}"),
                Outcome::Fail,
            ),
            (
                "slow",
                |f| {
                    for x in f.evidence.fetches.iter_mut().filter(|x| x.purpose == Purpose::Health) {
                        x.hops[0].took_ms = 1500;
                    }
                },
                Outcome::Warn,
            ),
            ("not asked", |f| f.evidence.fetches.retain(|x| x.purpose != Purpose::Health), Outcome::Unknown),
            ("no page", |f| f.evidence.fetches.clear(), Outcome::Unknown),
        ],
    );
}

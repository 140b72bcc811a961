//! EDG-08: the edge reaches the server behind it.

use crate::check::{Check, Context, Fix, Found, Reference, Seen};
use crate::checks::help::{fetch_seen, no_pages};
use crate::evidence::{Answer, Collector, Purpose, Response, Source};
use crate::taxonomy::{Area, Impact, Stage};

/// EDG-08.
pub static CHECK: Check = Check {
    id: "EDG-08",
    name: "edge-error-codes",
    title: "Edge error codes",
    stage: Stage::Edge,
    area: Area::Monitoring,
    reads: &[Source::Outside],
    impact: Impact::Critical,
    resting_impact: Impact::Critical,
    needs: &[Collector::Http],
    why: "Your customers see the edge's error page instead of your product.",
    criterion: "Looks for the edge's own errors (520 to 530, “error code: 1xxx”, 502 to 504 of an edge): fails when the front page shows one, warns when some other answer does.",
    minutes: 20,
    references: &[Reference {
        title: "Cloudflare: 5xx errors",
        url: "https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/",
    }],
    rule,
};

/// The edge's error in a response, if it is one.
fn edge_error(r: &Response) -> Option<String> {
    let body = r.body.as_ref().map_or("", |b| b.extract.as_str());
    if (520..=530).contains(&r.status) {
        return Some(format!("{}", r.status));
    }
    let edge = ["cf-ray", "x-vercel-id", "x-nf-request-id", "fly-request-id", "x-amz-cf-id", "x-served-by", "x-azure-ref"]
        .iter()
        .any(|h| r.header(h).is_some());
    if edge && matches!(r.status, 502..=504) {
        return Some(format!("{} from the edge", r.status));
    }
    let at = body.find("error code: 1").filter(|_| r.status >= 400)?;
    Some(body.get(at..)?.chars().take(16).collect())
}

fn rule(c: &Context) -> Found {
    let e = c.outside();
    let looked = |p: Purpose| matches!(p, Purpose::Start | Purpose::Login | Purpose::App | Purpose::Asset | Purpose::Random);
    let mut answers = 0;
    let mut bad: Vec<(bool, String, Seen)> = vec![];
    for f in e.fetches.iter().filter(|f| looked(f.purpose)) {
        let Some(Answer::Response(r)) = f.hops.last().map(|h| &h.answer) else { continue };
        answers += 1;
        if let Some(code) = edge_error(r) {
            let front = f.purpose == Purpose::Start;
            bad.push((front, format!("{} shows the edge's error {code}", f.hops.last().map_or("", |h| &h.url)), fetch_seen(f)));
        }
    }
    if answers == 0 {
        return Found::unknown(no_pages(e));
    }
    let Some((_, first, _)) = bad.iter().max_by_key(|(front, ..)| *front) else {
        return Found::pass(format!("None of {answers} answers was an error of the edge."));
    };
    let fronts = bad.iter().filter(|(front, ..)| *front).count();
    // One answer may be a restart; the way in and a second answer are not.
    let found =
        if fronts > 0 && bad.len() > 1 { Found::fail(format!("{first}, and not once only.")) } else { Found::warn(format!("{first}.")) };
    found.seen(bad.iter().map(|(_, _, s)| s.clone()).take(6)).fix(
        Fix::new("Make the server behind the edge reachable", CHECK.minutes)
            .step("521 and 522: the server is down, or its firewall refuses the edge. 525 and 526: its certificate is missing, expired or not trusted; issue one, then keep SSL at Full (strict). 520 and 502: it breaks off; read its log of this minute.")
            .step("530 and 1016: the edge's record leads to a name that does not exist.")
            .undo("Nothing to undo."),
    )
}

#[test]
fn table() {
    use crate::taxonomy::Outcome;
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("no such error", |_| {}, Outcome::Pass),
            (
                "522 everywhere",
                |f| {
                    f.page("https://acme.example/", |r| r.status = 522);
                },
                Outcome::Fail,
            ),
            (
                "521 for one asset",
                |f| {
                    f.page("https://acme.example/assets/app.3f9c1b2a.js", |r| r.status = 521);
                },
                Outcome::Warn,
            ),
            (
                "error code 1016",
                |f| {
                    f.page("https://acme.example/", |r| {
                        r.status = 409;
                        r.body.as_mut().unwrap().extract = "error code: 1016".into();
                    });
                },
                Outcome::Fail,
            ),
            (
                "503 of one's own server is not the edge's",
                |f| {
                    f.page("https://acme.example/", |r| {
                        r.status = 503;
                        r.headers.clear();
                    });
                },
                Outcome::Pass,
            ),
            (
                "a page that writes about error code: 1020",
                |f| {
                    f.page("https://acme.example/", |r| r.body.as_mut().unwrap().extract = "what error code: 1020 means".into());
                },
                Outcome::Pass,
            ),
            ("no answer", |f| f.evidence.fetches.clear(), Outcome::Unknown),
        ],
    );
}

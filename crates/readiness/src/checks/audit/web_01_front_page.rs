//! WEB-01: the front page answers, and it is yours.

use crate::check::{Check, Context, Fix, Found, Part, Reference, Seen, join};
use crate::checks::help::{fetch_seen, no_pages};
use crate::evidence::{Collector, Source};
use crate::front::{Visit, visit, visits};
use crate::taxonomy::{Area, Impact, Outcome, Stage};

/// WEB-01.
pub static CHECK: Check = Check {
    id: "WEB-01",
    name: "front-page-answers",
    title: "The front page answers",
    stage: Stage::Audit,
    area: Area::Dns,
    reads: &[Source::Outside],
    impact: Impact::Critical,
    resting_impact: Impact::Critical,
    needs: &[Collector::Dns, Collector::Http],
    why: "Whoever follows a link, an ad or your own mail finds no product, and does not come back.",
    criterion: "Fails when the domain or a declared host answers with an error, an empty or white page, a provider's, parking or default page, or ends at a host that is not yours; warns when a declared host is locked; is blocked by the signature of a challenge alone.",
    minutes: 30,
    references: &[
        Reference { title: "RFC 9110 §15", url: "https://www.rfc-editor.org/rfc/rfc9110#section-15" },
        Reference { title: "can-i-take-over-xyz", url: "https://github.com/EdOverflow/can-i-take-over-xyz" },
    ],
    rule,
};

fn rule(c: &Context) -> Found {
    let e = c.outside();
    let hosts = e.target.required_hosts();
    let found: Vec<(&String, Visit)> = hosts.iter().map(|h| (h, visit(e, h))).collect();
    let seen: Vec<Seen> = hosts.iter().flat_map(|h| visits(e, h).into_iter().map(fetch_seen).collect::<Vec<_>>()).collect();
    if e.fetches.is_empty() && found.iter().all(|(_, v)| matches!(v, Visit::Unseen(_))) {
        return Found::unknown(no_pages(e));
    }
    let parts: Vec<Part> = found
        .iter()
        .map(|(host, v)| {
            let (outcome, text) = match v {
                Visit::Fine(t) => (Outcome::Pass, t),
                Visit::Down(t) | Visit::NotYours(t) | Visit::White(t) => (Outcome::Fail, t),
                Visit::Locked(t) if e.target.internal => (Outcome::Pass, t),
                Visit::Locked(t) if host.as_str() == e.target.domain.as_str() => (Outcome::Fail, t),
                Visit::Locked(t) | Visit::Elsewhere(t) => (Outcome::Warn, t),
                Visit::Blocked(t) => (Outcome::Blocked, t),
                Visit::Unseen(t) => (Outcome::Unknown, t),
            };
            Part::new(host.as_str(), outcome, text.as_str())
        })
        .collect();
    let good = if hosts.len() == 1 {
        format!("The front page of {} answers with something to show.", e.target.domain)
    } else {
        format!("All {} hosts answer with something of yours.", hosts.len())
    };
    let joined = join(CHECK.impact, &parts, good).seen(seen);
    let open = |v: &Visit| !matches!(v, Visit::Fine(_) | Visit::Blocked(_) | Visit::Unseen(_));
    match found.iter().find(|(_, v)| open(v)) {
        Some((host, v)) if joined.outcome.is_open() => joined.fix(fix(host, v)),
        _ => joined,
    }
}

/// What to do about the first host that is not fine.
fn fix(host: &str, v: &Visit) -> Fix {
    let base = Fix::new(format!("Bring {host} up"), CHECK.minutes);
    let fix = match v {
        Visit::NotYours(_) | Visit::Elsewhere(_) => Fix { title: format!("Make {host} show your product"), ..base }
            .step(format!("At the provider that runs the product add {host} to its custom domains, and note the record that it shows."))
            .step(format!("At your DNS provider set that record for {host}, and remove what points elsewhere: parking, forwarding, an old server."))
            .step("If the page that was seen is yours after all, add its host to the hosts of this project and scan again."),
        Visit::Locked(_) => Fix { title: format!("Open {host} to visitors"), ..base }
            .step("Switch off password or deployment protection for production; leave it on for previews.")
            .step("If this product is an internal one, say so in the project's settings; then a lock is right."),
        Visit::White(_) => Fix { title: format!("Serve what the page of {host} loads"), ..base }
            .step("Open the page with the browser's network panel: the scripts that answer 404, or with a page, are the ones to look at.")
            .step("Build and deploy again, the page and its assets from one build. Keep the assets of the last releases, so that a cached page still finds them.")
            .step("If the site stands below a path, set the base path of the build (Vite `base`, Next.js `assetPrefix`) to it."),
        _ => base
            .step("Look into the log of the host or platform at the time of this scan: the first error after the request names the cause.")
            .step("If a deploy came before it, roll back to the release that worked, then look for the cause without haste.")
            .step(format!("Open https://{host}/ in a private window, and press Re-check.")),
    };
    fix.undo("Redeploy the release, or put the record back, that stood before.")
}

#[test]
fn table() {
    use crate::evidence::{FailKind, Purpose};
    use crate::fixture::{Fixture, set};
    use Outcome::{Blocked, Fail, Pass, Unknown, Warn};
    const FRONT: &str = "https://acme.example/";
    const APP: &str = "https://app.acme.example/";
    fn shows(f: &mut Fixture, url: &str, status: u16, headers: &[(&str, &str)], body: &str) {
        let mut hop = f.answer(url, status, headers, body);
        if let crate::evidence::Answer::Response(r) = &mut hop.answer
            && let Some(b) = &mut r.body
        {
            b.size = body.len() as u64;
        }
        f.fetch(Purpose::Start, vec![hop]);
    }
    const HTML: &[(&str, &str)] = &[("content-type", "text/html")];
    /// A page without text that loads these scripts.
    fn shell(f: &mut Fixture, scripts: &[&str]) {
        use crate::evidence::{RefKind::Script, Reference};
        let page = &mut f.evidence.pages[0];
        page.text = Some(0);
        page.refs = scripts.iter().map(|u| Reference { kind: Script, url: (*u).to_owned(), integrity: None }).collect();
    }
    fn gone(f: &mut Fixture, url: &str, status: u16) {
        let hop = f.answer(url, status, HTML, "nothing");
        f.fetch(Purpose::Asset, vec![hop]);
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("answers", |_| {}, Pass),
            ("500", |f| shows(f, FRONT, 500, HTML, "oops"), Fail),
            ("a plain 503", |f| shows(f, FRONT, 503, HTML, "Service Unavailable"), Fail),
            ("a bare 403", |f| shows(f, FRONT, 403, HTML, "Forbidden"), Fail),
            ("a bare 429", |f| shows(f, FRONT, 429, HTML, "slow down"), Fail),
            ("Vercel knows no deployment", |f| shows(f, FRONT, 404, &[("x-vercel-error", "DEPLOYMENT_NOT_FOUND")], "404"), Fail),
            ("a bucket", |f| shows(f, FRONT, 403, HTML, "<Error><Code>AccessDenied</Code></Error>"), Fail),
            ("401 to everybody", |f| shows(f, FRONT, 401, &[("www-authenticate", "Basic")], ""), Fail),
            (
                "401 of an internal product",
                |f| {
                    f.evidence.target.internal = true;
                    shows(f, FRONT, 401, &[("www-authenticate", "Basic")], "");
                },
                Pass,
            ),
            ("an empty 200", |f| shows(f, FRONT, 200, HTML, ""), Fail),
            ("204", |f| shows(f, FRONT, 204, &[], ""), Fail),
            ("nginx as installed", |f| shows(f, FRONT, 200, HTML, "<title>Welcome to nginx!</title>"), Fail),
            ("parking", |f| shows(f, FRONT, 200, HTML, "<script>window.location.href=\"/lander\"</script>"), Fail),
            (
                "a dealer",
                |f| {
                    f.chain(Purpose::Start, &[FRONT, "https://www.hugedomains.com/domain_profile.cfm?d=acme"]);
                },
                Fail,
            ),
            (
                "another company",
                |f| {
                    f.chain(Purpose::Start, &[FRONT, "https://shop.other.test/"]);
                },
                Fail,
            ),
            (
                "the same name under another ending",
                |f| {
                    f.chain(Purpose::Start, &[FRONT, "https://www.acme.test/"]);
                },
                Warn,
            ),
            (
                "an app host that begins with a sign-in service",
                |f| {
                    f.chain(Purpose::Start, &[APP, "https://acme.eu.auth0.com/login"]);
                },
                Pass,
            ),
            ("a locked app host", |f| shows(f, APP, 401, HTML, "vercel.com/sso-api"), Warn),
            ("an app host is down", |f| shows(f, APP, 502, HTML, "<h1>502 Bad Gateway</h1>"), Fail),
            ("a JSON 404 at the root", |f| shows(f, APP, 404, &[("content-type", "application/json")], "{}"), Pass),
            (
                "the shell's only script is missing",
                |f| {
                    let script = f.evidence.pages[0].refs[0].url.clone();
                    f.evidence.pages[0].text = Some(0);
                    let hop = f.answer(&script, 404, HTML, "nothing");
                    f.fetch(Purpose::Asset, vec![hop]);
                },
                Fail,
            ),
            (
                "a script is missing on a page with text",
                |f| {
                    let script = f.evidence.pages[0].refs[0].url.clone();
                    f.evidence.pages[0].text = Some(4000);
                    let hop = f.answer(&script, 404, HTML, "nothing");
                    f.fetch(Purpose::Asset, vec![hop]);
                },
                Pass,
            ),
            (
                "the main script is missing beside one that measures",
                |f| {
                    shell(f, &["https://acme.example/_vercel/insights/script.js", "https://acme.example/assets/index-D1.js"]);
                    gone(f, "https://acme.example/assets/index-D1.js", 404);
                },
                Fail,
            ),
            (
                "the only module is missing beside one for old browsers",
                |f| {
                    shell(f, &["https://acme.example/polyfills.1.js", "https://acme.example/x7.js"]);
                    f.evidence.pages[0].nomodule.push("https://acme.example/polyfills.1.js".into());
                    f.evidence.pages[0].modules.push("https://acme.example/x7.js".into());
                    gone(f, "https://acme.example/x7.js", 404);
                },
                Fail,
            ),
            (
                "a module as plain text",
                |f| {
                    shell(f, &["https://acme.example/x7.js"]);
                    f.evidence.pages[0].modules.push("https://acme.example/x7.js".into());
                    let hop = f.answer("https://acme.example/x7.js", 200, &[("content-type", "text/plain")], "x");
                    f.fetch(Purpose::Asset, vec![hop]);
                },
                Fail,
            ),
            (
                "a script beside the main one is missing",
                |f| {
                    shell(f, &["https://acme.example/config.js", "https://acme.example/main.js"]);
                    gone(f, "https://acme.example/config.js", 404);
                },
                Pass,
            ),
            (
                "a script is refused to our scanner",
                |f| {
                    shell(f, &["https://acme.example/main.js"]);
                    gone(f, "https://acme.example/main.js", 429);
                },
                Pass,
            ),
            (
                "another company's script is missing on a sign-in form",
                |f| {
                    shell(f, &["https://challenges.cloudflare.test/api.js"]);
                    f.evidence.pages[0].fields = 2;
                    f.evidence.pages[0].text = Some(22);
                    gone(f, "https://challenges.cloudflare.test/api.js", 404);
                },
                Pass,
            ),
            ("a download", |f| shows(f, FRONT, 200, &[("content-type", "application/octet-stream")], "<h1>Acme</h1>"), Fail),
            (
                "a script that leads to a dealer",
                |f| {
                    shell(f, &[]);
                    f.evidence.pages[0].inline_scripts = 1;
                    shows(
                        f,
                        FRONT,
                        200,
                        HTML,
                        "<script>window.location.replace(\"https://www.afternic.com/forsale/acme.example\")</script>",
                    );
                },
                Fail,
            ),
            (
                "a script that leads into the product",
                |f| {
                    shell(f, &[]);
                    f.evidence.pages[0].inline_scripts = 1;
                    shows(f, FRONT, 200, HTML, "<script>location.href='/en/'</script>");
                },
                Pass,
            ),
            (
                "a frame of another company's site",
                |f| {
                    shell(f, &[]);
                    let url = "https://othercompany.test/shop".into();
                    f.evidence.pages[0].refs.push(crate::evidence::Reference {
                        kind: crate::evidence::RefKind::Frame,
                        url,
                        integrity: None,
                    });
                },
                Warn,
            ),
            (
                "a challenge at 202",
                |f| {
                    f.page(FRONT, |r| {
                        r.status = 202;
                        set(r, "sg-captcha", "challenge");
                    });
                },
                Blocked,
            ),
            (
                "nothing answers in time",
                |f| {
                    for host in ["acme.example", "www.acme.example", "app.acme.example"] {
                        for scheme in ["https", "http"] {
                            f.failed(Purpose::Start, &format!("{scheme}://{host}/"), FailKind::Timeout);
                        }
                    }
                },
                Unknown,
            ),
            (
                "every port is closed",
                |f| {
                    for host in ["acme.example", "www.acme.example"] {
                        for scheme in ["https", "http"] {
                            f.failed(Purpose::Start, &format!("{scheme}://{host}/"), FailKind::Refused);
                        }
                    }
                },
                Fail,
            ),
        ],
    );
}

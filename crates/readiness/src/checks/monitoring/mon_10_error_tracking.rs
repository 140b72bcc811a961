//! MON-10: errors in the browser are told to somebody.

use crate::check::{Check, Context, Fix, Found, Paste, Reference};
use crate::checks::audit::searched;
use crate::checks::help::{headers_seen, note};
use crate::evidence::{Collector, Source};
use crate::stack::{self, Layer};
use crate::taxonomy::{Area, Impact, Stage};

/// MON-10.
pub static CHECK: Check = Check {
    id: "MON-10",
    name: "error-tracking-client-side-detected",
    title: "Error tracking client side detected",
    stage: Stage::Monitoring,
    area: Area::Monitoring,
    reads: &[Source::Outside],
    impact: Impact::Medium,
    resting_impact: Impact::Medium,
    needs: &[Collector::Http],
    why: "A button that throws an error in one browser loses every customer with that browser, silently.",
    criterion: "Scripts and headers: passes when an error tracker shows (presence only), warns when none does.",
    minutes: 30,
    references: &[Reference { title: "W3C Reporting API", url: "https://www.w3.org/TR/reporting-1/" }],
    rule,
};

fn rule(c: &Context) -> Found {
    let b = match searched(c) {
        Ok(b) => b,
        Err(found) => return found,
    };
    let parts: Vec<_> = stack::detect(c.outside()).into_iter().filter(|p| p.layer == Layer::Errors).collect();
    if let Some(p) = parts.first() {
        return Found::pass(format!("{} is loaded. Whether its alerts reach somebody is another check's matter.", p.name))
            .seen(parts.iter().map(|p| note(p.name.clone(), p.because.clone(), c.outside().started_at)));
    }
    let reports = c
        .outside()
        .fetches
        .iter()
        .filter_map(|f| f.last().map(|(_, r)| (f, r)))
        .find(|(_, r)| r.header("reporting-endpoints").is_some() || r.header("report-to").is_some());
    if let Some((f, r)) = reports {
        return Found::pass("Browsers are asked to report errors (Reporting API).").seen([headers_seen(
            f,
            r,
            &["reporting-endpoints", "report-to"],
        )]);
    }
    let looked = b.searched.iter().map(|s| s.url.as_str()).take(12).collect::<Vec<_>>().join("\n");
    let cut = b.cut.as_ref().map(|w| format!(" Not all was searched: {w}.")).unwrap_or_default();
    Found::warn(format!("No error tracker shows in {} texts of the site.{cut}", b.searched.len()))
        .seen([note("searched", looked, c.outside().finished_at)])
        .fix(
            Fix::new("Let an error tracker watch the browser", CHECK.minutes)
                .step("Sentry, GlitchTip or Bugsink understand the same lines; the latter two you can run yourself.")
                .step("Set environment and release, so that you see which deploy broke what, and an alert for new errors.")
                .paste(Paste::add(
                    "before everything else in your script",
                    [
                        "import * as Sentry from \"@sentry/browser\";",
                        "Sentry.init({ dsn: \"the address of your project\", environment: \"production\", release: \"commit\" });",
                    ],
                ))
                .undo("Remove the lines.")
                .risk("Switch the recording of inputs off, so that no password is sent along."),
        )
}

#[test]
fn table() {
    use crate::evidence::{RefKind, Reference as Ref};
    use crate::fixture::{Fixture, set};
    use crate::taxonomy::Outcome;
    const S: &str = "https://acme.example/assets/app.3f9c1b2a.js";
    fn none(f: &mut Fixture) {
        for s in &mut f.evidence.bundles.as_mut().unwrap().searched {
            s.hits.clear();
        }
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("Sentry in the bundle", |_| {}, Outcome::Pass),
            ("none", none, Outcome::Warn),
            (
                "a DSN (GlitchTip and Bugsink have the same)",
                |f| {
                    none(f);
                    f.hit(S, "sentry-dsn");
                },
                Outcome::Pass,
            ),
            (
                "Rollbar",
                |f| {
                    none(f);
                    f.hit(S, "rollbar");
                },
                Outcome::Pass,
            ),
            (
                "a script of the tracker",
                |f| {
                    none(f);
                    f.evidence.pages[0].refs.push(Ref {
                        kind: RefKind::Script,
                        url: "https://browser.sentry-cdn.com/8/bundle.js".into(),
                        integrity: None,
                    });
                },
                Outcome::Pass,
            ),
            (
                "the Reporting API",
                |f| {
                    none(f);
                    f.page("https://acme.example/", |r| set(r, "reporting-endpoints", "default=\"https://r.acme.example/\""));
                },
                Outcome::Pass,
            ),
            (
                "the owner says so",
                |f| {
                    none(f);
                    f.evidence.target.stack = vec![("errors".into(), "our own".into())];
                },
                Outcome::Pass,
            ),
            ("nothing searched", |f| f.evidence.bundles = None, Outcome::Unknown),
        ],
    );
}

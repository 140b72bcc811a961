//! AUD-08: what is online is a production build.

use super::aud_02_bundle_secrets::{hits, searched};
use crate::check::{Check, Context, Fix, Found, Paste, Reference};
use crate::checks::help::note;
use crate::evidence::{Collector, Source};
use crate::rules::{self, LeftoverGroup};
use crate::taxonomy::{Area, Impact, Stage};

/// AUD-08.
pub static CHECK: Check = Check {
    id: "AUD-08",
    name: "dev-build-or-debug-mode",
    title: "Dev build or debug mode",
    stage: Stage::Audit,
    area: Area::Deployment,
    reads: &[Source::Outside],
    impact: Impact::High,
    resting_impact: Impact::High,
    needs: &[Collector::Http],
    why: "A debug page shows strangers your settings and code at the first error, and a development build is several times slower.",
    criterion: "Pages, error pages and scripts: fails on a development server's client, a development build, or a debugger's page.",
    minutes: 15,
    references: &[Reference {
        title: "OWASP ASVS 13.4.2",
        url: "https://owasp.org/www-project-application-security-verification-standard/",
    }],
    rule,
};

fn rule(c: &Context) -> Found {
    let b = match searched(c) {
        Ok(b) => b,
        Err(found) => return found,
    };
    let bad: Vec<_> = hits(b)
        .into_iter()
        .filter(|(_, h, _)| matches!(rules::leftover_group(&h.rule), Some(LeftoverGroup::Dev | LeftoverGroup::Debug)))
        .collect();
    let Some((url, h, _)) = bad.first() else {
        return Found::pass(format!("{} texts were searched; none comes from a development build or a debugger.", b.searched.len()));
    };
    Found::fail(format!("{} shows at {url} (line {}).", rules::name(&h.rule), h.line))
        .seen(bad.iter().map(|(u, h, at)| note(*u, format!("line {}: {} {}", h.line, rules::name(&h.rule), h.masked), *at)).take(12))
        .fix(
            Fix::new("Run the production build, with debugging off", CHECK.minutes)
                .step("Set the environment of the server and deploy the built files, not the development server: npm run build, then serve dist/ or npm start.")
                .step("Django: DEBUG = False and ALLOWED_HOSTS. Laravel: APP_DEBUG=false, then php artisan config:cache. Rails: RAILS_ENV=production. Flask: never debug=True behind a public address.")
                .paste(Paste::add("environment of the server", ["NODE_ENV=production", "APP_DEBUG=false", "DJANGO_DEBUG=False", "RAILS_ENV=production"]))
                .undo("Set the variables back.")
                .risk("Error pages become plain; have an error tracker first, so that you still learn what broke."),
        )
}

#[test]
fn table() {
    use crate::taxonomy::Outcome;
    const P: &str = "https://acme.example/";
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("a production build", |_| {}, Outcome::Pass),
            ("Vite's client", |f| f.hit(P, "vite-client"), Outcome::Fail),
            ("React's development build", |f| f.hit(P, "react-devtools-hint"), Outcome::Fail),
            ("Django DEBUG (ZAP InformationDisclosureDebugErrors)", |f| f.hit(P, "django-debug"), Outcome::Fail),
            ("Laravel Ignition", |f| f.hit(P, "laravel-ignition"), Outcome::Fail),
            ("Werkzeug's debugger", |f| f.hit(P, "werkzeug"), Outcome::Fail),
            ("an address of localhost is AUD-09's matter", |f| f.hit(P, "localhost-base"), Outcome::Pass),
            ("an error tracker is fine", |f| f.hit(P, "sentry"), Outcome::Pass),
            ("nothing searched", |f| f.evidence.bundles = None, Outcome::Unknown),
        ],
    );
}

//! AUD-09: nothing of the template and of the developer's machine is left.

use super::aud_02_bundle_secrets::{hits, searched};
use crate::check::{Check, Context, Fix, Found, Reference, Seen};
use crate::checks::help::note;
use crate::evidence::{Collector, Hit, Source, Standing, host_of};
use crate::evidence::{RefKind, Reference as Ref};
use crate::local::{self, Usage};
use crate::providers::ends_in;
use crate::rules::{self, LeftoverGroup};
use crate::taxonomy::{Area, Impact, Stage};

/// AUD-09.
pub static CHECK: Check = Check {
    id: "AUD-09",
    name: "placeholder-localhost-leftovers",
    title: "Placeholder / localhost leftovers",
    stage: Stage::Audit,
    area: Area::Deployment,
    reads: &[Source::Outside],
    impact: Impact::High,
    resting_impact: Impact::High,
    needs: &[Collector::Http],
    why: "The button calls a server on your own laptop, or the checkout takes test cards only: it works for you and for nobody else.",
    criterion: "Scripts and pages: fails on a call to an address of a developer's machine or a test payment key without a live one, warns on such an address whose use is not seen, a template's title, placeholder text, or a canonical address of the host's own domain.",
    minutes: 15,
    references: &[Reference { title: "Stripe: test and live mode", url: "https://docs.stripe.com/keys" }],
    rule,
};

/// Titles that a generator writes.
const TITLES: [&str; 12] = [
    "Vite + React",
    "Vite + React + TS",
    "Vite + Vue",
    "Vite + Svelte",
    "Vite App",
    "Create Next App",
    "React App",
    "Welcome to Nuxt",
    "My App",
    "Document",
    "Welcome to nginx!",
    "Laravel",
];

/// Domains that a host gives to every project.
const HOSTS: [&str; 10] = [
    "vercel.app",
    "netlify.app",
    "lovable.app",
    "pages.dev",
    "web.app",
    "firebaseapp.com",
    "herokuapp.com",
    "onrender.com",
    "fly.dev",
    "replit.app",
];

fn rule(c: &Context) -> Found {
    let b = match searched(c) {
        Ok(b) => b,
        Err(found) => return found,
    };
    let e = c.outside();
    let all = hits(b);
    let page = |url: &str| e.pages.iter().any(|p| p.url == url);
    // A page may write about such an address; in a script, its own or another, the code around it shows whether it is called.
    let of_local = |h: &Hit| rules::leftover_group(&h.rule) == Some(LeftoverGroup::Local);
    let told = |u: &str, h: &Hit| !page(u) || local::in_script(h) && local::usage(h) == Usage::Called;
    let local: Vec<_> = all.iter().filter(|(u, h, _)| of_local(h) && told(u, h)).collect();
    let used = |usage: Usage| local.iter().copied().filter(|(_, h, _)| local::usage(h) == usage).collect::<Vec<_>>();
    let (called, unclear) = (used(Usage::Called), used(Usage::Unclear));
    let written = |h: &Hit| h.around.as_ref().is_some_and(|a| matches!(a.standing, Standing::Inside | Standing::Comment));
    let test_keys: Vec<_> = all.iter().filter(|(u, h, _)| h.rule == "stripe-publishable-test" && (page(u) || !written(h))).collect();
    let live = all.iter().any(|(_, h, _)| h.rule == "stripe-publishable");
    let fix = |title: &str| {
        Fix::new(title, CHECK.minutes)
            .step("Set the address and the keys of production in the environment of the build, and build again: the values are written into the script when it is built.")
            .step("Then open the site on a phone, and sign up once as a stranger.")
            .undo("Build with the former values.")
    };
    let seen_of = |(u, h, at): &(&str, &Hit, i64)| note(*u, format!("line {}: {}", h.line, shown(h)), *at);
    let bad: Vec<&(&str, &Hit, i64)> = called.iter().copied().chain(test_keys.iter().copied().filter(|_| !live)).collect();
    if let Some((u, h, _)) = bad.first() {
        let what = match h.rule.as_str() {
            "stripe-publishable-test" => {
                format!("{u} carries a test key for payments ({}), and none for real ones: real cards are refused.", h.masked)
            }
            "lan-base" => format!("Line {} of {u} has {}: that address is in a private network, where visitors are not.", h.line, shown(h)),
            "ngrok-base" => {
                format!("Line {} of {u} has {}: a tunnel to one machine, which ends when that is switched off.", h.line, shown(h))
            }
            _ => format!("Line {} of {u} has {}: a visitor's browser looks for that on the visitor's own machine.", h.line, shown(h)),
        };
        return Found::fail(what).seen(bad.iter().map(|h| seen_of(h)).take(12)).fix(fix("Build with the values of production"));
    }
    // What a page loads or sends by itself is no prose; links are, since manuals have them.
    let mut wrong: Vec<(String, Seen)> = vec![];
    for p in e.pages.iter().filter(|p| !is_nobodys(host_of(&p.url))) {
        let here = |r: &&Ref| is_here(host_of(&r.url));
        let seen = |r: &Ref| note(p.url.clone(), format!("{:?} {}", r.kind, r.url), p.at);
        if let Some(r) = p.refs.iter().filter(here).find(|r| matches!(r.kind, RefKind::Form | RefKind::Script)) {
            let does = if r.kind == RefKind::Form { "sends a form to" } else { "loads a script from" };
            return Found::fail(format!("{} {does} {}, which is on the visitor's own machine.", p.url, r.url))
                .seen([seen(r)])
                .fix(fix("Build with the values of production"));
        }
        let loads = |r: &&Ref| !matches!(r.kind, RefKind::Link | RefKind::Form | RefKind::Script);
        if let Some(r) = p.refs.iter().filter(here).find(loads) {
            wrong.push((format!("{} loads {}, which is on the visitor's own machine", p.url, r.url), seen(r)));
        }
    }
    for p in &e.pages {
        if TITLES.contains(&p.title.as_str()) {
            wrong.push((
                format!("{} is titled “{}”, as the template wrote it", p.url, p.title),
                note(p.url.clone(), format!("title: {}", p.title), p.at),
            ));
        }
        if let Some(canonical) = &p.canonical {
            let own = ends_in(host_of(&p.url), &HOSTS);
            let at = host_of(canonical);
            if is_nobodys(at) && !is_nobodys(host_of(&p.url)) {
                wrong.push((
                    format!("{} names {canonical} as its real address, which is no address of a site of yours", p.url),
                    note(p.url.clone(), format!("canonical: {canonical}"), p.at),
                ));
            }
            if ends_in(at, &HOSTS) && !own {
                wrong.push((
                    format!("{} names {canonical} as its real address, so search engines show that one", p.url),
                    note(p.url.clone(), format!("canonical: {canonical}"), p.at),
                ));
            }
        }
    }
    let template = all.iter().filter(|(u, h, _)| match h.rule.as_str() {
        "lorem" => true,
        "example-api" => page(u) || !matches!(local::usage(h), Usage::Harmless(_)),
        _ => false,
    });
    for hit in template {
        wrong.push((format!("{} contains “{}”", hit.0, hit.1.masked), seen_of(hit)));
    }
    for hit in unclear {
        wrong.push((
            format!("{} contains {} in line {}, and whether it is called was not to be seen", hit.0, hit.1.masked, hit.1.line),
            seen_of(hit),
        ));
    }
    for hit in test_keys {
        wrong.push((format!("{} carries a test key for payments beside a live one; look which is used", hit.0), seen_of(hit)));
    }
    if wrong.is_empty() {
        return Found::pass(format!("Nothing of a template or a developer's machine is left in {} texts.", b.searched.len()));
    }
    let text = wrong.iter().take(3).map(|(t, _)| t.as_str()).collect::<Vec<_>>().join("; ");
    Found::warn(format!("{text}.")).seen(wrong.into_iter().map(|(_, s)| s).take(12)).fix(fix("Replace what the template left"))
}

/// Whether a host is an example's (RFC 2606 section 3) or a machine's own (RFC 6761 section 6.3).
fn is_nobodys(host: &str) -> bool {
    let host = host.trim_start_matches("www.");
    ["example.com", "example.org", "example.net", "localhost", "127.0.0.1", "0.0.0.0", "[::1]"].contains(&host)
        || host.ends_with(".localhost")
}

/// Whether a host is the machine of whoever opens the page.
fn is_here(host: &str) -> bool {
    ["localhost", "127.0.0.1", "0.0.0.0", "[::1]"].contains(&host)
}

/// A find with a little of the code around it, or the place where its name is used.
fn shown(h: &Hit) -> String {
    let Some(a) = &h.around else { return h.masked.clone() };
    let before: Vec<char> = a.before.chars().rev().take_while(|c| !matches!(c, '\n' | ';' | '{' | '}')).take(32).collect();
    let after = a.after.chars().take_while(|c| !c.is_control()).take(24);
    let code: String = before.into_iter().rev().chain(h.masked.chars()).chain(after).collect();
    a.used.as_ref().map_or_else(|| code.clone(), |u| format!("{code} … {u}"))
}

#[test]
fn table() {
    use crate::taxonomy::Outcome;
    const S: &str = "https://acme.example/assets/app.3f9c1b2a.js";
    const P: &str = "https://acme.example/";
    fn refers(f: &mut crate::fixture::Fixture, kind: RefKind, url: &str) {
        f.evidence.pages[0].refs.push(Ref { kind, url: url.into(), integrity: None });
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("nothing left", |_| {}, Outcome::Pass),
            ("an API on localhost", |f| f.hit(S, "localhost-base"), Outcome::Fail),
            ("a page that writes about localhost", |f| f.hit(P, "localhost-base"), Outcome::Pass),
            (
                "supabase-js unmodified",
                |f| f.near(S, "localhost-base", "http://localhost:9999", r#"const S=""#, r#"",A="supabase.auth.token""#),
                Outcome::Pass,
            ),
            ("ethers unmodified", |f| f.near(S, "localhost-base", "http://localhost:8545", r#"null==e&&(e=""#, r#"")"#), Outcome::Pass),
            (
                "only where the page itself is on such a machine",
                |f| {
                    let before = r#"location.hostname==="localhost"?""#;
                    f.near(S, "localhost-base", "http://localhost:3000", before, r#"":"/api""#);
                },
                Outcome::Pass,
            ),
            ("the base of an API", |f| f.near(S, "localhost-base", "http://localhost:5000", r#"{baseURL:""#, r#"/api"}"#), Outcome::Fail),
            ("used in a way not to be seen", |f| f.near(S, "localhost-base", "http://localhost:5000", r#"a=""#, "\""), Outcome::Warn),
            (
                "evidence from before",
                |f| {
                    f.hit(S, "localhost-base");
                    f.evidence.bundles.as_mut().unwrap().searched.iter_mut().flat_map(|s| &mut s.hits).for_each(|h| h.around = None);
                },
                Outcome::Warn,
            ),
            (
                "a Stripe test key beside a live one",
                |f| {
                    f.hit(S, "stripe-publishable-test");
                    f.hit(S, "stripe-publishable");
                },
                Outcome::Warn,
            ),
            ("a tunnel", |f| f.hit(S, "ngrok-base"), Outcome::Fail),
            ("a Stripe test key", |f| f.hit(S, "stripe-publishable-test"), Outcome::Fail),
            ("a Stripe test key in the page", |f| f.hit(P, "stripe-publishable-test"), Outcome::Fail),
            ("a template's title", |f| f.evidence.pages[0].title = "Vite + React".into(), Outcome::Warn),
            ("a title that contains it", |f| f.evidence.pages[0].title = "My App Store".into(), Outcome::Pass),
            ("canonical at the host's domain", |f| f.evidence.pages[0].canonical = Some("https://acme.vercel.app/".into()), Outcome::Warn),
            ("canonical at an example", |f| f.evidence.pages[0].canonical = Some("http://example.org/".into()), Outcome::Warn),
            ("canonical at localhost", |f| f.evidence.pages[0].canonical = Some("http://localhost:3000/".into()), Outcome::Warn),
            ("canonical of one's own", |f| f.evidence.pages[0].canonical = Some("https://acme.example/".into()), Outcome::Pass),
            ("lorem ipsum", |f| f.hit(P, "lorem"), Outcome::Warn),
            (
                "a call in a page's own script",
                |f| f.near(P, "localhost-base", "http://localhost:3000", r#"<p>Acme</p><script>fetch(""#, r#"/api/me")</script>"#),
                Outcome::Fail,
            ),
            (
                "a call that a manual shows",
                |f| f.near(P, "localhost-base", "http://localhost:3000", r#"<script src=a></script><code>fetch(""#, r#"/api/me")"#),
                Outcome::Pass,
            ),
            ("a form to this machine", |f| refers(f, RefKind::Form, "http://localhost:3000/subscribe"), Outcome::Fail),
            ("an image of this machine", |f| refers(f, RefKind::Media, "http://localhost:1337/logo.png"), Outcome::Warn),
            ("a link in a manual", |f| refers(f, RefKind::Link, "http://localhost:3000/"), Outcome::Pass),
            ("a call without a port", |f| f.near(S, "localhost-base", "http://localhost/a", r#"fetch(""#, r#"pi/me")"#), Outcome::Fail),
            (
                "an address without a port that nothing calls",
                |f| f.near(S, "localhost-base", "http://localhost/a", r#"new URL(e,""#, r#"pi")"#),
                Outcome::Pass,
            ),
            ("nothing searched", |f| f.evidence.bundles = None, Outcome::Unknown),
        ],
    );
}

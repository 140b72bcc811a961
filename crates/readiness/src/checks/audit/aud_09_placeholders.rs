//! AUD-09: nothing of the template and of the developer's machine is left.

use super::aud_02_bundle_secrets::{hits, searched};
use crate::check::{Check, Context, Fix, Found, Reference, Seen};
use crate::checks::help::note;
use crate::evidence::{Collector, host_of};
use crate::providers::ends_in;
use crate::rules;
use crate::words::{Area, Class, Impact, Stage};

/// AUD-09.
pub static CHECK: Check = Check {
    id: "AUD-09",
    name: "placeholder-localhost-leftovers",
    title: "Placeholder / localhost leftovers",
    stage: Stage::Audit,
    area: Area::Deployment,
    class: Class::Outside,
    impact: Impact::High,
    resting_impact: Impact::High,
    needs: &[Collector::Http],
    why: "The button calls a server on your own laptop, or the checkout takes test cards only: it works for you and for nobody else.",
    criterion: "Scripts and pages: fails on an API address of a developer's machine or a test payment key, warns on a template's title, placeholder text, or a canonical address of the host's own domain.",
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
    let e = c.evidence;
    // A page may write about localhost; a script that carries its address calls it.
    let page = |url: &str| e.pages.iter().any(|p| p.url == url);
    let all = hits(b);
    let bad: Vec<_> = all
        .iter()
        .filter(|(u, h, _)| {
            matches!(h.rule.as_str(), "localhost-base" | "lan-base" | "ngrok-base" | "stripe-publishable-test")
                && (!page(u) || h.rule == "stripe-publishable-test")
        })
        .collect();
    let fix = |title: &str| {
        Fix::new(title, CHECK.minutes)
            .step("Set the address and the keys of production in the environment of the build, and build again: the values are written into the script when it is built.")
            .step("Then open the site on a phone, and sign up once as a stranger.")
            .undo("Build with the former values.")
    };
    let seen_of = |(u, h, at): &&(&str, &crate::evidence::Hit, i64)| note(*u, format!("line {}: {}", h.line, h.masked), *at);
    if let Some((u, h, _)) = bad.first() {
        let what = if h.rule == "stripe-publishable-test" {
            format!("{u} carries a test key for payments ({}): real cards are refused.", h.masked)
        } else {
            format!("{u} calls {} in line {}, which is a developer's machine.", h.masked, h.line)
        };
        return Found::fail(what).seen(bad.iter().map(seen_of).take(12)).fix(fix("Build with the values of production"));
    }
    let mut wrong: Vec<(String, Seen)> = vec![];
    for p in &e.pages {
        if TITLES.contains(&p.title.as_str()) {
            wrong.push((
                format!("{} is titled “{}”, as the template wrote it", p.url, p.title),
                note(p.url.clone(), format!("title: {}", p.title), p.at),
            ));
        }
        if let Some(canonical) = &p.canonical {
            let own = ends_in(host_of(&p.url), &HOSTS);
            if ends_in(host_of(canonical), &HOSTS) && !own {
                wrong.push((
                    format!("{} names {canonical} as its real address, so search engines show that one", p.url),
                    note(p.url.clone(), format!("canonical: {canonical}"), p.at),
                ));
            }
        }
    }
    for hit in all.iter().filter(|(_, h, _)| matches!(h.rule.as_str(), "lorem" | "example-api")) {
        wrong.push((format!("{} contains “{}”", hit.0, hit.1.masked), seen_of(&hit)));
    }
    if wrong.is_empty() {
        return Found::pass(format!("Nothing of a template or a developer's machine is left in {} texts.", b.searched.len()));
    }
    let text = wrong.iter().take(3).map(|(t, _)| t.as_str()).collect::<Vec<_>>().join("; ");
    let _ = rules::rules();
    Found::warn(format!("{text}.")).seen(wrong.into_iter().map(|(_, s)| s).take(12)).fix(fix("Replace what the template left"))
}

#[test]
fn table() {
    use crate::words::Outcome;
    const S: &str = "https://acme.example/assets/app.3f9c1b2a.js";
    const P: &str = "https://acme.example/";
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("nothing left", |_| {}, Outcome::Pass),
            ("an API on localhost", |f| f.hit(S, "localhost-base"), Outcome::Fail),
            ("a page that writes about localhost", |f| f.hit(P, "localhost-base"), Outcome::Pass),
            ("a tunnel", |f| f.hit(S, "ngrok-base"), Outcome::Fail),
            ("a Stripe test key", |f| f.hit(S, "stripe-publishable-test"), Outcome::Fail),
            ("a Stripe test key in the page", |f| f.hit(P, "stripe-publishable-test"), Outcome::Fail),
            ("a template's title", |f| f.evidence.pages[0].title = "Vite + React".into(), Outcome::Warn),
            ("a title that contains it", |f| f.evidence.pages[0].title = "My App Store".into(), Outcome::Pass),
            ("canonical at the host's domain", |f| f.evidence.pages[0].canonical = Some("https://acme.vercel.app/".into()), Outcome::Warn),
            ("canonical of one's own", |f| f.evidence.pages[0].canonical = Some("https://acme.example/".into()), Outcome::Pass),
            ("lorem ipsum", |f| f.hit(P, "lorem"), Outcome::Warn),
            ("nothing searched", |f| f.evidence.bundles = None, Outcome::Unknown),
        ],
    );
}

//! AUD-02: no secret in what everybody may download.

use crate::check::{Check, Context, Fix, Found, Paste, Reference, Seen};
use crate::checks::help::{front_page, note};
use crate::evidence::{Bundles, Collector, Hit, Source};
use crate::rules::{self, SecretClass};
use crate::taxonomy::{Area, Impact, Stage};

/// AUD-02.
pub static CHECK: Check = Check {
    id: "AUD-02",
    name: "secrets-deployed-bundles",
    title: "Secrets in deployed bundles",
    stage: Stage::Audit,
    area: Area::Secrets,
    reads: &[Source::Outside],
    impact: Impact::Critical,
    resting_impact: Impact::Critical,
    needs: &[Collector::Http],
    why: "Anybody who opens your site's script can read the key, and with it your customers' data or your bill; bots find such keys within hours.",
    criterion: "Pages, scripts and source maps: fails on a key that lets others act as you, warns on what looks like one, passes on keys made to be public. Values are never kept.",
    minutes: 60,
    references: &[
        Reference { title: "OWASP ASVS 13.4", url: "https://owasp.org/www-project-application-security-verification-standard/" },
        Reference { title: "Supabase: API keys", url: "https://supabase.com/docs/guides/api/api-keys" },
    ],
    rule,
};

/// Everything searched, or why nothing was.
pub(crate) fn searched<'a>(c: &Context<'a>) -> Result<&'a Bundles, Found> {
    match &c.outside().bundles {
        Some(b) if !b.searched.is_empty() => Ok(b),
        _ => Err(match front_page(c.outside()) {
            Err(found) => found,
            Ok(_) => Found::unknown("The pages and scripts were not searched in time."),
        }),
    }
}

/// Where each find stands: address, find, time.
pub(crate) fn hits(b: &Bundles) -> Vec<(&str, &Hit, i64)> {
    let texts = b.searched.iter().flat_map(|s| s.hits.iter().map(|h| (s.url.as_str(), h, s.at)));
    let maps = b.maps.iter().flat_map(|m| m.hits.iter().map(|h| (m.url.as_str(), h, m.at)));
    texts.chain(maps).collect()
}

/// A find as a line of evidence, masked.
pub(crate) fn hit_seen((url, h, at): &(&str, &Hit, i64)) -> Seen {
    note(*url, format!("line {}: {} {}", h.line, rules::name(&h.rule), h.masked), *at)
}

fn rule(c: &Context) -> Found {
    let b = match searched(c) {
        Ok(b) => b,
        Err(found) => return found,
    };
    let all = hits(b);
    let of = |class: SecretClass| all.iter().filter(|(_, h, _)| rules::secret_class(&h.rule) == Some(class)).collect::<Vec<_>>();
    let (secret, weak) = (of(SecretClass::Secret), of(SecretClass::Weak));
    let (public, ids) = (of(SecretClass::Publishable), of(SecretClass::Id));
    let bytes: u64 = b.searched.iter().map(|s| s.size).sum();
    let searched = format!("{} texts, {} KB", b.searched.len(), bytes / 1024);
    if let Some((url, h, _)) = secret.first() {
        let mut fix = Fix::new(format!("Revoke the {} and take it out of the script", rules::name(&h.rule)), CHECK.minutes)
            .step("Make a new key first and put it where only the server reads it: an environment variable without the prefix that your build publishes (NEXT_PUBLIC_, VITE_, PUBLIC_, REACT_APP_).");
        for (_, h, _) in &secret {
            if let Some(at) = rules::revoke_at(&h.rule) {
                fix = fix.step(format!("Revoke the old {} at {at}.", rules::name(&h.rule)));
            }
        }
        return Found::fail(format!("{url} contains a {} in line {} ({}), for everybody to read.", rules::name(&h.rule), h.line, h.masked))
            .seen(secret.iter().map(|h| hit_seen(h)).take(12))
            .fix(
                fix.step("Let the browser call an endpoint of your own, and that one call the service with the key. Deploy, then look whether the old key was used.")
                    .paste(Paste::add("shell, before each deploy", ["gitleaks dir ./dist --redact"]))
                    .undo("A revoked key cannot come back; make another.")
                    .risk("Rotate, deploy, revoke, in this order: revoking first stops what still uses the key."),
            );
    }
    if let Some((url, h, _)) = weak.first() {
        return Found::warn(format!("{url} contains something that looks like a secret in line {} ({}, {}).", h.line, rules::name(&h.rule), h.masked))
            .seen(weak.iter().map(|h| hit_seen(h)).take(12))
            .fix(
                Fix::new("Make sure that this value may be public", 15)
                    .step("Find the line in your code. If the value only names your project, leave it and mark it; if it grants anything, treat it as leaked: new key, deploy, revoke.")
                    .undo("Nothing to undo."),
            );
    }
    let told = |finds: &[&(&str, &Hit, i64)], what: &str| {
        let mut names: Vec<&str> = finds.iter().map(|(_, h, _)| rules::name(&h.rule)).collect();
        names.sort_unstable();
        names.dedup();
        if names.is_empty() { String::new() } else { format!(" {what}: {}.", names.join(", ")) }
    };
    let told = told(&public, "Keys made to be public are there, which is fine")
        + &told(&ids, "Ids of keys are there, which open nothing without their secret");
    let cut = b.cut.as_ref().map(|w| format!(" Not all was searched: {w}.")).unwrap_or_default();
    Found::pass(format!("No secret in what was searched ({searched}).{told}{cut}"))
        .seen(public.iter().chain(&ids).map(|h| hit_seen(h)).take(12))
}

#[test]
fn table() {
    use crate::fixture::{Fixture, set};
    use crate::taxonomy::Outcome;
    fn hit(f: &mut Fixture, rule: &str) {
        f.hit("https://acme.example/assets/app.3f9c1b2a.js", rule);
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("only what may be public", |_| {}, Outcome::Pass),
            ("a live Stripe secret (gitleaks stripe-access-token)", |f| hit(f, "stripe-secret"), Outcome::Fail),
            ("a Supabase service_role token", |f| hit(f, "jwt-service-role"), Outcome::Fail),
            ("a Supabase anon token is made to be public (gitleaks flags both)", |f| hit(f, "jwt-anon"), Outcome::Pass),
            ("a Stripe publishable key", |f| hit(f, "stripe-publishable"), Outcome::Pass),
            ("a Firebase web key", |f| hit(f, "google-api"), Outcome::Pass),
            ("a Sentry DSN", |f| hit(f, "sentry-dsn"), Outcome::Pass),
            ("a Mapbox public token", |f| hit(f, "mapbox-public"), Outcome::Pass),
            ("a Mapbox secret token", |f| hit(f, "mapbox-secret"), Outcome::Fail),
            ("an AWS key's id in a presigned link", |f| hit(f, "aws-access-key-id"), Outcome::Pass),
            ("an AWS key", |f| hit(f, "aws-access-key"), Outcome::Fail),
            ("a GitHub token", |f| hit(f, "github-token"), Outcome::Fail),
            ("a private key", |f| hit(f, "private-key"), Outcome::Fail),
            ("a database's address with password", |f| hit(f, "database-url"), Outcome::Fail),
            ("an OpenAI key", |f| hit(f, "openai-project"), Outcome::Fail),
            ("something named like a secret", |f| hit(f, "generic-assignment"), Outcome::Warn),
            ("a token of unknown role", |f| hit(f, "jwt"), Outcome::Warn),
            ("in a source map", |f| f.map(&[], true, &["resend-key"]), Outcome::Fail),
            ("a leftover is no secret", |f| hit(f, "localhost-base"), Outcome::Pass),
            ("nothing searched", |f| f.evidence.bundles = None, Outcome::Unknown),
            (
                "behind a challenge",
                |f| {
                    f.evidence.bundles = None;
                    f.page("https://acme.example/", |r| {
                        r.status = 403;
                        crate::fixture::set(r, "cf-mitigated", "challenge");
                        set(r, "cf-mitigated", "challenge");
                    });
                },
                Outcome::Blocked,
            ),
        ],
    );
}

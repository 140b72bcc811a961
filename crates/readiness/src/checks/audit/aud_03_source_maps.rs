//! AUD-03: source maps give no source away.

use super::aud_02_bundle_secrets::searched;
use crate::check::{Check, Context, Fix, Found, Paste, Reference, Seen};
use crate::checks::help::note;
use crate::evidence::{Collector, Source, SourceMap};
use crate::rules::{self, SecretClass};
use crate::taxonomy::{Area, Impact, Stage};

/// AUD-03.
pub static CHECK: Check = Check {
    id: "AUD-03",
    name: "public-source-maps",
    title: "Public source maps",
    stage: Stage::Audit,
    area: Area::Secrets,
    reads: &[Source::Outside],
    impact: Impact::Medium,
    resting_impact: Impact::Medium,
    needs: &[Collector::Http],
    why: "Anybody can read your original code with its comments, and look in peace for what to attack.",
    criterion: "Maps that scripts name: fails when a map holds server code or a secret, warns when it holds the source, passes when it is not served.",
    minutes: 10,
    references: &[Reference { title: "ECMA-426: source maps", url: "https://tc39.es/ecma426/" }],
    rule,
};

/// Folders that hold a server's code where they stand at the top of a project.
const SERVER: [&str; 4] = ["server", "backend", "prisma", "supabase"];
/// Endings of what no browser runs.
const FOREIGN: [&str; 9] = ["sql", "prisma", "py", "rb", "php", "go", "java", "cs", "pem"];
/// Endings of a framework's files for the server.
const SERVER_FILES: [&str; 6] = [".server.ts", ".server.js", "+server.ts", "+server.js", "/middleware.ts", "/middleware.js"];

/// Whether a source is a server's by its place and kind. A name alone says little: `src/api/` and
/// `lib/db` are usual names for code that runs in browsers and calls an API.
fn is_server(source: &str) -> bool {
    if source.contains("node_modules") || source.contains("/.pnpm/") {
        return false;
    }
    let path = source.split_once("://").map_or(source, |(_, p)| p).split('?').next().unwrap_or("");
    let parts: Vec<&str> = path.split('/').filter(|p| !matches!(*p, "" | "." | ".." | "_N_E")).collect();
    let Some((file, folders)) = parts.split_last() else { return false };
    let ending = file.rsplit_once('.').map_or("", |(_, e)| e);
    let script = matches!(ending, "ts" | "js" | "mts" | "mjs" | "cts" | "cjs");
    // The first folder that is not the bundler's, the workspace's or the usual `src`.
    let mut top = folders.iter().copied();
    let first = top.find(|f| !matches!(*f, "src" | "app" | "apps" | "packages" | "web" | "webpack" | "turbopack" | "[project]"));
    let next = |a: &str, b: &str| folders.windows(2).any(|w| w == [a, b]);
    file.starts_with(".env")
        || FOREIGN.contains(&ending)
        || SERVER_FILES.iter().any(|s| format!("/{file}").ends_with(s))
        || (script && first.is_some_and(|f| SERVER.contains(&f)))
        // Next.js: API routes and route handlers.
        || (script && next("pages", "api"))
        || (script && file.split('.').next() == Some("route") && folders.contains(&"app"))
}

fn server_path(m: &SourceMap) -> Option<&String> {
    m.sources.iter().find(|s| is_server(s))
}

fn rule(c: &Context) -> Found {
    let b = match searched(c) {
        Ok(b) => b,
        Err(found) => return found,
    };
    let open: Vec<&SourceMap> = b.maps.iter().filter(|m| m.is_map).collect();
    let seen: Vec<Seen> = open
        .iter()
        .map(|m| {
            note(
                m.url.clone(),
                format!(
                    "{} sources{}\n{}",
                    m.sources.len(),
                    if m.has_content { ", with their text" } else { "" },
                    m.sources.iter().take(8).cloned().collect::<Vec<_>>().join("\n")
                ),
                m.at,
            )
        })
        .collect();
    let fix = || {
        Fix::new("Stop serving source maps", CHECK.minutes)
            .step("Make maps for your error tracker only: upload them there in the build, then delete them before the deploy.")
            .step("Vite: build.sourcemap: 'hidden'. Next.js: productionBrowserSourceMaps: false, which is the default. webpack: devtool: 'hidden-source-map'.")
            .paste(Paste::add("shell, after the build", ["find dist -name '*.map' -delete"]))
            .undo("Switch the maps on again.")
            .risk("Without maps at the error tracker, stack traces become unreadable; upload them first.")
    };
    let secret = open.iter().find(|m| m.hits.iter().any(|h| rules::secret_class(&h.rule) == Some(SecretClass::Secret)));
    if let Some(m) = secret {
        return Found::fail(format!("The source map {} holds a secret; see AUD-02.", m.url)).seen(seen).fix(fix());
    }
    if let Some((m, path)) = open.iter().find_map(|m| server_path(m).map(|p| (m, p))) {
        return Found::fail(format!("The source map {} holds server code ({path}).", m.url)).seen(seen).fix(fix());
    }
    match open.iter().find(|m| m.has_content) {
        Some(m) => Found::warn(format!("The source map {} shows your original code.", m.url)).seen(seen).fix(fix()),
        None if b.maps.is_empty() => Found::pass("No script names a source map."),
        None => Found::pass(format!("{} source maps are named, and none gives the source away.", b.maps.len())).seen(seen),
    }
}

#[test]
fn table() {
    use crate::taxonomy::Outcome;
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("none named", |_| {}, Outcome::Pass),
            (
                "named and not served (hidden)",
                |f| {
                    f.map(&[], false, &[]);
                    let m = &mut f.evidence.bundles.as_mut().unwrap().maps[0];
                    (m.is_map, m.status) = (false, Some(404));
                },
                Outcome::Pass,
            ),
            ("the source itself", |f| f.map(&["webpack://_N_E/./src/App.tsx"], true, &[]), Outcome::Warn),
            ("names only", |f| f.map(&["webpack://_N_E/./src/App.tsx"], false, &[]), Outcome::Pass),
            ("server code", |f| f.map(&["../src/server/db.ts"], true, &[]), Outcome::Fail),
            ("a library's folder of that name", |f| f.map(&["node_modules/react-dom/server/x.js"], true, &[]), Outcome::Warn),
            ("a secret", |f| f.map(&["src/a.ts"], true, &["stripe-secret"]), Outcome::Fail),
            (
                "a page of the app in place of a map (SPA fallback)",
                |f| {
                    f.map(&[], false, &[]);
                    f.evidence.bundles.as_mut().unwrap().maps[0].is_map = false;
                },
                Outcome::Pass,
            ),
            ("nothing searched", |f| f.evidence.bundles = None, Outcome::Unknown),
        ],
    );
}

#[test]
fn whose_code() {
    for source in [
        "../src/server/db.ts",
        "webpack://_N_E/./src/server/api/root.ts",
        "webpack:///./src/pages/api/login.ts",
        "app/api/users/route.ts",
        "../.env.production",
        "prisma/seed.ts",
        "src/routes/+page.server.ts",
        "../../backend/app.js",
        "db/migrations/001_users.sql",
    ] {
        assert!(is_server(source), "{source}");
    }
    for source in [
        "src/api/client.ts",
        "webpack:///./src/api/users.js",
        "../../src/app/api/user.service.ts",
        "src/lib/db.ts",
        "src/environments/app.environment.ts",
        "src/components/server/ServerList.tsx",
        "src/server/Status.vue",
        "src/store/migrations/v2.ts",
        "src/pages/api/Docs.tsx",
        "node_modules/react-dom/server/x.js",
        "webpack/runtime/chunk loading",
    ] {
        assert!(!is_server(source), "{source}");
    }
}

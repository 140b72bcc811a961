//! PERF-08: browsers keep scripts and styles whose name changes with their content.

use crate::check::{Check, Context, Fix, Found, Part, Paste, Reference, Seen, join};
use crate::checks::help::{headers_seen, no_pages, unanswered};
use crate::dead_ends::is_challenge;
use crate::evidence::{Collector, Fetch, Outside, Purpose, Response, Source, host_of};
use crate::taxonomy::{Area, Impact, Outcome, Stage};
use crate::time::parse_http_date;

/// PERF-08.
pub static CHECK: Check = Check {
    id: "PERF-08",
    name: "static-assets-cacheable",
    title: "Static assets cacheable",
    stage: Stage::Performance,
    area: Area::Caching,
    reads: &[Source::Outside],
    impact: Impact::Medium,
    resting_impact: Impact::Medium,
    needs: &[Collector::Dns, Collector::Http],
    why: "Every visit downloads your app again, which makes it feel slow and your server do needless work.",
    criterion: "Scripts and styles with a hash in their name: 30 days or more pass, less warns, no-store or nothing fails.",
    minutes: 10,
    references: &[
        Reference { title: "RFC 9111 §5.2", url: "https://www.rfc-editor.org/rfc/rfc9111#section-5.2" },
        Reference { title: "RFC 8246 (immutable)", url: "https://www.rfc-editor.org/rfc/rfc8246" },
    ],
    rule,
};

const MONTH: i64 = 30 * 86_400;

fn rule(c: &Context) -> Found {
    let e = c.outside();
    let Some(front) = e.front() else { return Found::unknown(no_pages(e)) };
    if front.last().is_some_and(|(_, r)| is_challenge(r)) {
        return Found::blocked();
    }
    let own: Vec<(&Fetch, &str, &Response)> = e
        .fetches_for(Purpose::Asset)
        .filter_map(|f| f.last().map(|(u, r)| (f, u, r)))
        .filter(|(_, u, r)| r.status == 200 && is_own(e, u))
        .collect();
    // A year for a file whose name stays is harm, so a name that could be a word needs a neighbour with a hash.
    let folder = |u: &str| u.rsplit_once('/').map_or("", |(f, _)| f).to_owned();
    let beside = |u: &str| own.iter().any(|(_, o, _)| is_hashed(o, true) && folder(o) == folder(u));
    let hashed: Vec<_> = own.iter().filter(|(_, u, _)| is_hashed(u, true) || is_hashed(u, false) && beside(u)).collect();
    if let Some(why) = unanswered(e, Purpose::Asset).filter(|_| e.fetches_for(Purpose::Asset).all(|f| is_own(e, &f.start))) {
        return Found::unknown(why);
    }
    if own.is_empty() {
        return Found::na("The front page loads no scripts or styles of your own.");
    }
    if hashed.is_empty() {
        let bare: Vec<&str> = own
            .iter()
            .filter(|(_, _, r)| r.header("cache-control").is_none() && r.header("etag").is_none() && r.header("last-modified").is_none())
            .map(|(_, u, _)| *u)
            .collect();
        if bare.is_empty() {
            return Found::na(
                "No script or style has a hash in its name, so none can be kept for long; browsers ask again, which is right.",
            );
        }
        let seen = own.iter().map(|(f, _, r)| headers_seen(f, r, &["cache-control", "expires", "etag"]));
        return Found::warn(format!("{} comes without any word on caching.", bare.join(", "))).seen(seen).fix(fix());
    }
    let parts: Vec<Part> = hashed.iter().map(|(_, u, r)| judge(u, r)).collect();
    let seen: Vec<Seen> = hashed.iter().map(|(f, _, r)| headers_seen(f, r, &["cache-control", "expires", "age"])).collect();
    let found = join(CHECK.impact, &parts, "Files with a hash in their name are kept by browsers.").seen(seen);
    if found.outcome.is_open() { found.fix(fix()) } else { found }
}

fn fix() -> Fix {
    Fix {
        title: "Let browsers keep hashed files for a year".into(),
        steps: vec!["Send this header for files whose name holds a hash of their content; never for HTML.".into()],
        paste: vec![Paste::add("response header", ["Cache-Control: public, max-age=31536000, immutable"])],
        undo: "Remove the header; files already kept stay until their name changes.".into(),
        risk: Some("A file whose name does not change with its content would stay stale for a year.".into()),
        minutes: CHECK.minutes,
    }
}

fn is_own(e: &Outside, url: &str) -> bool {
    let host = host_of(url);
    let site = e.target.domain.registrable();
    host == site || host.strip_suffix(site).is_some_and(|r| r.ends_with('.'))
}

/// Folders in which a bundler puts nothing but files with a hash.
const HASHED: [&str; 5] = ["/_next/static/", "/_app/immutable/", "/_astro/", "/_nuxt/", "/build/_assets/"];
/// Words behind a hash: `main.0a1b2c3d.chunk.js`.
const SUFFIXES: [&str; 9] = ["chunk", "min", "bundle", "module", "esm", "modern", "async", "prod", "worker"];

/// Whether the name changes with the content, as bundlers and frameworks write it: hexadecimal of
/// eight or more (webpack, Parcel, Rails, Django, Phoenix), eight of base64url with `-` and `_` (Vite,
/// Rollup), eight capitals and digits of base32 (esbuild, Angular), or a digest as the query (Laravel).
/// A library's name with a digit in it (`html2canvas`) is none. Of eight characters some could be a word (`face2face`,
/// `jQueryUI`); `sure` leaves these out.
fn is_hashed(url: &str, sure: bool) -> bool {
    let (path, query) = url.split('#').next().unwrap_or("").split_once('?').unwrap_or((url, ""));
    if HASHED.iter().any(|f| path.contains(f)) {
        return true;
    }
    let file = path.rsplit('/').next().unwrap_or("");
    let mut stem = file.rsplit_once('.').map_or(file, |(s, _)| s);
    while let Some((rest, word)) = stem.rsplit_once(['.', '-']) {
        if !SUFFIXES.contains(&word) {
            break;
        }
        stem = rest;
    }
    let parts = || stem.split(['.', '-', '_', '~']).enumerate();
    let digest = |text: &str| is_hex(text) || (text.len() >= 16 && is_mixed(text));
    // Vite's own eight may hold the separators.
    let last = stem.len().checked_sub(8).and_then(|at| stem.get(at..).filter(|_| stem.get(..at).is_some_and(|s| s.ends_with(['-', '.']))));
    let enough = |text: &str, least: usize| !sure || text.len() >= 12 || changes(text) >= least;
    let digits = |text: &str| !sure || text.bytes().any(|b| b.is_ascii_digit());
    // Vite's own entry: `/assets/index-DiwrgTda.js`.
    let entry = path.contains("/assets/") && stem.strip_prefix("index-").is_some_and(|h| h.len() == 8 && is_varied(h));
    parts().any(|(_, p)| is_hex(p) && enough(p, 3))
        || parts().any(|(i, p)| i > 0 && (is_base32(p) && digits(p) || digest(p) && enough(p, 3) || is_base36(p)))
        || last.is_some_and(|l| is_mixed(l) && enough(l, 5))
        || entry
        || query.split('&').filter_map(|q| q.split_once('=')).any(|(_, v)| digest(v))
}

fn is_hex(text: &str) -> bool {
    let one_case = !(text.bytes().any(|b| b.is_ascii_lowercase()) && text.bytes().any(|b| b.is_ascii_uppercase()));
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    text.len() >= 8 && one_case && text.bytes().all(|b| b.is_ascii_hexdigit()) && digits > 0 && (digits < text.len() || digits >= 16)
}

fn is_base32(text: &str) -> bool {
    text.len() == 8 && text.bytes().all(|b| matches!(b, b'A'..=b'Z' | b'2'..=b'7')) && text.bytes().any(|b| b.is_ascii_uppercase())
}

/// ASP.NET's fingerprint: ten of base36, mixed as no word is.
fn is_base36(text: &str) -> bool {
    text.len() == 10 && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()) && changes(text) >= 4
}

/// How often letters of one case, digits and signs take turns.
fn changes(text: &str) -> usize {
    let kind = |b: &u8| (b.is_ascii_lowercase(), b.is_ascii_uppercase(), b.is_ascii_digit());
    text.as_bytes().windows(2).filter(|w| w.first().map(kind) != w.last().map(kind)).count()
}

/// Characters of base64url, of more than one kind.
fn is_varied(text: &str) -> bool {
    let any = |is: fn(&u8) -> bool| text.bytes().any(|b| is(&b));
    let varied = any(u8::is_ascii_digit) || (any(u8::is_ascii_uppercase) && any(u8::is_ascii_lowercase));
    varied && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// Letters of both cases and digits in short runs, as no word has them.
fn is_mixed(text: &str) -> bool {
    let (mut letters, mut runs, mut before) = (0usize, 0usize, b'-');
    for b in text.bytes() {
        if b.is_ascii_alphabetic() {
            letters += 1;
            runs += usize::from(!before.is_ascii_alphabetic() || (b.is_ascii_uppercase() && before.is_ascii_lowercase()));
        }
        before = b;
    }
    is_varied(text) && letters >= 3 && letters < runs * 3
}

/// The directives of `Cache-Control` (RFC 9111 §5.2): names in lower case, arguments as tokens or in
/// quotes, in which a comma separates nothing; the first of a name counts.
fn directives(value: &str) -> Vec<(String, String)> {
    let mut quoted = false;
    let parts = value.split(|c| {
        quoted ^= c == '"';
        c == ',' && !quoted
    });
    parts
        .filter_map(|d| {
            let (name, argument) = d.split_once('=').unwrap_or((d, ""));
            let name = name.trim().to_ascii_lowercase();
            (!name.is_empty()).then(|| (name, argument.trim().trim_matches('"').to_owned()))
        })
        .collect()
}

fn judge(url: &str, r: &Response) -> Part {
    let directives = directives(&r.all("cache-control").collect::<Vec<_>>().join(","));
    let says = |name: &str| directives.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    if says("no-store").is_some() {
        return Part::new(url, Outcome::Fail, format!("{url} says no-store."));
    }
    // What cannot be read is stale (RFC 9111 section 4.2.1); a number beyond ours is for ever (1.2.2).
    let whole = |v: &str| if v.is_empty() || !v.bytes().all(|b| b.is_ascii_digit()) { 0 } else { v.parse().unwrap_or(i64::MAX) };
    let seconds: Option<i64> = says("max-age").map(whole);
    // Expires counts only where max-age does not speak (RFC 9111 section 5.3).
    let expires = || {
        let end = parse_http_date(r.header("expires")?)?;
        Some((end - parse_http_date(r.header("date")?)?) / 1000)
    };
    match seconds.or_else(expires) {
        // With the name of a field it speaks of that field alone (section 5.2.2.4).
        _ if says("no-cache").is_some_and(str::is_empty) => {
            Part::new(url, Outcome::Warn, format!("{url} says no-cache, so browsers ask again each time."))
        }
        None => Part::new(url, Outcome::Fail, format!("{url} says nothing about how long it may be kept.")),
        Some(n) if n < MONTH => Part::new(
            url,
            Outcome::Warn,
            format!("{url} may be kept for {} only.", if n < 86_400 { format!("{n} seconds") } else { format!("{} days", n / 86_400) }),
        ),
        Some(_) => Part::new(url, Outcome::Pass, ""),
    }
}

#[test]
fn table() {
    use crate::fixture::Fixture;
    const A: &str = "https://acme.example/assets/app.3f9c1b2a.js";
    fn cc(f: &mut Fixture, v: &str) {
        f.asset(A, &[("cache-control", v)]);
    }
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("a year", |_| {}, Outcome::Pass),
            ("thirty days", |f| cc(f, "max-age=2592000"), Outcome::Pass),
            ("an hour", |f| cc(f, "public, max-age=3600"), Outcome::Warn),
            ("no-store", |f| cc(f, "no-store, max-age=31536000"), Outcome::Fail),
            (
                "a library with a digit in its name must not be kept for a year",
                |f| {
                    f.no_assets().asset("https://acme.example/js/html2canvas.min.js", &[("etag", "x")]);
                },
                Outcome::Na,
            ),
            ("max-age that is no number is stale", |f| cc(f, "max-age=1y"), Outcome::Warn),
            ("a comma in quotes separates nothing", |f| cc(f, "private=\"a, no-store\", max-age=31536000"), Outcome::Pass),
            ("no-cache for a field", |f| cc(f, "no-cache=\"set-cookie\", max-age=31536000"), Outcome::Pass),
            (
                "nothing on a hashed file",
                |f| {
                    f.asset(A, &[("etag", "x")]);
                },
                Outcome::Fail,
            ),
            (
                "Expires alone is enough",
                |f| {
                    f.asset(A, &[("date", "Wed, 25 Nov 2026 01:37:27 GMT"), ("expires", "Thu, 25 Nov 2027 01:37:27 GMT")]);
                },
                Outcome::Pass,
            ),
            ("a long s-maxage speaks to CDNs, not to browsers", |f| cc(f, "s-maxage=31536000"), Outcome::Fail),
            (
                "an unhashed file with a validator must be asked for again, and is",
                |f| {
                    f.no_assets().asset("https://acme.example/style.css", &[("etag", "x")]);
                },
                Outcome::Na,
            ),
            (
                "an unhashed file without a word",
                |f| {
                    f.no_assets().asset("https://acme.example/style.css", &[]);
                },
                Outcome::Warn,
            ),
            (
                "a stranger's script is not yours to cache",
                |f| {
                    f.no_assets().asset("https://cdn.other.example/lib.3f9c1b2a.js", &[("cache-control", "no-store")]);
                },
                Outcome::Na,
            ),
            (
                "challenged",
                |f| {
                    f.page("https://acme.example/", |r| crate::fixture::set(r, "cf-mitigated", "challenge"));
                },
                Outcome::Blocked,
            ),
        ],
    );
}

#[test]
fn hashes_in_names() {
    for (name, want) in [
        ("app.3f9c1b2a.js", true),
        ("index-BxK2l9aZ.js", true),
        ("main.js", false),
        ("bootstrap.min.css", false),
        ("jquery-3.7.1.min.js", false),
        ("style-DkRzTqWb.css", true),
        ("analytics.js", false),
        ("vendors~main.0a1b2c3d4e.chunk.js", true),
        ("html2canvas.min.js", false),
        ("html2pdf.bundle.min.js", false),
        ("es2015-polyfills.js", false),
        ("polyfills-es2015.js", false),
        ("web3modal.js", false),
        ("i18next.min.js", false),
        ("x-Web3Auth.js", false),
        ("page-UserCard.js", false),
        ("three-r160.module.js", false),
        ("swiper-bundle.min.css", false),
        ("report-20260101.js", false),
        ("style.css?ver=6.4.2", false),
        ("index-Dk-zT_Wb.js", true),
        ("index--k3T_Wb9.js", true),
        ("index-legacy-BxK2l9aZ.js", true),
        ("main-QX7RKVTZ.js", true),
        ("chunk-ABCDEFGH.js", false),
        ("application-9f3ac71e5d08b2649f3ac71e5d08b2649f3ac71e5d08b2649f3ac71e5d08b264.css", true),
        ("base.55e7cbb9ba48.css", true),
        ("app-9f3ac71e5d08b2649f3ac71e5d08b264.js?vsn=d", true),
        ("app.js?id=9f3ac71e5d08b264", true),
        ("3f9c1b2a.js", true),
        ("face2face.js", false),
        ("decade80.css", false),
        ("cafe2024.css", false),
        ("theme-jQueryUI.js", false),
        ("app-i18nUtil.js", false),
        ("chunk-CAROUSEL.js", false),
        ("assets/index-DiwrgTda.js", true),
        ("assets/index-BWwvKxo_.js", true),
        ("assets/index-carousel.js", false),
        ("site.0b2o9ebyh7.css", true),
        ("site.javascript.css", false),
    ] {
        assert_eq!(is_hashed(&format!("https://acme.example/{name}"), true), want, "{name}");
    }
    assert!(is_hashed("https://acme.example/_next/static/chunks/main.js", true));
    assert!(is_hashed("https://acme.example/chunk-CAROUSEL.js", false), "beside others it may be one");
}

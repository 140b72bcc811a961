//! Every block of the data is read, and every check with a header is told at every provider, exactly.

use super::*;
use crate::check::Line;
use crate::evidence::Purpose;
use crate::fixture::{Fixture, set};
use crate::guide::template::{FILES, parse};
use std::collections::HashSet;

/// Where a site can run: each has to say how a header is set there, or that it cannot be and what to do instead.
const PLACES: &[(&str, Layer)] = &[
    ("Vercel", Layer::Hosting),
    ("Netlify", Layer::Hosting),
    ("Cloudflare Pages", Layer::Hosting),
    ("Cloudflare Workers", Layer::Hosting),
    ("GitHub Pages", Layer::Hosting),
    ("Firebase", Layer::Hosting),
    ("Render", Layer::Hosting),
    ("S3", Layer::Hosting),
    ("Railway", Layer::Hosting),
    ("Fly", Layer::Hosting),
    ("Heroku", Layer::Hosting),
    ("Replit", Layer::Hosting),
    ("Lovable", Layer::Hosting),
    ("Framer", Layer::Hosting),
    ("Webflow", Layer::Hosting),
    ("Shopify", Layer::Hosting),
    ("Squarespace", Layer::Hosting),
    ("Wix", Layer::Hosting),
    ("Bubble", Layer::Hosting),
    ("WordPress.com", Layer::Hosting),
    ("nginx", Layer::Hosting),
    ("Caddy", Layer::Hosting),
    ("Apache", Layer::Hosting),
    ("LiteSpeed", Layer::Hosting),
    ("Traefik", Layer::Hosting),
    ("HAProxy", Layer::Hosting),
    ("Express", Layer::Framework),
    ("Next", Layer::Framework),
    ("Rails", Layer::Framework),
    ("Django", Layer::Framework),
    ("Laravel", Layer::Framework),
    ("Phoenix", Layer::Framework),
    ("WordPress", Layer::Framework),
    ("axum", Layer::Framework),
    ("Cloudflare", Layer::Cdn),
    ("CloudFront", Layer::Cdn),
];

/// Every name in braces that the data may use.
const NAMES: [&str; 24] = [
    "paths_pattern",
    "provider",
    "zone",
    "domain",
    "host",
    "to",
    "from",
    "to_pattern",
    "from_pattern",
    "direction",
    "path",
    "stem",
    "type",
    "name",
    "relative",
    "value",
    "cookie",
    "names",
    "options",
    "header",
    "header_lower",
    "header_value",
    "quoted",
    "escaped",
];

fn left_over(text: &str) -> Option<&'static str> {
    NAMES.into_iter().find(|n| text.contains(&format!("{{{n}}}")))
}

#[test]
fn the_data_is_whole_and_covers_what_it_should() {
    for file in FILES {
        for block in file.split("\n== ").skip(1) {
            assert!(parse(block).is_some_and(|t| !t.is_empty()), "a block cannot be read: {}", block.lines().next().unwrap_or(""));
        }
    }
    let mut seen = HashSet::new();
    let has = |p: &str, l: Layer, k: Kind| TEMPLATES.iter().any(|t| t.provider == p && t.layer == l && t.kind == k);
    for t in TEMPLATES.iter() {
        assert!(seen.insert((t.provider, t.layer, t.kind)), "{} {:?} stands twice", t.provider, t.kind);
        let g = render(t, &super::site(&Fixture::good().evidence), &[], false);
        assert!(!g.steps.is_empty() && !g.undo.is_empty() && g.minutes > 0, "{} {:?}", t.provider, t.kind);
    }
    for p in ["Cloudflare", "Route 53", "Namecheap", "GoDaddy", "Porkbun", "Hetzner", "Google", "Squarespace"] {
        assert!(has(p, Layer::Dns, Kind::Record), "{p}");
    }
    for (p, layer) in PLACES {
        for kind in [Kind::Header, Kind::Redirect, Kind::Cache, Kind::Compress] {
            assert!(has(p, *layer, kind), "{p} {kind:?}");
        }
        if *layer == Layer::Hosting {
            assert!(has(p, *layer, Kind::Https) && has(p, *layer, Kind::Tls) && has(p, *layer, Kind::Certificate), "{p}");
            assert!(has(p, *layer, Kind::WellKnown) && has(p, *layer, Kind::Cookie), "{p}");
        }
    }
    for p in ["Resend", "Postmark", "SES", "SendGrid", "Mailgun", "Google Workspace", "Microsoft 365"] {
        assert!(has(p, Layer::Mail, Kind::Sender), "{p}");
    }
}

/// A site with many mistakes, so that many fixes are there to be told.
fn bad() -> Fixture {
    let mut f = Fixture::good();
    f.txt("acme.example", &["v=spf1 a -all", "v=spf1 mx +all"]).txt("_dmarc.acme.example", &[]);
    f.dns("acme.example", "CAA", &["0 issue \"other.example\""]).dns("app.acme.example", "A", &["10.0.0.1"]);
    f.evidence.target.senders = vec!["postmark".into()];
    f.txt("send.acme.example", &[]);
    for url in ["https://acme.example/", "https://app.acme.example/", "https://acme.example/login"] {
        f.page(url, |r| {
            for h in ["strict-transport-security", "x-content-type-options", "content-security-policy"] {
                set(r, h, "");
            }
            set(r, "referrer-policy", "unsafe-url");
            set(r, "x-powered-by", "PHP/8.1.2");
            set(r, "set-cookie", "session=***; Path=/");
        });
    }
    f.chain(Purpose::Start, &["http://acme.example/"]);
    for h in &mut f.evidence.handshakes {
        h.versions[1].accepted = Some(true);
        h.versions[3].suites.push("RSA_WITH_3DES_EDE_CBC_SHA".into());
    }
    f.asset("https://acme.example/assets/app.3f9c1b2a.js", &[("content-type", "text/javascript"), ("cache-control", "no-store")]);
    f.evidence.fetches.retain(|x| x.purpose != Purpose::Api);
    let hop = f.answer("https://acme.example/api", 200, &[("content-type", "application/json")], "{}");
    f.fetch(Purpose::Api, vec![hop]);
    f
}

/// The site of [`bad`], said to run at one place alone.
fn at(provider: &str, layer: Layer) -> Fixture {
    let mut f = bad();
    let nothing = |l: Layer| (l.word().to_owned(), "none of ours".to_owned());
    f.evidence.target.stack = [Layer::Hosting, Layer::Framework, Layer::Cdn].into_iter().filter(|l| *l != layer).map(nothing).collect();
    f.evidence.target.stack.push((layer.word().to_owned(), provider.to_owned()));
    f
}

fn exact(text: &str, name: &str, value: &str) -> bool {
    let quotes_escaped = text.replace("\\\"", "\"");
    text.to_ascii_lowercase().contains(&name.to_ascii_lowercase()) && quotes_escaped.contains(value)
}

#[test]
fn every_header_is_told_exactly_at_every_provider() {
    let mut checks = HashSet::new();
    for (provider, layer) in PLACES {
        let f = at(provider, *layer);
        let a = f.assess();
        for finding in a.findings.iter().filter(|f| f.outcome.is_open()) {
            let fix = finding.fix.as_ref().unwrap();
            let of_header = kinds(&finding.id, &wants(fix)).into_iter().any(|k| matches!(k, Kind::Header | Kind::Cache));
            if !of_header {
                continue;
            }
            checks.insert(finding.id.clone());
            let told: Vec<&Guide> = finding.guides.iter().filter(|g| g.layer == *layer).collect();
            assert_eq!(told.len(), 1, "{} at {provider}: {:?}", finding.id, finding.guides);
            let pastes: String = told[0].paste.iter().map(|(place, text)| format!("{place}\n{text}\n")).collect();
            // Express says the lifetime of files in its own words; everybody else by the header itself.
            let own_words = (*provider, finding.id.starts_with("PERF-08") || finding.id.starts_with("PERF-10")) == ("Express", true);
            for w in wants(fix) {
                let Want::Headers { headers, .. } = w else { continue };
                for (name, value) in headers.iter().filter(|_| !own_words) {
                    assert!(exact(&pastes, name, value), "{} at {provider} lacks {name}: {value}\n{pastes}", finding.id);
                }
            }
            let whole = format!("{:?}{pastes}{}{:?}", told[0].steps, told[0].undo, told[0].risk);
            assert_eq!(left_over(&whole), None, "{} at {provider}: {whole}", finding.id);
            for t in fix.paste.iter().flat_map(|p| &p.lines) {
                let (Line::Add(t) | Line::Remove(t) | Line::Keep(t)) = t;
                assert!(!t.contains("add_header") && !t.contains("server {"), "{}: {t}", finding.id);
            }
        }
    }
    for id in ["TLS-08", "SEC-10", "SEC-12", "SEC-13", "PERF-08", "PERF-18"] {
        assert!(checks.contains(id), "{id} was not tried: {checks:?}");
    }
}

#[test]
fn a_site_at_a_platform_is_told_nothing_of_other_servers() {
    for (provider, layer) in PLACES.iter().filter(|(p, l)| *l == Layer::Hosting && !matches!(*p, "nginx" | "Heroku")) {
        let f = at(provider, *layer);
        let a = f.assess();
        let report = crate::report::Report { evidence: &f.evidence, assessment: &a, tool: "t 1", help: crate::report::HELP };
        for text in [
            crate::report::text(&report, crate::report::Style::Plain),
            crate::report::markdown(&report),
            crate::report::plan_markdown(&f.evidence, &a),
            crate::report::json(&report).to_string(),
            crate::report::sarif(&report).to_string(),
        ] {
            for foreign in ["add_header", "certbot --nginx", "ssl_protocols", "server_tokens", "gzip_types", "$request_uri"] {
                assert!(!text.contains(foreign), "{provider}: {foreign}");
            }
        }
    }
}

#[test]
fn every_report_tells_the_provider_in_use() {
    let f = at("Netlify", Layer::Hosting);
    let a = f.assess();
    let report = crate::report::Report { evidence: &f.evidence, assessment: &a, tool: "t 1", help: crate::report::HELP };
    let paper = crate::report::pdf(&report, crate::report::pdf::Audience::Developer, &crate::report::pdf::Frame::default(), f.now);
    let line = "Strict-Transport-Security: max-age=31536000";
    for (form, text, heading) in [
        ("text", crate::report::text(&report, crate::report::Style::Plain), "At Netlify"),
        ("Markdown", crate::report::markdown(&report), "**At Netlify:**"),
        ("plan", crate::report::plan_text(&f.evidence, &a), "At Netlify:"),
        ("plan as issues", crate::report::plan_markdown(&f.evidence, &a), "**At Netlify:**"),
        ("JSON", crate::report::json(&report).to_string(), "\"provider\":\"Netlify\""),
        ("SARIF", crate::report::sarif(&report).to_string(), "At Netlify:"),
        ("paper", paper.to_string(), "Netlify: _headers"),
    ] {
        assert!(text.contains(heading) && text.contains(line) && text.contains("_headers"), "{form}");
    }
}

#[test]
fn what_is_pasted_can_be_read_by_what_it_is_for() {
    for (provider, layer) in [("Vercel", Layer::Hosting), ("Firebase", Layer::Hosting)] {
        let a = at(provider, layer).assess();
        for g in a.findings.iter().flat_map(|f| &f.guides).filter(|g| g.provider == provider) {
            for (place, text) in g.paste.iter().filter(|(place, _)| place.contains(".json")) {
                let read = serde_json::from_str::<serde_json::Value>(text);
                assert!(read.is_ok(), "{provider} {place}: {read:?}\n{text}");
            }
        }
    }
    // A policy holds single quotes: these forms need double ones around it.
    let (fly, a) = ("[http_service.http_options.response.headers]", at("Fly", Layer::Hosting).assess());
    let csp = a.finding("SEC-10").unwrap().guides.iter().find(|g| g.provider == "Fly").unwrap();
    assert!(csp.paste[0].1.starts_with(fly) && csp.paste[0].1.contains("-Policy-Report-Only = \"default-src 'self'"), "{csp:?}");
    let value = "a \"b\" \\c";
    let wants = [Want::Headers { label: None, api: false, headers: vec![("X-A".into(), value.into()), ("X-B".into(), "2".into())] }];
    let vercel = TEMPLATES.iter().find(|t| t.provider == "Vercel" && t.kind == Kind::Header).unwrap();
    let g = render(vercel, &super::site(&Fixture::good().evidence), &wants, false);
    let json: serde_json::Value = serde_json::from_str(&g.paste[0].1).unwrap();
    assert_eq!(json["headers"][0]["headers"][0]["value"], value);
    assert_eq!(json["headers"][0]["headers"][1]["key"], "X-B");
}

#[test]
fn a_page_says_in_its_head_only_what_it_may() {
    let paste = |name: &str, value: &str| {
        let wants = [Want::Headers { label: None, api: false, headers: vec![(name.into(), value.into())] }];
        let t = TEMPLATES.iter().find(|t| t.provider == "GitHub Pages" && t.kind == Kind::Header).unwrap();
        render(t, &super::site(&Fixture::good().evidence), &wants, false).paste
    };
    for (name, value, tag) in [
        (
            "Content-Security-Policy",
            "default-src 'self'; frame-ancestors 'none'; report-uri /r; sandbox; base-uri 'self'",
            Some("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'self'; base-uri 'self'\">"),
        ),
        ("Content-Security-Policy", "frame-ancestors 'self'", None),
        ("Content-Security-Policy-Report-Only", "default-src 'self'", None),
        ("X-Frame-Options", "DENY", None),
        ("Strict-Transport-Security", "max-age=31536000", None),
        ("X-Content-Type-Options", "nosniff", None),
        ("Referrer-Policy", "no-referrer", Some("<meta name=\"referrer\" content=\"no-referrer\">")),
    ] {
        let told = paste(name, value);
        assert_eq!(told.get(1).map(|(_, t)| t.as_str()), tag, "{name}: {value}");
        assert_eq!(told[0].1, format!("{name}: {value}"));
    }
}

#[test]
fn where_a_site_runs_shows_by_alias_address_and_answers() {
    let hosting = |change: fn(&mut Fixture)| {
        let mut f = Fixture::good();
        f.page("https://acme.example/", |r| set(r, "x-amz-cf-id", ""));
        change(&mut f);
        let parts = stack::detect(&f.evidence);
        parts
            .into_iter()
            .filter(|p| p.layer == Layer::Hosting && p.is_at_one_of(&["acme.example".into()]))
            .map(|p| p.name)
            .collect::<Vec<_>>()
    };
    type Row = (&'static str, fn(&mut Fixture), &'static [&'static str]);
    let rows: [Row; 9] = [
        ("nothing", |_| {}, &[]),
        ("nginx alone", |f| server(f, "nginx/1.25"), &["nginx"]),
        ("OpenResty is nginx", |f| server(f, "openresty"), &["nginx"]),
        (
            "nginx inside a platform",
            |f| {
                server(f, "nginx");
                a(f, "76.76.21.21");
            },
            &["Vercel"],
        ),
        ("an address of GitHub", |f| a(f, "185.199.108.153"), &["GitHub Pages"]),
        ("an address that only begins alike", |f| a(f, "185.199.108.15"), &[]),
        ("Framer by its header", |f| server(f, "Framer/a338d3d"), &["Framer"]),
        (
            "Shopify behind its own Cloudflare",
            |f| {
                a(f, "23.227.38.65");
                cf(f);
            },
            &["Shopify"],
        ),
        (
            "made with Webflow, served by Caddy",
            |f| {
                f.evidence.pages[0].metas.push(("generator".into(), "Webflow".into()));
                server(f, "Caddy");
            },
            &["Caddy"],
        ),
    ];
    fn server(f: &mut Fixture, name: &'static str) {
        f.evidence.fetches.iter_mut().flat_map(|x| &mut x.hops).for_each(|h| {
            if let crate::evidence::Answer::Response(r) = &mut h.answer {
                set(r, "server", name);
            }
        });
    }
    fn cf(f: &mut Fixture) {
        f.page("https://acme.example/", |r| set(r, "cf-ray", "8a"));
    }
    fn a(f: &mut Fixture, address: &str) {
        f.dns("acme.example", "A", &[address]);
    }
    for (what, change, want) in rows {
        assert_eq!(hosting(change), want, "{what}");
    }
}

#[test]
fn an_edge_that_the_platform_brings_is_not_the_owners() {
    let mut f = bad();
    f.dns("acme.example", "A", &["23.227.38.65"]);
    f.page("https://acme.example/", |r| {
        set(r, "cf-ray", "8a");
        set(r, "x-amz-cf-id", "");
    });
    f.evidence.target.hosts.clear();
    let told = |f: &Fixture| f.assess().finding("TLS-08").unwrap().guides.iter().map(|g| g.provider.clone()).collect::<Vec<_>>();
    assert_eq!(told(&f), ["Shopify"]);
    f.dns("acme.example", "A", &["192.0.2.10"]);
    assert_eq!(told(&f), ["Cloudflare"]);
}

#[test]
fn where_nothing_shows_the_fix_says_so_and_stays_neutral() {
    let mut f = bad();
    for url in ["https://acme.example/", "https://app.acme.example/", "https://acme.example/login", "https://www.acme.example/"] {
        f.page(url, |r| set(r, "x-amz-cf-id", ""));
    }
    f.evidence.target.stack = vec![("cdn".into(), "none".into())];
    let a = f.assess();
    let hsts = a.finding("TLS-08").unwrap();
    assert!(hsts.guides.is_empty(), "{:?}", hsts.guides);
    let fix = hsts.fix.as_ref().unwrap();
    assert!(fix.steps.last().unwrap().starts_with("What the site runs on did not show."), "{fix:?}");
    assert_eq!(fix.paste[0].value(), "Strict-Transport-Security: max-age=31536000");
}

#[test]
fn every_template_is_told_for_a_check() {
    let f = bad();
    let a = f.assess();
    let told: HashSet<String> = a
        .findings
        .iter()
        .filter(|x| x.outcome.is_open())
        .flat_map(|x| guides(&f.evidence, x))
        .map(|g| {
            let whole = format!("{:?}{:?}{}{:?}", g.steps, g.paste, g.undo, g.risk);
            assert_eq!(left_over(&whole), None, "{} {whole}", g.provider);
            g.provider
        })
        .collect();
    for t in TEMPLATES.iter() {
        assert!(told.contains(t.provider), "{} is never told", t.provider);
    }
    for id in crate::checks::ALL.iter().map(|c| c.id) {
        for g in generic(id) {
            assert_eq!(left_over(&format!("{:?}{:?}{}{:?}", g.steps, g.paste, g.undo, g.risk)), None, "{id} {}", g.provider);
        }
    }
}

#[test]
fn the_exact_value_is_told_to_the_provider_in_use() {
    let mut f = bad();
    f.dns("acme.example", "NS", &["ada.ns.cloudflare.com"]);
    let a = f.assess();
    let of = |id: &str| guides(&f.evidence, a.finding(id).unwrap());
    let first = of("MAIL-09").into_iter().next().unwrap();
    assert_eq!((first.provider.as_str(), first.used), ("Cloudflare", true));
    assert_eq!(first.paste[0].0, "TXT · _dmarc");
    assert!(first.paste[0].1.starts_with("v=DMARC1"));
    let nginx = of("TLS-08").into_iter().find(|g| g.provider == "nginx").unwrap();
    assert_eq!(nginx.paste[0].1, "add_header Strict-Transport-Security \"max-age=31536000\" always;");
    assert!(of("MAIL-05").iter().any(|g| g.provider == "Postmark"));
    // A lifetime for files goes on their folder, and one for the API on its path; neither on every page.
    let place = |id: &str, provider: &str| of(id).into_iter().find(|g| g.provider == provider).unwrap().paste[0].1.clone();
    assert!(place("PERF-08", "Netlify").starts_with("/assets/*\n"));
    assert!(place("PERF-18", "Netlify").starts_with("/api/*\n"));
    assert!(place("PERF-18", "nginx").contains("~^/api(/|$) \"no-store\";"));
    assert_eq!(place("SEC-09", "nginx"), "proxy_cookie_flags session secure httponly samesite=lax;");
    assert!(place("RED-02", "nginx").contains("server_name acme.example;"));
}

#[test]
fn names_that_people_type_are_known() {
    for (typed, provider) in [
        ("Next.js", "Next"),
        ("fly.io", "Fly"),
        ("Amazon SES", "SES"),
        ("Firebase Hosting", "Firebase"),
        ("Ruby on Rails", "Rails"),
        ("NGINX", "nginx"),
    ] {
        assert!(alike(typed, provider), "{typed}");
    }
    assert!(!alike("WordPress.com", "WordPress"));
}

#[test]
fn a_redirect_goes_to_the_name_that_the_site_chose() {
    let mut f = Fixture::good();
    f.chain(Purpose::Start, &["https://acme.example/", "https://www.acme.example/"]);
    let s = super::site(&f.evidence);
    assert_eq!((s.to.as_str(), s.from.as_str()), ("www.acme.example", "acme.example"));
    let t = TEMPLATES.iter().find(|t| t.provider == "Caddy" && t.kind == Kind::Redirect).unwrap();
    let g = render(t, &s, &[], false);
    assert_eq!(g.paste[0].1, "acme.example {\n    redir https://www.acme.example{uri} permanent\n}");
}

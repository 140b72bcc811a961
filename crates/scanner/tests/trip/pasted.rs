//! Where a paste goes: the places of the guides, in the words of each server's configuration. What a step says
//! to take away is taken away; nothing else is done that does not stand there.

use crate::servers::{Site, Software};
use readiness::Finding;
use readiness::check::Line;
use readiness::guide::Guide;

pub fn apply(site: &mut Site, finding: &Finding, guide: &Guide) {
    let fix = finding.fix.as_ref().unwrap();
    // A file whose lines the fix holds itself.
    if finding.id == "SEC-33" {
        let path = if site.software == Software::Express { "public/.well-known/security.txt" } else { "www/security.txt" };
        site.file(path, &fix.paste[0].value());
    }
    if !finding.id.starts_with("PERF") {
        old_headers(site, finding);
    }
    // Of two ways the last is the one that closes: a policy to enforce, after one to watch.
    let mut pastes: Vec<&(String, String)> = guide.paste.iter().collect();
    if finding.id == "SEC-10" {
        pastes.remove(0);
    }
    // The second is for pages of a kind that this site has none of.
    pastes.retain(|(place, _)| !place.contains("token pages"));
    for (place, text) in pastes {
        // The lab's folder, and its own address, for the machine's.
        let text = text.replace("/var/www", &site.filled("@FOLDER@/www")).replace("listen 80;", &site.filled("listen @IP@:80;"));
        let text = text.replace("    listen [::]:80;\n", "");
        match site.software {
            Software::Nginx => nginx(site, place, &text),
            Software::Caddy => caddy(site, place, &text),
            Software::Apache => apache(site, place, &text),
            Software::Express => express(site, place, &text),
        }
    }
}

/// Takes away the lines of the site that set a header now which is pasted, as the steps say.
fn old_headers(site: &mut Site, finding: &Finding) {
    let lines = finding.fix.iter().flat_map(|f| &f.paste).flat_map(|p| &p.lines);
    let names = lines.filter_map(|l| if let Line::Add(t) | Line::Remove(t) = l { Some(t.split_once(": ")?.0) } else { None });
    let starts: Vec<String> = names
        .map(|name| match site.software {
            Software::Nginx => format!("add_header {name} "),
            Software::Caddy => format!("header {name} "),
            Software::Apache => format!("Header always set {name} "),
            Software::Express => format!("app.use((req, res, next) => {{ res.setHeader(\"{name}\""),
        })
        .collect();
    // The block of the site comes before those of other names.
    let end = site.filled("# end of @HOST@");
    let (mut kept, mut own) = (String::new(), true);
    for line in site.config.lines() {
        own &= line.trim() != end;
        if !(own && starts.iter().any(|s| line.trim().starts_with(s))) {
            kept += line;
            kept.push('\n');
        }
    }
    site.config = kept;
}

/// Takes away the lines between two marks that hold one of these words.
fn away(site: &mut Site, from: &str, to: &str, words: &[&str]) {
    let (from, to) = (site.filled(from), site.filled(to));
    let (mut kept, mut inside) = (String::new(), false);
    for line in site.config.lines() {
        inside = (inside || line.trim() == from) && line.trim() != to;
        if !(inside && words.iter().any(|w| line.contains(w))) {
            kept += line;
            kept.push('\n');
        }
    }
    site.config = kept;
}

/// Everything but the last lines, and these.
fn split(text: &str, last: usize) -> (String, String) {
    let lines: Vec<&str> = text.lines().collect();
    let (first, rest) = lines.split_at(lines.len() - last);
    (first.join("\n"), rest.join("\n"))
}

fn nginx(site: &mut Site, place: &str, text: &str) {
    match place.split(" (").next().unwrap() {
        "http { }" => {
            let names: Vec<&str> = text.lines().filter_map(|l| l.split(' ').next()).collect();
            // “Set the line”, “take other lines away”.
            site.config =
                site.config.lines().filter(|l| !names.contains(&l.trim().split(' ').next().unwrap())).map(|l| format!("{l}\n")).collect();
            site.insert("# http", text);
        }
        p if p.starts_with("server { } of") && p.ends_with("before its locations") => site.insert("# locations", text),
        p if p.starts_with("server { } of") => site.insert("# end of @HOST@", text),
        p if p.starts_with("server { } that answers www.") => site.insert("# www.@HOST@", text),
        p if p.starts_with("top of the file, outside server { }; the last line inside server { } of") => {
            let (top, last) = split(text, 1);
            site.insert("# outside", &top);
            site.insert("# end of @HOST@", &last);
        }
        "top of the file, outside server { }; the last two lines inside the location of the API" => {
            let (top, last) = split(text, 2);
            site.insert("# outside", &top);
            site.insert("# end of @HOST@", &last);
        }
        "in place of the server { } on port 80" => {
            let (before, rest) = site.config.split_once("# port 80\n").unwrap();
            let (_, after) = rest.split_once("# end of port 80\n").unwrap();
            site.config = format!("{before}{text}\n{after}");
        }
        "location with proxy_pass" => site.insert("# proxied", text),
        "the location of that folder" => site.replace("autoindex on;", text),
        other => panic!("nobody knows where in nginx “{other}” is"),
    }
}

fn caddy(site: &mut Site, place: &str, text: &str) {
    let place = place.split(" (").next().unwrap();
    if text.contains("Access-Control-Allow-Origin") {
        site.config =
            site.config.lines().filter(|l| !l.contains("header Access-Control-Allow-Origin {")).map(|l| format!("{l}\n")).collect();
    }
    if text == "file_server" {
        site.replace("file_server browse", text);
    } else if place.starts_with("Caddyfile, in the block of") {
        site.insert("# end of @HOST@", text);
    } else if place == "Caddyfile, inside reverse_proxy { }" {
        site.insert("# proxied", text);
    } else if place == "Caddyfile" {
        // A block of its own, in place of the one that was.
        let www = site.filled("www.@HOST@ {");
        let at = site.config.find(&www).unwrap();
        site.config = format!("{}{text}\n", &site.config[..at]);
    } else if place == "Caddyfile, heads of the blocks" {
        site.replace("http://@HOST@, https://@HOST@ {", &format!("{text} {{"));
    } else {
        panic!("nobody knows where in Caddy “{place}” is");
    }
}

fn apache(site: &mut Site, place: &str, text: &str) {
    if text.contains("Access-Control-Allow-Origin") {
        away(site, "SSLEngine on", "# end of @HOST@", &["set Access-Control-Allow-Origin"]);
    }
    match place.split(" (").next().unwrap() {
        p if p.starts_with("<VirtualHost> of") => site.insert("# end of @HOST@", text),
        p if p.starts_with("<VirtualHost *:80> of") => {
            away(site, "<VirtualHost @IP@:80>", "# end of port 80", &["Rewrite"]);
            site.insert("# end of port 80", text);
        }
        p if p.starts_with("<VirtualHost *:443> that answers www.") => {
            away(site, "# www.@HOST@", "</VirtualHost>", &["Rewrite"]);
            site.insert("# www.@HOST@", text);
        }
        p if p.starts_with("<Directory> of that folder") => site.insert("# folder", text),
        "conf-enabled/security.conf" | "mods-enabled/ssl.conf" => site.insert("# server", text),
        other => panic!("nobody knows where in Apache “{other}” is"),
    }
}

fn express(site: &mut Site, place: &str, text: &str) {
    match place.split(" (").next().unwrap() {
        "the application, before the routes" => {
            let other = if text.contains("require(\"cors\")") {
                "require(\"cors\")"
            } else if text.contains("req.hostname ===") {
                "req.hostname ==="
            } else if text.contains("req.secure ?") {
                "req.secure ?"
            } else {
                "nothing else"
            };
            away(site, "// app", "// static", &[other]);
            site.insert("// before the routes", text);
        }
        "the application" if text.contains("session(") => {
            away(site, "// app", "// static", &["app.use(session("]);
            site.insert(
                "// static",
                &text.replace("/* and what stood there */", ", secret: \"lab\", resave: false, saveUninitialized: true"),
            );
        }
        "the application" => {
            site.config = site.config.replace("etag: false, ", "");
            site.insert("// app", text);
        }
        "where static files are served, before other static folders" => site.insert("// static", text),
        other => panic!("nobody knows where in Express “{other}” is"),
    }
}

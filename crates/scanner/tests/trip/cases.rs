//! The mistakes: for a check and a server, what is changed on a right site.

use crate::servers::{Site, Software};
use Change::{App, Config, File, Page};
use lab::Lab;
use std::fmt;

/// A change of the right site.
#[derive(Debug)]
pub enum Change {
    /// In the server's configuration, this for that.
    Config(&'static str, &'static str),
    /// A file below the site's folder.
    File(&'static str, &'static str),
    /// A header of a page of the application behind; without a value it is left out.
    App(&'static str, &'static str, &'static str),
    /// What a page of the application says.
    Page(&'static str, &'static str),
}

#[derive(Debug)]
pub struct Case {
    pub software: Software,
    pub check: &'static str,
    what: &'static str,
    changes: &'static [Change],
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}, {}", self.check, self.software.name(), self.what)
    }
}

impl Case {
    pub fn spoil(&self, lab: &Lab, site: &mut Site) {
        for change in self.changes {
            match change {
                Config(old, new) => site.replace(old, new),
                File(path, text) => site.file(path, text),
                Page(path, text) => {
                    for host in [format!("app.{}", site.host), lab.ip.to_string()] {
                        lab.change(&host, |s| s.pages.get_mut(*path).unwrap().reply = lab::Reply::Text((*text).into()));
                    }
                }
                App(path, name, value) => {
                    for host in [format!("app.{}", site.host), lab.ip.to_string()] {
                        lab.change(&host, |s| {
                            let page = s.pages.get_mut(*path).unwrap();
                            page.headers.retain(|(n, _)| n != name);
                            if !value.is_empty() {
                                page.headers.push(((*name).into(), (*value).into()));
                            }
                        });
                    }
                }
            }
        }
    }
}

/// The mistakes at a server.
pub fn of(software: Software) -> impl Iterator<Item = &'static Case> {
    CASES.iter().filter(move |c| c.software == software)
}

const fn case(software: Software, check: &'static str, what: &'static str, changes: &'static [Change]) -> Case {
    Case { software, check, what, changes }
}

const N: Software = Software::Nginx;
const C: Software = Software::Caddy;
const A: Software = Software::Apache;
const E: Software = Software::Express;

const N_CSP: &str =
    "add_header Content-Security-Policy \"default-src 'self'; object-src 'none'; base-uri 'self'; frame-ancestors 'none'\" always;";
const C_CSP: &str = "header Content-Security-Policy \"default-src 'self'; object-src 'none'; base-uri 'self'; frame-ancestors 'none'\"";
const A_CSP: &str =
    "Header always set Content-Security-Policy \"default-src 'self'; object-src 'none'; base-uri 'self'; frame-ancestors 'none'\"";
const E_CSP: &str = "app.use((req, res, next) => { res.setHeader(\"Content-Security-Policy\", \"default-src 'self'; object-src 'none'; base-uri 'self'; frame-ancestors 'none'\"); next(); });";
const LEFT: &[Change] = &[
    File("public/.env", "APP_KEY=base64:c2VjcmV0\nDB_PASSWORD=hunter22\n"),
    File("public/.git/HEAD", "ref: refs/heads/main\n"),
    File("public/dump.sql", "CREATE TABLE users (id int);\nINSERT INTO users VALUES (1);\n"),
    File("public/docker-compose.yml", "services:\n  db:\n    image: postgres\n"),
    File("public/config/database.yml", "production:\n  adapter: postgresql\n"),
    File("public/id_rsa", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n-----END OPENSSH PRIVATE KEY-----\n"),
];

const OLD: &str = "<!doctype html><html lang=en><meta charset=utf-8><title>Acme</title><script type=module src=/assets/app.3f9c1b2a.js></script><img src=http://img.acme.test/a.png><h1>Acme</h1></html>";
const HEALTH: &str = "{\"status\":\"pass\",\"checks\":{\"database\":\"pass\"}}";

static CASES: &[Case] = &[
    // nginx
    case(
        N,
        "TLS-08",
        "no header",
        &[Config("add_header Strict-Transport-Security \"max-age=31536000\" always;\n        add_header Con", "add_header Con")],
    ),
    case(
        N,
        "TLS-08",
        "five minutes",
        &[Config("\"max-age=31536000\" always;\n        add_header Con", "\"max-age=300\" always;\n        add_header Con")],
    ),
    case(N, "SEC-10", "no policy", &[Config(N_CSP, "add_header X-Frame-Options DENY always;")]),
    case(N, "SEC-11", "no header", &[Config("; frame-ancestors 'none'", "")]),
    case(N, "SEC-12", "no header", &[Config("add_header X-Content-Type-Options nosniff always;", "")]),
    case(N, "SEC-13", "a loose one", &[Config("Referrer-Policy same-origin", "Referrer-Policy unsafe-url")]),
    case(N, "PERF-08", "nothing said", &[Config("add_header Cache-Control $lifetime;", "")]),
    case(N, "PERF-11", "both switched off", &[Config("server_tokens off;", "server_tokens off;\netag off;\nif_modified_since off;")]),
    case(
        N,
        "PERF-12",
        "never switched on",
        &[
            Config("gzip on;", ""),
            Config("gzip_vary on;", ""),
            Config("gzip_proxied any;", ""),
            Config("gzip_types text/css text/javascript application/javascript application/json;", ""),
        ],
    ),
    case(N, "PERF-18", "an API", &[App("/api", "cache-control", "")]),
    case(N, "PERF-18", "a health page", &[App("/health", "cache-control", "")]),
    case(
        N,
        "TLS-05",
        "all versions",
        &[
            Config("ssl_protocols TLSv1.2 TLSv1.3;", "ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3;"),
            Config("ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305;", "ssl_ciphers ALL:@SECLEVEL=0;"),
        ],
    ),
    case(
        N,
        "TLS-06",
        "without encryption",
        &[Config("ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305;", "ssl_ciphers ALL:eNULL:@SECLEVEL=0;")],
    ),
    case(
        N,
        "SEC-08",
        "whoever asks",
        &[Config(
            "add_header Referrer-Policy same-origin always;",
            "add_header Referrer-Policy same-origin always;\n        add_header Access-Control-Allow-Origin $http_origin always;\n        add_header Access-Control-Allow-Credentials true always;",
        )],
    ),
    case(N, "SEC-09", "no flags", &[App("/login", "set-cookie", "session=abc; Path=/")]),
    case(N, "SEC-09", "HttpOnly alone", &[App("/login", "set-cookie", "session=abc; Path=/; HttpOnly")]),
    case(N, "SEC-15", "its own version", &[Config("server_tokens off;", "")]),
    case(N, "SEC-15", "the application's", &[Config("server_tokens off;", ""), App("/login", "x-powered-by", "PHP/8.1.2")]),
    case(N, "SEC-33", "no file", &[File("public/.well-known/security.txt", "Contact: nobody\n")]),
    case(N, "AUD-04", "files of every kind", LEFT),
    case(N, "AUD-05", "a listing", &[Config("autoindex off;", "autoindex on;")]),
    case(N, "RED-01", "www answers for itself", &[Config("return 301 https://@HOST@$request_uri;", "root @FOLDER@/public;")]),
    case(N, "RED-02", "the site on port 80", &[Config("return 301 https://$host$request_uri;", "root @FOLDER@/public;")]),
    case(N, "RED-03", "back over http", &[Config("return 301 https://@HOST@$request_uri;", "return 301 http://@HOST@$request_uri;")]),
    case(N, "RED-04", "the front page for all", &[Config("return 301 https://@HOST@$request_uri;", "return 301 https://@HOST@/;")]),
    case(N, "RED-04", "on port 80", &[Config("return 301 https://$host$request_uri;", "return 301 https://$host/;")]),
    case(N, "RED-05", "for now", &[Config("return 301 https://@HOST@$request_uri;", "return 302 https://@HOST@$request_uri;")]),
    case(N, "RED-05", "on port 80", &[Config("return 301 https://$host$request_uri;", "return 302 https://$host$request_uri;")]),
    case(
        N,
        "TLS-09",
        "preloading for a month",
        &[Config(
            "\"max-age=31536000\" always;\n        add_header Con",
            "\"max-age=2592000; includeSubDomains; preload\" always;\n        add_header Con",
        )],
    ),
    case(N, "TLS-10", "an old picture", &[File("public/index.html", OLD)]),
    case(N, "DEP-14", "nothing said", &[Page("/health", HEALTH)]),
    // Caddy
    case(C, "TLS-08", "no header", &[Config("header Strict-Transport-Security \"max-age=31536000\"\n\theader Con", "header Con")]),
    case(C, "TLS-08", "five minutes", &[Config("\"max-age=31536000\"\n\theader Con", "\"max-age=300\"\n\theader Con")]),
    case(C, "SEC-10", "no policy", &[Config(C_CSP, "header X-Frame-Options DENY")]),
    case(C, "SEC-11", "no header", &[Config("; frame-ancestors 'none'", "")]),
    case(C, "SEC-12", "no header", &[Config("header X-Content-Type-Options \"nosniff\"", "")]),
    case(C, "SEC-13", "a loose one", &[Config("Referrer-Policy \"same-origin\"", "Referrer-Policy \"unsafe-url\"")]),
    case(C, "PERF-08", "nothing said", &[Config("header /assets/* Cache-Control \"public, max-age=31536000, immutable\"", "")]),
    case(C, "PERF-12", "never switched on", &[Config("encode gzip", "")]),
    case(C, "PERF-18", "an API", &[App("/api", "cache-control", "")]),
    case(
        C,
        "SEC-08",
        "whoever asks",
        &[Config(
            "file_server\n",
            "file_server\n\theader Access-Control-Allow-Origin {http.request.header.Origin}\n\theader Access-Control-Allow-Credentials true\n",
        )],
    ),
    case(C, "SEC-09", "no flags", &[App("/login", "set-cookie", "session=abc; Path=/")]),
    case(C, "SEC-09", "HttpOnly alone", &[App("/login", "set-cookie", "session=abc; Path=/; HttpOnly")]),
    case(C, "SEC-15", "the application's", &[App("/login", "x-powered-by", "PHP/8.1.2")]),
    case(C, "SEC-33", "no file", &[File("public/.well-known/security.txt", "Contact: nobody\n")]),
    case(C, "AUD-04", "files of every kind", LEFT),
    case(C, "RED-01", "www answers for itself", &[Config("redir https://@HOST@{uri} permanent", "root * @FOLDER@/public\n\tfile_server")]),
    case(
        C,
        "RED-02",
        "the site on port 80",
        &[Config("\n@HOST@ {\n\ttls @FOLDER@/cert.pem @FOLDER@/key.pem", "\nhttp://@HOST@, https://@HOST@ {")],
    ),
    case(C, "RED-03", "back over http", &[Config("redir https://@HOST@{uri} permanent", "redir http://@HOST@{uri} permanent")]),
    case(C, "RED-04", "the front page for all", &[Config("redir https://@HOST@{uri} permanent", "redir https://@HOST@/ permanent")]),
    case(C, "RED-05", "for now", &[Config("redir https://@HOST@{uri} permanent", "redir https://@HOST@{uri}")]),
    case(
        C,
        "TLS-09",
        "preloading for a month",
        &[Config("\"max-age=31536000\"\n\theader Con", "\"max-age=2592000; includeSubDomains; preload\"\n\theader Con")],
    ),
    case(C, "TLS-10", "an old picture", &[File("public/index.html", OLD)]),
    case(C, "DEP-14", "nothing said", &[Page("/health", HEALTH)]),
    // Apache
    case(A, "TLS-08", "no header", &[Config("Header always set Strict-Transport-Security \"max-age=31536000\"\n    Header", "Header")]),
    case(A, "TLS-08", "five minutes", &[Config("\"max-age=31536000\"\n    Header", "\"max-age=300\"\n    Header")]),
    case(A, "SEC-10", "no policy", &[Config(A_CSP, "Header always set X-Frame-Options DENY")]),
    case(A, "SEC-11", "no header", &[Config("; frame-ancestors 'none'", "")]),
    case(A, "SEC-12", "no header", &[Config("Header always set X-Content-Type-Options \"nosniff\"", "")]),
    case(A, "SEC-13", "a loose one", &[Config("Referrer-Policy \"same-origin\"", "Referrer-Policy \"unsafe-url\"")]),
    case(A, "PERF-08", "nothing said", &[Config("Header set Cache-Control \"public, max-age=31536000, immutable\"", "")]),
    case(
        A,
        "PERF-11",
        "switched off",
        &[
            Config("# server", "FileETag None\nHeader unset Last-Modified\n# server"),
            Config("Header set Cache-Control \"public, max-age=31536000, immutable\"", "Header set Cache-Control \"max-age=31536000\""),
        ],
    ),
    case(A, "PERF-11", "asked for a compressed file", &[Config("RequestHeader edit If-None-Match \"-(gzip|br)\\\"$\" \"\\\"\"", "")]),
    case(
        A,
        "PERF-12",
        "never switched on",
        &[
            Config("AddOutputFilterByType DEFLATE text/html text/css text/javascript application/javascript application/json", ""),
            Config("RequestHeader edit If-None-Match \"-(gzip|br)\\\"$\" \"\\\"\"", ""),
        ],
    ),
    case(A, "PERF-18", "an API", &[App("/api", "cache-control", "")]),
    case(
        A,
        "TLS-05",
        "all versions",
        &[
            Config("SSLProtocol -all +TLSv1.2 +TLSv1.3", "SSLProtocol all"),
            Config("SSLCipherSuite ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305", "SSLCipherSuite ALL:@SECLEVEL=0"),
        ],
    ),
    case(
        A,
        "SEC-08",
        "whoever asks",
        &[Config(
            "<Location \"/assets/\">",
            "SetEnvIf Origin \"(.*)\" WHO=$1\n    Header always set Access-Control-Allow-Origin \"%{WHO}e\"\n    Header always set Access-Control-Allow-Credentials true\n    <Location \"/assets/\">",
        )],
    ),
    case(A, "SEC-09", "no flags", &[App("/login", "set-cookie", "session=abc; Path=/")]),
    case(A, "SEC-09", "HttpOnly alone", &[App("/login", "set-cookie", "session=abc; Path=/; HttpOnly")]),
    case(A, "SEC-15", "its own version", &[Config("ServerTokens Prod", "ServerTokens Full")]),
    case(A, "SEC-15", "the application's", &[App("/login", "x-powered-by", "PHP/8.1.2")]),
    case(A, "SEC-33", "no file", &[File("public/.well-known/security.txt", "Contact: nobody\n")]),
    case(A, "AUD-04", "files of every kind", LEFT),
    case(A, "AUD-05", "a listing", &[Config("# folder", "Options +Indexes\n        # folder")]),
    case(A, "RED-01", "www answers for itself", &[Config("RewriteEngine On\n    RewriteRule ^/?(.*)$ https://@HOST@/$1 [R=301,L]", "")]),
    case(
        A,
        "RED-02",
        "the site on port 80",
        &[Config(
            "RewriteEngine On\n    RewriteRule ^/?(.*)$ https://%{HTTP_HOST}/$1 [R=301,L]",
            "<Directory @FOLDER@/public>\n        Require all granted\n    </Directory>",
        )],
    ),
    case(
        A,
        "RED-03",
        "back over http",
        &[Config("RewriteRule ^/?(.*)$ https://@HOST@/$1 [R=301,L]", "RewriteRule ^/?(.*)$ http://@HOST@/$1 [R=301,L]")],
    ),
    case(
        A,
        "RED-04",
        "the front page for all",
        &[Config("RewriteRule ^/?(.*)$ https://@HOST@/$1 [R=301,L]", "RewriteRule ^ https://@HOST@/ [R=301,L]")],
    ),
    case(
        A,
        "RED-04",
        "on port 80",
        &[Config("RewriteRule ^/?(.*)$ https://%{HTTP_HOST}/$1 [R=301,L]", "RewriteRule ^ https://%{HTTP_HOST}/ [R=301,L]")],
    ),
    case(A, "RED-05", "for now", &[Config("https://@HOST@/$1 [R=301,L]", "https://@HOST@/$1 [R=302,L]")]),
    case(A, "RED-05", "on port 80", &[Config("https://%{HTTP_HOST}/$1 [R=301,L]", "https://%{HTTP_HOST}/$1 [R=302,L]")]),
    case(
        A,
        "TLS-09",
        "preloading for a month",
        &[Config("\"max-age=31536000\"\n    Header", "\"max-age=2592000; includeSubDomains; preload\"\n    Header")],
    ),
    case(A, "TLS-10", "an old picture", &[File("public/index.html", OLD)]),
    case(A, "DEP-14", "nothing said", &[Page("/health", HEALTH)]),
    // Express
    case(
        E,
        "TLS-08",
        "no header",
        &[Config("app.use((req, res, next) => { res.setHeader(\"Strict-Transport-Security\", \"max-age=31536000\"); next(); });", "")],
    ),
    case(E, "TLS-08", "five minutes", &[Config("max-age=31536000", "max-age=300")]),
    case(
        E,
        "SEC-10",
        "no policy",
        &[Config(E_CSP, "app.use((req, res, next) => { res.setHeader(\"X-Frame-Options\", \"DENY\"); next(); });")],
    ),
    case(E, "SEC-11", "no header", &[Config("; frame-ancestors 'none'", "")]),
    case(
        E,
        "SEC-12",
        "no header",
        &[Config("app.use((req, res, next) => { res.setHeader(\"X-Content-Type-Options\", \"nosniff\"); next(); });", "")],
    ),
    case(E, "SEC-13", "a loose one", &[Config("\"Referrer-Policy\", \"same-origin\"", "\"Referrer-Policy\", \"unsafe-url\"")]),
    case(E, "PERF-08", "nothing said", &[Config("{ immutable: true, maxAge: \"1y\" }", "{}")]),
    case(
        E,
        "PERF-11",
        "switched off",
        &[Config("{ immutable: true, maxAge: \"1y\" }", "{ etag: false, lastModified: false, maxAge: \"1y\" }")],
    ),
    case(E, "PERF-12", "never switched on", &[Config("app.use(require(\"compression\")());", "")]),
    case(
        E,
        "PERF-18",
        "an API",
        &[Config("app.use(\"/api\", (req, res, next) => { res.setHeader(\"Cache-Control\", \"no-store\"); next(); });", "")],
    ),
    case(
        E,
        "SEC-08",
        "whoever asks",
        &[Config("// static", "app.use(require(\"cors\")({ origin: true, credentials: true }));\n// static")],
    ),
    case(E, "SEC-09", "no flags", &[Config("{ secure: true, sameSite: \"lax\" }", "{ httpOnly: false }")]),
    case(
        E,
        "SEC-33",
        "no file",
        &[
            File("public/.well-known/security.txt", "Contact: nobody\n"),
            Config("app.use(\"/.well-known\", express.static(\"public/.well-known\", { dotfiles: \"allow\" }));", ""),
        ],
    ),
    case(E, "RED-01", "www answers for itself", &[Config("req.hostname === \"www.@HOST@\" ?", "false ?")]),
    case(
        E,
        "RED-02",
        "the site on port 80",
        &[Config("app.use((req, res, next) => req.secure ? next() : res.redirect(301, `https://${req.hostname}${req.originalUrl}`));", "")],
    ),
    case(E, "RED-03", "back over http", &[Config("res.redirect(301, `https://@HOST@$", "res.redirect(301, `http://@HOST@$")]),
    case(
        E,
        "RED-04",
        "the front page for all",
        &[Config("res.redirect(301, `https://@HOST@${req.originalUrl}`)", "res.redirect(301, `https://@HOST@/`)")],
    ),
    case(E, "RED-05", "for now", &[Config("res.redirect(301, `https://@HOST@", "res.redirect(302, `https://@HOST@")]),
    case(E, "RED-05", "on port 80", &[Config("res.redirect(301, `https://${req", "res.redirect(302, `https://${req")]),
    case(E, "TLS-09", "preloading for a month", &[Config("max-age=31536000", "max-age=2592000; includeSubDomains; preload")]),
    case(E, "TLS-10", "an old picture", &[File("public/index.html", OLD)]),
    case(E, "DEP-14", "nothing said", &[Config("version: \"3f9c1b2\", ", ""), Config("version: 1", "items: []")]),
];

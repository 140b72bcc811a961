//! Every setting: its name, what it does, what holds without it.

/// A setting as it may be written.
#[derive(Debug)]
pub struct Key {
    /// The key in the TOML file, and with `LAUNCH_READY_` before it in capitals the variable.
    pub name: &'static str,
    /// What it does, for `launch-ready config`.
    pub about: &'static str,
    /// What holds without it.
    pub default: &'static str,
    /// Whether its value is masked.
    pub secret: bool,
}

macro_rules! keys {
    ($($name:literal = $default:literal $(($secret:ident))? : $about:literal),+ $(,)?) => {
        /// Every setting.
        pub const KEYS: &[Key] = &[$(Key { name: $name, about: $about, default: $default, secret: keys!(@ $($secret)?) }),+];
    };
    (@ secret) => { true };
    (@) => { false };
}

keys! {
    "listen" = "127.0.0.1:3000": "address and port of the web server",
    "public_url" = "": "the address that people type, https://… behind a proxy; made of `listen` if empty",
    "data_dir" = "data": "folder of the database, the secret key and the outbox",
    "database_url" = "" (secret): "sqlite:… or postgres://…; a SQLite file in the data folder if empty (variable: DATABASE_URL)",
    "workers" = "4": "scans at once in this process; 0 for none",
    "scan_timeout" = "30s": "a scan ends by then with what is known",
    "lease" = "30s": "how long a worker may be silent before its scan is given to another",
    "resolvers" = "": "name servers for all DNS questions, IP:PORT separated by commas; the system's if empty",
    "ca_file" = "": "PEM file with roots to trust besides Mozilla's",
    "allow_net" = "": "networks that the scanner may enter besides the public internet, separated by commas",
    "deny_net" = "": "networks that the scanner never enters, even where they are public or in allow_net, separated by commas",
    "ct_url" = "https://crt.sh/?q={domain}&output=json": "where certificate logs are searched, {domain} for the domain, answers in crt.sh's JSON form; no search if empty",
    "rdap_bootstrap" = "": "IANA's RDAP bootstrap registry (dns.json) in place of the bundled one",
    "report_fonts" = "": "a folder with further fonts (TTF, OTF) for PDF reports, such as Noto Sans CJK",
    "languages" = "": "a folder with translations of the pages, such as de.tsv; cargo xtask messages writes one to fill in",
    "trust_anchor" = "": "file of DNSKEY records to validate DNSSEC from, in place of the root's",
    "smtp_url" = "" (secret): "mail server: smtps://user:password@host, or smtp://user:password@host:587?tls=required; mail is written to files in the data folder if empty",
    "security_contact" = "": "where weaknesses of this instance are told, such as mailto:security@acme.com or https://acme.com/security; the address of `mail_from` if empty",
    "mail_from" = "": "who mail comes from, such as Launch Ready <noreply@acme.com>; made of `public_url` if empty",
    "breach_url" = "": "where new passwords are looked up by the first five letters of their SHA-1, such as https://api.pwnedpasswords.com/range/{prefix}; off if empty",
    "oidc_issuer" = "": "a site to sign in by (OpenID Connect), such as https://login.acme.com; off if empty",
    "oidc_client_id" = "": "our name there",
    "oidc_client_secret" = "" (secret): "our secret there, if it gave one",
    "oidc_name" = "your company": "what people call that site",
    "metrics_listen" = "": "address and port of /metrics for Prometheus; off if empty",
    "trusted_proxies" = "": "networks of proxies before us, separated by commas; only their X-Forwarded-For is believed",
    "signup" = "open": "who may sign up: open for everybody, invitation for who is invited to a workspace, closed for nobody",
    "log_format" = "text": "text or json",
    "preview_limit" = "10": "previews that one address may start in ten minutes",
}

/// The setting of this name.
pub fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|k| k.name == name)
}

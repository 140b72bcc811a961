//! CAA (RFC 8659, with the parameters of RFC 8657): its grammar, which records bind a name, whether they let an
//! authority issue, and the one editor that changes such a set.

use crate::check::Line;
use crate::evidence::{Lookup, Outside};

/// One property, or a text that is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// Whether an authority that does not know the tag must refuse (section 4.1, bit 0).
    pub critical: bool,
    /// In lower case.
    pub tag: String,
    /// Without its outer quotes.
    pub value: String,
}

/// Tags that authorities know: RFC 8659 sections 4.2 to 4.4, RFC 9495, the CA/Browser Forum's requirements.
const KNOWN: [&str; 7] = ["issue", "issuewild", "iodef", "issuemail", "issuevmc", "contactemail", "contactphone"];

/// `0 issue "letsencrypt.org; validationmethods=dns-01"` (section 4.1.1).
///
/// # Errors
/// What is wrong with the text.
pub fn parse(text: &str) -> Result<Property, String> {
    let bad = || format!("“{text}” is not a CAA record.");
    let mut words = text.trim().splitn(3, char::is_whitespace);
    let flags: u8 = words.next().and_then(|f| f.parse().ok()).ok_or_else(bad)?;
    let tag = words.next().filter(|t| !t.is_empty() && t.bytes().all(|b| b.is_ascii_alphanumeric())).ok_or_else(bad)?.to_ascii_lowercase();
    let value = words.next().ok_or_else(bad)?.trim();
    // One pair of quotes belongs to the form; further ones were typed into the value.
    let value = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value).to_owned();
    Ok(Property { critical: flags & 128 != 0, tag, value })
}

/// The value of an `issue` or `issuewild` (section 4.2): the authority, empty for nobody, and its parameters.
///
/// # Errors
/// What breaks the grammar; authorities then read the value as naming nobody.
pub fn issuer(value: &str) -> Result<(String, Vec<(String, String)>), String> {
    let (name, rest) = value.split_once(';').map_or((value, None), |(n, r)| (n, Some(r)));
    let name = name.trim_matches([' ', '\t']);
    let word =
        |w: &str| !w.is_empty() && !w.starts_with('-') && !w.ends_with('-') && w.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if !name.is_empty() && !name.split('.').all(word) {
        return Err(format!("“{name}” is not the name of an authority"));
    }
    let mut parameters = vec![];
    let rest = rest.map(|r| r.trim_matches([' ', '\t'])).unwrap_or_default();
    for parameter in rest.split(';').filter(|_| !rest.is_empty()) {
        let parameter = parameter.trim_matches([' ', '\t']);
        let (tag, value) = parameter.split_once('=').map(|(t, v)| (t.trim_end(), v.trim_start())).unwrap_or_default();
        if !word(tag) || !value.bytes().all(|b| (0x21..=0x7e).contains(&b)) {
            return Err(format!("“{parameter}” after the semicolon is not of the form name=value"));
        }
        parameters.push((tag.to_ascii_lowercase(), value.to_owned()));
    }
    Ok((name.to_ascii_lowercase(), parameters))
}

/// What is wrong with a record, for a person.
#[must_use]
pub fn fault(text: &str) -> Option<String> {
    let p = match parse(text) {
        Ok(p) => p,
        Err(why) => return Some(why),
    };
    match p.tag.as_str() {
        "issue" | "issuewild" => match issuer(&p.value) {
            Err(why) => Some(format!("“{text}” lets nobody issue: {why}.")),
            // Boulder, va/caa.go: the name as it stands, letter by letter.
            Ok((name, _)) if name == "letsencrypt.org" && p.value.split(';').next().is_some_and(|n| n.trim() != name) => {
                Some(format!("“{text}” is in capitals; Let's Encrypt compares letter by letter and refuses, so write “{name}”."))
            }
            Ok(_) => None,
        },
        "iodef" if !["mailto:", "http:", "https:"].iter().any(|s| p.value.to_ascii_lowercase().starts_with(s)) => {
            Some(format!("“{text}”: an iodef needs a mailto: or https: address."))
        }
        _ => None,
    }
}

/// The records that bind a name (section 3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relevant {
    /// The name, itself or an ancestor, that has them.
    pub at: String,
    /// Where they were entered: another name if `at` is an alias.
    pub owner: String,
    /// The records.
    pub values: Vec<String>,
}

/// Climbs from a name, without its `*.`, up to the top-level domain; an alias counts with the records of its
/// target, and without any the climb goes on from the alias itself.
///
/// # Errors
/// Why it was not learned: authorities refuse then too.
pub fn relevant(e: &Outside, name: &str) -> Result<Option<Relevant>, String> {
    let mut at = name.strip_prefix("*.").unwrap_or(name);
    loop {
        let lookup = e.lookup(at, "CAA");
        lookup.learned()?;
        if let Lookup::Found(records) = &lookup {
            let values = records.iter().map(|r| r.value.clone()).collect();
            return Ok(Some(Relevant { at: at.to_owned(), owner: e.owner(at, "CAA"), values }));
        }
        match at.split_once('.') {
            Some((_, parent)) => at = parent,
            None => return Ok(None),
        }
    }
}

/// Whether a set of records lets an authority issue for a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Says {
    /// It may.
    Allows,
    /// It may not, and why.
    Forbids(String),
    /// Whether the authority is one of those named could not be told.
    Unclear,
}

/// Whose certificate is meant.
pub enum Issuer<'a> {
    /// A well-known authority with its identifiers.
    Known(&'a [&'a str]),
    /// Another, of which only this test is known.
    Other(&'a dyn Fn(&str) -> bool),
    /// No certificate was seen.
    None,
}

/// The tag that binds a name: `issuewild` binds wildcards where there is one (section 4.3).
#[must_use]
pub fn binding_tag(values: &[String], wild: bool) -> &'static str {
    let has = values.iter().filter_map(|v| parse(v).ok()).any(|p| p.tag == "issuewild");
    if wild && has { "issuewild" } else { "issue" }
}

/// Reads a set of records as an authority does.
#[must_use]
pub fn says(values: &[String], wild: bool, who: &Issuer) -> Says {
    let records: Vec<Property> = values.iter().filter_map(|v| parse(v).ok()).collect();
    if let Some(p) = records.iter().find(|p| unknown_critical(p)) {
        return Says::Forbids(format!("“{}” is marked critical, and no authority knows it", p.tag));
    }
    let tag = binding_tag(values, wild);
    let named: Vec<&Property> = records.iter().filter(|p| p.tag == tag).collect();
    if named.is_empty() {
        return Says::Allows;
    }
    let grants: Vec<(&Property, String)> =
        named.iter().filter_map(|p| grant(p, wild).map(|id| (*p, id))).filter(|(_, id)| !id.is_empty()).collect();
    if grants.is_empty() {
        let why = named.iter().find_map(|p| unmet(p, wild).or_else(|| issuer(&p.value).err()));
        return Says::Forbids(why.unwrap_or_else(|| format!("its {tag} names nobody")));
    }
    let allowed = |test: &dyn Fn(&str) -> bool| grants.iter().any(|(_, id)| test(id));
    let list = || grants.iter().map(|(_, id)| id.as_str()).collect::<Vec<_>>().join(", ");
    match who {
        Issuer::Known(ids) if allowed(&|id| ids.contains(&id)) => Says::Allows,
        Issuer::Known(ids) => {
            let held = named.iter().find(|p| issuer(&p.value).is_ok_and(|(id, _)| ids.contains(&id.as_str())));
            Says::Forbids(held.and_then(|p| unmet(p, wild)).unwrap_or_else(|| format!("its {tag} names only {}", list())))
        }
        Issuer::Other(test) if allowed(test) => Says::Allows,
        // Which names an authority answers to is its own choice (section 4.2), and a small one may be an arm of a large one.
        Issuer::Other(_) | Issuer::None => Says::Unclear,
    }
}

fn unknown_critical(p: &Property) -> bool {
    p.critical && !KNOWN.contains(&p.tag.as_str())
}

/// The authority that a property lets issue: empty for nobody, none where the value is ill-formed or cannot be met.
fn grant(p: &Property, wild: bool) -> Option<String> {
    let (id, _) = issuer(&p.value).ok()?;
    unmet(p, wild).is_none().then_some(id)
}

/// A parameter that no order can meet (RFC 8657 sections 3 and 4).
fn unmet(p: &Property, wild: bool) -> Option<String> {
    let (_, parameters) = issuer(&p.value).ok()?;
    let of = |name: &str| parameters.iter().filter(|(t, _)| t == name).map(|(_, v)| v.as_str()).collect::<Vec<_>>();
    let (accounts, methods) = (of("accounturi"), of("validationmethods"));
    if accounts.len() > 1 || methods.len() > 1 {
        return Some("a parameter stands twice in one record, which nothing can meet".into());
    }
    if accounts.iter().any(|a| !a.contains(':')) {
        return Some("accounturi is not an address".into());
    }
    let methods: Vec<&str> = methods.first().map(|m| m.split(',').collect()).unwrap_or_default();
    if of("validationmethods").first().is_some_and(|m| m.is_empty()) {
        return Some("validationmethods names no method".into());
    }
    // Others than these are an authority's own and begin with ca- (RFC 8657 section 4).
    if !methods.is_empty() && !methods.iter().any(|m| is_method(m)) {
        return Some(format!("validationmethods={} names no method that an authority has", methods.join(",")));
    }
    // A wildcard is proved by DNS alone (RFC 8555 section 7.1.3); names of an authority's own begin with ca-.
    if wild && !methods.is_empty() && !methods.iter().any(|m| m.starts_with("dns-") || m.starts_with("ca-")) {
        return Some(format!("validationmethods={} cannot prove a wildcard", methods.join(",")));
    }
    None
}

/// Methods of ACME by which an authority validates names (IANA: ACME Validation Methods).
const METHODS: [&str; 8] =
    ["http-01", "dns-01", "tls-alpn-01", "dns-account-01", "dns-persist-01", "tkauth-01", "email-reply-00", "onion-csr-01"];

fn is_method(m: &str) -> bool {
    // As it is spelt: Let's Encrypt compares letter by letter.
    METHODS.contains(&m) || m.strip_prefix("ca-").is_some_and(|rest| !rest.is_empty())
}

/// The records that one was meant as, where it lets nobody issue by a slip that can be told; with nothing in them lost.
#[must_use]
pub fn mended(text: &str, wild: bool) -> Option<Vec<String>> {
    let plain = plain(text);
    let mut words = plain.trim().splitn(3, char::is_whitespace);
    let (flags, tag, value) = (words.next()?, words.next()?, words.next()?.trim());
    let value = value.replace('"', "");
    if tag.eq_ignore_ascii_case("iodef") {
        let new = format!("{flags} {tag} \"mailto:{}\"", value.trim());
        return (value.matches('@').count() == 1 && !value.contains(':') && parse(&new).is_ok()).then(|| vec![new]);
    }
    let (names, rest) = value.split_once(';').unwrap_or((&value, ""));
    let mut common: Vec<String> = vec![];
    let mut accounts: Vec<String> = vec![];
    for parameter in rest.split(';').map(str::trim).filter(|p| !p.is_empty()) {
        let (key, value) = parameter.split_once('=').map(|(k, v)| (k.trim(), v.trim()))?;
        match key.to_ascii_lowercase().as_str() {
            // Several accounts are several records (RFC 8657 section 3).
            "accounturi" => accounts.push(format!("{key}={value}")),
            "validationmethods" => {
                let methods: Vec<String> = value.split([',', ' ']).filter(|m| !m.is_empty()).map(method).collect();
                common.push(format!("{key}={}", methods.join(",")));
            }
            _ => common.push(format!("{key}={}", value.split_whitespace().collect::<String>())),
        }
    }
    if accounts.is_empty() {
        accounts.push(String::new());
    }
    let mut out: Vec<String> = vec![];
    for name in names.split([',', ' ']).map(str::trim).filter(|n| !n.is_empty()) {
        // An address of the authority in place of its name.
        let name = name.to_ascii_lowercase();
        let name = name.trim_start_matches("https://").trim_start_matches("http://").trim_end_matches(['/', '.']);
        for account in &accounts {
            let parts = [name].into_iter().chain([account.as_str()]).chain(common.iter().map(String::as_str));
            let value = parts.filter(|p| !p.is_empty()).collect::<Vec<_>>().join("; ");
            let new = format!("{flags} {tag} \"{value}\"");
            if !out.contains(&new) {
                out.push(new);
            }
        }
    }
    let good = |t: &String| parse(t).is_ok_and(|p| !unknown_critical(&p) && grant(&p, wild).is_some_and(|id| id.contains('.')));
    (!out.is_empty() && out.iter().all(good) && out != [text]).then_some(out)
}

/// A text with the signs that an editor put in place of plain ones set right.
fn plain(text: &str) -> String {
    text.chars()
        .filter_map(|c| match c {
            '–' | '—' | '−' | '‐' | '‑' => Some('-'),
            '“' | '”' | '„' => Some('"'),
            '\u{2024}' => Some('.'),
            '\u{a0}' => Some(' '),
            '\u{200b}' | '\u{200c}' | '\u{200d}' | '\u{feff}' => None,
            c => Some(c),
        })
        .collect()
}

/// A method as ACME spells it, where one is meant: `dns`, `dns01`.
fn method(text: &str) -> String {
    let bare = |t: &str| t.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let meant = bare(text);
    let found = METHODS.iter().find(|m| bare(m) == meant || bare(m) == format!("{meant}01"));
    found.map_or_else(|| text.to_owned(), |m| (*m).to_owned())
}

/// Parameters that a change takes away and puts nowhere else: `validationmethods=foo-01`.
#[must_use]
pub fn lost(lines: &[Line]) -> Vec<String> {
    let after: Vec<&String> = lines.iter().filter_map(|l| if let Line::Add(t) | Line::Keep(t) = l { Some(t) } else { None }).collect();
    let parameters = |t: &str| -> Vec<String> {
        t.split(';').skip(1).map(|p| p.trim_matches([' ', '\t', '"']).to_owned()).filter(|p| !p.is_empty()).collect()
    };
    let key = |p: &str| p.split('=').next().unwrap_or("").trim().to_ascii_lowercase();
    lines
        .iter()
        .filter_map(|l| if let Line::Remove(t) = l { Some(t) } else { None })
        .flat_map(|t| parameters(t))
        .filter(|p| !after.iter().any(|a| parameters(a).iter().any(|q| key(q) == key(p))))
        .collect()
}

/// Changes a set so that an authority may issue, for ordinary names, wildcards or both: what blocks goes, what is
/// missing comes, the rest stays in order and in spelling.
#[must_use]
pub fn permit(values: &[String], plain: bool, wild: bool, id: &str) -> Vec<Line> {
    let mut tags: Vec<(&str, bool)> = vec![];
    for (wanted, is_wild) in [(plain, false), (wild, true)] {
        let tag = binding_tag(values, is_wild);
        match tags.iter_mut().find(|(t, _)| *t == tag) {
            Some(entry) if wanted => entry.1 |= is_wild,
            None if wanted => tags.push((tag, is_wild)),
            _ => {}
        }
    }
    let wild_tag = binding_tag(values, true);
    // A record that is good for ordinary names only stays; wildcards get records of their own (section 4.3).
    let plain_only = |p: &Property| wild && wild_tag == "issue" && p.tag == "issue" && grant(p, true).is_none() && names_somebody(p, false);
    let blocks = |text: &String| match parse(text) {
        Err(_) => true,
        Ok(p) => {
            let bound = tags.iter().find(|(t, _)| *t == p.tag);
            unknown_critical(&p) || (!plain_only(&p) && bound.is_some_and(|(_, w)| !names_somebody(&p, *w)))
        }
    };
    let mut lines: Vec<Line> = vec![];
    for v in values {
        if !blocks(v) {
            lines.push(Line::Keep(v.clone()));
            continue;
        }
        lines.push(Line::Remove(v.clone()));
        for new in mended(v, false).unwrap_or_default() {
            if !values.contains(&new) && !lines.contains(&Line::Add(new.clone())) {
                lines.push(Line::Add(new));
            }
        }
    }
    let stands = |lines: &[Line]| -> Vec<Property> {
        let after = lines.iter().filter_map(|l| if let Line::Add(t) | Line::Keep(t) = l { Some(t) } else { None });
        after.filter_map(|t| parse(t).ok()).collect()
    };
    let now = stands(&lines);
    let granted = |tag: &str, w: bool| now.iter().any(|p| p.tag == tag && grant(p, w).is_some_and(|g| g == id));
    if wild && wild_tag == "issue" && !granted("issue", true) && now.iter().any(plain_only) {
        if plain && !granted("issue", false) {
            lines.push(Line::Add(format!("0 issue \"{id}\"")));
        }
        // With the first issuewild the issue no longer counts for wildcards, so whom it let issue those comes along.
        for p in now.iter().filter(|p| p.tag == "issue" && names_somebody(p, true)) {
            lines.push(Line::Add(format!("0 issuewild \"{}\"", p.value)));
        }
        let held = now.iter().find(|p| plain_only(p) && grant(p, false).is_some_and(|g| g == id));
        let accounts = held.and_then(|p| issuer(&p.value).ok()).map(|(_, ps)| ps).unwrap_or_default();
        let accounts: String = accounts.iter().filter(|(k, _)| k == "accounturi").map(|(k, v)| format!("; {k}={v}")).collect();
        lines.push(Line::Add(format!("0 issuewild \"{id}{accounts}\"")));
        return lines;
    }
    // With its last record of a tag gone, a set that named nobody would name everybody; the new record names the authority.
    let missing: Vec<Line> = tags
        .iter()
        .filter(|(t, w)| !granted(t, *w) && values.iter().filter_map(|v| parse(v).ok()).any(|p| p.tag == *t))
        .map(|(t, _)| Line::Add(format!("0 {t} \"{id}\"")))
        .collect();
    lines.into_iter().chain(missing).collect()
}

fn names_somebody(p: &Property, wild: bool) -> bool {
    grant(p, wild).is_some_and(|id| !id.is_empty())
}

/// Words in an issuer's name, and the identifiers that its owner accepts in CAA. From the
/// authorities' own documentation, as collected by CCADB.
pub const AUTHORITIES: &[(&str, &[&str])] = &[
    ("let's encrypt", &["letsencrypt.org"]),
    ("internet security research group", &["letsencrypt.org"]),
    ("google trust services", &["pki.goog", "google.com"]),
    (
        "digicert",
        &[
            "digicert.com",
            "symantec.com",
            "geotrust.com",
            "rapidssl.com",
            "thawte.com",
            "digitalcertvalidation.com",
            "volusion.digitalcertvalidation.com",
        ],
    ),
    ("sectigo", &["sectigo.com", "comodo.com", "comodoca.com", "usertrust.com", "trust-provider.com"]),
    ("comodo", &["sectigo.com", "comodo.com", "comodoca.com", "usertrust.com", "trust-provider.com"]),
    ("usertrust", &["sectigo.com", "comodo.com", "comodoca.com", "usertrust.com", "trust-provider.com"]),
    // Arms of Sectigo.
    ("cpanel", &["sectigo.com", "comodo.com", "comodoca.com", "usertrust.com", "trust-provider.com"]),
    ("gandi sas", &["sectigo.com", "comodo.com", "comodoca.com", "usertrust.com", "trust-provider.com"]),
    ("zerossl", &["sectigo.com", "comodoca.com"]),
    ("amazon", &["amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"]),
    ("globalsign", &["globalsign.com"]),
    ("godaddy", &["godaddy.com", "starfieldtech.com"]),
    ("starfield", &["godaddy.com", "starfieldtech.com"]),
    ("ssl corporation", &["ssl.com"]),
    ("ssl.com", &["ssl.com"]),
    ("entrust", &["entrust.net", "affirmtrust.com"]),
    ("buypass", &["buypass.com", "buypass.no"]),
    ("actalis", &["actalis.it"]),
    ("microsoft", &["microsoft.com"]),
    ("certum", &["certum.pl", "certum.eu"]),
    ("asseco", &["certum.pl", "certum.eu"]),
    ("harica", &["harica.gr"]),
    ("hellenic academic", &["harica.gr"]),
    ("swisssign", &["swisssign.com", "swisssign.net", "swisssign.ch"]),
    ("telesec", &["telesec.de"]),
    ("identrust", &["identrust.com"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_follows_its_grammar() {
        for (value, want) in [
            ("letsencrypt.org", Some("letsencrypt.org")),
            (" letsencrypt.org ", Some("letsencrypt.org")),
            ("LetsEncrypt.org;", Some("letsencrypt.org")),
            (";", Some("")),
            ("", Some("")),
            ("ca", Some("ca")),
            ("ca.example; account=230123", Some("ca.example")),
            ("ca.example;a=b;c=d", Some("ca.example")),
            ("ca.example; a = b", Some("ca.example")),
            ("ca.example; a=", Some("ca.example")),
            ("ca.example; accounturi=https://a.example/1;validationmethods=dns-01,http-01", Some("ca.example")),
            ("%%%%%", None),
            ("ca..example", None),
            ("ca.example.", None),
            ("-ca.example", None),
            ("ca_a.example", None),
            ("ca example", None),
            ("https://ca.example", None),
            ("\"ca.example\"", None),
            ("ca.example; a", None),
            ("ca.example; a=b;", None),
            ("ca.example; =b", None),
            ("ca.example; a=b c", None),
            ("ca.example a=b", None),
            ("ca.example, ca2.example", None),
        ] {
            assert_eq!(issuer(value).ok().map(|(id, _)| id).as_deref(), want, "{value}");
        }
    }

    #[test]
    fn a_set_is_read_as_an_authority_reads_it() {
        let le = Issuer::Known(&["letsencrypt.org"]);
        for (set, wild, allows) in [
            (&["0 iodef \"mailto:a@b.example\""][..], false, true),
            (&["0 issuewild \";\""], false, true),
            (&["0 issuewild \";\""], true, false),
            (&["0 issue \";\"", "0 issuewild \"letsencrypt.org\""], true, true),
            (&["0 issue \";\"", "0 issuewild \"letsencrypt.org\""], false, false),
            (&["0 issue \";\"", "0 issue \"letsencrypt.org\""], false, true),
            (&["128 issue \"letsencrypt.org\""], false, true),
            (&["128 issuemail \"ca.example\""], false, true),
            (&["128 new \"x\""], false, false),
            (&["1 new \"x\""], false, true),
            (&["0 issue \"letsencrypt.org; accounturi=https://a/1; accounturi=https://a/2\""], false, false),
            (&["0 issue \"letsencrypt.org; validationmethods=\""], false, false),
            (&["0 issue \"letsencrypt.org; validationmethods=dns-01\""], true, true),
            (&["0 issue \"letsencrypt.org; validationmethods=dns-account-01\""], true, true),
            (&["0 issue \"letsencrypt.org; validationmethods=http-01\""], false, true),
            (&["0 issue \"letsencrypt.org; unknown=1\""], false, true),
            // RFC 8657 section 4: a list without a method that exists can never be met.
            (&["0 issue \"letsencrypt.org; validationmethods=foo-01\""], false, false),
            (&["0 issue \"letsencrypt.org; validationmethods=dns\""], false, false),
            (&["0 issue \"letsencrypt.org; validationmethods=dns01\""], false, false),
            (&["0 issue \"letsencrypt.org; validationmethods=foo-01,http-01\""], false, true),
            (&["0 issue \"letsencrypt.org; validationmethods=tls-alpn-01\""], false, true),
            (&["0 issue \"letsencrypt.org; validationmethods=ca-own\""], false, true),
        ] {
            let values: Vec<String> = set.iter().map(|s| (*s).to_owned()).collect();
            assert_eq!(says(&values, wild, &le) == Says::Allows, allows, "{set:?} wild {wild}");
        }
    }

    #[test]
    fn slips_are_repaired_and_nothing_of_a_record_is_lost() {
        let own = |v: &[&str]| v.iter().map(|s| (*s).to_owned()).collect::<Vec<String>>();
        for (text, want) in [
            ("0 issue \"letsencrypt.org, digicert.com\"", &["0 issue \"letsencrypt.org\"", "0 issue \"digicert.com\""][..]),
            (
                "0 issue \"letsencrypt.org; validationmethods=dns-01, http-01\"",
                &["0 issue \"letsencrypt.org; validationmethods=dns-01,http-01\""],
            ),
            ("0 issue \"letsencrypt.org; validationmethods=dns–01\"", &["0 issue \"letsencrypt.org; validationmethods=dns-01\""]),
            ("0 issue \"letsencrypt.org; validationmethods=dns\"", &["0 issue \"letsencrypt.org; validationmethods=dns-01\""]),
            (
                "0 issue \"letsencrypt.org; accounturi=https://a/1; accounturi=https://a/2\"",
                &["0 issue \"letsencrypt.org; accounturi=https://a/1\"", "0 issue \"letsencrypt.org; accounturi=https://a/2\""],
            ),
            ("0 issue \"letsencrypt.org; a=b;\"", &["0 issue \"letsencrypt.org; a=b\""]),
            ("128 issue \"https://letsencrypt.org/\"", &["128 issue \"letsencrypt.org\""]),
            ("0 iodef \"a@acme.example\"", &["0 iodef \"mailto:a@acme.example\""]),
            ("0 issue \"letsencrypt.org; validationmethods=foo-01\"", &[]),
            ("0 issue \";\"", &[]),
            ("0 issue \"letsencrypt.org\"", &[]),
            ("0 issue \"%%%\"", &[]),
        ] {
            assert_eq!(mended(text, false).unwrap_or_default(), own(want), "{text}");
        }
        let lines = permit(&own(&["0 issue \"letsencrypt.org; validationmethods=foo-01\""]), true, false, "letsencrypt.org");
        assert_eq!(lost(&lines), ["validationmethods=foo-01"]);
        let both = own(&["0 issue \"letsencrypt.org; accounturi=https://a/1; validationmethods=http-01\"", "0 issue \"digicert.com\""]);
        let new: Vec<Line> = permit(&both, false, true, "letsencrypt.org");
        let text: Vec<&str> = new
            .iter()
            .map(|l| match l {
                Line::Add(t) | Line::Keep(t) | Line::Remove(t) => t.as_str(),
            })
            .collect();
        assert_eq!(
            text,
            [both[0].as_str(), &both[1], "0 issuewild \"digicert.com\"", "0 issuewild \"letsencrypt.org; accounturi=https://a/1\""]
        );
        assert!(lost(&new).is_empty() && !new.iter().any(|l| matches!(l, Line::Remove(_))));
    }
}

//! What several checks say or look up in the same way.

use crate::check::{Context, Found, Seen};
use crate::dead_ends::is_challenge;
use crate::evidence::{Collector, FailKind, Fetch, Lookup, Outside, Purpose, ResolutionEnd, Response, TlsFailure, TlsOutcome, TlsProbe};
use crate::spf;
use crate::taxonomy::Outcome;

/// The answers to a DNS question as they came, server by server.
pub fn dns_seen(e: &Outside, name: &str, rtype: &str) -> Vec<Seen> {
    e.answers(name, rtype)
        .map(|a| {
            let text = if a.records.is_empty() {
                format!(
                    "{name} {rtype}: {}",
                    if a.status == crate::evidence::DnsStatus::NoError { "no such record".to_owned() } else { a.status.label() }
                )
            } else {
                a.records
                    .iter()
                    .map(|r| {
                        format!(
                            "{} {} {} {}",
                            r.name,
                            r.ttl,
                            r.rtype,
                            if r.rtype == "TXT" { format!("\"{}\"", r.value) } else { r.value.clone() }
                        )
                    })
                    .collect::<Vec<_>>()
                    .join("\n")
            };
            Seen { source: a.server.clone(), text, at: a.at }
        })
        .collect()
}

/// A chain of requests.
pub fn fetch_seen(f: &Fetch) -> Seen {
    Seen { source: f.start.clone(), text: f.path(), at: f.at() }
}

/// Headers of a response, verbatim.
pub fn headers_seen(f: &Fetch, r: &Response, names: &[&str]) -> Seen {
    let lines: Vec<String> = r.headers.iter().filter(|(n, _)| names.contains(&n.as_str())).map(|(n, v)| format!("{n}: {v}")).collect();
    let text = if lines.is_empty() {
        format!("{} with none of: {}", r.status, names.join(", "))
    } else {
        format!("{}\n{}", r.status, lines.join("\n"))
    };
    let url = f.last().map_or(f.start.as_str(), |(u, _)| u);
    Seen { source: url.to_owned(), text, at: f.at() }
}

/// A handshake or its failure.
pub fn tls_seen(p: &TlsProbe) -> Seen {
    let text = match &p.outcome {
        TlsOutcome::Session(s) => {
            let chain: Vec<String> = s.chain.iter().map(|c| format!("{} (issued by {})", c.subject, c.issuer)).collect();
            format!("{}, {}\n{}", s.version, s.cipher, chain.join("\n"))
        }
        TlsOutcome::Failed { detail, .. } => detail.clone(),
    };
    Seen { source: format!("{}:443{}", p.host, p.address.as_ref().map(|a| format!(" ({a})")).unwrap_or_default()), text, at: p.at }
}

/// Hosts whose HTTPS a visitor may need: the required ones, and `www.` where it resolves.
pub fn web_hosts(c: &Context) -> Vec<String> {
    let mut hosts = c.outside().target.required_hosts();
    if let Some(www) = c.outside().target.www().filter(|w| !hosts.contains(w) && c.outside().resolve(w).end == ResolutionEnd::Addresses) {
        hosts.insert(1, www);
    }
    hosts
}

/// Whether the DNS says for certain that a host leads nowhere.
pub fn is_absent(e: &Outside, host: &str) -> bool {
    e.resolve(host).learned().is_ok_and(<[String]>::is_empty)
}

/// The outcome and reason for a handshake that failed.
pub fn tls_failure(e: &Outside, host: &str) -> Option<(Outcome, String)> {
    let p = e.tls_of(host);
    let Some(p) = p else { return Some((Outcome::Unknown, format!("{host} was not tried in time."))) };
    let TlsOutcome::Failed { kind, detail } = &p.outcome else { return None };
    Some(match kind {
        TlsFailure::Unresolved if is_absent(e, host) => (Outcome::Fail, format!("{host} has no address, so HTTPS does not answer there.")),
        TlsFailure::Unresolved => (Outcome::Unknown, format!("{host} has no address, so HTTPS could not be tried.")),
        TlsFailure::Denied => (Outcome::Unknown, format!("{host} points into a network that the scanner may not enter ({detail}).")),
        TlsFailure::Timeout => (Outcome::Unknown, format!("{host} did not answer on port 443 in time; that may be its network or ours.")),
        TlsFailure::Refused => (Outcome::Fail, format!("{host} refuses connections on port 443.")),
        TlsFailure::Handshake => (Outcome::Fail, format!("{host} answers on port 443, but no TLS handshake comes about ({detail}).")),
    })
}

/// Starts of the apex and `www.` that say something about redirects: a closed port 80 and a name
/// that does not resolve are other checks' business.
pub fn told_starts(e: &Outside, purpose: Purpose) -> Vec<&Fetch> {
    let domain = &e.target.domain;
    let www = domain.www();
    e.fetches_for(purpose)
        .filter(|f| {
            let host = crate::evidence::host_of(&f.start);
            (host == domain.as_str() || host == www) && !f.hops.is_empty()
        })
        .filter(|f| !(f.hops.len() == 1 && matches!(f.failure(), Some((FailKind::Refused | FailKind::Unresolved, _)))))
        .collect()
}

/// Why nothing is known about the web pages, for a check that found no response to look at.
pub fn no_pages(e: &Outside) -> String {
    if let Some(why) = e.gap(Collector::Http) {
        return why.to_owned();
    }
    let failure = e.fetches_for(Purpose::Start).filter_map(|f| f.failure().map(|(_, d)| format!("{}: {d}", f.start))).next();
    failure.map_or_else(|| "No page of the site was seen.".to_owned(), |f| format!("No page of the site answered ({f})."))
}

/// Why nothing is known about what was asked for with this purpose: it was asked for, and nothing answered.
pub fn unanswered(e: &Outside, purpose: Purpose) -> Option<String> {
    let asked: Vec<&Fetch> = e.fetches_for(purpose).collect();
    let first = asked.first().filter(|_| asked.iter().all(|f| f.last().is_none()))?;
    let why = first.failure().map_or("it redirects in a circle", |(_, d)| d);
    Some(format!("{} was asked for and did not answer ({why}).", first.start))
}

/// Pages whose headers matter: the front page, the declared hosts' front pages, and a real `/login`.
pub fn pages(e: &Outside) -> Vec<(&Fetch, &Response)> {
    let mut out: Vec<(&Fetch, &Response)> = vec![];
    out.extend(e.front().and_then(|f| f.last().map(|(_, r)| (f, r))));
    for host in &e.target.hosts {
        let start = format!("https://{host}/");
        out.extend(e.fetches_for(Purpose::Start).find(|f| f.start == start).and_then(|f| f.last().map(|(_, r)| (f, r))));
    }
    out.extend(
        e.fetches_for(Purpose::Login).filter_map(|f| f.last().map(|(_, r)| (f, r))).filter(|(_, r)| r.status < 400 && !is_fallback(e, r)),
    );
    out
}

/// Whether every response that was seen is a challenge.
pub fn all_challenged(pages: &[(&Fetch, &Response)]) -> bool {
    !pages.is_empty() && pages.iter().all(|(_, r)| is_challenge(r))
}

/// Whether a response is what the site answers to any path, as single-page apps do.
pub fn is_fallback(e: &Outside, r: &Response) -> bool {
    let Some(body) = &r.body else { return false };
    e.fetches_for(Purpose::Random).filter_map(Fetch::last).any(|(_, random)| {
        random.status == r.status
            && random.body.as_ref().is_some_and(|b| {
                b.sha256 == body.sha256
                    || (b.size.abs_diff(body.size) * 50 <= b.size.max(1) && b.extract.chars().take(300).eq(body.extract.chars().take(300)))
            })
    })
}

/// The one SPF record of the domain, or what there is instead.
pub enum OneSpf {
    /// Exactly one.
    One(String),
    /// None, or several; the check of that is MAIL-02.
    Not(String),
    /// Not learned.
    Unknown(String),
}

/// Looks for the SPF record.
pub fn one_spf(e: &Outside) -> OneSpf {
    let lookup = e.lookup(e.target.mail_domain(), "TXT");
    if let Some(why) = lookup.not_learned() {
        return OneSpf::Unknown(format!("The SPF record could not be looked up: {why}."));
    }
    let records = spf_records(&lookup);
    match records.as_slice() {
        [one] => OneSpf::One(one.clone()),
        [] => OneSpf::Not("There is no SPF record to judge; see MAIL-02.".into()),
        _ => OneSpf::Not("Receivers read none of several SPF records; see MAIL-02.".into()),
    }
}

/// The SPF records among TXT values.
pub fn spf_records(lookup: &Lookup) -> Vec<String> {
    lookup.values().into_iter().filter(|v| spf::is_spf(v)).map(str::to_owned).collect()
}

/// `a`, `a and b`, `a, b and c`.
pub fn list(items: &[impl AsRef<str>]) -> String {
    match items {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [first @ .., last] => format!("{} and {}", first.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", "), last.as_ref()),
    }
}

/// A plain observation.
pub fn note(source: impl Into<String>, text: impl Into<String>, at: i64) -> Seen {
    Seen { source: source.into(), text: text.into(), at }
}

/// The front page's last response, or why there is none to judge.
pub fn front_page(e: &Outside) -> Result<(&Fetch, &str, &Response), Found> {
    let Some((f, (url, r))) = e.front().and_then(|f| Some((f, f.last()?))) else { return Err(Found::unknown(no_pages(e))) };
    if is_challenge(r) { Err(Found::blocked()) } else { Ok((f, url, r)) }
}

/// Hosts that are known to exist without having been declared: from logs and by usual names.
pub fn found_hosts(e: &Outside) -> Vec<String> {
    let declared = declared_hosts(e);
    let zone = e.target.domain.registrable();
    let mut hosts: Vec<String> = e.ct.iter().flat_map(|c| c.hosts(zone)).chain(e.guessed_hosts.iter().cloned()).collect();
    hosts.sort();
    hosts.dedup();
    hosts.retain(|h| !declared.contains(h));
    hosts
}

/// Hosts that the owner declared, and `www.`.
pub fn declared_hosts(e: &Outside) -> Vec<String> {
    let mut hosts = e.target.required_hosts();
    hosts.push(e.target.domain.www());
    hosts
}

/// The visit to a host that was found rather than declared.
pub fn host_visit<'a>(e: &'a Outside, host: &str) -> Option<(&'a Fetch, &'a str, &'a Response)> {
    e.fetches_for(Purpose::Host).filter(|f| crate::evidence::host_of(&f.start) == host).find_map(|f| f.last().map(|(u, r)| (f, u, r)))
}

/// Whether a host that was found is only what a wildcard gives to every name: its address, and its page if one was seen.
pub fn is_only_wildcard(e: &Outside, host: &str) -> bool {
    let page = |h: &str| host_visit(e, h).and_then(|(.., r)| r.body.as_ref()).map(|b| b.sha256.clone());
    let given = e.wildcard(host, "A").or_else(|| e.wildcard(host, "AAAA")).is_some();
    given && page(host).is_none_or(|own| e.random_names.iter().any(|r| page(r).as_ref() == Some(&own)))
}

#[cfg(test)]
pub mod tables {
    //! Tables of evidence → outcome.

    use crate::check::{Check, Context};
    use crate::fixture::Fixture;
    use crate::taxonomy::Outcome;

    /// A row: what it shows, the change to a good site, the outcome.
    pub type Row = (&'static str, fn(&mut Fixture), Outcome);

    /// Runs a table against a check; every open outcome must carry a fix and every finding its evidence.
    pub fn table(check: &Check, rows: &[Row]) {
        assert!(rows.len() >= 5, "{} needs at least five rows", check.id);
        for (what, change, want) in rows {
            let mut f = Fixture::good();
            change(&mut f);
            let found = (check.rule)(&Context::of(&f.evidence, f.now));
            assert_eq!(found.outcome, *want, "{} · {what}: {}", check.id, found.summary);
            assert!(found.summary.ends_with(['.', '”', ')']), "{} · {what}: no sentence: {}", check.id, found.summary);
            if want.is_open() {
                let fix = found.fix.unwrap_or_else(|| panic!("{} · {what}: no fix", check.id));
                assert!(!fix.title.is_empty() && !fix.steps.is_empty() && !fix.undo.is_empty() && fix.minutes > 0, "{} · {what}", check.id);
                assert!(!found.seen.is_empty(), "{} · {what}: rests on nothing", check.id);
            }
        }
    }
}

//! Mail services that send for products, as data: how each shows in SPF, DKIM, MX and return paths.

use crate::evidence::Outside;
use crate::spf::{self, Kind, Qualifier, Spf};
use std::sync::LazyLock;

/// How a service wants to be authorised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authorised {
    /// By an include in the domain's SPF record.
    Include,
    /// By a return-path below the domain, with an SPF record of its own.
    ReturnPath,
    /// By either.
    Either,
}

/// A mail service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// `resend`.
    pub id: &'static str,
    /// `Resend`.
    pub name: &'static str,
    /// Domains that its SPF include names.
    pub includes: Vec<&'static str>,
    /// DKIM selectors that it uses for everybody.
    pub selectors: Vec<&'static str>,
    /// Ends of the names to which its DKIM aliases lead.
    pub dkim_ends: Vec<&'static str>,
    /// Ends of its MX hosts.
    pub mx_ends: Vec<&'static str>,
    /// Ends of the names to which a return-path leads, by MX or CNAME or include.
    pub return_ends: Vec<&'static str>,
    /// The label that its set-up page suggests for the return-path.
    pub return_label: Option<&'static str>,
    /// How it wants to be authorised.
    pub authorised: Authorised,
}

static SENDERS: LazyLock<Vec<Sender>> = LazyLock::new(|| include_str!("../data/senders.tsv").lines().filter_map(parse).collect());

fn parse(line: &'static str) -> Option<Sender> {
    let cells: Vec<&'static str> = line.split('\t').collect();
    let &[id, name, includes, selectors, dkim, mx, back, label, how] = cells.as_slice() else { return None };
    if id.starts_with('#') {
        return None;
    }
    let list = |cell: &'static str| if cell == "-" { vec![] } else { cell.split(' ').collect() };
    Some(Sender {
        id,
        name,
        includes: list(includes),
        selectors: list(selectors),
        dkim_ends: list(dkim),
        mx_ends: list(mx),
        return_ends: list(back),
        return_label: (label != "-").then_some(label),
        authorised: match how {
            "include" => Authorised::Include,
            "return-path" => Authorised::ReturnPath,
            _ => Authorised::Either,
        },
    })
}

/// Every known mail service.
#[must_use]
pub fn senders() -> &'static [Sender] {
    &SENDERS
}

/// The service with this id.
#[must_use]
pub fn sender(id: &str) -> Option<&'static Sender> {
    SENDERS.iter().find(|s| s.id.eq_ignore_ascii_case(id))
}

/// Whether a name is one of these or lies below one. In an end, `#` stands for digits and `*` for the rest of a
/// label: services number their hosts (`vercel-dns-017.com`) or put a region in (`s3-website-eu-west-1.amazonaws.com`).
#[must_use]
pub fn ends_in(name: &str, ends: &[&str]) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let labels: Vec<&str> = name.split('.').collect();
    ends.iter().any(|e| {
        let wanted = e.split('.').count();
        labels.len().checked_sub(wanted).is_some_and(|skip| e.split('.').zip(labels.iter().skip(skip)).all(|(p, l)| fits(p, l)))
    })
}

/// Whether a label is this one, or of its family.
fn fits(pattern: &str, label: &str) -> bool {
    let Some(at) = pattern.find(['#', '*']) else { return pattern == label };
    let (before, after) = (pattern.get(..at).unwrap_or(""), pattern.get(at + 1..).unwrap_or(""));
    label.strip_prefix(before).and_then(|l| l.strip_suffix(after)).is_some_and(|varies| {
        !varies.is_empty() && (pattern.as_bytes().get(at) == Some(&b'*') || varies.bytes().all(|b| b.is_ascii_digit()))
    })
}

/// Labels below a domain that return-paths usually have.
pub const RETURN_LABELS: &[&str] =
    &["send", "bounce", "bounces", "pm-bounces", "mail", "mg", "em", "mta", "envelope", "outbound", "email", "rp", "returns"];

/// Why a service is thought to send for the domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inferred {
    /// The service; none for an SPF include that no known service has.
    pub sender: Option<&'static Sender>,
    /// What showed it: `SPF include:_spf.google.com`.
    pub because: Vec<String>,
}

impl Inferred {
    /// Its name for a person.
    #[must_use]
    pub fn name(&self) -> String {
        self.sender.map_or_else(|| self.because.join(", "), |s| s.name.to_owned())
    }
}

/// The services that the records show, known ones first.
#[must_use]
pub fn infer(e: &Outside) -> Vec<Inferred> {
    let domain = e.target.mail_domain();
    let mut found: Vec<Inferred> = vec![];
    let mut add = |sender: Option<&'static Sender>, why: String| match found.iter_mut().find(|f| sender.is_some() && f.sender == sender) {
        Some(f) if !f.because.contains(&why) => f.because.push(why),
        Some(_) => {}
        None => found.push(Inferred { sender, because: vec![why] }),
    };
    let spf_of = |name: &str| -> Vec<String> {
        e.lookup(name, "TXT").values().iter().filter(|v| spf::is_spf(v)).flat_map(|v| includes(v)).collect()
    };
    for include in spf_of(domain) {
        let known = SENDERS.iter().find(|s| ends_in(&include, &s.includes));
        let own = ends_in(&include, &[domain]);
        if known.is_some() || !own {
            add(known, format!("SPF include:{include}"));
        }
        if own {
            for inner in spf_of(&include) {
                add(SENDERS.iter().find(|s| ends_in(&inner, &s.includes)), format!("SPF include:{include} → include:{inner}"));
            }
        }
    }
    for mx in e.lookup(domain, "MX").values() {
        let host = mx.split_whitespace().nth(1).unwrap_or("");
        if let Some(s) = SENDERS.iter().find(|s| ends_in(host, &s.mx_ends)) {
            add(Some(s), format!("MX {host}"));
        }
    }
    let key_zone = format!("._domainkey.{domain}");
    for a in e.dns.iter().filter(|a| a.rtype == "TXT" && a.name.ends_with(&key_zone)) {
        if e.wildcard(&a.name, "TXT").is_some() {
            continue;
        }
        let selector = a.name.trim_end_matches(&key_zone);
        for cname in a.records.iter().filter(|r| r.rtype == "CNAME") {
            if let Some(s) = SENDERS.iter().find(|s| ends_in(&cname.value, &s.dkim_ends)) {
                add(Some(s), format!("DKIM selector {selector} → {}", cname.value));
            }
        }
        let has_key = a.records.iter().any(|r| r.rtype == "TXT" && r.value.contains("p="));
        let telling = ["google", "resend", "fm1", "zmail", "protonmail", "mailjet", "mandrill", "pm"];
        if has_key
            && telling.contains(&selector)
            && !a.records.iter().any(|r| r.rtype == "CNAME")
            && let Some(s) = SENDERS.iter().find(|s| s.selectors.contains(&selector))
        {
            add(Some(s), format!("DKIM selector {selector}"));
        }
    }
    for (name, target) in return_paths(e) {
        let label = name.trim_end_matches(&format!(".{domain}")).to_owned();
        let fits = |s: &&Sender| ends_in(&target, &s.return_ends);
        // Several services send through SES; the label tells them apart.
        let s = SENDERS.iter().filter(fits).find(|s| s.return_label == Some(label.as_str())).or_else(|| SENDERS.iter().find(fits));
        if let Some(s) = s {
            add(Some(s), format!("return-path {name} → {target}"));
        }
    }
    found.sort_by_key(|f| f.sender.is_none());
    found
}

/// Names below the mail domain that lead to a mail service, with where they lead.
#[must_use]
pub fn return_paths(e: &Outside) -> Vec<(String, String)> {
    let domain = e.target.mail_domain();
    let mut out = vec![];
    for label in RETURN_LABELS {
        let name = format!("{label}.{domain}");
        if e.wildcard(&name, "MX").is_some() {
            continue;
        }
        let targets = e.answers(&name, "MX").flat_map(|a| &a.records).filter_map(|r| match r.rtype.as_str() {
            "MX" => r.value.split_whitespace().nth(1).map(str::to_owned),
            "CNAME" => Some(r.value.clone()),
            _ => None,
        });
        for t in targets {
            if SENDERS.iter().any(|s| ends_in(&t, &s.return_ends)) && !out.contains(&(name.clone(), t.clone())) {
                out.push((name.clone(), t));
            }
        }
    }
    out
}

/// The domains that an SPF record includes or redirects to.
fn includes(record: &str) -> Vec<String> {
    Spf::parse(record)
        .evaluated()
        .filter_map(|t| match &t.kind {
            // Softer signs still say that the service was meant; a refused one was not.
            Kind::Include(d) if t.qualifier != Qualifier::Fail => Some(d.clone()),
            Kind::Redirect(d) => Some(d.clone()),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn the_table_is_whole() {
        assert!(senders().len() >= 40);
        let lines = include_str!("../data/senders.tsv").lines().filter(|l| !l.starts_with('#')).count();
        assert_eq!(lines, senders().len(), "a row has too few or too many columns");
        for s in senders() {
            assert_eq!(senders().iter().filter(|o| o.id == s.id).count(), 1, "{}", s.id);
        }
    }

    #[test]
    fn services_show_in_each_kind_of_record() {
        let mut f = Fixture::good();
        let d = "acme.example";
        f.txt(d, &["v=spf1 include:_spf.google.com include:mail.unknown.example ~all"]);
        f.dns(d, "MX", &["1 aspmx.l.google.com"]).dns("send.acme.example", "MX", &["10 feedback-smtp.eu-west-1.amazonses.com"]);
        f.alias("s1._domainkey.acme.example", "TXT", "s1.domainkey.u1.wl.sendgrid.net");
        let ids: Vec<_> = infer(&f.evidence).iter().map(|i| i.sender.map_or("?", |s| s.id)).collect();
        assert_eq!(ids, ["google", "sendgrid", "resend", "?"]);
        assert!(ends_in("a.google.com", &["google.com"]) && !ends_in("evilgoogle.com", &["google.com"]));
    }

    #[test]
    fn numbered_hosts_are_a_family() {
        for (name, end, want) in [
            ("x.vercel-dns-017.com", "vercel-dns-#.com", true),
            ("x.vercel-dns-16.com", "vercel-dns-#.com", true),
            ("X.Vercel-DNS-017.com.", "vercel-dns-#.com", true),
            ("x.vercel-dns-evil.com", "vercel-dns-#.com", false),
            ("x.vercel-dns-.com", "vercel-dns-#.com", false),
            ("x.notvercel-dns-017.com", "vercel-dns-#.com", false),
            ("b.s3-website-eu-west-1.amazonaws.com", "s3-website-*.amazonaws.com", true),
            ("b.s3-website.eu-central-1.amazonaws.com", "s3-website.*.amazonaws.com", true),
            ("s3-website.amazonaws.com", "s3-website.*.amazonaws.com", false),
            ("ns-12.awsdns-03.co.uk", "awsdns-#.co.uk", true),
            ("com", "google.com", false),
        ] {
            assert_eq!(ends_in(name, &[end]), want, "{name} {end}");
        }
    }
}

//! DNS-12: CAA, if there is any, lets the authority renew that issued the present certificate.

use crate::caa::{self, AUTHORITIES, Issuer, Relevant, Says};
use crate::check::{Check, Context, Fix, Found, Line, Paste, Reference, Seen};
use crate::checks::help::{dns_seen, list, web_hosts};
use crate::evidence::{Certificate, Collector, Outside, Source};
use crate::taxonomy::{Area, Impact, Stage};

/// DNS-12.
pub static CHECK: Check = Check {
    id: "DNS-12",
    name: "caa-present-valid-permits-current",
    title: "CAA present, valid and permits current issuer",
    stage: Stage::Edge,
    area: Area::Ssl,
    reads: &[Source::Outside],
    impact: Impact::High,
    resting_impact: Impact::Low,
    needs: &[Collector::Dns, Collector::Tls],
    why: "A CAA record that forbids your own certificate authority lets the next renewal fail, weeks after anybody touched it.",
    criterion: "Fails when CAA forbids the authority of a live certificate for any name in it, wildcards by issuewild; warns on records that cannot be read; its absence is only noted.",
    minutes: 10,
    references: &[
        Reference { title: "RFC 8659", url: "https://www.rfc-editor.org/rfc/rfc8659" },
        Reference { title: "RFC 8657", url: "https://www.rfc-editor.org/rfc/rfc8657" },
    ],
    rule,
};

/// A name for which a certificate is in use, and what CAA says to its renewal.
struct Judged<'a> {
    /// As in the certificate: `*.acme.com`.
    name: String,
    chain: &'a [Certificate],
    bound: Option<Relevant>,
    says: Says,
}

impl Judged<'_> {
    fn wild(&self) -> bool {
        self.name.starts_with("*.")
    }
    fn issuer(&self) -> String {
        self.chain.first().map_or_else(|| "an authority".to_owned(), |l| organisation(&l.issuer))
    }
}

fn judge<'a>(e: &Outside, name: &str, chain: &'a [Certificate]) -> Result<Judged<'a>, String> {
    let bound = caa::relevant(e, name)?;
    let test = |id: &str| namesake(id, chain);
    let who = match identify(chain) {
        _ if chain.is_empty() => Issuer::None,
        Some(ids) => Issuer::Known(ids),
        None => Issuer::Other(&test),
    };
    let says = bound.as_ref().map_or(Says::Allows, |b| caa::says(&b.values, name.starts_with("*."), &who));
    Ok(Judged { name: name.to_owned(), chain, bound, says })
}

fn rule(c: &Context) -> Found {
    let e = c.outside();
    let domain = e.target.domain.as_str();
    let mut names: Vec<(String, &[Certificate])> = vec![];
    let mut seen: Vec<Seen> = vec![];
    for host in web_hosts(c) {
        let Some((p, s)) = e.tls_of(&host).and_then(|p| p.session().map(|s| (p, s))) else { continue };
        let Some(leaf) = s.chain.first() else { continue };
        let text = format!("certificate issued by {} for {}", leaf.issuer, leaf.names.join(", "));
        seen.push(Seen { source: format!("{}:443", p.host), text, at: p.at });
        for name in leaf.names.iter().filter(|n| n.parse::<std::net::IpAddr>().is_err()) {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            // Of a certificate that others share, their names are theirs.
            let asked = e.answers(name.trim_start_matches("*."), "CAA").next().is_some();
            if asked && !names.iter().any(|(n, of)| *n == name && of.first().map(|l| &l.issuer) == Some(&leaf.issuer)) {
                names.push((name, &s.chain));
            }
        }
    }
    if !names.iter().any(|(n, _)| n.trim_start_matches("*.") == domain) {
        let chain = e.tls_of(domain).and_then(|p| p.session()).map_or(&[][..], |s| &s.chain);
        names.insert(0, (domain.to_owned(), chain));
    }
    let (judged, silent): (Vec<_>, Vec<_>) = names.iter().map(|(n, chain)| judge(e, n, chain)).partition(Result::is_ok);
    let judged: Vec<Judged> = judged.into_iter().flatten().collect();
    let mut owners: Vec<&str> = judged.iter().filter_map(|j| j.bound.as_ref()).map(|b| b.at.as_str()).collect();
    owners.sort_unstable();
    owners.dedup();
    let sets = owners.iter().flat_map(|o| dns_seen(e, o, "CAA"));
    let seen: Vec<Seen> = if owners.is_empty() { dns_seen(e, domain, "CAA") } else { sets.chain(seen).collect() };
    if let Some(found) = forbidden(e, &judged) {
        return found.seen(seen).impact(Impact::High);
    }
    if let Some(why) = silent.into_iter().find_map(Result::err) {
        return Found::unknown(format!("Whether CAA records exist was not learned: {why}.")).seen(seen);
    }
    if owners.is_empty() {
        return Found::pass(format!(
            "There is no CAA record for {domain}, so any authority may issue. That is fine; naming yours is a small extra lock."
        ))
        .seen(seen)
        .impact(Impact::Info);
    }
    let mut faulty: Vec<(&Relevant, &String, String)> = vec![];
    for b in judged.iter().filter_map(|j| j.bound.as_ref()) {
        for v in &b.values {
            if let Some(why) = caa::fault(v).filter(|_| !faulty.iter().any(|(o, f, _)| o.owner == b.owner && *f == v)) {
                faulty.push((b, v, why));
            }
        }
    }
    if let Some((b, ..)) = faulty.first() {
        let said: Vec<&str> = faulty.iter().map(|(.., why)| why.as_str()).collect();
        let mut lines: Vec<Line> = vec![];
        for v in &b.values {
            if caa::fault(v).is_none() {
                lines.push(Line::Keep(v.clone()));
                continue;
            }
            // What was meant is written anew; what cannot be told goes.
            let new = caa::mended(v, false).unwrap_or_default();
            lines.push(Line::Remove(v.clone()));
            lines.extend(new.into_iter().filter(|n| !b.values.contains(n)).map(Line::Add));
        }
        return Found::warn(said.join(" ")).seen(seen).fix(
            Fix::new("Remove the CAA record that cannot be read, or write it anew", CHECK.minutes)
                .step("Make the records at your DNS host read as below; those that count stay. The form is: flags, tag, value in quotes.")
                .paste(Paste { place: format!("CAA · {} · TTL 300", b.owner), lines })
                .undo("Put the former record back."),
        );
    }
    if let Some(j) = judged.iter().find(|j| j.says == Says::Unclear) {
        return Found::unknown(match j.chain.first() {
            None => "CAA records exist, but no certificate was seen to hold them against.".to_owned(),
            Some(_) => format!("CAA stands at {}; whether it names {} could not be decided.", list(&owners), j.issuer()),
        })
        .seen(seen);
    }
    let mut issuers: Vec<String> = judged.iter().filter(|j| !j.chain.is_empty()).map(Judged::issuer).collect();
    issuers.sort();
    issuers.dedup();
    let who = if issuers.is_empty() { "every authority".to_owned() } else { list(&issuers) };
    let count = judged.iter().filter(|j| !j.chain.is_empty()).count();
    Found::pass(format!(
        "CAA at {} lets {who} issue{}.",
        list(&owners),
        if count > 1 { format!(" for each of the {count} names in use") } else { String::new() }
    ))
    .seen(seen)
}

/// The finding where a renewal would be refused, with the set of records as it should be.
fn forbidden(e: &Outside, judged: &[Judged]) -> Option<Found> {
    let bad: Vec<(&Judged, &Relevant, &str)> = judged
        .iter()
        .filter_map(|j| if let (Says::Forbids(why), Some(b)) = (&j.says, &j.bound) { Some((j, b, why.as_str())) } else { None })
        .collect();
    let &(first, set, why) = bad.first()?;
    let of_set: Vec<&Judged> = bad.iter().filter(|(_, b, _)| b.owner == set.owner).map(|(j, ..)| *j).collect();
    let names: Vec<&str> = of_set.iter().map(|j| j.name.as_str()).collect();
    let alias = set.owner != set.at && !set.owner.starts_with("*.");
    let at = if alias { format!("{}, to which {} is an alias,", set.owner, set.at) } else { set.owner.clone() };
    let zone = e.target.domain.registrable();
    let mine = crate::providers::ends_in(&set.owner, &[zone]);
    let name = first.issuer();
    let said = if first.chain.is_empty() {
        format!("CAA at {at} lets no authority issue a certificate for {}: {why}.", list(&names))
    } else {
        format!(
            "CAA at {at} forbids {name}, which issued the certificate in use for {}: {why}. Its next renewal will be refused.",
            list(&names)
        )
    };
    let known = identify(first.chain).and_then(|ids| ids.first().copied());
    let id = known.unwrap_or("<the CAA name in your authority's documentation>");
    let (plain, wild) = (of_set.iter().any(|j| !j.wild()), of_set.iter().any(|j| j.wild()));
    let mut fix = Fix::new(format!("Allow {name} in CAA"), CHECK.minutes);
    fix =
        if mine {
            let lines = caa::permit(&set.values, plain, wild, id);
            let lost = caa::lost(&lines);
            fix = fix.step(format!("Make the CAA records at {} read as below: what blocks goes, the others stay.", set.owner));
            if !lost.is_empty() {
                fix = fix.step(format!(
                    "{} cannot be met and goes, which lets the authority issue without that limit; write it anew if you want one.",
                    list(&lost)
                ));
            }
            fix.paste(Paste { place: format!("CAA · {} · TTL 300", set.owner), lines })
        } else if alias {
            fix.step(format!("The records are those of {}, which somebody else runs: ask them to let {name} issue.", set.owner)).step(
                format!("Or replace the alias at {} by the ALIAS or A record of your host; then the records of {zone} count.", set.at),
            )
        } else {
            // Nearer records count before those of an ending.
            fix.step(format!("The records are those of the ending {}. Records of your own count before them.", set.owner))
                .paste(Paste::record("CAA", zone, &[], &[&format!("0 issue \"{id}\"")]))
        };
    Some(Found::fail(said).fix(
        fix.step("Renew the certificate once by hand to see that it works.").undo("Put the former records back; they are shown above."),
    ))
}

/// The CAA identifiers of the authority behind a chain.
fn identify(chain: &[Certificate]) -> Option<&'static [&'static str]> {
    chain.iter().find_map(|c| {
        let issuer = c.issuer.to_lowercase();
        AUTHORITIES.iter().find(|(word, _)| issuer.contains(word)).map(|(_, ids)| *ids)
    })
}

/// Whether a CAA identifier and the issuer carry one name: `testca.example`, `O=Test CA`.
fn namesake(identifier: &str, chain: &[Certificate]) -> bool {
    let squash = |t: &str| -> String { t.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase() };
    let label = squash(psl::domain_str(identifier).unwrap_or(identifier).split('.').next().unwrap_or(""));
    label.len() >= 4
        && chain.first().is_some_and(|leaf| {
            leaf.issuer
                .split(", ")
                .filter_map(|p| p.strip_prefix("O=").or_else(|| p.strip_prefix("CN=")))
                .map(squash)
                .any(|name| name.contains(&label) || (name.len() >= 4 && label.contains(&name)))
        })
}

fn organisation(dn: &str) -> String {
    // A comma of the name itself is escaped (RFC 4514 section 2.4).
    let plain = dn.replace("\\, ", "\u{1}");
    let part = ["O=", "CN="].iter().find_map(|k| plain.split(", ").find_map(|p| p.strip_prefix(k)));
    part.unwrap_or(&plain).replace('\u{1}', ", ")
}

#[test]
fn table() {
    use crate::evidence::DnsStatus::{NxDomain, Timeout};
    use crate::taxonomy::Outcome;
    crate::checks::help::tables::table(
        &CHECK,
        &[
            ("allows the issuer", |_| {}, Outcome::Pass),
            (
                "absent",
                |f| {
                    f.dns("acme.example", "CAA", &[]);
                },
                Outcome::Pass,
            ),
            (
                "forbids the issuer",
                |f| {
                    f.dns("acme.example", "CAA", &["0 issue \"digicert.com\""]);
                },
                Outcome::Fail,
            ),
            (
                "forbids everybody",
                |f| {
                    f.dns("acme.example", "CAA", &["0 issue \";\""]);
                },
                Outcome::Fail,
            ),
            (
                "with parameters",
                |f| {
                    f.dns("acme.example", "CAA", &["0 issue \"letsencrypt.org; validationmethods=dns-01\""]);
                },
                Outcome::Pass,
            ),
            (
                "only a report address restricts nothing",
                |f| {
                    f.dns("acme.example", "CAA", &["0 iodef \"mailto:sec@acme.example\""]);
                },
                Outcome::Pass,
            ),
            (
                "issuewild does not bind an ordinary certificate",
                |f| {
                    f.dns("acme.example", "CAA", &["0 issuewild \";\""]);
                },
                Outcome::Pass,
            ),
            (
                "cannot be read",
                |f| {
                    f.dns("acme.example", "CAA", &["0 issue \"letsencrypt.org\"", "0 iodef \"sec@acme.example\""]);
                },
                Outcome::Warn,
            ),
            (
                "an unknown critical tag stops every authority",
                |f| {
                    f.dns("acme.example", "CAA", &["0 issue \"letsencrypt.org\"", "128 tbs \"x\""]);
                },
                Outcome::Fail,
            ),
            (
                "a time-out is not absence",
                |f| {
                    f.status("acme.example", "CAA", Timeout);
                },
                Outcome::Unknown,
            ),
            (
                "the parent's record applies to a subdomain",
                |f| {
                    f.evidence.target.domain = crate::Domain::parse("app.acme.example").unwrap();
                    f.status("app.acme.example", "CAA", NxDomain).dns("acme.example", "CAA", &["0 issue \"digicert.com\""]);
                },
                Outcome::Fail,
            ),
            (
                "a wildcard in use, and issuewild for nobody",
                |f| {
                    f.cert("acme.example", |s| s.chain[0].names = vec!["acme.example".into(), "*.acme.example".into()]).dns(
                        "acme.example",
                        "CAA",
                        &["0 issue \"letsencrypt.org\"", "0 issuewild \";\""],
                    );
                },
                Outcome::Fail,
            ),
            (
                "a wildcard without issuewild goes by issue",
                |f| {
                    f.cert("acme.example", |s| s.chain[0].names.push("*.acme.example".into()));
                },
                Outcome::Pass,
            ),
            (
                "issuewild alone does not stop the ordinary name, and allows the wildcard",
                |f| {
                    f.cert("acme.example", |s| s.chain[0].names.push("*.acme.example".into())).dns(
                        "acme.example",
                        "CAA",
                        &["0 issuewild \"letsencrypt.org\""],
                    );
                },
                Outcome::Pass,
            ),
            (
                "another name of the certificate has records of its own",
                |f| {
                    f.cert("acme.example", |s| s.chain[0].names.push("shop.acme.example".into())).dns(
                        "shop.acme.example",
                        "CAA",
                        &["0 issue \"digicert.com\""],
                    );
                },
                Outcome::Fail,
            ),
            (
                "another host's certificate",
                |f| {
                    f.dns("app.acme.example", "CAA", &["0 issue \"digicert.com\""]);
                },
                Outcome::Fail,
            ),
            (
                "an ill-formed value names nobody",
                |f| {
                    f.dns("acme.example", "CAA", &["0 issue \"https://letsencrypt.org\""]);
                },
                Outcome::Fail,
            ),
            (
                "quotes typed into the value",
                |f| {
                    f.dns("acme.example", "CAA", &["0 issue \"\"letsencrypt.org\"\""]);
                },
                Outcome::Fail,
            ),
            (
                "an ill-formed value beside a good one",
                |f| {
                    f.dns("acme.example", "CAA", &["0 issue \"letsencrypt.org\"", "0 issue \"%%%\""]);
                },
                Outcome::Warn,
            ),
            (
                "a wildcard that may be proved by HTTP only (RFC 8657)",
                |f| {
                    f.cert("acme.example", |s| s.chain[0].names.push("*.acme.example".into())).dns(
                        "acme.example",
                        "CAA",
                        &["0 issue \"letsencrypt.org; validationmethods=http-01\""],
                    );
                },
                Outcome::Fail,
            ),
            (
                "a method of validation that no authority has (RFC 8657 §4)",
                |f| {
                    f.dns("acme.example", "CAA", &["0 issue \"letsencrypt.org; validationmethods=foo-01\""]);
                },
                Outcome::Fail,
            ),
            (
                "the issuer is an arm of an authority that is allowed, and its intermediate was not served",
                |f| {
                    for host in ["acme.example", "www.acme.example", "app.acme.example"] {
                        f.cert(host, |s| {
                            s.chain[0].issuer = "C=US, O=cPanel, Inc., CN=cPanel ECC Domain Validation Secure Server CA 3".into()
                        });
                    }
                    f.dns("acme.example", "CAA", &["0 issue \"sectigo.com\""]);
                },
                Outcome::Pass,
            ),
            (
                "an issuer that is not in the table, and well-known authorities (RFC 8659 §4.2)",
                |f| {
                    for host in ["acme.example", "www.acme.example", "app.acme.example"] {
                        f.cert(host, |s| s.chain[0].issuer = "O=Network Services, CN=X".into());
                    }
                    f.dns("acme.example", "CAA", &["0 issue \"sectigo.com\""]);
                },
                Outcome::Unknown,
            ),
            (
                "the ending's records bind too",
                |f| {
                    f.dns("acme.example", "CAA", &[]).dns("example", "CAA", &["0 issue \"digicert.com\""]);
                },
                Outcome::Fail,
            ),
            (
                "the ending was not learned",
                |f| {
                    f.dns("acme.example", "CAA", &[]).status("example", "CAA", Timeout);
                },
                Outcome::Unknown,
            ),
            (
                "the records of an alias' target",
                |f| {
                    f.alias("app.acme.example", "CAA", "cname.host.example").dns(
                        "cname.host.example",
                        "CAA",
                        &["0 issue \"digicert.com\""],
                    );
                },
                Outcome::Fail,
            ),
            (
                "an alias without records: the climb goes on from the alias",
                |f| {
                    f.alias("app.acme.example", "CAA", "cname.host.example").dns("cname.host.example", "CAA", &[]);
                },
                Outcome::Pass,
            ),
            (
                "an authority named after its domain",
                |f| {
                    for host in ["acme.example", "www.acme.example", "app.acme.example"] {
                        f.cert(host, |s| s.chain[0].issuer = "O=Test CA, CN=Test CA Root".into());
                    }
                    f.dns("acme.example", "CAA", &["0 issue \"testca.example\""]);
                },
                Outcome::Pass,
            ),
            (
                "an authority that cannot be told apart",
                |f| {
                    for host in ["acme.example", "www.acme.example", "app.acme.example"] {
                        f.cert(host, |s| s.chain[0].issuer = "O=Somebody, CN=X".into());
                    }
                    f.dns("acme.example", "CAA", &["0 issue \"other.example\""]);
                },
                Outcome::Unknown,
            ),
        ],
    );
}

#[test]
fn a_paste_permits_the_issuer_and_keeps_the_rest() {
    let fix = |records: &[&str]| {
        let mut f = crate::fixture::Fixture::good();
        f.cert("acme.example", |s| s.chain[0].names.push("*.acme.example".into())).dns("acme.example", "CAA", records);
        let found = rule(&Context::of(&f.evidence, f.now));
        let paste = found.fix.unwrap().paste.remove(0);
        let kept: Vec<String> = paste.value().lines().map(str::to_owned).collect();
        f.dns("acme.example", "CAA", &kept.iter().map(String::as_str).collect::<Vec<_>>());
        let after = rule(&Context::of(&f.evidence, f.now));
        assert_eq!(after.outcome, crate::taxonomy::Outcome::Pass, "{records:?} → {kept:?}: {}", after.summary);
        kept.join(" | ")
    };
    let le = "0 issue \"letsencrypt.org\"";
    for (records, want) in [
        (&["0 issue \";\""][..], le.to_owned()),
        (&["0 issue \"digicert.com\"", "0 iodef \"mailto:a@acme.example\""], {
            format!("0 issue \"digicert.com\" | 0 iodef \"mailto:a@acme.example\" | {le}")
        }),
        (&[le, "0 issuewild \";\""], format!("{le} | 0 issuewild \"letsencrypt.org\"")),
        (&[le, "128 tbs \"x\""], le.to_owned()),
        (&["0 issue \"letsencrypt\u{2024}org\""], le.to_owned()),
        (
            &["0 issue \"letsencrypt.org; validationmethods=http-01\""],
            "0 issue \"letsencrypt.org; validationmethods=http-01\" | 0 issuewild \"letsencrypt.org\"".into(),
        ),
        (
            &["0 issue \"letsencrypt.org; a=b;\"", "0 contactemail \"a@acme.example\""],
            "0 issue \"letsencrypt.org; a=b\" | 0 contactemail \"a@acme.example\"".into(),
        ),
        (&["0 issue \"letsencrypt.org, digicert.com\""], format!("{le} | 0 issue \"digicert.com\"")),
    ] {
        assert_eq!(fix(records), want);
    }
}

#[test]
fn the_target_of_an_alias_is_told_as_such() {
    let mut f = crate::fixture::Fixture::good();
    f.alias("app.acme.example", "CAA", "cname.host.example").dns("cname.host.example", "CAA", &["0 issue \"digicert.com\""]);
    let found = rule(&Context::of(&f.evidence, f.now));
    assert!(found.summary.contains("cname.host.example, to which app.acme.example is an alias"), "{}", found.summary);
    assert!(found.fix.unwrap().paste.is_empty());
}

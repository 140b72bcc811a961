//! Evidence as it would be once something was pasted.

use crate::check::{Line, Paste};
use crate::evidence::{Answer, Body, DnsStatus, Hop, Outside, Record, Response, host_of};
use crate::providers::ends_in;

/// How the place of a text file begins: `File · https://… `.
pub const FILE: &str = "File";
/// The place of a header that every answer of the site gets.
pub const HEADER: &str = "response header";
/// The evidence as it would be with these pastes made, of DNS records, headers and text files; nothing where one cannot be made as it is written: its
/// record set was not seen, a line to remove does not stand there, or the name is an alias.
#[must_use]
pub fn pasted(e: &Outside, pastes: &[Paste]) -> Option<Outside> {
    let mut after = e.clone();
    for paste in pastes {
        if paste.place == HEADER {
            after = with_headers(after, &paste.lines);
            continue;
        }
        let mut place = paste.place.split(" · ");
        let (rtype, name) = (place.next()?, place.next()?);
        if rtype == FILE {
            after = served(after, name, &paste.value());
            continue;
        }
        let mut gone: Vec<&String> = paste.lines.iter().filter_map(|l| if let Line::Remove(t) = l { Some(t) } else { None }).collect();
        let mut seen = false;
        let wild = rtype == "TXT" && e.wildcard(name, "TXT").is_some();
        // Answers to other names carry the record set too, where they reached it through an alias.
        let holds = |r: &Record| r.name == name && r.rtype == rtype;
        for a in after.dns.iter_mut().filter(|a| a.rtype == rtype && (a.name == name || a.records.iter().any(holds))) {
            if !a.status.is_definitive() {
                continue;
            }
            if a.records.iter().any(|r| r.rtype == "CNAME" && r.name == name) {
                return None;
            }
            seen = true;
            a.status = DnsStatus::NoError;
            if wild {
                // A record of its own hides what the wildcard gave.
                a.records.clear();
            }
            for line in &paste.lines {
                let stands = |t: &String| a.records.iter().position(|r| holds(r) && r.value == *t);
                match line {
                    Line::Remove(t) => {
                        if let Some(i) = stands(t) {
                            a.records.remove(i);
                            gone.retain(|g| *g != t);
                        }
                    }
                    Line::Add(t) if stands(t).is_none() => {
                        a.records.push(Record { name: name.into(), rtype: rtype.into(), ttl: 300, value: t.clone() });
                    }
                    Line::Add(_) | Line::Keep(_) => {}
                }
            }
        }
        if !seen || !gone.is_empty() {
            return None;
        }
    }
    Some(after)
}

/// The evidence with a text file served at a URL.
fn served(mut e: Outside, url: &str, text: &str) -> Outside {
    for fetch in e.fetches.iter_mut().filter(|f| f.start == url) {
        let body = Some(Body { size: text.len() as u64, extract: text.to_owned(), ..Body::default() });
        let headers = vec![("content-type".to_owned(), "text/plain".to_owned())];
        let answer = Answer::Response(Response { status: 200, headers, body });
        fetch.hops = vec![Hop { url: url.to_owned(), at: fetch.at(), took_ms: 0, answer }];
        fetch.looped = false;
    }
    e
}

/// The evidence with headers of every answer of the site's own hosts changed.
fn with_headers(mut e: Outside, lines: &[Line]) -> Outside {
    let own = e.target.domain.registrable().to_owned();
    for hop in e.fetches.iter_mut().flat_map(|f| &mut f.hops).filter(|h| ends_in(host_of(&h.url), &[&own])) {
        let Answer::Response(r) = &mut hop.answer else { continue };
        for line in lines {
            let (Line::Remove(text) | Line::Add(text) | Line::Keep(text)) = line;
            let Some((name, value)) = text.split_once(": ") else { continue };
            match line {
                Line::Keep(_) => {}
                Line::Remove(_) => r.headers.retain(|(n, v)| !(n.eq_ignore_ascii_case(name) && v == value)),
                Line::Add(_) => {
                    r.headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
                    r.headers.push((name.to_ascii_lowercase(), value.to_owned()));
                }
            }
        }
    }
    e
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    #[test]
    fn a_paste_is_made_on_a_copy_or_not_at_all() {
        const N: &str = "_dmarc.acme.example";
        let mut f = Fixture::good();
        f.txt(N, &["v=DMARC1; p=none", "x"]);
        let swap = |old: &str| vec![Paste::record("TXT", N, &[old], &["v=DMARC1; p=reject"])];
        let after = pasted(&f.evidence, &swap("v=DMARC1; p=none")).unwrap();
        assert_eq!(after.lookup(N, "TXT").values(), ["x", "v=DMARC1; p=reject"]);
        assert_eq!(f.evidence.lookup(N, "TXT").values(), ["v=DMARC1; p=none", "x"]);
        assert!(pasted(&f.evidence, &swap("v=DMARC1; p=other")).is_none());
        f.status(N, "TXT", DnsStatus::NxDomain);
        assert_eq!(pasted(&f.evidence, &[Paste::record("TXT", N, &[], &["a"])]).unwrap().lookup(N, "TXT").values(), ["a"]);
        f.alias(N, "TXT", "acme.hosted.example");
        assert!(pasted(&f.evidence, &[Paste::record("TXT", N, &[], &["a"])]).is_none());
        f.status(N, "TXT", DnsStatus::Timeout);
        assert!(pasted(&f.evidence, &[Paste::record("TXT", N, &[], &["a"])]).is_none());
    }
}

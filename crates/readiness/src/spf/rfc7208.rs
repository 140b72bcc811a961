//! The open test suite of RFC 7208 (openspf.org, release 2014.04, as in pyspf 2.0.14), whole: 203 tests of 16 sections,
//! held against the static walk. The suite judges one message; the walk judges the record for all messages. So a test
//! agrees where the walk finds the permanent error, the silence or the absence that the message meets, and finds
//! none where the message is judged. Where the two looks must differ, [`EXCEPTIONS`] says why.

use super::{is_spf, walk};
use crate::evidence::{Lookup, Record};
use std::collections::{BTreeMap, HashMap};

const SUITE: &str = include_str!("../../conformance/rfc7208-tests.json");

/// Tests where one message's walk and the look at the whole record differ.
const EXCEPTIONS: &str = include_str!("../../conformance/rfc7208-exceptions.tsv");

#[derive(serde::Deserialize)]
struct Section {
    section: String,
    tests: BTreeMap<String, Test>,
    zone: HashMap<String, Vec<(String, String)>>,
}

#[derive(serde::Deserialize)]
struct Test {
    domain: String,
    result: Vec<String>,
}

/// What the walk says of the record that a message from the domain meets.
fn verdict(domain: &str, zone: &HashMap<String, Vec<Record>>, silent: &[String]) -> &'static str {
    let ask = |name: &str, rtype: &str| {
        let mut name = name.trim_end_matches('.').to_ascii_lowercase();
        while let Some(alias) = zone.get(&name).and_then(|rows| rows.iter().find(|r| r.rtype == "CNAME")) {
            name = alias.value.trim_end_matches('.').to_ascii_lowercase();
        }
        match zone.get(&name) {
            None => Lookup::NxDomain,
            Some(rows) => {
                let found: Vec<&Record> = rows.iter().filter(|r| r.rtype == rtype).collect();
                match () {
                    () if !found.is_empty() => Lookup::Found(found),
                    () if silent.contains(&name) => Lookup::Unknown("timed out".into()),
                    () => Lookup::NoData,
                }
            }
        }
    };
    if crate::domain::Domain::parse(domain).is_err() && domain.split('.').any(|l| l.is_empty() || l.len() > 63) {
        return "none";
    }
    let lookup = ask(domain, "TXT");
    if lookup.not_learned().is_some() {
        return "temperror";
    }
    let records: Vec<&str> = lookup.values().into_iter().filter(|v| is_spf(v)).collect();
    match records.as_slice() {
        [] => "none",
        [record] => {
            let seen = walk(domain, record, &ask);
            match () {
                () if seen.is_broken() => "permerror",
                () if !seen.unknown.is_empty() => "temperror",
                () => "judged",
            }
        }
        _ => "permerror",
    }
}

#[test]
fn the_suite_of_rfc_7208_is_answered_as_it_says() {
    let sections: Vec<Section> = serde_json::from_str(SUITE).unwrap();
    let (mut tried, mut wrong) = (0, vec![]);
    for section in &sections {
        let mut silent = vec![];
        let mut zone: HashMap<String, Vec<Record>> = HashMap::new();
        for (name, rows) in &section.zone {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            let records = rows.iter().filter(|(rtype, value)| rtype != "TIMEOUT" && value != "TIMEOUT");
            if records.clone().count() < rows.len() {
                silent.push(name.clone());
            }
            zone.insert(
                name.clone(),
                records.map(|(rtype, value)| Record { name: name.clone(), rtype: rtype.clone(), ttl: 300, value: value.clone() }).collect(),
            );
        }
        for (name, test) in &section.tests {
            tried += 1;
            let got = verdict(&test.domain, &zone, &silent);
            let agrees = test.result.iter().any(|want| match want.as_str() {
                "permerror" | "none" | "temperror" => want == got,
                _ => got == "judged",
            });
            if !agrees {
                wrong.push((name.as_str(), format!("{} / {name}: {got}, the suite says {:?}", section.section, test.result)));
            }
        }
    }
    let exceptions: Vec<&str> =
        EXCEPTIONS.lines().filter(|l| !l.starts_with('#')).filter_map(|l| l.split_once('\t')).map(|(name, _)| name).collect();
    let unexplained: Vec<&String> = wrong.iter().filter(|(n, _)| !exceptions.contains(n)).map(|(_, w)| w).collect();
    let needless: Vec<&str> = exceptions.iter().copied().filter(|e| !wrong.iter().any(|(n, _)| n == e)).collect();
    assert!(
        unexplained.is_empty(),
        "{} of {tried}:\n{}",
        unexplained.len(),
        unexplained.iter().map(|w| w.as_str()).collect::<Vec<_>>().join("\n")
    );
    assert_eq!(needless, Vec::<&str>::new(), "exceptions that are none");
    assert_eq!(tried, 203);
}

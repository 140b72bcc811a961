//! Each check with something to paste stands in the tables, or here with the reason why a machine cannot paste it.

use crate::servers::Software;
use crate::{cases, records};
use readiness::checks::ALL;
use readiness::guide::generic;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Check, where (`*` is everywhere), and why.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("TLS-01", "*", "the certificate comes from an authority on the internet"),
    ("TLS-02", "*", "the certificate comes from an authority on the internet"),
    ("TLS-03", "*", "the certificate comes from an authority on the internet"),
    ("TLS-04", "*", "the certificate comes from an authority on the internet"),
    ("TLS-07", "*", "the certificate comes from an authority on the internet"),
    ("TLS-11", "*", "the certificate comes from an authority on the internet"),
    ("TLS-12", "*", "the certificate comes from an authority on the internet"),
    ("PERF-10", "*", "it speaks only where an edge stands before the site"),
    ("AUD-20", "*", "somebody has to choose the password"),
    ("SEC-15", "Express", "its own header tells no version"),
    ("RED-04", "zone", "no record"),
    ("DNS-01", "zone", "only the host of the site knows the address"),
    ("DNS-03", "zone", "only the host of the site knows the address"),
    ("DNS-04", "zone", "the delegation stands at the registrar; the paste is for there"),
    ("DNS-06", "zone", "neither server loads such a zone"),
    ("DNS-11", "zone", "the DS record stands at the registrar; the paste is for there"),
    ("AUD-05", "Caddy", "its listing is not known as one yet: the names of files come after the part of a page that is kept"),
    ("DNS-12", "zone", "the lab's authority has no name in CAA, so the paste asks for it"),
    ("MAIL-05", "zone", "the records come from the page of the mail service"),
    ("TLS-06", "Apache", "it takes none of the broken suites that Debian's OpenSSL still knows"),
    ("DNS-15", "zone", "loopback has no second address family that leads elsewhere"),
    ("DNS-17", "zone", "which of the two is right, the zone or the approved map, a person has to say"),
    ("MAIL-06", "zone", "what a record is split into, a person has to say"),
    ("MAIL-14", "zone", "a record and a file together: lab.rs has its policies"),
    ("AUD-02", "file", "a command in the build"),
    ("AUD-03", "file", "a command in the build"),
    ("AUD-08", "file", "a setting of the framework"),
    ("AUD-11", "file", "a setting of the project here"),
    ("AUD-19", "file", "a line to find and delete, wherever it comes from"),
    ("MON-04", "file", "code of the application"),
    ("MON-10", "file", "code of the application"),
    ("RED-06", "file", "links in texts and advertisements"),
    ("SEC-14", "file", "tags of a template"),
];

fn excepted(check: &str, place: &str) -> bool {
    EXCEPTIONS.iter().any(|(id, at, _)| *id == check && (*at == place || *at == "*"))
}

#[test]
fn each_check_with_a_guide_is_placed_at_each_server() {
    let mut missing = vec![];
    for check in ALL {
        for software in Software::ALL {
            let pasted = generic(check.id).iter().any(|g| g.provider == software.name() && !g.paste.is_empty());
            let tried = cases::of(software).any(|c| c.check == check.id);
            if pasted && !tried && !excepted(check.id, software.name()) {
                missing.push(format!("{} at {}", check.id, software.name()));
            }
        }
        let records = generic(check.id).iter().any(|g| g.provider == "Cloudflare" && g.paste.iter().any(|(at, _)| at.starts_with("TYPE")));
        if records && !records::CASES.iter().any(|c| c.check == check.id) && !excepted(check.id, "zone") {
            missing.push(format!("{} in a zone", check.id));
        }
    }
    assert!(missing.is_empty(), "neither tried nor excepted: {missing:#?}");
}

/// The files below a folder.
fn files(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
        if entry.is_dir() {
            files(&entry, out);
        } else {
            out.push(entry);
        }
    }
}

#[test]
fn each_check_that_pastes_is_placed_somewhere() {
    let mut paths = vec![];
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../readiness/src/checks"), &mut paths);
    let pasting: BTreeSet<String> = paths
        .iter()
        .filter(|p| std::fs::read_to_string(p).unwrap().contains("Paste"))
        .filter_map(|p| {
            let mut parts = p.file_name()?.to_str()?.split('_');
            Some(format!("{}-{}", parts.next()?.to_uppercase(), parts.next()?))
        })
        .filter(|id| ALL.iter().any(|c| c.id == id))
        .collect();
    let placed = |id: &str| {
        let tried = Software::ALL.iter().any(|s| cases::of(*s).any(|c| c.check == id)) || records::CASES.iter().any(|c| c.check == id);
        tried || EXCEPTIONS.iter().any(|(e, ..)| *e == id)
    };
    let missing: Vec<&String> = pasting.iter().filter(|id| !placed(id)).collect();
    assert!(pasting.len() > 40 && missing.is_empty(), "neither tried nor excepted: {missing:?}");
}

#[test]
fn no_exception_is_left_over() {
    let all: Vec<&str> = EXCEPTIONS.iter().map(|(id, ..)| *id).collect();
    assert!(all.iter().all(|id| ALL.iter().any(|c| c.id == *id)));
    let zone: Vec<_> = EXCEPTIONS.iter().filter(|(id, at, _)| *at == "zone" && records::CASES.iter().any(|c| c.check == *id)).collect();
    assert!(zone.is_empty(), "{zone:?}");
}

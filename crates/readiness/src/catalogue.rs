//! The catalogue of all 208 checks: those with a rule from [`crate::checks`], the rest as data,
//! so that the roadmap can show what is not evidenced yet and how it will be.

use crate::attestations;
use crate::check::Check;
use crate::checks;
use crate::evidence::Source;
use crate::taxonomy::{Area, Class, Impact, Stage};
use serde::Serialize;
use std::sync::LazyLock;

/// Names the state of the catalogue; scores are comparable within one version.
pub const VERSION: &str = "2026.11";

/// One row of the catalogue.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// `MAIL-02`.
    pub id: &'static str,
    /// `exactly-one-spf-record`.
    pub name: &'static str,
    /// For a person.
    pub title: &'static str,
    /// Where it stands on the roadmap.
    pub stage: Stage,
    /// Where it counts.
    pub area: Area,
    /// What kind of evidence it takes; follows from its first source.
    pub class: Class,
    /// Where its evidence comes from, the strongest source first.
    pub reads: Vec<Source>,
    /// Its worst impact.
    pub impact: Impact,
    /// Its impact while nothing is wrong.
    #[serde(skip)]
    pub resting_impact: Impact,
    /// Whether this build has the rule.
    pub implemented: bool,
    /// How it is judged.
    pub criterion: &'static str,
    /// The check, where there is a rule.
    #[serde(skip)]
    pub check: Option<&'static Check>,
}

static DATA: &str = include_str!("../catalogue/entries.tsv");

static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let mut entries: Vec<Entry> = checks::ALL.iter().map(|c| of_check(c)).chain(DATA.lines().filter_map(parse)).collect();
    entries.sort_by_key(|e| (e.stage, order(e.id)));
    entries
});

/// Every entry, by stage and then as the catalogue lists them.
#[must_use]
pub fn entries() -> &'static [Entry] {
    &ENTRIES
}

/// The entry with this id, in any case.
#[must_use]
pub fn entry(id: &str) -> Option<&'static Entry> {
    ENTRIES.iter().find(|e| e.id.eq_ignore_ascii_case(id))
}

/// The entry with this id or name, in any case.
#[must_use]
pub fn find(word: &str) -> Option<&'static Entry> {
    entry(word).or_else(|| ENTRIES.iter().find(|e| e.name.eq_ignore_ascii_case(word)))
}

/// Entries whose id, name, title, criterion or area holds every one of these words.
#[must_use]
pub fn search(words: &str) -> Vec<&'static Entry> {
    let words: Vec<String> = words.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let text =
        |e: &Entry| format!("{} {} {} {} {} {}", e.id, e.name, e.title, e.criterion, e.area, e.check.map_or("", |c| c.why)).to_lowercase();
    ENTRIES.iter().filter(|e| words.iter().all(|w| text(e).contains(w.as_str()))).collect()
}

fn of_check(c: &'static Check) -> Entry {
    Entry {
        id: c.id,
        name: c.name,
        title: c.title,
        stage: c.stage,
        area: c.area,
        class: class(c.reads, false),
        reads: c.reads.to_vec(),
        impact: c.impact,
        resting_impact: c.resting_impact,
        implemented: true,
        criterion: c.criterion,
        check: Some(c),
    }
}

fn parse(line: &'static str) -> Option<Entry> {
    if line.starts_with('#') {
        return None;
    }
    let mut cells = line.split('\t');
    let mut next = || cells.next();
    let stage = Stage::from_number(next()?.parse().ok()?)?;
    let (id, name, sources) = (next()?, next()?, next()?);
    let browser = sources.ends_with('*');
    let mut reads: Vec<Source> = sources.trim_end_matches('*').split(' ').map(Source::from_word).collect::<Option<_>>()?;
    let class = class(&reads, browser);
    // A person may say what nothing has shown yet.
    if attestations::question(id).is_some() && !reads.contains(&Source::Person) {
        reads.push(Source::Person);
    }
    let words = next()?;
    let impact = Impact::from_word(words.split(' ').next()?)?;
    // "critical if bogus, else info"; "high if broken" rests at info.
    let resting_impact = match words.split_once("else ") {
        Some((_, rest)) => Impact::from_word(rest)?,
        None if words.contains(" if ") => Impact::Info,
        None => impact,
    };
    // How it is learned is for whoever writes the rule.
    let (area, title, _learned, criterion) = (Area::from_word(next()?)?, next()?, next()?, next()?);
    Some(Entry { id, name, title, stage, area, class, reads, impact, resting_impact, implemented: false, criterion, check: None })
}

/// What kind of evidence it is that comes from these sources first.
fn class(reads: &[Source], browser: bool) -> Class {
    match reads.first() {
        _ if browser => Class::Browser,
        Some(Source::Repository) => Class::Code,
        Some(Source::Connection) => Class::Integration,
        Some(Source::Probe) => Class::Verified,
        Some(Source::Person) => Class::Attested,
        // A monitor looks from outside, again and again.
        _ => Class::Outside,
    }
}

impl Entry {
    /// How it would be evidenced, as a sentence with the effort: the way that takes least first.
    #[must_use]
    pub fn how_evidenced(&self) -> String {
        let mut ways: Vec<_> = self.reads.iter().map(|s| s.info()).collect();
        ways.sort_by_key(|i| (!i.collected, i.minutes));
        let ways: Vec<String> = ways
            .iter()
            .filter(|i| !(i.collected && i.label == Source::Outside.info().label && self.check.is_none()))
            .map(|i| format!("{} ({} min)", i.how, i.minutes))
            .collect();
        match ways.as_slice() {
            [] if self.class == Class::Browser => {
                "Needs a real browser that loads your pages; this version does not run one yet.".to_owned()
            }
            [] => "Can be seen from outside; this version does not look at it yet.".to_owned(),
            _ => {
                let text = ways.join(", or ");
                let mut letters = text.chars();
                format!("Not known yet. To show it, {}{}.", letters.next().unwrap_or(' '), letters.as_str())
            }
        }
    }
}

/// The catalogue's own order of families within a stage.
fn order(id: &str) -> (usize, u16) {
    const FAMILIES: [&str; 12] = ["AUD", "OVB", "DNS", "RED", "EDG", "TLS", "MAIL", "DEP", "PERF", "SEC", "AI", "MON"];
    let (family, number) = id.split_once('-').unwrap_or((id, "0"));
    (FAMILIES.iter().position(|f| *f == family).unwrap_or(FAMILIES.len()), number.parse().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn holds_all_207_once() {
        let ids: HashSet<_> = entries().iter().map(|e| e.id).collect();
        let names: HashSet<_> = entries().iter().map(|e| e.name).collect();
        assert_eq!((entries().len(), ids.len(), names.len()), (208, 208, 208));
        assert_eq!(DATA.lines().filter(|l| !l.starts_with('#')).count() + checks::ALL.len(), 208);
    }

    #[test]
    fn stages_have_the_sizes_of_the_catalogue() {
        let sizes: Vec<_> = Stage::ALL.iter().map(|s| entries().iter().filter(|e| e.stage == *s).count()).collect();
        assert_eq!(sizes, [22, 66, 22, 20, 39, 24, 15]);
    }

    #[test]
    fn entries_are_found_by_name_and_by_words() {
        assert_eq!(find("spf-syntax-dns-budget").map(|e| e.id), Some("MAIL-03"));
        assert_eq!(find("mail-03").map(|e| e.id), Some("MAIL-03"));
        assert!(find("nothing").is_none());
        assert!(search("spf budget").iter().any(|e| e.id == "MAIL-03") && search("zzzz").is_empty() && search("").len() == 208);
    }

    #[test]
    fn conditional_impacts_rest_low() {
        let dnssec = entry("dns-11").unwrap();
        assert_eq!((dnssec.impact, dnssec.resting_impact), (Impact::Critical, Impact::Info));
    }
}

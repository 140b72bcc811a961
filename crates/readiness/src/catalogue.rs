//! The catalogue of all 208 checks: those with a rule from [`crate::checks`], the rest as data,
//! so that the roadmap can show what is not evidenced yet and how it will be.

use crate::check::Check;
use crate::checks;
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
    /// Where its evidence comes from.
    pub class: Class,
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
        class: c.class,
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
    let (id, name, class) = (next()?, next()?, Class::from_word(next()?)?);
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
    Some(Entry { id, name, title, stage, area, class, impact, resting_impact, implemented: false, criterion, check: None })
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

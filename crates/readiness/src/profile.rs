//! What kind of product it is and what it has: detected from evidence, and changed by its owner. It decides which checks
//! apply, each with its reason.

use crate::evidence::{Answer, Ledger, Outside, Purpose, RefKind, host_of};
use crate::taxonomy::{ProductKind, Trait};
use std::sync::LazyLock;

/// A profile, each part with what shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The kind.
    pub kind: ProductKind,
    /// What shows the kind.
    pub because: String,
    /// What it has, or has not; none where nothing shows it.
    pub has: Vec<(Trait, Option<bool>, String)>,
}

/// Where data is kept that browsers ask directly: trait and ends of host names.
const BACKENDS: [(Trait, &[&str]); 2] = [
    (Trait::Supabase, &["supabase.co", "supabase.in"]),
    (
        Trait::Firebase,
        &["firebaseio.com", "firebaseapp.com", "firestore.googleapis.com", "firebasestorage.googleapis.com", "firebasedatabase.app"],
    ),
];

/// The profile of a project.
#[must_use]
pub fn detect(ledger: &Ledger) -> Profile {
    let empty = Outside::empty(ledger.target.clone(), 0);
    let e = ledger.outside().unwrap_or(&empty);
    let (kind, because) = match ledger.profile.kind {
        Some(kind) => (kind, "as you said".to_owned()),
        None => kind(e),
    };
    let said = |t: Trait| ledger.profile.has.get(&t).map(|has| (t, Some(*has), "as you said".to_owned()));
    let has = Trait::ALL.iter().map(|t| {
        said(*t).unwrap_or_else(|| {
            let (has, why) = seen(*t, e, &ledger.target);
            (*t, has, why)
        })
    });
    Profile { kind, because, has: has.collect() }
}

fn kind(e: &Outside) -> (ProductKind, String) {
    let json = e.front().and_then(|f| f.last()).is_some_and(|(_, r)| r.header("content-type").is_some_and(|t| t.contains("json")));
    let app = e.target.hosts.iter().find(|h| h.as_str().starts_with("app.") || h.as_str().starts_with("dashboard."));
    match app {
        _ if e.target.internal => (ProductKind::Internal, "you said that it is an internal one".to_owned()),
        _ if json => (ProductKind::Api, "its front page is JSON".to_owned()),
        Some(host) => (ProductKind::MarketingApp, format!("{host} is a host of its own")),
        None => (ProductKind::Saas, "nothing says otherwise".to_owned()),
    }
}

/// Whether it has something, as far as that shows.
fn seen(t: Trait, e: &Outside, target: &crate::evidence::Target) -> (Option<bool>, String) {
    match t {
        Trait::Mail => match target.sends_mail {
            Some(sends) => (Some(sends), "as you said of the domain".to_owned()),
            None => (None, String::new()),
        },
        Trait::Jobs | Trait::Ai => (None, String::new()),
        Trait::Supabase | Trait::Firebase => backend(t, e),
    }
}

/// Whether pages or scripts ask this backend. Only where they were read does silence say no.
fn backend(t: Trait, e: &Outside) -> (Option<bool>, String) {
    let ends = BACKENDS.iter().find(|(b, _)| *b == t).map_or(&[][..], |(_, ends)| *ends);
    let is = |host: &str| ends.iter().any(|end| host == *end || host.ends_with(&format!(".{end}")));
    let names = |text: &str| ends.iter().any(|end| text.contains(end));
    for page in &e.pages {
        if let Some(r) = page.refs.iter().find(|r| is(host_of(&r.url))) {
            return (Some(true), format!("{} asks {}", page.url, host_of(&r.url)));
        }
    }
    let policies = e.fetches.iter().flat_map(|f| &f.hops).filter_map(|h| match &h.answer {
        Answer::Response(r) => r.header("content-security-policy"),
        Answer::Failed { .. } => None,
    });
    if policies.into_iter().any(names) {
        return (Some(true), "the Content-Security-Policy names it".to_owned());
    }
    let Some(bundles) = &e.bundles else { return (None, String::new()) };
    let hit = bundles
        .searched
        .iter()
        .flat_map(|s| s.hits.iter().map(move |h| (s, h)))
        .find(|(_, h)| h.rule.contains(t.word()) || names(&h.masked));
    if let Some((s, h)) = hit {
        return (Some(true), format!("{} names it in line {}", s.url, h.line));
    }
    let read = !e.pages.is_empty() && e.fetches_for(Purpose::Start).any(|f| f.last().is_some_and(|(_, r)| r.status < 400));
    let scripts = e.pages.iter().flat_map(|p| &p.refs).any(|r| r.kind == RefKind::Script);
    if read && (!scripts || !bundles.searched.is_empty()) {
        (Some(false), "neither pages nor scripts name it".to_owned())
    } else {
        (None, String::new())
    }
}

struct Row {
    check: &'static str,
    needs: Needs,
    reason: &'static str,
}

enum Needs {
    Has(Trait),
    IsNot(ProductKind),
}

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let parse = |line: &'static str| {
        let mut cells = line.split('\t');
        let (check, needs, reason) = (cells.next()?, cells.next()?, cells.next()?);
        let needs = match needs.strip_prefix("not ") {
            Some(kind) => Needs::IsNot(ProductKind::from_word(kind)?),
            None => Needs::Has(Trait::from_word(needs)?),
        };
        Some(Row { check, needs, reason })
    };
    include_str!("../data/applicability.tsv").lines().filter(|l| !l.starts_with('#')).filter_map(parse).collect()
});

impl Profile {
    /// Whether it has something, and what shows that.
    #[must_use]
    pub fn has(&self, t: Trait) -> (Option<bool>, &str) {
        self.has.iter().find(|(x, _, _)| *x == t).map_or((None, ""), |(_, has, why)| (*has, why.as_str()))
    }
    /// Why a check does not apply to this product, if it does not.
    #[must_use]
    pub fn not_applicable(&self, check: &str) -> Option<String> {
        ROWS.iter().filter(|r| r.check == check).find_map(|r| match r.needs {
            Needs::Has(t) => match self.has(t) {
                (Some(false), why) => Some(format!("{}: {why}.", r.reason)),
                // Whoever has an AI feature says so; nothing from outside would show it.
                (None, _) if t == Trait::Ai => Some("No AI feature is declared for this product.".to_owned()),
                _ => None,
            },
            Needs::IsNot(kind) => (self.kind == kind).then(|| format!("{}: {}.", r.reason, self.because)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue;
    use crate::fixture::Fixture;

    #[test]
    fn every_row_names_a_check_and_something_that_exists() {
        assert_eq!(ROWS.len(), include_str!("../data/applicability.tsv").lines().filter(|l| !l.starts_with('#')).count());
        for r in ROWS.iter() {
            assert!(catalogue::entry(r.check).is_some(), "{}", r.check);
        }
    }

    #[test]
    fn a_profile_is_detected_and_its_owner_has_the_last_word() {
        let f = Fixture::good();
        let mut ledger = Ledger::of_scan(f.evidence.clone());
        let p = detect(&ledger);
        assert_eq!((p.kind, p.has(Trait::Supabase).0, p.has(Trait::Mail).0), (ProductKind::MarketingApp, Some(false), Some(true)));
        assert!(p.not_applicable("AUD-07").is_some() && p.not_applicable("MON-15").is_none() && p.not_applicable("MAIL-08").is_none());
        ledger.profile.has.insert(Trait::Firebase, true);
        ledger.profile.has.insert(Trait::Jobs, false);
        ledger.profile.kind = Some(ProductKind::Api);
        let p = detect(&ledger);
        assert!(p.not_applicable("AUD-07").is_none() && p.not_applicable("MON-15").is_some() && p.not_applicable("MON-01").is_some());
        assert!(p.not_applicable("AI-03").is_some());
        ledger.profile.has.insert(Trait::Ai, true);
        assert!(detect(&ledger).not_applicable("AI-03").is_none());
    }

    #[test]
    fn what_was_not_read_is_not_absent() {
        let mut f = Fixture::good();
        f.evidence.bundles = None;
        assert_eq!(detect(&Ledger::of_scan(f.evidence.clone())).has(Trait::Firebase).0, None);
        f.page("https://acme.example/", |r| {
            crate::fixture::set(r, "content-security-policy", "connect-src 'self' https://abc.supabase.co");
        });
        assert_eq!(detect(&Ledger::of_scan(f.evidence)).has(Trait::Supabase).0, Some(true));
    }
}

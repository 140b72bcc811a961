//! What a project hands over besides results: tables that people keep, begun from what was seen.

use crate::assess::Assessment;
use crate::evidence::Outside;
use crate::stack::{self, Layer};
use crate::taxonomy::{Answer, Impact, Outcome, Stage};

/// Rows of one document.
pub const ROWS: usize = 200;
/// Characters of one cell.
pub const CELL: usize = 500;

/// A document of a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Document {
    /// In the address and in exports.
    pub word: &'static str,
    /// For a person.
    pub title: &'static str,
    /// What it is for, in one sentence.
    pub purpose: &'static str,
    /// Of which stage it is the deliverable.
    pub stage: Stage,
    /// Columns; the first one names the row.
    pub columns: &'static [&'static str],
    /// The check that it answers when it is filled in.
    pub check: Option<&'static str>,
}

/// Every document, by stage.
pub const DOCUMENTS: [Document; 7] = [
    Document {
        word: "access",
        title: "Access inventory",
        purpose: "Who can get at what, so that a lost laptop or a parting is an afternoon's work.",
        stage: Stage::Handover,
        columns: &["System", "Owner", "Who has access", "Second factor", "How to rotate", "Last rotated"],
        check: Some("AUD-17"),
    },
    Document {
        word: "secrets",
        title: "Secret locations",
        purpose: "Where each secret is kept and how it is replaced. Names and places, never values.",
        stage: Stage::Handover,
        columns: &["Name", "Where it is kept", "Whose", "What for", "How to replace it", "Last replaced"],
        check: Some("HND-05"),
    },
    Document {
        word: "deploy",
        title: "Deploy checklist and configuration",
        purpose: "How a release is made and taken back, and where configuration is changed safely.",
        stage: Stage::Deployment,
        columns: &["Step", "How", "Who may", "How you see that it worked"],
        check: Some("DEP-18"),
    },
    Document {
        word: "baseline",
        title: "Performance baseline",
        purpose: "What was measured and tuned, to hold later releases against.",
        stage: Stage::Performance,
        columns: &["Path or query", "Measured", "When", "What was tuned or is cached"],
        check: Some("PERF-19"),
    },
    Document {
        word: "broken",
        title: "What “broken” means",
        purpose: "Each alert with its threshold, its meaning, and what to do first.",
        stage: Stage::Monitoring,
        columns: &["Signal", "Threshold", "What it means", "First action", "Who"],
        check: Some("MON-22"),
    },
    Document {
        word: "recovery",
        title: "Recovery notes",
        purpose: "What to do when it happens, for somebody who has never done it.",
        stage: Stage::Handover,
        columns: &["If this happens", "Do this", "Whom to call", "How long it takes"],
        check: Some("HND-10"),
    },
    Document {
        word: "next",
        title: "Next steps",
        purpose: "What can wait, and what would make it urgent.",
        stage: Stage::Handover,
        columns: &["Step", "Urgent when", "Effort"],
        check: Some("HND-13"),
    },
];

/// The document of this word.
#[must_use]
pub fn document(word: &str) -> Option<&'static Document> {
    DOCUMENTS.iter().find(|d| d.word == word)
}

/// A row of a document.
pub type Row = Vec<String>;

/// What a filled-in document answers: yes when every row is whole, partly from four of five, else no;
/// nothing while it has no row.
#[must_use]
pub fn answers(rows: &[Row]) -> Option<(Answer, String)> {
    let whole = rows.iter().filter(|r| r.iter().all(|c| !c.trim().is_empty())).count();
    let told = format!("{whole} of {} rows are whole.", rows.len());
    match (rows.len(), whole) {
        (0, _) => None,
        (n, w) if n == w => Some((Answer::Yes, told)),
        (n, w) if w * 5 >= n * 4 => Some((Answer::Partly, told)),
        _ => Some((Answer::No, told)),
    }
}

/// The rows that what was seen gives a document to begin with.
#[must_use]
pub fn begin(d: &Document, e: &Outside, a: &Assessment) -> Vec<Row> {
    let row = |cells: &[&str]| -> Row { (0..d.columns.len()).map(|i| cells.get(i).map_or(String::new(), |c| (*c).to_owned())).collect() };
    match d.word {
        "access" => systems(e).iter().map(|s| row(&[s])).collect(),
        "secrets" => systems(e).iter().filter(|s| !s.starts_with("Registrar")).map(|s| row(&[&format!("Key or sign-in of {s}")])).collect(),
        "deploy" => ["Before", "Release", "Database changes", "Look at it", "Take it back", "Where configuration lives"]
            .iter()
            .map(|s| row(&[s]))
            .collect(),
        "baseline" => speed(e).iter().map(|(path, told, at)| row(&[path, told, at])).collect(),
        "broken" => [
            ("Home page", "no right answer three times in a row", "nobody can reach the product"),
            ("Sign-in page", "no right answer three times in a row", "customers cannot get in"),
            ("Health address", "not 200 three times in a row", "something behind the pages is down"),
            ("Error rate", "above twice the usual", "a release broke something"),
            ("Bounces", "above 2 % of mails", "confirmations and resets do not arrive"),
            ("Certificate", "14 days or less", "browsers will refuse the site"),
        ]
        .iter()
        .map(|(s, t, m)| row(&[s, t, m]))
        .collect(),
        "recovery" => [
            "A release broke sign-in",
            "Data was deleted by mistake",
            "The hosting is down",
            "The domain does not resolve",
            "Mail does not arrive",
            "A key has leaked",
        ]
        .iter()
        .map(|s| row(&[s]))
        .collect(),
        "next" => a
            .findings
            .iter()
            .filter(|f| matches!(f.outcome, Outcome::Warn | Outcome::Accepted) || f.outcome == Outcome::Fail && f.impact >= Impact::Medium)
            .map(|f| {
                let effort = f.fix.as_ref().map_or(String::new(), |x| format!("about {} min", x.minutes));
                let title = f.fix.as_ref().map_or(f.title.as_str(), |x| x.title.as_str());
                row(&[&format!("{title} ({})", f.id), urgent(f.impact), &effort])
            })
            .take(20)
            .collect(),
        _ => vec![],
    }
}

const fn urgent(i: Impact) -> &'static str {
    match i {
        Impact::Critical => "now",
        Impact::High => "before the first month with customers is over",
        Impact::Medium => "from about 100 customers on",
        _ => "when everything else is done",
    }
}

/// The services that a product visibly depends on, as `Dns: Cloudflare`, and those that every product has.
fn systems(e: &Outside) -> Vec<String> {
    let seen = stack::detect(e);
    let mut out: Vec<String> =
        Layer::ALL.into_iter().flat_map(|l| stack::on(&seen, l).into_iter().map(move |name| format!("{}: {name}", label(l)))).collect();
    for name in crate::providers::infer(e).iter().map(crate::providers::Inferred::name) {
        if !out.iter().any(|o| o.ends_with(&name)) {
            out.push(format!("Mail: {name}"));
        }
    }
    if !out.iter().any(|o| o.starts_with("Registrar")) {
        out.insert(0, "Registrar".into());
    }
    out.extend(["Code repository", "Database", "Error tracking", "Payments", "Monitoring"].map(str::to_owned));
    out
}

fn label(l: Layer) -> String {
    let word = l.word();
    let mut c = word.chars();
    c.next().map_or(String::new(), |f| f.to_uppercase().chain(c).collect())
}

/// What the scan measured: address, median of the whole, day.
fn speed(e: &Outside) -> Vec<(String, String, String)> {
    let mut by_url = std::collections::BTreeMap::<&str, Vec<u64>>::new();
    for s in e.samples.iter().filter(|s| s.status.is_some()) {
        by_url.entry(&s.url).or_default().push(s.whole());
    }
    let day = crate::time::date(e.started_at);
    by_url
        .into_iter()
        .filter_map(|(url, mut all)| {
            all.sort_unstable();
            let median = all.get(all.len() / 2)?;
            Some((url.to_owned(), format!("{median} ms, median of {}", all.len()), day.clone()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attestations::question;
    use crate::fixture::Fixture;

    #[test]
    fn documents_answer_questions_and_begin_from_what_was_seen() {
        let f = Fixture::good();
        let a = f.assess();
        for d in &DOCUMENTS {
            assert!(d.check.is_none_or(|c| question(c).is_some()), "{}", d.word);
            let rows = begin(d, &f.evidence, &a);
            assert!(rows.iter().all(|r| r.len() == d.columns.len()) && rows.len() <= ROWS, "{}", d.word);
            assert!(d.word == "next" || !rows.is_empty(), "{} begins empty", d.word);
        }
        let access = begin(&DOCUMENTS[0], &f.evidence, &a);
        assert!(access.iter().any(|r| r[0].starts_with("Registrar")) && access.iter().any(|r| r[0] == "Payments"), "{access:?}");
    }

    #[test]
    fn a_document_answers_by_how_whole_it_is() {
        let row = |whole: bool| vec!["a".to_owned(), if whole { "b" } else { " " }.to_owned()];
        let of = |whole: usize, all: usize| answers(&(0..all).map(|i| row(i < whole)).collect::<Vec<_>>()).map(|(a, _)| a);
        assert_eq!([of(0, 0), of(5, 5), of(4, 5), of(3, 5)], [None, Some(Answer::Yes), Some(Answer::Partly), Some(Answer::No)]);
    }
}

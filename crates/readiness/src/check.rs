//! What a check is: metadata and a pure rule.

use crate::evidence::{Collector, Connection, Monitor, Outside, Piece, Probe, Repository, Source, SourceBody};
use crate::taxonomy::{Area, Impact, Outcome, Stage};
use serde::{Deserialize, Serialize};

/// A source of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Reference {
    /// Short name: `RFC 7208 §4.5`.
    pub title: &'static str,
    /// Where to read it.
    pub url: &'static str,
}

/// A check with a rule. One file a check, below [`crate::checks`].
#[derive(Debug)]
pub struct Check {
    /// `MAIL-02`. Never changes meaning.
    pub id: &'static str,
    /// `exactly-one-spf-record`. Never changes meaning.
    pub name: &'static str,
    /// For a person.
    pub title: &'static str,
    /// Where it stands on the roadmap.
    pub stage: Stage,
    /// Where it counts.
    pub area: Area,
    /// Where its evidence comes from, the strongest source first.
    pub reads: &'static [Source],
    /// Its worst impact.
    pub impact: Impact,
    /// The impact while nothing is wrong, where that is lower.
    pub resting_impact: Impact,
    /// The collectors that a re-check needs.
    pub needs: &'static [Collector],
    /// What a failure costs a founder in revenue or trust, in one sentence.
    pub why: &'static str,
    /// What is judged, in one sentence.
    pub criterion: &'static str,
    /// Minutes that the fix usually takes.
    pub minutes: u16,
    /// Sources.
    pub references: &'static [Reference],
    /// The rule.
    pub rule: fn(&Context) -> Found,
}

/// What a rule may look at.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    outside: &'a Outside,
    pieces: &'a [Piece],
    /// Epoch milliseconds.
    pub now: i64,
}

impl<'a> Context<'a> {
    /// What a scan saw, and the pieces of every source.
    #[must_use]
    pub const fn new(outside: &'a Outside, pieces: &'a [Piece], now: i64) -> Self {
        Self { outside, pieces, now }
    }
    /// What a scan saw, and nothing else.
    #[must_use]
    pub const fn of(outside: &'a Outside, now: i64) -> Self {
        Self::new(outside, &[], now)
    }
    /// The same with another scan.
    #[must_use]
    pub const fn with(self, outside: &'a Outside) -> Self {
        Self { outside, ..self }
    }
    /// What the newest scan saw; empty before the first.
    #[must_use]
    pub const fn outside(&self) -> &'a Outside {
        self.outside
    }
    /// What was found in each repository.
    pub fn repository(&self) -> impl Iterator<Item = &'a Repository> {
        self.bodies()
    }
    /// The state of each monitor.
    pub fn monitors(&self) -> impl Iterator<Item = &'a Monitor> {
        self.bodies()
    }
    /// What each provider's settings show.
    pub fn connections(&self) -> impl Iterator<Item = &'a Connection> {
        self.bodies()
    }
    /// What each probe found.
    pub fn probes(&self) -> impl Iterator<Item = &'a Probe> {
        self.bodies()
    }
    /// The bodies of a source that are not too old.
    pub fn bodies<T: SourceBody>(&self) -> impl Iterator<Item = &'a T> {
        let now = self.now;
        self.pieces.iter().filter(move |p| now < p.expires_at).filter_map(|p| p.body.get())
    }
}

/// One observation that a finding rests on, verbatim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Where: a server or a URL.
    pub source: String,
    /// What, as it stood there.
    pub text: String,
    /// Epoch milliseconds.
    pub at: i64,
}

/// A line of a difference between what stands and what should stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "op", content = "text")]
pub enum Line {
    /// Remove this.
    Remove(String),
    /// Add this.
    Add(String),
    /// For orientation.
    Keep(String),
}

/// Something to paste.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paste {
    /// Where it goes: `TXT · acme.com · TTL 300`.
    pub place: String,
    /// What stands and what should.
    pub lines: Vec<Line>,
}

impl Paste {
    /// Only lines to add.
    #[must_use]
    pub fn add(place: impl Into<String>, lines: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { place: place.into(), lines: lines.into_iter().map(|l| Line::Add(l.into())).collect() }
    }
    /// A DNS record in place of these values, or a new one.
    #[must_use]
    pub fn record(rtype: &str, name: &str, old: &[&str], new: &[&str]) -> Self {
        let lines = old.iter().map(|o| Line::Remove((*o).to_owned())).chain(new.iter().map(|n| Line::Add((*n).to_owned()))).collect();
        Self { place: format!("{rtype} · {name} · TTL 300"), lines }
    }
    /// The text that *Copy* takes: everything that is to stand afterwards.
    #[must_use]
    pub fn value(&self) -> String {
        self.lines
            .iter()
            .filter_map(|l| if let Line::Add(t) | Line::Keep(t) = l { Some(t.as_str()) } else { None })
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// How to mend a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fix {
    /// In the imperative: "Publish one SPF record instead of two".
    pub title: String,
    /// In order.
    pub steps: Vec<String>,
    /// Exact values.
    pub paste: Vec<Paste>,
    /// How to take it back.
    pub undo: String,
    /// What can go wrong.
    pub risk: Option<String>,
    /// Estimated minutes.
    pub minutes: u16,
}

impl Fix {
    /// A fix without steps yet.
    #[must_use]
    pub fn new(title: impl Into<String>, minutes: u16) -> Self {
        Self { title: title.into(), steps: vec![], paste: vec![], undo: String::new(), risk: None, minutes }
    }
    /// With a further step.
    #[must_use]
    pub fn step(mut self, step: impl Into<String>) -> Self {
        self.steps.push(step.into());
        self
    }
    /// With something to paste.
    #[must_use]
    pub fn paste(mut self, paste: Paste) -> Self {
        self.paste.push(paste);
        self
    }
    /// With how to take it back.
    #[must_use]
    pub fn undo(mut self, undo: impl Into<String>) -> Self {
        self.undo = undo.into();
        self
    }
    /// With what can go wrong.
    #[must_use]
    pub fn risk(mut self, risk: impl Into<String>) -> Self {
        self.risk = Some(risk.into());
        self
    }
}

/// What a rule found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The outcome.
    pub outcome: Outcome,
    /// One sentence: what was seen and what it means, or why nothing is known.
    pub summary: String,
    /// What it rests on.
    pub seen: Vec<Seen>,
    /// How to mend it.
    pub fix: Option<Fix>,
    /// Share of the points, where several targets share them; else by the outcome.
    pub credit: Option<f64>,
    /// Another impact than the check's resting one.
    pub impact: Option<Impact>,
}

impl Found {
    fn new(outcome: Outcome, summary: impl Into<String>) -> Self {
        Self { outcome, summary: summary.into(), seen: vec![], fix: None, credit: None, impact: None }
    }
    /// Passes.
    #[must_use]
    pub fn pass(summary: impl Into<String>) -> Self {
        Self::new(Outcome::Pass, summary)
    }
    /// Warns.
    #[must_use]
    pub fn warn(summary: impl Into<String>) -> Self {
        Self::new(Outcome::Warn, summary)
    }
    /// Fails.
    #[must_use]
    pub fn fail(summary: impl Into<String>) -> Self {
        Self::new(Outcome::Fail, summary)
    }
    /// Was not learned, and why.
    #[must_use]
    pub fn unknown(summary: impl Into<String>) -> Self {
        Self::new(Outcome::Unknown, summary)
    }
    /// Does not apply, and why.
    #[must_use]
    pub fn na(summary: impl Into<String>) -> Self {
        Self::new(Outcome::Na, summary)
    }
    /// Our scanner was challenged.
    #[must_use]
    pub fn blocked() -> Self {
        Self::new(
            Outcome::Blocked,
            "The site answered our scanner with a challenge or a refusal, so its real pages were not seen. Allow the user agent LaunchReady, or scan from a network that your edge lets through.",
        )
    }
    /// With what it rests on.
    #[must_use]
    pub fn seen(mut self, seen: impl IntoIterator<Item = Seen>) -> Self {
        self.seen.extend(seen);
        self
    }
    /// With another impact than the check's resting one.
    #[must_use]
    pub fn impact(mut self, impact: Impact) -> Self {
        self.impact = Some(impact);
        self
    }
    /// With a fix.
    #[must_use]
    pub fn fix(mut self, fix: Fix) -> Self {
        self.fix = Some(fix);
        self
    }
}

/// One target's part of a check that looks at several.
#[derive(Clone, Debug)]
pub struct Part {
    /// The host or URL.
    pub target: String,
    /// Its outcome.
    pub outcome: Outcome,
    /// Its sentence.
    pub text: String,
}

impl Part {
    /// A part.
    #[must_use]
    pub fn new(target: impl Into<String>, outcome: Outcome, text: impl Into<String>) -> Self {
        Self { target: target.into(), outcome, text: text.into() }
    }
}

/// Joins several targets: the worst decides the outcome; medium and low impacts share the points.
#[must_use]
pub fn join(impact: Impact, parts: &[Part], all_good: impl Into<String>) -> Found {
    let worst = parts.iter().map(|p| p.outcome).max_by_key(|o| severity(*o));
    let Some(outcome) = worst else {
        return Found::na("There is nothing here to which this applies.");
    };
    let told: Vec<&str> = parts.iter().filter(|p| p.outcome == outcome).map(|p| p.text.as_str()).collect();
    let summary = match outcome {
        Outcome::Pass => all_good.into(),
        Outcome::Blocked => Found::blocked().summary,
        _ if told.len() > 3 => format!("{} And {} more like it.", told.get(..3).unwrap_or_default().join(" "), told.len() - 3),
        _ => told.join(" "),
    };
    let credits: Vec<f64> = parts.iter().filter_map(|p| p.outcome.credit()).collect();
    let mut found = Found::new(outcome, summary);
    if outcome.is_evidenced() && matches!(impact, Impact::Medium | Impact::Low) && !credits.is_empty() {
        #[allow(clippy::cast_precision_loss, reason = "a handful of hosts")]
        let share = credits.iter().sum::<f64>() / credits.len() as f64;
        found.credit = Some(share);
    }
    found
}

/// What decides over several targets: a failure, then what is not known, then a warning.
const fn severity(o: Outcome) -> u8 {
    match o {
        Outcome::Fail => 6,
        Outcome::Unknown => 5,
        Outcome::Blocked => 4,
        Outcome::Warn => 3,
        Outcome::Accepted => 2,
        Outcome::Pass => 1,
        Outcome::Na => 0,
    }
}

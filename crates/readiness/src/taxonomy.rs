//! The closed vocabularies of the product: stages, areas, classes, impacts, outcomes, verdicts.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[allow(missing_docs, reason = "most variants say it themselves")]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant),+ }
        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];
            /// The word that stands in JSON, URLs and on the page.
            #[must_use]
            pub const fn word(self) -> &'static str { match self { $($name::$variant => $word),+ } }
            /// The value with this word.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> { Self::ALL.iter().copied().find(|v| v.word() == word) }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.pad(self.word()) }
        }
    };
}

words! {
    /// The seven stages of the roadmap, in order.
    Stage { Audit = "audit", Edge = "edge", Deployment = "deployment", Performance = "performance", Security = "security", Monitoring = "monitoring", Handover = "handover" }
}
words! {
    /// The eight areas of the minimum bar, and `Perf`, which is scored but not part of the bar.
    Area { Dns = "DNS", Ssl = "SSL", Email = "Email", Deployment = "Deployment", Secrets = "Secrets", Monitoring = "Monitoring", Caching = "Caching", Security = "Security", Perf = "Perf" }
}
words! {
    /// Where a check's evidence comes from.
    Class {
        /// Outside-in: what any visitor or resolver may see.
        Outside = "O",
        /// The same, with a real browser.
        Browser = "O*",
        /// An active probe, after the owner has proved control and consented.
        Verified = "V",
        /// A command that runs in the customer's repository or CI.
        Code = "C",
        /// A read-only integration by token.
        Integration = "I",
        /// A person's word, with evidence and an expiry.
        Attested = "A",
    }
}
words! {
    /// What a failing check costs.
    Impact { Critical = "critical", High = "high", Medium = "medium", Low = "low", Info = "info" }
}
words! {
    /// What a check found.
    Outcome {
        Pass = "pass",
        Warn = "warn",
        Fail = "fail",
        /// Not learned; the summary says why.
        Unknown = "unknown",
        /// Our scanner was challenged; never counts against the site.
        Blocked = "blocked",
        /// Does not apply; the summary says why.
        Na = "na",
        /// Waived with reason, owner and expiry.
        Accepted = "accepted",
    }
}
words! {
    /// The decision: may the first customers come?
    Verdict {
        NotReady = "NOT READY",
        /// After launch: a blocker has appeared.
        Regressed = "REGRESSED",
        Unproven = "UNPROVEN",
        ReadyWithRisks = "READY WITH RISKS",
        Ready = "READY",
        /// After launch: nothing blocks.
        Steady = "STEADY",
    }
}

words! {
    /// What kind of product it is; it decides which checks apply.
    ProductKind {
        /// Anybody may sign up.
        Saas = "public-saas",
        /// Only people of one company use it.
        Internal = "internal-admin",
        /// No pages, only an API.
        Api = "api-only",
        /// Marketing pages, and the app on a host of its own.
        MarketingApp = "marketing-app",
    }
}
words! {
    /// What a product has or has not; it decides which checks apply.
    Trait {
        /// Sends mail.
        Mail = "mail",
        /// Runs jobs in the background.
        Jobs = "jobs",
        /// Has a feature that answers by a language model.
        Ai = "ai",
        /// Keeps its data at Supabase, which browsers ask directly.
        Supabase = "supabase",
        /// Keeps its data at Firebase, which browsers ask directly.
        Firebase = "firebase",
    }
}

words! {
    /// What a person answers.
    Answer { Yes = "yes", Partly = "partly", No = "no", NotApplicable = "na" }
}
words! {
    /// As what somebody excuses an open finding.
    ExemptionKind {
        /// It is so, and is taken knowingly for a time.
        Risk = "risk",
        /// It is not so.
        FalseAlarm = "false-alarm",
    }
}

impl Answer {
    /// For a person.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Answer::Yes => "Yes",
            Answer::Partly => "Partly",
            Answer::No => "No",
            Answer::NotApplicable => "Does not apply",
        }
    }
}

impl ExemptionKind {
    /// For a person.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            ExemptionKind::Risk => "Risk accepted",
            ExemptionKind::FalseAlarm => "False alarm",
        }
    }
}

impl ProductKind {
    /// For a person.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            ProductKind::Saas => "Public SaaS",
            ProductKind::Internal => "Internal admin app",
            ProductKind::Api => "API only",
            ProductKind::MarketingApp => "Marketing site and app",
        }
    }
}

impl Trait {
    /// For a person.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Trait::Mail => "Sends mail",
            Trait::Jobs => "Runs background jobs",
            Trait::Ai => "Has an AI feature",
            Trait::Supabase => "Uses Supabase from the browser",
            Trait::Firebase => "Uses Firebase from the browser",
        }
    }
}

impl Stage {
    /// 1 to 7.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8 + 1
    }
    /// The stage with this number, 1 to 7.
    #[must_use]
    pub fn from_number(n: u8) -> Option<Self> {
        Self::ALL.get(usize::from(n).checked_sub(1)?).copied()
    }
}

impl Area {
    /// Share of the score, of 100. Areas without evidence share theirs out in proportion.
    #[must_use]
    pub const fn weight(self) -> f64 {
        match self {
            Area::Email | Area::Secrets | Area::Security => 14.0,
            Area::Dns | Area::Ssl | Area::Deployment | Area::Monitoring => 12.0,
            Area::Caching | Area::Perf => 5.0,
        }
    }
    /// Whether the area is one of the eight of the minimum bar.
    #[must_use]
    pub const fn in_minimum_bar(self) -> bool {
        !matches!(self, Area::Perf)
    }
}

impl Impact {
    /// Weight inside an area: critical 10, high 5, medium 2, low 1, info 0.
    #[must_use]
    pub const fn weight(self) -> f64 {
        match self {
            Impact::Critical => 10.0,
            Impact::High => 5.0,
            Impact::Medium => 2.0,
            Impact::Low => 1.0,
            Impact::Info => 0.0,
        }
    }
}

impl Outcome {
    /// Share of the points: pass 1, warn and accepted ½, fail 0; `None` stands outside the sum.
    #[must_use]
    pub const fn credit(self) -> Option<f64> {
        match self {
            Outcome::Pass => Some(1.0),
            Outcome::Warn | Outcome::Accepted => Some(0.5),
            Outcome::Fail => Some(0.0),
            Outcome::Unknown | Outcome::Blocked | Outcome::Na => None,
        }
    }
    /// Whether something was learned about an applicable check.
    #[must_use]
    pub const fn is_evidenced(self) -> bool {
        self.credit().is_some()
    }
    /// Whether there is something to fix.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Outcome::Fail | Outcome::Warn)
    }
    /// The word for a person.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Outcome::Pass => "Passes",
            Outcome::Warn => "Warns",
            Outcome::Fail => "Fails",
            Outcome::Unknown => "Not known",
            Outcome::Blocked => "Blocked",
            Outcome::Na => "Does not apply",
            Outcome::Accepted => "Excused",
        }
    }
}

impl Verdict {
    /// The words for the top of a page.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Verdict::NotReady => "Not ready",
            Verdict::Regressed => "Regressed",
            Verdict::Unproven => "Unproven",
            Verdict::ReadyWithRisks => "Ready, with risks",
            Verdict::Ready => "Ready",
            Verdict::Steady => "Steady",
        }
    }
    /// Whether a blocker is open.
    #[must_use]
    pub const fn is_blocked(self) -> bool {
        matches!(self, Verdict::NotReady | Verdict::Regressed)
    }
}

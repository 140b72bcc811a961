//! What mending costs, what running costs, and what leaving it costs.

use crate::assess::Assessment;
use crate::taxonomy::{Impact, Outcome};

/// An assumption, which anybody may change.
#[derive(Clone, Copy, Debug)]
pub struct Assumption {
    /// In the address.
    pub key: &'static str,
    /// For a person.
    pub label: &'static str,
    /// Unless it is changed.
    pub usual: f64,
    /// At most.
    pub most: f64,
}

/// Every assumption.
pub const ASSUMPTIONS: [Assumption; 13] = [
    Assumption { key: "rate", label: "Rate of an hour's work", usual: 90.0, most: 1000.0 },
    Assumption { key: "small", label: "Small fixes (a record, a header)", usual: 0.0, most: 500.0 },
    Assumption { key: "medium", label: "Middling fixes (a setting in several places)", usual: 0.0, most: 500.0 },
    Assumption { key: "large", label: "Large fixes (a change in the code)", usual: 0.0, most: 500.0 },
    Assumption { key: "small_h", label: "Hours of a small fix", usual: 0.25, most: 40.0 },
    Assumption { key: "medium_h", label: "Hours of a middling one", usual: 1.5, most: 80.0 },
    Assumption { key: "large_h", label: "Hours of a large one", usual: 8.0, most: 400.0 },
    Assumption { key: "hosting", label: "Hosting a month", usual: 25.0, most: 100_000.0 },
    Assumption { key: "mail", label: "Mail service a month", usual: 15.0, most: 100_000.0 },
    Assumption { key: "watch", label: "Monitoring and errors a month", usual: 20.0, most: 100_000.0 },
    Assumption { key: "signups", label: "Sign-ups in the first month", usual: 50.0, most: 1_000_000.0 },
    Assumption { key: "worth", label: "Worth of one that stays, in a year", usual: 120.0, most: 1_000_000.0 },
    Assumption { key: "lost", label: "Of 100 sign-ups, lost for each blocker", usual: 12.0, most: 100.0 },
];

/// Low and high stand so far from likely.
const LOW: f64 = 0.6;
const HIGH: f64 = 1.8;

/// The estimate, in whatever money the rate is in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// Hours: low, likely, high.
    pub hours: (f64, f64, f64),
    /// Money for them: low, likely, high.
    pub mend: (f64, f64, f64),
    /// Of a month.
    pub running: f64,
    /// Of leaving the blockers for the first month.
    pub leave: f64,
}

/// Small, middling and large fixes among open findings, and blockers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Open {
    /// Up to 15 minutes.
    pub small: usize,
    /// Up to two hours.
    pub medium: usize,
    /// More.
    pub large: usize,
    /// Critical failures.
    pub blockers: usize,
}

/// What is open in a result, by effort.
#[must_use]
pub fn open(a: &Assessment) -> Open {
    let mut out = Open { blockers: a.blockers().count(), ..Open::default() };
    for f in a.findings.iter().filter(|f| matches!(f.outcome, Outcome::Fail | Outcome::Warn) && f.impact != Impact::Info) {
        match f.fix.as_ref().map_or(30, |x| x.minutes) {
            0..=15 => out.small += 1,
            16..=120 => out.medium += 1,
            _ => out.large += 1,
        }
    }
    out
}

/// The estimate for these assumptions, asked by key, and so many blockers.
#[must_use]
pub fn cost(value: impl Fn(&str) -> f64, blockers: usize) -> Cost {
    let likely = value("small") * value("small_h") + value("medium") * value("medium_h") + value("large") * value("large_h");
    let rate = value("rate");
    // Each blocker takes its share of those that the others have left.
    let stays = (1.0 - value("lost") / 100.0).clamp(0.0, 1.0).powi(i32::try_from(blockers.min(50)).unwrap_or(50));
    Cost {
        hours: (likely * LOW, likely, likely * HIGH),
        mend: (likely * LOW * rate, likely * rate, likely * HIGH * rate),
        running: value("hosting") + value("mail") + value("watch"),
        leave: value("signups") * value("worth") * (1.0 - stays),
    }
}

/// An assumption as it stands in the address, within its limits.
#[must_use]
pub fn read(key: &str, typed: Option<&str>) -> f64 {
    let Some(a) = ASSUMPTIONS.iter().find(|a| a.key == key) else { return 0.0 };
    typed.and_then(|t| t.trim().replace(',', ".").parse::<f64>().ok()).filter(|x| x.is_finite()).map_or(a.usual, |x| x.clamp(0.0, a.most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_and_limits() {
        let of = |key: &str| match key {
            "small" => 4.0,
            "large" => 1.0,
            other => read(other, None),
        };
        let c = cost(of, 2);
        assert_eq!((c.hours.1, c.mend.1, c.running), (9.0, 810.0, 60.0));
        assert!(c.hours.0 < c.hours.1 && c.hours.1 < c.hours.2);
        assert!((c.leave - 50.0 * 120.0 * (1.0 - 0.88 * 0.88)).abs() < 1e-6);
        assert_eq!(cost(of, 0).leave, 0.0);
        for (typed, want) in [("12,5", 12.5), ("-3", 0.0), ("1e99", 1000.0), ("NaN", 90.0), ("many", 90.0)] {
            assert_eq!(read("rate", Some(typed)), want, "{typed}");
        }
    }
}

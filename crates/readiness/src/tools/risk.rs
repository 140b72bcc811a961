//! App risk: twelve answers, likelihood times impact, in five bands.

use crate::evidence::Outside;
use crate::stack;

/// A question with its answers.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    /// In the address.
    pub key: &'static str,
    /// In plain words.
    pub text: &'static str,
    /// Whether its answers say what is at stake (else, how likely it goes wrong).
    pub stake: bool,
    /// Word in the address, words on the page, weight 0 to 4.
    pub answers: &'static [(&'static str, &'static str, u8)],
    /// The checks that would prove the answer.
    pub checks: &'static [&'static str],
}

/// The twelve.
pub const QUESTIONS: [Question; 12] = [
    Question {
        key: "payments",
        text: "Does it take payments?",
        stake: true,
        answers: &[("no", "No", 0), ("hosted", "Yes, on the payment service's own page", 2), ("own", "Yes, on pages of ours", 4)],
        checks: &["SEC-22", "SEC-23", "TLS-02"],
    },
    Question {
        key: "personal",
        text: "Does it hold personal data?",
        stake: true,
        answers: &[("no", "No", 0), ("contact", "Names and addresses", 2), ("sensitive", "Health, money, documents", 4)],
        checks: &["SEC-04", "SEC-05", "DEP-11"],
    },
    Question {
        key: "tenants",
        text: "Do several customers share one installation?",
        stake: true,
        answers: &[("no", "No", 0), ("yes", "Yes", 3)],
        checks: &["SEC-05", "SEC-06", "PERF-09"],
    },
    Question {
        key: "admin",
        text: "Is there an admin area?",
        stake: true,
        answers: &[("no", "No", 0), ("yes", "Yes", 2)],
        checks: &["SEC-06", "SEC-04"],
    },
    Question {
        key: "ai",
        text: "Does an AI feature act or read on customers' behalf?",
        stake: true,
        answers: &[("no", "No", 0), ("reads", "It reads and writes text", 2), ("acts", "It can change things", 4)],
        checks: &["AI-03", "AI-04", "AI-05"],
    },
    Question {
        key: "client",
        text: "Does the browser talk to the database itself (Supabase, Firebase)?",
        stake: false,
        answers: &[("no", "No", 0), ("rules", "Yes, with rules that were tested", 1), ("yes", "Yes", 4)],
        checks: &["AUD-06", "AUD-07"],
    },
    Question {
        key: "deploy",
        text: "Who can deploy?",
        stake: false,
        answers: &[
            ("pipeline", "A pipeline, and at least two people", 0),
            ("two", "Two people by hand", 2),
            ("one", "One person by hand", 4),
        ],
        checks: &["DEP-06", "DEP-07", "DEP-20"],
    },
    Question {
        key: "backups",
        text: "Are there backups?",
        stake: false,
        answers: &[
            ("daily", "Daily, and a copy elsewhere", 0),
            ("daily-here", "Daily, in the same account", 1),
            ("none", "None, or nobody knows", 4),
        ],
        checks: &["DEP-11"],
    },
    Question {
        key: "restore",
        text: "When was one last restored?",
        stake: false,
        answers: &[("quarter", "Within three months", 0), ("longer", "Longer ago", 2), ("never", "Never", 4)],
        checks: &["DEP-12"],
    },
    Question {
        key: "domain",
        text: "Whose account holds the domain?",
        stake: false,
        answers: &[
            ("founder", "The founder's, with a second factor", 0),
            ("founder-weak", "The founder's", 1),
            ("other", "Somebody else's", 4),
        ],
        checks: &["HND-01", "SEC-28", "DNS-13"],
    },
    Question {
        key: "alerts",
        text: "How do you notice that it is down?",
        stake: false,
        answers: &[("drilled", "An alert, and it was tried", 0), ("alert", "An alert", 1), ("customers", "Customers write", 4)],
        checks: &["MON-01", "MON-03", "MON-06"],
    },
    Question {
        key: "users",
        text: "How many users at the launch?",
        stake: true,
        answers: &[("few", "Up to 20", 0), ("hundred", "About 100", 2), ("many", "1,000 and more", 4)],
        checks: &["PERF-04", "SEC-01"],
    },
];

/// Five bands of likelihood times impact, each 1 to 5.
pub const BANDS: [(u8, &str, &str); 5] = [
    (4, "Low", "Launch, and look again when something here changes."),
    (8, "Moderate", "Launch, with the one or two worst answers mended this month."),
    (12, "Elevated", "Mend the worst answers before the first paying customer."),
    (16, "High", "One ordinary mistake would cost customers or data. Mend before the launch."),
    (25, "Severe", "Do not launch like this. Begin with what is marked worst."),
];

/// The estimate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Risk {
    /// 1 to 5.
    pub likelihood: u8,
    /// 1 to 5.
    pub impact: u8,
    /// Which of [`BANDS`].
    pub band: usize,
    /// Keys of the answers that weigh most, the worst first.
    pub worst: Vec<&'static str>,
    /// How many questions have an answer.
    pub answered: usize,
}

/// The estimate of answers, asked by key. Without an answer a question counts as its middle.
#[must_use]
pub fn risk(answer: impl Fn(&str) -> Option<String>) -> Risk {
    let weigh = |q: &Question| -> Option<u8> {
        let word = answer(q.key)?;
        q.answers.iter().find(|(w, _, _)| *w == word).map(|(_, _, n)| *n)
    };
    let scale = |stake: bool| -> u8 {
        let all: Vec<u8> = QUESTIONS.iter().filter(|q| q.stake == stake).map(|q| weigh(q).unwrap_or(2)).collect();
        let worst = all.iter().copied().max().unwrap_or(0);
        let mean = f64::from(all.iter().map(|n| u32::from(*n)).sum::<u32>()) / f64::from(u32::try_from(all.len()).unwrap_or(1));
        // One bad answer is not made good by many good ones.
        let both = f64::midpoint(mean, f64::from(worst));
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 4")]
        let steps = both.round() as u8;
        1 + steps.min(4)
    };
    let (likelihood, impact) = (scale(false), scale(true));
    let product = likelihood * impact;
    let mut worst: Vec<(&'static str, u8)> = QUESTIONS.iter().filter_map(|q| weigh(q).filter(|n| *n >= 3).map(|n| (q.key, n))).collect();
    worst.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    Risk {
        likelihood,
        impact,
        band: BANDS.iter().position(|(limit, _, _)| product <= *limit).unwrap_or(BANDS.len() - 1),
        worst: worst.into_iter().map(|(k, _)| k).collect(),
        answered: QUESTIONS.iter().filter(|q| weigh(q).is_some()).count(),
    }
}

/// What a scan already shows of the answers.
#[must_use]
pub fn seen(e: &Outside) -> Vec<(&'static str, &'static str)> {
    let parts = stack::detect(e);
    let has = |name: &str| parts.iter().any(|p| p.name.to_lowercase().contains(name));
    let mut out = vec![];
    if has("supabase") || has("firebase") {
        out.push(("client", "yes"));
    }
    if has("stripe") || has("paddle") || has("lemon") {
        out.push(("payments", "hosted"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_name_checks_and_bands_follow() {
        for q in &QUESTIONS {
            assert!(q.checks.iter().all(|c| crate::catalogue::entry(c).is_some()), "{}", q.key);
            assert!(q.answers.iter().all(|(_, _, n)| *n <= 4) && q.answers[0].2 == 0, "{}", q.key);
        }
        let at = |pick: fn(&Question) -> usize| risk(|k| QUESTIONS.iter().find(|q| q.key == k).map(|q| q.answers[pick(q)].0.to_owned()));
        let (best, worst) = (at(|_| 0), at(|q| q.answers.len() - 1));
        assert_eq!((best.likelihood, best.impact, best.band, best.worst.len()), (1, 1, 0, 0));
        assert_eq!((worst.likelihood, worst.impact, worst.band), (5, 5, 4));
        assert!(worst.worst.len() > 5 && worst.answered == 12);
        // One bad practice among good ones still shows.
        let one = risk(|k| QUESTIONS.iter().find(|q| q.key == k).map(|q| q.answers[if k == "backups" { 2 } else { 0 }].0.to_owned()));
        assert_eq!((one.likelihood, one.worst), (3, vec!["backups"]));
        let none = risk(|_| None);
        assert_eq!((none.answered, none.band), (0, 2));
        assert_eq!(risk(|_| Some("<script>".into())), none);
    }
}

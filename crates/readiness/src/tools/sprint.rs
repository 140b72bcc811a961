//! Which work to choose: a package for each area below the bar, the full sprint where much is broken, and
//! always the way to do it oneself.

use crate::assess::Assessment;
use crate::score::BarState;
use crate::taxonomy::{Area, Impact, Outcome};

/// A package of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Package {
    /// Which areas it mends.
    pub areas: &'static [Area],
    /// Its name.
    pub name: &'static str,
    /// What is true afterwards.
    pub result: &'static str,
    /// Hours that it usually takes.
    pub hours: u8,
    /// How to do it oneself, in one sentence.
    pub alone: &'static str,
}

/// Every package.
pub const PACKAGES: [Package; 7] = [
    Package {
        areas: &[Area::Dns],
        name: "Names and redirects",
        result: "Every name leads where it should, to one address.",
        hours: 3,
        alone: "Follow the fixes of the DNS rows; lower the TTL a day before.",
    },
    Package {
        areas: &[Area::Ssl],
        name: "HTTPS everywhere",
        result: "No warning on any page, certificates renew themselves.",
        hours: 3,
        alone: "Switch on your host's automatic certificates, then the redirect, then HSTS.",
    },
    Package {
        areas: &[Area::Email],
        name: "Mail that arrives",
        result: "SPF, DKIM and DMARC pass for every service that sends for you.",
        hours: 4,
        alone: "List who sends for you, fix SPF, then DKIM, then DMARC at p=none.",
    },
    Package {
        areas: &[Area::Deployment],
        name: "Boring releases",
        result: "One path to production, and a way back that was tried.",
        hours: 8,
        alone: "Let the host deploy from the main branch, and roll back once on purpose.",
    },
    Package {
        areas: &[Area::Secrets],
        name: "Secrets out of danger",
        result: "Nothing secret in code or pages, and everything that leaked replaced.",
        hours: 6,
        alone: "Replace what leaked first, then move it to the host's secret settings.",
    },
    Package {
        areas: &[Area::Monitoring],
        name: "Know before customers do",
        result: "Alerts for outages, errors, jobs and mail reach a person, tried.",
        hours: 5,
        alone: "Two monitors, one error tracker, one test alert.",
    },
    Package {
        areas: &[Area::Security, Area::Caching, Area::Perf],
        name: "Doors and speed",
        result: "Sign-in, sessions and private pages hold; static files are cached.",
        hours: 8,
        alone: "Go through the security answers with two test accounts, then the headers.",
    },
];

/// Areas with critical failures from which on the whole sprint is the better choice.
const MANY: usize = 3;

/// What to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Packages, those with critical failures first.
    pub packages: Vec<&'static Package>,
    /// Whether the 48-hour sprint is the better choice.
    pub full: bool,
    /// Hours of all of them.
    pub hours: u32,
}

/// Areas below the bar, each with whether something critical fails in it.
#[must_use]
pub fn below(a: &Assessment) -> Vec<(Area, bool)> {
    let critical = |area: Area| a.findings.iter().any(|f| f.area == area && f.outcome == Outcome::Fail && f.impact == Impact::Critical);
    a.minimum_bar.iter().filter(|b| b.state == BarState::NotMet).map(|b| (b.area, critical(b.area))).collect()
}

/// What to choose for these areas.
#[must_use]
pub fn choose(areas: &[(Area, bool)]) -> Choice {
    let mut packages: Vec<&'static Package> = PACKAGES.iter().filter(|p| areas.iter().any(|(a, _)| p.areas.contains(a))).collect();
    packages.sort_by_key(|p| !areas.iter().any(|(a, critical)| *critical && p.areas.contains(a)));
    Choice {
        full: areas.iter().filter(|(_, critical)| *critical).count() >= MANY,
        hours: packages.iter().map(|p| u32::from(p.hours)).sum(),
        packages,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_area_has_a_package_and_three_critical_ones_are_a_sprint() {
        for a in Area::ALL {
            assert_eq!(PACKAGES.iter().filter(|p| p.areas.contains(a)).count(), 1, "{a}");
        }
        assert_eq!(choose(&[]), Choice { packages: vec![], full: false, hours: 0 });
        let two = choose(&[(Area::Dns, false), (Area::Email, true)]);
        assert_eq!((two.packages[0].name, two.full, two.hours), ("Mail that arrives", false, 7));
        assert!(choose(&[(Area::Dns, true), (Area::Email, true), (Area::Ssl, true)]).full);
    }
}

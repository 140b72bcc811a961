//! When a project is scanned by itself: daily, weekly, monthly, or five fields of cron, in a time zone.

use croner::Cron;
use std::str::FromStr;

/// A rhythm that can be followed.
#[derive(Clone, Debug)]
pub struct Rhythm {
    word: String,
    cron: Cron,
    /// Milliseconds over which projects of the same rhythm are spread.
    spread: u64,
}

/// Half an hour: whoever says *daily* does not mind.
const SPREAD: u64 = 30 * 60_000;
/// Whoever writes a minute means it, give or take.
const CRON_SPREAD: u64 = 60_000;
/// Two scans of a project are at least so far apart.
const LEAST_MINUTES: i64 = 60;

impl Rhythm {
    /// Reads `daily`, `weekly`, `monthly`, or `minute hour day month weekday` (cron).
    ///
    /// # Errors
    /// What is wrong with it, as a sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let word = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        let (fields, spread) = match word.as_str() {
            "daily" => ("0 5 * * *", SPREAD),
            "weekly" => ("0 5 * * 1", SPREAD),
            "monthly" => ("0 5 1 * *", SPREAD),
            own => (own, CRON_SPREAD),
        };
        if fields.split(' ').count() != 5 {
            return Err("A rhythm is daily, weekly, monthly, or five fields: minute, hour, day, month, weekday. “30 6 * * 1-5” is half past six on working days.".into());
        }
        let cron = Cron::from_str(fields).map_err(|e| format!("“{word}” cannot be read: {e}."))?;
        let rhythm = Self { word, cron, spread };
        let mut at = 1_790_000_000_000;
        for _ in 0..4 {
            let next = rhythm.turn(at, "UTC").ok_or_else(|| format!("“{}” never comes.", rhythm.word))?;
            if next - at < LEAST_MINUTES * 60_000 && at != 1_790_000_000_000 {
                return Err("A project is scanned by itself once an hour at most.".into());
            }
            at = next;
        }
        Ok(rhythm)
    }
    /// As it is stored.
    #[must_use]
    pub fn word(&self) -> &str {
        &self.word
    }
    /// The next turn after `now` (epoch milliseconds) in a zone, without spread.
    fn turn(&self, now: i64, zone: &str) -> Option<i64> {
        let at = jiff::Timestamp::from_millisecond(now).ok()?.in_tz(zone).ok()?;
        Some(self.cron.find_next_occurrence(&at, false).ok()?.timestamp().as_millisecond())
    }
    /// The next turn after `now` for this project: always the same little while after the rhythm's own,
    /// so that thousands of projects do not start at once.
    #[must_use]
    pub fn next(&self, now: i64, zone: &str, project: &str) -> Option<i64> {
        let hash = project.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
        let shift = i64::try_from(hash % self.spread).unwrap_or(0);
        // The turn that is passing, shifted, may still lie ahead.
        let own = self.turn(now - shift, zone)?;
        Some(own + shift)
    }
}

/// The next Monday and the next first of a month at eight in the morning of a zone: when digests go out.
#[must_use]
pub fn digests(now: i64, zone: &str) -> (i64, i64) {
    let next = |fields: &str| {
        let at = jiff::Timestamp::from_millisecond(now).ok()?.in_tz(zone).ok()?;
        Some(Cron::from_str(fields).ok()?.find_next_occurrence(&at, false).ok()?.timestamp().as_millisecond())
    };
    (next("0 8 * * 1").unwrap_or(0), next("0 8 1 * *").unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use readiness::time::{parse_rfc3339, rfc3339};

    fn at(text: &str) -> i64 {
        parse_rfc3339(text).unwrap()
    }

    #[test]
    fn turns_follow_the_zone_and_its_clock_changes() {
        let rows = [
            ("30 6 * * *", "UTC", "2026-11-25T07:00:00Z", "2026-11-26T06:30:00Z"),
            ("30 6 * * 1-5", "Europe/Berlin", "2026-11-27T06:00:00Z", "2026-11-30T05:30:00Z"),
            // The night in which clocks go back: half past two comes twice, the scan once.
            ("30 3 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T02:30:00Z"),
            ("0 0 29 2 *", "UTC", "2026-11-25T07:00:00Z", "2028-02-29T00:00:00Z"),
        ];
        for (fields, zone, now, want) in rows {
            let got = Rhythm::parse(fields).unwrap().turn(at(now), zone).unwrap();
            assert_eq!(rfc3339(got), want, "{fields} {zone}");
        }
    }

    #[test]
    fn projects_are_spread_and_keep_their_place() {
        let daily = Rhythm::parse(" Daily ").unwrap();
        let next = |p: &str, now: i64| daily.next(now, "UTC", p).unwrap();
        let now = at("2026-11-25T07:00:00Z");
        let places: std::collections::BTreeSet<i64> = (0..200).map(|i| next(&format!("project-{i}"), now)).collect();
        assert!(places.len() > 190 && places.iter().all(|t| (0..1_800_000).contains(&(t - at("2026-11-26T05:00:00Z")))));
        let first = next("a", now);
        assert_eq!(next("a", first), first + 86_400_000);
        // However late it is looked at, no turn lies in the past and none is skipped.
        assert!(next("a", first - 1) == first && next("a", first + 1) > first);
    }

    #[test]
    fn nonsense_is_refused_with_a_sentence() {
        for text in ["", "hourly", "* * * * *", "*/5 * * * *", "61 * * * *", "0 5 31 2 *", "0 0 5 * * *", "0 5 * *"] {
            let said = Rhythm::parse(text).unwrap_err();
            assert!(said.ends_with('.'), "{text}: {said}");
        }
    }
}

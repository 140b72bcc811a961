//! Epoch milliseconds written as RFC 3339 UTC, without a date library.

/// Milliseconds of one day.
pub const DAY_MS: i64 = 86_400_000;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Year, month, day of a count of days since 1970-01-01 (Howard Hinnant's `civil_from_days`).
fn civil(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month, doy - (153 * mp + 2) / 5 + 1)
}

/// `2026-11-25T01:37:27Z`.
#[must_use]
pub fn rfc3339(ms: i64) -> String {
    let (y, m, d) = civil(ms.div_euclid(DAY_MS));
    let s = ms.rem_euclid(DAY_MS) / 1000;
    format!("{y:04}-{m:02}-{d:02}T{:02}:{:02}:{:02}Z", s / 3600, s / 60 % 60, s % 60)
}

/// `2026-11-25`.
#[must_use]
pub fn date(ms: i64) -> String {
    let (y, m, d) = civil(ms.div_euclid(DAY_MS));
    format!("{y:04}-{m:02}-{d:02}")
}

/// `25 Nov 2026, 01:37 UTC`.
#[must_use]
pub fn human(ms: i64) -> String {
    let (y, m, d) = civil(ms.div_euclid(DAY_MS));
    let s = ms.rem_euclid(DAY_MS) / 1000;
    let month = MONTHS.get(usize::try_from(m - 1).unwrap_or(0)).copied().unwrap_or("");
    format!("{d} {month} {y}, {:02}:{:02} UTC", s / 3600, s / 60 % 60)
}

/// `Sat, 28 Nov 2026 15:23:33 GMT` (RFC 9110 section 5.6.7).
#[must_use]
pub fn http_date(ms: i64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    let days = ms.div_euclid(DAY_MS);
    let (y, m, d) = civil(days);
    let s = ms.rem_euclid(DAY_MS) / 1000;
    let name = |list: &[&'static str], n: i64| usize::try_from(n).ok().and_then(|n| list.get(n).copied()).unwrap_or("");
    let (day, month) = (name(&DAYS, days.rem_euclid(7)), name(&MONTHS, m - 1));
    format!("{day}, {d:02} {month} {y:04} {:02}:{:02}:{:02} GMT", s / 3600, s / 60 % 60, s % 60)
}

/// How long ago, or in how long: `3 h ago`, `yesterday`, `in 5 d`, and the date beyond a month.
#[must_use]
pub fn ago(ms: i64, now: i64) -> String {
    let seconds = (now - ms) / 1000;
    let past = seconds >= 0;
    let told = |n: i64, unit: &str| if past { format!("{n} {unit} ago") } else { format!("in {n} {unit}") };
    match seconds.abs() {
        0..60 => {
            if past {
                "just now".into()
            } else {
                "in a minute".into()
            }
        }
        s @ 60..3600 => told(s / 60, "min"),
        s @ 3600..86_400 => told(s / 3600, "h"),
        86_400..172_800 if past => "yesterday".into(),
        s @ 86_400..2_592_000 => told(s / 86_400, "d"),
        _ => date(ms),
    }
}

/// Days since 1970-01-01 of a date (Howard Hinnant's `days_from_civil`).
fn days(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let doy = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let yoe = y.rem_euclid(400);
    era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468
}

/// Epoch milliseconds of `2026-11-25T01:37:27Z`, with a fraction, an offset, or neither (read as UTC).
#[must_use]
pub fn parse_rfc3339(text: &str) -> Option<i64> {
    let text = text.trim();
    let number = |from: usize, to: usize| text.get(from..to).filter(|t| t.bytes().all(|b| b.is_ascii_digit()))?.parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || text.get(4..5) != Some("-") || text.get(7..8) != Some("-") {
        return None;
    }
    let midnight = days(year, month, day) * DAY_MS;
    if text.len() == 10 {
        return Some(midnight);
    }
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let rest = text.get(19..)?;
    let zone = rest.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    let shift = match zone.chars().next() {
        Some(sign @ ('+' | '-')) => {
            let digits: String = zone.chars().filter(char::is_ascii_digit).collect();
            let minutes = digits.get(..2)?.parse::<i64>().ok()? * 60 + digits.get(2..4).and_then(|m| m.parse::<i64>().ok()).unwrap_or(0);
            if sign == '+' { minutes } else { -minutes }
        }
        Some('Z' | 'z') | None => 0,
        Some(_) => return None,
    };
    Some(midnight + ((hour * 60 + minute - shift) * 60 + second) * 1000)
}

/// Epoch milliseconds of an HTTP date, `Wed, 25 Nov 2026 01:37:27 GMT` (RFC 9110 section 5.6.7).
#[must_use]
pub fn parse_http_date(text: &str) -> Option<i64> {
    let mut words = text.split_once(", ")?.1.split([' ', ':']);
    let day: i64 = words.next()?.parse().ok()?;
    let name = words.next()?;
    let month = i64::try_from(MONTHS.iter().position(|m| *m == name)?).ok()? + 1;
    let year: i64 = words.next()?.parse().ok()?;
    let mut number = || words.next().and_then(|w| w.parse::<i64>().ok());
    let (h, m, s) = (number()?, number()?, number()?);
    Some(days(year, month, day) * DAY_MS + ((h * 60 + m) * 60 + s) * 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339(1_709_164_800_000), "2024-02-29T00:00:00Z");
        assert_eq!(rfc3339(-1000), "1969-12-31T23:59:59Z");
        assert_eq!(parse_http_date("Wed, 25 Nov 2026 01:37:27 GMT"), Some(1_795_570_647_000));
        assert_eq!(parse_http_date("soon"), None);
        assert_eq!(parse_rfc3339("2026-11-25T01:37:27Z"), Some(1_795_570_647_000));
        assert_eq!(parse_rfc3339("2026-11-25T03:37:27.123+02:00"), Some(1_795_570_647_000));
        assert_eq!(parse_rfc3339("2026-11-25T01:37:27"), Some(1_795_570_647_000));
        assert_eq!(
            (parse_rfc3339("2026-13-01"), parse_rfc3339("soon"), parse_rfc3339("2026-11-25")),
            (None, None, Some(1_795_564_800_000))
        );
        let now = 1_795_570_647_000;
        for (ms, want) in [
            (now - 5000, "just now"),
            (now - 90_000, "1 min ago"),
            (now - 3 * 3_600_000, "3 h ago"),
            (now - DAY_MS, "yesterday"),
            (now - 9 * DAY_MS, "9 d ago"),
            (now + 2 * DAY_MS, "in 2 d"),
            (now - 99 * DAY_MS, "2026-08-18"),
        ] {
            assert_eq!(ago(ms, now), want);
        }
        assert_eq!(human(1_795_570_647_000), "25 Nov 2026, 01:37 UTC");
    }
}

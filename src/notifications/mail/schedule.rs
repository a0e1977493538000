//! When the next letter may be due. No I/O.
use super::model::{MailChoice, Rhythm};
use crate::rules;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};
use snug_base::{Code, Result};

const HOUR_MS: i64 = 3_600_000;
/// After a letter that was not taken it is tried again; the pause grows up to the second.
const PAUSE_MS: i64 = 5 * 60_000;
const PAUSE_MOST_MS: i64 = 6 * HOUR_MS;

/// Refuses hours and zones that do not exist.
pub fn check(choice: &MailChoice) -> Result<()> {
    if !(0..24).contains(&choice.hour) {
        return Err(Code::Invalid.field("hour", "must be 0 to 23"));
    }
    check_zone(&choice.zone)
}

/// Refuses time zones that do not exist.
pub fn check_zone(name: &str) -> Result<()> {
    match name.len() <= 64 && rules::zone(name).is_some() {
        true => Ok(()),
        false => Err(Code::Invalid.field("zone", "must be the name of a time zone, such as Europe/Oslo")),
    }
}

/// The first time after `now` (both in Unix milliseconds); `None`: never.
pub fn next(choice: &MailChoice, now: i64) -> Option<i64> {
    match choice.rhythm {
        Rhythm::Off => None,
        Rhythm::Hourly => Some((now / HOUR_MS + 1) * HOUR_MS),
        // a time that can't be reckoned is a day ahead
        Rhythm::Daily | Rhythm::Weekly => Some(at_hour(choice, now).unwrap_or(now + 24 * HOUR_MS)),
    }
}

fn at_hour(choice: &MailChoice, now: i64) -> Option<i64> {
    let zone = rules::zone(&choice.zone).unwrap_or(TimeZone::UTC);
    let now = Timestamp::from_millisecond(now).ok()?.to_zoned(zone);
    let hour = i8::try_from(choice.hour).ok()?;
    let on = |day: &Zoned| day.with().hour(hour).minute(0).second(0).subsec_nanosecond(0).build().ok();
    let fits = |time: &Zoned| *time > now && (choice.rhythm == Rhythm::Daily || time.weekday() == Weekday::Monday);
    let times = (0..=8_i64).filter_map(|days| on(&now.checked_add(days.days()).ok()?));
    times.into_iter().find(fits).map(|time| time.timestamp().as_millisecond())
}

/// When to try again after so many letters that were not taken.
pub fn again(tries: i64, now: i64) -> i64 {
    now + (PAUSE_MS << tries.clamp(0, 10)).min(PAUSE_MOST_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    fn after(rhythm: Rhythm, zone: &str, now: &str) -> String {
        let choice = MailChoice { rhythm, hour: 8, zone: zone.to_owned(), show_content: true };
        Timestamp::from_millisecond(next(&choice, at(now)).unwrap()).unwrap().to_string()
    }

    #[test]
    fn letters_come_at_the_hour_there() {
        assert_eq!(next(&MailChoice::default(), 0), None);
        assert_eq!(after(Rhythm::Hourly, "UTC", "2026-11-20T10:59:59.999Z"), "2026-11-20T11:00:00Z");
        assert_eq!(after(Rhythm::Hourly, "UTC", "2026-11-20T11:00:00Z"), "2026-11-20T12:00:00Z");
        assert_eq!(after(Rhythm::Daily, "Europe/Oslo", "2026-11-20T06:59:00Z"), "2026-11-20T07:00:00Z");
        assert_eq!(after(Rhythm::Daily, "Europe/Oslo", "2026-11-20T07:00:00Z"), "2026-11-21T07:00:00Z");
        assert_eq!(after(Rhythm::Daily, "Asia/Kolkata", "2026-11-20T07:00:00Z"), "2026-11-21T02:30:00Z");
        // 2026-11-20 is a Friday
        assert_eq!(after(Rhythm::Weekly, "UTC", "2026-11-20T07:00:00Z"), "2026-11-23T08:00:00Z");
        assert_eq!(after(Rhythm::Weekly, "UTC", "2026-11-23T08:00:00Z"), "2026-11-30T08:00:00Z");
        // the clocks go forward on the last Sunday of March
        assert_eq!(after(Rhythm::Daily, "Europe/Oslo", "2026-03-28T08:00:00Z"), "2026-03-29T06:00:00Z");
    }

    #[test]
    fn what_does_not_exist_is_refused() {
        assert!(check(&MailChoice::default()).is_ok());
        for bad in [MailChoice { hour: 24, ..MailChoice::default() }, MailChoice { hour: -1, ..MailChoice::default() }] {
            assert!(check(&bad).is_err());
        }
        for zone in ["", "Europe/Nowhere", "../etc/passwd", "/etc/localtime"] {
            assert!(check_zone(zone).is_err(), "{zone}");
        }
    }

    #[test]
    fn pauses_grow_up_to_a_quarter_of_a_day() {
        let pauses: Vec<i64> = (0..9).map(|tries| again(tries, 0) / 60_000).collect();
        assert_eq!(pauses, [5, 10, 20, 40, 80, 160, 320, 360, 360]);
        assert_eq!(again(i64::MAX, 0), 6 * HOUR_MS);
    }
}

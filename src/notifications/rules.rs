//! Decisions without I/O: what a person is told of, and when it is quiet.
use crate::model::{Level, QuietHours};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use snug_base::{Code, Result};

/// A place's mute that lasts until it is switched on again, as it is stored.
pub const FOR_EVER: i64 = 0;
/// The furthest that a mute may end ahead: a year.
const LONGEST_MS: i64 = 366 * 86_400_000;

/// What was chosen for a place, as it is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    pub level: Option<Level>,
    pub muted_until: Option<i64>,
}

impl Chosen {
    /// Whether it is muted at this time.
    pub fn is_muted(&self, now: i64) -> bool {
        self.muted_until.is_some_and(|until| until == FOR_EVER || until > now)
    }
}

/// What counts in a place. `server`: of a room's server, where `is_room`.
pub fn effective(is_room: bool, place: Chosen, server: Chosen, now: i64) -> Level {
    if place.is_muted(now) || server.is_muted(now) {
        return Level::None;
    }
    let own = if is_room { Level::Mentions } else { Level::All };
    place.level.or(server.level).unwrap_or(own)
}

/// Until when a place is to be muted, as it is stored.
pub fn muted_until(muted: bool, until: Option<i64>, now: i64) -> Result<Option<i64>> {
    match (muted, until) {
        (false, None) => Ok(None),
        (false, Some(_)) => Err(Code::Invalid.field("muted_until", "needs muted to be true")),
        (true, None) => Ok(Some(FOR_EVER)),
        (true, Some(until)) if until > now && until <= now + LONGEST_MS => Ok(Some(until)),
        (true, Some(_)) => Err(Code::Invalid.field("muted_until", "must be a time in the year to come, in Unix milliseconds")),
    }
}

/// Refuses hours that do not exist.
pub fn check_quiet(quiet: &QuietHours) -> Result<()> {
    for (field, minutes) in [("quiet.from", quiet.from), ("quiet.to", quiet.to)] {
        if !(0..1_440).contains(&minutes) {
            return Err(Code::Invalid.field(field, "must be minutes since midnight, 0 to 1439"));
        }
    }
    if quiet.zone.len() > 64 || zone(&quiet.zone).is_none() {
        return Err(Code::Invalid.field("quiet.zone", "must be the name of a time zone, such as Europe/Oslo"));
    }
    if quiet.days.is_empty() || quiet.days.len() > 7 || quiet.days.iter().any(|day| !(1..=7).contains(day)) {
        return Err(Code::Invalid.field("quiet.days", "must be days from 1 (Monday) to 7 (Sunday), at least one"));
    }
    Ok(())
}

/// The time zone of that name.
pub(crate) fn zone(name: &str) -> Option<TimeZone> {
    // only names: a POSIX rule or an offset is none
    (name.starts_with(|c: char| c.is_ascii_alphabetic()) && !name.contains("..")).then(|| TimeZone::get(name).ok()).flatten()
}

/// Whether it is quiet at this time (Unix milliseconds). In a zone that is not known any more it never is.
pub fn is_quiet(quiet: &QuietHours, now: i64) -> bool {
    let (Some(zone), Ok(now)) = (zone(&quiet.zone), Timestamp::from_millisecond(now)) else { return false };
    let there = now.to_zoned(zone);
    let minute = i64::from(there.hour()) * 60 + i64::from(there.minute());
    let today = i64::from(there.weekday().to_monday_one_offset());
    let yesterday = if today == 1 { 7 } else { today - 1 };
    let begins_on = |day: i64| quiet.days.contains(&day);
    if quiet.from < quiet.to {
        begins_on(today) && (quiet.from..quiet.to).contains(&minute)
    } else {
        (begins_on(today) && minute >= quiet.from) || (begins_on(yesterday) && minute < quiet.to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        text.parse::<Timestamp>().map_or(0, |t| t.as_millisecond())
    }

    #[test]
    fn a_place_counts_more_than_its_server_and_a_mute_more_than_both() {
        let none = Chosen::default();
        let level = |level| Chosen { level: Some(level), muted_until: None };
        let muted = |until| Chosen { level: Some(Level::All), muted_until: Some(until) };
        assert_eq!(effective(true, none, none, 5), Level::Mentions);
        assert_eq!(effective(false, none, none, 5), Level::All);
        assert_eq!(effective(true, none, level(Level::None), 5), Level::None);
        assert_eq!(effective(true, level(Level::All), level(Level::None), 5), Level::All);
        assert_eq!(effective(true, muted(FOR_EVER), none, 5), Level::None);
        assert_eq!(effective(true, muted(6), none, 5), Level::None);
        assert_eq!(effective(true, muted(5), none, 5), Level::All, "it is over");
        assert_eq!(effective(true, level(Level::All), muted(6), 5), Level::None, "the whole server is muted");
    }

    #[test]
    fn mutes_end_in_the_year_to_come_or_never() {
        assert_eq!(muted_until(true, None, 10).ok(), Some(Some(FOR_EVER)));
        assert_eq!(muted_until(true, Some(11), 10).ok(), Some(Some(11)));
        assert_eq!(muted_until(false, None, 10).ok(), Some(None));
        for (muted, until) in [(true, 10), (true, -1), (true, i64::MAX), (false, 11)] {
            assert!(muted_until(muted, Some(until), 10).is_err(), "{muted} {until}");
        }
    }

    #[test]
    fn quiet_hours_go_over_midnight_and_follow_the_clock_there() {
        let quiet = QuietHours { from: 22 * 60, to: 7 * 60, zone: "Europe/Oslo".into(), days: vec![5] };
        assert!(check_quiet(&quiet).is_ok());
        // 2026-11-20 is a Friday; Oslo is an hour ahead of UTC then
        assert!(!is_quiet(&quiet, at("2026-11-20T20:59:00Z")));
        assert!(is_quiet(&quiet, at("2026-11-20T21:00:00Z")));
        assert!(is_quiet(&quiet, at("2026-11-21T05:59:00Z")), "Saturday's morning belongs to Friday's night");
        assert!(!is_quiet(&quiet, at("2026-11-21T06:00:00Z")));
        assert!(!is_quiet(&quiet, at("2026-11-21T21:30:00Z")), "Saturday is not one of the days");
        // in summer it is two hours
        assert!(is_quiet(&quiet, at("2026-07-17T20:00:00Z")));
        let noon = QuietHours { from: 720, to: 780, zone: "Asia/Kolkata".into(), days: vec![1, 2, 3, 4, 5, 6, 7] };
        assert!(is_quiet(&noon, at("2026-11-20T06:30:00Z")) && !is_quiet(&noon, at("2026-11-20T07:30:00Z")));
    }

    #[test]
    fn hours_that_do_not_exist_are_refused() {
        let quiet = QuietHours { from: 0, to: 60, zone: "UTC".into(), days: vec![1] };
        assert!(check_quiet(&quiet).is_ok());
        for bad in [
            QuietHours { from: 1_440, ..quiet.clone() },
            QuietHours { to: -1, ..quiet.clone() },
            QuietHours { zone: "Europe/Nowhere".into(), ..quiet.clone() },
            QuietHours { zone: "../../etc/passwd".into(), ..quiet.clone() },
            QuietHours { zone: "/etc/localtime".into(), ..quiet.clone() },
            QuietHours { zone: String::new(), ..quiet.clone() },
            QuietHours { days: vec![], ..quiet.clone() },
            QuietHours { days: vec![8], ..quiet.clone() },
        ] {
            assert!(check_quiet(&bad).is_err(), "{bad:?}");
        }
    }
}

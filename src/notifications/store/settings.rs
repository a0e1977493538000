//! Rows of what holds for all places of a person.
use crate::model::{NotificationSettings, QuietHours};
use snug_base::{Read, Result, Tx, UserId, params};

/// A user's settings.
pub fn load(read: &Read, user: UserId) -> Result<NotificationSettings> {
    let sql = "SELECT show_content, quiet_from, quiet_to, quiet_zone, quiet_days FROM notification_settings WHERE user_id = ?1";
    let found = read.query_opt(sql, params![user], |row| {
        let (from, to): (Option<i64>, Option<i64>) = (row.get("quiet_from")?, row.get("quiet_to")?);
        let (zone, days): (Option<String>, Option<i64>) = (row.get("quiet_zone")?, row.get("quiet_days")?);
        let quiet = match (from, to, zone, days) {
            (Some(from), Some(to), Some(zone), Some(bits)) => {
                Some(QuietHours { from, to, zone, days: (1..=7).filter(|day| bits & (1 << (day - 1)) != 0).collect() })
            }
            _ => None,
        };
        Ok(NotificationSettings { show_content: row.get("show_content")?, quiet })
    })?;
    Ok(found.unwrap_or_default())
}

/// Stores a user's settings.
pub fn put(tx: &Tx, user: UserId, settings: &NotificationSettings) -> Result<()> {
    let quiet = settings.quiet.as_ref();
    let days = quiet.map(|quiet| quiet.days.iter().fold(0_i64, |bits, day| bits | (1 << (day - 1))));
    tx.execute(
        "INSERT INTO notification_settings (user_id, show_content, quiet_from, quiet_to, quiet_zone, quiet_days) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (user_id) DO UPDATE SET show_content = excluded.show_content, quiet_from = excluded.quiet_from,
             quiet_to = excluded.quiet_to, quiet_zone = excluded.quiet_zone, quiet_days = excluded.quiet_days",
        params![user, settings.show_content, quiet.map(|q| q.from), quiet.map(|q| q.to), quiet.map(|q| q.zone.as_str()), days],
    )
    .map(drop)
}

//! All SQL of the analytics' own file. It is SQLite whatever the instance's database is.
use super::model::{DayCount, Sample, Series};
use crate::errors::{ErrorGroup, Noticed};
use rusqlite::{Connection, Result, params};
use snug_base::meters::{BOUNDS_US, CLASSES};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// Of this file's own schema. A file of another version is begun anew.
const VERSION: i64 = 1;
const MINUTE_MS: i64 = 60_000;
const FINE_MS: i64 = 5 * MINUTE_MS;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;
/// Fine steps are joined into hours when they are this old.
const FINE_KEPT_MS: i64 = 2 * DAY_MS;
/// Different errors that are kept.
const ERRORS: i64 = 500;

/// Names whose greatest value in a step counts; all others are added up.
const GREATEST: [&str; 6] = ["connections", "people", "people_hour", "people_day", "database_bytes", "file_bytes"];

/// Opens the file, making what is missing.
pub fn open(path: &Path) -> Result<Connection> {
    let sql = Connection::open(path)?;
    sql.busy_timeout(Duration::from_secs(5))?;
    // losing the last seconds of it to a power cut does no harm
    sql.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF")?;
    let version: i64 = sql.query_row("PRAGMA user_version", (), |row| row.get(0))?;
    if version != VERSION {
        sql.execute_batch(&format!(
            "BEGIN;
             DROP TABLE IF EXISTS points;
             DROP TABLE IF EXISTS errors;
             CREATE TABLE points (
                 name  TEXT    NOT NULL,
                 at    INTEGER NOT NULL,   -- when the step begins
                 step  INTEGER NOT NULL,   -- its length, milliseconds
                 value REAL    NOT NULL,
                 PRIMARY KEY (name, at, step)
             ) STRICT, WITHOUT ROWID;
             CREATE TABLE errors (
                 place    TEXT    NOT NULL,
                 message  TEXT    NOT NULL,
                 level    TEXT    NOT NULL,
                 detail   TEXT,
                 count    INTEGER NOT NULL,
                 first_at INTEGER NOT NULL,
                 last_at  INTEGER NOT NULL,
                 PRIMARY KEY (place, message)
             ) STRICT, WITHOUT ROWID;
             PRAGMA user_version = {VERSION};
             COMMIT"
        ))?;
    }
    Ok(sql)
}

/// Adds a sample to the step that `now` lies in.
pub fn add(sql: &mut Connection, now: i64, sample: &Sample) -> Result<()> {
    let tx = sql.transaction()?;
    let counts =
        [("messages", sample.messages), ("deliveries", sample.deliveries), ("requests", sample.requests), ("failures", sample.failures)];
    let classes = |name: &str, of: &[u64; CLASSES]| {
        let each = of.iter().enumerate().filter(|(_, count)| **count > 0);
        each.map(|(class, count)| (format!("{name}_us_{class}"), *count)).collect::<Vec<_>>()
    };
    let mut values: Vec<(String, u64, i64)> = counts.iter().map(|(name, count)| ((*name).to_owned(), *count, FINE_MS)).collect();
    values.extend(classes("send", &sample.sends_us).into_iter().map(|(name, count)| (name, count, FINE_MS)));
    values.extend(classes("request", &sample.requests_us).into_iter().map(|(name, count)| (name, count, FINE_MS)));
    values.push(("connections".to_owned(), sample.connections, FINE_MS));
    values.push(("people".to_owned(), sample.people, FINE_MS));
    values.push(("people_hour".to_owned(), sample.people_hour, HOUR_MS));
    values.push(("people_day".to_owned(), sample.people_day, DAY_MS));
    values.extend(sample.database_bytes.map(|bytes| ("database_bytes".to_owned(), bytes, FINE_MS)));
    values.extend(sample.file_bytes.map(|bytes| ("file_bytes".to_owned(), bytes, FINE_MS)));
    {
        let sums = "INSERT INTO points (name, at, step, value) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (name, at, step) DO UPDATE SET value = points.value + excluded.value";
        let greatest = "INSERT INTO points (name, at, step, value) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (name, at, step) DO UPDATE SET value = max(points.value, excluded.value)";
        for (name, value, step) in &values {
            let insert = if GREATEST.contains(&name.as_str()) { greatest } else { sums };
            tx.prepare_cached(insert)?.execute(params![name, now - now % step, step, *value as f64])?;
        }
    }
    tx.commit()
}

/// Joins old fine steps into hours, and deletes what is older than `kept` milliseconds.
pub fn tidy(sql: &mut Connection, now: i64, kept: i64) -> Result<()> {
    let tx = sql.transaction()?;
    let before = (now - FINE_KEPT_MS) / HOUR_MS * HOUR_MS;
    let names = GREATEST.map(|name| format!("'{name}'")).join(", ");
    tx.execute(
        &format!(
            "INSERT INTO points (name, at, step, value)
             SELECT name, at - at % {HOUR_MS}, {HOUR_MS}, CASE WHEN name IN ({names}) THEN max(value) ELSE sum(value) END
             FROM points WHERE step = {FINE_MS} AND at < ?1 GROUP BY name, at - at % {HOUR_MS}
             ON CONFLICT (name, at, step) DO NOTHING"
        ),
        params![before],
    )?;
    tx.execute(&format!("DELETE FROM points WHERE step = {FINE_MS} AND at < ?1"), params![before])?;
    tx.execute("DELETE FROM points WHERE at < ?1", params![now - kept])?;
    tx.execute("DELETE FROM errors WHERE last_at < ?1", params![now - kept])?;
    tx.commit()
}

/// So long a step makes a chart of about sixty.
fn step_for(hours: i64) -> i64 {
    let minutes = [5, 10, 30, 60, 180, 360, 720, 1_440];
    minutes.into_iter().map(|m| m * MINUTE_MS).find(|step| hours * HOUR_MS / step <= 72).unwrap_or(DAY_MS)
}

/// Steps, when they begin, and what was counted in them.
pub fn view(sql: &Connection, now: i64, hours: i64) -> Result<(i64, Vec<i64>, Vec<Series>)> {
    let step = step_for(hours);
    let first = (now - hours * HOUR_MS) / step * step + step;
    let times: Vec<i64> = (0..).map(|n| first + n * step).take_while(|at| *at <= now).collect();
    let mut counted: BTreeMap<String, Vec<Option<f64>>> = BTreeMap::new();
    let names = GREATEST.map(|name| format!("'{name}'")).join(", ");
    let mut found = sql.prepare_cached(&format!(
        "SELECT name, at - at % ?1, CASE WHEN name IN ({names}) THEN max(value) ELSE sum(value) END FROM points
         WHERE at >= ?2 AND name NOT IN ('people_hour', 'people_day') GROUP BY 1, 2"
    ))?;
    let mut rows = found.query(params![step, first])?;
    while let Some(row) = rows.next()? {
        let (name, at, value): (String, i64, f64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if let Some(at) = usize::try_from((at - first) / step).ok().filter(|at| *at < times.len()) {
            counted.entry(name).or_insert_with(|| vec![None; times.len()])[at] = Some(value);
        }
    }
    let of = |name: &str| counted.get(name).cloned().unwrap_or_else(|| vec![None; times.len()]);
    let mut series: Vec<Series> =
        ["messages", "requests", "failures", "deliveries", "connections", "people", "database_bytes", "file_bytes"]
            .map(|name| Series { name, values: of(name) })
            .into();
    for (name, from, percent) in
        [("send_ms_50", "send", 50), ("send_ms_95", "send", 95), ("request_ms_50", "request", 50), ("request_ms_95", "request", 95)]
    {
        let classes: Vec<_> = (0..CLASSES).map(|class| of(&format!("{from}_us_{class}"))).collect();
        let values = (0..times.len()).map(|at| {
            let counts = std::array::from_fn(|class| classes[class][at].unwrap_or_default());
            below(&counts, f64::from(percent) / 100.0)
        });
        series.push(Series { name, values: values.collect() });
    }
    Ok((step, times, series))
}

/// The milliseconds that this part of all stayed below, as near as the classes tell.
fn below(counts: &[f64; CLASSES], part: f64) -> Option<f64> {
    let all: f64 = counts.iter().sum();
    if all <= 0.0 {
        return None;
    }
    let (mut before, wanted) = (0.0, all * part);
    for (class, count) in counts.iter().enumerate() {
        if before + count >= wanted && *count > 0.0 {
            let low = if class == 0 { 0.0 } else { BOUNDS_US[class - 1] as f64 };
            let high = BOUNDS_US.get(class).map_or(low, |bound| *bound as f64);
            return Some((low + (high - low) * (wanted - before) / count) / 1_000.0);
        }
        before += count;
    }
    None
}

/// How many different people there were on each of the last days: when the day began, and how many.
pub fn people_by_day(sql: &Connection, since: i64) -> Result<Vec<DayCount>> {
    let mut found = sql.prepare_cached("SELECT at, value FROM points WHERE name = 'people_day' AND at >= ?1 ORDER BY at")?;
    let count = |value: f64| value as i64;
    found.query_map(params![since], |row| Ok(DayCount { at: row.get(0)?, people: count(row.get(1)?) }))?.collect()
}

/// Counts errors that were noticed.
pub fn add_errors(sql: &mut Connection, noticed: &[Noticed]) -> Result<()> {
    let tx = sql.transaction()?;
    for one in noticed {
        tx.execute(
            "INSERT INTO errors (place, message, level, detail, count, first_at, last_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)
             ON CONFLICT (place, message) DO UPDATE
             SET count = errors.count + excluded.count, last_at = excluded.last_at, level = excluded.level, detail = excluded.detail",
            params![one.place, one.message, one.level, one.detail, one.count, one.at],
        )?;
    }
    tx.execute(
        "DELETE FROM errors WHERE last_at < (SELECT last_at FROM errors ORDER BY last_at DESC LIMIT 1 OFFSET ?1)",
        params![ERRORS - 1],
    )?;
    tx.commit()
}

/// Errors, the last first.
pub fn errors(sql: &Connection, level: Option<&str>) -> Result<Vec<ErrorGroup>> {
    let mut found = sql.prepare_cached(
        "SELECT place, message, level, detail, count, first_at, last_at FROM errors
         WHERE ?1 IS NULL OR level = ?1 ORDER BY last_at DESC, place LIMIT 500",
    )?;
    let rows = found.query_map(params![level], |row| {
        Ok(ErrorGroup {
            place: row.get(0)?,
            message: row.get(1)?,
            level: row.get(2)?,
            detail: row.get(3)?,
            count: row.get(4)?,
            first_at: row.get(5)?,
            last_at: row.get(6)?,
        })
    })?;
    rows.collect()
}

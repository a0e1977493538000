//! What commands print: answers to the standard output, complaints to the other.
use serde_json::{Value, json};
use snug_base::{Code, Error, Result};
use std::io::{ErrorKind, Write};
use time::OffsetDateTime;

/// Writes an answer. A reader that has seen enough (`snug … | head`) is no failure.
pub fn write(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => Err(Error::internal(e)),
        _ => Ok(()),
    }
}

/// Says what went wrong, and why, where that says more.
pub fn complain(error: &Error, as_json: bool) {
    if as_json {
        let line = json!({ "error": { "code": error.code.as_str(), "detail": error.detail } });
        let _ = writeln!(std::io::stderr(), "{line}");
        return;
    }
    let mut text = format!("snug: {}\n", error.detail);
    if let Some(source) = &error.source
        && (error.code == Code::Internal || error.code == Code::StorageFull)
    {
        text.push_str(&format!("  cause: {source}\n"));
    }
    let _ = std::io::stderr().write_all(text.as_bytes()); // there is nowhere else to say it
}

/// Says beside the answer what could not be done besides.
pub fn remark(text: &str) {
    let _ = writeln!(std::io::stderr(), "snug: {text}"); // there is nowhere else to say it
}

/// A value as people read it: nothing for null, texts without quotes.
pub fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Unix milliseconds as date and time (UTC).
pub fn time(value: &Value) -> String {
    let seconds = value.as_i64().map(|ms| ms / 1000);
    let Some(time) = seconds.and_then(|s| OffsetDateTime::from_unix_timestamp(s).ok()) else { return String::new() };
    format!("{}-{:02}-{:02} {:02}:{:02}Z", time.year(), u8::from(time.month()), time.day(), time.hour(), time.minute())
}

/// A size with a unit that suits it.
pub fn bytes(value: &Value) -> String {
    let mut size = value.as_f64().unwrap_or_default();
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if size < 1024.0 {
            return if unit == "B" { format!("{size} B") } else { format!("{size:.1} {unit}") };
        }
        size /= 1024.0;
    }
    format!("{size:.1} TiB")
}

/// Columns as wide as what is in them. Control characters, which names of people could smuggle to a terminal, are left out.
pub fn table<const N: usize>(head: [&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let clean = |row: [String; N]| row.map(|cell| cell.chars().filter(|c| !c.is_control()).collect::<String>());
    let lines: Vec<[String; N]> = std::iter::once(head.map(str::to_owned)).chain(rows.map(clean)).collect();
    let width = |n: usize| lines.iter().map(|line| line[n].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..N).map(width).collect();
    let mut text = String::new();
    for line in &lines {
        let cells = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

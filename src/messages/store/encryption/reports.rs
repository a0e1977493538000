//! SQL of reports.
use super::write;
use crate::encryption::model::{Report, ReportState, ReportedMessage};
use crate::model::Message;
use serde_json::value::RawValue;
use snug_base::db::{list as placeholders, params_of};
use snug_base::{Error, Read, Result, Tx, UserId, params};
use snug_crypto::bytes::Bytes;
use snug_crypto::envelope::Envelope;
use std::collections::HashMap;
use uuid::Uuid;

/// A message that was opened and whose author is beyond doubt.
pub struct Opened {
    pub message: Message,
    pub envelope: Envelope,
    pub key: Bytes<32>,
    /// JSON.
    pub content: String,
}

/// Adds a report without messages.
pub fn insert(tx: &Tx, id: Uuid, reporter: UserId, reason: &str) -> Result<()> {
    tx.execute("INSERT INTO reports (id, reporter_id, reason, created_at) VALUES (?1, ?2, ?3, ?4)", params![id, reporter, reason, tx.now])
        .map(drop)
}

/// Adds a message to a report; the same one twice counts once.
pub fn insert_message(tx: &Tx, report: Uuid, opened: &Opened) -> Result<()> {
    let Opened { message, envelope, key, content } = opened;
    tx.execute(
        "INSERT INTO reported_messages (report_id, message_id, conversation_id, author_id, sent_at, envelope, message_key, content)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
        params![report, message.id, message.conversation_id, message.author_id, message.created_at, write(envelope)?, key.0, content],
    )
    .map(drop)
}

/// The newest 200 reports, of one state or all.
pub fn list(read: &Read, state: Option<ReportState>) -> Result<Vec<Report>> {
    let filter = match state {
        None => "",
        Some(ReportState::Open) => "WHERE closed_at IS NULL",
        Some(ReportState::Closed) => "WHERE closed_at IS NOT NULL",
    };
    let sql = format!(
        "SELECT id, reporter_id, reason, created_at, closed_at, closed_by, note FROM reports {filter} ORDER BY created_at DESC, id LIMIT 200"
    );
    let mut reports = read.query(&sql, &[], |row| {
        let closed_at: Option<i64> = row.get("closed_at")?;
        Ok(Report {
            id: row.get("id")?,
            reporter: row.get("reporter_id")?,
            reason: row.get("reason")?,
            at: row.get("created_at")?,
            state: if closed_at.is_some() { ReportState::Closed } else { ReportState::Open },
            closed_by: row.get("closed_by")?,
            note: row.get("note")?,
            messages: Vec::new(),
        })
    })?;
    let mut messages = messages(read, &reports.iter().map(|report| report.id).collect::<Vec<_>>())?;
    for report in &mut reports {
        report.messages = messages.remove(&report.id).unwrap_or_default();
    }
    Ok(reports)
}

fn messages(read: &Read, reports: &[Uuid]) -> Result<HashMap<Uuid, Vec<ReportedMessage>>> {
    let mut all: HashMap<Uuid, Vec<ReportedMessage>> = HashMap::new();
    if reports.is_empty() {
        return Ok(all);
    }
    let ids = params_of(reports);
    let sql = format!(
        "SELECT report_id, message_id, conversation_id, author_id, sent_at, content FROM reported_messages
         WHERE report_id IN ({}) ORDER BY sent_at, message_id",
        placeholders(1, ids.len())
    );
    let rows = read.query(&sql, &ids, |row| {
        let content = RawValue::from_string(row.get("content")?).map_err(Error::internal)?;
        let message = ReportedMessage {
            message_id: row.get("message_id")?,
            conversation_id: row.get("conversation_id")?,
            author_id: row.get("author_id")?,
            sent_at: row.get("sent_at")?,
            content,
            is_verified: true,
        };
        Ok((row.get::<Uuid>("report_id")?, message))
    })?;
    for (report, message) in rows {
        all.entry(report).or_default().push(message);
    }
    Ok(all)
}

/// Closes a report; false if there is none.
pub fn close(tx: &Tx, id: Uuid, by: UserId, note: &str) -> Result<bool> {
    let sql = "UPDATE reports SET closed_at = COALESCE(closed_at, ?2), closed_by = ?3, note = ?4 WHERE id = ?1";
    Ok(tx.execute(sql, params![id, tx.now, by, note])? == 1)
}

//! Rows of the log of deeds.
use crate::audit::list::Filter;
use crate::audit::{AuditLine, Deed, Origin};
use snug_base::db::{Param, ToParam};
use snug_base::{Error, Read, Result, Row, Tx, params};
use uuid::Uuid;

/// Adds a line.
pub fn insert(tx: &Tx, by: Origin, deed: &Deed) -> Result<()> {
    let changes = serde_json::to_string(&deed.changes).map_err(Error::internal)?;
    let address = by.address.map(|address| address.to_canonical().to_string());
    tx.execute(
        "INSERT INTO audit (id, at, log, kind, actor_id, user_id, target, address, changes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![Uuid::now_v7(), tx.now, deed.kind.log(), deed.kind, by.user, deed.user, deed.target, address, changes],
    )
    .map(drop)
}

fn line(row: &Row) -> Result<AuditLine> {
    let changes: String = row.get("changes")?;
    Ok(AuditLine {
        id: row.get("id")?,
        at: row.get("at")?,
        kind: row.get("kind")?,
        actor_id: row.get("actor_id")?,
        actor: row.get("actor")?,
        user_id: row.get("user_id")?,
        user: row.get("subject")?,
        target: row.get("target")?,
        address: row.get("address")?,
        changes: serde_json::from_str(&changes).map_err(Error::internal)?,
    })
}

/// The newest lines that match.
pub fn list(read: &Read, filter: &Filter, most: i64) -> Result<Vec<AuditLine>> {
    let mut terms = vec!["1 = 1".to_owned()];
    let mut values = Vec::new();
    // each ? of a term is the same value
    let (at, id) = filter.before.unzip();
    let conditions: [(&str, Option<Param>); 7] = [
        ("(audit.log = ? OR audit.log = 'both')", filter.log.as_ref().map(ToParam::param)),
        ("audit.kind = ?", filter.kind.as_ref().map(ToParam::param)),
        ("(audit.user_id = ? OR audit.actor_id = ?)", filter.user.as_ref().map(ToParam::param)),
        ("audit.user_id = ?", filter.about.as_ref().map(ToParam::param)),
        ("audit.at >= ?", filter.from.as_ref().map(ToParam::param)),
        ("audit.at < ?", filter.to.as_ref().map(ToParam::param)),
        ("audit.at <= ?", at.as_ref().map(ToParam::param)),
    ];
    for (term, value) in conditions {
        if let Some(value) = value {
            values.push(value);
            terms.push(term.replace('?', &format!("?{}", values.len())));
        }
    }
    if let (Some(at), Some(id)) = (&at, &id) {
        let n = values.len();
        values.extend([at.param(), id.param()]);
        terms.push(format!("(audit.at < ?{} OR audit.id < ?{})", n + 1, n + 2));
    }
    let sql = format!(
        "SELECT audit.id AS id, audit.at AS at, audit.kind AS kind, actor_id, actors.username AS actor, audit.user_id AS user_id,
            subjects.username AS subject, target, address, changes
         FROM audit LEFT JOIN users AS actors ON actors.id = actor_id LEFT JOIN users AS subjects ON subjects.id = audit.user_id
         WHERE {} ORDER BY audit.at DESC, audit.id DESC LIMIT {most}",
        terms.join(" AND ")
    );
    read.query(&sql, &values, line)
}

/// Deletes lines from before that time, and the oldest of more than `most`.
pub fn delete_old(tx: &Tx, before: i64, most: i64) -> Result<()> {
    tx.execute("DELETE FROM audit WHERE at < ?1", params![before])?;
    let surplus: Option<i64> = tx.value("SELECT at AS value FROM audit ORDER BY at DESC, id DESC LIMIT 1 OFFSET ?1", params![most])?;
    surplus.map_or(Ok(()), |at| tx.execute("DELETE FROM audit WHERE at <= ?1", params![at]).map(drop))
}

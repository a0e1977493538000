//! SQL of epoch secrets on their way to accounts.
use super::{count, int};
use crate::encryption::model::ConversationRewrap;
use snug_base::db::{Param, ToParam, list, params_of};
use snug_base::{ConversationId, Error, Read, Result, Tx, UserId, params};
use snug_crypto::wrap::Batch;

/// Keeps a secret for somebody, in place of an earlier delivery. The batch has this one wrap.
pub fn put(tx: &Tx, conversation: ConversationId, user: UserId, batch: &Batch) -> Result<()> {
    let (epoch, text) = (int(batch.epoch)?, serde_json::to_string(batch).map_err(Error::internal)?);
    tx.execute(
        "INSERT INTO wraps (conversation_id, user_id, epoch, batch) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (conversation_id, user_id, epoch) DO UPDATE SET batch = ?4",
        params![conversation, user, epoch, text],
    )?;
    tx.execute("DELETE FROM rewraps WHERE conversation_id = ?1 AND user_id = ?2 AND epoch = ?3", params![conversation, user, epoch])
        .map(drop)
}

/// What waits for an account: of these epochs, or (none given) all, the oldest 500 epochs.
pub fn waiting(read: &Read, conversation: ConversationId, user: UserId, epochs: &[i64]) -> Result<Vec<Batch>> {
    let chosen = params_of(epochs);
    let filter = if epochs.is_empty() { String::new() } else { format!("AND epoch IN ({})", list(3, chosen.len())) };
    let sql = format!("SELECT batch FROM wraps WHERE conversation_id = ?1 AND user_id = ?2 {filter} ORDER BY epoch LIMIT 500");
    let params: Vec<Param> = [conversation.param(), user.param()].into_iter().chain(chosen).collect();
    read.query(&sql, &params, |row| serde_json::from_str(&row.get::<String>("batch")?).map_err(Error::internal))
}

/// Forgets what has arrived.
pub fn delete(tx: &Tx, conversation: ConversationId, user: UserId, epoch: u64) -> Result<()> {
    for table in ["wraps", "rewraps"] {
        let sql = format!("DELETE FROM {table} WHERE conversation_id = ?1 AND user_id = ?2 AND epoch = ?3");
        tx.execute(&sql, params![conversation, user, int(epoch)?])?;
    }
    Ok(())
}

/// Forgets all that waits for an account or was asked by it.
pub fn delete_all(tx: &Tx, conversation: ConversationId, user: UserId) -> Result<()> {
    for table in ["wraps", "rewraps"] {
        let sql = format!("DELETE FROM {table} WHERE conversation_id = ?1 AND user_id = ?2");
        tx.execute(&sql, params![conversation, user])?;
    }
    Ok(())
}

/// Somebody asks for an epoch's secret.
pub fn ask(tx: &Tx, conversation: ConversationId, user: UserId, epoch: u64) -> Result<()> {
    tx.execute(
        "INSERT INTO rewraps (conversation_id, user_id, epoch, asked_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (conversation_id, user_id, epoch) DO UPDATE SET asked_at = ?4",
        params![conversation, user, int(epoch)?, tx.now],
    )
    .map(drop)
}

/// Notes a request; says how many there were since `since`, and when the oldest of them was.
pub fn count_ask(tx: &Tx, user: UserId, since: i64) -> Result<(i64, i64)> {
    tx.execute("DELETE FROM rewrap_asks WHERE user_id = ?1 AND asked_at <= ?2", params![user, since])?;
    tx.execute("INSERT INTO rewrap_asks (user_id, asked_at) VALUES (?1, ?2)", params![user, tx.now])?;
    let sql = "SELECT count(*) AS number, min(asked_at) AS oldest FROM rewrap_asks WHERE user_id = ?1";
    tx.query_one(sql, params![user], |row| Ok((row.get("number")?, row.get("oldest")?)))
}

/// What others ask for in one conversation, or (none given) in all conversations whose roster the account is in. The oldest 5,000.
pub fn asked(read: &Read, user: UserId, conversation: Option<ConversationId>) -> Result<Vec<ConversationRewrap>> {
    let sql = "SELECT w.conversation_id, w.user_id, w.epoch FROM roster r JOIN rewraps w ON w.conversation_id = r.conversation_id
               WHERE r.user_id = ?1 AND w.user_id <> ?1 AND (?2 = 1 OR r.conversation_id = ?3)
               ORDER BY w.conversation_id, w.user_id, w.epoch LIMIT 5000";
    let (is_all, place) = (conversation.is_none(), conversation.unwrap_or(ConversationId(uuid::Uuid::nil())));
    let rows = read.query(sql, params![user, is_all, place], |row| {
        Ok((row.get::<ConversationId>("conversation_id")?, row.get::<UserId>("user_id")?, count(row, "epoch")?))
    })?;
    let mut all: Vec<ConversationRewrap> = Vec::new();
    for (conversation_id, user_id, epoch) in rows {
        match all.last_mut() {
            Some(last) if (last.conversation_id, last.user_id) == (conversation_id, user_id) => last.epochs.push(epoch),
            _ => all.push(ConversationRewrap { conversation_id, user_id, epochs: vec![epoch] }),
        }
    }
    Ok(all)
}

/// Forgets requests that nobody could answer.
pub fn forget_before(tx: &Tx, at: i64) -> Result<()> {
    tx.execute("DELETE FROM rewraps WHERE asked_at <= ?1", params![at]).map(drop)
}

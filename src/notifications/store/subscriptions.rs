//! Rows of push subscriptions.
use crate::push::Subscription;
use snug_base::db::{list, params_of};
use snug_base::{Read, Result, Row, SessionId, Tx, UserId, params};

/// Devices of one person that get push messages; the oldest subscriptions go first.
const MOST: i64 = 20;
/// So many messages in a row that a push service did not take end a subscription.
const FAILURES: i64 = 10;

fn subscription(row: &Row) -> Result<Subscription> {
    Ok(Subscription {
        session: row.get("session_id")?,
        user: row.get("user_id")?,
        endpoint: row.get("endpoint")?,
        key: row.get("key")?,
        secret: row.get("secret")?,
    })
}

/// A session's subscription.
pub fn find(read: &Read, session: SessionId) -> Result<Option<Subscription>> {
    let sql = "SELECT session_id, user_id, endpoint, key, secret FROM push_subscriptions WHERE session_id = ?1";
    read.query_opt(sql, params![session], subscription)
}

/// That of an endpoint.
pub fn find_by_endpoint(read: &Read, endpoint: &str) -> Result<Option<Subscription>> {
    let sql = "SELECT session_id, user_id, endpoint, key, secret FROM push_subscriptions WHERE endpoint = ?1";
    read.query_opt(sql, params![endpoint], subscription)
}

/// The live subscriptions of some users.
pub fn of_users(read: &Read, users: &[UserId]) -> Result<Vec<Subscription>> {
    let mut found = Vec::new();
    for users in users.chunks(500) {
        let users = params_of(users);
        let sql = format!(
            "SELECT p.session_id, p.user_id, p.endpoint, p.key, p.secret FROM push_subscriptions p
             JOIN sessions s ON s.id = p.session_id AND s.ended_at IS NULL JOIN users u ON u.id = p.user_id AND u.disabled_at IS NULL
             WHERE p.user_id IN ({}) ORDER BY p.user_id, p.created_at",
            list(1, users.len())
        );
        found.extend(read.query(&sql, &users, subscription)?);
    }
    Ok(found)
}

/// Whether there are any.
pub fn are_any(read: &Read) -> Result<bool> {
    Ok(read.value::<i64>("SELECT 1 AS value FROM push_subscriptions LIMIT 1", &[])?.is_some())
}

/// How many live ones there are, and how many of them did not get the last message.
pub fn count(read: &Read) -> Result<(i64, i64)> {
    let sql =
        "SELECT count(*) AS devices, coalesce(sum(CASE WHEN p.failures > 0 THEN 1 ELSE 0 END), 0) AS failing FROM push_subscriptions p
               JOIN sessions s ON s.id = p.session_id AND s.ended_at IS NULL";
    read.query_one(sql, &[], |row| Ok((row.get("devices")?, row.get("failing")?)))
}

/// The addresses of the newest ones.
pub fn newest_endpoints(read: &Read, most: i64) -> Result<Vec<String>> {
    let sql = "SELECT endpoint FROM push_subscriptions ORDER BY created_at DESC LIMIT ?1";
    read.query(sql, params![most], |row| row.get("endpoint"))
}

/// Stores a session's subscription, in place of its earlier one. A browser that somebody else was signed in with before is theirs no
/// more.
pub fn put(tx: &Tx, new: &Subscription) -> Result<()> {
    tx.execute("DELETE FROM push_subscriptions WHERE endpoint = ?1 AND session_id <> ?2", params![new.endpoint, new.session])?;
    tx.execute(
        "INSERT INTO push_subscriptions (session_id, user_id, endpoint, key, secret, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (session_id) DO UPDATE SET endpoint = excluded.endpoint, key = excluded.key, secret = excluded.secret, failures = 0",
        params![new.session, new.user, new.endpoint, new.key, new.secret, tx.now],
    )?;
    tx.execute(
        "DELETE FROM push_subscriptions WHERE session_id IN
             (SELECT session_id FROM push_subscriptions WHERE user_id = ?1 ORDER BY created_at DESC, session_id DESC LIMIT 100 OFFSET ?2)",
        params![new.user, MOST],
    )
    .map(drop)
}

/// Ends a session's subscription.
pub fn delete(tx: &Tx, session: SessionId) -> Result<()> {
    tx.execute("DELETE FROM push_subscriptions WHERE session_id = ?1", params![session]).map(drop)
}

/// Ends a subscription that its push service no longer knows, unless there is a new one by now.
pub fn delete_gone(tx: &Tx, gone: &Subscription) -> Result<()> {
    tx.execute("DELETE FROM push_subscriptions WHERE session_id = ?1 AND endpoint = ?2", params![gone.session, gone.endpoint]).map(drop)
}

/// Ends those of sessions that have ended.
pub fn delete_ended(tx: &Tx) -> Result<()> {
    let sql = "DELETE FROM push_subscriptions WHERE session_id IN (SELECT id FROM sessions WHERE ended_at IS NOT NULL)";
    tx.execute(sql, &[]).map(drop)
}

/// Notes whether the push service took a message; many that it did not take end the subscription.
pub fn note(tx: &Tx, of: &Subscription, is_taken: bool) -> Result<()> {
    if is_taken {
        let sql = "UPDATE push_subscriptions SET failures = 0 WHERE session_id = ?1 AND failures > 0";
        return tx.execute(sql, params![of.session]).map(drop);
    }
    let sql = "UPDATE push_subscriptions SET failures = failures + 1 WHERE session_id = ?1 AND endpoint = ?2";
    tx.execute(sql, params![of.session, of.endpoint])?;
    tx.execute("DELETE FROM push_subscriptions WHERE session_id = ?1 AND failures >= ?2", params![of.session, FAILURES]).map(drop)
}

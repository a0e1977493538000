//! Rows of e-mail: addresses, what was asked of them, and who wants none.
use crate::mail::model::{AskedAddress, MailChoice, MailFailure, Rhythm};
use snug_base::{Error, Read, Result, Row, Tx, UserId, params};

/// What is kept of one person.
#[derive(Clone, Debug)]
pub struct Kept {
    pub user: UserId,
    pub address: Option<String>,
    pub choice: MailChoice,
    pub covered_until: i64,
    pub next_at: Option<i64>,
    pub tries: i64,
    pub failure: Option<MailFailure>,
    pub asked: Option<Asked>,
}

/// An address that waits to be confirmed.
#[derive(Clone, Debug)]
pub struct Asked {
    pub address: String,
    pub at: i64,
    pub failure: Option<String>,
}

impl Asked {
    /// As its owner sees it. `lifetime`: of the link, in milliseconds.
    pub fn shown(&self, lifetime: i64) -> AskedAddress {
        AskedAddress { address: self.address.clone(), until: self.at + lifetime, failure: self.failure.clone() }
    }
}

const COLUMNS: &str =
    "user_id, address, rhythm, hour, zone, show_content, covered_until, next_at, tries, failed_at, failure, asked, asked_at, asked_failure";

fn kept(row: &Row) -> Result<Kept> {
    let rhythm: String = row.get("rhythm")?;
    let failed: (Option<i64>, Option<String>) = (row.get("failed_at")?, row.get("failure")?);
    let asked: (Option<String>, Option<i64>) = (row.get("asked")?, row.get("asked_at")?);
    Ok(Kept {
        user: row.get("user_id")?,
        address: row.get("address")?,
        choice: MailChoice {
            rhythm: Rhythm::of(&rhythm).ok_or_else(|| Error::internal(format!("no rhythm: {rhythm}")))?,
            hour: row.get("hour")?,
            zone: row.get("zone")?,
            show_content: row.get("show_content")?,
        },
        covered_until: row.get("covered_until")?,
        next_at: row.get("next_at")?,
        tries: row.get("tries")?,
        failure: failed.0.map(|at| MailFailure { at, said: failed.1.unwrap_or_default() }),
        asked: match asked {
            (Some(address), Some(at)) => Some(Asked { address, at, failure: row.get("asked_failure")? }),
            _ => None,
        },
    })
}

/// What is kept of a person.
pub fn find(read: &Read, user: UserId) -> Result<Option<Kept>> {
    read.query_opt(&format!("SELECT {COLUMNS} FROM mail_addresses WHERE user_id = ?1"), params![user], kept)
}

/// Whose token this is the hash of.
pub fn find_asked(read: &Read, hash: &[u8; 32]) -> Result<Option<Kept>> {
    read.query_opt(&format!("SELECT {COLUMNS} FROM mail_addresses WHERE asked_hash = ?1"), params![hash.as_slice()], kept)
}

/// For whom it is time to look, at most so many, whoever waits longest first. Who may not sign in gets nothing.
pub fn due(read: &Read, now: i64, most: i64) -> Result<Vec<Kept>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM mail_addresses
         WHERE next_at <= ?1 AND NOT EXISTS (SELECT 1 FROM users u WHERE u.id = mail_addresses.user_id AND u.disabled_at IS NOT NULL)
         ORDER BY next_at LIMIT ?2"
    );
    read.query(&sql, params![now, most], kept)
}

/// How many people get letters.
pub fn count(read: &Read) -> Result<i64> {
    Ok(read.value("SELECT count(*) AS value FROM mail_addresses WHERE next_at IS NOT NULL", &[])?.unwrap_or_default())
}

/// Makes a person's row, where there is none.
pub fn ensure(tx: &Tx, user: UserId, choice: &MailChoice) -> Result<()> {
    tx.execute(
        "INSERT INTO mail_addresses (user_id, rhythm, hour, zone, show_content, covered_until) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT DO NOTHING",
        params![user, choice.rhythm.as_str(), choice.hour, choice.zone, choice.show_content, tx.now],
    )
    .map(drop)
}

/// Stores when and with what, and when that is next.
pub fn set_choice(tx: &Tx, user: UserId, choice: &MailChoice, next_at: Option<i64>) -> Result<()> {
    tx.execute(
        "UPDATE mail_addresses SET rhythm = ?2, hour = ?3, zone = ?4, show_content = ?5, next_at = ?6 WHERE user_id = ?1",
        params![user, choice.rhythm.as_str(), choice.hour, choice.zone, choice.show_content, next_at],
    )
    .map(drop)
}

/// What happened until then needs no telling.
pub fn cover(tx: &Tx, user: UserId, until: i64) -> Result<()> {
    let sql = "UPDATE mail_addresses SET covered_until = ?2 WHERE user_id = ?1 AND covered_until < ?2";
    tx.execute(sql, params![user, until]).map(drop)
}

/// An address waits to be confirmed, in place of one that did.
pub fn ask(tx: &Tx, user: UserId, address: &str, hash: &[u8; 32]) -> Result<()> {
    tx.execute(
        "UPDATE mail_addresses SET asked = ?2, asked_hash = ?3, asked_at = ?4, asked_failure = NULL WHERE user_id = ?1",
        params![user, address, hash.as_slice(), tx.now],
    )
    .map(drop)
}

/// What the mail server said to the letter with this token; nothing where it was taken. False: it does not wait any more.
pub fn note_asked_failure(tx: &Tx, hash: &[u8; 32], said: Option<&str>) -> Result<bool> {
    let sql = "UPDATE mail_addresses SET asked_failure = ?2 WHERE asked_hash = ?1";
    Ok(tx.execute(sql, params![hash.as_slice(), said])? > 0)
}

/// The address that waits is not asked any more.
pub fn forget_asked(tx: &Tx, user: UserId) -> Result<()> {
    let sql = "UPDATE mail_addresses SET asked = NULL, asked_hash = NULL, asked_at = NULL, asked_failure = NULL WHERE user_id = ?1";
    tx.execute(sql, params![user]).map(drop)
}

/// The address that waited is theirs.
pub fn confirm(tx: &Tx, user: UserId) -> Result<()> {
    tx.execute(
        "UPDATE mail_addresses SET address = asked, tries = 0, failed_at = NULL, failure = NULL WHERE user_id = ?1 AND asked IS NOT NULL",
        params![user],
    )?;
    forget_asked(tx, user)
}

/// Removes the addresses of a person; what they chose stays.
pub fn remove(tx: &Tx, user: UserId) -> Result<()> {
    tx.execute(
        "UPDATE mail_addresses SET address = NULL, next_at = NULL, tries = 0, failed_at = NULL, failure = NULL WHERE user_id = ?1",
        params![user],
    )?;
    forget_asked(tx, user)
}

/// Takes the stretch that a letter covers, or gives it back, unless anything was changed since `seen`. False: it was.
pub fn take(tx: &Tx, seen: &Kept, covered_until: i64, next_at: Option<i64>, tries: i64) -> Result<bool> {
    let taken = tx.execute(
        "UPDATE mail_addresses SET covered_until = ?4, next_at = ?5, tries = ?6
         WHERE user_id = ?1 AND covered_until = ?2 AND next_at = ?3 AND address = ?7",
        params![seen.user, seen.covered_until, seen.next_at, covered_until, next_at, tries, seen.address],
    )?;
    Ok(taken > 0)
}

/// Switches an address off. False: it is another one by now.
pub fn fail(tx: &Tx, user: UserId, address: &str, said: &str) -> Result<bool> {
    let sql = "UPDATE mail_addresses SET next_at = NULL, failed_at = ?3, failure = ?4 WHERE user_id = ?1 AND address = ?2";
    Ok(tx.execute(sql, params![user, address, tx.now, said])? > 0)
}

/// Remembers that an address that is not confirmed was written to.
pub fn insert_asked(tx: &Tx, user: UserId, hash: &[u8; 32]) -> Result<()> {
    let sql = "INSERT INTO mail_asked (id, user_id, address_hash, at) VALUES (?1, ?2, ?3, ?4)";
    tx.execute(sql, params![uuid::Uuid::now_v7(), user, hash.as_slice(), tx.now]).map(drop)
}

/// How often this person had letters sent since a time, and when the first of those was.
pub fn asked_by(read: &Read, user: UserId, since: i64) -> Result<(i64, Option<i64>)> {
    let sql = "SELECT count(*) AS n, min(at) AS first FROM mail_asked WHERE user_id = ?1 AND at > ?2";
    read.query_one(sql, params![user, since], |row| Ok((row.get("n")?, row.get("first")?)))
}

/// The same of an address, whoever it was.
pub fn asked_of(read: &Read, hash: &[u8; 32], since: i64) -> Result<(i64, Option<i64>)> {
    let sql = "SELECT count(*) AS n, min(at) AS first FROM mail_asked WHERE address_hash = ?1 AND at > ?2";
    read.query_one(sql, params![hash.as_slice(), since], |row| Ok((row.get("n")?, row.get("first")?)))
}

/// Whether an address wants no letters of strangers.
pub fn is_refused(read: &Read, hash: &[u8; 32]) -> Result<bool> {
    Ok(read.value::<i64>("SELECT 1 AS value FROM mail_refusals WHERE address_hash = ?1", params![hash.as_slice()])?.is_some())
}

/// It wants none from now on.
pub fn refuse(tx: &Tx, hash: &[u8; 32]) -> Result<()> {
    let sql = "INSERT INTO mail_refusals (address_hash, at) VALUES (?1, ?2) ON CONFLICT (address_hash) DO UPDATE SET at = excluded.at";
    tx.execute(sql, params![hash.as_slice(), tx.now]).map(drop)
}

/// Deletes what was asked before the first time, refusals from before the second, and addresses that waited since before the third.
pub fn delete_old(tx: &Tx, asked: i64, refused: i64, waited: i64) -> Result<()> {
    tx.execute("DELETE FROM mail_asked WHERE at < ?1", params![asked])?;
    tx.execute("DELETE FROM mail_refusals WHERE at < ?1", params![refused])?;
    let sql = "UPDATE mail_addresses SET asked = NULL, asked_hash = NULL, asked_at = NULL, asked_failure = NULL WHERE asked_at < ?1";
    tx.execute(sql, params![waited]).map(drop)
}

//! All SQL of messages. Conversations and receipts are in the files beside.
pub mod conversations;
pub mod encryption;
pub mod pins;
#[cfg(test)]
mod plans;
pub mod receipts;
pub mod search;

use crate::access::Member;
use crate::model::{Content, Mentions, Message, Reaction, Reply};
use crate::rules;
use snug_base::db::{list, params_of};
use snug_base::{Code, ConversationId, Error, MessageId, Read, Result, Row, Tx, UserId, params};
use std::collections::HashMap;

const COLUMNS: &str =
    "id, conversation_id, seq, author_id, created_at, edited_at, deleted_at, deleted_by, pinned_at, reply_to, content, mentions, abouts";
/// People shown per reaction.
const REACTORS: usize = 50;

/// A message as it is stored: without its reactions and the text of what it answers.
pub struct Stored {
    pub message: Message,
    reply_to: Option<MessageId>,
    /// How many envelopes are about it.
    abouts: i64,
}

fn stored(row: &Row) -> Result<Stored> {
    let parse = |text: Option<String>| text.map(|t| serde_json::from_str::<Content>(&t)).transpose().map_err(Error::internal);
    let mentions: Option<String> = row.get("mentions")?;
    Ok(Stored {
        reply_to: row.get("reply_to")?,
        abouts: row.get("abouts")?,
        message: Message {
            id: row.get("id")?,
            conversation_id: row.get("conversation_id")?,
            seq: row.get("seq")?,
            author_id: row.get("author_id")?,
            created_at: row.get("created_at")?,
            edited_at: row.get("edited_at")?,
            deleted_at: row.get("deleted_at")?,
            deleted_by: row.get("deleted_by")?,
            pinned_at: row.get("pinned_at")?,
            content: parse(row.get("content")?)?,
            reply: None,
            mentions: mentions.map(|t| serde_json::from_str(&t)).transpose().map_err(Error::internal)?.unwrap_or_default(),
            reactions: Vec::new(),
            about: Vec::new(),
        },
    })
}

/// How many messages were ever sent: the sum of all conversations' newest numbers.
pub fn count_messages(read: &Read) -> Result<i64> {
    let sql = "SELECT CAST(coalesce(sum(last_seq), 0) AS BIGINT) AS value FROM conversation_heads";
    Ok(read.value(sql, &[])?.unwrap_or_default())
}

/// The message with this id, in whatever conversation.
pub fn find(read: &Read, id: MessageId) -> Result<Option<Stored>> {
    read.query_opt(&format!("SELECT {COLUMNS} FROM messages WHERE id = ?1"), params![id], stored)
}

/// Several messages by id, complete.
pub fn load_all(read: &Read, ids: &[MessageId]) -> Result<HashMap<MessageId, Message>> {
    let found = if ids.is_empty() {
        Vec::new()
    } else {
        let ids = params_of(ids);
        read.query(&format!("SELECT {COLUMNS} FROM messages WHERE id IN ({})", list(1, ids.len())), &ids, stored)?
    };
    Ok(complete(read, found)?.into_iter().map(|m| (m.id, m)).collect())
}

/// Up to `limit` messages before (`seq` descending) or after (ascending) a number, complete, always in ascending order.
pub fn list_before(read: &Read, by: &Member, before: i64, limit: i64) -> Result<Vec<Message>> {
    let mut found = read.query(&before_sql(), params![by.conversation(), before, limit], stored)?;
    found.reverse();
    complete(read, found)
}

/// See [`list_before`].
pub fn list_after(read: &Read, by: &Member, after: i64, limit: i64) -> Result<Vec<Message>> {
    complete(read, read.query(&after_sql(), params![by.conversation(), after, limit], stored)?)
}

fn before_sql() -> String {
    format!("SELECT {COLUMNS} FROM messages WHERE conversation_id = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3")
}

fn after_sql() -> String {
    format!("SELECT {COLUMNS} FROM messages WHERE conversation_id = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3")
}

/// Number of the newest message, 0 if there is none.
pub fn last_seq(read: &Read, conversation: ConversationId) -> Result<i64> {
    let seq = read.value("SELECT last_seq AS value FROM conversation_heads WHERE conversation_id = ?1", params![conversation])?;
    Ok(seq.unwrap_or(0))
}

/// Number of the first message at or after a time: numbers and times rise together, so this halves its way there.
pub fn seq_at(read: &Read, by: &Member, at: i64) -> Result<i64> {
    let (mut low, mut high) = (1, last_seq(read, by.conversation())? + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        let sql = "SELECT created_at AS value FROM messages WHERE conversation_id = ?1 AND seq = ?2";
        let created: Option<i64> = read.value(sql, params![by.conversation(), middle])?;
        if created.is_some_and(|created| created >= at) { high = middle } else { low = middle + 1 }
    }
    Ok(low)
}

/// Stores a message under the conversation's next number.
pub fn insert(tx: &Tx, by: &Member, id: MessageId, content: Content, mentions: Mentions, reply: Option<Reply>) -> Result<Message> {
    let seq: i64 = tx.query_one(
        "INSERT INTO conversation_heads (conversation_id, last_seq, last_at) VALUES (?1, 1, ?2)
         ON CONFLICT (conversation_id) DO UPDATE SET last_seq = conversation_heads.last_seq + 1, last_at = ?2
         RETURNING last_seq",
        params![by.conversation(), tx.now],
        |row| row.get("last_seq"),
    )?;
    let text = serde_json::to_string(&content).map_err(Error::internal)?;
    // what the node can't read is not searched
    let number = content.envelope().is_none().then(|| search::index::number(tx, by.conversation(), seq)).transpose()?;
    tx.execute(
        "INSERT INTO messages (conversation_id, seq, id, author_id, created_at, reply_to, content, mentions, number)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![by.conversation(), seq, id, by.user(), tx.now, reply.as_ref().map(|r| r.id), text, mentions_text(&mentions)?, number],
    )
    .map_err(|e| match e.violates("messages.id") {
        true => Code::MessageIdTaken.field("id", "another message has this id; make a new one"),
        false => e,
    })?;
    insert_mentions(tx, by.conversation(), seq, &mentions)?;
    Ok(Message {
        id,
        conversation_id: by.conversation(),
        seq,
        author_id: by.user(),
        created_at: tx.now,
        edited_at: None,
        deleted_at: None,
        deleted_by: None,
        pinned_at: None,
        content: Some(content),
        reply,
        mentions,
        reactions: Vec::new(),
        about: Vec::new(),
    })
}

/// Replaces a message's content and mentions.
pub fn update(tx: &Tx, message: &Message, content: &Content, mentions: &Mentions) -> Result<()> {
    let text = serde_json::to_string(content).map_err(Error::internal)?;
    tx.execute(
        "UPDATE messages SET content = ?3, mentions = ?4, edited_at = ?5 WHERE conversation_id = ?1 AND seq = ?2",
        params![message.conversation_id, message.seq, text, mentions_text(mentions)?, tx.now],
    )?;
    if message.mentions != Mentions::default() {
        delete_mentions(tx, message)?;
    }
    search::index::update(tx, message, content)?;
    insert_mentions(tx, message.conversation_id, message.seq, mentions)
}

/// Leaves a message's number and author, and takes everything else away.
pub fn erase(tx: &Tx, message: &Message, by: Option<UserId>, at: i64) -> Result<()> {
    tx.execute(
        "UPDATE messages SET content = NULL, mentions = NULL, reply_to = NULL, pinned_at = NULL, deleted_at = ?3, deleted_by = ?4
         WHERE conversation_id = ?1 AND seq = ?2",
        params![message.conversation_id, message.seq, at, by],
    )?;
    encryption::envelopes::erase(tx, message)?;
    tx.execute("DELETE FROM reactions WHERE message_id = ?1", params![message.id])?;
    search::index::erase(tx, message)?;
    delete_mentions(tx, message)
}

/// Adds a reaction; false when it was there.
pub fn insert_reaction(tx: &Tx, message: MessageId, emoji: &str, user: UserId) -> Result<bool> {
    let sql = "INSERT INTO reactions (message_id, emoji, user_id, created_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
    Ok(tx.execute(sql, params![message, emoji, user, tx.now])? > 0)
}

/// Takes a reaction away; false when there was none.
pub fn delete_reaction(tx: &Tx, message: MessageId, emoji: &str, user: UserId) -> Result<bool> {
    let sql = "DELETE FROM reactions WHERE message_id = ?1 AND emoji = ?2 AND user_id = ?3";
    Ok(tx.execute(sql, params![message, emoji, user])? > 0)
}

/// The message that a reply quotes, if it is in this conversation.
pub fn find_reply(read: &Read, by: &Member, id: MessageId) -> Result<Option<Reply>> {
    let found = find(read, id)?.filter(|s| s.message.conversation_id == by.conversation());
    Ok(found.map(|s| quote(&s.message)))
}

fn quote(message: &Message) -> Reply {
    let excerpt = message.content.as_ref().map(|content| rules::excerpt(content.text()));
    Reply { id: message.id, seq: message.seq, author_id: message.author_id, excerpt }
}

/// Adds reactions, quotes and envelopes: at most three queries for any number of messages.
pub fn complete(read: &Read, found: Vec<Stored>) -> Result<Vec<Message>> {
    let ids: Vec<MessageId> = found.iter().map(|s| s.message.id).collect();
    let mut reactions = list_reactions(read, &ids)?;
    let quoted: Vec<MessageId> = found.iter().filter_map(|s| s.reply_to).collect();
    let quotes: HashMap<MessageId, Reply> = if quoted.is_empty() {
        HashMap::new()
    } else {
        let quoted = params_of(&quoted);
        let sql = format!("SELECT {COLUMNS} FROM messages WHERE id IN ({})", list(1, quoted.len()));
        read.query(&sql, &quoted, stored)?.iter().map(|s| (s.message.id, quote(&s.message))).collect()
    };
    let discussed: Vec<MessageId> = found.iter().filter(|s| s.abouts > 0).map(|s| s.message.id).collect();
    let mut about = encryption::envelopes::about(read, &discussed)?;
    let finish = |s: Stored| Message {
        about: about.remove(&s.message.id).unwrap_or_default(),
        reply: s.reply_to.and_then(|id| quotes.get(&id).cloned()),
        reactions: reactions.remove(&s.message.id).unwrap_or_default(),
        ..s.message
    };
    Ok(found.into_iter().map(finish).collect())
}

/// The reactions of some messages, each emoji where it was first used.
pub fn list_reactions(read: &Read, ids: &[MessageId]) -> Result<HashMap<MessageId, Vec<Reaction>>> {
    let mut all: HashMap<MessageId, Vec<Reaction>> = HashMap::new();
    if ids.is_empty() {
        return Ok(all);
    }
    let ids = params_of(ids);
    let sql = format!(
        "SELECT message_id, emoji, user_id FROM reactions WHERE message_id IN ({}) ORDER BY created_at, emoji, user_id",
        list(1, ids.len())
    );
    let rows = read
        .query(&sql, &ids, |row| Ok((row.get::<MessageId>("message_id")?, row.get::<String>("emoji")?, row.get::<UserId>("user_id")?)))?;
    for (message, emoji, user) in rows {
        let reactions = all.entry(message).or_default();
        let at = reactions.iter().position(|r| r.emoji == emoji).unwrap_or_else(|| {
            reactions.push(Reaction { emoji, count: 0, user_ids: Vec::new() });
            reactions.len() - 1
        });
        reactions[at].count += 1;
        if reactions[at].user_ids.len() < REACTORS {
            reactions[at].user_ids.push(user);
        }
    }
    Ok(all)
}

fn insert_mentions(tx: &Tx, conversation: ConversationId, seq: i64, mentions: &Mentions) -> Result<()> {
    let everyone = mentions.everyone.then_some(conversation.0);
    let targets = mentions.users.iter().map(|u| u.0).chain(mentions.roles.iter().map(|r| r.0)).chain(everyone);
    for target in targets {
        tx.execute(
            "INSERT INTO mentions (target, conversation_id, seq) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            params![target, conversation, seq],
        )?;
    }
    Ok(())
}

fn delete_mentions(tx: &Tx, message: &Message) -> Result<()> {
    tx.execute("DELETE FROM mentions WHERE conversation_id = ?1 AND seq = ?2", params![message.conversation_id, message.seq])?;
    Ok(())
}

fn mentions_text(mentions: &Mentions) -> Result<Option<String>> {
    let some = (*mentions != Mentions::default()).then(|| serde_json::to_string(mentions));
    some.transpose().map_err(Error::internal)
}

//! Reading: one message, or a stretch of history.
use crate::access::{Member, member};
use crate::model::{History, HistoryQuery, Message};
use crate::store;
use snug_accounts::Me;
use snug_base::{App, Code, ConversationId, MessageId, Read, Result, UserId};
use std::collections::HashSet;

const LIMIT: i64 = 50;
const LIMIT_MAX: i64 = 100;

/// A message that the user may read. Others don't exist.
pub fn load(read: &Read, me: Me, id: MessageId) -> Result<Message> {
    let missing = || Code::NotFound.error("There is no such message, or you may not see it.");
    let found = store::find(read, id)?.ok_or_else(missing)?;
    member(read, found.message.conversation_id, me.user).map_err(|e| if e.code == Code::NotAMember { missing() } else { e })?;
    store::complete(read, vec![found])?.pop().ok_or_else(missing)
}

/// One message.
pub async fn message(app: &App, me: Me, id: MessageId) -> Result<Message> {
    app.db.read(move |read| load(read, me, id)).await
}

/// A stretch of a conversation's history: before, after or around a number, around a time, or the newest.
pub async fn history(app: &App, me: Me, conversation: ConversationId, query: HistoryQuery) -> Result<History> {
    let query = query.check()?;
    app.db.read(move |read| stretch(read, &member(read, conversation, me.user)?, &query)).await
}

impl HistoryQuery {
    /// A query that makes sense, with its limit.
    pub fn check(self) -> Result<HistoryQuery> {
        let limit = self.limit.unwrap_or(LIMIT);
        if !(1..=LIMIT_MAX).contains(&limit) {
            return Err(Code::Invalid.field("limit", format!("must be 1 to {LIMIT_MAX}")));
        }
        let given = [self.before, self.after, self.around, self.at];
        if given.iter().flatten().count() > 1 {
            return Err(Code::Invalid.field("before", "give only one of before, after, around and at"));
        }
        if given.iter().flatten().any(|n| *n < 0) {
            return Err(Code::Invalid.field("before", "before, after, around and at can't be negative"));
        }
        Ok(HistoryQuery { limit: Some(limit), ..self })
    }
}

/// The same within a transaction. The query has been checked.
pub fn stretch(read: &Read, by: &Member, query: &HistoryQuery) -> Result<History> {
    let limit = query.limit.unwrap_or(LIMIT);
    let messages = if let Some(after) = query.after {
        store::list_after(read, by, after, limit)?
    } else if let Some(around) = query.around {
        around_seq(read, by, around, limit)?
    } else if let Some(at) = query.at {
        around_seq(read, by, store::seq_at(read, by, at)?, limit)?
    } else {
        store::list_before(read, by, query.before.unwrap_or(i64::MAX), limit)?
    };
    let last = store::last_seq(read, by.conversation())?;
    // an empty answer still tells on which side there is something
    let (first_seq, last_seq) = match (messages.first(), messages.last(), query.after) {
        (Some(first), Some(newest), _) => (first.seq, newest.seq),
        (_, _, Some(after)) => (after.min(last) + 1, after.min(last)),
        _ => (1, 0),
    };
    let users = snug_accounts::load_users(read, &people(&messages))?;
    Ok(History { has_before: first_seq > 1, has_after: last_seq < last, n: read.head(by.conversation())?, users, messages })
}

/// The message with this number.
pub fn at(read: &Read, by: &Member, seq: i64) -> Result<Option<Message>> {
    Ok(store::list_after(read, by, seq - 1, 1)?.pop().filter(|message| message.seq == seq))
}

/// Adds the people whom other messages name.
pub fn with_people_of(read: &Read, mut history: History, messages: &[Message]) -> Result<History> {
    let known: HashSet<UserId> = history.users.iter().map(|user| user.id).collect();
    let more: Vec<UserId> = people(messages).into_iter().filter(|id| !known.contains(id)).collect();
    history.users.extend(snug_accounts::load_users(read, &more)?);
    Ok(history)
}

fn around_seq(read: &Read, by: &Member, seq: i64, limit: i64) -> Result<Vec<Message>> {
    let before = limit / 2;
    let mut messages = store::list_before(read, by, seq, before)?;
    messages.extend(store::list_after(read, by, seq.saturating_sub(1), limit - before)?);
    Ok(messages)
}

/// Everyone whom these messages name.
pub(crate) fn people(messages: &[Message]) -> Vec<UserId> {
    let of = |m: &Message| {
        let mut ids = vec![m.author_id];
        ids.extend(&m.mentions.users);
        ids.extend(m.reply.as_ref().map(|r| r.author_id));
        ids
    };
    let mut ids: Vec<UserId> = messages.iter().flat_map(of).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

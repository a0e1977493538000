//! The list of what concerned a person.
use crate::model::{Notice, Notices, NoticesQuery, NoticesRead, NoticesUnread};
use crate::store::notices::{self, Stored};
use snug_accounts::Me;
use snug_base::{App, Code, ConversationId, NoticeId, Read, Result, UserId};
use snug_messages::{access, load_messages, rules};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// On a page unless told.
const PAGE: i64 = 30;
/// Unread ones are counted up to here.
const COUNTED: usize = 100;
/// Unread ones that a letter may tell of.
const MISSED: usize = 500;
/// Rows looked at in one go; some of them may not be for this reader.
const CHUNK: i64 = 200;

/// A page of the list.
pub async fn list(app: &App, me: Me, query: NoticesQuery) -> Result<Notices> {
    let limit = query.limit.unwrap_or(PAGE);
    if !(1..=100).contains(&limit) {
        return Err(Code::Invalid.field("limit", "must be 1 to 100"));
    }
    let limit = usize::try_from(limit).unwrap_or_default();
    app.db
        .read(move |read| {
            let reader = Reader::new(read, me.user)?;
            let mut found = reader.take(read, query.before, None, limit + 1, |_| true)?;
            let has_more = found.len() > limit;
            found.truncate(limit);
            let next = found.last().filter(|_| has_more).map(|last| last.id);
            let notices = reader.shown(read, found)?;
            let mut people: Vec<UserId> = notices.iter().map(|notice| notice.by_id).collect();
            people.sort_unstable();
            people.dedup();
            Ok(Notices { users: snug_accounts::load_users(read, &people)?, unread: reader.unread(read)?, notices, next })
        })
        .await
}

/// How many are not read.
pub async fn unread(app: &App, me: Me) -> Result<NoticesUnread> {
    app.db.read(move |read| Ok(NoticesUnread { unread: Reader::new(read, me.user)?.unread(read)? })).await
}

/// Marks some as read, or one and all before it. All the user's devices hear how many are left.
pub async fn mark_read(app: &App, me: Me, what: NoticesRead) -> Result<NoticesUnread> {
    if what.ids.len() > 100 {
        return Err(Code::Invalid.field("ids", "must be at most 100"));
    }
    app.db
        .write(move |tx| {
            let before = Reader::new(tx, me.user)?.unread(tx)?;
            if let Some(upto) = what.upto {
                notices::move_pointer(tx, me.user, upto)?;
            }
            for id in &what.ids {
                notices::insert_read(tx, me.user, *id)?;
            }
            let left = NoticesUnread { unread: Reader::new(tx, me.user)?.unread(tx)? };
            if left.unread != before {
                tx.emit(me.user, "notifications.read", &left)?;
            }
            Ok(left)
        })
        .await
}

/// Somebody who reads their list: what is for them.
pub(crate) struct Reader {
    user: UserId,
    /// The user, their roles, and the conversations in which everyone is them.
    targets: Vec<Uuid>,
    /// Up to where they have seen it.
    upto: Option<NoticeId>,
    read: HashSet<NoticeId>,
}

impl Reader {
    pub(crate) fn new(read: &Read, user: UserId) -> Result<Reader> {
        let mut targets = vec![user.0];
        targets.extend(snug_servers::role_ids_everywhere(read, user)?.into_iter().map(|role| role.0));
        targets.extend(snug_servers::streams_of(read, user)?.into_iter().map(|stream| stream.0));
        targets.extend(snug_messages::streams_of(read, user)?.into_iter().map(|stream| stream.0));
        Ok(Reader { user, targets, upto: notices::pointer(read, user)?, read: notices::reads(read, user)? })
    }

    /// The newest so many before one (and after another) that this reader may see and `wants`.
    fn take(
        &self,
        read: &Read,
        before: Option<NoticeId>,
        after: Option<NoticeId>,
        most: usize,
        wants: impl Fn(&Stored) -> bool,
    ) -> Result<Vec<Stored>> {
        let (mut found, mut before) = (Vec::new(), before);
        let mut may_see: HashMap<ConversationId, bool> = HashMap::new();
        loop {
            let rows = notices::list(read, self.user, &self.targets, before, after, CHUNK)?;
            let is_last = i64::try_from(rows.len()).is_ok_and(|n| n < CHUNK);
            before = rows.last().map(|row| row.id);
            for row in rows {
                let sees = *may_see.entry(row.conversation).or_insert_with(|| access::member(read, row.conversation, self.user).is_ok());
                if sees && wants(&row) {
                    found.push(row);
                    if found.len() == most {
                        return Ok(found);
                    }
                }
            }
            if is_last {
                return Ok(found);
            }
        }
    }

    fn is_read(&self, row: &Stored) -> bool {
        self.upto.is_some_and(|upto| row.id <= upto) || self.read.contains(&row.id) || row.is_read_there()
    }

    /// What is not read and younger than a notice, the newest so many.
    pub(crate) fn unread_after(&self, read: &Read, after: NoticeId) -> Result<Vec<Stored>> {
        self.take(read, None, Some(after.max(self.upto.unwrap_or(after))), MISSED, |row| !self.is_read(row))
    }

    fn unread(&self, read: &Read) -> Result<i64> {
        let unread = self.take(read, None, self.upto, COUNTED, |row| !self.is_read(row))?;
        Ok(i64::try_from(unread.len()).unwrap_or_default())
    }

    fn shown(&self, read: &Read, rows: Vec<Stored>) -> Result<Vec<Notice>> {
        let ids: Vec<_> = rows.iter().filter_map(|row| row.message).collect();
        let messages = load_messages(read, &ids)?;
        let excerpt = |row: &Stored| {
            let content = messages.get(&row.message?)?.content.as_ref()?;
            Some(rules::excerpt(content.text())).filter(|text| !text.is_empty())
        };
        let notice = |row: Stored| Notice {
            is_read: self.is_read(&row),
            excerpt: excerpt(&row),
            id: row.id,
            kind: row.kind,
            conversation_id: row.conversation,
            message_id: row.message,
            seq: row.message.map(|_| row.seq),
            by_id: row.by,
            emoji: row.emoji,
            created_at: row.created_at,
        };
        Ok(rows.into_iter().map(notice).collect())
    }
}

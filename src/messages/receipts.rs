//! Read and delivered pointers.
use crate::access::member;
use crate::model::{DeliveredUpTo, ReadState, ReadUpTo};
use crate::store;
use serde::Serialize;
use snug_accounts::Me;
use snug_base::{App, Code, ConversationId, Read, Result, UserId};

/// What `receipt.read` says.
#[derive(Serialize)]
struct HasRead {
    conversation_id: ConversationId,
    user_id: UserId,
    read_seq: i64,
}

/// What `receipt.delivered` says.
#[derive(Serialize)]
struct HasReceived {
    conversation_id: ConversationId,
    user_id: UserId,
    delivered_seq: i64,
}

/// Moves the user's read pointer: forward only, or to anywhere with `unread` (mark unread). The user's devices hear of it;
/// the other people only in direct conversations and groups, and only of reading further than ever before.
pub async fn mark_read(app: &App, me: Me, conversation: ConversationId, to: ReadUpTo) -> Result<ReadState> {
    check(to.seq)?;
    app.db
        .write(move |tx| {
            let by = member(tx, conversation, me.user)?;
            let seq = to.seq.min(store::last_seq(tx, conversation)?);
            let moved = store::receipts::set_read(tx, conversation, me.user, seq, to.unread)?;
            let state = read_state(tx, me.user, conversation)?;
            if moved.own {
                tx.emit(me.user, "read.updated", &state)?;
            }
            if by.shows_receipts() && moved.further {
                tx.emit(by.stream(), "receipt.read", &HasRead { conversation_id: conversation, user_id: me.user, read_seq: seq })?;
            }
            Ok(state)
        })
        .await
}

/// Says that messages have reached one of the user's devices. In rooms nobody looks at it, so nothing is stored.
pub async fn mark_delivered(app: &App, me: Me, conversation: ConversationId, to: DeliveredUpTo) -> Result<()> {
    check(to.seq)?;
    app.db
        .write(move |tx| {
            let by = member(tx, conversation, me.user)?;
            if !by.shows_receipts() {
                return Ok(());
            }
            let seq = to.seq.min(store::last_seq(tx, conversation)?);
            if store::receipts::set_delivered(tx, conversation, me.user, seq)? {
                let body = HasReceived { conversation_id: conversation, user_id: me.user, delivered_seq: seq };
                tx.emit(by.stream(), "receipt.delivered", &body)?;
            }
            Ok(())
        })
        .await
}

fn check(seq: i64) -> Result<()> {
    if seq < 0 { Err(Code::Invalid.field("seq", "can't be negative")) } else { Ok(()) }
}

/// The user's read state of one conversation.
pub fn read_state(read: &Read, user: UserId, conversation: ConversationId) -> Result<ReadState> {
    let roles = snug_servers::role_ids_everywhere(read, user)?;
    let mut states = store::receipts::read_states(read, user, &roles, &[conversation])?;
    states.pop().ok_or_else(|| snug_base::Error::internal("a read state is missing"))
}

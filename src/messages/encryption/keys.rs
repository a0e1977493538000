//! Epoch secrets on their way: fetched, acknowledged, asked for again, delivered.
use super::carry_out::tell_of;
use super::log::log;
use super::model::{
    ConversationRewrap, ConversationRewraps, DeliveredKeys, MissingEpochs, ReceivedKeys, RewrapRequest, RewrapRequests, WaitingKeys,
};
use super::seat::seat;
use super::{conversation_id, wraps};
use crate::access::member;
use crate::store::encryption::{self as store, int};
use snug_accounts::Me;
use snug_base::{App, Code, ConversationId, Error, Result};
use snug_crypto::vault::Item;
use snug_identities::refused;

/// Epochs in one request.
const EPOCHS: usize = 100;
/// Batches in one delivery.
const BATCHES: usize = 100;
/// Requests of an account in an hour.
const ASKS: i64 = 60;
const HOUR_MS: i64 = 3_600_000;

/// Secrets that wait for the user: of these epochs ("1,2,3"), or all.
pub async fn waiting(app: &App, me: Me, id: ConversationId, epochs: Option<String>) -> Result<WaitingKeys> {
    let wrong = || Code::Invalid.field("epochs", format!("must be at most {EPOCHS} numbers with commas between them"));
    let chosen = epochs.as_deref().filter(|text| !text.is_empty()).map(|text| {
        let numbers = text.split(',').map(|n| n.parse::<i64>().ok().filter(|n| *n > 0)).collect::<Option<Vec<i64>>>();
        numbers.filter(|numbers| numbers.len() <= EPOCHS).ok_or_else(wrong)
    });
    let chosen = chosen.transpose()?.unwrap_or_default();
    app.db
        .read(move |read| {
            member(read, id, me.user)?;
            Ok(WaitingKeys { keys: store::keys::waiting(read, id, me.user, &chosen)? })
        })
        .await
}

/// Puts opened secrets into the vault, and forgets what waited. An item that is there already is fine.
pub async fn acknowledge(app: &App, me: Me, id: ConversationId, received: ReceivedKeys) -> Result<()> {
    let mut epochs = Vec::new();
    for item in &received.items {
        match Item::parse(&item.kind, &item.item.0).map_err(|e| refused("items", &e))? {
            Item::Epoch(conversation, epoch) if conversation == conversation_id(id) => epochs.push(epoch),
            _ => return Err(Code::ProtocolInvalid.field("items", "must be epochs of this conversation")),
        }
    }
    app.db
        .write(move |tx| {
            member(tx, id, me.user)?;
            snug_identities::store_missing(tx, me.user, &received.items)?;
            for epoch in epochs {
                store::keys::delete(tx, id, me.user, epoch)?;
            }
            Ok(())
        })
        .await
}

/// Takes secrets that a member seals to others again. The newest delivery counts; clients check it against the log.
pub async fn deliver(app: &App, me: Me, id: ConversationId, delivered: DeliveredKeys) -> Result<()> {
    if delivered.wraps.is_empty() || delivered.wraps.len() > BATCHES {
        return Err(Code::Invalid.field("wraps", format!("must be 1 to {BATCHES} batches")));
    }
    let now = app.clock.now();
    let (head, wraps) = app
        .db
        .read(move |read| {
            member(read, id, me.user)?;
            seat(read, id, me.user)?;
            let log = log(read, id)?.ok_or_else(super::not_encrypted)?;
            Ok((log.chain().head(), wraps::single(read, (me.user, now), &log, delivered.wraps)?))
        })
        .await?;
    app.db
        .write(move |tx| {
            member(tx, id, me.user)?;
            if store::state(tx, id)?.map(|state| state.head) != head {
                return Err(Code::LogConflict.field("wraps", "the log has gone on; fetch it and look again who is in it"));
            }
            for (user, batch) in &wraps {
                store::keys::put(tx, id, *user, batch)?;
            }
            tell_of(tx, id, wraps.iter().map(|(user, batch)| (*user, batch.epoch)))
        })
        .await
}

/// Asks the others for secrets. Kept until they are acknowledged, or 30 days.
pub async fn ask(app: &App, me: Me, id: ConversationId, missing: MissingEpochs) -> Result<()> {
    let mut epochs = missing.epochs;
    epochs.sort_unstable();
    epochs.dedup();
    if epochs.is_empty() || epochs.len() > EPOCHS {
        return Err(Code::Invalid.field("epochs", format!("must be 1 to {EPOCHS} numbers")));
    }
    app.db
        .write(move |tx| {
            let by = member(tx, id, me.user)?;
            if !by.is_encrypted() {
                return Err(super::not_encrypted());
            }
            let seat = seat(tx, id, me.user)?;
            if epochs.iter().any(|epoch| *epoch == 0 || *epoch > seat.epoch || int(*epoch).is_err()) {
                return Err(Code::Invalid.field("epochs", format!("must be from 1 to {}", seat.epoch)));
            }
            let (count, oldest) = store::keys::count_ask(tx, me.user, tx.now - HOUR_MS)?;
            if count > ASKS {
                let wait = (oldest + HOUR_MS - tx.now) / 1_000;
                let limited = Code::RateLimited.error(format!("Keys can be asked for {ASKS} times an hour. Try again later."));
                return Err(Error { retry_after_s: u64::try_from(wait.max(1)).ok(), ..limited });
            }
            for epoch in &epochs {
                store::keys::ask(tx, id, me.user, *epoch)?;
            }
            tx.emit(by.stream(), "e2ee.rewrap", &ConversationRewrap { conversation_id: id, user_id: me.user, epochs })?;
            Ok(())
        })
        .await
}

/// What others ask for in a conversation.
pub async fn asked(app: &App, me: Me, id: ConversationId) -> Result<RewrapRequests> {
    app.db
        .read(move |read| {
            member(read, id, me.user)?;
            seat(read, id, me.user)?;
            let requests = store::keys::asked(read, me.user, Some(id))?;
            Ok(RewrapRequests {
                requests: requests.into_iter().map(|one| RewrapRequest { user_id: one.user_id, epochs: one.epochs }).collect(),
            })
        })
        .await
}

/// What others ask for in all conversations of the user.
pub async fn asked_everywhere(app: &App, me: Me) -> Result<ConversationRewraps> {
    app.db.read(move |read| Ok(ConversationRewraps { requests: store::keys::asked(read, me.user, None)? })).await
}

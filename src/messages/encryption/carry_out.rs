//! Storing verified links with everything that belongs to them, in one transaction, if nothing has changed since they were verified.
use super::model::{Encryption, NewInfo, NewKeys, NewLink};
use super::plan::Plan;
use super::user_of;
use crate::conversations::{announce, begin_at_end, farewell, tell_added, welcome};
use crate::store::conversations as people;
use crate::store::encryption::{self as store, State};
use snug_accounts::Me;
use snug_base::hooks::Hooks;
use snug_base::{Code, Error, Result, Tx, UserId};
use snug_crypto::conversation_log::body::ConversationKind;
use snug_crypto::conversation_log::roster::Role;
use std::collections::{BTreeMap, BTreeSet};

/// Between two epochs of a conversation, in milliseconds.
const EPOCH_PAUSE_MS: i64 = 2_000;
/// Epochs of a conversation in a day.
const EPOCHS_A_DAY: u64 = 200;
const DAY_MS: i64 = 86_400_000;

/// What the conversation was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// Nothing: nobody follows its stream yet.
    New,
    /// Plain; its people hear of it.
    Plain,
    Encrypted,
}

/// Carries a plan out; `e2ee.conflict` if the log, or the signer's own, has gone on. The caller has made sure that the user may.
pub fn carry_out(tx: &Tx, hooks: &Hooks, me: Me, plan: &Plan, before: Before) -> Result<Encryption> {
    let id = plan.conversation;
    let known = store::state(tx, id)?;
    if known.as_ref().map(|state| state.head) != plan.base || snug_identities::log::head(tx, me.user)? != Some(plan.signer) {
        return Err(Code::LogConflict.field("links", "the log has gone on; fetch it and make the links again"));
    }
    if plan.base.is_none() {
        store::insert(tx, id, plan.log.kind().as_str())?;
    }
    let epoch_made_at = check_pace(tx, plan, known.as_ref())?;
    for step in &plan.steps {
        store::insert_link(tx, id, step.head.seq, &step.link, step.epoch)?;
    }
    // an epoch ends what made the one before stale; so the node's own mark only stays while there is none
    let is_stale = plan.log.is_stale() || (plan.steps.iter().all(|step| step.epoch.is_none()) && known.is_some_and(|state| state.is_stale));
    store::update(tx, id, &State { epoch_made_at, is_stale, ..plan.state.clone() })?;
    let roster = change_roster(tx, plan)?;
    for user in &plan.rebound {
        store::keys::delete_all(tx, id, *user)?;
    }
    for (user, batch) in &plan.wraps {
        store::keys::put(tx, id, *user, batch)?;
    }
    snug_identities::note_epochs(tx, me.user, &plan.rotations)?;
    if !plan.vault.is_empty() {
        snug_identities::store_vault(tx, me.user, &plan.vault)?;
    }
    if let Some(info) = &plan.info {
        store::envelopes::insert_id(tx, id, snug_identities::uuid_of(&info.header.id), me.user).map_err(id_taken)?;
        store::update_info(tx, id, info)?;
    }
    if before != Before::New {
        tell_links(tx, plan)?;
    }
    if plan.log.kind() != ConversationKind::Room {
        let added = change_people(tx, plan, &roster, before)?;
        if plan.log.kind() == ConversationKind::Group {
            tell_added(tx, hooks, id, me.user, &added)?;
        }
    }
    tell_keys(tx, plan)?;
    super::load(tx, id).or_else(|e| if roster.is_empty() { last_words(plan) } else { Err(e) })
}

/// What the last one who leaves is answered.
fn last_words(plan: &Plan) -> Result<Encryption> {
    let step = plan.steps.last().ok_or_else(|| Error::internal("a plan without links"))?;
    Ok(step.encryption(None))
}

fn id_taken(e: Error) -> Error {
    if e.violates("envelopes.id") { Code::MessageIdTaken.field("info", "another envelope has this id; make a new one") } else { e }
}

/// When the newest epoch was made; refuses one that comes too soon.
fn check_pace(tx: &Tx, plan: &Plan, known: Option<&State>) -> Result<i64> {
    let made: Vec<u64> = plan.steps.iter().filter_map(|step| step.epoch).collect();
    let Some(newest) = made.last() else { return Ok(known.map_or(0, |state| state.epoch_made_at)) };
    let too_soon = |retry_after_s: i64| Error {
        retry_after_s: u64::try_from(retry_after_s.max(1)).ok(),
        ..Code::RateLimited.error("A conversation can have a new epoch every two seconds and 200 a day. Try again later.")
    };
    let is_soon = known.is_some_and(|state| state.epoch > 0 && tx.now < state.epoch_made_at + EPOCH_PAUSE_MS);
    if made.len() > 1 || is_soon {
        return Err(too_soon(2));
    }
    if let Some(then) = newest.checked_sub(EPOCHS_A_DAY).filter(|n| *n > 0)
        && let Some(at) = store::epoch_made_at(tx, plan.conversation, then)?
        && at > tx.now - DAY_MS
    {
        return Err(too_soon((at + DAY_MS - tx.now) / 1_000));
    }
    Ok(tx.now)
}

/// Makes the roster what the log says; gives it.
fn change_roster(tx: &Tx, plan: &Plan) -> Result<BTreeMap<UserId, Role>> {
    let id = plan.conversation;
    let before = store::roster(tx, id)?;
    let after: BTreeMap<UserId, Role> = plan.log.entries().iter().map(|entry| (user_of(&entry.account), entry.role)).collect();
    for user in before.keys().filter(|user| !after.contains_key(user)) {
        store::delete_rostered(tx, id, *user)?;
    }
    for (user, role) in after.iter().filter(|(user, role)| before.get(user) != Some(role)) {
        store::put_rostered(tx, id, *user, *role)?;
    }
    Ok(after)
}

/// Makes the participants of a direct conversation or group what the roster is, and tells them. Gives those who are new.
fn change_people(tx: &Tx, plan: &Plan, roster: &BTreeMap<UserId, Role>, before: Before) -> Result<Vec<UserId>> {
    let id = plan.conversation;
    let present = people::participants(tx, id)?;
    let (mut added, mut is_changed) = (Vec::new(), before == Before::Plain);
    for (user, role) in roster {
        let role = if *role == Role::Owner { "owner" } else { "member" };
        match present.get(user) {
            None => {
                people::insert_participant(tx, id, *user, role)?;
                added.push(*user);
            }
            Some(old) if old != role => {
                people::update_role(tx, id, *user, role)?;
                is_changed = true;
            }
            Some(_) => {}
        }
    }
    let removed: Vec<UserId> = present.keys().copied().filter(|user| !roster.contains_key(user)).collect();
    for user in &removed {
        people::delete_participant(tx, id, *user)?;
        farewell(tx, *user, id)?;
    }
    if roster.is_empty() {
        people::delete(tx, id)?;
        tx.close_stream(id)?;
        return Ok(added);
    }
    if before != Before::New {
        begin_at_end(tx, id, &added)?;
        if is_changed || !added.is_empty() || !removed.is_empty() {
            announce(tx, id)?;
        }
    }
    for user in &added {
        welcome(tx, *user, id)?;
    }
    Ok(added)
}

fn tell_links(tx: &Tx, plan: &Plan) -> Result<()> {
    let id = plan.conversation;
    let info = super::find(tx, id)?.and_then(|encryption| encryption.info);
    for step in &plan.steps {
        let link = NewLink { conversation_id: id, seq: step.head.seq, link: &step.link, encryption: step.encryption(info.clone()) };
        tx.emit(id, "e2ee.link", &link)?;
    }
    if let Some(envelope) = &plan.info {
        tx.emit(id, "e2ee.info", &NewInfo { conversation_id: id, envelope })?;
    }
    Ok(())
}

/// Whoever gets a secret of an epoch that none of the links makes hears of it; of the others the links tell.
fn tell_keys(tx: &Tx, plan: &Plan) -> Result<()> {
    let made: BTreeSet<u64> = plan.steps.iter().filter_map(|step| step.epoch).collect();
    tell_of(
        tx,
        plan.conversation,
        plan.wraps.iter().filter(|(_, batch)| !made.contains(&batch.epoch)).map(|(user, batch)| (*user, batch.epoch)),
    )
}

/// Tells accounts which epochs' secrets wait for them.
pub fn tell_of(tx: &Tx, conversation_id: snug_base::ConversationId, wraps: impl Iterator<Item = (UserId, u64)>) -> Result<()> {
    let mut waiting: BTreeMap<UserId, Vec<u64>> = BTreeMap::new();
    for (user, epoch) in wraps {
        waiting.entry(user).or_default().push(epoch);
    }
    for (user, epochs) in waiting {
        tx.emit(user, "e2ee.key", &NewKeys { conversation_id, epochs })?;
    }
    Ok(())
}

//! Which secrets of epochs are taken for whom.
use super::user_of;
use snug_base::{Code, Read, Result, UserId};
use snug_crypto::bytes::Id;
use snug_crypto::conversation_log::ConversationLog;
use snug_crypto::conversation_log::roster::Entry;
use snug_crypto::vault::{Item, VaultItem};
use snug_crypto::wrap::Batch;
use snug_identities::{id_of, refused};
use std::collections::BTreeSet;

/// The wraps that come with links: one each, for members as of afterwards. Every epoch that is made needs one for everybody then in
/// the roster who can be reached, and for its maker a wrap or the vault's item.
pub fn for_epochs(
    read: &Read,
    (me, now): (UserId, i64),
    log: &ConversationLog,
    batches: Vec<Batch>,
    vault: &[VaultItem],
    epochs: &[(u64, Vec<Entry>)],
) -> Result<Vec<(UserId, Batch)>> {
    let wraps = single(read, (me, now), log, batches)?;
    let covered: BTreeSet<(u64, UserId)> = wraps.iter().map(|(user, batch)| (batch.epoch, *user)).collect();
    for (n, roster) in epochs {
        let item = Item::Epoch(log.conversation(), *n);
        let has_own = vault.iter().any(|kept| kept.kind == item.kind() && kept.item.0 == item.name()) || covered.contains(&(*n, me));
        let others: Vec<UserId> = roster.iter().map(|entry| user_of(&entry.account)).filter(|user| *user != me).collect();
        let reachable = snug_identities::reachable(read, &others, now)?;
        let left = |user: &&UserId| reachable.contains_key(user) && log.member(&id_of(**user)).is_some();
        let missing: Vec<String> = others
            .iter()
            .filter(left)
            .filter(|user| !covered.contains(&(*n, **user)))
            .chain((!has_own).then_some(&me))
            .map(ToString::to_string)
            .collect();
        if !missing.is_empty() {
            let shown = missing.iter().take(20).cloned().collect::<Vec<_>>().join(", ");
            return Err(Code::WrapMissing.field("wraps", format!("epoch {n} lacks {} of its members: {shown}", missing.len())));
        }
    }
    Ok(wraps)
}

/// Batches taken apart into one wrap each. What can't be meant for a member as of now is refused.
pub fn single(read: &Read, (me, now): (UserId, i64), log: &ConversationLog, batches: Vec<Batch>) -> Result<Vec<(UserId, Batch)>> {
    let newest = log.newest_epoch().map_or(0, |epoch| epoch.n);
    let recipients: BTreeSet<Id> = batches.iter().flat_map(|batch| batch.wraps.iter().map(|wrap| wrap.account)).collect();
    let users: Vec<UserId> = recipients.iter().map(user_of).collect();
    let reachable = snug_identities::reachable(read, &users, now)?;
    let mut all = Vec::new();
    let mut seen = BTreeSet::new();
    for batch in batches {
        batch.check().map_err(|e| refused("wraps", &e))?;
        if batch.from.account != id_of(me) {
            return Err(Code::ProtocolInvalid.field("wraps", "from must be the account that is signed in"));
        }
        if batch.epoch == 0 || batch.epoch > newest {
            return Err(Code::ProtocolInvalid.field("wraps", format!("there is no epoch {} here", batch.epoch)));
        }
        let header = Batch { wraps: Vec::new(), v: batch.v, suite: batch.suite, epoch: batch.epoch, from: batch.from, ek: batch.ek };
        for wrap in batch.wraps {
            let user = user_of(&wrap.account);
            if log.member(&wrap.account).is_none() || !seen.insert((batch.epoch, user)) {
                return Err(Code::ProtocolInvalid.field("wraps", format!("{user} is not in the roster, or is named twice")));
            }
            // sealed to a key that was replaced meanwhile, perhaps because a device was lost
            if reachable.get(&user).is_some_and(|generation| *generation != wrap.ik_generation) {
                return Err(Code::LogConflict.field("wraps", format!("{user} has new keys; fetch the bundle again")));
            }
            all.push((user, Batch { wraps: vec![wrap], ..header.clone() }));
        }
    }
    Ok(all)
}

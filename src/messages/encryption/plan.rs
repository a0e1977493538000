//! What new links amount to: verified on a reader, with everything that the node asks for beyond what clients check.
use super::log::{Logs, next};
use super::{conversation_id, wraps};
use crate::encryption::model::Encryption;
use crate::store::encryption::State;
use snug_accounts::Me;
use snug_base::{App, Code, ConversationId, Read, Result, UserId};
use snug_crypto::account_log::rotation::{Rotation, RotationKind};
use snug_crypto::bytes::{Id, Public};
use snug_crypto::conversation_log::body::{Body, Change, ConversationKind};
use snug_crypto::conversation_log::roster::Entry;
use snug_crypto::conversation_log::{Accounts, ConversationLog};
use snug_crypto::envelope::{ENVELOPE_LIMIT, Envelope, Kind};
use snug_crypto::link::{Head, Link};
use snug_crypto::vault::VaultItem;
use snug_crypto::wrap::Batch;
use snug_identities::{id_of, refused_link};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Links in one request.
const LINKS: usize = 32;
/// Batches of wraps in one request.
const BATCHES: usize = 32;
/// How far ahead of the node's a signer's clock may be, in seconds.
const AHEAD_S: i64 = 86_400;

/// What somebody wants to be done: links with what belongs to them.
pub struct Wanted {
    pub links: Vec<Link>,
    pub wraps: Vec<Batch>,
    pub vault: Vec<VaultItem>,
    pub info: Option<Envelope>,
}

/// One link, and where the log is after it.
pub struct Step {
    pub link: Link,
    pub head: Head,
    /// The epoch that it makes.
    pub epoch: Option<u64>,
    /// The newest epoch after it.
    pub newest: u64,
    pub newest_seq: u64,
}

/// Verified links and all that comes with them; to be carried out if nothing has changed since.
pub struct Plan {
    pub conversation: ConversationId,
    /// The head that the links continue; none: they begin the log.
    pub base: Option<Head>,
    /// How far the signer's own log goes.
    pub signer: Head,
    pub steps: Vec<Step>,
    pub log: Arc<ConversationLog>,
    /// Who lost their identity and is agreed on anew: what was sealed to them before opens for nobody.
    pub rebound: Vec<UserId>,
    /// The epochs, for the history of their maker's keys.
    pub rotations: Vec<Rotation>,
    /// One wrap each.
    pub wraps: Vec<(UserId, Batch)>,
    pub vault: Vec<VaultItem>,
    pub info: Option<Envelope>,
    /// What is stored of the log afterwards, but the node's own time.
    pub state: State,
}

impl Step {
    /// As clients see it after this link.
    pub fn encryption(&self, info: Option<Envelope>) -> Encryption {
        Encryption { head: self.head, epoch: self.newest, epoch_seq: self.newest_seq, info, needs: None }
    }
}

/// What is known of the one who asks before anything is verified.
struct Asking {
    me: Me,
    device: Option<Id>,
    head: Head,
    now_s: i64,
    instance_key: Public,
    conversation: ConversationId,
    most: usize,
}

/// Verifies links that continue a log (none: begin one).
pub fn plan(
    read: &Read,
    app: &App,
    me: Me,
    conversation: ConversationId,
    base: Option<Arc<ConversationLog>>,
    wanted: Wanted,
) -> Result<Plan> {
    check_sizes(&wanted)?;
    let own = snug_identities::log(read, me.user)?.and_then(|log| log.head());
    let asking = Asking {
        me,
        device: snug_identities::device_of(read, me)?,
        head: own.ok_or_else(|| Code::NotSetUp.error("Set up encryption first."))?,
        now_s: app.clock.now() / 1_000,
        instance_key: snug_accounts::instance::e2ee_key(app).public(),
        conversation,
        most: app.config.messages.group_size,
    };
    let read_body = |(at, link): (usize, &Link)| Body::read(link).map_err(|e| refused_link(at, &e));
    let bodies = wanted.links.iter().enumerate().map(read_body).collect::<Result<Vec<_>>>()?;
    let mut logs = Logs::default();
    logs.learn(read, &bodies)?;

    let base_head = base.as_ref().and_then(|log| log.chain().head());
    let mut log = base.as_deref().cloned();
    let (mut steps, mut epochs, mut rebound, mut rotations) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (at, (link, body)) in wanted.links.into_iter().zip(&bodies).enumerate() {
        check_signer(&asking, at, body)?;
        if log.as_ref().is_some_and(|log| log.member(&id_of(me.user)).is_none()) {
            return Err(Code::NotRostered.error("You are not in this conversation's roster."));
        }
        let followed = next(log.take(), conversation, &link, &logs).map_err(|e| refused_link(at, &e))?;
        check_change(read, &asking, at, &body.change, &followed)?;
        let head = followed.chain().head().ok_or_else(|| Code::Internal.error("a log without a head"))?;
        let epoch = if let Change::Epoch { n, .. } = &body.change { Some(*n) } else { None };
        let (newest, newest_seq) = followed.newest_epoch().map_or((0, 0), |epoch| (epoch.n, epoch.seq));
        if let Change::Rebind { account, aik_old, aik_new } = &body.change
            && !logs.log(account).is_some_and(|log| log.continues(aik_old, aik_new))
        {
            rebound.push(super::user_of(account));
        }
        if let Change::Epoch { n, commit, .. } = &body.change {
            let before = n.checked_sub(1).and_then(|before| followed.epoch(before).ok());
            let commits = (before.map(|epoch| &epoch.commit.0[..]), Some(&commit.0[..]));
            rotations.push(Rotation::new(RotationKind::Epoch, &id_of(me.user), commits, "epoch", body.at));
        }
        if let Some(n) = epoch {
            epochs.push((n, followed.entries()));
        }
        steps.push(Step { link, head, epoch, newest, newest_seq });
        log = Some(followed);
    }
    let log = log.ok_or_else(|| Code::Invalid.field("links", "at least one link is needed"))?;
    check_people_left(&asking, &log)?;
    let wraps = wraps::for_epochs(read, (me.user, app.clock.now()), &log, wanted.wraps, &wanted.vault, &epochs)?;
    let state = state_of(&log)?;
    if let Some(info) = &wanted.info {
        check_info(&asking, &state, info)?;
    }
    Ok(Plan {
        conversation,
        base: base_head,
        signer: asking.head,
        steps,
        log: Arc::new(log),
        rebound,
        rotations,
        wraps,
        vault: wanted.vault,
        info: wanted.info,
        state,
    })
}

fn check_sizes(wanted: &Wanted) -> Result<()> {
    if wanted.links.is_empty() || wanted.links.len() > LINKS {
        return Err(Code::Invalid.field("links", format!("must be 1 to {LINKS} links")));
    }
    if wanted.wraps.len() > BATCHES {
        return Err(Code::Invalid.field("wraps", format!("at most {BATCHES} batches")));
    }
    Ok(())
}

fn check_signer(asking: &Asking, at: usize, body: &Body) -> Result<()> {
    if body.by.account != id_of(asking.me.user) {
        return Err(Code::WrongDevice.field("links", format!("link {at} is signed by another account than the one that is signed in")));
    }
    if asking.device.is_some_and(|device| device != body.by.device) {
        return Err(Code::WrongDevice.field("links", format!("link {at} is signed by another device than this session's")));
    }
    if body.by.head != asking.head {
        return Err(Code::LogConflict.field("links", format!("link {at} does not name the newest head of your own log; fetch that first")));
    }
    let is_ahead = i64::try_from(body.at).is_ok_and(|at| at > asking.now_s + AHEAD_S);
    if is_ahead || i64::try_from(body.at).is_err() {
        return Err(Code::BadLink.field("links", format!("link {at} is dated more than a day ahead; set this device's clock")));
    }
    Ok(())
}

/// What the node asks of a change beyond what clients check.
fn check_change(read: &Read, asking: &Asking, at: usize, change: &Change, log: &ConversationLog) -> Result<()> {
    match change {
        Change::Create { members, instance_key, room, .. } => {
            if *instance_key != asking.instance_key {
                return Err(Code::BadLink.field("links", "instance_key must be the e2ee_key of GET /instance"));
            }
            let is_room = log.kind() == ConversationKind::Room;
            if *room != is_room.then(|| conversation_id(asking.conversation)) {
                return Err(Code::BadLink.field("links", "room must be the room's id, and null elsewhere"));
            }
            check_people(read, asking, at, members, is_room)
        }
        Change::Add { members } => check_people(read, asking, at, members, log.kind() == ConversationKind::Room),
        Change::Remove { .. } if log.kind() == ConversationKind::Direct => {
            Err(Code::DirectFixed.error("A direct conversation has exactly two people."))
        }
        _ => Ok(()),
    }
}

/// People who come in: there, with keys, under the identity that they have now, and (in rooms) able to see the room.
fn check_people(read: &Read, asking: &Asking, at: usize, members: &[Entry], is_room: bool) -> Result<()> {
    let ids: Vec<UserId> = members.iter().map(|member| super::user_of(&member.account)).collect();
    let known: BTreeSet<UserId> =
        snug_accounts::load_users(read, &ids)?.into_iter().filter(|user| !user.is_disabled).map(|user| user.id).collect();
    for (entry, id) in members.iter().zip(ids) {
        if !known.contains(&id) {
            return Err(Code::UserNotFound.field("links", format!("link {at}: {id} does not exist or has a disabled account")));
        }
        let log = snug_identities::log(read, id)?;
        let Some(aik) = log.and_then(|log| log.aik()) else {
            return Err(Code::NoKeys.field("links", format!("link {at}: {id} has not set up encryption")));
        };
        if aik != entry.aik {
            return Err(Code::BadLink.field("links", format!("link {at}: e2ee_bad_link (identity): {id} has another identity now")));
        }
        if is_room && snug_servers::room_access(read, asking.conversation, id)?.is_none() {
            return Err(Code::UserNotFound.field("links", format!("link {at}: {id} does not see this room")));
        }
    }
    Ok(())
}

fn check_people_left(asking: &Asking, log: &ConversationLog) -> Result<()> {
    let count = log.entries().len();
    match log.kind() {
        ConversationKind::Direct if count != 2 => Err(Code::BadLink.field("links", "a direct conversation has exactly two people")),
        ConversationKind::Group if count > asking.most => {
            Err(Code::GroupLimit.field("links", format!("a group can have {} people", asking.most)))
        }
        ConversationKind::Room if count == 0 => {
            Err(Code::BadLink.field("links", "somebody has to stay: nobody could be let into this room any more"))
        }
        _ => Ok(()),
    }
}

fn state_of(log: &ConversationLog) -> Result<State> {
    let epoch = log.newest_epoch();
    Ok(State {
        head: log.chain().head().ok_or_else(|| Code::Internal.error("a log without a head"))?,
        epoch: epoch.map_or(0, |epoch| epoch.n),
        epoch_seq: epoch.map_or(0, |epoch| epoch.seq),
        epoch_at: epoch.map_or(0, |epoch| epoch.at),
        epoch_made_at: 0,
        is_stale: log.is_stale(),
        retain_s: log.policy().retain_s,
    })
}

/// Name, topic and picture come sealed under the epoch that holds after the links.
fn check_info(asking: &Asking, state: &State, info: &Envelope) -> Result<()> {
    let header = &info.header;
    let is_fit = header.kind == Kind::System
        && header.target.is_none()
        && header.conversation == conversation_id(asking.conversation)
        && header.account == id_of(asking.me.user)
        && asking.device.is_none_or(|device| device == header.device)
        && info.write().len() <= ENVELOPE_LIMIT;
    if !is_fit {
        return Err(Code::ProtocolInvalid.field("info", "must be an envelope of the kind sys, of this conversation and device"));
    }
    if header.epoch != state.epoch {
        return Err(Code::EpochStale.field("info", format!("must be sealed under epoch {}", state.epoch)));
    }
    Ok(())
}

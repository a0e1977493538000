//! Who may put an envelope into a conversation now. What decides follows from the log and is remembered, so sending follows no log.
use crate::access::Member;
use crate::store::encryption as store;
use snug_accounts::Me;
use snug_base::{Code, ConversationId, Error, Read, Result, UserId};
use snug_crypto::conversation_log::NEWEST_SUITE;
use snug_crypto::conversation_log::roster::Role;
use snug_crypto::envelope::Header;
use snug_identities::id_of;

/// How far ahead a message may say that it is to go, in seconds.
const LONGEST_S: u64 = 366 * 86_400;

/// What a member may do in a conversation, and in which epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct Seat {
    pub role: Role,
    pub epoch: u64,
    pub is_stale: bool,
    /// Messages live so many seconds; 0: for ever.
    pub retain_s: u64,
}

fn not_rostered() -> Error {
    Code::NotRostered.error("You are not in this conversation's roster; ask one of its members to add you.")
}

/// The user's seat in an encrypted conversation; `e2ee.not_member` for who sees a room and isn't in its roster.
pub fn seat(read: &Read, conversation: ConversationId, user: UserId) -> Result<Seat> {
    let found = read.cached((conversation.0, user.0), |read| {
        let Some(role) = store::role(read, conversation, user)? else { return Ok(None) };
        let state = store::state(read, conversation)?.ok_or_else(super::not_encrypted)?;
        let seat = Seat { role, epoch: state.epoch, is_stale: state.is_stale, retain_s: state.retain_s };
        Ok(Some((seat, [conversation.0, conversation.0])))
    })?;
    found.ok_or_else(not_rostered)
}

/// Refuses an envelope that this session may not put into the conversation now. Gives the time at which what it says is to go, in
/// Unix milliseconds.
pub fn admit(read: &Read, now: i64, by: &Member, me: Me, header: &Header) -> Result<Option<i64>> {
    if !by.is_encrypted() {
        return Err(super::not_encrypted());
    }
    let seat = seat(read, by.conversation(), me.user)?;
    if seat.role == Role::Reader {
        return Err(Code::NotRostered.error("You only read in this conversation; ask an admin for another role."));
    }
    check_sender(read, me, header)?;
    check_epoch(&seat, header)?;
    expiry(now, &seat, header.expires)
}

/// The account is the one that asks, with this device.
fn check_sender(read: &Read, me: Me, header: &Header) -> Result<()> {
    if header.account != id_of(me.user) {
        return Err(Code::WrongDevice.field("envelope", "its account is not the one that is signed in"));
    }
    let log = snug_identities::log(read, me.user)?.ok_or_else(|| Code::NotSetUp.error("Set up encryption first."))?;
    let device = log.device(&header.device).filter(|device| device.ended.is_none());
    if device.is_none_or(|device| device.dsk != header.sender_key) {
        return Err(Code::WrongDevice.field("envelope", "its device is not an active one of this account, or has another key"));
    }
    match snug_identities::device_of(read, me)? {
        Some(own) if own != header.device => Err(Code::WrongDevice.field("envelope", "this session is another device")),
        _ => Ok(()),
    }
}

fn check_epoch(seat: &Seat, header: &Header) -> Result<()> {
    if header.suite != NEWEST_SUITE {
        return Err(Code::ProtocolInvalid.field("envelope", format!("suite must be {NEWEST_SUITE}")));
    }
    if seat.epoch == 0 || header.epoch != seat.epoch {
        return Err(Code::EpochStale.field("envelope", format!("the newest epoch is {}; fetch the log and seal it again", seat.epoch)));
    }
    if seat.is_stale {
        return Err(Code::EpochStale.field("envelope", "people or devices changed: make a new epoch and seal it again"));
    }
    Ok(())
}

fn expiry(now: i64, seat: &Seat, expires: u64) -> Result<Option<i64>> {
    let now_s = u64::try_from(now / 1_000).unwrap_or_default();
    if expires > 0 && (expires <= now_s || expires > now_s + LONGEST_S) {
        return Err(Code::Invalid.field("envelope", "expires must lie ahead, by a year at most, or be 0"));
    }
    let retained = (seat.retain_s > 0).then(|| now_s.saturating_add(seat.retain_s));
    let at = [retained, (expires > 0).then_some(expires)].into_iter().flatten().min();
    Ok(at.and_then(|at| i64::try_from(at).ok()).and_then(|at| at.checked_mul(1_000)))
}

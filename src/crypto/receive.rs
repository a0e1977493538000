//! Receiving a message: whether the one who seems to have sent it did, and might. `docs/encryption.md`, "Messages".
use crate::account_log::AccountLog;
use crate::content::{Content, Heads};
use crate::conversation_log::roster::Role;
use crate::conversation_log::{Accounts, ConversationLog};
use crate::envelope::{Envelope, Header, open_message};
use crate::error::{Error, Result};
use crate::secret::Secret;

/// For how many seconds live messages are still taken in an epoch that another one followed.
const SUPERSEDED_S: u64 = 600;

/// A message whose author, place and time in the logs are beyond doubt.
#[derive(Clone, Debug, PartialEq)]
pub struct Received {
    pub header: Header,
    pub content: Content,
}

/// Opens a message and checks it against the logs. `live` is the time (Unix seconds) for messages that just arrived; none for those
/// from the history.
///
/// `need_log`: fetch, and try again. Everything else means that nothing of the message is shown: `log_fork`, `downgraded`,
/// `e2ee_epoch_stale`, `bad_seal`, `bad_padding`, `bad_signature`, `bad_format`, `newer`, `e2ee_not_member`, `key_mismatch`.
/// Whether the same (device, id) was there before is for the caller to know.
pub fn receive(
    envelope: &Envelope,
    secret: &Secret,
    log: &ConversationLog,
    accounts: &impl Accounts,
    live: Option<u64>,
) -> Result<Received> {
    let header = &envelope.header;
    if header.conversation != log.conversation() {
        return Err(Error::BadFormat("conversation"));
    }
    let account = accounts.log(&header.account).ok_or(Error::NeedLog)?;
    // a device that is not there was made up, or was added later
    let device = account.device(&header.device).ok_or(Error::NeedLog)?;
    if device.dsk != header.sender_key {
        return Err(Error::BadSignature);
    }
    let epoch = log.epoch(header.epoch)?;
    if header.suite != epoch.suite {
        return Err(Error::Downgraded);
    }
    let next = log.epoch(header.epoch + 1).ok();
    if let (Some(now), Some(next)) = (live, next)
        && now > next.at.saturating_add(SUPERSEDED_S)
    {
        return Err(Error::EpochStale);
    }
    let content = Content::read(header.kind, &open_message(secret, envelope)?)?;
    check_heads(&content.heads, header, epoch.seq, log, account)?;
    Ok(Received { header: header.clone(), content })
}

fn check_heads(heads: &Heads, header: &Header, epoch: u64, log: &ConversationLog, account: &AccountLog) -> Result<()> {
    log.chain().check_start(heads.conversation.0, &heads.conversation.1.0)?;
    account.chain().check_start(heads.account.0, &heads.account.1.0)?;
    if heads.conversation.0 < epoch {
        return Err(Error::NotMember);
    }
    let member = log.member_at(&header.account, heads.conversation.0).ok_or(Error::NotMember)?;
    if member.role == Role::Reader {
        return Err(Error::NotMember);
    }
    account.device_at(&header.device, heads.account.0).map_err(|_| Error::BadSignature)?;
    // an account that was reset is not whom the conversation agreed on, even if it has a device and the secret
    let identity = account.identity_at(heads.account.0).ok_or(Error::NeedLog)?;
    if account.era_of(&member.aik) == Some(identity.era) { Ok(()) } else { Err(Error::KeyMismatch) }
}

#[cfg(test)]
mod tests;

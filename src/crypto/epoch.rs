//! Epochs: the secret that a conversation's messages are sealed under for a while. `docs/encryption.md`, "Epochs".
use crate::bytes::{Bytes, Hash, Id};
use crate::conversation_log::body::Change;
use crate::conversation_log::roster::roster_hash;
use crate::conversation_log::{Accounts, ConversationLog, Epoch, NEWEST_SUITE};
use crate::error::{Error, Result};
use crate::seal::{Fresh, Sealed, open, seal};
use crate::secret::{self, Secret};
use crate::tuple::{Field, tuple};

/// What stands in the signed link for the secret of an epoch.
pub fn commit(conversation: &Id, n: u64, secret: &Secret) -> Hash {
    Bytes(*secret::derive(&**secret, &[], &tuple("epoch-commit", &[Field::Bytes(&conversation.0), Field::Int(n)])))
}

/// Whether this is the secret that the epoch's link commits to; `bad_commit`.
pub fn check(conversation: &Id, epoch: &Epoch, secret: &Secret) -> Result<()> {
    let expected = commit(conversation, epoch.n, secret);
    if secret::equal(&expected.0, &epoch.commit.0) { Ok(()) } else { Err(Error::BadCommit) }
}

/// What makes the next epoch of a log: for exactly its roster as of now, with the least suite that is allowed. `previous` is the secret of
/// the epoch before; it is linked back to where the log allows that, and left out otherwise. `newer` if the policy asks for a suite
/// that is not known here, `no_randomness`.
pub fn change(log: &ConversationLog, secret: &Secret, previous: Option<&Secret>, reason: Reason) -> Result<Change> {
    let conversation = log.conversation();
    let (n, suite) = log.newest_epoch().map_or((1, 1), |epoch| (epoch.n + 1, epoch.suite));
    let suite = suite.max(log.policy().min_suite);
    if suite > NEWEST_SUITE {
        return Err(Error::Newer);
    }
    let chain = match previous.filter(|_| log.may_chain()) {
        Some(previous) => Some(seal_previous(&conversation, n, secret, previous, Fresh::random()?)?),
        None => None,
    };
    let roster = roster_hash(&conversation, &log.entries());
    Ok(Change::Epoch { n, suite, commit: commit(&conversation, n, secret), roster, chain, why: reason.as_str().to_owned() })
}

/// Seals the secret of the epoch before `n` under that of `n`, so that who has this one reads back.
pub fn seal_previous(conversation: &Id, n: u64, secret: &Secret, previous: &Secret, fresh: Fresh) -> Result<Sealed> {
    seal(secret, &chain_context(conversation, n), &**previous, fresh)
}

/// The secret of the epoch before this one, checked against its own link: `locked` if the epoch does not link back, `bad_seal`,
/// `bad_commit`, `need_log`.
pub fn open_previous(log: &ConversationLog, epoch: &Epoch, secret: &Secret) -> Result<Secret> {
    let conversation = log.conversation();
    let sealed = epoch.chain.as_ref().ok_or(Error::Locked)?;
    let previous = secret::from_slice(&open(secret, &chain_context(&conversation, epoch.n), sealed)?)?;
    check(&conversation, log.epoch(epoch.n.saturating_sub(1))?, &previous)?;
    Ok(previous)
}

fn chain_context(conversation: &Id, n: u64) -> Vec<u8> {
    tuple("epoch-chain", &[Field::Bytes(&conversation.0), Field::Int(n)])
}

/// Why a new epoch is needed before the next message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// There is none yet.
    First,
    /// People left, joined or changed their identity.
    People,
    /// A member's device was revoked or their identity replaced after the epoch was made.
    Break,
    /// It was used and is older than the policy allows.
    Age,
    /// It holds as many messages as the policy allows.
    Messages,
    /// The policy asks for a higher suite.
    Suite,
}

impl Reason {
    /// As it stands in the epoch's link (`why`).
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::First => "first",
            Reason::People => "people",
            Reason::Break => "break",
            Reason::Age => "age",
            Reason::Messages => "messages",
            Reason::Suite => "suite",
        }
    }
}

/// Whether a new epoch has to be made before something is sealed; receivers never ask this. `now` in Unix seconds, `messages` how
/// many the newest epoch holds.
pub fn reason(log: &ConversationLog, accounts: &impl Accounts, now: u64, messages: u64) -> Option<Reason> {
    let Some(epoch) = log.newest_epoch() else { return Some(Reason::First) };
    if log.is_stale() {
        return Some(Reason::People);
    }
    let breaks = |account: &Id| accounts.log(account).is_some_and(|log| log.breaks().iter().any(|found| found.at >= epoch.at));
    if log.entries().iter().any(|entry| breaks(&entry.account)) {
        return Some(Reason::Break);
    }
    let policy = log.policy();
    if messages > 0 && now.saturating_sub(epoch.at) >= policy.max_age_s {
        return Some(Reason::Age);
    }
    if messages >= policy.max_msgs {
        return Some(Reason::Messages);
    }
    (policy.min_suite > epoch.suite).then_some(Reason::Suite)
}

/// The base key of a device in a call (SFrame), from the epoch that the call runs in.
pub fn call_key(secret: &Secret, conversation: &Id, n: u64, call: &Id, account: &Id, device: &Id) -> Secret {
    let fields = [Field::Bytes(&conversation.0), Field::Int(n), Field::Text("sframe"), Field::Bytes(&account.0), Field::Bytes(&device.0)];
    secret::derive(&**secret, &call.0, &tuple("export", &fields))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account_log::body::Change as AccountChange;
    use crate::actors::group::{Group, POLICY, create, entry};
    use crate::actors::{Actor, START};
    use crate::conversation_log::body::{ConversationKind, History, Policy, PolicyChange};
    use crate::conversation_log::roster::Role;
    use crate::vectors::{self, id};

    #[test]
    fn a_chain_leads_back_to_what_was_shared() {
        let (alice, bob) = (Actor::new("alice"), Actor::new("bob"));
        let mut group = Group::between(&[&alice, &bob]);
        let members = vec![entry(&alice, Role::Owner)];
        group.accept(&alice, create(ConversationKind::Group, members, Policy { history: History::Shared, ..POLICY }));
        let (first, second) = (vectors::secret("epoch1"), vectors::secret("epoch2"));
        group.accept(&alice, group.epoch());
        group.accept(&alice, Change::Add { members: vec![entry(&bob, Role::Member)] });
        assert!(!group.log().is_stale(), "who joins may read what is there");
        let with_chain = |secret: &Secret, group: &Group| match group.epoch() {
            Change::Epoch { n, suite, commit, roster, why, .. } => {
                let chain = seal_previous(&group.conversation, n, &second, secret, Fresh::random().unwrap()).unwrap();
                Change::Epoch { n, suite, commit, roster, chain: Some(chain), why }
            }
            other => other,
        };
        let link = group.link(&alice, with_chain(&first, &group));
        group.append(link).unwrap();
        let epoch = group.log().newest_epoch().unwrap();
        assert_eq!(check(&group.conversation, epoch, &second), Ok(()));
        assert_eq!(check(&group.conversation, epoch, &first), Err(Error::BadCommit));
        assert_eq!(open_previous(group.log(), epoch, &second).unwrap(), first);
        assert_eq!(open_previous(group.log(), group.log().epoch(1).unwrap(), &first), Err(Error::Locked));

        // a maker that links back to a wrong secret is noticed
        let mut other = Group::between(&[&alice]);
        other.accept(
            &alice,
            create(ConversationKind::Group, vec![entry(&alice, Role::Owner)], Policy { history: History::Shared, ..POLICY }),
        );
        other.accept(&alice, other.epoch());
        let link = other.link(&alice, with_chain(&vectors::secret("wrong"), &other));
        other.append(link).unwrap();
        assert_eq!(open_previous(other.log(), other.log().newest_epoch().unwrap(), &second), Err(Error::BadCommit));
    }

    #[test]
    fn makes_an_epoch_that_the_log_accepts() {
        let alice = Actor::new("alice");
        for (history, links_back) in [(History::Joined, false), (History::Shared, true)] {
            let mut group = Group::between(&[&alice]);
            let policy = Policy { history, ..POLICY };
            group.accept(&alice, create(ConversationKind::Group, vec![entry(&alice, Role::Owner)], policy));
            let (first, second) = (vectors::secret("one"), vectors::secret("two"));
            group.accept(&alice, change(group.log(), &first, None, Reason::First).unwrap());
            group.accept(&alice, change(group.log(), &second, Some(&first), Reason::Age).unwrap());
            let epoch = group.log().newest_epoch().unwrap();
            assert_eq!(check(&group.conversation, epoch, &second), Ok(()));
            assert_eq!(open_previous(group.log(), epoch, &second).ok(), links_back.then_some(first));
            group.accept(&alice, Change::Policy(PolicyChange { min_suite: Some(2), ..PolicyChange::default() }));
            assert_eq!(change(group.log(), &second, None, Reason::Suite), Err(Error::Newer));
        }
    }

    #[test]
    fn says_when_a_new_epoch_is_needed() {
        let (alice, mut bob) = (Actor::new("alice"), Actor::new("bob"));
        let mut group = Group::new(&[&alice, &bob], &[Role::Owner, Role::Member]);
        let now = START + 10_100;
        let ask = |group: &Group, now, messages| reason(group.log(), &group.accounts, now, messages);
        assert_eq!(ask(&group, now, 0), Some(Reason::First));
        group.accept(&alice, group.epoch());
        assert_eq!(ask(&group, now, 5), None);
        assert_eq!(ask(&group, now + POLICY.max_age_s, 5), Some(Reason::Age));
        assert_eq!(ask(&group, now + POLICY.max_age_s, 0), None, "an unused epoch does not age");
        assert_eq!(ask(&group, now, POLICY.max_msgs), Some(Reason::Messages));

        let (phone, _) = bob.other_device("phone");
        let link = bob.by_device(AccountChange::DeviceAdd { device: phone });
        bob.accept(link);
        group.learn(&bob);
        assert_eq!(ask(&group, now, 5), None, "more devices end nothing");
        let mut body = bob.body(crate::account_log::body::Signer::Identity, AccountChange::DeviceRevoke { devices: vec![id("phone")] });
        body.at = now + 60;
        let link = body.sign(&bob.aik);
        bob.accept(link);
        group.learn(&bob);
        assert_eq!(ask(&group, now + 60, 5), Some(Reason::Break));

        group.accept(&alice, Change::Policy(PolicyChange { min_suite: Some(2), ..PolicyChange::default() }));
        group.accept(&alice, Change::Remove { members: vec![bob.account], statement: None });
        assert_eq!(ask(&group, now, 5), Some(Reason::People));
    }

    #[test]
    fn exports_as_the_vector_says() {
        let key = call_key(&vectors::secret("epoch-secret"), &id("conv"), 3, &id("call"), &id("alice"), &id("alice-dev"));
        assert_eq!(key.to_vec(), vectors::bytes(&vectors::load()["exporter"]));
    }
}

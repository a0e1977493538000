//! What became of a message: its edits, reactions and deletion, each a message of its own. `docs/encryption.md`, "Messages".
use crate::bytes::Id;
use crate::content::{Reaction, ReactionOp};
use crate::envelope::Kind;
use crate::receive::Received;
use std::collections::{BTreeMap, BTreeSet};

/// A message as it is to be shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown<'a> {
    pub message: &'a Received,
    /// The edit that counts.
    pub edit: Option<&'a Received>,
    pub is_deleted: bool,
    /// Who reacted, by emoji.
    pub reactions: BTreeMap<String, BTreeSet<Id>>,
}

/// Applies what was sent about a message, in the order in which the node lists it. What does not count is left out: what is about
/// another message, somebody else's edit or deletion, an edit that is older than one of the same device.
pub fn apply<'a>(message: &'a Received, about: impl IntoIterator<Item = &'a Received>) -> Shown<'a> {
    let mut shown = Shown { message, edit: None, is_deleted: false, reactions: BTreeMap::new() };
    for one in about.into_iter().filter(|one| one.header.target == Some(message.header.id)) {
        let is_author = one.header.account == message.header.account;
        match one.header.kind {
            Kind::Edit if is_author && shown.edit.is_none_or(|than| is_newer(one, than)) => shown.edit = Some(one),
            Kind::Deletion if is_author => shown.is_deleted = true,
            Kind::Reaction => {
                if let Ok(reaction) = one.content.reaction() {
                    react(&mut shown.reactions, reaction, one.header.account);
                }
            }
            _ => {}
        }
    }
    if shown.is_deleted {
        shown.edit = None;
        shown.reactions.clear();
    }
    shown
}

/// Counters tell the order of one device's messages; between devices the node's order holds.
fn is_newer(one: &Received, than: &Received) -> bool {
    one.header.device != than.header.device || one.content.n > than.content.n
}

fn react(reactions: &mut BTreeMap<String, BTreeSet<Id>>, Reaction { emoji, op }: Reaction, account: Id) {
    match op {
        ReactionOp::Add => {
            reactions.entry(emoji).or_default().insert(account);
        }
        ReactionOp::Remove => {
            if let Some(who) = reactions.get_mut(&emoji) {
                who.remove(&account);
                if who.is_empty() {
                    reactions.remove(&emoji);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::Content;
    use crate::envelope::Header;
    use crate::link::Head;
    use crate::vectors::{self, id, named};
    use serde_json::{Value, json};

    fn received(from: &str, device: &str, kind: Kind, n: u64, fields: Value) -> Received {
        let header = Header {
            suite: 1,
            conversation: id("conv"),
            epoch: 1,
            account: id(from),
            device: id(device),
            sender_key: vectors::sign(device).public(),
            id: if kind == Kind::Message { id("msg") } else { id(&format!("{from}{n}")) },
            kind,
            target: (kind != Kind::Message).then(|| id("msg")),
            thread: None,
            expires: 0,
        };
        let head = Head { seq: 0, hash: named("h") };
        Received { header, content: Content::new("any", fields.as_object().unwrap().clone(), (head, head), n) }
    }

    #[test]
    fn the_authors_newest_edit_counts() {
        let message = received("alice", "phone", Kind::Message, 1, json!({"body": "a"}));
        let edit = |from, device, n, body: &str| received(from, device, Kind::Edit, n, json!({ "body": body }));
        let about = [edit("alice", "phone", 3, "c"), edit("alice", "phone", 2, "b"), edit("bob", "bobs", 9, "forged")];
        assert_eq!(apply(&message, &about).edit.unwrap().content.body(), Some("c"));
        let later = edit("alice", "laptop", 1, "d");
        assert_eq!(apply(&message, about.iter().chain([&later])).edit.unwrap().content.body(), Some("d"));
        let mut elsewhere = edit("alice", "phone", 10, "x");
        elsewhere.header.target = Some(id("other"));
        assert_eq!(apply(&message, [&elsewhere]).edit, None);
    }

    #[test]
    fn reactions_come_and_go() {
        let message = received("alice", "phone", Kind::Message, 1, json!({}));
        let react = |from, n, op: &str| received(from, from, Kind::Reaction, n, json!({"emoji": "🦔", "op": op}));
        let about = [react("bob", 1, "add"), react("bob", 2, "add"), react("carol", 1, "add"), react("bob", 3, "remove")];
        assert_eq!(apply(&message, &about).reactions, BTreeMap::from([("🦔".to_owned(), BTreeSet::from([id("carol")]))]));
        let gone = react("carol", 2, "remove");
        assert!(apply(&message, about.iter().chain([&gone])).reactions.is_empty());
        assert!(apply(&message, [&react("bob", 1, "paint")]).reactions.is_empty());
    }

    #[test]
    fn only_the_author_deletes() {
        let message = received("alice", "phone", Kind::Message, 1, json!({}));
        let delete = |from| received(from, from, Kind::Deletion, 5, json!({}));
        assert!(!apply(&message, [&delete("bob")]).is_deleted);
        let edit = received("alice", "phone", Kind::Edit, 2, json!({"body": "b"}));
        let (own, other) = (delete("alice"), received("bob", "bobs", Kind::Reaction, 1, json!({"emoji": "x", "op": "add"})));
        let shown = apply(&message, [&edit, &other, &own]);
        assert!(shown.is_deleted && shown.edit.is_none() && shown.reactions.is_empty());
    }
}

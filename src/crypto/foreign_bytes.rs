//! Whatever comes from outside: parsers answer, they never panic, and what they accept they write again the same.
use crate::account_log::body::Body as AccountBody;
use crate::account_log::{AccountLog, body};
use crate::actors::Actor;
use crate::actors::group::Group;
use crate::attachment::{FileSecret, Opener, Shape};
use crate::bytes::{self, Blob, Bytes, Id};
use crate::content::Content;
use crate::conversation_log::body::Body as ConversationBody;
use crate::conversation_log::roster::Role;
use crate::envelope::{Envelope, Kind, open_message};
use crate::json::Json;
use crate::link::{Link, LogKind};
use crate::pairing::{PairSecret, Welcome};
use crate::prekeys::Bundle;
use crate::safety;
use crate::seal::{Sealed, open};
use crate::sealed_box::{SealedBox, open_box};
use crate::vault::{Item, VaultItem};
use crate::wrap::Batch;
use crate::{vectors, words};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use std::cell::LazyCell;

/// JSON of any shape, most of it nearly a link.
fn json() -> impl Strategy<Value = String> {
    let names = ["v", "t", "acct", "conv", "seq", "prev", "at", "by", "members", "device", "keys", "x", "1", ""];
    let texts = ["root", "create", "keys", "epoch", "add", "aik", "dev", "BwcHBwcHBwcHBwcHBwcHBw", "ü\"\\", ""];
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|value| value.to_string()),
        any::<u64>().prop_map(|value| value.to_string()),
        any::<i8>().prop_map(|value| value.to_string()),
        any::<f32>().prop_map(|value| format!("{value:?}")),
        select(texts.to_vec()).prop_map(|text| serde_json::to_string(text).unwrap()),
    ];
    leaf.prop_recursive(5, 60, 8, move |inner| {
        let field = (select(names.to_vec()), inner.clone()).prop_map(|(name, value)| format!("\"{name}\":{value}"));
        prop_oneof![
            prop::collection::vec(inner, 0..5).prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec(field, 0..12).prop_map(|fields| format!("{{{}}}", fields.join(","))),
        ]
    })
}

/// Tries every parser of JSON or bytes.
fn parse_all(input: &[u8]) {
    let link = Link { body: Blob(input.to_vec()), sig: Bytes([0; 64]) };
    let _ = (AccountBody::read(&link), ConversationBody::read(&link), Envelope::read(input));
    for kind in [Kind::Message, Kind::Reaction, Kind::Signal] {
        if let Ok(content) = Content::read(kind, input) {
            let _ = (content.files(), content.reaction(), content.body());
        }
    }
    let _ = serde_json::from_slice::<Link>(input).map(|link| link.hash(LogKind::Account, &Bytes([0; 16])));
    let _ = serde_json::from_slice::<Batch>(input).map(|batch| batch.check());
    let _ = serde_json::from_slice::<Bundle>(input);
    let _ = serde_json::from_slice::<VaultItem>(input);
    let _ = serde_json::from_slice::<SealedBox>(input);
    let _ = serde_json::from_slice::<Welcome>(input).map(|welcome| welcome.keys.len());
    for kind in ["ik", "spk", "opk", "epoch", "trust", "set", "prev", "x"] {
        if let Ok(item) = Item::parse(kind, input) {
            assert_eq!((item.kind(), item.name()), (kind, input.to_vec()));
        }
    }
    if let Ok(text) = std::str::from_utf8(input) {
        if let Ok(decoded) = bytes::decode(text) {
            assert_eq!(bytes::encode(&decoded), text);
        }
        let _ = (PairSecret::read(text).is_ok(), PairSecret::read_link(text).is_ok(), safety::read_link(text), words::read(text));
    }
    if let Ok(parsed) = Json::parse(input) {
        assert_eq!(parsed.write(), input);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn arbitrary_bytes(input in prop::collection::vec(any::<u8>(), 0..600)) {
        parse_all(&input);
    }

    #[test]
    fn arbitrary_json(input in json()) {
        parse_all(input.as_bytes());
    }

    #[test]
    fn arbitrary_text(input in "(snug-(pair|verify):[12]:)?\\PC{0,60}") {
        parse_all(input.as_bytes());
    }

    #[test]
    fn good_links_with_a_wrong_byte(at in any::<Index>(), byte in any::<u8>()) {
        let alice = LazyCell::new(|| Actor::new("alice"));
        let mut link = alice.links[0].clone();
        let at = at.index(link.body.0.len());
        let changed = link.body.0[at] != byte;
        link.body.0[at] = byte;
        parse_all(&link.body.0);
        prop_assert_eq!(AccountLog::verify(alice.account, &[link]).is_err(), changed);
    }

    #[test]
    fn arbitrary_ciphertexts(input in prop::collection::vec(any::<u8>(), 0..600)) {
        let key = vectors::secret("key");
        let sealed = Sealed { salt: vectors::named("salt"), nonce: vectors::named("nonce"), ct: Blob(input.clone()) };
        prop_assert!(open(&key, b"", &sealed).is_err());
        let boxed = SealedBox { enc: Bytes::from_slice(&[&input[..], &[0; 32]].concat()[..32]).unwrap(), ct: Blob(input.clone()) };
        prop_assert!(open_box(&vectors::dh("key"), b"", &boxed).is_err());
        let file = FileSecret { key: key.clone(), salt: vectors::named("salt") };
        let mut opener = Opener::new(&file, Shape::new(input.len() as u64, 64).unwrap());
        let mut out = Vec::new();
        prop_assert!(opener.push(&input, &mut out).and_then(|()| opener.finish(&mut out)).is_err());
        let header = crate::envelope::Header {
            suite: 1, conversation: vectors::id("c"), epoch: 1, account: vectors::id("a"), device: vectors::id("d"),
            sender_key: vectors::sign("s").public(), id: vectors::id("m"), kind: Kind::Message, target: None, thread: None, expires: 0,
        };
        let opened = open_message(&key, &Envelope { header, sealed });
        prop_assert!(opened.is_err());
    }

    #[test]
    fn shapes_of_any_size(size in any::<u64>(), chunk in any::<u64>()) {
        if let Ok(shape) = Shape::new(size, chunk % 2_000_000) {
            prop_assert!(shape.padded >= size && shape.ct_size == shape.padded + 16 * shape.chunks);
            prop_assert_eq!(shape.range(shape.chunks - 1).1, shape.ct_size);
        }
    }

    #[test]
    fn tuples_never_collide(one in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..6), 0..5),
                            other in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..6), 0..5)) {
        use crate::tuple::{Field, tuple};
        let encode = |fields: &[Vec<u8>]| tuple("x", &fields.iter().map(|field| Field::Bytes(field)).collect::<Vec<_>>());
        prop_assert_eq!(one == other, encode(&one) == encode(&other));
    }
}

/// What people in a random history do.
#[derive(Clone, Debug)]
enum Deed {
    Add(usize, usize, Role),
    Remove(usize, usize),
    Role(usize, usize, Role),
    Epoch(usize),
    Reset(usize),
    Rebind(usize, usize),
    Revoke(usize),
}

fn deed() -> impl Strategy<Value = Deed> {
    let who = || 0usize..4;
    let role = || select(vec![Role::Reader, Role::Member, Role::Admin, Role::Owner]);
    prop_oneof![
        (who(), who(), role()).prop_map(|(by, whom, role)| Deed::Add(by, whom, role)),
        (who(), who()).prop_map(|(by, whom)| Deed::Remove(by, whom)),
        (who(), who(), role()).prop_map(|(by, whom, role)| Deed::Role(by, whom, role)),
        who().prop_map(Deed::Epoch),
        who().prop_map(Deed::Reset),
        (who(), who()).prop_map(|(by, whom)| Deed::Rebind(by, whom)),
        who().prop_map(Deed::Revoke),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// In any history: a refusal changes nothing, following link by link and verifying from the start agree, nobody below admin
    /// ever let anybody in or raised anybody, and who signs stands in the roster with an identity of their log.
    #[test]
    fn random_histories(deeds in prop::collection::vec(deed(), 1..40)) {
        use crate::actors::group::entry;
        use crate::conversation_log::ConversationLog;
        use crate::conversation_log::body::Change;

        let mut people = ["a", "b", "c", "d"].map(Actor::new);
        let mut group = Group::new(&[&people[0], &people[1]], &[Role::Owner, Role::Member]);
        for actor in &people {
            group.learn(actor);
        }
        for deed in deeds {
            let account = |at: usize| people[at].account;
            let (by, change) = match deed {
                Deed::Add(by, whom, role) => (by, Change::Add { members: vec![entry(&people[whom], role)] }),
                Deed::Remove(by, whom) => (by, Change::Remove { members: vec![account(whom)], statement: None }),
                Deed::Role(by, whom, role) => (by, Change::Role { account: account(whom), role }),
                Deed::Epoch(by) => (by, group.epoch()),
                Deed::Rebind(by, whom) => {
                    let aik_old = group.log().member(&account(whom)).map_or(Bytes([0; 32]), |entry| entry.aik);
                    (by, Change::Rebind { account: account(whom), aik_old, aik_new: people[whom].aik.public() })
                }
                Deed::Reset(who) => {
                    people[who].reset();
                    group.learn(&people[who]);
                    continue;
                }
                Deed::Revoke(who) => {
                    let revoke = body::Change::DeviceRevoke { devices: vec![people[who].device] };
                    if people[who].log.active_devices().count() > 0 {
                        let link = people[who].by_identity(revoke);
                        people[who].accept(link);
                        group.learn(&people[who]);
                    }
                    continue;
                }
            };
            let before = group.log().clone();
            let signer = before.member(&people[by].account);
            let result = group.append(group.link(&people[by], change.clone()));
            if result.is_err() {
                prop_assert_eq!(&before, group.log());
                continue;
            }
            let signer = signer.expect("only members change anything");
            prop_assert!(group.accounts[&signer.account].continues(&signer.aik, &people[by].aik.public()));
            prop_assert!(people[by].log.active_devices().count() == 1);
            let raises = |entry: &crate::conversation_log::roster::Entry| {
                before.member(&entry.account).is_none_or(|old| entry.role > old.role)
            };
            if group.log().entries().iter().any(raises) {
                prop_assert!(signer.role >= Role::Admin);
            }
            let owners = |log: &ConversationLog| log.entries().iter().filter(|entry| entry.role == Role::Owner).count();
            prop_assert!(signer.role == Role::Owner || owners(group.log()) >= owners(&before));
        }
        // everything that was accepted is accepted again by who comes later, with all that is known now
        let again = ConversationLog::verify(group.conversation, &group.links, &group.accounts).unwrap();
        prop_assert_eq!(&again, group.log());
        let _: Vec<Id> = again.mismatched(&group.accounts);
    }
}

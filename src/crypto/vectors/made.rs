//! The vectors file, made again from names.
use super::{dh, header, hex, hpke, id, named, secret, sign};
use crate::account_key::{Class, commit, open_key};
use crate::attachment::{Chunks, FileSecret};
use crate::bytes::Id;
use crate::conversation_log::roster::{Entry, Role, roster_hash};
use crate::envelope::{reported_key, seal_message};
use crate::epoch;
use crate::json::Json;
use crate::link::{Link, LogKind};
use crate::pairing::PairSecret;
use crate::password::{Kdf, auth_key, master_key};
use crate::prekeys::{BundleIk, Recipient, SignedPrekey};
use crate::safety;
use crate::seal::Fresh;
use crate::secret::{Secret, authenticate, derive};
use crate::simulations::script::pretty;
use crate::slot::{SlotKeys, SlotKind};
use crate::tuple::{Field, tuple};
use crate::vault::{Item, seal_item};
use crate::wrap::{From, Sender, Wrapper};

/// The time in the vectors, Unix seconds.
const AT: u64 = 1_795_255_200;

fn write(bytes: &[u8]) -> Json {
    Json::Text(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn master() -> Secret {
    master_key("correct horse", &named("pwsalt").0, Kdf::DEFAULT).expect("a key")
}

/// A sender of the vectors, with private keys.
fn sender(name: &str) -> Json {
    let key = |kind: &str| format!("{name}-{kind}");
    Json::object([
        ("account", write(&id(name).0)),
        ("device", write(&id(&key("dev")).0)),
        ("aikSeed", write(&*secret(&key("aik")))),
        ("aik", write(&sign(&key("aik")).public().0)),
        ("ikPriv", write(&*secret(&key("ik")))),
        ("ik", write(&dh(&key("ik")).public().0)),
        ("dsk", write(&*secret(&key("dsk")))),
        ("dskPub", write(&sign(&key("dsk")).public().0)),
    ])
}

fn x3dh(with_opk: bool) -> Json {
    let (ik, epoch_secret) = (dh("alice-ik"), secret("epoch-secret"));
    let from = From { account: id("alice"), device: id("alice-dev"), ik_generation: 1 };
    let sending = Sender { from, aik: sign("alice-aik").public(), ik: &ik };
    let to = Recipient {
        account: id("bob"),
        aik: sign("bob-aik").public(),
        ik: BundleIk { generation: 1, public: dh("bob-ik").public() },
        spk: (id("spk"), dh("bob-spk").public()),
        opk: with_opk.then(|| (id("opk"), dh("bob-opk").public())),
    };
    let mut wrapper = Wrapper::with_ephemeral(id("conv"), 3, &epoch_secret, sending, dh("ek"));
    wrapper.wrap(&to).expect("good keys");
    let batch = wrapper.finish();
    let opk = |bytes: &[u8]| if with_opk { write(bytes) } else { Json::text("") };
    let receiver = Json::object([
        ("account", write(&to.account.0)),
        ("aik", write(&to.aik.0)),
        ("ik", write(&to.ik.public.0)),
        ("spkId", write(&id("spk").0)),
        ("spk", write(&to.spk.1.0)),
        ("opkId", opk(&id("opk").0)),
        ("opk", opk(&dh("bob-opk").public().0)),
    ]);
    Json::object([
        ("conv", write(&id("conv").0)),
        ("epoch", Json::Int(3)),
        ("secret", write(&*epoch_secret)),
        ("a", sender("alice")),
        ("b", receiver),
        ("b_ik_priv", write(&*secret("bob-ik"))),
        ("spk_priv", write(&*secret("bob-spk"))),
        ("opk_priv", opk(&*secret("bob-opk"))),
        ("ek_priv", write(&*secret("ek"))),
        ("ek", write(&batch.ek.0)),
        ("ct", write(&batch.wraps[0].ct.0)),
    ])
}

fn message() -> Json {
    let header = header();
    let content = r#"{"v":1,"t":"text","body":"Grüße from Snug 🦔"}"#.as_bytes();
    let fresh = Fresh { salt: named("salt"), nonce: named("nonce") };
    let signed = tuple("msg-sig", &[Field::Bytes(&header.context()), Field::Bytes(&fresh.salt.0), Field::Bytes(content)]);
    let envelope = seal_message(&secret("epoch-secret"), header, content, &sign("alice-dsk"), fresh).expect("a message");
    Json::object([
        ("conv", write(&id("conv").0)),
        ("epoch", Json::Int(3)),
        ("account", write(&id("alice").0)),
        ("device", write(&id("alice-dev").0)),
        ("senderKey", write(&envelope.header.sender_key.0)),
        ("id", write(&id("msg").0)),
        ("kind", Json::text("msg")),
        ("target", Json::text("")),
        ("thread", Json::text("")),
        ("expires", Json::Int(0)),
        ("secret", write(&*secret("epoch-secret"))),
        ("dsk_seed", write(&*secret("alice-dsk"))),
        ("content", write(content)),
        ("salt", write(&fresh.salt.0)),
        ("nonce", write(&fresh.nonce.0)),
        ("mk", write(&*reported_key(&secret("epoch-secret"), &envelope))),
        ("sig", write(&sign("alice-dsk").sign(&signed).0)),
        ("ct", write(&envelope.sealed.ct.0)),
    ])
}

fn boxed() -> Json {
    let (account, holder, key) = (id("alice"), id("slotid"), secret("history-key"));
    let info = tuple("box", &[Field::Bytes(&account.0), Field::Text("h"), Field::Int(2), Field::Bytes(&holder.0)]);
    let sealed = hpke::seal(&dh("slot").public(), &dh("box-ek"), &info, None, &*key);
    let committed = commit(&account, Class::History, 2, &key);
    let opened = open_key(&dh("slot"), &account, Class::History, 2, &holder, &sealed, &committed);
    assert_eq!(opened, Ok(key.clone()), "the library opens it");
    Json::object([
        ("account", write(&account.0)),
        ("class", Json::text("h")),
        ("gen", Json::Int(2)),
        ("slot", write(&holder.0)),
        ("slot_priv", write(&*secret("slot"))),
        ("key", write(&*key)),
        ("ek_priv", write(&*secret("box-ek"))),
        ("enc", write(&sealed.enc.0)),
        ("ct", write(&sealed.ct.0)),
        ("commit", write(&committed.0)),
    ])
}

fn pair() -> Json {
    let ps = named::<10>("pair").0;
    let psk = derive(&ps, &[], &tuple("pair-psk", &[]));
    let info = tuple("pair", &[Field::Bytes(&id("alice").0)]);
    let sealed = hpke::seal(&dh("slot").public(), &dh("box-ek"), &info, Some((&*psk, b"snug/e2ee/1/pair")), &*secret("history-key"));
    let dsk = sign("alice-dsk").public();
    Json::object([
        ("ps", write(&ps)),
        ("enc", write(&sealed.enc.0)),
        ("ct", write(&sealed.ct.0)),
        ("mac", write(&PairSecret::from_bytes(ps).mac(&id("alice"), &dsk, &dh("slot").public()).0)),
        ("dsk", write(&dsk.0)),
    ])
}

fn password(master: &Secret) -> Json {
    let keys = SlotKeys::derive(&id("alice"), SlotKind::Password, &**master);
    let Kdf { m, t, p } = Kdf::DEFAULT;
    Json::object([
        ("password", Json::text("correct horse")),
        ("salt", write(&named::<16>("pwsalt").0)),
        ("m", Json::Int(m.into())),
        ("t", Json::Int(t.into())),
        ("p", Json::Int(p.into())),
        ("mk", write(&**master)),
        ("auth", write(&*auth_key(master, &id("alice").0))),
        ("slot_priv", write(&*keys.key.secret())),
        ("tag_key", write(&*tag_key(master))),
    ])
}

fn tag_key(master: &Secret) -> Secret {
    derive(&**master, &[], &tuple("slot-tag-key", &[Field::Bytes(&id("alice").0), Field::Text("pw")]))
}

/// With the password's tag key, but the public key of the slot of the boxes.
fn slot_tag(master: &Secret) -> Json {
    let (public, aik) = (dh("slot").public(), sign("alice-aik").public());
    let fields = [
        Field::Bytes(&id("alice").0),
        Field::Bytes(&id("slotid").0),
        Field::Text("pw"),
        Field::Bytes(&public.0),
        Field::Bytes(&aik.0),
        Field::Int(4),
    ];
    write(&authenticate(&*tag_key(master), &tuple("slot-tag", &fields)).0)
}

fn safety_number() -> Json {
    let (a, b) = (sign("alice-aik").public(), sign("bob-aik").public());
    Json::object([
        ("a", write(&id("alice").0)),
        ("aik_a", write(&a.0)),
        ("b", write(&id("bob").0)),
        ("aik_b", write(&b.0)),
        ("digits", Json::Text(safety::number((&id("alice"), &a), (&id("bob"), &b)))),
    ])
}

fn file(length: usize) -> Json {
    let file = FileSecret { key: secret("filekey"), salt: named("filesalt") };
    let (chunks, count) = (Chunks::new(&file), length.div_ceil(64).max(1));
    let plain: Vec<u8> = (0..length).map(|at| u8::try_from(at % 256).expect("a byte")).collect();
    let seal = |at: usize| {
        let part = &plain[at * 64..length.min((at + 1) * 64)];
        chunks.seal(at as u64, at + 1 == count, part).expect("a chunk")
    };
    let ct: Vec<u8> = (0..count).flat_map(seal).collect();
    Json::object([
        ("key", write(&*file.key)),
        ("salt", write(&file.salt.0)),
        ("chunk", Json::Int(64)),
        ("len", Json::Int(length as u64)),
        ("ct", write(&ct)),
    ])
}

fn link() -> Json {
    let body = Json::object([
        ("v", Json::Int(1)),
        ("t", Json::text("device_add")),
        ("seq", Json::Int(4)),
        ("prev", Json::bytes(&named::<32>("prev"))),
        ("device", Json::bytes(&id("bob-dev"))),
        ("dsk", Json::bytes(&sign("bob-dsk").public())),
        ("dxk", Json::bytes(&dh("bob-ik").public())),
        ("at", Json::Int(AT)),
    ]);
    let link = Link::sign(LogKind::Account, &id("alice"), &body, &sign("alice-dsk"));
    Json::object([
        ("account", write(&id("alice").0)),
        ("body", write(&link.body.0)),
        ("sig", write(&link.sig.0)),
        ("signer", write(&sign("alice-dsk").public().0)),
        ("hash", write(&link.hash(LogKind::Account, &id("alice")).0)),
    ])
}

fn vault() -> Json {
    let (key, plaintext, item) = (secret("history-key"), secret("epoch-secret"), Item::Epoch(id("conv"), 3));
    let fresh = Fresh { salt: named("vsalt"), nonce: named("vnonce") };
    let stored = seal_item(&key, &id("alice"), (Class::History, 2), &item, 1, &*plaintext, fresh).expect("an item");
    Json::object([
        ("account", write(&id("alice").0)),
        ("class", Json::text("h")),
        ("gen", Json::Int(2)),
        ("kind", Json::text(item.kind())),
        ("item", write(&item.name())),
        ("rev", Json::Int(1)),
        ("key", write(&*key)),
        ("pt", write(&*plaintext)),
        ("salt", write(&stored.sealed.salt.0)),
        ("nonce", write(&stored.sealed.nonce.0)),
        ("ct", write(&stored.sealed.ct.0)),
    ])
}

fn roster() -> Json {
    let entry = |name: &str, role| Entry { account: id(name), aik: sign(&format!("{name}-aik")).public(), role };
    let entries = [entry("alice", Role::Owner), entry("bob", Role::Member)];
    let member = |entry: &Entry| {
        let role = Json::text(entry.role.as_str());
        Json::object([("acct", write(&entry.account.0)), ("aik", write(&entry.aik.0)), ("role", role)])
    };
    Json::object([
        ("conv", write(&id("conv").0)),
        ("members", Json::list(&entries, member)),
        ("hash", write(&roster_hash(&id("conv"), &entries).0)),
    ])
}

/// Signed for alice, with the public key of bob's prekey.
fn spk_signature() -> Json {
    let ik = BundleIk { generation: 1, public: dh("alice-ik").public() };
    let by: (Id, _) = (id("alice-dev"), &sign("alice-dsk"));
    write(&SignedPrekey::sign(&id("alice"), &ik, id("spk"), dh("bob-spk").public(), AT, by).sig.0)
}

fn buckets() -> Json {
    let pair = |length: &usize| Json::List(vec![Json::Int(*length as u64), Json::Int(crate::padding::bucket(*length) as u64)]);
    Json::list(&[1, 255, 256, 257, 4_096, 4_097, 5_000, 65_535, 70_000], pair)
}

fn all() -> Json {
    let master = master();
    let demo = [Json::text("demo"), Json::text("a"), Json::Int(7), Json::text("")];
    // the only tuple without a prefix
    let encoded = tuple("demo", &[Field::Text("a"), Field::Int(7), Field::Null]);
    let encoded = [&hex("00000004")[..], &encoded[4 + "snug/e2ee/1/".len()..]].concat();
    let exported = epoch::call_key(&secret("epoch-secret"), &id("conv"), 3, &id("call"), &id("alice"), &id("alice-dev"));
    Json::object([
        ("version", Json::Int(1)),
        ("prefix", Json::text("snug/e2ee/1/")),
        ("tuple", Json::object([("in", Json::List(demo.to_vec())), ("hex", write(&encoded))])),
        ("x3dh", Json::List(vec![x3dh(true), x3dh(false)])),
        ("epoch_commit", write(&epoch::commit(&id("conv"), 3, &secret("epoch-secret")).0)),
        ("message", message()),
        ("buckets", buckets()),
        ("box", boxed()),
        ("pair", pair()),
        ("password", password(&master)),
        ("safety", safety_number()),
        ("files", Json::list(&[0, 1, 64, 65, 200], |length| file(*length))),
        ("link", link()),
        ("vault", vault()),
        ("roster", roster()),
        ("slot_tag", slot_tag(&master)),
        ("spk_sig", spk_signature()),
        ("exporter", write(&*exported)),
    ])
}

#[test]
fn the_file_is_exactly_what_the_names_give() {
    let made = pretty(&all());
    for (line, (ours, theirs)) in made.lines().zip(super::FILE.lines()).enumerate() {
        assert_eq!(ours, theirs, "line {}", line + 1);
    }
    assert!(made == super::FILE, "the same bytes");
}

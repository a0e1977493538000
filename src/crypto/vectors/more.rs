//! More vectors, for what the first file leaves out; made from names in the same way.
use super::{dh, header, hpke, id, named, secret, sign};
use crate::account_log::body::{DeviceKind, NewDevice};
use crate::account_log::rotation::{RotationKind, fingerprint, identity_fingerprint};
use crate::attachment::{FileSecret, Sealer, Shape};
use crate::conversation_log::body::Statement;
use crate::envelope::{Header, Kind, open_message, seal_message};
use crate::epoch;
use crate::json::Json;
use crate::padding::padme_file;
use crate::pairing::PairSecret;
use crate::prekeys::{BundleIk, Recipient};
use crate::safety;
use crate::seal::Fresh;
use crate::secret::hash;
use crate::simulations::script::pretty;
use crate::slot::{SlotKeys, SlotKind, SlotRecord, passkey_input};
use crate::tuple::{Field, tuple};
use crate::wrap::{From, Sender, Wrapper};

const FILE: &str = include_str!("e2ee-vectors-v1-more.json");

fn write(bytes: &[u8]) -> Json {
    Json::Text(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The secret of epoch 3, sealed under that of epoch 4.
fn chain() -> Json {
    let fresh = Fresh { salt: named("chain-salt"), nonce: named("chain-nonce") };
    let sealed = epoch::seal_previous(&id("conv"), 4, &secret("epoch-secret-4"), &secret("epoch-secret"), fresh).expect("a secret");
    Json::object([("epoch", Json::Int(4)), ("ct", write(&sealed.ct.0))])
}

/// The identity, sealed to a slot that comes from `z`.
fn slot(kind: SlotKind, z: &[u8]) -> Json {
    let (keys, aik) = (SlotKeys::derive(&id("alice"), kind, z), sign("alice-aik"));
    let info = tuple("aik-box", &[Field::Bytes(&id("alice").0), Field::Bytes(&id("slotid").0), Field::Bytes(&aik.public().0)]);
    let aik_box = hpke::seal(&keys.key.public(), &dh("aik-box-ek"), &info, None, &*aik.seed());
    let tag = keys.tag(&id("slotid"), &aik.public(), 9);
    let record = SlotRecord { id: id("slotid"), kind, public: keys.key.public(), min_seq: 9, tag, aik_box: aik_box.clone() };
    assert_eq!(keys.check(&record, &aik.public()), Ok(()));
    assert_eq!(keys.open_identity(&record, &aik.public()).expect("the identity").seed(), aik.seed());
    Json::object([
        ("kind", Json::text(kind.as_str())),
        ("z", write(z)),
        ("priv", write(&*keys.key.secret())),
        ("pub", write(&keys.key.public().0)),
        ("min_seq", Json::Int(9)),
        ("tag", write(&tag.0)),
        ("enc", write(&aik_box.enc.0)),
        ("ct", write(&aik_box.ct.0)),
    ])
}

/// Proofs of possession, and the node's word.
fn signatures() -> Json {
    let (account, old, new) = (id("alice"), sign("alice-aik").public(), sign("alice-aik-2"));
    let (dsk, dxk) = (sign("alice-dsk-2"), dh("alice-dxk-2").public());
    let device = NewDevice::new(&account, &old, id("alice-dev-2"), DeviceKind::Cli, &dsk, dxk);
    let rotation = tuple("aik-pop", &[Field::Bytes(&account.0), Field::Bytes(&old.0), Field::Bytes(&new.public().0)]);
    let removal = sign("instance").sign(&Statement::signed(&id("conv"), &id("bob"), 1_795_255_200));
    Json::object([("dev_pop", write(&device.pop.0)), ("aik_pop", write(&new.sign(&rotation).0)), ("srv_remove", write(&removal.0))])
}

fn fingerprints() -> Json {
    let (account, aik, dsk) = (id("alice"), sign("alice-aik").public(), sign("alice-dsk").public());
    Json::object([
        ("aik", write(&identity_fingerprint(&account, &aik.0).0)),
        ("device", write(&fingerprint(&account, RotationKind::Device, &dsk.0).0)),
        ("ik", write(&fingerprint(&account, RotationKind::IdentityDh, &dh("alice-ik").public().0).0)),
    ])
}

fn texts() -> Json {
    let secret = PairSecret::from_bytes(named::<10>("pair").0);
    Json::object([
        ("pair_code", Json::text(&secret.write())),
        ("pair_link", Json::text(&secret.link(&id("request")))),
        ("verify_link", Json::Text(safety::link(&id("alice"), &sign("alice-aik").public()))),
    ])
}

/// An edit of 5,000 bytes in a thread, that expires.
fn message() -> Json {
    let header = Header {
        id: id("edit"),
        kind: Kind::Edit,
        target: Some(id("msg")),
        thread: Some(id("thread")),
        expires: 1_800_000_000,
        ..header()
    };
    let content = vec![b'x'; 5_000];
    let fresh = Fresh { salt: named("edit-salt"), nonce: named("edit-nonce") };
    let envelope = seal_message(&secret("epoch-secret"), header, &content, &sign("alice-dsk"), fresh).expect("a message");
    assert_eq!(open_message(&secret("epoch-secret"), &envelope).expect("it opens").to_vec(), content);
    Json::object([
        ("length", Json::Int(5_000)),
        ("ct_length", Json::Int(envelope.sealed.ct.0.len() as u64)),
        ("ct_sha256", write(&hash(&envelope.sealed.ct.0).0)),
        ("json_sha256", write(&hash(&envelope.write()).0)),
    ])
}

/// A batch for two, as it goes over the wire.
fn batch() -> Json {
    let (ik, epoch_secret) = (dh("alice-ik"), secret("epoch-secret"));
    let from = From { account: id("alice"), device: id("alice-dev"), ik_generation: 2 };
    let sender = Sender { from, aik: sign("alice-aik").public(), ik: &ik };
    let mut wrapper = Wrapper::with_ephemeral(id("conv"), 3, &epoch_secret, sender, dh("ek"));
    for (name, opk) in [("bob", true), ("carol", false)] {
        let key = |kind: &str| format!("{name}-{kind}");
        let to = Recipient {
            account: id(name),
            aik: sign(&key("aik")).public(),
            ik: BundleIk { generation: 5, public: dh(&key("ik")).public() },
            spk: (id(&key("spk")), dh(&key("spk")).public()),
            opk: opk.then(|| (id(&key("opk")), dh(&key("opk")).public())),
        };
        wrapper.wrap(&to).expect("good keys");
    }
    Json::Text(serde_json::to_string(&wrapper.finish()).expect("JSON"))
}

/// A padded file through the stream.
fn file() -> Json {
    let file = FileSecret { key: secret("filekey"), salt: named("filesalt") };
    let shape = Shape::new(200, 64).expect("a shape");
    let (mut sealer, mut out) = (Sealer::new(&file, shape), Vec::new());
    let plain: Vec<u8> = (0..200).collect();
    sealer.push(&plain, &mut out).expect("a piece");
    let hash = sealer.finish(&mut out).expect("the end");
    Json::object([("size", Json::Int(200)), ("chunk", Json::Int(64)), ("ct", write(&out)), ("sha256", write(&hash.0))])
}

fn all() -> Json {
    let sizes = [0, 1, 2, 3, 9, 100, 65_535, 65_537, 1_000_000, 123_456_789_012];
    Json::object([
        ("version", Json::Int(1)),
        ("chain", chain()),
        ("prf_input", write(&passkey_input(&id("alice")))),
        ("slots", Json::List(vec![slot(SlotKind::Words, &named::<16>("words").0), slot(SlotKind::Passkey, &named::<32>("prf").0)])),
        ("signatures", signatures()),
        ("fingerprints", fingerprints()),
        ("texts", texts()),
        ("padme", Json::list(&sizes, |size| Json::List(vec![Json::Int(*size), Json::Int(padme_file(*size))]))),
        ("message", message()),
        ("batch", batch()),
        ("file", file()),
    ])
}

/// With SNUG_WRITE_VECTORS set, writes the file instead.
#[test]
fn more_is_what_the_names_give() {
    let made = pretty(&all());
    if std::env::var_os("SNUG_WRITE_VECTORS").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/e2ee-vectors-v1-more.json");
        std::fs::write(path, made).expect("a writable folder");
    } else {
        assert_eq!(made, FILE);
    }
}

//! Making the cases.
use crate::account_key::{Class, commit};
use crate::attachment::{FileSecret, Sealer, Shape};
use crate::bytes::{Blob, Bytes, Signature};
use crate::envelope::{Envelope, Header, Kind, seal_message};
use crate::epoch;
use crate::json::Json;
use crate::prekeys::{BundleIk, Recipient};
use crate::seal::{Fresh, Sealed, encrypt, message_key};
use crate::secret::Secret;
use crate::slot::{SlotKeys, SlotKind, SlotRecord};
use crate::tuple::{Field, tuple};
use crate::vault::{Item, VaultItem, seal_item};
use crate::vectors::hpke;
use crate::vectors::{dh, header, hex, id, named, secret, sign};
use crate::wrap::{Batch, From, Sender, Wrapper};
use serde::Serialize;

fn write(bytes: &[u8]) -> Json {
    Json::Text(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// What goes over the wire, in its own order.
fn wire(value: &impl Serialize) -> Json {
    serde_json::from_slice(&serde_json::to_vec(value).expect("JSON")).expect("whole numbers")
}

struct Cases(Vec<Json>);

impl Cases {
    fn add<const N: usize>(&mut self, group: &str, what: &str, input: [(&str, Json); N], expect: &str) {
        self.0.push(Json::object([
            ("group", Json::text(group)),
            ("what", Json::text(what)),
            ("input", Json::object(input)),
            ("expect", Json::text(expect)),
        ]));
    }
}

/// The whole file.
pub fn all() -> Json {
    let mut cases = Cases(Vec::new());
    encodings(&mut cases);
    keys(&mut cases);
    signatures(&mut cases);
    boxes(&mut cases);
    slots(&mut cases);
    vault(&mut cases);
    wraps(&mut cases);
    envelopes(&mut cases);
    insides(&mut cases);
    files(&mut cases);
    let about = "Each case: do what the group says with the input; the code has to come out (ok: it opens, so that the cases \
                 beside it are wrong in one thing only). See src/crypto/negatives.rs.";
    Json::object([("version", Json::Int(1)), ("about", Json::text(about)), ("cases", Json::List(cases.0))])
}

fn encodings(cases: &mut Cases) {
    for (what, text, expect) in [
        ("the one form", "_-8", "ok"),
        ("padding", "_-8=", "bad_format"),
        ("the other alphabet", "/+8", "bad_format"),
        ("left-over bits", "_-9", "bad_format"),
        ("an impossible length", "_", "bad_format"),
        ("white space", "_-8\n", "bad_format"),
    ] {
        cases.add("base64url", what, [("text", Json::text(text))], expect);
    }
    for (what, m, t, p, expect) in [
        ("the least", 65_536, 3, 1, "ok"),
        ("less memory", 65_535, 3, 1, "downgraded"),
        ("fewer passes", 65_536, 2, 1, "downgraded"),
        ("more lanes", 65_536, 3, 2, "downgraded"),
        ("absurd memory", 1_048_577, 3, 1, "downgraded"),
        ("absurd passes", 65_536, 11, 1, "downgraded"),
    ] {
        cases.add("kdf", what, [("m", Json::Int(m)), ("t", Json::Int(t)), ("p", Json::Int(p))], expect);
    }
}

fn keys(cases: &mut Cases) {
    for (what, public) in [
        ("zero", "0000000000000000000000000000000000000000000000000000000000000000"),
        ("one", "0100000000000000000000000000000000000000000000000000000000000000"),
        ("order 8", "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
        ("order 8, the other", "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
        ("p - 1", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
        ("p", "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
        ("p + 1", "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    ] {
        cases.add("agree", what, [("private", write(&*secret("ek"))), ("public", Json::text(public))], "bad_key");
    }
}

fn signatures(cases: &mut Cases) {
    let (key, message) = (sign("alice-dsk"), b"a tuple".to_vec());
    let good = key.sign(&message);
    let mut add = |what: &str, public: Bytes<32>, sig: Signature, expect: &str| {
        let input = [("key", write(&public.0)), ("message", write(&message)), ("sig", write(&sig.0))];
        cases.add("verify", what, input, expect);
    };
    add("a good one", key.public(), good, "ok");
    add("another key", sign("bob-dsk").public(), good, "bad_signature");
    let (mut flipped, mut r) = (good, good);
    flipped.0[63] ^= 1;
    r.0[0] ^= 1;
    add("another S", key.public(), flipped, "bad_signature");
    add("another R", key.public(), r, "bad_signature");
    // S + L is the same number modulo L
    let (mut large, mut carry) = (good, 0);
    for (byte, more) in large.0[32..].iter_mut().zip(hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")) {
        let sum = u16::from(*byte) + u16::from(more) + carry;
        (*byte, carry) = (sum.to_le_bytes()[0], sum >> 8);
    }
    add("S is not reduced", key.public(), large, "bad_signature");
    // with R the neutral point and S = 0
    let mut forged = Bytes([0; 64]);
    forged.0[0] = 1;
    for (what, low) in [
        ("the neutral point as key", "0100000000000000000000000000000000000000000000000000000000000000"),
        ("a key of order 2", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
        ("a key of order 4", "0000000000000000000000000000000000000000000000000000000000000000"),
        ("a key of order 8", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
        ("the neutral point, not canonical", "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
        ("the neutral point with a sign", "0100000000000000000000000000000000000000000000000000000000000080"),
    ] {
        add(what, Bytes::from_slice(&hex(low)).expect("32 bytes"), forged, "bad_signature");
    }
}

fn boxes(cases: &mut Cases) {
    let (account, holder, key) = (id("alice"), id("slotid"), secret("history-key"));
    let info = tuple("box", &[Field::Bytes(&account.0), Field::Text("h"), Field::Int(2), Field::Bytes(&holder.0)]);
    let good = hpke::seal(&dh("slot").public(), &dh("box-ek"), &info, None, &*key);
    let committed = commit(&account, Class::History, 2, &key);
    let mut add = |what: &str, change: &dyn Fn(&mut BoxCase), expect: &str| {
        let mut case = BoxCase { key: secret("slot"), account, class: "h", generation: 2, holder, sealed: good.clone(), committed };
        change(&mut case);
        let input = [
            ("key", write(&*case.key)),
            ("account", write(&case.account.0)),
            ("class", Json::text(case.class)),
            ("gen", Json::Int(case.generation)),
            ("holder", write(&case.holder.0)),
            ("box", wire(&case.sealed)),
            ("commit", write(&case.committed.0)),
        ];
        cases.add("box", what, input, expect);
    };
    add("a good one", &|_| (), "ok");
    add("another holder's key", &|case| case.key = secret("other"), "bad_seal");
    add("another account", &|case| case.account = id("bob"), "bad_seal");
    add("another class", &|case| case.class = "s", "bad_seal");
    add("another generation", &|case| case.generation = 3, "bad_seal");
    add("another holder", &|case| case.holder = id("other"), "bad_seal");
    add("another ciphertext", &|case| case.sealed.ct.0[0] ^= 1, "bad_seal");
    add("cut", &|case| case.sealed.ct.0.truncate(15), "bad_seal");
    add("an ephemeral key of low order", &|case| case.sealed.enc = Bytes([0; 32]), "bad_key");
    add("another commitment", &|case| case.committed = named("other"), "bad_commit");
}

struct BoxCase {
    key: Secret,
    account: Bytes<16>,
    class: &'static str,
    generation: u64,
    holder: Bytes<16>,
    sealed: crate::sealed_box::SealedBox,
    committed: Bytes<32>,
}

fn slots(cases: &mut Cases) {
    let (z, aik) = (named::<16>("words"), sign("alice-aik"));
    let keys = SlotKeys::derive(&id("alice"), SlotKind::Words, &z.0);
    let boxed = |seed: &Secret| {
        let info = tuple("aik-box", &[Field::Bytes(&id("alice").0), Field::Bytes(&id("slotid").0), Field::Bytes(&aik.public().0)]);
        hpke::seal(&keys.key.public(), &dh("aik-box-ek"), &info, None, &**seed)
    };
    let good = SlotRecord {
        id: id("slotid"),
        kind: SlotKind::Words,
        public: keys.key.public(),
        min_seq: 4,
        tag: keys.tag(&id("slotid"), &aik.public(), 4),
        aik_box: boxed(&aik.seed()),
    };
    let mut add = |what: &str, record: SlotRecord, expected: Bytes<32>, expect: &str| {
        let input = [("account", write(&id("alice").0)), ("z", write(&z.0)), ("record", wire(&record)), ("aik", write(&expected.0))];
        cases.add("slot", what, input, expect);
    };
    let public = aik.public();
    add("a good one", good.clone(), public, "ok");
    add("another identity", good.clone(), sign("node").public(), "bad_signature");
    add("an older log", SlotRecord { min_seq: 3, ..good.clone() }, public, "bad_signature");
    add("another slot", SlotRecord { id: id("other"), ..good.clone() }, public, "bad_signature");
    add("another kind", SlotRecord { kind: SlotKind::Passkey, ..good.clone() }, public, "bad_key");
    add("another key", SlotRecord { public: dh("other").public(), ..good.clone() }, public, "bad_key");
    add("another tag", SlotRecord { tag: named("tag"), ..good.clone() }, public, "bad_signature");
    add("another identity inside", SlotRecord { aik_box: boxed(&secret("node")), ..good }, public, "bad_commit");
}

fn vault(cases: &mut Cases) {
    let (key, item) = (secret("history-key"), Item::Epoch(id("conv"), 3));
    let fresh = Fresh { salt: named("vsalt"), nonce: named("vnonce") };
    let good = seal_item(&key, &id("alice"), (Class::History, 2), &item, 5, &*secret("epoch-secret"), fresh).expect("an item");
    let mut add = |what: &str, account: &str, wanted: &Item, seen: u64, stored: VaultItem, expect: &str| {
        let input = [
            ("key", write(&*key)),
            ("account", write(&id(account).0)),
            ("kind", Json::text(wanted.kind())),
            ("item", write(&wanted.name())),
            ("seen", Json::Int(seen)),
            ("stored", wire(&stored)),
        ];
        cases.add("vault", what, input, expect);
    };
    let other = Item::Epoch(id("conv"), 4);
    add("a good one", "alice", &item, 5, good.clone(), "ok");
    add("an older revision", "alice", &item, 6, good.clone(), "e2ee_rev");
    add("another account", "bob", &item, 0, good.clone(), "bad_seal");
    add("moved to another name", "alice", &other, 0, VaultItem { item: Blob(other.name()), ..good.clone() }, "bad_seal");
    add("said to be newer", "alice", &item, 0, VaultItem { rev: 6, ..good.clone() }, "bad_seal");
    add("another generation", "alice", &item, 0, VaultItem { generation: 3, ..good.clone() }, "bad_seal");
    add("another class", "alice", &item, 0, VaultItem { class: Class::Session, ..good.clone() }, "bad_seal");
    let resealed = |change: &dyn Fn(&mut Sealed)| {
        let mut stored = good.clone();
        change(&mut stored.sealed);
        stored
    };
    add("another salt", "alice", &item, 0, resealed(&|sealed| sealed.salt.0[0] ^= 1), "bad_seal");
    add("another nonce", "alice", &item, 0, resealed(&|sealed| sealed.nonce.0[0] ^= 1), "bad_seal");
    add("another ciphertext", "alice", &item, 0, resealed(&|sealed| sealed.ct.0[9] ^= 1), "bad_seal");
}

fn wraps(cases: &mut Cases) {
    let (ik, right, wrong) = (dh("alice-ik"), secret("epoch-secret"), secret("other"));
    let make = |secret: &Secret| {
        let from = From { account: id("alice"), device: id("alice-dev"), ik_generation: 1 };
        let sender = Sender { from, aik: sign("alice-aik").public(), ik: &ik };
        let mut wrapper = Wrapper::with_ephemeral(id("conv"), 3, secret, sender, dh("ek"));
        let to = Recipient {
            account: id("bob"),
            aik: sign("bob-aik").public(),
            ik: BundleIk { generation: 1, public: dh("bob-ik").public() },
            spk: (id("spk"), dh("bob-spk").public()),
            opk: Some((id("opk"), dh("bob-opk").public())),
        };
        wrapper.wrap(&to).expect("good keys");
        wrapper.finish()
    };
    let mut add = |what: &str, batch: Batch, conversation: &str, from_aik: &str, to_aik: &str, expect: &str| {
        let input = [
            ("conversation", write(&id(conversation).0)),
            ("batch", wire(&batch)),
            ("from_aik", write(&sign(from_aik).public().0)),
            ("from_ik", write(&ik.public().0)),
            ("account", write(&id("bob").0)),
            ("aik", write(&sign(to_aik).public().0)),
            ("ik", write(&*secret("bob-ik"))),
            ("spk", write(&*secret("bob-spk"))),
            ("opk", write(&*secret("bob-opk"))),
            ("commit", write(&epoch::commit(&id("conv"), 3, &right).0)),
        ];
        cases.add("wrap", what, input, expect);
    };
    let good = make(&right);
    let with = |change: &dyn Fn(&mut Batch)| {
        let mut batch = good.clone();
        change(&mut batch);
        batch
    };
    add("a good one", good.clone(), "conv", "alice-aik", "bob-aik", "ok");
    add("a wrong secret", make(&wrong), "conv", "alice-aik", "bob-aik", "bad_commit");
    add("another conversation", good.clone(), "other", "alice-aik", "bob-aik", "bad_seal");
    add("another sender", good.clone(), "conv", "node", "bob-aik", "bad_seal");
    add("another recipient", good.clone(), "conv", "alice-aik", "node", "bad_seal");
    let mut tampered = |what: &str, change: &dyn Fn(&mut Batch), expect: &str| {
        add(what, with(change), "conv", "alice-aik", "bob-aik", expect);
    };
    tampered("a later version", &|batch| batch.v = 2, "newer");
    tampered("a later suite", &|batch| batch.suite = 2, "newer");
    tampered("another epoch", &|batch| batch.epoch = 4, "bad_seal");
    tampered("another device", &|batch| batch.from.device = id("other"), "bad_seal");
    tampered("another ephemeral key", &|batch| batch.ek = dh("other").public(), "bad_seal");
    tampered("an ephemeral key of low order", &|batch| batch.ek = Bytes([0; 32]), "bad_key");
    tampered("another signed prekey", &|batch| batch.wraps[0].spk = id("other"), "bad_seal");
    tampered("another one-time prekey", &|batch| batch.wraps[0].opk = Some(id("other")), "bad_seal");
    tampered("another ciphertext", &|batch| batch.wraps[0].ct.0[0] ^= 1, "bad_seal");
}

fn add_envelope(cases: &mut Cases, what: &str, json: Vec<u8>, expect: &str) {
    let text = String::from_utf8(json).expect("text");
    cases.add("envelope", what, [("secret", write(&*secret("epoch-secret"))), ("json", Json::Text(text))], expect);
}

fn envelopes(cases: &mut Cases) {
    let fresh = Fresh { salt: named("salt"), nonce: named("nonce") };
    let good = seal_message(&secret("epoch-secret"), header(), b"{}", &sign("alice-dsk"), fresh).expect("a message");
    add_envelope(cases, "a good one", good.write(), "ok");
    type Change<'a> = (&'a str, &'a dyn Fn(&mut Envelope));
    let changes: [Change; 13] = [
        ("another conversation", &|envelope| envelope.header.conversation = id("other")),
        ("another epoch", &|envelope| envelope.header.epoch = 4),
        ("another account", &|envelope| envelope.header.account = id("bob")),
        ("another device", &|envelope| envelope.header.device = id("bob-dev")),
        ("another sender", &|envelope| envelope.header.sender_key = sign("bob-dsk").public()),
        ("another id", &|envelope| envelope.header.id = id("other")),
        ("another kind", &|envelope| envelope.header.kind = Kind::System),
        ("a target", &|envelope| envelope.header.target = Some(id("other"))),
        ("a thread", &|envelope| envelope.header.thread = Some(id("other"))),
        ("another expiry", &|envelope| envelope.header.expires = 1),
        ("another salt", &|envelope| envelope.sealed.salt.0[31] ^= 1),
        ("another nonce", &|envelope| envelope.sealed.nonce.0[0] ^= 1),
        ("another ciphertext", &|envelope| envelope.sealed.ct.0[271] ^= 1),
    ];
    for (what, change) in changes {
        let mut envelope = good.clone();
        change(&mut envelope);
        add_envelope(cases, what, envelope.write(), "bad_seal");
    }
    let text = String::from_utf8(good.write()).expect("text");
    for (what, from, to, expect) in [
        ("a later version", "\"v\":1", "\"v\":2", "newer"),
        ("a later suite", "\"suite\":1", "\"suite\":2", "newer"),
        ("an unknown kind", "\"kind\":\"msg\"", "\"kind\":\"song\"", "newer"),
        ("epoch 0", "\"epoch\":3", "\"epoch\":0", "bad_format"),
        ("a fraction", "\"epoch\":3", "\"epoch\":3.5", "bad_format"),
        ("padding in base64url", "\",\"nonce\"", "=\",\"nonce\"", "bad_format"),
        ("a field is missing", "\"device\"", "\"devise\"", "bad_format"),
    ] {
        add_envelope(cases, what, text.replace(from, to).into_bytes(), expect);
    }
}

/// What a member who has the secret could seal.
fn insides(cases: &mut Cases) {
    let context = header().context();
    let signed = |key: &str, context: &[u8], salt: &str| {
        sign(key).sign(&tuple("msg-sig", &[Field::Bytes(context), Field::Bytes(&named::<32>(salt).0), Field::Bytes(b"{}")]))
    };
    let inside = |signature: Signature, length: usize| {
        let mut inner = [&[0, 0, 0, 2][..], b"{}", &signature.0].concat();
        inner.resize(length, 0);
        inner
    };
    let good = inside(signed("alice-dsk", &context, "salt"), 256);
    let mut add = |what: &str, inner: &[u8], expect: &str| {
        let (salt, nonce) = (named("salt"), named::<12>("nonce"));
        let ct = encrypt(&message_key(&secret("epoch-secret"), &salt, &context), &nonce.0, &context, inner).expect("short");
        let envelope = Envelope { header: header(), sealed: Sealed { salt, nonce, ct: Blob(ct) } };
        add_envelope(cases, what, envelope.write(), expect);
    };
    add("sealed by hand", &good, "ok");
    add("padded to another length", &inside(signed("alice-dsk", &context, "salt"), 512), "bad_padding");
    add("not padded", &inside(signed("alice-dsk", &context, "salt"), 70), "bad_padding");
    let (mut dirty, mut long) = (good.clone(), good);
    dirty[255] = 1;
    add("padded with something", &dirty, "bad_padding");
    long[..4].copy_from_slice(&[0xff; 4]);
    add("a length beyond the end", &long, "bad_padding");
    add("nothing inside", &[], "bad_padding");
    add("signed by somebody else", &inside(signed("bob-dsk", &context, "salt"), 256), "bad_signature");
    let elsewhere = Header { id: id("other"), ..header() }.context();
    add("signed in another place", &inside(signed("alice-dsk", &elsewhere, "salt"), 256), "bad_signature");
    add("signed for another salt", &inside(signed("alice-dsk", &context, "other"), 256), "bad_signature");
}

fn files(cases: &mut Cases) {
    let file = FileSecret { key: secret("filekey"), salt: named("filesalt") };
    let (mut sealer, mut good) = (Sealer::new(&file, Shape::new(200, 64).expect("a shape")), Vec::new());
    sealer.push(&[7; 200], &mut good).expect("a piece");
    sealer.finish(&mut good).expect("the end");
    let mut add = |what: &str, ct: &[u8], size: u64, expect: &str| {
        let input = [
            ("key", write(&*file.key)),
            ("salt", write(&file.salt.0)),
            ("size", Json::Int(size)),
            ("chunk", Json::Int(64)),
            ("ct", write(ct)),
        ];
        cases.add("file", what, input, expect);
    };
    add("a good one", &good, 200, "ok");
    add("cut within a chunk", &good[..good.len() - 1], 200, "bad_seal");
    add("cut between chunks", &good[..240], 200, "bad_seal");
    add("empty", &[], 200, "bad_seal");
    add("extended", &[&good[..], &[0]].concat(), 200, "bad_seal");
    add("a chunk twice", &[&good[..], &good[..80]].concat(), 200, "bad_seal");
    let mut swapped = good.clone();
    swapped[..160].rotate_left(80);
    add("chunks in another order", &swapped, 200, "bad_seal");
    add("said to be shorter by a chunk", &good, 128, "bad_seal");
    add("said to be shorter, padded to the same", &good, 199, "bad_padding");
}

//! What must be refused, and with which code (`vectors/negatives-v1.json`): one file for every language.
//!
//! Each case has a group, which says what is to be done with its input, and the code that has to come out. Bytes are hexadecimal;
//! what goes over the wire is JSON as the API carries it.
mod made;

use crate::account_key::{Class, open_key};
use crate::attachment::{FileSecret, Opener, Shape};
use crate::bytes::{self, Bytes};
use crate::dh::DhKey;
use crate::envelope::{Envelope, open_message};
use crate::epoch;
use crate::error::{Error, Result};
use crate::password::Kdf;
use crate::secret::{Secret, equal, from_slice};
use crate::sign::verify;
use crate::simulations::script::pretty;
use crate::slot::{SlotKeys, SlotRecord};
use crate::vault::{Item, VaultItem, open_item};
use crate::vectors::hex;
use crate::wrap::{Batch, Parts, Receiver, open};
use serde_json::Value;

const FILE: &str = include_str!("vectors/negatives-v1.json");

/// The input of a case.
struct Input<'a>(&'a Value);

impl Input<'_> {
    fn bytes(&self, name: &str) -> Vec<u8> {
        hex(self.text(name))
    }

    fn exact<const N: usize>(&self, name: &str) -> Bytes<N> {
        Bytes::from_slice(&self.bytes(name)).expect("a length")
    }

    fn secret(&self, name: &str) -> Secret {
        from_slice(&self.bytes(name)).expect("32 bytes")
    }

    fn dh(&self, name: &str) -> DhKey {
        DhKey::from_secret(&self.secret(name))
    }

    fn text(&self, name: &str) -> &str {
        self.0[name].as_str().expect("text")
    }

    fn number(&self, name: &str) -> u64 {
        self.0[name].as_u64().expect("a number")
    }

    fn json<T: serde::de::DeserializeOwned>(&self, name: &str) -> T {
        serde_json::from_value(self.0[name].clone()).expect("as the API carries it")
    }
}

/// Does what the group says.
fn run(group: &str, input: &Input) -> Result<()> {
    match group {
        "base64url" => bytes::decode(input.text("text")).map(|_| ()),
        "agree" => input.dh("private").agree(&input.exact("public")).map(|_| ()),
        "verify" => verify(&input.exact("key"), &input.bytes("message"), &input.exact("sig")),
        "kdf" => {
            let cost = |name| u32::try_from(input.number(name)).expect("small");
            Kdf { m: cost("m"), t: cost("t"), p: cost("p") }.check()?;
            Ok(())
        }
        "box" => {
            let class = if input.text("class") == "h" { Class::History } else { Class::Session };
            let (key, holder, sealed) = (input.dh("key"), input.exact("holder"), input.json("box"));
            open_key(&key, &input.exact("account"), class, input.number("gen"), &holder, &sealed, &input.exact("commit")).map(|_| ())
        }
        "slot" => {
            let record: SlotRecord = input.json("record");
            let keys = SlotKeys::derive(&input.exact("account"), record.kind, &input.bytes("z"));
            keys.check(&record, &input.exact("aik"))?;
            keys.open_identity(&record, &input.exact("aik")).map(|_| ())
        }
        "vault" => {
            let (wanted, stored) = (Item::parse(input.text("kind"), &input.bytes("item"))?, input.json::<VaultItem>("stored"));
            open_item(&input.secret("key"), &input.exact("account"), &wanted, &stored, input.number("seen")).map(|_| ())
        }
        "wrap" => wrap(input),
        "envelope" => open_message(&input.secret("secret"), &Envelope::read(input.text("json").as_bytes())?).map(|_| ()),
        "file" => {
            let file = FileSecret { key: input.secret("key"), salt: input.exact("salt") };
            let mut opener = Opener::new(&file, Shape::new(input.number("size"), input.number("chunk"))?);
            opener.push(&input.bytes("ct"), &mut Vec::new())?;
            opener.finish(&mut Vec::new())
        }
        other => panic!("unknown group {other}"),
    }
}

fn wrap(input: &Input) -> Result<()> {
    let batch: Batch = input.json("batch");
    batch.check()?;
    let (ik, spk, opk) = (input.dh("ik"), input.dh("spk"), input.dh("opk"));
    let receiver = Receiver { account: input.exact("account"), ik: &ik, spk: &spk, opk: Some(&opk) };
    let (conversation, from_aik, from_ik, to_aik) =
        (input.exact("conversation"), input.exact("from_aik"), input.exact("from_ik"), input.exact("aik"));
    let parts = Parts { conversation: &conversation, from_aik: &from_aik, from_ik: &from_ik, to_aik: &to_aik };
    let secret = open(&batch, &batch.wraps[0], &receiver, &parts)?;
    let made = epoch::commit(&conversation, batch.epoch, &secret);
    if equal(&made.0, &input.exact::<32>("commit").0) { Ok(()) } else { Err(Error::BadCommit) }
}

#[test]
fn every_case_is_refused_with_its_code() {
    let file: Value = serde_json::from_str(FILE).expect("JSON");
    let cases = file["cases"].as_array().expect("cases");
    assert!(cases.len() > 60);
    for case in cases {
        let answered = run(case["group"].as_str().expect("a group"), &Input(&case["input"])).err().map(|error| error.code());
        // a case that opens shows that the others differ from it in nothing else
        assert_eq!(answered.unwrap_or("ok"), case["expect"], "{} {}", case["group"], case["what"]);
    }
}

/// With SNUG_WRITE_VECTORS set, writes the file instead.
#[test]
fn the_refused_are_made_from_names() {
    let text = pretty(&made::all());
    if std::env::var_os("SNUG_WRITE_VECTORS").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/negatives-v1.json");
        std::fs::write(path, text).expect("a writable folder");
    } else {
        assert!(text == FILE, "set SNUG_WRITE_VECTORS=1 and run this test to write the file again");
    }
}

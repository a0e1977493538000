//! What an account's links say, and how that is written. Whether they may say it is decided in `fold`.
use crate::account_key::Class;
use crate::bytes::{Hash, Id, Public, Signature};
use crate::error::{Error, Result, Rule};
use crate::json::{Fields, Json};
use crate::link::{Head, Link, LogKind, read_prev, write_prev};
use crate::sign::{SignKey, verify};
use crate::slot::SlotKind;
use crate::tuple::{Field, tuple};

/// More entries than any list in a link needs.
const MOST: usize = 64;

/// Who signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signer {
    /// The account's identity.
    Identity,
    /// One of its devices.
    Device(Id),
}

/// What a device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceKind {
    Web,
    Cli,
    Bot,
}

impl DeviceKind {
    /// As in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            DeviceKind::Web => "web",
            DeviceKind::Cli => "cli",
            DeviceKind::Bot => "bot",
        }
    }
}

/// A device that is to be added, with the proof that its key agrees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDevice {
    pub id: Id,
    /// Signs.
    pub dsk: Public,
    /// Is sealed to.
    pub dxk: Public,
    pub kind: DeviceKind,
    pub pop: Signature,
}

impl NewDevice {
    /// A device that agrees to belong to this account and identity.
    pub fn new(account: &Id, aik: &Public, id: Id, kind: DeviceKind, dsk: &SignKey, dxk: Public) -> NewDevice {
        let pop = dsk.sign(&device_proof(account, aik, &id, &dsk.public(), &dxk));
        NewDevice { id, dsk: dsk.public(), dxk, kind, pop }
    }

    /// Whether the device's key agrees; `bad_signature`.
    pub fn check(&self, account: &Id, aik: &Public) -> Result<()> {
        verify(&self.dsk, &device_proof(account, aik, &self.id, &self.dsk, &self.dxk), &self.pop)
    }
}

fn device_proof(account: &Id, aik: &Public, id: &Id, dsk: &Public, dxk: &Public) -> Vec<u8> {
    let fields = [&account.0[..], &aik.0, &id.0, &dsk.0, &dxk.0].map(Field::Bytes);
    tuple("dev-pop", &fields)
}

/// A slot, as the log knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewSlot {
    pub id: Id,
    pub kind: SlotKind,
    pub public: Public,
}

/// The commitment to a new key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyCommit {
    pub class: Class,
    pub generation: u64,
    pub commit: Hash,
}

/// The identity's X25519 key of a generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdentityDh {
    pub generation: u64,
    pub public: Public,
}

/// What a link changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    Root { aik: Public, device: NewDevice, slots: Vec<NewSlot>, keys: Vec<KeyCommit>, ik: IdentityDh, reset_of: Option<Head> },
    DeviceAdd { device: NewDevice },
    DeviceRekey { device: Id, dxk: Public },
    DeviceRevoke { devices: Vec<Id> },
    Keys { keys: Vec<KeyCommit>, ik: Option<IdentityDh> },
    Slots { set: Vec<NewSlot>, del: Vec<Id> },
    Rotate { aik_new: Public, pop: Signature },
}

impl Change {
    /// The link's type, as in JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Change::Root { .. } => "root",
            Change::DeviceAdd { .. } => "device_add",
            Change::DeviceRekey { .. } => "device_rekey",
            Change::DeviceRevoke { .. } => "device_revoke",
            Change::Keys { .. } => "keys",
            Change::Slots { .. } => "slots",
            Change::Rotate { .. } => "rotate",
        }
    }

    /// A change of the identity, with the new identity's agreement.
    pub fn rotate(account: &Id, old: &Public, new: &SignKey) -> Change {
        Change::Rotate { aik_new: new.public(), pop: new.sign(&rotation_proof(account, old, &new.public())) }
    }
}

/// What a new identity signs to take over from the old one.
pub(super) fn rotation_proof(account: &Id, old: &Public, new: &Public) -> Vec<u8> {
    tuple("aik-pop", &[Field::Bytes(&account.0), Field::Bytes(&old.0), Field::Bytes(&new.0)])
}

/// A link as it was read; nothing about it is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    pub account: Id,
    pub seq: u64,
    pub prev: Option<Hash>,
    /// Unix seconds by the signer's clock.
    pub at: u64,
    pub by: Signer,
    pub change: Change,
}

impl Body {
    /// Reads a link. `newer` for another version or type, `e2ee_bad_link` (canonical, fields), `e2ee_too_large`.
    pub fn read(link: &Link) -> Result<Body> {
        let mut fields = link.fields()?;
        let change = read_change(&mut fields)?;
        let body = Body {
            account: fields.bytes("acct")?,
            seq: fields.int("seq")?,
            prev: read_prev(&mut fields)?,
            at: fields.int("at")?,
            by: read_signer(fields.object("by")?)?,
            change,
        };
        fields.finish()?;
        Ok(body)
    }

    /// The link that says this, signed.
    pub fn sign(&self, key: &SignKey) -> Link {
        Link::sign(LogKind::Account, &self.account, &self.write(), key)
    }

    fn write(&self) -> Json {
        let by = match &self.by {
            Signer::Identity => Json::object([("k", Json::text("aik"))]),
            Signer::Device(id) => Json::object([("k", Json::text("dev")), ("d", Json::bytes(id))]),
        };
        let mut fields = vec![
            ("v", Json::Int(1)),
            ("t", Json::text(self.change.name())),
            ("acct", Json::bytes(&self.account)),
            ("seq", Json::Int(self.seq)),
            ("prev", write_prev(self.prev.as_ref())),
            ("at", Json::Int(self.at)),
            ("by", by),
        ];
        fields.extend(write_change(&self.change));
        Json::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

fn read_signer(mut by: Fields) -> Result<Signer> {
    let signer = match by.text("k")?.as_str() {
        "aik" => Signer::Identity,
        "dev" => Signer::Device(by.bytes("d")?),
        _ => return Err(Error::BadLink(Rule::Fields)),
    };
    by.finish()?;
    Ok(signer)
}

fn read_change(fields: &mut Fields) -> Result<Change> {
    Ok(match fields.text("t")?.as_str() {
        "root" => Change::Root {
            aik: fields.bytes("aik")?,
            device: read_device(fields.object("device")?)?,
            slots: fields.objects("slots", MOST, read_slot)?,
            keys: fields.objects("keys", MOST, read_key)?,
            ik: read_ik(fields.object("ik")?)?,
            reset_of: match fields.any("reset_of")? {
                Json::Null => None,
                head => Some(Head::read(Fields::of(head)?)?),
            },
        },
        "device_add" => Change::DeviceAdd { device: read_device(fields.object("device")?)? },
        "device_rekey" => Change::DeviceRekey { device: fields.bytes("device")?, dxk: fields.bytes("dxk")? },
        "device_revoke" => Change::DeviceRevoke { devices: fields.ids("devices", MOST)? },
        "keys" => Change::Keys {
            keys: fields.objects("keys", MOST, read_key)?,
            ik: fields.optional("ik").map(|ik| read_ik(Fields::of(ik)?)).transpose()?,
        },
        "slots" => Change::Slots { set: fields.objects("set", MOST, read_slot)?, del: fields.ids("del", MOST)? },
        "rotate" => Change::Rotate { aik_new: fields.bytes("aik_new")?, pop: fields.bytes("pop")? },
        _ => return Err(Error::Newer),
    })
}

fn read_device(mut fields: Fields) -> Result<NewDevice> {
    let kind = fields.text("kind")?;
    let kinds = [DeviceKind::Web, DeviceKind::Cli, DeviceKind::Bot];
    let device = NewDevice {
        id: fields.bytes("id")?,
        dsk: fields.bytes("dsk")?,
        dxk: fields.bytes("dxk")?,
        kind: kinds.into_iter().find(|known| known.as_str() == kind).ok_or(Error::BadLink(Rule::Fields))?,
        pop: fields.bytes("pop")?,
    };
    fields.finish()?;
    Ok(device)
}

fn read_slot(mut fields: Fields) -> Result<NewSlot> {
    let kind = SlotKind::parse(&fields.text("kind")?).map_err(|_| Error::BadLink(Rule::Fields))?;
    let slot = NewSlot { id: fields.bytes("id")?, kind, public: fields.bytes("pub")? };
    fields.finish()?;
    Ok(slot)
}

fn read_key(mut fields: Fields) -> Result<KeyCommit> {
    let class = fields.text("class")?;
    let class = [Class::History, Class::Session].into_iter().find(|known| known.as_str() == class);
    let class = class.ok_or(Error::BadLink(Rule::Fields))?;
    let key = KeyCommit { class, generation: read_generation(&mut fields)?, commit: fields.bytes("commit")? };
    fields.finish()?;
    Ok(key)
}

fn read_ik(mut fields: Fields) -> Result<IdentityDh> {
    let ik = IdentityDh { generation: read_generation(&mut fields)?, public: fields.bytes("pub")? };
    fields.finish()?;
    Ok(ik)
}

fn read_generation(fields: &mut Fields) -> Result<u64> {
    match fields.int("gen")? {
        0 => Err(Error::BadLink(Rule::Fields)),
        generation => Ok(generation),
    }
}

fn write_change(change: &Change) -> Vec<(&'static str, Json)> {
    match change {
        Change::Root { aik, device, slots, keys, ik, reset_of } => vec![
            ("aik", Json::bytes(aik)),
            ("device", write_device(device)),
            ("slots", Json::list(slots, write_slot)),
            ("keys", Json::list(keys, write_key)),
            ("ik", write_ik(ik)),
            ("reset_of", reset_of.as_ref().map_or(Json::Null, Head::write)),
        ],
        Change::DeviceAdd { device } => vec![("device", write_device(device))],
        Change::DeviceRekey { device, dxk } => vec![("device", Json::bytes(device)), ("dxk", Json::bytes(dxk))],
        Change::DeviceRevoke { devices } => vec![("devices", Json::list(devices, Json::bytes))],
        Change::Keys { keys, ik } => {
            let mut fields = vec![("keys", Json::list(keys, write_key))];
            fields.extend(ik.as_ref().map(|ik| ("ik", write_ik(ik))));
            fields
        }
        Change::Slots { set, del } => vec![("set", Json::list(set, write_slot)), ("del", Json::list(del, Json::bytes))],
        Change::Rotate { aik_new, pop } => vec![("aik_new", Json::bytes(aik_new)), ("pop", Json::bytes(pop))],
    }
}

fn write_device(device: &NewDevice) -> Json {
    Json::object([
        ("id", Json::bytes(&device.id)),
        ("dsk", Json::bytes(&device.dsk)),
        ("dxk", Json::bytes(&device.dxk)),
        ("kind", Json::text(device.kind.as_str())),
        ("pop", Json::bytes(&device.pop)),
    ])
}

fn write_slot(slot: &NewSlot) -> Json {
    Json::object([("id", Json::bytes(&slot.id)), ("kind", Json::text(slot.kind.as_str())), ("pub", Json::bytes(&slot.public))])
}

fn write_key(key: &KeyCommit) -> Json {
    let class = Json::text(key.class.as_str());
    Json::object([("class", class), ("gen", Json::Int(key.generation)), ("commit", Json::bytes(&key.commit))])
}

fn write_ik(ik: &IdentityDh) -> Json {
    Json::object([("gen", Json::Int(ik.generation)), ("pub", Json::bytes(&ik.public))])
}

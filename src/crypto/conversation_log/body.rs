//! What a conversation's links say, and how that is written. Whether they may say it is decided in `rules`.
use super::roster::{Entry, Role};
use crate::bytes::{Blob, Hash, Id, Public, Signature};
use crate::error::{Error, Result, Rule};
use crate::json::{Fields, Json};
use crate::link::{Head, Link, LogKind, read_prev, write_prev};
use crate::seal::Sealed;
use crate::sign::SignKey;
use crate::tuple::{Field, tuple};

/// The most people that one link adds or removes.
pub const MOST: usize = 500;
/// The most characters (UTF-16 units) in an epoch's reason.
const WHY: usize = 64;
/// A link back is a sealed epoch secret.
const CHAIN: usize = 48;

/// What kind of conversation it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConversationKind {
    /// Between two people, or notes to oneself.
    Direct,
    Group,
    /// A room of a server that opted in.
    Room,
}

impl ConversationKind {
    /// As in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            ConversationKind::Direct => "dm",
            ConversationKind::Group => "group",
            ConversationKind::Room => "room",
        }
    }
}

/// Which earlier messages a newcomer can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum History {
    /// None.
    Joined,
    /// All that were written while this was the policy.
    Shared,
}

impl History {
    /// As in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            History::Joined => "joined",
            History::Shared => "shared",
        }
    }
}

/// The conversation's rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The least role that adds people: `Admin` or `Member`.
    pub add: Role,
    pub history: History,
    /// Whether epoch secrets lie in the part of the vault that is kept for ever.
    pub backup: bool,
    /// How many seconds messages live; 0 for ever.
    pub retain_s: u64,
    /// After how many seconds an epoch that was used is over.
    pub max_age_s: u64,
    /// After how many messages an epoch is over.
    pub max_msgs: u64,
    /// The least suite; it only rises.
    pub min_suite: u64,
}

/// Changed rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PolicyChange {
    pub add: Option<Role>,
    pub history: Option<History>,
    pub backup: Option<bool>,
    pub retain_s: Option<u64>,
    pub max_age_s: Option<u64>,
    pub max_msgs: Option<u64>,
    pub min_suite: Option<u64>,
}

/// By which the node has somebody removed, signed with its own key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    pub conversation: Id,
    pub account: Id,
    /// Unix seconds.
    pub at: u64,
    pub sig: Signature,
}

impl Statement {
    /// What the node signs.
    pub fn signed(conversation: &Id, account: &Id, at: u64) -> Vec<u8> {
        tuple("srv-remove", &[Field::Bytes(&conversation.0), Field::Bytes(&account.0), Field::Int(at)])
    }
}

/// What a link changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    Create { kind: ConversationKind, members: Vec<Entry>, policy: Policy, instance_key: Public, room: Option<Id> },
    Add { members: Vec<Entry> },
    Remove { members: Vec<Id>, statement: Option<Statement> },
    Role { account: Id, role: Role },
    Policy(PolicyChange),
    Rebind { account: Id, aik_old: Public, aik_new: Public },
    Epoch { n: u64, suite: u64, commit: Hash, roster: Hash, chain: Option<Sealed>, why: String },
}

impl Change {
    /// The link's type, as in JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Change::Create { .. } => "create",
            Change::Add { .. } => "add",
            Change::Remove { .. } => "remove",
            Change::Role { .. } => "role",
            Change::Policy(_) => "policy",
            Change::Rebind { .. } => "rebind",
            Change::Epoch { .. } => "epoch",
        }
    }
}

/// Who signed, and how far they knew their own account's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signer {
    pub account: Id,
    pub device: Id,
    pub head: Head,
}

/// A link as it was read; nothing about it is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    pub conversation: Id,
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
        let (conversation, seq, prev, at) = (fields.bytes("conv")?, fields.int("seq")?, read_prev(&mut fields)?, fields.int("at")?);
        let mut by = fields.object("by")?;
        let signer = Signer { account: by.bytes("acct")?, device: by.bytes("dev")?, head: Head::read(by.object("head")?)? };
        by.finish()?;
        fields.finish()?;
        Ok(Body { conversation, seq, prev, at, by: signer, change })
    }

    /// The link that says this, signed.
    pub fn sign(&self, key: &SignKey) -> Link {
        Link::sign(LogKind::Conversation, &self.conversation, &self.write(), key)
    }

    fn write(&self) -> Json {
        let by =
            Json::object([("acct", Json::bytes(&self.by.account)), ("dev", Json::bytes(&self.by.device)), ("head", self.by.head.write())]);
        let mut fields = vec![
            ("v", Json::Int(1)),
            ("t", Json::text(self.change.name())),
            ("conv", Json::bytes(&self.conversation)),
            ("seq", Json::Int(self.seq)),
            ("prev", write_prev(self.prev.as_ref())),
            ("at", Json::Int(self.at)),
            ("by", by),
        ];
        fields.extend(write_change(&self.change));
        Json::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

const WRONG: Error = Error::BadLink(Rule::Fields);

fn read_change(fields: &mut Fields) -> Result<Change> {
    Ok(match fields.text("t")?.as_str() {
        "create" => Change::Create {
            kind: read_kind(&fields.text("kind")?)?,
            members: fields.objects("members", MOST, read_entry)?,
            policy: read_policy(fields.object("policy")?)?,
            instance_key: fields.bytes("instance_key")?,
            room: fields.bytes_or_null("room")?,
        },
        "add" => Change::Add { members: fields.objects("members", MOST, read_entry)? },
        "remove" => Change::Remove {
            members: fields.ids("members", MOST)?,
            statement: fields.optional("stmt").map(|json| read_statement(Fields::of(json)?)).transpose()?,
        },
        "role" => Change::Role { account: fields.bytes("acct")?, role: read_role(fields)? },
        "policy" => Change::Policy(read_policy_change(fields.object("policy")?)?),
        "rebind" => Change::Rebind { account: fields.bytes("acct")?, aik_old: fields.bytes("aik_old")?, aik_new: fields.bytes("aik_new")? },
        "epoch" => Change::Epoch {
            n: fields.int("n")?,
            suite: fields.int("suite")?,
            commit: fields.bytes("commit")?,
            roster: fields.bytes("roster")?,
            chain: fields.optional("chain").map(|json| read_chain(Fields::of(json)?)).transpose()?,
            why: Some(fields.text("why")?).filter(|why| why.encode_utf16().count() <= WHY).ok_or(WRONG)?,
        },
        _ => return Err(Error::Newer),
    })
}

fn read_kind(text: &str) -> Result<ConversationKind> {
    let kinds = [ConversationKind::Direct, ConversationKind::Group, ConversationKind::Room];
    kinds.into_iter().find(|kind| kind.as_str() == text).ok_or(WRONG)
}

fn read_role(fields: &mut Fields) -> Result<Role> {
    Role::parse(&fields.text("role")?).ok_or(WRONG)
}

fn read_entry(mut fields: Fields) -> Result<Entry> {
    let entry = Entry { account: fields.bytes("acct")?, aik: fields.bytes("aik")?, role: read_role(&mut fields)? };
    fields.finish()?;
    Ok(entry)
}

fn read_policy(fields: Fields) -> Result<Policy> {
    let given = read_policy_change(fields)?;
    Ok(Policy {
        add: given.add.ok_or(WRONG)?,
        history: given.history.ok_or(WRONG)?,
        backup: given.backup.ok_or(WRONG)?,
        retain_s: given.retain_s.ok_or(WRONG)?,
        max_age_s: given.max_age_s.ok_or(WRONG)?,
        max_msgs: given.max_msgs.ok_or(WRONG)?,
        min_suite: given.min_suite.ok_or(WRONG)?,
    })
}

fn read_policy_change(mut fields: Fields) -> Result<PolicyChange> {
    let add = match text(&mut fields, "add")?.as_deref() {
        None => None,
        Some("admin") => Some(Role::Admin),
        Some("member") => Some(Role::Member),
        Some(_) => return Err(WRONG),
    };
    let history = match text(&mut fields, "history")?.as_deref() {
        None => None,
        Some("joined") => Some(History::Joined),
        Some("shared") => Some(History::Shared),
        Some(_) => return Err(WRONG),
    };
    let backup = match fields.optional("backup") {
        None => None,
        Some(Json::Bool(value)) => Some(value),
        Some(_) => return Err(WRONG),
    };
    let change = PolicyChange {
        add,
        history,
        backup,
        retain_s: number(&mut fields, "retain_s", 0)?,
        max_age_s: number(&mut fields, "max_age_s", 1)?,
        max_msgs: number(&mut fields, "max_msgs", 1)?,
        min_suite: number(&mut fields, "min_suite", 1)?,
    };
    fields.finish()?;
    Ok(change)
}

fn text(fields: &mut Fields, name: &str) -> Result<Option<String>> {
    match fields.optional(name) {
        None => Ok(None),
        Some(Json::Text(text)) => Ok(Some(text)),
        Some(_) => Err(WRONG),
    }
}

fn number(fields: &mut Fields, name: &str, least: u64) -> Result<Option<u64>> {
    match fields.optional(name) {
        None => Ok(None),
        Some(Json::Int(value)) if value >= least => Ok(Some(value)),
        Some(_) => Err(WRONG),
    }
}

fn read_statement(mut fields: Fields) -> Result<Statement> {
    let (conversation, account) = (fields.bytes("conv")?, fields.bytes("acct")?);
    let statement = Statement { conversation, account, at: fields.int("at")?, sig: fields.bytes("sig")? };
    fields.finish()?;
    Ok(statement)
}

fn read_chain(mut fields: Fields) -> Result<Sealed> {
    let ct = fields.bytes::<CHAIN>("ct")?;
    let chain = Sealed { salt: fields.bytes("salt")?, nonce: fields.bytes("nonce")?, ct: Blob(ct.0.to_vec()) };
    fields.finish()?;
    Ok(chain)
}

fn write_change(change: &Change) -> Vec<(&'static str, Json)> {
    match change {
        Change::Create { kind, members, policy, instance_key, room } => vec![
            ("kind", Json::text(kind.as_str())),
            ("members", Json::list(members, write_entry)),
            ("policy", write_policy(&PolicyChange::from(*policy))),
            ("instance_key", Json::bytes(instance_key)),
            ("room", room.as_ref().map_or(Json::Null, Json::bytes)),
        ],
        Change::Add { members } => vec![("members", Json::list(members, write_entry))],
        Change::Remove { members, statement } => {
            let mut fields = vec![("members", Json::list(members, Json::bytes))];
            fields.extend(statement.as_ref().map(|statement| ("stmt", write_statement(statement))));
            fields
        }
        Change::Role { account, role } => vec![("acct", Json::bytes(account)), ("role", Json::text(role.as_str()))],
        Change::Policy(change) => vec![("policy", write_policy(change))],
        Change::Rebind { account, aik_old, aik_new } => {
            vec![("acct", Json::bytes(account)), ("aik_old", Json::bytes(aik_old)), ("aik_new", Json::bytes(aik_new))]
        }
        Change::Epoch { n, suite, commit, roster, chain, why } => {
            let mut fields =
                vec![("n", Json::Int(*n)), ("suite", Json::Int(*suite)), ("commit", Json::bytes(commit)), ("roster", Json::bytes(roster))];
            fields.extend(chain.as_ref().map(|chain| ("chain", write_chain(chain))));
            fields.push(("why", Json::text(why)));
            fields
        }
    }
}

fn write_entry(entry: &Entry) -> Json {
    let role = Json::text(entry.role.as_str());
    Json::object([("acct", Json::bytes(&entry.account)), ("aik", Json::bytes(&entry.aik)), ("role", role)])
}

fn write_policy(change: &PolicyChange) -> Json {
    let fields = [
        ("add", change.add.map(|role| Json::text(role.as_str()))),
        ("history", change.history.map(|history| Json::text(history.as_str()))),
        ("backup", change.backup.map(Json::Bool)),
        ("retain_s", change.retain_s.map(Json::Int)),
        ("max_age_s", change.max_age_s.map(Json::Int)),
        ("max_msgs", change.max_msgs.map(Json::Int)),
        ("min_suite", change.min_suite.map(Json::Int)),
    ];
    Json::Object(fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect())
}

fn write_statement(statement: &Statement) -> Json {
    Json::object([
        ("conv", Json::bytes(&statement.conversation)),
        ("acct", Json::bytes(&statement.account)),
        ("at", Json::Int(statement.at)),
        ("sig", Json::bytes(&statement.sig)),
    ])
}

fn write_chain(chain: &Sealed) -> Json {
    let ct = Json::Text(crate::bytes::encode(&chain.ct.0));
    Json::object([("salt", Json::bytes(&chain.salt)), ("nonce", Json::bytes(&chain.nonce)), ("ct", ct)])
}

impl From<Policy> for PolicyChange {
    fn from(policy: Policy) -> PolicyChange {
        PolicyChange {
            add: Some(policy.add),
            history: Some(policy.history),
            backup: Some(policy.backup),
            retain_s: Some(policy.retain_s),
            max_age_s: Some(policy.max_age_s),
            max_msgs: Some(policy.max_msgs),
            min_suite: Some(policy.min_suite),
        }
    }
}

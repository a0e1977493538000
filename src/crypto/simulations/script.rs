//! Writing scenarios down.
use super::Client;
use crate::account_log::AccountLog;
use crate::actors::Actor;
use crate::actors::group::Group;
use crate::bytes::{Id, encode};
use crate::conversation_log::ConversationLog;
use crate::conversation_log::body::Change;
use crate::epoch::Reason;
use crate::json::Json;
use crate::link::{Head, Link};
use serde::Serialize;
use serde_json::Value;

/// A scenario while it is being written. Links that are expected to be accepted are followed at once.
pub struct Script {
    name: &'static str,
    accounts: Vec<(Id, Vec<Link>)>,
    links: Vec<Link>,
    moves: Vec<Json>,
    pub group: Group,
}

impl Script {
    /// From logs as they are now.
    pub fn new(name: &'static str, group: Group, actors: &[&Actor]) -> Script {
        let accounts = actors.iter().map(|actor| (actor.account, actor.links.clone())).collect();
        Script { name, accounts, links: group.links.clone(), moves: Vec::new(), group }
    }

    fn push(&mut self, what: &str, fields: Vec<(&str, Json)>, expect: &str) {
        let mut all = vec![("do", Json::text(what))];
        all.extend(fields);
        let (code, rule) = expect.split_once(' ').map_or((expect, None), |(code, rule)| (code, Some(rule)));
        all.push(("expect", Json::text(code)));
        all.extend(rule.map(|rule| ("rule", Json::text(rule))));
        self.moves.push(Json::Object(all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()));
    }

    /// The node gives out a link of the conversation.
    pub fn link(&mut self, link: Link, expect: &str) {
        self.push("conversation_link", vec![("link", write_link(&link))], expect);
        if expect == "ok" {
            self.group.append(link).expect("a good link");
        }
    }

    /// Somebody changes the conversation.
    pub fn change(&mut self, by: &Actor, change: Change, expect: &str) {
        self.link(self.group.link(by, change), expect);
    }

    /// The node gives out the next link of an account's log.
    pub fn account_link(&mut self, actor: &mut Actor, link: Link, expect: &str) {
        self.push("account_link", vec![("account", Json::bytes(&actor.account)), ("link", write_link(&link))], expect);
        if expect == "ok" {
            actor.accept(link);
            self.group.learn(actor);
        }
    }

    /// The node shows a whole log of an account.
    pub fn account_log(&mut self, account: &Id, links: &[Link], expect: &str) {
        self.push("account_log", vec![("account", Json::bytes(account)), ("links", write_links(links))], expect);
        if expect == "ok" {
            self.group.accounts.insert(*account, AccountLog::verify(*account, links).expect("a good log"));
        }
    }

    /// The node shows a whole log of the conversation.
    pub fn conversation_log(&mut self, links: &[Link], expect: &str) {
        self.push("conversation_log", vec![("links", write_links(links))], expect);
        if expect == "ok" {
            let log = ConversationLog::verify(self.group.conversation, links, &self.group.accounts).expect("a good log");
            self.group.log = Some(log);
        }
    }

    /// Somebody says which link of the conversation they saw.
    pub fn seen(&mut self, head: Head, expect: &str) {
        self.push("conversation_seen", vec![("head", head.write())], expect);
    }

    /// Somebody says which link of an account they saw.
    pub fn account_seen(&mut self, account: &Id, head: Head, expect: &str) {
        self.push("account_seen", vec![("account", Json::bytes(account)), ("head", head.write())], expect);
    }

    /// Whose identity is not the one in the roster.
    pub fn mismatched(&mut self, accounts: &[Id]) {
        self.answer("mismatched", vec![], Json::list(accounts, Json::bytes));
    }

    /// Whether an account was a member while an epoch was the newest.
    pub fn member_during(&mut self, account: &Id, epoch: u64, expect: bool) {
        self.answer("member_during", vec![("account", Json::bytes(account)), ("epoch", Json::Int(epoch))], Json::Bool(expect));
    }

    /// Whether an epoch's secret is given to an account that asks for it.
    pub fn may_deliver(&mut self, account: &Id, epoch: u64, expect: bool) {
        self.answer("may_deliver", vec![("account", Json::bytes(account)), ("epoch", Json::Int(epoch))], Json::Bool(expect));
    }

    /// Why a new epoch is needed.
    pub fn needs_epoch(&mut self, now: u64, messages: u64, expect: Option<Reason>) {
        let expect = expect.map_or(Json::Null, |reason| Json::text(reason.as_str()));
        self.answer("needs_epoch", vec![("now", Json::Int(now)), ("messages", Json::Int(messages))], expect);
    }

    fn answer(&mut self, what: &str, fields: Vec<(&str, Json)>, expect: Json) {
        let mut all = vec![("do", Json::text(what))];
        all.extend(fields);
        all.push(("expect", expect));
        self.moves.push(Json::Object(all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()));
    }

    fn finish(self) -> Json {
        let end = Client { accounts: self.group.accounts, conversation: self.group.log }.state();
        let account = |(account, links): &(Id, Vec<Link>)| Json::object([("account", Json::bytes(account)), ("links", write_links(links))]);
        Json::object([
            ("name", Json::text(self.name)),
            ("conversation", Json::bytes(&self.group.conversation)),
            ("accounts", Json::list(&self.accounts, account)),
            ("links", write_links(&self.links)),
            ("moves", Json::List(self.moves)),
            ("end", sorted(&end)),
        ])
    }
}

fn write_link(link: &Link) -> Json {
    Json::object([("body", Json::Text(encode(&link.body.0))), ("sig", Json::bytes(&link.sig))])
}

fn write_links(links: &[Link]) -> Json {
    Json::list(links, write_link)
}

/// With names in one order, however the JSON library keeps them.
fn sorted(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Number(number) => Json::Int(number.as_u64().expect("a whole number")),
        Value::String(text) => Json::text(text),
        Value::Array(items) => Json::list(items, sorted),
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().map(|(name, value)| (name.clone(), sorted(value))).collect();
            fields.sort_by(|one, other| one.0.cmp(&other.0));
            Json::Object(fields)
        }
    }
}

/// The whole file.
pub fn write(scripts: Vec<Script>) -> String {
    let scenarios = Json::List(scripts.into_iter().map(Script::finish).collect());
    let about = "Each scenario starts from good logs; moves are tried in order; a refused move changes nothing. \
                 `expect` is ok, a code (with the rule of a refused link) or the answer. See src/crypto/simulations.rs.";
    pretty(&Json::object([("version", Json::Int(1)), ("about", Json::text(about)), ("scenarios", scenarios)])) + "\n"
}

/// JSON with an indent of one space.
pub fn pretty(json: &Json) -> String {
    let mut out = Vec::new();
    let format = serde_json::ser::PrettyFormatter::with_indent(b" ");
    json.serialize(&mut serde_json::Serializer::with_formatter(&mut out, format)).expect("nothing that fails");
    String::from_utf8(out).expect("text")
}

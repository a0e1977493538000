//! Log simulations: what a hostile node could try, as a script that every language runs (`vectors/log-simulations-v1.json`).
//!
//! A scenario starts from logs that are right. Each move is something that the node (or an honest client) does; `expect` is `ok` or
//! the code of the refusal, with `rule` for refused links. A refused link changes nothing, so that the next move starts from before.
//! After the moves the logs are as `end` says.
mod identities;
mod members;
pub mod script;
mod storms;

use crate::account_log::AccountLog;
use crate::bytes::Id;
use crate::conversation_log::ConversationLog;
use crate::epoch;
use crate::error::{Error, Result};
use crate::link::{Head, Link};
use crate::wrap::may_deliver;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const FILE: &str = include_str!("vectors/log-simulations-v1.json");

/// A client that follows the script and knows nothing but it.
struct Client {
    accounts: BTreeMap<Id, AccountLog>,
    conversation: Option<ConversationLog>,
}

fn get<T: DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).expect("as the format says")
}

fn head(value: &Value) -> Head {
    get(value)
}

impl Client {
    fn start(scenario: &Value) -> Client {
        let mut accounts = BTreeMap::new();
        for entry in scenario["accounts"].as_array().expect("accounts") {
            let account: Id = get(&entry["account"]);
            let log = AccountLog::verify(account, &get::<Vec<Link>>(&entry["links"])).expect("a good log");
            accounts.insert(account, log);
        }
        let links: Vec<Link> = get(&scenario["links"]);
        let verify = |links: &[Link]| ConversationLog::verify(get(&scenario["conversation"]), links, &accounts).expect("a good log");
        let conversation = (!links.is_empty()).then(|| verify(&links));
        Client { accounts, conversation }
    }

    fn log(&self) -> &ConversationLog {
        self.conversation.as_ref().expect("a conversation")
    }

    /// One move; what it answers, to be compared with `expect`.
    fn step(&mut self, conversation: Id, step: &Value) -> Value {
        let account = || get::<Id>(&step["account"]);
        match step["do"].as_str().expect("a move") {
            "account_link" => {
                let log = self.accounts.entry(account()).or_insert_with(|| AccountLog::empty(account()));
                answer(log.append(&get(&step["link"])).map(|_| ()))
            }
            "account_log" => answer(self.replace(account(), &get::<Vec<Link>>(&step["links"]))),
            "account_seen" => answer(self.accounts[&account()].chain().check(&head(&step["head"]))),
            "conversation_link" => {
                let link = get(&step["link"]);
                let result = match &mut self.conversation {
                    Some(log) => log.append(&link, &self.accounts),
                    None => ConversationLog::start(conversation, &link, &self.accounts).map(|log| self.conversation = Some(log)),
                };
                answer(result)
            }
            "conversation_log" => {
                let links: Vec<Link> = get(&step["links"]);
                let seen = self.log().chain().head().expect("a head");
                let shown = ConversationLog::verify(conversation, &links, &self.accounts);
                answer(shown.and_then(|log| log.check_seen(&seen).map(|()| self.conversation = Some(log))))
            }
            "conversation_seen" => answer(self.log().chain().check(&head(&step["head"]))),
            "mismatched" => json!(self.log().mismatched(&self.accounts)),
            "member_during" => json!(!self.log().members_during(&account(), get(&step["epoch"])).expect("an epoch").is_empty()),
            "may_deliver" => json!(may_deliver(self.log(), &self.accounts[&account()], get(&step["epoch"])).expect("an epoch")),
            "needs_epoch" => {
                let reason = epoch::reason(self.log(), &self.accounts, get(&step["now"]), get(&step["messages"]));
                json!(reason.map(epoch::Reason::as_str))
            }
            other => panic!("unknown move {other}"),
        }
    }

    /// The node shows another log of an account: it has to contain what was seen.
    fn replace(&mut self, account: Id, links: &[Link]) -> Result<()> {
        let shown = AccountLog::verify(account, links)?;
        if let Some(seen) = self.accounts.get(&account).and_then(AccountLog::head) {
            shown.check_seen(&seen)?;
        }
        self.accounts.insert(account, shown);
        Ok(())
    }

    /// Everything that the logs say in the end.
    fn state(&self) -> Value {
        let account = |log: &AccountLog| {
            let devices: Vec<_> = log.active_devices().map(|(id, _)| *id).collect();
            let slots: Vec<_> = log.active_slots().map(|(id, _)| *id).collect();
            json!({ "account": log.account(), "head": log.head(), "aik": log.aik(), "devices": devices, "slots": slots })
        };
        let accounts: Vec<Value> = self.accounts.values().map(account).collect();
        let conversation = self.conversation.as_ref().map(|log| {
            let member = |entry: &crate::conversation_log::roster::Entry| {
                json!({ "acct": entry.account, "aik": entry.aik, "role": entry.role.as_str() })
            };
            let members: Vec<Value> = log.entries().iter().map(member).collect();
            let epoch = log.newest_epoch().map_or(0, |epoch| epoch.n);
            json!({ "head": log.chain().head(), "members": members, "epoch": epoch, "stale": log.is_stale(), "may_chain": log.may_chain() })
        });
        json!({ "accounts": accounts, "conversation": conversation })
    }
}

fn answer(result: Result<()>) -> Value {
    match result {
        Ok(()) => json!("ok"),
        Err(Error::BadLink(rule)) => json!(format!("e2ee_bad_link {rule}")),
        Err(error) => json!(error.code()),
    }
}

fn expected(step: &Value) -> Value {
    match step.get("rule").and_then(Value::as_str) {
        Some(rule) => json!(format!("{} {rule}", step["expect"].as_str().expect("a code"))),
        None => step["expect"].clone(),
    }
}

#[test]
fn every_move_is_answered_as_the_script_says() {
    let file: Value = serde_json::from_str(FILE).expect("the scripts are JSON");
    let scenarios = file["scenarios"].as_array().expect("scenarios");
    assert!(scenarios.len() >= 20);
    for scenario in scenarios {
        let name = scenario["name"].as_str().expect("a name");
        let mut client = Client::start(scenario);
        for (at, step) in scenario["moves"].as_array().expect("moves").iter().enumerate() {
            let before = client.state();
            let answered = client.step(get(&scenario["conversation"]), step);
            assert_eq!(answered, expected(step), "{name}, move {at}");
            assert!(answered == "ok" || client.state() == before, "{name}, move {at}: a refusal changes nothing");
        }
        assert_eq!(client.state(), scenario["end"], "{name}");
    }
}

/// With SNUG_WRITE_VECTORS set, writes the file instead.
#[test]
fn the_scripts_are_made_from_names() {
    let mut scenes = members::all();
    scenes.extend(identities::all());
    scenes.extend(storms::all());
    let text = script::write(scenes);
    if std::env::var_os("SNUG_WRITE_VECTORS").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/log-simulations-v1.json");
        std::fs::write(path, text).expect("a writable folder");
    } else {
        assert!(text == FILE, "set SNUG_WRITE_VECTORS=1 and run this test to write the file again");
    }
}

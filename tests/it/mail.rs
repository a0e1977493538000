//! E-mail, against a mail server of another make that reads along with another parser (mail_sink.py).
mod addresses;
mod digests;

use crate::cli::{self, Running};
use crate::support::device::Device;
use crate::support::talk::{Talk, send};
use crate::support::{Person, TestNode, free_port, new_id};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use serde_json::{Value, json};
use snug_accounts::admin::{self, AdminChange};
use snug_accounts::audit::Actor;
use snug_base::Config;
use snug_base::config::{MailSecurity, Secret};
use snug_notifications::mail::digest;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const BASE: &str = "https://chat.snug.example";

/// A mail server on this machine.
struct Sink {
    child: Child,
    orders: ChildStdin,
    said: Receiver<Value>,
    port: u16,
    folder: tempfile::TempDir,
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Sink {
    fn start(security: &str, login: &str) -> Sink {
        let folder = tempfile::tempdir().unwrap();
        let pem = certificate(folder.path());
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/mail_sink.py");
        let mut command = Command::new("/usr/bin/python3");
        command.args(["-W", "ignore", script, security]).arg(pem).args(Some(login).filter(|login| !login.is_empty()));
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("Python and its aiosmtpd, which scripts/test.sh installs");
        let (tell, said) = channel::<Value>();
        let out = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                let _ = tell.send(serde_json::from_str(&line).unwrap());
            }
        });
        let port = said.recv_timeout(Duration::from_secs(20)).unwrap().as_u64().unwrap();
        Sink { orders: child.stdin.take().unwrap(), child, said, port: u16::try_from(port).unwrap(), folder }
    }

    /// The usual one: STARTTLS, and everybody signs in.
    async fn with_node() -> (Sink, TestNode) {
        let sink = Sink::start("starttls", "snug:hush hush");
        let node = sink.node(|_| {}).await;
        (sink, node)
    }

    fn configure(&self, config: &mut Config) {
        config.node.public_url = Some(BASE.to_owned());
        let mail = &mut config.mail;
        mail.server = Some("localhost".to_owned());
        mail.port = self.port;
        mail.ca_file = Some(self.folder.path().join("ca.pem"));
        mail.user = Some("snug".to_owned());
        mail.password = Some(Secret("hush hush".to_owned().into()));
        mail.from = Some("snug@snug.example".to_owned());
    }

    async fn node(&self, change: impl FnOnce(&mut Config)) -> TestNode {
        TestNode::start_with(|config| {
            self.configure(config);
            change(config);
        })
        .await
    }

    /// What the server answers next to a command, once each.
    fn answer(&mut self, to: &str, answers: &[&str]) {
        writeln!(self.orders, "{}", json!({ "to": to, "answers": answers })).unwrap();
        assert_eq!(self.said.recv_timeout(Duration::from_secs(20)).unwrap(), "ordered");
    }

    /// The next letter.
    fn letter(&self) -> Value {
        let letter = self.said.recv_timeout(Duration::from_secs(20)).expect("a letter");
        assert_eq!(letter["defects"], json!([]), "{letter}");
        assert_eq!((&letter["ascii"], &letter["type"]), (&json!(true), &json!("multipart/alternative")));
        assert_eq!(letter["parts"], json!(["text/html", "text/plain"]));
        assert!(letter["longest"].as_u64().unwrap() <= 998);
        // text and links, nothing that is loaded or runs
        let known = [
            "html",
            "html lang",
            "head",
            "meta",
            "meta charset",
            "meta name",
            "meta content",
            "title",
            "body",
            "body style",
            "div",
            "div style",
            "p",
            "p style",
            "h2",
            "h2 style",
            "a",
            "a href",
            "b",
            "bdi",
            "br",
            "span",
            "span dir",
            "hr",
            "hr style",
        ];
        let elements = letter["elements"].as_array().unwrap();
        assert!(elements.iter().all(|element| known.contains(&element.as_str().unwrap())), "{elements:?}");
        assert!(!letter["html"].as_str().unwrap().contains("url("));
        letter
    }

    fn is_silent(&self) {
        if let Ok(letter) = self.said.recv_timeout(Duration::from_millis(150)) {
            panic!("nobody was to be written to: {letter}");
        }
    }

    /// Somebody confirms an address; daily letters in UTC.
    async fn confirmed(&self, person: &Person, address: &str) {
        person.put("/notifications/mail/address", json!({ "address": address })).await.ok();
        let token = link(&self.letter(), "/api/v1/mail/confirm?token=");
        let page = person_of(person).request("POST", &format!("/mail/confirm?token={token}"), None).await;
        assert!(page.ok().as_str().unwrap().contains("The address is confirmed"));
    }
}

/// The same node without an account.
fn person_of(person: &Person) -> Person {
    Person::nobody(person.address)
}

/// Writes `ca.pem`; gives the file with the server's own certificate and key.
fn certificate(folder: &std::path::Path) -> std::path::PathBuf {
    let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    std::fs::write(folder.join("ca.pem"), params.self_signed(&key).unwrap().pem()).unwrap();
    let issuer = Issuer::new(params, key);
    let own = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&own, &issuer).unwrap();
    let path = folder.join("server.pem");
    std::fs::write(&path, format!("{}{}", own.serialize_pem(), leaf.pem())).unwrap();
    path
}

/// What stands after the first link of that kind in a letter's text.
fn link(letter: &Value, kind: &str) -> String {
    let text = letter["text"].as_str().unwrap();
    let (_, rest) = text.split_once(&format!("{BASE}{kind}")).unwrap_or_else(|| panic!("no {kind} in {text}"));
    rest.split_whitespace().next().unwrap().to_owned()
}

fn header<'a>(letter: &'a Value, name: &str) -> Option<&'a str> {
    let headers = letter["headers"].as_array().unwrap();
    let mut found = headers.iter().filter(|header| header[0] == name);
    let first = found.next().map(|header| header[1].as_str().unwrap());
    assert!(found.next().is_none(), "{name} twice");
    first
}

/// Runs the job as the node does every minute.
async fn run(node: &TestNode) -> snug_base::Result<()> {
    let presences = node.node.presences.clone();
    digest::run(&node.node.mail, &move |user, now| presences.looked_at(user, now)).await
}

/// A day goes by, and with it the hour of the next letter; people sign in again after that.
async fn a_day_later(node: &TestNode) {
    node.clock.advance(DAY);
    run(node).await.unwrap();
}

//! E-mail, against a mail server of another make that reads along with another parser (mail_sink.py).
use crate::cli::{self, Running};
use crate::support::device::Device;
use crate::support::talk::{Talk, send};
use crate::support::{Person, TestNode, new_id};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use serde_json::{Value, json};
use snug_accounts::InstanceRole;
use snug_accounts::admin::{self, AdminChange};
use snug_accounts::audit::Actor;
use snug_base::Config;
use snug_base::UserId;
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

async fn make_admin(node: &TestNode, person: &Person) {
    let id: UserId = person.id.parse().unwrap();
    let change = AdminChange { role: Some(InstanceRole::Admin), is_disabled: None };
    admin::change(&node.node.app, Actor::operator(), id, change).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_is_asked_once_and_gets_nothing_before_it_says_yes() {
    let (sink, node) = Sink::with_node().await;
    let (ann, bob, ..) = node.ann_and_bob().await;
    let state = bob.get("/notifications/mail").await.ok();
    assert_eq!((&state["enabled"], &state["address"], &state["choice"]["rhythm"]), (&json!(true), &Value::Null, &json!("off")));
    let mut socket = bob.socket().await;
    let asked = bob.put("/notifications/mail/address", json!({ "address": "Bob@Example.org", "zone": "Europe/Oslo" })).await.ok();
    assert_eq!((&asked["asked"]["address"], &asked["address"]), (&json!("bob@example.org"), &Value::Null));
    let letter = sink.letter();
    assert_eq!((&letter["to"], &letter["from"]), (&json!(["bob@example.org"]), &json!([["Snug", "snug@snug.example"]])));
    assert_eq!((&letter["envelope"], &letter["secure"]), (&json!(["snug@snug.example", ["bob@example.org"]]), &json!(true)));
    assert_eq!((letter["hello"].as_str(), header(&letter, "subject")), (Some("chat.snug.example"), Some("Snug: is this your address?")));
    assert_eq!(header(&letter, "auto-submitted"), Some("auto-generated"));
    assert_eq!(header(&letter, "list-unsubscribe"), None);
    assert!(!letter["text"].as_str().unwrap().contains("bob"), "whoever asks has no word in it: {letter}");

    // nothing else comes, and whoever looks for bad links confirms nothing
    let token = link(&letter, "/api/v1/mail/confirm?token=");
    let direct = ann.direct(&bob).await;
    ann.say(&direct, "are you there?").await;
    let page = node.nobody().get(&format!("/mail/confirm?token={token}")).await;
    assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
    assert!(page.headers["content-security-policy"].to_str().unwrap().contains("style-src 'sha256-"));
    let text = page.ok().as_str().unwrap().to_owned();
    assert!(
        text.contains("<strong>bob</strong>") && text.contains("<strong>bob@example.org</strong>") && text.contains("method=\"post\""),
        "{text}"
    );
    assert_eq!(bob.get("/notifications/mail").await.ok()["address"], Value::Null);
    node.clock.advance(HOUR);
    run(&node).await.unwrap();
    sink.is_silent();

    // the button does, once; all devices hear of it
    node.nobody().post(&format!("/mail/confirm?token={token}"), json!({})).await.ok();
    assert_eq!(socket.wait_for("notifications.mail").await["asked"]["address"], "bob@example.org");
    let told = socket.wait_for("notifications.mail").await;
    assert_eq!((&told["address"], &told["asked"]), (&json!("bob@example.org"), &Value::Null));
    assert_eq!(told["choice"], json!({ "rhythm": "daily", "hour": 8, "zone": "Europe/Oslo", "show_content": true }));
    let again = node.nobody().post(&format!("/mail/confirm?token={token}"), json!({})).await.ok();
    assert!(again.as_str().unwrap().contains("This link is not valid"), "{again}");
    let bob = bob.sign_in_again().await;
    bob.put("/notifications/mail/address", json!({ "address": "bob@example.org" })).await.fails(422, "request.invalid");

    // another one counts when it is confirmed, and its link ends after a day
    bob.put("/notifications/mail/address", json!({ "address": "new@example.org" })).await.ok();
    let token = link(&sink.letter(), "/api/v1/mail/confirm?token=");
    assert_eq!(bob.get("/notifications/mail").await.ok()["address"], "bob@example.org");
    node.clock.advance(DAY + 1);
    node.nobody().post(&format!("/mail/confirm?token={token}"), json!({})).await.ok();
    let bob = bob.sign_in_again().await;
    assert_eq!(bob.get("/notifications/mail").await.ok()["address"], "bob@example.org");
    // a question that is taken back is none any more
    bob.put("/notifications/mail/address", json!({ "address": "other@example.org" })).await.ok();
    let token = link(&sink.letter(), "/api/v1/mail/confirm?token=");
    let state = bob.delete("/notifications/mail/address/asked").await.ok();
    assert_eq!((&state["asked"], &state["address"]), (&Value::Null, &json!("bob@example.org")));
    let late = node.nobody().post(&format!("/mail/confirm?token={token}"), json!({})).await.ok();
    assert!(late.as_str().unwrap().contains("This link is not valid"));
    let removed = bob.delete("/notifications/mail/address").await.ok();
    assert_eq!((&removed["address"], &removed["asked"]), (&Value::Null, &Value::Null));
    let own = bob.get("/users/me/activity").await.ok();
    let kinds: Vec<&str> = own["lines"].as_array().unwrap().iter().map(|line| line["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"mail.confirmed") && kinds.contains(&"mail.removed"), "{kinds:?}");
    assert!(!own.to_string().contains("example.org"), "addresses stand in no log");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_gets_many_letters_because_of_others() {
    let (sink, node) = Sink::with_node().await;
    let people = [node.user("ann").await, node.user("bob").await, node.user("carl").await];
    for person in &people {
        person.put("/notifications/mail/address", json!({ "address": "dora+x@example.org" })).await.ok();
        sink.letter();
    }
    // to one mailbox, whoever asks and however it is written
    let limited = people[0].put("/notifications/mail/address", json!({ "address": "Dora+y@example.org" })).await;
    assert!(limited.headers["retry-after"].to_str().unwrap().parse::<u64>().unwrap() > 23 * 3_600);
    limited.fails(429, "rate.limited");
    // of one person
    for n in 0..4 {
        people[0].put("/notifications/mail/address", json!({ "address": format!("e{n}@example.org") })).await.ok();
        sink.letter();
    }
    people[0].put("/notifications/mail/address", json!({ "address": "f@example.org" })).await.fails(429, "rate.limited");
    sink.is_silent();
    // whoever was not meant says so once, for everybody
    people[1].put("/notifications/mail/address", json!({ "address": "gil@example.org" })).await.ok();
    let token = link(&sink.letter(), "/api/v1/mail/confirm?token=");
    let url = format!("http://{}/api/v1/mail/confirm?token={token}", node.address);
    let said = crate::support::http_client().post(url).body("answer=no").send().await.unwrap().text().await.unwrap();
    assert!(said.contains("Thank you for telling"), "{said}");
    assert_eq!(people[1].get("/notifications/mail").await.ok()["asked"], Value::Null);
    people[2].put("/notifications/mail/address", json!({ "address": "gil@example.org" })).await.fails(409, "mail.unwanted");
    for wrong in ["", "gil", "gil@localhost", "a@b.example\r\nRCPT TO:<x@example.org>", "gíl@example.org"] {
        people[2].put("/notifications/mail/address", json!({ "address": wrong })).await.fails(422, "request.invalid");
    }
    sink.is_silent();
    // in a month they add up
    for days in [1, 2, 3] {
        node.clock.advance(DAY);
        let carl = people[2].sign_in_again().await;
        let asked = carl.put("/notifications/mail/address", json!({ "address": "dora@example.org" })).await;
        assert_eq!(asked.status, 200, "day {days}: {asked:?}");
        sink.letter();
    }
    node.clock.advance(DAY);
    let carl = people[2].sign_in_again().await;
    carl.put("/notifications/mail/address", json!({ "address": "dora@example.org" })).await.fails(429, "rate.limited");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_tells_once_what_was_missed() {
    let (sink, node) = Sink::with_node().await;
    let (ann, bob, server, room) = node.ann_and_bob().await;
    make_admin(&node, &ann).await;
    ann.patch("/admin/settings", json!({ "name": "Garten „Zum Grünen“" })).await.ok();
    sink.confirmed(&bob, "bob@example.org").await;
    node.clock.advance(MINUTE);
    let ann = ann.sign_in_again().await;
    let direct = ann.direct(&bob).await;
    ann.say(&direct, "are you there?").await;
    ann.say(&direct, "||the murderer|| is caught <b>now</b> & here").await;
    let own = bob.say(&room, "anybody?").await;
    ann.say(&room, "nobody in particular").await;
    ann.say(&room, &format!("<@{}>, look", bob.id)).await;
    ann.say(&room, "@everyone: tea").await;
    let group = ann.post("/conversations", json!({ "kind": "group", "user_ids": [bob.id], "name": "Climbing" })).await.created();
    let group = group["conversation"]["id"].as_str().unwrap().to_owned();
    ann.post(&format!("/messages/{}/react", own["id"].as_str().unwrap()), json!({ "emoji": "👍" })).await.ok();
    a_day_later(&node).await;

    let letter = sink.letter();
    assert_eq!(header(&letter, "subject"), Some("Garten „Zum Grünen“: 4 new messages for you"));
    assert_eq!(letter["from"], json!([["Garten „Zum Grünen“", "snug@snug.example"]]));
    assert!(letter["bytes"].as_u64().unwrap() < 20_000);
    let text = letter["text"].as_str().unwrap().replace("\r\n", "\n");
    for part in [
        format!(
            "#general · Garden\n2 messages from ann\n  ann mentioned you: @bob, look\n  ann mentioned you: @everyone: tea\n{BASE}/s/{server}/{room}/3\n"
        ),
        format!("\nann\n2 messages\n  ann: are you there?\n  ann: ▒▒▒ is caught <b>now</b> & here\n{BASE}/c/{direct}/1\n"),
        format!("Climbing\nann added you\n{BASE}/c/{group}\n"),
        "\nAnd 1 reaction to your messages.\n".to_owned(),
        format!("How often you get these letters: {BASE}/settings/notifications\n"),
    ] {
        assert!(text.contains(&part), "{part}\nin\n{text}");
    }
    assert!(!text.contains("murderer") && !text.contains("in particular"), "{text}");
    let html = letter["html"].as_str().unwrap();
    assert!(html.contains("is caught &lt;b&gt;now&lt;/b&gt; &amp; here") && html.contains(&format!("{BASE}/c/{direct}/1")), "{html}");

    // not again, neither today nor tomorrow, though it is still not read
    run(&node).await.unwrap();
    a_day_later(&node).await;
    sink.is_silent();
    // only what is new; without its words where they are not wanted
    let bob = bob.sign_in_again().await;
    bob.put("/notifications/mail", json!({ "rhythm": "hourly", "hour": 8, "zone": "UTC", "show_content": false })).await.ok();
    ann.sign_in_again().await.say(&direct, "the third").await;
    node.clock.advance(HOUR);
    run(&node).await.unwrap();
    let text = sink.letter()["text"].as_str().unwrap().replace("\r\n", "\n");
    assert!(text.contains(&format!("\nann\n1 message\n{BASE}/c/{direct}/3\n")) && !text.contains("third"), "{text}");
    node.clock.advance(HOUR);
    run(&node).await.unwrap();
    sink.is_silent();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_told_to_who_has_read_it_was_here_or_wants_none() {
    let (sink, node) = Sink::with_node().await;
    let (ann, bob, server, room) = node.ann_and_bob().await;
    sink.confirmed(&bob, "bob@example.org").await;
    let hourly = json!({ "rhythm": "hourly", "hour": 8, "zone": "UTC", "show_content": true });
    bob.put("/notifications/mail", hourly.clone()).await.ok();
    let direct = ann.direct(&bob).await;
    let again = async |what: &str| {
        node.clock.advance(HOUR);
        run(&node).await.unwrap();
        if !what.is_empty() {
            sink.is_silent();
        }
        (ann.sign_in_again().await, bob.sign_in_again().await)
    };
    node.clock.advance(MINUTE);
    ann.say(&direct, "read").await;
    bob.post(&format!("/conversations/{direct}/read"), json!({ "seq": 1 })).await.ok();
    let (ann, bob) = again("read").await;
    // here, and looking; then gone, and so here until then
    let mut desk = bob.socket().await;
    desk.call("presence.look", json!({ "looking": true })).await;
    ann.say(&direct, "seen").await;
    node.clock.advance(MINUTE);
    desk.call("presence.look", json!({ "looking": false })).await;
    let (ann, _) = again("was looking after it was said").await;
    // a device that is only switched on tells nothing
    ann.say(&direct, "nobody at the desk").await;
    let (ann, bob) = again("").await;
    assert!(sink.letter()["text"].as_str().unwrap().contains("nobody at the desk"));
    drop(desk);
    // levels and mutes
    bob.put(&format!("/notifications/levels/{direct}"), json!({ "muted": true })).await.ok();
    bob.put(&format!("/notifications/levels/{server}"), json!({ "level": "none" })).await.ok();
    ann.say(&direct, "muted").await;
    ann.say(&room, &format!("<@{}> nothing", bob.id)).await;
    let (ann, bob) = again("muted").await;
    bob.put(&format!("/notifications/levels/{server}"), json!({ "level": "all" })).await.ok();
    ann.say(&room, "for all").await;
    ann.post("/messages", json!({ "id": new_id(), "conversation_id": room, "content": { "type": "text", "text": "gone" } }))
        .await
        .created();
    let last = ann.say(&room, "deleted").await;
    ann.delete(&format!("/messages/{}", last["id"].as_str().unwrap())).await.ok();
    let (ann, bob) = again("").await;
    let text = sink.letter()["text"].as_str().unwrap().to_owned();
    assert!(text.contains("2 messages from ann") && text.contains("for all") && !text.contains("deleted"), "{text}");
    // quiet hours: later
    let quiet = json!({ "from": 0, "to": 0, "zone": "Asia/Tokyo", "days": [1, 2, 3, 4, 5, 6, 7] });
    bob.put("/notifications/settings", json!({ "show_content": true, "quiet": quiet })).await.ok();
    ann.say(&room, "in the night").await;
    let (_, bob) = again("quiet").await;
    bob.put("/notifications/settings", json!({ "show_content": true, "quiet": null })).await.ok();
    let (ann, bob) = again("").await;
    assert!(sink.letter()["text"].as_str().unwrap().contains("in the night"));
    // who is no member any more, and whose account is disabled
    ann.say(&room, "behind closed doors").await;
    bob.delete(&format!("/servers/{server}/members/me")).await;
    bob.post(&format!("/servers/{server}/leave"), json!({})).await;
    let (ann, bob) = again("not a member").await;
    bob.put(&format!("/notifications/levels/{direct}"), json!({})).await.ok();
    ann.say(&direct, "disabled").await;
    let change = AdminChange { role: None, is_disabled: Some(true) };
    admin::change(&node.node.app, Actor::operator(), bob.id.parse().unwrap(), change).await.unwrap();
    node.clock.advance(HOUR);
    run(&node).await.unwrap();
    sink.is_silent();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_encrypted_conversations_a_letter_says_who_and_how_many() {
    let (sink, node) = Sink::with_node().await;
    let (ann, bob, ..) = node.ann_and_bob().await;
    sink.confirmed(&bob, "bob@example.org").await;
    node.clock.advance(MINUTE);
    let (mut hers, his) = (Device::set_up(&ann).await, Device::set_up(&bob).await);
    let mut talk = Talk::direct(&mut hers, &his).await;
    for word in ["the secret word", "another one"] {
        let envelope = talk.text(&hers, word);
        send(&hers.person, &envelope).await.created();
    }
    a_day_later(&node).await;
    let letter = sink.letter();
    let text = letter["text"].as_str().unwrap().replace("\r\n", "\n");
    assert!(text.contains("\nann\n2 messages; end-to-end encrypted\nhttps://"), "{text}");
    assert!(!letter.to_string().contains("secret"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn letters_end_by_one_click_and_without_an_account() {
    let (sink, node) = Sink::with_node().await;
    let (ann, bob, ..) = node.ann_and_bob().await;
    // two accounts, one mailbox: each ends its own
    let carl = node.user("carl").await;
    sink.confirmed(&bob, "family@example.org").await;
    sink.confirmed(&carl, "family@example.org").await;
    node.clock.advance(MINUTE);
    let (with_bob, with_carl) = (ann.direct(&bob).await, ann.direct(&carl).await);
    ann.say(&with_bob, "hello bob").await;
    a_day_later(&node).await;
    let letter = sink.letter();
    let url = header(&letter, "list-unsubscribe").unwrap().trim_matches(['<', '>']).to_owned();
    assert_eq!(header(&letter, "list-unsubscribe-post"), Some("List-Unsubscribe=One-Click"));
    let path = url.strip_prefix(&format!("{BASE}/api/v1")).unwrap().to_owned();
    assert_eq!(path, format!("/mail/unsubscribe?token={}", link(&letter, "/api/v1/mail/unsubscribe?token=")), "the same at the bottom");
    // who only looks changes nothing
    let page = node.nobody().get(&path).await.ok();
    assert!(page.as_str().unwrap().contains("family@example.org"), "{page}");
    assert_eq!(bob.sign_in_again().await.get("/notifications/mail").await.ok()["choice"]["rhythm"], "daily");
    // a forged one ends nothing
    let (start, token) = path.split_once('=').unwrap();
    let forged = format!("{start}={}{}", &token[..token.len() - 4], "AAAA");
    assert!(node.nobody().post(&forged, json!({})).await.ok().as_str().unwrap().contains("not valid"));
    // as a mail program does it, twice
    let url = format!("http://{}/api/v1{path}", node.address);
    for _ in 0..2 {
        let request = crate::support::http_client().post(&url).header("content-type", "application/x-www-form-urlencoded");
        let answer = request.body("List-Unsubscribe=One-Click").send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }
    let (ann, bob) = (ann.sign_in_again().await, bob.sign_in_again().await);
    let state = bob.get("/notifications/mail").await.ok();
    assert_eq!((&state["choice"]["rhythm"], &state["address"]), (&json!("off"), &json!("family@example.org")));
    ann.say(&with_bob, "nothing of this").await;
    ann.say(&with_carl, "hello carl").await;
    a_day_later(&node).await;
    assert!(sink.letter()["text"].as_str().unwrap().contains("hello carl"));
    sink.is_silent();
    // what happened meanwhile is not told afterwards
    let bob = bob.sign_in_again().await;
    bob.put("/notifications/mail", json!({ "rhythm": "daily", "hour": 8, "zone": "UTC", "show_content": true })).await.ok();
    a_day_later(&node).await;
    sink.is_silent();
    // of an address that is removed there is nothing to end
    bob.sign_in_again().await.delete("/notifications/mail/address").await.ok();
    assert!(node.nobody().post(&path, json!({})).await.ok().as_str().unwrap().contains("not valid"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_taken_now_comes_later_and_what_bounces_is_switched_off() {
    let (mut sink, node) = Sink::with_node().await;
    let (ann, bob, ..) = node.ann_and_bob().await;
    sink.confirmed(&bob, "bob@example.org").await;
    node.clock.advance(MINUTE);
    let direct = ann.direct(&bob).await;
    ann.say(&direct, "the first").await;
    // greylisted, twice; what was read meanwhile is not told any more, what came is
    sink.answer("rcpt", &["450 4.7.1 try later", "451 4.3.0 <bob@example.org> later"]);
    a_day_later(&node).await;
    run(&node).await.unwrap();
    sink.is_silent();
    ann.sign_in_again().await.say(&direct, "the second").await;
    for minutes in [6, 11] {
        node.clock.advance(minutes * MINUTE);
        run(&node).await.unwrap();
    }
    let text = sink.letter()["text"].as_str().unwrap().to_owned();
    assert!(text.contains("the first") && text.contains("the second"), "{text}");
    // refused for its content: not tried again, the next one is another
    ann.sign_in_again().await.say(&direct, "spam").await;
    sink.answer("data", &["554 5.7.1 looks like spam"]);
    a_day_later(&node).await;
    node.clock.advance(2 * HOUR);
    run(&node).await.unwrap();
    sink.is_silent();
    // the connection breaks when the server has it: perhaps it was taken, so it is not told again
    ann.sign_in_again().await.say(&direct, "perhaps").await;
    sink.answer("data", &["hang up"]);
    node.clock.advance(DAY);
    run(&node).await.unwrap_err();
    a_day_later(&node).await;
    sink.is_silent();
    // the server has no time: told whole by the next run after a rest
    ann.sign_in_again().await.say(&direct, "kept").await;
    sink.answer("mail", &["451 4.3.2 out of space"]);
    node.clock.advance(DAY);
    let e = run(&node).await.unwrap_err();
    assert_eq!(e.code.as_str(), "mail.refused");
    run(&node).await.unwrap();
    sink.is_silent();
    node.clock.advance(MINUTE);
    run(&node).await.unwrap();
    assert!(sink.letter()["text"].as_str().unwrap().contains("kept"));
    // no such address
    ann.sign_in_again().await.say(&direct, "bounces").await;
    sink.answer("rcpt", &["550 5.1.1 <bob@example.org>: no such user"]);
    a_day_later(&node).await;
    let bob = bob.sign_in_again().await;
    let state = bob.get("/notifications/mail").await.ok();
    assert_eq!(state["failure"]["said"], "550 5.1.1 <bob@example.org>: no such user");
    bob.put("/notifications/mail", json!({ "rhythm": "hourly", "hour": 8, "zone": "UTC", "show_content": true })).await.ok();
    ann.sign_in_again().await.say(&direct, "nothing").await;
    a_day_later(&node).await;
    sink.is_silent();
    // until it is confirmed again
    let bob = bob.sign_in_again().await;
    sink.confirmed(&bob, "bob@example.org").await;
    assert_eq!(bob.get("/notifications/mail").await.ok()["failure"], Value::Null);
    // an address that bounces is told to whoever asked
    sink.answer("rcpt", &["550 5.1.1 no such user"]);
    let mut socket = bob.socket().await;
    bob.put("/notifications/mail/address", json!({ "address": "nobody@example.org" })).await.ok();
    socket.wait_for("notifications.mail").await;
    assert_eq!(socket.wait_for("notifications.mail").await["asked"]["failure"], "550 5.1.1 no such user");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_and_texts_of_all_kinds_come_through_whole_and_do_nothing() {
    let (sink, node) = Sink::with_node().await;
    let (ann, bob, ..) = node.ann_and_bob().await;
    make_admin(&node, &ann).await;
    sink.confirmed(&bob, "bob@example.org").await;
    node.clock.advance(MINUTE);
    let direct = ann.direct(&bob).await;
    ann.patch("/admin/settings", json!({ "name": "\"Ann\" <x@example.org>, 👩‍🌾 גן" })).await.ok();
    ann.patch("/users/me", json!({ "display_name": "<script>\u{202E}אבג 👨‍👩‍👧‍👦 =?utf-8?q?x?=" })).await.ok();
    let long = format!("{} end", "ж👍".repeat(500));
    for text in ["שלום עולם", "a\r\n.\r\nMAIL FROM:<x@example.org>", "<img src=x onerror=alert(1)>", ".", &long] {
        ann.say(&direct, text).await;
    }
    a_day_later(&node).await;
    let letter = sink.letter();
    assert_eq!(header(&letter, "subject"), Some("\"Ann\" <x@example.org>, 👩‍🌾 גן: 5 new messages for you"));
    assert_eq!(letter["from"], json!([["\"Ann\" <x@example.org>, 👩‍🌾 גן", "snug@snug.example"]]));
    assert_eq!(letter["to"], json!(["bob@example.org"]));
    let names: Vec<&str> = letter["headers"].as_array().unwrap().iter().map(|header| header[0].as_str().unwrap()).collect();
    assert_eq!(names.len(), 10, "{names:?}");
    let text = letter["text"].as_str().unwrap().replace("\r\n", "\n");
    let writer = "<script>אבג 👨‍👩‍👧‍👦 =?utf-8?q?x?=";
    for said in ["שלום עולם", "a . MAIL FROM:<x@example.org>", "<img src=x onerror=alert(1)>", "."] {
        assert!(text.contains(&format!("\n  {writer}: {said}\n")), "{said} in\n{text}");
    }
    assert!(text.contains("ж👍ж👍") && text.contains('…') && !text.contains(" end\n"));
    sink.is_silent();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn administrators_try_it_and_are_told_what_is_wrong() {
    let (mut sink, node) = Sink::with_node().await;
    let ann = node.user("ann").await;
    ann.post("/admin/mail/test", json!({ "address": "ann@example.org" })).await.fails(403, "permission.missing");
    make_admin(&node, &ann).await;
    let shown = ann.get("/admin/mail").await.ok();
    assert_eq!(
        shown,
        json!({ "enabled": true, "server": "localhost", "port": sink.port, "security": "starttls", "from": "snug@snug.example", "people": 0 })
    );
    let answer = ann.post("/admin/mail/test", json!({ "address": "ann@example.org" })).await.ok();
    assert_eq!(answer["said"], "250 2.0.0 Ok: queued");
    assert_eq!(header(&sink.letter(), "subject"), Some("Snug: e-mail works"));
    sink.answer("rcpt", &["550 5.7.1 relaying denied"]);
    let refused = ann.post("/admin/mail/test", json!({ "address": "ann@example.org" })).await.fails(502, "mail.refused");
    assert_eq!(refused["detail"], "550 5.7.1 relaying denied");
    let lines = ann.get("/admin/audit?log=admin").await.ok();
    let tests: Vec<&Value> = lines["lines"].as_array().unwrap().iter().filter(|line| line["kind"] == "mail.tested").collect();
    assert_eq!((tests.len(), &tests[0]["changes"][0]["after"], &tests[1]["changes"][0]["after"]), (2, &json!("false"), &json!("true")));
    assert!(!lines.to_string().contains("ann@example.org"));

    // what may be wrong, each in words that help
    let plain = Sink::start("none", "");
    let tls = Sink::start("tls", "snug:hush hush");
    type Case<'a> = (&'a Sink, &'a dyn Fn(&mut Config), &'a str);
    let nowhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let cases: [Case; 6] = [
        (&sink, &|c| c.mail.password = Some(Secret("wrong".to_owned().into())), "refuses mail.user or mail.password: 535"),
        (&sink, &|c| c.mail.ca_file = None, "The certificate of localhost is not good for it"),
        (&sink, &|c| c.mail.security = MailSecurity::Tls, "does not speak TLS on port"),
        (&sink, &|c| c.mail.port = nowhere, "can't be reached on port"),
        (&sink, &|c| c.mail.ca_file = Some("/nowhere/ca.pem".into()), "mail.ca_file: /nowhere/ca.pem can't be read"),
        (&plain, &|_| {}, "does not offer STARTTLS on port"),
    ];
    for (sink, change, expected) in cases {
        let node = sink.node(|config| change(config)).await;
        let ann = node.user("ann").await;
        make_admin(&node, &ann).await;
        let refused = ann.post("/admin/mail/test", json!({ "address": "ann@example.org" })).await.fails(502, "mail.refused");
        let said = refused["detail"].as_str().unwrap();
        assert!(said.contains(expected) && !said.contains("hush"), "{expected}: {said}");
    }
    // the other ways of being secure, and a password from a file
    let file = sink.folder.path().join("password");
    std::fs::write(&file, "hush hush\n").unwrap();
    for (sink, security) in [(&tls, MailSecurity::Tls), (&plain, MailSecurity::None)] {
        let node = sink
            .node(|config| {
                config.mail.security = security;
                (config.mail.password, config.mail.password_file) = (None, Some(file.clone()));
                if security == MailSecurity::None {
                    (config.mail.user, config.mail.password_file) = (None, None);
                }
            })
            .await;
        let ann = node.user("ann").await;
        make_admin(&node, &ann).await;
        ann.post("/admin/mail/test", json!({ "address": "ann@example.org" })).await.ok();
        assert_eq!(sink.letter()["secure"], security == MailSecurity::Tls);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_mail_server_there_is_nothing_of_it() {
    let node = TestNode::start().await;
    let ann = node.user("ann").await;
    assert_eq!(ann.get("/notifications/mail").await.ok()["enabled"], false);
    ann.put("/notifications/mail/address", json!({ "address": "ann@example.org" })).await.fails(409, "mail.off");
    let choice = json!({ "rhythm": "daily", "hour": 8, "zone": "UTC", "show_content": true });
    ann.put("/notifications/mail", choice).await.fails(409, "mail.off");
    make_admin(&node, &ann).await;
    assert_eq!(ann.get("/admin/mail").await.ok()["enabled"], false);
    ann.post("/admin/mail/test", json!({ "address": "ann@example.org" })).await.fails(409, "mail.off");
    assert!(!ann.get("/admin/jobs").await.ok().to_string().contains("e-mail"));
}

#[test]
fn the_operator_tries_it_from_the_terminal() {
    let sink = Sink::start("starttls", "snug:hush hush");
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let config = |password: &str| {
        format!(
            "[node]\npublic_url = \"{BASE}\"\n[mail]\nserver = \"localhost\"\nport = {}\nca_file = \"{}\"\nuser = \"snug\"\npassword = \"{password}\"\nfrom = \"snug@snug.example\"\n",
            sink.port,
            sink.folder.path().join("ca.pem").display()
        )
    };
    std::fs::write(data.join("snug.toml"), config("hush hush")).unwrap();
    let mut node = Running::start(&data, &[]);
    let output = cli::run(&data, &["mail", "test", "ann@example.org"]);
    assert_eq!(cli::text(&output.stdout), "The mail server took it: 250 2.0.0 Ok: queued\n", "{}", cli::text(&output.stderr));
    sink.letter();
    let report = cli::text(&cli::run(&data, &["doctor"]).stdout);
    assert!(report.contains("The mail server localhost lets the node in."), "{report}");
    sink.is_silent();
    node.stop();
    // without a running node; and what is wrong, without the password
    std::fs::write(data.join("snug.toml"), config("wrong word")).unwrap();
    let output = cli::run(&data, &["mail", "test", "ann@example.org"]);
    let said = cli::text(&output.stderr);
    assert!(!output.status.success() && said.contains("refuses mail.user or mail.password: 535") && !said.contains("wrong word"), "{said}");
    let report = cli::text(&cli::run(&data, &["doctor"]).stdout);
    assert!(
        report.contains("E-mail can't be sent. localhost refuses mail.user or mail.password") && report.contains("snug mail test"),
        "{report}"
    );
    std::fs::write(data.join("snug.toml"), "[mail]\nserver = \"localhost\"\n").unwrap();
    let said = cli::text(&cli::run(&data, &["config", "check"]).stderr);
    assert!(said.contains("mail.from: is missing"), "{said}");
}

//! Push messages, against a push service that reads along with another library (push_oracle.py).
use crate::support::device::Device;
use crate::support::talk::{Talk, send};
use crate::support::{Person, TestNode, new_id};
use parking_lot::Mutex;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// How long the node waits whether a message is read, in these tests.
const DELAY_MS: u64 = 150;

fn oracle(arguments: &[&str], input: &str) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/push_oracle.py");
    let mut child = Command::new("/usr/bin/python3")
        .arg(script)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python and its cryptography, which scripts/test.sh installs");
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "the oracle says no");
    String::from_utf8(output.stdout).unwrap()
}

/// What the push service was sent.
#[derive(Clone, Debug)]
struct Asked {
    path: String,
    headers: HashMap<String, String>,
    body: Vec<u8>,
}

/// A push service on this machine, with a certificate that only the node of the test trusts.
struct Service {
    folder: tempfile::TempDir,
    port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
    /// What it answers next; 201 when there is nothing.
    answers: Arc<Mutex<VecDeque<&'static str>>>,
}

impl Service {
    async fn start() -> Service {
        let folder = tempfile::tempdir().unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(certificate(folder.path())));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (asked, answers) = (Arc::<Mutex<Vec<Asked>>>::default(), Arc::<Mutex<VecDeque<_>>>::default());
        let (all, next) = (asked.clone(), answers.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(acceptor.clone(), stream, all.clone(), next.clone()));
            }
        });
        Service { folder, port, asked, answers }
    }

    /// A node that may talk to it.
    async fn node(&self) -> TestNode {
        let ca = self.folder.path().join("ca.pem");
        TestNode::start_with(|config| {
            config.push.allow_private_endpoints = true;
            config.push.ca_file = Some(ca);
            config.push.delay_ms = DELAY_MS;
            config.push.contact = Some("operator@snug.example".to_owned());
        })
        .await
    }

    /// A browser subscribes.
    async fn browser(&self, person: &Person) -> Browser {
        let keys: Value = serde_json::from_str(&oracle(&["keys"], "")).unwrap();
        let endpoint = format!("https://localhost:{}/{}", self.port, new_id());
        let browser = Browser { keys, endpoint };
        person.put("/notifications/push", browser.subscription()).await.ok();
        browser
    }

    /// Waits until the browser was sent so many messages in all; opens the last one.
    async fn wait(&self, node: &TestNode, browser: &Browser, count: usize) -> Value {
        let begun = Instant::now();
        loop {
            let mine = self.of(browser);
            if mine.len() >= count {
                assert_eq!(mine.len(), count, "no more than that");
                return browser.open(node, mine.last().unwrap()).await;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "{} of {count} messages came", mine.len());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn of(&self, browser: &Browser) -> Vec<Asked> {
        self.asked.lock().iter().filter(|asked| browser.endpoint.ends_with(&asked.path)).cloned().collect()
    }

    /// Everybody who was to hear has heard.
    async fn settle(&self) {
        tokio::time::sleep(Duration::from_millis(DELAY_MS * 4)).await;
    }
}

fn certificate(folder: &std::path::Path) -> rustls::ServerConfig {
    let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    std::fs::write(folder.join("ca.pem"), params.self_signed(&key).unwrap().pem()).unwrap();
    let issuer = Issuer::new(params, key);
    let own = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&own, &issuer).unwrap();
    let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(own.serialize_der()));
    rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(leaf.der().to_vec())], private)
        .unwrap()
}

async fn serve(acceptor: TlsAcceptor, stream: TcpStream, all: Arc<Mutex<Vec<Asked>>>, answers: Arc<Mutex<VecDeque<&'static str>>>) {
    let Ok(mut stream) = acceptor.accept(stream).await else { return };
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
            let headers: HashMap<String, String> = head
                .lines()
                .skip(1)
                .filter_map(|line| line.split_once(": "))
                .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
                .collect();
            let length: usize = headers["content-length"].parse().unwrap();
            if bytes.len() >= end + 4 + length {
                let path = head.split(' ').nth(1).unwrap().to_owned();
                assert!(head.starts_with("POST "));
                all.lock().push(Asked { path, headers, body: bytes[end + 4..].to_vec() });
                break;
            }
        }
        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return;
        }
    }
    let answer = answers.lock().pop_front().unwrap_or("201 Created\r\n");
    let _ = stream.write_all(format!("HTTP/1.1 {answer}Content-Length: 0\r\nConnection: close\r\n\r\n").as_bytes()).await;
    let _ = stream.shutdown().await;
}

struct Browser {
    keys: Value,
    endpoint: String,
}

impl Browser {
    fn subscription(&self) -> Value {
        json!({ "endpoint": self.endpoint, "expirationTime": null, "keys": { "p256dh": self.keys["p256dh"], "auth": self.keys["auth"] } })
    }

    /// Opens a message and checks who sent it.
    async fn open(&self, node: &TestNode, asked: &Asked) -> Value {
        use base64::Engine;
        let offer = node.node.app.clone();
        let public_key = snug_notifications::push::offer(&offer, me()).await.unwrap().public_key;
        let line = json!({
            "private": self.keys["private"], "auth": self.keys["auth"], "public_key": public_key,
            "authorization": asked.headers["authorization"],
            "body": base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(&asked.body),
        });
        let opened: Value = serde_json::from_str(&oracle(&[], &format!("{line}\n"))).unwrap();
        let (claims, now) = (&opened["claims"], node.clock.now() / 1_000);
        assert_eq!(claims["aud"], self.endpoint[..self.endpoint.rfind('/').unwrap()]);
        assert_eq!(claims["sub"], "mailto:operator@snug.example");
        assert!((now..=now + 24 * 3_600).contains(&claims["exp"].as_i64().unwrap()));
        assert_eq!(asked.headers["content-encoding"], "aes128gcm");
        assert!(asked.headers["ttl"].parse::<u32>().unwrap() > 0);
        serde_json::from_str(opened["text"].as_str().unwrap()).unwrap()
    }
}

/// Nobody: the key is the same for all.
fn me() -> snug_accounts::Me {
    snug_accounts::Me { user: snug_base::UserId::new(), session: snug_base::SessionId::new() }
}

#[tokio::test]
async fn a_message_reaches_who_is_not_there_sealed_and_in_words() {
    let service = Service::start().await;
    let node = service.node().await;
    let (ann, bob, server, room) = node.ann_and_bob().await;
    let browser = service.browser(&bob).await;
    let direct = ann.direct(&bob).await;
    ann.say(&direct, "are you there?").await;
    let told = service.wait(&node, &browser, 1).await;
    assert_eq!(told["type"], "message");
    assert_eq!((&told["sender"], &told["text"], &told["kind"]), (&json!("ann"), &json!("are you there?"), &json!("direct")));
    assert_eq!((&told["count"], &told["badge"], &told["url"]), (&json!(1), &json!(1), &json!(format!("/c/{direct}/1"))));
    let first = service.of(&browser)[0].clone();
    assert_eq!(first.headers["urgency"], "high");
    assert!(first.headers["topic"].len() <= 32);

    // several of one conversation are one message, with the same topic
    for n in 2..5 {
        ann.say(&direct, &format!("number {n}")).await;
    }
    let told = service.wait(&node, &browser, 2).await;
    assert_eq!((&told["text"], &told["count"], &told["seq"]), (&json!("number 4"), &json!(4), &json!(4)));
    assert_eq!(service.of(&browser)[1].headers["topic"], first.headers["topic"]);

    // in a room only what calls
    ann.say(&room, "nobody in particular").await;
    service.settle().await;
    ann.say(&room, &format!("<@{}>, look", bob.id)).await;
    let told = service.wait(&node, &browser, 3).await;
    assert_eq!((&told["place"], &told["server"], &told["text"]), (&json!("general"), &json!("Garden"), &json!("@bob, look")));
    assert_eq!((&told["url"], &told["badge"]), (&json!(format!("/s/{server}/{room}/2")), &json!(5)));
    assert_ne!(service.of(&browser)[2].headers["topic"], first.headers["topic"]);
    // and an answer, and everyone
    let own = bob.say(&room, "yes?").await;
    let content = json!({ "type": "text", "text": "good" });
    ann.post("/messages", json!({ "id": new_id(), "conversation_id": room, "content": content, "reply_to": own["id"] })).await.created();
    assert_eq!(service.wait(&node, &browser, 4).await["text"], "good");
    ann.say(&room, "@everyone: tea").await;
    assert_eq!(service.wait(&node, &browser, 5).await["text"], "@everyone: tea");
}

#[tokio::test]
async fn nothing_is_pushed_to_who_looks_has_read_or_wants_none() {
    let service = Service::start().await;
    let node = service.node().await;
    let (ann, bob, server, room) = node.ann_and_bob().await;
    let browser = service.browser(&bob).await;
    let direct = ann.direct(&bob).await;
    let silent = async |what: &str| {
        service.settle().await;
        assert_eq!(service.of(&browser).len(), 0, "{what}");
    };
    // read meanwhile
    ann.say(&direct, "read at once").await;
    bob.post(&format!("/conversations/{direct}/read"), json!({ "seq": 1 })).await.ok();
    silent("it was read").await;
    // looking at another device
    let mut desk = bob.socket().await;
    desk.call("presence.look", json!({ "looking": true })).await;
    ann.say(&direct, "seen").await;
    silent("bob looks").await;
    desk.call("presence.look", json!({ "looking": false })).await;
    bob.post(&format!("/conversations/{direct}/read"), json!({ "seq": 2 })).await.ok();
    // muted, also by the server; no level
    bob.put(&format!("/notifications/levels/{direct}"), json!({ "muted": true })).await.ok();
    ann.say(&direct, "muted").await;
    bob.put(&format!("/notifications/levels/{server}"), json!({ "muted": true })).await.ok();
    ann.say(&room, &format!("<@{}> muted", bob.id)).await;
    silent("muted").await;
    bob.put(&format!("/notifications/levels/{server}"), json!({})).await.ok();
    bob.put(&format!("/notifications/levels/{room}"), json!({ "level": "none" })).await.ok();
    ann.say(&room, &format!("<@{}> nothing", bob.id)).await;
    silent("no level").await;
    // do not disturb, and quiet hours around the clock
    bob.put(&format!("/notifications/levels/{direct}"), json!({})).await.ok();
    bob.put("/presence", json!({ "presence": "dnd" })).await.ok();
    ann.say(&direct, "dnd").await;
    silent("do not disturb").await;
    bob.put("/presence", json!({ "presence": "online" })).await.ok();
    let quiet = json!({ "from": 0, "to": 0, "zone": "Asia/Tokyo", "days": [1, 2, 3, 4, 5, 6, 7] });
    bob.put("/notifications/settings", json!({ "show_content": true, "quiet": quiet })).await.ok();
    ann.say(&direct, "quiet").await;
    silent("quiet hours").await;
    bob.put("/notifications/settings", json!({ "show_content": false, "quiet": null })).await.ok();
    // everything in a room, without its words
    bob.put(&format!("/notifications/levels/{room}"), json!({ "level": "all" })).await.ok();
    ann.say(&room, "to nobody").await;
    let told = service.wait(&node, &browser, 1).await;
    assert_eq!((&told["sender"], told.get("text")), (&json!("ann"), None));
    // nobody hears of what they wrote themselves
    bob.say(&room, "mine").await;
    service.settle().await;
    assert_eq!(service.of(&browser).len(), 1);
}

#[tokio::test]
async fn of_encrypted_conversations_the_push_message_says_who_and_nothing_else() {
    let service = Service::start().await;
    let node = service.node().await;
    let (ann, bob, ..) = node.ann_and_bob().await;
    let (mut hers, his) = (Device::set_up(&ann).await, Device::set_up(&bob).await);
    let browser = service.browser(&bob).await;
    let mut talk = Talk::direct(&mut hers, &his).await;
    let envelope = talk.text(&hers, "the secret word");
    send(&hers.person, &envelope).await.created();
    let told = service.wait(&node, &browser, 1).await;
    assert_eq!(told["sender"], "ann");
    assert_eq!((told.get("text"), told.get("place")), (None, None));
}

#[tokio::test]
async fn a_subscription_ends_with_its_session_or_when_the_service_forgot_it() {
    let service = Service::start().await;
    let node = service.node().await;
    let (ann, bob, ..) = node.ann_and_bob().await;
    let phone = bob.sign_in_again().await;
    let (desk, pocket) = (service.browser(&bob).await, service.browser(&phone).await);
    let direct = ann.direct(&bob).await;
    ann.say(&direct, "one").await;
    service.wait(&node, &desk, 1).await;
    service.wait(&node, &pocket, 1).await;
    // signed out
    phone.post("/auth/logout", json!({})).await.ok();
    ann.say(&direct, "two").await;
    service.wait(&node, &desk, 2).await;
    service.settle().await;
    assert_eq!(service.of(&pocket).len(), 1);
    let count = || async {
        node.node.app.db.read(|read| read.value::<i64>("SELECT count(*) AS value FROM push_subscriptions", &[])).await.unwrap().unwrap()
    };
    assert_eq!(count().await, 1);
    // forgotten by its push service
    service.answers.lock().push_back("410 Gone\r\n");
    ann.say(&direct, "three").await;
    service.wait(&node, &desk, 3).await;
    service.settle().await;
    assert_eq!(count().await, 0);
    assert_eq!(bob.get("/notifications/push").await.ok()["subscribed"], false);
    // switched off by hand
    let again = service.browser(&bob).await;
    assert_eq!(bob.get("/notifications/push").await.ok()["subscribed"], true);
    bob.delete("/notifications/push").await.ok();
    ann.say(&direct, "four").await;
    service.settle().await;
    assert_eq!(service.of(&again).len(), 0);
}

#[tokio::test]
async fn a_service_that_is_busy_is_asked_again_unless_the_message_was_read() {
    let service = Service::start().await;
    let node = service.node().await;
    let (ann, bob, ..) = node.ann_and_bob().await;
    let browser = service.browser(&bob).await;
    let direct = ann.direct(&bob).await;
    service.answers.lock().extend(["503 Busy\r\nRetry-After: 1\r\n", "429 Slowly\r\nRetry-After: 1\r\n"]);
    ann.say(&direct, "again and again").await;
    assert_eq!(service.wait(&node, &browser, 3).await["text"], "again and again");
    service.answers.lock().push_back("503 Busy\r\nRetry-After: 1\r\n");
    ann.say(&direct, "read before the second try").await;
    service.wait(&node, &browser, 4).await;
    bob.post(&format!("/conversations/{direct}/read"), json!({ "seq": 2 })).await.ok();
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(service.of(&browser).len(), 4);
}

#[tokio::test]
async fn a_try_says_what_the_service_answered_and_a_lost_subscription_is_renewed() {
    let service = Service::start().await;
    let node = service.node().await;
    let (_, bob, ..) = node.ann_and_bob().await;
    bob.post("/notifications/push/test", json!({})).await.fails(409, "push.not_subscribed");
    let browser = service.browser(&bob).await;
    bob.post("/notifications/push/test", json!({})).await.ok();
    assert_eq!(service.wait(&node, &browser, 1).await, json!({ "type": "test" }));
    service.answers.lock().push_back("403 No\r\n");
    let refused = bob.post("/notifications/push/test", json!({})).await.fails(502, "push.refused");
    assert!(refused["detail"].as_str().unwrap().contains("403"));

    // by whoever knows the old one's secret, without a session
    let next = Browser { keys: serde_json::from_str(&oracle(&["keys"], "")).unwrap(), endpoint: format!("{}-new", browser.endpoint) };
    let mut wrong = browser.subscription();
    wrong["keys"]["auth"] = next.keys["auth"].clone();
    let renewal = |old: Value| json!({ "old": old, "new": next.subscription() });
    node.nobody().post("/notifications/push/renew", renewal(wrong)).await.fails(404, "not_found");
    node.nobody().post("/notifications/push/renew", renewal(browser.subscription())).await.ok();
    bob.post("/notifications/push/test", json!({})).await.ok();
    service.wait(&node, &next, 1).await;
    node.nobody().post("/notifications/push/renew", renewal(browser.subscription())).await.fails(404, "not_found");
}

#[tokio::test]
async fn what_is_no_subscription_is_refused_and_leads_nowhere_private() {
    let node = TestNode::start().await;
    let ann = node.user("ann").await;
    let good = json!({ "endpoint": "https://push.example.org/a", "keys": {
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4", "auth": "BTBZMqHH6r4Tts7J_aSIgg" } });
    ann.put("/notifications/push", good.clone()).await.ok();
    let with = |pointer: &str, value: Value| {
        let mut spoilt = good.clone();
        *spoilt.pointer_mut(pointer).unwrap() = value;
        spoilt
    };
    let off_curve = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw5";
    for wrong in [
        with("/endpoint", json!("http://push.example.org/a")),
        with("/endpoint", json!(format!("https://push.example.org/{}", "a".repeat(2_000)))),
        with("/endpoint", json!("https://127.0.0.1/a")),
        with("/endpoint", json!("https://[::1]/a")),
        with("/endpoint", json!("https://[::ffff:10.0.0.1]/a")),
        with("/endpoint", json!("https://169.254.169.254/latest/meta-data")),
        with("/endpoint", json!("ftp://push.example.org/a")),
        with("/keys/p256dh", json!(off_curve)),
        with("/keys/p256dh", json!("AAAA")),
        with("/keys/p256dh", json!("*".repeat(87))),
        with("/keys/auth", json!("BTBZMqHH6r4Tts7J_aSI")),
        with("/keys/auth", json!("")),
    ] {
        ann.put("/notifications/push", wrong.clone()).await.fails(422, "request.invalid");
    }
    // a name that leads to this machine is found out when it is connected to
    let service = Service::start().await;
    ann.put("/notifications/push", with("/endpoint", json!(format!("https://localhost:{}/a", service.port)))).await.ok();
    ann.post("/notifications/push/test", json!({})).await.fails(502, "push.refused");
    assert_eq!(service.asked.lock().len(), 0);
}

#[tokio::test]
async fn a_person_has_so_many_devices_and_a_browser_one_person() {
    let service = Service::start().await;
    let node = service.node().await;
    let (ann, bob, ..) = node.ann_and_bob().await;
    let shared = service.browser(&ann).await;
    bob.put("/notifications/push", shared.subscription()).await.ok();
    assert_eq!(ann.get("/notifications/push").await.ok()["subscribed"], false);
    let first = bob;
    for _ in 0..20 {
        let device = first.sign_in_again().await;
        node.clock.advance(10);
        let subscription = Browser { keys: shared.keys.clone(), endpoint: format!("{}/{}", shared.endpoint, device.session) };
        device.put("/notifications/push", subscription.subscription()).await.ok();
    }
    let count = node.node.app.db.read(|read| read.value::<i64>("SELECT count(*) AS value FROM push_subscriptions", &[])).await.unwrap();
    assert_eq!(count, Some(20));
    assert_eq!(first.get("/notifications/push").await.ok()["subscribed"], false, "the oldest one went");
}

/// What the check-up says of push messages: how bad it is, and what.
async fn checked(admin: &Person) -> Vec<(String, String)> {
    let report = admin.post("/admin/checkup", json!({})).await.ok();
    let of = |finding: &Value| (finding["outcome"].as_str().unwrap().to_owned(), finding["what"].as_str().unwrap().to_owned());
    report["findings"].as_array().unwrap().iter().filter(|finding| finding["area"] == "push").map(of).collect()
}

#[tokio::test]
async fn the_check_up_asks_the_push_services_and_sends_no_device_anything() {
    let service = Service::start().await;
    let node = service.node().await;
    let (ann, bob, ..) = node.ann_and_bob().await;
    node.make_admin(&ann).await;
    assert_eq!(checked(&ann).await, [("ok".to_owned(), "No device has asked for push messages yet.".to_owned())]);
    let browser = service.browser(&bob).await;
    let origin = format!("https://localhost:{}", service.port);
    let answers = ("ok".to_owned(), format!("The push service {origin} answers."));
    service.answers.lock().push_back("404 Not Found\r\n");
    assert_eq!(checked(&ann).await, std::slice::from_ref(&answers));
    assert_eq!(service.asked.lock().iter().map(|asked| asked.path.clone()).collect::<Vec<_>>(), ["/"]);

    // a message that it will not take
    service.answers.lock().push_back("403 Forbidden\r\n");
    let direct = ann.direct(&bob).await;
    ann.say(&direct, "are you there?").await;
    service.wait(&node, &browser, 1).await;
    let begun = Instant::now();
    let missed = ("warning".to_owned(), "1 of 1 devices did not get their last push message.".to_owned());
    while checked(&ann).await != [answers.clone(), missed.clone()] {
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", checked(&ann).await);
    }
    // nobody there any more
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let subscription = json!({ "endpoint": format!("https://localhost:{}/x", gone.local_addr().unwrap().port()),
        "keys": { "p256dh": browser.keys["p256dh"], "auth": browser.keys["auth"] } });
    bob.put("/notifications/push", subscription).await.ok();
    drop(gone);
    let found = checked(&ann).await;
    assert!(found.len() == 1 && found[0].0 == "problem" && found[0].1.contains("can't be reached"), "{found:?}");
}

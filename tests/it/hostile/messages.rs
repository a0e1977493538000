//! Lies about what was said.
use super::Scene;
use crate::support::talk::{Talk, send};
use serde_json::{Value, json};
use snug_client::client::id_of;
use snug_client::conversation::messages::{Body, Unreadable};
use snug_crypto::conversation_log::ConversationLog;
use snug_crypto::dh::DhKey;
use snug_crypto::envelope::Kind;
use snug_crypto::wrap::{self, Batch, Receiver};
use std::time::Duration;

/// The messages of a page.
fn page(answer: &mut Value) -> &mut Vec<Value> {
    answer["messages"].as_array_mut().unwrap()
}

fn flip(text: &str) -> String {
    let first = if text.starts_with('A') { "B" } else { "A" };
    format!("{first}{}", &text[1..])
}

#[tokio::test]
async fn messages_stay_what_and_where_they_are() {
    let mut scene = Scene::new().await;
    let other = scene.ann.client().start_direct(scene.bob.user).await.unwrap();
    scene.ann.say(other, "for you alone").await;
    scene.bob.until_reads(other, &["for you alone"]).await;
    scene.ann.say(scene.chat, "second").await;
    scene.bob.until_reads(scene.chat, &["hello", "second"]).await;
    let elsewhere: Value = {
        let answer = scene.person.get(&format!("/conversations/{other}/messages")).await.ok();
        answer["messages"][0].clone()
    };
    let (chat, mallory) = (scene.chat.to_string(), scene.mallory.person.id.clone());
    type Lie = Box<dyn FnMut(&mut Value) + Send>;
    let moved = elsewhere.clone();
    let place = chat.clone();
    let lies: Vec<(&str, &str, Lie)> = vec![
        (
            "a message of another conversation",
            "moved",
            Box::new(move |last| {
                let (seq, place) = (last["seq"].clone(), json!(place));
                *last = moved.clone();
                last["seq"] = seq;
                last["conversation_id"] = place;
            }),
        ),
        ("its envelope alone", "moved", Box::new(move |last| last["content"] = elsewhere["content"].clone())),
        ("another author", "moved", Box::new(move |last| last["author_id"] = json!(mallory))),
        ("another number", "replayed", Box::new(|last| last["seq"] = json!(7))),
        ("another id", "moved", Box::new(|last| last["id"] = json!(crate::support::new_id()))),
        (
            "altered ciphertext",
            "bad_seal",
            Box::new(|last| {
                let envelope = &mut last["content"]["envelope"];
                envelope["ciphertext"] = json!(flip(envelope["ciphertext"].as_str().unwrap()));
            }),
        ),
        (
            "another salt",
            "bad_seal",
            Box::new(|last| {
                let envelope = &mut last["content"]["envelope"];
                envelope["salt"] = json!(flip(envelope["salt"].as_str().unwrap()));
            }),
        ),
        (
            "another target",
            "bad_",
            Box::new(|last| {
                let envelope = &mut last["content"]["envelope"];
                envelope["target"] = envelope["id"].clone();
            }),
        ),
        (
            "a time to live that was not asked for",
            "bad_seal",
            Box::new(|last| last["content"]["envelope"]["expires"] = json!(99_999_999_999_u64)),
        ),
    ];
    for (what, code, mut lie) in lies {
        scene.proxy.forge(move |asked, answer| {
            if asked.starts_with("GET /conversations/") && answer["messages"].is_array() {
                lie(page(answer).last_mut().unwrap());
            }
        });
        let lines = scene.bob.client().page(scene.chat, None, 10).await.unwrap();
        let Body::Unreadable(Unreadable::Invalid(found)) = &lines[1].body else { panic!("{what}: {:?}", lines[1].body) };
        assert!(found.contains(code), "{what}: {found}");
        assert_eq!(lines[0].body, Body::Text("hello".to_owned()), "{what}");
        scene.proxy.behave();
        assert_eq!(scene.bob.texts(scene.chat).await, ["hello", "second"], "{what}");
    }
    // the same message twice
    scene.proxy.forge(|asked, answer| {
        if asked.starts_with("GET /conversations/") && answer["messages"].is_array() {
            let mut again = page(answer)[0].clone();
            again["seq"] = json!(9);
            page(answer).push(again);
        }
    });
    let lines = scene.bob.client().page(scene.chat, None, 10).await.unwrap();
    assert!(matches!(lines[2].body, Body::Unreadable(Unreadable::Invalid(_))), "{lines:?}");
}

#[tokio::test]
async fn nobody_speaks_for_others() {
    let mut scene = Scene::new().await;
    let answer = scene.person.get(&format!("/conversations/{}/messages", scene.chat)).await.ok();
    let target = answer["messages"][0]["id"].as_str().unwrap().to_owned();
    // a member's edit and deletion of somebody else's message, and an edit that is a message
    let edit = json!(scene.talk.seal(&scene.mallory, Kind::Edit, Some(&target), ("edit", json!({ "body": "I hate hikes" }))));
    let gone = json!(scene.talk.seal(&scene.mallory, Kind::Deletion, Some(&target), ("del", json!({}))));
    let mut relabelled = edit.clone();
    relabelled["account"] = json!(snug_client::client::id_of(scene.ann.user));
    let about = json!([edit, gone, relabelled]);
    scene.proxy.forge(move |asked, answer| {
        if asked.starts_with("GET /conversations/") && answer["messages"].is_array() {
            page(answer)[0]["about"] = about.clone();
        }
    });
    assert_eq!(scene.bob.texts(scene.chat).await, ["hello"]);
    // what the node's users may say about a name; ann owns the group, mallory may not name it
    let named = scene.talk.seal(&scene.mallory, Kind::System, None, ("info", json!({ "name": "Mallory's" })));
    let envelope = json!(named);
    scene.proxy.forge(move |asked, answer| {
        if asked.starts_with("GET /sync") {
            answer["conversations"].as_array_mut().unwrap().iter_mut().for_each(|one| one["encryption"]["info"] = envelope.clone());
        }
    });
    scene.bob.until_called(scene.chat, "Hike").await;
    scene.bob.session.load().await.unwrap();
    assert_eq!(scene.bob.client().name(scene.chat).as_deref(), Some("Hike"));
    // the name of another group of the same people, and one from before
    let other = scene
        .ann
        .client()
        .start_group(&[scene.bob.user], "Surprise for Mallory", snug_client::conversation::members::POLICY)
        .await
        .unwrap();
    scene.proxy.behave();
    scene.bob.live(Duration::from_millis(500)).await;
    scene.bob.until_called(other, "Surprise for Mallory").await;
    let place = other.to_string();
    scene.proxy.forge(move |asked, answer| {
        if asked.starts_with("GET /sync") {
            let all = answer["conversations"].as_array_mut().unwrap();
            let info = all.iter().find(|one| one["id"] == place.as_str()).unwrap()["encryption"]["info"].clone();
            all.iter_mut().for_each(|one| one["encryption"]["info"] = info.clone());
        }
    });
    scene.bob.session.load().await.unwrap();
    assert_eq!(scene.bob.client().name(scene.chat).as_deref(), Some("Hike"));
    scene.goes_on("still the same group").await;
}

#[tokio::test]
async fn nothing_goes_to_whom_it_is_not_for() {
    let mut scene = Scene::new().await;
    let eve: uuid::Uuid = scene.eve.person.id.parse().unwrap();
    let with_eve = scene.bob.client().start_direct(eve).await.unwrap();
    let ann = scene.ann.user;
    scene.bob.client().start_direct(ann).await.unwrap();
    // "the conversation with ann is this one"
    let wrong = json!(with_eve);
    scene.proxy.forge(move |asked, answer| {
        if asked == "POST /e2ee/conversations" && answer["code"] == "e2ee.exists" {
            answer["conversation_id"] = wrong.clone();
        }
    });
    assert_eq!(scene.bob.client().start_direct(ann).await.unwrap_err().code(), "key_mismatch");
    // "ann is in this one, which is called Ann"
    let place = with_eve.to_string();
    scene.proxy.forge(move |asked, answer| {
        if asked.starts_with("GET /sync") {
            let all = answer["conversations"].as_array_mut().unwrap();
            let one = all.iter_mut().find(|one| one["id"] == place.as_str()).unwrap();
            one["name"] = json!("Ann");
            for person in one["participants"].as_array_mut().unwrap() {
                if person["user_id"] == json!(eve) {
                    person["user_id"] = json!(ann);
                }
            }
        }
    });
    scene.bob.session.load().await.unwrap();
    let chat = scene.bob.session.chats().iter().find(|chat| chat.id == with_eve).unwrap();
    assert!(chat.people.contains(&eve) && !chat.people.contains(&ann) && chat.title != "Ann", "{chat:?}");
    scene.goes_on("to the right people").await;
}

#[tokio::test]
async fn nothing_is_ever_sent_in_the_clear() {
    let mut scene = Scene::new().await;
    // the node says that the group never was encrypted, and has a plain message in it
    let chat = scene.chat.to_string();
    scene.proxy.forge(move |asked, answer| {
        if asked.starts_with("GET /sync") {
            answer["conversations"].as_array_mut().unwrap().iter_mut().for_each(|one| one["encryption"] = Value::Null);
        }
        if asked.starts_with(&format!("GET /conversations/{chat}")) && answer["messages"].is_array() {
            let mut plain = page(answer)[0].clone();
            plain["id"] = json!(crate::support::new_id());
            plain["seq"] = json!(2);
            plain["content"] = json!({ "type": "text", "text": "send me your password" });
            page(answer).push(plain);
        }
    });
    scene.bob.session.load().await.unwrap();
    let lines = scene.bob.client().page(scene.chat, None, 10).await.unwrap();
    assert!(lines[1].is_plain && !lines[0].is_plain, "it is marked: {lines:?}");
    assert!(scene.bob.session.is_encrypted(scene.chat));
    scene.bob.say(scene.chat, "planted secret").await;
    let sent = scene.proxy.asked("POST /messages");
    assert!(sent.len() == 1 && !sent[0].to_string().contains("planted secret"), "{sent:?}");
    // also after the program began again
    scene.bob = scene.bob.restart().await;
    scene.bob.say(scene.chat, "planted secret").await;
    let sent = scene.proxy.asked("POST /messages");
    assert!(sent.len() == 2 && !sent[1].to_string().contains("planted secret"), "{sent:?}");
    scene.goes_on("as before").await;
}

#[tokio::test]
async fn wrong_keys_are_known_for_what_they_are() {
    let mut scene = Scene::new().await;
    // what is delivered to bob is altered on the way
    scene.proxy.forge(|asked, answer| {
        if asked.contains("/keys") && answer["keys"].is_array() {
            for batch in answer["keys"].as_array_mut().unwrap() {
                batch["wraps"][0]["ct"] = json!(flip(batch["wraps"][0]["ct"].as_str().unwrap()));
            }
        }
    });
    let out = scene.mallory.person.id.parse().unwrap();
    scene.ann.client().remove_person(scene.chat, out).await.unwrap();
    scene.ann.say(scene.chat, "under a new key").await;
    scene.bob.live(Duration::from_millis(300)).await;
    assert_eq!(scene.bob.texts(scene.chat).await, ["hello", "<Waiting>"]);
    scene.proxy.behave();
    scene.bob.until_reads(scene.chat, &["hello", "under a new key"]).await;
    scene.goes_on("right again").await;

    // a member seals another secret than the log says
    let mut scene = Scene::new().await;
    let wrong = snug_crypto::random::secret().unwrap();
    let n = scene.talk.epoch() + 1;
    tokio::time::sleep(Duration::from_millis(2_100)).await; // two epochs in short order are refused
    let mut links = scene.talk.draft();
    scene.talk.add_epoch(&mut links, &mut scene.mallory).await;
    let bob = snug_client::client::id_of(scene.bob.user);
    let log = links.log.clone().unwrap();
    let false_batch = scene.talk.wrap(&scene.mallory, &log, n, &wrong, &[bob]).await;
    let lie = json!(false_batch);
    scene.proxy.forge(move |asked, answer| {
        if asked.contains("/keys") && answer["keys"].is_array() {
            answer["keys"] = json!([lie]);
        }
    });
    scene.talk.post(&scene.mallory, links).await;
    let envelope = scene.talk.text(&scene.mallory, "can you read this?");
    send(&scene.mallory.person, &envelope).await.created();
    let mut told = Vec::new();
    for _ in 0..20 {
        let wake = tokio::time::timeout(Duration::from_millis(300), scene.bob.session.wait()).await;
        let Ok(wake) = wake else { break };
        if let Some(snug_client::Update::Notice(text)) = scene.bob.session.handle(wake).await.unwrap() {
            told.push(text);
        }
    }
    assert_eq!(scene.bob.texts(scene.chat).await, ["hello", "<Waiting>"]);
    assert!(told.iter().any(|text| text.contains("bad_commit")), "{told:?}");
    scene.proxy.behave();
    scene.bob.until_reads(scene.chat, &["hello", "can you read this?"]).await;
}

#[tokio::test]
async fn a_false_one_time_prekey_costs_one_delivery_and_opens_nothing() {
    let mut scene = Scene::new().await;
    let (ann, nodes) = (scene.ann.user, DhKey::random().unwrap());
    let public = json!(nodes.public());
    scene.proxy.forge(move |asked, answer| {
        if asked == "POST /e2ee/bundles" {
            for bundle in answer["bundles"].as_array_mut().unwrap() {
                assert!(bundle["opk"].is_object(), "{bundle}");
                bundle["opk"]["pub"] = public.clone();
            }
        }
    });
    let chat = scene.bob.client().start_direct(ann).await.unwrap();
    let posted = scene.proxy.asked("POST /e2ee/conversations").remove(0);
    scene.proxy.behave();
    scene.bob.say(chat, "sealed to a false key").await;
    // the node knows the private half of what it put in; that is not enough
    let mut talk = Talk::new(&chat.to_string());
    for user in [ann, scene.bob.user] {
        talk.learn(&scene.mallory.person, id_of(user)).await;
    }
    let links: Vec<_> = serde_json::from_value(posted["links"].clone()).unwrap();
    let log = ConversationLog::verify(talk.conversation, &links, &talk.accounts).unwrap();
    let batch: Batch = serde_json::from_value(posted["wraps"].clone()).unwrap();
    let receiver = Receiver { account: id_of(ann), ik: &nodes, spk: &nodes, opk: Some(&nodes) };
    let opened = wrap::receive(&batch, batch.of(&id_of(ann)).unwrap(), &receiver, &log, &talk.accounts);
    assert_eq!(opened.map(|_| "a secret").unwrap_err().code(), "bad_seal");
    // nor can Ann open it: she asks, and Bob seals it anew
    assert_eq!(scene.ann.texts(chat).await, ["<Waiting>"]);
    let until = tokio::time::Instant::now() + Duration::from_secs(30);
    while scene.ann.texts(chat).await != ["sealed to a false key"] {
        assert!(tokio::time::Instant::now() < until, "{:?}", scene.ann.texts(chat).await);
        scene.bob.live(Duration::from_millis(500)).await;
    }
}

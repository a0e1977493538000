//! The client library as terminal and bots use it, against a real node.
use crate::support::TestNode;
use crate::support::terminal::{Terminal, password};
use snug_client::conversation::members::POLICY;
use snug_client::conversation::verification::Standing;
use snug_crypto::account_log::body::DeviceKind;
use snug_crypto::conversation_log::body::{History, Policy};
use std::time::Duration;

#[tokio::test]
async fn two_people_talk_and_the_node_reads_nothing() {
    let node = TestNode::start().await;
    let (mut ann, mut bob) = (Terminal::join(&node, "ann").await, Terminal::join(&node, "bob").await);
    let chat = ann.client().start_direct(bob.user).await.unwrap();
    ann.say(chat, "hello from a terminal").await;
    assert_eq!(bob.hear().await, "hello from a terminal");
    bob.say(chat, "hello back").await;
    assert_eq!(ann.hear().await, "hello from a terminal", "one's own message comes as an event too");
    assert_eq!(ann.hear().await, "hello back");
    assert_eq!(bob.client().start_direct(ann.user).await.unwrap(), chat, "one per pair");
    let stored: String = node
        .node
        .app
        .db
        .read(|read| read.query("SELECT content FROM messages", &[], |row| row.get::<String>("content")).map(|all| all.join("\n")))
        .await
        .unwrap();
    assert!(stored.contains("ciphertext") && !stored.contains("hello"), "{stored}");
}

#[tokio::test]
async fn edits_reactions_answers_and_deletions_reach_the_others() {
    let node = TestNode::start().await;
    let (mut ann, mut bob) = (Terminal::join(&node, "ann").await, Terminal::join(&node, "bob").await);
    let chat = ann.client().start_direct(bob.user).await.unwrap();
    for text in ["one", "two", "three"] {
        ann.say(chat, text).await;
    }
    bob.until_reads(chat, &["one", "two", "three"]).await;
    let lines = bob.client().page(chat, None, 10).await.unwrap();
    ann.client().edit_text(chat, lines[0].id, "ONE").await.unwrap();
    ann.client().delete(chat, lines[1].id).await.unwrap();
    bob.client().react(chat, lines[2].id, "👍", true).await.unwrap();
    bob.session.say(chat, "yes", Some((lines[2].id, "three"))).await.unwrap();
    for who in [&mut ann, &mut bob] {
        who.until_reads(chat, &["ONE", "<deleted>", "three", "yes"]).await;
        let lines = who.client().page(chat, None, 10).await.unwrap();
        assert!(lines[0].is_edited);
        assert_eq!(lines[2].reactions.get("👍"), Some(&1));
        assert_eq!(lines[3].quote.as_deref(), Some("three"));
    }
    bob.client().react(chat, lines[2].id, "👍", false).await.unwrap();
    assert!(ann.client().page(chat, None, 10).await.unwrap()[2].reactions.is_empty());
    assert!(bob.client().edit_text(chat, lines[2].id, "not mine").await.is_err() || ann.texts(chat).await[2] == "three");
}

#[tokio::test]
async fn a_group_with_somebody_who_leaves_and_comes_back() {
    let node = TestNode::start().await;
    let mut people = Vec::new();
    for name in ["ann", "bob", "cleo", "dan", "eve"] {
        people.push(Terminal::join(&node, name).await);
    }
    let users: Vec<_> = people.iter().map(|one| one.user).collect();
    let [ann, bob, cleo, dan, eve] = &mut people[..] else { unreachable!() };
    let chat = ann.client().start_group(&users[1..], "Hike", POLICY).await.unwrap();
    ann.say(chat, "who comes?").await;
    for one in [&mut *bob, cleo, dan, eve] {
        one.until_reads(chat, &["who comes?"]).await;
        one.until_called(chat, "Hike").await;
    }
    let me = eve.user;
    eve.client().remove_person(chat, me).await.unwrap();
    bob.say(chat, "without eve").await;
    assert!(eve.client().page(chat, None, 10).await.is_err(), "who left reads nothing");
    ann.live(Duration::from_millis(300)).await;
    ann.client().add_people(chat, &[me]).await.unwrap();
    ann.say(chat, "welcome back").await;
    eve.live(Duration::from_millis(500)).await;
    eve.until_reads(chat, &["who comes?", "<BeforeJoin>", "welcome back"]).await;
    for one in [bob, cleo, dan] {
        one.until_reads(chat, &["who comes?", "without eve", "welcome back"]).await;
    }
}

#[tokio::test]
async fn shared_history_is_read_by_who_comes_later() {
    let node = TestNode::start().await;
    let (mut ann, mut bob, mut cleo) =
        (Terminal::join(&node, "ann").await, Terminal::join(&node, "bob").await, Terminal::join(&node, "cleo").await);
    let policy = Policy { history: History::Shared, ..POLICY };
    let chat = ann.client().start_group(&[bob.user], "Open", policy).await.unwrap();
    ann.say(chat, "one").await;
    bob.until_reads(chat, &["one"]).await;
    ann.client().add_people(chat, &[cleo.user]).await.unwrap();
    ann.say(chat, "two").await;
    cleo.live(Duration::from_millis(500)).await;
    cleo.until_reads(chat, &["one", "two"]).await;
}

#[tokio::test]
async fn a_new_device_reads_everything() {
    let node = TestNode::start().await;
    let person = node.user("ann").await;
    let mut ann = Terminal::another(&node, &person).await;
    let mut bob = Terminal::join(&node, "bob").await;
    let chat = ann.client().start_direct(bob.user).await.unwrap();
    ann.say(chat, "from the first device").await;
    bob.until_reads(chat, &["from the first device"]).await;
    bob.say(chat, "to whichever device").await;
    ann.live(Duration::from_millis(300)).await;

    // by the password
    let mut second = Terminal::another(&node, &person).await;
    second.until_reads(chat, &["from the first device", "to whichever device"]).await;
    second.say(chat, "from the second").await;
    bob.until_reads(chat, &["from the first device", "to whichever device", "from the second"]).await;

    // by a code
    let mut third = Terminal::signed_in(&node, &person).await;
    let asking = third.client().ask_to_pair(DeviceKind::Cli).await.unwrap();
    assert!(!third.client().paired(&asking).await.unwrap());
    assert!(ann.client().answer_pairing("0000-0000-0000-0000").await.is_err());
    ann.client().answer_pairing(&asking.code()).await.unwrap();
    assert!(third.client().paired(&asking).await.unwrap());
    third.session.connect().await.unwrap();
    third.until_reads(chat, &["from the first device", "to whichever device", "from the second"]).await;

    // by recovery words
    let words = ann.client().make_words(&password(&person)).await.unwrap();
    let mut fourth = Terminal::signed_in(&node, &person).await;
    assert!(fourth.client().begin_with_words("abandon ability able", DeviceKind::Cli).await.is_err());
    fourth.client().begin_with_words(&words, DeviceKind::Cli).await.unwrap();
    fourth.session.connect().await.unwrap();
    fourth.until_reads(chat, &["from the first device", "to whichever device", "from the second"]).await;
    fourth.say(chat, "and the fourth").await;
    bob.until_reads(chat, &["from the first device", "to whichever device", "from the second", "and the fourth"]).await;
}

#[tokio::test]
async fn a_revoked_device_is_out_at_once() {
    let node = TestNode::start().await;
    let person = node.user("ann").await;
    let mut ann = Terminal::another(&node, &person).await;
    let mut stolen = Terminal::another(&node, &person).await;
    let mut bob = Terminal::join(&node, "bob").await;
    let chat = ann.client().start_direct(bob.user).await.unwrap();
    ann.say(chat, "before").await;
    stolen.until_reads(chat, &["before"]).await;
    let devices = ann.client().devices().await.unwrap();
    let gone: Vec<_> = devices.iter().filter(|device| device.is_active && !device.is_current).map(|device| device.id).collect();
    ann.client().revoke(&gone, &password(&person)).await.unwrap();
    assert!(stolen.client().page(chat, None, 10).await.is_err(), "its session has ended");
    bob.live(Duration::from_millis(300)).await;
    bob.say(chat, "after").await;
    ann.until_reads(chat, &["before", "after"]).await;
    assert_eq!(ann.client().standing(bob.user), Standing::Known);
    // the safety number is the same as before
    assert_eq!(bob.client().standing(ann.user), Standing::Known);
}

#[tokio::test]
async fn a_restart_forgets_nothing_and_finds_what_was_read() {
    let node = TestNode::start().await;
    let (mut ann, mut bob) = (Terminal::join(&node, "ann").await, Terminal::join(&node, "bob").await);
    let chat = ann.client().start_direct(bob.user).await.unwrap();
    ann.say(chat, "Gartenparty am Sonntag").await;
    bob.until_reads(chat, &["Gartenparty am Sonntag"]).await;
    let mut bob = bob.restart().await;
    assert_eq!(bob.client().history.search("party", None, 5).unwrap().len(), 1);
    bob.say(chat, "ich komme").await;
    ann.until_reads(chat, &["Gartenparty am Sonntag", "ich komme"]).await;
}

#[tokio::test]
async fn a_client_that_is_killed_goes_on_with_larger_numbers() {
    let node = TestNode::start().await;
    let (mut ann, mut bob) = (Terminal::join(&node, "ann").await, Terminal::join(&node, "bob").await);
    let chat = ann.client().start_direct(bob.user).await.unwrap();
    ann.say(chat, "one").await;
    let id = ann.client().page(chat, None, 10).await.unwrap()[0].id;
    for text in ["two", "three", "four"] {
        ann.client().edit_text(chat, id, text).await.unwrap();
        ann = ann.kill().resume();
        ann.session.connect().await.unwrap();
    }
    // of one device's edits the one with the highest number counts
    ann.client().edit_text(chat, id, "five").await.unwrap();
    bob.until_reads(chat, &["five"]).await;
}

#[tokio::test]
async fn what_is_not_backed_up_goes_on_to_the_keys_that_devices_get_next() {
    let node = TestNode::start().await;
    let person = node.user("ann").await;
    let mut ann = Terminal::another(&node, &person).await;
    let mut stolen = Terminal::another(&node, &person).await;
    let mut bob = Terminal::join(&node, "bob").await;
    let policy = Policy { backup: false, ..POLICY };
    let chat = ann.client().start_group(&[bob.user], "Off the record", policy).await.unwrap();
    ann.say(chat, "before").await;
    bob.until_reads(chat, &["before"]).await;
    // nobody who could be asked
    let _bob = bob.park();
    // comes by the password, which does not open what is not backed up
    let mut laptop = Terminal::another(&node, &person).await;
    assert_eq!(laptop.texts(chat).await, ["<Waiting>"]);
    let stolen_id = stolen.client().devices().await.unwrap().iter().find(|device| device.is_current).unwrap().id;
    ann.client().revoke(&[stolen_id], &password(&person)).await.unwrap();
    laptop.live(Duration::from_millis(300)).await;
    laptop.until_reads(chat, &["before"]).await;
    // one that is let in by a device that never had the earlier keys
    let mut phone = Terminal::signed_in(&node, &person).await;
    let asking = phone.client().ask_to_pair(DeviceKind::Cli).await.unwrap();
    laptop.client().answer_pairing(&asking.code()).await.unwrap();
    assert!(phone.client().paired(&asking).await.unwrap());
    phone.session.connect().await.unwrap();
    phone.until_reads(chat, &["before"]).await;
}

#[tokio::test]
async fn people_compare_numbers() {
    let node = TestNode::start().await;
    let (mut ann, mut bob) = (Terminal::join(&node, "ann").await, Terminal::join(&node, "bob").await);
    let (for_ann, for_bob) = (ann.user, bob.user);
    let one = ann.client().safety_number(for_bob).await.unwrap();
    let other = bob.client().safety_number(for_ann).await.unwrap();
    assert_eq!((one.groups.len(), &one.groups), (12, &other.groups));
    assert_eq!(ann.client().check_link(&other.link).await.unwrap(), for_bob);
    assert_eq!(ann.client().standing(for_bob), Standing::Verified);
    assert!(ann.client().check_link(&one.link.replace(':', ";")).await.is_err());
}

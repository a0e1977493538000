//! What happens to people over months: long absences, lost folders, resets, killed nodes. Everything that may be read is read, and what is
//! not says why.
use crate::crash::Process;
use crate::support::living::Living;
use crate::support::terminal::{Terminal, open, password};
use crate::support::{Person, TestNode, free_address, registration};
use snug_client::Update;
use snug_client::conversation::members::POLICY;
use snug_client::conversation::messages::Body;
use snug_client::conversation::verification::Standing;
use snug_crypto::account_log::body::DeviceKind;
use snug_crypto::conversation_log::body::{History, Policy};
use snug_crypto::conversation_log::roster::Role;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use uuid::Uuid;

const DAY_S: u64 = 86_400;

/// Time passes for the node and these devices.
fn pass(node: &TestNode, seconds: u64, devices: &mut [&mut Terminal]) {
    node.clock.advance(i64::try_from(seconds * 1_000).unwrap());
    devices.iter_mut().for_each(|device| device.client().clock_offset_s += seconds);
}

#[tokio::test]
async fn thirty_days_away() {
    let node = TestNode::start().await;
    let person = node.user("ann").await;
    let mut ann = Terminal::another(&node, &person).await;
    let mut phone = Terminal::another(&node, &person).await;
    let (mut bob, mut cleo) = (Terminal::join(&node, "bob").await, Terminal::join(&node, "cleo").await);
    let others = [bob.user, cleo.user];
    let direct = bob.client().start_direct(ann.user).await.unwrap();
    let group = ann.client().start_group(&others, "Hike", POLICY).await.unwrap();
    ann.say(group, "back in a month").await;
    for one in [&mut phone, &mut bob, &mut cleo] {
        one.until_reads(group, &["back in a month"]).await;
    }
    let (gone, gone_too) = (ann.park(), phone.park());
    let mut direct_lines = Vec::new();
    let mut group_lines = vec!["back in a month".to_owned()];
    for week in 1..=4 {
        pass(&node, 30 * DAY_S / 4, &mut [&mut bob, &mut cleo]);
        for (one, chat, lines) in [(&mut bob, direct, &mut direct_lines), (&mut cleo, group, &mut group_lines)] {
            one.session.connect().await.unwrap();
            let text = format!("week {week}");
            one.say(chat, &text).await;
            lines.push(text);
        }
    }
    for gone in [gone, gone_too] {
        let mut back = gone.resume();
        back.client().clock_offset_s = 30 * DAY_S;
        back.session.connect().await.unwrap();
        let expected: Vec<&str> = direct_lines.iter().map(String::as_str).collect();
        back.until_reads(direct, &expected).await;
        let expected: Vec<&str> = group_lines.iter().map(String::as_str).collect();
        back.until_reads(group, &expected).await;
        back.say(group, "here again").await;
        group_lines.push("here again".to_owned());
    }
    // everything that was due was done: new prekeys, new keys of the devices and a new session key
    cleo.until_reads(group, &group_lines.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let log: serde_json::Value = cleo.client().api.get(&format!("/e2ee/users/{}/log", person.id)).await.unwrap();
    let log: Vec<snug_crypto::link::Link> = serde_json::from_value(log["links"].clone()).unwrap();
    let links: String = log.iter().map(|link| String::from_utf8_lossy(&link.body.0).into_owned()).collect();
    assert!(links.matches("device_rekey").count() >= 2, "{links}");
}

#[tokio::test]
async fn an_account_is_reset_and_taken_in_again() {
    let node = TestNode::start().await;
    let person = node.user("ann").await;
    let mut ann = Terminal::another(&node, &person).await;
    let mut bob = Terminal::join(&node, "bob").await;
    let chat = bob.client().start_direct(ann.user).await.unwrap();
    bob.say(chat, "before").await;
    ann.until_reads(chat, &["before"]).await;
    bob.session.load().await.unwrap();
    let user = ann.user;
    let keys = password(&person);
    // somebody asks, and a device objects
    let asked = ann.client().ask_reset(&keys.auth_key).await.unwrap();
    assert!(asked.is_some());
    ann.client().cancel_reset().await.unwrap();
    drop(ann);

    let mut ann = Terminal::signed_in(&node, &person).await;
    let early = ann.client().carry_out_reset(&keys, DeviceKind::Cli).await;
    assert!(early.is_err(), "it was cancelled");
    ann.client().ask_reset(&keys.auth_key).await.unwrap();
    let early = ann.client().carry_out_reset(&keys, DeviceKind::Cli).await.unwrap_err();
    assert_eq!(early.code(), "e2ee.reset_waits");
    pass(&node, DAY_S + 60, &mut [&mut ann, &mut bob]);
    ann.client().carry_out_reset(&keys, DeviceKind::Cli).await.unwrap();
    ann.session.connect().await.unwrap();
    assert_eq!(ann.texts(chat).await, ["<BeforeReset>"]);

    // the others see it, and nothing is sent before they accept it
    bob.session.connect().await.unwrap();
    assert_eq!(bob.client().standing(user), Standing::Changed);
    let sent = bob.session.say(chat, "are you still you?", None).await;
    assert_eq!(sent.unwrap_err().code(), "key_mismatch");
    assert!(bob.client().rebind(chat, user).await.is_err());
    bob.client().set_verified(user, false).await.unwrap();
    bob.client().rebind(chat, user).await.unwrap();
    bob.say(chat, "welcome back").await;
    ann.live(Duration::from_millis(300)).await;
    ann.until_reads(chat, &["<BeforeReset>", "welcome back"]).await;
    ann.say(chat, "thank you").await;
    bob.until_reads(chat, &["before", "welcome back", "thank you"]).await;
    // and again with one more device, which has the new identity only
    let mut second = Terminal::signed_in(&node, &person).await;
    second.client().clock_offset_s = DAY_S + 60;
    second.client().begin(&keys, DeviceKind::Cli).await.unwrap();
    second.session.connect().await.unwrap();
    second.until_reads(chat, &["<BeforeReset>", "welcome back", "thank you"]).await;
}

#[tokio::test]
async fn a_lost_folder_costs_nothing() {
    let node = TestNode::start().await;
    let person = node.user("ann").await;
    let mut ann = Terminal::another(&node, &person).await;
    let mut bob = Terminal::join(&node, "bob").await;
    let chat = ann.client().start_direct(bob.user).await.unwrap();
    ann.say(chat, "one").await;
    let words = ann.client().make_words(&password(&person)).await.unwrap();
    drop(ann);
    // sealed to prekeys whose private halves are gone
    bob.client().refresh().await.unwrap();
    bob.say(chat, "two").await;
    let mut again = Terminal::signed_in(&node, &person).await;
    again.client().begin_with_words(&words, DeviceKind::Cli).await.unwrap();
    again.session.connect().await.unwrap();
    again.until_reads(chat, &["one", "two"]).await;
    again.say(chat, "three").await;
    bob.until_reads(chat, &["one", "two", "three"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_programs_share_a_folder() {
    let node = TestNode::start().await;
    let (mut ann, mut bob) = (Terminal::join(&node, "ann").await, Terminal::join(&node, "bob").await);
    let chat = ann.client().start_direct(bob.user).await.unwrap();
    let mut other = open(ann.folder());
    let first = async {
        for n in 0..10 {
            ann.client().send_text(chat, Uuid::now_v7(), &format!("first {n}"), None).await.unwrap();
        }
    };
    let second = async {
        other.settle().await.unwrap();
        for n in 0..10 {
            other.send_text(chat, Uuid::now_v7(), &format!("second {n}"), None).await.unwrap();
        }
        other.refresh().await.unwrap();
        other.save().unwrap();
    };
    tokio::join!(first, second);
    bob.live(Duration::from_millis(300)).await;
    let texts = bob.texts(chat).await;
    for name in ["first", "second"] {
        let own: Vec<&String> = texts.iter().filter(|text| text.starts_with(name)).collect();
        let expected: Vec<String> = (0..10).map(|n| format!("{name} {n}")).collect();
        assert!(own.iter().copied().eq(&expected), "{texts:?}");
    }
    // what the second program did counts for the first, now and after it begins again
    ann.live(Duration::from_millis(300)).await;
    ann.say(chat, "both").await;
    let mut ann = ann.restart().await;
    ann.say(chat, "again").await;
    assert_eq!(bob.texts(chat).await[20..], ["both", "again"]);
}

#[tokio::test]
async fn messages_that_disappear_do_so_here_too() {
    let node = TestNode::start().await;
    let (mut ann, mut bob) = (Terminal::join(&node, "ann").await, Terminal::join(&node, "bob").await);
    let chat = ann.client().start_group(&[bob.user], "Short", POLICY).await.unwrap();
    ann.say(chat, "for ever").await;
    ann.client().set_retention(chat, 60).await.unwrap();
    ann.say(chat, "for a minute").await;
    bob.until_reads(chat, &["for ever", "for a minute"]).await;
    assert_eq!(bob.client().history.search("minute", None, 5).unwrap().len(), 1);
    // the node keeps it; the client does not show it
    bob.client().clock_offset_s += 61;
    assert_eq!(bob.texts(chat).await, ["for ever", "<deleted>"]);
    assert!(bob.client().history.search("minute", None, 5).unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_changes_everything_at_once() {
    let node = TestNode::start().await;
    let mut members = Vec::new();
    for name in ["ann", "bob", "cleo", "dan", "eve"] {
        members.push(Terminal::join(&node, name).await);
    }
    let mut guests = Vec::new();
    for number in 0..5 {
        guests.push(Terminal::join(&node, &format!("guest{number}")).await);
    }
    let users: Vec<Uuid> = members.iter().map(|one| one.user).collect();
    let invited: Vec<Uuid> = guests.iter().map(|one| one.user).collect();
    let policy = Policy { add: Role::Member, history: History::Shared, ..POLICY };
    let chat = members[0].client().start_group(&users[1..], "Storm", policy).await.unwrap();
    let living: Vec<Living> = members.into_iter().chain(guests).map(Living::start).collect();
    let all = living.iter().take(5).zip(invited.clone()).map(|(one, guest)| {
        one.with(move |device| {
            Box::pin(async move {
                for n in 0..3 {
                    device.client().send_text(chat, Uuid::now_v7(), &format!("{guest} {n}"), None).await.unwrap();
                    device.client().add_people(chat, &[guest]).await.unwrap();
                    if n < 2 {
                        // only ann, who owns the group, may throw somebody out; she does it again and again
                        let refused = device.client().remove_person(chat, guest).await;
                        if refused.is_ok() {
                            continue;
                        }
                        return n + 1;
                    }
                }
                3
            })
        })
    });
    let said: usize = futures_util::future::join_all(all).await.into_iter().sum();
    let end = std::time::Instant::now() + Duration::from_secs(30);
    for one in &living {
        loop {
            let texts = one.with(move |device| Box::pin(async move { device.texts(chat).await })).await;
            if texts.len() == said && texts.iter().all(|text| !text.starts_with('<')) {
                break;
            }
            assert!(std::time::Instant::now() < end, "{said}: {texts:?}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
    for one in living {
        let mut terminal = one.end().await;
        assert_eq!(terminal.client().members(chat).unwrap().len(), 10);
    }
}

#[tokio::test]
async fn a_bot_answers_in_a_group() {
    let node = TestNode::start().await;
    let person = node.user("dice").await;
    let mut bot = Terminal::signed_in(&node, &person).await;
    bot.client().begin(&password(&person), DeviceKind::Bot).await.unwrap();
    bot.session.connect().await.unwrap();
    let (mut ann, mut bob) = (Terminal::join(&node, "ann").await, Terminal::join(&node, "bob").await);
    let chat = ann.client().start_group(&[bob.user, bot.user], "Games", POLICY).await.unwrap();
    let me = bot.user;
    let running = tokio::spawn(async move {
        loop {
            if let Update::Line(line, true) = bot.session.next().await.unwrap()
                && line.author_id != me
                && let Body::Text(text) = &line.body
                && text == "/roll"
            {
                bot.session.say(line.conversation_id, "You rolled a 4.", Some((line.id, "/roll"))).await.unwrap();
            }
        }
    });
    ann.say(chat, "shall we?").await;
    ann.say(chat, "/roll").await;
    bob.until_reads(chat, &["shall we?", "/roll", "You rolled a 4."]).await;
    let lines = bob.client().page(chat, None, 10).await.unwrap();
    assert_eq!((lines[2].author_id, lines[2].quote.as_deref()), (me, Some("/roll")));
    running.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_node_loses_nothing_that_it_took() {
    if std::env::var("SNUG_TEST_POSTGRES").is_ok() {
        return; // PostgreSQL's own durability is not ours to kill
    }
    let data = tempfile::tempdir().unwrap();
    let address = free_address();
    let mut process = Process::start(data.path(), address).await;
    let url = format!("http://{address}");
    let nobody = Person::nobody(address);
    let mut devices = Vec::new();
    for name in ["ann", "bob", "cleo"] {
        let person = Person::signed_in(address, nobody.post("/auth/register", registration(name)).await);
        devices.push(Terminal::another_by(&url, &person).await);
    }
    let users: Vec<Uuid> = devices.iter().map(|device| device.user).collect();
    let chat = devices[0].client().start_group(&users[1..], "Hike", POLICY).await.unwrap();
    let living: Vec<Living> = devices.into_iter().map(Living::start).collect();
    let mut taken: Vec<(i64, String)> = Vec::new();
    for round in 0..8_u64 {
        // cleo leaves and comes back, so that the node is killed between links, epochs and messages
        let cleo = users[2];
        let changes = living[0].with(move |ann| {
            Box::pin(async move {
                let is_in = ann.client().members(chat).unwrap().iter().any(|(user, _)| *user == cleo);
                let changed =
                    if is_in { ann.client().remove_person(chat, cleo).await } else { ann.client().add_people(chat, &[cleo]).await };
                if changed.is_ok() {
                    let _ = ann.client().send_text(chat, Uuid::now_v7(), "changed", None).await;
                }
            })
        });
        let count = Arc::new(AtomicU64::new(0));
        let counted = count.clone();
        let says = living[1].with(move |bob| {
            Box::pin(async move {
                let mut taken = Vec::new();
                for n in 0.. {
                    let text = format!("{round}.{n}");
                    match bob.client().send_text(chat, Uuid::now_v7(), &text, None).await {
                        Ok(message) => {
                            taken.push((message.seq, text));
                            counted.fetch_add(1, Ordering::Relaxed);
                        }
                        Err(_) => break,
                    }
                }
                taken
            })
        });
        let kill = async {
            // at any moment after some messages, but not never
            let begun = std::time::Instant::now();
            while count.load(Ordering::Relaxed) < 1 + round % 4 && begun.elapsed() < Duration::from_secs(10) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            tokio::time::sleep(Duration::from_millis((round * 7_919) % 150)).await;
            process.kill();
        };
        let ((), said, ()) = tokio::join!(changes, says, kill);
        taken.extend(said);
        process = Process::start(data.path(), address).await;
    }
    assert!(taken.len() > 8, "there was something to lose: {}", taken.len());
    let cleo = users[2];
    living[0]
        .with(move |ann| {
            Box::pin(async move {
                ann.session.connect().await.unwrap();
                if !ann.client().members(chat).unwrap().iter().any(|(user, _)| *user == cleo) {
                    ann.client().add_people(chat, &[cleo]).await.unwrap();
                }
                ann.say(chat, "the end").await;
            })
        })
        .await;
    for (at, one) in living.iter().enumerate() {
        let end = std::time::Instant::now() + Duration::from_secs(30);
        loop {
            let lines = one
                .with(move |device| {
                    Box::pin(async move {
                        let (mut lines, mut before) = (Vec::new(), None);
                        while let Ok(page) = device.client().page(chat, before, 100).await {
                            let Some(first) = page.first() else { break };
                            before = Some(first.seq);
                            lines.extend(page.iter().map(|line| (line.seq, crate::support::terminal::shown(line))));
                        }
                        lines
                    })
                })
                .await;
            let text = |seq: i64| lines.iter().find(|(other, _)| *other == seq).map(|(_, text)| text.as_str());
            let reads = |seq: i64, said: &str| text(seq) == Some(said) || (at == 2 && text(seq) == Some("<BeforeJoin>"));
            if taken.iter().all(|(seq, said)| reads(*seq, said)) && lines.iter().any(|(_, text)| text == "the end") {
                assert!(lines.iter().all(|(_, text)| text != "<Waiting>" && !text.starts_with("<Invalid")), "{lines:?}");
                break;
            }
            assert!(std::time::Instant::now() < end, "device {at}: {lines:?}\n{taken:?}");
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    }
    process.kill();
}

//! The engine with real sockets: who hears what, in what order, and what a slow reader costs.
use crate::connection::{Connection, Cut, Out};
use crate::frame::{self, Opcode};
use crate::shard::{Message, Shard};
use crate::{Hub, Wire};
use bytes::Bytes;
use proptest::prelude::*;
use snug_base::{Effect, Event, SessionId, Sink, Stream, UserId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use uuid::Uuid;

async fn connect(user: UserId) -> (Arc<Connection>, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (client, server) = tokio::join!(TcpStream::connect(listener.local_addr().unwrap()), listener.accept());
    let connection = Connection::new(user, SessionId::new(), Wire::new(server.unwrap().0, None), false);
    connection.wire.writable().await.unwrap();
    (connection, client.unwrap())
}

fn stream(i: u8) -> Stream {
    Stream(Uuid::from_bytes([i; 16]))
}

fn event(i: u8, n: i64, payload: &str) -> Effect {
    Effect::Publish(Event { stream: stream(i), n, reference: None, frame: Bytes::copy_from_slice(payload.as_bytes()) })
}

/// The next text frame that arrives.
async fn text(client: &mut TcpStream) -> String {
    let read = async {
        loop {
            let first = client.read_u8().await.unwrap();
            let size = match client.read_u8().await.unwrap() {
                126 => usize::from(client.read_u16().await.unwrap()),
                size => usize::from(size),
            };
            let mut payload = vec![0; size];
            client.read_exact(&mut payload).await.unwrap();
            if first == 0x81 {
                return String::from_utf8(payload).unwrap();
            }
        }
    };
    timeout(Duration::from_secs(10), read).await.expect("a frame")
}

#[tokio::test]
async fn what_comes_before_the_welcome_is_held_back_and_nothing_comes_twice() {
    let hub = Hub::start(2);
    let (connection, mut client) = connect(UserId::new()).await;
    hub.attach(connection.clone());
    hub.subscribe(&connection, vec![stream(1)]).await;
    for n in 1..=4 {
        hub.apply(event(1, n, &n.to_string()));
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    let answer = frame::frame(Opcode::Text, b"welcome");
    connection.welcome(&answer, &["1".into(), "2".into()], [(stream(1), 2)]);
    hub.apply(event(1, 5, "5"));
    for expected in ["welcome", "1", "2", "3", "4", "5"] {
        assert_eq!(text(&mut client).await, expected);
    }
}

#[tokio::test]
async fn a_reader_that_is_too_slow_is_cut_off_and_holds_nobody_up() {
    let hub = Hub::start(1);
    let (slow, _client) = connect(UserId::new()).await;
    let (quick, mut reader) = connect(UserId::new()).await;
    for connection in [&slow, &quick] {
        hub.attach(connection.clone());
        hub.subscribe(connection, vec![stream(1)]).await;
        connection.welcome(&frame::frame(Opcode::Text, b"hi"), &[], []);
    }
    assert_eq!(text(&mut reader).await, "hi");
    let long = "x".repeat(9_000);
    for n in 1..=1_500 {
        hub.apply(event(1, n, &long));
        assert_eq!(text(&mut reader).await.len(), long.len());
        if slow.cut().is_some() {
            break;
        }
    }
    assert_eq!(slow.cut(), Some(Cut::TooSlow as u16));
    assert_eq!(quick.cut(), None);
}

#[tokio::test]
async fn a_large_room_does_not_hold_up_a_small_one() {
    let hub = Hub::start(1);
    let mut clients = Vec::new();
    for i in 0..600 {
        let (connection, client) = connect(UserId::new()).await;
        hub.attach(connection.clone());
        hub.subscribe(&connection, vec![stream(if i == 0 { 2 } else { 1 })]).await;
        connection.welcome(&frame::frame(Opcode::Text, b"hi"), &[], []);
        clients.push(client);
    }
    for n in 1..=3 {
        hub.apply(event(1, n, "large"));
    }
    hub.apply(event(2, 1, "small"));
    for client in &mut clients {
        assert_eq!(text(client).await, "hi");
    }
    assert_eq!(text(&mut clients[0]).await, "small");
    for client in &mut clients[1..] {
        for _ in 0..3 {
            assert_eq!(text(client).await, "large");
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Attach(usize),
    Detach(usize),
    Subscribe(usize, u8),
    Follow(usize, u8),
    Unfollow(usize, u8),
    FollowWith(u8, u8),
    Close(u8),
    Publish(u8),
}

fn step() -> impl Strategy<Value = Step> {
    let (who, what) = (0..6_usize, 1..5_u8);
    prop_oneof![
        who.clone().prop_map(Step::Attach),
        who.clone().prop_map(Step::Detach),
        (who.clone(), what.clone()).prop_map(|(who, what)| Step::Subscribe(who, what)),
        (who.clone(), what.clone()).prop_map(|(who, what)| Step::Follow(who, what)),
        (who, what.clone()).prop_map(|(who, what)| Step::Unfollow(who, what)),
        (what.clone(), what.clone()).prop_map(|(leader, what)| Step::FollowWith(leader, what)),
        what.clone().prop_map(Step::Close),
        what.prop_map(Step::Publish),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    /// Whatever happens in whatever order, each stream has exactly the followers that it should have.
    #[test]
    fn followers_are_exactly_those_who_follow(steps in prop::collection::vec(step(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut people = Vec::new();
            for _ in 0..6 {
                people.push(connect(UserId::new()).await);
            }
            let mut shard = Shard::default();
            // who is attached, with what they follow; the order of frames is another test's
            let mut model: BTreeMap<usize, BTreeSet<u8>> = BTreeMap::new();
            for step in steps {
                match step {
                    Step::Attach(i) => {
                        if let std::collections::btree_map::Entry::Vacant(place) = model.entry(i) {
                            place.insert(BTreeSet::new());
                            shard.handle(Message::Attach(people[i].0.clone()));
                            let (done, _) = tokio::sync::oneshot::channel();
                            shard.handle(Message::Subscribe { connection: people[i].0.id, streams: vec![], done });
                        }
                    }
                    Step::Detach(i) => {
                        model.remove(&i);
                        shard.handle(Message::Detach(people[i].0.id));
                    }
                    Step::Subscribe(i, s) => {
                        model.get_mut(&i).map(|all| all.insert(s));
                        let (done, _) = tokio::sync::oneshot::channel();
                        shard.handle(Message::Subscribe { connection: people[i].0.id, streams: vec![stream(s)], done });
                    }
                    Step::Follow(i, s) => {
                        model.get_mut(&i).map(|all| all.insert(s));
                        shard.handle(Message::Effect(Effect::Follow { user: people[i].0.user, streams: vec![stream(s)] }));
                    }
                    Step::Unfollow(i, s) => {
                        model.get_mut(&i).map(|all| all.remove(&s));
                        shard.handle(Message::Effect(Effect::Unfollow { user: people[i].0.user, streams: vec![stream(s)] }));
                    }
                    Step::FollowWith(leader, s) => {
                        for all in model.values_mut().filter(|all| all.contains(&leader)) {
                            all.insert(s);
                        }
                        shard.handle(Message::Effect(Effect::FollowWith { leader: stream(leader), stream: stream(s) }));
                    }
                    Step::Close(s) => {
                        for all in model.values_mut() {
                            all.remove(&s);
                        }
                        shard.handle(Message::Effect(Effect::Close { stream: stream(s) }));
                    }
                    Step::Publish(s) => {
                        // keeps a fan-out under way, whose followers must not change
                        let out = Out { at: None, payload: Bytes::from_static(b"x") };
                        shard.handle(Message::Signal { stream: stream(s), except: None, out });
                    }
                }
                for s in 1..5 {
                    let followers: BTreeSet<_> = shard.followers_of(stream(s)).iter().map(|connection| connection.id).collect();
                    let expected: BTreeSet<_> = model.iter().filter(|(_, all)| all.contains(&s)).map(|(i, _)| people[*i].0.id).collect();
                    assert_eq!(followers, expected, "stream {s} after {step:?}");
                }
            }
        });
    }
}

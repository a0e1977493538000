//! What letters say, to whom and when.
use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_tells_once_what_was_missed() {
    let (sink, node) = Sink::with_node().await;
    let (ann, bob, server, room) = node.ann_and_bob().await;
    node.make_admin(&ann).await;
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
    node.make_admin(&ann).await;
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

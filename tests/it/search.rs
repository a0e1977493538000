//! Search: what is found, in which order, by whom, and that the index never differs from the messages.
use crate::support::{Person, TestNode, id, new_id};
use proptest::prelude::any;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

/// Searches with these parameters.
async fn ask(by: &Person, parameters: &[(&str, &str)]) -> crate::support::Answer {
    let encoded: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    by.get(&format!("/search?{}", encoded.join("&"))).await
}

fn encode(text: &str) -> String {
    text.bytes().map(|b| format!("%{b:02X}")).collect()
}

/// The texts that a query finds, in order.
async fn texts(by: &Person, q: &str) -> Vec<String> {
    found(&ask(by, &[("q", q)]).await.ok())
}

fn found(result: &Value) -> Vec<String> {
    result["hits"].as_array().unwrap().iter().map(|hit| hit["message"]["content"]["text"].as_str().unwrap().to_owned()).collect()
}

/// The fragments of the first hit, hits in brackets.
fn shown(result: &Value) -> String {
    let mark = |f: &Value| {
        let text = f["text"].as_str().unwrap();
        if f["is_hit"] == true { format!("[{text}]") } else { text.to_owned() }
    };
    result["hits"][0]["fragments"].as_array().unwrap().iter().map(mark).collect()
}

/// Index and messages tell the same.
async fn check(node: &TestNode) {
    let differences = node.node.app.db.read(snug_messages::search::compare).await.unwrap();
    assert_eq!(differences, (0, 0), "missing and surplus");
}

#[tokio::test]
async fn words_phrases_beginnings_and_exclusions_find_what_they_say() {
    let node = TestNode::start().await;
    let (ann, bob, _, room) = node.ann_and_bob().await;
    for text in ["The rose garden is open", "Gardening tips: roses, and more", "A garden of a rose", "Café Müller is closed", "don't panic"]
    {
        ann.say(&room, text).await;
    }
    for (q, expected) in [
        ("garden", vec!["A garden of a rose", "Gardening tips: roses, and more", "The rose garden is open"]),
        ("GARDEN rose", vec!["A garden of a rose", "The rose garden is open"]),
        ("rose GARDEN", vec!["A garden of a rose", "The rose garden is open"]),
        ("garden open", vec!["The rose garden is open"]),
        ("\"rose garden\"", vec!["The rose garden is open"]),
        ("\"garden\"", vec!["A garden of a rose", "The rose garden is open"]),
        ("garden -open", vec!["A garden of a rose", "Gardening tips: roses, and more"]),
        ("-garden", vec!["don't panic", "Café Müller is closed", "Gardening tips: roses, and more"]),
        ("garden -\"rose garden\" -tips", vec!["A garden of a rose"]),
        ("gar* ros*", vec!["A garden of a rose", "Gardening tips: roses, and more", "The rose garden is open"]),
        ("cafe muller", vec!["Café Müller is closed"]),
        ("CAFÉ", vec!["Café Müller is closed"]),
        ("don't", vec!["don't panic"]),
        ("gardener", vec![]),
        ("arden", vec![]),
    ] {
        assert_eq!(texts(&bob, q).await, expected, "{q}");
    }
    let result = ask(&bob, &[("q", "rose gard")]).await.ok();
    assert_eq!(shown(&result), "A [garden] of a [rose]");
    assert_eq!(result["users"][0]["id"], ann.id.as_str());
    assert!(result["next"].is_null());
    check(&node).await;
}

#[tokio::test]
async fn scripts_without_spaces_are_found_in_the_middle() {
    let node = TestNode::start().await;
    let (ann, bob, _, room) = node.ann_and_bob().await;
    let all = ["今日は東京都に行く", "我们明天去北京大学", "안녕하세요 여러분", "iPhone15を買う", "ﾄｳｷｮｳ ガイド", "สวัสดีครับ"];
    for text in all {
        ann.say(&room, text).await;
    }
    for (q, expected) in [
        ("東京", vec![all[0]]),
        ("東", vec![all[0]]),
        ("京", vec![all[1], all[0]]),
        ("京都", vec![all[0]]),
        ("\"東京都に\"", vec![all[0]]),
        ("東京 行く", vec![all[0]]),
        ("北京大学", vec![all[1]]),
        ("大学北京", vec![]),
        ("하세요", vec![all[2]]),
        ("안녕 여러분", vec![all[2]]),
        ("iphone15", vec![all[3]]),
        ("iphone15を買", vec![all[3]]),
        ("トウキョウ", vec![all[4]]),
        ("สวัส", vec![all[5]]),
        ("東京 -今日", vec![]),
    ] {
        assert_eq!(texts(&bob, q).await, expected, "{q}");
    }
    assert_eq!(shown(&ask(&bob, &[("q", "東京")]).await.ok()), "今日は[東京]都に行く");
    assert_eq!(shown(&ask(&bob, &[("q", "都")]).await.ok()), "今日は東京[都]に行く");
}

#[tokio::test]
async fn filters_narrow_by_person_link_and_time() {
    let node = TestNode::start().await;
    let (ann, bob, server, room) = node.ann_and_bob().await;
    let first = ann.say(&room, "tea at four").await;
    bob.say(&room, "tea? see https://tea.example/menu").await;
    node.clock.advance(3 * 86_400_000);
    let (ann, bob) = (ann.sign_in_again().await, bob.sign_in_again().await);
    let last = ann.say(&room, "more tea").await;
    let direct = ann.direct(&bob).await;
    bob.say(&direct, "tea for two").await;
    let at = |message: &Value, days: i64| (message["created_at"].as_i64().unwrap() + days * 86_400_000).to_string();
    let day = |ms: &str| day(ms.parse().unwrap());
    for (parameters, expected) in [
        (vec![("q", "tea from:ann")], vec!["more tea", "tea at four"]),
        (vec![("q", "from:@Bob tea")], vec!["tea for two", "tea? see https://tea.example/menu"]),
        (vec![("q", "tea from:me")], vec!["more tea", "tea at four"]),
        (vec![("q", "from:bob")], vec!["tea for two", "tea? see https://tea.example/menu"]),
        (vec![("q", "tea"), ("from", &bob.id)], vec!["tea for two", "tea? see https://tea.example/menu"]),
        (vec![("q", ""), ("from", &bob.id), ("conversation_id", &room)], vec!["tea? see https://tea.example/menu"]),
        (vec![("q", "has:link")], vec!["tea? see https://tea.example/menu"]),
        (vec![("q", "tea has:link from:ann")], vec![]),
        (vec![("q", "tea"), ("conversation_id", &direct)], vec!["tea for two"]),
        (vec![("q", "tea"), ("server_id", &server)], vec!["more tea", "tea? see https://tea.example/menu", "tea at four"]),
        (vec![("q", "tea"), ("before", &at(&last, 0))], vec!["tea? see https://tea.example/menu", "tea at four"]),
        (vec![("q", "tea"), ("after", &at(&last, 0))], vec!["tea for two", "more tea"]),
        (vec![("q", ""), ("after", &at(&first, 1)), ("conversation_id", &room)], vec!["more tea"]),
        (vec![("q", &format!("tea before:{}", day(&at(&last, -1))))], vec!["tea? see https://tea.example/menu", "tea at four"]),
        (vec![("q", &format!("tea after:{}", day(&at(&last, 0))))], vec!["tea for two", "more tea"]),
        (vec![("q", &format!("tea after:{} before:{}", day(&at(&last, -2)), day(&at(&last, -1))))], vec![]),
    ] {
        assert_eq!(found(&ask(&ann, &parameters).await.ok()), expected, "{parameters:?}");
    }
    for (parameters, remedy) in [
        (vec![("q", "tea from:nobody")], "from:nobody names nobody"),
        (vec![("q", "has:cake")], "has:link"),
        (vec![("q", "before:noon")], "before:2026"),
        (vec![("q", "in:room")], "conversation_id"),
        (vec![("q", " ")], "say what to search for"),
        (vec![("q", "x"), ("conversation_id", &room), ("server_id", &server)], "only one"),
        (vec![("q", "from:ann"), ("from", &bob.id)], "only one"),
        (vec![("q", "x"), ("limit", "51")], "1 to 50"),
        (vec![("q", "x"), ("cursor", "nonsense")], "begin again"),
        (vec![("q", "x"), ("sort", "best"), ("cursor", &format!("{}.{}", u64::MAX, id(&first)))], "begin again"),
    ] {
        let refused = ask(&ann, &parameters).await.fails(422, "request.invalid");
        assert!(refused["detail"].as_str().unwrap().contains(remedy), "{parameters:?}: {refused}");
        assert!(refused["field"].is_string(), "{refused}");
    }
}

/// A day as it is written in a query.
fn day(ms: i64) -> String {
    let day = time::OffsetDateTime::from_unix_timestamp(ms / 1_000).unwrap().date();
    format!("{}-{:02}-{:02}", day.year(), u8::from(day.month()), day.day())
}

#[tokio::test]
async fn edits_and_deletions_take_effect_at_once() {
    let node = TestNode::start().await;
    let (ann, bob, server, room) = node.ann_and_bob().await;
    let message = ann.say(&room, "a typo: appel").await;
    let other = ann.say(&room, "another apple").await;
    let path = format!("/messages/{}", id(&message));
    ann.patch(&path, json!({ "content": { "type": "text", "text": "no typo: apple" } })).await.ok();
    assert_eq!(texts(&bob, "appel").await, Vec::<String>::new());
    assert_eq!(texts(&bob, "apple").await, ["another apple", "no typo: apple"]);
    ann.delete(&path).await.ok();
    assert_eq!(texts(&bob, "apple").await, ["another apple"]);
    assert_eq!(texts(&bob, "from:ann").await, ["another apple"]);
    check(&node).await;
    // a search that began before goes on where it was
    let next = format!("0.{}", id(&message));
    assert_eq!(found(&ask(&bob, &[("q", "apple"), ("cursor", &next)]).await.ok()), Vec::<String>::new());
    let second = ann.post("/rooms", json!({ "server_id": server, "name": "second" })).await.created();
    ann.say(&id(&second), "apple pie").await;
    assert_eq!(texts(&bob, "apple").await, ["apple pie", "another apple"]);
    ann.delete(&format!("/rooms/{}", id(&second))).await.ok();
    assert_eq!(texts(&bob, "apple").await, ["another apple"]);
    ann.delete(&format!("/messages/{}", id(&other))).await.ok();
    check(&node).await;
    // what was stored after a deletion is found under its own words only
    ann.say(&room, "pear").await;
    assert_eq!(texts(&bob, "pear").await, ["pear"]);
    assert_eq!(texts(&bob, "pie").await, Vec::<String>::new());
    check(&node).await;
}

#[tokio::test]
async fn nobody_finds_what_they_may_not_read() {
    let node = TestNode::start().await;
    let (ann, bob, server, room) = node.ann_and_bob().await;
    let eve = node.user("eve").await;
    let private = ann.post("/rooms", json!({ "server_id": server, "name": "private", "is_private": true })).await.created();
    let private = id(&private);
    ann.put(&format!("/rooms/{private}/members/{}", bob.id), json!({})).await.ok();
    let direct = ann.direct(&bob).await;
    let group = ann.post("/conversations", json!({ "kind": "group", "user_ids": [bob.id, eve.id] })).await.created();
    let group = id(&group["conversation"]);
    for place in [&room, &private, &direct, &group] {
        ann.say(place, "the xyzzy word").await;
    }
    assert_eq!(texts(&ann, "xyzzy").await.len(), 4);
    assert_eq!(texts(&bob, "xyzzy").await.len(), 4);
    assert_eq!(texts(&eve, "xyzzy").await.len(), 1);
    for conversation in [&room, &private, &direct] {
        ask(&eve, &[("q", "xyzzy"), ("conversation_id", conversation)]).await.fails(404, "conversation.not_a_member");
    }
    ask(&eve, &[("q", "xyzzy"), ("server_id", &server)]).await.fails(404, "not_found");
    ask(&node.nobody(), &[("q", "xyzzy")]).await.fails(401, "auth.signed_out");
    // whoever leaves finds nothing of it any more
    ann.delete(&format!("/rooms/{private}/members/{}", bob.id)).await.ok();
    assert_eq!(texts(&bob, "xyzzy").await.len(), 3);
    eve.delete(&format!("/conversations/{group}/members/{}", eve.id)).await.ok();
    assert_eq!(texts(&eve, "xyzzy").await.len(), 0);
    bob.delete(&format!("/servers/{server}/members/me")).await.ok();
    assert_eq!(texts(&bob, "xyzzy").await.len(), 2);
    // a stranger's message as a cursor tells nothing
    let secret = ann.say(&direct, "secret").await;
    let peeked = ask(&eve, &[("q", "secret"), ("cursor", &format!("0.{}", id(&secret)))]).await;
    assert_eq!(peeked.ok()["hits"], json!([]));
}

#[tokio::test]
async fn pages_follow_one_another_without_gaps_and_repeats() {
    let node = TestNode::start().await;
    let (ann, bob, server, room) = node.ann_and_bob().await;
    // enough places that the index is not asked for each of them
    let mut rooms = vec![room];
    for i in 0..7 {
        rooms.push(id(&ann.post("/rooms", json!({ "server_id": server, "name": format!("r{i}") })).await.created()));
    }
    let mut expected = Vec::new();
    for i in 0..53 {
        let text = format!("apple {i}{}", " apple".repeat(i % 4));
        ann.say(&rooms[i % rooms.len()], &text).await;
        ann.say(&rooms[(i + 3) % rooms.len()], "something else").await;
        expected.insert(0, text);
    }
    let mut best_seen = Vec::new();
    for sort in ["newest", "best"] {
        for places in [None, Some(&rooms[1])] {
            let (mut seen, mut cursor) = (Vec::new(), None::<String>);
            loop {
                let mut parameters = vec![("q", "apple"), ("sort", sort), ("limit", "10")];
                parameters.extend(cursor.as_deref().map(|c| ("cursor", c)));
                parameters.extend(places.map(|room| ("conversation_id", room.as_str())));
                let page = ask(&bob, &parameters).await.ok();
                seen.extend(found(&page));
                if seen.len() == 10 {
                    ann.say(&rooms[2], "a new apple while somebody turns the pages").await;
                }
                match page["next"].as_str() {
                    Some(next) => cursor = Some(next.to_owned()),
                    None => break,
                }
            }
            seen.retain(|text| !text.starts_with("a new"));
            if sort == "best" && places.is_none() {
                best_seen.clone_from(&seen);
                seen.sort();
                let mut all = expected.clone();
                all.sort();
                assert_eq!(seen, all);
            } else if places.is_none() {
                assert_eq!(seen, expected);
            } else {
                assert_eq!(seen.len(), 7, "{seen:?}");
            }
        }
    }
    assert!(best_seen[0].contains("apple apple apple apple") || best_seen[0].matches("apple").count() == 4, "{}", best_seen[0]);
    assert_eq!(best_seen[52].matches("apple").count(), 1);
}

#[tokio::test]
async fn nonsense_is_answered_politely() {
    let node = TestNode::start().await;
    let (ann, bob, server, room) = node.ann_and_bob().await;
    for i in 0..5 {
        ann.post("/rooms", json!({ "server_id": server, "name": format!("r{i}") })).await.created();
    }
    ann.say(&room, "\"quoted\" AND (text : x) NEAR/2 'y' * ^ {a b} + - OR NOT").await;
    let mut runner = TestRunner::deterministic();
    let fixed = [
        "\"",
        "\"\"",
        "*",
        "-",
        "AND",
        "a AND b",
        "NOT",
        "text : x",
        "place : (\"c0\")",
        "(",
        "{a}",
        "^a",
        "a NEAR b",
        "'",
        "\\",
        "%",
        "a\0b",
        "𝒳",
        ":",
        "'); DROP TABLE search;--",
    ];
    let random: Vec<String> = (0..150).map(|_| any::<String>().new_tree(&mut runner).unwrap().current()).collect();
    let syntax = "[\"'*():^{}+ \\\\&|!<>-]{1,12}[a-c東 ]{0,4}[\"'*():^{}+-]{0,4}";
    let marks = proptest::string::string_regex(syntax).unwrap();
    let marks: Vec<String> = (0..150).map(|_| marks.new_tree(&mut runner).unwrap().current()).collect();
    for q in fixed.iter().map(|q| (*q).to_owned()).chain(random).chain(marks) {
        for parameters in [vec![("q", q.as_str())], vec![("q", &q), ("conversation_id", &room), ("sort", "best")]] {
            let answer = ask(&bob, &parameters).await;
            assert!(matches!(answer.status, 200 | 400 | 422), "{q:?}: {} {}", answer.status, answer.body);
        }
    }
    assert_eq!(texts(&bob, "AND OR NOT near").await.len(), 1, "operators are words here");
}

#[tokio::test]
async fn parts_of_words_are_found_where_it_is_switched_on() {
    let mut node = TestNode::start().await;
    let (ann, bob, _, room) = node.ann_and_bob().await;
    for i in 0..450 {
        ann.say(&room, &format!("number {i}")).await;
    }
    let seafood = ann.say(&room, "Seafood, fresh").await;
    let gone = ann.say(&room, "footwear").await;
    assert_eq!(texts(&bob, "foo").await, ["footwear"]);
    let on = |node: &mut TestNode, on: bool| node.configure(|config| config.messages.substring_search = on);
    on(&mut node, true);
    node.restart().await;
    ann.say(&room, "tomfoolery").await;
    wait_until_indexed(&node).await;
    let (ann, bob) = (ann.sign_in_again().await, bob.sign_in_again().await);
    assert_eq!(texts(&bob, "foo").await, ["tomfoolery", "footwear", "Seafood, fresh"]);
    assert_eq!(texts(&bob, "\"food fre\"").await, ["Seafood, fresh"]);
    assert_eq!(texts(&bob, "foo -sea").await, ["tomfoolery", "footwear"]);
    assert_eq!(texts(&bob, "foo from:bob").await, Vec::<String>::new());
    assert_eq!(texts(&bob, "umber").await.len(), 20);
    let here = ask(&bob, &[("q", "eafoo"), ("conversation_id", &room), ("sort", "best")]).await.ok();
    assert_eq!(shown(&here), "[Seafood], fresh");
    ann.patch(&format!("/messages/{}", id(&seafood)), json!({ "content": { "type": "text", "text": "chips" } })).await.ok();
    ann.delete(&format!("/messages/{}", id(&gone))).await.ok();
    assert_eq!(texts(&bob, "foo").await, ["tomfoolery"]);
    assert_eq!(texts(&bob, "hip").await, ["chips"]);
    check(&node).await;
    on(&mut node, false);
    node.restart().await;
    wait_until_indexed(&node).await;
    assert_eq!(texts(&bob, "umber").await, Vec::<String>::new());
    assert_eq!(texts(&bob, "number").await.len(), 20);
    check(&node).await;
}

/// Waits until the node's job has added everything to the indexes.
async fn wait_until_indexed(node: &TestNode) {
    for _ in 0..200 {
        let (missing, _) = node.node.app.db.read(snug_messages::search::compare).await.unwrap();
        if missing == 0 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the index was not brought up to date within ten seconds");
}

#[tokio::test]
async fn messages_from_before_the_index_are_found_after_an_update() {
    let mut node = TestNode::start().await;
    let (ann, bob, _, room) = node.ann_and_bob().await;
    for i in 0..450 {
        ann.post(
            "/messages",
            json!({ "id": new_id(), "conversation_id": room, "content": { "type": "text", "text": format!("old apple {i}") } }),
        )
        .await
        .created();
    }
    wait_until_indexed(&node).await;
    // as the migration leaves it: numbered, and nothing indexed
    let forget = |tx: &snug_base::Tx<'_>| {
        match tx.engine() {
            snug_base::db::Engine::Sqlite => tx.execute("DROP TABLE search_0", &[])?,
            snug_base::db::Engine::Postgres => tx.execute("UPDATE search_rows SET words = NULL", &[])?,
        };
        tx.execute("UPDATE search_indexes SET upto = 0 WHERE name = 'words'", &[])
    };
    node.node.app.db.write(forget).await.unwrap();
    ann.say(&room, "new apple").await;
    node.restart().await;
    wait_until_indexed(&node).await;
    let (mut seen, mut cursor) = (0, None::<String>);
    loop {
        let mut parameters = vec![("q", "apple"), ("limit", "50")];
        parameters.extend(cursor.as_deref().map(|c| ("cursor", c)));
        let page = ask(&bob, &parameters).await.ok();
        seen += found(&page).len();
        let Some(next) = page["next"].as_str() else { break };
        cursor = Some(next.to_owned());
    }
    assert_eq!(seen, 451);
    check(&node).await;
}

//! Whose address it is, who switches letters off, and what administrators are told.
use super::*;

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
async fn administrators_try_it_and_are_told_what_is_wrong() {
    let (mut sink, node) = Sink::with_node().await;
    let ann = node.user("ann").await;
    ann.post("/admin/mail/test", json!({ "address": "ann@example.org" })).await.fails(403, "permission.missing");
    node.make_admin(&ann).await;
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
    let nowhere = free_port();
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
        node.make_admin(&ann).await;
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
        node.make_admin(&ann).await;
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
    node.make_admin(&ann).await;
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

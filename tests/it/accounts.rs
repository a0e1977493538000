//! Stories about accounts: registration, sign-in, sessions, profiles, and what admins do.
use crate::support::{Answer, Person, TestNode, auth_key, id, new_id, registration};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD as B64};
use serde_json::{Value, json};
use snug_base::config::Registration;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// A picture of one transparent pixel.
pub fn png() -> Vec<u8> {
    BASE64_STANDARD.decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==").unwrap()
}

async fn setup_token(node: &TestNode) -> String {
    snug_accounts::ensure_setup_token(&node.node.app).await.unwrap().expect("there is no admin yet")
}

/// The first admin, by the setup link.
pub async fn admin(node: &TestNode) -> Person {
    let mut form = registration("root");
    form["setup_token"] = setup_token(node).await.into();
    Person::signed_in(node.address, node.nobody().post("/auth/register", form).await)
}

async fn sign_in(node: &TestNode, login: &str, key: &str) -> Answer {
    node.nobody().post("/auth/login", json!({ "login": login, "auth_key": key })).await
}

fn with(mut form: Value, field: &str, value: Value) -> Value {
    form[field] = value;
    form
}

#[tokio::test]
async fn the_setup_link_makes_the_first_admin_once() {
    let node = TestNode::start_with(|config| config.accounts.registration = Registration::Closed).await;
    let nobody = node.nobody();
    assert_eq!(nobody.get("/instance").await.ok()["needs_setup"], true);
    let replaced = setup_token(&node).await;
    let token = setup_token(&node).await;
    nobody.get(&format!("/auth/setup?token={replaced}")).await.fails(404, "auth.link_invalid");
    nobody.get(&format!("/auth/setup?token={token}")).await.ok();
    let with_old = with(registration("eve"), "setup_token", replaced.into());
    nobody.post("/auth/register", with_old).await.fails(404, "auth.link_invalid");

    let answer = nobody.post("/auth/register", with(registration("root"), "setup_token", token.clone().into())).await;
    assert_eq!(answer.created()["account"]["role"], "admin");
    assert_eq!(nobody.get("/instance").await.ok()["needs_setup"], false);
    nobody.get(&format!("/auth/setup?token={token}")).await.fails(404, "auth.link_invalid");
    nobody.post("/auth/register", with(registration("eve"), "setup_token", token.into())).await.fails(404, "auth.link_invalid");
    assert_eq!(snug_accounts::ensure_setup_token(&node.node.app).await.unwrap(), None);
}

#[tokio::test]
async fn registration_is_open_by_invite_or_closed_as_the_admin_says() {
    let node = TestNode::start_with(|config| config.accounts.registration = Registration::Invite).await;
    let (root, nobody) = (admin(&node).await, node.nobody());
    nobody.post("/auth/register", registration("ann")).await.fails(403, "registration.invite_required");
    nobody.post("/auth/register", with(registration("ann"), "invite", "NOSUCH".into())).await.fails(404, "invite.invalid");

    let invite = root.post("/admin/invites", json!({ "max_uses": 1, "expires_in_s": 3600 })).await.created();
    let code = invite["code"].as_str().unwrap();
    assert_eq!(invite["path"], format!("/register?invite={code}"));
    assert!(invite["url"].as_str().unwrap().ends_with(&format!("{}/register?invite={code}", node.address)), "{invite}");
    let typed = format!(" {}-{} ", &code[..6].to_lowercase(), &code[6..]);
    nobody.post("/auth/register", with(registration("ann"), "invite", typed.into())).await.created();
    nobody.post("/auth/register", with(registration("bob"), "invite", code.into())).await.fails(404, "invite.invalid");
    assert_eq!(root.get("/admin/invites").await.ok()["invites"][0]["uses"], 1);

    let short = root.post("/admin/invites", json!({ "expires_in_s": 60 })).await.created();
    node.clock.advance(2 * MINUTE_MS);
    nobody.post("/auth/register", with(registration("bob"), "invite", short["code"].clone())).await.fails(404, "invite.invalid");
    let taken_back = root.post("/admin/invites", json!({})).await.created();
    root.delete(&format!("/admin/invites/{}", taken_back["code"].as_str().unwrap())).await.ok();
    nobody.post("/auth/register", with(registration("bob"), "invite", taken_back["code"].clone())).await.fails(404, "invite.invalid");
    root.post("/admin/invites", json!({ "max_uses": 0 })).await.fails(422, "request.invalid");

    root.patch("/admin/settings", json!({ "registration": "open", "name": " The Garden " })).await.ok();
    let instance = nobody.get("/instance").await.ok();
    assert_eq!((&instance["name"], &instance["registration"]), (&json!("The Garden"), &json!("open")));
    nobody.post("/auth/register", registration("bob")).await.created();
    root.patch("/admin/settings", json!({ "registration": "closed" })).await.ok();
    nobody.post("/auth/register", registration("cat")).await.fails(403, "registration.closed");
    assert_eq!(root.get("/admin/settings").await.ok(), json!({ "name": "The Garden", "registration": "closed" }));
}

#[tokio::test]
async fn registration_names_the_field_that_is_wrong() {
    let node = TestNode::start().await;
    let nobody = node.nobody();
    let mut taken = registration("ann");
    taken["email"] = "Ann@Example.org".into();
    nobody.post("/auth/register", taken.clone()).await.created();

    for (field, value) in [
        ("username", json!("a")),
        ("username", json!("ann smith")),
        ("display_name", json!("x".repeat(65))),
        ("display_name", json!("a\u{0}b")),
        ("email", json!("nowhere")),
        ("id", json!("6f1d5f3e-3a1b-4c55-8e3a-0123456789ab")),
        ("kdf", json!({ "m": 1024, "t": 3, "p": 1 })),
        ("kdf", json!({ "m": 65536, "t": 99, "p": 1 })),
    ] {
        let problem = nobody.post("/auth/register", with(registration("bob"), field, value)).await.fails(422, "request.invalid");
        assert_eq!(problem["field"], field, "{problem}");
    }
    for (field, value) in [("salt", json!(B64.encode([1; 15]))), ("auth_key", json!("?")), ("id", json!("x")), ("kdf", json!(7))] {
        nobody.post("/auth/register", with(registration("bob"), field, value)).await.fails(422, "request.invalid");
    }
    nobody.post("/auth/register", registration("ANN")).await.fails(409, "username.taken");
    nobody.post("/auth/register", with(registration("bob"), "email", "ann@example.ORG".into())).await.fails(409, "email.taken");
}

#[tokio::test]
async fn a_repeated_registration_signs_in_and_ids_of_others_are_refused() {
    let node = TestNode::start().await;
    let (nobody, form) = (node.nobody(), registration("ann"));
    let first = nobody.post("/auth/register", form.clone()).await.created();
    let again = nobody.post("/auth/register", form.clone()).await.created();
    assert_eq!(first["account"], again["account"]);
    assert_ne!(first["session_id"], again["session_id"]);
    nobody.post("/auth/register", with(form.clone(), "username", "ben".into())).await.fails(422, "request.invalid");
    nobody.post("/auth/register", with(form, "auth_key", auth_key("other").into())).await.fails(422, "request.invalid");

    // a user's id names a stream, so it must never be that of a server or a room
    let ann = Person::signed_in(node.address, sign_in(&node, "ann", &auth_key("ann")).await);
    let server = ann.post("/servers", json!({ "name": "Garden" })).await.created();
    for theirs in [id(&server["server"]), id(&server["rooms"][0])] {
        let problem = nobody.post("/auth/register", with(registration("eve"), "id", theirs.into())).await.fails(422, "request.invalid");
        assert_eq!(problem["field"], "id");
    }
}

#[tokio::test]
async fn people_sign_in_by_username_or_email() {
    let node = TestNode::start().await;
    let form = with(registration("ann"), "email", "ann@example.org".into());
    let account = node.nobody().post("/auth/register", form.clone()).await.created()["account"].clone();
    for login in ["ann", " Ann ", "ann@example.org", "ANN@example.org"] {
        let known = node.nobody().post("/auth/prelogin", json!({ "login": login })).await.ok();
        assert_eq!(known, json!({ "account": form["id"], "salt": form["salt"], "m": 65536, "t": 3, "p": 1 }));
        assert_eq!(sign_in(&node, login, &auth_key("ann")).await.ok()["account"], account);
    }
    for login in ["", " ", "a\u{0}b", &"x".repeat(255)] {
        assert_eq!(sign_in(&node, login, &auth_key("ann")).await.fails(422, "request.invalid")["field"], "login");
    }
    node.nobody().get("/users/me").await.fails(401, "auth.signed_out");
}

#[tokio::test]
async fn an_unknown_name_looks_like_a_wrong_password() {
    let node = TestNode::start().await;
    node.user("ann").await;
    let wrong = sign_in(&node, "ann", &auth_key("other")).await.fails(401, "auth.wrong_password");
    let unknown = sign_in(&node, "nobody", &auth_key("other")).await.fails(401, "auth.wrong_password");
    let without_id = |mut problem: serde_json::Value| {
        problem.as_object_mut().unwrap().remove("request_id");
        problem
    };
    assert_eq!(without_id(wrong), without_id(unknown));

    let nobody = node.nobody();
    let nobody = &nobody;
    let ask = |login: &'static str| async move { nobody.post("/auth/prelogin", json!({ "login": login })).await.ok() };
    let fake = ask("nobody").await;
    assert_eq!(fake, ask(" NoBody").await);
    assert_ne!(fake["salt"], ask("nobody-else").await["salt"]);
    let real = ask("ann").await;
    let shape = |answer: &Value| (answer["account"].as_str().unwrap().len(), answer["salt"].as_str().unwrap().len(), answer["m"].clone());
    assert_eq!(shape(&fake), shape(&real));
    assert_eq!(fake["account"].as_str().unwrap().as_bytes()[14], b'7', "a UUID of the same version");
}

#[tokio::test]
async fn an_access_token_expires_and_refreshing_goes_on() {
    let node = TestNode::start().await;
    let mut ann = node.user("ann").await;
    ann.get("/users/me").await.ok();
    node.clock.advance(15 * MINUTE_MS + 1_000);
    ann.get("/users/me").await.fails(401, "auth.signed_out");
    let fresh = Person::signed_in(node.address, ann.post("/auth/refresh", json!({})).await);
    assert_eq!(fresh.session, ann.session);
    assert_ne!(fresh.cookie, ann.cookie);
    fresh.get("/users/me").await.ok();

    // the key that signs changes every 30 days; tokens of the one before are good to their end
    let period_ms = 30 * DAY_MS;
    let now = node.clock.now();
    node.clock.advance(period_ms - now % period_ms - MINUTE_MS);
    let before = fresh.sign_in_again().await;
    node.clock.advance(2 * MINUTE_MS);
    before.get("/users/me").await.ok();
    fresh.sign_in_again().await.get("/users/me").await.ok();

    ann.token = format!("{}x", fresh.token);
    ann.get("/users/me").await.fails(401, "auth.signed_out");
    ann.token = "not a token".into();
    ann.get("/users/me").await.fails(401, "auth.signed_out");

    node.clock.advance(61 * DAY_MS);
    fresh.post("/auth/refresh", json!({})).await.fails(401, "auth.signed_out");
}

#[tokio::test]
async fn the_refresh_cookie_is_out_of_reach_of_scripts_and_other_sites() {
    let node = TestNode::start().await;
    let answer = node.nobody().post("/auth/register", registration("ann")).await;
    let cookie = answer.headers["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.starts_with("__Host-snug_refresh="), "{cookie}");
    for attribute in ["Path=/", "Secure", "HttpOnly", "SameSite=Strict", "Max-Age=5184000"] {
        assert!(cookie.split("; ").any(|part| part == attribute), "{cookie} lacks {attribute}");
    }
    assert_eq!(answer.headers["cache-control"], "no-store");

    let ann = Person::signed_in(node.address, answer);
    let bye = ann.post("/auth/logout", json!({})).await;
    assert!(bye.headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    ann.get("/users/me").await.fails(401, "auth.signed_out");
    ann.post("/auth/refresh", json!({})).await.fails(401, "auth.signed_out");
    ann.post("/auth/logout", json!({})).await.ok();
    node.nobody().post("/auth/refresh", json!({})).await.fails(401, "auth.signed_out");
}

#[tokio::test]
async fn two_tabs_may_refresh_at_once_but_a_stolen_token_ends_the_session() {
    let node = TestNode::start().await;
    let ann = node.user("ann").await;
    let one = Person::signed_in(node.address, ann.post("/auth/refresh", json!({})).await);
    let two = Person::signed_in(node.address, ann.post("/auth/refresh", json!({})).await);
    let three = Person::signed_in(node.address, two.post("/auth/refresh", json!({})).await);
    assert_eq!((&one.session, &two.session, &three.session), (&ann.session, &ann.session, &ann.session));
    let mut socket = three.socket().await;

    node.clock.advance(21_000);
    ann.post("/auth/refresh", json!({})).await.fails(401, "auth.session_reused");
    assert_eq!(socket.closed().await, 4001);
    three.get("/users/me").await.fails(401, "auth.signed_out");
    three.post("/auth/refresh", json!({})).await.fails(401, "auth.signed_out");
    ann.sign_in_again().await.get("/users/me").await.ok();
}

#[tokio::test]
async fn an_older_token_is_refused_even_in_a_race() {
    let node = TestNode::start().await;
    let ann = node.user("ann").await;
    let next = Person::signed_in(node.address, ann.post("/auth/refresh", json!({})).await);
    let last = Person::signed_in(node.address, next.post("/auth/refresh", json!({})).await);
    ann.post("/auth/refresh", json!({})).await.fails(401, "auth.session_reused");
    last.post("/auth/refresh", json!({})).await.fails(401, "auth.signed_out");
}

#[tokio::test]
async fn sessions_are_listed_and_ended_at_once() {
    let mut node = TestNode::start().await;
    let (ann, bob) = (node.user("ann").await, node.user("bob").await);
    let phone = ann.sign_in_again().await;
    let mut socket = phone.socket().await;
    let sessions = ann.get("/users/me/sessions").await.ok()["sessions"].as_array().unwrap().clone();
    assert_eq!(sessions.len(), 2);
    let current: Vec<_> = sessions.iter().filter(|session| session["is_current"] == true).map(id).collect();
    assert_eq!(current, std::slice::from_ref(&ann.session));
    assert!(sessions.iter().any(|session| session["device_name"] == "another" && session["ip"] == "127.0.0.1"));

    bob.delete(&format!("/users/me/sessions/{}", phone.session)).await.fails(404, "not_found");
    phone.get("/users/me").await.ok();
    ann.delete(&format!("/users/me/sessions/{}", phone.session)).await.ok();
    assert_eq!(socket.closed().await, 4001);
    phone.get("/users/me").await.fails(401, "auth.signed_out");
    ann.delete(&format!("/users/me/sessions/{}", phone.session)).await.fails(404, "not_found");

    let (tablet, laptop) = (ann.sign_in_again().await, ann.sign_in_again().await);
    ann.delete("/users/me/sessions").await.ok();
    node.restart().await;
    for gone in [&phone, &tablet, &laptop] {
        gone.get("/users/me").await.fails(401, "auth.signed_out");
    }
    ann.get("/users/me").await.ok();
    bob.get("/users/me").await.ok();
}

#[tokio::test]
async fn changing_the_password_signs_the_other_devices_out() {
    let node = TestNode::start().await;
    let ann = node.user("ann").await;
    let phone = ann.sign_in_again().await;
    let change = |current: &str| json!({ "current_auth_key": auth_key(current), "salt": B64.encode([9; 16]), "kdf": { "m": 65536, "t": 4, "p": 1 }, "auth_key": auth_key("new") });
    let problem = ann.put("/users/me/password", change("wrong")).await.fails(401, "auth.wrong_password");
    assert_eq!(problem["field"], "current_auth_key");
    phone.get("/users/me").await.ok();
    ann.put("/users/me/password", change("ann")).await.ok();
    ann.get("/users/me").await.ok();
    phone.get("/users/me").await.fails(401, "auth.signed_out");
    sign_in(&node, "ann", &auth_key("ann")).await.fails(401, "auth.wrong_password");
    sign_in(&node, "ann", &auth_key("new")).await.ok();
    let known = node.nobody().post("/auth/prelogin", json!({ "login": "ann" })).await.ok();
    assert_eq!((&known["salt"], &known["t"]), (&json!(B64.encode([9; 16])), &json!(4)));
}

#[tokio::test]
async fn an_admin_lets_people_choose_a_new_password_once() {
    let node = TestNode::start().await;
    let (root, ann) = (admin(&node).await, node.user("ann").await);
    ann.post(&format!("/admin/users/{}/reset-link", ann.id), json!({})).await.fails(403, "permission.missing");
    root.post(&format!("/admin/users/{}/reset-link", new_id()), json!({})).await.fails(404, "user.not_found");
    let link = || async { root.post(&format!("/admin/users/{}/reset-link", ann.id), json!({})).await.ok() };
    let token = |link: &Value| link["path"].as_str().unwrap().strip_prefix("/reset/").unwrap().to_owned();
    let choose = |token: &str| json!({ "token": token, "salt": B64.encode([5; 16]), "kdf": { "m": 65536, "t": 3, "p": 1 }, "auth_key": auth_key("new") });

    let replaced = token(&link().await);
    let made = link().await;
    assert!(made["url"].as_str().unwrap().ends_with(made["path"].as_str().unwrap()));
    let nobody = node.nobody();
    nobody.post("/auth/reset", choose(&replaced)).await.fails(404, "auth.link_invalid");
    let target = nobody.get(&format!("/auth/reset?token={}", token(&made))).await.ok();
    assert_eq!(target, json!({ "account": ann.id, "username": "ann" }));
    nobody.post("/auth/reset", choose(&token(&made))).await.ok();
    nobody.post("/auth/reset", choose(&token(&made))).await.fails(404, "auth.link_invalid");
    ann.get("/users/me").await.fails(401, "auth.signed_out");
    sign_in(&node, "ann", &auth_key("ann")).await.fails(401, "auth.wrong_password");
    sign_in(&node, "ann", &auth_key("new")).await.ok();

    let late = token(&link().await);
    node.clock.advance(DAY_MS + 1_000);
    nobody.post("/auth/reset", choose(&late)).await.fails(404, "auth.link_invalid");
}

#[tokio::test]
async fn a_profile_is_changed_and_everybody_who_sees_it_hears_of_it() {
    let node = TestNode::start().await;
    let (ann, bob, ..) = node.ann_and_bob().await;
    let eve = node.user("eve").await;
    let (mut hers, mut his, mut others) = (ann.socket().await, bob.socket().await, eve.socket().await);
    let change = json!({ "username": "Annie", "display_name": " Ann  B. ", "bio": "two\nlines", "link": "https://example.org", "status_text": "here" });
    let account = ann.patch("/users/me", change).await.ok();
    let user = &account["user"];
    assert_eq!((&user["username"], &user["bio"], &user["link"]), (&json!("annie"), &json!("two\nlines"), &json!("https://example.org")));
    assert_eq!(hers.expect("user.updated").await["email"], Value::Null, "the own stream has the account");
    assert_eq!(&his.expect("user.updated").await, user);
    others.expect_silence().await;

    ann.patch("/users/me", json!({ "email": "ann@example.org" })).await.ok();
    his.expect_silence().await;
    assert_eq!(ann.get("/users/me").await.ok()["email"], "ann@example.org");
    ann.patch("/users/me", json!({ "bio": "" })).await.ok();
    assert_eq!(ann.get("/users/me").await.ok()["email"], "ann@example.org", "what is left out stays");
    ann.patch("/users/me", json!({ "email": null })).await.ok();
    assert_eq!(ann.get("/users/me").await.ok()["email"], Value::Null);

    for (field, value) in [
        ("username", json!("no spaces")),
        ("display_name", json!(" ")),
        ("bio", json!("x".repeat(501))),
        ("link", json!("javascript:alert(1)")),
        ("status_text", json!("x".repeat(101))),
        ("email", json!("x")),
    ] {
        let problem = ann.patch("/users/me", json!({ field: value })).await.fails(422, "request.invalid");
        assert_eq!(problem["field"], field);
    }
    ann.patch("/users/me", json!({ "presence": "asleep" })).await.fails(422, "request.invalid");
    ann.patch("/users/me", json!({ "username": "bob" })).await.fails(409, "username.taken");

    assert_eq!(bob.get(&format!("/users/{}", ann.id)).await.ok()["display_name"], "Ann  B.");
    assert!(bob.get(&format!("/users/{}", ann.id)).await.ok().get("email").is_none());
    bob.get(&format!("/users/{}", new_id())).await.fails(404, "user.not_found");
    let list = bob.get(&format!("/users?ids={},{},{}", ann.id, new_id(), ann.id)).await.ok();
    assert_eq!(list["users"].as_array().unwrap().len(), 1);
    bob.get("/users?ids=x").await.fails(422, "request.invalid");
}

#[tokio::test]
async fn pictures_are_drawn_anew_and_public() {
    let node = TestNode::start().await;
    let ann = node.user("ann").await;
    let path = ann.put_bytes("/users/me/picture", png()).await.ok()["user"]["picture"].as_str().unwrap().to_owned();
    let answer = node.nobody().get(path.strip_prefix("/api/v1").unwrap()).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["content-type"], "image/png");
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    assert!(answer.headers["cache-control"].to_str().unwrap().contains("immutable"));

    ann.put_bytes("/users/me/picture", b"<svg/>".to_vec()).await.fails(422, "picture.invalid");
    ann.put_bytes("/users/me/picture", vec![0; 4 * 1024 * 1024 + 1]).await.fails(413, "request.too_large");
    assert_eq!(ann.get("/users/me").await.ok()["user"]["picture"], path);
    assert_eq!(ann.delete("/users/me/picture").await.ok()["user"]["picture"], Value::Null);
    node.nobody().get("/pictures/..%2f..%2fmaster.key").await.fails(404, "not_found");
    node.nobody().get(&format!("/pictures/{}", "0".repeat(64))).await.fails(404, "not_found");
}

#[tokio::test]
async fn people_are_found_by_the_beginning_of_names_and_by_exact_email() {
    let node = TestNode::start().await;
    let (ann, bob) = (node.user("ann").await, node.user("b_b").await);
    node.user("bab").await;
    ann.patch("/users/me", json!({ "display_name": "Ann von Ärger", "email": "secret@example.org" })).await.ok();
    let found = |q: &'static str| {
        let bob = bob.clone();
        async move {
            let users = bob.get(&format!("/users/search?q={q}")).await.ok()["users"].clone();
            users.as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        }
    };
    for q in ["an", "ANN", "@ann", "von", "%C3%A4r", "ann%20von", "secret@example.org", "Secret@Example.ORG"] {
        assert_eq!(found(q).await, ["ann"], "{q}");
    }
    for q in ["nn", "secret", "secret@", "example.org", "%25", "", "ger"] {
        assert_eq!(found(q).await, [""; 0], "{q}");
    }
    assert_eq!(found("b_").await, ["b_b"], "an underscore is an underscore");
    assert_eq!(found("b").await.len(), 2);
    bob.get("/users/search?q=a&limit=21").await.fails(422, "request.invalid");
    bob.get("/users/search?q=a%00").await.fails(422, "request.invalid");
    node.nobody().get("/users/search?q=a").await.fails(401, "auth.signed_out");
}

#[tokio::test]
async fn admins_change_roles_and_disable_accounts_but_one_admin_stays() {
    let node = TestNode::start().await;
    let (root, ann) = (admin(&node).await, node.user("ann").await);
    for (method, path) in [("GET", "/admin/users"), ("GET", "/admin/settings"), ("PATCH", "/admin/settings"), ("GET", "/admin/invites")] {
        ann.request(method, path, Some(json!({}))).await.fails(403, "permission.missing");
        node.nobody().request(method, path, Some(json!({}))).await.fails(401, "auth.signed_out");
    }
    let of = |person: &Person| format!("/admin/users/{}", person.id);
    root.patch(&of(&root), json!({ "role": "user" })).await.fails(409, "admin.last");
    root.patch(&of(&root), json!({ "is_disabled": true })).await.fails(409, "admin.last");
    assert_eq!(root.patch(&of(&ann), json!({ "role": "admin" })).await.ok()["role"], "admin");
    ann.get("/admin/users").await.ok();
    root.patch(&of(&ann), json!({ "role": "user" })).await.ok();
    ann.get("/admin/users").await.fails(403, "permission.missing");

    let mut socket = ann.socket().await;
    let changed = root.patch(&of(&ann), json!({ "is_disabled": true })).await.ok();
    assert_eq!((&changed["user"]["is_disabled"], &changed["sessions"]), (&json!(true), &json!(0)));
    assert_eq!(socket.closed().await, 4001);
    ann.get("/users/me").await.fails(401, "auth.signed_out");
    sign_in(&node, "ann", &auth_key("ann")).await.fails(403, "auth.account_disabled");
    sign_in(&node, "ann", &auth_key("other")).await.fails(401, "auth.wrong_password");
    root.patch(&of(&ann), json!({ "is_disabled": false })).await.ok();
    sign_in(&node, "ann", &auth_key("ann")).await.ok();
    root.patch(&format!("/admin/users/{}", new_id()), json!({})).await.fails(404, "user.not_found");
}

#[tokio::test]
async fn admins_page_through_all_accounts() {
    let node = TestNode::start().await;
    let root = admin(&node).await;
    for number in 0..55 {
        node.user(&format!("user{number:02}")).await;
    }
    let first = root.get("/admin/users").await.ok();
    assert_eq!(first["users"].as_array().unwrap().len(), 50);
    let second = root.get(&format!("/admin/users?cursor={}", first["next_cursor"].as_str().unwrap())).await.ok();
    assert_eq!(second["users"].as_array().unwrap().len(), 6);
    assert_eq!(second["next_cursor"], Value::Null);
    let some = root.get("/admin/users?q=ER5").await.ok();
    assert_eq!(some["users"].as_array().unwrap().len(), 5);
    assert_eq!(some["users"][0]["sessions"], 1);
}

#[tokio::test]
async fn attempts_to_sign_in_are_limited_per_address() {
    let node = TestNode::start_with(|config| config.limits.auth_per_minute = 3).await;
    node.user("ann").await;
    for _ in 0..2 {
        sign_in(&node, "ann", &auth_key("other")).await.fails(401, "auth.wrong_password");
    }
    let refused = sign_in(&node, "ann", &auth_key("ann")).await;
    assert!(refused.headers["retry-after"].to_str().unwrap().parse::<u64>().unwrap() > 0);
    refused.fails(429, "rate.limited");
    node.nobody().post("/auth/prelogin", json!({ "login": "ann" })).await.fails(429, "rate.limited");
    node.nobody().get("/auth/setup?token=x").await.fails(429, "rate.limited");
}

#[tokio::test]
async fn the_operator_makes_accounts_that_browsers_can_sign_in_to() {
    let node = TestNode::start_with(|config| config.accounts.registration = Registration::Closed).await;
    let app = &node.node.app;
    let made = snug_accounts::create_user(app, "Ann", "correct horse".into(), None, snug_accounts::InstanceRole::Admin).await.unwrap();
    assert_eq!(snug_accounts::ensure_setup_token(app).await.unwrap(), None, "there is an admin now");
    let asked = node.nobody().post("/auth/prelogin", json!({ "login": "ann" })).await.ok();
    let salt: [u8; 16] = B64.decode(asked["salt"].as_str().unwrap()).unwrap().try_into().unwrap();
    let kdf = snug_crypto::password::Kdf { m: 65_536, t: 3, p: 1 };
    let key = snug_crypto::password::master_key("correct horse", &salt, kdf).unwrap();
    let key = snug_crypto::password::auth_key(&key, made.user.id.0.as_bytes());
    let signed_in = sign_in(&node, "ann", &B64.encode(*key)).await.ok();
    assert_eq!(signed_in["account"]["role"], "admin");
    let short = snug_accounts::create_user(app, "bob", "short".into(), None, snug_accounts::InstanceRole::User).await;
    assert_eq!(short.unwrap_err().field, Some("password"));
}

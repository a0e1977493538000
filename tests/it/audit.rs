//! The log of deeds: nothing that an administrator does, and nothing that happens to a sign-in, is missing from it.
use crate::support::{Answer, Person, TestNode, auth_key, id, new_id};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as B64;
use serde_json::{Value, json};

use snug_accounts::audit::Actor;
use snug_base::config::BackupConfig;
use std::collections::BTreeSet;

async fn lines(by: &Person, query: &str) -> Vec<Value> {
    by.get(&format!("/admin/audit?{query}")).await.ok()["lines"].as_array().unwrap().clone()
}

fn kinds(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["kind"].as_str().unwrap()).collect()
}

/// Who did it, to whom, what changed, from where.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_says_who_did_what_to_whom_from_where() {
    let node = TestNode::start().await;
    let (ann, bob) = (node.admin("ann").await, node.user("bob").await);
    ann.patch(&format!("/admin/users/{}", bob.id), json!({ "role": "moderator" })).await.ok();
    ann.patch("/admin/settings", json!({ "name": "Garden", "registration": "open" })).await.ok();
    let lines = lines(&ann, "log=admin").await;
    assert_eq!(kinds(&lines), ["settings.changed", "user.role", "user.role"]);
    let [settings, role, first] = &lines[..] else { panic!() };
    assert_eq!(settings["changes"], json!([{ "name": "name", "before": "Snug", "after": "Garden" }]), "what stayed is not told");
    assert_eq!((&role["actor"], &role["user"], &role["address"]), (&json!("ann"), &json!("bob"), &json!("127.0.0.1")));
    assert_eq!(role["changes"], json!([{ "name": "role", "before": "user", "after": "moderator" }]));
    assert_eq!((&first["actor"], &first["address"], &first["user"]), (&Value::Null, &Value::Null, &json!("ann")), "at the terminal");
    // the person sees what happened, not who it was
    let own = bob.get("/users/me/activity").await.ok();
    let granted = own["lines"].as_array().unwrap().iter().find(|line| line["kind"] == "user.role").unwrap();
    assert_eq!((&granted["actor"], &granted["address"]), (&Value::Null, &Value::Null));
    assert!(!own.to_string().contains("ann"), "{own}");
}

/// Every route that changes something and is for administrators, with a request that changes something.
async fn change(node: &TestNode, ann: &Person, operation: &str) -> Answer {
    let bob = node.user(&format!("u{}", &new_id()[24..])).await;
    let session = bob.sign_in_again().await.session;
    match operation {
        "PATCH /api/v1/admin/users/{id}" => ann.patch(&format!("/admin/users/{}", bob.id), json!({ "is_disabled": true })).await,
        "POST /api/v1/admin/users/{id}/reset-link" => ann.post(&format!("/admin/users/{}/reset-link", bob.id), json!({})).await,
        "DELETE /api/v1/admin/users/{id}/sessions" => ann.delete(&format!("/admin/users/{}/sessions", bob.id)).await,
        "DELETE /api/v1/admin/users/{id}/sessions/{session}" => ann.delete(&format!("/admin/users/{}/sessions/{session}", bob.id)).await,
        "PUT /api/v1/admin/users/{id}/quota" => ann.put(&format!("/admin/users/{}/quota", bob.id), json!({ "quota": "3GB" })).await,
        "PATCH /api/v1/admin/storage/limits" => ann.patch("/admin/storage/limits", json!({ "total": "3GB" })).await,
        "PATCH /api/v1/admin/settings" => ann.patch("/admin/settings", json!({ "name": new_id() })).await,
        "PATCH /api/v1/admin/branding" => ann.patch("/admin/branding", json!({ "welcome": new_id() })).await,
        "PUT /api/v1/admin/branding/icon" => ann.put_bytes("/admin/branding/icon", crate::branding::png(200, 1)).await,
        "DELETE /api/v1/admin/branding/icon" => {
            // another's deed
            let cara = node.admin(&format!("a{}", &new_id()[24..])).await;
            cara.put_bytes("/admin/branding/icon", crate::branding::png(200, 2)).await.ok();
            ann.delete("/admin/branding/icon").await
        }
        "PUT /api/v1/admin/branding/emoji/{name}" => ann.put_bytes("/admin/branding/emoji/cat", crate::branding::png(20, 1)).await,
        "DELETE /api/v1/admin/branding/emoji/{name}" => {
            let cara = node.admin(&format!("a{}", &new_id()[24..])).await;
            cara.put_bytes("/admin/branding/emoji/cat", crate::branding::png(20, 2)).await.ok();
            ann.delete("/admin/branding/emoji/cat").await
        }
        "POST /api/v1/admin/invites" => ann.post("/admin/invites", json!({ "max_uses": 1 })).await,
        "DELETE /api/v1/admin/invites/{code}" => {
            let app = &node.node.app;
            let invite = snug_accounts::invites::create(app, "", Actor::operator(), Default::default()).await.unwrap();
            ann.delete(&format!("/admin/invites/{}", invite.code)).await
        }
        "POST /api/v1/admin/backups" => ann.post("/admin/backups", json!({})).await,
        "PATCH /api/v1/admin/servers/{id}" => {
            let garden = bob.post("/servers", json!({ "name": "Garden" })).await.created();
            ann.post("/servers/join", json!({ "code": garden["access_code"] })).await.ok();
            ann.patch(&format!("/admin/servers/{}", id(&garden["server"])), json!({ "owner_id": ann.id })).await
        }
        "DELETE /api/v1/admin/servers/{id}" => {
            let garden = bob.post("/servers", json!({ "name": "Garden" })).await.created();
            ann.delete(&format!("/admin/servers/{}", id(&garden["server"]))).await
        }
        "POST /api/v1/admin/certificates/{source}/renew" => {
            let tls = std::sync::Arc::new(snug::tls::Tls::open(&node.node.app).await.unwrap());
            let _ = node.node.certificates.set(tls);
            ann.post("/admin/certificates/own/renew", json!({})).await
        }
        "POST /api/v1/admin/jobs/{name}/run" => ann.post("/admin/jobs/backup/run", json!({})).await,
        other => panic!("{other} changes something: say here how, so that the log of deeds can be looked at"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_change_by_an_administrator_leaves_a_line() {
    let folder = tempfile::tempdir().unwrap();
    let backup = BackupConfig { folder: Some(folder.path().to_owned()), unencrypted: true, ..BackupConfig::default() };
    let node = TestNode::start_with(|config| config.backup = backup).await;
    let ann = node.admin("ann").await;
    let document = snug::http::openapi::document();
    let mut changing = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let methods = item.as_object().unwrap().keys().filter(|method| ["post", "put", "patch", "delete"].contains(&method.as_str()));
        changing.extend(methods.filter(|_| path.contains("/admin/")).map(|method| format!("{} {path}", method.to_uppercase())));
    }
    // closed in the stories of reports, which make one
    assert!(changing.remove("POST /api/v1/admin/reports/{id}/close"));
    // looks and changes nothing, but takes a while
    assert!(changing.remove("POST /api/v1/admin/checkup"));
    // tried in the stories of e-mail, which have a mail server
    assert!(changing.remove("POST /api/v1/admin/mail/test"));
    assert!(changing.len() > 8, "{changing:?}");
    for operation in changing {
        let query = format!("log=admin&user_id={}", ann.id);
        let before = lines(&ann, &query).await.len();
        let answer = change(&node, &ann, &operation).await;
        assert!(answer.status < 300, "{operation}: {answer:?}");
        let after = lines(&ann, &query).await;
        assert_eq!(after.len(), before + 1, "{operation} leaves a line: {:?}", after.first());
        assert_eq!(after[0]["address"], "127.0.0.1");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_fails_leaves_no_line_and_what_changes_nothing_neither() {
    let node = TestNode::start().await;
    let ann = node.admin("ann").await;
    let before = lines(&ann, "log=admin").await.len();
    ann.patch(&format!("/admin/users/{}", ann.id), json!({ "role": "user" })).await.fails(409, "admin.last");
    ann.patch(&format!("/admin/users/{}", ann.id), json!({ "role": "admin" })).await.ok();
    ann.patch("/admin/settings", json!({})).await.ok();
    assert_eq!(lines(&ann, "log=admin").await.len(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sign_ins_and_what_else_happens_to_an_account_are_remembered() {
    let node = TestNode::start().await;
    let (ann, bob) = (node.admin("ann").await, node.user("bob").await);
    let wrong = json!({ "login": "bob", "auth_key": auth_key("mallory") });
    node.nobody().post("/auth/login", wrong).await.fails(401, "auth.wrong_password");
    let unknown = json!({ "login": "my-password-in-the-wrong-field", "auth_key": auth_key("mallory") });
    node.nobody().post("/auth/login", unknown).await.fails(401, "auth.wrong_password");
    let other = bob.sign_in_again().await;
    bob.delete(&format!("/users/me/sessions/{}", other.session)).await.ok();
    let password = json!({
        "current_auth_key": auth_key("bob"), "salt": B64.encode([2; 16]), "kdf": { "m": 65536, "t": 3, "p": 1 }, "auth_key": auth_key("b0b"),
    });
    bob.put("/users/me/password", password).await.ok();
    bob.post("/auth/logout", json!({})).await.ok();
    let security = lines(&ann, "log=security").await;
    let expected = [
        "session.ended",
        "password.changed",
        "session.ended",
        "signin.ok",
        "signin.failed",
        "signin.failed",
        "account.registered",
        "user.role",
        "account.registered",
    ];
    assert_eq!(kinds(&security), expected);
    assert!(security.iter().all(|line| line["kind"] == "user.role" || line["address"] == "127.0.0.1"), "{security:?}");
    assert_eq!(security[2]["changes"][0]["after"], "another", "which device");
    assert_eq!((&security[4]["user"], &security[5]["user"]), (&Value::Null, &json!("bob")));
    assert!(!Value::from(security).to_string().contains("my-password"), "what was typed as a name is not kept");
    // one's own, and nobody else's
    let cara = node.user("cara").await;
    let own = cara.get("/users/me/activity").await.ok();
    assert_eq!(kinds(own["lines"].as_array().unwrap()), ["account.registered"]);
    // not for everybody
    cara.get("/admin/audit").await.fails(403, "permission.missing");
    cara.get("/admin/audit/export").await.fails(403, "permission.missing");
    cara.delete(&format!("/admin/users/{}/sessions", ann.id)).await.fails(403, "permission.missing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_rate_is_told_once() {
    let node = TestNode::start_with(|config| config.limits.auth_per_minute = 4).await;
    let ann = node.admin("ann").await;
    for _ in 0..8 {
        node.nobody().post("/auth/login", json!({ "login": "x", "auth_key": auth_key("x") })).await;
    }
    let told = lines(&ann, "kind=limit.hit").await;
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["changes"][0]["after"], "/api/v1/auth/login");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_ends_a_session_at_once() {
    let node = TestNode::start().await;
    let (ann, bob) = (node.admin("ann").await, node.user("bob").await);
    let other = bob.sign_in_again().await;
    let mut socket = other.socket().await;
    let listed = ann.get(&format!("/admin/users/{}/sessions", bob.id)).await.ok();
    assert_eq!(listed["sessions"].as_array().unwrap().len(), 2);
    ann.delete(&format!("/admin/users/{}/sessions/{}", bob.id, other.session)).await.ok();
    assert_eq!(socket.closed().await, 4001);
    other.get("/users/me").await.fails(401, "auth.signed_out");
    bob.get("/users/me").await.ok();
    ann.delete(&format!("/admin/users/{}/sessions/{}", bob.id, other.session)).await.fails(404, "not_found");
    ann.delete(&format!("/admin/users/{}/sessions", bob.id)).await.ok();
    bob.get("/users/me").await.fails(401, "auth.signed_out");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_has_pages_filters_files_and_an_end() {
    let node = TestNode::start().await;
    let ann = node.admin("ann").await;
    for n in 0..60 {
        ann.patch("/admin/settings", json!({ "name": format!("=Garden {n}, \"big\"") })).await.ok();
    }
    let first = ann.get("/admin/audit?log=admin&kind=settings.changed").await.ok();
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = ann.get(&format!("/admin/audit?log=admin&kind=settings.changed&cursor={cursor}")).await.ok();
    let all: Vec<&Value> = [&first, &second].iter().flat_map(|page| page["lines"].as_array().unwrap()).collect();
    assert_eq!((all.len(), &second["next_cursor"]), (60, &Value::Null));
    assert_eq!(all.iter().map(|line| line["id"].to_string()).collect::<BTreeSet<_>>().len(), 60);
    let now = node.clock.now();
    assert!(lines(&ann, &format!("from={}", now + 60_000)).await.is_empty());
    assert!(lines(&ann, &format!("to={}", now - 600_000)).await.is_empty());
    for wrong in ["log=nonsense", "kind=nonsense", "cursor=nonsense"] {
        ann.get(&format!("/admin/audit?{wrong}")).await.fails(422, "request.invalid");
    }
    let csv = ann.get("/admin/audit/export?format=csv&kind=settings.changed").await;
    assert_eq!(csv.headers["content-disposition"], "attachment; filename=\"audit.csv\"");
    let text = csv.body.as_str().unwrap().to_owned();
    assert_eq!(text.lines().count(), 61);
    assert!(text.contains("\"name: =Garden 0, \"\"big\"\" -> =Garden 1, \"\"big\"\"\""), "{text}");
    assert_eq!(ann.get("/admin/audit/export?kind=settings.changed").await.ok().as_array().unwrap().len(), 60);
    assert_eq!(kinds(&lines(&ann, "log=admin").await)[..2], ["audit.exported", "audit.exported"]);
    // what is old goes
    node.clock.advance(91 * 24 * 3_600_000);
    snug_accounts::audit::forget_old(&node.node.app).await.unwrap();
    let ann = ann.sign_in_again().await;
    assert_eq!(kinds(&lines(&ann, "").await), ["signin.ok"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_gives_servers_away_and_deletes_them() {
    let node = TestNode::start().await;
    let (ann, bob, server, room) = node.ann_and_bob().await;
    let root = node.admin("root").await;
    let mut socket = bob.socket().await;
    let listed = root.get("/admin/servers?q=gard").await.ok();
    assert_eq!((&listed["servers"][0]["owner"], &listed["count"]), (&json!("ann"), &json!(1)));
    assert_eq!(root.get("/admin/servers?q=nonsense").await.ok()["count"], 0);
    root.patch(&format!("/admin/servers/{server}"), json!({ "owner_id": root.id })).await.fails(422, "request.invalid");
    root.patch(&format!("/admin/servers/{server}"), json!({ "owner_id": bob.id })).await.ok();
    assert_eq!(socket.wait_for("server.updated").await["owner_id"], bob.id.as_str());
    ann.delete(&format!("/servers/{server}")).await.fails(403, "permission.missing");
    bob.delete(&format!("/admin/servers/{server}")).await.fails(403, "permission.missing");
    root.delete(&format!("/admin/servers/{server}")).await.ok();
    assert_eq!(socket.wait_for("server.left").await["reason"], "deleted");
    ann.get(&format!("/conversations/{room}/messages")).await.fails(404, "conversation.not_a_member");
    root.delete(&format!("/admin/servers/{server}")).await.fails(404, "not_found");
    let told = lines(&root, "log=admin").await;
    assert_eq!(kinds(&told)[..2], ["server.deleted", "server.transferred"]);
    assert_eq!((&told[0]["target"], &told[1]["changes"][0]["after"]), (&json!("Garden"), &json!("bob")));
}

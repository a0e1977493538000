//! Every setting with its value and where that comes from, in the administration and in the terminal.
use crate::cli::{Running, said, snug};
use crate::support::TestNode;
use serde_json::{Value, json};
use snug_base::config::Secret;
use snug_base::size::Quota;
use std::path::Path;

fn setting<'a>(configuration: &'a Value, path: &str) -> &'a Value {
    let sections = configuration["sections"].as_array().unwrap();
    let mut all = sections.iter().flat_map(|section| section["settings"].as_array().unwrap());
    all.find(|setting| setting["path"] == path).unwrap_or_else(|| panic!("there is no {path}"))
}

fn show(data: &Path) -> Value {
    serde_json::from_str(&said(data, &["config", "show", "--json"])).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn administrators_see_every_setting_and_no_secret() {
    let node = TestNode::start_with(|config| {
        config.metrics.token = Some(Secret("a-token-of-some-length".to_owned().into()));
        config.backup.command = Some("curl -u me:hunter2 https://store.example".to_owned());
        config.storage.per_person = Quota::bytes(2_000_000_000);
    })
    .await;
    let (ann, bob) = (node.admin("ann").await, node.user("bob").await);
    bob.get("/admin/configuration").await.fails(403, "permission.missing");
    ann.patch("/admin/storage/limits", json!({ "per_person": "3GB" })).await.ok();
    ann.patch("/admin/settings", json!({ "registration": "invite" })).await.ok();
    let told = ann.get("/admin/configuration").await.ok();
    let defaults = serde_json::to_value(snug_base::Config::default()).unwrap();
    for (section, keys) in defaults.as_object().unwrap() {
        for key in keys.as_object().unwrap().keys() {
            let one = setting(&told, &format!("{section}.{key}"));
            assert!(!one["meaning"].as_str().unwrap().is_empty(), "{one}");
        }
    }
    let whole = told.to_string();
    assert!(!whole.contains("a-token-of") && !whole.contains("hunter2"), "{whole}");
    assert_eq!((&setting(&told, "metrics.token")["value"], &setting(&told, "backup.command")["value"]), (&json!("\"…\""), &json!("\"…\"")));
    let chosen = setting(&told, "storage.per_person");
    assert_eq!((&chosen["value"], &chosen["configured"], &chosen["default"]), (&json!("\"3GB\""), &json!("\"2GB\""), &json!("\"1GB\"")));
    assert_eq!((&chosen["origin"], &chosen["effect"]), (&json!("administration"), &json!("at_once")));
    let registration = setting(&told, "accounts.registration");
    assert_eq!((&registration["value"], &registration["configured"]), (&json!("\"invite\""), &json!("\"open\"")));
    let length = setting(&told, "messages.length");
    assert_eq!((&length["value"], &length["origin"], &length["effect"]), (&json!("8000"), &json!("default"), &json!("next_start")));
}

/// Each value with the line, the variable or the flag that it comes from; and what the file says by now.
#[test]
fn config_show_says_where_each_value_comes_from() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let file = data.join("snug.toml");
    std::fs::write(&file, "[limits]\nread_per_minute = 700\n\n[storage]\ntotal = \"5GB\"\n[messages]\nlength = 100\n").unwrap();
    // before the first start
    let fresh = show(data);
    assert_eq!(setting(&fresh, "limits.read_per_minute")["place"], format!("{}, line 2", file.display()));
    assert!(!data.join("snug.db").exists(), "looking makes nothing");

    let mut command = snug(data, &["serve", "--json", "--listen", "127.0.0.1:0"]);
    let environment =
        [("SNUG_MESSAGES_LENGTH", "200"), ("SNUG_METRICS_TOKEN", "a-token-of-some-length"), ("SNUG_MESSAGES_GROUP_SIZE", "7")];
    let node = Running::of(command.envs(environment));
    said(data, &["storage", "--total", "6GB"]);
    let told = show(data);
    for (path, value, origin, place) in [
        ("limits.read_per_minute", "700", "file", format!("{}, line 2", file.display())),
        ("messages.length", "200", "environment", "SNUG_MESSAGES_LENGTH".to_owned()),
        ("node.listen", "[\"127.0.0.1:0\"]", "flag", "--listen".to_owned()),
        ("node.data", &json!(data).to_string(), "flag", "--data".to_owned()),
        ("metrics.token", "\"…\"", "environment", "SNUG_METRICS_TOKEN".to_owned()),
    ] {
        let one = setting(&told, path);
        assert_eq!((&one["value"], &one["origin"], &one["place"]), (&json!(value), &json!(origin), &json!(place)), "{one}");
        assert_eq!(one["pending"], Value::Null, "{one}");
    }
    let total = setting(&told, "storage.total");
    assert_eq!((&total["value"], &total["configured"], &total["origin"]), (&json!("\"6GB\""), &json!("\"5GB\""), &json!("administration")));

    // what is in the file now holds after the next start, and a mistake is told before it
    std::fs::write(&file, "[limits]\nread_per_minute = 800\n").unwrap();
    let told = show(data);
    assert_eq!(
        (&setting(&told, "limits.read_per_minute")["value"], &setting(&told, "limits.read_per_minute")["pending"]),
        (&json!("700"), &json!("800"))
    );
    let text = said(data, &["config", "show", "--changed"]);
    assert!(text.contains("800 from the next start on") && !text.contains("audit.days"), "{text}");
    std::fs::write(&file, "[limits]\nread_per_minute = \"many\"\n").unwrap();
    let other = folder.path().join("other.toml");
    std::fs::write(&other, "").unwrap();
    let told: Value = serde_json::from_str(&said(data, &["config", "show", "--json", "--config", &other.display().to_string()])).unwrap();
    assert!(told["problem"].as_str().unwrap().contains("snug.toml, line 2"), "{}", told["problem"]);
    drop(node);
    std::fs::write(&file, "").unwrap();
    let told = show(data);
    assert_eq!(setting(&told, "storage.total")["value"], "\"6GB\"", "what was chosen is known without a running node");
}

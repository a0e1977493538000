//! The instance moves to another address.
use crate::cli::{run, snug, text};
use crate::support::free_port;
use reqwest::redirect;
use serde_json::Value;
use std::path::Path;
use std::time::{Duration, Instant};

#[track_caller]
fn refused(data: &Path, old: &str, new: &str) -> String {
    let output = run(data, &["rename", old, new]);
    assert!(!output.status.success(), "{}", text(&output.stdout));
    text(&output.stderr)
}

#[tokio::test]
async fn an_instance_moves_and_links_to_its_old_address_go_on_working() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir_all(&data).unwrap();
    let file = data.join("snug.toml");
    let port = free_port();
    let config = format!(
        "# ours\n[node]\npublic_url = \"http://old.example.org:{port}\" # since May\nlisten = [\"127.0.0.1:{port}\"]\nplain_http = true\n"
    );
    std::fs::write(&file, &config).unwrap();
    let (old, new) = (format!("http://old.example.org:{port}"), format!("http://chat.example.org:{port}"));

    for (from, to, part) in [
        (old.as_str(), "https://chat.example.org/room", "is no address"),
        (old.as_str(), "ftp://chat.example.org", "is no address"),
        (old.as_str(), old.as_str(), "already"),
        ("https://odl.example.org", new.as_str(), "Its addresses are"),
    ] {
        assert!(refused(&data, from, to).contains(part), "{from} {to}: {}", refused(&data, from, to));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), config, "nothing was changed");
    }
    let output = run(&data, &["rename", &old, &new]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("Tell the proxy"), "{}", text(&output.stdout));
    let changed = std::fs::read_to_string(&file).unwrap();
    assert!(changed.starts_with("# ours\n") && changed.contains(&format!("public_url = \"{new}\" # since May")), "{changed}");
    assert_eq!(std::fs::read_to_string(data.join("snug.toml.before-rename")).unwrap(), config);

    let mut node = snug(&data, &["serve", "--json"]).spawn().unwrap();
    let begun = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(20));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // where a page is sent on to is looked at, and not gone to
    let http = reqwest::Client::builder()
        .tls_backend_preconfigured(snug_client::trust::unverified().unwrap())
        .redirect(redirect::Policy::none())
        .build()
        .unwrap();
    let ask = |host: String, path: &str| {
        let request = http.get(format!("http://127.0.0.1:{port}{path}")).header("host", host);
        async move { request.send().await.unwrap() }
    };
    let (before, now) = (format!("OLD.example.org:{port}"), format!("chat.example.org:{port}"));
    let sent_on = ask(before.clone(), "/c/0190?m=4").await;
    assert_eq!(sent_on.status(), 307);
    assert_eq!(sent_on.headers()["location"], format!("{new}/c/0190?m=4"));
    for (host, path) in
        [(now, "/c/0190"), (before.clone(), "/trust"), (before.clone(), "/healthz"), ("other.example.org".to_owned(), "/c/0190")]
    {
        assert_ne!(ask(host.clone(), path).await.status(), 307, "{host}{path}");
    }
    let instance: Value = ask(before, "/api/v1/instance").await.json().await.unwrap();
    assert_eq!(instance["former_urls"], serde_json::json!([old]));
    node.kill().unwrap();
    node.wait().unwrap();

    // and back
    assert!(run(&data, &["rename", &new, &old]).status.success());
    let back = std::fs::read_to_string(&file).unwrap();
    assert!(back.contains(&format!("former_urls = [\"{new}\"]")), "{back}");
}

#[test]
fn a_port_that_the_node_has_itself_moves_too() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let acme = "[acme]\ndomains = [\"chat.example.org\"] # ordered\nchallenge = \"http-01\"\n";
    std::fs::write(data.join("snug.toml"), format!("[node]\npublic_url = \"https://chat.example.org:8443\"\n{acme}")).unwrap();
    let output = run(data, &["rename", "chat.example.org:8443", "chat.example.org", "--json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["listen"], serde_json::json!(["[::]:443"]));
    assert!(run(data, &["rename", "chat.example.org", "talk.example.org"]).status.success());
    let changed = std::fs::read_to_string(data.join("snug.toml")).unwrap();
    assert!(changed.contains("domains = [\"talk.example.org\", \"chat.example.org\"] # ordered"), "{changed}");
    // what the environment says goes over the file
    let mut other = snug(data, &["rename", "talk.example.org", "chat.example.org"]);
    let output = other.env("SNUG_NODE_PUBLIC_URL", "https://talk.example.org").output().unwrap();
    assert!(text(&output.stderr).contains("the environment or a flag"), "{}", text(&output.stderr));
}

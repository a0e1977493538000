//! The terminal client as people run it: the real program against the real node, over its own TLS.
use crate::cli::{Running, add_user, snug, text};
use crate::support::http_client;
use serde_json::{Value, json};
use snug_client::account::begin::Password;
use snug_client::wire::Cost;
use snug_crypto::bytes::Bytes;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tempfile::TempDir;

const PASSWORD: &str = "a long enough password\n";

struct Scene {
    node: Running,
    folder: TempDir,
}

/// What a command answered: whether it worked, and what it said.
struct Said {
    worked: bool,
    out: String,
    err: String,
}

impl Scene {
    fn new() -> Scene {
        let folder = tempfile::tempdir().unwrap();
        let node = Running::start(&folder.path().join("data"), &[]);
        for name in ["ann", "bob"] {
            assert!(add_user(&folder.path().join("data"), name, "user").status.success());
        }
        Scene { node, folder }
    }

    fn devices(&self) -> PathBuf {
        self.folder.path().join("devices")
    }

    fn run(&self, profile: &str, arguments: &[&str], input: &str) -> Said {
        run(self.folder.path(), &[arguments, &["--profile", profile, "--client-dir", self.devices().to_str().unwrap()]].concat(), input)
    }

    fn log_in(&self, profile: &str, name: &str) -> Said {
        let fingerprint = self.node.greeting["fingerprint"].as_str().unwrap();
        self.run(profile, &["login", self.node.url(), name, "--key-file", "--fingerprint", fingerprint], PASSWORD)
    }

    #[track_caller]
    fn ok(&self, profile: &str, arguments: &[&str], input: &str) -> String {
        let said = self.run(profile, arguments, input);
        assert!(said.worked, "{arguments:?}: {}", said.err);
        said.out
    }
}

fn run(folder: &Path, arguments: &[&str], input: &str) -> Said {
    let mut child = snug(&folder.join("unused"), arguments).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    Said { worked: output.status.success(), out: text(&output.stdout), err: text(&output.stderr) }
}

#[test]
fn two_people_write_to_each_other_from_scripts() {
    let scene = Scene::new();
    for name in ["ann", "bob"] {
        let said = scene.log_in(name, name);
        assert!(said.worked && said.out.contains("is a device of"), "{}{}", said.out, said.err);
    }
    scene.ok("ann", &["send", "@bob", "planted", "marker", "one"], "");
    scene.ok("ann", &["send", "@bob", "-"], "two\nlines\n");
    let lines = scene.ok("bob", &["tail", "@ann", "--once"], "");
    assert!(lines.contains("planted marker one") && lines.contains("two\n    lines"), "{lines}");
    scene.ok("bob", &["send", "@ann"], "an answer\n");
    let json = scene.ok("ann", &["tail", "@bob", "--once", "--json", "-n", "1"], "");
    let line: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&line["text"], &line["author"], &line["is_encrypted"]), (&"an answer".into(), &"bob".into(), &true.into()), "{json}");

    let number = scene.ok("ann", &["verify", "@bob"], "");
    let digits: Vec<&str> =
        number.lines().map(str::trim).filter(|line| line.len() == 26 && line.starts_with(|c: char| c.is_ascii_digit())).collect();
    let other = scene.ok("bob", &["verify", "@ann"], "");
    assert!(digits.len() == 3 && digits.iter().all(|line| other.contains(line)), "{number}\n{other}");
    scene.ok("ann", &["verify", "@bob", "--yes"], "");

    // a second device by the recovery words, the first one leaves
    let words = scene.ok("ann", &["words"], PASSWORD);
    let numbered = words.lines().filter(|line| line.trim_start().starts_with(|c: char| c.is_ascii_digit()));
    let words: Vec<&str> = numbered.flat_map(str::split_whitespace).filter(|word| !word.ends_with('.')).collect();
    assert_eq!(words.len(), 12);
    let fingerprint = scene.node.greeting["fingerprint"].as_str().unwrap();
    let login = ["login", scene.node.url(), "ann", "--key-file", "--words", "--fingerprint", fingerprint];
    scene.ok("laptop", &login, &format!("{PASSWORD}{}\n", words.join(" ")));
    let lines = scene.ok("laptop", &["tail", "@bob", "--once"], "");
    assert!(lines.contains("planted marker one") && lines.contains("an answer"), "{lines}");
    let devices: Value = serde_json::from_str(&scene.ok("laptop", &["devices", "--json"], "")).unwrap();
    assert_eq!(devices.as_array().unwrap().len(), 2, "{devices}");
    scene.ok("ann", &["logout"], "");
    let devices: Value = serde_json::from_str(&scene.ok("laptop", &["devices", "--json"], "")).unwrap();
    assert_eq!(devices.as_array().unwrap().len(), 1, "{devices}");
    assert!(!scene.devices().join("ann").exists());

    // nothing readable lies on either side
    for file in walk(scene.folder.path()) {
        let bytes = std::fs::read(&file).unwrap_or_default();
        assert!(!bytes.windows(14).any(|part| part == b"planted marker"), "{}", file.display());
    }
}

#[tokio::test]
async fn a_password_from_a_reset_link_signs_in_and_says_why_it_opens_nothing() {
    let scene = Scene::new();
    assert!(scene.log_in("ann", "ann").worked);
    let words = scene.ok("ann", &["words"], PASSWORD);
    let numbered = words.lines().filter(|line| line.trim_start().starts_with(|c: char| c.is_ascii_digit()));
    let words: Vec<&str> = numbered.flat_map(str::split_whitespace).filter(|word| !word.ends_with('.')).collect();
    let data = scene.folder.path().join("data");
    let link = snug(&data, &["user", "reset-password", "ann", "--json"]).output().unwrap();
    let link: Value = serde_json::from_slice(&link.stdout).unwrap();
    let token = link["path"].as_str().unwrap().strip_prefix("/reset/").unwrap();
    let url = |path: &str| format!("{}/api/v1{path}", scene.node.url().trim_end_matches('/'));
    let target: Value = http_client().get(url(&format!("/auth/reset?token={token}"))).send().await.unwrap().json().await.unwrap();
    let (salt, cost) = (Bytes([5; 16]), Cost { m: 65_536, t: 3, p: 1 });
    let new = Password::of(target["account"].as_str().unwrap().parse().unwrap(), "quite another password", &salt, cost).unwrap();
    let kdf = json!({ "m": 65_536, "t": 3, "p": 1 });
    let body = json!({ "token": token, "salt": salt, "kdf": kdf, "auth_key": new.auth_key });
    assert!(http_client().post(url("/auth/reset")).json(&body).send().await.unwrap().status().is_success());

    let fingerprint = scene.node.greeting["fingerprint"].as_str().unwrap();
    let login = ["login", scene.node.url(), "ann", "--key-file", "--fingerprint", fingerprint];
    let said = scene.run("new", &login, "quite another password\n");
    assert!(!said.worked && said.err.contains("probably reset") && said.err.contains("--words"), "{}", said.err);
    assert_eq!(said.err.trim().lines().count(), 1, "{}", said.err);
    scene.ok("new", &[&login[..], &["--words"]].concat(), &format!("quite another password\n{}\n", words.join(" ")));
    let said = scene.run("new", &["words"], "quite another password\n");
    assert!(!said.worked && said.err.contains("does not open the account's keys") && said.err.contains("browser"), "{}", said.err);
}

#[test]
fn a_system_that_trusts_nobody_can_still_accept_a_node() {
    let scene = Scene::new();
    let (url, fingerprint) = (scene.node.url(), scene.node.greeting["fingerprint"].as_str().unwrap());
    let log_in = |more: &[&str]| {
        let profile = ["login", url, "ann", "--key-file", "--client-dir", scene.devices().to_str().unwrap()].map(str::to_owned);
        let mut command = snug(&scene.folder.path().join("unused"), &[]);
        command.args(profile).args(more).env("SSL_CERT_FILE", "/dev/null").env("SSL_CERT_DIR", "/dev/null").stdin(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    let refused = log_in(&[]);
    assert!(!refused.status.success() && text(&refused.stderr).contains("does not trust this node"), "{}", text(&refused.stderr));
    let accepted = log_in(&["--fingerprint", fingerprint]);
    assert!(accepted.status.success(), "{}", text(&accepted.stderr));
}

#[test]
fn mistakes_are_told() {
    let scene = Scene::new();
    let wrong = scene.run("ann", &["login", scene.node.url(), "ann", "--key-file", "--fingerprint", "AA:BB"], PASSWORD);
    assert!(!wrong.worked && wrong.err.contains("fingerprint"), "{}", wrong.err);
    let untrusted = scene.run("ann", &["login", scene.node.url(), "ann", "--key-file"], PASSWORD);
    assert!(!untrusted.worked && untrusted.err.contains("--fingerprint"), "{}", untrusted.err);
    let nobody = scene.run("ann", &["send", "@bob", "hello"], "");
    assert!(!nobody.worked && nobody.err.contains("snug login"), "{}", nobody.err);
    let fingerprint = scene.node.greeting["fingerprint"].as_str().unwrap();
    let password = scene.run("ann", &["login", scene.node.url(), "ann", "--key-file", "--fingerprint", fingerprint], "not the password\n");
    assert!(!password.worked && password.err.contains("password"), "{}", password.err);
    assert!(scene.log_in("ann", "ann").worked, "a failed try is not in the way");
    for (arguments, hint) in [
        (&["send", "@nobody", "x"][..], "nobody called nobody"),
        (&["send", "Nowhere", "x"], "no conversation called Nowhere"),
        (&["send", "@bob", "x"], "not set up encryption"),
        (&["send", "@bob", ""], "nothing to send"),
        (&["pair", "hello"], "16 letters and digits"),
        (&["chat"], "needs a terminal"),
        (&["login", "https://localhost:1", "ann"], "signed in already"),
    ] {
        let said = scene.run("ann", arguments, "");
        assert!(!said.worked && said.err.contains(hint), "{arguments:?}: {}", said.err);
    }
    let slash = scene.run("../ann", &["devices"], "");
    assert!(!slash.worked && slash.err.contains("profile"), "{}", slash.err);
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() { found.extend(walk(&path)) } else { found.push(path) }
    }
    found
}

//! The program as operators run it.
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

pub fn snug(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_snug"));
    command.arg("--data").arg(data).args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // the environment of the tests must not configure the node
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("SNUG_")) {
        command.env_remove(name);
    }
    command
}

pub fn run(data: &Path, arguments: &[&str]) -> Output {
    snug(data, arguments).output().unwrap()
}

#[track_caller]
fn answer(data: &Path, arguments: &[&str]) -> Value {
    let output = run(data, &[arguments, &["--json"]].concat());
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Runs what must succeed; gives back what it prints.
#[track_caller]
pub fn said(data: &Path, arguments: &[&str]) -> String {
    let output = run(data, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

/// Runs what must fail; gives back the complaint, which is one for people.
#[track_caller]
fn complaint(data: &Path, arguments: &[&str]) -> String {
    let output = run(data, arguments);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
    assert!(said.starts_with("snug: ") && !said.contains("panicked") && !said.contains("RUST_BACKTRACE"), "{said}");
    said
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A running node; killed at the end of the test if it still runs.
pub struct Running {
    child: Child,
    pub greeting: Value,
}

impl Running {
    pub fn start(data: &Path, arguments: &[&str]) -> Running {
        Running::of(&mut snug(data, &[&["serve", "--json", "--listen", "127.0.0.1:0"], arguments].concat()))
    }

    /// Of a command that greets in JSON.
    pub fn of(command: &mut Command) -> Running {
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let Ok(greeting) = serde_json::from_str(&line) else {
            let mut said = String::new();
            child.stderr.as_mut().unwrap().read_to_string(&mut said).unwrap();
            panic!("the node did not start: {line}{said}");
        };
        Running { child, greeting }
    }

    pub fn url(&self) -> &str {
        self.greeting["urls"][0].as_str().unwrap()
    }

    /// Asks it to stop and says how long that took.
    pub fn stop(&mut self) -> Duration {
        let begun = Instant::now();
        assert!(Command::new("kill").arg(self.child.id().to_string()).status().unwrap().success());
        assert!(self.child.wait().unwrap().success());
        begun.elapsed()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn add_user(data: &Path, name: &str, role: &str) -> Output {
    let mut child = snug(data, &["user", "add", name, "--role", role, "--password-stdin", "--json"]).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"a long enough password\n").unwrap();
    child.wait_with_output().unwrap()
}

#[tokio::test]
async fn the_first_run_makes_everything_and_prints_a_setup_link_that_works() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("new/data");
    let node = Running::start(&data, &["--plain-http"]);
    for file in ["master.key", "snug.db", "blobs"] {
        assert!(data.join(file).exists(), "{file}");
    }
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(std::fs::metadata(data.join("master.key")).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::metadata(data.join("admin.sock")).unwrap().permissions().mode() & 0o777, 0o600);
    let link = node.greeting["setup_url"].as_str().unwrap();
    let token = link.strip_prefix(&format!("{}/setup/", node.url())).unwrap();
    let url = node.url().replace("localhost", "127.0.0.1");
    let checked = crate::support::http_client().get(format!("{url}/api/v1/auth/setup?token={token}")).send().await.unwrap();
    assert_eq!(checked.status(), 204);
    assert_eq!(crate::support::http_client().get(format!("{url}/readyz")).send().await.unwrap().status(), 200);
}

#[test]
fn for_people_the_addresses_come_with_a_code_for_phones() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = snug(folder.path(), &["--listen", "0.0.0.0:0"]).env_remove("JOURNAL_STREAM").spawn().unwrap();
    let mut said = String::new();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    while !said.contains("/setup/") && out.read_line(&mut said).unwrap() > 0 {}
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(said.contains(concat!("Snug ", env!("CARGO_PKG_VERSION"))) && said.contains("https://localhost:"), "{said}");
    assert!(said.contains("SHA-256") && said.contains("/trust"), "{said}");
    assert!(said.contains(&folder.path().display().to_string()), "{said}");
}

#[test]
fn a_taken_port_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let said = complaint(folder.path(), &["--listen", &address.to_string()]);
    assert!(
        said.contains(&format!("Port {} on 127.0.0.1 is in use by another program", address.port())) && said.contains("--listen"),
        "{said}"
    );
    assert!(!folder.path().join("snug.db").exists(), "nothing was made");
}

#[test]
fn a_data_folder_that_can_not_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "not a folder").unwrap();
    let said = complaint(&file, &["--listen", "127.0.0.1:0"]);
    assert!(said.contains(&file.display().to_string()) && said.contains("--data"), "{said}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "not a folder");
}

#[test]
fn a_damaged_database_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    Running::start(&data, &["--plain-http"]).stop();
    let damaged = "this is no database ".repeat(500);
    std::fs::write(data.join("snug.db"), &damaged).unwrap();
    let said = complaint(&data, &["--listen", "127.0.0.1:0"]);
    assert!(said.contains("is damaged") && said.contains("backup"), "{said}");
    assert_eq!(std::fs::read_to_string(data.join("snug.db")).unwrap(), damaged);
}

#[test]
fn data_of_a_newer_version_are_left_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    Running::start(&data, &["--plain-http"]).stop();
    let sql = rusqlite::Connection::open(data.join("snug.db")).unwrap();
    sql.execute("INSERT INTO migrations VALUES (9999, '9999_future', '99.1.0', 0)", ()).unwrap();
    drop(sql);
    let before = std::fs::read(data.join("snug.db")).unwrap();
    let said = complaint(&data, &["--listen", "127.0.0.1:0"]);
    assert!(said.contains("99.1.0") && said.contains("newer than this program"), "{said}");
    assert_eq!(std::fs::read(data.join("snug.db")).unwrap(), before);
}

#[test]
fn a_lost_master_key_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    Running::start(&data, &["--plain-http"]).stop();
    std::fs::remove_file(data.join("master.key")).unwrap();
    let said = complaint(&data, &["--listen", "127.0.0.1:0"]);
    assert!(said.contains("master.key is missing"), "{said}");
    assert!(!data.join("master.key").exists());
}

#[test]
fn plain_http_is_for_loopback_only() {
    let folder = tempfile::tempdir().unwrap();
    let said = complaint(folder.path(), &["--plain-http", "--listen", "0.0.0.0:0"]);
    assert!(said.contains("loopback"), "{said}");
}

#[test]
fn mistakes_in_the_configuration_are_told_with_their_place() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("snug.toml"), "[node]\npublic_ulr = \"https://chat.example.org\"\n").unwrap();
    let said = complaint(folder.path(), &["config", "check"]);
    assert!(said.contains("snug.toml, line 2: unknown key node.public_ulr. Did you mean node.public_url?"), "{said}");
    let said = complaint(folder.path(), &["config", "check", "--config", "/nowhere/snug.toml"]);
    assert!(said.contains("There is no configuration file /nowhere/snug.toml"), "{said}");

    let example = run(folder.path(), &["config", "example"]);
    std::fs::write(folder.path().join("snug.toml"), example.stdout).unwrap();
    let checked = run(folder.path(), &["config", "check"]);
    assert!(checked.status.success() && text(&checked.stdout).contains("is valid"), "{}", text(&checked.stderr));
    let shown = answer(folder.path(), &["config", "check"]);
    assert_eq!(shown["config"]["servers"]["per_user"], 3);
}

#[test]
fn operators_manage_accounts_without_a_running_node() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let said = complaint(&data, &["user", "list"]);
    assert!(said.contains("There is no instance in"), "{said}");
    Running::start(&data, &["--plain-http"]).stop();

    let made = add_user(&data, "ann", "admin");
    assert!(made.status.success(), "{}", text(&made.stderr));
    assert_eq!(serde_json::from_slice::<Value>(&made.stdout).unwrap()["role"], "admin");
    let again = add_user(&data, "ann", "user");
    assert!(text(&again.stderr).contains("taken"), "{}", text(&again.stderr));
    assert!(add_user(&data, "bob", "user").status.success());

    let users = answer(&data, &["user", "list"]);
    assert_eq!(users.as_array().unwrap().len(), 2);
    let shown = text(&run(&data, &["user", "list", "bo"]).stdout);
    assert!(shown.contains("bob") && !shown.contains("ann") && shown.starts_with("USERNAME"), "{shown}");
    assert_eq!(answer(&data, &["user", "set-role", "bob", "moderator"])["role"], "moderator");
    assert_eq!(answer(&data, &["user", "disable", "bob"])["user"]["is_disabled"], true);
    assert_eq!(answer(&data, &["user", "enable", "bob"])["user"]["is_disabled"], false);
    let said = complaint(&data, &["user", "set-role", "ann", "user"]);
    assert!(said.contains("only admin"), "{said}");
    let said = complaint(&data, &["user", "disable", "nobody"]);
    assert!(said.contains("nobody"), "{said}");
    let link = answer(&data, &["user", "reset-password", "bob"]);
    assert!(link["url"].as_str().unwrap().contains("/reset/"));
    let invite = answer(&data, &["invite", "create", "--uses", "1", "--days", "7"]);
    assert_eq!(invite["max_uses"], 1);
    let refused = run(&data, &["user", "disable", "nobody", "--json"]);
    assert_eq!(serde_json::from_slice::<Value>(&refused.stderr).unwrap()["error"]["code"], "user.not_found");
    assert_eq!(answer(&data, &["server", "list"]), json!([]));
    let status = answer(&data, &["status"]);
    assert_eq!((&status["is_running"], &status["users"], &status["messages"]), (&json!(false), &json!(2), &json!(0)));
    assert!(status["database"]["bytes"].as_i64().unwrap() > 10_000);
}

#[tokio::test]
async fn a_running_node_does_what_commands_ask_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut node = Running::start(&data, &["--plain-http"]);
    assert!(add_user(&data, "ann", "admin").status.success());
    assert_eq!(answer(&data, &["status"])["is_running"], true);
    assert!(text(&run(&data, &["status"]).stdout).contains("running since"));

    // the link's address is the node's
    let link = answer(&data, &["user", "reset-password", "ann"]);
    assert!(link["url"].as_str().unwrap().starts_with(node.url()), "{link}");
    let said = complaint(&data, &["serve", "--plain-http", "--listen", "127.0.0.1:0"]);
    assert!(said.contains("Another node is running"), "{said}");

    // a password set on the command line signs in like any other
    let url = node.url().replace("localhost", "127.0.0.1");
    let http = crate::support::http_client();
    let salt = http.post(format!("{url}/api/v1/auth/prelogin")).json(&json!({ "login": "ann" })).send().await.unwrap();
    let salt: Value = salt.json().await.unwrap();
    let auth_key = auth_key(&salt);
    let signed_in =
        http.post(format!("{url}/api/v1/auth/login")).json(&json!({ "login": "ann", "auth_key": auth_key })).send().await.unwrap();
    assert_eq!(signed_in.status(), 200);
    let token = signed_in.json::<Value>().await.unwrap()["access_token"].as_str().unwrap().to_owned();
    let me = || http.get(format!("{url}/api/v1/users/me")).bearer_auth(&token).send();
    assert_eq!(me().await.unwrap().status(), 200);
    assert!(add_user(&data, "bob", "admin").status.success());
    answer(&data, &["user", "disable", "ann"]);
    assert_eq!(me().await.unwrap().status(), 401);

    assert!(node.stop() < Duration::from_secs(5), "an idle connection does not hold it up");
    assert!(!data.join("admin.sock").exists());
}

/// What a client makes of the password.
fn auth_key(salt: &Value) -> String {
    use base64::Engine;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD as B64;
    use snug_crypto::password::{self, Kdf};
    let account: uuid::Uuid = salt["account"].as_str().unwrap().parse().unwrap();
    let bytes: [u8; 16] = B64.decode(salt["salt"].as_str().unwrap()).unwrap().try_into().unwrap();
    let key = password::master_key("a long enough password", &bytes, Kdf::DEFAULT).unwrap();
    B64.encode(password::auth_key(&key, account.as_bytes()))
}

#[test]
fn completions_and_the_description_are_printed() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish"] {
        let output = run(folder.path(), &["completions", shell]);
        assert!(output.status.success() && text(&output.stdout).contains("reset-password"), "{shell}");
    }
    let described: Value = serde_json::from_slice(&run(folder.path(), &["openapi"]).stdout).unwrap();
    assert_eq!(described["info"]["title"], "Snug");
    assert!(text(&run(folder.path(), &["--version"]).stdout).starts_with("snug "));
}

#[test]
fn the_manual_has_a_page_for_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("made/man1");
    assert!(run(folder.path(), &["man", pages.to_str().unwrap()]).status.success());
    let first = std::fs::read_to_string(pages.join("snug.1")).unwrap();
    let (mut seen, mut named) = (0, 0);
    for page in std::fs::read_dir(&pages).unwrap() {
        let content = std::fs::read_to_string(page.unwrap().path()).unwrap();
        assert!(content.contains(".SH NAME") && !content.contains("self\\-test"), "{content}");
        seen += 1;
        for line in content.lines().filter(|line| line.starts_with("snug\\-") && line.ends_with("(1)")) {
            named += 1;
            let name = line.replace('\\', "").replace("(1)", ".1");
            assert!(pages.join(&name).is_file(), "{name} is named and missing");
        }
    }
    assert_eq!(seen, named + 1, "every page but the first is named by the one above it");
    assert!(first.contains("/etc/snug/snug.toml"), "{first}");
    let said = complaint(folder.path(), &["man", "/dev/null/nowhere"]);
    assert!(said.contains("/dev/null/nowhere"), "{said}");
}

#[test]
fn whether_a_node_is_running_is_told_by_the_exit_status() {
    let folder = tempfile::tempdir().unwrap();
    let said = complaint(folder.path(), &["status", "--running"]);
    assert!(said.contains("No node is running on"), "{said}");
    let mut node = Running::start(folder.path(), &[]);
    assert_eq!(answer(folder.path(), &["status", "--running"])["is_running"], true);
    node.stop();
    complaint(folder.path(), &["status", "--running"]);
    assert!(run(folder.path(), &["status"]).status.success());
}

#[test]
fn a_panic_is_caught_as_it_must_be_in_every_build() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(text(&run(folder.path(), &["self-test", "panic"]).stdout), "caught\n");
    assert!(run(folder.path(), &["self-test", "resolve", "localhost"]).status.success());
}

//! What `snug doctor` finds, in instances that are sound and in such that are not.
use crate::cli::{Running, run, snug, text};
use crate::proxies::{documented, swap};
use crate::support::free_port;
use serde_json::Value;
use std::io::{Seek, SeekFrom, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

struct Found {
    findings: Vec<Value>,
    is_success: bool,
}

impl Found {
    /// All that is not well: what it is about, how bad, what it says, what is to be done.
    fn complaints(&self) -> Vec<(String, String, String, String)> {
        let of = |finding: &Value, key: &str| finding[key].as_str().unwrap_or_default().to_owned();
        let bad = self.findings.iter().filter(|finding| finding["outcome"] != "ok");
        bad.map(|one| (of(one, "area"), of(one, "outcome"), of(one, "what"), of(one, "remedy"))).collect()
    }

    #[track_caller]
    fn says(&self, about: &str, outcome: &str, part: &str) {
        let found = self.findings.iter().find(|one| one["area"] == about && one["what"].as_str().unwrap().contains(part));
        let found = found.unwrap_or_else(|| panic!("nothing about {about} with {part:?}: {:#?}", self.findings));
        assert_eq!(found["outcome"], outcome, "{found}");
        assert_eq!(found["remedy"].is_string(), outcome != "ok", "{found}");
    }
}

fn examine(data: &Path, arguments: &[&str]) -> Found {
    let output = run(data, &[&["doctor", "--json"], arguments].concat());
    let said = text(&output.stdout);
    let report: Value = serde_json::from_str(&said).unwrap_or_else(|e| panic!("{e}: {said}{}", text(&output.stderr)));
    Found { findings: report["findings"].as_array().unwrap().clone(), is_success: output.status.success() }
}

/// A data folder whose node has stopped, with a file in it.
fn instance() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    Running::start(&data, &["--plain-http"]).stop();
    (folder, data)
}

/// Stores a picture, which is a file of the blob store; gives its path.
fn stored_file(data: &Path) -> PathBuf {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let mut config = snug_base::Config::default();
    config.node.data = data.to_owned();
    runtime.block_on(async {
        let node = snug::Node::open(config).await.unwrap();
        node.app.blobs.put(std::io::Cursor::new(vec![7; 200_000])).await.unwrap();
        node.stop().await;
    });
    let part = std::fs::read_dir(data.join("blobs")).unwrap().next().unwrap().unwrap().path();
    std::fs::read_dir(part).unwrap().next().unwrap().unwrap().path()
}

fn overwrite(path: &Path, at: u64, bytes: &[u8]) {
    let mut file = std::fs::File::options().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(bytes).unwrap();
}

#[test]
fn a_sound_instance_is_called_so_whether_it_runs_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut node = Running::start(&data, &[]);
    let running = examine(&data, &[]);
    for (about, part) in
        [("configuration", "valid"), ("data_folder", "writable"), ("database", "sound"), ("keys", "opens"), ("files", "there")]
    {
        running.says(about, "ok", part);
    }
    running.says("port", "ok", "takes connections");
    running.says("certificate", "ok", "own certificate");
    running.says("backups", "warning", "no backups");
    assert!(running.is_success, "{:?}", running.complaints());
    node.stop();
    let stopped = examine(&data, &["--thorough", "--listen", "127.0.0.1:0"]);
    stopped.says("database", "ok", "every page and index");
    stopped.says("files", "ok", "opens");
    stopped.says("port", "ok", "No node is running");
    assert_eq!(stopped.complaints().len(), 1, "{:?}", stopped.complaints());
    let people = text(&run(&data, &["doctor", "--listen", "127.0.0.1:0"]).stdout);
    assert!(people.contains("ok       Database        The database is sound"), "{people}");
    assert!(people.contains("-> Set every_hours"), "{people}");
}

#[test]
fn what_is_damaged_is_named_with_what_to_do() {
    if std::env::var_os("SNUG_TEST_POSTGRES").is_some() {
        return; // the files of SQLite
    }
    let (_folder, data) = instance();
    let file = stored_file(&data);
    let whole = std::fs::read(&file).unwrap();
    assert!(examine(&data, &["--thorough", "--listen", "127.0.0.1:0"]).is_success);

    // another content: found by reading it
    overwrite(&file, 100_000, b"changed");
    let found = examine(&data, &["--thorough"]);
    found.says("files", "problem", "was changed");
    assert!(!found.is_success);
    examine(&data, &[]).says("files", "ok", "with its size");
    std::fs::write(&file, &whole[..90_000]).unwrap();
    examine(&data, &[]).says("files", "problem", "90000 bytes");
    std::fs::remove_file(&file).unwrap();
    examine(&data, &[]).says("files", "problem", "can't be read");
    std::fs::write(&file, &whole).unwrap();
    assert!(examine(&data, &["--thorough", "--listen", "127.0.0.1:0"]).is_success);

    let key = std::fs::read(data.join("master.key")).unwrap();
    std::fs::write(data.join("master.key"), [7; 32]).unwrap();
    examine(&data, &[]).says("keys", "problem", "is not the key");
    std::fs::remove_file(data.join("master.key")).unwrap();
    examine(&data, &[]).says("keys", "problem", "master.key");
    snug_base::keys::write_private(&data.join("master.key"), &key).unwrap();

    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::set_permissions(data.join("snug.db"), std::fs::Permissions::from_mode(0o644)).unwrap();
    examine(&data, &[]).says("data_folder", "warning", "Other users");
    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o700)).unwrap();

    // pages of tables, and what a database begins with
    let size = std::fs::metadata(data.join("snug.db")).unwrap().len();
    let pages = (3..size / 4_096).collect::<Vec<_>>();
    for page in pages.chunks(7).map(|some| some[0]) {
        overwrite(&data.join("snug.db"), page * 4_096, &[0xA5; 512]);
    }
    examine(&data, &[]).says("database", "problem", "damaged");
    overwrite(&data.join("snug.db"), 0, &[0; 100]);
    let found = examine(&data, &[]);
    found.says("database", "problem", "damaged");
    assert!(found.complaints().iter().any(|(.., remedy)| remedy.contains("snug restore")), "{:?}", found.complaints());
}

#[test]
fn where_nothing_starts_it_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let found = examine(&folder.path().join("nowhere"), &[]);
    found.says("data_folder", "problem", "can't be looked into");
    let (_folder, data) = instance();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    examine(&data, &["--listen", &taken.local_addr().unwrap().to_string()]).says("port", "problem", "Another program");
    std::fs::write(data.join("snug.toml"), "[node]\nlisten = [\"everywhere\"]\n").unwrap();
    let found = examine(&data, &[]);
    found.says("configuration", "problem", "line 2");
    assert!(!found.is_success);
    std::fs::write(data.join("snug.toml"), "[node]\nnames = [\"no-such-name.invalid\"]\n").unwrap();
    examine(&data, &[]).says("name", "problem", "leads nowhere");
    // as after a battery that ran empty: the data is from tomorrow
    let tomorrow = std::time::SystemTime::now() + Duration::from_secs(86_400);
    std::fs::File::options().write(true).open(data.join("node.lock")).unwrap().set_modified(tomorrow).unwrap();
    examine(&data, &[]).says("clock", "problem", "turned back");
    if std::env::var_os("SNUG_TEST_POSTGRES").is_none() {
        std::fs::write(data.join("snug.toml"), "[database]\nurl = \"postgres://nobody:secret-word@127.0.0.1:1/none\"\n").unwrap();
        let output = run(&data, &["doctor", "--json"]);
        assert!(text(&output.stdout).contains("Start PostgreSQL") && !text(&output.stdout).contains("secret-word"), "{output:?}");
    }
}

#[test]
fn backups_that_fail_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let to = format!("folder = \"{}\"", folder.path().join("backups").display());
    for (place, outcome, part) in [("command = \"exit 7\"", "problem", "failed"), (to.as_str(), "ok", "0 hours old")] {
        let data = folder.path().join(outcome);
        std::fs::create_dir_all(&data).unwrap();
        std::fs::write(data.join("snug.toml"), format!("[backup]\nevery_hours = 24\nunencrypted = true\n{place}\n")).unwrap();
        let _node = Running::start(&data, &["--plain-http"]);
        let begun = Instant::now();
        let is_told = |found: &Found| {
            found
                .findings
                .iter()
                .any(|one| one["area"] == "backups" && one["outcome"] == outcome && one["what"].as_str().unwrap().contains(part))
        };
        while !is_told(&examine(&data, &[])) {
            assert!(begun.elapsed() < Duration::from_secs(30), "{outcome}: {:?}", examine(&data, &[]).complaints());
        }
    }
}

/// A proxy with a configuration made of that of the documentation.
struct Nginx(Child);

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What is found behind an nginx; `change` is what its operator has got wrong.
fn behind_nginx(settings: &str, change: impl Fn(&str) -> String) -> Found {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir_all(&data).unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (inner, outer) = (free_port(), free_port());
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap().pem();
    std::fs::write(path("cert.pem"), certificate).unwrap();
    std::fs::write(path("key.pem"), key.serialize_pem()).unwrap();
    std::fs::write(data.join("snug.toml"), format!("[node]\npublic_url = \"https://localhost:{outer}\"\n{settings}")).unwrap();
    let server = swap(documented("nginx"), "127.0.0.1:8080", &format!("127.0.0.1:{inner}"));
    let server = swap(&server, "listen 443", &format!("listen 127.0.0.1:{outer}"));
    let server = swap(&server, "proxy_set_header Host $host;", "proxy_set_header Host $http_host;");
    let server = swap(&server, "/etc/letsencrypt/live/chat.example.org/fullchain.pem", &path("cert.pem"));
    let server = change(&swap(&server, "/etc/letsencrypt/live/chat.example.org/privkey.pem", &path("key.pem")));
    let folders: String =
        ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(|kind| format!("{kind}_temp_path {};\n", path(kind))).concat();
    let config =
        format!("daemon off;\npid {};\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n{folders}{server}\n}}\n", path("pid"));
    std::fs::write(path("nginx.conf"), config).unwrap();
    let mut command = Command::new("nginx");
    command.args(["-e", "stderr", "-c"]).arg(path("nginx.conf")).env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    let log = std::fs::File::create(path("log")).unwrap();
    let _proxy = Nginx(command.stdout(Stdio::null()).stderr(log).spawn().unwrap());
    let mut node = snug(&data, &["serve", "--plain-http", "--listen", &format!("127.0.0.1:{inner}")]).spawn().unwrap();
    let begun = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", outer)).is_err() || !data.join("admin.sock").exists() {
        assert!(begun.elapsed() < Duration::from_secs(20), "{}", std::fs::read_to_string(path("log")).unwrap());
        std::thread::sleep(Duration::from_millis(50));
    }
    let found = examine(&data, &[]);
    let _ = node.kill();
    let _ = node.wait();
    found
}

const TRUSTED: &str = "trusted_proxies = [\"127.0.0.1/32\"]\n";

#[test]
fn a_proxy_as_documented_is_found_right() {
    let found = behind_nginx(TRUSTED, str::to_owned);
    found.says("public_address", "warning", "do not trust the certificate");
    found.says("proxy", "ok", "tells who asks");
    found.says("public_address", "ok", "Uploads");
    found.says("proxy", "ok", "30 s of silence");
    assert!(!found.complaints().iter().any(|(about, ..)| about == "proxy"), "{:?}", found.complaints());
}

#[test]
fn what_a_proxy_gets_wrong_is_told() {
    let found = behind_nginx("", |server| {
        let server = swap(server, "client_max_body_size 64m;", "add_header Content-Security-Policy \"default-src *\";");
        let server = swap(&server, "proxy_set_header Host $http_host;", "proxy_set_header Host snug;");
        swap(&server, "proxy_read_timeout 1h;", "proxy_read_timeout 4s;")
    });
    found.says("proxy", "problem", "trusted_proxies");
    found.says("proxy", "problem", "security headers");
    found.says("proxy", "problem", "too large");
    found.says("proxy", "warning", "says that snug was asked for");
    found.says("proxy", "problem", "silent for 4 s");
    let found = behind_nginx(TRUSTED, |server| {
        let server = swap(server, "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;", "");
        swap(&server, "proxy_set_header Upgrade $http_upgrade;", "")
    });
    found.says("proxy", "problem", "on whose behalf");
    found.says("proxy", "problem", "WebSockets do not come through");
    let found = behind_nginx(TRUSTED, |server| swap(server, "location / {", "location / {\nreturn 301 https://localhost:1/;"));
    found.says("public_address", "problem", "sent on to https://localhost:1/");
    let found = behind_nginx(TRUSTED, |server| swap(server, "location / {", "location / {\nreturn 200 hello;"));
    found.says("public_address", "problem", "is not this node");
}

//! From every schema there ever was to today's, with data, and back.
use crate::cli::{run, snug as command};
use crate::support::TestNode;
use rusqlite::params;
use snug_base::Config;
use snug_base::db::migrate::MIGRATIONS;
use std::path::Path;

/// What a program of that schema would have left behind: its tables, and a user.
pub fn leave_behind(data: &Path, schema: i64) {
    std::fs::create_dir_all(data).unwrap();
    let sql = rusqlite::Connection::open(data.join("snug.db")).unwrap();
    sql.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT")
        .unwrap();
    for step in MIGRATIONS.iter().filter(|step| step.number <= schema) {
        sql.execute_batch(step.sqlite).unwrap();
        sql.execute("INSERT INTO migrations VALUES (?1, ?2, '0.0.9', 0)", params![step.number, step.name]).unwrap();
    }
    sql.execute("INSERT INTO streams (id, last_n) VALUES (?1, 7)", params![[1_u8; 16]]).unwrap();
    sql.execute("INSERT INTO events (stream, n, kind, body) VALUES (?1, 7, 'test', '{}')", params![[1_u8; 16]]).unwrap();
    if schema >= 2 {
        sql.execute(
            "INSERT INTO users (id, username, display_name, role, search, salt, kdf_m, kdf_t, kdf_p, auth_hash, created_at)
             VALUES (?1, 'ann', 'Ann', 'admin', ' ann ann', ?2, 65536, 3, 1, ?3, 1)",
            params![[2_u8; 16], [3_u8; 16], [4_u8; 32]],
        )
        .unwrap();
    }
}

pub fn schema_of(data: &Path) -> i64 {
    let sql = rusqlite::Connection::open(data.join("snug.db")).unwrap();
    sql.query_row("SELECT max(number) FROM migrations", (), |row| row.get(0)).unwrap()
}

fn configuration(data: &Path) -> Config {
    let mut config = Config::default();
    config.node.data = data.to_owned();
    config
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn data_of_every_schema_is_brought_up_to_date_and_can_go_back() {
    let newest = MIGRATIONS.last().unwrap().number;
    for schema in MIGRATIONS.iter().map(|step| step.number) {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        leave_behind(&data, schema);
        let node = snug::Node::open(configuration(&data)).await.unwrap();
        if schema >= 2 {
            let name = node.app.db.read(|read| read.value::<String>("SELECT username AS value FROM users", &[])).await.unwrap();
            assert_eq!(name.as_deref(), Some("ann"), "from schema {schema}");
        }
        node.stop().await;
        assert_eq!(schema_of(&data), newest);
        let put_aside = data.join(format!("upgrades/before-{schema:04}.tar.zst"));
        assert_eq!(put_aside.exists(), schema < newest, "{}", put_aside.display());
        if schema == newest {
            continue;
        }
        let told = run(&data, &["rollback"]);
        assert!(told.status.success() && schema_of(&data) == newest, "nothing happens without --yes");
        let done = run(&data, &["rollback", "--yes"]);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        assert_eq!(schema_of(&data), schema);
        let sql = rusqlite::Connection::open(data.join("snug.db")).unwrap();
        let events: i64 = sql.query_row("SELECT last_n FROM streams", (), |row| row.get(0)).unwrap();
        assert_eq!(events, 7);
        assert!(!run(&data, &["rollback"]).status.success(), "once");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_killed_while_it_upgrades_starts_again_with_everything() {
    for round in 0..12_u64 {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        leave_behind(&data, 2 + i64::try_from(round % 5).unwrap());
        let mut command = command(&data, &["--plain-http", "--listen", "127.0.0.1:0"]);
        let mut child = command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(5 + (round * 7_919) % 150)).await;
        child.kill().unwrap();
        child.wait().unwrap();
        let node = snug::Node::open(configuration(&data)).await.unwrap();
        let name = node.app.db.read(|read| read.value::<String>("SELECT username AS value FROM users", &[])).await.unwrap();
        assert_eq!(name.as_deref(), Some("ann"), "round {round}");
        node.stop().await;
    }
}

#[tokio::test]
async fn a_new_instance_has_nothing_to_go_back_to() {
    let node = TestNode::start().await;
    assert!(!node.node.app.config.node.data.join("upgrades").exists());
}

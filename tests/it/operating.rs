//! Jobs, certificates and backups by commands, and what these leave in the audit log.
use crate::cli::{self, Running, add_user, run, said, text};
use serde_json::Value;
use std::path::Path;

/// The kinds of the newest lines of the audit log, the newest last.
fn deeds(data: &Path) -> Vec<String> {
    let lines: Value = serde_json::from_str(&said(data, &["audit", "--json"])).unwrap();
    lines
        .as_array()
        .unwrap()
        .iter()
        .map(|line| format!("{} {}", line["kind"].as_str().unwrap(), line["target"].as_str().unwrap_or("-")))
        .collect()
}

#[test]
fn jobs_are_listed_and_run_by_a_running_node() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let node = Running::start(data, &[]);
    let listed = said(data, &["jobs"]);
    assert!(listed.contains("unused files") && listed.contains("24 h") && listed.contains("rate limits"), "{listed}");
    let ran: Value = serde_json::from_str(&said(data, &["jobs", "run", "old sign-ins", "--json"])).unwrap();
    assert!(ran["runs"].as_u64() >= Some(2) && ran["last_error"].is_null() && ran["is_running"] == false, "{ran}");
    let unknown = run(data, &["jobs", "run", "nonsense"]);
    assert!(text(&unknown.stderr).contains("There is no job nonsense"), "{}", text(&unknown.stderr));
    assert_eq!(deeds(data), ["job.run old sign-ins"]);
    drop(node);
    let stopped = run(data, &["jobs"]);
    assert!(!stopped.status.success() && text(&stopped.stderr).contains("No node is running"), "{}", text(&stopped.stderr));
}

#[test]
fn certificates_are_shown_and_renewed_with_a_running_node_and_without() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let node = Running::start(data, &[]);
    let shown = said(data, &["cert", "show"]);
    assert!(shown.contains("The node's own authority") && shown.contains("SHA-256") && shown.contains("localhost"), "{shown}");
    let until = |text: &str| serde_json::from_str::<Value>(text).unwrap()["certificates"][0]["issued_at"].as_i64().unwrap();
    let first = until(&said(data, &["cert", "show", "--json"]));
    let second = until(&said(data, &["cert", "renew", "--json"]));
    assert!(second > first);
    drop(node);
    assert!(until(&said(data, &["cert", "renew", "own", "--json"])) > second, "without a running node");
    let acme = run(data, &["cert", "renew", "acme"]);
    assert!(text(&acme.stderr).contains("Start the node first"), "{}", text(&acme.stderr));
    assert_eq!(deeds(data), ["certificate.renewed own"; 2]);
}

#[test]
fn backups_and_restores_leave_a_line_with_a_running_node_and_without() {
    let folder = tempfile::tempdir().unwrap();
    let (data, other) = (folder.path().join("data"), folder.path().join("other"));
    let file = |name: &str| folder.path().join(name).display().to_string();
    let node = Running::start(&data, &[]);
    assert!(add_user(&data, "ann", "admin").status.success());
    said(&data, &["backup", &file("one.tar.zst"), "--unencrypted"]);
    drop(node);
    said(&data, &["backup", &file("two.tar.zst"), "--unencrypted"]);
    let expected = ["user.created -", "backup.made one.tar.zst", "backup.made two.tar.zst"];
    assert_eq!(deeds(&data), expected);
    let restored = run(&other, &["restore", &file("two.tar.zst")]);
    assert!(restored.status.success() && restored.stderr.is_empty(), "{}", text(&restored.stderr));
    assert_eq!(
        deeds(&other),
        ["user.created -", "backup.made one.tar.zst", "backup.restored two.tar.zst"],
        "as of the backup, and the restore"
    );
    let left: Vec<_> = std::fs::read_dir(&other).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().any(|name| name == "snug.db"), "{left:?}");
}

/// A backup is made beside a database of an older program, too, and does not change it.
#[test]
fn a_backup_of_older_data_changes_nothing_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    crate::upgrades::leave_behind(&data, 12);
    let made = cli::snug(&data, &["backup", "-", "--unencrypted"]).output().unwrap();
    assert!(made.status.success() && made.stderr.is_empty(), "{}", text(&made.stderr));
    assert_eq!(crate::upgrades::schema_of(&data), 12);
}

#[test]
fn going_back_on_an_upgrade_leaves_a_line_where_the_data_knows_of_such_a_log() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    crate::upgrades::leave_behind(&data, 15);
    said(&data, &["status"]);
    said(&data, &["rollback", "--yes"]);
    let sql = rusqlite::Connection::open(data.join("snug.db")).unwrap();
    let line: (String, String) = sql.query_row("SELECT kind, changes FROM audit", (), |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    assert_eq!(line.0, "upgrade.rolled_back");
    assert_eq!(line.1, r#"[{"name":"schema","before":null,"after":"15"}]"#);
}

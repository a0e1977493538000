//! The data folder, the disk under it, the clock, and what the system allows the node.
use super::model::{Area, Finding};
use rustix::fs::{StatVfs, statfs, statvfs};
use rustix::process::{Resource, getrlimit};
use snug_base::Config;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

const MB: u64 = 1_000_000;
/// Below this a message may not be stored any more: SQLite's log alone may grow to tens of megabytes.
const DISK_LEAST: u64 = 200 * MB;
const DISK_LITTLE: u64 = 1_000 * MB;
/// Each device takes a file, and so do the database's connections and files that are read.
const FILES_LEAST: u64 = 4_096;
/// What a clock may be ahead or behind before sign-ins and certificates suffer.
const CLOCK_OFF: Duration = Duration::from_secs(300);
/// When this program did not exist yet: 2026-01-01.
const BEFORE_ALL: Duration = Duration::from_secs(1_767_225_600);

/// File systems by their numbers (statfs(2)): shared ones whose locks a database can't rely on, and memory.
const SHARED: [i64; 5] = [0x6969, 0x517B, 0xFE53_4D42, 0xFF53_4D42, 0x0102_1997];
const MEMORY: i64 = 0x0102_1994;

/// Looks at all of it. Blocks.
pub fn look(config: &Config) -> Vec<Finding> {
    let data = &config.node.data;
    let mut findings = vec![folder(data)];
    findings.extend(file_system(data, config.database.url.is_some()));
    findings.extend(disk(data, "data folder"));
    if let Some(folder) = &config.backup.folder {
        findings.extend(disk(folder, "backups' folder"));
    }
    findings.push(clock(data));
    findings.push(open_files());
    findings
}

fn folder(data: &Path) -> Finding {
    let shown = data.display();
    let about = match std::fs::metadata(data) {
        Ok(about) => about,
        Err(e) => return Area::DataFolder.problem(format!("{shown} can't be looked into: {e}."), "Name the right folder with --data."),
    };
    let probe = data.join(".writable");
    if let Err(e) = std::fs::write(&probe, b"snug").and_then(|()| std::fs::remove_file(&probe)) {
        let me = rustix::process::geteuid().as_raw();
        let remedy = format!("Give it to whoever runs the node: chown -R {me} {shown}; and see that its disk is not mounted read-only.");
        return Area::DataFolder.problem(format!("{shown} can't be written to: {e}."), remedy);
    }
    let open: Vec<String> = [data.to_owned(), data.join("master.key"), data.join("snug.db")]
        .iter()
        .filter(|path| std::fs::metadata(path).is_ok_and(|about| about.mode() & 0o077 != 0))
        .map(|path| path.display().to_string())
        .collect();
    // files in a folder that nobody else may enter are nobody else's
    if about.mode() & 0o077 != 0 && !open.is_empty() {
        let what = format!("Other users of this machine may look into {}.", open.join(" and "));
        return Area::DataFolder.warning(what, format!("chmod -R go= {shown}"));
    }
    Area::DataFolder.ok(format!("{shown} is writable, and closed to other users."))
}

fn file_system(data: &Path, has_postgres: bool) -> Option<Finding> {
    #[expect(clippy::useless_conversion, reason = "the field's type differs between machines")]
    let kind = i64::from(statfs(data).ok()?.f_type);
    if kind == MEMORY {
        let remedy = "Move the data folder to a disk.";
        return Some(Area::DataFolder.problem("The data folder lies in memory: everything is gone when the machine restarts.", remedy));
    }
    if SHARED.contains(&kind) && !has_postgres {
        let remedy = "Move the data folder to a disk of this machine, or use PostgreSQL (database.url).";
        return Some(Area::DataFolder.warning(
            "The data folder lies on another machine (NFS, SMB or the like), whose locks and writes a database can't rely on.",
            remedy,
        ));
    }
    None
}

fn disk(folder: &Path, called: &str) -> Option<Finding> {
    let StatVfs { f_frsize, f_blocks, f_bavail, f_files, f_favail, .. } = statvfs(folder).ok()?;
    let (free, all) = (f_bavail.saturating_mul(f_frsize), f_blocks.saturating_mul(f_frsize));
    let what = format!("{} of {} are free where the {called} is.", size(free), size(all));
    let remedy = "Delete what is not needed there, keep fewer backups (backup.keep), or move the folder to a larger disk.";
    Some(if free < DISK_LEAST {
        Area::Disk.problem(what, remedy)
    } else if f_files > 0 && f_favail < 1_000 {
        Area::Disk.problem(format!("Only {f_favail} more files can be made where the {called} is (inodes)."), remedy)
    } else if free < DISK_LITTLE.min(all / 10) {
        Area::Disk.warning(what, remedy)
    } else {
        Area::Disk.ok(what)
    })
}

/// As `12.3 GB`.
fn size(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "one digit behind the point is shown")]
    let gigabytes = bytes as f64 / 1e9;
    if gigabytes < 1.0 { format!("{} MB", bytes / MB) } else { format!("{gigabytes:.1} GB") }
}

fn clock(data: &Path) -> Finding {
    let now = SystemTime::now();
    let remedy = "Set the clock, and let it be kept: timedatectl set-ntp true";
    if now < SystemTime::UNIX_EPOCH + BEFORE_ALL {
        return Area::Clock.problem("The clock shows a time before Snug was made.", remedy);
    }
    let newest = ["snug.db", "snug.db-wal", "node.lock"].iter().filter_map(|name| data.join(name).metadata().ok()?.modified().ok()).max();
    if newest.is_some_and(|newest| newest > now + CLOCK_OFF) {
        return Area::Clock.problem("The clock was turned back: the newest data is from a later time than now.", remedy);
    }
    let kept = Path::new("/run/systemd/timesync");
    if kept.is_dir() && !kept.join("synchronized").exists() {
        return Area::Clock.warning("The system's clock was not compared with a time server since the machine started.", remedy);
    }
    Area::Clock.ok("The clock is not behind the data.")
}

fn open_files() -> Finding {
    let most = getrlimit(Resource::Nofile);
    match most.current {
        Some(most) if most < FILES_LEAST => {
            let what = format!("The node may open {most} files only, and every device takes one.");
            Area::OpenFiles.warning(what, "Raise it: LimitNOFILE=65536 in the service, or ulimit -n 65536 before the start.")
        }
        Some(most) => Area::OpenFiles.ok(format!("The node may open {most} files.")),
        None => Area::OpenFiles.ok("The node may open any number of files."),
    }
}

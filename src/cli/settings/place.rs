//! Where the data lies when nobody says.
use std::path::PathBuf;

const SYSTEM: &str = "/var/lib/snug";

/// The folder that systemd gives, the system's for root, else the user's state folder.
pub fn default_data(variable: impl Fn(&str) -> Option<String>) -> PathBuf {
    if let Some(folders) = variable("STATE_DIRECTORY") {
        return folders.split(':').next().unwrap_or(SYSTEM).into();
    }
    if is_root() {
        return SYSTEM.into();
    }
    let state = variable("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let state = state.or_else(|| variable("HOME").map(|home| PathBuf::from(home).join(".local/state")));
    state.map_or_else(|| "snug-data".into(), |state| state.join("snug"))
}

/// Whoever owns this process's own entry in /proc; elsewhere than on Linux nobody is taken for root.
fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|m| m.uid() == 0)
}

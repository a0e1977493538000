//! The example file: every key with its documentation and its default, all of them commented out.
use super::keys::{self, Key, Kind};
use serde_json::Value;

/// The text of `packaging/snug.toml`.
pub fn text() -> String {
    let mut text = "# Snug's configuration. Every key is shown with its default; remove the # to change one.\n\
        # The environment goes over this file (SNUG_NODE_LISTEN for node.listen; lists with commas), flags go over both.\n\
        # `snug config check` tells whether a file is valid.\n"
        .to_owned();
    let mut section = String::new();
    for key in keys::all() {
        if key.section != section {
            text.push('\n');
            for line in &key.about_section {
                text.push_str(&format!("# {line}\n"));
            }
            text.push_str(&format!("[{}]\n", key.section));
            section.clone_from(&key.section);
        }
        for line in &key.about {
            text.push_str(&format!("# {line}\n"));
        }
        text.push_str(&format!("#{} = {}\n", key.name, value(&key)));
    }
    text
}

/// JSON's numbers, texts and lists are written alike in TOML. A key without a default is shown with what could stand there.
fn value(key: &Key) -> String {
    match (&key.default, key.kind) {
        (Value::Null, Kind::Number) => "2".to_owned(),
        (Value::Null, _) => "\"\"".to_owned(),
        (other, _) => other.to_string(),
    }
}

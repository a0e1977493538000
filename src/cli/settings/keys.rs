//! Which keys there are, with their documentation: read from the configuration's own source, so that neither the
//! example file nor a suggestion can be out of date.
use serde_json::Value;
use snug_base::Config;
use std::collections::HashMap;

const SOURCE: &str = include_str!("../../base/config.rs");

/// What a key holds, as far as the environment must know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Switch,
    Number,
    List,
    Text,
}

/// A key of the configuration.
#[derive(Clone, Debug)]
pub struct Key {
    pub section: String,
    pub name: String,
    pub kind: Kind,
    /// Its default as JSON; null where there is none.
    pub default: Value,
    pub about: Vec<String>,
    pub about_section: Vec<String>,
}

impl Key {
    /// `node.listen`
    pub fn path(&self) -> String {
        format!("{}.{}", self.section, self.name)
    }

    /// `SNUG_NODE_LISTEN`
    pub fn variable(&self) -> String {
        format!("SNUG_{}_{}", self.section, self.name).to_ascii_uppercase()
    }
}

struct Field {
    name: String,
    kind: String,
    about: Vec<String>,
}

struct Section {
    about: Vec<String>,
    fields: Vec<Field>,
}

/// All keys in the order of the source.
pub fn all() -> Vec<Key> {
    let structs = read_source();
    let defaults = serde_json::to_value(Config::default()).unwrap_or_default();
    let mut keys = Vec::new();
    for section in structs.get("Config").into_iter().flat_map(|config| &config.fields) {
        let Some(found) = structs.get(&section.kind) else { continue };
        keys.extend(found.fields.iter().map(|field| Key {
            section: section.name.clone(),
            name: field.name.clone(),
            kind: kind(&field.kind),
            default: defaults[&section.name][&field.name].clone(),
            about: field.about.clone(),
            about_section: found.about.clone(),
        }));
    }
    keys
}

fn kind(rust: &str) -> Kind {
    let inner = rust.strip_prefix("Option<").and_then(|r| r.strip_suffix('>')).unwrap_or(rust);
    match inner {
        "bool" => Kind::Switch,
        "i64" | "u16" | "u32" | "u64" | "usize" => Kind::Number,
        list if list.starts_with("Vec<") => Kind::List,
        _ => Kind::Text,
    }
}

/// Doc comments, structs and public fields: all that there is in that file, one a line.
fn read_source() -> HashMap<String, Section> {
    let mut structs: HashMap<String, Section> = HashMap::new();
    let mut about = Vec::new();
    let mut current = None;
    for line in SOURCE.lines().map(str::trim) {
        if let Some(text) = line.strip_prefix("///") {
            about.push(text.trim().to_owned());
        } else if let Some(name) = line.strip_prefix("pub struct ").and_then(|l| l.strip_suffix(" {")) {
            structs.insert(name.to_owned(), Section { about: std::mem::take(&mut about), fields: Vec::new() });
            current = Some(name.to_owned());
        } else if line == "}" {
            current = None;
        } else if let Some((name, kind)) = line.strip_prefix("pub ").and_then(|l| l.strip_suffix(',')).and_then(|l| l.split_once(": ")) {
            let field = Field { name: name.to_owned(), kind: kind.to_owned(), about: std::mem::take(&mut about) };
            if let Some(section) = current.as_ref().and_then(|name| structs.get_mut(name)) {
                section.fields.push(field);
            }
        } else if !line.starts_with("#[") {
            about.clear();
        }
    }
    structs
}

//! Every setting with its value, where that comes from, and when a change takes effect: for the administration and `snug config show`.
use crate::Node;
use crate::cli::settings::keys::{self, Key};
use crate::cli::settings::{self, Settings};
use axum::extract::State;
use serde::Serialize;
use serde_json::Value;
use snug_accounts::{Admin, instance};
use snug_base::http::{Json, Problem, Routes};
use snug_base::routes;
use snug_base::{Config, Error, Result};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What may hold a password without being one: such values are not shown.
const HIDDEN: [&str; 1] = ["backup.command"];
const CONCEALED: &str = "\"…\"";

/// Where a value comes from. What stands later goes over what stands before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Nobody said anything.
    Default,
    File,
    Environment,
    Flag,
    /// Handed over by systemd.
    Credential,
    /// An admin chose it while the node ran.
    Administration,
}

/// When a change of a setting takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It can be changed in the administration, at once.
    AtOnce,
    /// At the next start.
    NextStart,
}

/// Where a value comes from, and the place: a line of a file, a variable, a flag, a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub origin: Origin,
    pub place: Option<String>,
}

/// By the setting's path, as `node.listen`. What is missing here is a default.
pub type Sources = BTreeMap<String, Source>;

/// The node's configuration.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Configuration {
    /// The file that was read; null if there was none.
    #[schema(example = "/etc/snug/snug.toml")]
    pub file: Option<String>,
    /// Why the next start would fail: what is wrong with the file as it is by now.
    pub problem: Option<String>,
    pub sections: Vec<SettingSection>,
}

/// Settings that belong together.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SettingSection {
    #[schema(example = "node")]
    pub name: String,
    pub meaning: String,
    pub settings: Vec<Setting>,
}

/// A setting. Values are written as in the configuration file; secrets are only "…".
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Setting {
    #[schema(example = "node.listen")]
    pub path: String,
    pub meaning: String,
    /// What holds at present; null: nothing is set.
    #[schema(example = "[\"0.0.0.0:443\"]")]
    pub value: Option<String>,
    /// Null: nothing.
    pub default: Option<String>,
    pub origin: Origin,
    /// A line of a file, a variable, a flag, a credential.
    #[schema(example = "/etc/snug/snug.toml, line 3")]
    pub place: Option<String>,
    /// What is configured, where an admin chose something else.
    pub configured: Option<String>,
    pub effect: Effect,
    /// The file was changed since the start: this holds from the next one on.
    pub pending: Option<String>,
}

/// Routes below /api/v1.
pub fn routes() -> Routes<Node> {
    Routes::new().routes(routes!(get_configuration))
}

/// Every setting with its value and where that comes from; secrets are not shown
#[utoipa::path(get, path = "/admin/configuration", tag = "admin",
    responses((status = 200, body = Configuration), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn get_configuration(State(node): State<Node>, _: Admin) -> Result<Json<Configuration>> {
    of_node(&node).await.map(Json)
}

/// What holds in a running node.
pub async fn of_node(node: &Node) -> Result<Configuration> {
    let choices = node.app.db.read(instance::choices).await?;
    // a node that was not started by the program (a test) has read nothing
    let started = node.settings.get().cloned().unwrap_or_else(|| Settings::of(Config::clone(&node.app.config)));
    let fresh = if node.settings.get().is_some() {
        let options = started.options.clone();
        Some(tokio::task::spawn_blocking(move || settings::load(&options)).await.map_err(Error::internal)?)
    } else {
        None
    };
    put_together(&started, fresh, &choices)
}

/// The settings as they were read at the start, as they would be read now, and what admins chose.
pub fn put_together(started: &Settings, fresh: Option<Result<Settings>>, choices: &[(&'static str, String)]) -> Result<Configuration> {
    let (values, defaults) = (shown(&started.config)?, shown(&Config::default())?);
    let (fresh, problem) = match fresh {
        Some(Ok(fresh)) => (Some(shown(&fresh.config)?), None),
        Some(Err(e)) => (None, Some(e.detail)),
        None => (None, None),
    };
    let mut sections: Vec<SettingSection> = Vec::new();
    for key in keys::all() {
        if sections.last().is_none_or(|last| last.name != key.section) {
            let meaning = key.about_section.join(" ");
            sections.push(SettingSection { name: key.section.clone(), meaning, settings: Vec::new() });
        }
        let path = key.path();
        let configured = of(&values, &key);
        let source = started.sources.get(&path);
        let choice = choices.iter().find(|(of, _)| *of == path).map(|(_, text)| Value::from(text.as_str()).to_string());
        let pending = fresh.as_ref().map(|fresh| of(fresh, &key)).filter(|fresh| *fresh != configured);
        let setting = Setting {
            meaning: key.about.join(" "),
            default: of(&defaults, &key),
            origin: if choice.is_some() { Origin::Administration } else { source.map_or(Origin::Default, |source| source.origin) },
            place: if choice.is_some() { None } else { source.and_then(|source| source.place.clone()) },
            effect: if instance::CHOOSABLE.contains(&path.as_str()) { Effect::AtOnce } else { Effect::NextStart },
            pending: pending.map(|value| value.unwrap_or_else(|| "not set".to_owned())),
            configured: choice.as_ref().and(configured.clone()),
            value: choice.or(configured),
            path,
        };
        if let Some(section) = sections.last_mut() {
            section.settings.push(setting);
        }
    }
    Ok(Configuration { file: started.file.as_ref().map(|file| file.display().to_string()), problem, sections })
}

/// As JSON, without what nobody is to see. (Secrets conceal themselves.)
fn shown(config: &Config) -> Result<Value> {
    let mut values = serde_json::to_value(config).map_err(Error::internal)?;
    hide_password(&mut values["database"]["url"]);
    Ok(values)
}

/// JSON's numbers, texts and lists are written alike in TOML. Nothing for what is not set or empty.
fn of(values: &Value, key: &Key) -> Option<String> {
    let value = &values[&key.section][&key.name];
    match value {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::Array(list) if list.is_empty() => None,
        _ if HIDDEN.contains(&key.path().as_str()) => Some(CONCEALED.to_owned()),
        other => Some(other.to_string()),
    }
}

/// The address of a database may hold a password, which belongs on no screen.
pub fn hide_password(url: &mut Value) {
    let Some(text) = url.as_str() else { return };
    let mut shown = text.to_owned();
    if let Some((start, rest)) = text.split_once("://")
        && let Some((login, host)) = rest.rsplit_once('@')
        && let Some((user, _)) = login.split_once(':')
    {
        shown = format!("{start}://{user}:…@{host}");
    }
    // as a word of its own: where it ends hangs on quotes, so nothing after it is shown
    if let Some(at) = shown.to_ascii_lowercase().find("password") {
        shown.truncate(at);
        shown.push_str("password=…");
    }
    *url = shown.into();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_of_databases_are_not_shown() {
        for (url, expected) in [
            ("postgres://snug:secret@localhost/snug", "postgres://snug:…@localhost/snug"),
            ("postgres://snug@localhost/snug", "postgres://snug@localhost/snug"),
            ("host=/run/postgresql user=snug", "host=/run/postgresql user=snug"),
            ("host=db user=snug password='se cret' dbname=snug", "host=db user=snug password=…"),
            ("postgres://snug@db/snug?password=secret", "postgres://snug@db/snug?password=…"),
            ("postgres://snug:secret@db/snug?PASSWORD=secret", "postgres://snug:…@db/snug?password=…"),
        ] {
            let mut value = Value::from(url);
            hide_password(&mut value);
            assert_eq!(value, expected);
        }
    }
}

//! The instance: its name, who may register, and how much of everything there may be.
use crate::audit::{Actor, Deed, DeedKind};
use crate::model::{Instance, InstanceLimits};
use crate::{picture, store, text};
use serde::{Deserialize, Serialize};
use snug_base::config::Registration;
use snug_base::{App, Read, Result, Tx};
use snug_crypto::sign::SignKey;
use utoipa::ToSchema;

/// What admins choose in the browser.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Settings {
    #[schema(example = "The Garden Club")]
    pub name: String,
    pub registration: Registration,
}

/// A change of settings; what is left out stays.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingsChange {
    #[schema(example = "The Garden Club", min_length = 1, max_length = 50)]
    pub name: Option<String>,
    pub registration: Option<Registration>,
}

/// Settings of the configuration that admins may choose otherwise while the node runs.
pub const CHOOSABLE: [&str; 4] = ["accounts.registration", "accounts.instance_name", "storage.per_person", "storage.total"];

/// What admins chose otherwise than it is configured: the setting's path and the choice.
pub fn choices(read: &Read) -> Result<Vec<(&'static str, String)>> {
    let mut chosen = Vec::new();
    for path in CHOOSABLE {
        let name = match path {
            "accounts.registration" => "registration",
            "accounts.instance_name" => "name",
            other => other,
        };
        chosen.extend(store::settings::find(read, name)?.map(|text| (path, text)));
    }
    Ok(chosen)
}

/// Who may register: what an admin chose, else what is configured.
pub fn registration(app: &App, read: &Read) -> Result<Registration> {
    let chosen = store::settings::find(read, "registration")?;
    Ok(match chosen.as_deref() {
        Some("open") => Registration::Open,
        Some("invite") => Registration::Invite,
        Some("closed") => Registration::Closed,
        _ => app.config.accounts.registration,
    })
}

/// The settings in force.
pub fn settings(app: &App, read: &Read) -> Result<Settings> {
    let name = chosen_name(read)?.unwrap_or_else(|| given_name(app));
    Ok(Settings { name, registration: registration(app, read)? })
}

/// The name that an admin chose.
pub fn chosen_name(read: &Read) -> Result<Option<String>> {
    store::settings::find(read, "name")
}

/// The name that holds without such a choice: that of the branding's folder, else what is configured.
pub fn given_name(app: &App) -> String {
    let name = app.hooks.folder_name().or_else(|| app.config.accounts.instance_name.clone());
    name.filter(|name| !name.is_empty()).unwrap_or_else(|| "Snug".to_owned())
}

/// Stores an admin's choice of a name, or takes it back. Who calls it remembers the deed.
pub fn choose_name(tx: &Tx, name: Option<&str>) -> Result<()> {
    match name {
        Some(name) => store::settings::upsert(tx, "name", name),
        None => store::settings::delete(tx, "name"),
    }
}

/// What everybody may know about the instance.
pub fn instance(app: &App, read: &Read) -> Result<Instance> {
    let settings = settings(app, read)?;
    Ok(Instance {
        name: settings.name,
        version: env!("CARGO_PKG_VERSION"),
        registration: settings.registration,
        needs_setup: store::users::count_admins(read)? == 0,
        e2ee_key: e2ee_key(app).public(),
        limits: InstanceLimits {
            servers_per_user: app.config.servers.per_user,
            message_length: app.config.messages.length,
            group_size: app.config.messages.group_size,
            picture_bytes: picture::MAX_BYTES,
        },
        former_urls: app.config.node.former_urls.clone(),
    })
}

/// The key with which the node says that somebody is to leave an encrypted conversation. It opens nothing.
pub fn e2ee_key(app: &App) -> SignKey {
    SignKey::from_seed(&app.keys.derive("e2ee/statements"))
}

/// Stores an admin's choice.
pub async fn change(app: &App, by: Actor, change: SettingsChange) -> Result<Settings> {
    let name = change.name.map(|name| text::line("name", &name, 1, 50)).transpose()?;
    let parts = app.clone();
    by.act(app, move |tx| {
        let before = settings(&parts, tx)?;
        if let Some(name) = name {
            store::settings::upsert(tx, "name", &name)?;
        }
        if let Some(registration) = change.registration {
            store::settings::upsert(tx, "registration", word(registration))?;
        }
        let after = settings(&parts, tx)?;
        let deed = Deed::new(DeedKind::SettingsChanged).change("name", &before.name, &after.name).change(
            "registration",
            word(before.registration),
            word(after.registration),
        );
        let deeds = if deed.changes.is_empty() { Vec::new() } else { vec![deed] };
        Ok((after, deeds))
    })
    .await
}

fn word(registration: Registration) -> &'static str {
    match registration {
        Registration::Open => "open",
        Registration::Invite => "invite",
        Registration::Closed => "closed",
    }
}

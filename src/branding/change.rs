//! What admins choose in the browser, and what is taken back in the terminal.
use crate::colour::Colour;
use crate::draw;
use crate::model::{AdminBranding, BrandingChange};
use crate::{Branding, emoji, rules, store, view};
use serde::{Deserialize, Serialize};
use snug_accounts::audit::{Actor, Deed, DeedKind};
use snug_accounts::storage::{self, Holding, HoldingKind};
use snug_accounts::{Admin, instance, picture, text};
use snug_base::{Code, Result, Tx};
use std::collections::BTreeMap;
use uuid::Uuid;

/// There is only one icon, so it needs no id.
const ICON: Uuid = Uuid::nil();

/// What may be taken back in the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    Name,
    Css,
    Icon,
    Colours,
    Welcome,
    Rules,
    Emoji,
    All,
}

impl Part {
    fn is(self, part: Part) -> bool {
        self == part || self == Part::All
    }
}

/// Stores choices, or takes them back.
pub async fn change(branding: &Branding, by: Actor, asked: BrandingChange) -> Result<AdminBranding> {
    let values = checked(&asked)?;
    let name = asked.name.map(|name| name.map(|name| text::line("name", &name, 1, 50)).transpose()).transpose()?;
    let parts = branding.app.clone();
    by.act(&branding.app, move |tx| {
        let before = store::choices(tx)?;
        let mut deed = Deed::new(DeedKind::BrandingChanged);
        if let Some(name) = name {
            let old = instance::chosen_name(tx)?.unwrap_or_else(|| instance::given_name(&parts));
            instance::choose_name(tx, name.as_deref())?;
            deed = deed.change("name", old, name.unwrap_or_else(|| instance::given_name(&parts)));
        }
        for (part, value) in values {
            deed = choose(tx, &before, deed, part, value.as_deref())?;
        }
        let deeds = if deed.changes.is_empty() { Vec::new() } else { vec![deed] };
        Ok(((), deeds))
    })
    .await?;
    branding.refresh().await?;
    view::view(branding).await
}

type Values = Vec<(&'static str, Option<String>)>;

/// The texts and colours, as they are stored.
fn checked(asked: &BrandingChange) -> Result<Values> {
    let accent = |field, text: &str| -> Result<String> {
        Ok(rules::colour(field, text)?.map(|colour: Colour| colour.to_string()).unwrap_or_default())
    };
    let mut values = Values::new();
    if let Some(text) = &asked.accent {
        values.push(("accent", text.as_deref().map(|text| accent("accent", text)).transpose()?));
    }
    if let Some(text) = &asked.accent_dark {
        values.push(("accent_dark", text.as_deref().map(|text| accent("accent_dark", text)).transpose()?));
    }
    if let Some(text) = &asked.welcome {
        values.push(("welcome", text.as_deref().map(rules::welcome).transpose()?));
    }
    if let Some(text) = &asked.rules {
        values.push(("rules", text.as_deref().map(rules::rules).transpose()?));
    }
    if let Some(text) = &asked.css {
        values.push(("css", text.as_deref().map(rules::css).transpose()?));
    }
    Ok(values)
}

/// Colours are told as they are; of texts, which may be long, only that they changed and how long they are.
fn choose(tx: &Tx, before: &BTreeMap<String, String>, deed: Deed, part: &str, value: Option<&str>) -> Result<Deed> {
    let old = before.get(part).map(String::as_str);
    if old == value {
        return Ok(deed);
    }
    store::choose(tx, part, value)?;
    let is_colour = part.starts_with("accent");
    let told = |value: Option<&str>| match value {
        None => "not chosen".to_owned(),
        Some("") => "none".to_owned(),
        Some(value) if is_colour => value.to_owned(),
        Some(value) => format!("{} characters", value.chars().count()),
    };
    let (from, to) = (told(old), told(value));
    Ok(if from == to { deed.fact(part, format!("{to}, others than before")) } else { deed.change(part, from, to) })
}

/// Stores an icon.
pub async fn set_icon(branding: &Branding, by: Admin, bytes: Vec<u8>) -> Result<AdminBranding> {
    if bytes.len() > picture::MAX_BYTES {
        return Err(Code::TooLarge.error("An icon may have at most 4 MiB. Choose a smaller one."));
    }
    let drawn = picture::draw(move || draw::icon(&bytes)).await?;
    let holding = Holding { kind: HoldingKind::InstanceIcon, subject: ICON, holder: by.me.user };
    let chosen = |tx: &Tx, blob: &str| {
        store::choose(tx, "icon", Some(blob))?;
        Ok(((), vec![Deed::new(DeedKind::BrandingChanged).fact("icon", "chosen")]))
    };
    Actor::from(by).act_keeping(&branding.app, holding, drawn, chosen).await?;
    branding.refresh().await?;
    view::view(branding).await
}

/// Takes the chosen icon back.
pub async fn remove_icon(branding: &Branding, by: Actor) -> Result<AdminBranding> {
    by.act(&branding.app, |tx| {
        let is_chosen = store::choices(tx)?.contains_key("icon");
        forget_icon(tx)?;
        let deeds = if is_chosen { vec![Deed::new(DeedKind::BrandingChanged).fact("icon", "not chosen")] } else { Vec::new() };
        Ok(((), deeds))
    })
    .await?;
    branding.refresh().await?;
    view::view(branding).await
}

fn forget_icon(tx: &Tx) -> Result<()> {
    storage::release(tx, HoldingKind::InstanceIcon, ICON)?;
    store::choose(tx, "icon", None)
}

/// Takes choices back: what the folder says holds again. Of emoji: deletes those that were stored in the browser.
pub async fn reset(branding: &Branding, by: Actor, part: Part) -> Result<AdminBranding> {
    let back = |wanted: Part| part.is(wanted).then_some(None);
    if part.is(Part::Icon) {
        remove_icon(branding, by).await?;
    }
    if part.is(Part::Emoji) {
        emoji::delete_all(branding, by).await?;
    }
    let asked = BrandingChange {
        name: back(Part::Name),
        accent: back(Part::Colours),
        accent_dark: back(Part::Colours),
        welcome: back(Part::Welcome),
        rules: back(Part::Rules),
        css: back(Part::Css),
    };
    change(branding, by, asked).await
}

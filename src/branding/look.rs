//! What holds at present: the admins' choices over the folder. Kept in the memory, so that pages and pictures are answered without the
//! database.
use crate::colour::Colour;
use crate::draw::{self, Icons};
use crate::folder::Found;
use crate::model::BrandingOrigin;
use crate::palette::Palette;
use crate::store::{self, StoredEmoji};
use bytes::Bytes;
use snug_accounts::{instance, picture};
use snug_base::keys::hex;
use snug_base::{App, Result};
use std::collections::BTreeMap;

/// What admins chose.
pub struct Chosen {
    pub values: BTreeMap<String, String>,
    pub emoji: Vec<StoredEmoji>,
    /// Of the instance, with or without a choice.
    pub name: String,
    pub chosen_name: Option<String>,
}

/// Everything that is shown.
#[derive(Clone, Debug, Default)]
pub struct Look {
    /// Changes whenever anything does.
    pub revision: String,
    pub name: String,
    pub palette: Option<Palette>,
    pub welcome: Option<String>,
    pub rules: Option<String>,
    pub css: Option<String>,
    pub icon: Option<Icon>,
    pub emoji: BTreeMap<String, Shown>,
}

/// The icon with what it was made of.
#[derive(Clone, Debug)]
pub struct Icon {
    pub tag: String,
    pub icons: Icons,
}

/// An emoji, and where its picture is.
#[derive(Clone, Debug)]
pub struct Shown {
    pub tag: String,
    pub bytes: i64,
    /// A file of the folder with its media type; none: a blob of that name.
    pub file: Option<(&'static str, Bytes)>,
}

impl Shown {
    /// Where the picture is found.
    pub fn url(&self) -> String {
        format!("/api/v1/branding/emoji/{}", self.tag)
    }
}

/// Reads what admins chose.
pub async fn chosen(app: &App) -> Result<Chosen> {
    let parts = app.clone();
    app.db
        .read(move |read| {
            Ok(Chosen {
                values: store::choices(read)?,
                emoji: store::list_emoji(read)?,
                name: instance::settings(&parts, read)?.name,
                chosen_name: instance::chosen_name(read)?,
            })
        })
        .await
}

/// A choice, else what the folder has. An empty one is nothing.
fn text(chosen: &Chosen, name: &str, found: Option<&String>) -> Option<String> {
    chosen.values.get(name).or(found).filter(|text| !text.is_empty()).cloned()
}

/// The colours that hold: both of who chose the first.
pub fn colours(chosen: &Chosen, found: &Found) -> [Option<String>; 2] {
    let of = |name: &str| chosen.values.get(name).cloned();
    let [accent, dark] = if chosen.values.contains_key("accent") {
        [of("accent"), of("accent_dark")]
    } else {
        [found.settings.accent.clone(), of("accent_dark").or_else(|| found.settings.accent_dark.clone())]
    };
    [accent, dark].map(|colour| colour.filter(|text| !text.trim().is_empty()))
}

/// Where the value of that name comes from.
pub fn origin(chosen: &Chosen, name: &str, found: Option<&String>) -> BrandingOrigin {
    match (chosen.values.contains_key(name), found) {
        (true, _) => BrandingOrigin::Chosen,
        (_, Some(_)) => BrandingOrigin::Folder,
        _ => BrandingOrigin::Default,
    }
}

/// Puts it together. `before` saves drawing an icon that did not change.
pub async fn put_together(app: &App, found: &Found, before: &Look) -> Result<Look> {
    let chosen = chosen(app).await?;
    let [accent, dark] = colours(&chosen, found).map(|text| text.and_then(|text| text.parse::<Colour>().ok()));
    let mut emoji: BTreeMap<String, Shown> = BTreeMap::new();
    for (name, picture) in &found.emoji {
        let bytes = i64::try_from(picture.drawn.bytes.len()).unwrap_or_default();
        let file = Some((picture.drawn.kind, picture.drawn.bytes.clone()));
        emoji.insert(name.clone(), Shown { tag: picture.tag.clone(), bytes, file });
    }
    for stored in &chosen.emoji {
        emoji.insert(stored.name.clone(), Shown { tag: stored.blob.clone(), bytes: stored.size, file: None });
    }
    let look = Look {
        revision: String::new(),
        palette: accent.map(|accent| Palette::of(accent, dark)),
        welcome: text(&chosen, "welcome", found.welcome.as_ref()),
        rules: text(&chosen, "rules", found.rules.as_ref()),
        css: text(&chosen, "css", found.css.as_ref()),
        icon: icon(app, &chosen, found, before).await,
        emoji,
        name: chosen.name,
    };
    Ok(Look { revision: revision(&look), ..look })
}

/// One that can't be drawn is none: a damaged file keeps nobody from chatting.
async fn icon(app: &App, chosen: &Chosen, found: &Found, before: &Look) -> Option<Icon> {
    let kept = chosen.values.get("icon");
    let tag = kept.or_else(|| found.icon.as_ref().map(|icon| &icon.tag))?.clone();
    if let Some(icon) = before.icon.as_ref().filter(|icon| icon.tag == tag) {
        return Some(icon.clone());
    }
    let bytes = match (kept, &found.icon) {
        (Some(blob), _) => app.blobs.get(blob).await.map(Bytes::from),
        (None, Some(icon)) => Ok(icon.drawn.bytes.clone()),
        (None, None) => return None,
    };
    let drawn = match bytes {
        Ok(bytes) => picture::draw(move || draw::icons(&bytes)).await,
        Err(e) => Err(e),
    };
    drawn.map(|icons| Icon { tag, icons }).inspect_err(|e| tracing::error!(error = %e, "the instance's icon can't be shown")).ok()
}

fn revision(look: &Look) -> String {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    let palette = look.palette.as_ref().map(Palette::css);
    let icon = look.icon.as_ref().map(|icon| icon.tag.clone());
    let name = Some(look.name.clone());
    for part in [&name, &palette, &look.welcome, &look.rules, &look.css, &icon] {
        let part = part.as_deref().unwrap_or_default();
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    for (name, shown) in &look.emoji {
        hash.update(format!("{name} {}\n", shown.tag));
    }
    hex(&hash.finalize()[..6])
}

//! Everything about branding, for admins: what holds, where it comes from, and what is wrong with the folder.
use crate::model::{AdminBranding, AdminEmoji, BrandingIcon, BrandingOrigin, BrandingValue};
use crate::{Branding, look};
use snug_accounts::instance;
use snug_base::Result;

/// Looks at everything.
pub async fn view(branding: &Branding) -> Result<AdminBranding> {
    let (look, found) = (branding.look(), branding.found());
    let chosen = look::chosen(&branding.app).await?;
    let text = |name: &str, holds: Option<&String>, found: Option<&String>| BrandingValue {
        value: holds.cloned(),
        origin: look::origin(&chosen, name, found),
        otherwise: found.cloned(),
    };
    let name_origin = match (&chosen.chosen_name, &found.settings.name) {
        (Some(_), _) => BrandingOrigin::Chosen,
        (_, Some(_)) => BrandingOrigin::Folder,
        _ => BrandingOrigin::Default,
    };
    let [accent, accent_dark] = look::colours(&chosen, &found);
    let icon = look.icon.as_ref().map(|icon| format!("/icons/icon-192.png?{}", icon.tag.get(..12).unwrap_or_default()));
    let emoji = look.emoji.iter().map(|(name, shown)| AdminEmoji {
        name: name.clone(),
        url: shown.url(),
        bytes: shown.bytes,
        origin: if shown.file.is_some() { BrandingOrigin::Folder } else { BrandingOrigin::Chosen },
    });
    Ok(AdminBranding {
        name: BrandingValue { value: Some(chosen.name.clone()), origin: name_origin, otherwise: Some(instance::given_name(&branding.app)) },
        accent: text("accent", accent.as_ref(), found.settings.accent.as_ref()),
        accent_dark: text("accent_dark", accent_dark.as_ref(), found.settings.accent_dark.as_ref()),
        welcome: text("welcome", look.welcome.as_ref(), found.welcome.as_ref()),
        rules: text("rules", look.rules.as_ref(), found.rules.as_ref()),
        css: text("css", look.css.as_ref(), found.css.as_ref()),
        icon: BrandingIcon { url: icon, origin: look::origin(&chosen, "icon", found.icon.as_ref().map(|icon| &icon.tag)) },
        emoji: emoji.collect(),
        palette: look.palette.clone(),
        folder: branding.shared.folder.display().to_string(),
        problems: found.problems.clone(),
    })
}

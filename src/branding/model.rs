//! Branding as it goes over the wire.
use crate::palette::Palette;
use serde::{Deserialize, Serialize};
use snug_base::http::nullable;
use utoipa::ToSchema;

/// Where something comes from. An admin's choice goes over the folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BrandingOrigin {
    /// As Snug comes, or as it is configured.
    Default,
    /// The branding's folder.
    Folder,
    /// An admin chose it in the browser.
    Chosen,
}

impl BrandingOrigin {
    /// Its name for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            BrandingOrigin::Default => "default",
            BrandingOrigin::Folder => "folder",
            BrandingOrigin::Chosen => "chosen",
        }
    }
}

/// How the instance looks, as everybody may know it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Branding {
    #[schema(example = "The Garden Club")]
    pub name: String,
    pub has_icon: bool,
    /// Markdown for the pages on which nobody is signed in; null: none.
    pub welcome: Option<String>,
    /// Whether there are rules, which newcomers are asked to agree to.
    pub has_rules: bool,
    /// Changes whenever anything of it does.
    #[schema(example = "5f0c2a9b11d3")]
    pub revision: String,
}

/// What everybody here agrees to.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Rules {
    /// Markdown; null: there are none.
    pub text: Option<String>,
}

/// An emoji of the instance.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Emoji {
    /// Without its colons.
    #[schema(example = "party_parrot")]
    pub name: String,
    /// The picture, which never changes.
    #[schema(example = "/api/v1/branding/emoji/4fd2…")]
    pub url: String,
}

/// All emoji of the instance, by name.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EmojiList {
    pub emoji: Vec<Emoji>,
}

/// A text, colour or name, and where it comes from.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BrandingValue {
    /// What holds; null: nothing.
    pub value: Option<String>,
    pub origin: BrandingOrigin,
    /// What holds when the admins' choice is taken back; null: nothing.
    pub otherwise: Option<String>,
}

/// The icon, and where it comes from.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BrandingIcon {
    /// Null: Snug's own.
    #[schema(example = "/icons/icon-192.png?5f0c2a9b11d3")]
    pub url: Option<String>,
    pub origin: BrandingOrigin,
}

/// An emoji, and where it comes from.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AdminEmoji {
    #[schema(example = "party_parrot")]
    pub name: String,
    pub url: String,
    pub bytes: i64,
    pub origin: BrandingOrigin,
}

/// A file of the folder that is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FolderProblem {
    #[schema(example = "emoji/Cat.png")]
    pub file: String,
    /// Why, and what to do.
    pub problem: String,
}

/// Everything about branding, for admins.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AdminBranding {
    pub name: BrandingValue,
    /// As `#rrggbb`.
    pub accent: BrandingValue,
    /// The same for the dark theme; null: made from the other.
    pub accent_dark: BrandingValue,
    pub welcome: BrandingValue,
    pub rules: BrandingValue,
    /// A style sheet, which the administration's pages are shown without.
    pub css: BrandingValue,
    pub icon: BrandingIcon,
    pub emoji: Vec<AdminEmoji>,
    /// All shades that the accents make; null: Snug's own.
    pub palette: Option<Palette>,
    /// The folder that is looked at.
    #[schema(example = "/var/lib/snug/branding")]
    pub folder: String,
    /// What of the folder is left out.
    pub problems: Vec<FolderProblem>,
}

/// A change; what is left out stays. Null takes the choice back: what the folder says holds again. An empty text: nothing, whatever the
/// folder says.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BrandingChange {
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, example = "The Garden Club", min_length = 1, max_length = 50)]
    pub name: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, example = "#1a6866", max_length = 7)]
    pub accent: Option<Option<String>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, example = "#5fc3b8", max_length = 7)]
    pub accent_dark: Option<Option<String>>,
    /// Markdown.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, max_length = 2000)]
    pub welcome: Option<Option<String>>,
    /// Markdown.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, max_length = 20000)]
    pub rules: Option<Option<String>>,
    /// At most 64 KiB.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    pub css: Option<Option<String>>,
}

/// What every device is told when anything of the branding changed: it loads it anew.
#[derive(Clone, Debug, Serialize)]
pub struct BrandingChanged {
    pub revision: String,
}

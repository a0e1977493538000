//! Routes. Each parses, calls one use case and encodes.
use crate::model::{AdminBranding, Branding as PublicBranding, BrandingChange, Emoji, EmojiList, Rules};
use crate::palette::Palette;
use crate::{Branding, change, draw, emoji, rules, view};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use snug_accounts::{Admin, Me, instance, picture};
use snug_base::http::{Json, Path, Problem, Query, Routes};
use snug_base::routes;
use snug_base::{Code, Result};
use utoipa::IntoParams;

/// Rules and style sheet with everything that JSON has to escape.
const CHANGE_BYTES: usize = 512 * 1024;

/// The routes of branding, below /api/v1.
pub fn routes() -> Routes<Branding> {
    let changes = Routes::new().routes(routes!(get_admin_branding, patch_admin_branding)).body_limit(CHANGE_BYTES);
    let icons = Routes::new().routes(routes!(put_branding_icon, delete_branding_icon)).body_limit(picture::MAX_BYTES + 1);
    let emoji = Routes::new().routes(routes!(put_emoji, delete_emoji)).body_limit(draw::EMOJI_BYTES + 1);
    Routes::new()
        .routes(routes!(get_branding))
        .routes(routes!(get_rules))
        .routes(routes!(get_emoji))
        .routes(routes!(get_emoji_picture))
        .routes(routes!(get_palette))
        .merge(changes)
        .merge(icons)
        .merge(emoji)
}

/// How the instance looks
#[utoipa::path(get, path = "/branding", tag = "instance", security(()), responses((status = 200, body = PublicBranding)))]
async fn get_branding(State(branding): State<Branding>) -> Result<Json<PublicBranding>> {
    let look = branding.look();
    // the name is a setting, too, and may have been changed there a moment ago
    let parts = branding.app.clone();
    let settings = branding.app.db.read(move |read| instance::settings(&parts, read)).await?;
    Ok(Json(PublicBranding {
        name: settings.name,
        has_icon: look.icon.is_some(),
        welcome: look.welcome.clone(),
        has_rules: look.rules.is_some(),
        revision: look.revision.clone(),
    }))
}

/// What everybody here agrees to
#[utoipa::path(get, path = "/branding/rules", tag = "instance", security(()), responses((status = 200, body = Rules)))]
async fn get_rules(State(branding): State<Branding>) -> Json<Rules> {
    Json(Rules { text: branding.look().rules.clone() })
}

/// The instance's own emoji
#[utoipa::path(get, path = "/branding/emoji", tag = "instance",
    responses((status = 200, body = EmojiList), (status = 401, body = Problem)))]
async fn get_emoji(State(branding): State<Branding>, _: Me) -> Json<EmojiList> {
    let look = branding.look();
    let emoji = look.emoji.iter().map(|(name, shown)| Emoji { name: name.clone(), url: shown.url() });
    Json(EmojiList { emoji: emoji.collect() })
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct EmojiPicture {
    /// From the emoji's `url`.
    tag: String,
}

/// The picture of an emoji
///
/// It never changes.
#[utoipa::path(get, path = "/branding/emoji/{tag}", tag = "instance", security(()), params(EmojiPicture),
    responses((status = 200, content_type = "image/*", body = Vec<u8>), (status = 404, body = Problem)))]
async fn get_emoji_picture(State(branding): State<Branding>, Path(wanted): Path<EmojiPicture>) -> Result<Response> {
    let missing = || Code::NotFound.error("There is no such emoji.");
    let shown = branding.look().emoji.values().find(|shown| shown.tag == wanted.tag).cloned().ok_or_else(missing)?;
    let (kind, bytes) = match shown.file {
        Some(file) => file,
        None => {
            let bytes = branding.app.blobs.get(&shown.tag).await?;
            (draw::kind_of(&bytes).ok_or_else(missing)?, bytes.into())
        }
    };
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((headers, bytes).into_response())
}

/// Everything about branding, and where it comes from
#[utoipa::path(get, path = "/admin/branding", tag = "admin",
    responses((status = 200, body = AdminBranding), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn get_admin_branding(State(branding): State<Branding>, _: Admin) -> Result<Json<AdminBranding>> {
    view::view(&branding).await.map(Json)
}

/// Choose name, colours, texts and style sheet, or take choices back
#[utoipa::path(patch, path = "/admin/branding", tag = "admin",
    responses((status = 200, body = AdminBranding), (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem)))]
async fn patch_admin_branding(
    State(branding): State<Branding>,
    by: Admin,
    Json(asked): Json<BrandingChange>,
) -> Result<Json<AdminBranding>> {
    change::change(&branding, by.into(), asked).await.map(Json)
}

/// Choose the icon: PNG, JPEG or WebP, at least 128 × 128 pixels, at most 4 MiB
#[utoipa::path(put, path = "/admin/branding/icon", tag = "admin", request_body(content = Vec<u8>, content_type = "image/*"),
    responses((status = 200, body = AdminBranding), (status = 401, body = Problem), (status = 403, body = Problem), (status = 409, body = Problem),
        (status = 413, body = Problem), (status = 422, body = Problem)))]
async fn put_branding_icon(State(branding): State<Branding>, by: Admin, body: Bytes) -> Result<Json<AdminBranding>> {
    change::set_icon(&branding, by, body.into()).await.map(Json)
}

/// Take the chosen icon back
#[utoipa::path(delete, path = "/admin/branding/icon", tag = "admin",
    responses((status = 200, body = AdminBranding), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn delete_branding_icon(State(branding): State<Branding>, by: Admin) -> Result<Json<AdminBranding>> {
    change::remove_icon(&branding, by.into()).await.map(Json)
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct EmojiName {
    /// Without its colons: 2 to 32 of a to z, digits, _ and -.
    name: String,
}

/// Add an emoji, or replace it: PNG, WebP or GIF, at most 256 KiB
#[utoipa::path(put, path = "/admin/branding/emoji/{name}", tag = "admin", params(EmojiName),
    request_body(content = Vec<u8>, content_type = "image/*"),
    responses((status = 200, body = AdminBranding), (status = 401, body = Problem), (status = 403, body = Problem), (status = 409, body = Problem),
        (status = 413, body = Problem), (status = 422, body = Problem)))]
async fn put_emoji(State(branding): State<Branding>, by: Admin, Path(wanted): Path<EmojiName>, body: Bytes) -> Result<Json<AdminBranding>> {
    emoji::add(&branding, by, &wanted.name, body.into()).await.map(Json)
}

/// Delete an emoji that was stored in the browser
#[utoipa::path(delete, path = "/admin/branding/emoji/{name}", tag = "admin", params(EmojiName),
    responses((status = 200, body = AdminBranding), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn delete_emoji(State(branding): State<Branding>, by: Admin, Path(wanted): Path<EmojiName>) -> Result<Json<AdminBranding>> {
    emoji::delete(&branding, by.into(), wanted.name).await.map(Json)
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PaletteQuery {
    /// As `#rrggbb`.
    accent: String,
    /// The same for the dark theme. Left out or empty: made from the other.
    accent_dark: Option<String>,
}

/// The shades that colours would make
#[utoipa::path(get, path = "/admin/branding/palette", tag = "admin", params(PaletteQuery),
    responses((status = 200, body = Palette), (status = 401, body = Problem), (status = 403, body = Problem), (status = 422, body = Problem)))]
async fn get_palette(_: Admin, Query(asked): Query<PaletteQuery>) -> Result<Json<Palette>> {
    let accent = rules::colour("accent", &asked.accent)?.ok_or_else(|| Code::Invalid.field("accent", "must be a colour like #1a6866"))?;
    let dark = rules::colour("accent_dark", asked.accent_dark.as_deref().unwrap_or_default())?;
    Ok(Json(Palette::of(accent, dark)))
}

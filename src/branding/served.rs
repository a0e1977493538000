//! What browsers load as files: the colours, the style sheet, the icons. They are asked for anew each time, and answered briefly where
//! nothing changed.
use crate::Branding;
use crate::palette::Palette;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use bytes::Bytes;
use sha2::{Digest, Sha256};
use snug_base::keys::hex;

const MARK: &str = include_str!("../../web-ui/public/favicon.svg");

/// A file of the instance's own. `None`: it has none of that name, and Snug's holds.
pub fn find(branding: &Branding, path: &str) -> Option<(&'static str, Bytes)> {
    let look = branding.look();
    let css = |text: Option<String>| Some(("text/css; charset=utf-8", Bytes::from(text.unwrap_or_default())));
    let icons = || look.icon.as_ref().map(|icon| &icon.icons);
    let icon = |bytes: &Bytes| ("image/png", bytes.clone());
    match path {
        "/branding.css" => css(look.palette.as_ref().map(|palette| palette.css())),
        "/custom.css" => css(look.css.clone()),
        "/favicon.svg" => match (icons(), &look.palette) {
            (Some(icons), _) => Some(("image/svg+xml", icons.favicon.clone())),
            (None, Some(palette)) => Some(("image/svg+xml", coloured(palette).into())),
            (None, None) => None,
        },
        "/icons/apple-180.png" => icons().map(|icons| icon(&icons.apple_180)),
        "/icons/icon-192.png" => icons().map(|icons| icon(&icons.any_192)),
        "/icons/icon-512.png" => icons().map(|icons| icon(&icons.any_512)),
        "/icons/maskable-512.png" => icons().map(|icons| icon(&icons.maskable_512)),
        _ => None,
    }
}

/// Snug's own mark in the instance's colours.
fn coloured(palette: &Palette) -> String {
    let shades = &palette.light;
    MARK.replace("#1a6866", &shades.accent.0.to_string()).replace("#fdfcfa", &shades.ink.0.to_string())
}

/// The answer with that file.
pub fn answer(kind: &'static str, bytes: Bytes, asked: &HeaderMap) -> Response<Body> {
    let tag = format!("\"b-{}\"", hex(&Sha256::digest(&bytes)[..12]));
    let is_known = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).any(|list| list.contains(&tag));
    let mut response = Response::new(if is_known { Body::empty() } else { Body::from(bytes) });
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::try_from(tag) {
        headers.insert(header::ETAG, tag);
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

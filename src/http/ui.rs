//! The web UI's files, embedded in their compressed forms, and `index.html` for every address that is one of its routes.
use super::api_errors;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri, header};
use axum::response::IntoResponse;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use flate2::read::GzDecoder;
use rust_embed::{EmbeddedFile, RustEmbed};
use std::borrow::Cow;
use std::io::{self, Read};

/// In debug builds the files are read from the folder at each request, so that a new build of the UI shows at once. Of text only the
/// forms that `web-ui/scripts/compress.mjs` makes are in the program.
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/web-ui/dist"]
#[allow_missing = true]
#[exclude = ".vite/*"]
#[exclude = "*.{css,html,js,json,svg,txt,wasm,webmanifest}"]
struct Dist;

const NOT_BUILT: &str = include_str!("../../assets/not-built.html");

/// The media types of what a build contains.
const KINDS: &[(&str, &str)] = &[
    ("css", "text/css; charset=utf-8"),
    ("gif", "image/gif"),
    ("html", "text/html; charset=utf-8"),
    ("ico", "image/x-icon"),
    ("jpg", "image/jpeg"),
    ("js", "text/javascript; charset=utf-8"),
    ("json", "application/json"),
    ("map", "application/json"),
    ("mp3", "audio/mpeg"),
    ("ogg", "audio/ogg"),
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("txt", "text/plain; charset=utf-8"),
    ("wasm", "application/wasm"),
    ("webmanifest", "application/manifest+json"),
    ("webp", "image/webp"),
    ("woff2", "font/woff2"),
];

/// Answers everything that is not the API's: a file, or the app, which shows its own routes.
pub async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response<Body> {
    let path = uri.path();
    if api_errors::is_api(path) {
        return api_errors::not_found(&method, &uri).into_response();
    }
    if !matches!(method, Method::GET | Method::HEAD) {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response();
    }
    let name = path.trim_start_matches('/');
    if is_file(name) {
        return answer(name, &headers).unwrap_or_else(|| (StatusCode::NOT_FOUND, "There is no such file.\n").into_response());
    }
    answer("index.html", &headers).unwrap_or_else(|| {
        ([(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")], NOT_BUILT).into_response()
    })
}

/// The app's routes have no dot in their last part, files have. Hidden files of the build are nobody's business.
fn is_file(name: &str) -> bool {
    name.starts_with("assets/") || name.rsplit('/').next().is_some_and(|last| last.contains('.'))
}

fn answer(name: &str, headers: &HeaderMap) -> Option<Response<Body>> {
    if name.split('/').any(|part| part.starts_with('.')) {
        return None;
    }
    let kind = name.rsplit_once('.').and_then(|(_, end)| KINDS.iter().find(|(known, _)| *known == end)).map(|(_, kind)| *kind)?;
    let (file, encoding) = find(name, headers)?;
    let tag = tag(&file, encoding)?;
    let cache = if name.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut response = Response::new(Body::empty());
    let out = response.headers_mut();
    out.insert(header::ETAG, tag.clone());
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if headers.get_all(header::IF_NONE_MATCH).iter().any(|value| value.to_str().is_ok_and(|list| matches_tag(list, &tag))) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return Some(response);
    }
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Some(encoding) = encoding {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    *response.body_mut() = Body::from(match file.data {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    });
    Some(response)
}

/// The smallest form that the browser takes. Who takes no compressed one gets the file itself, unpacked for each request: only simple tools do.
fn find(name: &str, headers: &HeaderMap) -> Option<(EmbeddedFile, Option<&'static str>)> {
    let accepted: Vec<&str> = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|v| v.to_str().ok()).collect();
    for (end, encoding) in [("br", "br"), ("gz", "gzip")] {
        if accepts(&accepted, encoding)
            && let Some(file) = Dist::get(&format!("{name}.{end}"))
        {
            return Some((file, Some(encoding)));
        }
    }
    let plain = Dist::get(name).or_else(|| {
        let packed = Dist::get(&format!("{name}.gz"))?;
        Some(EmbeddedFile { data: unpacked(&packed.data).ok()?.into(), ..packed })
    });
    Some((plain?, None))
}

/// What was packed with gzip when the program was built.
pub fn unpacked(packed: &[u8]) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    GzDecoder::new(packed).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn accepts(lists: &[&str], encoding: &str) -> bool {
    lists.iter().flat_map(|list| list.split(',')).any(|item| {
        let mut parts = item.split(';').map(str::trim);
        let is_it = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        let refused = parts.any(|p| p.strip_prefix("q=").is_some_and(|q| q.trim_end_matches(['0', '.']).is_empty()));
        is_it && !refused
    })
}

fn tag(file: &EmbeddedFile, encoding: Option<&str>) -> Option<HeaderValue> {
    let hash = URL_SAFE_NO_PAD.encode(&file.metadata.sha256_hash()[..12]);
    HeaderValue::try_from(format!("\"{hash}{}\"", encoding.map(|e| format!("-{e}")).unwrap_or_default())).ok()
}

fn matches_tag(list: &str, tag: &HeaderValue) -> bool {
    list.split(',').map(|item| item.trim().trim_start_matches("W/")).any(|item| item == "*" || item.as_bytes() == tag.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_encodings_are_not_used() {
        assert!(accepts(&["gzip, deflate, br;q=0.9"], "br"));
        assert!(!accepts(&["gzip;q=0, br;q=0.0"], "gzip"));
        assert!(!accepts(&["gzip;q=0, br;q=0.0"], "br"));
        assert!(!accepts(&["brotli"], "br"));
    }

    #[test]
    fn the_apps_routes_are_not_files() {
        for route in ["", "sign-in", "s/0190/0191", "settings/account", "invite/ABCDE"] {
            assert!(!is_file(route), "{route}");
        }
        for file in ["assets/x", "favicon.svg", "service-worker.js"] {
            assert!(is_file(file), "{file}");
        }
    }
}

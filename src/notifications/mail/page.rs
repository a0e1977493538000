//! The pages behind links in letters. They work without an account and without scripts. To open one does nothing, since programs that look for bad
//! links open them too: a button does it.
use super::text::escape;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

const STYLE: &str = ":root{color-scheme:light dark}body{margin:0;padding:2rem 1rem;font:1rem/1.5 system-ui,sans-serif}\
    main{max-width:32rem;margin:0 auto}h1{font-size:1.4rem;line-height:1.3}strong{overflow-wrap:anywhere}\
    form{display:flex;flex-wrap:wrap;gap:.75rem;margin:1.5rem 0}\
    button{font:inherit;min-height:2.75rem;padding:.4rem 1.1rem;border-radius:.5rem;border:1px solid #8888;background:none;color:inherit;cursor:pointer}\
    button.main{background:#0a6b5e;border-color:#0a6b5e;color:#fff}button:focus-visible{outline:3px solid #0a6b5e;outline-offset:2px}";
const FRAME: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
    <meta name=\"robots\" content=\"noindex\"><title>{{title}}</title><style>{{style}}</style></head>\
    <body><main><h1>{{title}}</h1>{{body}}<p><a href=\"/\">{{instance}}</a></p></main></body></html>";

/// A button: what stands on it, and which answer it gives.
pub struct Button<'a> {
    pub text: &'a str,
    pub answer: &'a str,
}

/// A page. The body is HTML: its foreign words are escaped by whoever makes it.
pub fn page(status: StatusCode, instance: &str, title: &str, body: &str, buttons: &[Button]) -> Response {
    let mut body = body.to_owned();
    if !buttons.is_empty() {
        let button = |(n, one): (usize, &Button)| {
            let class = if n == 0 { " class=\"main\"" } else { "" };
            format!("<button{class} name=\"answer\" value=\"{}\">{}</button>", escape(one.answer), escape(one.text))
        };
        // to the same address, with its token
        body.push_str(&format!("<form method=\"post\">{}</form>", buttons.iter().enumerate().map(button).collect::<String>()));
    }
    let text = FRAME
        .replace("{{title}}", &escape(title))
        .replace("{{style}}", STYLE)
        .replace("{{instance}}", &escape(instance))
        .replace("{{body}}", &body);
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        BASE64_STANDARD.encode(Sha256::digest(STYLE))
    );
    let mut response = (status, [(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))], text).into_response();
    if let Ok(policy) = HeaderValue::try_from(policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

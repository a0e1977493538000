//! What surrounds every request: headers, limits, errors, proxies, the UI's files, the description of the API.
use crate::support::{Answer, TestNode};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

async fn fetch(node: &TestNode, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut request = crate::support::http_client().request(method.parse().unwrap(), node.url(path)).body(body.to_owned());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.unwrap();
    Answer { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::String(text)), asked: format!("{method} {path}") }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn every_answer_has_the_security_headers() {
    let node = TestNode::start().await;
    for path in ["/", "/api/v1/instance", "/api/v1/nothing", "/api/docs", "/assets/nothing.js", "/healthz", "/trust"] {
        let answer = fetch(&node, "GET", path, &[], "").await;
        let policy = header(&answer.headers, "content-security-policy");
        for part in [
            "default-src 'none'",
            "script-src 'self' 'wasm-unsafe-eval'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "require-trusted-types-for 'script'",
        ] {
            assert!(policy.contains(part), "{path}: {part} in {policy}");
        }
        assert!(!policy.contains("unsafe-inline") && !policy.contains(" 'unsafe-eval'"), "{policy}");
        assert_eq!(header(&answer.headers, "x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header(&answer.headers, "referrer-policy"), "no-referrer", "{path}");
        assert_eq!(header(&answer.headers, "cross-origin-opener-policy"), "same-origin", "{path}");
        assert_eq!(answer.headers.get("access-control-allow-origin"), None, "{path}");
        assert_eq!(answer.headers.get("strict-transport-security"), None, "{path}");
        assert_eq!(header(&answer.headers, "x-request-id").len(), 32, "{path}");
    }
}

#[tokio::test]
async fn only_a_public_https_name_behind_a_proxy_is_pinned() {
    let node = TestNode::start_with(|config| {
        config.node.plain_http = true;
        config.node.public_url = Some("https://chat.example.org".to_owned());
    })
    .await;
    let answer = fetch(&node, "GET", "/healthz", &[], "").await;
    assert_eq!(header(&answer.headers, "strict-transport-security"), "max-age=31536000");
}

#[tokio::test]
async fn errors_below_the_api_are_problem_documents() {
    let node = TestNode::start().await;
    let json = [("content-type", "application/json")];
    fetch(&node, "GET", "/api/v1/nothing", &[], "").await.fails(404, "not_found");
    fetch(&node, "GET", "/api/nothing", &[], "").await.fails(404, "not_found");
    let answer = fetch(&node, "DELETE", "/api/v1/instance", &[], "").await;
    assert!(header(&answer.headers, "allow").contains("GET"), "{:?}", answer.headers);
    answer.fails(405, "request.method_not_allowed");
    fetch(&node, "POST", "/api/v1/auth/login", &json, "{").await.fails(400, "request.malformed");
    fetch(&node, "POST", "/api/v1/auth/login", &json, "{\"login\": 7}").await.fails(422, "request.invalid");
    fetch(&node, "POST", "/api/v1/auth/login", &[], "{}").await.fails(415, "request.unsupported_media");
    let large = format!("{{\"login\": \"{}\"}}", "x".repeat(70_000));
    fetch(&node, "POST", "/api/v1/auth/login", &json, &large).await.fails(413, "request.too_large");
    fetch(&node, "GET", "/api/v1/socket", &[], "").await.fails(400, "request.malformed");
    fetch(&node, "GET", "/api/v1/users/me", &[], "").await.fails(401, "auth.signed_out");
}

#[tokio::test]
async fn whoever_asks_too_often_is_told_when_to_come_back() {
    let node = TestNode::start_with(|config| config.limits.read_per_minute = 3).await;
    for left in [2, 1, 0] {
        let answer = fetch(&node, "GET", "/api/v1/instance", &[], "").await;
        assert_eq!(header(&answer.headers, "ratelimit-policy"), "\"read\";q=3;w=60");
        assert!(header(&answer.headers, "ratelimit").starts_with(&format!("\"read\";r={left};t=")), "{:?}", answer.headers);
        answer.ok();
    }
    let refused = fetch(&node, "GET", "/api/v1/instance", &[], "").await;
    assert!(header(&refused.headers, "retry-after").parse::<u64>().unwrap() > 0);
    refused.fails(429, "rate.limited");
    // what is not the API is not counted, and changes have a limit of their own
    assert_eq!(fetch(&node, "GET", "/healthz", &[], "").await.status, 200);
    let change = fetch(&node, "POST", "/api/v1/auth/logout", &[], "").await;
    assert!(header(&change.headers, "ratelimit-policy").starts_with("\"write\""));
    assert_ne!(change.status, 429);
}

#[tokio::test]
async fn people_behind_one_address_have_limits_of_their_own() {
    let node = TestNode::start_with(|config| config.limits.read_per_minute = 2).await;
    let (ann, bob) = (node.user("ann").await, node.user("bob").await);
    for person in [&ann, &bob] {
        for _ in 0..2 {
            person.get("/users/me").await.ok();
        }
        person.get("/users/me").await.fails(429, "rate.limited");
    }
}

async fn seen_address(node: &TestNode, forwarded: &str) -> String {
    let ann = node.user("ann").await;
    let (token, cookie) = (format!("Bearer {}", ann.token), ann.cookie.clone());
    let refreshed = fetch(node, "POST", "/api/v1/auth/refresh", &[("cookie", &cookie), ("x-forwarded-for", forwarded)], "").await;
    refreshed.ok();
    let sessions = fetch(node, "GET", "/api/v1/users/me/sessions", &[("authorization", &token)], "").await.ok();
    sessions["sessions"][0]["ip"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn only_trusted_proxies_say_who_asks() {
    let node = TestNode::start().await;
    assert_eq!(seen_address(&node, "198.51.100.7").await, "127.0.0.1");
    let node = TestNode::start_with(|config| config.node.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()]).await;
    assert_eq!(seen_address(&node, "203.0.113.1, 198.51.100.7").await, "198.51.100.7");
}

#[tokio::test]
async fn a_node_says_that_it_is_alive_and_ready() {
    let node = TestNode::start().await;
    assert_eq!(fetch(&node, "GET", "/healthz", &[], "").await.status, 200);
    assert_eq!(fetch(&node, "GET", "/readyz", &[], "").await.status, 200);
}

#[tokio::test]
async fn the_app_answers_on_all_of_its_routes_and_files_are_files() {
    let node = TestNode::start().await;
    for route in ["/", "/sign-in", "/setup/abc", "/invite/ABCDE", "/s/0190/0191", "/settings/account"] {
        let answer = fetch(&node, "GET", route, &[], "").await;
        assert_eq!(answer.status, 200, "{route}");
        assert_eq!(header(&answer.headers, "content-type"), "text/html; charset=utf-8", "{route}");
        assert!(header(&answer.headers, "cache-control").starts_with("no-"), "{route}");
    }
    for file in ["/assets/nothing.js", "/nothing.png", "/.vite/manifest.json", "/assets/../index.html.br"] {
        let answer = fetch(&node, "GET", file, &[], "").await;
        assert_eq!(answer.status, 404, "{file}");
    }
    assert_eq!(fetch(&node, "POST", "/sign-in", &[], "").await.status, 405);
}

#[tokio::test]
async fn the_app_installs_under_the_instances_name() {
    let node = TestNode::start_with(|config| config.accounts.instance_name = Some("Harbour Choir".to_owned())).await;
    let answer = fetch(&node, "GET", "/manifest.webmanifest", &[], "").await;
    assert_eq!(header(&answer.headers, "content-type"), "application/manifest+json");
    assert_eq!(header(&answer.headers, "cache-control"), "no-cache");
    let manifest = &answer.body;
    assert_eq!((&manifest["name"], &manifest["id"], &manifest["start_url"]), (&json!("Harbour Choir"), &json!("/"), &json!("/")));
    for icon in manifest["icons"].as_array().unwrap() {
        let path = icon["src"].as_str().unwrap();
        let file = std::fs::metadata(format!("{}/web-ui/public{path}", env!("CARGO_MANIFEST_DIR")));
        assert!(file.is_ok_and(|file| file.len() > 1_000), "{path}");
    }
}

#[tokio::test]
async fn the_ui_is_compressed_and_kept_by_browsers() {
    let node = TestNode::start().await;
    let first = fetch(&node, "GET", "/", &[("accept-encoding", "gzip, br")], "").await;
    if first.headers.get("etag").is_none() {
        return; // a build without the UI shows a page that says so
    }
    let tag = header(&first.headers, "etag").to_owned();
    let again = fetch(&node, "GET", "/", &[("accept-encoding", "gzip, br"), ("if-none-match", &tag)], "").await;
    assert_eq!(again.status, 304);
    let plain = fetch(&node, "GET", "/", &[], "").await;
    assert_eq!(plain.headers.get("content-encoding"), None);
    let page = plain.body.as_str().unwrap();
    let script = page.split('"').find(|part| part.starts_with("/assets/") && part.ends_with(".js")).unwrap();
    let answer = fetch(&node, "GET", script, &[("accept-encoding", "br")], "").await;
    assert_eq!(header(&answer.headers, "content-encoding"), "br");
    assert_eq!(header(&answer.headers, "content-type"), "text/javascript; charset=utf-8");
    assert!(header(&answer.headers, "cache-control").contains("immutable"));
}

#[tokio::test]
async fn the_api_describes_itself() {
    let node = TestNode::start().await;
    let api = fetch(&node, "GET", "/api/v1/openapi.json", &[], "").await.ok();
    assert!(api["openapi"].as_str().unwrap().starts_with("3.1"));
    let tags: Vec<&str> = api["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap()).collect();
    let mut operations = 0;
    for (path, item) in api["paths"].as_object().unwrap() {
        assert!(path.starts_with("/api/v1/"), "{path}");
        for (method, operation) in item.as_object().unwrap() {
            operations += 1;
            assert!(tags.contains(&operation["tags"][0].as_str().unwrap_or_default()), "{method} {path} has a known tag");
            assert!(operation["summary"].is_string() || operation["description"].is_string(), "{method} {path} says what it does");
            assert!(operation["responses"]["default"]["content"]["application/problem+json"].is_object(), "{method} {path}");
        }
    }
    assert!(operations > 60, "{operations}");
    assert_eq!(api["x-errors"].as_array().unwrap().len(), snug_base::Code::ALL.len());
    let text = api.to_string();
    let referred: Vec<&str> = text.split("\"#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    for name in referred {
        assert!(api["components"]["schemas"][name].is_object(), "{name} is described");
    }
    assert_eq!(header(&fetch(&node, "GET", "/api/docs", &[], "").await.headers, "content-type"), "text/html; charset=utf-8");
}

#[test]
fn the_kept_description_is_fresh() {
    let kept = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json")).unwrap();
    let fresh = std::str::from_utf8(snug::http::openapi::text()).unwrap();
    assert!(kept == fresh, "run: cargo run -- openapi > docs/openapi.json, then npm run generate in web-ui/");
}

#[tokio::test]
async fn a_body_of_another_kind_says_so() {
    let node = TestNode::start().await;
    let ann = node.user("ann").await;
    let problem = ann.post("/servers", json!({ "name": "" })).await.fails(422, "request.invalid");
    assert_eq!(problem["field"], "name");
    assert_eq!(problem["type"], "/api/docs#errors");
}

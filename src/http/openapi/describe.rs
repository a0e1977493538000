//! Makes the description of the API from the handlers' own types.
use serde_json::{Value, json};
use snug_base::Code;
use snug_base::http::Problem;
use utoipa::PartialSchema;
use utoipa::openapi::OpenApi;

const ABOUT: &str = "Everything that the web client does, and that you may do with it too. \
Times are Unix milliseconds, ids are UUIDs as text, binary is base64url without padding. \
Errors are problem documents (RFC 9457) with a stable `code`; all codes are listed in `x-errors`. \
Lists that may grow are paged by a cursor. Live events come over the WebSocket at `/api/v1/socket`, which docs/protocol.md describes.";

/// What the words that group operations mean.
const TAGS: &[(&str, &str)] = &[
    ("instance", "What this node is and allows"),
    ("sync", "The state that a client starts from"),
    ("auth", "Registration, sign-in, sign-out"),
    ("users", "The own account, sessions, other people and who of them is there"),
    ("servers", "A community's home: its members, roles, codes and invites"),
    ("rooms", "Rooms and categories of a server"),
    ("conversations", "Direct conversations, groups, and the messages of any conversation"),
    ("messages", "One message, and the pinned ones"),
    ("search", "Finding messages"),
    ("notifications", "What people want to hear of, the list of what concerned them, push messages, letters about what was missed"),
    ("mail", "What links in letters lead to, without an account"),
    ("encryption", "End-to-end encryption: identities, devices, vault, prekeys, pairing; docs/encryption.md tells the protocol"),
    ("admin", "For admins of the instance"),
];

/// OpenAPI 3.1: what the domains say about their routes, plus what is true of all routes.
pub fn document() -> Value {
    let crate::http::Domains { plain, operations, mail, branding, with_node } = crate::http::domains();
    let mut all = plain.into_openapi();
    all.merge(operations.into_openapi());
    all.merge(mail.into_openapi());
    all.merge(branding.into_openapi());
    all.merge(with_node.into_openapi());
    let described = OpenApi::default().nest("/api/v1", all);
    let mut document = serde_json::to_value(described).unwrap_or_default();
    document["info"] = json!({
        "title": "Snug",
        "version": env!("CARGO_PKG_VERSION"),
        "description": ABOUT,
        "license": { "name": "AGPL-3.0-or-later", "identifier": "AGPL-3.0-or-later" },
    });
    document["servers"] = json!([{ "url": "/" }]);
    document["tags"] = TAGS.iter().map(|(name, description)| json!({ "name": name, "description": description })).collect();
    document["security"] = json!([{ "bearer": [] }]);
    document["components"]["securitySchemes"] = json!({
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "The access token of sign-in, registration or refresh. It is valid for 15 minutes.",
        }
    });
    document["components"]["schemas"]["Problem"] = serde_json::to_value(Problem::schema()).unwrap_or_default();
    document["x-errors"] =
        Code::ALL.iter().map(|code| json!({ "code": code.as_str(), "status": code.status(), "title": code.title() })).collect();
    for_each_operation(&mut document, describe_errors);
    document
}

fn for_each_operation(document: &mut Value, each: impl Fn(&mut Value)) {
    let paths = document["paths"].as_object_mut().into_iter().flat_map(|paths| paths.values_mut());
    for item in paths {
        for (name, operation) in item.as_object_mut().into_iter().flatten() {
            if name != "parameters" && operation.is_object() {
                each(operation);
            }
        }
    }
}

/// Errors have a media type of their own, and any operation may end in one.
fn describe_errors(operation: &mut Value) {
    let Some(responses) = operation["responses"].as_object_mut() else { return };
    for (status, response) in responses.iter_mut() {
        if response["description"].as_str().is_none_or(str::is_empty) {
            response["description"] = meaning(status).into();
        }
        if (status.starts_with('4') || status.starts_with('5'))
            && let Some(content) = response.get_mut("content").and_then(Value::as_object_mut)
            && let Some(body) = content.remove("application/json")
        {
            content.insert("application/problem+json".to_owned(), body);
        }
    }
    responses.entry("default").or_insert_with(|| {
        json!({
            "description": "An error: see x-errors for the codes",
            "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
        })
    });
}

/// OpenAPI wants a sentence with every answer; most say enough by their status.
fn meaning(status: &str) -> &'static str {
    match status {
        "200" => "Done",
        "201" => "Made",
        "204" => "Done; there is nothing to say",
        "304" => "Not changed since",
        _ => "An error: see x-errors for the codes",
    }
}

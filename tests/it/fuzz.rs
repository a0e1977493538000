//! Nonsense for every route and frame, made from the API's own description: it is refused, and never with a 5xx.
use crate::support::{TestNode, new_id};
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Map, Value, json};

/// Bodies tried per route.
const TRIES: usize = 12;

/// Always the same nonsense, so that a failure can be seen again.
fn runner() -> TestRunner {
    TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]))
}

/// Any JSON value, biased to what parsers stumble over.
fn nonsense() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|n| json!(n)),
        any::<String>().prop_map(Value::from),
        Just(json!("")),
        Just(json!("\u{0}")),
        Just(json!("a".repeat(10_000))),
        Just(json!("🙂".repeat(500))),
        Just(json!(i64::MIN)),
        Just(json!(u64::MAX)),
        Just(json!("00000000-0000-0000-0000-000000000000")),
        Just(json!(new_id())),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("[a-z_]{1,12}", inner, 0..4).prop_map(Value::from_iter),
        ]
    })
}

struct Fuzz {
    runner: TestRunner,
    api: Value,
}

impl Fuzz {
    fn nonsense(&mut self) -> Value {
        nonsense().new_tree(&mut self.runner).unwrap().current()
    }

    fn chance(&mut self, percent: u32) -> bool {
        (0..100u32).new_tree(&mut self.runner).unwrap().current() < percent
    }

    /// A value of this shape, here and there spoilt.
    fn value(&mut self, schema: &Value, depth: usize) -> Value {
        if depth > 6 || self.chance(25) {
            return self.nonsense();
        }
        if let Some(name) = schema["$ref"].as_str() {
            let target = self.api.pointer(name.trim_start_matches('#')).cloned().unwrap_or_default();
            return self.value(&target, depth + 1);
        }
        if let Some(first) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()).and_then(|all| all.last()) {
            return self.value(&first.clone(), depth + 1);
        }
        if let Some(example) = schema.get("example").or(schema["examples"].get(0)) {
            return example.clone();
        }
        let kind = schema["type"].as_str().or(schema["type"][0].as_str()).unwrap_or_default();
        match kind {
            "object" => {
                let mut object = Map::new();
                for (name, property) in schema["properties"].as_object().cloned().unwrap_or_default() {
                    if !self.chance(15) {
                        object.insert(name, self.value(&property, depth + 1));
                    }
                }
                if self.chance(20) {
                    object.insert("surprise".into(), self.nonsense());
                }
                Value::Object(object)
            }
            "array" => json!([self.value(&schema["items"], depth + 1)]),
            "integer" | "number" => json!(1),
            "boolean" => json!(true),
            _ if schema["format"] == "uuid" => json!(new_id()),
            _ => json!("text"),
        }
    }
}

const PATHS: &[&str] =
    &["%00", "..%2f..%2fetc", "%ff%fe", "-1", "null", "00000000-0000-0000-0000-000000000000", "%F0%9F%99%82", "a'b\"c;--"];
const QUERIES: &[&str] = &[
    "",
    "?limit=-1",
    "?limit=99999999999999999999",
    "?cursor=%00",
    "?q=%25_%5c",
    "?q=%ff",
    "?ids=,,,",
    "?ids=x",
    "?before=abc",
    "?at=9223372036854775807",
    "?unknown=1",
    "?limit=",
];

#[tokio::test]
async fn nonsense_for_any_route_is_refused_politely() {
    let node = TestNode::start_with(|config| {
        config.node.public_url = Some("https://chat.snug.example".to_owned());
        config.mail.server = Some("localhost".to_owned());
        config.mail.port = 9; // nobody listens there
        config.mail.from = Some("snug@snug.example".to_owned());
    })
    .await;
    let (ann, _, server, room) = node.ann_and_bob().await;
    let message = ann.say(&room, "here").await["id"].as_str().unwrap().to_owned();
    let api = node.nobody().get("/openapi.json").await.ok();
    let mut fuzz = Fuzz { runner: runner(), api: api.clone() };
    let mut asked = 0;
    for (path, operations) in api["paths"].as_object().unwrap() {
        let path = path.strip_prefix("/api/v1").unwrap();
        for (method, operation) in
            operations.as_object().unwrap().iter().filter(|(m, _)| ["get", "post", "put", "patch", "delete"].contains(&m.as_str()))
        {
            if path.starts_with("/auth/logout") || (path.contains("/sessions") && method == "delete") {
                continue; // would end the session that asks
            }
            let schema = operation["requestBody"]["content"]["application/json"]["schema"].clone();
            for attempt in 0..TRIES {
                let mut address = path.to_owned();
                while let (Some(open), Some(close)) = (address.find('{'), address.find('}')) {
                    let real = if path.starts_with("/servers") {
                        &server
                    } else if path.starts_with("/messages/{") {
                        &message
                    } else {
                        &room
                    };
                    // a real id now and then gets the body past the first check; but not so that everything is deleted
                    let keep = attempt % 3 == 0 && method != "delete";
                    let value = if keep { real.as_str() } else { PATHS[attempt % PATHS.len()] };
                    address.replace_range(open..=close, value);
                }
                if method == "get" || method == "delete" {
                    address += QUERIES[attempt % QUERIES.len()];
                }
                let body = (!schema.is_null()).then(|| fuzz.value(&schema, 0));
                let answer = ann.request(&method.to_uppercase(), &address, body.clone()).await;
                // 502: a push service that is none, or the mail server
                assert!(answer.status < 500 || answer.status == 502, "{method} {address} with {body:?}: {} {}", answer.status, answer.body);
                if answer.status >= 400 {
                    assert!(answer.body["code"].is_string(), "{method} {address}: no problem document but {}", answer.body);
                }
                asked += 1;
            }
        }
    }
    assert!(asked > 500, "{asked} requests");
}

#[tokio::test]
async fn nonsense_on_the_socket_is_refused_politely() {
    let node = TestNode::start().await;
    let (ann, _, _, room) = node.ann_and_bob().await;
    let mut fuzz = Fuzz { runner: runner(), api: Value::Null };
    let mut socket = ann.socket().await;
    let ops = [
        "hello",
        "resume",
        "ping",
        "message.send",
        "message.edit",
        "message.delete",
        "message.react",
        "message.unreact",
        "message.pin",
        "message.unpin",
        "receipt.read",
        "receipt.delivered",
        "typing.start",
        "typing.stop",
        "presence.set",
        "presence.idle",
        "presence.watch",
        "nothing",
    ];
    for op in ops {
        for _ in 0..40 {
            let mut d = fuzz.nonsense();
            if let Some(object) = d.as_object_mut() {
                object.insert("conversation_id".into(), json!(room));
            }
            let answer = socket.try_call(op, d.clone()).await;
            let code = answer["error"]["code"].as_str().unwrap_or_default();
            assert!(answer["ok"].is_object() || (!code.is_empty() && code != "internal"), "{op} with {d}: {answer}");
        }
    }
    socket.call("ping", json!({})).await;
}

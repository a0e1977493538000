//! How the instance looks: what the folder holds, what admins choose over it, and what everybody gets to see of that.
use crate::cli::{self, Running};
use crate::support::{Person, TestNode, id};
use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};
use serde_json::{Value, json};
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A picture in one colour.
fn picture(width: u32, height: u32, red: u8, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    let pixels = RgbaImage::from_pixel(width, height, Rgba([red, 10, 10, 255]));
    DynamicImage::from(pixels).write_to(&mut out, format).unwrap();
    out.into_inner()
}

pub fn png(side: u32, red: u8) -> Vec<u8> {
    picture(side, side, red, ImageFormat::Png)
}

fn write(folder: &Path, name: &str, content: impl AsRef<[u8]>) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

fn folder(node: &TestNode) -> PathBuf {
    node.node.app.config.node.data.join("branding")
}

/// A file as a browser gets it: status, type, ETag, content.
async fn file(node: &TestNode, path: &str, tag: Option<&str>) -> (u16, String, String, Vec<u8>) {
    let mut request = crate::support::http_client().get(node.url(path));
    if let Some(tag) = tag {
        request = request.header("if-none-match", tag);
    }
    let answer = request.send().await.unwrap();
    let of = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
    assert_eq!(of("x-content-type-options"), "nosniff", "{path}");
    let (status, kind, tag) = (answer.status().as_u16(), of("content-type"), of("etag"));
    (status, kind, tag, answer.bytes().await.unwrap().to_vec())
}

async fn text(node: &TestNode, path: &str) -> String {
    String::from_utf8(file(node, path, None).await.3).unwrap()
}

/// Waits until the folder was read as the test wants it.
async fn until(by: &Person, what: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..100 {
        let now = by.get("/admin/branding").await.ok();
        if what(&now) {
            return now;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("not in ten seconds: {}", by.get("/admin/branding").await.ok());
}

fn problems(branding: &Value) -> Vec<(String, String)> {
    let of = |one: &Value, key: &str| one[key].as_str().unwrap().to_owned();
    branding["problems"].as_array().unwrap().iter().map(|one| (of(one, "file"), of(one, "problem"))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_admin_chooses_everybody_sees() {
    let node = TestNode::start().await;
    let (root, bob) = (node.admin("root").await, node.user("bob").await);
    let before = node.nobody().get("/branding").await.ok();
    assert_eq!((&before["name"], &before["has_icon"], &before["welcome"]), (&json!("Snug"), &json!(false), &Value::Null));
    assert_eq!(text(&node, "/branding.css").await, "", "nothing is chosen");
    let mut heard = bob.socket().await;
    let chosen =
        json!({ "name": "Harbour", "accent": "#AA1155", "welcome": " Come **in** ", "rules": "Be kind.", "css": "body { margin: 0 }" });
    let branding = root.patch("/admin/branding", chosen).await.ok();
    assert_eq!(branding["accent"], json!({ "value": "#aa1155", "origin": "chosen", "otherwise": null }));
    assert_eq!(branding["palette"]["light"]["accent"], "#aa1155");
    let told = heard.expect("branding.updated").await;
    let after = node.nobody().get("/branding").await.ok();
    assert_eq!(told["revision"], after["revision"]);
    assert_ne!(before["revision"], after["revision"]);
    assert_eq!((&after["name"], &after["welcome"], &after["has_rules"]), (&json!("Harbour"), &json!("Come **in**"), &json!(true)));
    assert_eq!(node.nobody().get("/branding/rules").await.ok()["text"], "Be kind.");
    assert_eq!(node.nobody().get("/instance").await.ok()["name"], "Harbour");
    root.patch("/admin/settings", json!({ "name": "Haven" })).await.ok();
    assert_eq!(node.nobody().get("/branding").await.ok()["name"], "Haven", "the same setting");
    let css = text(&node, "/branding.css").await;
    assert!(css.contains("--color-accent: light-dark(#aa1155, #"), "{css}");
    let (status, kind, tag, content) = file(&node, "/custom.css", None).await;
    assert_eq!((status, kind.as_str(), &content[..]), (200, "text/css; charset=utf-8", &b"body { margin: 0 }"[..]));
    assert_eq!(file(&node, "/custom.css", Some(&tag)).await.0, 304);
    // taken back, part by part
    let back = root.patch("/admin/branding", json!({ "name": null, "accent": null, "welcome": null, "css": null })).await.ok();
    assert_eq!((&back["name"]["origin"], &back["palette"], &back["rules"]["origin"]), (&json!("default"), &Value::Null, &json!("chosen")));
    assert_eq!(file(&node, "/custom.css", Some(&tag)).await.0, 200, "another than before");
    assert_eq!(text(&node, "/custom.css").await, "");

    let audit = root.get("/admin/audit?log=admin&kind=branding.changed").await.ok();
    let line = &audit["lines"].as_array().unwrap()[1];
    assert!(!line.to_string().contains("Be kind"), "what was written is not in the log: {line}");
    assert!(line.to_string().contains("#aa1155"), "{line}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_admins_choose_and_only_what_can_be() {
    let node = TestNode::start().await;
    let (root, bob) = (node.admin("root").await, node.user("bob").await);
    bob.get("/admin/branding").await.fails(403, "permission.missing");
    bob.get("/admin/branding/palette?accent=%23123456").await.fails(403, "permission.missing");
    bob.patch("/admin/branding", json!({ "name": "Bob's" })).await.fails(403, "permission.missing");
    bob.put_bytes("/admin/branding/icon", png(200, 1)).await.fails(403, "permission.missing");
    bob.delete("/admin/branding/icon").await.fails(403, "permission.missing");
    bob.put_bytes("/admin/branding/emoji/cat", png(20, 1)).await.fails(403, "permission.missing");
    bob.delete("/admin/branding/emoji/cat").await.fails(403, "permission.missing");
    node.nobody().get("/branding/emoji").await.fails(401, "auth.signed_out");
    let too_long = "x".repeat(20_001);
    let wrong = [
        json!({ "name": "" }),
        json!({ "accent": "teal" }),
        json!({ "accent_dark": "#12" }),
        json!({ "welcome": "x".repeat(2_001) }),
        json!({ "rules": too_long }),
        json!({ "css": "x".repeat(64 * 1024 + 1) }),
        json!({ "colour": "#123456" }),
    ];
    for change in wrong {
        root.patch("/admin/branding", change).await.fails(422, "request.invalid");
    }
    root.patch("/admin/branding", json!({ "css": "x".repeat(600_000) })).await.fails(413, "request.too_large");
    for (path, bytes) in
        [("icon", b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec()), ("icon", png(100, 1)), ("emoji/cat", b"<svg/>".to_vec())]
    {
        root.put_bytes(&format!("/admin/branding/{path}"), bytes).await.fails(422, "picture.invalid");
    }
    root.put_bytes("/admin/branding/icon", vec![0; 4 * 1024 * 1024 + 1]).await.fails(413, "request.too_large");
    root.put_bytes("/admin/branding/emoji/cat", vec![0; 256 * 1024 + 1]).await.fails(413, "request.too_large");
    for name in ["C", "Cat", "c%2Ft", "c.t"] {
        root.put_bytes(&format!("/admin/branding/emoji/{name}"), png(20, 1)).await.fails(422, "request.invalid");
    }
    root.delete("/admin/branding/emoji/cat").await.fails(404, "not_found");
    root.get("/admin/branding/palette?accent=blue").await.fails(422, "request.invalid");
    let palette = root.get("/admin/branding/palette?accent=%23ffee00&accent_dark=%23ffee00").await.ok();
    assert_eq!((&palette["light"]["is_moved"], &palette["dark"]["is_moved"]), (&json!(true), &json!(false)));
    let lines = root.get("/admin/audit?log=admin&kind=branding.changed").await.ok();
    assert!(lines["lines"].as_array().unwrap().is_empty(), "nothing was changed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_icon_is_served_in_all_its_sizes_and_outlives_a_restart() {
    let mut node = TestNode::start().await;
    let root = node.admin("root").await;
    let sizes = [("apple-180", 180), ("icon-192", 192), ("icon-512", 512), ("maskable-512", 512)];
    root.put_bytes("/admin/branding/icon", picture(400, 300, 200, ImageFormat::Jpeg)).await.ok();
    for round in 0..2 {
        for (name, side) in sizes {
            let path = format!("/icons/{name}.png");
            let (status, kind, tag, bytes) = file(&node, &path, None).await;
            let drawn = image::load_from_memory(&bytes).unwrap().to_rgba8();
            assert_eq!((status, kind.as_str(), drawn.width(), drawn.height()), (200, "image/png", side, side), "{path}");
            let middle = drawn.get_pixel(side / 2, side / 2).0;
            assert!(middle[0] > 150 && middle[1] < 80, "{path}: {middle:?}");
            assert_eq!(file(&node, &path, Some(&tag)).await.0, 304);
        }
        let (_, kind, _, favicon) = file(&node, "/favicon.svg", None).await;
        assert!(kind == "image/svg+xml" && String::from_utf8(favicon).unwrap().contains("data:image/png;base64,"), "{kind}");
        if round == 0 {
            node.restart().await;
        }
    }
    let storage = root.get("/admin/storage").await.ok();
    assert_eq!(storage["kinds"][0]["kind"], "instance_icon", "it counts: {}", storage["kinds"]);
    let back = root.delete("/admin/branding/icon").await.ok();
    assert_eq!(back["icon"], json!({ "url": null, "origin": "default" }));
    assert_eq!(root.get("/admin/storage").await.ok()["kinds"], json!([]));
    // Snug's own mark in the instance's colour
    root.patch("/admin/branding", json!({ "accent": "#aa1155" })).await.ok();
    assert!(text(&node, "/favicon.svg").await.contains("fill=\"#aa1155\""));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_folder_is_followed_and_what_is_wrong_in_it_is_said() {
    let node = TestNode::start().await;
    let root = node.admin("root").await;
    let folder = folder(&node);
    assert!(folder.join("emoji").is_dir(), "made, so that operators find it");
    write(&folder, "branding.toml", "name = \"Garden\"\naccent = \"#204080\"\n");
    write(&folder, "welcome.md", "\u{feff}# Hello\r\n");
    write(&folder, "rules.md", "Be kind.");
    write(&folder, "custom.css", "a { color: red }");
    write(&folder, "icon.png", png(256, 90));
    write(&folder, "emoji/cat.png", png(64, 90));
    let now = until(&root, |now| now["emoji"].as_array().is_some_and(|all| !all.is_empty())).await;
    assert_eq!(problems(&now), []);
    assert_eq!(now["name"], json!({ "value": "Garden", "origin": "folder", "otherwise": "Garden" }));
    assert_eq!((&now["welcome"]["value"], &now["icon"]["origin"]), (&json!("# Hello"), &json!("folder")));
    assert_eq!(node.nobody().get("/instance").await.ok()["name"], "Garden");
    assert_eq!(text(&node, "/custom.css").await, "a { color: red }");
    // what is chosen goes over it, and back
    let chosen = root.patch("/admin/branding", json!({ "name": "Harbour", "welcome": "", "accent": "#802040" })).await.ok();
    assert_eq!(chosen["name"], json!({ "value": "Harbour", "origin": "chosen", "otherwise": "Garden" }));
    assert_eq!(chosen["welcome"], json!({ "value": null, "origin": "chosen", "otherwise": "# Hello" }), "chosen to be nothing");
    let back = root.patch("/admin/branding", json!({ "name": null, "welcome": null, "accent": null })).await.ok();
    assert_eq!((&back["name"]["value"], &back["accent"]["value"]), (&json!("Garden"), &json!("#204080")));
    // a file that is broken leaves out itself alone
    let outside = folder.parent().unwrap().join("outside.md");
    std::fs::write(&outside, "Secrets").unwrap();
    std::fs::remove_file(folder.join("rules.md")).unwrap();
    std::os::unix::fs::symlink(&outside, folder.join("rules.md")).unwrap();
    write(&folder, "branding.toml", "name = \"Garden\"\naccent = \"teal\"\n");
    write(&folder, "welcome.md", b"\xff\xfe");
    write(&folder, "custom.css", "a".repeat(70_000));
    write(&folder, "icon.svg", "<svg/>");
    write(&folder, "emoji/Cat Two.png", png(64, 1));
    write(&folder, "emoji/dog.gif", "no picture");
    write(&folder, "emoji/big.png", vec![0; 300 * 1024]);
    let now = until(&root, |now| problems(now).len() == 8).await;
    let expected = [
        ("branding.toml", "accent: must be a colour like #1a6866."),
        ("welcome.md", "is not UTF-8. Save it as UTF-8."),
        ("rules.md", "leads out of the folder. Put the file itself there."),
        ("custom.css", "css: may have at most 65536 bytes; it has 70000."),
        ("icon.svg", "this kind of icon is not accepted. Use icon.png, icon.webp or icon.jpg."),
        ("emoji/Cat Two.png", "its name: must have 2 to 32 characters: letters a to z, digits, and the signs _ -. Rename it."),
        ("emoji/big.png", "is larger than 256 KiB. Make it smaller."),
        ("emoji/dog.gif", "This file can't be read as a picture. Choose a PNG, WebP or GIF file."),
    ];
    assert_eq!(problems(&now), expected.map(|(file, problem)| (file.to_owned(), problem.to_owned())));
    assert_eq!((&now["icon"]["origin"], now["emoji"].as_array().unwrap().len()), (&json!("folder"), 1), "the rest holds");
    assert_eq!(now["rules"]["value"], Value::Null);
    // set right again, live
    write(&folder, "branding.toml", "accent = \"#008040\"\n");
    let now = until(&root, |now| now["accent"]["value"] == "#008040").await;
    assert_eq!(problems(&now).len(), 7);
    root.delete("/admin/branding/emoji/cat").await.fails(404, "not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_was_named_has_to_be_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("look");
    let named = path.clone();
    let node = TestNode::start_with(|config| config.branding.folder = Some(named)).await;
    let root = node.admin("root").await;
    let now = root.get("/admin/branding").await.ok();
    assert_eq!(problems(&now).len(), 1, "{now}");
    assert!(!path.exists(), "only the usual one is made");
    assert_eq!(now["folder"], path.display().to_string());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn emoji_are_written_reacted_with_and_deleted() {
    let node = TestNode::start().await;
    let (ann, bob, _, room) = node.ann_and_bob().await;
    let root = node.admin("root").await;
    write(&folder(&node), "emoji/dog.webp", picture(32, 32, 50, ImageFormat::WebP));
    until(&root, |now| now["emoji"].as_array().is_some_and(|all| !all.is_empty())).await;
    root.put_bytes("/admin/branding/emoji/cat", picture(300, 200, 200, ImageFormat::WebP)).await.ok();
    let listed = bob.get("/branding/emoji").await.ok();
    let names: Vec<&Value> = listed["emoji"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["cat", "dog"]);
    for one in listed["emoji"].as_array().unwrap() {
        let (status, kind, _, bytes) = file(&node, one["url"].as_str().unwrap(), None).await;
        assert_eq!((status, kind.as_str()), (200, "image/png"), "drawn anew");
        assert!(image::load_from_memory(&bytes).unwrap().width() <= 128);
    }
    assert_eq!(file(&node, "/api/v1/branding/emoji/nonsense", None).await.0, 404);
    // other content of the node is not found there
    let picture = ann.put_bytes("/users/me/picture", png(40, 3)).await.ok()["user"]["picture"].as_str().unwrap().to_owned();
    assert_eq!(file(&node, &picture.replace("/pictures/", "/branding/emoji/"), None).await.0, 404);

    let message = id(&ann.say(&room, "good :cat:").await);
    let reactions = format!("/messages/{message}/react");
    for emoji in [":cat:", ":dog:"] {
        bob.post(&reactions, json!({ "emoji": emoji })).await.ok();
    }
    for wrong in [":mouse:", ":Cat:", "cat", ":c:", "::"] {
        bob.post(&reactions, json!({ "emoji": wrong })).await.fails(422, "request.invalid");
    }
    root.delete("/admin/branding/emoji/cat").await.ok();
    ann.post(&reactions, json!({ "emoji": ":cat:" })).await.fails(422, "request.invalid");
    let shown = ann.get(&format!("/messages/{message}")).await.ok();
    assert_eq!(shown["reactions"].as_array().unwrap().len(), 2, "it stays, as a text");
    bob.delete(&format!("{reactions}?emoji=:cat:")).await.ok();
    // replaced by one of that name, and of both places the stored one is shown
    root.put_bytes("/admin/branding/emoji/dog", png(20, 7)).await.ok();
    root.put_bytes("/admin/branding/emoji/dog", png(20, 8)).await.ok();
    let dog = &root.get("/admin/branding").await.ok()["emoji"][0];
    assert_eq!((&dog["name"], &dog["origin"]), (&json!("dog"), &json!("chosen")));
    let audit = root.get("/admin/audit?log=admin").await.ok();
    let kinds: Vec<&str> = audit["lines"].as_array().unwrap().iter().map(|line| line["kind"].as_str().unwrap()).take(4).collect();
    assert_eq!(kinds, ["emoji.added", "emoji.added", "emoji.deleted", "emoji.added"]);
    let back = root.delete("/admin/branding/emoji/dog").await.ok();
    assert_eq!(back["emoji"][0]["origin"], "folder", "the folder's is there again");
}

#[tokio::test]
async fn the_terminal_shows_and_takes_back() {
    let data = tempfile::tempdir().unwrap();
    let data = data.path();
    let node = Running::start(data, &["--plain-http"]);
    write(&data.join("branding"), "branding.toml", "name = \"Garden\"\n");
    write(&data.join("branding"), "welcome.svg", "");
    write(&data.join("branding"), "icon.svg", "<svg/>");
    for _ in 0..100 {
        if cli::said(data, &["branding", "show"]).contains("Garden") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let shown = cli::said(data, &["branding", "show"]);
    assert!(shown.contains("the folder") && shown.contains("Left out: icon.svg"), "{shown}");
    // by the running node
    let shown = cli::said(data, &["branding", "reset", "css"]);
    assert!(shown.contains("Style sheet"), "{shown}");
    drop(node);
    // and on the data alone
    let shown = cli::said(data, &["branding", "reset", "all"]);
    assert!(shown.contains("Garden"), "{shown}");
    let refused = cli::run(data, &["branding", "reset", "nonsense"]);
    assert!(!refused.status.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_chosen_is_taken_back_at_once_by_the_operator() {
    use snug_accounts::audit::Actor;
    use snug_branding::change::{self, Part};
    let node = TestNode::start().await;
    let root = node.admin("root").await;
    root.patch("/admin/branding", json!({ "name": "Harbour", "accent": "#802040", "css": "* { display: none }" })).await.ok();
    root.put_bytes("/admin/branding/icon", png(200, 1)).await.ok();
    root.put_bytes("/admin/branding/emoji/cat", png(20, 1)).await.ok();
    change::reset(&node.node.branding, Actor::operator(), Part::Css).await.unwrap();
    let now = root.get("/admin/branding").await.ok();
    assert_eq!((&now["css"]["origin"], &now["name"]["origin"]), (&json!("default"), &json!("chosen")));
    change::reset(&node.node.branding, Actor::operator(), Part::All).await.unwrap();
    let now = root.get("/admin/branding").await.ok();
    for part in ["name", "accent", "icon"] {
        assert_eq!(now[part]["origin"], "default", "{part}");
    }
    assert_eq!(now["emoji"], json!([]));
    assert_eq!(root.get("/admin/storage").await.ok()["kinds"], json!([]), "nothing is kept of it");
}

#[test]
fn a_backup_has_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let (data, copy, backup) = (folder.path().join("data"), folder.path().join("copy"), folder.path().join("saved"));
    let mut node = Running::start(&data, &["--plain-http"]);
    let own = data.join("branding");
    write(&own, "branding.toml", "name = \"Harbour\"\n");
    write(&own, "emoji/boat.png", png(64, 200));
    write(&own, "emoji/not a name.png", png(64, 200));
    std::os::unix::fs::symlink("/etc/hostname", own.join("rules.md")).unwrap();
    assert!(cli::run(&data, &["backup", "--unencrypted", backup.to_str().unwrap()]).status.success());
    node.stop();
    assert!(cli::run(&copy, &["restore", backup.to_str().unwrap()]).status.success());
    let restored = copy.join("branding");
    assert_eq!(std::fs::read(restored.join("branding.toml")).unwrap(), std::fs::read(own.join("branding.toml")).unwrap());
    assert_eq!(std::fs::read(restored.join("emoji/boat.png")).unwrap(), png(64, 200));
    assert!(!restored.join("rules.md").exists() && !restored.join("emoji/not a name.png").exists());
}

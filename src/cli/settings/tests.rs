use super::*;

fn load_text(text: &str, environment: &[(&str, &str)]) -> Result<Config> {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("snug.toml"), text).expect("a file");
    let options = Options { data: Some(folder.path().into()), ..Options::default() };
    load_with(&options, environment.iter().map(|(n, v)| (OsString::from(n), OsString::from(v))).collect()).map(|s| s.config)
}

fn complaint(text: &str, environment: &[(&str, &str)]) -> String {
    load_text(text, environment).expect_err("is refused").detail
}

#[test]
fn the_environment_goes_over_the_file_and_flags_over_both() {
    let text = "[node]\nlisten = [\"127.0.0.1:1000\"]\npublic_url = \"https://a.example\"\n[limits]\nread_per_minute = 7\n";
    let config = load_text(
        text,
        &[("SNUG_NODE_LISTEN", "127.0.0.1:2000, [::1]:2000"), ("SNUG_DATABASE_READERS", "3"), ("SNUG_NODE_PLAIN_HTTP", "true")],
    )
    .expect("valid");
    assert_eq!(config.node.listen.len(), 2);
    assert_eq!(config.node.listen[0].port(), 2000);
    assert_eq!((config.limits.read_per_minute, config.database.readers), (7, Some(3)));

    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("snug.toml"), text).expect("a file");
    let mut options = Options { data: Some(folder.path().into()), ..Options::default() };
    options.serve.listen = vec!["127.0.0.1:3000".parse().expect("an address")];
    let settings = load_with(&options, vec![("SNUG_NODE_LISTEN".into(), "127.0.0.1:2000".into())]).expect("valid");
    assert_eq!(settings.config.node.listen[0].port(), 3000);
    assert_eq!(settings.config.node.data, folder.path());
}

#[test]
fn an_unknown_key_is_named_with_its_line_and_the_nearest_one() {
    let text = complaint("[node]\n\nlisen = []\n", &[]);
    assert!(text.contains("snug.toml, line 3: unknown key node.lisen. Did you mean node.listen?"), "{text}");
    let text = complaint("[acounts]\nregistration = \"open\"\n", &[]);
    assert!(text.contains("line 1: unknown section [acounts]. Did you mean [accounts]?"), "{text}");
    let text = complaint("", &[("SNUG_NODE_LISTN", "127.0.0.1:1")]);
    assert!(text.contains("SNUG_NODE_LISTN is not known. Did you mean SNUG_NODE_LISTEN?"), "{text}");
}

#[test]
fn a_wrong_value_is_named_with_its_place() {
    let text = complaint("[limits]\nread_per_minute = \"many\"\n", &[]);
    assert!(text.contains("line 2") && text.contains("invalid type"), "{text}");
    let text = complaint("[accounts]\nregistration = \"sometimes\"\n", &[]);
    assert!(text.contains("line 2") && text.contains("sometimes") && text.contains("invite"), "{text}");
    let text = complaint("", &[("SNUG_DATABASE_READERS", "some")]);
    assert!(text.contains("SNUG_DATABASE_READERS must be a whole number"), "{text}");
    let text = complaint("[node]\nplain_http = true\nlisten = [\"0.0.0.0:80\"]", &[]);
    assert!(text.contains("loopback"), "{text}");
    let text = complaint("[node]\npublic_url = \"chat.example.org\"", &[]);
    assert!(text.contains("node.public_url"), "{text}");
    let text = complaint("[node]\nnames = [\"chat.example.org\", \"no name\"]", &[]);
    assert!(text.contains("\"no name\" is neither"), "{text}");
    let text = complaint("[database]\nurl = \"postgres://localhost/snug\"\nencrypted = true", &[]);
    assert!(text.contains("database.encrypted: is for SQLite"), "{text}");
}

#[test]
fn certificates_come_from_one_place() {
    for (text, expected) in [
        ("[tls]\ncertificate = \"c.pem\"", "tls.key: is missing"),
        ("[tls]\nkey = \"k.pem\"", "tls.certificate: is missing"),
        ("[tls]\ncertificate = \"c.pem\"\nkey = \"k.pem\"\n[acme]\ndomains = [\"a.example.org\"]", "exclude each other"),
        ("[acme]\ndomains = [\"localhost\"]", "\"localhost\" is no name that an authority can check"),
        ("[acme]\ndomains = [\"192.0.2.1\"]", "is no name that an authority can check"),
        ("[acme]\ndomains = [\"a.example.org\"]\nemail = \"nobody\"", "acme.email"),
        ("[acme]\ndomains = [\"a.example.org\"]\ndirectory = \"http://ca.example.org\"", "acme.directory: must begin with https://"),
        ("[acme]\ndomains = [\"a.example.org\"]\nchallenge = \"dns-01\"", "tls-alpn-01"),
        ("[node]\nplain_http = true\nlisten = [\"127.0.0.1:80\"]\n[acme]\ndomains = [\"a.example.org\"]", "the proxy in front"),
    ] {
        let complaint = complaint(text, &[]);
        assert!(complaint.contains(expected), "{text}: {complaint}");
    }
}

#[test]
fn other_variables_of_ours_are_left_alone() {
    load_text("", &[("SNUG_SKIP_UI", "1"), ("SNUG_TEST_POSTGRES", "postgres://"), ("PATH", "/bin")]).expect("valid");
}

#[test]
fn the_example_has_every_key_and_is_valid() {
    let example = example::text();
    load_text(&example, &[]).expect("valid as it is");
    let uncommented: String = example
        .lines()
        .map(|line| if line.starts_with('#') && !line.starts_with("# ") { format!("{}\n", &line[1..]) } else { format!("{line}\n") })
        .collect();
    let table: Table = toml::from_str(&uncommented).expect("TOML");
    let shown: Vec<String> = table
        .iter()
        .flat_map(|(section, keys)| keys.as_table().into_iter().flat_map(move |t| t.keys().map(move |k| format!("{section}.{k}"))))
        .collect();
    let defaults = serde_json::to_value(Config::default()).expect("JSON");
    for (section, keys) in defaults.as_object().expect("sections") {
        for key in keys.as_object().expect("keys").keys() {
            assert!(shown.contains(&format!("{section}.{key}")), "{section}.{key} is not in the example");
        }
    }
    assert!(keys::all().iter().all(|key| !key.about.is_empty()), "every key has a description");
}

#[test]
fn the_packaged_example_is_fresh() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/packaging/snug.toml");
    let text = std::fs::read_to_string(path).expect("packaging/snug.toml");
    assert!(text == example::text(), "run: cargo run -- config example > packaging/snug.toml");
}

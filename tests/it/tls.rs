//! HTTPS with the node's own authority: trusted by whoever trusts that, on every port, renewed by itself.
use crate::support::TestNode;
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use rustls::{ClientConfig, RootCertStore};
use snug::http::listen::{self, Listeners};
use snug::tls::Tls;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

struct Secure {
    node: TestNode,
    tls: Arc<Tls>,
    address: SocketAddr,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    served: Option<tokio::task::JoinHandle<snug_base::Result<()>>>,
}

async fn start() -> Secure {
    start_with(|_| {}).await
}

async fn start_with(change: impl FnOnce(&mut snug_base::Config)) -> Secure {
    let node = TestNode::start_with(|config| {
        config.node.listen = vec!["127.0.0.1:0".parse().unwrap()];
        change(config);
    })
    .await;
    let tls = Arc::new(Tls::open(&node.node.app).await.unwrap());
    let listeners = Listeners::bind(&node.node.app.config.node).unwrap();
    let address = listeners.addresses()[0];
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let (served_node, served_tls) = (node.node.clone(), tls.clone());
    let served = tokio::spawn(async move {
        listen::serve(&served_node, listeners, Some(served_tls), async {
            let _ = stopped.await;
        })
        .await
    });
    Secure { node, tls, address, stop: Some(stop), served: Some(served) }
}

fn client(tls: &Tls, protocols: &[&str]) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(tls.authority_pem().as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|p| p.as_bytes().to_vec()).collect();
    TlsConnector::from(Arc::new(config))
}

async fn connect(secure: &Secure, name: &str, protocols: &[&str]) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(secure.address).await.unwrap();
    client(&secure.tls, protocols).connect(ServerName::try_from(name.to_owned()).unwrap(), stream).await
}

async fn ask(mut stream: impl AsyncRead + AsyncWrite + Unpin, path: &str, host: &str) -> String {
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await; // a peer that closes without a farewell has said all
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn whoever_trusts_the_authority_is_served_under_every_name_of_the_machine() {
    let secure = start().await;
    for name in ["localhost", "127.0.0.1", "::1"] {
        let stream = connect(&secure, name, &["http/1.1"]).await.unwrap();
        assert!(ask(stream, "/healthz", "localhost").await.starts_with("HTTP/1.1 200"), "{name}");
    }
    assert!(connect(&secure, "example.org", &[]).await.is_err());
    let names = secure.tls.names();
    assert!(names.iter().any(|name| name.ends_with(".local") || name == "localhost"), "{names:?}");
}

#[tokio::test]
async fn http_2_is_offered() {
    let secure = start().await;
    let stream = connect(&secure, "localhost", &["h2", "http/1.1"]).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
}

#[tokio::test]
async fn nobody_else_can_be_vouched_for_by_the_authority() {
    let secure = start().await;
    let authority = String::from_utf8_lossy(&secure.tls.authority_der().unwrap()).into_owned();
    assert!(authority.contains("localhost") && authority.contains("local"));
    // OID 2.5.29.30: name constraints
    assert!(secure.tls.authority_der().unwrap().windows(5).any(|w| w == [0x06, 0x03, 0x55, 0x1d, 0x1e]));
}

#[tokio::test]
async fn plain_http_on_the_same_port_is_sent_on_to_https() {
    let secure = start().await;
    let host = format!("localhost:{}", secure.address.port());
    let answer = ask(TcpStream::connect(secure.address).await.unwrap(), "/s/1?x=2", &host).await;
    assert!(answer.starts_with("HTTP/1.1 307"), "{answer}");
    assert!(answer.contains(&format!("location: https://{host}/s/1?x=2\r\n")), "{answer}");
    let nowhere = ask(TcpStream::connect(secure.address).await.unwrap(), "/", "user@evil/").await;
    assert!(nowhere.starts_with("HTTP/1.1 400"), "{nowhere}");
}

#[tokio::test]
async fn the_way_to_trust_is_shown_before_there_is_trust() {
    let secure = start().await;
    let page = ask(TcpStream::connect(secure.address).await.unwrap(), "/trust", "localhost").await;
    assert!(page.starts_with("HTTP/1.1 200") && page.contains(&secure.tls.fingerprint().unwrap()), "{page}");
    assert!(!page.contains("{{") && !page.contains("<script>") && !page.contains("style="), "{page}");
    for platform in ["Windows", "macOS", "iPhone", "Android", "Linux", "Firefox"] {
        assert!(page.contains(platform), "{platform}");
    }
    let stream = connect(&secure, "localhost", &["http/1.1"]).await.unwrap();
    let certificate = ask(stream, "/ca.crt", "localhost").await;
    assert!(certificate.contains("content-type: application/x-x509-ca-cert"));
}

#[tokio::test]
async fn the_certificate_is_renewed_by_itself_and_the_authority_stays() {
    let secure = start().await;
    let (expires, fingerprint) = (secure.tls.expires_at(), secure.tls.fingerprint().unwrap());
    assert!(!secure.tls.renew().await.unwrap());
    secure.node.clock.advance(59 * 24 * 3_600_000);
    assert!(!secure.tls.renew().await.unwrap());
    secure.node.clock.advance(2 * 24 * 3_600_000);
    assert!(secure.tls.renew().await.unwrap());
    assert!(secure.tls.expires_at() > expires);
    assert_eq!(secure.tls.fingerprint().unwrap(), fingerprint);
    let again = Tls::open(&secure.node.node.app).await.unwrap();
    assert_eq!((again.fingerprint().unwrap(), again.expires_at()), (fingerprint, secure.tls.expires_at()));
}

#[tokio::test]
async fn keys_do_not_lie_open_in_the_data_folder() {
    let secure = start().await;
    let data = &secure.node.node.app.config.node.data;
    let shared = std::fs::read_to_string(data.join("tls/ca.crt")).unwrap();
    assert!(shared.contains("BEGIN CERTIFICATE") && !shared.contains("PRIVATE KEY"));
    for name in ["tls/authority", "tls/certificate"] {
        let stored = snug_base::secrets::load(&secure.node.node.app, name).await.unwrap().unwrap();
        let key: Vec<u8> = serde_json::from_slice::<serde_json::Value>(&stored).unwrap()["key"]
            .as_array()
            .unwrap()
            .iter()
            .map(|byte| u8::try_from(byte.as_u64().unwrap()).unwrap())
            .collect();
        for file in ["snug.db", "snug.db-wal", "tls/ca.crt"] {
            let bytes = std::fs::read(data.join(file)).unwrap_or_default();
            assert!(!bytes.windows(key.len()).any(|window| window == key), "{name} in {file}");
        }
    }
}

#[tokio::test]
async fn a_connection_that_says_nothing_does_not_hold_up_the_end() {
    let mut secure = start().await;
    let silent = TcpStream::connect(secure.address).await.unwrap();
    let idle = connect(&secure, "localhost", &["http/1.1"]).await.unwrap();
    secure.stop.take().unwrap().send(()).unwrap();
    let ended = tokio::time::timeout(std::time::Duration::from_secs(5), secure.served.take().unwrap()).await;
    ended.unwrap().unwrap().unwrap();
    drop((silent, idle));
}

#[tokio::test]
async fn the_authority_comes_in_the_forms_that_platforms_import() {
    let secure = start_with(|config| config.accounts.instance_name = Some("Tea & Cake".to_owned())).await;
    let get = async |path: &str| ask(connect(&secure, "localhost", &["http/1.1"]).await.unwrap(), path, "localhost").await;
    assert!(get("/trust/snug-ca.pem").await.contains(secure.tls.authority_pem()));
    let profile = get("/trust/snug.mobileconfig").await;
    assert!(profile.contains("application/x-apple-aspen-config") && profile.contains("Trust Tea &amp; Cake"), "{profile}");
    let certificate = profile.split_once("<data>").unwrap().1.split_once("</data>").unwrap().0;
    use base64::Engine;
    assert_eq!(base64::prelude::BASE64_STANDARD.decode(certificate).unwrap(), secure.tls.authority_der().unwrap());
    let again = get("/trust/snug.mobileconfig").await;
    assert_eq!(again.split_once("<dict>").unwrap().1, profile.split_once("<dict>").unwrap().1, "it is the same each time");
    assert!(!profile.contains("{{"), "{profile}");
}

/// A certificate for one name, as its own authority, with its key; both PEM.
fn pair(name: &str) -> (String, String) {
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap().self_signed(&key).unwrap();
    (certificate.pem(), key.serialize_pem())
}

/// As certbot keeps them: files with numbers, and links that lead to the newest.
fn put(folder: &std::path::Path, number: u32, (certificate, key): (&str, &str)) {
    for (name, text) in [("fullchain", certificate), ("privkey", key)] {
        let file = folder.join(format!("archive/{name}{number}.pem"));
        std::fs::write(&file, text).unwrap();
        let link = folder.join(format!("live/{name}.pem"));
        let _ = std::fs::remove_file(&link);
        std::os::unix::fs::symlink(file, link).unwrap();
    }
}

/// The certificate that is shown for a name, as DER.
async fn shown(secure: &Secure, name: &str) -> Vec<u8> {
    let stream = TcpStream::connect(secure.address).await.unwrap();
    let stream = anything().connect(ServerName::try_from(name.to_owned()).unwrap(), stream).await.unwrap();
    stream.get_ref().1.peer_certificates().unwrap()[0].to_vec()
}

fn der(pem: &str) -> Vec<u8> {
    CertificateDer::from_pem_slice(pem.as_bytes()).unwrap().to_vec()
}

#[tokio::test]
async fn certificate_files_are_shown_for_their_names_and_read_again_when_they_change() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("live")).unwrap();
    std::fs::create_dir(folder.path().join("archive")).unwrap();
    let (first, first_key) = pair("chat.example.org");
    put(folder.path(), 1, (&first, &first_key));
    let live = folder.path().join("live");
    let secure = start_with(|config| {
        config.tls.certificate = Some(live.join("fullchain.pem"));
        config.tls.key = Some(live.join("privkey.pem"));
    })
    .await;
    assert_eq!(shown(&secure, "chat.example.org").await, der(&first));
    assert_eq!(shown(&secure, "CHAT.example.org").await, der(&first));
    // other names get the node's own, which devices that trust it still accept
    assert!(connect(&secure, "localhost", &[]).await.is_ok());
    assert!(connect(&secure, "127.0.0.1", &[]).await.is_ok());
    let told = secure.tls.certificates();
    assert_eq!((told.len(), told[0].problem.as_ref()), (2, None));
    assert_eq!(told[0].names.iter().collect::<Vec<_>>(), ["chat.example.org"]);

    // a key of another certificate changes nothing but what the operator is told
    let (second, second_key) = pair("chat.example.org");
    put(folder.path(), 2, (&second, &first_key));
    until(|| secure.tls.certificates()[0].problem.is_some()).await;
    assert!(secure.tls.certificates()[0].problem.as_deref().unwrap().contains("belongs to another certificate"));
    assert_eq!(shown(&secure, "chat.example.org").await, der(&first));

    put(folder.path(), 3, (&second, &second_key));
    until(|| secure.tls.certificates()[0].problem.is_none()).await;
    assert_eq!(shown(&secure, "chat.example.org").await, der(&second));
}

#[tokio::test]
async fn a_pair_that_can_not_be_used_is_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let ((certificate, _), (_, other)) = (pair("chat.example.org"), pair("chat.example.org"));
    let (certificate_file, key_file) = (folder.path().join("c.pem"), folder.path().join("k.pem"));
    std::fs::write(&certificate_file, certificate).unwrap();
    let node = TestNode::start_with(|config| {
        config.tls.certificate = Some(certificate_file.clone());
        config.tls.key = Some(key_file.clone());
    })
    .await;
    let refused = |what: Option<&str>| {
        if let Some(text) = what {
            std::fs::write(&key_file, text).unwrap();
        }
        Tls::open(&node.node.app)
    };
    for (text, expected) in
        [(None, "k.pem can't be read"), (Some("nonsense"), "must be PEM"), (Some(other.as_str()), "another certificate")]
    {
        let detail = refused(text).await.err().unwrap().detail;
        assert!(detail.contains(expected) && detail.contains("tls.key"), "{detail}");
    }
}

async fn until(mut is_so: impl FnMut() -> bool) {
    for _ in 0..200 {
        if is_so() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("it did not happen within ten seconds");
}

/// A client that takes every certificate, to see which one it gets.
pub fn anything() -> TlsConnector {
    TlsConnector::from(Arc::new(snug_client::trust::unverified().unwrap()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn administrators_see_the_certificates_and_renew_the_node_s_own() {
    let secure = start().await;
    let (ann, bob) = (secure.node.admin("ann").await, secure.node.user("bob").await);
    let before = ann.get("/admin/certificates").await.ok();
    assert_eq!((&before["mode"], &before["trust_path"]), (&"own".into(), &"/trust".into()));
    assert_eq!(before["fingerprint"], secure.tls.fingerprint().unwrap());
    let own = &before["certificates"][0];
    assert!(own["issuer"].as_str().unwrap().starts_with("Snug on "), "{own}");
    assert!(own["names"].as_array().unwrap().contains(&"localhost".into()), "{own}");
    assert!(own["renews_at"].as_i64() < own["expires_at"].as_i64() && own["issued_at"].as_i64() < own["renews_at"].as_i64(), "{own}");
    let first = shown(&secure, "localhost").await;
    secure.node.clock.advance(60_000);
    let after = ann.post("/admin/certificates/own/renew", serde_json::json!({})).await.ok();
    assert!(after["certificates"][0]["expires_at"].as_i64() > own["expires_at"].as_i64(), "{after}");
    assert_eq!(after["fingerprint"], before["fingerprint"], "devices need not trust anything anew");
    assert_ne!(shown(&secure, "localhost").await, first);
    assert!(connect(&secure, "localhost", &[]).await.is_ok());
    let log = ann.get("/admin/audit?kind=certificate.renewed").await.ok();
    assert_eq!((&log["lines"][0]["target"], &log["lines"][0]["actor"]), (&"own".into(), &"ann".into()));
    for wrong in ["acme", "files"] {
        ann.post(&format!("/admin/certificates/{wrong}/renew"), serde_json::json!({})).await.fails(404, "not_found");
    }
    bob.get("/admin/certificates").await.fails(403, "permission.missing");
    bob.post("/admin/certificates/own/renew", serde_json::json!({})).await.fails(403, "permission.missing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_a_proxy_there_is_no_certificate_to_renew() {
    let node = TestNode::start().await;
    let ann = node.admin("ann").await;
    let told = ann.get("/admin/certificates").await.ok();
    assert_eq!(told, serde_json::json!({ "mode": "proxy", "certificates": [], "fingerprint": null, "trust_path": null }));
    ann.post("/admin/certificates/own/renew", serde_json::json!({})).await.fails(404, "not_found");
    ann.post("/admin/certificates/nonsense/renew", serde_json::json!({})).await.fails(404, "not_found");
}

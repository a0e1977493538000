//! Certificates from a public authority, against Pebble, Let's Encrypt's authority for tests.
use crate::support::{TestNode, free_port};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::ServerName;
use snug::http::listen::{self, Listeners};
use snug::tls::{Certificate, Source, Tls};
use snug_base::Config;
use snug_base::config::AcmeChallenge;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

const NAME: &str = "chat.snug.test";
const LIFE_S: i64 = 90 * 24 * 3_600;

/// The authority with the name server that it asks. Every name leads to this machine.
struct Pebble {
    folder: tempfile::TempDir,
    port: u16,
    programs: Vec<Child>,
}

impl Drop for Pebble {
    fn drop(&mut self) {
        for program in &mut self.programs {
            let _ = program.kill();
            let _ = program.wait();
        }
    }
}

impl Pebble {
    /// Checks names on these ports.
    async fn start(http_port: u16, tls_port: u16) -> Pebble {
        let folder = tempfile::tempdir().unwrap();
        let (port, manage, dns, dns_manage) = (free_port(), free_port(), free_port(), free_port());
        write_certificates(folder.path());
        let config = serde_json::json!({ "pebble": {
            "listenAddress": format!("127.0.0.1:{port}"),
            "managementListenAddress": format!("127.0.0.1:{manage}"),
            "certificate": folder.path().join("cert.pem"),
            "privateKey": folder.path().join("key.pem"),
            "httpPort": http_port,
            "tlsPort": tls_port,
            "ocspResponderURL": "",
            "externalAccountBindingRequired": false,
            "certificateValidityPeriod": LIFE_S,
        }});
        let file = folder.path().join("pebble.json");
        std::fs::write(&file, config.to_string()).unwrap();
        let run = |program: &str, arguments: &[&str]| {
            Command::new(program)
                .args(arguments)
                .env("PEBBLE_VA_NOSLEEP", "1")
                .env("PEBBLE_WFE_NONCEREJECT", "0")
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap_or_else(|e| {
                    panic!("{program} can't be run ({e}): it is in Debian's package pebble, which scripts/test.sh installs")
                })
        };
        let dns_server = format!("127.0.0.1:{dns}");
        let names = run(
            "pebble-challtestsrv",
            &[
                "-defaultIPv4",
                "127.0.0.1",
                "-defaultIPv6",
                "",
                "-dns01",
                &dns_server,
                "-http01",
                "",
                "-https01",
                "",
                "-tlsalpn01",
                "",
                "-management",
                &format!("127.0.0.1:{dns_manage}"),
            ],
        );
        let authority = run("pebble", &["-config", file.to_str().unwrap(), "-dnsserver", &dns_server]);
        let pebble = Pebble { folder, port, programs: vec![names, authority] };
        for _ in 0..200 {
            if TcpStream::connect(("127.0.0.1", port)).await.is_ok() && TcpStream::connect(("127.0.0.1", dns_manage)).await.is_ok() {
                return pebble;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("pebble did not start within ten seconds");
    }

    fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    fn configure(&self, config: &mut Config, challenge: AcmeChallenge) {
        config.acme.domains = vec![NAME.to_owned()];
        config.acme.email = Some("operator@snug.test".to_owned());
        config.acme.directory = Some(format!("https://127.0.0.1:{}/dir", self.port));
        config.acme.challenge = Some(challenge);
        config.acme.ca_file = Some(self.ca_file());
    }
}

/// For the authority's own HTTPS.
fn write_certificates(folder: &std::path::Path) {
    let ca_key = KeyPair::generate().unwrap();
    let mut ca = CertificateParams::default();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca_certificate = ca.self_signed(&ca_key).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().signed_by(&key, &Issuer::new(ca, ca_key)).unwrap();
    std::fs::write(folder.join("ca.pem"), ca_certificate.pem()).unwrap();
    std::fs::write(folder.join("cert.pem"), certificate.pem()).unwrap();
    std::fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
}

/// A node with TLS that is served until it is dropped.
struct Served {
    node: TestNode,
    tls: Arc<Tls>,
    address: SocketAddr,
    serving: JoinSet<()>,
}

async fn serve(port: u16, change: impl FnOnce(&mut Config)) -> Served {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let node = TestNode::start_with(|config| {
        config.node.listen = vec![address];
        change(config);
    })
    .await;
    serve_node(node, address).await
}

async fn serve_node(node: TestNode, address: SocketAddr) -> Served {
    let tls = Arc::new(Tls::open(&node.node.app).await.unwrap());
    let listeners = Listeners::bind(&node.node.app.config.node).unwrap();
    let (served_node, served_tls) = (node.node.clone(), tls.clone());
    let mut serving = JoinSet::new();
    serving.spawn(async move {
        let _ = listen::serve(&served_node, listeners, Some(served_tls), std::future::pending()).await;
    });
    Served { node, tls, address, serving }
}

impl Served {
    fn certificate(&self) -> Certificate {
        self.tls.certificates().into_iter().find(|certificate| certificate.source == Source::Acme).unwrap()
    }

    /// The certificate that somebody is shown who asks for the name.
    async fn shown(&self, name: &str) -> Vec<u8> {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let stream = crate::tls::anything().connect(ServerName::try_from(name.to_owned()).unwrap(), stream).await.unwrap();
        stream.get_ref().1.peer_certificates().unwrap()[0].to_vec()
    }

    /// Waits for what the node does by itself after the start.
    async fn until(&self, is_so: impl Fn(&Certificate) -> bool) -> Certificate {
        for _ in 0..600 {
            let certificate = self.certificate();
            if is_so(&certificate) {
                return certificate;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("it did not happen within thirty seconds: {:?}", self.certificate());
    }

    async fn restart(mut self, change: impl FnOnce(&mut Config)) -> Served {
        self.serving.shutdown().await;
        self.node.configure(change);
        self.node.restart().await;
        serve_node(self.node, self.address).await
    }
}

#[tokio::test]
async fn a_certificate_is_issued_over_tls_kept_over_a_restart_and_renewed() {
    let port = free_port();
    let pebble = Pebble::start(free_port(), port).await;
    let served = serve(port, |config| pebble.configure(config, AcmeChallenge::TlsAlpn01)).await;
    let issued = served.until(|certificate| certificate.expires_at.is_some()).await;
    assert_eq!((issued.names.contains(NAME), issued.names.len(), issued.problem), (true, 1, None));
    let first = served.shown(NAME).await;
    // other names get the node's own
    let own = served.shown("localhost").await;
    assert_ne!(first, own);
    assert_eq!(own, served.shown("other.snug.test").await);
    assert!(!served.tls.order().await.unwrap(), "it is young");

    let served = served.restart(|_| {}).await;
    assert_eq!(served.shown(NAME).await, first, "what was issued is kept");
    assert!(!served.tls.order().await.unwrap());

    served.node.node.app.clock.advance(LIFE_S * 1_000 / 3 * 2);
    assert!(served.tls.order().await.unwrap(), "{:?}", served.certificate());
    assert_ne!(served.shown(NAME).await, first);
    assert!(!served.tls.order().await.unwrap());
    assert!(served.certificate().expires_at >= issued.expires_at);
}

#[tokio::test]
async fn a_certificate_is_issued_over_plain_http_on_its_own_port() {
    let (port, http_port) = (free_port(), free_port());
    let pebble = Pebble::start(http_port, free_port()).await;
    let served = serve(port, |config| {
        pebble.configure(config, AcmeChallenge::Http01);
        config.node.http_listen = Some(SocketAddr::from(([127, 0, 0, 1], http_port)));
    })
    .await;
    served.until(|certificate| certificate.expires_at.is_some()).await;
    let answer = reqwest::get(format!("http://127.0.0.1:{http_port}/.well-known/acme-challenge/nothing")).await.unwrap();
    assert_eq!(answer.status(), 404);
}

#[tokio::test]
async fn a_check_that_fails_is_told_and_repeated_only_after_a_pause_which_a_restart_keeps() {
    let port = free_port();
    let pebble = Pebble::start(free_port(), port).await;
    // the authority looks on a port where nobody listens
    let served = serve(port, |config| pebble.configure(config, AcmeChallenge::Http01)).await;
    let failed = served.until(|certificate| certificate.problem.is_some()).await;
    let problem = failed.problem.unwrap();
    assert!(problem.contains("http-01") && problem.contains("port 80") && problem.contains(NAME), "{problem}");
    let now = served.node.node.app.clock.now();
    let pause = (failed.next_attempt_at.unwrap() - now) / 1_000;
    assert!((9 * 60..=13 * 60).contains(&pause), "{pause} s");
    assert_eq!(served.shown(NAME).await, served.shown("localhost").await, "the node's own is shown meanwhile");

    let served = served.restart(|_| {}).await;
    assert!(!served.tls.order().await.unwrap());
    assert_eq!(served.certificate().next_attempt_at, failed.next_attempt_at, "no attempt was made");
    served.node.node.app.clock.advance(13 * 60_000);
    assert!(!served.tls.order().await.unwrap());
    let again = served.certificate().next_attempt_at.unwrap() - served.node.node.app.clock.now();
    assert!(again > 18 * 60_000, "the second pause is twice as long: {again} ms");

    // who corrects the configuration need not wait
    let served = served.restart(|config| config.acme.challenge = Some(AcmeChallenge::TlsAlpn01)).await;
    let issued = served.until(|certificate| certificate.expires_at.is_some()).await;
    assert_eq!((issued.problem, issued.next_attempt_at), (None, None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_orders_one_without_waiting_for_the_pause() {
    let port = free_port();
    let (pebble, unreachable) = (Pebble::start(free_port(), port).await, free_port());
    // nothing answers as the authority, at first
    let served = serve(port, |config| {
        pebble.configure(config, AcmeChallenge::TlsAlpn01);
        config.acme.directory = Some(format!("https://127.0.0.1:{unreachable}/dir"));
    })
    .await;
    served.until(|certificate| certificate.problem.is_some()).await;
    let ann = served.node.admin("ann").await;
    let told = ann.get("/admin/certificates").await.ok();
    let (acme, own) = (&told["certificates"][0], &told["certificates"][1]);
    assert_eq!((&told["mode"], &acme["source"], &own["source"]), (&"acme".into(), &"acme".into(), &"own".into()));
    assert!(acme["last_attempt_at"].is_i64() && acme["next_attempt_at"].is_i64() && acme["expires_at"].is_null(), "{acme}");
    ann.post("/admin/certificates/acme/renew", serde_json::json!({})).await.fails(409, "certificate.busy");
    served.node.node.app.clock.advance(61_000);
    let failed = ann.post("/admin/certificates/acme/renew", serde_json::json!({})).await.ok();
    assert!(failed["certificates"][0]["problem"].is_string(), "{failed}");

    let served = served.restart(|config| config.acme.directory = Some(format!("https://127.0.0.1:{}/dir", pebble.port))).await;
    let issued = served.until(|certificate| certificate.expires_at.is_some()).await;
    assert!(issued.issuer.as_deref().unwrap().contains("Pebble") && issued.renews_at < issued.expires_at, "{issued:?}");
    let first = served.shown(NAME).await;
    served.node.node.app.clock.advance(61_000);
    let ann = ann.sign_in_again().await;
    let renewed = ann.post("/admin/certificates/acme/renew", serde_json::json!({})).await.ok();
    assert_eq!((&renewed["certificates"][0]["problem"], &renewed["certificates"][0]["is_busy"]), (&().into(), &false.into()));
    assert_ne!(served.shown(NAME).await, first);
    let log = ann.get("/admin/audit?kind=certificate.renewed").await.ok();
    let lines = log["lines"].as_array().unwrap();
    assert_eq!((lines.len(), &lines[0]["changes"], &lines[1]["changes"][0]["name"]), (2, &serde_json::json!([]), &"problem".into()));
}

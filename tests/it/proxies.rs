//! Behind the proxies of docs/proxies.md, each with the configuration that stands there.
use crate::support::{TestNode, free_address, registration};
use futures_util::{SinkExt, StreamExt};
use rcgen::{CertificateParams, KeyPair};
use reqwest::{Client, StatusCode};
use rustls::pki_types::ServerName;
use serde_json::Value;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::{Child, Command, Stdio};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

const DOCUMENT: &str = include_str!("../../docs/proxies.md");
const NAME: &str = "chat.example.org";
/// Whom the proxy hears: another address of loopback than the one from which it speaks to the node.
const CALLER: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));

/// The documented configuration in a language.
pub fn documented(language: &str) -> &'static str {
    DOCUMENT.split_once(&format!("```{language}\n")).unwrap().1.split_once("```").unwrap().0
}

/// Replaces something that has to be there.
pub fn swap(text: &str, old: &str, new: &str) -> String {
    assert!(text.contains(old), "{old:?} is not in {text}");
    text.replace(old, new)
}

struct Proxied {
    node: TestNode,
    folder: tempfile::TempDir,
    address: SocketAddr,
    program: Option<Child>,
}

impl Drop for Proxied {
    fn drop(&mut self) {
        if let Some(program) = &mut self.program {
            let _ = program.kill();
            let _ = program.wait();
        }
    }
}

impl Proxied {
    /// A node that trusts a proxy on this machine, a certificate, and a port for the proxy.
    async fn prepare() -> Proxied {
        let node = TestNode::start_with(|config| {
            config.node.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
            config.node.public_url = Some(format!("https://{NAME}"));
        })
        .await;
        let folder = tempfile::tempdir().unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec![NAME.to_owned()]).unwrap().self_signed(&key).unwrap().pem();
        std::fs::write(folder.path().join("cert.pem"), &certificate).unwrap();
        std::fs::write(folder.path().join("key.pem"), key.serialize_pem()).unwrap();
        std::fs::write(folder.path().join("both.pem"), certificate + &key.serialize_pem()).unwrap();
        let address = free_address();
        Proxied { node, folder, address, program: None }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// Runs a proxy in the foreground and waits until it listens.
    async fn run(&mut self, program: &str, arguments: &[&str], config: &str) {
        std::fs::write(self.path("proxy.conf"), config).unwrap();
        let log = std::fs::File::create(self.path("log")).unwrap();
        let mut command = Command::new(program);
        command.args(arguments).arg(self.path("proxy.conf")).env("HOME", self.folder.path()).env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        let started = command.stdout(Stdio::null()).stderr(log).spawn();
        self.program = Some(started.unwrap_or_else(|e| panic!("{program} can't be run ({e}): scripts/test.sh installs it")));
        for _ in 0..200 {
            if TcpStream::connect(self.address).await.is_ok() {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("{program} did not start within ten seconds: {}", std::fs::read_to_string(self.path("log")).unwrap());
    }

    /// What the document promises.
    async fn serves(&self) {
        let http = Client::builder()
            .tls_backend_preconfigured(snug_client::trust::unverified().unwrap())
            .resolve(NAME, self.address)
            .local_address(CALLER)
            .build()
            .unwrap();
        let url = |path: &str| format!("https://{NAME}:{}/api/v1{path}", self.address.port());

        let forged = [("x-forwarded-for", "203.0.113.9"), ("x-real-ip", "203.0.113.9"), ("forwarded", "for=203.0.113.9")];
        let mut request = http.post(url("/auth/register")).header("content-type", "application/json").body(registration("ann").to_string());
        for (name, value) in forged {
            request = request.header(name, value);
        }
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
        let account: Value = answer.json().await.unwrap();
        let token = account["access_token"].as_str().unwrap();
        let sessions: Value = http.get(url("/users/me/sessions")).bearer_auth(token).send().await.unwrap().json().await.unwrap();
        assert!(sessions.to_string().contains(&format!("\"ip\":\"{CALLER}\"")), "{sessions}");

        // the node itself says what it does not take: the proxy lets it through
        let put = |bytes: Vec<u8>| http.put(url("/users/me/picture")).bearer_auth(token).body(bytes).send();
        assert_eq!(put(crate::accounts::png()).await.unwrap().status(), StatusCode::OK);
        assert_eq!(put(vec![0; 3 * 1024 * 1024]).await.unwrap().status(), StatusCode::UNPROCESSABLE_ENTITY);

        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::new(CALLER, 0)).unwrap();
        let stream = socket.connect(self.address).await.unwrap();
        let stream = crate::tls::anything().connect(ServerName::try_from(NAME).unwrap(), stream).await.unwrap();
        let mut request = format!("wss://{NAME}/api/v1/socket").into_client_request().unwrap();
        request.headers_mut().insert("origin", format!("https://{NAME}").parse().unwrap());
        let (mut socket, _) = tokio_tungstenite::client_async(request, stream).await.unwrap();
        let hello = serde_json::json!({ "id": 1, "op": "hello", "d": { "token": token, "cursors": {} } });
        socket.send(Message::text(hello.to_string())).await.unwrap();
        let frame = tokio::time::timeout(std::time::Duration::from_secs(10), socket.next()).await.unwrap().unwrap().unwrap();
        assert!(frame.to_text().unwrap().contains("\"re\":1"), "{frame}");
    }
}

#[tokio::test]
async fn nginx_as_documented() {
    let mut proxied = Proxied::prepare().await;
    let server = swap(documented("nginx"), "127.0.0.1:8080", &proxied.node.address.to_string());
    let server = swap(&server, "listen 443", &format!("listen {}", proxied.address));
    let server = swap(&server, "/etc/letsencrypt/live/chat.example.org/fullchain.pem", &proxied.path("cert.pem"));
    let server = swap(&server, "/etc/letsencrypt/live/chat.example.org/privkey.pem", &proxied.path("key.pem"));
    let folders: String =
        ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(|kind| format!("{kind}_temp_path {};\n", proxied.path(kind))).concat();
    let config = format!(
        "daemon off;\npid {};\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n{folders}{server}\n}}\n",
        proxied.path("pid")
    );
    proxied.run("nginx", &["-e", "stderr", "-c"], &config).await;
    proxied.serves().await;
}

#[tokio::test]
async fn caddy_as_documented() {
    let mut proxied = Proxied::prepare().await;
    let site = swap(documented("caddy"), "127.0.0.1:8080", &proxied.node.address.to_string());
    let (certificate, key) = (proxied.path("cert.pem"), proxied.path("key.pem"));
    let site = swap(
        &site,
        "chat.example.org {",
        &format!("https://{NAME}:{} {{\n    bind 127.0.0.1\n    tls {certificate} {key}", proxied.address.port()),
    );
    let config = format!("{{\n    admin off\n    auto_https disable_redirects\n}}\n{site}");
    proxied.run("caddy", &["run", "--adapter", "caddyfile", "--config"], &config).await;
    proxied.serves().await;
}

#[tokio::test]
async fn haproxy_as_documented() {
    let mut proxied = Proxied::prepare().await;
    let config = swap(documented("haproxy"), "127.0.0.1:8080", &proxied.node.address.to_string());
    let config = swap(&config, "bind :443", &format!("bind {}", proxied.address));
    let config = swap(&config, "/etc/haproxy/chat.example.org.pem", &proxied.path("both.pem"));
    proxied.run("haproxy", &["-db", "-f"], &config).await;
    proxied.serves().await;
}

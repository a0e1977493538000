//! The test bench: a real node on a real port, and people who use it over HTTP and WebSocket.
mod answer;
pub mod bucket;
mod database;
pub mod device;
pub mod hostile;
pub mod living;
mod person;
mod ports;
mod socket;
pub mod talk;
pub mod terminal;

pub use answer::Answer;
pub use device::{Device, Draft};
pub use person::{Person, auth_key, http_client, registration};
pub use ports::{free_address, free_port};
pub use socket::Socket;

use serde_json::{Value, json};
use snug::Node;
use snug::http::listen::{self, Listeners};
use snug_accounts::admin::{self, AdminChange};
use snug_accounts::audit::Actor;
use snug_accounts::model::InstanceRole;
use snug_base::config::{NodeConfig, Registration};
use snug_base::{Clock, Config};
use std::net::SocketAddr;
use tempfile::TempDir;
use tokio::task::JoinHandle;

/// A node of its own, on an empty database of its own; gone at the end of the test.
pub struct TestNode {
    pub node: Node,
    pub address: SocketAddr,
    pub clock: Clock,
    config: Config,
    /// Kept so that the folder lives as long as the node.
    _data: TempDir,
    database: database::Database,
    server: JoinHandle<()>,
}

impl TestNode {
    pub async fn start() -> TestNode {
        TestNode::start_with(|_| {}).await
    }

    /// Starts a node with a changed configuration. Registration is open and limits are high unless a test says otherwise.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> TestNode {
        TestNode::start_on(change, |_| {}).await
    }

    /// The same on data that `make` puts there before.
    pub async fn start_on(change: impl FnOnce(&mut Config), make: impl FnOnce(&Config) + Send + 'static) -> TestNode {
        let data = tempfile::tempdir().unwrap();
        let database = database::Database::create().await;
        let mut config = Config::default();
        config.node.data = data.path().join("data");
        config.database.url = database.url();
        config.database.readers = Some(2);
        config.accounts.registration = Registration::Open;
        config.limits.auth_per_minute = 100_000;
        config.limits.join_per_minute = 100_000;
        config.limits.write_per_minute = 1_000_000;
        config.limits.read_per_minute = 1_000_000;
        change(&mut config);
        let made = config.clone();
        tokio::task::spawn_blocking(move || make(&made)).await.unwrap();
        let clock = Clock::default();
        let (node, address, server) = serve(&config, &clock, None).await;
        TestNode { node, address, clock, config, _data: data, database, server }
    }

    /// Changes the configuration for the next start.
    pub fn configure(&mut self, change: impl FnOnce(&mut Config)) {
        change(&mut self.config);
    }

    /// Stops the node as a signal would and starts another on the same data and address.
    pub async fn restart(&mut self) {
        self.stop().await;
        let (node, _, server) = serve(&self.config, &self.clock, Some(self.address)).await;
        (self.node, self.server) = (node, server);
    }

    /// Stops the node and leaves its data.
    pub async fn stop(&mut self) {
        self.node.clone().stop().await;
        let server = std::mem::replace(&mut self.server, tokio::spawn(async {}));
        server.abort();
        let _ = server.await; // until it is gone, so is not its port
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Registers somebody.
    pub async fn user(&self, username: &str) -> Person {
        Person::register(self, username).await
    }

    /// Registers somebody who runs the instance.
    pub async fn admin(&self, username: &str) -> Person {
        let person = self.user(username).await;
        self.make_admin(&person).await;
        person
    }

    /// Lets somebody run the instance.
    pub async fn make_admin(&self, person: &Person) {
        let change = AdminChange { role: Some(InstanceRole::Admin), is_disabled: None };
        admin::change(&self.node.app, Actor::operator(), person.id.parse().unwrap(), change).await.unwrap();
    }

    /// A caller without an account.
    pub fn nobody(&self) -> Person {
        Person::nobody(self.address)
    }

    /// Ann's server with Bob in it, and its first room.
    pub async fn ann_and_bob(&self) -> (Person, Person, String, String) {
        let (ann, bob) = (self.user("ann").await, self.user("bob").await);
        let server = ann.post("/servers", json!({ "name": "Garden" })).await.created();
        let code = server["access_code"].as_str().unwrap();
        bob.post("/servers/join", json!({ "code": code })).await.ok();
        (ann, bob, id(&server["server"]), id(&server["rooms"][0]))
    }
}

impl Drop for TestNode {
    fn drop(&mut self) {
        self.server.abort();
        let (node, url) = (self.node.clone(), self.database.take());
        // the runtime of the test can't be waited on here; another thread stops the node and drops the database
        std::thread::spawn(move || {
            node.app.db.close();
            database::drop_database(url);
        })
        .join()
        .unwrap();
    }
}

async fn serve(config: &Config, clock: &Clock, at: Option<SocketAddr>) -> (Node, SocketAddr, JoinHandle<()>) {
    let listening =
        NodeConfig { listen: vec![at.unwrap_or_else(|| "127.0.0.1:0".parse().unwrap())], plain_http: true, ..NodeConfig::default() };
    let listeners = bind(&listening).await;
    let address = listeners.addresses()[0];
    let node = Node::open_at(config.clone(), clock.clone()).await.unwrap();
    let served = node.clone();
    let server = tokio::spawn(async move { listen::serve(&served, listeners, None, std::future::pending()).await.unwrap() });
    (node, address, server)
}

/// A port that a node just left may still be held for a moment by clients that try to come back.
async fn bind(listening: &NodeConfig) -> Listeners {
    for _ in 0..100 {
        if let Ok(listeners) = Listeners::bind(listening) {
            return listeners;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    Listeners::bind(listening).unwrap()
}

/// The `id` of an object.
pub fn id(value: &Value) -> String {
    value["id"].as_str().unwrap_or_else(|| panic!("no id in {value}")).to_owned()
}

/// A new id as clients make them.
pub fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

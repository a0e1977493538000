//! The node: every domain put together. `main`, the commands and the tests all start it here.
pub mod cli;
pub mod configuration;
pub mod doctor;
pub mod http;
pub mod tls;
pub mod ws;

use snug_base::blobs::Blobs;
use snug_base::hooks::Hooks;
use snug_base::keys::Keys;
use snug_base::limits::Limits;
use snug_base::revoked::RevokedSessions;
use snug_base::{App, Clock, Code, Config, Db, Effect, Result, SessionId, Sink, Stream, UserId};
use snug_branding::Branding;
use snug_notifications::mail::Mail;
use snug_notifications::push;
use snug_operations::Operations;
use snug_realtime::{Hub, Presences};
use std::sync::{Arc, OnceLock};
use tls::Tls;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

mod jobs;
pub mod presence;
pub mod storage;

/// A running node.
#[derive(Clone)]
pub struct Node {
    pub app: App,
    pub hub: Hub,
    pub presences: Presences,
    /// Cancelled when the node begins to stop.
    pub stopping: CancellationToken,
    pub operations: Operations,
    pub mail: Mail,
    pub branding: Branding,
    /// The certificates that are shown; none while nothing is served, or plain HTTP is.
    pub certificates: Arc<OnceLock<Arc<Tls>>>,
    /// What the configuration was read from; nothing where it was given by a program.
    pub settings: Arc<OnceLock<cli::settings::Settings>>,
    /// How many devices are welcomed at the same time.
    admission: Arc<Semaphore>,
    doctor: Arc<doctor::Doctor>,
    tasks: TaskTracker,
}

/// What happens at the moment of a commit: devices hear of it, and ended sessions are refused before anybody is answered.
struct Outlet {
    hub: Hub,
    heard: push::Mouth,
    revoked: Arc<RevokedSessions>,
    clock: Clock,
}

impl Sink for Outlet {
    fn apply(&self, effect: Effect) {
        if !self.heard.pass(&effect) {
            self.hub.apply(effect);
        }
    }

    fn refuse(&self, sessions: &[SessionId]) {
        let now = self.clock.now();
        self.revoked.add(sessions, now, now + snug_accounts::access::LIFETIME_S * 1_000);
    }

    fn signal(&self, stream: Stream, except: Option<UserId>, frame: bytes::Bytes) {
        self.hub.signal(stream, except, frame);
    }
}

impl axum::extract::FromRef<Node> for App {
    fn from_ref(node: &Node) -> App {
        node.app.clone()
    }
}

impl Node {
    /// Opens the data folder (making what is missing), brings the schema up to date and starts the jobs.
    pub async fn open(config: Config) -> Result<Node> {
        Node::open_at(config, Clock::default()).await
    }

    /// The same with a clock that a test moves.
    pub async fn open_at(config: Config, clock: Clock) -> Result<Node> {
        let data = config.node.data.clone();
        make_folder(&data)?;
        let hub = Hub::start(std::thread::available_parallelism().map_or(1, usize::from));
        let revoked = Arc::new(RevokedSessions::default());
        let (heard, ears) = push::channel();
        let sink = Arc::new(Outlet { hub: hub.clone(), heard, revoked: revoked.clone(), clock: clock.clone() });
        let (upgraded, now) = (config.clone(), clock.now());
        tokio::task::spawn_blocking(move || {
            snug_base::db::file::arrange(&upgraded.database, &upgraded.keys, &upgraded.node.data)?;
            snug_operations::backup::upgrade::put_aside(&upgraded, now)
        })
        .await
        .map_err(snug_base::Error::internal)??;
        let (opened, db_clock, db_sink) = (config.clone(), clock.clone(), sink.clone());
        let db = tokio::task::spawn_blocking(move || Db::open(&opened.database, &opened.keys, &data, &db_clock, db_sink))
            .await
            .map_err(snug_base::Error::internal)??;
        let keys = Arc::new(Keys::open(&config.node.data, &config.keys, &db).await?);
        let blobs = Blobs::open(config.node.data.join("blobs"), keys.clone(), db.clone())?;
        let hooks = Arc::new(Hooks::default());
        hooks.set_audiences(vec![snug_servers::audience_of, snug_messages::streams_of]);
        hooks.set_conversations(snug_messages::sync::hooks());
        hooks.set_encrypted_conversations(snug_messages::encryption::streams_of);
        hooks.set_on_identity_broken(snug_messages::encryption::on_identity_broken);
        hooks.set_password_slot(snug_identities::has_password_slot);
        hooks.set_concerned(snug_notifications::concerned);
        let app = App {
            db,
            blobs,
            limits: Arc::new(Limits::new(&config.limits)),
            meters: Arc::default(),
            config: Arc::new(config),
            clock,
            keys,
            hooks,
            revoked,
            verified: Arc::default(),
            sink,
        };
        snug_accounts::load_revoked(&app).await?;
        let presences = Presences::default();
        let shown = presences.clone();
        app.hooks.set_presence_chosen(Box::new(move |user, choice| {
            if let Ok(choice) = choice.parse() {
                shown.choose(user, choice);
            }
        }));
        let admission = Arc::new(Semaphore::new(app.config.database.readers()));
        let operations = Operations::new(&app);
        let mail = Mail::new(&app);
        let branding = Branding::open(&app).await?;
        let node = Node {
            app,
            hub,
            presences,
            stopping: CancellationToken::new(),
            operations,
            mail,
            branding,
            certificates: Arc::default(),
            settings: Arc::default(),
            admission,
            doctor: Arc::default(),
            tasks: TaskTracker::new(),
        };
        jobs::start(&node, ears);
        Ok(node)
    }

    /// All routes with their middleware.
    pub fn router(&self) -> axum::Router {
        http::router(self)
    }

    /// Runs something that must be finished before the node has stopped.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(work);
    }

    /// Tells the devices to come back later, waits for what is under way and closes the database.
    pub async fn stop(self) {
        self.stopping.cancel();
        self.hub.shutdown();
        self.tasks.close();
        let _ = tokio::time::timeout(std::time::Duration::from_secs(5), self.tasks.wait()).await;
        let db = self.app.db;
        let _ = tokio::task::spawn_blocking(move || db.close()).await;
    }
}

fn make_folder(data: &std::path::Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    let refused = |e: std::io::Error| {
        Code::Internal.error(format!(
            "The data folder {} can't be used: {e}. Choose another with --data, or correct its owner and permissions.",
            data.display()
        ))
    };
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(data).map_err(refused)?;
    let probe = data.join(".writable");
    std::fs::write(&probe, b"").and_then(|()| std::fs::remove_file(&probe)).map_err(refused)
}

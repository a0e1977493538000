//! People who use the real client library, each device in a folder of its own.
use super::{Person, TestNode, auth_key};
use snug_client::account::begin::Password;
use snug_client::conversation::messages::{Body, Line};
use snug_client::store::{Profile, Store, Unlock};
use snug_client::{Client, Session, Update};
use snug_crypto::account_log::body::DeviceKind;
use snug_crypto::bytes::Bytes;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;
use uuid::Uuid;
use zeroize::Zeroizing;

/// How long something that has to come may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A device of somebody, with the client library that terminal and bots use.
pub struct Terminal {
    pub session: Session,
    pub user: Uuid,
    folder: TempDir,
}

/// A device whose program does not run.
pub struct Parked {
    user: Uuid,
    folder: TempDir,
}

impl Parked {
    /// Begins the program again; it is not connected yet.
    pub fn resume(self) -> Terminal {
        let Parked { user, folder } = self;
        Terminal { session: Session::new(open(folder.path())), user, folder }
    }
}

/// The account in a folder, as a program of its own opens it.
pub fn open(folder: &Path) -> Client {
    let profile = Store::profile(folder).unwrap().unwrap();
    let store = Store::open(folder, &profile, || unreachable!("a key file opens it")).unwrap();
    Client::open(profile, store).unwrap()
}

/// The keys of a test account's password: Argon2id is tested elsewhere, and slow.
pub fn password(person: &Person) -> Password {
    let master = Zeroizing::new([person.username.len() as u8 ^ 0x5a; 32]);
    Password::from_keys(person.id.parse().unwrap(), Bytes::parse(&auth_key(&person.username)).unwrap(), master)
}

impl Terminal {
    /// Somebody new, with a first device.
    pub async fn join(node: &TestNode, username: &str) -> Terminal {
        let person = node.user(username).await;
        Terminal::another(node, &person).await
    }

    /// One more device, which unlocks the account with the password (or sets it up).
    pub async fn another(node: &TestNode, person: &Person) -> Terminal {
        let mut terminal = Terminal::signed_in(node, person).await;
        terminal.session.client.begin(&password(person), DeviceKind::Cli).await.unwrap();
        terminal.session.connect().await.unwrap();
        terminal
    }

    /// The same by way of another address, such as that of a node that lies.
    pub async fn another_by(url: &str, person: &Person) -> Terminal {
        let mut terminal = Terminal::signed_in_by(url, person).await;
        terminal.session.client.begin(&password(person), DeviceKind::Cli).await.unwrap();
        terminal.session.connect().await.unwrap();
        terminal
    }

    /// One more device that is signed in and has no keys yet.
    pub async fn signed_in(node: &TestNode, person: &Person) -> Terminal {
        Terminal::signed_in_by(&node.url(""), person).await
    }

    /// The same by way of another address.
    pub async fn signed_in_by(url: &str, person: &Person) -> Terminal {
        let folder = tempfile::tempdir().unwrap();
        let user = person.id.parse().unwrap();
        let profile =
            Profile { url: url.to_owned(), username: person.username.clone(), user_id: user, authority: None, unlock: Unlock::File };
        let store = Store::create(folder.path(), &profile, None).unwrap();
        let client = Client::sign_in(profile, store, &password(person), "test").await.unwrap();
        Terminal { session: Session::new(client), user, folder }
    }

    /// The same device after the program ended and began again.
    pub async fn restart(self) -> Terminal {
        let mut terminal = self.park().resume();
        terminal.session.connect().await.unwrap();
        terminal
    }

    /// Ends the program; its folder stays.
    pub fn park(self) -> Parked {
        let Terminal { mut session, user, folder } = self;
        session.client.save().unwrap();
        Parked { user, folder }
    }

    /// The program is killed: nothing is saved any more.
    pub fn kill(self) -> Parked {
        let Terminal { user, folder, .. } = self;
        Parked { user, folder }
    }

    /// Where the device keeps everything.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn client(&mut self) -> &mut Client {
        &mut self.session.client
    }

    pub async fn say(&mut self, chat: Uuid, text: &str) {
        self.session.say(chat, text, None).await.unwrap();
    }

    /// The texts of a conversation as they are shown, oldest first; what can't be read says why in angle brackets.
    pub async fn texts(&mut self, chat: Uuid) -> Vec<String> {
        let lines = self.client().page(chat, None, 100).await.unwrap();
        lines.iter().map(shown).collect()
    }

    /// Lives on until a conversation reads like this.
    pub async fn until_reads(&mut self, chat: Uuid, expected: &[&str]) {
        let until = tokio::time::Instant::now() + PATIENCE;
        loop {
            let texts = self.texts(chat).await;
            if texts == expected {
                return;
            }
            assert!(tokio::time::Instant::now() < until, "reads {texts:?}, not {expected:?}");
            self.live(Duration::from_millis(200)).await;
        }
    }

    /// Lives on until a conversation is called this.
    pub async fn until_called(&mut self, chat: Uuid, name: &str) {
        let until = tokio::time::Instant::now() + PATIENCE;
        while self.client().name(chat).as_deref() != Some(name) {
            assert!(tokio::time::Instant::now() < until, "{:?}", self.client().name(chat));
            self.live(Duration::from_millis(100)).await;
        }
    }

    /// Takes in what happens for a while.
    pub async fn live(&mut self, time: Duration) {
        let end = tokio::time::Instant::now() + time;
        while let Ok(wake) = tokio::time::timeout_at(end, self.session.wait()).await {
            if let Some(Update::Notice(text)) = self.session.handle(wake).await.unwrap() {
                eprintln!("notice: {text}");
            }
        }
    }

    /// The next message that arrives.
    pub async fn hear(&mut self) -> String {
        let heard = async {
            loop {
                if let Update::Line(line, true) = self.session.next().await.unwrap() {
                    return shown(&line);
                }
            }
        };
        tokio::time::timeout(PATIENCE, heard).await.expect("a message comes")
    }
}

/// A line as tests compare it.
pub fn shown(line: &Line) -> String {
    match &line.body {
        Body::Text(text) => text.clone(),
        Body::Other(kind) => format!("<{kind}>"),
        Body::Deleted => "<deleted>".to_owned(),
        Body::Removed => "<removed>".to_owned(),
        Body::Unreadable(why) => format!("<{why:?}>"),
    }
}

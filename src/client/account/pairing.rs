//! Letting a new device in by a code that a person carries from one screen to the other.
use super::house::{ATTEMPTS, is_overtaken};
use crate::client::{Client, id_of, uuid_of};
use crate::error::{Error, Result};
use crate::keys::Device;
use crate::wire::{Pairing, WelcomeOf};
use serde::Deserialize;
use serde_json::{Value, json};
use snug_crypto::account_key::Class;
use snug_crypto::account_log::body::{Change, DeviceKind, NewDevice};
use snug_crypto::bytes::Bytes;
use snug_crypto::error::Error as Refused;
use snug_crypto::pairing::{PairSecret, Welcome, WelcomeKey};
use uuid::Uuid;
use zeroize::Zeroizing;

/// A request of this device to be let in.
pub struct Asking {
    request: Uuid,
    secret: PairSecret,
    device: Device,
}

impl Asking {
    /// What the person types on the other device: four groups of four characters.
    pub fn code(&self) -> Zeroizing<String> {
        self.secret.write()
    }

    /// What the QR code holds.
    pub fn link(&self) -> Zeroizing<String> {
        self.secret.link(&id_of(self.request))
    }
}

#[derive(Deserialize)]
struct Pairings {
    pairings: Vec<Pairing>,
}

impl Client {
    /// Asks to be let in. The session has to be signed in and to have no device yet.
    pub async fn ask_to_pair(&mut self, kind: DeviceKind) -> Result<Asking> {
        self.follow_account(self.me()).await?;
        let aik = self.own_log()?.aik().ok_or(Error::Protocol(Refused::NoKeys))?;
        let (secret, device) = (PairSecret::random()?, Device::random(self.now())?);
        let dsk = device.dsk();
        let listed = NewDevice::new(&self.me(), &aik, device.id, kind, &dsk, device.dxk_public());
        let mac = secret.mac(&self.me(), &listed.dsk, &listed.dxk);
        let body = json!({
            "device": { "id": listed.id, "dsk": listed.dsk, "dxk": listed.dxk, "kind": kind.as_str(), "pop": listed.pop },
            "mac": mac,
        });
        let pairing: Pairing = self.api.post("/e2ee/pairings", &body).await?;
        Ok(Asking { request: pairing.id, secret, device })
    }

    /// Whether the other device has answered; if so, this is a device of the account now.
    pub async fn paired(&mut self, asking: &Asking) -> Result<bool> {
        let pairing: Pairing = self.api.get(&format!("/e2ee/pairings/{}", asking.request)).await?;
        let Some(sealed) = pairing.welcome else { return Ok(false) };
        let dxk = asking.device.dxks().next().ok_or(Error::Protocol(Refused::Locked))?;
        let welcome = asking.secret.open(&self.me(), &dxk, &sealed)?;
        self.accounts.remove(&self.me());
        self.follow_account(self.me()).await?;
        let log = self.own_log()?.clone();
        // the log that the node shows has to be the one that the other device knows
        log.check_seen(&welcome.head)?;
        if log.aik() != Some(welcome.aik) || log.device(&asking.device.id).is_none_or(|device| device.ended.is_some()) {
            return Err(Error::Protocol(Refused::LogFork));
        }
        let (me, device) = (self.me(), asking.device.clone());
        self.update(|keys| {
            keys.begin_again();
            keys.aik = log.aik();
            keys.device = Some(device);
            for WelcomeKey { class, generation, key } in &welcome.keys {
                let key = Zeroizing::new(key.0);
                let committed = log.commit(*class, *generation).ok_or(Error::Protocol(Refused::BadCommit))?;
                let made = snug_crypto::account_key::commit(&me, *class, *generation, &key);
                if !snug_crypto::secret::equal(&made.0, &committed.0) {
                    return Err(Error::Protocol(Refused::BadCommit));
                }
                keys.keep_account_key(*class, *generation, key);
            }
            Ok(())
        })
        .await?;
        self.settle().await?;
        Ok(true)
    }

    /// Lets a new device in. `text` is its code, or the link in its QR code.
    pub async fn answer_pairing(&mut self, text: &str) -> Result<()> {
        let (request, secret) = match PairSecret::read_link(text.trim()) {
            Ok((request, secret)) => (Some(uuid_of(&request)), secret),
            Err(_) => {
                let secret =
                    PairSecret::read(text).map_err(|_| Error::told("This is not a pairing code: it has 16 letters and digits."))?;
                (None, secret)
            }
        };
        let Pairings { pairings } = self.api.get("/e2ee/pairings").await?;
        let me = self.me();
        let mut open = pairings.iter().filter(|pairing| request.is_none_or(|request| request == pairing.id));
        let asking = open.clone().find(|one| secret.check_mac(&me, &one.device.dsk, &one.device.dxk, &one.mac).is_ok());
        let Some(asking) = asking else {
            if let Some(wrong) = open.next_back() {
                let _: Value = self.api.post(&format!("/e2ee/pairings/{}/refused", wrong.id), &json!({})).await?;
            }
            return Err(Error::told("No device is waiting with this code. Compare it, or begin again on the new device."));
        };
        for attempt in 1.. {
            match self.let_in(asking, &secret).await {
                Err(error) if is_overtaken(&error) && attempt < ATTEMPTS => {}
                other => return other,
            }
        }
        Ok(())
    }

    async fn let_in(&mut self, asking: &Pairing, secret: &PairSecret) -> Result<()> {
        let kind = match asking.device.kind.as_str() {
            "web" => DeviceKind::Web,
            "cli" => DeviceKind::Cli,
            "bot" => DeviceKind::Bot,
            _ => return Err(Error::Protocol(Refused::Newer)),
        };
        self.take_news().await?;
        let device = &asking.device;
        let listed = NewDevice { id: device.id, dsk: device.dsk, dxk: device.dxk, kind, pop: device.pop };
        let mut draft = self.draft()?;
        draft.by_device(Change::DeviceAdd { device: listed })?;
        for class in [Class::History, Class::Session] {
            draft.box_newest(class, device.id, &device.dxk)?;
        }
        let (aik, head) = (draft.log.aik(), draft.log.head());
        let (Some(aik), Some(head)) = (aik, head) else { return Err(Error::Protocol(Refused::NoKeys)) };
        let keys = self.keys.account.iter();
        let keys = keys.map(|key| WelcomeKey { class: key.class, generation: key.generation, key: Bytes(*key.key.0) }).collect();
        let sealed = secret.seal(&self.me(), &device.dxk, &Welcome { aik, head, keys })?;
        draft.change.welcome = Some(WelcomeOf { request_id: asking.id, sealed });
        self.commit(draft, "/e2ee/identity/links").await.map(drop)
    }
}

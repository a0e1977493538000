//! Devices that come, go offline, lose their folder and are taken away.
use super::{Device, State, World};
use crate::support::living::Living;
use crate::support::terminal::{Terminal, password};
use snug_crypto::account_log::body::DeviceKind;
use std::collections::BTreeSet;
use uuid::Uuid;

impl World {
    /// One more device, by whatever way there is.
    pub async fn new_device(&mut self, who: usize) {
        if self.accounts[who].devices.len() >= self.most_devices {
            return;
        }
        let mut terminal = Terminal::signed_in(&self.node, &self.accounts[who].person).await;
        let helper = self.online(&BTreeSet::from([who]));
        let way = self.random.below(3);
        let done = match (way, helper, self.accounts[who].words.clone()) {
            (0, Some(helper), _) => {
                self.note("device by pairing");
                self.pair(&mut terminal, helper).await
            }
            (1, _, Some(words)) => {
                self.note("device by words");
                terminal.client().begin_with_words(&words, DeviceKind::Cli).await
            }
            _ => {
                self.note("device by password");
                let password = password(&self.accounts[who].person);
                terminal.client().begin(&password, DeviceKind::Cli).await
            }
        };
        let done = match done {
            Ok(()) => terminal.session.connect().await,
            failed => failed,
        };
        if let Err(why) = done {
            return self.failed("a new device", &why.to_string());
        }
        if self.accounts[who].words.is_none() {
            match terminal.client().make_words(&password(&self.accounts[who].person)).await {
                Ok(words) => self.accounts[who].words = Some(words),
                Err(why) => self.failed("recovery words", &why.to_string()),
            }
        }
        let devices = terminal.client().devices().await.unwrap();
        let id = devices.iter().find(|device| device.is_current).expect("this device is listed").id;
        self.accounts[who].devices.push(Device { id, state: State::On(Living::start(terminal)) });
    }

    async fn pair(&self, terminal: &mut Terminal, helper: (usize, usize)) -> snug_client::Result<()> {
        let asking = terminal.client().ask_to_pair(DeviceKind::Cli).await?;
        let code = asking.code();
        self.living(helper).with(move |t| Box::pin(async move { t.client().answer_pairing(&code).await })).await?;
        assert!(terminal.client().paired(&asking).await?, "the other device has answered");
        Ok(())
    }

    /// A device is taken away by another one of the same person: a lost one, or one that still runs.
    pub(super) async fn revoke(&mut self) {
        let everybody = self.everybody();
        let Some((who, at)) = self.online(&everybody) else { return };
        let by = self.accounts[who].devices[at].id;
        let mut others: Vec<Uuid> = self.accounts[who].devices.iter().map(|device| device.id).filter(|id| *id != by).collect();
        others.extend(&self.accounts[who].lost);
        let Some(gone) = self.random.pick(&others) else { return };
        let secret = password(&self.accounts[who].person);
        let done = self
            .living((who, at))
            .with(move |t| Box::pin(async move { t.client().revoke(&[gone], &secret).await.map_err(|e| e.to_string()) }))
            .await;
        match done {
            Ok(()) => {
                self.accounts[who].lost.retain(|id| *id != gone);
                if let Some(at) = self.accounts[who].devices.iter().position(|device| device.id == gone) {
                    let device = self.accounts[who].devices.remove(at);
                    self.stop(device.state, true).await;
                }
                self.note("revoked");
            }
            Err(why) => self.failed("revoking", &why),
        }
    }

    pub(super) async fn refresh(&mut self) {
        let everybody = self.everybody();
        let Some(device) = self.online(&everybody) else { return };
        match self.living(device).with(|t| Box::pin(async move { t.client().refresh().await.map_err(|e| e.to_string()) })).await {
            Ok(()) => self.note("refreshed"),
            Err(why) => self.failed("new keys", &why),
        }
    }

    /// Ends a device's program; what it was told is kept.
    async fn stop(&mut self, state: State, is_revoked: bool) -> Option<Terminal> {
        let State::On(living) = state else { return None };
        let seen = living.seen.clone();
        let terminal = living.end().await;
        let seen = std::mem::take(&mut *seen.lock());
        if let Some(why) = seen.ended.filter(|_| !is_revoked) {
            self.failed("a session ended", &why);
        }
        if !is_revoked {
            self.told.extend(seen.notices);
            seen.invalid.into_iter().for_each(|line| self.failed("an invalid message", &line));
        }
        Some(terminal)
    }

    pub(super) async fn restart_program(&mut self) {
        let everybody = self.everybody();
        let Some((who, at)) = self.online(&everybody) else { return };
        let device = self.accounts[who].devices.remove(at);
        let terminal = self.stop(device.state, false).await.unwrap();
        let terminal = terminal.park().resume();
        self.accounts[who].devices.insert(at, Device { id: device.id, state: State::On(Living::start(terminal)) });
        self.note("program restarted");
    }

    pub(super) async fn lose_folder(&mut self) {
        let everybody = self.everybody();
        let Some((who, at)) = self.online(&everybody) else { return };
        let device = self.accounts[who].devices.remove(at);
        drop(self.stop(device.state, false).await);
        self.accounts[who].lost.push(device.id);
        self.note("folder lost");
    }

    pub(super) async fn go_offline(&mut self) {
        let everybody = self.everybody();
        let Some((who, at)) = self.online(&everybody) else { return };
        let device = self.accounts[who].devices.remove(at);
        let terminal = self.stop(device.state, false).await.unwrap();
        self.accounts[who].devices.insert(at, Device { id: device.id, state: State::Off(terminal.park()) });
        self.note("went offline");
    }

    pub(super) async fn come_online(&mut self) {
        let mut off = Vec::new();
        for (who, account) in self.accounts.iter().enumerate() {
            off.extend(
                account.devices.iter().enumerate().filter(|(_, device)| matches!(device.state, State::Off(_))).map(|(at, _)| (who, at)),
            );
        }
        let Some((who, at)) = self.random.pick(&off) else { return };
        self.turn_on(who, at);
        self.note("came online");
    }

    fn turn_on(&mut self, who: usize, at: usize) {
        let device = self.accounts[who].devices.remove(at);
        let state = match device.state {
            State::Off(parked) => State::On(Living::start(parked.resume())),
            on => on,
        };
        self.accounts[who].devices.insert(at, Device { id: device.id, state });
    }

    /// Everybody comes back, with a new device if none is left.
    pub async fn all_online(&mut self) {
        for who in 0..self.accounts.len() {
            for at in 0..self.accounts[who].devices.len() {
                self.turn_on(who, at);
            }
        }
        for who in 0..self.accounts.len() {
            if self.accounts[who].devices.is_empty() {
                self.new_device(who).await;
            }
        }
    }

    /// Ends all programs; what they were told is in `told` and `failures`.
    pub async fn end(&mut self) {
        for who in 0..self.accounts.len() {
            for device in std::mem::take(&mut self.accounts[who].devices) {
                self.stop(device.state, false).await;
            }
        }
    }
}

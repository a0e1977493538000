//! Push messages (Web Push): what a browser's push service takes for a device where Snug is not open.
//!
//! `seal` and `vapid` are the two RFCs, `whom` decides who is told, `worker` waits, sends and tries again.
mod deliver;
mod payload;
mod seal;
mod services;
mod subscribe;
mod vapid;
mod whom;
mod worker;

pub(crate) use payload::text as excerpt;
pub use services::{Services, reach};
pub use subscribe::{offer, renew, subscribe, test, unsubscribe};
pub use worker::{Ears, Heard, Mouth, channel, run};

use snug_base::{SessionId, UserId};

/// A device that wants push messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    pub session: SessionId,
    pub user: UserId,
    pub endpoint: String,
    /// The browser's P-256 key, 65 bytes.
    pub key: Vec<u8>,
    /// 16 bytes that only the browser and the node know.
    pub secret: Vec<u8>,
}

/// The longest address of a push service, in characters.
const ENDPOINT: usize = 1_024;

//! One message to one device, by way of its browser's push service.
use super::payload::Payload;
use super::seal::seal;
use super::vapid::Vapid;
use super::{ENDPOINT, Subscription};
use crate::place::Kind;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as B64;
use bytes::Bytes;
use sha2::{Digest, Sha256};
use snug_base::outbound::{Failure, Outbound, Target};
use snug_base::{App, Error, Result};

/// How long a push service keeps a message for a device that is away.
const TTL_S: u32 = 24 * 3_600;

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Taken,
    /// The push service does not know the device any more.
    Gone,
    /// It may take it later.
    Later {
        after_s: Option<u64>,
        why: String,
    },
    /// It will not take it.
    Failed(String),
}

/// What is needed to send.
pub struct Post {
    outbound: Outbound,
    vapid: Vapid,
}

impl Post {
    /// With the node's key and the way out.
    pub async fn open(app: &App) -> Result<Post> {
        let (allows_private, ca_file) = (app.config.push.allow_private_endpoints, app.config.push.ca_file.clone());
        // reads the system's authorities
        let outbound = tokio::task::spawn_blocking(move || Outbound::new(allows_private, ca_file.as_deref())).await;
        Ok(Post { outbound: outbound.map_err(Error::internal)??, vapid: Vapid::open(app).await? })
    }

    /// Seals and sends a message.
    pub async fn send(&self, app: &App, to: &Subscription, payload: &Payload) -> Result<Outcome> {
        let target = Target::parse("endpoint", &to.endpoint, ENDPOINT)?;
        let body = seal(&to.key, &to.secret, &payload.bytes()?)?;
        let mut headers = vec![
            ("authorization", self.vapid.authorization(&target.origin(), app.clock.now())?),
            ("content-encoding", "aes128gcm".to_owned()),
            ("content-type", "application/octet-stream".to_owned()),
            ("ttl", TTL_S.to_string()),
        ];
        match payload {
            Payload::Message(words) => {
                // a newer one takes the place of what waits of the same conversation
                let topic = Sha256::digest([b"snug/topic".as_slice(), words.conversation_id.0.as_bytes(), &to.secret].concat());
                headers.push(("topic", B64.encode(&topic[..24])));
                headers.push(("urgency", if words.kind == Kind::Room { "normal" } else { "high" }.to_owned()));
            }
            Payload::Test => headers.push(("urgency", "high".to_owned())),
        }
        let answer = match self.outbound.post(&target, &headers, Bytes::from(body)).await {
            Ok(answer) => answer,
            Err(Failure::Unreachable(why)) => return Ok(Outcome::Later { after_s: None, why }),
            Err(Failure::Refused(why)) => return Ok(Outcome::Failed(why)),
        };
        Ok(match answer.status {
            200..=299 => Outcome::Taken,
            404 | 410 => Outcome::Gone,
            status @ (429 | 500..=599) => Outcome::Later { after_s: answer.retry_after_s, why: format!("it answered {status}") },
            status => {
                let said: String = String::from_utf8_lossy(&answer.body).chars().filter(|c| !c.is_control()).take(200).collect();
                Outcome::Failed(format!("it answered {status} {said}").trim_end().to_owned())
            }
        })
    }
}

//! Devices that ask for push messages.
use super::deliver::{Outcome, Post};
use super::payload::Payload;
use super::vapid::Vapid;
use super::{ENDPOINT, Subscription};
use crate::model::{PushOffer, PushRenewal, PushSubscription};
use crate::store::subscriptions;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as B64;
use p256::PublicKey;
use snug_accounts::Me;
use snug_base::outbound::Target;
use snug_base::{App, Code, Error, Result, SessionId, UserId};
use std::net::IpAddr;

/// What a device needs to ask, and whether it has.
pub async fn offer(app: &App, me: Me) -> Result<PushOffer> {
    let public_key = Vapid::open(app).await?.public_key();
    let subscribed = app.db.read(move |read| subscriptions::find(read, me.session)).await?.is_some();
    Ok(PushOffer { enabled: app.config.push.enabled, public_key, subscribed })
}

/// Sends push messages to this device from here on, until its session ends.
pub async fn subscribe(app: &App, me: Me, asked: PushSubscription) -> Result<()> {
    let new = check(app, &asked, me.user, me.session)?;
    app.db.write(move |tx| subscriptions::put(tx, &new)).await
}

/// Sends this device no more of them.
pub async fn unsubscribe(app: &App, me: Me) -> Result<()> {
    app.db.write(move |tx| subscriptions::delete(tx, me.session)).await
}

/// Takes a subscription in place of one that the browser's push service gave up. The browser may not be signed in at that moment; it
/// knows the earlier one's secret.
pub async fn renew(app: &App, renewal: PushRenewal) -> Result<()> {
    let unknown = || Code::NotFound.error("There is no such subscription. Open Snug: it subscribes again.");
    let secret = decode("old.keys.auth", &renewal.old.keys.auth, 16)?;
    let endpoint = renewal.old.endpoint.clone();
    let old = app.db.read(move |read| subscriptions::find_by_endpoint(read, &endpoint)).await?;
    let old = old.filter(|old| old.secret == secret).ok_or_else(unknown)?;
    let new = check(app, &renewal.new, old.user, old.session)?;
    app.db
        .write(move |tx| {
            // it may have ended since
            if subscriptions::of_users(tx, &[old.user])?.contains(&old) { subscriptions::put(tx, &new) } else { Err(unknown()) }
        })
        .await
}

/// Sends this device a message, so that one sees whether they arrive.
pub async fn test(app: &App, me: Me) -> Result<()> {
    let found = app.db.read(move |read| subscriptions::find(read, me.session)).await?;
    let to = found.ok_or_else(|| Code::PushNone.error("This device has not asked for push messages. Switch them on first."))?;
    let refused = |why: String| Code::PushRefused.error(format!("The push service of this browser did not take the message: {why}."));
    match Post::open(app).await?.send(app, &to, &Payload::Test).await? {
        Outcome::Taken => Ok(()),
        Outcome::Gone => {
            app.db.write(move |tx| subscriptions::delete_gone(tx, &to)).await?;
            Err(refused("it no longer knows this device; switch push messages off and on".to_owned()))
        }
        Outcome::Later { why, .. } | Outcome::Failed(why) => Err(refused(why)),
    }
}

/// Refuses what can't be a subscription.
fn check(app: &App, asked: &PushSubscription, user: UserId, session: SessionId) -> Result<Subscription> {
    if !app.config.push.enabled {
        return Err(Code::PushOff.error("This node sends no push messages (push.enabled is false in its configuration)."));
    }
    let target = Target::parse("endpoint", &asked.endpoint, ENDPOINT)?;
    if !app.config.push.allow_private_endpoints && target.address().is_some_and(|ip: IpAddr| !snug_base::outbound::is_global(ip)) {
        return Err(Code::Invalid.field("endpoint", "must be in the open Internet"));
    }
    let key = decode("keys.p256dh", &asked.keys.p256dh, 65)?;
    PublicKey::from_sec1_bytes(&key).map_err(|_| Code::Invalid.field("keys.p256dh", "must be a point of P-256"))?;
    let secret = decode("keys.auth", &asked.keys.auth, 16)?;
    Ok(Subscription { session, user, endpoint: asked.endpoint.clone(), key, secret })
}

fn decode(field: &'static str, text: &str, length: usize) -> Result<Vec<u8>> {
    let wrong = || -> Error { Code::Invalid.field(field, format!("must be {length} bytes as base64url")) };
    if text.len() > 2 * length {
        return Err(wrong());
    }
    let bytes = B64.decode(text.trim_end_matches('=')).map_err(|_| wrong())?;
    if bytes.len() == length { Ok(bytes) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{any, proptest};

    proptest! {
        #[test]
        fn whatever_is_given_as_a_key_is_bytes_of_the_right_length_or_refused(text in any::<String>(), length in 1_usize..80) {
            if let Ok(bytes) = decode("keys.auth", &text, length) {
                assert_eq!(bytes.len(), length);
            }
        }

        #[test]
        fn bytes_that_are_no_point_are_no_key(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            // a random 65 bytes that begin with 4 are on the curve once in 2^256
            assert!(bytes.len() == 33 || PublicKey::from_sec1_bytes(&bytes).is_err());
        }

        #[test]
        fn any_text_is_an_address_or_refused(text in any::<String>()) {
            let _ = Target::parse("endpoint", &text, ENDPOINT);
            let _ = Target::parse("endpoint", &format!("https://{text}"), ENDPOINT);
        }
    }
}

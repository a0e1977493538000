//! Refreshing: the cookie's token is exchanged for a new one and an access token.
use crate::audit::{self, Deed, DeedKind};
use crate::client::Client;
use crate::me::Me;
use crate::sessions::{self, Grant, IDLE_MS};
use crate::{secret, store};
use snug_base::{App, Code, Result};

/// Two tabs, or a client whose answer got lost, may use the same token again within this time.
const RACE_MS: i64 = 20_000;

enum Outcome {
    Granted(Box<Grant>),
    /// The token was stolen, or its thief was faster: the whole family has ended.
    Reused,
    SignedOut,
}

/// Exchanges the refresh token. A token that is used again later than two tabs can explain ends the session.
pub async fn refresh(app: &App, client: Client) -> Result<Grant> {
    let parts = app.clone();
    let outcome = app.db.write(move |tx| {
        let Some(hash) = client.refresh.as_deref().map(secret::hash) else { return Ok(Outcome::SignedOut) };
        let Some(found) = store::sessions::find_token(tx, &hash)? else { return Ok(Outcome::SignedOut) };
        if tx.now - found.rotated_at > IDLE_MS {
            sessions::end(tx, found.user, vec![found.session])?; // its access tokens expired long ago
            return Ok(Outcome::SignedOut);
        }
        let generation = if found.generation == found.newest_generation {
            store::sessions::update_generation(tx, found.session, found.generation + 1)?;
            found.generation + 1
        } else if found.generation == found.newest_generation - 1 && tx.now - found.rotated_at <= RACE_MS {
            found.newest_generation
        } else {
            sessions::end(tx, found.user, vec![found.session])?;
            audit::note(tx, client.alone(), &Deed::new(DeedKind::SessionReused).about(found.user))?;
            return Ok(Outcome::Reused);
        };
        store::sessions::touch(tx, found.session, &client)?;
        let me = Me { user: found.user, session: found.session };
        Ok(Outcome::Granted(Box::new(sessions::grant(&parts, tx, me, generation)?)))
    });
    match outcome.await? {
        Outcome::Granted(grant) => Ok(*grant),
        Outcome::SignedOut => Err(Code::SignedOut.error("There is no session on this device. Sign in.")),
        Outcome::Reused => {
            Err(Code::SessionReused
                .error("This sign-in was ended because its token was used twice. Sign in again, and look at your sessions."))
        }
    }
}

//! A person's address: asked whether it is theirs, confirmed, changed, removed; and what they want there.
use super::model::{MailChoice, MailState, NewAddress, Rhythm};
use super::smtp::Failure;
use super::{Mail, Mailer, schedule, token, words};
use crate::store::mail::{self as store, Kept};
use lettre::Address;
use snug_accounts::audit::model::Deed;
use snug_accounts::audit::{self, DeedKind, Origin};
use snug_accounts::{Me, instance, secret, text};
use snug_base::{App, Code, Error, Read, Result, Tx, UserId};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;

/// How long the link in the letter works.
pub const LINK_MS: i64 = 24 * HOUR_MS;
const HOUR_MS: i64 = 3_600_000;
/// Letters to addresses that are not confirmed: of one person in a day, to one address in a day and in 30 days, whoever asks.
const OF_PERSON: i64 = 5;
const TO_ADDRESS: i64 = 3;
const TO_ADDRESS_LONG: i64 = 6;
const LONG_MS: i64 = 30 * 24 * HOUR_MS;
/// For so long nobody can have letters sent to somebody who wanted none.
const REFUSED_MS: i64 = 365 * 24 * HOUR_MS;
/// Pauses after a letter with a link that was not taken.
const PAUSES_S: [u64; 4] = [30, 5 * 60, 20 * 60, 60 * 60];

/// What a link leads to.
pub struct Question {
    pub username: String,
    pub address: String,
}

fn link_invalid() -> Error {
    Code::LinkInvalid.error("This link is not valid any more: it was used, replaced by a newer one, or is older than a day.")
}

/// What somebody gets by e-mail.
pub async fn state(mail: &Mail, me: Me) -> Result<MailState> {
    let ours = mail.clone();
    mail.app.db.read(move |read| shown(&ours, read, me.user)).await
}

pub(super) fn shown(mail: &Mail, read: &Read, user: UserId) -> Result<MailState> {
    let from = mail.mailer.as_ref().and_then(|mailer| mailer.config().from.clone());
    let state = MailState { enabled: mail.is_on(), from, address: None, choice: MailChoice::default(), asked: None, failure: None };
    Ok(match store::find(read, user)? {
        None => state,
        Some(Kept { address, choice, asked, failure, .. }) => {
            MailState { address, choice, asked: asked.map(|asked| asked.shown(LINK_MS)), failure, ..state }
        }
    })
}

/// All devices of the user hear what there is now.
pub(super) fn tell(mail: &Mail, tx: &Tx, user: UserId) -> Result<MailState> {
    let state = shown(mail, tx, user)?;
    tx.emit(user, "notifications.mail", &state)?;
    Ok(state)
}

/// An address as letters can be sent to it.
///
/// # Errors
/// `request.invalid` for what is none, or has signs that mail servers do not agree upon.
pub fn parse(typed: &str) -> Result<Address> {
    let wrong = |what: &str| Code::Invalid.field("address", what);
    let address = text::email(typed).map_err(|_| wrong("must be an e-mail address like ann@example.org"))?;
    if !address.is_ascii() {
        return Err(wrong("must be written in the letters a to z (a host name with others begins with xn--)"));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~.-@".contains(c);
    let host = address.rsplit_once('@').map_or("", |(_, host)| host);
    if !address.chars().all(plain) || !host.contains('.') || host.ends_with('.') {
        return Err(wrong("must be an e-mail address like ann@example.org"));
    }
    address.parse().map_err(|_| wrong("must be an e-mail address like ann@example.org"))
}

/// Sends a letter to an address, to ask whether it is theirs. The one that is confirmed counts until the new one is.
///
/// # Errors
/// `mail.off`, `rate.limited` for too many letters of this person or to this address, `mail.unwanted` where its owner wants none.
pub async fn ask(mail: &Mail, me: Me, new: NewAddress) -> Result<MailState> {
    let mailer = mail.mailer()?.clone();
    let address = parse(&new.address)?;
    let zone = new.zone.unwrap_or_else(|| "UTC".to_owned());
    schedule::check_zone(&zone)?;
    let place = mailer.place()?;
    let token = secret::token();
    let (hash, counted) = (secret::hash(&token), token::address_hash(&mail.app.keys, address.as_ref()));
    let (ours, to) = (mail.clone(), address.to_string());
    let state = mail.app.db.write(move |tx| {
        let kept = store::find(tx, me.user)?;
        if kept.is_some_and(|kept| kept.address.as_deref() == Some(to.as_str()) && kept.failure.is_none()) {
            return Err(Code::Invalid.field("address", "is confirmed already"));
        }
        check_limits(tx, me.user, &counted)?;
        store::ensure(tx, me.user, &MailChoice { zone, ..MailChoice::default() })?;
        store::ask(tx, me.user, &to, &hash)?;
        store::insert_asked(tx, me.user, &counted)?;
        tell(&ours, tx, me.user)
    });
    let state = state.await?;
    tokio::spawn(deliver(mail.clone(), mailer, address, token, place));
    Ok(state)
}

fn check_limits(tx: &Tx, user: UserId, counted: &[u8; 32]) -> Result<()> {
    if store::is_refused(tx, counted)? {
        return Err(Code::MailUnwanted.error("Whoever has this address wants no letters of people here. Use another one."));
    }
    let day = tx.now - 24 * HOUR_MS;
    let limits = [
        (store::asked_by(tx, user, day)?, OF_PERSON, 24 * HOUR_MS),
        (store::asked_of(tx, counted, day)?, TO_ADDRESS, 24 * HOUR_MS),
        (store::asked_of(tx, counted, tx.now - LONG_MS)?, TO_ADDRESS_LONG, LONG_MS),
    ];
    for ((count, first), most, span) in limits {
        if count >= most {
            let wait_ms = first.unwrap_or(tx.now) + span - tx.now;
            let hours = (wait_ms / HOUR_MS + 1).max(1);
            let wait = if hours > 48 { format!("{} days", hours / 24 + 1) } else { format!("{hours} h") };
            let detail = format!("Enough letters with such links were sent. Look among your letters, or try again in {wait}.");
            let retry_after_s = u64::try_from(wait_ms / 1_000 + 1).ok();
            return Err(Error { retry_after_s, ..Code::RateLimited.error(detail) });
        }
    }
    Ok(())
}

/// Sends the letter with the link, again after a while where the mail server has no time. The token is nowhere but here and in the letter, so a
/// restart ends this; whoever waits asks again.
async fn deliver(mail: Mail, mailer: Arc<Mailer>, to: Address, token: String, place: OwnedSemaphorePermit) {
    let hash = secret::hash(&token);
    let mut has_failed = false;
    for pause in PAUSES_S.iter().map(|s| Some(Duration::from_secs(*s))).chain([None]) {
        let failure = once(&mail.app, &mailer, &to, &token).await.err();
        let said = match &failure {
            None if has_failed => None,
            None => break,
            Some(Failure::Server(_)) => Some("The mail server of this instance can't be used now.".to_owned()),
            Some(other) => Some(other.why().to_owned()),
        };
        let waits = note(&mail, hash, said).await;
        let Some(failure) = failure else { break };
        has_failed = true;
        tracing::warn!(why = failure.kind(), "a letter that asks whether an address is somebody's was not sent");
        let goes_on = matches!(failure, Failure::Server(_) | Failure::Later(_));
        match (waits, pause) {
            (Ok(true), Some(pause)) if goes_on => tokio::time::sleep(pause).await,
            _ => break,
        }
    }
    drop(place);
}

/// Tells whoever asked how the letter went. False: they do not wait for it any more.
async fn note(mail: &Mail, hash: [u8; 32], said: Option<String>) -> Result<bool> {
    let ours = mail.clone();
    let noted = mail.app.db.write(move |tx| {
        let waits = store::note_asked_failure(tx, &hash, said.as_deref())?;
        if let Some(kept) = store::find_asked(tx, &hash)? {
            tell(&ours, tx, kept.user)?;
        }
        Ok(waits)
    });
    noted.await
}

async fn once(app: &App, mailer: &Mailer, to: &Address, token: &str) -> Result<(), Failure> {
    let parts = app.clone();
    let name = app.db.read(move |read| Ok(instance::settings(&parts, read)?.name)).await.map_err(|e| Failure::Server(e.detail))?;
    let now = app.clock.now();
    let letter = words::question(&name, mailer.base_url(), to, token, now + LINK_MS);
    let mut way = mailer.open().await?;
    let sent = way.send(&letter, &name, now).await;
    way.close().await;
    sent.map(drop)
}

fn asked(read: &Read, hash: &[u8; 32], now: i64) -> Result<(Kept, String)> {
    let kept = store::find_asked(read, hash)?.ok_or_else(link_invalid)?;
    let address = kept.asked.as_ref().filter(|asked| asked.at + LINK_MS > now).map(|asked| asked.address.clone());
    Ok((kept, address.ok_or_else(link_invalid)?))
}

/// What the link is about.
///
/// # Errors
/// `auth.link_invalid` where it was used, replaced, or is too old.
pub async fn question(mail: &Mail, token: String) -> Result<Question> {
    let now = mail.app.clock.now();
    let question = mail.app.db.read(move |read| {
        let (kept, address) = asked(read, &secret::hash(&token), now)?;
        Ok(Question { username: snug_accounts::load_user(read, kept.user)?.username, address })
    });
    question.await
}

/// Whoever reads the address's letters says that it is theirs. From then on they get letters: daily ones unless they chose otherwise.
///
/// # Errors
/// As [`question`].
pub async fn confirm(mail: &Mail, token: String, by: Origin) -> Result<()> {
    let ours = mail.clone();
    let confirmed = mail.app.db.write(move |tx| {
        let (kept, _) = asked(tx, &secret::hash(&token), tx.now)?;
        let is_first = kept.address.is_none();
        let rhythm = if is_first && kept.choice.rhythm == Rhythm::Off { Rhythm::Daily } else { kept.choice.rhythm };
        let choice = MailChoice { rhythm, ..kept.choice };
        store::confirm(tx, kept.user)?;
        if is_first {
            store::cover(tx, kept.user, tx.now)?;
        }
        store::set_choice(tx, kept.user, &choice, schedule::next(&choice, tx.now))?;
        audit::note(tx, by, &Deed::new(DeedKind::MailConfirmed).about(kept.user))?;
        tell(&ours, tx, kept.user).map(drop)
    });
    confirmed.await
}

/// Whoever reads the address's letters says that it was not them: nobody can have letters sent there for a year.
///
/// # Errors
/// As [`question`].
pub async fn decline(mail: &Mail, token: String) -> Result<()> {
    let ours = mail.clone();
    let declined = mail.app.db.write(move |tx| {
        let (kept, address) = asked(tx, &secret::hash(&token), tx.now)?;
        store::refuse(tx, &token::address_hash(&ours.app.keys, &address))?;
        store::forget_asked(tx, kept.user)?;
        tell(&ours, tx, kept.user).map(drop)
    });
    declined.await
}

/// Removes a person's addresses: the one that is confirmed, and one that waits.
pub async fn remove(mail: &Mail, me: Me, by: Origin) -> Result<MailState> {
    let ours = mail.clone();
    let removed = mail.app.db.write(move |tx| {
        let Some(kept) = store::find(tx, me.user)? else { return shown(&ours, tx, me.user) };
        store::remove(tx, me.user)?;
        if kept.address.is_some() {
            audit::note(tx, by, &Deed::new(DeedKind::MailRemoved).about(me.user))?;
        }
        tell(&ours, tx, me.user)
    });
    removed.await
}

/// An address that waits is not asked any more: its link is not valid.
pub async fn forget_question(mail: &Mail, me: Me) -> Result<MailState> {
    let ours = mail.clone();
    let forgotten = mail.app.db.write(move |tx| match store::find(tx, me.user)?.and_then(|kept| kept.asked) {
        None => shown(&ours, tx, me.user),
        Some(_) => {
            store::forget_asked(tx, me.user)?;
            tell(&ours, tx, me.user)
        }
    });
    forgotten.await
}

/// Stores when somebody wants letters, and with what.
///
/// # Errors
/// `mail.off`, and `request.invalid` for hours and zones that do not exist.
pub async fn choose(mail: &Mail, me: Me, choice: MailChoice) -> Result<MailState> {
    mail.mailer()?;
    schedule::check(&choice)?;
    let ours = mail.clone();
    let chosen = mail.app.db.write(move |tx| {
        store::ensure(tx, me.user, &MailChoice::default())?;
        let Some(kept) = store::find(tx, me.user)?.filter(|kept| kept.choice != choice) else { return shown(&ours, tx, me.user) };
        put(tx, &kept, &choice)?;
        tell(&ours, tx, me.user)
    });
    chosen.await
}

fn put(tx: &Tx, kept: &Kept, choice: &MailChoice) -> Result<()> {
    if kept.choice.rhythm == Rhythm::Off {
        store::cover(tx, kept.user, tx.now)?; // what happened while they wanted nothing is not told afterwards
    }
    let gets_letters = kept.address.is_some() && kept.failure.is_none();
    store::set_choice(tx, kept.user, choice, schedule::next(choice, tx.now).filter(|_| gets_letters))
}

/// The address whose letters a token ends.
///
/// # Errors
/// `auth.link_invalid` where it is of no letter that this node still sends.
pub async fn subscription(mail: &Mail, token: String) -> Result<String> {
    let keys = mail.app.keys.clone();
    mail.app.db.read(move |read| Ok(subscriber(read, &keys, &token)?.1)).await
}

fn subscriber(read: &Read, keys: &snug_base::keys::Keys, token: &str) -> Result<(Kept, String)> {
    let none = || Code::LinkInvalid.error("This link is of an address that gets no letters from here any more.");
    let user = token::claims(token).ok_or_else(none)?;
    let kept = store::find(read, user)?.ok_or_else(none)?;
    let address = kept.address.clone().filter(|address| token::fits(keys, token, user, address)).ok_or_else(none)?;
    Ok((kept, address))
}

/// Ends the letters to an address, as often as one likes.
///
/// # Errors
/// As [`subscription`].
pub async fn unsubscribe(mail: &Mail, token: String) -> Result<()> {
    let ours = mail.clone();
    let ended = mail.app.db.write(move |tx| {
        let (kept, _) = subscriber(tx, &ours.app.keys, &token)?;
        if kept.choice.rhythm != Rhythm::Off {
            put(tx, &kept, &MailChoice { rhythm: Rhythm::Off, ..kept.choice.clone() })?;
            tell(&ours, tx, kept.user)?;
        }
        Ok(())
    });
    ended.await
}

/// Deletes what is too old to count. Called by a job.
pub(crate) fn forget_old(tx: &Tx) -> Result<()> {
    store::delete_old(tx, tx.now - LONG_MS, tx.now - REFUSED_MS, tx.now - LINK_MS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_are_what_all_mail_servers_take() {
        for good in ["ann@example.org", " Ann.B+list@Sub.Example.ORG ", "o'neil@example.org"] {
            assert!(parse(good).is_ok(), "{good}");
        }
        assert_eq!(parse("Ann@Example.org").unwrap().to_string(), "ann@example.org");
        let long = format!("{}@example.org", "a".repeat(300));
        for bad in [
            "",
            "ann",
            "ann@localhost",
            "ann@example.org.",
            "änn@example.org",
            "ann@exämple.org",
            "\"a\"@example.org",
            "ann@[127.0.0.1]",
            "a@b@example.org",
            "ann@example.org, bob@example.org",
            "ann@example.org\r\nRCPT TO:<bob@example.org>",
            "<ann@example.org>",
            &long,
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_address_has_anything_that_a_mail_server_could_take_for_a_command(text in ".*|[a-z\r\n <>,;:@.\"]{3,30}@example.org") {
            if let Ok(address) = parse(&text) {
                let address = address.to_string();
                prop_assert!(address.is_ascii() && !address.contains(|c: char| c.is_control() || c.is_whitespace() || "<>,;:\"()".contains(c)), "{address:?}");
                prop_assert_eq!(address.matches('@').count(), 1);
            }
        }
    }
}

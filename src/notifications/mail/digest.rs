//! The job that sends letters about what was missed.
use super::missed::{self, Missed, Stretch};
use super::smtp::Failure;
use super::words::{self, Envelope};
use super::{Mail, Mailer, address, schedule, token};
use crate::rules;
use crate::store::mail::{self as store, Kept};
use crate::store::settings;
use jiff::tz::TimeZone;
use snug_accounts::instance;
use snug_base::{App, Code, Result, UserId};

/// People looked at in one run; the others have their turn in the next.
const AT_ONCE: i64 = 200;
/// What happened so lately may not be committed yet: it is for the next letter.
const LATELY_MS: i64 = 15_000;
/// In quiet hours it is looked again after so long.
const QUIET_MS: i64 = 15 * 60_000;
/// After so many letters in a row that were refused, the address is switched off.
const TRIES: i64 = 10;

/// When somebody was last here, as far as the node remembers: Unix milliseconds.
pub type WasHere = dyn Fn(UserId, i64) -> Option<i64> + Send + Sync;

/// A letter that is to be sent now.
struct Due {
    kept: Kept,
    missed: Missed,
    since: i64,
    /// What happened until then is in it.
    upto: i64,
}

/// Sends what is due. Called by a job, once a minute.
///
/// # Errors
/// When the mail server can't be used; it is left alone for a while then.
pub async fn run(mail: &Mail, was_here: &WasHere) -> Result<()> {
    let (Some(mailer), now) = (&mail.mailer, mail.app.clock.now()) else { return Ok(()) };
    if mailer.is_resting(now) {
        return Ok(());
    }
    let due = mail.app.db.read(move |read| store::due(read, now, AT_ONCE)).await?;
    if due.is_empty() {
        return Ok(());
    }
    let parts = mail.app.clone();
    let name = mail.app.db.read(move |read| Ok(instance::settings(&parts, read)?.name)).await?;
    let mut way = None;
    for kept in due {
        let here = was_here(kept.user, now);
        let Some(due) = look(&mail.app, kept, here, now).await? else { continue };
        let sent = match &mut way {
            Some(way) => Ok(way),
            None => mailer.open().await.map(|opened| way.insert(opened)),
        };
        let failed = match sent {
            Ok(way) => send(mail, mailer, way, &name, due).await?,
            Err(failure) => Some(failure),
        };
        if let Some(failure) = failed {
            mailer.rest(now);
            return Err(Code::MailRefused.error(failure.why()));
        }
    }
    if let Some(way) = way {
        way.close().await;
    }
    Ok(())
}

/// What somebody is to be told now. Where there is nothing, it is noted when to look again.
async fn look(app: &App, kept: Kept, here: Option<i64>, now: i64) -> Result<Option<Due>> {
    let user = kept.user;
    let upto = now - LATELY_MS;
    let (covered_until, shows_content) = (kept.covered_until, kept.choice.show_content);
    let (is_quiet, since, missed) = app
        .db
        .read(move |read| {
            let quiet = settings::load(read, user)?.quiet;
            let seen = snug_accounts::last_seen(read, &[user])?.pop().and_then(|(_, at)| at);
            let since = covered_until.max(seen.unwrap_or_default()).max(here.unwrap_or_default());
            if quiet.is_some_and(|quiet| rules::is_quiet(&quiet, now)) {
                return Ok((true, since, Missed::default()));
            }
            let missed = if since < upto {
                missed::look(read, Stretch { user, from: since, to: upto, shows_content }, now)?
            } else {
                Missed::default()
            };
            Ok((false, since, missed))
        })
        .await?;
    if !is_quiet && missed.is_worth_it() {
        return Ok(Some(Due { kept, missed, since, upto }));
    }
    let next_at = if is_quiet { Some(now + QUIET_MS) } else { schedule::next(&kept.choice, now) };
    let covered_until = if is_quiet { covered_until } else { covered_until.max(upto) };
    app.db.write(move |tx| store::take(tx, &kept, covered_until, next_at, 0)).await?;
    Ok(None)
}

/// Takes the stretch, sends the letter, and gives the stretch back where it was not taken. A node that dies in between has told nothing
/// twice. Answers with what keeps every letter from being sent.
async fn send(mail: &Mail, mailer: &Mailer, way: &mut super::mailer::Way<'_>, name: &str, due: Due) -> Result<Option<Failure>> {
    let Due { kept, missed, since, upto } = due;
    let now = mail.app.clock.now();
    let Some(to) = kept.address.as_deref().and_then(|address| address.parse().ok()) else { return Ok(None) };
    let user = kept.user;
    let next_at = schedule::next(&kept.choice, now);
    let seen = kept.clone();
    if !mail.app.db.write(move |tx| store::take(tx, &seen, upto, next_at, seen.tries)).await? {
        return Ok(None); // they changed something meanwhile
    }
    let taken = Kept { covered_until: upto, next_at, ..kept.clone() };
    let token = token::unsubscribe(&mail.app.keys, user, kept.address.as_deref().unwrap_or_default());
    let zone = rules::zone(&kept.choice.zone).unwrap_or(TimeZone::UTC);
    let envelope = Envelope { instance: name, base_url: mailer.base_url(), to, token: &token, since, zone };
    let outcome = way.send(&words::digest(&envelope, &missed), name, now).await;
    let back = |tries: i64, at: Option<i64>| {
        let (taken, covered) = (taken.clone(), kept.covered_until);
        mail.app.db.write(move |tx| store::take(tx, &taken, covered, at, tries))
    };
    match outcome {
        Ok(_) if kept.tries == 0 => {}
        Ok(_) => drop(mail.app.db.write(move |tx| store::take(tx, &taken, upto, next_at, 0)).await?),
        Err(failure @ Failure::Server(_)) => {
            back(kept.tries, kept.next_at).await?;
            return Ok(Some(failure));
        }
        Err(failure) => {
            tracing::warn!(why = failure.kind(), "a letter about what somebody missed was not sent");
            match failure {
                Failure::Address(said) => switch_off(mail, &kept, said).await?,
                Failure::Later(said) if kept.tries + 1 < TRIES => {
                    let _ = said; // it may have their address in it
                    back(kept.tries + 1, Some(schedule::again(kept.tries, now))).await?;
                }
                // it would be refused again; the next letter is another one
                Failure::Letter(_) | Failure::Later(_) if kept.tries + 1 < TRIES => drop(back(kept.tries + 1, next_at).await?),
                Failure::Letter(said) | Failure::Later(said) => switch_off(mail, &kept, said).await?,
                // perhaps it was taken, and nothing is told twice; the connection is of no use any more
                failure => return Ok(Some(failure)),
            }
        }
    }
    Ok(None)
}

/// No more letters to an address that takes none; its owner is told in the settings.
async fn switch_off(mail: &Mail, kept: &Kept, said: String) -> Result<()> {
    let (ours, user, address) = (mail.clone(), kept.user, kept.address.clone().unwrap_or_default());
    let switched = mail.app.db.write(move |tx| {
        if store::fail(tx, user, &address, &said)? {
            address::tell(&ours, tx, user)?;
        }
        Ok(())
    });
    switched.await
}

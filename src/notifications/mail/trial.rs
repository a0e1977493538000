//! A letter that is sent to try whether letters arrive.
use super::address::parse;
use super::model::MailAnswer;
use super::{Mail, words};
use snug_accounts::audit::{Actor, Deed, DeedKind};
use snug_accounts::instance;
use snug_base::{Code, Result};

/// Sends a letter, to try.
///
/// # Errors
/// `mail.off`, and `mail.refused` with what the mail server said.
pub async fn send(mail: &Mail, by: Actor, address: &str) -> Result<MailAnswer> {
    let mailer = mail.mailer()?;
    let to = parse(address)?;
    let parts = mail.app.clone();
    let name = mail.app.db.read(move |read| Ok(instance::settings(&parts, read)?.name)).await?;
    let letter = words::test(&name, mailer.base_url(), &to);
    let now = mail.app.clock.now();
    let sent = async {
        let mut way = mailer.open().await?;
        let sent = way.send(&letter, &name, now).await;
        way.close().await;
        sent
    };
    let outcome = sent.await;
    // not to whom: addresses stand in no log
    by.did(&mail.app, Deed::new(DeedKind::MailTested).fact("taken", outcome.is_ok())).await?;
    match outcome {
        Ok(said) => Ok(MailAnswer { said }),
        Err(failure) => Err(Code::MailRefused.error(failure.why())),
    }
}

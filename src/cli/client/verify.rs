//! `snug verify`
use super::Place;
use super::profile::say;
use crate::cli::qr;
use snug_client::{Error, Result, Session};

pub(super) async fn run(place: &Place, user: &str, is_same: bool, link: Option<&str>) -> Result<()> {
    let mut session = Session::new(place.open()?);
    session.client.settle().await?;
    let person = session.find_user(user).await?;
    if let Some(link) = link {
        if session.client.check_link(link).await? != person {
            return Err(Error::told(format!("This is somebody else's code, not that of {user}.")));
        }
        return say(&format!("{user} is verified."));
    }
    if is_same {
        session.client.set_verified(person, true).await?;
        return say(&format!("{user} is verified."));
    }
    let number = session.client.safety_number(person).await?;
    say(&format!("If {user} sees the same number, nobody is between you:\n"))?;
    for groups in number.groups.chunks(4) {
        say(&format!("  {}", groups.join("  ")))?;
    }
    if let Some(code) = qr::render(&number.link) {
        say(&format!("\nOr let {user} scan this:\n\n{code}"))?;
    }
    say(&format!("\nThe same to send, by a way that you trust:\n\n  {}\n", number.link))?;
    say(&format!("The same? snug verify {user} --yes"))
}

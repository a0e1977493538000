//! `snug devices`, `pair`, `words`, `logout`
use super::Place;
use super::profile::say;
use crate::cli::output::{table, text};
use serde_json::{Value, json};
use snug_client::{Error, Result};
use uuid::Uuid;

pub(super) async fn run(place: &Place, remove: Option<Uuid>, cancel_reset: bool, as_json: bool) -> Result<()> {
    let mut client = place.open()?;
    client.settle().await?;
    if cancel_reset {
        client.cancel_reset().await?;
        say("The reset was cancelled.")?;
    }
    if let Some(id) = remove {
        let password = Place::password(&client).await?;
        client.revoke(&[id], &password).await.map_err(explain)?;
        say("The device is out of your account, and your keys are new.")?;
    }
    let devices = client.devices().await?;
    client.save()?;
    let active = devices.iter().filter(|device| device.is_active);
    if as_json {
        let list: Vec<Value> =
            active.map(|one| json!({ "id": one.id, "kind": one.kind, "is_current": one.is_current, "session": one.session })).collect();
        return say(&Value::Array(list).to_string());
    }
    let rows = active.map(|device| {
        let session = device.session.clone().unwrap_or_default();
        [
            device.id.to_string(),
            device.kind.clone(),
            text(&session["device_name"]),
            if device.is_current { "this one" } else { "" }.to_owned(),
        ]
    });
    say(table(["ID", "KIND", "NAME", ""], rows).trim_end())
}

pub(super) async fn pair(place: &Place, code: &str) -> Result<()> {
    let mut client = place.open()?;
    client.settle().await?;
    client.answer_pairing(code).await?;
    say("The new device belongs to your account now.")
}

pub(super) async fn words(place: &Place) -> Result<()> {
    let mut client = place.open()?;
    client.settle().await?;
    let password = Place::password(&client).await?;
    let words = client.make_words(&password).await.map_err(explain)?;
    say("These words open your messages if you lose your devices and your password. Write them down on paper:\n")?;
    for (at, three) in words.split(' ').collect::<Vec<_>>().chunks(3).enumerate() {
        let numbered = three.iter().enumerate().map(|(n, word)| format!("{:>2}. {word:<10}", at * 3 + n + 1));
        say(&format!("  {}", numbered.collect::<String>().trim_end()))?;
    }
    say("\nEarlier words are worth nothing any more.")
}

pub(super) async fn log_out(place: &Place) -> Result<()> {
    let folder = place.folder()?;
    let mut client = place.open()?;
    match client.leave().await {
        Ok(()) => {}
        // a device that was taken out of the account, or whose session ended, has nothing to take out
        Err(Error::Refused(_) | Error::Protocol(_) | Error::Told(_)) => {}
        Err(other) => return Err(other),
    }
    std::fs::remove_dir_all(&folder).map_err(|e| Error::file(&folder, e))?;
    say("Signed out. Nothing of the account is left on this machine.")
}

/// The password does not open the slot: it is another one than the slot was made with.
fn explain(error: Error) -> Error {
    match error.code() {
        "bad_key" | "bad_seal" | "bad_signature" => Error::told(
            "This password does not open the account's keys. If it is right, it was reset by a link: do this in a browser, under Settings → Privacy & devices.",
        ),
        _ => error,
    }
}

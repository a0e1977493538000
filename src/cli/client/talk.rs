//! `snug chat`, `send` and `tail`
use super::Place;
use super::profile::say;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;
use snug_client::conversation::messages::{Body, Line, Unreadable};
use snug_client::terminal::text::{harmless, one_line};
use snug_client::{Error, Result, Session, Update, terminal};
use std::io::{IsTerminal, Read};
use uuid::Uuid;

/// More than a message may hold; what comes by a pipe is not read without end.
const LONGEST: u64 = 1024 * 1024;

pub(super) async fn chat(place: &Place) -> Result<()> {
    if !std::io::stdout().is_terminal() {
        return Err(Error::told("`snug chat` needs a terminal. Use `snug send` and `snug tail` in scripts."));
    }
    terminal::run(Session::new(place.open()?)).await
}

pub(super) async fn send(place: &Place, to: &str, text: &[String]) -> Result<()> {
    let text = match text {
        [] => from_stdin()?,
        [one] if one == "-" => from_stdin()?,
        words => words.join(" "),
    };
    if text.trim().is_empty() {
        return Err(Error::told("There is nothing to send."));
    }
    let mut session = Session::new(place.open()?);
    session.load().await?;
    let chat = session.find_chat(to).await?;
    session.say(chat, &text, None).await?;
    session.client.save()
}

fn from_stdin() -> Result<String> {
    let mut text = String::new();
    std::io::stdin().take(LONGEST).read_to_string(&mut text).map_err(|e| Error::told(format!("The standard input can't be read: {e}")))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

pub(super) async fn tail(place: &Place, chat: Option<&str>, count: usize, once: bool, as_json: bool) -> Result<()> {
    let mut session = Session::new(place.open()?);
    session.connect().await?;
    let chat = match chat {
        Some(name) => Some(session.find_chat(name).await?),
        None => None,
    };
    if let Some(chat) = chat.filter(|_| count > 0) {
        for line in session.client.page(chat, None, count.min(100)).await? {
            print(&session, &line, as_json)?;
        }
    }
    if !once {
        follow(&mut session, chat, as_json).await?;
    }
    session.client.save()
}

/// Shows what comes until the person has enough.
async fn follow(session: &mut Session, chat: Option<uuid::Uuid>, as_json: bool) -> Result<()> {
    loop {
        tokio::select! {
            wake = session.wait() => match session.handle(wake).await? {
                Some(Update::Line(line, true)) if chat.is_none_or(|chat| chat == line.conversation_id) => print(session, &line, as_json)?,
                Some(Update::Notice(text)) => tracing::warn!("{text}"),
                _ => {}
            },
            _ = tokio::signal::ctrl_c() => return Ok(()),
        }
    }
}

fn print(session: &Session, line: &Line, as_json: bool) -> Result<()> {
    if as_json {
        let (text, unreadable) = match &line.body {
            Body::Text(text) => (Some(text.clone()), None),
            Body::Unreadable(why) => (None, Some(word(why))),
            Body::Other(_) | Body::Deleted | Body::Removed => (None, None),
        };
        let author = session.name_of(line.author_id);
        return say(&json!({
            "id": line.id, "conversation_id": line.conversation_id, "seq": line.seq, "author_id": line.author_id, "author": author,
            "created_at": line.created_at, "text": text, "unreadable": unreadable, "is_encrypted": !line.is_plain && session.is_encrypted(line.conversation_id),
        })
        .to_string());
    }
    let text = match &line.body {
        Body::Text(text) => harmless(text),
        Body::Other(kind) => format!("[{kind}]"),
        Body::Deleted => "[deleted]".to_owned(),
        Body::Removed => "[removed by a moderator]".to_owned(),
        Body::Unreadable(why) => format!("[{}]", word(why)),
    };
    let at = Timestamp::from_millisecond(line.created_at).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(TimeZone::system());
    let place = title(session, line.conversation_id);
    say(&format!(
        "{} {place}{}: {}",
        at.strftime("%Y-%m-%d %H:%M"),
        one_line(&session.name_of(line.author_id)),
        text.replace('\n', "\n    ")
    ))
}

fn title(session: &Session, chat: Uuid) -> String {
    session.chats().iter().find(|known| known.id == chat).map(|chat| format!("[{}] ", one_line(&chat.title))).unwrap_or_default()
}

fn word(why: &Unreadable) -> String {
    match why {
        Unreadable::Waiting => "waiting".to_owned(),
        Unreadable::BeforeJoin => "before_join".to_owned(),
        Unreadable::BeforeReset => "before_reset".to_owned(),
        Unreadable::Newer => "newer".to_owned(),
        Unreadable::Invalid(code) => format!("invalid: {code}"),
    }
}

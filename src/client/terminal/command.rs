//! What a person types after a slash.
use crate::error::{Error, Result};

/// A command of the interactive client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    Help,
    Quit,
    /// A direct conversation with somebody.
    Open(String),
    /// A group: its name and the usernames.
    Group(String, Vec<String>),
    Add(Vec<String>),
    Remove(String),
    Leave,
    Rename(String),
    /// Seconds that messages live; 0 for ever.
    Retain(u64),
    /// Replaces the own last message.
    Edit(String),
    /// Deletes the own last message.
    Delete,
    /// Answers the last message of somebody else.
    Reply(String),
    /// Reacts to the last message.
    React(String),
    Search(String),
    /// Shows the safety number with somebody.
    Safety(Option<String>),
    /// Marks somebody as compared.
    Verified(String),
    /// Accepts somebody's changed identity without comparing.
    Accept(String),
    /// Lets a new device in by its code.
    Pair(String),
    Devices,
    /// Everybody in the conversation.
    People,
}

/// The commands, for people: how they are written and what they do.
pub const HELP: &[(&str, &str)] = &[
    ("/open @name", "a direct conversation with somebody"),
    ("/group NAME: @a @b", "a new group"),
    ("/people, /add @a, /remove @a, /leave", "who is in this conversation"),
    ("/rename NAME", "call the group something else"),
    ("/retain 1h, 1d, 1w, off", "how long messages live"),
    ("/reply TEXT, /react 👍", "answer the last message"),
    ("/edit TEXT, /delete", "your own last message"),
    ("/search WORDS", "what was read on this device"),
    ("/safety [@name]", "the number to compare with somebody"),
    ("/verified @name", "you compared it, and it was the same"),
    ("/accept @name", "go on with somebody whose security number changed"),
    ("/pair CODE, /devices", "your own devices"),
    ("Tab, Shift-Tab", "next and previous conversation"),
    ("PgUp, PgDn", "older and newer messages"),
    ("/quit, Ctrl-C", "leave"),
];

impl Command {
    /// Reads what stands after the slash.
    pub fn read(text: &str) -> Result<Command> {
        let (name, rest) = text.split_once(' ').map_or((text, ""), |(name, rest)| (name, rest.trim()));
        let person = || one_name(rest).ok_or_else(|| Error::told(format!("/{name} needs a name: /{name} @somebody")));
        let words = |what: &str| if rest.is_empty() { Err(Error::told(format!("/{name} needs {what}."))) } else { Ok(rest.to_owned()) };
        Ok(match name {
            "help" | "?" => Command::Help,
            "quit" | "q" => Command::Quit,
            "open" => Command::Open(person()?),
            "group" => read_group(rest)?,
            "add" => {
                let names = names(rest);
                if names.is_empty() {
                    return Err(Error::told("/add needs names: /add @ann @bob"));
                }
                Command::Add(names)
            }
            "remove" => Command::Remove(person()?),
            "leave" => Command::Leave,
            "rename" => Command::Rename(words("the new name")?),
            "retain" => Command::Retain(seconds(rest)?),
            "edit" => Command::Edit(words("the new text")?),
            "delete" => Command::Delete,
            "reply" => Command::Reply(words("the answer")?),
            "react" => Command::React(words("an emoji")?),
            "search" => Command::Search(words("something to look for")?),
            "safety" => Command::Safety(one_name(rest)),
            "verified" => Command::Verified(person()?),
            "accept" => Command::Accept(person()?),
            "pair" => Command::Pair(words("the code that the new device shows")?),
            "devices" => Command::Devices,
            "people" => Command::People,
            other => return Err(Error::told(format!("There is no command /{other}. /help lists them."))),
        })
    }
}

fn one_name(text: &str) -> Option<String> {
    names(text).into_iter().next()
}

fn names(text: &str) -> Vec<String> {
    text.split_whitespace().map(|name| name.trim_start_matches('@').to_lowercase()).filter(|name| !name.is_empty()).collect()
}

fn read_group(text: &str) -> Result<Command> {
    let wrong = || Error::told("A group needs a name and people: /group Weekend hike: @ann @bob");
    let (name, people) = text.split_once(':').ok_or_else(wrong)?;
    let people = names(people);
    if name.trim().is_empty() || people.is_empty() {
        return Err(wrong());
    }
    Ok(Command::Group(name.trim().to_owned(), people))
}

fn seconds(text: &str) -> Result<u64> {
    let wrong = || Error::told("/retain needs a time: /retain 1h, 2d, 4w or off");
    if text == "off" {
        return Ok(0);
    }
    let unit = text.chars().last().ok_or_else(wrong)?;
    let number: u64 = text[..text.len() - unit.len_utf8()].parse().map_err(|_| wrong())?;
    let unit = match unit {
        'h' => 3_600,
        'd' => 86_400,
        'w' => 7 * 86_400,
        _ => return Err(wrong()),
    };
    number.checked_mul(unit).filter(|seconds| (1..=365 * 86_400).contains(seconds)).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_commands() {
        let read = |text: &str| Command::read(text).unwrap();
        assert_eq!(read("open @Ann"), Command::Open("ann".to_owned()));
        assert_eq!(
            read("group Weekend hike: @ann bob"),
            Command::Group("Weekend hike".to_owned(), vec!["ann".to_owned(), "bob".to_owned()])
        );
        assert_eq!(read("retain 2d"), Command::Retain(172_800));
        assert_eq!(read("retain off"), Command::Retain(0));
        assert_eq!(read("edit so much  better"), Command::Edit("so much  better".to_owned()));
        assert_eq!(read("safety"), Command::Safety(None));
    }

    #[test]
    fn says_what_is_missing() {
        for (text, hint) in [
            ("open", "@somebody"),
            ("group hike", "/group Weekend hike"),
            ("group : @a", "/group Weekend hike"),
            ("retain soon", "1h"),
            ("retain 99999999999999999999w", "1h"),
            ("retain 1é", "1h"),
            ("dance", "/help"),
            ("", "/help"),
        ] {
            let error = Command::read(text).unwrap_err().to_string();
            assert!(error.contains(hint), "{text}: {error}");
        }
    }
}

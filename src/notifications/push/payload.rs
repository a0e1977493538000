//! What a push message says. The browser's service worker (web-ui/src/service-worker) makes sentences of it.
use crate::place::Kind;
use serde::Serialize;
use snug_base::{ConversationId, MessageId, Result};
use snug_messages::model::Mentions;
use std::collections::HashMap;
use uuid::Uuid;

/// Characters of a message that are shown.
const TEXT: usize = 240;

/// A push message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Payload {
    /// Something was said.
    Message(Box<Words>),
    /// Somebody tries whether push messages arrive.
    Test,
}

/// Of one conversation: the newest message that is worth it, and how many there are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Words {
    pub conversation_id: ConversationId,
    pub message_id: MessageId,
    pub seq: i64,
    /// Where it is in the app: a path.
    pub url: String,
    pub sender: String,
    /// The room or group; absent in direct conversations, and where only the people in it know its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// The server of a room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    pub kind: Kind,
    /// Absent where the node can't read it, and where its reader does not want it shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// How many in this conversation wait to be read.
    pub count: i64,
    /// How many wait in all, for the app's icon.
    pub badge: i64,
    /// Unix milliseconds.
    pub at: i64,
}

impl Payload {
    /// As it is sealed.
    pub fn bytes(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(self).map_err(snug_base::Error::internal)
    }
}

/// The beginning of a message's text, with names where it mentions somebody or something.
pub fn text(source: &str, mentions: &Mentions, names: &HashMap<Uuid, String>) -> String {
    let mut text = source.to_owned();
    let known = |id: &Uuid| names.get(id).map_or("…", String::as_str);
    for user in &mentions.users {
        text = text.replace(&format!("<@{user}>"), &format!("@{}", known(&user.0)));
    }
    for role in &mentions.roles {
        text = text.replace(&format!("<@&{role}>"), &format!("@{}", known(&role.0)));
    }
    for room in &mentions.rooms {
        text = text.replace(&format!("<#{room}>"), &format!("#{}", known(&room.0)));
    }
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(TEXT) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::super::seal::MOST;
    use super::*;
    use crate::place::name;
    use snug_base::UserId;

    #[test]
    fn mentions_become_names_and_long_texts_end() {
        let ann = UserId::new();
        let mentions = Mentions { users: vec![ann], ..Mentions::default() };
        let names = HashMap::from([(ann.0, "Ann".to_owned())]);
        assert_eq!(text(&format!("Hello <@{ann}>,\n\nhow are you"), &mentions, &names), "Hello @Ann, how are you");
        assert_eq!(text(&"ü".repeat(400), &Mentions::default(), &names).chars().count(), TEXT + 1);
    }

    #[test]
    fn the_longest_one_fits() {
        let wide = |n: usize| "\u{1F642}".repeat(n);
        let words = Words {
            conversation_id: ConversationId::new(),
            message_id: MessageId::new(),
            seq: i64::MAX,
            url: "/s/00000000-0000-0000-0000-000000000000/00000000-0000-0000-0000-000000000000/9223372036854775807".into(),
            sender: name(&wide(200)),
            place: Some(name(&wide(200))),
            server: Some(name(&wide(200))),
            kind: Kind::Room,
            text: Some(text(&wide(400), &Mentions::default(), &HashMap::new())),
            count: i64::MAX,
            badge: i64::MAX,
            at: i64::MAX,
        };
        let bytes = Payload::Message(Box::new(words)).bytes().unwrap_or_default();
        assert!(!bytes.is_empty() && bytes.len() <= MOST, "{}", bytes.len());
        // quotes and control characters take two to six bytes in JSON
        let worst = serde_json::to_string(&text(&"\u{1}".repeat(400), &Mentions::default(), &HashMap::new())).unwrap_or_default();
        assert!(worst.len() < 1_500);
    }
}

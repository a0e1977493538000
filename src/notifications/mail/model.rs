//! What goes over the wire.
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How often somebody wants to be told by e-mail of what they missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Rhythm {
    Off,
    Hourly,
    Daily,
    /// On Mondays.
    Weekly,
}

impl Rhythm {
    /// The word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Rhythm::Off => "off",
            Rhythm::Hourly => "hourly",
            Rhythm::Daily => "daily",
            Rhythm::Weekly => "weekly",
        }
    }

    /// The rhythm of that word.
    pub fn of(word: &str) -> Option<Rhythm> {
        [Rhythm::Off, Rhythm::Hourly, Rhythm::Daily, Rhythm::Weekly].into_iter().find(|rhythm| rhythm.as_str() == word)
    }
}

/// When and with what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MailChoice {
    pub rhythm: Rhythm,
    /// The hour of the day, for daily and weekly letters.
    #[schema(example = 8, minimum = 0, maximum = 23)]
    pub hour: i64,
    /// IANA name of the time zone in which it is that hour.
    #[schema(example = "Europe/Oslo", max_length = 64)]
    pub zone: String,
    /// What was written too, where the node can read it. Otherwise only who wrote, where and how much.
    pub show_content: bool,
}

impl Default for MailChoice {
    fn default() -> Self {
        Self { rhythm: Rhythm::Off, hour: 8, zone: "UTC".to_owned(), show_content: true }
    }
}

/// An address that waits to be confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AskedAddress {
    #[schema(example = "ann@example.org")]
    pub address: String,
    /// Until when the link in the letter works, in Unix milliseconds.
    pub until: i64,
    /// What the mail server said when it did not take that letter.
    pub failure: Option<String>,
}

/// Why an address is switched off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MailFailure {
    /// Unix milliseconds.
    pub at: i64,
    /// What the mail server said.
    #[schema(example = "550 5.1.1 no such user")]
    pub said: String,
}

/// What somebody gets by e-mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MailState {
    /// Whether this node sends e-mail at all.
    pub enabled: bool,
    /// The address that letters come from.
    pub from: Option<String>,
    /// Where letters go: confirmed. Null: none yet.
    pub address: Option<String>,
    pub choice: MailChoice,
    pub asked: Option<AskedAddress>,
    /// The address takes no letters; it is switched off until it is confirmed again.
    pub failure: Option<MailFailure>,
}

/// An address to send a question to: whether it is theirs.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAddress {
    #[schema(example = "ann@example.org", max_length = 254)]
    pub address: String,
    /// IANA name of the time zone of whoever asks, for the hour of their letters.
    #[serde(default)]
    #[schema(example = "Europe/Oslo", max_length = 64)]
    pub zone: Option<String>,
}

/// Where a letter is to go, to try.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TestAddress {
    #[schema(example = "ann@example.org", max_length = 254)]
    pub address: String,
}

/// What the mail server said to a letter that it took.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MailAnswer {
    #[schema(example = "250 2.0.0 Ok: queued as 4Bd9")]
    pub said: String,
}

/// How the node sends e-mail.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MailServer {
    /// Whether a mail server is configured.
    pub enabled: bool,
    pub server: Option<String>,
    pub port: Option<u16>,
    /// `tls`, `starttls` or `none`.
    pub security: Option<String>,
    /// The address that letters come from.
    pub from: Option<String>,
    /// How many people get letters.
    pub people: i64,
}

//! A letter as it goes over the wire: plain text and HTML, nothing that loads or counts anything.
use super::text::{self, NAME};
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, Message};
use snug_base::{Error, Result};
use std::time::{Duration, UNIX_EPOCH};
use uuid::Uuid;

/// Characters of a subject.
const SUBJECT: usize = 150;

/// What is written to somebody.
#[derive(Clone, Debug)]
pub struct Letter {
    pub to: Address,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// Where a POST ends letters of this kind (RFC 8058).
    pub unsubscribe: Option<String>,
}

/// Whom letters come from.
#[derive(Clone, Debug)]
pub struct Sender {
    pub address: Address,
    pub name: String,
    /// The instance's host name, for the letters' own ids.
    pub host: String,
}

impl Letter {
    /// The whole message, only ASCII. `now`: Unix milliseconds.
    pub fn bytes(&self, from: &Sender, now: i64) -> Result<Vec<u8>> {
        let name = Some(text::line(&from.name, NAME)).filter(|name| !name.is_empty());
        let date = UNIX_EPOCH + Duration::from_millis(u64::try_from(now).unwrap_or_default());
        let mut message = Message::builder()
            .from(Mailbox::new(name, from.address.clone()))
            .to(Mailbox::new(None, self.to.clone()))
            .subject(text::line(&self.subject, SUBJECT))
            .date(date)
            .message_id(Some(format!("<{}@{}>", Uuid::now_v7().simple(), from.host)))
            .header(AutoSubmitted);
        if let Some(url) = &self.unsubscribe {
            message = message.header(Unsubscribe(format!("<{url}>"))).header(OneClick);
        }
        let parts = MultiPart::alternative_plain_html(self.text.clone(), self.html.clone());
        Ok(message.multipart(parts).map_err(Error::internal)?.formatted())
    }
}

/// No answering machine answers (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;
/// RFC 2369.
#[derive(Clone)]
struct Unsubscribe(String);
/// RFC 8058.
#[derive(Clone)]
struct OneClick;

macro_rules! header {
    ($type:ty, $name:literal, $self:ident => $value:expr) => {
        impl Header for $type {
            fn name() -> HeaderName {
                HeaderName::new_from_ascii_str($name)
            }
            fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
                Err("this header is only written".into())
            }
            fn display(&self) -> HeaderValue {
                let $self = self;
                HeaderValue::new(Self::name(), $value)
            }
        }
    };
}
header!(AutoSubmitted, "Auto-Submitted", _this => "auto-generated".to_owned());
header!(Unsubscribe, "List-Unsubscribe", this => this.0.clone());
header!(OneClick, "List-Unsubscribe-Post", _this => "List-Unsubscribe=One-Click".to_owned());

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn letter(subject: &str, name: &str, text: &str) -> Vec<u8> {
        let from = Sender { address: "snug@example.org".parse().unwrap(), name: name.to_owned(), host: "chat.example.org".to_owned() };
        let letter = Letter {
            to: "ann@example.org".parse().unwrap(),
            subject: subject.to_owned(),
            text: text.to_owned(),
            html: format!("<p>{}</p>", text::escape(text)),
            unsubscribe: Some("https://chat.example.org/api/v1/mail/unsubscribe?token=abc".to_owned()),
        };
        letter.bytes(&from, 1_763_800_000_000).unwrap()
    }

    /// Names of the headers before the first empty line.
    fn headers(bytes: &[u8]) -> Vec<String> {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let head = text.split("\r\n\r\n").next().unwrap().to_owned();
        head.split("\r\n").filter(|line| !line.starts_with([' ', '\t'])).map(|line| line.split(':').next().unwrap().to_owned()).collect()
    }

    const EXPECTED: [&str; 11] = [
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "MIME-Version",
        "Content-Type",
        "",
    ];

    #[test]
    fn the_way_out_is_written_as_it_is() {
        let text = String::from_utf8(letter("Hello", "Garden", "text")).unwrap();
        assert!(text.contains("List-Unsubscribe: <https://chat.example.org/api/v1/mail/unsubscribe?token=abc>\r\n"), "{text}");
        assert!(text.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn foreign_words_make_no_headers(subject in ".*|(.*\r\nBcc: x@example.org\r\n\r\n.*)", name in ".*|(.*\r\nBcc: x@example.org.*)", text in ".*") {
            let bytes = letter(&subject, &name, &text);
            prop_assert!(bytes.is_ascii());
            let found = headers(&bytes);
            prop_assert!(found.iter().all(|name| EXPECTED.contains(&name.as_str())), "{found:?}");
            prop_assert!(found.len() <= EXPECTED.len());
            prop_assert!(String::from_utf8(bytes).unwrap().lines().all(|line| line.len() <= 998));
        }
    }
}

//! What a store answers, and what that means to the operator.
use super::Options;
use crate::{Code, Error};
use bytes::{Bytes, BytesMut};
use reqwest::Response;
use reqwest::header::{CONTENT_LENGTH, DATE, ETAG, HeaderMap, RETRY_AFTER};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The longest answer that is read: a page of a list, with the longest keys.
const ANSWER_BYTES: usize = 8 * 1024 * 1024;
/// Stores refuse a signature whose time is further from theirs than fifteen minutes.
const SKEW_S: u64 = 10 * 60;
/// What is told of a store's own words, in characters.
const TOLD: usize = 200;

/// An answer whose content is in memory.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: u16,
    pub tag: Option<String>,
    pub length: Option<u64>,
    retry_after_s: Option<u64>,
    /// The region that the bucket is in, where a store says that it is in another.
    region: Option<String>,
    /// How far the store's clock is from ours, in seconds.
    skew_s: u64,
    body: Bytes,
}

/// Why there is no good answer.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The store says no.
    Told(Box<Answer>),
    /// It says: not now.
    Passing(Box<Answer>),
    /// No answer.
    Lost(String),
}

impl Answer {
    pub async fn read(mut response: Response) -> Result<Answer, Trouble> {
        let headers = response.headers();
        let mut answer = Answer {
            status: response.status().as_u16(),
            tag: text_of(headers, ETAG.as_str()),
            length: text_of(headers, CONTENT_LENGTH.as_str()).and_then(|text| text.parse().ok()),
            retry_after_s: text_of(headers, RETRY_AFTER.as_str()).and_then(|text| text.parse().ok()),
            region: text_of(headers, "x-amz-bucket-region"),
            skew_s: skew(headers),
            body: Bytes::new(),
        };
        let mut body = BytesMut::new();
        while let Some(some) = response.chunk().await.map_err(Trouble::lost)? {
            if body.len() + some.len() > ANSWER_BYTES {
                return Err(Trouble::Lost("its answer is too long".to_owned()));
            }
            body.extend_from_slice(&some);
        }
        answer.body = body.freeze();
        Ok(answer)
    }

    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// S3 may begin to answer well and then say that it failed.
    pub fn is_good(&self) -> bool {
        (200..300).contains(&self.status) && !self.is_error()
    }

    fn is_error(&self) -> bool {
        let text = self.text();
        let start = text.trim_start();
        start.starts_with("<Error>") || start.starts_with("<?xml") && start.contains("<Error>")
    }

    /// Whether another try may go well.
    pub fn passes(&self) -> bool {
        let code = self.says();
        matches!(self.status, 408 | 429 | 500 | 502 | 503 | 504) || matches!(code.as_str(), "RequestTimeout" | "SlowDown" | "InternalError")
    }

    /// The store's code for it: `NoSuchBucket`. Empty if it gives none.
    pub fn says(&self) -> String {
        element(&self.text(), "Code")
    }
}

impl Trouble {
    /// The library tells addresses, and ours are signed.
    pub fn lost(e: reqwest::Error) -> Trouble {
        let e = e.without_url();
        if e.is_timeout() {
            return Trouble::silent();
        }
        let mut why = e.to_string();
        let mut source = std::error::Error::source(&e);
        while let Some(inner) = source {
            why = inner.to_string(); // the innermost says what happened
            source = inner.source();
        }
        Trouble::Lost(shortened(&why))
    }

    pub fn silent() -> Trouble {
        Trouble::Lost("no answer in time".to_owned())
    }

    /// How long to wait, if the store says so.
    pub fn wait(&self) -> Option<Duration> {
        match self {
            Trouble::Told(answer) | Trouble::Passing(answer) => answer.retry_after_s.map(Duration::from_secs),
            Trouble::Lost(_) => None,
        }
    }

    /// For the operator: what is wrong and what to do.
    pub fn error(self, options: &Options) -> Error {
        let (host, settings, bucket) = (options.host(), options.settings, &options.bucket);
        let answer = match self {
            Trouble::Lost(why) => {
                return Code::Unavailable
                    .error(format!("{host} can't be reached: {why}. Check {settings}endpoint, the network and that it runs."));
            }
            Trouble::Told(answer) | Trouble::Passing(answer) => answer,
        };
        let code = answer.says();
        let told = if code.is_empty() { answer.status.to_string() } else { format!("{} {}", answer.status, shortened(&code)) };
        let is_auth = matches!(answer.status, 400 | 401 | 403);
        if is_auth && (answer.skew_s > SKEW_S || code == "RequestTimeTooSkewed") {
            return Code::Unavailable.error(format!(
                "{host} refuses the request ({told}): this machine's clock and its own differ by {} minutes. Set the clock (timedatectl set-ntp true).",
                answer.skew_s / 60
            ));
        }
        Code::Unavailable.error(match (answer.status, code.as_str()) {
            (_, "NoSuchBucket") => {
                format!("{host} has no bucket {bucket:?}. Make it there first, or correct {settings}bucket.")
            }
            (301 | 307 | 308, _) | (_, "PermanentRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException") => {
                let other = answer.region.filter(|region| region.len() < 64).map_or_else(String::new, |region| format!(" It is in {region:?}."));
                format!("{host} has the bucket {bucket:?} in another region or at another address ({told}).{other} Correct {settings}region and {settings}endpoint.")
            }
            (_, "InvalidAccessKeyId" | "SignatureDoesNotMatch") | (401, _) => {
                format!("{host} does not accept the key ({told}). Check {settings}access_key and its secret.")
            }
            (403, _) => format!(
                "{host} refuses it ({told}). Check {settings}access_key and its secret, and that the key may read, write, list and delete in {bucket:?}."
            ),
            (404, _) => return Code::NotFound.error(format!("{host} has no such object in {bucket:?} ({told}).")),
            (507, _) | (_, "QuotaExceeded" | "StorageFull" | "XMinioStorageFull") => {
                return Code::StorageFull.error(format!("{host} has no room left ({told}). Make some, or keep less."));
            }
            _ => format!("{host} can't do it: {told}. {}", shortened(&element(&answer.text(), "Message"))),
        })
    }
}

fn text_of(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

fn skew(headers: &HeaderMap) -> u64 {
    let theirs = text_of(headers, DATE.as_str()).and_then(|date| time_of(&date));
    let ours = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    theirs.map_or(0, |theirs| ours.abs_diff(theirs))
}

/// Unix seconds of `Sun, 22 Nov 2026 11:00:00 GMT`.
fn time_of(date: &str) -> Option<u64> {
    let mut parts = date.split_ascii_whitespace().skip(1);
    let day: u64 = parts.next()?.parse().ok()?;
    let name = parts.next()?;
    let month =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"].iter().position(|one| *one == name)? as u64;
    let year: u64 = parts.next()?.parse().ok().filter(|year| (1970..10_000).contains(year))?;
    let mut clock = parts.next()?.split(':').map(|part| part.parse::<u64>().ok());
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    // days since 1970, counted in years that begin in March
    let (years, months) = if month < 2 { (year - 1, month + 10) } else { (year, month - 2) };
    let days = years * 365 + years / 4 - years / 100 + years / 400 + (months * 306 + 5) / 10 + day - 1;
    Some((days.checked_sub(719_468)? * 24 + hour) * 3_600 + minute * 60 + second)
}

/// The text of the first element of that name. Enough for answers that say what went wrong.
fn element(xml: &str, name: &str) -> String {
    let inner = xml.split_once(&format!("<{name}>")).and_then(|(_, rest)| rest.split_once("</"));
    inner.map(|(text, _)| text.trim().to_owned()).unwrap_or_default()
}

/// Words from outside: one short line.
fn shortened(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(TOLD).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read() {
        assert_eq!(time_of("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(time_of("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(time_of("Thu, 29 Feb 2024 23:59:59 GMT"), Some(1_709_251_199));
        for bad in ["", "Sun", "Sun, 06 Nov 1 08:49:37 GMT", "Sun, x Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT"] {
            assert_eq!(time_of(bad), None, "{bad}");
        }
    }

    #[test]
    fn codes_are_found_in_answers() {
        let answer = "<?xml version=\"1.0\"?>\n<Error><Code>NoSuchBucket</Code><Message>gone</Message></Error>";
        assert_eq!((element(answer, "Code").as_str(), element(answer, "Message").as_str()), ("NoSuchBucket", "gone"));
        assert_eq!(element("<Code>half", "Code"), "");
        assert_eq!(shortened("a\nb\u{7}c"), "abc");
    }
}

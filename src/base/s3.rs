//! Objects in a bucket, as Amazon's S3 and many others keep them (Garage, MinIO, Ceph, Backblaze, Hetzner, R2 …).
//!
//! Where the store is, the operator says: it may lie on this machine or in a private network. No redirect is followed, every request has a
//! bound in time, every answer one in size, and neither keys nor signed addresses get into errors or the log. What fails for a reason that
//! passes is tried again. Requests are signed for the real time, not the node's clock: the store compares it with its own.
mod answer;
mod stream;
mod upload;

pub use stream::{Reader, Writer, ask};
pub use upload::{MOST_PARTS, Upload};

use crate::config::Secret;
use crate::{Code, Error, Result, outbound};
use answer::{Answer, Trouble};
use bytes::Bytes;
use reqwest::header::{IF_MATCH, RANGE};
use reqwest::{Client, Response, Url, redirect};
use rusty_s3::actions::ListObjectsV2;
use rusty_s3::{Bucket, Credentials, S3Action, UrlStyle};
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::timeout;

/// How long a signed address is good for. A request has to begin within it.
const SIGNED_FOR: Duration = Duration::from_secs(3_600);
const CONNECT: Duration = Duration::from_secs(10);
/// How long the store may be silent while it sends something long, or before it begins.
const SILENCE: Duration = Duration::from_secs(60);
/// What a request may take at most, beside the time for what it sends.
const PATIENCE: Duration = Duration::from_secs(120);
/// What putting parts together may take: stores do that before they answer.
const PATIENCE_AT_END: Duration = Duration::from_secs(900);
/// What is sent may go so slowly (bytes per second).
const SLOWEST: u64 = 16 * 1024;
/// How often something is tried that a person waits for: what is wrong in the configuration has to be told soon.
const TRIES: u32 = 3;
/// How often a piece of something long is tried: a minute in which the store starts anew must not cost hours of work.
const TRIES_OF_A_PART: u32 = 8;
/// The first pause between tries; each next one is twice as long.
const PAUSE: Duration = Duration::from_millis(300);
/// The longest pause, also if the store asks for more.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Objects that are listed at most.
const MOST_LISTED: usize = 100_000;

/// Which bucket, and how to get in.
#[derive(Clone, Debug)]
pub struct Options {
    /// What the names of the settings begin with, for errors: "backup.s3_".
    pub settings: &'static str,
    pub endpoint: String,
    pub region: String,
    pub bucket: String,
    pub access_key: String,
    pub secret_key: Secret,
    /// Whether the bucket is part of the path or of the host.
    pub path_style: bool,
    /// An authority (PEM) to be trusted beside the system's.
    pub ca_file: Option<PathBuf>,
}

/// A bucket that can be asked. Belongs to the runtime that it was opened in.
pub struct Store {
    client: Client,
    bucket: Bucket,
    credentials: Credentials,
    options: Options,
}

/// An object of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    pub key: String,
    pub size: u64,
}

impl Options {
    /// The setting that is wrong and what is wrong with it, if anything is.
    pub fn wrong(&self) -> Option<(&'static str, String)> {
        let url = self.endpoint.parse::<Url>().ok().filter(|url| matches!(url.scheme(), "https" | "http") && url.host_str().is_some());
        let Some(url) = url.filter(|url| url.username().is_empty() && url.password().is_none() && url.query().is_none()) else {
            return Some(("endpoint", "must be an address such as https://s3.example.org, without keys in it.".to_owned()));
        };
        let is_name = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
        if !(1..=255).contains(&self.bucket.len()) || !is_name(&self.bucket) {
            return Some(("bucket", format!("must be the name of a bucket; it is {:?}.", self.bucket)));
        }
        if !(1..=100).contains(&self.region.len()) || !is_name(&self.region) {
            return Some(("region", format!("must be the name of a region such as us-east-1; it is {:?}.", self.region)));
        }
        let has_key = !self.access_key.is_empty() && self.access_key.len() <= 255 && self.access_key.bytes().all(|b| b.is_ascii_graphic());
        if !has_key {
            return Some(("access_key", "must be the id of a key.".to_owned()));
        }
        let style = if self.path_style { UrlStyle::Path } else { UrlStyle::VirtualHost };
        let bucket = Bucket::new(url, style, self.bucket.clone(), self.region.clone());
        bucket.err().map(|e| ("path_style", format!("the bucket can't be part of the endpoint's host name ({e}). Set it to true.")))
    }

    /// Where it is, for people: no secrets.
    pub fn host(&self) -> &str {
        let rest = self.endpoint.split_once("://").map_or(self.endpoint.as_str(), |(_, rest)| rest);
        rest.split('/').next().unwrap_or(rest)
    }
}

impl Store {
    pub fn open(options: &Options) -> Result<Store> {
        if let Some((key, what)) = options.wrong() {
            return Err(Code::Internal.error(format!("{}{key}: {what}", options.settings)));
        }
        let client = Client::builder()
            .tls_backend_preconfigured(outbound::tls(options.ca_file.as_deref())?)
            .user_agent(concat!("snug/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT)
            .build()
            .map_err(Error::internal)?;
        let endpoint = options.endpoint.parse().map_err(Error::internal)?;
        let style = if options.path_style { UrlStyle::Path } else { UrlStyle::VirtualHost };
        let bucket = Bucket::new(endpoint, style, options.bucket.clone(), options.region.clone()).map_err(Error::internal)?;
        let credentials = Credentials::new(options.access_key.clone(), options.secret_key.0.as_str());
        Ok(Store { client, bucket, credentials, options: options.clone() })
    }

    /// Stores an object that is in memory.
    pub async fn put(&self, key: &str, content: Bytes) -> Result<()> {
        let action = self.bucket.put_object(Some(&self.credentials), key);
        self.done(&action, content, TRIES_OF_A_PART).await.map(drop)
    }

    /// How large an object is; `None` if there is none, or the key may not look.
    pub async fn size(&self, key: &str) -> Result<Option<u64>> {
        let action = self.bucket.head_object(Some(&self.credentials), key);
        let answer = self.ask(&action, Bytes::new(), TRIES).await?;
        match answer.status {
            // an answer without a body does not say why
            403 | 404 => Ok(None),
            _ => self.checked(answer).map(|answer| answer.length),
        }
    }

    /// An object's content from that byte on, if it still is the one with that tag.
    async fn get(&self, key: &str, from: u64, tag: Option<&str>) -> Result<Response, Trouble> {
        let action = self.bucket.get_object(Some(&self.credentials), key);
        let mut request = self.client.get(action.sign(SIGNED_FOR));
        if from > 0 {
            request = request.header(RANGE, format!("bytes={from}-"));
        }
        if let Some(tag) = tag {
            request = request.header(IF_MATCH, tag);
        }
        let response = timeout(SILENCE, request.send()).await.map_err(|_| Trouble::silent())?.map_err(Trouble::lost)?;
        if response.status().is_success() && (from == 0 || response.status() == 206) {
            return Ok(response);
        }
        let answer = timeout(PATIENCE, Answer::read(response)).await.map_err(|_| Trouble::silent())??;
        if answer.passes() { Err(Trouble::Passing(Box::new(answer))) } else { Err(Trouble::Told(Box::new(answer))) }
    }

    /// Objects whose keys begin so, sorted by key; at most 100,000.
    pub async fn list(&self, prefix: &str) -> Result<Vec<Object>> {
        let (mut found, mut token) = (Vec::new(), None::<String>);
        loop {
            let mut action = ListObjectsV2::new(&self.bucket, Some(&self.credentials));
            action.with_prefix(prefix);
            if let Some(token) = token.take() {
                action.with_continuation_token(token);
            }
            let answer = self.done(&action, Bytes::new(), TRIES).await?;
            let page = ListObjectsV2::parse_response(&answer.text()).map_err(|e| self.odd(&e.to_string()))?;
            found.extend(page.contents.into_iter().map(|one| Object { key: one.key, size: one.size.unwrap_or_default() }));
            token = page.next_continuation_token;
            if token.is_none() || found.len() >= MOST_LISTED {
                found.truncate(MOST_LISTED);
                found.sort_by(|a, b| a.key.cmp(&b.key));
                return Ok(found);
            }
        }
    }

    /// Deletes an object; one that is not there is no error.
    pub async fn delete(&self, key: &str) -> Result<()> {
        let action = self.bucket.delete_object(Some(&self.credentials), key);
        let answer = self.ask(&action, Bytes::new(), TRIES).await?;
        if answer.status == 404 && answer.says() != "NoSuchBucket" { Ok(()) } else { self.checked(answer).map(drop) }
    }

    /// Asks, and takes only a good answer.
    async fn done<'a, A: S3Action<'a>>(&self, action: &A, body: Bytes, tries: u32) -> Result<Answer> {
        let answer = self.ask(action, body, tries).await?;
        self.checked(answer)
    }

    /// Asks until there is an answer that will not be another one in a moment.
    async fn ask<'a, A: S3Action<'a>>(&self, action: &A, body: Bytes, tries: u32) -> Result<Answer> {
        let mut pause = PAUSE;
        for number in 1.. {
            let trouble = match self.try_once(action, body.clone()).await {
                Ok(answer) if !answer.passes() => return Ok(answer),
                Ok(answer) => Trouble::Passing(Box::new(answer)),
                Err(trouble) => trouble,
            };
            if number >= tries {
                return Err(trouble.error(&self.options));
            }
            pause = rest(pause, &trouble).await;
        }
        Err(Error::internal("no try"))
    }

    async fn try_once<'a, A: S3Action<'a>>(&self, action: &A, body: Bytes) -> Result<Answer, Trouble> {
        let method = reqwest::Method::from_bytes(A::METHOD.to_str().as_bytes()).unwrap_or_default();
        let patience = if matches!(A::METHOD, rusty_s3::Method::Post) { PATIENCE_AT_END } else { PATIENCE };
        let limit = patience + Duration::from_secs(body.len() as u64 / SLOWEST);
        let mut request = self.client.request(method, action.sign(SIGNED_FOR)).timeout(limit);
        if !body.is_empty() || matches!(A::METHOD, rusty_s3::Method::Put | rusty_s3::Method::Post) {
            request = request.header(reqwest::header::CONTENT_LENGTH, body.len()).body(body);
        }
        Answer::read(request.send().await.map_err(Trouble::lost)?).await
    }

    fn checked(&self, answer: Answer) -> Result<Answer> {
        if answer.is_good() { Ok(answer) } else { Err(Trouble::Told(Box::new(answer)).error(&self.options)) }
    }

    /// An answer that no store should give.
    fn odd(&self, what: &str) -> Error {
        Error {
            source: Some(what.to_owned().into()),
            ..Code::Unavailable.error(format!(
                "{} does not answer as an S3 store does. Check {}endpoint.",
                self.options.host(),
                self.options.settings
            ))
        }
    }
}

/// Waits before another try; gives the next pause.
async fn rest(pause: Duration, trouble: &Trouble) -> Duration {
    tokio::time::sleep(trouble.wait().unwrap_or(pause).min(LONGEST_PAUSE)).await;
    (pause * 2).min(LONGEST_PAUSE)
}

//! An object that comes in parts. Nobody sees it before its end.
use super::{Store, TRIES, TRIES_OF_A_PART};
use crate::{Error, Result};
use bytes::Bytes;
use rusty_s3::actions::{CompleteMultipartUpload, CompleteMultipartUploadResponse, CreateMultipartUpload};

/// Parts of an object.
pub const MOST_PARTS: usize = 10_000;

/// An object that is on its way.
pub struct Upload<'a> {
    store: &'a Store,
    key: String,
    id: String,
    tags: Vec<String>,
    bytes: u64,
}

impl Store {
    /// Begins an object that comes in parts.
    pub async fn begin(&self, key: &str) -> Result<Upload<'_>> {
        let action = self.bucket.create_multipart_upload(Some(&self.credentials), key);
        let answer = self.done(&action, Bytes::new(), TRIES).await?;
        let begun = CreateMultipartUpload::parse_response(&answer.text()).map_err(|e| self.odd(&e.to_string()))?;
        Ok(Upload { store: self, key: key.to_owned(), id: begun.upload_id().to_owned(), tags: Vec::new(), bytes: 0 })
    }

    /// Gives up an object that was begun; the store forgets its parts. One that it does not know is no error.
    pub async fn abort(&self, key: &str, id: &str) -> Result<()> {
        let action = self.bucket.abort_multipart_upload(Some(&self.credentials), key, id);
        let answer = self.ask(&action, Bytes::new(), TRIES).await?;
        if answer.status == 404 { Ok(()) } else { self.checked(answer).map(drop) }
    }
}

impl Upload<'_> {
    /// What the store calls it; needed to give it up later.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The next part. All but the last must have the same size, of at least 5 MiB.
    pub async fn part(&mut self, content: Bytes) -> Result<()> {
        let number = u16::try_from(self.tags.len() + 1).ok().filter(|number| usize::from(*number) <= MOST_PARTS);
        let number = number.ok_or_else(|| {
            crate::Code::StorageFull
                .error(format!("It would have more than {MOST_PARTS} parts. Make them larger: {}part_mib.", self.store.options.settings))
        })?;
        self.bytes += content.len() as u64;
        let action = self.store.bucket.upload_part(Some(&self.store.credentials), &self.key, number, &self.id);
        let answer = self.store.done(&action, content, TRIES_OF_A_PART).await?;
        self.tags.push(answer.tag.ok_or_else(|| self.store.odd("a part without a tag"))?);
        Ok(())
    }

    /// Puts the parts together: from now on the object is there.
    pub async fn complete(&self) -> Result<()> {
        let tags = self.tags.iter().map(String::as_str);
        let action = CompleteMultipartUpload::new(&self.store.bucket, Some(&self.store.credentials), &self.key, &self.id, tags);
        let body = Bytes::from(action.clone().body());
        let answer = self.store.ask(&action, body, TRIES_OF_A_PART).await?;
        if answer.says() == "NoSuchUpload" && self.store.size(&self.key).await? == Some(self.bytes) {
            return Ok(()); // an earlier try got there, only its answer did not come back
        }
        let answer = self.store.checked(answer)?;
        CompleteMultipartUploadResponse::parse(&answer.text()).map(drop).map_err(|e| self.store.odd(&e.to_string()))
    }

    /// Gives it up.
    pub async fn abort(&self) -> Result<(), Error> {
        self.store.abort(&self.key, &self.id).await
    }
}

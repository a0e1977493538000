//! The way from a command to the running node: a Unix socket in the data folder, one line of JSON there and one back.
//! Whoever may open it owns the data folder, and may do anything anyway.
use super::task::{self, Place, Task};
use crate::Node;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use snug_base::{Code, Error, Result};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::time::timeout;

const FILE: &str = "admin.sock";
const LINE_BYTES: u64 = 64 * 1024;
/// How long the other side may take to ask, and to take the answer. What is asked for may take longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// The node's answer to a task.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Ok(Value),
    Error { code: String, detail: String },
}

/// A socket that is removed when the node stops.
pub struct Socket {
    listener: UnixListener,
    path: PathBuf,
}

impl Drop for Socket {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path); // the next node removes what is left over
    }
}

impl Socket {
    /// Opens the socket. The caller holds the data folder's lock, so whatever lies there is a dead node's.
    pub fn open(data: &Path) -> Result<Socket> {
        let path = data.join(FILE);
        let _ = std::fs::remove_file(&path);
        let refused = |e: std::io::Error| Error {
            source: Some(e.into()),
            ..Code::Internal.error(format!("The socket {} can't be opened.", path.display()))
        };
        let listener = UnixListener::bind(&path).map_err(refused)?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).map_err(refused)?;
        Ok(Socket { listener, path })
    }

    /// Does tasks until dropped.
    pub async fn serve(self, node: Node, place: Place) {
        let mut under_way = tokio::task::JoinSet::new();
        while let Ok((stream, _)) = self.listener.accept().await {
            let (node, place) = (node.clone(), place.clone());
            under_way.spawn(async move {
                if let Err(e) = answer(stream, &node, &place).await {
                    tracing::warn!(error = %e, "a command was not answered");
                }
            });
            while under_way.try_join_next().is_some() {}
        }
    }
}

async fn answer(stream: UnixStream, node: &Node, place: &Place) -> std::io::Result<()> {
    let (from, mut to) = stream.into_split();
    let mut line = String::new();
    let mut asked = BufReader::new(from.take(LINE_BYTES));
    timeout(PATIENCE, asked.read_line(&mut line)).await??;
    let outcome = match serde_json::from_str::<Task>(&line) {
        Ok(task) => task::run(node, place, task).await,
        Err(e) => {
            Err(Code::Malformed.error(format!("The running node does not know this command ({e}). It may be another version: restart it.")))
        }
    };
    let answer = outcome.map_or_else(|e| Answer::Error { code: e.code.as_str().to_owned(), detail: e.detail }, Answer::Ok);
    let mut text = serde_json::to_vec(&answer)?;
    text.push(b'\n');
    timeout(PATIENCE, to.write_all(&text)).await?
}

/// Has the running node do a task. `None` when no node is running on this data.
pub async fn ask(data: &Path, task: &Task) -> Result<Option<Value>> {
    let Ok(mut stream) = UnixStream::connect(data.join(FILE)).await else { return Ok(None) };
    let mut line = serde_json::to_vec(task).map_err(Error::internal)?;
    line.push(b'\n');
    stream.write_all(&line).await.map_err(Error::internal)?;
    let mut text = String::new();
    stream.read_to_string(&mut text).await.map_err(Error::internal)?;
    match serde_json::from_str(&text).map_err(Error::internal)? {
        Answer::Ok(value) => Ok(Some(value)),
        Answer::Error { code, detail } => {
            let code = Code::ALL.iter().copied().find(|known| known.as_str() == code).unwrap_or(Code::Internal);
            Err(code.error(detail))
        }
    }
}

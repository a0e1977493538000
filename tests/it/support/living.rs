//! Devices that live on by themselves, each in a task of its own, as programs do.
use super::terminal::{Terminal, shown};
use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use snug_client::Update;
use snug_client::conversation::messages::{Body, Unreadable};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

type Job = Box<dyn for<'a> FnOnce(&'a mut Terminal) -> BoxFuture<'a, ()> + Send>;

/// What a device was told while it lived.
#[derive(Default)]
pub struct Seen {
    /// Things that a person would be told.
    pub notices: Vec<String>,
    /// Messages that came and could not be verified, which an honest node never gives reason for.
    pub invalid: Vec<String>,
    /// Messages that came before their key.
    pub late: usize,
    /// Why the session ended, if it did.
    pub ended: Option<String>,
}

/// A device that takes in what happens while nobody asks it anything.
pub struct Living {
    jobs: mpsc::UnboundedSender<Job>,
    task: JoinHandle<Terminal>,
    pub seen: Arc<Mutex<Seen>>,
}

impl Living {
    pub fn start(terminal: Terminal) -> Living {
        let (jobs, orders) = mpsc::unbounded_channel();
        let seen = Arc::new(Mutex::new(Seen::default()));
        Living { jobs, task: tokio::spawn(live(terminal, orders, seen.clone())), seen }
    }

    /// Does something with the device, between two things that happen to it.
    pub async fn with<T: Send + 'static>(&self, job: impl for<'a> FnOnce(&'a mut Terminal) -> BoxFuture<'a, T> + Send + 'static) -> T {
        let (give, take) = oneshot::channel();
        let job: Job = Box::new(move |terminal| {
            Box::pin(async move {
                let _ = give.send(job(terminal).await);
            })
        });
        assert!(self.jobs.send(job).is_ok(), "the device lives");
        take.await.expect("the device answers")
    }

    /// Stops living; gives the device as it is.
    pub async fn end(self) -> Terminal {
        drop(self.jobs);
        self.task.await.unwrap()
    }
}

async fn live(mut terminal: Terminal, mut jobs: mpsc::UnboundedReceiver<Job>, seen: Arc<Mutex<Seen>>) -> Terminal {
    loop {
        let has_ended = seen.lock().ended.is_some();
        tokio::select! {
            biased;
            job = jobs.recv() => match job {
                Some(job) => job(&mut terminal).await,
                None => return terminal,
            },
            wake = terminal.session.wait(), if !has_ended => match terminal.session.handle(wake).await {
                Ok(None) => {}
                Ok(Some(update)) => note(&mut seen.lock(), &update),
                Err(error) => seen.lock().ended = Some(error.to_string()),
            },
        }
    }
}

fn note(seen: &mut Seen, update: &Update) {
    match update {
        Update::Notice(text) => seen.notices.push(text.clone()),
        Update::Line(line, _) => match &line.body {
            Body::Unreadable(Unreadable::Waiting) => seen.late += 1,
            Body::Unreadable(Unreadable::Invalid(_) | Unreadable::Newer) => seen.invalid.push(format!("{} {}", line.seq, shown(line))),
            _ => {}
        },
        _ => {}
    }
}

//! Hears what was said, waits whether it is read, and sends what is left. Nobody who writes a message waits for any of this.
use super::Subscription;
use super::deliver::{Outcome, Post};
use super::payload::Payload;
use super::whom::{self, Stretch, Telling};
use crate::store::subscriptions;
use snug_base::{App, ConversationId, Effect, Result, Said, SessionId, UserId};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{Instant, sleep, sleep_until};

/// Messages that may wait to be heard. What is more is not pushed; the devices find it when they come back.
const HEARD: usize = 8_192;
/// Conversations that may wait for their time.
const WAITING: usize = 20_000;
/// Conversations looked at in one read.
const AT_ONCE: usize = 32;
/// Messages on their way to push services, and how many of them at the same time.
const ON_THE_WAY: usize = 10_000;
const SENDING: usize = 16;
/// Somebody who looks at another device is asked for again after so long, so many times.
const LOOKING: Duration = Duration::from_secs(60);
const LOOKS: u8 = 2;
/// How often a push service is asked to take one message; the pause after the first try, which grows, and the longest one.
const TRIES: u32 = 5;
const PAUSE_S: u64 = 10;
const PAUSE_MOST_S: u64 = 3_600;

/// What the worker is told.
#[derive(Debug)]
pub enum Heard {
    Said(Said),
    /// These sessions have ended, and their subscriptions with them.
    Ended(Vec<SessionId>),
}

/// Where commits tell what was said. Never waits.
#[derive(Clone)]
pub struct Mouth(mpsc::Sender<Heard>);

/// Where the worker hears it.
pub struct Ears(mpsc::Receiver<Heard>);

/// The two ends.
pub fn channel() -> (Mouth, Ears) {
    let (sender, receiver) = mpsc::channel(HEARD);
    (Mouth(sender), Ears(receiver))
}

impl Mouth {
    /// Passes on what concerns this domain of a commit. Says whether that is all that the effect is about.
    pub fn pass(&self, effect: &Effect) -> bool {
        let heard = match effect {
            Effect::Said(said) => Heard::Said(*said),
            Effect::EndSessions { sessions } => Heard::Ended(sessions.clone()),
            _ => return false,
        };
        let _ = self.0.try_send(heard); // see `HEARD`
        matches!(effect, Effect::Said(_))
    }
}

type IsLooking = Arc<dyn Fn(UserId) -> bool + Send + Sync>;

/// Conversations of which something waits to be told, to everybody or (again) to one person.
type Waiting = HashMap<(ConversationId, Option<UserId>), Wait>;

struct Wait {
    due: Instant,
    from: i64,
    to: i64,
    /// How often it was put off.
    looks: u8,
}

/// Works until every `Mouth` is gone. `is_looking`: whether somebody looks at one of their devices now.
pub async fn run(app: &App, mut ears: Ears, is_looking: IsLooking) -> Result<()> {
    let delay = Duration::from_millis(app.config.push.delay_ms);
    let sender = Sender {
        app: app.clone(),
        post: Arc::new(Post::open(app).await?),
        on_the_way: Arc::new(Semaphore::new(ON_THE_WAY)),
        sending: Arc::new(Semaphore::new(SENDING)),
    };
    let mut waiting = Waiting::new();
    // when the first of them is due
    let mut next: Option<Instant> = None;
    loop {
        tokio::select! {
            heard = ears.0.recv() => match heard {
                None => return Ok(()),
                Some(Heard::Said(said)) => {
                    let room = waiting.len() < WAITING;
                    match waiting.get_mut(&(said.conversation, None)) {
                        Some(wait) => wait.to = wait.to.max(said.seq),
                        None if room => {
                            let due = Instant::now() + delay;
                            next = Some(next.map_or(due, |next| next.min(due)));
                            waiting.insert((said.conversation, None), Wait { due, from: said.seq, to: said.seq, looks: 0 });
                        }
                        None => {}
                    }
                }
                Some(Heard::Ended(_)) => {
                    if let Err(e) = app.db.write(subscriptions::delete_ended).await {
                        tracing::warn!(error = %e, "push subscriptions of ended sessions stay until the next hour");
                    }
                }
            },
            () = sleep_until(next.unwrap_or_else(Instant::now)), if next.is_some() => {
                if let Err(e) = tell(&sender, &mut waiting, &is_looking).await {
                    tracing::warn!(error = %e, "nobody was told of what was said");
                }
                next = waiting.values().map(|wait| wait.due).min();
            }
        }
    }
}

/// Tells what is due.
async fn tell(sender: &Sender, waiting: &mut Waiting, is_looking: &IsLooking) -> Result<()> {
    let now = Instant::now();
    let due: Vec<_> = waiting.iter().filter(|(_, wait)| wait.due <= now).map(|(key, _)| *key).take(AT_ONCE).collect();
    let due: Vec<(Stretch, u8)> = due
        .into_iter()
        .filter_map(|(conversation, only)| {
            let wait = waiting.remove(&(conversation, only))?;
            Some((Stretch { conversation, from: wait.from, to: wait.to, only }, wait.looks))
        })
        .collect();
    let at = sender.app.clock.now();
    let tellings = sender.app.db.read(move |read| {
        if !whom::are_any(read)? {
            return Ok(Vec::new());
        }
        let mut all: Vec<(Telling, Stretch, u8)> = Vec::new();
        for (stretch, looks) in due {
            all.extend(whom::of(read, stretch, at)?.into_iter().map(|telling| (telling, stretch, looks)));
        }
        Ok(all)
    });
    for (telling, stretch, looks) in tellings.await? {
        if !is_looking(telling.user) {
            sender.send(telling);
        } else if looks < LOOKS {
            let wait = Wait { due: now + LOOKING, from: stretch.from, to: stretch.to, looks: looks + 1 };
            let again = waiting.entry((stretch.conversation, Some(telling.user))).or_insert(wait);
            again.to = again.to.max(stretch.to);
        }
    }
    Ok(())
}

/// Sends, a few at a time.
#[derive(Clone)]
struct Sender {
    app: App,
    post: Arc<Post>,
    on_the_way: Arc<Semaphore>,
    sending: Arc<Semaphore>,
}

impl Sender {
    fn send(&self, telling: Telling) {
        let Telling { user, conversation, seq, payload, devices } = telling;
        let payload = Arc::new(payload);
        for device in devices {
            let Ok(place) = self.on_the_way.clone().try_acquire_owned() else {
                tracing::warn!("too many push messages are on their way; some are dropped");
                return;
            };
            let (ours, payload) = (self.clone(), payload.clone());
            tokio::spawn(async move {
                if let Err(e) = ours.deliver(&device, &payload, (conversation, seq, user)).await {
                    tracing::warn!(error = %e, "a push message could not be sent");
                }
                drop(place);
            });
        }
    }

    /// Tries until the push service takes it, will not, or the message was read.
    async fn deliver(
        &self,
        device: &Subscription,
        payload: &Payload,
        (conversation, seq, user): (ConversationId, i64, UserId),
    ) -> Result<()> {
        for attempt in 0..TRIES {
            let outcome = {
                let _turn = self.sending.acquire().await;
                self.post.send(&self.app, device, payload).await?
            };
            let of = device.clone();
            match outcome {
                Outcome::Taken => return self.app.db.write(move |tx| subscriptions::note(tx, &of, true)).await,
                Outcome::Gone => return self.app.db.write(move |tx| subscriptions::delete_gone(tx, &of)).await,
                Outcome::Failed(why) => {
                    tracing::warn!(why, "a push service did not take a message");
                    break;
                }
                Outcome::Later { after_s, why } => {
                    tracing::debug!(why, attempt, "a push service does not take a message now");
                    if attempt + 1 == TRIES {
                        break;
                    }
                    let pause = after_s.unwrap_or(PAUSE_S * 4_u64.pow(attempt)).clamp(1, PAUSE_MOST_S);
                    sleep(Duration::from_secs(pause)).await;
                    if !self.app.db.read(move |read| whom::is_unread(read, conversation, seq, user)).await? {
                        return Ok(());
                    }
                }
            }
        }
        let of = device.clone();
        self.app.db.write(move |tx| subscriptions::note(tx, &of, false)).await
    }
}

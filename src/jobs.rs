//! What runs when. Each job's work lives in its domain.
use crate::Node;
use parking_lot::Mutex;
use snug_base::meters::Meters;
use snug_base::{Result, keys};
use snug_branding::model::BrandingChanged;
use snug_notifications::mail::digest;
use snug_notifications::push;
use snug_operations::analytics::count::People;
use snug_operations::analytics::model::Sample;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

/// Starts the jobs; they end when the node stops.
pub fn start(node: &Node, ears: push::Ears) {
    let ours = node.clone();
    node.spawn(async move {
        if !ours.app.config.push.enabled {
            return;
        }
        let presences = ours.presences.clone();
        tokio::select! {
            () = ours.stopping.cancelled() => {}
            heard = push::run(&ours.app, ears, Arc::new(move |user| presences.is_looking(user))) => if let Err(e) = heard {
                tracing::error!(error = %e, "no push messages are sent until the next start");
            },
        }
    });
    let ours = node.clone();
    node.spawn(async move {
        tokio::select! {
            () = ours.stopping.cancelled() => {}
            kept = snug_messages::search::keep_up(&ours.app) => if let Err(e) = kept {
                tracing::warn!(error = %e, "the search's index is not complete; it goes on at the next start");
            },
        }
    });
    let ours = node.clone();
    node.spawn(async move {
        if let Err(e) = keys::rotate::carry_on(&ours.app).await {
            tracing::warn!(error = %e, "a rotation of keys is not complete; it goes on at the next start");
        }
    });
    follow_branding(node);
    every(node, "presence", snug_realtime::presence::BATCH, |node| async move {
        let gone = node.presences.flush(node.app.clock.now());
        if gone.is_empty() { Ok(()) } else { snug_accounts::touch_last_seen(&node.app, gone).await }
    });
    every(node, "disappearing messages", Duration::from_secs(1), |node| async move {
        snug_messages::encryption::expire::expire(&node.app).await.map(drop)
    });
    every(node, "rate limits", MINUTE, |node| async move {
        node.app.limits.forget_idle();
        Ok(())
    });
    every(node, "backup", MINUTE, |node| async move { snug_operations::backup::schedule::keep_up(&node.app).await });
    if node.mail.is_on() {
        every(node, "e-mail", MINUTE, |node| async move {
            let presences = node.presences.clone();
            digest::run(&node.mail, &move |user, now| presences.looked_at(user, now)).await
        });
    }
    every(node, "unused files", 24 * HOUR, |node| async move {
        node.app.blobs.collect().await?;
        snug_accounts::storage::forget_unused(&node.app).await.map(drop)
    });
    every(node, "old sign-ins", HOUR, |node| async move { snug_accounts::forget_old(&node.app).await });
    every(node, "old audit lines", HOUR, |node| async move { snug_accounts::audit::forget_old(&node.app).await });
    every(node, "old pairings", HOUR, |node| async move { snug_identities::forget_old(&node.app).await });
    every(node, "old notifications", HOUR, |node| async move { snug_notifications::forget_old(&node.app).await });
    every(node, "deleted messages", HOUR, |node| async move { snug_messages::encryption::expire::forget_old(&node.app).await });
    if node.operations.analytics.is_on() {
        let counting = Arc::new(Mutex::new(Counting::default()));
        every(node, "analytics", MINUTE, move |node| {
            let counting = counting.clone();
            async move { count(&node, &counting).await }
        });
        every(node, "old analytics", HOUR, |node| async move { node.operations.analytics.tidy().await });
    }
}

/// Follows the branding's folder, and tells every device that is there when anything of the branding changed.
fn follow_branding(node: &Node) {
    let ours = node.clone();
    node.spawn(async move {
        tokio::select! {
            () = ours.stopping.cancelled() => {}
            () = ours.branding.keep_up() => {}
        }
    });
    let ours = node.clone();
    node.spawn(async move {
        let mut revisions = ours.branding.revisions();
        loop {
            tokio::select! {
                () = ours.stopping.cancelled() => return,
                told = revisions.changed() => if told.is_err() { return },
            }
            let changed = BrandingChanged { revision: revisions.borrow_and_update().clone() };
            for user in ours.presences.people() {
                if let Err(e) = ours.app.signal(user, None, "branding.updated", &changed) {
                    tracing::warn!(error = %e, "a device was not told of the new branding");
                }
            }
        }
    });
}

/// What was counted by the last time.
#[derive(Default)]
struct Counting {
    people: People,
    before: Sample,
    rounds: u64,
}

/// How often the sizes of database and files are looked at, in rounds.
const SIZES_EVERY: u64 = 15;

/// Adds to the analytics what was counted since the last time.
async fn count(node: &Node, counting: &Mutex<Counting>) -> Result<()> {
    let mut sample = sum(&node.app.meters);
    sample.deliveries = node.hub.delivered();
    sample.connections = node.presences.devices() as u64;
    let seen = node.app.meters.take_seen().into_iter().chain(node.presences.people());
    let round = {
        let mut counting = counting.lock();
        [sample.people, sample.people_hour, sample.people_day] = counting.people.count(node.app.clock.now(), seen);
        counting.rounds += 1;
        let since = std::mem::replace(&mut counting.before, sample.clone());
        sample = difference(sample, &since);
        counting.rounds
    };
    if round % SIZES_EVERY == 1 {
        sample.database_bytes = u64::try_from(node.app.db.size().await?).ok();
        sample.file_bytes = u64::try_from(node.app.blobs.stored_bytes().await?).ok();
    }
    node.operations.analytics.add(sample).await?;
    node.operations.keep_errors().await
}

fn sum(meters: &Meters) -> Sample {
    let (sends_us, requests_us) = (meters.sends.classes(), meters.requests.classes());
    Sample {
        messages: sends_us.iter().sum(),
        requests: requests_us.iter().sum(),
        failures: meters.failures.load(Relaxed),
        sends_us,
        requests_us,
        ..Sample::default()
    }
}

/// Counts since an earlier sum; levels stay as they are.
fn difference(now: Sample, before: &Sample) -> Sample {
    Sample {
        messages: now.messages - before.messages,
        deliveries: now.deliveries - before.deliveries,
        requests: now.requests - before.requests,
        failures: now.failures - before.failures,
        sends_us: std::array::from_fn(|class| now.sends_us[class] - before.sends_us[class]),
        requests_us: std::array::from_fn(|class| now.requests_us[class] - before.requests_us[class]),
        ..now
    }
}

fn every<F>(node: &Node, name: &'static str, period: Duration, job: impl Fn(Node) -> F + Send + 'static)
where
    F: Future<Output = Result<()>> + Send,
{
    let ours = node.clone();
    let wanted = node.operations.jobs.add(name, period);
    node.spawn(async move {
        let mut ticks = tokio::time::interval(period);
        loop {
            tokio::select! {
                () = ours.stopping.cancelled() => return,
                _ = ticks.tick() => {}
                () = wanted.notified() => {}
            }
            ours.operations.jobs.run(name, job(ours.clone())).await;
        }
    });
}

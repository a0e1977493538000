//! What runs when. Each job's work lives in its domain.
use crate::Node;
use snug_base::keys;
use snug_notifications::push;
use std::sync::Arc;
use std::time::Duration;

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
    every(node, snug_realtime::presence::BATCH, |node| async move {
        let gone = node.presences.flush(node.app.clock.now());
        if !gone.is_empty()
            && let Err(e) = snug_accounts::touch_last_seen(&node.app, gone).await
        {
            tracing::warn!(error = %e, "last seen could not be stored");
        }
    });
    every(node, Duration::from_secs(1), |node| async move {
        if let Err(e) = snug_messages::encryption::expire::expire(&node.app).await {
            tracing::warn!(error = %e, "messages whose time has come could not be deleted");
        }
    });
    every(node, Duration::from_secs(60), |node| async move { node.app.limits.forget_idle() });
    every(node, Duration::from_secs(60), |node| async move {
        if let Err(e) = snug_operations::backup::schedule::keep_up(&node.app).await {
            tracing::error!(error = %e, "the backup that was due could not be made");
        }
    });
    every(node, Duration::from_secs(24 * 3_600), |node| async move {
        if let Err(e) = node.app.blobs.collect().await {
            tracing::warn!(error = %e, "what is left of files could not be collected");
        }
    });
    every(node, Duration::from_secs(3_600), |node| async move {
        if let Err(e) = snug_accounts::forget_old(&node.app).await {
            tracing::warn!(error = %e, "old sessions could not be deleted");
        }
        if let Err(e) = snug_identities::forget_old(&node.app).await {
            tracing::warn!(error = %e, "old pairings could not be deleted");
        }
        if let Err(e) = snug_notifications::forget_old(&node.app).await {
            tracing::warn!(error = %e, "old notifications could not be deleted");
        }
        if let Err(e) = snug_messages::encryption::expire::forget_old(&node.app).await {
            tracing::warn!(error = %e, "what deleted messages were could not be forgotten");
        }
    });
}

fn every<F: Future<Output = ()> + Send>(node: &Node, period: Duration, job: impl Fn(Node) -> F + Send + 'static) {
    let ours = node.clone();
    node.spawn(async move {
        let mut ticks = tokio::time::interval(period);
        loop {
            tokio::select! {
                () = ours.stopping.cancelled() => return,
                _ = ticks.tick() => job(ours.clone()).await,
            }
        }
    });
}

//! The errors and warnings that the node writes into its log, grouped, for the administration.
//!
//! Nothing personal is kept: of an event only its place in the program, its own words (which are written in the program) and what the
//! node's own error says in the field `error`, which by house rule names things and not people. Other programs' parts lose their words.
use parking_lot::Mutex;
use serde::Serialize;
use snug_base::Clock;
use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use utoipa::ToSchema;

/// Different errors that wait to be stored; more are only counted.
const WAITING: usize = 200;
/// Characters of a text that is kept.
const TEXT: usize = 300;

/// The log belongs to the process, and so does what waits of it.
static NOTICED: Mutex<Option<HashMap<(String, String), Noticed>>> = Mutex::new(None);
static DROPPED: AtomicU64 = AtomicU64::new(0);

/// Errors of one kind since the last time that they were stored.
#[derive(Clone, Debug)]
pub struct Noticed {
    pub place: String,
    pub message: String,
    pub level: &'static str,
    pub detail: Option<String>,
    pub count: i64,
    /// The last time, Unix milliseconds.
    pub at: i64,
}

/// Errors of one kind.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ErrorGroup {
    /// Where in the program.
    #[schema(example = "snug::jobs, src/jobs.rs:49")]
    pub place: String,
    #[schema(example = "the backup that was due could not be made")]
    pub message: String,
    /// `error` or `warning`.
    #[schema(example = "error")]
    pub level: String,
    /// What the error said the last time.
    pub detail: Option<String>,
    pub count: i64,
    /// Unix milliseconds.
    pub first_at: i64,
    pub last_at: i64,
}

/// Takes what waits.
pub fn take() -> Vec<Noticed> {
    let mut all: Vec<Noticed> = NOTICED.lock().take().unwrap_or_default().into_values().collect();
    let dropped = DROPPED.swap(0, Ordering::Relaxed);
    if dropped > 0 {
        all.push(Noticed {
            place: "log".to_owned(),
            message: "so many different errors at once that some were only counted".to_owned(),
            level: "warning",
            detail: None,
            count: i64::try_from(dropped).unwrap_or(i64::MAX),
            at: now(),
        });
    }
    all
}

/// A part of the log's way that notices errors and warnings.
pub struct Notice;

impl<S: Subscriber> Layer<S> for Notice {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let about = event.metadata();
        let level = match *about.level() {
            Level::ERROR => "error",
            Level::WARN => "warning",
            _ => return,
        };
        let is_ours = about.target() == "snug" || about.target().starts_with("snug::") || about.target().starts_with("snug_");
        let mut said = Said::default();
        if is_ours {
            event.record(&mut said);
        } else {
            "a library warned; its words are in the node's log only".clone_into(&mut said.message);
        }
        let place = format!("{}, {}:{}", about.target(), about.file().unwrap_or("?"), about.line().unwrap_or_default());
        keep(Noticed { place, message: said.message, level, detail: said.detail, count: 1, at: now() });
    }
}

fn keep(new: Noticed) {
    let mut noticed = NOTICED.lock();
    let noticed = noticed.get_or_insert_default();
    let key = (new.place.clone(), new.message.clone());
    if let Some(known) = noticed.get_mut(&key) {
        known.count += 1;
        (known.at, known.detail) = (new.at, new.detail);
    } else if noticed.len() < WAITING {
        noticed.insert(key, new);
    } else {
        DROPPED.fetch_add(1, Ordering::Relaxed);
    }
}

/// The system's time: the log knows no node and no node's clock.
fn now() -> i64 {
    Clock::default().now()
}

#[derive(Default)]
struct Said {
    message: String,
    detail: Option<String>,
}

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let text = || format!("{value:?}").chars().take(TEXT).collect::<String>();
        match field.name() {
            "message" => self.message = text(),
            // the code says what it was about where there is no own error
            "error" => self.detail = Some(text()),
            "code" if self.detail.is_none() => self.detail = Some(text()),
            _ => {}
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }
}

//! What is counted over time.
use serde::Serialize;
use snug_base::meters::CLASSES;
use utoipa::ToSchema;

/// What was counted since the last sample, and how things stand.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    pub messages: u64,
    pub deliveries: u64,
    pub requests: u64,
    pub failures: u64,
    pub sends_us: [u64; CLASSES],
    pub requests_us: [u64; CLASSES],
    pub connections: u64,
    /// Different people, in these five minutes, this hour and this day.
    pub people: u64,
    pub people_hour: u64,
    pub people_day: u64,
    /// Only now and then.
    pub database_bytes: Option<u64>,
    pub file_bytes: Option<u64>,
}

/// One line of a chart.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Series {
    /// `messages`, `requests`, `failures`, `deliveries` (counts in each step), `connections`, `people`, `database_bytes`, `file_bytes` (the
    /// most in each step), `send_ms_50`, `send_ms_95`, `request_ms_50`, `request_ms_95` (milliseconds that so many percent stayed below).
    #[schema(example = "messages")]
    pub name: &'static str,
    /// One for each of `times`; null where nothing is known, such as while the node did not run.
    pub values: Vec<Option<f64>>,
}

/// Counts over time.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AnalyticsView {
    /// For how many days counts are kept; 0: the analytics are off.
    pub days: i64,
    pub step_ms: i64,
    /// When each step begins (Unix milliseconds).
    pub times: Vec<i64>,
    pub series: Vec<Series>,
}

/// How many different people there were on a day.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DayCount {
    /// When it began (Unix milliseconds, UTC).
    pub at: i64,
    pub people: i64,
}

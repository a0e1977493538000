//! `snug jobs …`: what a running node does by itself.
use super::ask;
use super::output::{self, table, time};
use super::settings::Settings;
use super::task::Task;
use clap::{Args, Subcommand};
use serde_json::Value;
use snug_base::Result;

#[derive(Debug, Args)]
pub struct Jobs {
    #[command(subcommand)]
    command: Option<JobsCommand>,
}

#[derive(Debug, Subcommand)]
enum JobsCommand {
    /// List the jobs: how often, when they ran and how that went (also what `snug jobs` alone does)
    List,
    /// Run one now, and wait until it is done
    Run {
        /// Its name, from `snug jobs`
        name: String,
    },
}

pub async fn run(settings: Settings, as_json: bool, jobs: Jobs) -> Result<()> {
    match jobs.command.unwrap_or(JobsCommand::List) {
        JobsCommand::List => ask::run_on_node(settings, as_json, Task::ListJobs, show).await,
        JobsCommand::Run { name } => {
            ask::run_on_node(settings, as_json, Task::RunJob { name }, |job| show(&Value::Array(vec![job.clone()]))).await
        }
    }
}

fn show(jobs: &Value) -> String {
    let rows = jobs.as_array().into_iter().flatten().map(|job| {
        let of = |key: &str| output::text(&job[key]);
        let state = if job["is_running"] == true { "running".to_owned() } else { of("last_error") };
        let took = job["last_ms"].as_i64().map(|ms| format!("{ms} ms")).unwrap_or_default();
        [of("name"), every(job["every_s"].as_f64().unwrap_or_default()), time(&job["last_at"]), took, of("runs"), of("failures"), state]
    });
    table(["JOB", "EVERY", "LAST", "TOOK", "RUNS", "FAILED", ""], rows)
}

fn every(seconds: f64) -> String {
    match seconds {
        s if s < 60.0 => format!("{s:.0} s"),
        s if s < 3_600.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.0} h", s / 3_600.0),
    }
}

//! What end-to-end encryption costs in a browser. The measuring is web-ui/e2e/bench, which needs Node.js and Chromium.
use super::{Bench, show};
use crate::output;
use crate::result::{Failure, Result};
use crate::results::{Figure, Goal, Set};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const UI: &str = "web-ui";

/// What the browser measured.
#[derive(Deserialize)]
struct Measured {
    name: String,
    /// One for each round.
    ms: Vec<f64>,
    at_most_ms: f64,
}

/// Runs the step; without a browser it says so.
pub fn run(bench: &Bench) -> Result<Vec<Set>> {
    if let Some(missing) = missing() {
        output::say(&format!("  LEFT OUT: {missing}"));
        return Ok(Vec::new());
    }
    let out = absolute(&bench.options.output)?.join("browser.json");
    let _ = std::fs::remove_file(&out); // that of an earlier run
    let log = std::fs::File::create(bench.log("browser"))?;
    let status = Command::new("npx")
        .args(["playwright", "test", "--config", "playwright.bench.config.ts"])
        .current_dir(UI)
        .env("SNUG_BINARY", absolute(&bench.options.binary)?)
        .env("SNUG_BENCH_OUT", &out)
        .env("SNUG_BENCH_ROUNDS", bench.options.rounds().to_string())
        .env("SNUG_BENCH_MEMBERS", bench.size(2_000, 50).to_string())
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .status()?;
    if !status.success() {
        return Err(format!("Playwright ended with {status}; see {}.", bench.log("browser").display()).into());
    }
    let measured: Vec<Measured> = serde_json::from_slice(&std::fs::read(&out)?).map_err(|e| Failure::from(e.to_string()))?;
    let figure = |one: Measured| Figure::new(&one.name, "chromium", "ms", &one.ms).goal(Goal::AtMost(one.at_most_ms));
    let mut set = Set { title: "in the browser".to_owned(), ..Set::default() };
    set.figures = measured.into_iter().map(figure).collect();
    show(&set);
    Ok(vec![set])
}

/// What is not on this machine.
fn missing() -> Option<&'static str> {
    let chromium = std::env::var_os("CHROMIUM").map_or_else(|| PathBuf::from("/usr/bin/chromium"), PathBuf::from);
    if !chromium.is_file() {
        return Some("Chromium is missing (apt-get install chromium, or CHROMIUM=where it is)");
    }
    let is_there = Path::new(UI).join("node_modules/.bin/playwright").exists();
    (!is_there).then_some("the web UI's packages are missing (npm ci in web-ui)")
}

fn absolute(path: &Path) -> Result<PathBuf> {
    Ok(std::path::absolute(path)?)
}

//! `snug doctor`: looks whether anything is wrong, also where nothing starts any more.
use super::ask;
use super::settings::Settings;
use super::socket;
use super::task::Task;
use crate::doctor::model::{Area, Checkup, Finding, Outcome};
use crate::doctor::{self, Patient};
use serde_json::Value;
use snug_base::{Clock, Code, Error, Result};
use std::sync::Arc;

/// Prints what is found; fails when something is wrong.
pub async fn run(settings: Result<Settings>, as_json: bool, is_thorough: bool) -> Result<()> {
    let report = match settings {
        Ok(settings) => look(settings, is_thorough).await?,
        Err(e) => Checkup {
            checked_at: Clock::default().now(),
            findings: vec![Area::Configuration.problem(e.detail, "Correct it; `snug config check` looks at nothing else.")],
        },
    };
    let answer = serde_json::to_value(&report).map_err(Error::internal)?;
    ask::answer(as_json, &answer, |_: &Value| text(&report))?;
    match report.findings.iter().filter(|finding| finding.outcome == Outcome::Problem).count() {
        0 => Ok(()),
        count => Err(Code::Unsound.error(format!("{count} of these keep the instance from working, or will."))),
    }
}

async fn look(settings: Settings, is_thorough: bool) -> Result<Checkup> {
    let config = settings.config;
    let mut report = match socket::ask(&config.node.data, &Task::Doctor { is_thorough }).await? {
        Some(found) => serde_json::from_value(found).map_err(Error::internal)?,
        None => {
            let now = Clock::default().now();
            doctor::examine(Patient { config: Arc::new(config), now, running: None, is_thorough }).await?
        }
    };
    let from = settings.file.map_or("the defaults".to_owned(), |file| file.display().to_string());
    report.findings.insert(0, Area::Configuration.ok(format!("The configuration is valid ({from}).")));
    Ok(report)
}

fn text(report: &Checkup) -> String {
    report.findings.iter().map(line).collect()
}

fn line(finding: &Finding) -> String {
    let outcome = match finding.outcome {
        Outcome::Ok => "ok",
        Outcome::Warning => "warning",
        Outcome::Problem => "PROBLEM",
    };
    let remedy = finding.remedy.as_ref().map(|remedy| format!("{:9}{:16}-> {remedy}\n", "", "")).unwrap_or_default();
    format!("{outcome:<9}{:<16}{}\n{remedy}", finding.area.title(), finding.what)
}

//! What is found.
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Everything that was looked at.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct Checkup {
    /// Unix milliseconds.
    pub checked_at: i64,
    pub findings: Vec<Finding>,
}

/// One thing that was looked at.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct Finding {
    pub area: Area,
    pub outcome: Outcome,
    /// A sentence.
    pub what: String,
    /// What to do; `null` where nothing is to be done.
    pub remedy: Option<String>,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Ok,
    /// It works, and may stop to, or not for everybody.
    Warning,
    /// Something does not work, or is lost when the next thing goes wrong.
    Problem,
}

/// What it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Area {
    Configuration,
    DataFolder,
    Disk,
    Clock,
    OpenFiles,
    Database,
    Keys,
    Files,
    Backups,
    Port,
    Name,
    Certificate,
    PublicAddress,
    Proxy,
    Mail,
    Push,
}

impl Area {
    /// As people read it.
    pub fn title(self) -> &'static str {
        match self {
            Area::Configuration => "Configuration",
            Area::DataFolder => "Data folder",
            Area::Disk => "Disk",
            Area::Clock => "Clock",
            Area::OpenFiles => "Open files",
            Area::Database => "Database",
            Area::Keys => "Keys",
            Area::Files => "Files",
            Area::Backups => "Backups",
            Area::Port => "Port",
            Area::Name => "Name",
            Area::Certificate => "Certificate",
            Area::PublicAddress => "Public address",
            Area::Proxy => "Proxy",
            Area::Mail => "E-mail",
            Area::Push => "Push messages",
        }
    }

    pub fn ok(self, what: impl Into<String>) -> Finding {
        Finding { area: self, outcome: Outcome::Ok, what: what.into(), remedy: None }
    }

    pub fn warning(self, what: impl Into<String>, remedy: impl Into<String>) -> Finding {
        Finding { area: self, outcome: Outcome::Warning, what: what.into(), remedy: Some(remedy.into()) }
    }

    pub fn problem(self, what: impl Into<String>, remedy: impl Into<String>) -> Finding {
        Finding { area: self, outcome: Outcome::Problem, what: what.into(), remedy: Some(remedy.into()) }
    }
}

impl Checkup {
    /// The worst of it.
    pub fn outcome(&self) -> Outcome {
        self.findings.iter().map(|finding| finding.outcome).max().unwrap_or(Outcome::Ok)
    }
}

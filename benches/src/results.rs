//! What was measured, as it is kept in artifacts/bench/results.json.
use crate::machine::Machine;
use crate::result::Result;
use crate::spread::Spread;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// A figure with what it is to be compared with.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Figure {
    /// What it is: "complete".
    pub name: String,
    /// Of which program: "snug", "floor net" …
    pub of: String,
    pub unit: String,
    pub value: Spread,
    /// Round by round against this other program's figure of the same name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ratio: Option<Ratio>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goal: Option<Goal>,
}

/// A ratio to a floor.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Ratio {
    pub to: String,
    pub value: Spread,
}

/// What was aimed at: of the ratio if there is one, else of the value.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub enum Goal {
    AtMost(f64),
    AtLeast(f64),
}

/// One set of rounds under the same conditions.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Set {
    /// "1,000 members, plain"
    pub title: String,
    pub figures: Vec<Figure>,
    /// Foreign load of each round, as a share of all cores.
    pub foreign: Vec<f64>,
    /// What else is to be said.
    pub notes: Vec<String>,
}

/// All sets of all steps.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Results {
    pub machine: Machine,
    /// By the step's name.
    pub steps: BTreeMap<String, Vec<Set>>,
}

impl Goal {
    /// Whether it is met.
    pub fn is_met(self, value: f64) -> bool {
        match self {
            Goal::AtMost(most) => value <= most,
            Goal::AtLeast(least) => value >= least,
        }
    }
}

impl std::fmt::Display for Goal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Goal::AtMost(most) => write!(f, "≤ {}", crate::spread::short(*most)),
            Goal::AtLeast(least) => write!(f, "≥ {}", crate::spread::short(*least)),
        }
    }
}

impl Figure {
    /// A figure without comparison.
    pub fn new(name: &str, of: &str, unit: &str, values: &[f64]) -> Figure {
        Figure { name: name.to_owned(), of: of.to_owned(), unit: unit.to_owned(), value: Spread::of(values), ..Figure::default() }
    }

    /// Compares it with another program's values of the same rounds.
    pub fn against(self, to: &str, values: &[f64], floors: &[f64]) -> Figure {
        Figure { ratio: Some(Ratio { to: to.to_owned(), value: Spread::of_ratios(values, floors) }), ..self }
    }

    /// With what was aimed at.
    pub fn goal(self, goal: Goal) -> Figure {
        Figure { goal: Some(goal), ..self }
    }

    /// What the goal is about.
    pub fn judged(&self) -> f64 {
        self.ratio.as_ref().map_or(self.value.median, |ratio| ratio.value.median)
    }

    /// "met", "not met", or nothing without a goal.
    pub fn verdict(&self) -> &'static str {
        match self.goal {
            Some(goal) if goal.is_met(self.judged()) => "met",
            Some(_) => "not met",
            None => "",
        }
    }
}

impl Set {
    /// The cells of a table, with a heading.
    pub fn rows(&self) -> Vec<Vec<String>> {
        let heading = ["figure", "of", "min / median / max", "unit", "ratio min / median / max", "to", "goal", ""];
        let mut rows = vec![heading.map(str::to_owned).to_vec()];
        for figure in &self.figures {
            let ratio = figure.ratio.as_ref();
            rows.push(vec![
                figure.name.clone(),
                figure.of.clone(),
                if figure.value.rounds == 1 { crate::spread::short(figure.value.median) } else { figure.value.to_string() },
                figure.unit.clone(),
                ratio.map_or(String::new(), |ratio| ratio.value.to_string()),
                ratio.map_or(String::new(), |ratio| ratio.to.clone()),
                figure.goal.map_or(String::new(), |goal| goal.to_string()),
                figure.verdict().to_owned(),
            ]);
        }
        rows
    }

    /// The line about foreign load under a table.
    pub fn noise(&self) -> String {
        let noisy = self.foreign.iter().filter(|share| **share > crate::machine::NOISY).count();
        let percent: Vec<f64> = self.foreign.iter().map(|share| share * 100.0).collect();
        if percent.is_empty() {
            return String::new();
        }
        let of = percent.len();
        format!("foreign load {} % of all cores; {noisy} of {of} rounds above {:.0} %", Spread::of(&percent), crate::machine::NOISY * 100.0)
    }
}

impl Results {
    /// Reads what earlier runs left, so that single steps can be repeated.
    pub fn read(path: &Path) -> Results {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default() // of an older bench: begin anew
    }

    /// Writes all of it.
    pub fn write(&self, path: &Path) -> Result<()> {
        Ok(std::fs::write(path, serde_json::to_string_pretty(self)? + "\n")?)
    }
}

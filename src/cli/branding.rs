//! `snug branding …`: how the instance looks.
use super::ask;
use super::output::{self, table};
use super::settings::Settings;
use super::task::Task;
use clap::{Subcommand, ValueEnum};
use serde_json::Value;
use snug_base::Result;
use snug_branding::change::Part;

/// Characters of a text that are shown.
const SHOWN: usize = 60;

#[derive(Debug, Subcommand)]
pub enum Branding {
    /// Show what holds, where it comes from, and which files of the folder are left out
    Show,
    /// Take back what was chosen in the browser: what the folder says holds again. Emoji that were stored in the browser are deleted
    Reset {
        /// Of what
        part: Which,
    },
}

/// What may be taken back.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Which {
    Name,
    Css,
    Icon,
    Colours,
    Welcome,
    Rules,
    Emoji,
    All,
}

impl From<Which> for Part {
    fn from(which: Which) -> Part {
        match which {
            Which::Name => Part::Name,
            Which::Css => Part::Css,
            Which::Icon => Part::Icon,
            Which::Colours => Part::Colours,
            Which::Welcome => Part::Welcome,
            Which::Rules => Part::Rules,
            Which::Emoji => Part::Emoji,
            Which::All => Part::All,
        }
    }
}

pub async fn run(settings: Settings, as_json: bool, command: Branding) -> Result<()> {
    match command {
        Branding::Show => ask::run(settings, as_json, Task::Branding, show).await,
        Branding::Reset { part } => ask::run(settings, as_json, Task::ResetBranding { part: part.into() }, show).await,
    }
}

fn show(branding: &Value) -> String {
    let parts = [
        ("Name", "name"),
        ("Colour", "accent"),
        ("Colour, dark", "accent_dark"),
        ("Welcome", "welcome"),
        ("Rules", "rules"),
        ("Style sheet", "css"),
    ];
    let mut rows: Vec<[String; 3]> =
        parts.into_iter().map(|(name, key)| [name.to_owned(), origin(&branding[key]), brief(&branding[key]["value"])]).collect();
    let icon = if branding["icon"]["url"].is_null() { "Snug's" } else { "one's own" };
    rows.push(["Icon".to_owned(), origin(&branding["icon"]), icon.to_owned()]);
    let emoji: Vec<&Value> = branding["emoji"].as_array().into_iter().flatten().collect();
    for (key, from) in [("folder", "the folder"), ("chosen", "chosen here")] {
        let names: Vec<String> =
            emoji.iter().filter(|one| one["origin"] == key).map(|one| format!(":{}:", output::text(&one["name"]))).collect();
        if !names.is_empty() {
            rows.push(["Emoji".to_owned(), from.to_owned(), format!("{}: {}", names.len(), brief(&names.join(" ").into()))]);
        }
    }
    let mut text = table(["WHAT", "FROM", ""], rows.into_iter());
    text.push_str(&format!("\nThe folder is {}.\n", output::text(&branding["folder"])));
    for problem in branding["problems"].as_array().into_iter().flatten() {
        text.push_str(&format!("Left out: {}: {}\n", output::text(&problem["file"]), output::text(&problem["problem"])));
    }
    text
}

fn origin(of: &Value) -> String {
    match of["origin"].as_str() {
        Some("folder") => "the folder",
        Some("chosen") => "chosen in the browser",
        _ => "as it comes",
    }
    .to_owned()
}

/// The beginning of a text, in one line.
fn brief(text: &Value) -> String {
    let text = text.as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    let cut: String = text.chars().take(SHOWN).collect();
    if cut.len() < text.len() { format!("{cut} …") } else { cut }
}

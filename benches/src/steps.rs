//! The steps, each in its own file: what is measured, and beside what.
mod appliance;
mod browser;
mod durable;
mod encryption;
mod fanout;
mod members;
mod mix;
mod node;
mod peers;
mod profile;
mod reads;

use crate::machine::Machine;
use crate::options::RunOptions;
use crate::output;
use crate::result::Result;
use crate::results::{Results, Set};
use std::path::PathBuf;

/// A step: its name and what it does.
type Step = (&'static str, fn(&Bench) -> Result<Vec<Set>>);

const STEPS: &[Step] = &[
    ("fanout", fanout::window_one),
    ("saturation", fanout::saturation),
    ("durable", durable::run),
    ("reads", reads::run),
    ("mix", mix::run),
    ("node", node::run),
    ("members", members::run),
    ("encryption", encryption::run),
    ("browser", browser::run),
    ("appliance", appliance::run),
    ("peers", peers::run),
];

/// Steps that only run when they are asked for.
const EXTRA: &[Step] = &[("profile", profile::run)];

/// What every step gets.
pub struct Bench {
    pub options: RunOptions,
}

impl Bench {
    /// A folder for data of this name. Its content is the caller's business.
    pub fn folder(&self, name: &str) -> PathBuf {
        self.options.data.join(name)
    }

    /// A size, or the small one of a quick run.
    pub fn size(&self, full: usize, quick: usize) -> usize {
        if self.options.quick { quick } else { full }
    }

    /// Where a child of this name writes its log.
    pub fn log(&self, name: &str) -> PathBuf {
        self.options.output.join(format!("{name}.log"))
    }
}

/// Runs the steps that were asked for.
pub fn run(options: &RunOptions) -> Result<()> {
    let chosen: Vec<&Step> = match options.steps.as_slice() {
        [] => STEPS.iter().collect(),
        names => names.iter().map(|name| find(name)).collect::<Result<_>>()?,
    };
    std::fs::create_dir_all(&options.output)?;
    std::fs::create_dir_all(&options.data)?;
    if !options.binary.is_file() {
        return Err(format!("{} is not there. Build it with `cargo build --release`.", options.binary.display()).into());
    }
    let bench = Bench { options: options.clone() };
    let path = options.output.join(if options.quick { "quick.json" } else { "results.json" });
    let mut results = Results { machine: Machine::look(&options.data), ..Results::read(&path) };
    if !results.machine.is_pinned {
        output::say("Server and clients share all cores: there are not two cores to pin them to.");
    }
    let mut failed = Vec::new();
    for (name, step) in chosen {
        output::say(&format!("\n== {name} =="));
        match step(&bench) {
            Ok(sets) if sets.is_empty() => {}
            Ok(sets) => {
                results.steps.insert((*name).to_owned(), sets);
                results.write(&path)?;
            }
            Err(e) => {
                output::complain(&format!("{name}: {e}"));
                failed.push(*name);
            }
        }
    }
    if !options.quick {
        crate::document::write(&results)?;
    }
    if failed.is_empty() { Ok(()) } else { Err(format!("These steps failed: {}.", failed.join(", ")).into()) }
}

fn find(name: &str) -> Result<&'static Step> {
    let all = || STEPS.iter().chain(EXTRA);
    let known: Vec<&str> = all().map(|(name, _)| *name).collect();
    all().find(|step| step.0 == name).ok_or_else(|| format!("There is no step {name}. There are: {}.", known.join(", ")).into())
}

/// Shows a set as soon as it is there.
pub fn show(set: &Set) {
    output::say(&format!("\n{}", set.title));
    output::say(output::table(&set.rows()).trim_end());
    for note in set.notes.iter().chain([&set.noise()]).filter(|note| !note.is_empty()) {
        output::say(&format!("  {note}"));
    }
}

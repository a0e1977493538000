//! The command line of the bench, and the sizes that follow from it.
use crate::community::Size;
use crate::floor::FloorOptions;
use crate::group::GroupOptions;
use clap::{Parser, Subcommand};
use std::ffi::OsString;
use std::path::PathBuf;

/// Measures a node against the least that its work can cost.
#[derive(Debug, Parser)]
#[command(name = "snug_bench", max_term_width = 100)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub run: RunOptions,
}

/// What the bench does without a subcommand.
#[derive(Clone, Debug, clap::Args)]
pub struct RunOptions {
    /// Steps to run, in this order; all without any
    pub steps: Vec<String>,
    /// Small sizes and two rounds: shows that the bench works, measures nothing
    #[arg(long)]
    pub quick: bool,
    /// Rounds of each comparison
    #[arg(long, default_value_t = 5)]
    pub rounds: usize,
    /// Sizes of crowds instead of each step's own: 1000,10000
    #[arg(long, value_delimiter = ',')]
    pub members: Vec<usize>,
    /// Only without TLS
    #[arg(long)]
    pub plain: bool,
    /// Only with TLS
    #[arg(long, conflicts_with = "plain")]
    pub tls: bool,
    /// The node
    #[arg(long, default_value = "target/release/snug")]
    pub binary: PathBuf,
    /// Where the results go
    #[arg(long, default_value = "artifacts/bench")]
    pub output: PathBuf,
    /// Where data folders are made
    #[arg(long, default_value = "target/bench")]
    pub data: PathBuf,
}

/// The parts that the bench starts as children.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// A load generator
    #[command(hide = true)]
    Load,
    /// A floor server
    #[command(hide = true)]
    Floor(FloorOptions),
    /// The durable floor under load
    #[command(hide = true)]
    Group(GroupOptions),
    /// Many people's devices
    #[command(hide = true)]
    People { plan: PathBuf },
    /// Becomes another program on one core
    #[command(hide = true)]
    Pinned {
        core: usize,
        program: OsString,
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
}

impl RunOptions {
    /// Rounds of a comparison.
    pub fn rounds(&self) -> usize {
        if self.quick { 2 } else { self.rounds.max(1) }
    }

    /// The community that reads and the mix work on.
    pub fn community(&self) -> Size {
        if self.quick {
            Size { people: 100, servers: 3, messages: 3_000 }
        } else {
            Size { people: 10_000, servers: 40, messages: 1_000_000 }
        }
    }

    /// Sizes of crowds: as told, else a step's own; never more than descriptors allow.
    pub fn crowds(&self, own: &[usize]) -> Vec<usize> {
        if self.quick {
            return vec![50];
        }
        let most = usize::try_from(crate::process::descriptors()).unwrap_or(usize::MAX).saturating_sub(500);
        let sizes = if self.members.is_empty() { own } else { &self.members };
        let mut sizes: Vec<usize> = sizes.iter().map(|size| (*size).min(most)).collect();
        sizes.dedup();
        sizes
    }

    /// Without TLS, with, or both.
    pub fn transports(&self) -> Vec<bool> {
        match (self.plain, self.tls) {
            (true, _) => vec![false],
            (_, true) => vec![true],
            _ => vec![false, true],
        }
    }
}

//! `crossover completions`: a script for a shell.

use clap::CommandFactory as _;

use crate::cli::{Cli, Completions};
use crate::exit::Exit;
use crate::ui::Ui;

/// Prints the completion script.
pub(crate) fn run(args: &Completions, ui: &Ui) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "crossover", &mut script);
    ui.data(&String::from_utf8_lossy(&script), None)?;
    Ok(Exit::Ok)
}

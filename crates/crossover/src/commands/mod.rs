//! One file a verb.

mod compare;
mod completions;
mod diff;
mod emit;
mod explain;
mod init;
mod limits;
mod plan;
mod prices;
mod rehearse;
mod schema;
mod traffic;

use crate::cli::Command;
use crate::exit::Exit;
use crate::ui::Ui;

/// Runs what was asked for.
pub(crate) fn run(command: &Command, ui: &Ui) -> anyhow::Result<Exit> {
    match command {
        Command::Plan(args) => plan::run(args, ui),
        Command::Compare(args) => compare::run(args, ui),
        Command::Diff(args) => diff::run(args, ui),
        Command::Explain(args) => explain::run(args, ui),
        Command::Traffic(args) => traffic::run(args, ui),
        Command::Emit(args) => emit::run(args, ui),
        Command::Rehearse(args) => rehearse::run(args, ui),
        Command::Prices(args) => prices::run(args, ui),
        Command::Limits(args) => limits::run(args, ui),
        Command::Init(args) => init::run(args, ui),
        Command::Schema(args) => schema::run(args, ui),
        Command::Completions(args) => completions::run(args, ui),
    }
}

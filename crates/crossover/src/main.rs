//! `crossover`: serverless, Kubernetes, or both? Decide with your own traffic.

mod app;
mod book;
mod cli;
mod commands;
mod embedded;
mod exit;
mod figures;
mod gate;
mod inputs;
mod load;
mod logs;
mod measured;
mod outlook;
mod saving;
mod traffic_summary;
mod ui;

use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::Cli;
use crate::exit::Exit;
use crate::inputs::InputError;
use crate::ui::Ui;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers; everything else is a mistake on the command line.
            let code = if error.use_stderr() { Exit::Input } else { Exit::Ok };
            drop(error.print());
            return code.into();
        }
    };
    let ui = Ui::new(&cli.global);
    let result =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| commands::run(&cli.command, &ui)));
    let exit = match result {
        Ok(Ok(exit)) => exit,
        Ok(Err(error)) => report_error(&error, &ui),
        Err(_) => {
            ui.talk(
                "error: crossover has met a bug of its own\n\
                 hint: please report the message above, with the input if you can share it\n",
            );
            Exit::Bug
        }
    };
    exit.into()
}

fn report_error(error: &anyhow::Error, ui: &Ui) -> Exit {
    if let Some(input) = error.downcast_ref::<InputError>() {
        ui.talk(&format!("error: {}\nhint: {}\n", input.message, input.hint));
        return Exit::Input;
    }
    ui.talk(&format!("error: {error:#}\n"));
    if error.downcast_ref::<std::io::Error>().is_some() { Exit::Input } else { Exit::Bug }
}

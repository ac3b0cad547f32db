//! `crossover schema`: the JSON Schemas we publish.

use crate::cli::{Schema, SchemaOf};
use crate::exit::Exit;
use crate::ui::Ui;

/// Prints the schema of the input file, of the plan or of the traffic report.
pub(crate) fn run(args: &Schema, ui: &Ui) -> anyhow::Result<Exit> {
    let text = match args.of {
        SchemaOf::App => import::native::schema(),
        SchemaOf::Plan => report::json::plan_schema(),
        SchemaOf::Traffic => report::traffic::schema(),
    };
    ui.data(&text, None)?;
    Ok(Exit::Ok)
}

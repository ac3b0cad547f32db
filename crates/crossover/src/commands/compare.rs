//! `crossover compare`: the alternatives beside each other.

use crate::cli::{Compare, Format};
use crate::commands::plan;
use crate::exit::Exit;
use crate::inputs::InputError;
use crate::ui::Ui;

/// Reads, decides, prints the alternatives; gates and exit codes are those of `plan`.
pub(crate) fn run(args: &Compare, ui: &Ui) -> anyhow::Result<Exit> {
    let output = &args.plan.output;
    if matches!(output.format, Format::Html | Format::Adr) {
        let hint = "`crossover plan --format html` has the alternatives on its page";
        return Err(InputError::error("compare prints a table, Markdown or JSON", hint));
    }
    let gates = plan::gates(&args.plan.fail_on)?;
    let (decision, inputs) = plan::decided(&args.plan, ui)?;
    let text = match output.format {
        Format::Json => report::json::decision(&decision, &inputs.map),
        Format::Markdown => report::compare::markdown(&decision),
        _ => {
            let style = if output.output.is_some() { ui.style_file() } else { ui.style_out() };
            report::compare::terminal(&decision, ui.width, style)
        }
    };
    ui.data(&text, output.output.as_deref())?;
    plan::exit(&decision, &gates, &args.plan, ui)
}

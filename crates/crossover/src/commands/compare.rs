//! `crossover compare`: the alternatives beside each other.

use crate::cli::{Compare, Format};
use crate::commands::plan;
use crate::exit::Exit;
use crate::ui::Ui;

/// Reads, decides, prints the alternatives; gates and exit codes are those of `plan`.
pub(crate) fn run(args: &Compare, ui: &Ui) -> anyhow::Result<Exit> {
    let (format, path) = (args.plan.output.format, args.plan.output.output.as_deref());
    format.only(&Format::PLAIN, "the alternatives beside each other")?;
    let gates = plan::gates(&args.plan.fail_on)?;
    let (decision, inputs) = plan::decided(&args.plan, ui)?;
    let text = match format {
        Format::Json => report::json::decision(&decision, &inputs.map),
        Format::Markdown => report::compare::markdown(&decision),
        _ => report::compare::terminal(&decision, ui.width, ui.style_for(path)),
    };
    ui.data(&text, path)?;
    plan::exit(&decision, &gates, &args.plan, ui)
}

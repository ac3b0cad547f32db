//! `crossover explain`: a rule's page, the list of rules, or why a component went where it went.

use decide::rules;
use model::{Chosen, Decision};

use crate::app;
use crate::cli::Explain;
use crate::commands::plan::{self, Wish};
use crate::exit::Exit;
use crate::inputs::{InputError, Inputs};
use crate::ui::Ui;

/// The subject that is the answer as a whole, unless a component is called so.
const WHOLE: &str = "answer";

/// Explains.
pub(crate) fn run(args: &Explain, ui: &Ui) -> anyhow::Result<Exit> {
    let Some(subject) = &args.subject else {
        ui.data(&list(), None)?;
        return Ok(Exit::Ok);
    };
    if let Some(rule) = rules::by_id(subject) {
        let about = rule.about();
        ui.data(&format!("{} ({})\n\n{}\n", about.id.0, about.hardness.name(), rule.page()), None)?;
        return Ok(Exit::Ok);
    }
    component(subject, args, ui)
}

fn list() -> String {
    let mut text = String::new();
    for rule in rules::ALL {
        let about = rule.about();
        text.push_str(&format!("{}  {:<24} {}\n", about.id.0, about.hardness.name(), about.title));
    }
    text.push_str("\ncrossover explain CR001 prints a rule's page\n");
    text
}

fn component(name: &str, args: &Explain, ui: &Ui) -> anyhow::Result<Exit> {
    let mut inputs = Inputs::default();
    let asked = &args.asked;
    let paths = args.app.as_ref().map_or(asked.path.as_slice(), std::slice::from_ref);
    let loaded = app::load(paths, &asked.set, &mut inputs).map_err(|error| {
        let message =
            format!("`{name}` is no rule, and there is no app to look for it in: {error}");
        let hint =
            "`crossover explain` lists the rules; `crossover explain NAME PATH` names a definition";
        InputError::error(message, hint)
    })?;
    let mut loaded = plan::placed_and_routed(loaded, asked, &mut inputs)?;
    let whole = name == WHOLE && loaded.app.component(name).is_none();
    if !whole && loaded.app.component(name).is_none() {
        let names: Vec<&str> = loaded.app.components.iter().map(|c| c.id.as_str()).collect();
        let message = format!("`{name}` is neither a rule nor a component of {}", loaded.app.name);
        return Err(InputError::error(
            message,
            format!("components: {}; rules: `crossover explain`", names.join(", ")),
        ));
    }
    let decision = plan::decide_for(&mut loaded, &Wish::of(asked), &mut inputs, ui)?;
    if !whole {
        ui.data(&page(name, &decision, &inputs), None)?;
        return Ok(Exit::Ok);
    }
    let Some(argument) = report::argument::of(&decision, &inputs.map) else {
        ui.data(&format!("{}\n", decision.headline), None)?;
        return Ok(Exit::Infeasible);
    };
    ui.data(&report::argument::text(&argument), None)?;
    Ok(Exit::Ok)
}

/// Where the component goes, all reasons, and what became of every other option.
fn page(name: &str, decision: &Decision, inputs: &Inputs) -> String {
    let mut text = String::new();
    let rule = |id: Option<&'static str>| id.map_or(String::new(), |id| format!(" ({id})"));
    if let Some(placement) = decision.placements.iter().find(|p| p.component == name) {
        text.push_str(&format!(
            "{name} → {} · {} · {} a month\n",
            placement.platform, placement.config, placement.cost_month
        ));
        for (key, value) in &placement.settings {
            text.push_str(&format!("  {key:<20} {value}\n"));
        }
        text.push_str("\nWhy\n");
        for reason in placement.why() {
            let place = reason.span.map_or(String::new(), |s| format!("  {}", inputs.map.place(s)));
            text.push_str(&format!("  {}{}{place}\n", reason.text, rule(reason.rule)));
        }
    } else {
        text.push_str(&format!("{name} has no feasible place\n"));
    }
    text.push_str("\nEvery option that was tried\n");
    for option in decision.options.iter().filter(|o| o.component == name) {
        let word = match option.outcome {
            Chosen::Yes => "chosen",
            Chosen::Beaten => "beaten",
            Chosen::Impossible => "impossible",
        };
        let cost = option.cost_month.map_or("–".to_owned(), |c| c.to_string());
        let p99 = option.latency.map_or(String::new(), |l| format!(", p99 {}", l.p99));
        text.push_str(&format!(
            "  {word:<10} {:>12}  {} · {}{p99}\n",
            cost, option.platform, option.config
        ));
        for reason in &option.why_not {
            text.push_str(&format!("               {}{}\n", reason.text, rule(reason.rule)));
        }
    }
    text
}

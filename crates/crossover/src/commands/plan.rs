//! `crossover plan`: the main job.

use catalog::{Catalog, FRESH_DAYS};
use decide::{Question, Step};
use model::Decision;
use source::Finding;
use traffic::Workload;
use units::{Date, Seed};

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::app::{self, Loaded, has_errors, tell};
use crate::book;
use crate::cli::{Asked, Format, LogReading, Plan, PriceDate};
use crate::exit::Exit;
use crate::gate::Gate;
use crate::inputs::{InputError, Inputs};
use crate::load;
use crate::ui::Ui;

/// Reads, decides, prints.
pub(crate) fn run(args: &Plan, ui: &Ui) -> anyhow::Result<Exit> {
    let gates = gates(&args.fail_on)?;
    let (decision, inputs) = decided(args, ui)?;
    print(&decision, args, &inputs, ui)?;
    exit(&decision, &gates, args, ui)
}

/// The answer to what a command line asks.
pub(crate) fn decided(args: &Plan, ui: &Ui) -> anyhow::Result<(Decision, Inputs)> {
    let mut inputs = Inputs::default();
    let mut loaded = asked(&args.asked, &mut inputs)?;
    let wish = Wish { what_if: args.output.format == Format::Html, ..Wish::of(&args.asked) };
    let decision = decide_for(&mut loaded, &wish, &mut inputs, ui)?;
    Ok((decision, inputs))
}

/// The application that a command line names, with what it sets on top.
pub(crate) fn asked(args: &Asked, inputs: &mut Inputs) -> anyhow::Result<Loaded> {
    let loaded = app::load(&args.path, &args.set, inputs)?;
    placed_and_routed(loaded, args, inputs)
}

/// The application with its regions, and with who takes the traffic, as a command line has it.
pub(crate) fn placed_and_routed(
    mut loaded: Loaded,
    args: &Asked,
    inputs: &mut Inputs,
) -> anyhow::Result<Loaded> {
    inputs.sampling = args.sampling;
    if !args.region.is_empty() {
        app::place(&mut loaded, &args.region)?;
    }
    if !args.traffic.is_empty() {
        app::route(&mut loaded, &args.route)?;
    } else if !args.route.is_empty() {
        let message = "--route says whose the requests of a log are, and no log is given";
        return Err(InputError::error(message, "pass --traffic FILE, or leave --route out"));
    }
    Ok(loaded)
}

/// What is asked besides the application itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish<'a> {
    /// Logs to route to components.
    pub traffic: &'a [PathBuf],
    /// How to read them.
    pub reading: &'a LogReading,
    /// Which prices.
    pub prices: &'a PriceDate,
    /// The seed.
    pub seed: u64,
    /// Whether to replay every request.
    pub exact: bool,
    /// Whether costs at other loads are wanted, for the page's sliders.
    pub what_if: bool,
}

impl<'a> Wish<'a> {
    /// As a command line has it.
    pub(crate) fn of(args: &'a Asked) -> Self {
        Self {
            traffic: &args.traffic,
            reading: &args.reading,
            prices: &args.prices,
            seed: args.seed,
            exact: args.exact,
            what_if: false,
        }
    }
}

/// What there is to decide with, once everything is read.
pub(crate) struct Settled {
    as_of: Date,
    /// List prices, and those with the account's discounts where it has some.
    list: Catalog,
    own: Option<Catalog>,
    workloads: BTreeMap<String, Workload>,
    rests_on: String,
    /// What reading found; told already.
    pub findings: Vec<Finding>,
}

/// Reads what an answer rests on; prints findings. What is settled on the way (the memory of machines that a
/// definition names, what logs measured) the application has afterwards.
pub(crate) fn settle(
    loaded: &mut Loaded,
    wish: &Wish<'_>,
    inputs: &mut Inputs,
    ui: &Ui,
) -> anyhow::Result<Settled> {
    let as_of = as_of(wish.prices)?;
    let list = book::catalog_for(&wish.prices.books, inputs)?;
    let discounts = &loaded.app.discounts;
    let own = (!discounts.is_empty()).then(|| list.discounted(discounts));
    let catalog = own.as_ref().unwrap_or(&list);
    platforms::managed::declared_memory(&mut loaded.app, catalog.at(as_of))?;
    let mut traffic = load::traffic(loaded, wish.traffic, wish.reading, inputs, ui)?;
    import::measured::apply(&mut loaded.app, &traffic.recorded, &traffic.mean_response);
    let evidence = std::mem::take(&mut traffic.evidence);
    traffic.findings.extend(import::evidence::apply(
        &mut loaded.app,
        &mut traffic.recorded,
        &evidence,
    ));
    let (workloads, load_findings) = traffic::workloads(&loaded.app, &traffic.recorded);
    let rests_on = load::basis(&loaded.app, &traffic, &workloads);
    let findings = [std::mem::take(&mut loaded.findings), traffic.findings, load_findings].concat();
    tell(&findings, inputs, ui);
    Ok(Settled { as_of, list, own, workloads, rests_on, findings })
}

/// From an application to its answer; prints findings on the way, and changes the application as [`settle`] does.
pub(crate) fn decide_for(
    loaded: &mut Loaded,
    wish: &Wish<'_>,
    inputs: &mut Inputs,
    ui: &Ui,
) -> anyhow::Result<Decision> {
    let Settled { as_of, list, own, workloads, rests_on, findings } =
        settle(loaded, wish, inputs, ui)?;
    if workloads.is_empty() {
        let message = "there is nothing to plan: no component with a load was understood";
        let hint = "mend the errors above, declare `load:` on a component, or pass --traffic FILE";
        return Err(InputError::error(message, hint));
    }
    let catalog = own.as_ref().unwrap_or(&list);
    let progress = |step: Step<'_>| show(step, ui);
    let question = Question {
        seed: Seed(wish.seed),
        exact: wish.exact,
        what_if: wish.what_if,
        findings,
        traffic: rests_on,
        tool: concat!("crossover ", env!("CARGO_PKG_VERSION")).to_owned(),
        inputs: inputs.files.clone(),
        progress: &progress,
        list: own.as_ref().map(|_| list.at(as_of)),
        ..Question::new(&loaded.app, workloads, catalog.at(as_of))
    };
    Ok(decide::decide(&question))
}

/// The conditions of `--fail-on`.
pub(crate) fn gates(texts: &[String]) -> anyhow::Result<Vec<Gate>> {
    texts
        .iter()
        .map(|text| {
            Gate::parse(text).map_err(|m| InputError::error(m, "see `crossover plan --help`"))
        })
        .collect()
}

/// Lines of the bills whose price is older than `--strict` allows.
fn stale_lines(decision: &Decision, as_of: Date) -> Vec<String> {
    let lines = decision.invoices.iter().flat_map(|i| i.lines.iter().map(move |l| (i.platform, l)));
    lines
        .filter(|(_, line)| catalog::is_stale(line.date, as_of))
        .map(|(platform, line)| match line.date {
            Some(date) => format!("  {platform}: {} ({}, {date})\n", line.item, line.source),
            None => format!("  {platform}: {} ({}, no date)\n", line.item, line.source),
        })
        .collect()
}

/// The day whose prices count: `--as-of`, or today.
pub(crate) fn as_of(args: &PriceDate) -> anyhow::Result<Date> {
    day("--as-of", args.as_of.as_deref())
}

/// The day that an option names, or today by the machine's clock in UTC.
pub(crate) fn day(option: &str, text: Option<&str>) -> anyhow::Result<Date> {
    if let Some(text) = text {
        return Date::parse(text)
            .map_err(|e| InputError::error(format!("{option}: {}", e.message), e.hint));
    }
    let today = jiff::Timestamp::now().to_string();
    let (day, _) = today.split_once('T').unwrap_or((&today, ""));
    Date::parse(day).map_err(|e| anyhow::anyhow!("the clock says {today}: {e}"))
}

fn show(step: Step<'_>, ui: &Ui) {
    match step {
        Step::Screening => ui.progress("screening", 0, 1),
        Step::Simulating { component, number, of } => {
            ui.progress(&format!("replaying {component}"), number as u64, of as u64);
        }
        Step::Searching => ui.progress("searching", 1, 1),
        Step::Flips => ui.progress("looking for where the answer changes", 1, 1),
        Step::Sensitivity => ui.progress("trying other assumptions", 1, 1),
    }
}

fn print(decision: &Decision, args: &Plan, inputs: &Inputs, ui: &Ui) -> anyhow::Result<()> {
    let path = args.output.output.as_deref();
    let text = match args.output.format {
        Format::Table => {
            report::terminal::decision(decision, &inputs.map, ui.width, ui.style_for(path))
        }
        Format::Json => report::json::decision(decision, &inputs.map),
        Format::Markdown => report::markdown::decision(decision, &inputs.map),
        Format::Html => report::html::decision(decision, &inputs.map),
        Format::Adr => report::adr::decision(decision, &inputs.map),
    };
    ui.data(&text, path)?;
    if let Some(path) = path.filter(|_| !ui.quiet) {
        ui.talk(&format!("wrote {}\n", path.display()));
    }
    Ok(())
}

/// How the program ends on this answer; says which gate tripped or which prices are stale.
pub(crate) fn exit(
    decision: &Decision,
    gates: &[Gate],
    args: &Plan,
    ui: &Ui,
) -> anyhow::Result<Exit> {
    if decision.verdict.is_none() {
        return Ok(Exit::Infeasible);
    }
    let stale = stale_lines(decision, as_of(&args.asked.prices)?);
    if args.asked.prices.strict && !stale.is_empty() {
        ui.talk(&format!(
            "error: --strict: the answer rests on prices without a date or observed more than {FRESH_DAYS} days before:\n{}\
             hint: `crossover prices verify -v` lists all of them; a fresh row in catalog/ replaces them\n",
            stale.concat()
        ));
        return Ok(Exit::Stale);
    }
    let tripped: Vec<String> = gates
        .iter()
        .filter_map(|g| g.trips(decision).map(|why| format!("gate {g}: {why}\n")))
        .collect();
    if !tripped.is_empty() {
        ui.talk(&tripped.concat());
        return Ok(Exit::Gate);
    }
    if has_errors(&decision.findings) {
        ui.talk("note: the answer leaves out what the errors above name\n");
        return Ok(Exit::Input);
    }
    Ok(Exit::Ok)
}

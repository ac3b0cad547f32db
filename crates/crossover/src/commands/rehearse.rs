//! `crossover rehearse`: the dry run of an autoscaler on a component's own load.

use std::path::{Path, PathBuf};

use catalog::Prices;
use model::{App, Component, Kind};
use platforms::Case;
use platforms::kubernetes::rehearsal::{self, NAMES, Refused, Whole, Wish};
use report::rehearse::{Burst, Minute, Rehearsal, Run, Totals, Vpa};
use source::Finding;
use traffic::{Replay, Workload};
use units::{Duration, Instant, Seed};

use crate::app::{self, has_errors, tell};
use crate::book;
use crate::cli::{Format, Rehearse};
use crate::commands::plan::as_of;
use crate::exit::Exit;
use crate::inputs::{InputError, Inputs};
use crate::load;
use crate::ui::Ui;

/// Requests that are played at the most; of a larger load its busiest hours.
const REQUESTS_MAX: usize = 5_000_000;

/// Reads, plays, prints.
pub(crate) fn run(args: &Rehearse, ui: &Ui) -> anyhow::Result<Exit> {
    args.output.format.only(&Format::PAGE, "a rehearsal")?;
    let wish = wish(&args.with, Wish::default())?;
    let other = match args.compare.as_slice() {
        [] => None,
        changes => Some(self::wish(changes, wish.clone())?),
    };
    let mut inputs = Inputs::default();
    let mut loaded = app::load(&args.path, &args.set, &mut inputs)?;
    let catalog = book::catalog(&args.prices.books)?;
    let prices = catalog.at(as_of(&args.prices)?);
    let mut traffic = load::traffic(&loaded, &args.traffic, &args.reading, &mut inputs, ui)?;
    import::measured::apply(&mut loaded.app, &traffic.recorded, &traffic.mean_response);
    let evidence = std::mem::take(&mut traffic.evidence);
    traffic.findings.extend(import::evidence::apply(
        &mut loaded.app,
        &mut traffic.recorded,
        &evidence,
    ));
    let (workloads, load_findings) = traffic::workloads(&loaded.app, &traffic.recorded);
    let (component, workload) =
        chosen(&loaded.app, args.component.as_deref(), |id| workloads.get(id))?;
    let findings = [
        loaded.findings.clone(),
        traffic.findings,
        load_findings,
        not_followed(component).into_iter().collect(),
    ]
    .concat();
    tell(&findings, &inputs, ui);
    let seed = Seed(args.seed);
    let replay = workload.replay(&component.demand, seed, &component.id, REQUESTS_MAX);
    let app = &loaded.app;
    let stage = Stage::new((app, component), (workload, &replay), prices, seed);
    ui.progress(&format!("rehearsing {}", component.id), 0, 1);
    let mut runs = vec![stage.play(&wish)?];
    if let Some(other) = &other {
        runs.push(stage.play(other)?);
        name(&mut runs, &args.with, &args.compare);
    }
    if !args.compare_with.is_empty() {
        let other = app::load(&args.compare_with, &args.set, &mut inputs)?;
        tell(&other.findings, &inputs, ui);
        let second = other.app.component(&component.id).ok_or_else(|| {
            let ids: Vec<&str> = other.app.components.iter().map(|c| c.id.as_str()).collect();
            let message = format!("--compare-with: there is no component `{}`", component.id);
            InputError::error(message, import::hint(&component.id, &ids))
        })?;
        // The same requests: load and work are those of the first files.
        let mut second = second.clone();
        (second.demand, second.load) = (component.demand.clone(), component.load.clone());
        runs.push(stage.instead(&second).play(&wish)?);
        let short = |path: &PathBuf| {
            path.file_name()
                .map_or_else(|| path.display(), |name| Path::new(name).display())
                .to_string()
        };
        let whole = |path: &PathBuf| path.display().to_string();
        let named = |paths: &[PathBuf], one: &dyn Fn(&PathBuf) -> String| {
            paths.iter().map(one).collect::<Vec<_>>().join(" ")
        };
        // Names of files are enough where they differ.
        let both = [named(&args.path, &short), named(&args.compare_with, &short)];
        let both = if both[0] == both[1] {
            [named(&args.path, &whole), named(&args.compare_with, &whole)]
        } else {
            both
        };
        let [one, two] = both;
        (runs[0].name, runs[1].name) = (one, two);
    }
    let rehearsal = Rehearsal {
        component: component.id.clone(),
        covers: format!("{} ({})", stage.covers(), workload.basis),
        start: replay.start,
        runs,
    };
    print(&rehearsal, args, ui)?;
    Ok(if has_errors(&findings) { Exit::Input } else { Exit::Ok })
}

/// Finding id: an autoscaler follows something that a replay of requests does not have.
const NOT_FOLLOWED: &str = "RH001";

/// A word about metrics of the declared autoscaler that the rehearsal leaves out.
fn not_followed(component: &Component) -> Option<Finding> {
    let blueprint = component.blueprint.as_ref()?;
    let declared = blueprint.autoscaler.as_ref()?;
    let names = rehearsal::not_followed(declared);
    let message = format!(
        "{}: its autoscaler also follows {}, which a replay of requests does not have: it is left out",
        component.id,
        names.join(", ")
    );
    let hint = "what it would add comes on top of what is shown";
    let finding = Finding::warning(NOT_FOLLOWED, message).at(declared.span).hint(hint);
    (!names.is_empty()).then_some(finding)
}

/// What the settings say on top of `wish`.
fn wish(settings: &[String], mut wish: Wish) -> anyhow::Result<Wish> {
    for setting in settings {
        let Some((name, value)) = setting.split_once('=') else {
            let hint = "write a setting and its value, such as `min=2`";
            return Err(InputError::error(format!("`{setting}` has no `=`"), hint));
        };
        wish.set(name.trim(), value).map_err(refused)?;
    }
    Ok(wish)
}

fn refused(refused: Refused) -> anyhow::Error {
    match &refused.unknown {
        Some(name) => InputError::error(refused.message, import::hint(name, &NAMES)),
        None => InputError::error(refused.message, refused.hint),
    }
}

/// The component that was named, or the busiest that can be rehearsed.
fn chosen<'a>(
    app: &'a App,
    named: Option<&str>,
    workload: impl Fn(&str) -> Option<&'a Workload>,
) -> anyhow::Result<(&'a Component, &'a Workload)> {
    let scales =
        |c: &Component| matches!(c.kind, Kind::Http | Kind::Static | Kind::Worker | Kind::Stream);
    let ids: Vec<&str> = app.components.iter().map(|c| c.id.as_str()).collect();
    if let Some(id) = named {
        let Some(component) = app.components.iter().find(|c| c.id == id) else {
            return Err(InputError::error(
                format!("there is no component `{id}`"),
                import::hint(id, &ids),
            ));
        };
        if !scales(component) {
            let message = format!(
                "{id} is a {} component, which no autoscaler follows",
                component.kind.name()
            );
            return Err(InputError::error(message, "choose a service or a worker"));
        }
        let Some(load) = workload(id) else {
            let hint = "declare `load:` on it, or pass --traffic FILE";
            return Err(InputError::error(format!("the load of {id} is not known"), hint));
        };
        return Ok((component, load));
    }
    let rehearsable = app.components.iter().filter(|c| scales(c));
    let loaded = rehearsable.filter_map(|c| Some((c, workload(&c.id)?)));
    let busiest =
        loaded.reduce(
            |most, next| {
                if next.1.requests_month() > most.1.requests_month() { next } else { most }
            },
        );
    busiest.ok_or_else(|| {
        let message =
            "there is nothing to rehearse: no service or worker with a load was understood";
        InputError::error(message, "declare `load:` on a component, or pass --traffic FILE")
    })
}

/// Everything that two runs have in common.
struct Stage<'a> {
    case: Case<'a>,
    length: Duration,
    whole: Whole,
}

impl<'a> Stage<'a> {
    fn new(
        (app, component): (&'a App, &'a Component),
        (workload, replay): (&'a Workload, &'a Replay),
        prices: Prices<'a>,
        seed: Seed,
    ) -> Self {
        // A thin load is replayed for several cycles; one is enough to look at.
        let length = replay.length.min(workload.cycle);
        let until = Instant::START + length;
        let end = replay.requests.partition_point(|request| request.at < until);
        let whole = if length == workload.cycle { Whole::Cycle } else { Whole::Part };
        let requests = &replay.requests[..end];
        let start = replay.start;
        let case = Case {
            app,
            component,
            workload,
            requests,
            start,
            replays_per_month: 1.0,
            prices,
            seed,
        };
        Self { case, length, whole }
    }

    /// The same requests on the component as other files have it.
    fn instead<'b>(&'b self, component: &'b Component) -> Stage<'b> {
        Stage { case: Case { component, ..self.case }, ..*self }
    }

    fn covers(&self) -> String {
        match self.whole {
            Whole::Cycle => format!("one cycle of {}", self.length),
            Whole::Part => format!("{} around the busiest hour", self.length),
        }
    }

    fn play(&self, wish: &Wish) -> anyhow::Result<Run> {
        let played = rehearsal::rehearse(&self.case, wish, (self.length, self.whole));
        played.map(printable).map_err(refused)
    }
}

/// Each run is named by what it has and the other has not.
fn name(runs: &mut [Run], with: &[String], compare: &[String]) {
    let [one, two] = runs else { return };
    let changed = compare.iter().filter_map(|setting| setting.split_once('='));
    let mut names = (Vec::new(), Vec::new());
    for (name, value) in changed {
        let name = name.trim();
        let before =
            with.iter().rev().filter_map(|s| s.split_once('=')).find(|(n, _)| n.trim() == name);
        let shown = one.settings.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
        let before = before.map_or(shown.unwrap_or("default"), |(_, value)| value);
        names.0.push(format!("{name}={}", before.trim()));
        names.1.push(format!("{name}={}", value.trim()));
    }
    (one.name, two.name) = (names.0.join(" "), names.1.join(" "));
    if one.name == two.name {
        two.name.push_str(" (again)");
    }
}

fn print(rehearsal: &Rehearsal, args: &Rehearse, ui: &Ui) -> anyhow::Result<()> {
    let path = args.output.output.as_deref();
    let text = match args.output.format {
        Format::Json => report::rehearse::json(rehearsal),
        Format::Html => report::html::rehearsal(rehearsal),
        Format::Markdown => report::rehearse::markdown(rehearsal),
        _ => report::rehearse::terminal(rehearsal, ui.width, ui.style_for(path)),
    };
    ui.data(&text, path)?;
    if let Some(path) = path.filter(|_| !ui.quiet) {
        ui.talk(&format!("wrote {}\n", path.display()));
    }
    Ok(())
}

fn printable(played: rehearsal::Rehearsal) -> Run {
    let totals = &played.totals;
    Run {
        name: String::new(),
        settings: played
            .settings
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
        pod_start: played.pod_start,
        node_start: played.node_start,
        totals: Totals {
            requests: totals.requests,
            served: totals.served,
            rejected: totals.rejected,
            killed: totals.killed,
            interrupted: totals.interrupted,
            in_flight: totals.in_flight,
            cold: totals.cold,
            p50: totals.latency.quantile(0.5),
            p99: totals.latency.quantile(0.99),
            short: totals.short,
            pod_hours: totals.pod_hours,
            node_hours: totals.node_hours,
            cost: totals.cost,
            month: totals.month,
        },
        minutes: played.minutes.iter().map(minute).collect(),
        asked: played.asked,
        bursts: played.bursts.iter().map(burst).collect(),
        vpa: played.vpa.map(|vpa| Vpa {
            target: vpa.target,
            lower: vpa.lower,
            upper: vpa.upper,
            request: played.request,
        }),
    }
}

const fn minute(minute: &rehearsal::Minute) -> Minute {
    Minute {
        requests: minute.requests,
        served: minute.served,
        rejected: minute.rejected,
        killed: minute.killed,
        cold: minute.cold,
        wanted: minute.wanted,
        ready: minute.ready,
        nodes: minute.nodes,
        pending: minute.pending,
        waiting: minute.waiting,
        p99: minute.p99,
        cost: minute.cost,
    }
}

const fn burst(burst: &rehearsal::Burst) -> Burst {
    Burst {
        start: burst.start,
        lasts: burst.lasts,
        before_hertz: burst.before_hertz,
        peak_hertz: burst.peak_hertz,
        asked: burst.asked,
        caught_up: burst.caught_up,
        ready_before: burst.ready_before,
        ready_most: burst.ready_most,
        waiting: burst.waiting,
        p99: burst.p99,
        rejected: burst.rejected,
    }
}

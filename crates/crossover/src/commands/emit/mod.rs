//! `crossover emit`: a plan as files that deploy it.

mod files;
mod placement;

use emit::Target;
use model::{App, Decision, Kind, Placement};
use source::Finding;

use super::plan::{self, Wish};
use crate::app::{Loaded, has_errors, tell};
use crate::cli::{Emit, Routes};
use crate::exit::Exit;
use crate::inputs::Inputs;
use crate::ui::Ui;

use placement::Given;

/// Plans, writes, and says what is left to do.
pub(crate) fn run(args: &Emit, ui: &Ui) -> anyhow::Result<Exit> {
    let mut inputs = Inputs::default();
    let mut loaded = plan::asked(&args.asked, &mut inputs)?;
    let target = args.to.as_deref().and_then(emit::by_name);
    let Some(planned) = planned(args, &mut loaded, target, &mut inputs, ui)? else {
        return Ok(Exit::Infeasible);
    };
    let Planned { placements, made_by, findings } = planned;
    let mut plan =
        emit::Plan::of_placements(&loaded.app, &placements, &inputs.map, made_by, target);
    plan.routes = match args.routes {
        Routes::Ingress => emit::Routes::Ingress,
        Routes::Gateway => emit::Routes::Gateway,
    };
    let emitted = emit::emit(&plan);
    let files = files::there(&args.output, &emitted)?;
    if args.dry_run {
        ui.data(&files.iter().map(files::File::diff).collect::<String>(), None)?;
    } else {
        files::write(&args.output, &files, args.force)?;
    }
    tell(&emitted.findings, &inputs, ui);
    let changed = files.iter().filter(|file| file.changes()).count();
    if !ui.quiet {
        let (verb, same) =
            (if args.dry_run { "would write" } else { "wrote" }, files.len() - changed);
        let what =
            format!("{verb} {changed} files to {}, {same} stay as they are", args.output.display());
        ui.talk(&format!("{what}\nnext: read {}\n", args.output.join("README.md").display()));
    }
    if has_errors(&findings) || has_errors(&emitted.findings) {
        ui.talk("note: the files leave out what the errors above name\n");
        return Ok(Exit::Input);
    }
    Ok(Exit::Ok)
}

/// What is carried out.
struct Planned {
    placements: Vec<Placement>,
    made_by: String,
    findings: Vec<Finding>,
}

/// A saved plan as it was saved, else what a plan finds now; `None`, which is told, where nothing is feasible.
fn planned(
    args: &Emit,
    loaded: &mut Loaded,
    target: Option<&dyn Target>,
    inputs: &mut Inputs,
    ui: &Ui,
) -> anyhow::Result<Option<Planned>> {
    let wish = Wish::of(&args.asked);
    let given = args.placement.as_deref().map(|path| placement::read(path, &loaded.app, inputs));
    let given = given.transpose()?;
    if let Some(Given::Plan(saved)) = given {
        let findings = plan::settle(loaded, &wish, inputs, ui)?.findings;
        ui.talk(&placement::odd(&saved, &loaded.app, inputs));
        let made_by = emit::made_by(&saved.tool, &saved.as_of, saved.seed);
        return Ok(Some(Planned { placements: saved.placements, made_by, findings }));
    }
    if let Some(target) = target {
        force(&mut loaded.app, target);
    }
    if let Some(Given::Platforms(places)) = given {
        for (id, platform) in places {
            if let Some(component) = loaded.app.components.iter_mut().find(|c| c.id == id) {
                component.allow = vec![(platform.0.to_owned(), None)];
            }
        }
    }
    let decision = plan::decide_for(loaded, &wish, inputs, ui)?;
    if decision.verdict.is_none() {
        ui.talk(&infeasible(&decision, target));
        return Ok(None);
    }
    let p = &decision.provenance;
    let made_by = emit::made_by(&p.tool, &p.as_of, p.seed);
    let Decision { placements, findings, .. } = decision;
    Ok(Some(Planned { placements, made_by, findings }))
}

/// Lets code run on the target's platforms only. Stores go there or to a provider's own, unless the team says where.
fn force(app: &mut App, target: &dyn Target) {
    for component in &mut app.components {
        let mut allow: Vec<String> =
            target.platforms().iter().map(|&name| name.to_owned()).collect();
        if component.kind == Kind::Stateful {
            if !component.allow.is_empty() {
                continue;
            }
            let managed =
                platforms::ALL.iter().filter(|p| p.family() == platforms::Family::Managed);
            allow.extend(managed.map(|p| p.id().0.to_owned()));
        }
        component.allow = allow.into_iter().map(|name| (name, None)).collect();
    }
}

/// Why nothing is written.
fn infeasible(decision: &Decision, target: Option<&dyn Target>) -> String {
    let way = target.map_or("as planned".to_owned(), |target| format!("on {}", target.title()));
    let mut text = format!("error: it cannot be carried out {way}\n");
    let reasons = decision.considered.iter().flat_map(|way| &way.why_not);
    let mut told: Vec<&str> = Vec::new();
    for reason in reasons {
        if !told.contains(&reason.text.as_str()) {
            told.push(&reason.text);
            text.push_str(&format!(
                "  {}{}\n",
                reason.rule.map(|rule| format!("{rule}: ")).unwrap_or_default(),
                reason.text
            ));
        }
    }
    text.push_str("hint: `crossover plan` shows every option that was tried\n");
    text
}

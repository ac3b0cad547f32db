//! The page of the folder: what is in it, what to set, what crosses, how to deploy.

use std::fmt::Write as _;

use crate::by_name;
use crate::plan::{Output, Plan};

/// The page.
pub(crate) fn text(plan: &Plan<'_>, out: &Output) -> String {
    let mut text = format!("# {}, deployed as planned\n\n", plan.app.name);
    let _ = writeln!(text, "Written by {}.\n", plan.made_by);
    parts(&mut text, plan, out);
    crossing(&mut text, plan, out);
    secrets(&mut text, out);
    if !out.steps.is_empty() {
        text.push_str("\n## Deploy\n\n");
        for (number, step) in out.steps.iter().enumerate() {
            let _ = writeln!(text, "{}. {step}", number + 1);
        }
    }
    releases(&mut text, plan, out);
    if !out.findings.is_empty() {
        text.push_str("\n## Before it runs\n\n");
        for finding in &out.findings {
            let hint = finding.hint.as_deref().map(|hint| format!("; {hint}")).unwrap_or_default();
            let _ = writeln!(text, "- {} ({}){hint}", finding.message, finding.id);
        }
    }
    text
}

fn parts(text: &mut String, plan: &Plan<'_>, out: &Output) {
    if plan.parts.is_empty() {
        text.push_str("The application has no components: there is nothing to deploy.\n");
        return;
    }
    text.push_str("| component | where | how | written to |\n|---|---|---|---|\n");
    for part in &plan.parts {
        let target = part.target.filter(|_| out.is_written(part)).and_then(by_name);
        let target = target.map_or("nothing".to_owned(), |t| format!("`{}/`", t.folder()));
        let _ = writeln!(
            text,
            "| {} | {} | {} | {target} |",
            cell(&part.component.id),
            part.placement.platform,
            cell(&part.placement.config)
        );
    }
}

fn crossing(text: &mut String, plan: &Plan<'_>, out: &Output) {
    let crossing = plan.crossing();
    if crossing.is_empty() {
        return;
    }
    text.push_str("\n## What crosses\n\nCalls between parts that stand in different places:\n\n");
    for (from, to, edge) in crossing {
        let (caller, callee) = (&from.component.id, &to.component.id);
        let wire = out.wire(caller, callee).or_else(|| out.wire(callee, caller));
        let wire = wire.map(|how| format!(": {how}")).unwrap_or_default();
        let _ = writeln!(
            text,
            "- {} ({}) calls {} ({}), {} per request{wire}",
            from.component.id,
            from.placement.platform,
            to.component.id,
            to.placement.platform,
            edge.calls_per_request
        );
    }
}

fn secrets(text: &mut String, out: &Output) {
    if out.secrets().is_empty() {
        return;
    }
    text.push_str("\n## Secrets to set\n\nNo value of a secret is written here.\n\n");
    for (variable, place) in out.secrets() {
        let _ = writeln!(text, "- `{variable}` in {place}");
    }
}

/// What runs once at each release, and who starts after it.
fn releases(text: &mut String, plan: &Plan<'_>, out: &Output) {
    if out.runs().is_empty() {
        return;
    }
    text.push_str("\n## At each release\n\nThese run once and end; nothing else starts them.\n\n");
    for (id, commands) in out.runs() {
        let waits = plan.parts.iter().filter(|part| {
            let blueprint = part.component.blueprint.as_ref();
            blueprint.is_some_and(|blueprint| blueprint.after.contains(id))
        });
        let waits: Vec<&str> = waits.map(|part| part.component.id.as_str()).collect();
        let order = if waits.is_empty() {
            String::new()
        } else {
            format!(
                ", before the new {}: where they are defined, they start after it has ended, and nothing here holds that order by itself",
                waits.join(", ")
            )
        };
        let _ = writeln!(text, "- {id}{order}");
        for command in commands {
            let _ = writeln!(text, "  - {command}");
        }
    }
}

/// Text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace(['\n', '\r'], " ").replace('|', "\\|")
}

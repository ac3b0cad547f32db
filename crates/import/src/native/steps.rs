//! How a run is cut into steps: `steps: 5`, or a mapping with more about them.

use model::{Component, Kind, Machine, Steps};
use source::Finding;
use source::yaml::Value;
use units::{Bytes, Duration};

use super::component::unused;
use super::fields::{Fields, parse_at, text_of};
use super::keys::STEPS;
use super::values::{BODY, KEPT, STEP_COUNT, STEP_PART, WAIT, count, within};
use crate::defaults;
use crate::findings::CONTRADICTION;

/// Reads `steps` of a component.
pub(super) fn read(fields: &Fields<'_>, c: &mut Component, findings: &mut Vec<Finding>) {
    let Some(node) = fields.get("steps") else { return };
    let path = fields.path_of("steps");
    let steps = if matches!(node.value, Value::Mapping(_)) {
        Fields::open(node, &STEPS, &path, findings).and_then(|keys| mapping(&keys, findings))
    } else {
        let text = text_of(node, &path, "5", findings);
        let parse = within(count, STEP_COUNT);
        text.and_then(|text| parse_at(text, node, (&path, "5"), findings, parse))
            .map(|(count, span)| Steps { span: Some(span), ..plain(count as u32) })
    };
    if !matches!(c.kind, Kind::Worker | Kind::Cron | Kind::Job) {
        let why = format!("runs of `kind: {}` are not cut into steps here", c.kind.name());
        let hint = "make it `kind: worker` or `kind: cron`: work that nobody waits for";
        return unused(fields, "steps", &why, hint, findings);
    }
    c.steps = steps;
}

/// So many steps, and what is assumed of the rest.
pub(crate) fn plain(count: u32) -> Steps {
    Steps {
        count,
        elsewhere: 0,
        pauses: defaults::pauses(count),
        inside: defaults::inside_steps(),
        state: defaults::step_state(),
        machine: None,
        kept: None,
        span: None,
    }
}

fn mapping(keys: &Fields<'_>, findings: &mut Vec<Finding>) -> Option<Steps> {
    keys.require("count", findings);
    let count_of = keys.parsed("count", findings, within(count, STEP_COUNT));
    let elsewhere = keys.parsed("elsewhere", findings, within(count, STEP_PART));
    let pauses = keys.fact("pauses", findings, within(count, STEP_PART));
    let inside = keys.fact("inside", findings, within(Duration::parse, WAIT));
    let state = keys.fact("state", findings, within(Bytes::parse, BODY));
    let machine = keys.named("machine", findings, &Machine::ALL);
    let kept = keys.fact("kept", findings, within(Duration::parse, KEPT));
    let (count, at) = count_of?;
    let base = plain(count as u32);
    let mut steps = Steps {
        elsewhere: elsewhere.map_or(0, |(n, _)| n as u32),
        pauses: pauses.map_or(base.pauses, |fact| fact.map(|n| n as u32)),
        inside: inside.unwrap_or(base.inside),
        state: state.unwrap_or(base.state),
        machine: machine.map(|(machine, _)| machine),
        kept,
        span: Some(keys.node.span),
        ..base
    };
    if let Some((n, span)) = elsewhere.filter(|(n, _)| *n > count) {
        let message = format!("{}: {n} of {count} steps", keys.path_of("elsewhere"));
        findings.push(
            Finding::error(CONTRADICTION, message)
                .labelled(span, "more than there are")
                .labelled(at, "all of them")
                .hint("`elsewhere` counts those of the steps that other components do"),
        );
        steps.elsewhere = steps.count;
    }
    Some(steps)
}

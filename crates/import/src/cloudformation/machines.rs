//! State machines of Step Functions: what a run passes through, as far as the definition says.
//!
//! Of several ways the one with the most states is taken, each loop is passed once, and what a `Map` does is done once;
//! a note says so. Tasks are done by others, which are components of their own where the template has them.

use std::collections::{BTreeMap, BTreeSet};

use model::{Component, Distribution, Fact, Kind, Load, Machine, Steps};
use source::yaml::{self, Node, Value};
use source::{FileId, Finding, SourceMap};
use units::Duration;

use super::evaluate::call;
use super::functions::sam_events;
use super::template::{Resource, Template};
use crate::findings::{NO_DEMAND, NOT_USED};
use crate::function::{Sort, schedule};
use crate::native::steps::plain;
use crate::project::Project;
use crate::{defaults, names};

/// States that are looked at.
const STATES_MAX: usize = 500;
/// Machines in machines: branches of `Parallel` and `Map`.
const NESTED_MAX: usize = 10;
/// CPU time of a state where the machine's own work is planned on something else.
const STATE_CPU: Duration = Duration::from_millis(1);

/// The component that a state machine is; `None` if its definition is not to be seen.
pub(super) fn read(
    resource: &Resource<'_>,
    template: &Template<'_>,
    (project, file): (&Project<'_>, FileId),
    findings: &mut Vec<Finding>,
) -> Option<Component> {
    let definition = definition(resource, template, (project, file), findings)?;
    let mut seen = Seen::default();
    let way = seen.machine(&definition, 0)?;
    let express = template.text(resource, "Type").is_some_and(|(kind, _)| kind == "EXPRESS");
    let machine = if express { Machine::Express } else { Machine::Standard };
    let count = way.count.max(1);
    let span = resource.span;
    let mut component = defaults::component(resource.id, Kind::Worker, Some(span));
    component.steps = Some(Steps {
        elsewhere: count,
        pauses: Fact::declared(way.pauses, span),
        machine: Some(machine),
        span: Some(span),
        ..plain(count)
    });
    component.demand.cpu = Fact::assumed(
        Distribution::Constant(STATE_CPU * u64::from(count)),
        "a state machine decides and hands on; its tasks compute elsewhere; write `cpu`",
    );
    component.demand.wait = if seen.open.contains(&Open::Wait) {
        let known = Distribution::Constant(way.wait);
        Fact::assumed(known, "what of the waits the definition says; write `wait`")
    } else {
        Fact::declared(Distribution::Constant(way.wait), span)
    };
    // It is a state machine: anything else would be another program.
    component.allow = vec![("aws/lambda".to_owned(), Some(span))];
    said(resource.id, (machine, &seen), span, findings);
    started(resource, template, &mut component, findings);
    Some(component)
}

/// What the definition leaves open.
fn said(
    id: &str,
    (machine, seen): (Machine, &Seen),
    span: source::Span,
    findings: &mut Vec<Finding>,
) {
    let hint = format!("write `--set {id}.wait=2h`");
    if seen.open.contains(&Open::Wait) {
        let message =
            format!("{id}: how long a run waits follows from its input or from a callback");
        findings.push(Finding::note(NO_DEMAND, message).at(span).hint(hint));
    } else if machine == Machine::Express {
        let message = format!(
            "{id}: an Express run is billed by its time, and the definition does not say how long its tasks take"
        );
        findings.push(Finding::warning(NO_DEMAND, message).at(span).hint(hint));
    }
    for (there, what) in [
        (Open::Choice, "of several ways the one with the most states is planned"),
        (Open::Loop, "each loop is passed once"),
        (Open::Map, "what it does for each item of a list is planned once"),
    ] {
        if seen.open.contains(&there) {
            let hint = format!("write `--set {id}.steps={{ count: … }}` if a usual run differs");
            findings.push(Finding::note(NOT_USED, format!("{id}: {what}")).at(span).hint(hint));
        }
    }
}

/// A schedule is its load; whatever else starts it calls it.
fn started(
    resource: &Resource<'_>,
    template: &Template<'_>,
    component: &mut Component,
    findings: &mut Vec<Finding>,
) {
    let events = sam_events(resource, template);
    let clock = events.iter().find_map(|event| match &event.sort {
        Sort::Clock(clocks) => clocks.first(),
        _ => None,
    });
    let Some(clock) = clock.filter(|_| events.len() == 1) else { return };
    let load = schedule::load(resource.id, &clock.expression, clock.span, findings);
    if load != Load::Unknown {
        component.kind = Kind::Cron;
        component.load = load;
        let zone = clock.zone.as_ref().map(|(zone, span)| (zone.as_str(), *span));
        schedule::not_planned(resource.id, zone, clock.off, findings);
    }
}

/// The definition, wherever it stands.
fn definition(
    resource: &Resource<'_>,
    template: &Template<'_>,
    (project, file): (&Project<'_>, FileId),
    findings: &mut Vec<Finding>,
) -> Option<Node> {
    let properties = resource.properties?;
    for key in ["Definition", "DefinitionString"] {
        let Some(node) = properties.get(key) else { continue };
        if matches!(node.value, Value::Mapping(_)) && call(node).is_none() {
            return Some(node.clone());
        }
        let text = template.scope.text(node).or_else(|| raw(node, 0));
        return text.and_then(|text| parsed(&text));
    }
    let path = properties.get("DefinitionUri").and_then(|node| template.scope.text(node))?;
    let Ok(found) = project.beside(file, path.trim()) else {
        let message = format!(
            "{}: its definition {} is not in the project, so its states are not planned",
            resource.id,
            names::quoted(&path)
        );
        findings.push(Finding::note(NOT_USED, message).at(resource.span));
        return None;
    };
    let (documents, _) = yaml::parse(project.sources, found);
    documents.into_iter().next()
}

/// The file that a state machine's definition stands in, where it is one of the project.
pub(super) fn named_file(resource: &Node) -> Option<&Node> {
    let is = resource.get("Type").and_then(Node::text).is_some_and(is_machine);
    let node = resource.get("Properties")?.get("DefinitionUri").filter(|_| is)?;
    node.text().filter(|path| node.tag.is_none() && !path.contains("://")).map(|_| node)
}

/// Whether a type of resource is a state machine.
pub(super) fn is_machine(kind: &str) -> bool {
    matches!(kind, "AWS::Serverless::StateMachine" | "AWS::StepFunctions::StateMachine")
}

/// A text with what is only known at deployment left as it is written.
fn raw(node: &Node, depth: usize) -> Option<String> {
    if depth > NESTED_MAX {
        return None;
    }
    match call(node) {
        None => node.text().map(str::to_owned),
        Some(("Sub", argument)) => {
            let first = argument.items().first().unwrap_or(argument);
            first.text().map(str::to_owned)
        }
        Some(("Join", argument)) => {
            let [delimiter, list] = argument.items() else { return None };
            let parts: Vec<String> = list
                .items()
                .iter()
                .map(|item| raw(item, depth + 1).unwrap_or_else(|| "known-at-deployment".into()))
                .collect();
            Some(parts.join(delimiter.text().unwrap_or("")))
        }
        Some(_) => None,
    }
}

fn parsed(text: &str) -> Option<Node> {
    let mut sources = SourceMap::default();
    let file = sources.add("definition", text);
    yaml::parse(&sources, file).0.into_iter().next()
}

/// What a run passes through from a state on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Way {
    count: u32,
    pauses: u32,
    wait: Duration,
}

impl Way {
    fn and(self, other: Self) -> Self {
        Self {
            count: self.count.saturating_add(other.count),
            pauses: self.pauses.saturating_add(other.pauses),
            wait: self.wait + other.wait,
        }
    }
    const fn states(&self) -> u32 {
        self.count.saturating_add(self.pauses)
    }
}

/// What was met on the way.
#[derive(Debug, Default)]
struct Seen {
    open: BTreeSet<Open>,
    states: usize,
}

/// What a definition leaves open, or what is made simpler than it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Open {
    Wait,
    Choice,
    Loop,
    Map,
}

impl Seen {
    /// The longest way through a machine; `None` if it is none.
    fn machine(&mut self, machine: &Node, depth: usize) -> Option<Way> {
        let states = machine.get("States")?;
        let start = machine.get("StartAt")?.text()?;
        states.get(start)?;
        if depth > NESTED_MAX {
            return None;
        }
        Some(self.from(states, start, depth, (&mut BTreeMap::new(), &mut Vec::new())))
    }

    fn from<'n>(
        &mut self,
        states: &'n Node,
        name: &'n str,
        depth: usize,
        (known, open): (&mut BTreeMap<&'n str, Way>, &mut Vec<&'n str>),
    ) -> Way {
        if let Some(way) = known.get(name) {
            return *way;
        }
        let Some(state) = states.get(name) else { return Way::default() };
        if open.contains(&name) {
            self.open.insert(Open::Loop);
            return Way::default();
        }
        self.states += 1;
        if self.states > STATES_MAX {
            return Way::default();
        }
        open.push(name);
        let own = self.state(state, depth);
        let choices = state.get("Choices").map(Node::items).unwrap_or_default();
        self.open.extend((!choices.is_empty()).then_some(Open::Choice));
        let next = choices.iter().chain([state]).flat_map(|node| {
            ["Next", "Default"].into_iter().filter_map(|key| node.get(key).and_then(Node::text))
        });
        let mut rest = Way::default();
        for name in next {
            let way = self.from(states, name, depth, (known, open));
            if way.states() > rest.states() || way.states() == rest.states() && way.wait > rest.wait
            {
                rest = way;
            }
        }
        open.pop();
        let way = own.and(rest);
        known.insert(name, way);
        way
    }

    /// One state by itself.
    fn state(&mut self, state: &Node, depth: usize) -> Way {
        let text = |key: &str| state.get(key).and_then(Node::text).unwrap_or("");
        let step = Way { count: 1, ..Way::default() };
        match text("Type") {
            "Wait" => {
                let seconds = text("Seconds").parse::<u64>().ok();
                self.open.extend(seconds.is_none().then_some(Open::Wait));
                let wait = Duration::from_secs(seconds.unwrap_or(0).min(366 * 86_400));
                Way { pauses: 1, wait, ..Way::default() }
            }
            "Task" if text("Resource").ends_with(".waitForTaskToken") => {
                self.open.insert(Open::Wait);
                Way { pauses: 1, ..Way::default() }
            }
            "Parallel" => {
                let branches = state.get("Branches").map(Node::items).unwrap_or_default();
                let ways = branches.iter().filter_map(|branch| self.machine(branch, depth + 1));
                // All of them are passed, but at the same time.
                ways.fold(step, |all, way| Way { wait: all.wait.max(way.wait), ..all.and(way) })
            }
            "Map" => {
                self.open.insert(Open::Map);
                let inner = state.get("ItemProcessor").or_else(|| state.get("Iterator"));
                let way = inner.and_then(|machine| self.machine(machine, depth + 1));
                step.and(way.unwrap_or_default())
            }
            _ => step,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(text: &str) -> (Way, Seen) {
        let mut seen = Seen::default();
        let way = seen.machine(&parsed(text).unwrap(), 0).unwrap();
        (way, seen)
    }

    #[test]
    fn the_longest_way_is_counted_and_its_waits_are_added() {
        let (way, seen) = way(r#"{ "StartAt": "Ask", "States": {
            "Ask": { "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Next": "Wait" },
            "Wait": { "Type": "Wait", "Seconds": 3600, "Next": "Decide" },
            "Decide": { "Type": "Choice", "Choices": [{ "Next": "Pay" }, { "Next": "Wait" }], "Default": "No" },
            "Pay": { "Type": "Parallel", "Next": "Done", "Branches": [
                { "StartAt": "A", "States": { "A": { "Type": "Task", "End": true } } },
                { "StartAt": "B", "States": { "B": { "Type": "Wait", "Seconds": 60, "End": true } } } ] },
            "Done": { "Type": "Succeed" }, "No": { "Type": "Fail" } } }"#);
        // Ask, Decide, Pay, A, Done; Wait and B.
        assert_eq!((way.count, way.pauses), (5, 2));
        assert_eq!(way.wait, Duration::from_secs(3660));
        assert_eq!(seen.open, BTreeSet::from([Open::Choice, Open::Loop]));
    }

    #[test]
    fn a_callback_and_a_time_from_the_input_are_unknown_waits() {
        for state in [
            r#""Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken""#,
            r#""Type": "Wait", "SecondsPath": "$.for""#,
        ] {
            let text =
                format!(r#"{{ "StartAt": "A", "States": {{ "A": {{ {state}, "End": true }} }} }}"#);
            let (way, seen) = way(&text);
            assert_eq!((way.count, way.pauses, way.wait), (0, 1, Duration::ZERO));
            assert!(seen.open.contains(&Open::Wait));
        }
    }

    #[test]
    fn what_is_no_machine_is_none() {
        for text in ["{}", r#"{ "StartAt": "A" }"#, r#"{ "StartAt": "A", "States": { "B": {} } }"#]
        {
            assert_eq!(Seen::default().machine(&parsed(text).unwrap(), 0), None, "{text}");
        }
    }
}

//! Durable functions: one program that is called again where it left off.

use model::{FrontDoor, FunctionSettings, Kind, Workflow};
use source::Finding;
use units::Duration;

use super::Stack;
use super::stores::{Store, feeding};
use crate::findings::TO_DO;
use crate::tree::Node;
use crate::{Output, Part, Plan};

/// Seconds that a run may take with all its waiting (`ExecutionTimeout` of `DurableConfig`, AWS Lambda API reference: 366 days).
const RUN_MAX: u64 = 31_622_400;

/// How a function keeps its place between calls.
#[derive(Debug, Clone)]
pub(crate) struct Durable {
    /// Seconds that a run may take with all its waiting.
    pub execution: Node,
    /// Days that its history is kept, where they are declared.
    pub kept: Option<Node>,
}

/// Whether a part is one.
pub(super) fn is_durable(function: &FunctionSettings) -> bool {
    function.workflow == Some(Workflow::Durable)
}

/// How a part is reached: a durable worker is called by those who have work for it, because a queue waits 15 minutes for a run at the
/// most ("Event source mappings", AWS Lambda developer guide, on durable functions).
pub(super) fn door(part: &Part<'_>, function: &FunctionSettings) -> FrontDoor {
    if is_durable(function) && part.component.kind == Kind::Worker {
        return FrontDoor::None;
    }
    function.front_door
}

/// Why a durable function is not written.
pub(super) fn refusal(plan: &Plan<'_>, part: &Part<'_>) -> Option<&'static str> {
    match (part.component.kind, feeding(plan, part)) {
        (Kind::Worker, Some((_, Store::Queue | Store::Table))) => Some(
            "is not written for a durable function behind a queue or a stream: it waits 15 minutes for a run at the most",
        ),
        (Kind::Worker | Kind::Cron | Kind::Job, _) => None,
        _ => Some("is not written yet for a durable function that clients wait for"),
    }
}

impl Stack<'_, '_> {
    /// How a part keeps its place, if it is durable.
    pub(super) fn durable(
        &self,
        part: &Part<'_>,
        function: &FunctionSettings,
        out: &mut Output,
    ) -> Option<Durable> {
        if !is_durable(function) {
            return None;
        }
        let message = format!(
            "{}: its code has to run its steps through Lambda's durable execution SDK",
            part.component.id
        );
        let hint = "who calls it invokes its alias, and does not wait (`Event`)";
        let finding = Finding::warning(TO_DO, message).hint(hint);
        out.findings.push(self.plan.at(finding, part.component.span));
        let kept = part.component.steps.as_ref().and_then(|steps| steps.kept.as_ref());
        let kept = kept.and_then(|fact| {
            let days = fact.get()?.secs_f64() / Duration::DAY.secs_f64();
            Some(Node::from((days.ceil() as u64).clamp(1, 90)).why(self.why.fact(fact)))
        });
        let execution = Node::from(RUN_MAX).why("assumed: as long as Lambda allows, 366 days");
        Some(Durable { execution, kept })
    }
}

//! Runs in steps under Step Functions: a state machine calls the function once a step, with the step's number, and waits between.

use model::{FunctionSettings, Kind, Steps, Workflow};
use source::Finding;

use super::rights::{document, statement};
use super::{Function, Stack, attribute, clock, filled, reference, resource, source};
use crate::findings::TO_DO;
use crate::tree::{Node, list, map};
use crate::{Output, Part, Plan, Reasons};

/// Steps and waits that are written at the most: a definition of more is nobody's to read.
const STATES_MAX: u32 = 200;
/// Errors of Lambda's own after which a step is tried again, and how often ("Handle transient Lambda service exceptions", AWS Step
/// Functions developer guide).
const TRANSIENT: [&str; 4] = [
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
];
const ATTEMPTS: u32 = 6;
/// What writing logs asks for, on everything ("Logging using CloudWatch Logs", AWS Step Functions developer guide).
pub(crate) const LOGS: [&str; 8] = [
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
];
/// Days that logs are kept.
pub(crate) const LOGS_DAYS: u32 = 14;
/// Where logs of state machines stand, so that each need not be named in a policy of limited length (same page).
pub(crate) const LOGS_PREFIX: &str = "/aws/vendedlogs/states/";
/// The variable that names a machine to its callers ends so.
pub(crate) const VARIABLE: &str = "MACHINE_ARN";

/// The kind of machine that carries the runs of a function, as Step Functions calls it.
pub(crate) fn kind(function: &FunctionSettings) -> Option<&'static str> {
    match function.workflow? {
        Workflow::Standard => Some("STANDARD"),
        Workflow::Express => Some("EXPRESS"),
        Workflow::Durable => None,
    }
}

/// Why a machine is not written, if it is not.
pub(super) fn refusal(plan: &Plan<'_>, part: &Part<'_>) -> Option<String> {
    let Some(steps) = &part.component.steps else {
        return Some("does not write a state machine whose steps nobody counts".to_owned());
    };
    if steps.elsewhere > 0 {
        let why = "does not write a state machine whose steps others do: deploy its own definition";
        return Some(why.to_owned());
    }
    if steps.count.saturating_add(steps.pauses()) > STATES_MAX {
        return Some(format!("does not write a state machine of more than {STATES_MAX} states"));
    }
    if let Some(engine) = source(plan, part) {
        return Some(format!("is not written yet for a state machine behind {}", engine.name()));
    }
    match part.component.kind {
        Kind::Worker => None,
        Kind::Cron => clock::of(part).err().map(|reason| format!("does not write it: {reason}")),
        Kind::Job => {
            Some("is not written yet for a state machine that a release starts".to_owned())
        }
        _ => Some("is not written yet for a state machine that clients wait for".to_owned()),
    }
}

/// Waits in each gap between steps, spread evenly; those of a single step come after it.
fn gaps(steps: &Steps) -> Vec<u32> {
    let (count, pauses) = (steps.count.max(1), steps.pauses());
    let gaps = count.saturating_sub(1).max(1);
    let upto = |gap: u32| u64::from(gap) * u64::from(pauses) / u64::from(gaps);
    (0..gaps).map(|gap| (upto(gap + 1) - upto(gap)) as u32).collect()
}

/// Seconds of a wait.
fn wait_seconds(part: &Part<'_>, steps: &Steps) -> u64 {
    let between = steps.between(&part.component.demand).millis_ceil().div_ceil(1000);
    between.div_ceil(u64::from(steps.pauses().max(1))).max(1)
}

/// The definition of the machine in the Amazon States Language, which calls this function.
pub(crate) fn definition(part: &Part<'_>, why: Reasons<'_>, function: &Node) -> Node {
    let Some(steps) = &part.component.steps else { return Node::empty() };
    let count = steps.count.max(1);
    let gaps = gaps(steps);
    let mut order: Vec<(String, Node)> = Vec::new();
    let mut waits = 0;
    for number in 1..=count {
        order.push((format!("Step{number}"), step(number, function)));
        let after = gaps.get(number as usize - 1).copied().unwrap_or(0);
        for _ in 0..after {
            waits += 1;
            let reason = format!("{}: what it waits, evenly", why.definition(part));
            let seconds = Node::from(wait_seconds(part, steps)).why(reason);
            let wait = map([("Type", Node::from("Wait")), ("Seconds", seconds)]);
            order.push((format!("Wait{waits}"), wait));
        }
    }
    let names: Vec<String> = order.iter().map(|(name, _)| name.clone()).collect();
    let mut states = Node::empty();
    for (at, (name, state)) in order.into_iter().enumerate() {
        let state = match names.get(at + 1) {
            Some(next) => state.with("Next", next),
            None => state.with("End", true),
        };
        states.set(name, state);
    }
    map([("StartAt", Node::from("Step1")), ("States", states)])
}

fn step(number: u32, function: &Node) -> Node {
    let payload = map([("step", Node::from(number)), ("input.$", "$".into())]);
    let again = map([
        ("ErrorEquals", list(TRANSIENT)),
        ("IntervalSeconds", 1_u32.into()),
        ("MaxAttempts", ATTEMPTS.into()),
        ("BackoffRate", 2_u32.into()),
    ]);
    map([
        ("Type", Node::from("Task")),
        ("Resource", "arn:aws:states:::lambda:invoke".into()),
        ("Parameters", map([("FunctionName", function.clone()), ("Payload", payload)])),
        ("OutputPath", "$.Payload".into()),
        ("Retry", list([again]).why("what Lambda itself could not do is tried again")),
    ])
}

/// Says what the code has to do, and what is not known of the waits.
pub(crate) fn told(plan: &Plan<'_>, part: &Part<'_>, out: &mut Output) {
    let id = &part.component.id;
    let message =
        format!("{id}: its code takes the number of the step (`step`, from 1) and its `input`");
    let hint = "what it answers is the next step's input";
    let mut all = vec![Finding::warning(TO_DO, message).hint(hint)];
    if let Some(steps) = part.component.steps.as_ref().filter(|steps| steps.pauses() > 0) {
        let seconds = wait_seconds(part, steps);
        let message = format!("{id}: each of its waits is a clock of {seconds} s");
        let hint =
            "where an approval or an answer ends it, let the step before wait for a task token";
        all.push(Finding::warning(TO_DO, message).hint(hint));
    }
    out.findings.extend(all.into_iter().map(|finding| plan.at(finding, part.component.span)));
}

impl Stack<'_, '_> {
    /// The right to start the runs of a part, and its machine.
    pub(super) fn use_of_machine(&mut self, part: &Part<'_>) -> (Node, Node) {
        let machine = reference(&self.ids.machine(part));
        (statement(&["states:StartExecution"], machine.clone()), machine)
    }

    /// Adds the machine of a function, and the clock that starts it.
    pub(super) fn machine(&mut self, part: &Part<'_>, function: &Function, kind: &str) {
        let id = self.ids.machine(part);
        let logs = self.ids.beside(part, "MachineLogs");
        let place = format!("{LOGS_PREFIX}${{AWS::StackName}}-{}", part.name);
        let days = Node::from(LOGS_DAYS).why("default: two weeks");
        let group = map([("LogGroupName", filled(place)), ("RetentionInDays", days)]);
        self.resources.set(logs.as_str(), resource("AWS::Logs::LogGroup", group));
        let arn = self.target(function);
        let calls = statement(&["lambda:InvokeFunction"], arn.clone()).why("its steps");
        let writes = statement(&LOGS, "*".into()).why("log deliveries have no names");
        let role = self.role(part, "MachineRole", "states.amazonaws.com", &[calls, writes]);
        let destination = map([("LogGroupArn", attribute(&logs, "Arn"))]);
        let destination = map([("CloudWatchLogsLogGroup", destination)]);
        let logging = map([
            ("Level", Node::from("ERROR").why("default: what fails")),
            ("IncludeExecutionData", false.into()),
            ("Destinations", list([destination])),
        ]);
        let name = Node::from("${Function}");
        let properties = map([
            ("StateMachineType", Node::from(kind).why(self.why.plan(part, "workflow"))),
            ("RoleArn", attribute(&role, "Arn")),
            ("Definition", definition(part, self.why, &name)),
            ("DefinitionSubstitutions", map([("Function", arn)])),
            ("LoggingConfiguration", logging),
        ]);
        let machine = resource("AWS::StepFunctions::StateMachine", properties);
        self.resources.set(id.as_str(), machine);
        self.output(part, "MachineArn", reference(&id));
        if part.component.kind == Kind::Cron
            && let Ok(clock) = clock::of(part)
        {
            let starts = statement(&["states:StartExecution"], reference(&id));
            let role = self.role(part, "ClockRole", "events.amazonaws.com", &[starts]);
            let target = map([
                ("Id", Node::from("run")),
                ("Arn", reference(&id)),
                ("RoleArn", attribute(&role, "Arn")),
            ]);
            let clock = Node::from(clock).why(self.why.definition(part));
            let rule = map([("ScheduleExpression", clock), ("Targets", list([target]))]);
            let id = self.ids.beside(part, "Clock");
            self.resources.set(id, resource("AWS::Events::Rule", rule));
        }
    }

    /// Adds a role of a service with these statements; its id.
    fn role(&mut self, part: &Part<'_>, what: &str, service: &str, rights: &[Node]) -> String {
        let assume = map([
            ("Effect", Node::from("Allow")),
            ("Principal", map([("Service", Node::from(service))])),
            ("Action", "sts:AssumeRole".into()),
        ]);
        let policy = map([("PolicyName", Node::from("own")), ("PolicyDocument", document(rights))]);
        let properties =
            map([("AssumeRolePolicyDocument", document(&[assume])), ("Policies", list([policy]))]);
        let id = self.ids.beside(part, what);
        self.resources.set(id.as_str(), resource("AWS::IAM::Role", properties));
        id
    }
}

#[cfg(test)]
mod tests {
    use model::Fact;
    use units::{Bytes, Duration};

    use super::*;

    #[test]
    fn waits_are_spread_over_the_gaps() {
        let of = |count, pauses| {
            gaps(&Steps {
                count,
                elsewhere: 0,
                pauses: Fact::assumed(pauses, ""),
                inside: Fact::assumed(Duration::ZERO, ""),
                state: Fact::assumed(Bytes::ZERO, ""),
                machine: None,
                kept: None,
                span: None,
            })
        };
        for (count, pauses, expected) in [
            (4, 3, vec![1, 1, 1]),
            (4, 2, vec![0, 1, 1]),
            (4, 0, vec![0, 0, 0]),
            (2, 3, vec![3]),
            (1, 2, vec![2]),
            (0, 0, vec![0]),
        ] {
            assert_eq!(of(count, pauses), expected, "{count} {pauses}");
        }
    }
}

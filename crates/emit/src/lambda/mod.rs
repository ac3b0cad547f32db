//! Functions on AWS Lambda: what every format that describes them shares.
//!
//! A format has words of its own for a function and for what starts it; sizes, code, variables, rights, queues and
//! alarms are the same facts in each. They are found here once, and the formats lay them out.

mod alias;
mod apis;
mod balancer;
pub(crate) mod clock;
mod code;
mod durable;
mod environment;
mod given;
mod hosts;
mod ids;
mod inside;
pub(crate) mod kafka;
pub(crate) mod machine;
mod queue;
mod rights;
mod sites;
mod sockets;
mod stores;
mod streams;
mod tables;
mod triggers;
pub(crate) mod urls;

use std::collections::BTreeMap;

use model::{
    Architecture, Engine, Fact, FrontDoor, FunctionSettings, Kind, Placement, Settings, WarmHours,
    Workflow,
};
use source::Finding;

use crate::findings::{NOT_WRITTEN, TO_DO};
use crate::tree::{Node, list, map};
use crate::{Construct, Fidelity, Output, Part, Plan, Reasons, beyond};

pub(crate) use alias::Alias;
pub(crate) use apis::Routes;
pub(crate) use code::Code;
pub(crate) use durable::Durable;
pub(crate) use environment::Variable;
pub(crate) use given::Network;
pub(crate) use ids::{Ids, joined};
use inside::Inside;
pub(crate) use queue::{Batches, PARTIAL, VISIBILITY_SECONDS_MAX, VISIBILITY_TIMEOUTS};
pub(crate) use rights::{document, reaches, statement, written};
pub(crate) use stores::{Store, feeding};
pub(crate) use triggers::Call;

/// Where functions of this kind run, and the stores that stand in the stack beside them.
pub(crate) const PLATFORMS: &[&str] = &[FUNCTIONS, stores::PLATFORM];
const FUNCTIONS: &str = "aws/lambda";
/// Lambda's name of the architecture.
const ARM: &str = "arm64";
/// Seconds of a run that nobody limits: a second less than an HTTP API waits for an answer, so that a run that ends in time
/// is answered ("Integration timeout 30 s", "Quotas for HTTP APIs", API Gateway developer guide), and as long as Lambda
/// allows for the rest ("Lambda quotas", AWS Lambda developer guide).
const TIMEOUT_HTTP: u64 = 29;
const TIMEOUT_MAX: u64 = 900;
/// Scratch disk that every function has, and the most it can have, in MiB (same quotas).
const SCRATCH_MIB: (u64, u64) = (512, 10_240);

/// What differs between the formats beside their words.
#[derive(Debug)]
pub(crate) struct Dialect {
    /// The target's name, which is its folder.
    pub target: &'static str,
    /// Its name in prose.
    pub title: &'static str,
    /// The file that it is.
    pub file: &'static str,
    /// Where an archive's code has to stand, by the name of the part.
    pub archive: fn(&str) -> String,
    /// The name under which a variable of a part is given, where its value is not written.
    pub given: fn(&str, &str) -> String,
    /// How it is given, in the words of the folder's page.
    pub place: fn(&str) -> String,
    /// The value of what is given under a name; `None` where the target has networks of its own and asks for nothing.
    pub value: Option<fn(&str) -> Node>,
    /// The id in the stack of a function of this name.
    pub logical: fn(&str) -> String,
    /// The alias that the tool makes of a function whose environments are kept ready or begin with a snapshot.
    pub alias: fn(&Function) -> Option<Alias>,
    /// The alias that it makes of a durable function of this name.
    pub durable: fn(&str) -> Alias,
    /// What the format's own tool puts behind a function's id for resources that it makes.
    pub endings: &'static [&'static str],
    /// Ids that it takes for itself.
    pub taken: &'static [&'static str],
}

/// What a format is filled with: the parts that it writes, and the resources beside the functions, in the words of
/// CloudFormation.
#[derive(Debug)]
pub(crate) struct Stack<'p, 'a> {
    pub plan: &'p Plan<'a>,
    pub why: Reasons<'a>,
    pub dialect: &'static Dialect,
    pub ids: Ids,
    /// Resources beside the functions.
    pub resources: Node,
    /// What others have to know.
    pub outputs: Node,
    /// APIs that several parts share, by kind; the id is known as soon as one of them was written.
    apis: BTreeMap<FrontDoor, Option<String>>,
    /// What calls of each function go to, by the part's name.
    targets: BTreeMap<String, Node>,
    /// Functions behind the load balancer.
    groups: Vec<balancer::Group>,
    /// What is known of the team's network, by what it is: it is given once for all.
    network: BTreeMap<&'static str, Node>,
    /// ARNs of clusters of Kafka outside of the stack, by the part that reads them.
    clusters: BTreeMap<String, Node>,
    /// Names of what is given when it is deployed, beside variables.
    pub givens: Vec<String>,
}

/// A function in no format's words; each value says why it is what it is.
#[derive(Debug)]
pub(crate) struct Function {
    /// Its name where it is listed.
    pub name: String,
    /// Its id in the stack.
    pub id: String,
    /// What it runs.
    pub code: Code,
    /// As Lambda calls it, and why.
    pub architecture: (&'static str, String),
    /// In MiB.
    pub memory: Node,
    /// In seconds.
    pub timeout: Node,
    /// In MiB, where it is more than every function has.
    pub scratch: Option<Node>,
    pub reserved: Option<Node>,
    /// Environments that are kept ready.
    pub provisioned: Option<Node>,
    /// The hours in which they are; `None` is always.
    pub warm_hours: Option<WarmHours>,
    /// Why it starts from a snapshot, if it does.
    pub snap_start: Option<String>,
    /// How it keeps its place between calls, if it does.
    pub durable: Option<Durable>,
    /// The kind of state machine that calls it, if one does.
    pub machine: Option<&'static str>,
    pub variables: Vec<(String, Variable)>,
    /// The network of the team's own that it stands in.
    pub network: Option<Network>,
    /// Policies that Amazon keeps, by address.
    pub policies: Vec<Node>,
    /// Statements of its own policy.
    pub rights: Vec<Node>,
    /// Statements of a policy that stands apart from the function, because what they name leads back to it.
    pub apart: Vec<Node>,
}

impl Function {
    /// Whether it runs on Arm.
    pub(crate) fn is_arm(&self) -> bool {
        self.architecture.0 == ARM
    }
}

impl<'p, 'a> Stack<'p, 'a> {
    /// An empty one for the parts of a target.
    pub(crate) fn new(plan: &'p Plan<'a>, dialect: &'static Dialect) -> Self {
        let parts = || plan.of(dialect.target);
        // Of what others write, the other side of a split may be a function here.
        let others = plan.parts.iter().filter(|part| part.target != Some(dialect.target));
        let spilled = others.filter(|part| part.placement.configured.spill().is_some());
        let mut ids = Ids::of(parts().chain(spilled), dialect);
        for topic in parts().flat_map(triggers::own) {
            ids.topic_of(topic);
        }
        Self {
            plan,
            why: Reasons::of(plan),
            dialect,
            ids,
            resources: Node::empty(),
            outputs: Node::empty(),
            apis: apis::shared(plan, parts()),
            targets: BTreeMap::new(),
            groups: Vec::new(),
            network: BTreeMap::new(),
            clusters: BTreeMap::new(),
            givens: Vec::new(),
        }
    }

    /// The parts that are functions here; of the others it is told why they are none.
    pub(crate) fn functions(
        &self,
        out: &mut Output,
    ) -> Vec<(&'p Part<'a>, FrontDoor, &'p FunctionSettings)> {
        let mut found = Vec::new();
        let plan = self.plan;
        for part in plan.parts.iter().filter(|part| part.target == Some(self.dialect.target)) {
            if is_beside(part) {
                continue;
            }
            match settings(plan, part) {
                Ok(function) => found.push((part, door(plan, part, function), function)),
                Err(reason) => {
                    let message = format!("{}: {} {reason}", part.component.id, self.dialect.title);
                    let hint = "set this part up by hand, or plan it with `--to kubernetes`";
                    out.not_written(plan, part, Finding::warning(NOT_WRITTEN, message).hint(hint));
                }
            }
        }
        self.one_region(&found, out);
        found
    }

    /// The region of the stack, without the provider's name.
    pub(crate) fn region(&self) -> Option<&'p str> {
        let first = self.plan.parts.iter().find(|part| part.target == Some(self.dialect.target))?;
        first.placement.region.strip_prefix("aws/")
    }

    /// One stack stands in one region.
    fn one_region(&self, found: &[(&Part<'_>, FrontDoor, &FunctionSettings)], out: &mut Output) {
        let Some(region) = self.region() else { return };
        let other = |part: &Part<'_>| part.placement.region.strip_prefix("aws/") != Some(region);
        for (part, ..) in found.iter().filter(|(part, ..)| other(part)) {
            let message = format!(
                "{}: is planned in {}, and `{}` is deployed to {region} as a whole",
                part.component.id, part.placement.region, self.dialect.file
            );
            let hint = "deploy the file once in each region, with the functions that belong there";
            let finding = Finding::warning(TO_DO, message).hint(hint);
            out.findings.push(self.plan.at(finding, part.component.span));
        }
    }

    /// A part as a function.
    pub(crate) fn function(
        &mut self,
        part: &Part<'_>,
        settings: &FunctionSettings,
        out: &mut Output,
    ) -> Function {
        let why = self.why;
        let planned = |value: Node, what: &str| value.why(why.plan(part, what));
        let mut variables = environment::variables(self, part, out);
        let mut rights = rights::of(self, part, &mut variables, out);
        rights.own.extend(self.reads_topic(part, out));
        if settings.front_door == FrontDoor::WebSocketApi {
            self.answer_sockets(part, &mut rights, &mut variables, out);
        }
        self.tell_signed(part, settings, out);
        if machine::kind(settings).is_some() && self.dialect.value.is_some() {
            machine::told(self.plan, part, out);
        }
        rights.own.extend(rights::declared(self, part));
        let code = code::of(self, part, &mut variables, out);
        let arm = settings.architecture == Architecture::Arm;
        let (seconds, reason) = timeout(part, why);
        let scratch = settings.scratch.mib_ceil().clamp(SCRATCH_MIB.0, SCRATCH_MIB.1);
        let scratch = (scratch > SCRATCH_MIB.0).then(|| planned(scratch.into(), "scratch disk"));
        let reserved = part.component.reserved.map(|(reserved, span)| {
            Node::from(reserved).why(why.place(span).unwrap_or_else(|| why.definition(part)))
        });
        let provisioned = (settings.provisioned > 0)
            .then(|| planned(settings.provisioned.into(), "environments kept ready"));
        Function {
            name: self.ids.name(part),
            id: self.ids.part(part),
            code,
            architecture: (if arm { ARM } else { "x86_64" }, why.plan(part, "architecture")),
            memory: planned(settings.memory.mib_ceil().into(), "memory"),
            timeout: Node::from(seconds).why(reason),
            scratch,
            reserved,
            provisioned,
            warm_hours: settings.warm_hours,
            snap_start: settings.snap_start.then(|| why.plan(part, "starts from a snapshot")),
            durable: self.durable(part, settings, out),
            machine: machine::kind(settings),
            variables,
            network: self.network(part, out),
            policies: rights::policies(self, part),
            rights: rights.own,
            apart: rights.apart,
        }
    }

    /// Something that others have to know of a part: `Url`, `QueueUrl`.
    pub(crate) fn output(&mut self, part: &Part<'_>, what: &str, value: Node) {
        let id = self.ids.beside(part, what);
        self.outputs.set(id, map([("Value", value)]));
    }

    /// An alarm on runs of a part that fail.
    pub(crate) fn alarm(&mut self, part: &Part<'_>) {
        let name = reference(&self.ids.part(part));
        let dimension = map([("Name", Node::from("FunctionName")), ("Value", name)]);
        let properties = map([
            ("Namespace", Node::from("AWS/Lambda")),
            ("MetricName", "Errors".into()),
            ("Dimensions", list([dimension])),
            ("Statistic", "Sum".into()),
            ("Period", 300_u32.into()),
            ("EvaluationPeriods", 1_u32.into()),
            ("Threshold", Node::from(1_u32).why("default: one run that fails in five minutes")),
            ("ComparisonOperator", "GreaterThanOrEqualToThreshold".into()),
            ("TreatMissingData", "notBreaching".into()),
        ]);
        let id = self.ids.beside(part, "Errors");
        self.resources.set(id, resource("AWS::CloudWatch::Alarm", properties));
    }
}

/// What belongs to every function beside it: its alarm, the schedule of environments kept ready, and rights that cannot stand in
/// its role.
impl Stack<'_, '_> {
    pub(crate) fn beside(
        &mut self,
        part: &Part<'_>,
        door: FrontDoor,
        function: &Function,
        role: Option<&str>,
    ) {
        self.targets.insert(part.name.clone(), self.target(function));
        match door {
            FrontDoor::WebSocketApi => self.sockets(part, function),
            FrontDoor::Alb => self.group(part, function),
            _ => {}
        }
        self.keep_by_the_hour(part, function);
        if let Some(kind) = function.machine {
            self.machine(part, function, kind);
        }
        if let Some(role) = role {
            self.policy_apart(part, function, role);
        }
        self.alarm(part);
    }
}

/// Whether a part stands in a stack beside its functions: a store, or files that the provider serves.
fn is_beside(part: &Part<'_>) -> bool {
    Store::of(part).is_some() || Inside::of(part).is_some() || sites::is_site(part)
}

/// Whether a component as placed runs as a function of Lambda.
pub(crate) fn takes(placement: &Placement) -> bool {
    matches!(placement.configured, Settings::Function(_)) && placement.platform.0 == FUNCTIONS
}

/// What becomes of a construct where a format says nothing else.
pub(crate) fn fidelity(construct: Construct) -> Fidelity {
    use Fidelity::{Full, Note, Refused};
    match construct {
        Construct::Http => Note("a function behind an API, a load balancer or its own URL"),
        Construct::Worker => Note("behind a queue, a stream or a bucket only"),
        Construct::Queue => {
            Note("the queue that feeds it, else one of its own; senders get its URL")
        }
        Construct::Stream => {
            Note("of a table, of Kafka at Amazon, else a Kinesis stream of its own")
        }
        Construct::ManagedStore => Note(
            "DynamoDB, S3, SQS, and RDS, ElastiCache, DocumentDB and MSK in a network that is given; others not yet",
        ),
        Construct::Cron => Note("in UTC; what only one of day and weekday can say"),
        Construct::Job => Note("a function that nothing starts; the page has the command"),
        Construct::Image => Note("HTTP servers by an overlay with the Lambda Web Adapter"),
        Construct::Secrets => Note("by reference; the values have to be set"),
        Construct::Size => Note("memory as planned; CPU follows from it"),
        Construct::Scaling => {
            Note("reserved and provisioned concurrency as planned, by the hour, too")
        }
        Construct::Probes => Note("the path of the ready check, for the adapter"),
        Construct::Public => Note("a host of the provider's: one for all whose paths are known"),
        Construct::Command => Note("of images; an archive has its handler"),
        Construct::Function | Construct::Environment => Full,
        Construct::Udp => Refused("functions are reached over HTTP and by events"),
        Construct::Ports => Note("one, behind the adapter"),
        Construct::Store | Construct::Volumes => Refused("a function keeps nothing"),
        Construct::Gpu | Construct::Privileged | Construct::Windows => Refused("Lambda has none"),
        Construct::Grpc => Refused("no front door of Lambda's speaks it"),
        Construct::Grace => Refused("Lambda's own"),
        Construct::Split => Refused("the servers' half has no place here; see Terraform"),
        Construct::Rights => {
            Note("as declared; those on what a template makes beside the application are told")
        }
        Construct::Layers => Note("layers by address; answers are streamed by a URL alone"),
        Construct::Sidecars => Refused("a function is one container"),
        Construct::Files => {
            Refused("a function has its image and `/tmp`; which files it expects is told")
        }
        Construct::Calls => {
            Note("rights to use, to send and to invoke; addresses stay as they are")
        }
        Construct::WebSockets => Note("a WebSocket API; the code has to take its events"),
        Construct::Static => Note("a bucket behind CloudFront; the files are yours to copy"),
    }
}

/// How a part runs as a function, or why it is not written.
pub(crate) fn settings<'p>(
    plan: &Plan<'_>,
    part: &'p Part<'_>,
) -> Result<&'p FunctionSettings, String> {
    let Settings::Function(function) = &part.placement.configured else {
        return Err("writes functions only".to_owned());
    };
    match function.workflow {
        Some(Workflow::Durable) => {
            return durable::refusal(plan, part).map_or(Ok(function), |why| Err(why.to_owned()));
        }
        Some(Workflow::Standard | Workflow::Express) => {
            return machine::refusal(plan, part).map_or(Ok(function), Err);
        }
        None => {}
    }
    if kafka::reads(plan, part) {
        return kafka::refusal(plan, part).map_or(Ok(function), Err);
    }
    match (part.component.kind, function.front_door) {
        (Kind::Stateful | Kind::Static, _) => {
            return Err(format!("is not written yet for {}", part.component.kind.name()));
        }
        (Kind::Stream | Kind::Worker, FrontDoor::Stream) => match source(plan, part) {
            None | Some(Engine::KeyValue | Engine::Other) => {}
            Some(engine) => {
                return Err(format!("is not written yet for a stream of {}", engine.name()));
            }
        },
        (Kind::Worker, FrontDoor::Notice)
            if beyond::starts_by_notices(part)
                || matches!(feeding(plan, part), Some((_, Store::Bucket))) => {}
        (Kind::Worker, FrontDoor::Queue)
        | (Kind::Cron, FrontDoor::None | FrontDoor::Schedule)
        | (Kind::Job, FrontDoor::None)
        | (
            Kind::Http,
            FrontDoor::None
            | FrontDoor::FunctionUrl
            | FrontDoor::HttpApi
            | FrontDoor::RestApi
            | FrontDoor::WebSocketApi
            | FrontDoor::Alb,
        ) => {}
        (Kind::Worker, _) => {
            let what = "a worker without a queue, a stream or a bucket of the stack";
            return Err(format!("is not written yet for {what}"));
        }
        (_, door) => return Err(format!("is not written yet for the front door {door:?}")),
    }
    if part.component.kind == Kind::Cron {
        clock::of(part).map_err(|reason| format!("does not write it: {reason}"))?;
    }
    Ok(function)
}

/// How a part is reached, or what it has its work from.
pub(crate) fn door(plan: &Plan<'_>, part: &Part<'_>, function: &FunctionSettings) -> FrontDoor {
    if kafka::reads(plan, part) {
        return FrontDoor::Stream;
    }
    if machine::kind(function).is_some() {
        // Only its machine calls it.
        return FrontDoor::Notice;
    }
    durable::door(part, function)
}

/// The engine of the store that a part has its work from, wherever that is.
fn source(plan: &Plan<'_>, part: &Part<'_>) -> Option<Engine> {
    let mut feeding = plan.app.edges.iter().filter(|edge| edge.to == part.component.id);
    let engine = |id: &str| plan.app.component(id)?.engine.as_ref().and_then(Fact::get);
    feeding.find_map(|edge| engine(&edge.from))
}

/// Seconds that a run may take, and who says so.
fn timeout(part: &Part<'_>, why: Reasons<'_>) -> (u64, String) {
    if let Some(fact) = &part.component.run_time_max
        && let Some(time) = fact.get()
    {
        return (time.millis_ceil().div_ceil(1000).clamp(1, TIMEOUT_MAX), why.fact(fact));
    }
    if part.component.kind == Kind::Http {
        return (TIMEOUT_HTTP, "assumed: a second less than an HTTP API waits".to_owned());
    }
    (TIMEOUT_MAX, "assumed: as long as Lambda allows".to_owned())
}

/// A resource of the stack.
pub(crate) fn resource(kind: &str, properties: Node) -> Node {
    let node = map([("Type", Node::from(kind))]);
    if properties.is_empty() { node } else { node.with("Properties", properties) }
}

/// `Ref` of something in the stack.
pub(crate) fn reference(id: &str) -> Node {
    map([("Ref", id.into())])
}

/// An attribute of a resource.
pub(crate) fn attribute(id: &str, name: &str) -> Node {
    map([("Fn::GetAtt", list([id, name]))])
}

/// Text with what stands in the stack put in.
pub(crate) fn filled(text: impl Into<String>) -> Node {
    map([("Fn::Sub", text.into().into())])
}

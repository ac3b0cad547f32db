//! Lambda functions.

use model::{Architecture, DoorChoice, Fact, Need, Origin, Package, Place, Setting};
use source::yaml::Node;
use source::{Finding, Span};
use units::{Bytes, Duration};

use super::evaluate::{Scope, call, named};
use super::rights;
use super::template::{Resource, Template};
use super::wiring::Wiring;
use super::{taking, triggers, unheld};
use crate::container::environment::{Set, Source};
use crate::findings::{BAD_VALUE, NOT_USED};
use crate::function::schedule::Clock;
use crate::function::{Event, Part, Sort};
use crate::names::quoted;

/// What Lambda gives a function that says nothing: "The default value is 128 MB" and "The default is 3 seconds",
/// AWS CloudFormation user guide, `AWS::Lambda::Function`.
const MEMORY: Bytes = Bytes::from_mib(128);
const TIMEOUT: Duration = Duration::from_secs(3);

/// Settings that a plan chooses anew; kept for emitting.
const SETTINGS: &[&str] = &[
    "ProvisionedConcurrencyConfig",
    "ReservedConcurrentExecutions",
    "SnapStart",
    "DurableConfig",
    "CapacityProviderConfig",
    "AutoPublishAlias",
];

pub(super) fn read<'t>(
    resource: &Resource<'t>,
    template: &Template<'t>,
    wiring: &mut Wiring<'t>,
    findings: &mut Vec<Finding>,
) -> Part {
    let text = |key: &str| template.text(resource, key);
    let mut events = sam_events(resource, template);
    events.extend(wiring.events_of(resource.id));
    let image = text("PackageType").is_some_and(|(kind, _)| kind == "Image")
        || template.property(resource, "ImageUri").is_some()
        || template.property(resource, "Code").is_some_and(|code| code.get("ImageUri").is_some());
    let package = if image { Package::Image } else { Package::Zip };
    let architecture = template.property(resource, "Architectures").and_then(|list| {
        let first = list.items().first().unwrap_or(list);
        let arm = template.scope.text(first)? == "arm64";
        Some((if arm { Architecture::Arm } else { Architecture::X86 }, first.span))
    });
    let mut needs = Vec::new();
    if let Some(vpc) = template.property(resource, "VpcConfig") {
        needs.push((Need::PrivateNetwork, vpc.span));
    }
    if let Some(disk) = template.property(resource, "FileSystemConfigs") {
        let message = format!("{}: a shared file system is not planned", resource.id);
        findings.push(disk.mark(Finding::note(NOT_USED, message)));
    }
    let scratch = template.property(resource, "EphemeralStorage").and_then(|storage| {
        let size = storage.get("Size")?;
        let mib: u64 = template.scope.text(size)?.trim().parse().ok()?;
        Some(Fact::declared(Bytes::from_mib(mib), size.span))
    });
    let settings = SETTINGS.iter().filter_map(|name| {
        let node = template.property(resource, name)?;
        Some((
            (*name).to_owned(),
            template.scope.text(node).unwrap_or_else(|| node.what().to_owned()),
        ))
    });
    let seconds = |n: u64| Duration::from_secs(n);
    Part {
        id: resource.id.to_owned(),
        span: resource.span,
        runtime: text("Runtime"),
        memory: number(resource, template, "MemorySize", (128, 32_768), findings)
            .map_or_else(|| by_default(MEMORY, "128 MB"), |fact| fact.map(Bytes::from_mib)),
        run_time_max: number(resource, template, "Timeout", (1, 900), findings)
            .map_or_else(|| by_default(TIMEOUT, "3 s"), |fact| fact.map(seconds)),
        architecture,
        package: (package, resource.span),
        scratch,
        environment: environment(resource, template),
        needs,
        handler: text("Handler").map(|(handler, _)| handler),
        code: text("CodeUri").map(|(code, _)| code),
        image: text("ImageUri").map(|(image, _)| image).or_else(|| {
            let code = template.property(resource, "Code")?;
            template.scope.text(code.get("ImageUri")?)
        }),
        command: template.property(resource, "ImageConfig").map_or_else(
            Default::default,
            |config| {
                let words = |key| super::containers::words(config, key, &template.scope);
                (words("EntryPoint"), words("Command"))
            },
        ),
        durable: durable(resource, template),
        rights: rights::of(resource, template),
        layers: layers(resource, template),
        streams_answers: streams_answers(resource, template),
        unheld: unheld::of(resource, &events, template),
        events,
        settings: settings.collect(),
    }
}

/// `DurableConfig`, with how long histories are kept, where that is known before deployment.
fn durable(resource: &Resource<'_>, template: &Template<'_>) -> Option<(Option<Duration>, Span)> {
    let node = template.property(resource, "DurableConfig")?;
    let days = node.get("RetentionPeriodInDays").and_then(|days| template.scope.text(days));
    let days = days.and_then(|days| days.trim().parse::<u64>().ok());
    Some((days.filter(|days| (1..=90).contains(days)).map(|days| Duration::DAY * days), node.span))
}

/// Its layers by address; one of the template's own by its name there.
fn layers(resource: &Resource<'_>, template: &Template<'_>) -> Vec<Setting> {
    let all = template.property(resource, "Layers").map(Node::items).unwrap_or_default();
    let one = |node: &Node| match template.scope.pattern(node) {
        Some(address) => Setting::Plain(address),
        None => Setting::From(Place::whole(named(node).unwrap_or_else(|| "a layer".to_owned()))),
    };
    all.iter().map(one).collect()
}

/// Whether its URL, its own or one beside it, lets it answer piece by piece.
fn streams_answers(resource: &Resource<'_>, template: &Template<'_>) -> bool {
    let own = template.property(resource, "FunctionUrlConfig");
    let own = own.and_then(|url| template.scope.text(url.get("InvokeMode")?));
    let beside = template.resources.values().filter(|other| {
        let target = other.properties.and_then(|p| p.get("TargetFunctionArn"));
        other.kind == "AWS::Lambda::Url"
            && target.is_some_and(|node| template.scope.resources_in(node).contains(&resource.id))
    });
    let mut all = beside.filter_map(|url| Some(template.text(url, "InvokeMode")?.0)).chain(own);
    all.any(|mode| mode == "RESPONSE_STREAM")
}

fn by_default<T>(value: T, shown: &str) -> Fact<T> {
    let note =
        format!("the template says nothing, and then Lambda gives {shown}; write `--set` it");
    Fact::Assumed(value, Origin::platform_default(note))
}

/// A whole number within what Lambda takes; `None` if nothing is written. What is written but not known before
/// deployment is a finding.
fn number(
    resource: &Resource<'_>,
    template: &Template<'_>,
    key: &str,
    (least, most): (u64, u64),
    findings: &mut Vec<Finding>,
) -> Option<Fact<u64>> {
    if let Some((text, span)) = template.text(resource, key) {
        let value = text.trim().parse::<u64>().ok().filter(|n| (least..=most).contains(n));
        if let Some(value) = value {
            return Some(Fact::declared(value, span));
        }
        let message = format!(
            "{}.{key}: {} is not a whole number from {least} to {most}",
            resource.id,
            quoted(&text)
        );
        findings.push(Finding::warning(BAD_VALUE, message).at(span));
        return None;
    }
    let node = resource.properties.and_then(|properties| properties.get(key))?;
    let message = format!("{}.{key} is only known at deployment", resource.id);
    let hint = format!("give the parameter a default, or write `--set {}.…`", resource.id);
    findings.push(node.mark(Finding::warning(BAD_VALUE, message)).hint(hint));
    None
}

/// Variables that all functions have, and those of one function.
fn variables<'t>(resource: &Resource<'t>, template: &Template<'t>) -> [&'t [(Node, Node)]; 2] {
    let within = |place: Option<&'t Node>| {
        let variables = place
            .and_then(|place| template.scope.get(place, "Environment"))
            .and_then(|environment| template.scope.get(environment, "Variables"));
        variables.map(Node::entries).unwrap_or_default()
    };
    let globals = template.globals.filter(|_| resource.kind == "AWS::Serverless::Function");
    [within(globals), within(resource.properties)]
}

fn environment(resource: &Resource<'_>, template: &Template<'_>) -> Vec<Set> {
    let mut all: Vec<Set> = Vec::new();
    let [shared, own] = variables(resource, template);
    for (key, value) in shared.iter().chain(own) {
        let Some(name) = key.text() else { continue };
        let source = match (template.scope.exact(value), call(value)) {
            (Some(text), _) if !text.contains("{{resolve:") => Source::Text(text),
            (Some(_), _) => Source::Secret(None),
            (None, _) => {
                Source::Elsewhere(Place::whole(named(value).unwrap_or_else(|| name.to_owned())))
            }
        };
        all.retain(|set| set.name != name);
        all.push(Set { name: name.to_owned(), value: source, span: value.span });
    }
    all
}

/// A place that names others.
pub(crate) struct Mention<'t> {
    pub(crate) node: &'t Node,
    /// A word about it.
    pub(crate) note: &'static str,
    /// Whether other functions have it, too: then it counts only for what no function names of its own.
    pub(crate) shared: bool,
}

pub(crate) const ENVIRONMENT: &str = "its environment names it";
pub(crate) const POLICIES: &str = "its policies name it";
const ROLE: &str = "the policies of its role name it";

/// Whether the value of a variable may be the name of something that is called: `SERVICE_NAME: orders` is not the
/// table of that name.
pub(crate) fn names_others(key: &Node) -> bool {
    let name = key.text().unwrap_or("").to_uppercase();
    !["SERVICE", "NAMESPACE", "STAGE", "METRIC", "LOG_"].into_iter().any(|word| name.contains(word))
}

/// Places in a function or task that name others.
pub(super) fn mentions<'t>(resource: &Resource<'t>, template: &Template<'t>) -> Vec<Mention<'t>> {
    let mut found = Vec::new();
    let mut add = |node, note, shared| found.push(Mention { node, note, shared });
    let [shared, own] = variables(resource, template);
    for (variables, shared) in [(shared, true), (own, false)] {
        for (key, value) in variables {
            if call(value).is_some() || names_others(key) {
                add(value, ENVIRONMENT, shared);
            }
        }
    }
    let property = |key: &str| resource.properties.and_then(|p| p.get(key));
    if let Some(policies) = property("Policies") {
        add(policies, POLICIES, false);
    }
    if let Some(node) = property("EventInvokeConfig")
        .and_then(|node| node.get("DestinationConfig")?.get("OnSuccess"))
    {
        add(node, "what it returns goes there", false);
    }
    if resource.is_task()
        && let Some(containers) = property("ContainerDefinitions")
    {
        add(containers, ENVIRONMENT, false);
    }
    for role in ["Role", "TaskRoleArn"].into_iter().filter_map(property) {
        for role in template.scope.resources_in(role) {
            let shared = template.users(role) > 1;
            for node in template.policies_of(role) {
                add(node, ROLE, shared);
            }
        }
    }
    found
}

/// A schedule as SAM events, rules and EventBridge Scheduler have it; its expression stands under `key`.
pub(super) fn clock<'t>(properties: &'t Node, key: &str, scope: &Scope<'t>) -> Option<Clock> {
    let text = |key: &str| {
        let node = properties.get(key)?;
        Some((scope.text(node)?, node.span))
    };
    let (expression, span) = text(key)?;
    let off = text("State").filter(|(state, _)| state == "DISABLED");
    let off = off.or_else(|| text("Enabled").filter(|(enabled, _)| enabled == "false"));
    let zone = text("ScheduleExpressionTimezone");
    Some(Clock { expression, span, zone, off: off.map(|(_, span)| span) })
}

/// `Events` of a SAM function, and its URL.
pub(super) fn sam_events<'t>(resource: &Resource<'t>, template: &Template<'t>) -> Vec<Event> {
    let scope = &template.scope;
    let mut all = Vec::new();
    for (_, event) in template.property(resource, "Events").map(Node::entries).unwrap_or_default() {
        let Some(name) = event.get("Type").and_then(Node::text) else { continue };
        let property = |key: &str| {
            event
                .get("Properties")
                .and_then(|p| scope.get(p, key))
                .and_then(|node| scope.text(node))
        };
        let sort = match name {
            "Api" => Sort::Http(property("Path"), Some(DoorChoice::RestApi)),
            "HttpApi" => Sort::Http(property("Path"), Some(DoorChoice::HttpApi)),
            "SQS" | "MQ" => Sort::Queue,
            "Kinesis" | "DynamoDB" | "MSK" | "SelfManagedKafka" | "DocumentDB" => Sort::Stream,
            "Schedule" | "ScheduleV2" => {
                let properties = event.get("Properties");
                let key = if name == "Schedule" { "Schedule" } else { "ScheduleExpression" };
                let clock = properties
                    .and_then(|p| clock(p, key, scope).or_else(|| clock(p, "Schedule", scope)));
                Sort::Clock(clock.into_iter().collect())
            }
            "AlexaSkill" | "Cognito" => Sort::Http(None, None),
            _ => Sort::Notice,
        };
        let properties = event.get("Properties");
        let trigger = properties.and_then(|properties| match name {
            "EventBridgeRule" | "CloudWatchEvent" => {
                triggers::rule(properties, "Pattern", template)
            }
            "SNS" => {
                triggers::topic(properties.get("Topic"), properties.get("FilterPolicy"), template)
                    .filter(|_| properties.get("SqsSubscription").is_none())
            }
            _ => None,
        });
        let taking = properties.filter(|_| matches!(sort, Sort::Queue | Sort::Stream));
        let taking = taking.and_then(|properties| taking::of(properties, template));
        all.push(Event { trigger, taking, ..Event::new(name, sort, event.span) });
    }
    if let Some(url) = template.property(resource, "FunctionUrlConfig") {
        let sort = Sort::Http(None, Some(DoorChoice::FunctionUrl));
        all.push(Event::new("FunctionUrl", sort, url.span));
    }
    all
}

//! A function of the service.

use model::FrontDoor;

use super::variables::{from_shell, literal};
use super::{STAGE, events, roles};
use crate::lambda::{Alias, Code, Function, Stack, Variable, attribute, urls, written};
use crate::names::{label, shortened};
use crate::tree::{Node, list, map};
use crate::{Part, beyond};

/// Letters of a function's name in the account ("Function name … 64 characters", `CreateFunction`, AWS Lambda API reference).
const NAME_MAX: usize = 64;
/// Letters of an image's name (`imageNamePattern` of the framework's schema).
const IMAGE_MAX: usize = 32;

/// The id that the framework gives a function: `order-api` is `OrderDashapiLambdaFunction`.
pub(super) fn logical(name: &str) -> String {
    format!("{}LambdaFunction", normalized(name))
}

/// A function's name as the framework's ids begin.
fn normalized(name: &str) -> String {
    let name = name.replace('-', "Dash").replace('_', "Underscore");
    let mut letters = name.chars();
    let first = letters.next().map_or('X', |c| c.to_ascii_uppercase());
    format!("{first}{}", letters.as_str())
}

/// The alias that the framework makes where environments are kept ready or begin with a snapshot.
pub(super) fn alias(function: &Function) -> Option<Alias> {
    if function.durable.is_some() {
        return Some(durable(&function.name));
    }
    let (ending, name) = match (&function.provisioned, &function.snap_start) {
        (Some(_), _) => ("ProvConcLambdaAlias", "provisioned"),
        (None, Some(_)) => ("SnapStartLambdaAlias", "snapstart"),
        (None, None) => return None,
    };
    Some(Alias { id: format!("{}{ending}", normalized(&function.name)), name })
}

/// The same of a durable function of this name.
pub(super) fn durable(name: &str) -> Alias {
    Alias { id: format!("{}DurableLambdaAlias", normalized(name)), name: "durable" }
}

/// The name of a part's image: two letters at least.
pub(super) fn image(part: &Part<'_>) -> String {
    let name = shortened(&label(&part.name), IMAGE_MAX);
    if name.len() > 1 { name } else { format!("{name}-image") }
}

/// A part's entry below `functions`; what belongs to it goes into the stack.
pub(super) fn node(
    part: &Part<'_>,
    door: FrontDoor,
    function: &Function,
    service: &str,
    stack: &mut Stack<'_, '_>,
) -> Node {
    let mut node = Node::empty();
    // The framework's own name for it is `SERVICE-STAGE-NAME`.
    let room = NAME_MAX - service.len() - STAGE.len() - 2;
    if function.name.len() > room {
        let name = format!(
            "${{self:service}}-${{sls:stage}}-{}",
            shortened(&label(&part.component.id), room)
        );
        node.set("name", Node::from(name).why("names of functions have 64 letters at most"));
    }
    code(part, &function.code, &mut node);
    let (architecture, why) = &function.architecture;
    node.set("architecture", Node::from(*architecture).why(why));
    node.set("memorySize", function.memory.clone());
    node.set("timeout", function.timeout.clone());
    let numbers = [
        ("ephemeralStorageSize", &function.scratch),
        ("reservedConcurrency", &function.reserved),
        ("provisionedConcurrency", &function.provisioned),
    ];
    for (key, number) in numbers {
        if let Some(number) = number {
            node.set(key, number.clone());
        }
    }
    if let (Some(kept), Some(_)) = (&function.provisioned, function.warm_hours) {
        let why = format!("{}; from a deployment on, until the schedule lets them go", kept.why);
        node.set("provisionedConcurrency", kept.clone().why(why));
    }
    if let Some(why) = &function.snap_start {
        node.set("snapStart", Node::from(true).why(why));
    }
    if let Some(durable) = &function.durable {
        let config = map([("executionTimeout", durable.execution.clone())]);
        node.set("durableConfig", config.with_some("retentionPeriodInDays", durable.kept.clone()));
    }
    if let Some(network) = &function.network {
        let config = [
            ("subnetIds", network.subnets.clone()),
            ("securityGroupIds", network.security_groups.clone()),
        ];
        node.set("vpc", map(config));
    }
    let variables = environment(function);
    if !variables.is_empty() {
        node.set("environment", variables);
    }
    let layers: Vec<Node> = beyond::layers(part).map(written).collect();
    if !layers.is_empty() {
        node.set("layers", list(layers).why(stack.why.definition(part)));
    }
    let role = roles::of(part, door, function, stack);
    if let Some(role) = &role {
        node.set("role", role);
    }
    if door == FrontDoor::FunctionUrl {
        let why = stack.why.plan(part, "front door");
        let mut url = Node::empty();
        if beyond::streams_answers(part) {
            let streams = Node::from("RESPONSE_STREAM");
            url.set("invokeMode", streams.why(stack.why.definition(part)));
        }
        if urls::is_open(stack.plan, part) {
            let why = format!("{why}; clients on the internet call it");
            let open = if url.is_empty() { Node::from(true) } else { url };
            node.set("url", open.why(why));
            stack.open_url(part, function);
        } else {
            let signed = Node::from("aws_iam").why("it is not public: callers sign their requests");
            node.set("url", url.with("authorizer", signed).why(why));
        }
        let url = format!("{}Url", function.id);
        stack.output(part, "Address", attribute(&url, "FunctionUrl"));
    }
    let events = events::of(part, door, function, stack);
    if !events.is_empty() {
        node.set("events", events);
    }
    stack.beside(part, door, function, role.as_deref());
    node
}

/// Sets what the function runs.
fn code(part: &Part<'_>, code: &Code, node: &mut Node) {
    match code {
        Code::Archive { runtime, handler } => {
            node.set("handler", literal(handler));
            node.set("runtime", runtime.clone());
            let place = Node::from((super::DIALECT.archive)(&part.name));
            let artifact = map([("artifact", place.why("placeholder: the archive of the code"))]);
            node.set("package", artifact);
        }
        Code::Image { why, entry_point, command, .. } => {
            let mut own = map([("name", Node::from(image(part)).why(why))]);
            for (key, words) in [("entryPoint", entry_point), ("command", command)] {
                if !words.is_empty() {
                    own.set(key, literal(words));
                }
            }
            node.set("image", own);
        }
    }
}

/// The variables; what is given at deployment comes from the shell.
fn environment(function: &Function) -> Node {
    let mut node = Node::empty();
    for (name, variable) in &function.variables {
        let value = match variable {
            Variable::Text(text) => literal(text),
            Variable::Secret(given) => from_shell(given).why("secret: its value is never written"),
            Variable::Elsewhere(given) => {
                from_shell(given).why("stands elsewhere: its value is not known here")
            }
        };
        node.set(name, value);
    }
    node
}

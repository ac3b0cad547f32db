//! A function with what starts it and the alarm on its errors.

use model::FrontDoor;

use super::{Template, events};
use crate::lambda::{
    Alias, Code, Function, Stack, Variable, attribute, document, reference, urls, written,
};
use crate::tree::{Node, list, map};
use crate::{Part, beyond};

/// The alias behind which environments are kept ready or begin with a snapshot, by the id that SAM gives it.
pub(super) fn alias(function: &Function) -> Option<Alias> {
    let needed = function.provisioned.is_some()
        || function.snap_start.is_some()
        || function.durable.is_some();
    needed.then(|| durable(&function.id))
}

/// The same of a durable function of this name.
pub(super) fn durable(name: &str) -> Alias {
    Alias { id: format!("{name}Aliaslive"), name: "live" }
}

/// Writes a part's function and what belongs to it.
pub(super) fn write(
    part: &Part<'_>,
    door: FrontDoor,
    function: &Function,
    stack: &mut Stack<'_, '_>,
    template: &mut Template,
) {
    let mut node = Node::empty();
    let metadata = code(part, &function.code, &mut node);
    let (architecture, why) = &function.architecture;
    node.set("Architectures", list([*architecture]).why(why));
    node.set("MemorySize", function.memory.clone());
    node.set("Timeout", function.timeout.clone());
    if let Some(size) = &function.scratch {
        node.set("EphemeralStorage", map([("Size", size.clone())]));
    }
    if let Some(reserved) = &function.reserved {
        node.set("ReservedConcurrentExecutions", reserved.clone());
    }
    if let Some(alias) = alias(function) {
        node.set("AutoPublishAlias", alias.name);
    }
    // By the hour, a schedule sets them.
    if let Some(kept) = function.provisioned.as_ref().filter(|_| function.warm_hours.is_none()) {
        let kept = map([("ProvisionedConcurrentExecutions", kept.clone())]);
        node.set("ProvisionedConcurrencyConfig", kept);
    }
    if let Some(why) = &function.snap_start {
        let on = map([("ApplyOn", Node::from("PublishedVersions"))]);
        node.set("SnapStart", on.why(why));
    }
    if let Some(durable) = &function.durable {
        let config = map([("ExecutionTimeout", durable.execution.clone())]);
        let config = config.with_some("RetentionPeriodInDays", durable.kept.clone());
        node.set("DurableConfig", config);
    }
    if let Some(network) = &function.network {
        let config = [
            ("SubnetIds", network.subnets.clone()),
            ("SecurityGroupIds", network.security_groups.clone()),
        ];
        node.set("VpcConfig", map(config));
    }
    let variables = variables(function, template);
    if !variables.is_empty() {
        node.set("Environment", map([("Variables", variables)]));
    }
    let own = (!function.rights.is_empty()).then(|| document(&function.rights));
    let policies: Vec<Node> = function.policies.iter().cloned().chain(own).collect();
    if !policies.is_empty() {
        node.set("Policies", list(policies));
    }
    let layers: Vec<Node> = beyond::layers(part).map(written).collect();
    if !layers.is_empty() {
        node.set("Layers", list(layers).why(stack.why.definition(part)));
    }
    let events = events::of(part, door, stack);
    if !events.is_empty() {
        node.set("Events", events);
    }
    if door == FrontDoor::FunctionUrl {
        let mut url = map([("AuthType", urls::authorization(stack.plan, part))]);
        if beyond::streams_answers(part) {
            url.set("InvokeMode", Node::from("RESPONSE_STREAM").why(stack.why.definition(part)));
        }
        node.set("FunctionUrlConfig", url.why(stack.why.plan(part, "front door")));
        // SAM names the resource of the URL so.
        let address = attribute(&format!("{}Url", function.id), "FunctionUrl");
        stack.output(part, "Address", address);
    }
    let node = map([("Type", Node::from("AWS::Serverless::Function")), ("Properties", node)]);
    template.functions.set(function.id.as_str(), node.with_some("Metadata", metadata));
    stack.beside(part, door, function, Some(&format!("{}Role", function.id)));
}

/// Sets what the function runs; for an image, gives how SAM builds it.
fn code(part: &Part<'_>, code: &Code, node: &mut Node) -> Option<Node> {
    match code {
        Code::Archive { runtime, handler } => {
            node.set("Runtime", runtime.clone());
            node.set("Handler", handler.clone());
            let folder = Node::from((super::DIALECT.archive)(&part.name));
            node.set("CodeUri", folder.why("placeholder: the folder of the code"));
            None
        }
        Code::Image { folder, why, entry_point, command } => {
            node.set("PackageType", Node::from("Image").why(why));
            let mut config = Node::empty();
            for (key, words) in [("EntryPoint", entry_point), ("Command", command)] {
                if !words.is_empty() {
                    config.set(key, words.clone());
                }
            }
            if !config.is_empty() {
                node.set("ImageConfig", config);
            }
            Some(map([
                ("Dockerfile", Node::from("Dockerfile")),
                ("DockerContext", folder.into()),
                ("DockerTag", "planned".into()),
            ]))
        }
    }
}

/// The variables; what is given at deployment becomes a parameter.
fn variables(function: &Function, template: &mut Template) -> Node {
    let mut node = Node::empty();
    for (name, variable) in &function.variables {
        let kind = map([("Type", Node::from("String"))]);
        let value = match variable {
            Variable::Text(text) => text.clone(),
            Variable::Secret(given) => {
                template.parameters.set(given, kind.with("NoEcho", true));
                reference(given).why("secret: its value is never written")
            }
            Variable::Elsewhere(given) => {
                template.parameters.set(given, kind);
                reference(given).why("stands elsewhere: its value is not known here")
            }
        };
        node.set(name, value);
    }
    node
}

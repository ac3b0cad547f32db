//! What a template says of a function that has no place here, in words: whoever deploys it anew is told.

use source::yaml::Node;

use super::template::{Resource, Template};
use crate::function::{Event, Sort, taking};

/// Properties of functions, with what they are about.
const PROPERTIES: &[(&str, &str)] = &[
    ("DeadLetterQueue", "where runs go that failed (`DeadLetterQueue`)"),
    ("DeadLetterConfig", "where runs go that failed (`DeadLetterConfig`)"),
    ("EventInvokeConfig", "tries and destinations of runs (`EventInvokeConfig`)"),
    ("FileSystemConfigs", "its shared file system (`FileSystemConfigs`)"),
    ("KmsKeyArn", "the key of its variables (`KmsKeyArn`)"),
    ("Tracing", "traces (`Tracing`)"),
    ("TracingConfig", "traces (`TracingConfig`)"),
    ("DeploymentPreference", "how a release is shifted (`DeploymentPreference`)"),
    ("CodeSigningConfigArn", "whose code it takes (`CodeSigningConfigArn`)"),
];
const AUTHORIZED: &str = "who may call it: its API asks for a login, and what is written does not";

/// What is lost of a function that these events start.
pub(super) fn of(
    resource: &Resource<'_>,
    events: &[Event],
    template: &Template<'_>,
) -> Vec<String> {
    let said = PROPERTIES.iter().filter(|(key, _)| template.property(resource, key).is_some());
    let mut found: Vec<String> = said.map(|(_, about)| (*about).to_owned()).collect();
    let listed = template.property(resource, "Events").map(Node::entries).unwrap_or_default();
    let listed: Vec<&Node> =
        listed.iter().filter_map(|(_, event)| event.get("Properties")).collect();
    let mappings = template.resources.values().filter(|other| {
        let function = other.properties.and_then(|p| p.get("FunctionName"));
        other.kind == "AWS::Lambda::EventSourceMapping"
            && function.is_some_and(|node| template.scope.resources_in(node).contains(&resource.id))
    });
    let mappings = mappings.filter_map(|mapping| mapping.properties);
    for properties in listed.iter().copied().chain(mappings) {
        found.extend(taking::unheld(properties, &taking::IN_TEMPLATES));
    }
    let clients = events.iter().any(|event| matches!(event.sort, Sort::Http(..) | Sort::Socket));
    if clients && (listed.iter().any(|event| asks(event, template)) || asks_all(template)) {
        found.push(AUTHORIZED.to_owned());
    }
    found.sort();
    found.dedup();
    found
}

/// Whether an event, or the API that it names, asks for a login.
fn asks<'t>(event: &'t Node, template: &Template<'t>) -> bool {
    let own = event.get("Auth");
    let open = own.and_then(|auth| auth.get("Authorizer")).and_then(Node::text) == Some("NONE");
    let apis = ["RestApiId", "ApiId"].into_iter().filter_map(|key| event.get(key));
    let mut apis = apis.flat_map(|node| template.scope.resources_in(node));
    let is_asked = |id: &str| {
        template.resources.get(id).is_some_and(|api| template.property(api, "Auth").is_some())
    };
    !open && (own.is_some_and(|auth| !auth.entries().is_empty()) || apis.any(is_asked))
}

/// Whether authorizers stand in the template beside its functions.
fn asks_all(template: &Template<'_>) -> bool {
    let kinds = ["AWS::ApiGateway::Authorizer", "AWS::ApiGatewayV2::Authorizer"];
    template.resources.values().any(|resource| kinds.contains(&resource.kind.as_str()))
}

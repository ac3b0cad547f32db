//! What starts a function and stands in resources of its own: mappings, rules, subscriptions, APIs.

use std::collections::BTreeMap;

use model::DoorChoice;
use source::Span;
use source::yaml::Node;

use super::functions::clock;
use super::template::{Resource, Template};
use crate::function::{Event, Sort};

/// Events by function, and who the sources are.
#[derive(Default)]
pub(super) struct Wiring<'t> {
    events: BTreeMap<&'t str, Vec<Event>>,
    /// Sources that are resources of the template themselves.
    pub(super) sources: Vec<Source<'t>>,
}

/// A queue, table or bucket that starts a function.
pub(super) struct Source<'t> {
    pub(super) from: &'t str,
    pub(super) to: &'t str,
    pub(super) span: Span,
}

impl Wiring<'_> {
    /// Events of a function beside those that it lists itself.
    pub(super) fn events_of(&mut self, id: &str) -> Vec<Event> {
        self.events.remove(id).unwrap_or_default()
    }
}

pub(super) fn of<'t>(template: &Template<'t>) -> Wiring<'t> {
    let mut wiring = Wiring::default();
    for resource in template.resources.values() {
        let Some(properties) = resource.properties else { continue };
        let kind = resource.kind.as_str();
        match kind {
            "AWS::Lambda::EventSourceMapping" => {
                mapping(resource, properties, template, &mut wiring);
            }
            "AWS::Events::Rule" | "AWS::Scheduler::Schedule" => {
                rule(resource, properties, template, &mut wiring);
            }
            "AWS::Pipes::Pipe" => pipe(resource, properties, template, &mut wiring),
            "AWS::Lambda::Url" => {
                let sort = Sort::Http(None, Some(DoorChoice::FunctionUrl));
                put(
                    template,
                    properties.get("TargetFunctionArn"),
                    ("FunctionUrl", sort),
                    resource.span,
                    &mut wiring,
                );
            }
            "AWS::SNS::Subscription" => {
                put(
                    template,
                    properties.get("Endpoint"),
                    ("SNS", Sort::Notice),
                    resource.span,
                    &mut wiring,
                );
            }
            "AWS::SNS::Topic" => {
                put(
                    template,
                    properties.get("Subscription"),
                    ("SNS", Sort::Notice),
                    resource.span,
                    &mut wiring,
                );
            }
            "AWS::S3::Bucket" => {
                let node = properties.get("NotificationConfiguration");
                put(template, node, ("S3", Sort::Notice), resource.span, &mut wiring);
            }
            "AWS::ElasticLoadBalancingV2::TargetGroup" => {
                let sort = Sort::Http(None, Some(DoorChoice::LoadBalancer));
                put(template, properties.get("Targets"), ("ALB", sort), resource.span, &mut wiring);
            }
            _ if kind.starts_with("AWS::ApiGatewayV2::") => {
                let sort = Sort::Http(None, Some(DoorChoice::HttpApi));
                put(template, Some(properties), ("HttpApi", sort), resource.span, &mut wiring);
            }
            _ if kind.starts_with("AWS::ApiGateway::")
                || matches!(kind, "AWS::Serverless::Api" | "AWS::Serverless::HttpApi") =>
            {
                let http = kind == "AWS::Serverless::HttpApi";
                let door = if http { DoorChoice::HttpApi } else { DoorChoice::RestApi };
                let name = if http { "HttpApi" } else { "Api" };
                put(
                    template,
                    Some(properties),
                    (name, Sort::Http(None, Some(door))),
                    resource.span,
                    &mut wiring,
                );
            }
            _ if kind.starts_with("AWS::AppSync::") => {
                put(
                    template,
                    Some(properties),
                    ("AppSync", Sort::Http(None, None)),
                    resource.span,
                    &mut wiring,
                );
            }
            "AWS::Serverless::StateMachine" | "AWS::StepFunctions::StateMachine" => {
                put(
                    template,
                    Some(properties),
                    ("StateMachine", Sort::Notice),
                    resource.span,
                    &mut wiring,
                );
            }
            _ => {}
        }
        listed(resource, template, &mut wiring);
    }
    wiring
}

/// Adds an event to every function that `node` names; the same event is not added twice.
fn put<'t>(
    template: &Template<'t>,
    node: Option<&'t Node>,
    (name, sort): (&str, Sort),
    span: Span,
    wiring: &mut Wiring<'t>,
) {
    let Some(node) = node else { return };
    for id in template.scope.resources_in(node) {
        if !template.resources.get(id).is_some_and(Resource::is_function) {
            continue;
        }
        let events = wiring.events.entry(id).or_default();
        if !events.iter().any(|event| event.name == name && event.sort == sort) {
            events.push(Event { name: name.to_owned(), sort: sort.clone(), span });
        }
    }
}

fn mapping<'t>(
    resource: &Resource<'t>,
    properties: &'t Node,
    template: &Template<'t>,
    wiring: &mut Wiring<'t>,
) {
    let source = properties.get("EventSourceArn");
    let from = source.map(|node| template.scope.resources_in(node)).unwrap_or_default();
    let queue = from
        .iter()
        .any(|id| template.resources.get(id).is_some_and(|r| r.kind == "AWS::SQS::Queue"))
        || source
            .and_then(|node| template.scope.text(node))
            .is_some_and(|arn| arn.contains(":sqs:"));
    let event = if queue { ("SQS", Sort::Queue) } else { ("EventSourceMapping", Sort::Stream) };
    let function = properties.get("FunctionName");
    put(template, function, event, resource.span, wiring);
    let to = function.map(|node| template.scope.resources_in(node)).unwrap_or_default();
    for to in to {
        wiring.sources.extend(from.iter().map(|&from| Source { from, to, span: resource.span }));
    }
}

fn rule<'t>(
    resource: &Resource<'t>,
    properties: &'t Node,
    template: &Template<'t>,
    wiring: &mut Wiring<'t>,
) {
    let event = match clock(properties, "ScheduleExpression", &template.scope) {
        Some(clock) => ("Schedule", Sort::Clock(vec![clock])),
        None => ("EventBridgeRule", Sort::Notice),
    };
    let targets = properties.get("Targets").or_else(|| properties.get("Target"));
    put(template, targets, event, resource.span, wiring);
}

fn pipe<'t>(
    resource: &Resource<'t>,
    properties: &'t Node,
    template: &Template<'t>,
    wiring: &mut Wiring<'t>,
) {
    for key in ["Target", "Enrichment"] {
        put(template, properties.get(key), ("Pipe", Sort::Notice), resource.span, wiring);
    }
}

/// Queues, streams and buckets that a SAM function's own events name.
fn listed<'t>(resource: &Resource<'t>, template: &Template<'t>, wiring: &mut Wiring<'t>) {
    if !resource.is_function() {
        return;
    }
    for (_, event) in template.property(resource, "Events").map(Node::entries).unwrap_or_default() {
        let Some(properties) = event.get("Properties") else { continue };
        for key in ["Queue", "Stream", "Bucket"] {
            let from = properties
                .get(key)
                .map(|node| template.scope.resources_in(node))
                .unwrap_or_default();
            let to = resource.id;
            wiring.sources.extend(from.into_iter().map(|from| Source {
                from,
                to,
                span: event.span,
            }));
        }
    }
}

//! What starts a function and stands in resources of its own: mappings, rules, subscriptions, APIs.

use std::collections::BTreeMap;

use model::DoorChoice;
use source::Span;
use source::yaml::Node;

use super::functions::clock;
use super::template::{Resource, Template};
use super::{taking, triggers};
use crate::function::{Event, Sort};

/// Events by function, and who the sources are.
#[derive(Default)]
pub(crate) struct Wiring<'t> {
    events: BTreeMap<&'t str, Vec<Event>>,
    /// What is only started when the stack is deployed.
    deployment: Vec<&'t str>,
    /// Who calls whom, as connectors say.
    pub(super) connectors: Vec<(&'t str, &'t str, Span)>,
    /// Resources that start or feed others.
    pub(super) sources: Vec<Source<'t>>,
}

/// A resource that starts or feeds another: a queue its function, a topic its subscriber, a rule its target.
pub(super) struct Source<'t> {
    pub(super) from: &'t str,
    pub(super) to: &'t str,
    pub(super) span: Span,
}

impl<'t> Wiring<'t> {
    /// Events of a function beside those that it lists itself.
    pub(crate) fn events_of(&mut self, id: &str) -> Vec<Event> {
        self.events.remove(id).unwrap_or_default()
    }

    /// Whether only a custom resource names a function: it runs when the stack is deployed.
    pub(crate) fn is_deployment_only(&self, id: &str) -> bool {
        self.deployment.contains(&id)
    }

    /// The functions that a value names are started by something.
    pub(crate) fn start(&mut self, template: &Template<'t>, node: &'t Node, event: (&str, Sort)) {
        put(template, Some(node), event, node.span, self);
    }

    /// A function is started by something; the same event is not added twice.
    pub(crate) fn start_one(&mut self, id: &'t str, event: Event) {
        let events = self.events.entry(id).or_default();
        let is_it = |known: &Event| (&known.name, &known.sort) == (&event.name, &event.sort);
        match events.iter_mut().find(|known| is_it(known)) {
            // Who may call it is said before or after what calls it.
            Some(known) if known.trigger.is_none() || known.trigger == event.trigger => {
                known.trigger = known.trigger.take().or(event.trigger);
                known.taking = known.taking.take().or(event.taking);
            }
            Some(_) if event.trigger.is_none() => {}
            _ => events.push(event),
        }
    }

    /// Everything that `from` names feeds everything that `to` names.
    pub(crate) fn link(
        &mut self,
        template: &Template<'t>,
        from: Option<&'t Node>,
        to: Option<&'t Node>,
        span: Span,
    ) {
        let named = |node: Option<&'t Node>| {
            node.map(|node| template.scope.resources_in(node)).unwrap_or_default()
        };
        let to = named(to);
        for from in named(from) {
            self.feed(from, &to, span);
        }
    }

    /// One resource feeds others.
    pub(crate) fn feed(&mut self, from: &'t str, to: &[&'t str], span: Span) {
        let others = to.iter().filter(|to| **to != from);
        self.sources.extend(others.map(|&to| Source { from, to, span }));
    }
}

pub(crate) fn of<'t>(template: &Template<'t>) -> Wiring<'t> {
    let mut wiring = Wiring::default();
    for resource in template.resources.values() {
        let Some(properties) = resource.properties else { continue };
        read(resource, properties, template, &mut wiring);
        listed(resource, template, &mut wiring);
    }
    permissions(template, &mut wiring);
    wiring
}

/// What one resource starts, and what it feeds.
fn read<'t>(
    resource: &Resource<'t>,
    properties: &'t Node,
    template: &Template<'t>,
    wiring: &mut Wiring<'t>,
) {
    let kind = resource.kind.as_str();
    let get = |key: &str| properties.get(key);
    let named =
        |key: &str| get(key).map(|node| template.scope.resources_in(node)).unwrap_or_default();
    let http = |door| Sort::Http(None, door);
    let mut start = |node: Option<&'t Node>, name: &str, sort: Sort| {
        put(template, node, (name, sort), resource.span, wiring);
    };
    match kind {
        "AWS::Lambda::EventSourceMapping" => mapping(resource, properties, template, wiring),
        "AWS::Events::Rule" | "AWS::Scheduler::Schedule" => {
            rule(resource, properties, template, wiring);
        }
        "AWS::Pipes::Pipe" => {
            let ends = [get("Target"), get("Enrichment")];
            for end in ends {
                start(end, "Pipe", Sort::Notice);
            }
            for end in ends {
                wiring.link(template, get("Source"), end, resource.span);
            }
        }
        "AWS::Lambda::Url" => {
            start(get("TargetFunctionArn"), "FunctionUrl", http(Some(DoorChoice::FunctionUrl)));
        }
        "AWS::SNS::Subscription" => {
            let trigger = triggers::topic(get("TopicArn"), get("FilterPolicy"), template);
            let event = Event { trigger, ..Event::new("SNS", Sort::Notice, resource.span) };
            put_as(template, get("Endpoint"), &event, wiring);
            wiring.link(template, get("TopicArn"), get("Endpoint"), resource.span);
        }
        "AWS::SNS::Topic" => {
            let (to, trigger) = (get("Subscription"), triggers::of(resource, template));
            let event = Event { trigger, ..Event::new("SNS", Sort::Notice, resource.span) };
            put_as(template, to, &event, wiring);
            wiring.feed(resource.id, &named("Subscription"), resource.span);
        }
        "AWS::S3::Bucket" => {
            start(get("NotificationConfiguration"), "S3", Sort::Notice);
            wiring.feed(resource.id, &named("NotificationConfiguration"), resource.span);
        }
        "AWS::KinesisFirehose::DeliveryStream" => {
            start(Some(properties), "Firehose", Sort::Notice);
            let sources = named("KinesisStreamSourceConfiguration");
            let to = template.scope.resources_in(properties);
            let to: Vec<&str> = to.into_iter().filter(|id| !sources.contains(id)).collect();
            wiring.feed(resource.id, &to, resource.span);
            for from in sources {
                wiring.feed(from, &[resource.id], resource.span);
            }
        }
        "AWS::IoT::TopicRule" => {
            start(Some(properties), "IoTRule", Sort::Notice);
            wiring.feed(resource.id, &named("TopicRulePayload"), resource.span);
        }
        "AWS::Logs::SubscriptionFilter" => {
            start(get("DestinationArn"), "CloudWatchLogs", Sort::Notice);
        }
        "AWS::Cognito::UserPool" => start(get("LambdaConfig"), "Cognito", http(None)),
        "AWS::ElasticLoadBalancingV2::TargetGroup" => {
            start(get("Targets"), "ALB", http(Some(DoorChoice::LoadBalancer)));
        }
        "AWS::Serverless::HttpApi" => {
            start(Some(properties), "HttpApi", http(Some(DoorChoice::HttpApi)));
        }
        "AWS::Serverless::Api" => {
            start(Some(properties), "Api", http(Some(DoorChoice::RestApi)));
        }
        "AWS::Serverless::StateMachine" | "AWS::StepFunctions::StateMachine" => {
            let keys = ["Definition", "DefinitionString", "DefinitionSubstitutions"];
            for key in keys {
                start(get(key), "StateMachine", Sort::Notice);
            }
            for key in keys {
                wiring.feed(resource.id, &named(key), resource.span);
            }
        }
        "AWS::Serverless::Connector" => {
            let end = |key: &str| get(key)?.get("Id").and_then(Node::text);
            if let (Some(from), Some(to)) = (end("Source"), end("Destination")) {
                wiring.connectors.push((from, to, resource.span));
            }
        }
        "AWS::CloudFormation::CustomResource" => {
            wiring.deployment.extend(named("ServiceToken"));
        }
        _ if kind.starts_with("Custom::") => wiring.deployment.extend(named("ServiceToken")),
        _ if kind.starts_with("AWS::ApiGatewayV2::") => {
            let api = named("ApiId").first().and_then(|id| template.resources.get(id));
            let sockets = api.or(Some(resource)).is_some_and(|api| {
                let protocol = template.text(api, "ProtocolType");
                protocol.is_some_and(|(protocol, _)| protocol == "WEBSOCKET")
            });
            if sockets {
                start(Some(properties), "WebSocketApi", Sort::Socket);
            } else {
                start(Some(properties), "HttpApi", http(Some(DoorChoice::HttpApi)));
            }
        }
        _ if kind.starts_with("AWS::ApiGateway::") => {
            start(Some(properties), "Api", http(Some(DoorChoice::RestApi)));
        }
        _ if kind.starts_with("AWS::AppSync::") => start(Some(properties), "AppSync", http(None)),
        _ => {}
    }
}

/// Functions that nothing in the template starts, but that a service may call: an API that a file describes, say.
fn permissions<'t>(template: &Template<'t>, wiring: &mut Wiring<'t>) {
    for resource in template.resources.values().filter(|r| r.kind == "AWS::Lambda::Permission") {
        let Some(function) = resource.properties.and_then(|p| p.get("FunctionName")) else {
            continue;
        };
        let Some((principal, _)) = template.text(resource, "Principal") else { continue };
        let service = principal.split('.').next().unwrap_or("");
        let event = match service {
            "apigateway" => ("Api", Sort::Http(None, Some(DoorChoice::RestApi))),
            "elasticloadbalancing" => ("ALB", Sort::Http(None, Some(DoorChoice::LoadBalancer))),
            "alexa-appkit" | "cognito-idp" | "lex" | "lexv2" => {
                ("Permission", Sort::Http(None, None))
            }
            "events" | "sns" | "s3" | "iot" | "logs" | "ses" | "firehose" | "config" => {
                ("Permission", Sort::Notice)
            }
            _ => continue,
        };
        let ids = template.scope.resources_in(function);
        let quiet = |id: &&str| {
            !wiring.events.contains_key(*id)
                && template.resources.get(*id).is_some_and(|function| {
                    function.is_function()
                        && template.property(function, "Events").is_none()
                        && template.property(function, "FunctionUrlConfig").is_none()
                })
        };
        for id in ids.into_iter().filter(quiet).collect::<Vec<_>>() {
            wiring.start_one(id, Event::new(event.0, event.1.clone(), resource.span));
        }
    }
}

/// Adds an event to every function that `node` names.
fn put<'t>(
    template: &Template<'t>,
    node: Option<&'t Node>,
    event: (&str, Sort),
    span: Span,
    wiring: &mut Wiring<'t>,
) {
    put_as(template, node, &Event::new(event.0, event.1, span), wiring);
}

/// The same with the rule or the topic that it is.
fn put_as<'t>(
    template: &Template<'t>,
    node: Option<&'t Node>,
    event: &Event,
    wiring: &mut Wiring<'t>,
) {
    let named = node.map(|node| template.scope.resources_in(node)).unwrap_or_default();
    for id in named {
        if template.resources.get(id).is_some_and(Resource::is_function) {
            wiring.start_one(id, event.clone());
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
    let is = |kind: &str, service: &str| {
        from.iter().any(|id| template.resources.get(id).is_some_and(|r| r.kind == kind))
            || source
                .and_then(|node| template.scope.text(node))
                .is_some_and(|arn| arn.contains(service))
    };
    // Amazon MQ is told from streams by the queues that its mapping names.
    let event = if is("AWS::SQS::Queue", ":sqs:") {
        ("SQS", Sort::Queue)
    } else if is("AWS::AmazonMQ::Broker", ":mq:") || properties.get("Queues").is_some() {
        ("MQ", Sort::Queue)
    } else {
        ("EventSourceMapping", Sort::Stream)
    };
    let function = properties.get("FunctionName");
    let taking = taking::of(properties, template);
    let event = Event { taking, ..Event::new(event.0, event.1, resource.span) };
    put_as(template, function, &event, wiring);
    for source in [source, properties.get("SelfManagedEventSource")] {
        wiring.link(template, source, function, resource.span);
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
    let trigger = triggers::rule(properties, "EventPattern", template);
    let trigger = trigger.filter(|_| event.0 == "EventBridgeRule");
    let event = Event { trigger, ..Event::new(event.0, event.1, resource.span) };
    put_as(template, targets, &event, wiring);
    for from in ["EventBusName", "EventPattern"] {
        wiring.link(template, properties.get(from), targets, resource.span);
    }
}

/// Where the events that SAM lists at a function or a state machine come from.
const ORIGINS: &[&str] = &[
    "Queue",
    "Stream",
    "Bucket",
    "Topic",
    "Broker",
    "Cluster",
    "EventBusName",
    "Pattern",
    "KafkaBootstrapServers",
];

fn listed<'t>(resource: &Resource<'t>, template: &Template<'t>, wiring: &mut Wiring<'t>) {
    if !resource.kind.starts_with("AWS::Serverless::") {
        return;
    }
    for (_, event) in template.property(resource, "Events").map(Node::entries).unwrap_or_default() {
        let Some(properties) = event.get("Properties") else { continue };
        for from in ORIGINS.iter().filter_map(|key| properties.get(key)) {
            for from in template.scope.resources_in(from) {
                wiring.feed(from, &[resource.id], event.span);
            }
        }
    }
}

//! The parts of a template.

use std::collections::BTreeMap;

use source::yaml::{Node, Value};
use source::{Finding, Span};

use super::evaluate::Scope;
use crate::findings::{NOT_USED, TOO_MANY, WRONG_SHAPE};

/// CloudFormation's own limit is 500; SAM makes more of them from fewer.
const RESOURCES_MAX: usize = 1000;

/// A template.
pub(crate) struct Template<'t> {
    pub(super) scope: Scope<'t>,
    /// By logical id.
    pub(crate) resources: BTreeMap<&'t str, Resource<'t>>,
    /// `Globals.Function`.
    pub(super) globals: Option<&'t Node>,
}

/// One resource that exists under the template's own defaults.
#[derive(Debug, Clone)]
pub(crate) struct Resource<'t> {
    pub(super) id: &'t str,
    pub(super) span: Span,
    pub(super) kind: String,
    pub(super) node: &'t Node,
    pub(super) properties: Option<&'t Node>,
    /// Whether it stands in for a resource of another stack.
    is_elsewhere: bool,
}

impl<'t> Template<'t> {
    pub(super) fn of(root: &'t Node, findings: &mut Vec<Finding>) -> Self {
        Self::of_all(&[root], findings)
    }

    /// Of several mappings with the sections of a template, read as one.
    pub(crate) fn of_all(roots: &[&'t Node], findings: &mut Vec<Finding>) -> Self {
        let named = |section: &str| {
            let sections = roots.iter().filter_map(|root| root.get(section));
            let entries = sections.flat_map(Node::entries);
            entries.filter_map(|(k, v)| Some((k.text()?, v))).collect::<BTreeMap<_, _>>()
        };
        let scope = Scope {
            parameters: named("Parameters"),
            mappings: roots.iter().find_map(|root| root.get("Mappings")),
            conditions: named("Conditions"),
            resources: named("Resources"),
            names: BTreeMap::new(),
        };
        let mut template = Self { scope, resources: BTreeMap::new(), globals: None };
        for root in roots {
            macros(root, findings);
            template.resources(root.get("Resources"), findings);
        }
        template.globals =
            roots.iter().find_map(|root| root.get("Globals")).and_then(|all| all.get("Function"));
        let names = template.resources.values().filter_map(|resource| {
            let (key, service) = name_key(&resource.kind)?;
            let (name, _) = template.text(resource, key)?;
            Some((name, (resource.id, service)))
        });
        template.scope.names = names.collect();
        template
    }

    fn resources(&mut self, section: Option<&'t Node>, findings: &mut Vec<Finding>) {
        if let Some(node) = section.filter(|node| !matches!(node.value, Value::Mapping(_))) {
            let message = format!(
                "Resources: {} stands where resources by their names are expected",
                node.what()
            );
            findings.push(node.mark(Finding::error(WRONG_SHAPE, message)));
        }
        for (key, node) in section.map(Node::entries).unwrap_or_default() {
            let Some(id) = key.text() else { continue };
            if self.resources.len() == RESOURCES_MAX {
                let message = format!("Resources: more than {RESOURCES_MAX}; the rest is not read");
                findings.push(key.mark(Finding::error(TOO_MANY, message)));
                break;
            }
            let Some(kind) = node.get("Type").and_then(Node::text) else {
                if !id.starts_with("Fn::") {
                    let message = format!("{id}: a resource without a type is left out");
                    findings.push(key.mark(Finding::warning(WRONG_SHAPE, message)));
                }
                continue;
            };
            let absent = node
                .get("Condition")
                .and_then(Node::text)
                .is_some_and(|condition| self.scope.holds(condition) == Some(false));
            if absent {
                let message =
                    format!("{id}: its condition does not hold under the template's defaults");
                findings.push(key.mark(Finding::note(NOT_USED, message)));
                continue;
            }
            let properties = node.get("Properties");
            let kind = kind.to_owned();
            let own = Resource { id, span: key.span, kind, node, properties, is_elsewhere: false };
            self.resources.insert(id, own);
        }
    }

    /// A resource that another part of the file describes, under a name that others know it by.
    pub(crate) fn add(&mut self, id: &'t str, kind: &str, node: &'t Node, span: Span) {
        if self.resources.contains_key(id) {
            return;
        }
        self.scope.resources.insert(id, node);
        let kind = kind.to_owned();
        let added = Resource { id, span, kind, node, properties: None, is_elsewhere: false };
        self.resources.insert(id, added);
    }

    /// A resource of another stack under the name that it has here.
    pub(super) fn stand_in(&mut self, id: &'t str, other: &Resource<'t>) {
        if self.resources.contains_key(id) {
            return;
        }
        self.scope.resources.insert(id, other.node);
        let resource = Resource { id, properties: None, is_elsewhere: true, ..other.clone() };
        self.resources.insert(id, resource);
    }

    /// The resources of this very template.
    pub(super) fn own(&self) -> impl Iterator<Item = &Resource<'t>> {
        self.resources.values().filter(|resource| !resource.is_elsewhere)
    }

    /// A resource's name in the account.
    pub(crate) fn call(&mut self, name: String, id: &'t str) {
        let kind = self.resources.get(id).map(|resource| resource.kind.as_str());
        if let Some((_, service)) = kind.and_then(name_key) {
            self.scope.names.entry(name).or_insert((id, service));
        }
    }

    /// Whether a resource has a name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.resources.contains_key(name) || self.scope.names.contains_key(name)
    }

    /// The resources that a value names.
    pub(crate) fn named_in(&self, node: &'t Node) -> Vec<&'t str> {
        self.scope.resources_in(node)
    }

    /// What a role may do: its own policies, and those that are attached to it.
    pub(super) fn policies_of(&self, role: &str) -> Vec<&'t Node> {
        let mut found = Vec::new();
        for resource in self.resources.values() {
            let Some(properties) = resource.properties else { continue };
            match resource.kind.as_str() {
                "AWS::IAM::Role" if resource.id == role => found.extend(properties.get("Policies")),
                "AWS::IAM::Policy" | "AWS::IAM::ManagedPolicy" | "AWS::IAM::RolePolicy" => {
                    let roles = properties.get("Roles").or_else(|| properties.get("RoleName"));
                    let named = |node| self.scope.resources_in(node).contains(&role);
                    if roles.is_some_and(named) {
                        found.extend(properties.get("PolicyDocument"));
                    }
                }
                _ => {}
            }
        }
        found
    }

    /// How many functions and tasks have a role.
    pub(super) fn users(&self, role: &str) -> usize {
        let has = |resource: &&Resource<'t>| {
            let Some(properties) = resource.properties else { return false };
            let roles = ["Role", "TaskRoleArn"].into_iter().filter_map(|key| properties.get(key));
            let mut named = roles.flat_map(|node| self.scope.resources_in(node));
            (resource.is_function() || resource.is_task()) && named.any(|id| id == role)
        };
        self.resources.values().filter(has).count()
    }

    /// A property of a resource, followed; of functions also from `Globals`.
    pub(super) fn property(&self, resource: &Resource<'t>, key: &str) -> Option<&'t Node> {
        let own = resource.properties.and_then(|properties| self.scope.get(properties, key));
        own.or_else(|| {
            let globals = self.globals.filter(|_| resource.kind == "AWS::Serverless::Function")?;
            self.scope.get(globals, key)
        })
    }

    /// Its text.
    pub(super) fn text(&self, resource: &Resource<'t>, key: &str) -> Option<(String, Span)> {
        let raw = |place: Option<&'t Node>| {
            place.and_then(|place| self.scope.pick(place)).and_then(|p| p.get(key))
        };
        let globals = self.globals.filter(|_| resource.kind == "AWS::Serverless::Function");
        let node = raw(resource.properties).or_else(|| raw(globals))?;
        Some((self.scope.text(node)?, node.span))
    }
}

impl Resource<'_> {
    pub(super) fn is_function(&self) -> bool {
        matches!(self.kind.as_str(), "AWS::Serverless::Function" | "AWS::Lambda::Function")
    }

    pub(super) fn is_task(&self) -> bool {
        self.kind == "AWS::ECS::TaskDefinition"
    }
}

/// The property that names a resource in the account, and its service in ARNs, for those that others name so.
fn name_key(kind: &str) -> Option<(&'static str, &'static str)> {
    Some(match kind {
        "AWS::DynamoDB::Table" | "AWS::DynamoDB::GlobalTable" | "AWS::Serverless::SimpleTable" => {
            ("TableName", "dynamodb")
        }
        "AWS::S3::Bucket" => ("BucketName", "s3"),
        "AWS::SQS::Queue" => ("QueueName", "sqs"),
        "AWS::SNS::Topic" => ("TopicName", "sns"),
        "AWS::Kinesis::Stream" => ("Name", "kinesis"),
        "AWS::Events::EventBus" => ("Name", "events"),
        "AWS::KinesisFirehose::DeliveryStream" => ("DeliveryStreamName", "firehose"),
        "AWS::StepFunctions::StateMachine" => ("StateMachineName", "states"),
        "AWS::Serverless::StateMachine" => ("Name", "states"),
        "AWS::Serverless::Function" | "AWS::Lambda::Function" => ("FunctionName", "lambda"),
        "AWS::MSK::Cluster" | "AWS::MSK::ServerlessCluster" => ("ClusterName", "kafka"),
        "AWS::AmazonMQ::Broker" => ("BrokerName", "mq"),
        "AWS::OpenSearchService::Domain" | "AWS::Elasticsearch::Domain" => ("DomainName", "es"),
        _ => return None,
    })
}

/// Macros change a template before it is deployed; here they do not run.
fn macros(root: &Node, findings: &mut Vec<Finding>) {
    let Some(node) = root.get("Transform") else { return };
    let listed = node.items().iter().chain((node.items().is_empty()).then_some(node));
    for one in listed {
        let name = one.text().or_else(|| one.get("Name").and_then(Node::text)).unwrap_or("");
        if !name.is_empty() && !name.starts_with("AWS::Serverless-") {
            let message = format!("`{name}` is not run: the template is read as it stands");
            findings.push(one.mark(Finding::warning(NOT_USED, message)));
        }
    }
}

//! Stores that stand in the stack beside the functions: tables, buckets and queues; and who may do what to them.

use model::{Engine, Kind, Settings};

use super::rights::statement;
use super::{Stack, attribute, filled, reference, resource};
use crate::tree::{Node, list, map};
use crate::{Output, Part, Plan};

/// Where stores of this kind are planned.
pub(crate) const PLATFORM: &str = "aws/managed";

/// What a store is in the stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Store {
    /// A table of DynamoDB.
    Table,
    /// A bucket of S3.
    Bucket,
    /// A queue of SQS.
    Queue,
}

impl Store {
    /// What a part is; `None` if it is no store that a stack of functions holds.
    pub(crate) fn of(part: &Part<'_>) -> Option<Self> {
        let Settings::Managed(managed) = &part.placement.configured else { return None };
        if part.component.kind != Kind::Stateful || part.placement.platform.0 != PLATFORM {
            return None;
        }
        match managed.engine {
            Engine::KeyValue => Some(Self::Table),
            Engine::Objects => Some(Self::Bucket),
            Engine::Queue => Some(Self::Queue),
            _ => None,
        }
    }

    /// What a caller may do to one of this id.
    fn right(self, id: &str) -> Node {
        let below = |path: &str| filled(format!("${{{id}.Arn}}/{path}"));
        match self {
            Self::Table => {
                let indexes = below("index/*");
                statement(TABLE, list([attribute(id, "Arn"), indexes]))
            }
            Self::Bucket => statement(BUCKET, list([attribute(id, "Arn"), below("*")])),
            Self::Queue => statement(QUEUE, attribute(id, "Arn")),
        }
    }

    /// How a variable that names one ends.
    const fn ending(self) -> &'static str {
        match self {
            Self::Table => "TABLE",
            Self::Bucket => "BUCKET",
            Self::Queue => "QUEUE_URL",
        }
    }
}

/// Reading and writing items ("DynamoDBCrudPolicy", AWS SAM developer guide).
const TABLE: &[&str] = &[
    "dynamodb:GetItem",
    "dynamodb:BatchGetItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:ConditionCheckItem",
];
/// Reading and writing objects.
const BUCKET: &[&str] = &["s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:DeleteObject"];
/// Putting messages in.
pub(super) const QUEUE: &[&str] = &["sqs:SendMessage", "sqs:GetQueueUrl"];

/// The store of this stack that a part has its work from, of several the queue.
pub(crate) fn feeding<'p, 'a>(
    plan: &'p Plan<'a>,
    part: &'p Part<'_>,
) -> Option<(&'p Part<'a>, Store)> {
    let mut all = plan.callers(&part.component.id).filter_map(|(from, _)| {
        let store = Store::of(from).filter(|_| from.target == part.target)?;
        Some((from, store))
    });
    let first = all.next()?;
    if first.1 == Store::Queue {
        return Some(first);
    }
    Some(all.find(|(_, store)| *store == Store::Queue).unwrap_or(first))
}

impl<'p, 'a> Stack<'p, 'a> {
    /// The stores of the stack.
    pub(super) fn stores(&self) -> Vec<(&'p Part<'a>, Store)> {
        let (plan, target) = (self.plan, self.dialect.target);
        let own = plan.parts.iter().filter(|part| part.target == Some(target));
        own.filter_map(|part| Some((part, Store::of(part)?))).collect()
    }

    /// What a caller may do to a store, if it is one of this stack, and the variable that names it to the code.
    pub(super) fn use_of(&self, store: &Part<'_>) -> Option<(Node, String)> {
        let kind = Store::of(store).filter(|_| store.target == Some(self.dialect.target))?;
        Some((kind.right(&self.ids.part(store)), store.variable(kind.ending())))
    }

    /// Adds the stores, and the files that the provider serves. Queues that functions take from are there already.
    pub(crate) fn add_stores(&mut self, out: &mut Output) {
        self.add_sites(out);
        self.add_inside(out);
        for (part, store) in self.stores() {
            let id = self.ids.part(part);
            let why = self.why.plan(part, "a store that the provider runs");
            match store {
                Store::Table => self.table(part, &id, why, out),
                Store::Bucket => self.bucket(part, &id, why),
                Store::Queue if self.resources.has(&id) => {}
                Store::Queue => {
                    self.resources.set(id, resource("AWS::SQS::Queue", Node::empty()).why(why));
                }
            }
        }
    }

    /// A bucket with the calls that it makes when objects change.
    fn bucket(&mut self, part: &Part<'_>, id: &str, why: String) {
        let mut properties = bucket();
        let (mut calls, mut allowed) = (Vec::new(), Vec::new());
        for function in self.called_by(part) {
            let Some(target) = self.targets.get(&function.name).cloned() else { continue };
            let event = Node::from("s3:ObjectCreated:*").why("assumed: new objects start it");
            calls.push(map([("Event", event), ("Function", target.clone())]));
            // By the account, not by the bucket: the bucket waits for the permission.
            let permission = map([
                ("FunctionName", target),
                ("Action", "lambda:InvokeFunction".into()),
                ("Principal", "s3.amazonaws.com".into()),
                ("SourceAccount", reference("AWS::AccountId")),
            ]);
            let permitted = self.ids.beside(function, "BucketPermission");
            self.resources.set(permitted.as_str(), resource("AWS::Lambda::Permission", permission));
            allowed.push(permitted);
        }
        if !calls.is_empty() {
            let notices = map([("LambdaConfigurations", list(calls))]);
            properties.set("NotificationConfiguration", notices);
        }
        let mut node = kept(resource("AWS::S3::Bucket", properties)).why(why);
        if !allowed.is_empty() {
            node.set("DependsOn", list(allowed));
        }
        self.resources.set(id, node);
    }
}

/// Properties of a bucket that nobody outside reads.
pub(super) fn bucket() -> Node {
    let keys =
        ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"];
    let mut closed = Node::empty();
    for key in keys {
        closed.set(key, true);
    }
    map([("PublicAccessBlockConfiguration", closed)])
}

/// A resource whose data outlives the stack.
pub(super) fn kept(node: Node) -> Node {
    let retain = || Node::from("Retain");
    node.with("DeletionPolicy", retain().why("its data outlives the stack"))
        .with("UpdateReplacePolicy", retain())
}

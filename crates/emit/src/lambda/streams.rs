//! Streams that functions read: the changes of a table, or a stream of Kinesis.

use model::FrontDoor;

use super::stores::{Store, feeding};
use super::{Stack, attribute, kafka, reference, resource, rights, settings};
use crate::Part;
use crate::tree::{Node, map};

/// A stream that a function reads.
#[derive(Debug)]
pub(crate) struct Stream {
    /// As the framework calls its kind: `dynamodb` or `kinesis`.
    pub kind: &'static str,
    /// Its ARN.
    pub arn: Node,
    /// Where reading begins.
    pub from: Node,
    /// The queue of batches that failed too often, if one is wanted.
    pub failed: Option<Node>,
    /// Attempts after the first one, if they are limited.
    pub retries: Option<u32>,
    /// Batches of a shard in work at once.
    pub parallel: Option<u32>,
}

/// What may be done to a stream of Kinesis by who puts records in.
const PUT: &[&str] = &["kinesis:PutRecord", "kinesis:PutRecords", "kinesis:DescribeStreamSummary"];

impl<'p, 'a> Stack<'p, 'a> {
    /// The functions that something calls by itself when it changes.
    pub(super) fn called_by(&self, store: &Part<'_>) -> Vec<&'p Part<'a>> {
        self.fed(store, FrontDoor::Notice)
    }

    /// Whether a function reads the changes of a table.
    pub(super) fn reads_stream_of(&self, store: &Part<'_>) -> bool {
        !self.fed(store, FrontDoor::Stream).is_empty()
    }

    /// Functions of this stack that have their work from a store in this way.
    pub(super) fn fed(&self, store: &Part<'_>, door: FrontDoor) -> Vec<&'p Part<'a>> {
        let plan = self.plan;
        let own = plan.parts.iter().filter(|part| part.target == Some(self.dialect.target));
        let fed = own.filter(|part| {
            settings(plan, part).is_ok_and(|function| super::door(plan, part, function) == door)
                && feeding(plan, part).is_some_and(|(from, _)| from.name == store.name)
        });
        fed.collect()
    }

    /// The stream that a part reads; one of Kinesis is added where no table of the stack feeds it.
    pub(crate) fn stream(&mut self, part: &Part<'_>) -> Stream {
        let events = part.component.events.clone().unwrap_or_default();
        let (kind, arn) = if let Some((table, Store::Table)) = feeding(self.plan, part) {
            ("dynamodb", attribute(&self.ids.part(table), "StreamArn"))
        } else {
            let id = self.ids.stream(part);
            let properties = if let Some(shards) = events.shards {
                map([("ShardCount", Node::from(shards).why(self.why.definition(part)))])
            } else {
                let mode = map([("StreamMode", Node::from("ON_DEMAND"))]);
                map([("StreamModeDetails", mode.why("nobody says how many shards it has"))])
            };
            self.resources.set(id.as_str(), resource("AWS::Kinesis::Stream", properties));
            self.output(part, "StreamName", reference(&id));
            ("kinesis", attribute(&id, "Arn"))
        };
        let failed = self.failed_of(part);
        Stream {
            kind,
            arn,
            from: Node::from("TRIM_HORIZON").why("default: from the oldest record that is kept"),
            failed,
            retries: events.receives_max.map(|attempts| attempts.saturating_sub(1)),
            parallel: events.parallelization.filter(|most| *most > 1),
        }
    }

    /// The queue of batches that failed too often, if one is wanted; it is added when it is asked for.
    pub(crate) fn failed_of(&mut self, part: &Part<'_>) -> Option<Node> {
        part.component.events.as_ref()?.receives_max?;
        let id = self.ids.failed(part);
        self.resources.set(id.as_str(), resource("AWS::SQS::Queue", Node::empty()));
        Some(attribute(&id, "Arn"))
    }

    /// Whether what a part reads are the changes of a table of the stack.
    pub(crate) fn reads_a_table(&self, part: &Part<'_>) -> bool {
        matches!(feeding(self.plan, part), Some((_, Store::Table)))
    }

    /// What a caller may do to the stream of a part, and the variable that names it to the code; `None` if it has none of its
    /// own.
    pub(super) fn use_of_stream(&mut self, part: &Part<'_>) -> Option<(Node, String, Node)> {
        if self.reads_a_table(part) || kafka::reads(self.plan, part) {
            return None;
        }
        let id = self.ids.stream(part);
        let right = rights::statement(PUT, attribute(&id, "Arn"));
        Some((right, part.variable("STREAM"), reference(&id)))
    }
}

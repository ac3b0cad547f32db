//! Tables of DynamoDB: their keys, indexes and what they tell of changes, as declared.

use model::{Changes, Index, KeyPart, Projection, Table};
use source::Finding;

use super::stores::kept;
use super::{Stack, resource};
use crate::findings::TO_DO;
use crate::tree::{Node, list, map};
use crate::{Output, Part};

/// A table without a declared layout.
const PLACEHOLDER: &str = "placeholder: nobody says which key items have";

impl Stack<'_, '_> {
    pub(super) fn table(&mut self, part: &Part<'_>, id: &str, why: String, out: &mut Output) {
        let declared = part.component.blueprint.as_ref().and_then(|b| b.table.as_ref());
        let billing = Node::from("PAY_PER_REQUEST").why(why);
        let mut properties = map([("BillingMode", billing)]);
        if let Some(table) = declared {
            laid_out(table, &self.why.definition(part), &mut properties);
        } else {
            let key = || Node::from("id").why(PLACEHOLDER);
            let attribute = map([("AttributeName", key()), ("AttributeType", "S".into())]);
            let schema = map([("AttributeName", key()), ("KeyType", "HASH".into())]);
            properties.set("AttributeDefinitions", list([attribute]));
            properties.set("KeySchema", list([schema]));
            let message = format!("{}: its keys are not known", part.component.id);
            let hint =
                "set `AttributeDefinitions` and `KeySchema` of the table as the code uses them";
            let finding = Finding::warning(TO_DO, message).hint(hint);
            out.findings.push(self.plan.at(finding, part.component.span));
        }
        let is_read = self.reads_stream_of(part);
        let changes = declared.and_then(|table| table.changes);
        if let Some(view) = changes.or(is_read.then_some(Changes::Both)) {
            let why = if is_read { "a function reads its changes" } else { "as declared" };
            let view = map([("StreamViewType", Node::from(view.name()))]);
            properties.set("StreamSpecification", view.why(why));
        }
        self.resources.set(id, kept(resource("AWS::DynamoDB::Table", properties)));
    }
}

fn laid_out(table: &Table, why: &str, properties: &mut Node) {
    let attribute = |a: &model::Attribute| {
        let holds = a.holds.letter().into();
        map([("AttributeName", a.name.as_str().into()), ("AttributeType", holds)])
    };
    let attributes: Vec<Node> = table.attributes.iter().map(attribute).collect();
    properties.set("AttributeDefinitions", list(attributes).why(why));
    properties.set("KeySchema", schema(&table.key));
    for (key, is_local) in [("GlobalSecondaryIndexes", false), ("LocalSecondaryIndexes", true)] {
        let of = table.indexes.iter().filter(|index| index.is_local == is_local);
        let all: Vec<Node> = of.map(index).collect();
        if !all.is_empty() {
            properties.set(key, list(all));
        }
    }
    if let Some(expires) = &table.expires {
        let expiry = map([("AttributeName", expires.as_str().into()), ("Enabled", true.into())]);
        properties.set("TimeToLiveSpecification", expiry);
    }
}

fn schema(key: &[KeyPart]) -> Node {
    let one = |part: &KeyPart| {
        let kind = if part.sorts { "RANGE" } else { "HASH" };
        map([("AttributeName", part.attribute.as_str().into()), ("KeyType", kind.into())])
    };
    let parts: Vec<Node> = key.iter().map(one).collect();
    list(parts)
}

fn index(index: &Index) -> Node {
    let projection = match &index.holds {
        Projection::All => map([("ProjectionType", "ALL".into())]),
        Projection::Keys => map([("ProjectionType", "KEYS_ONLY".into())]),
        Projection::Of(names) => {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            map([("ProjectionType", "INCLUDE".into()), ("NonKeyAttributes", list(names))])
        }
    };
    map([
        ("IndexName", index.name.as_str().into()),
        ("KeySchema", schema(&index.key)),
        ("Projection", projection),
    ])
}

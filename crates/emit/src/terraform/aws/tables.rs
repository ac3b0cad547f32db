//! Tables of DynamoDB: their keys, indexes and what they tell of changes, as declared.

use model::{AttributeType, Changes, Index, KeyPart, Projection, Table};
use source::Finding;

use super::events;
use crate::Part;
use crate::findings::TO_DO;
use crate::terraform::json::expression;
use crate::terraform::stack::{Stack, id};
use crate::tree::{Node, list, map};

/// A table without a declared layout.
const PLACEHOLDER: &str = "placeholder: the key that the code uses";

/// The table of a part, with its name as an output.
pub(super) fn table(stack: &mut Stack<'_, '_>, part: &Part<'_>) {
    let own = id(part);
    let name = stack.name(part, 200);
    let declared = part.component.blueprint.as_ref().and_then(|b| b.table.as_ref());
    let mut body = map([
        ("name", Node::from(name.as_str())),
        ("billing_mode", Node::from("PAY_PER_REQUEST").why(stack.why.plan(part, "billing"))),
    ]);
    if let Some(table) = declared {
        laid_out(table, &stack.why.definition(part), &mut body);
    } else {
        body.set("hash_key", Node::from("id").why(PLACEHOLDER));
        body.set("attribute", list([attribute("id", AttributeType::Text)]));
        let message = format!("{}: its keys are not known", part.component.id);
        let hint = "set `hash_key`, `range_key` and `attribute` of the table as the code uses them";
        stack.tell(part, Finding::warning(TO_DO, message).hint(hint));
    }
    let is_read = events::reads_changes_of(stack.plan, part);
    let changes = declared.and_then(|table| table.changes);
    if let Some(view) = changes.or(is_read.then_some(Changes::Both)) {
        let why = if is_read { "a function reads its changes" } else { "as declared" };
        body.set("stream_enabled", Node::from(true).why(why));
        body.set("stream_view_type", view.name());
    }
    stack.resource("aws_dynamodb_table", &own, body);
    let about = format!("name of the table of {}", part.component.id);
    stack.output(
        &format!("{own}__table"),
        &about,
        expression(format!("aws_dynamodb_table.{own}.name")),
    );
}

fn attribute(name: &str, holds: AttributeType) -> Node {
    map([("name", name.into()), ("type", holds.letter().into())])
}

fn laid_out(table: &Table, why: &str, body: &mut Node) {
    let attributes = table.attributes.iter().map(|a| attribute(&a.name, a.holds));
    for (key, name) in [("hash_key", spreads(&table.key)), ("range_key", sorts(&table.key))] {
        if let Some(name) = name {
            body.set(key, Node::from(name).why(why));
        }
    }
    body.set("attribute", list(attributes.collect::<Vec<_>>()));
    let of = |is_local| table.indexes.iter().filter(move |index| index.is_local == is_local);
    let global: Vec<Node> = of(false).map(global).collect();
    let local: Vec<Node> = of(true).filter_map(local).collect();
    for (key, indexes) in [("global_secondary_index", global), ("local_secondary_index", local)] {
        if !indexes.is_empty() {
            body.set(key, list(indexes));
        }
    }
    if let Some(expires) = &table.expires {
        let expiry = [("attribute_name", expires.as_str().into()), ("enabled", true.into())];
        body.set("ttl", map(expiry));
    }
}

fn spreads(key: &[KeyPart]) -> Option<&str> {
    key.iter().find(|part| !part.sorts).map(|part| part.attribute.as_str())
}

fn sorts(key: &[KeyPart]) -> Option<&str> {
    key.iter().find(|part| part.sorts).map(|part| part.attribute.as_str())
}

/// The provider's own word for the key of such an index since `hash_key` and `range_key` are on their way out.
fn global(index: &Index) -> Node {
    let part = |part: &KeyPart| {
        let kind = if part.sorts { "RANGE" } else { "HASH" };
        map([("attribute_name", part.attribute.as_str().into()), ("key_type", kind.into())])
    };
    let key: Vec<Node> = index.key.iter().map(part).collect();
    held(map([("name", index.name.as_str().into()), ("key_schema", list(key))]), index)
}

fn local(index: &Index) -> Option<Node> {
    let sorts = sorts(&index.key)?;
    Some(held(map([("name", index.name.as_str().into()), ("range_key", sorts.into())]), index))
}

fn held(mut node: Node, index: &Index) -> Node {
    match &index.holds {
        Projection::All => node.set("projection_type", "ALL"),
        Projection::Keys => node.set("projection_type", "KEYS_ONLY"),
        Projection::Of(names) => {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            node.set("projection_type", "INCLUDE");
            node.set("non_key_attributes", list(names));
        }
    }
    node
}

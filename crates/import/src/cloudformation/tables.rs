//! How a table of DynamoDB is laid out.

use model::{Attribute, AttributeType, Changes, Index, KeyPart, Projection, Table};
use source::Finding;
use source::yaml::Node;

use super::evaluate::Scope;
use super::template::{Resource, Template};
use crate::findings::NOT_USED;

/// The layout of a table; `None` where its key is not known before it is deployed, or is none that DynamoDB takes.
pub(super) fn read(resource: &Resource<'_>, template: &Template<'_>) -> Option<Table> {
    let scope = &template.scope;
    if resource.kind == "AWS::Serverless::SimpleTable" {
        return simple(template.property(resource, "PrimaryKey"), scope);
    }
    let listed = |key: &str| template.property(resource, key).map(Node::items).unwrap_or_default();
    let mut declared = Vec::new();
    for node in listed("AttributeDefinitions") {
        let (Some(name), Some(letter)) =
            (scope.text_of(node, "AttributeName"), scope.text_of(node, "AttributeType"))
        else {
            continue;
        };
        declared.extend(attribute(name, &letter));
    }
    let key = key_of(template.property(resource, "KeySchema"), scope)?;
    let mut indexes = Vec::new();
    for (list, is_local) in [("GlobalSecondaryIndexes", false), ("LocalSecondaryIndexes", true)] {
        let all = listed(list).iter();
        indexes.extend(all.filter_map(|node| index(node, is_local, scope)));
    }
    indexes.sort_by(|a, b| a.name.cmp(&b.name));
    indexes.dedup_by(|a, b| a.name == b.name);
    // DynamoDB refuses attributes that no key has, and keys whose attributes are not declared.
    let known = |key: &[KeyPart]| {
        key.iter().all(|part| declared.iter().any(|a: &Attribute| a.name == part.attribute))
    };
    indexes.retain(|index| known(&index.key));
    let used = |attribute: &Attribute| {
        let keys = std::iter::once(&key).chain(indexes.iter().map(|index| &index.key));
        keys.flatten().any(|part| part.attribute == attribute.name)
    };
    if !known(&key) {
        return None;
    }
    let mut attributes: Vec<Attribute> = declared.iter().filter(|a| used(a)).cloned().collect();
    attributes.sort_by(|a, b| a.name.cmp(&b.name));
    attributes.dedup_by(|a, b| a.name == b.name);
    let expiry = template.property(resource, "TimeToLiveSpecification");
    let expiry = expiry
        .filter(|node| scope.text_of(node, "Enabled").is_none_or(|enabled| enabled != "false"));
    let expires = expiry.and_then(|node| scope.text_of(node, "AttributeName"));
    let stream = template.property(resource, "StreamSpecification");
    let view = stream.and_then(|node| scope.text_of(node, "StreamViewType"));
    let find = |view: String| Changes::ALL.iter().find(|(name, _)| *name == view);
    let changes = view.and_then(find).map(|(_, changes)| *changes);
    Some(Table { attributes, key, indexes, expires: expires.filter(|e| is_name(e)), changes })
}

/// Says that writes to indexes are on no bill: how many of an application's writes reach one, no definition says.
pub(super) fn not_billed(resource: &Resource<'_>, table: &Table) -> Option<Finding> {
    let indexes = match table.indexes.len() {
        0 => return None,
        1 => "its index costs".to_owned(),
        several => format!("its {several} indexes cost"),
    };
    let message = format!(
        "{}: {indexes} a write each time an item in it changes, which is not billed",
        resource.id
    );
    let hint = "a plan's writes of the table, times its indexes, are the most that they add";
    Some(Finding::note(NOT_USED, message).at(resource.span).hint(hint))
}

/// SAM's short form: one attribute, `id` of a text where nobody says it.
fn simple(key: Option<&Node>, scope: &Scope<'_>) -> Option<Table> {
    let said = |name: &str| key.and_then(|key| key.get(name)).map(|node| scope.text(node));
    let name = said("Name").unwrap_or_else(|| Some("id".to_owned()))?;
    let letter = match said("Type").unwrap_or_else(|| Some("String".to_owned()))?.as_str() {
        "Number" => "N",
        "Binary" => "B",
        _ => "S",
    };
    let attributes = vec![attribute(name.clone(), letter)?];
    let key = vec![KeyPart { attribute: name, sorts: false }];
    Some(Table { attributes, key, indexes: Vec::new(), expires: None, changes: None })
}

/// Whether an attribute may be called so.
fn is_name(name: &str) -> bool {
    (1..=255).contains(&name.len()) && !name.chars().any(char::is_control)
}

fn attribute(name: String, letter: &str) -> Option<Attribute> {
    let (_, holds) = AttributeType::ALL.iter().find(|(known, _)| *known == letter.trim())?;
    is_name(&name).then_some(Attribute { name, holds: *holds })
}

/// A key in order, what spreads before what sorts; `None` if it is none.
fn key_of(node: Option<&Node>, scope: &Scope<'_>) -> Option<Vec<KeyPart>> {
    let mut parts = Vec::new();
    for node in node.map(Node::items).unwrap_or_default() {
        let sorts = match scope.text_of(node, "KeyType")?.trim() {
            "HASH" => false,
            "RANGE" => true,
            _ => return None,
        };
        parts.push(KeyPart { attribute: scope.text_of(node, "AttributeName")?, sorts });
    }
    parts.sort_by_key(|part| part.sorts);
    parts.first().is_some_and(|first| !first.sorts).then_some(parts)
}

fn index(node: &Node, is_local: bool, scope: &Scope<'_>) -> Option<Index> {
    let name = scope.text_of(node, "IndexName")?;
    let inside = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    if !(3..=255).contains(&name.len()) || !name.chars().all(inside) {
        return None;
    }
    let projection = node.get("Projection");
    let kind = projection.and_then(|node| scope.text_of(node, "ProjectionType"));
    let others = projection.and_then(|node| node.get("NonKeyAttributes"));
    let others = others.map(Node::items).unwrap_or_default().iter();
    let others: Vec<String> = others.filter_map(|node| scope.text(node)).collect();
    let holds = match kind.as_deref() {
        Some("ALL") => Projection::All,
        Some("INCLUDE") if !others.is_empty() => Projection::Of(others),
        _ => Projection::Keys,
    };
    Some(Index { name, key: key_of(node.get("KeySchema"), scope)?, is_local, holds })
}

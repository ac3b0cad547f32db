//! Names of databases and caches in variables: they become where these stand in the stack.

use super::{Stack, attribute, reference};
use crate::Part;
use crate::names::holds_host;
use crate::tree::{Node, Value, list, map};

/// Text with the name of a store that the part calls replaced by where it is reached; `None` if it names none.
pub(super) fn rewritten(
    stack: &Stack<'_, '_>,
    part: &Part<'_>,
    variable: &str,
    text: &str,
) -> Option<Node> {
    let holds = holds_host(variable);
    for (store, kind) in stack.called_inside(part) {
        let (Some((before, after)), Some(host)) =
            (around(text, &store.component.id, holds), kind.host())
        else {
            continue;
        };
        let host = attribute(&stack.ids.part(store), host);
        if before.is_empty() && after.is_empty() {
            return Some(host);
        }
        let pieces = [Node::from(before), host, Node::from(after)];
        let pieces = pieces.into_iter().filter(|piece| piece.value != Value::Text(String::new()));
        return Some(map([("Fn::Join", list([Node::from(""), list(pieces)]))]));
    }
    None
}

/// What a variable of the definition names by an attribute of a store that the part calls.
pub(super) fn attribute_of(
    stack: &Stack<'_, '_>,
    part: &Part<'_>,
    store: &str,
    name: &str,
) -> Option<Node> {
    let called = stack.called_inside(part);
    let (store, kind) = called.into_iter().find(|(part, _)| part.component.id == store)?;
    let id = stack.ids.part(store);
    Some(match name.rsplit('.').next()? {
        "Address" | "Endpoint" => attribute(&id, kind.host()?),
        "Arn" if kind.host().is_none() => reference(&id),
        "Port" => Node::from(kind.port(store).to_string()),
        "SecretArn" => attribute(&id, kind.secret()?),
        "" => reference(&id),
        _ => return None,
    })
}

/// What stands before and after a host in text: in a URL, else alone or with a port.
fn around<'t>(text: &'t str, host: &str, holds: bool) -> Option<(&'t str, &'t str)> {
    let url = text.find("://").map(|at| at + 3);
    let begin = url.unwrap_or(0);
    let rest = text.get(begin..)?;
    let whole = if url.is_some() { rest.split(['/', '?']).next()? } else { rest };
    let begin = begin + whole.rfind('@').map_or(0, |at| at + 1);
    let after = text.get(begin..)?.strip_prefix(host)?;
    let passed = begin - (text.len() - rest.len()) + host.len();
    let end = whole.len().checked_sub(passed).filter(|_| !host.is_empty())?;
    let port = after.get(..end)?;
    let digits = port
        .strip_prefix(':')
        .is_some_and(|port| !port.is_empty() && port.chars().all(|c| c.is_ascii_digit()));
    let alone = port.is_empty() && (url.is_some() || holds);
    (digits || alone).then(|| (text.get(..begin).unwrap_or_default(), after))
}

/// Whether a value names something of the stack.
pub(super) fn names(node: &Node, id: &str) -> bool {
    match &node.value {
        Value::Text(text) => text == id,
        Value::List(items) => items.iter().any(|item| names(item, id)),
        Value::Map(entries) => entries.iter().any(|(_, entry)| names(entry, id)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::around;

    #[test]
    fn a_host_is_found_where_one_stands() {
        for (text, holds, expected) in [
            ("db", true, Some(("", ""))),
            ("db", false, None),
            ("db:5432", false, Some(("", ":5432"))),
            ("db:x", true, None),
            ("dbs", true, None),
            ("my-db", true, None),
            ("postgres://app@db:5432/shop", false, Some(("postgres://app@", ":5432/shop"))),
            ("jdbc:postgresql://db/shop?a=db", false, Some(("jdbc:postgresql://", "/shop?a=db"))),
            ("redis://db", false, Some(("redis://", ""))),
            ("http://other/db", true, None),
            ("redis://db-two:1", true, None),
            ("a db", true, None),
            ("", true, None),
            ("http://d/b", true, None),
        ] {
            assert_eq!(around(text, "db", holds), expected, "{text}");
        }
    }
}

//! Text in which the framework must see no variable of its own, and names in the shell.

use crate::tree::{Node, Value};

/// The name of a part's variable in the shell that deploys: `API_DB_PASSWORD`.
pub(super) fn shell(part: &str, variable: &str) -> String {
    format!("{part}_{variable}").replace('-', "_").to_uppercase()
}

/// What such a variable is set to.
pub(super) fn from_shell(name: &str) -> Node {
    format!("${{env:{name}}}").into()
}

/// The same node with its text as the framework reads it: `\${` stands for `${`, and of backslashes before it one more than
/// twice as many ("Escaping Variables", Serverless Framework guide).
pub(super) fn literal(node: &Node) -> Node {
    let value = match &node.value {
        Value::Text(text) => Value::Text(escaped(text)),
        Value::List(items) => Value::List(items.iter().map(literal).collect()),
        // What CloudFormation fills in is not the framework's.
        Value::Map(entries) if entries.iter().all(|(key, _)| key != "Fn::Sub") => {
            let read = |(key, node): &(String, Node)| (key.clone(), literal(node));
            Value::Map(entries.iter().map(read).collect())
        }
        other => other.clone(),
    };
    Node { value, why: node.why.clone() }
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let backslashes = before.len() - before.trim_end_matches('\\').len();
        out.extend(std::iter::repeat_n('\\', backslashes + 1));
        out.push_str("${");
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_taken_for_a_variable() {
        for (text, expected) in [
            ("plain $ {x}", "plain $ {x}"),
            ("${env:HOME}", "\\${env:HOME}"),
            ("a${b}${c}", "a\\${b}\\${c}"),
            ("\\${x}", "\\\\\\${x}"),
            ("$${x}", "$\\${x}"),
        ] {
            assert_eq!(escaped(text), expected, "{text}");
        }
        assert_eq!(shell("order-api", "DB_PASSWORD"), "ORDER_API_DB_PASSWORD");
    }
}

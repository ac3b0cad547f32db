//! Terraform's JSON syntax: trees as text, reasons in the `//` of the nearest block.
//!
//! JSON has no comments, and Terraform leaves the property `//` of a block aside ("Comment Properties", JSON Configuration
//! Syntax). Values within arguments have none, so each block says the reasons of everything below it, by path.

use std::fmt::Write as _;

use crate::tree::{Node, Value, map};

/// The name of the property that Terraform leaves aside.
const COMMENT: &str = "//";

/// Text that is no template: what Terraform would fill in is escaped.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        out.push(c);
        if !matches!(c, '$' | '%') {
            continue;
        }
        let mut run = 1;
        while rest.peek() == Some(&c) {
            rest.next();
            run += 1;
        }
        match (rest.peek(), run) {
            // `$${` is `${`, but `$$${` is no longer that: each of several is filled in by itself.
            (Some('{'), 1) => out.push(c),
            (Some('{'), _) => {
                out.pop();
                out.push_str(&format!("${{\"{c}\"}}").repeat(run));
            }
            _ => out.extend(std::iter::repeat_n(c, run - 1)),
        }
    }
    out
}

/// What an expression makes: `aws_lb.main.dns_name`.
pub(super) fn expression(text: impl AsRef<str>) -> Node {
    template(format!("${{{}}}", text.as_ref()))
}

/// Text in which `${…}` is filled in.
pub(super) fn template(text: impl Into<String>) -> Node {
    Value::Expression(text.into()).into()
}

/// A block with the reasons of all that is in it.
pub(super) fn commented(block: Node) -> Node {
    let mut reasons = Vec::new();
    if !block.why.is_empty() {
        reasons.push(("this".to_owned(), block.why.clone()));
    }
    collect(&block, "", &mut reasons);
    if reasons.is_empty() {
        return block;
    }
    let mut comment = Node::empty();
    for (path, why) in reasons {
        comment.set(path, why);
    }
    let Value::Map(entries) = block.value else { return block };
    let mut out = map([(COMMENT, comment)]);
    for (key, node) in entries {
        out.set(key, node);
    }
    out
}

fn collect(node: &Node, path: &str, reasons: &mut Vec<(String, String)>) {
    let mut below = |key: &str, node: &Node| {
        let path = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        if !node.why.is_empty() {
            reasons.push((path.clone(), node.why.clone()));
        }
        collect(node, &path, reasons);
    };
    match &node.value {
        Value::Map(entries) => entries.iter().for_each(|(key, node)| below(key, node)),
        Value::List(items) => {
            for (number, node) in items.iter().enumerate() {
                below(&number.to_string(), node);
            }
        }
        _ => {}
    }
}

/// A file.
pub(super) fn file(root: &Node) -> String {
    let mut out = String::new();
    value(&mut out, root, 0, false);
    out.push('\n');
    out
}

fn value(out: &mut String, node: &Node, depth: usize, comment: bool) {
    match &node.value {
        Value::Bool(yes) => {
            let _ = write!(out, "{yes}");
        }
        Value::Int(number) => {
            let _ = write!(out, "{number}");
        }
        Value::Text(text) | Value::Lines(text) if comment => string(out, text),
        Value::Text(text) | Value::Lines(text) => string(out, &escape(text)),
        Value::Expression(text) => string(out, text),
        Value::List(items) if items.is_empty() => out.push_str("[]"),
        Value::List(items) => {
            out.push('[');
            for (number, node) in items.iter().enumerate() {
                next(out, number, depth + 1);
                value(out, node, depth + 1, comment);
            }
            next(out, 0, depth);
            out.push(']');
        }
        Value::Map(entries) if entries.is_empty() => out.push_str("{}"),
        Value::Map(entries) => {
            out.push('{');
            for (number, (key, node)) in entries.iter().enumerate() {
                next(out, number, depth + 1);
                let remark = comment || key == COMMENT;
                string(out, &if remark { key.clone() } else { escape(key) });
                out.push_str(": ");
                value(out, node, depth + 1, remark);
            }
            next(out, 0, depth);
            out.push('}');
        }
    }
}

fn next(out: &mut String, number: usize, depth: usize) {
    if number > 0 {
        out.push(',');
    }
    out.push('\n');
    out.push_str(&"  ".repeat(depth));
}

fn string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                // All of them stand in the first plane.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::list;

    #[test]
    fn text_is_never_a_template() {
        for (given, expected) in [
            ("plain $x %d $", "plain $x %d $"),
            ("${x}", "$${x}"),
            ("%{if}", "%%{if}"),
            ("$$x $$", "$$x $$"),
            ("$${x}", "${\"$\"}${\"$\"}{x}"),
            ("a%%%{", "a${\"%\"}${\"%\"}${\"%\"}{"),
        ] {
            assert_eq!(escape(given), expected, "{given}");
        }
    }

    #[test]
    fn a_block_says_the_reasons_of_what_is_below_it() {
        let inner = map([("a", Node::from("x").why("one")), ("b", list(["${y}"]).why("two"))]);
        let block = commented(map([("outer", inner), ("c", expression("d.e"))]));
        let text = file(&block);
        let expected = r#"{
  "//": {
    "outer.a": "one",
    "outer.b": "two"
  },
  "outer": {
    "a": "x",
    "b": [
      "$${y}"
    ]
  },
  "c": "${d.e}"
}
"#;
        assert_eq!(text, expected);
    }
}

//! Trees as YAML, each reason a comment on its line.
//!
//! Text stands plain only where no reader of YAML 1.1 or 1.2 could take it for anything else; everything else is
//! quoted, and what cannot be printed is escaped.

use std::fmt::Write as _;

use crate::tree::{Node, Value};

/// Columns beyond which a comment stands above its line.
const LINE_MAX: usize = 110;

/// Documents one after the other, under a comment of the file.
pub fn documents(head: &str, nodes: &[Node]) -> String {
    let mut out = String::new();
    for line in head.lines() {
        comment(&mut out, 0, line);
    }
    for (number, node) in nodes.iter().enumerate() {
        if number > 0 {
            out.push_str("---\n");
        }
        if !node.why.is_empty() {
            comment(&mut out, 0, &node.why);
        }
        match &node.value {
            Value::Map(entries) if !entries.is_empty() => map(&mut out, 0, entries, true),
            Value::List(items) if !items.is_empty() => items_of(&mut out, 0, items),
            _ => {
                scalar(&mut out, 0, &node.value);
                out.push('\n');
            }
        }
    }
    out
}

/// Entries at a depth; the first one's indentation may stand there already.
fn map(out: &mut String, depth: usize, entries: &[(String, Node)], indent_first: bool) {
    for (number, (key, node)) in entries.iter().enumerate() {
        let fresh = number > 0 || indent_first;
        let head = format!("{}:", text(key));
        entry(out, depth, &head, node, fresh);
    }
}

fn items_of(out: &mut String, depth: usize, items: &[Node]) {
    for node in items {
        match &node.value {
            Value::Map(entries) if !entries.is_empty() => {
                if !node.why.is_empty() {
                    comment(out, depth, &node.why);
                }
                indent(out, depth);
                out.push_str("- ");
                map(out, depth + 2, entries, false);
            }
            _ => entry(out, depth, "-", node, true),
        }
    }
}

/// One line, and what stands below it.
fn entry(out: &mut String, depth: usize, head: &str, node: &Node, fresh: bool) {
    let mut line = head.to_owned();
    let below = match &node.value {
        Value::Map(entries) => !entries.is_empty(),
        Value::List(items) => !items.is_empty(),
        _ => false,
    };
    if !below {
        line.push(' ');
        scalar(&mut line, depth, &node.value);
    }
    let block = matches!(&node.value, Value::Lines(_)) && line.contains('\n');
    let why = one_line(&node.why);
    let short = depth + line.len() + why.len() + 3 <= LINE_MAX && !block;
    if !why.is_empty() && !short && fresh {
        comment(out, depth, &why);
    }
    if fresh {
        indent(out, depth);
    }
    out.push_str(&line);
    // An entry on the line of its dash has no line above.
    if !why.is_empty() && (short || !fresh) && !block {
        let _ = write!(out, " # {why}");
    }
    out.push('\n');
    match &node.value {
        Value::Map(entries) if below => map(out, depth + 2, entries, true),
        Value::List(items) if below => items_of(out, depth + 2, items),
        _ => {}
    }
}

fn scalar(out: &mut String, depth: usize, value: &Value) {
    match value {
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Int(value) => drop(write!(out, "{value}")),
        Value::Lines(value) if is_block(value) => {
            // A line break at the end stays.
            out.push_str(if value.ends_with('\n') { "|" } else { "|-" });
            for line in value.lines() {
                out.push('\n');
                if !line.is_empty() {
                    indent(out, depth + 2);
                    out.push_str(line);
                }
            }
        }
        Value::Text(value) | Value::Lines(value) | Value::Expression(value) => {
            out.push_str(&text(value));
        }
        Value::List(_) => out.push_str("[]"),
        Value::Map(_) => out.push_str("{}"),
    }
}

/// Whether lines come back as they are from a block of text.
fn is_block(text: &str) -> bool {
    let printable = |c: char| c == '\n' || (' '..='~').contains(&c);
    text.chars().all(printable)
        && text.lines().count() > 1
        && !text.starts_with([' ', '\n'])
        && !text.strip_suffix('\n').unwrap_or(text).ends_with([' ', '\n'])
}

/// Text as a plain or a quoted scalar.
pub fn text(value: &str) -> String {
    if is_plain(value) { value.to_owned() } else { quoted(value) }
}

/// Whether every reader takes it for the text that it is.
fn is_plain(value: &str) -> bool {
    let starts = value.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
    let inside = |c: char| c.is_ascii_alphanumeric() || "_./-:@".contains(c);
    let colons = !value.ends_with(':');
    let words = ["true", "false", "yes", "no", "on", "off", "null", "y", "n", "nan", "inf"];
    let lower = value.to_ascii_lowercase();
    starts && colons && value.chars().all(inside) && !words.contains(&lower.as_str())
}

/// Text in double quotes.
fn quoted(value: &str) -> String {
    let mut out = String::from("\"");
    for c in value.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            ' '..='~' => out.push(c),
            _ if c.is_control() || is_odd(c) => match u32::from(c) {
                code @ 0..=0xff => drop(write!(out, "\\x{code:02x}")),
                code @ 0x100..=0xffff => drop(write!(out, "\\u{code:04x}")),
                code => drop(write!(out, "\\U{code:08x}")),
            },
            _ => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Characters that some reader takes for a line break, a mark or nothing at all.
fn is_odd(c: char) -> bool {
    matches!(u32::from(c), 0x85 | 0xa0 | 0x200b..=0x200f | 0x2028..=0x202e | 0x2066..=0x2069 | 0xfeff | 0xfff0..=0xffff)
        || u32::from(c) & 0xfffe == 0xfffe
}

fn indent(out: &mut String, depth: usize) {
    out.extend(std::iter::repeat_n(' ', depth));
}

/// A comment on lines of its own.
fn comment(out: &mut String, depth: usize, why: &str) {
    let why = one_line(why);
    let room = LINE_MAX.saturating_sub(depth + 2).max(40);
    let mut line = String::new();
    let mut flush = |line: &mut String| {
        indent(out, depth);
        out.push_str(format!("# {line}").trim_end());
        out.push('\n');
        line.clear();
    };
    for word in why.split(' ') {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > room {
            flush(&mut line);
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    flush(&mut line);
}

/// A reason on one line: no break that a reader knows, and nothing that cannot be printed.
fn one_line(why: &str) -> String {
    let clean: String =
        why.chars().map(|c| if c.is_control() || is_odd(c) { ' ' } else { c }).collect();
    clean.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use source::SourceMap;

    use super::*;
    use crate::tree::{list, map};

    const HOSTILE: &[&str] = &[
        "",
        "no",
        "NO",
        "y",
        "~",
        "null",
        "true",
        "1",
        "1e3",
        "0x1f",
        "1_000",
        ".5",
        "1:30",
        "12:30:45",
        ": ",
        "a: b",
        "a #b",
        "#",
        "- x",
        "-",
        "?",
        "!tag",
        "&a",
        "*a",
        "|",
        ">",
        "%",
        "@",
        "`",
        " leading",
        "trailing ",
        "line\nbreak",
        "crlf\r\n",
        "tab\tx",
        "\t",
        "nämé",
        "日本",
        "🦀",
        "\u{85}",
        "\u{2028}",
        "\u{feff}x",
        "\u{0}",
        "\u{7}",
        "\u{1b}[31m",
        "\"",
        "'",
        "it's",
        "\\n",
        "{{ .Values.x }}",
        "{a}",
        "[a]",
        "a,b",
        "2026-11-26",
        "---",
        "...",
        "a:",
        "http://x:80/y",
        "<<",
        "=",
        "\u{ffff}",
        "\u{10ffff}",
        "\u{200b}",
    ];

    fn read(text: &str) -> source::yaml::Node {
        let mut sources = SourceMap::default();
        let file = sources.add("x.yaml", text);
        let (mut documents, findings) = source::yaml::parse(&sources, file);
        assert!(findings.is_empty(), "{text:?}: {findings:?}");
        assert_eq!(documents.len(), 1, "{text:?}");
        documents.remove(0)
    }

    #[test]
    fn hostile_text_comes_back_as_it_was() {
        for &hostile in HOSTILE {
            let tree = map([
                ("value", Node::from(hostile).why("because\nof: \u{2028}#this")),
                ("items", list([hostile, "x"])),
                ("inside", map([(hostile, Node::from(1u32))])),
                ("last", Node::from("end")),
            ]);
            let node = read(&documents("head\n---\n", std::slice::from_ref(&tree)));
            let value = node.get("value").unwrap();
            assert_eq!(value.text(), Some(hostile));
            assert_eq!(node.get("items").unwrap().items()[0].text(), Some(hostile));
            assert_eq!(node.get("inside").unwrap().entries()[0].0.text(), Some(hostile));
            assert_eq!(node.get("last").unwrap().text(), Some("end"));
        }
    }

    #[test]
    fn plain_text_is_what_no_reader_takes_for_something_else() {
        for plain in ["nginx:1.27", "/healthz", "a.b-c_d", "registry:5000/x@sha256:abc"] {
            assert_eq!(text(plain), plain);
        }
        for quoted in ["yes", "Off", "1.27", "a:", "", "null"] {
            assert!(text(quoted).starts_with('"'), "{quoted}");
        }
    }

    #[test]
    fn reasons_stand_on_the_line_or_above_it() {
        let tree = map([
            ("a", Node::from(1u32).why("plan")),
            ("b", list([map([("c", Node::from(true).why("first in its item"))])]).why("a list")),
            ("d", Node::from("x").why("long ".repeat(30))),
            ("e", Node::empty()),
            ("f", Node::lines("one: 1\n  two\n\nthree").why("a block")),
        ]);
        let text = documents("", std::slice::from_ref(&tree));
        assert!(
            text.starts_with("a: 1 # plan\nb: # a list\n  - c: true # first in its item\n# long"),
            "{text}"
        );
        assert!(
            text.ends_with("e: {}\n# a block\nf: |-\n  one: 1\n    two\n\n  three\n"),
            "{text}"
        );
        assert_eq!(read(&text).get("f").unwrap().text(), Some("one: 1\n  two\n\nthree"));
    }
}

//! What the span tree makes of good, odd and hostile YAML.

use std::fmt::Write as _;

use super::*;
use crate::{Finding, SourceMap, Span};

struct Parsed {
    sources: SourceMap,
    documents: Vec<Node>,
    findings: Vec<Finding>,
}

fn parse_text(text: &str) -> Parsed {
    let mut sources = SourceMap::default();
    let (file, mut findings) = sources.read("a.yaml", text.as_bytes());
    let (documents, more) = parse(&sources, file);
    findings.extend(more);
    Parsed { sources, documents, findings }
}

impl Parsed {
    /// The only document, which must be without findings.
    fn clean(self) -> (SourceMap, Node) {
        assert_eq!(self.findings, []);
        let [document] = <[Node; 1]>::try_from(self.documents).expect("one document");
        (self.sources, document)
    }
    /// `line: message` for each finding.
    fn said(&self) -> Vec<String> {
        let line = |f: &Finding| f.labels.first().map_or(0, |l| self.sources.line_column(l.span).0);
        self.findings.iter().map(|f| format!("{} {}: {}", f.id, line(f), f.message)).collect()
    }
}

/// Every scalar with its source text and offset, so that a wrong span is seen at once.
fn outline(sources: &SourceMap, node: &Node) -> String {
    fn walk(sources: &SourceMap, node: &Node, out: &mut String) {
        match &node.value {
            Value::Scalar { text, .. } => {
                let _ = write!(out, "{text}@{}<{}> ", node.span.start, sources.text(node.span));
            }
            Value::Sequence(items) => items.iter().for_each(|item| walk(sources, item, out)),
            Value::Mapping(entries) => entries.iter().for_each(|(key, value)| {
                walk(sources, key, out);
                walk(sources, value, out);
            }),
        }
    }
    let mut out = String::new();
    walk(sources, node, &mut out);
    out.trim_end().to_owned()
}

#[test]
fn spans_count_bytes_and_not_characters() {
    let (sources, node) = parse_text("größe: 𝄞\n\"schlüssel\": 'wért' # ö\nlist: [ä, b]\n").clean();
    assert_eq!(
        outline(&sources, &node),
        "größe@0<größe> 𝄞@9<𝄞> schlüssel@14<\"schlüssel\"> wért@28<'wért'> list@41<list> ä@48<ä> b@52<b>"
    );
    assert_eq!(sources.text(node.get("list").unwrap().span), "[ä, b]");
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_change_nothing() {
    let (sources, node) = parse_text("\u{FEFF}a: 1\r\nb:\r\n  - x\r\n  - y\r\n").clean();
    assert_eq!(outline(&sources, &node), "a@0<a> 1@3<1> b@6<b> x@14<x> y@21<y>");
    assert_eq!(sources.line_column(node.get("b").unwrap().items()[1].span), (4, 5));
}

#[test]
fn a_tab_behind_a_value_is_white_space() {
    let (sources, node) = parse_text("a: 1\t\nb: x\t# note\n").clean();
    assert_eq!(outline(&sources, &node), "a@0<a> 1@3<1> b@6<b> x@9<x>");
}

#[test]
fn collections_end_at_their_last_part() {
    let (sources, node) =
        parse_text("a:\n  b:\n    - 1\n    - {c: 2}\n\nd: |\n  text\n  more\ne:\n").clean();
    assert_eq!(sources.text(node.get("a").unwrap().span), "b:\n    - 1\n    - {c: 2}");
    assert_eq!(node.get("d").unwrap().text(), Some("text\nmore\n"));
    assert!(node.get("e").unwrap().is_null());
    assert_eq!(sources.line_column(node.get("e").unwrap().span).0, 9);
}

#[test]
fn quoted_text_is_never_nothing() {
    let (_, node) = parse_text("a: ~\nb: null\nc:\nd: ''\ne: 'null'\n").clean();
    let null: Vec<bool> = node.entries().iter().map(|(_, value)| value.is_null()).collect();
    assert_eq!(null, [true, true, true, false, false]);
}

#[test]
fn tags_are_kept_as_written() {
    let (_, node) = parse_text("a: !Ref b\nc: !GetAtt [d, e]\nf: !!str 1\n").clean();
    let tags: Vec<_> = node.entries().iter().map(|(_, value)| value.tag.as_deref()).collect();
    assert_eq!(tags, [Some("!Ref"), Some("!GetAtt"), Some("tag:yaml.org,2002:str")]);
    let (sources, node) = parse_text("a: !Ref  b\n").clean();
    assert_eq!(outline(&sources, &node), "a@0<a> b@3<!Ref  b>", "the tag is a part of the place");
}

#[test]
fn json_is_read_as_well() {
    let (sources, node) = parse_text("{\n\t\"a\": {\"b\": [1, \"x\"]}\n}\n").clean();
    assert_eq!(outline(&sources, &node), "a@3<\"a\"> b@9<\"b\"> 1@15<1> x@18<\"x\">");
}

#[test]
fn aliases_know_where_they_are_written_and_where_they_are_used() {
    let (sources, node) = parse_text("base: &b {x: 1}\ncopy: *b\n").clean();
    let x = node.get("copy").unwrap().get("x").unwrap();
    assert_eq!((sources.text(x.span), sources.text(x.used_at.unwrap())), ("1", "*b"));
    let marked = x.mark(Finding::error(SYNTAX, "no"));
    let lines: Vec<_> = marked.labels.iter().map(|l| sources.line_column(l.span).0).collect();
    assert_eq!(lines, [1, 2]);
}

#[test]
fn merges_never_override_what_stands_there_and_the_first_source_wins() {
    let text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc:\n  <<: [*a, *b]\n  x: 0\nd: {'<<': 5}\n";
    let (sources, node) = parse_text(text).clean();
    let c = node.get("c").unwrap();
    let values: Vec<_> = ["x", "y", "z"].map(|key| c.get(key).unwrap().text().unwrap()).into();
    assert_eq!(values, ["0", "1", "2"]);
    assert_eq!(sources.text(c.get("z").unwrap().used_at.unwrap()), "*b");
    assert_eq!(node.get("d").unwrap().get("<<").unwrap().text(), Some("5"));
}

#[test]
fn of_two_equal_keys_the_last_one_counts() {
    let parsed = parse_text("a: 1\nb: 2\na: 3\n~: 4\n\"\": 5\n");
    assert_eq!(parsed.documents[0].get("a").unwrap().text(), Some("3"));
    assert_eq!(parsed.documents[0].entries().len(), 4);
    let labels: Vec<_> = parsed.findings[0].labels.iter().map(|l| l.span.start).collect();
    assert_eq!(labels, [10, 0]);
    let parsed = parse_text("~: 1\n~: 2\n~: 3\n[]: 4\n[]: 5\n");
    assert_eq!((parsed.documents[0].entries().len(), parsed.findings.len()), (3, 2));
}

#[test]
fn a_broken_document_does_not_take_the_others_with_it() {
    let parsed = parse_text("a: 1\n---\nb: [1, 2\n---\nc: 3\n---\n# nothing\n---\n{{ d }}: x\n");
    assert_eq!(parsed.documents.len(), 3, "{:?}", parsed.said());
    assert_eq!(parsed.documents[1].get("c").unwrap().text(), Some("3"));
    assert_eq!(parsed.said(), ["IN003 3: not valid YAML: unclosed bracket '['"]);
}

/// What is refused: the text, what is said about it, and how many documents are left.
#[test]
fn bad_text_is_refused_with_its_line() {
    let bomb = {
        let mut text = "l0: &l0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let alias = format!("*l{}, ", level - 1).repeat(10);
            let _ = writeln!(text, "l{level}: &l{level} [{alias}]");
        }
        text
    };
    let cases: Vec<(String, &[&str], usize)> = vec![
        (String::new(), &[], 0),
        ("# nothing here\n".into(), &[], 0),
        ("a: 1\na: 2\n".into(), &["IN005 2: `a` stands twice in one mapping"], 1),
        ("a: *nobody\nb: 1\n".into(), &["IN006 1: `*nobody` names no anchor of this document"], 1),
        ("a: &a [1, *a]\n".into(), &["IN006 1: an alias stands inside the value it names"], 1),
        ("a: {<<: 5}\n".into(), &["IN006 1: `<<` merges mappings, and this is text"], 1),
        ("[".repeat(100_000), &["IN004 1: nested more than 100 levels deep"], 0),
        ("- ".repeat(100_000), &["IN004 1: nested more than 100 levels deep"], 0),
        ("a: 1\nb: [\nc".into(), &["IN003 2: not valid YAML: unclosed bracket '['"], 0),
        (
            "a:\n\tb: 1\n".into(),
            &["IN003 2: not valid YAML: tabs disallowed within this context (block indentation)"],
            0,
        ),
        (
            "a: b: c\n".into(),
            &["IN003 1: not valid YAML: mapping values are not allowed in this context"],
            0,
        ),
        ("a: \"x\n".into(), &["IN003 1: not valid YAML: unclosed quote"], 0),
        (
            "a: 1\0\nb: 2\n".into(),
            &[
                "IN001 1: `a.yaml` holds a zero byte at offset 4",
                "IN003 1: not valid YAML: unexpected character: `\\u{0}'",
            ],
            0,
        ),
        (bomb, &["IN004 5: aliases add more than 100000 values to this file"], 1),
        (
            "x, ".repeat(NODES_MAX + 1).replacen('x', "[x", 1),
            &["IN004 1: more than 1000000 values in one file"],
            0,
        ),
    ];
    for (text, expected, documents) in cases {
        let parsed = parse_text(&text);
        let start: String = text.chars().take(40).collect();
        assert_eq!(parsed.said(), expected, "{start}");
        assert_eq!(parsed.documents.len(), documents, "{start}");
    }
}

#[test]
fn a_thousand_broken_documents_are_not_a_thousand_findings() {
    let parsed = parse_text(&"a: [\n---\n".repeat(1000));
    assert_eq!(parsed.findings.len(), FINDINGS_MAX + 1);
}

#[test]
fn a_template_gets_a_remedy() {
    let parsed = parse_text("a:\n  {{ .Values.x }}\nb: 1\n");
    assert!(
        parsed.findings.is_empty()
            || parsed.findings[0].hint.as_deref().unwrap().contains("template")
    );
    let parsed = parse_text("a: {{config_data}} more\n");
    assert!(
        parsed.findings[0].hint.as_deref().unwrap().contains("template"),
        "{:?}",
        parsed.said()
    );
}

#[test]
fn spans_stay_inside_the_text() {
    let seeds = [
        "a: &x [1, {b: c}]\n<<: *x\n",
        "- |\n  ä\n- >-\n  b\n",
        "? [k]\n: 'v'\n",
        "%YAML 1.2\n--- !t\n\"q\\u00e4\"\n...\n",
    ];
    for seed in seeds {
        for cut in 0..=seed.len() {
            for insert in ["", "\t", "\u{FEFF}", "*", "\"", "é", "\0", "---\n"] {
                let mut bytes = seed.as_bytes().to_vec();
                bytes.splice(cut..cut, insert.bytes());
                let mut sources = SourceMap::default();
                let (file, _) = sources.read("a.yaml", &bytes);
                let (documents, findings) = parse(&sources, file);
                let len = sources.file(file).text.len();
                let inside = |span: Span| assert!(span.end <= len, "{span:?} in {bytes:?}");
                findings.iter().flat_map(|f| &f.labels).for_each(|l| inside(l.span));
                for document in &documents {
                    inside(document.span);
                }
            }
        }
    }
}

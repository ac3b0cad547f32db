//! The schema against the files it describes.

use serde_json::{Map, Value, json};
use source::SourceMap;
use source::yaml::{self, Node};

use super::schema;
use super::tests::{EVERY_KEY, scenarios};

/// The small part of JSON Schema that ours uses; `Err` says where it does not hold.
fn check(value: &Value, rule: &Value, root: &Value, at: &str) -> Result<(), String> {
    let fail = |what: &str| Err(format!("{at}: {what}"));
    if let Some(target) = rule["$ref"].as_str() {
        let name = target.trim_start_matches("#/$defs/");
        check(value, &root["$defs"][name], root, at)?;
    }
    if let Some(options) = rule["anyOf"].as_array() {
        let all: Vec<_> = options.iter().map(|option| check(value, option, root, at)).collect();
        if !all.iter().any(Result::is_ok) {
            return Err(all.into_iter().filter_map(Result::err).collect::<Vec<_>>().join(" or "));
        }
    }
    if let Some(names) = rule["enum"].as_array()
        && !names.contains(value)
    {
        return fail("not one of the names");
    }
    let kind = match value {
        Value::Object(_) => "object",
        Value::Array(_) => "array",
        Value::String(_) => "string",
        Value::Number(_) => "number",
        Value::Bool(_) => "boolean",
        Value::Null => "null",
    };
    let types: Vec<&str> = match &rule["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => vec![kind],
    };
    if !types.contains(&kind) {
        return fail(&format!("{kind} instead of {types:?}"));
    }
    if let (Value::Array(items), false) = (value, rule["items"].is_null()) {
        items.iter().try_for_each(|item| check(item, &rule["items"], root, at))?;
    }
    let Value::Object(entries) = value else { return Ok(()) };
    for name in rule["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !entries.contains_key(name) {
            return fail(&format!("no {name}"));
        }
    }
    for (key, value) in entries {
        let at = format!("{at}/{key}");
        let percentile =
            key.starts_with('p') && rule["patternProperties"]["^p[0-9.]+$"].is_object();
        if rule["properties"][key].is_object() {
            check(value, &rule["properties"][key], root, &at)?;
        } else if rule["additionalProperties"].is_object() {
            check(value, &rule["additionalProperties"], root, &at)?;
        } else if rule["additionalProperties"] == json!(false)
            && !key.starts_with("x-")
            && !percentile
        {
            return Err(format!("{at}: not a key"));
        }
    }
    Ok(())
}

/// A file as a YAML language server sees it: plain scalars have types.
fn as_json(node: &Node) -> Value {
    match &node.value {
        yaml::Value::Mapping(entries) => {
            let pairs =
                entries.iter().map(|(k, v)| (k.text().unwrap_or("").to_owned(), as_json(v)));
            Value::Object(pairs.collect::<Map<_, _>>())
        }
        yaml::Value::Sequence(items) => Value::Array(items.iter().map(as_json).collect()),
        yaml::Value::Scalar { text, quoted: false } if text == "true" || text == "false" => {
            json!(text == "true")
        }
        yaml::Value::Scalar { text, quoted: false } if text.parse::<f64>().is_ok() => {
            json!(text.parse::<f64>().unwrap())
        }
        yaml::Value::Scalar { text, .. } => json!(text),
    }
}

fn document(text: &str) -> Value {
    let mut sources = SourceMap::default();
    let file = sources.add("a.yaml", text);
    let (documents, findings) = yaml::parse(&sources, file);
    assert_eq!(findings, []);
    as_json(&documents[0])
}

fn root() -> Value {
    serde_json::from_str(&schema()).expect("JSON")
}

#[test]
fn every_good_file_fits_the_schema() {
    let root = root();
    let mut texts = scenarios();
    texts.push(("every key".into(), EVERY_KEY.to_owned()));
    texts.push(("template".into(), super::template("shop")));
    for (path, text) in texts {
        assert_eq!(check(&document(&text), &root, &root, ""), Ok(()), "{}", path.display());
    }
}

#[test]
fn the_schema_refuses_what_the_reader_refuses() {
    let root = root();
    for (text, at) in [
        ("name: a\n", ": no components"),
        ("components: { a: { kind: htttp } }", "/components/a/kind: not one of the names"),
        ("components: { a: { kind: http, memroy: 1 GB } }", "/components/a/memroy: not a key"),
        (
            "components: { a: { kind: http, memory: 512 } }",
            "/components/a/memory: number instead of [\"string\"]",
        ),
        (
            "components: { a: { kind: http, slo: { p99: 1 s, q: 1 s } } }",
            "/components/a/slo/q: not a key",
        ),
        ("components: { a: { memory: 1 GB } }", "/components/a: no kind"),
    ] {
        assert_eq!(check(&document(text), &root, &root, ""), Err(at.to_owned()), "{text}");
    }
}

#[test]
fn every_property_is_described_and_the_bytes_are_stable() {
    fn properties(value: &Value, seen: &mut usize) {
        if let Some(all) = value["properties"].as_object() {
            for (name, property) in all {
                assert!(
                    property["description"].as_str().is_some_and(|text| text.len() > 20),
                    "{name}"
                );
                *seen += 1;
            }
        }
        value.as_object().into_iter().flatten().for_each(|(_, inner)| properties(inner, seen));
    }
    let mut seen = 0;
    properties(&root(), &mut seen);
    assert!(seen > 70, "{seen}");
    assert_eq!(schema(), schema());
}

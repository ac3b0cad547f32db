//! The JSON Schema of `crossover.yaml`, made from the table of keys.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::keys::{COMPONENT, Holds, Key, ROOT, SHAPE, SLO, STEPS, Section};

/// The schema as pretty JSON with a final line end; the same bytes every time.
pub fn schema() -> String {
    let mut definitions = BTreeMap::new();
    let root = section(&ROOT, &mut definitions);
    let mut whole = Map::new();
    whole.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
    whole.insert("title".into(), json!("crossover.yaml"));
    whole.insert(
        "description".into(),
        json!("An application, its load, and what it needs: the input of `crossover plan`."),
    );
    if let Value::Object(root) = root {
        whole.extend(root);
    }
    whole.insert("$defs".into(), Value::Object(definitions.into_iter().collect()));
    let mut text = serde_json::to_string_pretty(&Value::Object(whole)).unwrap_or_default();
    text.push('\n');
    text
}

type Definitions = BTreeMap<String, Value>;

/// A mapping with exactly these keys, and `x-…` for anchors.
fn section(section: &'static Section, definitions: &mut Definitions) -> Value {
    let mut properties = Map::new();
    for key in section.keys {
        properties.insert(key.name.into(), property(key, definitions));
    }
    let required: &[&str] = match section.schema {
        "application" => &["components"],
        "component" => &["kind"],
        "distribution" => &["p50", "p99"],
        "team" => &["kubernetes", "hourly"],
        "call" => &["to"],
        "steps" => &["count"],
        "container" => &["name"],
        "mount" => &["mount"],
        _ => &[],
    };
    let mut patterns = Map::from_iter([("^x-".to_owned(), json!({}))]);
    if std::ptr::eq(section, &raw const SLO) {
        let about = "Share of the requests, in per cent, that must be answered within this.";
        patterns.insert("^p[0-9.]+$".into(), json!({ "type": "string", "description": about }));
    }
    json!({
        "type": "object",
        "properties": properties,
        "patternProperties": patterns,
        "additionalProperties": false,
        "required": required,
    })
}

/// A reference to a section's definition, which is made on first use.
fn reference(of: &'static Section, definitions: &mut Definitions) -> Value {
    if !definitions.contains_key(of.schema) {
        definitions.insert(of.schema.to_owned(), Value::Null);
        let value = section(of, definitions);
        definitions.insert(of.schema.to_owned(), value);
    }
    json!({ "$ref": format!("#/$defs/{}", of.schema) })
}

fn property(key: &'static Key, definitions: &mut Definitions) -> Value {
    let one_or_more =
        |item: Value| json!({ "anyOf": [item.clone(), { "type": "array", "items": item }] });
    let text = || json!({ "type": "string" });
    let scalar = || json!({ "type": ["string", "number"] });
    let value = match key.holds {
        Holds::Text | Holds::Quantity => text(),
        Holds::Number => scalar(),
        Holds::Flag => json!({ "type": "boolean" }),
        Holds::OneOf(names) => json!({ "enum": names() }),
        Holds::SomeOf(names) => one_or_more(json!({ "enum": names() })),
        Holds::Texts => one_or_more(text()),
        Holds::Mapping(section) => reference(section, definitions),
        Holds::QuantityOr(section) if std::ptr::eq(section, &raw const STEPS) => {
            json!({ "anyOf": [scalar(), reference(section, definitions)] })
        }
        Holds::QuantityOr(section) => json!({ "anyOf": [text(), reference(section, definitions)] }),
        Holds::Components => json!({
            "type": "object",
            "minProperties": 1,
            "additionalProperties": reference(&COMPONENT, definitions),
        }),
        Holds::Slo => reference(&SLO, definitions),
        Holds::Shapes => {
            let names = json!({ "enum": ["flat", "day-night", "weekly"] });
            one_or_more(json!({ "anyOf": [names, reference(&SHAPE, definitions)] }))
        }
        Holds::List(section) => one_or_more(reference(section, definitions)),
        Holds::TextsOr(section) => {
            one_or_more(json!({ "anyOf": [text(), reference(section, definitions)] }))
        }
    };
    let mut object = Map::new();
    object.insert("description".into(), json!(format!("{} Example: {}", key.about, key.example)));
    if let Value::Object(value) = value {
        object.extend(value);
    }
    Value::Object(object)
}

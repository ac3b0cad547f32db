//! The JSON against its published schema, and against the bytes of last time.

use serde_json::Value;

use super::*;
use crate::sample;

#[test]
fn the_shape_is_stable() {
    let (mut plan, sources) = sample::decision();
    // The curves are long; two points of each show their shape.
    plan.charts.cost.truncate(1);
    plan.charts.cost[0].points.truncate(2);
    plan.charts.latency.truncate(1);
    plan.charts.latency[0].points.truncate(2);
    plan.charts.day.truncate(1);
    plan.charts.day[0].requests.truncate(2);
    plan.charts.day[0].instances.truncate(2);
    plan.charts.day[0].cold_starts.truncate(2);
    insta::assert_snapshot!(decision(&plan, &sources));
}

#[test]
fn every_answer_conforms_to_the_published_schema() {
    let schema: Value = serde_json::from_str(&plan_schema()).unwrap();
    for (plan, sources) in [sample::decision(), sample::infeasible()] {
        let value: Value = serde_json::from_str(&decision(&plan, &sources)).unwrap();
        let mut faults = Vec::new();
        check(&schema, &schema, &value, "$", &mut faults);
        assert!(faults.is_empty(), "{faults:#?}");
    }
}

#[test]
fn the_check_finds_what_does_not_conform() {
    let schema: Value = serde_json::from_str(&plan_schema()).unwrap();
    let (plan, sources) = sample::decision();
    let good: Value = serde_json::from_str(&decision(&plan, &sources)).unwrap();
    let spoils: [(&str, Spoil); 6] = [
        ("$.schema", |v| v["schema"] = "crossover.plan/v2".into()),
        ("$.answer.verdict", |v| v["answer"]["verdict"] = "cloud".into()),
        ("$.answer.cost_month", |v| v["answer"]["cost_month"]["low"] = 98.2.into()),
        ("$.app.requests_month", |v| v["app"]["requests_month"] = (-1).into()),
        ("$.flips", |v| v["flips"] = Value::Null),
        ("$.app", |v| drop(v["app"].as_object_mut().unwrap().remove("name"))),
    ];
    for (place, spoil) in spoils {
        let mut bad = good.clone();
        spoil(&mut bad);
        let mut faults = Vec::new();
        check(&schema, &schema, &bad, "$", &mut faults);
        assert!(faults.iter().any(|f| f.starts_with(place)), "{place}: {faults:?}");
    }
}

#[test]
fn same_answer_same_bytes() {
    let once = sample::decision();
    let again = sample::decision();
    assert_eq!(decision(&once.0, &once.1), decision(&again.0, &again.1));
}

type Spoil = fn(&mut Value);

/// The part of JSON Schema that schemars writes for plain types; an unknown keyword is a fault, so that this
/// cannot silently check less than the schema says.
fn check(root: &Value, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    if let Some(allowed) = schema.as_bool() {
        if !allowed {
            faults.push(format!("{at}: nothing is allowed"));
        }
        return;
    }
    for (keyword, rule) in schema.as_object().unwrap() {
        let fine = match keyword.as_str() {
            "$schema" | "title" | "description" | "$defs" | "format" | "properties" | "items" => {
                true
            }
            "$ref" => {
                let path = rule.as_str().unwrap().trim_start_matches('#');
                check(root, root.pointer(path).unwrap(), value, at, faults);
                true
            }
            "anyOf" | "oneOf" => rule.as_array().unwrap().iter().any(|s| conforms(root, s, value)),
            "enum" => rule.as_array().unwrap().contains(value),
            "const" => rule == value,
            "minimum" => value.as_f64().is_none_or(|v| v >= rule.as_f64().unwrap()),
            "maximum" => value.as_f64().is_none_or(|v| v <= rule.as_f64().unwrap()),
            "pattern" => value.as_str().is_none_or(|v| matches_pattern(rule.as_str().unwrap(), v)),
            "type" => is_type(rule, value),
            "required" => {
                rule.as_array().unwrap().iter().all(|k| value.get(k.as_str().unwrap()).is_some())
            }
            _ => panic!("{at}: this test does not know the keyword {keyword}"),
        };
        if !fine {
            faults.push(format!("{at}: {keyword} {rule}"));
        }
    }
    if let (Some(properties), Some(object)) = (schema.get("properties"), value.as_object()) {
        for (key, inner) in object {
            match properties.get(key) {
                Some(rule) => check(root, rule, inner, &format!("{at}.{key}"), faults),
                None => faults.push(format!("{at}.{key}: not in the schema")),
            }
        }
    }
    if let (Some(items), Some(array)) = (schema.get("items"), value.as_array()) {
        for (i, inner) in array.iter().enumerate() {
            check(root, items, inner, &format!("{at}[{i}]"), faults);
        }
    }
}

fn conforms(root: &Value, schema: &Value, value: &Value) -> bool {
    let mut faults = Vec::new();
    check(root, schema, value, "", &mut faults);
    faults.is_empty()
}

fn is_type(rule: &Value, value: &Value) -> bool {
    if let Some(several) = rule.as_array() {
        return several.iter().any(|one| is_type(one, value));
    }
    match rule.as_str().unwrap() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_u64() || value.is_i64(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("unknown type {other}"),
    }
}

/// The three patterns of the schema.
fn matches_pattern(pattern: &str, text: &str) -> bool {
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    match pattern {
        r"^crossover\.plan/v1$" => text == PLAN_SCHEMA,
        r"^-?[0-9]+\.[0-9]{2,12}$" => text
            .trim_start_matches('-')
            .split_once('.')
            .is_some_and(|(a, b)| digits(a) && digits(b) && (2..=12).contains(&b.len())),
        r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$" => {
            text.len() == 10
                && text.split('-').map(str::len).eq([4, 2, 2])
                && digits(&text.replace('-', ""))
        }
        other => panic!("unknown pattern {other}"),
    }
}

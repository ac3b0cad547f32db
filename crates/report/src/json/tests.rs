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

#[test]
fn a_saved_plan_has_the_sizes_it_was_saved_with() {
    use model::*;
    use units::{Bytes, Millicores};
    let (mut plan, sources) = sample::decision();
    let one = plan.placements[0].clone();
    let function = |warm_hours, workflow| {
        Settings::Function(FunctionSettings {
            memory: Bytes::from_mib(512),
            architecture: Architecture::Arm,
            front_door: FrontDoor::FunctionUrl,
            provisioned: 3,
            warm_hours,
            snap_start: true,
            scratch: Bytes::from_mib(512),
            workflow,
        })
    };
    let pod = |target| {
        Settings::Pod(PodSettings {
            cpu_request: Millicores::new(350),
            memory: Bytes::from_mib(300),
            architecture: Architecture::X86,
            min: 2,
            max: u32::MAX,
            target,
            front_door: FrontDoor::Balancer,
            volume: Bytes::ZERO,
            spill: None,
        })
    };
    let task = Settings::Task(TaskSettings {
        cpu: Millicores::new(500),
        memory: Bytes::from_gib(1),
        architecture: Architecture::Arm,
        front_door: FrontDoor::Alb,
        min: 2,
        warm_hours: Some(WarmHours::new(6, 1, 23, 2)),
        target_percent: 60,
        spot: true,
        scratch: Bytes::from_gib(21),
    });
    let instance = Settings::Instance(InstanceSettings {
        cpu: Millicores::new(2000),
        memory: Bytes::from_gib(4),
        architecture: Architecture::X86,
        concurrency: 80,
        min: 1,
        warm_hours: Some(WarmHours::new(0, 5, 7, 13)),
        rate_each: Some(12),
        billing: Billing::OpenSessions,
        front_door: FrontDoor::PubSub,
    });
    let to = Configuration {
        platform: PlatformId("gcp/cloud-run"),
        settings: instance.clone(),
        label: "2 vCPU".to_owned(),
    };
    let proxy = Beside { cpu: Millicores::new(50), memory: Bytes::from_mib(64) };
    let spill = Spill { in_flight: 16, proxy, to: Box::new(to) };
    let mut split_pod = pod(PodTarget::Fixed);
    if let Settings::Pod(pod) = &mut split_pod {
        pod.spill = Some(Spill { in_flight: 7, ..spill.clone() });
    }
    let server = Settings::Server(ServerSettings {
        cpu: Millicores::new(1500),
        memory: Bytes::from_gib(2),
        architecture: Architecture::Arm,
        front_door: FrontDoor::Dns,
        copies: 3,
        min: 2,
        volume: Bytes::from_gib(20),
        spill: Some(spill),
    });
    let managed = Settings::Managed(ManagedSettings {
        engine: Engine::KeyValue,
        size: "db.t4g.medium".to_owned(),
        storage: Bytes::from_gib(50),
        zones: 2,
    });
    let mut all = vec![
        function(None, None),
        function(Some(WarmHours::new(5, 3, 20, 24)), Some(Workflow::Express)),
        function(Some(WarmHours::new(0, 7, 22, 6)), Some(Workflow::Durable)),
        pod(PodTarget::CpuPercent(65)),
        pod(PodTarget::Concurrency(12)),
        pod(PodTarget::Knative { target: 28, queue_proxy: Millicores::new(25) }),
        pod(PodTarget::Fixed),
        split_pod,
        task,
        instance,
        server,
        managed,
    ];
    plan.placements = all
        .drain(..)
        .enumerate()
        .map(|(number, configured)| Placement {
            component: format!("c{number}"),
            configured,
            machines: (number % 2 == 0).then(|| MachinePool {
                instance: "t4g.xlarge".to_owned(),
                min: 1,
                max: 3,
                pool: number as u32,
            }),
            copies_most: (number % 3 == 0).then_some(7),
            ..one.clone()
        })
        .collect();
    let known = |name: &str| {
        let all = [one.platform, PlatformId("gcp/cloud-run")];
        all.into_iter().find(|id| id.0 == name)
    };
    let text = decision(&plan, &sources);
    let back = saved(&text, &known).unwrap().unwrap();
    assert_eq!((back.tool, back.seed), (plan.provenance.tool, plan.provenance.seed));
    assert_eq!(back.placements.len(), plan.placements.len());
    for (read, written) in back.placements.iter().zip(&plan.placements) {
        assert_eq!(read.configured, written.configured);
        assert_eq!(read.machines, written.machines);
        assert_eq!(
            (&read.component, read.platform, &read.region, &read.config, read.copies_most),
            (
                &written.component,
                written.platform,
                &written.region,
                &written.config,
                written.copies_most
            )
        );
    }
    // What an earlier version saved has no sizes, and what somebody broke is told.
    let mut older: Value = serde_json::from_str(&text).unwrap();
    drop(older["answer"]["placements"][0].as_object_mut().unwrap().remove("sizes"));
    assert_eq!(saved(&older.to_string(), &known), Ok(None));
    for (from, to, what) in [
        (one.platform.0, "kubernetes/mars", "there is no platform `kubernetes/mars`"),
        ("\"first_day\": 5", "\"first_day\": 7", "the sizes of `c1` are none that a plan has"),
        ("crossover.plan/v1", "crossover.plan/v9", "it is `crossover.plan/v9`"),
        ("\"durable\"", "\"durible\"", "unknown variant `durible`"),
    ] {
        let error = saved(&text.replace(from, to), &known).unwrap_err();
        assert!(error.contains(what), "{error}");
    }
}

//! The worked bills of `catalog/examples`, each computed through the functions that bill a plan.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use model::{Architecture, Invoice, PlatformId, Runtime};
use serde::Deserialize;
use source::{SourceMap, Span};
use units::{Bytes, Duration, Millicores, Money, Quantity};

use crate::billing::{GB, GB_SECOND_MB_MS, Lines, Use};
use crate::billing_scene::{Scene, component, known};
use crate::front_door::{self, Targets};
use crate::usage::{
    Flow, FunctionUsage, InstanceUsage, ManagedUsage, PodUsage, Replicas, TaskUsage, Usage,
};
use model::{
    Billing, FrontDoor, FunctionSettings, InstanceSettings, ManagedSettings, PodSettings,
    PodTarget, Settings,
};

const TODAY: &str = "2026-11-23";
const BILL: PlatformId = PlatformId("example");
/// Quantities in examples have at most six decimals.
const MICRO: u128 = 1_000_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    example: Vec<Example>,
}

/// One worked bill: whatever it holds is added up.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    id: String,
    source: String,
    #[serde(default, rename = "note")]
    _note: String,
    region: Option<String>,
    on: Option<String>,
    zones: Option<u8>,
    #[serde(default)]
    free_tier: bool,
    /// By service, in per cent.
    #[serde(default)]
    discounts: BTreeMap<String, f64>,
    expected: f64,
    tolerance: f64,
    published_wrong: Option<f64>,
    #[serde(default)]
    function: Vec<Function>,
    #[serde(default)]
    task: Vec<Task>,
    #[serde(default)]
    instance: Vec<Instances>,
    #[serde(default)]
    cluster: Vec<Cluster>,
    #[serde(default)]
    door: Vec<Door>,
    account: Option<Account>,
    #[serde(default)]
    line: Vec<Line>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Function {
    #[serde(default)]
    architecture: Option<String>,
    #[serde(default)]
    runtime: Option<String>,
    memory_mb: u64,
    requests: u64,
    #[serde(default)]
    duration_ms: u64,
    gb_seconds: Option<f64>,
    #[serde(default)]
    ephemeral_mb: u64,
    #[serde(default)]
    snapshot_s: u64,
    #[serde(default)]
    restores: u64,
    #[serde(default)]
    provisioned: u32,
    #[serde(default)]
    provisioned_hours: u64,
    #[serde(default)]
    provisioned_requests: u64,
    #[serde(default)]
    cold_starts: u64,
    #[serde(default)]
    init_ms: u64,
    front_door: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Task {
    #[serde(default)]
    architecture: Option<String>,
    #[serde(default)]
    spot: bool,
    vcpu: f64,
    memory_gb: f64,
    #[serde(default)]
    storage_gb: f64,
    hours: f64,
}

/// Instances of a managed service with their time.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Instances {
    platform: String,
    #[serde(default)]
    billing: Option<String>,
    #[serde(default)]
    architecture: Option<String>,
    vcpu: f64,
    memory_gb: f64,
    #[serde(default)]
    cpu_ms: u64,
    #[serde(default)]
    active_s: u64,
    #[serde(default)]
    lives_hours: u64,
    #[serde(default)]
    idle_min_hours: u64,
    /// Environments all month, where machines are billed.
    #[serde(default)]
    environments: u32,
    #[serde(default)]
    requests: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cluster {
    node: String,
    nodes: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Door {
    kind: String,
    #[serde(default)]
    requests: u64,
    #[serde(default)]
    payload_kb: u64,
    #[serde(default)]
    messages: u64,
    #[serde(default)]
    connection_minutes: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "the unit is a part of the key")]
struct Account {
    #[serde(default)]
    egress_gb: u64,
    #[serde(default)]
    logs_gb: u64,
    #[serde(default)]
    internal_gb: u64,
}

/// Any dimension of any service.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    service: String,
    dimension: String,
    quantity: f64,
    /// The allowance that comes off, where the free tier is there.
    free: Option<String>,
    /// For a price that is a share of an instance's: which one.
    fraction_of: Option<String>,
}

#[test]
fn every_worked_bill_comes_out() {
    let examples = examples();
    let mut failures = Vec::new();
    for example in &examples {
        let got = total(example).dollars();
        if (got - example.expected).abs() > example.tolerance {
            failures.push(format!("{}: {got:.4}, not {}", example.id, example.expected));
        }
        if example.published_wrong.is_some_and(|wrong| (got - wrong).abs() <= 1.0) {
            failures.push(format!("{}: meets the figure that is wrong", example.id));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(examples.len() >= 88, "{}", examples.len());
}

#[test]
fn every_example_has_a_source_and_a_name_of_its_own() {
    let examples = examples();
    let ids: BTreeSet<&str> = examples.iter().map(|example| example.id.as_str()).collect();
    assert_eq!(ids.len(), examples.len());
    assert!(examples.iter().all(|example| example.source.len() > 10 && example.tolerance <= 1.0));
    // The two published figures that their own inputs do not give.
    assert_eq!(examples.iter().filter(|e| e.published_wrong.is_some()).count(), 2);
}

#[expect(clippy::disallowed_methods, reason = "tests read examples from disk")]
fn examples() -> Vec<Example> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalog/examples");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    let mut examples = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        let file: File =
            toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        examples.extend(file.example);
    }
    examples
}

fn total(example: &Example) -> Money {
    let mut sum = lambda(example) + doors(example) + account(example) + lines(example);
    for task in &example.task {
        sum += fargate(example, task);
    }
    for part in &example.instance {
        sum += instances(example, part);
    }
    for cluster in &example.cluster {
        sum += eks(example, cluster);
    }
    sum
}

fn scene(example: &Example) -> Scene {
    let mut scene = Scene::new(example.on.as_deref().unwrap_or(TODAY));
    let region = example.region.as_deref().unwrap_or("us-east-1");
    let whole = region.contains('/');
    scene.region(&if whole { region.to_owned() } else { format!("aws/{region}") });
    scene.app.availability.zones = known(example.zones.unwrap_or(1));
    if example.free_tier {
        scene.free_tier();
    }
    for (service, percent) in &example.discounts {
        scene.discount(service, *percent);
    }
    scene
}

fn architecture(name: Option<&str>) -> Architecture {
    match name {
        None | Some("x86") => Architecture::X86,
        Some("arm") => Architecture::Arm,
        Some(other) => panic!("architecture {other}"),
    }
}

fn door(name: &str) -> FrontDoor {
    match name {
        "http-api" => FrontDoor::HttpApi,
        "rest-api" => FrontDoor::RestApi,
        "websocket-api" => FrontDoor::WebSocketApi,
        "function-url" => FrontDoor::FunctionUrl,
        "load-balancer" => FrontDoor::Alb,
        "network-load-balancer" => FrontDoor::Nlb,
        "queue" => FrontDoor::Queue,
        other => panic!("front door {other}"),
    }
}

fn lambda(example: &Example) -> Money {
    let mut scene = scene(example);
    let limit = scene.site().prices.limit("aws-lambda", "tmp.range").unwrap().value.clone();
    let catalog::LimitValue::Range(free_mb, _) = limit else { panic!("a range: {limit:?}") };
    for (at, function) in example.function.iter().enumerate() {
        let mut part = component(&format!("f{at}"));
        if let Some(runtime) = &function.runtime {
            part.runtime = known(Runtime(runtime.clone()));
        }
        let settings = FunctionSettings {
            memory: Bytes::from_mib(function.memory_mb),
            architecture: architecture(function.architecture.as_deref()),
            front_door: function.front_door.as_deref().map_or(FrontDoor::None, door),
            provisioned: function.provisioned,
            warm_hours: None,
            snap_start: function.snapshot_s > 0,
            scratch: Bytes::from_mib(function.ephemeral_mb),
            workflow: None,
        };
        let usage = function_usage(function, free_mb as u64);
        scene.place(part, Settings::Function(settings), Usage::Function(usage));
    }
    let lambda = crate::by_id(PlatformId("aws/lambda")).expect("a platform");
    lambda.bill(&scene.members(), &scene.site()).unwrap().total()
}

fn function_usage(function: &Function, scratch_free_mb: u64) -> FunctionUsage {
    let (memory, calls) = (u128::from(function.memory_mb), u128::from(function.requests));
    let duration = u128::from(function.duration_ms);
    let scratch = u128::from(function.ephemeral_mb.saturating_sub(scratch_free_mb));
    let kept_ms = u128::from(function.provisioned_hours) * 3_600_000;
    FunctionUsage {
        steps: crate::usage::StepUsage::default(),
        requests: function.requests,
        run_mb_ms: function.gb_seconds.map_or(calls * duration * memory, |gb_s| {
            (gb_s * GB_SECOND_MB_MS as f64).round() as u128
        }),
        init_mb_ms: u128::from(function.cold_starts * function.init_ms) * memory,
        provisioned_run_mb_ms: u128::from(function.provisioned_requests) * duration * memory,
        provisioned_mb_ms: u128::from(function.provisioned) * kept_ms * memory,
        restored_mb: u128::from(function.restores) * memory,
        snapshot_mb_ms: u128::from(function.snapshot_s) * 1000 * memory,
        scratch_mb_ms: calls * duration * scratch,
        peak_concurrency: 0,
        flow: Flow { requests: function.requests, ..Flow::default() },
    }
}

/// Instances, through the bill of their platform.
fn instances(example: &Example, part: &Instances) -> Money {
    let mut scene = scene(example);
    let platform = crate::ALL.iter().find(|p| p.id().0 == part.platform).expect("a platform");
    let settings = InstanceSettings {
        cpu: Millicores::new((part.vcpu * 1000.0).round() as u64),
        memory: Bytes::from_mib((part.memory_gb * 1024.0).round() as u64),
        architecture: architecture(part.architecture.as_deref()),
        concurrency: 1,
        min: u32::from(part.idle_min_hours > 0),
        warm_hours: None,
        rate_each: None,
        billing: match part.billing.as_deref() {
            None => Billing::Requests,
            Some("instances") => Billing::Instances,
            Some("cpu") => Billing::Cpu,
            Some("machines") => Billing::Machines,
            Some(other) => panic!("billing {other}"),
        },
        front_door: FrontDoor::None,
    };
    let hours = |hours: u64| u128::from(hours) * 3_600_000;
    let flow = Flow { requests: part.requests, ..Flow::default() };
    let usage = InstanceUsage {
        snapshots: crate::usage::SnapshotUsage::default(),
        cpu_ms: part.cpu_ms.into(),
        requests: part.requests,
        active_ms: u128::from(part.active_s) * 1000,
        idle_min_ms: hours(part.idle_min_hours),
        lives_ms: hours(part.lives_hours),
        peak_instances: 1,
        flow,
    };
    let usage = if settings.billing == Billing::Machines {
        let replicas = Replicas {
            step: Duration::HOUR,
            counts: vec![part.environments; 24],
            memory: settings.memory,
            cpu_millicores: settings.cpu.get(),
        };
        Usage::Task(TaskUsage { task_ms: 0, replicas, flow })
    } else {
        Usage::Instance(usage)
    };
    scene.place(component("a"), Settings::Instance(settings), usage);
    platform.bill(&scene.members(), &scene.site()).unwrap().total()
}

/// Tasks at the rows that a Fargate bill is made from.
fn fargate(example: &Example, task: &Task) -> Money {
    let scene = scene(example);
    let site = scene.site();
    let free_gb = site.prices.limit_number("aws-fargate", "storage.free").unwrap();
    let name = architecture(task.architecture.as_deref()).name();
    let service = if task.spot { "aws/fargate-spot" } else { "aws/fargate" };
    let mut lines = Lines::new(BILL, &site);
    let milli = Millicores::new((task.vcpu * 1000.0).round() as u64).get() as f64 / 1000.0;
    for (service, dimension, quantity) in [
        (service, format!("vcpu_{name}"), milli * task.hours),
        (service, format!("memory_{name}"), task.memory_gb * task.hours),
        (
            "aws/fargate",
            "ephemeral_storage".to_owned(),
            (task.storage_gb - free_gb).max(0.0) * task.hours,
        ),
    ] {
        lines.add(service, &dimension, dimension.clone(), None, exact(quantity)).unwrap();
    }
    lines.finish().total()
}

/// A control plane and its nodes, and nothing else: the bill of a cluster with the rest assumed away.
fn eks(example: &Example, cluster: &Cluster) -> Money {
    let mut scene = scene(example);
    let span = Span::new(SourceMap::default().add("example", ""), 0, 0);
    let assume = &mut scene.app.assume;
    assume.node = Some((cluster.node.clone(), span));
    assume.nodes = Some((cluster.nodes, span));
    assume.no_front_door = Some(span);
    assume.no_disks = Some(span);
    assume.no_public_ipv4 = Some(span);
    assume.no_node_overhead = Some(span);
    let (memory, cpu) = (Bytes::from_mib(512), Millicores::new(100));
    let settings = PodSettings {
        cpu_request: cpu,
        memory,
        architecture: Architecture::X86,
        min: 1,
        max: 1,
        target: PodTarget::Fixed,
        front_door: FrontDoor::None,
        volume: Bytes::ZERO,
        spill: None,
    };
    let replicas = Replicas {
        step: Duration::MINUTE,
        counts: vec![1; 1440],
        memory,
        cpu_millicores: cpu.get(),
    };
    let usage = PodUsage { replicas, ..PodUsage::default() };
    scene.place(component("api"), Settings::Pod(settings), Usage::Pod(usage));
    let eks = crate::by_id(PlatformId("kubernetes/eks")).expect("a platform");
    eks.bill(&scene.members(), &scene.site()).unwrap().total()
}

fn doors(example: &Example) -> Money {
    let mut scene = scene(example);
    let mut targets = Targets::Functions;
    for (at, one) in example.door.iter().enumerate() {
        let front_door = door(&one.kind);
        if matches!(front_door, FrontDoor::Alb | FrontDoor::Nlb) {
            targets = Targets::Servers;
        }
        let flow = Flow {
            requests: one.requests,
            connections: one.requests,
            bytes_out_internet: u128::from(one.requests) * u128::from(one.payload_kb) * 1024,
            messages: one.messages,
            connection_minutes: one.connection_minutes.into(),
            ..Flow::default()
        };
        let settings = FunctionSettings {
            memory: Bytes::from_mib(128),
            architecture: Architecture::X86,
            front_door,
            provisioned: 0,
            warm_hours: None,
            snap_start: false,
            workflow: None,
            scratch: Bytes::ZERO,
        };
        let usage = FunctionUsage { flow, ..FunctionUsage::default() };
        let name = format!("d{at}");
        scene.place(component(&name), Settings::Function(settings), Usage::Function(usage));
    }
    let site = scene.site();
    let mut lines = Lines::new(BILL, &site);
    front_door::bill(&mut lines, &scene.members(), targets).unwrap();
    lines.finish().total()
}

fn account(example: &Example) -> Money {
    let Some(account) = &example.account else { return Money::ZERO };
    let mut scene = scene(example);
    let bytes = |gb: u64| u128::from(gb) * GB;
    let flow = Flow {
        bytes_out_internet: bytes(account.egress_gb),
        log_bytes: bytes(account.logs_gb),
        bytes_out_internal: bytes(account.internal_gb),
        ..Flow::default()
    };
    let settings = ManagedSettings {
        engine: model::Engine::Other,
        size: String::new(),
        storage: Bytes::ZERO,
        zones: 1,
    };
    let usage = ManagedUsage { flow, ..ManagedUsage::default() };
    scene.place(component("a"), Settings::Managed(settings), Usage::Managed(usage));
    let invoice: Invoice = crate::account::bill(&scene.members(), &[], &scene.site()).unwrap();
    invoice.total()
}

fn lines(example: &Example) -> Money {
    let scene = scene(example);
    let site = scene.site();
    let mut sum = Money::ZERO;
    for line in &example.line {
        let quantity = exact(line.quantity);
        if let Some(instance) = &line.fraction_of {
            let region = site.app.region_name();
            // A fee is a share of the price on demand, whatever discount the machine has.
            let hour = site.prices.instance(region, instance).unwrap().list_hour;
            let share = site.prices.price(&line.service, region, &line.dimension).unwrap().price;
            sum += hour.times(quantity).times_f64(share.money().dollars());
            continue;
        }
        let mut lines = Lines::new(BILL, &site);
        let free = line.free.as_deref().map_or(0, |d| lines.allowance(&line.service, d, MICRO));
        let uses = Lines::above(&[Use::shared("example", quantity.count)], free);
        lines.tiered(&line.service, &line.dimension, MICRO, &uses).unwrap();
        sum += lines.finish().total();
    }
    sum
}

fn exact(units: f64) -> Quantity {
    Quantity::new((units * MICRO as f64).round() as u128, MICRO)
}

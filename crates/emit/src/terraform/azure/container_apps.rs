//! Azure Container Apps: an app a part with the plan's size, bounds and rule; schedules start jobs.

use model::{
    Blueprint, Check, FrontDoor, InstanceSettings, Kind, Load, Need, Placement, Probe, Settings,
    Spill,
};

use super::{begin, beside, managed, placed};
use crate::hours::{Turn, turns};
use crate::kubernetes::{Ports, for_kubernetes};
use crate::terraform::address::Address;
use crate::terraform::environment::{self, Variable};
use crate::terraform::json::{expression, template};
use crate::terraform::servers::proxy;
use crate::terraform::stack::{Stack, id};
use crate::terraform::{Place, parts};
use crate::tree::{Node, list, map};
use crate::{Part, Plan};

/// Container Apps.
#[derive(Debug)]
pub(in crate::terraform) struct ContainerApps;

/// Letters of an app's name at the most ("Container Apps", "Naming rules and restrictions for Azure resources").
const NAME_MAX: usize = 32;
/// Bounds of a probe's delay, period and timeout in seconds and of its failures (Terraform azurerm provider,
/// `azurerm_container_app`).
const PROBE: [(u64, u64); 4] = [(0, 60), (1, 240), (1, 240), (1, 30)];
/// Seconds that a run of a job may take where nobody says it: a day.
const RUN_SECONDS: u64 = 86_400;

impl Place for ContainerApps {
    fn takes(&self, placement: &Placement) -> bool {
        placement.platform.0 == "azure/container-apps"
            && matches!(placement.configured, Settings::Instance(_))
    }

    fn refuses(&self, _: &Plan<'_>, part: &Part<'_>) -> Option<String> {
        match &part.component.load {
            Load::Cron { expression, .. } if part.component.kind == Kind::Cron => {
                let none = five_fields(expression).is_none();
                none.then(|| format!("a job of Container Apps has no schedule `{expression}`"))
            }
            _ if part.component.kind == Kind::Cron => Some("no schedule is known".to_owned()),
            _ => None,
        }
    }

    fn write(&self, stack: &mut Stack<'_, '_>, parts: &[&Part<'_>]) {
        let here: Vec<&Part<'_>> = parts.iter().copied().filter(|p| begin(stack, p)).collect();
        if here.is_empty() {
            return;
        }
        surroundings(stack);
        for part in &here {
            let Some(instance) = settings(part) else { continue };
            if part.component.kind.ends() {
                job(stack, part, instance);
            } else {
                app(stack, part, instance);
            }
        }
    }

    fn address(&self, stack: &mut Stack<'_, '_>, part: &Part<'_>, _: &Part<'_>) -> Option<Address> {
        match door(part) {
            Door::None => None,
            // Inside of the environment, an app is found by its name.
            Door::Tcp => Some(Address::Host(stack.plain_name(part, NAME_MAX))),
            Door::Http => Some(Address::Url(url(stack, part))),
        }
    }

    fn public(&self, stack: &mut Stack<'_, '_>, part: &Part<'_>) -> Option<Node> {
        (door(part) != Door::None).then(|| template(url(stack, part)))
    }
}

/// Adds what all apps stand in, once.
fn surroundings(stack: &mut Stack<'_, '_>) {
    let name = stack.app(40);
    let logs = placed(format!("{name}-logs"))
        .with("sku", Node::from("PerGB2018").why("plan: logs are billed by the GB"))
        .with("retention_in_days", Node::from(30_u32).why("default"));
    stack.resource("azurerm_log_analytics_workspace", "main", logs);
    let logs = expression("azurerm_log_analytics_workspace.main.id");
    let body = placed(name).with("log_analytics_workspace_id", logs);
    stack.resource("azurerm_container_app_environment", "main", body);
}

/// The app that takes what servers or pods have no room for: the same part, placed there.
pub(in crate::terraform) fn burst(
    plan: &Plan<'_>,
    part: &Part<'_>,
    spill: &Spill,
) -> Result<(), String> {
    proxy::check(plan, part, spill, &ContainerApps, |other| {
        (door(other) != Door::Http).then_some("of what does not speak HTTP")
    })
}

/// Writes it; the expression of the host that it is reached at.
pub(in crate::terraform) fn write_burst(
    stack: &mut Stack<'_, '_>,
    part: &Part<'_>,
    spill: &Spill,
) -> Option<String> {
    let placement = proxy::placement(part, spill);
    let other = proxy::other_side(part, &placement);
    surroundings(stack);
    app(stack, &other, settings(&other)?);
    let name = stack.plain_name(&other, NAME_MAX);
    let domain = "azurerm_container_app_environment.main.default_domain";
    Some(format!("join(\".\", [\"{name}\", {domain}])"))
}

/// Whether an app is reached from outside of its environment: by clients, and by servers that spill to it.
fn is_open(plan: &Plan<'_>, part: &Part<'_>) -> bool {
    let own = plan.part(&part.component.id);
    part.is_public() || own.is_none_or(|own| own.placement.platform != part.placement.platform)
}

/// The URL of an app, made of names: one that the app itself told would be a circle where two call each other.
fn url(stack: &mut Stack<'_, '_>, part: &Part<'_>) -> String {
    let name = stack.plain_name(part, NAME_MAX);
    let inside = if part.is_public() { "" } else { ".internal" };
    format!("https://{name}{inside}.${{azurerm_container_app_environment.main.default_domain}}")
}

fn settings<'p>(part: &'p Part<'_>) -> Option<&'p InstanceSettings> {
    match &part.placement.configured {
        Settings::Instance(instance) => Some(instance),
        _ => None,
    }
}

/// What an app listens for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    None,
    Http,
    Tcp,
}

fn door(part: &Part<'_>) -> Door {
    let raw = part.needs(Need::Tcp) || part.component.kind == Kind::Stateful;
    match (part.component.kind, parts::main_port(&Ports::of_pod(part)).is_some()) {
        (Kind::Cron | Kind::Job, _) | (_, false) => Door::None,
        _ if raw => Door::Tcp,
        _ => Door::Http,
    }
}

/// Five fields as jobs take them.
fn five_fields(expression: &str) -> Option<String> {
    let plain = for_kubernetes(expression)?;
    Some(match plain.as_str() {
        "@yearly" | "@annually" => "0 0 1 1 *".to_owned(),
        "@monthly" => "0 0 1 * *".to_owned(),
        "@weekly" => "0 0 * * 0".to_owned(),
        "@daily" | "@midnight" => "0 0 * * *".to_owned(),
        "@hourly" => "0 * * * *".to_owned(),
        _ => plain,
    })
}

fn app(stack: &mut Stack<'_, '_>, part: &Part<'_>, instance: &InstanceSettings) {
    let (own, why) = (id(part), stack.why);
    let name = stack.plain_name(part, NAME_MAX);
    let planned = |value: Node, what: &str| value.why(why.plan(part, what));
    let (most, reason) = parts::most(part, instance.min.max(1));
    let (containers, mut secrets) = beside::containers(stack, part, instance, true);
    // What covers the whole week is always there.
    let by_the_clock = instance.warm_hours.map(turns).and_then(|(b, e)| Some((b, e?)));
    let always = if by_the_clock.is_some() { 0 } else { instance.min };
    let mut inner = map([
        ("min_replicas", planned(always.into(), "replicas that are always there")),
        ("max_replicas", Node::from(most).why(reason)),
    ])
    .joined(containers);
    if let Some(grace) = part.component.blueprint.as_ref().and_then(|b| b.grace) {
        let seconds = grace.nanos().div_ceil(1_000_000_000).min(600);
        let seconds = Node::from(seconds).why(why.definition(part));
        inner.set("termination_grace_period_seconds", seconds);
    }
    let door = door(part);
    if instance.front_door == FrontDoor::StorageQueue {
        managed::queue(stack, part);
        let secret = map([
            ("name", Node::from("queue-connection")),
            ("value", expression("azurerm_storage_account.main.primary_connection_string")),
        ]);
        secrets.push(secret);
        let login = map([
            ("secret_name", Node::from("queue-connection")),
            ("trigger_parameter", "connection".into()),
        ]);
        let length = planned(instance.concurrency.into(), "messages at once a replica");
        let rule = map([
            ("name", Node::from("messages")),
            ("queue_name", expression(format!("azurerm_storage_queue.{own}.name"))),
            ("queue_length", length),
            ("authentication", login),
        ]);
        inner.set("azure_queue_scale_rule", rule);
    } else if door == Door::Http
        && let Some(rate) = instance.rate_each
    {
        let rate = planned(rate.to_string().into(), "requests a second a replica is made for");
        let rule = map([("name", Node::from("requests")), ("concurrent_requests", rate)]);
        inner.set("http_scale_rule", rule);
    }
    if let Some((begins, ends)) = &by_the_clock {
        inner.set("custom_scale_rule", by_the_hour(instance, begins, ends, &planned));
    }
    let mut body = Node::empty()
        .with("name", name)
        .with("resource_group_name", expression("azurerm_resource_group.main.name"))
        .with(
            "container_app_environment_id",
            expression("azurerm_container_app_environment.main.id"),
        )
        .with("revision_mode", "Single");
    if !secrets.is_empty() {
        body.set("secret", list(secrets));
    }
    body.set("template", inner);
    let ports = Ports::of_pod(part);
    if let Some(port) = parts::main_port(&ports).filter(|_| door != Door::None) {
        let reason = if ports.assumed {
            "assumed: nobody says where it listens".to_owned()
        } else {
            why.definition(part)
        };
        let open = Node::from(is_open(stack.plan, part));
        let public = format!("public: {}", why.fact(&part.component.public));
        let spilled = "servers outside of its environment spill to it".to_owned();
        let reason_open =
            if part.is_public() || !is_open(stack.plan, part) { public } else { spilled };
        let weight = map([("latest_revision", Node::from(true)), ("percentage", 100_u32.into())]);
        let mut ingress = map([
            ("target_port", Node::from(port.number).why(reason)),
            ("external_enabled", open.why(reason_open)),
            ("traffic_weight", weight),
        ]);
        match door {
            Door::Tcp => {
                ingress.set("transport", Node::from("tcp").why("need: tcp"));
                ingress.set("exposed_port", port.number);
            }
            _ if part.needs(Need::Grpc) => {
                ingress.set("transport", Node::from("http2").why("need: grpc"));
            }
            _ => {}
        }
        body.set("ingress", ingress);
        if ports.all.len() > 1 {
            stack.left_out(part, "its other ports: an app has one");
        }
    }
    stack.resource("azurerm_container_app", &own, body);
}

/// The rule that keeps replicas in some hours ("Cron", KEDA's documentation; "Set scaling rules in Azure Container Apps": any
/// rule of KEDA's for container apps, and replicas come once one rule asks for them).
fn by_the_hour(
    instance: &InstanceSettings,
    begins: &Turn,
    ends: &Turn,
    planned: &dyn Fn(Node, &str) -> Node,
) -> Node {
    let start = planned(begins.five_fields().into(), "when replicas begin to be kept");
    let metadata = map([
        ("timezone", Node::from("Etc/UTC").why("schedules are planned in UTC")),
        ("start", start),
        ("end", planned(ends.five_fields().into(), "when they are let go")),
        ("desiredReplicas", planned(instance.min.to_string().into(), "replicas that are kept")),
    ]);
    map([
        ("name", Node::from("hours")),
        ("custom_rule_type", "cron".into()),
        ("metadata", metadata),
    ])
}

/// One container of an app or of a job under its name; the secrets that it reads, whose names begin with the other word, go
/// to those of the app.
pub(super) fn container(
    stack: &mut Stack<'_, '_>,
    part: &Part<'_>,
    (name, secret): (&str, &str),
    size: Node,
    serves: bool,
    secrets: &mut Vec<Node>,
) -> Node {
    let why = stack.why.definition(part);
    let node = map([("name", Node::from(name)), ("image", parts::image(stack, part))]);
    let mut node = node.joined(size);
    let (command, args) = parts::command(stack, part);
    for (key, words) in [("command", command), ("args", args)] {
        if !words.is_empty() {
            node.set(key, list(words).why(why.as_str()));
        }
    }
    let mut env = Vec::new();
    for (number, (name, variable)) in
        environment::variables(stack, part, environment::is_name).into_iter().enumerate()
    {
        let entry = map([("name", Node::from(name))]);
        env.push(match variable {
            Variable::Text(text) => entry.with("value", text),
            Variable::Secret(given) => {
                // Names of secrets are labels.
                let secret = format!("{secret}-{number}");
                let value = expression(format!("var.{given}"));
                secrets.push(map([("name", Node::from(secret.as_str())), ("value", value)]));
                entry.with("secret_name", secret)
            }
        });
    }
    if !env.is_empty() {
        node.set("env", list(env));
    }
    let empty = Blueprint::default();
    let blueprint = part.component.blueprint.as_deref().unwrap_or(&empty);
    let ports = Ports::of(part);
    for (key, asked) in [
        ("startup_probe", &blueprint.started),
        ("readiness_probe", &blueprint.ready),
        ("liveness_probe", &blueprint.alive),
    ] {
        if let Some(probe) = asked.as_ref().filter(|_| serves) {
            match self::probe(probe, &ports, key) {
                Some(probe) => node.set(key, probe.why(why.as_str())),
                None => stack
                    .left_out(part, "a check by a command: Container Apps ask over HTTP and TCP"),
            }
        }
    }
    if !blueprint.volumes.is_empty() {
        stack.left_out(part, "its disks: a replica keeps nothing");
    }
    node
}

fn probe(probe: &Probe, ports: &Ports, key: &str) -> Option<Node> {
    let first = parts::main_port(ports).map(|port| port.number);
    let clamp = |value: u64, at: usize| value.clamp(PROBE[at].0, PROBE[at].1);
    let seconds = |time: units::Duration| time.nanos().div_ceil(1_000_000_000);
    let mut node = match &probe.check {
        Check::Http(path, port) => {
            let path = if path.starts_with('/') { path.clone() } else { format!("/{path}") };
            map([
                ("transport", Node::from("HTTP")),
                ("port", Node::from(port.or(first)?)),
                ("path", path.into()),
            ])
        }
        Check::Tcp(port) => {
            map([("transport", Node::from("TCP")), ("port", Node::from(port.or(first)?))])
        }
        Check::Command(_) => return None,
    };
    if key != "startup_probe" {
        node.set("initial_delay", clamp(seconds(probe.delay), 0));
    }
    node.set("interval_seconds", clamp(seconds(probe.period), 1));
    node.set("timeout", clamp(seconds(probe.timeout), 2));
    node.set("failure_count_threshold", clamp(probe.failures.into(), 3));
    Some(node)
}

/// A run by the clock or at a release.
fn job(stack: &mut Stack<'_, '_>, part: &Part<'_>, instance: &InstanceSettings) {
    let (schedule, requests) = match &part.component.load {
        Load::Cron { expression: text, requests, .. } if part.component.kind == Kind::Cron => {
            let Some(schedule) = five_fields(text) else { return };
            (Some(schedule), *requests)
        }
        _ => (None, 1),
    };
    let (own, name) = (id(part), stack.plain_name(part, NAME_MAX));
    let (containers, secrets) = beside::containers(stack, part, instance, false);
    let declared = part.component.run_time_max.as_ref();
    let timeout = match declared.and_then(|fact| Some((fact.get()?, stack.why.fact(fact)))) {
        Some((time, why)) => Node::from(time.millis_ceil().div_ceil(1000).max(1)).why(why),
        None => Node::from(RUN_SECONDS).why("assumed: a day; nobody says how long a run may take"),
    };
    let what = if schedule.is_some() { "runs a firing" } else { "a run a release" };
    let runs = || Node::from(requests).why(what);
    let counts = map([("parallelism", runs()), ("replica_completion_count", runs())]);
    let (trigger, start) = match &schedule {
        Some(schedule) => {
            let clock = Node::from(schedule.as_str()).why(stack.why.definition(part));
            ("schedule_trigger_config", map([("cron_expression", clock)]).joined(counts))
        }
        None => ("manual_trigger_config", counts),
    };
    let mut body = placed(name)
        .with(
            "container_app_environment_id",
            expression("azurerm_container_app_environment.main.id"),
        )
        .with("replica_timeout_in_seconds", timeout)
        .with(trigger, start);
    if let Some(retries) = part.component.blueprint.as_ref().and_then(|b| b.retries) {
        body.set("replica_retry_limit", Node::from(retries).why(stack.why.definition(part)));
    }
    if !secrets.is_empty() {
        body.set("secret", list(secrets));
    }
    body.set("template", containers);
    stack.resource("azurerm_container_app_job", &own, body);
    if schedule.is_none() {
        let job = format!("azurerm_container_app_job.{own}");
        let command = format!(
            "az containerapp job start --name ${{{job}.name}} --resource-group ${{{job}.resource_group_name}}"
        );
        parts::run(stack, part, command);
    }
}

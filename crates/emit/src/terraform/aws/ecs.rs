//! Amazon ECS on Fargate: a service a part with target tracking on its CPU; schedules start tasks.

use model::{
    Architecture, Blueprint, Check, FrontDoor, Kind, Need, Placement, Probe, Protocol, Settings,
    TaskSettings,
};
use units::Duration;

use super::{
    allow, begin, beside, document, door, managed, network, policy, rights, role, scheduled,
};
use crate::kubernetes::Ports;
use crate::terraform::Place;
use crate::terraform::address::Address;
use crate::terraform::environment::{self, Variable};
use crate::terraform::json::{expression, template};
use crate::terraform::parts;
use crate::terraform::stack::{Stack, id, region};
use crate::tree::{Node, list, map};
use crate::{Part, Plan};

/// ECS on Fargate.
#[derive(Debug)]
pub(in crate::terraform) struct Ecs;

/// What all tasks share; no part's own name has two underscores.
const SHARED: &str = "execution__shared";
/// GiB of scratch disk that every task has, and the most (Amazon ECS developer guide, "Fargate task ephemeral storage").
const SCRATCH_GIB: (u64, u64) = (20, 200);
/// Seconds that Fargate waits for a task to stop at the most (`stopTimeout`, same guide, "Task definition parameters").
const STOP_SECONDS: (u64, u64) = (2, 120);
/// Bounds of `interval`, `timeout`, `retries` and `startPeriod` of a container's health check (`HealthCheck`, Amazon ECS
/// API reference).
const CHECK: [(u64, u64); 4] = [(5, 300), (2, 60), (1, 10), (0, 300)];

impl Place for Ecs {
    fn takes(&self, placement: &Placement) -> bool {
        placement.platform.0 == "aws/fargate" && matches!(placement.configured, Settings::Task(_))
    }

    fn refuses(&self, _: &Plan<'_>, part: &Part<'_>) -> Option<String> {
        if part.component.kind == Kind::Cron {
            return crate::lambda::clock::of(part).err();
        }
        let task = settings(part)?;
        match task.front_door {
            FrontDoor::RestApi => Some("a REST API in front of tasks is not written".to_owned()),
            FrontDoor::Dns => Some("tasks have no addresses that stay".to_owned()),
            _ => None,
        }
    }

    fn has_group(&self, _: &Plan<'_>, _: &Part<'_>) -> bool {
        true
    }

    fn write(&self, stack: &mut Stack<'_, '_>, parts: &[&Part<'_>]) {
        let here: Vec<&Part<'_>> = parts.iter().copied().filter(|p| begin(stack, p)).collect();
        if here.is_empty() {
            return;
        }
        network::add(stack);
        shared(stack, &here);
        let mut secrets = Vec::new();
        for part in &here {
            if let Some(task) = settings(part) {
                self::part(stack, part, task, &mut secrets);
            }
        }
        let behind = |door: FrontDoor| {
            let is = move |part: &&Part<'_>| settings(part).is_some_and(|s| s.front_door == door);
            here.iter().copied().filter(is).collect::<Vec<_>>()
        };
        door::application(stack);
        for part in behind(FrontDoor::Alb).into_iter().filter(|part| !door::is_behind(part)) {
            stack.left_out(part, "the load balancer before it: it has no TCP port");
        }
        for part in behind(FrontDoor::Nlb) {
            door::network(stack, part);
        }
        for part in behind(FrontDoor::HttpApi) {
            door::http_api(stack, part);
        }
        if !secrets.is_empty() {
            let read = allow(&["secretsmanager:GetSecretValue"], secrets);
            let text = document(stack, &format!("{SHARED}__rights"), policy(vec![read]));
            let body = map([
                ("name", Node::from("secrets")),
                ("role", expression(format!("aws_iam_role.{SHARED}.id"))),
                ("policy", text),
            ]);
            stack.resource("aws_iam_role_policy", SHARED, body);
        }
    }

    fn address(&self, stack: &mut Stack<'_, '_>, part: &Part<'_>, _: &Part<'_>) -> Option<Address> {
        let zone = zone(stack);
        Some(Address::Host(format!("{}.{zone}", part.name)))
    }

    fn public(&self, stack: &mut Stack<'_, '_>, part: &Part<'_>) -> Option<Node> {
        (!part.component.kind.ends()).then(|| Node::from(format!("{}.{}", part.name, zone(stack))))
    }
}

fn settings<'p>(part: &'p Part<'_>) -> Option<&'p TaskSettings> {
    match &part.placement.configured {
        Settings::Task(task) => Some(task),
        _ => None,
    }
}

/// The name of the domain in which tasks find each other.
pub(super) fn zone(stack: &mut Stack<'_, '_>) -> String {
    format!("{}.internal", stack.app(50))
}

/// The domain in which tasks and servers find each other, once.
pub(super) fn namespace(stack: &mut Stack<'_, '_>) {
    let zone = zone(stack);
    let body = map([("name", Node::from(zone)), ("vpc", network::vpc())]);
    stack.resource("aws_service_discovery_private_dns_namespace", "main", body);
}

/// The cluster, the domain in which tasks find each other, and the role that starts them.
fn shared(stack: &mut Stack<'_, '_>, parts: &[&Part<'_>]) {
    let name = stack.app(200);
    stack.resource("aws_ecs_cluster", "main", map([("name", Node::from(name))]));
    let spot = parts.iter().any(|part| settings(part).is_some_and(|task| task.spot));
    let mut providers = vec!["FARGATE"];
    if spot {
        providers.push("FARGATE_SPOT");
    }
    let body = map([
        ("cluster_name", expression("aws_ecs_cluster.main.name")),
        ("capacity_providers", list(providers)),
    ]);
    stack.resource("aws_ecs_cluster_capacity_providers", "main", body);
    namespace(stack);
    let called = format!("{}-execution", stack.app(50));
    role(stack, SHARED, &called, "ecs-tasks.amazonaws.com");
    let arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy";
    let body = map([
        ("role", expression(format!("aws_iam_role.{SHARED}.name"))),
        ("policy_arn", Node::from(arn).why("pulls images and writes logs")),
    ]);
    stack.resource("aws_iam_role_policy_attachment", SHARED, body);
}

/// One part: its task, what runs it, and what belongs to it.
fn part(stack: &mut Stack<'_, '_>, part: &Part<'_>, task: &TaskSettings, secrets: &mut Vec<Node>) {
    let own = id(part);
    let ports = Ports::of_pod(part);
    network::add_group(stack, part, &ports);
    let name = stack.name(part, 50);
    let log = map([
        ("name", Node::from(format!("/ecs/{name}"))),
        ("retention_in_days", Node::from(30_u32).why("default")),
    ]);
    stack.resource("aws_cloudwatch_log_group", &own, log);
    let role_name = format!("{own}__task");
    role(stack, &role_name, &format!("{name}-task"), "ecs-tasks.amazonaws.com");
    rights::add(stack, part, &role_name);
    if task.front_door == FrontDoor::Queue {
        managed::queue(stack, part);
    }
    definition(stack, part, task, secrets);
    match part.component.kind {
        Kind::Cron => schedule(stack, part, task),
        Kind::Job => run(stack, part, task),
        _ => service(stack, part, task, &ports),
    }
}

/// The task definition: sizes as planned, the container as defined.
fn definition(
    stack: &mut Stack<'_, '_>,
    part: &Part<'_>,
    task: &TaskSettings,
    secrets: &mut Vec<Node>,
) {
    let (own, why) = (id(part), stack.why);
    let name = stack.name(part, 200);
    let main = container(stack, part, &Ports::of(part), secrets);
    let all = beside::all(stack, part, main, |stack, further, ports| {
        container(stack, further, ports, secrets)
    });
    let containers = format!("{own}__containers");
    stack.local(&containers, list(all));
    let planned = |value: Node, what: &str| value.why(why.plan(part, what));
    let arm = task.architecture == Architecture::Arm;
    let system = if part.needs(Need::Windows) { "WINDOWS_SERVER_2022_CORE" } else { "LINUX" };
    let platform = map([
        ("cpu_architecture", planned(if arm { "ARM64" } else { "X86_64" }.into(), "architecture")),
        ("operating_system_family", system.into()),
    ]);
    let cpu = task.cpu.get() * 1024 / 1000;
    let mut body = map([
        ("family", Node::from(name)),
        ("requires_compatibilities", list(["FARGATE"])),
        ("network_mode", "awsvpc".into()),
        ("cpu", planned(cpu.to_string().into(), "CPU in units of 1/1024")),
        ("memory", planned(task.memory.mib_ceil().to_string().into(), "memory in MiB")),
        ("runtime_platform", platform),
        ("execution_role_arn", expression(format!("aws_iam_role.{SHARED}.arn"))),
        ("task_role_arn", expression(format!("aws_iam_role.{own}__task.arn"))),
        ("container_definitions", expression(format!("jsonencode(local.{containers})"))),
    ]);
    let scratch = task.scratch.get().div_ceil(1 << 30);
    if scratch > SCRATCH_GIB.0 {
        let size = planned(scratch.min(SCRATCH_GIB.1).into(), "scratch disk");
        body.set("ephemeral_storage", map([("size_in_gib", size)]));
    }
    let volumes = beside::volumes(part);
    if !volumes.is_empty() {
        body.set("volume", list(volumes).why("scratch space of its containers"));
    }
    stack.resource("aws_ecs_task_definition", &own, body);
}

/// The container as ECS describes it.
fn container(
    stack: &mut Stack<'_, '_>,
    part: &Part<'_>,
    ports: &Ports,
    secrets: &mut Vec<Node>,
) -> Node {
    let (own, why) = (id(part), stack.why.definition(part));
    let empty = Blueprint::default();
    let blueprint = part.component.blueprint.as_deref().unwrap_or(&empty);
    let mut node = map([
        ("name", Node::from(part.name.as_str())),
        ("image", parts::image(stack, part)),
        ("essential", true.into()),
    ]);
    let (entry_point, command) = parts::command(stack, part);
    for (key, words) in [("entryPoint", entry_point), ("command", command)] {
        if !words.is_empty() {
            node.set(key, list(words).why(why.as_str()));
        }
    }
    if !ports.all.is_empty() {
        let mapping = |port: &model::Port| {
            let protocol = if port.protocol == Protocol::Udp { "udp" } else { "tcp" };
            map([("containerPort", Node::from(port.number)), ("protocol", protocol.into())])
        };
        let reason = if ports.assumed { "assumed: nobody says where it listens" } else { &why };
        node.set("portMappings", list(ports.all.iter().map(mapping)).why(reason));
    }
    let (mut plain, mut hidden) = (Vec::new(), Vec::new());
    for (name, variable) in environment::variables(stack, part, environment::is_name) {
        match variable {
            Variable::Text(text) => {
                plain.push(map([("name", Node::from(name)), ("value", text)]));
            }
            Variable::Secret(given) => {
                let arn = secret(stack, part, &name, &given);
                secrets.push(arn.clone());
                hidden.push(map([("name", Node::from(name)), ("valueFrom", arn)]));
            }
        }
    }
    for (key, items) in [("environment", plain), ("secrets", hidden)] {
        if !items.is_empty() {
            node.set(key, list(items));
        }
    }
    if let Some(check) = health(stack, part, blueprint) {
        node.set("healthCheck", check.why(why.as_str()));
    }
    if let Some(grace) = blueprint.grace {
        let wanted = seconds(grace);
        let given = wanted.clamp(STOP_SECONDS.0, STOP_SECONDS.1);
        if given < wanted {
            stack.left_out(
                part,
                &format!("it may take {wanted} s to stop, and Fargate waits {given} s"),
            );
        }
        node.set("stopTimeout", Node::from(given).why(why.as_str()));
    }
    if !blueprint.volumes.is_empty() {
        stack.left_out(part, "its disks: a task keeps nothing");
    }
    let options = map([
        ("awslogs-group", expression(format!("aws_cloudwatch_log_group.{own}.name"))),
        ("awslogs-region", region(part).into()),
        ("awslogs-stream-prefix", part.name.as_str().into()),
    ]);
    let log = map([("logDriver", Node::from("awslogs")), ("options", options)]);
    node.with("logConfiguration", log)
}

/// A secret that tasks and servers read when they start; its value is a variable and never in Terraform's state.
pub(super) fn secret(
    stack: &mut Stack<'_, '_>,
    part: &Part<'_>,
    variable: &str,
    given: &str,
) -> Node {
    let path = format!("{}/{}/{variable}", stack.app(200), part.name);
    let body = map([("name", Node::from(path).why("read when it starts"))]);
    stack.resource("aws_secretsmanager_secret", given, body);
    let version = map([
        ("secret_id", expression(format!("aws_secretsmanager_secret.{given}.id"))),
        ("secret_string_wo", expression(format!("var.{given}"))),
        ("secret_string_wo_version", Node::from(1_u32).why("raise it when the value changes")),
    ]);
    stack.resource("aws_secretsmanager_secret_version", given, version);
    expression(format!("aws_secretsmanager_secret.{given}.arn"))
}

/// ECS asks commands only; paths are the load balancer's.
fn health(stack: &mut Stack<'_, '_>, part: &Part<'_>, blueprint: &Blueprint) -> Option<Node> {
    let probe = blueprint.alive.as_ref().or(blueprint.ready.as_ref())?;
    let Check::Command(words) = &probe.check else {
        let asked = settings(part).is_some_and(|task| task.front_door == FrontDoor::Alb);
        if !asked {
            stack.left_out(part, "its health check: ECS asks by a command only, and no load balancer stands before it");
        }
        return None;
    };
    let mut command = vec!["CMD".to_owned()];
    command.extend(words.iter().cloned());
    let Probe { delay, period, timeout, failures, .. } = probe;
    let clamp = |value: u64, at: usize| Node::from(value.clamp(CHECK[at].0, CHECK[at].1));
    Some(map([
        ("command", list(command)),
        ("interval", clamp(seconds(*period), 0)),
        ("timeout", clamp(seconds(*timeout), 1)),
        ("retries", clamp((*failures).into(), 2)),
        ("startPeriod", clamp(seconds(*delay), 3)),
    ]))
}

fn seconds(time: Duration) -> u64 {
    time.nanos().div_ceil(1_000_000_000)
}

/// The service that keeps tasks at work, and who changes their number.
fn service(stack: &mut Stack<'_, '_>, part: &Part<'_>, task: &TaskSettings, ports: &Ports) {
    let (own, why) = (id(part), stack.why);
    let name = stack.name(part, 200);
    let planned = |value: Node, what: &str| value.why(why.plan(part, what));
    let (subnets, public) = network::subnets(stack);
    let networking = map([
        ("subnets", subnets),
        ("security_groups", list([expression(network::group(part))])),
        ("assign_public_ip", public),
    ]);
    let rollback = map([("enable", Node::from(true)), ("rollback", true.into())]);
    let provider = if task.spot { "FARGATE_SPOT" } else { "FARGATE" };
    let mut body = map([
        ("name", Node::from(name)),
        ("cluster", expression("aws_ecs_cluster.main.id")),
        ("task_definition", expression(format!("aws_ecs_task_definition.{own}.arn"))),
        ("desired_count", planned(task.min.max(1).into(), "tasks at the least")),
        (
            "capacity_provider_strategy",
            map([
                ("capacity_provider", planned(provider.into(), "capacity")),
                ("weight", 1_u32.into()),
            ]),
        ),
        ("network_configuration", networking),
        (
            "deployment_circuit_breaker",
            rollback.why("default: a release that does not start is taken back"),
        ),
        ("depends_on", list(["aws_ecs_cluster_capacity_providers.main"])),
    ]);
    let groups = match task.front_door {
        FrontDoor::Alb => {
            let port = parts::main_port(ports);
            port.map(|port| (own.clone(), port.number)).into_iter().collect()
        }
        FrontDoor::Nlb => {
            let named = |port: &model::Port| (door::target_group_of(part, port), port.number);
            ports.all.iter().map(named).collect()
        }
        _ => Vec::new(),
    };
    let targets: Vec<Node> = groups
        .iter()
        .map(|(group, port)| {
            map([
                ("target_group_arn", expression(format!("aws_lb_target_group.{group}.arn"))),
                ("container_name", beside::listens(part, *port).into()),
                ("container_port", (*port).into()),
            ])
        })
        .collect();
    if !targets.is_empty() {
        body.set("load_balancer", list(targets));
    }
    let registry = registry(stack, part, task, ports);
    body.set("service_registries", registry);
    let scaled = !part.component.kind.ends();
    if scaled {
        let ignored = list(["desired_count"]).why("the autoscaler changes it");
        body.set("lifecycle", map([("ignore_changes", ignored)]));
    }
    stack.resource("aws_ecs_service", &own, body);
    autoscaler(stack, part, task);
}

/// How other parts find the tasks.
fn registry(
    stack: &mut Stack<'_, '_>,
    part: &Part<'_>,
    task: &TaskSettings,
    ports: &Ports,
) -> Node {
    let own = id(part);
    // An API asks the registry for the port, too.
    let port = parts::main_port(ports).filter(|_| task.front_door == FrontDoor::HttpApi);
    entry(stack, part, port.is_some());
    let mut node =
        map([("registry_arn", expression(format!("aws_service_discovery_service.{own}.arn")))]);
    if let Some(port) = port {
        node.set("container_name", beside::listens(part, port.number));
        node.set("container_port", port.number);
    }
    node
}

/// The name under which others find a part, with its port where an API asks for that.
pub(super) fn entry(stack: &mut Stack<'_, '_>, part: &Part<'_>, with_port: bool) {
    let own = id(part);
    let kind = if with_port { "SRV" } else { "A" };
    let record = map([
        ("type", Node::from(kind)),
        ("ttl", Node::from(10_u32).why("default: new ones are found soon")),
    ]);
    let namespace = expression("aws_service_discovery_private_dns_namespace.main.id");
    let body = map([
        ("name", Node::from(part.name.as_str()).why("the name under which others call it")),
        ("dns_config", map([("namespace_id", namespace), ("dns_records", list([record]))])),
    ]);
    stack.resource("aws_service_discovery_service", &own, body);
}

/// Target tracking between the plan's bounds.
fn autoscaler(stack: &mut Stack<'_, '_>, part: &Part<'_>, task: &TaskSettings) {
    let (own, why) = (id(part), stack.why);
    let least = task.min.max(1);
    let (most, reason) = parts::most(part, least);
    let resource =
        format!("service/${{aws_ecs_cluster.main.name}}/${{aws_ecs_service.{own}.name}}");
    let dimension = "ecs:service:DesiredCount";
    let mut target = map([
        ("service_namespace", Node::from("ecs")),
        ("scalable_dimension", dimension.into()),
        ("resource_id", template(resource)),
        ("min_capacity", Node::from(least).why(why.plan(part, "tasks at the least"))),
        ("max_capacity", Node::from(most).why(reason)),
    ]);
    if let Some(hours) = task.warm_hours {
        let ignored = list(["min_capacity", "max_capacity"]).why("the clock changes them");
        target.set("lifecycle", map([("ignore_changes", ignored)]));
        target = target.why(why.plan(part, &format!("there {hours}")));
        scheduled(stack, part, (&own, hours), (least.into(), most.into()));
    }
    stack.resource("aws_appautoscaling_target", &own, target);
    let metric = map([("predefined_metric_type", Node::from("ECSServiceAverageCPUUtilization"))]);
    let target = Node::from(task.target_percent).why(why.plan(part, "CPU in per cent to hold"));
    let tracking = map([("target_value", target), ("predefined_metric_specification", metric)]);
    let of = |what: &str| expression(format!("aws_appautoscaling_target.{own}.{what}"));
    let body = map([
        ("name", Node::from("cpu")),
        ("policy_type", "TargetTrackingScaling".into()),
        ("service_namespace", of("service_namespace")),
        ("scalable_dimension", of("scalable_dimension")),
        ("resource_id", of("resource_id")),
        ("target_tracking_scaling_policy_configuration", tracking),
    ]);
    stack.resource("aws_appautoscaling_policy", &own, body);
}

/// The command that starts a task and waits for its end.
fn run(stack: &mut Stack<'_, '_>, part: &Part<'_>, task: &TaskSettings) {
    let own = id(part);
    let (subnets, address) = if network::is_private(stack) {
        ("private_subnets", "DISABLED")
    } else {
        ("public_subnets", "ENABLED")
    };
    let provider = if task.spot { "FARGATE_SPOT" } else { "FARGATE" };
    let cluster = "--cluster ${aws_ecs_cluster.main.name}";
    let region = format!("--region {}", region(part));
    let start = format!(
        "aws ecs run-task {region} {cluster} --task-definition ${{aws_ecs_task_definition.{own}.family}} \
         --capacity-provider-strategy capacityProvider={provider},weight=1 --network-configuration \
         'awsvpcConfiguration={{subnets=[${{join(\",\", module.vpc.{subnets})}}],securityGroups=[${{{}}}],assignPublicIp={address}}}' \
         --query 'tasks[0].taskArn' --output text",
        network::group(part)
    );
    let command = format!("aws ecs wait tasks-stopped {region} {cluster} --tasks \"$({start})\"");
    parts::run(stack, part, command);
}

/// The clock that starts a task.
fn schedule(stack: &mut Stack<'_, '_>, part: &Part<'_>, task: &TaskSettings) {
    let Ok(expression_text) = crate::lambda::clock::of(part) else { return };
    let (own, name) = (id(part), stack.name(part, 50));
    let clock = format!("{own}__clock");
    role(stack, &clock, &format!("{name}-clock"), "scheduler.amazonaws.com");
    let run = allow(
        &["ecs:RunTask"],
        vec![template(format!("${{aws_ecs_task_definition.{own}.arn_without_revision}}:*"))],
    );
    let pass = allow(
        &["iam:PassRole"],
        vec![
            expression(format!("aws_iam_role.{SHARED}.arn")),
            expression(format!("aws_iam_role.{own}__task.arn")),
        ],
    );
    let text = document(stack, &format!("{clock}__rights"), policy(vec![run, pass]));
    let body = map([
        ("name", Node::from("run")),
        ("role", expression(format!("aws_iam_role.{clock}.id"))),
        ("policy", text),
    ]);
    stack.resource("aws_iam_role_policy", &clock, body);
    let (subnets, public) = network::subnets(stack);
    let networking = map([
        ("subnets", subnets),
        ("security_groups", list([expression(network::group(part))])),
        ("assign_public_ip", public),
    ]);
    let provider = if task.spot { "FARGATE_SPOT" } else { "FARGATE" };
    let strategy = map([("capacity_provider", Node::from(provider)), ("weight", 1_u32.into())]);
    let runs = match &part.component.load {
        model::Load::Cron { requests, .. } => (*requests).clamp(1, parts::TASKS_OF_A_RUN_MAX),
        _ => 1,
    };
    let parameters = map([
        ("task_definition_arn", expression(format!("aws_ecs_task_definition.{own}.arn"))),
        ("task_count", Node::from(runs).why("runs a firing")),
        ("capacity_provider_strategy", strategy),
        ("network_configuration", networking),
    ]);
    let target = map([
        ("arn", expression("aws_ecs_cluster.main.arn")),
        ("role_arn", expression(format!("aws_iam_role.{clock}.arn"))),
        ("ecs_parameters", parameters),
    ]);
    parts::schedule(stack, part, expression_text, target);
}

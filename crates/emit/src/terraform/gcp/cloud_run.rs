//! Cloud Run: a service a part with the plan's concurrency and bounds; schedules start jobs.

use model::{
    Billing, Blueprint, Check, FrontDoor, InstanceSettings, Kind, Load, Need, Placement, Port,
    Probe, Settings, Spill, WarmHours,
};

use super::{begin, beside, compute, managed, network, private_services};
use crate::hours::turns;
use crate::kubernetes::{Ports, for_kubernetes};
use crate::terraform::address::Address;
use crate::terraform::environment::{self, Variable};
use crate::terraform::json::{expression, template};
use crate::terraform::servers::proxy;
use crate::terraform::stack::{Stack, id, region};
use crate::terraform::{Place, parts};
use crate::tree::{Node, list, map};
use crate::{Part, Plan};

/// Cloud Run.
#[derive(Debug)]
pub(in crate::terraform) struct CloudRun;

/// Letters of a service's and of a job's name at the most ("must be ... less than 50 characters", Cloud Run API reference,
/// `Service`).
const NAME_MAX: usize = 49;
/// Letters of a service account's id (IAM API reference, `ServiceAccount`).
const ACCOUNT_MAX: usize = 30;
/// What the account is called that keeps a service's instances by the hour, after the service's name.
const CLOCK: &str = "-clock";
/// The variable that says where to listen.
const PORT: &str = "PORT";
/// Names that Cloud Run sets itself ("Container runtime contract", Cloud Run documentation).
const RESERVED: &[&str] = &[PORT, "K_SERVICE", "K_REVISION", "K_CONFIGURATION"];
/// Seconds of a request: what a service has unless it is told otherwise, and the most ("Set request timeout", Cloud Run
/// documentation).
const TIMEOUT_SECONDS: (u64, u64) = (300, 3600);
/// Bounds of a probe's delay, period and timeout in seconds, and of its failures (`Probe`, Cloud Run API reference).
const PROBE: [(u64, u64); 4] = [(0, 240), (1, 240), (1, 240), (1, 240)];

impl Place for CloudRun {
    fn takes(&self, placement: &Placement) -> bool {
        placement.platform.0 == "gcp/cloud-run"
            && matches!(placement.configured, Settings::Instance(_))
    }

    fn refuses(&self, _: &Plan<'_>, part: &Part<'_>) -> Option<String> {
        match &part.component.load {
            Load::Cron { expression, .. } if part.component.kind == Kind::Cron => {
                let none = for_kubernetes(expression).is_none();
                none.then(|| format!("Cloud Scheduler has no schedule `{expression}`"))
            }
            _ if part.component.kind == Kind::Cron => Some("no schedule is known".to_owned()),
            _ => None,
        }
    }

    fn write(&self, stack: &mut Stack<'_, '_>, parts: &[&Part<'_>]) {
        let here: Vec<&Part<'_>> = parts.iter().copied().filter(|p| begin(stack, p)).collect();
        for part in &here {
            let Some(instance) = settings(part) else { continue };
            account(stack, part);
            if part.component.kind.ends() {
                job(stack, part, instance);
            } else {
                service(stack, part, instance);
            }
        }
    }

    fn address(&self, stack: &mut Stack<'_, '_>, part: &Part<'_>, _: &Part<'_>) -> Option<Address> {
        // The service's own URL would be a circle where two call each other; the one that is made of names is none.
        let project = "${data.google_project.here.number}";
        let name = stack.name(part, NAME_MAX);
        stack.data("google_project", "here", Node::empty());
        let host = format!("{name}-{project}.{}.run.app", region(part));
        (!part.component.kind.ends()).then(|| Address::Url(format!("https://{host}")))
    }

    fn public(&self, _: &mut Stack<'_, '_>, part: &Part<'_>) -> Option<Node> {
        let uri = || expression(format!("google_cloud_run_v2_service.{}.uri", id(part)));
        (!part.component.kind.ends()).then(uri)
    }
}

fn settings<'p>(part: &'p Part<'_>) -> Option<&'p InstanceSettings> {
    match &part.placement.configured {
        Settings::Instance(instance) => Some(instance),
        _ => None,
    }
}

/// Who a part is to Google, with the rights that its calls need.
fn account(stack: &mut Stack<'_, '_>, part: &Part<'_>) {
    let (own, name) = (id(part), stack.name(part, ACCOUNT_MAX));
    stack.resource("google_service_account", &own, map([("account_id", Node::from(name))]));
    managed::rights(stack, part, &member(part), None);
}

/// Who a part is, for a policy: parts that share servers share their account.
pub(super) fn member(part: &Part<'_>) -> Node {
    let own = compute::account(part).unwrap_or_else(|| id(part));
    expression(format!("google_service_account.{own}.member"))
}

/// The service that takes what servers or pods have no room for: the same part, placed there.
pub(in crate::terraform) fn burst(
    plan: &Plan<'_>,
    part: &Part<'_>,
    spill: &Spill,
) -> Result<(), String> {
    proxy::check(plan, part, spill, &CloudRun, |_| None)
}

/// Writes it; the expression of the host that it is reached at.
pub(in crate::terraform) fn write_burst(
    stack: &mut Stack<'_, '_>,
    part: &Part<'_>,
    spill: &Spill,
) -> Option<String> {
    let placement = proxy::placement(part, spill);
    let other = proxy::other_side(part, &placement);
    account(stack, &other);
    service(stack, &other, settings(&other)?);
    let uri = format!("google_cloud_run_v2_service.{}.uri", id(&other));
    Some(format!("trimprefix({uri}, \"https://\")"))
}

fn service(stack: &mut Stack<'_, '_>, part: &Part<'_>, instance: &InstanceSettings) {
    let (own, why) = (id(part), stack.why);
    let name = stack.name(part, NAME_MAX);
    let planned = |value: Node, what: &str| value.why(why.plan(part, what));
    let (most, reason) = parts::most(part, instance.min.max(1));
    let mut scaling = Node::empty();
    if instance.warm_hours.is_none() {
        let least = planned(instance.min.into(), "instances that are always there");
        scaling.set("min_instance_count", least);
    }
    scaling.set("max_instance_count", Node::from(most).why(reason));
    let concurrency = planned(instance.concurrency.into(), "requests at once an instance");
    let mut inner = map([
        ("service_account", expression(format!("google_service_account.{own}.email"))),
        ("max_instance_request_concurrency", concurrency),
        ("timeout", timeout(stack, part)),
        ("scaling", scaling),
    ])
    .joined(beside::containers(stack, part, instance, true));
    if part.needs(Need::SessionState) {
        inner.set("session_affinity", Node::from(true).why("need: session-state"));
    }
    if let Some(access) = access(stack, part) {
        inner.set("vpc_access", access);
    }
    let public = part.is_public();
    let ingress = if public { "INGRESS_TRAFFIC_ALL" } else { "INGRESS_TRAFFIC_INTERNAL_ONLY" };
    let mut body = map([
        ("name", Node::from(name)),
        ("location", region(part).into()),
        (
            "ingress",
            Node::from(ingress).why(format!("public: {}", why.fact(&part.component.public))),
        ),
        (
            "invoker_iam_disabled",
            Node::from(true).why("callers send no tokens of Google's, as they do today"),
        ),
        ("template", inner),
    ]);
    if let Some(hours) = instance.warm_hours {
        // Of the service and not of its revision: what changes it deploys nothing anew.
        body.set("scaling", map([("min_instance_count", Node::from(0_u32))]));
        let ignored = list(["scaling"]).why("the clock changes it");
        body.set("lifecycle", map([("ignore_changes", ignored)]));
        by_the_hour(stack, part, instance, hours);
    }
    stack.resource("google_cloud_run_v2_service", &own, body);
    if instance.front_door == FrontDoor::PubSub {
        managed::topic(stack, part);
    }
}

/// Instances that are kept in some hours only: Cloud Scheduler calls Cloud Run's own interface ("Method:
/// projects.locations.services.patch", Cloud Run API reference). "If you apply this feature at the service-level, the
/// setting goes into effect without needing to deploy a new revision" ("Set minimum instances", Cloud Run documentation).
fn by_the_hour(
    stack: &mut Stack<'_, '_>,
    part: &Part<'_>,
    instance: &InstanceSettings,
    hours: WarmHours,
) {
    let own = id(part);
    let clock = format!("{own}__clock");
    let short = stack.name(part, ACCOUNT_MAX - CLOCK.len());
    let account = map([("account_id", Node::from(format!("{short}{CLOCK}")))]);
    stack.resource("google_service_account", &clock, account);
    let member = || expression(format!("google_service_account.{clock}.member"));
    let service = |what: &str| format!("google_cloud_run_v2_service.{own}.{what}");
    let changes = map([
        ("name", expression(service("name"))),
        ("location", region(part).into()),
        ("role", "roles/run.developer".into()),
        ("member", member()),
    ]);
    stack.resource("google_cloud_run_v2_service_iam_member", &clock, changes);
    // Who changes a service has to be allowed to act as the account that it runs as.
    let acts = map([
        ("service_account_id", expression(format!("google_service_account.{own}.name"))),
        ("role", "roles/iam.serviceAccountUser".into()),
        ("member", member()),
    ]);
    stack.resource("google_service_account_iam_member", &clock, acts);
    let name = stack.name(part, NAME_MAX);
    let why = stack.why.plan(part, &format!("kept ready {hours}"));
    let (begins, ends) = turns(hours);
    let begins = (begins, "keep", instance.min);
    let ends = ends.map(|ends| (ends, "release", 0));
    for (turn, what, count) in [Some(begins), ends].into_iter().flatten() {
        let uri = format!(
            "https://run.googleapis.com/v2/${{{}}}?updateMask=scaling.minInstanceCount",
            service("id")
        );
        let text =
            format!("base64encode(jsonencode({{scaling = {{minInstanceCount = {count}}}}}))");
        let email = expression(format!("google_service_account.{clock}.email"));
        let target = map([
            ("http_method", Node::from("PATCH")),
            ("uri", template(uri)),
            ("headers", map([("Content-Type", Node::from("application/json"))])),
            ("body", expression(text)),
            ("oauth_token", map([("service_account_email", email)])),
        ]);
        let job = map([
            ("name", Node::from(format!("{name}-{what}"))),
            ("region", region(part).into()),
            ("schedule", Node::from(turn.five_fields()).why(why.as_str())),
            ("time_zone", Node::from("Etc/UTC").why("schedules are planned in UTC")),
            ("http_target", target),
        ]);
        stack.resource("google_cloud_scheduler_job", &format!("{own}__{what}"), job);
    }
}

/// Seconds of a request at the most.
fn timeout(stack: &Stack<'_, '_>, part: &Part<'_>) -> Node {
    let declared = part.component.run_time_max.as_ref();
    let known = declared.and_then(|fact| Some((fact.get()?, stack.why.fact(fact))));
    match known {
        Some((time, why)) => {
            let seconds = time.millis_ceil().div_ceil(1000).clamp(1, TIMEOUT_SECONDS.1);
            Node::from(format!("{seconds}s")).why(why)
        }
        None if part.needs(Need::WebSockets) => Node::from(format!("{}s", TIMEOUT_SECONDS.1))
            .why("need: websockets; as long as Cloud Run allows"),
        None => Node::from(format!("{}s", TIMEOUT_SECONDS.0)).why("platform's default"),
    }
}

/// The way into the network, for those who call something that only it reaches.
fn access(stack: &mut Stack<'_, '_>, part: &Part<'_>) -> Option<Node> {
    let plan = stack.plan;
    let called = || plan.called(&part.component.id).map(|(callee, _)| callee);
    let inside = |callee: &Part<'_>| CloudRun.takes(callee.placement) && !callee.is_public();
    let services = called().any(inside);
    let servers = called().any(|callee| compute::account(callee).is_some());
    if !services && !servers && !called().any(managed::is_private) {
        return None;
    }
    network(stack, part);
    if services {
        private_services(stack);
    }
    let interface = map([
        ("network", expression("google_compute_network.main.id")),
        ("subnetwork", expression("google_compute_subnetwork.main.id")),
    ]);
    let why = "it calls what only the network reaches; what goes to the internet goes straight";
    Some(map([
        ("egress", Node::from("PRIVATE_RANGES_ONLY").why(why)),
        ("network_interfaces", list([interface])),
    ]))
}

/// What is asked of a container.
#[derive(Debug)]
pub(super) struct Asked<'r, 'a> {
    /// The part that its service or job is.
    pub owner: &'r Part<'a>,
    pub instance: &'r InstanceSettings,
    /// Whether it is one of a service.
    pub serves: bool,
    /// The port that requests come to, if they come to it.
    pub port: Option<Port>,
    /// Probes that it may have.
    pub keys: &'static [&'static str],
}

/// A container of a service or of a job.
pub(super) fn container(
    stack: &mut Stack<'_, '_>,
    part: &Part<'_>,
    limits: Node,
    asked: &Asked<'_, '_>,
) -> Node {
    let reasons = stack.why;
    let why = reasons.definition(part);
    let planned = |value: Node, what: &str| value.why(reasons.plan(part, what));
    let mut resources = map([("limits", limits)]);
    if asked.serves {
        let idle = asked.instance.billing == Billing::Requests;
        resources.set(
            "cpu_idle",
            planned(idle.into(), "billed by requests, or for as long as an instance is there"),
        );
    }
    let mut node = map([("image", parts::image(stack, part)), ("resources", resources)]);
    let (command, args) = parts::command(stack, part);
    for (key, words) in [("command", command), ("args", args)] {
        if !words.is_empty() {
            node.set(key, list(words).why(why.as_str()));
        }
    }
    let ports = Ports::of(part);
    if let Some(port) = &asked.port {
        let reason = if ports.assumed { "assumed: nobody says where it listens" } else { &why };
        let mut entry = map([("container_port", Node::from(port.number).why(reason))]);
        if part.needs(Need::Grpc) {
            entry.set("name", Node::from("h2c").why("need: grpc"));
        }
        node.set("ports", entry);
        if Ports::of_pod(asked.owner).all.len() > 1 {
            stack.left_out(part, "its other ports: a service of Cloud Run has one");
        }
    }
    // The port is Cloud Run's own to say to the container that requests come to.
    let takes: fn(&str) -> bool = if asked.port.is_some() || !asked.serves {
        |name| environment::is_name(name) && !RESERVED.contains(&name)
    } else {
        |name| environment::is_name(name) && (name == PORT || !RESERVED.contains(&name))
    };
    let mut env = Vec::new();
    for (name, variable) in environment::variables(stack, part, takes) {
        let entry = map([("name", Node::from(name.as_str()))]);
        env.push(match variable {
            Variable::Text(text) => entry.with("value", text),
            Variable::Secret(given) => {
                let source = secret(stack, asked.owner, &given);
                entry.with("value_source", map([("secret_key_ref", source)]))
            }
        });
    }
    if !env.is_empty() {
        node.set("env", list(env));
    }
    let empty = Blueprint::default();
    let blueprint = part.component.blueprint.as_deref().unwrap_or(&empty);
    for (key, probe) in [
        ("startup_probe", blueprint.started.as_ref().or(blueprint.ready.as_ref())),
        ("liveness_probe", blueprint.alive.as_ref()),
    ] {
        if let Some(probe) = probe.filter(|_| asked.keys.contains(&key)) {
            match self::probe(probe, &ports) {
                Some(probe) => node.set(key, probe.why(why.as_str())),
                None => {
                    stack.left_out(part, "a check by a command: Cloud Run asks over HTTP and TCP");
                }
            }
        }
    }
    if !blueprint.volumes.is_empty() {
        stack.left_out(part, "its disks: an instance keeps nothing");
    }
    node
}

fn probe(probe: &Probe, ports: &Ports) -> Option<Node> {
    let first = parts::main_port(ports).map(|port| port.number);
    let clamp = |value: u64, at: usize| value.clamp(PROBE[at].0, PROBE[at].1);
    let seconds = |time: units::Duration| time.nanos().div_ceil(1_000_000_000);
    let timeout = clamp(seconds(probe.timeout), 2);
    let mut node = match &probe.check {
        Check::Http(path, port) => {
            let path = if path.starts_with('/') { path.clone() } else { format!("/{path}") };
            let port = Node::from(port.or(first)?);
            map([("http_get", map([("path", path.into()), ("port", port)]))])
        }
        Check::Tcp(port) => map([("tcp_socket", map([("port", Node::from(port.or(first)?))]))]),
        Check::Command(_) => return None,
    };
    node.set("initial_delay_seconds", clamp(seconds(probe.delay), 0));
    node.set("period_seconds", clamp(seconds(probe.period), 1).max(timeout));
    node.set("timeout_seconds", timeout);
    node.set("failure_threshold", clamp(probe.failures.into(), 3));
    Some(node)
}

/// A secret that instances and servers read when they start; its value is a variable and never in Terraform's state.
pub(super) fn secret(stack: &mut Stack<'_, '_>, part: &Part<'_>, given: &str) -> Node {
    let name = format!("{}-{given}", stack.app(200));
    let body =
        map([("secret_id", Node::from(name)), ("replication", map([("auto", Node::empty())]))]);
    stack.resource("google_secret_manager_secret", given, body);
    let of = |what: &str| expression(format!("google_secret_manager_secret.{given}.{what}"));
    let version = map([
        ("secret", of("id")),
        ("secret_data_wo", expression(format!("var.{given}"))),
        ("secret_data_wo_version", Node::from(1_u32).why("raise it when the value changes")),
    ]);
    stack.resource("google_secret_manager_secret_version", given, version);
    let reads = map([
        ("secret_id", of("id")),
        ("role", "roles/secretmanager.secretAccessor".into()),
        ("member", member(part)),
    ]);
    stack.resource("google_secret_manager_secret_iam_member", given, reads);
    map([
        ("secret", of("secret_id")),
        ("version", expression(format!("google_secret_manager_secret_version.{given}.version"))),
    ])
}

/// A run by the clock or at a release: a job, and who starts it.
fn job(stack: &mut Stack<'_, '_>, part: &Part<'_>, instance: &InstanceSettings) {
    let (schedule, requests) = match &part.component.load {
        Load::Cron { expression: text, requests, .. } if part.component.kind == Kind::Cron => {
            let Some(schedule) = for_kubernetes(text) else { return };
            (Some(schedule), *requests)
        }
        _ => (None, 1),
    };
    let (own, name) = (id(part), stack.name(part, NAME_MAX));
    let containers = beside::containers(stack, part, instance, false);
    let account = expression(format!("google_service_account.{own}.email"));
    let mut inner = map([("service_account", account)]).joined(containers);
    if let Some(fact) = part.component.run_time_max.as_ref()
        && let Some(time) = fact.get()
    {
        let seconds = time.millis_ceil().div_ceil(1000).max(1);
        inner.set("timeout", Node::from(format!("{seconds}s")).why(stack.why.fact(fact)));
    }
    if let Some(retries) = part.component.blueprint.as_ref().and_then(|b| b.retries) {
        inner.set("max_retries", Node::from(retries).why(stack.why.definition(part)));
    }
    if let Some(access) = access(stack, part) {
        inner.set("vpc_access", access);
    }
    let what = if schedule.is_some() { "runs a firing" } else { "a run a release" };
    let count = Node::from(requests).why(what);
    let body = map([
        ("name", Node::from(name.as_str())),
        ("location", region(part).into()),
        ("template", map([("task_count", count), ("template", inner)])),
    ]);
    stack.resource("google_cloud_run_v2_job", &own, body);
    let Some(schedule) = schedule else {
        let job = format!("google_cloud_run_v2_job.{own}");
        let command = format!(
            "gcloud run jobs execute ${{{job}.name}} --project ${{{job}.project}} --region ${{{job}.location}} --wait"
        );
        return parts::run(stack, part, command);
    };
    let starts = map([
        ("name", expression(format!("google_cloud_run_v2_job.{own}.name"))),
        ("location", region(part).into()),
        ("role", "roles/run.invoker".into()),
        ("member", member(part)),
    ]);
    stack.resource("google_cloud_run_v2_job_iam_member", &own, starts);
    let uri = format!("https://run.googleapis.com/v2/${{google_cloud_run_v2_job.{own}.id}}:run");
    let token =
        map([("service_account_email", expression(format!("google_service_account.{own}.email")))]);
    let target =
        map([("http_method", Node::from("POST")), ("uri", template(uri)), ("oauth_token", token)]);
    let clock = map([
        ("name", Node::from(name)),
        ("region", region(part).into()),
        ("schedule", Node::from(schedule).why(stack.why.definition(part))),
        ("time_zone", Node::from("Etc/UTC").why("schedules are planned in UTC")),
        ("http_target", target),
    ]);
    stack.resource("google_cloud_scheduler_job", &own, clock);
}

//! The pod of a part: image, command, ports, probes, sizes, and what it may not do.

use std::collections::BTreeSet;

use model::{
    Architecture, Blueprint, Check, Container, Engine, Kind, Need, Package, PodSettings, Port,
    Probe, Protocol, Setting, Variable, is_secret,
};
use source::Finding;
use units::{Bytes, Duration, Millicores};

use super::beside::Beside;
use super::config::{self, Variables};
use super::login::pod_labels;
use crate::findings::{NOT_RESTRICTED, TO_DO};
use crate::image::image_of;
use crate::tree::{Node, list, map};
use crate::{Output, Part, Plan, Reasons};

/// Where an image is taken to listen of which nobody says it: what Cloud Run and Knative tell images in `PORT`.
pub(crate) const PORT_ASSUMED: u16 = 8080;
/// The user as which the official images of PostgreSQL, MySQL, Redis, Valkey, MongoDB and RabbitMQ run their store.
const STORE_USER: u32 = 999;
/// The same of PostgreSQL's images on Alpine, whose `initdb` knows no other ("70 is the standard uid/gid for postgres in Alpine",
/// its Dockerfile).
const POSTGRES_ON_ALPINE: u32 = 70;
/// The user of Memcached's image (`--uid 11211`, its Dockerfile).
const MEMCACHED_USER: u32 = 11_211;
/// The user of the images of Apache Kafka (`appuser`) and of OpenSearch: the first that is added.
const FIRST_USER: u32 = 1000;
/// Where PostgreSQL's images before version 18 keep their data.
const POSTGRES_DATA: &str = "/var/lib/postgresql/data";
/// The largest number of a field of 32 bits.
const INT_MAX: u64 = i32::MAX as u64;
/// Ports below are for root alone, unless the pod says otherwise.
const LOW_PORTS: u16 = 1024;

/// The ports of a part, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ports {
    /// They, in their order.
    pub(crate) all: Vec<Port>,
    /// Whether nobody says them.
    pub(crate) assumed: bool,
}

impl Ports {
    /// Those of the main container: those of the definition, else the engine's, else one that is assumed where requests come in.
    pub(crate) fn of(part: &Part<'_>) -> Self {
        let declared = part.component.blueprint.as_ref().map(|b| b.ports.as_slice());
        let all = distinct(declared.unwrap_or_default());
        if !all.is_empty() {
            return Self { all, assumed: false };
        }
        let one = |number| {
            let (protocol, published) = (Protocol::Tcp, part.is_public());
            let reached_at = Vec::new();
            vec![Port { number, protocol, name: None, published, reached_at, span: None }]
        };
        let engine = part.component.engine.as_ref().and_then(model::Fact::get);
        if let Some(number) = engine.and_then(usual_port) {
            return Self { all: one(number), assumed: false };
        }
        // Where a container beside the main one takes the requests, the main one need not listen.
        let by_another = part.component.containers.iter().any(|c| c.served().next().is_some());
        let listens = matches!(part.component.kind, Kind::Http | Kind::Static) || part.is_public();
        let listens = listens && !by_another;
        if listens {
            return Self { all: one(PORT_ASSUMED), assumed: true };
        }
        Self { all, assumed: false }
    }

    /// Those of a further container.
    pub(super) fn of_container(container: &Container) -> Self {
        Self { all: distinct(&container.ports), assumed: false }
    }

    /// Those at which others reach the pod: the main container's, and those of further ones that somebody leads to.
    pub(crate) fn of_pod(part: &Part<'_>) -> Self {
        let mut own = Self::of(part);
        let served = part.component.containers.iter().flat_map(Container::served).cloned();
        own.all.extend(served);
        Self { all: distinct(&own.all), assumed: own.assumed }
    }
}

/// Ports that can be, each once.
fn distinct(ports: &[Port]) -> Vec<Port> {
    let mut all: Vec<Port> = Vec::new();
    for port in ports {
        let same = |known: &Port| (known.number, known.protocol) == (port.number, port.protocol);
        if port.number > 0 && !all.iter().any(same) {
            all.push(port.clone());
        }
    }
    all
}

impl Ports {
    /// The one that requests come to: the first that clients reach over TCP, else the first that others do.
    pub(crate) fn main(&self) -> Option<&Port> {
        let tcp = || self.all.iter().filter(|port| port.protocol == Protocol::Tcp);
        let reached = || tcp().find(|port| !port.reached_at.is_empty());
        tcp().find(|port| port.published).or_else(reached).or_else(|| tcp().next())
    }
}

/// The port that an engine's protocol is registered for.
const fn usual_port(engine: Engine) -> Option<u16> {
    Some(match engine {
        Engine::Postgres => 5432,
        Engine::Mysql => 3306,
        Engine::Redis | Engine::Valkey => 6379,
        Engine::Memcached => 11211,
        Engine::Mongodb => 27017,
        Engine::Kafka => 9092,
        Engine::Opensearch => 9200,
        Engine::Rabbitmq => 5672,
        Engine::Activemq => 61616,
        Engine::KeyValue | Engine::Queue | Engine::Objects | Engine::Other => return None,
    })
}

/// What stands for an image that is not known: no name of an image that is known to be something.
pub(super) fn placeholder(part: &Part<'_>) -> String {
    format!("my-{}", part.name)
}

/// The container of a part.
pub(crate) fn container(
    part: &Part<'_>,
    pod: &PodSettings,
    variables: &Variables,
    why: Reasons<'_>,
    out: &mut Output,
) -> Node {
    let empty = Blueprint::default();
    let blueprint = part.component.blueprint.as_deref().unwrap_or(&empty);
    let reason = why.definition(part);
    let declared = blueprint.image.as_deref() == image_of(part);
    let image = match image_of(part) {
        Some(image) if declared => Node::from(image).why(reason.as_str()),
        Some(image) => Node::from(image)
            .why("official image of the engine: choose its version in the overlays"),
        None => {
            Node::from(placeholder(part)).why("placeholder: the overlays say which image it is")
        }
    };
    let mut secrets = Vec::new();
    let taken = |name: &str| part.environment().iter().any(|(known, _)| *known == name);
    let mut words = |all: &[String]| -> Vec<String> {
        all.iter().map(|word| without_secret(&taken, word, &mut secrets)).collect()
    };
    let (command, args) = (words(&blueprint.command), words(&blueprint.args));
    let ports = Ports::of(part);
    let mut node = map([("name", part.name.as_str().into()), ("image", image)]);
    if !command.is_empty() {
        node.set("command", list(command).why(reason.as_str()));
    }
    if !args.is_empty() {
        node.set("args", list(args).why(reason.as_str()));
    }
    if !ports.all.is_empty() {
        let why =
            if ports.assumed { "assumed: nobody says where it listens" } else { reason.as_str() };
        node.set("ports", list(container_ports(&ports, &mut BTreeSet::new())).why(why));
    }
    let (from, env) = config::environment(part, variables, &secrets, out);
    node = node.with_some("envFrom", from).with_some("env", env);
    node.set("resources", resources(part, pod, why));
    for (key, probe) in probes(part, blueprint, &ports) {
        node.set(key, probe);
    }
    if !part.component.kind.ends() || part.needs(Need::LocalDisk) {
        let mounts: Vec<Node> = super::workload::volumes(part)
            .into_iter()
            .map(|(name, path)| map([("name", name.into()), ("mountPath", path.into())]))
            .collect();
        if !mounts.is_empty() {
            node.set("volumeMounts", list(mounts).why(reason.as_str()));
        }
    }
    node.with("securityContext", security(part, out))
}

/// Whether no secret is in a word of a command line.
pub(crate) fn without_secrets(word: &str) -> bool {
    without_secret(&|_| false, word, &mut Vec::new()) == word
}

/// A word of a command line without what is secret in it: Kubernetes fills in `$(NAME)` from the environment. `taken` are
/// names of variables that are something else.
pub(super) fn without_secret(
    taken: &dyn Fn(&str) -> bool,
    word: &str,
    found: &mut Vec<Variable>,
) -> String {
    let (key, value) = word.split_once('=').unwrap_or(("", word));
    let name = key.trim_start_matches('-').replace(['-', '.'], "_").to_uppercase();
    let references = value.starts_with("$(") && value.ends_with(')');
    // The name of a file is none, though what is in it may be.
    let file = value.starts_with(['/', '.']) && !value.contains("-----BEGIN");
    if references || file || value.is_empty() || !is_secret(&name, value) {
        return word.to_owned();
    }
    let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let mut name = if plain { name } else { format!("ARGUMENT_{}", found.len() + 1) };
    if taken(&name) {
        name.push_str("_ARGUMENT");
    }
    if !found.iter().any(|variable| variable.name == name) {
        found.push(Variable { name: name.clone(), value: Setting::Secret(None) });
    }
    if key.is_empty() { format!("$({name})") } else { format!("{key}=$({name})") }
}

/// The ports of a container; a name is given once ("each named port in a pod must have a unique name", Kubernetes API reference).
pub(super) fn container_ports(ports: &Ports, taken: &mut BTreeSet<String>) -> Vec<Node> {
    let mut one = |port: &Port| {
        let mut node = map([("containerPort", Node::from(port.number))]);
        let name = port.name.as_deref().filter(|name| is_port_name(name));
        if let Some(name) = name.filter(|name| taken.insert((*name).to_owned())) {
            node.set("name", name);
        }
        node.with("protocol", protocol(port.protocol))
    };
    ports.all.iter().map(&mut one).collect()
}

/// A transport as Kubernetes writes it.
pub(super) const fn protocol(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Tcp => "TCP",
        Protocol::Udp => "UDP",
    }
}

/// Whether a port may be called so: at most 15 lower-case letters, digits and single dashes, a letter among them.
pub(super) fn is_port_name(name: &str) -> bool {
    let ends = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    (1..=15).contains(&name.len())
        && name.chars().all(|c| ends(c) || c == '-')
        && name.starts_with(ends)
        && name.ends_with(ends)
        && !name.contains("--")
        && name.contains(|c: char| c.is_ascii_lowercase())
}

/// What the scheduler keeps for it and what it may take.
fn resources(part: &Part<'_>, pod: &PodSettings, why: Reasons<'_>) -> Node {
    let (own_cpu, own_memory) = super::beside::left_for_main(part, pod);
    let size = memory(own_memory);
    let memory_why = why.fact(&part.component.memory);
    let mut requests = map([
        ("cpu", Node::from(cpu(own_cpu)).why(why.plan(part, "CPU that one pod asks for"))),
        ("memory", Node::from(size.as_str()).why(memory_why)),
    ]);
    let mut limits = map([(
        "memory",
        Node::from(size).why("plan: request and limit are one, so that a node never runs out"),
    )]);
    if let Some(scratch) = part.component.scratch.as_ref().and_then(model::Fact::get) {
        let scratch = memory(scratch);
        requests.set("ephemeral-storage", Node::from(scratch.as_str()));
        limits.set("ephemeral-storage", Node::from(scratch));
    }
    if part.needs(Need::Gpu) {
        let why = "need: gpu; the resource of NVIDIA's device plugin";
        limits.set("nvidia.com/gpu", Node::from("1").why(why));
    }
    map([("requests", requests), ("limits", limits)])
}

/// An amount of CPU as a quantity.
pub(crate) fn cpu(amount: Millicores) -> String {
    let milli = amount.get().max(1);
    if milli.is_multiple_of(1000) { (milli / 1000).to_string() } else { format!("{milli}m") }
}

/// An amount of memory or disk as a quantity, in whole mebibytes where it is one.
pub(crate) fn memory(amount: Bytes) -> String {
    let bytes = amount.get().max(1);
    let mib = 1u64 << 20;
    if !bytes.is_multiple_of(mib) {
        return bytes.to_string();
    }
    if bytes.is_multiple_of(mib << 10) {
        format!("{}Gi", bytes / (mib << 10))
    } else {
        format!("{}Mi", bytes / mib)
    }
}

/// CPU and memory as quantities.
pub(crate) fn quantities(processor: Millicores, size: Bytes) -> (String, String) {
    (cpu(processor), memory(size))
}

/// The probes of a part by their keys.
fn probes(part: &Part<'_>, blueprint: &Blueprint, ports: &Ports) -> Vec<(&'static str, Node)> {
    let all = [
        ("startupProbe", &blueprint.started),
        ("readinessProbe", &blueprint.ready),
        ("livenessProbe", &blueprint.alive),
    ];
    let mut found: Vec<(&'static str, Node)> = all
        .into_iter()
        .filter_map(|(key, probe)| Some((key, self::probe(probe.as_ref()?, ports)?)))
        .collect();
    let first = ports.all.iter().find(|port| port.protocol == Protocol::Tcp);
    // What is deployed today without a probe stays as it is.
    if let (true, None, Some(port)) = (found.is_empty(), &part.component.blueprint, first) {
        let tcp = map([("tcpSocket", map([("port", port.number.into())]))]);
        let why = "default: nobody declares a probe; it may take requests once it listens";
        found.push(("readinessProbe", tcp.why(why)));
    }
    found
}

pub(super) fn probe(probe: &Probe, ports: &Ports) -> Option<Node> {
    let first = || ports.all.iter().find(|p| p.protocol == Protocol::Tcp).map(|p| p.number);
    let check = match &probe.check {
        Check::Http(path, port) => {
            let path = if path.starts_with('/') { path.clone() } else { format!("/{path}") };
            let port = Node::from(port.filter(|p| *p > 0).or_else(first)?);
            map([("httpGet", map([("path", path.into()), ("port", port)]))])
        }
        Check::Tcp(port) => {
            let port = Node::from(port.filter(|p| *p > 0).or_else(first)?);
            map([("tcpSocket", map([("port", port)]))])
        }
        Check::Command(words) if words.is_empty() => return None,
        Check::Command(words) => map([("exec", map([("command", list(words))]))]),
    };
    let count = |n: u64| Node::from(n.clamp(1, INT_MAX));
    Some(
        check
            .with("initialDelaySeconds", seconds(probe.delay).min(INT_MAX))
            .with("periodSeconds", count(seconds(probe.period)))
            .with("timeoutSeconds", count(seconds(probe.timeout)))
            .with("failureThreshold", count(probe.failures.into())),
    )
}

/// Whole seconds, rounded up.
pub(super) fn seconds(time: Duration) -> u64 {
    time.nanos().div_ceil(1_000_000_000)
}

/// What the container may not do: the standard "restricted" wants all four.
fn security(part: &Part<'_>, out: &mut Output) -> Node {
    if part.needs(Need::Privileged) {
        let message = format!("{}: needs privileged mode", part.component.id);
        let hint = "its namespace may not enforce `restricted`; better give it the one right that it needs";
        let finding = Finding::warning(NOT_RESTRICTED, message).hint(hint);
        let span = part.component.needs.span(Need::Privileged);
        out.findings.push(match span {
            Some(span) => finding.at(span),
            None => finding,
        });
        return map([("privileged", Node::from(true).why("need: privileged"))]);
    }
    restricted(part)
}

/// What a container may not do that needs nothing of its host.
pub(super) fn restricted(part: &Part<'_>) -> Node {
    if part.needs(Need::Windows) {
        return map([("runAsNonRoot", Node::from(true).why("pod security: restricted"))]);
    }
    map([
        ("allowPrivilegeEscalation", Node::from(false).why("pod security: restricted")),
        ("capabilities", map([("drop", list(["ALL"]))])),
    ])
}

/// The pod around the container.
pub(crate) fn pod_spec(
    plan: &Plan<'_>,
    part: &Part<'_>,
    container: Node,
    beside: Beside,
    why: Reasons<'_>,
) -> Node {
    let mut spec = map([
        ("serviceAccountName", part.name.as_str().into()),
        ("automountServiceAccountToken", false.into()),
    ]);
    spec.set("securityContext", pod_security(part));
    if part.needs(Need::Windows) {
        spec.set("os", map([("name", "windows".into())]));
    }
    spec.set("nodeSelector", node_selector(part));
    let grace = part.component.blueprint.as_ref().and_then(|b| b.grace);
    if let Some(grace) = grace {
        let grace = Node::from(seconds(grace)).why(why.definition(part));
        spec.set("terminationGracePeriodSeconds", grace);
    }
    let copies = super::settings(part).map_or(0, |pod| pod.min);
    let zones = plan.app.availability.zones.get().unwrap_or(1);
    if copies > 1 && zones > 1 && !part.component.kind.ends() {
        let why = format!("zones: {zones} ({})", why.fact(&plan.app.availability.zones));
        let selector = super::object::selector(plan, part);
        let spread = map([
            ("maxSkew", Node::from(1u32)),
            ("topologyKey", "topology.kubernetes.io/zone".into()),
            ("whenUnsatisfiable", "ScheduleAnyway".into()),
            ("labelSelector", map([("matchLabels", selector)])),
        ]);
        spec.set("topologySpreadConstraints", list([spread]).why(why));
    }
    beside.into_spec(spec, container)
}

fn pod_security(part: &Part<'_>) -> Node {
    if part.needs(Need::Privileged) {
        return Node::empty().why("need: privileged");
    }
    if part.needs(Need::Windows) {
        return map([("runAsNonRoot", Node::from(true))]);
    }
    let seccomp = map([("type", "RuntimeDefault".into())]);
    let mut node = map([
        (
            "runAsNonRoot",
            Node::from(true)
                .why("pod security: restricted; an image that runs as root does not start"),
        ),
        ("seccompProfile", seccomp),
    ]);
    if part.component.kind == Kind::Stateful {
        let why =
            "the user of the official image's store; set the image's own where it is another one";
        let user = store_user(part);
        node.set("runAsUser", Node::from(user).why(why));
        node.set("runAsGroup", Node::from(user));
        node.set("fsGroup", Node::from(user).why("so that it may write to its disk"));
    } else if !super::workload::volumes(part).is_empty() {
        node.set("fsGroup", Node::from(STORE_USER).why("so that it may write to its disk"));
        node.set("fsGroupChangePolicy", "OnRootMismatch");
    } else if super::files::are_for_a_group(part) {
        let why = "so that it may read files that not all may read";
        node.set("fsGroup", Node::from(STORE_USER).why(why));
    }
    let beside = part.component.containers.iter().flat_map(|container| &container.ports);
    if Ports::of(part).all.iter().chain(beside).any(|port| port.number < LOW_PORTS) {
        let low =
            map([("name", "net.ipv4.ip_unprivileged_port_start".into()), ("value", "0".into())]);
        node.set("sysctls", list([low]).why("it listens below 1024 and is not root"));
    }
    node
}

/// The user as which the official image of a store runs it.
fn store_user(part: &Part<'_>) -> u32 {
    let engine = part.component.engine.as_ref().and_then(model::Fact::get);
    let alpine = image_of(part).is_some_and(|image| image.contains("alpine"));
    match engine {
        Some(Engine::Postgres) if alpine => POSTGRES_ON_ALPINE,
        Some(Engine::Memcached) => MEMCACHED_USER,
        Some(Engine::Kafka | Engine::Opensearch) => FIRST_USER,
        _ => STORE_USER,
    }
}

/// Where PostgreSQL has to keep its data where a disk is seen at its usual place: below it. The disk's own folder belongs to root
/// and may hold `lost+found`, which `initdb` refuses.
pub(super) fn data_folder(part: &Part<'_>) -> Option<Node> {
    let engine = part.component.engine.as_ref().and_then(model::Fact::get);
    let there = super::workload::volumes(part).iter().any(|(_, path)| path == POSTGRES_DATA);
    let why = "`initdb` takes a folder of its own, not the disk's, which is root's and may hold lost+found";
    (engine == Some(Engine::Postgres) && there)
        .then(|| Node::from(format!("{POSTGRES_DATA}/pgdata")).why(why))
}

fn node_selector(part: &Part<'_>) -> Node {
    let architecture = super::settings(part).map_or(Architecture::X86, |pod| pod.architecture);
    let name = match architecture {
        Architecture::X86 => "amd64",
        Architecture::Arm => "arm64",
    };
    let why = "plan: the nodes' processors; the image must be built for them";
    let mut node = map([("kubernetes.io/arch", Node::from(name).why(why))]);
    let os = if part.needs(Need::Windows) { "windows" } else { "linux" };
    node.set("kubernetes.io/os", os);
    node
}

/// What the host of a function in an archive has to know, under the names that Lambda gives it ("Defined runtime environment
/// variables", AWS Lambda developer guide) and its emulator reads (README of `aws/aws-lambda-runtime-interface-emulator`).
pub(super) fn handler_variables(part: &Part<'_>, why: Reasons<'_>) -> Vec<(&'static str, Node)> {
    let Some(handler) = archived_handler(part) else { return Vec::new() };
    let host = "for the host that calls the handler";
    let mut found = vec![
        ("_HANDLER", Node::from(handler).why(why.definition(part))),
        ("AWS_LAMBDA_FUNCTION_NAME", Node::from(part.name.as_str()).why(host)),
    ];
    if let Some(memory) = part.component.memory.get() {
        let memory = Node::from(memory.mib_ceil().to_string());
        let reason = why.fact(&part.component.memory);
        found.push(("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", memory.why(reason)));
    }
    if let Some(fact) = &part.component.run_time_max
        && let Some(time) = fact.get()
    {
        let seconds = Node::from(seconds(time).to_string());
        found.push(("AWS_LAMBDA_FUNCTION_TIMEOUT", seconds.why(why.fact(fact))));
    }
    found
}

/// The handler of a function that is shipped as an archive.
fn archived_handler<'p>(part: &'p Part<'_>) -> Option<&'p str> {
    let archive = part.component.artifact.package.get() == Some(Package::Zip);
    let handler = part.component.blueprint.as_ref().and_then(|b| b.handler.as_deref());
    handler.filter(|_| archive)
}

/// Says that a function in an archive becomes an image.
pub(super) fn function_told(plan: &Plan<'_>, part: &Part<'_>, out: &mut Output) {
    if let Some(handler) = archived_handler(part) {
        let message =
            format!("{}: the handler `{handler}` needs a host that calls it", part.component.id);
        let hint = "put its code into an image whose host speaks the Lambda Runtime API";
        out.findings
            .push(plan.at(Finding::warning(TO_DO, message).hint(hint), part.component.span));
    }
}

/// The labels of a pod.
pub(crate) fn pod_metadata(plan: &Plan<'_>, part: &Part<'_>) -> Node {
    map([("labels", pod_labels(plan, part))])
}

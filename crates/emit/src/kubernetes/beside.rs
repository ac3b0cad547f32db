//! What is around the main container of a pod: those that run before it, those that stay beside it, and the pod's volumes.

use std::collections::BTreeSet;

use model::{Container, Kind, MAIN_PART, PodSettings, Role, Setting};
use source::Finding;
use units::{Bytes, Millicores};

use super::files::{self, Volumes};
use super::pod::{self, Ports};
use super::{config, proxy};
use crate::findings::{NOT_RESTRICTED, TO_DO};
use crate::image::is_reference;
use crate::names::Names;
use crate::tree::{Node, list, map};
use crate::{Output, Part, Plan, Reasons};

/// CPU that a container asks for of which nobody says it, in millicores: Kubernetes reckons no utilisation of a pod in which
/// one asks for none ("if some of the Pod's containers do not have the relevant resource request set, CPU utilization for the
/// Pod will not be defined", Kubernetes documentation, "Horizontal Pod Autoscaling").
const CPU_UNSAID: Millicores = Millicores::new(10);
/// Nobody's own user, as most images know it.
const NOBODY: u32 = 65_534;
/// Official images that run as root unless told otherwise, and of which any user can run what they hold.
const RUN_AS_ROOT: &[&str] =
    &["busybox", "alpine", "debian", "ubuntu", "bash", "amazonlinux", "fedora", "almalinux"];
/// Programs that do nothing for who is not root.
const FOR_ROOT: &[&str] = &["chown", "sysctl", "iptables", "mount", "modprobe", "setcap"];

/// What stands around the main container in a pod.
#[derive(Debug, Default)]
pub(crate) struct Beside {
    /// Entries of `initContainers`.
    pub(crate) before: Vec<Node>,
    /// Entries of `containers`, behind the main one.
    pub(crate) after_main: Vec<Node>,
    /// Entries of the main container's `volumeMounts`.
    pub(crate) mounts: Vec<Node>,
    /// Entries of `volumes`.
    pub(crate) volumes: Vec<Node>,
}

impl Beside {
    /// The further containers and the volumes of a part; what cannot be kept is told.
    pub(crate) fn of(plan: &Plan<'_>, part: &Part<'_>, why: Reasons<'_>, out: &mut Output) -> Self {
        let mut found = Self::default();
        let volumes = Volumes::of(plan, part);
        let mut names = Names::default();
        names.give(&part.name);
        if proxy::spill(part).is_some() {
            names.give(&proxy::config_name(part));
        }
        let mut ports = BTreeSet::new();
        pod::container_ports(&Ports::of(part), &mut ports);
        for container in &part.component.containers {
            let name = names.give(&container.name);
            let around = Around { plan, part, volumes: &volumes, why };
            let node = around.container(container, &name, &mut ports, out);
            if container.role == Role::Sidecar {
                found.after_main.push(node);
            } else {
                found.before.push(node);
            }
        }
        told_of_size(plan, part, out);
        found.mounts = volumes.seen(plan, part, (None, &part.component.mounts), out);
        found.volumes = volumes.nodes(part);
        files::told(plan, part, out);
        found
    }

    /// The specification of a pod with the main container, which sees what it shares, and the others around it.
    pub(crate) fn into_spec(self, mut spec: Node, mut main: Node) -> Node {
        main.push("volumeMounts", self.mounts);
        if !self.before.is_empty() {
            spec.set("initContainers", list(self.before));
        }
        let all: Vec<Node> = std::iter::once(main).chain(self.after_main).collect();
        spec.set("containers", list(all));
        if !self.volumes.is_empty() {
            spec.set("volumes", list(self.volumes));
        }
        spec
    }
}

/// What stays for the main container of what is planned for the pod, which is what its manifest says.
pub(crate) fn left_for_main(part: &Part<'_>, pod: &PodSettings) -> (Millicores, Bytes) {
    let (cpu, memory) = beside(part);
    let (all, whole) = (pod.cpu_request, pod.memory);
    let cpu = all.saturating_sub(cpu).get().max(all.get() / MAIN_PART);
    let memory = whole.saturating_sub(memory).get().max(whole.get() / MAIN_PART);
    (Millicores::new(cpu), Bytes::new(memory))
}

/// What the containers that stay beside the main one ask for in a manifest.
fn beside(part: &Part<'_>) -> (Millicores, Bytes) {
    let stay = || part.component.containers.iter().filter(|container| container.role.stays());
    let cpu = stay().map(|container| asked(container).get()).sum();
    (Millicores::new(cpu), stay().fold(Bytes::ZERO, |sum, container| sum + container.size().1))
}

/// Says that a pod asks for more than was planned, where its further containers leave too little of that.
fn told_of_size(plan: &Plan<'_>, part: &Part<'_>, out: &mut Output) {
    let Some(pod) = super::settings(part) else { return };
    let ((own_cpu, own_memory), (cpu, memory)) = (left_for_main(part, pod), beside(part));
    if own_cpu + cpu <= pod.cpu_request && own_memory + memory <= pod.memory {
        return;
    }
    let message = format!(
        "{}: its further containers leave little of what is planned: the pod asks for {}m and {}",
        part.component.id,
        (own_cpu + cpu).get(),
        own_memory + memory
    );
    let hint = "declare `memory` and `cpu_request` of all its containers together and plan again";
    let finding = Finding::warning(TO_DO, message).hint(hint);
    out.findings.push(plan.at(finding, part.component.span));
}

/// CPU that a container asks for in a manifest.
fn asked(container: &Container) -> Millicores {
    let (cpu, _) = container.size();
    if cpu == Millicores::ZERO && container.role.stays() { CPU_UNSAID } else { cpu }
}

/// What a further container stands in.
struct Around<'r, 'a> {
    plan: &'r Plan<'a>,
    part: &'r Part<'a>,
    volumes: &'r Volumes<'r>,
    why: Reasons<'r>,
}

impl<'r> Around<'r, '_> {
    /// The container; `taken_ports` are names of ports of the pod.
    fn container(
        &self,
        container: &'r Container,
        name: &str,
        taken_ports: &mut BTreeSet<String>,
        out: &mut Output,
    ) -> Node {
        let Self { plan, part, volumes, why } = *self;
        let reason = why.place(container.span).unwrap_or_else(|| why.definition(part));
        let image = container.image.as_ref().filter(|image| is_reference(image));
        let mut node = map([("name", Node::from(name).why(container.role.name()))]);
        node.set(
            "image",
            match image {
                Some(image) => Node::from(image.as_str()).why(reason.as_str()),
                None => {
                    Node::from(format!("my-{}-{name}", part.name)).why("placeholder: set its image")
                }
            },
        );
        if image.is_none() {
            let message =
                format!("{}: no image is known of its container {name}", part.component.id);
            let finding = Finding::warning(TO_DO, message).hint("set it in the base");
            out.findings.push(plan.at(finding, container.span));
        }
        if container.role == Role::NativeSidecar {
            let why = "it starts before the main container and stays";
            node.set("restartPolicy", Node::from("Always").why(why));
        }
        let environment = crate::plan::written(&container.environment);
        let mut secrets = Vec::new();
        let taken = |name: &str| environment.iter().any(|(known, _)| *known == name);
        for (key, words) in [("command", &container.command), ("args", &container.args)] {
            let words: Vec<String> =
                words.iter().map(|word| pod::without_secret(&taken, word, &mut secrets)).collect();
            if !words.is_empty() {
                node.set(key, list(words).why(reason.as_str()));
            }
        }
        let ports = Ports::of_container(container);
        if !ports.all.is_empty() {
            node.set("ports", list(pod::container_ports(&ports, taken_ports)).why(reason.as_str()));
        }
        let own = environment.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        let more = secrets.iter().map(|variable| (variable.name.clone(), variable.value.clone()));
        let all: Vec<(String, Setting)> = own.chain(more).collect();
        let env = config::entries(part, Some(name), &all, out);
        if !env.is_empty() {
            node.set("env", list(env));
        }
        if let Some(resources) = resources(container, why) {
            node.set("resources", resources);
        }
        if container.role.stays() {
            for (key, probe) in [
                ("startupProbe", &container.started),
                ("readinessProbe", &container.ready),
                ("livenessProbe", &container.alive),
            ] {
                if let Some(probe) = probe.as_ref().and_then(|probe| pod::probe(probe, &ports)) {
                    node.set(key, probe);
                }
            }
        }
        let seen = (Some(container.name.as_str()), container.mounts.as_slice());
        let mounts = volumes.seen(plan, part, seen, out);
        if !mounts.is_empty() {
            node.set("volumeMounts", list(mounts).why(reason.as_str()));
        }
        node.with("securityContext", security(plan, part, container, out))
    }
}

/// What is kept for it and what it may take; `None` where nobody says it of what ends.
fn resources(container: &Container, why: Reasons<'_>) -> Option<Node> {
    let (mut requests, mut limits) = (Node::empty(), Node::empty());
    let cpu = asked(container);
    if cpu > Millicores::ZERO {
        let reason = match &container.cpu {
            Some(fact) => why.fact(fact),
            None => "assumed: an autoscaler on CPU wants a request of every container".to_owned(),
        };
        requests.set("cpu", Node::from(pod::cpu(cpu)).why(reason));
    }
    if let Some(fact) = container.memory.as_ref()
        && let Some(memory) = fact.get().filter(|memory| *memory > Bytes::ZERO)
    {
        let memory = pod::memory(memory);
        requests.set("memory", Node::from(memory.as_str()).why(why.fact(fact)));
        // What is only assumed is no reason to end a container that takes more.
        if fact.is_known() {
            limits.set("memory", Node::from(memory));
        }
    }
    let mut node = Node::empty();
    for (key, amounts) in [("requests", requests), ("limits", limits)] {
        if !amounts.is_empty() {
            node.set(key, amounts);
        }
    }
    (!node.is_empty()).then_some(node)
}

/// What it may not do: the standard "restricted" holds for every container of a pod.
fn security(plan: &Plan<'_>, part: &Part<'_>, container: &Container, out: &mut Output) -> Node {
    let id = &part.component.id;
    if container.privileged {
        let message = format!("{id}: its container {} needs privileged mode", container.name);
        let hint = "its namespace may not enforce `restricted`; better let the nodes have what it sets, and leave it out";
        let finding = Finding::warning(NOT_RESTRICTED, message).hint(hint);
        out.findings.push(plan.at(finding, container.span));
        return map([
            ("privileged", Node::from(true).why("as imported")),
            ("runAsNonRoot", Node::from(false).why("it changes its host")),
            ("runAsUser", Node::from(0u32)),
        ]);
    }
    let words = container.command.iter().chain(&container.args);
    let programs = words.flat_map(|line| line.split(|c: char| !c.is_ascii_alphanumeric()));
    if let Some(program) = programs.into_iter().find(|word| FOR_ROOT.contains(word)) {
        let message = format!(
            "{id}: its container {} runs `{program}`, which only root may: it fails here",
            container.name
        );
        let hint = "leave it out where the group of the disk is enough, which the pod sets, or let it run as root in a namespace that does not enforce `restricted`";
        let finding = Finding::warning(NOT_RESTRICTED, message).hint(hint);
        out.findings.push(plan.at(finding, container.span));
    }
    let mut node = pod::restricted(part);
    let image = container.image.as_deref().unwrap_or("");
    let last = image.split('@').next().unwrap_or("").rsplit('/').next().unwrap_or("");
    let base = last.split(':').next().unwrap_or("");
    if RUN_AS_ROOT.contains(&base) && part.component.kind != Kind::Stateful {
        let why = "the image would run as root, which `restricted` does not allow";
        node.set("runAsUser", Node::from(NOBODY).why(why));
    }
    node
}

//! Further containers of a pod: those that run before the main one, those that stay beside it, and the files they share.

use std::collections::BTreeSet;

use model::{Container, Held, Kind, MAIN_PART, Mount, PodSettings, Role, Setting};
use source::Finding;
use units::{Bytes, Millicores};

use super::pod::{self, Ports};
use super::{config, proxy, workload};
use crate::findings::{LEFT_OUT, NOT_RESTRICTED, TO_DO};
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

/// What stands beside the main container in a pod.
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
    /// The further containers of a part; what cannot be kept is told.
    pub(crate) fn of(plan: &Plan<'_>, part: &Part<'_>, why: Reasons<'_>, out: &mut Output) -> Self {
        let mut found = Self::default();
        if part.component.containers.is_empty() {
            return found;
        }
        let shared = Shared::of(part);
        let mut names = Names::default();
        names.give(&part.name);
        if proxy::spill(part).is_some() {
            names.give(&proxy::config_name(part));
        }
        let (mut to_set, mut ports) = (BTreeSet::new(), BTreeSet::new());
        pod::container_ports(&Ports::of(part), &mut ports);
        for container in &part.component.containers {
            let name = names.give(&container.name);
            let around = Around { plan, part, shared: &shared, why };
            let node = around.container(container, &name, &mut ports, out);
            if container.role == Role::Sidecar {
                found.after_main.push(node);
            } else {
                found.before.push(node);
            }
            to_set.extend(container.mounts.iter().filter_map(has_to_be_there));
        }
        told_of_size(plan, part, out);
        found.mounts = shared.seen(&part.component.mounts);
        found.volumes = shared.volumes();
        if !to_set.is_empty() {
            let list: Vec<&str> = to_set.iter().map(String::as_str).collect();
            let message = format!(
                "{}: its containers see files that have to be there: {}",
                part.component.id,
                list.join(", ")
            );
            let hint = "bring them along as they are today; a pod waits for what is not there";
            let finding = Finding::warning(TO_DO, message).hint(hint);
            out.findings.push(plan.at(finding, part.component.span));
        }
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
    shared: &'r Shared,
    why: Reasons<'r>,
}

impl Around<'_, '_> {
    /// The container; `taken_ports` are names of ports of the pod.
    fn container(
        &self,
        container: &Container,
        name: &str,
        taken_ports: &mut BTreeSet<String>,
        out: &mut Output,
    ) -> Node {
        let Self { plan, part, shared, why } = *self;
        let reason = why.place(container.span).unwrap_or_else(|| why.definition(part));
        let usable = |image: &&String| !image.is_empty() && !image.contains(char::is_whitespace);
        let image = container.image.as_ref().filter(usable);
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
        let mounts = shared.seen(&container.mounts);
        if !mounts.is_empty() {
            node.set("volumeMounts", list(mounts).why(reason.as_str()));
        }
        lost_mounts(plan, part, container, shared, out);
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

/// Says what a container saw on a disk that the pod does not have.
fn lost_mounts(
    plan: &Plan<'_>,
    part: &Part<'_>,
    container: &Container,
    shared: &Shared,
    out: &mut Output,
) {
    for mount in container.mounts.iter().filter(|mount| shared.name_of(mount).is_none()) {
        let message = format!(
            "{}: {} {}, which its container {} sees, is left out",
            part.component.id,
            mount.held.name(),
            mount.name,
            container.name
        );
        let hint = "there is no such thing in the pod; give it to the pod by hand";
        let finding = Finding::warning(LEFT_OUT, message).hint(hint);
        out.findings.push(plan.at(finding, container.span));
    }
}

/// What has to be in the namespace so that a mount can be made.
fn has_to_be_there(mount: &Mount) -> Option<String> {
    match mount.held {
        Held::ConfigMap => Some(format!("config map {}", mount.name)),
        Held::Secret => Some(format!("secret {}", mount.name)),
        Held::Scratch | Held::Claim => None,
    }
}

/// The volumes of a pod by what they hold, under their names in the manifest.
struct Shared {
    claims: Vec<(String, String)>,
    others: Vec<(Held, String, String)>,
}

impl Shared {
    fn of(part: &Part<'_>) -> Self {
        let claims = workload::claims_by_name(part);
        let mut names = Names::default();
        if proxy::spill(part).is_some() {
            names.give(proxy::VOLUME);
        }
        for (_, given) in &claims {
            names.give(given);
        }
        let mut others: Vec<(Held, String, String)> = Vec::new();
        let of_containers = part.component.containers.iter().flat_map(|c| &c.mounts);
        for mount in part.component.mounts.iter().chain(of_containers) {
            let known =
                others.iter().any(|(held, name, _)| (*held, name) == (mount.held, &mount.name));
            let usable = mount.held == Held::Scratch || config::is_name(&mount.name);
            if mount.held != Held::Claim && !known && usable {
                others.push((mount.held, mount.name.clone(), names.give(&mount.name)));
            }
        }
        Self { claims, others }
    }

    /// The name of the volume behind a mount.
    fn name_of(&self, mount: &Mount) -> Option<&str> {
        if !mount.path.starts_with('/') || mount.path.contains(':') {
            return None;
        }
        if mount.held == Held::Claim {
            let found = self.claims.iter().find(|(name, _)| *name == mount.name);
            return found.map(|(_, given)| given.as_str());
        }
        let is_it =
            |(held, name, _): &&(Held, String, String)| (*held, name) == (mount.held, &mount.name);
        self.others.iter().find(is_it).map(|(_, _, given)| given.as_str())
    }

    /// Entries of `volumeMounts`, one a path.
    fn seen(&self, mounts: &[Mount]) -> Vec<Node> {
        let mut paths = BTreeSet::new();
        let one = |mount: &Mount| {
            let name = self.name_of(mount)?;
            let mut node = map([("name", name.into()), ("mountPath", mount.path.as_str().into())]);
            if let Some(part) = &mount.part {
                node.set("subPath", part.as_str());
            }
            if mount.read_only {
                node.set("readOnly", true);
            }
            paths.insert(mount.path.clone()).then_some(node)
        };
        mounts.iter().filter_map(one).collect()
    }

    /// Entries of `volumes`: claims are the workload's own.
    fn volumes(&self) -> Vec<Node> {
        let one = |(held, name, given): &(Held, String, String)| {
            let volume = map([("name", given.as_str().into())]);
            match held {
                Held::ConfigMap => volume.with("configMap", map([("name", name.as_str().into())])),
                Held::Secret => volume.with("secret", map([("secretName", name.as_str().into())])),
                Held::Scratch | Held::Claim => volume.with("emptyDir", Node::empty()),
            }
        };
        self.others.iter().map(one).collect()
    }
}

//! Nodes by Karpenter: what the plan's pods need at the most.

use std::collections::BTreeMap;

use model::{Architecture, Kind};
use units::{Bytes, Millicores};

use super::object::object;
use super::pod;
use super::scaling::COPIES_MAX;
use crate::names;
use crate::tree::{Node, list, map};
use crate::{Output, Part, Plan, yaml};

/// The platform whose nodes Karpenter starts; others start their own.
const PLATFORM: &str = "kubernetes/eks";
/// Room for what else runs on nodes, over what the pods at their most ask for, in per cent.
const ROOM_PERCENT: u64 = 25;
/// Letters of a pool's name at the most: it is the value of a label of its nodes, and the number of the pool follows it.
const NAME_MAX: usize = 50;

/// Writes the pools of nodes, where the plan's cluster has Karpenter: one for each pool of the plan.
pub(super) fn write(plan: &Plan<'_>, parts: &[&Part<'_>], out: &mut Output) {
    let mut pools: BTreeMap<Option<u32>, Vec<&Part<'_>>> = BTreeMap::new();
    for part in parts.iter().copied().filter(|part| part.placement.platform.0 == PLATFORM) {
        let number = part.placement.machines.as_ref().map(|machines| machines.pool);
        pools.entry(number).or_default().push(part);
    }
    if pools.is_empty() {
        return;
    }
    let alone = pools.len() == 1;
    let all = pools.iter().map(|(number, here)| {
        let name = names::shortened(&plan.name, NAME_MAX);
        let end = number.map_or_else(|| "other".to_owned(), |number| number.to_string());
        pool(plan, here, if alone { name } else { format!("{name}-{end}") })
    });
    let all: Vec<Node> = all.collect();
    let head = format!(
        "Nodes for {}: apply it once to a cluster with Karpenter and an EC2NodeClass `default`\n{}",
        plan.app.name, plan.made_by
    );
    out.file("kubernetes/cluster/node-pool.yaml", yaml::documents(&head, &all));
    let step = "once for the cluster, where Karpenter and an EC2NodeClass `default` are there: `kubectl apply -f kubernetes/cluster/node-pool.yaml`";
    out.steps.push(step.to_owned());
}

/// One pool of nodes: what its pods need at the most, on the type of machine that the plan pays for.
fn pool(plan: &Plan<'_>, here: &[&Part<'_>], name: String) -> Node {
    let (mut cpu, mut memory) = (0u64, 0u64);
    for part in here {
        let Some(settings) = super::settings(part) else { continue };
        let copies = match part.component.kind {
            Kind::Cron | Kind::Job | Kind::Stateful => settings.min.max(1),
            _ => settings.max.min(COPIES_MAX).max(settings.min).max(1),
        };
        let (each_cpu, each_memory) = settings.scheduled(part.component);
        cpu = cpu.saturating_add(each_cpu.get().saturating_mul(copies.into()));
        memory = memory.saturating_add(each_memory.get().saturating_mul(copies.into()));
    }
    let more = |most: u64| most.saturating_add(most / 100 * ROOM_PERCENT);
    let whole_cpu = Millicores::new(more(cpu).div_ceil(1000).saturating_mul(1000));
    let whole_memory = Bytes::from_gib((more(memory) >> 30) + 1);
    let why = format!("all pods at their most, and {ROOM_PERCENT} % for what else runs on nodes");
    let limits = map([
        ("cpu", Node::from(pod::cpu(whole_cpu)).why(why)),
        ("memory", Node::from(pod::memory(whole_memory))),
    ]);
    let mut requirements = vec![requirement("kubernetes.io/arch", architectures(here))];
    let spot = plan.app.spot.get() == Some(true);
    let capacity: &[&str] = if spot { &["spot", "on-demand"] } else { &["on-demand"] };
    requirements.push(requirement("karpenter.sh/capacity-type", list(capacity.iter().copied())));
    let planned = here.iter().find_map(|part| part.placement.machines.as_ref());
    if let Some(machines) = planned {
        let why = format!(
            "plan: {} to {} of these; another type, or several to choose from, are another bill",
            machines.min, machines.max
        );
        let types = list([machines.instance.as_str()]).why(why);
        requirements.push(requirement("node.kubernetes.io/instance-type", types));
    } else if let Some((node, _)) = &plan.app.assume.node {
        let types = list([node.as_str()]).why("pinned by `assume`");
        requirements.push(requirement("node.kubernetes.io/instance-type", types));
    }
    let class = map([
        ("group", "karpenter.k8s.aws".into()),
        ("kind", "EC2NodeClass".into()),
        ("name", "default".into()),
    ]);
    let template = map([("nodeClassRef", class), ("requirements", list(requirements))]);
    let disruption = map([
        (
            "consolidationPolicy",
            Node::from("WhenEmptyOrUnderutilized").why("as the plan packs pods onto nodes"),
        ),
        ("consolidateAfter", "1m".into()),
    ]);
    let spec = map([
        ("template", map([("spec", template)])),
        ("limits", limits),
        ("disruption", disruption),
    ]);
    let labels = map([
        ("app.kubernetes.io/part-of", Node::from(super::object::label_of(&plan.name))),
        ("app.kubernetes.io/managed-by", "crossover".into()),
    ]);
    let meta = map([("name", name.into()), ("labels", labels)]);
    object("karpenter.sh/v1", "NodePool", meta).with("spec", spec)
}

fn requirement(key: &str, values: Node) -> Node {
    map([("key", key.into()), ("operator", "In".into()), ("values", values)])
}

fn architectures(parts: &[&Part<'_>]) -> Node {
    let has = |wanted: Architecture| {
        parts.iter().any(|part| super::settings(part).is_some_and(|pod| pod.architecture == wanted))
    };
    let mut found = Vec::new();
    if has(Architecture::Arm) {
        found.push("arm64");
    }
    if has(Architecture::X86) {
        found.push("amd64");
    }
    list(found).why("plan: the processors of the pods")
}

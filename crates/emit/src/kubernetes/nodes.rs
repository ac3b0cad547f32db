//! Nodes by Karpenter: what the plan's pods need at the most.

use model::{Architecture, Kind};
use units::{Bytes, Millicores};

use super::object::object;
use super::pod;
use crate::tree::{Node, list, map};
use crate::{Output, Part, Plan, yaml};

/// The platform whose nodes Karpenter starts; others start their own.
const PLATFORM: &str = "kubernetes/eks";
/// Room for what else runs on nodes, over what the pods at their most ask for, in per cent.
const ROOM_PERCENT: u64 = 25;

/// Writes the pool of nodes and its class, where the plan's cluster has Karpenter.
pub(super) fn write(plan: &Plan<'_>, parts: &[&Part<'_>], out: &mut Output) {
    let here: Vec<&Part<'_>> =
        parts.iter().copied().filter(|part| part.placement.platform.0 == PLATFORM).collect();
    if here.is_empty() {
        return;
    }
    let (mut cpu, mut memory) = (0u64, 0u64);
    for part in &here {
        let Some(settings) = super::settings(part) else { continue };
        let copies = match part.component.kind {
            Kind::Cron | Kind::Stateful => settings.min.max(1),
            _ => settings.max.max(settings.min).max(1),
        };
        cpu = cpu.saturating_add(settings.cpu_scheduled().get().saturating_mul(copies.into()));
        memory = memory.saturating_add(settings.memory.get().saturating_mul(copies.into()));
    }
    let more = |most: u64| most.saturating_add(most / 100 * ROOM_PERCENT);
    let whole_cpu = Millicores::new(more(cpu).div_ceil(1000).saturating_mul(1000));
    let whole_memory = Bytes::from_gib((more(memory) >> 30) + 1);
    let why = format!("all pods at their most, and {ROOM_PERCENT} % for what else runs on nodes");
    let limits = map([
        ("cpu", Node::from(pod::cpu(whole_cpu)).why(why)),
        ("memory", Node::from(pod::memory(whole_memory))),
    ]);
    let mut requirements = vec![requirement("kubernetes.io/arch", architectures(&here))];
    let spot = plan.app.spot.get() == Some(true);
    let capacity: &[&str] = if spot { &["spot", "on-demand"] } else { &["on-demand"] };
    requirements.push(requirement("karpenter.sh/capacity-type", list(capacity.iter().copied())));
    if let Some((node, _)) = &plan.app.assume.node {
        let why = "pinned by `assume`";
        requirements
            .push(requirement("node.kubernetes.io/instance-type", list([node.as_str()]).why(why)));
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
    let meta = map([("name", "default".into())]);
    let pool = object("karpenter.sh/v1", "NodePool", meta).with("spec", spec);
    let head = format!(
        "Nodes for {}: apply it once to a cluster with Karpenter and an EC2NodeClass `default`\n{}",
        plan.app.name, plan.made_by
    );
    out.file("kubernetes/cluster/node-pool.yaml", yaml::documents(&head, &[pool]));
    let step = "`kubectl apply -f kubernetes/cluster/node-pool.yaml`, once for the cluster (Karpenter with an EC2NodeClass `default`)";
    out.steps.push(step.to_owned());
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

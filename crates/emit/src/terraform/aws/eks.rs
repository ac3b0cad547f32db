//! EKS: the cluster and its nodes by the well-known module. What runs in it are the manifests in `kubernetes/`.

use model::{Architecture, Settings};

use super::{begin, document, network, policy, rights};
use crate::Part;
use crate::terraform::clusters;
use crate::terraform::json::expression;
use crate::terraform::stack::{Stack, id, region};
use crate::tree::{Node, list, map};

/// The module and the version whose variables were checked.
const MODULE: (&str, &str) = ("terraform-aws-modules/eks/aws", "21.11.0");
/// Letters of a cluster's name at the most (Amazon EKS API reference, `CreateCluster`); the module adds to it for its roles.
const NAME_MAX: usize = 38;
/// The clusters that are written: their names, and whether Amazon chooses the nodes.
const CLUSTERS: &[(&str, Nodes)] =
    &[("kubernetes/eks", Nodes::Planned), ("kubernetes/eks-auto", Nodes::Amazons)];

/// Who chooses the nodes of a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nodes {
    /// The plan.
    Planned,
    /// EKS Auto Mode.
    Amazons,
}

/// Adds the clusters that parts run on.
pub(in crate::terraform) fn write(stack: &mut Stack<'_, '_>, parts: &[&Part<'_>]) {
    for (platform, nodes) in CLUSTERS {
        let here = clusters::of(stack, parts, platform, begin);
        if let Some(first) = here.first() {
            cluster(stack, &here, *nodes, first);
        }
    }
}

fn cluster(stack: &mut Stack<'_, '_>, parts: &[&Part<'_>], nodes: Nodes, first: &Part<'_>) {
    network::add(stack);
    let auto = nodes == Nodes::Amazons;
    let module = if auto { "eks_auto" } else { "eks" };
    let name = if auto { format!("{}-auto", stack.app(NAME_MAX - 5)) } else { stack.app(NAME_MAX) };
    let (subnets, _) = network::subnets(stack);
    let admin = "whoever applies it may use `kubectl`";
    let mut body = map([
        ("source", Node::from(MODULE.0)),
        ("version", MODULE.1.into()),
        ("name", name.as_str().into()),
        ("vpc_id", network::vpc()),
        ("subnet_ids", subnets),
        (
            "endpoint_public_access",
            Node::from(true)
                .why("default: `kubectl` works from outside; close it where a network leads in"),
        ),
        ("enable_cluster_creator_admin_permissions", Node::from(true).why(admin)),
    ]);
    if auto {
        let pools = list(["general-purpose", "system"]);
        let compute = map([("enabled", Node::from(true)), ("node_pools", pools)]);
        body.set("compute_config", compute.why(stack.why.plan(first, "Amazon chooses the nodes")));
    } else {
        let early = || map([("before_compute", Node::from(true))]);
        let addons = map([
            ("coredns", Node::empty()),
            ("eks-pod-identity-agent", early()),
            ("kube-proxy", Node::empty()),
            ("vpc-cni", early()),
        ]);
        body.set("addons", addons.why("default: what pods need to reach each other"));
        body.set("eks_managed_node_groups", groups(stack, parts));
    }
    stack.module(module, body);
    for part in parts {
        identity(stack, part, module);
    }
    let cluster = expression(format!("module.{module}.cluster_name"));
    stack.output(&format!("{module}__cluster"), "the name of the cluster", cluster);
    stack.out.steps.push(format!(
        "`aws eks update-kubeconfig --region {} --name {name}`, so that `kubectl` finds the cluster",
        region(first)
    ));
}

/// Who the pods of a part are to Amazon, where they call what is a matter of rights: queues, streams, tables, buckets and
/// functions outside of the cluster ("EKS Pod Identities", Amazon EKS user guide).
fn identity(stack: &mut Stack<'_, '_>, part: &Part<'_>, module: &str) {
    let own = format!("{}__pod", id(part));
    rights::add(stack, part, &own);
    let kept = stack.has_resource("aws_iam_role_policy_attachment", &format!("{own}__1"));
    if !kept && !stack.has_resource("aws_iam_role_policy", &own) {
        return;
    }
    let principal = map([("Service", Node::from("pods.eks.amazonaws.com"))]);
    let statement = map([
        ("Effect", "Allow".into()),
        ("Action", list(["sts:AssumeRole", "sts:TagSession"])),
        ("Principal", principal),
    ]);
    let trust = document(stack, "trust__pods", policy(vec![statement]));
    let called = format!("{}-pod", stack.name(part, 50));
    let body = map([("name", Node::from(called)), ("assume_role_policy", trust)]);
    stack.resource("aws_iam_role", &own, body);
    let namespace = clusters::namespace(stack);
    let body = map([
        ("cluster_name", expression(format!("module.{module}.cluster_name"))),
        ("namespace", namespace),
        ("service_account", Node::from(part.name.as_str()).why("that of the manifests")),
        ("role_arn", expression(format!("aws_iam_role.{own}.arn"))),
    ]);
    stack.resource("aws_eks_pod_identity_association", &own, body);
}

/// A group for each pool of the plan: its type and how many.
fn groups(stack: &mut Stack<'_, '_>, parts: &[&Part<'_>]) -> Node {
    let missing = "add `eks_managed_node_groups` to the module `eks`";
    let pools = clusters::pools(stack, parts, missing);
    let spot = stack.plan.app.spot.get() == Some(true);
    let mut groups = Node::empty();
    for (number, (pool, part)) in pools {
        let arm = matches!(&part.placement.configured, Settings::Pod(pod) if pod.architecture == Architecture::Arm);
        let image = if arm { "AL2023_ARM_64_STANDARD" } else { "AL2023_x86_64_STANDARD" };
        let why = stack.why.plan(part, "nodes");
        let (least, most) = clusters::bounds(pool);
        let group = map([
            ("instance_types", list([pool.instance.as_str()]).why(why.as_str())),
            ("ami_type", Node::from(image).why("plan: the processors of the pods")),
            (
                "capacity_type",
                Node::from(if spot { "SPOT" } else { "ON_DEMAND" })
                    .why(format!("spot: {}", stack.why.fact(&stack.plan.app.spot))),
            ),
            ("min_size", Node::from(least).why(why.as_str())),
            ("max_size", Node::from(most).why(why.as_str())),
            (
                "desired_size",
                Node::from(most)
                    .why("the plan's most: Karpenter or a cluster autoscaler lowers it"),
            ),
        ]);
        groups.set(format!("pool-{number}"), group);
    }
    groups
}

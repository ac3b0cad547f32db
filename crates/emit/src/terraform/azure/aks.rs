//! AKS: the cluster with the plan's node pools. What runs in it are the manifests in `kubernetes/`.

use super::{begin, managed, placed, size};
use crate::Part;
use crate::terraform::clusters::{self, bounds};
use crate::terraform::json::{expression, template};
use crate::terraform::stack::{Stack, id};
use crate::tree::{Node, list, map};

/// Letters of a cluster's name at the most ("Naming rules and restrictions for Azure resources").
const NAME_MAX: usize = 54;
/// Why the cluster vouches for its pods.
const KNOWN: &str = "pods are known to Azure by their ServiceAccounts";

/// Adds the cluster that parts run on.
pub(in crate::terraform) fn write(stack: &mut Stack<'_, '_>, parts: &[&Part<'_>]) {
    let here = clusters::of(stack, parts, "kubernetes/aks", begin);
    if here.is_empty() {
        return;
    }
    let name = stack.app(NAME_MAX);
    let (zones, why_zones) = clusters::zones(stack);
    let tier = if zones > 1 { "Standard" } else { "Free" };
    let network = map([
        ("network_plugin", Node::from("azure")),
        ("network_plugin_mode", "overlay".into()),
        ("network_data_plane", Node::from("cilium").why("holds the manifests' NetworkPolicy")),
        ("network_policy", "cilium".into()),
    ]);
    let mut body = placed(name.as_str())
        .with("dns_prefix", name.as_str())
        .with(
            "sku_tier",
            Node::from(tier).why(format!("plan: the tier that is billed; {why_zones}")),
        )
        .with("identity", map([("type", Node::from("SystemAssigned"))]))
        .with("oidc_issuer_enabled", Node::from(true).why(KNOWN))
        .with("workload_identity_enabled", Node::from(true).why(KNOWN))
        .with("network_profile", network);
    let missing = "set `default_node_pool` of the cluster";
    let mut pools = clusters::pools(stack, &here, missing).into_iter();
    let (spot, why_spot) = clusters::spot(stack);
    let Some((number, (pool, part))) = pools.next() else { return };
    if spot {
        stack.told(part, "the first pool of AKS cannot be interrupted: its nodes are on demand, which costs more than the plan says");
    }
    let default = self::pool(stack, pool, part);
    let default = map([("name", Node::from(format!("pool{number}")))]).joined(default).with(
        "temporary_name_for_rotation",
        Node::from("rotating").why("a new type of nodes needs it"),
    );
    body.set("default_node_pool", default);
    stack.resource("azurerm_kubernetes_cluster", "main", body);
    for (number, (pool, part)) in pools {
        let own = self::pool(stack, pool, part);
        let mut body = map([
            ("name", Node::from(format!("pool{number}"))),
            ("kubernetes_cluster_id", expression("azurerm_kubernetes_cluster.main.id")),
        ])
        .joined(own);
        if spot {
            body.set("priority", Node::from("Spot").why(why_spot.as_str()));
            body.set("eviction_policy", "Delete");
        }
        stack.resource("azurerm_kubernetes_cluster_node_pool", &format!("aks__{number}"), body);
    }
    for part in &here {
        identity(stack, part);
    }
    let about = "the name of the cluster";
    stack.output("aks__cluster", about, expression("azurerm_kubernetes_cluster.main.name"));
    let group = stack.app(80);
    stack.out.steps.push(format!(
        "`az aks get-credentials --resource-group {group} --name {name}`, so that `kubectl` finds the cluster"
    ));
}

/// Who the pods of a part are to Azure, where they call queues or files outside of the cluster ("Use Microsoft Entra Workload
/// ID with AKS"): an identity that the ServiceAccount of the manifests stands for.
fn identity(stack: &mut Stack<'_, '_>, part: &Part<'_>) {
    let plan = stack.plan;
    let who = format!("{}__pod", id(part));
    let mut roles = 0;
    for (callee, _) in plan.called(&part.component.id) {
        if let Some((what, role)) = managed::role(plan, callee) {
            let why = format!("{} calls {}", part.component.id, callee.component.id);
            managed::allow(stack, &who, what, Node::from(role).why(why));
            roles += 1;
        }
    }
    if roles == 0 {
        return;
    }
    let called = format!("{}-pod", stack.name(part, 50));
    stack.resource("azurerm_user_assigned_identity", &who, placed(called.as_str()));
    clusters::namespace(stack);
    let account =
        template(format!("system:serviceaccount:${{var.kubernetes_namespace}}:{}", part.name));
    let body = map([
        ("name", Node::from(called)),
        ("parent_id", expression(format!("azurerm_user_assigned_identity.{who}.id"))),
        ("resource_group_name", expression("azurerm_resource_group.main.name")),
        ("issuer", expression("azurerm_kubernetes_cluster.main.oidc_issuer_url")),
        ("subject", account.why("the ServiceAccount of the manifests")),
        ("audience", list(["api://AzureADTokenExchange"])),
    ]);
    stack.resource("azurerm_federated_identity_credential", &who, body);
    let about = format!(
        "who the pods of {} are: the overlays say it of their ServiceAccount",
        part.component.id
    );
    let client = expression(format!("azurerm_user_assigned_identity.{who}.client_id"));
    stack.output(&client_of(part), &about, client);
}

/// The output that says who the pods of a part are.
pub(crate) fn client_of(part: &Part<'_>) -> String {
    format!("{}__pod__client", id(part))
}

/// A pool of the plan: its type, and how many.
fn pool(stack: &Stack<'_, '_>, pool: &model::MachinePool, part: &Part<'_>) -> Node {
    let why = stack.why.plan(part, "nodes");
    let (least, most) = bounds(pool);
    let (zones, why_zones) = clusters::zones(stack);
    let size = size(&pool.instance);
    let mut body = map([("vm_size", Node::from(size).why(why.as_str()))]);
    if zones > 1 {
        body.set("zones", list((1..=zones).map(|zone| zone.to_string())).why(why_zones));
    }
    if least == most {
        body.set("node_count", Node::from(most).why(why));
    } else {
        body.set("auto_scaling_enabled", true);
        body.set("min_count", Node::from(least).why(why.as_str()));
        body.set("max_count", Node::from(most).why(why));
    }
    body
}

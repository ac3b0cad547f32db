//! GKE: the cluster with the plan's node pools, or Autopilot. What runs in it are the manifests in `kubernetes/`.

use super::{begin, managed, nat, network};
use crate::Part;
use crate::terraform::clusters::{self, bounds};
use crate::terraform::json::{expression, template};
use crate::terraform::stack::{Stack, region};
use crate::tree::{Node, list, map};

/// Letters of a cluster's name at the most (`projects.locations.clusters`, Kubernetes Engine API reference).
const NAME_MAX: usize = 40;

/// Adds the clusters that parts run on.
pub(in crate::terraform) fn write(stack: &mut Stack<'_, '_>, parts: &[&Part<'_>]) {
    for (platform, own) in
        [("kubernetes/gke", "gke"), ("kubernetes/gke-autopilot", "gke_autopilot")]
    {
        let here = clusters::of(stack, parts, platform, begin);
        if let Some(first) = here.first() {
            cluster(stack, &here, own, first);
        }
    }
}

fn cluster(stack: &mut Stack<'_, '_>, parts: &[&Part<'_>], own: &str, first: &Part<'_>) {
    network(stack, first);
    let auto = own == "gke_autopilot";
    let name = stack.app(NAME_MAX - 10);
    let name = if auto { format!("{name}-autopilot") } else { name };
    let private = clusters::is_private(stack);
    let mut body = map([
        ("name", Node::from(name.as_str())),
        ("location", Node::from(region(first)).why(format!("plan: {}", first.placement.region))),
        ("network", expression("google_compute_network.main.id")),
        ("subnetwork", expression("google_compute_subnetwork.main.id")),
        ("ip_allocation_policy", Node::empty().why("pods have addresses of the network")),
    ]);
    if auto {
        let why = stack.why.plan(first, "Google chooses the nodes");
        body.set("enable_autopilot", Node::from(true).why(why));
    } else {
        let (zones, why) = clusters::zones(stack);
        stack.data("google_compute_zones", "here", map([("region", Node::from(region(first)))]));
        let here = format!("slice(data.google_compute_zones.here.names, 0, {zones})");
        body.set("node_locations", expression(here).why(why));
        let pool = "the pools of the plan are blocks of their own";
        body.set("initial_node_count", 1_u32);
        body.set("remove_default_node_pool", Node::from(true).why(pool));
        body.set(
            "datapath_provider",
            Node::from("ADVANCED_DATAPATH").why("holds the manifests' NetworkPolicy"),
        );
        let pool = template("${var.google_project}.svc.id.goog".to_owned());
        let pool = pool.why("pods are known to Google by their ServiceAccounts");
        body.set("workload_identity_config", map([("workload_pool", pool)]));
    }
    if private {
        let why = format!("network: {}", stack.why.fact(&stack.plan.app.network));
        let nodes = map([("enable_private_nodes", Node::from(true).why(why))]);
        body.set("private_cluster_config", nodes);
        nat(stack, first);
    }
    stack.resource("google_container_cluster", own, body);
    if !auto {
        pools(stack, parts, own);
    }
    for part in parts {
        identity(stack, part, own);
    }
    let about = "the name of the cluster";
    stack.output(
        &format!("{own}__cluster"),
        about,
        expression(format!("google_container_cluster.{own}.name")),
    );
    stack.out.steps.push(format!(
        "`gcloud container clusters get-credentials {name} --region {}`, so that `kubectl` finds the cluster",
        region(first)
    ));
}

/// Lets the pods of a part use what they call outside of the cluster, as the ServiceAccount of the manifests ("Authenticate to
/// Google Cloud APIs from GKE workloads", Google Kubernetes Engine documentation; Autopilot has it in any case).
fn identity(stack: &mut Stack<'_, '_>, part: &Part<'_>, cluster: &str) {
    let plan = stack.plan;
    if !plan.called(&part.component.id).any(|(callee, _)| managed::asks(callee)) {
        return;
    }
    stack.data("google_project", "here", Node::empty());
    // Declares the variable that the name below holds.
    clusters::namespace(stack);
    let member = template(format!(
        "principal://iam.googleapis.com/projects/${{data.google_project.here.number}}/locations/global/workloadIdentityPools/${{var.google_project}}.svc.id.goog/subject/ns/${{var.kubernetes_namespace}}/sa/{}",
        part.name
    ));
    let member = member.why("the ServiceAccount of the manifests");
    let cluster = format!("google_container_cluster.{cluster}");
    managed::rights(stack, part, &member, Some(&cluster));
}

/// A pool for each of the plan's: its type, and how many in all zones together.
fn pools(stack: &mut Stack<'_, '_>, parts: &[&Part<'_>], own: &str) {
    let (zones, _) = clusters::zones(stack);
    let (spot, why_spot) = clusters::spot(stack);
    let missing = "add a `google_container_node_pool`";
    for (number, (pool, part)) in clusters::pools(stack, parts, missing) {
        let why = stack.why.plan(part, "nodes");
        let (least, most) = bounds(pool);
        let scaling = map([
            ("total_min_node_count", Node::from(least).why(why.as_str())),
            ("total_max_node_count", Node::from(most).why(why.as_str())),
            ("location_policy", Node::from("BALANCED").why("default: as many in each zone")),
        ]);
        let config = map([
            ("machine_type", Node::from(pool.instance.as_str()).why(why)),
            ("spot", Node::from(spot).why(why_spot.as_str())),
            ("oauth_scopes", list(["https://www.googleapis.com/auth/cloud-platform"])),
            (
                "workload_metadata_config",
                map([(
                    "mode",
                    Node::from("GKE_METADATA").why("pods are who their ServiceAccounts are"),
                )]),
            ),
        ]);
        let body = map([
            ("name", Node::from(format!("pool-{number}"))),
            ("cluster", expression(format!("google_container_cluster.{own}.id"))),
            (
                "initial_node_count",
                Node::from(least.div_ceil(u32::from(zones))).why("in each zone, to begin with"),
            ),
            ("autoscaling", scaling),
            ("node_config", config),
        ]);
        stack.resource("google_container_node_pool", &format!("{own}__{number}"), body);
    }
}

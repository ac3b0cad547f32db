//! Kafka at Amazon: the cluster that the plan has, and functions that read a topic of it.

use model::{Engine, ManagedSettings, Port, Protocol};

use super::functions::Called;
use super::{allow, document, network, policy};
use crate::kubernetes::Ports;
use crate::lambda::{Batches, kafka};
use crate::terraform::json::{expression, template};
use crate::terraform::stack::{Stack, id};
use crate::terraform::{place_of, stores};
use crate::tree::{Node, list, map};
use crate::{Part, Plan};

/// Letters of a cluster's name at the most (`CreateClusterV2`, Amazon MSK API reference).
const NAME_MAX: usize = 64;

/// The ARN of a cluster; `None` if a part is none.
pub(super) fn arn(part: &Part<'_>) -> Option<String> {
    Some(format!("{}.{}.arn", kind(part)?, id(part)))
}

/// What a cluster is in Terraform.
fn kind(part: &Part<'_>) -> Option<&'static str> {
    let managed = stores::managed(part).filter(|managed| managed.engine == Engine::Kafka)?;
    let serverless = managed.size == kafka::SERVERLESS;
    Some(if serverless { "aws_msk_serverless_cluster" } else { "aws_msk_cluster" })
}

/// Adds a cluster, to which clients prove who they are by their role.
pub(super) fn cluster(stack: &mut Stack<'_, '_>, part: &Part<'_>, managed: &ManagedSettings) {
    let (own, why) = (id(part), stack.why);
    let Some(kind) = kind(part) else { return };
    let planned = |value: Node, what: &str| value.why(why.plan(part, what));
    let port = Port {
        number: kafka::PORT,
        protocol: Protocol::Tcp,
        name: None,
        published: false,
        reached_at: Vec::new(),
        span: None,
    };
    let ports = Ports { all: vec![port], assumed: false };
    network::add(stack);
    network::add_group(stack, part, &ports);
    let from = ("referenced_security_group_id", expression(network::group(part)));
    let reads = "Lambda reads for a function from inside of this group";
    network::open(stack, part, &ports, &format!("{own}__from_itself"), &from, reads);
    let (subnets, _) = network::subnets(stack);
    let groups = list([expression(network::group(part))]);
    let mut body = map([("cluster_name", Node::from(stack.name(part, NAME_MAX)))]);
    let proof = |iam: Node| {
        map([("sasl", map([("iam", iam)]))]).why("clients prove who they are by their role")
    };
    if managed.size == kafka::SERVERLESS {
        let place = map([("subnet_ids", subnets), ("security_group_ids", groups)]);
        body.set("vpc_config", place);
        body.set("client_authentication", proof(map([("enabled", Node::from(true))])));
    } else {
        let disk = planned(stores::gib_of(managed).into(), "disk of a broker in GiB");
        let storage = map([("ebs_storage_info", map([("volume_size", disk)]))]);
        let brokers = u32::from(managed.zones.max(1));
        let nodes = map([
            ("instance_type", planned(managed.size.as_str().into(), "size")),
            ("client_subnets", subnets),
            ("security_groups", groups),
            ("storage_info", storage),
        ]);
        body.set("kafka_version", Node::from(kafka::VERSION.0).why(kafka::VERSION.1));
        body.set("number_of_broker_nodes", planned(brokers.into(), "brokers, a zone each"));
        body.set("broker_node_group_info", nodes);
        body.set("client_authentication", proof(true.into()));
    }
    stack.resource(kind, &own, body);
    let about = format!("where clients of {} begin", part.component.id);
    let brokers = expression(format!("{kind}.{own}.bootstrap_brokers_sasl_iam"));
    stack.output(&format!("{own}__brokers"), &about, brokers);
    stack.told(part, "its clients prove who they are by their role (IAM, port 9098); an output says where they begin");
}

/// The topic that a function reads, and how it takes its records.
pub(super) fn topic(stack: &mut Stack<'_, '_>, part: &Part<'_>, called: &Called) {
    let (own, plan, why) = (id(part), stack.plan, stack.why.definition(part));
    kafka::told(plan, part, stack.out);
    let cluster = kafka::cluster(plan, part).filter(|cluster| place_of(plan, cluster).is_ok());
    let mut waits = vec![format!("aws_iam_role_policy_attachment.{own}__function")];
    let arn = if let Some(arn) = cluster.and_then(arn) {
        waits.push(format!("aws_iam_role_policy.{own}__function"));
        arn
    } else {
        let about = format!("ARN of the cluster of MSK that {} reads", part.component.id);
        let given = stack.variable(&format!("{own}__cluster_arn"), "string", &about, None);
        let arn = format!("var.{given}");
        let rights = format!("{own}__topic");
        let text = document(stack, &format!("{rights}__rights"), policy(statements(&arn, true)));
        let role = expression(format!("aws_iam_role.{own}__function.id"));
        let body = map([("name", Node::from("topic")), ("role", role), ("policy", text)]);
        stack.resource("aws_iam_role_policy", &rights, body);
        waits.push(format!("aws_iam_role_policy.{rights}"));
        arn
    };
    let mut body = map([
        ("event_source_arn", expression(arn)),
        ("function_name", expression(&called.arn)),
        ("topics", list([kafka::topic(part)])),
        ("starting_position", kafka::from()),
    ]);
    let batches = Batches::of_stream(part);
    if let Some(size) = batches.size {
        body.set("batch_size", Node::from(size).why(why.as_str()));
    }
    if let Some(window) = batches.window {
        body.set("maximum_batching_window_in_seconds", Node::from(window).why(why));
    }
    // Lambda looks whether it may read when the mapping is made.
    body.set("depends_on", list(waits));
    stack.resource("aws_lambda_event_source_mapping", &own, body);
}

/// What is allowed to a cluster of this ARN, and to its topics and groups.
pub(super) fn statements(arn: &str, reads: bool) -> Vec<Node> {
    let [cluster, below] = if reads { kafka::READ } else { kafka::WRITE };
    let all = |kind| template(format!("${{replace({arn}, \":cluster/\", \":{kind}/\")}}/*"));
    let mut under = vec![all("topic")];
    under.extend(reads.then(|| all("group")));
    vec![allow(cluster, vec![expression(arn)]), allow(below, under)]
}

/// The most brokers of a cluster here: each stands in a zone of its own.
pub(super) fn zones(plan: &Plan<'_>) -> u8 {
    let brokers = plan.parts.iter().filter_map(|part| {
        let managed = stores::managed(part).filter(|_| arn(part).is_some())?;
        place_of(plan, part).is_ok().then_some(managed.zones)
    });
    brokers.max().unwrap_or(0)
}

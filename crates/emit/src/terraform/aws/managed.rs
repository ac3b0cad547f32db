//! Amazon's managed stores, with sizes and zones as planned.

use model::{Engine, ManagedSettings, Placement, Settings};

use super::{begin, kafka, network, tables};
use crate::kubernetes::Ports;
use crate::lambda::{VISIBILITY_SECONDS_MAX, VISIBILITY_TIMEOUTS};
use crate::terraform::address::Address;
use crate::terraform::json::expression;
use crate::terraform::stack::{Stack, id};
use crate::terraform::{Place, stores};
use crate::tree::{Node, list, map};
use crate::{Part, Plan};

/// Managed stores.
#[derive(Debug)]
pub(in crate::terraform) struct Managed;

/// Letters of a replication group's id and of a database's at the most (Amazon ElastiCache and RDS API references).
const CACHE_NAME_MAX: usize = 40;
const DATABASE_NAME_MAX: usize = 60;
/// Letters of a bucket's name that the provider adds 26 to (Terraform AWS provider, `aws_s3_bucket`).
const BUCKET_PREFIX_MAX: usize = 36;

impl Place for Managed {
    fn takes(&self, placement: &Placement) -> bool {
        placement.platform.0 == "aws/managed"
            && matches!(placement.configured, Settings::Managed(_))
    }

    fn refuses(&self, _: &Plan<'_>, part: &Part<'_>) -> Option<String> {
        let managed = stores::managed(part)?;
        match managed.engine {
            Engine::Postgres
            | Engine::Mysql
            | Engine::Redis
            | Engine::Valkey
            | Engine::Memcached
            | Engine::KeyValue
            | Engine::Queue
            | Engine::Objects
            | Engine::Kafka
            | Engine::Mongodb => None,
            other => Some(format!("Amazon's service for {} is not written", other.name())),
        }
    }

    fn write(&self, stack: &mut Stack<'_, '_>, parts: &[&Part<'_>]) {
        for part in parts {
            let Some(managed) = stores::managed(part).filter(|_| begin(stack, part)) else {
                continue;
            };
            match managed.engine {
                Engine::Postgres | Engine::Mysql => database(stack, part, managed),
                Engine::Redis | Engine::Valkey => cache(stack, part, managed),
                Engine::Memcached => memcached(stack, part, managed),
                Engine::Mongodb => documents(stack, part, managed),
                Engine::Kafka => kafka::cluster(stack, part, managed),
                Engine::KeyValue => tables::table(stack, part),
                Engine::Queue => queue(stack, part),
                Engine::Objects => bucket(stack, part),
                _ => {}
            }
        }
    }

    fn address(&self, _: &mut Stack<'_, '_>, part: &Part<'_>, _: &Part<'_>) -> Option<Address> {
        host(part).map(|host| Address::of(&host))
    }

    fn public(&self, _: &mut Stack<'_, '_>, part: &Part<'_>) -> Option<Node> {
        host(part).map(expression)
    }
}

/// Where a store is reached; tables, queues and buckets have no hosts of their own.
fn host(part: &Part<'_>) -> Option<String> {
    let own = id(part);
    Some(match stores::managed(part)?.engine {
        Engine::Postgres | Engine::Mysql => format!("aws_db_instance.{own}.address"),
        Engine::Redis | Engine::Valkey => {
            format!("aws_elasticache_replication_group.{own}.primary_endpoint_address")
        }
        Engine::Memcached => format!("aws_elasticache_cluster.{own}.cluster_address"),
        Engine::Mongodb => format!("aws_docdb_cluster.{own}.endpoint"),
        _ => return None,
    })
}

/// The subnets and the security group of a store; gives the group.
fn inside(stack: &mut Stack<'_, '_>, part: &Part<'_>, kind: &str) -> Node {
    network::add(stack);
    network::add_group(stack, part, &Ports::of(part));
    let (subnets, _) = network::subnets(stack);
    let name = stack.name(part, DATABASE_NAME_MAX);
    let body = map([("name", Node::from(name)), ("subnet_ids", subnets)]);
    stack.resource(kind, &id(part), body);
    list([expression(network::group(part))])
}

fn database(stack: &mut Stack<'_, '_>, part: &Part<'_>, managed: &ManagedSettings) {
    let (own, why) = (id(part), stack.why);
    let groups = inside(stack, part, "aws_db_subnet_group");
    let planned = |value: Node, what: &str| value.why(why.plan(part, what));
    let name = stack.name(part, DATABASE_NAME_MAX);
    let engine = if managed.engine == Engine::Mysql { "mysql" } else { "postgres" };
    let password = stores::password(stack, part);
    let mut body = map([
        ("identifier", Node::from(name.as_str())),
        ("engine", engine.into()),
        ("instance_class", planned(managed.size.as_str().into(), "size")),
        ("allocated_storage", planned(stores::gib(managed).into(), "disk in GiB")),
        ("storage_type", Node::from("gp3").why("plan: the volumes that it is billed for")),
        ("storage_encrypted", Node::from(true).why("default")),
        ("multi_az", planned((managed.zones > 1).into(), "zones")),
        ("username", stores::user(stack, part)),
        ("password_wo", expression(format!("var.{password}"))),
        ("password_wo_version", Node::from(1_u32).why("raise it when the password changes")),
        ("db_subnet_group_name", expression(format!("aws_db_subnet_group.{own}.name"))),
        ("vpc_security_group_ids", groups),
        ("backup_retention_period", Node::from(7_u32).why("default: a week")),
        (
            "skip_final_snapshot",
            Node::from(false).why("default: what is deleted leaves a snapshot"),
        ),
        ("final_snapshot_identifier", format!("{name}-last").into()),
    ]);
    if let Some(database) = stores::database(part) {
        body.set("db_name", Node::from(database).why(why.definition(part)));
    }
    if let Some(version) = stores::version(part) {
        body.set("engine_version", Node::from(version).why(why.definition(part)));
    }
    stack.resource("aws_db_instance", &own, body);
}

fn cache(stack: &mut Stack<'_, '_>, part: &Part<'_>, managed: &ManagedSettings) {
    let (own, why) = (id(part), stack.why);
    let groups = inside(stack, part, "aws_elasticache_subnet_group");
    let planned = |value: Node, what: &str| value.why(why.plan(part, what));
    let name = stack.name(part, CACHE_NAME_MAX);
    let engine = if managed.engine == Engine::Valkey { "valkey" } else { "redis" };
    let copies = u32::from(managed.zones.max(1));
    let body = map([
        ("replication_group_id", Node::from(name)),
        ("description", part.component.id.as_str().into()),
        ("engine", engine.into()),
        ("node_type", planned(managed.size.as_str().into(), "size")),
        ("num_cache_clusters", planned(copies.into(), "copies, a zone each")),
        ("automatic_failover_enabled", (copies > 1).into()),
        ("multi_az_enabled", (copies > 1).into()),
        (
            "transit_encryption_enabled",
            Node::from(false).why("default: the code calls it in plain text, inside the network"),
        ),
        ("at_rest_encryption_enabled", Node::from(true).why("default")),
        ("subnet_group_name", expression(format!("aws_elasticache_subnet_group.{own}.name"))),
        ("security_group_ids", groups),
    ]);
    stack.resource("aws_elasticache_replication_group", &own, body);
}

fn memcached(stack: &mut Stack<'_, '_>, part: &Part<'_>, managed: &ManagedSettings) {
    let (own, why) = (id(part), stack.why);
    let groups = inside(stack, part, "aws_elasticache_subnet_group");
    let planned = |value: Node, what: &str| value.why(why.plan(part, what));
    let name = stack.name(part, CACHE_NAME_MAX);
    let copies = u32::from(managed.zones.max(1));
    let body = map([
        ("cluster_id", Node::from(name)),
        ("engine", "memcached".into()),
        ("node_type", planned(managed.size.as_str().into(), "size")),
        ("num_cache_nodes", planned(copies.into(), "nodes")),
        ("az_mode", if copies > 1 { "cross-az" } else { "single-az" }.into()),
        ("subnet_group_name", expression(format!("aws_elasticache_subnet_group.{own}.name"))),
        ("security_group_ids", groups),
    ]);
    stack.resource("aws_elasticache_cluster", &own, body);
}

fn documents(stack: &mut Stack<'_, '_>, part: &Part<'_>, managed: &ManagedSettings) {
    let (own, why) = (id(part), stack.why);
    let groups = inside(stack, part, "aws_docdb_subnet_group");
    let name = stack.name(part, DATABASE_NAME_MAX);
    let password = stores::password(stack, part);
    let cluster = map([
        ("cluster_identifier", Node::from(name.as_str())),
        ("master_username", stores::user(stack, part)),
        ("master_password_wo", expression(format!("var.{password}"))),
        ("master_password_wo_version", Node::from(1_u32).why("raise it when the password changes")),
        ("db_subnet_group_name", expression(format!("aws_docdb_subnet_group.{own}.name"))),
        ("vpc_security_group_ids", groups),
        ("storage_encrypted", Node::from(true).why("default")),
        (
            "skip_final_snapshot",
            Node::from(false).why("default: what is deleted leaves a snapshot"),
        ),
        ("final_snapshot_identifier", format!("{name}-last").into()),
    ]);
    stack.resource("aws_docdb_cluster", &own, cluster);
    let size = Node::from(managed.size.as_str()).why(why.plan(part, "size"));
    let copies = u32::from(managed.zones.max(1));
    let instance = map([
        ("count", Node::from(copies).why(why.plan(part, "copies, a zone each"))),
        ("cluster_identifier", expression(format!("aws_docdb_cluster.{own}.id"))),
        ("instance_class", size),
    ]);
    stack.resource("aws_docdb_cluster_instance", &own, instance);
}

/// Whether only the network reaches a store.
pub(super) fn is_inside(part: &Part<'_>) -> bool {
    Managed.takes(part.placement) && (host(part).is_some() || kafka::arn(part).is_some())
}

/// A queue: a store of its own, or what stands before a worker.
pub(super) fn queue(stack: &mut Stack<'_, '_>, part: &Part<'_>) {
    queue_before(stack, part, 0);
}

/// A queue before a function whose runs may take so many seconds; none is not known.
pub(super) fn queue_before(stack: &mut Stack<'_, '_>, part: &Part<'_>, run_seconds: u64) {
    let own = id(part);
    let events = part.component.events.clone().unwrap_or_default();
    let ordered = events.groups.is_some();
    // The names of queues in order end with `.fifo`.
    let name = stack.name(part, 60);
    let named = |name: String| if ordered { format!("{name}.fifo") } else { name };
    let mut body = map([("name", Node::from(named(name.clone())))]);
    if ordered {
        body.set("fifo_queue", Node::from(true).why(stack.why.definition(part)));
    }
    let declared = events.visibility.map(|hidden| hidden.millis_ceil().div_ceil(1000));
    if let Some(seconds) = declared {
        let seconds = seconds.max(run_seconds).min(VISIBILITY_SECONDS_MAX);
        let seconds = Node::from(seconds).why(stack.why.definition(part));
        body.set("visibility_timeout_seconds", seconds);
    } else if run_seconds > 0 {
        let seconds = (run_seconds * VISIBILITY_TIMEOUTS).min(VISIBILITY_SECONDS_MAX);
        let why = "six times the function's timeout, as Lambda's guide asks";
        body.set("visibility_timeout_seconds", Node::from(seconds).why(why));
    }
    if let Some(receives) = events.receives_max {
        let failed = format!("{own}__failed");
        let mut dead = map([("name", Node::from(named(format!("{name}-failed"))))]);
        if ordered {
            dead.set("fifo_queue", true);
        }
        stack.resource("aws_sqs_queue", &failed, dead);
        let policy = format!("{own}__redrive");
        let redrive = map([
            ("deadLetterTargetArn", expression(format!("aws_sqs_queue.{failed}.arn"))),
            ("maxReceiveCount", Node::from(receives)),
        ]);
        stack.local(&policy, redrive.why(stack.why.definition(part)));
        body.set("redrive_policy", expression(format!("jsonencode(local.{policy})")));
    }
    stack.resource("aws_sqs_queue", &own, body);
    let about = format!("URL of the queue of {}", part.component.id);
    stack.output(
        &format!("{own}__queue_url"),
        &about,
        expression(format!("aws_sqs_queue.{own}.url")),
    );
}

fn bucket(stack: &mut Stack<'_, '_>, part: &Part<'_>) {
    let own = id(part);
    let prefix = format!("{}-", stack.name(part, BUCKET_PREFIX_MAX - 1));
    let body = map([("bucket_prefix", Node::from(prefix).why("names of buckets are the world's"))]);
    stack.resource("aws_s3_bucket", &own, body);
    let about = format!("name of the bucket of {}", part.component.id);
    stack.output(
        &format!("{own}__bucket"),
        &about,
        expression(format!("aws_s3_bucket.{own}.bucket")),
    );
}

//! What keeps data: tables, queues, buckets, databases, caches.

use model::{Blueprint, Component, Engine, Fact, Kind, Origin};
use source::{Finding, Span};
use units::Bytes;

use super::tables;
use super::template::{Resource, Template};
use crate::defaults;
use crate::names::quoted;

/// Kinds of resources that keep data, for a glance at a file.
pub(super) const KINDS: &[&str] = &[
    "SQS::Queue",
    "DynamoDB::",
    "Serverless::SimpleTable",
    "S3::Bucket",
    "RDS::DB",
    "ElastiCache::",
    "DocDB::DBCluster",
    "MSK::",
    "OpenSearchService::Domain",
    "Elasticsearch::Domain",
    "AmazonMQ::Broker",
];

/// A store's component, if the resource is one that can be planned.
pub(super) fn read(
    resource: &Resource<'_>,
    template: &Template<'_>,
    findings: &mut Vec<Finding>,
) -> Option<Component> {
    let text = |key: &str| template.text(resource, key).map(|(text, _)| text.to_lowercase());
    let engine = match resource.kind.as_str() {
        "AWS::SQS::Queue" => Engine::Queue,
        "AWS::DynamoDB::Table" | "AWS::DynamoDB::GlobalTable" | "AWS::Serverless::SimpleTable" => {
            Engine::KeyValue
        }
        "AWS::S3::Bucket" => Engine::Objects,
        "AWS::RDS::DBInstance" | "AWS::RDS::DBCluster" => {
            // An instance of a cluster is a part of it.
            if resource.kind == "AWS::RDS::DBInstance"
                && template.property(resource, "DBClusterIdentifier").is_some()
            {
                return None;
            }
            match text("Engine")? {
                engine if engine.contains("postgres") => Engine::Postgres,
                engine
                    if engine.contains("mysql")
                        || engine.contains("maria")
                        || engine == "aurora" =>
                {
                    Engine::Mysql
                }
                _ => return None,
            }
        }
        "AWS::ElastiCache::ReplicationGroup"
        | "AWS::ElastiCache::CacheCluster"
        | "AWS::ElastiCache::ServerlessCache" => match text("Engine").as_deref() {
            Some("valkey") => Engine::Valkey,
            Some("memcached") => Engine::Memcached,
            _ => Engine::Redis,
        },
        "AWS::DocDB::DBCluster" => Engine::Mongodb,
        "AWS::MSK::Cluster" | "AWS::MSK::ServerlessCluster" => Engine::Kafka,
        "AWS::OpenSearchService::Domain" | "AWS::Elasticsearch::Domain" => Engine::Opensearch,
        "AWS::AmazonMQ::Broker" => match text("EngineType").as_deref() {
            Some("activemq") => Engine::Activemq,
            _ => Engine::Rabbitmq,
        },
        _ => return None,
    };
    let mut component = defaults::component(resource.id, Kind::Stateful, Some(resource.span));
    component.engine = Some(Fact::declared(engine, resource.span));
    if let Some((machine, span)) = machine(resource, template)
        && let Some(memory) = component.memory.get()
    {
        let note = format!(
            "the template asks for {}, whose memory is not known; write `--set {}.memory=…`",
            quoted(&machine),
            resource.id
        );
        let origin = Origin { span: Some(span), ..Origin::assumed(note) };
        component.memory = Fact::Assumed(memory, origin);
        let settings = vec![(Blueprint::MACHINE.to_owned(), machine)];
        component.blueprint = Some(Box::new(Blueprint { settings, ..Blueprint::default() }));
    }
    let table = (engine == Engine::KeyValue).then(|| tables::read(resource, template)).flatten();
    if let Some(table) = table {
        findings.extend(tables::not_billed(resource, &table));
        component.blueprint.get_or_insert_default().table = Some(table);
    }
    component.storage = defaults::storage(Some(engine));
    if let Some((text, span)) = template.text(resource, "AllocatedStorage")
        && let Ok(gib) = text.trim().parse::<u64>()
        && (1..=65_536).contains(&gib)
    {
        component.storage = Some(Fact::declared(Bytes::from_gib(gib), span));
    }
    Some(component)
}

/// The machine type that a store is declared with: its own, or that of the instances of a cluster.
fn machine(resource: &Resource<'_>, template: &Template<'_>) -> Option<(String, Span)> {
    let own = ["HostInstanceType", "DBInstanceClass", "CacheNodeType", "DBClusterInstanceClass"];
    let within = |key: &str| {
        let node = template.property(resource, key)?.get("InstanceType")?;
        Some((template.scope.text(node)?, node.span))
    };
    let is_part = |other: &&Resource<'_>| {
        let cluster = other.properties.and_then(|p| p.get("DBClusterIdentifier"));
        cluster.is_some_and(|node| template.scope.resources_in(node).contains(&resource.id))
    };
    own.into_iter()
        .find_map(|key| template.text(resource, key))
        .or_else(|| {
            let keys = ["BrokerNodeGroupInfo", "ClusterConfig", "ElasticsearchClusterConfig"];
            keys.into_iter().find_map(within)
        })
        .or_else(|| {
            let part = template.own().find(is_part)?;
            template.text(part, "DBInstanceClass")
        })
}

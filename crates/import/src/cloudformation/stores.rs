//! What keeps data: tables, queues, buckets, databases, caches.

use model::{Component, Engine, Fact, Kind};
use units::Bytes;

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
pub(super) fn read(resource: &Resource<'_>, template: &Template<'_>) -> Option<Component> {
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
    if let Some(size) = size(resource, template)
        && let Some(memory) = component.memory.get()
    {
        let note = format!(
            "the template asks for {}, whose memory it does not say; write `--set {}.memory=…`",
            quoted(&size),
            resource.id
        );
        component.memory = Fact::assumed(memory, note);
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

/// The machine type that a store is declared with.
fn size(resource: &Resource<'_>, template: &Template<'_>) -> Option<String> {
    let own = ["HostInstanceType", "DBInstanceClass", "CacheNodeType", "DBClusterInstanceClass"];
    let within = [("BrokerNodeGroupInfo", "InstanceType"), ("ClusterConfig", "InstanceType")];
    let own = own.into_iter().find_map(|key| Some(template.text(resource, key)?.0));
    own.or_else(|| {
        within.into_iter().find_map(|(key, inner)| {
            let node = template.property(resource, key)?;
            template.scope.text(node.get(inner)?)
        })
    })
}

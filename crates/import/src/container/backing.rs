//! Well-known images: what they keep, and what a cloud offers instead.

use model::{Engine, Kind};

/// What an image is known to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Known {
    /// What kind of part it is.
    pub kind: Kind,
    /// For what keeps data: the engine.
    pub engine: Option<Engine>,
    /// What there is to say about its place in the answer; empty if nothing.
    pub note: &'static str,
}

/// What is to know of MongoDB's managed counterparts.
const MONGO: &str =
    "a managed DocumentDB speaks most of its protocol; Atlas, of a third party, is not priced";

/// Names of repositories (the last part of an image without registry and tag) that begin like this.
const STORES: &[(&str, Engine, &str)] = &[
    ("postgres", Engine::Postgres, ""),
    ("postgis", Engine::Postgres, ""),
    ("timescaledb", Engine::Postgres, "no managed PostgreSQL here has TimescaleDB's own functions"),
    ("pgvector", Engine::Postgres, ""),
    ("documentdb", Engine::Mongodb, ""),
    ("mysql", Engine::Mysql, ""),
    ("mariadb", Engine::Mysql, ""),
    ("percona", Engine::Mysql, ""),
    ("redis", Engine::Redis, ""),
    ("keydb", Engine::Redis, ""),
    ("dragonfly", Engine::Redis, ""),
    ("valkey", Engine::Valkey, ""),
    ("memcached", Engine::Memcached, ""),
    (
        "rabbitmq",
        Engine::Rabbitmq,
        "a plain queue service costs less, but speaks another protocol: clients change",
    ),
    (
        "activemq",
        Engine::Activemq,
        "a plain queue service costs less, but speaks another protocol: clients change",
    ),
    ("elasticmq", Engine::Queue, ""),
    ("nats", Engine::Queue, "a queue service speaks another protocol: clients of NATS change"),
    ("kafka", Engine::Kafka, ""),
    ("cp-kafka", Engine::Kafka, ""),
    (
        "redpanda",
        Engine::Kafka,
        "a managed Kafka speaks its protocol; Redpanda's own cloud is not priced",
    ),
    ("pulsar", Engine::Other, "a log of events; no managed Pulsar is priced"),
    ("zookeeper", Engine::Other, "keeps the state of another system; goes where that one goes"),
    ("cp-zookeeper", Engine::Other, "keeps the state of another system; goes where that one goes"),
    ("etcd", Engine::Other, ""),
    ("consul", Engine::Other, "finds services; platforms bring their own way"),
    ("mongo", Engine::Mongodb, MONGO),
    ("mongodb", Engine::Mongodb, MONGO),
    ("couchdb", Engine::Other, "no managed CouchDB is priced"),
    ("cassandra", Engine::Other, ""),
    ("scylla", Engine::Other, ""),
    ("cockroach", Engine::Other, ""),
    ("clickhouse", Engine::Other, ""),
    ("neo4j", Engine::Other, ""),
    (
        "elasticsearch",
        Engine::Opensearch,
        "a managed OpenSearch speaks the protocol of Elasticsearch 7.10; newer clients may need a change",
    ),
    ("opensearch", Engine::Opensearch, ""),
    ("solr", Engine::Other, "no managed one is priced"),
    ("meilisearch", Engine::Other, "no managed one is priced"),
    ("typesense", Engine::Other, "no managed one is priced"),
    ("qdrant", Engine::Other, ""),
    ("weaviate", Engine::Other, ""),
    ("milvus", Engine::Other, ""),
    ("influxdb", Engine::Other, ""),
    ("victoria-metrics", Engine::Other, ""),
    ("prometheus", Engine::Other, "watches the others; platforms bring their own way"),
    ("dynamodb-local", Engine::KeyValue, "stands in for DynamoDB, which is planned in its place"),
    ("minio", Engine::Objects, ""),
    ("seaweedfs", Engine::Objects, ""),
    ("mosquitto", Engine::Other, "a broker of MQTT; no managed one is priced"),
    ("mssql", Engine::Other, "no managed SQL Server is priced"),
    ("azure-sql-edge", Engine::Other, "no managed SQL Server is priced"),
    ("sqlserver", Engine::Other, "no managed SQL Server is priced"),
    ("oracle", Engine::Other, ""),
    ("sawtooth-validator", Engine::Other, ""),
];

/// Images that serve files or pass requests on.
const FRONTS: &[&str] =
    &["nginx", "httpd", "caddy", "traefik", "haproxy", "envoy", "apache2", "openresty"];

/// What an image is known to be, by its name as written (registry, path, tag and digest included).
pub(crate) fn known(image: &str) -> Option<Known> {
    let name = repository(image);
    // `redis-exporter` and `postgres-backup` are about a store, not one.
    let about = [
        "express",
        "exporter",
        "backup",
        "admin",
        "commander",
        "ui",
        "operator",
        "proxy",
        "gui",
        "insight",
        "dashboards",
        "connect",
        "rest",
        "registry",
        "manager",
        "ksqldb",
    ];
    if name.split(['-', '_']).skip(1).any(|part| about.contains(&part)) {
        return None;
    }
    let is = |prefix: &str| {
        name.strip_prefix(prefix).is_some_and(|rest| {
            rest.is_empty()
                || rest.starts_with(['-', '_', '.'])
                || matches!(rest, "db" | "ql" | "-server")
        })
    };
    if let Some(&(_, engine, note)) = STORES.iter().find(|(prefix, ..)| is(prefix)) {
        return Some(Known { kind: Kind::Stateful, engine: Some(engine), note });
    }
    FRONTS.iter().any(|front| is(front)).then_some(Known {
        kind: Kind::Http,
        engine: None,
        note: "a web server or proxy: platforms bring a front door of their own, and files belong into a bucket",
    })
}

/// Whether an image is a cloud's services on the machine of a developer.
pub(crate) fn is_local_cloud(image: &str) -> bool {
    matches!(repository(image).as_str(), "localstack" | "localstack-pro" | "moto")
}

/// `ghcr.io/org/postgres-15:1.2@sha256:…` is `postgres-15`; lower case.
pub(crate) fn repository(image: &str) -> String {
    let bare = image.split('@').next().unwrap_or(image);
    let last = bare.rsplit('/').next().unwrap_or(bare);
    last.split(':').next().unwrap_or(last).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_are_known_by_their_image() {
        for (image, engine) in [
            ("postgres:16-alpine", Engine::Postgres),
            ("docker.io/bitnami/postgresql:15", Engine::Postgres),
            ("postgres@sha256:abc", Engine::Postgres),
            ("mysql/mysql-server:8.0", Engine::Mysql),
            ("redis", Engine::Redis),
            ("registry:5000/cache/valkey:8", Engine::Valkey),
            ("rabbitmq:4.3.2-management-alpine", Engine::Rabbitmq),
            ("amazon/dynamodb-local", Engine::KeyValue),
            ("confluentinc/cp-kafka:7.5", Engine::Kafka),
            ("elasticsearch:8.1", Engine::Opensearch),
            ("memcached:1.6", Engine::Memcached),
            ("mongo:7", Engine::Mongodb),
            ("chrislusf/seaweedfs:3", Engine::Objects),
        ] {
            assert_eq!(known(image).and_then(|k| k.engine), Some(engine), "{image}");
        }
    }

    #[test]
    fn what_is_about_a_store_is_none() {
        for image in [
            "oliver006/redis_exporter",
            "mongo-express",
            "redis-commander",
            "rediscover",
            "postgrest/postgrest",
            "natsuki",
            "my/app:redis",
        ] {
            assert_eq!(known(image).and_then(|k| k.engine), None, "{image}");
        }
    }

    #[test]
    fn web_servers_are_fronts() {
        assert_eq!(known("nginx:1.27").map(|k| k.kind), Some(Kind::Http));
        assert_eq!(known("nginxinc/nginx-unprivileged").map(|k| k.kind), Some(Kind::Http));
    }
}

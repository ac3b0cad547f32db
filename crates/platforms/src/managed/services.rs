//! The managed services of each provider, and what the catalogue calls them.

use model::{Engine, PlatformId};

use crate::cloud::{self, Cloud};

/// What one provider offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Services {
    /// `aws/managed`.
    pub id: PlatformId,
    /// Whose they are.
    pub cloud: &'static Cloud,
    /// PostgreSQL and MySQL.
    pub database: Database,
    /// Redis and Valkey.
    pub cache: Cache,
    /// Tables of keys and values.
    pub table: Table,
    /// Queues that components call themselves.
    pub queue: Queue,
    /// Buckets of files.
    pub bucket: Bucket,
    /// Brokers, documents and search, where the catalogue has them.
    pub clusters: &'static [Cluster],
}

/// Relational databases by size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Database {
    /// Prices; the dimension is size and engine.
    pub service: &'static str,
    /// Its rows among the limits: the factor of a standby, the smallest volume.
    pub rows: &'static str,
    /// A GB-month.
    pub storage: &'static str,
    /// What a standby in another zone is called.
    pub standby: &'static str,
    /// The two engines in a sentence.
    pub names: [&'static str; 2],
}

/// Caches by size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cache {
    /// Prices; the dimension is size and engine.
    pub service: &'static str,
    /// Its row among the limits: the share of memory that a node keeps.
    pub rows: &'static str,
    /// Redis and Valkey in a sentence.
    pub names: [&'static str; 2],
    /// Memcached in a sentence, where it is sold.
    pub memcached: Option<&'static str>,
}

/// Tables billed by what is read and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    /// Prices and the allowance of storage.
    pub service: &'static str,
    /// Its rows among the limits: bytes of a read and of a write.
    pub rows: &'static str,
    /// Reads, writes, storage, free storage.
    pub dimensions: [&'static str; 4],
    /// Reads that one unit pays for: two where reads may be a little old.
    pub reads_a_unit: u128,
    /// In a sentence.
    pub name: &'static str,
}

/// Nodes of one size with a disk each, or with one that they share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cluster {
    /// What it speaks.
    pub engine: Engine,
    /// Prices; the dimension of a node is its size.
    pub service: &'static str,
    /// Its rows among the limits: nodes in one zone and in several, the smallest disk.
    pub rows: &'static str,
    /// A GB-month.
    pub storage: &'static str,
    /// Whether every node pays for a disk of its own.
    pub disk_each: bool,
    /// Pages read and log written, where each is billed.
    pub io: Option<&'static str>,
    /// The same without nodes to choose: cluster, partitions, bytes in, bytes out, storage.
    pub serverless: Option<[&'static str; 5]>,
    /// In a sentence.
    pub name: &'static str,
}

/// Queues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queue {
    /// Calls in steps of 64 KB, ordered ones dearer.
    Sqs,
    /// Bytes published and delivered.
    PubSub,
    /// Operations.
    Storage,
}

impl Queue {
    /// In a sentence.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqs => "SQS",
            Self::PubSub => "Pub/Sub",
            Self::Storage => "Storage queues",
        }
    }
}

/// Buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// Prices.
    pub service: &'static str,
    /// Storage, reads, writes.
    pub dimensions: [&'static str; 3],
    /// In a sentence.
    pub name: &'static str,
}

/// What a service is called that is none of those known here.
const NONE: &str = "a managed service";

impl Services {
    /// What an engine is called here.
    pub const fn name(&self, engine: Engine) -> &'static str {
        match engine {
            Engine::Postgres => self.database.names[0],
            Engine::Mysql => self.database.names[1],
            Engine::Redis => self.cache.names[0],
            Engine::Valkey => self.cache.names[1],
            Engine::KeyValue => self.table.name,
            Engine::Queue => self.queue.name(),
            Engine::Objects => self.bucket.name,
            Engine::Memcached => match self.cache.memcached {
                Some(name) => name,
                None => NONE,
            },
            Engine::Mongodb
            | Engine::Kafka
            | Engine::Opensearch
            | Engine::Rabbitmq
            | Engine::Activemq => match self.cluster(engine) {
                Some(cluster) => cluster.name,
                None => NONE,
            },
            Engine::Other => NONE,
        }
    }

    /// The service of nodes that speaks this, if there is one.
    pub const fn cluster(&self, engine: Engine) -> Option<&'static Cluster> {
        let mut at = 0;
        while at < self.clusters.len() {
            if self.clusters[at].engine as u8 == engine as u8 {
                return Some(&self.clusters[at]);
            }
            at += 1;
        }
        None
    }
}

/// Amazon's.
pub const AWS: Services = Services {
    id: PlatformId("aws/managed"),
    cloud: &cloud::AWS,
    database: Database {
        service: "aws/rds",
        rows: "aws-rds",
        storage: "gp3_storage",
        standby: "Multi-AZ",
        names: ["RDS for PostgreSQL", "RDS for MySQL"],
    },
    cache: Cache {
        service: "aws/elasticache",
        rows: "aws-elasticache",
        names: ["ElastiCache for Redis", "ElastiCache for Valkey"],
        memcached: Some("ElastiCache for Memcached"),
    },
    table: Table {
        service: "aws/dynamodb",
        rows: "aws-dynamodb",
        dimensions: ["read_request_unit", "write_request_unit", "storage", "free_storage"],
        reads_a_unit: 2,
        name: "DynamoDB",
    },
    queue: Queue::Sqs,
    bucket: Bucket {
        service: "aws/s3",
        dimensions: ["storage", "get", "put_copy_post_list"],
        name: "S3",
    },
    clusters: &[
        Cluster {
            engine: Engine::Kafka,
            service: "aws/msk",
            rows: "aws-msk",
            storage: "storage",
            disk_each: true,
            io: None,
            serverless: Some([
                "serverless_cluster",
                "serverless_partition",
                "serverless_in",
                "serverless_out",
                "serverless_storage",
            ]),
            name: "MSK",
        },
        Cluster {
            engine: Engine::Mongodb,
            service: "aws/documentdb",
            rows: "aws-documentdb",
            storage: "storage",
            disk_each: false,
            io: Some("io"),
            serverless: None,
            name: "DocumentDB",
        },
        Cluster {
            engine: Engine::Opensearch,
            service: "aws/opensearch",
            rows: "aws-opensearch",
            storage: "gp3_storage",
            disk_each: true,
            io: None,
            serverless: None,
            name: "OpenSearch Service",
        },
        Cluster {
            engine: Engine::Rabbitmq,
            service: "aws/amazon-mq",
            rows: "aws-amazon-mq-rabbitmq",
            storage: "storage_rabbitmq",
            disk_each: true,
            io: None,
            serverless: None,
            name: "Amazon MQ for RabbitMQ",
        },
        Cluster {
            engine: Engine::Activemq,
            service: "aws/amazon-mq",
            rows: "aws-amazon-mq-activemq",
            storage: "storage_activemq",
            disk_each: false,
            io: None,
            serverless: None,
            name: "Amazon MQ for ActiveMQ",
        },
    ],
};

/// Google's.
pub const GCP: Services = Services {
    id: PlatformId("gcp/managed"),
    cloud: &cloud::GCP,
    database: Database {
        service: "gcp/cloud-sql",
        rows: "gcp-cloud-sql",
        storage: "ssd_storage",
        standby: "regional",
        names: ["Cloud SQL for PostgreSQL", "Cloud SQL for MySQL"],
    },
    cache: Cache {
        service: "gcp/memorystore",
        rows: "gcp-memorystore",
        names: ["Memorystore for Redis", "Memorystore for Valkey"],
        memcached: None,
    },
    table: Table {
        service: "gcp/firestore",
        rows: "gcp-firestore",
        dimensions: ["read", "write", "storage", "free_storage"],
        reads_a_unit: 1,
        name: "Firestore",
    },
    queue: Queue::PubSub,
    bucket: Bucket {
        service: "gcp/cloud-storage",
        dimensions: ["storage", "class_b", "class_a"],
        name: "Cloud Storage",
    },
    clusters: &[],
};

/// Microsoft's.
pub const AZURE: Services = Services {
    id: PlatformId("azure/managed"),
    cloud: &cloud::AZURE,
    database: Database {
        service: "azure/database",
        rows: "azure-database",
        storage: "storage",
        standby: "zone-redundant",
        names: ["Azure Database for PostgreSQL", "Azure Database for MySQL"],
    },
    cache: Cache {
        service: "azure/cache",
        rows: "azure-cache",
        names: ["Azure Cache for Redis", "Azure Cache for Redis"],
        memcached: None,
    },
    table: Table {
        service: "azure/cosmos-db",
        rows: "azure-cosmos-db",
        dimensions: ["read", "write", "storage", "free_storage"],
        reads_a_unit: 1,
        name: "Cosmos DB",
    },
    queue: Queue::Storage,
    bucket: Bucket {
        service: "azure/blob-storage",
        dimensions: ["storage", "read", "write"],
        name: "Blob Storage",
    },
    clusters: &[],
};

//! One part of an application.

use source::Span;
use units::{Bytes, Duration, Millicores, Share};

use crate::blueprint::Blueprint;
use crate::container::{Container, Mount};
use crate::demand::Demand;
use crate::events::Events;
use crate::fact::Fact;
use crate::load::Load;
use crate::needs::Needs;
use crate::steps::Steps;

/// What kind of part it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Answers requests while a client waits.
    Http,
    /// Works off a queue or events; nobody waits.
    Worker,
    /// Runs on a schedule.
    Cron,
    /// Runs once at each release, and ends: a migration, a setup.
    Job,
    /// Reads a stream in order.
    Stream,
    /// Keeps data: a database, a cache, a broker.
    Stateful,
    /// Files behind a web server.
    Static,
}

impl Kind {
    /// Every kind with its name in files.
    pub const ALL: [(&'static str, Self); 7] = [
        ("http", Self::Http),
        ("worker", Self::Worker),
        ("cron", Self::Cron),
        ("job", Self::Job),
        ("stream", Self::Stream),
        ("stateful", Self::Stateful),
        ("static", Self::Static),
    ];
    /// Its name in files.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }
    /// Whether each of its runs ends by itself, so that nothing of it stays in between: by the clock, or at a release.
    pub const fn ends(self) -> bool {
        matches!(self, Self::Cron | Self::Job)
    }
}

/// A language runtime as platforms name it, lower case: `nodejs24.x`, `python3.13`, `java21`, `go`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Runtime(pub String);

/// CPU architecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Architecture {
    /// x86-64.
    X86,
    /// 64-bit Arm.
    Arm,
}

impl Architecture {
    /// `x86` or `arm`, as the catalogue's dimensions end.
    pub const fn name(self) -> &'static str {
        match self {
            Self::X86 => "x86",
            Self::Arm => "arm",
        }
    }

    /// As people write it: `x86` or `Arm`.
    pub const fn spoken(self) -> &'static str {
        match self {
            Self::X86 => "x86",
            Self::Arm => "Arm",
        }
    }
}

/// How the code is shipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Package {
    /// An archive.
    Zip,
    /// A container image.
    Image,
}

/// What is shipped.
#[derive(Debug, Clone, PartialEq)]
pub struct Artifact {
    /// Archive or image.
    pub package: Fact<Package>,
    /// Unzipped archive or image size.
    pub size: Fact<Bytes>,
}

/// What a fresh instance has to do before it can serve.
#[derive(Debug, Clone, PartialEq)]
pub struct Start {
    /// Initialisation of the application itself. Unknown: the cold-start table by runtime is used.
    pub init: Fact<Duration>,
}

/// What is promised to clients.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Slo {
    /// Latency limits as (share of requests, limit): `(0.99, 800 ms)`.
    pub latency: Vec<(Share, Duration, Option<Span>)>,
    /// Share of requests that may fail; `None` is one in a thousand.
    pub errors: Option<Share>,
}

/// Which engine keeps the data of a stateful component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Engine {
    /// PostgreSQL.
    Postgres,
    /// MySQL or MariaDB.
    Mysql,
    /// Redis.
    Redis,
    /// Valkey.
    Valkey,
    /// A key-value table: DynamoDB and its like.
    KeyValue,
    /// A message queue: SQS and its like.
    Queue,
    /// Objects: S3 and its like.
    Objects,
    /// Memcached.
    Memcached,
    /// MongoDB and what speaks its protocol.
    Mongodb,
    /// Kafka and what speaks its protocol.
    Kafka,
    /// OpenSearch or Elasticsearch.
    Opensearch,
    /// RabbitMQ.
    Rabbitmq,
    /// ActiveMQ.
    Activemq,
    /// Something else that needs a disk.
    Other,
}

impl Engine {
    /// Every engine with its name in files.
    pub const ALL: [(&'static str, Self); 14] = [
        ("postgres", Self::Postgres),
        ("mysql", Self::Mysql),
        ("redis", Self::Redis),
        ("valkey", Self::Valkey),
        ("key-value", Self::KeyValue),
        ("queue", Self::Queue),
        ("objects", Self::Objects),
        ("memcached", Self::Memcached),
        ("mongodb", Self::Mongodb),
        ("kafka", Self::Kafka),
        ("opensearch", Self::Opensearch),
        ("rabbitmq", Self::Rabbitmq),
        ("activemq", Self::Activemq),
        ("other", Self::Other),
    ];
    /// Whether messages wait in it: who puts one in does not wait for who takes it out.
    pub const fn holds_messages(self) -> bool {
        matches!(self, Self::Queue | Self::Kafka | Self::Rabbitmq | Self::Activemq)
    }
    /// Its name in files.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, engine)| *engine == self).map_or("", |(name, _)| name)
    }
}

/// Which front door a team insists on, where a platform offers several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DoorChoice {
    /// A function's own URL: no charge, no custom domain, no throttling of its own.
    FunctionUrl,
    /// API Gateway HTTP API: what we choose for functions unless told otherwise.
    HttpApi,
    /// API Gateway REST API.
    RestApi,
    /// A load balancer.
    LoadBalancer,
    /// Names in DNS that point at the servers themselves.
    Dns,
    /// None at all.
    None,
}

impl DoorChoice {
    /// Every choice with its name in files.
    pub const ALL: [(&'static str, Self); 6] = [
        ("function-url", Self::FunctionUrl),
        ("http-api", Self::HttpApi),
        ("rest-api", Self::RestApi),
        ("load-balancer", Self::LoadBalancer),
        ("dns", Self::Dns),
        ("none", Self::None),
    ];
}

/// One part of an application: a service, a function, a job, a data store.
#[derive(Debug, Clone, PartialEq)]
pub struct Component {
    /// Its name, unique in the app.
    pub id: String,
    /// Where it is defined.
    pub span: Option<Span>,
    /// What kind of part it is.
    pub kind: Kind,
    /// Language runtime.
    pub runtime: Fact<Runtime>,
    /// Architectures it can run on; both unless declared.
    pub architectures: Fact<Vec<Architecture>>,
    /// What is shipped.
    pub artifact: Artifact,
    /// Work of one request.
    pub demand: Demand,
    /// Start-up work.
    pub start: Start,
    /// Requests one instance can serve at once where the platform allows more than one.
    pub concurrency: Fact<u32>,
    /// Memory one instance needs.
    pub memory: Fact<Bytes>,
    /// CPU one instance asks for on a cluster; `None` lets us search.
    pub cpu_request: Option<Fact<Millicores>>,
    /// Scratch disk one instance needs.
    pub scratch: Option<Fact<Bytes>>,
    /// Longest run or connection the component must be allowed, if longer than its demand shows.
    pub run_time_max: Option<Fact<Duration>>,
    /// Bytes of a request's body at the most.
    pub request_bytes: Fact<Bytes>,
    /// Bytes of a response, on average; what leaves to the internet is billed.
    pub response_bytes: Fact<Bytes>,
    /// Log bytes a request writes.
    pub log_bytes: Fact<Bytes>,
    /// Path prefixes whose requests in an access log belong here.
    pub paths: Vec<String>,
    /// Whether clients on the internet reach it (needs a front door).
    pub public: Fact<bool>,
    /// The front door the team insists on; `None` lets each platform use its usual one.
    pub front_door: Option<(DoorChoice, Option<Span>)>,
    /// What is promised.
    pub slo: Slo,
    /// The load.
    pub load: Load,
    /// What else it needs.
    pub needs: Needs,
    /// For stateful parts: the engine.
    pub engine: Option<Fact<Engine>>,
    /// For stateful parts: data kept.
    pub storage: Option<Fact<Bytes>>,
    /// For WebSocket parts: how long a connection stays open.
    pub connection: Option<Fact<Duration>>,
    /// For WebSocket parts: how often one open connection sends a message. Their load counts messages.
    pub message_every: Option<Fact<Duration>>,
    /// For workers and streams: how messages are taken; `None` is each platform's default.
    pub events: Option<Events>,
    /// How a run is cut into steps, for work that nobody waits for; `None` is in one piece.
    pub steps: Option<Steps>,
    /// Concurrency that the account keeps for this function and that it never exceeds; `None` shares the rest.
    pub reserved: Option<(u32, Option<Span>)>,
    /// Platforms the team allows, by id or prefix (`aws/lambda`, `kubernetes`); empty is all.
    pub allow: Vec<(String, Option<Span>)>,
    /// Containers of each instance besides the main one: those that run before, in their order, then those beside it.
    pub containers: Vec<Container>,
    /// What the main container sees of scratch space, config maps and secrets; claims are its volumes.
    pub mounts: Vec<Mount>,
    /// How it is deployed today, where an importer read that.
    pub blueprint: Option<Box<Blueprint>>,
}

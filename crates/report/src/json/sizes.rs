//! How a component is configured, as numbers and names: what carries a saved plan out reads it again, so that it deploys what
//! was planned and billed.

use model::{MachinePool, PlatformId, Settings};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use units::{Bytes, Millicores};

/// Names that are the model's, once more as those of the format, with the ways there and back.
macro_rules! names {
    ($(#[$about:meta])* $name:ident { $($(#[$what:meta])* $variant:ident,)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name { $($(#[$what])* $variant,)* }

        impl From<model::$name> for $name {
            fn from(value: model::$name) -> Self {
                match value { $(model::$name::$variant => Self::$variant,)* }
            }
        }

        impl From<$name> for model::$name {
            fn from(value: $name) -> Self {
                match value { $($name::$variant => Self::$variant,)* }
            }
        }
    };
}

names! {
    /// A processor's architecture.
    Architecture {
        /// x86-64.
        X86,
        /// 64-bit Arm.
        Arm,
    }
}

names! {
    /// How clients reach it.
    FrontDoor {
        /// Nothing stands in front.
        None,
        /// A function's own URL.
        FunctionUrl,
        /// API Gateway HTTP API.
        HttpApi,
        /// API Gateway REST API.
        RestApi,
        /// API Gateway WebSocket API.
        WebSocketApi,
        /// Application load balancer.
        Alb,
        /// Network load balancer.
        Nlb,
        /// The load balancer of a provider that has one kind of it.
        Balancer,
        /// A queue.
        Queue,
        /// A stream.
        Stream,
        /// A bucket's own call.
        Notice,
        /// Pub/Sub.
        PubSub,
        /// A queue in Azure Storage.
        StorageQueue,
        /// A scheduler.
        Schedule,
        /// Names in DNS.
        Dns,
    }
}

names! {
    /// What carries a run from one step to the next.
    Workflow {
        /// A durable function.
        Durable,
        /// Step Functions, billed by transitions.
        Standard,
        /// Step Functions, billed by time.
        Express,
    }
}

names! {
    /// What of an instance's life is paid for.
    Billing {
        /// The time in which it has requests, and the requests.
        Requests,
        /// All of its life.
        Instances,
        /// CPU time, and the requests.
        Cpu,
        /// The machines that hold it, and the requests.
        Machines,
        /// A machine for each session while it runs.
        Sessions,
        /// A machine for each session until it ends.
        OpenSessions,
    }
}

names! {
    /// What keeps data.
    Engine {
        /// PostgreSQL.
        Postgres,
        /// MySQL or MariaDB.
        Mysql,
        /// Redis.
        Redis,
        /// Valkey.
        Valkey,
        /// A key-value table.
        KeyValue,
        /// A message queue.
        Queue,
        /// Objects.
        Objects,
        /// Memcached.
        Memcached,
        /// MongoDB.
        Mongodb,
        /// Kafka.
        Kafka,
        /// OpenSearch or Elasticsearch.
        Opensearch,
        /// RabbitMQ.
        Rabbitmq,
        /// ActiveMQ.
        Activemq,
        /// Something else.
        Other,
    }
}

/// What an autoscaler of pods holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PodTarget {
    /// CPU in per cent of the request.
    CpuPercent(u32),
    /// Requests in flight a pod.
    Concurrency(u32),
    /// Knative's autoscaler.
    Knative {
        /// Requests in flight a pod.
        target: u32,
        /// What the proxy beside every pod asks for, in thousandths of a vCPU.
        queue_proxy_millicores: u64,
    },
    /// No autoscaler.
    Fixed,
}

/// Hours of the week in which capacity is kept, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WarmHours {
    /// The first day, 0 is Monday.
    pub first_day: u8,
    /// How many days in a row, 1 to 7.
    pub days: u8,
    /// The hour at which it begins on each, 0 to 23.
    pub from_hour: u8,
    /// How many hours it lasts, 1 to 24.
    pub hours: u8,
}

/// What takes the requests that servers or pods have no room for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Spill {
    /// Requests in flight on one server, or in one pod, above which it takes no more.
    pub in_flight: u32,
    /// CPU that the proxy beside the program asks for, in thousandths of a vCPU.
    #[serde(default)]
    pub proxy_millicores: u64,
    /// Memory that it asks for.
    #[serde(default)]
    pub proxy_bytes: u64,
    /// The platform that takes the others.
    pub platform: String,
    /// How it is configured there, in a phrase.
    pub config: String,
    /// The same as numbers.
    pub sizes: Box<Sizes>,
}

/// How a component is configured, by kind of platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Sizes {
    /// An event function.
    Function {
        /// Memory.
        memory_bytes: u64,
        /// Architecture.
        architecture: Architecture,
        /// How clients reach it.
        front_door: FrontDoor,
        /// Environments kept ready.
        provisioned: u32,
        /// Hours in which they are kept; null is always.
        warm_hours: Option<WarmHours>,
        /// Whether environments start from a snapshot.
        snap_start: bool,
        /// Scratch disk.
        scratch_bytes: u64,
        /// What runs its steps; null is nothing.
        workflow: Option<Workflow>,
    },
    /// Serverless containers.
    Task {
        /// CPU of one task, in thousandths of a vCPU.
        cpu_millicores: u64,
        /// Memory of one task.
        memory_bytes: u64,
        /// Architecture.
        architecture: Architecture,
        /// How clients reach it.
        front_door: FrontDoor,
        /// Tasks at least.
        min: u32,
        /// Hours in which there are any; null is always.
        warm_hours: Option<WarmHours>,
        /// CPU that the autoscaler holds, in per cent.
        target_percent: u32,
        /// Whether capacity may be taken away.
        spot: bool,
        /// Scratch disk.
        scratch_bytes: u64,
    },
    /// Instances that come with the requests.
    Instance {
        /// CPU of one instance, in thousandths of a vCPU.
        cpu_millicores: u64,
        /// Memory of one instance.
        memory_bytes: u64,
        /// Architecture.
        architecture: Architecture,
        /// Requests that one serves at once.
        concurrency: u32,
        /// Instances that are always there.
        min: u32,
        /// Hours in which they are; null is always.
        warm_hours: Option<WarmHours>,
        /// Requests a second that one is made for; null where nothing asks for it.
        rate_each: Option<u32>,
        /// What is paid for.
        billing: Billing,
        /// How clients reach it.
        front_door: FrontDoor,
    },
    /// Pods of a cluster.
    Pod {
        /// CPU that one pod asks for, in thousandths of a vCPU.
        cpu_millicores: u64,
        /// Memory that one pod asks for and may take.
        memory_bytes: u64,
        /// Architecture.
        architecture: Architecture,
        /// Pods at least.
        min: u32,
        /// Pods at most.
        max: u32,
        /// What the autoscaler holds.
        target: PodTarget,
        /// How clients reach it.
        front_door: FrontDoor,
        /// Disk that must survive.
        volume_bytes: u64,
        /// Where requests go that they have no room for; null where they wait.
        spill: Option<Spill>,
    },
    /// Plain servers.
    Server {
        /// CPU that one copy is given room for, in thousandths of a vCPU.
        cpu_millicores: u64,
        /// Memory of one copy.
        memory_bytes: u64,
        /// Architecture.
        architecture: Architecture,
        /// How clients reach it.
        front_door: FrontDoor,
        /// Copies, each on another server.
        copies: u32,
        /// Copies at least.
        min: u32,
        /// Disk that must survive.
        volume_bytes: u64,
        /// Where requests go that they have no room for; null where they wait.
        spill: Option<Spill>,
    },
    /// A managed service.
    Managed {
        /// What it is.
        engine: Engine,
        /// Its size as the provider names it; empty for services without sizes.
        size: String,
        /// Data kept.
        storage_bytes: u64,
        /// Copies, in different zones where there are several.
        zones: u8,
    },
}

/// Machines of one type that components share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Machines {
    /// Their type as the provider names it.
    pub instance: String,
    /// How many at the least.
    pub min: u32,
    /// How many at the most.
    pub max: u32,
    /// Which of its platform's pools it is, from 0: components of one pool share its machines.
    pub pool: u32,
}

impl From<&MachinePool> for Machines {
    fn from(pool: &MachinePool) -> Self {
        Self { instance: pool.instance.clone(), min: pool.min, max: pool.max, pool: pool.pool }
    }
}

impl From<Machines> for MachinePool {
    fn from(pool: Machines) -> Self {
        Self { instance: pool.instance, min: pool.min, max: pool.max, pool: pool.pool }
    }
}

impl From<&Settings> for Sizes {
    fn from(settings: &Settings) -> Self {
        match settings {
            Settings::Function(s) => Self::Function {
                memory_bytes: s.memory.get(),
                architecture: s.architecture.into(),
                front_door: s.front_door.into(),
                provisioned: s.provisioned,
                warm_hours: s.warm_hours.map(WarmHours::from),
                snap_start: s.snap_start,
                scratch_bytes: s.scratch.get(),
                workflow: s.workflow.map(Workflow::from),
            },
            Settings::Task(s) => Self::Task {
                cpu_millicores: s.cpu.get(),
                memory_bytes: s.memory.get(),
                architecture: s.architecture.into(),
                front_door: s.front_door.into(),
                min: s.min,
                warm_hours: s.warm_hours.map(WarmHours::from),
                target_percent: s.target_percent,
                spot: s.spot,
                scratch_bytes: s.scratch.get(),
            },
            Settings::Instance(s) => Self::Instance {
                cpu_millicores: s.cpu.get(),
                memory_bytes: s.memory.get(),
                architecture: s.architecture.into(),
                concurrency: s.concurrency,
                min: s.min,
                warm_hours: s.warm_hours.map(WarmHours::from),
                rate_each: s.rate_each,
                billing: s.billing.into(),
                front_door: s.front_door.into(),
            },
            Settings::Pod(s) => Self::Pod {
                cpu_millicores: s.cpu_request.get(),
                memory_bytes: s.memory.get(),
                architecture: s.architecture.into(),
                min: s.min,
                max: s.max,
                target: s.target.into(),
                front_door: s.front_door.into(),
                volume_bytes: s.volume.get(),
                spill: s.spill.as_ref().map(Spill::from),
            },
            Settings::Server(s) => Self::Server {
                cpu_millicores: s.cpu.get(),
                memory_bytes: s.memory.get(),
                architecture: s.architecture.into(),
                front_door: s.front_door.into(),
                copies: s.copies,
                min: s.min,
                volume_bytes: s.volume.get(),
                spill: s.spill.as_ref().map(Spill::from),
            },
            Settings::Managed(s) => Self::Managed {
                engine: s.engine.into(),
                size: s.size.clone(),
                storage_bytes: s.storage.get(),
                zones: s.zones,
            },
        }
    }
}

impl Sizes {
    /// The settings that these were; `platform` knows the platforms by name. `None` where it does not, or where hours or
    /// days are none.
    pub fn settings(self, platform: &dyn Fn(&str) -> Option<PlatformId>) -> Option<Settings> {
        let (cpu, bytes) = (Millicores::new, Bytes::new);
        Some(match self {
            Self::Function {
                memory_bytes,
                architecture,
                front_door,
                provisioned,
                warm_hours,
                snap_start,
                scratch_bytes,
                workflow,
            } => Settings::Function(model::FunctionSettings {
                memory: bytes(memory_bytes),
                architecture: architecture.into(),
                front_door: front_door.into(),
                provisioned,
                warm_hours: warm_hours.map(WarmHours::hours).transpose().ok()?,
                snap_start,
                scratch: bytes(scratch_bytes),
                workflow: workflow.map(Into::into),
            }),
            Self::Task {
                cpu_millicores,
                memory_bytes,
                architecture,
                front_door,
                min,
                warm_hours,
                target_percent,
                spot,
                scratch_bytes,
            } => Settings::Task(model::TaskSettings {
                cpu: cpu(cpu_millicores),
                memory: bytes(memory_bytes),
                architecture: architecture.into(),
                front_door: front_door.into(),
                min,
                warm_hours: warm_hours.map(WarmHours::hours).transpose().ok()?,
                target_percent,
                spot,
                scratch: bytes(scratch_bytes),
            }),
            Self::Instance {
                cpu_millicores,
                memory_bytes,
                architecture,
                concurrency,
                min,
                warm_hours,
                rate_each,
                billing,
                front_door,
            } => Settings::Instance(model::InstanceSettings {
                cpu: cpu(cpu_millicores),
                memory: bytes(memory_bytes),
                architecture: architecture.into(),
                concurrency,
                min,
                warm_hours: warm_hours.map(WarmHours::hours).transpose().ok()?,
                rate_each,
                billing: billing.into(),
                front_door: front_door.into(),
            }),
            Self::Pod {
                cpu_millicores,
                memory_bytes,
                architecture,
                min,
                max,
                target,
                front_door,
                volume_bytes,
                spill,
            } => Settings::Pod(model::PodSettings {
                cpu_request: cpu(cpu_millicores),
                memory: bytes(memory_bytes),
                architecture: architecture.into(),
                min,
                max,
                target: target.into(),
                front_door: front_door.into(),
                volume: bytes(volume_bytes),
                spill: match spill {
                    Some(spill) => Some(spill.spill(platform)?),
                    None => None,
                },
            }),
            Self::Server {
                cpu_millicores,
                memory_bytes,
                architecture,
                front_door,
                copies,
                min,
                volume_bytes,
                spill,
            } => Settings::Server(model::ServerSettings {
                cpu: cpu(cpu_millicores),
                memory: bytes(memory_bytes),
                architecture: architecture.into(),
                front_door: front_door.into(),
                copies,
                min,
                volume: bytes(volume_bytes),
                spill: match spill {
                    Some(spill) => Some(spill.spill(platform)?),
                    None => None,
                },
            }),
            Self::Managed { engine, size, storage_bytes, zones } => {
                let storage = bytes(storage_bytes);
                let engine = engine.into();
                Settings::Managed(model::ManagedSettings { engine, size, storage, zones })
            }
        })
    }
}

impl From<&model::Spill> for Spill {
    fn from(spill: &model::Spill) -> Self {
        Self {
            in_flight: spill.in_flight,
            proxy_millicores: spill.proxy.cpu.get(),
            proxy_bytes: spill.proxy.memory.get(),
            platform: spill.to.platform.0.to_owned(),
            config: spill.to.label.clone(),
            sizes: Box::new(Sizes::from(&spill.to.settings)),
        }
    }
}

impl Spill {
    fn spill(self, platform: &dyn Fn(&str) -> Option<PlatformId>) -> Option<model::Spill> {
        let to = model::Configuration {
            platform: platform(&self.platform)?,
            settings: self.sizes.settings(platform)?,
            label: self.config,
        };
        let proxy = model::Beside {
            cpu: Millicores::new(self.proxy_millicores),
            memory: Bytes::new(self.proxy_bytes),
        };
        Some(model::Spill { in_flight: self.in_flight, proxy, to: Box::new(to) })
    }
}

impl From<model::PodTarget> for PodTarget {
    fn from(target: model::PodTarget) -> Self {
        match target {
            model::PodTarget::CpuPercent(percent) => Self::CpuPercent(percent),
            model::PodTarget::Concurrency(each) => Self::Concurrency(each),
            model::PodTarget::Knative { target, queue_proxy } => {
                Self::Knative { target, queue_proxy_millicores: queue_proxy.get() }
            }
            model::PodTarget::Fixed => Self::Fixed,
        }
    }
}

impl From<PodTarget> for model::PodTarget {
    fn from(target: PodTarget) -> Self {
        match target {
            PodTarget::CpuPercent(percent) => Self::CpuPercent(percent),
            PodTarget::Concurrency(each) => Self::Concurrency(each),
            PodTarget::Knative { target, queue_proxy_millicores } => {
                Self::Knative { target, queue_proxy: Millicores::new(queue_proxy_millicores) }
            }
            PodTarget::Fixed => Self::Fixed,
        }
    }
}

impl From<model::WarmHours> for WarmHours {
    fn from(hours: model::WarmHours) -> Self {
        let all: Vec<u8> = hours.days().collect();
        let before = |day: u8| all.contains(&((day + 6) % 7));
        let first_day = all.iter().copied().find(|day| !before(*day)).unwrap_or(0);
        let days = all.len().max(1) as u8;
        let each = hours.hours_of_week() / u32::from(days);
        Self { first_day, days, from_hour: hours.from_hour(), hours: each as u8 }
    }
}

/// Days or hours that are none.
#[derive(Debug, Clone, Copy)]
struct NoHours;

impl WarmHours {
    fn hours(self) -> Result<model::WarmHours, NoHours> {
        let Self { first_day, days, from_hour, hours } = self;
        let sound =
            first_day < 7 && (1..=7).contains(&days) && from_hour < 24 && (1..=24).contains(&hours);
        let hours = sound.then(|| model::WarmHours::new(first_day, days, from_hour, hours));
        hours.ok_or(NoHours)
    }
}

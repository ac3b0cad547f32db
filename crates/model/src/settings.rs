//! How a component is configured on a platform, as values: nobody reads them from printed text.

use units::{Bytes, Duration, Millicores};

use crate::component::{Architecture, Component, Engine};
use crate::decision::PlatformId;
use crate::steps::Steps;
use crate::warm_hours::WarmHours;

/// One configuration of one platform.
#[derive(Debug, Clone, PartialEq)]
pub struct Configuration {
    /// Where.
    pub platform: PlatformId,
    /// How.
    pub settings: Settings,
    /// For a table cell: `512 MB arm, HTTP API`.
    pub label: String,
}

/// The settings by kind of platform.
#[derive(Debug, Clone, PartialEq)]
pub enum Settings {
    /// Event functions.
    Function(FunctionSettings),
    /// Serverless containers.
    Task(TaskSettings),
    /// Instances that come with the requests and serve several at once.
    Instance(InstanceSettings),
    /// Pods on a cluster.
    Pod(PodSettings),
    /// Plain servers.
    Server(ServerSettings),
    /// A managed service.
    Managed(ManagedSettings),
}

impl Settings {
    /// What takes the requests that there is no room for; `None` where all are answered here.
    pub const fn spill(&self) -> Option<&Spill> {
        match self {
            Self::Pod(settings) => settings.spill.as_ref(),
            Self::Server(settings) => settings.spill.as_ref(),
            Self::Function(_) | Self::Task(_) | Self::Instance(_) | Self::Managed(_) => None,
        }
    }

    /// Hours of the week in which something is kept ready that is not kept outside of them.
    pub const fn warm_hours(&self) -> Option<WarmHours> {
        match self {
            Self::Function(function) => function.warm_hours,
            Self::Instance(instance) => instance.warm_hours,
            Self::Task(task) => task.warm_hours,
            Self::Pod(_) | Self::Server(_) | Self::Managed(_) => None,
        }
    }

    /// The same with everything there at all hours.
    #[must_use]
    pub fn at_all_hours(&self) -> Self {
        let mut always = self.clone();
        match &mut always {
            Self::Function(function) => function.warm_hours = None,
            Self::Instance(instance) => instance.warm_hours = None,
            Self::Task(task) => task.warm_hours = None,
            Self::Pod(_) | Self::Server(_) | Self::Managed(_) => {}
        }
        always
    }
}

/// How clients reach it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FrontDoor {
    /// Nothing stands in front (not public, or left out by `assume`).
    None,
    /// A function's own URL.
    FunctionUrl,
    /// API Gateway HTTP API.
    HttpApi,
    /// API Gateway REST API.
    RestApi,
    /// API Gateway WebSocket API.
    WebSocketApi,
    /// Application load balancer (or an ingress that is one).
    Alb,
    /// Network load balancer.
    Nlb,
    /// The load balancer of a provider that has one kind of it.
    Balancer,
    /// An SQS queue, for functions with its event-source mapping.
    Queue,
    /// A stream that the provider reads for a function. The stream has prices of its own; reading has none for functions
    /// ("Evaluate your DynamoDB Streams usage", DynamoDB developer guide; Kinesis bills shards and records put).
    Stream,
    /// A call that a bucket makes itself when an object changes: it waits in no queue of the team's ("Process Amazon
    /// S3 event notifications with Lambda", AWS Lambda developer guide).
    Notice,
    /// A Pub/Sub topic with a subscription.
    PubSub,
    /// A queue in Azure Storage.
    StorageQueue,
    /// A scheduler.
    Schedule,
    /// Names in DNS that point at the servers themselves.
    Dns,
}

/// An event function.
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionSettings {
    /// Configured memory; CPU follows from it.
    pub memory: Bytes,
    /// Architecture.
    pub architecture: Architecture,
    /// How clients reach it.
    pub front_door: FrontDoor,
    /// Environments kept warm and paid for; 0 is on demand.
    pub provisioned: u32,
    /// Hours in which they are kept; `None` is always.
    pub warm_hours: Option<WarmHours>,
    /// Whether environments start from a snapshot.
    pub snap_start: bool,
    /// Scratch disk.
    pub scratch: Bytes,
    /// What runs the steps of a component that is cut into them; `None` runs it in one piece.
    pub workflow: Option<Workflow>,
}

/// What carries a run from one step to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Workflow {
    /// A durable function: one program that is called again where it left off.
    Durable,
    /// A state machine of Step Functions that is billed by its transitions.
    Standard,
    /// A state machine of Step Functions that is billed by its time.
    Express,
}

impl Workflow {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Durable, Self::Standard, Self::Express];

    /// Its name in prose.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Durable => "durable function",
            Self::Standard => "Step Functions Standard",
            Self::Express => "Step Functions Express",
        }
    }

    /// The row of the catalogue that says how long a run may take: platform and id.
    pub const fn longest_run(self) -> (&'static str, &'static str) {
        match self {
            Self::Durable => ("aws-lambda", "durable.execution_max"),
            Self::Standard => ("aws-step-functions", "standard.execution_max"),
            Self::Express => ("aws-step-functions", "express.execution_max"),
        }
    }

    /// Calls of the function for one run.
    pub fn calls(self, steps: &Steps) -> u32 {
        match self {
            // Once, and again after each wait and each step that something else does.
            Self::Durable => steps.pauses().saturating_add(steps.elsewhere).saturating_add(1),
            Self::Standard | Self::Express => steps.count.saturating_sub(steps.elsewhere),
        }
    }
}

/// A serverless container service.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskSettings {
    /// CPU of one task.
    pub cpu: Millicores,
    /// Memory of one task.
    pub memory: Bytes,
    /// Architecture.
    pub architecture: Architecture,
    /// How clients reach it.
    pub front_door: FrontDoor,
    /// Tasks at least.
    pub min: u32,
    /// Hours in which there are any, with none outside of them; `None` is always.
    pub warm_hours: Option<WarmHours>,
    /// Target CPU utilisation of the autoscaler, in per cent.
    pub target_percent: u32,
    /// Interruptible capacity.
    pub spot: bool,
    /// Scratch disk.
    pub scratch: Bytes,
}

/// Instances of a managed container or function service, each serving several requests at once.
#[derive(Debug, Clone, PartialEq)]
pub struct InstanceSettings {
    /// CPU of one instance.
    pub cpu: Millicores,
    /// Memory of one instance.
    pub memory: Bytes,
    /// Architecture.
    pub architecture: Architecture,
    /// Requests that one instance serves at once.
    pub concurrency: u32,
    /// Instances that are always there.
    pub min: u32,
    /// Hours in which they are, with none kept outside of them; `None` is always.
    pub warm_hours: Option<WarmHours>,
    /// Requests a second that one instance is made for, where the platform's own rule asks for that.
    pub rate_each: Option<u32>,
    /// What is paid for.
    pub billing: Billing,
    /// How clients reach it.
    pub front_door: FrontDoor,
}

/// What of an instance's life is paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Billing {
    /// The time in which it has requests, and the requests.
    Requests,
    /// All of its life.
    Instances,
    /// The CPU time of its requests, and the requests.
    Cpu,
    /// The machines that hold it, and the requests.
    Machines,
    /// A machine for each session while it runs; it is suspended when nobody asks it.
    Sessions,
    /// The same, but it runs until its session ends.
    OpenSessions,
}

/// What drives a horizontal pod autoscaler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PodTarget {
    /// CPU utilisation in per cent of the request.
    CpuPercent(u32),
    /// Requests in flight a pod.
    Concurrency(u32),
    /// Knative's autoscaler: its pods go when nobody asks, if the minimum lets them.
    Knative {
        /// Requests in flight that a pod is made for; seven tenths of them are held.
        target: u32,
        /// What the proxy beside every pod asks for on top.
        queue_proxy: Millicores,
    },
    /// No autoscaler.
    Fixed,
}

/// Pods of a deployment.
#[derive(Debug, Clone, PartialEq)]
pub struct PodSettings {
    /// CPU request of one pod.
    pub cpu_request: Millicores,
    /// Memory request (and limit) of one pod.
    pub memory: Bytes,
    /// Architecture of its nodes.
    pub architecture: Architecture,
    /// Replicas at least.
    pub min: u32,
    /// Replicas at most.
    pub max: u32,
    /// What the autoscaler looks at.
    pub target: PodTarget,
    /// How clients reach it.
    pub front_door: FrontDoor,
    /// Disk that must survive, for stateful pods.
    pub volume: Bytes,
    /// Where requests go that a pod has no room for; `None` lets them wait for it.
    pub spill: Option<Spill>,
}

impl PodSettings {
    /// Whether Knative runs it.
    pub const fn is_knative(&self) -> bool {
        matches!(self.target, PodTarget::Knative { .. })
    }

    /// CPU and memory that the scheduler keeps for one pod: with what the plan puts beside the containers, or as much as the
    /// start of the component needs, if that is more.
    pub fn scheduled(&self, component: &Component) -> (Millicores, Bytes) {
        let proxy = self.spill.as_ref().map(|spill| &spill.proxy);
        let mut cpu = self.cpu_request + proxy.map_or(Millicores::ZERO, |proxy| proxy.cpu);
        if let PodTarget::Knative { queue_proxy, .. } = self.target {
            cpu = cpu + queue_proxy;
        }
        let memory = self.memory + proxy.map_or(Bytes::ZERO, |proxy| proxy.memory);
        component.scheduled((cpu, memory))
    }
}

/// Instances that run one component or share it with others.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerSettings {
    /// CPU that one copy of the component is given room for.
    pub cpu: Millicores,
    /// Memory of one copy.
    pub memory: Bytes,
    /// Architecture.
    pub architecture: Architecture,
    /// How clients reach it.
    pub front_door: FrontDoor,
    /// Copies, each on another instance.
    pub copies: u32,
    /// Copies at least: fewer than `copies` where an autoscaler follows the load, else as many.
    pub min: u32,
    /// Disk that must survive.
    pub volume: Bytes,
    /// Where requests go that a server has no room for; `None` lets them wait for it.
    pub spill: Option<Spill>,
}

impl ServerSettings {
    /// Disk that a server starts from, with system and images.
    pub const ROOT_DISK: Bytes = Bytes::from_gib(20);
    /// CPU that a group of servers is held at where an autoscaler follows the load, in per cent.
    pub const SCALING_PERCENT: u32 = 50;
    /// From the wish for a server to its first request: launch, boot, start of the application, health checks.
    /// Auto Scaling groups are set up with three to five minutes of warm-up; measured boots are one to two.
    pub const BOOT: Duration = Duration::from_secs(240);
}

/// What takes the requests that a server or a pod does not: the same program on a platform whose instances come with
/// requests.
#[derive(Debug, Clone, PartialEq)]
pub struct Spill {
    /// Requests in flight on one server, or in one pod, above which it takes no more.
    pub in_flight: u32,
    /// What the proxy beside the program asks for; nothing on servers, whose target utilisation leaves room for it.
    pub proxy: Beside,
    /// What takes the others.
    pub to: Box<Configuration>,
}

/// What a container beside the program asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Beside {
    /// CPU.
    pub cpu: Millicores,
    /// Memory.
    pub memory: Bytes,
}

/// A managed service.
#[derive(Debug, Clone, PartialEq)]
pub struct ManagedSettings {
    /// What it is.
    pub engine: Engine,
    /// Its size as the provider names it (`db.t4g.medium`), empty for services without sizes.
    pub size: String,
    /// Data kept.
    pub storage: Bytes,
    /// Copies, in different zones where there are several.
    pub zones: u8,
}

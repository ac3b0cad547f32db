//! What was used in a month, as integers: a price can change without simulating again.

use units::{Bytes, Duration};

use crate::platform::Evaluation;

/// Usage by kind of platform.
#[derive(Debug, Clone, PartialEq)]
pub enum Usage {
    /// Event functions.
    Function(FunctionUsage),
    /// Serverless containers.
    Task(TaskUsage),
    /// Instances that come with the requests.
    Instance(InstanceUsage),
    /// Pods.
    Pod(PodUsage),
    /// Servers.
    Server(ServerUsage),
    /// Managed services.
    Managed(ManagedUsage),
}

impl Usage {
    /// What flows in and out.
    pub const fn flow(&self) -> &Flow {
        match self {
            Self::Function(u) => &u.flow,
            Self::Task(u) => &u.flow,
            Self::Instance(u) => &u.flow,
            Self::Pod(u) => &u.flow,
            Self::Server(u) => &u.flow,
            Self::Managed(u) => &u.flow,
        }
    }

    /// What requests did elsewhere that found no room here; `None` where all did.
    pub fn spilled(&self) -> Option<&Evaluation> {
        match self {
            Self::Server(u) => u.spilled.as_deref(),
            Self::Pod(u) => u.spilled.as_deref(),
            Self::Function(_) | Self::Task(_) | Self::Instance(_) | Self::Managed(_) => None,
        }
    }

    /// The flow, and the place of what is elsewhere, of what may give a part of its requests away.
    pub(crate) const fn split_mut(&mut self) -> Option<(&mut Flow, &mut Option<Box<Evaluation>>)> {
        match self {
            Self::Server(u) => Some((&mut u.flow, &mut u.spilled)),
            Self::Pod(u) => Some((&mut u.flow, &mut u.spilled)),
            Self::Function(_) | Self::Task(_) | Self::Instance(_) | Self::Managed(_) => None,
        }
    }
}

/// What flows through a component in a month, whatever it runs on. Front doors, load balancers, logs and
/// egress are billed from it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flow {
    /// Requests that reached it.
    pub requests: u64,
    /// Bytes in.
    pub bytes_in: u128,
    /// Bytes out to clients on the internet.
    pub bytes_out_internet: u128,
    /// Bytes out to other components in other zones or places.
    pub bytes_out_internal: u128,
    /// Bytes of logs.
    pub log_bytes: u128,
    /// Connections that clients opened: one a request, or one a WebSocket session.
    pub connections: u64,
    /// Minutes that connections were held open, summed over connections (WebSockets).
    pub connection_minutes: u128,
    /// Messages over such connections.
    pub messages: u64,
    /// Calls to the queue in front: sends, receives (empty ones too) and deletes, before large messages count
    /// several times; `None` where nobody counted them.
    pub queue_calls: Option<u64>,
}

/// Of an event function.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FunctionUsage {
    /// Billed requests.
    pub requests: u64,
    /// Billed run time, each call rounded up to 1 ms, in MB·ms. (1,024,000 of them are a GB-second.)
    pub run_mb_ms: u128,
    /// Billed initialisation, in MB·ms.
    pub init_mb_ms: u128,
    /// The part of `run_mb_ms` that ran on provisioned environments.
    pub provisioned_run_mb_ms: u128,
    /// Provisioned environments' time, in MB·ms.
    pub provisioned_mb_ms: u128,
    /// Restores from a snapshot, in MB.
    pub restored_mb: u128,
    /// Snapshot kept, in MB·ms.
    pub snapshot_mb_ms: u128,
    /// Scratch disk above the free 512 MB, in MB·ms.
    pub scratch_mb_ms: u128,
    /// Most requests at once, as far as anybody looked: not billed, but held against the account's quota.
    pub peak_concurrency: u64,
    /// What is counted of runs in steps; nothing where they run in one piece.
    pub steps: StepUsage,
    /// What flows through it.
    pub flow: Flow,
}

/// Of runs in steps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StepUsage {
    /// Runs.
    pub runs: u64,
    /// Operations of durable functions: starts, steps, waits.
    pub operations: u64,
    /// Bytes that they wrote down.
    pub written_bytes: u128,
    /// What of it lay there how long, in byte-milliseconds.
    pub kept_byte_ms: u128,
    /// Transitions of Standard state machines.
    pub transitions: u64,
    /// Time of Express state machines, in MB·ms.
    pub express_mb_ms: u128,
}

/// Of serverless containers, and of environments that share managed machines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskUsage {
    /// Task time from image pull to stop, in task-milliseconds.
    pub task_ms: u128,
    /// Tasks over the cycle.
    pub replicas: Replicas,
    /// What flows through it.
    pub flow: Flow,
}

/// Of instances that come with the requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct InstanceUsage {
    /// CPU time of requests in vCPU-ms, where that is what is billed; else 0.
    pub cpu_ms: u128,
    /// Billed requests.
    pub requests: u64,
    /// Time in which instances started, had requests or shut down, as billed, in instance-ms.
    pub active_ms: u128,
    /// Time in which instances were there only because so many must be, in instance-ms.
    pub idle_min_ms: u128,
    /// All time of instances from the beginning of their start to the end of their shutdown, in instance-ms.
    pub lives_ms: u128,
    /// Most instances at once, as far as anybody looked.
    pub peak_instances: u32,
    /// Snapshots of instances that are suspended, where there are such.
    pub snapshots: SnapshotUsage,
    /// What flows through it.
    pub flow: Flow,
}

/// Of snapshots of instances.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SnapshotUsage {
    /// Read at starts and resumes, in MB.
    pub read_mb: u128,
    /// Written at suspensions, in MB.
    pub written_mb: u128,
    /// Kept, in MB·ms.
    pub kept_mb_ms: u128,
}

/// Of pods.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PodUsage {
    /// Pods over the cycle; nodes follow from everything on the cluster together.
    pub replicas: Replicas,
    /// Mean CPU that they really use in each of the same steps, in millicores, all pods together: what
    /// burstable nodes earn and spend credits by.
    pub cpu_used_millicores: Vec<u32>,
    /// What the requests did elsewhere that the pods did not take; `None` where they took all.
    pub spilled: Option<Box<Evaluation>>,
    /// What flows through it, wherever it was answered.
    pub flow: Flow,
}

/// Of servers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ServerUsage {
    /// CPU needed over the cycle, in millicores, at the busiest minute of each step; instances follow from
    /// everything on the servers together.
    pub cpu_millicores: Vec<u32>,
    /// Mean CPU over each of the same steps: what burstable instances earn and spend credits by.
    pub cpu_mean_millicores: Vec<u32>,
    /// Length of a step; zero if there are none.
    pub step: Duration,
    /// Vertical or horizontal copies.
    pub copies: u32,
    /// Servers there in each step, in thousandths, where an autoscaler lets them come and go; empty where all
    /// copies run all the time.
    pub server_millis: Vec<u32>,
    /// What the requests did elsewhere that the servers did not take; `None` where they took all.
    pub spilled: Option<Box<Evaluation>>,
    /// What flows through it, wherever it was answered.
    pub flow: Flow,
}

/// Of a managed service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ManagedUsage {
    /// Reads.
    pub reads: u64,
    /// Writes.
    pub writes: u64,
    /// What flows through it.
    pub flow: Flow,
}

/// A count of copies over one cycle that stands for the month.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replicas {
    /// Length of a step.
    pub step: Duration,
    /// Copies in each step (the largest within it).
    pub counts: Vec<u32>,
    /// Size of one copy's memory.
    pub memory: Bytes,
    /// Size of one copy's CPU, in millicores.
    pub cpu_millicores: u64,
}

impl Replicas {
    /// Mean number of copies.
    pub fn mean(&self) -> f64 {
        let sum: u64 = self.counts.iter().map(|&c| u64::from(c)).sum();
        sum as f64 / self.counts.len().max(1) as f64
    }
    /// Most copies.
    pub fn max(&self) -> u32 {
        self.counts.iter().copied().max().unwrap_or(0)
    }
}

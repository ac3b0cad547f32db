//! Every key of `crossover.yaml`: what it is called, what it means, what it holds.
//!
//! The reader refuses what is not here, the JSON Schema is made from it, and the hints list it.

use model::{DoorChoice, Engine, Kind, Machine, Need};

use super::container_keys::{CONTAINER, MOUNT};

/// The keys of one kind of mapping.
pub(super) struct Section {
    /// What the mapping is, for messages: `a component`.
    pub what: &'static str,
    /// Its name among the schema's definitions.
    pub schema: &'static str,
    /// Its keys.
    pub keys: &'static [Key],
}

/// One key.
pub(super) struct Key {
    /// As it is written.
    pub name: &'static str,
    /// What it means, for editors.
    pub about: &'static str,
    /// What it holds.
    pub holds: Holds,
    /// A value that is right.
    pub example: &'static str,
}

/// What a key holds.
#[derive(Clone, Copy)]
pub(super) enum Holds {
    /// Text of any form.
    Text,
    /// A quantity with its unit.
    Quantity,
    /// A number, with or without a unit.
    Number,
    /// `true` or `false`.
    Flag,
    /// One of these names.
    OneOf(fn() -> Vec<&'static str>),
    /// One or several of these names.
    SomeOf(fn() -> Vec<&'static str>),
    /// One or several texts.
    Texts,
    /// A mapping.
    Mapping(&'static Section),
    /// A quantity, or a mapping in its place.
    QuantityOr(&'static Section),
    /// Components by their ids.
    Components,
    /// Latency limits by percentile.
    Slo,
    /// A shape or a list of them.
    Shapes,
    /// Texts, or mappings that say more.
    TextsOr(&'static Section),
    /// One or several mappings.
    List(&'static Section),
}

pub(super) const fn key(
    name: &'static str,
    holds: Holds,
    example: &'static str,
    about: &'static str,
) -> Key {
    Key { name, about, holds, example }
}

impl Section {
    /// The names of all keys.
    pub(super) fn names(&self) -> Vec<&'static str> {
        self.keys.iter().map(|key| key.name).collect()
    }
    /// A mapping that is right.
    pub(super) fn example(&self) -> String {
        // The application's only required key stands last.
        let key = if self.schema == "application" { self.keys.last() } else { self.keys.first() };
        key.map_or(String::new(), |key| format!("{{ {}: {} }}", key.name, key.example))
    }
    /// The key with this name.
    pub(super) fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }
}

/// The whole file.
pub(super) static ROOT: Section = Section {
    what: "the application",
    schema: "application",
    keys: &[
        key("version", Holds::Number, "1", "Version of this format; 1, which is also the default."),
        key("name", Holds::Text, "shop", "What the application is called in reports."),
        key(
            "region",
            Holds::Text,
            "aws/us-east-1",
            "Provider and region whose prices and quotas apply.",
        ),
        key(
            "regions",
            Holds::Texts,
            "[aws/us-east-1, gcp/us-central1]",
            "Regions to compare in one plan, of one provider or of several; `aws/*` is every region of a provider.",
        ),
        key(
            "availability",
            Holds::Mapping(&AVAILABILITY),
            "{ zones: 2 }",
            "How many zones must be able to fail.",
        ),
        key(
            "team",
            Holds::Mapping(&TEAM),
            "{ kubernetes: some, hourly: $90 }",
            "The people who will run it; operating hours are shown on a line of their own.",
        ),
        key(
            "existing_cluster",
            Holds::Mapping(&CLUSTER),
            "{ spare_cpu: 2 vCPU, spare_memory: 8 GB }",
            "A Kubernetes cluster that is there and paid for.",
        ),
        key(
            "network",
            Holds::OneOf(networks),
            "private",
            "Whether instances stand in public subnets or in private ones behind a NAT gateway.",
        ),
        key(
            "free_tier",
            Holds::Flag,
            "true",
            "Whether the account's permanent free tier is still unused.",
        ),
        key("spot", Holds::Flag, "true", "Whether interruptible (spot) capacity may be used."),
        key(
            "discounts",
            Holds::Mapping(&DISCOUNTS),
            "{ aws/ec2: 28% }",
            "What savings plans, reservations, committed use or a contract take off list prices, by service.",
        ),
        key(
            "assume",
            Holds::Mapping(&ASSUME),
            "{ front_door: none }",
            "What the estimate leaves out or pins, to reproduce somebody else's figure.",
        ),
        key(
            "quotas",
            Holds::Mapping(&QUOTAS),
            "{ lambda_concurrency: 3000 }",
            "Quotas of the account that were raised; the provider's defaults apply unless given.",
        ),
        key(
            "components",
            Holds::Components,
            "{ api: { kind: http } }",
            "The parts of the application by their ids.",
        ),
    ],
};

static AVAILABILITY: Section = Section {
    what: "availability",
    schema: "availability",
    keys: &[key(
        "zones",
        Holds::Number,
        "2",
        "Zones to spread instances over, 1 to 6; 1 accepts that the loss of one zone stops what runs there.",
    )],
};

pub(super) static DISCOUNTS: Section = Section {
    what: "discounts",
    schema: "discounts",
    keys: &[
        key(
            "aws/ec2",
            Holds::Number,
            "20%",
            "Machines, nodes and managed instances: savings plans and reserved instances.",
        ),
        key("aws/elasticache", Holds::Number, "20%", "Cache nodes: reserved nodes."),
        key(
            "aws/fargate",
            Holds::Number,
            "20%",
            "vCPU and memory of tasks: a compute savings plan.",
        ),
        key(
            "aws/lambda",
            Holds::Number,
            "20%",
            "Duration and provisioned concurrency: a compute savings plan.",
        ),
        key("aws/rds", Holds::Number, "20%", "Database instances: reserved instances."),
        key(
            "azure/container-apps",
            Holds::Number,
            "20%",
            "vCPU and memory: a savings plan for compute.",
        ),
        key(
            "azure/virtual-machines",
            Holds::Number,
            "20%",
            "Virtual machines: reservations and savings plans.",
        ),
        key("gcp/cloud-run", Holds::Number, "20%", "vCPU and memory: committed use."),
        key("gcp/cloud-sql", Holds::Number, "20%", "vCPU and memory: committed use."),
        key(
            "gcp/compute-engine",
            Holds::Number,
            "20%",
            "Machines: committed use, sustained use, negotiated shares.",
        ),
        key("gcp/gke-autopilot", Holds::Number, "20%", "vCPU and memory of pods: committed use."),
    ],
};

pub(super) static QUOTAS: Section = Section {
    what: "the account's quotas",
    schema: "quotas",
    keys: &[key(
        "lambda_concurrency",
        Holds::Number,
        "3000",
        "Requests that all Lambda functions of the account may run at once in the region; ten times as many may come a second.",
    )],
};

static TEAM: Section = Section {
    what: "the team",
    schema: "team",
    keys: &[
        key(
            "kubernetes",
            Holds::OneOf(skills),
            "some",
            "Kubernetes experience: none, some (on the side), expert (routine).",
        ),
        key(
            "hourly",
            Holds::Number,
            "$90",
            "What an hour of the team's work costs, in US dollars.",
        ),
    ],
};

static CLUSTER: Section = Section {
    what: "the existing cluster",
    schema: "existing_cluster",
    keys: &[
        key("spare_cpu", Holds::Number, "2 vCPU", "CPU that nobody uses."),
        key("spare_memory", Holds::Quantity, "8 GB", "Memory that nobody uses."),
    ],
};

pub(super) static ASSUME: Section = Section {
    what: "the assumptions",
    schema: "assume",
    keys: &[
        key(
            "front_door",
            Holds::OneOf(none),
            "none",
            "No API gateway, load balancer or ingress on any side.",
        ),
        key(
            "load_balancer",
            Holds::OneOf(none),
            "none",
            "No load balancer on clusters and servers; functions keep their front door.",
        ),
        key("disks", Holds::OneOf(none), "none", "No node disks."),
        key("public_ipv4", Holds::OneOf(none), "none", "No charges for public addresses."),
        key("logs", Holds::OneOf(none), "none", "No log ingestion."),
        key("egress", Holds::OneOf(none), "none", "No traffic to the internet."),
        key(
            "node_overhead",
            Holds::OneOf(none),
            "none",
            "No system pods and no reserved resources on nodes.",
        ),
        key("node", Holds::Text, "t3a.small", "The cluster has exactly this type of node."),
        key(
            "nodes",
            Holds::Number,
            "2",
            "The cluster has exactly this many nodes, whether or not they hold the load.",
        ),
        key(
            "architecture",
            Holds::OneOf(architectures),
            "x86",
            "Functions run on this architecture only.",
        ),
    ],
};

pub(super) static COMPONENT: Section = Section {
    what: "a component",
    schema: "component",
    keys: &[
        key(
            "kind",
            Holds::OneOf(kinds),
            "http",
            "What kind of part it is: http answers clients, worker works off a queue, cron runs on a schedule, job runs once at each release, stream reads in order, stateful keeps data, static serves files.",
        ),
        key("runtime", Holds::Text, "nodejs24", "Language and version; cold starts depend on it."),
        key(
            "arch",
            Holds::SomeOf(architectures),
            "[x86, arm]",
            "CPU architectures it can run on; both unless said otherwise.",
        ),
        key("package", Holds::OneOf(packages), "image", "How the code is shipped."),
        key(
            "size",
            Holds::Quantity,
            "45 MB",
            "Unzipped archive or image size; start times depend on it.",
        ),
        key("memory", Holds::Quantity, "512 MB", "Memory one instance needs."),
        key(
            "duration",
            Holds::QuantityOr(&DISTRIBUTION),
            "300 ms",
            "How long one request takes as its caller sees it, at the declared memory; `cpu` and `wait` say more.",
        ),
        key(
            "cpu",
            Holds::QuantityOr(&DISTRIBUTION),
            "40 ms",
            "CPU time of one request on one whole vCPU.",
        ),
        key(
            "wait",
            Holds::QuantityOr(&DISTRIBUTION),
            "{ p50: 60 ms, p99: 400 ms }",
            "Time one request spends waiting for something else: databases, other services.",
        ),
        key(
            "init",
            Holds::Quantity,
            "1.2 s",
            "How long a fresh instance initialises before it can serve.",
        ),
        key(
            "concurrency",
            Holds::Number,
            "80",
            "Requests one instance can serve at once where the platform allows more than one.",
        ),
        key(
            "cpu_request",
            Holds::Number,
            "250m",
            "CPU one instance asks for on a cluster; searched unless given.",
        ),
        key("scratch", Holds::Quantity, "2 GB", "Scratch disk one instance needs."),
        key(
            "run_time_max",
            Holds::Quantity,
            "40 min",
            "Longest run or connection that must be allowed, if longer than its work shows.",
        ),
        key("request_bytes", Holds::Quantity, "10 KB", "Bytes of a request's body at the most."),
        key(
            "response_bytes",
            Holds::Quantity,
            "4 KB",
            "Bytes of a response on average; what leaves to the internet is billed.",
        ),
        key("log_bytes", Holds::Quantity, "500 B", "Log bytes a request writes."),
        key(
            "paths",
            Holds::Texts,
            "[/api]",
            "Path prefixes whose requests in an access log belong here; the longest match wins.",
        ),
        key("public", Holds::Flag, "false", "Whether clients on the internet reach it."),
        key(
            "front_door",
            Holds::OneOf(doors),
            "function-url",
            "The front door you insist on; each platform uses its usual one unless given.",
        ),
        key(
            "slo",
            Holds::Slo,
            "{ p99: 800 ms, errors: 0.1% }",
            "What clients are promised: latency limits by percentile, and the share of requests that may fail.",
        ),
        key(
            "load",
            Holds::QuantityOr(&LOAD),
            "3M/month",
            "How often it is asked: a rate, a rate with a shape, a recording, a schedule, or `routed` for the log given with --traffic.",
        ),
        key("needs", Holds::SomeOf(needs), "[websockets]", "What it needs besides CPU and memory."),
        key(
            "engine",
            Holds::OneOf(engines),
            "postgres",
            "For stateful parts: what keeps the data.",
        ),
        key("storage", Holds::Quantity, "50 GB", "For stateful parts: data kept."),
        key(
            "connection",
            Holds::Quantity,
            "3 h",
            "For parts that hold WebSockets or session state: how long a connection or session lasts.",
        ),
        key(
            "message_every",
            Holds::Quantity,
            "30 s",
            "For the same: how often one connection or session asks for something; `load` counts that.",
        ),
        key(
            "calls",
            Holds::TextsOr(&CALL),
            "[db, { to: mail, async: true }]",
            "Other components that a request calls.",
        ),
        key(
            "events",
            Holds::Mapping(&EVENTS),
            "{ batch: 10, max_concurrency: 50 }",
            "For workers and streams: how messages are read, come back and are given up.",
        ),
        key(
            "steps",
            Holds::QuantityOr(&STEPS),
            "{ count: 5, pauses: 2 }",
            "For workers and jobs: how a run is cut, so that it can wait between steps without being anywhere; a number is how many steps, with a wait between each two.",
        ),
        key(
            "reserved",
            Holds::Number,
            "100",
            "Concurrency that the account keeps for this function, which is also its most; it shares the rest unless given.",
        ),
        key(
            "containers",
            Holds::List(&CONTAINER),
            "[{ name: proxy, image: envoy, memory: 64 MB }]",
            "Further containers of each instance, beside the main one or before it; `memory` and `cpu_request` of the component are those of all that stay.",
        ),
        key(
            "mounts",
            Holds::TextsOr(&MOUNT),
            "[scratch files at /files]",
            "What the main container sees at a path: scratch, config-map or secret, and its name; `name/part` for one file of it, `read-only` behind it, and a mapping for more.",
        ),
        key(
            "allow",
            Holds::Texts,
            "[aws/lambda, kubernetes]",
            "Platforms you allow, by id or prefix; all unless given.",
        ),
    ],
};

pub(super) static EVENTS: Section = Section {
    what: "the way messages are taken",
    schema: "events",
    keys: &[
        key("batch", Holds::Number, "10", "Messages that one invocation takes at the most."),
        key("window", Holds::Quantity, "5 s", "How long a batch waits to be filled."),
        key(
            "max_concurrency",
            Holds::Number,
            "50",
            "For queues: batches in work at once at the most.",
        ),
        key(
            "visibility",
            Holds::Quantity,
            "3 min",
            "For queues: how long a received message stays hidden before it comes back.",
        ),
        key(
            "max_receives",
            Holds::Number,
            "5",
            "Attempts after which a message goes to the dead-letter queue; there is none unless given.",
        ),
        key(
            "failures",
            Holds::Quantity,
            "1%",
            "Share of messages whose handling fails; none unless given.",
        ),
        key(
            "partial",
            Holds::Flag,
            "true",
            "Whether only the failed messages of a batch come back; the whole batch does unless given.",
        ),
        key(
            "notices",
            Holds::Flag,
            "true",
            "Whether notices start it (a topic, a rule on events) and no queue stands before it as a function.",
        ),
        key(
            "groups",
            Holds::Number,
            "20",
            "For queues that keep order: message groups, each with one batch in work at most.",
        ),
        key("shards", Holds::Number, "4", "For streams: how many shards there are."),
        key(
            "parallelization",
            Holds::Number,
            "2",
            "For streams: batches in work at once for each shard.",
        ),
    ],
};

pub(super) static STEPS: Section = Section {
    what: "the steps of a run",
    schema: "steps",
    keys: &[
        key("count", Holds::Number, "5", "Steps of one run; waits between them are not counted."),
        key(
            "elsewhere",
            Holds::Number,
            "2",
            "Of them, those that another component does and is called for; none unless given.",
        ),
        key(
            "pauses",
            Holds::Number,
            "1",
            "How often a run waits between steps; between each two of them unless given.",
        ),
        key(
            "inside",
            Holds::Quantity,
            "300 ms",
            "The part of `wait` that lies inside steps, all of them together; none unless given.",
        ),
        key("state", Holds::Quantity, "4 KB", "Bytes that a step hands on and that are kept."),
        key(
            "machine",
            Holds::OneOf(machines),
            "standard",
            "The kind of state machine that it is, if it is one already; what carries it is searched unless given.",
        ),
        key(
            "kept",
            Holds::Quantity,
            "14 days",
            "How long the history of a run is kept after its end; the platform's default unless given.",
        ),
    ],
};

pub(super) static DISTRIBUTION: Section = Section {
    what: "a distribution",
    schema: "distribution",
    keys: &[
        key("p50", Holds::Quantity, "120 ms", "Median: half of the requests take at most this."),
        key(
            "p99",
            Holds::Quantity,
            "900 ms",
            "99th percentile: one request in a hundred takes longer.",
        ),
    ],
};

pub(super) static SLO: Section = Section {
    what: "the promise to clients",
    schema: "slo",
    keys: &[
        key("p50", Holds::Quantity, "200 ms", "Half of the requests must be answered within this."),
        key("p95", Holds::Quantity, "500 ms", "95 % of the requests must be answered within this."),
        key("p99", Holds::Quantity, "800 ms", "99 % of the requests must be answered within this."),
        key(
            "p99.9",
            Holds::Quantity,
            "2 s",
            "All but one in a thousand requests must be answered within this.",
        ),
        key("errors", Holds::Quantity, "0.1%", "Share of requests that may fail."),
    ],
};

pub(super) static LOAD: Section = Section {
    what: "a load",
    schema: "load",
    keys: &[
        key("rate", Holds::Quantity, "40/s", "The mean over a month."),
        key(
            "shape",
            Holds::Shapes,
            "day-night",
            "What bends the rate: flat, day-night, weekly, a spike, growth, an event, or a list of them.",
        ),
        key(
            "growth",
            Holds::Quantity,
            "3% to 8%/month",
            "How fast the rate grows, looked at a year ahead; the answer says for how long it stays.",
        ),
        key(
            "trace",
            Holds::Text,
            "uploads.csv",
            "A recording beside this file: `timestamp[,duration_ms]` lines or an access log.",
        ),
        key(
            "cron",
            Holds::Text,
            "0 2 * * *",
            "A schedule in UTC: minute, hour, day of the month, month, weekday.",
        ),
        key("requests", Holds::Number, "1", "Requests that each firing of the schedule brings."),
    ],
};

pub(super) static SHAPE: Section = Section {
    what: "a shape",
    schema: "shape",
    keys: &[
        key(
            "day-night",
            Holds::Number,
            "1.6x",
            "One wave a day: the peak over the mean, above 1 and at most 2.",
        ),
        key(
            "peak_hour",
            Holds::Number,
            "14",
            "For `day-night`: the hour of the peak in UTC, 0 to 23.",
        ),
        key(
            "weekly",
            Holds::Quantity,
            "60%",
            "Weekdays and weekends differ: a weekend day's share of a weekday's requests.",
        ),
        key("spike", Holds::Number, "10x", "A regular burst: times the base rate."),
        key("for", Holds::Quantity, "1 h", "How long a spike or an event lasts."),
        key(
            "every",
            Holds::Quantity,
            "day",
            "How often the spike comes: from every hour to every week.",
        ),
        key(
            "event",
            Holds::Text,
            "2026-11-27",
            "A dated event on top of the load: the day it begins.",
        ),
        key("factor", Holds::Number, "8x", "For `event`: times the base rate."),
        key(
            "growth",
            Holds::Quantity,
            "5%/month",
            "Steady growth, compounded: `5%/month`, or `3% to 8%/month` where it is not known.",
        ),
        key(
            "months",
            Holds::Number,
            "12",
            "For `growth`: how many months ahead to plan, 1 to 120.",
        ),
    ],
};

pub(super) static CALL: Section = Section {
    what: "a call",
    schema: "call",
    keys: &[
        key("to", Holds::Text, "db", "The component that is called."),
        key("times", Holds::Number, "3", "Calls for each request, on average; 0.1 is one in ten."),
        key("bytes", Holds::Quantity, "4 KB", "Bytes there and back a call."),
        key(
            "async",
            Holds::Flag,
            "true",
            "Whether the caller goes on without waiting; so for workers and queues unless said otherwise.",
        ),
    ],
};

pub(super) fn first<T: Copy>(all: &'static [(&'static str, T)]) -> Vec<&'static str> {
    all.iter().map(|(name, _)| *name).collect()
}
pub(super) fn kinds() -> Vec<&'static str> {
    first(&Kind::ALL)
}
pub(super) fn engines() -> Vec<&'static str> {
    first(&Engine::ALL)
}
pub(super) fn machines() -> Vec<&'static str> {
    first(&Machine::ALL)
}
pub(super) fn needs() -> Vec<&'static str> {
    first(&Need::ALL)
}
pub(super) fn doors() -> Vec<&'static str> {
    first(&DoorChoice::ALL)
}
pub(super) fn networks() -> Vec<&'static str> {
    vec!["public", "private"]
}
pub(super) fn skills() -> Vec<&'static str> {
    vec!["none", "some", "expert"]
}
pub(super) fn architectures() -> Vec<&'static str> {
    vec!["x86", "arm"]
}
pub(super) fn packages() -> Vec<&'static str> {
    vec!["zip", "image"]
}
fn none() -> Vec<&'static str> {
    vec!["none"]
}

//! What is assumed where nobody says anything, and why: all of it, in one place.
//!
//! | value | http | worker, stream | cron, job | stateful | static |
//! |---|---|---|---|---|---|
//! | memory | 512 MB | 512 MB | 512 MB | 2 GB | 128 MB |
//! | concurrency | 80 | 1 | 1 | 100 | 1000 |
//! | request | 10 KB | 10 KB | 0 | 10 KB | 0 |
//! | response | 4 KB | 0 | 0 | 4 KB | 50 KB |
//! | log | 500 B | 500 B | 500 B | 0 | 0 |
//! | public | yes, unless others call it and it has no load of its own | no | no | no | yes |
//! | runtime | nodejs24.x | nodejs24.x | nodejs24.x | unknown | unknown |
//! | package | zip of 50 MB | as http | as http | image of 500 MB | zip of 50 MB |
//!
//! | load | none | none | cron: none, job: 20 releases a month | none | none |
//!
//! Work (`duration`, `cpu`, `wait`) and the load of clients have no default: any figure would decide the answer.

use model::{
    App, Architecture, Artifact, Assume, Availability, Component, Demand, Distribution, Engine,
    Fact, Kind, Load, Needs, Network, Package, Runtime, Slo, Start,
};
use source::Span;
use units::{Bytes, Duration, Rate, Share};

/// The share of a declared wall time that is taken to be CPU time where nobody says.
pub const CPU_OF_WALL_TIME: f64 = 0.5;

/// How far growth that stands beside a rate is looked ahead.
pub const GROWTH_MONTHS: u32 = 12;

/// Memory that comes with one whole vCPU on the function platform whose declared durations we read.
/// It defines what `duration` beside `memory` means and prices nothing.
///
/// "At 1,769 MB, a function has the equivalent of one vCPU": AWS Lambda developer guide, "Configure memory".
const MEMORY_OF_ONE_VCPU: Bytes = Bytes::from_mib(1769);

/// How much of one vCPU a request gets at this memory, at most 1; never zero.
pub fn cpu_share(memory: Bytes) -> f64 {
    let share = memory.get().max(Bytes::from_mib(1).get()) as f64 / MEMORY_OF_ONE_VCPU.get() as f64;
    share.min(1.0)
}

/// The split of a whole duration.
pub const NOTE_SPLIT: &str =
    "half of `duration` is taken to be CPU time; measure and write `cpu` and `wait`";
/// Only CPU time was declared.
pub const NOTE_NO_WAIT: &str = "only `cpu` is declared, so no waiting is assumed; write `wait`";
/// Only waiting was declared.
pub const NOTE_LITTLE_CPU: &str = "only `wait` is declared; 5 ms of CPU is what parsing and answering a small request takes; write `cpu`";

/// CPU time beside a declared wait.
pub fn cpu_beside_wait() -> Fact<Distribution> {
    Fact::assumed(Distribution::Constant(Duration::from_millis(5)), NOTE_LITTLE_CPU)
}
/// Waiting beside a declared CPU time.
pub fn wait_beside_cpu() -> Fact<Distribution> {
    Fact::assumed(Distribution::Constant(Duration::ZERO), NOTE_NO_WAIT)
}

/// An application with nothing in it and every default.
pub fn app(name: &str) -> App {
    App {
        name: name.to_owned(),
        region: Fact::assumed(
            "aws/us-east-1".to_owned(),
            "the region most price lists quote; write `region`",
        ),
        regions: Vec::new(),
        components: Vec::new(),
        edges: Vec::new(),
        team: None,
        availability: Availability {
            zones: Fact::assumed(1, "one zone is the least; write `availability: { zones: 2 }`"),
        },
        existing_cluster: None,
        network: Fact::assumed(
            Network::Public,
            "public subnets need no NAT gateway; write `network: private`",
        ),
        free_tier: Fact::assumed(
            false,
            "other applications of the account may have used it up; write `free_tier: true`",
        ),
        spot: Fact::assumed(false, "interruptions must be wanted; write `spot: true`"),
        discounts: Vec::new(),
        quotas: model::Quotas::default(),
        assume: Assume::default(),
    }
}

/// A component with every default of its kind; load and work are unknown.
pub fn component(id: &str, kind: Kind, span: Option<Span>) -> Component {
    Component {
        id: id.to_owned(),
        span,
        kind,
        runtime: runtime(kind),
        architectures: Fact::assumed(
            vec![Architecture::X86, Architecture::Arm],
            "most runtimes run on both; write `arch: x86` if it does not run on Arm",
        ),
        artifact: artifact(kind),
        demand: Demand { cpu: Fact::Unknown, wait: Fact::Unknown, duration: None },
        start: Start { init: Fact::Unknown },
        concurrency: concurrency(kind),
        memory: memory(kind),
        cpu_request: None,
        scratch: None,
        run_time_max: None,
        request_bytes: request_bytes(kind),
        response_bytes: response_bytes(kind),
        log_bytes: log_bytes(kind),
        paths: Vec::new(),
        public: public(kind),
        front_door: None,
        slo: Slo::default(),
        load: load(kind),
        needs: Needs::default(),
        engine: None,
        storage: None,
        connection: None,
        message_every: None,
        events: None,
        steps: None,
        reserved: None,
        allow: Vec::new(),
        containers: Vec::new(),
        mounts: Vec::new(),
        blueprint: None,
    }
}

/// Releases a month where nobody counts them.
pub const RELEASES_MONTH: f64 = 20.0;

/// What runs at each release runs as often as there is one; any other load nobody can guess.
fn load(kind: Kind) -> Load {
    if kind != Kind::Job {
        return Load::Unknown;
    }
    let note = "about a release each working day, and a run at each; write `load: 4/month`";
    Load::Rate { rate: Fact::assumed(Rate::per_month(RELEASES_MONTH), note), shapes: Vec::new() }
}

fn runtime(kind: Kind) -> Fact<Runtime> {
    if matches!(kind, Kind::Stateful | Kind::Static) {
        return Fact::Unknown;
    }
    Fact::assumed(
        Runtime("nodejs24.x".to_owned()),
        "one of the two most used on functions; only cold starts depend on it; write `runtime`",
    )
}

fn artifact(kind: Kind) -> Artifact {
    let (package, mib) = match kind {
        Kind::Stateful => (Package::Image, 500),
        _ => (Package::Zip, 50),
    };
    Artifact { package: self::package(package), size: size(Bytes::from_mib(mib)) }
}

fn package(value: Package) -> Fact<Package> {
    Fact::assumed(
        value,
        "the usual way to ship this kind; write `package: zip` or `package: image`",
    )
}

fn size(value: Bytes) -> Fact<Bytes> {
    Fact::assumed(
        value,
        "a service with a handful of libraries; only start times depend on it; write `size`",
    )
}

/// The size of an image, where the package is known to be one and its size is not.
pub fn image_size() -> Fact<Bytes> {
    size(Bytes::from_mib(200))
}

pub(crate) fn memory(kind: Kind) -> Fact<Bytes> {
    let mib = match kind {
        Kind::Stateful => 2048,
        Kind::Static => 128,
        Kind::Http | Kind::Worker | Kind::Cron | Kind::Job | Kind::Stream => 512,
    };
    Fact::assumed(
        Bytes::from_mib(mib),
        "a common setting for this kind; the peak of a running one is better; write `memory`",
    )
}

/// Memory of a container beside the main one of which nobody says it.
pub(crate) fn sidecar_memory() -> Fact<Bytes> {
    // `global.proxy.resources.requests.memory`, values.yaml of the chart `istio-control/istio-discovery`.
    let note =
        "what Istio gives its proxy; the peak of a running one is better; write its `memory`";
    Fact::assumed(Bytes::from_mib(128), note)
}

/// How long a container runs that ends before the main one starts, where nobody says.
pub(crate) fn init_container() -> Fact<Duration> {
    let note = "what Kubernetes promises for the start of a pod without images to pull, for a container that does little; write its `time`";
    Fact::assumed(Duration::from_secs(5), note)
}

fn concurrency(kind: Kind) -> Fact<u32> {
    let (value, why) = match kind {
        Kind::Http => {
            (80, "the default of Cloud Run; a server that blocks a thread a request holds fewer")
        }
        Kind::Worker | Kind::Stream => (1, "one message at a time, as a simple consumer works"),
        Kind::Cron | Kind::Job => (1, "one run at a time"),
        Kind::Stateful => (100, "the default connection limit of PostgreSQL"),
        Kind::Static => (1000, "a file server holds a thousand connections with ease"),
    };
    Fact::assumed(value, format!("{why}; write `concurrency`"))
}

fn request_bytes(kind: Kind) -> Fact<Bytes> {
    let kib = match kind {
        Kind::Cron | Kind::Job | Kind::Static => 0,
        Kind::Http | Kind::Worker | Kind::Stream | Kind::Stateful => 10,
    };
    Fact::assumed(Bytes::from_kib(kib), "a form or a small document; write `request_bytes`")
}

fn response_bytes(kind: Kind) -> Fact<Bytes> {
    let (kib, why) = match kind {
        Kind::Http | Kind::Stateful => (4, "a page of JSON"),
        Kind::Static => (50, "a script or a small picture"),
        Kind::Worker | Kind::Cron | Kind::Job | Kind::Stream => (0, "nobody waits for an answer"),
    };
    Fact::assumed(Bytes::from_kib(kib), format!("{why}; write `response_bytes`"))
}

fn log_bytes(kind: Kind) -> Fact<Bytes> {
    let bytes = if matches!(kind, Kind::Stateful | Kind::Static) { 0 } else { 500 };
    Fact::assumed(
        Bytes::new(bytes),
        "the platform's own lines and one of the application's; write `log_bytes`",
    )
}

fn public(kind: Kind) -> Fact<bool> {
    let value = matches!(kind, Kind::Http | Kind::Static);
    let why = if value { "clients reach this kind" } else { "no client reaches this kind" };
    Fact::assumed(value, format!("{why} as a rule; write `public`"))
}

/// For a component that others call and that has no load of its own.
pub fn internal() -> Fact<bool> {
    Fact::assumed(false, "only other components call it; write `public: true` if clients do too")
}

/// Data kept by a stateful part whose size nobody gave.
pub fn storage(engine: Option<Engine>) -> Option<Fact<Bytes>> {
    match engine {
        Some(
            Engine::Redis
            | Engine::Valkey
            | Engine::Memcached
            | Engine::Queue
            | Engine::Rabbitmq
            | Engine::Activemq,
        ) => None,
        _ => Some(Fact::assumed(
            Bytes::from_gib(20),
            "the smallest disk that managed databases are sold with; write `storage`",
        )),
    }
}

/// How long a WebSocket connection stays open.
pub fn connection() -> Fact<Duration> {
    Fact::assumed(
        Duration::from_secs(600),
        "about one visit; dashboards and chats stay open for hours; write `connection`",
    )
}

/// How often one WebSocket connection sends a message.
pub fn message_every() -> Fact<Duration> {
    Fact::assumed(
        Duration::from_secs(30),
        "a heartbeat or a line now and then; with it the load says how many connections are open; write `message_every`",
    )
}

/// Bytes of one call between components, there and back.
pub fn call_bytes() -> Fact<Bytes> {
    Fact::assumed(Bytes::from_kib(4), "a page of JSON; write `bytes` on the call")
}

/// Waits between steps where nobody counted them: one in each gap.
pub fn pauses(count: u32) -> Fact<u32> {
    let why = "a wait between each two steps; write `steps: { count: …, pauses: … }`";
    Fact::assumed(count.saturating_sub(1).max(1), why)
}

/// Waiting inside steps.
pub fn inside_steps() -> Fact<Duration> {
    Fact::assumed(
        Duration::ZERO,
        "all waiting is taken to lie between steps; write `steps: { inside: … }`",
    )
}

/// What a step hands on.
pub fn step_state() -> Fact<Bytes> {
    Fact::assumed(Bytes::from_kib(4), "a page of JSON; write `steps: { state: … }`")
}

/// `day-night` without figures: a peak at 1.6 times the mean. The Azure Functions trace of 2019 peaks at 1.62 times
/// its mean over eight hours and at 2.11 over a day; web sites for people are nearer to the former.
pub const DAY_NIGHT_PEAK: f64 = 1.6;
/// `day-night` without an hour: early afternoon in western Europe, morning on the American east coast.
pub const DAY_NIGHT_HOUR: u8 = 14;

/// `weekly` without a figure: a weekend day brings 60 % of a weekday.
pub fn weekend() -> Share {
    Share::new(0.6)
}

#[cfg(test)]
mod tests {
    use model::{Origin, OriginKind};

    use super::*;

    fn note<T>(fact: &Fact<T>) -> Option<&Origin> {
        fact.origin()
    }

    #[test]
    fn every_assumption_says_why_and_how_to_replace_it() {
        let app = app("a");
        let mut origins = vec![
            note(&app.region),
            note(&app.availability.zones),
            note(&app.network),
            note(&app.free_tier),
            note(&app.spot),
        ];
        let components: Vec<Component> =
            Kind::ALL.iter().map(|&(name, kind)| component(name, kind, None)).collect();
        for c in &components {
            origins.extend([
                note(&c.runtime),
                note(&c.architectures),
                note(&c.artifact.package),
                note(&c.artifact.size),
                note(&c.concurrency),
                note(&c.memory),
                note(&c.request_bytes),
                note(&c.response_bytes),
                note(&c.log_bytes),
                note(&c.public),
            ]);
            if let Load::Rate { rate, .. } = &c.load {
                origins.push(note(rate));
            }
        }
        let (cpu, wait, bytes, open, every, image, inside) = (
            cpu_beside_wait(),
            wait_beside_cpu(),
            call_bytes(),
            connection(),
            message_every(),
            image_size(),
            internal(),
        );
        origins.extend([
            note(&cpu),
            note(&wait),
            note(&bytes),
            note(&open),
            note(&every),
            note(&image),
            note(&inside),
        ]);
        let (waits, busy, state) = (pauses(3), inside_steps(), step_state());
        origins.extend([note(&waits), note(&busy), note(&state)]);
        let stores: Vec<_> =
            Engine::ALL.iter().filter_map(|&(_, engine)| storage(Some(engine))).collect();
        origins.extend(stores.iter().map(note));
        let mut seen = 0;
        for origin in origins.into_iter().flatten() {
            assert_eq!((origin.kind, origin.span), (OriginKind::Assumed, None));
            let (why, how) = origin.note.split_once("; write `").expect(&origin.note);
            assert!(why.len() > 10 && how.ends_with('`') || how.contains("` "), "{}", origin.note);
            seen += 1;
        }
        assert!(seen > 60, "{seen}");
    }

    #[test]
    fn work_and_the_load_of_clients_are_never_assumed() {
        for (name, kind) in Kind::ALL {
            let c = component(name, kind, None);
            assert_eq!((c.demand.cpu, c.demand.wait), (Fact::Unknown, Fact::Unknown));
            // Releases are the team's own, not its clients'.
            assert_eq!(c.load == Load::Unknown, kind != Kind::Job);
        }
    }
}

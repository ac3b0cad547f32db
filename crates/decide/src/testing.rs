//! A bench for rules and small apps for tests.

use std::collections::BTreeMap;

use model::{
    App, Architecture, Artifact, Assume, Availability, Component, Demand, Distribution, Fact, Kind,
    Load, Need, Needs, Network, Origin, PlatformId, Runtime, Slo, Start, Steps,
};
use platforms::{
    Beside, Billing, Configuration, Evaluation, Family, Flow, FrontDoor, FunctionSettings,
    FunctionUsage, InstanceSettings, Limited, Limits, PodSettings, PodTarget, Settings, Spill,
    Usage, Workflow,
};
use traffic::{Arrivals, Workload};
use units::{Bytes, Duration, Histogram, Millicores, Share};

use crate::case::{Quota, RuleCase};
use crate::question::Question;
use crate::rules::{Effect, Rule, RuleFinding};

/// A value that the team declared, without a place.
pub(crate) fn known<T>(value: T) -> Fact<T> {
    Fact::Known(value, Origin::measured(""))
}

/// A constant span of milliseconds.
pub(crate) fn constant(millis: u64) -> Fact<Distribution> {
    known(Distribution::Constant(Duration::from_millis(millis)))
}

/// A plain public web service: 100 ms of CPU, 200 ms of waiting, 512 MB.
pub(crate) fn component(id: &str) -> Component {
    Component {
        id: id.to_owned(),
        span: None,
        kind: Kind::Http,
        runtime: known(Runtime("nodejs24.x".to_owned())),
        architectures: Fact::assumed(vec![Architecture::X86, Architecture::Arm], "both"),
        artifact: Artifact { package: Fact::Unknown, size: Fact::Unknown },
        demand: Demand { cpu: constant(100), wait: constant(200), duration: None },
        start: Start { init: known(Duration::from_millis(400)) },
        concurrency: Fact::assumed(10, "ten"),
        memory: known(Bytes::from_mib(512)),
        cpu_request: None,
        scratch: None,
        run_time_max: None,
        request_bytes: known(Bytes::from_kib(10)),
        response_bytes: Fact::assumed(Bytes::from_kib(10), "a small page"),
        log_bytes: Fact::assumed(Bytes::from_kib(1), "a line or two"),
        paths: Vec::new(),
        public: known(true),
        front_door: None,
        slo: Slo::default(),
        load: Load::Unknown,
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

/// A flat load of so many requests a second, over a day.
pub(crate) fn workload(per_second: f64) -> Workload {
    Workload {
        cycle: Duration::DAY,
        cycles_per_month: 730.0 / 24.0,
        pace: 1,
        per_minute: vec![per_second * 60.0; 1440],
        arrivals: Arrivals::Poisson,
        basis: "a flat rate".to_owned(),
        band: (0.8, 1.25),
    }
}

/// An app of these components, in one zone of us-east-1.
pub(crate) fn app(components: Vec<Component>) -> App {
    App {
        name: "test".to_owned(),
        region: known("aws/us-east-1".to_owned()),
        regions: Vec::new(),
        components,
        edges: Vec::new(),
        team: None,
        availability: Availability { zones: Fact::assumed(1, "one zone") },
        existing_cluster: None,
        network: Fact::assumed(Network::Public, "public"),
        free_tier: Fact::assumed(false, "used up"),
        spot: Fact::assumed(false, "no"),
        discounts: Vec::new(),
        quotas: model::Quotas::default(),
        assume: Assume::default(),
    }
}

/// A limit with a made-up row.
#[expect(clippy::unnecessary_wraps, reason = "limits are optional where it is used")]
pub(crate) fn limited<T>(value: T, row: &str) -> Option<Limited<T>> {
    Some(Limited { value, row: row.to_owned(), source: "test".to_owned(), observed: None })
}

/// One component on one platform, to be changed by a test and shown to a rule.
pub(crate) struct Bench {
    pub(crate) app: App,
    pub(crate) component: Component,
    pub(crate) workload: Workload,
    pub(crate) platform: &'static str,
    pub(crate) name: &'static str,
    pub(crate) family: Family,
    pub(crate) limits: Limits,
    pub(crate) configuration: Option<Configuration>,
    pub(crate) evaluation: Option<Evaluation>,
    pub(crate) quotas: BTreeMap<&'static str, f64>,
    pub(crate) quotas_range: BTreeMap<&'static str, (f64, f64)>,
}

impl Bench {
    /// A function platform with limits like Lambda's.
    pub(crate) fn function() -> Self {
        let limits = Limits {
            run_time_max: limited(Duration::from_secs(900), "aws-lambda/timeout.max"),
            run_time_max_async: limited(Duration::from_secs(900), "aws-lambda/timeout.max"),
            gateway_timeout: limited(
                Duration::from_secs(30),
                "aws-api-gateway/http.integration_timeout",
            ),
            connection_max: limited(Duration::from_secs(7200), "aws-api-gateway/ws.max_connection"),
            connection_idle_max: limited(Duration::from_secs(600), "aws-api-gateway/ws.idle"),
            memory_max: limited(Bytes::from_mib(10_240), "aws-lambda/memory.range"),
            cpu_max: limited(Millicores::new(5800), "aws-lambda/cpu.max_vcpu"),
            scratch_max: limited(Bytes::from_mib(10_240), "aws-lambda/tmp.range"),
            zip_max: limited(Bytes::from_mib(250), "aws-lambda/package.zip.unzipped"),
            image_max: limited(Bytes::from_gib(10), "aws-lambda/package.image"),
            init_max: limited(Duration::from_secs(10), "aws-lambda/init.timeout"),
            payload_max: limited(Bytes::from_mib(6), "aws-lambda/payload.sync"),
            concurrency_account: limited(1000, "aws-lambda/concurrency.account_default"),
            rate_account: limited(10_000, "aws-lambda/rps.account"),
            scale_rate_10s: limited(1000, "aws-lambda/concurrency.scale_rate"),
            requests_per_instance: limited(1, "aws-lambda/concurrency.per_environment"),
            schedule_min: limited(
                Duration::MINUTE,
                "aws-lambda-event-sources/scheduler.min_interval",
            ),
            refuses: [Need::Gpu, Need::Tcp, Need::Udp, Need::Grpc, Need::Privileged]
                .into_iter()
                .chain([Need::Background, Need::LocalDisk, Need::SessionState, Need::Windows])
                .chain([Need::OnPremises])
                .map(|need| (need, (format!("Lambda has no {}", need.name()), "row".to_owned())))
                .collect(),
            ..Limits::default()
        };
        Self {
            app: app(Vec::new()),
            component: component("api"),
            workload: workload(1.0),
            platform: "aws/lambda",
            name: "Lambda",
            family: Family::Serverless,
            limits,
            configuration: Some(function("aws/lambda", 512)),
            evaluation: None,
            quotas: BTreeMap::new(),
            quotas_range: BTreeMap::new(),
        }
    }

    /// A cluster that refuses nothing.
    pub(crate) fn cluster() -> Self {
        Self {
            platform: "kubernetes/eks",
            name: "Kubernetes (EKS)",
            family: Family::Kubernetes,
            limits: Limits::default(),
            configuration: Some(pods(2)),
            ..Self::function()
        }
    }

    /// Plain servers that refuse nothing.
    pub(crate) fn servers() -> Self {
        Self {
            platform: "servers/ec2",
            name: "servers (EC2)",
            family: Family::Servers,
            limits: Limits::default(),
            configuration: None,
            ..Self::function()
        }
    }

    /// What the rule finds.
    pub(crate) fn check(&self, rule: &dyn Rule) -> Vec<RuleFinding> {
        let quota = |platform: &str, id: &str| {
            let row = format!("{platform}/{id}");
            let number = self.quotas.get(row.as_str()).map(|&n| (n, n));
            let range = self.quotas_range.get(row.as_str()).copied();
            number.or(range).map(|(low, high)| Quota { low, high, row: row.clone() })
        };
        let case = RuleCase {
            app: &self.app,
            component: &self.component,
            workload: &self.workload,
            platform: PlatformId(self.platform),
            name: self.name,
            family: self.family,
            limits: &self.limits,
            configuration: self.configuration.as_ref(),
            evaluation: self.evaluation.as_ref(),
            managed: &|| true,
            quota: &quota,
        };
        let mut found = Vec::new();
        rule.check(&case, &mut found);
        found
    }

    /// The same function, with something that carries its steps.
    pub(crate) fn in_steps(&mut self, workflow: Workflow) {
        let mut configuration = function("aws/lambda", 512);
        if let Settings::Function(settings) = &mut configuration.settings {
            settings.workflow = Some(workflow);
        }
        self.configuration = Some(configuration);
    }

    /// The effects of what the rule finds.
    pub(crate) fn effects(&self, rule: &dyn Rule) -> Vec<Effect> {
        self.check(rule).into_iter().map(|finding| finding.effect).collect()
    }
}

/// So many steps with a wait between each two.
pub(crate) fn steps(count: u32) -> Steps {
    Steps {
        count,
        elsewhere: 0,
        pauses: Fact::assumed(count - 1, "each gap"),
        inside: Fact::assumed(Duration::ZERO, "none"),
        state: Fact::assumed(Bytes::from_kib(4), "a page"),
        machine: None,
        kept: None,
        span: None,
    }
}

/// A function of so many megabytes.
pub(crate) fn function(platform: &'static str, mib: u64) -> Configuration {
    Configuration {
        platform: PlatformId(platform),
        settings: Settings::Function(FunctionSettings {
            memory: Bytes::from_mib(mib),
            architecture: Architecture::Arm,
            front_door: FrontDoor::HttpApi,
            provisioned: 0,
            warm_hours: None,
            snap_start: false,
            workflow: None,
            scratch: Bytes::from_mib(512),
        }),
        label: format!("{mib} MB arm"),
    }
}

/// Isolates that are paid for by their CPU time.
pub(crate) fn isolates() -> Configuration {
    Configuration {
        platform: PlatformId("cloudflare/workers"),
        settings: Settings::Instance(InstanceSettings {
            cpu: Millicores::ONE,
            memory: Bytes::from_mib(128),
            architecture: Architecture::X86,
            concurrency: 80,
            min: 0,
            warm_hours: None,
            rate_each: None,
            billing: Billing::Cpu,
            front_door: FrontDoor::None,
        }),
        label: "isolates of 128 MB".to_owned(),
    }
}

/// At least so many pods.
pub(crate) fn pods(min: u32) -> Configuration {
    Configuration {
        platform: PlatformId("kubernetes/eks"),
        settings: Settings::Pod(PodSettings {
            cpu_request: Millicores::new(500),
            memory: Bytes::from_mib(512),
            architecture: Architecture::Arm,
            min,
            max: 10,
            target: PodTarget::CpuPercent(80),
            front_door: FrontDoor::Alb,
            volume: Bytes::ZERO,
            spill: None,
        }),
        label: "0.5 vCPU".to_owned(),
    }
}

/// So many pods that give a function what they have no room for.
pub(crate) fn split_pods(count: u32) -> Configuration {
    let mut configuration = pods(count);
    if let Settings::Pod(pod) = &mut configuration.settings {
        (pod.max, pod.target) = (count, PodTarget::Fixed);
        let (proxy, to) = (Beside::default(), Box::new(function("aws/lambda", 512)));
        pod.spill = Some(Spill { in_flight: 8, proxy, to });
    }
    configuration
}

/// A service of Knative that goes to none.
pub(crate) fn knative() -> Configuration {
    let mut configuration = pods(0);
    if let Settings::Pod(pod) = &mut configuration.settings {
        pod.target = PodTarget::Knative { target: 10, queue_proxy: Millicores::new(25) };
    }
    configuration
}

/// An outcome: these latencies in milliseconds, this share of them cold.
pub(crate) fn evaluation(latencies_ms: &[u64], cold: f64) -> Evaluation {
    let mut histogram = Histogram::default();
    for &ms in latencies_ms {
        histogram.record(Duration::from_millis(ms));
    }
    Evaluation {
        usage: Usage::Function(FunctionUsage { flow: Flow::default(), ..FunctionUsage::default() }),
        latency: (!latencies_ms.is_empty()).then_some(histogram),
        cold: Some(Share::new(cold)),
        counts: None,
        timeline: None,
        obstacles: Vec::new(),
    }
}

/// The files of the repository's catalogue.
#[expect(clippy::disallowed_methods, reason = "tests read the catalogue from disk")]
pub(crate) fn catalog_files() -> Vec<(String, String)> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalog");
    let mut files = Vec::new();
    let mut folders = vec![(root, String::new())];
    while let Some((folder, below)) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            let name = if below.is_empty() { name.to_owned() } else { format!("{below}/{name}") };
            if path.is_dir() {
                folders.push((path, name));
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                files.push((name, text));
            }
        }
    }
    files
}

/// A question about an app whose components all have one request a second.
pub(crate) fn question<'a>(app: &'a App, catalog: &'a catalog::Catalog) -> Question<'a> {
    let loads = app.components.iter().map(|c| (c.id.clone(), workload(1.0))).collect();
    let today = units::Date::new(2026, 11, 23).unwrap();
    Question::new(app, loads, catalog.at(today))
}

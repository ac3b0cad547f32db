//! A worked answer for tests and for looking at: the shop of the README, with invented numbers.

mod bills;
mod charts;
mod load;

use model::{
    Accounting, AppSummary, Architecture, Assumption, Chosen, Considered, CostRange, Decision,
    Engine, Flip, FlipVariable, FrontDoor, FunctionSettings, InputFile, LatencySummary, LeftOut,
    ManagedSettings, Measurement, OperatingCost, OptionTried, OriginKind, Outlook, Placement,
    PlatformId, Provenance, Reason, ServerSettings, Settings, Verdict,
};
use source::{FileId, Finding, SourceMap, Span};
use units::{Bytes, Date, Duration, Millicores, Money, Share};

const FILE: &str = "\
name: shop
region: aws/us-east-1
components:
  api:   { kind: http, runtime: nodejs24, memory: 512 MB, duration: 300 ms, load: { log: access.log } }
  thumb: { kind: worker, runtime: python3.13, memory: 1769 MB, cpu: 900 ms, load: { log: access.log } }
  chat:  { kind: http, needs: [websockets], memory: 256 MB, duration: 20 ms, load: 40/s }
  db:    { kind: stateful, engine: postgres, memory: 4 GB, storage: 50 GB, replica: 2 }
";

const LAMBDA: PlatformId = PlatformId("aws/lambda");
const EKS: PlatformId = PlatformId("kubernetes/eks");
const FARGATE: PlatformId = PlatformId("aws/fargate");
const EC2: PlatformId = PlatformId("servers/ec2");
const RDS: PlatformId = PlatformId("managed/rds");

/// The answer for the shop, and the file it was read from.
pub fn decision() -> (Decision, SourceMap) {
    let mut sources = SourceMap::default();
    let file = sources.add("crossover.yaml", FILE);
    let decision = Decision {
        app: app(),
        verdict: Some(Verdict::Hybrid),
        headline: "Lambda for api and thumb, one small server for chat, RDS for db".to_owned(),
        cost_month: Some(CostRange {
            expected: usd("113.13"),
            low: usd("98.20"),
            high: usd("141.40"),
        }),
        confidence: Some(Share::new(0.8)),
        holds: Some(Share::new(0.97)),
        measure_first: Some(Measurement {
            subject: "thumb.duration".to_owned(),
            confidence: Share::new(0.93),
            remedy: "declare `cpu` and `wait`, or give a trace that shows them".to_owned(),
        }),
        outlook: Some(Outlook { months: 12, cheapest: Share::new(0.62), ends: Some((4, 11)) }),
        free_tier_would_save: Some(usd("7.27")),
        marginal_cost_month: None,
        placements: placements(file),
        considered: considered(),
        regions: Vec::new(),
        options: options(),
        invoices: bills::invoices(),
        flips: flips(),
        assumptions: assumptions(file),
        left_out: vec![LeftOut {
            item: "second zone".to_owned(),
            adds: vec![
                ("servers only".to_owned(), usd("13.87")),
                ("all Kubernetes".to_owned(), usd("38.54")),
            ],
            break_even: Some("34 M requests a month".to_owned()),
            note: String::new(),
        }],
        operating: operating(),
        accounting: accounting(),
        charts: charts::charts(),
        findings: findings(file),
        provenance: provenance(),
    };
    (decision, sources)
}

/// What `crossover traffic` would say about its log.
pub fn traffic() -> crate::traffic::TrafficSummary {
    load::traffic()
}

/// An app that nothing can hold.
pub fn infeasible() -> (Decision, SourceMap) {
    let (mut decision, sources) = decision();
    decision.verdict = None;
    decision.headline = String::new();
    decision.cost_month = None;
    decision.confidence = None;
    decision.free_tier_would_save = None;
    decision.placements = Vec::new();
    decision.invoices = Vec::new();
    decision.flips = Vec::new();
    decision.charts = model::Charts::default();
    decision.left_out = Vec::new();
    decision.operating = Vec::new();
    for c in &mut decision.considered {
        c.chosen = Chosen::Impossible;
        c.cost_month = None;
        c.why_not = vec![Reason::plain("thumb has no place there")];
    }
    decision.considered.remove(0);
    for o in decision.options.iter_mut().filter(|o| o.component == "thumb") {
        o.outcome = Chosen::Impossible;
        o.cost_month = None;
        let why = match o.platform {
            LAMBDA => ruled("CR012", "runs 40 min, the limit is 15 min"),
            FARGATE => ruled("CR044", "wants 300 GB of memory, the largest task has 120 GB"),
            _ => ruled("CR051", "wants a GPU; no node type here has one"),
        };
        o.why_not = vec![why];
    }
    (decision, sources)
}

/// Dollars in the samples.
fn usd(text: &str) -> Money {
    Money::parse(text).expect("an amount")
}

fn app() -> AppSummary {
    AppSummary {
        name: "shop".to_owned(),
        region: "aws/us-east-1".to_owned(),
        components: 4,
        requests_month: 3_412_118,
        traffic: "access.log: 14 days, 1.6 M lines, 12 skipped".to_owned(),
    }
}

fn ruled(rule: &'static str, text: &str) -> Reason {
    Reason { rule: Some(rule), text: text.to_owned(), span: None }
}

fn ms(p50: u64, p95: u64, p99: u64) -> LatencySummary {
    let [p50, p95, p99] = [p50, p95, p99].map(Duration::from_millis);
    LatencySummary { p50, p95, p99 }
}

/// The bytes of `text` in the sample file.
fn at(file: FileId, text: &str) -> Span {
    let start = FILE.find(text).expect("a text of the sample");
    Span::new(file, start, start + text.len())
}

fn placements(file: FileId) -> Vec<Placement> {
    let place = |component: &str,
                 platform,
                 config: &str,
                 cost: &str,
                 latency,
                 cold: Option<f64>,
                 why: Reason| {
        Placement {
            component: component.to_owned(),
            platform,
            region: "aws/us-east-1".to_owned(),
            config: config.to_owned(),
            configured: configured(platform),
            machines: None,
            copies_most: None,
            settings: config
                .split(", ")
                .map(|part| ("setting".to_owned(), part.to_owned()))
                .collect(),
            cost_month: usd(cost),
            latency,
            cold_fraction: cold.map(Share::new),
            reasons: vec![
                why.clone(),
                Reason {
                    rule: None,
                    text: "nothing in it needs a disk or a long connection".to_owned(),
                    span: None,
                },
            ],
            decided_by: why,
        }
    };
    let sockets = Reason {
        rule: Some("CR021"),
        text: "long connections".to_owned(),
        span: Some(at(file, "needs: [websockets]")),
    };
    vec![
        place(
            "api",
            LAMBDA,
            "512 MB arm, HTTP API",
            "11.52",
            Some(ms(309, 402, 611)),
            Some(0.0013),
            Reason::plain("idle 91 % of the time"),
        ),
        place("chat", EC2, "t4g.small, direct DNS", "13.87", Some(ms(21, 24, 29)), None, sockets),
        place("db", RDS, "db.t4g.medium, 50 GB", "62.94", None, None, ruled("CR030", "stateful")),
        place(
            "thumb",
            LAMBDA,
            "1769 MB arm, SQS",
            "24.80",
            Some(ms(940, 1100, 1400)),
            Some(0.02),
            Reason::plain("peaks 14× the mean"),
        ),
    ]
}

/// Configurations of the sample's size.
fn configured(platform: PlatformId) -> Settings {
    let architecture = Architecture::Arm;
    match platform {
        LAMBDA => Settings::Function(FunctionSettings {
            workflow: None,
            memory: Bytes::from_mib(512),
            architecture,
            front_door: FrontDoor::HttpApi,
            provisioned: 0,
            warm_hours: None,
            snap_start: false,
            scratch: Bytes::from_mib(512),
        }),
        EC2 => Settings::Server(ServerSettings {
            cpu: Millicores::ONE,
            memory: Bytes::from_mib(256),
            architecture,
            front_door: FrontDoor::Dns,
            copies: 1,
            min: 1,
            volume: Bytes::ZERO,
            spill: None,
        }),
        _ => Settings::Managed(ManagedSettings {
            engine: Engine::Postgres,
            size: "db.t4g.medium".to_owned(),
            storage: Bytes::from_gib(50),
            zones: 1,
        }),
    }
}

fn considered() -> Vec<Considered> {
    let way = |name: &str,
               chosen,
               cost: Option<&str>,
               hours: f64,
               p99: u64,
               places: &[(&str, &str)],
               why: Vec<Reason>| Considered {
        name: name.to_owned(),
        chosen,
        cost_month: cost.map(usd),
        operating_hours: Some(hours),
        regret_month: None,
        p99: Some(Duration::from_millis(p99)),
        placement: places.iter().map(|(c, p)| ((*c).to_owned(), (*p).to_owned())).collect(),
        why_not: why,
    };
    vec![
        way(
            "hybrid",
            Chosen::Yes,
            Some("113.13"),
            2.5,
            1400,
            &[
                ("api", "aws/lambda · 512 MB arm, HTTP API"),
                ("thumb", "aws/lambda · 1769 MB arm, SQS"),
                ("chat", "servers/ec2 · t4g.small, direct DNS"),
                ("db", "managed/rds · db.t4g.medium, 50 GB"),
            ],
            Vec::new(),
        ),
        way(
            "all Lambda",
            Chosen::Impossible,
            None,
            1.0,
            1400,
            &[("api", "aws/lambda · 512 MB arm, HTTP API"), ("chat", "–")],
            vec![ruled("CR021", "chat holds sockets for hours; API Gateway closes them at 2 h")],
        ),
        way(
            "all Kubernetes",
            Chosen::Beaten,
            Some("232.40"),
            14.0,
            1250,
            &[
                ("api", "kubernetes/eks · 2 pods of 500m, 512 MB"),
                ("thumb", "kubernetes/eks · 1 to 6 pods of 1 vCPU"),
            ],
            vec![Reason::plain("control plane $73, two nodes $61, load balancer $19")],
        ),
        way(
            "servers only",
            Chosen::Beaten,
            Some("141.00"),
            5.0,
            1900,
            &[
                ("api", "servers/ec2 · t4g.small, direct DNS"),
                ("thumb", "servers/ec2 · 4 c7g.medium"),
            ],
            vec![Reason::plain("thumb's peaks need three more instances 4 % of the time")],
        ),
    ]
}

fn options() -> Vec<OptionTried> {
    let tried = |component: &str,
                 platform,
                 config: &str,
                 outcome,
                 cost: Option<&str>,
                 latency,
                 cold: Option<f64>,
                 why: Vec<Reason>| OptionTried {
        component: component.to_owned(),
        platform,
        config: config.to_owned(),
        outcome,
        cost_month: cost.map(usd),
        latency,
        cold_fraction: cold.map(Share::new),
        why_not: why,
    };
    let plain = |text: &str| vec![Reason::plain(text)];
    vec![
        tried(
            "api",
            LAMBDA,
            "512 MB arm, HTTP API",
            Chosen::Yes,
            Some("11.52"),
            Some(ms(309, 402, 611)),
            Some(0.0013),
            Vec::new(),
        ),
        tried(
            "api",
            LAMBDA,
            "1024 MB arm, HTTP API",
            Chosen::Beaten,
            Some("14.90"),
            Some(ms(240, 310, 480)),
            Some(0.0011),
            plain("costs $3.38 more"),
        ),
        tried(
            "api",
            FARGATE,
            "0.5 vCPU, 1 GB, 1 to 3 tasks",
            Chosen::Beaten,
            Some("38.10"),
            Some(ms(305, 380, 520)),
            None,
            plain("costs $26.58 more; one task is always on"),
        ),
        tried(
            "api",
            EKS,
            "2 pods of 500m, 512 MB",
            Chosen::Beaten,
            Some("118.20"),
            Some(ms(304, 371, 502)),
            None,
            plain("control plane $73 for one service"),
        ),
        tried(
            "chat",
            LAMBDA,
            "256 MB arm, WebSocket API",
            Chosen::Impossible,
            None,
            None,
            None,
            vec![ruled("CR021", "sockets stay open for hours; API Gateway closes them at 2 h")],
        ),
        tried(
            "chat",
            EC2,
            "t4g.small, direct DNS",
            Chosen::Yes,
            Some("13.87"),
            Some(ms(21, 24, 29)),
            None,
            Vec::new(),
        ),
        tried(
            "db",
            RDS,
            "db.t4g.medium, 50 GB",
            Chosen::Yes,
            Some("62.94"),
            None,
            None,
            Vec::new(),
        ),
        tried(
            "db",
            EKS,
            "StatefulSet, 50 GB",
            Chosen::Beaten,
            Some("151.10"),
            None,
            None,
            vec![ruled("CR030", "backups and failover would be yours")],
        ),
        tried(
            "thumb",
            LAMBDA,
            "1769 MB arm, SQS",
            Chosen::Yes,
            Some("24.80"),
            Some(ms(940, 1100, 1400)),
            Some(0.02),
            Vec::new(),
        ),
        tried(
            "thumb",
            FARGATE,
            "1 vCPU, 2 GB, 0 to 9 tasks",
            Chosen::Beaten,
            Some("31.75"),
            Some(ms(930, 2400, 4100)),
            None,
            plain("starts in 50 s; a peak is over in 40 s"),
        ),
    ]
}

fn flips() -> Vec<Flip> {
    let flip = |scope: Option<&str>, variable, factor, at: &str, band, from: &str, to: &str| Flip {
        scope: scope.map(str::to_owned),
        variable,
        factor,
        at: at.to_owned(),
        band,
        from: from.to_owned(),
        to: to.to_owned(),
    };
    vec![
        flip(
            Some("api"),
            FlipVariable::Traffic,
            9.1,
            "31 M requests a month",
            Some((7.0, 11.8)),
            "Lambda",
            "servers",
        ),
        flip(
            Some("thumb"),
            FlipVariable::CpuTime,
            2.67,
            "a CPU time of 2.4 s",
            None,
            "Lambda",
            "Fargate",
        ),
        flip(
            Some("chat"),
            FlipVariable::Slo,
            0.4,
            "a p99 of 12 ms",
            None,
            "a larger server",
            "a small server",
        ),
        flip(
            None,
            FlipVariable::Traffic,
            62.0,
            "210 M requests a month",
            Some((48.0, 80.0)),
            "hybrid",
            "Kubernetes",
        ),
    ]
}

fn assumptions(file: FileId) -> Vec<Assumption> {
    let assumed =
        |subject: &str, value: &str, effect: &str, swing: Option<&str>, remedy: &str, span| {
            Assumption {
                subject: subject.to_owned(),
                value: value.to_owned(),
                origin: OriginKind::Assumed,
                effect: effect.to_owned(),
                cost_swing: swing.map(usd),
                changes_answer: false,
                slight: false,
                remedy: remedy.to_owned(),
                span,
            }
        };
    let mut all = vec![
        assumed(
            "thumb.init",
            "0.9 s",
            "at 3 s its p99 breaks 2 s and it moves to Fargate",
            None,
            "write `init: 900 ms` once measured",
            Some(at(file, "runtime: python3.13")),
        ),
        assumed(
            "api.duration",
            "half of it CPU",
            "all CPU instead of all wait: $3 more, the answer stays",
            Some("3.00"),
            "write `cpu:` and `wait:` apart",
            Some(at(file, "duration: 300 ms")),
        ),
        assumed(
            "availability.zones",
            "1",
            "a second zone: $13.87 more, the answer stays",
            Some("13.87"),
            "write `availability: { zones: 2 }`",
            None,
        ),
        assumed(
            "prices",
            "±10 % for each year since they were observed, assumed",
            "hardly moves how sure the answer is",
            None,
            "take today's with `crossover prices update`",
            None,
        ),
    ];
    all[3].slight = true;
    all[0].changes_answer = true;
    all[2].origin = OriginKind::PlatformDefault;
    all
}

fn operating() -> Vec<OperatingCost> {
    [
        ("hybrid", 2.5, "200.00"),
        ("all Kubernetes", 14.0, "1120.00"),
        ("servers only", 5.0, "400.00"),
    ]
    .into_iter()
    .map(|(name, hours, cost)| OperatingCost {
        name: name.to_owned(),
        hours,
        cost_month: usd(cost),
        basis: "team: some Kubernetes, $80 an hour".to_owned(),
    })
    .collect()
}

fn accounting() -> Vec<Accounting> {
    [("api", 1_208_411, 2), ("chat", 240_000, 1), ("thumb", 173_200, 0)]
        .into_iter()
        .map(|(component, arrivals, in_flight)| Accounting {
            component: component.to_owned(),
            arrivals,
            served: arrivals - in_flight,
            rejected: 0,
            in_flight,
            replayed: "14 days of access.log".to_owned(),
        })
        .collect()
}

fn findings(file: FileId) -> Vec<Finding> {
    vec![
        Finding::error("IN003", "unknown key `replica`")
            .labelled(at(file, "replica"), "no component has this key")
            .hint("did you mean `replicas`?"),
        Finding::warning("TR004", "12 lines of access.log are not in combined format")
            .hint("`crossover traffic access.log --skipped` shows them"),
        Finding::note("CR021", "chat keeps connections open").at(at(file, "needs: [websockets]")),
    ]
}

fn provenance() -> Provenance {
    Provenance {
        tool: "crossover 0.1.0".to_owned(),
        seed: 1,
        as_of: Date::new(2026, 11, 3).expect("a day"),
        prices_observed: Date::new(2026, 11, 3).expect("a day"),
        catalog_sha256: "5d1c0f5f7e0b8f0f4a6a1f7d8b7c2a3e4d5f60718293a4b5c6d7e8f901234567"
            .to_owned(),
        inputs: vec![
            InputFile {
                path: "crossover.yaml".to_owned(),
                sha256: "a3b1c0f5f7e0b8f0f4a6a1f7d8b7c2a3e4d5f60718293a4b5c6d7e8f90123456"
                    .to_owned(),
            },
            InputFile {
                path: "access.log".to_owned(),
                sha256: "b4c2d1f5f7e0b8f0f4a6a1f7d8b7c2a3e4d5f60718293a4b5c6d7e8f90123456"
                    .to_owned(),
            },
        ],
        simulated_requests: 48_211_003,
        exact: false,
    }
}

//! What is read from good files.

use std::path::{Path, PathBuf};

use model::{
    App, CallKind, Distribution, DoorChoice, Engine, Fact, Growth, Kind, Load, Need, OriginKind,
    Shape,
};
use source::{Finding, Severity, SourceMap};
use units::{Bytes, Duration, Millicores};

use super::*;

/// Reads one native file.
pub(super) fn read(text: &str) -> (SourceMap, App, Vec<Finding>) {
    let mut sources = SourceMap::default();
    let (file, mut findings) = sources.read("shop/crossover.yaml", text.as_bytes());
    let (app, more) = Native.read(&Project::new(&sources, ""), &[file]);
    findings.extend(more);
    (sources, app, findings)
}

/// `IN014 3: message · hint` for each finding.
pub(super) fn said(sources: &SourceMap, findings: &[Finding]) -> Vec<String> {
    let line = |f: &Finding| f.labels.first().map_or(0, |l| sources.line_column(l.span).0);
    findings.iter().map(|f| format!("{} {}: {}", f.id, line(f), f.message)).collect()
}

/// Reads a file that must be without findings.
fn clean(text: &str) -> App {
    let (sources, app, findings) = read(text);
    assert_eq!(said(&sources, &findings), [""; 0]);
    app
}

/// Reads `api` with these keys beside its kind and its work.
fn api(keys: &str) -> model::Component {
    let app = clean(&format!("components:\n  api: {{ kind: http, cpu: 1 ms, {keys} }}\n"));
    app.component("api").expect("it is there").clone()
}

const DESIGN: &str = "\
# yaml-language-server: $schema=./crossover.schema.json
name: shop
region: aws/us-east-1
components:
  api:   { kind: http, runtime: nodejs24, memory: 512 MB, duration: 300 ms, load: 3M/month, slo: { p99: 800 ms } }
  thumb: { kind: worker, runtime: python3.13, memory: 1 GB, cpu: 900 ms, load: { trace: uploads.csv } }
  chat:  { kind: http, needs: [websockets], memory: 256 MB, duration: 20 ms, load: { rate: 40/s, shape: day-night } }
  db:    { kind: stateful, engine: postgres, memory: 4 GB, storage: 50 GB }
";

#[test]
fn a_useful_file_has_fifteen_lines_or_fewer() {
    assert!(DESIGN.lines().count() <= 15);
    let app = clean(DESIGN);
    assert_eq!((app.name.as_str(), app.region_name()), ("shop", "us-east-1"));
    let ids: Vec<_> = app.components.iter().map(|c| (c.id.as_str(), c.kind)).collect();
    let kinds = [
        ("api", Kind::Http),
        ("chat", Kind::Http),
        ("db", Kind::Stateful),
        ("thumb", Kind::Worker),
    ];
    assert_eq!(ids, kinds);
    let api = app.component("api").unwrap();
    assert_eq!(api.runtime.value().unwrap().0, "nodejs24.x");
    assert_eq!(api.memory.get(), Some(Bytes::from_mib(512)));
    assert!(
        matches!(&api.load, Load::Rate { rate, shapes } if shapes.is_empty() && rate.get().unwrap().events_per_month() == 3_000_000)
    );
    assert_eq!(api.slo.latency[0].1, Duration::from_millis(800));
    let thumb = app.component("thumb").unwrap();
    assert_eq!(thumb.demand.cpu.value(), Some(&Distribution::Constant(Duration::from_millis(900))));
    assert_eq!(thumb.demand.wait.value(), Some(&Distribution::Constant(Duration::ZERO)));
    assert!(!thumb.demand.wait.is_known() && thumb.demand.duration.is_none());
    assert!(matches!(&thumb.load, Load::Trace { path, .. } if path == "uploads.csv"));
    assert!(app.component("chat").unwrap().needs.has(Need::WebSockets));
    assert!(!app.component("chat").unwrap().connection.as_ref().unwrap().is_known());
    let db = app.component("db").unwrap();
    assert_eq!(db.engine.as_ref().and_then(Fact::get), Some(Engine::Postgres));
    assert_eq!(db.storage.as_ref().and_then(Fact::get), Some(Bytes::from_gib(50)));
}

#[test]
fn every_value_tells_where_it_comes_from() {
    let (sources, app, _) = read(DESIGN);
    let api = app.component("api").unwrap();
    let origin = api.memory.origin().unwrap();
    assert_eq!(origin.kind, OriginKind::Declared);
    assert_eq!(sources.text(origin.span.unwrap()), "512 MB");
    assert_eq!(sources.place(origin.span.unwrap()), "shop/crossover.yaml:5");
    assert_eq!(sources.text(api.span.unwrap()), "api");
    let duration = api.demand.duration.as_ref().unwrap();
    assert_eq!(sources.text(duration.origin().unwrap().span.unwrap()), "300 ms");
    for fact in [&app.free_tier, &app.spot, &api.public] {
        let origin = fact.origin().unwrap();
        assert_eq!(origin.kind, OriginKind::Assumed);
        assert!(origin.note.contains("write `"), "{}", origin.note);
    }
}

#[test]
fn a_whole_duration_is_split_at_the_declared_memory() {
    let api = api("memory: 512 MB, duration: 300 ms").demand;
    assert!(api.duration.is_none(), "cpu is declared, so nothing is split");
    let app = clean("components: { a: { kind: http, memory: 512 MB, duration: 300 ms } }");
    let demand = &app.components[0].demand;
    let cpu = demand.cpu.value().unwrap().mean().millis_f64();
    assert!((cpu - 150.0 * 512.0 / 1769.0).abs() < 1e-3, "{cpu}");
    assert_eq!(demand.wait.value().unwrap().mean(), Duration::from_millis(150));
    assert!(demand.duration.as_ref().unwrap().is_known());
}

#[test]
fn a_file_with_every_key_reaches_every_field() {
    let app = clean(EVERY_KEY);
    assert_eq!(app.availability.zones.get(), Some(2));
    assert_eq!(app.team.as_ref().unwrap().hourly.cents(), 9000);
    let cluster = app.existing_cluster.as_ref().unwrap();
    assert_eq!(cluster.spare_cpu.get(), Some(Millicores::new(2000)));
    assert_eq!(cluster.spare_memory.get(), Some(Bytes::from_gib(8)));
    assert_eq!(app.network.get(), Some(model::Network::Private));
    assert_eq!((app.free_tier.get(), app.spot.get()), (Some(true), Some(true)));
    let a = &app.assume;
    let none = [
        &a.no_front_door,
        &a.no_load_balancer,
        &a.no_disks,
        &a.no_public_ipv4,
        &a.no_logs,
        &a.no_egress,
        &a.no_node_overhead,
    ];
    assert!(none.iter().all(|span| span.is_some()));
    assert_eq!(a.node.as_ref().unwrap().0, "t3a.small");
    assert_eq!(a.nodes.unwrap().0, 2);
    assert_eq!(a.architecture.unwrap().0, model::Architecture::X86);

    assert_eq!(app.quotas.lambda_concurrency.unwrap().0, 3000);
    let mail = app.component("mail").unwrap().events.clone().unwrap();
    assert_eq!((mail.batch, mail.concurrency, mail.receives_max), (Some(5), Some(50), Some(4)));
    assert_eq!((mail.groups, mail.partial), (Some(20), true));
    assert_eq!(mail.visibility, Some(Duration::from_secs(180)));
    assert_eq!(mail.failures, Some(units::Share::new(0.01)));
    let clicks = app.component("clicks").unwrap();
    assert_eq!(clicks.reserved.unwrap().0, 200);
    let clicks = clicks.events.clone().unwrap();
    assert_eq!((clicks.shards, clicks.parallelization), (Some(4), Some(2)));
    assert_eq!(clicks.window, Some(Duration::from_secs(5)));

    let steps = app.component("approval").unwrap().steps.clone().unwrap();
    assert_eq!((steps.count, steps.elsewhere, steps.pauses()), (5, 1, 2));
    assert_eq!(steps.inside.get(), Some(Duration::from_millis(300)));
    assert_eq!(steps.machine, Some(model::Machine::Express));
    assert_eq!(steps.state.get(), Some(Bytes::from_kib(8)));
    assert_eq!(steps.kept.as_ref().and_then(Fact::get), Some(Duration::DAY * 30));

    let api = app.component("api").unwrap();
    assert_eq!(api.architectures.value().unwrap().len(), 2);
    assert!(api.architectures.is_known());
    assert_eq!(api.artifact.package.get(), Some(model::Package::Image));
    assert_eq!(api.artifact.size.get(), Some(Bytes::from_mib(180)));
    assert_eq!(api.start.init.get(), Some(Duration::from_millis(1200)));
    assert_eq!(api.concurrency.get(), Some(40));
    assert_eq!(api.cpu_request.as_ref().and_then(Fact::get), Some(Millicores::new(250)));
    assert_eq!(api.scratch.as_ref().and_then(Fact::get), Some(Bytes::from_gib(2)));
    assert_eq!(api.run_time_max.as_ref().and_then(Fact::get), Some(Duration::from_secs(2400)));
    assert_eq!(api.request_bytes.get(), Some(Bytes::from_kib(10)));
    assert_eq!(api.response_bytes.get(), Some(Bytes::from_kib(4)));
    assert_eq!(api.log_bytes.get(), Some(Bytes::new(500)));
    assert_eq!(api.paths, ["/api", "/v2"]);
    assert_eq!(api.public.get(), Some(false));
    assert_eq!(api.front_door.unwrap().0, DoorChoice::FunctionUrl);
    let limits: Vec<_> = api
        .slo
        .latency
        .iter()
        .map(|(share, limit, _)| (share.get(), limit.millis_ceil()))
        .collect();
    assert_eq!(limits, [(0.5, 100), (0.95, 400), (0.99, 800), (0.999, 2000), (0.9999, 5000)]);
    assert_eq!(api.slo.errors, Some(units::Share::new(0.001)));
    assert_eq!(api.connection.as_ref().and_then(Fact::get), Some(Duration::HOUR * 3));
    further_containers(api);
    assert_eq!(
        api.allow.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(),
        ["aws/lambda", "kubernetes"]
    );
    assert_eq!(api.demand.wait.value().unwrap().p99().millis_ceil(), 400);

    let edges: Vec<_> =
        app.edges.iter().map(|e| (e.to.as_str(), e.calls_per_request, e.kind)).collect();
    assert_eq!(
        edges,
        [
            ("db", 3.0, CallKind::Sync),
            ("job", 1.0, CallKind::Async),
            ("other", 0.1, CallKind::Async)
        ]
    );
    assert_eq!(app.edges[0].bytes.get(), Some(Bytes::from_kib(2)));
    assert!(
        matches!(&app.component("job").unwrap().load, Load::Cron { expression, requests: 5, .. } if expression == "0 2 * * *")
    );
    assert!(matches!(app.component("other").unwrap().load, Load::Trace { .. }));
}

/// Every key of the table, which a test checks.
fn further_containers(api: &model::Component) {
    use model::{Check, Content, Held, Place, Role, Setting};
    let [scratch, cache, web, keys, token] = api.mounts.as_slice() else {
        panic!("{:?}", api.mounts)
    };
    assert_eq!((scratch.held, scratch.path.as_str()), (Held::Scratch, "/files"));
    assert_eq!((cache.in_memory, cache.size_max), (true, Some(Bytes::from_mib(64))));
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(web.keys, [pair("a", "a"), pair("b", "sub/b.txt")]);
    assert_eq!((web.mode, web.optional, web.read_only), (Some(0o440), true, true));
    assert_eq!(web.content, Some(Content::Files(vec![pair("a", "conf/a")])));
    assert_eq!((keys.held, keys.mode, keys.optional), (Held::Secret, Some(0o400), false));
    assert_eq!(keys.content, Some(Content::Declared("k8s/web.yaml:12".to_owned())));
    assert_eq!(token.part.as_deref(), Some("token"));
    assert_eq!(token.content, Some(Content::Variable("API_TOKEN".to_owned())));
    let [proxy, migrate] = api.containers.as_slice() else { panic!("{:?}", api.containers) };
    assert_eq!((proxy.name.as_str(), proxy.role), ("proxy", Role::NativeSidecar));
    assert_eq!(proxy.image.as_deref(), Some("envoyproxy/envoy:v1.34"));
    assert_eq!((proxy.command.len(), proxy.args.len()), (1, 2));
    let set = |name: &str| {
        let found = proxy.environment.iter().find(|variable| variable.name == name);
        found.map(|variable| variable.value.clone())
    };
    assert_eq!(set("MODE"), Some(Setting::Plain("live".to_owned())));
    // What looks like a secret is none of ours to keep.
    assert_eq!((set("PASSWORD"), set("KEY")), (Some(Setting::Secret(None)), set("PASSWORD")));
    assert_eq!(set("TOKEN"), Some(Setting::Secret(Some(Place::key("credentials", "token")))));
    assert_eq!(set("HOST"), Some(Setting::From(Place::key("settings", "host"))));
    assert_eq!(set("NODE"), Some(Setting::From(Place::whole("spec.nodeName"))));
    let http = &proxy.ports[0];
    assert_eq!((http.number, http.name.as_deref(), http.published), (8443, Some("http"), true));
    assert_eq!(http.reached_at, [443, 8443]);
    assert_eq!(proxy.ports[1].protocol, model::Protocol::Udp);
    let file = &proxy.mounts[1];
    assert_eq!((file.held, file.part.as_deref()), (Held::ConfigMap, Some("envoy.yaml")));
    assert_eq!((proxy.mounts[0].read_only, file.read_only), (false, true));
    assert_eq!(proxy.size(), (Millicores::new(50), Bytes::from_mib(64)));
    let ready = proxy.ready.as_ref().unwrap();
    assert_eq!(ready.check, Check::Http("/ready".to_owned(), Some(8443)));
    assert_eq!((ready.period, ready.failures), (Duration::from_secs(20), 5));
    assert_eq!(proxy.alive.as_ref().unwrap().check, Check::Tcp(Some(8443)));
    assert!(
        matches!(&proxy.started.as_ref().unwrap().check, Check::Command(all) if all.len() == 2)
    );
    assert_eq!((migrate.role, migrate.privileged), (Role::Init, true));
    assert_eq!(migrate.time.get(), Some(Duration::from_secs(8)));
    assert_eq!(api.time_before(), Duration::from_secs(8));
}

pub(super) const EVERY_KEY: &str = r#"
version: 1
name: every
region: aws/eu-west-1
regions: [aws/eu-west-1, gcp/*]
availability: { zones: 2 }
team: { kubernetes: some, hourly: $90 }
existing_cluster: { spare_cpu: 2 vCPU, spare_memory: 8 GB }
network: private
free_tier: true
spot: true
quotas: { lambda_concurrency: 3000 }
discounts:
  aws/ec2: 12.5%
  aws/elasticache: 20%
  aws/fargate: 20%
  aws/lambda: 20%
  aws/rds: 20%
  azure/container-apps: 20%
  azure/virtual-machines: 20%
  gcp/cloud-run: 20%
  gcp/cloud-sql: 20%
  gcp/compute-engine: 20%
  gcp/gke-autopilot: 20%
assume:
  front_door: none
  load_balancer: none
  disks: none
  public_ipv4: none
  logs: none
  egress: none
  node_overhead: none
  node: t3a.small
  nodes: 2
  architecture: x86
x-anchors: &shared { memory: 512 MB }
components:
  api:
    <<: *shared
    kind: http
    runtime: nodejs24
    arch: [x86, arm]
    package: image
    size: 180 MB
    cpu: 40 ms
    wait: { p50: 60 ms, p99: 400 ms }
    init: 1.2 s
    concurrency: 40
    cpu_request: 250m
    scratch: 2 GB
    run_time_max: 40 min
    request_bytes: 10 KB
    response_bytes: 4 KB
    log_bytes: 500 B
    paths: [/v2, /api]
    public: false
    front_door: function-url
    slo: { p50: 100 ms, p95: 400 ms, p99: 800 ms, p99.9: 2 s, p99.99: 5 s, errors: 0.1% }
    load:
      rate: 40/s
      shape:
        - { day-night: 1.8x, peak_hour: 20 }
        - { weekly: 60% }
        - { spike: 10x, for: 1 h, every: day }
        - { event: 2026-11-27, factor: 8x, for: 1 day }
        - { growth: 2% to 5%/month, months: 24 }
    needs: [websockets, private-network]
    connection: 3 h
    message_every: 20 s
    calls: [{ to: db, times: 3, bytes: 2 KB, async: false }, job, { to: other, times: 0.1, async: true }]
    mounts:
      - scratch files at /files
      - { mount: scratch cache at /cache, in_memory: true, size: 64 MB }
      - { mount: config-map web at /etc/web read-only, keys: [a, b=sub/b.txt], mode: 0440, optional: true, files: [a=conf/a] }
      - { mount: secret web at /etc/web read-only, mode: 400, declared: "k8s/web.yaml:12" }
      - { mount: secret token/token at /run/token read-only, variable: API_TOKEN }
    containers:
      - name: proxy
        role: native-sidecar
        image: envoyproxy/envoy:v1.34
        command: [envoy]
        args: [-c, /etc/envoy/envoy.yaml]
        env: [MODE=live, PASSWORD=hunter2]
        secrets: [KEY, TOKEN=credentials/token]
        from: [HOST=settings/host, NODE=spec.nodeName]
        ports: ["http=8443 as 443,8443 public", 53/udp]
        mounts: [scratch files at /shared, config-map envoy/envoy.yaml at /etc/envoy/envoy.yaml read-only]
        cpu: 50m
        memory: 64 MB
        ready: { http: /ready, port: 8443, delay: 5 s, every: 20 s, timeout: 2 s, failures: 5 }
        alive: { port: 8443 }
        started: { command: [envoy, --check] }
      - { name: migrate, role: init, image: api, time: 8 s, privileged: true }
    allow: [kubernetes, aws/lambda]
  job: { kind: cron, duration: 4 min, load: { cron: "0 2 * * *", requests: 5 } }
  mail: { kind: worker, cpu: 1 ms, load: 2/s, events: { batch: 5, max_concurrency: 50, visibility: 3 min, max_receives: 4, failures: 1%, partial: true, notices: true, groups: 20 } }
  clicks: { kind: stream, cpu: 1 ms, load: 9/s, reserved: 200, events: { window: 5 s, shards: 4, parallelization: 2 } }
  page: { kind: http, cpu: 1 ms, load: { rate: 3M/month, growth: 3% to 8%/month } }
  other: { kind: http, cpu: 1 ms, load: { trace: other.csv } }
  approval: { kind: worker, cpu: 1 s, wait: 6 h, load: 10k/month, steps: { count: 5, elsewhere: 1, pauses: 2, inside: 300 ms, state: 8 KB, kept: 30 days, machine: express } }
  db: { kind: stateful, engine: postgres, storage: 50 GB }
"#;

#[test]
fn a_number_of_steps_is_enough_and_what_cannot_be_is_said() {
    let of =
        |rest: &str| format!("components: {{ a: {{ cpu: 1 s, wait: 1 h, load: 1/s, {rest} }} }}");
    let app = clean(&of("kind: worker, steps: 4"));
    let steps = app.components[0].steps.clone().unwrap();
    assert_eq!((steps.count, steps.pauses(), steps.elsewhere), (4, 3, 0));
    assert!(!steps.pauses.is_known() && !steps.inside.is_known() && steps.kept.is_none());
    for (rest, expected) in [
        ("kind: worker, steps: { count: 4, puases: 1 }", "did you mean `pauses`"),
        ("kind: worker, steps: { pauses: 1 }", "count"),
        ("kind: worker, steps: 0", "write 1 to 25000"),
        ("kind: worker, steps: { count: 2, elsewhere: 3 }", "3 of 2 steps"),
        ("kind: worker, steps: { count: 2, kept: 366 days }", "90"),
        ("kind: http, steps: 4", "work that nobody waits for"),
    ] {
        let (_, _, findings) = read(&of(rest));
        let said: Vec<String> =
            findings.iter().map(|f| format!("{} {:?}", f.message, f.hint)).collect();
        let said = said.join("\n");
        assert!(said.contains(expected), "{rest}: {said}");
    }
}

#[test]
fn growth_stands_beside_the_rate_or_among_the_shapes() {
    let of = |load: &str| api(&format!("load: {load}")).load;
    let beside = of("{ rate: 1/s, growth: 3% to 8%/month }");
    let among = of("{ rate: 1/s, shape: { growth: 3% to 8%/month, months: 12 } }");
    let shapes = |load: &Load| match load {
        Load::Rate { shapes, .. } => shapes.clone(),
        _ => Vec::new(),
    };
    assert_eq!(shapes(&beside), shapes(&among));
    assert_eq!(shapes(&beside).len(), 1);
    for (load, said) in [
        (
            "{ rate: 1/s, growth: 3%/month, shape: { growth: 5%/month, months: 6 } }",
            "the shape says how it grows",
        ),
        ("{ trace: a.csv, growth: 3%/month }", "goes with `rate` only"),
        ("{ rate: 1/s, growth: 8% to 3%/month }", "ends below where it begins"),
    ] {
        let text = format!("components: {{ a: {{ kind: http, cpu: 1 ms, load: {load} }} }}");
        let (_, _, findings) = read(&text);
        assert!(findings.iter().any(|f| f.message.contains(said)), "{load}: {findings:?}");
    }
}

#[test]
fn shapes_are_written_as_people_say_them() {
    for (text, expected) in [
        ("flat", vec![]),
        ("day-night", vec![Shape::DayNight { peak_to_mean: 1.6, peak_hour: 14 }]),
        ("weekly", vec![Shape::Weekly { weekend: units::Share::new(0.6) }]),
        (
            "[day-night, weekly]",
            vec![
                Shape::DayNight { peak_to_mean: 1.6, peak_hour: 14 },
                Shape::Weekly { weekend: units::Share::new(0.6) },
            ],
        ),
        (
            "{ day-night: 1.9, peak_hour: \"9:00\" }",
            vec![Shape::DayNight { peak_to_mean: 1.9, peak_hour: 9 }],
        ),
        (
            "{ spike: 10x, for: 20 min, every: 6 h }",
            vec![Shape::Spike {
                factor: 10.0,
                length: Duration::from_secs(1200),
                every: Duration::HOUR * 6,
            }],
        ),
        (
            "{ growth: 5 % a month, months: 12 }",
            vec![Shape::Growth { per_month: Growth::known(0.05), months: 12 }],
        ),
        (
            "{ growth: 3% to 8%/month, months: 24 }",
            vec![Shape::Growth { per_month: Growth { low: 0.03, high: 0.08 }, months: 24 }],
        ),
    ] {
        let api = api(&format!("load: {{ rate: 1/s, shape: {text} }}"));
        assert!(
            matches!(&api.load, Load::Rate { shapes, .. } if *shapes == expected),
            "{text}: {:?}",
            api.load
        );
    }
}

#[test]
fn a_component_without_load_takes_it_from_the_log_or_from_its_callers() {
    let app = clean(
        "components:\n  web: { kind: http, cpu: 1 ms, load: 1/s, calls: [back, mail] }\n  back: { kind: http, cpu: 1 ms }\n  \
         mail: { kind: worker, cpu: 1 ms }\n  site: { kind: http, cpu: 1 ms, paths: /blog }\n  rest: { kind: http, cpu: 1 ms, load: routed }\n  \
         lost: { kind: http, cpu: 1 ms }\n",
    );
    let load = |id: &str| app.component(id).unwrap().load.clone();
    assert_eq!((load("back"), load("mail")), (Load::Derived, Load::Derived));
    assert_eq!(
        (load("site"), load("rest"), load("lost")),
        (Load::Routed, Load::Routed, Load::Unknown)
    );
    assert_eq!(app.component("back").unwrap().public.get(), Some(false), "only `web` calls it");
    assert_eq!(app.component("web").unwrap().public.get(), Some(true));
    let kinds: Vec<_> = app.edges.iter().map(|e| (e.to.as_str(), e.kind)).collect();
    assert_eq!(
        kinds,
        [("back", CallKind::Sync), ("mail", CallKind::Async)],
        "nobody waits for a worker"
    );
}

#[test]
fn encodings_and_line_ends_change_nothing() {
    let plain = format!(
        "{:?}",
        clean(DESIGN).components.iter().map(|c| (&c.id, c.memory.get())).collect::<Vec<_>>()
    );
    let mut utf16 = vec![0xFF, 0xFE];
    utf16.extend(DESIGN.encode_utf16().flat_map(u16::to_le_bytes));
    for bytes in
        [DESIGN.replace('\n', "\r\n").into_bytes(), format!("\u{FEFF}{DESIGN}").into_bytes(), utf16]
    {
        let mut sources = SourceMap::default();
        let (file, _) = sources.read("crossover.yaml", &bytes);
        let (app, findings) = Native.read(&Project::new(&sources, ""), &[file]);
        assert_eq!(said(&sources, &findings), [""; 0]);
        assert_eq!(
            format!(
                "{:?}",
                app.components.iter().map(|c| (&c.id, c.memory.get())).collect::<Vec<_>>()
            ),
            plain
        );
    }
}

/// The same value without its places, which move when lines do.
fn placeless(app: &App) -> String {
    let text = format!("{app:?}");
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find("Span {") {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        rest = after.split_once('}').map_or("", |(_, rest)| rest);
        rest = rest.strip_prefix('}').unwrap_or(rest);
    }
    out + rest
}

#[test]
fn the_order_of_components_and_keys_means_nothing() {
    let lines: Vec<&str> = DESIGN.lines().collect();
    let (head, components) = lines.split_at(4);
    let first = placeless(&clean(DESIGN));
    for rotation in 0..components.len() {
        let mut turned = components.to_vec();
        turned.rotate_left(rotation);
        let text = [head, &turned].concat().join("\n");
        assert_eq!(placeless(&clean(&text)), first);
    }
    let a = "components: { a: { kind: http, cpu: 1 ms, needs: [grpc, gpu], allow: [b, a], paths: [/b, /a], slo: { p99: 2 s, p50: 1 s } } }";
    let b = "components: { a: { slo: { p50: 1 s, p99: 2 s }, paths: [/a, /b], allow: [a, b], needs: [gpu, grpc], cpu: 1 ms, kind: http } }";
    assert_eq!(placeless(&clean(a)), placeless(&clean(b)));
}

#[test]
fn one_bad_component_does_not_take_the_others_with_it() {
    let (_, app, findings) = read(
        "components:\n  a: { kind: banana, calls: [b] }\n  b: { kind: http, cpu: 1 ms, memory: lots, load: 2/s }\n  \
         c: 7\n  d: { kind: http, cpu: 2 ms, load: 1/s, calls: [a, b] }\n",
    );
    assert_eq!(
        findings.iter().filter(|f| f.severity == Severity::Error).count(),
        3,
        "{findings:?}"
    );
    assert_eq!(app.components.iter().map(|c| c.id.as_str()).collect::<Vec<_>>(), ["b", "d"]);
    assert_eq!(
        app.component("b").unwrap().memory.get(),
        Some(Bytes::from_mib(512)),
        "the default stands in"
    );
    assert_eq!(app.edges.len(), 1, "a call to a broken component is not reported a second time");
}

/// Every `crossover.yaml` of the scenarios.
pub(super) fn scenarios() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let mut files: Vec<_> = root
        .read_dir()
        .expect("the folder of scenarios")
        .map(|entry| entry.expect("an entry").path().join("crossover.yaml"))
        .filter(|path| path.is_file())
        .map(|path| (path.clone(), read_text(&path)))
        .collect();
    files.sort();
    assert!(files.len() >= 5, "too few scenarios: {}", files.len());
    files
}

#[expect(clippy::disallowed_methods, reason = "tests read files of this repository")]
fn read_text(path: &Path) -> String {
    std::fs::read_to_string(path).expect("a readable file")
}

#[test]
fn scenarios_are_read_without_errors() {
    for (path, text) in scenarios() {
        let (sources, _, findings) = read(&text);
        let errors: Vec<_> =
            findings.into_iter().filter(|f| f.severity == Severity::Error).collect();
        assert_eq!(said(&sources, &errors), [""; 0], "{}", path.display());
    }
}

#[test]
fn the_template_is_clean_whatever_the_name() {
    for (name, expected) in [
        ("shop", "shop"),
        ("my-app_2", "my-app_2"),
        ("a: b", "app"),
        ("null", "app"),
        ("", "app"),
        ("#x\n", "app"),
    ] {
        let app = clean(&template(name));
        assert_eq!(app.name, expected);
        assert_eq!(app.components.len(), 5);
    }
}

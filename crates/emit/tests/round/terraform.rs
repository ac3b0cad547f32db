//! Terraform's files, read again: what an application deploys from survives, whatever platform it goes to.

use std::collections::BTreeSet;

use emit::{Emitted, EmittedFile, Plan};
use model::{
    App, Architecture, Beside, Billing, Check, Component, Configuration, Engine, Fact, FrontDoor,
    FunctionSettings, InstanceSettings, Kind, Load, MachinePool, ManagedSettings, Placement,
    PlatformId, ServerSettings, Setting, Settings, Spill, TaskSettings,
};
use serde_json::Value;
use source::SourceMap;
use units::Bytes;

use crate::{again, corpora, keep, placed, read, written};

pub(crate) const COMPOSE: &str = include_str!("compose.yaml");
/// Platforms with the provider whose stores go with them.
pub(crate) const PLATFORMS: [(&str, &str); 8] = [
    ("aws/fargate", "aws/managed"),
    ("aws/lambda", "aws/managed"),
    ("gcp/cloud-run", "gcp/managed"),
    ("azure/container-apps", "azure/managed"),
    ("servers/ec2", "aws/managed"),
    ("servers/gce", "gcp/managed"),
    ("servers/hetzner", "servers/hetzner"),
    ("servers/azure-vm", "azure/managed"),
];

/// Every component that runs code on one platform, stores at its provider.
pub(crate) fn on(app: &App, platform: &'static str, stores: &'static str) -> Vec<Placement> {
    let mut placements = placed::on_kubernetes(app);
    for ((placement, component), number) in placements.iter_mut().zip(&app.components).zip(1..) {
        let provider = stores.split('/').next().unwrap();
        placement.region = format!("{provider}/somewhere-1");
        placement.copies_most = Some(3);
        if stores == "servers/hetzner" {
            // Nothing is managed there: a store has a server and a disk of its own.
            placement.region = String::from("hetzner/eu");
            placement.platform = PlatformId(platform);
            let stateful = component.kind == Kind::Stateful;
            let pool = if stateful { number } else { 0 };
            let copies = if stateful { 1 } else { 2 };
            let instance = "cx22".to_owned();
            placement.machines = Some(MachinePool { instance, min: copies, max: copies, pool });
            let public = component.public.get() == Some(true);
            let door = match component.kind {
                Kind::Cron => FrontDoor::Schedule,
                Kind::Http | Kind::Static if public => FrontDoor::Dns,
                _ => FrontDoor::None,
            };
            let mut settings = server(component, copies, door);
            settings.volume = Bytes::from_gib(if stateful { 30 } else { 0 });
            placement.configured = Settings::Server(settings);
            continue;
        }
        if component.kind == Kind::Stateful {
            placement.platform = PlatformId(stores);
            placement.configured = Settings::Managed(ManagedSettings {
                engine: component.engine.as_ref().and_then(Fact::get).unwrap_or(Engine::Other),
                size: "B2s".to_owned(),
                storage: Bytes::from_gib(30),
                zones: 2,
            });
            continue;
        }
        placement.platform = PlatformId(platform);
        placement.configured = configured(component, platform);
        if platform.starts_with("servers/") {
            placement.machines = Some(servers());
        }
    }
    placements
}

/// Two servers that everything shares.
fn servers() -> MachinePool {
    MachinePool { instance: "m7i.large".to_owned(), min: 2, max: 2, pool: 0 }
}

/// A component on servers, so many copies of it.
fn server(component: &Component, copies: u32, front_door: FrontDoor) -> ServerSettings {
    ServerSettings {
        cpu: placed::cpu(component),
        memory: placed::memory(component),
        architecture: Architecture::X86,
        front_door,
        copies,
        min: copies,
        volume: Bytes::ZERO,
        spill: None,
    }
}

pub(crate) fn configured(component: &Component, platform: &str) -> Settings {
    let public = component.public.get() == Some(true);
    let (cpu, memory) = (placed::cpu(component), placed::memory(component));
    let architecture = Architecture::X86;
    let door = |open, queue| match component.kind {
        Kind::Cron => FrontDoor::Schedule,
        Kind::Worker => queue,
        Kind::Http | Kind::Static if public => open,
        _ => FrontDoor::None,
    };
    match platform {
        "aws/lambda" => Settings::Function(FunctionSettings {
            memory,
            architecture,
            front_door: door(FrontDoor::HttpApi, FrontDoor::Queue),
            provisioned: 2,
            warm_hours: None,
            snap_start: false,
            scratch: Bytes::from_mib(1024),
            workflow: None,
        }),
        "aws/fargate" => Settings::Task(TaskSettings {
            cpu,
            memory,
            architecture,
            front_door: door(FrontDoor::Alb, FrontDoor::Queue),
            min: 2,
            warm_hours: None,
            target_percent: 61,
            spot: true,
            scratch: Bytes::from_gib(30),
        }),
        "servers/gce" => {
            Settings::Server(server(component, 2, door(FrontDoor::Balancer, FrontDoor::PubSub)))
        }
        "servers/azure-vm" => Settings::Server(server(
            component,
            2,
            door(FrontDoor::Balancer, FrontDoor::StorageQueue),
        )),
        "servers/ec2" => {
            Settings::Server(server(component, 2, door(FrontDoor::Alb, FrontDoor::Queue)))
        }
        _ => Settings::Instance(InstanceSettings {
            cpu,
            memory,
            architecture,
            concurrency: 17,
            min: 1,
            warm_hours: None,
            rate_each: Some(9),
            billing: Billing::Requests,
            front_door: door(FrontDoor::None, FrontDoor::PubSub),
        }),
    }
}

/// Writes it, and sees that it is what Terraform can read.
pub(crate) fn emitted(app: &App, placements: &[Placement], sources: &SourceMap) -> Emitted {
    let target = emit::by_name("terraform");
    let emitted =
        emit::emit(&Plan::of_placements(app, placements, sources, "a test".to_owned(), target));
    let faults = faults(&emitted.files);
    assert!(faults.is_empty(), "{}: {}", app.name, faults.join("\n"));
    emitted
}

/// What is no JSON, or has a key twice.
pub(crate) fn faults(files: &[EmittedFile]) -> Vec<String> {
    let mut faults = Vec::new();
    for file in files.iter().filter(|file| file.path != "README.md" && file.path.contains(".tf.")) {
        if let Err(error) = serde_json::from_str::<Value>(&file.text) {
            faults.push(format!("{}: {error}", file.path));
        }
        let mut sources = SourceMap::default();
        let id = sources.add(file.path.as_str(), file.text.as_str());
        // A reader of JSON takes the last of two keys; this one says so.
        let (_, findings) = source::yaml::parse(&sources, id);
        faults.extend(findings.iter().map(|finding| format!("{}: {}", file.path, finding.message)));
    }
    faults
}

/// All files as one, as Terraform takes them.
pub(crate) fn json(emitted: &Emitted) -> Value {
    let mut root = Value::Null;
    for file in emitted.files.iter().filter(|file| file.path.contains(".tf.")) {
        merge(&mut root, serde_json::from_str(&file.text).unwrap());
    }
    root
}

fn merge(into: &mut Value, more: Value) {
    match (into, more) {
        (Value::Object(into), Value::Object(more)) => {
            for (key, value) in more {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, more) => *into = more,
    }
}

/// What a part deploys from, a line each, in the words of no platform.
fn facts(root: &Value, part: &str, platform: &str) -> BTreeSet<String> {
    if platform.starts_with("servers/") {
        return facts_of_servers(root, part);
    }
    let own = part.replace('-', "_");
    let resource = |kind: &str| &root["resource"][kind][&own];
    let mut facts = BTreeSet::new();
    let mut say = |what: String| {
        facts.insert(what);
    };
    let words = |node: &Value| -> Vec<String> {
        let items = node.as_array().cloned().unwrap_or_default();
        items.iter().map(|item| item.as_str().unwrap().to_owned()).collect()
    };
    let (container, clock, names) = match platform {
        "aws/fargate" => (
            &root["locals"][format!("{own}__containers")][0],
            &resource("aws_scheduler_schedule")["schedule_expression"],
            ["entryPoint", "command"],
        ),
        "aws/lambda" => (
            resource("aws_lambda_function"),
            &resource("aws_scheduler_schedule")["schedule_expression"],
            ["none", "none"],
        ),
        "gcp/cloud-run" => {
            let job = &resource("google_cloud_run_v2_job")["template"]["template"]["containers"][0];
            let service = &resource("google_cloud_run_v2_service")["template"]["containers"];
            (
                if job.is_null() { service } else { job },
                &resource("google_cloud_scheduler_job")["schedule"],
                ["command", "args"],
            )
        }
        _ => {
            let job = resource("azurerm_container_app_job");
            let app = if job.is_null() { resource("azurerm_container_app") } else { job };
            (
                &app["template"]["container"],
                &job["schedule_trigger_config"]["cron_expression"],
                ["command", "args"],
            )
        }
    };
    if let Some(image) = container["image"].as_str() {
        say(format!("image {image}"));
    }
    if platform != "aws/lambda" {
        say(format!("command {:?} {:?}", words(&container[names[0]]), words(&container[names[1]])));
    }
    if let Some(text) = clock.as_str() {
        say(format!("schedule {text}"));
    }
    for list in ["environment", "env", "secrets"] {
        for entry in container[list].as_array().cloned().unwrap_or_default() {
            let name = entry["name"].as_str().unwrap();
            match entry["value"].as_str() {
                Some(text) => say(format!("env {name}={text}")),
                None => say(format!("env {name} is secret")),
            }
        }
    }
    for (name, value) in container["environment"]["variables"].as_object().into_iter().flatten() {
        match value.as_str().unwrap() {
            secret if secret == format!("${{var.{own}__{}}}", name.to_lowercase()) => {
                say(format!("env {name} is secret"));
            }
            text => say(format!("env {name}={text}")),
        }
    }
    let ports = [&container["portMappings"], &container["ports"]];
    let ports = ports.iter().flat_map(|node| match node {
        Value::Array(items) => items.clone(),
        Value::Null => Vec::new(),
        one => vec![(*one).clone()],
    });
    for port in ports {
        let number = port.get("containerPort").or_else(|| port.get("container_port"));
        say(format!("port {}", number.unwrap()));
    }
    if let Some(port) = resource("azurerm_container_app")["ingress"]["target_port"].as_u64() {
        say(format!("port {port}"));
    }
    facts
}

/// The same of what servers run when they start.
fn facts_of_servers(root: &Value, part: &str) -> BTreeSet<String> {
    let own = part.replace('-', "_");
    let mut facts = BTreeSet::new();
    let script = file(root, &format!("/opt/parts/{part}")).unwrap();
    if let Some(image) = root["locals"][format!("{own}__image")].as_str() {
        facts.insert(format!("image {image}"));
    }
    let environment = &root["locals"][format!("{own}__environment")];
    for (name, value) in environment.as_object().into_iter().flatten() {
        if name != "//" {
            facts.insert(format!("env {name}={}", value.as_str().unwrap()));
        }
    }
    let words = |text: &str| -> Vec<String> {
        let mut words = Vec::new();
        let mut rest = text.split("'\\''").collect::<Vec<_>>().join("\u{1}");
        while let Some((_, after)) = rest.split_once('\'') {
            let (word, after) = after.split_once('\'').unwrap();
            words.push(word.replace('\u{1}', "'").replace("$${", "${").replace("%%{", "%{"));
            rest = after.to_owned();
        }
        words
    };
    let (before, after) = script.split_once(&format!("local.{own}__image")).unwrap();
    let (_, arguments) = after.split_once("}'").unwrap();
    let entry = before.split("--entrypoint ").nth(1).map(|text| text.lines().next().unwrap());
    let mut command: Vec<String> = entry.iter().flat_map(|text| words(text)).collect();
    command.extend(words(arguments));
    facts.insert(format!("words {command:?}"));
    for line in script.lines() {
        if let Some(name) = line.trim().strip_prefix("export ").filter(|name| !name.contains('=')) {
            let given = format!("{own}__{}", name.to_lowercase());
            let asked = script
                .lines()
                .any(|line| line.starts_with(&format!("{name}=\"$(")) && line.contains(&given));
            assert!(asked, "{script}");
            facts.insert(format!("env {name} is secret"));
        }
        if let Some((_, inside)) =
            line.split_once("--publish ").and_then(|(_, l)| l.split_once(':'))
        {
            facts.insert(format!("port {}", inside.split(['/', ' ']).next().unwrap()));
        }
    }
    if let Some(text) = file(root, &format!("/etc/cron.d/{part}")) {
        facts.insert(format!("schedule {}", text.split(" root ").next().unwrap()));
    }
    facts
}

/// A file that some server has when it starts.
pub(crate) fn file(root: &Value, path: &str) -> Option<String> {
    let locals = root["locals"].as_object()?;
    let files = locals.values().filter_map(|local| local["write_files"].as_array()).flatten();
    let mut found = files.filter(|file| file["path"] == path);
    found.next().map(|file| file["content"].as_str().unwrap().to_owned())
}

#[test]
fn planned_both_ways_an_application_deploys_from_the_same_image_environment_and_schedule() {
    let (app, sources) = read("compose.yaml", COMPOSE.as_bytes()).unwrap();
    let manifests = again(&written(&app, &sources));
    for (platform, stores) in PLATFORMS {
        let emitted = emitted(&app, &on(&app, platform, stores), &sources);
        let root = json(&emitted);
        let all: String = emitted.files.iter().map(|file| file.text.as_str()).collect();
        assert!(!all.contains("hunter2"), "{platform}");
        for component in app.components.iter().filter(|c| c.kind != Kind::Stateful) {
            let id = component.id.as_str();
            let facts = facts(&root, id, platform);
            let has = |what: &str| {
                assert!(facts.contains(what), "{platform} {id}: `{what}` is not in {facts:#?}");
            };
            let blueprint = component.blueprint.as_ref().unwrap();
            let there = manifests.components.iter().find(|c| c.id == id).unwrap();
            assert_eq!(there.blueprint.as_ref().unwrap().image, blueprint.image, "{id}");
            if platform == "aws/lambda" {
                let path = format!("terraform/images/{id}/Dockerfile");
                let file = emitted.files.iter().find(|file| file.path == path).unwrap();
                let from = format!("FROM {}\n", blueprint.image.as_ref().unwrap());
                assert!(file.text.contains(&from), "{}", file.text);
            } else {
                has(&format!("image {}", blueprint.image.as_ref().unwrap()));
                if platform.starts_with("servers/") {
                    let words = [blueprint.command.as_slice(), &blueprint.args].concat();
                    has(&format!("words {words:?}"));
                } else {
                    has(&format!("command {:?} {:?}", blueprint.command, blueprint.args));
                }
            }
            for variable in &blueprint.environment {
                match &variable.value {
                    Setting::Plain(text) => {
                        // What names another part is its address now.
                        let names = app.components.iter().any(|c| text.contains(&c.id));
                        if !names {
                            has(&format!("env {}={text}", variable.name));
                        }
                    }
                    _ => has(&format!("env {} is secret", variable.name)),
                }
            }
            if let (Load::Cron { expression, .. }, false) =
                (&component.load, platform.contains("aws"))
            {
                has(&format!("schedule {expression}"));
            }
        }
    }
}

#[test]
fn probes_ports_and_sizes_are_where_the_platform_asks_for_them() {
    let (mut app, sources) = read("compose.yaml", COMPOSE.as_bytes()).unwrap();
    let asked = app.component("shop").unwrap().blueprint.clone().unwrap();
    let Check::Command(words) = &asked.ready.as_ref().or(asked.alive.as_ref()).unwrap().check
    else {
        panic!("compose asks by commands");
    };
    let (platform, stores) = PLATFORMS[0];
    let command = json(&emitted(&app, &on(&app, platform, stores), &sources));
    let check = &command["locals"]["shop__containers"][0]["healthCheck"];
    assert_eq!(check["command"][1], words[0].as_str());
    assert_eq!((&check["interval"], &check["retries"]), (&15.into(), &5.into()));
    let shop = app.components.iter_mut().find(|c| c.id == "shop").unwrap();
    let blueprint = shop.blueprint.as_mut().unwrap();
    for probe in [&mut blueprint.ready, &mut blueprint.alive].into_iter().flatten() {
        probe.check = Check::Http("/health".to_owned(), None);
    }
    blueprint.ready = blueprint.ready.clone().or_else(|| blueprint.alive.clone());
    let root = |at: usize| {
        let (platform, stores) = PLATFORMS[at];
        json(&emitted(&app, &on(&app, platform, stores), &sources))
    };
    let ecs = root(0);
    let of = |kind: &str, name: &str| ecs["resource"][kind][name].clone();
    assert_eq!(of("aws_lb_target_group", "shop")["health_check"]["path"], "/health");
    assert_eq!(of("aws_lb_target_group", "shop")["health_check"]["interval"], 15);
    assert_eq!(ecs["locals"]["shop__containers"][0]["stopTimeout"], 45);
    assert_eq!(ecs["locals"]["shop__containers"][0]["portMappings"][0]["containerPort"], 8080);
    assert_eq!(ecs["locals"]["dns__containers"][0]["portMappings"][0]["protocol"], "udp");
    let task = of("aws_ecs_task_definition", "shop");
    assert_eq!((&task["cpu"], &task["memory"]), (&"256".into(), &"256".into()));
    assert_eq!(task["ephemeral_storage"]["size_in_gib"], 30);
    let target = of("aws_appautoscaling_target", "shop");
    assert_eq!((&target["min_capacity"], &target["max_capacity"]), (&2.into(), &6.into()));
    let policy = of("aws_appautoscaling_policy", "shop");
    let tracking = &policy["target_tracking_scaling_policy_configuration"];
    assert_eq!(tracking["target_value"], 61);
    let strategy = &of("aws_ecs_service", "shop")["capacity_provider_strategy"];
    assert_eq!(strategy["capacity_provider"], "FARGATE_SPOT");
    let clock = of("aws_scheduler_schedule", "cleanup");
    assert_eq!(clock["schedule_expression"], "cron(0 3 * * ? *)");
    let database = of("aws_db_instance", "orders_db");
    assert_eq!(database["engine_version"], "16");
    assert_eq!(database["db_name"], "orders");
    assert_eq!(database["multi_az"], true);
    // The names that the code calls are where the parts now are.
    let shop = &ecs["locals"]["shop__containers"][0]["environment"];
    let value = |name: &str| {
        let all = shop.as_array().unwrap();
        all.iter().find(|entry| entry["name"] == name).unwrap()["value"].clone()
    };
    assert_eq!(value("ORDERS_URL"), "http://orders.shop.internal:8080");
    let orders = &ecs["locals"]["orders__containers"][0]["environment"];
    assert!(orders.to_string().contains("${aws_db_instance.orders_db.address}"), "{orders}");
    // Lambda: the adapter's port and path.
    let lambda = root(1);
    let shop = &lambda["resource"]["aws_lambda_function"]["shop"];
    assert_eq!(shop["environment"]["variables"]["AWS_LWA_PORT"], "8080");
    assert_eq!(shop["environment"]["variables"]["AWS_LWA_READINESS_CHECK_PATH"], "/health");
    assert_eq!(shop["memory_size"], 256);
    let kept = &lambda["resource"]["aws_lambda_provisioned_concurrency_config"]["shop"];
    assert_eq!(kept["provisioned_concurrent_executions"], 2);
    // Cloud Run and Container Apps ask by themselves.
    let run = root(2);
    let shop = &run["resource"]["google_cloud_run_v2_service"]["shop"]["template"];
    assert_eq!(shop["containers"]["startup_probe"]["http_get"]["path"], "/health");
    assert_eq!(shop["max_instance_request_concurrency"], 17);
    assert_eq!(shop["scaling"]["min_instance_count"], 1);
    assert_eq!(shop["scaling"]["max_instance_count"], 6);
    let apps = root(3);
    let shop = &apps["resource"]["azurerm_container_app"]["shop"];
    assert_eq!(shop["template"]["container"]["readiness_probe"]["path"], "/health");
    assert_eq!(shop["template"]["http_scale_rule"]["concurrent_requests"], "9");
    assert_eq!(shop["template"]["termination_grace_period_seconds"], 45);
    assert_eq!(shop["ingress"]["target_port"], 8080);
}

#[test]
fn definitions_that_nobody_here_wrote_are_written_for_every_platform() {
    corpora(&["compose", "k8s", "kubernetes", "knative"], |path, bytes| {
        let Some((app, sources)) = read(path, bytes) else { return };
        for (platform, stores) in PLATFORMS {
            let emitted = emitted(&app, &on(&app, platform, stores), &sources);
            keep(&format!("terraform/{platform}/{path}"), &emitted);
        }
    });
}

/// Three servers of one pool: two parts on all of them, one on the first alone.
#[test]
fn servers_are_those_of_the_plan_and_each_runs_what_shares_it() {
    let (app, sources) = read("compose.yaml", COMPOSE.as_bytes()).unwrap();
    let mut placements = on(&app, "servers/ec2", "aws/managed");
    for placement in &mut placements {
        let component = app.component(&placement.component).unwrap();
        let Settings::Server(settings) = &mut placement.configured else { continue };
        let machines = placement.machines.as_mut().unwrap();
        (machines.min, machines.max, machines.pool) = match component.id.as_str() {
            "shop" | "orders" => (1, 3, 0),
            _ => (1, 1, 1),
        };
        settings.copies = if component.id == "shop" { 3 } else { 1 };
        settings.min = 1;
    }
    let root = json(&emitted(&app, &placements, &sources));
    let of = |kind: &str, name: &str| root["resource"][kind][name].clone();
    // `orders` is looked for by name, and stands on the first server; what `shop` alone has comes and goes.
    assert_eq!(of("aws_instance", "ec2__0")["count"], 1);
    assert_eq!(of("aws_instance", "ec2__0")["instance_type"], "m7i.large");
    let group = of("aws_autoscaling_group", "ec2__0_1");
    assert_eq!((&group["min_size"], &group["max_size"]), (&1.into(), &2.into()));
    assert_eq!(of("aws_launch_template", "ec2__0_1")["instance_type"], "m7i.large");
    let policy = of("aws_autoscaling_policy", "ec2__0_1");
    assert_eq!(policy["target_tracking_configuration"]["target_value"], 50);
    let start = |name: &str| root["locals"][name].to_string();
    assert!(start("ec2__0__start").contains("/opt/parts/orders"));
    assert!(start("ec2__0__start").contains("/opt/parts/shop"));
    assert!(!start("ec2__0_1__start").contains("/opt/parts/orders"));
    // Both want port 8080 of the first server: who comes second gets another one, and callers call that.
    let script = file(&root, "/opt/parts/shop").unwrap();
    assert!(script.contains("--publish 20000:8080"), "{script}");
    let environment = &root["locals"]["shop__environment"];
    assert_eq!(environment["ORDERS_URL"], "http://orders.shop.internal:8080");
    assert_eq!(of("aws_lb_target_group", "shop")["port"], 20_000);
    assert_eq!(of("aws_lb_target_group", "shop")["target_type"], "instance");
}

#[test]
fn a_split_sends_what_is_above_the_cap_to_the_other_side() {
    let (mut app, sources) = read("compose.yaml", COMPOSE.as_bytes()).unwrap();
    app.components.retain(|component| component.id == "shop");
    app.edges.clear();
    for (servers, stores, other, reached) in [
        (
            "servers/ec2",
            "aws/managed",
            "aws/lambda",
            "aws_lambda_function_url.shop__burst.function_url",
        ),
        (
            "servers/gce",
            "gcp/managed",
            "gcp/cloud-run",
            "google_cloud_run_v2_service.shop__burst.uri",
        ),
        (
            "servers/azure-vm",
            "azure/managed",
            "azure/container-apps",
            "burst\", azurerm_container_app_environment.main.default_domain])",
        ),
    ] {
        let mut placements = on(&app, servers, stores);
        let Settings::Server(settings) = &mut placements[0].configured else { panic!("a server") };
        let mut configured = configured(&app.components[0], other);
        if let Settings::Function(function) = &mut configured {
            (function.front_door, function.provisioned) = (FrontDoor::FunctionUrl, 0);
        }
        let label = "256 MB x86".to_owned();
        let to = Configuration { platform: PlatformId(other), settings: configured, label };
        settings.spill = Some(Spill { in_flight: 23, proxy: Beside::default(), to: Box::new(to) });
        let emitted = emitted(&app, &placements, &sources);
        keep(&format!("split {servers}"), &emitted);
        let root = json(&emitted);
        let host = root["locals"]["shop__burst_host"].as_str().unwrap();
        assert!(host.contains(reached), "{host}");
        let proxy = file(&root, "/etc/parts/shop-proxy.cfg").unwrap();
        for line in [
            "use_backend burst if { be_conn(program) ge 23 }",
            "server program shop:8080",
            "server burst \"${local.shop__burst_host}:443\"",
        ] {
            assert!(proxy.contains(line), "{proxy}");
        }
        // Clients come through the proxy alone.
        assert!(!file(&root, "/opt/parts/shop").unwrap().contains("--publish"));
        let script = file(&root, "/opt/parts/shop-proxy").unwrap();
        assert!(script.contains("--publish 8080:8080"), "{script}");
        let resources = &root["resource"];
        if other == "aws/lambda" {
            assert_eq!(resources["aws_lambda_function"]["shop__burst"]["memory_size"], 256);
        } else if other == "azure/container-apps" {
            let app = &resources["azurerm_container_app"]["shop__burst"];
            assert_eq!(app["ingress"]["external_enabled"], true);
            assert!(!app["name"].as_str().unwrap().contains("--"), "{app}");
        } else {
            let service = &resources["google_cloud_run_v2_service"]["shop__burst"]["template"];
            assert_eq!(service["max_instance_request_concurrency"], 17);
        }
    }
}

#[test]
fn servers_of_google_are_those_of_the_plan_too() {
    let (app, sources) = read("compose.yaml", COMPOSE.as_bytes()).unwrap();
    let mut placements = on(&app, "servers/gce", "gcp/managed");
    for placement in &mut placements {
        let Settings::Server(settings) = &mut placement.configured else { continue };
        let machines = placement.machines.as_mut().unwrap();
        // `shop` is looked for by nobody: it may come and go.
        let alone = placement.component == "shop";
        (machines.min, machines.max, machines.pool) = if alone { (2, 6, 0) } else { (1, 1, 1) };
        settings.copies = machines.max;
    }
    let root = json(&emitted(&app, &placements, &sources));
    let of = |kind: &str, name: &str| root["resource"][kind][name].clone();
    let policy = &of("google_compute_region_autoscaler", "gce__0")["autoscaling_policy"];
    assert_eq!((&policy["min_replicas"], &policy["max_replicas"]), (&2.into(), &6.into()));
    assert_eq!(policy["cpu_utilization"]["target"], "${50 / 100}");
    let template = of("google_compute_instance_template", "gce__0");
    assert_eq!(template["machine_type"], "m7i.large");
    let data = template["metadata"]["user-data"].as_str().unwrap();
    assert_eq!(data, "#cloud-config\n${jsonencode(local.gce__0__start)}");
    assert_eq!(of("google_compute_instance", "gce__1")["count"], 1);
    let service = of("google_compute_backend_service", "shop");
    let group = "${google_compute_region_instance_group_manager.gce__0.instance_group}";
    assert_eq!(service["backend"][0]["group"], group);
}

#[test]
fn machines_of_azure_follow_the_load_as_a_scale_set() {
    let (app, sources) = read("compose.yaml", COMPOSE.as_bytes()).unwrap();
    let mut placements = on(&app, "servers/azure-vm", "azure/managed");
    for placement in &mut placements {
        let Settings::Server(settings) = &mut placement.configured else { continue };
        let machines = placement.machines.as_mut().unwrap();
        let alone = placement.component == "shop";
        (machines.min, machines.max, machines.pool) = if alone { (2, 6, 0) } else { (1, 1, 1) };
        settings.copies = machines.max;
    }
    let root = json(&emitted(&app, &placements, &sources));
    let of = |kind: &str, name: &str| root["resource"][kind][name].clone();
    let set = of("azurerm_linux_virtual_machine_scale_set", "azure__0");
    assert_eq!(set["sku"], "Standard_m7i.large");
    let profile = &of("azurerm_monitor_autoscale_setting", "azure__0")["profile"];
    let capacity = &profile["capacity"];
    assert_eq!((&capacity["minimum"], &capacity["maximum"]), (&2.into(), &6.into()));
    assert_eq!(profile["rule"][0]["metric_trigger"]["threshold"], 50);
    assert_eq!(of("azurerm_linux_virtual_machine", "azure__1")["count"], 1);
    let rule = of("azurerm_lb_rule", "shop__tcp_8080");
    assert_eq!((&rule["frontend_port"], &rule["backend_port"]), (&8080.into(), &8080.into()));
    let secret = of("azurerm_key_vault_secret", "orders__db_password");
    assert_eq!(secret["value_wo"], "${var.orders__db_password}");
}

#[test]
fn servers_of_hetzner_have_addresses_that_stay_and_disks() {
    let (app, sources) = read("compose.yaml", COMPOSE.as_bytes()).unwrap();
    let root = json(&emitted(&app, &on(&app, "servers/hetzner", "servers/hetzner"), &sources));
    let of = |kind: &str, name: &str| root["resource"][kind][name].clone();
    // The job runs on the first of two.
    for name in ["hetzner__0", "hetzner__0_1"] {
        let server = of("hcloud_server", name);
        assert_eq!((&server["count"], &server["server_type"]), (&1.into(), &"cx22".into()));
    }
    assert_eq!(of("hcloud_volume", "orders_db__disk")["size"], 30);
    let at = root["locals"]["orders_db__at"].as_array().unwrap();
    assert_eq!(at.len(), 1, "{at:?}");
    let script = file(&root, "/opt/parts/orders").unwrap();
    assert!(script.contains("orders-db.internal:%s"), "{script}");
    let environment = root["locals"]["orders__environment"].to_string();
    assert!(environment.contains("orders-db.internal"), "{environment}");
    let script = file(&root, "/opt/parts/orders-db").unwrap();
    assert!(script.contains("mount /dev/disk/by-id/scsi-0HC_Volume_*"), "{script}");
}

#[test]
fn clusters_have_the_nodes_of_the_plan_wherever_they_stand() {
    let (app, sources) = read("compose.yaml", COMPOSE.as_bytes()).unwrap();
    let cluster = |platform: &'static str, region: &str| {
        let mut placements = placed::on_kubernetes(&app);
        for placement in &mut placements {
            placement.platform = PlatformId(platform);
            placement.region = region.to_owned();
            let second = placement.component == "orders";
            placement.machines = Some(MachinePool {
                instance: if second { "large-4" } else { "small-2" }.to_owned(),
                min: 2,
                max: if second { 2 } else { 7 },
                pool: second.into(),
            });
        }
        json(&emitted(&app, &placements, &sources))["resource"].clone()
    };
    let google = cluster("kubernetes/gke", "gcp/us-central1");
    let pools = &google["google_container_node_pool"];
    for (pool, kind, most) in [("gke__0", "small-2", 7), ("gke__1", "large-4", 2)] {
        assert_eq!(pools[pool]["node_config"]["machine_type"], kind);
        assert_eq!(pools[pool]["autoscaling"]["total_min_node_count"], 2);
        assert_eq!(pools[pool]["autoscaling"]["total_max_node_count"], most);
    }
    let auto = cluster("kubernetes/gke-autopilot", "gcp/us-central1");
    assert_eq!(auto["google_container_cluster"]["gke_autopilot"]["enable_autopilot"], true);
    let azure = cluster("kubernetes/aks", "azure/eastus");
    let first = &azure["azurerm_kubernetes_cluster"]["main"]["default_node_pool"];
    assert_eq!((&first["vm_size"], &first["max_count"]), (&"Standard_small-2".into(), &7.into()));
    let second = &azure["azurerm_kubernetes_cluster_node_pool"]["aks__1"];
    assert_eq!(
        (&second["vm_size"], &second["node_count"]),
        (&"Standard_large-4".into(), &2.into())
    );
}

//! A cluster and what stands elsewhere: what each finds of the other, routes, jobs, and what of kinds that are not built in.

use emit::{Emitted, Plan, Routes};
use model::{App, Engine, FrontDoor, ManagedSettings, PlatformId, PodTarget, Settings};
use source::SourceMap;
use units::Bytes;

use crate::shapes::{at, objects};
use crate::{functions, placed, read};

const APP: &str = "
name: shop
region: aws/us-east-1
components:
  web: { kind: http, memory: 512 MB, duration: 30 ms, load: 3M/month, calls: [db, jobs, prices, resize] }
  api: { kind: http, memory: 512 MB, duration: 30 ms, load: 3M/month, paths: [/api] }
  chat: { kind: http, needs: [grpc], memory: 512 MB, duration: 30 ms, load: 3M/month }
  stock: { kind: http, memory: 256 MB, duration: 30 ms, load: 1M/month, public: false }
  prices: { kind: http, memory: 256 MB, duration: 30 ms, load: 1M/month, calls: [stock] }
  resize: { kind: worker, memory: 1 GB, duration: 900 ms, load: 10k/month }
  db: { kind: stateful, engine: postgres, memory: 4 GB, storage: 50 GB }
  jobs: { kind: stateful, engine: queue }
  sometimes: { kind: cron, memory: 256 MB, duration: 10 s, load: 30/month }
";

/// `prices` and `resize` are functions, `db` and `jobs` a provider's, the others pods.
fn hybrid(app: &App, sources: &SourceMap, routes: Routes) -> Emitted {
    let (mut placements, lambda) = (placed::on_kubernetes(app), functions::on_lambda(app));
    for (placement, function) in placements.iter_mut().zip(lambda) {
        let engine = match placement.component.as_str() {
            "prices" | "resize" => {
                *placement = function;
                continue;
            }
            "db" => Engine::Postgres,
            "jobs" => Engine::Queue,
            _ => continue,
        };
        let (size, storage) = ("db.t4g.medium".to_owned(), Bytes::from_gib(50));
        placement.platform = PlatformId("aws/managed");
        placement.configured =
            Settings::Managed(ManagedSettings { engine, size, storage, zones: 1 });
    }
    let mut plan = Plan::of_placements(app, &placements, sources, "a test".to_owned(), None);
    plan.routes = routes;
    emit::emit(&plan)
}

pub(crate) fn page(emitted: &Emitted) -> &str {
    &emitted.files.iter().find(|file| file.path == "README.md").unwrap().text
}

#[test]
fn both_halves_find_each_other_and_the_page_says_how() {
    let (app, sources) = read("crossover.yaml", APP.as_bytes()).unwrap();
    let emitted = hybrid(&app, &sources, Routes::Ingress);
    assert_eq!(crate::faults(&emitted.files), Vec::<String>::new());
    let objects = objects(&emitted.files);
    assert_eq!(at(&objects, "Service db", "spec type"), Some("ExternalName"));
    for (key, value) in [
        ("JOBS_QUEUE_URL", "https://queues.example.com/set-me/jobs"),
        ("RESIZE_QUEUE_URL", "https://queues.example.com/set-me/resize"),
        ("PRICES_URL", "https://prices.example.com"),
    ] {
        let found = at(&objects, "ConfigMap shop-addresses", &format!("data {key}"));
        assert_eq!(found, Some(value), "{key}");
    }
    let env = |number: usize, path: &str| {
        let at_env = format!("spec template spec containers 0 env {number} {path}");
        at(&objects, "Deployment web", &at_env)
    };
    assert_eq!(env(0, "valueFrom secretKeyRef key"), Some("DB_PASSWORD"));
    assert_eq!(env(1, "valueFrom configMapKeyRef name"), Some("shop-addresses"));
    // What a function calls has an address inside of the network, and its policy lets it in.
    assert_eq!(at(&objects, "Service stock-inside", "spec type"), Some("LoadBalancer"));
    let internal = "metadata annotations service.beta.kubernetes.io/aws-load-balancer-scheme";
    assert_eq!(at(&objects, "Service stock-inside", internal), Some("internal"));
    assert_eq!(at(&objects, "NetworkPolicy stock", "spec ingress 0 ports 0 port"), Some("8080"));
    assert!(at(&objects, "Service api-inside", "kind").is_none(), "nobody outside calls it");
    let template = emitted.files.iter().find(|file| file.path == "sam/template.yaml").unwrap();
    assert!(template.text.contains("STOCK_URL"), "{}", template.text);
    let page = page(&emitted);
    for line in [
        "under the name `db`, which leads to its address there; the password by the variable `DB_PASSWORD`",
        "by the variable `JOBS_QUEUE_URL`",
        "by the variable `PRICES_URL`",
        "at the address of the Service `stock-inside`, inside of the network",
        "`DB_PASSWORD` in Secret `web-secrets`, key `DB_PASSWORD`",
        "kubectl -n shop-production create secret generic web-secrets --from-literal=DB_PASSWORD=VALUE",
        "web has to be allowed to send to jobs, send to resize",
        "`stock-inside` is a load balancer that the plan does not bill",
    ] {
        assert!(page.contains(line), "{line}:\n{page}");
    }
    // Each environment says its own.
    let overlay = "kubernetes/overlays/staging/kustomization.yaml";
    let overlay = &emitted.files.iter().find(|file| file.path == overlay).unwrap().text;
    for line in ["path: /data/PRICES_URL", "path: /spec/externalName", "web.staging.example.com"] {
        assert!(overlay.contains(line), "{line}:\n{overlay}");
    }
}

#[test]
fn a_variable_that_names_a_function_gets_the_address_that_it_has_now() {
    let compose = "
name: shop
services:
  web: { image: 'acme/web:1', ports: ['80:8080'], environment: { PRICES: 'http://prices:8080/v1', LEVEL: info, DB_PASSWORD: hunter2 }, depends_on: [prices] }
  prices: { image: 'acme/prices:1', expose: ['8080'] }
";
    let (app, sources) = read("compose.yaml", compose.as_bytes()).unwrap();
    let emitted = hybrid(&app, &sources, Routes::Ingress);
    let objects = objects(&emitted.files);
    assert_eq!(at(&objects, "ConfigMap web-settings", "data LEVEL"), Some("info"));
    assert_eq!(at(&objects, "ConfigMap web-settings", "data PRICES"), None);
    let env = "spec template spec containers 0 env 1";
    let found = at(&objects, "Deployment web", &format!("{env} name"));
    assert_eq!(found, Some("PRICES"));
    let key = at(&objects, "Deployment web", &format!("{env} valueFrom configMapKeyRef key"));
    assert_eq!(key, Some("PRICES_URL"));
}

#[test]
fn clients_come_by_an_ingress_or_by_a_gateway() {
    let (app, sources) = read("crossover.yaml", APP.as_bytes()).unwrap();
    let emitted = hybrid(&app, &sources, Routes::Gateway);
    assert_eq!(crate::faults(&emitted.files), Vec::<String>::new());
    let objects = objects(&emitted.files);
    assert!(at(&objects, "Ingress shop-door", "kind").is_none());
    assert_eq!(at(&objects, "Gateway shop-door", "spec listeners 0 port"), Some("80"));
    let api = |path: &str| at(&objects, "HTTPRoute api", path);
    assert_eq!(api("spec parentRefs 0 name"), Some("shop-door"));
    assert_eq!(api("spec rules 0 matches 0 path value"), Some("/api"));
    assert_eq!(api("spec rules 0 backendRefs 0 port"), Some("8080"));
    assert_eq!(api("spec hostnames 0"), None);
    assert_eq!(at(&objects, "HTTPRoute web", "spec hostnames 0"), Some("web.example.com"));
    assert_eq!(at(&objects, "GRPCRoute chat", "spec rules 0 backendRefs 0 name"), Some("chat"));
    assert!(page(&emitted).contains("the cluster needs the Gateway API"));
}

#[test]
fn a_job_that_nobody_schedules_waits_for_who_starts_it() {
    let (app, sources) = read("crossover.yaml", APP.as_bytes()).unwrap();
    let emitted = hybrid(&app, &sources, Routes::Ingress);
    let objects = objects(&emitted.files);
    assert_eq!(at(&objects, "CronJob sometimes", "spec suspend"), Some("true"));
    let told = "sometimes: no schedule is known of it; it is written suspended";
    let finding = emitted.findings.iter().find(|finding| finding.message == told).unwrap();
    let hint = finding.hint.as_deref().unwrap();
    assert!(hint.contains("kubectl create job --from=cronjob/sometimes"), "{hint}");
}

#[test]
fn what_a_cluster_does_not_have_by_itself_stands_apart() {
    let (app, sources) = read("crossover.yaml", APP.as_bytes()).unwrap();
    let mut placements = placed::on_kubernetes(&app);
    for placement in &mut placements {
        if let Settings::Pod(pod) = &mut placement.configured {
            (pod.min, pod.target) = (2, PodTarget::Concurrency(7));
            pod.front_door = FrontDoor::Queue;
        }
    }
    let target = emit::by_name("kubernetes");
    let plan = Plan::of_placements(&app, &placements, &sources, "a test".to_owned(), target);
    let emitted = emit::emit(&plan);
    assert_eq!(crate::faults(&emitted.files), Vec::<String>::new());
    let beside = "kubernetes/extensions/base/parts/web.yaml";
    let beside = emitted.files.iter().find(|file| file.path == beside).unwrap();
    assert!(beside.text.contains("kind: ScaledObject"), "{}", beside.text);
    let objects = objects(&emitted.files);
    let login = at(&objects, "TriggerAuthentication web", "spec podIdentity provider");
    assert_eq!(login, Some("aws"));
    let named = at(&objects, "ScaledObject web", "spec triggers 0 authenticationRef name");
    assert_eq!(named, Some("web"));
    let overlay = "kubernetes/extensions/staging/kustomization.yaml";
    let overlay = &emitted.files.iter().find(|file| file.path == overlay).unwrap().text;
    for line in ["path: /spec/minReplicaCount", "path: /spec/triggers/0/metadata/queueURL"] {
        assert!(overlay.contains(line), "{line}:\n{overlay}");
    }
    let page = page(&emitted);
    let (first, then) = (
        "kubectl apply -k kubernetes/overlays",
        "in the cluster: `kubectl apply -k kubernetes/extensions",
    );
    assert!(page.find(first).unwrap() < page.find(then).unwrap(), "{page}");
}

#[test]
fn several_clusters_are_told_apart() {
    let (app, sources) = read("crossover.yaml", APP.as_bytes()).unwrap();
    let mut placements = placed::on_kubernetes(&app);
    placements[0].platform = PlatformId("kubernetes/gke");
    placements[0].region = "gcp/us-central1".to_owned();
    let target = emit::by_name("kubernetes");
    let plan = Plan::of_placements(&app, &placements, &sources, "a test".to_owned(), target);
    let told = "shop is planned on several clusters: kubernetes/eks in aws/us-east-1";
    let found = emit::emit(&plan).findings;
    assert!(found.iter().any(|finding| finding.message.starts_with(told)), "{found:?}");
}

#[test]
fn what_never_changes_is_not_what_a_plan_changes() {
    let (app, sources) = read("crossover.yaml", APP.as_bytes()).unwrap();
    let of = |millicores: u64| {
        let mut placements = placed::on_kubernetes(&app);
        for placement in &mut placements {
            if let Settings::Pod(pod) = &mut placement.configured {
                pod.cpu_request = units::Millicores::new(millicores);
                (pod.min, pod.max) = (millicores as u32 / 100, 40);
            }
        }
        let target = emit::by_name("kubernetes");
        let plan = Plan::of_placements(&app, &placements, &sources, "a test".to_owned(), target);
        objects(&emit::emit(&plan).files)
    };
    let (before, after) = (of(200), of(700));
    let fixed = |objects: &[(String, source::yaml::Node)]| -> Vec<Option<String>> {
        let paths = ["spec selector matchLabels app.kubernetes.io/name", "spec serviceName"];
        let disk = "spec volumeClaimTemplates 0 spec resources requests storage";
        let all = ["Deployment web", "Deployment stock", "StatefulSet db"];
        let of = |name: &&str| {
            let paths = paths.iter().chain([&disk]);
            paths.map(|path| at(objects, name, path).map(str::to_owned)).collect::<Vec<_>>()
        };
        all.iter().flat_map(of).collect()
    };
    assert_eq!(fixed(&before), fixed(&after));
    assert!(fixed(&before).iter().flatten().count() >= 5);
}

#[test]
fn a_load_balancer_asks_at_the_path_of_the_ready_check() {
    let compose = "
name: shop
services:
  web:
    image: acme/web:1
    ports: ['80:8080']
";
    let (mut app, sources) = read("compose.yaml", compose.as_bytes()).unwrap();
    let second = units::Duration::from_secs(1);
    let check = model::Check::Http("/ready".to_owned(), None);
    let (delay, period, timeout, failures) = (second, second, second, 3);
    app.components[0].blueprint.as_mut().unwrap().ready =
        Some(model::Probe { check, delay, period, timeout, failures });
    let objects = objects(&crate::written(&app, &sources).files);
    let path = "metadata annotations alb.ingress.kubernetes.io/healthcheck-path";
    assert_eq!(at(&objects, "Service web", path), Some("/ready"));
}

//! What the plan's numbers become: autoscalers, budgets, bounds, and what a pod may do.

use emit::Plan;
use model::{FrontDoor, PodSettings, PodTarget, Settings};
use source::SourceMap;
use source::yaml::Node;
use units::Millicores;

use crate::{placed, read};

const APP: &str = "
name: shop
region: aws/us-east-1
availability: { zones: 2 }
components:
  web: { kind: http, memory: 512 MB, duration: 300 ms, load: 3M/month, concurrency: 40, calls: [db] }
  db: { kind: stateful, engine: postgres, memory: 1 GB, storage: 7 GB }
  driver: { kind: worker, needs: [privileged], memory: 512 MB, duration: 300 ms, load: 3M/month }
";

/// Writes the application with every part set up as `change` has it.
fn written(target: &str, change: &dyn Fn(&mut PodSettings)) -> Vec<(String, Node)> {
    let (app, sources) = read("crossover.yaml", APP.as_bytes()).unwrap();
    let mut placements = placed::on_kubernetes(&app);
    for placement in &mut placements {
        if let Settings::Pod(pod) = &mut placement.configured {
            change(pod);
        }
    }
    let target = emit::by_name(target);
    let plan = Plan::of_placements(&app, &placements, &sources, "a test".to_owned(), target);
    objects(&emit::emit(&plan).files)
}

/// The objects of manifests by kind and name.
pub(crate) fn objects(files: &[emit::EmittedFile]) -> Vec<(String, Node)> {
    crate::keep_manifests(files);
    let mut found = Vec::new();
    for file in files.iter().filter(|file| file.path.starts_with("kubernetes/")) {
        let mut sources = SourceMap::default();
        let id = sources.add(file.path.as_str(), file.text.as_str());
        for object in source::yaml::parse(&sources, id).0 {
            let kind = object.get("kind").and_then(Node::text).unwrap().to_owned();
            let name = object.get("metadata").and_then(|m| m.get("name")).and_then(Node::text);
            found.push((format!("{kind} {}", name.unwrap_or(&file.path)), object));
        }
    }
    found
}

/// The text at keys and places of an object.
pub(crate) fn at<'o>(objects: &'o [(String, Node)], object: &str, path: &str) -> Option<&'o str> {
    let (_, node) = objects.iter().find(|(name, _)| name == object)?;
    let step = |node: &'o Node, key: &str| match key.parse::<usize>() {
        Ok(number) => node.items().get(number),
        Err(_) => node.get(key),
    };
    path.split(' ').try_fold(node, step)?.text()
}

const POD: &str = "spec template spec";

#[test]
fn the_plans_bounds_and_target_are_the_autoscalers() {
    let objects = written("kubernetes", &|pod| {
        (pod.min, pod.max, pod.target) = (2, 24, PodTarget::CpuPercent(65));
        pod.cpu_request = Millicores::new(350);
    });
    let hpa = |path: &str| at(&objects, "HorizontalPodAutoscaler web", path);
    assert_eq!(hpa("spec minReplicas"), Some("2"));
    assert_eq!(hpa("spec maxReplicas"), Some("24"));
    assert_eq!(hpa("spec metrics 0 resource target averageUtilization"), Some("65"));
    assert_eq!(at(&objects, "PodDisruptionBudget web", "spec maxUnavailable"), Some("1"));
    let pod = |path: &str| at(&objects, "Deployment web", &format!("{POD} {path}"));
    assert_eq!(pod("containers 0 resources requests cpu"), Some("350m"));
    assert_eq!(pod("containers 0 resources limits memory"), Some("512Mi"));
    assert_eq!(pod("containers 0 resources limits cpu"), None);
    assert_eq!(pod("topologySpreadConstraints 0 topologyKey"), Some("topology.kubernetes.io/zone"));
    // An autoscaler and a number of copies would fight each other.
    assert_eq!(at(&objects, "Deployment web", "spec replicas"), None);
}

#[test]
fn requests_in_flight_are_kedas_and_queues_are_asked_themselves() {
    let objects = written("kubernetes", &|pod| {
        (pod.min, pod.max, pod.target) = (1, 9, PodTarget::Concurrency(12));
        pod.front_door = FrontDoor::Queue;
    });
    let keda = |path: &str| at(&objects, "ScaledObject driver", path);
    assert_eq!(keda("spec maxReplicaCount"), Some("9"));
    assert_eq!(keda("spec triggers 0 type"), Some("aws-sqs-queue"));
    assert_eq!(keda("spec triggers 0 metadata queueLength"), Some("12"));
    assert_eq!(keda("spec triggers 0 metadata awsRegion"), Some("us-east-1"));
    let objects = written("kubernetes", &|pod| {
        (pod.min, pod.max, pod.target) = (1, 9, PodTarget::Concurrency(12));
    });
    let keda = |path: &str| at(&objects, "ScaledObject web", path);
    assert_eq!(keda("spec triggers 0 type"), Some("prometheus"));
    assert_eq!(keda("spec triggers 0 metadata threshold"), Some("12"));
}

#[test]
fn a_store_is_one_copy_with_its_disk_and_lets_in_who_calls_it() {
    let objects = written("kubernetes", &|pod| (pod.min, pod.max) = (2, 2));
    assert_eq!(at(&objects, "StatefulSet db", "spec replicas"), Some("1"));
    let claim = "spec volumeClaimTemplates 0 spec resources requests storage";
    assert_eq!(at(&objects, "StatefulSet db", claim), Some("7Gi"));
    let caller = "spec ingress 0 from 0 podSelector matchLabels app.kubernetes.io/name";
    assert_eq!(at(&objects, "NetworkPolicy db", caller), Some("web"));
    assert_eq!(at(&objects, "NetworkPolicy db", "spec ingress 0 ports 0 port"), Some("5432"));
    assert_eq!(at(&objects, "Service db", "spec ports 0 port"), Some("5432"));
    assert_eq!(at(&objects, "Deployment web", "spec replicas"), Some("2"));
}

#[test]
fn a_store_runs_as_the_user_of_its_image_and_keeps_its_data_where_it_may_write() {
    let compose = "
name: shop
services:
  db: { image: 'postgres:15-alpine', volumes: ['d:/var/lib/postgresql/data'] }
  old: { image: 'postgres:15', environment: { PGDATA: /x }, volumes: ['e:/var/lib/postgresql/data'] }
  cache: { image: 'memcached:1' }
volumes: { d: {}, e: {} }
";
    let (app, sources) = read("compose.yaml", compose.as_bytes()).unwrap();
    let objects = objects(&crate::written(&app, &sources).files);
    let user = |store: &str| {
        let path = format!("{POD} securityContext runAsUser");
        at(&objects, &format!("StatefulSet {store}"), &path).map(str::to_owned)
    };
    assert_eq!(user("db").as_deref(), Some("70"));
    assert_eq!(user("old").as_deref(), Some("999"));
    assert_eq!(user("cache").as_deref(), Some("11211"));
    let data = |store: &str| at(&objects, &format!("ConfigMap {store}-settings"), "data PGDATA");
    assert_eq!(data("db"), Some("/var/lib/postgresql/data/pgdata"));
    assert_eq!(data("old"), Some("/x"));
}

#[test]
fn pods_keep_to_restricted_and_who_cannot_is_told() {
    let objects = written("kubernetes", &|_| {});
    for (name, kind) in [("web", "Deployment"), ("db", "StatefulSet")] {
        let pod = |path: &str| at(&objects, &format!("{kind} {name}"), &format!("{POD} {path}"));
        assert_eq!(pod("securityContext runAsNonRoot"), Some("true"), "{name}");
        assert_eq!(pod("securityContext seccompProfile type"), Some("RuntimeDefault"), "{name}");
        let own = "containers 0 securityContext";
        assert_eq!(pod(&format!("{own} allowPrivilegeEscalation")), Some("false"), "{name}");
        assert_eq!(pod(&format!("{own} capabilities drop 0")), Some("ALL"), "{name}");
    }
    let driver = format!("{POD} containers 0 securityContext privileged");
    assert_eq!(at(&objects, "Deployment driver", &driver), Some("true"));
    let enforced = "metadata labels pod-security.kubernetes.io/enforce";
    assert_eq!(at(&objects, "Namespace shop-production", enforced), Some("privileged"));
}

#[test]
fn knative_has_the_plans_concurrency_and_bounds() {
    let target = PodTarget::Knative { target: 28, queue_proxy: Millicores::new(25) };
    let objects = written("knative", &|pod| (pod.min, pod.max, pod.target) = (0, 7, target));
    let service = |path: &str| at(&objects, "Service web", &format!("spec template {path}"));
    let annotation =
        |name: &str| service(&format!("metadata annotations autoscaling.knative.dev/{name}"));
    assert_eq!(annotation("min-scale"), Some("0"));
    assert_eq!(annotation("max-scale"), Some("7"));
    assert_eq!(annotation("target"), Some("28"));
    assert_eq!(service("spec containerConcurrency"), Some("40"));
    assert_eq!(service("spec containers 0 securityContext runAsNonRoot"), Some("true"));
    // What answers no requests is as on Kubernetes.
    assert!(at(&objects, "StatefulSet db", "kind").is_some());
}

#[test]
fn a_handler_is_told_to_the_host_that_will_call_it() {
    let (app, sources) = read("template.yaml", include_str!("template.yaml").as_bytes()).unwrap();
    let placements = placed::on_kubernetes(&app);
    let target = emit::by_name("kubernetes");
    let plan = Plan::of_placements(&app, &placements, &sources, "a test".to_owned(), target);
    let emitted = emit::emit(&plan);
    let objects = objects(&emitted.files);
    let variable = |name: &str| at(&objects, "ConfigMap api-settings", &format!("data {name}"));
    assert_eq!(variable("_HANDLER"), Some("index.handler"));
    assert_eq!(variable("AWS_LAMBDA_FUNCTION_NAME"), Some("api"));
    assert_eq!(variable("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"), Some("512"));
    assert_eq!(variable("AWS_LAMBDA_FUNCTION_TIMEOUT"), Some("10"));
    assert_eq!(variable("PORT"), Some("8080"));
    assert_eq!(variable("STAGE"), Some("live"));
    let told = "api: the handler `index.handler` needs a host that calls it";
    assert!(emitted.findings.iter().any(|finding| finding.message == told));
}

#[test]
fn what_knative_keeps_for_itself_stands_in_pods_and_an_image_of_no_name_is_told() {
    let compose = "
name: shop
services:
  metrics: { image: 'acme/metrics:1', ports: ['9090:9090'] }
  queue-proxy: { image: 'acme/proxy:1', ports: ['81:8080'] }
  web: { image: 'ko://acme/web', ports: ['80:8080'] }
";
    let (app, sources) = read("compose.yaml", compose.as_bytes()).unwrap();
    let emitted = crate::hostile::for_knative(&app, &sources);
    assert_eq!(crate::faults(&emitted.files), Vec::<String>::new());
    let objects = objects(&emitted.files);
    for part in ["metrics", "queue-proxy"] {
        assert!(at(&objects, &format!("Deployment {part}"), "kind").is_some(), "{part}");
    }
    let image = "spec template spec containers 0 image";
    assert_eq!(at(&objects, "Service web", image), Some("my-web"));
    for message in [
        "metrics: stands in pods that Knative does not scale, as Knative keeps port 9090 for itself",
        "queue-proxy: stands in pods that Knative does not scale, as Knative keeps the name `queue-proxy` for a container of its own",
        "web: its definition's image cannot be pulled by that name",
    ] {
        let told = emitted.findings.iter().find(|finding| finding.message == message);
        assert!(told.is_some_and(|f| !f.labels.is_empty()), "{:?}", emitted.findings);
    }
}

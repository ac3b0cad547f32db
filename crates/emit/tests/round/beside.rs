//! Further containers: where they stand, what they may do, what is told of them.

use emit::{Emitted, Plan};
use model::{App, Settings};
use source::SourceMap;
use units::{Bytes, Millicores};

use crate::shapes::{at, objects};
use crate::{files, placed, read, split, terraform};

/// A page behind a proxy that a container before them fills, and one that wants its host.
const PAGE: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: { name: page }
spec:
  template:
    metadata: { labels: { app: page } }
    spec:
      initContainers:
        - { name: fill, image: 'busybox:1.36', command: [sh, -c, 'chown 1000 /out'], volumeMounts: [{ name: site, mountPath: /out }], resources: { limits: { cpu: 2, memory: 1Gi } } }
        - { name: logs, image: acme/logs, restartPolicy: Always, args: [--token=s3cr3t], livenessProbe: { exec: { command: [up] } } }
      containers:
        - { name: app, image: acme/app, resources: { requests: { cpu: 300m }, limits: { memory: 256Mi } } }
        - { name: proxy, image: 'envoy:1', ports: [{ containerPort: 8080 }], env: [{ name: PASSWORD, value: hunter2 }], volumeMounts: [{ name: site, mountPath: /site }, { name: config, mountPath: /etc/envoy }], resources: { requests: { cpu: 100m }, limits: { memory: 64Mi } } }
      volumes: [{ name: site, emptyDir: {} }, { name: config, configMap: { name: envoy } }]
---
{ apiVersion: v1, kind: Service, metadata: { name: page }, spec: { type: LoadBalancer, selector: { app: page }, ports: [{ port: 80, targetPort: 8080 }] } }
";

fn app(text: &str) -> (App, SourceMap) {
    read("page.yaml", text.as_bytes()).unwrap()
}

fn written(text: &str, target: &str) -> Emitted {
    files::written("page.yaml", text, target)
}

fn told(emitted: &Emitted) -> Vec<&str> {
    emitted.findings.iter().map(|finding| finding.message.as_str()).collect()
}

const POD: &str = "spec template spec";

#[test]
fn containers_stand_where_they_run_and_share_what_is_planned() {
    let emitted = written(PAGE, "kubernetes");
    assert_eq!(crate::faults(&emitted.files), Vec::<String>::new());
    let objects = objects(&emitted.files);
    let pod = |path: &str| at(&objects, "Deployment page", &format!("{POD} {path}"));
    assert_eq!(pod("initContainers 0 name"), Some("fill"));
    assert_eq!(pod("initContainers 0 restartPolicy"), None);
    assert_eq!(pod("initContainers 1 restartPolicy"), Some("Always"));
    assert_eq!(pod("initContainers 1 livenessProbe exec command 0"), Some("up"));
    assert_eq!((pod("containers 0 name"), pod("containers 1 name")), (Some("page"), Some("proxy")));
    // 400m and the logs' 10m are the pod's; the main container keeps what the others leave.
    assert_eq!(pod("containers 0 resources requests cpu"), Some("290m"));
    assert_eq!(pod("containers 1 resources requests cpu"), Some("100m"));
    assert_eq!(pod("initContainers 1 resources requests cpu"), Some("10m"));
    assert_eq!(pod("containers 0 resources limits memory"), Some("256Mi"));
    assert_eq!(pod("initContainers 1 resources requests memory"), Some("128Mi"));
    assert_eq!(pod("initContainers 1 resources limits memory"), None, "it is only assumed");
    assert_eq!(pod("initContainers 0 resources limits memory"), Some("1Gi"));
    assert_eq!(pod("volumes 0 name"), Some("site"));
    assert_eq!(pod("volumes 1 configMap name"), Some("envoy"));
    assert_eq!(pod("containers 1 volumeMounts 1 mountPath"), Some("/etc/envoy"));
    // The proxy takes the requests: the main container need not listen, and nobody assumes that it does.
    assert_eq!(pod("containers 0 ports 0 containerPort"), None);
    assert_eq!(at(&objects, "Service page", "spec ports 0 targetPort"), Some("8080"));
    assert_eq!(at(&objects, "NetworkPolicy page", "spec ingress 0 ports 0 port"), Some("8080"));
    // Nothing secret is written, and each container has a key of its own.
    assert_eq!(pod("containers 1 env 0 valueFrom secretKeyRef key"), Some("proxy.PASSWORD"));
    assert_eq!(pod("initContainers 1 args 0"), Some("--token=$(TOKEN)"));
    assert_eq!(pod("initContainers 1 env 0 valueFrom secretKeyRef key"), Some("logs.TOKEN"));
    let all: String = emitted.files.iter().map(|file| file.text.as_str()).collect();
    assert!(!all.contains("hunter2") && !all.contains("s3cr3t"));
}

#[test]
fn every_container_keeps_to_restricted_and_who_cannot_is_told() {
    let emitted = written(PAGE, "kubernetes");
    let objects = objects(&emitted.files);
    let pod = |path: &str| at(&objects, "Deployment page", &format!("{POD} {path}"));
    for container in ["initContainers 0", "initContainers 1", "containers 0", "containers 1"] {
        let own = format!("{container} securityContext");
        assert_eq!(pod(&format!("{own} allowPrivilegeEscalation")), Some("false"), "{container}");
        assert_eq!(pod(&format!("{own} capabilities drop 0")), Some("ALL"), "{container}");
    }
    // An image that would run as root does not start under the standard.
    assert_eq!(pod("initContainers 0 securityContext runAsUser"), Some("65534"));
    let told = told(&emitted);
    assert!(
        told.contains(&"page: its container fill runs `chown`, which only root may: it fails here"),
        "{told:?}"
    );
    assert!(
        told.contains(&"page: its containers see files that have to be there: config map envoy")
    );
    let enforced = "metadata labels pod-security.kubernetes.io/enforce";
    let namespace = |objects: &[(String, source::yaml::Node)]| {
        let found = objects.iter().find(|(name, _)| name.starts_with("Namespace")).unwrap();
        at(objects, &found.0, enforced).map(str::to_owned)
    };
    assert_eq!(namespace(&objects).as_deref(), Some("restricted"));

    let host = PAGE.replace("name: fill,", "name: fill, securityContext: { privileged: true },");
    let emitted = written(&host, "kubernetes");
    assert_eq!(crate::faults(&emitted.files), Vec::<String>::new());
    let objects = crate::shapes::objects(&emitted.files);
    let pod = |path: &str| at(&objects, "Deployment page", &format!("{POD} {path}"));
    assert_eq!(pod("initContainers 0 securityContext privileged"), Some("true"));
    assert_eq!(pod("containers 0 securityContext privileged"), None);
    assert_eq!(pod("containers 0 securityContext allowPrivilegeEscalation"), Some("false"));
    assert_eq!(namespace(&objects).as_deref(), Some("privileged"));
}

#[test]
fn knative_has_one_port_and_what_starts_before_it_behind_a_flag() {
    let own = "env: [{ name: POD, valueFrom: { fieldRef: { fieldPath: metadata.name } } }]";
    let page = PAGE.replace("acme/app,", &format!("acme/app, {own},"));
    let emitted = written(&page, "knative");
    assert_eq!(crate::faults(&emitted.files), Vec::<String>::new());
    let objects = objects(&emitted.files);
    let pod = |path: &str| at(&objects, "Service page", &format!("{POD} {path}"));
    assert_eq!((pod("initContainers 0 name"), pod("initContainers 1 name")), (Some("fill"), None));
    assert_eq!(pod("containers 1 name"), Some("logs"));
    assert_eq!(
        (pod("containers 1 restartPolicy"), pod("containers 1 livenessProbe")),
        (None, None)
    );
    assert_eq!(pod("containers 0 ports 0 containerPort"), None);
    assert_eq!(pod("containers 2 ports 0 containerPort"), Some("8080"));
    // "volume mount should be readOnly for this type of volume" (its webhook).
    let mounts = |key: &str| pod(&format!("containers 2 volumeMounts {key}"));
    assert_eq!((mounts("0 readOnly"), mounts("1 readOnly")), (None, Some("true")));
    for container in ["initContainers 0", "containers 1", "containers 2"] {
        let own = format!("{container} securityContext runAsNonRoot");
        assert_eq!(pod(&own), Some("true"), "{container}");
    }
    let told = told(&emitted);
    assert!(told.contains(&"page: Knative takes init containers where its cluster lets them"));
    assert!(told.contains(&"page: the probes of logs are left out"), "{told:?}");
    let of_pod = "page: Knative takes variables of fields of the pod where its cluster lets them";
    assert!(told.contains(&of_pod), "{told:?}");
}

#[test]
fn a_plan_that_leaves_too_little_is_told() {
    let (app, sources) = app(PAGE);
    let mut placements = placed::on_kubernetes(&app);
    let Settings::Pod(pod) = &mut placements[0].configured else { panic!("a pod") };
    (pod.cpu_request, pod.memory) = (Millicores::new(100), Bytes::from_mib(200));
    let plan = Plan::of_placements(&app, &placements, &sources, "a test".to_owned(), None);
    let emitted = emit::emit(&plan);
    let expected = "page: its further containers leave little of what is planned: the pod asks for 135m and 242 MB";
    assert!(told(&emitted).contains(&expected), "{:?}", told(&emitted));
    assert!(
        !told(&written(PAGE, "kubernetes")).iter().any(|message| message.contains("leave little"))
    );
}

/// Written for a platform of Terraform's.
fn on(platform: &'static str, stores: &'static str) -> Emitted {
    sized(PAGE, platform, stores, |_| {})
}

/// The same with what a plan would have.
fn sized(
    text: &str,
    platform: &'static str,
    stores: &'static str,
    plan: impl Fn(&mut Settings),
) -> Emitted {
    let (app, sources) = app(text);
    let mut placements = terraform::on(&app, platform, stores);
    for placement in &mut placements {
        plan(&mut placement.configured);
    }
    terraform::emitted(&app, &placements, &sources)
}

/// As large as Container Apps has them: half a vCPU and a GiB.
fn half(settings: &mut Settings) {
    let Settings::Instance(instance) = settings else { panic!("an instance") };
    (instance.cpu, instance.memory) = (Millicores::new(500), Bytes::from_mib(1024));
}

#[test]
fn a_place_for_one_container_names_what_is_lost_and_what_needs_it() {
    for (platform, stores) in terraform::PLATFORMS {
        let emitted = on(platform, stores);
        let told = told(&emitted);
        let lost = |name: &str| {
            let start = format!("page: its container {name} is left out");
            told.iter().find(|message| message.starts_with(&start)).copied().unwrap_or("")
        };
        if !["aws/lambda", "gcp/cloud-run"].contains(&platform) {
            assert!(["fill", "logs", "proxy"].iter().all(|name| lost(name).is_empty()), "{told:?}");
            continue;
        }
        if platform == "gcp/cloud-run" {
            assert!(["logs", "proxy"].iter().all(|name| lost(name).is_empty()), "{told:?}");
            // The proxy serves what it fills.
            assert!(lost("fill").contains("so nothing works without it"), "{told:?}");
            continue;
        }
        let needed = "it takes requests for it, so nothing works without it";
        assert!(lost("proxy").contains(needed), "{platform}: {told:?}");
        assert!(!lost("logs").is_empty() && !lost("logs").contains("nothing works"), "{platform}");
        assert!(!lost("fill").is_empty(), "{platform}");
    }
}

#[test]
fn a_task_has_them_all_in_their_order() {
    let emitted = on("aws/fargate", "aws/managed");
    crate::keep("beside", &emitted);
    let root = terraform::json(&emitted);
    let containers = &root["locals"]["page__containers"];
    let names = containers.as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap());
    assert_eq!(names.collect::<Vec<_>>(), ["page", "page--fill", "page--logs", "page--proxy"]);
    let [main, fill, logs, proxy] = [0, 1, 2, 3].map(|at| &containers[at]);
    assert_eq!((&main["essential"], &fill["essential"]), (&true.into(), &false.into()));
    assert_eq!(fill["dependsOn"], serde_json::Value::Null);
    assert_eq!(logs["dependsOn"][0]["condition"], "SUCCESS");
    for waiting in [main, proxy] {
        let awaited = waiting["dependsOn"].as_array().unwrap();
        let awaited: Vec<(&str, &str)> = awaited
            .iter()
            .map(|one| {
                let text = |key: &str| one[key].as_str().unwrap();
                (text("containerName"), text("condition"))
            })
            .collect();
        assert_eq!(awaited, [("page--fill", "SUCCESS"), ("page--logs", "START")]);
    }
    assert_eq!(fill["mountPoints"][0]["sourceVolume"], "site");
    assert_eq!(proxy["mountPoints"][0]["containerPath"], "/site");
    let task = &root["resource"]["aws_ecs_task_definition"]["page"];
    assert_eq!(task["volume"][0]["name"], "site");
    // The load balancer asks the container that takes the requests.
    assert_eq!(proxy["portMappings"][0]["containerPort"], 8080);
    assert_eq!(main["portMappings"], serde_json::Value::Null);
    let behind = &root["resource"]["aws_ecs_service"]["page"]["load_balancer"][0];
    assert_eq!(
        (&behind["container_name"], &behind["container_port"]),
        (&"page--proxy".into(), &8080.into())
    );
    assert_eq!(proxy["secrets"][0]["name"], "PASSWORD");
    let told = told(&emitted);
    let config = "config-map envoy that its container proxy sees: put it into the image";
    assert!(told.iter().any(|message| message.contains(config)), "{told:?}");
}

/// The job that PAGE would be: the same containers, once.
fn as_job() -> String {
    let (deployment, _) = PAGE.split_once("---\n{").unwrap();
    let job = deployment.replace("apps/v1", "batch/v1").replace("Deployment", "Job");
    job.replace("    spec:\n      initC", "    spec:\n      restartPolicy: Never\n      initC")
}

#[test]
fn a_replica_has_them_all_and_their_sizes_are_the_plans() {
    let emitted = sized(PAGE, "azure/container-apps", "azure/managed", half);
    crate::keep("beside-azure", &emitted);
    let root = terraform::json(&emitted);
    let app = &root["resource"]["azurerm_container_app"]["page"];
    let template = &app["template"];
    let names = |key: &str| -> Vec<&str> {
        let all = template[key].as_array().unwrap().iter();
        all.map(|one| one["name"].as_str().unwrap()).collect()
    };
    assert_eq!(names("init_container"), ["fill"]);
    assert_eq!(names("container"), ["page", "logs", "proxy"]);
    let [main, logs, proxy] = [0, 1, 2].map(|at| &template["container"][at]);
    let size = |node: &serde_json::Value| {
        let text = |key: &str| node[key].as_str().unwrap().to_owned();
        (text("cpu"), text("memory"))
    };
    let expected = |cpu: &str, memory: &str| (cpu.to_owned(), memory.to_owned());
    // Half a vCPU and a GiB: 0.30 + 0.10 + 0.10 and 0.80 + 0.13 + 0.07.
    assert_eq!(size(main), expected("${0.30}", "0.8Gi"));
    assert_eq!(size(logs), expected("${0.10}", "0.13Gi"));
    assert_eq!(size(proxy), expected("${0.10}", "0.07Gi"));
    // What runs before may have all of it, and no more.
    let fill = &template["init_container"][0];
    assert_eq!(size(fill), expected("${0.50}", "1.0Gi"));
    assert_eq!(fill["command"][2], "chown 1000 /out");
    let volume = serde_json::json!([{ "name": "site", "storage_type": "EmptyDir" }]);
    assert_eq!(template["volume"], volume);
    assert_eq!(fill["volume_mounts"][0]["path"], "/out");
    let site = serde_json::json!([{ "name": "site", "path": "/site" }]);
    assert_eq!(proxy["volume_mounts"], site);
    assert_eq!((&logs["image"], &logs["args"]), (&"acme/logs".into(), &serde_json::Value::Null));
    // Requests come to the proxy, and a secret of its own has a name of its own.
    assert_eq!(app["ingress"]["target_port"], 8080);
    assert_eq!(proxy["env"][0]["secret_name"], "proxy-secret-0");
    assert_eq!(app["secret"][0]["name"], "proxy-secret-0");
    assert_eq!(app["secret"][0]["value"], "${var.page__proxy__password}");
    let told = told(&emitted);
    for expected in [
        "page: its container logs gets 100m of CPU and 128 MB of what is planned: nobody says how much it needs",
        "page: its container fill asks for more than a replica has, and gets all of it",
        "page: its container logs starts with the main one and after all init containers: no init container stays in a replica",
        "page: a check of its container logs: Container Apps ask over HTTP and TCP",
        "page: config-map envoy that its container proxy sees: put it into the image",
    ] {
        assert!(told.contains(&expected), "{told:?}");
    }
}

#[test]
fn a_job_on_container_apps_has_them_too() {
    let emitted = sized(&as_job(), "azure/container-apps", "azure/managed", half);
    crate::keep("beside-azure-job", &emitted);
    let root = terraform::json(&emitted);
    let template = &root["resource"]["azurerm_container_app_job"]["page"]["template"];
    assert_eq!(template["init_container"][0]["name"], "fill");
    let container = template["container"].as_array().unwrap();
    assert_eq!(container.len(), 3);
    assert_eq!(container[2]["image"], "envoy:1");
}

#[test]
fn a_replica_that_is_too_small_for_them_is_told() {
    let small = |settings: &mut Settings| {
        let Settings::Instance(instance) = settings else { panic!("an instance") };
        (instance.cpu, instance.memory) = (Millicores::new(250), Bytes::from_mib(512));
    };
    let emitted =
        sized(&PAGE.replace("cpu: 100m", "cpu: 1"), "azure/container-apps", "azure/managed", small);
    let root = terraform::json(&emitted);
    let all = &root["resource"]["azurerm_container_app"]["page"]["template"]["container"];
    let cpu = all.as_array().unwrap().iter().map(|one| one["cpu"].as_str().unwrap());
    // A quarter stays for the main one; the others share the rest: 0.01 and 0.16 of 0.18, and 0.08 with what rounding leaves.
    assert_eq!(cpu.collect::<Vec<_>>(), ["${0.08}", "${0.01}", "${0.16}"]);
    let expected = "page: its further containers ask for more than what is planned has room for: they get less";
    assert!(told(&emitted).contains(&expected), "{:?}", told(&emitted));
}

/// As large as Cloud Run has them: a vCPU and what stays beside it.
fn with_others(settings: &mut Settings) {
    let Settings::Instance(instance) = settings else { panic!("an instance") };
    (instance.cpu, instance.memory) = (Millicores::new(1200), Bytes::from_mib(768));
}

#[test]
fn an_instance_has_those_that_stay_and_one_of_them_the_port() {
    let asked = PAGE
        .replace("livenessProbe: { exec: { command: [up] } }", "ports: [{ containerPort: 9000 }]");
    let emitted = sized(&asked, "gcp/cloud-run", "gcp/managed", with_others);
    crate::keep("beside-gcp", &emitted);
    let root = terraform::json(&emitted);
    let template = &root["resource"]["google_cloud_run_v2_service"]["page"]["template"];
    let containers = template["containers"].as_array().unwrap();
    let names = containers.iter().map(|one| one["name"].as_str().unwrap());
    assert_eq!(names.collect::<Vec<_>>(), ["page", "logs", "proxy"]);
    let [main, logs, proxy] = [0, 1, 2].map(|at| &containers[at]);
    let limits = |node: &serde_json::Value| {
        let text = |key: &str| node["resources"]["limits"][key].as_str().unwrap().to_owned();
        (text("cpu"), text("memory"))
    };
    let expected = |cpu: &str, memory: &str| (cpu.to_owned(), memory.to_owned());
    assert_eq!(limits(main), expected("1", "512Mi"));
    assert_eq!(limits(logs), expected("100m", "128Mi"));
    // No container has less memory.
    assert_eq!(limits(proxy), expected("100m", "128Mi"));
    let nothing = &serde_json::Value::Null;
    assert_eq!((&main["ports"], &logs["ports"]), (nothing, nothing));
    assert_eq!(proxy["ports"]["container_port"], 8080);
    assert!([main, logs, proxy].iter().all(|one| one["resources"]["cpu_idle"] == true));
    // A native sidecar has started when it listens, and the others wait for that.
    assert_eq!(logs["startup_probe"]["tcp_socket"]["port"], 9000);
    let waits = serde_json::json!(["logs"]);
    assert_eq!((&main["depends_on"], &proxy["depends_on"]), (&waits, &waits));
    assert_eq!(logs["depends_on"], *nothing);
    let volume = &template["volumes"][0];
    assert_eq!(volume["empty_dir"]["medium"], "MEMORY");
    assert_eq!(volume["empty_dir"]["size_limit"], "64Mi");
    assert_eq!(proxy["volume_mounts"][0]["mount_path"], "/site");
    // Whose account reads the secret is the service's.
    let secret = &proxy["env"][0]["value_source"]["secret_key_ref"]["secret"];
    assert_eq!(secret, "${google_secret_manager_secret.page__proxy__password.secret_id}");
    let reads = &root["resource"]["google_secret_manager_secret_iam_member"];
    assert_eq!(reads["page__proxy__password"]["member"], "${google_service_account.page.member}");
    let told = told(&emitted);
    assert!(!told.iter().any(|message| message.contains("not what is planned")), "{told:?}");
    let memory = "what its containers share as site is memory on Cloud Run";
    assert!(told.iter().any(|message| message.contains(memory)), "{told:?}");

    let unknown = sized(PAGE, "gcp/cloud-run", "gcp/managed", with_others);
    let expected = "page: its container logs starts with the main one: nothing that Cloud Run can ask says when it has started";
    assert!(
        crate::beside::told(&unknown).contains(&expected),
        "{:?}",
        crate::beside::told(&unknown)
    );
}

#[test]
fn a_job_on_cloud_run_and_a_size_that_is_not_the_sum_are_told() {
    let other = |settings: &mut Settings| {
        let Settings::Instance(instance) = settings else { panic!("an instance") };
        (instance.cpu, instance.memory) = (Millicores::new(2000), Bytes::from_mib(768));
    };
    let emitted = sized(&as_job(), "gcp/cloud-run", "gcp/managed", other);
    crate::keep("beside-gcp-job", &emitted);
    let root = terraform::json(&emitted);
    let job = &root["resource"]["google_cloud_run_v2_job"]["page"]["template"]["template"];
    assert_eq!(job["containers"].as_array().unwrap().len(), 3);
    // 1800m is no size of a container.
    assert_eq!(job["containers"][0]["resources"]["limits"]["cpu"], "2");
    let told = told(&emitted);
    let expected = "page: an instance gets 2200m of CPU and 768 MB for all its containers, which is not what is planned: plan it anew with its containers";
    assert!(told.contains(&expected), "{told:?}");
    let ends = "Cloud Run does not say that it ends its container proxy after the main one";
    assert!(told.iter().any(|message| message.contains(ends)), "{told:?}");
}

#[test]
fn on_a_server_they_are_units_in_one_network() {
    for (platform, stores) in terraform::PLATFORMS {
        if !platform.starts_with("servers/") {
            continue;
        }
        let emitted = on(platform, stores);
        crate::keep(&format!("beside-{platform}"), &emitted);
        let root = terraform::json(&emitted);
        let file = |path: &str| {
            terraform::file(&root, path).unwrap_or_else(|| panic!("{platform}: no {path}"))
        };
        let script = |name: &str| file(&format!("/opt/parts/{name}"));
        let unit = |name: &str| file(&format!("/etc/systemd/system/{name}.service"));
        // One holds the network, with the part's name and ports.
        let holder = script("page.net");
        assert!(holder.contains("--network parts \\\n  --network-alias page"), "{holder}");
        assert!(holder.contains("--publish 8080:8080"), "{holder}");
        assert!(holder.contains("rm -rf /var/lib/parts-scratch/page\n"), "{holder}");
        // 448 MiB are the part's: 256, 128 and 64; what runs before may have all of it.
        for (name, memory) in [("page", 256), ("page--logs", 128), ("page--proxy", 64)] {
            let text = script(name);
            assert!(text.contains("--network container:page.net"), "{platform}: {text}");
            assert!(text.contains(&format!("--memory {memory}m")), "{platform}: {text}");
            assert!(!text.contains("--publish") && !text.contains("--add-host"), "{text}");
            assert!(text.contains("exec docker run --rm"), "{text}");
        }
        let fill = script("page--fill");
        assert!(fill.contains("--memory 448m"), "{fill}");
        assert!(fill.contains("--volume '/var/lib/parts-scratch/page/site':'/out'"), "{fill}");
        assert!(fill.contains("'chown 1000 /out'"), "{fill}");
        let proxy = script("page--proxy");
        assert!(proxy.contains("--volume '/var/lib/parts-scratch/page/site':'/site'"), "{proxy}");
        assert!(proxy.contains("PASSWORD=\"$("), "{proxy}");
        let main = unit("page");
        for line in [
            "Requires=page.net.service",
            "Wants=page--logs.service",
            "After=page--logs.service",
            "Wants=page--proxy.service",
            "ExecStartPre=/opt/parts/page--fill",
        ] {
            assert!(main.lines().any(|own| own == line), "{platform}: {main}");
        }
        assert!(!main.contains("After=page--proxy"), "{main}");
        let proxy = unit("page--proxy");
        for line in ["Requires=page.net.service", "PartOf=page.service", "After=page.service"] {
            assert!(proxy.lines().any(|own| own == line), "{platform}: {proxy}");
        }
        assert!(!unit("page--logs").contains("After=page.service"));
        let told = told(&emitted);
        let expected = "page: its container logs gets 128 MB of what is planned: nobody says how much it needs";
        assert!(told.contains(&expected), "{told:?}");
    }
}

#[test]
fn what_stays_beside_a_run_on_a_server_does_not_wait_for_its_end() {
    let emitted = sized(&as_job(), "servers/gce", "gcp/managed", |_| {});
    crate::keep("beside-run", &emitted);
    let root = terraform::json(&emitted);
    let unit = |name: &str| {
        terraform::file(&root, &format!("/etc/systemd/system/{name}.service")).unwrap()
    };
    assert!(unit("page").contains("Type=oneshot") && unit("page").contains("Wants=page--proxy"));
    let proxy = unit("page--proxy");
    assert!(proxy.contains("StopWhenUnneeded=yes") && !proxy.contains("After=page.service"));
}

#[test]
fn what_only_runs_before_needs_no_network_of_its_own() {
    let stays = ["name: logs, image", "name: proxy, image"];
    let before: Vec<&str> = PAGE
        .lines()
        .filter(|line| !stays.iter().any(|container| line.contains(container)))
        .collect();
    let before = before.join("\n");
    let emitted = sized(&before, "servers/ec2", "aws/managed", |_| {});
    crate::keep("beside-before", &emitted);
    let root = terraform::json(&emitted);
    let file = |path: &str| terraform::file(&root, path);
    assert_eq!(file("/opt/parts/page.net"), None);
    let unit = file("/etc/systemd/system/page.service").unwrap();
    let (scratch, fill) =
        ("ExecStartPre=/opt/parts/page.scratch", "ExecStartPre=/opt/parts/page--fill");
    assert!(unit.find(scratch).unwrap() < unit.find(fill).unwrap(), "{unit}");
    assert!(file("/opt/parts/page--fill").unwrap().contains("--network parts"));
    let main = file("/opt/parts/page").unwrap();
    assert!(main.contains("--network parts") && main.contains("--publish"), "{main}");
}

#[test]
fn what_runs_before_a_store_on_a_server_sees_its_disk() {
    let store = "
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: db }
spec:
  template:
    spec:
      initContainers: [{ name: owner, image: busybox, command: [chown, '999', /d], volumeMounts: [{ name: data, mountPath: /d, subPath: pg }] }]
      containers: [{ name: db, image: 'postgres:18', volumeMounts: [{ name: data, mountPath: /var/lib/postgresql }] }]
  volumeClaimTemplates: [{ metadata: { name: data }, spec: { resources: { requests: { storage: 30Gi } } } }]
";
    let emitted = sized(store, "servers/hetzner", "servers/hetzner", |_| {});
    crate::keep("beside-store", &emitted);
    let root = terraform::json(&emitted);
    let owner = terraform::file(&root, "/opt/parts/db--owner").unwrap();
    assert!(owner.contains("--volume '/var/lib/parts/db/data/pg':'/d'"), "{owner}");
    let mounted = "mountpoint -q /var/lib/parts/db || mount ";
    assert!(owner.find(mounted).unwrap() < owner.find("docker run").unwrap(), "{owner}");
    let main = terraform::file(&root, "/opt/parts/db").unwrap();
    assert!(main.contains("--volume /var/lib/parts/db/data:'/var/lib/postgresql'"), "{main}");
    assert!(
        !told(&emitted).iter().any(|message| message.contains("claim")),
        "{:?}",
        told(&emitted)
    );
}

#[test]
fn the_other_side_of_a_split_loses_what_it_has_no_place_for_and_that_is_told() {
    let (app, sources) = app(PAGE);
    let lost = |other: &'static str| {
        let mut placements = placed::on_kubernetes(&app);
        let Settings::Pod(pod) = &mut placements[0].configured else { panic!("a pod") };
        pod.spill = Some(split::spill(&app.components[0], other));
        let plan = Plan::of_placements(&app, &placements, &sources, "a test".to_owned(), None);
        let emitted = emit::emit(&plan);
        let left = told(&emitted).into_iter().filter(|told| told.contains("the other side"));
        left.map(str::to_owned).collect::<Vec<String>>()
    };
    let expected = "page: its container proxy is left out on the other side of its split: a function is one container; it takes requests for it, so nothing works without it";
    assert!(lost("aws/lambda").contains(&expected.to_owned()), "{:?}", lost("aws/lambda"));
    let fill =
        "page: its container fill is left out on the other side of its split: Cloud Run starts";
    assert!(matches!(&lost("gcp/cloud-run")[..], [one] if one.starts_with(fill)));
    assert_eq!(lost("azure/container-apps"), Vec::<String>::new());
}

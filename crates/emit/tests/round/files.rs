//! What the main container sees of files: there and back, and what is said where a target does not bring it along.

use emit::{Emitted, Plan};
use model::{PodTarget, Settings};
use units::Millicores;

use crate::outside::page;
use crate::shapes::{at, objects};
use crate::{differences, functions, placed, read, terraform};

/// Every form that Kubernetes has, two parts that see the same, and a secret that is a variable, too.
const MANIFESTS: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - name: web
          image: acme/web
          ports: [{ containerPort: 8080 }]
          env: [{ name: TOKEN, valueFrom: { secretKeyRef: { name: tls, key: token } } }]
          resources: { requests: { cpu: 100m }, limits: { memory: 64Mi } }
          volumeMounts:
            - { name: cache, mountPath: /cache }
            - { name: config, mountPath: /etc/web/main.conf, subPath: main.conf }
            - { name: config, mountPath: /etc/web/all }
            - { name: chosen, mountPath: /etc/more }
            - { name: keys, mountPath: /keys }
            - { name: all, mountPath: /all }
      volumes:
        - { name: cache, emptyDir: { medium: Memory, sizeLimit: 64Mi } }
        - { name: config, configMap: { name: web } }
        - { name: chosen, configMap: { name: more, optional: true, items: [{ key: a, path: sub/a.txt }] } }
        - { name: keys, secret: { secretName: tls, defaultMode: 0440 } }
        - name: all
          projected:
            sources:
              - configMap: { name: web, items: [{ key: b, path: b }] }
              - secret: { name: other.name, optional: true }
---
{ apiVersion: v1, kind: Service, metadata: { name: web }, spec: { type: LoadBalancer, selector: { app: web }, ports: [{ port: 8080 }] } }
---
apiVersion: batch/v1
kind: CronJob
metadata: { name: nightly }
spec:
  schedule: '0 3 * * *'
  jobTemplate:
    spec:
      template:
        spec:
          containers:
            - name: nightly
              image: acme/web
              resources: { requests: { cpu: 100m }, limits: { memory: 64Mi } }
              volumeMounts: [{ name: config, mountPath: /etc/web }, { name: work, mountPath: /work }]
          volumes: [{ name: config, configMap: { name: web } }, { name: work, emptyDir: {} }]
---
{ apiVersion: v1, kind: ConfigMap, metadata: { name: web }, data: { main.conf: a, b: c } }
";

const COMPOSE: &str = "
name: shop
services:
  web:
    image: nginx:1.27
    ports: ['80:80']
    configs: [my_site, { source: outer, target: /etc/outer }]
    secrets: [token, { source: tls_key, target: /etc/tls.key, mode: 0400 }]
    tmpfs: ['/run', '/var/cache/nginx:size=64m']
    volumes: ['./conf/nginx.conf:/etc/nginx/nginx.conf:ro', \"./it's/mime.types:/etc/nginx/mime.types\"]
    deploy: { resources: { limits: { memory: 256M }, reservations: { cpus: '0.25' } } }
  db:
    image: postgres:16
    environment: { POSTGRES_PASSWORD_FILE: /run/secrets/token }
    secrets: [token]
    volumes: ['data:/var/lib/postgresql/data', './init.sql:/docker-entrypoint-initdb.d/init.sql:ro']
configs:
  my_site: { file: ./conf/site.conf }
  outer: { content: hello }
secrets:
  token: { environment: API_TOKEN }
  tls_key: { file: ./certs/tls.key }
volumes: { data: {} }
";

const POD: &str = "spec template spec";

/// Written for a cluster, on which Knative has what it can have where it is asked for.
pub(crate) fn written(file: &str, text: &str, target: &str) -> Emitted {
    let (app, sources) = read(file, text.as_bytes()).unwrap();
    let mut placements = placed::on_kubernetes(&app);
    for placement in &mut placements {
        if let (Settings::Pod(pod), "knative") = (&mut placement.configured, target) {
            pod.target = PodTarget::Knative { target: 20, queue_proxy: Millicores::new(25) };
        }
    }
    let target = emit::by_name(target);
    let plan = Plan::of_placements(&app, &placements, &sources, "a test".to_owned(), target);
    let emitted = emit::emit(&plan);
    assert_eq!(crate::faults(&emitted.files), Vec::<String>::new());
    emitted
}

/// Written for a platform of Terraform's.
fn on(text: &str, platform: &'static str, stores: &'static str) -> Emitted {
    let (app, sources) = read("compose.yaml", text.as_bytes()).unwrap();
    let placements = terraform::on(&app, platform, stores);
    terraform::emitted(&app, &placements, &sources)
}

fn told<'e>(emitted: &'e Emitted, what: &str) -> Vec<&'e str> {
    let messages = emitted.findings.iter().map(|finding| finding.message.as_str());
    messages.filter(|message| message.contains(what)).collect()
}

#[test]
fn every_form_comes_back() {
    for (file, text) in [("k8s.yaml", MANIFESTS), ("compose.yaml", COMPOSE)] {
        let found = differences(file, text.as_bytes());
        assert!(found.is_empty(), "{}", found.join("\n"));
    }
}

#[test]
fn volumes_are_by_reference_and_the_page_says_how_each_is_made() {
    let emitted = written("k8s.yaml", MANIFESTS, "kubernetes");
    let all = objects(&emitted.files);
    let pod = |path: &str| at(&all, "Deployment web", &format!("{POD} {path}"));
    assert_eq!(pod("volumes 0 emptyDir medium"), Some("Memory"));
    assert_eq!(pod("volumes 0 emptyDir sizeLimit"), Some("64Mi"));
    assert_eq!(pod("volumes 1 configMap name"), Some("web"));
    // One volume for both places.
    assert_eq!(pod("containers 0 volumeMounts 1 subPath"), Some("main.conf"));
    assert_eq!(
        (pod("containers 0 volumeMounts 1 name"), pod("containers 0 volumeMounts 2 name")),
        (Some("web"), Some("web"))
    );
    assert_eq!(pod("volumes 2 configMap items 0 path"), Some("sub/a.txt"));
    assert_eq!(pod("volumes 2 configMap optional"), Some("true"));
    assert_eq!(pod("volumes 3 secret defaultMode"), Some("288"));
    assert_eq!(pod("volumes 4 projected sources 0 configMap items 0 key"), Some("b"));
    assert_eq!(pod("volumes 4 projected sources 1 secret name"), Some("other.name"));
    // Not all may read the keys: the pod's group may.
    assert_eq!(pod("securityContext fsGroup"), Some("999"));
    let job = |path: &str| {
        let template = "spec jobTemplate spec template spec";
        at(&all, "CronJob nightly", &format!("{template} {path}"))
    };
    assert_eq!(job("volumes 0 configMap name"), Some("web"));
    assert_eq!(job("containers 0 volumeMounts 1 mountPath"), Some("/work"));
    assert_eq!(job("securityContext fsGroup"), None);
    assert_eq!(
        told(&emitted, "have to be there"),
        [
            "nightly: its containers see files that have to be there: config map web",
            "web: its containers see files that have to be there: config map web, secret tls",
        ]
    );
    let page = page(&emitted);
    let step = [
        "make the namespace and its Secrets and ConfigMaps: `kubectl apply -f kubernetes/overlays/production/namespace.yaml`, then",
        "   - `kubectl -n app-production create configmap more --from-file=a=FILE`, if you want it: all start without it",
        "   - config map `web`: apply what `k8s.yaml:51` declares, in the namespace `app-production`",
        "   - `kubectl -n app-production create secret generic other.name --from-file=KEY=FILE`, if you want it: all start without it",
        "   - `kubectl -n app-production create secret generic tls --from-file=KEY=FILE --from-literal=token=VALUE`",
    ];
    assert!(page.contains(&step.join("\n")), "{page}");
    let content: String = emitted.files.iter().map(|file| file.text.as_str()).collect();
    assert!(!content.contains("kind: \"ConfigMap\"\nmetadata:\n  name: web\n"));
}

#[test]
fn files_of_the_host_are_made_of_what_is_known() {
    let emitted = written("shop/compose.yaml", COMPOSE, "kubernetes");
    let all = objects(&emitted.files);
    let pod = |path: &str| at(&all, "Deployment web", &format!("{POD} {path}"));
    assert_eq!(pod("volumes 0 configMap name"), Some("web-files"));
    assert_eq!(pod("containers 0 volumeMounts 0 subPath"), Some("nginx.conf"));
    assert_eq!(pod("containers 0 volumeMounts 1 readOnly"), Some("true"));
    // Kubernetes has no underscores in names.
    assert_eq!(pod("volumes 3 configMap name"), Some("my-site"));
    assert_eq!(pod("containers 0 volumeMounts 4 mountPath"), Some("/my_site"));
    let store = |path: &str| at(&all, "StatefulSet db", &format!("{POD} {path}"));
    assert_eq!(store("volumes 1 secret secretName"), Some("token"));
    assert_eq!(
        store("containers 0 volumeMounts 1 mountPath"),
        Some("/docker-entrypoint-initdb.d/init.sql")
    );
    let page = page(&emitted);
    for line in [
        "   - `kubectl -n shop-production create configmap db-files --from-file=init.sql=shop/init.sql`",
        "   - `kubectl -n shop-production create configmap my-site --from-file=site.conf=shop/conf/site.conf`",
        "   - config map `outer`: apply what `shop/compose.yaml:19` declares, in the namespace `shop-production`",
        "   - `kubectl -n shop-production create configmap web-files --from-file='mime.types=shop/it'\\''s/mime.types' --from-file=nginx.conf=shop/conf/nginx.conf`",
        "   - `kubectl -n shop-production create secret generic tls-key --from-file=tls.key=shop/certs/tls.key`",
        "   - `kubectl -n shop-production create secret generic token --from-literal=token=\"$API_TOKEN\"`",
    ] {
        assert!(page.lines().any(|known| known == line), "{line}\n{page}");
    }
    assert_eq!(
        told(&emitted, "cannot write"),
        ["web: it cannot write to /etc/nginx/mime.types here"]
    );
}

#[test]
fn knative_has_them_too_and_says_whom_a_mode_shuts_out() {
    let emitted = written("k8s.yaml", MANIFESTS, "knative");
    let all = objects(&emitted.files);
    let pod = |path: &str| at(&all, "Service web", &format!("{POD} {path}"));
    assert_eq!(pod("volumes 0 emptyDir medium"), Some("Memory"));
    assert_eq!(pod("containers 0 volumeMounts 5 readOnly"), Some("true"));
    assert_eq!(told(&emitted, "root's alone").len(), 1);
}

#[test]
fn names_that_are_taken_or_cannot_be_are_others() {
    let text = "
name: shop
components:
  web: { kind: http, memory: 512 MB, duration: 300 ms, load: 3M/month, mounts: [config-map web-settings at /a read-only, config-map A_b at /b read-only, config-map a-b at /c read-only, scratch x at /, scratch y/../z at /y] }
";
    let emitted = written("crossover.yaml", text, "kubernetes");
    let all = objects(&emitted.files);
    let name = |number: usize| {
        let path = format!("{POD} volumes {number} configMap name");
        at(&all, "Deployment web", &path).unwrap().to_owned()
    };
    assert!(name(0).starts_with("web-settings-"), "{}", name(0));
    assert!(name(1).starts_with("a-b-") && name(2) == "a-b", "{} {}", name(1), name(2));
    assert_eq!(
        told(&emitted, "is left out"),
        [
            "web: scratch x, which sees at `/`, is left out",
            "web: scratch y, which sees at `/y`, is left out",
        ]
    );
}

#[test]
fn who_does_not_bring_them_says_which_are_expected_and_what_to_do() {
    let expected = "web: expects files that are not there: `/etc/nginx/nginx.conf` (nginx.conf of config map web-files, from conf/nginx.conf), ";
    for (platform, stores) in terraform::PLATFORMS {
        let emitted = on(COMPOSE, platform, stores);
        let found = told(&emitted, "expects files");
        let of = |start: &str| found.iter().any(|message| message.starts_with(start));
        if platform.starts_with("servers/") {
            assert!(of("web: expects files on each of its servers: "), "{platform}: {found:?}");
        } else {
            assert!(of(expected), "{platform}: {found:?}");
        }
        let store = if stores == "servers/hetzner" {
            "on each of its servers"
        } else {
            "that are not there"
        };
        assert!(of(&format!("db: expects files {store}: `")), "{platform}: {found:?}");
        let space = told(&emitted, "scratch space");
        let space_told = match platform {
            "aws/lambda" => space == ["web: has no scratch space at /run, /var/cache/nginx"],
            "aws/fargate" | "azure/container-apps" => {
                space
                    == [
                        "web: its scratch space at /run, /var/cache/nginx is on disk here, not in memory",
                    ]
            }
            _ => space.is_empty(),
        };
        assert!(space_told, "{platform}: {space:?}");
    }
    let (app, sources) = read("compose.yaml", COMPOSE.as_bytes()).unwrap();
    let placements = functions::on_lambda(&app);
    for (target, ..) in functions::TARGETS {
        let emitted = functions::written(target, &app, &placements, &sources);
        assert_eq!(told(&emitted, "web: expects files that are not there").len(), 1, "{target}");
    }
}

#[test]
fn a_task_has_scratch_space_that_only_its_main_container_sees() {
    let emitted = on(COMPOSE, "aws/fargate", "aws/managed");
    crate::keep("files", &emitted);
    let root = terraform::json(&emitted);
    let points = root["locals"]["web__containers"][0]["mountPoints"].as_array().unwrap();
    let paths: Vec<&str> = points.iter().map(|p| p["containerPath"].as_str().unwrap()).collect();
    assert_eq!(paths, ["/run", "/var/cache/nginx"]);
    let task = &root["resource"]["aws_ecs_task_definition"]["web"];
    assert_eq!(task["volume"].as_array().unwrap().len(), 2);
}

#[test]
fn servers_show_files_of_their_own_and_the_page_copies_them() {
    let text = COMPOSE.replace("'./conf/nginx.conf", "'./my conf/nginx.conf");
    let emitted = on(&text, "servers/ec2", "aws/managed");
    crate::keep("files_servers", &emitted);
    let start: String = emitted.files.iter().map(|file| file.text.as_str()).collect();
    for word in [
        "--volume '/etc/parts/web/etc/nginx/nginx.conf':'/etc/nginx/nginx.conf':ro",
        "[ -e '/etc/parts/web/etc/nginx/nginx.conf' ] || { echo '/etc/parts/web/etc/nginx/nginx.conf' is not there >&2; exit 1; }",
        "--tmpfs '/run'",
        "--tmpfs '/var/cache/nginx':size=67108864",
    ] {
        assert!(start.contains(word), "{word}");
    }
    let page = page(&emitted);
    for line in [
        "     - `sudo install -D -m 0644 'my conf/nginx.conf' /etc/parts/web/etc/nginx/nginx.conf`",
        "     - `sudo install -D -m 0400 certs/tls.key /etc/parts/web/etc/tls.key`",
        "     - `sudo install -D -m 0644 FILE /etc/parts/web/etc/outer` (outer of config map outer, declared at compose.yaml:19)",
    ] {
        assert!(page.lines().any(|known| known == line), "{line}\n{page}");
    }
}

/// A container beside the main one, with which it shares what is in memory.
const BESIDE: &str = "
name: shop
components:
  web:
    kind: http
    memory: 512 MB
    duration: 300 ms
    load: 3M/month
    mounts: [{ mount: scratch run at /run, in_memory: true }, config-map web at /etc/web read-only]
    containers: [{ name: push, image: acme/push, memory: 64 MB, mounts: [scratch run at /in] }]
";

#[test]
fn what_is_shared_on_a_server_is_a_folder_and_seen_once() {
    let (app, sources) = read("crossover.yaml", BESIDE.as_bytes()).unwrap();
    let placements = terraform::on(&app, "servers/ec2", "aws/managed");
    let emitted = terraform::emitted(&app, &placements, &sources);
    let all: String = emitted.files.iter().map(|file| file.text.as_str()).collect();
    assert!(!all.contains("--tmpfs"));
    assert_eq!(all.matches(":'/run'").count(), 1);
    assert!(all.contains("--volume '/etc/parts/web/etc/web':'/etc/web':ro"));
    let expected = ["web: its scratch space at /run is on disk here, not in memory"];
    assert_eq!(told(&emitted, "scratch space"), expected);
}

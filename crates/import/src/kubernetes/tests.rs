//! Manifests as people write them.

use model::{Component, Engine, Load, Need};
use source::SourceMap;
use units::{Bytes, Duration, Millicores};

use super::*;
use crate::seeds::SIDECARS;

fn read(text: &str) -> (App, Vec<Finding>) {
    let mut sources = SourceMap::default();
    let file = sources.add("shop/k8s/all.yaml", text);
    Kubernetes.read(&Project::new(&sources, "shop"), &[file])
}

fn said(findings: &[Finding]) -> String {
    let shown = findings.iter().filter(|f| f.severity > Severity::Note);
    shown.map(|f| f.message.as_str()).collect::<Vec<_>>().join("\n")
}

fn part<'a>(app: &'a App, id: &str) -> &'a Component {
    app.component(id).unwrap_or_else(|| panic!("no {id}"))
}

const SHOP: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2
  template:
    metadata: { labels: { app: web } }
    spec:
      terminationGracePeriodSeconds: 5
      containers:
        - name: server
          image: node:20-alpine
          ports: [{ containerPort: 8080 }]
          env:
            - { name: CART_ADDR, value: 'cart:7070' }
            - { name: PASSWORD, valueFrom: { secretKeyRef: { name: s, key: p } } }
          envFrom: [{ configMapRef: { name: settings } }]
          resources: { requests: { cpu: 100m, memory: 64Mi }, limits: { cpu: 200m, memory: 128Mi } }
        - { name: proxy, image: envoy, resources: { requests: { cpu: 50m }, limits: { memory: 64Mi } } }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: settings }
data: { DATABASE_URL: 'postgres://db.default.svc.cluster.local:5432/x' }
---
apiVersion: v1
kind: List
items:
  - { apiVersion: v1, kind: Service, metadata: { name: web-external }, spec: { type: LoadBalancer, selector: { app: web } } }
  - { apiVersion: v1, kind: Service, metadata: { name: cart }, spec: { selector: { app: cartservice } } }
  - { apiVersion: v1, kind: Service, metadata: { name: db }, spec: { selector: { app: postgres } } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: cartservice }
spec:
  template:
    metadata: { labels: { app: cartservice } }
    spec: { containers: [{ name: c, image: org/cart, ports: [{ containerPort: 7070 }] }] }
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: postgres }
spec:
  template:
    metadata: { labels: { app: postgres } }
    spec: { containers: [{ name: p, image: 'postgres:16' }] }
  volumeClaimTemplates: [{ metadata: { name: data }, spec: { resources: { requests: { storage: 50Gi } } } }]
---
apiVersion: batch/v1
kind: CronJob
metadata: { name: report }
spec: { schedule: '0 3 * * *', jobTemplate: { spec: { template: { spec: { containers: [{ name: r, image: org/report }] } } } } }
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: web }
spec: { scaleTargetRef: { kind: Deployment, name: web }, minReplicas: 2, maxReplicas: 9 }
---
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: agent }
spec: { template: { spec: { containers: [{ name: a, image: agent }] } } }
";

#[test]
fn workloads_become_components() {
    let (app, findings) = read(SHOP);
    assert_eq!(said(&findings), "");
    assert_eq!(app.name, "shop");
    let kinds: Vec<(&str, Kind)> = app.components.iter().map(|c| (c.id.as_str(), c.kind)).collect();
    assert_eq!(
        kinds,
        [
            ("cartservice", Kind::Http),
            ("postgres", Kind::Stateful),
            ("report", Kind::Cron),
            ("web", Kind::Http)
        ]
    );
    let web = part(&app, "web");
    assert_eq!(web.cpu_request.as_ref().and_then(Fact::get), Some(Millicores::new(150)));
    assert_eq!(web.memory.get(), Some(Bytes::from_mib(192)));
    assert_eq!(web.public.get(), Some(true));
    assert_eq!(web.runtime.value().unwrap().0, "nodejs20.x");
    let blueprint = web.blueprint.as_ref().unwrap();
    let scaler = blueprint.autoscaler.as_ref().unwrap();
    assert_eq!((blueprint.replicas, scaler.min, scaler.max), (Some(2), Some(2), Some(9)));
    assert_eq!(
        part(&app, "postgres").storage.as_ref().and_then(Fact::get),
        Some(Bytes::from_gib(50))
    );
    assert_eq!(part(&app, "postgres").engine.as_ref().and_then(Fact::get), Some(Engine::Postgres));
    assert!(
        matches!(&part(&app, "report").load, Load::Cron { expression, .. } if expression == "0 3 * * *")
    );
    assert!(!part(&app, "cartservice").memory.is_known());
}

#[test]
fn names_of_services_lead_to_workloads() {
    let (app, _) = read(SHOP);
    let edges: Vec<(&str, &str)> =
        app.edges.iter().map(|e| (e.from.as_str(), e.to.as_str())).collect();
    assert_eq!(edges, [("web", "cartservice"), ("web", "postgres")]);
    assert_eq!(part(&app, "cartservice").load, Load::Derived);
}

#[test]
fn knative_services_say_their_concurrency() {
    let (app, _) = read("
apiVersion: serving.knative.dev/v1
kind: Service
metadata: { name: hello }
spec:
  template:
    metadata: { annotations: { autoscaling.knative.dev/min-scale: '1', autoscaling.knative.dev/max-scale: '5' } }
    spec: { containerConcurrency: 10, containers: [{ image: org/hello }] }
");
    let hello = part(&app, "hello");
    assert_eq!(hello.concurrency.get(), Some(10));
    assert_eq!(hello.public.get(), Some(true));
    let scaler = hello.blueprint.as_ref().unwrap().autoscaler.as_ref().unwrap();
    assert_eq!((scaler.min, scaler.max), (Some(1), Some(5)));
}

#[test]
fn templates_of_helm_are_refused_with_the_command() {
    let chart = "apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Values.name }}\n";
    let (app, findings) = read(chart);
    assert!(app.components.is_empty());
    assert!(
        said(&findings).contains("is a template that Helm fills in first"),
        "{}",
        said(&findings)
    );
    let fine = "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: a, annotations: { x: 'text with {{ braces }}' } }\nspec: { template: { spec: { containers: [{ name: a, image: b }] } } }\n";
    assert_eq!(read(fine).0.components.len(), 1);
}

#[test]
fn needs_and_bad_quantities_are_said() {
    let (app, findings) = read("
apiVersion: apps/v1
kind: Deployment
metadata: { name: ml }
spec:
  template:
    spec:
      hostNetwork: true
      containers: [{ name: ml, image: x, resources: { limits: { nvidia.com/gpu: 1, memory: lots } }, ports: [{ containerPort: 53, protocol: UDP }] }]
");
    let needs: Vec<Need> = part(&app, "ml").needs.iter().collect();
    assert_eq!(needs, [Need::Udp, Need::Gpu, Need::Privileged]);
    assert_eq!(said(&findings), "ml: `lots` is not an amount of memory");
}

#[test]
fn what_stands_twice_is_taken_once() {
    let one = "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: a }\nspec: { template: { spec: { containers: [{ name: a, image: b }] } } }\n";
    let (app, findings) = read(&format!("{one}---\n{one}"));
    assert_eq!(app.components.len(), 1);
    assert_eq!(said(&findings), "Deployment a stands here twice; the first counts");
}

/// The autoscaler of a Deployment `a`, of these objects beside it.
fn scaler(objects: &str) -> model::Autoscaler {
    let workload = "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: a }\nspec: { template: { spec: { containers: [{ name: a, image: b }] } } }\n";
    let (app, _) = read(&format!("{workload}---\n{objects}"));
    part(&app, "a").blueprint.as_ref().unwrap().autoscaler.clone().unwrap()
}

#[test]
fn a_horizontal_pod_autoscaler_in_full() {
    use model::{Measured, ScaleSelect, ScaleTarget};
    let hpa = scaler("
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: a }
spec:
  scaleTargetRef: { name: a }
  minReplicas: 3
  maxReplicas: 30
  metrics:
    - { type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 60 } } }
    - { type: Pods, pods: { metric: { name: http_requests_per_second }, target: { type: AverageValue, averageValue: 500m } } }
    - { type: External, external: { metric: { name: queue_length }, target: { type: AverageValue, averageValue: '30' } } }
  behavior:
    scaleUp: { stabilizationWindowSeconds: 0, policies: [{ type: Percent, value: 100, periodSeconds: 15 }] }
    scaleDown: { selectPolicy: Disabled, tolerance: '0.05' }
");
    assert_eq!((hpa.min, hpa.max), (Some(3), Some(30)));
    let metrics: Vec<_> = hpa.metrics.iter().map(|m| (m.of.clone(), m.target)).collect();
    assert_eq!(
        metrics,
        [
            (Measured::Cpu, ScaleTarget::Utilization(60)),
            (Measured::RequestRate, ScaleTarget::Average(0.5)),
            (Measured::Messages, ScaleTarget::Average(30.0)),
        ]
    );
    assert_eq!(hpa.up.policies.len(), 1);
    assert_eq!((hpa.down.select, hpa.down.tolerance), (Some(ScaleSelect::Disabled), Some(0.05)));
}

#[test]
fn a_scaled_object_with_its_triggers() {
    use model::{Measured, ScaleTarget, ScalerKind};
    let keda = scaler("
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: { name: a }
spec:
  scaleTargetRef: { name: a }
  pollingInterval: 10
  cooldownPeriod: 60
  maxReplicaCount: 12
  triggers: [{ type: aws-sqs-queue, metadata: { queueLength: '7' } }, { type: cron, metadata: { start: x } }]
");
    assert_eq!((keda.kind, keda.min, keda.max), (ScalerKind::Keda, Some(0), Some(12)));
    assert_eq!(keda.polling, Some(Duration::from_secs(10)));
    let metrics: Vec<_> = keda.metrics.iter().map(|m| (m.of.clone(), m.target)).collect();
    assert_eq!(metrics, [(Measured::Messages, ScaleTarget::Average(7.0))]);
}

#[test]
fn a_probe_that_waits_tells_about_how_long_a_start_takes() {
    let (app, _) = read("
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  template:
    spec:
      containers:
        - name: web
          image: org/web
          ports: [{ containerPort: 8080 }]
          startupProbe: { httpGet: { path: /up, port: 8080 }, initialDelaySeconds: 5, failureThreshold: 30, timeoutSeconds: 2 }
          readinessProbe: { httpGet: { path: /ready, port: 8080 }, initialDelaySeconds: 20 }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: quick }
spec:
  template:
    spec:
      containers:
        - { name: quick, image: org/quick, readinessProbe: { tcpSocket: { port: 1 } } }
");
    let init = &part(&app, "web").start.init;
    assert_eq!((init.get(), init.is_known()), (Some(Duration::from_secs(20)), false));
    let origin = init.origin().expect("an assumption has one");
    assert!(origin.span.is_some() && origin.note.contains("its readiness probe waits 20 s"));
    let blueprint = part(&app, "web").blueprint.as_ref().expect("it is deployed");
    let started = blueprint.started.as_ref().expect("a startup probe");
    assert_eq!((started.failures, started.timeout), (30, Duration::from_secs(2)));
    assert_eq!(blueprint.ready.as_ref().map(|probe| probe.failures), Some(3));
    assert_eq!(part(&app, "quick").start.init, Fact::Unknown);
}

#[test]
fn a_chart_is_refused_once_and_text_in_braces_is_none() {
    let mut sources = SourceMap::default();
    let chart = "apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Values.name }}\n";
    let alert = "apiVersion: monitoring.coreos.com/v1\nkind: AlertmanagerConfig\nmetadata: { name: a }\nspec:\n  title: |\n    {{ if eq .Status \"firing\" }}fire{{- end -}}\n";
    let files = [
        sources.add("shop/chart/templates/a.yaml", chart),
        sources.add("shop/chart/templates/b.yaml", chart),
        sources.add("shop/alert.yaml", alert),
    ];
    let (_, findings) = Kubernetes.read(&Project::new(&sources, "shop"), &files);
    let refused: Vec<_> = findings.iter().filter(|f| f.id == crate::findings::TEMPLATE).collect();
    assert_eq!(refused.len(), 1, "{findings:?}");
    assert!(refused[0].message.contains("and 1 more of"), "{}", refused[0].message);
    let hint = refused[0].hint.as_deref().unwrap_or_default();
    assert!(hint.contains("helm template") && hint.contains("chart | crossover plan -"), "{hint}");
}

#[test]
fn operators_and_what_watches_are_no_part_of_the_application() {
    let workload = |name: &str, image: &str| {
        let pod = format!("{{ spec: {{ containers: [{{ name: a, image: '{image}' }}] }} }}");
        format!(
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{ name: {name} }}\nspec: {{ template: {pod} }}\n"
        )
    };
    let parts = [
        ("web", "org/web"),
        ("prometheus", "quay.io/prometheus/prometheus:v3"),
        ("pool-operator", "org/pool:1"),
        ("controller", "registry.k8s.io/ingress-nginx/controller:v1@sha256:0"),
        ("agent", "gcr.io/datadog/agent:7"),
    ];
    let all: String = parts.iter().map(|(name, image)| workload(name, image)).collect();
    let (app, findings) = read(&all);
    let ids: Vec<&str> = app.components.iter().map(|c| c.id.as_str()).collect();
    assert_eq!(ids, ["web"]);
    let notes: Vec<&Finding> =
        findings.iter().filter(|f| f.message.contains("so not planned")).collect();
    assert_eq!(notes.len(), 1);
    assert!(
        notes[0].message.contains("serves the cluster: pool-operator, controller"),
        "{notes:?}"
    );
    let alone: String = parts[1..].iter().map(|(name, image)| workload(name, image)).collect();
    assert_eq!(read(&alone).0.components.len(), 4, "nothing else is left");
}

/// A Deployment with more of its specification behind the image.
fn deployment(name: &str, image: &str, more: &str) -> String {
    let pod = format!("{{ name: a, image: '{image}'{more} }}");
    let labels = format!("{{ labels: {{ app: {name} }} }}");
    format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{ name: {name} }}\nspec: {{ template: {{ metadata: {labels}, spec: {{ containers: [{pod}] }} }} }}\n"
    )
}

fn service(name: &str, kind: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Service\nmetadata: {{ name: {name} }}\nspec: {{ type: {kind}, selector: {{ app: {name} }} }}\n"
    )
}

fn read_all(files: &[(&str, String)]) -> (App, Vec<Finding>) {
    let mut sources = SourceMap::default();
    let ids: Vec<FileId> = files
        .iter()
        .map(|(path, text)| sources.add(format!("shop/{path}"), text.as_str()))
        .collect();
    Kubernetes.read(&Project::new(&sources, "shop"), &ids)
}

#[test]
fn a_patch_of_a_kustomization_is_no_workload() {
    let kustomization = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [../base]\npatches: [{ path: more.yaml }]\n";
    let patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web }\nspec: { template: { spec: { containers: [{ name: a, env: [] }] } } }\n";
    let (app, findings) = read_all(&[
        ("base/web.yaml", deployment("web", "org/web", ", ports: [{ containerPort: 80 }]")),
        ("prod/kustomization.yaml", kustomization.to_owned()),
        ("prod/more.yaml", deployment("web", "org/web:prod", "") + &deployment("x", "y", "")),
        ("test/patch.yaml", patch.to_owned()),
    ]);
    assert_eq!(app.components.len(), 1);
    let web = part(&app, "web");
    assert_eq!(web.kind, Kind::Http);
    assert_eq!(web.blueprint.as_ref().and_then(|b| b.image.as_deref()), Some("org/web"));
    assert!(
        findings.iter().any(|f| f.message == "patches of kustomizations are not applied (1 here)")
    );
    assert!(!said(&findings).contains("left out"), "{}", said(&findings));
}

#[test]
fn configuration_counts_that_lies_with_the_workloads() {
    let config = |to: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{ name: places }}\ndata: {{ API_ADDR: '{to}:80' }}\n"
        )
    };
    let (app, _) = read_all(&[
        ("k8s/api.yaml", deployment("api", "org/api", "")),
        ("k8s/config.yaml", config("api")),
        (
            "k8s/web.yaml",
            deployment("web", "org/web", ", envFrom: [{ configMapRef: { name: places } }]"),
        ),
        ("old/config.yaml", config("monolith")),
    ]);
    let edges: Vec<(&str, &str)> =
        app.edges.iter().map(|e| (e.from.as_str(), e.to.as_str())).collect();
    assert_eq!(edges, [("web", "api")]);
}

#[test]
fn a_chart_keeps_its_plain_files() {
    let (app, findings) = read_all(&[
        (
            "chart/templates/a.yaml",
            "kind: Service\nmetadata:\n  name: {{ .Values.name }}\n".to_owned(),
        ),
        ("chart/templates/b.yaml", deployment("fix", "org/fix", "")),
        ("k8s/web.yaml", deployment("web", "org/web", "")),
    ]);
    assert_eq!(app.components.iter().map(|c| c.id.as_str()).collect::<Vec<_>>(), ["web"]);
    assert!(said(&findings).contains("is a template that Helm fills in first"));
}

#[test]
fn folders_without_anything_in_common_are_several_applications() {
    let several = |files: &[(&str, String)]| {
        let (app, findings) = read_all(files);
        let error = findings.into_iter().find(|f| f.id == crate::findings::MANY_APPS);
        assert_eq!(app.components.is_empty(), error.is_some());
        error.map(|f| f.hint.unwrap_or_default())
    };
    let apart = |image: &str, more: &str| {
        vec![
            (
                "puzzle/all.yaml",
                deployment("puzzle", "ann/puzzle", "") + &service("puzzle", "NodePort"),
            ),
            ("shop/db/db.yaml", deployment("till", "postgres", "")),
            (
                "shop/web/web.yaml",
                deployment("front", image, more) + &service("front", "LoadBalancer"),
            ),
        ]
    };
    let linked = ", env: [{ name: DB_HOST, value: till }]";
    assert_eq!(
        several(&apart("bob/front", linked)),
        Some(
            "run `crossover plan shop/puzzle`, or name another of `shop/puzzle`, `shop/shop`"
                .to_owned()
        )
    );
    // One maker, a call, a namespace, or a single way in: one application in many folders.
    assert_eq!(several(&apart("ann/front", linked)), None);
    let call = ", env: [{ name: A, value: 'till:1' }, { name: B, value: 'http://puzzle/x' }]";
    assert_eq!(several(&apart("bob/front", call)), None);
    let mut own = apart("front:1", linked);
    own[0].1 = own[0].1.replace("ann/puzzle", "puzzle:2");
    assert_eq!(several(&own), None);
    let mut inside = apart("bob/front", linked);
    for (_, text) in &mut inside {
        *text = text.replace("metadata: { name:", "metadata: { namespace: play, name:");
    }
    assert_eq!(several(&inside), None);
    let mut one_way = apart("bob/front", linked);
    one_way[0].1 = one_way[0].1.replace("NodePort", "ClusterIP");
    assert_eq!(several(&one_way), None);
    let mut joined = apart("bob/front", linked);
    let list = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [puzzle, shop/web]\n";
    joined.push(("kustomization.yaml", list.to_owned()));
    assert_eq!(several(&joined), None);
}

#[test]
fn variants_alike_in_number_are_not_mixed() {
    let all = |names: &[&str], image: &str| -> String {
        names.iter().map(|name| deployment(name, image, "")).collect()
    };
    let (app, _) = read_all(&[
        ("plain/1.yaml", all(&["a", "b", "c"], "plain")),
        ("plain/2.yaml", all(&["d"], "plain")),
        ("plain/3.yaml", all(&["e"], "plain")),
        ("traced/1.yaml", all(&["a", "b", "c"], "traced")),
        ("traced/2.yaml", all(&["d", "e"], "traced")),
    ]);
    let images: Vec<Option<&str>> = app
        .components
        .iter()
        .map(|c| c.blueprint.as_ref().and_then(|b| b.image.as_deref()))
        .collect();
    assert_eq!(images, [Some("plain"); 5]);
}

/// A Job of this name; `more` stands in its metadata.
fn job(name: &str, image: &str, more: &str) -> String {
    format!(
        "---
apiVersion: batch/v1
kind: Job
metadata: {{ name: {name}{more} }}
spec:
  backoffLimit: 2
  activeDeadlineSeconds: 900
  completions: 3
  template:
    spec:
      containers: [{{ name: run, image: '{image}', env: [{{ name: DB_HOST, value: db }}] }}]
"
    )
}

const WEB_AND_DB: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec: { template: { spec: { containers: [{ name: web, image: org/web, ports: [{ containerPort: 80 }] }] } } }
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: db }
spec: { template: { spec: { containers: [{ name: db, image: 'postgres:16' }] } } }
";

#[test]
fn a_job_is_a_part_that_runs_at_each_release() {
    let hook = ", annotations: { helm.sh/hook: 'pre-install,pre-upgrade' }";
    let jobs = [job("migrate", "org/web", hook), job("seed", "postgres:16", "")].concat();
    let (app, findings) = read(&format!("{WEB_AND_DB}{jobs}"));
    let kinds: Vec<_> = app.components.iter().map(|c| (c.id.as_str(), c.kind.name())).collect();
    assert_eq!(kinds, [("db", "stateful"), ("migrate", "job"), ("seed", "job"), ("web", "http")]);
    let migrate = part(&app, "migrate");
    assert_eq!(migrate.blueprint.as_ref().unwrap().retries, Some(2));
    assert_eq!(migrate.run_time_max.as_ref().and_then(Fact::get), Some(Duration::from_secs(900)));
    assert!(findings.iter().any(|f| f.message.contains("3 completions are planned as one run")));
    // Helm waits for the end of the one, and not of the other.
    assert_eq!(part(&app, "web").blueprint.as_ref().unwrap().after, ["migrate"]);
    assert_eq!(part(&app, "db").blueprint.as_ref().unwrap().after, [""; 0]);
    let edges: Vec<_> = app.edges.iter().map(|e| (e.from.as_str(), e.to.as_str())).collect();
    assert_eq!(edges, [("migrate", "db"), ("seed", "db")]);
    assert!(matches!(&migrate.load, Load::Rate { rate, .. } if !rate.is_known()));
}

#[test]
fn jobs_of_charts_and_operators_stay_left_out() {
    let hook = |moment: &str| format!(", annotations: {{ helm.sh/hook: {moment} }}");
    let owned = ", ownerReferences: [{ kind: CronJob, name: x }]";
    for (name, image, more) in [
        ("cert-manager-startupapicheck", "quay.io/jetstack/cert-manager-startupapicheck", ""),
        ("ingress-admission-create", "registry.k8s.io/ingress-nginx/kube-webhook-certgen:v1", ""),
        ("labels", "bitnami/kubectl:1.33", ""),
        ("load-generator", "org/load", ""),
        ("shop-test-connection", "busybox", ""),
        ("clean", "org/web", &hook("pre-delete")),
        ("try", "org/web", &hook("test")),
        ("nightly-29", "org/web", owned),
    ] {
        let (app, findings) = read(&format!("{WEB_AND_DB}{}", job(name, image, more)));
        assert_eq!(app.components.len(), 2, "{name}");
        assert!(
            findings.iter().any(|f| f.message.contains("not planned") && f.message.contains(name))
        );
    }
    // Alone, a job is what the file is about.
    let (app, _) = read(&job("pi", "perl", ""));
    assert_eq!(app.components.len(), 1);
}

#[test]
fn containers_of_a_pod_are_kept_apart() {
    use model::{Held, Role, Setting};
    let (app, findings) = read(SIDECARS);
    assert_eq!(said(&findings), "");
    let notes: Vec<&str> = findings.iter().map(|f| f.message.as_str()).collect();
    assert_eq!(
        notes,
        [
            "web (push): what it sees at `/host` is not kept",
            "web: pull runs before its main container, for 5 s: assumed",
            "web: `app` is its main container, as it stands first; beside it: push",
        ]
    );
    let web = part(&app, "web");
    let blueprint = web.blueprint.as_ref().unwrap();
    let modes = blueprint.environment.iter().map(|v| (v.name.as_str(), v.value.clone()));
    assert_eq!(modes.collect::<Vec<_>>(), [("MODE", Setting::Plain("live".to_owned()))]);
    let ports: Vec<(u16, bool)> =
        blueprint.ports.iter().map(|port| (port.number, port.published)).collect();
    assert_eq!(ports, [(8080, true)]);
    let [pull, proxy, push] = web.containers.as_slice() else { panic!("{:?}", web.containers) };
    assert_eq!((pull.role, pull.time.get()), (Role::Init, Some(Duration::from_secs(5))));
    assert!(!pull.time.is_known());
    assert_eq!(pull.command, ["sh", "-c", "cp /a /site"]);
    assert_eq!((proxy.role, proxy.ports[0].published), (Role::NativeSidecar, true));
    assert_eq!(proxy.ports[0].reached_at, [443]);
    let file = &proxy.mounts[0];
    assert_eq!((file.held, file.name.as_str(), file.read_only), (Held::ConfigMap, "envoy", true));
    assert_eq!(file.part.as_deref(), Some("envoy.yaml"));
    assert_eq!((push.role, push.privileged), (Role::Sidecar, true));
    assert!(push.ports[0].reached_at.is_empty() && push.alive.is_some());
    assert_eq!(push.environment.len(), 2);
    let seen: Vec<(Held, &str)> =
        web.mounts.iter().map(|mount| (mount.held, mount.path.as_str())).collect();
    assert_eq!(seen, [(Held::Scratch, "/www"), (Held::Scratch, "/tmp")]);
    assert!(!web.needs.has(Need::Privileged), "only one beside it has the rights of the host");
    // Whom a sidecar calls, the part calls.
    let edges: Vec<(&str, &str)> =
        app.edges.iter().map(|e| (e.from.as_str(), e.to.as_str())).collect();
    assert_eq!(edges, [("web", "sink")]);
}

#[test]
fn sizes_of_a_pod_are_those_of_all_that_stay() {
    let (app, _) = read(SIDECARS);
    let web = part(&app, "web");
    let cpu = web.cpu_request.as_ref().unwrap();
    assert_eq!((cpu.get(), cpu.is_known()), (Some(Millicores::new(250)), true));
    // 256 and 32 are declared, 128 for the third are assumed.
    assert_eq!((web.memory.get(), web.memory.is_known()), (Some(Bytes::from_mib(416)), false));
    let running = (cpu.get().unwrap(), web.memory.get().unwrap());
    assert_eq!(web.scheduled(running), (Millicores::new(900), Bytes::from_mib(416)));
    assert_eq!(web.time_before(), Duration::from_secs(5));
    // Where nobody says it of the main container, what the others say is no size of the whole.
    let (app, _) =
        read(&SIDECARS.replace("{ requests: { cpu: 200m }, limits: { memory: 256Mi } }", "{}"));
    let web = part(&app, "web");
    assert_eq!((web.cpu_request.is_none(), web.memory.get()), (true, Some(Bytes::from_mib(672))));
}

/// Kubernetes lets a pod ask for all its containers together since 1.34.
#[test]
fn what_a_pod_asks_for_as_a_whole_is_its_size() {
    let text = |resources: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{ name: web }}\nspec:\n  template:\n    spec:\n      resources: {resources}\n      containers: [{{ name: web, image: a, resources: {{ requests: {{ cpu: 100m }} }} }}, {{ name: push, image: b }}]\n"
        )
    };
    let (app, _) = read(&text("{ requests: { cpu: 2, memory: 1Gi }, limits: { memory: 2Gi } }"));
    let web = part(&app, "web");
    assert_eq!(web.cpu_request.as_ref().and_then(Fact::get), Some(Millicores::new(2000)));
    assert_eq!(web.memory.get(), Some(Bytes::from_gib(2)));
    assert!(web.memory.is_known());
    // Without it they are summed up, and one of whom nobody says it is assumed.
    let (app, _) = read(&text("{}"));
    let web = part(&app, "web");
    assert_eq!(web.cpu_request.as_ref().and_then(Fact::get), Some(Millicores::new(100)));
    assert!(!web.memory.is_known());
}

/// A main container that sees everything that there is by itself.
const FILES: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  template:
    spec:
      containers:
        - name: web
          image: acme/web
          volumeMounts:
            - { name: cache, mountPath: /cache }
            - { name: config, mountPath: /etc/web/main.conf, subPath: main.conf, readOnly: true }
            - { name: chosen, mountPath: /etc/more }
            - { name: keys, mountPath: /keys }
            - { name: all, mountPath: all }
            - { name: host, mountPath: /host }
            - { name: data, mountPath: /data }
            - { name: config, mountPath: /x, subPathExpr: $(POD) }
      volumes:
        - { name: cache, emptyDir: { medium: Memory, sizeLimit: 64Mi } }
        - { name: config, configMap: { name: web } }
        - { name: chosen, configMap: { name: more, optional: true, items: [{ key: a, path: sub/a.txt, mode: 0400 }] } }
        - { name: keys, secret: { secretName: tls, defaultMode: 0440 } }
        - { name: host, hostPath: { path: /etc/localtime } }
        - { name: data, persistentVolumeClaim: { claimName: data } }
        - name: all
          projected:
            defaultMode: 288
            sources:
              - configMap: { name: web, items: [{ key: b, path: b, mode: 0400 }, { key: c, path: c }] }
              - secret: { name: made }
              - serviceAccountToken: { path: token }
              - downwardAPI: { items: [] }
---
{ apiVersion: v1, kind: ConfigMap, metadata: { name: web }, data: { main.conf: a } }
---
{ apiVersion: bitnami.com/v1alpha1, kind: SealedSecret, metadata: { name: tls }, spec: {} }
---
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
configMapGenerator:
  - { name: more, files: [conf/a, b=conf/other] }
secretGenerator:
  - { name: made, literals: [x=y] }
";

#[test]
fn what_the_main_container_sees_of_files_is_kept_without_its_content() {
    use model::{Content, Held, Mount};
    let (app, findings) = read(FILES);
    let notes: Vec<&str> = findings.iter().map(|f| f.message.as_str()).collect();
    assert_eq!(
        notes[..5],
        [
            "web: the mode of single files at `all` is not kept",
            "web: the serviceAccountToken that it sees at `all` is not kept",
            "web: the downwardAPI that it sees at `all` is not kept",
            "web: what it sees at `/host` is not kept",
            "web: what it sees at `/x` is not kept",
        ]
    );
    let declared = |place: &str| Some(Content::Declared(place.to_owned()));
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    let files = |held, name: &str, path: &str, content| Mount {
        read_only: true,
        content,
        ..Mount::new(held, name, path)
    };
    let (config, secret) = (Held::ConfigMap, Held::Secret);
    let web = part(&app, "web");
    let expected = [
        Mount {
            in_memory: true,
            size_max: Some(Bytes::from_mib(64)),
            ..Mount::new(Held::Scratch, "cache", "/cache")
        },
        Mount {
            part: Some("main.conf".to_owned()),
            ..files(config, "web", "/etc/web/main.conf", declared("shop/k8s/all.yaml:36"))
        },
        Mount {
            keys: vec![pair("a", "sub/a.txt")],
            mode: Some(0o400),
            optional: true,
            ..files(
                config,
                "more",
                "/etc/more",
                Some(Content::Files(vec![
                    pair("a", "shop/k8s/conf/a"),
                    pair("b", "shop/k8s/conf/other"),
                ])),
            )
        },
        Mount {
            mode: Some(0o440),
            ..files(secret, "tls", "/keys", declared("shop/k8s/all.yaml:38"))
        },
        Mount {
            keys: vec![pair("b", "b"), pair("c", "c")],
            mode: Some(0o440),
            ..files(config, "web", "/all", declared("shop/k8s/all.yaml:36"))
        },
        Mount {
            mode: Some(0o440),
            ..files(secret, "made", "/all", declared("shop/k8s/all.yaml:45"))
        },
    ];
    assert_eq!(web.mounts, expected);
    assert_eq!(web.blueprint.as_ref().unwrap().volumes.len(), 1);
    // What nobody else sees binds nobody.
    assert!(web.bound(|_| true).is_none() && !web.needs.has(Need::Privileged));
}

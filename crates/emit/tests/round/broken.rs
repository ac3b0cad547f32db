//! Each rule of the API server broken once, in manifests that keep to all of them.

use crate::server::faults;

#[test]
fn each_rule_is_broken_once_and_found() {
    let app = "
name: shop
region: aws/us-east-1
availability: { zones: 2 }
components:
  web: { kind: http, memory: 512 MB, duration: 300 ms, load: 3M/month, calls: [db], mounts: [config-map a at /a read-only, scratch b at /b] }
  api: { kind: http, memory: 512 MB, duration: 300 ms, load: 3M/month, public: false }
  db: { kind: stateful, engine: postgres, memory: 1 GB, storage: 7 GB }
  nightly: { kind: cron, memory: 256 MB, duration: 1 s, load: { cron: '0 2 * * *' } }
  worker: { kind: worker, memory: 256 MB, duration: 1 s, load: 1M/month }
";
    let (app, sources) = crate::read("crossover.yaml", app.as_bytes()).unwrap();
    let mut placements = crate::placed::on_kubernetes(&app);
    for placement in &mut placements {
        if let model::Settings::Pod(pod) = &mut placement.configured {
            pod.min = 2;
            if placement.component == "worker" {
                pod.target = model::PodTarget::Concurrency(4);
            }
        }
    }
    let target = emit::by_name("kubernetes");
    let plan = emit::Plan::of_placements(&app, &placements, &sources, "a test".to_owned(), target);
    let good = emit::emit(&plan).files;
    assert_eq!(faults(&good), Vec::<String>::new());
    let job = "kind: CronJob\nmetadata:\n  name: nightly";
    let long = job.replace("nightly", &"n".repeat(53));
    let mut missed = Vec::new();
    for (file, from, to, what) in [
        ("parts/nightly", job, long.as_str(), "is no name of 52 letters at the most"),
        ("parts/web", "part-of: shop", "part-of: -shop", "is no label"),
        ("parts/web", "    - port: 8080\n", "    - port: 0\n", "the port 0 cannot be"),
        (
            "parts/db",
            "      targetPort: 5432",
            "      targetPort: 5432\n    - port: 5432",
            "a port without a name",
        ),
        (
            "base/parts/api",
            "  selector:\n    app",
            "  selector:\n    other",
            "no pods are behind it",
        ),
        (
            "parts/api",
            "ports: # crossover.yaml:7\n    - port",
            "ports: []\n  x:\n    - port",
            "spec.ports: Required",
        ),
        (
            "parts/db",
            "    matchLabels:\n",
            "    matchLabels:\n      more: x\n",
            "does not find its own pods",
        ),
        ("parts/db", "serviceName: db", "serviceName: bd", "there is no service bd"),
        ("parts/web", "image: my-web", "image: 'my-web:'", "`my-web:` is no image"),
        ("parts/nightly", "restartPolicy: Never", "restartPolicy: Always", "restarts"),
        (
            "parts/web",
            "serviceAccountName: web",
            "serviceAccountName: wbe",
            "there is no account wbe",
        ),
        (
            "parts/web",
            "name: web-settings\n          re",
            "name: x\n          re",
            "there is no config map x",
        ),
        ("parts/db", "mountPath", "subPath: x\n              mountPath", ""),
        ("parts/db", "- name: data", "- name: atad", "there is no volume"),
        ("parts/web", "mountPath: /b", "mountPath: /a/", "nothing can be seen at `/a`"),
        (
            "parts/web",
            "- name: b\n              mountPath",
            "- name: a\n              mountPath",
            "nobody sees the volume b",
        ),
        (
            "parts/web",
            "- name: b\n          emptyDir",
            "- name: a\n          emptyDir",
            "the volume's name `a` cannot be",
        ),
        ("parts/web", "runAsNonRoot: true", "runAsNonRoot: false", "it may run as root"),
        ("parts/web", "- ALL", "- NET_RAW", "does not keep to `restricted`"),
        ("parts/web", "memory: \"512Mi\"", "memory: \"512MiB\"", "memory is no amount"),
        (
            "parts/web",
            "memory: \"512Mi\"",
            "memory: \"513Mi\"",
            "asks for more memory than it may take",
        ),
        ("parts/web", "minReplicas: 2", "minReplicas: 0", "0 to 10 copies"),
        ("parts/worker", "minReplicaCount: 2", "minReplicaCount: 11", "11 to 10 copies"),
        ("parts/web", "maxUnavailable", "minAvailable: 1\n  maxUnavailable", "one of both numbers"),
        (
            "parts/db",
            "protocol: TCP\n          port: 5432",
            "protocol: TCP\n          port: 70000",
            "the port 70000",
        ),
        ("ingress", "number: 8080", "number: 80", "has no port 80"),
        (
            "staging/kustomization",
            "/spec/minReplicas",
            "/spec/minReplica",
            "has no /spec/minReplica",
        ),
        (
            "staging/kustomization",
            "namespace: shop-staging",
            "namespace: shop-test",
            "the namespaces are",
        ),
        (
            "extensions/base/parts/worker",
            "keda.sh/v1alpha1",
            "keda.example/v1",
            "among others than its own",
        ),
    ] {
        let mut files = good.clone();
        let mut changed = 0;
        for found in files.iter_mut().filter(|known| known.path.contains(file)) {
            if found.text.contains(from) {
                changed += 1;
                found.text = found.text.replacen(from, to, 1);
            }
        }
        if changed == 0 {
            missed.push(format!("{file} has no {from:?}"));
        }
        let found = faults(&files);
        // Where it is no mistake, it is not taken for one.
        if found.is_empty() != what.is_empty() || !found.join("\n").contains(what) {
            missed.push(format!("{file} {from:?}: {found:?}, not {what}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn what_the_proxy_of_knative_has_in_each_pod_is_found() {
    let app = "
name: shop
region: aws/us-east-1
components:
  web: { kind: http, memory: 512 MB, duration: 300 ms, load: 3M/month }
";
    let (app, sources) = crate::read("crossover.yaml", app.as_bytes()).unwrap();
    let good = crate::hostile::for_knative(&app, &sources).files;
    assert_eq!(faults(&good), Vec::<String>::new());
    for (from, to, what) in [
        ("containerPort: 8080", "containerPort: 9090", "9090 is a reserved port"),
        ("- name: web\n", "- name: queue-proxy\n", "queue-proxy is a reserved container name"),
        ("image: my-web", "image: ko://my-web", "`ko://my-web` is no image"),
    ] {
        let mut files = good.clone();
        let path = "kubernetes/extensions/base/parts/web.yaml";
        let file = files.iter_mut().find(|file| file.path == path).unwrap();
        assert!(file.text.contains(from), "{}", file.text);
        file.text = file.text.replacen(from, to, 1);
        let found = faults(&files);
        assert!(found.len() == 1 && found[0].contains(what), "{found:?}");
    }
}

//! Compose to Kubernetes against Kompose's published conversion table (`docs/conversion.md` of kubernetes/kompose, of
//! 2026-06-15): the same where we say so, and otherwise the reason. The guide shows the table.

use emit::Plan;
use model::{PodTarget, Settings};

use crate::shapes::{at, objects};
use crate::{placed, read};

/// What becomes of a key here.
enum Ours {
    /// What Kompose makes of it: object, path, value.
    Same(&'static [(&'static str, &'static str, &'static str)]),
    /// Something else that stands there instead, and why.
    Instead((&'static str, &'static str, &'static str), &'static str),
    /// Nothing of the kind, and why; what Kompose makes of it is not there.
    Other(&'static [(&'static str, &'static str)], &'static str),
}
use Ours::{Instead, Other, Same};

/// A key of a service that Kompose converts, the lines that set it, and what it makes of it.
struct Row {
    key: &'static str,
    lines: &'static str,
    kompose: &'static str,
    ours: Ours,
}

const fn row(key: &'static str, lines: &'static str, kompose: &'static str, ours: Ours) -> Row {
    Row { key, lines, kompose, ours }
}

const WEB: &str = "Deployment web";

/// Every key of a service that the table marks with ✓ for version 3.
const ROWS: &[Row] = &[
    row(
        "build, build: context, dockerfile",
        "build: .",
        "builds and pushes an image",
        Instead(
            (WEB, "spec template spec containers 0 image", "my-web"),
            "nothing is built: the overlays name the image",
        ),
    ),
    row(
        "cap_add",
        "cap_add: [NET_ADMIN]",
        "Capabilities.Add",
        Other(
            &[(WEB, "spec template spec containers 0 securityContext capabilities add 0")],
            "pod security `restricted` allows none that is usual in compose",
        ),
    ),
    row(
        "cap_drop",
        "cap_drop: [ALL]",
        "Capabilities.Drop",
        Same(&[(
            WEB,
            "spec template spec containers 0 securityContext capabilities drop 0",
            "ALL",
        )]),
    ),
    row(
        "command",
        "command: [serve, --fast]",
        "Container.Args",
        Same(&[
            (WEB, "spec template spec containers 0 args 0", "serve"),
            (WEB, "spec template spec containers 0 args 1", "--fast"),
        ]),
    ),
    row(
        "configs",
        "configs: [front]",
        "ConfigMap",
        Instead(
            (WEB, "spec template spec volumes 0 configMap name", "front"),
            "seen as there; the page says how it is made of its file",
        ),
    ),
    row(
        "container_name",
        "container_name: box",
        "Metadata.Name",
        Other(&[("Deployment box", "kind")], "others call a service by its own name, which stays"),
    ),
    row(
        "deploy: mode",
        "deploy: { mode: global }",
        "DaemonSet",
        Other(&[("DaemonSet web", "kind")], "copies are the plan's"),
    ),
    row(
        "deploy: replicas",
        "deploy: { replicas: 3 }",
        "Deployment.Spec.Replicas",
        Other(&[(WEB, "spec replicas")], "copies are the autoscaler's, between the plan's bounds"),
    ),
    row(
        "deploy: placement",
        "deploy: { placement: { constraints: [node.labels.zone == a] } }",
        "Affinity",
        Other(
            &[(WEB, "spec template spec affinity")],
            "labels of other nodes mean nothing here; zones and processors are the plan's",
        ),
    ),
    row(
        "deploy: update_config",
        "deploy: { update_config: { order: stop-first } }",
        "Workload.Spec.Strategy",
        Other(
            &[(WEB, "spec strategy")],
            "Kubernetes' own: a new pod is ready before an old one goes",
        ),
    ),
    row(
        "deploy: resources, memory",
        "deploy: { resources: { limits: { memory: 256M } } }",
        "Resources.Limits.Memory",
        Same(&[(WEB, "spec template spec containers 0 resources limits memory", "256Mi")]),
    ),
    row(
        "deploy: resources, cpus of limits",
        "deploy: { resources: { limits: { cpus: '0.5' } } }",
        "Resources.Limits.CPU",
        Other(
            &[(WEB, "spec template spec containers 0 resources limits cpu")],
            "a limit would throttle what the node has free; requests are the plan's",
        ),
    ),
    row(
        "deploy: resources, cpus of reservations",
        "deploy: { resources: { reservations: { cpus: '0.5' } } }",
        "Resources.Requests.CPU",
        Same(&[(WEB, "spec template spec containers 0 resources requests cpu", "500m")]),
    ),
    row(
        "deploy: restart_policy, restart",
        "restart: 'no'",
        "a Pod without a Deployment",
        Other(&[("Pod web", "kind")], "a pod by itself is lost with its node"),
    ),
    row(
        "deploy: labels",
        "deploy: { labels: { a: b } }",
        "Workload.Metadata.Labels",
        Other(&[(WEB, "metadata labels a")], "labels are those that Kubernetes recommends"),
    ),
    row(
        "domainname, hostname",
        "hostname: box",
        "SubDomain, HostName",
        Other(
            &[(WEB, "spec template spec hostname")],
            "pods of a Deployment have names of their own",
        ),
    ),
    row(
        "tmpfs",
        "tmpfs: /run",
        "EmptyDir in memory",
        Same(&[
            (WEB, "spec template spec volumes 0 emptyDir medium", "Memory"),
            (WEB, "spec template spec containers 0 volumeMounts 0 mountPath", "/run"),
        ]),
    ),
    row(
        "entrypoint",
        "entrypoint: [/bin/web]",
        "Container.Command",
        Same(&[(WEB, "spec template spec containers 0 command 0", "/bin/web")]),
    ),
    row(
        "environment",
        "environment: { LEVEL: 'no' }",
        "Container.Env",
        Same(&[
            ("ConfigMap web-settings", "data LEVEL", "no"),
            (WEB, "spec template spec containers 0 envFrom 0 configMapRef name", "web-settings"),
        ]),
    ),
    row(
        "expose",
        "expose: ['9000']",
        "Service.Spec.Ports",
        Same(&[("Service web", "spec ports 0 port", "9000")]),
    ),
    row(
        "endpoint_mode",
        "deploy: { endpoint_mode: vip }",
        "NodePort",
        Other(&[("Service web", "spec type")], "clients come through the Ingress"),
    ),
    row(
        "extends",
        "extends: { service: base }",
        "the same image",
        Same(&[(WEB, "spec template spec containers 0 image", "acme/base:1")]),
    ),
    row(
        "group_add",
        "group_add: [mail]",
        "SupplementalGroups",
        Other(
            &[(WEB, "spec template spec securityContext supplementalGroups 0")],
            "names of groups are the image's own",
        ),
    ),
    row(
        "healthcheck",
        "healthcheck: { test: [CMD, /ok], interval: 7s, retries: 4 }",
        "LivenessProbe",
        Same(&[
            (WEB, "spec template spec containers 0 livenessProbe exec command 0", "/ok"),
            (WEB, "spec template spec containers 0 livenessProbe periodSeconds", "7"),
            (WEB, "spec template spec containers 0 livenessProbe failureThreshold", "4"),
        ]),
    ),
    row(
        "image",
        "image: acme/other:2",
        "Container.Image",
        Same(&[(WEB, "spec template spec containers 0 image", "acme/other:2")]),
    ),
    row(
        "labels",
        "labels: { a: b }",
        "Metadata.Annotations",
        Other(
            &[(WEB, "metadata annotations a")],
            "labels are for tools that are not there; `kompose.` labels are read",
        ),
    ),
    row(
        "networks",
        "networks: [front]",
        "NetworkPolicy where it is asked for",
        Other(&[("NetworkPolicy front", "kind")], "policies follow the calls: one a part"),
    ),
    row(
        "pid",
        "pid: host",
        "HostPID",
        Other(
            &[(WEB, "spec template spec hostPID")],
            "`restricted` forbids it; the part is privileged instead, with a warning",
        ),
    ),
    row(
        "ports, short syntax",
        "ports: ['81:8080']",
        "Service.Spec.Ports",
        Same(&[
            ("Service web", "spec ports 0 port", "8080"),
            (WEB, "spec template spec containers 0 ports 0 containerPort", "8080"),
        ]),
    ),
    row(
        "ports, long syntax",
        "ports: [{ target: 53, published: '53', protocol: udp }]",
        "Service.Spec.Ports",
        Same(&[(WEB, "spec template spec containers 0 ports 0 protocol", "UDP")]),
    ),
    row(
        "secrets",
        "secrets: [key]",
        "Secret",
        Instead(
            (WEB, "spec template spec volumes 0 secret secretName", "key"),
            "seen as there, and a reference in variables; none is ever written, the page says how it is made",
        ),
    ),
    row(
        "stop_grace_period",
        "stop_grace_period: 45s",
        "TerminationGracePeriodSeconds",
        Same(&[(WEB, "spec template spec terminationGracePeriodSeconds", "45")]),
    ),
    row(
        "volumes",
        "volumes: ['data:/data']",
        "PersistentVolumeClaim",
        Same(&[
            ("StatefulSet web", "spec volumeClaimTemplates 0 metadata name", "data"),
            (
                "StatefulSet web",
                "spec template spec containers 0 volumeMounts 0 mountPath",
                "/data",
            ),
        ]),
    ),
    row(
        "`kompose.cronjob.schedule`",
        "labels: { kompose.cronjob.schedule: '0 3 * * *' }",
        "CronJob",
        Same(&[("CronJob web", "spec schedule", "0 3 * * *")]),
    ),
];

fn converted(lines: &str) -> Vec<(String, source::yaml::Node)> {
    let image =
        if lines.contains("image:") || lines.contains("extends:") || lines.contains("build:") {
            ""
        } else {
            "    image: acme/web:1\n"
        };
    let expose = if lines.contains("ports:") || lines.contains("expose:") {
        ""
    } else {
        "    expose: ['8080']\n"
    };
    let text = format!(
        "name: shop\nservices:\n  web:\n{image}{expose}    {lines}\n  base:\n    image: acme/base:1\n    expose: ['8080']\nvolumes: {{ data: {{}} }}\nnetworks: {{ front: {{}} }}\nconfigs: {{ front: {{ file: ./front.conf }} }}\nsecrets: {{ key: {{ file: ./key }} }}\n"
    );
    let (app, sources) = read("compose.yaml", text.as_bytes()).expect("it reads");
    let mut placements = placed::on_kubernetes(&app);
    for placement in &mut placements {
        if let Settings::Pod(pod) = &mut placement.configured {
            (pod.min, pod.max, pod.target) = (2, 5, PodTarget::CpuPercent(70));
        }
    }
    let target = emit::by_name("kubernetes");
    let plan = Plan::of_placements(&app, &placements, &sources, "a test".to_owned(), target);
    objects(&emit::emit(&plan).files)
}

#[test]
fn compose_becomes_what_komposes_table_says_or_the_guide_says_why_not() {
    let mut faults = Vec::new();
    for row in ROWS {
        let objects = converted(row.lines);
        let mut hold = |object: &str, path: &str, wanted: Option<&str>| {
            let found = at(&objects, object, path);
            if found != wanted {
                faults.push(format!("{}: {object} {path}: {found:?}, not {wanted:?}", row.key));
            }
        };
        match &row.ours {
            Same(places) => {
                places.iter().for_each(|(object, path, value)| hold(object, path, Some(value)));
            }
            Instead((object, path, value), _) => hold(object, path, Some(value)),
            Other(places, _) => {
                assert!(!places.is_empty(), "{}", row.key);
                places.iter().for_each(|(object, path)| hold(object, path, None));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_guide_shows_the_table_against_kompose() {
    let mut table = String::from("| compose | Kompose | here |\n|---|---|---|\n");
    for row in ROWS {
        let here = match &row.ours {
            Same(_) => "the same",
            Instead(_, why) | Other(_, why) => why,
        };
        table.push_str(&format!("| {} | {} | {here} |\n", row.key, row.kompose));
    }
    let guide = include_str!("../../../../docs/guide/emit.md");
    assert!(guide.contains(table.trim_end()), "docs/guide/emit.md lacks the table:\n{table}");
}

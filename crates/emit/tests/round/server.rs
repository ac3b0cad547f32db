//! What an API server and Kubernetes' own documentation ask beyond types and schemas, rule by rule. Each was seen refused (or, of
//! references, to lead nowhere) by a real API server of 1.36; a test breaks each once.

use std::collections::{BTreeMap, BTreeSet};

use emit::EmittedFile;
use serde_json::Value;
use source::SourceMap;

use crate::typed::tree;

/// One object and the file that it stands in.
#[derive(Debug)]
struct Object {
    path: String,
    tree: Value,
}

impl Object {
    fn text(&self, pointer: &str) -> &str {
        self.tree.pointer(pointer).and_then(Value::as_str).unwrap_or("")
    }
    fn kind(&self) -> &str {
        self.text("/kind")
    }
    fn name(&self) -> &str {
        self.text("/metadata/name")
    }
    fn is(&self, kind: &str, name: &str) -> bool {
        self.kind() == kind && self.name() == name
    }
    fn is_of_knative(&self) -> bool {
        self.text("/apiVersion") == "serving.knative.dev/v1"
    }
    /// The template of the pods that it makes.
    fn pods(&self) -> Option<&Value> {
        let at = match self.kind() {
            "Deployment" | "StatefulSet" | "Job" => "/spec/template",
            "CronJob" => "/spec/jobTemplate/spec/template",
            _ => return None,
        };
        self.tree.pointer(at)
    }
}

/// A rule: what breaks it among these objects.
type Rule = fn(&[Object]) -> Vec<String>;

/// Every rule.
const RULES: &[Rule] = &[
    names, labels, services, workloads, pods, quantities, scalers, budgets, policies, doors,
    patches, places, images, knative,
];

/// What is wrong with the manifests, a line each.
pub(crate) fn faults(files: &[EmittedFile]) -> Vec<String> {
    let mut objects = Vec::new();
    for file in files.iter().filter(|file| file.path.starts_with("kubernetes/")) {
        let mut sources = SourceMap::default();
        let id = sources.add(file.path.as_str(), file.text.as_str());
        for node in source::yaml::parse(&sources, id).0 {
            objects.push(Object { path: file.path.clone(), tree: tree(&node) });
        }
    }
    RULES.iter().flat_map(|rule| rule(&objects)).collect()
}

/// Lines about the objects for which something does not hold.
fn wrong(objects: &[Object], look: impl Fn(&Object, &mut dyn FnMut(String))) -> Vec<String> {
    let mut found = Vec::new();
    for object in objects {
        look(object, &mut |what| {
            found.push(format!("{}: {} {}: {what}", object.path, object.kind(), object.name()));
        });
    }
    found
}

/// What the kubelet calls `InvalidImageName` and Knative's webhook refuses ("could not parse reference").
fn images(objects: &[Object]) -> Vec<String> {
    wrong(objects, |object, fault| {
        let of_service = object.tree.pointer("/spec/template").filter(|_| object.is_of_knative());
        let Some(pods) = object.pods().or(of_service) else { return };
        for key in ["containers", "initContainers"] {
            for container in pods["spec"][key].as_array().into_iter().flatten() {
                let image = container["image"].as_str().unwrap_or("");
                if !is_image(image) {
                    fault(format!("`{image}` is no image"));
                }
            }
        }
    })
}

/// Whether an image may be called so, roughly.
pub(crate) fn is_image(text: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || "._-/:@[]".contains(c);
    let ends = |c: char| c.is_ascii_alphanumeric();
    let path = text.rsplit('/').next().unwrap_or("");
    let name = path.split(['@', ':']).next().unwrap_or("");
    text.chars().all(inside)
        && (text.starts_with(ends) || text.starts_with('['))
        && text.ends_with(|c| ends(c) || "._-".contains(c))
        && !text.contains("//")
        && !name.is_empty()
        && name.ends_with(ends)
        && !name.contains("..")
        && name == name.to_ascii_lowercase()
}

/// "9090 is a reserved port", "\"queue-proxy\" is a reserved container name" (Knative's webhook).
fn knative(objects: &[Object]) -> Vec<String> {
    wrong(objects, |object, fault| {
        let containers = object.tree.pointer("/spec/template/spec/containers");
        let containers = containers.filter(|_| object.is_of_knative()).and_then(Value::as_array);
        for container in containers.into_iter().flatten() {
            if container["name"] == "queue-proxy" {
                fault("queue-proxy is a reserved container name".to_owned());
            }
            for port in container["ports"].as_array().into_iter().flatten() {
                let number = port["containerPort"].as_u64().unwrap_or(0);
                if [8008, 8012, 8013, 8022, 9090, 9091].contains(&number) {
                    fault(format!("{number} is a reserved port"));
                }
            }
        }
    })
}

fn is_label(name: &str) -> bool {
    let ends = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    (1..=63).contains(&name.len())
        && name.starts_with(ends)
        && name.ends_with(ends)
        && name.chars().all(|c| ends(c) || c == '-')
}

/// "must be no more than 52 characters" (CronJob); the names of a StatefulSet's pods and revisions are values of labels and
/// add eleven letters; a Service is a label of RFC 1035, which begins with a letter ("Object Names and IDs").
fn names(objects: &[Object]) -> Vec<String> {
    wrong(objects, |object, fault| {
        let name = object.name();
        let most = match object.kind() {
            "Kustomization" => return,
            "CronJob" | "StatefulSet" => 52,
            _ => 63,
        };
        if !is_label(name) || name.len() > most {
            fault(format!("`{name}` is no name of {most} letters at the most"));
        }
        if object.kind() == "Service" && !name.starts_with(|c: char| c.is_ascii_lowercase()) {
            fault("a service's name begins with a letter".to_owned());
        }
        if object.tree.pointer("/metadata/namespace").is_some() {
            fault("the overlays say the namespace".to_owned());
        }
    })
}

/// "must be 63 characters or less" ("Labels and Selectors"), wherever there are labels.
fn labels(objects: &[Object]) -> Vec<String> {
    fn look(value: &Value, fault: &mut dyn FnMut(String)) {
        match value {
            Value::Object(entries) => {
                for (key, value) in entries {
                    let holds = ["labels", "matchLabels"].contains(&key.as_str());
                    for (key, value) in value.as_object().filter(|_| holds).into_iter().flatten() {
                        let text = value.as_str().unwrap_or("\n");
                        let inside = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
                        let ends = |c: char| c.is_ascii_alphanumeric();
                        let sound = text.len() <= 63
                            && text.chars().all(inside)
                            && (text.is_empty()
                                || (text.starts_with(ends) && text.ends_with(ends)));
                        if !sound {
                            fault(format!("`{key}: {text}` is no label"));
                        }
                    }
                    look(value, fault);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| look(item, fault)),
            _ => {}
        }
    }
    wrong(objects, |object, fault| look(&object.tree, fault))
}

/// Whether a selector finds the pods of some object.
fn finds(objects: &[Object], selector: Option<&Value>) -> bool {
    let Some(selector) = selector.and_then(Value::as_object) else { return false };
    objects.iter().filter_map(Object::pods).any(|pods| {
        let of = |key: &String| pods["metadata"]["labels"].get(key);
        !selector.is_empty() && selector.iter().all(|(key, value)| of(key) == Some(value))
    })
}

/// `spec.ports: Required value`, unless it is headless or leads to a name; each number once a transport, each with a name of its
/// own where there are several; and pods behind it.
fn services(objects: &[Object]) -> Vec<String> {
    wrong(objects, |object, fault| {
        if object.text("/apiVersion") != "v1" || object.kind() != "Service" {
            return;
        }
        let spec = &object.tree["spec"];
        if spec["type"] == "ExternalName" {
            let host = object.text("/spec/externalName");
            if host.is_empty() || !host.split('.').all(is_label) {
                fault(format!("`{host}` is no host"));
            }
            return;
        }
        let ports = spec["ports"].as_array().map(Vec::as_slice).unwrap_or_default();
        if ports.is_empty() && spec["clusterIP"] != "None" {
            fault("spec.ports: Required value".to_owned());
        }
        let (mut numbers, mut names) = (BTreeSet::new(), BTreeSet::new());
        for port in ports {
            let number = port["port"].as_u64().unwrap_or(0);
            if !(1..=65_535).contains(&number)
                || !numbers.insert((number, port["protocol"].to_string()))
            {
                fault(format!("the port {number} cannot be"));
            }
            let name = port["name"].as_str();
            if name.is_some_and(|name| !is_label(name) || !names.insert(name)) {
                fault(format!("the port's name {name:?} cannot be"));
            }
            if name.is_none() && ports.len() > 1 {
                fault("a port without a name".to_owned());
            }
        }
        if !finds(objects, spec.get("selector")) {
            fault("no pods are behind it".to_owned());
        }
    })
}

/// `selector` does not match template `labels`; a job starts no pod again in place.
fn workloads(objects: &[Object]) -> Vec<String> {
    wrong(objects, |object, fault| {
        let Some(pods) = object.pods() else { return };
        let restart = pods["spec"]["restartPolicy"].as_str();
        match object.kind() {
            "Job" | "CronJob" if !matches!(restart, Some("Never" | "OnFailure")) => {
                fault(format!("restarts {restart:?}"));
            }
            "Job" | "CronJob" => {}
            _ => {
                let selector = object.tree.pointer("/spec/selector/matchLabels");
                let labels = &pods["metadata"]["labels"];
                let all = selector.and_then(Value::as_object);
                if !all.is_some_and(|all| {
                    all.iter().all(|(key, value)| labels.get(key) == Some(value))
                }) {
                    fault("the selector does not find its own pods".to_owned());
                }
                // What a plan changes must not be part of it: it can never be changed.
                if selector.is_some_and(|s| s.as_object().is_some_and(|s| s.len() != 2)) {
                    fault(
                        "the selector holds more than the names of part and application".to_owned(),
                    );
                }
            }
        }
        if object.kind() == "StatefulSet" {
            let service = object.text("/spec/serviceName");
            if !objects.iter().any(|other| other.is("Service", service)) {
                fault(format!("there is no service {service}"));
            }
        }
        if pods["spec"]["terminationGracePeriodSeconds"].as_i64().is_some_and(|s| s < 0) {
            fault("no time to stop".to_owned());
        }
    })
}

/// Ports, probes, variables, mounts and what they name.
fn pods(objects: &[Object]) -> Vec<String> {
    let there = |kind: &str, name: &str| objects.iter().any(|object| object.is(kind, name));
    wrong(objects, |object, fault| {
        let Some(pods) = object.pods() else { return };
        let account = pods["spec"]["serviceAccountName"].as_str().unwrap_or("");
        if !there("ServiceAccount", account) {
            fault(format!("there is no account {account}"));
        }
        let claims = object.tree["spec"]["volumeClaimTemplates"].as_array();
        let volumes = pods["spec"]["volumes"].as_array().into_iter().flatten();
        let claims = claims.into_iter().flatten().map(|claim| &claim["metadata"]["name"]);
        let disks: Vec<&Value> = claims.chain(volumes.map(|volume| &volume["name"])).collect();
        let mut volumes = BTreeSet::new();
        for disk in disks.iter().filter_map(|name| name.as_str()) {
            if !is_label(disk) || !volumes.insert(disk) {
                fault(format!("the volume's name `{disk}` cannot be"));
            }
        }
        let of = |key: &str| pods["spec"][key].as_array().map(Vec::as_slice).unwrap_or_default();
        if of("containers").is_empty() {
            fault("no container".to_owned());
        }
        for container in of("initContainers") {
            let ends = container.get("restartPolicy").is_none();
            let probes = ["startupProbe", "readinessProbe", "livenessProbe"];
            if ends && probes.iter().any(|key| container.get(*key).is_some()) {
                fault("may not be set for init containers without restartPolicy=Always".to_owned());
            }
        }
        let containers: Vec<&Value> = of("containers").iter().chain(of("initContainers")).collect();
        let mut called = BTreeSet::new();
        for container in &containers {
            let name = container["name"].as_str().unwrap_or("");
            if !is_label(name) || !called.insert(name) {
                fault(format!("the container's name `{name}` cannot be"));
            }
        }
        let (mut names, mut mounted) = (BTreeSet::new(), BTreeSet::new());
        for container in &containers {
            let list = |key: &str| container[key].as_array().cloned().unwrap_or_default();
            for name in
                list("ports").iter().filter_map(|port| port["name"].as_str().map(str::to_owned))
            {
                let letter = name.chars().any(|c| c.is_ascii_lowercase());
                if name.len() > 15 || !is_label(&name) || !letter || name.contains("--") {
                    fault(format!("the port's name `{name}` cannot be"));
                }
                if !names.insert(name.clone()) {
                    fault(format!("Duplicate value: {name}"));
                }
            }
            let mut seen = BTreeSet::new();
            for variable in list("env") {
                if !seen.insert(variable["name"].to_string()) {
                    fault(format!("the variable {} stands twice", variable["name"]));
                }
            }
            for from in list("envFrom") {
                let name = from["configMapRef"]["name"].as_str().unwrap_or("");
                if !there("ConfigMap", name) {
                    fault(format!("there is no config map {name}"));
                }
            }
            let mut places = BTreeSet::new();
            for mount in list("volumeMounts") {
                if !disks.contains(&&mount["name"]) {
                    fault(format!("there is no volume {}", mount["name"]));
                }
                let path = mount["mountPath"].as_str().unwrap_or("").trim_end_matches('/');
                if !path.starts_with('/') || path.contains(':') || !places.insert(path.to_owned()) {
                    fault(format!("nothing can be seen at `{path}`"));
                }
                mounted.insert(mount["name"].as_str().unwrap_or("").to_owned());
            }
            for key in ["startupProbe", "readinessProbe", "livenessProbe"] {
                let Some(probe) = container.get(key).and_then(Value::as_object) else { continue };
                let asked = ["httpGet", "tcpSocket", "exec", "grpc"];
                if asked.iter().filter(|key| probe.contains_key(**key)).count() != 1 {
                    fault(format!("{key} asks not one thing"));
                }
                let positive = ["periodSeconds", "timeoutSeconds", "failureThreshold"];
                for field in positive.iter().filter_map(|field| probe.get(*field)) {
                    if !field.as_i64().is_some_and(|n| (1..=i64::from(i32::MAX)).contains(&n)) {
                        fault(format!("{key} has {field}"));
                    }
                }
            }
        }
        // Knative's own webhook: `volume with name "x" not mounted`.
        for disk in volumes.iter().filter(|disk| !mounted.contains(**disk)) {
            fault(format!("nobody sees the volume {disk}"));
        }
        // The standard "restricted".
        let privileged = containers.iter().any(|c| c["securityContext"]["privileged"] == true);
        let windows = pods["spec"]["os"]["name"] == "windows";
        let security = &pods["spec"]["securityContext"];
        if !privileged && security["runAsNonRoot"] != true {
            fault("it may run as root".to_owned());
        }
        let kept = security["seccompProfile"]["type"] == "RuntimeDefault"
            && containers.iter().all(|container| {
                let own = &container["securityContext"];
                own["allowPrivilegeEscalation"] == false && own["capabilities"]["drop"][0] == "ALL"
            });
        if !privileged && !windows && !kept {
            fault("it does not keep to `restricted`".to_owned());
        }
    })
}

/// An amount in thousandths; `None` if it is none.
fn amount(text: &str) -> Option<u128> {
    let (number, factor) = match text.find(|c: char| !c.is_ascii_digit()) {
        None => (text, 1000),
        Some(at) => {
            let (number, unit) = text.split_at(at);
            let factor = match unit {
                "m" => 1,
                "Ki" => 1000 << 10,
                "Mi" => 1000 << 20,
                "Gi" => 1000 << 30,
                _ => return None,
            };
            (number, factor)
        }
    };
    number.parse::<u128>().ok().map(|number| number * factor)
}

/// Quantities are above nothing, and nobody asks for more than it may take.
fn quantities(objects: &[Object]) -> Vec<String> {
    wrong(objects, |object, fault| {
        let Some(pods) = object.pods() else { return };
        let of = |key: &str| pods["spec"][key].as_array().into_iter().flatten();
        for container in of("containers").chain(of("initContainers")) {
            let all = |key: &str| -> BTreeMap<String, Option<u128>> {
                let entries = container["resources"][key].as_object();
                let pair = |(key, value): (&String, &Value)| {
                    (key.clone(), value.as_str().and_then(amount).filter(|n| *n > 0))
                };
                entries.into_iter().flatten().map(pair).collect()
            };
            let (requests, limits) = (all("requests"), all("limits"));
            for (key, value) in requests.iter().chain(&limits).filter(|(_, value)| value.is_none())
            {
                fault(format!("{key} is no amount: {value:?}"));
            }
            for (key, limit) in limits.iter().filter(|(key, _)| requests.contains_key(*key)) {
                if requests[key] > *limit {
                    fault(format!("asks for more {key} than it may take"));
                }
            }
        }
        for claim in object.tree["spec"]["volumeClaimTemplates"].as_array().into_iter().flatten() {
            let size = claim["spec"]["resources"]["requests"]["storage"].as_str();
            if size.and_then(amount).unwrap_or(0) == 0 {
                fault(format!("a disk of {size:?}"));
            }
        }
    })
}

/// `minReplicas` is 1 at least and not above `maxReplicas`; what is scaled is there and says no number itself.
fn scalers(objects: &[Object]) -> Vec<String> {
    wrong(objects, |object, fault| {
        let (min, max) = match object.kind() {
            "HorizontalPodAutoscaler" => ("minReplicas", "maxReplicas"),
            "ScaledObject" => ("minReplicaCount", "maxReplicaCount"),
            _ => return,
        };
        let of = |key: &str| object.tree["spec"][key].as_u64().unwrap_or(0);
        if of(min) < 1 || of(max) < of(min) {
            fault(format!("{} to {} copies", of(min), of(max)));
        }
        let name = object.text("/spec/scaleTargetRef/name");
        let Some(scaled) = objects.iter().find(|other| other.is("Deployment", name)) else {
            return fault(format!("there is no deployment {name}"));
        };
        if scaled.tree["spec"].get("replicas").is_some() {
            fault(format!("{name} says its number of copies itself"));
        }
    })
}

/// A budget says one of both numbers and finds pods.
fn budgets(objects: &[Object]) -> Vec<String> {
    wrong(objects, |object, fault| {
        if object.kind() != "PodDisruptionBudget" {
            return;
        }
        let spec = &object.tree["spec"];
        if spec.get("minAvailable").is_some() == spec.get("maxUnavailable").is_some() {
            fault("one of both numbers is said".to_owned());
        }
        if !finds(objects, spec["selector"].get("matchLabels")) {
            fault("it finds no pods".to_owned());
        }
    })
}

/// A policy finds pods, and so does whom it lets in; its ports are ports.
fn policies(objects: &[Object]) -> Vec<String> {
    wrong(objects, |object, fault| {
        if object.kind() != "NetworkPolicy" {
            return;
        }
        let spec = &object.tree["spec"];
        if !finds(objects, spec["podSelector"].get("matchLabels")) {
            fault("it finds no pods".to_owned());
        }
        for rule in spec["ingress"].as_array().into_iter().flatten() {
            for port in rule["ports"].as_array().into_iter().flatten() {
                let number = port["port"].as_u64().unwrap_or(0);
                if !(1..=65_535).contains(&number)
                    || !(port["protocol"] == "TCP" || port["protocol"] == "UDP")
                {
                    fault(format!("the port {number} cannot be"));
                }
            }
            for from in rule["from"].as_array().into_iter().flatten() {
                // A Knative service's pods are made elsewhere.
                let name = from["podSelector"]["matchLabels"]["app.kubernetes.io/name"].as_str();
                let knative = objects.iter().any(|other| {
                    other.text("/apiVersion").starts_with("serving") && Some(other.name()) == name
                });
                if !knative && !finds(objects, from["podSelector"].get("matchLabels")) {
                    fault("it lets in nobody".to_owned());
                }
            }
        }
    })
}

/// What clients come through leads to ports of services that are there, by paths and hosts that may be.
fn doors(objects: &[Object]) -> Vec<String> {
    let leads = |name: &Value, port: &Value| {
        let service = objects.iter().find(|other| {
            other.text("/apiVersion") == "v1" && other.is("Service", name.as_str().unwrap_or(""))
        });
        let ports = service.and_then(|service| service.tree["spec"]["ports"].as_array());
        ports.is_some_and(|ports| ports.iter().any(|known| known["port"] == *port))
    };
    wrong(objects, |object, fault| {
        let rules = object.tree["spec"]["rules"].as_array();
        let mut ways = Vec::new();
        let mut hosts: Vec<&Value> = Vec::new();
        for rule in rules.into_iter().flatten() {
            match object.kind() {
                "Ingress" => {
                    hosts.extend(rule.get("host"));
                    for path in rule["http"]["paths"].as_array().into_iter().flatten() {
                        let service = &path["backend"]["service"];
                        ways.push((&service["name"], &service["port"]["number"]));
                        if !path["path"].as_str().is_some_and(|path| path.starts_with('/')) {
                            fault(format!("{} is no path", path["path"]));
                        }
                    }
                }
                "HTTPRoute" | "GRPCRoute" => {
                    let backends = rule["backendRefs"].as_array().into_iter().flatten();
                    ways.extend(backends.map(|backend| (&backend["name"], &backend["port"])));
                }
                _ => {}
            }
        }
        hosts.extend(object.tree["spec"]["hostnames"].as_array().into_iter().flatten());
        for (name, port) in ways.into_iter().filter(|(name, port)| !leads(name, port)) {
            fault(format!("{name} has no port {port}"));
        }
        for host in hosts {
            if !host.as_str().is_some_and(|host| host.len() < 254 && host.split('.').all(is_label))
            {
                fault(format!("{host} is no host"));
            }
        }
        if matches!(object.kind(), "HTTPRoute" | "GRPCRoute") {
            let parent = object.text("/spec/parentRefs/0/name");
            if !objects.iter().any(|other| other.is("Gateway", parent)) {
                fault(format!("there is no gateway {parent}"));
            }
        }
    })
}

/// What an overlay patches is there.
fn patches(objects: &[Object]) -> Vec<String> {
    wrong(objects, |object, fault| {
        for patch in object.tree["patches"].as_array().into_iter().flatten() {
            let (kind, name) = (&patch["target"]["kind"], &patch["target"]["name"]);
            let wanted = |text: &Value| text.as_str().unwrap_or("").to_owned();
            let target = objects.iter().find(|other| other.is(&wanted(kind), &wanted(name)));
            let Some(target) = target else {
                fault(format!("there is no {kind} {name}"));
                continue;
            };
            for line in wanted(&patch["patch"]).lines() {
                let path = line.trim().strip_prefix("path: ");
                if let Some(path) = path.filter(|path| target.tree.pointer(path).is_none()) {
                    fault(format!("{kind} {name} has no {path}"));
                }
            }
        }
    })
}

/// Kinds that a cluster has by itself stand apart from those of others; each overlay of the first makes its namespace, and that
/// of the others names the same.
fn places(objects: &[Object]) -> Vec<String> {
    let others =
        ["keda.sh/", "serving.knative.dev/", "gateway.networking.k8s.io/", "karpenter.sh/"];
    let of = |folder: &str| -> BTreeSet<String> {
        let overlays = objects.iter().filter(|o| o.path.starts_with(folder));
        overlays.map(|o| o.text("/namespace").to_owned()).filter(|name| !name.is_empty()).collect()
    };
    let spaces: BTreeSet<String> = objects
        .iter()
        .filter(|object| object.kind() == "Namespace")
        .map(|object| object.name().to_owned())
        .collect();
    let mut found = wrong(objects, |object, fault| {
        let other = others.iter().any(|group| object.text("/apiVersion").starts_with(group));
        let apart = ["kubernetes/extensions/", "kubernetes/cluster/"];
        let beside = apart.iter().any(|folder| object.path.starts_with(folder));
        if object.kind() != "Kustomization" && other != beside {
            fault("it stands among others than its own".to_owned());
        }
    });
    let extensions = of("kubernetes/extensions/");
    if of("kubernetes/overlays/") != spaces || !(extensions.is_empty() || extensions == spaces) {
        found.push(format!("the namespaces are {spaces:?}"));
    }
    found
}

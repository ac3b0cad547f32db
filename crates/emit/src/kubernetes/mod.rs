//! Kubernetes: manifests as a Kustomize base with an overlay for each environment.
//!
//! Every pod keeps to the pod security standard "restricted" where its image lets it. Sizes, copies and autoscalers
//! are those of the plan; environment, ports, probes and schedules are those of the definition.

mod beside;
mod config;
mod files;
mod gateway;
mod job;
mod kustomize;
mod login;
mod network;
mod nodes;
mod object;
mod outside;
mod pod;
mod proxy;
mod scaling;
mod schedule;
mod workload;

use std::collections::BTreeMap;

use model::{Held, Placement, PodSettings, Settings};
use source::Finding;

use crate::findings::{NO_IMAGE, NO_PORT, TO_DO};
use crate::image::image_of;
use crate::{Construct, Fidelity, Output, Part, Plan, Reasons, Routes, Target, knative, yaml};

pub(crate) use beside::Beside;
pub(crate) use config::{Variables, is_own};
pub(crate) use files::are_for_a_group;
pub(crate) use job::ordered;
pub(crate) use login::pod_labels;
pub(crate) use object::labels;
pub(crate) use pod::{PORT_ASSUMED, Ports, container, quantities, without_secrets};
pub(crate) use schedule::for_kubernetes;
pub(crate) use workload::{claims_by_name, volumes as volumes_of};

use network::Door;
use outside::Outside;

/// Kubernetes.
#[derive(Debug)]
pub struct Kubernetes;

/// The folder of the objects that all environments share.
const BASE: &str = "kubernetes/base";
/// The folder of the objects of kinds that a cluster does not have by itself.
const EXTENSIONS: &str = "kubernetes/extensions";

impl Target for Kubernetes {
    fn name(&self) -> &'static str {
        "kubernetes"
    }

    fn title(&self) -> &'static str {
        "Kubernetes"
    }

    fn platforms(&self) -> &'static [&'static str] {
        &["kubernetes"]
    }

    fn takes(&self, placement: &Placement) -> bool {
        matches!(placement.configured, Settings::Pod(_))
    }

    fn fidelity(&self, construct: Construct) -> Fidelity {
        fidelity(construct)
    }

    fn write(&self, plan: &Plan<'_>, out: &mut Output) {
        let parts: Vec<&Part<'_>> = plan.of(self.name()).collect();
        let planned = |part: &Part<'_>| settings(part).is_some_and(PodSettings::is_knative);
        write(plan, &parts, &planned, out);
    }
}

/// What becomes of a construct on a cluster.
pub(crate) fn fidelity(construct: Construct) -> Fidelity {
    use Fidelity::{Full, Note};
    match construct {
        Construct::Queue => Note("a Deployment; it takes from the queue as before"),
        Construct::Stream => Note("a Deployment; it reads the stream with its own client"),
        Construct::Cron => {
            Note("CronJob, in UTC, suspended where nobody says when; `L`, `W` and `#` are refused")
        }
        Construct::Job => Note("Job; the page has the commands by which a release runs it again"),
        Construct::Rights => Note("told; by Terraform on its EKS"),
        Construct::Layers => Note("what they hold belongs into the image, which is told"),
        Construct::Sidecars => {
            Note("as imported; config maps and secrets that they see as files have to be there")
        }
        Construct::Files => {
            Note("volumes by reference, and scratch space; the page says how each is made")
        }
        Construct::Store => {
            Note("StatefulSet of one copy: a plain image does not replicate itself")
        }
        Construct::ManagedStore => {
            Note("a name that leads to it; queues, tables and buckets by variables")
        }
        Construct::Static => Note("a Deployment of its web server"),
        Construct::Function => Note("a Deployment of an image in which a host calls the handler"),
        Construct::Secrets => Note("by reference; the values have to be set"),
        Construct::Scaling => Note("HPA on CPU, KEDA on requests in flight, as planned"),
        Construct::Volumes => Note("claims of a StatefulSet; folders of the host are refused"),
        Construct::Public => {
            Note("one Ingress for all, or a Gateway; names of hosts have to be set")
        }
        Construct::Calls => Note("a NetworkPolicy for what is called; what leaves is open"),
        Construct::Grpc => Note("the Ingress needs a certificate; a GRPCRoute of a Gateway"),
        Construct::Gpu => Note("one GPU of NVIDIA's device plugin"),
        Construct::Privileged => Note("not in a namespace that enforces `restricted`"),
        Construct::Http
        | Construct::Worker
        | Construct::Image
        | Construct::Command
        | Construct::Environment
        | Construct::Ports
        | Construct::Probes
        | Construct::Size
        | Construct::WebSockets
        | Construct::Windows
        | Construct::Grace => Full,
        Construct::Udp => Note("a Service of type LoadBalancer for clients on the internet"),
        Construct::Split => {
            Note("a proxy in each pod holds the cap; its other side is Terraform's, as servers are")
        }
    }
}

/// The namespace in which the first environment stands, which is the plan's.
pub(crate) fn namespace(plan: &Plan<'_>) -> String {
    kustomize::namespace(plan, &kustomize::ENVIRONMENTS[0])
}

/// How a part is placed, if it is placed in pods.
pub(crate) fn settings<'p>(part: &'p Part<'_>) -> Option<&'p PodSettings> {
    match &part.placement.configured {
        Settings::Pod(settings) => Some(settings),
        _ => None,
    }
}

/// Writes parts to a cluster; those that `knative` holds of as Knative services. What needs kinds of others in the cluster
/// stands apart, so that everything else can be applied without them.
pub(crate) fn write(
    plan: &Plan<'_>,
    parts: &[&Part<'_>],
    knative: &dyn Fn(&Part<'_>) -> bool,
    out: &mut Output,
) {
    let parts = &proxy::written(plan, parts, out)[..];
    let why = Reasons::of(plan);
    let outside = Outside::of(plan, parts, why, out);
    let (mut resources, mut extended) = (Vec::new(), Vec::new());
    for part in parts {
        let Some(pod) = settings(part) else { continue };
        let variables = Variables::of(plan, part, why, &outside, out);
        let mut objects = vec![config::service_account(plan, part)];
        objects.extend(variables.map.clone());
        let mut extensions = Vec::new();
        if knative(part) {
            extensions.push(knative::service(plan, part, pod, &variables, why, out));
        } else {
            objects.extend(workload::objects(plan, part, pod, &variables, why, out));
            objects.extend(proxy::config(plan, part, why));
            objects.extend(network::service(plan, part, why));
            objects.extend(outside::inlet(plan, part, out));
            objects.extend(scaling::objects(plan, part, pod, why));
            objects.extend(network::policy(plan, part, why));
            extensions.extend(scaling::by_keda(plan, part, pod, why));
        }
        let head = format!("{}: {}\n{}", part.component.id, part.placement.config, plan.made_by);
        let file = format!("parts/{}.yaml", part.name);
        out.file(format!("{BASE}/{file}"), yaml::documents(&head, &objects));
        resources.push(file.clone());
        if !extensions.is_empty() {
            out.file(format!("{EXTENSIONS}/base/{file}"), yaml::documents(&head, &extensions));
            extended.push(file);
        }
    }
    let plain: Vec<&Part<'_>> = parts.iter().copied().filter(|part| !knative(part)).collect();
    let mut said = outside.said();
    said.extend(login::said(plan, parts));
    let mut said_beside = Vec::new();
    let door = Door::of(plan, &plain);
    if let Some(door) = &door {
        let head = format!("How clients reach {}\n{}", plan.app.name, plan.made_by);
        if plan.routes == Routes::Gateway {
            let objects = gateway::objects(plan, door, why);
            out.file(format!("{EXTENSIONS}/base/gateway.yaml"), yaml::documents(&head, &objects));
            extended.push("gateway.yaml".to_owned());
            said_beside.extend(gateway::hosts(door));
        } else {
            let object = network::ingress(door, why);
            out.file(format!("{BASE}/ingress.yaml"), yaml::documents(&head, &[object]));
            resources.push("ingress.yaml".to_owned());
            said.extend(network::hosts(door));
        }
    }
    if let Some(objects) = outside.objects(plan) {
        let head = format!("What stands outside of the cluster\n{}", plan.made_by);
        out.file(format!("{BASE}/outside.yaml"), yaml::documents(&head, &objects));
        resources.push("outside.yaml".to_owned());
    }
    let small = |of_keda: bool, part: &&Part<'_>| {
        let (kind, path) = kustomize::small(part)?;
        ((kind == scaling::KEDA) == of_keda).then_some((kind, path))
    };
    let sized = |of_keda: bool| {
        let named = plain.iter().filter_map(|part| {
            small(of_keda, part).map(|(kind, path)| (kind, part.name.as_str(), path))
        });
        named.collect::<Vec<_>>()
    };
    let mut base = kustomize::Layer {
        folders: (BASE, "kubernetes/overlays", "../../base"),
        about: "What needs nothing but Kubernetes".to_owned(),
        resources,
        parts: plain.clone(),
        everything: parts.to_vec(),
        said,
        small: sized(false),
        namespace: true,
    };
    kustomize::write(plan, &mut base, out);
    if !extended.is_empty() {
        for part in plain.iter().filter(|part| scaling::follows(part)) {
            let values = scaling::placeholders(plan, part);
            if !values.is_empty() {
                let (kind, name) = (scaling::KEDA, part.name.as_str());
                said_beside.push(kustomize::Said { kind, name, values, is_host: false });
            }
        }
        let mut beside = kustomize::Layer {
            folders: ("kubernetes/extensions/base", EXTENSIONS, "../base"),
            about: "What needs kinds of others in the cluster".to_owned(),
            resources: extended,
            parts: parts.iter().copied().filter(|part| knative(part)).collect(),
            everything: Vec::new(),
            said: said_beside,
            small: sized(true),
            namespace: false,
        };
        kustomize::write(plan, &mut beside, out);
    }
    nodes::write(plan, parts, out);
    told(plan, parts, door.as_ref(), knative, out);
}

/// Says that a plan has several clusters: the files are those of one.
fn several_clusters(plan: &Plan<'_>, parts: &[&Part<'_>], out: &mut Output) {
    let mut clusters: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for part in parts {
        let place = (part.placement.platform.0, part.placement.region.as_str());
        clusters.entry(place).or_default().push(&part.component.id);
    }
    if clusters.len() < 2 {
        return;
    }
    let each = clusters
        .iter()
        .map(|((platform, region), ids)| format!("{platform} in {region} ({})", ids.join(", ")));
    let each: Vec<String> = each.collect();
    let message = format!("{} is planned on several clusters: {}", plan.app.name, each.join("; "));
    let hint = "apply to each cluster only the parts that belong there; names do not lead from one to another";
    out.findings.push(Finding::warning(TO_DO, message).hint(hint));
}

/// What is to be known of all parts together, and the steps that deploy them.
fn told(
    plan: &Plan<'_>,
    parts: &[&Part<'_>],
    door: Option<&Door<'_, '_>>,
    knative: &dyn Fn(&Part<'_>) -> bool,
    out: &mut Output,
) {
    let ids = |which: &dyn Fn(&Part<'_>) -> bool| {
        let found: Vec<&str> =
            parts.iter().filter(|p| which(p)).map(|p| p.component.id.as_str()).collect();
        (!found.is_empty()).then(|| found.join(", "))
    };
    several_clusters(plan, parts, out);
    if let Some(list) = ids(&|part| image_of(part).is_none()) {
        let message = format!("no image is known of {list}");
        let hint = "set it under `images` in the overlays' kustomization.yaml";
        out.findings.push(Finding::warning(NO_IMAGE, message).hint(hint));
    }
    if let Some(list) = ids(&|part| Ports::of(part).assumed) {
        let message = format!("no port is known of {list}; {PORT_ASSUMED} is assumed");
        let hint = "where the image listens on another one, change it in the base";
        out.findings.push(Finding::warning(NO_PORT, message).hint(hint));
    }
    if let Some(door) = door {
        let message = format!("clients reach {} without encryption", plan.app.name);
        let hint = match plan.routes {
            Routes::Ingress => {
                "give the Ingress a certificate: `tls`, or what its controller reads"
            }
            Routes::Gateway => "give the Gateway a listener for HTTPS with a certificate",
        };
        out.findings.push(Finding::warning(TO_DO, message).hint(hint));
        if !door.by_host().is_empty() {
            let message = format!("the hosts below {} stand for yours", network::HOST);
            let hint =
                "set them in the overlays' kustomization.yaml and point their names at the cluster";
            out.findings.push(Finding::warning(TO_DO, message).hint(hint));
        }
    }
    let environment = kustomize::ENVIRONMENTS[0].name;
    let mut needed = Vec::new();
    if let Some(list) = ids(knative) {
        needed.push(format!("Knative Serving ({list})"));
    }
    let follows = |part: &Part<'_>| !knative(part) && scaling::follows(part);
    if let Some(list) = ids(&follows) {
        needed.push(format!("KEDA ({list})"));
    }
    if door.is_some() && plan.routes == Routes::Gateway {
        needed.push("the Gateway API with a controller of it".to_owned());
    }
    if let Some(list) = ids(&|part| follows(part) && scaling::is_counted(plan, part)) {
        let message = format!("{list}: Prometheus has to count requests in flight");
        let hint = "set `serverAddress` and `query` to your own in `kubernetes/extensions`";
        out.findings.push(Finding::warning(TO_DO, message).hint(hint));
    }
    let more =
        if needed.is_empty() { "" } else { " and `kubernetes/extensions/*/kustomization.yaml`" };
    let files = format!("`kubernetes/overlays/*/kustomization.yaml`{more}");
    out.steps.push(format!("set what is a placeholder in {files}: images, hosts, addresses"));
    proxy::steps(parts, out);
    let apply = |what: &str| format!("`kubectl apply -k kubernetes/{what}/{environment}`");
    if let Some(step) = made_before(plan, parts, environment, out) {
        out.steps.push(step);
    }
    out.steps.push(apply("overlays"));
    if !needed.is_empty() {
        let needed = needed.join(", ");
        let message = format!("the cluster needs {needed}");
        let hint = "until it is there, `kubernetes/extensions` cannot be applied; the rest can";
        out.findings.push(Finding::warning(TO_DO, message).hint(hint));
        out.steps.push(format!("with {needed} in the cluster: {}", apply("extensions")));
    }
}

/// The step that makes the namespace with what the pods wait for: secrets, and config maps that are not written here.
fn made_before(
    plan: &Plan<'_>,
    parts: &[&Part<'_>],
    environment: &str,
    out: &Output,
) -> Option<String> {
    let namespace = namespace(plan);
    let mut files = files::needed(plan, parts);
    for secret in out.keys().keys() {
        files.entry((Held::Secret, secret.clone())).or_default();
    }
    let made = files.iter().map(|((held, name), mounts)| {
        let keys = out.keys().get(name).filter(|_| *held == Held::Secret);
        let literal = |key: &String| format!("--from-literal={key}=VALUE");
        let more: Vec<String> = keys.into_iter().flatten().map(literal).collect();
        format!("\n   - {}", files::how(&namespace, (*held, name), mounts, &more))
    });
    let made: String = made.collect();
    let secrets = files.keys().any(|(held, _)| *held == Held::Secret);
    let maps = files.keys().any(|(held, _)| *held == Held::ConfigMap);
    let what = match (secrets, maps) {
        (false, false) => return None,
        (true, false) => "its Secrets",
        (false, true) => "its ConfigMaps",
        (true, true) => "its Secrets and ConfigMaps",
    };
    Some(format!(
        "make the namespace and {what}: `kubectl apply -f kubernetes/overlays/{environment}/namespace.yaml`, then{made}"
    ))
}

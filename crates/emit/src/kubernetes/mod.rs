//! Kubernetes: manifests as a Kustomize base with an overlay for each environment.
//!
//! Every pod keeps to the pod security standard "restricted" where its image lets it. Sizes, copies and autoscalers
//! are those of the plan; environment, ports, probes and schedules are those of the definition.

mod config;
mod kustomize;
mod network;
mod nodes;
mod object;
mod pod;
mod scaling;
mod schedule;
mod workload;

use model::{Placement, PodSettings, PodTarget, Settings};
use source::Finding;

use crate::findings::{NO_IMAGE, NO_PORT, TO_DO};
use crate::{Construct, Fidelity, Output, Part, Plan, Reasons, Target, knative, yaml};

pub(crate) use config::settings_map;
pub(crate) use object::labels;
pub(crate) use pod::{PORT_ASSUMED, Ports, container, image_of, quantities, without_secrets};
pub(crate) use schedule::for_kubernetes;
pub(crate) use workload::volumes as volumes_of;

/// Kubernetes.
#[derive(Debug)]
pub struct Kubernetes;

/// The folder of the objects that all environments share.
const BASE: &str = "kubernetes/base";

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
    use Fidelity::{Full, Note, Refused};
    match construct {
        Construct::Queue => Note("a Deployment; it takes from the queue as before"),
        Construct::Stream => Note("a Deployment; it reads the stream with its own client"),
        Construct::Cron => Note("CronJob, in UTC; `L`, `W` and `#` are refused"),
        Construct::Store => {
            Note("StatefulSet of one copy: a plain image does not replicate itself")
        }
        Construct::ManagedStore => Note("an ExternalName service under the old name"),
        Construct::Static => Note("a Deployment of its web server"),
        Construct::Function => Note("a Deployment of an image in which a host calls the handler"),
        Construct::Secrets => Note("by reference; the values have to be set"),
        Construct::Scaling => Note("HPA on CPU, KEDA on requests in flight, as planned"),
        Construct::Volumes => Note("claims of a StatefulSet; folders of the host are refused"),
        Construct::Public => Note("one Ingress for all; names of hosts have to be set"),
        Construct::Calls => Note("a NetworkPolicy for what is called; what leaves is open"),
        Construct::Grpc => Note("the Ingress needs a certificate"),
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
        Construct::Split => Refused("only servers are split, and they are not pods"),
    }
}

/// How a part is placed, if it is placed in pods.
pub(crate) fn settings<'p>(part: &'p Part<'_>) -> Option<&'p PodSettings> {
    match &part.placement.configured {
        Settings::Pod(settings) => Some(settings),
        _ => None,
    }
}

/// Writes parts to a cluster; those that `knative` holds of as Knative services.
pub(crate) fn write(
    plan: &Plan<'_>,
    parts: &[&Part<'_>],
    knative: &dyn Fn(&Part<'_>) -> bool,
    out: &mut Output,
) {
    let why = Reasons::of(plan);
    let mut resources = Vec::new();
    for part in parts {
        let Some(pod) = settings(part) else { continue };
        let mut objects = vec![config::service_account(plan, part)];
        objects.extend(settings_map(plan, part, why, out));
        if knative(part) {
            objects.push(knative::service(plan, part, pod, why, out));
        } else {
            objects.extend(workload::objects(plan, part, pod, why, out));
            objects.extend(network::service(plan, part, why));
            objects.extend(scaling::objects(plan, part, pod, why));
            objects.extend(network::policy(plan, part, why));
        }
        let head = format!("{}: {}\n{}", part.component.id, part.placement.config, plan.made_by);
        out.file(format!("{BASE}/parts/{}.yaml", part.name), yaml::documents(&head, &objects));
        resources.push(format!("parts/{}.yaml", part.name));
    }
    let ingress: Vec<&Part<'_>> = parts.iter().copied().filter(|part| !knative(part)).collect();
    if let Some(object) = network::ingress(plan, &ingress, why, out) {
        let head = format!("How clients reach {}\n{}", plan.app.name, plan.made_by);
        out.file(format!("{BASE}/ingress.yaml"), yaml::documents(&head, &[object]));
        resources.push("ingress.yaml".to_owned());
    }
    if let Some(objects) = network::outside(plan, parts, why, out) {
        let head = format!("What stands outside of the cluster\n{}", plan.made_by);
        out.file(format!("{BASE}/outside.yaml"), yaml::documents(&head, &objects));
        resources.push("outside.yaml".to_owned());
    }
    resources.sort();
    kustomize::write(plan, parts, &resources, knative, out);
    nodes::write(plan, parts, out);
    told(plan, parts, knative, out);
}

/// What is to be known of all parts together.
fn told(
    plan: &Plan<'_>,
    parts: &[&Part<'_>],
    knative: &dyn Fn(&Part<'_>) -> bool,
    out: &mut Output,
) {
    let ids = |which: &dyn Fn(&Part<'_>) -> bool| {
        let found: Vec<&str> =
            parts.iter().filter(|p| which(p)).map(|p| p.component.id.as_str()).collect();
        (!found.is_empty()).then(|| found.join(", "))
    };
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
    if let Some(list) = ids(knative) {
        let message = format!("{list}: Knative Serving has to be installed in the cluster");
        out.findings.push(Finding::note(TO_DO, message));
    }
    let follows = |part: &Part<'_>| {
        let cpu = settings(part).is_some_and(|pod| matches!(pod.target, PodTarget::CpuPercent(_)));
        !knative(part) && !cpu && scaling::is_scaled(part)
    };
    if let Some(list) = ids(&follows) {
        let message = format!("{list}: KEDA has to be installed in the cluster");
        let hint = "set what its triggers call `placeholder`, and how they log in";
        out.findings.push(Finding::warning(TO_DO, message).hint(hint));
    }
    if let Some(list) = ids(&|part| follows(part) && scaling::is_counted(plan, part)) {
        let message = format!("{list}: Prometheus has to count requests in flight");
        let hint = "change `serverAddress` and `query` of the ScaledObject to your own";
        out.findings.push(Finding::warning(TO_DO, message).hint(hint));
    }
    let head =
        format!("`kubectl apply -k kubernetes/overlays/{}`", kustomize::ENVIRONMENTS[0].name);
    out.steps.push(
        "set the images and the host in `kubernetes/overlays/*/kustomization.yaml`".to_owned(),
    );
    if out.secrets().iter().any(|(_, place)| place.starts_with("Secret ")) {
        let namespace = kustomize::namespace(plan, &kustomize::ENVIRONMENTS[0]);
        let command =
            format!("kubectl -n {namespace} create secret generic NAME --from-literal=KEY=VALUE");
        out.steps.push(format!("make each Secret that is listed above: `{command}`"));
    }
    out.steps.push(head);
}

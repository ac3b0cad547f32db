//! GKE without nodes to see: pods are billed for what they request.

use model::PlatformId;

use super::{Flavour, GKE, Machines, PodRows};

/// GKE Autopilot, general-purpose pods.
pub const GKE_AUTOPILOT: Flavour = Flavour {
    id: PlatformId("kubernetes/gke-autopilot"),
    name: "GKE Autopilot",
    rows: "gke-autopilot",
    machines: Machines::Pods {
        rows: PodRows::Requests {
            cpu: ("gcp/gke-autopilot", "pod_vcpu"),
            memory: ("gcp/gke-autopilot", "pod_memory"),
        },
    },
    ..GKE
};

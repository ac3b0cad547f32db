//! Google's managed control plane with nodes on Compute Engine.

use model::PlatformId;

use super::{ControlPlane, Flavour, Machines};
use crate::cloud;

/// GKE Standard. The monthly credit pays for one cluster in one zone; a regional cluster gets none.
pub const GKE: Flavour = Flavour {
    id: PlatformId("kubernetes/gke"),
    name: "GKE Standard",
    cloud: &cloud::GCP,
    rows: "gke",
    control_plane: ControlPlane::Fee {
        row: ("gcp/gke", "cluster_hour"),
        item: "GKE control plane, hours",
        credit: Some("free_cluster_hours"),
    },
    machines: Machines::Nodes { fee: None },
    usual: true,
};

//! Amazon's managed control plane with nodes on EC2.

use model::PlatformId;

use super::{ControlPlane, Flavour, Machines};
use crate::cloud;

/// EKS.
pub const EKS: Flavour = Flavour {
    id: PlatformId("kubernetes/eks"),
    name: "Kubernetes",
    cloud: &cloud::AWS,
    rows: "eks",
    control_plane: ControlPlane::Fee {
        row: ("aws/eks", "cluster_standard_support"),
        item: "EKS control plane, hours",
        credit: None,
    },
    machines: Machines::Nodes { fee: None },
    usual: true,
};

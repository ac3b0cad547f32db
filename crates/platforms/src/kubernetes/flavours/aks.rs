//! Azure's managed control plane with nodes on virtual machines.

use model::PlatformId;

use super::{ControlPlane, Flavour, Machines};
use crate::cloud;

/// AKS: the Free tier where one zone is enough, else Standard with its agreement.
pub const AKS: Flavour = Flavour {
    id: PlatformId("kubernetes/aks"),
    name: "AKS",
    cloud: &cloud::AZURE,
    rows: "aks",
    control_plane: ControlPlane::FreeInOneZone {
        row: ("azure/aks", "tier_standard"),
        item: "AKS Standard tier, hours",
    },
    machines: Machines::Nodes { fee: None },
    usual: true,
};

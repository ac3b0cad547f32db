//! Kubernetes that the team installs and runs itself, on rented servers.

use model::PlatformId;

use super::{ControlPlane, Flavour, Machines};
use crate::cloud;

/// A cluster of one's own: the control plane costs its nodes.
pub const SELF_MANAGED: Flavour = Flavour {
    id: PlatformId("kubernetes/self-managed"),
    name: "self-managed Kubernetes",
    cloud: &cloud::HETZNER,
    rows: "self-managed",
    control_plane: ControlPlane::Own,
    machines: Machines::Nodes { fee: None },
    usual: true,
};

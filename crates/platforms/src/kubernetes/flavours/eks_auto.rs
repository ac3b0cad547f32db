//! EKS whose nodes, drivers and upgrades AWS looks after, for a share of their on-demand price.

use model::PlatformId;

use super::{EKS, Flavour, Machines};

/// EKS Auto Mode: never cheaper than [`EKS`], and less to do.
pub const EKS_AUTO: Flavour = Flavour {
    id: PlatformId("kubernetes/eks-auto"),
    name: "EKS Auto Mode",
    machines: Machines::Nodes { fee: Some("auto_mode.fee") },
    usual: false,
    ..EKS
};

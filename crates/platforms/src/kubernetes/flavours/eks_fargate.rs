//! EKS without nodes: each pod is a Fargate task.

use model::PlatformId;

use super::{EKS, Flavour, Machines, PodRows};

/// EKS on Fargate.
pub const EKS_FARGATE: Flavour = Flavour {
    id: PlatformId("kubernetes/eks-fargate"),
    name: "EKS on Fargate",
    machines: Machines::Pods { rows: PodRows::Fargate },
    usual: false,
    ..EKS
};

//! The kinds of cluster: what the control plane costs, what nodes keep for themselves, or that there are none to see.

mod aks;
mod eks;
mod eks_auto;
mod eks_fargate;
mod gke;
mod gke_autopilot;
mod self_managed;

use catalog::Missing;
use model::PlatformId;

use crate::case::Site;
use crate::cloud::{Cloud, Row};

pub use aks::AKS;
pub use eks::EKS;
pub use eks_auto::EKS_AUTO;
pub use eks_fargate::EKS_FARGATE;
pub use gke::GKE;
pub use gke_autopilot::GKE_AUTOPILOT;
pub use self_managed::SELF_MANAGED;

/// Every flavour. A new one is one file and one line here, and one in the table of platforms.
pub const ALL: &[&Flavour] =
    &[&EKS, &EKS_AUTO, &EKS_FARGATE, &GKE, &GKE_AUTOPILOT, &AKS, &SELF_MANAGED];

/// One kind of cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flavour {
    /// `kubernetes/eks`.
    pub id: PlatformId,
    /// Its name in prose.
    pub name: &'static str,
    /// Whose machines it runs on.
    pub cloud: &'static Cloud,
    /// Its rows among the limits: `eks`.
    pub rows: &'static str,
    /// Who runs the control plane, for what.
    pub control_plane: ControlPlane,
    /// What pods run on.
    pub machines: Machines,
    /// Whether it is tried where nobody names it.
    pub usual: bool,
}

/// Who runs the control plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ControlPlane {
    /// The provider, by the hour.
    Fee {
        /// What an hour costs.
        row: Row,
        /// What the line says.
        item: &'static str,
        /// Hours of it that the account has free, if its cluster stands in one zone.
        credit: Option<&'static str>,
    },
    /// The provider, for nothing where one zone is enough.
    FreeInOneZone {
        /// What an hour costs elsewhere.
        row: Row,
        /// What the line says.
        item: &'static str,
    },
    /// The team, on machines of its own.
    Own,
}

/// What pods run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Machines {
    /// Nodes that the cluster adds and removes; the provider may ask for a share of their on-demand price on top.
    Nodes {
        /// The share, as a row of the limits.
        fee: Option<&'static str>,
    },
    /// Nothing that one sees: pods are billed for what they request.
    Pods {
        /// The price of a vCPU-hour and a GB-hour, by architecture where there are two.
        rows: PodRows,
    },
}

/// What pods are billed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PodRows {
    /// What they request, within the provider's bounds.
    Requests {
        /// An hour of one vCPU.
        cpu: Row,
        /// An hour of one GB.
        memory: Row,
    },
    /// The smallest of the fixed sizes of Fargate that holds them.
    Fargate,
}

impl Flavour {
    /// The usual flavour of a region's provider.
    pub fn of(site: &Site<'_>) -> &'static Self {
        let cloud = site.cloud();
        ALL.iter().find(|flavour| flavour.cloud.id == cloud.id).copied().unwrap_or(&EKS)
    }

    /// What the provider takes for looking after nodes, in per cent of their on-demand price.
    pub(super) fn fee_percent(&self, site: &Site<'_>) -> Result<u32, Missing> {
        match self.machines {
            Machines::Nodes { fee: Some(row) } => {
                site.prices.limit_number(self.rows, row).map(|percent| percent as u32)
            }
            _ => Ok(0),
        }
    }

    /// Whether it has nodes to see.
    pub const fn has_nodes(&self) -> bool {
        matches!(self.machines, Machines::Nodes { .. })
    }
}

//! A whole application.

use source::Span;
use units::{Bytes, Millicores, Money};

use crate::component::Component;
use crate::edge::Edge;
use crate::fact::Fact;

/// How many zones must be able to fail.
#[derive(Debug, Clone, PartialEq)]
pub struct Availability {
    /// Zones to spread instances over: 1 accepts that the loss of one zone stops what runs there.
    pub zones: Fact<u8>,
}

/// What the team knows of Kubernetes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KubernetesSkill {
    /// Nobody runs clusters today.
    None,
    /// Somebody does, on the side.
    Some,
    /// It is routine.
    Expert,
}

/// The people who will run it.
#[derive(Debug, Clone, PartialEq)]
pub struct Team {
    /// Kubernetes experience.
    pub kubernetes: KubernetesSkill,
    /// What an hour of theirs costs.
    pub hourly: Money,
    /// Where it was declared.
    pub span: Option<Span>,
}

/// A cluster that is there and paid for.
#[derive(Debug, Clone, PartialEq)]
pub struct ExistingCluster {
    /// CPU that nobody uses.
    pub spare_cpu: Fact<Millicores>,
    /// Memory that nobody uses.
    pub spare_memory: Fact<Bytes>,
    /// Where it was declared.
    pub span: Option<Span>,
}

/// How instances reach the internet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Network {
    /// A public address each.
    Public,
    /// Private subnets behind a NAT gateway a zone.
    Private,
}

/// What an estimate leaves out or pins, so that somebody else's figure can be reproduced and corrected.
///
/// The default leaves nothing out and pins nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Assume {
    /// No API gateway, load balancer or ingress on any side.
    pub no_front_door: Option<Span>,
    /// No load balancer on clusters and servers, though functions keep their front door.
    pub no_load_balancer: Option<Span>,
    /// No node disks.
    pub no_disks: Option<Span>,
    /// No public IPv4 charges.
    pub no_public_ipv4: Option<Span>,
    /// No log ingestion.
    pub no_logs: Option<Span>,
    /// No internet egress.
    pub no_egress: Option<Span>,
    /// No system pods (DaemonSets) and no reserved resources on nodes.
    pub no_node_overhead: Option<Span>,
    /// The cluster has exactly this node type.
    pub node: Option<(String, Span)>,
    /// The cluster has exactly this many nodes, whether or not they hold the load.
    pub nodes: Option<(u32, Span)>,
    /// Functions run on this architecture only.
    pub architecture: Option<(crate::component::Architecture, Span)>,
}

impl Assume {
    /// Whether anything is left out or pinned.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What the account's provider has granted beyond its defaults.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Quotas {
    /// Requests that functions of the account may run at once in the region; `None` is the default quota.
    pub lambda_concurrency: Option<(u32, Option<Span>)>,
}

/// Services in which a commitment or a contract may take a share off: see [`Discount`].
pub const DISCOUNTED: &[&str] = &[
    "aws/ec2",
    "aws/elasticache",
    "aws/fargate",
    "aws/lambda",
    "aws/rds",
    "azure/container-apps",
    "azure/virtual-machines",
    "gcp/cloud-run",
    "gcp/cloud-sql",
    "gcp/compute-engine",
    "gcp/gke-autopilot",
];

/// What a savings plan, a reservation, committed use or a contract takes off the list price of a service, as far as
/// commitments cover it. It is taken to cover all that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discount {
    /// One of [`DISCOUNTED`].
    pub service: String,
    /// The share, in hundredths of a per cent: 2,750 is 27.5 %. At most 10,000.
    pub hundredths: u32,
    /// Where it was declared.
    pub span: Option<Span>,
}

/// An application: what there is to place.
#[derive(Debug, Clone, PartialEq)]
pub struct App {
    /// Its name.
    pub name: String,
    /// Provider and region, such as `aws/us-east-1`.
    pub region: Fact<String>,
    /// Regions to compare, of one provider or several; `aws/*` is all of a provider's. Empty is `region` alone.
    pub regions: Vec<String>,
    /// Its parts, sorted by id: their order in a file means nothing.
    pub components: Vec<Component>,
    /// Who calls whom, sorted.
    pub edges: Vec<Edge>,
    /// The people.
    pub team: Option<Team>,
    /// Zones.
    pub availability: Availability,
    /// A cluster that is already paid for.
    pub existing_cluster: Option<ExistingCluster>,
    /// Network for instances.
    pub network: Fact<Network>,
    /// Whether the account's permanent free tier is still there to be used.
    pub free_tier: Fact<bool>,
    /// Whether interruptible (spot) capacity may be used.
    pub spot: Fact<bool>,
    /// Discounts that the account has, one a service.
    pub discounts: Vec<Discount>,
    /// Quotas that were raised.
    pub quotas: Quotas,
    /// What the estimate leaves out or pins.
    pub assume: Assume,
}

impl App {
    /// The region's name without the provider: `us-east-1`.
    pub fn region_name(&self) -> &str {
        let region = self.region.value().map_or("", String::as_str);
        region.split_once('/').map_or(region, |(_, name)| name)
    }
    /// The component with this id.
    pub fn component(&self, id: &str) -> Option<&Component> {
        self.components.iter().find(|c| c.id == id)
    }
}

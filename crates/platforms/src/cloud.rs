//! What each provider calls its machines, disks, addresses and load balancers in the catalogue.
//!
//! Servers, nodes and front doors are the same everywhere but for these names. A provider that is not sold a thing
//! (an address of its own, a NAT gateway) has none here, and nothing is billed for it.

use catalog::Missing;
use model::PlatformId;
use units::{Money, Quantity};

use crate::billing::{HOURS, Lines};
use crate::case::Site;
use model::FrontDoor;

/// A price of the catalogue: service and dimension.
pub type Row = (&'static str, &'static str);

/// One provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cloud {
    /// The first part of its regions: `aws` of `aws/us-east-1`.
    pub id: &'static str,
    /// Its plain servers, as a platform.
    pub servers: PlatformId,
    /// What belongs to the account stands under this id.
    pub account_id: PlatformId,
    /// Machines; the dimension is the type.
    pub machines: &'static str,
    /// Disks that survive, a GB-month.
    pub disk: Row,
    /// Whether machines come with a disk.
    pub disk_included: bool,
    /// Copies of such disks, a GB-month.
    pub snapshot: Row,
    /// A machine's public address, by the hour or the month.
    pub address: Option<Row>,
    /// A NAT gateway, by the hour; of each zone or of each machine.
    pub nat: Option<Nat>,
    /// Whether a group of servers follows the load by itself.
    pub scales_servers: bool,
    /// What stands in front of several instances that speak HTTP.
    pub balancer: FrontDoor,
    /// What stands in front of several that do not, or that hold connections open.
    pub raw_balancer: FrontDoor,
    /// The queue in front of workers.
    pub queue: FrontDoor,
    /// What belongs to the account: egress, traffic between zones, logs.
    pub account: Account,
}

/// How a NAT gateway is billed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nat {
    /// By the hour, one in each zone.
    Zone(Row),
    /// By the hour of each machine behind it.
    Machine(Row),
}

/// What a provider bills to the account and not to a platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// Data to the internet, a GB in tiers, and its allowance.
    pub egress: Option<(Row, &'static str)>,
    /// Data between zones, a GB, and how often it is counted: out, or out and in.
    pub between_zones: Option<(Row, u32)>,
    /// Logs taken in, a GB, and the allowance.
    pub logs: Option<(Row, &'static str)>,
}

/// Every provider. A new one is one entry here, its catalogue files, and the platforms that it has.
pub const ALL: &[Cloud] = &[AWS, GCP, AZURE, HETZNER, CLOUDFLARE, FLY];

/// Amazon Web Services.
pub const AWS: Cloud = Cloud {
    id: "aws",
    servers: PlatformId("servers/ec2"),
    account_id: PlatformId("aws/account"),
    machines: "aws/ec2",
    disk: ("aws/ebs", "gp3_storage"),
    disk_included: false,
    snapshot: ("aws/ebs", "snapshot"),
    address: Some(("aws/ipv4", "hour")),
    nat: Some(Nat::Zone(("aws/nat", "hour"))),
    scales_servers: true,
    balancer: FrontDoor::Alb,
    raw_balancer: FrontDoor::Nlb,
    queue: FrontDoor::Queue,
    account: Account {
        egress: Some((("aws/data-transfer", "internet_out"), "free_internet_out")),
        between_zones: Some((("aws/data-transfer", "inter_az"), 2)),
        logs: Some((("aws/cloudwatch-logs", "ingest_standard"), "free_ingest")),
    },
};

/// Google Cloud.
pub const GCP: Cloud = Cloud {
    id: "gcp",
    servers: PlatformId("servers/gce"),
    account_id: PlatformId("gcp/account"),
    machines: "gcp/compute-engine",
    disk: ("gcp/disk", "pd_balanced"),
    disk_included: false,
    snapshot: ("gcp/disk", "snapshot"),
    address: Some(("gcp/ipv4", "hour")),
    nat: Some(Nat::Machine(("gcp/nat", "vm_hour"))),
    scales_servers: true,
    balancer: FrontDoor::Balancer,
    raw_balancer: FrontDoor::Balancer,
    queue: FrontDoor::PubSub,
    account: Account {
        egress: Some((("gcp/network", "internet_out"), "free_internet_out")),
        between_zones: Some((("gcp/network", "inter_zone"), 1)),
        logs: Some((("gcp/logging", "ingest"), "free_ingest")),
    },
};

/// Microsoft Azure. Traffic between zones is not billed.
pub const AZURE: Cloud = Cloud {
    id: "azure",
    servers: PlatformId("servers/azure-vm"),
    account_id: PlatformId("azure/account"),
    machines: "azure/virtual-machines",
    disk: ("azure/disk", "premium_ssd_v2"),
    disk_included: false,
    snapshot: ("azure/disk", "snapshot"),
    address: Some(("azure/ipv4", "hour")),
    nat: Some(Nat::Zone(("azure/nat", "hour"))),
    scales_servers: true,
    balancer: FrontDoor::Balancer,
    raw_balancer: FrontDoor::Balancer,
    queue: FrontDoor::StorageQueue,
    account: Account {
        egress: Some((("azure/bandwidth", "internet_out"), "free_internet_out")),
        between_zones: None,
        logs: Some((("azure/monitor", "ingest"), "free_ingest")),
    },
};

/// Hetzner: rented servers and nothing else. Names in DNS stand for load balancers, a broker of one's own for queues,
/// and logs stay on the servers.
pub const HETZNER: Cloud = Cloud {
    id: "hetzner",
    servers: PlatformId("servers/hetzner"),
    account_id: PlatformId("hetzner/account"),
    machines: "hetzner/cloud",
    disk: ("hetzner/volume", "storage"),
    disk_included: true,
    snapshot: ("hetzner/volume", "snapshot"),
    address: Some(("hetzner/ipv4", "month")),
    nat: None,
    scales_servers: false,
    balancer: FrontDoor::Dns,
    raw_balancer: FrontDoor::Dns,
    queue: FrontDoor::None,
    account: Account {
        egress: Some((("hetzner/network", "internet_out"), "free_internet_out")),
        between_zones: None,
        logs: None,
    },
};

/// Cloudflare: isolates at the edge, no machines.
pub const CLOUDFLARE: Cloud = Cloud {
    id: "cloudflare",
    servers: PlatformId("servers/none"),
    account_id: PlatformId("cloudflare/account"),
    machines: "",
    disk: ("", ""),
    disk_included: false,
    snapshot: ("", ""),
    address: None,
    nat: None,
    scales_servers: false,
    balancer: FrontDoor::None,
    raw_balancer: FrontDoor::None,
    queue: FrontDoor::None,
    account: Account { egress: None, between_zones: None, logs: None },
};

/// Fly.io: machines behind its own proxy, which costs nothing and gives each app its address.
pub const FLY: Cloud = Cloud {
    id: "fly",
    servers: PlatformId("servers/fly"),
    account_id: PlatformId("fly/account"),
    machines: "fly/machines",
    disk: ("fly/volume", "storage"),
    disk_included: true,
    snapshot: ("fly/volume", "snapshot"),
    address: None,
    nat: None,
    scales_servers: true,
    balancer: FrontDoor::None,
    raw_balancer: FrontDoor::None,
    queue: FrontDoor::None,
    account: Account {
        egress: Some((("fly/network", "internet_out"), "free_internet_out")),
        between_zones: None,
        logs: None,
    },
};

impl Cloud {
    /// The provider of a region such as `gcp/europe-west1`; Amazon where the region does not say.
    pub fn of(region: &str) -> &'static Self {
        let id = region.split('/').next().unwrap_or("");
        ALL.iter().find(|cloud| cloud.id == id).unwrap_or(&AWS)
    }

    /// The service of its one kind of load balancer.
    pub(crate) fn balancer_service(&self) -> &'static str {
        match self.id {
            "gcp" => "gcp/load-balancing",
            _ => "azure/load-balancer",
        }
    }

    /// So many hours of public addresses, unless they are assumed away.
    pub(crate) fn addresses(
        &self,
        lines: &mut Lines<'_>,
        item: &str,
        hours: Quantity,
    ) -> Result<(), Missing> {
        let Some((service, dimension)) = self.address else { return Ok(()) };
        if lines.site().app.assume.no_public_ipv4.is_some() {
            return Ok(());
        }
        let quantity = match dimension {
            "month" => Quantity::new(hours.count, hours.per_unit * HOURS),
            _ => hours,
        };
        lines.add(service, dimension, item, None, quantity)
    }

    /// What one public address costs a month.
    pub(crate) fn address_month(&self, site: &Site<'_>) -> Result<Money, Missing> {
        let Some((service, dimension)) = self.address else { return Ok(Money::ZERO) };
        let row = site.prices.price(service, site.app.region_name(), dimension)?;
        let months = if dimension == "month" { 1 } else { HOURS };
        Ok(row.price.times(Quantity::whole(months)))
    }

    /// Disks that machines start from; where they come with the machine there are none to pay.
    pub(crate) fn root_disks(
        &self,
        lines: &mut Lines<'_>,
        item: &str,
        component: Option<&str>,
        gib_months: Quantity,
    ) -> Result<(), Missing> {
        if self.disk_included {
            return Ok(());
        }
        lines.add(self.disk.0, self.disk.1, item, component, gib_months)
    }

    /// The month's NAT gateways of a private network, with `machine_hours` of machines behind them.
    pub(crate) fn nat_lines(
        &self,
        lines: &mut Lines<'_>,
        machine_hours: Quantity,
    ) -> Result<(), Missing> {
        let zones = u128::from(lines.site().app.availability.zones.get().unwrap_or(1).max(1));
        let (row, hours) = match self.nat {
            Some(Nat::Zone(row)) => (row, Quantity::whole(zones * HOURS)),
            Some(Nat::Machine(row)) => (row, machine_hours),
            None => return Ok(()),
        };
        lines.add(row.0, row.1, "NAT gateway, hours", None, hours)
    }
}

impl Site<'_> {
    /// The provider of its region.
    pub fn cloud(&self) -> &'static Cloud {
        self.app.region.value().map_or(&AWS, |region| Cloud::of(region))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_names_its_provider() {
        for (region, id) in [
            ("aws/us-east-1", "aws"),
            ("gcp/europe-west1", "gcp"),
            ("azure/eastus", "azure"),
            ("hetzner/eu", "hetzner"),
            ("us-east-1", "aws"),
        ] {
            assert_eq!(Cloud::of(region).id, id, "{region}");
        }
    }
}

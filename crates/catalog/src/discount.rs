//! Discounts that a team has, laid over list prices: savings plans, reservations, committed use, negotiated shares.
//!
//! What a provider asks for a commitment differs by machine, term and payment and is only partly public, so the
//! share is the team's to declare. What a commitment covers is the provider's: computing time, not requests, disks,
//! traffic or interruptible capacity.

use model::Discount;
use units::Price;

use crate::row::{InstanceType, PriceRow};

/// Hundredths of a per cent in a whole.
const WHOLE: u32 = 10_000;

/// What a commitment covers in a service.
enum Covers {
    /// Machines by their types.
    Machines,
    /// Dimensions that begin so.
    Dimensions(&'static [&'static str]),
}

/// Services with commitments (AWS "What are Savings Plans?" and reserved instances of RDS and ElastiCache; Google's
/// committed use discounts; Azure reservations and savings plan for compute).
const COVERED: &[(&str, Covers)] = &[
    ("aws/ec2", Covers::Machines),
    ("aws/fargate", Covers::Dimensions(&["vcpu_", "memory_"])),
    ("aws/lambda", Covers::Dimensions(&["duration_", "provisioned_"])),
    ("aws/rds", Covers::Dimensions(&["db."])),
    ("aws/elasticache", Covers::Dimensions(&["cache."])),
    ("gcp/compute-engine", Covers::Machines),
    ("gcp/cloud-run", Covers::Dimensions(&["request_vcpu", "request_memory", "instance_", "job_"])),
    ("gcp/gke-autopilot", Covers::Dimensions(&["pod_vcpu", "pod_memory"])),
    ("gcp/cloud-sql", Covers::Dimensions(&["vcpu", "memory"])),
    ("azure/virtual-machines", Covers::Machines),
    ("azure/container-apps", Covers::Dimensions(&["vcpu_", "memory_"])),
];

/// Takes what is declared off the rows that it covers; `is_machine` tells a machine's type in a service.
pub(crate) fn apply<'r>(
    discounts: &[Discount],
    rows: impl Iterator<Item = &'r mut PriceRow>,
    is_machine: impl Fn(&str) -> bool,
) {
    for row in rows {
        if let Some(discount) = discounts.iter().find(|discount| discount.service == row.service)
            && covers(row, &is_machine)
        {
            row.price = off(row.price, discount);
        }
    }
}

/// Takes what is declared off the hour of a machine; its list price and its interruptible price stay.
pub(crate) fn apply_to_machine(discounts: &[Discount], provider: &str, machine: &mut InstanceType) {
    let of = |discount: &&Discount| {
        let service = COVERED.iter().find(|(service, _)| *service == discount.service);
        let machines = service.is_some_and(|(_, covers)| matches!(covers, Covers::Machines));
        machines && discount.service.split('/').next() == Some(provider)
    };
    if let Some(discount) = discounts.iter().find(of) {
        machine.hour = off(machine.hour, discount);
        machine.month_cap = machine.month_cap.map(|cap| off(cap, discount));
    }
}

fn covers(row: &PriceRow, is_machine: &impl Fn(&str) -> bool) -> bool {
    let found = COVERED.iter().find(|(service, _)| *service == row.service);
    let dimension = row.dimension.as_str();
    match found {
        Some((_, Covers::Machines)) => {
            is_machine(dimension.strip_suffix(" month").unwrap_or(dimension))
        }
        Some((_, Covers::Dimensions(starts))) => {
            !dimension.ends_with("_spot") && starts.iter().any(|start| dimension.starts_with(start))
        }
        None => false,
    }
}

fn off(price: Price, discount: &Discount) -> Price {
    let left = WHOLE.saturating_sub(discount.hundredths);
    Price::from_pico(price.money().scaled(left.into(), WHOLE.into()).pico())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_service_that_may_be_declared_is_covered_and_no_other() {
        let covered: BTreeSet<&str> = COVERED.iter().map(|(service, _)| *service).collect();
        assert_eq!(covered, model::DISCOUNTED.iter().copied().collect());
    }

    #[test]
    fn a_share_comes_off_exactly() {
        let discount = Discount { service: "aws/ec2".to_owned(), hundredths: 2_750, span: None };
        let price = Price::parse("0.136").unwrap();
        assert_eq!(off(price, &discount), Price::parse("0.0986").unwrap());
        let all = Discount { hundredths: WHOLE, ..discount };
        assert_eq!(off(price, &all), Price::default());
    }
}

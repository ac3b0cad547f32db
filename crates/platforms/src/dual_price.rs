//! What a vCPU and a GB cost at the very least on any of a provider's machines.
//!
//! Two prices, of a vCPU and of a GB, so low that no type's room is worth more than the type costs. Whatever is packed
//! on machines of these types then costs at least what its CPU and memory are worth: a feasible solution of the dual of
//! fractional packing. Of all such pairs the one is taken that values two GB beside each vCPU highest.

use units::{Bytes, Millicores, Money};

/// GB of memory beside a vCPU that the pair is chosen for: what small services ask for.
const GIB_BESIDE: f64 = 2.0;
/// Ratios of the two prices that are tried, from memory for nothing to CPU for nearly nothing.
const RATIOS: [f64; 12] = [0.0, 0.02, 0.05, 0.08, 0.11, 0.15, 0.2, 0.3, 0.5, 1.0, 3.0, 20.0];

/// The least that resources cost, in dollars a month.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct DualPrice {
    vcpu: f64,
    gib: f64,
}

impl DualPrice {
    /// Of types, each with the room it has for others and what it costs a month; nothing where there are none.
    pub(crate) fn of(types: impl Iterator<Item = (Millicores, Bytes, Money)>) -> Self {
        let types: Vec<(f64, f64, f64)> = types
            .map(|(cpu, memory, month)| (cpu.vcpu_f64(), memory.gib_f64(), month.dollars()))
            .collect();
        let at = |ratio: f64| {
            let worth = |&(vcpu, gib, _): &(f64, f64, f64)| vcpu + ratio * gib;
            let rooms = types.iter().filter(|one| worth(one) > 0.0);
            let vcpu = rooms.map(|one| one.2 / worth(one)).fold(f64::INFINITY, f64::min);
            if vcpu.is_finite() {
                Self { vcpu, gib: vcpu * ratio }
            } else {
                Self { vcpu: 0.0, gib: 0.0 }
            }
        };
        let value = |price: &Self| price.vcpu + GIB_BESIDE * price.gib;
        let all = RATIOS.map(at);
        all.into_iter()
            .fold(at(0.0), |best, one| if value(&one) > value(&best) { one } else { best })
    }

    /// What so many vCPUs and GB, on average over the month, cost at the least. A thousandth less, for rounding.
    pub(crate) fn times(&self, vcpus: f64, gib: f64) -> Money {
        let dollars = (self.vcpu * vcpus + self.gib * gib).max(0.0) * 0.999;
        Money::from_pico((dollars * 1e12) as i128)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_type_is_worth_more_than_it_costs() {
        let types = [(2, 4, 30), (2, 8, 35), (4, 8, 58), (8, 64, 150), (1, 1, 9)];
        let rows = || {
            types.iter().map(|&(cpu, gib, dollars)| {
                let month = Money::from_cents(dollars * 100);
                (Millicores::new(cpu * 1000), Bytes::from_gib(gib), month)
            })
        };
        let price = DualPrice::of(rows());
        for (cpu, memory, month) in rows() {
            assert!(price.times(cpu.vcpu_f64(), memory.gib_f64()) <= month);
        }
        // The best pair for 1:2 is worth about 10.2: the smallest type and the one with most memory bind.
        let worth = price.times(1.0, 2.0).dollars();
        assert!((9.9..=10.3).contains(&worth), "{worth}");
        assert_eq!(DualPrice::of(std::iter::empty()).times(5.0, 5.0), Money::ZERO);
    }
}

//! The types of nodes that may be launched, as far as these pods are concerned.

use catalog::{InstanceType, Missing};
use scaling::cluster_autoscaler::{Group, least_waste};
use scaling::karpenter::{Offer, cheapest};
use sim::nodes::{PodSize, Room};
use units::{Duration, Millicores, Price};

use super::super::super::flavours::Flavour;
use super::super::super::nodes::spot_price;
use super::super::super::overhead::Overhead;
use super::super::settings::Settings;
use crate::case::Case;

/// Spot capacity of a type.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spot {
    pub(super) hour: Price,
    /// How often a node is taken, in times an hour.
    pub(super) taken_an_hour: f64,
}

/// One type.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Kind {
    /// Pods that it holds, and that it holds beside those of the cluster itself.
    pub(super) holds: u32,
    pub(super) beside_system: u32,
    /// CPU for pods, and beside those of the cluster itself.
    pub(super) cpu: Millicores,
    pub(super) cpu_beside_system: Millicores,
    pub(super) hour: Price,
    /// Where spot capacity is wished for and listed.
    pub(super) spot: Option<Spot>,
}

/// All of them, in the order in which they were named.
#[derive(Debug)]
pub(super) struct Kinds {
    pub(super) all: Vec<Kind>,
    /// What Karpenter chooses from, in the same order.
    pub(super) offers: Vec<Offer>,
    /// What the cluster autoscaler chooses from, in the same order.
    groups: Vec<Group>,
}

impl Kinds {
    pub(super) fn of(case: &Case<'_>, settings: &Settings<'_>) -> Result<Self, Missing> {
        let overhead = Overhead::of(&case.site(), Flavour::of(&case.site()))?;
        let size = PodSize { cpu: settings.cpu, memory: settings.memory };
        let holds = |room: Room| u32::try_from(room.holds(size)).unwrap_or(u32::MAX);
        let kind = |instance: &&InstanceType| {
            let room = overhead.room(instance);
            let system = overhead.system().iter();
            let beside = system.fold(room, |room, (size, n)| room.less(*size, u64::from(*n)));
            let spot = settings.spot.then(|| spot(instance)).flatten();
            Kind {
                holds: holds(room),
                beside_system: holds(beside),
                cpu: room.cpu,
                cpu_beside_system: beside.cpu,
                hour: instance.hour,
                spot,
            }
        };
        let all: Vec<Kind> = settings.instances.iter().map(kind).collect();
        let offers = all.iter().map(|kind| Offer {
            holds: kind.holds,
            hour: kind.spot.map_or(kind.hour, |spot| spot.hour),
        });
        let group = |instance: &&InstanceType| {
            let room = overhead.room(instance);
            Group {
                holds: holds(room),
                cpu_each: size.cpu.get() as f64 / room.cpu.get().max(1) as f64,
                memory_each: size.memory.get() as f64 / room.memory.get().max(1) as f64,
            }
        };
        let groups = settings.instances.iter().map(group).collect();
        Ok(Self { offers: offers.collect(), groups, all })
    }

    /// The cheapest type that holds so many pods beside the cluster's own, or the one that holds most.
    pub(super) fn for_system(&self, pods: u32) -> usize {
        let offer = |kind: &Kind| Offer { holds: kind.beside_system, hour: kind.hour };
        let offers: Vec<Offer> = self.all.iter().map(offer).collect();
        let most = offers.iter().map(|offer| offer.holds).max().unwrap_or(0);
        cheapest(&offers, pods.min(most)).unwrap_or(0)
    }

    /// What the cluster autoscaler launches for so many pods: nodes of one group.
    pub(super) fn least_waste(&self, pods: u32) -> Vec<usize> {
        let chosen = least_waste(&self.groups, pods);
        chosen.map_or_else(Vec::new, |(group, nodes)| vec![group; nodes as usize])
    }

    /// What a node of a type costs an hour.
    pub(super) fn hour(&self, kind: usize, spot: bool) -> Price {
        let kind = &self.all[kind];
        kind.spot.filter(|_| spot).map_or(kind.hour, |spot| spot.hour)
    }
}

/// Spot capacity of a type, where the advisor lists it.
fn spot(instance: &InstanceType) -> Option<Spot> {
    let band = instance.spot.as_ref()?.interruption.as_deref()?;
    let month = taken_a_month(band)?;
    let hours = Duration::MONTH.secs_f64() / 3600.0;
    Some(Spot { hour: spot_price(instance)?, taken_an_hour: -(1.0 - month).ln() / hours })
}

/// The share of nodes that are taken within a month, from the advisor's band: its middle, and a quarter where it
/// only says more than 20 %.
fn taken_a_month(band: &str) -> Option<f64> {
    let number = |text: &str| text.trim().trim_end_matches('%').parse::<f64>().ok();
    let percent = if let Some(most) = band.strip_prefix('<') {
        number(most)? / 2.0
    } else if let Some(least) = band.strip_prefix('>') {
        number(least)? * 1.25
    } else {
        let (low, high) = band.split_once('-')?;
        f64::midpoint(number(low)?, number(high)?)
    };
    Some((percent / 100.0).clamp(0.0, 0.99))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_of_the_advisor_are_rates() {
        let bands = ["<5%", "5-10%", "10-15%", "15-20%", ">20%", "often"];
        let expected = [Some(0.025), Some(0.075), Some(0.125), Some(0.175), Some(0.25), None];
        assert_eq!(bands.map(taken_a_month), expected);
    }
}

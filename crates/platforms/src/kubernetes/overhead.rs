//! What of a node is not there for pods: the kubelet's share, daemons on every node, the cluster's own pods.

use catalog::{InstanceType, Missing};
use sim::nodes::{PodSize, Room};
use units::{Bytes, Millicores};

use super::flavours::Flavour;
use crate::case::Site;

/// Cores up to which providers with a table of their own say what they keep.
const CORES_IN_TABLES: [u64; 7] = [1, 2, 4, 8, 16, 32, 64];

/// What nodes keep for themselves.
#[derive(Debug, Clone)]
pub(super) struct Overhead {
    /// Left out altogether: the cluster of an estimate that ignores it.
    none: bool,
    cpu: KeptCpu,
    memory: KeptMemory,
    eviction: Bytes,
    /// What the hypervisor and the kernel take off the advertised memory, in per cent.
    vm_percent: f64,
    /// Pods that a node holds where its type does not say.
    pods: Option<u32>,
    daemon_cpu: Millicores,
    daemon_memory: Bytes,
    daemon_pods: u32,
    /// Pods of the cluster itself, wherever they fit: (size, count).
    system: [(PodSize, u32); 2],
}

/// What the kubelet keeps of a node's CPU.
#[derive(Debug, Clone)]
enum KeptCpu {
    /// In per cent of core 1, core 2, cores 3 and 4, and those beyond.
    Percent([f64; 4]),
    /// In millicores by the number of cores.
    Table(Vec<(u64, f64)>),
}

/// What it keeps of a node's memory.
#[derive(Debug, Clone, Copy)]
enum KeptMemory {
    /// A base and so much for each pod that the node may hold, at most a part of the memory.
    PerPod { base: Bytes, each: Bytes, most_percent: f64 },
    /// In per cent of the first 4 GB, the next 4, the next 8, the next 112, and what is beyond.
    Brackets([f64; 5]),
}

impl Overhead {
    pub(super) fn of(site: &Site<'_>, flavour: &Flavour) -> Result<Self, Missing> {
        let number = |id: &str| site.prices.limit_number(flavour.rows, id);
        let mib = |id: &str| number(id).map(|n| Bytes::from_mib(n as u64));
        let milli = |id: &str| number(id).map(|n| Millicores::new(n as u64));
        let system = |name: &str| -> Result<(PodSize, u32), Missing> {
            let size = PodSize {
                cpu: milli(&format!("{name}.cpu"))?,
                memory: mib(&format!("{name}.memory"))?,
            };
            Ok((size, number(&format!("{name}.count"))? as u32))
        };
        let default_pods = number("max_pods").or_else(|_| number("max_pods_default"));
        let of_the_machine = || site.prices.limit_number("karpenter", "vm_memory_overhead");
        Ok(Self {
            none: site.app.assume.no_node_overhead.is_some(),
            cpu: KeptCpu::of(&number)?,
            memory: KeptMemory::of(&number)?,
            eviction: mib("eviction.memory")?,
            vm_percent: number("vm_memory_overhead").or_else(|_| of_the_machine())?,
            pods: default_pods.ok().map(|n| n as u32),
            daemon_cpu: milli("daemonset.cpu")?,
            daemon_memory: mib("daemonset.memory")?,
            daemon_pods: number("daemonset.count")? as u32,
            system: [system("coredns")?, system("controllers")?],
        })
    }

    /// Pods that a node of this type may hold; `None` if nobody says.
    pub(super) fn max_pods(&self, instance: &InstanceType) -> Option<u32> {
        instance.max_pods.or(self.pods)
    }

    /// What a node of this type has for pods.
    pub(super) fn room(&self, instance: &InstanceType) -> Room {
        let pods = self.max_pods(instance).unwrap_or(0);
        if self.none {
            return Room { cpu: instance.cpu, memory: instance.memory, pods };
        }
        let seen = instance.memory.get() as f64 * (1.0 - self.vm_percent / 100.0);
        let kept = self.memory.of_node(instance.memory, pods) + self.eviction + self.daemon_memory;
        Room {
            cpu: instance
                .cpu
                .saturating_sub(self.cpu.of_node(instance.cpu))
                .saturating_sub(self.daemon_cpu),
            memory: Bytes::new(seen as u64).saturating_sub(kept),
            pods: pods.saturating_sub(self.daemon_pods),
        }
    }

    /// Pods of the cluster itself.
    pub(super) fn system(&self) -> &[(PodSize, u32)] {
        if self.none { &[] } else { &self.system }
    }
}

impl KeptCpu {
    fn of(number: &dyn Fn(&str) -> Result<f64, Missing>) -> Result<Self, Missing> {
        let row = |cores: u64| number(&format!("reserved.cpu_{cores:02}_cores"));
        if row(1).is_ok() {
            let table = CORES_IN_TABLES.map(|cores| row(cores).map(|kept| (cores, kept)));
            return Ok(Self::Table(table.into_iter().collect::<Result<_, _>>()?));
        }
        Ok(Self::Percent([
            number("reserved.cpu_core_1")?,
            number("reserved.cpu_core_2")?,
            number("reserved.cpu_cores_3_4")?,
            number("reserved.cpu_cores_beyond")?,
        ]))
    }

    fn of_node(&self, cpu: Millicores) -> Millicores {
        let cores = cpu.get().div_ceil(1000);
        let kept = match self {
            Self::Percent([one, two, four, beyond]) => {
                let percent = (1..=cores).map(|core| match core {
                    1 => one,
                    2 => two,
                    3 | 4 => four,
                    _ => beyond,
                });
                // A per cent of a core is ten millicores.
                percent.sum::<f64>() * 10.0
            }
            // Between two rows of the table, the larger one is kept.
            Self::Table(table) => {
                let at = table.iter().find(|(up_to, _)| cores <= *up_to).or(table.last());
                at.map_or(0.0, |(_, kept)| *kept)
            }
        };
        Millicores::new(kept.round() as u64)
    }
}

impl KeptMemory {
    fn of(number: &dyn Fn(&str) -> Result<f64, Missing>) -> Result<Self, Missing> {
        if number("reserved.memory_first_4gb").is_ok() {
            return Ok(Self::Brackets([
                number("reserved.memory_first_4gb")?,
                number("reserved.memory_next_4gb")?,
                number("reserved.memory_next_8gb")?,
                number("reserved.memory_next_112gb")?,
                number("reserved.memory_beyond")?,
            ]));
        }
        Ok(Self::PerPod {
            base: Bytes::from_mib(number("reserved.memory_base")? as u64),
            each: Bytes::from_mib(number("reserved.memory_per_pod")? as u64),
            most_percent: number("reserved.memory_most").unwrap_or(100.0),
        })
    }

    fn of_node(self, memory: Bytes, pods: u32) -> Bytes {
        match self {
            Self::PerPod { base, each, most_percent } => {
                let most = Bytes::new((memory.get() as f64 * most_percent / 100.0) as u64);
                (base + each * u64::from(pods)).min(most)
            }
            Self::Brackets(percents) => {
                let (mut left, mut kept) = (memory.gib_f64(), 0.0);
                for (size, percent) in [4.0, 4.0, 8.0, 112.0, f64::INFINITY].iter().zip(percents) {
                    let part = left.min(*size);
                    kept += part * percent / 100.0;
                    left -= part;
                }
                Bytes::new((kept * f64::from(1 << 30)) as u64)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn google_keeps_a_part_of_each_bracket() {
        // 25 % of 4, 20 % of 4, 10 % of 8: 1 + 0.8 + 0.8 GB of 16 (the documentation's own example has 2.6).
        let kept = KeptMemory::Brackets([25.0, 20.0, 10.0, 6.0, 2.0]);
        assert_eq!(kept.of_node(Bytes::from_gib(16), 110).mib_f64().round() as u64, 2662);
        assert_eq!(kept.of_node(Bytes::from_gib(4), 110), Bytes::from_gib(1));
    }

    #[test]
    fn azure_keeps_by_pods_but_no_more_than_a_quarter() {
        let kept = KeptMemory::PerPod {
            base: Bytes::from_mib(50),
            each: Bytes::from_mib(20),
            most_percent: 25.0,
        };
        assert_eq!(kept.of_node(Bytes::from_gib(32), 30), Bytes::from_mib(650));
        assert_eq!(kept.of_node(Bytes::from_gib(4), 110), Bytes::from_gib(1));
        let cpu = KeptCpu::Table(vec![(1, 60.0), (2, 100.0), (4, 140.0), (8, 180.0)]);
        let kept = |cores: u64| cpu.of_node(Millicores::new(cores * 1000)).get();
        assert_eq!([kept(1), kept(2), kept(3), kept(8), kept(16)], [60, 100, 140, 180, 180]);
    }
}

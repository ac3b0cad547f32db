//! What a node has for pods: its type's CPU and memory less what the kubelet, the hypervisor and the system
//! pods keep.

use catalog::{InstanceType, Missing};
use sim::nodes::{PodSize, Room};
use units::{Bytes, Millicores};

use crate::case::Site;

/// What nodes keep for themselves.
#[derive(Debug, Clone, Copy)]
pub(super) struct Overhead {
    /// Left out altogether: the cluster of an estimate that ignores it.
    none: bool,
    /// Kubelet's CPU in per cent of core 1, core 2, cores 3 and 4, and those beyond.
    cpu_percent: [f64; 4],
    memory_base: Bytes,
    memory_per_pod: Bytes,
    eviction: Bytes,
    /// What the hypervisor and the kernel take off the advertised memory, in per cent.
    vm_percent: f64,
    daemon_cpu: Millicores,
    daemon_memory: Bytes,
    daemon_pods: u32,
    /// Pods of the cluster itself, wherever they fit: (size, count).
    system: [(PodSize, u32); 2],
}

impl Overhead {
    pub(super) fn of(site: &Site<'_>) -> Result<Self, Missing> {
        let number = |id: &str| site.prices.limit_number("eks", id);
        let mib = |id: &str| number(id).map(|n| Bytes::from_mib(n as u64));
        let milli = |id: &str| number(id).map(|n| Millicores::new(n as u64));
        let system = |name: &str| -> Result<(PodSize, u32), Missing> {
            let size = PodSize {
                cpu: milli(&format!("{name}.cpu"))?,
                memory: mib(&format!("{name}.memory"))?,
            };
            Ok((size, number(&format!("{name}.count"))? as u32))
        };
        Ok(Self {
            none: site.app.assume.no_node_overhead.is_some(),
            cpu_percent: [
                number("reserved.cpu_core_1")?,
                number("reserved.cpu_core_2")?,
                number("reserved.cpu_cores_3_4")?,
                number("reserved.cpu_cores_beyond")?,
            ],
            memory_base: mib("reserved.memory_base")?,
            memory_per_pod: mib("reserved.memory_per_pod")?,
            eviction: mib("eviction.memory")?,
            vm_percent: site.prices.limit_number("karpenter", "vm_memory_overhead")?,
            daemon_cpu: milli("daemonset.cpu")?,
            daemon_memory: mib("daemonset.memory")?,
            daemon_pods: number("daemonset.count")? as u32,
            system: [system("coredns")?, system("controllers")?],
        })
    }

    /// What the kubelet keeps of a node's CPU.
    fn reserved_cpu(&self, cpu: Millicores) -> Millicores {
        let [one, two, four, beyond] = self.cpu_percent;
        let cores = cpu.get().div_ceil(1000);
        let percent = (1..=cores).map(|core| match core {
            1 => one,
            2 => two,
            3 | 4 => four,
            _ => beyond,
        });
        // A per cent of a core is ten millicores.
        Millicores::new((percent.sum::<f64>() * 10.0).round() as u64)
    }

    /// What a node of this type has for pods.
    pub(super) fn room(&self, instance: &InstanceType) -> Room {
        let pods = instance.max_pods.unwrap_or(0);
        if self.none {
            return Room { cpu: instance.cpu, memory: instance.memory, pods };
        }
        let seen = instance.memory.get() as f64 * (1.0 - self.vm_percent / 100.0);
        let kept = self.memory_base
            + self.memory_per_pod * u64::from(pods)
            + self.eviction
            + self.daemon_memory;
        Room {
            cpu: instance
                .cpu
                .saturating_sub(self.reserved_cpu(instance.cpu))
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

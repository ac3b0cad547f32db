//! What sessions cost a month: vCPU and memory while machines run, snapshots read, written and kept.

use catalog::Missing;
use model::Invoice;
use units::{Duration, Quantity};

use super::{ID, SERVICE};
use crate::billing::{GB_SECOND_MB_MS, Lines};
use crate::case::{Member, Site};
use crate::usage::Usage;
use model::Settings;

/// MB of a billed GB.
const GB_MB: u128 = 1024;

/// Each member for itself: nothing is shared.
pub(super) fn bill(members: &[Member<'_>], site: &Site<'_>) -> Result<Invoice, Missing> {
    let mut lines = Lines::new(ID, site);
    let month_ms = u128::from(Duration::MONTH.millis_ceil());
    for member in members {
        let (Settings::Instance(settings), Usage::Instance(usage)) =
            (&member.configuration.settings, &member.evaluation.usage)
        else {
            continue;
        };
        let memory_mb = u128::from(settings.memory.mib_ceil());
        let snapshots = usage.snapshots;
        for (dimension, item, quantity) in [
            ("microvm_vcpu", "session vCPU", Quantity::new(usage.cpu_ms, 1000)),
            (
                "microvm_memory",
                "session memory",
                Quantity::new(memory_mb * usage.active_ms, GB_SECOND_MB_MS),
            ),
            (
                "microvm_snapshot_write",
                "snapshots written",
                Quantity::new(snapshots.written_mb, GB_MB),
            ),
            ("microvm_snapshot_read", "snapshots read", Quantity::new(snapshots.read_mb, GB_MB)),
            (
                "microvm_snapshot_storage",
                "snapshots kept",
                Quantity::new(snapshots.kept_mb_ms, GB_MB * month_ms),
            ),
        ] {
            let id = Some(member.component.id.as_str());
            lines.add(SERVICE, dimension, item, id, quantity)?;
        }
    }
    Ok(lines.finish())
}

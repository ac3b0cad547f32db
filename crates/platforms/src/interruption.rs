//! Interruptible (spot) capacity: who may be on it where the team allows it at all.

use model::{Component, Fact, Kind, Need};
use units::Duration;

/// What speaks against capacity that is taken away with so much notice, as a phrase; `None` if nothing does.
///
/// A request or job that takes longer than the notice may be cut off, state in memory goes with its instance, and a
/// disk with its machine. What is shorter ends in time, if the application stops taking requests when it is told.
pub fn objection(component: &Component, notice: Duration) -> Option<String> {
    if component.kind == Kind::Stateful {
        return Some("it keeps data".to_owned());
    }
    if component.needs.has(Need::SessionState) {
        return Some("its sessions are kept in memory".to_owned());
    }
    let declared = component.run_time_max.as_ref().and_then(Fact::get);
    let longest = declared.or_else(|| component.demand.slowest())?;
    (longest > notice)
        .then(|| format!("a run may take {longest}, and {notice} of notice are all there is"))
}

//! CPU credits of burstable nodes that come and go.
//!
//! Load is spread evenly over the nodes. Those that run all day pay a busy hour with the day's quiet ones;
//! those that come and go have saved nothing, so that each of their hours stands for itself.

use units::Duration;

/// CPU beyond what the nodes earn, in vCPU-ms a month: `used` millicores on `nodes` nodes in each step, each
/// node earning `baseline_millicores`.
pub(super) fn surplus_vcpu_ms(
    used: &[u32],
    nodes: &[u32],
    step: Duration,
    baseline_millicores: f64,
) -> u128 {
    let steps = |span: Duration| (span.nanos() / step.nanos().max(1)).max(1) as usize;
    let (day, hour) = (steps(Duration::DAY), steps(Duration::HOUR));
    let mut above = 0.0;
    for (used, nodes) in used.chunks(day).zip(nodes.chunks(day)) {
        let steady = nodes.iter().copied().min().unwrap_or(0);
        let mut of_day = 0.0;
        for (used, nodes) in used.chunks(hour).zip(nodes.chunks(hour)) {
            // Summed over steps: what one node uses beyond what it earns, and the nodes that come and go.
            let (mut own, mut passing) = (0.0, 0.0);
            for (&used, &there) in used.iter().zip(nodes) {
                own += f64::from(used) / f64::from(there.max(1)) - baseline_millicores;
                passing += f64::from(there - steady);
            }
            of_day += own;
            above += own.max(0.0) * passing / used.len() as f64;
        }
        above += of_day.max(0.0) * f64::from(steady);
    }
    // Mean millicores above what is earned, over the month.
    let mean = above / used.len().max(1) as f64;
    (mean * Duration::MONTH.millis_ceil() as f64 / 1000.0) as u128
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUARTER: Duration = Duration::from_secs(900);

    fn vcpu_hours(used: &[u32], nodes: &[u32]) -> f64 {
        surplus_vcpu_ms(used, nodes, QUARTER, 400.0) as f64 / 3.6e6
    }

    #[test]
    fn a_node_that_stays_pays_its_noon_with_its_night() {
        let mut day = [100; 96];
        day[44..52].fill(2000);
        assert!(vcpu_hours(&day, &[1; 96]) < 1e-9);
        // 600 above the baseline, all month.
        let steady = vcpu_hours(&[1000; 96], &[1; 96]);
        assert!((steady - 0.6 * 730.0).abs() < 0.01, "{steady}");
    }

    #[test]
    fn a_node_that_comes_for_the_noon_has_saved_nothing() {
        let (mut used, mut nodes) = ([100; 96], [1; 96]);
        used[44..52].fill(4000);
        nodes[44..52].fill(2);
        // Two hours a day at 2 vCPU on the second node: 1.6 above the baseline.
        let passing = vcpu_hours(&used, &nodes);
        assert!((passing - 2.0 * 1.6 * 730.0 / 24.0).abs() < 0.01, "{passing}");
    }
}

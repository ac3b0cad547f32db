//! CPU credits of burstable instances in unlimited mode.
//!
//! An instance earns its baseline all the time and spends what it uses. It may save up, or borrow, what it
//! earns in 24 hours; use beyond that is billed by the vCPU-hour. Source: Amazon EC2 User Guide,
//! "Unlimited mode for burstable performance instances".

use units::Duration;

/// How much can be saved or borrowed: the earnings of this long.
const BANK: Duration = Duration::DAY;

/// CPU use beyond what one instance earns, in vCPU-milliseconds a cycle, once the cycle repeats.
///
/// `used` is mean millicores in equal steps of `step`, `baseline_millicores` what the instance earns.
pub(super) fn surplus_vcpu_ms(used: &[u32], step: Duration, baseline_millicores: u64) -> u128 {
    let earned = i128::from(baseline_millicores);
    if used.iter().all(|&u| i128::from(u) <= earned) {
        return 0;
    }
    let step_ms = i128::from(step.millis_ceil());
    let bank = earned * i128::from(BANK.millis_ceil());
    let (mut saved, mut billed) = (0_i128, 0_i128);
    // The first pass fills or empties the bank as a long run would; the second is billed.
    for _ in 0..2 {
        billed = 0;
        for &u in used {
            saved = (saved + (earned - i128::from(u)) * step_ms).min(bank);
            if saved < -bank {
                billed += -bank - saved;
                saved = -bank;
            }
        }
    }
    // Millicores × ms.
    u128::try_from(billed).unwrap_or(0) / 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUARTER: Duration = Duration::from_secs(900);

    #[test]
    fn use_at_the_baseline_costs_nothing() {
        assert_eq!(surplus_vcpu_ms(&[400; 96], QUARTER, 400), 0);
    }

    #[test]
    fn a_busy_noon_is_paid_by_a_quiet_night() {
        let mut day = vec![100; 96];
        day[44..52].fill(2000);
        assert!(day.iter().sum::<u32>() / 96 < 400);
        assert_eq!(surplus_vcpu_ms(&day, QUARTER, 400), 0);
    }

    #[test]
    fn steady_use_above_the_baseline_is_billed_in_full() {
        // 600 millicores above a baseline of 400, all day: 14.4 vCPU-hours.
        let billed = surplus_vcpu_ms(&[1000; 96], QUARTER, 400);
        assert_eq!(billed, 14_400 * 3600);
    }

    #[test]
    fn more_than_a_days_earnings_cannot_be_saved() {
        // Six idle days earn more than the bank holds; the seventh day uses 2 vCPU.
        let mut week = vec![0; 96 * 7];
        week[96 * 6..].fill(2000);
        let saved_and_borrowed = 2 * 400 * 24 * 3600;
        let used_above = 1600 * 24 * 3600;
        assert_eq!(surplus_vcpu_ms(&week, QUARTER, 400), used_above - saved_and_borrowed);
    }
}

//! From declared or measured times to CPU time and waiting time.

use model::{Demand, Distribution, Fact, Origin};
use units::{Bytes, Duration};

use crate::defaults;

/// Splits a whole duration, read as what a caller sees at this memory on a function platform (where memory buys
/// CPU), into CPU and waiting: half of the wall time each, by assumption.
pub fn from_duration(duration: Fact<Distribution>, memory: Bytes) -> Demand {
    let share = defaults::cpu_share(memory);
    let part = |factor: f64, note: &str| match duration.value() {
        Some(whole) => Fact::assumed(whole.times_f64(factor), note),
        None => Fact::Unknown,
    };
    Demand {
        cpu: part(share * defaults::CPU_OF_WALL_TIME, defaults::NOTE_SPLIT),
        wait: part(1.0 - defaults::CPU_OF_WALL_TIME, defaults::NOTE_SPLIT),
        duration: Some(duration),
    }
}

/// Two of the three times fix the third. `Err` if the CPU time alone takes longer than the whole: it then holds
/// how long the CPU time takes at this memory.
pub fn wait_from(
    duration: &Fact<Distribution>,
    cpu: &Distribution,
    memory: Bytes,
) -> Result<Fact<Distribution>, Duration> {
    let share = defaults::cpu_share(memory);
    let Some(whole) = duration.value() else { return Ok(Fact::Unknown) };
    let cpu_wall = cpu.times_f64(1.0 / share);
    // A part in a thousand is rounding, not contradiction.
    if median(&cpu_wall) > median(whole).times_f64(1.001) {
        return Err(median(&cpu_wall));
    }
    Ok(derived(difference(whole, &cpu_wall), duration, "`duration` less `cpu`"))
}

/// CPU time from the whole and the waiting; `None` if waiting alone takes longer.
pub fn cpu_from(
    duration: &Fact<Distribution>,
    wait: &Distribution,
    memory: Bytes,
) -> Option<Fact<Distribution>> {
    let Some(whole) = duration.value() else { return Some(Fact::Unknown) };
    if median(wait) >= median(whole) {
        return None;
    }
    let cpu = difference(whole, wait).times_f64(defaults::cpu_share(memory));
    Some(derived(cpu, duration, "`duration` less `wait`"))
}

fn derived(value: Distribution, from: &Fact<Distribution>, note: &str) -> Fact<Distribution> {
    let origin = from.origin().map(|o| Origin { note: note.to_owned(), ..o.clone() });
    match (from, origin) {
        (Fact::Known(..), Some(origin)) => Fact::Known(value, origin),
        (_, Some(origin)) => Fact::Assumed(value, origin),
        (_, None) => Fact::Unknown,
    }
}

fn median(d: &Distribution) -> Duration {
    d.draw(0.0, 0.5)
}

/// Percentile by percentile: the slow requests of the whole are taken to be the slow ones of the part.
fn difference(whole: &Distribution, part: &Distribution) -> Distribution {
    let p50 = median(whole).saturating_sub(median(part));
    let p99 = whole.p99().saturating_sub(part.p99()).max(p50);
    if p50 == p99 {
        Distribution::Constant(p50)
    } else {
        // A log-normal has no zero median; a microsecond is as good as none.
        Distribution::LogNormal { p50: p50.max(Duration::from_micros(1)), p99 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(ms: u64) -> Fact<Distribution> {
        let mut sources = source::SourceMap::default();
        let file = sources.add("a", "");
        let value = Distribution::Constant(Duration::from_millis(ms));
        Fact::declared(value, source::Span::new(file, 0, 0))
    }

    #[test]
    fn at_the_declared_memory_the_duration_comes_out_as_declared() {
        for mib in [128, 512, 1769, 4096] {
            let demand = from_duration(declared(300), Bytes::from_mib(mib));
            let share = defaults::cpu_share(Bytes::from_mib(mib));
            let cpu = demand.cpu.value().unwrap().mean();
            let wall = cpu.times_f64(1.0 / share) + demand.wait.value().unwrap().mean();
            assert!((wall.millis_f64() - 300.0).abs() < 1e-3, "{mib} MB: {wall}");
            assert!(!demand.cpu.is_known() && !demand.wait.is_known());
        }
    }

    #[test]
    fn two_declared_times_fix_the_third() {
        let memory = Bytes::from_mib(1769);
        let cpu = Distribution::Constant(Duration::from_millis(100));
        let wait = wait_from(&declared(300), &cpu, memory).unwrap();
        assert_eq!(wait.value(), Some(&Distribution::Constant(Duration::from_millis(200))));
        assert!(wait.is_known());
        let back = cpu_from(&declared(300), wait.value().unwrap(), memory).unwrap();
        assert_eq!(back.value(), Some(&cpu));
        let slow = wait_from(&declared(300), &cpu, Bytes::from_mib(128)).unwrap_err();
        assert!(slow > Duration::from_secs(1), "100 ms on a fourteenth of a CPU take {slow}");
    }
}

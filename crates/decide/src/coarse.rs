//! Series of usage in fewer steps, for the many bills that flip points and sensitivity ask for.
//!
//! A week of minutes is 10,080 steps, and a bill of shared machines walks through them for every way to share. The
//! curves need the shape of the day, not its minutes: series are cut to about [`STEPS`] steps, counts and peaks by
//! the largest of what is merged, means by their mean. What that adds is taken out again by the calibration to the
//! simulated cost of today.

use platforms::Usage;

/// Steps of a series at most, about.
const STEPS: usize = 144;

/// The same usage with series of about [`STEPS`] steps.
pub(crate) fn coarse(usage: Usage) -> Usage {
    match usage {
        Usage::Pod(mut pod) => {
            let each = merged_steps(pod.replicas.counts.len());
            pod.replicas.counts = largest(&pod.replicas.counts, each);
            pod.replicas.step = pod.replicas.step * each as u64;
            pod.cpu_used_millicores = mean(&pod.cpu_used_millicores, each);
            Usage::Pod(pod)
        }
        Usage::Task(mut task) => {
            let each = merged_steps(task.replicas.counts.len());
            task.replicas.counts = largest(&task.replicas.counts, each);
            task.replicas.step = task.replicas.step * each as u64;
            Usage::Task(task)
        }
        Usage::Server(mut server) => {
            let each = merged_steps(server.cpu_millicores.len());
            server.cpu_millicores = largest(&server.cpu_millicores, each);
            server.cpu_mean_millicores = mean(&server.cpu_mean_millicores, each);
            server.server_millis = mean(&server.server_millis, each);
            server.step = server.step * each as u64;
            Usage::Server(server)
        }
        other @ (Usage::Function(_) | Usage::Instance(_) | Usage::Managed(_)) => other,
    }
}

/// How many steps become one: a divisor of their number if there is one near, so that cycles keep their length.
fn merged_steps(steps: usize) -> usize {
    let least = steps.div_ceil(STEPS).max(1);
    (least..least * 4).find(|each| steps.is_multiple_of(*each)).unwrap_or(least)
}

fn largest(series: &[u32], each: usize) -> Vec<u32> {
    series.chunks(each).map(|part| part.iter().copied().max().unwrap_or(0)).collect()
}

fn mean(series: &[u32], each: usize) -> Vec<u32> {
    let of = |part: &[u32]| {
        let sum: u64 = part.iter().map(|&value| u64::from(value)).sum();
        sum.div_ceil(part.len() as u64) as u32
    };
    series.chunks(each).map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use platforms::{PodUsage, Replicas};
    use units::Duration;

    #[test]
    fn a_week_keeps_its_length_and_its_peak() {
        let mut counts = vec![1_u32; 10_080];
        counts[5000] = 9;
        let replicas = Replicas { step: Duration::MINUTE, counts, ..Replicas::default() };
        let usage = Usage::Pod(PodUsage { replicas, ..PodUsage::default() });
        let Usage::Pod(pod) = coarse(usage) else { panic!("pods stay pods") };
        let length = pod.replicas.step * pod.replicas.counts.len() as u64;
        assert_eq!(length, Duration::DAY * 7);
        assert_eq!(pod.replicas.max(), 9);
        assert!(pod.replicas.counts.len() <= STEPS);
    }

    #[test]
    fn short_series_are_left_alone() {
        assert_eq!(merged_steps(24), 1);
        assert_eq!(merged_steps(1440), 10);
        assert_eq!(merged_steps(1439), 10, "a prime number of steps is cut short at its end");
    }
}

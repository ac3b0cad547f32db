//! What a component answers in by itself, beside what its clients wait: the calls it makes come on top.

use model::{Decision, LatencyCurve, Placement};
use units::Duration;

/// Waiting for others that is a smaller part of the median is not worth a word.
const TELLING: f64 = 1.05;

/// The curves of a component, each without the calls it waits for.
pub(crate) fn curves<'a>(
    decision: &'a Decision,
    component: &'a str,
) -> impl Iterator<Item = &'a LatencyCurve> {
    decision.charts.latency.iter().filter(move |c| c.component == component && !c.points.is_empty())
}

/// Which curve is the placement's: the one that names its platform and configuration, else the first of its
/// platform (a configuration may be known under another name once it is shared).
pub(crate) fn chosen(curves: &[&LatencyCurve], p: &Placement) -> Option<usize> {
    let exact = format!("{} · {}", p.platform.0, p.config);
    let platform = format!("{} · ", p.platform.0);
    let named = curves.iter().position(|c| c.name == exact);
    named.or_else(|| curves.iter().position(|c| c.name.starts_with(&platform)))
}

/// The first latency at which a share of the requests is answered.
pub(crate) fn at_share(curve: &LatencyCurve, share: f64) -> Option<Duration> {
    let next = curve.points.partition_point(|p| p.1 < share);
    curve.points.get(next).or(curve.points.last()).map(|p| p.0)
}

/// The medians of a placement by itself and with the calls it waits for; `None` where these are nothing to speak of.
pub(crate) fn with_calls(decision: &Decision, p: &Placement) -> Option<(Duration, Duration)> {
    let curves: Vec<&LatencyCurve> = curves(decision, &p.component).collect();
    let own = at_share(curves.get(chosen(&curves, p)?)?, 0.5)?;
    let seen = p.latency?.p50;
    (seen > own.times_f64(TELLING)).then_some((own, seen))
}

/// That latencies hold calls, by the component for which these are the most.
pub(crate) fn sentence(decision: &Decision) -> Option<String> {
    let all = decision.placements.iter();
    let all = all.filter_map(|p| Some((with_calls(decision, p)?, p)));
    let ((own, seen), p) = all.max_by_key(|((own, seen), _)| *seen - *own)?;
    Some(format!(
        "Latencies include the calls that a component waits for: by itself {} answers half of its requests within {own}, with them \
         within {seen}",
        p.component
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn a_component_that_waits_for_another_says_what_it_takes_by_itself() {
        let (mut plan, _) = sample::decision();
        let p = plan.placements[0].clone();
        let own = curves(&plan, &p.component).next().and_then(|c| at_share(c, 0.5)).unwrap();
        let median = |plan: &mut Decision, p50: Duration| {
            for p in &mut plan.placements {
                p.latency = p.latency.map(|l| model::LatencySummary { p50: own, ..l });
            }
            let first = &mut plan.placements[0].latency;
            *first = first.map(|l| model::LatencySummary { p50, ..l });
        };
        median(&mut plan, own);
        assert_eq!(with_calls(&plan, &plan.placements[0]), None);
        median(&mut plan, own.times_f64(3.0));
        assert_eq!(with_calls(&plan, &plan.placements[0]), Some((own, own.times_f64(3.0))));
        assert!(sentence(&plan).unwrap().contains(&format!("by itself {} answers", p.component)));
    }
}

//! What a recording measures replaces what was assumed.

use std::collections::BTreeMap;

use model::{App, Component, Demand, Distribution, Fact, Load, Origin};
use traffic::Recorded;
use units::{Bytes, Duration};

use crate::defaults;
use crate::demand::from_duration;

/// Quantiles kept of recorded durations: enough for a 99.5th percentile.
const QUANTILES: u32 = 200;

/// Puts into `app` what `recorded` and the mean response sizes of a log say of its components: how often they are
/// called, how long requests take, and how many bytes they send. A declared size stays; declared work keeps its split
/// into CPU and waiting. A rate that was only assumed is no longer what the plan rests on, so it goes.
pub fn apply(
    app: &mut App,
    recorded: &BTreeMap<String, Recorded>,
    mean_response: &BTreeMap<String, u64>,
) {
    for component in &mut app.components {
        let mean = mean_response.get(&component.id);
        if let Some(&bytes) = mean.filter(|_| !component.response_bytes.is_known()) {
            let origin = Origin::measured("the mean response in the log");
            component.response_bytes = Fact::Known(Bytes::new(bytes), origin);
        }
        let is_guess = matches!(component.load, Load::Rate { rate: Fact::Assumed(..), .. });
        if is_guess && recorded.contains_key(&component.id) {
            component.load = Load::Routed;
        }
        if let Some(durations) = recorded.get(&component.id).and_then(empirical) {
            component.demand = measured(component, durations);
        }
    }
}

/// The recorded durations as equally likely values; `None` if the recording does not say.
fn empirical(recorded: &Recorded) -> Option<Distribution> {
    let durations = recorded.durations();
    let at = |i: u32| durations.quantile((f64::from(i) + 0.5) / f64::from(QUANTILES));
    let values: Option<Vec<Duration>> = (0..QUANTILES).map(at).collect();
    values.map(Distribution::Empirical)
}

fn measured(component: &Component, durations: Distribution) -> Demand {
    let origin = || Origin::measured("durations in the recording");
    let mean = |fact: &Fact<Distribution>| fact.value().map_or(0.0, |d| d.mean().secs_f64());
    let (cpu, wait) = (mean(&component.demand.cpu), mean(&component.demand.wait));
    let split_is_known = component.demand.duration.is_none() && cpu + wait > 0.0;
    if !split_is_known {
        let assumed = defaults::memory(component.kind);
        let memory = component.memory.get().or_else(|| assumed.get()).unwrap_or_default();
        return from_duration(Fact::Known(durations, origin()), memory);
    }
    let share = cpu / (cpu + wait);
    Demand {
        cpu: Fact::Known(durations.times_f64(share), origin()),
        wait: Fact::Known(durations.times_f64(1.0 - share), origin()),
        duration: None,
    }
}

#[cfg(test)]
mod tests {
    use source::SourceMap;
    use traffic::{Events, Window};

    use super::*;
    use crate::ALL;

    fn app(component: &str) -> App {
        let mut sources = SourceMap::default();
        let text = format!("name: t\ncomponents:\n  api: {{ kind: http, {component} }}\n");
        let (file, _) = sources.read("crossover.yaml", text.as_bytes());
        ALL[0].read(&crate::Project::new(&sources, ""), &[file]).0
    }

    fn recorded(durations_us: Vec<u32>) -> BTreeMap<String, Recorded> {
        let times_ns: Vec<u64> = (0..durations_us.len() as u64).map(|i| i * 1_000_000).collect();
        let window = Window { first_ns: 0, last_ns: times_ns.last().copied().unwrap_or(0) };
        let events = Events::Exact { times_ns, durations_us };
        BTreeMap::from([("api".to_owned(), Recorded { window, events, name: "log".to_owned() })])
    }

    #[test]
    fn a_logs_response_size_replaces_an_assumed_one_and_no_declared_one() {
        let sizes = BTreeMap::from([("api".to_owned(), 300_000)]);
        let size = |component: &str| {
            let mut app = app(component);
            apply(&mut app, &BTreeMap::new(), &sizes);
            app.components[0].response_bytes.get().map(Bytes::get)
        };
        assert_eq!(size("cpu: 1 ms, load: 1/s"), Some(300_000));
        assert_eq!(size("cpu: 1 ms, load: 1/s, response_bytes: 1 KB"), Some(1024));
    }

    #[test]
    fn recorded_durations_keep_the_declared_split() {
        let mut app = app("cpu: 10 ms, wait: 30 ms, load: 1/s");
        apply(&mut app, &recorded((1..=1000).map(|ms| ms * 1000).collect()), &BTreeMap::new());
        let demand = &app.components[0].demand;
        let mean = |fact: &Fact<Distribution>| fact.value().unwrap().mean().millis_f64();
        assert!(demand.cpu.is_known() && demand.wait.is_known());
        assert!((mean(&demand.cpu) - 125.0).abs() < 3.0, "{}", mean(&demand.cpu));
        assert!((mean(&demand.wait) - 375.0).abs() < 8.0, "{}", mean(&demand.wait));
    }

    #[test]
    fn recorded_durations_alone_are_split_by_assumption() {
        let mut app = app("memory: 1769 MB, load: 1/s");
        apply(&mut app, &recorded(vec![200_000; 50]), &BTreeMap::new());
        let demand = &app.components[0].demand;
        assert!(!demand.cpu.is_known() && demand.duration.as_ref().is_some_and(Fact::is_known));
        assert!((demand.mean().millis_f64() - 200.0).abs() < 4.0);
    }
}

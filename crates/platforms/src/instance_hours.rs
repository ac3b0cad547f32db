//! Instances that are kept ready in some hours of the week only.
//!
//! Providers keep a number of instances and let it be changed: by a call of their interface at given times, or by a rule
//! of the autoscaler that knows the time. In the hours they are there as if they always were; outside of them the last
//! one goes as it does where none is kept, and who comes after a pause waits for a start.

use catalog::Missing;
use model::{InstanceSettings, WarmHours};
use sim::instances::{Scaler, Seen, Waiting};
use traffic::{Arrivals, Workload};
use units::{Duration, Instant};

use crate::case::Case;
use crate::container_load::{Minutes, somebody_waits};
use crate::container_replay::init_time;
use crate::instance_host::Host;
use crate::warm_hours::{self, Floor};

/// One size with an instance that is kept in some hours only, where that might be worth it.
pub(crate) fn variants(
    host: &dyn Host,
    case: &Case<'_>,
    base: &InstanceSettings,
) -> Result<Vec<InstanceSettings>, Missing> {
    if case.component.kind.ends() {
        return Ok(Vec::new());
    }
    let kept = |hours| InstanceSettings { min: 1, warm_hours: Some(hours), ..base.clone() };
    Ok(hours(host, case, base)?.into_iter().map(kept).collect())
}

/// Hours in which keeping one instance might hold a latency promise that starts break. Empty where starts break none,
/// and for loads that do not differ over the day or week or are too thick to be replayed whole.
fn hours(
    host: &dyn Host,
    case: &Case<'_>,
    settings: &InstanceSettings,
) -> Result<Vec<WarmHours>, Missing> {
    let load = case.workload;
    let promises = &case.component.slo.latency;
    if promises.is_empty()
        || !somebody_waits(case.component)
        || !warm_hours::is_replayed_whole(load)
    {
        return Ok(Vec::new());
    }
    let settings = &host.serving(case, settings);
    let Some(minutes) = Minutes::of(case, settings.cpu) else { return Ok(Vec::new()) };
    let rules = host.instances(case, settings)?;
    let init = init_time(case, false).times_f64(1.0 / rules.start_capacity.vcpu_f64().max(0.05));
    let cold_run = host.placement(case)?.0 + init + minutes.stay;
    let broken = promises.iter().filter(|(_, limit, _)| cold_run > *limit);
    let all = load.requests_per_cycle();
    let allowed = all * broken.map(|(q, ..)| 1.0 - q.get()).fold(1.0, f64::min);
    let cold = after_pauses(load, rules.keep_idle.mean());
    if cold.iter().sum::<f64>() <= allowed {
        return Ok(Vec::new());
    }
    Ok(warm_hours::within(load, &cold, allowed))
}

/// Requests, minute by minute, that come after a longer pause than this: by chance where arrivals are random, else as
/// they are recorded.
pub(crate) fn after_pauses(load: &Workload, kept: Duration) -> Vec<f64> {
    let per_minute = &load.per_minute;
    if per_minute.is_empty() {
        return Vec::new();
    }
    let random = matches!(load.arrivals, Arrivals::Poisson | Arrivals::Fitted { .. });
    let kept_minutes = kept.secs_f64() / 60.0;
    // A minute of a load that is played faster stands for several.
    let window = (kept_minutes / f64::from(load.pace)).round().max(1.0) as usize;
    let window = window.min(per_minute.len());
    // The window lies before the minute, around the end of the cycle.
    let mut before: f64 = per_minute[per_minute.len() - window..].iter().sum();
    let mut found = Vec::with_capacity(per_minute.len());
    for (minute, &requests) in per_minute.iter().enumerate() {
        let expected = before.max(0.0) / window as f64 * kept_minutes;
        found.push(if random {
            requests * (-expected).exp()
        } else if expected < 1e-6 {
            requests.min(1.0)
        } else {
            0.0
        });
        let leaves = (minute + per_minute.len() - window) % per_minute.len();
        before += requests - per_minute[leaves];
    }
    found
}

/// A provider's autoscaler, and how many instances must be there at which time.
pub(crate) struct ByTheHour {
    scaler: Box<dyn Scaler>,
    floor: Floor,
    /// Where in the cycle the replay begins, and how long it is.
    start: Instant,
    changes: bool,
}

impl ByTheHour {
    /// `scaler` with the schedule of these settings, if they have one.
    pub(crate) fn of(
        case: &Case<'_>,
        settings: &InstanceSettings,
        scaler: Box<dyn Scaler>,
    ) -> Self {
        let floor = Floor::of(case.workload, settings.min, settings.warm_hours);
        Self { scaler, floor, start: case.start, changes: settings.warm_hours.is_some() }
    }

    /// Instances that must be there when the replay begins.
    pub(crate) fn first(&self) -> u32 {
        self.at(Instant::START)
    }

    fn at(&self, now: Instant) -> u32 {
        let at = self.start.since(Instant::START) + now.since(Instant::START);
        self.floor.at((at.nanos() / Duration::MINUTE.nanos()) as usize)
    }
}

impl Scaler for ByTheHour {
    fn look(&mut self, seen: &Seen) -> Option<u32> {
        self.scaler.look(seen)
    }

    fn waiting(&mut self, now: Instant, waiting: &Waiting) -> u32 {
        self.scaler.waiting(now, waiting)
    }

    fn least(&mut self, now: Instant) -> Option<u32> {
        self.changes.then(|| self.at(now))
    }
}

#[cfg(test)]
mod tests {
    use model::{Component, Configuration, Distribution, Fact, Kind, PlatformId, Settings};
    use traffic::Replay;
    use units::{Bytes, Seed, Share};

    use super::*;
    use crate::azure_container_apps::ContainerApps;
    use crate::billing_scene::{dollars, known};
    use crate::case::Member;
    use crate::gcp_cloud_run::CloudRun;
    use crate::plain_scene::{app, component, flat, office, prices};
    use crate::platform::{Evaluation, Platform};
    use crate::usage::{InstanceUsage, Usage};

    /// Slow to start, and its first caller must not wait.
    fn desk() -> Component {
        let mut desk = component("desk", Kind::Http);
        let constant = |ms| known(Distribution::Constant(Duration::from_millis(ms)));
        (desk.demand.cpu, desk.demand.wait) = (constant(60), constant(140));
        desk.memory = known(Bytes::from_mib(512));
        desk.start.init = known(Duration::from_secs(3));
        desk.slo.latency = vec![(Share::new(0.99), Duration::from_millis(900), None)];
        desk
    }

    struct Scene {
        app: model::App,
        load: Workload,
        replay: Replay,
    }

    impl Scene {
        fn new(region: &str, desk: Component, load: Workload) -> Self {
            let replay = load.replay(&desk.demand, Seed(3), "desk", 400_000);
            let mut app = app(vec![desk]);
            app.region = Fact::assumed(region.to_owned(), "");
            Self { app, load, replay }
        }

        fn case(&self) -> Case<'_> {
            Case {
                app: &self.app,
                component: &self.app.components[0],
                workload: &self.load,
                requests: &self.replay.requests,
                start: self.replay.start,
                replays_per_month: self.replay.replays_per_month,
                prices: prices(),
                seed: Seed(3),
            }
        }
    }

    fn of(configuration: &Configuration) -> &InstanceSettings {
        let Settings::Instance(settings) = &configuration.settings else { panic!("an instance") };
        settings
    }

    fn usage(evaluation: &Evaluation) -> InstanceUsage {
        let Usage::Instance(usage) = &evaluation.usage else { panic!("instances") };
        *usage
    }

    const PLACES: [(&dyn Platform, &str); 2] =
        [(&CloudRun, "gcp/us-central1"), (&ContainerApps, "azure/eastus")];

    #[test]
    fn an_instance_is_kept_in_the_hours_of_the_load() {
        for (platform, region) in PLACES {
            let scene = Scene::new(region, desk(), office(0.2));
            let case = scene.case();
            let options = platform.options(&case).unwrap();
            let by_the_hour: Vec<_> =
                options.iter().filter(|c| of(c).warm_hours.is_some()).collect();
            assert!((1..=2).contains(&by_the_hour.len()), "{}", platform.id());
            let kept = by_the_hour[0];
            assert!(kept.label.contains("1 kept Mon–Fri 08–18 h UTC"), "{}", kept.label);
            let same = |min| {
                let other = |c: &&Configuration| {
                    let with = InstanceSettings { min, warm_hours: None, ..of(kept).clone() };
                    *of(c) == with
                };
                options.iter().find(other).expect("the same without hours")
            };
            let cost = |configuration: &Configuration, evaluation: &Evaluation| {
                let member =
                    Member { component: &scene.app.components[0], configuration, evaluation };
                platform.bill(&[member], &case.site()).unwrap().total().dollars()
            };
            let run = |configuration| platform.simulate(&case, configuration).unwrap();
            let p99 = |e: &Evaluation| e.latency.as_ref().unwrap().quantile(0.99).unwrap();
            let [none, some, always] = [same(0), kept, same(1)].map(|c| (c, run(c)));
            let goal = Duration::from_millis(900);
            assert!(p99(&none.1) > goal, "{}: starts break it", platform.id());
            assert!(p99(&some.1) <= goal && some.1.obstacles.is_empty(), "{}", platform.id());
            // Container Apps bills what is kept by the hour as active, and the closed form of a thin load without a minimum
            // has a replica in every minute.
            if platform.id() == CloudRun.id() {
                let [none, some, always] =
                    [&none, &some, &always].map(|(c, evaluation)| cost(c, evaluation));
                assert!(none < some && some < always, "{none}, {some}, {always}");
            }
            // Fifty hours of 168 are idle at most, as far as it is idle.
            let (hours, week) = (usage(&some.1).idle_min_ms, usage(&always.1).idle_min_ms);
            let idle = hours as f64 / week as f64;
            assert!((0.29..0.3).contains(&idle), "{}: {idle}", platform.id());
            // The closed form says the same of time and of starts.
            let estimated = platform.estimate(&case, some.0).unwrap();
            let ratio = usage(&estimated).idle_min_ms as f64 / hours as f64;
            assert!((0.95..1.05).contains(&ratio), "{}: idle {ratio}", platform.id());
            let ratio = usage(&estimated).lives_ms as f64 / usage(&some.1).lives_ms as f64;
            assert!((0.9..1.1).contains(&ratio), "{}: there {ratio}", platform.id());
            let cold = |e: &Evaluation| e.cold.unwrap().get();
            for evaluation in [&some.1, &estimated] {
                let cold = cold(evaluation);
                // 2.8 of 603 requests a week come outside.
                assert!(cold < 0.01, "{}: {cold}", platform.id());
            }
        }
    }

    #[test]
    fn google_bills_idle_time_and_two_jobs_and_azure_bills_it_as_active() {
        let kept = |platform: PlatformId, warm_hours| Configuration {
            platform,
            settings: Settings::Instance(InstanceSettings {
                cpu: units::Millicores::new(1000),
                memory: Bytes::from_gib(2),
                architecture: model::Architecture::X86,
                concurrency: 10,
                min: 1,
                warm_hours,
                rate_each: None,
                billing: model::Billing::Requests,
                front_door: model::FrontDoor::None,
            }),
            label: String::new(),
        };
        let hour_ms = 3_600_000;
        let idle = InstanceUsage {
            idle_min_ms: 200 * hour_ms,
            lives_ms: 200 * hour_ms,
            ..InstanceUsage::default()
        };
        let hours = Some(WarmHours::new(0, 5, 8, 10));
        // 200 h of 1 vCPU and 2 GiB: on Google (2.5 + 2 × 2.5) $/M s, and $0.10 a job; on Azure 3 and 3 for idle, 24 and 3
        // for active time.
        let cases = [
            (PLACES[0], None, "5.40"),
            (PLACES[0], hours, "5.60"),
            (PLACES[1], None, "6.48"),
            (PLACES[1], hours, "21.60"),
        ];
        for ((platform, region), hours, expected) in cases {
            let scene = Scene::new(region, desk(), flat(0.1));
            let configuration = kept(platform.id(), hours);
            let evaluation = Evaluation {
                usage: Usage::Instance(idle),
                ..platform.estimate(&scene.case(), &configuration).unwrap()
            };
            let member = Member {
                component: &scene.app.components[0],
                configuration: &configuration,
                evaluation: &evaluation,
            };
            let invoice = platform.bill(&[member], &scene.case().site()).unwrap();
            assert_eq!(dollars(invoice.total()), expected, "{} {hours:?}", platform.id());
        }
    }

    #[test]
    fn nothing_is_kept_where_starts_break_no_promise_or_hours_are_alike() {
        let by_the_hour = |desk: Component, load: Workload| {
            let scene = Scene::new("gcp/us-central1", desk, load);
            let options = CloudRun.options(&scene.case()).unwrap();
            options.iter().filter(|c| of(c).warm_hours.is_some()).count()
        };
        assert!(by_the_hour(desk(), office(0.2)) > 0);
        assert_eq!(by_the_hour(desk(), flat(0.001)), 0, "hours are alike");
        let mut calm = desk();
        calm.slo.latency[0].1 = Duration::from_secs(8);
        assert_eq!(by_the_hour(calm, office(0.2)), 0, "a start is quick enough");
        let mut free = desk();
        free.slo.latency.clear();
        assert_eq!(by_the_hour(free, office(0.2)), 0, "nothing is promised");
        assert_eq!(by_the_hour(desk(), office(4.0)), 0, "there is hardly a pause within the hours");
    }

    #[test]
    fn pauses_are_counted_as_they_are_recorded_or_by_chance() {
        let mut load = flat(0.0);
        for (minute, requests) in [(0, 2.0), (9, 1.0), (30, 5.0), (31, 1.0), (1435, 1.0)] {
            load.per_minute[minute] = requests;
        }
        load.arrivals = Arrivals::Recorded { times: Vec::new(), durations_us: Vec::new() };
        let cold = after_pauses(&load, Duration::MINUTE * 10);
        let found: Vec<usize> = (0..1440).filter(|&minute| cold[minute] > 0.0).collect();
        assert_eq!(found, [30, 1435], "the first minutes come after the last ones");
        let thin = flat(0.001);
        let all: f64 = after_pauses(&thin, Duration::from_secs(1000)).iter().sum();
        let expected = thin.requests_per_cycle() / std::f64::consts::E;
        assert!((all / expected - 1.0).abs() < 0.02, "{all} against {expected}");
    }
}

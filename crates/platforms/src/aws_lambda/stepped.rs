//! A run in steps: calls of a function that end before the run goes on, with waits between them that nobody pays for.
//!
//! A durable function is called once, and again after each wait and after each step that another component does; a
//! state machine calls a function for each of its steps. The run's work is divided evenly among the calls, and its
//! waits among the gaps between them. Calls are asynchronous: what is throttled is tried again. Simulated is the
//! function under all of these calls; how long a whole run takes follows from its work and waits, each cold start at
//! its mean. Not modelled: what a replay of a durable function's finished steps computes, the time that a transition
//! takes, retries of steps, and the run of the call that takes a message from a queue and starts a run.

use catalog::Missing;
use model::{
    Component, Configuration, Demand, Distribution, Fact, FrontDoor, FunctionSettings, Reason,
    Settings, Steps, Workflow,
};
use traffic::{Arrivals, Workload};
use units::{Duration, Histogram, Instant, Request};

use super::estimate::RESOLUTION;
use super::quotas::{LAMBDA, millis};
use super::work;
use super::world::{grouped, span_of};
use crate::case::Case;
use crate::flow;
use crate::platform::{Counts, Evaluation, Obstacle};
use crate::usage::{FunctionUsage, StepUsage, Usage};

/// The state machines' name in the catalogue's limits.
const STATES: &str = "aws-step-functions";
/// Calls that a replay holds at the most.
const CALLS_MAX: usize = 400_000;
/// Calls of a run beyond so many are moved in groups, where only rates are asked for.
const GROUPS: u32 = 64;
/// Equally likely cold starts that a run's share is taken from.
const STARTS: u32 = 20;
/// A history's first and last entry, and the two of a state that waits.
const ENTRIES_OF_A_RUN: u64 = 2;
const ENTRIES_OF_A_WAIT: u64 = 2;

/// A component in steps, as the function under it sees it.
pub(super) struct Stepped<'a> {
    case: &'a Case<'a>,
    settings: &'a FunctionSettings,
    workflow: Workflow,
    steps: &'a Steps,
    /// Calls of the function a run; none if other components do every step of a state machine.
    pub(super) calls: u32,
    /// One call.
    component: Component,
    /// Calls instead of runs.
    pub(super) workload: Workload,
    /// The function that is called.
    configuration: Configuration,
}

impl<'a> Stepped<'a> {
    /// `None` if the configuration runs in one piece.
    pub(super) fn of(case: &'a Case<'a>, configuration: &'a Configuration) -> Option<Self> {
        let Settings::Function(settings) = &configuration.settings else { return None };
        let (workflow, steps) = (settings.workflow?, case.component.steps.as_ref()?);
        let calls = workflow.calls(steps);
        let mut component = case.component.clone();
        component.demand = one_call(&case.component.demand, steps, calls);
        component.steps = None;
        let plain = FunctionSettings {
            workflow: None,
            // Called as a schedule calls: by the service, which tries again.
            front_door: FrontDoor::Schedule,
            ..settings.clone()
        };
        let configuration =
            Configuration { settings: Settings::Function(plain), ..configuration.clone() };
        let workload = calls_of(case, steps, calls);
        Some(Self { case, settings, workflow, steps, calls, component, workload, configuration })
    }

    /// A case of its calls.
    pub(super) fn case<'b>(&'b self, requests: &'b [Request], per_month: f64) -> Case<'b> {
        Case {
            component: &self.component,
            workload: &self.workload,
            requests,
            replays_per_month: per_month,
            ..*self.case
        }
    }

    /// The function that is called, as it is configured.
    pub(super) const fn configuration(&self) -> &Configuration {
        &self.configuration
    }

    /// Usage and latency by closed form.
    pub(super) fn estimate(&self) -> Result<Evaluation, Missing> {
        if self.calls == 0 {
            return self.without_function(0);
        }
        let case = self.case(&[], self.case.replays_per_month);
        let evaluation = super::world(&case, &self.configuration)?.estimate()?;
        self.whole(evaluation)
    }

    /// Usage by replaying the calls of the case's runs.
    pub(super) fn simulate(&self) -> Result<Evaluation, Missing> {
        if self.calls == 0 {
            return self.without_function(self.case.requests.len() as u64);
        }
        let all = self.case.requests;
        let runs = &all[..all.len().min((CALLS_MAX / self.calls as usize).max(1))];
        let left_out = all.len() as f64 / runs.len().max(1) as f64;
        let calls = self.replay(runs);
        let case = self.case(&calls, self.case.replays_per_month * left_out);
        let evaluation = super::world(&case, &self.configuration)?.simulate()?;
        self.whole(evaluation)
    }

    /// The calls of these runs, each at its time; those after the end of the replay come at its beginning.
    fn replay(&self, runs: &[Request]) -> Vec<Request> {
        let span = span_of(self.case.workload, runs).nanos().max(1);
        let inside = self.steps.inside(&self.case.component.demand);
        let calls = u64::from(self.calls);
        let mut all = Vec::with_capacity(runs.len() * self.calls as usize);
        for run in runs {
            let inside = if self.steps.pauses() == 0 { run.wait } else { inside.min(run.wait) };
            let between = run.wait.saturating_sub(inside);
            let (cpu, wait) = (run.cpu / calls, inside / calls);
            let apart = cpu + wait + between / calls.saturating_sub(1).max(1);
            let begin = run.at.since(Instant::START).nanos();
            for call in 0..calls {
                let at = begin.wrapping_add(apart.nanos().wrapping_mul(call)) % span;
                all.push(Request { at: Instant::START + Duration::from_nanos(at), cpu, wait });
            }
        }
        all.sort_by_key(|call| call.at);
        all
    }

    /// A state machine all of whose steps are other components.
    fn without_function(&self, runs: u64) -> Result<Evaluation, Missing> {
        self.whole(Evaluation {
            usage: Usage::Function(FunctionUsage::default()),
            latency: None,
            cold: None,
            counts: (runs > 0).then_some(Counts {
                arrivals: runs,
                served: runs,
                ..Counts::default()
            }),
            timeline: None,
            obstacles: Vec::new(),
        })
    }

    /// Of the function's calls, the whole runs.
    fn whole(&self, calls: Evaluation) -> Result<Evaluation, Missing> {
        let runs = self.case.workload.requests_month();
        let Usage::Function(mut usage) = calls.usage else { return Ok(calls) };
        usage.flow = flow::of(self.case);
        if self.settings.front_door == FrontDoor::Queue {
            // A message starts nothing by itself: a call takes it and starts the run.
            usage.requests += runs;
        }
        let case = self.case(&[], 1.0);
        let world = super::world(&case, &self.configuration)?;
        let points = work::points(self.case.component, self.case.workload, world.cpu);
        let starts = world.start.points(STARTS);
        let start = starts
            .map(|start| start.placement + start.init + start.first_call)
            .fold(Duration::ZERO, |sum, start| sum + start);
        let cold = calls.cold.map_or(0.0, units::Share::get) * f64::from(self.calls);
        let starts = (start / u64::from(STARTS)).times_f64(cold);
        usage.steps = self.counted(runs, &points)?;
        let mut latency = Histogram::default();
        for point in &points {
            latency.record_n(point.run + starts, (point.share * RESOLUTION).round() as u64);
        }
        let mut obstacles = calls.obstacles;
        obstacles.extend(self.too_many()?.map(|text| Obstacle { reason: Reason::plain(text) }));
        Ok(Evaluation {
            usage: Usage::Function(usage),
            latency: (latency.count() > 0).then_some(latency),
            obstacles,
            ..calls
        })
    }

    /// What the service counts in a month. A durable execution is an operation to start, and one for each step and
    /// each wait (AWS Lambda pricing page); a state machine passes from its start through each state (Step Functions
    /// pricing page: each time a step is executed), the start counting as one.
    fn counted(&self, runs: u64, points: &[work::Point]) -> Result<StepUsage, Missing> {
        let prices = self.case.prices;
        let (each, steps) = (self.visited(), self.steps);
        let mut counted = StepUsage { runs, ..StepUsage::default() };
        match self.workflow {
            Workflow::Durable => {
                let declared = steps.kept.as_ref().and_then(Fact::get);
                let days = prices.limit_number(LAMBDA, "durable.retention_default")?;
                let kept = declared.unwrap_or_else(|| Duration::DAY.times_f64(days));
                let run_s = work::mean_s(points);
                let state = steps.state.get().map_or(0, units::Bytes::get);
                counted.operations = runs * (each + 1);
                // What the run was given, and what each step found.
                counted.written_bytes =
                    u128::from(runs) * u128::from(state) * u128::from(steps.count + 1);
                // All of it lies there from the beginning of its run, which is a little too long.
                let lies = kept + Duration::from_secs_f64(run_s);
                counted.kept_byte_ms = counted.written_bytes * u128::from(lies.millis_ceil());
            }
            Workflow::Standard => counted.transitions = runs * (each + 1),
            Workflow::Express => {
                let step = millis(prices.limit_number(STATES, "express.billing_step")?);
                let memory_mb = prices.limit_number(STATES, "express.memory_step")?;
                let billed = |run: Duration| run.nanos().div_ceil(step.nanos().max(1)) as f64;
                let mean: f64 = points.iter().map(|p| p.share * billed(p.run)).sum();
                let run_ms = mean * step.millis_f64() * runs as f64;
                counted.express_mb_ms = (memory_mb * run_ms).round() as u128;
            }
        }
        Ok(counted)
    }

    /// Steps and waits that a run passes through.
    fn visited(&self) -> u64 {
        u64::from(self.steps.count) + u64::from(self.steps.pauses())
    }

    /// Why a run is too long a list for the service, if it is.
    fn too_many(&self) -> Result<Option<String>, Missing> {
        let prices = self.case.prices;
        let (most, has, what, row) = match self.workflow {
            Workflow::Durable => {
                let most = prices.limit_number(LAMBDA, "durable.operations_max")?;
                (most, self.visited() + 1, "operations", "aws-lambda/durable.operations_max")
            }
            Workflow::Standard => {
                let most = prices.limit_number(STATES, "standard.history_max")?;
                let task = prices.limit_number(STATES, "standard.history_per_task")? as u64;
                let waits = ENTRIES_OF_A_WAIT * u64::from(self.steps.pauses());
                let has = u64::from(self.steps.count) * task + waits + ENTRIES_OF_A_RUN;
                (most, has, "entries of its history", "aws-step-functions/standard.history_max")
            }
            Workflow::Express => return Ok(None),
        };
        let text = format!(
            "a run of {} {what}: at most {} are allowed ({row})",
            grouped(has),
            grouped(most as u64)
        );
        Ok((has as f64 > most).then_some(text))
    }
}

/// The work of one call: its part of the run's CPU time and of the waiting inside steps.
fn one_call(demand: &Demand, steps: &Steps, calls: u32) -> Demand {
    let part = 1.0 / f64::from(calls.max(1));
    let cpu = demand.cpu.clone().map(|cpu| cpu.times_f64(part));
    let wait = if steps.pauses() == 0 {
        demand.wait.clone().map(|wait| wait.times_f64(part))
    } else {
        let inside = steps.inside(demand).times_f64(part);
        steps.inside.clone().map(|_| Distribution::Constant(inside))
    };
    Demand { cpu, wait, duration: None }
}

/// As many calls as the runs bring, each as much later as the run waits before it, on average.
fn calls_of(case: &Case<'_>, steps: &Steps, calls: u32) -> Workload {
    let (of, demand) = (case.workload, &case.component.demand);
    let minutes = of.per_minute.len().max(1);
    let whole_s = demand.mean().secs_f64();
    let apart_min = whole_s / f64::from(calls.saturating_sub(1).max(1)) / 60.0;
    let groups = calls.clamp(1, GROUPS);
    let each = f64::from(calls) / f64::from(groups);
    let mut per_minute = vec![0.0; of.per_minute.len()];
    for group in 0..groups {
        // Without a wait between them, calls follow at once.
        let later = if steps.pauses() == 0 && whole_s < 60.0 {
            0
        } else {
            (f64::from(group) * each * apart_min).round() as usize % minutes
        };
        for (minute, requests) in of.per_minute.iter().enumerate() {
            per_minute[(minute + later) % minutes] += requests * each;
        }
    }
    Workload { per_minute, arrivals: Arrivals::Poisson, ..of.clone() }
}

#[cfg(test)]
mod tests {
    use model::{Invoice, Kind};
    use units::{Bytes, Rate, Seed};

    use super::*;
    use crate::aws_lambda::AwsLambda;
    use crate::billing_scene::{dollars, known};
    use crate::case::Member;
    use crate::plain_scene::{app, component, prices};
    use crate::platform::Platform;

    const RUNS: f64 = 300_000.0;

    /// Two seconds of work and a wait, in four steps with two pauses and a second of waiting inside them.
    fn approval(wait: Duration) -> Component {
        let mut approval = component("approval", Kind::Worker);
        approval.runtime = known(model::Runtime("nodejs24.x".to_owned()));
        approval.memory = known(Bytes::from_mib(512));
        approval.demand.cpu = known(Distribution::Constant(Duration::from_secs(2)));
        approval.demand.wait = known(Distribution::Constant(wait));
        approval.steps = Some(Steps {
            count: 4,
            elsewhere: 0,
            pauses: known(2),
            inside: known(Duration::from_secs(1)),
            state: known(Bytes::from_kib(4)),
            machine: None,
            kept: None,
            span: None,
        });
        approval
    }

    /// By closed form and simulated, each with its bill.
    fn both(component: &Component, label: &str) -> [(Evaluation, Invoice); 2] {
        let workload = Workload::flat(Rate::per_month(RUNS));
        let app = app(vec![component.clone()]);
        let replay = workload.replay(&component.demand, Seed(1), &component.id, 200_000);
        let case = Case {
            app: &app,
            component,
            workload: &workload,
            requests: &replay.requests,
            start: replay.start,
            replays_per_month: replay.replays_per_month,
            prices: prices(),
            seed: Seed(1),
        };
        let options = AwsLambda.options(&case).unwrap();
        let labels: Vec<&str> = options.iter().map(|o| o.label.as_str()).collect();
        let found = options.iter().find(|o| o.label == label);
        let configuration = found.unwrap_or_else(|| panic!("{labels:?}"));
        [
            AwsLambda.estimate(&case, configuration).unwrap(),
            AwsLambda.simulate(&case, configuration).unwrap(),
        ]
        .map(|evaluation| {
            let member = Member { component, configuration, evaluation: &evaluation };
            let bill = AwsLambda.bill(&[member], &case.site()).unwrap();
            (evaluation, bill)
        })
    }

    fn lines(bill: &Invoice, item: &str) -> String {
        let of = bill.lines.iter().filter(|line| line.item.starts_with(item));
        dollars(of.map(|line| line.amount).sum())
    }

    fn function(evaluation: &Evaluation) -> FunctionUsage {
        match &evaluation.usage {
            Usage::Function(usage) => *usage,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn six_hours_of_waiting_in_a_durable_function_by_hand() {
        let approval = approval(Duration::HOUR * 6);
        for (at, (evaluation, bill)) in
            both(&approval, "512 MB arm, SQS, durable function").into_iter().enumerate()
        {
            // A start, four steps and two waits are 7 operations: 2.1 M at $8 a million.
            assert_eq!(lines(&bill, "durable operations"), "16.80");
            // The input and four results of 4 KB each: 300,000 × 20 KB are 5.722 GB at $0.25.
            assert_eq!(lines(&bill, "durable data written"), "1.43");
            // They lie there for the run and 14 days: 342 of 730 hours are 2.681 GB-months at $0.15.
            assert_eq!(lines(&bill, "durable data kept"), "0.40");
            // A send, a receive and a delete each: 900,000 at $0.40 a million.
            assert_eq!(lines(&bill, "queue requests"), "0.36");
            let usage = function(&evaluation);
            if at == 0 {
                // Three calls a run, and one that takes the message: 1.2 M at $0.20 a million.
                assert_eq!(lines(&bill, "function requests"), "0.24");
            }
            assert!((usage.requests as f64 / (4.0 * RUNS) - 1.0).abs() < 0.02, "{usage:?}");
            // Two seconds on 512 / 1,769 of a vCPU and one inside steps: a third of 7.910 s in each call.
            let run_s = usage.run_mb_ms as f64 / 512.0 / 1e3;
            assert!((run_s / (RUNS * 7.911) - 1.0).abs() < 0.02, "{run_s}");
            assert_eq!(usage.flow.requests, 300_000);
            let p50 = evaluation.latency.unwrap().quantile(0.5).unwrap();
            assert!((p50.secs_f64() / 21_606.9 - 1.0).abs() < 0.01, "{p50}");
            assert_eq!(evaluation.obstacles, []);
        }
    }

    #[test]
    fn a_state_machine_is_billed_by_transitions_or_by_its_time() {
        let [(evaluation, bill), _] =
            both(&approval(Duration::HOUR * 6), "512 MB arm, SQS, Step Functions Standard");
        // The start, four steps and two waits: 2.1 M transitions at $25 a million.
        assert_eq!(lines(&bill, "state transitions"), "52.50");
        // Four calls a run, and one that starts it.
        assert_eq!(lines(&bill, "function requests"), "0.30");
        assert_eq!(function(&evaluation).steps.operations, 0);

        let short = approval(Duration::MINUTE * 3);
        let [(_, bill), _] = both(&short, "512 MB arm, SQS, Step Functions Express");
        assert_eq!(lines(&bill, "Express runs"), "0.30");
        // 186.91 s are billed as 187.0 s of 64 MB: 973.96 GB-hours at $0.060012.
        assert_eq!(lines(&bill, "Express duration"), "58.45");
        assert_eq!(lines(&bill, "state transitions"), "0.00");
    }

    #[test]
    fn where_other_components_do_every_step_only_the_machine_is_billed() {
        let mut machine = approval(Duration::HOUR * 6);
        machine.steps.as_mut().unwrap().elsewhere = 4;
        for (evaluation, bill) in both(&machine, "512 MB arm, SQS, Step Functions Standard") {
            assert_eq!(lines(&bill, "state transitions"), "52.50");
            assert_eq!(lines(&bill, "function run time"), "0.00");
            assert_eq!(function(&evaluation).requests, 300_000, "the starts");
        }
    }

    #[test]
    fn a_run_of_too_many_steps_is_refused_with_the_row() {
        let mut long = approval(Duration::HOUR * 6);
        let steps = long.steps.as_mut().unwrap();
        (steps.count, steps.pauses) = (6000, known(10));
        for (label, row) in [
            ("512 MB arm, SQS, durable function", "durable.operations_max"),
            ("512 MB arm, SQS, Step Functions Standard", "standard.history_max"),
        ] {
            let [(evaluation, _), _] = both(&long, label);
            let said: String =
                evaluation.obstacles.iter().map(|o| o.reason.text.as_str()).collect();
            assert!(said.contains(row), "{label}: {said}");
        }
    }

    #[test]
    fn calls_come_as_much_later_as_the_run_waits() {
        let component = approval(Duration::HOUR * 2);
        let mut workload = Workload::flat(Rate::per_month(RUNS));
        workload.per_minute.fill(0.0);
        workload.per_minute[1380] = 100.0;
        let app = app(vec![component.clone()]);
        let case = Case {
            app: &app,
            component: &component,
            workload: &workload,
            requests: &[],
            start: Instant::START,
            replays_per_month: 1.0,
            prices: prices(),
            seed: Seed(1),
        };
        let calls = calls_of(&case, component.steps.as_ref().unwrap(), 3);
        let at: Vec<usize> = (0..1440).filter(|minute| calls.per_minute[*minute] > 0.0).collect();
        // Half of two hours apart, over midnight.
        assert_eq!(at, [0, 60, 1380]);
        assert!((calls.requests_per_cycle() - 300.0).abs() < 1e-9);
    }
}

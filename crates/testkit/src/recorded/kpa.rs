//! Two hundred scenarios recorded from the real autoscaler (knative/serving in virtual time), tick by tick.
//!
//! The world around it is ours and part of the recording: the total concurrency, a step curve, is read at
//! whole seconds from the first one on; the autoscaler ticks at even seconds plus a millisecond. A pod asked
//! for at T is ready at T + startup. The answer is bounded and carried out at once, also down to zero; the
//! newest pods go first.
use scaling::kpa::{Averaging, Bounds, Burst, Kpa, Observer, Settings, Spec, Target};
use serde_json::Value;
use units::{Duration, Instant};

use super::load_at;

/// The file of the recorded scenarios.
pub const FILE: &str = "kpa-knative-serving-2026-08-21.jsonl.gz";

/// One decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tick {
    /// Ready pods before it.
    pub ready: i64,
    /// Pods that it asks for.
    pub desired: i64,
    /// Requests that the ready pods could take beside those that they are meant to.
    pub excess_burst: i64,
    /// Whether there was anything to decide on.
    pub valid: bool,
}

/// What our autoscaler decides in the same world, tick by tick.
pub fn play(input: &Value) -> Vec<Tick> {
    let settings = settings(input);
    let target = Target {
        load_per_pod: input["target"].as_f64().unwrap(),
        total_load_per_pod: input["total"].as_f64().unwrap(),
    };
    let activation = input["activation_scale"].as_i64().unwrap();
    let start = input["start"].as_i64().unwrap();
    let startup = Duration::from_secs_f64(input["startup_s"].as_f64().unwrap());
    let mut kpa =
        Kpa::new(Spec { activation, ..Spec::new(&settings, target) }, Instant::START, start);
    let mut observer =
        Observer::new(settings.stable_window, settings.panic_window(), Averaging::Linear);
    // When each pod is ready, oldest first.
    let mut pods = vec![Instant::START; start as usize];
    let mut ticks = Vec::new();
    for second in 0..=input["seconds"].as_u64().unwrap() {
        let whole = Instant::START + Duration::from_secs(second);
        if second > 0 {
            observer.record(whole, load_at(&input["load"], second));
        }
        if second % 2 == 1 {
            continue;
        }
        let now = whole + Duration::from_millis(1);
        let ready = pods.iter().map(|&ready| i64::from(ready <= now)).sum();
        let decision = observer.observe(now).map(|observed| kpa.decide(now, ready, observed));
        ticks.push(Tick {
            ready,
            desired: decision.map_or(0, |d| d.desired),
            excess_burst: decision.map_or(0, |d| d.excess_burst),
            valid: decision.is_some(),
        });
        if let Some(decision) = decision {
            let asked = settings.bounds.apply(decision.desired);
            pods.resize(asked as usize, now + startup);
        }
    }
    ticks
}

/// What the real autoscaler decided.
pub fn recorded(out: &Value) -> Vec<Tick> {
    let ticks = out["t"].as_array().map_or(0, Vec::len);
    let tick = |i: usize| {
        let int = |key: &str| out[key][i].as_i64().unwrap();
        Tick {
            ready: int("ready"),
            desired: int("desired"),
            excess_burst: int("ebc"),
            valid: out["valid"][i].as_bool().unwrap(),
        }
    };
    (0..ticks).map(tick).collect()
}

fn settings(input: &Value) -> Settings {
    let number = |key: &str| input[key].as_f64().unwrap();
    let burst = number("target_burst_capacity");
    Settings {
        burst: if burst < 0.0 { Burst::Unlimited } else { Burst::Requests(burst) },
        stable_window: Duration::from_secs(input["window_s"].as_u64().unwrap()),
        panic_window_percent: number("panic_window_percentage"),
        panic_threshold_percent: number("panic_threshold") * 100.0,
        max_up_ratio: number("max_scale_up"),
        max_down_ratio: number("max_scale_down"),
        scale_down_delay: Duration::from_secs(input["scale_down_delay_s"].as_u64().unwrap()),
        bounds: Bounds { min: input["min"].as_i64().unwrap(), max: input["max"].as_i64().unwrap() },
        ..Settings::default()
    }
}

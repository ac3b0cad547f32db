//! Two hundred scenarios recorded from the real autoscaler (knative/serving in virtual time), tick by tick.
//!
//! The world around it is ours and part of the recording: the total concurrency, a step curve, is read at
//! whole seconds from the first one on; the autoscaler ticks at even seconds plus a millisecond. A pod asked
//! for at T is ready at T + startup. The answer is bounded and carried out at once, also down to zero; the
//! newest pods go first.
#![expect(clippy::unwrap_used, reason = "a table that cannot be read is a failed test")]

use std::io::Read as _;

use scaling::kpa::{Averaging, Bounds, Burst, Kpa, Observer, Settings, Spec, Target};
use serde_json::Value;
use units::{Duration, Instant};

fn scenarios() -> Vec<Value> {
    let path =
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/kpa-knative-serving-2026-08-21.jsonl.gz");
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap())
        .read_to_string(&mut text)
        .unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn load_at(curve: &Value, second: u64) -> f64 {
    let steps = curve.as_array().unwrap();
    let passed = steps.iter().take_while(|step| step[0].as_f64().unwrap() <= second as f64);
    passed.last().map_or(0.0, |step| step[1].as_f64().unwrap())
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

#[derive(Debug, PartialEq)]
struct Tick {
    ready: i64,
    desired: i64,
    excess_burst: i64,
    valid: bool,
}

fn play(input: &Value) -> Vec<Tick> {
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

#[test]
fn two_hundred_recorded_scenarios_tick_by_tick() {
    let scenarios = scenarios();
    assert_eq!(scenarios.len(), 200);
    let (mut ticks, mut wrong) = (0, Vec::new());
    for scenario in &scenarios {
        let (input, out) = (&scenario["in"], &scenario["out"]);
        let got = play(input);
        assert_eq!(got.len(), out["t"].as_array().unwrap().len(), "{}", input["name"]);
        for (i, got) in got.into_iter().enumerate() {
            let int = |key: &str| out[key][i].as_i64().unwrap();
            let want = Tick {
                ready: int("ready"),
                desired: int("desired"),
                excess_burst: int("ebc"),
                valid: out["valid"][i].as_bool().unwrap(),
            };
            ticks += 1;
            if got != want {
                wrong.push(format!("{} tick {i}: {got:?}, recorded {want:?}", input["name"]));
                break;
            }
        }
    }
    let shown = wrong.iter().take(20).map(String::as_str).collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} of 200 scenarios differ:\n{shown}", wrong.len());
    assert!(ticks > 140_000, "{ticks} ticks");
}

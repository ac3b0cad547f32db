//! Two hundred scenarios recorded from the real controller (Kubernetes 1.36.2 in virtual time), tick by tick.
//!
//! The world around the controller is ours and part of the recording: at second `s` pods age first, then, if
//! `s` is a multiple of the sync period, the controller reconciles. The first pods are an hour old. A pod
//! asked for at T is Pending without a start time until T + startup, then Running and not ready, then ready
//! at T + startup + ready. The newest pods go first, at once. The load is a step curve of millicores split
//! over the ready pods, capped at each pod's limit and truncated.

use scaling::hpa::{
    Behavior, Hpa, Metric, Phase, Pod, Policy, PolicyKind, Readiness, Rules, Sample, Select,
    Settings, Spec, Tolerance,
};
use serde_json::Value;
use units::{Duration, Instant};

use super::load_at;

/// The file of the recorded scenarios.
pub const FILE: &str = "hpa-kubernetes-1.36.2.jsonl.gz";

/// One reconciliation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tick {
    /// Ready pods before it.
    pub ready: i64,
    /// Replicas before it.
    pub current: i64,
    /// Replicas from now on.
    pub desired: i64,
    /// Mean utilization of the pods' requests in per cent; `None` without a CPU metric.
    pub util: Option<i64>,
    /// Why the answer was limited.
    pub limit: String,
}

/// What our autoscaler decides in the same world, reconciliation by reconciliation.
pub fn play(input: &Value) -> Vec<Tick> {
    let int = |key: &str| input[key].as_i64().unwrap();
    let secs = |key: &str| Duration::from_secs(input[key].as_u64().unwrap());
    let mut hpa = Hpa::new(Spec {
        min: int("min"),
        max: int("max"),
        behavior: behavior(&input["behavior"]),
        settings: Settings {
            sync: secs("sync_s"),
            cpu_initialization: secs("cpu_init_s"),
            initial_readiness: secs("ready_delay_s"),
            downscale_stabilization: secs("downscale_s"),
        },
    });
    let first = Life { started: Instant::START, ready: Instant::START };
    let mut world = World {
        lives: vec![first; int("start") as usize],
        request: int("request_m"),
        limit: int("pod_cpu_limit_m"),
        window: secs("window_s"),
    };
    let external = input["target_external"].as_str().filter(|target| !target.is_empty());
    let mut ticks = Vec::new();
    for second in (0..=input["seconds"].as_u64().unwrap()).step_by(int("sync_s") as usize) {
        let (now, load) = (at(second), load_at(&input["load"], second));
        let metric = external.map_or(
            Metric::Utilization { target_percent: int("target_util"), cpu: true },
            |target| Metric::TotalPerPod {
                value: (load * 1000.0).round() as i64,
                target: milli(target),
            },
        );
        let current = i64::try_from(world.lives.len()).unwrap();
        let decision = hpa.reconcile(now, current, &world.pods(now, load), &[metric]);
        ticks.push(Tick {
            ready: i64::try_from(world.ready(now)).unwrap(),
            current,
            desired: decision.desired,
            util: decision.utilization_percent,
            limit: decision.limit.name().to_owned(),
        });
        let started = now + secs("startup_s");
        let life = Life { started, ready: started + secs("ready_s") };
        world.lives.resize(decision.desired as usize, life);
    }
    ticks
}

/// What the real controller decided.
pub fn recorded(out: &Value) -> Vec<Tick> {
    let ticks = out["t"].as_array().map_or(0, Vec::len);
    let tick = |i: usize| {
        let int = |key: &str| out[key][i].as_i64();
        Tick {
            ready: int("ready").unwrap(),
            current: int("current").unwrap(),
            desired: int("desired").unwrap(),
            util: int("util"),
            limit: out["limit"][i].as_str().unwrap().to_owned(),
        }
    };
    (0..ticks).map(tick).collect()
}

/// Scenario seconds; time starts an hour earlier, when the first pods did.
fn at(second: u64) -> Instant {
    Instant::START + Duration::from_secs(3600 + second)
}

/// A pod is three moments: accepted by a node, and ready.
#[derive(Clone, Copy)]
struct Life {
    started: Instant,
    ready: Instant,
}

struct World {
    lives: Vec<Life>,
    request: i64,
    limit: i64,
    window: Duration,
}

impl World {
    fn ready(&self, now: Instant) -> usize {
        self.lives.iter().filter(|life| life.ready <= now).count()
    }

    /// The pods as the API would show them, with `load` millicores shared by the ready ones.
    fn pods(&self, now: Instant, load: f64) -> Vec<Pod> {
        let share = (load / self.ready(now).max(1) as f64).min(self.limit as f64) as i64;
        let show = |life: &Life| {
            let (running, ready) = (life.started <= now, life.ready <= now);
            let since = if ready { life.ready } else { life.started };
            Pod {
                phase: if running { Phase::Running } else { Phase::Pending },
                deleting: false,
                started: running.then_some(life.started),
                readiness: running.then_some(Readiness { ready, since }),
                request: self.request,
                sample: ready.then_some(Sample { value: share, at: now, window: self.window }),
            }
        };
        self.lives.iter().map(show).collect()
    }
}

/// The API server's defaulting: what a direction does not say, its default says.
fn rules(given: &Value, defaults: Rules) -> Rules {
    Rules {
        stabilization: given["stabilizationWindowSeconds"]
            .as_u64()
            .map(Duration::from_secs)
            .or(defaults.stabilization),
        select: match given["selectPolicy"].as_str() {
            Some("Min") => Select::Min,
            Some("Disabled") => Select::Disabled,
            _ => Select::Max,
        },
        policies: given["policies"].as_array().map_or(defaults.policies, |policies| {
            policies
                .iter()
                .map(|p| Policy {
                    kind: if p["type"] == "Pods" { PolicyKind::Pods } else { PolicyKind::Percent },
                    value: p["value"].as_i64().unwrap(),
                    period: Duration::from_secs(p["periodSeconds"].as_u64().unwrap()),
                })
                .collect()
        }),
    }
}

fn behavior(given: &Value) -> Option<Behavior> {
    let of = |direction: &Value| direction["tolerance"].as_str().and_then(|t| t.parse().ok());
    (!given.is_null()).then(|| Behavior {
        up: rules(&given["scaleUp"], Rules::up()),
        down: rules(&given["scaleDown"], Rules::down()),
        tolerance: Tolerance {
            up_ratio: of(&given["scaleUp"]).unwrap_or(0.1),
            down_ratio: of(&given["scaleDown"]).unwrap_or(0.1),
        },
    })
}

/// `5` and `2500m` as thousandths.
fn milli(quantity: &str) -> i64 {
    quantity.strip_suffix('m').map_or_else(
        || quantity.parse::<i64>().unwrap() * 1000,
        |thousandths| thousandths.parse().unwrap(),
    )
}

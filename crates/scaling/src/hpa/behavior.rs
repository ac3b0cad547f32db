//! How fast an autoscaler may go: policies, windows and their defaults.

use units::{Duration, Instant};

use super::pod::Tolerance;

/// What a policy counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyKind {
    /// A number of pods.
    Pods,
    /// A percentage of the pods at the start of the period.
    Percent,
}

/// At most so much change within a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// What it counts.
    pub kind: PolicyKind,
    /// How many, or how many per cent.
    pub value: i64,
    /// Within which span of time.
    pub period: Duration,
}

/// Which of several policies decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Select {
    /// The one that allows the largest change.
    Max,
    /// The one that allows the smallest change.
    Min,
    /// No change in this direction at all.
    Disabled,
}

/// The rules of one direction.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// Window over which the recommendation least in favour of change wins; `None` takes the
    /// controller's (scale-down) or none (scale-up).
    pub stabilization: Option<Duration>,
    /// Which policy decides.
    pub select: Select,
    /// The policies.
    pub policies: Vec<Policy>,
}

/// The `behavior` of an autoscaler.
#[derive(Debug, Clone, PartialEq)]
pub struct Behavior {
    /// Scaling up.
    pub up: Rules,
    /// Scaling down.
    pub down: Rules,
    /// Tolerance of each direction.
    pub tolerance: Tolerance,
}

impl Default for Behavior {
    fn default() -> Self {
        Self { up: Rules::up(), down: Rules::down(), tolerance: Tolerance::default() }
    }
}

impl Rules {
    /// The API server's defaults for scaling up: 4 pods or 100 % in 15 s, whichever is more, at once.
    pub fn up() -> Self {
        let period = Duration::from_secs(15);
        Self {
            stabilization: Some(Duration::ZERO),
            select: Select::Max,
            policies: vec![
                Policy { kind: PolicyKind::Pods, value: 4, period },
                Policy { kind: PolicyKind::Percent, value: 100, period },
            ],
        }
    }

    /// The API server's defaults for scaling down: 100 % in 15 s after the controller's window.
    pub fn down() -> Self {
        let period = Duration::from_secs(15);
        Self {
            stabilization: None,
            select: Select::Max,
            policies: vec![Policy { kind: PolicyKind::Percent, value: 100, period }],
        }
    }

    /// The longest period of its policies.
    fn longest_period(&self) -> Duration {
        self.policies.iter().map(|p| p.period).max().unwrap_or(Duration::ZERO)
    }
}

/// A change that was carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) change: i64,
    pub(super) at: Instant,
}

/// Changes within the periods of the policies, both directions.
#[derive(Debug, Clone, Default)]
pub(super) struct Events {
    pub(super) up: Vec<Event>,
    pub(super) down: Vec<Event>,
}

impl Events {
    /// Remembers a change in the place of one that no policy of its direction can see any more. The
    /// others of those stay, and longer policies of the other direction do see them: the real controller
    /// works so, and recorded answers show it.
    pub(super) fn record(&mut self, behavior: &Behavior, from: i64, to: i64, now: Instant) {
        let (events, rules) =
            if to > from { (&mut self.up, &behavior.up) } else { (&mut self.down, &behavior.down) };
        let longest = rules.longest_period();
        let event = Event { change: (to - from).abs(), at: now };
        match events.iter().rposition(|old| old.at + longest < now) {
            Some(outdated) => events[outdated] = event,
            None => events.push(event),
        }
    }

    /// Replicas at the start of a policy's period.
    fn at_period_start(&self, policy: &Policy, current: i64, now: Instant) -> i64 {
        let within = |events: &[Event]| -> i64 {
            events.iter().filter(|e| e.at + policy.period > now).map(|e| e.change).sum()
        };
        current - within(&self.up) + within(&self.down)
    }

    /// The most replicas that the rules allow now.
    pub(super) fn up_limit(&self, rules: &Rules, current: i64, now: Instant) -> i64 {
        let allowed = rules.policies.iter().map(|policy| {
            let start = self.at_period_start(policy, current, now);
            match policy.kind {
                PolicyKind::Pods => start + policy.value,
                // Rounded up, or one pod could never become two by 50 %.
                PolicyKind::Percent => {
                    (start as f64 * (1.0 + policy.value as f64 / 100.0)).ceil() as i64
                }
            }
        });
        let limit = match rules.select {
            Select::Disabled => None,
            Select::Max => allowed.max(),
            Select::Min => allowed.min(),
        };
        limit.unwrap_or(current).max(current)
    }

    /// The fewest replicas that the rules allow now.
    pub(super) fn down_limit(&self, rules: &Rules, current: i64, now: Instant) -> i64 {
        let allowed = rules.policies.iter().map(|policy| {
            let start = self.at_period_start(policy, current, now);
            match policy.kind {
                PolicyKind::Pods => start - policy.value,
                PolicyKind::Percent => (start as f64 * (1.0 - policy.value as f64 / 100.0)) as i64,
            }
        });
        let limit = match rules.select {
            Select::Disabled => None,
            Select::Max => allowed.min(),
            Select::Min => allowed.max(),
        };
        limit.unwrap_or(current).min(current)
    }
}

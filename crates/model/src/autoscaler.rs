//! An autoscaler as a team has declared it, whoever runs it.

use source::Span;
use units::Duration;

/// Who decides how many copies there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScalerKind {
    /// The horizontal pod autoscaler of Kubernetes.
    Hpa,
    /// KEDA.
    Keda,
    /// Knative's pod autoscaler.
    Knative,
}

/// The declaration of an autoscaler. What is `None` is left to the default of whoever runs it.
#[derive(Debug, Clone, PartialEq)]
pub struct Autoscaler {
    /// Who runs it.
    pub kind: ScalerKind,
    /// Copies at least.
    pub min: Option<u32>,
    /// Copies at most.
    pub max: Option<u32>,
    /// What it follows; several are asked, and the one that wants most counts.
    pub metrics: Vec<ScaleMetric>,
    /// How fast it may add copies.
    pub up: ScaleRules,
    /// How fast it may take them away.
    pub down: ScaleRules,
    /// KEDA: how often it looks.
    pub polling: Option<Duration>,
    /// KEDA: how long nothing must happen before the last copy goes.
    pub cooldown: Option<Duration>,
    /// KEDA: copies while nothing happens.
    pub idle: Option<u32>,
    /// Knative: the window over which it averages.
    pub window: Option<Duration>,
    /// Knative: the part of the window that decides in a panic, in per cent.
    pub panic_window_percent: Option<f64>,
    /// Knative: how much more than its target means panic, in per cent.
    pub panic_threshold_percent: Option<f64>,
    /// Knative: requests that may come at once without a look; below zero is without limit.
    pub burst: Option<f64>,
    /// Knative: how long fewer copies must be enough.
    pub scale_down_delay: Option<Duration>,
    /// Where it is declared.
    pub span: Span,
}

impl Autoscaler {
    /// Of this kind; nothing else is declared.
    pub fn new(kind: ScalerKind, span: Span) -> Self {
        Self {
            kind,
            min: None,
            max: None,
            metrics: Vec::new(),
            up: ScaleRules::default(),
            down: ScaleRules::default(),
            polling: None,
            cooldown: None,
            idle: None,
            window: None,
            panic_window_percent: None,
            panic_threshold_percent: None,
            burst: None,
            scale_down_delay: None,
            span,
        }
    }
}

/// What an autoscaler follows.
#[derive(Debug, Clone, PartialEq)]
pub struct ScaleMetric {
    /// The quantity.
    pub of: Measured,
    /// What it is held at.
    pub target: ScaleTarget,
    /// Where it is declared.
    pub span: Span,
}

/// A quantity that an autoscaler follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Measured {
    /// CPU of the pods.
    Cpu,
    /// Memory of the pods.
    Memory,
    /// Requests a second.
    RequestRate,
    /// Requests in service and waiting.
    Concurrency,
    /// Messages in a queue.
    Messages,
    /// Something that a replay of requests does not have, by its name.
    Other(String),
}

/// What a metric is held at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ScaleTarget {
    /// Per cent of what the pods ask for.
    Utilization(u32),
    /// So much for each copy: vCPUs, requests a second, messages.
    Average(f64),
    /// So much in all.
    Value(f64),
}

/// How fast copies may come or go.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ScaleRules {
    /// Over how long the recommendation least in favour of change wins.
    pub stabilization: Option<Duration>,
    /// Which of the policies counts.
    pub select: Option<ScaleSelect>,
    /// Limits of change; empty is the default.
    pub policies: Vec<ScalePolicy>,
    /// How far from the target nothing happens, as a share of it.
    pub tolerance: Option<f64>,
}

/// Which of several policies counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScaleSelect {
    /// The one that allows most.
    Max,
    /// The one that allows least.
    Min,
    /// No change at all.
    Disabled,
}

/// At most so much change within a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScalePolicy {
    /// Whether `value` is per cent of the copies; else it counts copies.
    pub percent: bool,
    /// How many.
    pub value: u32,
    /// Within which span of time.
    pub period: Duration,
}

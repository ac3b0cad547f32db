//! The rules: one file each, one line each in [`ALL`].
//!
//! A rule looks at one component on one platform and says what it found. Hard rules exclude, soft rules name a
//! risk or a reason, asking rules name a fact that is missing. The comment at the head of a rule's file is its
//! page: `crossover explain CR021` prints it, so that text exists once.

mod allowed_platforms;
mod background;
mod cluster_floor;
mod cluster_ramp;
mod cold_package;
mod cold_share;
mod concurrency;
mod container;
mod containers;
mod cpu;
mod database_connections;
mod egress_address;
pub(crate) mod error_goal;
mod everything_billed;
mod exit_cost;
mod function_ramp;
mod gateway_timeout;
mod gpu;
mod grpc;
mod init_time;
mod interruptible;
mod job_time;
mod kept_warm;
pub(crate) mod latency_goal;
mod load_unknown;
mod memory;
mod mitigation;
mod ordered;
mod package_size;
mod payload;
mod pinned_nodes;
mod pods_per_node;
mod privileged;
mod raw_sockets;
mod request_rate;
mod residency;
mod retiring;
mod run_time;
mod runtime;
mod scale_to_zero;
mod schedule;
mod scratch;
mod service_level;
mod session_state;
mod state;
mod steady_volume;
mod system;
mod team;
mod thread_safety;
mod waiting_job;
mod warm_floor;
mod websockets;
mod work_unknown;

#[cfg(test)]
mod tests;

use source::Span;

pub use crate::case::RuleCase;

/// Every rule, by number. A new rule is one file and one line here.
pub const ALL: &[&dyn Rule] = &[
    &run_time::RunTime,
    &job_time::JobTime,
    &waiting_job::WaitingJob,
    &session_state::SessionState,
    &gateway_timeout::GatewayTimeout,
    &memory::Memory,
    &cpu::Cpu,
    &gpu::Gpu,
    &scratch::Scratch,
    &package_size::PackageSize,
    &init_time::InitTime,
    &system::System,
    &runtime::RuntimeOffered,
    &raw_sockets::RawSockets,
    &websockets::WebSockets,
    &grpc::Grpc,
    &payload::Payload,
    &privileged::Privileged,
    &background::Background,
    &egress_address::EgressAddress,
    &containers::Containers,
    &state::State,
    &database_connections::DatabaseConnections,
    &ordered::Ordered,
    &schedule::Schedule,
    &residency::Residency,
    &retiring::Retiring,
    &allowed_platforms::AllowedPlatforms,
    &concurrency::Concurrency,
    &request_rate::RequestRate,
    &function_ramp::FunctionRamp,
    &cluster_ramp::ClusterRamp,
    &pods_per_node::PodsPerNode,
    &thread_safety::ThreadSafety,
    &interruptible::Interruptible,
    &warm_floor::WarmFloor,
    &cold_share::ColdShare,
    &cold_package::ColdPackage,
    &mitigation::Mitigation,
    &scale_to_zero::ScaleToZero,
    &kept_warm::KeptWarm,
    &steady_volume::SteadyVolume,
    &cluster_floor::ClusterFloor,
    &everything_billed::EverythingBilled,
    &team::Team,
    &exit_cost::ExitCost,
    &container::Container,
    &service_level::ServiceLevel,
    &latency_goal::LatencyGoal,
    &error_goal::ErrorGoal,
    &pinned_nodes::PinnedNodes,
    &load_unknown::LoadUnknown,
    &work_unknown::WorkUnknown,
];

/// A rule's number: `CR021`. Numbers are stable and never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(pub &'static str);

/// What a rule can do at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hardness {
    /// It excludes a platform or a configuration.
    Hard,
    /// It names a risk or a reason.
    Soft,
    /// It asks for a fact.
    Asks,
}

impl Hardness {
    /// As printed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hard => "hard: it excludes",
            Self::Soft => "soft: it advises",
            Self::Asks => "asks for a fact",
        }
    }
}

/// What one finding does to the option it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// The option is out.
    Excludes,
    /// The option stays; something about it should be known before it is carried out.
    Risk,
    /// The option stays; this speaks for or against it.
    Note,
    /// A fact is missing.
    Asks,
}

/// What a rule found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleFinding {
    /// The rule.
    pub rule: RuleId,
    /// What it does.
    pub effect: Effect,
    /// In words: a phrase without a full stop, with the numbers.
    pub text: String,
    /// Where the fact behind it stands.
    pub span: Option<Span>,
    /// What to do about it.
    pub hint: Option<String>,
}

/// What a rule says of itself.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// Its number.
    pub id: RuleId,
    /// Its name, a short phrase.
    pub title: &'static str,
    /// What it can do at most.
    pub hardness: Hardness,
    /// The rows of the collected rule table that it carries out: `D1`.
    pub origin: &'static [&'static str],
    /// The text of its own file.
    pub file: &'static str,
}

/// One rule.
pub trait Rule: Sync {
    /// What it says of itself.
    fn about(&self) -> About;

    /// Looks at one component on one platform. Called once before the platform's configurations are known
    /// (`case.configuration` is `None`) and once for each configuration with what it would do.
    fn check(&self, case: &RuleCase<'_>, found: &mut Vec<RuleFinding>);

    /// Its number.
    fn id(&self) -> RuleId {
        self.about().id
    }

    /// Its page: the comment at the head of its file.
    fn page(&self) -> String {
        head_comment(self.about().file)
    }

    /// A finding of this rule.
    fn found(&self, effect: Effect, text: String) -> RuleFinding {
        RuleFinding { rule: self.id(), effect, text, span: None, hint: None }
    }
}

impl RuleFinding {
    /// With the place of the fact behind it.
    #[must_use]
    pub fn at(mut self, span: Option<Span>) -> Self {
        self.span = span;
        self
    }
    /// With what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
    /// As a reason of the decision.
    pub fn reason(&self) -> model::Reason {
        model::Reason { rule: Some(self.rule.0), text: self.text.clone(), span: self.span }
    }
}

/// The rule with this number, upper or lower case.
pub fn by_id(id: &str) -> Option<&'static dyn Rule> {
    ALL.iter().copied().find(|rule| rule.id().0.eq_ignore_ascii_case(id))
}

/// Runs every rule on one case.
pub fn check_all(case: &RuleCase<'_>) -> Vec<RuleFinding> {
    let mut found = Vec::new();
    for rule in ALL {
        rule.check(case, &mut found);
    }
    found
}

/// The `//!` lines at the head of a file, without their marks.
fn head_comment(file: &str) -> String {
    let lines = file.lines().map_while(|line| line.strip_prefix("//!"));
    let lines: Vec<&str> = lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
    lines.join("\n")
}

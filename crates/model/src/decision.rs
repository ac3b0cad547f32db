//! The answer as a value: what `decide` makes and `report` prints.

use std::fmt;

use source::{Finding, Span};
use units::{Date, Duration, Money, Share};

use crate::evidence::{Charts, LatencySummary};
use crate::fact::OriginKind;
use crate::invoice::Invoice;
use crate::settings::Settings;

/// A platform's id: provider or family, a slash, a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlatformId(pub &'static str);

impl fmt::Display for PlatformId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

/// The answer in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Everything that runs code runs on functions or serverless containers.
    Serverless,
    /// On a Kubernetes cluster.
    Kubernetes,
    /// On plain servers.
    Servers,
    /// On more than one of them.
    Hybrid,
}

impl Verdict {
    /// As printed: `Hybrid`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Serverless => "Serverless",
            Self::Kubernetes => "Kubernetes",
            Self::Servers => "Servers",
            Self::Hybrid => "Hybrid",
        }
    }
}

/// A monthly cost with the range it probably lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CostRange {
    /// What we expect.
    pub expected: Money,
    /// The low end.
    pub low: Money,
    /// The high end.
    pub high: Money,
}

/// Why something was chosen, refused or beaten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The rule, if one decided: `CR021`.
    pub rule: Option<&'static str>,
    /// In words, a phrase without a full stop.
    pub text: String,
    /// Where the fact behind it stands.
    pub span: Option<Span>,
}

impl Reason {
    /// A reason without a rule.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { rule: None, text: text.into(), span: None }
    }
}

/// Machines of one type: nodes of a cluster, or servers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachinePool {
    /// Their type as the provider names it: `t4g.xlarge`.
    pub instance: String,
    /// How many there are at the least.
    pub min: u32,
    /// How many there are at the most.
    pub max: u32,
    /// Which of its platform's pools it is, from 0: components of one pool share its machines.
    pub pool: u32,
}

/// Where one component goes.
#[derive(Debug, Clone, PartialEq)]
pub struct Placement {
    /// The component's id.
    pub component: String,
    /// Where.
    pub platform: PlatformId,
    /// Provider and region.
    pub region: String,
    /// How configured, for a table cell: `512 MB arm, HTTP API`.
    pub config: String,
    /// How configured, as values: what carries the plan out reads these.
    pub configured: Settings,
    /// The machines that it shares with others of its platform; `None` where it has none that anybody chooses.
    pub machines: Option<MachinePool>,
    /// Copies at work at the most in the replay; `None` where nothing was replayed.
    pub copies_most: Option<u32>,
    /// The same, setting by setting, for people.
    pub settings: Vec<(String, String)>,
    /// What it costs a month, with its share of what is shared.
    pub cost_month: Money,
    /// Simulated latency; `None` where nothing was simulated (a managed database, say).
    pub latency: Option<LatencySummary>,
    /// Share of requests that met a cold start; `None` where there is no such thing.
    pub cold_fraction: Option<Share>,
    /// The one reason that decided.
    pub decided_by: Reason,
    /// All reasons.
    pub reasons: Vec<Reason>,
}

impl Placement {
    /// What decided and then every other reason, each once.
    pub fn why(&self) -> Vec<&Reason> {
        let mut all = vec![&self.decided_by];
        for reason in &self.reasons {
            if !all.contains(&reason) {
                all.push(reason);
            }
        }
        all
    }
}

/// One way to place the whole app: `all Lambda`, `all Kubernetes`, `servers only`, the choice itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Considered {
    /// Its name.
    pub name: String,
    /// Whether it is the answer.
    pub chosen: Chosen,
    /// What it costs a month; `None` if it cannot be done.
    pub cost_month: Option<Money>,
    /// Share of operating hours it takes, if a team is declared.
    pub operating_hours: Option<f64>,
    /// What it costs a month more than the best, on average within the ranges of the inputs; `None` if it never holds.
    pub regret_month: Option<Money>,
    /// The slowest component's p99, if simulated.
    pub p99: Option<Duration>,
    /// Component by component, `component → platform · configuration`.
    pub placement: Vec<(String, String)>,
    /// Why it is impossible, or where its money goes.
    pub why_not: Vec<Reason>,
}

/// What became of an alternative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Chosen {
    /// It is the answer.
    Yes,
    /// It works and costs more (or is slower).
    Beaten,
    /// It cannot be done.
    Impossible,
}

/// One option of one component that was tried.
#[derive(Debug, Clone, PartialEq)]
pub struct OptionTried {
    /// The component.
    pub component: String,
    /// Where.
    pub platform: PlatformId,
    /// How.
    pub config: String,
    /// What became of it.
    pub outcome: Chosen,
    /// What it would cost a month standing alone; `None` if refused before it was priced.
    pub cost_month: Option<Money>,
    /// Simulated latency.
    pub latency: Option<LatencySummary>,
    /// Share of cold requests.
    pub cold_fraction: Option<Share>,
    /// Why not; empty if chosen.
    pub why_not: Vec<Reason>,
}

/// What a flip point moves along.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FlipVariable {
    /// A factor of today's traffic.
    Traffic,
    /// A factor of one price.
    Price,
    /// A latency limit.
    Slo,
    /// CPU time of a request.
    CpuTime,
    /// CPU time and waiting of a request together.
    Duration,
    /// What a request waits for.
    WaitTime,
    /// Memory of an instance.
    Memory,
    /// Size of the archive or image.
    PackageSize,
}

/// A change of the world at which the answer changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Flip {
    /// The component, or `None` for the whole app.
    pub scope: Option<String>,
    /// What moves.
    pub variable: FlipVariable,
    /// At which factor of today's value.
    pub factor: f64,
    /// The same in the variable's own words: `31 M requests a month`.
    pub at: String,
    /// The band it lies in, as factors.
    pub band: Option<(f64, f64)>,
    /// The answer below.
    pub from: String,
    /// The answer above.
    pub to: String,
}

impl Flip {
    /// Ends the name of a placement that is only compared with another one, while the answer is neither.
    pub const ONE_WAY: &str = ", if all goes one way";

    /// Whether the answer changes there, and not only which of two others is the cheaper one.
    pub fn is_of_the_answer(&self) -> bool {
        !self.from.ends_with(Self::ONE_WAY) && !self.to.ends_with(Self::ONE_WAY)
    }
}

/// For how long the answer stays the cheapest as loads grow, within the ranges of growth and of all other inputs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outlook {
    /// Months ahead that were looked at.
    pub months: u32,
    /// How likely it is the cheapest that keeps its promises in the last of them.
    pub cheapest: Share,
    /// Where it is today and no longer then: the months between which it mostly ceases to be (eight cases in ten).
    pub ends: Option<(u32, u32)>,
}

/// A value that nobody declared or measured and that the answer rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Assumption {
    /// What it is about: `api.duration`.
    pub subject: String,
    /// The value used.
    pub value: String,
    /// Assumed, or a platform's default.
    pub origin: OriginKind,
    /// What another value would do: `all CPU instead: $3 more, the answer stays`.
    pub effect: String,
    /// How far another value moves the monthly cost; the list is sorted by it.
    pub cost_swing: Option<Money>,
    /// Whether another value would change the answer.
    pub changes_answer: bool,
    /// Whether it hardly moves anything: told only where everything is.
    pub slight: bool,
    /// How to replace it.
    pub remedy: String,
    /// Where it stands or would stand.
    pub span: Option<Span>,
}

/// A value that is worth measuring.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    /// What it is: `api.duration`.
    pub subject: String,
    /// How sure the answer would be with it, as `Decision::confidence` is today.
    pub confidence: Share,
    /// How to get it.
    pub remedy: String,
}

/// Something an estimate leaves out (see `Assume`), and what it would add.
#[derive(Debug, Clone, PartialEq)]
pub struct LeftOut {
    /// What: `front door`, `second zone`, `node disks`.
    pub item: String,
    /// What it adds a month to each way of placing the app, `all Lambda` first.
    pub adds: Vec<(String, Money)>,
    /// Where the two cheapest cross with it, in words: `34 M requests a month`.
    pub break_even: Option<String>,
    /// A remark, if it needs one.
    pub note: String,
}

/// Operating hours, kept apart from the bill.
#[derive(Debug, Clone, PartialEq)]
pub struct OperatingCost {
    /// For which alternative.
    pub name: String,
    /// Hours a month.
    pub hours: f64,
    /// At the declared hourly rate.
    pub cost_month: Money,
    /// Where the hours come from.
    pub basis: String,
}

/// Every request of one component: arrivals = served + rejected + in flight at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accounting {
    /// The component.
    pub component: String,
    /// Requests that came.
    pub arrivals: u64,
    /// Requests that were answered.
    pub served: u64,
    /// Requests that were turned away.
    pub rejected: u64,
    /// Requests still in service when the replay ended.
    pub in_flight: u64,
    /// What was replayed: `14 days of access.log`, `one day of 30.4`.
    pub replayed: String,
}

/// An input file and its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputFile {
    /// The path as given.
    pub path: String,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
}

/// What the answer was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// Name and version of this program.
    pub tool: String,
    /// The seed.
    pub seed: u64,
    /// Prices in force on this day.
    pub as_of: Date,
    /// Youngest observation in the catalogue.
    pub prices_observed: Date,
    /// SHA-256 of the catalogue.
    pub catalog_sha256: String,
    /// The inputs.
    pub inputs: Vec<InputFile>,
    /// Requests simulated in all.
    pub simulated_requests: u64,
    /// Whether every request of the month was simulated.
    pub exact: bool,
}

/// What the plan was made for, in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppSummary {
    /// The app's name.
    pub name: String,
    /// Provider and region.
    pub region: String,
    /// How many components.
    pub components: usize,
    /// Requests a month over all components that clients reach.
    pub requests_month: u64,
    /// What the traffic rests on: `access.log: 14 days, 1.6 M lines, 12 skipped`.
    pub traffic: String,
}

/// One of several regions that were compared.
#[derive(Debug, Clone, PartialEq)]
pub struct RegionTried {
    /// Provider and region.
    pub region: String,
    /// Whether the answer stands there.
    pub chosen: Chosen,
    /// What the cheapest placement there costs a month; `None` if there is none.
    pub cost_month: Option<Money>,
    /// Whether it was simulated, or only estimated by closed form.
    pub simulated: bool,
    /// Where the components would go: `Cloud Run × 2, Cloud SQL for PostgreSQL; cache self-run`.
    pub placement: String,
    /// Why it cannot be done there.
    pub why_not: Vec<Reason>,
}

/// The whole answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// What it was made for.
    pub app: AppSummary,
    /// The answer; `None` if no placement is feasible.
    pub verdict: Option<Verdict>,
    /// The answer in a phrase: `Lambda for api and thumb, one small server for chat, RDS for db`.
    pub headline: String,
    /// What it costs a month, without operating hours; `None` if nothing is feasible.
    pub cost_month: Option<CostRange>,
    /// How likely the choice stays the cheapest within the ranges of its inputs.
    pub confidence: Option<Share>,
    /// How likely it keeps its promises within these ranges.
    pub holds: Option<Share>,
    /// The one value that would make the answer surer than any other if it were measured, if any would.
    pub measure_first: Option<Measurement>,
    /// For how long it stays the cheapest, where a load is declared to grow.
    pub outlook: Option<Outlook>,
    /// What the account's unused free tier would take off, if it is not already taken off.
    pub free_tier_would_save: Option<Money>,
    /// For an existing cluster: what the Kubernetes side adds at the margin, beside its full cost.
    pub marginal_cost_month: Option<Money>,
    /// One per component, sorted by id.
    pub placements: Vec<Placement>,
    /// Whole-app alternatives, the answer first.
    pub considered: Vec<Considered>,
    /// The regions that were compared, the cheapest first; empty where there was one.
    pub regions: Vec<RegionTried>,
    /// Every option of every component.
    pub options: Vec<OptionTried>,
    /// Bills of the chosen placement.
    pub invoices: Vec<Invoice>,
    /// When the answer changes.
    pub flips: Vec<Flip>,
    /// What rests on a guess, what matters most first.
    pub assumptions: Vec<Assumption>,
    /// What the estimate leaves out.
    pub left_out: Vec<LeftOut>,
    /// Operating hours by alternative.
    pub operating: Vec<OperatingCost>,
    /// Every request accounted for.
    pub accounting: Vec<Accounting>,
    /// What the charts draw.
    pub charts: Charts,
    /// What the readers and rules found.
    pub findings: Vec<Finding>,
    /// What it was made from.
    pub provenance: Provenance,
}

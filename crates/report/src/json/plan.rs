//! The shape of `crossover.plan/v1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::sizes::{Machines, Sizes};

/// An amount in US dollars as an exact decimal with at least two digits behind the point: "8.10".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Dollars(#[schemars(regex(pattern = r"^-?[0-9]+\.[0-9]{2,12}$"))] pub String);

/// A day: "2026-11-03".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Day(#[schemars(regex(pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))] pub String);

/// A plan of crossover: where each component of an application goes, what it costs, how it performs, why, and
/// when the answer changes.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Plan {
    /// Always "crossover.plan/v1".
    #[schemars(regex(pattern = r"^crossover\.plan/v1$"))]
    pub schema: String,
    /// What the plan was made for.
    pub app: App,
    /// The answer.
    pub answer: Answer,
    /// Whole-app alternatives, the answer first.
    pub considered: Vec<Considered>,
    /// The regions that were compared, the cheapest first; empty where there was one.
    pub regions: Vec<Region>,
    /// Every option of every component.
    pub options: Vec<Tried>,
    /// Bills of the chosen placement, one a platform.
    pub invoices: Vec<Invoice>,
    /// Changes at which the answer changes.
    pub flips: Vec<Flip>,
    /// Values that nobody declared or measured, what matters most first.
    pub assumptions: Vec<Assumption>,
    /// What the cost leaves out.
    pub left_out: Vec<LeftOut>,
    /// Operating hours by alternative, never part of any cost above.
    pub operating: Vec<Operating>,
    /// Every request of each component: arrivals = served + rejected + in_flight.
    pub accounting: Vec<Accounting>,
    /// The curves that the HTML report draws.
    pub charts: Charts,
    /// What the readers and rules found.
    pub findings: Vec<Finding>,
    /// What the answer was made from.
    pub provenance: Provenance,
}

/// What the plan was made for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct App {
    /// The app's name.
    pub name: String,
    /// Provider and region.
    pub region: String,
    /// How many components it has.
    pub components: usize,
    /// Requests a month over all components that clients reach.
    pub requests_month: u64,
    /// What the traffic rests on.
    pub traffic: String,
}

/// The answer in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Functions or serverless containers.
    Serverless,
    /// A Kubernetes cluster.
    Kubernetes,
    /// Plain servers.
    Servers,
    /// More than one of them.
    Hybrid,
}

/// For how long the answer stays the cheapest as loads grow.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Outlook {
    /// Months ahead that were looked at.
    pub months: u32,
    /// The probability, from 0 to 1, that it is the cheapest that keeps its promises in the last of them.
    pub cheapest: f64,
    /// Where it is today and is not then: the months ahead between which it ceases to be in eight cases of ten.
    pub ends: Option<Months>,
}

/// Months ahead.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Months {
    /// The first.
    pub from: u32,
    /// The last.
    pub to: u32,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Answer {
    /// In a word; null if no placement is feasible.
    pub verdict: Option<Verdict>,
    /// In a phrase.
    pub headline: String,
    /// What it costs a month; null if no placement is feasible.
    pub cost_month: Option<CostRange>,
    /// The probability, from 0 to 1, that it stays the cheapest within the ranges of its inputs.
    pub confidence: Option<f64>,
    /// The probability, from 0 to 1, that it keeps its promises within these ranges.
    pub holds: Option<f64>,
    /// The value that would make the answer surest if it were measured; null if none would by much.
    pub measure_first: Option<Measurement>,
    /// For how long it stays the cheapest; null where no load is declared to grow.
    pub outlook: Option<Outlook>,
    /// What an unused free tier would take off.
    pub free_tier_would_save: Option<Dollars>,
    /// What the Kubernetes side adds on an existing cluster.
    pub marginal_cost_month: Option<Dollars>,
    /// One a component, sorted by its name.
    pub placements: Vec<Placement>,
}

/// A value that is worth measuring.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Measurement {
    /// What it is, such as "api.duration".
    pub subject: String,
    /// How sure the answer would be with it, from 0 to 1.
    pub confidence: f64,
    /// How to get it.
    pub remedy: String,
}

/// A monthly cost with the range that it probably lies in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CostRange {
    /// What we expect.
    pub expected: Dollars,
    /// The low end.
    pub low: Dollars,
    /// The high end.
    pub high: Dollars,
}

/// Percentiles of latency in milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct LatencyMs {
    /// Median.
    pub p50: f64,
    /// 95th percentile.
    pub p95: f64,
    /// 99th percentile.
    pub p99: f64,
}

/// Why something was chosen, refused or beaten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Reason {
    /// The rule that decided, such as "CR021".
    pub rule: Option<String>,
    /// In words.
    pub text: String,
    /// Where the fact behind it stands, as path:line.
    pub place: Option<String>,
}

/// A setting and its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Setting {
    /// Which.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// Where one component goes.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Placement {
    /// The component.
    pub component: String,
    /// The platform's id: "aws/lambda".
    pub platform: String,
    /// Provider and region.
    pub region: String,
    /// How configured, in a phrase.
    pub config: String,
    /// The same, setting by setting.
    pub settings: Vec<Setting>,
    /// The same as numbers and names, from which `crossover emit --placement` deploys.
    pub sizes: Sizes,
    /// The machines that it shares with others of its platform; null where it has none that anybody chooses.
    pub machines: Option<Machines>,
    /// Copies at work at the most in the replay; null where nothing was replayed.
    pub copies_most: Option<u32>,
    /// What it costs a month, with its share of what is shared.
    pub cost_month: Dollars,
    /// Simulated latency; null where nothing was simulated.
    pub latency_ms: Option<LatencyMs>,
    /// Share of requests, from 0 to 1, that met a cold start; null where there is no such thing.
    pub cold_fraction: Option<f64>,
    /// The one reason that decided.
    pub decided_by: Reason,
    /// All reasons.
    pub reasons: Vec<Reason>,
}

/// What became of an alternative or an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It is the answer.
    Chosen,
    /// It works and lost.
    Beaten,
    /// It cannot be done.
    Impossible,
}

/// A component and where an alternative puts it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Place {
    /// The component.
    pub component: String,
    /// Platform and configuration.
    pub r#where: String,
}

/// One way to place the whole app.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Considered {
    /// Its name.
    pub name: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Whether it can be done.
    pub feasible: bool,
    /// What it costs a month; null if it cannot be done.
    pub cost_month: Option<Dollars>,
    /// Operating hours a month, if a team is declared.
    pub operating_hours: Option<f64>,
    /// What it costs a month more than the best, on average within the ranges of the inputs; null if it never holds.
    pub regret_month: Option<Dollars>,
    /// The slowest component's 99th percentile in milliseconds.
    pub p99_ms: Option<f64>,
    /// Component by component.
    pub placement: Vec<Place>,
    /// Why it is not the answer.
    pub why_not: Vec<Reason>,
}

/// One of several regions that were compared.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Region {
    /// Provider and region.
    pub region: String,
    /// What became of it.
    pub outcome: Outcome,
    /// What the cheapest placement there costs a month; null if there is none.
    pub cost_month: Option<Dollars>,
    /// Whether it was simulated, or only estimated by closed form.
    pub simulated: bool,
    /// Where the components would go, in a phrase.
    pub placement: String,
    /// Why it cannot be done there.
    pub why_not: Vec<Reason>,
}

/// One option of one component that was tried.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Tried {
    /// The component.
    pub component: String,
    /// The platform's id.
    pub platform: String,
    /// How configured.
    pub config: String,
    /// What became of it.
    pub outcome: Outcome,
    /// What it would cost a month standing alone; null if it was refused before it was priced.
    pub cost_month: Option<Dollars>,
    /// Simulated latency.
    pub latency_ms: Option<LatencyMs>,
    /// Share of requests, from 0 to 1, that met a cold start.
    pub cold_fraction: Option<f64>,
    /// Why it is not the answer.
    pub why_not: Vec<Reason>,
}

/// The monthly bill of one platform.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Invoice {
    /// The platform's id.
    pub platform: String,
    /// The sum of its lines.
    pub total: Dollars,
    /// Its lines.
    pub lines: Vec<InvoiceLine>,
}

/// One line of a bill.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct InvoiceLine {
    /// What is billed.
    pub item: String,
    /// The component it is for; null if several share it.
    pub component: Option<String>,
    /// How much a month, in units.
    pub quantity: f64,
    /// Of what.
    pub unit: String,
    /// List price of one unit.
    pub unit_price: Dollars,
    /// What it costs a month.
    pub amount: Dollars,
    /// Where the price comes from.
    pub source: String,
    /// When the price was observed.
    pub date: Option<Day>,
}

/// What a flip moves along.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FlipVariable {
    /// Today's traffic.
    Traffic,
    /// One price.
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

/// A change at which the answer changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Flip {
    /// The component; null for the whole app.
    pub scope: Option<String>,
    /// What moves.
    pub variable: FlipVariable,
    /// At which factor of today's value.
    pub factor: f64,
    /// The same in words.
    pub at: String,
    /// The low end of the band it lies in, as a factor.
    pub factor_low: Option<f64>,
    /// The high end of the band.
    pub factor_high: Option<f64>,
    /// The answer below.
    pub from: String,
    /// The answer above.
    pub to: String,
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The team wrote it down.
    Declared,
    /// It was measured.
    Measured,
    /// The platform uses it unless told otherwise.
    PlatformDefault,
    /// It had to be assumed.
    Assumed,
}

/// A value that the answer rests on and that nobody declared or measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Assumption {
    /// What it is about: "api.duration".
    pub subject: String,
    /// The value used.
    pub value: String,
    /// Where it comes from.
    pub origin: Origin,
    /// What another value would do.
    pub effect: String,
    /// How far another value moves the monthly cost.
    pub cost_swing: Option<Dollars>,
    /// Whether another value would change the answer.
    pub changes_answer: bool,
    /// How to replace it.
    pub remedy: String,
    /// Where it stands, as path:line.
    pub place: Option<String>,
}

/// Something that the cost leaves out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LeftOut {
    /// What.
    pub item: String,
    /// What it adds a month to each alternative.
    pub adds: Vec<Added>,
    /// Where the two cheapest cross with it, in words.
    pub break_even: Option<String>,
    /// A remark; may be empty.
    pub note: String,
}

/// An alternative and what is added to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Added {
    /// The alternative.
    pub name: String,
    /// How much a month.
    pub cost_month: Dollars,
}

/// Operating hours of one alternative.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Operating {
    /// The alternative.
    pub name: String,
    /// Hours a month.
    pub hours: f64,
    /// At the declared rate.
    pub cost_month: Dollars,
    /// Where the hours come from.
    pub basis: String,
}

/// Every request of one component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
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
    /// What was replayed.
    pub replayed: String,
}

/// The curves that the HTML report draws.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Charts {
    /// Monthly cost against traffic.
    pub cost: Vec<CostCurve>,
    /// Latency distributions.
    pub latency: Vec<LatencyCurve>,
    /// A day of each component.
    pub day: Vec<DaySeries>,
    /// Declared latency limits.
    pub slo: Vec<SloLine>,
}

/// Monthly cost of one alternative against traffic.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CostCurve {
    /// The alternative.
    pub name: String,
    /// Its points, traffic ascending; a gap is where it is not feasible.
    pub points: Vec<CostPoint>,
}

/// A cost at a factor of today's traffic.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CostPoint {
    /// Factor of today's traffic.
    pub factor: f64,
    /// Cost a month.
    pub cost_month: Dollars,
}

/// A latency distribution.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct LatencyCurve {
    /// The component.
    pub component: String,
    /// Platform and configuration.
    pub name: String,
    /// Its points, ascending.
    pub points: Vec<LatencyPoint>,
}

/// The share of requests at or below a latency.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct LatencyPoint {
    /// The latency in milliseconds.
    pub latency_ms: f64,
    /// The share, from 0 to 1.
    pub share: f64,
}

/// A day of one component in equal steps.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct DaySeries {
    /// The component.
    pub component: String,
    /// Platform and configuration.
    pub name: String,
    /// Length of a step in milliseconds.
    pub step_ms: f64,
    /// Requests that arrived in each step.
    pub requests: Vec<u64>,
    /// Instances at the end of each step.
    pub instances: Vec<u32>,
    /// Cold starts in each step.
    pub cold_starts: Vec<u64>,
}

/// A declared latency limit.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SloLine {
    /// The component.
    pub component: String,
    /// Share of requests, from 0 to 1, that must keep the limit.
    pub share: f64,
    /// The limit in milliseconds.
    pub limit_ms: f64,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Something to know.
    Note,
    /// Something is probably wrong.
    Warning,
    /// Something is wrong, and the part it stands in was left out.
    Error,
}

/// One thing to tell: what, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Finding {
    /// Its stable id.
    pub id: String,
    /// How bad it is.
    pub severity: Severity,
    /// What is the matter.
    pub message: String,
    /// Where; the first is the main place.
    pub labels: Vec<Label>,
    /// What to do about it.
    pub hint: Option<String>,
}

/// A marked place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Label {
    /// The file.
    pub path: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// A word about it; may be empty.
    pub text: String,
}

/// What the answer was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Provenance {
    /// Name and version of the program.
    pub tool: String,
    /// The seed of all randomness.
    pub seed: u64,
    /// Prices in force on this day were used.
    pub as_of: Day,
    /// The youngest observation of a price.
    pub prices_observed: Day,
    /// SHA-256 of the catalogue in hexadecimal.
    pub catalog_sha256: String,
    /// The input files.
    pub inputs: Vec<InputFile>,
    /// Requests simulated in all.
    pub simulated_requests: u64,
    /// Whether every request of the month was simulated.
    pub exact: bool,
}

/// An input file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct InputFile {
    /// Its path as given.
    pub path: String,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
}

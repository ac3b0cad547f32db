//! The rows of the catalogue.

use units::{Bytes, Date, Duration, Millicores, Price, Share};

/// One price: one tier of one dimension of one service in one region, in force from one day to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceRow {
    /// `aws/lambda`, `aws/ec2`, `aws/data-transfer`.
    pub service: String,
    /// `us-east-1`, or `account` for allowances that all regions share.
    pub region: String,
    /// `requests`, `duration_arm`, `hour`.
    pub dimension: String,
    /// What one unit is: `request`, `GB-s`, `hour`, `GB`.
    pub unit: String,
    /// The list price of one unit; for an allowance, zero.
    pub price: Price,
    /// First unit of the month that this tier covers.
    pub tier_from: u128,
    /// First unit that it no longer covers; `None` is infinity.
    pub tier_to: Option<u128>,
    /// First day in force; `None` is as far back as anybody cares.
    pub effective_from: Option<Date>,
    /// First day no longer in force; `None` is today and on.
    pub effective_to: Option<Date>,
    /// When it was observed; `None` if the source had no date.
    pub observed: Option<Date>,
    /// Key into the catalogue's sources.
    pub source: String,
    /// A remark.
    pub note: String,
    /// Whether it rests on memory or on a derivation rather than on a provider's own text.
    pub doubtful: bool,
}

/// Interruptible capacity of a virtual machine type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// Price an hour: listed, or the on-demand price less the saving that the provider's advisor names.
    pub hour: Price,
    /// How often it is interrupted in a month, as the advisor's band (`<5%`); `None` if nobody says.
    pub interruption: Option<String>,
}

/// A virtual machine type with its price in one region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceType {
    /// `m7g.large`.
    pub name: String,
    /// `m7g`.
    pub family: String,
    /// Virtual CPUs.
    pub cpu: Millicores,
    /// Memory.
    pub memory: Bytes,
    /// Whether it is Arm.
    pub arm: bool,
    /// On-demand price an hour, less what a commitment takes off.
    pub hour: Price,
    /// The same without commitments: fees that are a share of the on-demand price go by it.
    pub list_hour: Price,
    /// Sustained CPU of a burstable type as a share of all its vCPUs, in per mille; 1000 for the others.
    pub baseline_per_mille: u32,
    /// The most that an hourly price sums up to in a month, where the provider caps it.
    pub month_cap: Option<Price>,
    /// Pods an EKS node of this type holds by its network interfaces; `None` if the table lacks it.
    pub max_pods: Option<u32>,
    /// Interruptible capacity of this type, if its price is known.
    pub spot: Option<Spot>,
    /// When the price was observed.
    pub observed: Option<Date>,
    /// Key into the catalogue's sources.
    pub source: String,
    /// Whether the price was derived from its family's regional ratio rather than listed.
    pub derived: bool,
}

/// The value of a quota or behaviour.
#[derive(Debug, Clone, PartialEq)]
pub enum LimitValue {
    /// One number in the row's unit.
    Number(f64),
    /// A range.
    Range(f64, f64),
    /// Yes or no.
    Flag(bool),
    /// A sentence, where the rule is not one number.
    Text(String),
}

impl std::fmt::Display for LimitValue {
    /// As `limits.csv` has it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Range(low, high) => write!(f, "{low}..{high}"),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// A quota, default or observed behaviour of a platform.
#[derive(Debug, Clone, PartialEq)]
pub struct Limit {
    /// `aws-lambda`.
    pub platform: String,
    /// `timeout.max`.
    pub id: String,
    /// The value.
    pub value: LimitValue,
    /// Its unit.
    pub unit: String,
    /// `hard`, `adjustable`, `soft`, `default` or `behaviour`.
    pub kind: String,
    /// Where it comes from.
    pub source: String,
    /// When it was observed.
    pub observed: Option<Date>,
    /// First day in force; `None` is as far back as anybody cares.
    pub effective_from: Option<Date>,
    /// First day no longer in force; `None` is today and on.
    pub effective_to: Option<Date>,
    /// Whether it was written from memory.
    pub doubtful: bool,
    /// A remark.
    pub note: String,
}

impl Limit {
    /// The value as one number: the number itself, or the upper end of a range.
    pub fn number(&self) -> Option<f64> {
        match self.value {
            LimitValue::Number(value) | LimitValue::Range(_, value) => Some(value),
            LimitValue::Flag(_) | LimitValue::Text(_) => None,
        }
    }
    /// Whether a flag is set; `None` if the row is not a flag.
    pub fn flag(&self) -> Option<bool> {
        match self.value {
            LimitValue::Flag(value) => Some(value),
            _ => None,
        }
    }
    /// `aws-lambda/timeout.max`, as reports name the row.
    pub fn row(&self) -> String {
        format!("{}/{}", self.platform, self.id)
    }
}

/// A measured cold start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColdStart {
    /// `nodejs24.x`, as the table names it.
    pub runtime: String,
    /// Initialisation: median.
    pub init_p50: Duration,
    /// 95th percentile.
    pub init_p95: Duration,
    /// 99th percentile.
    pub init_p99: Duration,
    /// Mean extra time of the first call at 1,024 MB; it grows as CPU shrinks.
    pub first_call: Duration,
    /// Where it comes from, with its date and sample size.
    pub source: String,
}

/// One size of a managed service: `db.t4g.medium`, `cache.m7g.large`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Size {
    /// `aws/rds`, `aws/elasticache`.
    pub service: String,
    /// The size as the provider names it.
    pub name: String,
    /// Virtual CPUs.
    pub cpu: Millicores,
    /// Memory; what a cache can hold, where the provider states that instead.
    pub memory: Bytes,
    /// Key into the catalogue's sources.
    pub source: String,
}

/// How likely an instance is gone after it stood idle for a while.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IdleLifetime {
    /// Time since the last request.
    pub idle: Duration,
    /// Share of instances that are gone.
    pub gone: Share,
}

//! What a platform refuses, with the catalogue row behind each number.

use std::collections::BTreeMap;

use catalog::{LimitValue, Missing};
use model::Need;
use units::{Bytes, Date, Duration, Millicores};

use crate::case::Site;

/// A limit and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limited<T> {
    /// The limit.
    pub value: T,
    /// The catalogue row: `aws-lambda/timeout.max`.
    pub row: String,
    /// Its source.
    pub source: String,
    /// When it was observed.
    pub observed: Option<Date>,
}

impl Limited<f64> {
    /// A number of the catalogue; of a range its upper end.
    pub(crate) fn row(site: &Site<'_>, platform: &str, id: &str) -> Result<Self, Missing> {
        let limit = site.prices.limit(platform, id)?;
        let value = match limit.value {
            LimitValue::Number(value) | LimitValue::Range(_, value) => value,
            _ => site.prices.limit_number(platform, id)?,
        };
        let (row, source) = (limit.row(), limit.source.clone());
        Ok(Self { value, row, source, observed: limit.observed })
    }

    /// The same in another unit.
    pub(crate) fn map<T>(self, f: impl FnOnce(f64) -> T) -> Limited<T> {
        let Self { value, row, source, observed } = self;
        Limited { value: f(value), row, source, observed }
    }
}

/// The limits of one platform; `None` is no limit that matters.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Limits {
    /// Longest synchronous run.
    pub run_time_max: Option<Limited<Duration>>,
    /// Longest run of an event or job.
    pub run_time_max_async: Option<Limited<Duration>>,
    /// Longest that the front door waits for an answer; the first is the one we would choose.
    pub gateway_timeout: Option<Limited<Duration>>,
    /// Longest connection (WebSocket).
    pub connection_max: Option<Limited<Duration>>,
    /// Longest idle connection.
    pub connection_idle_max: Option<Limited<Duration>>,
    /// Memory of one instance.
    pub memory_max: Option<Limited<Bytes>>,
    /// CPU of one instance.
    pub cpu_max: Option<Limited<Millicores>>,
    /// Scratch disk of one instance.
    pub scratch_max: Option<Limited<Bytes>>,
    /// Unzipped archive.
    pub zip_max: Option<Limited<Bytes>>,
    /// Image.
    pub image_max: Option<Limited<Bytes>>,
    /// Initialisation.
    pub init_max: Option<Limited<Duration>>,
    /// Request or response body.
    pub payload_max: Option<Limited<Bytes>>,
    /// Concurrent requests of the whole account.
    pub concurrency_account: Option<Limited<u64>>,
    /// Requests a second of the whole account.
    pub rate_account: Option<Limited<u64>>,
    /// New instances per ten seconds and component.
    pub scale_rate_10s: Option<Limited<u64>>,
    /// Requests one instance serves at once.
    pub requests_per_instance: Option<Limited<u32>>,
    /// Finest schedule.
    pub schedule_min: Option<Limited<Duration>>,
    /// Needs it cannot serve, with the reason in words and the catalogue row (or `memory`).
    pub refuses: BTreeMap<Need, (String, String)>,
}

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

impl Limited<Vec<Language>> {
    /// The languages of a row that lists them.
    pub(crate) fn languages(site: &Site<'_>, platform: &str, id: &str) -> Result<Self, Missing> {
        let limit = site.prices.limit(platform, id)?;
        let LimitValue::Text(text) = &limit.value else {
            return Err(Missing {
                what: format!("list of languages in limit {}", limit.row()),
                hint: "write them as `Node.js 22+, Rust`".to_owned(),
            });
        };
        let value = Language::list(text);
        Ok(Self { value, row: limit.row(), source: limit.source.clone(), observed: limit.observed })
    }
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

/// A language that a platform runs without a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Language {
    /// As people write it, with the oldest version: `Python 3.13+`.
    pub name: String,
    /// How names of its runtimes begin: `python`.
    runtime: String,
    /// The oldest version, major and minor; `None` is any.
    oldest: Option<(u32, u32)>,
}

impl Language {
    /// Of a list such as `Node.js 22+, Java 21+, Rust`.
    pub fn list(text: &str) -> Vec<Self> {
        let one = |name: &str| {
            let (language, version) = name.split_once(' ').unwrap_or((name, ""));
            let runtime = match language {
                "Node.js" | "JavaScript" | "TypeScript" => "nodejs".to_owned(),
                ".NET" => "dotnet".to_owned(),
                other => other.to_lowercase(),
            };
            Self { name: name.to_owned(), runtime, oldest: version_of(version) }
        };
        text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(one).collect()
    }

    /// Whether it is the language of a runtime such as `nodejs24.x`, in a version that is not too old; a runtime
    /// that does not say its version is not.
    pub fn runs(&self, runtime: &str) -> bool {
        let Some(version) = runtime.strip_prefix(self.runtime.as_str()) else { return false };
        // `javascript` is not a version of Java.
        let whole = !version.starts_with(|c: char| c.is_ascii_alphabetic());
        let oldest = self.oldest.unwrap_or((0, 0));
        whole && version_of(version).is_none_or(|version| version >= oldest)
    }
}

/// `3.13+` and `22.x` as major and minor.
fn version_of(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    let major = numbers.next()?.parse().ok()?;
    Some((major, numbers.next().and_then(|minor| minor.parse().ok()).unwrap_or(0)))
}

/// The limits of one platform; `None` is no limit that matters.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Limits {
    /// Longest synchronous run.
    pub run_time_max: Option<Limited<Duration>>,
    /// Longest request of a service that Knative runs.
    pub knative_request_max: Option<Limited<Duration>>,
    /// Longest run of an event or job.
    pub run_time_max_async: Option<Limited<Duration>>,
    /// Longest run of a job that is cut into steps, waits between them included; `None` where nothing carries it from
    /// one step to the next.
    pub stepped_run_max: Option<Limited<Duration>>,
    /// Languages that durable functions run without an image.
    pub durable_languages: Option<Limited<Vec<Language>>>,
    /// Longest CPU time of one run, where waiting does not count.
    pub cpu_time_max: Option<Limited<Duration>>,
    /// Languages it runs; `None` is any, since containers take all.
    pub languages: Option<Limited<Vec<Language>>>,
    /// Longest that the front door waits for an answer; the first is the one we would choose.
    pub gateway_timeout: Option<Limited<Duration>>,
    /// Longest connection (WebSocket).
    pub connection_max: Option<Limited<Duration>>,
    /// Longest session that one instance keeps in memory.
    pub session_max: Option<Limited<Duration>>,
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
    /// Why an instance is one container, where it is; `None` runs further ones beside it.
    pub one_container: Option<&'static str>,
    /// Why no container runs before the main one, where none does.
    pub no_init_containers: Option<&'static str>,
    /// Needs it cannot serve, with the reason in words and the catalogue row (or `memory`).
    pub refuses: BTreeMap<Need, (String, String)>,
}

#[cfg(test)]
mod tests {
    use super::Language;

    #[test]
    fn runtimes_are_held_against_the_oldest_version() {
        let all = Language::list("Node.js 22+, Java 21+, .NET 8+, Python 3.13+, Rust");
        let runs = |runtime: &str| all.iter().any(|language| language.runs(runtime));
        for (runtime, expected) in [
            ("nodejs22.x", true),
            ("nodejs20.x", false),
            ("python3.13", true),
            ("python3.9", false),
            ("python3.14", true),
            ("dotnet10", true),
            ("dotnet6", false),
            ("java21", true),
            ("java17", false),
            ("javascript", false),
            ("rust", true),
            ("go1.x", false),
            ("nodejs", true),
            ("", false),
        ] {
            assert_eq!(runs(runtime), expected, "{runtime}");
        }
        assert!(Language::list("").is_empty());
    }
}

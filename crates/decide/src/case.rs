//! One component on one platform, as a rule sees it.

use catalog::{Limit, LimitValue};
use model::{App, Component, Kind, Need, PlatformId};
use platforms::{Configuration, Evaluation, Family, Limits, Settings, Workflow};
use source::Span;
use traffic::Workload;
use units::{Duration, Millicores};

use crate::rules::{Effect, Rule, RuleFinding};

/// A number of the catalogue with the row it stands in. A row whose value is a sentence, such as
/// `min(memory_bytes/9531392, 5000)`, gives its first and its last number.
#[derive(Debug, Clone, PartialEq)]
pub struct Quota {
    /// The number, or the lower end of a range.
    pub low: f64,
    /// The number, or the upper end of a range.
    pub high: f64,
    /// The row: `aws-api-gateway/ws.idle`.
    pub row: String,
}

impl Quota {
    /// Of a catalogue row; `None` if there is no number in it.
    pub fn of(limit: &Limit) -> Option<Self> {
        let (low, high) = match &limit.value {
            LimitValue::Number(value) => (*value, *value),
            LimitValue::Range(low, high) => (*low, *high),
            LimitValue::Flag(_) => return None,
            LimitValue::Text(text) => {
                let mut numbers = text
                    .split(|c: char| !(c.is_ascii_digit() || c == '.'))
                    .filter_map(|part| part.parse::<f64>().ok());
                let first = numbers.next()?;
                (first, numbers.next_back().unwrap_or(first))
            }
        };
        Some(Self { low, high, row: format!("{}/{}", limit.platform, limit.id) })
    }
}

/// What a rule looks at.
pub struct RuleCase<'a> {
    /// The application.
    pub app: &'a App,
    /// The component.
    pub component: &'a Component,
    /// Its load.
    pub workload: &'a Workload,
    /// The platform.
    pub platform: PlatformId,
    /// The platform's name in prose.
    pub name: &'static str,
    /// Which of the big answers it belongs to.
    pub family: Family,
    /// What it refuses.
    pub limits: &'a Limits,
    /// How the component would be configured; `None` before configurations are known.
    pub configuration: Option<&'a Configuration>,
    /// What it would do there, by closed form or simulated; `None` before it is known.
    pub evaluation: Option<&'a Evaluation>,
    /// Whether the provider has a managed service for it, if it is a data store.
    pub managed: &'a (dyn Fn() -> bool + Sync),
    /// A number of the catalogue by platform and id; `None` where there is no such row.
    pub quota: &'a (dyn Fn(&str, &str) -> Option<Quota> + Sync),
}

impl RuleCase<'_> {
    /// Whether a client waits for each answer.
    pub fn is_waited_for(&self) -> bool {
        self.component.kind == Kind::Http
    }

    /// Whether it runs the team's code (a data store or a folder of files does not).
    pub fn runs_code(&self) -> bool {
        runs_code(self.component)
    }

    /// Whether it is placed on event functions: one request an environment, nothing between requests.
    pub fn is_function(&self) -> bool {
        self.platform.0 == "aws/lambda"
    }

    /// The longest run that must be allowed, with the place where it is declared: what is declared, or the
    /// slowest request that its work shows, on one whole vCPU.
    pub fn longest_run(&self) -> Option<(Duration, Option<Span>)> {
        let declared = self.component.run_time_max.as_ref();
        let shows = self.component.demand.slowest();
        // Of a run in steps the limit on one of its calls says nothing.
        let whole =
            |limit: &Duration| self.component.steps.is_none() || shows.is_none_or(|s| s <= *limit);
        let declared = declared.and_then(|f| Some((f.get().filter(whole)?, f.origin()?)));
        if let Some((limit, origin)) = declared {
            return Some((limit, origin.span));
        }
        let demand = &self.component.demand;
        let span = [&demand.cpu, &demand.wait]
            .iter()
            .find_map(|fact| fact.origin().and_then(|origin| origin.span));
        Some((demand.slowest()?, span))
    }

    /// What carries it from one step to the next, where it is configured to run in steps.
    pub fn workflow(&self) -> Option<Workflow> {
        match self.settings() {
            Some(Settings::Function(settings)) => settings.workflow,
            _ => None,
        }
    }

    /// Mean concurrent requests in the busiest minute, on one whole vCPU each (Little's law).
    pub fn peak_concurrency(&self) -> f64 {
        self.workload.peak_rate().hertz() * self.component.demand.mean().secs_f64()
    }

    /// Mean concurrent requests over the month.
    pub fn mean_concurrency(&self) -> f64 {
        self.workload.mean_rate().hertz() * self.component.demand.mean().secs_f64()
    }

    /// CPU that one instance asks for, where the team says so.
    pub fn cpu_request(&self) -> Option<(Millicores, Option<Span>)> {
        let fact = self.component.cpu_request.as_ref()?;
        Some((fact.get()?, fact.origin().and_then(|origin| origin.span)))
    }

    /// Excludes the platform if it refuses `need`.
    pub fn exclude_if_refused(&self, rule: &dyn Rule, need: Need, found: &mut Vec<RuleFinding>) {
        let Some((why, _)) = self.limits.refuses.get(&need) else { return };
        if self.component.needs.has(need) {
            let finding = RuleFinding {
                rule: rule.id(),
                effect: Effect::Excludes,
                text: why.clone(),
                span: self.component.needs.span(need),
                hint: None,
            };
            found.push(finding);
        }
    }

    /// The settings, if they are known.
    pub fn settings(&self) -> Option<&Settings> {
        self.configuration.map(|configuration| &configuration.settings)
    }
}

/// Whether a component runs the team's code (a data store or a folder of files does not).
pub fn runs_code(component: &Component) -> bool {
    !matches!(component.kind, Kind::Stateful | Kind::Static)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quota(value: LimitValue) -> Option<(f64, f64)> {
        let limit = Limit {
            platform: "aws-rds-postgres".to_owned(),
            id: "max_connections".to_owned(),
            value,
            unit: String::new(),
            kind: String::new(),
            effective_from: None,
            effective_to: None,
            source: String::new(),
            observed: None,
            doubtful: false,
            note: String::new(),
        };
        Quota::of(&limit).map(|quota| (quota.low, quota.high))
    }

    #[test]
    fn numbers_are_found_in_every_kind_of_row() {
        assert_eq!(quota(LimitValue::Number(900.0)), Some((900.0, 900.0)));
        assert_eq!(quota(LimitValue::Range(128.0, 10_240.0)), Some((128.0, 10_240.0)));
        let formula = LimitValue::Text("min(memory_bytes/9531392, 5000)".to_owned());
        assert_eq!(quota(formula), Some((9_531_392.0, 5000.0)));
        assert_eq!(quota(LimitValue::Text("x86_64 only".to_owned())), Some((86.0, 64.0)));
        assert_eq!(quota(LimitValue::Text("no number".to_owned())), None);
        assert_eq!(quota(LimitValue::Flag(true)), None);
    }
}

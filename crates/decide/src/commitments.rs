//! What a compute savings plan of AWS would take off the chosen placement, hour by hour; Google's commitment stands in
//! [`google`].
//!
//! The plan is a sum that is paid each hour, used or not. Usage at the plan's rates is held against it hour by hour, what
//! saves the larger share first, and what is beyond it is billed on demand (AWS, "Understanding how Savings Plans apply
//! to your AWS usage"). The sum that costs least over the load's cycle is proposed. Rates are catalogue rows; services
//! without rows of a region stay on demand, EC2's among them.

mod google;

use catalog::{Missing, Prices};
use model::MachinePool;
use platforms::billing::HOURS;
use platforms::{Configuration, Settings, Usage};
use source::Finding;
use traffic::Workload;
use units::{Duration, Money, Quantity};

use crate::books::Books;
use crate::search::Found;
use crate::words;

/// Hours of a cycle that are looked at, at most: five weeks.
const HOURS_MAX: usize = 35 * 24;
/// Hourly sums that are tried, at most, evenly among those at which an hour is covered in full.
const SUMS_MAX: usize = 64;
/// Below this saving a month nothing is said.
const WORTH_SAYING: Money = Money::from_cents(100);
/// MB·ms of a GB-second.
const GB_SECOND: u128 = 1024 * 1000;
/// Terms in months, with the dimensions of their rates: of a function's GB-second, and what stands behind `vcpu_` and
/// `memory_` of a task.
const TERMS: [(u32, &str, &str); 2] =
    [(12, "no_upfront", "1y_no_upfront"), (36, "no_upfront", "3y_no_upfront")];

/// One component's hours: what each costs on demand and at the plan's rates.
struct Hours {
    list: Vec<Money>,
    plan: Vec<Money>,
}

/// A plan that is worth having.
#[derive(Debug, PartialEq, Eq)]
struct Offer {
    hourly: Money,
    saving_month: Money,
}

/// A note for each term that saves something; `machines` are those of each component.
pub(crate) fn notes(
    books: &Books<'_>,
    found: &Found,
    machines: &[Option<MachinePool>],
) -> Vec<Finding> {
    let world = books.world;
    let mut notes = Vec::new();
    for (months, function, task) in TERMS {
        let picks = found.options.iter().enumerate();
        let hours: Vec<Hours> = picks
            .filter_map(|(at, &option)| {
                let candidate = books.candidate((at as u16, option));
                let jobs = world.component(at).kind.ends();
                let of = Used {
                    configuration: &candidate.configuration,
                    usage: &candidate.evaluation.usage,
                    load: &world.loads[at],
                };
                of.hours(
                    world.prices,
                    world.app_at(candidate.platform).region_name(),
                    [function, task],
                )
                .ok()
                .flatten()
                .filter(|_| !jobs && !is_cheaper(books, &candidate.configuration))
            })
            .collect();
        if let Some(offer) = best(&hours).filter(|offer| offer.saving_month >= WORTH_SAYING) {
            let hint = "nothing upfront, at the catalogue's rates for Fargate and Lambda; the placement is not chosen by it";
            notes.push(note(("compute savings plan", hint), months, &offer));
        }
    }
    notes.extend(google::notes(books, found, machines));
    notes
}

/// Whether it costs less than its list price already: by a discount, or by free GB-seconds.
fn is_cheaper(books: &Books<'_>, configuration: &Configuration) -> bool {
    let function = matches!(configuration.settings, Settings::Function(_));
    if function && books.world.app.free_tier.get() == Some(true) {
        return true;
    }
    books.world.app.discounts.iter().any(|discount| discount.service == configuration.platform.0)
}

/// A plan by its name, with what it rests on.
fn note((name, hint): (&str, &str), months: u32, offer: &Offer) -> Finding {
    let month = offer.hourly.scaled(HOURS, 1);
    let before = month + offer.saving_month;
    let pays = f64::from(months) * month.dollars() / before.dollars();
    let text = format!(
        "a {name} of ${:.3} an hour for {} takes {} a month off and pays if it is used for {pays:.1} of {months} months",
        offer.hourly.dollars(),
        if months == 12 { "a year" } else { "three years" },
        words::money(offer.saving_month),
    );
    Finding::note("DE006", text).hint(hint)
}

/// What one component uses.
struct Used<'a> {
    configuration: &'a Configuration,
    usage: &'a Usage,
    load: &'a Workload,
}

impl Used<'_> {
    /// Its hours; `None` if no plan covers it.
    fn hours(
        &self,
        prices: Prices<'_>,
        region: &str,
        [function, task]: [&str; 2],
    ) -> Result<Option<Hours>, Missing> {
        let price = |service: &str, dimension: &str| {
            prices.price(service, region, dimension).map(|row| row.price)
        };
        match (&self.configuration.settings, self.usage) {
            (Settings::Task(settings), Usage::Task(usage)) if !settings.spot => {
                let arch = settings.architecture.name();
                let hour = |of: &dyn Fn(&str) -> String| -> Result<Money, Missing> {
                    let cpu = Quantity::new(settings.cpu.get().into(), 1000);
                    let memory = Quantity::new(settings.memory.get().into(), 1 << 30);
                    let cpu = price("aws/fargate", &of("vcpu"))?.times(cpu);
                    Ok(cpu + price("aws/fargate", &of("memory"))?.times(memory))
                };
                let list = hour(&|what| format!("{what}_{arch}"))?;
                let plan = hour(&|what| format!("savings_plan_compute_{what}_{task}_{arch}"))?;
                let step = usage.replicas.step.max(Duration::SECOND);
                let each = (Duration::HOUR.nanos() / step.nanos()).max(1) as usize;
                let tasks = usage.replicas.counts.chunks(each).take(HOURS_MAX);
                let means = tasks.map(|hour| {
                    let sum: u64 = hour.iter().map(|&n| u64::from(n)).sum();
                    (u128::from(sum), hour.len() as u128)
                });
                let means: Vec<(u128, u128)> = means.collect();
                let of = |one: Money| means.iter().map(|&(n, d)| one.scaled(n, d)).collect();
                Ok(Some(Hours { list: of(list), plan: of(plan) }))
            }
            (Settings::Function(settings), Usage::Function(usage)) => {
                let arch = settings.architecture.name();
                let list = price("aws/lambda", &format!("duration_{arch}"))?;
                let plan = price("aws/lambda", &format!("savings_plan_compute_{function}_{arch}"))?;
                let month = usage.run_mb_ms.saturating_sub(usage.provisioned_run_mb_ms);
                let cycle = self.load.requests_per_cycle().max(1e-9);
                let cycles = self.load.cycles_per_month.max(1e-9);
                let hours = self.load.per_minute.chunks(60).take(HOURS_MAX);
                let used: Vec<Quantity> = hours
                    .map(|minutes| {
                        let share = minutes.iter().sum::<f64>() / cycle / cycles;
                        Quantity::new((month as f64 * share) as u128, GB_SECOND)
                    })
                    .collect();
                let of = |price: units::Price| used.iter().map(|&q| price.times(q)).collect();
                Ok(Some(Hours { list: of(list), plan: of(plan) }))
            }
            _ => Ok(None),
        }
    }
}

/// The hourly sum that costs least, if one costs less than none.
fn best(all: &[Hours]) -> Option<Offer> {
    let length = all.iter().map(|hours| hours.list.len()).max().filter(|&n| n > 0)?;
    let share = |hours: &Hours| {
        let sum = |all: &[Money]| all.iter().map(|money| money.dollars()).sum::<f64>();
        sum(&hours.plan) / sum(&hours.list).max(1e-12)
    };
    // What saves the larger share is covered first.
    let mut order: Vec<&Hours> = all.iter().filter(|hours| !hours.list.is_empty()).collect();
    order.sort_by(|a, b| share(a).total_cmp(&share(b)));
    let at = |series: &[Money], hour: usize| series[hour % series.len()];
    let mut sums: Vec<Money> = Vec::new();
    for hour in 0..length {
        let mut sum = Money::ZERO;
        for hours in &order {
            sum += at(&hours.plan, hour);
            sums.push(sum);
        }
    }
    sums.sort_unstable();
    sums.dedup();
    let step = sums.len().div_ceil(SUMS_MAX).max(1);
    let cost = |hourly: Money| {
        let mut cost = Money::ZERO;
        for hour in 0..length {
            let mut left = hourly;
            cost += hourly;
            for hours in &order {
                let (list, plan) = (at(&hours.list, hour), at(&hours.plan, hour));
                let covered = plan.min(left);
                left = left - covered;
                let beyond = (plan - covered).pico().unsigned_abs();
                let whole = plan.pico().unsigned_abs().max(1);
                cost += list.scaled(beyond, whole);
            }
        }
        cost
    };
    let none = cost(Money::ZERO);
    let (least, hourly) = sums.iter().step_by(step).map(|&hourly| (cost(hourly), hourly)).min()?;
    let saving_month = (none - least).scaled(HOURS, length as u128);
    (least < none).then_some(Offer { hourly, saving_month })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cents(all: &[i64]) -> Vec<Money> {
        all.iter().map(|&n| Money::from_cents(n)).collect()
    }

    #[test]
    fn what_is_there_in_enough_hours_is_covered_and_no_more() {
        // 20 % off: a unit pays if it is used in more than 80 % of the hours.
        let steady = Hours { list: cents(&[100; 10]), plan: cents(&[80; 10]) };
        let offer = best(&[steady]).unwrap();
        assert_eq!(offer.hourly, Money::from_cents(80));
        assert_eq!(offer.saving_month, Money::from_cents(20 * 730));
        let half = [100, 100, 100, 100, 100, 200, 200, 200, 200, 200];
        let spiky = Hours { list: cents(&half), plan: cents(&half.map(|n| n * 8 / 10)) };
        assert_eq!(best(&[spiky]).unwrap().hourly, Money::from_cents(80));
        let rare = Hours { list: cents(&[0, 0, 0, 100]), plan: cents(&[0, 0, 0, 80]) };
        assert_eq!(best(&[rare]), None);
        assert_eq!(best(&[]), None);
    }

    #[test]
    fn a_larger_share_is_covered_first() {
        // Five hours of six: enough for 20 % off, too few for 12 %.
        let there = |n: i64| [n, n, n, n, n, 0];
        let tasks = Hours { list: cents(&there(100)), plan: cents(&there(80)) };
        let functions = Hours { list: cents(&there(100)), plan: cents(&there(88)) };
        let offer = best(&[functions, tasks]).unwrap();
        assert_eq!(offer.hourly, Money::from_cents(80));
    }
}

//! What functions of one account do to each other: they share its concurrency and its request rate.
//!
//! Each function is simulated apart, since they share nothing until a quota binds. Together they are held against the
//! account in two steps: the sum of their own peaks, and only where that is too much their concurrency minute by
//! minute, laid over each other, with the share that is lost in each. Reserved concurrency is carved out first;
//! provisioned concurrency counts whether or not it is busy. What an event source sends again is not lost: it only
//! must fit in over the whole cycle.

use std::borrow::Cow;
use std::collections::BTreeMap;

use catalog::Missing;
use model::Reason;
use sim::closed::erlang_b;
use units::Share;

use super::quotas::{LAMBDA, Quotas};
use super::stepped::Stepped;
use super::work;
use super::world::{ERRORS_USUAL, World, grouped};
use crate::case::{Case, Member};
use crate::platform::Obstacle;
use crate::usage::Usage;
use model::{FunctionSettings, Settings};

/// Where a row says how much of the account cannot be reserved.
const FLOOR: &str = "concurrency.reserve_floor";
/// A replay's highest count of requests at once lies about so many standard deviations above the busiest minute's mean.
const PEAK_DEVIATIONS: f64 = 4.5;
/// Functions that a reason names, at most.
const NAMED: usize = 4;

/// Why these functions cannot share one account, if they cannot.
pub(super) fn together(members: &[(Case<'_>, Member<'_>)]) -> Result<Vec<Obstacle>, Missing> {
    let Some((first, _)) = members.first() else { return Ok(Vec::new()) };
    let quotas = Quotas::read(first.prices)?.of_account(first.app);
    let quota = quotas.concurrency;
    let reserves = |case: &Case<'_>| case.component.reserved.map(|(reserved, _)| reserved);
    let reserved: u32 =
        members.iter().filter_map(|(case, _)| reserves(case)).fold(0, u32::saturating_add);
    let floor = first.prices.limit_number(LAMBDA, FLOOR)? as u32;
    if reserved > 0 && reserved.saturating_add(floor) > quota {
        return Ok(obstacle(format!(
            "{} at once reserved of the account's {}, of which {floor} always stay unreserved (aws-lambda/{FLOOR})",
            grouped(reserved.into()),
            grouped(quota.into()),
        )));
    }
    let open: Vec<&(Case<'_>, Member<'_>)> =
        members.iter().filter(|(case, _)| reserves(case).is_none()).collect();
    // Alone with the whole account, each was held against it already.
    if open.len() < 2 && (reserved == 0 || open.is_empty()) {
        return Ok(Vec::new());
    }
    let free = quota - reserved;
    let rate = quotas.rate as f64 * f64::from(free) / f64::from(quota.max(1));
    // A search asks often, and mostly this is the answer.
    let peaks: u64 = open.iter().map(|(_, member)| most(member)).sum();
    let rates: f64 = open.iter().map(|(case, member)| rate_of(case, member)).sum();
    if peaks <= u64::from(free) && rates <= rate {
        return Ok(Vec::new());
    }
    let mut functions = Vec::new();
    for (case, member) in open {
        functions.extend(Function::of(case, member)?);
    }
    let account = Account { free: free.into(), rate, open: functions };
    Ok(account.obstacle(reserved))
}

/// Concurrency that a function takes of the account at its peak.
fn most(member: &Member<'_>) -> u64 {
    match (&member.configuration.settings, &member.evaluation.usage) {
        (Settings::Function(settings), Usage::Function(usage)) => {
            usage.peak_concurrency.max(settings.provisioned.into())
        }
        _ => 0,
    }
}

/// Calls a second in its busiest minute: of a run in steps, as many as a run makes.
fn rate_of(case: &Case<'_>, member: &Member<'_>) -> f64 {
    let calls = match (&member.configuration.settings, &case.component.steps) {
        (Settings::Function(FunctionSettings { workflow: Some(workflow), .. }), Some(steps)) => {
            f64::from(workflow.calls(steps))
        }
        _ => 1.0,
    };
    case.workload.peak_rate().hertz() * calls
}

fn obstacle(text: String) -> Vec<Obstacle> {
    vec![Obstacle { reason: Reason::plain(text) }]
}

/// A function that draws on what nobody reserved.
struct Function<'a> {
    id: &'a str,
    per_minute: Cow<'a, [f64]>,
    /// Mean run of a request in seconds.
    run_s: f64,
    /// Most requests at once when it was simulated alone.
    peak: f64,
    provisioned: f64,
    /// Most requests a minute.
    busiest: f64,
    /// Requests that one invocation takes.
    batch: f64,
    /// Whether its callers lose what is throttled; an event source sends it again.
    loses: bool,
    /// Share of lost requests that is put up with.
    allowed: f64,
}

/// Functions together in one minute.
#[derive(Default)]
struct Minute {
    /// Mean number of requests at once.
    mean: f64,
    /// Its variance within the minute.
    variance: f64,
    /// All of them at their own peaks of this minute.
    peaks: f64,
    /// Invocations a second.
    hertz: f64,
}

/// What nobody reserved, and who draws on it.
struct Account<'a> {
    free: f64,
    rate: f64,
    open: Vec<Function<'a>>,
}

impl<'a> Function<'a> {
    fn of(case: &Case<'a>, member: &Member<'a>) -> Result<Option<Self>, Missing> {
        let (Settings::Function(settings), Usage::Function(usage)) =
            (&member.configuration.settings, &member.evaluation.usage)
        else {
            return Ok(None);
        };
        let stepped = Stepped::of(case, member.configuration).filter(|stepped| stepped.calls > 0);
        let calls = stepped.as_ref().map(|stepped| stepped.case(&[], case.replays_per_month));
        let (called, configuration) = match (&calls, &stepped) {
            (Some(calls), Some(stepped)) => (calls, stepped.configuration()),
            _ => (case, member.configuration),
        };
        let Some(world) = World::new(called, configuration)? else { return Ok(None) };
        let points = work::points(called.component, called.workload, world.cpu);
        let per_minute = match &stepped {
            Some(stepped) => Cow::Owned(stepped.workload.per_minute.clone()),
            None => Cow::Borrowed(case.workload.per_minute.as_slice()),
        };
        Ok(Some(Self {
            id: &case.component.id,
            busiest: per_minute.iter().copied().fold(0.0, f64::max),
            per_minute,
            run_s: work::mean_s(&points),
            peak: usage.peak_concurrency as f64,
            provisioned: settings.provisioned.into(),
            batch: world.mapping.as_ref().map_or(1.0, |mapping| mapping.batch.max(1) as f64),
            loses: world.mapping.is_none(),
            allowed: case.component.slo.errors.map_or(ERRORS_USUAL, Share::get),
        }))
    }

    /// Concurrency that it takes of the account at its peak.
    fn most(&self) -> f64 {
        self.peak.max(self.provisioned)
    }

    /// Requests that come in a minute of a longer cycle.
    fn requests(&self, minute: usize) -> f64 {
        let cycle = self.per_minute.len().max(1);
        self.per_minute.get(minute % cycle).copied().unwrap_or(0.0)
    }

    /// Requests at once on average, if all that come are served at once: a run may span several minutes.
    fn mean(&self, minute: usize) -> f64 {
        let cycle = self.per_minute.len().max(1);
        let spanned = ((self.run_s / 60.0).ceil() as usize).clamp(1, cycle);
        let recent: f64 = (0..spanned).map(|ago| self.requests(minute + cycle - ago)).sum();
        recent / spanned as f64 / 60.0 * self.run_s
    }

    /// Adds what it does in a minute.
    fn join(&self, minute: usize, all: &mut Minute) {
        // No more than ever ran at once: what an event source holds back comes later.
        let mean = self.mean(minute).min(self.peak);
        let highest = (self.busiest / 60.0 * self.run_s).min(self.peak);
        // Bursts within the minute are as they were where it peaked, and never less than chance.
        let above =
            if highest > 0.0 { (self.peak - highest) * (mean / highest).sqrt() } else { 0.0 };
        all.mean += mean.max(self.provisioned);
        all.variance += (above / PEAK_DEVIATIONS).powi(2).max(mean);
        all.peaks += (mean + above).min(self.peak).max(self.provisioned);
        all.hertz += self.requests(minute) / 60.0 / self.batch;
    }
}

impl Account<'_> {
    fn obstacle(&self, reserved: u32) -> Vec<Obstacle> {
        let peaks: f64 = self.open.iter().map(Function::most).sum();
        let rates: f64 = self.open.iter().map(|f| f.busiest / 60.0 / f.batch).sum();
        let whose = if reserved > 0 {
            format!("what {} reserved leave of the account's quota", grouped(reserved.into()))
        } else {
            "the account's quota".to_owned()
        };
        let sum = format!("{} at once in sum ({})", grouped(peaks as u64), self.names());
        let free = grouped(self.free as u64);
        let row = "aws-lambda/concurrency.account_default, adjustable: `quotas`";
        let minutes = self.open.iter().map(|function| function.per_minute.len()).max().unwrap_or(0);
        let steady = (0..minutes).map(|minute| self.mean(minute)).sum::<f64>() / minutes as f64;
        if steady > self.free {
            let steady = grouped(steady as u64);
            return obstacle(format!(
                "functions that share an account need {steady} at once on average, {sum}: more than {free}, {whose} \
                 ({row})"
            ));
        }
        let Some((function, lost, by_rate)) = self.worst(minutes) else { return Vec::new() };
        let lost = Share::new(lost.min(1.0));
        let id = function.id;
        if by_rate {
            let (rates, rate) = (grouped(rates as u64), grouped(self.rate as u64));
            return obstacle(format!(
                "{lost} of the requests of {id} throttled: functions that share an account get {rates} a second in \
                 sum, more than {rate}, {whose} (aws-lambda/rps.account, adjustable: `quotas`)"
            ));
        }
        obstacle(format!(
            "{lost} of the requests of {id} throttled: functions that share an account need {sum}, more than {free}, \
             {whose} ({row})"
        ))
    }

    /// The largest functions with their peaks: `orders 700, search 700`.
    fn names(&self) -> String {
        let mut open: Vec<&Function<'_>> = self.open.iter().collect();
        open.sort_by(|a, b| b.most().total_cmp(&a.most()).then(a.id.cmp(b.id)));
        let one = |function: &&Function<'_>| {
            format!("{} {}", function.id, grouped(function.most() as u64))
        };
        let mut names: Vec<String> = open.iter().take(NAMED).map(one).collect();
        if open.len() > NAMED {
            names.push(format!("{} more", open.len() - NAMED));
        }
        names.join(", ")
    }

    fn mean(&self, minute: usize) -> f64 {
        self.open.iter().map(|function| function.mean(minute).max(function.provisioned)).sum()
    }

    /// The function that loses most beyond what it puts up with, the share that it loses, and whether that is for
    /// the rate.
    fn worst(&self, minutes: usize) -> Option<(&Function<'_>, f64, bool)> {
        let mut losses = Losses::default();
        let lost: Vec<(f64, f64)> =
            (0..minutes).map(|minute| self.lost(minute, &mut losses)).collect();
        let shares = self.open.iter().filter(|function| function.loses).map(|function| {
            let (mut all, mut busy, mut fast) = (0.0, 0.0, 0.0);
            for (minute, (by_concurrency, by_rate)) in lost.iter().enumerate() {
                let requests = function.requests(minute);
                all += requests;
                busy += requests * by_concurrency;
                fast += requests * by_rate;
            }
            (function, busy.max(fast) / f64::max(all, f64::MIN_POSITIVE), fast > busy)
        });
        let beyond = shares.filter(|(function, share, _)| *share > function.allowed);
        beyond.max_by(|(a, x, _), (b, y, _)| x.total_cmp(y).then(b.id.cmp(a.id)))
    }

    /// Shares of a minute's requests that are lost: for concurrency, and for the rate.
    fn lost(&self, minute: usize, losses: &mut Losses) -> (f64, f64) {
        let mut all = Minute::default();
        self.open.iter().for_each(|function| function.join(minute, &mut all));
        let rate = if all.hertz > self.rate { 1.0 - self.rate / all.hertz } else { 0.0 };
        if all.peaks <= self.free {
            return (0.0, rate);
        }
        // Never more than if the minute were all peak.
        let most = 1.0 - self.free / all.peaks;
        let peakedness = (all.variance / all.mean).max(1.0);
        (losses.of(all.mean / peakedness, self.free / peakedness).min(most), rate)
    }
}

/// Erlang's loss by load (within one per cent) and servers (within a twentieth); bursts are Hayward's approximation:
/// load and servers over the ratio of variance to mean (A. A. Fredericks, Bell System Technical Journal 59, 1980).
#[derive(Default)]
struct Losses(BTreeMap<(i64, i64), f64>);

impl Losses {
    fn of(&mut self, offered: f64, servers: f64) -> f64 {
        let load = (offered.max(1e-9).ln() * 100.0).round();
        let tenths = (servers * 10.0).round();
        let loss = || {
            let (offered, servers) = ((load / 100.0).exp(), tenths / 10.0);
            // Between whole servers the logarithm is nearly straight.
            let fewer = erlang_b(offered, servers.floor() as u64);
            let more = erlang_b(offered, servers.floor() as u64 + 1);
            fewer.powf(1.0 - servers.fract()) * more.powf(servers.fract())
        };
        *self.0.entry((load as i64, tenths as i64)).or_insert_with(loss)
    }
}

#[cfg(test)]
mod tests;

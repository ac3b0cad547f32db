//! Servers and pods that take a number of requests at once and no more: what they keep, what goes elsewhere, and both
//! together.
//!
//! Who deploys this puts a proxy beside the program on each server, or into each pod. It knows how many requests the program has (`be_conn`
//! of HAProxy, `max_conns` of nginx), gives it the next one while there are fewer than the cap, and else passes it on to
//! the address of the same program on a platform whose instances come with requests (`use_backend`; a `backup` server).
//! The rule looks at nothing but the requests that are there, so it is replayed exactly. What is passed on is what the
//! other platform simulates and bills: those requests and no others. That the call goes through the proxy is in the other
//! platform's own overhead, which is measured from inside the data centre. The proxy's CPU is not modelled: on a server it
//! takes from what the target utilisation leaves free, in a pod it has its own ([`Spill::proxy`]).

use catalog::Missing;
use model::{Configuration, InvoiceLine, Reason, Spill};
use sim::closed::CappedSharing;
use traffic::{Arrivals, Workload};
use units::{Duration, Histogram, Instant, Millicores, Quantity, Request, Share};

use crate::billing::{GB, Lines};
use crate::case::{Case, Member, Site};
use crate::flow;
use crate::platform::{Counts, Evaluation, Obstacle, Platform};
use crate::servers::load;

/// With more requests at once than this on one server, the closed form takes the cap to be never reached.
const TOLD_MAX: u32 = 4096;
/// Weight of a latency by closed form: its shape counts, not its size.
const WEIGHT: f64 = 4_000_000.0;
/// A handful of spilled requests proves little about the minutes that were not replayed, hence the few that are added to
/// both sides of the comparison.
const FEW: f64 = 5.0;
/// A replay that begins with the cycle and has at least this part of its expected requests is one of all of it.
const WHOLE: f64 = 0.8;

/// What one server or pod lets in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Door {
    /// Requests in service at once.
    pub(crate) room: u32,
    /// Requests that wait there for room.
    pub(crate) queue: u32,
    /// Whether what it does not let in goes elsewhere.
    pub(crate) spills: bool,
}

impl Door {
    /// Of one with places for so many requests, and a backlog that the kernel lets wait.
    pub(crate) fn of(room: u32, backlog: u32, spill: Option<&Spill>) -> Self {
        let Some(spill) = spill else { return Self { room, queue: backlog, spills: false } };
        let held = room.min(spill.in_flight);
        let queue = (spill.in_flight - held).min(backlog);
        // A cap above what the kernel lets wait is never reached.
        Self { room: held, queue, spills: spill.in_flight < room.saturating_add(backlog) }
    }
}

/// What holds the steady part of a load: servers or pods, all alike.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Base<'s> {
    /// How many there are.
    pub(crate) copies: u32,
    /// CPU of each.
    pub(crate) cpu: Millicores,
    /// What each lets in, and where the rest goes.
    pub(crate) spill: &'s Spill,
}

/// The load as it is divided.
pub(crate) struct Sides<'s> {
    base: Base<'s>,
    kept: Workload,
    spilled: Workload,
    /// Which part of what is spilled was replayed, as if it stood for the month: nothing before and after it, so that
    /// instances start where it begins; `None` where all of a cycle was.
    stretch: Option<Workload>,
}

impl<'s> Sides<'s> {
    /// As closed forms expect it.
    pub(crate) fn expected(case: &Case<'_>, base: Base<'s>) -> Self {
        Self::of(case.workload, base, &expected_shares(case, base))
    }

    /// As it was replayed. Minutes outside of the replay have what the closed form expects there, times what the replay
    /// had of what was expected in it.
    pub(crate) fn played(case: &Case<'_>, base: Base<'s>, spilled: &[Request]) -> Self {
        let workload = case.workload;
        let mut shares = expected_shares(case, base);
        let minutes = shares.len();
        let (came, went) = (by_minute(case, case.requests), by_minute(case, spilled));
        let expected: f64 = came.iter().zip(&shares).map(|(n, share)| n * share).sum();
        let busier = (spilled.len() as f64 + FEW) / (expected + FEW);
        let replayed = case.requests.len() as f64;
        let whole =
            case.start == Instant::START && replayed > WHOLE * workload.requests_per_cycle() - FEW;
        for minute in 0..minutes {
            shares[minute] = if came[minute] > 0.0 {
                went[minute] / came[minute]
            } else {
                (shares[minute] * busier).min(1.0)
            };
        }
        let mut sides = Self::of(workload, base, &shares);
        if !whole && !spilled.is_empty() {
            let mut stretch = sides.spilled.clone();
            for (requests, came) in stretch.per_minute.iter_mut().zip(&came) {
                *requests = if *came > 0.0 { *requests } else { 0.0 };
            }
            stretch.cycles_per_month *=
                sides.spilled.requests_per_cycle() / stretch.requests_per_cycle();
            sides.stretch = Some(stretch);
        }
        sides
    }

    fn of(workload: &Workload, base: Base<'s>, shares: &[f64]) -> Self {
        let part = |of: &dyn Fn(f64) -> f64| Workload {
            cycle: workload.cycle,
            cycles_per_month: workload.cycles_per_month,
            pace: workload.pace,
            per_minute: workload.per_minute.iter().zip(shares).map(|(n, s)| n * of(*s)).collect(),
            arrivals: Arrivals::Poisson,
            basis: workload.basis.clone(),
            band: workload.band,
        };
        let (kept, spilled) = (part(&|share| 1.0 - share), part(&|share| share));
        Self { base, kept, spilled, stretch: None }
    }

    /// The side of the case that stays.
    pub(crate) fn kept<'b>(&'b self, case: &Case<'b>) -> Case<'b> {
        Case { workload: &self.kept, ..*case }
    }

    /// Both sides together by closed form; the one that stays is given.
    pub(crate) fn estimated(
        &self,
        case: &Case<'_>,
        steady: Evaluation,
    ) -> Result<Evaluation, Missing> {
        if self.spilled.requests_month() == 0 {
            return Ok(Self::joined(case, steady, None));
        }
        let elsewhere = self.elsewhere()?.estimate(&self.spilled_case(case, &[]), self.to())?;
        let share = self.share();
        let latency = match (&steady.latency, &elsewhere.latency) {
            (Some(own), Some(other)) => {
                let mut both = weighted(own, WEIGHT * (1.0 - share));
                both.merge(&weighted(other, WEIGHT * share));
                Some(both)
            }
            // Where nothing is kept there is one side only.
            (None, other) => other.clone(),
            (Some(_), None) => None,
        };
        let cold = elsewhere.cold.map(|cold| Share::new(cold.get() * share));
        let steady = Evaluation { latency, cold, ..steady };
        Ok(Self::joined(case, steady, Some(elsewhere)))
    }

    /// Both sides together as they were replayed; the one that stays is given, and the requests that it did not take.
    pub(crate) fn replayed(
        &self,
        case: &Case<'_>,
        mut steady: Evaluation,
        spilled: &[Request],
    ) -> Result<Evaluation, Missing> {
        if spilled.is_empty() {
            // What the closed form still expects in other minutes is billed.
            let elsewhere = match self.spilled.requests_month() {
                0 => None,
                _ => Some(self.elsewhere()?.estimate(&self.spilled_case(case, &[]), self.to())?),
            };
            return Ok(Self::joined(case, steady, elsewhere));
        }
        let placed: Vec<Request>;
        let mut there = self.spilled_case(case, spilled);
        if let Some(stretch) = &self.stretch {
            let begins = case.start.since(Instant::START);
            let later = |r: &Request| Request { at: r.at + begins, ..*r };
            placed = spilled.iter().map(later).collect();
            there = Case { workload: stretch, requests: &placed, start: Instant::START, ..there };
        }
        let elsewhere = self.elsewhere()?.simulate(&there, self.to())?;
        steady.latency = match (steady.latency, &elsewhere.latency) {
            (Some(mut both), Some(other)) => {
                both.merge(other);
                Some(both)
            }
            (own, other) => own.or_else(|| other.clone()),
        };
        let part = spilled.len() as f64 / case.requests.len().max(1) as f64;
        steady.cold = elsewhere.cold.map(|cold| Share::new(cold.get() * part));
        if let (Some(own), Some(other)) = (&mut steady.counts, elsewhere.counts) {
            *own = Counts {
                arrivals: own.arrivals,
                served: own.served + other.served,
                rejected: own.rejected + other.rejected,
                in_flight: own.in_flight + other.in_flight,
            };
        }
        Ok(Self::joined(case, steady, Some(elsewhere)))
    }

    /// Usage and obstacles of both.
    fn joined(
        case: &Case<'_>,
        mut steady: Evaluation,
        elsewhere: Option<Evaluation>,
    ) -> Evaluation {
        let Evaluation { usage, obstacles, .. } = &mut steady;
        let Some((whole, spilled)) = usage.split_mut() else { return steady };
        *whole = flow::of(case);
        *spilled = elsewhere.map(|mut elsewhere| {
            obstacles.extend(elsewhere.obstacles.drain(..).map(|obstacle| Obstacle {
                reason: Reason::plain(format!("of what is spilled: {}", obstacle.reason.text)),
            }));
            let (latency, timeline) = (None, None);
            Box::new(Evaluation { latency, timeline, ..elsewhere })
        });
        steady
    }

    fn spilled_case<'b>(&'b self, case: &Case<'b>, requests: &'b [Request]) -> Case<'b> {
        let month = self.spilled.requests_per_cycle() * self.spilled.cycles_per_month;
        Case {
            workload: &self.spilled,
            requests,
            replays_per_month: month / requests.len().max(1) as f64,
            ..*case
        }
    }

    fn to(&self) -> &Configuration {
        &self.base.spill.to
    }

    fn elsewhere(&self) -> Result<&'static dyn Platform, Missing> {
        let id = self.to().platform;
        crate::by_id(id).ok_or_else(|| Missing {
            what: format!("platform `{id}`"),
            hint: "what is spilled goes to platforms of the list only".to_owned(),
        })
    }

    /// Share of all requests that goes elsewhere.
    fn share(&self) -> f64 {
        let (kept, spilled) = (self.kept.requests_per_cycle(), self.spilled.requests_per_cycle());
        spilled / (kept + spilled).max(f64::MIN_POSITIVE)
    }
}

/// The share of each minute's requests that find the one they come to full, if they come at random.
fn expected_shares(case: &Case<'_>, base: Base<'_>) -> Vec<f64> {
    let minutes = &case.workload.per_minute;
    let known = load::work(case.component).filter(|_| base.spill.in_flight <= TOLD_MAX);
    let Some(work) = known else { return vec![0.0; minutes.len()] };
    let cpus = base.cpu.vcpu_f64().max(0.001);
    let (cpu_s, wait_s) = (work.cpu.secs_f64(), work.wait.secs_f64());
    let one = CappedSharing::new(cpus, cpu_s, wait_s, base.spill.in_flight);
    let copies = f64::from(base.copies.max(1));
    let mut shares: Vec<f64> = Vec::with_capacity(minutes.len());
    for (at, requests) in minutes.iter().enumerate() {
        // Neighbours are often alike.
        let same = at > 0 && minutes[at - 1].to_bits() == requests.to_bits();
        shares.push(if same { shares[at - 1] } else { one.loss(requests / 60.0 / copies) });
    }
    shares
}

/// Requests in each minute of the cycle.
fn by_minute(case: &Case<'_>, requests: &[Request]) -> Vec<f64> {
    let mut counts = vec![0.0; case.workload.per_minute.len()];
    let cycle = case.workload.cycle.nanos().max(1);
    let start = case.start.nanos();
    for request in requests {
        let minute = (start + request.at.nanos()) % cycle / Duration::MINUTE.nanos();
        if let Some(count) = counts.get_mut(minute as usize) {
            *count += 1.0;
        }
    }
    counts
}

/// The same shape with about this many entries.
fn weighted(histogram: &Histogram, weight: f64) -> Histogram {
    let each = weight / histogram.count().max(1) as f64;
    let mut scaled = Histogram::default();
    for (value, count) in histogram.buckets() {
        scaled.record_n(value, (count as f64 * each).round() as u64);
    }
    scaled
}

/// The cap and what is above it as a label says them, with the share that stays where it is known:
/// ` to 16 (84 %), then Lambda 512 MB arm`.
pub(crate) fn then(spill: &Spill, spilled: Option<Share>) -> String {
    let name = crate::by_id(spill.to.platform).map_or("", |platform| platform.name());
    let stays = spilled.map_or_else(String::new, |spilled| {
        let percent = (1.0 - spilled.get()) * 100.0;
        // All would be none above it.
        if percent >= 99.5 { " (>99 %)".to_owned() } else { format!(" ({percent:.0} %)") }
    });
    format!(" to {}{stays}, then {name} {}", spill.in_flight, spill.to.label)
}

/// Which part of a member's requests goes elsewhere; `None` where its settings send none.
pub fn share(member: &Member<'_>) -> Option<Share> {
    member.configuration.settings.spill()?;
    let usage = &member.evaluation.usage;
    let went = usage.spilled().map_or(0, |spilled| spilled.usage.flow().requests);
    Some(Share::of(went, usage.flow().requests))
}

/// What the spilled requests of a member cost where they go, and the way there.
///
/// They are billed as if nothing else ran there: allowances are left to others, and tiers begin anew. That is never less
/// than what the provider's common bill says.
pub(crate) fn lines(member: &Member<'_>, site: &Site<'_>) -> Result<Vec<InvoiceLine>, Missing> {
    let (spill, spilled) =
        (member.configuration.settings.spill(), member.evaluation.usage.spilled());
    let (Some(spill), Some(spilled)) = (spill, spilled) else { return Ok(Vec::new()) };
    let Some(platform) = crate::by_id(spill.to.platform) else { return Ok(Vec::new()) };
    let mut app = std::borrow::Cow::Borrowed(site.app);
    if app.free_tier.get() != Some(false) {
        app.to_mut().free_tier = model::Fact::assumed(false, "allowances are left to others");
    }
    let alone = Site { app: &app, prices: site.prices };
    let moved = Member { configuration: &spill.to, evaluation: spilled, ..*member };
    let mut lines = platform.bill(&[moved], &alone)?.lines;
    lines.extend(crossing(member, spilled, site)?);
    for line in &mut lines {
        line.item = format!("spilled: {}", line.item);
        line.component.get_or_insert_with(|| member.component.id.clone());
    }
    Ok(lines)
}

/// The bytes between the proxy and a public address in the region. What an instance sends to and gets from a public
/// address of its region is billed as data between zones is, each way ("Amazon EC2 On-Demand Pricing", data transfer).
fn crossing(
    member: &Member<'_>,
    spilled: &Evaluation,
    site: &Site<'_>,
) -> Result<Vec<InvoiceLine>, Missing> {
    let cloud = site.cloud();
    let Some(((service, dimension), _)) = cloud.account.between_zones else {
        return Ok(Vec::new());
    };
    let flow = spilled.usage.flow();
    let answer = member.component.response_bytes.get().map_or(0, units::Bytes::get);
    let bytes = flow.bytes_in + u128::from(flow.requests) * u128::from(answer);
    let mut lines = Lines::new(member.configuration.platform, site);
    let quantity = Quantity::new(bytes, GB);
    lines.add(service, dimension, "data there and back", Some(&member.component.id), quantity)?;
    Ok(lines.finish().lines)
}

//! Bills of real platforms in the form that the search needs, with promises that span components.

use std::cell::RefCell;
use std::collections::BTreeMap;

use model::{Architecture, Invoice, Reason};
use platforms::{Family, Floors, Member, Platform};
use units::{Histogram, Money};

use crate::abroad::Reach;
use crate::case::runs_code;
use crate::compose::{Chains, Waits, plainly_holds};
use crate::evaluate::{Candidate, lacks};
use crate::rules::latency_goal;
use crate::search::{Found, Ledger, Memo, Pick, Split, below, cheapest, good};
use crate::splits;
use crate::world::World;

/// The candidates of every component with what they cost together.
pub(crate) struct Books<'w> {
    pub(crate) world: &'w World<'w>,
    pub(crate) candidates: &'w [Vec<Candidate>],
    pub(crate) chains: Chains,
    groups: Vec<Vec<usize>>,
    classes: Vec<Vec<u16>>,
    /// Components that promise a latency and wait for others, with everything they wait for.
    heads: Vec<Head>,
    /// Components that one region takes together.
    together: Vec<(usize, usize)>,
    holds: RefCell<BTreeMap<(usize, Vec<u16>), bool>>,
    /// What keeps members of a platform apart.
    apart: RefCell<Apart>,
    memo: RefCell<Memo>,
    cheapest: RefCell<Cheapest>,
}

/// A component that promises a latency and waits for others.
struct Head {
    at: usize,
    /// Everything it waits for, itself included, ascending.
    members: Vec<usize>,
    waits: Vec<Waits>,
}

/// What one search over candidates has worked out, for the next one over the same.
#[derive(Debug, Default)]
pub(crate) struct Records {
    holds: BTreeMap<(usize, Vec<u16>), bool>,
    apart: Apart,
    memo: Memo,
    cheapest: Cheapest,
}

/// The cheapest placement of all.
#[derive(Debug, Default, Clone)]
enum Cheapest {
    #[default]
    NotLookedFor,
    Found(Found),
    ThereIsNone,
}

/// By platform and members.
type Apart = BTreeMap<(usize, Vec<Pick>), Vec<Reason>>;

/// Which options an alternative may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Within {
    /// Everything.
    Anything,
    /// Code on one platform; stores there or managed.
    Platform(&'static str),
    /// Code on one family; stores there or managed.
    Family(Family),
}

impl Within {
    /// Whether what runs on a platform goes this way.
    pub(crate) fn takes(self, platform: &dyn Platform) -> bool {
        match self {
            Self::Anything => true,
            Self::Platform(id) => platform.id().0 == id,
            Self::Family(family) => platform.family() == family,
        }
    }
}

impl<'w> Books<'w> {
    pub(crate) fn new(world: &'w World<'w>, candidates: &'w [Vec<Candidate>]) -> Self {
        Self::with_records(world, candidates, Records::default())
    }

    /// With what other books of the same candidates worked out.
    pub(crate) fn with_records(
        world: &'w World<'w>,
        candidates: &'w [Vec<Candidate>],
        records: Records,
    ) -> Self {
        let chains = Chains::of(&world.app);
        let promises = |at: usize| !world.component(at).slo.latency.is_empty();
        let heads = (0..world.len())
            .filter(|&at| promises(at) && chains.has_calls(at))
            .map(|at| Head { at, members: chains.members(at), waits: chains.waits(at) })
            .collect();
        let groups =
            candidates.iter().map(|all| all.iter().map(|c| c.platform).collect()).collect();
        let classes = candidates.iter().map(|all| flow_classes(world, all)).collect();
        let together = world.kept_together();
        Self {
            world,
            candidates,
            chains,
            groups,
            classes,
            heads,
            together,
            holds: records.holds.into(),
            apart: records.apart.into(),
            memo: records.memo.into(),
            cheapest: records.cheapest.into(),
        }
    }

    /// What was worked out.
    pub(crate) fn into_records(self) -> Records {
        Records {
            holds: self.holds.into_inner(),
            apart: self.apart.into_inner(),
            memo: self.memo.into_inner(),
            cheapest: self.cheapest.into_inner(),
        }
    }

    /// Takes in what other books of the same candidates were billed.
    pub(crate) fn learn(&self, records: Records) {
        self.memo.borrow_mut().learn(records.memo);
    }

    /// The cheapest placement of all.
    pub(crate) fn cheapest(&self) -> Option<Found> {
        match &*self.cheapest.borrow() {
            Cheapest::NotLookedFor => {}
            Cheapest::Found(found) => return Some(found.clone()),
            Cheapest::ThereIsNone => return None,
        }
        let found = self.cheapest_within(Within::Anything);
        *self.cheapest.borrow_mut() = found.clone().map_or(Cheapest::ThereIsNone, Cheapest::Found);
        found
    }

    /// The cheapest placement within an alternative.
    pub(crate) fn cheapest_within(&self, within: Within) -> Option<Found> {
        let allowed = self.allowed(within);
        cheapest(self, &allowed, &mut self.memo.borrow_mut())
    }

    /// A placement that costs less than a limit, or another one where none does.
    pub(crate) fn below(&self, limit: Money) -> Option<Found> {
        below(self, &self.allowed(Within::Anything), &mut self.memo.borrow_mut(), limit)
    }

    /// A good placement within an alternative, in a few hundred bills at most.
    pub(crate) fn good(&self, within: Within) -> Option<Found> {
        let allowed = self.thinned(self.allowed(within));
        good(self, &allowed, &mut self.memo.borrow_mut())
    }

    /// A good placement with each component kept to what the filter allows.
    pub(crate) fn good_of(&self, keep: impl Fn(usize, &Candidate) -> bool) -> Option<Found> {
        let allowed: Vec<Vec<u16>> = (0..self.candidates.len())
            .map(|at| self.options_where(at, |candidate| keep(at, candidate)))
            .collect();
        let allowed = self.thinned(allowed);
        good(self, &allowed, &mut self.memo.borrow_mut())
    }

    /// One option of each component on each platform: the cheapest alone, on shared machines of the architecture that
    /// is cheapest for all of them. Who is waited for keeps all, since a faster option may be needed.
    fn thinned(&self, allowed: Vec<Vec<u16>>) -> Vec<Vec<u16>> {
        let architectures: Vec<Option<Architecture>> = (0..self.world.platforms.len())
            .map(|platform| self.common_architecture(&allowed, platform))
            .collect();
        let thin = |(at, options): (usize, Vec<u16>)| {
            if self.heads.iter().any(|head| head.members.contains(&at)) {
                return options;
            }
            let mut kept: Vec<(usize, bool, &Reach, bool, Money, u16)> = options
                .iter()
                .map(|&option| {
                    let candidate = &self.candidates[at][usize::from(option)];
                    let wanted = architectures[candidate.platform];
                    let other = wanted.is_some() && candidate.architecture() != wanted;
                    let (place, split) = (candidate.platform, candidate.is_split());
                    (place, split, &candidate.reach, other, candidate.alone, option)
                })
                .collect();
            kept.sort_unstable();
            kept.dedup_by_key(|(platform, split, reach, ..)| (*platform, *split, *reach));
            let mut kept: Vec<u16> = kept.into_iter().map(|(.., option)| option).collect();
            kept.sort_unstable();
            kept
        };
        allowed.into_iter().enumerate().map(thin).collect()
    }

    /// The architecture on which everything that can stand on a platform is cheapest in sum; `None` if none takes all.
    fn common_architecture(&self, allowed: &[Vec<u16>], platform: usize) -> Option<Architecture> {
        let family = self.world.platforms[platform].family();
        if !matches!(family, Family::Kubernetes | Family::Servers) {
            return None;
        }
        let sum = |architecture: Architecture| -> Option<Money> {
            let mut sum = Money::ZERO;
            for (at, options) in allowed.iter().enumerate() {
                let here = || {
                    let all = options.iter().map(|&o| &self.candidates[at][usize::from(o)]);
                    all.filter(|candidate| candidate.platform == platform)
                };
                if here().next().is_some() {
                    let fits = here().filter(|c| c.architecture() == Some(architecture));
                    sum += fits.map(|candidate| candidate.alone).min()?;
                }
            }
            Some(sum)
        };
        let both = [Architecture::Arm, Architecture::X86];
        both.into_iter().filter_map(|a| Some((sum(a)?, a))).min().map(|(_, a)| a)
    }

    /// What a placement costs if its parts keep their promises together; `None` if they do not.
    pub(crate) fn feasible(&self, options: &[u16]) -> Option<Money> {
        crate::search::feasible(self, options, &mut self.memo.borrow_mut())
    }

    /// What a placement would be billed, whether its parts hold together or not.
    pub(crate) fn total(&self, options: &[u16]) -> Option<Money> {
        crate::search::total(self, options, &mut self.memo.borrow_mut())
    }

    /// The options that an alternative may use, by component.
    pub(crate) fn allowed(&self, within: Within) -> Vec<Vec<u16>> {
        (0..self.candidates.len())
            .map(|at| {
                let code = runs_code(self.world.component(at));
                self.options_where(at, |candidate| self.is_within(within, candidate, code))
            })
            .collect()
    }

    fn options_where(&self, at: usize, keep: impl Fn(&Candidate) -> bool) -> Vec<u16> {
        let all = self.candidates[at].iter().enumerate();
        all.filter(|(_, candidate)| keep(candidate)).map(|(option, _)| option as u16).collect()
    }

    fn is_within(&self, within: Within, candidate: &Candidate, code: bool) -> bool {
        let platform = self.world.platforms[candidate.platform];
        // Of what is split, half would be elsewhere.
        let whole = within == Within::Anything || !candidate.is_split();
        (whole && within.takes(platform)) || (!code && platform.family() == Family::Managed)
    }

    /// The bills of a placement: one a platform in their order, the account's last.
    pub(crate) fn invoices(&self, options: &[u16]) -> Vec<Invoice> {
        let mut invoices = Vec::new();
        let picks: Vec<Pick> = picks(options).collect();
        for group in 0..self.world.platforms.len() {
            let here: Vec<Pick> = picks
                .iter()
                .copied()
                .filter(|pick| self.candidate(*pick).platform == group)
                .collect();
            if !here.is_empty() {
                invoices.extend(self.world.bill(group, &self.members(&here)));
            }
        }
        invoices.extend(self.world.account(&self.members(&picks)).into_iter().flatten());
        invoices.retain(|invoice| !invoice.lines.is_empty());
        invoices
    }

    /// The platforms of a placement, by component.
    pub(crate) fn platforms(&self, options: &[u16]) -> Vec<usize> {
        picks(options).map(|pick| self.candidate(pick).platform).collect()
    }

    /// The regions of a placement: `aws/us-east-1`, or several.
    pub(crate) fn regions(&self, options: &[u16]) -> String {
        self.world.regions_of(self.platforms(options).into_iter())
    }

    /// Whether a placement is in more than one region.
    pub(crate) fn spans(&self, options: &[u16]) -> bool {
        let platforms = self.platforms(options);
        platforms.iter().any(|&at| self.world.region_at(at) != self.world.region_at(platforms[0]))
    }

    /// The candidate behind a pick.
    pub(crate) fn candidate(&self, pick: Pick) -> &'w Candidate {
        &self.candidates[usize::from(pick.0)][usize::from(pick.1)]
    }

    /// Members of a bill.
    pub(crate) fn members(&self, picks: &[Pick]) -> Vec<Member<'_>> {
        let one = |&pick: &Pick| {
            let candidate = self.candidate(pick);
            Member {
                component: self.world.component(usize::from(pick.0)),
                configuration: &candidate.configuration,
                evaluation: &candidate.evaluation,
            }
        };
        picks.iter().map(one).collect()
    }

    /// The latency that clients of a component see in a placement, calls it waits for included.
    pub(crate) fn latency(&self, head: usize, options: &[u16]) -> Option<Histogram> {
        self.chains.latency(head, &|at| self.own_latency(at, options))
    }

    fn own_latency(&self, at: usize, options: &[u16]) -> Option<&'w Histogram> {
        self.candidates[at][usize::from(options[at])].evaluation.latency.as_ref()
    }

    fn holds(&self, head: &Head, chosen: &[u16]) -> bool {
        let key = (head.at, head.members.iter().map(|&at| chosen[at]).collect::<Vec<u16>>());
        if let Some(&holds) = self.holds.borrow().get(&key) {
            return holds;
        }
        let holds = self.plainly_holds(head, chosen).unwrap_or_else(|| {
            let latency = self.latency(head.at, chosen);
            let component = self.world.component(head.at);
            latency.is_none_or(|l| latency_goal::missed(component, &l).is_empty())
        });
        self.holds.borrow_mut().insert(key, holds);
        holds
    }

    /// Whether all goals are kept or one is missed, where that is plain.
    fn plainly_holds(&self, head: &Head, chosen: &[u16]) -> Option<bool> {
        let own = |at: usize| self.own_latency(at, chosen);
        own(head.at)?;
        let mut all = Some(true);
        for (q, limit, _) in &self.world.component(head.at).slo.latency {
            match plainly_holds(&head.waits, (q.get(), *limit), &own) {
                Some(false) => return Some(false),
                Some(true) => {}
                None => all = None,
            }
        }
        all
    }

    /// What keeps members (sorted by component) of one platform from sharing it, though each could be there alone.
    pub(crate) fn apart(&self, group: usize, members: &[Pick]) -> Vec<Reason> {
        let Some(together) = self.world.platforms[group].together() else { return Vec::new() };
        let key = (group, members.to_vec());
        if let Some(known) = self.apart.borrow().get(&key) {
            return known.clone();
        }
        let cases = members.iter().map(|&pick| {
            let reach = &self.candidate(pick).reach;
            self.world.case(usize::from(pick.0), group, reach)
        });
        let members = self.members(members).into_iter().zip(members);
        // Of who only spills to it, what is spilled is there; its rate is taken to be that of the whole load.
        let there = members.map(|(member, &pick)| {
            let here = self.candidate(pick).platform == group;
            if here { member } else { splits::elsewhere(member).unwrap_or(member) }
        });
        let judged: Vec<_> = cases.zip(there).collect();
        let reasons = match together(&judged) {
            Ok(obstacles) => obstacles.into_iter().map(|obstacle| obstacle.reason).collect(),
            Err(missing) => vec![lacks(&missing)],
        };
        self.apart.borrow_mut().insert(key, reasons.clone());
        reasons
    }

    /// What keeps a placement (`None` is undecided) from sharing its platforms.
    pub(crate) fn crowded(&self, chosen: &[Option<u16>]) -> Vec<Reason> {
        let shared = (0..self.world.platforms.len())
            .filter(|&group| self.world.platforms[group].together().is_some());
        let reasons = shared.flat_map(|group| {
            let decided = chosen.iter().enumerate();
            let picks = decided.filter_map(|(at, option)| Some((at as u16, (*option)?)));
            let here: Vec<Pick> = picks.filter(|&pick| self.uses(pick, group)).collect();
            self.apart(group, &here)
        });
        reasons.collect()
    }

    /// Whether an option stands on a platform, or spills to it.
    fn uses(&self, pick: Pick, platform: usize) -> bool {
        let candidate = self.candidate(pick);
        let spills = || {
            let spill = splits::spill(&candidate.configuration)?;
            splits::taker(self.world, candidate.platform, spill)
        };
        candidate.platform == platform || spills() == Some(platform)
    }

    /// What keeps those apart that have only one platform within an alternative, each where it is cheapest alone.
    pub(crate) fn crowded_within(&self, within: Within) -> Vec<Reason> {
        let chosen = self.allowed(within).into_iter().enumerate().map(|(at, options)| {
            let candidate = |option: u16| self.candidate((at as u16, option));
            let home = candidate(*options.first()?).platform;
            let bound = options.iter().all(|&option| candidate(option).platform == home);
            let cheapest = options.iter().copied().min_by_key(|&option| candidate(option).alone);
            cheapest.filter(|_| bound)
        });
        self.crowded(&chosen.collect::<Vec<_>>())
    }

    /// Whether everybody who is decided on is in the region where the others take it to be.
    fn is_consistent(&self, chosen: &[Option<u16>]) -> bool {
        let region = |at: usize| {
            let candidate = &self.candidates[at][usize::from(chosen[at]?)];
            Some(self.world.region_at(candidate.platform))
        };
        let apart = |&(a, b): &(usize, usize)| match (region(a), region(b)) {
            (Some(a), Some(b)) => a != b,
            _ => false,
        };
        let holds = |(at, option): (usize, &Option<u16>)| {
            option.is_none_or(|option| {
                let reach = &self.candidates[at][usize::from(option)].reach;
                reach.callees.iter().all(|&(to, there)| region(to).is_none_or(|own| own == there))
            })
        };
        !self.world.spans()
            || (!self.together.iter().any(apart) && chosen.iter().enumerate().all(holds))
    }

    /// The same placement with each component in the like of its option that takes the others to be where they are.
    pub(crate) fn settled(&self, options: &[u16]) -> Vec<u16> {
        let mut settled = options.to_vec();
        if !self.world.spans() {
            return settled;
        }
        let region = |at: usize, options: &[u16]| {
            self.world.region_at(self.candidates[at][usize::from(options[at])].platform)
        };
        for (at, &option) in options.iter().enumerate() {
            let own = &self.candidates[at][usize::from(option)];
            let fits = |other: &Candidate| {
                let callees = &other.reach.callees;
                callees.iter().all(|&(to, there)| region(to, options) == there)
            };
            if fits(own) {
                continue;
            }
            let others = self.candidates[at].iter().enumerate();
            let like = others.filter(|(_, other)| other.platform == own.platform && fits(other));
            let configured = |other: &Candidate| other.configuration != own.configuration;
            let best = like.min_by_key(|(_, other)| (configured(other), other.alone));
            if let Some((other, _)) = best {
                settled[at] = other as u16;
            }
        }
        settled
    }

    fn split(&self, invoices: &[Invoice], members: &[Pick]) -> Split {
        let ids: Vec<&str> = members
            .iter()
            .map(|pick| self.world.component(usize::from(pick.0)).id.as_str())
            .collect();
        let mut own = vec![Money::ZERO; members.len()];
        for line in invoices.iter().flat_map(|invoice| &invoice.lines) {
            let of = line.component.as_deref();
            if let Some(at) = of.and_then(|id| ids.iter().position(|known| *known == id)) {
                own[at] += line.amount;
            }
        }
        Split { total: invoices.iter().map(Invoice::total).sum(), own }
    }
}

impl Ledger for Books<'_> {
    fn groups(&self) -> &[Vec<usize>] {
        &self.groups
    }
    fn group_count(&self) -> usize {
        self.world.platforms.len()
    }
    fn bill(&self, group: usize, members: &[Pick]) -> Option<Split> {
        let invoice = self.world.bill(group, &self.members(members)).ok()?;
        Some(self.split(&[invoice], members))
    }
    fn account(&self, members: &[Pick]) -> Option<Split> {
        let invoices = self.world.account(&self.members(members)).ok()?;
        Some(self.split(&invoices, members))
    }
    fn account_class(&self, pick: Pick) -> u16 {
        self.classes[usize::from(pick.0)][usize::from(pick.1)]
    }
    fn alone(&self, pick: Pick) -> Option<Money> {
        Some(self.candidate(pick).alone)
    }
    fn floors(&self, pick: Pick) -> Floors {
        let candidate = self.candidate(pick);
        let member = self.members(&[pick])[0];
        let platform = self.world.platforms[candidate.platform];
        platform.floors(&member, &self.world.site_of(candidate.platform)).unwrap_or_default()
    }
    fn settled(&self, options: &[u16]) -> Vec<u16> {
        self.settled(options)
    }
    fn may_hold(&self, chosen: &[Option<u16>]) -> bool {
        self.is_consistent(chosen)
            && self.heads.iter().all(|head| {
                let decided = head.members.iter().all(|&at| chosen[at].is_some());
                let options: Vec<u16> = chosen.iter().map(|option| option.unwrap_or(0)).collect();
                !decided || self.holds(head, &options)
            })
            && self.crowded(chosen).is_empty()
    }
}

/// A placement, component by component.
pub(crate) fn picks(options: &[u16]) -> impl Iterator<Item = Pick> + '_ {
    options.iter().enumerate().map(|(at, &option)| (at as u16, option))
}

/// Options with the same flow in the same region look alike to the account.
fn flow_classes(world: &World<'_>, candidates: &[Candidate]) -> Vec<u16> {
    let mut known = Vec::new();
    let class = |candidate: &Candidate| {
        let flow = (world.region_at(candidate.platform), *candidate.evaluation.usage.flow());
        let at = known.iter().position(|seen| *seen == flow).unwrap_or_else(|| {
            known.push(flow);
            known.len() - 1
        });
        at as u16
    };
    candidates.iter().map(class).collect()
}

//! The cheapest placement, exactly: branch and bound over component × option.
//!
//! A placement costs Σ over platforms of the bill of everything placed there, plus the account's own bill of
//! everything. Bills are black boxes with shared costs (control plane, nodes, load balancer, tiers), so a
//! component's cost depends on its company.
//!
//! **Bound.** A bill splits into lines of single components and shared lines. A partial placement cannot end
//! up cheaper than: the shared lines of what is decided (shared lines never shrink as members come), plus for
//! every decided component the least its own lines can be (alone, or in the largest company, where price tiers
//! are lowest), plus for every undecided component the least over its options of the same, plus a fair part of
//! the smallest shared cost of a platform that is not in use yet: with r components undecided each pays 1/r of
//! it, so whoever opens the platform has paid no more than its price. This is admissible for bills whose shared
//! lines grow with their members and whose own lines move between these two ends; brute force over random
//! bills of that kind agrees in the tests.
//!
//! A second bound takes the shared lines for what they are made of: every option says the least that it adds to them in
//! any company ([`Floors::added`], the worth of its CPU and memory at prices so low that no machine is worth more
//! than it costs), and what there is with it in any case beside that ([`Floors::fixed`], a control plane). The
//! former are added up over everything, the latter counted once a platform, with fair parts again where none is in use
//! yet. The larger of the two bounds counts, and the one before anything is decided is what an unproven answer is held
//! against.
//!
//! **Start.** The best of several greedy placements (each platform alone, each component's cheapest), improved by
//! single moves, so that the bound has something to cut with.
//!
//! **Limit.** After [`NODES_MAX`] partial placements or [`WORK_MAX`] of work on bills the search stops and says so: with
//! many components that share nodes the answer is then the best one found, not a proven one. A bill counts as the
//! square of its members, which is how the work on shared nodes grows.
//!
//! Ties go to fewer platforms, then to the earlier platform and option in the order of the components.

use std::collections::BTreeMap;

use platforms::Floors;
use units::Money;

/// Partial placements looked at, at most.
pub(crate) const NODES_MAX: u64 = 400_000;
/// Work on bills, at most: two thousand bills of ten components, or a hundred of forty-five.
pub(crate) const WORK_MAX: u64 = 200_000;
/// With more components than this, the part that tiers leave is asked for once a group and not once an option.
const MANY: usize = 40;
/// Work on improving one start, at most.
const IMPROVING_WORK: u64 = 50_000;

/// A bill in the form that the search needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Split {
    /// Everything.
    pub(crate) total: Money,
    /// The lines of single components, in the order of the members.
    pub(crate) own: Vec<Money>,
}

impl Split {
    fn shared(&self) -> Money {
        self.total - self.own.iter().copied().sum()
    }
}

/// One component with one of its options.
pub(crate) type Pick = (u16, u16);

/// What the search needs to know of options and bills.
pub(crate) trait Ledger {
    /// The group (platform) of every option of every component.
    fn groups(&self) -> &[Vec<usize>];
    /// How many groups there are.
    fn group_count(&self) -> usize;
    /// The bill of members (sorted by component) of one group; `None` if they cannot stand together.
    fn bill(&self, group: usize, members: &[Pick]) -> Option<Split>;
    /// The account's bill of members (sorted by component).
    fn account(&self, members: &[Pick]) -> Option<Split>;
    /// Options of one component that look alike to the account have the same number.
    fn account_class(&self, pick: Pick) -> u16;
    /// What one option costs alone; `None` if it cannot be billed.
    fn alone(&self, pick: Pick) -> Option<Money>;
    /// The least of the shared lines of its group that there is for the sake of an option, in any company.
    fn floors(&self, pick: Pick) -> Floors {
        let _ = pick;
        Floors::default()
    }
    /// The same whole placement with each component in that variant of its option that fits where the others are.
    fn settled(&self, options: &[u16]) -> Vec<u16> {
        options.to_vec()
    }
    /// Whether a partial placement (`None` is undecided) may still keep its promises.
    fn may_hold(&self, chosen: &[Option<u16>]) -> bool;
}

/// Bills that were asked for before.
#[derive(Debug, Default)]
pub(crate) struct Memo {
    bills: BTreeMap<(usize, Vec<Pick>), Option<Split>>,
    /// Squares of the members of all bills that were made.
    work: u64,
}

/// The answer of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// The option of every component.
    pub(crate) options: Vec<u16>,
    /// What it costs.
    pub(crate) total: Money,
    /// Whether it is proven to be the cheapest.
    pub(crate) proven: bool,
    /// No placement costs less than this; the total itself where it is proven.
    pub(crate) at_least: Money,
}

/// The cheapest placement that uses only `allowed` options (one list a component, ascending); `None` if there is
/// none.
pub(crate) fn cheapest(
    ledger: &dyn Ledger,
    allowed: &[Vec<u16>],
    memo: &mut Memo,
) -> Option<Found> {
    exactly(ledger, allowed, memo, None)
}

/// A placement that costs less than a limit. Where the best start finds none the search for it is exact: another placement,
/// if it is proven, then says that there is none.
pub(crate) fn below(
    ledger: &dyn Ledger,
    allowed: &[Vec<u16>],
    memo: &mut Memo,
    limit: Money,
) -> Option<Found> {
    exactly(ledger, allowed, memo, Some(limit))
}

fn exactly(
    ledger: &dyn Ledger,
    allowed: &[Vec<u16>],
    memo: &mut Memo,
    limit: Option<Money>,
) -> Option<Found> {
    if allowed.iter().any(Vec::is_empty) {
        return None;
    }
    let mut search = Search::new(ledger, allowed, memo);
    search.limit = limit;
    match limit {
        None => search.start(usize::MAX),
        Some(limit) => {
            search.start(1);
            if search.best.as_ref().is_some_and(|best| best.total < limit) {
                return search.best.take().map(Best::unproven);
            }
        }
    }
    search.measure();
    let (rest, floors) = search.rest(0, None);
    let root = rest.max(floors);
    let mut chosen = vec![None; allowed.len()];
    search.descend(0, &mut chosen, Money::ZERO);
    let proven = !search.is_spent();
    let best = search.best.take()?;
    let options = search.settle_ties(best.options, best.total);
    let at_least = if proven { best.total } else { root.min(best.total) };
    Some(Found { options, total: best.total, proven, at_least })
}

/// A placement that no single move makes cheaper, from the best of a few starts: what flip points and sensitivity ask
/// for hundreds of times. `None` if none was found.
pub(crate) fn good(ledger: &dyn Ledger, allowed: &[Vec<u16>], memo: &mut Memo) -> Option<Found> {
    if allowed.iter().any(Vec::is_empty) {
        return None;
    }
    let mut search = Search::new(ledger, allowed, memo);
    search.start(1);
    if search.best.is_none() {
        search.start(usize::MAX);
    }
    search.best.take().map(Best::unproven)
}

/// What a whole placement costs if its parts keep their promises together; `None` if they do not, or it cannot be billed.
pub(crate) fn feasible(ledger: &dyn Ledger, options: &[u16], memo: &mut Memo) -> Option<Money> {
    let chosen: Vec<Option<u16>> = options.iter().copied().map(Some).collect();
    if ledger.may_hold(&chosen) { total(ledger, options, memo) } else { None }
}

/// What a whole placement would be billed, whether its parts hold together or not; `None` if it cannot be billed.
pub(crate) fn total(ledger: &dyn Ledger, options: &[u16], memo: &mut Memo) -> Option<Money> {
    let mut groups: Vec<Vec<Pick>> = vec![Vec::new(); ledger.group_count()];
    let mut all = Vec::with_capacity(options.len());
    for (component, &option) in options.iter().enumerate() {
        let pick = (component as u16, option);
        groups[ledger.groups()[component][usize::from(option)]].push(pick);
        all.push(pick);
    }
    let mut sum = memo.account(ledger, &all)?.total;
    for (group, members) in groups.iter().enumerate().filter(|(_, members)| !members.is_empty()) {
        sum += memo.bill(ledger, group, members)?.total;
    }
    Some(sum)
}

impl Memo {
    /// Takes in what another search was billed for the same candidates.
    pub(crate) fn learn(&mut self, other: Self) {
        self.bills.extend(other.bills);
        self.work += other.work;
    }

    /// The bill of one group.
    pub(crate) fn bill(
        &mut self,
        ledger: &dyn Ledger,
        group: usize,
        members: &[Pick],
    ) -> Option<Split> {
        if members.is_empty() {
            return Some(Split { total: Money::ZERO, own: Vec::new() });
        }
        let key = (group, members.to_vec());
        let work = &mut self.work;
        let bill = || {
            *work += (members.len() * members.len()) as u64;
            ledger.bill(group, members)
        };
        self.bills.entry(key).or_insert_with(bill).clone()
    }

    /// The account's bill; options that look alike to it share an entry.
    fn account(&mut self, ledger: &dyn Ledger, members: &[Pick]) -> Option<Split> {
        let classes: Vec<Pick> =
            members.iter().map(|&pick| (pick.0, ledger.account_class(pick))).collect();
        let key = (ledger.group_count(), classes);
        self.bills.entry(key).or_insert_with(|| ledger.account(members)).clone()
    }
}

struct Best {
    options: Vec<u16>,
    total: Money,
    platforms: usize,
}

impl Best {
    /// As an answer of which nothing is proven.
    fn unproven(self) -> Found {
        Found { options: self.options, total: self.total, proven: false, at_least: Money::ZERO }
    }
}

struct Search<'a> {
    ledger: &'a dyn Ledger,
    allowed: &'a [Vec<u16>],
    memo: &'a mut Memo,
    /// Components in the order in which they are decided: the dearest first.
    order: Vec<usize>,
    /// The least that own lines of an option can be, by component and option.
    floors: Vec<Vec<Money>>,
    /// The least that an option adds to shared lines, by component and option.
    shared_floors: Vec<Vec<Money>>,
    /// What there is of shared lines with an option in any case, by component and option.
    fixed_floors: Vec<Vec<Money>>,
    /// The smallest shared cost of a group.
    opening: Vec<Money>,
    /// The smallest fixed floor of a group.
    fixed_opening: Vec<Money>,
    /// By component, each group it may be in with the least that its own lines can be there, alone and with its shared
    /// floor.
    least_own: Vec<Vec<(usize, Money, Money)>>,
    members: Vec<Vec<Pick>>,
    /// Shared lines of what is decided in each group.
    shared: Vec<Money>,
    /// The least that what is decided adds to shared lines, over all groups.
    shared_floor: Money,
    /// The largest fixed floor of what is decided in each group.
    fixed: Vec<Money>,
    best: Option<Best>,
    /// What costs as much is of no interest.
    limit: Option<Money>,
    visited: u64,
    work_at_start: u64,
}

impl<'a> Search<'a> {
    fn new(ledger: &'a dyn Ledger, allowed: &'a [Vec<u16>], memo: &'a mut Memo) -> Self {
        let groups = ledger.group_count();
        let work_at_start = memo.work;
        Self {
            ledger,
            allowed,
            memo,
            order: (0..allowed.len()).collect(),
            floors: Vec::new(),
            shared_floors: Vec::new(),
            fixed_floors: Vec::new(),
            opening: vec![Money::from_pico(i128::MAX / 4); groups],
            fixed_opening: vec![Money::from_pico(i128::MAX / 4); groups],
            least_own: Vec::new(),
            members: vec![Vec::new(); groups],
            shared: vec![Money::ZERO; groups],
            shared_floor: Money::ZERO,
            fixed: vec![Money::ZERO; groups],
            best: None,
            limit: None,
            visited: 0,
            work_at_start,
        }
    }

    /// Whether a limit is reached.
    fn is_spent(&self) -> bool {
        self.visited >= NODES_MAX || self.memo.work - self.work_at_start >= WORK_MAX
    }

    /// Floors, opening costs and the order of decisions.
    fn measure(&mut self) {
        let ledger = self.ledger;
        let companies: Vec<Vec<Pick>> =
            (0..ledger.group_count()).map(|group| self.largest_company(group)).collect();
        let everybody = self.largest_account();
        let mut cheapest = vec![Money::ZERO; self.allowed.len()];
        // Tiers give every member of a company the same part: with many members it is asked for once a group.
        let parts: Option<Vec<f64>> = (self.allowed.len() > MANY).then(|| {
            (0..companies.len()).map(|group| self.part_of_own(group, &companies[group])).collect()
        });
        for (component, options) in self.allowed.iter().enumerate() {
            let mut floors = vec![Money::ZERO; ledger.groups()[component].len()];
            let (mut shared, mut fixed) = (floors.clone(), floors.clone());
            let mut least: Option<Money> = None;
            for &option in options {
                let pick = (component as u16, option);
                let group = ledger.groups()[component][usize::from(option)];
                let Some(alone) = self.memo.bill(ledger, group, &[pick]) else { continue };
                let account = self.account_floor(&everybody, pick);
                self.opening[group] = self.opening[group].min(alone.shared());
                let in_company = match &parts {
                    Some(parts) => Some(alone.own[0].times_f64(parts[group])),
                    None => self.own_in_company(group, &companies[group], pick),
                };
                let own = in_company.map_or(Money::ZERO, |own| own.min(alone.own[0]));
                floors[usize::from(option)] = own + account;
                let least_shared = ledger.floors(pick);
                shared[usize::from(option)] = least_shared.added;
                fixed[usize::from(option)] = least_shared.fixed;
                self.fixed_opening[group] = self.fixed_opening[group].min(least_shared.fixed);
                let full = alone.total + account;
                least = Some(least.map_or(full, |l| l.min(full)));
            }
            self.floors.push(floors);
            self.shared_floors.push(shared);
            self.fixed_floors.push(fixed);
            cheapest[component] = least.unwrap_or(Money::ZERO);
        }
        self.order.sort_by_key(|&component| (std::cmp::Reverse(cheapest[component]), component));
        self.sum_up();
    }

    /// What the bounds ask for again and again.
    fn sum_up(&mut self) {
        let groups = self.ledger.groups();
        for (component, options) in self.allowed.iter().enumerate() {
            let (floors, shared) = (&self.floors[component], &self.shared_floors[component]);
            let mut least: BTreeMap<usize, (Money, Money)> = BTreeMap::new();
            for at in options.iter().map(|&option| usize::from(option)) {
                let (own, both) = (floors[at], floors[at] + shared[at]);
                let known = least.entry(groups[component][at]).or_insert((own, both));
                *known = (own.min(known.0), both.min(known.1));
            }
            self.least_own.push(least.into_iter().map(|(g, (own, both))| (g, own, both)).collect());
        }
    }

    /// Every component that has an option in the group, with its dearest one there: tiers are lowest then.
    fn largest_company(&mut self, group: usize) -> Vec<Pick> {
        let mut company = Vec::new();
        for (component, options) in self.allowed.iter().enumerate() {
            let groups = &self.ledger.groups()[component];
            let inside = options.iter().filter(|&&option| groups[usize::from(option)] == group);
            let picks: Vec<Pick> = inside.map(|&option| (component as u16, option)).collect();
            let dearest = picks.into_iter().max_by_key(|&pick| {
                self.memo.bill(self.ledger, group, &[pick]).map(|split| split.total)
            });
            company.extend(dearest);
        }
        company
    }

    /// The smallest part of what it pays alone that a member pays in the largest company.
    fn part_of_own(&mut self, group: usize, company: &[Pick]) -> f64 {
        // Of a company that has no bill nothing is known.
        let Some(together) = self.memo.bill(self.ledger, group, company) else { return 0.0 };
        let mut least = 1.0_f64;
        for (&pick, own) in company.iter().zip(&together.own) {
            let alone = self.memo.bill(self.ledger, group, &[pick]).map(|split| split.own[0]);
            if let Some(alone) = alone.filter(|alone| *alone > Money::ZERO) {
                least = least.min(own.dollars() / alone.dollars());
            }
        }
        least.max(0.0)
    }

    fn own_in_company(&mut self, group: usize, company: &[Pick], pick: Pick) -> Option<Money> {
        let at = company.iter().position(|member| member.0 == pick.0)?;
        let mut with = company.to_vec();
        with[at] = pick;
        self.memo.bill(self.ledger, group, &with).map(|split| split.own[at])
    }

    /// Every component with the option that the account bills most for.
    fn largest_account(&mut self) -> Vec<Pick> {
        let mut company = Vec::new();
        for (component, options) in self.allowed.iter().enumerate() {
            let picks = options.iter().map(|&option| (component as u16, option));
            let dearest = picks.max_by_key(|&pick| {
                self.memo.account(self.ledger, &[pick]).map(|split| split.total)
            });
            company.extend(dearest);
        }
        company
    }

    /// The least that the account's own lines of an option can be: alone, or in the largest company.
    fn account_floor(&mut self, everybody: &[Pick], pick: Pick) -> Money {
        let alone = self.memo.account(self.ledger, &[pick]).map(|split| split.own[0]);
        let mut with = everybody.to_vec();
        let at = usize::from(pick.0);
        with[at] = pick;
        let company = self.memo.account(self.ledger, &with).map(|split| split.own[at]);
        alone.into_iter().chain(company).min().unwrap_or(Money::ZERO)
    }

    /// The best of the greedy placements, improved by single moves.
    fn start(&mut self, improved: usize) {
        let mut starts: Vec<(Money, Vec<u16>)> = Vec::new();
        for options in self.greedy() {
            match self.cost(&options) {
                Some(cost) => starts.push((cost, options)),
                // It breaks a promise; its neighbours may not.
                None => starts.push((Money::from_pico(i128::MAX / 2), options)),
            }
        }
        starts.sort();
        for (_, options) in starts.into_iter().take(improved) {
            let improved = self.improve(options);
            self.offer(&improved);
        }
    }

    /// Everything where it is cheapest alone, and for each group everything that has a place there.
    fn greedy(&mut self) -> Vec<Vec<u16>> {
        let ledger = self.ledger;
        let cheapest = |component: usize, group: Option<usize>| {
            let groups = &ledger.groups()[component];
            let within = self.allowed[component]
                .iter()
                .filter(|&&option| group.is_none_or(|g| groups[usize::from(option)] == g));
            let priced = within
                .filter_map(|&option| Some((ledger.alone((component as u16, option))?, option)));
            priced.min().map(|(_, option)| option)
        };
        let groups = std::iter::once(None).chain((0..ledger.group_count()).map(Some));
        let mut starts: Vec<Vec<u16>> = groups
            .filter_map(|group| {
                (0..self.allowed.len())
                    .map(|at| cheapest(at, group).or_else(|| cheapest(at, None)))
                    .collect()
            })
            .collect();
        for start in &mut starts {
            *start = ledger.settled(start);
        }
        starts.sort();
        starts.dedup();
        starts
    }

    /// Single moves until none helps.
    fn improve(&mut self, mut options: Vec<u16>) -> Vec<u16> {
        let ledger = self.ledger;
        let mut now = self.cost(&options);
        let stop = self.memo.work + IMPROVING_WORK;
        while self.memo.work < stop {
            let mut better: Option<(Money, Vec<u16>)> = None;
            for component in 0..options.len() {
                let was = options[component];
                for at in 0..self.allowed[component].len() {
                    let option = self.allowed[component][at];
                    if self.memo.work >= stop {
                        break;
                    }
                    options[component] = option;
                    let moved = ledger.settled(&options);
                    let cost = if option == was { None } else { self.cost(&moved) };
                    let bar = better.as_ref().map(|(money, _)| *money).or(now);
                    if let Some(cost) = cost.filter(|&cost| bar.is_none_or(|bar| cost < bar)) {
                        better = Some((cost, moved));
                    }
                }
                options[component] = was;
            }
            let Some((money, moved)) = better else { return options };
            (options, now) = (moved, Some(money));
        }
        options
    }

    fn cost(&mut self, options: &[u16]) -> Option<Money> {
        feasible(self.ledger, options, self.memo)
    }

    /// Takes a whole placement if it is better than the best so far.
    fn offer(&mut self, options: &[u16]) {
        let Some(total) = self.cost(options) else { return };
        let platforms = self.platforms(options);
        let better =
            self.best.as_ref().is_none_or(|best| (total, platforms) < (best.total, best.platforms));
        if better {
            self.best = Some(Best { options: options.to_vec(), total, platforms });
        }
    }

    fn platforms(&self, options: &[u16]) -> usize {
        let groups = self.ledger.groups();
        let mut used: Vec<usize> =
            options.iter().enumerate().map(|(c, &o)| groups[c][usize::from(o)]).collect();
        used.sort_unstable();
        used.dedup();
        used.len()
    }

    /// Decides the component at `depth`; `own` is the least that the own lines of the decided ones can be.
    fn descend(&mut self, depth: usize, chosen: &mut Vec<Option<u16>>, own: Money) {
        if depth == self.order.len() {
            let options: Vec<u16> = chosen.iter().copied().flatten().collect();
            self.offer(&options);
            return;
        }
        let component = self.order[depth];
        let mut children: Vec<(Money, u16)> = Vec::new();
        let shared: Money = self.shared.iter().copied().sum();
        let fixed: Money = self.fixed.iter().copied().sum();
        let mut rests: Vec<Option<(Money, Money)>> = vec![None; self.members.len()];
        for &option in &self.allowed[component] {
            let at = usize::from(option);
            let group = self.ledger.groups()[component][at];
            let own = own + self.floors[component][at];
            let opening =
                if self.members[group].is_empty() { self.opening[group] } else { Money::ZERO };
            let (rest, floors_after) =
                *rests[group].get_or_insert_with(|| self.rest(depth + 1, Some(group)));
            let added = self.shared_floors[component][at] + fixed - self.fixed[group]
                + self.fixed[group].max(self.fixed_floors[component][at]);
            let by_floors = own + self.shared_floor + added + floors_after;
            children.push((by_floors.max(own + opening + shared + rest), option));
        }
        children.sort_unstable();
        for (bound, option) in children {
            if self.is_spent() || self.is_beaten(bound) {
                return;
            }
            self.visited += 1;
            chosen[component] = Some(option);
            if self.ledger.may_hold(chosen) {
                self.enter(depth, component, option, chosen, own);
            }
            chosen[component] = None;
        }
    }

    /// Places one component, and goes on if the bill of its company leaves room.
    fn enter(
        &mut self,
        depth: usize,
        component: usize,
        option: u16,
        chosen: &mut Vec<Option<u16>>,
        own: Money,
    ) {
        let group = self.ledger.groups()[component][usize::from(option)];
        let pick = (component as u16, option);
        let at = self.members[group].partition_point(|member| *member < pick);
        self.members[group].insert(at, pick);
        let was = (self.shared[group], self.fixed[group]);
        let added = self.shared_floors[component][usize::from(option)];
        self.shared_floor += added;
        self.fixed[group] = was.1.max(self.fixed_floors[component][usize::from(option)]);
        let members = std::mem::take(&mut self.members[group]);
        let bill = self.memo.bill(self.ledger, group, &members);
        self.members[group] = members;
        if let Some(bill) = bill {
            self.shared[group] = bill.shared();
            let own = own + self.floors[component][usize::from(option)];
            let sum = |all: &[Money]| all.iter().copied().sum::<Money>();
            let (rest, floors) = self.rest(depth + 1, None);
            let by_floors = own + self.shared_floor + sum(&self.fixed) + floors;
            if !self.is_beaten(by_floors.max(own + sum(&self.shared) + rest)) {
                self.descend(depth + 1, chosen, own);
            }
        }
        (self.shared[group], self.fixed[group]) = was;
        self.shared_floor = self.shared_floor - added;
        self.members[group].remove(at);
    }

    /// The least that the components from `depth` on can add: by their own lines and what opens groups, and by all that
    /// each adds in any company and what there is in a group in any case.
    fn rest(&self, depth: usize, opened: Option<usize>) -> (Money, Money) {
        let undecided = self.order.get(depth..).unwrap_or_default();
        let parts = undecided.len().max(1) as i128;
        let part = |money: Money| Money::from_pico(money.pico().max(0) / parts);
        let part_of: Vec<(Money, Money)> = (0..self.members.len())
            .map(|group| {
                let open = opened == Some(group) || !self.members[group].is_empty();
                if open {
                    (Money::ZERO, Money::ZERO)
                } else {
                    (part(self.opening[group]), part(self.fixed_opening[group]))
                }
            })
            .collect();
        let (mut by_own, mut by_floors) = (Money::ZERO, Money::ZERO);
        for &component in undecided {
            let groups = self.least_own[component].iter();
            let least = groups.map(|&(group, own, both)| {
                let (opening, fixed) = part_of[group];
                (own + opening, both + fixed)
            });
            let least = least.reduce(|a, b| (a.0.min(b.0), a.1.min(b.1)));
            let (own, both) = least.unwrap_or_default();
            by_own += own;
            by_floors += both;
        }
        (by_own, by_floors)
    }

    /// Ties survive: another placement at the same price may need fewer platforms.
    fn is_beaten(&self, bound: Money) -> bool {
        let of_no_interest = self.limit.is_some_and(|limit| bound >= limit);
        of_no_interest
            || self.best.as_ref().is_some_and(|best| {
                let used = self.members.iter().filter(|members| !members.is_empty()).count();
                (bound, used) >= (best.total, best.platforms)
            })
    }

    /// Among placements at the same price on as many platforms, the one with earlier platforms and options.
    fn settle_ties(&mut self, mut options: Vec<u16>, price: Money) -> Vec<u16> {
        let platforms = self.platforms(&options);
        for component in 0..options.len() {
            let was = options[component];
            for at in 0..self.allowed[component].len() {
                let option = self.allowed[component][at];
                if option >= was {
                    break;
                }
                options[component] = option;
                if self.platforms(&options) <= platforms && self.cost(&options) == Some(price) {
                    break;
                }
                options[component] = was;
            }
        }
        options
    }
}

#[cfg(test)]
mod milp;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;

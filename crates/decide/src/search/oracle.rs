//! Branch and bound against brute force, over drawn applications of a few components.
//!
//! A drawn application has what real bills have, in whole cents: a fixed cost of each group, machines of the kind that is
//! cheapest for all that is there (a concave bill that never shrinks), tiers on own lines and on the account's, groups
//! that hold only so many, options that may not stand together, latency promised over several components, and options
//! that take another component to be in a region ([`Ledger::settled`]).

use units::Random;

use super::*;

/// Applications in every run of the tests.
const EACH_TIME: u64 = 4_000;
/// The same by command.
const BY_COMMAND: u64 = 200_000;

/// One option of a component.
#[derive(Debug, Clone)]
struct Choice {
    group: usize,
    own_cents: i64,
    size: i64,
    bytes: i64,
    latency: u32,
    /// The component that it waits for, and the region where it takes it to be.
    reach: Option<(usize, usize)>,
}

/// What a group bills and holds.
#[derive(Debug, Clone)]
struct Group {
    region: usize,
    fixed_cents: i64,
    /// Size and price of the kinds of machines.
    machines: Vec<(i64, i64)>,
    /// Own lines above this many cents are half price.
    tier_cents: i64,
    /// Members at the most.
    holds: usize,
    /// The size of everything at the most.
    room: i64,
}

/// An application that was drawn.
#[derive(Debug, Clone)]
struct Drawn {
    choices: Vec<Vec<Choice>>,
    groups: Vec<Group>,
    group_of: Vec<Vec<usize>>,
    conflicts: Vec<(Pick, Pick)>,
    /// Components that wait for each other, and what their latencies may sum up to.
    promises: Vec<(Vec<usize>, u32)>,
    /// Bytes above these are half price.
    account_tier: i64,
}

/// Each part of what is above its tier at half price, shared evenly.
fn tiered(parts: &[i64], tier: i64) -> Vec<Money> {
    let sum: i64 = parts.iter().sum();
    let billed = if sum > tier { tier + (sum - tier) / 2 } else { sum };
    let part = |&own: &i64| Money::from_cents(own).scaled(billed as u128, sum.max(1) as u128);
    parts.iter().map(part).collect()
}

impl Drawn {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let mut below = |most: u64| random.below(most).cast_signed();
        let often = |part: i64| part == 0;
        let groups: Vec<Group> = (0..2 + below(3))
            .map(|_| Group {
                region: below(2) as usize,
                fixed_cents: if often(below(3)) { 0 } else { below(9_000) },
                machines: (0..=below(3)).map(|_| (2 + below(18), below(3_000))).collect(),
                tier_cents: if often(below(2)) { 500 + below(6_000) } else { i64::MAX / 4 },
                holds: if often(below(4)) { 1 + below(3) as usize } else { usize::MAX },
                room: if often(below(4)) { 8 + below(20) } else { i64::MAX },
            })
            .collect();
        let components = 1 + below(5) as usize;
        let spans = often(below(3));
        let choices: Vec<Vec<Choice>> = (0..components)
            .map(|component| {
                let waits_for = (spans && component > 0 && often(below(2)))
                    .then(|| below(component as u64) as usize);
                let mut options = Vec::new();
                for _ in 0..=below(4) {
                    let one = Choice {
                        group: below(groups.len() as u64) as usize,
                        own_cents: below(4_000),
                        size: below(12),
                        bytes: below(300),
                        latency: below(100) as u32,
                        reach: None,
                    };
                    let Some(to) = waits_for else {
                        options.push(one);
                        continue;
                    };
                    for region in 0..2 {
                        let far = groups[one.group].region != region;
                        let bytes = one.bytes + if far { 200 } else { 0 };
                        let latency = one.latency + if far { 30 } else { 0 };
                        let reach = Some((to, region));
                        options.push(Choice { bytes, latency, reach, ..one.clone() });
                    }
                }
                options
            })
            .collect();
        let any = |below: &mut dyn FnMut(u64) -> i64| -> Pick {
            let component = below(components as u64) as usize;
            (component as u16, below(choices[component].len() as u64) as u16)
        };
        let conflicts = (0..below(3)).map(|_| (any(&mut below), any(&mut below))).collect();
        let promises = (0..below(3))
            .map(|_| {
                let waiting: Vec<usize> = (0..components).filter(|_| often(below(2))).collect();
                (waiting, 20 + below(200) as u32)
            })
            .collect();
        Self {
            group_of: choices.iter().map(|all| all.iter().map(|c| c.group).collect()).collect(),
            choices,
            groups,
            conflicts,
            promises,
            account_tier: if often(below(2)) { 100 + below(800) } else { i64::MAX / 4 },
        }
    }

    fn of(&self, pick: Pick) -> &Choice {
        &self.choices[usize::from(pick.0)][usize::from(pick.1)]
    }

    fn region(&self, component: usize, option: u16) -> usize {
        self.groups[self.group_of[component][usize::from(option)]].region
    }

    fn all(&self) -> Vec<Vec<u16>> {
        self.choices.iter().map(|all| (0..all.len() as u16).collect()).collect()
    }

    /// The least total and the fewest groups at it, by trying everything.
    fn brute_force(&self) -> Option<(Money, usize)> {
        let mut best: Option<(Money, usize)> = None;
        let mut options = vec![0_u16; self.choices.len()];
        let mut memo = Memo::default();
        loop {
            if let Some(cost) = feasible(self, &options, &mut memo) {
                let key = (cost, self.used(&options));
                best = Some(best.map_or(key, |best| best.min(key)));
            }
            let mut at = 0;
            while at < options.len() {
                options[at] += 1;
                if usize::from(options[at]) < self.choices[at].len() {
                    break;
                }
                options[at] = 0;
                at += 1;
            }
            if at == options.len() {
                return best;
            }
        }
    }

    fn used(&self, options: &[u16]) -> usize {
        let mut used: Vec<usize> = options
            .iter()
            .enumerate()
            .map(|(component, &option)| self.group_of[component][usize::from(option)])
            .collect();
        used.sort_unstable();
        used.dedup();
        used.len()
    }
}

impl Ledger for Drawn {
    fn groups(&self) -> &[Vec<usize>] {
        &self.group_of
    }
    fn group_count(&self) -> usize {
        self.groups.len()
    }
    fn bill(&self, group: usize, members: &[Pick]) -> Option<Split> {
        let group = &self.groups[group];
        let size: i64 = members.iter().map(|&pick| self.of(pick).size).sum();
        if size > group.room {
            return None;
        }
        let machines = group.machines.iter().map(|(each, price)| (size + each - 1) / each * price);
        let parts: Vec<i64> = members.iter().map(|&pick| self.of(pick).own_cents).collect();
        let own = tiered(&parts, group.tier_cents);
        let shared = Money::from_cents(group.fixed_cents + machines.min().unwrap_or(0));
        Some(Split { total: shared + own.iter().copied().sum(), own })
    }
    fn account(&self, members: &[Pick]) -> Option<Split> {
        let parts: Vec<i64> = members.iter().map(|&pick| self.of(pick).bytes).collect();
        let own = tiered(&parts, self.account_tier);
        Some(Split { total: own.iter().copied().sum(), own })
    }
    fn account_class(&self, pick: Pick) -> u16 {
        self.of(pick).bytes as u16
    }
    fn alone(&self, pick: Pick) -> Option<Money> {
        Some(self.bill(self.of(pick).group, &[pick])?.total)
    }
    fn floors(&self, pick: Pick) -> Floors {
        let choice = self.of(pick);
        let group = &self.groups[choice.group];
        // A machine's price by the part of it that is taken, whatever the company.
        let floors = group.machines.iter().map(|(each, price)| choice.size * price / each);
        let added = Money::from_cents(floors.min().unwrap_or(0));
        Floors { added, fixed: Money::from_cents(group.fixed_cents) }
    }
    fn settled(&self, options: &[u16]) -> Vec<u16> {
        let mut settled = options.to_vec();
        for (component, &option) in options.iter().enumerate() {
            let Some((to, region)) = self.of((component as u16, option)).reach else { continue };
            if self.region(to, options[to]) != region {
                // Options of one kind stand in pairs, one for each region.
                settled[component] = option ^ 1;
            }
        }
        settled
    }
    fn may_hold(&self, chosen: &[Option<u16>]) -> bool {
        let has = |pick: Pick| chosen[usize::from(pick.0)] == Some(pick.1);
        let clash = self.conflicts.iter().any(|&(a, b)| a != b && has(a) && has(b));
        let astray = chosen.iter().enumerate().any(|(component, option)| {
            let reach = option.and_then(|option| self.of((component as u16, option)).reach);
            reach.is_some_and(|(to, region)| {
                chosen[to].is_some_and(|option| self.region(to, option) != region)
            })
        });
        let late = self.promises.iter().any(|(waiting, limit)| {
            let latency = |&at: &usize| Some(self.of((at as u16, chosen[at]?)).latency);
            let sum: Option<u32> = waiting.iter().map(latency).sum();
            sum.is_some_and(|sum| sum > *limit)
        });
        let crowded = (0..self.groups.len()).any(|group| {
            let here = chosen.iter().enumerate().filter(|(component, option)| {
                option.is_some_and(|o| self.group_of[*component][usize::from(o)] == group)
            });
            here.count() > self.groups[group].holds
        });
        !(clash || astray || late || crowded)
    }
}

fn against_brute_force(seeds: std::ops::Range<u64>) {
    let (mut possible, mut spanning) = (0, 0);
    for seed in seeds.clone() {
        let drawn = Drawn::new(seed);
        let found = cheapest(&drawn, &drawn.all(), &mut Memo::default());
        let expected = drawn.brute_force();
        let got = found.as_ref().map(|found| (found.total, drawn.used(&found.options)));
        assert_eq!(got, expected, "seed {seed}: {drawn:?}");
        let Some(found) = found else { continue };
        assert!(found.proven && found.at_least == found.total, "seed {seed}");
        let again = feasible(&drawn, &found.options, &mut Memo::default());
        assert_eq!(again, Some(found.total), "seed {seed}");
        possible += 1;
        spanning += u64::from(drawn.choices.iter().flatten().any(|choice| choice.reach.is_some()));
    }
    // The cases are worth something: most have an answer, and many take others to be somewhere.
    let all = seeds.end - seeds.start;
    assert!(possible > all / 2 && spanning > all / 20, "{possible} and {spanning} of {all}");
}

#[test]
fn nothing_that_brute_force_finds_is_cheaper() {
    against_brute_force(0..EACH_TIME);
}

#[test]
#[ignore = "a minute and more in a release build; `docs/guide/validation.md` has the command"]
fn nothing_that_brute_force_finds_is_cheaper_at_length() {
    against_brute_force(EACH_TIME..EACH_TIME + BY_COMMAND);
}

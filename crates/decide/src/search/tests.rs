//! Branch and bound against brute force, on random bills with shared costs, nodes and tiers.

use proptest::prelude::*;

use super::*;

/// One option: where, its own cost, and what it takes of the group's nodes.
#[derive(Debug, Clone)]
struct Choice {
    group: usize,
    own_cents: i64,
    size: u32,
    bytes: u16,
}

/// A made-up world: groups with a fixed cost, nodes of a size and a price, and a tier on own lines.
#[derive(Debug, Clone)]
struct World {
    choices: Vec<Vec<Choice>>,
    groups: Vec<Vec<usize>>,
    fixed_cents: Vec<i64>,
    node_cents: Vec<i64>,
    node_size: Vec<u32>,
    /// Own lines above this many cents in a group are half price.
    tier_cents: Vec<i64>,
    /// Pairs (component, option) that may not both be chosen.
    conflict: Option<(Pick, Pick)>,
}

impl Ledger for World {
    fn groups(&self) -> &[Vec<usize>] {
        &self.groups
    }
    fn group_count(&self) -> usize {
        self.fixed_cents.len()
    }
    fn bill(&self, group: usize, members: &[Pick]) -> Option<Split> {
        let of = |pick: &Pick| &self.choices[usize::from(pick.0)][usize::from(pick.1)];
        let size: u32 = members.iter().map(|m| of(m).size).sum();
        let nodes = i64::from(size.div_ceil(self.node_size[group]));
        let sum: i64 = members.iter().map(|m| of(m).own_cents).sum();
        // Everybody gets the proportional part of the sum's tiers.
        let tier = self.tier_cents[group];
        let billed = if sum > tier { tier + (sum - tier) / 2 } else { sum };
        let own: Vec<Money> = members
            .iter()
            .map(|m| Money::from_cents(of(m).own_cents).scaled(billed as u128, sum.max(1) as u128))
            .collect();
        let shared = Money::from_cents(self.fixed_cents[group] + nodes * self.node_cents[group]);
        Some(Split { total: shared + own.iter().copied().sum(), own })
    }
    fn account(&self, members: &[Pick]) -> Option<Split> {
        let own: Vec<Money> = members
            .iter()
            .map(|m| {
                let choice = &self.choices[usize::from(m.0)][usize::from(m.1)];
                Money::from_cents(i64::from(choice.bytes))
            })
            .collect();
        Some(Split { total: own.iter().copied().sum(), own })
    }
    fn account_class(&self, pick: Pick) -> u16 {
        self.choices[usize::from(pick.0)][usize::from(pick.1)].bytes
    }
    fn alone(&self, pick: Pick) -> Option<Money> {
        let group = self.groups[usize::from(pick.0)][usize::from(pick.1)];
        self.bill(group, &[pick]).map(|split| split.total)
    }
    fn floors(&self, pick: Pick) -> Floors {
        // A node's price by the part of it that is taken, whatever the company.
        let choice = &self.choices[usize::from(pick.0)][usize::from(pick.1)];
        let nodes = self.node_cents[choice.group] * i64::from(choice.size);
        let added = Money::from_cents(nodes / i64::from(self.node_size[choice.group]));
        Floors { added, fixed: Money::from_cents(self.fixed_cents[choice.group]) }
    }
    fn may_hold(&self, chosen: &[Option<u16>]) -> bool {
        let Some((a, b)) = self.conflict else { return true };
        let has = |p: Pick| chosen.get(usize::from(p.0)).copied().flatten() == Some(p.1);
        !(has(a) && has(b))
    }
}

impl World {
    fn all(&self) -> Vec<Vec<u16>> {
        self.choices.iter().map(|c| (0..c.len() as u16).collect()).collect()
    }

    fn brute_force(&self) -> Option<(Money, usize)> {
        let mut best: Option<(Money, usize)> = None;
        let mut options = vec![0_u16; self.choices.len()];
        loop {
            let chosen: Vec<Option<u16>> = options.iter().map(|&o| Some(o)).collect();
            if self.may_hold(&chosen)
                && let Some(cost) = total(self, &options, &mut Memo::default())
            {
                let mut used: Vec<usize> = options
                    .iter()
                    .enumerate()
                    .map(|(c, &o)| self.groups[c][usize::from(o)])
                    .collect();
                used.sort_unstable();
                used.dedup();
                let key = (cost, used.len());
                best = Some(best.map_or(key, |b| b.min(key)));
            }
            let mut at = 0;
            loop {
                if at == options.len() {
                    return best;
                }
                options[at] += 1;
                if usize::from(options[at]) < self.choices[at].len() {
                    break;
                }
                options[at] = 0;
                at += 1;
            }
        }
    }
}

fn world() -> impl Strategy<Value = World> {
    let groups = 3_usize;
    let choice = (0..groups, 0_i64..4000, 0_u32..12, 0_u16..300)
        .prop_map(|(group, own_cents, size, bytes)| Choice { group, own_cents, size, bytes });
    let choices = prop::collection::vec(prop::collection::vec(choice, 1..5), 1..6);
    let costs = (
        prop::collection::vec(0_i64..9000, groups),
        prop::collection::vec(0_i64..3000, groups),
        prop::collection::vec(4_u32..20, groups),
        prop::collection::vec(500_i64..9000, groups),
    );
    (choices, costs, any::<bool>()).prop_map(|(choices, (fixed, node, size, tier), conflict)| {
        let groups = choices.iter().map(|c| c.iter().map(|o| o.group).collect()).collect();
        let conflict = (conflict && choices.len() > 1).then_some(((0, 0), (1, 0)));
        World {
            choices,
            groups,
            fixed_cents: fixed,
            node_cents: node,
            node_size: size,
            tier_cents: tier,
            conflict,
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn branch_and_bound_finds_what_brute_force_finds(world in world()) {
        let found = cheapest(&world, &world.all(), &mut Memo::default());
        let expected = world.brute_force();
        prop_assert_eq!(found.as_ref().map(|f| f.total), expected.map(|(money, _)| money));
        if let Some(found) = found {
            prop_assert!(found.proven);
            prop_assert_eq!(found.at_least, found.total);
            let again = total(&world, &found.options, &mut Memo::default());
            prop_assert_eq!(again, Some(found.total));
        }
    }

    #[test]
    fn a_good_placement_is_a_real_one_and_never_below_the_cheapest(world in world()) {
        let good = good(&world, &world.all(), &mut Memo::default());
        let best = cheapest(&world, &world.all(), &mut Memo::default());
        if let Some(good) = good {
            let again = total(&world, &good.options, &mut Memo::default());
            prop_assert_eq!(again, Some(good.total));
            prop_assert!(good.total >= best.unwrap().total);
        }
    }

    #[test]
    fn allowing_less_never_makes_it_cheaper(world in world()) {
        let all = world.all();
        let first: Vec<Vec<u16>> = all.iter().map(|options| options[..1].to_vec()).collect();
        let free = cheapest(&world, &all, &mut Memo::default()).map(|f| f.total);
        if let Some(bound) = cheapest(&world, &first, &mut Memo::default()) {
            prop_assert!(free.unwrap() <= bound.total);
        }
    }
}

#[test]
fn a_fixed_cost_is_paid_once_and_only_if_enough_share_it() {
    // Alone each costs 30 on demand; together on the cluster they cost 50 + 2 × 5.
    let choices = |n: usize| {
        let one = vec![
            Choice { group: 0, own_cents: 3000, size: 0, bytes: 0 },
            Choice { group: 1, own_cents: 500, size: 0, bytes: 0 },
        ];
        vec![one; n]
    };
    let world = |n: usize| World {
        choices: choices(n),
        groups: vec![vec![0, 1]; n],
        fixed_cents: vec![0, 5000],
        node_cents: vec![0, 0],
        node_size: vec![1, 1],
        tier_cents: vec![i64::MAX / 4; 2],
        conflict: None,
    };
    let found = |n| cheapest(&world(n), &world(n).all(), &mut Memo::default()).unwrap();
    assert_eq!(found(1).options, [0]);
    assert_eq!(found(2).total, Money::from_cents(6000), "a tie: either is right");
    assert_eq!(found(3).options, [1, 1, 1]);
    assert_eq!(found(3).total, Money::from_cents(6500));
}

#[test]
fn twelve_components_that_share_nodes_are_proven_without_trying_all() {
    let choices: Vec<Vec<Choice>> = (0..12)
        .map(|i| {
            vec![
                Choice { group: 0, own_cents: 300 + 170 * i, size: 0, bytes: 10 },
                Choice { group: 1, own_cents: 20, size: 3 + (i as u32) % 4, bytes: 10 },
                Choice { group: 2, own_cents: 900, size: 1, bytes: 10 },
                Choice { group: 1, own_cents: 30, size: 2 + (i as u32) % 4, bytes: 10 },
            ]
        })
        .collect();
    let world = World {
        groups: choices.iter().map(|c| c.iter().map(|o| o.group).collect()).collect(),
        choices,
        fixed_cents: vec![0, 7300, 1600],
        node_cents: vec![0, 2500, 400],
        node_size: vec![1, 8, 2],
        tier_cents: vec![i64::MAX / 4; 3],
        conflict: None,
    };
    let found = cheapest(&world, &world.all(), &mut Memo::default()).unwrap();
    assert!(found.proven, "4^12 placements need not be tried one by one");
}

#[test]
fn nothing_allowed_is_nothing_found() {
    let world = World {
        choices: vec![vec![Choice { group: 0, own_cents: 1, size: 0, bytes: 0 }]],
        groups: vec![vec![0]],
        fixed_cents: vec![0],
        node_cents: vec![0],
        node_size: vec![1],
        tier_cents: vec![0],
        conflict: None,
    };
    assert_eq!(cheapest(&world, &[Vec::new()], &mut Memo::default()), None);
}

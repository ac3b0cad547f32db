//! Branch and bound against a mixed-integer program, for applications too large for brute force.
//!
//! Where a group bills a fixed cost and whole machines of one kind, and own lines know no tiers, the cheapest placement is
//! a linear program with whole numbers: one of the options of each component is taken (x), a group with members is open
//! (y), and has so many machines (n) that everything fits. A solver that is not ours finds its optimum.

use microlp::{ComparisonOp, OptimizationDirection, Problem, Variable};
use units::Random;

use super::*;

/// Applications in every run of the tests.
const EACH_TIME: u64 = 60;
/// The same by command.
const BY_COMMAND: u64 = 2_000;

/// One option: where, own lines in cents, and what it takes of machines.
#[derive(Debug, Clone, Copy)]
struct Choice {
    group: usize,
    own_cents: i64,
    size: i64,
}

/// An application whose bills are linear but for whole machines.
#[derive(Debug)]
struct Linear {
    choices: Vec<Vec<Choice>>,
    group_of: Vec<Vec<usize>>,
    fixed_cents: Vec<i64>,
    /// Size and price of a machine of each group.
    machines: Vec<(i64, i64)>,
    conflicts: Vec<(Pick, Pick)>,
}

impl Linear {
    fn new(seed: u64, components: std::ops::Range<u64>) -> Self {
        let mut random = Random::new(seed);
        let mut below = |most: u64| random.below(most).cast_signed();
        let groups = 2 + below(3) as u64;
        let components = components.start + below(components.end - components.start) as u64;
        let choices: Vec<Vec<Choice>> = (0..components)
            .map(|_| {
                let one = |below: &mut dyn FnMut(u64) -> i64| Choice {
                    group: below(groups) as usize,
                    own_cents: below(4_000),
                    size: below(8),
                };
                (0..=below(4)).map(|_| one(&mut below)).collect()
            })
            .collect();
        let pick = |below: &mut dyn FnMut(u64) -> i64| -> Pick {
            let component = below(components);
            (component as u16, below(choices[component as usize].len() as u64) as u16)
        };
        let conflicts = (0..below(6)).map(|_| (pick(&mut below), pick(&mut below)));
        let conflicts: Vec<(Pick, Pick)> = conflicts.filter(|(a, b)| a.0 != b.0).collect();
        Self {
            group_of: choices.iter().map(|all| all.iter().map(|c| c.group).collect()).collect(),
            fixed_cents: (0..groups).map(|_| below(20_000)).collect(),
            machines: (0..groups).map(|_| (8 + below(24), below(3_000))).collect(),
            choices,
            conflicts,
        }
    }

    fn of(&self, pick: Pick) -> Choice {
        self.choices[usize::from(pick.0)][usize::from(pick.1)]
    }

    fn all(&self) -> Vec<Vec<u16>> {
        self.choices.iter().map(|all| (0..all.len() as u16).collect()).collect()
    }

    /// The least total in cents by the other solver; `None` if there is no placement.
    fn solved(&self) -> Option<i64> {
        let mut problem = Problem::new(OptimizationDirection::Minimize);
        let open: Vec<Variable> =
            self.fixed_cents.iter().map(|&cents| problem.add_binary_var(cents as f64)).collect();
        let machines: Vec<Variable> = self
            .machines
            .iter()
            .map(|&(_, cents)| problem.add_integer_var(cents as f64, (0, 1_000)))
            .collect();
        let mut taken: Vec<Vec<Variable>> = Vec::new();
        for options in &self.choices {
            let x = options.iter().map(|c| problem.add_binary_var(c.own_cents as f64));
            let x: Vec<Variable> = x.collect();
            problem.add_constraint(x.iter().map(|&x| (x, 1.0)), ComparisonOp::Eq, 1.0);
            for (&x, choice) in x.iter().zip(options) {
                let opened = [(x, 1.0), (open[choice.group], -1.0)];
                problem.add_constraint(opened, ComparisonOp::Le, 0.0);
            }
            taken.push(x);
        }
        for (group, &(each, _)) in self.machines.iter().enumerate() {
            let mut sum = vec![(machines[group], -each as f64)];
            for (options, taken) in self.choices.iter().zip(&taken) {
                let here = options.iter().zip(taken).filter(|(choice, _)| choice.group == group);
                sum.extend(here.map(|(choice, &x)| (x, choice.size as f64)));
            }
            problem.add_constraint(sum, ComparisonOp::Le, 0.0);
        }
        for &(a, b) in &self.conflicts {
            let x = |pick: Pick| taken[usize::from(pick.0)][usize::from(pick.1)];
            problem.add_constraint([(x(a), 1.0), (x(b), 1.0)], ComparisonOp::Le, 1.0);
        }
        match problem.solve() {
            Ok(outcome) => {
                let solution = outcome.into_solution().expect("no time limit");
                Some(solution.objective().round() as i64)
            }
            Err(microlp::Error::Infeasible) => None,
            Err(error) => panic!("{error}"),
        }
    }
}

impl Ledger for Linear {
    fn groups(&self) -> &[Vec<usize>] {
        &self.group_of
    }
    fn group_count(&self) -> usize {
        self.fixed_cents.len()
    }
    fn bill(&self, group: usize, members: &[Pick]) -> Option<Split> {
        let own = members.iter().map(|&pick| Money::from_cents(self.of(pick).own_cents));
        let own: Vec<Money> = own.collect();
        let size: i64 = members.iter().map(|&pick| self.of(pick).size).sum();
        let (each, price) = self.machines[group];
        let shared = self.fixed_cents[group] + (size + each - 1) / each * price;
        Some(Split { total: Money::from_cents(shared) + own.iter().copied().sum(), own })
    }
    fn account(&self, members: &[Pick]) -> Option<Split> {
        Some(Split { total: Money::ZERO, own: vec![Money::ZERO; members.len()] })
    }
    fn account_class(&self, _: Pick) -> u16 {
        0
    }
    fn alone(&self, pick: Pick) -> Option<Money> {
        Some(self.bill(self.of(pick).group, &[pick])?.total)
    }
    fn floors(&self, pick: Pick) -> Floors {
        let choice = self.of(pick);
        let (each, price) = self.machines[choice.group];
        let added = Money::from_cents(choice.size * price / each);
        Floors { added, fixed: Money::from_cents(self.fixed_cents[choice.group]) }
    }
    fn may_hold(&self, chosen: &[Option<u16>]) -> bool {
        let has = |pick: Pick| chosen[usize::from(pick.0)] == Some(pick.1);
        !self.conflicts.iter().any(|&(a, b)| has(a) && has(b))
    }
}

fn against_the_solver(seeds: std::ops::Range<u64>, components: std::ops::Range<u64>) {
    let mut proven = 0;
    for seed in seeds.clone() {
        let app = Linear::new(seed, components.clone());
        let found = cheapest(&app, &app.all(), &mut Memo::default());
        let least = app.solved().map(Money::from_cents);
        let Some((found, least)) = found.as_ref().zip(least) else {
            assert_eq!(found.map(|found| found.total), least, "seed {seed}");
            continue;
        };
        proven += u64::from(found.proven);
        assert!(
            found.total >= least && found.at_least <= least,
            "seed {seed}: {found:?} {least:?}"
        );
        assert!(!found.proven || found.total == least, "seed {seed}: {found:?} {least:?}");
    }
    let all = seeds.end - seeds.start;
    assert!(proven > all / 3, "only {proven} of {all} are proven");
}

#[test]
fn nothing_that_the_solver_finds_is_cheaper() {
    against_the_solver(0..EACH_TIME, 15..25);
}

#[test]
#[ignore = "minutes in a release build; `docs/guide/validation.md` has the command"]
fn nothing_that_the_solver_finds_is_cheaper_at_length() {
    against_the_solver(EACH_TIME..EACH_TIME + BY_COMMAND, 15..41);
}

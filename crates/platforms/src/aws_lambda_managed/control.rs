//! When environments come and go: a policy that a minute's mean and a replay both drive.

use std::collections::VecDeque;

use sim::pods::{self, Fleet};
use units::{Duration, Instant};

use super::rules::Rules;
use model::InstanceSettings;

/// Capacity in environments: it follows what is wanted down at once and up at a bounded pace.
///
/// A doubling every five minutes is spread evenly over them, and holds what starting a machine takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ramp {
    capacity: f64,
    /// By how much it may grow between two looks.
    growth: f64,
}

impl Ramp {
    /// With so many environments there.
    pub(super) fn new(rules: &Rules, there: u32) -> Self {
        let looks = rules.doubling.secs_f64() / rules.period.secs_f64();
        Self { capacity: f64::from(there.max(1)), growth: 2.0_f64.powf(1.0 / looks.max(1e-3)) }
    }

    /// Environments after the next look, if so many are wanted.
    pub(super) fn follow(&mut self, wanted: f64) -> u32 {
        self.capacity = wanted.min(self.capacity * self.growth);
        (self.capacity - 1e-9).ceil().max(1.0) as u32
    }
}

/// The scaler of one function's environments.
#[derive(Debug, Clone)]
pub(super) struct Control {
    rules: Rules,
    ramp: Ramp,
    /// Environments at the beginning, and at the most.
    first: u32,
    most: u32,
    /// vCPU and requests in service of one environment that is full.
    cpu: f64,
    places: f64,
    /// What was wanted at the last looks, newest first.
    wanted: VecDeque<f64>,
    length: Duration,
}

impl Control {
    pub(super) fn new(rules: Rules, settings: &InstanceSettings, first: u32) -> Self {
        Self {
            ramp: Ramp::new(&rules, first),
            first,
            most: rules.most(settings.cpu),
            cpu: settings.cpu.vcpu_f64().max(1e-3),
            places: f64::from(settings.concurrency.max(1)),
            wanted: VecDeque::new(),
            length: rules.period,
            rules,
        }
    }

    /// Environments for what the last span used: vCPU and requests in service, on average.
    fn look(&mut self, cpu: f64, requests: f64) -> u32 {
        let full = (cpu / self.cpu).max(requests / self.places);
        self.wanted.push_front(full * self.rules.headroom);
        self.wanted.truncate(self.rules.samples());
        let most = self.wanted.iter().copied().fold(0.0, f64::max);
        self.ramp.follow(most.clamp(f64::from(self.rules.least), f64::from(self.most)))
    }
}

impl pods::Control for Control {
    fn tick(&mut self, now: Instant, fleet: &mut Fleet) -> Instant {
        let mut count = self.first;
        if now > Instant::START {
            let (mut cpu, mut requests) = (0.0, 0.0);
            for id in fleet.ready().to_vec() {
                let load = fleet.take_load(id);
                cpu += load.cpu.secs_f64() / self.length.secs_f64();
                requests += load.requests.secs_f64() / self.length.secs_f64();
            }
            count = self.look(cpu, requests);
        }
        while fleet.ready().len() < count as usize {
            fleet.add();
        }
        while fleet.ready().len() > count as usize {
            let Some(&last) = fleet.ready().last() else { break };
            fleet.drain(last);
        }
        now + self.length
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Rules {
        Rules::of(crate::plain_scene::prices()).unwrap()
    }

    #[test]
    fn capacity_doubles_in_five_minutes_and_falls_at_once() {
        let mut ramp = Ramp::new(&rules(), 100);
        let grown: Vec<u32> = (0..10).map(|_| ramp.follow(1e6)).collect();
        assert_eq!((grown[4], grown[9]), (200, 400), "{grown:?}");
        assert_eq!(ramp.follow(7.0), 7);
    }

    #[test]
    fn half_as_much_again_is_held_for_a_quarter_of_an_hour() {
        let settings = super::super::tests::environment(1000, 2048, 10);
        let mut control = Control::new(rules(), &settings, 12);
        // 80 requests in 10 places each are 8 environments full.
        assert_eq!(control.look(1.0, 80.0), 12);
        let later: Vec<u32> = (0..15).map(|_| control.look(0.0, 0.0)).collect();
        assert_eq!((later[13], later[14]), (12, 3), "{later:?}");
    }

    #[test]
    fn whichever_is_fuller_counts() {
        let settings = super::super::tests::environment(2000, 4096, 100);
        let mut control = Control::new(rules(), &settings, 30);
        assert_eq!(control.look(20.0, 100.0), 15, "10 environments of CPU");
    }
}

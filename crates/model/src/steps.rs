//! How the work of one run is cut into steps that end before the next begins.

use source::Span;
use units::{Bytes, Duration};

use crate::demand::Demand;
use crate::fact::Fact;

/// A run in steps: what a step found is kept, and between steps the run may wait without being anywhere.
#[derive(Debug, Clone, PartialEq)]
pub struct Steps {
    /// Steps of one run, at least 1: pieces of work, or states of a state machine that are not waits.
    pub count: u32,
    /// Of them, those that another component does, which is called for it and billed by itself; at most `count`.
    pub elsewhere: u32,
    /// How often a run waits between steps: for a clock, an approval, a message.
    pub pauses: Fact<u32>,
    /// The part of the component's waiting that lies inside steps, all of them together; the rest lies between them.
    pub inside: Fact<Duration>,
    /// Bytes that a step hands on, which are kept until the run's history goes.
    pub state: Fact<Bytes>,
    /// The kind of state machine that it is, where it is one already; `None` leaves open what carries it.
    pub machine: Option<Machine>,
    /// How long the history of a run is kept after its end; `None` is the platform's default.
    pub kept: Option<Fact<Duration>>,
    /// Where it was declared.
    pub span: Option<Span>,
}

/// A kind of state machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Machine {
    /// Each step once, up to a year, billed by transitions.
    Standard,
    /// Each step once or more, minutes at the most, billed by time.
    Express,
}

impl Machine {
    /// Both with their names in files.
    pub const ALL: [(&'static str, Self); 2] =
        [("standard", Self::Standard), ("express", Self::Express)];

    /// Its name in files.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, machine)| *machine == self).map_or("", |(name, _)| name)
    }
}

impl Steps {
    /// Waits between steps.
    pub fn pauses(&self) -> u32 {
        self.pauses.get().unwrap_or(0)
    }

    /// Waiting inside steps: what is declared, and all of it where a run never waits between them. Of the mean.
    pub fn inside(&self, demand: &Demand) -> Duration {
        let wait = demand.wait.value().map_or(Duration::ZERO, crate::Distribution::mean);
        if self.pauses() == 0 {
            return wait;
        }
        self.inside.get().unwrap_or(Duration::ZERO).min(wait)
    }

    /// Waiting between steps, which nobody pays for where a run is cut. Of the mean.
    pub fn between(&self, demand: &Demand) -> Duration {
        let wait = demand.wait.value().map_or(Duration::ZERO, crate::Distribution::mean);
        wait.saturating_sub(self.inside(demand))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Distribution;

    fn steps(pauses: u32, inside_secs: u64) -> Steps {
        Steps {
            count: 3,
            elsewhere: 0,
            pauses: Fact::assumed(pauses, ""),
            inside: Fact::assumed(Duration::from_secs(inside_secs), ""),
            state: Fact::Unknown,
            machine: None,
            kept: None,
            span: None,
        }
    }

    #[test]
    fn waiting_lies_inside_steps_or_between_them() {
        let wait = Fact::assumed(Distribution::Constant(Duration::from_secs(100)), "");
        let demand = Demand { cpu: Fact::Unknown, wait, duration: None };
        let parts =
            |steps: Steps| (steps.inside(&demand).secs_f64(), steps.between(&demand).secs_f64());
        assert_eq!(parts(steps(2, 10)), (10.0, 90.0));
        assert_eq!(parts(steps(2, 500)), (100.0, 0.0));
        // Without a wait between steps, all of it is inside.
        assert_eq!(parts(steps(0, 10)), (100.0, 0.0));
    }
}

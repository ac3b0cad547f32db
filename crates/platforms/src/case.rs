//! What a platform is asked about.

use catalog::Prices;
use model::{App, Component};
use traffic::Workload;
use units::{Instant, Request, Seed};

use crate::platform::Evaluation;
use model::Configuration;

/// One component with its load, as a platform sees it.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The application it belongs to.
    pub app: &'a App,
    /// The component.
    pub component: &'a Component,
    /// Its load.
    pub workload: &'a Workload,
    /// One cycle of it, request by request and sorted: the same for every platform and configuration.
    /// Empty where only closed forms are asked for.
    pub requests: &'a [Request],
    /// Where in the workload's cycle they begin.
    pub start: Instant,
    /// Which part of the workload's cycle `requests` covers, as a factor from the replay to the month:
    /// replayed totals times this are monthly totals.
    pub replays_per_month: f64,
    /// Prices and quotas in force.
    pub prices: Prices<'a>,
    /// The root of all randomness.
    pub seed: Seed,
}

impl<'a> Case<'a> {
    /// What the bill needs to know of the surroundings.
    pub const fn site(&self) -> Site<'a> {
        Site { app: self.app, prices: self.prices }
    }
}

/// The surroundings of a bill: region, free tier, network, what is left out.
#[derive(Debug, Clone, Copy)]
pub struct Site<'a> {
    /// The application (region, availability, network, `assume`).
    pub app: &'a App,
    /// Prices in force.
    pub prices: Prices<'a>,
}

/// One component placed on a platform: what a bill is made from.
#[derive(Debug, Clone, Copy)]
pub struct Member<'a> {
    /// The component.
    pub component: &'a Component,
    /// How it is configured there.
    pub configuration: &'a Configuration,
    /// What it used, by closed form or simulation.
    pub evaluation: &'a Evaluation,
}

//! What is asked.

use std::collections::BTreeMap;

use catalog::{Missing, Prices};
use model::{App, InputFile, Invoice};
use platforms::account::Crossing;
use platforms::{Member, Platform, Site};
use source::Finding;
use traffic::Workload;
use units::{Date, Seed};

/// The account's own bill of everything in one region: egress, logs, traffic between zones.
pub type AccountBill = fn(&[Member<'_>], &[Crossing], &Site<'_>) -> Result<Invoice, Missing>;

/// Requests replayed a component at most, where not every request is asked for: enough that a p99 rests on
/// two thousand requests, few enough that a plan of ten components takes a second.
pub const REPLAY_MAX: usize = 200_000;

/// Requests replayed a component at most where every request of the cycle is asked for: 24 bytes each in memory.
pub const REPLAY_MAX_EXACT: usize = 20_000_000;

/// Everything an answer is made from.
#[derive(Clone)]
pub struct Question<'a> {
    /// The application.
    pub app: &'a App,
    /// The load of each component, by id. A component without one is placed as if nobody called it.
    pub workloads: BTreeMap<String, Workload>,
    /// Prices and quotas in force.
    pub prices: Prices<'a>,
    /// The same without the discounts of the application, if it has any: what they are worth is told.
    pub list: Option<Prices<'a>>,
    /// The root of all randomness.
    pub seed: Seed,
    /// The platforms to try.
    pub platforms: &'a [&'a dyn Platform],
    /// The account's own bill.
    pub account: AccountBill,
    /// Requests replayed a component at most.
    pub replay_max: usize,
    /// Whether every request of the cycle is replayed, whatever `replay_max` says.
    pub exact: bool,
    /// Whether costs at other loads, work and memory are wanted ([`model::WhatIf`]): about as much work as the curves.
    pub what_if: bool,
    /// What the readers found; it is passed on in the answer.
    pub findings: Vec<Finding>,
    /// Where the traffic comes from, in words, for the head of the report.
    pub traffic: String,
    /// Name and version of the program.
    pub tool: String,
    /// The inputs with their hashes.
    pub inputs: Vec<InputFile>,
    /// The youngest observation in the catalogue; found by looking through its rows where it is `None`.
    pub prices_observed: Option<Date>,
    /// Told what is being done; it must not print to where the answer goes.
    pub progress: &'a (dyn Fn(Step<'_>) + Sync),
}

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'a> {
    /// Rules and closed forms over all options.
    Screening,
    /// Replaying the requests of one component.
    Simulating {
        /// Which.
        component: &'a str,
        /// The how-manieth, from 1.
        number: usize,
        /// Of how many.
        of: usize,
    },
    /// Looking for the cheapest placement.
    Searching,
    /// Looking for where the answer changes.
    Flips,
    /// Trying other values for what is assumed.
    Sensitivity,
}

impl<'a> Question<'a> {
    /// A question with every platform, seed 1 and the usual replay.
    pub fn new(app: &'a App, workloads: BTreeMap<String, Workload>, prices: Prices<'a>) -> Self {
        Self {
            app,
            workloads,
            prices,
            list: None,
            seed: Seed(1),
            platforms: platforms::ALL,
            account: platforms::account::bill,
            replay_max: REPLAY_MAX,
            exact: false,
            what_if: false,
            findings: Vec::new(),
            traffic: String::new(),
            tool: concat!("crossover ", env!("CARGO_PKG_VERSION")).to_owned(),
            inputs: Vec::new(),
            prices_observed: None,
            progress: &|_| {},
        }
    }
}

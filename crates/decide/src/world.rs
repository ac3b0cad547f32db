//! One app under one load at one set of prices: what options, bills and searches are asked about.

use std::borrow::Cow;

use catalog::{Missing, Prices};
use model::{App, Component, Invoice};
use platforms::{Case, Limits, Member, Platform, Site};
use traffic::{Arrivals, Workload};
use units::{Duration, Request, Seed};

use crate::case::Quota;
use crate::question::{AccountBill, Question};

/// The platform that an existing cluster is one of.
const EXISTING_CLUSTER: &str = "kubernetes/eks";

/// The surroundings of every evaluation. Sensitivity and flip points make other worlds from it.
#[derive(Clone)]
pub(crate) struct World<'a> {
    pub(crate) app: Cow<'a, App>,
    /// One load a component, in the order of the app's components.
    pub(crate) loads: Vec<Cow<'a, Workload>>,
    pub(crate) prices: Prices<'a>,
    pub(crate) seed: Seed,
    pub(crate) platforms: &'a [&'a dyn Platform],
    pub(crate) account: AccountBill,
}

impl<'a> World<'a> {
    /// The world as it is asked about.
    pub(crate) fn new(question: &'a Question<'_>) -> Self {
        let loads = question.app.components.iter().map(|component| {
            question
                .workloads
                .get(&component.id)
                .map_or_else(|| Cow::Owned(silence()), Cow::Borrowed)
        });
        Self {
            app: Cow::Borrowed(question.app),
            loads: loads.collect(),
            prices: question.prices,
            seed: question.seed,
            platforms: question.platforms,
            account: question.account,
        }
    }

    /// The same with every load times a factor, for closed forms: recorded moments are left behind.
    pub(crate) fn scaled(&self, factor: f64) -> Self {
        let loads = self.loads.iter().map(|load| Cow::Owned(thin(load, factor))).collect();
        Self { loads, ..self.clone() }
    }

    /// The same with another app (of the same components).
    pub(crate) fn with_app(&self, app: App) -> Self {
        Self { app: Cow::Owned(app), ..self.clone() }
    }

    pub(crate) fn component(&self, at: usize) -> &Component {
        &self.app.components[at]
    }

    pub(crate) fn len(&self) -> usize {
        self.app.components.len()
    }

    pub(crate) fn site(&self) -> Site<'_> {
        Site { app: &self.app, prices: self.prices }
    }

    /// A component as platforms see it, with or without requests to replay.
    pub(crate) fn case<'b>(
        &'b self,
        at: usize,
        requests: &'b [Request],
        replays_per_month: f64,
    ) -> Case<'b> {
        Case {
            app: &self.app,
            component: self.component(at),
            workload: &self.loads[at],
            requests,
            replays_per_month,
            prices: self.prices,
            seed: self.seed,
        }
    }

    /// What each platform refuses, or the row that is missing to know it.
    pub(crate) fn limits(&self) -> Vec<Result<Limits, Missing>> {
        let site = self.site();
        self.platforms.iter().map(|platform| platform.limits(&site)).collect()
    }

    /// A number of the catalogue. Two families of rows are looked up elsewhere: `instance-memory/<type>` is the
    /// memory of a virtual machine type in GiB.
    pub(crate) fn quota(&self, platform: &str, id: &str) -> Option<Quota> {
        if platform == "instance-memory" {
            let instance = self.prices.instance(self.app.region_name(), id).ok()?;
            let gib = instance.memory.gib_f64();
            return Some(Quota { low: gib, high: gib, row: format!("aws/ec2 {id}") });
        }
        Quota::of(self.prices.limit(platform, id).ok()?)
    }

    /// The bill of members of one platform. On a cluster that is there and paid for it is what they add to it.
    pub(crate) fn bill(&self, platform: usize, members: &[Member<'_>]) -> Result<Invoice, Missing> {
        let place = self.platforms[platform];
        if self.app.existing_cluster.is_some() && place.id().0 == EXISTING_CLUSTER {
            return platforms::kubernetes_eks::marginal_bill(members, &self.site());
        }
        place.bill(members, &self.site())
    }

    /// The account's own bill.
    pub(crate) fn account(&self, members: &[Member<'_>]) -> Result<Invoice, Missing> {
        (self.account)(members, &self.site())
    }
}

/// No load at all.
fn silence() -> Workload {
    Workload {
        cycle: Duration::DAY,
        cycles_per_month: Duration::MONTH.secs_f64() / Duration::DAY.secs_f64(),
        per_minute: vec![0.0; 1440],
        arrivals: Arrivals::Poisson,
        basis: "no load".to_owned(),
        band: (1.0, 1.0),
    }
}

/// A load times a factor without its recorded moments, which closed forms do not look at.
pub(crate) fn thin(load: &Workload, factor: f64) -> Workload {
    let arrivals = match &load.arrivals {
        Arrivals::Scheduled(times) => Arrivals::Scheduled(times.clone()),
        _ => Arrivals::Poisson,
    };
    Workload {
        cycle: load.cycle,
        cycles_per_month: load.cycles_per_month,
        per_minute: load.per_minute.iter().map(|requests| requests * factor).collect(),
        arrivals,
        basis: load.basis.clone(),
        band: load.band,
    }
}

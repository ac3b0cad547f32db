//! What every platform can do.

use catalog::Missing;
use model::{Component, Engine, Invoice, MachinePool, PlatformId, Reason};
use units::{Duration, Histogram, Money, Share};

use crate::case::{Case, Member, Site};
use crate::cloud::Cloud;
use crate::limits::Limits;
use crate::split::{Held, Steady};
use crate::usage::Usage;
use model::Configuration;

/// Which of the big answers a platform belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Functions and serverless containers.
    Serverless,
    /// A Kubernetes cluster.
    Kubernetes,
    /// Plain servers.
    Servers,
    /// Managed databases, caches, queues; counts for no side.
    Managed,
}

/// Judges components that are placed on one platform together, each with its case: what keeps them from sharing it
/// though each holds its load alone. More members never remove an obstacle.
pub type Together = fn(&[(Case<'_>, Member<'_>)]) -> Result<Vec<Obstacle>, Missing>;

/// A place where a component can run.
pub trait Platform: Sync {
    /// Its id: `aws/lambda`.
    fn id(&self) -> PlatformId;

    /// Its name in prose: `Lambda`.
    fn name(&self) -> &'static str;

    /// The provider whose regions it stands in.
    fn cloud(&self) -> &'static Cloud;

    /// What an engine is called here, where the platform is a provider's managed services.
    fn engine_name(&self, engine: Engine) -> Option<&'static str> {
        let _ = engine;
        None
    }

    /// Which of the big answers it belongs to.
    fn family(&self) -> Family;

    /// What it refuses; rules read this.
    fn limits(&self, site: &Site<'_>) -> Result<Limits, Missing>;

    /// The configurations worth trying for a component, cheapest-looking first; empty if the platform is not
    /// for this kind of component at all. Hard limits are the rules' business, not this function's.
    fn options(&self, case: &Case<'_>) -> Result<Vec<Configuration>, Missing>;

    /// Why there are none of a component, in words, where its kind alone does not say it; `None` elsewhere.
    fn not_for(&self, component: &Component) -> Option<&'static str> {
        let _ = component;
        None
    }

    /// What holds the steady part of a load here and gives the rest away, with what it costs at the least; empty where
    /// nothing does.
    fn steady(&self, case: &Case<'_>, steady: &Steady<'_>) -> Result<Vec<Held>, Missing> {
        let _ = (case, steady);
        Ok(Vec::new())
    }

    /// Usage and latency by closed form: microseconds to compute, used to screen and to find flip points.
    fn estimate(
        &self,
        case: &Case<'_>,
        configuration: &Configuration,
    ) -> Result<Evaluation, Missing>;

    /// Usage and latency by replaying `case.requests`.
    fn simulate(
        &self,
        case: &Case<'_>,
        configuration: &Configuration,
    ) -> Result<Evaluation, Missing>;

    /// The monthly bill of everything placed here together: what is shared (control plane, nodes, load
    /// balancer, free tier, price tiers) is counted once. No members, no bill.
    fn bill(&self, members: &[Member<'_>], site: &Site<'_>) -> Result<Invoice, Missing>;

    /// What members add to one that is there and paid for; `None` where that means nothing.
    fn marginal_bill(
        &self,
        members: &[Member<'_>],
        site: &Site<'_>,
    ) -> Result<Option<Invoice>, Missing> {
        let _ = (members, site);
        Ok(None)
    }

    /// Whether it is tried where nobody names it; what is never cheaper than a sibling of the same kind is not.
    fn usual(&self) -> bool {
        true
    }

    /// Whether something here carries a run that is cut into steps from one to the next, so that its waits are nowhere.
    fn carries_steps(&self) -> bool {
        false
    }

    /// The least of the shared lines of the bill for the sake of a member. Bounds of the search rest on it: what all members
    /// add and the most that there is with any of them in any case are together never more than these lines.
    fn floors(&self, member: &Member<'_>, site: &Site<'_>) -> Result<Floors, Missing> {
        let _ = (member, site);
        Ok(Floors::default())
    }

    /// What members share beside the bill, a quota for instance; `None` if nothing that could run out.
    fn together(&self) -> Option<Together> {
        None
    }

    /// Where each member ends up when all of them are placed here together, for a table cell: a server that
    /// two components share is larger than either would take alone. One phrase a member, in their order.
    fn describe(&self, members: &[Member<'_>], site: &Site<'_>) -> Result<Vec<String>, Missing> {
        let _ = site;
        Ok(members.iter().map(|member| member.configuration.label.clone()).collect())
    }

    /// The machines that each member shares when all of them are placed here together, in their order; `None` where
    /// nobody chooses any.
    fn machines(
        &self,
        members: &[Member<'_>],
        site: &Site<'_>,
    ) -> Result<Vec<Option<MachinePool>>, Missing> {
        let _ = site;
        Ok(vec![None; members.len()])
    }
}

/// What a member costs its platform's shared lines at the least.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Floors {
    /// What it adds to them whatever company it has: its part of nodes, for instance.
    pub added: Money,
    /// What there is with it in any company beside what all add: a control plane, a load balancer.
    pub fixed: Money,
}

/// What a component would do and use on a platform in a month.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// Metered usage a month, ready to be billed.
    pub usage: Usage,
    /// Latency as a client sees it, front door and cold starts included; `None` where nobody waits or
    /// nothing is simulated.
    pub latency: Option<Histogram>,
    /// Share of requests that met a cold start; `None` where there is no such thing.
    pub cold: Option<Share>,
    /// Requests of the replay, accounted for; `None` from a closed form.
    pub counts: Option<Counts>,
    /// The replay over time; `None` from a closed form.
    pub timeline: Option<Timeline>,
    /// Why it cannot hold the load, if it cannot.
    pub obstacles: Vec<Obstacle>,
}

/// Something that keeps a configuration from holding the load: not a rule, an outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct Obstacle {
    /// In words, with the number: `12 % of requests throttled above 1,000 concurrent`.
    pub reason: Reason,
}

/// Every request of a replay: `arrivals == served + rejected + in_flight`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests that came.
    pub arrivals: u64,
    /// Answered by the end of the replay.
    pub served: u64,
    /// Turned away: throttled, dropped, timed out in a queue.
    pub rejected: u64,
    /// Still in service or queued when the replay ended.
    pub in_flight: u64,
}

/// The replay over time, in equal steps.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Timeline {
    /// Length of a step.
    pub step: Duration,
    /// Requests that arrived in each step.
    pub requests: Vec<u64>,
    /// Instances (environments, pods, tasks, servers) at the end of each step.
    pub instances: Vec<u32>,
    /// Cold starts in each step.
    pub cold_starts: Vec<u64>,
}

//! Plain servers, whoever rents them out: who runs on which of them, at which ports.
//!
//! A pool of the plan is machines of one type. Server `i` of `n` runs one copy of every part that has more than `i` copies
//! ("as people do it": the plan's own rule), so that a pool is cut into tiers of equal servers. Each runs its parts'
//! images in containers, started by systemd and set up by cloud-init ([`cloud_init`]).

mod beside;
pub(super) mod cloud_init;
pub(super) mod proxy;
pub(super) mod script;

use std::collections::{BTreeMap, BTreeSet};

use model::{FrontDoor, Kind, MachinePool, Protocol, ServerSettings, Settings};

use super::json::expression;
use super::stack::{Stack, id};
use crate::kubernetes::Ports;
use crate::{Part, Plan};

/// Ports of servers that are given where several parts want the same one.
const PORT_FIRST: u16 = 20_000;

/// Equal servers of one pool, and who runs on them.
#[derive(Debug)]
pub(super) struct Tier<'t, 'a> {
    /// Of its blocks: `ec2__0`, `ec2__0_1`.
    pub key: String,
    /// What its things are called: `servers-0`.
    pub called: String,
    /// Machines of the plan.
    pub pool: &'t MachinePool,
    /// Parts, sorted by id; each runs one copy on each server.
    pub members: Vec<&'t Part<'a>>,
    /// Servers at the least and at the most.
    pub least: u32,
    pub most: u32,
    /// How many of the pool's servers come before them.
    pub before: u32,
}

impl Tier<'_, '_> {
    /// Whether an autoscaler follows the load.
    pub(super) fn scales(&self) -> bool {
        self.least < self.most
    }

    /// Disk in GiB that is one member's alone on each server; 0 for none.
    pub(super) fn disk_gib(part: &Part<'_>) -> u64 {
        settings(part).map_or(0, |server| server.volume.get().div_ceil(1 << 30))
    }

    /// Members with a disk of their own.
    pub(super) fn with_disks(&self) -> impl Iterator<Item = &Part<'_>> {
        self.members.iter().copied().filter(|part| Self::disk_gib(part) > 0)
    }

    /// Whether one of its members is reached through this.
    pub(super) fn has_door(&self, door: FrontDoor) -> bool {
        self.behind(door).next().is_some()
    }

    /// Members that are reached through this.
    fn behind(&self, door: FrontDoor) -> impl Iterator<Item = &Part<'_>> {
        self.members.iter().copied().filter(move |part| self::door(part) == door)
    }

    /// Servers that a group which follows the load starts with: one at the least, since a group of none has no CPU that
    /// could call for the first.
    pub(super) fn first_of_group(&self, stack: &mut Stack<'_, '_>) -> u32 {
        let least = self.least.max(1);
        if let (true, Some(part)) = (least > self.least, self.members.first()) {
            stack.told(part, "its group starts with one server more than the plan's least, because a group of none has no load to follow");
        }
        least
    }

    /// Says at which addresses (`all`, an expression) those members are reached to which clients come by DNS.
    pub(super) fn tell_addresses(&self, stack: &mut Stack<'_, '_>, all: &str) {
        let end = if self.before > 0 { format!("__{}", self.before) } else { String::new() };
        for part in self.behind(FrontDoor::Dns) {
            let about = format!(
                "addresses of the servers of {}: point its name in DNS at them",
                part.component.id
            );
            stack.output(&format!("{}__door{end}", id(part)), &about, expression(all));
        }
    }
}

/// How a part is placed, if it is placed on servers.
pub(super) fn settings<'p>(part: &'p Part<'_>) -> Option<&'p ServerSettings> {
    match &part.placement.configured {
        Settings::Server(server) => Some(server),
        _ => None,
    }
}

/// What clients reach a part on servers through.
pub(super) fn door(part: &Part<'_>) -> FrontDoor {
    settings(part).map_or(FrontDoor::None, |server| server.front_door)
}

/// Whether others find a part by its name: it listens.
pub(super) fn is_found(part: &Part<'_>) -> bool {
    !part.component.kind.ends() && !Ports::of_pod(part).all.is_empty()
}

/// Copies that are set up: a store does not replicate itself, and a job runs once.
fn copies(part: &Part<'_>) -> u32 {
    let single = matches!(part.component.kind, Kind::Cron | Kind::Job | Kind::Stateful);
    let planned = settings(part).map_or(1, |server| server.copies);
    if single { 1 } else { planned.max(1) }
}

/// The servers of these parts, which are all of one provider; `prefix` names their blocks.
pub(super) fn tiers<'t, 'a>(prefix: &str, parts: &[&'t Part<'a>]) -> Vec<Tier<'t, 'a>> {
    let mut pools: BTreeMap<u32, (&'t MachinePool, Vec<&'t Part<'a>>)> = BTreeMap::new();
    for part in parts {
        let part: &'t Part<'a> = part;
        if let Some(machines) = &part.placement.machines {
            pools.entry(machines.pool).or_insert((machines, Vec::new())).1.push(part);
        }
    }
    let mut found = Vec::new();
    for (number, (pool, members)) in pools {
        let ends: BTreeSet<u32> = members.iter().map(|part| copies(part).min(pool.max)).collect();
        let mut before = 0;
        for (tier, end) in ends.into_iter().enumerate() {
            let own = members.iter().copied().filter(|part| copies(part).min(pool.max) >= end);
            let most = end - before;
            let end = if tier == 0 { String::new() } else { format!("_{tier}") };
            found.push(Tier {
                key: format!("{prefix}__{number}{end}"),
                called: format!("servers-{number}{}", end.replace('_', "-")),
                pool,
                members: own.collect(),
                least: pool.min.saturating_sub(before).min(most),
                most,
                before,
            });
            before += most;
        }
    }
    found
}

/// Why a part cannot be written on servers, whoever rents them out.
pub(super) fn refuses(part: &Part<'_>) -> Option<String> {
    let server = settings(part)?;
    let Some(machines) = &part.placement.machines else {
        return Some("no servers are planned for it".to_owned());
    };
    if part.component.kind == Kind::Cron && cron(part).is_none() {
        return Some("its schedule is none that cron can hold".to_owned());
    }
    if machines.min < machines.max && server.front_door == FrontDoor::Dns {
        return Some("names in DNS cannot follow servers that come and go".to_owned());
    }
    None
}

/// The schedule of a job as cron reads it.
pub(super) fn cron(part: &Part<'_>) -> Option<String> {
    let model::Load::Cron { expression, .. } = &part.component.load else { return None };
    crate::kubernetes::for_kubernetes(expression).map(|text| text.replace('?', "*"))
}

/// The ports by which a part is reached from outside of its container, in the order of its own.
pub(super) fn ports(plan: &Plan<'_>, part: &Part<'_>) -> Ports {
    let mut ports = Ports::of_pod(part);
    if settings(part).is_none() {
        return ports;
    }
    let given = given(plan, part);
    for port in &mut ports.all {
        if let Some(number) = given.get(&(part.name.as_str(), port.number, port.protocol)) {
            port.number = *number;
        }
    }
    ports
}

/// The ports of all parts on one pool: their own, else one that is free.
fn given<'p>(plan: &'p Plan<'_>, of: &Part<'_>) -> BTreeMap<(&'p str, u16, Protocol), u16> {
    let own = |part: &&'p Part<'_>| {
        let pool = |part: &Part<'_>| part.placement.machines.as_ref().map(|m| m.pool);
        let place = |part: &Part<'_>| (part.placement.platform, part.placement.region.clone());
        settings(part).is_some() && place(part) == place(of) && pool(part) == pool(of)
    };
    let here: Vec<&'p Part<'_>> = plan.parts.iter().filter(own).collect();
    let mut taken = BTreeSet::new();
    let mut found = BTreeMap::new();
    for part in &here {
        for port in Ports::of_pod(part).all {
            let mut number = port.number;
            if !taken.insert((number, port.protocol)) {
                // Not one that another part has of its own.
                let wanted = |number: u16| {
                    let same = |p: &model::Port| p.number == number && p.protocol == port.protocol;
                    here.iter().any(|other| Ports::of_pod(other).all.iter().any(same))
                };
                let free =
                    |number: &u16| !wanted(*number) && !taken.contains(&(*number, port.protocol));
                number = (PORT_FIRST..=u16::MAX).find(free).unwrap_or(number);
                taken.insert((number, port.protocol));
            }
            found.insert((part.name.as_str(), port.number, port.protocol), number);
        }
    }
    found
}

/// What is to be known of a part to which clients come by DNS.
pub(super) fn told_of_dns(stack: &mut Stack<'_, '_>, part: &Part<'_>) {
    if door(part) == FrontDoor::Dns {
        stack.told(part, "clients reach it at its own port by the addresses of its servers, without a certificate: point names in DNS at them");
    }
}

/// What is to be known of parts on servers.
pub(super) fn told(stack: &mut Stack<'_, '_>, part: &Part<'_>) {
    let Some(server) = settings(part) else { return };
    let planned = server.copies;
    if planned > 1 && copies(part) == 1 {
        let what = if part.component.kind.ends() {
            format!(
                "the plan has {planned} servers for it; the job is set up on one, so that it runs once"
            )
        } else {
            format!(
                "the plan has {planned} copies; one is set up, since the image does not replicate itself"
            )
        };
        stack.left_out(part, &what);
    }
    let one = part.component.memory.get().map_or(0, units::Bytes::get);
    let processes = server.memory.get().checked_div(one).unwrap_or(1);
    if processes > 1 && !matches!(part.component.kind, Kind::Job | Kind::Stateful) {
        stack.told(part, &format!("each server is planned with {processes} processes of it: the image has to start so many, or one that serves as many requests"));
    }
    if asks_by_command(part) {
        stack.left_out(
            part,
            "its check by a command: on a server nobody asks it; what ends is started again",
        );
    }
}

/// Whether its only check is a command.
fn asks_by_command(part: &Part<'_>) -> bool {
    let blueprint = part.component.blueprint.as_deref();
    let command = |probe: &Option<model::Probe>| {
        probe.as_ref().is_some_and(|probe| matches!(probe.check, model::Check::Command(_)))
    };
    blueprint.is_some_and(|b| command(&b.ready) || command(&b.alive))
}

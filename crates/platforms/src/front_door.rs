//! What stands in front of a component: gateways, load balancers, queues. Billed alike on every platform.

use catalog::Missing;
use units::Quantity;

use crate::billing::{GB, HOURS, Lines, Use};
use crate::case::Member;
use crate::flow;
use crate::usage::Flow;
use model::{FrontDoor, Settings};

/// What a load balancer sends requests to; functions as targets fill its capacity faster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Targets {
    /// Instances, tasks or pods.
    Servers,
    /// Functions.
    Functions,
}

/// Bills the front doors of everything placed on one platform: requests are pooled over all members, and
/// all that ask for a load balancer share one.
pub fn bill(
    lines: &mut Lines<'_>,
    members: &[Member<'_>],
    targets: Targets,
) -> Result<(), Missing> {
    let assume = &lines.site().app.assume;
    queues(lines, members)?;
    topics(lines, members)?;
    storage_queues(lines, members)?;
    if assume.no_front_door.is_some() {
        return Ok(());
    }
    gateways(lines, members)?;
    let functions = targets == Targets::Functions;
    if functions || assume.no_load_balancer.is_none() {
        for kind in [FrontDoor::Alb, FrontDoor::Nlb] {
            load_balancer(lines, &behind(members, kind), kind, targets)?;
        }
        plain_balancer(lines, &behind(members, FrontDoor::Balancer))?;
    }
    Ok(())
}

/// A load balancer that is billed by the hour and by the GB through it, both ways; one for all.
fn plain_balancer(lines: &mut Lines<'_>, members: &[Member<'_>]) -> Result<(), Missing> {
    if members.is_empty() {
        return Ok(());
    }
    let cloud = lines.site().cloud();
    let service = cloud.balancer_service();
    lines.add(service, "hour", "load balancer, hours", None, Quantity::whole(HOURS))?;
    let flows = members.iter().map(|member| member.evaluation.usage.flow());
    let bytes = flows.map(|flow| flow.bytes_in + flow.bytes_out_internet).sum();
    lines.add(service, "data", "load balancer, data", None, Quantity::new(bytes, GB))?;
    cloud.addresses(lines, "public IPv4 of the load balancer", Quantity::whole(HOURS))
}

/// One load balancer for all of `members`: its hours, its capacity units and its public addresses.
///
/// Capacity units are billed by the largest of four dimensions (new connections, active connections, bytes,
/// rule evaluations). Every hour counts for itself; since all four follow the requests, the same one is
/// largest in every hour, and the month can be taken as a whole. A connection is assumed to carry one
/// request, which is the dearest case.
pub fn load_balancer(
    lines: &mut Lines<'_>,
    members: &[Member<'_>],
    kind: FrontDoor,
    targets: Targets,
) -> Result<(), Missing> {
    if members.is_empty() {
        return Ok(());
    }
    let flows = members.iter().map(|member| *member.evaluation.usage.flow());
    let (service, unit, name, platform) = match kind {
        FrontDoor::Nlb => ("aws/nlb", "nlcu", "network load balancer", "aws-nlb"),
        _ => ("aws/alb", "lcu", "load balancer", "aws-alb"),
    };
    let site = lines.site();
    let limit = |id: &str| site.prices.limit_number(platform, id);
    lines.add(service, "hour", format!("{name}, hours"), None, Quantity::whole(HOURS))?;

    let bytes = if kind == FrontDoor::Nlb {
        "bytes"
    } else if targets == Targets::Functions {
        "bytes_lambda"
    } else {
        "bytes"
    };
    let capacity = Capacity {
        new_per_hour: per_hour(limit(&format!("{unit}.new_connections"))?),
        active: limit(&format!("{unit}.active_connections"))? as u128,
        bytes_per_hour: (limit(&format!("{unit}.{bytes}"))? * GB as f64) as u128,
        rules_per_hour: if kind == FrontDoor::Nlb {
            None
        } else {
            Some(per_hour(limit("lcu.rule_evaluations")?))
        },
        rules_billed: if kind == FrontDoor::Nlb {
            0
        } else {
            // One path rule a member; a request is held against each of them at the worst.
            (members.len() as u128).saturating_sub(limit("lcu.rules_free")? as u128)
        },
    };
    let (quantity, by) = capacity.units(flows);
    lines.add(service, unit, format!("{name}, capacity ({by})"), None, quantity)?;

    let zones = u128::from(site.app.availability.zones.get().unwrap_or(1));
    let addresses = zones.max(limit("zones.min")? as u128);
    public_addresses(lines, addresses, &format!("public IPv4 of the {name}"))
}

/// So many public addresses for the whole month.
pub fn public_addresses(lines: &mut Lines<'_>, count: u128, item: &str) -> Result<(), Missing> {
    if lines.site().app.assume.no_public_ipv4.is_some() {
        return Ok(());
    }
    lines.add("aws/ipv4", "hour", item, None, Quantity::whole(count * HOURS))
}

/// What one capacity unit holds.
struct Capacity {
    new_per_hour: u128,
    active: u128,
    bytes_per_hour: u128,
    rules_per_hour: Option<u128>,
    rules_billed: u128,
}

impl Capacity {
    /// Capacity-unit hours of a month, and the dimension that decides.
    fn units(&self, flows: impl Iterator<Item = Flow>) -> (Quantity, &'static str) {
        let (mut requests, mut opened, mut bytes, mut connection_minutes) =
            (0_u128, 0_u128, 0_u128, 0_u128);
        for flow in flows {
            requests += u128::from(flow.requests);
            opened += u128::from(flow.connections);
            bytes += flow.bytes_in + flow.bytes_out_internet;
            connection_minutes += flow.connection_minutes;
        }
        let mut all = vec![
            (Quantity::new(opened, self.new_per_hour), "new connections"),
            (Quantity::new(connection_minutes, self.active * 60), "open connections"),
            (Quantity::new(bytes, self.bytes_per_hour), "bytes"),
        ];
        if let Some(rules) = self.rules_per_hour {
            all.push((Quantity::new(requests * self.rules_billed, rules), "rules"));
        }
        let larger = |a: &(Quantity, _), b: &(Quantity, _)| a.0.to_f64().total_cmp(&b.0.to_f64());
        all.into_iter().rev().max_by(larger).unwrap_or((Quantity::whole(0), "nothing"))
    }
}

fn per_hour(per_second: f64) -> u128 {
    (per_second * 3600.0) as u128
}

/// API Gateway in its three kinds, each pooled over its members.
fn gateways(lines: &mut Lines<'_>, members: &[Member<'_>]) -> Result<(), Missing> {
    let prices = lines.site().prices;
    let http = behind(members, FrontDoor::HttpApi);
    if !http.is_empty() {
        let step = kib(prices.limit_number("aws-api-gateway", "http.metering")?);
        let uses = uses(&http, "HTTP API requests", |flow| {
            let larger = flow.bytes_in.max(flow.bytes_out_internet);
            metered(u128::from(flow.requests), larger, step)
        });
        lines.tiered("aws/api-gateway-http", "requests", 1, &uses)?;
    }
    let rest = uses(&behind(members, FrontDoor::RestApi), "REST API requests", |flow| {
        u128::from(flow.requests)
    });
    lines.tiered("aws/api-gateway-rest", "requests", 1, &rest)?;
    let sockets = behind(members, FrontDoor::WebSocketApi);
    if !sockets.is_empty() {
        let step = kib(prices.limit_number("aws-api-gateway", "ws.metering")?);
        let messages = uses(&sockets, "WebSocket API messages", |flow| {
            let bytes = flow.bytes_in + flow.bytes_out_internet;
            metered(u128::from(flow.messages), bytes, step)
        });
        let minutes = uses(&sockets, "WebSocket API connections", |flow| flow.connection_minutes);
        lines.tiered("aws/api-gateway-websocket", "messages", 1, &messages)?;
        lines.tiered("aws/api-gateway-websocket", "connection_minutes", 1, &minutes)?;
    }
    Ok(())
}

/// Queues in front of workers: each message is sent, received and deleted, in calls of 64 KB. Where nobody counted
/// the calls, nothing is sent or received together.
fn queues(lines: &mut Lines<'_>, members: &[Member<'_>]) -> Result<(), Missing> {
    let app = lines.site().app;
    let mut behind = behind(members, FrontDoor::Queue);
    behind.retain(|member| !flow::is_fed_by_a_store(app, &member.component.id));
    if behind.is_empty() {
        return Ok(());
    }
    let prices = lines.site().prices;
    let calls = prices.limit_number("aws-sqs", "calls_per_message")? as u128;
    let step = kib(prices.limit_number("aws-sqs", "metering")?);
    let uses = uses(&behind, "queue requests (send, receive, delete)", |flow| {
        let requests = u128::from(flow.requests);
        let metered = metered(requests, flow.bytes_in, step);
        // A message is sent and received with its body, and deleted without.
        let counted = |calls: u64| u128::from(calls) + 2 * (metered - requests);
        flow.queue_calls.map_or(calls * metered, counted)
    });
    let billed = Lines::above(&uses, lines.allowance("aws/sqs", "free_requests", 1));
    lines.tiered("aws/sqs", "requests", 1, &billed)
}

/// The smallest message that Pub/Sub counts.
const PUBSUB_LEAST: u128 = 1000;

/// Pub/Sub topics in front of workers: bytes are counted when they are published and when they are delivered.
fn topics(lines: &mut Lines<'_>, members: &[Member<'_>]) -> Result<(), Missing> {
    let behind = behind(members, FrontDoor::PubSub);
    let uses = uses(&behind, "Pub/Sub throughput, published and delivered", |flow| {
        2 * flow.bytes_in.max(u128::from(flow.requests) * PUBSUB_LEAST)
    });
    let billed = Lines::above(&uses, lines.allowance("gcp/pubsub", "free_throughput", GB));
    lines.tiered("gcp/pubsub", "throughput", GB, &billed)
}

/// Queues in Azure Storage: each message is put, got and deleted.
fn storage_queues(lines: &mut Lines<'_>, members: &[Member<'_>]) -> Result<(), Missing> {
    let behind = behind(members, FrontDoor::StorageQueue);
    let uses = uses(&behind, "Storage queue operations", |flow| {
        flow.queue_calls.map_or(3 * u128::from(flow.requests), u128::from)
    });
    lines.tiered("azure/queue-storage", "operations", 1, &uses)
}

/// Requests counted in steps of so many bytes, by their mean size; a request is at least one step.
fn metered(requests: u128, bytes: u128, step: u128) -> u128 {
    if requests == 0 { 0 } else { requests * bytes.div_ceil(requests).div_ceil(step).max(1) }
}

fn kib(value: f64) -> u128 {
    (value * 1024.0) as u128
}

fn behind<'a>(members: &[Member<'a>], kind: FrontDoor) -> Vec<Member<'a>> {
    members.iter().copied().filter(|member| of(member) == kind).collect()
}

/// The front door of a member; managed services have none.
pub fn of(member: &Member<'_>) -> FrontDoor {
    match &member.configuration.settings {
        Settings::Function(s) => s.front_door,
        Settings::Task(s) => s.front_door,
        Settings::Instance(s) => s.front_door,
        Settings::Pod(s) => s.front_door,
        Settings::Server(s) => s.front_door,
        Settings::Managed(_) => FrontDoor::None,
    }
}

fn uses(members: &[Member<'_>], item: &str, count: impl Fn(&Flow) -> u128) -> Vec<Use> {
    let one = |m: &Member<'_>| Use::of(&m.component.id, item, count(m.evaluation.usage.flow()));
    members.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use model::{Architecture, PlatformId};
    use source::{SourceMap, Span};
    use units::{Bytes, Millicores};

    use super::*;
    use crate::billing_scene::{Scene, component, dollars, known};
    use crate::usage::{TaskUsage, Usage};
    use model::TaskSettings;

    fn scene(doors: &[(FrontDoor, Flow)]) -> Scene {
        let mut scene = Scene::new("2026-11-23");
        for (at, (front_door, flow)) in doors.iter().enumerate() {
            let settings = TaskSettings {
                cpu: Millicores::ONE,
                memory: Bytes::from_gib(2),
                architecture: Architecture::X86,
                front_door: *front_door,
                min: 1,
                warm_hours: None,
                target_percent: 50,
                spot: false,
                scratch: Bytes::ZERO,
            };
            let usage = TaskUsage { flow: *flow, ..TaskUsage::default() };
            let name = format!("c{at}");
            scene.place(component(&name), Settings::Task(settings), Usage::Task(usage));
        }
        scene
    }

    /// (item, dollars) of each line.
    fn billed(scene: &Scene, targets: Targets) -> Vec<(String, String)> {
        let site = scene.site();
        let mut lines = Lines::new(PlatformId("test"), &site);
        bill(&mut lines, &scene.members(), targets).unwrap();
        let lines = lines.finish().lines;
        lines.into_iter().map(|line| (line.item, dollars(line.amount))).collect()
    }

    fn shown(lines: &[(String, String)]) -> Vec<(&str, &str)> {
        lines.iter().map(|(item, amount)| (item.as_str(), amount.as_str())).collect()
    }

    fn requests(requests: u64) -> Flow {
        Flow { requests, connections: requests, ..Flow::default() }
    }

    #[test]
    fn one_load_balancer_serves_all_and_the_largest_dimension_is_billed() {
        let busy = Flow { bytes_out_internet: 1000 << 30, ..requests(3_000_000) };
        let scene = scene(&[(FrontDoor::Alb, busy), (FrontDoor::Alb, requests(1_000_000))]);
        let lines = billed(&scene, Targets::Servers);
        // 1,000 GB at 1 GB an LCU-hour beat 4 M new connections at 90,000 an LCU-hour.
        assert_eq!(
            shown(&lines),
            [
                ("load balancer, hours", "16.43"),
                ("load balancer, capacity (bytes)", "8.00"),
                ("public IPv4 of the load balancer", "7.30"),
            ]
        );
        // Functions as targets fill it faster: 0.4 GB an LCU-hour.
        assert_eq!(billed(&scene, Targets::Functions)[1].1, "20.00");
    }

    #[test]
    fn connections_decide_where_bodies_are_small() {
        let lines = billed(&scene(&[(FrontDoor::Alb, requests(90_000_000))]), Targets::Servers);
        assert_eq!(lines[1], ("load balancer, capacity (new connections)".into(), "8.00".into()));
        let chat = Flow { connection_minutes: 180_000_000, ..requests(1_000_000) };
        let lines = billed(&scene(&[(FrontDoor::Alb, chat)]), Targets::Servers);
        assert_eq!(lines[1], ("load balancer, capacity (open connections)".into(), "8.00".into()));
        let lines = billed(&scene(&[(FrontDoor::Nlb, chat)]), Targets::Servers);
        assert_eq!(lines.len(), 3, "{lines:?}");
    }

    #[test]
    fn gateways_meter_in_steps_and_pool_over_members() {
        let large = Flow { bytes_out_internet: 1_000_000 * 600 * 1024, ..requests(1_000_000) };
        let lines = billed(
            &scene(&[(FrontDoor::HttpApi, large), (FrontDoor::HttpApi, requests(1_000_000))]),
            Targets::Servers,
        );
        // 600 KB are two steps of 512 KB.
        assert_eq!(shown(&lines)[0], ("HTTP API requests, first 300 M", "2.00"));
        assert_eq!(shown(&lines)[1], ("HTTP API requests, first 300 M", "1.00"));
        let chat = Flow {
            messages: 10_000_000,
            connection_minutes: 4_000_000,
            bytes_in: 10_000_000 * 33 * 1024,
            ..Flow::default()
        };
        let lines = billed(&scene(&[(FrontDoor::WebSocketApi, chat)]), Targets::Functions);
        assert_eq!(shown(&lines)[0].1, "20.00");
        assert_eq!(shown(&lines)[1], ("WebSocket API connections", "1.00"));
    }

    #[test]
    fn what_is_assumed_away_is_not_billed() {
        let span = Some(Span::new(SourceMap::default().add("a", ""), 0, 0));
        let mut scene = scene(&[
            (FrontDoor::Alb, requests(1_000_000)),
            (FrontDoor::HttpApi, requests(1_000_000)),
            (FrontDoor::Queue, requests(1_000_000)),
        ]);
        scene.app.assume.no_public_ipv4 = span;
        assert_eq!(billed(&scene, Targets::Servers).len(), 4);
        scene.app.assume.no_load_balancer = span;
        assert_eq!(billed(&scene, Targets::Servers).len(), 2);
        assert_eq!(billed(&scene, Targets::Functions).len(), 4);
        scene.app.assume.no_front_door = span;
        let lines = billed(&scene, Targets::Servers);
        assert_eq!(
            shown(&lines),
            [("queue requests (send, receive, delete), first 100 B", "1.20")]
        );
    }

    #[test]
    fn more_zones_are_more_addresses() {
        let mut scene = scene(&[(FrontDoor::Alb, requests(1))]);
        scene.app.availability.zones = known(3);
        assert_eq!(billed(&scene, Targets::Servers).last().unwrap().1, "10.95");
    }
}

//! Hetzner Cloud: the plan's servers as they are, by type and number, in one network with addresses that stay.
//!
//! There is no group that follows the load, no keeper of secrets and no registry of names: servers have the addresses that
//! are written here, and containers find the others by them.

use std::collections::BTreeMap;

use model::{FrontDoor, Need, Placement, Settings};

use super::address::Address;
use super::clusters;
use super::json::{expression, template};
use super::servers::script::filled;
use super::servers::{self, Tier, cloud_init, proxy};
use super::stack::{Provider, Stack, id, region};
use super::{Place, place_of};
use crate::tree::{Node, list, map};
use crate::{Part, Plan};

/// Servers on Hetzner Cloud.
#[derive(Debug)]
pub(super) struct Hetzner;

const PROVIDER: Provider =
    Provider { name: "hcloud", source: "hetznercloud/hcloud", version: "~> 1.68" };
/// Begins the names of the servers' blocks.
const PREFIX: &str = "hetzner";
/// The network's first address that a server has; the ones before it are Hetzner's ("Networks", Hetzner Cloud documentation).
const FIRST: u32 = 10;
/// Servers of a placement group at the most ("Placement Groups", same documentation).
const SPREAD_MAX: u32 = 10;
/// Places of a region: its network zone and locations ("Locations", same documentation).
const PLACES: [(&str, &str, &[&str]); 2] =
    [("eu", "eu-central", &["fsn1", "nbg1", "hel1"]), ("us", "us-east", &["ash"])];

impl Place for Hetzner {
    fn takes(&self, placement: &Placement) -> bool {
        placement.platform.0 == "servers/hetzner"
            && matches!(placement.configured, Settings::Server(_))
    }

    fn refuses(&self, plan: &Plan<'_>, part: &Part<'_>) -> Option<String> {
        let server = servers::settings(part)?;
        if part.needs(Need::Windows) || part.needs(Need::Gpu) {
            return Some("Hetzner Cloud has no servers with Windows or a GPU".to_owned());
        }
        if !matches!(server.front_door, FrontDoor::None | FrontDoor::Dns | FrontDoor::Schedule) {
            return Some(format!(
                "servers of Hetzner behind {:?} are not written",
                server.front_door
            ));
        }
        if !PLACES.iter().any(|(name, ..)| *name == region(part)) {
            return Some(format!("no locations are known of {}", part.placement.region));
        }
        if proxy::spill(part).is_some() {
            return Some("Hetzner has nothing that a server could spill to".to_owned());
        }
        let pool = |part: &Part<'_>| part.placement.machines.as_ref().map(|machines| machines.pool);
        let disks = plan.parts.iter().filter(|other| {
            self.takes(other.placement) && pool(other) == pool(part) && Tier::disk_gib(other) > 0
        });
        if Tier::disk_gib(part) > 0 && disks.count() > 1 {
            return Some("two disks of one server are not written for Hetzner".to_owned());
        }
        servers::refuses(part)
    }

    fn write(&self, stack: &mut Stack<'_, '_>, parts: &[&Part<'_>]) {
        let here: Vec<&Part<'_>> = parts.iter().copied().filter(|p| begin(stack, p)).collect();
        let Some(first) = here.first() else { return };
        network(stack, first);
        for part in &here {
            servers::told_of_dns(stack, part);
            servers::told(stack, part);
        }
        let mut before = 0;
        let mut found: BTreeMap<String, Vec<Node>> = BTreeMap::new();
        for tier in servers::tiers(PREFIX, &here) {
            self::tier(stack, &tier, before);
            for part in tier.members.iter().filter(|part| servers::is_found(part)) {
                let all = (0..tier.most).map(|n| expression(address(before, &n.to_string())));
                found.entry(id(part)).or_default().extend(all);
            }
            before += tier.most;
        }
        for (own, all) in found {
            stack.local(&format!("{own}__at"), list(all).why("where containers find it"));
        }
    }

    fn address(
        &self,
        _: &mut Stack<'_, '_>,
        part: &Part<'_>,
        caller: &Part<'_>,
    ) -> Option<Address> {
        // Only who stands here has the name.
        let here = self.takes(caller.placement) && servers::is_found(part);
        here.then(|| Address::Host(format!("{}.internal", part.name)))
    }

    fn public(&self, _: &mut Stack<'_, '_>, _: &Part<'_>) -> Option<Node> {
        None
    }
}

fn begin(stack: &mut Stack<'_, '_>, part: &Part<'_>) -> bool {
    if !stack.stands_here(part, PROVIDER.name) {
        return false;
    }
    // The token is `HCLOUD_TOKEN` of whoever applies it.
    stack.provider(PROVIDER, Node::empty());
    true
}

/// The network of all servers, and who may log in.
fn network(stack: &mut Stack<'_, '_>, first: &Part<'_>) {
    let place = PLACES.iter().find(|(name, ..)| *name == region(first)).unwrap_or(&PLACES[0]);
    let name = stack.app(50);
    let body = map([("name", Node::from(name.as_str())), ("ip_range", "10.0.0.0/16".into())]);
    stack.resource("hcloud_network", "main", body);
    let range = Node::from("10.0.0.0/20").why("default: change it where it meets another network");
    let body = map([
        ("network_id", expression("hcloud_network.main.id")),
        ("type", "cloud".into()),
        ("ip_range", range),
        ("network_zone", Node::from(place.1).why(format!("plan: {}", first.placement.region))),
    ]);
    stack.resource("hcloud_network_subnet", "main", body);
    let about = "locations of the region, of which servers take one after another";
    let default = list(place.2.iter().copied()).why(format!("plan: {}", first.placement.region));
    stack.shared("hetzner_locations", "list(string)", about, Some(default));
    let about =
        "names of the SSH keys of those who may log in; none makes Hetzner send passwords by mail";
    let none = list(Vec::<&str>::new());
    stack.shared("hetzner_ssh_keys", "list(string)", about, Some(none));
    stack.shared(
        "hetzner_ssh_from",
        "list(string)",
        "ranges of addresses that may log in by SSH",
        None,
    );
}

/// The servers' own address in the network, by their number.
fn address(before: u32, index: &str) -> String {
    format!("cidrhost(hcloud_network_subnet.main.ip_range, {} + {index})", FIRST + before)
}

/// Equal servers.
fn tier(stack: &mut Stack<'_, '_>, tier: &Tier<'_, '_>, before: u32) {
    let Some(first) = tier.members.first() else { return };
    let key = tier.key.as_str();
    let called = format!("{}-{}", stack.app(40), tier.called);
    let data = cloud_init::user_data(stack, &Servers, tier);
    let data = template(data.trim_matches('"').replace("\\n", "\n"));
    let why = stack.why.plan(first, "servers");
    let counts = || Node::from(tier.most).why(why.as_str());
    let (zones, why_zones) = clusters::zones(stack);
    let spots = format!("min({zones}, length(var.hetzner_locations))");
    let location = || expression(format!("var.hetzner_locations[count.index % {spots}]"));
    stack.resource("hcloud_firewall", key, firewall(stack, tier, &called));
    let inside = map([
        ("subnet_id", expression("hcloud_network_subnet.main.id")),
        ("ip", expression(address(before, "count.index")).why("the address that others call")),
        ("alias_ips", list(Vec::<&str>::new())),
    ]);
    let mut body = map([
        ("count", counts()),
        ("name", template(format!("{called}-${{count.index}}"))),
        ("server_type", Node::from(tier.pool.instance.as_str()).why(why.as_str())),
        ("image", Node::from("debian-12").why("default")),
        ("location", location().why(why_zones)),
        ("ssh_keys", expression("var.hetzner_ssh_keys")),
        ("firewall_ids", list([expression(format!("hcloud_firewall.{key}.id"))])),
        ("network", inside),
        ("user_data", data.why("what it runs when it starts; another start is another server")),
        ("shutdown_before_deletion", true.into()),
    ]);
    if (2..=SPREAD_MAX).contains(&tier.most) {
        let group = map([("name", Node::from(called.as_str())), ("type", "spread".into())]);
        stack.resource("hcloud_placement_group", key, group);
        let apart = expression(format!("hcloud_placement_group.{key}.id"));
        body.set("placement_group_id", apart.why("default: one host that fails takes one server"));
    }
    stack.resource("hcloud_server", key, body);
    for part in tier.with_disks() {
        let own = format!("{}__disk", id(part));
        let gib = Node::from(Tier::disk_gib(part).max(10)).why(stack.why.plan(part, "disk in GB"));
        let name = template(format!("{}-${{count.index}}", stack.name(part, 50)));
        let disk = map([
            ("count", counts()),
            ("name", name),
            ("size", gib),
            ("location", location()),
            ("delete_protection", Node::from(true).why("default: its data is nowhere else")),
        ]);
        stack.resource("hcloud_volume", &own, disk);
        let attached = map([
            ("count", counts()),
            ("volume_id", expression(format!("hcloud_volume.{own}[count.index].id"))),
            ("server_id", expression(format!("hcloud_server.{key}[count.index].id"))),
        ]);
        stack.resource("hcloud_volume_attachment", &own, attached);
    }
    tier.tell_addresses(stack, &format!("hcloud_server.{key}[*].ipv4_address"));
}

/// What gets in from the internet: clients of those that have some, and people. The network itself is not filtered.
fn firewall(stack: &Stack<'_, '_>, tier: &Tier<'_, '_>, called: &str) -> Node {
    let ssh = map([
        ("direction", Node::from("in")),
        ("protocol", "tcp".into()),
        ("port", "22".into()),
        ("source_ips", expression("var.hetzner_ssh_from").why("people log in by SSH")),
    ]);
    let mut rules = vec![ssh];
    for part in tier.members.iter().filter(|part| servers::door(part) == FrontDoor::Dns) {
        for port in servers::ports(stack.plan, part).all {
            let udp = port.protocol == model::Protocol::Udp;
            let why = format!("clients on the internet reach {}", part.component.id);
            rules.push(map([
                ("direction", Node::from("in")),
                ("protocol", if udp { "udp" } else { "tcp" }.into()),
                ("port", port.number.to_string().into()),
                ("source_ips", list(["0.0.0.0/0", "::/0"]).why(why)),
            ]));
        }
    }
    map([("name", Node::from(called)), ("rule", list(rules))])
}

/// What Hetzner's servers have of their own.
struct Servers;

impl cloud_init::Host for Servers {
    fn packages(&self) -> &'static [&'static str] {
        &["docker.io"]
    }

    fn cron(&self) -> [&'static str; 2] {
        ["cron", "cron"]
    }

    fn files(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn secret(
        &self,
        stack: &mut Stack<'_, '_>,
        part: &Part<'_>,
        variable: &str,
        given: &str,
    ) -> String {
        stack.told(part, &format!("`{variable}` stands in the server's user data and in Terraform's state: Hetzner keeps no secrets"));
        format!("printf %s {}", filled(&format!("var.{given}")))
    }

    fn log(&self, _: &mut Stack<'_, '_>, _: &Part<'_>) -> Vec<String> {
        vec!["--log-driver journald".to_owned()]
    }

    fn names(&self, stack: &mut Stack<'_, '_>, part: &Part<'_>) -> Vec<String> {
        let (mut options, plan) = (Vec::new(), stack.plan);
        let mut names: Vec<&Part<'_>> = plan
            .called(&part.component.id)
            .map(|(callee, _)| callee)
            .filter(|callee| Hetzner.takes(callee.placement) && servers::is_found(callee))
            .filter(|callee| place_of(plan, callee).is_ok())
            .collect();
        names.sort_by(|a, b| a.name.cmp(&b.name));
        names.dedup_by(|a, b| a.name == b.name);
        for callee in names {
            let name = &callee.name;
            // A name with several addresses: resolvers take one after another.
            options.push(format!(
                "${{join(\" \", formatlist(\"--add-host {name}.internal:%s\", local.{}__at))}}",
                id(callee)
            ));
        }
        options
    }

    fn device(&self, _: &Tier<'_, '_>, _: &Part<'_>, _: usize) -> String {
        // The one disk of a server, by its number in Hetzner's books.
        "/dev/disk/by-id/scsi-0HC_Volume_*".to_owned()
    }

    fn register(&self, _: &mut Stack<'_, '_>, _: &Tier<'_, '_>, _: &Part<'_>) -> Option<String> {
        None
    }
}

//! Google Compute Engine: the plan's servers as they are, by type and number, with the parts that share them.
//!
//! As on EC2: servers that have to be the same ones tomorrow are instances of their own, the others a managed instance
//! group, which replaces what fails and, where the plan says so, follows the load.

use model::{Architecture, FrontDoor, Kind, Need, Placement, ServerSettings, Settings};

use super::{begin, cloud_run, door, managed, nat, network};
use crate::terraform::address::Address;
use crate::terraform::clusters;
use crate::terraform::json::{escape, expression, template};
use crate::terraform::servers::{self, Tier, cloud_init, proxy};
use crate::terraform::stack::{Stack, id, region};
use crate::terraform::{Place, parts};
use crate::tree::{Node, list, map};
use crate::{Part, Plan};

/// Servers on Compute Engine.
#[derive(Debug)]
pub(in crate::terraform) struct Compute;

/// Begins the names of the servers' blocks.
const PREFIX: &str = "gce";
/// Letters of the application's name in theirs; those of a service account's id are the fewest (30).
const NAME_MAX: usize = 16;
/// What servers may do beside their parts' rights: write logs and pull images.
const ROLES: [(&str, &str); 2] = [
    ("roles/logging.logWriter", "writes the logs of its parts"),
    ("roles/artifactregistry.reader", "pulls images of the project"),
];

impl Place for Compute {
    fn takes(&self, placement: &Placement) -> bool {
        placement.platform.0 == "servers/gce" && matches!(placement.configured, Settings::Server(_))
    }

    fn refuses(&self, plan: &Plan<'_>, part: &Part<'_>) -> Option<String> {
        let machines = part.placement.machines.as_ref()?;
        if part.needs(Need::Windows) || part.needs(Need::Gpu) {
            return Some("servers with Windows or a GPU are not written".to_owned());
        }
        if machines.min < machines.max && is_looked_for(plan, part) {
            return Some("others look for it by name, and servers of Google that come and go have none that stays".to_owned());
        }
        if let Some(spill) = proxy::spill(part)
            && let Err(reason) = cloud_run::burst(plan, part, spill)
        {
            return Some(reason);
        }
        servers::refuses(part)
    }

    fn write(&self, stack: &mut Stack<'_, '_>, parts: &[&Part<'_>]) {
        let here: Vec<&Part<'_>> = parts.iter().copied().filter(|p| begin(stack, p)).collect();
        let Some(first) = here.first() else { return };
        network(stack, first);
        if clusters::is_private(stack) {
            nat(stack, first);
        }
        stack.data("google_compute_zones", "here", map([("region", Node::from(region(first)))]));
        for part in &here {
            self::part(stack, part);
        }
        let tiers = servers::tiers(PREFIX, &here);
        for tier in &tiers {
            self::tier(stack, tier);
        }
        for part in &here {
            names(stack, part, &tiers);
        }
        door::write(stack, &here, &|stack, part| backends(stack, part, &tiers));
    }

    fn address(&self, stack: &mut Stack<'_, '_>, part: &Part<'_>, _: &Part<'_>) -> Option<Address> {
        servers::is_found(part).then(|| Address::Host(format!("{}.{}", part.name, zone(stack))))
    }

    fn public(&self, stack: &mut Stack<'_, '_>, part: &Part<'_>) -> Option<Node> {
        let zone = zone(stack);
        is_looked_for(stack.plan, part).then(|| Node::from(format!("{}.{zone}", part.name)))
    }
}

/// The servers' own account, where a part is on servers.
pub(super) fn account(part: &Part<'_>) -> Option<String> {
    let own = Compute.takes(part.placement);
    let machines = part.placement.machines.as_ref().filter(|_| own)?;
    Some(format!("{PREFIX}__{}", machines.pool))
}

/// Whether somebody inside looks for a part by its name.
fn is_looked_for(plan: &Plan<'_>, part: &Part<'_>) -> bool {
    servers::is_found(part) && plan.callers(&part.component.id).next().is_some()
}

fn zone(stack: &mut Stack<'_, '_>) -> String {
    format!("{}.internal", stack.app(50))
}

/// What belongs to one part: who may call it, its queue, its rights, its other side.
fn part(stack: &mut Stack<'_, '_>, part: &Part<'_>) {
    let Some(account) = account(part) else { return };
    let pool = part.placement.machines.as_ref().map_or(0, |machines| machines.pool);
    let name = format!("{}-servers-{pool}", stack.app(NAME_MAX));
    stack.resource("google_service_account", &account, map([("account_id", Node::from(name))]));
    let member = || expression(format!("google_service_account.{account}.member"));
    for (number, (role, why)) in ROLES.into_iter().enumerate() {
        let body = map([
            ("project", expression("var.google_project")),
            ("role", Node::from(role).why(why)),
            ("member", member()),
        ]);
        stack.resource("google_project_iam_member", &format!("{account}__{number}"), body);
    }
    managed::rights(stack, part, &cloud_run::member(part), None);
    if servers::door(part) == FrontDoor::PubSub {
        managed::topic(stack, part);
        let own = id(part);
        let body = map([
            ("subscription", expression(format!("google_pubsub_subscription.{own}.id"))),
            ("role", Node::from("roles/pubsub.subscriber").why("its own queue")),
            ("member", member()),
        ]);
        stack.resource("google_pubsub_subscription_iam_member", &own, body);
    }
    callers(stack, part);
    if servers::door(part) == FrontDoor::Dns {
        open(stack, part, "clients", list(["0.0.0.0/0"]).why("clients on the internet reach it"));
    }
    servers::told_of_dns(stack, part);
    if let Some(spill) = proxy::spill(part)
        && let Some(host) = cloud_run::write_burst(stack, part, spill)
    {
        let cap = spill.in_flight;
        let why = format!("plan: above {cap} requests at once on a server, the others go there");
        stack.local(&proxy::host_of(part), expression(host).why(why));
    }
    servers::told(stack, part);
}

/// Lets those in that the plan names.
fn callers(stack: &mut Stack<'_, '_>, part: &Part<'_>) {
    let plan = stack.plan;
    let callers: Vec<&Part<'_>> = plan.callers(&part.component.id).map(|(c, _)| c).collect();
    if callers.is_empty() {
        return;
    }
    let names: Vec<&str> = callers.iter().map(|c| c.component.id.as_str()).collect();
    let pods = callers.iter().any(|c| matches!(c.placement.configured, Settings::Pod(_)));
    // Addresses of pods are ranges of their own.
    let from = if pods {
        Node::from("10.0.0.0/8")
    } else {
        expression("google_compute_subnetwork.main.ip_cidr_range")
    };
    let why = format!("{} calls {}", names.join(", "), part.component.id);
    open(stack, part, "callers", list([from]).why(why));
}

/// Lets a range in at the ports of a part.
pub(super) fn open(stack: &mut Stack<'_, '_>, part: &Part<'_>, who: &str, from: Node) {
    let Some(account) = account(part) else { return };
    let ports = servers::ports(stack.plan, part);
    let of = |protocol: model::Protocol| -> Vec<String> {
        let own = ports.all.iter().filter(|port| port.protocol == protocol);
        own.map(|port| port.number.to_string()).collect()
    };
    let mut allowed = Vec::new();
    for (protocol, name) in [(model::Protocol::Tcp, "tcp"), (model::Protocol::Udp, "udp")] {
        let ports = of(protocol);
        if !ports.is_empty() {
            allowed.push(map([("protocol", Node::from(name)), ("ports", list(ports))]));
        }
    }
    if allowed.is_empty() {
        return;
    }
    let name = format!("{}-{who}", stack.name(part, 50));
    let body = map([
        ("name", Node::from(name)),
        ("network", expression("google_compute_network.main.id")),
        ("source_ranges", from),
        (
            "target_service_accounts",
            list([expression(format!("google_service_account.{account}.email"))]),
        ),
        ("allow", list(allowed)),
    ]);
    stack.resource("google_compute_firewall", &format!("{}__{who}", id(part)), body);
}

/// Whether a tier's servers have to be the same ones tomorrow.
fn stays(plan: &Plan<'_>, tier: &Tier<'_, '_>) -> bool {
    !tier.scales()
        && (tier.has_door(FrontDoor::Dns)
            || tier.with_disks().any(|part| part.component.kind == Kind::Stateful)
            || tier.members.iter().any(|part| is_looked_for(plan, part)))
}

/// Equal servers.
fn tier(stack: &mut Stack<'_, '_>, tier: &Tier<'_, '_>) {
    let Some(first) = tier.members.first() else { return };
    let Some(account) = account(first) else { return };
    let google = Servers { region: region(first).to_owned() };
    let data = cloud_init::user_data(stack, &google, tier);
    // Text within text: the local value makes one of it.
    let metadata =
        map([("user-data", template(data_text(&data)).why("what it runs when it starts"))]);
    let email = expression(format!("google_service_account.{account}.email"));
    let scope = "https://www.googleapis.com/auth/cloud-platform";
    let who = map([
        ("email", email),
        ("scopes", list([scope]).why("its rights are those of the account")),
    ]);
    let private = clusters::is_private(stack) && !tier.has_door(FrontDoor::Dns);
    let mut interface = map([("subnetwork", expression("google_compute_subnetwork.main.id"))]);
    if !private {
        let mut access = Node::empty();
        if tier.has_door(FrontDoor::Dns) {
            access.set(
                "nat_ip",
                expression(format!("google_compute_address.{}[count.index].address", tier.key)),
            );
        }
        interface.set("access_config", access.why("an address on the internet each"));
    }
    let why = stack.why.plan(first, "servers");
    let shared = map([
        ("machine_type", Node::from(tier.pool.instance.as_str()).why(why.as_str())),
        ("network_interface", interface),
        ("service_account", who),
        ("metadata", metadata),
    ]);
    if stays(stack.plan, tier) {
        instances(stack, tier, shared);
    } else {
        group(stack, tier, shared);
    }
}

/// The expression as text that is filled in, without the quotes around it.
fn data_text(expression: &str) -> String {
    expression.trim_matches('"').replace("\\n", "\n")
}

fn image(tier: &Tier<'_, '_>) -> Node {
    let server = tier.members.first().and_then(|part| servers::settings(part));
    let arm = server.is_some_and(|server| server.architecture == Architecture::Arm);
    Node::from(if arm { "debian-cloud/debian-12-arm64" } else { "debian-cloud/debian-12" })
        .why("default: Debian, with Google's own tools")
}

fn root_gib() -> Node {
    let gib = ServerSettings::ROOT_DISK.get() >> 30;
    Node::from(gib).why("plan: the root disk that it is billed for, in GiB")
}

fn called(stack: &mut Stack<'_, '_>, tier: &Tier<'_, '_>) -> String {
    format!("{}-{}", stack.app(NAME_MAX), tier.called)
}

/// The expression of one of the plan's zones, one after another.
fn zone_at(zones: u8, index: &str) -> String {
    format!("data.google_compute_zones.here.names[{index} % {zones}]")
}

/// Servers that have to be the same ones tomorrow.
fn instances(stack: &mut Stack<'_, '_>, tier: &Tier<'_, '_>, shared: Node) {
    let (key, called) = (tier.key.as_str(), called(stack, tier));
    let first = tier.members[0];
    let counts = Node::from(tier.most).why(stack.why.plan(first, "servers"));
    let (zones, why_zones) = clusters::zones(stack);
    let here = expression(zone_at(zones, "count.index")).why(why_zones);
    if tier.has_door(FrontDoor::Dns) {
        let address = map([
            ("count", counts.clone()),
            ("name", template(format!("{called}-${{count.index}}"))),
            ("region", region(first).into()),
        ]);
        stack.resource("google_compute_address", key, address);
        tier.tell_addresses(stack, &format!("google_compute_address.{key}[*].address"));
    }
    let disk = map([
        ("image", image(tier)),
        ("size", root_gib()),
        ("type", Node::from("pd-balanced").why("plan: the disks that it is billed for")),
    ]);
    let start = format!("substr(sha256(jsonencode(local.{key}__start)), 0, 6)");
    let name = template(format!("{called}-${{count.index}}-${{{start}}}"));
    let body = map([
        ("count", counts.clone()),
        ("name", name.why("cloud-init runs once: another start is another server")),
        ("zone", here.clone()),
        ("boot_disk", map([("initialize_params", disk)])),
        ("allow_stopping_for_update", Node::from(true).why("a new type needs a stop")),
        (
            "lifecycle",
            map([(
                "ignore_changes",
                list(["boot_disk[0].initialize_params[0].image"])
                    .why("a newer image alone does not replace a server"),
            )]),
        ),
    ])
    .joined(shared);
    stack.resource("google_compute_instance", key, body);
    for part in tier.with_disks() {
        let own = format!("{}__disk", id(part));
        let gib = Node::from(Tier::disk_gib(part)).why(stack.why.plan(part, "disk in GiB"));
        let name = format!("{}-${{count.index}}", stack.name(part, 50));
        let body = map([
            ("count", counts.clone()),
            ("name", template(name)),
            ("zone", here.clone()),
            ("size", gib),
            ("type", "pd-balanced".into()),
            (
                "create_snapshot_before_destroy",
                Node::from(true).why("default: what is deleted leaves a snapshot"),
            ),
        ]);
        stack.resource("google_compute_disk", &own, body);
        let attached = map([
            ("count", counts.clone()),
            ("disk", expression(format!("google_compute_disk.{own}[count.index].id"))),
            ("instance", expression(format!("google_compute_instance.{key}[count.index].id"))),
            ("device_name", part.name.as_str().into()),
        ]);
        stack.resource("google_compute_attached_disk", &own, attached);
    }
    if !tier.members.iter().any(|part| door::is_behind(part)) {
        return;
    }
    // One group a server: groups that nobody manages stand in one zone.
    let body = map([
        ("count", counts),
        ("name", template(format!("{called}-${{count.index}}"))),
        ("zone", here),
        (
            "instances",
            list([expression(format!("google_compute_instance.{key}[count.index].self_link"))]),
        ),
        ("named_port", named_ports(stack, tier)),
    ]);
    stack.resource("google_compute_instance_group", key, body);
}

/// The ports of parts behind a load balancer, by the parts' names.
fn named_ports(stack: &Stack<'_, '_>, tier: &Tier<'_, '_>) -> Node {
    let behind = tier.members.iter().filter(|part| door::is_behind(part));
    let found = behind.filter_map(|part| {
        let ports = servers::ports(stack.plan, part);
        let port = parts::main_port(&ports)?.number;
        Some(map([("name", Node::from(part.name.as_str())), ("port", port.into())]))
    });
    list(found.collect::<Vec<Node>>())
}

/// A group that replaces what fails, and follows the load where the plan says so.
fn group(stack: &mut Stack<'_, '_>, tier: &Tier<'_, '_>, shared: Node) {
    let (key, called) = (tier.key.as_str(), called(stack, tier));
    let first = tier.members[0];
    let why = stack.why.plan(first, "servers");
    let (zones, why_zones) = clusters::zones(stack);
    let mut disks = vec![map([
        ("source_image", image(tier)),
        ("disk_size_gb", root_gib()),
        ("disk_type", Node::from("pd-balanced").why("plan: the disks that it is billed for")),
        ("boot", true.into()),
        ("auto_delete", true.into()),
    ])];
    for part in tier.with_disks() {
        let gib = Node::from(Tier::disk_gib(part)).why(stack.why.plan(part, "disk in GiB"));
        disks.push(map([
            ("device_name", Node::from(part.name.as_str())),
            ("disk_size_gb", gib),
            ("disk_type", "pd-balanced".into()),
            ("auto_delete", true.into()),
        ]));
    }
    let first_new = map([("create_before_destroy", Node::from(true))]);
    let body = map([
        ("name_prefix", Node::from(format!("{called}-"))),
        ("disk", list(disks)),
        ("lifecycle", first_new.why("a template cannot be changed")),
    ])
    .joined(shared);
    stack.resource("google_compute_instance_template", key, body);
    let here = format!("slice(data.google_compute_zones.here.names, 0, {zones})");
    let link = expression(format!("google_compute_instance_template.{key}.self_link_unique"));
    let update = map([
        ("type", Node::from("PROACTIVE")),
        ("minimal_action", "REPLACE".into()),
        ("max_surge_fixed", Node::from(u32::from(zones)).why("one more in each zone")),
        ("max_unavailable_fixed", 0_u32.into()),
    ]);
    let mut body = map([
        ("name", Node::from(called.as_str())),
        ("region", region(first).into()),
        ("base_instance_name", called.as_str().into()),
        ("distribution_policy_zones", expression(here).why(why_zones)),
        ("version", map([("instance_template", link)])),
        ("update_policy", update.why("default: what changes replaces servers one after another")),
    ]);
    let ports = named_ports(stack, tier);
    if !ports.is_empty() {
        body.set("named_port", ports);
    }
    if let Some(part) = tier.members.iter().find(|part| door::is_behind(part)) {
        let boot = ServerSettings::BOOT.millis_ceil() / 1000;
        let healing = map([
            (
                "health_check",
                expression(format!("{}.{}.id", door::health_check_of(part), id(part))),
            ),
            (
                "initial_delay_sec",
                Node::from(boot).why("plan: seconds until a server takes requests"),
            ),
        ]);
        body.set("auto_healing_policies", healing);
    }
    if !tier.scales() {
        body.set("target_size", Node::from(tier.most).why(why.as_str()));
        stack.resource("google_compute_region_instance_group_manager", key, body);
        return;
    }
    stack.resource("google_compute_region_instance_group_manager", key, body);
    let least = tier.first_of_group(stack);
    let percent = ServerSettings::SCALING_PERCENT;
    let target = expression(format!("{percent} / 100"))
        .why(stack.why.plan(first, "CPU that the replay held"));
    let boot = ServerSettings::BOOT.millis_ceil() / 1000;
    let policy = map([
        ("min_replicas", Node::from(least).why(why.as_str())),
        ("max_replicas", Node::from(tier.most).why(why)),
        ("cooldown_period", Node::from(boot).why("plan: seconds until a server takes requests")),
        ("cpu_utilization", map([("target", target)])),
    ]);
    let scaler = map([
        ("name", Node::from(called)),
        ("region", region(first).into()),
        ("target", expression(format!("google_compute_region_instance_group_manager.{key}.id"))),
        ("autoscaling_policy", policy),
    ]);
    stack.resource("google_compute_region_autoscaler", key, scaler);
}

/// The groups that requests for a part may go to.
fn backends(stack: &Stack<'_, '_>, part: &Part<'_>, tiers: &[Tier<'_, '_>]) -> Vec<String> {
    let mut found = Vec::new();
    for tier in tiers.iter().filter(|t| t.members.iter().any(|p| p.name == part.name)) {
        let key = &tier.key;
        if stays(stack.plan, tier) {
            let group = |n: u32| format!("google_compute_instance_group.{key}[{n}].id");
            found.extend((0..tier.most).map(group));
        } else {
            let group = "google_compute_region_instance_group_manager";
            found.push(format!("{group}.{key}.instance_group"));
        }
    }
    found
}

/// The name under which others find a part.
fn names(stack: &mut Stack<'_, '_>, part: &Part<'_>, tiers: &[Tier<'_, '_>]) {
    if !is_looked_for(stack.plan, part) {
        return;
    }
    let domain = format!("{}.", zone(stack));
    let url = expression("google_compute_network.main.id");
    let seen = map([("networks", list([map([("network_url", url)])]))]);
    let called = format!("{}-servers", stack.app(50));
    let body = map([
        ("name", Node::from(called)),
        ("dns_name", domain.as_str().into()),
        ("visibility", "private".into()),
        ("private_visibility_config", seen),
    ]);
    stack.resource("google_dns_managed_zone", "servers", body);
    let own = tiers.iter().filter(|tier| tier.members.iter().any(|p| p.name == part.name));
    let all: Vec<String> = own
        .map(|tier| {
            format!("google_compute_instance.{}[*].network_interface[0].network_ip", tier.key)
        })
        .collect();
    let record = map([
        ("managed_zone", expression("google_dns_managed_zone.servers.name")),
        (
            "name",
            Node::from(format!("{}.{domain}", part.name))
                .why("the name under which others call it"),
        ),
        ("type", "A".into()),
        ("ttl", Node::from(10_u32).why("default: new ones are found soon")),
        ("rrdatas", expression(format!("concat({})", all.join(", ")))),
    ]);
    stack.resource("google_dns_record_set", &format!("{}__servers", id(part)), record);
}

/// What Google's servers have of their own.
struct Servers {
    region: String,
}

impl cloud_init::Host for Servers {
    fn packages(&self) -> &'static [&'static str] {
        &["docker.io"]
    }

    fn cron(&self) -> [&'static str; 2] {
        ["cron", "cron"]
    }

    fn files(&self) -> Vec<(&'static str, String)> {
        let registry = format!("{}-docker.pkg.dev", escape(&self.region));
        let helper = format!("{{\"credHelpers\": {{\"{registry}\": \"gcloud\"}}}}\n");
        vec![("/etc/docker/client/config.json", helper)]
    }

    fn secret(&self, stack: &mut Stack<'_, '_>, part: &Part<'_>, _: &str, given: &str) -> String {
        let _ = cloud_run::secret(stack, part, given);
        format!(
            "gcloud secrets versions access latest --secret '${{google_secret_manager_secret.{given}.secret_id}}'"
        )
    }

    fn log(&self, _: &mut Stack<'_, '_>, _: &Part<'_>) -> Vec<String> {
        vec!["--log-driver gcplogs".to_owned()]
    }

    fn device(&self, _: &Tier<'_, '_>, part: &Part<'_>, _: usize) -> String {
        format!("/dev/disk/by-id/google-{}", part.name)
    }

    fn register(&self, _: &mut Stack<'_, '_>, _: &Tier<'_, '_>, _: &Part<'_>) -> Option<String> {
        None
    }
}

//! Azure virtual machines: the plan's servers as they are, by type and number, with the parts that share them.
//!
//! Where the plan's servers come and go, they are a scale set with rules for its CPU; else machines of their own. Inside of
//! the network everything may call everything, as Azure's own rules have it; from the internet only what clients reach.

use model::{Architecture, Check, FrontDoor, Need, Placement, ServerSettings, Settings};

use super::{begin, container_apps, managed, placed, size};
use crate::kubernetes::Ports;
use crate::terraform::address::Address;
use crate::terraform::json::{expression, template};
use crate::terraform::servers::{self, Tier, cloud_init, proxy};
use crate::terraform::stack::{Stack, id};
use crate::terraform::{Place, clusters, parts};
use crate::tree::{Node, list, map};
use crate::{Part, Plan};

/// Virtual machines.
#[derive(Debug)]
pub(in crate::terraform) struct Machines;

/// Begins the names of the servers' blocks.
const PREFIX: &str = "azure";
/// Letters of the application's name in theirs.
const NAME_MAX: usize = 30;
/// GiB of the system's disk at the least: Ubuntu's image ("Canonical:ubuntu-24_04-lts", Azure Marketplace).
const IMAGE_GIB: u64 = 30;
/// Who logs in.
const ADMIN: &str = "operator";

impl Place for Machines {
    fn takes(&self, placement: &Placement) -> bool {
        placement.platform.0 == "servers/azure-vm"
            && matches!(placement.configured, Settings::Server(_))
    }

    fn refuses(&self, plan: &Plan<'_>, part: &Part<'_>) -> Option<String> {
        let machines = part.placement.machines.as_ref()?;
        if part.needs(Need::Windows) || part.needs(Need::Gpu) {
            return Some("servers with Windows or a GPU are not written".to_owned());
        }
        if let Some(spill) = proxy::spill(part)
            && let Err(reason) = container_apps::burst(plan, part, spill)
        {
            return Some(reason);
        }
        if machines.min < machines.max && is_looked_for(plan, part) {
            return Some("others look for it by name, and servers of Azure that come and go have none that stays".to_owned());
        }
        servers::refuses(part)
    }

    fn write(&self, stack: &mut Stack<'_, '_>, parts: &[&Part<'_>]) {
        let here: Vec<&Part<'_>> = parts.iter().copied().filter(|p| begin(stack, p)).collect();
        if here.is_empty() {
            return;
        }
        network(stack);
        for part in &here {
            self::part(stack, part);
        }
        let tiers = servers::tiers(PREFIX, &here);
        for tier in &tiers {
            self::tier(stack, tier);
        }
        for part in here.iter().filter(|part| is_looked_for(stack.plan, part)) {
            name(stack, part, &tiers);
        }
    }

    fn address(&self, stack: &mut Stack<'_, '_>, part: &Part<'_>, _: &Part<'_>) -> Option<Address> {
        servers::is_found(part).then(|| Address::Host(format!("{}.{}", part.name, zone(stack))))
    }

    fn public(&self, stack: &mut Stack<'_, '_>, part: &Part<'_>) -> Option<Node> {
        let zone = zone(stack);
        is_looked_for(stack.plan, part).then(|| Node::from(format!("{}.{zone}", part.name)))
    }
}

fn is_looked_for(plan: &Plan<'_>, part: &Part<'_>) -> bool {
    servers::is_found(part) && plan.callers(&part.component.id).next().is_some()
}

fn is_balanced(part: &Part<'_>) -> bool {
    servers::door(part) == FrontDoor::Balancer && parts::main_port(&Ports::of_pod(part)).is_some()
}

fn zone(stack: &mut Stack<'_, '_>) -> String {
    format!("{}.internal", stack.app(50))
}

/// Who the servers of a part's pool are to Azure.
fn identity(part: &Part<'_>) -> String {
    let pool = part.placement.machines.as_ref().map_or(0, |machines| machines.pool);
    format!("{PREFIX}__{pool}")
}

/// The network, with the way out of private servers.
fn network(stack: &mut Stack<'_, '_>) {
    let name = stack.app(NAME_MAX);
    let range = list(["10.0.0.0/16"]).why("default: change it where it meets another network");
    let body = placed(name.as_str()).with("address_space", range);
    stack.resource("azurerm_virtual_network", "main", body);
    let body = map([
        ("name", Node::from("servers")),
        ("resource_group_name", expression("azurerm_resource_group.main.name")),
        ("virtual_network_name", expression("azurerm_virtual_network.main.name")),
        ("address_prefixes", list(["10.0.0.0/20"])),
    ]);
    stack.resource("azurerm_subnet", "servers", body);
    if !clusters::is_private(stack) {
        return;
    }
    let why = format!("network: {}", stack.why.fact(&stack.plan.app.network));
    stack.resource("azurerm_nat_gateway", "main", placed(Node::from(name.as_str()).why(why)));
    stack.resource("azurerm_public_ip", "nat", address(format!("{name}-nat").into()));
    let gateway = || expression("azurerm_nat_gateway.main.id");
    let body = map([
        ("nat_gateway_id", gateway()),
        ("public_ip_address_id", expression("azurerm_public_ip.nat.id")),
    ]);
    stack.resource("azurerm_nat_gateway_public_ip_association", "main", body);
    let body = map([
        ("nat_gateway_id", gateway()),
        ("subnet_id", expression("azurerm_subnet.servers.id")),
    ]);
    stack.resource("azurerm_subnet_nat_gateway_association", "main", body);
}

/// An address on the internet.
fn address(name: Node) -> Node {
    placed(name).with("allocation_method", "Static").with("sku", "Standard")
}

/// What belongs to one part: its rights, its queue, its load balancer.
fn part(stack: &mut Stack<'_, '_>, part: &Part<'_>) {
    let who = identity(part);
    let pool = part.placement.machines.as_ref().map_or(0, |machines| machines.pool);
    let called = format!("{}-servers-{pool}", stack.app(NAME_MAX));
    stack.resource("azurerm_user_assigned_identity", &who, placed(called));
    if servers::door(part) == FrontDoor::StorageQueue {
        managed::queue(stack, part);
        allow(stack, part, "reads", "Storage Queue Data Message Processor", "its own queue");
    }
    let plan = stack.plan;
    for (callee, _) in plan.called(&part.component.id) {
        if let Some((what, role)) = managed::role(plan, callee) {
            let why = format!("{} calls {}", part.component.id, callee.component.id);
            allow(stack, part, what, role, &why);
        }
    }
    servers::told_of_dns(stack, part);
    if let Some(spill) = proxy::spill(part)
        && let Some(host) = container_apps::write_burst(stack, part, spill)
    {
        let cap = spill.in_flight;
        let why = format!("plan: above {cap} requests at once on a server, the others go there");
        stack.local(&proxy::host_of(part), expression(host).why(why));
    }
    if is_balanced(part) {
        balancer(stack, part);
    } else if servers::door(part) == FrontDoor::Balancer {
        stack.left_out(part, "the load balancer before it: it has no TCP port to be asked at");
    }
    servers::told(stack, part);
}

/// Lets the servers of a part use the storage account; those that share them may, too.
fn allow(stack: &mut Stack<'_, '_>, part: &Part<'_>, what: &str, role: &str, why: &str) {
    managed::allow(stack, &identity(part), what, Node::from(role).why(why));
}

/// A load balancer of a part's own: it hands on what comes to the part's ports.
fn balancer(stack: &mut Stack<'_, '_>, part: &Part<'_>) {
    let own = id(part);
    let name = stack.name(part, 60);
    let door = format!("{own}__door");
    stack.resource("azurerm_public_ip", &door, address(format!("{name}-door").into()));
    let front = map([
        ("name", Node::from("door")),
        ("public_ip_address_id", expression(format!("azurerm_public_ip.{door}.id"))),
    ]);
    let body = placed(Node::from(name.as_str()).why(stack.why.plan(part, "front door")))
        .with("sku", "Standard")
        .with("frontend_ip_configuration", front);
    stack.resource("azurerm_lb", &own, body);
    let of = || expression(format!("azurerm_lb.{own}.id"));
    let body = map([("name", Node::from("servers")), ("loadbalancer_id", of())]);
    stack.resource("azurerm_lb_backend_address_pool", &own, body);
    let (inside, outside) = (Ports::of_pod(part), servers::ports(stack.plan, part));
    let main = parts::main_port(&outside).map_or(0, |port| port.number);
    let blueprint = part.component.blueprint.as_deref();
    let probe = blueprint.and_then(|b| b.ready.as_ref().or(b.alive.as_ref()));
    let mut body =
        map([("name", Node::from("ready")), ("loadbalancer_id", of()), ("port", main.into())]);
    if let Some(Check::Http(path, _)) = probe.map(|probe| &probe.check) {
        let path = if path.starts_with('/') { path.clone() } else { format!("/{path}") };
        body.set("protocol", "Http");
        body.set("request_path", Node::from(path).why(stack.why.definition(part)));
    } else {
        body.set("protocol", Node::from("Tcp").why("default: nobody declares a path to ask"));
    }
    stack.resource("azurerm_lb_probe", &own, body);
    for (inside, outside) in inside.all.iter().zip(&outside.all) {
        let udp = inside.protocol == model::Protocol::Udp;
        let word = if udp { "udp" } else { "tcp" };
        let pool = expression(format!("azurerm_lb_backend_address_pool.{own}.id"));
        let body = map([
            ("name", Node::from(format!("{word}-{}", inside.number))),
            ("loadbalancer_id", of()),
            ("frontend_ip_configuration_name", "door".into()),
            ("protocol", if udp { "Udp" } else { "Tcp" }.into()),
            ("frontend_port", Node::from(inside.number).why(stack.why.definition(part))),
            ("backend_port", outside.number.into()),
            ("backend_address_pool_ids", list([pool])),
            ("probe_id", expression(format!("azurerm_lb_probe.{own}.id"))),
        ]);
        stack.resource("azurerm_lb_rule", &format!("{own}__{word}_{}", inside.number), body);
    }
    let about = format!("where clients reach {}", part.component.id);
    stack.output(&door, &about, expression(format!("azurerm_public_ip.{door}.ip_address")));
}

/// What gets in from the internet.
fn firewall(stack: &mut Stack<'_, '_>, tier: &Tier<'_, '_>, called: &str) {
    let mut rules = Vec::new();
    let open = |part: &&&Part<'_>| servers::door(part) == FrontDoor::Dns || is_balanced(part);
    for part in tier.members.iter().filter(open) {
        for port in servers::ports(stack.plan, part).all {
            let udp = port.protocol == model::Protocol::Udp;
            let word = if udp { "Udp" } else { "Tcp" };
            let why = format!("clients on the internet reach {}", part.component.id);
            // Rules have numbers from 100 on, one each.
            let number = Node::from(100 + rules.len() as u64);
            rules.push(map([
                (
                    "name",
                    Node::from(format!("{}-{}-{}", part.name, word.to_lowercase(), port.number)),
                ),
                ("priority", number),
                ("direction", "Inbound".into()),
                ("access", "Allow".into()),
                ("protocol", word.into()),
                ("source_address_prefix", Node::from("Internet").why(why)),
                ("source_port_range", "*".into()),
                ("destination_address_prefix", "*".into()),
                ("destination_port_range", port.number.to_string().into()),
            ]));
        }
    }
    let mut body = placed(called);
    if !rules.is_empty() {
        body.set("security_rule", list(rules));
    }
    stack.resource("azurerm_network_security_group", &tier.key, body);
}

/// Equal servers.
fn tier(stack: &mut Stack<'_, '_>, tier: &Tier<'_, '_>) {
    let Some(first) = tier.members.first() else { return };
    let called = format!("{}-{}", stack.app(NAME_MAX), tier.called);
    firewall(stack, tier, &called);
    let data = cloud_init::user_data(stack, &Servers, tier);
    let data = expression(format!("base64encode({data})")).why("what it runs when it starts");
    let arm = servers::settings(first).is_some_and(|s| s.architecture == Architecture::Arm);
    let image = map([
        ("publisher", Node::from("Canonical")),
        ("offer", "ubuntu-24_04-lts".into()),
        ("sku", if arm { "server-arm64" } else { "server" }.into()),
        ("version", "latest".into()),
    ]);
    let gib = IMAGE_GIB.max(ServerSettings::ROOT_DISK.get() >> 30);
    let disk = map([
        ("caching", Node::from("ReadWrite")),
        ("storage_account_type", "Premium_LRS".into()),
        ("disk_size_gb", Node::from(gib).why("the image's least; the plan bills 20 GiB")),
    ]);
    let about = "public SSH key of those who may log in; no port is open for it";
    let key_of = stack.shared("azure_ssh_key", "string", about, None);
    let who = expression(format!("azurerm_user_assigned_identity.{}.id", identity(first)));
    let shared = map([
        ("admin_username", Node::from(ADMIN)),
        ("admin_ssh_key", map([("username", Node::from(ADMIN)), ("public_key", key_of)])),
        ("source_image_reference", image.why("default: the newest Ubuntu 24.04 when it is made")),
        ("os_disk", disk),
        ("identity", map([("type", Node::from("UserAssigned")), ("identity_ids", list([who]))])),
        ("custom_data", data),
    ]);
    if tier.scales() {
        scale_set(stack, tier, &called, shared);
    } else {
        machines(stack, tier, &called, shared);
    }
}

fn has_address(stack: &Stack<'_, '_>, tier: &Tier<'_, '_>) -> bool {
    tier.has_door(FrontDoor::Dns) || !clusters::is_private(stack)
}

/// Machines of their own.
fn machines(stack: &mut Stack<'_, '_>, tier: &Tier<'_, '_>, called: &str, shared: Node) {
    let key = tier.key.as_str();
    let first = tier.members[0];
    let why = stack.why.plan(first, "servers");
    let counts = || Node::from(tier.most).why(why.as_str());
    let numbered = || template(format!("{called}-${{count.index}}"));
    let counted = |body: Node| map([("count", counts())]).joined(body);
    let mut inside = map([
        ("name", Node::from("main")),
        ("subnet_id", expression("azurerm_subnet.servers.id")),
        ("private_ip_address_allocation", "Dynamic".into()),
    ]);
    if has_address(stack, tier) {
        stack.resource("azurerm_public_ip", key, counted(address(numbered())));
        let at = expression(format!("azurerm_public_ip.{key}[count.index].id"));
        inside.set("public_ip_address_id", at.why("an address on the internet each"));
    }
    let card = counted(placed(numbered()).with("ip_configuration", inside));
    stack.resource("azurerm_network_interface", key, card);
    let card = || expression(format!("azurerm_network_interface.{key}[count.index].id"));
    let guard = map([
        ("count", counts()),
        ("network_interface_id", card()),
        (
            "network_security_group_id",
            expression(format!("azurerm_network_security_group.{key}.id")),
        ),
    ]);
    stack.resource("azurerm_network_interface_security_group_association", key, guard);
    let (zones, why_zones) = clusters::zones(stack);
    let mut body = counted(placed(numbered()))
        .with("size", Node::from(size(&tier.pool.instance)).why(why.as_str()))
        .with("network_interface_ids", list([card()]))
        .joined(shared);
    let zone = || expression(format!("tostring(count.index % {zones} + 1)"));
    if zones > 1 {
        body.set("zone", zone().why(why_zones));
    }
    stack.resource("azurerm_linux_virtual_machine", key, body);
    for (number, part) in tier.with_disks().enumerate() {
        let own = format!("{}__disk", id(part));
        let gib = Node::from(Tier::disk_gib(part)).why(stack.why.plan(part, "disk in GiB"));
        let name = template(format!("{}-${{count.index}}", stack.name(part, 60)));
        let mut disk = counted(placed(name))
            .with("storage_account_type", "Premium_LRS")
            .with("create_option", "Empty")
            .with("disk_size_gb", gib);
        if zones > 1 {
            disk.set("zone", zone());
        }
        stack.resource("azurerm_managed_disk", &own, disk);
        let attached = map([
            ("count", counts()),
            ("managed_disk_id", expression(format!("azurerm_managed_disk.{own}[count.index].id"))),
            (
                "virtual_machine_id",
                expression(format!("azurerm_linux_virtual_machine.{key}[count.index].id")),
            ),
            ("lun", Node::from(number as u64)),
            ("caching", "None".into()),
        ]);
        stack.resource("azurerm_virtual_machine_data_disk_attachment", &own, attached);
    }
    for part in tier.members.iter().filter(|part| is_balanced(part)) {
        let own = id(part);
        let body = map([
            ("count", counts()),
            ("network_interface_id", card()),
            ("ip_configuration_name", "main".into()),
            (
                "backend_address_pool_id",
                expression(format!("azurerm_lb_backend_address_pool.{own}.id")),
            ),
        ]);
        let name = format!("{own}__on__{key}");
        stack.resource("azurerm_network_interface_backend_address_pool_association", &name, body);
    }
    tier.tell_addresses(stack, &format!("azurerm_public_ip.{key}[*].ip_address"));
}

/// A scale set with rules for its CPU.
fn scale_set(stack: &mut Stack<'_, '_>, tier: &Tier<'_, '_>, called: &str, shared: Node) {
    let key = tier.key.as_str();
    let first = tier.members[0];
    let why = stack.why.plan(first, "servers");
    let least = tier.first_of_group(stack);
    let mut inside = map([
        ("name", Node::from("main")),
        ("primary", true.into()),
        ("subnet_id", expression("azurerm_subnet.servers.id")),
    ]);
    if has_address(stack, tier) {
        let address = map([("name", Node::from("main"))]);
        inside.set("public_ip_address", address.why("an address on the internet each"));
    }
    let behind = tier.members.iter().filter(|part| is_balanced(part));
    let pools: Vec<Node> = behind
        .map(|part| expression(format!("azurerm_lb_backend_address_pool.{}.id", id(part))))
        .collect();
    if !pools.is_empty() {
        inside.set("load_balancer_backend_address_pool_ids", list(pools));
    }
    let guard = expression(format!("azurerm_network_security_group.{key}.id"));
    let card = map([
        ("name", Node::from("main")),
        ("primary", true.into()),
        ("network_security_group_id", guard),
        ("ip_configuration", inside),
    ]);
    let mut disks = Vec::new();
    for (number, part) in tier.with_disks().enumerate() {
        let gib = Node::from(Tier::disk_gib(part)).why(stack.why.plan(part, "disk in GiB"));
        disks.push(map([
            ("lun", Node::from(number as u64)),
            ("caching", "None".into()),
            ("storage_account_type", "Premium_LRS".into()),
            ("create_option", "Empty".into()),
            ("disk_size_gb", gib),
        ]));
    }
    let (zones, why_zones) = clusters::zones(stack);
    let mut body = placed(called)
        .with("sku", Node::from(size(&tier.pool.instance)).why(why.as_str()))
        .with("instances", Node::from(least).why(why.as_str()))
        .with("network_interface", card)
        .with(
            "lifecycle",
            map([("ignore_changes", list(["instances"]).why("the autoscaler changes it"))]),
        )
        .joined(shared);
    if zones > 1 {
        body.set("zones", list((1..=zones).map(|zone| zone.to_string())).why(why_zones));
    }
    if !disks.is_empty() {
        body.set("data_disk", list(disks));
    }
    stack.resource("azurerm_linux_virtual_machine_scale_set", key, body);
    let target = || expression(format!("azurerm_linux_virtual_machine_scale_set.{key}.id"));
    let percent = u64::from(ServerSettings::SCALING_PERCENT);
    let rule = |operator: &str, threshold: u64, direction: &str| {
        let why = stack.why.plan(first, "CPU in per cent that the replay held");
        let trigger = map([
            ("metric_name", Node::from("Percentage CPU")),
            ("metric_resource_id", target()),
            ("operator", operator.into()),
            ("threshold", Node::from(threshold).why(why)),
            ("statistic", "Average".into()),
            ("time_aggregation", "Average".into()),
            ("time_grain", "PT1M".into()),
            ("time_window", "PT5M".into()),
        ]);
        let action = map([
            ("direction", Node::from(direction)),
            ("type", "ChangeCount".into()),
            ("value", "1".into()),
            ("cooldown", "PT5M".into()),
        ]);
        map([("metric_trigger", trigger), ("scale_action", action)])
    };
    let rules = list([
        rule("GreaterThan", percent, "Increase"),
        // Nine tenths of it, below which the plan's group lets servers go.
        rule("LessThan", percent * 9 / 10, "Decrease"),
    ]);
    let capacity = map([
        ("default", Node::from(least)),
        ("minimum", Node::from(least).why(why.as_str())),
        ("maximum", Node::from(tier.most).why(why.as_str())),
    ]);
    let profile = map([("name", Node::from("cpu")), ("capacity", capacity), ("rule", rules)]);
    let body = placed(called).with("target_resource_id", target()).with("profile", profile);
    stack.resource("azurerm_monitor_autoscale_setting", key, body);
}

/// The name under which others find a part.
fn name(stack: &mut Stack<'_, '_>, part: &Part<'_>, tiers: &[Tier<'_, '_>]) {
    let domain = zone(stack);
    let group = || expression("azurerm_resource_group.main.name");
    let body = map([("name", Node::from(domain)), ("resource_group_name", group())]);
    stack.resource("azurerm_private_dns_zone", "servers", body);
    let zone_name = || expression("azurerm_private_dns_zone.servers.name");
    let link = map([
        ("name", Node::from("servers")),
        ("resource_group_name", group()),
        ("private_dns_zone_name", zone_name()),
        ("virtual_network_id", expression("azurerm_virtual_network.main.id")),
    ]);
    stack.resource("azurerm_private_dns_zone_virtual_network_link", "servers", link);
    let own = tiers.iter().filter(|tier| tier.members.iter().any(|p| p.name == part.name));
    let all: Vec<String> = own
        .map(|tier| format!("azurerm_network_interface.{}[*].private_ip_address", tier.key))
        .collect();
    let record = map([
        ("name", Node::from(part.name.as_str()).why("the name under which others call it")),
        ("resource_group_name", group()),
        ("zone_name", zone_name()),
        ("ttl", Node::from(10_u32).why("default: new ones are found soon")),
        ("records", expression(format!("concat({})", all.join(", ")))),
    ]);
    stack.resource("azurerm_private_dns_a_record", &format!("{}__servers", id(part)), record);
}

/// What Azure's servers have of their own.
struct Servers;

impl cloud_init::Host for Servers {
    fn packages(&self) -> &'static [&'static str] {
        &["docker.io", "jq"]
    }

    fn cron(&self) -> [&'static str; 2] {
        ["cron", "cron"]
    }

    fn files(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// From the key vault, as the servers' identity may.
    fn secret(&self, stack: &mut Stack<'_, '_>, part: &Part<'_>, _: &str, given: &str) -> String {
        let about = "name of the key vault: the world's, 3 to 24 letters, digits and dashes";
        let vault = stack.shared("azure_key_vault", "string", about, None);
        stack.data("azurerm_client_config", "here", Node::empty());
        let body = placed(vault)
            .with("tenant_id", expression("data.azurerm_client_config.here.tenant_id"))
            .with("sku_name", "standard")
            .with("rbac_authorization_enabled", true);
        stack.resource("azurerm_key_vault", "main", body);
        let who = identity(part);
        let scope = || expression("azurerm_key_vault.main.id");
        let writes = map([
            ("scope", scope()),
            (
                "role_definition_name",
                Node::from("Key Vault Secrets Officer")
                    .why("whoever applies it writes the secrets"),
            ),
            ("principal_id", expression("data.azurerm_client_config.here.object_id")),
        ]);
        stack.resource("azurerm_role_assignment", "vault__writes", writes);
        let reads = map([
            ("scope", scope()),
            (
                "role_definition_name",
                Node::from("Key Vault Secrets User").why("servers read the secrets of their parts"),
            ),
            (
                "principal_id",
                expression(format!("azurerm_user_assigned_identity.{who}.principal_id")),
            ),
        ]);
        stack.resource("azurerm_role_assignment", &format!("{who}__secrets"), reads);
        let secret = map([
            ("name", Node::from(given.replace('_', "-"))),
            ("key_vault_id", scope()),
            ("value_wo", expression(format!("var.{given}"))),
            ("value_wo_version", Node::from(1_u32).why("raise it when the value changes")),
            ("depends_on", list(["azurerm_role_assignment.vault__writes"])),
        ]);
        stack.resource("azurerm_key_vault_secret", given, secret);
        let client = format!("${{azurerm_user_assigned_identity.{who}.client_id}}");
        let token = format!(
            "curl -sf -H Metadata:true 'http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https%3A%2F%2Fvault.azure.net&client_id={client}' | jq -r .access_token"
        );
        format!(
            "curl -sf -H \"Authorization: Bearer $({token})\" '${{azurerm_key_vault_secret.{given}.versionless_id}}?api-version=7.4' | jq -r .value"
        )
    }

    fn log(&self, _: &mut Stack<'_, '_>, _: &Part<'_>) -> Vec<String> {
        vec!["--log-driver journald".to_owned()]
    }

    fn device(&self, _: &Tier<'_, '_>, _: &Part<'_>, number: usize) -> String {
        format!("/dev/disk/azure/scsi1/lun{number}")
    }

    fn register(&self, _: &mut Stack<'_, '_>, _: &Tier<'_, '_>, _: &Part<'_>) -> Option<String> {
        None
    }
}

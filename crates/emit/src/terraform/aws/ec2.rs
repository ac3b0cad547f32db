//! Amazon EC2: the plan's servers as they are, by type and number, with the parts that share them.
//!
//! Servers that others find by name, that clients reach by DNS, or that keep a disk are instances of their own; the others
//! are an Auto Scaling group, which replaces what fails and, where the plan says so, follows the load.

use model::{Architecture, FrontDoor, Kind, Need, Placement, ServerSettings, Settings};

use super::{allow, begin, document, door, ecs, functions, managed, network, policy, rights, role};
use crate::kubernetes::Ports;
use crate::terraform::address::Address;
use crate::terraform::json::{escape, expression, template};
use crate::terraform::servers::{self, Tier, cloud_init, proxy, script};
use crate::terraform::stack::{Stack, id, region};
use crate::terraform::{Place, parts};
use crate::tree::{Node, list, map};
use crate::{Part, Plan};

/// Servers on EC2.
#[derive(Debug)]
pub(in crate::terraform) struct Ec2;

/// Begins the names of the servers' blocks.
pub(super) const PREFIX: &str = "ec2";
/// Letters of names of groups and roles.
const NAME_MAX: usize = 50;
/// The first device of a disk of one's own ("Available device names", Amazon EC2 user guide: `/dev/sd[f-p]`).
const DEVICES: &str = "fghijklmnop";

impl Place for Ec2 {
    fn takes(&self, placement: &Placement) -> bool {
        placement.platform.0 == "servers/ec2" && matches!(placement.configured, Settings::Server(_))
    }

    fn refuses(&self, plan: &Plan<'_>, part: &Part<'_>) -> Option<String> {
        let door = servers::settings(part)?.front_door;
        if door == FrontDoor::RestApi {
            return Some("a REST API in front of servers is not written".to_owned());
        }
        if part.needs(Need::Windows) || part.needs(Need::Gpu) {
            return Some("servers with Windows or a GPU are not written".to_owned());
        }
        if let Some(spill) = proxy::spill(part)
            && let Err(reason) = functions::burst(plan, part, spill)
        {
            return Some(reason);
        }
        servers::refuses(part)
    }

    fn has_group(&self, _: &Plan<'_>, _: &Part<'_>) -> bool {
        true
    }

    fn write(&self, stack: &mut Stack<'_, '_>, parts: &[&Part<'_>]) {
        let here: Vec<&Part<'_>> = parts.iter().copied().filter(|p| begin(stack, p)).collect();
        if here.is_empty() {
            return;
        }
        network::add(stack);
        for part in &here {
            self::part(stack, part);
        }
        for tier in servers::tiers(PREFIX, &here) {
            self::tier(stack, &tier);
        }
        door::application(stack);
        for part in here.iter().filter(|part| servers::door(part) == FrontDoor::Nlb) {
            door::network(stack, part);
        }
        for part in here.iter().filter(|part| servers::door(part) == FrontDoor::HttpApi) {
            door::http_api(stack, part);
        }
    }

    fn address(&self, stack: &mut Stack<'_, '_>, part: &Part<'_>, _: &Part<'_>) -> Option<Address> {
        servers::is_found(part)
            .then(|| Address::Host(format!("{}.{}", part.name, ecs::zone(stack))))
    }

    fn public(&self, stack: &mut Stack<'_, '_>, part: &Part<'_>) -> Option<Node> {
        let zone = ecs::zone(stack);
        servers::is_found(part).then(|| Node::from(format!("{}.{zone}", part.name)))
    }
}

/// The pool of a part on these servers.
pub(super) fn pool(part: &Part<'_>) -> Option<u32> {
    let own = Ec2.takes(part.placement);
    part.placement.machines.as_ref().filter(|_| own).map(|machines| machines.pool)
}

/// Whether somebody inside looks for a part by its name.
fn is_looked_for(plan: &Plan<'_>, part: &Part<'_>) -> bool {
    servers::is_found(part)
        && (plan.callers(&part.component.id).next().is_some()
            || servers::door(part) == FrontDoor::HttpApi)
}

/// What belongs to one part: its group's rules, its logs, its queue, its name, its other side.
fn part(stack: &mut Stack<'_, '_>, part: &Part<'_>) {
    let own = id(part);
    let ports = servers::ports(stack.plan, part);
    network::add_group(stack, part, &ports);
    let logs = format!("/servers/{}/{}", stack.app(NAME_MAX), part.name);
    let log = map([
        ("name", Node::from(logs)),
        ("retention_in_days", Node::from(30_u32).why("default: a month")),
    ]);
    stack.resource("aws_cloudwatch_log_group", &own, log);
    if servers::door(part) == FrontDoor::Queue {
        managed::queue(stack, part);
    }
    if servers::is_found(part) {
        ecs::namespace(stack);
        ecs::entry(stack, part, servers::door(part) == FrontDoor::HttpApi);
    }
    if servers::door(part) == FrontDoor::Dns {
        let anybody = ("cidr_ipv4", Node::from("0.0.0.0/0"));
        let name = format!("{own}__from__clients");
        network::open(stack, part, &ports, &name, &anybody, "clients on the internet reach it");
    }
    servers::told_of_dns(stack, part);
    if let Some(spill) = proxy::spill(part)
        && let Some(host) = functions::write_burst(stack, part, spill)
    {
        let why = format!(
            "plan: above {} requests at once on a server, the others go there",
            spill.in_flight
        );
        stack.local(&proxy::host_of(part), expression(host).why(why));
        stack.told(part, "its servers and its function have to run the same program: an image of the servers' needs the Lambda Web Adapter to be one of the function's");
    }
    servers::told(stack, part);
}

/// Equal servers.
fn tier(stack: &mut Stack<'_, '_>, tier: &Tier<'_, '_>) {
    let Some(first) = tier.members.first() else { return };
    let key = tier.key.as_str();
    let own_instances = !tier.scales()
        && (tier.has_door(FrontDoor::Dns)
            || tier.with_disks().any(|part| part.component.kind == Kind::Stateful)
            || tier.members.iter().any(|part| is_looked_for(stack.plan, part)));
    let app = stack.app(NAME_MAX);
    let called = format!("{app}-{}", tier.called);
    role(stack, key, &called, "ec2.amazonaws.com");
    let profile = map([
        ("name", Node::from(called.as_str())),
        ("role", expression(format!("aws_iam_role.{key}.name"))),
    ]);
    stack.resource("aws_iam_instance_profile", key, profile);
    for (end, policy, why) in [
        ("images", "AmazonEC2ContainerRegistryReadOnly", "pulls images from ECR"),
        (
            "sessions",
            "AmazonSSMManagedInstanceCore",
            "people log in by Session Manager: no port and no key for SSH",
        ),
    ] {
        let arn = Node::from(format!("arn:aws:iam::aws:policy/{policy}")).why(why);
        let body =
            map([("role", expression(format!("aws_iam_role.{key}.name"))), ("policy_arn", arn)]);
        stack.resource("aws_iam_role_policy_attachment", &format!("{key}__{end}"), body);
    }
    for part in &tier.members {
        rights::add_shared(stack, part, key);
    }
    let servers = Servers { own_instances };
    let data = cloud_init::user_data(stack, &servers, tier);
    own_rights(stack, tier, own_instances);
    let architecture = match servers::settings(first).map(|server| server.architecture) {
        Some(Architecture::Arm) => "arm64",
        _ => "x86_64",
    };
    let image =
        format!("/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{architecture}");
    let data = expression(format!("base64gzip({data})")).why("what it runs when it starts");
    if own_instances {
        let name = format!("al2023_{architecture}");
        stack.data("aws_ssm_parameter", &name, map([("name", Node::from(image))]));
        instances(stack, tier, &called, &name, data);
    } else {
        group(stack, tier, &called, &image, data);
    }
}

/// What the servers themselves may do: write logs, read secrets, say where they are.
fn own_rights(stack: &mut Stack<'_, '_>, tier: &Tier<'_, '_>, own_instances: bool) {
    let key = tier.key.as_str();
    let logs = tier
        .members
        .iter()
        .map(|part| template(format!("${{aws_cloudwatch_log_group.{}.arn}}:*", id(part))));
    let write = &["logs:CreateLogStream", "logs:PutLogEvents"];
    let mut statements = vec![allow(write, logs.collect()).why("its logs")];
    let secrets: Vec<Node> = tier
        .members
        .iter()
        .flat_map(|part| stack.of_kind("aws_secretsmanager_secret", &format!("{}__", id(part))))
        .map(|name| expression(format!("aws_secretsmanager_secret.{name}.arn")))
        .collect();
    if !secrets.is_empty() {
        statements.push(allow(&["secretsmanager:GetSecretValue"], secrets).why("its secrets"));
    }
    let found: Vec<Node> = tier
        .members
        .iter()
        .filter(|part| !own_instances && is_looked_for(stack.plan, part))
        .map(|part| expression(format!("aws_service_discovery_service.{}.arn", id(part))))
        .collect();
    if !found.is_empty() {
        let say = &["servicediscovery:RegisterInstance", "servicediscovery:DeregisterInstance"];
        statements.push(allow(say, found).why("says where it is"));
        let also = &["route53:ChangeResourceRecordSets", "ec2:DescribeInstances"];
        let zone = "aws_service_discovery_private_dns_namespace.main.hosted_zone";
        let zone = template(format!("arn:aws:route53:::hostedzone/${{{zone}}}"));
        statements.push(allow(&also[..1], vec![zone]));
        statements.push(allow(&also[1..], vec!["*".into()]));
    }
    let text = document(stack, &format!("{key}__own"), policy(statements));
    let body = map([
        ("name", Node::from("own")),
        ("role", expression(format!("aws_iam_role.{key}.id"))),
        ("policy", text),
    ]);
    stack.resource("aws_iam_role_policy", key, body);
}

/// Where the instance's own service answers: containers ask it for the server's role.
fn metadata() -> Node {
    let hops = Node::from(2_u32).why("containers are a hop farther, and ask for the server's role");
    map([("http_tokens", Node::from("required")), ("http_put_response_hop_limit", hops)])
}

fn root_disk() -> Node {
    let gib = ServerSettings::ROOT_DISK.get() >> 30;
    Node::from(gib).why("plan: the root disk that it is billed for, in GiB")
}

fn machine(stack: &Stack<'_, '_>, tier: &Tier<'_, '_>) -> Node {
    let why = tier.members.first().map_or_else(String::new, |p| stack.why.plan(p, "servers"));
    Node::from(tier.pool.instance.as_str()).why(why)
}

/// A group that replaces what fails, and follows the load where the plan says so.
fn group(stack: &mut Stack<'_, '_>, tier: &Tier<'_, '_>, called: &str, image: &str, data: Node) {
    let key = tier.key.as_str();
    let first = tier.members[0];
    let mut disks = vec![map([
        ("device_name", Node::from("/dev/xvda")),
        (
            "ebs",
            map([
                ("volume_size", root_disk()),
                ("volume_type", "gp3".into()),
                ("encrypted", "true".into()),
            ]),
        ),
    ])];
    for (number, part) in tier.with_disks().enumerate() {
        let size = Node::from(Tier::disk_gib(part)).why(stack.why.plan(part, "disk in GiB"));
        let disk = map([
            ("volume_size", size),
            ("volume_type", "gp3".into()),
            ("encrypted", "true".into()),
        ]);
        disks.push(map([("device_name", Node::from(device(number))), ("ebs", disk)]));
    }
    let (subnets, public) = network::subnets(stack);
    let interface = map([
        ("associate_public_ip_address", public_text(&public)),
        ("security_groups", list([expression(network::group(first))])),
    ]);
    let template_body = map([
        ("name", Node::from(called)),
        (
            "image_id",
            Node::from(format!("resolve:ssm:{image}"))
                .why("default: the newest Amazon Linux 2023 when a server starts"),
        ),
        ("instance_type", machine(stack, tier)),
        (
            "iam_instance_profile",
            map([("name", expression(format!("aws_iam_instance_profile.{key}.name")))]),
        ),
        ("metadata_options", metadata()),
        ("network_interfaces", interface),
        ("block_device_mappings", list(disks)),
        ("user_data", data),
    ]);
    stack.resource("aws_launch_template", key, template_body);
    let why = stack.why.plan(first, "servers");
    let least = if tier.scales() { tier.first_of_group(stack) } else { tier.least };
    let launch = map([
        ("id", expression(format!("aws_launch_template.{key}.id"))),
        ("version", expression(format!("aws_launch_template.{key}.latest_version"))),
    ]);
    let balanced = tier.members.iter().any(|part| !target_groups(part).is_empty());
    let boot = ServerSettings::BOOT.millis_ceil() / 1000;
    let refresh = map([("strategy", Node::from("Rolling"))]);
    let tag = map([
        ("key", Node::from("Name")),
        ("value", called.into()),
        ("propagate_at_launch", true.into()),
    ]);
    let mut body = map([
        ("name", Node::from(called)),
        ("min_size", Node::from(least).why(why.as_str())),
        ("max_size", Node::from(tier.most).why(why.as_str())),
        ("vpc_zone_identifier", subnets),
        ("launch_template", launch),
        ("health_check_type", if balanced { "ELB" } else { "EC2" }.into()),
        (
            "health_check_grace_period",
            Node::from(boot).why("plan: seconds until a server takes requests"),
        ),
        (
            "instance_refresh",
            refresh.why("default: what changes replaces servers one after another"),
        ),
        ("tag", list([tag])),
    ]);
    if tier.scales() {
        body.set(
            "default_instance_warmup",
            Node::from(boot).why("plan: seconds until a server takes requests"),
        );
    } else {
        body.set("desired_capacity", Node::from(tier.most).why(why.as_str()));
    }
    let groups: Vec<Node> = tier
        .members
        .iter()
        .flat_map(|part| target_groups(part))
        .map(|(group, _)| expression(format!("aws_lb_target_group.{group}.arn")))
        .collect();
    if !groups.is_empty() {
        body.set("target_group_arns", list(groups));
    }
    stack.resource("aws_autoscaling_group", key, body);
    if tier.scales() {
        let metric = map([("predefined_metric_type", Node::from("ASGAverageCPUUtilization"))]);
        let target = Node::from(ServerSettings::SCALING_PERCENT)
            .why(stack.why.plan(first, "CPU in per cent that the replay held"));
        let tracking = map([("target_value", target), ("predefined_metric_specification", metric)]);
        let policy = map([
            ("name", Node::from("cpu")),
            ("autoscaling_group_name", expression(format!("aws_autoscaling_group.{key}.name"))),
            ("policy_type", "TargetTrackingScaling".into()),
            ("target_tracking_configuration", tracking),
        ]);
        stack.resource("aws_autoscaling_policy", key, policy);
    }
}

fn public_text(public: &Node) -> Node {
    let text = if public.value == crate::Value::Bool(true) { "true" } else { "false" };
    Node::from(text).why(public.why.clone())
}

/// The target groups that a part's servers stand in, with the port of the server.
fn target_groups(part: &Part<'_>) -> Vec<(String, model::Port)> {
    match servers::door(part) {
        FrontDoor::Alb if door::is_behind(part) => {
            let ports = Ports::of_pod(part);
            parts::main_port(&ports).map(|port| (id(part), port.clone())).into_iter().collect()
        }
        FrontDoor::Nlb => {
            let ports = Ports::of_pod(part).all;
            ports.into_iter().map(|port| (door::target_group_of(part, &port), port)).collect()
        }
        _ => Vec::new(),
    }
}

/// Servers that have to be the same ones tomorrow: each with its address and its disks.
fn instances(
    stack: &mut Stack<'_, '_>,
    tier: &Tier<'_, '_>,
    called: &str,
    image: &str,
    data: Node,
) {
    let key = tier.key.as_str();
    let first = tier.members[0];
    let count = || Node::from(tier.most).why(stack.why.plan(first, "servers"));
    let (subnets, public) = if tier.has_door(FrontDoor::Dns) {
        (network::public_subnets(), Node::from(true).why("names in DNS point at it"))
    } else {
        network::subnets(stack)
    };
    let subnets = match &subnets.value {
        crate::Value::Expression(text) => {
            text.trim_start_matches("${").trim_end_matches('}').to_owned()
        }
        _ => String::new(),
    };
    let root = map([
        ("volume_size", root_disk()),
        ("volume_type", "gp3".into()),
        ("encrypted", true.into()),
    ]);
    let body = map([
        ("count", count()),
        (
            "ami",
            expression(format!("data.aws_ssm_parameter.{image}.value"))
                .why("default: the newest Amazon Linux 2023 when it is made"),
        ),
        ("instance_type", machine(stack, tier)),
        (
            "subnet_id",
            expression(format!("element({subnets}, count.index)")).why("one zone after another"),
        ),
        ("associate_public_ip_address", public),
        ("vpc_security_group_ids", list([expression(network::group(first))])),
        ("iam_instance_profile", expression(format!("aws_iam_instance_profile.{key}.name"))),
        ("metadata_options", metadata()),
        ("root_block_device", root),
        ("user_data_base64", data),
        (
            "user_data_replace_on_change",
            Node::from(true).why("what it runs is set up when it is made"),
        ),
        ("tags", map([("Name", Node::from(called))])),
        (
            "lifecycle",
            map([(
                "ignore_changes",
                list(["ami"]).why("a newer image alone does not replace a server"),
            )]),
        ),
    ]);
    let counts = count();
    stack.resource("aws_instance", key, body);
    let instance = |what: &str| format!("aws_instance.{key}[count.index].{what}");
    for (number, part) in tier.with_disks().enumerate() {
        let name = format!("{}__disk", id(part));
        let zone = expression("element(module.vpc.azs, count.index)");
        let volume = map([
            ("count", counts.clone()),
            ("availability_zone", zone),
            ("size", Node::from(Tier::disk_gib(part)).why(stack.why.plan(part, "disk in GiB"))),
            ("type", Node::from("gp3").why("plan: the volumes that it is billed for")),
            ("encrypted", true.into()),
            ("final_snapshot", Node::from(true).why("default: what is deleted leaves a snapshot")),
        ]);
        stack.resource("aws_ebs_volume", &name, volume);
        let attachment = map([
            ("count", counts.clone()),
            ("device_name", Node::from(device(number))),
            ("volume_id", expression(format!("aws_ebs_volume.{name}[count.index].id"))),
            ("instance_id", expression(instance("id"))),
            (
                "stop_instance_before_detaching",
                Node::from(true).why("default: nothing writes to a disk that goes"),
            ),
        ]);
        stack.resource("aws_volume_attachment", &name, attachment);
    }
    if tier.has_door(FrontDoor::Dns) {
        let address = map([
            ("count", counts.clone()),
            ("domain", Node::from("vpc")),
            ("instance", expression(instance("id"))),
        ]);
        stack.resource("aws_eip", key, address);
        tier.tell_addresses(stack, &format!("aws_eip.{key}[*].public_ip"));
    }
    let plan = stack.plan;
    for part in &tier.members {
        let end = if tier.before > 0 { format!("__{}", tier.before) } else { String::new() };
        if servers::is_found(part) {
            let mut attributes = map([("AWS_INSTANCE_IPV4", expression(instance("private_ip")))]);
            if let Some(port) = parts::main_port(&servers::ports(plan, part)) {
                attributes.set("AWS_INSTANCE_PORT", port.number.to_string());
            }
            let body = map([
                ("count", counts.clone()),
                ("instance_id", expression(instance("id"))),
                (
                    "service_id",
                    expression(format!("aws_service_discovery_service.{}.id", id(part))),
                ),
                ("attributes", attributes),
            ]);
            let name = format!("{}__server{end}", id(part));
            stack.resource("aws_service_discovery_instance", &name, body);
        }
        for (group, _) in target_groups(part) {
            let body = map([
                ("count", counts.clone()),
                ("target_group_arn", expression(format!("aws_lb_target_group.{group}.arn"))),
                ("target_id", expression(instance("id"))),
            ]);
            let own = if group == id(part) { format!("{group}__server") } else { group };
            let name = format!("{own}{end}");
            stack.resource("aws_lb_target_group_attachment", &name, body);
        }
    }
}

fn device(number: usize) -> String {
    let letter = DEVICES.chars().nth(number).unwrap_or('p');
    format!("/dev/sd{letter}")
}

/// What Amazon's servers have of their own.
struct Servers {
    own_instances: bool,
}

impl cloud_init::Host for Servers {
    fn packages(&self) -> &'static [&'static str] {
        &["docker", "amazon-ecr-credential-helper"]
    }

    fn cron(&self) -> [&'static str; 2] {
        ["crond", "cronie"]
    }

    fn files(&self) -> Vec<(&'static str, String)> {
        let helper = "{\"credsStore\": \"ecr-login\"}\n";
        vec![("/etc/docker/client/config.json", helper.to_owned())]
    }

    fn secret(
        &self,
        stack: &mut Stack<'_, '_>,
        part: &Part<'_>,
        variable: &str,
        given: &str,
    ) -> String {
        let _ = ecs::secret(stack, part, variable, given);
        let place = script::word(region(part));
        format!(
            "aws secretsmanager get-secret-value --region {place} --secret-id '${{aws_secretsmanager_secret.{given}.arn}}' --query SecretString --output text"
        )
    }

    fn log(&self, _: &mut Stack<'_, '_>, part: &Part<'_>) -> Vec<String> {
        let place = script::word(region(part));
        let group = format!("'${{aws_cloudwatch_log_group.{}.name}}'", id(part));
        vec![
            "--log-driver awslogs".to_owned(),
            format!("--log-opt awslogs-region={place}"),
            format!("--log-opt awslogs-group={group}"),
        ]
    }

    fn device(&self, _: &Tier<'_, '_>, _: &Part<'_>, number: usize) -> String {
        device(number)
    }

    fn register(
        &self,
        stack: &mut Stack<'_, '_>,
        _: &Tier<'_, '_>,
        part: &Part<'_>,
    ) -> Option<String> {
        if self.own_instances || !is_looked_for(stack.plan, part) {
            return None;
        }
        let port = parts::main_port(&servers::ports(stack.plan, part)).map_or(0, |p| p.number);
        let (place, own) = (escape(region(part)), id(part));
        let service = format!("'${{aws_service_discovery_service.{own}.id}}'");
        let data = "http://169.254.169.254/latest";
        let lines = [
            "#!/bin/bash".to_owned(),
            "set -euo pipefail".to_owned(),
            format!(
                "token=\"$(curl -sf -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' {data}/api/token)\""
            ),
            format!(
                "ask() {{ curl -sf -H \"X-aws-ec2-metadata-token: $token\" \"{data}/meta-data/$1\"; }}"
            ),
            "if [ \"$1\" = register ]; then".to_owned(),
            format!(
                "  aws servicediscovery register-instance --region {place} --service-id {service} --instance-id \"$(ask instance-id)\" --attributes \"AWS_INSTANCE_IPV4=$(ask local-ipv4),AWS_INSTANCE_PORT={port}\""
            ),
            "else".to_owned(),
            format!(
                "  aws servicediscovery deregister-instance --region {place} --service-id {service} --instance-id \"$(ask instance-id)\""
            ),
            "fi".to_owned(),
        ];
        Some(lines.join("\n") + "\n")
    }
}

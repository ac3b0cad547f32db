//! Google's managed stores, with sizes and zones as planned.

use model::{Engine, FrontDoor, ManagedSettings, Placement, Settings};

use super::{begin, network, private_stores};
use crate::terraform::address::Address;
use crate::terraform::json::expression;
use crate::terraform::stack::{Stack, id, region};
use crate::terraform::{Place, servers, stores};
use crate::tree::{Node, list, map};
use crate::{Part, Plan};

/// Managed stores.
#[derive(Debug)]
pub(in crate::terraform) struct Managed;

impl Place for Managed {
    fn takes(&self, placement: &Placement) -> bool {
        placement.platform.0 == "gcp/managed"
            && matches!(placement.configured, Settings::Managed(_))
    }

    fn refuses(&self, _: &Plan<'_>, part: &Part<'_>) -> Option<String> {
        match stores::managed(part)?.engine {
            Engine::Postgres
            | Engine::Mysql
            | Engine::KeyValue
            | Engine::Queue
            | Engine::Objects => None,
            other => Some(format!("Google's service for {} is not written", other.name())),
        }
    }

    fn write(&self, stack: &mut Stack<'_, '_>, parts: &[&Part<'_>]) {
        for part in parts {
            let Some(managed) = stores::managed(part).filter(|_| begin(stack, part)) else {
                continue;
            };
            match managed.engine {
                Engine::Postgres | Engine::Mysql => database(stack, part, managed),
                Engine::KeyValue => documents(stack, part),
                Engine::Queue => topic(stack, part),
                Engine::Objects => bucket(stack, part),
                _ => {}
            }
        }
    }

    fn address(&self, _: &mut Stack<'_, '_>, part: &Part<'_>, _: &Part<'_>) -> Option<Address> {
        host(part).map(|host| Address::of(&host))
    }

    fn public(&self, _: &mut Stack<'_, '_>, part: &Part<'_>) -> Option<Node> {
        host(part).map(expression)
    }
}

/// Whether only the network reaches a store.
pub(super) fn is_private(part: &Part<'_>) -> bool {
    Managed.takes(part.placement)
        && stores::managed(part)
            .is_some_and(|managed| matches!(managed.engine, Engine::Postgres | Engine::Mysql))
}

fn host(part: &Part<'_>) -> Option<String> {
    is_private(part)
        .then(|| format!("google_sql_database_instance.{}.private_ip_address", id(part)))
}

fn database(stack: &mut Stack<'_, '_>, part: &Part<'_>, managed: &ManagedSettings) {
    let (own, why) = (id(part), stack.why);
    network(stack, part);
    private_stores(stack);
    let planned = |value: Node, what: &str| value.why(why.plan(part, what));
    let engine = if managed.engine == Engine::Mysql { "MYSQL" } else { "POSTGRES" };
    let version = if let Some(version) = stores::version(part) {
        Node::from(format!("{engine}_{}", version.replace('.', "_"))).why(why.definition(part))
    } else {
        let about = format!("version of {}: {engine}_ and a number", part.component.id);
        let given = stack.variable(&format!("{own}__version"), "string", &about, None);
        expression(format!("var.{given}")).why("nobody says which version it is")
    };
    let zones = if managed.zones > 1 { "REGIONAL" } else { "ZONAL" };
    let address = map([
        ("ipv4_enabled", Node::from(false).why("only the network reaches it")),
        ("private_network", expression("google_compute_network.main.id")),
    ]);
    let settings = map([
        ("tier", planned(managed.size.as_str().into(), "size")),
        ("edition", Node::from("ENTERPRISE").why("plan: the edition that it is billed as")),
        ("availability_type", planned(zones.into(), "zones")),
        ("disk_size", planned(stores::gib(managed).into(), "disk in GB")),
        ("disk_type", Node::from("PD_SSD").why("plan: the disk that it is billed for")),
        ("ip_configuration", address),
        ("backup_configuration", map([("enabled", Node::from(true).why("default"))])),
    ]);
    let name = stack.name(part, 80);
    let body = map([
        ("name", Node::from(name)),
        ("region", region(part).into()),
        ("database_version", version),
        ("settings", settings),
        ("depends_on", list(["google_service_networking_connection.stores"])),
    ]);
    stack.resource("google_sql_database_instance", &own, body);
    let password = stores::password(stack, part);
    let instance = || expression(format!("google_sql_database_instance.{own}.name"));
    let user = map([
        ("name", stores::user(stack, part)),
        ("instance", instance()),
        ("password_wo", expression(format!("var.{password}"))),
        ("password_wo_version", Node::from(1_u32).why("raise it when the password changes")),
    ]);
    stack.resource("google_sql_user", &own, user);
    if let Some(database) = stores::database(part) {
        let body = map([
            ("name", Node::from(database).why(why.definition(part))),
            ("instance", instance()),
        ]);
        stack.resource("google_sql_database", &own, body);
    }
}

fn documents(stack: &mut Stack<'_, '_>, part: &Part<'_>) {
    let (own, name) = (id(part), stack.name(part, 60));
    let body = map([
        ("name", Node::from(name)),
        ("location_id", region(part).into()),
        ("type", Node::from("FIRESTORE_NATIVE").why(stack.why.plan(part, "billing"))),
    ]);
    stack.resource("google_firestore_database", &own, body);
}

/// A topic and its subscription: a queue of its own, or what stands before a worker.
pub(super) fn topic(stack: &mut Stack<'_, '_>, part: &Part<'_>) {
    let (own, name) = (id(part), stack.name(part, 200));
    stack.resource("google_pubsub_topic", &own, map([("name", Node::from(name.as_str()))]));
    let mut subscription = map([
        ("name", Node::from(name)),
        ("topic", expression(format!("google_pubsub_topic.{own}.id"))),
    ]);
    if let Some(hidden) = part.component.events.as_ref().and_then(|events| events.visibility) {
        let seconds = hidden.millis_ceil().div_ceil(1000).clamp(10, 600);
        let seconds = Node::from(seconds).why(stack.why.definition(part));
        subscription.set("ack_deadline_seconds", seconds);
    }
    stack.resource("google_pubsub_subscription", &own, subscription);
    let about = format!("subscription that {} reads", part.component.id);
    let value = expression(format!("google_pubsub_subscription.{own}.id"));
    stack.output(&format!("{own}__subscription"), &about, value);
}

fn bucket(stack: &mut Stack<'_, '_>, part: &Part<'_>) {
    let (own, name) = (id(part), stack.name(part, 40));
    // Names of buckets are the world's: the project's makes it one of its own.
    let full = crate::terraform::json::template(format!("${{var.google_project}}-{name}"));
    let body = map([
        ("name", full.why("names of buckets are the world's")),
        ("location", Node::from(region(part).to_uppercase())),
        ("uniform_bucket_level_access", Node::from(true).why("default")),
    ]);
    stack.resource("google_storage_bucket", &own, body);
    let about = format!("name of the bucket of {}", part.component.id);
    let value = expression(format!("google_storage_bucket.{own}.name"));
    stack.output(&format!("{own}__bucket"), &about, value);
}

/// Lets a part use the stores that it calls. `member` is who it is to Google, which `made_with`, if anything, brings about.
pub(super) fn rights(
    stack: &mut Stack<'_, '_>,
    part: &Part<'_>,
    member: &Node,
    made_with: Option<&str>,
) {
    let plan = stack.plan;
    for (callee, _) in plan.called(&part.component.id) {
        let written = crate::terraform::place_of(plan, callee).is_ok();
        let Some(mut right) = right(callee).filter(|_| written) else { continue };
        let name = format!("{}__to__{}", id(part), id(callee));
        let why = format!("{} calls {}", part.component.id, callee.component.id);
        right.body.set("role", Node::from(right.role).why(why));
        right.body.set("member", member.clone());
        if let Some(first) = made_with {
            right.body.set("depends_on", list([first]));
        }
        stack.resource(right.kind, &name, right.body);
    }
}

/// Whether a part asks at Google who calls it, so that callers need a right.
pub(super) fn asks(callee: &Part<'_>) -> bool {
    right(callee).is_some()
}

/// A right: the resource that gives it, on what, and the role.
struct Right {
    kind: &'static str,
    role: &'static str,
    body: Node,
}

/// What callers need towards a part that asks who they are.
fn right(callee: &Part<'_>) -> Option<Right> {
    let own = id(callee);
    let on = |what: &'static str, place: String| map([(what, expression(place))]);
    let topic = || {
        let body = on("topic", format!("google_pubsub_topic.{own}.name"));
        Right { kind: "google_pubsub_topic_iam_member", role: "roles/pubsub.publisher", body }
    };
    if servers::door(callee) == FrontDoor::PubSub {
        return Some(topic());
    }
    let managed = stores::managed(callee).filter(|_| Managed.takes(callee.placement))?;
    match managed.engine {
        Engine::Queue => Some(topic()),
        Engine::Objects => {
            let body = on("bucket", format!("google_storage_bucket.{own}.name"));
            let kind = "google_storage_bucket_iam_member";
            Some(Right { kind, role: "roles/storage.objectUser", body })
        }
        Engine::KeyValue => {
            let body = on("project", "var.google_project".to_owned());
            let kind = "google_project_iam_member";
            Some(Right { kind, role: "roles/datastore.user", body })
        }
        _ => None,
    }
}

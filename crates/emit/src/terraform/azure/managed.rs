//! Azure's managed stores, with sizes and zones as planned.

use model::{Engine, FrontDoor, ManagedSettings, Placement, Settings};

use super::{begin, placed, storage};
use crate::terraform::address::Address;
use crate::terraform::json::expression;
use crate::terraform::stack::{Stack, id};
use crate::terraform::{Place, servers, stores};
use crate::tree::{Node, map};
use crate::{Part, Plan};

/// Managed stores.
#[derive(Debug)]
pub(in crate::terraform) struct Managed;

/// MiB of the smallest disk of a flexible server; larger ones are twice as large each (Azure Database for PostgreSQL
/// documentation, "Storage").
const DISK_MIB_LEAST: u64 = 32_768;

impl Place for Managed {
    fn takes(&self, placement: &Placement) -> bool {
        placement.platform.0 == "azure/managed"
            && matches!(placement.configured, Settings::Managed(_))
    }

    fn refuses(&self, _: &Plan<'_>, part: &Part<'_>) -> Option<String> {
        let managed = stores::managed(part)?;
        match managed.engine {
            Engine::Postgres if sku(&managed.size).is_none() => {
                Some(format!("the tier of the size `{}` is not known", managed.size))
            }
            Engine::Postgres | Engine::Queue | Engine::Objects => None,
            other => Some(format!("Azure's service for {} is not written", other.name())),
        }
    }

    fn write(&self, stack: &mut Stack<'_, '_>, parts: &[&Part<'_>]) {
        for part in parts {
            let Some(managed) = stores::managed(part).filter(|_| begin(stack, part)) else {
                continue;
            };
            match managed.engine {
                Engine::Postgres => database(stack, part, managed),
                Engine::Queue => queue(stack, part),
                Engine::Objects => files(stack, part),
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

fn host(part: &Part<'_>) -> Option<String> {
    let database = stores::managed(part)?.engine == Engine::Postgres;
    database.then(|| format!("azurerm_postgresql_flexible_server.{}.fqdn", id(part)))
}

/// A size with its tier before it, as the provider wants it: `B_Standard_B2s`.
fn sku(size: &str) -> Option<String> {
    let name = size.strip_prefix("Standard_").unwrap_or(size);
    let tier = match name.chars().next()? {
        'B' => "B",
        'D' => "GP",
        'E' => "MO",
        _ => return None,
    };
    Some(format!("{tier}_Standard_{name}"))
}

fn database(stack: &mut Stack<'_, '_>, part: &Part<'_>, managed: &ManagedSettings) {
    let Some(sku) = sku(&managed.size) else { return };
    let (own, why) = (id(part), stack.why);
    let planned = |value: Node, what: &str| value.why(why.plan(part, what));
    let disk = managed.storage.mib_ceil().max(DISK_MIB_LEAST).next_power_of_two();
    let password = stores::password(stack, part);
    let name = stack.name(part, 60);
    let mut body = placed(name)
        .with("sku_name", planned(sku.into(), "size"))
        .with("storage_mb", planned(disk.into(), "disk in MiB, as servers have it"))
        .with("administrator_login", stores::user(stack, part))
        .with("administrator_password_wo", expression(format!("var.{password}")))
        .with(
            "administrator_password_wo_version",
            Node::from(1_u32).why("raise it when the password changes"),
        );
    if let Some(version) = stores::version(part) {
        body.set("version", Node::from(version).why(why.definition(part)));
    }
    if managed.zones > 1 {
        let mode = planned("ZoneRedundant".into(), "zones");
        body.set("high_availability", map([("mode", mode)]));
    }
    stack.resource("azurerm_postgresql_flexible_server", &own, body);
    let id_of = expression(format!("azurerm_postgresql_flexible_server.{own}.id"));
    let none = Node::from("0.0.0.0").why("from Azure's own addresses only; the password decides");
    let rule = map([
        ("name", Node::from("azure")),
        ("server_id", id_of),
        ("start_ip_address", none),
        ("end_ip_address", "0.0.0.0".into()),
    ]);
    stack.resource("azurerm_postgresql_flexible_server_firewall_rule", &own, rule);
}

/// A queue: a store of its own, or what stands before a worker.
pub(super) fn queue(stack: &mut Stack<'_, '_>, part: &Part<'_>) {
    storage(stack);
    let (own, name) = (id(part), stack.name(part, 60));
    let body = map([
        ("name", Node::from(name)),
        ("storage_account_id", expression("azurerm_storage_account.main.id")),
    ]);
    stack.resource("azurerm_storage_queue", &own, body);
    let about = format!("name of the queue of {}", part.component.id);
    let value = expression(format!("azurerm_storage_queue.{own}.name"));
    stack.output(&format!("{own}__queue"), &about, value);
}

fn files(stack: &mut Stack<'_, '_>, part: &Part<'_>) {
    storage(stack);
    let (own, name) = (id(part), stack.name(part, 60));
    let body = map([
        ("name", Node::from(name)),
        ("storage_account_id", expression("azurerm_storage_account.main.id")),
    ]);
    stack.resource("azurerm_storage_container", &own, body);
    let about = format!("name of the container of {}", part.component.id);
    let value = expression(format!("azurerm_storage_container.{own}.name"));
    stack.output(&format!("{own}__container"), &about, value);
}

/// What callers need towards a part that asks who they are: a word for it and Azure's role; `None` where nothing asks.
pub(super) fn role(plan: &Plan<'_>, callee: &Part<'_>) -> Option<(&'static str, &'static str)> {
    if crate::terraform::place_of(plan, callee).is_err() {
        return None;
    }
    let engine = stores::managed(callee).map(|managed| managed.engine);
    if servers::door(callee) == FrontDoor::StorageQueue || engine == Some(Engine::Queue) {
        return Some(("sends", "Storage Queue Data Message Sender"));
    }
    (engine == Some(Engine::Objects)).then_some(("files", "Storage Blob Data Contributor"))
}

/// Lets an identity use the storage account; a role is assigned once to one identity.
pub(super) fn allow(stack: &mut Stack<'_, '_>, who: &str, what: &str, role: Node) {
    storage(stack);
    let principal = format!("azurerm_user_assigned_identity.{who}.principal_id");
    let body = map([
        ("scope", expression("azurerm_storage_account.main.id")),
        ("role_definition_name", role),
        ("principal_id", expression(principal)),
    ]);
    stack.resource("azurerm_role_assignment", &format!("{who}__{what}"), body);
}

//! Microsoft's: the resource group and the storage account that its places share.

pub(super) mod aks;
mod beside;
pub(super) mod container_apps;
pub(super) mod machines;
pub(super) mod managed;

use super::json::expression;
use super::stack::{Provider, Stack, region};
use crate::Part;
use crate::tree::{Node, map};

const PROVIDER: Provider =
    Provider { name: "azurerm", source: "hashicorp/azurerm", version: "~> 4.55" };

/// Asks for the provider and the resource group in a part's region; whether the part stands there.
pub(super) fn begin(stack: &mut Stack<'_, '_>, part: &Part<'_>) -> bool {
    if !stack.stands_here(part, PROVIDER.name) {
        return false;
    }
    let about = "id of the subscription at Azure";
    let subscription = stack.shared("azure_subscription_id", "string", about, None);
    let body = map([("subscription_id", subscription), ("features", Node::empty())]);
    stack.provider(PROVIDER, body);
    let name = stack.app(80);
    let place = Node::from(region(part)).why(format!("plan: {}", part.placement.region));
    let group = map([("name", Node::from(name)), ("location", place)]);
    stack.resource("azurerm_resource_group", "main", group);
    true
}

/// The name of a type of machines: `Standard_B2s`.
fn size(instance: &str) -> String {
    format!("Standard_{}", instance.strip_prefix("Standard_").unwrap_or(instance))
}

/// Where everything stands: the arguments that nearly every resource has.
fn placed(name: impl Into<Node>) -> Node {
    map([
        ("name", name.into()),
        ("resource_group_name", expression("azurerm_resource_group.main.name")),
        ("location", expression("azurerm_resource_group.main.location")),
    ])
}

/// Adds the storage account that queues and files stand in, once.
fn storage(stack: &mut Stack<'_, '_>) {
    let about = "name of the storage account: the world's, 3 to 24 lower-case letters and digits";
    let name = stack.shared("azure_storage_account", "string", about, None);
    let zones = stack.plan.app.availability.zones.get().unwrap_or(1);
    let kept = if zones > 1 { "ZRS" } else { "LRS" };
    let why = format!("zones: {zones} ({})", stack.why.fact(&stack.plan.app.availability.zones));
    let body = placed(name)
        .with("account_tier", "Standard")
        .with("account_replication_type", Node::from(kept).why(why));
    stack.resource("azurerm_storage_account", "main", body);
}
